"""What the desk's first page says of the day and of the books: figures that cost next to nothing.

Every top-up has its receipt and every new card its slip, so the day is read off the latest slips,
and nobody walks the entries.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.cash import last_start
from kiosk.core.money import Money
from kiosk.core.store import TableSpec

TABLES: tuple[TableSpec, ...] = ()

LOOK_MAX = 800
"""So many slips of the day are looked at; before the first of them the day is not told."""
STARTS_MAX = 3
_PORTION = 100


@dataclass(frozen=True)
class Day:
    """What was topped up today, where the venue is: at the kiosk and at the desk.

    Attributes:
        top_ups: how many, by their receipts.
        taken: what they come to; what was taken back later still counts.
        new_cards: how many guests registered.
        hours: what came in each hour from 0 to 23, minor units.
        since: empty where the whole day is told; else from when on (ISO 8601, UTC).
    """

    top_ups: int
    taken: Money
    new_cards: int
    hours: tuple[int, ...]
    since: str = ""


@dataclass(frozen=True)
class DayFigures(Query[Day]):
    """See `Day`."""


@dataclass(frozen=True)
class BooksNow:
    """How many entries there are, and when the kiosk started last, the latest first."""

    entries: int
    starts: tuple[str, ...]


@dataclass(frozen=True)
class BooksFigures(Query[BooksNow]):
    """See `BooksNow`."""


def _day(books: Books, query: DayFigures) -> Day:
    del query
    zone = ZoneInfo(books.settings().get("time_zone", "UTC"))
    today = books.now.wall.astimezone(zone).date()
    hours, top_ups, new_cards, seen, since = [0] * 24, 0, 0, 0, ""
    for slip in _newest(books):
        facts = slip["facts"]
        at = datetime.fromisoformat(facts["at"]).astimezone(zone)
        if at.date() != today:
            break
        seen += 1
        since = facts["at"]
        if slip["kind"] == "top_up_receipt":
            top_ups += 1
            hours[at.hour] += facts["total"]
        new_cards += slip["kind"] == "registration_slip"
    cut = since if seen == LOOK_MAX else ""
    return Day(top_ups, books.money(sum(hours)), new_cards, tuple(hours), cut)


def _newest(books: Books) -> Iterator[dict[str, Any]]:
    limit, seen = _PORTION, 0
    while seen < LOOK_MAX:
        slips = books.ledger.store.latest("slips", limit=limit)
        yield from slips[seen:]
        if len(slips) < limit:
            return
        seen, limit = limit, min(limit * 4, LOOK_MAX)


def _books(books: Books, query: BooksFigures) -> BooksNow:
    del query
    last = last_start(books)
    found = (books.ledger.find(f"start:{n}") for n in range(last, max(0, last - STARTS_MAX), -1))
    return BooksNow(books.ledger.seq, tuple(entry.at for entry in found if entry))


HANDLERS: dict[type, Handler] = {}
ANSWERS: dict[type, Answer] = {DayFigures: _day, BooksFigures: _books}
ALLOWED: dict[type, frozenset[str]] = {}
