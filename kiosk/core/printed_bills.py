"""Bills on paper: of an order that is to be paid, of a whole visit, as often as they are wanted.

A bill is no receipt: nothing is booked, and it says what is due at its moment (E50).
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.core.bills import figures_of, orders_of, refs_of
from kiosk.core.books import Answer, Books, Handler
from kiosk.core.calculation import Figures
from kiosk.core.errors import Refused
from kiosk.core.ids import VisitId
from kiosk.core.ledger import Draft
from kiosk.core.orders import found
from kiosk.core.slips import begin_slip
from kiosk.core.store import TableSpec
from kiosk.core.visit_slips import bill_facts, orders_facts

TABLES: tuple[TableSpec, ...] = ()


@dataclass(frozen=True)
class IssueOrderBill:
    """The bill of a saved order, "payment at cash desk" (E50); its name as in `PayOrder`.

    Refused where the order was never saved (E99), or is void.
    """

    order: str
    language: str


@dataclass(frozen=True)
class IssueVisitBill:
    """The bill of a visit, open or closed: all its orders, and what is due or comes back."""

    visit: VisitId | str
    language: str


def _order(books: Books, command: IssueOrderBill) -> Draft:
    order = found(books, command.order)
    if order["state"] == "void":
        raise Refused("err.order_void", order=order["order"])
    visit = books.get("visits", order["visit"])
    assert visit is not None, "an order is of a visit"
    refs = refs_of(books, visit)
    owner = {name: who for name, who in refs.items() if name != "visit"}
    draft, slip = begin_slip(books, "order_bill", owner, command.language)
    draft.refs |= {"order": order["id"], "visit": visit["id"]}
    paid = order.get("paid")
    markup = paid["markup"] if paid else 0
    slip["facts"] |= orders_facts(books, visit, [order], markup)
    slip["facts"]["paid"] = order["state"] == "paid"
    return draft


def _visit(books: Books, command: IssueVisitBill) -> Draft:
    visit = books.get("visits", command.visit)
    if visit is None:
        raise Refused("err.no_such_visit", visit=str(command.visit))
    if visit["state"] == "void":
        raise Refused("err.visit_ended", number=str(visit["number"]))
    refs = refs_of(books, visit)
    owner = {name: who for name, who in refs.items() if name != "visit"}
    draft, slip = begin_slip(books, "visit_bill", owner, command.language)
    draft.refs["visit"] = visit["id"]
    orders = orders_of(books, visit["id"])
    kept = visit.get("figures")
    sums = Figures(**kept) if kept else figures_of(books, visit, orders)
    slip["facts"] |= bill_facts(books, visit, orders, sums)
    return draft


HANDLERS: dict[type, Handler] = {IssueOrderBill: _order, IssueVisitBill: _visit}
ANSWERS: dict[type, Answer] = {}
ALLOWED: dict[type, frozenset[str]] = dict.fromkeys(
    HANDLERS, frozenset({"till", "staff", "guest", "kiosk"})
)
