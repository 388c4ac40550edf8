"""Sessions: minutes and money that are played away, to the second, and what ends them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from kiosk.core.audit import audit
from kiosk.core.cards import BlockCard
from kiosk.core.charges import minutes_used, parts
from kiosk.core.errors import Refused
from kiosk.core.lost_cards import MoveCard
from kiosk.core.package_sales import SellPackage
from kiosk.core.recognition import Recognised
from kiosk.core.session_list import (
    GetSession,
    RunningSessions,
    SessionsOf,
    Stations,
    UnpaidSessions,
)
from kiosk.core.sessions import EndSession, PaySession, StartSession, StopSession, SwitchSession
from kiosk.core.tariffs import Quote
from tests.core.guest import OTHER_UID, rub
from tests.core.play import CASHIER, GUEST, KIOSK, PIN, TILL, Club, club


@pytest.fixture
def orbit() -> Iterator[Club]:
    with club() as made:
        yield made


def spent(orbit: Club) -> tuple[int, int]:
    """What the client spent, in kopecks, and how long he played, in seconds."""
    kept = orbit.venue.store.get("statistics", orbit.client)
    assert kept is not None
    return kept["spent"], kept["played_s"]


# --- minutes of the balance ----------------------------------------------------------------------


def test_M13_M14_M16_M17_a_balance_timer_takes_what_was_worked_and_no_money(orbit: Club) -> None:
    orbit.sell("game-300")
    before = orbit.balance("4020"), orbit.balance("4010")
    session = orbit.start("balance_timer")
    orbit.wait(minutes=47)
    told = orbit.stop(session)
    assert orbit.held() == (253, 0)
    assert (told.used, told.state, told.charge) == (47, "ended", rub(0))
    assert (told.started_at, told.ended_at) == (
        "2026-11-22T15:00:00.000000Z",
        "2026-11-22T15:47:00.000000Z",
    )
    assert (orbit.balance("4020"), orbit.balance("4010")) == before == (-60_000, 0)
    orbit.sound()


def test_M15_the_ordinary_timer_bills_money_and_leaves_the_minutes(orbit: Club) -> None:
    orbit.sell("game-300")
    orbit.money(500)
    session = orbit.start("timer")
    orbit.wait(minutes=47)
    told = orbit.stop(session)
    assert orbit.held() == (300, 0)
    assert told.charge == rub(188)  # 47 minutes by 240 an hour
    assert (orbit.wallet(), orbit.balance("4010")) == (31_200, -18_800)
    orbit.sound()


def test_M18_an_empty_balance_ends_the_timer_at_nothing(orbit: Club) -> None:
    orbit.minutes(30)
    session = orbit.start("balance_timer")
    orbit.wait(minutes=29, seconds=59)
    assert orbit.tick() == []
    orbit.wait(seconds=1)
    assert orbit.tick() == ["session_ended"]
    told = orbit.session(session)
    assert (told.used, told.ended_at) == (30, "2026-11-22T15:30:00.000000Z")
    assert (orbit.held(), orbit.tick()) == ((0, 0), [])
    orbit.sound()


def test_M18_a_timer_that_is_told_late_takes_no_more_than_there_was(orbit: Club) -> None:
    orbit.minutes(30)
    session = orbit.start("balance_timer")
    orbit.wait(minutes=40)
    told = orbit.stop(session)  # a person stops it before the kiosk could
    assert (told.used, told.ended_at) == (30, "2026-11-22T15:30:00.000000Z")
    assert orbit.held() == (0, 0)


@pytest.mark.parametrize(
    ("planned", "told"),
    [
        (301, "err.minutes_free (free=300)"),
        (0, "err.minutes_whole"),
        (-1, "err.minutes_whole"),
        (60.5, "err.not_whole (number=60.5)"),
        ("60", "err.minutes_whole"),
        (True, "err.minutes_whole"),
    ],
)
def test_M19_a_number_of_minutes_is_whole_and_there(orbit: Club, planned: Any, told: str) -> None:
    orbit.minutes(300)
    start = StartSession(orbit.client, "pc-1", "game", "balance_min", planned)
    assert orbit.refused(start) == told


def test_M19_a_number_of_minutes_is_planned_and_ends_by_itself(orbit: Club) -> None:
    orbit.minutes(300)
    session = orbit.start("balance_min", 60)
    assert (orbit.held(), orbit.free()) == ((300, 0), 240)
    orbit.wait(minutes=60)
    assert orbit.tick() == ["session_ended"]
    assert (orbit.held(), orbit.free()) == ((240, 0), 240)
    assert orbit.session(session).ended_at == "2026-11-22T16:00:00.000000Z"


@pytest.mark.parametrize("mode", ["balance_timer", "balance_min"])
def test_M20_M21_M22_M35_the_kind_is_not_switched_while_it_runs(orbit: Club, mode: str) -> None:
    orbit.sell("game-300")
    orbit.sell("net-120")
    session = orbit.start(mode, 0 if mode == "balance_timer" else 60)
    orbit.wait(minutes=20)
    switch = SwitchSession(session, "internet")
    assert orbit.refused(switch) == "err.minutes_exchange"
    orbit.set("minutes", switching=True)
    assert orbit.refused(replace(switch, station="ps-1")).startswith("err.station_kind")
    assert orbit.refused(replace(switch, kind="game")) == "err.session_stop_first"
    entry = orbit.did(switch)
    old, new = orbit.session(session), orbit.session(entry.refs["session"])
    assert (old.state, old.used, new.state, new.kind) == ("ended", 20, "running", "internet")
    assert new.planned == {"balance_timer": 120, "balance_min": 40}[mode]
    assert orbit.held() == (280, 120)
    orbit.wait(minutes=15)
    orbit.stop(new.id)
    assert orbit.held() == (280, 105)
    orbit.sound()


def test_M21_once_it_is_stopped_the_other_kind_may_begin(orbit: Club) -> None:
    orbit.sell("game-60")
    orbit.sell("net-120")
    orbit.stop(orbit.start("balance_timer"))
    orbit.start("balance_timer", kind="internet")


@pytest.mark.parametrize(
    ("minutes", "seconds", "rounding", "used"),
    [
        # The source counts whole minutes; 10 seconds are free.
        (47, 5.0, "ceil", 47),
        (47, 40.0, "ceil", 48),
        (47, 10.0, "ceil", 47),
        (47, 10.001, "ceil", 48),
        (0, 10.0, "ceil", 0),
        (0, 10.001, "ceil", 1),
        (1, 0.0, "ceil", 1),
        (47, 59.999, "floor", 47),
        (47, 29.999, "half_up", 47),
        (47, 30.0, "half_up", 48),
    ],
)
def test_M23_M36_part_minutes(
    orbit: Club, minutes: int, seconds: float, rounding: str, used: int
) -> None:
    orbit.minutes(300)
    orbit.set("minutes", rounding=rounding)
    session = orbit.start("balance_timer")
    orbit.wait(minutes=minutes, seconds=seconds)
    assert orbit.stop(session).used == used
    assert orbit.held() == (300 - used, 0)


def test_M23_the_grace_is_a_setting() -> None:
    half_minute = 30 * 1_000_000
    assert minutes_used(half_minute, "half_up", 10) == 1
    assert minutes_used(half_minute, "half_up", 30) == 0
    assert minutes_used(half_minute, "ceil", 0) == 1
    assert minutes_used(1, "ceil", 0) == 1


def test_M36_the_grace_does_not_move_the_end(orbit: Club) -> None:
    orbit.minutes(31)
    session = orbit.start("balance_min", 30)
    orbit.wait(minutes=30)
    assert orbit.tick() == ["session_ended"]
    assert (orbit.session(session).used, orbit.held()) == (30, (1, 0))
    # Used is what was free at most: the 31st minute is begun, and the last.
    session = orbit.start("balance_timer")
    orbit.wait(minutes=1, seconds=9)
    assert (orbit.stop(session).used, orbit.held()) == (1, (0, 0))


def test_M24_M33_what_runs_is_reserved(orbit: Club) -> None:
    orbit.minutes(300)
    fixed = orbit.start("balance_min", 60)
    rest = orbit.start("balance_timer", station="pc-2")
    assert (orbit.free(), orbit.session(rest).planned) == (0, 240)
    for mode, planned in (("balance_timer", 0), ("balance_min", 1)):
        start = StartSession(orbit.client, "ps-1", "game", mode, planned)
        assert orbit.refused(start) in (
            "err.session_runs (station=pc-2)",
            "err.minutes_free (free=0)",
        )
    orbit.wait(minutes=60)
    assert orbit.tick() == ["session_ended"]
    assert orbit.session(fixed).state == "ended"
    orbit.wait(minutes=179, seconds=59)
    assert orbit.tick() == []
    orbit.wait(seconds=1)
    assert orbit.tick() == ["session_ended"]
    assert (orbit.session(rest).used, orbit.held()) == (240, (0, 0))
    assert orbit.refused(StartSession(orbit.client, "pc-1", "game", "balance_timer")) == (
        "err.minutes_none"
    )
    orbit.sound()


def test_M33_a_second_balance_timer_of_the_kind_is_refused_and_one_of_the_other_is_not(
    orbit: Club,
) -> None:
    orbit.sell("game-60")
    orbit.sell("net-120")
    orbit.start("balance_timer")
    orbit.sell("game-60")  # so there are free minutes again
    again = StartSession(orbit.client, "pc-2", "game", "balance_timer")
    assert orbit.refused(again) == "err.session_runs (station=pc-1)"
    orbit.start("balance_timer", kind="internet", station="pc-2")


def test_M24_two_clients_do_not_share_a_balance(orbit: Club) -> None:
    other = orbit.registered(OTHER_UID)
    orbit.minutes(60)
    orbit.minutes(60, other.client)
    orbit.start("balance_timer")
    session = orbit.start("balance_timer", client=other.client, station="pc-2")
    orbit.wait(minutes=10)
    orbit.stop(session)
    assert (orbit.held(), orbit.held(other.client)) == ((60, 0), (50, 0))


def test_M25_the_unused_rest_of_an_early_stop_returns(orbit: Club) -> None:
    orbit.minutes(300)
    session = orbit.start("balance_min", 60)
    orbit.wait(minutes=20)
    orbit.stop(session)
    assert (orbit.held(), orbit.free()) == ((280, 0), 280)


def test_M31_one_package_over_any_number_of_sessions(orbit: Club) -> None:
    orbit.sell("game-300")
    session = orbit.start("balance_timer")
    orbit.wait(minutes=47)
    orbit.stop(session)
    assert orbit.held() == (253, 0)
    orbit.start("balance_min", 60)
    orbit.wait(minutes=60)
    orbit.tick()
    assert orbit.held() == (193, 0)


def test_M18_a_timer_goes_on_where_minutes_were_bought_meanwhile(orbit: Club) -> None:
    orbit.minutes(30)
    session = orbit.start("balance_timer")
    orbit.wait(minutes=20)
    orbit.sell("game-60")
    orbit.wait(minutes=10)
    assert orbit.tick() == ["session_extended"]
    assert orbit.session(session).deadline == "2026-11-22T16:30:00.000000Z"
    orbit.wait(minutes=60)
    assert orbit.tick() == ["session_ended"]
    assert (orbit.session(session).used, orbit.held()) == (90, (0, 0))


def test_M18_a_timer_on_a_blocked_card_does_not_go_on(orbit: Club) -> None:
    orbit.minutes(30)
    orbit.start("balance_timer", card=orbit.card.id)
    orbit.sell("game-60")
    orbit.did(BlockCard(orbit.card.id, "lost"))
    orbit.wait(minutes=30)
    assert orbit.tick() == ["session_ended"]
    assert orbit.held() == (60, 0)


# --- stations and who may -----------------------------------------------------------------------


def test_a_station_is_of_a_kind_in_use_and_free(orbit: Club) -> None:
    orbit.minutes(300)
    other = orbit.registered(OTHER_UID)
    orbit.minutes(60, other.client)
    start = StartSession(orbit.client, "pc-1", "game", "balance_min", 10)
    orbit.put("stations", "pc-2", in_use=False)
    for wrong, told in (
        (replace(start, station="pc-9"), "err.no_such_station (station=pc-9)"),
        (replace(start, station="pc-2"), "err.no_such_station (station=pc-2)"),
        (replace(start, station="ps-1", kind="internet"), "err.station_kind"),
        (replace(start, kind="food"), "err.minutes_kind (kind=food)"),
        (replace(start, mode="for_free"), "err.session_mode (mode=for_free)"),
        (replace(start, client=""), "err.client_needed"),
        (replace(start, client="K1-1-999p"), "err.no_such_client"),
    ):
        assert orbit.refused(wrong).startswith(told)
    session = str(orbit.did(start).refs["session"])
    busy = replace(start, client=other.client)
    assert orbit.refused(busy).startswith("err.station_busy")
    assert [(s.id, s.session) for s in orbit.ask(Stations())] == [("pc-1", session), ("ps-1", "")]
    orbit.stop(session)
    orbit.did(busy)


def test_a_guest_plays_and_stops_with_his_own_card(orbit: Club) -> None:
    orbit.minutes(60)
    other = orbit.registered(OTHER_UID)
    start = StartSession(orbit.client, "pc-1", "game", "balance_timer", card=orbit.card.id)
    assert orbit.refused(replace(start, card=""), GUEST).startswith("err.card_needed")
    assert orbit.refused(replace(start, card=other.id), GUEST) == "err.card_of_another"
    session = str(orbit.did(start, GUEST).refs["session"])
    stop = StopSession(session, orbit.card.id)
    assert orbit.refused(StopSession(session), GUEST).startswith("err.card_needed")
    assert orbit.refused(StopSession(session, other.id), GUEST) == "err.card_of_another"
    assert orbit.refused(replace(stop, rest="cash"), GUEST) == "err.not_allowed"
    orbit.did(stop, GUEST)
    assert orbit.refused(stop, GUEST) == "err.session_over"
    orbit.did(BlockCard(orbit.card.id, "lost"))
    assert orbit.refused(start, GUEST) == "err.card_blocked"


def test_a_bare_card_does_not_put_much_at_stake(orbit: Club) -> None:
    orbit.with_pin()
    orbit.minutes(300)
    start = StartSession(orbit.client, "pc-1", "game", "balance_timer", card=orbit.card.id)
    # 300 minutes by 240 an hour are 1200; without the PIN 1000 are spent at most.
    assert orbit.refused(start, GUEST).startswith("err.pin_needed")
    # What was at stake before counts with it: 600, then 600 again.
    part = replace(start, mode="balance_min", planned=150)
    orbit.did(part, GUEST)
    again = replace(part, station="pc-2")
    assert orbit.refused(again, GUEST).startswith("err.pin_needed")
    orbit.did(replace(again, pin=PIN), GUEST)


@pytest.mark.parametrize(
    ("pin", "limit", "minutes"),
    [("", 10_000, 25), ("", 20_000, 50), (PIN, 10_000, 150)],
)
def test_M18_a_bare_card_goes_on_no_further_than_it_was_let_pass(
    orbit: Club, pin: str, limit: int, minutes: int
) -> None:
    orbit.with_pin()
    orbit.set("trust", spend_without_pin_max=limit)
    orbit.money(100)
    bare = StartSession(orbit.client, "pc-1", "game", "timer", card=orbit.card.id, pin=pin)
    session = str(orbit.did(bare, GUEST).refs["session"])
    orbit.wait(minutes=10)
    orbit.money(500)
    while orbit.session(session).state == "running":
        orbit.wait(minutes=5)
        orbit.tick()
    told = orbit.session(session)
    assert (told.used, told.charge) == (minutes, rub(minutes * 4))
    # What it was let pass for is spent: not a minute more without the PIN.
    assert orbit.refused(bare, GUEST).startswith("err.pin_needed") == (not pin)
    orbit.sound()


def test_M18_minutes_on_a_bare_card_go_on_no_further_than_it_was_let_pass(orbit: Club) -> None:
    orbit.with_pin()
    orbit.set("trust", spend_without_pin_max=10_000)
    orbit.minutes(20)
    start = StartSession(orbit.client, "pc-1", "game", "balance_timer", card=orbit.card.id)
    session = str(orbit.did(start, GUEST).refs["session"])
    orbit.minutes(300)
    orbit.wait(minutes=20)
    assert orbit.tick() == ["session_extended"]
    orbit.wait(minutes=5)
    assert orbit.tick() == ["session_ended"]
    assert (orbit.session(session).used, orbit.held()) == (25, (295, 0))
    orbit.sound()


@pytest.mark.parametrize("then", ["active", "blocked"])
def test_M18_a_timer_follows_its_card_to_the_new_one(orbit: Club, then: str) -> None:
    orbit.with_pin()
    orbit.minutes(30)
    orbit.start("balance_timer", card=orbit.card.id)
    new = Recognised("Contactless guest card", "interface", "PDS", "04ABCDEF123456")
    moved = orbit.did(MoveCard(orbit.card.id, new, reason="worn out"))
    orbit.sell("game-60")
    if then == "blocked":
        orbit.did(BlockCard(moved.refs["card"], "lost"))
    orbit.wait(minutes=30)
    assert orbit.tick() == ["session_extended" if then == "active" else "session_ended"]


def test_only_the_kiosk_ends_by_itself_and_not_early(orbit: Club) -> None:
    orbit.minutes(60)
    session = orbit.start("balance_timer")
    end = EndSession(session, 60)
    for actor in (CASHIER, GUEST, TILL, "cli"):
        assert orbit.refused(end, actor) == "err.not_allowed"
    assert orbit.refused(end, KIOSK) == "err.session_lasts"
    orbit.wait(minutes=60)
    assert orbit.refused(EndSession(session, 59), KIOSK) == "err.session_lasts"
    orbit.did(end, KIOSK)


def test_what_runs_is_told_as_of_now(orbit: Club) -> None:
    orbit.minutes(60)
    session = orbit.start("balance_min", 30)
    orbit.wait(minutes=10, seconds=30)
    (told,) = orbit.ask(RunningSessions())
    assert (told.id, told.used, told.left_s) == (session, 11, 19 * 60 + 30)
    orbit.stop(session)
    assert orbit.ask(RunningSessions()) == ()
    assert [s.id for s in orbit.ask(SessionsOf(orbit.client))] == [session]
    assert orbit.ask(GetSession("K1-1-999s")) is None


# --- the timer for money -------------------------------------------------------------------------


def test_C22_bonus_may_pay_all_of_the_play(orbit: Club) -> None:
    orbit.put("tariffs", "day", rates=[ALL_DAY])
    orbit.points(300)
    session = orbit.start("timer")
    assert orbit.session(session).planned == 60
    orbit.wait(minutes=60)
    assert orbit.tick() == ["session_ended"]
    told = orbit.session(session)
    assert (told.charge, told.bonus, told.owed) == (rub(300), 300, rub(0))
    assert (orbit.bonus(), orbit.wallet()) == (0, 0)
    assert (orbit.balance("4010"), orbit.balance("5020")) == (-30_000, 30_000)
    assert spent(orbit) == (0, 3600), "points are not spent money"
    orbit.sound()


ALL_DAY = {"days": [1, 2, 3, 4, 5, 6, 7], "start": "00:00", "end": "24:00", "per_hour": 30_000}


@pytest.mark.parametrize(("venue", "tariff"), [(100, 30), (30, 100), (30, 50)])
def test_C31_bonus_pays_the_lower_share_of_venue_and_tariff(
    orbit: Club, venue: int, tariff: int
) -> None:
    rate = ALL_DAY | {"per_hour": 10_000}
    orbit.put("tariffs", "day", rates=[rate], bonus_max_percent=tariff)
    orbit.set("bonus", max_percent=venue)
    orbit.points(500)
    orbit.money(100)
    session = orbit.start("timer")
    orbit.wait(minutes=60)
    told = orbit.stop(session)
    assert (told.charge, told.bonus) == (rub(100), 30)
    assert (orbit.bonus(), orbit.wallet()) == (470, 3_000)
    assert spent(orbit) == (7_000, 3600)


def test_C31_points_are_kept_where_the_guest_wants_so(orbit: Club) -> None:
    orbit.points(500)
    orbit.money(100)
    session = orbit.start("timer", with_bonus=False)
    orbit.wait(minutes=10)
    assert (orbit.stop(session).bonus, orbit.bonus(), orbit.wallet()) == (0, 500, 6_000)


@pytest.mark.parametrize(
    ("price", "points", "wallet", "percent", "shared"),
    [
        (30_000, 300, 0, 100, (300, 0, 0, 0)),
        (30_000, 200, 10_000, 100, (200, 0, 10_000, 0)),
        (10_000, 500, 10_000, 30, (30, 0, 7_000, 0)),
        (7_833, 500, 100, 100, (78, 0, 33, 0)),
        # The last part of a unit, which the wallet lacks, takes one more point.
        (7_833, 500, 20, 100, (79, 67, 0, 0)),
        (50, 1, 0, 100, (1, 50, 0, 0)),
        (7_833, 78, 20, 100, (78, 0, 20, 13)),
        (7_833, 500, 20, 30, (23, 0, 20, 5_513)),
        (0, 5, 5, 100, (0, 0, 0, 0)),
    ],
)
def test_C22_C31_points_are_whole(
    price: int, points: int, wallet: int, percent: int, shared: tuple[int, ...]
) -> None:
    made = parts(price, points, wallet, 100, percent)
    assert (made.points, made.over, made.money, made.short) == shared
    assert made.points * 100 - made.over + made.money + made.short == price


def test_C22_the_rest_of_a_point_is_rounding(orbit: Club) -> None:
    orbit.put("tariffs", "day", rates=[ALL_DAY | {"per_hour": 10_000}])
    orbit.points(100)
    session = orbit.start("timer")
    orbit.wait(minutes=47)
    told = orbit.stop(session)
    assert (str(told.charge), told.bonus, orbit.bonus()) == ("78.33", 79, 21)
    assert (orbit.balance("4010"), orbit.balance("5020"), orbit.balance("5040")) == (
        *(-7_833, 7_900, -67),
    )
    assert spent(orbit)[0] == 0


def test_M15_nobody_begins_who_cannot_pay_a_minute(orbit: Club) -> None:
    start = StartSession(orbit.client, "pc-1", "game", "timer")
    assert orbit.refused(start) == "err.play_short (price=4.00)"
    orbit.money(4)
    session = orbit.start("timer")
    assert orbit.session(session).planned == 1
    orbit.wait(minutes=1)
    assert orbit.tick() == ["session_ended"]
    assert orbit.wallet() == 0


def test_M15_one_timer_a_client_and_at_most_a_day(orbit: Club) -> None:
    orbit.money(10_000)
    session = orbit.start("timer")
    assert orbit.session(session).planned == 1440
    again = StartSession(orbit.client, "pc-2", "internet", "timer")
    assert orbit.refused(again) == "err.session_runs (station=pc-1)"
    orbit.wait(hours=24)
    assert orbit.tick() == ["session_ended"]


def test_M15_a_timer_goes_on_after_a_top_up(orbit: Club) -> None:
    orbit.money(40)
    session = orbit.start("timer")
    orbit.wait(minutes=5)
    orbit.money(20)
    orbit.put("tariffs", "day", rates=[ALL_DAY])  # for those who begin now
    orbit.wait(minutes=5)
    assert orbit.tick() == ["session_extended"]
    orbit.wait(minutes=5)
    assert orbit.tick() == ["session_ended"]
    told = orbit.session(session)
    assert (told.used, told.charge, orbit.wallet()) == (15, rub(60), 0)


def test_M15_what_the_wallet_lacks_is_taken_at_the_desk_or_owed(orbit: Club) -> None:
    orbit.money(150)
    session = orbit.start("timer")
    orbit.did(SellPackage(orbit.client, "net-120", "wallet"))  # 120 of the 150
    orbit.wait(minutes=30)
    told = orbit.stop(session)
    assert (told.charge, told.owed, told.state) == (rub(120), rub(90), "unpaid")
    assert (orbit.wallet(), orbit.balance(f"1200:{session}")) == (0, 9_000)
    assert orbit.balance("4010") == -12_000
    assert spent(orbit)[0] == 12_000 + 3_000
    # Who owes plays no more.
    start = StartSession(orbit.client, "pc-1", "internet", "balance_timer")
    assert orbit.refused(start) == "err.session_unpaid (amount=90.00)"
    assert [s.id for s in orbit.ask(UnpaidSessions())] == [session]
    assert orbit.refused(PaySession(session, "wallet")).startswith("err.wallet_short")
    orbit.did(PaySession(session, "cash"))
    assert (orbit.balance("1030"), orbit.balance(f"1200:{session}")) == (9_000, 0)
    assert spent(orbit)[0] == 12_000 + 12_000
    assert orbit.refused(PaySession(session, "cash")) == "err.session_paid"
    orbit.did(start)
    orbit.sound()


def test_M15_staff_take_the_rest_at_once(orbit: Club) -> None:
    orbit.money(150)
    session = orbit.start("timer")
    orbit.did(SellPackage(orbit.client, "net-120", "wallet"))
    orbit.wait(minutes=30)
    told = orbit.stop(session, rest="cash")
    assert (told.owed, told.state) == (rub(0), "ended")
    assert (orbit.balance("1030"), orbit.balance("4010")) == (9_000, -12_000)
    assert spent(orbit)[0] == 12_000 + 12_000


def test_M7_M15_a_groups_tariff_and_discount_count_and_what_held_at_the_start(orbit: Club) -> None:
    orbit.money(1000)
    orbit.put("clients", orbit.client, group="evening")
    assert orbit.ask(Quote("pc-1", 60, orbit.client)) == rub(150)
    assert orbit.ask(Quote("pc-1", 60)) == rub(240)
    session = orbit.start("timer")
    orbit.put("tariffs", "evening", rates=[ALL_DAY])
    orbit.put("clients", orbit.client, group="")
    orbit.wait(minutes=60)
    assert orbit.stop(session).charge == rub(150)
    orbit.put("clients", orbit.client, group="vip")
    session = orbit.start("timer")
    orbit.wait(minutes=60)
    assert orbit.stop(session).charge == rub(216)
    assert (orbit.balance("4060"), orbit.balance("4010")) == (2_400, -39_000)
    assert orbit.wallet() == 100_000 - 15_000 - 21_600
    orbit.sound()


def test_a_quote_is_for_a_station_that_is_there(orbit: Club) -> None:
    for quote, told in (
        (Quote("pc-9", 60), r"err\.no_such_station"),
        (Quote("pc-1", 0), r"err\.minutes_whole"),
        (Quote("pc-1", 1441), r"err\.minutes_whole"),
    ):
        with pytest.raises(Refused, match=told):
            orbit.ask(quote)
    orbit.put("tariffs", "day", rates=[ALL_DAY | {"end": "12:00"}])
    with pytest.raises(Refused, match=r"err\.tariff_missing \(tariff=Standard\)"):
        orbit.ask(Quote("pc-1", 60))


def test_C36_statistics_count_play_of_every_kind_and_the_visit_at_its_beginning(
    orbit: Club,
) -> None:
    orbit.minutes(60)
    session = orbit.start("balance_timer")
    kept = orbit.venue.store.get("statistics", orbit.client)
    assert kept is not None
    assert kept["last_visit"] == "2026-11-22T15:00:00.000000Z"
    orbit.wait(minutes=10, seconds=7)
    orbit.stop(session)
    assert spent(orbit) == (0, 607)


def test_a_merged_client_and_an_erased_one(orbit: Club) -> None:
    orbit.minutes(60)
    start = StartSession(orbit.client, "pc-1", "game", "balance_min", 10)
    orbit.put("clients", orbit.client, state="merged")
    assert orbit.refused(start).startswith("err.no_such_client")
    orbit.put("clients", orbit.client, state="erased")
    orbit.did(start)  # what he holds stays his
    assert orbit.refused(SellPackage(orbit.client, "game-60", "cash")) == "err.client_needed"


# --- what must agree -----------------------------------------------------------------------------


def test_M24_M30_what_does_not_agree_is_found(orbit: Club) -> None:
    def found() -> list[str]:
        told = audit(orbit.venue.books(orbit.now))
        return [f"{f.where} {f.what}" for f in told if f.where.startswith(("client", "st", "1200"))]

    orbit.sell("game-60")
    orbit.money(150)
    timer = orbit.start("timer")
    orbit.did(SellPackage(orbit.client, "net-120", "wallet"))
    orbit.wait(minutes=30)
    orbit.stop(timer)
    orbit.did(PaySession(timer, "cash"))
    session = orbit.start("balance_min", 20)
    assert found() == []
    orbit.put("sessions", session, planned=61)
    orbit.put("sessions", timer, owed=1)
    sale = orbit.venue.store.table("package_sales").all()[0]
    orbit.put("package_sales", sale["id"], left=62)
    who = f"client {orbit.client} has 60 game minutes"
    assert found() == [
        f"{who}; 62 are sold and not spent",
        f"{who}; 61 are held by sessions",
        f"1200:{timer} has 0 RUB, but the session owes 1",
    ]
    orbit.put("sessions", session + "x", station="pc-1", state="running", mode="timer", owed=0)
    assert found()[2] == "station pc-1 has 2 running sessions"
