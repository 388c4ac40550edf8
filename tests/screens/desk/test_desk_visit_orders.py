"""A4: orders of a visit: from the menu and freely, saved, changed, forbidden, warned of, void."""

from __future__ import annotations

import pytest

from kiosk.core.desk.order_editor import OrderEditor, OrderShown
from kiosk.core.desk.visit_checkout import Checkout
from kiosk.core.desk.visit_list import Visits
from kiosk.screens.view import Line
from tests.core.guest import UID
from tests.screens.desk.hands import ADMINISTRATOR, CASHIER, Hands, inside
from tests.screens.desk.visiting import (
    at_visits,
    balance,
    opened,
    plain,
    postings,
    says,
    seen,
    till_orders,
)


def ordered(hands: Hands, *items: str) -> None:
    """A new order of these positions of the menu, saved."""
    hands.press("order", *(f"item:{item}" for item in items), "save")


def shown_lines(hands: Hands) -> list[tuple[str, ...]]:
    """The lines of the order that is written: what, how many, how much."""
    found = (line for line in inside(hands.view, Line) if line.id.startswith("line:"))
    return [tuple(plain(c.text) for c in line.cells) for line in found]


def test_E58_an_order_is_made_of_the_menu_and_saved() -> None:
    with at_visits() as hands:
        opened(hands)
        hands.press("order")
        says(hands, "Lemonade", "Pizza", "540.50", "May still be spent: 3 000.00 ₽")
        hands.press("item:lemonade", "item:lemonade", "item:pizza")
        assert shown_lines(hands) == [("Lemonade", "2 ×", "360.00"), ("Pizza", "1 ×", "540.50")]
        says(hands, "900.50 ₽")
        hands.press("save")
        assert hands.entry.kind == "order_saved" and hands.entry.postings == ()
        assert plain(hands.notice) == "Order 1-1 is saved."
        (order,) = seen(hands, 1).orders
        assert [(x.text, x.quantity, str(x.amount)) for x in order.lines] == [
            ("Lemonade", 2, "360.00"),
            ("Pizza", 1, "540.50"),
        ]
        says(hands, "2 × Lemonade", "900.50", "Desk")


def test_quantities_go_up_and_down_and_lines_go() -> None:
    with at_visits() as hands:
        opened(hands)
        hands.press("order", "item:pizza", "line:0", "more", "more", "less")
        assert shown_lines(hands) == [("Pizza", "2 ×", "1 081.00")]
        hands.press("less", "less")
        assert shown_lines(hands) == [("Pizza", "1 ×", "540.50")], "one is the least"
        hands.press("item:lemonade", "line:1", "remove")
        assert shown_lines(hands) == [("Pizza", "1 ×", "540.50")]
        hands.press("line:0", "remove")
        says(hands, "Nothing is in the order yet.")
        assert "save" not in hands.pressable()


def test_the_menu_is_searched() -> None:
    with at_visits() as hands:
        opened(hands)
        hands.press("order", "search")
        hands.type("piz")
        assert {b for b in hands.pressable() if b.startswith("item:")} == {"item:pizza"}
        hands.press("clear")
        hands.type("zzz")
        says(hands, "Nothing fits what you typed.")


@pytest.mark.parametrize("typed", ["", "0", "9999999", "100001"])
def test_a_quantity_that_cannot_be_is_refused_at_its_field(typed: str) -> None:
    with at_visits() as hands:
        opened(hands)
        hands.press("order", "item:pizza", "look", "number")
        hands.fill("quantity", typed)
        hands.press("ok")
        page = hands.page
        assert isinstance(page, OrderEditor) and page.typed is not None
        assert page.typed.wrong == "quantity"
        assert page.typed["quantity"] == typed[:7], "what was typed stays"
        hands.fill("quantity", "12")
        hands.press("ok")
        assert shown_lines(hands) == [("Pizza", "12 ×", "6 486.00")]


def test_a_line_that_is_not_on_the_menu_needs_words_and_a_price() -> None:
    with at_visits() as hands:
        opened(hands)
        hands.press("order", "other", "ok")
        says(hands, "Say what it is.")
        hands.fill("text", "broken glass")
        for price in ("", "0", "0.00"):
            hands.fill("price", price)
            hands.press("ok")
            page = hands.page
            assert isinstance(page, OrderEditor) and page.typed is not None
            assert page.typed.wrong == "price", price
            assert page.typed["text"] == "Broken glass"
        hands.fill("price", "250.50")
        hands.fill("quantity", "2")
        hands.press("ok", "save")
        (order,) = seen(hands, 1).orders
        (line,) = order.lines
        assert (line.text, line.quantity, str(line.amount), line.play) == (
            "Broken glass",
            2,
            "501.00",
            False,
        )


def test_E49_an_order_that_is_not_saved_is_none() -> None:
    with at_visits() as hands:
        opened(hands)
        before = hands.venue.ledger.seq
        hands.press("order", "item:pizza", "back")
        assert isinstance(hands.page, Visits)
        assert hands.venue.ledger.seq == before and seen(hands, 1).orders == ()


def test_E8_E47_V01_over_the_limit_is_refused_with_what_is_short_and_stays_a_draft() -> None:
    with at_visits(table={"limit": 500}, order_max_amount_check='"forbid_saving"') as hands:
        opened(hands)
        hands.press("order", "item:pizza")
        before = hands.venue.ledger.seq
        hands.press("save")
        assert hands.tone == "bad" and "40.50" in hands.notice and "V-01" in hands.notice
        assert isinstance(hands.page, OrderEditor) and hands.venue.ledger.seq == before
        assert shown_lines(hands) == [("Pizza", "1 ×", "540.50")], "the draft is still there"
        hands.press("look", "remove", "item:lemonade", "save")
        assert [str(o.total) for o in seen(hands, 1).orders] == ["180.00"]


def test_E8_E47_V02_over_the_limit_is_warned_of_and_saved() -> None:
    with at_visits(table={"limit": 500}, order_max_amount_check='"warning_only"') as hands:
        opened(hands)
        ordered(hands, "pizza")
        assert plain(hands.notice).startswith("The order is saved; the visit is 40.50 ₽ short.")
        kept = next(c.document for c in hands.entry.changes if c.table == "orders")
        assert kept is not None and kept["short"] == 4050
        says(hands, "Short", "−40.50")


def test_E91_a_saved_order_is_changed_and_counts_once() -> None:
    with at_visits() as hands:
        visit = opened(hands)
        ordered(hands, "pizza")
        hands.press(f"shown:{seen(hands, visit.number).orders[0].id}")
        assert isinstance(hands.page, OrderShown)
        hands.press("change", "item:lemonade", "save")
        (order,) = seen(hands, 1).orders
        assert str(order.total) == "720.50"
        assert hands.kinds().count("order_saved") == 2


def test_an_order_of_a_till_is_changed_at_the_desk() -> None:
    with at_visits() as hands:
        visit = opened(hands)
        till_orders(hands, visit, "a", 100, 200)
        (order,) = seen(hands, 1).orders
        hands.press(f"shown:{order.id}", "change", "line:1", "more", "save")
        (order,) = seen(hands, 1).orders
        assert (order.id, str(order.total), order.place) == ("till:bar/a", "500.00", "Bar")


def test_orders_have_numbers_that_are_never_used_again() -> None:
    with at_visits(ADMINISTRATOR) as hands:
        opened(hands)
        ordered(hands, "pizza")
        hands.press(f"shown:{seen(hands, 1).orders[0].id}", "take_back")
        hands.fill("why", "cold")
        hands.press("void")
        ordered(hands, "lemonade")
        assert [o.order for o in seen(hands, 1).orders] == ["1-2"]


def test_E91_E98_an_order_is_void_with_a_reason() -> None:
    with at_visits(ADMINISTRATOR) as hands:
        opened(hands)
        ordered(hands, "pizza")
        hands.press(f"shown:{seen(hands, 1).orders[0].id}", "take_back")
        before = hands.venue.ledger.seq
        hands.press("void")
        says(hands, "Please give a reason.")
        assert hands.venue.ledger.seq == before
        hands.fill("why", "cold")
        hands.press("void")
        assert hands.entry.kind == "order_void" and hands.entry.reason == "Cold"
        assert seen(hands, 1).orders == () and not seen(hands, 1).total.minor
        assert plain(hands.notice) == "Order 1-1 is void."


def test_E50_the_bill_of_an_order_is_printed_and_books_nothing() -> None:
    with at_visits() as hands:
        opened(hands)
        ordered(hands, "pizza")
        hands.press(f"shown:{seen(hands, 1).orders[0].id}", "order_bill")
        assert "540.50" in plain(hands.slips[-1]) and "1-1" in hands.slips[-1]
        assert hands.entry.postings == ()


def test_the_bill_of_a_visit_is_printed() -> None:
    with at_visits() as hands:
        opened(hands)
        ordered(hands, "pizza")
        hands.press("bill")
        assert "540.50" in plain(hands.slips[-1]) and "Pizza" in hands.slips[-1]


def test_E2_E87_an_order_is_paid_at_once_and_stays_in_its_visit() -> None:
    with at_visits() as hands:
        opened(hands)
        ordered(hands, "pizza")
        hands.press(f"shown:{seen(hands, 1).orders[0].id}", "pay")
        assert isinstance(hands.page, Checkout)
        says(hands, "To pay", "540.50")
        hands.fill("amount", "1000")
        hands.press("take:cash")
        says(hands, "Give back of the cash", "459.50")
        hands.press("finish")
        assert postings(hands) == {"1030": "540.50", "4030": "-540.50"}
        says(hands, "Order 1-1 is paid.", "459.50")
        assert "540.50" in plain(hands.slips[-1])
        hands.press("done")
        visit = seen(hands, 1)
        assert (str(visit.total), str(visit.unpaid)) == ("540.50", "0.00")
        says(hands, "Paid")


def test_a_paid_order_is_void_and_its_money_goes_back() -> None:
    with at_visits(ADMINISTRATOR) as hands:
        opened(hands)
        ordered(hands, "pizza")
        order = seen(hands, 1).orders[0].id
        hands.press(f"shown:{order}", "pay", "take:bank_card", "finish", "done")
        hands.press(f"shown:{order}")
        assert "change" not in hands.pressable() and "pay" not in hands.pressable()
        hands.press("take_back")
        hands.fill("why", "cold")
        hands.press("void")
        assert postings(hands) == {"4030": "540.50", "1110": "-540.50"}
        assert balance(hands.venue, "4030") == "0.00"


def test_E7_orders_that_are_not_paid_at_once_keep_the_page() -> None:
    with at_visits(pay_on_exit="false") as hands:
        opened(hands)
        ordered(hands, "pizza")
        assert isinstance(hands.page, Checkout)
        hands.press("back")
        assert isinstance(hands.page, Checkout) and hands.tone == "bad"
        says(hands, "Order 1-1 has to be paid first")
        hands.press("section:today")
        assert isinstance(hands.page, Checkout) and hands.tone == "bad"
        hands.press("take:cash", "finish", "done", "section:today")
        assert hands.page.section == "today"


def test_E7_an_order_that_cannot_be_paid_is_changed_or_void() -> None:
    with at_visits(ADMINISTRATOR, pay_on_exit="false") as hands:
        opened(hands)
        ordered(hands, "pizza")
        hands.press("change", "section:today")
        assert isinstance(hands.page, OrderEditor) and hands.tone == "bad"
        hands.press("back")
        assert isinstance(hands.page, Checkout)
        hands.press("change", "line:0", "remove", "item:cola", "save")
        says(hands, "To pay", "150.00")
        hands.press("take_back")
        hands.fill("why", "no money")
        hands.press("void")
        assert isinstance(hands.page, Visits) and seen(hands, 1).orders == ()


def test_E96_where_every_seat_needs_a_card_it_is_tapped() -> None:
    with at_visits(entrance_card='"only_with_card"') as hands:
        hands.press("section:today")
        hands.press("leave") if "leave" in hands.pressable() else hands.press("lock")
        hands.home(UID)
        hands.press("leave")
        hands.sign_in(CASHIER)
        hands.go("visits")
        opened(hands)
        hands.press("order", "item:pizza", "look", "number")
        hands.fill("seat", "1")
        hands.press("ok", "save")
        assert isinstance(hands.page, OrderEditor) and hands.tone == "bad"
        hands.tap(UID)
        says(hands, "Seat 1 has card")
        hands.press("save")
        (order,) = seen(hands, 1).orders
        assert order.lines[0].seat == 1 and order.shown
        # Who changes it later need not tap every card again.
        hands.press(f"shown:{order.id}", "change", "line:0", "more", "save")
        (changed,) = seen(hands, 1).orders
        assert changed.total > order.total and changed.shown == order.shown


@pytest.mark.parametrize("seat", ["101", "9999"])
def test_a_seat_that_cannot_be_is_refused_at_its_field(seat: str) -> None:
    with at_visits() as hands:
        opened(hands)
        hands.press("order", "item:pizza", "look", "number")
        hands.fill("seat", seat)
        hands.press("ok")
        page = hands.page
        assert isinstance(page, OrderEditor) and page.typed and page.typed.wrong == "seat"


def test_E78_where_no_visit_is_empty_the_order_opens_it() -> None:
    with at_visits(empty_visits="false") as hands:
        hands.press("new")
        hands.fill("guests", "3")
        hands.press("create")
        assert isinstance(hands.page, OrderEditor)
        says(hands, "A visit begins with its first order here.")
        hands.press("item:pizza", "save")
        visit = seen(hands, 1)
        assert (len(visit.orders), visit.guests) == (1, 3)
