"""Reports: their figures are those of X and Z over the same entries; golden texts of one history.

The golden files are written anew by running this file; look at the difference before keeping it.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.core import bonus
from kiosk.core.clock import Now
from kiosk.core.desk_top_ups import ReverseTopUp, TopUpAtDesk
from kiosk.core.errors import Refused
from kiosk.core.ledger import Draft, Ledger
from kiosk.core.minutes import AdjustMinutes, MinutesOutstanding
from kiosk.core.package_sales import SellPackage, UndoPackage
from kiosk.core.packages import Package, SetPackages
from kiosk.core.periods import Period, day, days, entries, span
from kiosk.core.report_table import MadeOf, Report
from kiosk.core.report_text import csv_text, json_text, text
from kiosk.core.reports import REPORTS, made
from kiosk.core.sessions import StartSession, StopSession
from kiosk.core.shift_report import DEBTS, GrandTotals, ReadReport, ShiftReport, figures
from kiosk.core.store import Store
from kiosk.core.store_queries import Condition
from kiosk.core.texts import LANGUAGES, Texts
from kiosk.core.turnover import turnover
from kiosk.core.venue import TABLES, Venue
from tests.core.desk import OWNER, Desk, desk
from tests.core.entrance import venue_text
from tests.core.guest import DEMO, NOW, rub, shelf
from tests.core.play import club
from tests.core.test_migrations import lay, opened
from tests.core.test_shift_report import a_day, working_day
from tests.property.test_play import STEPS, Played

GOLDEN = Path(__file__).parent / "golden_reports"
MOSCOW = ZoneInfo("Europe/Moscow")
BERLIN = ZoneInfo("Europe/Berlin")
LATER = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)
EVERYTHING = Period()


def report(ledger: Ledger, name: str, period: Period = EVERYTHING) -> Report:
    return made(ledger, name, period, LATER)


def rows(told: Report) -> list[dict[str, Any]]:
    keys = [column.key for column in told.table.columns]
    return [dict(zip(keys, row, strict=True)) for row in told.table.rows]


def sums(ledger: Ledger, name: str, period: Period = EVERYTHING, **where: str) -> Counter[str]:
    """The sums of a report's columns over the rows that have these words."""
    told: Counter[str] = Counter()
    for row in rows(report(ledger, name, period)):
        if all(row[key] == value for key, value in where.items()):
            told.update({key: cell for key, cell in row.items() if isinstance(cell, int)})
    return told


# --- the same figures as X and Z ------------------------------------------------------------------


def x_of(venue: Venue, period: Period = EVERYTHING) -> ShiftReport:
    """X over the entries of a period of numbers, as the desk's own code makes it."""
    books = venue.books(NOW)
    of = span(books.ledger, period)
    before = GrandTotals()
    if of.first > 1:
        before = before.plus(turnover(books.ledger.between(1, of.first - 1), 1, of.first - 1))
    moved = turnover(books.ledger.between(of.first, of.last), of.first, of.last)
    return figures(books, before, moved, "")


def agrees(venue: Venue, period: Period = EVERYTHING) -> None:
    """Whatever a report and an X both tell of the same entries is the same."""
    x = x_of(venue, period)
    ledger = venue.ledger
    revenue = {name: money.minor for name, money in x.revenue.items()}
    services = sums(ledger, "services", period)
    assert services["net"] == revenue["additional"]
    top_ups = {row["tender"]: row for row in rows(report(ledger, "top_ups", period))}
    assert {t: row["amount"] for t, row in top_ups.items()} == {
        tender: money.minor for tender, money in x.top_ups.items()
    }
    ordered, played = sums(ledger, "orders", period), sums(ledger, "play", period)
    assert played["gross"] == revenue["play"]
    assert played["by_bonus"] == x.bonus_redeemed.minor
    assert sums(ledger, "orders", period, kind="orders")["gross"] == revenue["orders"]
    kinds = sums(ledger, "orders", period, kind="orders")
    assert kinds["discount"] + played["discount"] == -revenue["discounts"]
    assert sums(ledger, "play", period, mode="in_orders")["gross"] == (
        ordered["gross"] - kinds["gross"]
    )
    visits = sums(ledger, "visits", period)
    assert visits["markup"] == revenue["markup"]
    last = span(ledger, period).last
    owed = {row["what"]: row["amount"] for row in rows(report(ledger, "liabilities", period))}
    assert owed == {name: money.minor for name, money in x.debts.items()}
    claims = sums(ledger, "claims", period)
    assert claims["issued_amount"] == x.claims_issued.minor
    assert claims["redeemed_amount"] == x.claims_redeemed.minor
    assert claims["open_amount"] == x.debts["claims"].minor
    agrees_on_units(ledger, period, x)
    head = ledger.entry(last)
    assert head is not None
    told = report(ledger, "devices", period).made_of
    assert (told.first, told.last, told.head) == (x.first, x.last, head.hash)


def agrees_on_units(ledger: Ledger, period: Period, x: ShiftReport) -> None:
    """Minutes, points, and what was corrected of them."""
    minutes = {row["kind"]: row for row in rows(report(ledger, "minutes", period))}
    for kind, given_ in (("game", x.minutes_game), ("internet", x.minutes_net)):
        row = minutes[kind]
        terms = ("sold", "undone", "spent", "expired", "converted", "adjusted")
        assert row["before"] + sum(row[term] for term in terms) == row["outstanding"]
        assert sum(row[term] for term in terms) == given_.given - given_.taken
        code, unit = {"game": ("9020", "MIN.game"), "internet": ("9040", "MIN.net")}[kind]
        assert row["outstanding"] == -x.grand.balance(code, unit)
    corrected: Counter[tuple[str, str, str]] = Counter()
    units = {"amount": "RUB", "bonus": "BON", "game": "MIN.game", "internet": "MIN.net"}
    for row in rows(report(ledger, "adjustments", period)):
        for key, unit in units.items():
            corrected[row["kind"], row["reason"], unit] += row[key]
    wanted = {(a.kind, a.reason, a.unit): a.amount for a in x.adjustments if a.amount}
    assert {key: amount for key, amount in corrected.items() if amount} == wanted


def test_C29_the_reports_of_a_day_agree_with_its_X() -> None:
    with working_day() as till:
        agrees(till.venue)


def test_C29_the_reports_of_each_shift_agree_with_its_Z() -> None:
    with working_day() as till:
        till.closed_shift()
        # The first entry after a Z is of the shift that is opened next.
        till.book("9010:adjusted", "9020:K1-1-2p", 7, "MIN.game")
        till.opened(100)
        card = till.register("0477")
        till.note(50, card)
        till.did(SellPackage(card.client, "game-60", "cash"))
        till.printed()
        till.closed_shift()
        till.opened()
        till.note(100, card)
        for number in (1, 2, 3):
            agrees(till.venue, Period(shift=number))
        z = till.venue.ask(ReadReport(2), till.now, "cli")
        told = report(till.venue.ledger, "top_ups", Period(shift=2))
        assert (told.made_of.first, told.made_of.last) == (z.first, z.last)
        assert sums(till.venue.ledger, "top_ups", Period(shift=2))["amount"] == 5000
        with pytest.raises(Refused, match="no_such_shift"):
            report(till.venue.ledger, "top_ups", Period(shift=4))


def test_C29_the_reports_of_a_day_with_everything_agree_with_its_X(tmp_path: Path) -> None:
    """The store of format 3 that its own program left: every kind of entry is in it."""
    for number in (1, 2, 3):
        venue = opened(lay(tmp_path / "older", number))
        try:
            agrees(venue)
        finally:
            venue.close()


@pytest.mark.slow
@settings(max_examples=25)
@given(steps=st.lists(STEPS, min_size=5, max_size=30), defer=st.booleans(), cut=st.integers(0, 99))
def test_M12_M30_whatever_is_played_the_reports_agree(
    steps: list[tuple[Any, ...]], defer: bool, cut: int
) -> None:
    with club(Played) as orbit:
        orbit.begin(defer=defer)
        for number, step in enumerate(steps):
            orbit.take(step)
            if number == cut % len(steps):
                at = orbit.now.wall + timedelta(seconds=1)
                orbit.wait(seconds=2)
        agrees(orbit.venue)
        told = rows(report(orbit.venue.ledger, "minutes"))
        now = orbit.ask(MinutesOutstanding(), OWNER)
        for row in told:
            assert row["outstanding"] == now[row["kind"]].outstanding
        two_halves_make_the_whole(orbit.venue.ledger, at)


def two_halves_make_the_whole(ledger: Ledger, at: datetime) -> None:
    early, late = Period(until=at), Period(since=at)
    for name in ("services", "top_ups", "orders", "play", "adjustments", "devices", "hours"):
        added = sums(ledger, name, early)
        added.update(sums(ledger, name, late))
        whole = sums(ledger, name)
        free = ("length", "price", "mean")
        for key in whole:
            assert key in free or added[key] == whole[key], (name, key)
    before = {row["kind"]: row["outstanding"] for row in rows(report(ledger, "minutes", early))}
    assert before == {row["kind"]: row["before"] for row in rows(report(ledger, "minutes", late))}


# --- what a figure says -------------------------------------------------------------------------


def test_M12_M13_a_package_is_an_additional_service_and_its_play_costs_nothing() -> None:
    with club() as orbit:
        orbit.put("packages", "big", kind="game", minutes=300, price=60000)
        orbit.sell("big")
        ledger = orbit.venue.ledger
        for _ in range(2):
            (service,) = rows(report(ledger, "services"))
            assert (service["kind"], service["length"], service["price"]) == ("game", 300, 60000)
            assert (service["sold"], service["net"]) == (1, 60000)
            assert sums(ledger, "play")["gross"] == 0
            orbit.wait(seconds=1)
            session = orbit.start("balance_min", 47)
            orbit.wait(minutes=47)
            assert orbit.tick() == ["session_ended"], session
        (game, _) = rows(report(ledger, "minutes"))
        assert (game["sold"], game["spent"], game["outstanding"]) == (300, -94, 206)
        assert sums(ledger, "play", mode="balance_min")["minutes"] == 94


def test_M6_a_report_says_what_a_package_was_when_it_was_sold() -> None:
    with club() as orbit:
        sale = orbit.sell("game-300")
        before = report(orbit.venue.ledger, "services").table
        orbit.did(SetPackages((Package("", "game", 10, rub(5)),)), "cli")
        assert report(orbit.venue.ledger, "services").table == before
        orbit.did(UndoPackage(sale, reason="changed his mind"), "staff:105")
        (row,) = rows(report(orbit.venue.ledger, "services"))
        assert (row["sold"], row["undone"], row["net"]) == (1, 1, 0)
        assert row["received"] == row["returned"] == row["price"]


def test_deferred_revenue_is_earned_by_the_package_that_it_was_paid_for() -> None:
    with club() as orbit:
        orbit.set("minutes", revenue="defer")
        orbit.sell("game-60")
        (row,) = rows(report(orbit.venue.ledger, "services"))
        assert (row["received"], row["deferred"], row["net"]) == (15000, 15000, 0)
        session = orbit.start("balance_min", 60)
        orbit.wait(minutes=20)
        orbit.stop(session)
        (row,) = rows(report(orbit.venue.ledger, "services"))
        assert (row["sold"], row["deferred"], row["net"]) == (1, 10000, 5000)


def test_C30_the_points_of_a_top_up_stand_with_its_means_of_payment() -> None:
    with desk(DEMO + "\n[[bonus_tiers]]\nfrom = 300\npercent = 10\n") as till:
        till.opened()
        card = till.register()
        note = till.note(500, card)
        till.as_kiosk(bonus.GrantTopUpBonus((note,)), bonus.key((note,)))
        till.did(TopUpAtDesk(card.client, rub(400), "bank_card"))
        wrong = till.did(TopUpAtDesk(card.client, rub(300), "qr"))
        till.did(ReverseTopUp(wrong.refs["slip"], "typed wrong"), "staff:102")
        told = {row["tender"]: row for row in rows(report(till.venue.ledger, "top_ups"))}
        assert {name: row["bonus"] for name, row in told.items()} == {
            "cash_kiosk": 50,
            "cash_desk": 0,
            "bank_card": 40,
            "qr": 30,
        }
        assert (told["qr"]["back"], told["qr"]["back_amount"]) == (1, 30000)


def test_an_order_counts_once_it_is_paid_and_not_once_it_is_void() -> None:
    with working_day() as till:
        ledger = till.venue.ledger
        before = sums(ledger, "orders")
        till.ordered("late", till.open("550009"), 90)
        assert sums(ledger, "orders") == before
        till.pay("late", ("cash", 90))
        assert sums(ledger, "orders")["net"] == before["net"] + 9000
        till.void("till:bar/late")
        assert sums(ledger, "orders")["net"] == before["net"]


def test_what_an_order_is_discounted_by_is_no_revenue() -> None:
    with desk(venue_text(table={"discount_percent": 10})) as till:
        till.opened()
        till.closed(till.ordered("a", till.open(), 101, 99), ("cash", 180))
        told = sums(till.venue.ledger, "orders")
        assert (told["gross"], told["discount"], told["net"]) == (20000, 2000, 18000)
        agrees(till.venue)


def test_visits_have_their_mean_and_their_markups() -> None:
    text_ = venue_text(table={"markup": '"least"'})
    with desk(text_) as till:
        till.opened(10)
        for number, price in (("550001", 400), ("550002", 1401)):
            visit = till.ordered(number, till.open(number), price)
            till.closed(visit, ("cash", max(price, 1000)))
        (row,) = rows(report(till.venue.ledger, "visits"))
        assert (row["opened"], row["closed"], row["markups"], row["markup"]) == (2, 2, 1, 60000)
        assert (row["total"], row["mean"]) == (240100, 120050)


def test_an_open_claim_has_its_age() -> None:
    with working_day() as till:
        told = made(till.venue.ledger, "claims", EVERYTHING, NOW.wall + timedelta(days=31, hours=1))
        (row,) = rows(told)
        assert (row["open"], row["open_old"], row["oldest"]) == (1, 1, 31)
        month = Period(until=NOW.wall + timedelta(days=30))
        (row,) = rows(made(till.venue.ledger, "claims", month, LATER))
        assert (row["open"], row["open_old"], row["oldest"]) == (1, 0, 30)


def test_nobodys_name_or_phone_is_in_a_report(tmp_path: Path) -> None:
    venue = opened(lay(tmp_path / "older", 3))
    try:
        for name in REPORTS:
            told = json_text(report(venue.ledger, name))
            assert "+7916" not in told and "gcm1:" not in told
            assert "Анна" not in told and "Ёлкин" not in told
    finally:
        venue.close()


# --- which entries --------------------------------------------------------------------------------


@contextmanager
def bare_ledger() -> Iterator[Ledger]:
    with shelf() as folder:
        facts = {"kiosk": "K1", "currency": "RUB", "epoch": 1, "simulated": True}
        store = Store.create(folder / "k.db", facts=facts, tables=TABLES)
        yield Ledger(store)
        store.close()


def written(ledger: Ledger, *moments: datetime) -> None:
    for at in moments:
        draft = Draft("topped_up", refs={"tender": "cash"})
        draft.post("1030", "2010:K1-1-1p", "RUB", 100)
        key = f"e{ledger.seq}"
        ledger.post(draft, key=key, actor="cli", command="c", now=Now(at, 0.0))


def in_period(ledger: Ledger, period: Period) -> list[int]:
    found = entries(ledger, span(ledger, period), lambda done, of: None)
    return [entry.seq for entry in found]


MOMENTS = st.lists(
    st.integers(0, 40).map(lambda n: NOW.wall + timedelta(hours=n)), min_size=1, max_size=40
)


@settings(max_examples=60)
@given(moments=MOMENTS, since=st.integers(-1, 41), hours=st.integers(0, 42))
def test_every_entry_of_a_time_is_found_also_where_the_clock_was_set_back(
    moments: list[datetime], since: int, hours: int
) -> None:
    with bare_ledger() as ledger:
        written(ledger, *moments)
        begins = NOW.wall + timedelta(hours=since)
        ends = begins + timedelta(hours=hours)
        wanted = [n for n, at in enumerate(moments, 1) if begins <= at < ends]
        assert in_period(ledger, Period(begins, ends)) == wanted
        after = [n for n, at in enumerate(moments, 1) if at >= begins]
        assert in_period(ledger, Period(since=begins)) == after


def test_a_day_of_a_year_is_found_without_reading_the_year(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kiosk.core.periods.STEPS", 16)
    with bare_ledger() as ledger:
        hours_ = [NOW.wall + timedelta(hours=n) for n in range(800)]
        written(ledger, *hours_)
        of = span(ledger, day(date(2026, 12, 2), MOSCOW))
        assert of.last - of.first < 250
        found = entries(ledger, of, lambda done, of: None)
        begins = datetime(2026, 12, 1, 21, tzinfo=UTC)
        assert [e.seq for e in found] == [
            n for n, at in enumerate(hours_, 1) if begins <= at < begins + timedelta(days=1)
        ]


def test_a_long_time_under_a_wrong_clock_is_in_the_time_that_it_says() -> None:
    with bare_ledger() as ledger:
        wrong = datetime(2030, 1, 1, tzinfo=UTC)
        right = [NOW.wall + timedelta(minutes=n) for n in range(30)]
        written(ledger, *right[:10], *(wrong + timedelta(minutes=n) for n in range(10)))
        written(ledger, *right[10:])
        assert in_period(ledger, day(date(2026, 11, 22), MOSCOW)) == [*range(1, 11), *range(21, 41)]
        assert in_period(ledger, day(date(2030, 1, 1), MOSCOW)) == list(range(11, 21))


@pytest.mark.parametrize(("when", "hours_"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_day_on_which_the_clocks_change_has_its_own_length(when: str, hours_: int) -> None:
    told = day(date.fromisoformat(when), BERLIN)
    assert told.since is not None and told.until is not None
    assert told.until - told.since == timedelta(hours=hours_)
    with bare_ledger() as ledger:
        written(ledger, *(told.since + timedelta(hours=n - 1, minutes=30) for n in range(27)))
        assert in_period(ledger, told) == list(range(2, 2 + hours_))
        made_ = made(ledger, "hours", told, LATER)
        assert sum(row["top_ups"] for row in rows(made_)) == hours_


def test_the_hours_of_a_profile_are_the_venues(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.core.reports.zone_of", lambda ledger: BERLIN)
    with bare_ledger() as ledger:
        twice = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
        written(ledger, twice, twice + timedelta(hours=1), twice + timedelta(hours=2))
        told = {row["hour"]: row["top_ups"] for row in rows(report(ledger, "hours"))}
        assert {hour: n for hour, n in told.items() if n} == {"02:00": 2, "03:00": 1}
        late = datetime(2026, 10, 25, 23, 30, tzinfo=UTC)
        written(ledger, late)
        told = {row["weekday"]: row["top_ups"] for row in rows(report(ledger, "weekdays"))}
        assert {name: n for name, n in told.items() if n} == {"sunday": 3, "monday": 1}
        found = [(row["day"], row["top_ups"]) for row in rows(report(ledger, "days"))]
        assert found == [("2026-10-25", 3), ("2026-10-26", 1)]


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with bare_ledger() as ledger:
        for wrong in (Period(NOW.wall, NOW.wall - timedelta(hours=1)),):
            with pytest.raises(Refused, match="report_period"):
                report(ledger, "days", wrong)
        with pytest.raises(Refused, match="report_period"):
            days(date(2026, 11, 22), date(2026, 11, 21), MOSCOW)
        with pytest.raises(Refused, match="no_such_report"):
            report(ledger, "everything")


def test_an_empty_ledger_and_an_empty_time_make_empty_reports() -> None:
    with bare_ledger() as ledger:
        for name in REPORTS:
            told = report(ledger, name)
            assert (told.made_of.first, told.made_of.count, told.made_of.head) == (0, 0, "")
        written(ledger, NOW.wall)
        before = Period(until=NOW.wall)
        told = report(ledger, "top_ups", before)
        assert told.made_of.count == 0
        assert "Nothing" in text(report(ledger, "orders"), Texts.of("en"), MOSCOW)


def test_liabilities_of_a_past_moment_are_those_of_then() -> None:
    with bare_ledger() as ledger:
        written(ledger, *(NOW.wall + timedelta(days=n) for n in range(10)))
        for number in range(11):
            told = report(ledger, "liabilities", Period(until=NOW.wall + timedelta(days=number)))
            (wallets, *_) = rows(told)
            assert (wallets["amount"], wallets["holders"]) == (100 * number, int(number > 0))
            assert told.made_of.last == number


def test_what_a_report_reads_of_the_balances_goes_along_an_index() -> None:
    with bare_ledger() as ledger:
        written(ledger, NOW.wall)
        asked: list[tuple[str, Any]] = []
        each = ledger.store.each

        def recorded(sql: str, args: Any = ()) -> Any:
            asked.append((sql, args))
            return each(sql, args)

        ledger.store.each = recorded  # type: ignore[method-assign]
        report(ledger, "liabilities")
        plans = [
            step[-1]
            for sql, args in asked
            if "balances" in sql
            for step in each(f"EXPLAIN QUERY PLAN {sql}", args)
        ]
        assert plans and not any(plan.startswith("SCAN") for plan in plans), plans


def test_a_report_reads_in_short_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """No look at the store lasts as long as the report: the writer's log is free between them."""
    with bare_ledger() as ledger:
        written(ledger, *(NOW.wall + timedelta(minutes=n) for n in range(1200)))
        looks: list[Condition] = []
        documents = Store.documents

        def recorded(self: Store, name: str, where: Condition, limit: str = "") -> Any:
            looks.append(where)
            return documents(self, name, where, limit)

        monkeypatch.setattr(Store, "documents", recorded)
        seen: list[tuple[int, int]] = []
        made(ledger, "top_ups", EVERYTHING, LATER, lambda done, of: seen.append((done, of)))
        assert [where.args for where in looks] == [(1, 500), (501, 1000), (1001, 1200)]
        assert seen == [(n, 1200) for n in range(200, 1201, 200)]


# --- how it is told -------------------------------------------------------------------------------


def fixed_history(till: Desk) -> None:
    """A day with a little of everything, and an hour of play."""
    a_day(till)
    till.wait(hours=1)
    card = till.register("0466")
    till.note(1000, card)
    till.did(StartSession(card.client, "pc-1", "game", "timer", 0))
    till.wait(minutes=30)
    session = till.venue.store.table("sessions").all()[-1]
    till.did(StopSession(session["id"]))
    till.did(AdjustMinutes(card.client, "game", 15, "a present"), OWNER)


@pytest.fixture(scope="module")
def history() -> Iterator[Desk]:
    with desk() as till:
        fixed_history(till)
        yield till


def golden(ledger: Ledger, name: str, language: str) -> tuple[Path, str]:
    told = made(ledger, name, day(date(2026, 11, 22), MOSCOW), LATER)
    # A hash is made of ids and salts that no two runs have alike.
    fixed = replace(told, made_of=MadeOf(1, 55, 55, 1, "0" * 64))
    return GOLDEN / f"{name}-{language}.txt", text(
        fixed, Texts.of(language, "Europe/Moscow"), MOSCOW
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", REPORTS)
def test_a_report_reads_as_it_should(history: Desk, name: str, language: str) -> None:
    path, told = golden(history.venue.ledger, name, language)
    assert told == path.read_text("utf-8"), "python -m tests.core.test_reports"


@pytest.mark.parametrize("name", REPORTS)
def test_C28_a_csv_is_made_of_the_rows_in_major_units(history: Desk, name: str) -> None:
    told = report(history.venue.ledger, name)
    made_ = csv_text(told, Texts.of("en"))
    assert made_.endswith("\r\n") and "\r\n" in made_
    header, *found = csv.reader(io.StringIO(made_, newline=""))
    assert len(header) == len(set(header)) == len(told.table.columns)
    assert len(found) == len(told.table.rows)
    for cells, row in zip(found, told.table.rows, strict=True):
        for cell, value, column in zip(cells, row, told.table.columns, strict=True):
            if column.kind == "money":
                assert int(cell.replace(".", "")) == value and cell[-3] == "."
            elif isinstance(value, int):
                assert cell == str(value)


@pytest.mark.parametrize("item", ["=HYPERLINK(1)", "+1", "-1", "@x", "\t=1", 'a "b", c'])
def test_C28_no_text_of_a_report_is_a_formula(item: str) -> None:
    with desk() as till:
        told = report(till.venue.ledger, "orders")
        columns = told.table.columns
        row = (item, "orders", item, 1, 100, 0, -100)
        (place, _, text_, *_, net) = list(
            csv.reader(
                io.StringIO(
                    csv_text(
                        replace(told, table=replace(told.table, columns=columns, rows=(row,))),
                        Texts.of("en"),
                    ),
                    newline="",
                )
            )
        )[1]
        wanted = item if item.startswith("a") else f"'{item}"
        assert (place, text_, net) == (wanted, wanted, "-1.00")


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_comes_back_from_json(history: Desk, name: str) -> None:
    told = report(history.venue.ledger, name, Period(shift=1))
    document = told.document()
    assert json.loads(json.dumps(document)) == document, "not plain JSON values"
    assert Report.of(document) == told
    made_ = json.loads(json_text(told))
    assert made_["currency"] == "RUB" and len(made_["rows"]) == len(told.table.rows)
    assert made_["made_of"]["head"] == told.made_of.head
    assert Period.of(made_["period"]) == Period(shift=1)
    keys = [column["key"] for column in made_["columns"]]
    assert all(list(row) == keys for row in made_["rows"])
    assert set(DEBTS) == {r["what"] for r in made_["rows"]} if name == "liabilities" else True


def test_random_cuts_of_a_day_add_up(history: Desk) -> None:
    ledger = history.venue.ledger
    at = Random(7).choice([e.at for e in ledger.entries()])
    two_halves_make_the_whole(ledger, datetime.fromisoformat(at))


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    with desk() as one_day:
        fixed_history(one_day)
        for report_name in REPORTS:
            for code in LANGUAGES:
                file, written_ = golden(one_day.venue.ledger, report_name, code)
                file.write_text(written_, encoding="utf-8")
