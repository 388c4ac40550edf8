"""The receipts of the shift: printed again, and made void with a reason and a PIN."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.core import receipts
from kiosk.core.desk_top_ups import TopUpAtDesk
from kiosk.core.documents import Words
from kiosk.core.ids import JobId
from kiosk.core.ledger import Entry
from kiosk.core.receipts import ReprintSlip, ShiftSlips, VoidReceipt
from kiosk.core.shift_report import XReport
from kiosk.core.shifts import CloseShift
from kiosk.core.slips import GetSlip, IssueRegistrationSlip, IssueTopUpReceipt, SlipDocument
from kiosk.core.staff import SetStaffPin
from tests.core.desk import ADMINISTRATOR, ALL, AUDITOR, CASHIER, Desk, desk
from tests.core.guest import rub
from tests.core.test_desk_paper import figures, words

PIN = "481920"


@pytest.fixture
def till() -> Iterator[Desk]:
    with desk() as made:
        made.did(SetStaffPin("102", PIN), "cli")
        yield made


def receipt(till: Desk, minor: int = 300) -> JobId:
    """The receipt of a new client's top-up at the desk."""
    card = till.register(f"04{till.calls:02}")
    done = till.did(TopUpAtDesk(card.client, rub(minor), "cash"))
    till.printed()
    return JobId(done.refs["slip"])


def test_E84_receipts_of_the_shift_are_printed_again_marked_copy(till: Desk) -> None:
    till.opened()
    job = receipt(till)
    shown = till.ask(ShiftSlips(), CASHIER)
    assert [s.job for s in shown] == [job]
    entry = till.did(ReprintSlip(job))
    assert (entry.kind, entry.refs["slip"], entry.postings) == ("slip_reprinted", job, ())
    slip = till.ask(GetSlip(job))
    assert slip.state == "due"
    assert "COPY" in str(till.ask(SlipDocument(job)))
    assert till.refused(ReprintSlip(job)) == ("err.being_printed", {})
    till.printed()
    assert till.ask(GetSlip(job)).attempts == 2
    till.did(ReprintSlip(job))
    assert till.refused(ReprintSlip(job), AUDITOR)[0] == "err.not_allowed"


def test_E84_a_receipt_of_a_former_shift_is_not_printed_again(till: Desk) -> None:
    till.opened()
    job = receipt(till)
    till.closed_shift()
    assert till.refused(ReprintSlip(job)) == ("err.no_shift", {})
    assert till.ask(ShiftSlips(), CASHIER) == ()
    till.opened()
    assert till.ask(ShiftSlips(), CASHIER) == ()
    assert till.refused(ReprintSlip(job)) == ("err.not_this_shift", {})
    assert till.refused(ReprintSlip(JobId("top_up_receipt:9")))[0] == "err.no_such_receipt"


def test_slips_that_are_worth_something_are_not_printed_again(till: Desk) -> None:
    """A registration slip carries a new recovery code each time it is drawn."""
    till.opened()
    card = till.register()
    issued = till.as_kiosk(IssueRegistrationSlip(card.id, "en"), "registration")
    till.printed()
    assert till.refused(ReprintSlip(issued.refs["slip"])) == ("err.not_reprinted", {})
    assert till.ask(ShiftSlips(), CASHIER) == ()


def test_all_slips_of_a_long_shift_are_shown_newest_first(
    till: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipts, "_PORTION", 4)
    card = till.register()
    till.opened()
    for _ in range(15):
        note = till.note(10, card)
        till.as_kiosk(IssueTopUpReceipt((note,), card.id, "en"), f"receipt:{note}")
    numbers = [s.number for s in till.ask(ShiftSlips(), CASHIER)]
    assert numbers == list(range(15, 0, -1))


def test_E84_a_void_needs_the_receipt_a_reason_and_the_own_pin(till: Desk) -> None:
    till.opened()
    job = receipt(till)
    asked: list[tuple[VoidReceipt, str]] = [
        (VoidReceipt(JobId("top_up_receipt:9"), "typed wrong", PIN), "err.no_such_receipt"),
        (VoidReceipt(job, " ", PIN), "err.reason_missing"),
        (VoidReceipt(job, "typed wrong", ""), "err.pin_wrong"),
        (VoidReceipt(job, "typed wrong", "111222"), "err.pin_wrong"),
    ]
    for command, key in asked:
        assert till.refused(command, ADMINISTRATOR)[0] == key
    assert till.refused(VoidReceipt(job, "typed wrong", PIN), CASHIER)[0] == "err.not_allowed"
    entry = till.did(VoidReceipt(job, "typed wrong", PIN), ADMINISTRATOR)
    assert isinstance(entry, Entry) and PIN not in str(entry.document())
    made = till.venue.ledger.find(entry.refs["reverses"])
    assert made is not None and made.kind == "topped_up"
    assert entry.reason == "typed wrong"
    opposite = {(p.account, p.unit): -p.amount for p in made.postings}
    assert {(p.account, p.unit): p.amount for p in entry.postings} == opposite
    again = VoidReceipt(job, "again", PIN)
    assert till.refused(again, ADMINISTRATOR)[0] == "err.reversed_already"
    assert till.ask(XReport(), CASHIER).voids == 1


def test_E84_a_receipt_is_void_in_its_own_shift_only(till: Desk) -> None:
    till.opened()
    job = receipt(till)
    till.closed_shift()
    late = VoidReceipt(job, "late", PIN)
    assert till.refused(late, ADMINISTRATOR) == ("err.no_shift", {})
    till.opened()
    assert till.refused(late, ADMINISTRATOR) == ("err.not_this_shift", {})


def test_a_receipt_of_notes_is_not_void(till: Desk) -> None:
    """They lie in the box: a refund gives them back."""
    card = till.register()
    till.opened()
    note = till.note(500, card)
    slip = till.as_kiosk(IssueTopUpReceipt((note,), card.id, "en"), "receipt")
    wrong = VoidReceipt(slip.refs["slip"], "typed wrong", PIN)
    assert till.refused(wrong, ADMINISTRATOR) == ("err.not_voidable", {})


def test_E84_a_copy_and_the_refund_slip_of_a_void_say_so_on_paper(till: Desk) -> None:
    """Printed, printed again with COPY above and below, made void; the guest signs for his cash."""
    till.opened()
    job = receipt(till)
    till.did(ReprintSlip(job))
    copy = till.ask(SlipDocument(job))
    marks = [part for part in copy.parts if isinstance(part, Words) and part.text == "COPY"]
    assert len(marks) == 2 and figures(copy)["TOTAL"] == "300.00₽"
    till.printed()
    void = till.did(VoidReceipt(job, "the wrong card", PIN), ADMINISTRATOR)
    (slip,) = (JobId(change.id) for change in void.changes if change.table == "slips")
    refund = till.ask(SlipDocument(slip))
    assert refund.kind == "refund_slip" and "COPY" not in words(refund)
    assert "300.00" in words(refund).replace("\u202f", "") and PIN not in words(refund)
    kept = till.venue.store.get("slips", slip) or {}
    assert kept["client"] == (till.venue.store.get("slips", job) or {})["client"]
    # Both are receipts of guests: the shift waits for the one that is at the printer (E80).
    assert till.refused(CloseShift(rub(0), ALL)) == ("err.close_slips", {"n": "1"})
