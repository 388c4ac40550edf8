"""The print queue: what is still to be printed, or did not come out, however often it starts.

The desk's paper is the venue's; a guest's belongs to who it is about. Of a former start nothing is
printed by itself: nobody knows who stands there now, and what came out before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.cash import NOT_OUT, last_start
from kiosk.core.cash_documents import DESK_PAPER
from kiosk.core.documents import Kind
from kiosk.core.ids import ClientId, JobId
from kiosk.core.receipts import SECRET
from kiosk.core.store import TableSpec

TABLES: tuple[TableSpec, ...] = ()

ROWS_MAX = 100
"""Of one state; older ones are history, and stay in their entries."""
ATTEMPTS_MAX = 5
"""A slip that a printer never brings out is not tried for ever; staff may still print it."""

State = Literal["printing", "lost", "not_printed", "partial", "unknown"]
"""``printing``: at the printer now; ``lost``: it was when a former start ended."""


@dataclass(frozen=True)
class Waiting:
    """A slip that is not known to have come out whole.

    `reason` is the printer's word for it: ``paper_out``, ``cover_open``, ``off`` …, or empty;
    `again` says that staff can print it on purpose (`ReprintSlip`), marked COPY.
    """

    job: JobId
    kind: Kind
    number: int
    at: str
    state: State
    attempts: int
    reason: str
    client: ClientId
    again: bool


@dataclass(frozen=True)
class Queue:
    """What waits, newest first: the desk's own paper, and that of guests.

    A guest's is offered to its owner where the kiosk does so, and printed by staff on purpose.
    """

    desk: tuple[Waiting, ...]
    guests: tuple[Waiting, ...]


@dataclass(frozen=True)
class PrintQueue(Query[Queue]):
    """What is still to be printed or did not come out; of one client, or of everybody."""

    client: ClientId | Literal[""] = ""


@dataclass(frozen=True)
class ToPrintAgain(Query[tuple[JobId, ...]]):
    """See `to_print_again`."""


def to_print_again(books: Books) -> tuple[JobId, ...]:
    """The desk's paper of this start that a printer which is back is to print, oldest first.

    What is at the printer now is not in it. A guest's slip is never: whose session still stands on
    the screen is what the journey knows.
    """
    start = last_start(books)
    found = [
        slip
        for state in NOT_OUT
        for slip in books.ledger.store.latest("slips", "state", state, ROWS_MAX)
        if slip["start"] == start and slip["kind"] in DESK_PAPER and slip["attempts"] < ATTEMPTS_MAX
    ]
    return tuple(JobId(slip["id"]) for slip in sorted(found, key=_order))


def _queue(books: Books, query: PrintQueue) -> Queue:
    rows = sorted(_found(books, query.client), key=_order, reverse=True)
    told = [(slip["kind"] in DESK_PAPER, _waiting(books, slip)) for slip in rows]
    return Queue(
        desk=tuple(row for desk, row in told if desk),
        guests=tuple(row for desk, row in told if not desk),
    )


def _found(books: Books, client: str) -> Iterator[dict[str, Any]]:
    """One indexed condition a search: a client's slips are few, those not out of a state, too."""
    store, states = books.ledger.store, ("due", *NOT_OUT)
    if client:
        kept = store.latest("slips", "client", client, ROWS_MAX)
        return (slip for slip in kept if slip["state"] in states)
    return (slip for state in states for slip in store.latest("slips", "state", state, ROWS_MAX))


def _order(slip: Mapping[str, Any]) -> tuple[int, str]:
    return int(slip["facts"]["entry"]), str(slip["id"])


def _waiting(books: Books, slip: Mapping[str, Any]) -> Waiting:
    state = slip["state"]
    if state == "due":
        state = "printing" if slip["start"] == last_start(books) else "lost"
    return Waiting(
        job=JobId(slip["id"]),
        kind=slip["kind"],
        number=slip["number"],
        at=slip["facts"]["at"],
        state=state,
        attempts=slip["attempts"],
        reason=slip.get("said", ""),
        client=ClientId(slip["client"]),
        again=state != "printing" and slip["kind"] not in SECRET,
    )


def _again(books: Books, query: ToPrintAgain) -> tuple[JobId, ...]:
    del query
    return to_print_again(books)


HANDLERS: dict[type, Handler] = {}
ANSWERS: dict[type, Answer] = {PrintQueue: _queue, ToPrintAgain: _again}
ALLOWED: dict[type, frozenset[str]] = {}
