"""E82: the kiosk blocks itself while it must not take money, and opens when no reason is left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.core.messages import (
    AcceptNotes,
    DeviceDown,
    DeviceUp,
    NoteStacked,
    PrinterChanged,
    RefuseNotes,
    ReturnNote,
    RulesChanged,
)
from kiosk.core.settings import ImportVenue
from kiosk.core.shifts import CloseShift, OpenShift
from kiosk.core.situation import Problem
from kiosk.core.tasks import GetRules, blocked_reasons
from kiosk.core.tenders import FaceCount
from kiosk.core.venue_file import parse
from tests.core.guest import ACCEPTOR, DEMO, PRINTER, Guest, make_venue, rub, shelf

PAPER = RulesChanged(None, "paper")
NO_CASH = (FaceCount(rub(100), 0),)


@pytest.fixture
def guest() -> Iterator[Guest]:
    with shelf() as folder:
        venue = make_venue(folder)
        yield Guest(venue)
        venue.close()


def can_top_up(guest: Guest) -> bool:
    button = guest.buttons()["top_up"]
    return button.enabled


@pytest.mark.parametrize(
    "trouble",
    [
        PrinterChanged(PRINTER, "low"),
        PrinterChanged(PRINTER, "out"),
        PrinterChanged(PRINTER, error="cutter"),
        DeviceDown(PRINTER, "printer", "gone"),
        RulesChanged("too_long", "paper"),
        RulesChanged("none", "paper"),
    ],
)
def test_E82_a_blocked_kiosk_takes_no_notes_and_opens_by_itself(
    guest: Guest, trouble: PrinterChanged | DeviceDown | RulesChanged
) -> None:
    guest.tell(PAPER)
    guest.home()
    assert can_top_up(guest)
    guest.tell(trouble)
    assert not can_top_up(guest)
    assert blocked_reasons(guest.situation.machine)
    guest.tell(DeviceUp(PRINTER, "printer"), PrinterChanged(PRINTER), PAPER)
    assert can_top_up(guest)


def test_E82_it_opens_only_when_all_reasons_are_gone(guest: Guest) -> None:
    guest.home()
    guest.tell(RulesChanged("too_long", "paper"), PrinterChanged(PRINTER, "out"))
    guest.tell(PrinterChanged(PRINTER))
    assert not can_top_up(guest)
    guest.tell(PAPER)
    assert can_top_up(guest)


def test_E82_a_kiosk_that_needs_neither_goes_on_without_paper(guest: Guest) -> None:
    guest.home()
    guest.tell(PrinterChanged(PRINTER, "out"))
    assert can_top_up(guest)


def test_E82_a_block_in_the_middle_ends_the_top_up_and_keeps_what_is_in(guest: Guest) -> None:
    guest.tell(PAPER)
    card = guest.top_up(500)
    assert RefuseNotes(ACCEPTOR) in guest.tell(PrinterChanged(PRINTER, "out"))
    assert isinstance(guest.scene, Problem) and guest.scene.money == "safe"
    assert guest.balance(card) == "500.00"


def test_E82_a_note_that_is_inside_when_the_block_comes_is_taken_and_no_other(
    guest: Guest,
) -> None:
    guest.tell(PAPER)
    card = guest.top_up()
    note, _ = guest.escrow(500)
    assert guest.tell(RulesChanged("too_long", "paper")) == [RefuseNotes(ACCEPTOR)]
    effects = guest.tell(NoteStacked(ACCEPTOR, note, rub(500)))
    assert guest.balance(card) == "500.00"
    assert not any(isinstance(e, AcceptNotes) for e in effects)
    assert isinstance(guest.scene, Problem)
    other, effects = guest.escrow(100)
    assert ReturnNote(other) in effects


# --- what the books demand ------------------------------------------------------------------------


def rules(
    guest: Guest, *, shift: bool = True, receipt: bool = False, fiscal: bool = False
) -> object:
    return guest.venue.ask(GetRules(shift, receipt, fiscal), guest.now)


def test_the_shift_is_none_open_or_too_long(guest: Guest) -> None:
    assert rules(guest) == RulesChanged("none", "")
    guest.did(OpenShift(NO_CASH), key="open")
    assert rules(guest) == RulesChanged("", "")
    assert rules(guest, shift=False) == RulesChanged(None, "")
    guest.now = guest.now.later(48 * 3600)
    assert rules(guest) == RulesChanged("too_long", "")
    guest.did(CloseShift(NO_CASH), key="close")
    assert rules(guest) == RulesChanged("none", "")


def test_a_fiscal_venue_wants_the_receipt_of_the_device_that_is_there(guest: Guest) -> None:
    assert rules(guest, shift=False, receipt=True, fiscal=True) == RulesChanged(None, "paper")
    text = DEMO.replace('"do_not_account"', '"receipt_later_summary"')
    file = parse(text)
    done = guest.venue.do(ImportVenue(file), actor="cli", key="fiscal", now=guest.now)
    assert done
    assert rules(guest, shift=False, receipt=True, fiscal=True) == RulesChanged(None, "fiscal")
    assert rules(guest, shift=False, receipt=True) == RulesChanged(None, "paper")
