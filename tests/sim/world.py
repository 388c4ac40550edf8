"""The world around a kiosk, in one thread and in virtual time: power, cables, disk, clock, people.

Everything physical happens here or by its calls, and the auditor is told of it here.
"""

from __future__ import annotations

import heapq
import itertools
import random
import re
import tomllib
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import gpiozero

from kiosk.core import venue_file
from kiosk.core.clock import Now
from kiosk.core.config import Config, load
from kiosk.core.errors import LedgerCorrupt, StorageFailed
from kiosk.core.ledger import Entry
from kiosk.core.messages import AcceptorPoweredUp, DeviceDown, DeviceUp, Event, SlipFailed
from kiosk.core.settings import ImportVenue
from kiosk.core.venue import Venue
from kiosk.hardware import gpio
from kiosk.hardware.peers.magstripe import StripeReader
from kiosk.hardware.peers.paper import Slip
from kiosk.screens.view import View
from tests import disk_vfs as vfs
from tests.core.guest import DEMO
from tests.disk import Disk, abandon
from tests.sim import books
from tests.sim.auditor import Auditor
from tests.sim.facts import Violation
from tests.sim.guests import Person
from tests.sim.peers import Coins, Printer, TapField, Validator
from tests.sim.process import (
    ACCEPTOR,
    COINS,
    LIGHTS,
    PRINTER,
    READER,
    STRIPE,
    Cut,
    Process,
    Station,
)
from tests.sim.story import BEGIN, DAY_S, ZONE, Story

VENUE = (
    DEMO.replace("balance_max = 100000", "balance_max = 30000")
    .replace("top_up_max = 15000", "top_up_max = 6000")
    .replace("spent_from = 100000", "spent_from = 100000000")
    + """
[[markups]]
id = "least"
name = "Minimum"
minimum_amount = 600

[[card_types]]
id = "group"
name = "Group card"
personal = false
prepay_amount = 1000
limit = 500
markup = "least"
discount_percent = 5

[[rules]]
name = "Group card"
algorithm = "prefix"
signals = ["magnetic"]
track = 2
pattern = "56"
lengths = [6]
scope = "entrance_card"
object = "group"
"""
)
"""The demonstration venue with limits that a guest reaches, and cards that are prepaid."""

WORTH_TELLING = (AcceptorPoweredUp, DeviceDown, DeviceUp, SlipFailed)
"""What devices say that stands in the story."""

PLENTY_BYTES, LITTLE_BYTES = 4_000_000_000, 20_000_000
REMEMBERED = 5
"""So many events a coin acceptor remembers."""
QUIET_S = 3.0
"""So long must nothing move before the books are compared with the cashbox."""


@dataclass
class Blow:
    """A loss of power, or of the process, that waits for its moment: the `nth` point that fits."""

    kind: str
    fits: tuple[str, ...]
    nth: int
    who: str
    dark_s: float
    struck: str = ""


class KioskDisk(Disk):
    """The kiosk's disk; each thing that SQLite does to it is a point where power can fail."""

    def __init__(self, world: World, folder: Path) -> None:
        super().__init__(folder)
        self._world = world

    def writing(self, handle: vfs.Handle, offset: int, data: bytes) -> int:
        result = super().writing(handle, offset, data)
        return vfs.IOERR_WRITE if self._world.disk_point("after a write") else result

    def syncing(self, handle: vfs.Handle, flags: int) -> int:
        if self._world.disk_point("before a sync"):
            return vfs.IOERR_FSYNC
        result = super().syncing(handle, flags)
        return vfs.IOERR_FSYNC if self._world.disk_point("after a sync") else result


@dataclass
class Form:
    """What was typed on the screen, by whoever: the next one may find it there and go on."""

    page: int = -1
    typed: str = ""
    phone: str = ""
    pin: str = ""


class World:
    """What is there, whatever processes come and go.

    Args:
        seed: of everything that happens.
        folder: where the store may be; emptied by the caller.
    """

    def __init__(self, seed: int, folder: Path) -> None:
        self.disk = KioskDisk(self, folder)
        self.random = random.Random(seed)
        self.coin_dice = random.Random(f"coins {seed}")
        self.secret_bytes = random.Random(f"secrets {seed}").randbytes
        self.story = Story()
        self.tell, self.strike = self.story.tell, self.story.strike
        self.auditor = Auditor(self.story.tell, self._cards, self._sessions, BEGIN + ZONE)
        self.people: list[Person] = []
        self.coming: list[Person] = []
        """Those whose first visit is still to come."""
        self.back: dict[str, list[int]] = {}
        """Notes that came back into somebody's hand, and are not in the purse yet."""
        self.folder = folder
        self.now_s = 0.0
        self.offset_s = 0.0
        self.synced = True
        self.free_now = PLENTY_BYTES
        self.disk_armed = False
        self._disk_seen: Counter[str] = Counter()
        self._disk_cut = False
        self._orphans: list[Venue] = []
        self.occupied = False
        self.collecting = False
        """The box is in the hands of the collector: nobody else looks at it."""
        self.form = Form()
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()
        self.process: Process | None = None
        self.up_at_s: float | None = 0.0
        self.blow: Blow | None = None
        self._again: Blow | None = None
        self.double_next = ""
        self._moved_s = 0.0
        self._checked = ""
        self._shown = ""
        self.acceptor = Validator(self._note_went)
        self.acceptor.lied = self._acceptor_lied
        self.printer = Printer(self._slip_came_out)
        self.coins = Coins()
        self.reader, self.stripe = TapField(READER), StripeReader()
        peers = {READER: self.reader, STRIPE: self.stripe, ACCEPTOR: self.acceptor}
        peers |= {PRINTER: self.printer, LIGHTS: None, COINS: self.coins}
        self.stations = {name: Station(self, name, peer) for name, peer in peers.items()}
        self.attendant_call: Callable[[float], None] = lambda in_s: None
        self.moments: Callable[[], None] = lambda: None

    def open_store(self) -> None:
        """Make the store, inside of its disk."""
        self.chosen = self._make_store()

    def shut_down(self) -> None:
        """The end of the simulation: the process is killed, whatever it was doing."""
        self.disk.kill()
        if self.process is not None:
            self.process.close_lines()
            self._orphans.append(self.process.venue)
        for venue in self._orphans:
            abandon(venue.store, venue._secrets)

    def shaken(self, how: str) -> None:
        """Hands are in the acceptor."""
        if self.acceptor.inside or self.acceptor.untold:
            self.auditor.acceptor_disturbed(how)

    def set_clock(self, why: str) -> None:
        """The time server is heard again."""
        self.offset_s, self.synced = 0.0, True
        self.tell(f"the clock is right again ({why})")

    def make_room(self) -> None:
        """Somebody made room on the disk."""
        self.free_now = PLENTY_BYTES

    def _make_store(self) -> Config:
        made = Venue.create(
            self.folder / "kiosk.db",
            self.folder / "secrets.db",
            kiosk="K1",
            currency="RUB",
            simulated=True,
            now=self.now(),
            random=self.secret_bytes,
        )
        done = made.do(
            ImportVenue(venue_file.parse(VENUE)), actor="cli", key="import", now=self.now()
        )
        assert isinstance(done, Entry), done
        made.close()
        environ = {"STATE_DIRECTORY": str(self.folder)}
        chosen = load(None, simulated=True, environ=environ)
        # No bank in these days: what becomes of a payment is in test_device_cuts. Nor a scanner:
        # whose code was shown is not for the auditor to know.
        elsewhere = ("nexo", "scanner")
        devices = tuple(device for device in chosen.devices if device.driver not in elsewhere)
        return replace(chosen, devices=(*devices, _coins(chosen)))

    # --- time -------------------------------------------------------------------------------------

    def now(self) -> Now:
        """What the kiosk's clocks say."""
        wall = BEGIN + timedelta(seconds=self.now_s + self.offset_s)
        if not self.synced:
            wall = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=self.now_s % DAY_S)
        return Now(wall, 1000.0 + self.now_s, self.synced)

    def after(self, seconds: float, what: Callable[[], None]) -> None:
        """Have something happen later."""
        heapq.heappush(self._later, (self.now_s + seconds, next(self._count), what))

    def run(self, until_s: float) -> None:
        """Let the world turn until then.

        Raises:
            Violation: the auditor, or a check of the books, found something wrong.
        """
        while self.now_s < until_s:
            self._turn(until_s)

    def _turn(self, until_s: float) -> None:
        times = [until_s]
        if self._later:
            times.append(self._later[0][0])
        if self.process is not None:
            times.append(self.process.next_s())
        elif self.up_at_s is not None:
            times.append(self.up_at_s)
        self.now_s = max(self.now_s, min(times))
        self.story.now_s = self.auditor.now_s = self.now_s
        try:
            self.moments()
            while self._later and self._later[0][0] <= self.now_s:
                heapq.heappop(self._later)[2]()
            if self.process is not None:
                self.process.step()
            elif self.up_at_s is not None and self.now_s >= self.up_at_s:
                self._boot()
        except Cut:
            self._died()
        except Violation:
            raise
        except Exception as error:
            trace = "".join(traceback.format_exception(error)[-6:])
            raise Violation(f"the kiosk ended by a mistake of its own:\n{trace}") from error
        self._maybe_check()

    # --- power and processes ----------------------------------------------------------------------

    def point(self, name: str) -> None:
        """Power may fail here.

        Raises:
            Cut: it does.
        """
        blow = self.blow
        if blow is None or blow.struck or not name.startswith(blow.fits):
            return
        blow.nth -= 1
        if blow.nth < 0:
            blow.struck = name
            raise Cut(name)

    def disk_point(self, name: str) -> bool:
        """Power may fail here, in the middle of what SQLite does; whether it did."""
        blow = self.blow
        if blow is None or blow.struck or not name.startswith(blow.fits):
            return False
        blow.nth -= 1
        if blow.nth >= 0:
            return False
        blow.struck = f"{name} to the disk"
        self._cut_disk(blow.who != "process")
        return True

    def _cut_disk(self, power: bool) -> None:
        """What the disk has of it all when the process, or the power, is gone."""
        if not power:
            self.disk.kill()
        else:
            for told in self.disk.power_cut(self.random):
                self.tell(f"  on the disk: {told}")
                for what in ("lost", "torn"):
                    if re.search(rf"[1-9]\d* {what}", told):
                        self.strike(f"disk: unsynced writes are {what}")
        self._disk_cut = True

    def still_alive(self) -> None:
        """Raises Cut when the power went and somebody made another error of it."""
        if self.blow is not None and self.blow.struck:
            raise Cut(self.blow.struck)

    def strike_now(self, blow: Blow) -> None:
        """The power goes at this moment, wherever the kiosk is.

        Raises:
            Cut: always.
        """
        blow.struck = "between two steps"
        self.blow = blow
        raise Cut(blow.struck)

    def _died(self) -> None:
        blow, self.blow = self.blow, None
        assert blow is not None
        self.strike(blow.kind, blow.struck)
        if not self._disk_cut:
            self._cut_disk(blow.who != "process")
        self._end_process()
        if blow.who == "all":
            self.acceptor_off()
            self.printer_off()
            self.coins_off()
            self.after(blow.dark_s, self.acceptor_on)
            self.after(blow.dark_s, self.coins_on)
            self.after(blow.dark_s, self.printer_on)
        self.up_at_s = self.now_s + blow.dark_s + (2.0 if blow.who == "process" else 8.0)
        self.blow, self._again = self._again, None

    def hit_again(self, blow: Blow) -> None:
        """A second loss, for the start after the next one."""
        self._again = blow

    def failed(self, error: Exception) -> None:
        """The process ends because its store failed; the machine starts again."""
        why = str(error).replace(f"{self.folder}/", "")
        self.tell(f"the kiosk ends with exit code 75 and the machine starts again: {why}")
        self.story.counts["exit 75"] += 1
        self.disk.reboot()
        self._end_process()
        self.heal_disk()
        self.up_at_s = self.now_s + 20.0

    def _end_process(self) -> None:
        process, self.process = self.process, None
        self._disk_cut = False
        self.coins_told()
        self.auditor.dark()
        self.reader.close()  # nobody is told of a tap that the dead process did not hear
        if process is not None:
            process.close_lines()
            self.left_behind(process.venue)
        for venue in self._orphans:
            abandon(venue.store, venue._secrets)
        self._orphans.clear()

    def left_behind(self, venue: Venue) -> None:
        """Files that a dead process had open; they are let go when the disk has settled."""
        self._orphans.append(venue)

    def _boot(self) -> None:
        self.up_at_s = None
        self.auditor.watch.booted(self.offset_s, self.synced)
        try:
            self.process = Process(self, self.chosen, self.folder)
            self.still_alive()
        except (StorageFailed, LedgerCorrupt) as error:
            self.still_alive()
            if isinstance(error, LedgerCorrupt):
                raise Violation(f"the books are damaged: {error}") from error
            why = str(error).replace(f"{self.folder}/", "")
            self.tell(f"the kiosk cannot start: {why}")
            self.disk.reboot()
            self._end_process()
            self.heal_disk()
            self.up_at_s = self.now_s + 20.0
            return
        self.story.counts["starts"] += 1
        self.tell(f"the kiosk is up (start {self.process.start})")
        self.touched()

    def heal_disk(self) -> None:
        """The machine has started again: the disk is as a disk should be."""
        self._count_disk_faults()
        self.disk.heal()
        self.free_now = PLENTY_BYTES
        self.disk_armed = False

    def _count_disk_faults(self) -> None:
        for kind, times in sorted((self.disk.struck - self._disk_seen).items()):
            if kind not in ("kill", "power cut", "reboot"):
                for _ in range(times):
                    self.strike(f"disk: {kind}")
        self._disk_seen = self.disk.struck.copy()

    def free_bytes(self) -> int:
        """What is free on the kiosk's disk."""
        return self.free_now

    def acceptor_off(self) -> None:
        untold = bool(self.acceptor.inside) or self.acceptor.untold
        self.acceptor.power_cut(self.device_s(ACCEPTOR))
        if untold:
            self.auditor.acceptor_disturbed("it lost its power")
        self.stations[ACCEPTOR].stir()
        self.touched()

    def acceptor_on(self) -> None:
        if not self.acceptor.powered:
            self.acceptor.power_up(self.device_s(ACCEPTOR))
            self.stations[ACCEPTOR].stir(5.0)
            self.touched()

    def coins_off(self) -> None:
        """The coin acceptor loses its power, and forgets what it had not told."""
        self.coins_told()
        self.coins.power_cut(self.device_s(COINS))
        self.auditor.coins_disturbed("the coin acceptor lost its power", lost=True)
        self.stations[COINS].stir()
        self.touched()

    def coins_on(self) -> None:
        if not self.coins.powered:
            self.coins.power_up(self.device_s(COINS))
            self.stations[COINS].stir(5.0)
            self.touched()

    def drop_coins(self, values: list[int], hand: str) -> list[int]:
        """Somebody puts coins in, in one moment; those that went in."""
        at_s = self.device_s(COINS)
        told = self.coins_told()
        went = [v for v in values if "went in" in self.coins.insert(v * 100, at_s)]
        if not told and went:
            self.auditor.coins_disturbed("others fell in after it", lost=True)
        if len(went) > REMEMBERED:
            self.strike("coins: more at once than the acceptor remembers")
        self.auditor.moment = self.story.moment()
        for left, value in zip(range(len(went), 0, -1), went, strict=True):
            self.auditor.coin_fell(value, hand, gone=left > REMEMBERED)
            self.story.counts["coins"] += 1
        self.stations[COINS].stir()
        self.touched()
        return went

    def coins_told(self) -> bool:
        """Whether the coin acceptor has told all, and the kiosk has heard it."""
        station = self.stations[COINS]
        driver: Any = station.worker.driver if station.worker is not None else None
        if driver is None or not station.plugged or not self.coins.powered:
            return False
        known = driver._known == (self.coins.identity.serial, self.coins.counter)
        told = bool(known and driver._watching and not driver._waiting)
        if told:
            self.auditor.coins_heard()
        return told

    def printer_off(self) -> None:
        self.printer.power_cut()
        self.stations[PRINTER].stir()

    def printer_on(self) -> None:
        self.printer.power_up()
        self.stations[PRINTER].stir()

    def device_s(self, name: Any) -> float:
        """The time of a device's own mechanics, which a waiting driver may have put ahead."""
        return max(self.now_s, self.stations[name].local_s)

    # --- what the auditor is told -----------------------------------------------------------------

    def touched(self) -> None:
        """Something physical happened: the books are compared when it has come to rest."""
        self._moved_s = self.now_s
        self._checked = ""

    def _note_went(self, face: int, where: str) -> None:
        self.auditor.moment = self.story.moment()
        self.auditor.went(face, where)
        note = self.auditor.inside
        if note is not None and where == "returned":
            self.back.setdefault(note.hand, []).append(face)
        self.touched()

    def _acceptor_lied(self) -> None:
        self.strike("acceptor: stacks a note that it was told to give back")
        self.auditor.acceptor_lied()

    def show_card(self, person: Person) -> None:
        """A card is tapped or swiped, and read well."""
        self.auditor.tapped(person.number)
        if person.swipes:
            self.stripe.swipe(person.raw)
        else:
            self.reader.tap(person.number)
        self.stations[STRIPE if person.swipes else READER].stir()

    def _cards(self) -> dict[str, tuple[str, str]]:
        return books.cards(self.process.venue) if self.process is not None else {}

    def _sessions(self) -> dict[str, Any]:
        return books.sessions(self.process.venue) if self.process is not None else {}

    @property
    def view(self) -> View | None:
        """What the screen shows; nothing while it is dark."""
        return None if self.process is None else self.process.view

    def _slip_came_out(self, slip: Slip) -> None:
        self.story.counts["slips"] += 1
        self.auditor.slip(slip.text, cut=slip.cut, by_hand=self.hands_on_printer)

    hands_on_printer = False
    """The attendant mends the printer: what comes out comes out into his hands."""

    def screen_changed(self, view: View) -> None:
        """The screen shows something else."""
        shown = " · ".join(filter(None, (view.frame.title, view.frame.subtitle)))
        if shown != self._shown:
            self._shown = shown
            self.tell(f"  the screen: {shown}")
        self.auditor.screen(view)

    def doubled(self, event: Event) -> bool:
        """Whether this event is told twice."""
        if isinstance(event, WORTH_TELLING):
            self.tell(f"  {event}")
        if self.double_next and type(event).__name__ == self.double_next:
            self.strike("messages: a device's event comes twice", self.double_next)
            self.double_next = ""
            return True
        return False

    def _maybe_check(self) -> None:
        if self._checked or self.now_s < self._moved_s + QUIET_S or not self.quiet():
            return
        assert self.process is not None
        self._checked = "yes"
        self.auditor.check(books.balances(self.process.venue))

    def quiet(self) -> bool:
        """Nothing moves, and everything that moved has been told."""
        process, station = self.process, self.stations[ACCEPTOR]
        if process is None or self.now_s < process.begun_s + QUIET_S or process.runtime.failure:
            return False
        state = process.situation.machine.devices[ACCEPTOR]
        return (
            bool(state.up)
            and station.plugged
            and station.wake_s > self.now_s
            and not process.mail
            and not self.acceptor.busy_now
            and self.now_s >= station.hot_until_s
            and self.coins_told()
        )


def _coins(chosen: Config) -> Any:
    """A coin acceptor beside the devices of the simulated kiosk."""
    defaults = tomllib.loads(resources.files("kiosk").joinpath("default.toml").read_text("utf-8"))
    options = defaults["driver"]["cctalk_coins"]
    return replace(chosen.devices[0], name=COINS, driver="cctalk_coins", options=options)


@contextmanager
def virtual_lights() -> Iterator[None]:
    """A light blinks in a thread and in real time: here it glows, and nobody sleeps over it."""
    nothing = SimpleNamespace(sleep=lambda seconds: None)
    with (
        patch.object(gpiozero.LED, "blink", lambda self, *args, **kwargs: self.on()),
        patch.object(gpiozero.Buzzer, "beep", lambda self, *args, **kwargs: None),
        patch.object(gpio, "time", nothing),
    ):
        yield
