"""Slips: numbered without a gap, printed again as a copy, never decided by the printer."""

from __future__ import annotations

import pytest

from kiosk.core.errors import Refused
from kiosk.core.ids import JobId, NoteId, note_id
from kiosk.core.ledger import Entry
from kiosk.core.messages import SlipFailed, SlipPrinted
from kiosk.core.situation import Done
from kiosk.core.slips import (
    GetSlip,
    IssueCheckSlip,
    IssueTopUpReceipt,
    RecordSlip,
    SlipDocument,
    SlipOfNote,
)
from tests.core.guest import ACCEPTOR, PRINTER, Guest

A = note_id(ACCEPTOR, 1, 1)


def receipt(guest: Guest) -> JobId:
    guest.top_up(500)
    guest.press("done")
    assert isinstance(guest.scene, Done)
    return guest.scene.job


def text(guest: Guest, job: JobId) -> str:
    return str(guest.venue.ask(SlipDocument(job), guest.now))


def state(guest: Guest, job: JobId) -> tuple[str, int]:
    slip = guest.venue.ask(GetSlip(job), guest.now)
    assert slip is not None
    return slip.state, slip.attempts


def do(guest: Guest, command: object, key: str = "k") -> str:
    done = guest.venue.do(command, actor="kiosk", key=key, now=guest.now)
    return done.key if isinstance(done, Refused) else done.kind


def test_a_slip_is_due_and_then_printed(guest: Guest) -> None:
    job = receipt(guest)
    assert state(guest, job) == ("due", 0)
    assert "COPY" not in text(guest, job)
    assert "SIMULATED" in text(guest, job)
    guest.tell(SlipPrinted(PRINTER, job))
    assert state(guest, job) == ("printed", 1)
    assert "COPY" in text(guest, job), "drawn again it is a copy"


def test_each_outcome_is_an_entry_of_its_own(guest: Guest) -> None:
    job = receipt(guest)
    guest.tell(
        SlipFailed(PRINTER, job, "unknown", "lost"),
        SlipFailed(PRINTER, job, "partial", "paper_out"),
    )
    assert state(guest, job) == ("partial", 2)
    keys = [e.id for e in guest.venue.ledger.entries() if e.kind == "slip_recorded"]
    assert keys[-2:] == [f"slip:{job}:1", f"slip:{job}:2"]
    # The same attempt told again is the same entry; with another outcome a conflict.
    again = RecordSlip(job, 2, "partial", "another word for it")
    assert do(guest, again, f"slip:{job}:2") == "slip_recorded"
    assert do(guest, RecordSlip(job, 2, "printed"), f"slip:{job}:2") == "err.conflict"
    assert state(guest, job) == ("partial", 2)


def test_numbers_have_no_gap_and_a_refusal_takes_none(guest: Guest) -> None:
    card = guest.top_up(500)
    guest.press("done")
    assert do(guest, IssueTopUpReceipt((A,), card.id, "en"), "x") == "err.nothing_to_print"
    guest.press("leave")
    guest.top_up(200)
    guest.press("done")
    numbers = [d["number"] for d in guest.venue.store.table("slips") if "top_up" in d["id"]]
    assert numbers == [1, 2]


@pytest.mark.parametrize("notes", [(), ("acceptor/9/9",), (A, "acceptor/9/9"), (A, A)])
def test_a_receipt_lists_settled_notes_only_and_once(
    guest: Guest, notes: tuple[NoteId, ...]
) -> None:
    card = guest.top_up()
    guest.escrow(500)
    assert do(guest, IssueTopUpReceipt(notes, card.id, "en")) == "err.nothing_to_print"


def test_N04_a_check_slip_books_nothing(guest: Guest) -> None:
    guest.top_up()
    guest.escrow(500)
    entry = guest.venue.do(IssueCheckSlip(A, "en"), actor="kiosk", key="check", now=guest.now)
    assert isinstance(entry, Entry) and entry.postings == ()
    slip = guest.venue.ask(SlipOfNote(A), guest.now)
    assert slip is not None
    assert "500.00" in text(guest, slip.job)
    guest.insert(200)
    assert do(guest, IssueCheckSlip("acceptor/9/9", "en"), "other") == "err.not_held"  # type: ignore[arg-type]


def test_a_slip_speaks_the_language_of_its_guest(guest: Guest) -> None:
    guest.home()
    guest.press("access", "language:ru", "back", "top_up")
    guest.insert(500)
    guest.press("done")
    assert isinstance(guest.scene, Done)
    assert "ИМИТАЦИЯ" in text(guest, guest.scene.job)


def test_a_note_stands_on_a_receipt_once(guest: Guest) -> None:
    card = guest.top_up(500)
    assert do(guest, IssueTopUpReceipt((A, A), card.id, "en")) == "err.nothing_to_print"


def test_a_slip_that_is_not_there(guest: Guest) -> None:
    assert guest.venue.ask(GetSlip(JobId("top_up_receipt:9")), guest.now) is None
    assert do(guest, RecordSlip(JobId("top_up_receipt:9"), 1, "printed")) == "err.nothing_to_print"
    seq = guest.venue.ledger.seq
    guest.tell(SlipPrinted(PRINTER, JobId("top_up_receipt:9")))
    assert guest.venue.ledger.seq == seq
