"""The paper of guests and visits, issued by what it is about: it says what the books say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import pytest

from kiosk.core import venue_file
from kiosk.core.balances import ChangeBalance
from kiosk.core.checkout import VoidVisit
from kiosk.core.clock import Now
from kiosk.core.desk_top_ups import ReverseTopUp, TopUpAtDesk
from kiosk.core.documents import Document, Pair, QrCode, Words
from kiosk.core.errors import Refused
from kiosk.core.fiscal import FiscalOf, RecordFiscal
from kiosk.core.ids import JobId
from kiosk.core.ledger import Entry
from kiosk.core.lost_cards import MoveCard, ReportLost
from kiosk.core.orders import SaveOrder
from kiosk.core.package_sales import SellPackage, UndoPackage
from kiosk.core.printed_bills import IssueOrderBill, IssueVisitBill
from kiosk.core.receipts import ReprintSlip
from kiosk.core.recognition import Recognised
from kiosk.core.sessions import StopSession
from kiosk.core.settings import ImportVenue
from kiosk.core.slips import GetSlip, SlipDocument
from kiosk.core.venue import Venue
from kiosk.core.visits import CreateVisit
from tests.core import entrance
from tests.core.centre import CENTRE, Centre
from tests.core.centre import read as centre_read
from tests.core.entrance import BAR, CASHIER, venue_text
from tests.core.guest import DEMO, NOW, OTHER_UID, make_venue, rub, shelf
from tests.core.play import ADMINISTRATOR, GUEST, Club, club


class Place(Protocol):
    """A desk, a club or a centre."""

    venue: Venue
    now: Now


def job(entry: Entry, kind: str) -> JobId:
    """The one slip of this type that an entry issued."""
    [found] = [c.id for c in entry.changes if c.table == "slips" and c.id.startswith(f"{kind}:")]
    return JobId(found)


def paper(at: Place, entry: Entry, kind: str, actor: str = "kiosk") -> Document:
    document = at.venue.ask(SlipDocument(job(entry, kind)), at.now, actor)
    assert document.kind == kind
    return document


def issued(entry: Entry) -> list[str]:
    """The types of the slips of an entry."""
    return [c.id.partition(":")[0] for c in entry.changes if c.table == "slips"]


def figures(document: Document) -> dict[str, str]:
    """What stands at the right of each label, without the spaces of its thousands."""
    pairs = (part for part in document.parts if isinstance(part, Pair))
    return {pair.left: "".join(pair.right.split()) for pair in pairs}


def words(document: Document) -> list[str]:
    return [part.text for part in document.parts if isinstance(part, Words)]


def codes(document: Document) -> list[str]:
    return [part.data[:9] for part in document.parts if isinstance(part, QrCode)]


@pytest.fixture
def orbit() -> Iterator[Club]:
    with club() as made:
        yield made


@pytest.fixture
def desk() -> Iterator[entrance.Desk]:
    with entrance.desk() as made:
        yield made


@pytest.fixture
def centre() -> Iterator[Centre]:
    with shelf() as folder:
        venue = make_venue(folder, CENTRE)
        yield Centre(venue)
        venue.close()


# --- a card and its balance ----------------------------------------------------------------------

LADDER = '[[bonus_tiers]]\nfrom = 500\npercent = 10\n\n[[money_reasons]]\nid = "deposit"'


@pytest.fixture
def ladder() -> Iterator[Club]:
    with shelf() as folder:
        venue = make_venue(folder, DEMO.replace('[[money_reasons]]\nid = "deposit"', LADDER, 1))
        yield Club(venue)
        venue.close()


def test_C34_a_top_up_at_the_desk_gives_a_receipt(ladder: Club) -> None:
    ladder.money(200)
    entry = ladder.did(TopUpAtDesk(ladder.client, rub(1000), "cash"))
    receipt = paper(ladder, entry, "top_up_receipt")
    told = figures(receipt)
    assert (told["Cash"], told["TOTAL"]) == ("1000.00", "1000.00₽")
    assert (told["Balance before"], told["Balance after"]) == ("200.00₽", "1200.00₽")
    assert told["Bonus for play time"] == "100points"
    assert told["Receipt 000001"] == "Shift1·EN"
    assert f"Card {ladder.card.masked}" in words(receipt)
    assert codes(receipt) == ["FOYER:R1:"]
    by_card = ladder.did(TopUpAtDesk(ladder.client, rub(300), "bank_card"))
    assert figures(paper(ladder, by_card, "top_up_receipt"))["Bank card"] == "300.00"


def test_C33_a_refund_gives_a_slip_to_sign(ladder: Club) -> None:
    ladder.did(TopUpAtDesk(ladder.client, rub(1000), "cash"))
    back = ChangeBalance(ladder.client, "game", -40_000, "refund", "leaves")
    slip = paper(ladder, ladder.did(back, ADMINISTRATOR), "refund_slip")
    told = figures(slip)
    assert (told["In cash"], told["PAID BACK"]) == ("400.00", "400.00₽")
    assert (told["Balance before"], told["Balance after"]) == ("1000.00₽", "600.00₽")
    assert told["Bonus taken back"] == "40points"
    assert {"Paid out of the card's balance", "Guest's signature"} <= set(words(slip))
    assert codes(slip) == ["FOYER:R1:"]


def test_other_changes_of_a_balance_print_nothing(orbit: Club) -> None:
    reward = ChangeBalance(orbit.client, "bonus", 10, "bonus_accrual", "birthday")
    assert issued(orbit.did(reward, ADMINISTRATOR)) == []


def test_C33_a_top_up_that_is_undone_gives_a_refund_slip(ladder: Club) -> None:
    made = ladder.did(TopUpAtDesk(ladder.client, rub(1000), "bank_card"))
    undone = ladder.did(ReverseTopUp(job(made, "top_up_receipt"), "wrong card"), ADMINISTRATOR)
    assert undone.refs["slip"] == job(made, "top_up_receipt"), "it is found by what it undoes"
    told = figures(paper(ladder, undone, "refund_slip"))
    assert (told["To the bank card"], told["Bonus taken back"]) == ("1000.00", "100points")
    assert told["Balance after"] == "0.00₽"


def moved(orbit: Club) -> Entry:
    new = Recognised("Contactless guest card", "interface", "PDS", OTHER_UID)
    return orbit.did(MoveCard(orbit.card.id, new, reason="lost"))


def test_a_card_that_takes_anothers_place_gives_a_slip(orbit: Club) -> None:
    orbit.money(500)
    orbit.points(60)
    orbit.did(ReportLost(orbit.card.id, reason="lost"))
    lost_at = orbit.now
    orbit.wait(hours=2)
    slip = paper(orbit, moved(orbit), "transfer_slip")
    told = figures(slip)
    assert (told["Old card"], told["New card"]) == ("••••" + orbit.card.masked[-4:], "••••AA55")
    assert (told["On the new card"], told["Bonus for play time"]) == ("500.00₽", "60points")
    local = f"{lost_at.wall:%d.%m.%Y}{(lost_at.wall.hour + 3) % 24:02}"
    assert told["Blocked"].startswith(local) and told["Blocked"].endswith("MSK")


def test_a_card_that_nobody_reported_is_blocked_when_it_is_moved(orbit: Club) -> None:
    entry = moved(orbit)
    [slip] = [c.document for c in entry.changes if c.table == "slips"]
    assert slip is not None and slip["facts"]["blocked_at"] == slip["facts"]["at"]


# --- minutes -------------------------------------------------------------------------------------


def test_M28_a_guest_who_buys_minutes_gets_a_receipt(orbit: Club) -> None:
    orbit.with_pin()
    orbit.money(700)
    orbit.minutes(45)
    buy = SellPackage(orbit.client, "game-300", "wallet", card=orbit.card.id, pin="7391")
    receipt = paper(orbit, orbit.did(buy, GUEST), "package_receipt")
    told = figures(receipt)
    assert (told["Bought"], told["From the card's balance"]) == ("300minutes", "600.00")
    assert (told["Minutes before"], told["Minutes now"]) == ("45", "345")
    assert f"Card {orbit.card.masked}" in words(receipt)
    assert {
        "Game minutes",
        "These minutes do not expire.",
        "They cannot be exchanged for the other kind of minutes, nor for money.",
    } <= set(words(receipt))
    orbit.set("minutes", conversion=True)
    other = orbit.did(SellPackage(orbit.client, "net-120", "cash"))
    told_words = words(paper(orbit, other, "package_receipt"))
    assert "They cannot be exchanged for money." in told_words


def test_M27_minutes_that_are_taken_back_give_a_refund_slip(orbit: Club) -> None:
    sale = orbit.sell("game-300")
    slip = paper(
        orbit, orbit.did(UndoPackage(sale, reason="mistake"), ADMINISTRATOR), "refund_slip"
    )
    told = figures(slip)
    assert (told["In cash"], told["PAID BACK"]) == ("600.00", "600.00₽")
    assert (told["Minutes taken back"], told["Minutes now"]) == ("300", "0")
    assert codes(slip) == ["FOYER:R1:"]


def test_session_slips_are_a_setting_of_the_venues_file() -> None:
    """A file that does not name it says what it said before there was one."""
    wanted = venue_file.parse(DEMO.replace("[minutes]", "[minutes]\nsession_slips = true", 1))
    [settings] = wanted.documents["settings"]
    assert settings["minutes"]["session_slips"] is True
    written = venue_file.write(wanted.documents)
    assert "session_slips = true" in written and venue_file.parse(written) == wanted
    [settings] = venue_file.parse(DEMO).documents["settings"]
    assert "session_slips" not in settings["minutes"]


def test_a_session_slip_is_printed_where_the_venue_wants_it(orbit: Club) -> None:
    orbit.sell("game-300")
    first = orbit.start("balance_timer")
    assert issued(orbit.did(StopSession(first))) == []
    orbit.set("minutes", session_slips=True)
    session = orbit.start("balance_timer")
    orbit.wait(minutes=47)
    told = figures(paper(orbit, orbit.did(StopSession(session)), "session_slip"))
    assert (told["Minutes used"], told["Minutes left"]) == ("47", "253")
    orbit.money(500)
    session = orbit.start("timer")
    orbit.wait(minutes=30)
    told = figures(paper(orbit, orbit.did(StopSession(session)), "session_slip"))
    assert (told["Play time"], told["From the card's balance"]) == ("120.00₽", "120.00")
    assert "Minutes left" not in told
    session = orbit.start("timer")
    orbit.wait(minutes=90)
    orbit.post(f"2010:{orbit.client}", "1030", "RUB", 30_000)
    told = figures(paper(orbit, orbit.did(StopSession(session, rest="qr")), "session_slip"))
    parts = (told["From the card's balance"], told["QR payment"])
    assert (told["Play time"], *parts) == ("360.00₽", "80.00", "280.00"), "it adds up"
    orbit.start("balance_min", 5)
    orbit.wait(minutes=5)
    assert orbit.tick() == ["session_ended"]
    last = orbit.venue.ledger.entry(orbit.venue.ledger.seq)
    assert last is not None and issued(last) == [], "nobody stands there"


# --- a visit -------------------------------------------------------------------------------------


def test_E42_a_visit_begins_with_what_may_be_spent(centre: Centre) -> None:
    made = CreateVisit(read=centre_read("entrance-1000"), guests=2)
    entry = centre.did(made, "staff:201")
    slip = paper(centre, entry, "visit_creation")
    told = figures(slip)
    assert (told["Visit no."], told["Type"], told["Guests"]) == ("1", "Entrancecard1000", "2")
    assert told["You may spend up to"] == "1500.00₽"
    assert (told["Prepayment"], told["Minimum amount"]) == ("1000.00₽", "1000.00₽")
    assert "Please keep this slip until you leave." in words(slip)


def test_E43_E100_a_prepayment_prints_its_receipt_and_its_document(centre: Centre) -> None:
    made = CreateVisit(read=centre_read("entrance-1000"), guests=2, tender="bank_card")
    entry = centre.did(made, "staff:201")
    assert issued(entry) == ["visit_creation", "prepayment_receipt", "prepayment_document"]
    receipt = paper(centre, entry, "prepayment_receipt")
    assert figures(receipt)["Bank card"] == "1000.00"
    assert "This is an advance. It is counted when you pay for the visit." in words(receipt)
    assert "Fiscal receipt 000001 follows" in words(receipt)
    assert codes(receipt) == ["FOYER:R1:"]
    document = figures(paper(centre, entry, "prepayment_document"))
    assert (document["Paid in now"], document["On your visit"]) == ("1000.00₽", "1000.00₽")
    assert document["Minimum amount"] == "1000.00₽"


def test_E43_a_reprinted_receipt_names_what_the_fiscal_device_has_printed(centre: Centre) -> None:
    visit = centre.created("entrance-1000")
    [fiscal] = centre.ask(FiscalOf(visit))
    centre.did(RecordFiscal(fiscal.id, 1, "sent"), "kiosk")
    centre.did(RecordFiscal(fiscal.id, 1, "confirmed", "FD-77"), "kiosk")
    told = words(centre.ask(SlipDocument(JobId("prepayment_receipt:1"))))
    assert "Fiscal receipt FD-77" in told


def test_E50_E99_the_bill_of_an_order_is_handed_to_its_till(desk: entrance.Desk) -> None:
    visit = desk.open()
    assert str(desk.do(IssueOrderBill("a", "en"), BAR)) == "err.no_such_order (order=a)"
    desk.ordered("a", visit, 200, 150)
    entry = desk.did(IssueOrderBill("a", "en"), BAR)
    assert (entry.kind, entry.postings) == ("slip_issued", ())
    bill = paper(desk, entry, "order_bill", BAR)
    told = figures(bill)
    assert (told["Item 0"], told["Item 1"], told["TOTAL"]) == ("200.00", "150.00", "350.00₽")
    assert {"To be paid with the visit.", "This is not a receipt."} <= set(words(bill))
    assert any("Bar · Order a" in line for line in words(bill))
    found = desk.ask(GetSlip(job(entry, "order_bill")))
    assert found.state == "handed", "the till prints it itself"
    assert isinstance(desk.void(f"{BAR}/a"), Entry)
    assert str(desk.do(IssueOrderBill("a", "en"), BAR)) == "err.order_void (order=a)"


def test_E63_the_cards_discount_stands_on_the_bill_and_on_the_receipt() -> None:
    with entrance.desk(venue_text(table={"discount_percent": 10})) as desk:
        visit = desk.ordered("a", desk.open(), 200, 300)
        entry = desk.did(IssueVisitBill(visit.id, "en"))
        told = figures(paper(desk, entry, "visit_bill"))
        assert (told["Subtotal"], told["Discount 10\u00a0%"]) == ("500.00", "\u221250.00")
        assert told["TOTAL"] == told["TO PAY"] == "450.00₽"
        closed = desk.calculate(visit, ("cash", 450))
        told = figures(paper(desk, closed, "final_receipt"))
        assert (told["Discount 10\u00a0%"], told["Cash"]) == ("\u221250.00", "450.00")


def test_E32_E56_a_visits_bill_says_minimum_deposits_and_change(centre: Centre) -> None:
    visit = centre.created("entrance-1000")
    centre.deposit(visit, 500)
    centre.order(visit, 700)
    bill = paper(centre, centre.did(IssueVisitBill(visit, "en"), "staff:201"), "visit_bill")
    told = figures(bill)
    assert (told["Subtotal"], told["Minimum 1\u202f000.00\u00a0₽"]) == ("700.00", "+300.00")
    assert (told["TOTAL"], told["Prepaid"], told["Change"]) == ("1000.00₽", "1500.00₽", "500.00₽")
    assert told["TO PAY"] == "0.00₽"
    assert told["Limit used"] == "0.00of500.00₽"
    assert "This is not a receipt." in words(bill)
    centre.calculate(visit)
    bill = paper(centre, centre.did(IssueVisitBill(visit, "en"), "staff:201"), "visit_bill")
    assert "This visit is paid." in words(bill) and "This is not a receipt." not in words(bill)


def test_the_limit_that_a_visit_uses_stands_on_its_bill(centre: Centre) -> None:
    visit = centre.created("entrance-1000")
    centre.order(visit, 1300)
    told = figures(
        paper(centre, centre.did(IssueVisitBill(visit, "en"), "staff:201"), "visit_bill")
    )
    assert (told["Limit used"], told["TO PAY"]) == ("300.00of500.00₽", "300.00₽")


def test_E54_the_final_receipt_names_the_prepayments_that_end_with_it(centre: Centre) -> None:
    visit = centre.created("entrance-1000")
    centre.deposit(visit, 500, "bank_card")
    centre.order(visit, 1200)
    entry = centre.calculate(visit)
    receipt = paper(centre, entry, "final_receipt")
    told = figures(receipt)
    assert (told["TOTAL"], told["From the prepayment"]) == ("1200.00₽", "1200.00")
    assert told["Change in cash"] == "300.00₽"
    ended = [told[f"Prepayment receipt {number:06}"] for number in (1, 2)]
    assert ended == ["1000.00", "500.00"]
    assert "Prepayments settled by this receipt:" in words(receipt)
    waiting = [line for line in words(receipt) if line.startswith("Fiscal receipt")]
    final = centre.ask(FiscalOf(visit))[-1]
    assert (final.kind, waiting) == ("receipt", [f"Fiscal receipt {final.number:06} follows"])
    assert any(line.startswith("Fiscal receipt") for line in words(receipt))
    assert codes(receipt) == ["FOYER:R1:"]


def test_change_as_a_claim_comes_with_its_ticket(centre: Centre) -> None:
    visit = centre.created("entrance-1000")
    centre.deposit(visit, 500)
    centre.order(visit, 1000)
    kept = centre.venue.store.get("visits", visit) or {}
    command = entrance.CalculateVisit(visit, change="claim", card=str(kept["card"]))
    entry = centre.did(command, GUEST)
    assert issued(entry) == ["claim_ticket", "final_receipt"]
    assert figures(paper(centre, entry, "final_receipt"))["Change as a claim ticket"] == "500.00₽"
    assert "This is the change of your visit." in words(paper(centre, entry, "claim_ticket"))
    assert entry.refs["slip"] == job(entry, "claim_ticket")


def test_E2_an_order_paid_at_once_has_a_receipt_of_its_own(desk: entrance.Desk) -> None:
    visit = desk.ordered("a", desk.open(), 200)
    desk.ordered("b", visit, 100)
    entry = desk.pay("a", ("cash", 150), ("qr", 50))
    assert isinstance(entry, Entry)
    told = figures(paper(desk, entry, "final_receipt", BAR))
    assert (told["TOTAL"], told["Cash"], told["QR payment"]) == ("200.00₽", "150.00", "50.00")
    assert "Item 1" not in told
    entry = desk.calculate(visit, ("cash", 100))
    told = figures(paper(desk, entry, "final_receipt"))
    assert (told["TOTAL"], told["Paid before"], told["Cash"]) == ("300.00₽", "200.00", "100.00")


def test_E48_what_each_guest_paid_stands_on_the_receipt(desk: entrance.Desk) -> None:
    visit = desk.open()
    lines = tuple(entrance.OrderLine(f"Item {n}", 1, rub(100 * n), seat=n) for n in (1, 2))
    desk.did(SaveOrder("s", "", "Bar", lines, visit=visit.id), BAR)
    entry = desk.calculate(visit, ("cash", 300), by_seats=True)
    told = figures(paper(desk, entry, "final_receipt"))
    assert (told["Guest 1"], told["Guest 2"]) == ("100.00", "200.00")


def test_a_paid_order_that_is_void_gives_a_refund_slip(desk: entrance.Desk) -> None:
    visit = desk.ordered("a", desk.open(), 200)
    desk.ordered("b", visit, 100)
    desk.pay("a", ("cash", 200))
    entry = desk.void(f"{BAR}/a")
    assert isinstance(entry, Entry)
    slip = paper(desk, entry, "refund_slip")
    assert figures(slip)["In cash"] == "200.00"
    assert {"A paid order was cancelled", f"Visit {visit.number}"} <= set(words(slip))
    unpaid = desk.void(f"{BAR}/b")
    assert isinstance(unpaid, Entry) and issued(unpaid) == []


def test_E105_a_void_visit_gives_its_deposits_back_with_a_slip(centre: Centre) -> None:
    visit = centre.created("entrance-1000")
    entry = centre.did(VoidVisit(visit, reason="mistake"), "staff:202")
    slip = paper(centre, entry, "refund_slip")
    assert figures(slip)["PAID BACK"] == "1000.00₽"
    assert "The visit was cancelled" in words(slip)
    visit = centre.created("entrance-1000", "2")
    entry = centre.did(VoidVisit(visit, "claim", reason="mistake"), "staff:202")
    assert issued(entry) == ["claim_ticket"]
    assert "This was paid in for a visit that was cancelled." in words(
        paper(centre, entry, "claim_ticket")
    )


def test_a_bill_needs_its_visit(centre: Centre) -> None:
    assert centre.refused(IssueVisitBill("K1-1-9v", "en"), "staff:201") == "err.no_such_visit"
    visit = centre.created("entrance-1000")
    centre.did(VoidVisit(visit, reason="mistake"), "staff:202")
    assert centre.refused(IssueVisitBill(visit, "en"), "staff:201") == "err.visit_ended"


# --- whose paper it is ---------------------------------------------------------------------------


def test_E83_a_till_is_told_of_its_own_slips_and_of_no_others(desk: entrance.Desk) -> None:
    visit = desk.ordered("a", desk.open(), 200)
    own = job(desk.did(IssueVisitBill(visit.id, "en"), BAR), "visit_bill")
    others = [
        job(desk.did(IssueVisitBill(visit.id, "en"), "till:a"), "visit_bill"),
        job(desk.did(IssueVisitBill(visit.id, "en")), "visit_bill"),
        JobId("visit_creation:1"),
    ]
    assert desk.ask(SlipDocument(own), BAR).kind == "visit_bill"
    desk.did(ReprintSlip(own))
    assert desk.ask(SlipDocument(own), BAR).kind == "visit_bill", "printed at the kiosk as well"
    for other in others:
        with pytest.raises(Refused, match=r"err\.not_allowed"):
            desk.ask(SlipDocument(other), BAR)


def test_a_till_hands_its_slips_out_and_the_desks_are_due(desk: entrance.Desk) -> None:
    visit = desk.ordered("a", desk.open(), 200)
    for actor, state in ((BAR, "handed"), (CASHIER, "due")):
        made = job(desk.did(IssueVisitBill(visit.id, "en"), actor), "visit_bill")
        assert desk.ask(GetSlip(made)).state == state


def test_a_language_that_there_is_none_of_is_english(desk: entrance.Desk) -> None:
    visit = desk.ordered("a", desk.open(), 200)
    entry = desk.did(IssueVisitBill(visit.id, "xx"), BAR)
    assert "This is not a receipt." in words(paper(desk, entry, "visit_bill"))
    entry = desk.did(IssueVisitBill(visit.id, "ru"), BAR)
    assert "Это не чек." in words(paper(desk, entry, "visit_bill"))


def test_a_training_store_marks_its_paper(desk: entrance.Desk) -> None:
    mark = "TRAINING · not a real document"
    entry = desk.did(IssueVisitBill(desk.open().id, "en"))
    assert mark not in words(paper(desk, entry, "visit_bill"))
    with shelf() as folder:
        facts: dict[str, Any] = {"kiosk": "K1", "currency": "RUB", "simulated": False}
        files = folder / "kiosk.db", folder / "secrets.db"
        venue = Venue.create(*files, **facts, now=NOW, training=True)
        venue.close()
        venue = Venue.open(*files)
        school = entrance.Desk(venue)
        assert venue.store.facts["training"] is True
        school.did(ImportVenue(venue_file.parse(venue_text())), "cli")
        entry = school.did(IssueVisitBill(school.open().id, "en"))
        told = words(paper(school, entry, "visit_bill"))
        assert told[0] == told[-1] == mark
        venue.close()
