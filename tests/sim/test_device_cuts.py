"""A cut at every step between the books, the fiscal device and the terminal; then a second one.

The real runtime, venue and store, and the real drivers on the lines of simulated devices that keep
the truth: what is on paper, what was charged. Time is simulated. A dying process is an exception
that nothing catches; the next one opens the same files under the next number of start.
"""

from __future__ import annotations

import copy
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from kiosk.core import fiscal
from kiosk.core.audit import audit
from kiosk.core.capabilities import DeviceState, Machine
from kiosk.core.cash import LastStart, RecordStart
from kiosk.core.checkout import CalculateVisit
from kiosk.core.clock import Now
from kiosk.core.errors import Refused
from kiosk.core.fiscal import FiscalOf, NextFiscal
from kiosk.core.fiscal_shifts import FiscalShifts
from kiosk.core.ids import DeviceId, VisitId
from kiosk.core.messages import PrintFiscal, Role
from kiosk.core.shifts import CloseShift
from kiosk.core.terminal_payments import (
    BeginTerminalPayment,
    OpenTerminalPayments,
    PaymentOnTheWay,
    RecordTerminalPayment,
)
from kiosk.core.venue import Venue
from kiosk.hardware.atol import FiscalPrinter
from kiosk.hardware.device import Device
from kiosk.hardware.nexo import PaymentTerminal
from kiosk.hardware.peers.atol import FiscalServer
from kiosk.hardware.peers.nexo import Terminal
from kiosk.hardware.transport import MemoryLine
from kiosk.hardware.worker import Worker
from kiosk.runtime import Inbox, Runtime
from tests.core.centre import PLAIN, Centre
from tests.core.guest import NOW, UID, Guest, make_venue, rub, shelf, situation
from tests.hardware.cards import card_numbers

FISCAL, TERMINAL = DeviceId("fiscal"), DeviceId("terminal")
TICK_S, QUIET_S, LIFE_MAX_S = 0.1, 3.0, 900.0
UP_AFTER_S = 3.0
KINDS = ("kiosk for 0.3 s", "kiosk for 30 s", "both for 0.3 s", "both for 30 s", "device")
"""Who dies, and for how long; a device alone has its power back by itself."""

FISCAL_VENUE = PLAIN.replace('"do_not_account"', '"receipt_later_summary"').replace(
    "prepay_amount = 1000", "prepay_amount = 1500"
)
ATOL = {
    "port": "",
    "unit": "",
    "currency": "RUB",
    "taxation": "osn",
    "tax": "none",
    "advance_tax": "none",
    "sale_name": "Sale",
    "advance_name": "Advance",
    "operator": "Kiosk",
    "operator_vatin": "",
    "poll_ms": 300,
    "answer_s": 5,
}
NEXO = {
    "port": "",
    "currency": "RUB",
    "sale_id": "FOYER",
    "poi_id": "POI1",
    "login": True,
    "answer_s": 10,
}
DOCUMENTS = [("sell", 150_000, "advance"), ("sellReturn", 150_000, "advance")]
DOCUMENTS += [("sell", 100_000, "fullPayment")]


class Cut(BaseException):
    """The process is dead. No handler may catch it."""


@dataclass
class World:
    """The files, both devices and the time: what outlives a process."""

    folder: Path
    fiscal: FiscalServer = field(default_factory=FiscalServer)
    terminal: Terminal = field(default_factory=Terminal)
    now_s: float = 1000.0

    def copy(self, folder: Path) -> World:
        folder.mkdir()
        for file in self.folder.iterdir():
            shutil.copy(file, folder / file.name)
        devices = copy.deepcopy((self.fiscal, self.terminal))
        return World(folder, *devices, self.now_s)

    def now(self) -> Now:
        return NOW.later(self.now_s - 1000.0)

    def open(self, *, write: bool = True) -> Venue:
        return Venue.open(self.folder / "kiosk.db", self.folder / "secrets.db", write=write)

    def power_cut(self) -> None:
        self.fiscal.power_cut()
        self.terminal.power_cut()

    def power_up(self) -> None:
        self.fiscal.power_up()
        self.terminal.power_up()

    def rest(self, kind: str) -> None:
        """While the kiosk is down: ``both for 0.3 s``; then everything has power."""
        who, _, seconds = kind.removesuffix(" s").partition(" for ")
        if who == "both":
            self.power_cut()
        for _ in range(int(float(seconds) / TICK_S)):
            self.now_s += TICK_S
            self.fiscal.tick(self.now_s)
            self.terminal.tick(self.now_s)
        self.power_up()


class Line(MemoryLine):
    """The cable; each message that makes a device do something, or look, may be the last."""

    life: Life
    name: Callable[[bytes], str]

    def write(self, data: bytes, timeout_s: float = 0.0) -> None:
        name = type(self).name(data)
        if name:
            self.life.point(f"before {name}")
        super().write(data)
        if name:
            self.life.point(f"after {name}")


class FiscalLine(Line):
    @staticmethod
    def name(data: bytes) -> str:
        for kind in (b"sellReturn", b"sell", b"openShift", b"closeShift"):
            if b'"type": "' + kind + b'"' in data:
                return kind.decode()
        return "look" if data.startswith(b"GET /api/v2/requests/") else ""


class TerminalLine(Line):
    @staticmethod
    def name(data: bytes) -> str:
        words = (b"PaymentRequest", b"TransactionStatusRequest", b"AbortRequest")
        return next((w.decode() for w in words if b'"' + w in data), "")


@dataclass
class Life:
    """One process, from start-up to its death or to rest; `cut` is a point and who dies there."""

    world: World
    cut: tuple[int, str] | None = None
    again: tuple[int, str] | None = None
    does: Callable[[Life], bool] = lambda life: True
    points: list[str] = field(default_factory=list)

    def point(self, name: str) -> None:
        """Power may fail here."""
        self.points.append(name)
        for cut in (self.cut, self.again):
            if cut and cut[0] == len(self.points) - 1:
                self._fail(cut[1])

    def _fail(self, kind: str) -> None:
        if kind != "device":
            raise Cut(kind)
        self.world.power_cut()
        self.up_at_s = self.world.now_s + UP_AFTER_S

    def run(self) -> None:
        """Live until everything rests.

        Raises:
            Cut: it died.
        """
        world = self.world
        self.up_at_s = 0.0
        self.venue = world.open()
        try:
            self._watch(self.venue)
            self.start = self.venue.ask(LastStart(), world.now()) + 1
            started = RecordStart(self.start)
            key = f"start:{self.start}"
            done = self.venue.do(started, actor="kiosk", key=key, now=world.now())
            assert not isinstance(done, Refused)
            inbox = Inbox(1000)
            workers = {
                FISCAL: self._worker(FISCAL, inbox, self._fiscal_printer),
                TERMINAL: self._worker(TERMINAL, inbox, self._payment_terminal),
            }
            roles: dict[DeviceId, Role] = {FISCAL: "fiscal", TERMINAL: "payment"}
            first = situation(self.venue, self.start, world.now())
            machine = Machine({device: DeviceState(role) for device, role in roles.items()})
            self.runtime = Runtime(
                inbox,
                self.venue,
                replace(first, machine=machine),
                devices=workers,
                roles=roles,
                show=lambda situation, now: None,
                min_free_bytes=0,
            )
            self._turns(list(workers.values()))
        finally:
            self.venue.close()

    def _worker(self, device: DeviceId, inbox: Inbox, make: Callable[[], Device]) -> Worker:
        return Worker(device, make, inbox.put, jitter=random.Random(1), poll_s=0)

    def _fiscal_printer(self) -> Device:
        return FiscalPrinter(
            FISCAL,
            ATOL,
            start=self.start,
            connect=lambda: self._line(FiscalLine, self.world.fiscal),
            monotonic=lambda: self.world.now_s,
        )

    def _payment_terminal(self) -> Device:
        return PaymentTerminal(
            TERMINAL,
            NEXO,
            start=self.start,
            connect=lambda: self._line(TerminalLine, self.world.terminal),
            monotonic=lambda: self.world.now_s,
        )

    def _line(self, kind: type[Line], peer: FiscalServer | Terminal) -> Line:
        world = self.world
        peer.connected()

        def wait(seconds: float) -> None:
            world.now_s += seconds

        line = kind(peer, lambda: world.now_s, wait)
        line.life = self
        return line

    def _turns(self, workers: list[Worker]) -> None:
        world, quiet_s, end_s = self.world, 0.0, self.world.now_s + LIFE_MAX_S
        while quiet_s < QUIET_S:
            assert world.now_s < end_s, f"no rest: {self.runtime.jobs}"
            if self.up_at_s and world.now_s >= self.up_at_s:
                self.up_at_s = 0.0
                world.power_up()
            for worker in workers:
                worker.step(world.now())
            world.fiscal.tick(world.now_s)
            self.runtime.turn(world.now())
            assert self.runtime.failure is None
            through = self.does(self) and not self.up_at_s
            world.now_s += TICK_S
            quiet_s = quiet_s + TICK_S if through and self._rests() else 0.0

    def _rests(self) -> bool:
        now = self.world.now()
        waits = self.venue.ask(NextFiscal(), now) or self.venue.ask(PaymentOnTheWay(), now)
        up = all(state.up for state in self.runtime.situation.machine.devices.values())
        return up and waits is None

    def command(self, command: object, actor: str, key: str) -> None:
        done = self.runtime.command(command, actor=actor, key=key, now=self.world.now())
        assert not isinstance(done, Refused), done

    def _watch(self, venue: Venue) -> None:
        """Each commit is a point before it and one after it."""
        store = venue.store
        plain, put = store.transaction, store.put
        kind = [""]

        def noted(table: str, name: str, document: Any) -> None:
            if table == "entries":
                kind[0] = document["kind"]
            put(table, name, document)

        @contextmanager
        def watched() -> Iterator[None]:
            with plain():
                yield
                if kind[0] != "started":
                    self.point(f"before {kind[0]}")
            if kind[0] != "started":
                self.point(f"after {kind[0]}")

        store.put, store.transaction = noted, watched  # type: ignore[method-assign]


def live(life: Life) -> bool:
    """Live to the end; else, dead, wait for the power. Whether it lived."""
    try:
        life.run()
    except Cut as dead:
        life.world.rest(str(dead))
        return False
    return True


@pytest.fixture(scope="module")
def memory() -> Iterator[Path]:
    with shelf() as folder:
        yield folder


@pytest.fixture
def folder(memory: Path) -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(dir=memory))
    yield made
    shutil.rmtree(made)


# --- fiscal documents --------------------------------------------------------------------------


@dataclass(frozen=True)
class Prepaid:
    """A visit that is prepaid with 1500 and has ordered 700; nothing is printed."""

    world: World
    visit: VisitId

    def checkout(self, life: Life) -> bool:
        """The desk calculates it as soon as the first receipt is out."""
        now = life.world.now()
        first = life.venue.ask(FiscalOf(self.visit), now)[0]
        if first.state == "confirmed":
            life.command(CalculateVisit(self.visit), "staff:201", "calculate")
        return first.state == "confirmed"


@pytest.fixture(scope="module")
def prepaid(memory: Path) -> Prepaid:
    folder = memory / "prepaid"
    folder.mkdir()
    centre = Centre(make_venue(folder, FISCAL_VENUE))
    visit = centre.prepaid("entrance-1000", 1000, 500)
    centre.order(visit, 700)
    centre.venue.close()
    return Prepaid(World(folder), visit)


def check_fiscal(world: World, visit: VisitId) -> None:
    """What is on paper against the books: each document once, in its order, nothing else."""
    paper = [(p.kind, p.minor, p.method) for p in world.fiscal.printed]
    assert paper == DOCUMENTS
    venue = world.open(write=False)
    try:
        kept = venue.ask(FiscalOf(visit), world.now())
        assert [d.state for d in kept] == ["confirmed"] * 3
        assert [d.device_number for d in kept] == [str(p.number) for p in world.fiscal.printed]
        assert all(d.sign is not None for d in kept)
        books = venue.books(world.now())
        assert fiscal.totals(books, 1, venue.ledger.seq).tenders == {"cash": 100_000}
        (shift,) = venue.ask(FiscalShifts(), world.now())
        assert (shift.ours.receipts, shift.ours.returns, shift.ours.cash) == (2, 1, rub(1000))
        assert venue.ledger.verify() == []
        assert audit(books) == []
    finally:
        venue.close()


def test_E53_E54_the_chain_comes_out_of_the_device_once(prepaid: Prepaid, folder: Path) -> None:
    life = Life(prepaid.world.copy(folder / "whole"), does=prepaid.checkout)
    life.run()
    check_fiscal(life.world, prepaid.visit)
    steps = [p for p in life.points if "look" not in p and "slip" not in p]
    wanted = ["openShift", *_printed("sell"), "visit_calculated"]
    wanted += [*_printed("sellReturn"), *_printed("sell")]
    assert steps == [f"{when} {what}" for what in wanted for when in ("before", "after")]


def _printed(kind: str) -> list[str]:
    return ["fiscal_recorded", kind, "fiscal_recorded"]


def fiscal_cuts(prepaid: Prepaid, folder: Path, kind: str, *, seconds: bool, every: int) -> int:
    """A cut at each point, and with `seconds` one at each point of what follows; how many."""
    whole = Life(prepaid.world.copy(folder / "whole"), does=prepaid.checkout)
    whole.run()
    tried = 0
    for number in range(0, len(whole.points), every):
        place = folder / f"{number}"
        life = Life(prepaid.world.copy(place), (number, kind), does=prepaid.checkout)
        lived = live(life)
        assert lived == (kind == "device")
        told = f"{kind}, {whole.points[number]} ({number})"
        try:
            recovery = Life(life.world.copy(folder / f"{number}-r"), does=prepaid.checkout)
            recovery.run()
            check_fiscal(recovery.world, prepaid.visit)
        except AssertionError as error:
            error.add_note(told)
            raise
        tried += 1
        # Every third one, of another beginning each time: all of them take an hour.
        for second in range(number % 3, len(recovery.points), 3) if seconds and not lived else ():
            again = Life(
                life.world.copy(folder / f"{number}-{second}"),
                (second, kind),
                does=prepaid.checkout,
            )
            assert not live(again)
            last = Life(again.world, does=prepaid.checkout)
            try:
                last.run()
                check_fiscal(last.world, prepaid.visit)
            except AssertionError as error:
                error.add_note(f"{told}; again {recovery.points[second]} ({second})")
                raise
            shutil.rmtree(again.world.folder)
            tried += 1
        shutil.rmtree(place)
        shutil.rmtree(folder / f"{number}-r")
    return tried


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_E55_a_cut_at_a_step_leaves_each_document_once(
    prepaid: Prepaid, folder: Path, kind: str
) -> None:
    # Three is no divisor of the steps between two documents: each kind of step has its turn.
    assert fiscal_cuts(prepaid, folder, kind, seconds=False, every=3) > 10


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_E55_a_cut_at_any_step_leaves_each_document_once(
    prepaid: Prepaid, folder: Path, kind: str
) -> None:
    assert fiscal_cuts(prepaid, folder, kind, seconds=False, every=1) > 30


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["kiosk for 0.3 s", "kiosk for 30 s", "both for 0.3 s"])
def test_E55_and_so_does_a_second_one_in_the_recovery(
    prepaid: Prepaid, folder: Path, kind: str
) -> None:
    assert fiscal_cuts(prepaid, folder, kind, seconds=True, every=4) > 50


def test_C29_the_shift_of_the_device_is_closed_after_ours_and_compared(
    prepaid: Prepaid, folder: Path
) -> None:
    def day(life: Life) -> bool:
        if not prepaid.checkout(life) or life.venue.ask(NextFiscal(), life.world.now()):
            return False
        kept = life.venue.store.table("shifts").all()
        if any(s["state"] == "open" for s in kept):
            close = CloseShift(rub(4500), ("desk_paper",))
            life.command(close, "staff:201", "close")
        return life.world.fiscal.open_s is None

    life = Life(prepaid.world.copy(folder / "day"), does=day)
    life.run()
    assert life.world.fiscal.reports == ["openShift", "closeShift"]
    venue = life.world.open(write=False)
    (shift,) = venue.ask(FiscalShifts(), life.world.now())
    assert (shift.state, shift.z, shift.differs) == ("closed", 1, False)
    assert shift.counted == shift.ours
    venue.close()


def test_E80_a_shift_of_the_device_ends_after_a_day(prepaid: Prepaid, folder: Path) -> None:
    life = Life(prepaid.world.copy(folder / "one"), does=prepaid.checkout)
    life.run()
    life.world.now_s += 25 * 3600
    Life(life.world).run()
    assert life.world.fiscal.reports == ["openShift", "closeShift"]
    assert len(life.world.fiscal.printed) == 3


def test_what_a_device_is_asked_for_is_on_the_disk_before_it_is_asked(
    prepaid: Prepaid, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not when it is performed, by another thread perhaps: when it is handed over."""
    plain = Worker.do
    seen: list[str] = []
    world = prepaid.world.copy(folder / "order")

    def do(worker: Worker, effect: Any) -> None:
        kept = world.open(write=False).store
        if isinstance(effect, PrintFiscal):
            document = kept.get("fiscal", effect.document) or {}
            assert (document["state"], document["attempts"]) == ("sent", effect.attempt)
            seen.append(effect.document)
        kept.close()
        plain(worker, effect)

    monkeypatch.setattr(Worker, "do", do)
    Life(world, does=prepaid.checkout).run()
    assert seen == ["fiscal:1", "fiscal:2", "fiscal:3"]


# --- payments ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Registered:
    """A guest with a card and an empty wallet."""

    world: World
    client: str

    def pays(self, face: int, key: str) -> Callable[[Life], bool]:
        """The guest pays as soon as the terminal is there."""

        def does(life: Life) -> bool:
            if life.runtime.situation.machine.devices[TERMINAL].up and not begun:
                begun.append(face)
                pay = BeginTerminalPayment("top_up", rub(face), "en", client=self.client)
                life.command(pay, "guest", key)
            return bool(begun)

        begun: list[int] = []
        return does


@pytest.fixture(scope="module")
def registered(memory: Path) -> Registered:
    folder = memory / "registered"
    folder.mkdir()
    venue = make_venue(folder)
    Guest(venue).home(UID)
    (kept,) = venue.store.table("clients").all()
    client = str(kept["id"])
    venue.close()
    return Registered(World(folder), client)


def check_payment(world: World, client: str) -> str:
    """What was charged against the wallet: the same, once; and what became of the payment."""
    venue = world.open(write=False)
    try:
        now = world.now()
        charged = sum(minor for _, minor in world.terminal.charged)
        names = [name for name, _ in world.terminal.charged]
        assert len(set(names)) == len(names), "charged twice for one payment"
        assert -venue.ledger.balance(f"2010:{client}", "RUB") == charged, "credited is not charged"
        assert venue.ledger.balance("1110:terminal", "RUB") == charged
        assert venue.ask(PaymentOnTheWay(), now) is None
        assert venue.ledger.verify() == []
        assert audit(venue.books(now)) == []
        kept = venue.store.table("terminal_payments").all()
        states = [str(p["state"]) for p in kept]
        assert states.count("approved") == len(names)
        absent = [p.id for p in venue.ask(OpenTerminalPayments(), now)]
        assert len(absent) == states.count("absent")
        text = repr(kept) + repr([e.refs for e in venue.ledger.between(1, venue.ledger.seq)])
        assert card_numbers(text) == []
        return ", ".join(states)
    finally:
        venue.close()


def test_a_payment_is_asked_for_once_and_booked_once(registered: Registered, folder: Path) -> None:
    life = Life(registered.world.copy(folder / "whole"), does=registered.pays(500, "p1"))
    life.run()
    assert check_payment(life.world, registered.client) == "approved"
    steps = [p for p in life.points if "look" not in p]
    # Nobody stands before this kiosk: the receipt is kept for the guest.
    wanted = ("payment_begun", "PaymentRequest", "payment_approved")
    assert steps == [f"{when} {what}" for what in wanted for when in ("before", "after")]


def payment_cuts(registered: Registered, folder: Path, kind: str, *, seconds: bool) -> set[str]:
    """A cut at each point, and with `seconds` one at each point of what follows; how they end."""
    pays = registered.pays
    whole = Life(registered.world.copy(folder / "whole"), does=pays(500, "p1"))
    whole.run()
    ends = set()
    for number, name in enumerate(whole.points):
        first = Life(
            registered.world.copy(folder / f"{number}"), (number, kind), does=pays(500, "p1")
        )
        lived = live(first)
        assert lived == (kind == "device")
        worlds = [first.world.copy(folder / f"{number}-r")]
        recovery = Life(worlds[0])
        recovery.run()
        for second in range(len(recovery.points)) if seconds and not lived else ():
            again = Life(first.world.copy(folder / f"{number}-{second}"), (second, kind))
            assert not live(again)
            Life(again.world).run()
            worlds.append(again.world)
        for world in worlds:
            try:
                ends.add(check_payment(world, registered.client))
                # The next guest's payment of the same sum is another one.
                before = len(world.terminal.charged)
                Life(world, does=pays(500, "p2")).run()
                check_payment(world, registered.client)
                assert len(world.terminal.charged) == before + 1
            except AssertionError as error:
                error.add_note(f"{kind}, {name} ({number}), {world.folder.name}")
                raise
    return ends


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_B02_a_cut_at_any_step_charges_and_credits_once(
    registered: Registered, folder: Path, kind: str
) -> None:
    ends = payment_cuts(registered, folder, kind, seconds=False)
    assert "approved" in ends
    assert ends <= {"", "approved", "declined", "absent"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS[:4])
def test_B02_and_so_does_a_second_one_in_the_recovery(
    registered: Registered, folder: Path, kind: str
) -> None:
    ends = payment_cuts(registered, folder, kind, seconds=True)
    assert "approved" in ends
    assert ends <= {"", "approved", "declined", "absent"}


@pytest.mark.parametrize(
    ("mode", "end", "charged"),
    [
        ("decline", "declined", 0),
        ("busy", "declined", 0),
        ("partial", "approved", 25_000),
        ("silent", "approved", 50_000),
        ("twice", "approved", 50_000),
        ("leak", "approved", 50_000),
        ("stuck", "declined", 0),
    ],
)
def test_B01_B02_whatever_the_terminal_does_what_is_charged_is_credited(
    registered: Registered, folder: Path, mode: str, end: str, charged: int
) -> None:
    world = registered.world.copy(folder / mode)
    world.terminal.mode = mode  # type: ignore[assignment]
    Life(world, does=registered.pays(500, "p1")).run()
    assert check_payment(world, registered.client) == end
    assert sum(minor for _, minor in world.terminal.charged) == charged
    raw = b"".join(file.read_bytes() for file in world.folder.iterdir())
    assert b"4111111111111111" not in raw


def test_a_terminal_that_is_off_is_never_asked_later(registered: Registered, folder: Path) -> None:
    world = registered.world.copy(folder / "off")
    world.terminal.powered = False

    def does(life: Life) -> bool:
        state = life.runtime.situation.machine.devices[TERMINAL]
        if state.up is False and not begun:
            begun.append(True)
            pay = BeginTerminalPayment("top_up", rub(500), "en", client=registered.client)
            life.command(pay, "guest", "p1")
            life.up_at_s = world.now_s + 10.0
        return bool(begun)

    begun: list[bool] = []
    Life(world, does=does).run()
    assert check_payment(world, registered.client) == "declined"
    assert world.terminal.transactions == {}


def test_staff_decide_only_when_the_terminal_knows_nothing(
    registered: Registered, folder: Path
) -> None:
    world = registered.world.copy(folder / "absent")
    first = Life(world, (1, "kiosk for 0.3 s"), does=registered.pays(500, "p1"))
    assert not live(first)
    Life(world).run()
    venue = world.open()
    (payment,) = venue.ask(OpenTerminalPayments(), world.now())
    assert payment.state == "absent"

    def decide(outcome: Any, reason: str, key: str) -> object:
        told = RecordTerminalPayment(payment.id, outcome, reason=reason)
        done = venue.do(told, actor="cli", key=key, now=world.now())
        return done.key if isinstance(done, Refused) else done.kind

    assert decide("declined", "", "k1") == "err.reason_missing"
    assert decide("unknown", "I do not know", "k2") == "err.payment_runs"
    assert decide("declined", "not on the bank's list", "k3") == "payment_declined"
    assert decide("approved", "it is, after all", "k4") == "err.payment_runs"
    venue.close()
    assert check_payment(world, registered.client) == "declined"
