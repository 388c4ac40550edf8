"""Payments at the terminal: begun once, booked once, where they were meant to go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kiosk.core import fiscal
from kiosk.core.checkout import CalculateVisit
from kiosk.core.claims import CheckTicket, OpenClaims
from kiosk.core.clients import EraseClient
from kiosk.core.desk_top_ups import RecordChargeback, ReverseTopUp
from kiosk.core.documents import layout
from kiosk.core.errors import Refused
from kiosk.core.fiscal import FiscalOf
from kiosk.core.ids import JobId
from kiosk.core.ledger import Entry
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.payments import Payment
from kiosk.core.prepayments import AbandonPrepayment, CompletePrepayment
from kiosk.core.shifts import OpenShift
from kiosk.core.slips import SlipDocument
from kiosk.core.terminal_payments import (
    BeginTerminalPayment,
    GetTerminalPayment,
    IssuePaymentSlip,
    OpenTerminalPayments,
    PaymentOnTheWay,
    RecordTerminalPayment,
    TerminalPayment,
)
from kiosk.core.tickets import text
from kiosk.core.till_slips import RecordTillSlip, TillSlip
from tests.core.centre import CENTRE, Centre
from tests.core.guest import DEMO, NOW, UID, Guest, make_venue, rub, shelf
from tests.hardware.cards import card_numbers

LADDER = """
[[bonus_tiers]]
from = 1000
percent = 5
"""


class Desk(Centre):
    """A centre with a terminal, and a registered guest."""

    client: str

    def begin(self, *asked: Any, actor: str = "guest", **more: Any) -> str:  # type: ignore[override]
        entry = self.did(BeginTerminalPayment(*asked, language="en", **more), actor)
        return str(entry.refs["payment"])

    def top_up(self, face: int, actor: str = "guest") -> str:
        return self.begin("top_up", rub(face), client=self.client, actor=actor)

    def told(self, payment: str, outcome: Any, **more: Any) -> Entry:
        command = RecordTerminalPayment(payment, outcome, **more)
        key = f"payment:{payment}:{outcome}"
        done = self.venue.do(command, actor="kiosk", key=key, now=self.now)
        assert isinstance(done, Entry), done
        return done

    def charged(self, payment: str, taken: Money | None = None) -> Entry:
        return self.told(
            payment, "approved", taken=taken, masked="1111", reference="T000007", brand="visa"
        )

    def payment(self, payment: str) -> TerminalPayment:
        found = self.ask(GetTerminalPayment(payment))
        assert found is not None
        return found

    def slip(self, job: str) -> dict[str, Any]:
        kept = self.venue.store.get("slips", job)
        assert kept is not None
        return kept

    def words(self, job: str) -> str:
        document = self.ask(SlipDocument(JobId(job)))
        return "\n".join(line.text for line in layout(document, 48, {}))


@pytest.fixture
def desk() -> Iterator[Desk]:
    with shelf() as folder:
        venue = make_venue(folder, DEMO + LADDER)
        Guest(venue).home(UID)
        at = Desk.__new__(Desk)
        at.venue, at.now, at.notes = venue, NOW, 0
        at.client = str(venue.store.table("clients").all()[0]["id"])
        yield at
        venue.close()


@pytest.fixture
def centre() -> Iterator[Desk]:
    with shelf() as folder:
        at = Desk(make_venue(folder, CENTRE))
        yield at
        at.venue.close()


# --- by which way ------------------------------------------------------------------------------


@pytest.mark.parametrize("chosen", ["bank_card", "qr"])
@pytest.mark.parametrize("told", ["", "bank_card", "qr"])
def test_it_is_booked_by_the_way_that_the_terminal_tells(
    desk: Desk, chosen: Any, told: Any
) -> None:
    payment = desk.begin("top_up", rub(500), client=desk.client, tender=chosen)
    desk.told(payment, "approved", tender=told)
    paid = told or chosen
    assert desk.on("1110:terminal" if paid == "bank_card" else "1120:terminal") == 500
    assert desk.payment(payment).tender == paid


def test_people_do_not_say_by_which_way(desk: Desk) -> None:
    payment = desk.top_up(500)
    desk.told(payment, "absent")
    command = RecordTerminalPayment(payment, "approved", reason="the bank says so", tender="qr")
    done = desk.venue.do(command, actor="cli", key="cli", now=desk.now)
    assert isinstance(done, Refused)
    assert done.key == "err.pay_exactly"


# --- a wallet ----------------------------------------------------------------------------------


def test_nothing_is_booked_before_the_terminal_says_that_it_was_charged(desk: Desk) -> None:
    payment = desk.top_up(500)
    begun = desk.payment(payment)
    assert (begun.state, begun.value, begun.purpose) == ("begun", rub(500), "top_up")
    assert len(begun.service) == 10
    assert desk.on(f"2010:{desk.client}") == desk.on("1110:terminal") == 0
    entry = desk.charged(payment)
    assert desk.on(f"2010:{desk.client}") == -500
    assert desk.on("1110:terminal") == 500
    assert entry.kind == "payment_approved"
    after = desk.payment(payment)
    assert (after.state, after.to, after.masked) == ("approved", "client", "1111")
    assert (after.reference, after.brand) == ("T000007", "visa")
    desk.sound()


def test_it_earns_what_any_top_up_earns_and_has_a_receipt(desk: Desk) -> None:
    desk.charged(payment := desk.top_up(1000))
    facts = desk.slip(desk.payment(payment).slip)["facts"]
    earned = -desk.venue.ledger.balance(f"9060:{desk.client}", "BON")
    assert facts["bonus"] == earned > 0
    assert (facts["total"], facts["before"], facts["after"]) == (100_000, 0, 100_000)
    assert facts["bank_card"] == {"masked": "1111", "reference": "T000007", "brand": "visa"}
    told = desk.words(desk.payment(payment).slip)
    assert "1111" in told and "T000007" in told
    assert card_numbers(told) == []


def test_told_again_it_is_the_same_entry(desk: Desk) -> None:
    payment = desk.top_up(500)
    first = desk.charged(payment)
    assert desk.charged(payment).seq == first.seq
    again = RecordTerminalPayment(payment, "approved")
    assert desk.refused(again, "kiosk") == "err.payment_over"
    assert desk.refused(RecordTerminalPayment(payment, "declined"), "kiosk") == "err.payment_over"
    assert desk.on(f"2010:{desk.client}") == -500


def test_one_is_on_its_way_at_a_time(desk: Desk) -> None:
    first = desk.top_up(500)
    second = BeginTerminalPayment("top_up", rub(100), "en", client=desk.client)
    assert desk.refused(second, "guest") == "err.payment_pending"
    desk.told(first, "unknown")
    assert desk.refused(second, "guest") == "err.payment_pending"
    assert [p.id for p in desk.ask(OpenTerminalPayments())] == [first]
    desk.charged(first)
    assert desk.ask(PaymentOnTheWay()) is None
    assert desk.top_up(100) != first


def test_B01_what_is_declined_posts_nothing(desk: Desk) -> None:
    payment = desk.top_up(500)
    entry = desk.told(payment, "declined", reason="refused")
    assert entry.postings == ()
    assert (desk.payment(payment).state, desk.payment(payment).said) == ("declined", "refused")
    assert desk.ask(OpenTerminalPayments()) == ()


def test_B02_what_nobody_knows_posts_nothing_and_is_credited_when_it_was_charged(
    desk: Desk,
) -> None:
    payment = desk.top_up(500)
    assert desk.told(payment, "unknown").postings == ()
    assert desk.on(f"2010:{desk.client}") == 0
    desk.charged(payment)
    assert desk.on(f"2010:{desk.client}") == -500
    desk.sound()


def test_what_was_charged_after_all_is_credited_whatever_was_believed(desk: Desk) -> None:
    for outcome in ("declined", "absent"):
        payment = desk.top_up(100)
        desk.told(payment, outcome)
        desk.charged(payment)
    assert desk.on(f"2010:{desk.client}") == -200


def test_what_was_taken_is_credited_not_what_was_asked_for(desk: Desk) -> None:
    desk.charged(payment := desk.top_up(500), rub(250))
    assert desk.on(f"2010:{desk.client}") == -250
    assert desk.payment(payment).value == rub(250)


def test_a_full_wallet_is_told_before_and_credited_after(desk: Desk) -> None:
    most = desk.venue.books(desk.now).settings()["balance_max"] // 100
    too_much = BeginTerminalPayment("top_up", rub(most + 1), "en", client=desk.client)
    assert desk.refused(too_much, "guest") == "err.balance_full"


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ({"amount": rub(0)}, "err.amount_small"),
        ({"amount": Money(500, CURRENCIES["EUR"])}, "err.other_currency"),
        ({"client": "nobody"}, "err.no_such_client"),
        ({"purpose": "gift"}, "err.tender_unknown"),
        ({"tender": "wallet"}, "err.tender_unknown"),
        ({"purpose": "deposit", "visit": "nobody"}, "err.no_visit_to_pay"),
    ],
)
def test_what_cannot_be_paid_is_refused(desk: Desk, asked: dict[str, Any], key: str) -> None:
    told = {"purpose": "top_up", "amount": rub(5), "language": "en", "client": desk.client}
    assert desk.refused(BeginTerminalPayment(**(told | asked)), "guest") == key


def test_a_client_who_is_erased_meanwhile_gets_a_claim(desk: Desk) -> None:
    payment = desk.top_up(500)
    desk.did(EraseClient(desk.client, "asked for it"), "cli")  # type: ignore[arg-type]
    desk.charged(payment)
    (claim,) = desk.ask(OpenClaims())
    assert (claim.value, claim.why) == (rub(500), "payment")
    assert desk.payment(payment).to == "claim"
    assert "bank card" in desk.words(claim.slip)
    desk.sound()


def test_at_a_till_the_till_prints_the_receipt(desk: Desk) -> None:
    desk.charged(payment := desk.top_up(500, actor="till:bar"))
    job = desk.payment(payment).slip
    assert desk.slip(job)["state"] == "handed"
    document = desk.venue.ask(TillSlip(job), desk.now, "till:bar")
    assert (document.kind, document.number) == ("top_up_receipt", desk.slip(job)["number"])
    assert desk.refused(RecordTillSlip(job), "till:karts") == "err.nothing_to_print"
    desk.did(RecordTillSlip(job), "till:bar")
    assert desk.slip(job)["state"] == "printed"
    desk.charged(payment := desk.top_up(500))
    assert desk.slip(desk.payment(payment).slip)["state"] == "due"


def test_what_was_found_later_is_printed_for_nobody_who_stands_there(desk: Desk) -> None:
    payment = desk.top_up(500)
    desk.told(payment, "unknown")
    desk.charged(payment)
    assert desk.slip(desk.payment(payment).slip)["state"] == "not_printed"


def test_the_bank_takes_it_back_from_where_it_came(desk: Desk) -> None:
    desk.charged(first := desk.top_up(500))
    desk.charged(second := desk.top_up(300))
    desk.did(OpenShift(rub(0)), "cli")
    desk.did(RecordChargeback(desk.payment(first).slip, "the bank"), "cli")
    desk.did(ReverseTopUp(desk.payment(second).slip, "by mistake"), "cli")
    assert desk.on("1110:terminal") == desk.on(f"2010:{desk.client}") == 0
    desk.sound()


def test_PCI_words_that_are_none_are_dropped(desk: Desk) -> None:
    payment = desk.top_up(500)
    long = RecordTerminalPayment(payment, "approved", None, "1111", "x" * 65, "a\nb")
    desk.did(long, "kiosk")
    kept = desk.payment(payment)
    assert (kept.masked, kept.reference, kept.brand) == ("1111", "", "")


def test_B02_the_slip_of_one_that_is_being_checked_is_genuine_and_books_nothing(
    desk: Desk,
) -> None:
    payment = desk.top_up(500)
    desk.told(payment, "unknown")
    entry = desk.did(IssuePaymentSlip(payment, "en"), "guest")
    assert entry.postings == ()
    slip = desk.slip(str(entry.refs["slip"]))
    assert "Payment 000001" in desk.words(slip["id"])
    ticket = text(desk.venue.books(desk.now), slip)
    checked = desk.ask(CheckTicket(ticket))
    assert (checked.kind, checked.value, checked.state) == ("check_slip", rub(500), "unknown")
    desk.charged(payment)
    assert desk.ask(CheckTicket(ticket)).state == "approved"
    assert desk.refused(IssuePaymentSlip(payment, "en"), "guest") == "err.nothing_to_print"


# --- a visit -----------------------------------------------------------------------------------


def test_E54_a_deposit_by_card_is_a_fiscal_receipt_by_card(centre: Desk) -> None:
    visit = centre.created("entrance-1000")
    payment = centre.begin("deposit", rub(500), visit=visit)
    assert centre.visit(visit).deposits == rub(1000)
    centre.charged(payment)
    assert centre.visit(visit).deposits == rub(1500)
    second = centre.ask(FiscalOf(visit))[1]
    assert (second.tenders, second.advance) == ({"bank_card": 50_000}, True)
    slip = centre.slip(centre.payment(payment).slip)
    assert slip["kind"] == "prepayment_receipt"
    assert slip["facts"]["bank_card"]["masked"] == "1111"
    centre.order(visit, 1200)
    centre.calculate(visit)
    books = centre.venue.books(centre.now)
    totals = fiscal.totals(books, 1, centre.venue.ledger.seq)
    # The change of 300 left the till in cash.
    assert totals.tenders == {"bank_card": 50_000, "cash": 70_000}
    centre.sound()


def test_what_a_visit_lacks_is_paid_and_no_more(centre: Desk) -> None:
    visit = centre.created("entrance-1000")
    centre.order(visit, 1400)
    more = BeginTerminalPayment("due", rub(401), "en", visit=visit)
    assert centre.refused(more, "guest") == "err.payment_more_than_due"
    centre.charged(centre.begin("due", rub(400), visit=visit))
    assert centre.visit(visit).to_pay == rub(0)
    centre.calculate(visit)
    assert centre.on("1110:terminal") == 400
    centre.sound()


def test_a_visit_that_ended_meanwhile_leaves_a_claim(centre: Desk) -> None:
    visit = centre.created("entrance-1000")
    centre.order(visit, 1400)
    payment = centre.begin("due", rub(400), visit=visit)
    centre.did(CalculateVisit(visit, (Payment("cash", rub(400)),)), "staff:201")
    centre.charged(payment)
    (claim,) = centre.ask(OpenClaims())
    assert (claim.value, claim.visit) == (rub(400), visit)
    assert centre.on(f"2030:{visit}") == 0
    centre.sound()


def test_a_prepayment_by_card_makes_its_visit_with_a_receipt_by_card(centre: Desk) -> None:
    visit = Centre.begin(centre, "entrance-1000")
    too_much = BeginTerminalPayment("deposit", rub(1001), "en", visit=visit)
    assert centre.refused(too_much, "guest") == "err.prepayment_full"
    payment = centre.begin("deposit", rub(1000), visit=visit)
    centre.charged(payment)
    assert centre.prepayment(visit).enough
    centre.did(CompletePrepayment(visit), "guest")
    (receipt,) = centre.ask(FiscalOf(visit))
    assert (receipt.tenders, receipt.advance) == ({"bank_card": 100_000}, True)
    assert centre.visit(visit).deposits == rub(1000)
    (deposit,) = centre.kept("deposits")
    assert centre.slip(deposit["receipt"])["facts"]["tender"] == "bank_card"
    centre.sound()


def test_a_prepayment_that_was_given_up_leaves_a_claim(centre: Desk) -> None:
    visit = Centre.begin(centre, "entrance-1000")
    payment = centre.begin("deposit", rub(1000), visit=visit)
    centre.did(AbandonPrepayment(visit), "guest")
    centre.charged(payment)
    (claim,) = centre.ask(OpenClaims())
    assert claim.value == rub(1000)
    centre.sound()


def test_only_the_kiosk_says_what_the_terminal_said(desk: Desk) -> None:
    payment = desk.top_up(500)
    command = RecordTerminalPayment(payment, "approved", reason="I saw it")
    done = desk.venue.do(command, actor="cli", key="x", now=desk.now)
    assert isinstance(done, Refused) and done.key == "err.payment_runs"
    done = desk.venue.do(command, actor="till:bar", key="y", now=desk.now)
    assert isinstance(done, Refused) and done.key == "err.not_allowed"


def test_staff_say_that_it_was_charged_and_name_no_other_sum(desk: Desk) -> None:
    payment = desk.top_up(500)
    desk.told(payment, "absent")
    for taken in (rub(500_000), rub(300), Money(50_000, CURRENCIES["EUR"])):
        told = RecordTerminalPayment(payment, "approved", taken, reason="the guest's paper")
        assert desk.refused(told, "staff:102") == "err.pay_exactly"
    desk.did(RecordTerminalPayment(payment, "approved", rub(500), reason="paper"), "staff:102")
    assert desk.payment(payment).value == rub(500)
