"""The table of packages at the desk: a draft until OK, a clear sentence at each field."""

from __future__ import annotations

import pytest

from kiosk.core.packages import Packages, SetPackages
from kiosk.screens.view import DeskView
from tests.screens.desk.hands import ADMINISTRATOR, CASHIER, OWNER, Hands
from tests.screens.desk.players import with_money


@pytest.fixture
def table(hands: Hands) -> Hands:
    """The owner before the table."""
    hands.sign_in(OWNER)
    hands.go("minutes")
    hands.press("packages")
    return hands


def typed(hands: Hands, minutes: str, price: str, kind: str = "game") -> None:
    hands.press(f"choose:kind={kind}")
    hands.fill("minutes", minutes)
    hands.fill("price", price)
    hands.press("do")


def offered(hands: Hands) -> list[tuple[str, int, str]]:
    return [(p.kind, p.minutes, str(p.price)) for p in hands.asked(Packages())]


DEMO = [("game", 60, "150.00"), ("game", 300, "600.00"), ("internet", 120, "120.00")]


def test_M2_M3_M32_rows_are_added_changed_and_removed_with_ok(table: Hands) -> None:
    table.press("add")
    typed(table, "600", "999.50")
    table.press("row:0")
    table.fill("price", "160")
    table.press("do", "row:2", "remove")
    table.says("Nothing is in force before OK")
    assert offered(table) == DEMO
    before = table.venue.ledger.seq
    table.press("ok")
    assert table.venue.ledger.seq == before + 1
    assert (table.entry.kind, table.entry.actor) == ("packages_set", "staff:106")
    assert offered(table) == [
        ("game", 60, "160.00"),
        ("game", 300, "600.00"),
        ("game", 600, "999.50"),
    ]
    table.says("The table is in force", "999.50")


def test_M3_without_ok_the_table_is_byte_for_byte_as_before(table: Hands) -> None:
    head = table.venue.ledger.head
    table.press("add")
    typed(table, "600", "999")
    table.press("row:1", "remove", "back")
    table.says("Leave without OK?")
    table.press("back")
    table.says("Nothing is in force before OK")
    table.press("back", "leave_it")
    assert (table.venue.ledger.head, offered(table)) == (head, DEMO)
    table.press("packages")
    table.says("This table is in force")
    table.silent("999")


def test_M3_the_rail_and_a_locked_desk_throw_nothing_into_force(table: Hands) -> None:
    table.press("row:0", "remove")
    table.go("today")
    assert offered(table) == DEMO
    table.go("minutes")
    table.press("packages", "row:0", "remove")
    table.wait(200)
    assert offered(table) == DEMO
    table.sign_in(OWNER)
    table.says("Nothing is in force before OK")


def test_M4_the_table_is_reached_from_a_clients_minutes(hands: Hands) -> None:
    with_money(hands, 500)
    hands.sign_in(ADMINISTRATOR)
    hands.go("minutes")
    hands.tap()
    hands.press("packages", "row:0", "remove", "ok")
    assert hands.entry.kind == "packages_set"
    hands.press("back")
    hands.says("Bought so far")
    hands.silent("150.00")


def test_M5_a_cashier_sells_and_is_not_offered_the_table(hands: Hands) -> None:
    with_money(hands, 500)
    hands.sign_in(CASHIER)
    hands.go("minutes")
    assert "packages" not in hands.shown()
    hands.tell_button("packages")
    hands.says("Nobody is playing")
    hands.tap()
    assert "packages" not in hands.shown() and "package:game-60" in hands.pressable()


@pytest.mark.parametrize(
    ("minutes", "price", "field", "told"),
    [
        ("", "100", "minutes", "This is not a whole number"),
        ("0", "100", "minutes", "Minutes are whole numbers, from 1 on"),
        ("9999999", "100", "minutes", "Minutes are whole numbers, from 1 on"),
        ("300", "100", "minutes", "has a package of this kind and so many minutes already"),
        ("77", "", "price", "This is not an amount"),
        ("77", "1.234", "price", "This is not an amount"),
        ("77", "99999999999999", "price", "This is not an amount"),
    ],
)
def test_M1_what_is_wrong_stands_at_its_field(
    table: Hands, minutes: str, price: str, field: str, told: str
) -> None:
    table.press("add")
    typed(table, minutes, price)
    table.says(told)
    assert table.focused(field)
    typed(table, "77", "100")
    table.says("Nothing is in force before OK", "77")


def test_M1_no_sign_and_no_letters_can_be_typed(table: Hands) -> None:
    table.press("add")
    view = table.view
    assert isinstance(view, DeskView) and view.keys is not None
    assert (view.keys.kind, view.keys.sign) == ("digits", False)
    for stray in ("sign", "key:A", "digit:٣", "digit:12"):
        table.tell_button(stray)
    table.fill("minutes", "12345678901234567890")
    table.says("1234567")
    table.silent("12345678")


def test_M39_a_price_of_nothing_is_asked_about(table: Hands) -> None:
    table.press("add")
    typed(table, "77", "0")
    table.press("ok")
    table.says("Is it meant so?", "This package costs nothing.")
    assert offered(table) == DEMO
    table.press("back")
    table.says("Nothing is in force before OK")
    table.press("ok", "ok")
    assert ("game", 77, "0.00") in offered(table)


def test_M7_a_package_dearer_than_the_tariff_is_warned_of_and_saved(table: Hands) -> None:
    table.press("add")
    typed(table, "60", "500", "internet")
    table.press("ok")
    table.says("A minute costs 8.33")
    table.press("ok")
    assert ("internet", 60, "500.00") in offered(table)


def test_a_package_that_is_gone_meanwhile_is_told(table: Hands) -> None:
    table.press("row:0")
    table.fill("price", "170")
    table.press("do")
    rows = table.asked(Packages())[1:]
    table.did(SetPackages(rows), key="other")
    table.press("ok")
    assert table.tone == "bad"
    table.says("there is no package game-60")
