"""Visits paid at the bank's terminal: the prepayment, a deposit, what is due at the end."""

from __future__ import annotations

import pytest

from kiosk.core.guest.visit_scenes import Calculation, VisitOffer
from kiosk.core.prepayments import PendingPrepayments
from kiosk.core.situation import Bill, Welcome
from tests.core.guest import UID
from tests.screens.guest.paying_hands import payer
from tests.screens.guest.visiting import (
    ENTRANCE_1000,
    ENTRANCE_2000,
    NO_FLOATING,
    PLAIN,
    claims,
    no_visit,
    plain,
    saved,
    say_yes,
    says,
    swipe,
    visit_of,
)

CARD = "pay:bank_card"


def test_E14_a_prepayment_at_the_terminal_opens_the_visit() -> None:
    with payer(PLAIN) as guest:
        swipe(guest, ENTRANCE_1000)
        say_yes(guest)
        guest.press(CARD)
        assert str(guest.payment.value) == "1000.00"
        guest.approve()
        visit = visit_of(guest)
        assert (str(visit.deposits), visit.guests) == ("1000.00", 2)
        says(guest, "Your visit is open", "1 500.00")
        assert len(guest.slips) == 3
        assert guest.venue.ledger.verify() == []


@pytest.mark.parametrize("how", ["declined", "back", "time"])
def test_V03_a_prepayment_that_is_not_paid_leaves_nothing(how: str) -> None:
    with payer(PLAIN) as guest:
        swipe(guest, ENTRANCE_1000)
        say_yes(guest)
        if how == "declined":
            guest.press(CARD)
            guest.decline()
            says(guest, "You were not charged.")
            guest.press("continue")
        if how == "time":
            guest.wait(60)
            assert isinstance(guest.scene, Welcome)
        else:
            guest.press("back")
            assert isinstance(guest.scene, VisitOffer)
        assert guest.asked(PendingPrepayments()) == () and claims(guest) == []
        assert no_visit(guest)


def test_after_a_no_of_the_bank_notes_open_the_visit() -> None:
    with payer(PLAIN) as guest:
        swipe(guest, ENTRANCE_1000)
        say_yes(guest)
        guest.press(CARD)
        guest.decline()
        guest.press("continue", "pay:notes")
        guest.insert(1000)
        assert str(visit_of(guest).deposits) == "1000.00"


def test_B02_a_prepayment_that_nobody_knows_of_is_a_claim_once_it_is_known() -> None:
    with payer(PLAIN) as guest:
        swipe(guest, ENTRANCE_1000)
        say_yes(guest)
        guest.press(CARD)
        guest.wait(95)
        says(guest, "Do not pay again.")
        guest.wait(100)
        assert isinstance(guest.scene, Welcome)
        guest.approve()
        held = claims(guest) or [str(visit_of(guest).deposits)]
        assert held == ["1000.00"]
        assert guest.asked(PendingPrepayments()) == ()
        assert guest.venue.ledger.verify() == []


def test_E26_money_is_added_at_the_terminal() -> None:
    with payer(PLAIN) as guest:
        swipe(guest, ENTRANCE_1000)
        say_yes(guest)
        guest.press("pay:notes")
        guest.insert(1000)
        guest.print_out()
        guest.press("home", "add_money", CARD, "amount:50000")
        guest.approve()
        assert str(visit_of(guest).deposits) == "1500.00"
        says(guest, "500.00 ₽ is on your visit", "2 000.00")


def test_what_is_due_is_paid_at_the_terminal_to_the_kopeck() -> None:
    with payer(PLAIN) as guest:
        swipe(guest, ENTRANCE_2000)
        say_yes(guest)
        guest.press(CARD)
        guest.approve()
        guest.print_out()
        saved(guest, "a", 2300)
        guest.press("home", "settle", "pay", CARD)
        assert str(guest.payment.value) == "300.00"
        guest.approve()
        assert (visit_of(guest).state, claims(guest)) == ("closed", [])
        says(guest, "Your visit is paid")
        assert guest.venue.ledger.verify() == []


def test_E30_where_nothing_can_be_added_a_bank_card_still_pays_what_is_due() -> None:
    with payer(NO_FLOATING) as guest:
        swipe(guest, ENTRANCE_1000)
        say_yes(guest)
        guest.press("pay:notes")
        guest.insert(1000)
        guest.print_out()
        saved(guest, "a", 1300)
        guest.press("home")
        assert isinstance(guest.scene, Bill) and "add_money" not in guest.shown()
        guest.press("settle", "pay")
        assert "pay:notes" not in guest.shown(), "notes would be money added to it"
        guest.press(CARD)
        guest.approve()
        assert visit_of(guest).state == "closed"
        says(guest, "Your visit is paid")


def test_cancelled_at_the_terminal_the_figures_are_there_again() -> None:
    with payer(PLAIN) as guest:
        swipe(guest, ENTRANCE_2000)
        say_yes(guest)
        guest.press("pay:notes")
        guest.insert(2000)
        guest.print_out()
        saved(guest, "a", 2300)
        guest.press("home", "settle", "pay", "back")
        assert isinstance(guest.scene, Calculation)


def test_what_a_personal_card_lacks_is_a_top_up_at_the_terminal() -> None:
    with payer(PLAIN.replace('"forbid_saving"', '"warning_only"', 1)) as guest:
        card = guest.home(UID)
        guest.press("more", "open_visit")
        say_yes(guest)
        guest.press("home")
        saved(guest, "a", 300, card=card.id)
        guest.wait(11)
        guest.press("visit", "settle")
        says(guest, "To pay")
        guest.press("pay", CARD)
        assert guest.payment.purpose == "top_up"
        guest.approve()
        assert guest.visit(card) is None and guest.balance(card) == "0.00"
        assert plain(guest.words()).count("Your visit is paid") == 1
