"""G7 on the screen: what a visit comes to, its payment, its change, its end."""

from __future__ import annotations

import pytest

from kiosk.core.checkout import VoidVisit
from kiosk.core.claims import OpenClaims
from kiosk.core.guest.visit_scenes import Calculation
from kiosk.core.messages import (
    AcceptorChanged,
    PrinterChanged,
    SlipFailed,
    Touched,
    VenueChanged,
)
from kiosk.core.situation import Bill, CardHome, TopUp, Welcome
from kiosk.core.slips import GetSlip
from kiosk.screens.view import DealView
from tests.core.guest import ACCEPTOR, DEMO, PHONE, PIN, PRINTER, UID
from tests.screens.guest.hands import Visitor, visitor
from tests.screens.guest.visiting import (
    ENTRANCE,
    ENTRANCE_1000,
    ENTRANCE_2000,
    NO_FLOATING,
    centre,
    claims,
    opened,
    plain,
    saved,
    say_yes,
    says,
    swipe,
    visit_of,
)

ENTRANCE_500 = ";6104821?"


def calculate(guest: Visitor, raw: str = ENTRANCE_1000) -> None:
    """The card again, and *Settle and leave*."""
    swipe(guest, raw)
    guest.press("settle")
    assert isinstance(guest.scene, Calculation)


def figure(guest: Visitor) -> str:
    view = guest.view
    assert isinstance(view, DealView) and view.figure is not None, guest.words()
    return plain(view.figure.amount)


# --- change, nothing, due ------------------------------------------------------------------------


def test_E52_H01_change_is_a_claim_and_the_visit_is_closed() -> None:
    with centre() as guest:
        opened(guest, ENTRANCE_2000, 2000)
        saved(guest, "a", 1500)
        calculate(guest, ENTRANCE_2000)
        says(guest, "Your change", "2 000.00", "1 500.00")
        assert figure(guest) == "500.00"
        seq = guest.venue.ledger.seq
        guest.press("settle")
        assert guest.venue.ledger.seq == seq + 1, "one entry"
        assert guest.entry.kind == "visit_calculated" and guest.entry.actor == "guest"
        assert visit_of(guest).state == "closed" and claims(guest) == ["500.00"]
        says(guest, "We cannot pay out 500.00 ₽ in coins. Take this slip to the desk.", "500.00")
        ticket, receipt = guest.slips[-2:]
        assert "500.00" in plain(ticket) and "1 500.00" in plain(receipt)
        guest.press("home")
        assert isinstance(guest.scene, Welcome), "the card is free for the next group (E60)"
        assert guest.venue.ledger.verify() == []


def test_E53_the_minimum_comes_first_then_the_change() -> None:
    with centre() as guest:
        opened(guest, ENTRANCE_1000, 2000)
        saved(guest, "a", 700)
        calculate(guest)
        says(guest, "Minimum 1 000.00 ₽ not reached", "+300.00", "Total of the visit")
        assert figure(guest) == "1 000.00"
        guest.press("settle")
        says(guest, "Your visit is paid. Your change:")
        assert (str(visit_of(guest).grand_total), claims(guest)) == ("1000.00", ["1000.00"])


def test_E52_nothing_to_pay_and_nothing_back() -> None:
    with centre() as guest:
        opened(guest, ENTRANCE_2000, 2000)
        saved(guest, "a", 2000)
        calculate(guest, ENTRANCE_2000)
        says(guest, "All is paid.")
        guest.press("settle")
        assert claims(guest) == [] and visit_of(guest).state == "closed"
        says(guest, "Your visit is paid")


def test_what_is_due_is_paid_in_notes_and_the_rest_is_a_slip() -> None:
    with centre() as guest:
        opened(guest, ENTRANCE_2000, 2000)
        saved(guest, "a", 2300)
        calculate(guest, ENTRANCE_2000)
        assert figure(guest) == "300.00"
        assert "settle" not in guest.shown()
        guest.press("pay")
        says(guest, "Pay · cash", "Inserted, of 300.00 ₽")
        guest.insert(100)
        assert isinstance(guest.scene, TopUp)
        says(guest, "Still to insert", "200.00 ₽", "Stop · 100 ₽", "stays on your visit")
        guest.insert(500)
        visit = visit_of(guest)
        assert (visit.state, claims(guest)) == ("closed", ["300.00"])
        says(guest, "Your visit is paid")
        assert "2 300.00" in plain(guest.slips[-1])
        assert guest.venue.ledger.verify() == []


def test_too_little_for_what_is_due_stays_on_the_visit() -> None:
    with centre() as guest:
        opened(guest, ENTRANCE_2000, 2000)
        saved(guest, "a", 2300)
        calculate(guest, ENTRANCE_2000)
        guest.press("pay")
        guest.insert(100)
        guest.press("done")
        visit = visit_of(guest)
        assert (str(visit.deposits), str(visit.to_pay)) == ("2100.00", "200.00")
        assert visit.state == "open"
        says(guest, "100.00 ₽ is on your visit")


def test_cancelled_before_the_first_note_nothing_is_booked() -> None:
    with centre() as guest:
        opened(guest, ENTRANCE_2000, 2000)
        saved(guest, "a", 2300)
        calculate(guest, ENTRANCE_2000)
        seq = guest.venue.ledger.seq
        guest.press("pay", "leave")
        assert isinstance(guest.scene, Calculation)
        guest.press("back")
        assert isinstance(guest.scene, Bill)
        assert guest.venue.ledger.seq == seq


def test_E30_where_nothing_can_be_added_what_is_due_is_paid_at_the_desk() -> None:
    with centre(NO_FLOATING) as guest:
        opened(guest, ENTRANCE_1000, 1000)
        saved(guest, "a", 1300)
        calculate(guest)
        says(guest, "Please pay this at the desk.")
        assert not guest.buttons()["pay"].enabled
        seq = guest.venue.ledger.seq
        guest.tell_button("pay")
        assert isinstance(guest.scene, Calculation) and guest.venue.ledger.seq == seq


def test_without_a_note_machine_the_reason_stands_at_the_button() -> None:
    with centre() as guest:
        opened(guest, ENTRANCE_2000, 2000)
        saved(guest, "a", 2300)
        guest.tell(AcceptorChanged(ACCEPTOR, "cassette_full"))
        calculate(guest, ENTRANCE_2000)
        says(guest, "The cashbox is full.")
        assert not guest.buttons()["pay"].enabled


# --- the figures change, time passes -------------------------------------------------------------


def test_a_till_saves_while_the_guest_looks_and_nothing_is_booked_unseen() -> None:
    with centre() as guest:
        opened(guest, ENTRANCE_2000, 2000)
        saved(guest, "a", 1500)
        calculate(guest, ENTRANCE_2000)
        page = guest.situation.page
        saved(guest, "b", 200)
        says(guest, "Something was added to the visit just now.")
        assert figure(guest) == "300.00"
        guest.tell(Touched("settle", page))
        assert visit_of(guest).state == "open", "that was a touch of the former figures"
        guest.press("settle")
        assert claims(guest) == ["300.00"]


def test_the_books_know_it_before_the_screen_does() -> None:
    with centre() as guest:
        visit = opened(guest, ENTRANCE_2000, 2000)
        saved(guest, "a", 1500)
        calculate(guest, ENTRANCE_2000)
        tell, guest.tell = guest.tell, lambda *events: []  # type: ignore[method-assign]
        saved(guest, "b", 200, card=visit.card)
        guest.tell = tell  # type: ignore[method-assign]
        guest.press("settle")
        says(guest, "Something was added to the visit just now.")
        assert visit_of(guest).state == "open" and figure(guest) == "300.00"


def test_a_till_saves_while_the_guest_pays() -> None:
    with centre() as guest:
        opened(guest, ENTRANCE_2000, 2000)
        saved(guest, "a", 2300)
        calculate(guest, ENTRANCE_2000)
        guest.press("pay")
        saved(guest, "b", 50)
        guest.insert(500)
        assert isinstance(guest.scene, Calculation), "the new figures are told first"
        assert figure(guest) == "150.00"
        guest.press("settle")
        assert (visit_of(guest).state, claims(guest)) == ("closed", ["150.00"])


def test_after_thirty_seconds_the_bill_is_back_and_nothing_is_booked() -> None:
    with centre() as guest:
        opened(guest, ENTRANCE_2000, 2000)
        saved(guest, "a", 1500)
        calculate(guest, ENTRANCE_2000)
        seq = guest.venue.ledger.seq
        guest.wait(29.4)
        assert isinstance(guest.scene, Calculation)
        guest.wait(21)
        assert isinstance(guest.scene, Bill)
        assert guest.venue.ledger.seq == seq
        guest.press("settle", "leave")
        assert isinstance(guest.scene, Welcome)


def test_the_desk_ends_it_while_the_guest_looks() -> None:
    with centre() as guest:
        visit = opened(guest, ENTRANCE)
        calculate(guest, ENTRANCE)
        guest.did(VoidVisit(visit.id, reason="They left"), actor="staff:202", key="end")
        guest.tell(VenueChanged(guest.venue.ledger.seq))
        assert isinstance(guest.scene, Welcome)


def test_a_double_touch_settles_once() -> None:
    with centre() as guest:
        opened(guest, ENTRANCE_2000, 2000)
        calculate(guest, ENTRANCE_2000)
        page = guest.situation.page
        guest.tell(Touched("settle", page), Touched("settle", page))
        assert guest.kinds().count("visit_calculated") == 1
        assert claims(guest) == ["2000.00"]


# --- a personal card -----------------------------------------------------------------------------


def member(guest: Visitor, *faces: int, pin: bool = False) -> None:
    """A guest with a card of the club, and this much on it; an order is on its visit."""
    if pin:
        guest.register(UID, phone=PHONE)
        guest.printed()
        guest.press("leave")
    guest.top_up(*faces)
    if faces:
        guest.press("done")
        guest.print_out()
        guest.press("home")


def test_E61_the_wallet_pays_by_itself() -> None:
    with visitor() as guest:
        member(guest, 1000)
        card = guest.home()
        guest.order("a", card, 600)
        guest.wait(11)  # a card at two places within ten seconds is two cards
        guest.press("visit", "settle")
        says(guest, "All is paid.", "From your card")
        guest.press("settle")
        assert (guest.balance(card), guest.visit(card)) == ("400.00", None)
        guest.press("home")
        assert isinstance(guest.scene, CardHome)


def test_E92_what_the_wallet_lacks_goes_onto_the_card_and_the_visit_ends() -> None:
    text = DEMO.replace('order_max_amount_check = "forbid', 'order_max_amount_check = "warning')
    text = text.replace('"warning_saving"', '"warning_only"')
    with visitor(text) as guest:
        member(guest, 500)
        card = guest.home()
        guest.order("a", card, 600)
        guest.wait(11)  # a card at two places within ten seconds is two cards
        guest.press("visit")
        says(guest, "Your visit is 100.00 ₽ short.")
        guest.press("settle")
        assert figure(guest) == "100.00"
        guest.press("pay")
        guest.insert(200)
        assert (guest.balance(card), guest.visit(card)) == ("100.00", None)
        says(guest, "Your visit is paid")
        assert claims(guest) == [], "what is more stays on the card"
        assert guest.venue.ledger.verify() == []


def test_X01_a_large_bill_asks_for_the_pin() -> None:
    with visitor() as guest:
        member(guest, 1000, 1000, pin=True)
        card = guest.home()
        guest.order("a", card, 1500)
        guest.wait(11)  # a card at two places within ten seconds is two cards
        guest.press("visit", "settle", "settle")
        says(guest, "Type your PIN")
        assert guest.visit(card) is not None and guest.balance(card) == "2000.00"
        guest.type("1111")
        guest.press("next")
        says(guest, "Wrong PIN.")
        guest.type(PIN)
        guest.press("next")
        assert (guest.balance(card), guest.visit(card)) == ("500.00", None)
        says(guest, "Your visit is paid")
        assert PIN not in str([e.refs for e in guest.venue.ledger.entries()])


def test_X02_a_large_bill_without_a_pin_is_for_staff() -> None:
    with visitor() as guest:
        member(guest, 1000, 1000)
        card = guest.home()
        guest.order("a", card, 1500)
        guest.wait(11)  # a card at two places within ten seconds is two cards
        guest.press("visit", "settle", "settle")
        assert guest.visit(card) is not None
        says(guest, "Please ask staff")


@pytest.mark.parametrize("when", ["before", "after"])
def test_P02_without_paper_the_change_is_told_by_the_number_of_its_ticket(when: str) -> None:
    with centre() as guest:
        opened(guest, ENTRANCE_500, 500)
        saved(guest, "a", 300)
        swipe(guest, ENTRANCE_500)
        if when == "before":
            guest.tell(PrinterChanged(PRINTER, "out"))
        guest.press("settle", "settle")
        (claim,) = guest.asked(OpenClaims())
        if when == "after":
            guest.tell(SlipFailed(PRINTER, claim.slip, "not_printed", "paper_out"))
        says(guest, "200.00", f"is kept as number {claim.number:06}")
        guest.press("continue", "receipt_code")


def test_P02_without_paper_what_was_too_much_is_told_by_the_number_of_its_ticket() -> None:
    with centre(NO_FLOATING) as guest:
        swipe(guest, ENTRANCE_500)
        say_yes(guest)
        guest.tell(PrinterChanged(PRINTER, "out"))
        guest.insert(1000)
        (claim,) = guest.asked(OpenClaims())
        slip = guest.asked(GetSlip(claim.slip))
        assert slip is not None
        says(guest, "500.00", f"is kept as number {slip.number:06}")
