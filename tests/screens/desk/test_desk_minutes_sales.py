"""Minutes of a client at the desk: found, sold, taken back, put right, exchanged."""

from __future__ import annotations

import pytest

from kiosk.core.cards import BlockCard, Card
from kiosk.core.messages import CardPresented, Touched
from kiosk.core.minutes import MinutesOf
from kiosk.core.package_sales import Sales
from tests.core.guest import DEMO, OTHER_UID, READER, UID, rub
from tests.screens.desk.hands import (
    ADMINISTRATOR,
    CASHIER,
    MANAGER,
    OWNER,
    STAFF_PIN,
    Hands,
    attendant,
)
from tests.screens.desk.players import anna, with_minutes, with_money


def held(hands: Hands, card: Card) -> tuple[int, int]:
    found = hands.asked(MinutesOf(card.client))
    return found.game, found.internet


def before_client(hands: Hands, number: str = CASHIER) -> Card:
    """A client with 1000 on the card, tapped at the desk."""
    card = anna(hands)
    with_money(hands, 1000)
    hands.sign_in(number)
    hands.go("minutes")
    hands.tap()
    return card


# --- who ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["1234", "9162041234", "zin", "04A1B2C3D4E5F6"])
def test_M38_a_client_is_found_by_digits_name_and_card_number(hands: Hands, typed: str) -> None:
    card = anna(hands)
    hands.sign_in(CASHIER)
    hands.go("minutes")
    hands.press("sell")
    hands.says("Whose minutes?", "Or tap the card.")
    hands.type(typed.lower() if typed.isalpha() else typed)
    hands.press(f"client:{card.client}")
    hands.says("Zinaida", "Bought so far")


def test_M38_nobody_is_told_and_typing_goes_on(hands: Hands) -> None:
    anna(hands)
    hands.sign_in(CASHIER)
    hands.go("minutes")
    hands.press("sell")
    hands.type("55")
    hands.silent("Nobody was found")
    hands.type("55")
    hands.says("Nobody was found")
    hands.press("erase", "erase", "erase", "erase")
    hands.type("1234")
    hands.says("Zinaida")
    hands.type("x" * 60)
    assert len(hands.page.form["who"]) == 40  # type: ignore[attr-defined]


def test_M38_a_tap_picks_the_client_and_strangers_are_refused(hands: Hands) -> None:
    card = anna(hands)
    hands.sign_in(CASHIER)
    hands.go("minutes")
    hands.press("sell")
    hands.tap(OTHER_UID)
    hands.says("not known here")
    hands.did(BlockCard(card.id, "lost"), key="block")
    hands.tap()
    hands.says("K-03")
    hands.tell(CardPresented(READER, "magnetic", ";1234=?"))
    hands.says("K-08")
    assert hands.kinds().count("package_sold") == 0


# --- selling -----------------------------------------------------------------------------------


def test_M10_M11_yes_sells_from_the_balance_and_no_changes_nothing(hands: Hands) -> None:
    card = before_client(hands)
    head, slips = hands.venue.ledger.head, len(hands.slips)
    hands.press("package:game-300")
    hands.says("Sell 300 min · Games?", "Balance after", "400.00")
    hands.press("no")
    assert (hands.venue.ledger.head, len(hands.slips)) == (head, slips)
    hands.press("package:game-300", "sell")
    assert (hands.entry.kind, hands.entry.actor) == ("package_sold", "staff:101")
    assert (held(hands, card), hands.client(card).wallet) == ((300, 0), rub(400))
    hands.says("Sold: 300 min, Games", "Balance 400.00")
    assert len(hands.slips) == slips + 1
    assert "MINUTES" in hands.slips[-1] and "600.00" in hands.slips[-1]


def test_M11_M34_cash_leaves_the_balance_alone(hands: Hands) -> None:
    card = before_client(hands)
    hands.press("package:net-120", "tender:cash", "sell")
    assert (held(hands, card), hands.client(card).wallet) == ((0, 120), rub(1000))
    assert "Cash" in hands.slips[-1]
    assert "bonus" not in " ".join(hands.pressable())


def test_a_button_pressed_twice_sells_once(hands: Hands) -> None:
    card = before_client(hands)
    hands.press("package:game-60")
    page = hands.situation.page
    hands.press("sell")
    hands.tell(Touched("sell", page), Touched("sell", page))
    assert held(hands, card) == (60, 0)


def test_a_balance_that_is_short_says_by_how_much(hands: Hands) -> None:
    card = anna(hands)
    hands.sign_in(CASHIER)
    hands.go("minutes")
    hands.tap()
    hands.press("package:game-300")
    hands.says("600.00", "short. Top up first")
    assert not hands.buttons()["sell"].enabled
    hands.tell_button("sell")
    assert hands.tone == "bad"
    hands.press("tender:cash", "sell")
    assert held(hands, card) == (300, 0)


def test_cash_needs_a_shift(hands: Hands) -> None:
    hands.register()
    hands.printed()
    hands.press("leave")
    hands.sign_in(CASHIER)
    hands.go("minutes")
    hands.tap()
    hands.press("package:game-60", "tender:cash", "sell")
    assert hands.tone == "bad"
    assert "package_sold" not in hands.kinds()


def test_M4_M10_the_way_there_is_the_clients_own_page_and_back(hands: Hands) -> None:
    card = anna(hands)
    with_money(hands, 1000)
    hands.sign_in(ADMINISTRATOR)
    hands.go("clients")
    hands.tap()
    hands.press("minutes:game", "package:game-300", "sell")
    assert held(hands, card) == (300, 0)
    hands.press("packages")
    hands.says("This table is in force")
    hands.press("back", "back")
    assert type(hands.page).__name__ == "ClientCard"
    hands.says("Zinaida", "300")


# --- taking back -------------------------------------------------------------------------------


def test_M27_a_sale_goes_back_with_a_reason(hands: Hands) -> None:
    card = before_client(hands, ADMINISTRATOR)
    hands.press("package:game-300", "sell")
    (sale,) = hands.asked(Sales(card.client))
    hands.press(f"undo:{sale.id}")
    hands.says("300 min go back, and 600.00")
    hands.press("do")
    hands.says("reason")
    assert hands.focused("reason")
    hands.type("wrong")
    hands.press("do")
    assert (hands.entry.kind, hands.entry.reason) == ("package_undone", "Wrong")
    assert (held(hands, card), hands.client(card).wallet) == ((0, 0), rub(1000))
    hands.says("taken back")
    assert "Minutes were given back" in hands.slips[-1]
    assert f"undo:{sale.id}" not in hands.pressable()


def test_M27_a_part_needs_a_second_signature(hands: Hands) -> None:
    card = before_client(hands, ADMINISTRATOR)
    hands.press("package:game-300", "sell", "start")
    hands.press("choose:mode=balance_timer", "do")
    hands.wait(100)
    hands.press("more_time")
    hands.press(hands.find(f"session:{hands.entry.refs['session']}"), "stop", "do")
    left = held(hands, card)[0]
    assert left < 300
    hands.sign_in(OWNER)  # sets a PIN for the second signature
    hands.sign_in(ADMINISTRATOR)
    hands.go("minutes")
    hands.tap()
    (sale,) = hands.asked(Sales(card.client))
    hands.press(f"undo:{sale.id}")
    hands.says("Some minutes are spent", f"{left} min go back")
    hands.type("sick")
    hands.press("do")
    hands.says("another person has to approve this")
    hands.type("106")
    hands.fill("pin", "000000")
    hands.press("do")
    hands.says("PIN is wrong")
    hands.fill("pin", STAFF_PIN)
    hands.press("do")
    assert hands.entry.refs["approved_by"] == "staff:106"
    assert held(hands, card) == (0, 0)
    assert STAFF_PIN not in repr(hands.entry) and STAFF_PIN not in repr(hands.situation)


def test_a_cashier_takes_no_sale_back(hands: Hands) -> None:
    card = before_client(hands)
    hands.press("package:game-60", "sell")
    (sale,) = hands.asked(Sales(card.client))
    assert f"undo:{sale.id}" not in hands.pressable()
    assert "adjust:game" not in hands.shown()


# --- putting right, exchanging -----------------------------------------------------------------


def test_minutes_are_given_and_taken_with_a_reason(hands: Hands) -> None:
    card = before_client(hands, OWNER)
    hands.press("adjust:internet")
    hands.fill("minutes", "45")
    hands.fill("reason", "outage")
    hands.press("do")
    assert (hands.entry.kind, held(hands, card)) == ("minutes_adjusted", (0, 45))
    hands.says("Given: 45 min, Internet")
    hands.press("adjust:internet")
    hands.fill("minutes", "-40")
    hands.fill("reason", "mistake")
    hands.press("do")
    assert held(hands, card) == (0, 5)
    hands.says("Taken: 40 min, Internet")


@pytest.mark.parametrize(
    ("minutes", "reason", "told", "field"),
    [
        ("", "why", "not a whole number", "minutes"),
        ("-", "why", "not a whole number", "minutes"),
        ("0", "why", "Minutes are whole numbers", "minutes"),
        ("9999999", "why", "Minutes are whole numbers", "minutes"),
        ("-5", "why", "0 minutes are free", "minutes"),
        ("5", "", "reason", "reason"),
    ],
)
def test_what_is_wrong_with_a_correction_stands_at_its_field(
    hands: Hands, minutes: str, reason: str, told: str, field: str
) -> None:
    before_client(hands, OWNER)
    head = hands.venue.ledger.head
    hands.press("adjust:game")
    hands.fill("minutes", minutes)
    hands.fill("reason", reason)
    hands.press("do")
    hands.says(told)
    assert (hands.focused(field), hands.venue.ledger.head) == (True, head)


def test_a_large_correction_needs_a_second_signature(hands: Hands) -> None:
    card = before_client(hands, OWNER)
    hands.press("lock")
    hands.sign_in(MANAGER)
    hands.press("lock")
    hands.sign_in(OWNER)
    hands.go("minutes")
    hands.tap()
    hands.press("adjust:game")
    hands.fill("minutes", "6000")
    hands.fill("reason", "prize")
    hands.press("do")
    hands.says("Second person")
    hands.fill("staff", "106")
    hands.fill("pin", STAFF_PIN)
    hands.press("do")
    hands.says("somebody else has to approve this, not you")
    hands.fill("staff", "105")
    hands.fill("pin", STAFF_PIN)
    hands.press("do")
    assert (hands.entry.kind, held(hands, card)) == ("minutes_adjusted", (6000, 0))


def test_M20_M22_minutes_are_exchanged_only_where_that_is_allowed(hands: Hands) -> None:
    before_client(hands)
    assert not hands.buttons()["exchange"].enabled
    hands.says("Not allowed here.")
    with attendant(DEMO.replace("conversion = false", "conversion = true")) as free:
        card = before_client(free)
        with_minutes(free, card, 50)
        free.press("exchange")
        for typed, told in (("", "not a whole number"), ("0", "whole numbers"), ("51", "50 min")):
            free.fill("minutes", typed)
            free.press("do")
            free.says(told)
        free.fill("minutes", "20")
        free.press("do")
        assert (free.entry.kind, held(free, card)) == ("minutes_converted", (30, 20))


def test_names_and_cards_stand_in_no_repr(hands: Hands) -> None:
    anna(hands)
    hands.sign_in(CASHIER)
    hands.go("minutes")
    hands.press("sell")
    hands.type("zinaida")
    assert "Zinaida" not in repr(hands.situation)
    hands.tap()
    assert "Zinaida" not in repr(hands.situation) and UID not in repr(hands.situation)
