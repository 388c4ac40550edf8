"""The journal and reports on paper: what they tell, to whom, and what they refuse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk.core.desk_paper import IssueReportSlip
from kiosk.core.errors import Refused
from kiosk.core.journal import LOOK_MAX, MATTER_OF, Filter, GetJournalEntry, Journal
from kiosk.core.ledger import Draft, Entry
from kiosk.core.periods import Period
from kiosk.core.report_table import MadeOf, Report
from kiosk.core.reports import made
from kiosk.core.sentences import SENTENCES
from kiosk.core.venue import Venue
from tests.core.guest import NOW

AUDITOR, CASHIER = "staff:107", "staff:101"
NO_KIND = {"row", "opening", "now", "none", "more", "minutes", "points"}
"""Sentences of an explanation that tell of no kind of entry."""


def write(venue: Venue, count: int, actor: str = "kiosk", kind: str = "started") -> None:
    for number in range(count):
        key = f"{actor}:{venue.ledger.seq}:{number}"
        venue.ledger.post(Draft(kind), key=key, actor=actor, command="", now=NOW)


def test_A13_every_kind_of_entry_is_about_something() -> None:
    kinds = {key.removeprefix("explain.") for key in SENTENCES if key.startswith("explain.")}
    assert not sorted(kinds - NO_KIND - MATTER_OF.keys()), "say in kiosk/core/journal.py"


def test_A13_a_page_looks_at_so_many_entries_and_the_next_goes_on(venue: Venue) -> None:
    write(venue, 1, "till:7")
    write(venue, LOOK_MAX + 5)
    before, seen, turns = 0, list[int](), 0
    while True:
        page = venue.ask(Journal(Filter("till"), before), NOW, AUDITOR)
        seen += [row.seq for row in page.rows]
        turns += 1
        if not page.next:
            break
        assert page.next < (before or venue.ledger.seq + 1), "it gets on"
        before = page.next
    told = [venue.ledger.entry(seq) for seq in seen]
    assert [entry.actor for entry in told if entry] == ["till:7"] and turns == 2


def test_A13_the_last_page_is_the_last_though_it_is_full(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.core.journal.ROWS_MAX", venue.ledger.seq)
    page = venue.ask(Journal(), NOW, AUDITOR)
    assert [row.seq for row in page.rows] == [*range(venue.ledger.seq, 0, -1)]
    assert page.next == 0


def test_A13_who_signed_in_is_who_did_it_though_the_kiosk_wrote_it(venue: Venue) -> None:
    draft = Draft("staff_signed_in", refs={"staff": "101"})
    venue.ledger.post(draft, key="in", actor="kiosk", command="", now=NOW)
    page = venue.ask(Journal(Filter("staff", "101")), NOW, AUDITOR)
    assert [row.actor for row in page.rows] == ["staff:101"]
    assert not venue.ask(Journal(Filter("staff", "102")), NOW, AUDITOR).rows


def test_A13_a_time_has_a_first_moment_and_one_after(venue: Venue) -> None:
    now, day = NOW.wall, timedelta(days=1)
    assert venue.ask(Journal(Filter(since=now - day, until=now + day)), NOW, AUDITOR).rows
    assert not venue.ask(Journal(Filter(since=now + day)), NOW, AUDITOR).rows
    assert not venue.ask(Journal(Filter(until=now - day)), NOW, AUDITOR).rows
    with pytest.raises(Refused) as told:
        venue.ask(Journal(Filter(since=now.replace(tzinfo=None))), NOW, AUDITOR)
    assert told.value.key == "err.period"


@pytest.mark.parametrize("seq", [0, -1, 10**30])
def test_an_entry_that_there_is_not(venue: Venue, seq: int) -> None:
    assert venue.ask(GetJournalEntry(seq), NOW, AUDITOR) is None


def test_A13_who_may_not_read_reports_reads_no_journal(venue: Venue) -> None:
    for query in (Journal(), GetJournalEntry(1)):
        with pytest.raises(Refused) as told:
            venue.ask(query, NOW, CASHIER)
        assert told.value.key == "err.not_allowed"


# --- reports on paper ----------------------------------------------------------------------------


@pytest.fixture
def report(venue: Venue) -> Iterator[Report]:
    write(venue, 3)
    yield made(venue.ledger, "devices", Period(), NOW.wall)


def issue(venue: Venue, report: Report, actor: str = AUDITOR) -> Entry | Refused:
    return venue.do(IssueReportSlip(report), actor=actor, key=f"{venue.ledger.seq}", now=NOW)


def test_a_slip_keeps_the_report_and_moves_no_money(venue: Venue, report: Report) -> None:
    done = issue(venue, report)
    assert isinstance(done, Entry) and not done.postings
    (slip,) = [c.document for c in done.changes if c.table == "slips"]
    assert slip is not None and Report.of(slip["facts"]["report"]) == report
    assert venue.ledger.entry(done.seq) == done


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"name": "wages"}, "err.no_such_report"),
        ({"currency": "EUR"}, "err.report_gone"),
        ({"made_of": MadeOf(1, 3, 3, 1, "0" * 64)}, "err.report_gone"),
        ({"made_of": MadeOf(1, 10**30, 3, 1, "")}, "err.report_gone"),
        ({"made_of": MadeOf(0, 0, 0, 0, "")}, None),
    ],
    ids=["name", "currency", "others", "later", "nothing"],
)
def test_a_report_that_is_not_of_these_books(
    venue: Venue, report: Report, wrong: dict[str, object], key: str | None
) -> None:
    done = issue(venue, replace(report, **wrong))  # type: ignore[arg-type]
    assert (done.key if isinstance(done, Refused) else None) == key


def test_who_may_not_read_reports_prints_none(venue: Venue, report: Report) -> None:
    done = issue(venue, report, CASHIER)
    assert isinstance(done, Refused) and done.key == "err.not_allowed"
