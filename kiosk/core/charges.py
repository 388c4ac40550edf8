"""What a session uses and costs: whole minutes, a share of points, money, and what is missing.

Source: docs/criteria.md M23, M36, C22, C31; docs/ledger.md, "Sessions".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from kiosk.core import bonus, tariffs, tenders
from kiosk.core.books import Books
from kiosk.core.ledger import Draft
from kiosk.core.stopwatch import SECOND_US
from kiosk.core.tariffs import Tariff
from kiosk.core.tenders import Tender

TIMER_MINUTES_MAX = 24 * 60
"""Nobody plays longer for money without coming to the desk."""
MINUTE_US = 60 * SECOND_US
PLAY = bonus.PLAY


def minutes_used(age_us: int, rounding: str, grace_s: int) -> int:
    """The minutes of a session that is `age_us` old, by the venue's rounding (M23, M36).

    Seconds beyond a whole minute up to the grace are free, whatever the rounding.
    """
    full, rest = divmod(age_us, MINUTE_US)
    if rest <= grace_s * SECOND_US:
        return full
    match rounding:
        case "floor":
            return full
        case "half_up":
            return full + (2 * rest >= MINUTE_US)
        case _:
            return full + 1


@dataclass(frozen=True)
class Parts:
    """How a price is paid: points, what they are worth beyond it, money, and what is missing."""

    points: int
    over: int
    money: int
    short: int


@dataclass(frozen=True)
class Charge:
    """What a session cost and how: whole points, what is owed, what was paid in real money.

    `tenders` say how `spent` was paid: out of the wallet, and as what was taken for the rest.
    """

    net: int
    points: int
    owed: int
    spent: int
    tenders: tuple[tuple[str, int], ...]


def parts(price: int, points: int, wallet: int, unit: int, percent: int) -> Parts:
    """Share a price between points and a wallet (C22, C31).

    Points are whole: where they may pay everything, and the wallet lacks the last part of a unit,
    one more point pays it, and the venue keeps the rest of that point (`over`).

    Args:
        price: in minor units.
        points: that may be used.
        wallet: in minor units.
        unit: minor units that a point is worth.
        percent: how much of the price points may pay.
    """
    paying = min(points, price * percent // (100 * unit))
    rest = price - paying * unit
    money = min(rest, wallet)
    short = rest - money
    if short and percent == 100 and paying < points:
        return Parts(paying + 1, unit - rest, 0, 0)
    return Parts(paying, 0, money, short)


def lived_us(books: Books, session: Mapping[str, Any]) -> int:
    """How old a running session is, in microseconds; no more than it may last."""
    planned_us = int(session["planned"]) * MINUTE_US
    return min(books.stopwatch.age_us(session, books.now), planned_us)


def used(books: Books, age_us: int) -> int:
    """The minutes that a session of that age has used; of `lived_us` no more than are planned."""
    policy = books.settings()["minutes"]
    return minutes_used(age_us, policy["rounding"], policy["grace_s"])


def lasts(books: Books, client: str, tariff: Tariff, began: datetime, with_bonus: bool) -> int:
    """For how many minutes from `began` on the client can pay by this tariff."""
    share = _share(books, client, tariff, with_bonus)
    zone = tariffs.zone(books)
    return tariffs.covered(tariff, began, zone, TIMER_MINUTES_MAX, lambda p: share(p).short == 0)


def _share(books: Books, client: str, tariff: Tariff, with_bonus: bool) -> Callable[[int], Parts]:
    """How a price is shared between what the client has now."""
    percent = min(books.settings()["bonus"]["max_percent"], tariff.bonus_max_percent)
    points = bonus.points(books, client) if with_bonus else 0
    wallet, unit = books.wallet(client).minor, bonus.worth(books, 1)
    return lambda price: parts(price, points, wallet, unit, percent)


def charge(
    books: Books,
    draft: Draft,
    session: Mapping[str, Any],
    minutes: int,
    rest: Tender | Literal[""],
) -> Charge:
    """Post what so many minutes of a ``timer`` cost, by its own tariff and the wall's clock.

    Points and the wallet pay as far as they go; what is missing is taken as `rest`, or owed.

    Raises:
        Refused: ``err.tariff_missing``, and for a rest those of `tenders.receive`.
    """
    client, tariff = session["client"], Tariff.of(session["tariff"])
    began = datetime.fromisoformat(session["started_at"])
    price = tariffs.price(tariff, began, minutes, tariffs.zone(books))
    paid = _share(books, client, tariff, session["with_bonus"])(price.net)
    bonus.pay(books, draft, client, paid.points, PLAY)
    if paid.over:
        draft.post(PLAY, "5040", books.unit, paid.over)
    if paid.money:
        draft.post(f"2010:{client}", PLAY, books.unit, paid.money)
    if price.discount:
        draft.post("4060", PLAY, books.unit, price.discount)
    if paid.short and rest:
        tenders.receive(books, draft, rest, paid.short, PLAY, client)
    elif paid.short:
        draft.post(debt(session), PLAY, books.unit, paid.short)
    owed = 0 if rest else paid.short
    by_points = bonus.worth(books, paid.points) - paid.over
    ways = (("wallet", paid.money), (rest, paid.short if rest else 0))
    told = tuple((tender, minor) for tender, minor in ways if minor)
    return Charge(price.net, paid.points, owed, price.net - by_points - owed, told)


def debt(session: Mapping[str, Any]) -> str:
    """The account of what a session left owed."""
    return f"1200:{session['id']}"
