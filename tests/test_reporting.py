"""Reports in a child process and from the command line, beside whoever writes the store."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kiosk import accounting, reporting
from kiosk.__main__ import main
from kiosk.core.clock import Now
from kiosk.core.errors import Refused
from kiosk.core.ledger import Draft
from kiosk.core.periods import Period
from kiosk.core.reports import REPORTS, made
from kiosk.core.venue import Venue
from kiosk.reporting import KEPT_S, RUNNING_MAX, Reporting
from tests.core.guest import NOW, shelf
from tests.core.test_migrations import configuration, lay, opened

ROOT = Path(__file__).parents[1]
EVERYTHING = Period()


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class House:
    """A store with a life in it, which this process writes, and its reports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.venue: Venue = opened(lay(folder / "books", 3))
        self.path = folder / "books" / "store.db"
        self.clock = Clock()
        (folder / "results").mkdir()
        self.reporting = Reporting(self.path, folder / "results", self.clock)

    def wait(self, job: str) -> reporting.Status:
        """Until the child has ended."""
        self.reporting._jobs[job].child.wait()
        return self.reporting.status(job)

    def made(self, name: str, period: Period = EVERYTHING) -> str:
        job = self.reporting.start(name, period, "en")
        assert self.wait(job).state == "done"
        return job


@pytest.fixture
def house() -> Iterator[House]:
    with shelf() as folder:
        made_ = House(folder)
        yield made_
        made_.reporting.close()
        made_.venue.close()
        assert not list((folder / "results").iterdir())


def refusal(work: Any, *given: Any) -> str:
    with pytest.raises(Refused) as told:
        work(*given)
    return told.value.key


# --- the child -----------------------------------------------------------------------------------


@pytest.mark.e2e
@pytest.mark.beside
@pytest.mark.beside
def test_a_child_makes_the_report_that_would_be_made_here(house: House) -> None:
    for name in ("services", "liabilities"):
        job = house.made(name)
        told = json.loads(house.reporting.result(job, "json"))
        wanted = made(house.venue.ledger, name, EVERYTHING, NOW.wall)
        assert [list(row.values()) for row in told["rows"]] == [list(r) for r in wanted.table.rows]
        assert told["made_of"]["head"] == house.venue.ledger.head
    assert "What the venue owes" in house.reporting.result(job, "text")
    assert house.reporting.result(job, "csv").startswith("What,Holders,Amount\r\n")


@pytest.mark.e2e
@pytest.mark.beside
@pytest.mark.beside
def test_a_report_speaks_the_language_that_was_asked_for(house: House) -> None:
    job = house.reporting.start("liabilities", EVERYTHING, "ru")
    house.wait(job)
    assert house.reporting.result(job, "csv").startswith("Что,Владельцев,Сумма\r\n")
    other = house.reporting.start("liabilities", EVERYTHING, "xx")
    house.wait(other)
    assert house.reporting.result(other, "csv").startswith("What,")


@pytest.mark.e2e
@pytest.mark.beside
@pytest.mark.beside
def test_a_child_tells_how_far_it_is_and_leaves_a_private_file(house: House) -> None:
    job = house.made("top_ups")
    status = house.reporting.status(job)
    last = house.venue.ledger.seq
    assert (status.done, status.of) == (last - last % 200, last)
    (file,) = (house.folder / "results").rglob("*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert not list(file.parent.glob("*.part"))


@pytest.mark.e2e
@pytest.mark.beside
@pytest.mark.beside
def test_a_child_reads_beside_the_writer_and_is_nice(house: House) -> None:
    """While it runs the writer commits; what comes later is not in the report."""
    before = house.venue.ledger.seq
    job = house.reporting.start("top_ups", EVERYTHING, "en")
    child = house.reporting._jobs[job].child
    ledger = house.venue.ledger
    for number in range(200):
        draft = Draft("odd")
        draft.post("1030", "4030", "RUB", 1)
        key, now = f"beside:{number}", Now(NOW.wall, 0.0)
        ledger.post(draft, key=key, actor="cli", command="c", now=now)
    assert house.wait(job).state == "done" and child.returncode == 0
    told = json.loads(house.reporting.result(job, "json"))["made_of"]
    assert before <= told["last"] <= ledger.seq and told["count"] == told["last"]
    entry = ledger.entry(told["last"])
    assert entry is not None and entry.hash == told["head"]
    # Nobody looks at an older moment any more: the whole log can be emptied.
    ledger.store.empty_log()
    assert not ledger.store._log_kept


@pytest.mark.e2e
@pytest.mark.beside
@pytest.mark.beside
def test_a_child_opens_no_secrets_and_is_nice(house: House) -> None:
    (house.folder / "books" / "secrets.db").rename(house.folder / "elsewhere.db")
    said = subprocess.run(
        [sys.executable, "-c", CHILD, house.path, "claims", json.dumps(EVERYTHING.document()),
         house.folder / "claims.json"],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    assert said.stdout.splitlines()[-1] == "nice 19"
    assert json.loads((house.folder / "claims.json").read_text("utf-8"))["zone"]
    (house.folder / "elsewhere.db").rename(house.folder / "books" / "secrets.db")


CHILD = """
import os, sys
from kiosk.reporting import main
assert main(sys.argv[1:]) == 0
print("nice", os.nice(0))
"""


@pytest.mark.e2e
@pytest.mark.beside
@pytest.mark.beside
def test_only_so_many_are_made_at_once_and_one_can_be_given_up(house: House) -> None:
    first, second = (house.reporting.start("days", EVERYTHING, "en") for _ in range(RUNNING_MAX))
    # What ended is heard of when somebody asks; a stopped child has surely not.
    for job in (first, second):
        os.kill(house.reporting._jobs[job].child.pid, signal.SIGSTOP)
    if house.reporting.status(first).state == house.reporting.status(second).state == "running":
        assert refusal(house.reporting.start, "days", EVERYTHING, "en") == "err.reports_busy"
        assert refusal(house.reporting.result, first, "json") == "err.report_not_done"
    child = house.reporting._jobs[first].child
    os.kill(child.pid, signal.SIGCONT)
    house.reporting.cancel(first)
    assert child.returncode is not None
    assert refusal(house.reporting.status, first) == "err.report_gone"
    os.kill(house.reporting._jobs[second].child.pid, signal.SIGCONT)
    assert house.wait(second).state == "done"
    house.made("hours")


@pytest.mark.e2e
@pytest.mark.beside
@pytest.mark.beside
def test_a_result_is_kept_for_a_quarter_of_an_hour(house: House) -> None:
    job = house.made("days")
    house.clock.seconds = KEPT_S - 1
    assert house.reporting.result(job, "csv")
    house.clock.seconds = KEPT_S
    assert refusal(house.reporting.result, job, "csv") == "err.report_gone"
    assert not list((house.folder / "results").rglob("*.json"))
    assert refusal(house.reporting.cancel, "nobody's") == "err.report_gone"


@pytest.mark.e2e
@pytest.mark.beside
@pytest.mark.beside
def test_why_there_will_be_no_report_is_told(house: House, capfd: Any) -> None:
    job = house.reporting.start("days", Period(shift=99), "en")
    status = house.wait(job)
    assert status.state == "failed" and status.error is not None
    assert (status.error.key, status.error.args_by_name) == ("err.no_such_shift", {"number": "99"})
    assert refusal(house.reporting.result, job, "csv") == "err.no_such_shift"
    killed = house.reporting.start("days", EVERYTHING, "en")
    house.reporting._jobs[killed].child.kill()
    status = house.wait(killed)
    assert status.error is not None and status.error.key == "err.report_failed"
    nowhere = Reporting(house.folder / "nothing.db", house.folder / "results")
    job = nowhere.start("days", EVERYTHING, "en")
    nowhere._jobs[job].child.wait()
    assert nowhere.status(job).state == "failed"
    nowhere.close()
    assert "nothing.db" in capfd.readouterr().err


def test_nothing_is_started_for_a_report_that_is_none(house: House) -> None:
    assert refusal(house.reporting.start, "everything", EVERYTHING, "en") == "err.no_such_report"
    naive = Period(since=datetime(2026, 1, 1))  # noqa: DTZ001
    assert refusal(house.reporting.start, "days", naive, "en") == "err.period"
    assert not house.reporting._jobs


@pytest.mark.e2e
@pytest.mark.beside
@pytest.mark.beside
def test_a_child_whose_asker_is_gone_ends(house: House) -> None:
    read, write = os.pipe()
    os.close(read)
    asked = json.dumps(EVERYTHING.document())
    child = subprocess.run(
        [sys.executable, "-m", "kiosk.reporting", house.path, "days", asked, house.folder / "x"],
        stdout=write, stderr=subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    os.close(write)
    assert (child.returncode, child.stderr) == (1, b"")
    assert not (house.folder / "x").exists()


# --- the command line ----------------------------------------------------------------------------


@pytest.fixture
def lived(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The configuration of a kiosk with a life in its store."""
    monkeypatch.setattr(os, "nice", lambda more: 0)
    with shelf() as folder:
        lay(folder / "books", 3)
        (folder / "books" / "store.db").rename(folder / "books" / "kiosk.db")
        (folder / "kiosk.toml").write_text(configuration(folder / "books"))
        yield folder / "kiosk.toml"


def said(capsys: pytest.CaptureFixture[str], config: Path, verb: str, *words: str) -> str:
    code = main([verb, "--config", str(config), *words])
    told = capsys.readouterr()
    return told.out if code == 0 else f"{code}: {told.err}"


def test_C28_a_report_is_written_by_the_command_line(lived: Path, capsys: Any) -> None:
    told = said(capsys, lived, "report", "services")
    assert told.startswith("Additional services\n") and "Total" in told
    assert said(capsys, lived, "report", "services", "--csv").startswith("Kind,Minutes each,")
    rows = json.loads(said(capsys, lived, "report", "services", "--json"))["rows"]
    assert rows and all(isinstance(row["net"], int) for row in rows)
    named = said(capsys, lived, "report", "list")
    assert [line.split()[0] for line in named.splitlines()] == list(REPORTS)


@pytest.mark.parametrize(
    ("words", "since", "until"),
    [
        (("--day", "2026-11-22"), "2026-11-21T21:00", "2026-11-22T21:00"),
        (("--from", "2026-11-22"), "2026-11-21T21:00", ""),
        (("--until", "2026-11-22"), "", "2026-11-22T21:00"),
        (("--from", "2026-11-01", "--until", "2026-11-30"), "2026-10-31T21:00", "2026-11-30T21:00"),
        (("--from", "2026-11-22T18:30", "--until", "2026-11-22T17:00+01:00"),
         "2026-11-22T15:30", "2026-11-22T16:00:00.000001"),
        (("--as-of", "2026-11-22"), "", "2026-11-22T21:00"),
        (("--as-of", "2026-11-22T18:00"), "", "2026-11-22T15:00:00.000001"),
    ],
)  # fmt: skip
def test_a_period_is_of_the_venues_days(
    lived: Path, capsys: Any, words: tuple[str, ...], since: str, until: str
) -> None:
    told = json.loads(said(capsys, lived, "report", "days", "--json", *words))["period"]
    for name, wanted in (("since", since), ("until", until)):
        moment = datetime.fromisoformat(wanted).replace(tzinfo=UTC) if wanted else None
        assert told[name] == (f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}" if moment else "")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("everything",), "There is no report everything"),
        (("days", "--day", "2026-13-01"), "2026-13-01"),
        (("days", "--from", "yesterday"), "yesterday"),
        (("days", "--from", "2026-11-23", "--until", "2026-11-22"), "ends before it begins"),
        (("days", "--day", "2026-11-22", "--shift", "1"), "one period"),
        (("days", "--shift", "99"), "no shift 99"),
    ],
)
def test_what_is_asked_wrongly_is_told(
    lived: Path, capsys: Any, words: tuple[str, ...], told: str
) -> None:
    answer = said(capsys, lived, "report", *words)
    assert answer.startswith("1: ") and told in answer


def test_a_balance_is_explained_by_card_by_client_and_by_account(lived: Path, capsys: Any) -> None:
    by_card = said(capsys, lived, "explain", "7700000001")
    first, now, _, newest, *_ = by_card.splitlines()
    assert first.startswith("2010:") and now.startswith("As of ")
    assert " → " in newest and newest.split()[0].isdecimal()
    client = first.partition(":")[2]
    strip = [line for line in by_card.splitlines() if not line.startswith("As of")]
    for account in (client, first):
        other = said(capsys, lived, "explain", account).splitlines()
        assert [line for line in other if not line.startswith("As of")] == strip
    points = json.loads(said(capsys, lived, "explain", client, "--of", "bonus", "--json"))
    assert points["unit"] == "BON"
    assert points["amount"] == points["opening"] + sum(r["amount"] for r in points["rows"])


def test_a_total_and_a_line_of_a_Z_are_explained(lived: Path, capsys: Any) -> None:
    made_ = json.loads(said(capsys, lived, "explain", "z/1/revenue.orders", "--json"))
    assert made_["amount"] == sum(row["amount"] for row in made_["rows"]) + made_["opening"]
    assert "Order" in said(capsys, lived, "explain", "z/1/revenue.orders")
    then = said(capsys, lived, "explain", "liabilities", "--as-of", "2020-01-01")
    assert "As of 01.01.2020 23:59:59 MSK: 0.00" in then and "No entry moved it." in then
    assert said(capsys, lived, "explain", "nonsense").startswith("1: There is no figure nonsense")


def test_a_page_says_where_the_next_begins(lived: Path, capsys: Any) -> None:
    page = json.loads(said(capsys, lived, "explain", "1030", "--json"))
    rows = page["rows"]
    while page["next"]:
        before = str(page["next"])
        page = json.loads(said(capsys, lived, "explain", "1030", "--json", "--before", before))
        rows += page["rows"]
    assert page["opening"] == 0 and sum(row["amount"] for row in rows) == rows[0]["after"]


def test_an_explanation_reads_what_a_writer_beside_it_has_written(lived: Path, capsys: Any) -> None:
    """Whatever is committed between its looks, its figure and its rows are of one moment."""
    folder = lived.parent / "books"
    writer = Venue.open(folder / "kiosk.db", folder / "secrets.db")
    try:
        for number in range(3):
            draft = Draft("odd")
            draft.post("1030", "4030", "RUB", 100)
            writer.ledger.post(draft, key=f"n{number}", actor="cli", command="c", now=NOW)
            made_ = json.loads(said(capsys, lived, "explain", "till", "--json"))
            assert made_["amount"] == writer.ledger.balance("1030", "RUB")
    finally:
        writer.close()


def test_moments_of_the_command_line() -> None:
    zone = ZoneInfo("Europe/Moscow")
    assert accounting.begin("2026-11-22", zone) == datetime(2026, 11, 21, 21, tzinfo=UTC)
    assert accounting.after("2026-11-22", zone) == datetime(2026, 11, 22, 21, tzinfo=UTC)
    moment = accounting.begin("2026-11-22T18:00", zone)
    assert accounting.after("2026-11-22T18:00", zone) - moment == timedelta(microseconds=1)
