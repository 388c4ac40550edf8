"""Visits where both ways to pay are there: which of them a visit takes, and which its card."""

from __future__ import annotations

from kiosk.core.prepayments import PendingPrepayments
from kiosk.core.situation import Bill
from tests.core.guest import UID
from tests.screens.guest.paying_hands import payer
from tests.screens.guest.visiting import (
    ENTRANCE_1000,
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


def test_after_a_no_of_the_bank_notes_open_the_visit() -> None:
    with payer(PLAIN) as guest:
        swipe(guest, ENTRANCE_1000)
        say_yes(guest)
        guest.press(CARD)
        guest.decline()
        guest.press("continue", "pay:notes")
        guest.insert(1000)
        assert str(visit_of(guest).deposits) == "1000.00"


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


def test_V03_of_a_prepayment_that_another_card_leads_away_from_nothing_is_kept() -> None:
    with payer(PLAIN) as guest:
        swipe(guest, ENTRANCE_1000)
        say_yes(guest)
        assert guest.asked(PendingPrepayments())
        guest.tap(UID)
        assert not guest.asked(PendingPrepayments())


def test_V03_of_a_prepayment_that_the_bank_did_not_pay_nothing_is_kept() -> None:
    with payer(PLAIN) as guest:
        swipe(guest, ENTRANCE_1000)
        say_yes(guest)
        guest.press(CARD)
        guest.decline()
        assert guest.asked(PendingPrepayments()), "there are other ways to pay it"
        guest.press("leave")
        assert not guest.asked(PendingPrepayments())


def test_B02_what_the_bank_pays_for_a_visit_after_another_card_was_shown_is_a_claim() -> None:
    with payer(PLAIN) as guest:
        swipe(guest, ENTRANCE_1000)
        say_yes(guest)
        guest.press(CARD)
        guest.wait(80)
        assert guest.payment.state == "unknown"
        guest.tap(UID)
        guest.approve()
        assert claims(guest) == ["1000.00"] and no_visit(guest)
