"""The journal: who did what and when, in words; for whoever looks whether all went right.

Nothing is kept for it: a page is read off the entries from the newest down, and looks at so many
at most. An entry is told without what is personal: its documents by table and name only.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Literal, get_args

from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.explain import in_words
from kiosk.core.ledger import Entry, Ledger
from kiosk.core.store import LAST, TableSpec
from kiosk.core.texts import LANGUAGES, Texts
from kiosk.core.transactions import as_written, first_from, no_formula, walk

TABLES: tuple[TableSpec, ...] = ()

ROWS_MAX = 50
LOOK_MAX = 1_000
"""So many entries are looked at for one page; where few of them fit, the next page goes on."""

Who = Literal["staff", "kiosk", "guest", "till", "cli"]
Matter = Literal["money", "clients", "visits", "play", "till", "staff", "venue", "machine"]
MATTERS: tuple[Matter, ...] = get_args(Matter)
_MATTERS: Mapping[Matter, tuple[str, ...]] = {
    "money": (
        *("balance_changed", "bonus_granted", "change_reversed", "claim_issued", "claim_redeemed"),
        *("coin_credited", "coin_suspended"),
        *("minutes_adjusted", "minutes_converted", "note_credited", "note_doubtful", "note_held"),
        *("note_recognised", "note_settled", "note_suspended", "note_void", "payment_absent"),
        *("payout_begun", "payout_doubtful", "payout_ended", "payout_settled"),
        *("payment_approved", "payment_begun", "payment_declined", "payment_unknown"),
        *("top_up_charged_back", "top_up_reversed", "topped_up"),
    ),
    "clients": (
        *("card_blocked", "card_lost", "card_made_genuine", "card_moved", "card_pointed"),
        *("card_proven", "card_registered"),
        *("card_unblocked", "client_erased", "clients_kept_apart", "clients_merged", "group_set"),
        *("name_changed", "phone_changed", "pin_changed", "pin_recovered", "pin_reset"),
        *("promo_code_issued", "promo_code_redeemed", "strike_cleared", "trust_struck"),
    ),
    "visits": (
        *("deposit_made", "order_paid", "order_saved", "order_void", "prepayment_abandoned"),
        *("prepayment_begun", "prepayment_completed", "visit_calculated", "visit_debt_paid"),
        *("visit_described", "visit_opened", "visit_void"),
    ),
    "play": (
        *("package_sold", "package_undone", "session_ended", "session_extended", "session_moved"),
        *("session_paid", "session_started", "session_switched"),
    ),
    "till": (
        *("cash_withdrawn", "cashbox_back", "cashbox_collected", "cashbox_pulled"),
        *("collection_counted", "drawer_collected", "fiscal_shift_closed", "float_added"),
        *("hopper_counted", "hopper_filled"),
        *("reversed", "shift_closed", "shift_opened"),
    ),
    "staff": (
        *("recovery_code_issued", "staff_added", "staff_changed", "staff_locked"),
        *("staff_pin_recovered", "staff_pin_set", "staff_signed_in", "staff_signed_in_at_till"),
        *("staff_signed_out", "staff_unlocked", "token_issued", "token_revoked"),
    ),
    "venue": ("packages_set", "recognition_set", "settings_changed", "venue_imported"),
    "machine": (
        *("acceptor_rested", "coins_lost", "coins_noted"),
        *("fiscal_recorded", "help_answered", "help_called", "help_cancelled"),
        *("machine_maintained", "slip_issued", "slip_recorded", "slip_reprinted", "started"),
        *("store_migrated", "store_restored", "training_begun", "training_ended", "volume_set"),
    ),
}
MATTER_OF: Mapping[str, Matter] = {
    kind: matter for matter, kinds in _MATTERS.items() for kind in kinds
}
"""What kinds of entries are about; what a later program wrote is of the ``machine``."""


@dataclass(frozen=True)
class Filter:
    """Which entries: everything that is set must hold.

    Attributes:
        who: whose; of the staff `number` is one of them.
        number: of a person of the staff, or empty.
        matter: what it is about.
        since: the first moment, aware.
        until: the first moment after the period, aware.
    """

    who: Who | Literal[""] = ""
    number: str = ""
    matter: Matter | Literal[""] = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class JournalRow:
    """An entry: its number, when, who, what it did as a sentence, and a person's own words."""

    seq: int
    at: str
    actor: str
    kind: str
    what: str
    comment: str = field(repr=False)


@dataclass(frozen=True)
class JournalPage:
    """Rows, newest first.

    `next` is what `before` is for the page after this, 0 at the end; `reached` the moment down to
    which was looked, empty where nothing was.
    """

    rows: tuple[JournalRow, ...]
    next: int
    reached: str


@dataclass(frozen=True)
class JournalEntry:
    """One entry as it stands in the books, without what is personal.

    Attributes:
        row: as in a page.
        clock: ``synced``, or ``free``: nobody knows whether the time was right.
        refs: what it refers to, by name.
        postings: account, unit and amount (debit positive) of each.
        changes: the documents that it set or removed: table and name.
        hash: of the entry; `prev` that of the one before.
    """

    row: JournalRow
    clock: str
    refs: tuple[tuple[str, str], ...]
    postings: tuple[tuple[str, str, int], ...]
    changes: tuple[tuple[str, str], ...]
    hash: str
    prev: str


@dataclass(frozen=True)
class Journal(Query[JournalPage]):
    """A page of what was done; `before` is the `next` of the page before."""

    filter: Filter = field(default_factory=Filter)
    before: int = 0
    language: str = "en"


@dataclass(frozen=True)
class GetJournalEntry(Query["JournalEntry | None"]):
    """One entry by its number."""

    seq: int
    language: str = "en"


def _journal(books: Books, query: Journal) -> JournalPage:
    wanted, ledger = query.filter, books.ledger
    lowest, below = bounds(ledger, wanted)
    below = min(query.before or LAST, below)
    texts, rows, reached = _texts(books, query.language), list[JournalRow](), ""
    entries = walk(ledger, "", below)
    for entry in islice(entries, LOOK_MAX):
        if entry.seq < lowest:
            return JournalPage(tuple(rows), 0, reached)
        if len(rows) == ROWS_MAX:
            return JournalPage(tuple(rows), below, reached)
        if fits(wanted, entry):
            rows.append(_row(books, entry, texts))
        below, reached = entry.seq, entry.at
    return JournalPage(tuple(rows), below if below > lowest and reached else 0, reached)


def bounds(ledger: Ledger, wanted: Filter) -> tuple[int, int]:
    """Between which numbers the entries of a filter's time are: the first, and one after the last.

    Raises:
        Refused: ``err.period``: a moment without a zone.
    """
    since, until = as_written(wanted.since), as_written(wanted.until)
    last = first_from(ledger, until) if until else ledger.seq + 1
    return first_from(ledger, since) if since else 1, last


def fits(wanted: Filter, entry: Entry) -> bool:
    """Whether all but the time holds for an entry."""
    who, _, number = whose(entry).partition(":")
    return (
        wanted.who in ("", who)
        and wanted.number in ("", number)
        and wanted.matter in ("", MATTER_OF.get(entry.kind, "machine"))
    )


def whose(entry: Entry) -> str:
    """Who did it: of signing in and out, which the kiosk writes down, the person."""
    person = entry.refs.get("staff", "") if entry.kind.startswith("staff_signed_") else ""
    return f"staff:{person}" if person else entry.actor


def _row(books: Books, entry: Entry, texts: Texts) -> JournalRow:
    what = in_words(books, entry, texts)
    return JournalRow(entry.seq, entry.at, whose(entry), entry.kind, what, entry.reason)


def _texts(books: Books, language: str) -> Texts:
    known = language if language in LANGUAGES else "en"
    return Texts.of(known, books.settings().get("time_zone", "UTC"))


def _entry(books: Books, query: GetJournalEntry) -> JournalEntry | None:
    found = books.ledger.entry(query.seq) if 0 < query.seq <= books.ledger.seq else None
    return None if found is None else told(books, found, query.language)


def told(books: Books, entry: Entry, language: str) -> JournalEntry:
    """An entry as the journal tells it."""
    return JournalEntry(
        row=_row(books, entry, _texts(books, language)),
        clock=entry.clock,
        refs=tuple((name, str(value)) for name, value in entry.refs.items() if value != ""),
        postings=tuple((p.account, p.unit, p.amount) for p in entry.postings),
        changes=tuple((change.table, change.id) for change in entry.changes),
        hash=entry.hash,
        prev=entry.prev,
    )


# --- to be carried away ------------------------------------------------------------------------

_COLUMNS = (
    *("seq", "at", "clock", "actor", "kind", "what", "comment", "refs", "postings", "changes"),
    *("prev", "hash"),
)


def csv_lines(entries: Iterable[JournalEntry]) -> Iterator[str]:
    """The entries as lines of CSV (RFC 4180) under a header.

    A text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    yield _csv(_COLUMNS)
    for entry in entries:
        cells: dict[str, Any] = _plain(entry)
        for name in ("refs", "postings", "changes"):
            cells[name] = " ".join("=".join(map(str, item)) for item in cells[name])
        yield _csv([no_formula(str(cells[column])) for column in _COLUMNS])


def json_lines(entries: Iterable[JournalEntry]) -> Iterator[str]:
    """The entries as a JSON array, one a line."""
    before = "[\n"
    for entry in entries:
        yield before + json.dumps(_plain(entry), ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _plain(entry: JournalEntry) -> dict[str, Any]:
    flat = asdict(entry)
    return {**flat.pop("row"), **flat}


def _csv(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()


HANDLERS: dict[type, Handler] = {}
ANSWERS: dict[type, Answer] = {Journal: _journal, GetJournalEntry: _entry}
ALLOWED: dict[type, frozenset[str]] = {}
