"""Statistics: what a client spent, played and when he came; the segments made of that."""

from __future__ import annotations

from typing import get_args

import pytest

from kiosk.core import segments, statistics, venue_file
from kiosk.core.clients import EraseClient, GetClient, anonymous
from kiosk.core.ids import ClientId
from kiosk.core.ledger import Draft, Entry
from kiosk.core.segments import ListSegment, Segment, SetGroup
from kiosk.core.settings import ImportVenue
from kiosk.core.statistics import ClientStatistics, Statistics
from kiosk.core.venue import Venue
from tests.core.guest import DEMO, NOW, Guest, rub
from tests.core.play import Club, club
from tests.core.test_clients import client

CASHIER, MANAGER = "staff:101", "staff:105"

MORNING, EVENING = "2026-11-20T07:00:00.000000Z", "2026-11-21T16:00:00.000000Z"
"""10 and 19 o'clock in Moscow."""


def booked(venue: Venue, name: str, key: str, **figures: object) -> None:
    """An entry of somebody's that says what it adds to the figures."""
    draft = Draft("test")
    statistics.record(venue.books(NOW), draft, name, **figures)  # type: ignore[arg-type]
    venue.ledger.post(draft, key=f"book:{key}", actor="cli", command=key, now=NOW)


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


# --- what a client's page says -------------------------------------------------------------------


def told(venue: Venue, name: str) -> Statistics:
    return venue.ask(ClientStatistics(ClientId(name)), NOW, CASHIER)


def test_C14_played_spent_in_real_money_and_last_visit(venue: Venue) -> None:
    """Play cost 300, paid 100 game + 200 bonus: spent +100, played + the session's time."""
    one = client(venue, "A1")
    assert told(venue, one) == Statistics(0, rub(0), "", 0, 0)
    booked(venue, one, "begins", visit_at=EVENING)
    booked(venue, one, "ends", spent_minor=10000, played_s=3600)
    assert told(venue, one) == Statistics(3600, rub(100), EVENING, 1, 1)
    booked(venue, one, "undone", spent_minor=-10000)
    assert told(venue, one).spent == rub(0)


def test_C36_a_top_up_is_neither_spent_nor_a_visit(guest: Guest) -> None:
    card = guest.top_up(500)
    guest.press("done")
    assert told(guest.venue, card.client) == Statistics(0, rub(0), "", 0, 0)
    assert isinstance(guest.order("a", card, 120), Entry)
    visited = told(guest.venue, card.client)
    assert (visited.visits, visited.spent) == (1, rub(0)), "an order is spent when it is paid"
    assert visited.last_visit.startswith("2026-11-22T15:")


def test_an_erased_client_leaves_no_figures(venue: Venue) -> None:
    one = client(venue, "A1")
    booked(venue, one, "a", spent_minor=100000000)
    assert segment(venue, "vip") == [one]
    venue.do(EraseClient(ClientId(one), "wishes it"), actor="cli", key="e", now=NOW)
    assert segment(venue, "vip") == []
    booked(venue, one, "b", spent_minor=100000000)
    assert segment(venue, "vip") == []


# --- segments ------------------------------------------------------------------------------------


def segment(venue: Venue, name: Segment, page: int = 0) -> list[str]:
    return [str(r.client.client) for r in venue.ask(ListSegment(name, page), NOW, CASHIER).rows]


def test_C15_absent_is_whose_last_visit_was_so_many_days_ago(venue: Venue) -> None:
    """`last_visit <= today - 60 d`: days of the venue, whatever the hour."""
    # Now it is 18:00 in Moscow, on 22 November; 60 days ago was 23 September.
    for number, at in (
        ("A1", "2026-09-23T20:59:59.999999Z"),
        ("A2", "2026-09-23T21:00:00.000000Z"),
        ("A3", "2026-01-01T00:00:00.000000Z"),
    ):
        booked(venue, client(venue, number), number, visit_at=at)
    booked(venue, client(venue, "A4"), "A4", spent_minor=500)
    found = venue.ask(ListSegment("absent"), NOW, CASHIER)
    assert found.total == 2
    assert [row.client.last_visit[:10] for row in found.rows] == ["2026-01-01", "2026-09-23"]


@pytest.mark.parametrize(
    ("evenings", "visits", "regular"),
    [(3, 3, False), (3, 4, True), (4, 4, True), (2, 4, False), (3, 5, True), (59, 99, False)],
)
def test_C15_C37_an_evening_regular(
    venue: Venue, evenings: int, visits: int, regular: bool
) -> None:
    """At least 60 % of at least 4 visits begin from 18 to 24 o'clock."""
    one = client(venue, "A1")
    for n in range(visits):
        booked(venue, one, f"v{n}", visit_at=EVENING if n < evenings else MORNING)
    assert segment(venue, "evening") == ([one] if regular else [])


@pytest.mark.parametrize(
    ("at", "evening"),
    [("2026-11-20T14:59:59.999999Z", 0), ("2026-11-20T15:00:00.000000Z", 1),
     ("2026-11-20T20:59:59.999999Z", 1), ("2026-11-20T21:00:00.000000Z", 0)],
)  # fmt: skip
def test_C37_the_evening_is_from_18_to_24_where_the_venue_is(
    venue: Venue, at: str, evening: int
) -> None:
    one = client(venue, "A1")
    booked(venue, one, "v", visit_at=at)
    assert told(venue, one).evenings == evening


def test_C37_the_evening_is_that_of_the_settings(venue: Venue) -> None:
    text = DEMO.replace("evening_from = 18", "evening_from = 11").replace(
        "evening_to = 24", "evening_to = 12"
    )
    done = venue.do(ImportVenue(venue_file.parse(text)), actor="cli", key="i", now=NOW)
    assert isinstance(done, Entry)
    one = client(venue, "A1")
    for minute, evenings in (("07:59", 0), ("08:00", 1), ("08:59", 2), ("09:00", 2)):
        booked(venue, one, minute, visit_at=f"2026-11-20T{minute}:00.000000Z")
        assert told(venue, one).evenings == evenings, minute


def test_C15_C39_a_vip_spent_so_much(venue: Venue) -> None:
    least = venue.books(NOW).settings()["segments"]["vip_from"]
    made = [client(venue, f"A{n}") for n in range(3)]
    for n, spent in enumerate((least - 1, least, least + 1)):
        booked(venue, made[n], f"s{n}", spent_minor=spent)
    assert segment(venue, "vip") == [made[2], made[1]]
    (row, _) = venue.ask(ListSegment("vip"), NOW, CASHIER).rows
    assert row.spent.minor == least + 1


def test_C15_a_segment_comes_in_pages_and_with_its_count(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "ROWS_MAX", 2)
    made = [client(venue, f"A{n}") for n in range(5)]
    for n, one in enumerate(made):
        booked(venue, one, one, spent_minor=20_000_000 - n)
    pages = [segment(venue, "vip", page) for page in range(4)]
    assert pages == [made[:2], made[2:4], made[4:], []]
    assert venue.ask(ListSegment("vip", 3), NOW, CASHIER).total == 5
    monkeypatch.setattr(segments, "TOTAL_MAX", 3)
    assert venue.ask(ListSegment("vip"), NOW, CASHIER).total == 3, "more are not counted"


def test_C15_the_thresholds_are_the_venues(venue: Venue) -> None:
    one = client(venue, "A1")
    booked(venue, one, "v", visit_at="2026-11-12T07:00:00.000000Z", spent_minor=100)
    assert not any(segment(venue, name) for name in get_args(Segment))
    text = DEMO
    for old, new in (("absent_days = 60", "absent_days = 10"),
                     ("vip_from = 100000", "vip_from = 1")):  # fmt: skip
        assert old in text, "the demo venue has it"
        text = text.replace(old, new)
    file = venue_file.parse(text)
    assert isinstance(venue.do(ImportVenue(file), actor="cli", key="i", now=NOW), Entry)
    assert [segment(venue, name) for name in get_args(Segment)] == [[one], [], [one]]


def test_C15_every_segment_is_asked_of_an_index(venue: Venue) -> None:
    table = venue.store.table("statistics")
    for name in get_args(Segment):
        wanted, by, descending = segments._condition(venue.books(NOW), name)
        told = table._condition(wanted)
        order = f"json_extract(doc, '$.\"{by}\"')" + (" DESC" if descending else "")
        plan = venue.store.rows(
            f"EXPLAIN QUERY PLAN SELECT doc FROM statistics WHERE {told.sql} ORDER BY {order}",
            told.args,
        )
        steps = [str(step) for *_, step in plan]
        assert len(steps) == 1 and f"USING INDEX statistics:{by}" in steps[0], steps


# --- groups --------------------------------------------------------------------------------------


def group(venue: Venue, name: str) -> str:
    found = venue.ask(GetClient(ClientId(name)), NOW)
    assert found is not None
    return found.group


def put(venue: Venue, name: str, into: str, actor: str = MANAGER, reason: str = "x") -> str:
    """The kind of the entry, or the key of the refusal."""
    command = SetGroup(ClientId(name), into, reason)
    done = venue.do(command, actor=actor, key=f"g{venue.ledger.seq}", now=NOW)
    return done.kind if isinstance(done, Entry) else done.key


def test_C37_C39_staff_put_a_client_into_a_group(venue: Venue) -> None:
    one = client(venue, "A1")
    assert group(venue, one) == ""
    assert put(venue, one, "evening", reason=" ") == "err.reason_missing"
    assert put(venue, one, "evening", "staff:101") == "err.not_allowed"
    assert put(venue, one, "nobody") == "err.no_such_group"
    assert put(venue, "K1-1-99p", "vip") == "err.no_such_client"
    assert put(venue, one, "evening") == "group_set"
    assert group(venue, one) == "evening"
    assert put(venue, one, "evening") == "err.nothing_changed"
    assert put(venue, one, "") == "group_set"
    assert group(venue, one) == ""


def test_C39_who_spends_what_a_group_asks_for_is_in_it(venue: Venue) -> None:
    least = venue.books(NOW).get("groups", "vip")["spent_from"]  # type: ignore[index]
    one = client(venue, "A1")
    booked(venue, one, "a", spent_minor=least - 1)
    assert group(venue, one) == ""
    booked(venue, one, "b", spent_minor=1)
    assert group(venue, one) == "vip"
    # Taken out by staff he stays out, and money that is undone puts nobody out.
    assert put(venue, one, "") == "group_set"
    booked(venue, one, "c", spent_minor=1)
    assert group(venue, one) == ""


def test_C39_a_group_that_staff_gave_stays(venue: Venue) -> None:
    one = client(venue, "A1")
    assert put(venue, one, "evening") == "group_set"
    booked(venue, one, "a", spent_minor=10**9)
    assert group(venue, one) == "evening"


def test_C39_of_groups_that_ask_for_money_the_highest_reached(venue: Venue) -> None:
    more = '[[groups]]\nid = "gold"\nname = "Gold"\nspent_from = 200000\n\n[[groups]]\nid = "vip"'
    file = venue_file.parse(DEMO.replace('[[groups]]\nid = "vip"', more))
    assert isinstance(venue.do(ImportVenue(file), actor="cli", key="i", now=NOW), Entry)
    one, two = client(venue, "A1"), client(venue, "A2")
    booked(venue, one, "a", spent_minor=10_000_000)
    assert group(venue, one) == "vip"
    booked(venue, one, "b", spent_minor=10_000_000)
    assert group(venue, one) == "gold"
    booked(venue, two, "c", spent_minor=30_000_000)
    assert group(venue, two) == "gold"
    # Of one draft that says it in two parts, too.
    three = client(venue, "A3")
    draft = Draft("test")
    for _ in range(2):
        statistics.record(venue.books(NOW), draft, three, spent_minor=10_000_000)
    venue.ledger.post(draft, key="d", actor="cli", command="d", now=NOW)
    assert group(venue, three) == "gold"
    assert sorted(change.table for change in draft.changes) == ["clients", "statistics"]


# --- all of it, at play --------------------------------------------------------------------------


def test_C14_play_for_300_paid_100_money_and_200_bonus() -> None:
    """Spent grows by 100, played by the session's time."""
    with club() as orbit:
        orbit.money(100)
        orbit.points(200)
        session = orbit.start("timer")
        orbit.wait(minutes=75)  # at 240 an hour
        orbit.stop(session)
        assert (orbit.wallet(), orbit.bonus()) == (0, 0)
        page = told(orbit.venue, orbit.client)
        assert page == Statistics(75 * 60, rub(100), page.last_visit, 1, 1)
        assert page.last_visit[:16] == "2026-11-22T15:00"


def test_C37_C39_a_group_has_its_tariff_or_its_discount() -> None:
    """The evening regular pays 150 for an hour, the VIP 10 % less, everybody else 240."""
    with club() as orbit:
        for group, costs in (("", 240), ("evening", 150), ("vip", 216)):
            if group:
                assert put(orbit.venue, orbit.client, group) == "group_set"
            orbit.money(costs)
            session = orbit.start("timer")
            orbit.wait(hours=1)
            orbit.stop(session)
            assert orbit.wallet() == 0, group


def test_C39_play_makes_a_vip() -> None:
    with club() as orbit:
        orbit.put("groups", "vip", spent_from=24000)
        orbit.money(480)
        for group in ("", "vip"):
            assert group_of(orbit) == group
            session = orbit.start("timer")
            orbit.wait(hours=1)
            orbit.stop(session)
        orbit.sound()


def group_of(orbit: Club) -> str:
    return group(orbit.venue, orbit.client)
