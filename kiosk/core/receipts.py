"""The receipts of the open shift: printed again, marked COPY, and made void (E84); a client's last.

What the desk gave out stays its own for the shift: after the Z a receipt is history, and what was
wrong with it is put right by a refund or a correction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kiosk.core import permissions, pins, receipt_proof, staff, tickets
from kiosk.core.books import (
    REASON_CHARACTERS_MAX,
    Answer,
    Books,
    Handler,
    Query,
    added,
    legible,
    personal,
    remark,
)
from kiosk.core.cash import NOT_OUT, last_start
from kiosk.core.cash_documents import DESK_PAPER
from kiosk.core.desk_top_ups import HANDLERS as TOP_UPS
from kiosk.core.desk_top_ups import ReverseTopUp
from kiosk.core.documents import RECEIPTS, Kind
from kiosk.core.errors import Refused
from kiosk.core.ids import ClientId, JobId
from kiosk.core.ledger import Draft
from kiosk.core.money import Money
from kiosk.core.slips import Slip
from kiosk.core.store import TableSpec
from kiosk.core.tenders import current_shift, open_shift

TABLES: tuple[TableSpec, ...] = ()

SECRET = ("registration_slip", "claim_ticket", "data_slip")
"""Slips that are for one person only: a recovery code, a claim, what is kept about a guest."""
LAST_MAX = 5
_LOOK_MAX = 40
"""So many of a client's slips are looked through for receipts: there are few between two."""
_PORTION = 100


_RIGHTS: Mapping[str, permissions.Right] = {
    "collection_slip": "collect",
    "transactions_list": "reports",
    "report": "reports",
}
"""Paper of which not everybody who may print may read what stands on it."""


@dataclass(frozen=True)
class ReprintSlip:
    """Print a slip again, marked COPY: it is due at the printer once more.

    A guest's that came out is printed again in its shift only (E84). One that never did, and what
    the desk issued for itself, at any time: so are Zs, those of before there were slips of them.
    """

    job: JobId
    language: str = added("en")
    """Of a Z that never was a slip; any other has its own."""


@dataclass(frozen=True)
class VoidReceipt:
    """Make a desk's receipt of this shift void, and take back what it says.

    Needs the receipt's number (its job), a reason, and the PIN of the person who does it.
    """

    receipt: JobId
    reason: str = remark()
    pin: str = personal()


@dataclass(frozen=True)
class ShiftSlips(Query["tuple[Slip, ...]"]):
    """The slips of the open shift that can be printed again, newest first."""


@dataclass(frozen=True)
class GivenReceipt:
    """A receipt that a client was given, or was to be: what it is for, how much, and when."""

    job: JobId
    kind: Kind
    number: int
    at: str
    total: Money


@dataclass(frozen=True)
class LastReceipts(Query["tuple[GivenReceipt, ...]"]):
    """The last receipts of a client, newest first, at most `LAST_MAX`."""

    client: ClientId


def of_shift(books: Books, job: str, shift: dict[str, Any]) -> dict[str, Any]:
    """The slip of this job, if it was issued in the open shift.

    Raises:
        Refused: ``err.no_such_receipt``, ``err.not_this_shift``.
    """
    slip = books.get("slips", job)
    if slip is None:
        raise Refused("err.no_such_receipt", receipt=job)
    if slip["facts"]["entry"] < shift["first"]:
        raise Refused("err.not_this_shift")
    return slip


def _reprint(books: Books, command: ReprintSlip) -> Draft:
    shift, start = current_shift(books), last_start(books)
    slip = books.get("slips", command.job) or _former_z(books, command)
    if slip is None or not _any_time(slip, start):
        if shift is None:
            raise Refused("err.no_shift")
        slip = of_shift(books, command.job, shift)
    if slip["kind"] in SECRET:
        raise Refused("err.not_reprinted")
    if slip["kind"] in _RIGHTS:
        permissions.need(books, _RIGHTS[slip["kind"]])
    if slip["state"] == "due" and slip["start"] == start:
        raise Refused("err.being_printed")
    refs = {"slip": slip["id"], "client": slip["client"]}
    draft = Draft("slip_reprinted", refs=refs | ({"shift": shift["id"]} if shift else {}))
    if slip["kind"] == "z_report":
        # The seed that signed it may be lost, or there was none yet.
        tickets.publish(books, draft)
    draft.set("slips", slip | {"state": "due", "start": start, "copy": True})
    return draft


def _any_time(slip: Mapping[str, Any], start: int) -> bool:
    """Whether a slip may be printed in whatever shift: it is the desk's, or never came out."""
    lost = slip["state"] == "due" and slip["start"] < start
    return slip["kind"] in DESK_PAPER or slip["state"] in NOT_OUT or lost


def _former_z(books: Books, command: ReprintSlip) -> dict[str, Any] | None:
    """The slip of a Z that was made before a Z had one."""
    kind, _, number = command.job.partition(":")
    kept = books.get("z_reports", number) if kind == "z_report" else None
    if kept is None:
        return None
    return {
        "id": command.job,
        "kind": kind,
        "number": kept["number"],
        "client": "",
        "state": "printed",
        "attempts": 0,
        "start": last_start(books),
        "language": command.language,
        "copy": True,
        "facts": {
            "at": kept["at"],
            "number": kept["number"],
            "card_masked": "",
            "entry": kept["seq"],
            "shift": kept["shift"],
        },
    }


def _void(books: Books, command: VoidReceipt) -> Draft:
    if not legible(command.reason, REASON_CHARACTERS_MAX):
        raise Refused("err.reason_missing")
    slip = of_shift(books, command.receipt, open_shift(books))
    entry = books.ledger.entry(slip["facts"]["entry"])
    if entry is None or entry.kind != "topped_up":
        raise Refused("err.not_voidable")
    draft = TOP_UPS[ReverseTopUp](books, ReverseTopUp(command.receipt, command.reason))
    # Last, so that a receipt that cannot be void costs nobody a try.
    pins.check(books, books.actor, command.pin, staff.policy(books))
    return draft


def _list(books: Books, query: ShiftSlips) -> tuple[Slip, ...]:
    del query
    shift = current_shift(books)
    if shift is None:
        return ()
    return tuple(
        Slip(
            JobId(slip["id"]),
            slip["kind"],
            slip["number"],
            slip["state"],
            slip["attempts"],
            ClientId(slip["client"]),
        )
        for slip in _since(books, shift["first"])
        if slip["kind"] not in SECRET
    )


def _last(books: Books, query: LastReceipts) -> tuple[GivenReceipt, ...]:
    slips = books.ledger.store.latest("slips", "client", query.client, _LOOK_MAX)
    return tuple(
        GivenReceipt(
            JobId(slip["id"]),
            slip["kind"],
            slip["number"],
            slip["facts"]["at"],
            books.money(receipt_proof.total_of(slip["facts"])),
        )
        for slip in [s for s in slips if s["kind"] in RECEIPTS][:LAST_MAX]
    )


def _since(books: Books, first: int) -> Iterator[dict[str, Any]]:
    """The slips that the entries from `first` on issued, newest first."""
    limit, seen = _PORTION, 0
    while True:
        slips = books.ledger.store.latest("slips", limit=limit)
        for slip in slips[seen:]:
            if slip["facts"]["entry"] < first:
                return
            yield slip
        if len(slips) < limit:
            return
        seen, limit = limit, limit * 4


HANDLERS: dict[type, Handler] = {ReprintSlip: _reprint, VoidReceipt: _void}
ANSWERS: dict[type, Answer] = {ShiftSlips: _list, LastReceipts: _last}
ALLOWED: dict[type, frozenset[str]] = {
    ReprintSlip: frozenset({"staff", "cli"}),
    VoidReceipt: frozenset({"staff"}),
}
