"""What the auditor knows of the desk: that a wrong drawer, bill, bag or session is found."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk.core import calculation, cashbox, sessions
from tests.sim.bills import Bill
from tests.sim.drawer import Drawer, Pieces, pieces, worth
from tests.sim.facts import Violation
from tests.sim.sessions import Session, Watch, minutes, price
from tests.sim.story import BEGIN, ZONE
from tests.sim.test_days import folder as folder
from tests.sim.test_days import found
from tests.sim.till import OVER_SHORT, TILL, Till, bag_counted, collected

NINE = BEGIN + ZONE
"""A Monday, nine o'clock where the venue is."""


def test_what_hands_did_wrong_is_what_the_drawer_is_over_by() -> None:
    till = Till()
    till.hands(300000)
    till.hands(-5000, wrong=True)
    assert till.counted(295000, 300000) == {TILL: -5000, OVER_SHORT: 5000}
    with pytest.raises(Violation, match="hands put 295000"):
        till.counted(300000, 300000)
    with pytest.raises(Violation, match="over by 5000; hands made it -5000"):
        till.counted(295000, 290000)


def test_a_drawer_gives_only_what_it_has() -> None:
    drawer = Drawer()
    drawer.put(Pieces({10000: 2, 5000: 1}))
    assert drawer.find(25000) == {10000: 2, 5000: 1}
    assert drawer.find(2000) is None
    assert worth(pieces(123456)) == 123456


def test_a_note_that_is_not_on_the_books_is_over() -> None:
    booked, there = {500: 2, 100: 1}, {500: 2, 100: 2}
    assert collected(booked) == {"face 500": -100000, "face 100": -10000, "=1040": 110000}
    assert bag_counted(booked, there) == {"=1040": -110000, "=1050": 120000, OVER_SHORT: -10000}


def test_a_bill_is_due_and_change_by_the_rules_on_the_wall() -> None:
    group = Bill("560001", deposits=100000, saved={"till:bar/1": 20000})
    assert (group.unpaid, group.markup, group.total) == (19000, 41000, 60000)
    assert group.figures(group.deposits) == (0, 40000)
    assert sum(group.ended(0).values()) == 0
    assert group.allows(136842) and not group.allows(140000)
    table = Bill("550001", saved={"till:bar/2": 50000})
    assert table.figures(0) == (50000, 0), "nothing comes back out of a limit"


@pytest.mark.parametrize(
    ("age_s", "used"),
    [(0.0, 0), (10.0, 0), (10.1, 1), (60.0, 1), (70.0, 1), (70.5, 2), (3600.0, 60)],
)
def test_each_begun_minute_counts_but_for_ten_seconds(age_s: float, used: int) -> None:
    assert minutes(age_s) == used


def test_a_minute_costs_more_in_the_evening() -> None:
    assert price(NINE, 60) == 18000
    assert price(NINE + timedelta(hours=8, minutes=30), 60) == 21000
    assert price(NINE + timedelta(days=5), 60) == 24000


def watched(used: int, **told: Any) -> list[dict[str, int]]:
    """What the auditor makes of a session that was stopped after 100 s."""
    watch = Watch(NINE)
    made = Session("7712345678", "pc-1", "game", "balance_min", 30, 0.0)
    watch.asks(made)
    made.begun_s.append(1000.0)
    made.stops_s.append(1100.0)
    kept = {"client": "p", "station": "pc-1", "kind": "game", "mode": "balance_min", "planned": 30}
    kept |= {"state": "ended", "ended_by": "stopped", "used": used, **told}
    return watch.read({"s": kept}, {"7712345678": "p"})


def test_a_session_has_used_the_minutes_between_two_moments() -> None:
    assert watched(2) == [{"%game/7712345678": -2}]
    for wrong in (1, 3):
        with pytest.raises(Violation, match=f"with {wrong} minutes"):
            watched(wrong)
    with pytest.raises(Violation, match="ended"):
        watched(29, ended_by="deadline")


def test_a_session_beyond_its_deadline_is_found() -> None:
    watch = Watch(NINE)
    made = Session("7712345678", "pc-1", "game", "balance_min", 30, 0.0, begun_s=[0.0])
    watch.known["s"] = made
    made.id = "s"
    watch.in_time({"s": {"planned": 30}}, 1801.0)
    with pytest.raises(Violation, match="still runs"):
        watch.in_time({"s": {"planned": 30}}, 1803.0)
    with pytest.raises(Violation, match="may last 31"):
        watch.in_time({"s": {"planned": 31}}, 10.0)


# --- mistakes of the kiosk that whole days find ---------------------------------------------------


def test_a_collection_that_forgets_a_face_is_found(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = cashbox.contents
    monkeypatch.setattr(cashbox, "contents", lambda books, device: plain(books, device)[:3])
    told = found(folder)
    assert "hands found" in told or "account 1040" in told, "by the bag, or by the books"


def test_change_out_of_the_limit_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = calculation.figures

    def generous(*args: Any, **given: Any) -> Any:
        made = plain(*args, **given)
        object.__setattr__(made, "change", max(made.change, made.balance or 0))
        return made

    monkeypatch.setattr(calculation, "figures", generous)
    assert "come back, not" in found(folder)


def test_minutes_taken_twice_after_a_cut_are_found(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = sessions._finish

    def again(books: Any, draft: Any, session: Any, *how: Any) -> None:
        plain(books, draft, session, *how)
        anchor = books.stopwatch._anchors.get(session["id"])
        if anchor and anchor.age_us and session["mode"] != "timer":
            draft.postings += draft.postings

    monkeypatch.setattr(sessions, "_finish", again)
    assert "minutes on the books" in found(folder, seeds=1, first=8)
