"""Notes on the books: each command, its repeat, and who may give it."""

from __future__ import annotations

import pytest

from kiosk.core.cash import (
    DoubtNote,
    GetNote,
    HeldNotes,
    HoldNote,
    LastNote,
    LastStart,
    NotesWithoutReceipt,
    RecogniseNote,
    RecordStart,
    SettleNote,
    SuspendNote,
    VoidNote,
)
from kiosk.core.clients import Movements
from kiosk.core.errors import Refused
from kiosk.core.ids import note_id
from kiosk.core.ledger import Entry
from tests.core.guest import ACCEPTOR, NOW, Guest, rub

A, B = note_id(ACCEPTOR, 1, 1), note_id(ACCEPTOR, 1, 2)


def do(guest: Guest, command: object, key: str = "", actor: str = "kiosk") -> Entry | Refused:
    return guest.venue.do(command, actor=actor, key=key or repr(command), now=guest.now)


def hold(guest: Guest, note: object = A, face: int = 500) -> Entry | Refused:
    card = guest.card("K1-1-3c") or guest.register()
    return do(guest, HoldNote(note, rub(face), card.client, card.id))  # type: ignore[arg-type]


def key(done: Entry | Refused) -> str:
    return done.key if isinstance(done, Refused) else done.kind


def test_a_settled_note_is_in_its_box_and_in_the_wallet(guest: Guest) -> None:
    held = hold(guest)
    assert isinstance(held, Entry) and held.postings == ()
    done = do(guest, SettleNote(A))
    assert isinstance(done, Entry)
    assert [(p.account, p.unit, p.amount) for p in done.postings] == [
        ("1010:K1:acceptor:500", "RUB", 50_000),
        ("2010:K1-1-3p", "RUB", -50_000),
    ]
    assert done.refs == {"note": A, "client": "K1-1-3p", "card": "K1-1-3c"}


def test_C13_the_history_has_each_movement_and_the_balance_after_it(guest: Guest) -> None:
    for n, face in enumerate((500, 200), 1):
        hold(guest, note_id(ACCEPTOR, 1, n), face)
        do(guest, SettleNote(note_id(ACCEPTOR, 1, n)))
    card = guest.card("K1-1-3c")
    assert card is not None
    rows = guest.venue.ask(Movements(card.client), NOW)
    assert [(str(m.amount), str(m.after)) for m in rows] == [
        ("200.00", "700.00"),
        ("500.00", "500.00"),
    ]


def test_the_latest_movement_is_found_behind_many_entries_without_money(guest: Guest) -> None:
    card = guest.top_up(1000)
    guest.press("done")
    for n in range(60):
        guest.order("a", card, n)
    assert len(guest.venue.ask(Movements(card.client), NOW)) == 1


def test_one_note_is_held_at_a_time(guest: Guest) -> None:
    hold(guest)
    assert key(hold(guest, B)) == "err.note_undecided"
    do(guest, DoubtNote(A))
    assert key(hold(guest, B)) == "note_held"
    assert [n.note for n in guest.venue.ask(HeldNotes(), NOW)] == [A, B]
    assert guest.venue.ask(HeldNotes("other"), NOW) == ()


@pytest.mark.parametrize("first", [SettleNote, VoidNote])
@pytest.mark.parametrize("second", [SettleNote, VoidNote, DoubtNote])
def test_what_is_decided_is_decided(guest: Guest, first: type, second: type) -> None:
    hold(guest)
    do(guest, first(A), "first")
    seq = guest.venue.ledger.seq
    assert key(do(guest, second(A), "second")) == "err.not_held"
    assert guest.venue.ledger.seq == seq


@pytest.mark.parametrize("kind", [SettleNote, VoidNote, DoubtNote])
def test_what_is_not_held_cannot_be_decided(guest: Guest, kind: type) -> None:
    assert key(do(guest, kind(A))) == "err.not_held"


def test_staff_settle_with_a_reason_and_the_kiosk_repeats_it(guest: Guest) -> None:
    hold(guest)
    for reason in ("", " ", "x" * 501):
        for command in (SettleNote(A, reason), VoidNote(A, reason)):
            assert key(do(guest, command, "no reason", actor="staff:102")) == "err.reason_missing"
    told = do(guest, SettleNote(A, "seen in the box"), "settle:A", actor="staff:102")
    assert isinstance(told, Entry)
    assert (told.actor, told.reason) == ("staff:102", "seen in the box")
    assert do(guest, SettleNote(A), "settle:A") == told, "a remark is not part of the command"


def test_a_note_of_nobody_is_in_suspense(guest: Guest) -> None:
    done = do(guest, SuspendNote(A, rub(500)))
    assert isinstance(done, Entry)
    assert [p.account for p in done.postings] == ["1010:K1:acceptor:500", "2900:K1"]
    assert guest.note(A).state == "suspense"


def test_a_void_note_that_is_in_the_box_after_all_keeps_its_client(guest: Guest) -> None:
    hold(guest)
    do(guest, VoidNote(A))
    do(guest, SuspendNote(A, rub(500)))
    assert (guest.note(A).state, guest.note(A).client) == ("suspense", "K1-1-3p")


def test_the_last_note_of_a_device_is_the_one_that_came_last(guest: Guest) -> None:
    assert guest.venue.ask(LastNote(ACCEPTOR), NOW) is None
    hold(guest)
    do(guest, SettleNote(A))
    later = note_id(ACCEPTOR, 60, 1)
    do(guest, RecogniseNote(later, A))
    last = guest.venue.ask(LastNote(ACCEPTOR), NOW)
    assert last is not None and (last.note, last.state) == (later, "recognised")
    assert guest.venue.ask(LastNote("other"), NOW) is None  # type: ignore[arg-type]
    assert key(do(guest, RecogniseNote(later, B), "other")) == "err.not_held"


def test_notes_wait_for_their_receipt(guest: Guest) -> None:
    hold(guest)
    card = guest.card("K1-1-3c")
    assert card is not None
    assert guest.venue.ask(NotesWithoutReceipt(card.client), NOW) == ()
    do(guest, SettleNote(A))
    assert [n.note for n in guest.venue.ask(NotesWithoutReceipt(card.client), NOW)] == [A]


def test_starts_are_numbered_one_by_one(guest: Guest) -> None:
    assert guest.venue.ask(LastStart(), NOW) == 1
    do(guest, RecordStart(2))
    assert guest.venue.ask(LastStart(), NOW) == 2
    with pytest.raises(AssertionError):
        do(guest, RecordStart(4))


def test_only_the_kiosk_holds_and_only_staff_decide_beside_it(guest: Guest) -> None:
    card = guest.register()
    command = HoldNote(A, rub(500), card.client, card.id)
    for actor in ("guest", "cli", "staff:102", "till:1"):
        assert key(do(guest, command, actor, actor)) == "err.not_allowed"
    hold(guest)
    for actor in ("guest", "till:1"):
        assert key(do(guest, SettleNote(A), actor, actor)) == "err.not_allowed"
    assert guest.venue.ask(GetNote(A), NOW)
