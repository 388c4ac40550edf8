"""A4. Visits: the list, one of them, and what is done with it; the pages beside this file do it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kiosk.core.desk import forms, order_editor, visit_checkout, visit_list, visit_opening
from kiosk.core.desk.frame import At, Section
from kiosk.core.desk.order_editor import OrderEditor, OrderShown
from kiosk.core.desk.scenes import Page
from kiosk.core.desk.visit_checkout import Checkout, Debts, Ended
from kiosk.core.desk.visit_list import Visits, VisitSeen, listed
from kiosk.core.desk.visit_opening import AddMoney, Describe, NewVisit, TakeBack
from kiosk.core.errors import Refused
from kiosk.core.messages import CardPresented, Event
from kiosk.core.printed_bills import IssueVisitBill
from kiosk.core.recognition import Recognised
from kiosk.core.visits import OfferOnCard


def _open(at: At) -> Page:
    return listed(at)


# --- the list -----------------------------------------------------------------------------------


def _list_touched(at: At, page: Visits, name: str, argument: str) -> Page:
    if page.looking:
        typed = forms.touched(page.find, name, argument, at.situation.house.languages)
        if typed is not None:
            return visit_list.fresh(at, replace(page, find=typed))
    match name:
        case "search":
            return replace(page, looking=not page.looking, chosen=None)
        case "visit":
            row = next((r for r in page.rows if r.id == argument), None)
            seen = visit_list.seen(at, row.number) if row else None
            return at.turn(replace(page, looking=False, chosen=seen, asked=""))
        case "back":
            return at.turn(replace(page, chosen=None, asked=""))
        case "new" if page.rules.without_card:
            return visit_opening.without_card(at)
        case "debts":
            return visit_checkout.debts(at)
    if page.chosen is None:
        return page
    return _visit_touched(at, page, page.chosen, name, argument)


def _visit_touched(at: At, page: Visits, seen: VisitSeen, name: str, argument: str) -> Page:
    visit = seen.visit
    match name:
        case "no" if page.asked == "order":
            return at.turn(replace(page, asked=""))
        case "order" | "no":
            return order_editor.new(at, visit)
        case "shown":
            return order_editor.shown(at, seen, argument) or page
        case "calculate":
            return visit_checkout.of_visit(at, visit)
        case "add":
            return visit_opening.add_money(at, seen)
        case "bill":
            done = at.do(IssueVisitBill(visit.id, at.language), "bill")
            if not isinstance(done, Refused):
                at.say("desk.visits.bill_printed")
        case "describe":
            return visit_opening.describe(at, visit)
        case "take_back":
            return visit_opening.take_back(at, visit)
    return page


def _checkout_touched(at: At, page: Checkout, name: str, argument: str) -> Page:
    if page.held and page.order and page.sign is None:
        match name:
            case "change":
                return order_editor.change(at, page.visit, page.order)
            case "take_back":
                return visit_opening.take_back(at, page.visit, page.order)
    return visit_checkout.touched(at, page, name, argument)


def _order_touched(at: At, page: OrderShown, name: str, argument: str) -> Page:
    del argument
    visit, order = page.visit.visit, page.order
    match name:
        case "change" if not order.paid:
            return order_editor.change(at, visit, order)
        case "pay" if not order.paid:
            return visit_checkout.of_order(at, visit, order)
        case "order_bill":
            order_editor.print_bill(at, order)
        case "take_back":
            return visit_opening.take_back(at, visit, order)
        case "back":
            return listed(at, visit.number)
    return page


def _debts_touched(at: At, page: Debts, name: str, argument: str) -> Page:
    match name:
        case "debt":
            found = next((d for d in page.debts if d.visit.id == argument), None)
            return visit_checkout.of_debt(at, found) if found else page
        case "back":
            return listed(at)
    return page


def _ended_touched(at: At, page: Ended, name: str, argument: str) -> Page:
    del argument
    return listed(at, page.opens) if name in ("done", "back") else page


# --- cards ------------------------------------------------------------------------------------


def _list_heard(at: At, page: Visits, event: Event) -> Page | None:
    """A card in the form of visits: a new one is offered, or to end the open one (E39, E51)."""
    del page
    if not isinstance(event, CardPresented):
        return None
    read = at.recognised(event)
    if read.scope == "employee":
        return None
    new = visit_opening.on_card(at, read)
    if new is not None:
        return new
    offer = at.ask(OfferOnCard(read, in_visits=True))
    assert offer.visit is not None, "a card whose visit is not offered to be opened has one"
    return at.turn(replace(listed(at, offer.visit.number), asked=offer.suggests))


def _carded(at: At, read: Recognised) -> Page | None:
    """A card outside the form of visits: of an open visit, it suggests a new order (E44, E95)."""
    offer = at.ask(OfferOnCard(read))
    if offer.suggests != "order" or offer.visit is None:
        return None
    return at.turn(replace(listed(at, offer.visit.number), asked="order"))


# --- the section --------------------------------------------------------------------------------

TOUCHED: dict[type[Page], Callable[[At, Any, str, str], Page]] = {
    Visits: _list_touched,
    NewVisit: visit_opening.new_touched,
    Describe: visit_opening.describe_touched,
    AddMoney: visit_opening.add_touched,
    TakeBack: visit_opening.back_touched,
    OrderEditor: order_editor.touched,
    OrderShown: _order_touched,
    Checkout: _checkout_touched,
    Debts: _debts_touched,
    Ended: _ended_touched,
}
HEARD: dict[type[Page], Callable[[At, Any, Event], Page | None]] = {
    Visits: _list_heard,
    OrderEditor: order_editor.heard,
    Checkout: visit_checkout.heard,
}
FRESH: dict[type[Page], Callable[[At, Any], Page]] = {
    Visits: visit_list.fresh,
    AddMoney: visit_opening.add_fresh,
    NewVisit: visit_opening.new_fresh,
    OrderShown: order_editor.shown_fresh,
    Checkout: visit_checkout.fresh,
    Debts: lambda at, _: visit_checkout.debts(at),
}


def _touched(at: At, page: Page, name: str, argument: str) -> Page:
    if name == "to_cash":
        # The sections name one another only here, where all of them are there.
        from kiosk.core.desk import sections

        return sections.section("cash").open(at)
    return TOUCHED[type(page)](at, page, name, argument)


def _heard(at: At, page: Page, event: Event) -> Page | None:
    found = HEARD.get(type(page))
    return found(at, page, event) if found else None


def _fresh(at: At, page: Page) -> Page:
    found = FRESH.get(type(page))
    return found(at, page) if found else page


def _left(at: At, page: Page) -> None:
    match page:
        case OrderEditor(visit=visit, order=order) if visit and order:
            visit_checkout.may_leave(at, visit, order)
        case Checkout(visit=visit, order=order) | TakeBack(visit=visit, order=order) if order:
            visit_checkout.may_leave(at, visit, order.id)


SECTION = Section(
    "visits",
    frozenset({"OpenVisits"}),
    _open,
    _touched,
    _heard,
    _fresh,
    left=_left,
    carded=_carded,
)
