"""What a visit left owed, with a manager's word, is paid later: in parts, once, by any tender."""

from __future__ import annotations

from kiosk.core.bills import Visit
from kiosk.core.debts import Debts, OwedBy, PayDebt, UnpaidVisits
from kiosk.core.payments import Payment
from kiosk.core.slips import SlipDocument
from tests.core.entrance import CASHIER, MANAGER, Desk, desk, refused
from tests.core.guest import rub
from tests.core.test_checkout import postings
from tests.screens.desk.hands import paper


def left(at: Desk, *, paid: int = 200) -> Visit:
    """A visit of 500 that ended with only a part of it paid."""
    visit = at.ordered("a", at.open(), 500)
    some = [("cash", paid)] if paid else []
    owing = rub(500 - paid)
    return at.closed(visit, *some, unpaid=owing, reason="a regular", actor=MANAGER)


def pay(at: Desk, visit: str, *roubles: int, tender: str = "cash") -> object:
    given = tuple(Payment(tender, rub(r)) for r in roubles)  # type: ignore[arg-type]
    return at.do(PayDebt(visit, given), CASHIER)


def test_a_debt_is_paid_in_parts_and_no_more_than_is_owed() -> None:
    with desk() as at:
        visit = left(at)
        (debt,) = at.ask(UnpaidVisits()).latest
        assert (debt.visit.id, str(debt.owed)) == (visit.id, "300.00")
        assert at.ask(OwedBy(visit.id)) == debt.owed
        revenue = at.balance("4030")
        at.did(PayDebt(visit.id, (Payment("cash", rub(100)),)), CASHIER)
        assert postings(at) == {"1030": "100.00", "1200": "-100.00"}
        told = refused(pay(at, visit.id, 201), "err.debt_exactly")
        assert told.args_by_name == {"amount": "200.00"}
        refused(pay(at, visit.id), "err.debt_exactly")
        at.did(
            PayDebt(visit.id, (Payment("cash", rub(150)), Payment("bank_card", rub(50)))), CASHIER
        )
        assert postings(at) == {"1030": "150.00", "1110": "50.00", "1200": "-200.00"}
        assert at.ask(UnpaidVisits()) == Debts(0, ())
        assert at.balance("4030") == revenue, "what was sold is not sold twice"
        refused(pay(at, visit.id, 1), "err.debt_paid")


def test_a_debt_needs_a_visit_that_owes_and_an_amount() -> None:
    with desk() as at:
        visit = left(at)
        refused(pay(at, "nobody", 100), "err.no_such_visit")
        refused(pay(at, visit.id, 0), "err.amount_small")
        refused(pay(at, visit.id, -5), "err.amount_small")
        refused(pay(at, visit.id, 100, tender="wallet"), "err.card_not_personal")
        still = at.ordered("b", at.open("550002"), 100)
        refused(pay(at, still.id, 1), "err.debt_paid")


def test_a_debt_in_cash_needs_a_shift() -> None:
    with desk(shift=False) as at:
        visit = left(at, paid=0)
        refused(pay(at, visit.id, 100), "err.no_shift")
        assert str(at.ask(UnpaidVisits()).latest[0].owed) == "500.00"


def test_the_receipt_says_what_was_paid_before_and_now() -> None:
    with desk() as at:
        visit = left(at)
        entry = at.did(PayDebt(visit.id, (Payment("cash", rub(300)),)), CASHIER)
        (job,) = (c.id for c in entry.changes if c.table == "slips")
        text = paper(at.ask(SlipDocument(job)))
        assert "300.00" in text and "200.00" in text and "500.00" in text
