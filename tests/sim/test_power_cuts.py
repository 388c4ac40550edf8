"""The power-cut table: a cut at every step of a note's way, and a second one in the recovery.

The real runtime, flow, venue and store, and the real driver on the line of a simulated validator
that keeps the physical truth. Time is simulated. A dying process is an exception that nothing
catches; the next one opens the same files, under the next number of start.
"""

from __future__ import annotations

import copy
import itertools
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from kiosk.core.capabilities import Machine
from kiosk.core.cash import HeldNotes, LastStart, NotesWithoutReceipt, RecordStart
from kiosk.core.clock import Now
from kiosk.core.documents import Document, layout
from kiosk.core.errors import Refused
from kiosk.core.journey import offered
from kiosk.core.messages import CardPresented, PrintSlip, SlipPrinted
from kiosk.core.situation import CardHome, Done, Problem, TopUp, Welcome
from kiosk.core.slips import GetSlip
from kiosk.core.venue import Venue
from kiosk.hardware.ccnet import NoteAcceptor
from kiosk.hardware.peers.ccnet import BillValidator
from kiosk.hardware.peers.ccnet_frames import State
from kiosk.hardware.transport import MemoryLine
from kiosk.hardware.worker import Worker
from kiosk.runtime import Inbox, Runtime
from tests.core.guest import (
    ACCEPTOR,
    NOW,
    PRINTER,
    READER,
    UID,
    Guest,
    make_venue,
    shelf,
    situation,
)

FACE = 500
TICK_S = 0.1
LIFE_MAX_S = 200.0
OPTIONS = {
    "port": "",
    "baud": 9600,
    "address": 3,
    "currency": "RUB",
    "countries": "RUS",
    "poll_ms": 100,
    "answer_ms": 100,
    "silence_ms": 2000,
}
ACK, RESET, STACK, RETURN = "00", "30", "35", "36"

STEPS = [
    "accepting",
    "escrow",
    "before note_held",
    "after note_held",
    "before 35",
    "after 35",
    "stacking",
    "stacking, behind the point of no return",
    "stacked",
    "before note_settled",
    "after note_settled",
    "before acknowledging stacked",
    "after acknowledging stacked",
    "before slip_issued",
    "after slip_issued",
    "before slip_recorded",
    "after slip_recorded",
]
"""Where the first cut falls: what the acceptor does, what is committed, what is sent."""

KINDS = ["kiosk for 0.3 s", "kiosk for 30 s", "both for 0.3 s", "both for 30 s", "acceptor"]
"""Who dies, and whether it comes back before or after the mechanics are through."""


class Cut(BaseException):
    """The process is dead. No handler may catch it."""


@dataclass
class World:
    """The files, the acceptor and the time: what outlives a process."""

    folder: Path
    peer: BillValidator
    now_s: float = 1000.0
    inserted: int = 0

    def copy(self, folder: Path) -> World:
        folder.mkdir()
        for file in self.folder.iterdir():
            shutil.copy(file, folder / file.name)
        return World(folder, copy.deepcopy(self.peer), self.now_s, self.inserted)

    def now(self) -> Now:
        return NOW.later(self.now_s - 1000.0)


class Printer:
    """A printer that is always well."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    def do(self, effect: Any) -> None:
        if isinstance(effect, PrintSlip):
            self._inbox.put(SlipPrinted(PRINTER, effect.job))


class Line(MemoryLine):
    """The cable; each order that moves or forgets a note is a point where power can fail."""

    life: Life

    def write(self, data: bytes, timeout_s: float = 0.0) -> None:
        command = data[3:4].hex()
        told = self.life.world.peer.state
        name = ""
        if command in (STACK, RETURN) or (command == RESET and self.life.world.peer.inside):
            name = command
        elif command == ACK and told in (State.STACKED, State.RETURNED):
            name = f"acknowledging {told.name.lower()}"
        if name:
            self.life.point(f"before {name}")
        super().write(data)
        if name:
            self.life.point(f"after {name}")


@dataclass
class Life:
    """One process, from start-up to its death or to rest.

    `cut` is the point of the first loss of power and who loses it; a later one of the acceptor
    alone does not end the process, so `second` counts the points after it.
    """

    world: World
    cut: tuple[int | str, str] | None = None
    second: tuple[int, str] | None = None
    guest: bool = False
    points: list[str] = field(default_factory=list)
    points_after: list[str] = field(default_factory=list)

    def point(self, name: str) -> None:
        """Power may fail here."""
        if self._cut_done:
            self.points_after.append(name)
            if self.second and self.second[0] == len(self.points_after) - 1:
                self._fail(self.second[1])
            return
        self.points.append(name)
        if self.cut and self.cut[0] in (name, len(self.points) - 1):
            self._cut_done = True
            self._fail(self.cut[1])

    def _fail(self, kind: str) -> None:
        if kind == "acceptor":
            self.world.peer.power_cut(self.world.now_s)
            self._up_at_s = self.world.now_s + 3.0
            return
        raise Cut(kind)

    def run(self) -> None:
        """Live until everything rests.

        Raises:
            Cut: it died.
        """
        world = self.world
        self._cut_done, self._up_at_s, self._seen = False, 0.0, ""
        self.stage = 0 if self.guest else 9
        venue = Venue.open(world.folder / "kiosk.db", world.folder / "secrets.db")
        try:
            self._watch(venue)
            start = venue.ask(LastStart(), world.now()) + 1
            done = venue.do(
                RecordStart(start), actor="kiosk", key=f"start:{start}", now=world.now()
            )
            assert not isinstance(done, Refused)
            inbox = Inbox(1000)
            worker = Worker(
                ACCEPTOR,
                lambda: NoteAcceptor(ACCEPTOR, OPTIONS, start=start, connect=self._connect),
                inbox.put,
                jitter=random.Random(1),
                poll_s=0,
            )
            first = situation(venue, start, world.now())
            self.runtime = Runtime(
                inbox,
                venue,
                replace(first, machine=Machine({ACCEPTOR: first.machine.devices[ACCEPTOR]})),
                devices={ACCEPTOR: worker, PRINTER: Printer(inbox)},
                roles={ACCEPTOR: "acceptor", PRINTER: "printer"},
                show=lambda situation, now: None,
                min_free_bytes=0,
            )
            self._turns(worker)
        finally:
            venue.close()

    def _turns(self, worker: Worker) -> None:
        world, quiet_s = self.world, 0.0
        end_s = world.now_s + LIFE_MAX_S
        while quiet_s < 2.0:
            assert world.now_s < end_s, f"no rest: {world.peer.state!r} {self.runtime.situation}"
            if not world.peer.powered and world.now_s >= self._up_at_s:
                world.peer.power_up(world.now_s)
            worker.step(world.now())
            self._look()
            self.runtime.turn(world.now())
            assert self.runtime.failure is None
            if self.guest:
                self._guest()
            self._look()
            world.now_s += TICK_S
            rests = world.peer.powered and world.peer.state == State.DISABLED
            quiet_s = quiet_s + TICK_S if rests and self.stage == 9 else 0.0

    def _connect(self) -> MemoryLine:
        world = self.world

        def wait(seconds: float) -> None:
            world.now_s += seconds

        line = Line(world.peer, lambda: world.now_s, wait)
        line.life = self
        return line

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

    def _look(self) -> None:
        """Each step of the mechanics is a point."""
        peer = self.world.peer
        name = peer.state.name.lower()
        if peer.state == State.STACKING and peer.place == "stacker":
            name = "stacking, behind the point of no return"
        if name != self._seen:
            self._seen = name
            if peer.inside or peer.state in (State.STACKED, State.RETURNED):
                self.point(name)

    def _guest(self) -> None:
        """What the guest does: taps, tops up with one note, takes the receipt, leaves."""
        runtime, peer = self.runtime, self.world.peer
        scene, page = runtime.situation.scene, runtime.situation.page
        touch = runtime.inbox.touch
        ready = (
            ACCEPTOR in runtime.situation.machine.devices and not offered(runtime.situation).cash
        )
        match self.stage, scene:
            case 0, Welcome() if ready and peer.state == State.DISABLED:
                runtime.inbox.put(CardPresented(READER, "contactless", UID))
                self.stage = 1
            case 1, CardHome():
                touch("top_up", page)
                self.stage = 2
            case 2, TopUp() if peer.state == State.IDLING:
                self.world.inserted += 1
                assert "went in" in peer.insert(FACE, self.world.now_s)
                self.stage = 3
            case 3, TopUp(going=None) if scene.notes:
                touch("done" if scene.taken else "leave", page)
            case 3, Problem() | CardHome() | Welcome():
                self.stage = 4
            case 3, Done(printing="printed"):
                self.stage = 4
            case 4, Welcome():
                self.stage = 9
            case 4, _:
                touch("leave", page)


# --- what is checked ---------------------------------------------------------------------------


def rest(world: World, kind: str) -> None:
    """While the kiosk is down: ``both for 0.3 s``; then the acceptor has its power back."""
    who, _, seconds = kind.removesuffix(" s").partition(" for ")
    if who == "both":
        world.peer.power_cut(world.now_s)
    world.now_s += float(seconds)
    if not world.peer.powered:
        world.peer.power_up(world.now_s)
    world.peer.tick(world.now_s)


def check(world: World, *, forgets: bool) -> str:
    """The books against the acceptor's cassette; what became of the notes.

    `forgets`: the acceptor lost power, so a note may be left to staff.
    """
    venue = Venue.open(world.folder / "kiosk.db", world.folder / "secrets.db", write=False)
    try:
        now, peer = world.now(), world.peer
        assert venue.ledger.verify() == []
        notes = [dict(d) for d in venue.store.table("notes")]
        booked = [n for n in notes if n["state"] in ("settled", "suspense")]
        undecided = venue.ask(HeldNotes(), now)
        cassette, credited = len(peer.cassette), len(booked)
        assert not peer.inside
        assert cassette + len(peer.returned) == world.inserted
        story = f"{notes} / cassette {peer.cassette}, returned {peer.returned}"
        assert credited <= cassette, f"credited twice, or what was returned: {story}"
        assert cassette <= credited + len(undecided), f"a note is lost: {story}"
        if not forgets:
            assert not undecided, f"the acceptor told everything: {story}"
        money = sum(n["minor"] for n in booked)
        wallets = {n["client"] for n in notes}
        assert sum(venue.ledger.balance(f"2010:{c}", "RUB") for c in wallets) == -money
        assert venue.ledger.balance(f"2900:{venue.ledger.kiosk}", "RUB") == 0, story
        for note in (n for n in booked if n["receipt"]):
            slip = venue.ask(GetSlip(note["receipt"]), now)
            offered_again = {n.note for n in venue.ask(NotesWithoutReceipt(note["client"]), now)}
            assert slip is not None
            assert slip.state != "due" or note["id"] in offered_again, f"no receipt: {story}"
        states = Counter(n["state"] for n in notes if n["state"] != "recognised")
        return ", ".join(sorted(states.elements())) or "nothing"
    finally:
        venue.close()


@pytest.fixture(scope="module")
def memory() -> Iterator[Path]:
    with shelf() as folder:
        yield folder


@pytest.fixture
def folder(memory: Path) -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(dir=memory))
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def before(memory: Path) -> World:
    """A kiosk with one registered card; its acceptor was just switched on."""
    folder = memory / "before"
    folder.mkdir()
    made = make_venue(folder)
    Guest(made).home(UID)
    made.close()
    world = World(folder, BillValidator())
    world.peer.power_up(world.now_s)
    return world


def live(life: Life) -> bool:
    """Live to the end; else, dead, wait for the power. Whether it lived."""
    try:
        life.run()
    except Cut as dead:
        rest(life.world, str(dead))
        return False
    return True


def first_life(before: World, folder: Path, step: str, kind: str) -> World:
    """A guest's journey with a cut; the world after it."""
    life = Life(before.copy(folder / "first"), (step, kind), guest=True)
    assert live(life) == (kind == "acceptor")
    assert step in life.points
    return life.world


def recover(world: World, *, guest: bool = False) -> Life:
    life = Life(world, guest=guest)
    life.run()
    return life


FORGETS_A_RETURN = ("after acknowledging returned", "before note_void")
"""The driver acknowledges a return at once, not after its entry: in this moment a cut leaves the
hold to staff. No money is at stake: the note is in the guest's hand, and nothing is booked."""


def told_all(*kinds: str, point: str = "") -> bool:
    """The acceptor had power all the time, so it has told of every note."""
    return all(kind.startswith("kiosk") for kind in kinds) and point not in FORGETS_A_RETURN


def test_the_steps_are_all_there_are(before: World, folder: Path) -> None:
    life = Life(before.copy(folder / "whole"), guest=True)
    life.run()
    assert life.points == STEPS
    assert check(life.world, forgets=False) == "settled"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", STEPS)
def test_a_cut_at_every_step(before: World, folder: Path, step: str, kind: str) -> None:
    world = first_life(before, folder, step, kind)
    if kind != "acceptor":
        recover(world)
    check(world, forgets=not told_all(kind))
    # The next guest's note, of the same value, is another note.
    taken = len(world.peer.cassette)
    recover(world, guest=True)
    check(world, forgets=not told_all(kind))
    assert len(world.peer.cassette) == taken + 1


def second_cuts(before: World, folder: Path, step: str, kind: str, kinds: list[str]) -> int:
    """A cut at the step, then one at each point of what follows; how many were tried."""
    tried = 0
    if kind == "acceptor":
        whole = Life(before.copy(folder / "whole"), (step, kind), guest=True)
        whole.run()
        points = whole.points_after
    else:
        world = first_life(before, folder, step, kind)
        points = recover(world.copy(folder / "whole")).points
    for number, again in itertools.product(range(len(points)), kinds):
        place = folder / f"{number} {again}"
        if kind == "acceptor":
            life = Life(before.copy(place), (step, kind), (number, again), guest=True)
        else:
            life = Life(world.copy(place), (number, again))
        assert live(life) == (again == "acceptor")
        recover(life.world, guest=True)
        try:
            check(life.world, forgets=not told_all(kind, again, point=points[number]))
        except AssertionError as error:
            error.add_note(f"the second cut: {again}, {points[number]} ({number} of {points})")
            raise
        shutil.rmtree(place)
        tried += 1
    return tried


@pytest.mark.parametrize("step", STEPS)
def test_a_second_cut_of_the_same_kind(before: World, folder: Path, step: str) -> None:
    second_cuts(before, folder, step, "both for 0.3 s", ["both for 0.3 s"])


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", STEPS)
def test_every_second_cut(before: World, folder: Path, step: str, kind: str) -> None:
    second_cuts(before, folder, step, kind, KINDS)


@dataclass(frozen=True)
class Row:
    """A row of the table: where the cut falls, and what the books say afterwards."""

    step: str
    kind: str
    states: str
    returned: bool = False


ROWS = {
    "nothing held, gives it back": Row("escrow", "kiosk for 0.3 s", "nothing", returned=True),
    "held, in the validator and then returned": Row(
        "after note_held", "both for 0.3 s", "void", returned=True
    ),
    "held, returned": Row("after note_held", "kiosk for 30 s", "void", returned=True),
    "held, stacked": Row("after 35", "kiosk for 30 s", "settled"),
    "held, in the stacker": Row(
        "stacking, behind the point of no return", "both for 0.3 s", "settled"
    ),
    "held, still in escrow": Row("after note_held", "kiosk for 0.3 s", "void", returned=True),
    "held, stacking just now": Row("stacking", "kiosk for 0.3 s", "settled"),
    "held, returning just now": Row("after note_held", "kiosk for 10.1 s", "void", returned=True),
    "held, plain power-up": Row("stacked", "both for 0.3 s", "doubtful"),
    "settled, repeats stacked": Row("after note_settled", "kiosk for 0.3 s", "settled"),
    "settled, no receipt": Row("before slip_issued", "kiosk for 0.3 s", "settled"),
    "settled, a receipt nobody saw": Row("after slip_issued", "kiosk for 0.3 s", "settled"),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_the_table(before: World, folder: Path, row: Row) -> None:
    world = first_life(before, folder, row.step, row.kind)
    recover(world)
    assert check(world, forgets=row.states == "doubtful") == row.states
    assert world.peer.returned == [FACE] * row.returned
    guest = Guest(Venue.open(world.folder / "kiosk.db", world.folder / "secrets.db"))
    try:
        printed = guest.tap()
        assert not any(isinstance(e, PrintSlip) for e in printed), "never unasked, for a stranger"
        if row.states == "doubtful":
            (slip,) = [e for e in guest.press("print_check_slip") if isinstance(e, PrintSlip)]
            assert slip.job == "check_slip:1"
        elif row.states == "settled":
            (slip,) = [e for e in guest.press("receipt") if isinstance(e, PrintSlip)]
            assert slip.job == "top_up_receipt:1"
            assert "COPY" in words_of(slip.document)
            guest.printed()
            guest.press("home")
        assert "receipt" not in guest.shown()
    finally:
        guest.venue.close()


def words_of(document: Document) -> str:
    return "\n".join(line.text for line in layout(document, 48, {}))
