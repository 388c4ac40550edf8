"""What the desk has printed for itself: an X, lists, reports, what a start found.

Each is a slip with its figures as they were at that moment. The paper of a float, of cash taken
out, of a collection and of a Z is issued by the entry that it is about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tinydb import where

from kiosk.core.books import Answer, Books, Handler, added
from kiosk.core.cash import last_start
from kiosk.core.errors import Refused
from kiosk.core.ids import ClientId
from kiosk.core.ledger import Draft, Entry
from kiosk.core.report_table import Report
from kiosk.core.reports import NOTHING, known
from kiosk.core.shift_documents import figures_of
from kiosk.core.shift_report import ANSWERS as REPORTS
from kiosk.core.shift_report import XReport
from kiosk.core.slips import begin_slip
from kiosk.core.store import TableSpec
from kiosk.core.transactions import ANSWERS as LISTS
from kiosk.core.transactions import Transaction, Transactions, Wanted

TABLES: tuple[TableSpec, ...] = ()

LOOK_MAX = 300
"""So many entries after a start are looked at for what it found of the one before."""
REPORT_ROWS_MAX = 100
"""A slip of more would be metres of paper."""
_FOUND = (
    *("note_settled", "note_void", "note_doubtful", "note_recognised", "note_suspended"),
    *("coin_suspended", "prepayment_abandoned"),
)


@dataclass(frozen=True)
class IssueXReport:
    """Print the figures since the last Z; closes nothing. What a blind count hides stays hidden."""

    language: str = added("en")


@dataclass(frozen=True)
class IssueTransactionsList:
    """Print a page of `Transactions`, with the filters that found it."""

    client: ClientId | Literal[""] = ""
    wanted: Wanted = field(default_factory=Wanted)
    before: int = 0
    language: str = added("en")


@dataclass(frozen=True)
class IssueReportSlip:
    """Print a report that was made of these books; its figures stay with the slip."""

    report: Report
    language: str = "en"


@dataclass(frozen=True)
class IssueRecoverySlip:
    """Print what the start of this number found of the one before, where it found anything (S-02).

    To be issued once the acceptor has told what became of its notes.
    """

    start: int
    language: str = added("en")


@dataclass(frozen=True)
class IssueTestPage:
    """Print the page that tests a printer; it is worth nothing and says so."""

    language: str = added("en")


def _x(books: Books, command: IssueXReport) -> Draft:
    report = REPORTS[XReport](books, XReport())
    draft, slip = begin_slip(books, "x_report", {}, command.language)
    slip["facts"] |= {"figures": figures_of(report)}
    return draft


def _test_page(books: Books, command: IssueTestPage) -> Draft:
    return begin_slip(books, "test_page", {}, command.language)[0]


# --- transactions --------------------------------------------------------------------------------


def _list(books: Books, command: IssueTransactionsList) -> Draft:
    page = LISTS[Transactions](books, Transactions(command.client, command.wanted, command.before))
    draft, slip = begin_slip(books, "transactions_list", {}, command.language)
    sums: dict[str, list[int]] = {}
    for row in page.rows:
        if not row.balance:
            continue  # Money past the balances went neither to a client nor from one.
        of = sums.setdefault(row.unit, [0, 0])
        of[row.amount < 0] += abs(row.amount)
    slip["facts"] |= {
        "wanted": [[name, told] for name, told in _filters(command).items() if told],
        "rows": [_row(row) for row in page.rows],
        "sums": [[unit, *of] for unit, of in sorted(sums.items())],
        "next": page.next,
    }
    return draft


def _filters(command: IssueTransactionsList) -> dict[str, str]:
    wanted = command.wanted
    return {
        "client": command.client,
        "since": wanted.since.isoformat() if wanted.since else "",
        "until": wanted.until.isoformat() if wanted.until else "",
        "entry": wanted.entry,
        "kinds": " ".join(wanted.kinds),
        "why": wanted.why,
        "least": "" if wanted.least is None else str(wanted.least),
        "most": "" if wanted.most is None else str(wanted.most),
        "actor": wanted.actor,
        "balance": wanted.balance,
    }


def _row(row: Transaction) -> dict[str, Any]:
    """A row without what people wrote: a list lies about on paper."""
    return {
        name: getattr(row, name)
        for name in ("seq", "at", "kind", "client", "balance", "unit", "amount", "after", "why")
    }


def _report(books: Books, command: IssueReportSlip) -> Draft:
    report = command.report
    known(report.name)
    if len(report.table.rows) > REPORT_ROWS_MAX:
        raise Refused("err.report_long", rows=str(REPORT_ROWS_MAX))
    of = report.made_of
    last = books.ledger.entry(of.last) if 0 < of.last <= books.ledger.seq else None
    here = last.hash == of.head if last else of == NOTHING
    if not here or report.currency != books.unit:
        # Of other books, or of these before they were restored.
        raise Refused("err.report_gone")
    draft, slip = begin_slip(books, "report", {}, command.language)
    slip["facts"] |= {"report": report.document()}
    return draft


# --- after a start -------------------------------------------------------------------------------


def _recovery(books: Books, command: IssueRecoverySlip) -> Draft:
    began = books.ledger.find(f"start:{command.start}")
    if began is None or command.start != last_start(books):
        raise Refused("err.nothing_found")
    since = books.ledger.between(began.seq + 1, min(books.ledger.seq, began.seq + LOOK_MAX))
    money = _money(books, since, command.start)
    counts = [[what, number] for what, number in _left(books, command.start).items() if number]
    if not money and not counts:
        raise Refused("err.nothing_found")
    draft, slip = begin_slip(books, "recovery_slip", {}, command.language)
    draft.refs["start"] = command.start
    suspense = -books.ledger.balance(f"2900:{books.kiosk}", books.unit)
    slip["facts"] |= {"money": money, "counts": counts, "suspense": suspense}
    return draft


def _money(books: Books, entries: Iterable[Entry], start: int) -> list[list[Any]]:
    """What became of the notes and prepayments of before: what, how many, minor units in all."""
    number: Counter[str] = Counter()
    minor: Counter[str] = Counter()
    for entry in entries:
        if entry.kind not in _FOUND or entry.actor != "kiosk":
            continue
        for change in entry.changes:
            document = change.document or {}
            if change.table == "notes" and _of_before(entry, document, start):
                number[entry.kind] += 1
                minor[entry.kind] += document["minor"]
            elif change.table == "prepayments" and document["start"] < start:
                claim = books.get("claims", document["claim"]) if document["claim"] else None
                number[entry.kind] += 1
                minor[entry.kind] += claim["minor"] if claim else 0
    return [[kind, number[kind], minor[kind]] for kind in _FOUND if number[kind]]


def _of_before(entry: Entry, note: Mapping[str, Any], start: int) -> bool:
    """Whether a note is one of before; what nobody saw go in has a name of this start."""
    unseen = ("note_recognised", "note_suspended", "coin_suspended")
    return entry.kind in unseen or note["start"] < start


def _left(books: Books, start: int) -> dict[str, int]:
    due = books.ledger.store.latest("slips", "state", "due", LOOK_MAX)
    sent = books.search("fiscal", where("state") == "sent")
    return {"slips": sum(s["start"] == start - 1 for s in due), "fiscal": len(sent)}


HANDLERS: dict[type, Handler] = {
    IssueXReport: _x,
    IssueTransactionsList: _list,
    IssueReportSlip: _report,
    IssueRecoverySlip: _recovery,
    IssueTestPage: _test_page,
}
ANSWERS: dict[type, Answer] = {}
ALLOWED: dict[type, frozenset[str]] = {
    IssueXReport: frozenset({"staff", "cli"}),
    IssueTransactionsList: frozenset({"staff", "cli"}),
    IssueReportSlip: frozenset({"staff", "cli"}),
    IssueRecoverySlip: frozenset({"kiosk"}),
    IssueTestPage: frozenset({"staff", "cli"}),
}
