"""A4: visits opened on a card or without one, found again, described, given money, made void."""

from __future__ import annotations

import pytest

from kiosk.core.desk.order_editor import OrderEditor
from kiosk.core.desk.visit_checkout import Checkout
from kiosk.core.desk.visit_list import Visits
from kiosk.core.desk.visit_opening import AddMoney, NewVisit, TakeBack
from kiosk.core.ids import DeviceId
from kiosk.core.messages import DeviceUp, VenueChanged
from kiosk.core.terminal_payments import PaymentOnTheWay, RecordTerminalPayment
from kiosk.screens.view import Line
from tests.core.guest import UID
from tests.screens.desk.hands import ADMINISTRATOR, AUDITOR, CASHIER, Hands, inside
from tests.screens.desk.visiting import (
    OTHER,
    TABLE,
    at_visits,
    newest,
    opened,
    plain,
    postings,
    says,
    seen,
    swipe,
    till_orders,
)


def test_E39_E41_a_card_is_asked_about_and_no_creates_nothing() -> None:
    with at_visits() as hands:
        before = hands.venue.ledger.seq
        swipe(hands)
        assert isinstance(hands.page, NewVisit)
        says(hands, "Open a visit on card •••• 0001?")
        hands.press("No")
        assert isinstance(hands.page, Visits)
        assert hands.venue.ledger.seq == before and hands.slips == []
        says(hands, "No visit is open.")


def test_E39_yes_opens_it_with_guests_and_table_and_prints_its_document() -> None:
    with at_visits() as hands:
        swipe(hands)
        hands.fill("guests", "4")
        hands.fill("note", "window")
        hands.press("Yes")
        assert plain(hands.notice) == "Visit 1 is open."
        visit = newest(hands)
        assert (visit.guests, visit.note, visit.card != "") == (4, "Window", True)
        assert hands.entry.kind == "visit_opened" and hands.entry.postings == ()
        assert len(hands.slips) == 1 and "Visit" in hands.slips[0]
        says(hands, "•••• 0001", "4 guests", "May still be spent", "3 000.00")


def test_E40_E43_E100_the_prepayment_goes_in_by_itself_and_three_slips_come_out() -> None:
    with at_visits(table={"prepay_amount": 1000}) as hands:
        swipe(hands)
        says(hands, "Prepayment: 1 000.00 ₽.")
        hands.press("create")
        assert postings(hands) == {"1030": "1000.00", "2030": "-1000.00"}
        assert len(hands.slips) == 3
        assert seen(hands, 1).deposits.minor == 100_000


def test_a_prepayment_in_cash_needs_a_shift_and_the_page_leads_to_it() -> None:
    with at_visits(shift=False, table={"prepay_amount": 1000}) as hands:
        swipe(hands)
        says(hands, "No shift is open: no money can be taken at the desk.")
        before = hands.venue.ledger.seq
        hands.press("create")
        assert hands.tone == "bad" and "no shift is open" in hands.notice
        assert isinstance(hands.page, NewVisit) and hands.venue.ledger.seq == before
        hands.press("to_cash")
        assert hands.page.section == "cash"


@pytest.mark.parametrize("guests", ["0", "1001", "9999"])
def test_guests_that_cannot_be_are_refused_and_nothing_is_lost(guests: str) -> None:
    with at_visits(guests='"mandatory"') as hands:
        swipe(hands)
        hands.fill("note", "t")
        hands.fill("guests", guests)
        hands.press("create")
        assert isinstance(hands.page, NewVisit)
        says(hands, "Say how many guests there are")
        assert hands.page.form["note"] == "T" and hands.page.form.at == "guests"
        hands.fill("guests", "2")
        hands.press("create")
        assert newest(hands).guests == 2


def test_E6_E57_a_visit_without_a_card_is_opened_and_found() -> None:
    with at_visits() as hands:
        hands.press("Without a card")
        hands.fill("guests", "2")
        hands.fill("note", "terrace")
        hands.press("create")
        visit = newest(hands)
        assert (visit.card, visit.note) == ("", "Terrace")
        says(hands, "without a card", "Terrace", "no limit")


def test_E6_only_with_card_offers_no_other() -> None:
    with at_visits(entrance_card='"only_with_card"') as hands:
        assert "new" not in hands.pressable()
        before = hands.venue.ledger.seq
        hands.tell_button("new")
        assert isinstance(hands.page, Visits) and hands.venue.ledger.seq == before


def test_E57_E58_the_list_finds_by_number_table_and_card() -> None:
    with at_visits() as hands:
        opened(hands, TABLE)
        opened(hands, OTHER)
        hands.press("new")
        hands.fill("note", "terrace")
        hands.press("create")
        hands.press("back", "search")
        assert len(hands.page.rows) == 3  # type: ignore[attr-defined]
        for text, numbers in (("0002", [2]), ("terr", [3]), ("terr 3", [3]), ("nobody", [])):
            hands.press("clear")
            hands.type(text)
            assert [r.number for r in hands.page.rows] == numbers, text  # type: ignore[attr-defined]
        says(hands, "Nothing fits what you typed.")
        hands.press("clear")
        hands.press(f"visit:{hands.page.rows[-1].id}")  # type: ignore[attr-defined]
        says(hands, "Visit 1", "•••• 0001")


def test_E45_E89_a_visit_that_is_short_says_so_in_red_and_in_words() -> None:
    table = {"limit": 0, "prepay_amount": 2000}
    with at_visits(table=table, order_max_amount_check='"do_not_use"') as hands:
        visit = opened(hands)
        till_orders(hands, visit, "a", 2000)
        (line,) = [line for line in inside(hands.view, Line) if line.id.startswith("visit:")]
        assert (line.tone, line.cells[-1].tone) == ("", "neutral"), "exactly spent is not short"
        till_orders(hands, visit, "b", 350)
        (line,) = [line for line in inside(hands.view, Line) if line.id.startswith("visit:")]
        assert line.tone == "bad"
        assert [(c.text, c.note, c.tone) for c in line.cells][-1] == ("−350.00", "Short", "bad")
        says(hands, "Short", "To pay at the exit", "350.00")


def test_E51_E95_the_card_of_an_open_visit_asks_to_end_it_and_no_adds_an_order() -> None:
    with at_visits() as hands:
        visit = opened(hands)
        till_orders(hands, visit, "a", 100)
        hands.go("visits")
        swipe(hands)
        says(hands, "A visit is open on card •••• 0001. End it and take the payment?")
        hands.press("No, add an order")
        assert isinstance(hands.page, OrderEditor)
        hands.press("back")
        swipe(hands)
        hands.press("Yes")
        assert isinstance(hands.page, Checkout)
        says(hands, "To pay", "100.00")


def test_E44_E95_elsewhere_the_card_of_an_open_visit_suggests_a_new_order() -> None:
    with at_visits() as hands:
        opened(hands)
        hands.go("today")
        swipe(hands)
        says(hands, "A visit is open on card •••• 0001. Add an order?")
        hands.press("Yes")
        assert isinstance(hands.page, OrderEditor)
        hands.press("item:pizza", "save")
        assert len(seen(hands, 1).orders) == 1
        hands.go("today")
        swipe(hands)
        hands.press("No")
        assert isinstance(hands.page, Visits) and not hands.page.asked
        hands.go("today")
        swipe(hands, OTHER)
        assert hands.page.section == "today", "a card without a visit suggests nothing here"


def test_E95_nobody_is_torn_away_from_what_is_typed() -> None:
    with at_visits() as hands:
        opened(hands)
        hands.press("new")
        hands.fill("note", "te")
        swipe(hands)
        assert isinstance(hands.page, NewVisit) and hands.page.form["note"] == "Te"


def test_E59_the_card_of_an_open_visit_opens_no_second_one() -> None:
    with at_visits() as hands:
        opened(hands)
        swipe(hands)
        assert isinstance(hands.page, Visits) and hands.page.of == 1
        assert hands.entry.kind == "visit_opened"


def test_E90_what_is_below_the_minimum_is_said() -> None:
    with at_visits(table={"minimum": 1000}) as hands:
        till_orders(hands, opened(hands), "a", 700)
        says(hands, "Minimum 1 000.00 ₽ not reached", "300.00 ₽ will be added")


def test_E78_guests_table_and_comment_are_changed() -> None:
    with at_visits() as hands:
        opened(hands)
        hands.press("describe")
        hands.fill("guests", "7")
        hands.fill("comment", "birthday")
        hands.press("save")
        visit = seen(hands, 1)
        assert (visit.guests, visit.comment) == (7, "Birthday")
        assert hands.entry.kind == "visit_described"
        says(hands, "Birthday", "7 guests")


def test_E46_money_put_on_a_visit_cures_what_is_short() -> None:
    with at_visits(table={"limit": 0}, order_max_amount_check='"do_not_use"') as hands:
        till_orders(hands, opened(hands), "a", 350)
        hands.press("add")
        says(hands, "350.00 ₽ short")
        hands.fill("amount", "500")
        hands.press("put")
        assert postings(hands) == {"1030": "500.00", "2030": "-500.00"}
        assert plain(hands.notice) == "500.00 ₽ is on the visit."
        (line,) = [x for x in inside(hands.view, Line) if x.cells[0].text == "Cash"]
        assert plain(line.cells[-1].text) == "500.00", "what was put on it is listed"
        visit = seen(hands, 1)
        assert str(visit.balance) == "150.00" and not visit.to_pay.minor
        assert len(hands.slips) == 3, "the visit's document, then receipt and prepayment document"


@pytest.mark.parametrize("typed", ["", "0", "0.001", "9999999999"])
def test_amounts_that_cannot_be_are_refused_at_their_field(typed: str) -> None:
    with at_visits() as hands:
        opened(hands)
        hands.press("add")
        before = hands.venue.ledger.seq
        hands.fill("amount", typed)
        hands.press("put")
        assert isinstance(hands.page, AddMoney) and hands.page.form.wrong == "amount"
        assert hands.venue.ledger.seq == before


def test_E30_where_deposits_are_off_the_button_says_why() -> None:
    with at_visits(floating_prepay_enabled="false") as hands:
        opened(hands)
        assert "add" not in hands.pressable()
        says(hands, "Money cannot be added to this visit here.")
        hands.tell_button("add")
        assert hands.tone == "bad" and isinstance(hands.page, Visits)


def test_E105_a_visit_is_void_its_deposits_go_back_and_the_reason_is_asked() -> None:
    with at_visits(ADMINISTRATOR) as hands:
        till_orders(hands, opened(hands), "a", 100)
        hands.press("add")
        hands.fill("amount", "500")
        hands.press("put", "take_back")
        assert isinstance(hands.page, TakeBack)
        before = hands.venue.ledger.seq
        hands.press("void")
        assert hands.page.form.wrong == "why" and hands.venue.ledger.seq == before
        says(hands, "Please give a reason.")
        hands.fill("why", "wrong card")
        hands.press("void")
        assert postings(hands) == {"2030": "500.00", "1030": "-500.00"}
        assert plain(hands.notice) == "Visit 1 is void. Give back 500.00 ₽ in cash."
        assert seen(hands, 1).state == "void"
        assert "500.00" in hands.slips[-1]


def test_E105_deposits_go_back_as_a_claim() -> None:
    with at_visits(ADMINISTRATOR) as hands:
        opened(hands)
        hands.press("add")
        hands.fill("amount", "500")
        hands.press("put", "take_back")
        hands.fill("why", "wrong card")
        hands.press("choose:change=claim", "void")
        assert postings(hands) == {"2030": "500.00", "2910": "-500.00"}
        assert "500.00" in hands.slips[-1]


def test_who_may_not_void_is_not_offered_it() -> None:
    with at_visits(CASHIER) as hands:
        opened(hands)
        assert "take_back" not in hands.pressable()
        hands.tell_button("take_back")
        if isinstance(hands.page, TakeBack):
            hands.fill("why", "x")
            hands.tell_button("void")
        assert seen(hands, 1).state == "open"


def test_an_auditor_sees_no_visits(hands: Hands) -> None:
    hands.sign_in(AUDITOR)
    assert "section:visits" not in hands.pressable()


def test_a_card_that_is_not_registered_is_told(hands: Hands) -> None:
    hands.sign_in(CASHIER)
    hands.go("visits")
    hands.tap(UID)
    assert isinstance(hands.page, Visits)
    assert hands.tone == "bad" and "not known" in hands.notice


def test_a_terminal_is_asked_for_a_deposit_and_the_page_follows() -> None:
    with at_visits() as hands:
        opened(hands)
        hands.press("add")
        assert "terminal" not in hands.pressable(), "there is none"
        hands.press("back")
        hands.tell(DeviceUp(DeviceId("terminal"), "payment"))
        hands.press("add")
        hands.fill("amount", "300")
        hands.press("terminal")
        says(hands, "The terminal asks for 300.00 ₽.")
        payment = hands.asked(PaymentOnTheWay())
        assert payment is not None and payment.value.minor == 30_000
        hands.did(RecordTerminalPayment(payment.id, "approved"), actor="kiosk", key="approved")
        hands.tell(VenueChanged(hands.venue.ledger.seq))
        assert isinstance(hands.page, Visits)
        assert plain(hands.notice) == "300.00 ₽ is on the visit."
        assert str(seen(hands, 1).deposits) == "300.00"
