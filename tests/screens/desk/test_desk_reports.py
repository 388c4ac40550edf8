"""Reports at the desk: chosen, of a time, read, charted, printed, carried to a stick."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.core.desk.reports import ReportList, ReportShown, ReportUnderWay
from kiosk.core.errands import MakeReport, Stick, Sticks, StopErrand
from kiosk.core.errors import Refused
from kiosk.core.messages import Effect, ErrandTold, StartErrand
from kiosk.core.periods import Period
from kiosk.core.reports import REPORTS, made
from kiosk.core.shifts import OpenShift
from kiosk.core.situation import Welcome
from kiosk.screens.view import Bars, Meter, Table
from tests.core.guest import shelf
from tests.screens.desk.errand_hands import Here, go
from tests.screens.desk.hands import (
    ADMINISTRATOR,
    AUDITOR,
    CASHIER,
    MANAGER,
    OWNER,
    TECHNICIAN,
    Hands,
    inside,
)


@pytest.fixture
def stick() -> Iterator[Path]:
    with shelf() as folder:
        (folder / "KINGSTON").mkdir()
        yield folder / "KINGSTON"


@pytest.fixture
def here(hands: Hands, stick: Path) -> Here:
    return go(hands, stick.parent)


def topped_up(hands: Hands) -> None:
    """A guest with a card put two notes in."""
    hands.register()
    hands.top_up(500, 200)
    hands.press("done", "leave")


def table(hands: Hands) -> list[list[str]]:
    (found,) = inside(hands.view, Table)
    return [[cell.text for cell in line.cells] for line in found.lines]


def show(hands: Hands, name: str, period: str = "today") -> None:
    hands.go("reports")
    hands.press(f"report:{name}", f"choose:period={period}", "make")


# --- which, of when ------------------------------------------------------------------------------


def test_every_report_is_made_of_every_time(hands: Hands, here: Here) -> None:
    topped_up(hands)
    hands.sign_in(OWNER)
    assert len(REPORTS) == 13
    for name in REPORTS:
        show(hands, name, "all")
        assert isinstance(hands.page, ReportShown), hands.notice
        assert hands.page.report.name == name
        hands.press("back")
    for period in ("today", "yesterday", "month", "last_month"):
        show(hands, "top_ups", period)
        assert isinstance(hands.page, ReportShown), hands.notice


def test_C29_the_top_ups_of_today_by_means_of_payment(hands: Hands, here: Here) -> None:
    topped_up(hands)
    hands.sign_in(MANAGER)
    show(hands, "top_ups")
    hands.says("Top-ups by means of payment", "22.11.2026", "700.00")
    assert table(hands)[0][:3] == ["Cash at the kiosk", "2", "700.00"]
    assert table(hands)[-1][:3] == ["Total", "2", "700.00"]


def test_yesterday_had_none(hands: Hands, here: Here) -> None:
    topped_up(hands)
    hands.sign_in(MANAGER)
    show(hands, "orders", "yesterday")
    hands.says("21.11.2026", "Nothing in this period.")


def test_a_time_that_is_typed(hands: Hands, here: Here) -> None:
    topped_up(hands)
    hands.sign_in(MANAGER)
    hands.go("reports")
    hands.press("report:days", "choose:period=days")
    hands.type("21112026")
    hands.says("21.11.2026")
    hands.fill("to", "22112026")
    hands.press("make")
    hands.says("21.11.2026 to 22.11.2026")


def test_one_day_is_typed_once(hands: Hands, here: Here) -> None:
    hands.sign_in(MANAGER)
    hands.go("reports")
    hands.press("report:days", "choose:period=days")
    hands.type("22112026")
    hands.press("make")
    assert isinstance(hands.page, ReportShown)
    hands.says("22.11.2026")
    hands.silent("22.11.2026 to")


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("", "", "There is no such day."),
        ("31022026", "", "There is no such day."),
        ("2211", "", "There is no such day."),
        ("00000000", "", "There is no such day."),
        ("22112026", "99", "There is no such day."),
        ("22112026", "21112026", "The period ends before it begins."),
        ("31129999", "", "There is no such day."),
    ],
)
def test_a_day_that_there_is_not(
    hands: Hands, here: Here, first: str, last: str, said: str
) -> None:
    hands.sign_in(MANAGER)
    hands.go("reports")
    hands.press("report:days", "choose:period=days")
    hands.fill("from", first)
    hands.fill("to", last)
    hands.press("make")
    assert isinstance(hands.page, ReportList)
    hands.says(said)
    assert hands.page.form["from"] == first, "nothing that was typed is lost"


def test_the_first_days_of_all_are_a_time(hands: Hands, here: Here) -> None:
    hands.sign_in(MANAGER)
    hands.go("reports")
    hands.press("report:days", "choose:period=days")
    hands.fill("from", "01010001")
    hands.press("make")
    assert isinstance(hands.page, (ReportShown, ReportList))


def test_a_shift_by_its_number(hands: Hands, here: Here) -> None:
    hands.did(OpenShift(()), actor=f"staff:{OWNER}", key="shift")
    topped_up(hands)
    hands.sign_in(OWNER)
    show(hands, "top_ups", "shift")
    hands.says("Shift 1", "700.00")
    hands.press("back")
    for number in ("", "0", "77", "99999999"):
        hands.fill("shift", number)
        hands.press("make")
        assert isinstance(hands.page, ReportList)
        assert "no shift" in hands.words() or "not a whole number" in hands.words(), number


# --- while it is made ----------------------------------------------------------------------------


def started(effects: list[Effect]) -> list[StartErrand]:
    return [e for e in effects if isinstance(e, StartErrand)]


def test_it_tells_how_far_it_is_and_can_be_stopped(hands: Hands) -> None:
    hands.sign_in(OWNER)
    hands.go("reports")
    hands.press("report:days")
    (begun,) = started(hands.press("make"))
    assert isinstance(begun.errand, MakeReport)
    hands.tell(ErrandTold(begun.id, 4_200, 10_000))
    (meter,) = inside(hands.view, Meter)
    assert (meter.done, meter.of) == (4_200, 10_000)
    hands.says("4\u202f200 of 10\u202f000 entries")
    (stopped,) = started(hands.press("stop"))
    assert stopped.errand == StopErrand(begun.id)
    assert isinstance(hands.page, ReportList)
    hands.tell(ErrandTold(begun.id, 1, 1, ended=True, result=Refused("err.report_failed")))
    assert hands.notice == ""


def test_who_goes_elsewhere_waits_for_it_no_more(hands: Hands) -> None:
    hands.sign_in(OWNER)
    hands.go("reports")
    hands.press("report:days")
    (begun,) = started(hands.press("make"))
    (stopped,) = started(hands.press("section:today"))
    assert stopped.errand == StopErrand(begun.id)


def test_who_is_locked_out_finds_it_when_he_comes_back(hands: Hands) -> None:
    hands.sign_in(OWNER)
    hands.go("reports")
    hands.press("report:claims")
    (begun,) = started(hands.press("make"))
    hands.wait(121)
    assert isinstance(hands.scene, Welcome)
    report = made(hands.venue.ledger, "claims", Period(), hands.now.wall)
    hands.tell(ErrandTold(begun.id, ended=True, result=report))
    assert isinstance(hands.scene, Welcome), "guests see nothing of it"
    hands.sign_in(OWNER)
    assert isinstance(hands.page, ReportShown) and hands.page.report == report


def test_in_the_absence_of_who_was_locked_out_nothing_is_written(hands: Hands, stick: Path) -> None:
    hands.sign_in(OWNER)
    go(hands, stick.parent)
    show(hands, "claims")
    hands.does.clear()
    (looking,) = started(hands.press("carry:csv"))
    hands.wait(121)
    found = Sticks((Stick(str(stick), "KINGSTON", 1),))
    assert not started(hands.tell(ErrandTold(looking.id, ended=True, result=found)))
    hands.sign_in(OWNER)
    hands.says("Looking for a stick")
    go(hands, stick.parent)
    hands.press("look")
    hands.says("Saved: ")


def test_what_cannot_be_made_is_said_and_the_choice_stays(hands: Hands) -> None:
    hands.sign_in(OWNER)
    hands.go("reports")
    hands.press("report:days", "choose:period=month")
    (begun,) = started(hands.press("make"))
    assert isinstance(hands.page, ReportUnderWay)
    hands.tell(ErrandTold(begun.id, ended=True, result=Refused("err.errands_busy")))
    assert "several long things" in hands.notice and hands.tone == "bad"
    assert isinstance(hands.page, ReportList)
    assert hands.page.form["period"] == "month"


# --- charts, paper, sticks -----------------------------------------------------------------------


def test_a_profile_is_a_chart_and_a_table(hands: Hands, here: Here) -> None:
    topped_up(hands)
    hands.sign_in(OWNER)
    show(hands, "hours")
    (bars,) = inside(hands.view, Bars)
    assert sum(bars.values) == 2 and len(bars.values) == len(bars.labels) == 24
    assert [bars.labels[n] for n, value in enumerate(bars.values) if value] == ["18"]
    hands.press("view:table")
    assert len(table(hands)) == 25
    hands.press("view:chart")
    assert list(inside(hands.view, Bars))


def test_a_report_is_printed_with_its_figures(hands: Hands, here: Here) -> None:
    topped_up(hands)
    hands.sign_in(OWNER)
    show(hands, "top_ups")
    hands.press("print")
    assert hands.entry.kind == "slip_issued" and hands.entry.actor == f"staff:{OWNER}"
    (slip,) = hands.slips[-1:]
    for line in ("REPORT", "Top-ups by means of payment", "Cash at the kiosk", "700.00", "Proof"):
        assert line in slip
    hands.says("The report is being printed.")


def test_too_much_for_paper_is_refused(
    hands: Hands, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands.sign_in(OWNER)
    show(hands, "top_ups")
    monkeypatch.setattr("kiosk.core.desk_paper.REPORT_ROWS_MAX", 2)
    printed = len(hands.slips)
    hands.press("print")
    assert "too many for paper" in hands.notice and len(hands.slips) == printed


def test_C28_a_report_is_carried_away_as_csv_and_json(
    hands: Hands, here: Here, stick: Path
) -> None:
    topped_up(hands)
    hands.sign_in(OWNER)
    show(hands, "top_ups")
    hands.press("carry:csv")
    hands.says("Saved: K1-top_ups-2026-11-22-1800.csv", "You can pull the stick out now.")
    hands.press("back")
    assert isinstance(hands.page, ReportShown)
    hands.press("carry:json")
    csv, told = sorted(stick.iterdir())
    assert csv.read_text().splitlines()[1].startswith("Cash at the kiosk,2,700.00")
    assert json.loads(told.read_text())["totals"]["amount"] == 70000


def test_without_a_stick_it_waits_for_one(hands: Hands, here: Here, stick: Path) -> None:
    stick.rmdir()
    hands.sign_in(OWNER)
    show(hands, "claims")
    hands.press("carry:csv")
    hands.says("No USB stick is plugged in.")
    stick.mkdir()
    hands.press("look")
    hands.says("Saved: ")


def test_of_two_sticks_one_is_chosen(hands: Hands, here: Here, stick: Path) -> None:
    other = stick.with_name("SANDISK")
    other.mkdir()
    hands.sign_in(OWNER)
    show(hands, "claims")
    hands.press("carry:csv")
    hands.says("Which stick?", "KINGSTON", "SANDISK")
    hands.press("SANDISK")
    assert not list(stick.iterdir()) and len(list(other.iterdir())) == 1


def test_a_stick_that_is_pulled_between_is_said(hands: Hands, here: Here, stick: Path) -> None:
    other = stick.with_name("SANDISK")
    other.mkdir()
    hands.sign_in(OWNER)
    show(hands, "claims")
    hands.press("carry:csv")
    other.rmdir()
    hands.press("SANDISK")
    hands.says("The stick is not there any more. Nothing was saved.")
    hands.press("look")
    assert not list(stick.iterdir()), "another stick is written to only when it is chosen"


# --- who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [CASHIER, TECHNICIAN])
def test_who_may_not_read_reports_sees_none(hands: Hands, role: str) -> None:
    hands.sign_in(role)
    assert "section:reports" not in hands.pressable()


@pytest.mark.parametrize("role", [ADMINISTRATOR, MANAGER, OWNER, AUDITOR])
def test_who_may_read_reports_prints_them(hands: Hands, here: Here, role: str) -> None:
    hands.sign_in(role)
    show(hands, "liabilities")
    hands.press("print")
    assert hands.entry.actor == f"staff:{role}"
