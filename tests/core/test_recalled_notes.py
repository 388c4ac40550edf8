"""After a start an acceptor that keeps a count is asked what became of the note on the books."""

from __future__ import annotations

import pytest

from kiosk.core.ids import NoteId, note_id
from kiosk.core.messages import (
    DeviceDown,
    DeviceUp,
    Effect,
    NoteEscrowed,
    NoteReturned,
    NoteStacked,
    RecallNote,
)
from tests.core.guest import ACCEPTOR, Guest, rub

MARK = "345678/12"
UP, DOWN = DeviceUp(ACCEPTOR, "acceptor"), DeviceDown(ACCEPTOR, "acceptor", "gone")


def held(guest: Guest, mark: str = MARK) -> NoteId:
    """A note is on its way into the cashbox when the process dies."""
    guest.top_up()
    note = note_id(ACCEPTOR, guest.situation.house.start, 1)
    guest.tell(NoteEscrowed(ACCEPTOR, note, rub(500), mark))
    assert guest.note(note).state == "held"
    guest.effects.clear()
    guest.start_again()
    return note


def recalls(effects: list[Effect]) -> list[Effect]:
    return [effect for effect in effects if isinstance(effect, RecallNote)]


def test_a_note_of_a_former_start_is_asked_for_and_credited(guest: Guest) -> None:
    note = held(guest)
    assert recalls(guest.effects) == [RecallNote(ACCEPTOR, note, rub(500), MARK)]
    # The acceptor was at rest before the question reached it: what it remembers counts.
    assert guest.note(note).state == "doubtful"
    guest.tell(NoteStacked(ACCEPTOR, note, rub(500), announced=False, seen=True))
    assert guest.note(note).state == "settled"
    assert guest.undecided() == {}
    assert guest.venue.ledger.verify() == []


def test_one_that_went_back_is_nobodys_debt(guest: Guest) -> None:
    note = held(guest)
    guest.tell(NoteReturned(ACCEPTOR, note))
    assert guest.note(note).state == "void"


@pytest.mark.parametrize("mark", ["", MARK])
def test_it_is_asked_once_before_the_acceptor_counts_on(guest: Guest, mark: str) -> None:
    held(guest, mark)
    assert len(recalls(guest.effects)) == bool(mark)
    assert recalls(guest.tell(DOWN, UP)) == []  # doubtful by now: it may have counted anew
    guest.effects.clear()
    guest.start_again()
    assert recalls(guest.effects) == []


def test_a_note_of_this_start_is_the_drivers_own_to_remember(guest: Guest) -> None:
    guest.top_up()
    note = note_id(ACCEPTOR, guest.situation.house.start, 1)
    guest.tell(NoteEscrowed(ACCEPTOR, note, rub(500), MARK))
    assert recalls(guest.tell(DOWN, UP)) == []
