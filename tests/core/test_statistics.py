"""Statistics: what a client spent, played and when he came; the segments made of that."""

from __future__ import annotations

from kiosk.core import statistics
from kiosk.core.clients import anonymous
from kiosk.core.ledger import Draft
from kiosk.core.venue import Venue
from tests.core.guest import NOW
from tests.core.test_clients import client

MORNING, EVENING = "2026-11-20T07:00:00.000000Z", "2026-11-21T16:00:00.000000Z"
"""10 and 19 o'clock in Moscow."""


def booked(venue: Venue, name: str, key: str, **figures: object) -> None:
    """An entry of somebody's that says what it adds to the figures."""
    draft = Draft("test")
    statistics.record(venue.books(NOW), draft, name, **figures)  # type: ignore[arg-type]
    venue.ledger.post(draft, key=key, actor="cli", command=key, now=NOW)


def test_C36_what_one_entry_records_twice_adds_up(venue: Venue) -> None:
    one = client(venue, "A1")
    draft = Draft("test")
    books = venue.books(NOW)
    statistics.record(books, draft, one, spent_minor=100, visit_at=EVENING)
    statistics.record(books, draft, one, spent_minor=50, played_s=60)
    assert len(draft.changes) == 1
    venue.ledger.post(draft, key="k", actor="cli", command="k", now=NOW)
    booked(venue, one, "l", spent_minor=7, played_s=1, visit_at=MORNING)
    assert books.get("statistics", one) == {
        "id": one,
        "spent": 157,
        "played_s": 61,
        "visits": 2,
        "evening_visits": 1,
        "evening_percent": 50,
        # An entry that comes late does not make the last visit an earlier one.
        "last_visit": EVENING,
    }


def test_C2_nobody_and_walk_ins_have_no_statistics(venue: Venue) -> None:
    draft = Draft("test")
    books = venue.books(NOW)
    walk_in = anonymous(books, draft, "en")
    statistics.record(books, draft, walk_in, spent_minor=100)
    statistics.record(books, draft, "", spent_minor=100)
    assert [change.table for change in draft.changes] == ["clients"]
    venue.ledger.post(draft, key="k", actor="cli", command="k", now=NOW)
    later = Draft("test")
    statistics.record(books, later, walk_in, visit_at=EVENING)
    assert not later.changes
