"""The day and the books in figures: what is counted, where a day begins, where it is cut."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.core import day_figures
from kiosk.core.day_figures import BooksFigures, DayFigures
from kiosk.core.desk_top_ups import TopUpAtDesk
from tests.core.desk import CASHIER, Desk, desk
from tests.core.guest import rub


@pytest.fixture
def till() -> Iterator[Desk]:
    with desk() as made:
        yield made


def topped_up(till: Desk, face: int) -> None:
    card = till.register(f"04AABBCC{till.venue.ledger.seq:06}")
    till.did(TopUpAtDesk(card.client, rub(face), "cash", "en"))


def test_a_top_up_counts_in_its_hour_where_the_venue_is(till: Desk) -> None:
    till.opened()
    topped_up(till, 300)
    till.wait(hours=2)
    topped_up(till, 200)
    day = till.ask(DayFigures(), CASHIER)
    assert (day.top_ups, day.taken, day.since) == (2, rub(500), "")
    # 15:00 and 17:00 UTC, in Moscow.
    assert {hour: n for hour, n in enumerate(day.hours) if n} == {18: 30000, 20: 20000}


def test_a_day_begins_at_midnight_of_the_venue(till: Desk) -> None:
    till.opened()
    topped_up(till, 300)
    till.wait(hours=5, minutes=59)
    assert till.ask(DayFigures(), CASHIER).top_ups == 1
    till.wait(minutes=1)
    assert till.ask(DayFigures(), CASHIER).top_ups == 0


def test_a_long_day_is_read_in_portions_up_to_its_limit(
    till: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(day_figures, "_PORTION", 2)
    till.opened()
    for _ in range(7):
        topped_up(till, 100)
    day = till.ask(DayFigures(), CASHIER)
    assert (day.top_ups, day.taken, day.since) == (7, rub(700), "")
    monkeypatch.setattr(day_figures, "LOOK_MAX", 5)
    day = till.ask(DayFigures(), CASHIER)
    assert (day.top_ups, day.taken) == (5, rub(500)) and day.since != ""


def test_the_last_starts_are_told_newest_first(till: Desk) -> None:
    for _ in range(5):
        till.started()
        till.wait(minutes=1)
    books = till.ask(BooksFigures(), CASHIER)
    assert books.entries == till.venue.ledger.seq
    assert len(books.starts) == 3 and list(books.starts) == sorted(books.starts, reverse=True)
