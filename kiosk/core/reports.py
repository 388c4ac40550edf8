"""Reports: tables over the entries of a period, each made in one pass, with what it is made of.

They hold no personal data: clients and people of the staff stand in them by number, if at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from kiosk.core import balance_report, sales_report, visit_report
from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.errors import Refused
from kiosk.core.ledger import Entry, Ledger
from kiosk.core.past import Progress
from kiosk.core.periods import Period, entries, span, zone_of
from kiosk.core.report_table import Asked, MadeOf, Maker, Report
from kiosk.core.store import TableSpec

REPORTS: dict[str, Maker] = {
    "services": sales_report.services,
    "top_ups": sales_report.top_ups,
    "orders": sales_report.orders,
    "play": sales_report.play,
    "minutes": balance_report.minutes,
    "liabilities": balance_report.liabilities,
    "adjustments": balance_report.adjustments,
    "visits": visit_report.visits,
    "claims": balance_report.claims,
    "devices": visit_report.devices,
    "hours": visit_report.hours,
    "weekdays": visit_report.weekdays,
    "days": visit_report.days,
}
NOTHING = MadeOf(0, 0, 0, 0, "")
STANDING = ("liabilities",)
"""Reports on how things stand at the end of a period, whatever was before it."""


def made(
    ledger: Ledger,
    name: str,
    period: Period,
    at: datetime,
    progress: Progress = lambda done, of: None,
) -> Report:
    """Make a report.

    Many short looks at the store are taken, of some hundred entries each: nobody who writes waits,
    and the log is not held. What is written meanwhile is not in it.

    Args:
        ledger: the books, which another process may be writing.
        name: one of `REPORTS`.
        period: of which entries.
        at: now; how old open claims are depends on it.
        progress: told now and then how many entries were read, and of how many.

    Raises:
        Refused: ``err.no_such_report``; those of `periods.span`.
    """
    known(name)
    of = span(ledger, period)
    asked = Asked(ledger, of, zone_of(ledger), at, progress)
    taken = _Taken(entries(ledger, of, progress))
    table = REPORTS[name](asked, taken)
    return Report(
        name,
        ledger.kiosk,
        ledger.currency,
        period.document(),
        table,
        _all_up_to(ledger, of.end) if name in STANDING else taken.told,
    )


def _all_up_to(ledger: Ledger, seq: int) -> MadeOf:
    entry = ledger.entry(seq)
    return MadeOf(1, seq, seq, entry.epoch, entry.hash) if entry else NOTHING


def known(name: str) -> str:
    """The name of a report, if it is one.

    Raises:
        Refused: ``err.no_such_report``.
    """
    if name not in REPORTS:
        raise Refused("err.no_such_report", report=name[:40], known=", ".join(REPORTS))
    return name


@dataclass(frozen=True)
class ReportNames(Query["tuple[str, ...]"]):
    """The names of the reports, for who may read them."""


def _names(books: Books, query: ReportNames) -> tuple[str, ...]:
    del books, query
    return tuple(REPORTS)


class _Taken(Iterable[Entry]):
    """The entries that went into a report, and which they were."""

    def __init__(self, found: Iterator[Entry]) -> None:
        self._found = found
        self.told = NOTHING

    def __iter__(self) -> Iterator[Entry]:
        for entry in self._found:
            first, count = self.told.first or entry.seq, self.told.count + 1
            self.told = MadeOf(first, entry.seq, count, entry.epoch, entry.hash)
            yield entry


TABLES: tuple[TableSpec, ...] = ()
HANDLERS: dict[type, Handler] = {}
ANSWERS: dict[type, Answer] = {ReportNames: _names}
ALLOWED: dict[type, frozenset[str]] = {}
