"""An order in words: while it is written, and once it is saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.core.desk.order_editor import DraftLine, OrderEditor, OrderShown
from kiosk.core.desk.scenes import Page
from kiosk.core.money import Money
from kiosk.screens.present.desk.visits_words import act, back, go
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import (
    Actions,
    Button,
    Cell,
    Column,
    Fact,
    Facts,
    Line,
    Pane,
    Part,
    Search,
    Stack,
    Table,
)


def _editor(words: DeskWords, page: OrderEditor) -> Body:
    say = words.say
    new = "desk.visits.new_order" if not page.order else "desk.visits.change_order"
    title = say(new, number=str(page.visit.number) if page.visit else "")
    if page.typed is not None:
        ok = go(words, "ok", icon="check", kind="primary")
        return words.form_page(title, page.typed, ok, back=back(words))
    stacks = (Stack((_menu(words, page),)), Stack((_lines(words, page),)))
    keys = words.keys(page.find) if page.looking else None
    # On a small panel the menu is in front, or the order once it is looked at.
    front = 1 if page.line >= 0 else 0
    total = words.texts.money(_total(words, page))
    look = Button("look", words.say("desk.visits.button.look", amount=total), "receipt")
    heads = (look,) if page.lines and not front else ()
    return Body(title, stacks, _spend(words, page), heads, back(words), keys, front)


def _total(words: DeskWords, page: OrderEditor) -> Money:
    currency = words.situation.venue.currency
    return Money(sum(line.amount.minor for line in page.lines), currency)


def _spend(words: DeskWords, page: OrderEditor) -> str:
    if page.visit is None or page.visit.balance is None:
        return ""
    balance = page.visit.balance
    if balance.minor < 0:
        return words.say("desk.visits.is_short", amount=words.texts.money(-balance))
    return words.say("desk.visits.may_spend", amount=words.texts.money(balance))


def _menu(words: DeskWords, page: OrderEditor) -> Pane:
    lines = tuple(
        Line((Cell(i.name), Cell(words.texts.number(i.price))), f"item:{i.id}") for i in page.items
    )
    columns = (Column(words.say("desk.visits.column.item"), share=1), Column("", "right"))
    more = page.fit - len(page.items)
    foot = words.texts.plural("desk.visits.more_items", more) if more else ""
    empty = words.say("desk.visits.none_fit")
    search = Search(page.find["find"], words.say("desk.visits.find_item"))
    other = Actions((go(words, "other", icon="pencil"),))
    return Pane((search, Table(columns, lines, empty, foot), other))


def _lines(words: DeskWords, page: OrderEditor) -> Pane:
    columns = (
        Column(words.say("desk.visits.column.line"), share=1),
        Column("", "right"),
        Column(words.say("desk.visits.column.amount"), "right"),
    )
    lines = tuple(_line(words, line, n, page.line) for n, line in enumerate(page.lines))
    parts: list[Part] = [Table(columns, lines, empty=words.say("desk.visits.no_lines"))]
    if page.line >= 0:
        parts.append(Actions(_keys(words, page.lines[page.line])))
    parts.append(
        Facts((Fact(words.say("desk.visits.total"), words.texts.money(_total(words, page))),))
    )
    why = "" if page.lines else words.say("desk.visits.no_lines")
    save = act(words, "SaveOrder", "save", icon="check", kind="primary", why=why)
    return Pane(tuple(parts), foot=save)


def _line(words: DeskWords, line: DraftLine, number: int, chosen: int) -> Line:
    seat = words.say("desk.visits.seat", seat=str(line.seat)) if line.seat else ""
    cells = (
        Cell(line.text, seat),
        Cell(f"{line.quantity} ×"),
        Cell(words.texts.number(line.amount)),
    )
    return Line(cells, f"line:{number}", number == chosen)


def _keys(words: DeskWords, line: DraftLine) -> tuple[Button, ...]:
    """What changes the line that is chosen; one of an odd sum keeps its quantity."""
    count = () if line.kept else (go(words, "less", icon="minus"), go(words, "more", icon="plus"))
    number, remove = go(words, "number", icon="number"), go(words, "remove", icon="trash")
    return (*count, number, remove, go(words, "menu", icon="food"))


def _shown(words: DeskWords, page: OrderShown) -> Body:
    order, money = page.order, words.texts
    columns = (
        Column(words.say("desk.visits.column.line"), share=1),
        Column("", "right"),
        Column(words.say("desk.visits.column.amount"), "right"),
    )
    lines = tuple(
        Line(
            (
                Cell(line.text, _at_seat(words, line.seat)),
                Cell(f"{line.quantity} ×"),
                Cell(money.number(line.amount)),
            )
        )
        for line in order.lines
    )
    facts = []
    if order.discount and order.discount.minor:
        facts.append(Fact(words.say("desk.visits.discount"), money.money(-order.discount)))
    facts.append(Fact(words.say("desk.visits.total"), money.money(order.total)))
    state = words.say("desk.visits.paid" if order.paid else "desk.visits.not_paid")
    facts.append(Fact(words.say("desk.visits.state"), state, "good" if order.paid else "neutral"))
    open_ = not order.paid
    actions = (
        *(act(words, "SaveOrder", "change", icon="pencil") if open_ else ()),
        *act(words, "IssueOrderBill", "order_bill", icon="printer"),
        *act(words, "VoidOrder", "take_back", "desk.visits.button.void_order", "trash"),
    )
    foot = act(words, "PayOrder", "pay", icon="cash_register", kind="primary") if open_ else ()
    pane = Pane((Table(columns, lines), Facts(tuple(facts)), Actions(actions)), foot)
    title = words.say("desk.visits.order", order=order.order)
    subtitle = f"{order.place} · {words.day(order.at)}"
    return Body(title, (Stack((pane,)),), subtitle, back=back(words))


def _at_seat(words: DeskWords, seat: int) -> str:
    return words.say("desk.visits.seat", seat=str(seat)) if seat else ""


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {
    OrderEditor: _editor,
    OrderShown: _shown,
}
