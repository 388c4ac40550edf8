"""A8 by touches: copies, voids, what did not come out; what other devices left open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.core.desk.shift_paper import QueuePage, SlipList, SlipPage
from kiosk.core.desk.unsettled import FiscalList, FiscalPage, PaymentList, PaymentPage
from kiosk.core.desk_top_ups import TopUpAtDesk
from kiosk.core.fiscal import NextFiscal, RecordFiscal, WaitingFiscal
from kiosk.core.messages import PrintSlip, SlipFailed
from kiosk.core.print_queue import PrintQueue
from kiosk.core.shifts import OpenShift
from kiosk.core.terminal_payments import BeginTerminalPayment, RecordTerminalPayment
from tests.core.centre import CENTRE, Centre
from tests.core.guest import PRINTER, make_venue, rub, shelf
from tests.screens.desk.hands import (
    ADMINISTRATOR,
    CASHIER,
    MANAGER,
    OWNER,
    STAFF_PIN,
    Hands,
)


def at_cash(hands: Hands, number: str = OWNER, page: str = "") -> Hands:
    hands.sign_in(number)
    hands.go("cash")
    if page:
        hands.press(f"open:{page}")
    return hands


def topped_up(hands: Hands, number: str = ADMINISTRATOR) -> str:
    """A top-up at the desk; the job of its receipt, which is out."""
    card = hands.home()
    hands.press("leave")
    hands.did(OpenShift(rub(1000), "change"), key="open")
    command = TopUpAtDesk(card.client, rub(300), "cash", "en")
    entry = hands.did(command, actor=f"staff:{number}", key="desk top-up")
    return str(entry.refs["slip"])


def failed(hands: Hands) -> None:
    """The printer brings the last slip not out."""
    job = [e.job for e in hands.effects if isinstance(e, PrintSlip)][-1]
    hands.tell(SlipFailed(PRINTER, job, "not_printed", "cover_open"))


# --- slips of the shift ------------------------------------------------------------------------


def test_E84_a_slip_is_found_by_its_number_and_copied(hands: Hands) -> None:
    at_cash(hands, CASHIER)
    hands.press("open:open_shift", "choose:how=sum")
    hands.type("100")
    hands.press("open_shift")
    hands.print_out()
    hands.press("x")
    hands.print_out()
    hands.press("open:slips")
    assert isinstance(hands.page, SlipList)
    hands.says("Float", "X report")
    hands.type("2")
    hands.says("There is no such slip in this shift.")
    hands.press("clear", "slip:float_slip:1", "again")
    assert hands.entry.kind == "slip_reprinted" and "COPY" in hands.slips[-1]
    assert "FLOAT" in hands.slips[-1]
    hands.says("marked COPY")


def test_E84_a_receipt_is_made_void_with_a_reason_and_the_own_pin(hands: Hands) -> None:
    job = topped_up(hands)
    at_cash(hands, ADMINISTRATOR, "slips")
    hands.press(f"slip:{job}", "void_receipt")
    assert isinstance(hands.page, SlipPage) and "reversed" not in hands.kinds()
    hands.press("field:reason")
    hands.type("WRONG CARD")
    hands.fill("pin", "111222")
    hands.press("void_receipt")
    assert hands.tone == "bad"
    page = hands.page
    assert isinstance(page, SlipPage)
    assert page.form["reason"].upper() == "WRONG CARD" and page.form["pin"] == ""
    hands.fill("pin", STAFF_PIN)
    hands.press("void_receipt")
    assert hands.entry.refs["reverses"] and hands.entry.actor == "staff:102"
    assert {p.account: p.amount for p in hands.entry.postings}["1030"] == -30000
    assert "REFUND" in hands.slips[-1] and STAFF_PIN not in str(hands.entry.document())
    hands.says("is void")


def test_E83_E84_a_cashier_copies_and_voids_nothing(hands: Hands) -> None:
    job = topped_up(hands)
    at_cash(hands, CASHIER, "slips")
    hands.press(f"slip:{job}")
    assert "void_receipt" not in hands.pressable()
    hands.tell_button("void_receipt")
    assert "reversed" not in hands.kinds()


def test_E84_only_a_receipt_of_a_top_up_is_made_void(hands: Hands) -> None:
    at_cash(hands)
    hands.press("open:open_shift", "choose:how=sum")
    hands.type("100")
    hands.press("open_shift", "open:slips", "slip:float_slip:1")
    assert "void_receipt" not in hands.pressable() and "again" in hands.pressable()


# --- the queue ---------------------------------------------------------------------------------


def test_what_did_not_come_out_is_printed_again(hands: Hands) -> None:
    at_cash(hands)
    hands.press("open:open_shift", "choose:how=sum")
    hands.type("100")
    hands.press("open_shift")
    failed(hands)
    hands.says("Slips not printed")
    hands.press("open:queue")
    assert isinstance(hands.page, QueuePage)
    hands.says("Float 000001", "not printed", "the cover is open")
    before = len(hands.slips)
    hands.press("again:float_slip:1")
    assert len(hands.slips) == before + 1 and "COPY" in hands.slips[-1]
    hands.says("at the printer")
    hands.print_out()
    assert hands.asked(PrintQueue()).desk == ()
    hands.says("Everything came out.")


def test_all_of_the_desks_paper_is_printed_again_at_once(hands: Hands) -> None:
    at_cash(hands)
    hands.press("open:open_shift", "choose:how=sum")
    hands.type("100")
    hands.press("open_shift")
    failed(hands)
    hands.press("x")
    failed(hands)
    hands.press("open:queue", "again_all")
    assert [s.state for s in hands.asked(PrintQueue()).desk] == ["printing", "printing"]
    assert "again_all" not in hands.pressable()
    hands.print_out()
    hands.says("Everything came out.")


# --- the terminal ------------------------------------------------------------------------------


def unknown(hands: Hands, outcome: str = "absent") -> str:
    card = hands.home()
    hands.press("leave")
    pay = BeginTerminalPayment("top_up", rub(500), "en", client=card.client)
    payment = str(hands.did(pay, actor="guest", key="pay").refs["payment"])
    hands.did(RecordTerminalPayment(payment, "unknown"), actor="kiosk", key="unknown")
    if outcome == "absent":
        hands.did(RecordTerminalPayment(payment, "absent"), actor="kiosk", key="absent")
    return payment


@pytest.mark.parametrize(("button", "minor"), [("approved", 50000), ("declined", 0)])
def test_a_payment_that_the_terminal_does_not_know_is_decided(
    hands: Hands, button: str, minor: int
) -> None:
    payment = unknown(hands)
    hands.sign_in(MANAGER)
    hands.press(f"task:{payment}")
    assert isinstance(hands.page, PaymentPage)
    hands.says("The terminal knows of none", "500.00\xa0₽")
    hands.press(button)
    assert hands.kinds()[-1] != f"payment_{button}", "a reason is needed"
    hands.press("field:reason")
    hands.type("BANK LIST")
    hands.press(button)
    assert hands.entry.kind == f"payment_{button}" and hands.entry.actor == "staff:105"
    assert sum(p.amount for p in hands.entry.postings if p.amount > 0) == minor
    assert isinstance(hands.page, PaymentList)
    hands.says("Every payment is clear.")


def test_a_payment_that_the_terminal_is_still_asked_for_is_nobodys_to_decide(hands: Hands) -> None:
    payment = unknown(hands, "unknown")
    at_cash(hands, MANAGER, "payments")
    hands.press(f"payment:{payment}")
    hands.says("The terminal is asked again and again.")
    assert not {"approved", "declined"} & set(hands.pressable())
    hands.tell_button("approved")
    assert hands.tone == "bad" and "payment_approved" not in hands.kinds()
    hands.press("payment_slip")
    hands.says("The slip is being printed.")
    assert "CHECK" in hands.slips[-1]


def test_what_the_terminal_told_meanwhile_needs_no_decision(hands: Hands) -> None:
    payment = unknown(hands)
    at_cash(hands, MANAGER, "payments")
    hands.press(f"payment:{payment}", "field:reason")
    hands.type("X")
    hands.did(RecordTerminalPayment(payment, "approved"), actor="kiosk", key="late")
    hands.press("declined")
    assert hands.tone == "bad" and "payment_declined" not in hands.kinds()


# --- the fiscal device -------------------------------------------------------------------------


@pytest.fixture
def fiscal() -> Iterator[Hands]:
    """A fiscal venue in which the device left a document open."""
    with shelf() as folder:
        venue = make_venue(folder, CENTRE)
        centre = Centre(venue)
        centre.prepaid("entrance-1000", 1000)
        hands = Hands(venue)
        step = hands.asked(NextFiscal())
        assert step is not None
        for outcome in ("sent", "failed"):
            told = RecordFiscal(step.document.id, 1, outcome, reason="silent")
            hands.did(told, actor="kiosk", key=outcome)
        yield hands
        venue.close()


def test_a_fiscal_document_that_came_out_is_put_on_record(fiscal: Hands) -> None:
    at_cash(fiscal, "206", "fiscal")
    assert isinstance(fiscal.page, FiscalList)
    fiscal.says("Look at the device", "silent", "1\u202f000.00\xa0₽")
    fiscal.says("Nothing is printed before you decide about the first one.")
    fiscal.press("document:fiscal:1", "confirmed")
    assert fiscal.entry.kind == "staff_signed_in" and isinstance(fiscal.page, FiscalPage)
    fiscal.fill("number", "4711")
    fiscal.press("field:reason")
    fiscal.type("SEEN")
    fiscal.press("confirmed")
    assert fiscal.entry.actor == "staff:206"
    assert all(row.document.id != "fiscal:1" for row in fiscal.asked(WaitingFiscal()))


def test_a_fiscal_document_that_did_not_come_out_goes_again(fiscal: Hands) -> None:
    fiscal.sign_in("206")
    fiscal.press("task:fiscal:1")
    fiscal.press("field:reason")
    fiscal.type("NO PAPER")
    fiscal.press("absent")
    step = fiscal.asked(NextFiscal())
    assert step is not None and (step.document.id, step.does) == ("fiscal:1", "send")


def test_where_nothing_is_fiscal_there_is_no_word_of_it(hands: Hands) -> None:
    at_cash(hands)
    hands.silent("Fiscal documents")
