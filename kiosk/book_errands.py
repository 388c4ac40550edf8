"""The errands that work with the books and with USB sticks; each runs in a child process.

What an errand is and what it comes back with stands in `kiosk.core.errands`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from kiosk import copy_errands, custody, sticks
from kiosk.core import logos
from kiosk.core.clock import Now, system_now
from kiosk.core.errands import (
    BackUp,
    CarryDiagnosis,
    ExportJournal,
    ExportTransactions,
    ListPictures,
    ListSticks,
    LookAtCopies,
    MakeReport,
    Pictures,
    ReadPicture,
    Sticks,
    Verified,
    VerifyBooks,
    WriteToStick,
    Written,
)
from kiosk.core.journal import JournalEntry, bounds, csv_lines, fits, json_lines, told
from kiosk.core.report_table import Report
from kiosk.core.reports import made
from kiosk.core.transactions import Transaction, Transactions, csv_text, json_text, walk
from kiosk.core.venue import Venue
from kiosk.errands import Way

PROBLEMS_MAX = 20


class Place(Protocol):
    """Where errands are done: the books, and where sticks are mounted (None: the usual places)."""

    sticks: Path | None

    def venue(self) -> AbstractContextManager[Venue]:
        """The books, to be read only."""


@dataclass(frozen=True)
class Beside:
    """Beside the kiosk that writes the books: in a process of its own."""

    store: Path
    secrets: Path
    sticks: Path | None = None
    mirror: Path | None = None
    recovery_key: str = ""
    backups_max: int = 1

    @contextmanager
    def venue(self) -> Iterator[Venue]:
        """The books, to be read only; raises what `Venue.open` does."""
        opened = Venue.open(self.store, self.secrets, write=False)
        try:
            yield opened
        finally:
            opened.close()


def verify(place: Place, errand: VerifyBooks, way: Way) -> Verified:
    """The whole proof, as ``kiosk verify`` makes it."""
    del errand
    with place.venue() as venue:
        _, wrong = custody.proven(venue, lambda what, done, of: way.told(done, of))
        custody.remember(venue, wrong)
        problems = tuple(f"{found.where}: {found.what}" for found in wrong[:PROBLEMS_MAX])
        return Verified(venue.ledger.seq, problems)


def report(place: Place, errand: MakeReport, way: Way) -> Report:
    """A report, in many short looks at the books."""
    with place.venue() as venue:
        return made(venue.ledger, errand.name, errand.period, _now().wall, way.told)


def list_sticks(place: Place, errand: ListSticks, way: Way) -> Sticks:
    """The sticks that are there."""
    del errand, way
    return Sticks(sticks.there(place.sticks))


def list_pictures(place: Place, errand: ListPictures, way: Way) -> Pictures:
    """The pictures that are there."""
    del errand, way
    return Pictures(sticks.pictures(place.sticks))


def read_picture(place: Place, errand: ReadPicture, way: Way) -> logos.Logo:
    """A picture that can be a logo; of one that is too large no more is read than shows it."""
    del way
    return logos.read(sticks.read(place.sticks, errand.stick, errand.file, logos.BYTES_MAX + 1))


def write(place: Place, errand: WriteToStick, way: Way) -> Written:
    """A text to a file."""
    del way
    return sticks.write(place.sticks, errand.stick, errand.file, [errand.text])


def diagnosis(place: Place, errand: CarryDiagnosis, way: Way) -> Written:
    """The bundle, which was made beside the core, to a file."""
    del way
    return sticks.write(place.sticks, errand.stick, errand.file, [errand.data])


def transactions(place: Place, errand: ExportTransactions, way: Way) -> Written:
    """Page by page, so that a year of them fills no memory."""
    with place.venue() as venue:
        pages = _pages(venue, errand, way)
        lines = csv_pages(pages) if errand.form == "csv" else json_pages(pages)
        return sticks.write(place.sticks, errand.stick, errand.file, lines)


def _pages(venue: Venue, errand: ExportTransactions, way: Way) -> Iterator[Iterable[Transaction]]:
    before, last, now = 0, venue.ledger.seq, _now()
    while True:
        page = venue.ask(Transactions(errand.client, errand.wanted, before), now, "cli")
        yield page.rows
        if not page.next:
            return
        before = page.next
        way.told(last - before, last)


def csv_pages(pages: Iterable[Iterable[Transaction]]) -> Iterator[str]:
    """The rows of all pages as one CSV: of those after the first without their header."""
    for number, rows in enumerate(pages):
        told = csv_text(rows)
        yield told if not number else told.partition("\r\n")[2]


def json_pages(pages: Iterable[Iterable[Transaction]]) -> Iterator[str]:
    """The rows of all pages as one JSON array."""
    between = "[\n"
    for rows in pages:
        if listed := [*rows]:
            yield between + json_text(listed).removeprefix("[\n").removesuffix("\n]\n")
            between = ",\n"
    yield "[\n]\n" if between == "[\n" else "\n]\n"


def journal(place: Place, errand: ExportJournal, way: Way) -> Written:
    """The journal, from the newest entry down."""
    with place.venue() as venue:
        entries = _entries(venue, errand, way)
        lines = csv_lines(entries) if errand.form == "csv" else json_lines(entries)
        return sticks.write(place.sticks, errand.stick, errand.file, lines)


def _entries(venue: Venue, errand: ExportJournal, way: Way) -> Iterator[JournalEntry]:
    books = venue.books(_now())
    first, end = bounds(venue.ledger, errand.filter)
    for entry in walk(venue.ledger, "", end):
        if entry.seq < first:
            return
        if entry.seq % 200 == 0:
            way.told(end - entry.seq, end - first)
        if fits(errand.filter, entry):
            yield told(books, entry, errand.language)


def _now() -> Now:
    return system_now()


WITH_STICKS = frozenset(
    {
        ListSticks,
        ListPictures,
        ReadPicture,
        WriteToStick,
        ExportTransactions,
        ExportJournal,
        CarryDiagnosis,
        LookAtCopies,
        BackUp,
    }
)
"""The errands that need the sticks mounted."""

DOES: Mapping[type, Callable[[Any, Any, Way], object]] = {
    VerifyBooks: verify,
    MakeReport: report,
    ListSticks: list_sticks,
    ListPictures: list_pictures,
    ReadPicture: read_picture,
    WriteToStick: write,
    ExportTransactions: transactions,
    ExportJournal: journal,
    CarryDiagnosis: diagnosis,
    LookAtCopies: copy_errands.look,
    BackUp: copy_errands.back_up,
}
"""Who does which errand: ``(place, errand, way)``; each may raise `Refused`."""
