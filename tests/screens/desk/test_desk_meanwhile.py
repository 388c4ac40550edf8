"""What others do while an attendant works, and fingers that press twice."""

from __future__ import annotations

from kiosk.core.bills import OrderLine
from kiosk.core.desk.order_editor import OrderEditor
from kiosk.core.desk.visit_checkout import Checkout
from kiosk.core.messages import Touched, VenueChanged
from kiosk.core.orders import SaveOrder
from tests.core.guest import rub
from tests.screens.desk.hands import Hands
from tests.screens.desk.visiting import at_visits, opened, says, seen, till_orders


def twice(hands: Hands, button: str) -> None:
    """A finger bounces: two touches of the page that is seen."""
    page = hands.situation.page
    hands.tell(Touched(button, page), Touched(button, page))


def test_what_a_till_adds_to_an_order_meanwhile_is_not_taken_off() -> None:
    with at_visits() as hands:
        visit = opened(hands)
        till_orders(hands, visit, "B1", 100)
        hands.press("shown:till:bar/B1", "change")
        lines = tuple(OrderLine(f"Item {n}", 1, rub(p)) for n, p in enumerate((100, 500)))
        more = SaveOrder("B1", "", "Bar", lines, visit=visit.id)
        hands.did(more, actor="till:bar", key="more")
        hands.tell(VenueChanged(hands.venue.ledger.seq))
        hands.press("item:cola", "save")
        says(hands, "Nothing was saved", "500.00")
        assert isinstance(hands.page, OrderEditor)
        assert seen(hands, 1).orders[0].total == rub(600)
        hands.press("item:cola", "save")
        assert seen(hands, 1).orders[0].total > rub(600)


def test_cash_that_is_pressed_twice_is_given_once() -> None:
    with at_visits() as hands:
        visit = opened(hands)
        till_orders(hands, visit, "B1", 1000)
        hands.press("calculate")
        hands.fill("amount", "100")
        twice(hands, "take:cash")
        page = hands.page
        assert isinstance(page, Checkout) and page.missing == rub(900)


def test_a_part_that_is_pressed_twice_takes_out_no_other() -> None:
    with at_visits() as hands:
        visit = opened(hands)
        till_orders(hands, visit, "B1", 1000)
        hands.press("calculate")
        for amount in ("100", "300"):
            hands.fill("amount", amount)
            hands.press("take:cash")
        twice(hands, "drop:0")
        page = hands.page
        assert isinstance(page, Checkout) and page.missing == rub(700)
