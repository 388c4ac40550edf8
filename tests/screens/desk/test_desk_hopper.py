"""A hopper at the desk, by touches: filled, counted, tried; a claim paid; a doubt decided."""

from __future__ import annotations

import pytest

from kiosk.core import tickets
from kiosk.core.claims import IssueClaim
from kiosk.core.coins import CreditCoin
from kiosk.core.desk.claims import TicketPage
from kiosk.core.desk.hopper import HopperPage
from kiosk.core.ids import DeviceId, note_id
from kiosk.core.messages import (
    AcknowledgePayOut,
    CardPresented,
    DeviceDown,
    DeviceUp,
    DispenseCoins,
    Effect,
    HopperChanged,
    HopperStands,
    PayOutEnded,
    PayOutUnknown,
    PrintSlip,
)
from tests.core.guest import READER, rub
from tests.screens.desk.hands import TECHNICIAN, Hands

HOPPER = DeviceId("hopper")


@pytest.fixture
def with_hopper(hands: Hands) -> Hands:
    """The kiosk has a hopper with coins of one rouble."""
    hands.tell(
        DeviceUp(HOPPER, "hopper", "FOY SIM-HOP 7"),
        HopperStands(HOPPER, "7/0/0", rub(1)),
        HopperChanged(HOPPER, "ready"),
    )
    return hands


def at_hopper(hands: Hands) -> None:
    hands.sign_in()
    hands.go("devices")
    hands.press("Coin hopper", "hopper")


def typed(hands: Hands, number: str, reason: str, press: str) -> None:
    hands.fill("number", number)
    hands.press("field:reason")
    hands.type(reason)
    hands.press(press)


def orders(effects: list[Effect]) -> list[DispenseCoins]:
    return [e for e in effects if isinstance(e, DispenseCoins)]


def ticket(hands: Hands, face: int) -> str:
    coin = note_id(DeviceId("coins"), 1, 1)
    hands.did(CreditCoin(coin, rub(face), ""), actor="kiosk", key="coin")
    entry = hands.did(IssueClaim(coin, "en"), actor="kiosk", key="claim")
    books = hands.venue.books(hands.now)
    slip = books.get("slips", str(entry.refs["slip"]))
    assert slip is not None
    return tickets.text(books, slip)


def test_it_is_filled_and_counted_with_a_reason(with_hopper: Hands) -> None:
    hands = with_hopper
    at_hopper(hands)
    assert isinstance(hands.page, HopperPage)
    hands.says("1.00\xa0₽", "0 · 0.00\xa0₽")
    hands.press("fill")
    assert hands.page.form.wrong == "number", "nothing was typed"
    hands.fill("number", "50")
    hands.press("fill")
    assert hands.page.form.wrong == "reason"
    typed(hands, "50", "SAFE", "fill")
    assert hands.entry.kind == "hopper_filled" and hands.entry.reason == "Safe"
    hands.says("The coins are booked into the hopper.", "50 · 50.00\xa0₽")
    typed(hands, "48", "COUNTED", "count")
    assert hands.entry.kind == "hopper_counted"
    hands.says("48 · 48.00\xa0₽")
    hands.press("back")
    hands.says("Coin hopper")


def test_one_coin_is_tried_and_what_it_says_is_booked(with_hopper: Hands) -> None:
    hands = with_hopper
    at_hopper(hands)
    typed(hands, "50", "SAFE", "fill")
    (order,) = orders(hands.press("try"))
    assert (order.count, order.mark) == (1, "7/0/0")
    hands.says("It is paying out: 1 at most.")
    assert not {"try", "count", "settle"} & set(hands.pressable())
    told = hands.tell(PayOutEnded(HOPPER, order.payout, 1, 0))
    assert AcknowledgePayOut(order.payout) in told
    hands.says("49 · 49.00\xa0₽")
    hands.tell(DeviceDown(HOPPER, "hopper", "gone"), DeviceUp(HOPPER, "hopper", ""))
    hands.says("The hopper has not told yet which coins it pays.")


def test_a_claim_is_paid_in_coins_and_what_is_short_is_on_a_new_ticket(with_hopper: Hands) -> None:
    hands = with_hopper
    at_hopper(hands)
    typed(hands, "50", "SAFE", "fill")
    told = ticket(hands, 7)
    hands.go("cash")
    hands.press("open:claims")
    hands.tell(CardPresented(READER, "barcode", told))
    assert isinstance(hands.page, TicketPage)
    assert orders(hands.press("redeem_coins")) == [], "a reason is needed"
    hands.press("field:reason")
    hands.type("CHANGE")
    (order,) = orders(hands.press("redeem_coins"))
    assert order.count == 7
    hands.says("7.00\xa0₽ come out in coins")
    after = hands.tell(PayOutEnded(HOPPER, order.payout, 4, 3))
    assert any(isinstance(e, PrintSlip) for e in after)
    hands.says("coins that did not come out", "3.00\xa0₽")
    assert "These coins did not come out." in hands.slips[-1]


@pytest.mark.parametrize("state", ["empty", "jammed", "failed"])
def test_a_hopper_that_cannot_pay_is_not_offered(with_hopper: Hands, state: str) -> None:
    hands = with_hopper
    at_hopper(hands)
    typed(hands, "50", "SAFE", "fill")
    hands.go("cash")
    hands.press("open:claims")
    hands.tell(CardPresented(READER, "barcode", ticket(hands, 7)))
    assert "redeem_coins" in hands.pressable()
    hands.tell(HopperChanged(HOPPER, state))  # type: ignore[arg-type]
    assert "redeem_coins" not in hands.pressable()


def test_a_doubtful_pay_out_is_a_task_that_leads_to_its_page(with_hopper: Hands) -> None:
    hands = with_hopper
    at_hopper(hands)
    typed(hands, "50", "SAFE", "fill")
    (order,) = orders(hands.press("try"))
    hands.tell(PayOutUnknown(HOPPER, order.payout, "another hopper"))
    hands.says("Nobody knows how many coins of 1 came out.")
    hands.go("today")
    hands.says("Nobody knows how many of 1 coins of 1.00\xa0₽ came out (hopper).")
    hands.press(f"task:payout:{order.payout}")
    assert isinstance(hands.page, HopperPage)
    typed(hands, "1", "IN MY HAND", "settle")
    assert hands.entry.kind == "payout_settled"
    hands.says("The pay-out is decided.", "49 · 49.00\xa0₽")


def test_a_technician_tries_it_and_neither_fills_nor_pays(with_hopper: Hands) -> None:
    hands = with_hopper
    hands.sign_in(TECHNICIAN)
    hands.go("devices")
    hands.press("Coin hopper", "hopper")
    assert "try" in hands.pressable()
    assert not {"fill", "count"} & set(hands.pressable())
