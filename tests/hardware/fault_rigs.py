"""Each driver at its simulated device, its worker and the whole core, for the catalogue of faults.

One clock that only waiting moves. What a row of the catalogue does, it does at the wire: to the
device, its cable, its pins, or the port that the system gives.
"""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory
from smartcard import scard

from kiosk.core.capabilities import DeviceState, fault_of, offers, works
from kiosk.core.clock import Now
from kiosk.core.fault_signs import FaultWord
from kiosk.core.ids import DeviceId
from kiosk.core.jobs import TROUBLE_S
from kiosk.core.messages import (
    AskFiscalStatus,
    CloseFiscalShift,
    Effect,
    Event,
    OpenFiscalShift,
)
from kiosk.hardware import driver
from kiosk.hardware.device import Device
from kiosk.hardware.peers.cctalk_coins import CoinAcceptor
from kiosk.hardware.peers.cctalk_hopper import Hopper
from kiosk.hardware.transport import MemoryLine, Transport, connect
from kiosk.hardware.worker import Worker
from tests.core.guest import NOW, Guest
from tests.hardware.contract.acceptors import SHIPPED

FISCAL = (AskFiscalStatus, OpenFiscalShift, CloseFiscalShift)
STEPS_MAX = 2000
"""After so many steps of the worker what was waited for does not come any more."""


class Rig:
    """A driver under its worker, a kiosk, and a clock that both and the device share.

    Attributes:
        peer: the simulated device, or what pretends to be the kernel's part of it.
        instead: a port of this system that is opened in place of the device's line.
        noise: what comes from the line is damaged.
    """

    def __init__(
        self,
        guest: Guest,
        device: str,
        role: Any,
        peer: Any,
        make: Callable[[Rig], Device],
        *,
        poll_s: float = 0.2,
    ) -> None:
        self.now_s = NOW.mono_s
        self.guest = guest
        self.device = DeviceId(device)
        self.peer = peer
        self.instead: str | None = None
        self.noise = False
        self.monkeypatch = pytest.MonkeyPatch()
        self.folder = Path()
        self._ask_s = 0.0
        self._line: MemoryLine | None = None
        machine = guest.situation.machine
        # Coins are the only cash where they are tried: else guests would pay by notes.
        gone = {role, "acceptor"} if role == "coins" else {role}
        others = {d: s for d, s in machine.devices.items() if s.role not in gone}
        untried = {**others, self.device: DeviceState(role)}
        guest.situation = replace(guest.situation, machine=replace(machine, devices=untried))
        self._poll_s = poll_s
        self.again(make)

    def again(self, make: Callable[[Rig], Device]) -> Rig:
        """With this driver."""
        self.worker = Worker(
            self.device,
            lambda: make(self),
            self._posted,
            jitter=random.Random(9),
            poll_s=self._poll_s,
        )
        return self

    # --- the wire ------------------------------------------------------------------------------

    def connect(self) -> Transport:
        """What the driver opens."""
        if self.instead is not None:
            return connect(self.instead)()
        getattr(self.peer, "connected", lambda: None)()
        self._line = Noisy(self)
        return self._line

    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    def swap(self, port: str) -> None:
        """The device's line is gone, and this port is what its name means now."""
        self.instead = port
        if self._line is not None:
            self._line.unplug()

    def unplug(self) -> None:
        """The line is gone for a moment."""
        if self._line is not None:
            self._line.unplug()

    def plug(self) -> None:
        """The device's own line is back."""
        self.instead = None

    # --- this machine -------------------------------------------------------------------------

    def patch(self, place: Any, name: str, made: Any) -> None:
        """What the system does instead, until `unpatch`."""
        self.monkeypatch.setattr(place, name, made)

    def unpatch(self) -> None:
        self.monkeypatch.undo()

    # --- the kiosk -----------------------------------------------------------------------------

    def _posted(self, event: Event) -> None:
        for effect in self.guest.tell(event):
            self.do(effect)

    def do(self, effect: Effect) -> None:
        """What the core wants of this device goes to its worker."""
        mine = isinstance(effect, FISCAL) and self.state.role == "fiscal"
        if mine or getattr(effect, "device", None) == self.device:
            self.worker.do(effect)

    @property
    def state(self) -> DeviceState:
        return self.guest.situation.machine.devices[self.device]

    @property
    def fault(self) -> FaultWord | None:
        return fault_of(self.state)

    @property
    def works(self) -> bool:
        return bool(self.state.up) and self.fault is None

    def reads(self) -> set[str]:
        """The ids of the sentences that guests read of what is not offered."""
        coins = bool(self.guest.situation.machine.of("coins"))
        told = offers(works(self.guest.situation.machine, takes_coins=coins)).values()
        return {f"why.{reason}" for reason in told if reason}

    def step(self) -> None:
        """One step of the worker; it waits on the clock of the rig."""
        before_s = self.now_s
        wall = NOW.wall + timedelta(seconds=self.now_s - NOW.mono_s)
        wait_s = self.worker.step(Now(wall, self.now_s))
        self.now_s += wait_s
        if self.now_s == before_s:
            self.now_s += 0.05  # a driver that waits on no line of ours
        for effect in self.guest.wait(self.now_s - before_s):
            self.do(effect)
        if self.state.role == "fiscal" and self.now_s >= self._ask_s:
            # As the runtime's jobs do beside the core.
            self._ask_s = self.now_s + TROUBLE_S
            self.worker.do(AskFiscalStatus())
        tick = getattr(self.peer, "tick_alone", None)
        if tick is not None:
            tick(self.now_s)

    def until(self, met: Callable[[], bool]) -> None:
        for _ in range(STEPS_MAX):
            if met():
                return
            self.step()
        raise AssertionError(f"it never came: {self.fault}, {self.state}")

    def settle(self) -> None:
        """It has told all that it tells when it starts."""
        for _ in range(30):
            self.step()

    def close(self) -> None:
        self.worker.driver.close()
        self.monkeypatch.undo()


class Noisy(MemoryLine):
    """The device's line; while there is `noise`, a bit of each byte that comes is wrong."""

    def __init__(self, rig: Rig) -> None:
        super().__init__(rig.peer, lambda: rig.now_s, rig.wait)
        self._rig = rig

    def read(self, limit: int, timeout_s: float) -> bytes:
        data = super().read(limit, timeout_s)
        return bytes(byte ^ 0x5A for byte in data) if self._rig.noise else data


def options_of(name: str, **options: Any) -> dict[str, Any]:
    """The options of a driver as they ship, and these."""
    return {**SHIPPED["driver"][name], "currency": "RUB", **options}


def by_name(name: str, role: str, peer: Callable[[], Any], **options: Any) -> Make:
    """A driver on a line, made as the kiosk makes it."""

    def rig(guest: Guest, folder: Path) -> Rig:
        def make(at: Rig) -> Device:
            settings = options_of(name, **options)
            return driver(name)(at.device, settings, start=1, connect=at.connect)

        return Rig(guest, role, role, peer(), make)

    return rig


Make = Callable[[Guest, Path], Rig]


def coins(**options: Any) -> Make:
    """A ccTalk coin acceptor."""
    return by_name("cctalk_coins", "coins", CoinAcceptor, check="sum", **options)


def hopper() -> Make:
    """A ccTalk hopper of ten-rouble coins."""
    return by_name("cctalk_hopper", "hopper", Hopper, check="sum", coin="10")


# --- what has no line: pins, the PC/SC daemon -----------------------------------------------------


class Pins:
    """The pins of the machine; `there` or not, and one of them taken by another program or not."""

    def __init__(self, number: int) -> None:
        self.there, self.taken = True, False
        self._number = number

    def factory(self) -> MockFactory:
        """In place of lgpio's."""
        if not self.there:
            raise OSError("can not open gpiochip")
        self.made = MockFactory()
        if self.taken:
            self.made.reserve_pins(self, f"GPIO{self._number}")
        return self.made

    def drive(self, *, high: bool) -> None:
        """The contact on the pin opens or shuts."""
        pin = self.made.pin(self._number)
        (pin.drive_high if high else pin.drive_low)()


class Keyboard:
    """A keyboard as evdev shows it; `error` is the kernel's number for why it may not be had."""

    def __init__(self) -> None:
        self.error = 0
        self.fd, self._far = os.pipe()

    def opened(self, path: str) -> Keyboard:
        if self.error in (errno.ENOENT, errno.EACCES):
            raise OSError(self.error, os.strerror(self.error), path)
        return self

    def grab(self) -> None:
        self._check()

    def read(self) -> list[Any]:
        os.read(self.fd, 1)
        self._check()
        return []

    def close(self) -> None:
        pass

    def _check(self) -> None:
        if self.error:
            raise OSError(self.error, os.strerror(self.error))

    def stir(self) -> None:
        """The kernel has something to say of it."""
        os.write(self._far, b"!")


class Reports:
    """USB devices as hidapi lists them: usage page, serial number and path of each part."""

    def __init__(self) -> None:
        self.parts = [(0xFF00, "A", b"/dev/hidraw0")]
        self._seen = list(self.parts)

    def there(self, vendor: int, product: int) -> list[dict[str, Any]]:
        self._seen = list(self.parts)
        return [{"usage_page": u, "serial_number": s, "path": p} for u, s, p in self.parts]

    def open(self, path: bytes) -> Reports:
        return self

    def read(self, timeout_s: float) -> bytes:
        if self.parts != self._seen:
            raise OSError("read error")  # what is plugged in has changed, and this with it
        return b""

    def close(self) -> None:
        pass


class Daemon:
    """The PC/SC daemon, as its library shows it: running or not, and the readers it has."""

    def __init__(self) -> None:
        self.runs = True
        self.readers = ["ACS ACR122U 00 00"]

    def _told(self, *more: Any) -> Any:
        return (scard.SCARD_S_SUCCESS if self.runs else scard.SCARD_E_NO_SERVICE, *more)

    def establish(self, scope: int) -> Any:
        return self._told(1)

    def release(self, context: int) -> Any:
        return scard.SCARD_S_SUCCESS

    def listed(self, context: int, groups: list[str]) -> Any:
        if self.runs and not self.readers:
            return scard.SCARD_E_NO_READERS_AVAILABLE, []
        return self._told(list(self.readers))

    def changes(self, context: int, wait_ms: int, known: list[tuple[str, int]]) -> Any:
        made = []
        for name, state in known:
            if name.startswith("\\\\"):
                now = len(self.readers) << 16
            else:
                there = name in self.readers
                now = scard.SCARD_STATE_EMPTY if there else scard.SCARD_STATE_UNKNOWN
            changed = scard.SCARD_STATE_CHANGED if now != state else 0
            made.append((name, now | changed, []))
        if self.runs and not any(state & scard.SCARD_STATE_CHANGED for _, state, _ in made):
            return scard.SCARD_E_TIMEOUT, made
        return self._told(made)
