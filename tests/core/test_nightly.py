"""Whether a nightly backup is due, or late: by the venue's clock, whatever is remembered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core import nightly
from kiosk.core.nightly import Made, Nights, Proof

MOSCOW = ZoneInfo("Europe/Moscow")
"""Three hours ahead of UTC."""
NIGHT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
"""04:30 there."""


def made(at: datetime) -> Nights:
    return Nights(Made(nightly.stamp(at), "/media/x", "K1-1-0000000009.db", 9, 4096, True))


def due(nights: Nights, now: datetime, at: str = "04:30") -> bool:
    return nightly.due(nights, at, MOSCOW, now)


def test_the_first_is_made_at_once() -> None:
    assert due(Nights(), NIGHT + timedelta(hours=9))


def test_one_a_night() -> None:
    before = made(NIGHT - timedelta(hours=23))
    assert not due(before, NIGHT - timedelta(seconds=1))
    assert due(before, NIGHT)
    assert not due(made(NIGHT + timedelta(minutes=4)), NIGHT + timedelta(hours=20))
    assert not due(made(NIGHT + timedelta(minutes=4)), NIGHT + timedelta(hours=23, minutes=59))
    assert due(made(NIGHT + timedelta(minutes=4)), NIGHT + timedelta(hours=24))


def test_a_night_that_was_missed_is_made_up_for() -> None:
    assert due(made(NIGHT - timedelta(days=1)), NIGHT + timedelta(hours=7))


def test_what_failed_is_tried_again_after_an_hour() -> None:
    failed = nightly.tried(made(NIGHT - timedelta(days=1)), NIGHT, problem="no stick")
    assert not due(failed, NIGHT + timedelta(minutes=59))
    assert due(failed, NIGHT + timedelta(minutes=60))
    again = nightly.tried(failed, NIGHT, made=made(NIGHT).made)
    assert again.problem == "" and not due(again, NIGHT + timedelta(hours=2))


def test_a_clock_that_was_wrong_keeps_nobody_from_it() -> None:
    of_the_future = made(NIGHT + timedelta(days=400))
    assert due(of_the_future, NIGHT)
    failed = nightly.tried(Nights(), NIGHT + timedelta(days=400), problem="no stick")
    assert due(failed, NIGHT)


def test_the_night_in_which_clocks_are_set_forward() -> None:
    """02:30 is no time in Berlin on 29 March 2026: it is made all the same, once."""
    berlin, last = ZoneInfo("Europe/Berlin"), datetime(2026, 3, 28, 1, 35, tzinfo=UTC)
    nights, moment, times = made(last), last, 0
    while moment < datetime(2026, 3, 30, 12, tzinfo=UTC):
        moment += timedelta(minutes=15)
        if nightly.due(nights, "02:30", berlin, moment):
            nights, times = made(moment), times + 1
    assert times == 2


def test_the_night_in_which_an_hour_comes_twice() -> None:
    berlin, last = ZoneInfo("Europe/Berlin"), datetime(2026, 10, 24, 0, 35, tzinfo=UTC)
    nights, moment, times = made(last), last, 0
    while moment < datetime(2026, 10, 26, 12, tzinfo=UTC):
        moment += timedelta(minutes=15)
        if nightly.due(nights, "02:30", berlin, moment):
            nights, times = made(moment), times + 1
    assert times == 2


@given(
    st.integers(0, 3 * 365 * 24 * 60),
    st.times(),
    st.sampled_from(["Europe/Moscow", "Europe/Berlin", "America/Santiago", "Asia/Kolkata"]),
)
def test_the_last_time_is_within_a_day(minutes: int, at: object, zone: str) -> None:
    now = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    last = nightly.last_time(f"{at:%H:%M}", ZoneInfo(zone), now)
    assert timedelta() <= now - last <= timedelta(hours=25)


def test_when_somebody_has_to_look() -> None:
    long_ago = NIGHT - timedelta(days=100)
    assert not nightly.late(made(NIGHT), long_ago, NIGHT + timedelta(hours=30))
    assert nightly.late(made(NIGHT), long_ago, NIGHT + timedelta(hours=30, seconds=1))
    # The first one: at once where it failed, else when the kiosk has been there for so long.
    failed = nightly.tried(Nights(), NIGHT, problem="no stick")
    assert nightly.late(failed, NIGHT, NIGHT)
    assert not nightly.late(Nights(), NIGHT, NIGHT + timedelta(hours=30))
    assert nightly.late(Nights(), NIGHT, NIGHT + timedelta(hours=31))
    # One failure after a good one is not yet anybody's matter.
    once = nightly.tried(made(NIGHT), NIGHT + timedelta(days=1), problem="no stick")
    assert not nightly.late(once, long_ago, NIGHT + timedelta(days=1))


def test_what_is_remembered_comes_back(tmp_path: Path) -> None:
    assert nightly.read(tmp_path) == Nights() and nightly.read_proof(tmp_path) is None
    kept = nightly.tried(made(NIGHT), NIGHT, problem="der Server schläft")
    nightly.write(tmp_path, kept)
    nightly.write_proof(tmp_path, Proof(nightly.stamp(NIGHT), 9, 0))
    assert nightly.read(tmp_path) == kept
    assert nightly.read_proof(tmp_path) == Proof("2026-11-23T01:30:00+00:00", 9, 0)
    assert nightly.age_s(kept.made, NIGHT + timedelta(minutes=2)) == 120
    assert nightly.age_s(kept.made, NIGHT - timedelta(minutes=2)) == 0
    assert nightly.age_s(None, NIGHT) is None
    assert sorted(file.name for file in tmp_path.iterdir()) == ["nightly.json", "proof.json"]


@pytest.mark.parametrize(
    "damage",
    ["", "{}", "[]", "null", '{"made": 5, "tried_at": "", "problem": ""}', "\xff",
     '{"made": null, "tried_at": "yesterday", "problem": ""}',
     '{"made": null, "tried_at": "2026-11-23T01:30:00", "problem": ""}'],
)  # fmt: skip
def test_what_is_damaged_is_forgotten(tmp_path: Path, damage: str) -> None:
    for name in (nightly.FILE, nightly.PROOF_FILE):
        (tmp_path / name).write_bytes(damage.encode("latin-1"))
    assert nightly.read(tmp_path) == Nights()
    assert nightly.read_proof(tmp_path) is None
