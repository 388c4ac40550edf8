"""One process of the kiosk, from its start to its death: the real parts, put together as app does.

Each device has its own place in time (`Station.local_s`), so that a driver that waits three
seconds for an answer holds nobody else up; what it tells is heard when its time has come.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk import app
from kiosk.core import flow
from kiosk.core.clock import Now
from kiosk.core.config import Config
from kiosk.core.errors import DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import Effect, Event, Light, Role, Sound
from kiosk.core.situation import Situation, Welcome
from kiosk.core.venue import Venue
from kiosk.hardware import driver
from kiosk.hardware.transport import MemoryLine
from kiosk.hardware.worker import Worker
from kiosk.runtime import Inbox, Runtime
from kiosk.screens.present import present
from kiosk.screens.view import View
from tests.sim.peers import TapField

if TYPE_CHECKING:
    from tests.sim.world import World

ACCEPTOR, PRINTER = DeviceId("acceptor"), DeviceId("printer")
READER, STRIPE, LIGHTS = DeviceId("reader"), DeviceId("stripe"), DeviceId("lights")
COINS = DeviceId("coins")

POLL_S = 0.2
"""How often a device is asked while something happens in it."""
ENABLED_S = 1.0
"""… while notes may be put in: the acceptor switches itself off after 5 s without a question."""
COINS_S = 0.5
"""… while coins may fall in: their acceptor takes none a second after the last question."""
SOMEBODY_S, NOBODY_S = 3.0, 60.0
"""… while nothing happens, with somebody at the kiosk and with nobody."""
FAREWELL_S = 5.0


class Cut(BaseException):
    """The process is dead. No handler may catch it."""


class Line(MemoryLine):
    """The cable; each order that moves or forgets a note is a point where power can fail."""

    def __init__(self, station: Station) -> None:
        self._station = station
        super().__init__(station.peer, lambda: station.local_s, station.wait)

    def write(self, data: bytes, timeout_s: float = 0.0) -> None:
        name = self._station.order(data)
        if name:
            self._station.world.point(f"before {name}")
        super().write(data)
        if name:
            self._station.world.point(f"after {name}")


class Station:
    """A device and its cable; both outlive the process that serves them."""

    def __init__(self, world: World, name: DeviceId, peer: Any) -> None:
        self.world = world
        self.name = name
        self.peer = peer
        self.plugged = True
        self.local_s = 0.0
        self.wake_s = 0.0
        self.hot_until_s = 0.0
        self.line: Line | None = None
        self.worker: Worker | None = None
        self.told: list[Event] = []

    def connect(self) -> Line:
        if not self.plugged:
            raise DeviceError(f"{self.name}: there is none")
        self.line = Line(self)
        return self.line

    def wait(self, seconds: float) -> None:
        self.local_s += seconds

    def pull(self) -> None:
        self.plugged = False
        if isinstance(self.peer, TapField):
            self.peer.plugged = False
        if self.line is not None:
            self.line.unplug()
        self.stir()

    def push(self) -> None:
        self.plugged = True
        if isinstance(self.peer, TapField):
            self.peer.plugged = True
        self.stir()

    def stir(self, hot_s: float = 1.0) -> None:
        """Something happened to it: it is asked often for a while."""
        self.wake_s = self.world.now_s
        self.hot_until_s = max(self.hot_until_s, self.world.now_s + hot_s)

    def do(self, effect: Effect) -> None:
        """See `runtime.Doer`."""
        assert self.worker is not None
        self.worker.do(effect)
        if not isinstance(effect, (Light, Sound)) or self.name == LIGHTS:
            self.wake_s = self.world.now_s

    def order(self, data: bytes) -> str:
        """The name of an order to the acceptor after which nothing is as before, or nothing."""
        if self.name != ACCEPTOR:
            return ""
        command, peer = data[3:4].hex(), self.peer
        if command in ("35", "36") or (command == "30" and peer.inside):
            return {"35": "stacking", "36": "returning", "30": "a reset"}[command]
        if command == "00" and peer.untold:
            return f"acknowledging {peer.state.name.lower()}"
        return ""

    def busy(self) -> bool:
        """Whether something happens in it, as far as hands and eyes can tell."""
        if self.world.now_s < self.hot_until_s:
            return True
        if self.name == ACCEPTOR:
            return bool(self.peer.busy_now)
        if self.name == PRINTER and self.worker is not None:
            made: Any = self.worker.driver
            job = made._job
            return bool(made._waiting) or (job is not None and job.stage != "asking")
        return False


class Process:
    """A start of the kiosk.

    Raises:
        Cut: the power went while it started.
        StorageFailed: the disk refused, or the books contradict themselves (LedgerCorrupt).
    """

    def __init__(self, world: World, chosen: Config, folder: Path) -> None:
        self.world = world
        self.mail: list[tuple[float, int, Event]] = []
        self._count = itertools.count()
        self._view: View | None = None
        self._ends_s: float | None = None
        self.venue = Venue.open(
            folder / "kiosk.db", folder / "secrets.db", random=world.secret_bytes
        )
        try:
            self._watch(self.venue)
            self._begin(world, chosen)
        except BaseException:
            world.left_behind(self.venue)
            raise

    def _begin(self, world: World, chosen: Config) -> None:
        now = world.now()
        self.start = app.record_start(self.venue, now)
        jitter = random.Random(self.start)
        roles: dict[DeviceId, Role] = {}
        for device in chosen.devices:
            station = world.stations[device.name]
            station.told, station.line = [], None
            station.wake_s = station.local_s = max(world.now_s, station.local_s)
            station.worker = Worker(
                device.name,
                partial(_driver, station, device.driver, device.options, self.start),
                partial(self._heard, station),
                jitter=random.Random(jitter.random()),
                # The stripe reader counts the silence that ends a swipe by what it waited.
                poll_s=0.1 if device.name == STRIPE else 0.0,
            )
            roles[device.name] = station.worker.driver.role
        self.inbox = Inbox(chosen.limits.inbox_events_max)
        first = app.begin(chosen, self.venue, self.start, roles, now)
        self.runtime = Runtime(
            self.inbox,
            self.venue,
            first,
            devices=world.stations,
            roles=roles,
            show=self._show,
            min_free_bytes=chosen.store.min_free_mb * 1_000_000,
        )
        self.begun_s = world.now_s
        self._turned_s = 0.0
        self.runtime.begin(now)

    # --- time -------------------------------------------------------------------------------------

    @property
    def somebody(self) -> bool:
        """A guest's journey is on the screen, or somebody stands before it."""
        return not isinstance(self.situation.scene, Welcome) or self.world.occupied

    @property
    def situation(self) -> Situation:
        return self.runtime.situation

    def next_s(self) -> float:
        """When there is something to do again."""
        pause_s = SOMEBODY_S if self.somebody else NOBODY_S
        times = [station.wake_s for station in self.world.stations.values()]
        times.append(self._turned_s + pause_s)
        if self.mail:
            times.append(self.mail[0][0])
        due = flow.due(self.situation)
        if due is not None:
            times.append(due)
        ends_s = self.venue.due_in_s(self.world.now())
        if ends_s is not None and self.runtime.failure is None:
            times.append(self.world.now_s + ends_s)
        if self._ends_s is not None:
            times.append(self._ends_s)
        return min(times)

    def step(self) -> None:
        """Let everything happen that is due now.

        Raises:
            Cut: it died.
        """
        world = self.world
        for station in world.stations.values():
            if station.wake_s <= world.now_s:
                self._serve(station)
        while self.mail and self.mail[0][0] <= world.now_s:
            self.inbox.put(heapq.heappop(self.mail)[2])
        self.turn()

    def turn(self) -> None:
        """Let the core take out what is there."""
        self._turned_s = self.world.now_s
        self.runtime.turn(self.world.now())
        self.world.still_alive()
        self.world.auditor.watch.clock(self.world.offset_s, self.world.synced)
        if self.runtime.failure is not None:
            # As app does: the screen says goodbye, then the process ends with exit code 75.
            if self._ends_s is None:
                self._ends_s = self.world.now_s + FAREWELL_S
                self._view = None
                self.world.screen_changed(self.view)
            elif self.world.now_s >= self._ends_s:
                self.world.failed(self.runtime.failure)

    def _serve(self, station: Station) -> None:
        world = self.world
        if station.local_s > world.now_s:
            station.wake_s = station.local_s
            return
        station.local_s = world.now_s
        assert station.worker is not None
        wait_s = station.worker.step(world.now())
        if station.local_s < world.now_s:
            station.local_s = world.now_s
        told, station.told = station.told, []
        for event in told:
            heapq.heappush(self.mail, (station.local_s, next(self._count), event))
        if told:
            station.hot_until_s = max(station.hot_until_s, world.now_s + 2 * POLL_S)
        station.wake_s = max(station.local_s, world.now_s + max(wait_s, self._pause_s(station)))

    def _pause_s(self, station: Station) -> float:
        if not station.plugged or not getattr(station.peer, "powered", True):
            # A worker tries every 3 s; when nobody is there it may do so more rarely.
            return POLL_S if self.somebody else NOBODY_S
        if station.busy():
            return POLL_S
        if station.name == ACCEPTOR and station.peer.state.name == "IDLING":
            return ENABLED_S
        if station.name == COINS and station.peer.open:
            return COINS_S
        if station.name in (STRIPE, READER, LIGHTS):
            return 3600.0  # swipes, taps and effects wake them
        return SOMEBODY_S if self.somebody else NOBODY_S

    def _heard(self, station: Station, event: Event) -> None:
        station.told.append(event)
        if self.world.doubled(event):
            station.told.append(event)

    # --- the screen -------------------------------------------------------------------------------

    def _show(self, situation: Situation, now: Now) -> None:
        del situation, now
        self._view = None
        self.world.screen_changed(self.view)

    @property
    def view(self) -> View:
        """What is on the screen."""
        if self._view is None:
            self._view = present(self.runtime.situation, self.world.now())
        return self._view

    # --- death ------------------------------------------------------------------------------------

    def _watch(self, venue: Venue) -> None:
        """Each commit is a point before it, one in the middle, and one after it."""
        point = self.world.point
        venue.store.free_bytes = self.world.free_bytes  # type: ignore[method-assign]
        for store in (venue.store, venue._secrets):
            _watch_store(store, point)

    def close_lines(self) -> None:
        """Nobody serves the devices any more."""
        for station in self.world.stations.values():
            if station.worker is not None:
                if station.name == LIGHTS:
                    station.worker.driver.close()
                if station.line is not None:
                    station.line.unplug()
            station.worker, station.line = None, None


def _watch_store(store: Any, point: Callable[[str], None]) -> None:
    plain, put = store.transaction, store.put
    kind = [""]

    def noted(table: str, name: str, document: Any) -> None:
        if table == "entries":
            kind[0] = document["kind"]
        point("inside a transaction")
        put(table, name, document)

    @contextmanager
    def watched() -> Iterator[None]:
        kind[0] = "secrets"
        with plain():
            yield
            point(f"before commit {kind[0]}")
        point(f"after commit {kind[0]}")

    store.put, store.transaction = noted, watched


def _driver(station: Station, name: str, given: Any, start: int) -> Any:
    if isinstance(station.peer, TapField):
        return station.peer
    options = {**given, "currency": "RUB", "port": f"/dev/{station.name}"}
    more: dict[str, Any] = {}
    if name == "gpio":
        options["pins"] = "mock"
    if name == "escpos":
        more["monotonic"] = lambda: station.local_s
    return driver(name)(station.name, options, start=start, connect=station.connect, **more)
