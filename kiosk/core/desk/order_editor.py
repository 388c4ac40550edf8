"""A4. An order that is being written, of the menu and freely; and one that was saved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from kiosk.core.bills import Order, OrderLine, Visit
from kiosk.core.cards import FindCard
from kiosk.core.checkout import OrderBill
from kiosk.core.desk import forms, visit_checkout
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.desk.visit_list import VisitSeen, listed, seen
from kiosk.core.errors import Refused
from kiosk.core.menu import Menu, MenuItem
from kiosk.core.messages import CardPresented, Event
from kiosk.core.money import Money
from kiosk.core.orders import (
    QUANTITY_MAX,
    SEATS_MAX,
    MenuLine,
    SaveOrder,
    Seat,
)
from kiosk.core.printed_bills import IssueOrderBill
from kiosk.core.texts import Texts
from kiosk.core.visits import GetVisit

ITEMS_MAX, TEXT_MAX = 50, 60
_FIND = Field("find", Said("desk.visits.find_item"), "text", most=32)


@dataclass(frozen=True)
class DraftLine:
    """A line that is not saved yet: so many of something, `price` each; of the menu or not.

    `kept` is what the whole line costs where that is no multiple of its quantity.
    """

    text: str
    quantity: int
    price: Money
    item: str = ""
    seat: int = 0
    kept: Money | None = None

    @property
    def amount(self) -> Money:
        """What the line costs."""
        return self.kept or Money(self.price.minor * self.quantity, self.price.currency)


@dataclass(frozen=True)
class OrderEditor(Page):
    """An order that is being written; nothing of it counts before it is saved (E49).

    Attributes:
        visit: whose; None: its first order opens it, on `card` or without one.
        order: the id of an order that is changed; empty for a new one.
        lines: so far.
        began: what the order that is changed had when it was opened here.
        items: of the menu, as far as they fit `find`.
        line: the number of the line that is being changed; -1: none, the menu is looked at.
        typed: what is typed of that line, or of one that is written freely.
        seats: the cards of guests at the table, by the numbers of their seats.
    """

    section: ClassVar[SectionName] = "visits"

    visit: Visit | None
    order: str
    place: str
    lines: tuple[DraftLine, ...]
    items: tuple[MenuItem, ...]
    fit: int
    find: Form
    looking: bool = False
    line: int = -1
    typed: Form | None = None
    seats: tuple[Seat, ...] = ()
    card: str = ""
    guests: int = 0
    began: tuple[OrderLine, ...] = ()


@dataclass(frozen=True)
class OrderShown(Page):
    """An order that was saved, and what can be done with it."""

    section: ClassVar[SectionName] = "visits"

    visit: VisitSeen
    order: Order


# --- opening ----------------------------------------------------------------------------------


def new(at: At, visit: Visit) -> Page:
    """The page of a new order of a visit."""
    return _editor(at, visit)


def first(at: At, card: str, guests: int) -> Page:
    """The page of the order that opens a visit."""
    return replace(_editor(at, None), card=card, guests=guests)


def change(at: At, visit: Visit, order: Order) -> Page:
    """The page that changes an order which is saved and not paid."""
    page = _editor(at, visit)
    lines = tuple(_draft(line) for line in order.lines)
    seats = tuple(Seat(number, card) for number, card in order.shown)
    made = replace(page, order=order.id, place=order.place, lines=lines)
    return replace(made, began=order.lines, seats=seats)


def _editor(at: At, visit: Visit | None) -> OrderEditor:
    place = Texts.of(at.language).say("desk.visits.place")
    items, fit = _items(at, "")
    return OrderEditor(visit, "", place, (), items, fit, forms.form(_FIND))


def _items(at: At, text: str) -> tuple[tuple[MenuItem, ...], int]:
    words = text.casefold().split()
    fit = [i for i in at.ask(Menu()) if all(word in i.name.casefold() for word in words)]
    return tuple(fit[:ITEMS_MAX]), len(fit)


def _draft(line: OrderLine) -> DraftLine:
    each, odd = divmod(line.amount.minor, line.quantity)
    price = Money(each, line.amount.currency)
    kept = line.amount if odd else None
    return DraftLine(line.text, line.quantity, price, line.item, line.seat, kept)


# --- writing ----------------------------------------------------------------------------------


def touched(at: At, page: OrderEditor, name: str, argument: str) -> Page:
    """A button of the page that writes an order."""
    if page.typed is not None:
        return _line_touched(at, page, page.typed, name, argument)
    if page.looking:
        typed = forms.touched(page.find, name, argument, at.situation.house.languages)
        if typed is not None:
            items, fit = _items(at, typed["find"])
            return replace(page, find=typed, items=items, fit=fit)
    match name:
        case "search":
            return replace(page, looking=not page.looking)
        case "item":
            return _one_more(page, argument)
        case "line" if argument.isdecimal() and int(argument) < len(page.lines):
            number = int(argument)
            return replace(page, line=-1 if page.line == number else number, looking=False)
        case "look" if page.lines:
            return replace(page, line=len(page.lines) - 1, looking=False)
        case "menu":
            return replace(page, line=-1)
        case "more" | "less" | "number" | "remove" if page.line >= 0:
            return _changed(page, name)
        case "other":
            return replace(page, line=-1, looking=False, typed=_free_form())
        case "save":
            return _save(at, page)
        case "back":
            visit = page.visit
            return visit_checkout.back_to(at, visit, page.order) if visit else listed(at)
    return page


def _one_more(page: OrderEditor, item: str) -> OrderEditor:
    """One more of a position of the menu; at the seat of the line that is chosen."""
    found = next((i for i in page.items if i.id == item), None)
    if found is None:
        return page
    seat = page.lines[page.line].seat if page.line >= 0 else 0
    for number, line in enumerate(page.lines):
        if (line.item, line.seat, line.kept) == (item, seat, None):
            more = replace(line, quantity=min(line.quantity + 1, QUANTITY_MAX))
            return replace(_set(page, number, more), line=page.line)
    line = DraftLine(found.name, 1, found.price, found.id, seat)
    return replace(page, lines=(*page.lines, line))


def _set(page: OrderEditor, number: int, line: DraftLine) -> OrderEditor:
    lines = tuple(line if n == number else kept for n, kept in enumerate(page.lines))
    return replace(page, lines=lines, line=number)


def _changed(page: OrderEditor, name: str) -> OrderEditor:
    line = page.lines[page.line]
    match name:
        case "more" if line.kept is None and line.quantity < QUANTITY_MAX:
            return _set(page, page.line, replace(line, quantity=line.quantity + 1))
        case "less" if line.kept is None and line.quantity > 1:
            return _set(page, page.line, replace(line, quantity=line.quantity - 1))
        case "remove":
            lines = (*page.lines[: page.line], *page.lines[page.line + 1 :])
            return replace(page, lines=lines, line=-1)
        case "number":
            return replace(page, looking=False, typed=_line_form(line))
    return page


def _line_form(line: DraftLine) -> Form:
    number = Field("quantity", Said("desk.visits.field.quantity"), "number", str(line.quantity), 7)
    return forms.form(*(() if line.kept else (number,)), _seat(line.seat))


def _seat(number: int) -> Field:
    says = Said("desk.visits.seat_says")
    return Field("seat", Said("desk.visits.field.seat"), "number", str(number or ""), 4, says=says)


def _free_form() -> Form:
    return forms.form(
        Field("text", Said("desk.visits.field.line_text"), "text", most=TEXT_MAX),
        Field("price", Said("desk.visits.field.price"), "money", most=10),
        Field("quantity", Said("desk.visits.field.quantity"), "number", "1", 7),
        _seat(0),
    )


def _line_touched(at: At, page: OrderEditor, form: Form, name: str, argument: str) -> Page:
    typed = forms.touched(form, name, argument, at.situation.house.languages)
    if typed is not None:
        return replace(page, typed=typed)
    if name == "back":
        return replace(page, typed=None)
    if name != "ok":
        return page
    told = _line_told(at, page, form)
    if isinstance(told, Form):
        return replace(page, typed=told)
    if page.line >= 0:
        return replace(_set(page, page.line, told), typed=None)
    return replace(page, lines=(*page.lines, told), line=len(page.lines), typed=None)


def _line_told(at: At, page: OrderEditor, form: Form) -> DraftLine | Form:
    """The line that a form says, or the form with what is wrong."""
    names = {f.id for f in form.fields}
    field = ""
    try:
        if "text" in names:
            field = "text"
            if not form["text"]:
                raise Refused("err.line_text")
            field = "price"
            price = forms.money(form, "price", at.currency)
            if price.minor <= 0:
                raise Refused("err.price_zero")
            line = DraftLine(form["text"], 1, price)
        else:
            line = page.lines[page.line]
        if "quantity" in names:
            field = "quantity"
            line = replace(line, quantity=_between(form, field, 1, QUANTITY_MAX, "err.quantity"))
        field = "seat"
        seat = _between(form, field, 0, SEATS_MAX, "err.seats") if form["seat"] else 0
    except Refused as refused:
        return forms.refused(form, refused, field)
    return replace(line, seat=seat)


def _between(form: Form, name: str, least: int, most: int, problem: str) -> int:
    number = forms.number(form, name)
    if not least <= number <= most:
        raise Refused(problem, max=str(most))
    return number


def heard(at: At, page: OrderEditor, event: Event) -> Page | None:
    """A card is shown while an order is written: it is that of the guest at the chosen seat."""
    if not isinstance(event, CardPresented):
        return None
    read = at.recognised(event)
    if read.scope == "employee":
        return None
    seat = page.lines[page.line].seat if page.line >= 0 else 0
    if not seat:
        raise Refused("err.seat_first")
    card = at.ask(FindCard(read))
    if card is None:
        raise Refused("err.unknown_card")
    others = tuple(s for s in page.seats if s.number != seat)
    at.say("desk.visits.seat_card", seat=seat, card=card.masked)
    return replace(page, seats=(*others, Seat(seat, card.id)))


# --- saving -----------------------------------------------------------------------------------


def _meanwhile(at: At, page: OrderEditor) -> Order | None:
    """The order as somebody else saved it since it was opened here; None: nobody did."""
    found = at.ask(GetVisit(page.visit.number)) if page.visit and page.order else None
    orders = found.orders if found else ()
    now = next((o for o in orders if o.id == page.order and o.state == "saved"), None)
    return now if now is not None and now.lines != page.began else None


def _save(at: At, page: OrderEditor) -> Page:
    now = _meanwhile(at, page)
    if now is not None and page.visit is not None:
        # A till has put something on it: these lines would take that off again.
        at.refuse(Refused("err.order_changed", order=now.order))
        return at.turn(change(at, page.visit, now))
    lines = tuple(_line(line) for line in page.lines)
    name = page.order or _name(at, page.visit)
    visit = page.visit.id if page.visit else ""
    taken = {line.seat for line in page.lines}
    seats = tuple(s for s in page.seats if s.number in taken)
    command = SaveOrder(
        name, page.card, page.place, lines, visit=visit, seats=seats, guests=page.guests
    )
    done = at.do(command, f"save:{name}")
    if isinstance(done, Refused):
        return page
    order = next(c.document for c in done.changes if c.table == "orders" and c.document)
    number = page.visit.number if page.visit else _opened(done.changes)
    there = seen(at, number)
    if order["short"] and there:
        # Warned of and saved (V-02): it stands in the books, and whoever saved it is told.
        at.say("desk.visits.saved_short", amount=Money(order["short"], at.currency))
    else:
        at.say("desk.visits.saved", order=order["order"])
    if there and there.unpaid:
        # Here orders are paid at once, and nobody leaves before that (E7).
        saved = next(o for o in there.visit.orders if o.id == order["id"])
        return visit_checkout.of_order(at, there.visit, saved)
    return listed(at, number)


def _opened(changes: object) -> int:
    assert isinstance(changes, (tuple, list))
    made = next(c.document for c in changes if c.table == "visits" and c.document)
    return int(made["number"])


def _line(line: DraftLine) -> OrderLine | MenuLine:
    if line.item:
        return MenuLine(line.item, line.quantity, line.seat)
    return OrderLine(line.text, line.quantity, line.amount, seat=line.seat)


def _name(at: At, visit: Visit | None) -> str:
    """A name of ours for a new order, which stands on its bill: the visit's number and a count."""
    if visit is None:
        house = at.situation.house
        return f"{house.start}-{at.situation.page}"
    count = len(visit.orders) + 1
    while _known(at, f"{visit.number}-{count}"):
        count += 1
    return f"{visit.number}-{count}"


def _known(at: At, name: str) -> bool:
    try:
        at.ask(OrderBill(name))
    except Refused as refused:
        return refused.key != "err.no_such_order"
    return True


# --- an order that was saved ------------------------------------------------------------------


def shown(at: At, visit: VisitSeen, order: str) -> Page | None:
    """The page of an order, or None where the visit has none of this id."""
    del at
    found = next((o for o in visit.visit.orders if o.id == order), None)
    return OrderShown(visit, found) if found else None


def shown_fresh(at: At, page: OrderShown) -> Page:
    """The order as the books have it now; the list where its visit has ended."""
    found = at.ask(GetVisit(page.visit.visit.number))
    now = seen(at, found.number) if found and found.state == "open" else None
    if now is None:
        return listed(at)
    return shown(at, now, page.order.id) or listed(at, now.visit.number)


def print_bill(at: At, order: Order) -> None:
    """Print the bill of an order (E50)."""
    done = at.do(IssueOrderBill(order.id, at.language), "order_bill")
    if not isinstance(done, Refused):
        at.say("desk.visits.bill_printed")
