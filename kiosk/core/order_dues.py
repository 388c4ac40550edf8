"""What an order costs when it is paid at once: asked before the guest is told, nothing booked."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.core import bonus
from kiosk.core.bills import PLAY
from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.money import Money
from kiosk.core.orders import costs_of, deposit_for, found, must_be_saved
from kiosk.core.payments import MARKUP
from kiosk.core.store import TableSpec
from kiosk.core.visits import still_open

TABLES: tuple[TableSpec, ...] = ()


@dataclass(frozen=True)
class OrderDue(Query["Due"]):
    """What a saved order costs when it is paid now, `points` of bonus taken off; see `PayOrder`."""

    order: str
    points: int = 0


@dataclass(frozen=True)
class Due:
    """What an order costs when it is paid at once.

    Attributes:
        total: its markup included.
        markup: what the minimum adds.
        play: of the total, what bonus may pay.
        deposit: what the visit's deposit pays by itself.
        due: what is left to pay.
    """

    total: Money
    markup: Money
    play: Money
    deposit: Money
    due: Money


def _due(books: Books, query: OrderDue) -> Due:
    order = found(books, query.order)
    must_be_saved(order)
    visit = still_open(books, order["visit"])
    _, _, revenue = costs_of(books, visit, order)
    total = sum(revenue.values())
    left = max(0, total - bonus.worth(books, max(0, query.points)))
    deposit = deposit_for(books, visit, left)
    money = books.money
    return Due(
        total=money(total),
        markup=money(revenue[MARKUP]),
        play=money(revenue[PLAY]),
        deposit=money(deposit),
        due=money(left - deposit),
    )


HANDLERS: dict[type, Handler] = {}
ANSWERS: dict[type, Answer] = {OrderDue: _due}
ALLOWED: dict[type, frozenset[str]] = {}
