"""A visit is paid at the bank's terminal: before it opens, while it is open, when it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from kiosk.core.checkout import VoidVisit
from kiosk.core.guest.paying import ChooseAmount, ChooseWay
from kiosk.core.guest.terminal import AtTerminal, BeingChecked
from kiosk.core.guest.visit_scenes import Calculation, VisitOffer
from kiosk.core.messages import PrintSlip, VenueChanged
from kiosk.core.prepayments import PendingPrepayments
from kiosk.core.situation import Done, Problem, Welcome
from tests.core.centre import PLAIN
from tests.core.guest import rub
from tests.screens.guest.paying_hands import Payer, payer
from tests.screens.guest.visiting import (
    ENTRANCE,
    ENTRANCE_1000,
    claims,
    no_visit,
    saved,
    say_yes,
    says,
    swipe,
    visit_of,
)


def printed(effects: list[Any]) -> list[str]:
    return [str(e.job) for e in effects if isinstance(e, PrintSlip)]


@contextmanager
def offered(**house: Any) -> Iterator[Payer]:
    """A guest who said yes to a visit that is prepaid by 1000, and is asked how to pay."""
    with payer(PLAIN, **house) as guest:
        swipe(guest, ENTRANCE_1000)
        say_yes(guest)
        assert isinstance(guest.scene, ChooseWay)
        yield guest


def opened(guest: Payer, raw: str = ENTRANCE) -> None:
    """A visit without a prepayment, and its bill on the screen."""
    swipe(guest, raw)
    say_yes(guest)
    guest.press("leave")
    swipe(guest, raw)


def sound(guest: Payer) -> None:
    assert guest.venue.ledger.verify() == []
    assert guest.asked(PendingPrepayments()) == ()


# --- before it opens -----------------------------------------------------------------------------


def test_E43_E100_a_prepayment_by_card_opens_the_visit_and_asks_for_no_amount() -> None:
    with offered() as guest:
        guest.press("pay:bank_card")
        assert isinstance(guest.scene, AtTerminal)
        says(guest, "1 000.00")
        assert guest.requests[-1].amount == rub(1000)
        assert no_visit(guest)
        effects = guest.approve()
        visit = visit_of(guest)
        assert str(visit.deposits) == "1000.00"
        assert isinstance(guest.scene, Done)
        assert len(printed(effects)) == len(set(printed(effects))) == 3
        sound(guest)


def test_a_no_of_the_bank_leaves_the_other_ways() -> None:
    with offered() as guest:
        guest.press("pay:bank_card")
        guest.decline()
        guest.press("continue")
        assert isinstance(guest.scene, ChooseWay)
        guest.press("pay:notes")
        guest.insert(1000)
        assert str(visit_of(guest).deposits) == "1000.00"
        sound(guest)


@pytest.mark.parametrize("how", ["back", "leave", "wait"])
def test_E41_who_does_not_pay_leaves_nothing_behind(how: str) -> None:
    with offered() as guest:
        if how == "wait":
            guest.wait(60)
        else:
            guest.press(how)
        assert isinstance(guest.scene, VisitOffer if how == "back" else Welcome)
        assert no_visit(guest)
        assert claims(guest) == []
        sound(guest)


def test_E86_too_little_from_the_bank_is_a_claim_and_no_visit() -> None:
    with offered() as guest:
        guest.press("pay:bank_card")
        effects = guest.approve(rub(400))
        assert claims(guest) == ["400.00"]
        assert no_visit(guest)
        assert len(printed(effects)) == 1
        says(guest, "Your 400.00 ₽ is on this slip.")
        sound(guest)


def test_E86_what_the_bank_tells_when_the_guest_has_gone_is_a_claim() -> None:
    with offered() as guest:
        guest.press("pay:bank_card")
        guest.unplug()
        assert isinstance(guest.scene, BeingChecked)
        guest.press("continue")
        assert isinstance(guest.scene, Welcome)
        swipe(guest, ENTRANCE)
        assert isinstance(guest.scene, VisitOffer)
        guest.plug()
        effects = guest.approve()
        assert claims(guest) == ["1000.00"]
        assert printed(effects) == []
        assert isinstance(guest.scene, VisitOffer)
        assert no_visit(guest)
        sound(guest)


def test_what_the_bank_tells_while_the_guest_reads_opens_the_visit() -> None:
    with offered() as guest:
        guest.press("pay:bank_card")
        guest.unplug()
        guest.plug()
        effects = guest.approve()
        assert str(visit_of(guest).deposits) == "1000.00"
        assert not [job for job in printed(effects) if job.startswith("check")]
        assert isinstance(guest.scene, Done)
        sound(guest)


def test_E86_after_a_cut_a_prepayment_that_was_charged_is_a_claim() -> None:
    with offered() as guest:
        guest.press("pay:bank_card")
        guest.start_again()
        guest.plug()
        guest.wait(1)
        guest.approve()
        guest.wait(1)
        assert claims(guest) == ["1000.00"]
        assert no_visit(guest)
        sound(guest)


# --- while it is open ----------------------------------------------------------------------------


def test_E26_E46_money_is_added_to_a_visit_by_card_and_earns_no_bonus() -> None:
    with payer(PLAIN) as guest:
        opened(guest)
        guest.press("add_money", "pay:bank_card")
        assert isinstance(guest.scene, ChooseAmount)
        guest.silent("bonus")
        guest.press("amount:50000")
        effects = guest.approve()
        assert str(visit_of(guest).deposits) == "500.00"
        assert len(printed(effects)) == 2, "a receipt and a prepayment document (E43)"
        says(guest, "500.00 ₽ is on your visit")
        sound(guest)


def test_a_smaller_sum_is_what_lies_on_the_visit() -> None:
    with payer(PLAIN) as guest:
        opened(guest)
        guest.press("add_money", "pay:qr", "amount:50000")
        guest.approve(rub(300))
        assert str(visit_of(guest).deposits) == "300.00"
        says(guest, "300.00 ₽ is on your visit")


def test_back_from_the_ways_is_the_visit() -> None:
    with payer(PLAIN) as guest:
        opened(guest)
        before = type(guest.scene)
        guest.press("add_money", "back")
        assert isinstance(guest.scene, before)


# --- when it ends --------------------------------------------------------------------------------


@contextmanager
def due(**house: Any) -> Iterator[Payer]:
    """A guest who owes 1200 at the end of the visit, and is at the terminal with it."""
    with payer(PLAIN, **house) as guest:
        opened(guest)
        saved(guest, "a", 1200)
        guest.press("settle")
        assert isinstance(guest.scene, Calculation)
        guest.press("pay", "pay:bank_card")
        assert guest.requests[-1].amount == rub(1200)
        yield guest


def test_what_is_due_is_paid_by_card_and_the_visit_ends() -> None:
    with due() as guest:
        effects = guest.approve()
        visit = visit_of(guest)
        assert visit.state == "closed"
        assert claims(guest) == []
        assert len(printed(effects)) == len(set(printed(effects)))
        says(guest, "Your visit is paid")
        sound(guest)


def test_a_no_leads_back_and_nothing_is_booked() -> None:
    with due() as guest:
        guest.decline()
        guest.press("continue", "back")
        assert isinstance(guest.scene, Calculation)
        assert visit_of(guest).state == "open"
        assert not visit_of(guest).deposits


def test_a_till_saves_while_the_bank_is_asked_and_nothing_is_ended_unseen() -> None:
    with due() as guest:
        assert saved(guest, "b", 300)
        guest.approve()
        visit = visit_of(guest)
        assert visit.state == "open"
        assert str(visit.deposits) == "1200.00"
        assert isinstance(guest.scene, Calculation)
        says(guest, "300.00")
        sound(guest)


def test_what_was_paid_for_a_visit_that_the_desk_ended_is_on_a_slip() -> None:
    with due() as guest:
        void = VoidVisit(visit_of(guest).id, reason="They left")
        guest.did(void, actor="staff:202", key="end")
        guest.tell(VenueChanged(guest.venue.ledger.seq))
        effects = guest.approve()
        assert claims(guest) == ["1200.00"]
        assert len(printed(effects)) == 1
        scene = guest.scene
        assert isinstance(scene, Problem)
        says(guest, "Your 1 200.00 ₽ is on this slip.")
        sound(guest)


def test_after_a_cut_what_was_charged_lies_on_the_visit() -> None:
    with due() as guest:
        guest.start_again()
        guest.plug()
        guest.wait(1)
        guest.approve()
        assert isinstance(guest.scene, Welcome)
        visit = visit_of(guest)
        assert (visit.state, str(visit.deposits)) == ("open", "1200.00")
        swipe(guest, ENTRANCE)
        guest.press("settle", "settle")
        assert visit_of(guest).state == "closed"
        sound(guest)
