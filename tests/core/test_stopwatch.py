"""When a session ends: clocks that are set, processes that die, and what is believed then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from kiosk.core.clock import Now
from kiosk.core.stopwatch import SYNC_WAIT_S, Anchor, Due, Running, age_us, due, seen, settled
from kiosk.core.venue import Venue
from tests.core.guest import NOW
from tests.core.play import Club, club

MINUTE_US = 60_000_000
BEGAN = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
HALF_HOUR = Running("s", BEGAN, 1800)


@pytest.fixture
def orbit() -> Iterator[Club]:
    with club() as made:
        made.minutes(30)
        yield made


def reboot(orbit: Club, *, down_s: float, wall_s: float | None = None, synced: bool = True) -> None:
    """The machine is down so long; then its wall clock is `wall_s` further, its other at 7."""
    path = orbit.venue.store.path
    orbit.venue.close()
    wall_s = down_s if wall_s is None else wall_s
    orbit.now = Now(orbit.now.later(wall_s).wall, 7.0, synced)
    orbit.venue = Venue.open(path, path.with_name("secrets.db"))
    orbit.held()  # a process asks the books at its start


def ended(orbit: Club, session: str) -> str:
    """The moment of its end, UTC: 15:30:00 where all went well."""
    told = orbit.session(session)
    assert told.state == "ended"
    orbit.sound()
    return told.ended_at[11:19]


# --- through the books ---------------------------------------------------------------------------


def test_M26_a_reboot_in_between_changes_nothing(orbit: Club) -> None:
    session = orbit.start("balance_timer")
    orbit.wait(minutes=10)
    reboot(orbit, down_s=600)
    assert orbit.tick() == []
    orbit.wait(minutes=9, seconds=59)
    assert orbit.tick() == []
    orbit.wait(seconds=1)
    assert orbit.tick() == ["session_ended"]
    assert ended(orbit, session) == "15:30:00"
    assert orbit.held() == (0, 0)


@pytest.mark.parametrize("step_s", [3600.0, -3600.0, 86_400.0 * 365, -86_400.0 * 365])
def test_M26_a_clock_that_is_set_does_not_move_the_end(orbit: Club, step_s: float) -> None:
    session = orbit.start("balance_timer")
    orbit.wait(minutes=10)
    orbit.wait(wall_s=step_s, seconds=0)
    assert orbit.tick() == ["session_moved"]
    orbit.wait(minutes=19, seconds=59)
    assert orbit.tick() == []
    orbit.wait(seconds=1)
    assert orbit.tick() == ["session_ended"]
    told = orbit.session(session)
    assert (told.used, orbit.held()) == (30, (0, 0))
    lasted = datetime.fromisoformat(told.ended_at) - datetime.fromisoformat(told.started_at)
    assert lasted.total_seconds() == 1800


def test_M26_a_clock_that_is_set_back_and_forth_moves_it_each_time(orbit: Club) -> None:
    session = orbit.start("balance_timer")
    for step_s in (3600.0, -3600.0, 3600.0, -3600.0):
        orbit.wait(wall_s=step_s, seconds=0)
        assert orbit.tick() == ["session_moved"], "exactly where it was before, too"
        assert orbit.tick() == []
    orbit.wait(minutes=30)
    assert orbit.tick() == ["session_ended"]
    assert ended(orbit, session) == "15:30:00"


@pytest.mark.parametrize("step_s", [3600.0, -3600.0])
def test_M26_a_clock_that_is_set_and_then_a_reboot(orbit: Club, step_s: float) -> None:
    session = orbit.start("balance_timer")
    orbit.wait(minutes=10)
    orbit.wait(wall_s=step_s, seconds=0)
    orbit.tick()
    reboot(orbit, down_s=600)
    assert orbit.tick() == []
    orbit.wait(minutes=9, seconds=59)
    assert orbit.tick() == []
    orbit.wait(seconds=1)
    assert orbit.tick() == ["session_ended"]
    assert ended(orbit, session) == {3600.0: "16:30:00", -3600.0: "14:30:00"}[step_s]


def test_M26_a_person_stops_by_the_same_time(orbit: Club) -> None:
    session = orbit.start("balance_timer")
    orbit.wait(minutes=7)
    orbit.wait(wall_s=1200, seconds=0)  # nobody looked at the clock in between
    assert (orbit.stop(session).used, orbit.held()) == (7, (23, 0))


def test_M26_the_second_of_a_small_correction_moves_nothing(orbit: Club) -> None:
    orbit.start("balance_timer")
    orbit.wait(wall_s=61.9, minutes=1)
    assert orbit.tick() == []
    orbit.wait(wall_s=0.1, seconds=0)
    assert orbit.tick() == ["session_moved"]
    assert orbit.tick() == []


def test_M37_a_deadline_in_down_time_is_the_end(orbit: Club) -> None:
    session = orbit.start("balance_timer")
    orbit.wait(minutes=20)
    reboot(orbit, down_s=25 * 60)
    assert orbit.tick() == ["session_ended"]
    assert ended(orbit, session) == "15:30:00"
    entry = orbit.venue.ledger.entry(orbit.venue.ledger.seq)
    assert entry is not None and entry.at[11:19] == "15:45:00", "the entry is of the boot"
    assert orbit.held() == (0, 0)


def test_M37_a_clock_that_is_behind_at_the_boot_decides_once_it_is_set(orbit: Club) -> None:
    session = orbit.start("balance_timer")
    orbit.wait(minutes=20)
    # Without a clock of its own the machine goes on from when it died, or from long ago.
    reboot(orbit, down_s=25 * 60, wall_s=0, synced=False)
    orbit.wait(synced=False, seconds=30)
    assert orbit.tick() == []
    orbit.wait(wall_s=25 * 60, seconds=0)
    assert orbit.tick() == ["session_ended"]
    assert ended(orbit, session) == "15:30:00"


def test_M37_a_clock_that_is_set_in_time_gives_the_true_rest(orbit: Club) -> None:
    session = orbit.start("balance_timer")
    orbit.wait(minutes=10)
    reboot(orbit, down_s=300, wall_s=-86_400 * 365, synced=False)
    orbit.wait(synced=False, seconds=30)
    assert orbit.tick() == []
    orbit.wait(wall_s=300 + 86_400 * 365, seconds=0)
    assert orbit.tick() == []
    orbit.wait(minutes=14, seconds=29)
    assert orbit.tick() == []
    orbit.wait(seconds=1)
    assert orbit.tick() == ["session_ended"]
    assert ended(orbit, session) == "15:30:00"


def test_M37_a_clock_that_is_never_set_lets_lived_time_decide(orbit: Club) -> None:
    session = orbit.start("balance_timer")
    orbit.wait(minutes=10)
    reboot(orbit, down_s=300, wall_s=-86_400 * 365, synced=False)
    assert orbit.tick() == []
    # The last entry is of the start: of the ten minutes before the end nobody knows.
    orbit.wait(synced=False, minutes=29, seconds=59)
    assert orbit.tick() == []
    orbit.wait(synced=False, seconds=1)
    assert orbit.tick() == ["session_ended"]
    assert ended(orbit, session) == "15:30:00"


def test_M37_a_clock_that_is_never_set_and_right_ends_at_the_deadline(orbit: Club) -> None:
    session = orbit.start("balance_timer")
    orbit.wait(minutes=10)
    reboot(orbit, down_s=300, synced=False)
    orbit.wait(synced=False, minutes=14, seconds=59)
    assert orbit.tick() == []
    orbit.wait(synced=False, seconds=1)
    assert orbit.tick() == ["session_ended"]
    assert ended(orbit, session) == "15:30:00"


def test_M37_a_clock_that_is_ahead_at_the_boot_is_given_time_to_be_set(orbit: Club) -> None:
    session = orbit.start("balance_timer")
    orbit.wait(minutes=10)
    reboot(orbit, down_s=60, wall_s=7200, synced=False)
    orbit.wait(synced=False, seconds=SYNC_WAIT_S - 1)
    assert orbit.tick() == []
    orbit.wait(wall_s=60 - 7200, seconds=0)
    assert orbit.tick() == [], "set, and by it 17 minutes are left"
    orbit.wait(minutes=17)
    assert orbit.tick() == [], "and one second, of the two minutes"
    orbit.wait(seconds=1)
    assert orbit.tick() == ["session_ended"]
    assert ended(orbit, session) == "15:30:00"


def test_M37_a_clock_that_is_ahead_and_is_not_set_is_believed_in_the_end(orbit: Club) -> None:
    session = orbit.start("balance_timer")
    orbit.wait(minutes=10)
    reboot(orbit, down_s=60, wall_s=7200, synced=False)
    orbit.wait(synced=False, seconds=SYNC_WAIT_S - 1)
    assert orbit.tick() == []
    orbit.wait(synced=False, seconds=1)
    assert orbit.tick() == ["session_ended"]
    assert ended(orbit, session) == "15:30:00"


@pytest.mark.parametrize(
    ("off_s", "done"), [(86_400.0, ["session_moved"]), (-86_400.0, [])], ids=["ahead", "behind"]
)
def test_M26_a_session_that_begins_by_a_clock_that_is_set_later(
    orbit: Club, off_s: float, done: list[str]
) -> None:
    """In the first minute after a boot. One that is behind is read as the last entry's moment."""
    orbit.wait(wall_s=off_s, seconds=0, synced=False)
    session = orbit.start("balance_timer")
    orbit.wait(synced=False, minutes=5)
    assert orbit.tick() == []
    orbit.wait(wall_s=-off_s, seconds=0)
    assert orbit.tick() == done
    reboot(orbit, down_s=600)
    orbit.wait(minutes=14, seconds=59)
    assert orbit.tick() == []
    orbit.wait(seconds=1)
    assert orbit.tick() == ["session_ended"]
    assert ended(orbit, session) == "15:30:00"


def test_M26_the_end_that_was_written_before_the_power_went_is_not_written_again(
    orbit: Club,
) -> None:
    orbit.start("balance_timer")
    orbit.wait(minutes=30)
    ((command, key),) = orbit.venue.due(orbit.now)
    first = orbit.did(command, "kiosk", key)
    reboot(orbit, down_s=60)
    assert orbit.tick() == []
    assert orbit.did(command, "kiosk", key) == first


# --- the stopwatch by itself ---------------------------------------------------------------------


def test_what_a_process_knows_of_a_session_that_it_did_not_begin() -> None:
    ten = NOW.later(600)
    assert seen(HALF_HOUR, ten, "") == Anchor(1600.0, 10 * MINUTE_US, firm=True)
    behind = Now(BEGAN.replace(year=2020), 5.0, synced=False)
    last = "2026-11-22T15:04:00.000000Z"
    assert seen(HALF_HOUR, behind, last) == Anchor(5.0, 4 * MINUTE_US, firm=False)
    assert seen(HALF_HOUR, behind, "") == Anchor(5.0, 0, firm=False)
    # Synchronised, the clock is believed though an entry says later.
    assert seen(HALF_HOUR, Now(BEGAN, 5.0), last).age_us == 0


def test_an_anchor_is_settled_once() -> None:
    unsure = Anchor(5.0, 4 * MINUTE_US, firm=False)
    unset = Now(BEGAN, 65.0, synced=False)
    assert settled(HALF_HOUR, unsure, unset) == unsure
    firm = settled(HALF_HOUR, unsure, Now(NOW.later(600).wall, 65.0))
    assert firm == Anchor(65.0, 10 * MINUTE_US, firm=True)
    assert settled(HALF_HOUR, firm, Now(NOW.later(9999).wall, 66.0)) == firm
    # Not less than was lived in this process.
    assert settled(HALF_HOUR, unsure, Now(BEGAN, 65.0)).age_us == MINUTE_US


def test_a_clock_that_goes_back_makes_nobody_younger() -> None:
    assert age_us(Anchor(100.0, MINUTE_US, firm=True), Now(BEGAN, 99.0)) == MINUTE_US


def test_what_is_due() -> None:
    anchors = {"s": Anchor(1000.0, 0, firm=True)}
    assert due([HALF_HOUR], anchors, NOW.later(1799.999)) == []
    assert due([HALF_HOUR], anchors, NOW.later(1800)) == [Due("s", "end", BEGAN)]
    stepped = Now(NOW.later(3600).wall, 1000.0)
    assert due([HALF_HOUR], anchors, stepped) == [Due("s", "move", stepped.wall)]
    unset = Now(stepped.wall, 1000.0, synced=False)
    assert due([HALF_HOUR], anchors, unset) == [], "a clock that is not set is no measure"
