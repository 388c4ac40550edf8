"""The visits in words: the list, one of them, opening, describing, money on it, taking it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.core.bills import Order, Visit
from kiosk.core.desk.scenes import Page
from kiosk.core.desk.visit_list import VisitRow, Visits, VisitSeen
from kiosk.core.desk.visit_opening import AddMoney, Describe, NewVisit, TakeBack
from kiosk.core.money import Money
from kiosk.core.prepayments import DepositMade
from kiosk.screens.present.desk import visits_orders, visits_paying
from kiosk.screens.present.desk.visits_words import act, back, go
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import (
    Actions,
    Button,
    Cell,
    Column,
    Fact,
    Facts,
    Holding,
    Holdings,
    Line,
    Pane,
    Part,
    Say,
    Search,
    Stack,
    Table,
)


def _visits(words: DeskWords, page: Visits) -> Body:
    say = words.say
    columns = (
        Column(say("desk.visits.column.visit"), share=1.4),
        Column(say("desk.visits.column.since")),
        Column(say("desk.visits.column.total"), "right"),
        Column(say("desk.visits.column.spend"), "right"),
    )
    chosen = page.chosen.visit.id if page.chosen else ""
    lines = tuple(_row(words, row, selected=row.id == chosen) for row in page.rows)
    empty = say("desk.visits.none_fit" if page.find["find"] else "desk.visits.none")
    foot = words.texts.plural("desk.visits.of", page.of, shown=str(page.fit))
    table = Table(columns, lines, empty=empty, foot=foot if page.of else "")
    search = Search(page.find["find"], say("desk.visits.find"), say("desk.visits.tap"))
    new = act(words, "CreateVisit", "new", icon="plus") if page.rules.without_card else ()
    debts = act(words, "PayDebt", "debts", icon="wallet") if page.debts else ()
    left = Stack((Pane((search, table)),), share=1.2)
    stacks = (left, _visit(words, page.chosen, page.asked)) if page.chosen else (left,)
    return Body(
        say("desk.section.visits"),
        stacks,
        subtitle=words.texts.plural("desk.visits.owing", page.debts) if page.debts else "",
        heads=(*debts, *new),
        back=back(words) if page.chosen else None,
        keys=words.keys(page.find) if page.looking else None,
        front=1 if page.chosen else None,
    )


def _row(words: DeskWords, row: VisitRow, *, selected: bool) -> Line:
    card = row.card or words.say("desk.visits.no_card")
    notes = [card] if row.label else []
    if row.guests:
        notes.append(words.texts.plural("desk.visits.guests", row.guests))
    name = words.say("desk.visits.row", number=str(row.number), label=row.label or card)
    pay = words.say("desk.visits.to_pay", amount=words.texts.money(row.to_pay))
    cells = (
        Cell(name, " · ".join(notes), strong=True),
        Cell(words.day(row.since), tone="muted"),
        Cell(words.texts.number(row.total), pay if row.to_pay.minor else ""),
        _spend(words, row.balance),
    )
    short = row.balance is not None and row.balance.minor < 0
    return Line(cells, f"visit:{row.id}", selected, "bad" if short else "")


def _spend(words: DeskWords, balance: Money | None) -> Cell:
    """What may still be spent; short is red, negative, and says so (E45, E89)."""
    if balance is None:
        return Cell(words.say("desk.visits.no_limit"), tone="muted")
    if balance.minor < 0:
        short = words.say("desk.visits.short")
        return Cell(words.texts.number(balance), short, "bad", strong=True)
    return Cell(words.texts.number(balance))


# --- one visit --------------------------------------------------------------------------------


def _visit(words: DeskWords, seen: VisitSeen, asked: str) -> Stack:
    visit = seen.visit
    parts: list[Part] = [
        Say(words.say("desk.visits.visit", number=str(visit.number)), "title"),
        Say(_about(words, seen), "caption", "muted"),
    ]
    if asked:
        question = _question(words, seen.card, asked)
        return Stack((question, Pane((*parts, *_sums(words, seen)))))
    parts += _sums(words, seen)
    parts.append(_orders(words, visit))
    if seen.deposits:
        parts.append(_deposits(words, seen.deposits))
    if seen.unpaid:
        parts.append(Say(words.say("desk.visits.unpaid_first"), "strong", "warning", "alert"))
    more = (
        *act(words, "Deposit", "add", icon="cash_plus", why=_why(words, seen.no_deposit)),
        *act(words, "IssueVisitBill", "bill", icon="printer"),
        *act(words, "DescribeVisit", "describe", icon="pencil"),
        *act(words, "VoidVisit", "take_back", "desk.visits.button.void_visit", "trash"),
    )
    parts.append(Actions(more))
    foot = (
        *act(words, "SaveOrder", "order", icon="plus"),
        *act(words, "CalculateVisit", "calculate", icon="cash_register", kind="primary"),
    )
    return Stack((Pane(tuple(parts), foot),))


def _question(words: DeskWords, card: str, asked: str) -> Pane:
    """What the card of an open visit suggests: to end it, or to order something (E51, E95)."""
    say, yes = words.say, "desk.visits.button.yes"
    if asked == "order":
        ask = say("desk.visits.ask_order", card=card)
        given = act(words, "SaveOrder", "order", yes, "check", "primary")
        other: tuple[Button, ...] = (go(words, "no", "desk.visits.button.no"),)
    else:
        ask = say("desk.visits.ask_calculate", card=card)
        given = act(words, "CalculateVisit", "calculate", yes, "check", "primary")
        other = act(words, "SaveOrder", "no", "desk.visits.button.no_order", "plus")
    return Pane((Say(ask, "heading"), Actions((*given, *other))), tone="good")


def _why(words: DeskWords, key: str) -> str:
    return words.say(key) if key else ""


def _about(words: DeskWords, seen: VisitSeen) -> str:
    visit = seen.visit
    told = [seen.card or words.say("desk.visits.no_card")]
    told.append(words.say("desk.visits.since", since=words.day(visit.since)))
    if visit.guests:
        told.append(words.texts.plural("desk.visits.guests", visit.guests))
    return " · ".join([*told, *(text for text in (visit.note, visit.comment) if text)])


def _sums(words: DeskWords, seen: VisitSeen) -> tuple[Part, ...]:
    """The two figures of a visit, and what they are made of (E89)."""
    visit, money = seen.visit, words.texts.money
    boxes = []
    if visit.balance is not None:
        short = visit.balance.minor < 0
        boxes.append(
            Holding(
                words.say("desk.visits.short" if short else "desk.visits.spend"),
                words.texts.number(visit.balance),
                visit.balance.currency.symbol,
                "bad" if short else "text",
            )
        )
    change = visit.change is not None and visit.change.minor > 0
    figure = visit.change if change and visit.change else visit.to_pay
    name = words.say("desk.visits.change_name" if change else "desk.visits.to_pay_name")
    boxes.append(Holding(name, words.texts.number(figure), figure.currency.symbol))
    facts = [Fact(words.say("desk.visits.total"), money(visit.grand_total or visit.total))]
    if visit.discount and visit.discount.minor:
        facts.append(Fact(words.say("desk.visits.discount"), money(-visit.discount)))
    if visit.minimum and visit.minimum.minor and visit.markup and visit.markup.minor:
        least = words.say("desk.visits.minimum", amount=money(visit.minimum))
        facts.append(Fact(least, words.say("desk.visits.markup", amount=money(visit.markup))))
    if visit.deposits.minor:
        facts.append(Fact(words.say("desk.visits.deposits"), money(visit.deposits)))
    if visit.limit is not None and visit.limit.minor:
        facts.append(Fact(words.say("desk.visits.limit"), money(visit.limit)))
    return Holdings(tuple(boxes)), Facts(tuple(facts))


def _orders(words: DeskWords, visit: Visit) -> Part:
    columns = (
        Column(words.say("desk.visits.column.order"), share=1),
        Column(),
        Column(words.say("desk.visits.column.amount"), "right"),
    )
    lines = tuple(_order(words, order) for order in reversed(visit.orders))
    return Table(columns, lines, empty=words.say("desk.visits.no_orders"))


def _deposits(words: DeskWords, deposits: tuple[DepositMade, ...]) -> Part:
    columns = (
        Column(words.say("desk.visits.deposits"), share=1),
        Column(),
        Column(words.say("desk.visits.column.amount"), "right"),
    )
    lines = tuple(
        Line(
            (
                Cell(words.say(f"desk.visits.tender.{deposit.tender}")),
                Cell(words.day(deposit.at) if deposit.at else "", tone="muted"),
                Cell(words.texts.number(deposit.value)),
            )
        )
        for deposit in deposits
    )
    return Table(columns, lines)


def _order(words: DeskWords, order: Order) -> Line:
    some = ", ".join(f"{line.quantity} × {line.text}" for line in order.lines[:3])
    more = ", …" if len(order.lines) > 3 else ""
    paid = words.say("desk.visits.paid") if order.paid else ""
    cells = (
        Cell(f"{order.place} · {words.day(order.at)}", f"{some}{more}", strong=True),
        Cell(paid, tone="good", icon="check" if paid else ""),
        Cell(words.texts.number(order.total)),
    )
    return Line(cells, f"shown:{order.id}")


# --- opening, describing ----------------------------------------------------------------------


def _new(words: DeskWords, page: NewVisit) -> Body:
    say = words.say
    if page.read is None:
        ask = say("desk.visits.ask_new")
    elif page.prepayment.minor:
        amount = words.texts.money(page.prepayment)
        ask = say("desk.visits.ask_prepaid", card=page.card, amount=amount)
    else:
        ask = say("desk.visits.ask_card", card=page.card)
    parts: list[Part] = [Say(ask, "heading")]
    if page.prepayment.minor and not page.shift:
        parts += no_shift(words)
    parts.append(words.entries(page.form))
    yes = act(words, "CreateVisit", "create", "desk.visits.button.yes", "check", "primary")
    foot = (go(words, "no", "desk.visits.button.no"), *yes)
    stacks = (Stack((Pane(tuple(parts), foot),)),)
    return Body(say("desk.visits.new"), stacks, keys=words.keys(page.form))


def no_shift(words: DeskWords) -> list[Part]:
    """Says that no money is taken without a shift, and leads to where one is opened."""
    told = Say(words.say("desk.visits.no_shift"), "strong", "warning", "alert")
    lead = act(words, "OpenShift", "to_cash", icon="bank")
    return [told, Actions(lead)] if lead else [told]


def _describe(words: DeskWords, page: Describe) -> Body:
    save = act(words, "DescribeVisit", "save", icon="check", kind="primary")
    title = words.say("desk.visits.visit", number=str(page.visit.number))
    return words.form_page(title, page.form, *save, back=back(words))


# --- money on it ------------------------------------------------------------------------------


def _add(words: DeskWords, page: AddMoney) -> Body:
    visit = page.visit
    parts: list[Part] = []
    if visit.balance is not None and visit.balance.minor < 0:
        short = words.texts.money(-visit.balance)
        parts.append(Say(words.say("desk.visits.is_short", amount=short), "strong", "bad", "alert"))
    busy = page.payment is not None and page.payment.state == "begun"
    if page.payment is not None:
        parts.append(visits_paying.at_terminal(words, page.payment))
    else:
        parts += no_shift(words) if not page.shift else []
        parts.append(words.entries(page.form))
    ask = act(words, "BeginTerminalPayment", "terminal", icon="bank_card") if page.terminal else ()
    put = act(words, "Deposit", "put", icon="cash_plus", kind="primary")
    foot = () if busy else (*ask, *put)
    title = words.say("desk.visits.visit", number=str(visit.number))
    keys = None if page.payment else words.keys(page.form)
    stacks = (Stack((Pane(tuple(parts), foot),)),)
    return Body(title, stacks, words.say("desk.visits.add"), back=back(words), keys=keys)


# --- taking back ------------------------------------------------------------------------------


def _take_back(words: DeskWords, page: TakeBack) -> Body:
    say, money = words.say, words.texts.money
    number = str(page.visit.number)
    if page.order is None:
        ask = say("desk.visits.ask_void", number=number)
        key = "desk.visits.void_says" if page.visit.deposits.minor else "desk.visits.void_nothing"
        told = say(key, amount=money(page.visit.deposits))
        void = act(words, "VoidVisit", "void", "desk.visits.button.void_visit", "trash", "primary")
    else:
        ask = say("desk.visits.ask_order_void", order=page.order.order)
        paid = "desk.visits.order_void_paid" if page.order.paid else "desk.visits.order_void_says"
        told = say(paid, amount=money(page.order.total))
        void = act(words, "VoidOrder", "void", "desk.visits.button.void_order", "trash", "primary")
    pane = Pane((Say(ask, "heading"), Say(told), words.entries(page.form)), foot=void)
    title = say("desk.visits.visit", number=number)
    return Body(title, (Stack((pane,)),), back=back(words), keys=words.keys(page.form))


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {
    Visits: _visits,
    NewVisit: _new,
    Describe: _describe,
    AddMoney: _add,
    TakeBack: _take_back,
    **visits_orders.PAGES,
    **visits_paying.PAGES,
}
