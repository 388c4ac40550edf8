"""A4: a visit is calculated and paid, its change goes back; what it left owed is paid later."""

from __future__ import annotations

import pytest

from kiosk.core.balances import ChangeBalance
from kiosk.core.cards import GetCard
from kiosk.core.clients import GetClient
from kiosk.core.debts import UnpaidVisits
from kiosk.core.desk.visit_checkout import Checkout, Debts, Ended
from kiosk.core.desk.visit_list import Visits
from kiosk.core.ids import DeviceId
from kiosk.core.messages import DeviceUp, VenueChanged
from kiosk.core.staff import SetStaffPin
from kiosk.core.terminal_payments import PaymentOnTheWay, RecordTerminalPayment
from tests.core.guest import OTHER_UID, UID
from tests.screens.desk.hands import ADMINISTRATOR, CASHIER, MANAGER, STAFF_PIN, Hands
from tests.screens.desk.visiting import (
    at_visits,
    balance,
    opened,
    plain,
    postings,
    says,
    seen,
    till_orders,
)


def calculating(hands: Hands, *prices: int, seat: int = 0) -> None:
    """A visit with an order of a till, about to end."""
    till_orders(hands, opened(hands), "a", *prices, seat=seat)
    hands.press("calculate")
    assert isinstance(hands.page, Checkout)


def deposited(hands: Hands, amount: str) -> None:
    """Money that is put on the visit beside the list, in cash."""
    hands.press("add")
    hands.fill("amount", amount)
    hands.press("put")


def test_E52_what_is_due_is_paid_in_cash_and_the_receipt_comes_out() -> None:
    with at_visits() as hands:
        calculating(hands, 500)
        says(hands, "To pay", "500.00")
        assert "finish" not in hands.pressable()
        hands.fill("amount", "1000")
        hands.press("take:cash")
        says(hands, "Give back of the cash", "1 000.00 ₽ given")
        hands.press("finish")
        assert postings(hands) == {"1030": "500.00", "4030": "-500.00"}
        assert isinstance(hands.page, Ended)
        says(hands, "Visit 1 is paid and has ended.", "Give back of the cash", "500.00")
        assert "500.00" in hands.slips[-1] and hands.entry.kind == "visit_calculated"
        assert seen(hands, 1).state == "closed"
        hands.press("done")
        assert isinstance(hands.page, Visits) and hands.page.of == 0


def test_cash_that_is_less_than_due_leaves_the_rest_missing() -> None:
    with at_visits() as hands:
        calculating(hands, 500)
        hands.fill("amount", "380")
        hands.press("take:cash")
        says(hands, "Still missing", "120.00")
        before = hands.venue.ledger.seq
        hands.tell_button("finish")
        assert hands.tone == "bad" and hands.venue.ledger.seq == before
        assert isinstance(hands.page, Checkout) and len(hands.page.given) == 1


def test_one_bill_is_paid_by_several_tenders() -> None:
    with at_visits() as hands:
        calculating(hands, 1000)
        hands.fill("amount", "300")
        hands.press("take:bank_card")
        hands.fill("amount", "200.50")
        hands.press("take:qr")
        hands.press("take:cash", "finish")
        assert postings(hands) == {
            "1110": "300.00",
            "1120": "200.50",
            "1030": "499.50",
            "4030": "-1000.00",
        }
        slip = plain(hands.slips[-1])
        assert "300.00" in slip and "200.50" in slip and "499.50" in slip


def test_a_part_that_was_given_is_taken_out_again() -> None:
    with at_visits() as hands:
        calculating(hands, 500)
        hands.fill("amount", "100")
        hands.press("take:bank_card", "drop:0")
        assert isinstance(hands.page, Checkout) and hands.page.given == ()
        assert str(hands.page.missing) == "500.00"


@pytest.mark.parametrize(
    ("typed", "tender", "says_"),
    [
        ("0", "cash", "has to be"),
        ("0.001", "cash", "not an amount"),
        ("501", "bank_card", "Only 500.00 ₽ is missing"),
        ("501", "qr", "Only 500.00 ₽ is missing"),
    ],
)
def test_amounts_that_cannot_be_are_refused_at_their_field(
    typed: str, tender: str, says_: str
) -> None:
    with at_visits() as hands:
        calculating(hands, 500)
        hands.fill("amount", typed)
        hands.press(f"take:{tender}")
        page = hands.page
        assert isinstance(page, Checkout) and page.given == () and page.form.wrong == "amount"
        says(hands, says_)


def test_E52_E53_change_of_the_deposits_goes_back_in_cash() -> None:
    with at_visits(table={"minimum": 1000}) as hands:
        till_orders(hands, opened(hands), "a", 700)
        deposited(hands, "1500")
        hands.press("calculate")
        says(hands, "Minimum 1 000.00 ₽", "+300.00 ₽", "Goes back", "500.00")
        hands.press("finish")
        assert postings(hands) == {
            "2030": "1500.00",
            "4030": "-700.00",
            "4040": "-300.00",
            "1030": "-500.00",
        }
        says(hands, "Give back of the deposits", "500.00")


def test_E52_change_goes_back_as_a_claim() -> None:
    with at_visits() as hands:
        till_orders(hands, opened(hands), "a", 300)
        deposited(hands, "500")
        hands.press("calculate", "choose:change=claim", "finish")
        assert postings(hands) == {"2030": "500.00", "4030": "-300.00", "2910": "-200.00"}
        says(hands, "On the claim ticket", "200.00")
        claim = plain(hands.slips[-1]) + plain(hands.slips[-2])
        assert "200.00" in claim


def test_without_a_shift_cash_is_refused_and_the_page_leads_to_it() -> None:
    with at_visits(shift=False) as hands:
        calculating(hands, 500)
        says(hands, "No shift is open: no money can be taken at the desk.")
        before = hands.venue.ledger.seq
        hands.press("take:cash", "finish")
        assert hands.tone == "bad" and "no shift is open" in hands.notice
        assert isinstance(hands.page, Checkout) and hands.venue.ledger.seq == before
        hands.press("drop:0", "to_cash")
        assert hands.page.section == "cash"


def test_E48_seats_with_a_deposit_are_warned_of_and_a_manager_lets_them_pass() -> None:
    with at_visits(table={"limit": 2000}) as hands:
        hands.did(SetStaffPin(MANAGER, STAFF_PIN), actor="cli", key="pin:105")
        visit = opened(hands)
        till_orders(hands, visit, "a", 600, seat=1)
        till_orders(hands, visit, "b", 800, seat=2)
        deposited(hands, "1000")
        hands.press("calculate", "switch:seats")
        says(hands, "would all go to the first guest", "Seat 1", "Seat 2")
        assert isinstance(hands.page, Checkout)
        assert (str(hands.page.due), str(hands.page.change)) == ("800.00", "400.00")
        hands.press("take:cash", "finish")
        before = hands.venue.ledger.seq
        hands.press("accept")
        says(hands, "Please give a reason.")
        hands.fill("why", "they want it")
        hands.fill("number", CASHIER)
        hands.fill("pin", STAFF_PIN)
        hands.press("accept")
        assert hands.tone == "bad" and hands.venue.ledger.seq == before
        hands.fill("number", MANAGER)
        hands.fill("pin", STAFF_PIN)
        hands.press("accept")
        assert hands.entry.refs["seats_by"] == f"staff:{MANAGER}"
        made = postings(hands)
        assert (made["1030"], made["2030"], made["4030"]) == ("400.00", "1000.00", "-1400.00")
        says(hands, "Give back of the deposits", "400.00")


def test_a_wrong_pin_of_a_manager_lets_nothing_pass() -> None:
    with at_visits() as hands:
        hands.did(SetStaffPin(MANAGER, STAFF_PIN), actor="cli", key="pin:105")
        calculating(hands, 500)
        hands.press("unpaid")
        hands.fill("why", "a regular")
        hands.fill("number", MANAGER)
        hands.fill("pin", "736194")
        hands.press("accept")
        page = hands.page
        assert isinstance(page, Checkout) and page.sign and page.sign["pin"] == ""
        assert seen(hands, 1).state == "open"
        assert "736194" not in repr(hands.situation)


def test_what_stays_owed_with_a_managers_word_is_paid_later() -> None:
    with at_visits(MANAGER) as hands:
        calculating(hands, 500)
        hands.fill("amount", "200")
        hands.press("take:cash", "unpaid")
        says(hands, "Let 300.00 ₽ stay owed?")
        hands.fill("why", "a regular")
        hands.press("accept")
        assert postings(hands) == {"1030": "200.00", "1200": "300.00", "4030": "-500.00"}
        says(hands, "Stays owed", "300.00 ₽")
        hands.press("done")
        says(hands, "1 visit left money owed")
        hands.press("debts")
        assert isinstance(hands.page, Debts)
        (debt,) = hands.page.debts
        hands.press(f"debt:{debt.visit.id}")
        says(hands, "To pay", "300.00")
        hands.fill("amount", "100")
        hands.press("take:cash", "finish")
        assert postings(hands) == {"1030": "100.00", "1200": "-100.00"}
        says(hands, "Stays owed", "200.00 ₽")
        assert "100.00" in hands.slips[-1]
        hands.press("done", "debts", f"debt:{debt.visit.id}", "take:bank_card", "finish")
        assert hands.asked(UnpaidVisits()).of == 0
        assert hands.entry.kind == "visit_debt_paid"
        hands.press("done")
        assert "debts" not in hands.pressable()


def guests_with_money(hands: Hands, *uids: str) -> None:
    """Guests who put notes of 500 on their cards, while nobody is at the desk."""
    hands.press("lock")
    for uid in uids:
        hands.top_up(500, uid=uid)
        hands.press("done")
        hands.printed()
        hands.press("leave")
    hands.sign_in(CASHIER)
    hands.go("visits")


def test_E62_the_balance_of_a_card_that_is_shown_pays_a_part() -> None:
    with at_visits() as hands:
        guests_with_money(hands, UID)
        calculating(hands, 700)
        hands.tell_button("take:wallet")
        says(hands, "Tap the card whose balance pays.")
        hands.tap(UID)
        says(hands, "500.00 ₽")
        hands.fill("amount", "600")
        hands.press("take:wallet")
        says(hands, "100.00 ₽ is missing on the game balance")
        hands.fill("amount", "500")
        hands.press("take:wallet", "take:cash", "finish")
        assert postings(hands) == {"2010": "500.00", "1030": "200.00", "4030": "-700.00"}


def test_more_than_two_wallets_on_one_bill_are_refused_in_words() -> None:
    third = "0455667788BBCC"
    with at_visits() as hands:
        guests_with_money(hands, UID, OTHER_UID, third)
        calculating(hands, 300)
        for uid in (UID, OTHER_UID, third):
            hands.tap(uid)
            hands.fill("amount", "100")
            hands.press("take:wallet")
        before = hands.venue.ledger.seq
        hands.press("finish")
        assert "the balances of two clients pay one bill at most" in hands.notice
        assert isinstance(hands.page, Checkout) and len(hands.page.given) == 3
        assert hands.venue.ledger.seq == before


def test_E61_E103_a_personal_card_pays_its_visit_by_itself() -> None:
    with at_visits() as hands:
        guests_with_money(hands, UID)
        hands.tap(UID)
        hands.press("create")
        till_orders(hands, seen(hands, 1), "a", 300)
        hands.tap(UID)
        hands.press("Yes")
        assert isinstance(hands.page, Checkout) and not hands.page.due.minor
        hands.press("finish")
        assert postings(hands) == {"2010": "300.00", "4030": "-300.00"}


def test_an_order_that_comes_meanwhile_changes_what_is_due() -> None:
    with at_visits() as hands:
        calculating(hands, 500)
        hands.press("take:cash")
        till_orders(hands, seen(hands, 1), "b", 250)
        page = hands.page
        assert isinstance(page, Checkout)
        assert (str(page.due), page.given) == ("750.00", ())
        hands.press("take:cash", "finish")
        assert balance(hands.venue, "4030") == "750.00"


def test_what_is_due_is_paid_at_the_terminal_when_there_is_one() -> None:
    with at_visits() as hands:
        hands.tell(DeviceUp(DeviceId("terminal"), "payment"))
        calculating(hands, 500)
        hands.press("terminal")
        says(hands, "The terminal asks for 500.00 ₽.")
        assert "finish" not in hands.pressable()
        payment = hands.asked(PaymentOnTheWay())
        assert payment is not None
        hands.did(RecordTerminalPayment(payment.id, "approved"), actor="kiosk", key="approved")
        hands.tell(VenueChanged(hands.venue.ledger.seq))
        says(hands, "500.00 ₽ was paid at the terminal.")
        hands.press("finish")
        assert postings(hands) == {"2030": "500.00", "4030": "-500.00"}


def test_a_declined_payment_charges_nothing_and_another_way_is_open() -> None:
    with at_visits() as hands:
        hands.tell(DeviceUp(DeviceId("terminal"), "payment"))
        calculating(hands, 500)
        hands.press("terminal")
        payment = hands.asked(PaymentOnTheWay())
        assert payment is not None
        hands.did(RecordTerminalPayment(payment.id, "declined"), actor="kiosk", key="declined")
        hands.tell(VenueChanged(hands.venue.ledger.seq))
        says(hands, "Nothing was charged.")
        hands.press("take:cash", "finish")
        assert postings(hands) == {"1030": "500.00", "4030": "-500.00"}


def test_C23_points_pay_play_time_of_an_order() -> None:
    with at_visits() as hands:
        guests_with_money(hands, UID)
        hands.tap(UID)
        hands.press("create", "order", "item:hour", "item:cola", "save")
        hands.press(f"shown:{seen(hands, 1).orders[0].id}", "pay")
        hands.fill("amount", "301")
        hands.press("points")
        says(hands, "Points pay play time only: 300.00 ₽ at most here.")
        assert isinstance(hands.page, Checkout) and hands.page.points == 0


def test_C23_points_pay_play_time_and_money_the_rest() -> None:
    with at_visits() as hands:
        guests_with_money(hands, UID)
        hands.tap(UID)
        hands.press("create", "order", "item:hour", "item:cola", "save")
        (row,) = hands.page.rows  # type: ignore[attr-defined]
        card = hands.asked(GetCard(seen(hands, row.number).card))
        assert card is not None
        gift = ChangeBalance(card.client, "bonus", 250, "bonus_accrual")
        hands.did(gift, actor=f"staff:{ADMINISTRATOR}", key="gift")
        hands.press(f"shown:{seen(hands, 1).orders[0].id}", "pay")
        hands.fill("amount", "250")
        hands.press("points")
        assert isinstance(hands.page, Checkout) and str(hands.page.due) == "200.00"
        says(hands, "Bonus points", "250")
        hands.press("take:cash", "finish")
        assert postings(hands)["1030"] == "200.00"
        client = hands.asked(GetClient(card.client))
        assert client is not None and client.bonus == 0
        assert "200.00" in plain(hands.slips[-1])
