"""Opening hours by the clock on the wall: past midnight, through the changes of summer time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.clock import Now
from kiosk.core.opening import GetOpening, Hours, open_at, opening
from tests.core.guest import DEMO, make_venue

MOSCOW, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin")
DAILY = [1, 2, 3, 4, 5, 6, 7]
CLUB: Hours = [
    [[1, 2, 3, 4], "10:00", "23:00"],
    [[5, 6], "10:00", "02:00"],
    [[7], "12:00", "24:00"],
]


def local(text: str, zone: ZoneInfo = MOSCOW, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-23T09:59:59", False),  # Monday
        ("2026-11-23T10:00", True),
        ("2026-11-23T22:59:59.999999", True),
        ("2026-11-23T23:00", False),
        ("2026-11-28T01:59:59", True),  # Saturday, still Friday's evening
        ("2026-11-28T02:00", False),
        ("2026-11-29T01:00", True),  # Sunday, still Saturday's
        ("2026-11-29T11:59", False),
        ("2026-11-29T23:59:59", True),
        ("2026-11-30T00:00", False),  # "24:00" is midnight, and Monday opens at ten
    ],
)
def test_the_first_moment_is_open_and_that_of_closing_is_not(moment: str, is_open: bool) -> None:
    assert open_at(CLUB, MOSCOW, local(moment)) is is_open


def test_no_hours_are_always_and_a_closed_week_is_never() -> None:
    now = local("2026-11-23T03:00")
    assert opening([], MOSCOW, now) == opening([], MOSCOW, now + timedelta(days=3))
    assert open_at([], MOSCOW, now)
    assert opening([], MOSCOW, now).until is None
    never: Hours = [[[], "10:00", "23:00"]]
    assert not open_at(never, MOSCOW, now)
    assert opening(never, MOSCOW, now).until is None


def test_hours_are_those_of_the_venue_and_not_of_the_machine() -> None:
    now = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)  # 10:30 in Moscow, 8:30 in Berlin
    assert open_at(CLUB, MOSCOW, now)
    assert not open_at(CLUB, BERLIN, now)


@pytest.mark.parametrize(
    ("moment", "is_open", "until"),
    [
        ("2026-11-23T03:00", False, "2026-11-23T10:00"),
        ("2026-11-23T10:00", True, "2026-11-23T23:00"),
        ("2026-11-23T23:00", False, "2026-11-24T10:00"),
        ("2026-11-27T23:30", True, "2026-11-28T02:00"),
        ("2026-11-29T03:00", False, "2026-11-29T12:00"),
        ("2026-11-29T13:00", True, "2026-11-30T00:00"),
    ],
)
def test_when_it_opens_or_closes_next(moment: str, is_open: bool, until: str) -> None:
    found = opening(CLUB, MOSCOW, local(moment))
    assert found.open is is_open
    assert found.until == local(until)


def test_a_day_that_goes_over_into_the_next_does_not_close_between() -> None:
    weekend: Hours = [[[6], "10:00", "24:00"], [[7], "00:00", "20:00"]]
    assert opening(weekend, MOSCOW, local("2026-11-28T23:00")).until == local("2026-11-29T20:00")
    assert open_at(weekend, MOSCOW, local("2026-11-29T00:00"))


def test_who_never_closes_never_closes() -> None:
    always: Hours = [[DAILY, "00:00", "24:00"]]
    round_the_clock: Hours = [[DAILY, "10:00", "10:00"]]
    for hours in (always, round_the_clock):
        found = opening(hours, BERLIN, local("2026-10-25T02:30", BERLIN, fold=1))
        assert (found.open, found.until) == (True, None)


def test_an_hour_that_is_there_twice_is_open_both_times() -> None:
    """In Berlin on 25.10.2026 the clock goes from 3:00 back to 2:00."""
    bar: Hours = [[[6], "20:00", "02:30"]]
    first = local("2026-10-25T02:29", BERLIN)
    again = local("2026-10-25T02:29", BERLIN, fold=1)
    assert again.astimezone(UTC) - first.astimezone(UTC) == timedelta(hours=1)
    assert open_at(bar, BERLIN, first)
    assert open_at(bar, BERLIN, again)
    assert not open_at(bar, BERLIN, local("2026-10-25T02:30", BERLIN, fold=1))
    early: Hours = [[[7], "02:15", "05:00"]]
    assert not open_at(early, BERLIN, local("2026-10-25T02:14", BERLIN))
    assert open_at(early, BERLIN, local("2026-10-25T02:15", BERLIN))
    assert open_at(early, BERLIN, local("2026-10-25T02:00", BERLIN, fold=1))


def test_an_hour_that_is_left_out_is_over_at_once() -> None:
    """In Berlin on 29.3.2026 the clock goes from 2:00 to 3:00."""
    bar: Hours = [[[6], "20:00", "02:00"]]
    assert open_at(bar, BERLIN, local("2026-03-29T01:59:59", BERLIN))
    assert not open_at(bar, BERLIN, local("2026-03-29T03:00", BERLIN))
    gap: Hours = [[[7], "02:15", "02:45"]]
    found = opening(gap, BERLIN, local("2026-03-29T01:00", BERLIN))
    assert found.until == local("2026-03-29T03:15", BERLIN), "half an hour, when the clock goes on"


times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 15, 30]))
spans = st.tuples(
    st.lists(st.integers(1, 7), max_size=7, unique=True), times, st.one_of(times, st.just("24:00"))
)
moments = st.datetimes(
    datetime.fromisoformat("2026-03-20"),
    datetime.fromisoformat("2026-11-05"),
    timezones=st.just(BERLIN),
    allow_imaginary=False,
)


@given(st.lists(spans, max_size=4), moments)
def test_it_stays_as_it_is_until_it_changes(hours: Hours, now: datetime) -> None:
    found = opening(hours, BERLIN, now)
    assert found.open is open_at(hours, BERLIN, now)
    ahead = found.until or now.astimezone(UTC) + timedelta(days=7)
    now = now.astimezone(UTC)
    for share in (0.0, 0.3, 0.9):
        between = now + (ahead - now) * share
        assert open_at(hours, BERLIN, between) is found.open
    if found.until is not None:
        assert now < found.until
        assert open_at(hours, BERLIN, found.until) is not found.open


@given(spans, moments)
def test_one_span_against_a_clock_on_the_wall(
    span: tuple[list[int], str, str], now: datetime
) -> None:
    """As somebody reads it off: the day and the time that the clock shows."""
    days, opens, closes = span
    before, shown = (now.isoweekday() - 2) % 7 + 1, f"{now:%H:%M}"
    if closes > opens:
        expected = now.isoweekday() in days and opens <= shown < closes
    else:
        expected = (now.isoweekday() in days and opens <= shown) or (
            before in days and shown < closes
        )
    changes = {(3, 29), (10, 25)}
    if (now.month, now.day) not in changes:
        assert open_at([span], BERLIN, now) is expected


def test_the_venue_is_asked_by_its_own_hours_and_zone(tmp_path: Path) -> None:
    text = DEMO.replace('opens = "00:00"\ncloses = "24:00"', 'opens = "10:00"\ncloses = "02:00"')
    venue = make_venue(tmp_path, text)
    evening = Now(datetime(2026, 11, 22, 22, 30, tzinfo=UTC), 1000.0)  # 1:30 in Moscow
    told = venue.ask(GetOpening(), evening)
    assert (told.open, told.until) == (True, local("2026-11-23T02:00"))
    told = venue.ask(GetOpening(), evening.later(3_600))
    assert (told.open, told.until) == (False, local("2026-11-23T10:00"))
    unset = replace(evening.later(3_600), synced=False)
    told = venue.ask(GetOpening(), unset)
    assert (told.open, told.until) == (True, None), "nobody can tell"
    venue.close()
