"""The menu: what is sold, for how much, and whether it is play time, which bonus may pay.

It comes with the venue's file. An order keeps what a position was called and cost when the order
was saved: a new price changes no order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.errors import Refused
from kiosk.core.money import Money
from kiosk.core.store import TableSpec

TABLES: tuple[TableSpec, ...] = ()


@dataclass(frozen=True)
class MenuItem:
    """One position: its id, its name, the price of one, and whether bonus may pay it."""

    id: str
    name: str
    price: Money
    bonus: bool


@dataclass(frozen=True)
class Menu(Query["tuple[MenuItem, ...]"]):
    """What is sold now, by name."""


def item(books: Books, name: str) -> MenuItem:
    """The position of this id, if it is sold now.

    Raises:
        Refused: ``err.no_such_item``.
    """
    kept = books.get("menu", name)
    if not kept or not kept["in_use"]:
        raise Refused("err.no_such_item", item=name)
    return _item(books, kept)


def _item(books: Books, kept: dict[str, Any]) -> MenuItem:
    return MenuItem(kept["id"], kept["name"], books.money(kept["price"]), kept["bonus"])


def _ask(books: Books, query: Menu) -> tuple[MenuItem, ...]:
    del query
    items = (_item(books, dict(d)) for d in books.ledger.store.table("menu") if d["in_use"])
    return tuple(sorted(items, key=lambda i: (i.name, i.id)))


HANDLERS: dict[type, Handler] = {}
ANSWERS: dict[type, Answer] = {Menu: _ask}
ALLOWED: dict[type, frozenset[str]] = {}
