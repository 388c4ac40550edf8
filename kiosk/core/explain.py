"""'Explain this balance': the entries that made a figure, newest first, each in words.

A figure is a balance of a client, an account, a total of what is owed (`past.named`), or a line of
an X or a Z: ``x/revenue.orders``, ``z/5/till.received``. The sum of all rows is the figure, at
every moment; what a row says is a sentence (``explain.KIND``) for every kind of entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from tinydb import where

from kiosk.core import past, shift_report
from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.errors import Refused
from kiosk.core.ids import ClientId
from kiosk.core.ledger import BON, MINUTES_GAME, MINUTES_NET, Entry
from kiosk.core.money import Money
from kiosk.core.past import Figure
from kiosk.core.report_text import word
from kiosk.core.sentences import SENTENCES
from kiosk.core.shift_report import GrandTotals, ShiftReport
from kiosk.core.store import LAST, TableSpec
from kiosk.core.texts import LANGUAGES, Texts
from kiosk.core.transactions import LOOK_MAX, ROWS_MAX, Balance, as_written, walk
from kiosk.core.turnover import turnover

TABLES: tuple[TableSpec, ...] = ()

REACH_MAX = 20_000
"""So many entries are read for one figure while others wait; the command line reads on."""

LINES = (
    *("till", "received", "paid_out", "refunds", "top_ups", "prepayments", "prepayments_offset"),
    *("prepayments_returned", "revenue", "bonus_redeemed", "accrual", "cash_basis"),
    *("minutes_game", "minutes_net", "bonus", "goodwill", "voided", "claims_issued"),
    *("claims_redeemed", "collected", "over_short", "debts", "owed"),
)
"""Lines of an X or a Z that are made of entries, one by one."""


@dataclass(frozen=True)
class Row:
    """An entry that moved the figure: when, what happened, by how much, and what was then there.

    `what` is a sentence, `comment` a person's words; `amount` and `after` in minor units of money,
    minutes or points, with the figure's sign.
    """

    seq: int
    entry: str
    at: str
    kind: str
    actor: str
    what: str
    comment: str = field(repr=False)
    amount: int
    after: int


@dataclass(frozen=True)
class Explained:
    """A page of what made a figure, newest first.

    Attributes:
        figure: its name.
        unit: of all amounts: a currency (minor units), ``BON``, ``MIN.game`` or ``MIN.net``.
        amount: the figure once the newest entry that was looked at was written.
        rows: the entries that moved it.
        opening: what it was before the oldest entry that was looked at.
        next: what `before` is for the page after this, 0 at the end.
    """

    figure: str
    unit: str
    amount: int
    rows: tuple[Row, ...]
    opening: int
    next: int


@dataclass(frozen=True)
class Figured:
    """What a figure was once the entry `seq` was written (0: before the first)."""

    figure: str
    unit: str
    amount: int
    seq: int


@dataclass(frozen=True)
class Explain(Query[Explained]):
    """The entries that made a figure, up to a moment (`until`, included) or now.

    `figure` as in `past.named`, a line of X or Z, or ``visit/NUMBER``; `before` is the `next` of
    the page before; `language` that of the sentences.
    """

    figure: str
    until: datetime | None = None
    before: int = 0
    language: str = "en"


@dataclass(frozen=True)
class ExplainClient(Query[Explained]):
    """The entries that made a balance of one client; else as `Explain`."""

    client: ClientId | str
    balance: Balance = "game"
    until: datetime | None = None
    before: int = 0
    language: str = "en"


@dataclass(frozen=True)
class BalanceAsOf(Query[Figured]):
    """A figure as it was at a moment, entries of that moment included; or after entry `seq`."""

    figure: str
    at: datetime | None = None
    seq: int = 0


@dataclass(frozen=True)
class ClientBalanceAsOf(Query[Figured]):
    """A balance of one client as it was; else as `BalanceAsOf`."""

    client: ClientId | str
    balance: Balance = "game"
    at: datetime | None = None
    seq: int = 0


# --- lines of X and Z ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A line of the X, or of a Z: a figure of the entries from `first` to `last`."""

    books: Books
    name: str
    path: str
    before: GrandTotals
    first: int
    last: int

    @property
    def unit(self) -> str:
        """Of its amounts."""
        units = {"minutes_game": MINUTES_GAME, "minutes_net": MINUTES_NET, "bonus": BON}
        return units.get(self.path.partition(".")[0], self.books.unit)

    def moved(self, entry: Entry) -> int:
        """What an entry adds to it: the line of a report over this entry alone."""
        if not entry.postings:
            return 0
        nothing = GrandTotals(seq=entry.seq - 1)
        alone = turnover([entry], entry.seq, entry.seq)
        return self._of(shift_report.figures(self.books, nothing, alone, ""))

    def value_at(self, seq: int) -> int:
        """The line of a report that ends with the entry `seq`."""
        last = min(seq, self.last)
        moved = turnover(self.books.ledger.between(self.first, last), self.first, last)
        return self._of(shift_report.figures(self.books, self.before, moved, ""))

    def _of(self, report: ShiftReport) -> int:
        told: Any = report
        for part in self.path.split("."):
            if isinstance(told, Mapping):
                told = told.get(part)
            elif is_dataclass(told) and part in {f.name for f in fields(told)}:
                told = getattr(told, part)
            else:
                told = None
        if isinstance(told, Money):
            return told.minor
        if not isinstance(told, int):
            raise Refused("err.no_such_figure", figure=self.name)
        return told


def _line(books: Books, name: str) -> Line | None:
    what, _, path = name.partition("/")
    if what not in ("x", "z"):
        return None
    number = ""
    if what == "z":
        number, _, path = path.partition("/")
    if path.partition(".")[0] not in LINES:
        raise Refused("err.no_such_figure", figure=name[:64])
    if what == "x":
        before = shift_report.grand_totals(books)
        return Line(books, name, path, before, before.seq + 1, books.ledger.seq)
    z = books.get("z_reports", number)
    if z is None:
        raise Refused("err.no_such_z", number=number[:20])
    former = books.get("z_reports", str(z["number"] - 1))
    before = GrandTotals.of(former["grand"]) if former else GrandTotals()
    return Line(books, name, path, before, z["moved"]["first"], z["moved"]["last"])


# --- pages ---------------------------------------------------------------------------------------


def explain(
    books: Books, figure: Figure | Line, until: datetime | None, before: int, language: str
) -> Explained:
    """A page of the entries that made a figure; see `Explain`.

    Raises:
        Refused: ``err.figure_far``; ``err.period``: a moment without a zone.
    """
    if language not in LANGUAGES:
        language = "en"
    texts = Texts.of(language, books.settings().get("time_zone", "UTC"))
    below = min(before or LAST, _seq(books, until, 0) + 1)
    value = _value(books, figure, below - 1)
    made: list[Row] = []
    after, lowest = value, below
    found = _entries(books, figure, below)
    for entry in islice(found, LOOK_MAX):
        moved = figure.moved(entry)
        if moved:
            if len(made) == ROWS_MAX:
                return Explained(figure.name, figure.unit, value, tuple(made), after, lowest)
            made.append(_row(books, entry, texts, moved, after))
            after -= moved
        lowest = entry.seq
    more = next(found, None) is not None
    return Explained(figure.name, figure.unit, value, tuple(made), after, lowest if more else 0)


def _entries(books: Books, figure: Figure | Line, below: int) -> Iterator[Entry]:
    if isinstance(figure, Figure):
        return past.entries_of(books.ledger, figure, below)
    found = walk(books.ledger, "", min(below, figure.last + 1))
    return (entry for entry in _down_to(found, figure.first))


def _down_to(entries: Iterator[Entry], first: int) -> Iterator[Entry]:
    for entry in entries:
        if entry.seq < first:
            return
        yield entry


def _seq(books: Books, at: datetime | None, seq: int) -> int:
    if at is not None:
        return past.seq_at(books.ledger, as_written(at))
    return min(seq, books.ledger.seq) if seq > 0 else books.ledger.seq


def _value(books: Books, figure: Figure | Line, seq: int) -> int:
    if isinstance(figure, Line):
        return figure.value_at(seq)
    # Whoever asks at the machine itself has a process of his own, and keeps nobody waiting.
    reach = 0 if books.actor == "cli" else REACH_MAX
    return past.value_at(books.ledger, figure, seq, reach)


def _row(books: Books, entry: Entry, texts: Texts, amount: int, after: int) -> Row:
    return Row(
        seq=entry.seq,
        entry=entry.id,
        at=entry.at,
        kind=entry.kind,
        actor=entry.actor,
        what=in_words(books, entry, texts),
        comment=entry.reason,
        amount=amount,
        after=after,
    )


# --- words ---------------------------------------------------------------------------------------

_NUMBERED = {"order": ("orders", "order"), "visit": ("visits", "number")}
_NUMBERED |= {"claim": ("claims", "number"), "collection": ("collections", "number")}
_PAID_WITH = {
    "1010": "cash_kiosk",
    "1030": "cash",
    "1110": "bank_card",
    "1120": "qr",
    "2010": "wallet",
    "2030": "deposits",
    "5020": "bonus_money",
}


def in_words(books: Books, entry: Entry, texts: Texts) -> str:
    """What an entry did, as a sentence."""
    key = f"explain.{entry.kind}"
    if key not in SENTENCES:
        return entry.kind
    befell = f"befell.{entry.refs.get('what', '')}"
    if entry.kind == "machine_maintained" and befell in SENTENCES:
        key = befell
    minor = sum(p.amount for p in entry.postings if p.unit == books.unit and p.amount > 0)
    told = texts.say(
        key,
        amount=texts.whole(books.money(minor)),
        number=_number(entry),
        place=_place(books, entry),
        minutes=_minutes(entry),
        why=_why(books, entry, texts),
    )
    # An order that cost nothing was paid with nothing.
    return told.rstrip(" :;")


def _number(entry: Entry) -> str:
    if entry.kind == "shift_closed":
        return str(entry.refs.get("z", ""))
    for word_, (table, name) in _NUMBERED.items():
        if word_ in entry.kind or (word_, entry.kind) == ("visit", "prepayment_completed"):
            for change in entry.changes:
                if change.table == table and change.document is not None:
                    return str(change.document.get(name, ""))
            return str(entry.refs.get(word_, ""))
    return ""


def _place(books: Books, entry: Entry) -> str:
    station = str(entry.refs.get("station", ""))
    for session in _documents(entry, "sessions"):
        station = station or str(session["station"])
    if station:
        return str((books.get("stations", station) or {}).get("name", station))
    return str(entry.refs.get("device", ""))


def _minutes(entry: Entry) -> str:
    for session in _documents(entry, "sessions"):
        if session["state"] != "running":
            return str(session["used"])
    return next((str(sale["minutes"]) for sale in _documents(entry, "package_sales")), "")


def _why(books: Books, entry: Entry, texts: Texts) -> str:
    named = entry.refs.get("why") or entry.refs.get("tender")
    if named:
        return word(str(named), texts)
    paid = (
        _PAID_WITH.get(p.account.partition(":")[0], "")
        for p in entry.postings
        if p.unit == books.unit and p.amount > 0
    )
    return ", ".join(word(name, texts) for name in dict.fromkeys(paid) if name)


def _documents(entry: Entry, table: str) -> Iterator[Mapping[str, Any]]:
    return (c.document for c in entry.changes if c.table == table and c.document is not None)


# --- queries -------------------------------------------------------------------------------------


def figure_of(books: Books, name: str) -> Figure | Line:
    """A figure by its name, as `Explain` has it.

    Raises:
        Refused: ``err.no_such_figure``, ``err.no_such_z``, ``err.no_such_visit``.
    """
    line = _line(books, name)
    if line is not None:
        return line
    what, _, number = name.partition("/")
    if what == "visit":
        wanted = int(number) if number.isascii() and number.isdecimal() else 0
        found = books.search("visits", where("number") == wanted) if wanted < LAST else []
        if not found:
            raise Refused("err.no_such_visit", visit=number[:20])
        return past.of_account(books.ledger, f"2030:{found[0]['id']}")
    return past.named(books.ledger, name)


def _of_client(books: Books, client: str, balance: str) -> Figure:
    if not books.get("clients", client):
        raise Refused("err.no_such_client", client=client[:64])
    return past.of_client(books.ledger, client, balance)


def _explain(books: Books, query: Explain) -> Explained:
    figure = figure_of(books, query.figure)
    return explain(books, figure, query.until, query.before, query.language)


def _explain_client(books: Books, query: ExplainClient) -> Explained:
    figure = _of_client(books, query.client, query.balance)
    return explain(books, figure, query.until, query.before, query.language)


def _figured(books: Books, figure: Figure | Line, at: datetime | None, seq: int) -> Figured:
    then = _seq(books, at, seq)
    return Figured(figure.name, figure.unit, _value(books, figure, then), then)


def _as_of(books: Books, query: BalanceAsOf) -> Figured:
    return _figured(books, figure_of(books, query.figure), query.at, query.seq)


def _client_as_of(books: Books, query: ClientBalanceAsOf) -> Figured:
    return _figured(books, _of_client(books, query.client, query.balance), query.at, query.seq)


HANDLERS: dict[type, Handler] = {}
ANSWERS: dict[type, Answer] = {
    Explain: _explain,
    ExplainClient: _explain_client,
    BalanceAsOf: _as_of,
    ClientBalanceAsOf: _client_as_of,
}
ALLOWED: dict[type, frozenset[str]] = {}
