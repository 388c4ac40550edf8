"""Fiscal documents: made with the money, taken back once, printed once whatever fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from kiosk.core import fiscal
from kiosk.core.audit import audit
from kiosk.core.checkout import CalculateVisit, VoidVisit
from kiosk.core.errors import Refused
from kiosk.core.fiscal import FiscalDocument, FiscalOf, NextFiscal, Outcome, RecordFiscal
from kiosk.core.ids import VisitId
from kiosk.core.ledger import Draft, Entry
from kiosk.core.orders import PayOrder, VoidOrder
from kiosk.core.payments import Payment
from kiosk.core.prepayments import AbandonPrepayment, CompletePrepayment
from kiosk.core.settings import ImportVenue
from kiosk.core.shift_report import XReport, ZReport, unfiscalised
from kiosk.core.shifts import CloseShift, OpenShift
from kiosk.core.venue_file import parse
from tests.core.centre import CENTRE, PLAIN, Centre
from tests.core.guest import make_venue, rub, shelf

FREE = CENTRE.replace('"forbid_saving"', '"warning_only"', 1).replace(
    'limit = 500\nmarkup = "least"', "limit = 500"
)
"""Without the minimum of 1000 on the type entrance-1000, and any order is saved."""


@pytest.fixture
def centre() -> Iterator[Centre]:
    with shelf() as folder:
        venue = make_venue(folder, FREE)
        yield Centre(venue)
        venue.close()


def chain(centre: Centre, visit: str) -> list[str]:
    """A visit's documents as the paper shows them: ``+1500 cash``, ``-1500 cash`` …"""
    return [told(d) for d in centre.ask(FiscalOf(VisitId(visit)))]


def told(document: FiscalDocument) -> str:
    sign = "+" if document.kind == "receipt" else "-"
    assert sum(document.tenders.values()) == document.value.minor
    parts = [f"{sign}{minor // 100} {tender}" for tender, minor in document.tenders.items()]
    return " ".join(parts) + (" returned" if document.kind == "return" else "")


def cash(centre: Centre, first: int = 1) -> int:
    """Fiscal cash since an entry, in whole roubles: what stands in the Z."""
    made = fiscal.totals(centre.venue.books(centre.now), first, centre.venue.ledger.seq)
    return made.tenders.get("cash", 0) // 100


# --- what is made -------------------------------------------------------------------------------


def test_E53_E54_the_chain_of_the_first_example(
    centre: Centre,
) -> None:
    """Prepay 1500, orders 700, minimum 1000: +1500, -1500, +1000; 1000 in the Z report."""
    minimum = PLAIN.replace('"do_not_account"', '"receipt_later_summary"').replace(
        "prepay_amount = 1000", "prepay_amount = 1500"
    )
    with shelf() as folder:
        venue = make_venue(folder, minimum)
        place = Centre(venue)
        visit = place.prepaid("entrance-1000", 1000, 500)
        assert chain(place, visit) == ["+1500 cash"]
        place.order(visit, 700)
        before = venue.ledger.seq
        entry = place.calculate(visit)
        assert venue.ledger.seq == before + 1, "cancellation and final receipt are one entry (E55)"
        assert chain(place, visit) == ["+1500 cash", "-1500 cash", "+1000 cash"]
        first, back, last = place.ask(FiscalOf(visit))
        assert (back.kind, back.of, last.of) == ("cancellation", first.id, "")
        assert place.on("1030") == 5000 - 500, "the change"
        assert {c.id for c in entry.changes if c.table == "fiscal"} == {first.id, back.id, last.id}
        place.sound()
        assert z(place).tenders == {"cash": 100_000}, "fiscal cash in the Z report"
        venue.close()


def test_E94_each_prepayment_receipt_is_cancelled_once(centre: Centre) -> None:
    """W12: 1000 + 250, orders 1100: two receipts, two cancellations, one final receipt."""
    visit = centre.created("entrance-1000")
    centre.deposit(visit, 250, "bank_card")
    centre.order(visit, 1100)
    centre.calculate(visit)
    assert chain(centre, visit) == [
        "+1000 cash",
        "+250 bank_card",
        "-1000 cash",
        "-250 bank_card",
        # The change of 150 left the till in cash.
        "+850 cash +250 bank_card",
    ]
    documents = centre.ask(FiscalOf(visit))
    assert [d.of for d in documents] == ["", "", documents[0].id, documents[1].id, ""]
    assert cash(centre) == 850
    centre.sound()


def test_E54_E94_one_of_a_closed_shift_becomes_a_return(centre: Centre) -> None:
    """Each Z has its own: 1000 taken in the first, 1100 sold and 1000 given back in the second."""
    visit = centre.created("entrance-1000")
    first = z(centre)
    centre.did(OpenShift(rub(0)), "staff:201")
    centre.deposit(visit, 250)
    centre.order(visit, 1100)
    centre.calculate(visit)
    assert chain(centre, visit)[2:] == ["-1000 cash returned", "-250 cash", "+1100 cash"]
    assert centre.ask(XReport(), "staff:201").fiscal.tenders == {"cash": 10_000}
    assert z(centre) == fiscal.FiscalTotals(2, 1, 1, {"cash": 10_000})
    assert first == fiscal.FiscalTotals(1, 0, 0, {"cash": 100_000})
    centre.sound()


def test_E94_without_a_total_there_is_no_final_receipt(centre: Centre) -> None:
    visit = centre.prepaid("entrance-1000", 1000)
    centre.calculate(visit)
    assert chain(centre, visit) == ["+1000 cash", "-1000 cash"]
    assert cash(centre) == 0


def test_E54_without_a_prepayment_there_is_the_final_receipt_alone(centre: Centre) -> None:
    visit = centre.created("entrance")
    centre.order(visit, 1200)
    assert chain(centre, visit) == []
    centre.calculate(visit, Payment("cash", rub(700)), Payment("bank_card", rub(500)))
    assert chain(centre, visit) == ["+700 cash +500 bank_card"]


def test_E54_what_is_paid_at_the_exit_joins_the_deposits(centre: Centre) -> None:
    """Deposits 1000, orders 1400: 400 are due."""
    visit = centre.prepaid("entrance-1000", 1000)
    centre.order(visit, 1400)
    centre.calculate(visit, Payment("qr", rub(400)))
    assert chain(centre, visit)[-1] == "+1000 cash +400 qr"


def test_E54_what_a_manager_accepts_unpaid_is_on_credit(centre: Centre) -> None:
    visit = centre.prepaid("entrance-1000", 1000)
    centre.order(visit, 1300)
    command = CalculateVisit(visit, unpaid=rub(300), reason="a regular, pays tomorrow")
    centre.did(command, "staff:206")
    assert chain(centre, visit)[-1] == "+1000 cash +300 credit"
    assert centre.on(f"1200:{visit}") == 300


def test_E86_E94_a_surplus_has_a_receipt_of_its_own(centre: Centre) -> None:
    visit = centre.begin("entrance-1000")
    centre.insert(visit, 2000)
    assert chain(centre, visit) == [], "it is no prepayment before there is a visit"
    centre.did(CompletePrepayment(visit), "guest")
    centre.insert(visit, 100)
    assert chain(centre, visit) == ["+1000 cash", "+1000 cash", "+100 cash"]


def test_E87_an_order_paid_at_once_has_its_receipt_then(centre: Centre) -> None:
    """2000 deposited, 600 paid in cash, 900 with the visit: change 1100."""
    visit = centre.prepaid("entrance-2000", 2000)
    paid = centre.order(visit, 600)
    centre.did(PayOrder(paid, (Payment("cash", rub(600)),)), "staff:201")
    centre.order(visit, 900)
    centre.calculate(visit)
    assert chain(centre, visit) == ["+2000 cash", "+600 cash", "-2000 cash", "+900 cash"]
    assert centre.on("1030") == 5000 + 600 - 1100
    assert cash(centre) == 1500, "the whole of the visit, once"
    assert centre.ask(FiscalOf(visit))[1].order == f"staff:201/{paid}"
    centre.sound()


def test_E105_a_void_visit_takes_all_its_receipts_back(centre: Centre) -> None:
    """Orders first, then the visit: all deposits back, every receipt cancelled."""
    visit = centre.prepaid("entrance-2000", 2000)
    centre.deposit(visit, 250)
    paid = centre.order(visit, 600)
    centre.did(PayOrder(paid, (Payment("cash", rub(600)),)), "staff:201")
    void = VoidVisit(visit, reason="the wrong guests")
    assert centre.refused(void, "staff:202") == "err.visit_paid_orders"
    centre.did(VoidOrder(f"staff:201/{paid}", reason="the wrong guests"), "staff:202")
    assert chain(centre, visit)[-1] == "-600 cash"
    centre.did(void, "staff:202")
    assert chain(centre, visit)[3:] == ["-600 cash", "-2000 cash", "-250 cash"]
    # 2000 lie in the kiosk's box; what went back came out of the till.
    assert (cash(centre), centre.on(f"2030:{visit}"), centre.on("1030")) == (0, 0, 5000 - 2000)
    centre.sound()


def test_E18_E88_where_nothing_is_accounted_there_are_no_documents() -> None:
    with shelf() as folder:
        venue = make_venue(folder, PLAIN)
        centre = Centre(venue)
        visit = centre.created("entrance-2000")
        centre.deposit(visit, 250)
        paid = centre.order(visit, 600)
        centre.did(PayOrder(paid, (Payment("cash", rub(600)),)), "staff:201")
        centre.calculate(visit)
        centre.did(VoidVisit(centre.created("entrance-500"), reason="a test"), "staff:202")
        assert centre.kept("fiscal") == [] and centre.ask(NextFiscal()) is None
        venue.close()


def test_E88_a_receipt_ends_also_where_the_venue_is_not_fiscal_any_more(centre: Centre) -> None:
    visit = centre.prepaid("entrance-1000", 1000)
    centre.did(
        ImportVenue(parse(FREE.replace('"receipt_later_summary"', '"do_not_account"'))), "cli"
    )
    centre.deposit(visit, 100)
    centre.order(visit, 700)
    centre.calculate(visit)
    assert chain(centre, visit) == ["+1000 cash", "-1000 cash", "+700 cash"]


def test_E88_a_final_receipt_says_how_deposits_were_paid_that_have_none(centre: Centre) -> None:
    """The venue becomes fiscal, or ceases to be, while visits are open."""
    plain = parse(FREE.replace('"receipt_later_summary"', '"do_not_account"'))
    begun = centre.prepaid("entrance-1000", 1000)
    centre.did(ImportVenue(plain), "cli")
    centre.deposit(begun, 300, "bank_card")
    centre.insert(begun, 500)
    plainly = centre.prepaid("entrance-1000", 1000, number="2")
    centre.order(begun, 1600)
    centre.calculate(begun)
    assert chain(centre, begun)[2:] == ["+1300 cash +300 bank_card"]
    centre.did(ImportVenue(parse(FREE)), "cli")
    centre.order(plainly, 700)
    centre.calculate(plainly)
    assert chain(centre, plainly) == ["+700 cash"]
    centre.sound()


def test_E86_what_became_a_claim_was_no_prepayment() -> None:
    off = CENTRE.replace("floating_prepay_enabled = true", "floating_prepay_enabled = false")
    with shelf() as folder:
        venue = make_venue(folder, off)
        centre = Centre(venue)
        visit = centre.prepaid("entrance-1000", 2000)
        assert chain(centre, visit) == ["+1000 cash"]
        centre.order(visit, 1000, 100)
        centre.calculate(visit, Payment("qr", rub(100)))
        assert chain(centre, visit)[2:] == ["+1000 cash +100 qr"]
        given_up = centre.begin("entrance-1000", "2")
        centre.insert(given_up, 500)
        centre.did(AbandonPrepayment(given_up), "guest")
        assert chain(centre, given_up) == []
        venue.close()


def test_the_books_are_audited_for_receipts_taken_back_once(centre: Centre) -> None:
    visit = centre.prepaid("entrance-1000", 1000)
    centre.calculate(visit)
    again = centre.venue.store.get("fiscal", "fiscal:2") or {}
    draft = Draft("spoilt")
    draft.set("fiscal", again | {"id": "fiscal:3", "number": 3})
    centre.venue.ledger.post(draft, key="spoilt", actor="cli", command="x", now=centre.now)
    found = audit(centre.venue.books(centre.now))
    assert [f.where for f in found] == ["fiscal:3"]


# --- how it is printed --------------------------------------------------------------------------


@dataclass
class Device:
    """A fiscal device behind a bad cable: it may print and not be heard, or not be reached."""

    printed: list[str] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)

    def print(self, document: str) -> str:
        assert document not in self.known, f"{document} is printed twice"
        self.printed.append(document)
        self.known[document] = f"FD-{len(self.printed)}"
        return self.known[document]


class Cut(Exception):
    """The power went."""


class Clerk:
    """What the shell will do with the queue (it comes with the device); the power goes at `cut`."""

    def __init__(self, centre: Centre, device: Device, cut: int) -> None:
        self.centre, self.device, self.left = centre, device, cut

    def _point(self) -> None:
        if self.left == 0:
            raise Cut
        self.left -= 1

    def record(self, name: str, attempt: int, outcome: Outcome, number: str = "") -> None:
        self._point()
        key = f"fiscal:{name}:{attempt}:{outcome}"
        command = RecordFiscal(name, attempt, outcome, number)
        done = self.centre.venue.do(command, actor="kiosk", key=key, now=self.centre.now)
        assert isinstance(done, Entry), done
        self._point()

    def work(self) -> None:
        while (step := self.centre.ask(NextFiscal())) is not None:
            document, attempt = step.document, step.document.attempts
            if step.does == "send":
                self.record(document.id, attempt + 1, "sent")
                number = self.device.print(document.id)
                self.record(document.id, attempt + 1, "confirmed", number)
            elif document.id in self.device.known:
                self.record(document.id, attempt, "confirmed", self.device.known[document.id])
            else:
                self.record(document.id, attempt, "absent")


@pytest.mark.parametrize("cut", range(14))
def test_E55_a_cut_at_any_point_leaves_what_is_missing_and_it_is_printed_once(
    centre: Centre, cut: int
) -> None:
    visit = centre.prepaid("entrance-1000", 1000)
    centre.order(visit, 700)
    centre.calculate(visit)
    device = Device()
    cuts = 0
    for left in (cut, cut // 2, 10_000):
        try:
            Clerk(centre, device, left).work()
        except Cut:
            cuts += 1
    assert cuts or cut >= 12
    assert device.printed == ["fiscal:1", "fiscal:2", "fiscal:3"], "in their order, each once"
    documents = centre.ask(FiscalOf(visit))
    assert [(d.state, d.device_number) for d in documents] == [
        ("confirmed", "FD-1"),
        ("confirmed", "FD-2"),
        ("confirmed", "FD-3"),
    ]
    assert cash(centre) == 700
    assert unfiscalised(centre.venue.books(centre.now)) == 0
    centre.sound()


def test_E55_what_is_missing_is_known_at_each_step(centre: Centre) -> None:
    visit = centre.prepaid("entrance-1000", 1000)
    centre.order(visit, 700)
    centre.calculate(visit)
    books = centre.venue.books(centre.now)
    seen = []
    steps: list[tuple[Outcome, int]] = [("sent", 1), ("absent", 1), ("sent", 2), ("confirmed", 2)]
    for outcome, attempt in steps:
        step = centre.ask(NextFiscal())
        assert step is not None
        seen.append((step.document.number, step.does, unfiscalised(books)))
        number = "FD-1" if outcome == "confirmed" else ""
        centre.did(RecordFiscal("fiscal:1", attempt, outcome, number), "kiosk")
    step = centre.ask(NextFiscal())
    assert step is not None
    seen.append((step.document.number, step.does, unfiscalised(books)))
    assert seen == [
        (1, "send", 3),
        (1, "look_up", 3),
        (1, "send", 3),
        (1, "look_up", 3),
        (2, "send", 2),
    ]


def test_E55_a_repeated_confirmation_is_the_same_entry(centre: Centre) -> None:
    centre.prepaid("entrance-1000", 1000)
    centre.did(RecordFiscal("fiscal:1", 1, "sent"), "kiosk")
    confirmed = RecordFiscal("fiscal:1", 1, "confirmed", "FD-1")

    def say(command: RecordFiscal) -> Entry | Refused:
        key = "fiscal:fiscal:1:1:confirmed"
        return centre.venue.do(command, actor="kiosk", key=key, now=centre.now)

    first = say(confirmed)
    assert isinstance(first, Entry) and say(confirmed) == first
    other = say(RecordFiscal("fiscal:1", 1, "confirmed", "FD-2"))
    assert isinstance(other, Refused) and other.key == "err.conflict"
    assert centre.refused(confirmed, "kiosk") == "err.fiscal_over", "under another key, too"


def test_E55_the_device_gets_them_in_their_order(centre: Centre) -> None:
    visit = centre.created("entrance-1000")
    centre.deposit(visit, 250)
    assert centre.refused(RecordFiscal("fiscal:2", 1, "sent"), "kiosk") == "err.fiscal_order"
    centre.did(RecordFiscal("fiscal:1", 1, "sent"), "kiosk")
    assert centre.refused(RecordFiscal("fiscal:2", 1, "sent"), "kiosk") == "err.fiscal_order"
    assert centre.refused(RecordFiscal("fiscal:1", 2, "sent"), "kiosk") == "err.fiscal_over"
    assert centre.refused(RecordFiscal("fiscal:1", 2, "absent"), "kiosk") == "err.fiscal_over"
    nameless = RecordFiscal("fiscal:1", 1, "confirmed")
    assert centre.refused(nameless, "kiosk") == "err.fiscal_number"
    assert centre.refused(RecordFiscal("fiscal:9", 1, "sent"), "kiosk") == "err.no_fiscal"


def test_what_needs_attention_holds_up_the_rest_until_staff_decide(centre: Centre) -> None:
    visit = centre.created("entrance-1000")
    centre.deposit(visit, 250)
    decided = RecordFiscal("fiscal:1", 1, "absent", reason="nothing came out")
    assert centre.refused(decided, "staff:206") == "err.fiscal_runs"
    centre.did(RecordFiscal("fiscal:1", 1, "sent"), "kiosk")
    assert centre.refused(decided, "staff:206") == "err.fiscal_runs"
    centre.did(RecordFiscal("fiscal:1", 1, "failed", reason="E-17 drive full"), "kiosk")
    step = centre.ask(NextFiscal())
    assert step is not None and (step.does, step.document.id) == ("wait", "fiscal:1")
    kept = centre.venue.store.get("fiscal", "fiscal:1") or {}
    assert kept["said"] == "E-17 drive full"
    silent = RecordFiscal("fiscal:1", 1, "absent")
    assert centre.refused(silent, "staff:206") == "err.reason_missing"
    assert centre.refused(decided, "staff:201") == "err.not_allowed"
    centre.did(decided, "staff:206")
    centre.did(RecordFiscal("fiscal:1", 2, "sent"), "kiosk")
    centre.did(RecordFiscal("fiscal:1", 2, "failed"), "kiosk")
    by_hand = RecordFiscal("fiscal:1", 2, "confirmed", "FD-9", "it is on the roll")
    centre.did(by_hand, "staff:206")
    step = centre.ask(NextFiscal())
    assert step is not None and (step.does, step.document.id) == ("send", "fiscal:2")


def z(centre: Centre) -> fiscal.FiscalTotals:
    """The shift is closed; what its Z says of fiscal documents."""
    till = centre.venue.books(centre.now).money(centre.venue.ledger.balance("1030", "RUB"))
    centre.printed()
    close = CloseShift(till, ("open_visits", "doubtful_notes", "unfiscalised"))
    centre.did(close, "staff:201")
    return centre.ask(ZReport(), "staff:206").fiscal
