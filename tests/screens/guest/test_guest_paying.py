"""Money comes in: which way, and how much (G8)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kiosk.core.guest import paying
from kiosk.core.guest.paying import ChooseAmount, ChooseWay, TypeAmount
from kiosk.core.messages import (
    AcceptorChanged,
    DeviceDown,
)
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.situation import CardHome, TopUp
from tests.core.guest import ACCEPTOR, DEMO, LIMITS, rub
from tests.screens.guest.hands import visitor
from tests.screens.guest.paying_hands import TERMINAL, Payer, payer


def booked(guest: Payer) -> list[str]:
    """The kinds of the entries about payments, in their order."""
    return [kind for kind in guest.kinds() if kind.startswith("payment_")]


# --- which way -----------------------------------------------------------------------------------


def test_a_kiosk_without_a_terminal_asks_nothing() -> None:
    with visitor() as guest:
        guest.home()
        guest.press("top_up")
        assert isinstance(guest.scene, TopUp)


def test_a_kiosk_with_nothing_but_a_terminal_asks_how_much() -> None:
    with payer(cash=False, qr=False) as guest:
        guest.home()
        guest.press("top_up")
        assert isinstance(guest.scene, ChooseAmount)
        guest.press("back")
        assert isinstance(guest.scene, CardHome)


def test_with_both_the_guest_is_asked_and_each_way_leads_on() -> None:
    with payer() as guest:
        guest.home()
        guest.press("top_up")
        guest.says("How do you want to pay?", "Cash", "Bank card", "QR code")
        guest.press("Cash")
        assert isinstance(guest.scene, TopUp)
        guest.press("leave", "top_up", "QR code", "back")
        assert isinstance(guest.scene, ChooseWay)
        guest.press("back")
        assert isinstance(guest.scene, CardHome)
        assert booked(guest) == []


def test_a_terminal_without_codes_is_not_offered_for_them() -> None:
    with payer(qr=False) as guest:
        guest.home()
        guest.press("top_up")
        guest.silent("QR code")


@pytest.mark.parametrize(
    ("event", "way", "why"),
    [
        (AcceptorChanged(ACCEPTOR, "cassette_full"), "notes", "The cashbox is full."),
        (AcceptorChanged(ACCEPTOR, "jammed_validator"), "notes", "The note machine is jammed."),
        (DeviceDown(TERMINAL, "payment", "gone"), "qr", "The payment terminal does not answer."),
    ],
)
def test_a_way_that_does_not_work_now_says_why(event: Any, way: str, why: str) -> None:
    with payer() as guest:
        guest.home()
        guest.press("top_up")
        guest.tell(event)
        guest.says(why)
        assert f"pay:{way}" not in guest.pressable()
        before = guest.situation
        guest.tell_button(f"pay:{way}")
        assert guest.situation == replace(before, timer=guest.situation.timer)


def test_top_up_is_offered_while_the_terminal_alone_works() -> None:
    with payer() as guest:
        guest.home()
        guest.tell(AcceptorChanged(ACCEPTOR, "cassette_full"))
        assert "top_up" in guest.pressable()
        guest.unplug()
        assert "top_up" not in guest.pressable()
        guest.says("The cashbox is full.")


# --- how much ------------------------------------------------------------------------------------


def test_C30_C41_the_bonus_that_is_shown_is_the_bonus_that_is_granted() -> None:
    with payer() as guest:
        card = guest.home()
        guest.press("top_up", "pay:bank_card")
        guest.says("+10 bonus", "+20 bonus", "+50 bonus", "+100 bonus")
        guest.press("other")
        guest.type("350")
        guest.says("+35 bonus", "350")
        guest.press("next")
        guest.says("Bonus for this top-up", "+35")
        guest.approve()
        assert guest.client(card).bonus == 35
        assert guest.client(card).wallet == rub(350)


@pytest.mark.parametrize(
    ("code", "sums"),
    [("RUB", "100 200 500 1000"), ("EUR", "10 20 50 100"), ("JPY", "1000 2000 5000 10000")],
)
def test_the_sums_to_choose_from_are_those_of_the_currency(code: str, sums: str) -> None:
    currency = CURRENCIES[code]
    least, amounts = paying.sums(currency)
    assert amounts == tuple(Money.face(int(s), currency) for s in sums.split())
    assert least == Money.face(int(sums.split()[0]) // 10, currency)


def test_a_sum_over_the_limit_of_a_top_up_cannot_be_chosen() -> None:
    with payer(limits=replace(LIMITS, top_up_max_minor=30_000)) as guest:
        guest.home()
        guest.press("top_up", "pay:bank_card")
        guest.says("10", "300", "The most is 300")
        assert {"amount:10000", "amount:20000"} <= set(guest.pressable())
        assert "amount:50000" not in guest.pressable()
        guest.tell_button("amount:50000")
        guest.tell_button("amount:12345")
        assert isinstance(guest.scene, ChooseAmount)
        assert booked(guest) == []


def test_what_is_on_the_card_counts_for_the_most_of_it() -> None:
    with payer(limits=replace(LIMITS, balance_max_minor=60_000)) as guest:
        guest.home()
        guest.to_the_terminal(500)
        guest.approve()
        guest.press("home", "top_up", "pay:bank_card")
        scene = guest.scene
        assert isinstance(scene, ChooseAmount)
        assert scene.most == rub(100)
        guest.press("amount:10000")
        guest.approve()
        guest.press("home", "top_up", "pay:bank_card")
        guest.says("The card cannot take any more money.")
        assert not [b for b in guest.pressable() if b.startswith("amount:")]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("9", "The least is 10"),
        ("9.99", "The least is 10"),
        ("15000.01", "The most is 15"),
        ("99999", "The most is 15"),
    ],
)
def test_a_bad_sum_is_refused_in_words_at_the_field(typed: str, says: str) -> None:
    with payer() as guest:
        guest.home()
        guest.press("top_up", "pay:bank_card", "other")
        type_sum(guest, typed)
        guest.says(says)
        assert "next" not in guest.pressable()
        guest.tell_button("next")
        assert isinstance(guest.scene, TypeAmount)
        assert booked(guest) == []


def type_sum(guest: Payer, text: str) -> None:
    for char in text:
        guest.tell_button("point" if char == "." else f"digit:{char}")


@pytest.mark.parametrize(
    ("keys", "text"),
    [("12.345", "12.34"), (".5", "5"), ("1..5", "1.5"), ("007", "7"), ("123456789", "123456")],
)
def test_the_keypad_takes_sums_of_the_currency_and_nothing_else(keys: str, text: str) -> None:
    with payer() as guest:
        guest.home()
        guest.press("top_up", "pay:bank_card", "other")
        type_sum(guest, keys)
        scene = guest.scene
        assert isinstance(scene, TypeAmount)
        assert scene.typed == text
        guest.press(*["erase"] * len(text))
        assert guest.scene == replace(scene, typed="", bonus=0)


def test_kopecks_are_charged_to_the_kopeck() -> None:
    with payer() as guest:
        card = guest.home()
        guest.press("top_up", "pay:bank_card", "other")
        type_sum(guest, "123.45")
        guest.press("next")
        assert guest.requests[-1].amount == Money(12_345, CURRENCIES["RUB"])
        guest.approve()
        assert guest.balance(card) == "123.45"


def test_rules_of_trust_are_told_before_the_terminal_is_asked() -> None:
    text = DEMO.replace("top_up_per_day_max = 100000", "top_up_per_day_max = 600")
    with payer(text) as guest:
        guest.home()
        guest.to_the_terminal(500)
        guest.approve()
        guest.press("home", "top_up", "pay:bank_card", "amount:20000")
        guest.says("This operation is limited to 600")
        assert isinstance(guest.scene, ChooseAmount)
        guest.press("other")
        guest.type("101")
        guest.press("next")
        guest.says("This operation is limited to 600")
        assert len(guest.requests) == 1
        guest.press("erase")
        guest.silent("limited")
        guest.press("next")
        assert guest.requests[-1].amount == rub(10)
