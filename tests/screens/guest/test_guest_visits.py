"""G5 and G6 on the screen: a visit is opened, and the bill that follows what tills save."""

from __future__ import annotations

import pytest

from kiosk.core.cards import BlockCard
from kiosk.core.checkout import VoidVisit
from kiosk.core.guest.visit_scenes import GuestCount, VisitOffer
from kiosk.core.messages import Touched, VenueChanged
from kiosk.core.situation import Bill, Done, Problem, Welcome
from kiosk.core.visits import CreateVisit, OpenVisit
from kiosk.screens.view import VisitView
from tests.core.guest import DEMO
from tests.screens.guest.hands import Visitor, visitor
from tests.screens.guest.visiting import (
    ENTRANCE,
    ENTRANCE_1000,
    NO_FLOATING,
    PLAIN,
    TABLE,
    WARNING,
    books,
    centre,
    no_visit,
    opened,
    plain,
    saved,
    says,
    swipe,
    visit_of,
)


def shown(guest: Visitor) -> VisitView:
    view = guest.view
    assert isinstance(view, VisitView), guest.words()
    return view


def balance(guest: Visitor) -> str:
    return plain(shown(guest).balance.amount)


# --- opening -------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["no", "leave", "time"])
def test_E41_no_creates_nothing(how: str) -> None:
    with centre() as guest:
        before = books(guest)
        swipe(guest)
        says(guest, "Open a visit on this card? Prepayment", "1 000.00")
        if how == "time":
            guest.wait(29.5)
            assert isinstance(guest.scene, VisitOffer)
            guest.wait(21)
        else:
            guest.press(how)
        assert isinstance(guest.scene, Welcome)
        assert books(guest) == before
        assert guest.slips == []


def test_E41_giving_up_while_guests_are_counted_creates_nothing() -> None:
    with centre() as guest:
        before = books(guest)
        swipe(guest)
        guest.press("yes", "digit:2", "back")
        assert isinstance(guest.scene, VisitOffer)
        guest.press("yes")
        guest.wait(100)
        assert isinstance(guest.scene, Welcome)
        assert books(guest) == before


def test_E39_E42_yes_opens_a_visit_and_prints_its_slip() -> None:
    with visitor() as guest:
        swipe(guest, TABLE)
        says(guest, "Open a visit on this card?", "3 000.00")
        guest.press("yes", "digit:4", "next")
        assert (guest.entry.kind, guest.entry.actor) == ("visit_opened", "guest")
        says(guest, "Your visit is open", "3 000.00")
        (slip,) = guest.slips
        assert "VISIT" in slip.upper() and "3 000.00" in plain(slip)
        visit = visit_of(guest)
        assert (visit.guests, visit.state) == (4, "open")


def test_E78_guests_are_asked_for_as_the_venue_wants() -> None:
    with centre() as guest:
        swipe(guest, ENTRANCE)
        guest.press("yes")
        assert isinstance(guest.scene, GuestCount)
        assert not guest.buttons()["next"].enabled
        guest.press("digit:0")
        assert not guest.buttons()["next"].enabled, "nobody comes with 0 guests"
        guest.type("12")
        guest.press("erase", "next")
        assert visit_of(guest).guests == 1
    with visitor() as guest:
        swipe(guest, TABLE)
        guest.press("yes", "Skip")
        assert visit_of(guest).guests == 0
    with visitor(DEMO.replace('guests = "optional"', 'guests = "unused"')) as guest:
        swipe(guest, TABLE)
        guest.press("yes")
        assert visit_of(guest).guests == 0


def test_a_double_touch_opens_one_visit() -> None:
    with visitor() as guest:
        swipe(guest, TABLE)
        guest.press("yes")
        page = guest.situation.page
        guest.tell(Touched("next", page), Touched("next", page))
        assert guest.kinds().count("visit_opened") == 1


def test_K05_a_visit_that_a_till_opened_meanwhile_is_shown() -> None:
    with visitor() as guest:
        swipe(guest, TABLE)
        guest.press("yes")
        assert isinstance(guest.scene, GuestCount)
        read = guest.scene.offer.read
        guest.did(CreateVisit(read=read), actor="till:bar", key="till")
        guest.press("next")
        assert isinstance(guest.scene, Bill)
        says(guest, "A visit is open on this card since 18:00.")
        assert guest.kinds().count("visit_opened") == 1


def test_K05_the_question_itself_is_answered_by_a_till() -> None:
    with visitor() as guest:
        swipe(guest, TABLE)
        assert isinstance(guest.scene, VisitOffer)
        guest.did(CreateVisit(read=guest.scene.read), actor="till:bar", key="till")
        guest.tell(VenueChanged(guest.venue.ledger.seq))
        assert isinstance(guest.scene, Bill)
        says(guest, "A visit is open on this card since")


def test_K03_a_blocked_entrance_card_opens_nothing() -> None:
    with visitor() as guest:
        swipe(guest, TABLE)
        guest.press("yes", "next", "leave")
        guest.did(BlockCard(visit_of(guest).card, "found in the street"), key="block")
        swipe(guest, TABLE)
        assert isinstance(guest.scene, Problem) and guest.scene.key == "err.card_blocked"


def test_K06_a_kind_of_card_that_was_made_wrong() -> None:
    with visitor() as guest:
        swipe(guest, TABLE)
        guest.press("yes")
        # A till cannot do this to the books; a hand in the file can.
        store = guest.venue.ledger.store
        kind = store.get("card_types", "table")
        assert kind is not None
        with store.transaction():
            store.put("card_types", "table", kind | {"personal": True, "prepay_amount": 5})
        guest.press("next")
        says(guest, "This kind of card cannot be prepaid.", "K-06")


def test_E6_where_no_visits_are_opened_on_cards_the_guest_is_told() -> None:
    none = 'entrance_card = "none"'
    with visitor(DEMO.replace('entrance_card = "seats_without_card_allowed"', none)) as guest:
        swipe(guest, TABLE)
        says(guest, "No visits are opened on cards here.")
        assert no_visit(guest)


def test_E78_where_no_visit_is_empty_it_begins_with_its_first_order() -> None:
    with visitor(DEMO.replace("empty_visits = true", "empty_visits = false")) as guest:
        swipe(guest, TABLE)
        says(guest, "it begins with its first order")


def test_E103_a_visit_on_a_personal_card() -> None:
    with visitor() as guest:
        card = guest.home()
        guest.press("more", "open_visit", "yes", "digit:2", "next")
        visit = guest.visit(card)
        assert visit is not None and visit.personal and visit.guests == 2
        guest.press("home")
        guest.press("visit")
        assert isinstance(guest.scene, Bill)
        guest.press("settle", "settle")
        assert guest.visit(card) is None


# --- the bill ------------------------------------------------------------------------------------


def test_G2_the_card_of_an_open_visit_shows_it_and_it_follows_the_tills() -> None:
    with centre() as guest:
        opened(guest, ENTRANCE)
        swipe(guest, ENTRANCE)
        assert balance(guest) == "2 000.00"
        says(guest, "2 guests", "You may still spend", "The minimum of a visit is 1 000.00")
        page = guest.situation.page
        saved(guest, "a", 450, 250)
        assert guest.situation.page == page, "the same page, live"
        assert balance(guest) == "1 300.00"
        says(guest, "Bar", "Item 0, Item 1", "To pay at the exit: 1 000.00")


def test_E90_the_minimum_is_told_and_no_part_of_the_balance() -> None:
    with centre() as guest:
        opened(guest, ENTRANCE)
        swipe(guest, ENTRANCE)
        saved(guest, "a", 700)
        says(guest, "Minimum 1 000.00 ₽ not reached, 300.00 ₽ will be added")
        assert balance(guest) == "1 300.00", "2000 without the markup"
        saved(guest, "b", 300)
        says(guest, "Minimum 1 000.00 ₽ reached")
        assert shown(guest).reached


def test_E45_E89_short_is_red_and_said_in_words() -> None:
    with centre(WARNING) as guest:
        opened(guest, ENTRANCE_1000, 1000)
        saved(guest, "a", 1500)
        swipe(guest)
        assert not shown(guest).short, "at exactly nothing left it is not red"
        saved(guest, "b", 140)
        assert shown(guest).short and balance(guest) == "−140.00"
        says(guest, "Short", "Your visit is 140.00 ₽ short. Please add money.")
        says(guest, "To pay at the exit", "640.00 ₽")
        primary = shown(guest).primary
        assert primary is not None and primary.id == "add_money"


@pytest.mark.parametrize("what", ["venue", "type"])
def test_E30_E104_where_nothing_can_be_added_it_is_not_offered(what: str) -> None:
    text = NO_FLOATING
    if what == "type":
        text = PLAIN.replace('id = "entrance-1000"\n', 'id = "entrance-1000"\nfloating = false\n')
    with centre(text.replace('"forbid_saving"', '"warning_only"', 1)) as guest:
        opened(guest, ENTRANCE_1000, 1000)
        saved(guest, "a", 1640)
        swipe(guest)
        assert "add_money" not in guest.shown() and "top_up" not in guest.shown()
        says(guest, "Your visit is 140.00 ₽ short. Please ask at the desk.")
        seq = guest.venue.ledger.seq
        guest.tell_button("add_money")
        assert isinstance(guest.scene, Bill) and guest.venue.ledger.seq == seq


def test_E104_a_till_is_told_to_send_the_guest_to_the_desk() -> None:
    with centre(NO_FLOATING) as guest:
        opened(guest, ENTRANCE_1000, 1000)
        refused = saved(guest, "a", 1640)
        assert getattr(refused, "key", "") == "err.visit_short_desk"


def test_E5_with_one_order_in_a_visit_there_is_no_total_and_no_calculation() -> None:
    one = DEMO.replace("one_order_in_visit = false", "one_order_in_visit = true")
    with visitor(one) as guest:
        swipe(guest, TABLE)
        guest.press("yes", "next", "leave")
        swipe(guest, TABLE)
        says(guest, "A visit is open on this card since 18:00.", "K-05")
        assert guest.shown().isdisjoint({"settle", "print_bill", "add_money"})
        guest.press("leave")
        card = guest.home()
        guest.press("more", "open_visit", "yes", "next", "leave")
        assert guest.asked(OpenVisit(card.id)) is not None
        guest.home()
        assert "visit" not in guest.shown()


def test_U3_the_bill_is_printed_and_books_nothing() -> None:
    with centre() as guest:
        opened(guest, ENTRANCE_1000, 1000)
        saved(guest, "a", 450)
        swipe(guest)
        guest.press("print_bill")
        assert guest.entry.kind == "slip_issued" and not guest.entry.postings
        assert "450.00" in plain(guest.slips[-1]) and "NOT A RECEIPT" in guest.slips[-1].upper()
        assert isinstance(guest.scene, Done)
        guest.press("home")
        assert isinstance(guest.scene, Bill)


def test_a_visit_that_the_desk_ended_is_not_shown_any_more() -> None:
    with centre() as guest:
        visit = opened(guest, ENTRANCE)
        swipe(guest, ENTRANCE)
        guest.did(VoidVisit(visit.id, reason="They left"), actor="staff:202", key="end")
        guest.tell(VenueChanged(guest.venue.ledger.seq))
        assert isinstance(guest.scene, Welcome)
