"""A session of a set number of minutes that is given more while it runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.core.extensions import ExtendSession
from tests.core.play import GUEST, TILL, Club, club


@pytest.fixture
def orbit() -> Iterator[Club]:
    with club() as made:
        yield made


@pytest.fixture
def planned(orbit: Club) -> str:
    """A session of 60 of 300 minutes."""
    orbit.sell("game-300")
    return orbit.start("balance_min", 60)


def test_M19_M25_a_set_number_is_made_greater(orbit: Club, planned: str) -> None:
    orbit.wait(minutes=30)
    entry = orbit.did(ExtendSession(planned, 15))
    assert (entry.kind, entry.refs["client"]) == ("session_extended", orbit.client)
    assert orbit.session(planned).deadline == "2026-11-22T16:15:00.000000Z"
    orbit.wait(minutes=30)
    assert orbit.tick() == []
    orbit.wait(minutes=15)
    assert orbit.tick() == ["session_ended"]
    assert (orbit.session(planned).used, orbit.held()) == (75, (225, 0))


def test_M19_M33_only_free_minutes_are_added(orbit: Club, planned: str) -> None:
    assert orbit.refused(ExtendSession(planned, 241)) == "err.minutes_free (free=240)"
    for minutes in (0, -5, 10**9):
        assert orbit.refused(ExtendSession(planned, minutes)) == "err.minutes_whole"
    orbit.did(ExtendSession(planned, 240))
    assert orbit.refused(ExtendSession(planned, 1)) == "err.minutes_free (free=0)"


def test_an_open_end_is_not_extended(orbit: Club) -> None:
    orbit.sell("game-300")
    session = orbit.start("balance_timer")
    assert orbit.refused(ExtendSession(session, 10)) == "err.session_open_end"


def test_what_is_over_is_not_extended(orbit: Club, planned: str) -> None:
    orbit.wait(minutes=60)
    assert orbit.refused(ExtendSession(planned, 10)) == "err.session_over"
    orbit.tick()
    assert orbit.refused(ExtendSession(planned, 10)) == "err.session_over"
    assert orbit.refused(ExtendSession("nobody", 10)) == "err.session_over"


def test_only_staff_extend(orbit: Club, planned: str) -> None:
    for actor in (GUEST, TILL):
        assert orbit.refused(ExtendSession(planned, 10), actor) == "err.not_allowed"
