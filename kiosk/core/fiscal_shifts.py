"""The fiscal device's own shifts: what our documents make of each, and what the device counted.

A fiscal shift is no shift of the desk: it opens with the first document, is closed after a Z of
ours, and after 24 hours at the latest (E80). Its sums and the device's are compared (C29).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tinydb import where

from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.errors import Refused
from kiosk.core.ledger import Draft
from kiosk.core.messages import FiscalCount, FiscalSign
from kiosk.core.store import TableSpec

TABLES = (TableSpec("fiscal_shifts", ("state",)),)

SHIFTS_MAX = 100
"""So many of the latest shifts are told at once."""


@dataclass(frozen=True)
class RecordFiscalShift:
    """The device has closed its shift of this number; `counted` is None where it told nothing."""

    number: int
    counted: FiscalCount | None


@dataclass(frozen=True)
class FiscalShift:
    """A shift of the fiscal device.

    Attributes:
        id: the serial of the device's memory, ``/`` and the number.
        number: as the device counts its shifts.
        state: ``open`` or ``closed``.
        ours: what our documents of it make.
        counted: what the device counted; None while it is open, or where it did not tell.
        over: a Z of ours was made since its first document: it is to be closed.
        z: the number of the last Z of ours when it was closed; 0 for none.
    """

    id: str
    number: int
    state: str
    ours: FiscalCount
    counted: FiscalCount | None
    over: bool
    z: int

    @property
    def differs(self) -> bool:
        """Whether the device counted something else than our documents make (C29)."""
        return self.counted is not None and self.counted != self.ours


@dataclass(frozen=True)
class CurrentFiscalShift(Query["FiscalShift | None"]):
    """The device's shift that has documents of ours and is not closed, as far as is known."""


@dataclass(frozen=True)
class FiscalShifts(Query["tuple[FiscalShift, ...]"]):
    """The latest shifts of the fiscal device, newest first."""


def count(books: Books, draft: Draft, document: Mapping[str, Any], sign: FiscalSign) -> None:
    """Add a document that the device has confirmed to the sums of its shift."""
    if not sign.shift:
        return
    name = f"{sign.serial}/{sign.shift}"
    kept = books.get("fiscal_shifts", name) or {
        "id": name,
        "number": sign.shift,
        "state": "open",
        "first": books.ledger.seq + 1,
        "receipts": 0,
        "returns": 0,
        "sold": 0,
        "returned": 0,
        "cash": 0,
        "counted": None,
        "closed_at": "",
        "z": 0,
    }
    taken = document["kind"] == "receipt"
    number, total = ("receipts", "sold") if taken else ("returns", "returned")
    cash = document["tenders"].get("cash", 0)
    sums = {
        number: kept[number] + 1,
        total: kept[total] + document["minor"],
        "cash": kept["cash"] + (cash if taken else -cash),
    }
    draft.set("fiscal_shifts", kept | sums)


def _record(books: Books, command: RecordFiscalShift) -> Draft:
    kept = _open(books)
    if kept is None or kept["number"] != command.number:
        raise Refused("err.no_fiscal_shift", number=str(command.number))
    last = books.ledger.store.latest("z_reports")
    draft = Draft("fiscal_shift_closed", refs={"fiscal_shift": kept["id"]})
    counted = command.counted
    told = counted and {
        "receipts": counted.receipts,
        "returns": counted.returns,
        "sold": counted.sold.minor,
        "returned": counted.returned.minor,
        "cash": counted.cash.minor,
    }
    ended = {"state": "closed", "counted": told, "closed_at": books.at}
    draft.set("fiscal_shifts", kept | ended | {"z": last[0]["number"] if last else 0})
    return draft


def _open(books: Books) -> dict[str, Any] | None:
    found = books.search("fiscal_shifts", where("state") == "open")
    return max(found, key=lambda d: int(d["first"]), default=None)


def _now_open(books: Books, query: CurrentFiscalShift) -> FiscalShift | None:
    del query
    kept = _open(books)
    return _shift(books, kept) if kept else None


def _latest(books: Books, query: FiscalShifts) -> tuple[FiscalShift, ...]:
    del query
    found = books.ledger.store.latest("fiscal_shifts", limit=SHIFTS_MAX)
    return tuple(_shift(books, kept) for kept in found)


def _shift(books: Books, kept: Mapping[str, Any]) -> FiscalShift:
    last = books.ledger.store.latest("z_reports")
    return FiscalShift(
        id=kept["id"],
        number=kept["number"],
        state=kept["state"],
        ours=_count(books, kept),
        counted=_count(books, kept["counted"]) if kept["counted"] else None,
        over=bool(last) and int(last[0]["seq"]) >= int(kept["first"]),
        z=kept["z"],
    )


def _count(books: Books, told: Mapping[str, Any]) -> FiscalCount:
    return FiscalCount(
        told["receipts"],
        told["returns"],
        books.money(told["sold"]),
        books.money(told["returned"]),
        books.money(told["cash"]),
    )


HANDLERS: dict[type, Handler] = {RecordFiscalShift: _record}
ANSWERS: dict[type, Answer] = {CurrentFiscalShift: _now_open, FiscalShifts: _latest}
ALLOWED: dict[type, frozenset[str]] = {RecordFiscalShift: frozenset({"kiosk"})}
