"""Which entries a report is made of: those of a time of the venue, of a shift, or all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tinydb import where

from kiosk.core.errors import Refused
from kiosk.core.ledger import Entry, Ledger
from kiosk.core.past import Progress, seq_at
from kiosk.core.transactions import as_written

STEPS = 1024
"""So many moments are looked at before the entries of a time are read."""


@dataclass(frozen=True)
class Period:
    """What a report is asked about; nothing set is everything.

    Attributes:
        since: the first moment, aware.
        until: the first moment after the period, aware; alone it asks "as of".
        shift: the number of a shift, in place of moments.
    """

    since: datetime | None = None
    until: datetime | None = None
    shift: int = 0

    def document(self) -> dict[str, Any]:
        """As plain JSON values; `of` reads it."""
        return {
            "since": as_written(self.since),
            "until": as_written(self.until),
            "shift": self.shift,
        }

    @classmethod
    def of(cls, document: dict[str, Any]) -> Period:
        """Read what `document` made."""
        since, until = document["since"], document["until"]
        return cls(
            datetime.fromisoformat(since) if since else None,
            datetime.fromisoformat(until) if until else None,
            document["shift"],
        )


@dataclass(frozen=True)
class Span:
    """The entries of a period: numbers, and where moments count, between which.

    Attributes:
        first: number of the first entry that may belong to it.
        last: number of the last one; below `first` where there is none.
        since: the first moment as entries write it, or empty.
        until: the first moment after, or empty.
        before: the number of the last entry before the period.
        end: the number of the last entry up to its end: "as of" is asked there.
    """

    first: int
    last: int
    since: str
    until: str
    before: int
    end: int


def day(when: date, zone: ZoneInfo) -> Period:
    """One day of the venue: 23 or 25 hours long where the clocks are changed."""
    return days(when, when, zone)


def days(first: date, last: date, zone: ZoneInfo) -> Period:
    """The days of the venue from `first` to `last`, both included.

    Raises:
        Refused: ``err.report_period``: the last is before the first.
    """
    if last < first:
        raise Refused("err.report_period")
    begins, ends = (
        datetime.combine(d, time.min, zone).astimezone(UTC) for d in (first, last + timedelta(1))
    )
    return Period(begins, ends)


def zone_of(ledger: Ledger) -> ZoneInfo:
    """The venue's time zone."""
    return ZoneInfo((ledger.store.get("settings", "venue") or {}).get("time_zone", "UTC"))


def span(ledger: Ledger, period: Period) -> Span:
    """The entries of a period.

    Entries stand in the order of their numbers. A clock that was set back leaves their moments out
    of order, so no halving finds all of a time: up to `STEPS` moments over the whole ledger say
    where it may begin and end, and between them each entry's own moment decides. What a clock that
    was wrong for less than such a step wrote far away from its time is left out.

    Raises:
        Refused: ``err.no_such_shift``; ``err.report_period``; ``err.period``.
    """
    if period.shift:
        return _of_shift(ledger, period.shift)
    since, until = as_written(period.since), as_written(period.until)
    if since and until and until < since:
        raise Refused("err.report_period")
    everything = Span(1, ledger.seq, since, until, 0, ledger.seq)
    if not since and not until:
        return everything
    first, last = _around(ledger, since, until)
    return replace(
        everything,
        first=first,
        last=last,
        before=_up_to(ledger, since) if since else 0,
        end=_up_to(ledger, until) if until else ledger.seq,
    )


def _up_to(ledger: Ledger, at: str) -> int:
    """The number of the last entry before a moment."""
    just_before = datetime.fromisoformat(at) - timedelta(microseconds=1)
    return seq_at(ledger, as_written(just_before))


def _around(ledger: Ledger, since: str, until: str) -> tuple[int, int]:
    """Between which numbers the entries of a time surely are."""
    step = max(1, ledger.seq // STEPS)
    marks = [*range(1, ledger.seq, step), ledger.seq] if ledger.seq else []
    moments = [(seq, _at(ledger, seq)) for seq in marks]
    found = [
        seq
        for (one, begins), (other, ends) in zip(moments, moments[1:] or moments, strict=False)
        if max(begins, ends) >= since and (not until or min(begins, ends) < until)
        for seq in (one, other)
    ]
    if not found:
        return 1, 0
    return max(1, min(found) - step), min(ledger.seq, max(found) + step)


def _at(ledger: Ledger, seq: int) -> str:
    entry = ledger.entry(seq)
    assert entry is not None, "entries have no gaps"
    return entry.at


def _of_shift(ledger: Ledger, number: int) -> Span:
    store = ledger.store
    shifts = store.table("shifts").search(where("number") == number)
    if not shifts:
        raise Refused("err.no_such_shift", number=str(number))
    z = store.get("z_reports", str(shifts[0]["z"]))
    if z is None:
        latest = next(iter(store.latest("z_reports")), None)
        first, last = (latest["seq"] + 1 if latest else 1), ledger.seq
    else:
        first, last = z["moved"]["first"], z["moved"]["last"]
    return Span(first, last, "", "", first - 1, last)


def entries(ledger: Ledger, of: Span, progress: Progress) -> Iterator[Entry]:
    """The entries of a span, in their order; read in portions, each a look of its own."""
    for entry in ledger.between(of.first, of.last):
        if entry.seq % 200 == 0:
            progress(entry.seq - of.first + 1, of.last - of.first + 1)
        if of.since <= entry.at and (not of.until or entry.at < of.until):
            yield entry
