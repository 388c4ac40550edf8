"""Transactions: what moved on clients' balances and past them, found by filters (C21, C28).

Nothing is kept for it: the rows are read from the entries, newest first, a page at a time, along
the index of a client or along the numbers; never through all of them.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from heapq import merge
from itertools import islice
from typing import Any, Literal

from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.errors import Refused
from kiosk.core.ids import ClientId
from kiosk.core.ledger import BON, MINUTES_GAME, MINUTES_NET, Entry, Ledger, Posting
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.store import LAST, TableSpec

TABLES: tuple[TableSpec, ...] = ()

ROWS_MAX = 50
LOOK_MAX = 2_000
"""So many entries are looked at for one page; where few of them fit, the next page goes on."""
PORTION = 100

Balance = Literal["game", "bonus", "minutes_game", "minutes_net"]
_BALANCES: Mapping[str, Balance] = {
    "2010": "game",
    "9060": "bonus",
    "9020": "minutes_game",
    "9040": "minutes_net",
}
_ABOUT = ("slip", "visit", "order", "note", "claim", "card", "tender", "shift", "reverses")
"""What an entry refers to, as far as a row tells it."""


@dataclass(frozen=True)
class Wanted:
    """Which rows: everything that is set must hold.

    Attributes:
        since: the first moment, aware.
        until: the first moment after the period, aware.
        entry: the number of an entry, or its idempotency key.
        kinds: kinds of entries, the "payment item": ``note_settled``, ``topped_up``, …
        why: a typed reason: ``refund``, ``technical_error``, …
        least: of the amount, whatever its sign, in the row's unit; minor units for money.
        most: likewise.
        actor: who did it, or where: ``staff:102``, ``kiosk``, ``till:bar``.
        balance: one kind of balance.
    """

    since: datetime | None = None
    until: datetime | None = None
    entry: str = ""
    kinds: tuple[str, ...] = ()
    why: str = ""
    least: int | None = None
    most: int | None = None
    actor: str = ""
    balance: Balance | Literal[""] = ""


@dataclass(frozen=True)
class Transaction:
    """One movement of one balance, or of money past the balances (`balance` empty).

    `amount` is signed as the client sees it, in whole units of `unit` (minor units of money);
    `before` and `after` are the balance around it, None where there is none. `why` is the typed
    reason, `comment` a person's words, `about` the names of what it is about.
    """

    seq: int
    entry: str
    at: str
    kind: str
    actor: str
    client: ClientId | Literal[""]
    balance: Balance | Literal[""]
    unit: str
    amount: int
    before: int | None
    after: int | None
    why: str
    comment: str = field(repr=False)
    about: Mapping[str, str]


@dataclass(frozen=True)
class Page:
    """Rows, newest first; `next` is what `before` is for the page after this, 0 at the end."""

    rows: tuple[Transaction, ...]
    next: int


@dataclass(frozen=True)
class ClientTransactions(Query[Page]):
    """The transactions of one client; `before` is the `next` of the page before."""

    client: ClientId
    wanted: Wanted = field(default_factory=Wanted)
    before: int = 0


@dataclass(frozen=True)
class Transactions(Query[Page]):
    """The transactions of everybody, or of one; `before` is the `next` of the page before."""

    client: ClientId | Literal[""] = ""
    wanted: Wanted = field(default_factory=Wanted)
    before: int = 0


class _Balances:
    """A client's balances after each of his entries, backwards: what is now, less what came after.

    To be asked for entries in falling order.
    """

    def __init__(self, books: Books, client: str) -> None:
        self._entries = walk(books.ledger, client)
        self._next = next(self._entries, None)
        units = {"2010": books.unit, "9060": BON, "9020": MINUTES_GAME, "9040": MINUTES_NET}
        self._now = {
            f"{code}:{client}": -books.ledger.balance(f"{code}:{client}", unit)
            for code, unit in units.items()
        }

    def after(self, seq: int, account: str) -> int:
        """The balance of an account once the entry `seq` was written."""
        while self._next is not None and self._next.seq > seq:
            for posting in self._next.postings:
                if posting.account in self._now:
                    self._now[posting.account] += posting.amount
            self._next = next(self._entries, None)
        return self._now[account]


def walk(ledger: Ledger, client: str, below: int = LAST) -> Iterator[Entry]:
    """The entries that are about a client or move his balances, or all, from below `below` down."""
    if not client:
        return along(ledger, "", "", below)
    found = (along(ledger, path, client, below) for path in ("refs.client", "refs.also"))
    return merge(*found, key=lambda entry: entry.seq, reverse=True)


def along(ledger: Ledger, path: str, value: str, below: int = LAST) -> Iterator[Entry]:
    """The entries with this value at a searched path, newest first, from below `below` down."""
    while found := ledger.store.latest("entries", path, value, PORTION, below):
        for document in found:
            entry = Entry.of(document)
            yield entry
        below = entry.seq


def _page(books: Books, client: str, wanted: Wanted, before: int) -> Page:
    since, until = as_written(wanted.since), as_written(wanted.until)
    if wanted.entry:
        found = _named(books, wanted.entry)
        rows = _rows(books, found, client, wanted, {}) if found else []
        return Page(tuple(rows), 0)
    below = min(before or LAST, first_from(books.ledger, until) if until else LAST)
    lowest = first_from(books.ledger, since) if since else 1
    made: list[Transaction] = []
    balances: dict[str, _Balances] = {}
    entries = walk(books.ledger, client, below)
    for entry in islice(entries, LOOK_MAX):
        if entry.seq < lowest:
            return Page(tuple(made), 0)
        rows = _rows(books, entry, client, wanted, balances)
        if made and len(made) + len(rows) > ROWS_MAX:
            return Page(tuple(made), entry.seq + 1)
        made += rows
        below = entry.seq
    left = next(entries, None)
    return Page(tuple(made), below if left is not None and left.seq >= lowest else 0)


def as_written(at: datetime | None) -> str:
    """A bound of the period as entries write it, or ""."""
    if at is None:
        return ""
    if at.tzinfo is None:
        raise Refused("err.period")
    try:
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    except OverflowError:
        # Before the year 1, or after 9999, once its zone is taken off.
        raise Refused("err.period") from None


def first_from(ledger: Ledger, at: str) -> int:
    """The number of the first entry from this moment on, found by halving.

    A clock that was set back leaves moments out of order; then it is one such entry.
    """
    low, high = 1, ledger.seq + 1
    while low < high:
        middle = (low + high) // 2
        entry = ledger.entry(middle)
        assert entry is not None, "entries have no gaps"
        low, high = (middle + 1, high) if entry.at < at else (low, middle)
    return low


def _named(books: Books, name: str) -> Entry | None:
    """The entry of this number, or of this key."""
    numbered = name.isascii() and name.isdecimal() and len(name) < 19
    return (books.ledger.entry(int(name)) if numbered else None) or books.ledger.find(name)


def _rows(
    books: Books, entry: Entry, client: str, wanted: Wanted, balances: dict[str, _Balances]
) -> list[Transaction]:
    if (
        wanted.actor not in ("", entry.actor)
        or (wanted.kinds and entry.kind not in wanted.kinds)
        or wanted.why not in ("", entry.refs.get("why"))
    ):
        return []
    moved: Counter[tuple[str, str]] = Counter()
    for posting in entry.postings:
        if posting.account.partition(":")[0] in _BALANCES:
            moved[posting.account, posting.unit] -= posting.amount
    rows: list[Transaction] = []
    for (account, unit), amount in moved.items():
        code, _, holder = account.partition(":")
        if amount and client in ("", holder) and _fits(wanted, _BALANCES[code], amount):
            if holder not in balances:
                balances[holder] = _Balances(books, holder)
            after = balances[holder].after(entry.seq, account)
            rows.append(_row(entry, holder, _BALANCES[code], unit, amount, after))
    past = sum(p.amount for p in entry.postings if _is_money(books, p))
    of = str(entry.refs.get("client", ""))
    if past and not any(moved.values()) and client in ("", of) and _fits(wanted, "", past):
        rows.append(_row(entry, of, "", books.unit, past, None))
    return rows


def _is_money(books: Books, posting: Posting) -> bool:
    """Whether a posting says that money moved: a discount takes something off, and moves none."""
    return posting.unit == books.unit and posting.amount > 0 and posting.account != "4060"


def _fits(wanted: Wanted, balance: str, amount: int) -> bool:
    least = wanted.least is None or abs(amount) >= wanted.least
    most = wanted.most is None or abs(amount) <= wanted.most
    return least and most and wanted.balance in ("", balance)


def _row(
    entry: Entry,
    client: str,
    balance: Balance | Literal[""],
    unit: str,
    amount: int,
    after: int | None,
) -> Transaction:
    return Transaction(
        seq=entry.seq,
        entry=entry.id,
        at=entry.at,
        kind=entry.kind,
        actor=entry.actor,
        client=ClientId(client),
        balance=balance,
        unit=unit,
        amount=amount,
        before=None if after is None else after - amount,
        after=after,
        why=str(entry.refs.get("why", "")),
        comment=entry.reason,
        about={name: str(entry.refs[name]) for name in _ABOUT if entry.refs.get(name)},
    )


# --- to be carried away ------------------------------------------------------------------------

_COLUMNS = (
    *("seq", "at", "kind", "why", "client", "balance", "amount", "unit", "before", "after"),
    *("actor", "comment", "entry", "about"),
)


def csv_text(rows: Iterable[Transaction]) -> str:
    """The rows as CSV (RFC 4180) with a header; money in major units: ``-300.00``.

    A text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    told = io.StringIO()
    writer = csv.writer(told, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for row in rows:
        cells: dict[str, Any] = asdict(row)
        cells["about"] = " ".join(f"{name}={value}" for name, value in row.about.items())
        for column in ("amount", "before", "after"):
            cells[column] = _figure(cells[column], row.unit)
        # A figure is ours, and a minus makes no formula of it.
        writer.writerow(
            cells[c] if c in ("amount", "before", "after") else no_formula(str(cells[c]))
            for c in _COLUMNS
        )
    return told.getvalue()


def _figure(number: int | None, unit: str) -> str:
    if number is None:
        return ""
    return str(Money(number, CURRENCIES[unit])) if unit in CURRENCIES else str(number)


_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""What a spreadsheet begins a formula with: some know full-width signs, some skip line ends."""


def no_formula(text: str) -> str:
    """A text of a CSV; one that a spreadsheet would work out begins with an apostrophe."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def json_text(rows: Iterable[Transaction]) -> str:
    """The rows as a JSON array of objects, one a line; amounts as whole numbers of their unit."""
    lines = (json.dumps(asdict(row), ensure_ascii=False) for row in rows)
    return "[\n" + ",\n".join(lines) + "\n]\n"


def _ask_client(books: Books, query: ClientTransactions) -> Page:
    if not query.client:
        raise Refused("err.no_such_client", client="")
    return _page(books, query.client, query.wanted, query.before)


def _ask_all(books: Books, query: Transactions) -> Page:
    return _page(books, query.client, query.wanted, query.before)


HANDLERS: dict[type, Handler] = {}
ANSWERS: dict[type, Answer] = {ClientTransactions: _ask_client, Transactions: _ask_all}
ALLOWED: dict[type, frozenset[str]] = {}
