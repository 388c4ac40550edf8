"""A payment at the bank's terminal (G9b), to every end that it can have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from kiosk.core.cards import Card
from kiosk.core.clients import EraseClient
from kiosk.core.guest.paying import ChooseAmount, ChooseWay
from kiosk.core.guest.terminal import AtTerminal, BeingChecked
from kiosk.core.jobs import CANCEL_S, PAYMENT_S
from kiosk.core.messages import (
    CancelPayment,
    CardPresented,
    CardRefused,
    Light,
    PrinterChanged,
    PrintSlip,
    SlipFailed,
    Sound,
    Touched,
    VenueChanged,
)
from kiosk.core.situation import CardHome, Done, Welcome
from kiosk.core.terminal_payments import BeginTerminalPayment, RecordTerminalPayment
from tests.core.guest import OTHER_UID, PRINTER, READER, TIMES, UID, rub
from tests.screens.guest.paying_hands import Payer, payer

B_01 = "The bank refused the payment. You were not charged."
B_02 = "We are checking this payment with the bank. Do not pay again."


def booked(guest: Payer) -> list[str]:
    """The kinds of the entries about payments, in their order."""
    return [kind for kind in guest.kinds() if kind.startswith("payment_")]


def printed(effects: list[Any]) -> list[str]:
    return [str(e.job) for e in effects if isinstance(e, PrintSlip)]


# --- charged -------------------------------------------------------------------------------------


def test_a_payment_is_asked_for_once_booked_once_and_has_one_receipt() -> None:
    with payer() as guest:
        card = guest.home()
        effects = guest.press("top_up", "pay:bank_card", "amount:50000")
        assert Light("money") in effects
        guest.says("Follow the terminal", "500.00", "Cancel", "Balance after")
        (request,) = guest.requests
        assert request.amount == rub(500)
        assert guest.balance(card) == "0.00"
        effects = guest.approve()
        assert booked(guest) == ["payment_begun", "payment_approved"]
        assert guest.balance(card) == "500.00"
        assert len(printed(effects)) == 1
        assert Sound("ok") in effects
        assert "500.00" in guest.slips[-1]
        assert "1111" in guest.slips[-1]
        scene = guest.scene
        assert isinstance(scene, Done)
        assert scene.total == rub(500)
        guest.says("Your card has", "500.00")
        # The terminal repeats itself, and says the opposite.
        guest.approve()
        guest.decline()
        assert guest.balance(card) == "500.00"
        assert len(guest.requests) == 1


def test_a_code_is_booked_as_one() -> None:
    with payer() as guest:
        guest.home()
        guest.to_the_terminal(way="qr")
        guest.says("Scan the code")
        guest.approve()
        assert guest.entry_of("payment_approved").postings[0].account == "1120:terminal"


def test_a_smaller_sum_is_what_was_taken() -> None:
    with payer() as guest:
        card = guest.home()
        guest.to_the_terminal(500)
        guest.approve(rub(250))
        assert guest.balance(card) == "250.00"
        guest.says("250.00")
        guest.silent("500.00")


def test_without_paper_the_money_is_there_and_the_guest_is_told() -> None:
    with payer() as guest:
        card = guest.home()
        guest.tell(PrinterChanged(PRINTER, paper="out"))
        guest.to_the_terminal()
        effects = guest.approve()
        assert printed(effects) == []
        guest.says("No paper. Your payment is booked.")
        assert guest.balance(card) == "500.00"


def test_a_double_touch_asks_for_one_payment() -> None:
    with payer() as guest:
        guest.home()
        guest.press("top_up", "pay:bank_card")
        touch = Touched("amount:50000", guest.situation.page)
        guest.at_once(touch, touch, replace(touch, page=touch.page + 1))
        assert len(guest.requests) == 1
        assert booked(guest) == ["payment_begun"]
        assert isinstance(guest.scene, AtTerminal)


# --- not charged ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("refused", B_01),
        ("failed", "The terminal could not take the payment. You were not charged."),
        ("busy", "The terminal could not take the payment. You were not charged."),
        ("cancelled", "The payment was cancelled. You were not charged."),
    ],
)
def test_B_01_what_was_not_charged_leads_back_to_the_amount(reason: str, says: str) -> None:
    with payer() as guest:
        card = guest.home()
        guest.to_the_terminal()
        effects = guest.decline(reason)
        guest.says("Nothing was charged.", says, "B-01")
        assert {Sound("attention"), Light("attention")} <= set(effects)
        assert printed(effects) == []
        guest.press("continue")
        assert isinstance(guest.scene, ChooseAmount)
        assert guest.balance(card) == "0.00"
        guest.press("amount:50000")
        assert len({r.service for r in guest.requests}) == 2


def test_a_sum_of_the_guests_own_is_there_again_after_a_no() -> None:
    with payer() as guest:
        guest.home()
        guest.press("top_up", "pay:bank_card", "other")
        guest.type("350")
        guest.press("next")
        guest.decline()
        guest.press("continue")
        guest.says("350")
        assert "next" in guest.pressable()


def test_cancel_stops_the_terminal_and_its_answer_is_waited_for() -> None:
    with payer() as guest:
        card = guest.home()
        guest.to_the_terminal()
        effects = guest.press("leave")
        payment = guest.payment
        assert [e for e in effects if isinstance(e, CancelPayment)] == [
            CancelPayment(payment.id, payment.service)
        ]
        guest.says("Asking the bank…")
        assert "leave" not in guest.pressable()
        assert guest.payment.state == "begun"
        guest.decline("cancelled")
        guest.says("The payment was cancelled. You were not charged.")
        assert guest.balance(card) == "0.00"


def test_a_card_that_was_faster_than_cancel_is_credited() -> None:
    with payer() as guest:
        card = guest.home()
        guest.to_the_terminal()
        guest.press("leave")
        guest.tell_button("leave")
        effects = guest.approve()
        assert guest.balance(card) == "500.00"
        assert len(printed(effects)) == 1
        assert isinstance(guest.scene, Done)
        assert len([e for e in guest.effects if isinstance(e, CancelPayment)]) == 1


def test_who_needs_more_time_has_it_at_the_terminal_too() -> None:
    with payer() as guest:
        card = guest.home()
        guest.press("access", "large", "back")
        guest.to_the_terminal()
        effects = guest.wait(3 * PAYMENT_S - 2)
        guest.says("Follow the terminal")
        assert not [e for e in effects if isinstance(e, CancelPayment)]
        effects = guest.wait(4)
        guest.says("Asking the bank…")
        assert len([e for e in effects if isinstance(e, CancelPayment)]) == 1
        guest.approve()
        assert guest.balance(card) == "500.00"


def test_after_cancel_nobody_waits_longer_than_the_terminal_may_take_to_stop() -> None:
    with payer() as guest:
        guest.home()
        guest.to_the_terminal()
        guest.press("leave")
        guest.wait(CANCEL_S - 1)
        assert isinstance(guest.scene, AtTerminal)
        guest.wait(2)
        assert isinstance(guest.scene, BeingChecked)


# --- nobody knows --------------------------------------------------------------------------------


def test_B_02_nobody_answers_and_nobody_is_to_pay_again() -> None:
    with payer() as guest:
        card = guest.home()
        guest.to_the_terminal()
        guest.wait(PAYMENT_S - 2)
        guest.says("Follow the terminal")
        effects = guest.wait(4)
        guest.says("Asking the bank…")
        assert len([e for e in effects if isinstance(e, CancelPayment)]) == 1
        effects = guest.wait(CANCEL_S + 1)
        guest.says("Your payment is being checked.", B_02, "B-02", "000001")
        assert len(printed(effects)) == 1
        assert "000001" in guest.slips[-1]
        assert {Sound("attention"), Light("attention")} <= set(effects)
        assert guest.payment.state == "unknown"
        assert guest.balance(card) == "0.00"
        guest.press("continue")
        assert isinstance(guest.scene, CardHome)
        assert guest.looks


@contextmanager
def checked(**house: Any) -> Iterator[tuple[Payer, Card]]:
    """A guest who reads B-02: the terminal went away with the payment."""
    with payer(**house) as guest:
        card = guest.home()
        guest.to_the_terminal()
        guest.unplug()
        assert isinstance(guest.scene, BeingChecked)
        guest.says(B_02)
        yield guest, card


def test_what_was_charged_after_all_is_credited_while_the_guest_still_reads() -> None:
    with checked() as (guest, card):
        guest.plug()
        assert [look.payment for look in guest.looks] == [guest.payment.id]
        effects = guest.approve()
        assert guest.balance(card) == "500.00"
        assert isinstance(guest.scene, Done)
        assert len(printed(effects)) == 1
        assert len(guest.requests) == 1


def test_what_was_not_charged_after_all_is_told_while_the_guest_still_reads() -> None:
    with checked() as (guest, card):
        guest.plug()
        guest.decline()
        guest.says(B_01)
        assert guest.balance(card) == "0.00"


def test_what_the_terminal_knows_nothing_of_staff_decide_and_the_guest_is_credited() -> None:
    with checked() as (guest, card):
        guest.plug()
        guest.know_nothing()
        guest.says(B_02)
        decided = RecordTerminalPayment(guest.payment.id, "approved", reason="the bank says so")
        guest.did(decided, actor="cli", key="decided")
        guest.tell(VenueChanged(guest.venue.ledger.seq))
        assert guest.balance(card) == "500.00"
        assert isinstance(guest.scene, Done)


def test_while_one_is_being_checked_no_other_is_begun() -> None:
    with checked() as (guest, card):
        guest.press("continue", "top_up")
        guest.says("An earlier payment is still being checked.")
        assert {"pay:notes"} == {b for b in guest.pressable() if b.startswith("pay:")}
        guest.plug()
        assert "pay:bank_card" not in guest.pressable()
        guest.tell_button("pay:bank_card")
        assert isinstance(guest.scene, ChooseWay)
        guest.decline()
        assert {"pay:notes", "pay:bank_card", "pay:qr"} <= set(guest.pressable())
        guest.press("pay:bank_card", "amount:10000")
        guest.approve()
        assert guest.balance(card) == "100.00"


def test_one_that_is_begun_behind_the_choice_of_the_amount_is_told_there() -> None:
    with payer() as guest:
        guest.home()
        guest.press("top_up", "pay:bank_card")
        other = BeginTerminalPayment("top_up", rub(100), "en", client=guest.payer)
        guest.did(other, actor="kiosk", key="other")
        guest.press("amount:50000")
        guest.says("another payment is at the terminal, or is being checked")
        assert isinstance(guest.scene, ChooseAmount)


def test_without_paper_the_number_is_for_the_desk() -> None:
    with payer() as guest:
        guest.home()
        guest.tell(PrinterChanged(PRINTER, paper="out"))
        guest.to_the_terminal()
        guest.unplug()
        guest.says(B_02, "It has the number 000001: ask at the desk.")


def test_a_check_slip_that_does_not_come_out_is_not_promised() -> None:
    with checked() as (guest, _):
        guest.says("Please take the slip.")
        scene = guest.scene
        assert isinstance(scene, BeingChecked)
        guest.tell(SlipFailed(PRINTER, scene.slip, "not_printed", "paper_out"))
        guest.silent("Please take the slip.")
        guest.says("ask at the desk")


# --- others, in the middle -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "event",
    [
        CardPresented(READER, "contactless", UID),
        CardPresented(READER, "contactless", OTHER_UID),
        CardRefused(READER, "contactless", "bank_card"),
        CardRefused(READER, "contactless", "unreadable"),
    ],
)
@pytest.mark.parametrize("stopping", [False, True])
def test_no_card_is_read_while_the_terminal_is_at_it(event: Any, stopping: bool) -> None:
    with payer() as guest:
        card = guest.home()
        guest.to_the_terminal()
        if stopping:
            guest.press("leave")
        before = guest.scene
        guest.tell(event)
        assert guest.scene == before
        guest.approve()
        assert guest.balance(card) == "500.00"


def test_the_next_guest_neither_sees_nor_gets_what_is_being_checked() -> None:
    with payer() as guest:
        other = guest.home(OTHER_UID)
        guest.press("leave")
        card = guest.home()
        guest.to_the_terminal()
        guest.unplug()
        guest.tap(OTHER_UID)
        assert isinstance(guest.scene, CardHome)
        guest.silent("being checked", "500.00")
        guest.plug()
        effects = guest.approve()
        assert (guest.balance(other), guest.balance(card)) == ("0.00", "500.00")
        assert printed(effects) == []
        guest.silent("500.00")


def test_a_guest_who_went_is_credited_behind_the_welcome_screen() -> None:
    with checked() as (guest, card):
        guest.press("leave")
        assert isinstance(guest.scene, Welcome)
        guest.plug()
        effects = guest.approve()
        assert isinstance(guest.scene, Welcome)
        assert printed(effects) == []
        assert guest.balance(card) == "500.00"


def test_B_02_stands_a_minute_and_then_nothing_of_it() -> None:
    with checked() as (guest, _):
        guest.wait(TIMES.form_s + TIMES.more_time_s + 1)
        assert isinstance(guest.scene, Welcome)


def test_the_language_changes_at_the_terminal_and_the_time_goes_on() -> None:
    with payer() as guest:
        card = guest.home()
        guest.to_the_terminal()
        guest.wait(30)
        guest.read_in("de")
        guest.says("500,00")
        timer = guest.situation.timer
        assert timer is not None
        assert timer.end_s - guest.now.mono_s < 30
        guest.press("access")
        guest.approve()
        assert isinstance(guest.scene, Done)
        assert guest.balance(card) == "500.00"


def test_help_at_the_terminal_leaves_the_payment_alone() -> None:
    with payer() as guest:
        card = guest.home()
        guest.to_the_terminal()
        guest.press("help")
        guest.approve()
        assert guest.balance(card) == "500.00"
        assert isinstance(guest.scene, Done)


def test_a_time_that_ends_behind_the_choice_of_language_stops_the_terminal_once() -> None:
    with payer() as guest:
        guest.home()
        guest.to_the_terminal()
        guest.wait(PAYMENT_S - 5)
        guest.press("access")
        guest.wait(8)
        guest.press("back")
        guest.wait(1)
        guest.says("Asking the bank…")
        assert len([e for e in guest.effects if isinstance(e, CancelPayment)]) == 1


def test_more_time_cannot_be_had_from_the_bank() -> None:
    with payer() as guest:
        guest.home()
        guest.to_the_terminal()
        guest.wait(PAYMENT_S - 5)
        assert guest.view.frame.more_time is None
        guest.tell_button("more_time")
        guest.wait(6)
        guest.says("Asking the bank…")


# --- a process that ends in the middle -----------------------------------------------------------


def begun(guest: Payer) -> None:
    guest.to_the_terminal()


def stopping(guest: Payer) -> None:
    guest.to_the_terminal()
    guest.press("leave")


def unknown(guest: Payer) -> None:
    guest.to_the_terminal()
    guest.unplug()


@pytest.mark.parametrize("far", [begun, stopping, unknown])
@pytest.mark.parametrize("charged", [True, False])
def test_after_a_cut_the_terminal_is_asked_by_name_and_nothing_is_charged_twice(
    far: Callable[[Payer], None], charged: bool
) -> None:
    with payer() as guest:
        card = guest.home()
        far(guest)
        service = guest.payment.service
        guest.start_again()
        assert isinstance(guest.scene, Welcome)
        guest.plug()
        guest.wait(1)
        assert guest.requests == []
        assert {look.service for look in guest.looks} == {service}
        effects = guest.approve() if charged else guest.decline()
        assert printed(effects) == []
        assert isinstance(guest.scene, Welcome)
        assert guest.balance(card) == ("500.00" if charged else "0.00")
        guest.approve() if charged else guest.decline()
        assert guest.balance(card) == ("500.00" if charged else "0.00")


def test_after_a_cut_behind_the_entry_nothing_is_asked_any_more() -> None:
    with payer() as guest:
        card = guest.home()
        guest.to_the_terminal()
        guest.approve()
        guest.start_again()
        guest.plug()
        guest.wait(60)
        assert (guest.requests, guest.looks) == ([], [])
        assert guest.balance(card) == "500.00"


@pytest.mark.parametrize("far", [begun, stopping, unknown])
def test_the_receipt_of_a_payment_that_was_cut_is_had_at_the_cards_home(
    far: Callable[[Payer], None],
) -> None:
    with payer() as guest:
        guest.home(OTHER_UID)
        guest.press("leave")
        card = guest.home()
        far(guest)
        guest.start_again()
        guest.plug()
        guest.wait(1)
        guest.approve()
        guest.tap(OTHER_UID)
        guest.silent("Your last receipt was not printed")
        guest.tap(UID)
        guest.says("Your last receipt was not printed", "500.00")
        effects = guest.press("receipt")
        assert printed(effects) == [guest.payment.slip]
        assert "500.00" in guest.slips[-1]
        guest.print_out()
        guest.press("home")
        guest.silent("Your last receipt was not printed")
        assert guest.balance(card) == "500.00"


def test_a_payment_that_ends_with_nobody_there_keeps_its_receipt_for_its_guest() -> None:
    with checked() as (guest, _):
        guest.press("leave")
        guest.plug()
        guest.approve()
        guest.tap()
        effects = guest.press("receipt")
        assert printed(effects) == [guest.payment.slip]


def test_who_comes_back_reads_that_it_is_being_checked_and_has_the_slip_again() -> None:
    with checked() as (guest, card):
        guest.print_out()
        guest.press("leave")
        guest.tap(OTHER_UID)
        guest.press("register", "agree", "without_phone", "next", "leave")
        guest.tap(OTHER_UID)
        guest.silent("is being checked")
        guest.tap()
        guest.says("A payment of 500.00")
        guest.read_in("de")
        effects = guest.press("check_payment")
        assert printed(effects) == [guest.payment.slip]
        guest.says("B-02")
        guest.press("continue")
        assert isinstance(guest.scene, CardHome)
        guest.plug()
        guest.approve()
        assert guest.balance(card) == "500.00"
        guest.silent("500,00\u2009₽ wird geprüft")
        assert "check_payment" not in guest.pressable()


def test_the_history_calls_it_a_top_up() -> None:
    with payer() as guest:
        guest.home()
        guest.to_the_terminal()
        guest.approve()
        guest.press("home", "history")
        guest.says("Top-up at the terminal", "500.00")
        guest.silent("Correction")


def test_who_had_himself_erased_is_sent_to_the_staff_and_the_bank_is_asked_nothing() -> None:
    with payer() as guest:
        card = guest.home()
        guest.did(EraseClient(card.client, "asked for it"), key="erase")
        guest.tap()
        guest.to_the_terminal()
        guest.says("Please ask staff about this card.")
        guest.silent(card.client)
        assert not guest.requests
