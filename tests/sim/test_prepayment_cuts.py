"""Power cuts while a prepayment goes in: the money is on the visit, or a claim, and never gone.

The lives, the acceptor and the points at which power fails are those of `test_power_cuts`; the
guest opens a visit with a prepayment of two notes, or puts a note on a visit that is open.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.core.bills import Visit
from kiosk.core.cash import HeldNotes
from kiosk.core.claims import OpenClaims
from kiosk.core.guest.visit_scenes import GuestCount, VisitOffer
from kiosk.core.journey import offered
from kiosk.core.messages import CardPresented
from kiosk.core.prepayments import PendingPrepayments
from kiosk.core.situation import Bill, Done, Problem, TopUp, Welcome
from kiosk.core.slips import GetSlip
from kiosk.core.venue import Venue
from kiosk.core.visits import GetVisit
from kiosk.hardware.peers.ccnet import BillValidator
from kiosk.hardware.peers.ccnet_frames import State
from tests.core.centre import PLAIN
from tests.core.guest import ACCEPTOR, READER, make_venue, shelf
from tests.sim.test_power_cuts import FACE, Life, World, live, recover

WANTED = 2 * FACE * 100
"""What the prepayment is, in minor units."""
FIRST, NEXT = ";6204822?", ";6204829?"
"""The card of the group whose kiosk loses its power, and of the next one."""


class Group(Life):
    """A group opens a visit with two notes, adds a third to it, and goes."""

    card = FIRST
    put = 0
    """How many notes the screen that stands was given."""

    def _guest(self) -> None:
        runtime, peer = self.runtime, self.world.peer
        situation = runtime.situation
        scene, page = situation.scene, situation.page
        touch = runtime.inbox.touch
        ready = ACCEPTOR in situation.machine.devices and not offered(situation).cash
        match self.stage, scene:
            case 0, Welcome() if ready and peer.state == State.DISABLED:
                runtime.inbox.put(CardPresented(READER, "magnetic", self.card))
                self.stage = 1
            case 1, VisitOffer():
                touch("yes", page)
            case 1, GuestCount(digits=digits):
                touch("next" if digits else "digit:2", page)
            case 1, TopUp():
                self.stage, self.put = 2, 0
            case 2, TopUp(going=None, finishing=False) if peer.powered and (
                peer.state == State.IDLING
            ):
                self.world.inserted += 1
                assert "went in" in peer.insert(FACE, self.world.now_s)
                self.stage, self.put = 3, self.put + 1
            case 3, TopUp(going=None) if len(scene.notes) == self.put:
                if scene.notes[-1].state != "taken":
                    touch("done" if scene.taken else "leave", page)
                    self.stage = 4
                elif scene.missing:
                    self.stage = 2
                elif scene.missing is None:
                    touch("done", page)
                    self.stage = 4
            case 3, Done():
                # The visit is open; now a note more is put on it.
                touch("home", page)
                self.stage = 5
            case 5, Bill():
                touch("add_money", page)
                self.stage, self.put = 2, 0
            case 1, Problem() | Welcome():
                self.stage = 4
            case 2 | 5, Done():
                self.stage = 4
            case 2 | 3 | 5, Problem() | Welcome() | Bill():
                self.stage = 4
            case 4, Welcome():
                self.stage = 9
            case 4, TopUp(going=None) if not scene.stalled:
                touch("done" if scene.taken else "leave", page)
            case 4, _:
                touch("leave", page)


class NextGroup(Group):
    """Others, with another card, after the cut."""

    card = NEXT


def check(world: World, *, forgets: bool) -> str:
    """The cassette against visits and claims; what became of the money, in words.

    `forgets`: the acceptor lost power, so a note may be left to staff.
    """
    venue = Venue.open(world.folder / "kiosk.db", world.folder / "secrets.db", write=False)
    try:
        now, peer = world.now(), world.peer
        assert venue.ledger.verify() == []
        assert len(peer.cassette) + len(peer.returned) == world.inserted
        undecided = len(venue.ask(HeldNotes(), now))
        visits = [v for n in (1, 2) if (v := venue.ask(GetVisit(n), now)) is not None]
        claims = venue.ask(OpenClaims(), now)
        in_visits = sum(v.deposits.minor for v in visits)
        in_claims = sum(c.value.minor for c in claims)
        cassette = len(peer.cassette) * FACE * 100
        story = f"{visits} {claims}, cassette {peer.cassette}, undecided {undecided}"
        assert in_visits + in_claims <= cassette, f"credited twice: {story}"
        assert cassette <= in_visits + in_claims + undecided * FACE * 100, f"lost: {story}"
        if not forgets:
            assert not undecided, f"the acceptor told everything: {story}"
        assert venue.ask(PendingPrepayments(), now) == (), f"nobody's: {story}"
        held = venue.ledger.balance(f"2900:{venue.ledger.kiosk}", "RUB")
        assert held == 0, f"in suspense, and no ticket: {story}"
        assert all(_whole(v) for v in visits), story
        assert all(venue.ask(GetSlip(c.slip), now) is not None for c in claims)
        return f"visits {in_visits // 100}, claims {in_claims // 100}, undecided {undecided}"
    finally:
        venue.close()


def _whole(visit: Visit) -> bool:
    """A visit opens with the whole prepayment, or not at all."""
    return visit.deposits.minor >= WANTED


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
    """The kiosk of a centre; its acceptor was just switched on."""
    folder = memory / "before"
    folder.mkdir()
    make_venue(folder, PLAIN).close()
    world = World(folder, BillValidator())
    world.peer.power_up(world.now_s)
    return world


def whole(before: World, folder: Path) -> Group:
    life = Group(before.copy(folder / "whole"), guest=True)
    life.run()
    return life


def test_E43_without_a_cut_three_notes_are_on_the_visit(before: World, folder: Path) -> None:
    life = whole(before, folder)
    assert check(life.world, forgets=False) == "visits 1500, claims 0, undecided 0"
    assert life.points.count("after note_settled") == 3
    assert "before prepayment_completed" in life.points


def cuts(before: World, folder: Path, kind: str) -> dict[str, int]:
    """A cut at every point of the journey, and the recovery; what came of it."""
    seen: dict[str, int] = {}
    points = whole(before, folder).points
    for number, point in enumerate(points):
        world = before.copy(folder / f"{number}")
        life = Group(world, (number, kind), guest=True)
        try:
            assert live(life) == (kind == "acceptor")
            if kind != "acceptor":
                recover(world)
            told = check(world, forgets=not kind.startswith("kiosk"))
            if number % 7 == 0:
                # The next group's notes are other notes, and its visit is whole.
                taken = len(world.peer.cassette)
                NextGroup(world, guest=True).run()
                check(world, forgets=not kind.startswith("kiosk"))
                assert len(world.peer.cassette) == taken + 3
        except AssertionError as error:
            error.add_note(f"{kind}: {point}, point {number} of {len(points)}")
            raise
        seen[told] = seen.get(told, 0) + 1
        shutil.rmtree(folder / f"{number}")
    return seen


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["kiosk for 0.3 s", "kiosk for 30 s", "both for 0.3 s"])
def test_E86_a_cut_at_every_point_leaves_the_money_on_the_visit_or_a_claim(
    before: World, folder: Path, kind: str
) -> None:
    seen = cuts(before, folder, kind)
    outcomes = {"visits 0, claims 500, undecided 0", "visits 0, claims 1000, undecided 0"}
    assert outcomes | {"visits 1500, claims 0, undecided 0"} <= set(seen)


@pytest.mark.slow
def test_E86_the_acceptor_alone_loses_power_at_every_point(before: World, folder: Path) -> None:
    assert len(cuts(before, folder, "acceptor")) > 1
