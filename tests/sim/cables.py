"""A device, its driver and worker, and a cable that is pulled at any moment, in virtual time.

Each device has its own place in time (`Station.local_s`), so that one that waits for an answer
holds nobody else up.
"""

from __future__ import annotations

import errno
import random
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from kiosk.core.clock import Now
from kiosk.core.errors import DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import CardPresented, DeviceDown, DeviceUp, Effect, Event, Role
from kiosk.hardware.device import Device
from kiosk.hardware.transport import MemoryLine
from kiosk.hardware.worker import BACK_OFF_S, Worker

READERS = ("stripe", "scanner")


class Clock(Protocol):
    """The time of the world."""

    now_s: float

    def at(self, now_s: float) -> Now:
        """What the kiosk's clocks say then."""


class Line(MemoryLine):
    """One opening of the cable. `texts`: so many whole reads of a reader came through it."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self.closed = False
        super().__init__(station.peer, lambda: station.local_s, station.wait)

    def read(self, limit: int, timeout_s: float) -> bytes:
        self._station.burn()
        data = super().read(limit, timeout_s)
        if self._station.name in READERS:
            self._station.texts += data.count(b"\r")
        return data

    def write(self, data: bytes, timeout_s: float = 0.0) -> None:
        self._station.burn()
        super().write(data)

    def close(self) -> None:
        self.closed = True
        super().close()


class Watched:
    """A driver; it counts how often it is opened, and one without a line loses its pins."""

    def __init__(self, station: Station, driver: Device) -> None:
        self._station, self._driver = station, driver
        self.role = driver.role

    def open(self) -> str:
        self._station.tries.append(self._station.local_s)
        self._there()
        return self._driver.open()

    def poll(self, timeout_s: float) -> Sequence[Event]:
        self._there()
        return self._driver.poll(timeout_s)

    def perform(self, effect: Effect) -> None:
        self._there()
        self._driver.perform(effect)

    def close(self) -> None:
        self._driver.close()

    def _there(self) -> None:
        if self._station.pins and not self._station.plugged:
            raise OSError(errno.ENODEV, "the pins are gone")


class Station:
    """A device and its cable.

    Args:
        clock: the world's.
        name: of the device.
        peer: the device itself; None: nothing is there but pins.
        make: the driver, given what opens its line.
        post: takes what the device tells.
        pins: it has pins in place of a line.
    """

    def __init__(
        self,
        clock: Clock,
        name: DeviceId,
        peer: Any,
        make: Callable[[Station], Device],
        post: Callable[[Event], None],
        *,
        pins: bool = False,
    ) -> None:
        self.name, self.peer, self.pins = name, peer, pins
        self.plugged = True
        self.local_s = clock.now_s
        self.lines: list[Line] = []
        self.texts = 0
        self.tries: list[float] = []
        """When the driver was opened, since the cable was put back."""
        self.told: list[Event] = []
        self.back_s: float | None = clock.now_s
        """When the cable was put back; None: the device has come since, or the cable is out."""
        self.late: list[str] = []
        self.took: list[float] = []
        self.pulls = 0
        self.fuse = 0
        """The cable is pulled at so many reads and writes from now; 0: it is not."""
        self._clock, self._post = clock, post
        self._wait_s = 0.0
        made = Watched(self, make(self))
        self.driver = made._driver
        self.role: Role = made.role
        # Readers without an end in their text count the silence by what was waited.
        poll_s = 0.1 if name in READERS else 0.0
        self.worker = Worker(
            name, lambda: made, self._heard, jitter=random.Random(str(name)), poll_s=poll_s
        )

    # --- the cable ----------------------------------------------------------------------------

    def connect(self) -> Line:
        if not self.plugged:
            raise DeviceError(f"{self.name}: there is none")
        if any(not line.closed for line in self.lines):
            self.late.append(f"{self.name}: a second line is opened while the first is open")
        if hasattr(self.peer, "connected"):
            self.peer.connected()
        self.lines = [Line(self)]
        return self.lines[0]

    def wait(self, seconds: float) -> None:
        self.local_s += seconds

    def burn(self) -> None:
        """One read or write more: perhaps the last."""
        if self.fuse:
            self.fuse -= 1
            if not self.fuse:
                self.pull()

    def pull(self) -> None:
        self.plugged, self.fuse, self.back_s = False, 0, None
        self.pulls += 1
        for line in self.lines:
            line.unplug()
        if self.name in READERS:
            self.peer.tick(self.local_s)  # what it has not sent yet goes with its power

    def push(self, *, kick: bool) -> None:
        """Put it back; `kick`: the kernel tells the worker, else it finds out by itself."""
        if self.plugged:
            return
        self.plugged, self.back_s = True, max(self._clock.now_s, self.local_s)
        self.tries.clear()
        self._wait_s = 0.0 if kick else BACK_OFF_S[-1]
        if kick:
            self.worker.kick()

    # --- the worker ---------------------------------------------------------------------------

    def step(self) -> None:
        """Serve it, if its time has come."""
        if self.local_s > self._clock.now_s:
            return
        self.local_s = self._clock.now_s
        self.worker.step(self._clock.at(self.local_s))

    @property
    def up(self) -> bool:
        """It was told of as there, and not as gone since."""
        last = next((e for e in reversed(self.told) if isinstance(e, (DeviceUp, DeviceDown))), None)
        return isinstance(last, DeviceUp)

    @property
    def presented(self) -> int:
        """How many cards and codes it told."""
        return sum(isinstance(event, CardPresented) for event in self.told)

    def _heard(self, event: Event) -> None:
        if isinstance(event, (DeviceUp, DeviceDown, CardPresented)):
            self.told.append(event)
        if isinstance(event, DeviceUp) and self.back_s is not None:
            self._came_back(self.back_s)
        self._post(event)

    def _came_back(self, back_s: float) -> None:
        """Back within one step of the back-off, at the first try."""
        began_s = self.tries[-1] - back_s
        self.took.append(self.local_s - back_s)
        # Steps of the world are a tenth of a second.
        if len(self.tries) > 1 or began_s > self._wait_s + 0.11:
            tries = [round(at_s - back_s, 2) for at_s in self.tries]
            self.late.append(f"{self.name}: tried {tries} s after its cable was back")
        self.back_s = None
