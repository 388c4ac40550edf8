"""What every report is: columns, rows and their totals, as plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from kiosk.core.ledger import Entry, Ledger
from kiosk.core.past import Progress
from kiosk.core.periods import Span

Kind = Literal["word", "text", "day", "count", "money", "minutes", "points"]
"""What stands in a column: a word that has a translation, a text, a date, or whole numbers."""
Cell = str | int | None
NUMBERS: frozenset[Kind] = frozenset({"count", "money", "minutes", "points"})


@dataclass(frozen=True)
class Column:
    """A column: its key, what stands in it, and whether its numbers add up to a total."""

    key: str
    kind: Kind
    summed: bool = True


@dataclass(frozen=True)
class Table:
    """Columns, rows of one cell a column, and the totals (None where nothing adds up).

    Money is in minor units.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[Cell, ...]


@dataclass(frozen=True)
class MadeOf:
    """The entries that a report is made of: number of the first and the last, and how many.

    `epoch` and `head`, its hash, are those of the last one. All 0 and empty where there was none.
    """

    first: int
    last: int
    count: int
    epoch: int
    head: str


@dataclass(frozen=True)
class Report:
    """A report as plain data; `period` as `Period.document` has it.

    `kiosk` and `currency` are those of the books.
    """

    name: str
    kiosk: str
    currency: str
    period: dict[str, Any]
    table: Table
    made_of: MadeOf

    def document(self) -> dict[str, Any]:
        """As plain JSON values; `of` reads it."""
        table = {
            "columns": [asdict(column) for column in self.table.columns],
            "rows": [list(row) for row in self.table.rows],
            "totals": list(self.table.totals),
        }
        return vars(self) | {"table": table, "made_of": asdict(self.made_of)}

    @classmethod
    def of(cls, document: dict[str, Any]) -> Report:
        """Read what `document` made, also by way of JSON."""
        told = document["table"]
        table = Table(
            tuple(Column(**column) for column in told["columns"]),
            tuple(tuple(row) for row in told["rows"]),
            tuple(told["totals"]),
        )
        made_of = MadeOf(**document["made_of"])
        return cls(**{**document, "table": table, "made_of": made_of})


@dataclass(frozen=True)
class Asked:
    """What a report is made with: the books, its entries' span, the venue's zone, the moment."""

    ledger: Ledger
    span: Span
    zone: ZoneInfo
    at: datetime
    progress: Progress

    @property
    def unit(self) -> str:
        """The unit of money: the currency's code."""
        return self.ledger.currency

    def local(self, at: str) -> datetime:
        """A moment of the books in the venue's time."""
        return datetime.fromisoformat(at).astimezone(self.zone)


Maker = Callable[[Asked, Iterable[Entry]], Table]
"""Makes a report's table in one pass over its entries."""


class Tally:
    """Rows in the making: sums by what stands in the first columns of a row."""

    def __init__(self, *keys: tuple[Cell, ...]) -> None:
        self._rows: dict[tuple[Cell, ...], Counter[str]] = {key: Counter() for key in keys}

    def add(self, *key: Cell, **amounts: int) -> None:
        """Add to the row of this key."""
        row = self._rows.setdefault(key, Counter())
        for name, amount in amounts.items():
            row[name] += amount

    def __iter__(self) -> Iterator[tuple[tuple[Cell, ...], Counter[str]]]:
        return iter(self._rows.items())


def table(columns: tuple[Column, ...], tally: Tally, *, ordered: bool = False) -> Table:
    """The table of a tally: its keys are the first columns, its sums the others.

    Rows are sorted by their keys, unless they were `ordered` already. A key stays also where all
    that was added to it is 0 again.
    """
    found = list(tally)
    if not ordered:
        found.sort(key=lambda row: tuple((isinstance(c, str), c) for c in row[0]))
    rows = []
    for key, sums in found:
        rows.append((*key, *(sums[column.key] for column in columns[len(key) :])))
    return Table(columns, tuple(rows), totals(columns, rows))


def totals(columns: tuple[Column, ...], rows: Iterable[tuple[Cell, ...]]) -> tuple[Cell, ...]:
    """The sums of the columns that add up."""
    by_column = list(zip(*rows, strict=True)) or [()] * len(columns)
    return tuple(
        sum(cell for cell in cells if isinstance(cell, int))
        if column.kind in NUMBERS and column.summed
        else None
        for column, cells in zip(columns, by_column, strict=True)
    )


def words(*keys: str) -> tuple[Column, ...]:
    """Columns of words that have a translation."""
    return tuple(Column(key, "word") for key in keys)


def columns(kind: Kind, *keys: str) -> tuple[Column, ...]:
    """Columns of one kind."""
    return tuple(Column(key, kind) for key in keys)
