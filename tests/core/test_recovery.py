"""What is done about a note, by what is on disk and what the acceptor says; row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from kiosk.core import recovery
from kiosk.core.cash import (
    DoubtNote,
    GetNote,
    HoldDeposit,
    NoteHeld,
    NoteState,
    RecogniseNote,
    RecordStart,
    SettleNote,
    SuspendNote,
    VoidNote,
)
from kiosk.core.checkout import VoidVisit
from kiosk.core.claims import ClaimOfNote, OpenClaims
from kiosk.core.ids import CardId, ClientId, NoteId, VisitId, note_id
from kiosk.core.messages import (
    AcceptorChanged,
    AcceptorPoweredUp,
    AcknowledgeNote,
    DeviceUp,
    NoteReturned,
    NoteStacked,
    PrintSlip,
    VenueChanged,
)
from kiosk.core.prepayments import AbandonPrepayment, BeginPrepayment, GetPrepayment, Prepayment
from kiosk.core.recognition import Recognised
from kiosk.core.recovery import NotesOnDisk
from kiosk.core.situation import Problem
from kiosk.core.visits import CreateVisit
from tests.core.centre import PLAIN, read
from tests.core.guest import ACCEPTOR, READER, Guest, make_venue, rub, shelf, situation

OLD, NEW, NEXT = (note_id(ACCEPTOR, start, 1) for start in (1, 2, 3))


def kept(state: NoteState, note: object = OLD, face: int = 500) -> NoteHeld:
    start = int(str(note).split("/")[1])
    return NoteHeld(  # type: ignore[call-arg]
        note,
        ACCEPTOR,
        start,
        rub(face),
        ClientId("p"),
        CardId("c"),
        state,
        "",  # type: ignore[arg-type]
    )


def told(note: object, face: int = 500) -> NoteStacked:
    return NoteStacked(ACCEPTOR, note, rub(face))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "last", "face", "commands"),
    [
        (None, None, 500, (SuspendNote(NEW, rub(500)),)),
        (None, kept("held"), 500, (SettleNote(OLD), RecogniseNote(NEW, OLD))),
        (None, kept("held"), 200, (SuspendNote(NEW, rub(200)),)),
        (None, kept("doubtful"), 500, (SuspendNote(NEW, rub(500)),)),
        (None, kept("void"), 500, (SuspendNote(NEW, rub(500)),)),
        (None, kept("settled"), 500, (RecogniseNote(NEW, OLD),)),
        (None, kept("settled"), 200, (SuspendNote(NEW, rub(200)),)),
        (None, kept("settled", NEW), 500, (SuspendNote(NEW, rub(500)),)),
        (None, kept("recognised"), 500, (RecogniseNote(NEW, OLD),)),
        (None, kept("suspense"), 500, (RecogniseNote(NEW, OLD),)),
        (kept("held", NEW), kept("held", NEW), 500, (SettleNote(NEW),)),
        (kept("doubtful", NEW), kept("doubtful", NEW), 500, (SettleNote(NEW),)),
        (kept("settled", NEW), kept("settled", NEW), 500, ()),
        (kept("recognised", NEW), kept("recognised", NEW), 500, ()),
        (kept("suspense", NEW), kept("suspense", NEW), 500, ()),
        (kept("void", NEW), kept("void", NEW), 500, (SuspendNote(NEW, rub(500)),)),
    ],
)
def test_stacked(
    known: NoteHeld | None, last: NoteHeld | None, face: int, commands: tuple[object, ...]
) -> None:
    assert recovery.stacked(told(NEW, face), NotesOnDisk(known, last)) == commands


@pytest.mark.parametrize(
    ("note", "known", "last", "commands"),
    [
        (None, None, None, ()),
        (None, None, kept("held"), (VoidNote(OLD),)),
        (None, None, kept("doubtful"), ()),
        (None, None, kept("settled"), ()),
        (NEW, None, kept("held"), ()),
        (NEW, kept("held", NEW), kept("held", NEW), (VoidNote(NEW),)),
        (NEW, kept("doubtful", NEW), kept("doubtful", NEW), (VoidNote(NEW),)),
        (NEW, kept("settled", NEW), kept("settled", NEW), ()),
        (NEW, kept("void", NEW), kept("void", NEW), ()),
    ],
)
def test_returned(
    note: object, known: NoteHeld | None, last: NoteHeld | None, commands: tuple[object, ...]
) -> None:
    event = NoteReturned(ACCEPTOR, note)  # type: ignore[arg-type]
    assert recovery.returned(event, NotesOnDisk(known, last)) == commands


@pytest.mark.parametrize(
    ("bill", "last", "commands"),
    [
        ("stacker", kept("held"), (SettleNote(OLD),)),
        ("stacker", kept("doubtful"), ()),
        ("stacker", kept("settled"), ()),
        ("stacker", None, ()),
        ("validator", kept("held"), ()),
        ("none", kept("held"), ()),
    ],
)
def test_powered_up(bill: str, last: NoteHeld | None, commands: tuple[object, ...]) -> None:
    event = AcceptorPoweredUp(ACCEPTOR, bill)  # type: ignore[arg-type]
    assert recovery.powered_up(event, NotesOnDisk(None, last)) == commands


def test_a_suspended_note_told_again_by_two_more_starts_is_booked_once() -> None:
    first = recovery.stacked(told(OLD), NotesOnDisk(None, None))
    assert first == (SuspendNote(OLD, rub(500)),)
    second = recovery.stacked(told(NEW), NotesOnDisk(None, kept("suspense", OLD)))
    third = recovery.stacked(told(NEXT), NotesOnDisk(None, kept("recognised", NEW)))
    assert (second, third) == ((RecogniseNote(NEW, OLD),), (RecogniseNote(NEXT, NEW),))


def test_keys_are_derived_from_the_note() -> None:
    commands = (
        SettleNote(OLD),
        SettleNote(OLD, "another reason"),
        VoidNote(OLD),
        DoubtNote(OLD),
        RecogniseNote(NEW, OLD),
        SuspendNote(NEW, rub(500)),
    )
    assert [recovery.key(c) for c in commands] == [
        "settle:acceptor/1/1",
        "settle:acceptor/1/1",
        "void:acceptor/1/1",
        "doubt:acceptor/1/1",
        "recognise:acceptor/2/1",
        "suspend:acceptor/2/1",
    ]


@pytest.mark.parametrize("state", ["settled", "recognised", "suspense", "claimed", "credited"])
def test_an_acceptor_that_told_all_of_former_starts_tells_of_a_new_note(state: str) -> None:
    """The same value as the last booked note is no reason to take another note for it."""
    last = kept(state)
    repeated = recovery.stacked(told(NEW), NotesOnDisk(None, last))
    assert repeated == (RecogniseNote(NEW, OLD),)
    new = recovery.stacked(told(NEW), NotesOnDisk(None, last, rested=2))
    assert new == (SuspendNote(NEW, rub(500)),)


def test_a_note_that_was_seen_before_it_was_stacked_is_no_repeat() -> None:
    again = replace(told(NEW), seen=True)
    assert recovery.stacked(again, NotesOnDisk(None, kept("settled"))) == (
        SuspendNote(NEW, rub(500)),
    )


# --- prepayments --------------------------------------------------------------------------------


@pytest.fixture
def guest() -> Iterator[Guest]:
    """A guest before the kiosk of an entertainment centre."""
    with shelf() as folder:
        venue = make_venue(folder, PLAIN)
        yield Guest(venue)
        venue.close()


def begun(guest: Guest, *faces: int) -> VisitId:
    """A prepayment of 1000 with these notes in the box."""
    begin = BeginPrepayment(read("entrance-1000"), "en", 2)
    entry = guest.did(begin, actor="guest", key=f"prepay:{guest.situation.house.start}/1")
    visit = VisitId(str(entry.refs["visit"]))
    for face in faces:
        guest.tell(NoteStacked(ACCEPTOR, held(guest, visit, face), rub(face)))
    return visit


def held(guest: Guest, visit: VisitId, face: int) -> NoteId:
    guest.notes += 1
    note = note_id(ACCEPTOR, guest.situation.house.start, guest.notes)
    guest.did(HoldDeposit(note, rub(face), visit), actor="kiosk", key=f"hold:{note}")
    return note


def prepayment(guest: Guest, visit: VisitId) -> Prepayment:
    found = guest.venue.ask(GetPrepayment(visit), guest.now)
    assert found is not None
    return found


def claims(guest: Guest) -> list[str]:
    return [str(c.value) for c in guest.venue.ask(OpenClaims(), guest.now)]


@pytest.mark.parametrize(
    ("start", "on_the_way", "gives_up"),
    [(1, False, True), (1, True, False), (2, False, False), (2, True, False)],
)
def test_E86_a_prepayment_of_a_former_start_is_nobodys(
    start: int, on_the_way: bool, gives_up: bool
) -> None:
    visit = VisitId("K1-1-7v")
    read = Recognised("Table card", "entrance_card", "t", "551234")
    sums = (rub(1000), rub(200))
    pending = Prepayment(visit, "t", *sums, "pending", on_the_way, start, "en", "", read)
    wanted = (AbandonPrepayment(visit),) if gives_up else ()
    assert recovery.forsaken([pending], 2) == wanted
    assert recovery.key(AbandonPrepayment(visit)) == f"abandon:{visit}"


@pytest.mark.parametrize(
    ("faces", "left"), [((), []), ((500, 200), ["700.00"]), ((2000,), ["2000.00"])]
)
def test_E86_a_prepayment_that_the_power_cut_short_is_a_claim(
    guest: Guest, faces: tuple[int, ...], left: list[str]
) -> None:
    """Also where it was enough: whoever stands there now is not who paid it."""
    visit = begun(guest, *faces)
    guest.tell(AcceptorChanged(ACCEPTOR, "disabled"), DeviceUp(READER, "reader"))
    assert prepayment(guest, visit).state == "pending", "in its own start somebody stands there"
    guest.start_again()
    assert prepayment(guest, visit).state == "abandoned"
    assert claims(guest) == left
    assert guest.venue.store.get("visits", visit) is None
    seq = guest.venue.ledger.seq
    guest.tell(AcceptorChanged(ACCEPTOR, "disabled"))
    assert guest.venue.ledger.seq == seq, "a second look finds nothing"
    guest.start_again()
    assert claims(guest) == left
    assert guest.venue.ledger.verify() == []


@pytest.mark.parametrize("told", ["stacked", "returned", "nothing", "staff"])
def test_E86_a_prepayment_waits_until_its_note_has_told_where_it_is(
    guest: Guest, told: str
) -> None:
    visit = begun(guest, 500)
    note = held(guest, visit, 200)
    start = guest.situation.house.start
    guest.did(RecordStart(start + 1), actor="kiosk", key=f"start:{start + 1}")
    guest.situation = situation(guest.venue, start + 1, guest.now)
    guest.tell(DeviceUp(READER, "reader"), DeviceUp(ACCEPTOR, "acceptor"))
    assert prepayment(guest, visit).state == "pending", "the note is still on its way"
    if told == "stacked":
        guest.tell(NoteStacked(ACCEPTOR, note, rub(200)))
    elif told == "returned":
        guest.tell(NoteReturned(ACCEPTOR, note))
    if told == "staff":
        # The acceptor is dead and never tells.
        void = VoidNote(note, "the guest has it")
        guest.did(void, actor="staff:202", key=f"void:{note}")
        guest.tell(VenueChanged(guest.venue.ledger.seq))
    else:
        guest.tell(AcceptorChanged(ACCEPTOR, "disabled"))
    assert prepayment(guest, visit).state == "abandoned"
    assert claims(guest) == [{"stacked": "700.00"}.get(told, "500.00")]
    state = {"stacked": "settled", "nothing": "doubtful"}.get(told, "void")
    assert guest.note(note).state == state
    assert guest.venue.ledger.verify() == []


def test_E46_a_note_for_a_visit_that_ended_meanwhile_is_a_ticket_at_once(guest: Guest) -> None:
    """Whoever put it in stands there: the claim is printed, as for any note of nobody."""
    create = CreateVisit(read=read("entrance"), guests=1)
    visit = VisitId(str(guest.did(create, actor="staff:201", key="visit").refs["visit"]))
    note = held(guest, visit, 500)
    guest.did(VoidVisit(visit, reason="a test"), actor="staff:202", key="void")
    effects = guest.tell(NoteStacked(ACCEPTOR, note, rub(500)))
    claim = guest.venue.ask(ClaimOfNote(note), guest.now)
    assert claim is not None and str(claim.value) == "500.00"
    assert guest.note(note).state == "claimed"
    assert AcknowledgeNote(note) in effects
    assert any(isinstance(e, PrintSlip) and e.job == claim.slip for e in effects)
    assert isinstance(guest.scene, Problem) and guest.scene.key == "err.claim"
    assert guest.venue.ask(GetNote(note), guest.now) is not None
    before = guest.venue.ledger.seq
    guest.tell(NoteStacked(ACCEPTOR, note, rub(500)))
    assert guest.venue.ledger.seq == before, "told again it is only acknowledged"
