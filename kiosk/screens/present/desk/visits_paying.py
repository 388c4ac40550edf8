"""A payment at the desk in words: what is due, what was given, what goes back; what is owed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.core.calculation import SeatShare
from kiosk.core.desk.scenes import Page
from kiosk.core.desk.visit_checkout import Checkout, Debts, Ended, Given
from kiosk.core.money import Money
from kiosk.core.terminal_payments import TerminalPayment
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
    Stack,
    Table,
)


def _checkout(words: DeskWords, page: Checkout) -> Body:
    title = words.say("desk.visits.visit", number=str(page.visit.number))
    subtitle = words.say(
        f"desk.visits.pay_{page.what}", order=page.order.order if page.order else ""
    )
    if page.sign is not None:
        return _signing(words, page, title)
    # One stack: on a small panel there is nothing beside the keys, and it all has to be seen.
    stack = Stack((_paying(words, page),))
    keys = words.keys(page.form) if page.missing.minor else None
    return Body(title, (stack,), subtitle, back=back(words), keys=keys)


def _bill(words: DeskWords, page: Checkout) -> Facts:
    say, money, visit = words.say, words.texts.money, page.visit
    facts = []
    if page.cost is not None:
        facts.append(Fact(say("desk.visits.total"), money(page.cost.total)))
        facts += _some(words, "desk.visits.markup_name", page.cost.markup)
        facts += _some(words, "desk.visits.from_deposit", page.cost.deposit)
        if page.points:
            facts.append(Fact(say("desk.visits.points"), str(page.points)))
    elif page.what == "visit":
        before = visit.total + visit.discount if visit.discount else visit.total
        facts.append(Fact(say("desk.visits.orders"), money(before)))
        facts += _some(words, "desk.visits.discount", visit.discount, less=True)
        least = visit.minimum if visit.markup and visit.markup.minor else None
        if least is not None and visit.markup:
            told = say("desk.visits.minimum", amount=money(least))
            facts.append(Fact(told, f"+{money(visit.markup)}"))
        facts.append(Fact(say("desk.visits.total"), money(visit.grand_total or visit.total)))
        facts += _some(words, "desk.visits.deposits", visit.deposits)
    else:
        facts.append(Fact(say("desk.visits.total"), money(visit.grand_total or visit.total)))
    return Facts(tuple(facts))


def _some(words: DeskWords, key: str, amount: Money | None, *, less: bool = False) -> list[Fact]:
    if amount is None or not amount.minor:
        return []
    return [Fact(words.say(key), words.texts.money(-amount if less else amount))]


def _seats(words: DeskWords, shares: tuple[SeatShare, ...]) -> Table:
    currency = words.situation.venue.currency
    columns = (
        Column(words.say("desk.visits.column.seat"), share=1),
        Column(words.say("desk.visits.column.amount"), "right"),
        Column(words.say("desk.visits.to_pay_name"), "right"),
        Column(words.say("desk.visits.change_name"), "right"),
    )
    lines = tuple(
        Line(
            (
                Cell(words.say("desk.visits.seat", seat=str(share.seat))),
                *(
                    Cell(words.texts.number(Money(minor, currency)))
                    for minor in (share.amount, share.due, share.change)
                ),
            )
        )
        for share in shares
    )
    return Table(columns, lines)


def _paying(words: DeskWords, page: Checkout) -> Pane:
    say = words.say
    boxes = [_box(say("desk.visits.due"), words, page.due)]
    if page.given and page.missing.minor:
        boxes.append(_box(say("desk.visits.missing"), words, page.missing, "bad"))
    if page.back.minor:
        boxes.append(_box(say("desk.visits.cash_back"), words, page.back, "good"))
    if page.change.minor:
        boxes.append(_box(say("desk.visits.change_name"), words, page.change, "good"))
    parts: list[Part] = [Holdings(tuple(boxes))]
    if page.by_seats and page.visit.deposits.minor:
        told = say("err.seats_deposit", amount=words.texts.money(page.visit.deposits))
        parts.append(Say(told, "strong", "warning", "alert"))
    waiting = page.payment is not None and page.payment.state in ("begun", "unknown", "absent")
    if page.payment is not None:
        parts.append(at_terminal(words, page.payment))
    if page.given:
        lines = tuple(_given(words, number, given) for number, given in enumerate(page.given))
        parts.append(Table((Column(share=1), Column("", "right")), lines))
    hidden = () if page.missing.minor else ("amount",)
    # Another sum would make what was given wrong: seats come first.
    hidden = (*hidden, "seats") if page.given else hidden
    names = [f.id for f in page.form.fields if f.id not in hidden]
    if names and not waiting:
        parts.append(words.entries(page.form, *names))
    if page.held and page.order:
        change = act(words, "SaveOrder", "change", icon="pencil")
        void = act(words, "VoidOrder", "take_back", "desk.visits.button.void_order", "trash")
        parts.append(Actions((*change, *void)))
    if page.missing.minor and not waiting:
        if not page.shift:
            warn = Say(say("desk.visits.no_shift"), "strong", "warning", "alert")
            parts += [warn, Actions(act(words, "OpenShift", "to_cash", icon="bank"))]
        parts.append(Actions(_tenders(words, page)))
    if page.by_seats:
        parts.append(_seats(words, page.shares))
    parts.append(_bill(words, page))
    return Pane(tuple(parts), foot=() if waiting else _foot(words, page))


def _box(name: str, words: DeskWords, amount: Money, tone: Any = "text") -> Holding:
    return Holding(name, words.texts.number(amount), amount.currency.symbol, tone)


def _given(words: DeskWords, number: int, given: Given) -> Line:
    way = words.say(f"desk.visits.tender.{given.tender}")
    note = given.masked
    if given.back.minor:
        taken = words.texts.money(given.taken)
        note = words.say("desk.visits.taken", amount=taken)
    return Line(
        (Cell(way, note, icon="close"), Cell(words.texts.number(given.amount))), f"drop:{number}"
    )


_COMMANDS = {"visit": "CalculateVisit", "order": "PayOrder", "debt": "PayDebt"}


def _tenders(words: DeskWords, page: Checkout) -> tuple[Button, ...]:
    command = _COMMANDS[page.what]
    ways = (("cash", "cash"), ("bank_card", "bank_card"), ("qr", "qr"))
    made: list[Button] = []
    for tender, icon in ways:
        # Most pay in cash: that is the one thing to press.
        kind = "primary" if tender == "cash" and page.shift else "secondary"
        word = f"desk.visits.tender.{tender}"
        made += act(words, command, f"take:{tender}", word, icon, kind)
    if page.wallet is not None:
        amount = words.texts.money(page.wallet.holds)
        text = words.say("desk.visits.from_wallet", card=page.wallet.masked, amount=amount)
        made += [Button("take:wallet", text, "wallet")] if words.may(command) else []
    if page.terminal:
        made += act(words, "BeginTerminalPayment", "terminal", icon="contactless")
    if page.cost is not None and page.cost.play.minor and page.visit.card:
        made += act(words, command, "points", icon="bonus")
    if page.what == "visit" and not page.by_seats:
        made += act(words, "CalculateVisit", "unpaid", icon="account_check", kind="quiet")
    return tuple(made)


def _foot(words: DeskWords, page: Checkout) -> tuple[Button, ...]:
    if page.missing.minor and not (page.what == "debt" and page.given):
        return ()
    key = {"visit": "end_visit", "order": "end_order", "debt": "end_debt"}[page.what]
    word = f"desk.visits.button.{key}"
    return act(words, _COMMANDS[page.what], "finish", word, "check", "primary")


def at_terminal(words: DeskWords, payment: TerminalPayment) -> Say:
    """What the terminal does with a payment, or did."""
    tones: Mapping[str, Any] = {"approved": "good", "declined": "bad"}
    told = words.say(
        f"desk.visits.terminal.{payment.state}", amount=words.texts.money(payment.value)
    )
    return Say(told, "strong", tones.get(payment.state, "warning"), "bank_card")


def _signing(words: DeskWords, page: Checkout, title: str) -> Body:
    assert page.sign is not None, "somebody is asked"
    if page.asks == "unpaid":
        amount = words.texts.money(page.missing)
        ask = words.say("desk.visits.ask_unpaid", amount=amount)
    else:
        ask = words.say("err.seats_deposit", amount=words.texts.money(page.visit.deposits))
    accept = act(words, "CalculateVisit", "accept", icon="check", kind="primary")
    pane = Pane((Say(ask, "heading"), words.entries(page.sign)), foot=accept)
    return Body(title, (Stack((pane,)),), back=back(words), keys=words.keys(page.sign))


def _ended(words: DeskWords, page: Ended) -> Body:
    say = words.say
    boxes = []
    if page.back.minor:
        boxes.append(_box(say("desk.visits.cash_back"), words, page.back, "good"))
    if page.change.minor:
        way = "desk.visits.change_claim" if page.change_by == "claim" else "desk.visits.change_cash"
        boxes.append(_box(say(way), words, page.change, "good"))
    facts = [Fact(say("desk.visits.paid_now"), words.texts.money(page.paid))]
    if page.owed.minor:
        facts.append(Fact(say("desk.visits.owed"), words.texts.money(page.owed), "warning"))
    owes = page.owed.minor and page.what == "visit"
    key = f"desk.visits.ended.{'owing' if owes else page.what}"
    told = say(key, number=str(page.number), order=page.order)
    parts: tuple[Part, ...] = (
        Say(told, "title", "good", "check_circle"),
        *((Holdings(tuple(boxes)),) if boxes else (Say(say("desk.visits.nothing_back")),)),
        Facts(tuple(facts)),
    )
    done = go(words, "done", icon="check", kind="primary")
    title = say("desk.visits.visit", number=str(page.number))
    return Body(title, (Stack((Pane(parts, foot=(done,)),)),))


def _debts(words: DeskWords, page: Debts) -> Body:
    columns = (
        Column(words.say("desk.visits.column.visit"), share=1),
        Column(words.say("desk.visits.column.total"), "right"),
        Column(words.say("desk.visits.column.owed"), "right"),
    )
    lines = tuple(
        Line(
            (
                Cell(
                    words.say("desk.visits.visit", number=str(debt.visit.number)),
                    f"{words.day(debt.visit.closed_at)} {debt.visit.comment}".strip(),
                    strong=True,
                ),
                Cell(words.texts.number(debt.visit.grand_total or debt.visit.total)),
                Cell(words.texts.number(debt.owed), tone="warning", strong=True),
            ),
            f"debt:{debt.visit.id}" if words.may("PayDebt") else "",
        )
        for debt in page.debts
    )
    foot = words.texts.plural("desk.visits.owing", page.of) if page.of else ""
    table = Table(columns, lines, words.say("desk.visits.no_debts"), foot)
    title = words.say("desk.visits.debts")
    return Body(title, (Stack((Pane((table,)),)),), back=back(words))


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {
    Checkout: _checkout,
    Ended: _ended,
    Debts: _debts,
}
