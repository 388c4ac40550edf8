"""Bills: a visit as the books have it, its orders with their lines, and what it all comes to.

Reading only; what changes visits and orders is in `visits`, `orders` and `checkout`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tinydb import where

from kiosk.core import calculation
from kiosk.core.accounts import expenditure
from kiosk.core.books import Books, added
from kiosk.core.calculation import Figures, OrderSum
from kiosk.core.cards import card
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, VisitId
from kiosk.core.money import Money

VisitState = Literal["open", "closed", "void"]
OrderState = Literal["saved", "paid", "void"]
PLAY, ORDERS = "4010", "4030"
"""Where the lines of an order are revenue: those that bonus may pay are play time."""
COUNTED = ("saved", "paid")
"""States of an order that is on the bill; a void one is not, and a refused one was never kept."""


@dataclass(frozen=True)
class OrderLine:
    """One position of an order; `amount` is for all of `quantity`.

    `item` is the position of the menu that it was made from, or empty; `seat` the number of the
    guest at the table, 0 for nobody's own; `play` says that it is play time, which bonus may pay:
    the menu decides that, and no line that is written freely is (C23).
    """

    text: str
    quantity: int
    amount: Money
    item: str = added("")
    seat: int = added(0)
    play: bool = added(False)


@dataclass(frozen=True)
class Order:
    """An order: when it was first saved, where, its lines and their sum.

    `total` is what it costs, `discount` what that is less than its lines; `paid` says that it was
    paid at once (E2), or with its visit; `shown` are seats with the card that each guest showed.
    """

    order: str
    at: str
    place: str
    lines: tuple[OrderLine, ...]
    total: Money
    paid: bool
    id: str = ""
    state: OrderState = "saved"
    discount: Money | None = None
    shown: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Visit:
    """A visit with its two figures (E89), and what it comes to at the exit.

    Attributes:
        total: of all orders, discounts taken off; paid ones too (E4, E87).
        unpaid: what of that is not paid yet.
        deposits: what was put into the visit and is still there.
        limit: how far below zero it may go; None where the card type has no check (E102).
        balance: what may still be spent, negative when short; None without a limit.
        to_pay: what is missing at the exit, markup included.
        personal: it pays from a wallet.
        discount: what is taken off the lines of the orders.
        minimum: the least that the type wants (E32: of its markup, if it has one); 0 for none.
        markup: what will be added to reach it (E90).
        change: what would come back now.
        grand_total: with the markup: what the visit comes to.
    """

    id: VisitId
    number: int
    card: CardId
    since: str
    orders: tuple[Order, ...]
    total: Money
    unpaid: Money
    deposits: Money
    limit: Money | None
    balance: Money | None
    to_pay: Money
    personal: bool
    state: VisitState = "open"
    type: str = ""
    guests: int = 0
    comment: str = ""
    note: str = ""
    closed_at: str = ""
    discount: Money | None = None
    minimum: Money | None = None
    markup: Money | None = None
    change: Money | None = None
    grand_total: Money | None = None


NO_CARD: Mapping[str, Any] = {
    "id": "",
    "personal": False,
    "limit": None,
    "minimum": 0,
    "markup": "",
    "discount_percent": 0,
    "prepay_amount": 0,
    "floating": True,
}
"""The type of a visit without a card (E6): there is no card whose balance could be checked."""


def type_of(books: Books, name: str) -> Mapping[str, Any]:
    """The card type of this id; of a visit without a card: `NO_CARD`.

    Raises:
        Refused: ``err.card_type_missing``.
    """
    kept = books.get("card_types", name) if name else NO_CARD
    if not kept:
        raise Refused("err.card_type_missing", type=name)
    return kept


def client_of(books: Books, visit: Mapping[str, Any]) -> str:
    """Whose visit it is now: the client of its card may have been merged since; "" without one."""
    return card(books, visit["card"]).client if visit["card"] else ""


def refs_of(books: Books, visit: Mapping[str, Any]) -> dict[str, str]:
    """What an entry about a visit refers to."""
    named = {"visit": visit["id"], "card": visit["card"], "client": client_of(books, visit)}
    return {name: value for name, value in named.items() if value}


def orders_of(books: Books, visit: str) -> list[dict[str, Any]]:
    """The documents of a visit's orders, void ones too, in the order in which they were saved."""
    return sorted(books.search("orders", where("visit") == visit), key=lambda o: o["at"])


def deposits_left(books: Books, visit: str) -> int:
    """What was put into a visit and is still there, in minor units."""
    return -books.ledger.balance(f"2030:{visit}", books.unit)


def figures_of(
    books: Books, visit: Mapping[str, Any], orders: Sequence[Mapping[str, Any]]
) -> Figures:
    """What a visit comes to with these orders; those of a closed one are kept in it."""
    kind = type_of(books, visit["type"])
    sums = [order_sum(o) for o in orders if o["state"] in COUNTED]
    if kind["personal"]:
        own = books.wallet(expenditure(books, visit["card"])).minor
    else:
        own = deposits_left(books, visit["id"]) + sum(s.from_deposit for s in sums)
    settings = books.settings()
    return calculation.figures(
        sums,
        deposits=own,
        limit=kind["limit"],
        minimum=kind["minimum"],
        scope=settings.get("minimum_scope", "visit"),
        minimum_on_empty=settings.get("minimum_on_empty_visit", False),
        personal=kind["personal"],
    )


def order_sum(order: Mapping[str, Any]) -> OrderSum:
    """What one order's document counts for."""
    paid = order.get("paid")
    if paid is None:
        return OrderSum(order["total"], order["discount"])
    return OrderSum(order["total"], order["discount"], True, paid["deposit"], paid["markup"])


def lines_of(books: Books, order: Mapping[str, Any]) -> tuple[OrderLine, ...]:
    """The lines of an order's document."""
    return tuple(
        OrderLine(text, quantity, books.money(minor), item, seat, play)
        for text, quantity, minor, item, seat, play in order["lines"]
    )


def revenue_of(books: Books, order: Mapping[str, Any]) -> dict[str, int]:
    """What an order costs, discount taken off, by the account whose revenue it is."""
    made = {PLAY: 0, ORDERS: 0}
    for line, net in zip(lines_of(books, order), nets_of(books, order), strict=True):
        made[PLAY if line.play else ORDERS] += net
    return made


def discounts_of(books: Books, order: Mapping[str, Any]) -> list[tuple[str, int]]:
    """What the discount takes off an order, by the account whose revenue it was."""
    net = revenue_of(books, order)
    gross = {PLAY: 0, ORDERS: 0}
    for line in lines_of(books, order):
        gross[PLAY if line.play else ORDERS] += line.amount.minor
    return [(account, gross[account] - net[account]) for account in (PLAY, ORDERS)]


def nets_of(books: Books, order: Mapping[str, Any]) -> list[int]:
    """What each line of an order costs once the discount is spread over them, in minor units."""
    amounts = [line.amount.minor for line in lines_of(books, order)]
    off = calculation.spread(order["discount"], amounts)
    return [amount - less for amount, less in zip(amounts, off, strict=True)]


def order_of(books: Books, kept: Mapping[str, Any]) -> Order:
    """An order's document as a value."""
    discount = kept["discount"]
    return Order(
        order=kept["order"],
        at=kept["at"],
        place=kept["place"],
        lines=lines_of(books, kept),
        total=books.money(kept["total"] - discount),
        paid=kept["state"] == "paid",
        id=kept["id"],
        state=kept["state"],
        discount=books.money(discount),
        shown=tuple((number, card) for number, card in kept["seats"] if card),
    )


def visit_of(books: Books, visit: Mapping[str, Any]) -> Visit:
    """A visit's document as a value, with its orders; a closed one with the figures it ended on."""
    kept = [o for o in orders_of(books, visit["id"]) if o["state"] in COUNTED]
    kind = type_of(books, visit["type"])
    told = visit.get("figures")
    sums = Figures(**told) if told else figures_of(books, visit, kept)
    money = books.money
    return Visit(
        id=VisitId(visit["id"]),
        number=visit["number"],
        card=CardId(visit["card"]),
        since=visit["opened_at"],
        orders=tuple(order_of(books, o) for o in kept),
        total=money(sums.orders - sums.discount),
        unpaid=money(sums.unpaid),
        deposits=money(0 if kind["personal"] else sums.deposits_left),
        limit=None if sums.limit is None else money(sums.limit),
        balance=None if sums.balance is None else money(sums.balance),
        to_pay=money(sums.to_pay),
        personal=kind["personal"],
        state=visit["state"],
        type=visit["type"],
        guests=visit["guests"],
        comment=visit["comment"],
        note=visit.get("note", ""),
        closed_at=visit.get("closed_at", ""),
        discount=money(sums.discount),
        minimum=money(kind["minimum"]),
        markup=money(sums.markup),
        change=money(sums.change),
        grand_total=money(sums.total),
    )
