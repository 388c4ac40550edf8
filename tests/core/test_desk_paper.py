"""The desk's paper, issued by what it is about: that it says what the books say, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.core import seal, tickets
from kiosk.core.cash import HoldDeposit, SettleNote
from kiosk.core.cashbox import CollectCashbox, CountCollection
from kiosk.core.desk_paper import IssueTransactionsList, IssueXReport
from kiosk.core.documents import Document, Pair, Part, QrCode, Words
from kiosk.core.drawer import CollectDrawer, FloatIn, WithdrawCash
from kiosk.core.errors import Refused
from kiosk.core.ids import ClientId, JobId, note_id
from kiosk.core.ledger import Entry
from kiosk.core.receipts import ReprintSlip
from kiosk.core.shift_report import XReport, ZReport
from kiosk.core.shifts import CloseOverdueShift, CloseShift, EndOfShift, OpenShift
from kiosk.core.slips import GetSlip, RecordSlip, SlipDocument
from kiosk.core.staff import Approval, SetStaffPin
from kiosk.core.transactions import Transactions, Wanted
from tests.core.centre import PLAIN, Centre
from tests.core.desk import (
    ADMINISTRATOR,
    ALL,
    AUDITOR,
    BOX,
    CASHIER,
    COLLECTOR,
    MANAGER,
    OWNER,
    Desk,
    desk,
    faces,
    venue_with,
)
from tests.core.entrance import venue_text
from tests.core.guest import NOW, make_venue, rub, shelf
from tests.core.test_migrations import lay, opened
from tests.core.test_shift_report import working_day


@pytest.fixture
def till() -> Iterator[Desk]:
    with desk() as made:
        yield made


def paper(till: Desk, entry: Entry) -> Document:
    """The document of the slip that an entry issued."""
    return till.ask(SlipDocument(JobId(str(entry.refs["slip"]))))


def figures(document: Document) -> dict[str, str]:
    """What stands at the right of each label, without the spaces of its thousands."""
    pairs = (part for part in document.parts if isinstance(part, Pair))
    return {pair.left: "".join(pair.right.split()) for pair in pairs}


def words(document: Document) -> str:
    """Everything that stands on the paper."""

    def text(part: Part) -> str:
        match part:
            case Words(told):
                return told
            case Pair(left, right):
                return f"{left} {right}"
            case QrCode(data, caption):
                return f"{data} {caption}"
            case _:
                return ""

    return "\n".join(map(text, document.parts))


# --- floats and what is taken out ---------------------------------------------------------------


def test_C29_a_float_leaves_its_slip_note_by_note(till: Desk) -> None:
    opened_ = till.did(OpenShift(faces((100, 20), (10, 50)), "change", comment="Monday"))
    made = paper(till, opened_)
    assert (made.kind, made.number, made.language) == ("float_slip", 1, "en")
    told = figures(made)
    assert (told["100\u00a0₽ × 20"], told["TOTAL"]) == ("2000.00", "2500.00₽")
    assert told["Put in by"] == "staff101" and "Comment: Monday" in words(made)
    later = till.did(FloatIn(rub(200), "change", language="ru"))
    assert paper(till, later).language == "ru" and paper(till, later).number == 2
    assert "shift" in opened_.refs, "the head of the slip tells the shift that it opens"
    assert "Shift 1" in words(made)


def test_a_shift_without_a_float_has_no_slip_of_one(till: Desk) -> None:
    assert "slip" not in till.opened().refs


def test_E81_what_is_taken_out_says_why_and_for_whom(till: Desk) -> None:
    till.opened(1000)
    out = paper(till, till.did(WithdrawCash(faces((100, 3)), "bank", "105", "to the bank")))
    told = figures(out)
    assert out.kind == "withdrawal_slip" and told["TOTAL"] == "300.00₽"
    assert (told["Employee"], told["Taken out by"]) == ("105", "staff101")
    assert "Taken out of the till" in words(out) and "to the bank" in words(out)
    drawer = paper(till, till.did(CollectDrawer("too much", rub(400))))
    assert "The drawer was collected" in words(drawer)
    assert figures(drawer)["TOTAL"] == "400.00₽" and drawer.number == 2


# --- collections --------------------------------------------------------------------------------


def test_C29_a_collection_says_what_was_booked_what_was_counted_and_why(till: Desk) -> None:
    till.did(SetStaffPin("101", "481920"), "cli")
    for face in (500, 500, 100):
        till.note(face)
    witness = Approval("101", "481920")
    count = CollectCashbox(BOX, faces((500, 1), (100, 2)), "S-4", witness=witness)
    entry = till.did(count, COLLECTOR)
    made, told = paper(till, entry), figures(paper(till, entry))
    assert (made.kind, told["Seal"], told["Box"]) == ("collection_slip", "S-4", "acceptor")
    assert (told["500\u00a0₽ × 2"], told["100\u00a0₽ × 1"]) == ("1", "2")
    assert (told["Booked"], told["Counted"]) == ("1100.00₽", "700.00₽")
    assert told["DIFFERENCE"] == "\u2212400.00₽"
    assert (told["Collected by"], told["Witness"]) == ("staff103", "________________")
    assert "staff 101" in words(made) and "Booked as the one, counted as the other" in words(made)
    assert told["Notes since the last one"] == "3"
    assert entry.prev in words(made), "the head of the chain"


@pytest.mark.parametrize("blind", [True, False])
def test_a_bag_is_counted_later_and_a_blind_count_is_told_nothing_before(blind: bool) -> None:
    with desk(venue_with(blind_count="true") if blind else venue_with()) as till:
        till.note(500)
        bag = till.did(CollectCashbox(BOX, seal="B-1"), COLLECTOR)
        before = paper(till, bag)
        assert ("₽" in words(before)) is not blind, "no sum, and no face"
        assert "Notes since the last one" not in figures(before) or not blind
        if not blind:
            assert figures(before)["500\u00a0₽ × 1"] == "_____"
        count = till.did(CountCollection(bag.refs["collection"], faces((500, 1))), MANAGER)
        after = figures(paper(till, count))
        assert (after["Booked"], after["Counted"], after["DIFFERENCE"]) == (
            *("500.00₽", "500.00₽"),
            "0.00₽",
        )
        assert (after["Counted by"], after["Collected by"]) == ("staff105", "staff103")


# --- X and Z ------------------------------------------------------------------------------------


def test_C29_an_X_on_paper_is_the_X_of_that_moment() -> None:
    with working_day() as till:
        asked = till.ask(XReport(), CASHIER)
        entry = till.did(IssueXReport())
        report = paper(till, entry)
        told = figures(report)
        assert "This report does not close the shift" in words(report)
        assert told["Expected cash"] == "1255.00" and asked.till is not None
        assert told["Opening cash"] == "0.00" and told["Floats put in"] == "1015.00"
        assert (told["Cash received"], told["Cash paid out"]) == ("850.00", "\u221240.00")
        voids = [p.right for p in report.parts if isinstance(p, Pair) and p.left == "Voids"]
        assert told["Taken out"] == "\u2212415.00"
        assert voids == ["\u2212155.00", "\u2212150.00"], "of the till; of all that came in"
        assert (told["Paid out"], told["Left of it"]) == ("\u221240.00", "1660.00")
        assert told["500\u00a0₽ × 1"] == "500.00" and told["Collected"] == "0.00"
        assert (told["Top-ups"], told["Received in all"]) == ("1170.00", "1850.00")
        assert (told["Prepayments"], told["Offset in visits"]) == ("0.00", "0.00")
        assert (told["Orders"], told["Minutes sold"]) == ("400.00", "270.00")
        assert (told["Game minutes given"], told["Game minutes spent"]) == ("60", "0")
        assert (told["Bonus points given"], told["Bonus points spent"]) == ("25", "0")
        refunded = (told["\u00a0\u00a0Refunds"], told["Refund"])
        assert refunded == ("\u221240.00", "\u221240.00")
        assert (told["Technical error"], told["Voids: 3"]) == ("10.00", "155.00")
        assert (told["Claims issued"], told["Claims redeemed"]) == ("50.00", "0.00")
        assert (told["Claims open"], told["Owed in all"]) == ("1", "1000.00")
        assert told["Not confirmed yet"] == "0"
        # The moment is frozen: what comes afterwards changes nothing on it.
        till.note(100)
        assert figures(paper(till, entry)) == told
        assert entry.postings == () and till.ask(XReport(), CASHIER).number == 0


def test_a_blind_X_on_paper_tells_no_more_than_the_query() -> None:
    with working_day(venue_with(blind_count="true")) as till:
        entry = till.did(IssueXReport())
        told = paper(till, entry)
        assert "The count is blind" in words(told)
        for label in ("Expected cash", "Opening cash", "In the boxes now:"):
            assert label not in words(told)
        kept = till.venue.store.get("slips", str(entry.refs["slip"])) or {}
        assert kept["facts"]["figures"]["till"] is None, "nor do its facts"
        assert kept["facts"]["figures"]["boxes"] == [] == list(kept["facts"]["figures"]["grand"])


def test_C29_a_Z_on_paper_is_counted_signed_and_has_its_number() -> None:
    with working_day() as till:
        entry = till.closed_shift(faces((1000, 1), (100, 2), (50, 1)))
        made = paper(till, entry)
        told = figures(made)
        assert (made.kind, made.number, told["Z"]) == ("z_report", 1, "1")
        assert (told["Expected cash"], told["Counted cash"]) == ("1255.00", "1250.00")
        assert (told["Over or short"], told["1\u202f000\u00a0₽ × 1"]) == ("\u22125.00", "1000.00")
        assert told["Earned in all"] == "670.00" and told["Into the till"] == "1865.00"
        assert told["TOP-UP"] == "1-3" and told["Z REPORT"] == "1-1"
        assert entry.hash in words(made), "the head of the chain"
        (code,) = [part.data for part in made.parts if isinstance(part, QrCode)]
        said, _, signature = code.rpartition(":")
        assert said.split(":")[:5] == ["FOYER", "Z", "K1", "000001", str(entry.seq)]
        assert said.split(":")[6:] == [entry.hash.upper(), "67000", "125000"]
        (public,) = tickets.public_keys(till.venue.books(till.now))
        assert seal.signed_by(public, said, signature)
        assert not seal.signed_by(public, said.replace("67000", "67001"), signature)
        till.note(500)
        till.opened(100)
        assert figures(paper(till, entry)) == told, "it stays what it was"


def test_C29_the_Z_of_an_overdue_shift_says_that_nobody_counted(till: Desk) -> None:
    shift = till.opened(700).refs["shift"]
    till.wait(hours=25)
    made = paper(till, till.as_kiosk(CloseOverdueShift(shift, "ru"), "overdue"))
    assert made.language == "ru" and made.number == 1
    code = next(part.data for part in made.parts if isinstance(part, QrCode))
    assert code.split(":")[8] == "", "no cash was counted"


def test_E54_the_paper_of_the_Z_says_what_fiscal_cash_is_left() -> None:
    """Prepaid 1500, cancelled, final receipt 1000: 1000 of fiscal cash on the Z."""
    fiscal = PLAIN.replace('"do_not_account"', '"receipt_later_summary"').replace(
        "prepay_amount = 1000", "prepay_amount = 1500"
    )
    with shelf() as folder:
        place = Centre(make_venue(folder, fiscal))
        visit = place.prepaid("entrance-1000", 1000, 500)
        place.order(visit, 700)
        place.calculate(visit)
        place.printed()
        counted = place.venue.books(place.now).money(place.on("1030") * 100)
        entry = place.did(CloseShift(counted, ALL), "staff:201")
        made = place.ask(SlipDocument(JobId(str(entry.refs["slip"]))))
        told = figures(made)
        assert told["Fiscal, cash"] == "1000.00"
        assert (told["Receipts"], told["Cancellations"]) == ("2", "1")
        assert told["Not confirmed yet"] == "3"
        place.venue.close()


def test_a_Z_of_before_there_were_slips_of_it_is_printed(tmp_path: Path) -> None:
    venue = opened(lay(tmp_path / "old", 3))
    kept = venue.store.latest("z_reports")[0]
    job = JobId(f"z_report:{kept['number']}")
    assert venue.ask(GetSlip(job), NOW) is None
    later = NOW.later(timedelta(days=400).total_seconds())
    again = ReprintSlip(job, "ru")
    assert isinstance(venue.do(again, actor="cli", key="z", now=later), Entry)
    made = venue.ask(SlipDocument(job), later)
    asked = venue.ask(ZReport(kept["number"]), later, "cli")
    assert (made.number, made.language) == (kept["number"], "ru")
    owed = made.parts and figures(made)["Z"]
    assert owed == str(kept["number"]) and asked.head == kept["head"]
    assert "COPY" in words(made) or "КОПИЯ" in words(made)
    none = venue.do(ReprintSlip(JobId("z_report:99")), actor="cli", key="none", now=later)
    assert isinstance(none, Refused)
    assert venue.ledger.verify() == []
    venue.close()


# --- what hinders a Z ---------------------------------------------------------------------------


def test_E80_the_desks_own_paper_hinders_no_Z_that_knows_of_it(till: Desk) -> None:
    entry = till.opened(1000)
    job = JobId(str(entry.refs["slip"]))
    end = till.ask(EndOfShift(), CASHIER)
    assert (end.slips, end.warnings()) == ((), {"desk_paper": 1})
    assert till.refused(CloseShift(rub(1000))) == ("err.close_desk_paper", {"n": "1"})
    till.as_kiosk(RecordSlip(job, 1, "not_printed", "paper_out"), f"slip:{job}:1")
    assert till.refused(CloseShift(rub(1000)))[0] == "err.close_desk_paper"
    till.did(CloseShift(rub(1000), ("desk_paper",)))
    # Neither its own slip nor what was left then waits for the next shift.
    till.opened()
    assert till.ask(EndOfShift(), CASHIER).warnings() == {}
    till.did(ReprintSlip(job))
    assert till.ask(EndOfShift(), CASHIER).warnings() == {}
    till.did(CloseShift(rub(1000)))


def test_E80_paper_that_came_out_needs_no_word(till: Desk) -> None:
    till.opened(1000)
    till.printed()
    till.did(CloseShift(rub(1000)))


# --- a list of transactions ---------------------------------------------------------------------


def test_C28_a_page_of_transactions_is_printed_with_its_filters() -> None:
    with working_day() as till:
        wanted = Wanted(kinds=("topped_up",), least=10000, since=NOW.wall - timedelta(days=1))
        asked = till.ask(Transactions(wanted=wanted), AUDITOR)
        assert till.refused(IssueTransactionsList(wanted=wanted), CASHIER)[0] == "err.not_allowed"
        entry = till.did(IssueTransactionsList(wanted=wanted), ADMINISTRATOR)
        made = paper(till, entry)
        pairs = [p for p in made.parts if isinstance(p, Pair)]
        rows = ["".join(p.right.split()) for p in pairs if p.left == "Top-up, desk"]
        assert rows == ["200.00", "300.00"] and len(asked.rows) == len(rows)
        told = figures(made)
        assert told["To balances"] == "500.00" and "From balances" not in told
        assert (told["What"], told["Amount from"]) == ("Top-up,desk", "100.00")
        assert told["From"].startswith("21.11.2026")
        for row in asked.rows:
            assert f"{row.seq} · " in words(made) and row.client in words(made)


def test_C28_the_sums_of_a_list_are_of_balances_alone() -> None:
    """What passed them, a float or an order paid in cash, went to nobody's."""
    with working_day() as till:
        rows = till.ask(Transactions(), AUDITOR).rows
        money = [row.amount for row in rows if row.balance and row.unit == "RUB"]
        assert any(row.unit == "RUB" and not row.balance for row in rows)
        told = figures(paper(till, till.did(IssueTransactionsList(), OWNER)))
        assert told["To balances"] == f"{sum(m for m in money if m > 0) // 100}.00"
        assert told["From balances"] == f"\u2212{-sum(m for m in money if m < 0) // 100}.00"


def test_C28_a_list_tells_what_moved_on_visits() -> None:
    with desk(venue_text(table={"discount_percent": 10})) as till:
        till.opened()
        visit = till.open()
        note = note_id(BOX, 1, 1)
        till.as_kiosk(HoldDeposit(note, rub(500), visit.id), "hold")
        till.as_kiosk(SettleNote(note), "settle")
        till.ordered("a", visit, 600)
        till.closed(visit, ("cash", 40))
        told = figures(paper(till, till.did(IssueTransactionsList(), OWNER)))
        assert told["Deposit, notes"] == "500.00"
        # What was in the visit and what was paid at its end; nobody paid the discount.
        assert told["Visit settled"] == "540.00"


def test_C28_a_list_of_one_client_and_of_nothing(till: Desk) -> None:
    card = till.register()
    till.note(500, card)
    mine = paper(till, till.did(IssueTransactionsList(client=card.client), OWNER))
    assert figures(mine)["Client"] == card.client and "500.00" in words(mine)
    nothing = Wanted(why="refund")
    none = paper(till, till.did(IssueTransactionsList(ClientId(""), nothing), OWNER))
    assert "No transactions fit." in words(none) and figures(none)["Why"] == "Refund"
