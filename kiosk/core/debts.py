"""What guests left owing at the end of a visit, with a manager's word, and how it is paid later.

The debt is the account ``1200:<visit>``; the visit stays closed, and what was sold stays sold.
Source: docs/ledger.md, "Visits and orders".
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.core import visit_slips
from kiosk.core.bills import Visit, client_of, orders_of, refs_of, visit_of
from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.errors import Refused
from kiosk.core.ids import VisitId
from kiosk.core.ledger import Draft
from kiosk.core.money import Money
from kiosk.core.past import holders
from kiosk.core.payments import (
    Payment,
    by_tender,
    name_payer,
    record_spent,
    sources,
    spent_by,
    take,
)
from kiosk.core.store import TableSpec

TABLES: tuple[TableSpec, ...] = ()
RECEIVABLE = "1200"


@dataclass(frozen=True)
class PayDebt:
    """Take what a visit left owed, or a part of it; at the desk, or out of a card's wallet.

    `language` is that of the receipt.
    """

    visit: VisitId | str
    payments: tuple[Payment, ...]
    language: str = "en"


@dataclass(frozen=True)
class Debt:
    """A closed visit, and what of it is still owed."""

    visit: Visit
    owed: Money


@dataclass(frozen=True)
class UnpaidVisits(Query["tuple[Debt, ...]"]):
    """The visits that left something owed, oldest first."""


def owed(books: Books, visit: str) -> int:
    """What a visit left owed and nobody has paid since, in minor units."""
    return books.ledger.balance(f"{RECEIVABLE}:{visit}", books.unit)


def _pay(books: Books, command: PayDebt) -> Draft:
    visit = books.get("visits", command.visit)
    if visit is None:
        raise Refused("err.no_such_visit", visit=str(command.visit))
    left = owed(books, visit["id"])
    if not left:
        raise Refused("err.debt_paid", number=str(visit["number"]))
    given = sources(books, command.payments, visit["card"])
    paid = sum(s.minor for s in given)
    if not 0 < paid <= left:
        raise Refused("err.debt_exactly", amount=str(books.money(left)))
    draft = Draft("visit_debt_paid", refs=refs_of(books, visit))
    name_payer(draft, given)
    take(books, draft, given, [(f"{RECEIVABLE}:{visit['id']}", paid)])
    record_spent(books, draft, spent_by(given, client_of(books, visit), paid))
    figures = visit["figures"]
    visit_slips.receipt(
        books,
        draft,
        visit,
        visit_slips.orders_facts(books, visit, orders_of(books, visit["id"]), figures["markup"]),
        by_tender(given),
        command.language,
        paid=figures["total"] - left,
    )
    return draft


def _unpaid(books: Books, query: UnpaidVisits) -> tuple[Debt, ...]:
    del query
    held = holders(books.ledger, RECEIVABLE, books.unit, books.ledger.seq)
    found = ((books.get("visits", account.partition(":")[2]), held[account]) for account in held)
    debts = [Debt(visit_of(books, visit), books.money(minor)) for visit, minor in found if visit]
    return tuple(sorted(debts, key=lambda d: d.visit.number))


HANDLERS: dict[type, Handler] = {PayDebt: _pay}
ANSWERS: dict[type, Answer] = {UnpaidVisits: _unpaid}
ALLOWED: dict[type, frozenset[str]] = {PayDebt: frozenset({"staff"})}
