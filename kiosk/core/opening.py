"""Opening hours: when the venue is open, by the clock on its wall.

``settings["hours"]`` is a list of ``[[days], opens, closes]``: days 1 (Monday) to 7, times such as
``"10:00"``; a time of closing that is not after that of opening is on the next day, and ``"24:00"``
is midnight. No hours at all: always open. A guest who is inside when it closes can still be seen
and settled; what closing takes away stands in `capabilities.NEEDS`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.store import TableSpec

TABLES: tuple[TableSpec, ...] = ()

Hours = Sequence[Sequence[Any]]

_DAYS_AHEAD = 8
"""A week and a day: who does not open or close within it never does."""


@dataclass(frozen=True)
class Opening:
    """Whether the venue is open, and when that changes (UTC); None: it never does."""

    open: bool
    until: datetime | None


@dataclass(frozen=True)
class GetOpening(Query[Opening]):
    """Whether the venue is open now, and until when, by the clock of `zone` or the venue's own.

    Where the clock was never synchronised nobody can tell: it is open, and nothing changes.
    """

    zone: ZoneInfo | None = None


def open_at(hours: Hours, zone: ZoneInfo, now: datetime) -> bool:
    """Whether the venue is open at a moment (aware)."""
    return opening(hours, zone, now).open


def opening(hours: Hours, zone: ZoneInfo, now: datetime) -> Opening:
    """Whether the venue is open at a moment (aware), and when that changes next."""
    if not hours:
        return Opening(True, None)
    today = now.astimezone(zone).date()
    # From the day before, whose evening may reach past midnight.
    days = [today + timedelta(days=n) for n in range(-1, _DAYS_AHEAD + 1)]
    spans = list(_joined(sorted(span for day in days for span in _spans(hours, zone, day))))
    for begins, ends in spans:
        if now < begins:
            return Opening(False, begins)
        if now < ends:
            last = _moment(days[-1], "24:00", zone, fold=0)
            return Opening(True, None if ends >= last else ends)
    return Opening(False, None)


def _spans(hours: Hours, zone: ZoneInfo, day: date) -> Iterator[tuple[datetime, datetime]]:
    for days, opens, closes in hours:
        if day.isoweekday() in days:
            closing_day = day if closes > opens else day + timedelta(days=1)
            # An hour that the clock shows twice is open from its first to its last minute; one
            # that it leaves out begins when the clock goes on.
            begins = _moment(day, opens, zone, fold=0)
            ends = max(_moment(closing_day, closes, zone, fold=fold) for fold in (0, 1))
            if begins < ends:
                yield begins, ends


def _joined(
    spans: Sequence[tuple[datetime, datetime]],
) -> Iterator[tuple[datetime, datetime]]:
    """Spans in order of their beginnings, those that meet made one."""
    kept: tuple[datetime, datetime] | None = None
    for begins, ends in spans:
        if kept is None or begins > kept[1]:
            if kept is not None:
                yield kept
            kept = (begins, ends)
        else:
            kept = (kept[0], max(kept[1], ends))
    if kept is not None:
        yield kept


def _moment(day: date, told: str, zone: ZoneInfo, *, fold: int) -> datetime:
    """The moment (UTC) at which a clock on the wall shows this on this day."""
    hour, minute = int(told[:2]), int(told[3:])
    after, hour = divmod(hour, 24)
    local = datetime.combine(day + timedelta(days=after), time(hour, minute), zone)
    return local.replace(fold=fold).astimezone(UTC)


def _get(books: Books, query: GetOpening) -> Opening:
    kept = books.settings()
    if not kept or not books.now.synced:
        return Opening(True, None)
    return opening(kept["hours"], query.zone or ZoneInfo(kept["time_zone"]), books.now.wall)


HANDLERS: dict[type, Handler] = {}
ANSWERS: dict[type, Answer] = {GetOpening: _get}
ALLOWED: dict[type, frozenset[str]] = {}
