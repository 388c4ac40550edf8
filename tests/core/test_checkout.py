"""Checkout: a visit is calculated in one entry, or void; nothing of its money is left behind."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk.core import venue_file
from kiosk.core.accounts import PointCard
from kiosk.core.bills import OrderLine
from kiosk.core.checkout import CalculateVisit, VisitBill, VoidVisit
from kiosk.core.claims import OpenClaims
from kiosk.core.clients import Movements
from kiosk.core.errors import Refused
from kiosk.core.fiscal import FiscalOf
from kiosk.core.ids import VisitId
from kiosk.core.ledger import Entry
from kiosk.core.money import Money
from kiosk.core.orders import SaveOrder
from kiosk.core.payments import Payment
from kiosk.core.prepayments import Deposit
from kiosk.core.settings import ImportVenue
from kiosk.core.staff import Approval, SetStaffPin
from kiosk.core.visits import CreateVisit
from tests.core.entrance import (
    ADMINISTRATOR,
    BAR,
    CASHIER,
    MANAGER,
    Desk,
    desk,
    money,
    paying,
    refused,
    venue_text,
)
from tests.core.guest import RUB, rub
from tests.core.test_calculation import WORKED, kopecks

SEATED = (OrderLine("Soup", 1, rub(600), seat=1), OrderLine("Steak", 1, rub(800), seat=2))


def postings(at: Desk) -> dict[str, str]:
    """The last entry: account and amount, debits positive; a visit's and a claim's by its code."""
    last = at.venue.ledger.entry(at.venue.ledger.seq)
    assert last is not None
    made: dict[str, int] = {}
    for p in last.postings:
        code = p.account.partition(":")[0]
        made[code] = made.get(code, 0) + p.amount
    return {code: str(Money(minor, RUB)) for code, minor in made.items()}


@pytest.mark.parametrize("policy", ["forbid_saving", "warning_only"])
@pytest.mark.parametrize("row", WORKED, ids=lambda row: row[0])
def test_W1_W2_W3_W4_W5_W6_W7_W8_W9_W10_W11_W12_from_the_first_swipe_to_the_exit(
    row: tuple[Any, ...], policy: str
) -> None:
    name, deposits, limit, orders, least, shown, markup, total, due, change = row
    prepaid = 1000 if name == "W12" else deposits
    table = {"prepay_amount": prepaid, "limit": limit, "minimum": least}
    with desk(venue_text(table=table, order_max_amount_check=f'"{policy}"')) as at:
        visit = at.open()
        if name == "W12":
            at.did(Deposit(visit.id, rub(250), "cash", "deposit", "en"))
        done = at.order("a", visit, orders)
        if policy == "forbid_saving" and kopecks(shown) < 0:
            told = refused(done, "err.visit_short")
            assert kopecks(told.args_by_name["amount"]) == -kopecks(shown)
            closed = at.closed(visit)
            assert (str(closed.grand_total), str(closed.to_pay)) == ("0.00", "0.00")
            assert closed.change == rub(deposits), "the visit calculates without it"
            return
        assert isinstance(done, Entry)
        seen = at.seen(visit)
        assert seen.balance == money(shown)
        assert (seen.markup, seen.to_pay, seen.change) == (money(markup), money(due), money(change))
        closed = at.closed(visit, *([("cash", due)] if due else []))
        assert (closed.grand_total, closed.change) == (money(total), money(change))
        assert at.balance("4030") == str(money(orders))
        assert at.balance("4040") == str(money(markup))
        assert kopecks(at.balance("1030")) == kopecks(10_000) + kopecks(total)


def test_E4_E33_calculate_as_the_ledger_writes_it() -> None:
    with desk(venue_text(table={"prepay_amount": 1500, "minimum": 1000})) as at:
        visit = at.ordered("a", at.open(), 700)
        at.closed(visit)
        assert postings(at) == {
            "2030": "1500.00",
            "4030": "-700.00",
            "4040": "-300.00",
            "1030": "-500.00",
        }


def test_E32_the_threshold_is_the_markups_minimum_amount() -> None:
    with desk(venue_text(table={"markup": '"least"'})) as at:
        visit = at.ordered("a", at.open(), "999.99")
        assert (str(visit.minimum), str(visit.markup)) == ("1000.00", "0.01")
        assert str(at.closed(visit, ("cash", 1000)).grand_total) == "1000.00"


@pytest.mark.parametrize(("scope", "total"), [("visit", "1500.00"), ("order", "2000.00")])
def test_E33_the_minimum_when_a_visit_is_calculated(scope: str, total: str) -> None:
    text = venue_text(minimum_scope=f'"{scope}"', table={"minimum": 1000})
    with desk(text) as at:
        visit = at.ordered("a", at.open(), 700)
        visit = at.ordered("b", visit, 800)
        assert str(at.closed(visit, ("cash", total)).grand_total) == total


@pytest.mark.parametrize(("owes", "change"), [("false", "1500.00"), ("true", "500.00")])
def test_E34_an_empty_visit_owes_the_minimum_only_where_that_is_set(owes: str, change: str) -> None:
    text = venue_text(minimum_on_empty_visit=owes, table={"prepay_amount": 1500, "minimum": 1000})
    with desk(text) as at:
        assert str(at.closed(at.open()).change) == change
        assert at.balance("4040") == ("1000.00" if owes == "true" else "0.00")


def test_E46_a_deposit_cures_a_short_visit() -> None:
    text = venue_text(
        order_max_amount_check='"warning_only"', table={"prepay_amount": 2000, "limit": 0}
    )
    with desk(text) as at:
        visit = at.ordered("a", at.open(), 2350)
        assert (str(visit.balance), str(visit.to_pay)) == ("-350.00", "350.00")
        at.did(Deposit(visit.id, rub(350), "cash", "deposit", "en"))
        seen = at.seen(visit)
        assert (str(seen.balance), str(seen.to_pay)) == ("0.00", "0.00")
        at.did(Deposit(visit.id, rub(150), "cash", "deposit", "en"))
        assert str(at.closed(visit).change) == "150.00"


def test_E52_what_is_due_is_paid_to_the_kopeck_by_any_tenders() -> None:
    with desk(venue_text(table={"prepay_amount": 2000, "limit": 500})) as at:
        visit = at.ordered("a", at.open(), 2300)
        for wrong in ((), (("cash", 299),), (("cash", 200), ("qr", 101)), (("cash", "300.01"),)):
            before = at.untouched()
            told = refused(at.calculate(visit, *wrong), "err.pay_exactly")
            assert told.args_by_name == {"amount": "300.00"}
            assert at.untouched() == before
        at.closed(visit, ("cash", 100), ("bank_card", 150), ("qr", 50))
        assert postings(at) == {
            "2030": "2000.00",
            "1030": "100.00",
            "1110": "150.00",
            "1120": "50.00",
            "4030": "-2300.00",
        }


def test_E56_change_is_not_paid_out_of_the_limit() -> None:
    with desk(venue_text(table={"prepay_amount": 1500, "limit": 3000})) as at:
        visit = at.ordered("a", at.open(), 1000)
        assert str(visit.balance) == "3500.00"
        assert str(at.closed(visit).change) == "500.00"
        assert at.balance("1030") == "11000.00"


@pytest.mark.parametrize("how", ["no shift", "too little", "wanted"])
def test_E52_change_that_the_till_cannot_give_is_a_claim_with_its_ticket(how: str) -> None:
    with desk(venue_text(table={"prepay_amount": 1000}), shift=False) as at:
        at.shift(0)
        visit = at.ordered("a", at.open(), 400)
        if how == "too little":
            at.book("1040", "1030", 40_001)
        actor = "guest" if how == "no shift" else CASHIER
        change = "claim" if how == "wanted" else "cash"
        closed = at.closed(visit, actor=actor, change=change)
        assert str(closed.change) == "600.00"
        (claim,) = at.ask(OpenClaims())
        assert str(claim.value) == "600.00"
        bill = at.ask(VisitBill(closed.number))
        assert (bill.change_by, str(bill.change), bill.claim) == ("claim", "600.00", claim.id)
        assert at.balance(f"2910:{claim.id}") == "600.00"


def test_E52_change_in_cash_is_out_of_the_till() -> None:
    with desk(venue_text(table={"prepay_amount": 1000})) as at:
        visit = at.ordered("a", at.open(), 400)
        at.closed(visit)
        bill = at.ask(VisitBill(1))
        assert (bill.change_by, str(bill.change), bill.claim) == ("cash", "600.00", "")
        assert at.ask(OpenClaims()) == ()


def test_E54_E87_the_final_receipt_says_what_the_deposit_paid_at_once_too() -> None:
    fiscal = venue_text(
        prepay_accounting='"receipt_later_summary"',
        table={"prepay_amount": 1000, "prepay_reason": '"advance"'},
    )
    with desk(fiscal) as at:
        visit = at.ordered("a", at.open(), 600, actor="till:karts")
        visit = at.ordered("b", visit, 300)
        visit = at.ordered("c", visit, 50)
        assert isinstance(at.pay("a", actor="till:karts"), Entry)
        at.pay("c", ("cash", 50))
        at.closed(visit)
        kept = [(d.kind, str(d.value), d.order) for d in at.ask(FiscalOf(VisitId(visit.id)))]
        assert kept == [
            ("receipt", "1000.00", ""),
            ("receipt", "50.00", "till:bar/c"),
            ("cancellation", "1000.00", ""),
            ("receipt", "900.00", ""),
        ]


def test_what_a_guest_leaves_owing_is_accepted_by_a_manager() -> None:
    with desk(venue_text(table={"limit": 1000})) as at:
        at.did(SetStaffPin("105", "938475"), "cli")
        visit = at.ordered("a", at.open(), 500)
        wants: dict[str, Any] = {"unpaid": rub(300), "reason": "comes back tomorrow"}
        refused(at.calculate(visit, ("cash", 200), **wants), "err.approval_missing")
        wrong = Approval("105", "000000")
        refused(at.calculate(visit, ("cash", 200), **wants, override=wrong), "err.pin_wrong")
        right = Approval("105", "938475")
        unsaid = {"unpaid": rub(300), "override": right}
        refused(at.calculate(visit, ("cash", 200), **unsaid), "err.reason_missing")
        too_much = wants | {"unpaid": rub(501), "override": right}
        refused(at.calculate(visit, **too_much), "err.pay_exactly")
        at.closed(visit, ("cash", 200), **wants, override=right)
        assert postings(at) == {"1030": "200.00", "1200": "300.00", "4030": "-500.00"}
        assert str(at.ask(VisitBill(1)).accepted) == "300.00"
        last = at.venue.ledger.entry(at.venue.ledger.seq)
        assert last is not None and last.refs["accepted_by"] == MANAGER


def test_a_manager_accepts_by_himself() -> None:
    with desk() as at:
        visit = at.ordered("a", at.open(), 500)
        at.closed(visit, unpaid=rub(500), reason="a guest of the house", actor=MANAGER)
        assert at.balance(f"1200:{visit.id}") == "500.00", "this visit owes it, and no other"


def seated(at: Desk) -> Any:
    visit = at.open()
    at.did(SaveOrder("a", "", "Bar", SEATED, visit=visit.id), BAR)
    return at.seen(visit)


def test_E48_by_seats_the_deposit_would_be_the_first_guests_so_it_is_refused() -> None:
    with desk(venue_text(table={"prepay_amount": 1000, "limit": 400})) as at:
        visit = seated(at)
        before = at.untouched()
        told = refused(at.calculate(visit, ("cash", 800), by_seats=True), "err.seats_deposit")
        assert told.args_by_name == {"amount": "1000.00"}
        refused(
            at.calculate(visit, ("cash", 800), by_seats=True, actor=MANAGER), "err.seats_deposit"
        )
        assert at.untouched() == before
        wanted = {"by_seats": True, "reason": "they want it so", "actor": MANAGER}
        refused(at.calculate(visit, ("cash", 400), **wanted), "err.pay_exactly")
        at.closed(visit, ("cash", 800), **wanted)
        # A gets 400 of the deposit back, B pays 800: the till has 400 more.
        assert postings(at) == {"2030": "1000.00", "1030": "400.00", "4030": "-1400.00"}
        first, second = at.ask(VisitBill(1)).seats
        assert (first.seat, first.amount, first.change, first.due) == (1, 60_000, 40_000, 0)
        assert (second.seat, second.amount, second.change, second.due) == (2, 80_000, 0, 80_000)


def test_E48_without_a_deposit_each_guest_pays_his_own() -> None:
    with desk() as at:
        visit = seated(at)
        assert [s.amount for s in at.ask(VisitBill(1)).seats] == [60_000, 80_000]
        at.closed(visit, ("cash", 600), ("bank_card", 800), by_seats=True)
        assert (at.balance("1030"), at.balance("1110:desk")) == ("10600.00", "800.00")


def test_E61_E62_a_personal_card_pays_from_its_wallet_and_the_rest_in_cash() -> None:
    with desk(venue_text(guest={"limit": 500})) as at:
        card = at.register()
        at.top_up(card, 500)
        at.did(CreateVisit(card.id))
        visit = at.ordered("a", at.visit(card), 700)
        assert (str(visit.balance), str(visit.to_pay)) == ("300.00", "200.00")
        closed = at.closed(visit, ("cash", 200))
        assert postings(at) == {"2010": "500.00", "1030": "200.00", "4030": "-700.00"}
        assert (at.wallet(card), str(closed.change)) == ("0.00", "0.00")


def test_E62_the_visit_of_a_table_is_paid_with_a_payment_card() -> None:
    with desk() as at:
        card = at.register()
        at.top_up(card, 500)
        visit = at.ordered("a", at.open(), 300)
        at.did(CalculateVisit(visit.id, (Payment("wallet", rub(300), card.id),)))
        assert at.wallet(card) == "200.00"
        history = at.ask(Movements(card.client))
        assert (history[0].kind, str(history[0].amount)) == ("visit_calculated", "-300.00")


def test_E61_the_wallet_that_a_card_points_at_has_its_own_limit_and_pin() -> None:
    with desk(venue_text(spend_without_pin_max="100")) as at:
        child = at.register("04AAAA01")
        parent = at.register("04AAAA02", phone="+79162041234", pin="7391")
        at.top_up(parent, 1000)
        at.did(PointCard(child.id, expenditure=parent.client, reason="pocket money"), "staff:102")
        at.did(CreateVisit(child.id))
        visit = at.ordered("a", at.visit(child), 150)
        at.later()
        refused(at.calculate(visit, actor="guest"), "err.pin_needed")
        at.closed(visit, actor="guest", pin="7391")
        assert str(at.ask(Movements(parent.client))[0].amount) == "-150.00"


def test_E63_the_discount_is_on_the_visits_total_and_on_its_bill() -> None:
    with desk(venue_text(guest={"discount_percent": 10})) as at:
        card = at.register()
        at.top_up(card, 2000)
        at.did(CreateVisit(card.id))
        visit = at.ordered("a", at.visit(card), 1000)
        at.closed(visit)
        # As docs/ledger.md and the chart have it: Dr 2010 900, Dr 4060 100 / Cr 4030 1000.
        assert postings(at) == {"2010": "900.00", "4060": "100.00", "4030": "-1000.00"}
        bill = at.ask(VisitBill(1)).visit
        assert (str(bill.discount), str(bill.grand_total)) == ("100.00", "900.00")


def test_E79_a_guest_calculates_at_the_kiosk_what_he_was_shown() -> None:
    with desk(venue_text(table={"prepay_amount": 1000})) as at:
        visit = at.ordered("a", at.open(), 400)
        at.ordered("b", visit, 100)
        told = refused(at.calculate(visit, total=rub(400), actor="guest"), "err.visit_changed")
        assert told.args_by_name == {"total": "500.00"}
        at.closed(visit, total=rub(500), actor="guest")
        assert str(at.ask(OpenClaims())[0].value) == "500.00", "change that no hopper gives"


def test_E79_a_guest_ends_only_the_visit_of_the_card_that_he_shows() -> None:
    with desk(venue_text(table={"prepay_amount": 1000})) as at:
        visit, other = at.ordered("a", at.open(), 400), at.open("550002")
        before = at.untouched()
        refused(at.calculate(visit, actor="guest", card=""), "err.card_needed")
        refused(at.calculate(visit, actor="guest", card=other.card), "err.other_visit")
        assert at.untouched() == before, "no claim for who stands there"
        at.closed(visit, actor="guest", card=visit.card)


def test_a_guest_pays_no_cash_here_and_nobody_else_calculates() -> None:
    with desk() as at:
        visit = at.ordered("a", at.open(), 400)
        refused(at.calculate(visit, ("cash", 400), actor="guest"), "err.not_allowed")
        refused(at.calculate(visit, actor="guest"), "err.pay_exactly")
        for actor in ("kiosk", "cli", "staff:103", "staff:107"):
            refused(at.calculate(visit, ("cash", 400), actor=actor), "err.not_allowed")


def test_a_guest_spends_from_a_wallet_with_the_pin_where_the_sum_wants_it() -> None:
    text = venue_text(guest={"limit": 0}, spend_without_pin_max="100")
    with desk(text) as at:
        card = at.register(pin="7391", phone="+79162041234")
        at.top_up(card, 500)
        at.did(CreateVisit(card.id))
        visit = at.ordered("a", at.visit(card), 300)
        at.later()
        refused(at.calculate(visit, actor="guest"), "err.pin_needed")
        at.closed(visit, actor="guest", pin="7391")
        assert at.wallet(card) == "200.00"


def test_a_visit_ends_once() -> None:
    with desk() as at:
        visit = at.ordered("a", at.open(), 400)
        at.closed(visit, ("cash", 400))
        refused(at.calculate(visit, ("cash", 400)), "err.visit_ended")
        refused(at.order("a", visit, 500), "err.visit_ended")
        refused(at.do(VoidVisit(visit.id, reason="x"), ADMINISTRATOR), "err.visit_ended")
        refused(at.do(CalculateVisit("K1-1-99v")), "err.no_such_visit")


def test_the_same_key_calculates_once() -> None:
    with desk() as at:
        visit = at.ordered("a", at.open(), 400)
        command = CalculateVisit(visit.id, paying(("cash", 400)))
        first = at.venue.do(command, actor=CASHIER, key="k", now=at.now)
        assert isinstance(first, Entry)
        assert at.venue.do(command, actor=CASHIER, key="k", now=at.now) == first
        assert at.balance("4030") == "400.00"


# --- bills -------------------------------------------------------------------------------------


def test_E89_E90_the_bill_of_an_open_visit_has_both_figures_and_the_note_on_the_minimum() -> None:
    with desk(venue_text(table={"prepay_amount": 500, "minimum": 1000})) as at:
        at.ordered("a", at.open(), 700)
        visit = at.ask(VisitBill(1)).visit
        assert (str(visit.balance), str(visit.to_pay)) == ("2800.00", "500.00")
        assert (str(visit.minimum), str(visit.markup)) == ("1000.00", "300.00")
        with pytest.raises(Refused, match=r"err\.no_such_visit"):
            at.ask(VisitBill(2))


def test_E60_the_bill_of_a_closed_visit_says_how_it_ended() -> None:
    with desk(venue_text(table={"prepay_amount": 500})) as at:
        visit = at.ordered("a", at.open(), 700)
        at.closed(visit, ("cash", 150), ("qr", 50))
        bill = at.ask(VisitBill(1))
        assert bill.visit.state == "closed"
        assert {t: str(m) for t, m in bill.paid.items()} == {"cash": "150.00", "qr": "50.00"}
        assert [str(line.amount) for o in bill.visit.orders for line in o.lines] == ["700.00"]
        assert str(bill.visit.to_pay) == "200.00", "what was paid at the exit"


# --- void --------------------------------------------------------------------------------------


def test_E105_a_void_visit_makes_its_orders_void_and_gives_all_deposits_back() -> None:
    with desk(venue_text(table={"prepay_amount": 1000})) as at:
        visit = at.ordered("a", at.open(), 400)
        at.did(Deposit(visit.id, rub(250), "cash", "deposit", "en"))
        refused(at.do(VoidVisit(visit.id), ADMINISTRATOR), "err.reason_missing")
        refused(at.do(VoidVisit(visit.id, reason="wrong card"), CASHIER), "err.not_allowed")
        at.did(VoidVisit(visit.id, reason="wrong card"), ADMINISTRATOR)
        assert postings(at) == {"2030": "1250.00", "1030": "-1250.00"}
        seen = at.seen(visit)
        assert (seen.state, seen.orders, str(seen.total)) == ("void", (), "0.00")
        kept = at.venue.store.get("orders", "till:bar/a")
        assert kept is not None and kept["state"] == "void"
        assert at.balance("4030") == "0.00"
        assert at.open().number == 2, "the card is free"


def test_E105_paid_orders_are_made_void_first() -> None:
    with desk(venue_text(table={"prepay_amount": 1000})) as at:
        visit = at.ordered("a", at.open(), 400)
        at.pay("a", ("cash", 400))
        void = VoidVisit(visit.id, reason="wrong card")
        told = refused(at.do(void, ADMINISTRATOR), "err.visit_paid_orders")
        assert told.args_by_name == {"order": "a"}
        at.void("till:bar/a")
        at.did(void, ADMINISTRATOR)
        assert at.balance("1030") == "10000.00"


def test_E105_where_the_till_has_too_little_the_deposits_are_a_claim() -> None:
    with desk(venue_text(table={"prepay_amount": 1000}), shift=False) as at:
        at.shift(0)
        visit = at.open(tender="bank_card")
        at.did(VoidVisit(visit.id, reason="wrong card"), ADMINISTRATOR)
        assert [str(c.value) for c in at.ask(OpenClaims())] == ["1000.00"]


def test_E66_a_type_becomes_personal_only_when_its_visits_have_ended() -> None:
    text = venue_text(table={"personal": True})
    personal = text[: text.rindex("[[rules]]", 0, text.index('name = "Table card"\nalgorithm'))]
    with desk(venue_text(table={"prepay_amount": 1500})) as at:
        visit = at.ordered("a", at.open(), 300)
        bring = ImportVenue(venue_file.parse(personal))
        told = refused(at.do(bring, "cli"), "err.type_in_visits")
        assert told.args_by_name == {"type": "table", "numbers": "1"}
        assert str(at.closed(visit).change) == "1200.00"
        at.did(bring, "cli")
