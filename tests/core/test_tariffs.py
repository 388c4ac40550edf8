"""What play time costs: the hours of the week, the clock on the wall, groups, rounding."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kiosk.core.errors import Refused
from kiosk.core.tariffs import Price, Tariff, covered, gaps, price, prices

EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]
MOSCOW, BERLIN = "Europe/Moscow", "Europe/Berlin"
SUNDAY_NOON = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
"""12:00 in Moscow."""


def rate(start: str, end: str, per_hour: int, days: list[int] | None = None) -> dict[str, Any]:
    return {"days": days or EVERY_DAY, "start": start, "end": end, "per_hour": per_hour}


def tariff(*rates: dict[str, Any], bonus: int = 100, discount: int = 0) -> Tariff:
    return Tariff("t", "Standard", rates, bonus, discount)


FLAT = tariff(rate("00:00", "24:00", 12_000))
DAY_AND_EVENING = tariff(rate("00:00", "18:00", 12_000), rate("18:00", "24:00", 18_000))
NIGHT = tariff(rate("10:00", "22:00", 12_000), rate("22:00", "10:00", 6_000))


@pytest.mark.parametrize("whole", [FLAT, DAY_AND_EVENING, NIGHT])
def test_a_tariff_that_covers_the_week_has_no_gaps(whole: Tariff) -> None:
    assert gaps(whole.rates) == []


@pytest.mark.parametrize(
    ("rates", "told"),
    [
        ([], ["on day 1, 2, 3, 4, 5, 6, 7, 00:00 to 24:00 has no rate"]),
        (
            [rate("00:00", "18:00", 1), rate("18:01", "24:00", 1)],
            ["on day 1, 2, 3, 4, 5, 6, 7, 18:00 to 18:01 has no rate"],
        ),
        (
            [rate("00:00", "24:00", 1), rate("18:00", "20:00", 2, [6, 7])],
            ["on day 6, 7, 18:00 to 20:00 has the rates 1 and 2"],
        ),
        (
            # Sunday's night ends on Monday morning.
            [rate("06:00", "24:00", 1), rate("22:00", "06:00", 2, [7])],
            [
                "on day 2, 3, 4, 5, 6, 7, 00:00 to 06:00 has no rate",
                "on day 7, 22:00 to 24:00 has the rates 1 and 2",
            ],
        ),
        ([rate("0:00", "24:00", 1)], ["rate 1 has start '0:00', which is no time such as 18:00"]),
        ([rate("00:00", "24:30", 1)], ["rate 1 has end '24:30', which is no time such as 18:00"]),
        (
            [rate("10:00", "10:00", 1)],
            ["rate 1 holds from 10:00 to 10:00; a day is 00:00 to 24:00"],
        ),
        ([rate("00:00", "24:00", -1)], ["rate 1 has the price -1, which is no amount"]),
        ([rate("00:00", "24:00", 1, [0, 1])], ["rate 1 needs days from 1 (Monday) to 7 (Sunday)"]),
    ],
)
def test_what_is_missing_and_what_is_there_twice_is_told(
    rates: list[dict[str, Any]], told: list[str]
) -> None:
    found = gaps(rates)
    assert len(found) == len(told)
    assert all(f.startswith(t) for f, t in zip(found, told, strict=True)), found


def test_minutes_are_added_up_and_rounded_once() -> None:
    # 120.00 an hour is 2.00 a minute; 100.00 an hour is 1.66666…
    assert price(FLAT, SUNDAY_NOON, 47, MOSCOW) == Price(9_400, 0)
    odd = tariff(rate("00:00", "24:00", 10_000))
    assert [price(odd, SUNDAY_NOON, n, MOSCOW).net for n in (0, 1, 2, 3, 47, 60)] == [
        *(0, 167, 333, 500, 7_833, 10_000)
    ]


def test_a_price_turns_with_the_clock_on_the_wall() -> None:
    half_past_five = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
    assert price(DAY_AND_EVENING, half_past_five, 60, MOSCOW).net == 30 * 200 + 30 * 300
    # In London it is half past two.
    assert price(DAY_AND_EVENING, half_past_five, 60, "Europe/London").net == 60 * 200
    # Half a minute before: the minute that begins at 17:59:30 is the day's.
    assert price(
        DAY_AND_EVENING, datetime(2026, 11, 22, 14, 59, 30, tzinfo=UTC), 2, MOSCOW
    ).net == (200 + 300)


def test_a_price_turns_with_the_day_of_the_week() -> None:
    weekend = tariff(
        rate("00:00", "24:00", 12_000, [1, 2, 3, 4, 5]), rate("00:00", "24:00", 18_000, [6, 7])
    )
    sunday_late = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)  # 23:30 in Moscow
    assert price(weekend, sunday_late, 60, MOSCOW).net == 30 * 300 + 30 * 200


def test_the_hour_that_the_clock_repeats_is_paid_twice_and_the_one_it_skips_never() -> None:
    night = tariff(rate("03:00", "24:00", 12_000), rate("00:00", "03:00", 6_000))
    # 2026-10-25: at 03:00 summer time it becomes 02:00 in Berlin. From 01:30 to 03:30 are 3 hours.
    autumn = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
    assert price(night, autumn, 180, BERLIN).net == 150 * 100 + 30 * 200
    # 2026-03-29: at 02:00 it becomes 03:00. From 01:30 to 03:30 is 1 hour.
    spring = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    assert price(night, spring, 60, BERLIN).net == 30 * 100 + 30 * 200


def test_a_groups_discount_is_rounded_half_up() -> None:
    vip = tariff(rate("00:00", "24:00", 10_000), discount=10)
    assert price(vip, SUNDAY_NOON, 1, MOSCOW) == Price(167, 17)
    assert price(vip, SUNDAY_NOON, 60, MOSCOW).net == 9_000


def test_how_long_money_lasts() -> None:
    def lasts(minor: int) -> int:
        return covered(FLAT, SUNDAY_NOON, MOSCOW, 1440, lambda price: price <= minor)

    assert [lasts(minor) for minor in (0, 199, 200, 399, 400, 10_000)] == [0, 0, 1, 1, 2, 50]
    assert lasts(10**9) == 1440


def test_a_minute_without_a_rate_is_refused_and_not_free() -> None:
    part = tariff(rate("00:00", "12:01", 12_000))
    walk = prices(part, SUNDAY_NOON, MOSCOW)
    assert [next(walk).net for _ in range(2)] == [0, 200]
    with pytest.raises(Refused, match=r"err\.tariff_missing"):
        next(walk)
