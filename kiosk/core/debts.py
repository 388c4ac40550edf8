"""What guests left owing at the end of a visit, with a manager's word, and how it is paid later.

The debt is the account ``1200:<visit>``; the visit stays closed, and what was sold stays sold.
Source: docs/ledger.md, "Visits and orders".
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

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
class UnpaidVisits(Query["Debts"]):
    """The visits that left something owed; the latest `most` of them as values."""

    most: int = 50


@dataclass(frozen=True)
class Debts:
    """What is owed: by how many visits, and the latest of them, newest first."""

    of: int
    latest: tuple[Debt, ...]


@dataclass(frozen=True)
class OwedBy(Query[Money]):
    """What a visit left owed and nobody has paid since; 0 for nothing."""

    visit: VisitId


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


def _unpaid(books: Books, query: UnpaidVisits) -> Debts:
    held = holders(books.ledger, RECEIVABLE, books.unit, books.ledger.seq)
    asked = (books.get("visits", account.partition(":")[2]) for account in held)
    # Sessions owe on the same account; they have a list of their own.
    found = sorted((v for v in asked if v), key=lambda v: -int(v["number"]))
    latest = (Debt(visit_of(books, v), books.money(owed(books, v["id"]))) for v in found)
    return Debts(len(found), tuple(islice(latest, max(0, query.most))))


def _owed_by(books: Books, query: OwedBy) -> Money:
    return books.money(owed(books, query.visit))


HANDLERS: dict[type, Handler] = {PayDebt: _pay}
ANSWERS: dict[type, Answer] = {UnpaidVisits: _unpaid, OwedBy: _owed_by}
ALLOWED: dict[type, frozenset[str]] = {PayDebt: frozenset({"staff"})}
