"""Notes for a visit: the prepayment that opens it, money added to it, and what may go wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core.cash import VoidNote
from kiosk.core.checkout import VoidVisit
from kiosk.core.messages import (
    AcceptorChanged,
    AcknowledgeNote,
    DeviceDown,
    NoteReturned,
    NoteStacked,
    PrinterChanged,
    RefuseNotes,
    ReturnNote,
    StackNote,
    VenueChanged,
)
from kiosk.core.prepayments import GetPrepayment, PendingPrepayments
from kiosk.core.situation import Bill, Done, Problem, TopUp, Welcome
from kiosk.screens.view import TopUpView
from tests.core.guest import ACCEPTOR, LIMITS, OTHER_UID, PRINTER, rub
from tests.screens.guest.hands import Visitor
from tests.screens.guest.visiting import (
    ENTRANCE,
    ENTRANCE_1000,
    ENTRANCE_2000,
    NO_FLOATING,
    WARNING,
    centre,
    claims,
    no_visit,
    opened,
    plain,
    saved,
    say_yes,
    says,
    swipe,
    visit_of,
)


def paying(guest: Visitor, *faces: int, raw: str = ENTRANCE_1000) -> None:
    """A prepayment begins, and these notes go in."""
    swipe(guest, raw)
    say_yes(guest)
    assert isinstance(guest.scene, TopUp)
    for face in faces:
        guest.insert(face)


def screen(guest: Visitor) -> TopUpView:
    view = guest.view
    assert isinstance(view, TopUpView), guest.words()
    return view


# --- the prepayment ------------------------------------------------------------------------------


def test_E43_E100_a_prepayment_in_notes_opens_the_visit_by_itself() -> None:
    with centre() as guest:
        paying(guest, 500)
        says(guest, "Prepayment · cash", "Inserted, of 1 000.00 ₽", "500.00", "Still to insert")
        assert no_visit(guest)
        guest.insert(500)
        assert guest.entry.kind == "prepayment_completed"
        visit = visit_of(guest)
        assert (str(visit.deposits), visit.guests) == ("1000.00", 2)
        says(guest, "Your visit is open", "1 500.00")
        assert len(guest.slips) == 3
        assert [e for e in guest.effects if isinstance(e, RefuseNotes)]
        assert guest.venue.ledger.verify() == []


def test_a_note_is_held_for_the_visit_before_it_moves() -> None:
    with centre() as guest:
        paying(guest)
        note, effects = guest.escrow(500)
        assert guest.entry.kind == "note_held" and StackNote(note) in effects
        held = guest.note(note)
        pending = guest.asked(PendingPrepayments())[0]
        assert (held.visit, held.client) == (pending.visit, "")
        effects = guest.tell(NoteStacked(ACCEPTOR, note, rub(500)))
        assert AcknowledgeNote(note) in effects
        assert guest.entry.kind == "note_settled"


@pytest.mark.parametrize("how", ["time", "stop", "card"])
def test_E86_too_little_is_a_claim_and_no_visit(how: str) -> None:
    with centre() as guest:
        paying(guest, 500, 200)
        if how == "time":
            guest.wait(39.4)
            assert isinstance(guest.scene, TopUp)
            guest.wait(21)
        elif how == "stop":
            says(guest, "Stop · 700 ₽", "a slip is printed for what is inside")
            guest.press("done")
        else:
            swipe(guest, ENTRANCE_2000)
        assert claims(guest) == ["700.00"]
        assert no_visit(guest) and guest.asked(PendingPrepayments()) == ()
        assert "700.00" in plain(guest.slips[-1])
        if how != "card":
            says(guest, "Your money is safe.", "Your 700.00 ₽ is on this slip.", "T-01")
            guest.press("leave")
            assert isinstance(guest.scene, Welcome)
        assert guest.venue.ledger.verify() == []


def test_E86_nothing_put_in_leaves_nothing() -> None:
    with centre() as guest:
        paying(guest)
        guest.press("leave")
        assert isinstance(guest.scene, Welcome)
        assert no_visit(guest) and claims(guest) == [] and guest.slips == []
        assert guest.asked(PendingPrepayments()) == ()
        paying(guest, 1000)
        assert str(visit_of(guest).deposits) == "1000.00", "the card is as free as before"


def test_E86_too_much_stays_on_the_visit() -> None:
    with centre() as guest:
        paying(guest, 2000)
        visit = visit_of(guest)
        assert str(visit.deposits) == "2000.00" and claims(guest) == []
        assert len(guest.slips) == 3
        says(guest, "2 500.00")


def test_E86_too_much_is_a_claim_where_nothing_can_be_added() -> None:
    with centre(NO_FLOATING) as guest:
        paying(guest, 2000)
        assert str(visit_of(guest).deposits) == "1000.00"
        assert claims(guest) == ["1000.00"]
        says(guest, "1 000.00 ₽ were too much")
        assert len(guest.slips) == 4


def test_once_it_is_enough_no_further_note_is_taken() -> None:
    with centre() as guest:
        paying(guest, 1000)
        note, effects = guest.escrow(500)
        assert effects == [ReturnNote(note)]
        assert str(visit_of(guest).deposits) == "1000.00"


def test_the_visit_cannot_open_any_more_and_the_money_is_a_claim() -> None:
    with centre() as guest:
        paying(guest, 500)
        store = guest.venue.ledger.store
        kind = store.get("card_types", "entrance-1000")
        assert kind is not None
        with store.transaction():
            store.put("card_types", "entrance-1000", kind | {"personal": True})
        guest.insert(500)
        assert no_visit(guest) and claims(guest) == ["1000.00"]
        says(guest, "Your 1 000.00 ₽ is on this slip.")


def test_P02_without_a_printer_the_claim_has_a_number() -> None:
    with centre() as guest:
        guest.tell(PrinterChanged(PRINTER, "out"))
        paying(guest, 500)
        guest.press("done")
        says(guest, "is kept as number 000001: ask at the desk")
        assert claims(guest) == ["500.00"]


# --- what may go wrong ---------------------------------------------------------------------------


def test_N03_the_machine_stops_and_the_prepayment_is_a_claim() -> None:
    with centre() as guest:
        paying(guest, 500)
        guest.tell(AcceptorChanged(ACCEPTOR, "jammed_validator"))
        says(guest, "The note machine stopped. Your 500.00 ₽ is on this slip.", "N-03")
        assert claims(guest) == ["500.00"] and no_visit(guest)


def test_N03_the_machine_stops_before_the_first_note() -> None:
    with centre() as guest:
        paying(guest)
        guest.tell(AcceptorChanged(ACCEPTOR, "cassette_full"))
        says(guest, "Cash is closed here.")
        assert guest.asked(PendingPrepayments()) == () and claims(guest) == []


def test_N04_a_note_whose_place_is_unknown_is_a_check_slip_and_the_rest_a_claim() -> None:
    with centre() as guest:
        paying(guest, 500)
        note, _ = guest.escrow(200)
        guest.tell(AcceptorChanged(ACCEPTOR, "jammed_validator"))
        says(guest, "it is worth 200.00 ₽ after checking", "The 500.00 ₽ before it is yours too")
        assert claims(guest) == ["500.00"]
        assert guest.undecided() == {note: "held"}
        assert guest.asked(PendingPrepayments()) == () and no_visit(guest)
        assert len(guest.slips) == 2
        # The machine tells after all: nobody's visit has it, so it is a ticket, too.
        guest.tell(NoteStacked(ACCEPTOR, note, rub(200)))
        assert sorted(claims(guest)) == ["200.00", "500.00"]
        says(guest, "Your 200.00 ₽ is on this slip.")
        assert guest.venue.ledger.verify() == []


def test_N04_staff_find_that_the_note_went_back() -> None:
    with centre() as guest:
        paying(guest)
        note, _ = guest.escrow(500)
        guest.tell(DeviceDown(ACCEPTOR, "acceptor", "unplugged"))
        says(guest, "The note machine does not answer.")
        guest.wait(11)
        says(guest, "it is worth 500.00 ₽ after checking")
        guest.did(VoidNote(note, "it was in the slot"), actor="cli", key="void")
        assert claims(guest) == [] and guest.asked(PendingPrepayments()) == ()


def test_a_note_that_went_back_counts_for_nothing() -> None:
    with centre() as guest:
        paying(guest, 500)
        note, _ = guest.escrow(500)
        guest.tell(NoteReturned(ACCEPTOR, note))
        assert isinstance(guest.scene, TopUp)
        says(guest, "This note was returned.")
        guest.press("done")
        assert claims(guest) == ["500.00"]


# --- money added to a visit ----------------------------------------------------------------------


def test_E26_E46_money_is_added_to_a_visit_that_is_short() -> None:
    with centre(WARNING) as guest:
        opened(guest, ENTRANCE_1000, 1000)
        saved(guest, "a", 1640)
        swipe(guest)
        guest.press("add_money")
        says(guest, "Add money · cash", "On your visit before", "1 000.00 ₽")
        guest.insert(200)
        says(guest, "On your visit now", "1 200.00 ₽")
        guest.press("done")
        assert guest.entry.kind == "slip_issued"
        assert str(visit_of(guest).deposits) == "1200.00"
        says(guest, "200.00 ₽ is on your visit", "60.00")
        assert len(guest.slips) == 3 + 2, "a receipt and a prepayment document (E43)"
        guest.press("home")
        assert isinstance(guest.scene, Bill)
        assert guest.venue.ledger.verify() == []


def test_T01_time_passes_with_money_for_a_visit() -> None:
    with centre() as guest:
        opened(guest, ENTRANCE)
        swipe(guest, ENTRANCE)
        guest.press("add_money")
        guest.insert(100)
        guest.wait(61)
        assert isinstance(guest.scene, Done)
        says(guest, "Your 100.00 ₽ was added to your visit.")
        assert str(visit_of(guest).deposits) == "100.00"


def test_cancel_and_time_without_a_note_leave_the_visit_as_it_was() -> None:
    with centre() as guest:
        opened(guest, ENTRANCE)
        swipe(guest, ENTRANCE)
        guest.press("add_money", "leave")
        assert isinstance(guest.scene, Bill)
        guest.press("add_money")
        guest.wait(61)
        assert isinstance(guest.scene, Welcome)
        assert not visit_of(guest).deposits


def test_a_visit_holds_no_more_than_a_wallet_may() -> None:
    text = WARNING.replace("balance_max = 50000", "balance_max = 1500")
    with centre(text) as guest:
        opened(guest, ENTRANCE_1000, 1000)
        swipe(guest)
        guest.press("add_money")
        note, effects = guest.escrow(1000)
        assert ReturnNote(note) in effects
        says(guest, "can lie on a visit. Take your note back.")
        guest.insert(500)
        guest.press("done")
        assert str(visit_of(guest).deposits) == "1500.00"


def test_one_top_up_has_a_limit_for_visits_too() -> None:
    with centre(limits=replace(LIMITS, top_up_max_minor=60_000)) as guest:
        opened(guest, ENTRANCE)
        swipe(guest, ENTRANCE)
        guest.press("add_money")
        guest.insert(500)
        note, effects = guest.escrow(200)
        assert ReturnNote(note) in effects
        says(guest, "600.00 ₽")


def test_the_desk_ends_the_visit_while_a_note_is_on_its_way() -> None:
    with centre() as guest:
        visit = opened(guest, ENTRANCE)
        swipe(guest, ENTRANCE)
        guest.press("add_money")
        guest.insert(100)
        note, _ = guest.escrow(500)
        voided = VoidVisit(visit.id, change="claim", reason="They left")
        guest.did(voided, actor="staff:202", key="end")
        guest.tell(VenueChanged(guest.venue.ledger.seq))
        effects = guest.tell(NoteStacked(ACCEPTOR, note, rub(500)))
        assert AcknowledgeNote(note) in effects
        assert sorted(claims(guest)) == ["100.00", "500.00"]
        says(guest, "Your 500.00 ₽ is on this slip.")
        assert not isinstance(guest.scene, TopUp), "nothing more goes in"
        assert guest.venue.ledger.verify() == []


def test_N03_the_machine_stops_with_money_on_the_visit() -> None:
    with centre() as guest:
        opened(guest, ENTRANCE)
        swipe(guest, ENTRANCE)
        guest.press("add_money")
        guest.insert(100)
        guest.tell(AcceptorChanged(ACCEPTOR, "cassette_full"))
        says(guest, "The note machine stopped. 100.00 ₽ is already on your visit.", "N-03")
        guest.press("continue")
        says(guest, "100.00 ₽ is on your visit")


def test_N04_a_note_for_a_visit_is_booked_when_the_machine_tells_after_all() -> None:
    with centre() as guest:
        opened(guest, ENTRANCE)
        swipe(guest, ENTRANCE)
        guest.press("add_money")
        guest.insert(100)
        note, _ = guest.escrow(500)
        guest.tell(AcceptorChanged(ACCEPTOR, "jammed_validator"))
        says(guest, "it is worth 500.00 ₽ after checking", "100.00 ₽ is on your visit already.")
        guest.press("leave")
        swipe(guest, ENTRANCE)
        says(guest, "500.00 ₽")
        guest.press("print_check_slip")
        says(guest, "it is worth 500.00 ₽ after checking")
        guest.tell(NoteStacked(ACCEPTOR, note, rub(500)))
        assert str(visit_of(guest).deposits) == "600.00"
        assert isinstance(guest.scene, Bill)


def test_after_a_power_cut_the_receipt_of_a_deposit_is_offered() -> None:
    with centre() as guest:
        opened(guest, ENTRANCE)
        swipe(guest, ENTRANCE)
        guest.press("add_money")
        guest.insert(100)
        guest.start_again()
        swipe(guest, ENTRANCE)
        before = len(guest.slips)
        guest.press("receipt")
        assert len(guest.slips) == before + 2
        says(guest, "100.00 ₽ is on your visit")
        guest.press("home")
        assert "receipt" not in guest.shown()


def test_a_card_of_another_guest_ends_it_with_its_slips() -> None:
    with centre() as guest:
        opened(guest, ENTRANCE)
        swipe(guest, ENTRANCE)
        guest.press("add_money")
        guest.insert(100)
        before = len(guest.slips)
        guest.tap(OTHER_UID)
        assert len(guest.slips) == before + 2
        assert not isinstance(guest.scene, (TopUp, Done, Problem))
        assert guest.asked(GetPrepayment(visit_of(guest).id)) is None
