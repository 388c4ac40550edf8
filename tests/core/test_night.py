"""When the screen may be dark: hours by the clock on the wall, and nobody's money on its way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from kiosk.core import night
from kiosk.core.clock import Now
from kiosk.core.messages import AcceptorChanged, HoursChanged, NoteEscrowed
from kiosk.core.venue import Venue
from kiosk.screens.view import WelcomeView
from tests.core.guest import ACCEPTOR, Guest, rub

OVER_MIDNIGHT, IN_THE_MORNING = (time(23), time(8)), (time(3), time(8, 30))
SHOP = "Europe/Moscow"


def at(hour: int, minute: int = 0, *, synced: bool = True) -> Now:
    """This time in Moscow, three hours ahead of UTC."""
    wall = datetime(2026, 11, 22, (hour - 3) % 24, minute, tzinfo=UTC)
    return Now(wall, 1000.0, synced)


@pytest.mark.parametrize(
    ("hours", "now", "dark"),
    [
        (OVER_MIDNIGHT, at(22, 59), False),
        (OVER_MIDNIGHT, at(23), True),
        (OVER_MIDNIGHT, at(0), True),
        (OVER_MIDNIGHT, at(7, 59), True),
        (OVER_MIDNIGHT, at(8), False),
        (IN_THE_MORNING, at(2, 59), False),
        (IN_THE_MORNING, at(3), True),
        (IN_THE_MORNING, at(8, 29), True),
        (IN_THE_MORNING, at(8, 30), False),
        (IN_THE_MORNING, at(5, synced=False), False),
        (None, at(5), False),
    ],
)
def test_it_is_night_by_the_clock_on_the_wall(
    hours: night.Night | None, now: Now, dark: bool
) -> None:
    assert night.falls(hours, SHOP, now) is dark


@pytest.fixture
def late(venue: Venue) -> Guest:
    """A kiosk whose screen is off from 18:00, which it is."""
    guest = Guest(venue, night=(time(18), time(8)))
    guest.tell(HoursChanged())
    return guest


def dark(guest: Guest) -> bool:
    return isinstance(guest.view, WelcomeView) and guest.view.dark


def test_only_where_nobody_is_the_screen_is_off(late: Guest) -> None:
    assert dark(late)
    late.tap()
    assert not dark(late), "a card"
    late.press("register")
    assert not dark(late)
    late.wait(600)
    assert dark(late)
    late.tell(NoteEscrowed(ACCEPTOR, "acceptor/1/1", rub(500)))  # type: ignore[arg-type]
    assert not dark(late), "a note that comes back, and the guest reads of it"


def test_while_an_acceptor_has_something_in_it_the_screen_stays_on(late: Guest) -> None:
    late.tell(AcceptorChanged(ACCEPTOR, "busy"))
    assert not dark(late)
    late.tell(AcceptorChanged(ACCEPTOR, "ready"))
    assert dark(late)


def test_the_night_is_over(late: Guest) -> None:
    late.now = replace(late.now, wall=late.now.wall.replace(hour=8))
    late.tell(HoursChanged())
    assert not dark(late)


def test_without_such_hours_it_is_never_off(guest: Guest) -> None:
    guest.tell(HoursChanged())
    assert not dark(guest)
