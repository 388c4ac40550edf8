"""What play time costs: by the minute, the weekday and the time of day where the venue is.

A tariff's rates are documents: `days` (1 Monday to 7 Sunday), `start` and `end` (``18:00``;
``24:00`` is midnight at the end of the day; an end before its start lies on the next day) and
`per_hour`, in minor units. A minute costs what holds when it begins, by the clock on the wall of
the venue: an hour that this clock repeats is paid twice, one that it leaves out never.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.errors import Refused
from kiosk.core.ids import ClientId
from kiosk.core.money import Money

Rate = Mapping[str, Any]

DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES
QUOTE_MINUTES_MAX = DAY_MINUTES
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")


@dataclass(frozen=True)
class Tariff:
    """What applies to a client at a station.

    `discount_percent` is the client group's; `bonus_max_percent` how much of it points may pay.
    """

    id: str
    name: str
    rates: tuple[Rate, ...]
    bonus_max_percent: int
    discount_percent: int = 0

    def document(self) -> dict[str, Any]:
        """As a session keeps it: what held when it began holds until it ends."""
        return {
            "id": self.id,
            "name": self.name,
            "rates": [dict(rate) for rate in self.rates],
            "bonus_max_percent": self.bonus_max_percent,
            "discount_percent": self.discount_percent,
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Tariff:
        """A tariff of the table ``tariffs``, or as a session keeps it."""
        return cls(
            document["id"],
            document["name"],
            tuple(document["rates"]),
            document["bonus_max_percent"],
            document.get("discount_percent", 0),
        )


@dataclass(frozen=True)
class Price:
    """What an interval costs: by the tariff, less the group's discount."""

    gross: int
    discount: int

    @property
    def net(self) -> int:
        """What is to be paid, in minor units."""
        return self.gross - self.discount


@dataclass(frozen=True)
class Quote(Query["Money"]):
    """What a number of minutes would cost at a station, from now on; for nobody, or for a client.

    Refused where there is no such station, or no tariff that covers the time.
    """

    station: str
    minutes: int
    client: ClientId | str = ""


# --- the week -----------------------------------------------------------------------------------


def gaps(rates: Sequence[Rate]) -> list[str]:
    """What keeps these rates from being a tariff: times written wrong, without a rate, with two.

    Returns:
        A sentence for each mistake; empty where each minute of the week has one rate.
    """
    mistakes = [told for number, rate in enumerate(rates, 1) for told in _misspelt(number, rate)]
    if mistakes:
        return mistakes
    held: list[list[int]] = [[] for _ in range(WEEK_MINUTES)]
    for number, rate in enumerate(rates, 1):
        for minute in _minutes(rate):
            held[minute].append(number)
    days: dict[str, list[str]] = defaultdict(list)
    for day in range(7):
        for told in _wrong(held[day * DAY_MINUTES : (day + 1) * DAY_MINUTES]):
            days[told].append(str(day + 1))
    return [f"on day {', '.join(found)}, {told}" for told, found in days.items()]


def _misspelt(number: int, rate: Rate) -> Iterator[str]:
    days = rate["days"]
    if not days or len(set(days)) < len(days) or not set(days) <= set(range(1, 8)):
        yield f"rate {number} needs days from 1 (Monday) to 7 (Sunday), each once"
    for name in ("start", "end"):
        if not _TIME.fullmatch(str(rate[name])):
            yield f"rate {number} has {name} {rate[name]!r}, which is no time such as 18:00"
    if rate["start"] == rate["end"] or rate["start"] == "24:00" or rate["end"] == "00:00":
        yield f"rate {number} holds from {rate['start']} to {rate['end']}; a day is 00:00 to 24:00"
    if type(rate["per_hour"]) is not int or rate["per_hour"] < 0:
        yield f"rate {number} has the price {rate['per_hour']!r}, which is no amount"


def _wrong(day: Sequence[Sequence[int]]) -> Iterator[str]:
    begin = 0
    for minute in range(1, DAY_MINUTES + 1):
        if minute < DAY_MINUTES and day[minute] == day[begin]:
            continue
        span, held = f"{_clock(begin)} to {_clock(minute)}", day[begin]
        if not held:
            yield f"{span} has no rate"
        elif len(held) > 1:
            yield f"{span} has the rates {' and '.join(map(str, held))}"
        begin = minute


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _minutes(rate: Rate) -> Iterator[int]:
    """The minutes of the week, from Monday 00:00, in which a rate holds."""
    start, end = (int(rate[n][:2]) * 60 + int(rate[n][3:]) for n in ("start", "end"))
    for day in rate["days"]:
        first = (day - 1) * DAY_MINUTES
        for minute in range(start, end if end > start else end + DAY_MINUTES):
            yield (first + minute) % WEEK_MINUTES


def _week(rates: Sequence[Rate]) -> list[int | None]:
    """What an hour costs in each minute of the week."""
    week: list[int | None] = [None] * WEEK_MINUTES
    for rate in rates:
        for minute in _minutes(rate):
            week[minute] = rate["per_hour"]
    return week


# --- prices -------------------------------------------------------------------------------------


def prices(tariff: Tariff, begin: datetime, zone: str) -> Iterator[Price]:
    """What 0, 1, 2 … minutes from `begin` (aware) on cost; without an end.

    The minutes' sixtieths of an hour are added up and rounded once, half up (E101).

    Raises:
        Refused: ``err.tariff_missing``: no rate holds in a minute.
    """
    week, local = _week(tariff.rates), ZoneInfo(zone)
    at, sixtieths = begin.astimezone(UTC), 0
    while True:
        gross = _half_up(sixtieths, 60)
        yield Price(gross, _half_up(gross * tariff.discount_percent, 100))
        there = at.astimezone(local)
        minute = there.weekday() * DAY_MINUTES + there.hour * 60 + there.minute
        per_hour = week[minute]
        if per_hour is None:
            raise Refused("err.tariff_missing", tariff=tariff.name)
        sixtieths += per_hour
        at += timedelta(minutes=1)


def _half_up(value: int, divisor: int) -> int:
    return (2 * value + divisor) // (2 * divisor)


def price(tariff: Tariff, begin: datetime, minutes: int, zone: str) -> Price:
    """What `minutes` from `begin` on cost. Raises what `prices` does."""
    walk = prices(tariff, begin, zone)
    for _ in range(minutes):
        next(walk)
    return next(walk)


def covered(
    tariff: Tariff, begin: datetime, zone: str, limit: int, pays: Callable[[int], bool]
) -> int:
    """For how many minutes from `begin` on somebody can pay: `pays` says so of a net price.

    At most `limit`; the first price that he cannot pay ends it. Raises what `prices` does.
    """
    walk = prices(tariff, begin, zone)
    next(walk)
    minutes = 0
    while minutes < limit and pays(next(walk).net):
        minutes += 1
    return minutes


# --- who pays what ------------------------------------------------------------------------------


def applies(books: Books, client: str, station: Mapping[str, Any]) -> Tariff:
    """The tariff of a client at a station: that of his group where it has one, else the station's.

    Raises:
        Refused: ``err.tariff_missing``.
    """
    group = _group(books, client)
    name = group.get("tariff") or station["tariff"]
    kept = books.get("tariffs", name)
    if not kept:
        raise Refused("err.tariff_missing", tariff=str(name))
    return Tariff.of(kept | {"discount_percent": group.get("discount_percent", 0)})


def zone(books: Books) -> str:
    """The time zone of the venue."""
    return str(books.settings()["time_zone"])


def _group(books: Books, client: str) -> dict[str, Any]:
    known = books.get("clients", client) if client else None
    name = (known or {}).get("group", "")
    return (books.get("groups", name) if name else None) or {}


def _quote(books: Books, query: Quote) -> Money:
    station = books.get("stations", query.station)
    if not station:
        raise Refused("err.no_such_station", station=query.station)
    minutes = query.minutes
    if type(minutes) is not int or not 0 < minutes <= QUOTE_MINUTES_MAX:
        raise Refused("err.minutes_whole")
    tariff = applies(books, query.client, station)
    return books.money(price(tariff, books.now.wall, minutes, zone(books)).net)


TABLES = ()
HANDLERS: dict[type, Handler] = {}
ANSWERS: dict[type, Answer] = {Quote: _quote}
ALLOWED: dict[type, frozenset[str]] = {}
