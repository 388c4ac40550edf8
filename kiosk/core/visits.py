"""Visits and their orders: what is being consumed on a card, and what that leaves to spend.

The simplest true form: a visit is opened by a till's first order on the card; orders are saved
and saved again (E1-E4, E36, E89, E91, E92, E103). Deposits, minimum and calculation follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tinydb import where

from kiosk.core.books import Answer, Books, Handler, Query, legible
from kiosk.core.cards import usable
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, VisitId
from kiosk.core.ledger import Draft
from kiosk.core.money import Money
from kiosk.core.store import TableSpec

TABLES = (
    TableSpec("visits", ("card", "state")),
    TableSpec("orders", ("visit",)),
)
LINES_MAX = 100
TEXT_CHARACTERS_MAX = 200
NAME_CHARACTERS_MAX = 64
"""Of an order's own name, and of its place."""
QUANTITY_MAX = 100_000
AMOUNT_MAX_MINOR = 10**12
"""Of one line: more than a wallet can hold."""


@dataclass(frozen=True)
class OrderLine:
    """One position of an order; `amount` is for all of `quantity`."""

    text: str
    quantity: int
    amount: Money


@dataclass(frozen=True)
class SaveOrder:
    """Save an order of a till to the card's visit, in place of its former version (E91).

    The first order opens the visit. `order` is the till's own name of it, never used again;
    `place` is a word for the guest (``Bar``).
    """

    order: str
    card: CardId
    place: str
    lines: tuple[OrderLine, ...]


@dataclass(frozen=True)
class Order:
    """A saved order: when it was first saved, where, its lines and their sum."""

    order: str
    at: str
    place: str
    lines: tuple[OrderLine, ...]
    total: Money
    paid: bool


@dataclass(frozen=True)
class Visit:
    """An open visit with its two figures (E89).

    `balance` is what may still be spent, negative when short; None where the card type has no
    limit check (E102). `to_pay` is what is missing at the exit.
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


@dataclass(frozen=True)
class OpenVisit(Query["Visit | None"]):
    """The open visit of a card."""

    card: CardId


def available(own: Money, limit: Money, unpaid: Money) -> Money:
    """What may be spent: deposits (on a personal card: wallet) + limit - unpaid (E36, E92)."""
    return own + limit - unpaid


def to_pay(own: Money, unpaid: Money) -> Money:
    """What is missing at the exit: never less than nothing (E89)."""
    missing = unpaid - own
    return missing if missing.minor > 0 else Money(0, missing.currency)


def _open_visit(books: Books, card: str) -> dict[str, Any] | None:
    # Only a card's newest visit can be open: none opens beside it.
    newest = books.ledger.store.latest("visits", "card", card)
    return newest[0] if newest and newest[0]["state"] == "open" else None


def _orders(books: Books, visit: str) -> list[dict[str, Any]]:
    return books.search("orders", where("visit") == visit)


def _unpaid(books: Books, orders: list[dict[str, Any]]) -> Money:
    return books.money(sum(o["total"] for o in orders if o["state"] == "saved"))


def _own(books: Books, visit: str, client: str, personal: bool) -> Money:
    if personal:
        return books.wallet(client)
    return books.money(-books.ledger.balance(f"2030:{visit}", books.unit))


def _type(books: Books, name: str) -> dict[str, Any]:
    kept = books.get("card_types", name)
    if not kept:
        raise Refused("err.card_type_missing", type=name)
    return kept


def _limit(books: Books, card_type: Mapping[str, Any]) -> Money | None:
    limit = card_type["limit"]
    return None if limit is None else books.money(limit)


def _save(books: Books, command: SaveOrder) -> Draft:
    _check_lines(books, command)
    card = usable(books, command.card)
    card_type = _type(books, card.type)
    draft = Draft("order_saved")
    visit = _open_visit(books, card.id)
    if visit is None:
        visit = {
            "id": books.new_id("v"),
            "number": books.number(draft, "visit"),
            "card": card.id,
            "client": card.client,
            "type": card.type,
            "state": "open",
            "opened_at": books.at,
        }
        draft.set("visits", visit)
    total = sum(line.amount.minor for line in command.lines)
    # Two tills may count alike: an order is the till's own.
    name = f"{books.actor}/{command.order}"
    before = books.get("orders", name)
    if before is not None and before["visit"] != visit["id"]:
        # It is in another visit, open or closed; in two it would be paid twice (E1).
        raise Refused("err.conflict", operation=name)
    others = [o for o in _orders(books, visit["id"]) if o["id"] != name]
    short = _short(books, visit, card_type, _unpaid(books, others) + books.money(total))
    lowered = before is not None and total <= before["total"]
    policy = books.settings().get("order_max_amount_check", "forbid_saving")
    if short and policy == "forbid_saving" and not lowered:
        raise Refused("err.visit_short", amount=str(short))
    draft.refs |= {"visit": visit["id"], "order": name, "card": card.id, "client": card.client}
    draft.set(
        "orders",
        {
            "id": name,
            "visit": visit["id"],
            "order": command.order,
            "at": before["at"] if before else books.at,
            "place": command.place,
            "lines": [[li.text, li.quantity, li.amount.minor] for li in command.lines],
            "total": total,
            "state": "saved",
            "short": short.minor if short and policy == "warning_only" else 0,
        },
    )
    return draft


def _check_lines(books: Books, command: SaveOrder) -> None:
    if not command.lines or len(command.lines) > LINES_MAX:
        raise Refused("err.order_lines", max=str(LINES_MAX))
    for name in (command.order, command.place):
        if not legible(name, NAME_CHARACTERS_MAX):
            raise Refused("err.order_line", line=name[:NAME_CHARACTERS_MAX])
    for line in command.lines:
        sound = 0 < line.quantity <= QUANTITY_MAX and 0 <= line.amount.minor <= AMOUNT_MAX_MINOR
        if not sound or not legible(line.text, TEXT_CHARACTERS_MAX):
            raise Refused("err.order_line", line=line.text[:NAME_CHARACTERS_MAX])
        if line.amount.currency != books.currency:
            given = line.amount.currency.code
            raise Refused("err.other_currency", kept=books.unit, given=given)


def _short(
    books: Books, visit: Mapping[str, Any], card_type: Mapping[str, Any], unpaid: Money
) -> Money | None:
    limit = _limit(books, card_type)
    if limit is None:
        return None
    own = _own(books, visit["id"], visit["client"], card_type["personal"])
    left = available(own, limit, unpaid)
    return -left if left.minor < 0 else None


def _ask(books: Books, query: OpenVisit) -> Visit | None:
    visit = _open_visit(books, query.card)
    if not visit:
        return None
    card_type = _type(books, visit["type"])
    kept = sorted(_orders(books, visit["id"]), key=lambda o: o["at"])
    unpaid = _unpaid(books, kept)
    own = _own(books, visit["id"], visit["client"], card_type["personal"])
    limit = _limit(books, card_type)
    return Visit(
        id=VisitId(visit["id"]),
        number=visit["number"],
        card=CardId(visit["card"]),
        since=visit["opened_at"],
        orders=tuple(_order(books, o) for o in kept),
        total=books.money(sum(o["total"] for o in kept)),
        unpaid=unpaid,
        deposits=books.money(-books.ledger.balance(f"2030:{visit['id']}", books.unit)),
        limit=limit,
        balance=None if limit is None else available(own, limit, unpaid),
        to_pay=to_pay(own, unpaid),
        personal=card_type["personal"],
    )


def _order(books: Books, kept: Mapping[str, Any]) -> Order:
    lines = tuple(OrderLine(t, q, books.money(m)) for t, q, m in kept["lines"])
    total = books.money(kept["total"])
    return Order(kept["order"], kept["at"], kept["place"], lines, total, kept["state"] == "paid")


HANDLERS: dict[type, Handler] = {SaveOrder: _save}
ANSWERS: dict[type, Answer] = {OpenVisit: _ask}
ALLOWED: dict[type, frozenset[str]] = {SaveOrder: frozenset({"till", "staff"})}
