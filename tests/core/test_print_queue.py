"""The print queue: what waits, for whom, and what a printer that is back prints by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.core.cash import RecordStart
from kiosk.core.cashbox import CollectCashbox
from kiosk.core.errors import Refused
from kiosk.core.ids import JobId, note_id
from kiosk.core.ledger import Entry
from kiosk.core.messages import (
    AcceptorChanged,
    DeviceDown,
    DeviceUp,
    NoteStacked,
    PrinterChanged,
    PrintSlip,
    SlipFailed,
    SlipPrinted,
)
from kiosk.core.prepayments import BeginPrepayment
from kiosk.core.print_queue import ATTEMPTS_MAX, PrintQueue, ToPrintAgain, Waiting
from kiosk.core.receipts import ReprintSlip
from kiosk.core.shifts import CloseShift, OpenShift
from kiosk.core.situation import Done, Problem, Welcome
from kiosk.core.slips import (
    GetSlip,
    IssueRegistrationSlip,
    IssueTopUpReceipt,
    RecordSlip,
    SlipDocument,
)
from tests.core.centre import PLAIN, read
from tests.core.desk import ADMINISTRATOR, BOX, CASHIER, COLLECTOR, MANAGER, Desk, desk
from tests.core.guest import ACCEPTOR, OTHER_UID, PRINTER, Guest, make_venue, rub, shelf, situation
from tests.core.test_desk_paper import words

OUT = PrinterChanged(PRINTER, paper="out")
BACK = PrinterChanged(PRINTER)


@pytest.fixture
def till() -> Iterator[Desk]:
    with desk() as made:
        made.started()
        yield made


def failed(till: Desk, job: str, outcome: str = "not_printed", reason: str = "paper_out") -> None:
    slip = till.ask(GetSlip(JobId(job)))
    assert slip is not None
    attempt = slip.attempts + 1
    told = RecordSlip(JobId(job), attempt, outcome, reason)  # type: ignore[arg-type]
    till.as_kiosk(told, f"slip:{job}:{attempt}")


def told(rows: tuple[Waiting, ...]) -> list[tuple[str, str, str, bool]]:
    return [(row.job, row.state, row.reason, row.again) for row in rows]


def printed(effects: list[object]) -> list[str]:
    """The jobs that are sent to the printer."""
    return [effect.job for effect in effects if isinstance(effect, PrintSlip)]


# --- the list -----------------------------------------------------------------------------------


def test_P02_the_queue_tells_the_desks_paper_from_that_of_guests(till: Desk) -> None:
    till.opened(1000)
    card = till.register()
    till.as_kiosk(IssueRegistrationSlip(card.id, "en"), "registration")
    queue = till.ask(PrintQueue(), CASHIER)
    assert told(queue.desk) == [("float_slip:1", "printing", "", False)]
    assert told(queue.guests) == [("registration_slip:1", "printing", "", False)]
    failed(till, "float_slip:1")
    failed(till, "registration_slip:1", "unknown", "lost")
    queue = till.ask(PrintQueue(), CASHIER)
    assert told(queue.desk) == [("float_slip:1", "not_printed", "paper_out", True)]
    # Its recovery code is worth something: it is for its owner alone.
    assert told(queue.guests) == [("registration_slip:1", "unknown", "lost", False)]
    assert queue.guests[0].client == card.client
    assert till.ask(PrintQueue(card.client), CASHIER).guests == queue.guests
    assert till.ask(PrintQueue(card.client), CASHIER).desk == ()
    assert till.ask(PrintQueue("K1-1-99p"), CASHIER).guests == ()  # type: ignore[arg-type]
    till.as_kiosk(RecordSlip(JobId("float_slip:1"), 2, "printed"), "slip:float_slip:1:2")
    assert till.ask(PrintQueue(), CASHIER).desk == ()


def test_the_queue_survives_a_restart_and_prints_nothing_of_before(till: Desk) -> None:
    till.opened(1000)
    failed(till, "float_slip:1")
    card = till.register()
    till.as_kiosk(IssueRegistrationSlip(card.id, "en"), "registration")
    assert till.ask(ToPrintAgain()) == ("float_slip:1",)
    till.started()
    queue = till.ask(PrintQueue(), CASHIER)
    assert told(queue.desk) == [("float_slip:1", "not_printed", "paper_out", True)]
    assert told(queue.guests) == [("registration_slip:1", "lost", "", False)]
    assert till.ask(ToPrintAgain()) == ()


def test_newest_first_and_oldest_first_to_the_printer(till: Desk) -> None:
    till.opened(1000)
    for face in (100, 50):
        till.note(face)
        till.did(CollectCashbox(BOX, seal="S"), COLLECTOR)
    jobs = ["float_slip:1", "collection_slip:1", "collection_slip:2"]
    for job in jobs[:2]:
        failed(till, job)
    assert [row.job for row in till.ask(PrintQueue(), CASHIER).desk] == jobs[::-1]
    assert list(till.ask(ToPrintAgain())) == jobs[:2], "the third is at the printer now"


def test_a_slip_that_never_comes_out_is_not_tried_for_ever(till: Desk) -> None:
    till.opened(1000)
    for attempt in range(ATTEMPTS_MAX):
        assert len(till.ask(ToPrintAgain())) == (attempt > 0)
        failed(till, "float_slip:1")
    assert till.ask(ToPrintAgain()) == ()
    (row,) = till.ask(PrintQueue(), CASHIER).desk
    assert row.again and row.attempts == ATTEMPTS_MAX


# --- printed on purpose -------------------------------------------------------------------------


def test_what_did_not_come_out_is_printed_on_purpose_in_any_shift_as_a_copy(till: Desk) -> None:
    till.opened(1000)
    card = till.register()
    note = till.note(500, card)
    till.as_kiosk(IssueTopUpReceipt((note,), card.id, "en"), f"receipt:{note}")
    for job in ("float_slip:1", "top_up_receipt:1"):
        failed(till, job)
    till.closed_shift()
    till.started()
    for job in ("float_slip:1", "top_up_receipt:1", "z_report:1"):
        till.did(ReprintSlip(JobId(job)))
        assert "COPY" in words(till.ask(SlipDocument(JobId(job))))
        slip = till.ask(GetSlip(JobId(job)))
        assert slip is not None and slip.state == "due"
        till.as_kiosk(RecordSlip(JobId(job), slip.attempts + 1, "printed"), f"again:{job}")
    # The guest's came out now: after its shift it is history (E84).
    assert till.refused(ReprintSlip(JobId("top_up_receipt:1")))[0] == "err.no_shift"
    till.did(ReprintSlip(JobId("z_report:1")))


def test_who_may_not_read_a_collection_does_not_print_it(till: Desk) -> None:
    till.note(500)
    till.did(CollectCashbox(BOX, seal="S"), COLLECTOR)
    failed(till, "collection_slip:1")
    job = JobId("collection_slip:1")
    assert till.refused(ReprintSlip(job), CASHIER) == ("err.not_allowed", {})
    assert till.refused(ReprintSlip(job), ADMINISTRATOR) == ("err.not_allowed", {})
    till.did(ReprintSlip(job), MANAGER)


# --- a printer comes back -----------------------------------------------------------------------


def test_P02_a_printer_that_is_back_prints_the_desks_paper_once(guest: Guest) -> None:
    guest.tell(OUT)
    guest.did(OpenShift(rub(100), "change"), actor=CASHIER, key="open")
    job = JobId("float_slip:1")
    guest.did(RecordSlip(job, 1, "not_printed", "paper_out"), actor="kiosk", key="slip")
    assert printed(guest.tell(OUT)) == []
    assert printed(guest.tell(BACK)) == [job]
    assert printed(guest.tell(BACK)) == [], "it was there already"
    guest.tell(SlipPrinted(PRINTER, job))
    assert printed(guest.tell(OUT, BACK)) == []
    slip = guest.venue.ask(GetSlip(job), guest.now)
    assert slip is not None and (slip.state, slip.attempts) == ("printed", 2)


def test_P04_a_printer_that_was_silent_prints_again_what_nobody_knows_of(guest: Guest) -> None:
    guest.did(OpenShift(rub(100), "change"), actor=CASHIER, key="open")
    job = JobId("float_slip:1")
    guest.tell(DeviceDown(PRINTER, "printer", "lost"), SlipFailed(PRINTER, job, "unknown", "lost"))
    effects = guest.tell(DeviceUp(PRINTER, "printer"))
    assert printed(effects) == [job]
    (slip,) = [e for e in effects if isinstance(e, PrintSlip)]
    assert "COPY" in words(slip.document)


def test_P02_a_guests_receipt_comes_out_while_he_still_reads_that_it_did_not(guest: Guest) -> None:
    guest.top_up(500)
    guest.tell(OUT)
    guest.press("done")
    assert isinstance(guest.scene, Problem) and guest.scene.key == "err.paper_out"
    (job,) = printed(guest.tell(BACK))
    assert isinstance(guest.scene, Problem) and isinstance(guest.scene.back, Done)
    assert (guest.scene.back.job, guest.scene.back.printing) == (job, "printing")
    guest.tell(SlipPrinted(PRINTER, job))
    assert isinstance(guest.scene.back, Done) and guest.scene.back.printing == "printed"


def test_a_receipt_that_came_out_or_is_on_its_way_is_not_printed_twice(guest: Guest) -> None:
    guest.top_up(500)
    guest.press("done")
    assert printed(guest.tell(OUT, BACK)) == [], "nobody knows yet what became of it"
    guest.printed()
    assert printed(guest.tell(OUT, BACK)) == []


def test_P03_a_receipt_cut_short_comes_out_whole_as_a_copy(guest: Guest) -> None:
    guest.top_up(500)
    guest.press("done")
    assert isinstance(guest.scene, Done)
    job = guest.scene.job
    guest.tell(SlipFailed(PRINTER, job, "partial", "paper_out"), OUT)
    effects = guest.tell(BACK)
    assert printed(effects) == [job]
    (slip,) = [e for e in effects if isinstance(e, PrintSlip)]
    assert "COPY" in words(slip.document)


def test_nothing_of_a_guest_is_printed_for_who_comes_after_him(guest: Guest) -> None:
    guest.home(OTHER_UID)
    guest.press("leave")
    guest.top_up(500)
    guest.tell(OUT)
    guest.press("done")
    guest.wait(90)
    assert isinstance(guest.scene, Welcome)
    assert printed(guest.tell(BACK)) == []
    guest.tell(OUT)
    guest.tap(OTHER_UID)
    assert printed(guest.tell(BACK)) == [], "nor for a stranger"
    (row,) = guest.venue.ask(PrintQueue(), guest.now).guests
    assert row.kind == "top_up_receipt", "it waits for its owner's next tap"


# --- what a start found (S-02) ------------------------------------------------------------------


def found(guest: Guest) -> str:
    """The words of the latest recovery slip."""
    kept = guest.venue.store.latest("slips", limit=50)
    jobs = [slip["id"] for slip in kept if slip["kind"] == "recovery_slip"]
    return words(guest.venue.ask(SlipDocument(JobId(jobs[0])), guest.now)) if jobs else ""


def test_S02_a_start_after_which_nothing_is_open_prints_nothing(guest: Guest) -> None:
    guest.home()
    guest.press("leave")
    guest.start_again()
    assert found(guest) == ""


def test_S02_a_start_says_what_became_of_the_note_of_before(guest: Guest) -> None:
    guest.top_up()
    guest.escrow(500)
    guest.effects.clear()
    guest.start_again()
    assert "To be looked for: 1 500.00" in found(guest)
    (job,) = set(printed(guest.effects))
    assert job == "recovery_slip:1", "the printer came up after the acceptor, and printed it"
    slip = guest.venue.ask(GetSlip(JobId(job)), guest.now)
    assert slip is not None and slip.client == ""
    # The acceptor comes back in the same start: it is told once.
    guest.effects.clear()
    guest.tell(DeviceUp(ACCEPTOR, "acceptor"), AcceptorChanged(ACCEPTOR, "disabled"))
    assert printed(guest.effects) == []


def test_S02_a_note_that_nobody_saw_go_in_is_suspense_on_the_slip(guest: Guest) -> None:
    start = guest.situation.house.start + 1
    guest.did(RecordStart(start), actor="kiosk", key=f"start:{start}")
    guest.situation = situation(guest.venue, start, guest.now)
    guest.tell(DeviceUp(PRINTER, "printer"), BACK, DeviceUp(ACCEPTOR, "acceptor"))
    note = note_id(ACCEPTOR, start, 1)
    guest.tell(NoteStacked(ACCEPTOR, note, rub(200), announced=False))
    # Once the acceptor is at rest it has told all that it knows.
    assert printed(guest.tell(AcceptorChanged(ACCEPTOR, "disabled"))) == ["recovery_slip:1"]
    assert "Of nobody known: 1 200.00" in found(guest)
    assert "Of nobody known 200.00\u00a0₽" in found(guest), "what lies in suspense"


def test_S02_a_prepayment_that_nobody_goes_on_with_stands_on_it() -> None:
    with shelf() as folder:
        venue = make_venue(folder, PLAIN)
        guest = Guest(venue)
        begin = BeginPrepayment(read("entrance-1000"), "en", 2)
        assert isinstance(venue.do(begin, actor="guest", key="begin", now=guest.now), Entry)
        guest.start_again()
        assert "Given up: 1 0.00" in found(guest)
        venue.close()


def test_E80_a_shift_is_not_closed_over_a_recovery_slip_that_nobody_confirms(guest: Guest) -> None:
    guest.did(OpenShift(rub(0)), actor=CASHIER, key="open")
    guest.top_up()
    guest.escrow(500)
    guest.start_again()
    close = CloseShift(rub(0), ("doubtful_notes",))
    done = guest.venue.do(close, actor=CASHIER, key="close", now=guest.now)
    assert isinstance(done, Refused) and done.key == "err.close_desk_paper"
