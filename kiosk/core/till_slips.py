"""Slips that a till prints itself: their documents, and that one came out there.

A till is given the paper of its own operations and of no others: a claim's ticket is worth its
money to whoever has its text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.documents import Document
from kiosk.core.errors import Refused
from kiosk.core.ids import JobId
from kiosk.core.ledger import Draft
from kiosk.core.slip_documents import draw
from kiosk.core.store import TableSpec

TABLES: tuple[TableSpec, ...] = ()


@dataclass(frozen=True)
class TillSlip(Query[Document]):
    """The document of a slip that this till's own operation issued.

    Once the till has said that it came out, it is marked COPY.
    """

    job: JobId


@dataclass(frozen=True)
class RecordTillSlip:
    """A slip came out at the till that issued it."""

    job: JobId


def _own(books: Books, job: str) -> dict[str, Any]:
    """The slip, if the till that asks issued it through the door, or began what issued it.

    Raises:
        Refused: ``err.nothing_to_print``: there is no such slip, or it is another's.
    """
    slip = books.get("slips", job)
    entry = books.ledger.entry(slip["facts"]["entry"]) if slip else None
    if slip is None or entry is None or not books.actor.startswith("till:"):
        raise Refused("err.nothing_to_print")
    issued = entry.actor == books.actor or entry.id.startswith(f"{books.actor}:")
    # Of a payment at the terminal the kiosk records the end; who began it prints.
    if not issued and slip.get("till") != books.actor:
        raise Refused("err.nothing_to_print")
    return slip


def _document(books: Books, query: TillSlip) -> Document:
    return draw(books, _own(books, query.job))


def _record(books: Books, command: RecordTillSlip) -> Draft:
    slip = _own(books, command.job)
    if slip["state"] != "handed":
        raise Refused("err.nothing_to_print")
    draft = Draft("slip_recorded", refs={"slip": command.job, "client": slip["client"]})
    draft.set("slips", slip | {"state": "printed", "attempts": slip["attempts"] + 1})
    return draft


HANDLERS: dict[type, Handler] = {RecordTillSlip: _record}
ANSWERS: dict[type, Answer] = {TillSlip: _document}
ALLOWED: dict[type, frozenset[str]] = {RecordTillSlip: frozenset({"till"})}
