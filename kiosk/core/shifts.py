"""Shifts of the desk: float in, collections of the drawer, and the Z that ends one.

One shift is open at a time (C29). A Z covers every entry since the one before it, so nothing
falls between two of them: neither what guests do at the kiosk while no shift is open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kiosk.core.books import (
    Answer,
    Books,
    Handler,
    Query,
    remark,
)
from kiosk.core.errors import Refused
from kiosk.core.ledger import Draft
from kiosk.core.money import Money
from kiosk.core.store import TableSpec
from kiosk.core.tenders import TILL, amount, current_shift, money_reason, overdue

TABLES = (TableSpec("shifts", ("state",)), TableSpec("z_reports"))

VAULT = "1050"


@dataclass(frozen=True)
class OpenShift:
    """Open the desk's shift with a float: what is put into the till beside what lies in it.

    `reason` is a money reason for ``float``; needed where there is a float.
    """

    float_in: Money
    reason: str = ""
    employee: str = ""
    comment: str = remark()


@dataclass(frozen=True)
class Shift:
    """An open shift: `first` is the number of the first entry that its Z will cover."""

    id: str
    number: int
    opened_at: str
    opened_by: str
    first: int
    float_in: Money
    overdue: bool


@dataclass(frozen=True)
class CurrentShift(Query["Shift | None"]):
    """The open shift, if there is one."""


def _open(books: Books, command: OpenShift) -> Draft:
    if current_shift(books) is not None:
        raise Refused("err.shift_open")
    put_in = amount(books, command.float_in, least=0)
    draft = Draft("shift_opened", reason=command.comment)
    shift = {
        "id": books.new_id("h"),
        "number": books.number(draft, "shift"),
        "state": "open",
        "opened_at": books.at,
        "opened_by": books.actor,
        "first": _first(books),
        "float": put_in,
        "float_reason": command.reason,
        "closed_at": "",
        "closed_by": "",
        "z": 0,
    }
    draft.refs |= {"shift": shift["id"]}
    if put_in:
        money_reason(books, command.reason, "float", command.employee)
        draft.refs |= {"money_reason": command.reason, "employee": command.employee}
        draft.post(TILL, VAULT, books.unit, put_in)
    draft.set("shifts", shift)
    return draft


def _first(books: Books) -> int:
    """The number of the first entry that no Z has covered."""
    last = books.ledger.store.latest("z_reports")
    return int(last[0]["seq"]) + 1 if last else 1


def _current(books: Books, query: CurrentShift) -> Shift | None:
    del query
    kept = current_shift(books)
    return _shift(books, kept) if kept else None


def _shift(books: Books, kept: dict[str, Any]) -> Shift:
    return Shift(
        kept["id"],
        kept["number"],
        kept["opened_at"],
        kept["opened_by"],
        kept["first"],
        books.money(kept["float"]),
        overdue(books, kept),
    )


HANDLERS: dict[type, Handler] = {OpenShift: _open}
ANSWERS: dict[type, Answer] = {CurrentShift: _current}
ALLOWED: dict[type, frozenset[str]] = {OpenShift: frozenset({"staff", "cli"})}
