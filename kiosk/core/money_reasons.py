"""Why money goes in or out: the venue's directory, as the desk offers it (E81)."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.store import TableSpec

TABLES: tuple[TableSpec, ...] = ()


@dataclass(frozen=True)
class MoneyReason:
    """A reason: its id, its name, and whether it names an employee whom it concerns."""

    id: str
    name: str
    employee: bool


@dataclass(frozen=True)
class MoneyReasons(Query["tuple[MoneyReason, ...]"]):
    """The reasons that serve for a use, by name; uses as in `tenders.money_reason`."""

    use: str


def _ask(books: Books, query: MoneyReasons) -> tuple[MoneyReason, ...]:
    kept = (dict(d) for d in books.ledger.store.table("money_reasons"))
    found = (
        MoneyReason(d["id"], d["name"], bool(d["employee"])) for d in kept if query.use in d["uses"]
    )
    return tuple(sorted(found, key=lambda r: (r.name, r.id)))


HANDLERS: dict[type, Handler] = {}
ANSWERS: dict[type, Answer] = {MoneyReasons: _ask}
ALLOWED: dict[type, frozenset[str]] = {}
