"""Orders that are paid at once, and orders that are void."""

from __future__ import annotations

from dataclasses import replace

from kiosk.core import venue_file
from kiosk.core.bills import OrderLine
from kiosk.core.checkout import CalculateVisit
from kiosk.core.clients import Movements
from kiosk.core.ledger import Entry
from kiosk.core.orders import MenuLine, PayOrder, SaveOrder, VoidOrder
from kiosk.core.payments import Payment
from kiosk.core.settings import ImportVenue
from kiosk.core.visits import CreateVisit
from tests.core.entrance import (
    ADMINISTRATOR,
    BAR,
    CASHIER,
    desk,
    refused,
    venue_text,
)
from tests.core.guest import rub


def test_E2_E87_an_order_paid_at_once_stays_in_the_visit_and_leaves_the_deposit() -> None:
    with desk(venue_text(table={"prepay_amount": 2000, "limit": 0})) as at:
        visit = at.ordered("a", at.open(), 600)
        visit = at.ordered("b", visit, 900)
        assert isinstance(at.pay("a", ("cash", 600)), Entry)
        seen = at.seen(visit)
        assert [(o.order, o.paid) for o in seen.orders] == [("a", True), ("b", False)]
        assert (str(seen.total), str(seen.unpaid)) == ("1500.00", "900.00")
        assert (str(seen.deposits), str(seen.balance)) == ("2000.00", "1100.00")
        assert at.balance("1030") == "12600.00"
        closed = at.closed(visit)
        assert (str(closed.grand_total), str(closed.change)) == ("1500.00", "1100.00")
        assert (at.balance("4030"), at.balance("1030")) == ("1500.00", "11500.00")


def test_E63_a_discount_is_taken_off_an_order_that_is_paid_at_once() -> None:
    with desk(venue_text(table={"discount_percent": 10})) as at:
        visit = at.open()
        lines = (MenuLine("hour"), OrderLine("Tea", 1, rub(100)))
        at.did(SaveOrder("a", "", "Bar", lines, visit=visit.id), BAR)
        assert isinstance(at.pay("a", ("cash", 360)), Entry)
        assert (at.balance("4010"), at.balance("4030")) == ("300.00", "100.00")
        assert at.balance("4060") == "-40.00"


def test_E87_where_one_does_not_pay_on_exit_the_deposit_pays_first() -> None:
    with desk(venue_text(table={"prepay_amount": 500})) as at:
        visit = at.ordered("a", at.open(), 600, actor="till:karts")
        refused(at.pay("a", ("cash", 600), actor="till:karts"), "err.pay_exactly")
        assert isinstance(at.pay("a", ("cash", 60), ("qr", 40), actor="till:karts"), Entry)
        assert (at.balance(f"2030:{visit.id}"), at.balance("1120:desk")) == ("0.00", "40.00")
        seen = at.seen(visit)
        assert (str(seen.deposits), str(seen.unpaid), str(seen.change)) == ("0.00", "0.00", "0.00")
        assert str(at.closed(visit).grand_total) == "600.00"
        assert at.balance("4030") == "600.00"


def test_E62_E68_an_order_is_paid_with_a_card_at_once() -> None:
    with desk() as at:
        card = at.register()
        at.top_up(card, 500)
        at.did(CreateVisit(card.id))
        at.ordered("a", at.visit(card), 300)
        at.later()
        assert isinstance(at.pay("till:bar/a", ("wallet", 300), actor="guest"), Entry)
        assert (at.wallet(card), at.balance("4030")) == ("200.00", "300.00")
        assert str(at.visit(card).balance) == "200.00"
        # Another personal card pays for the order of a table.
        visit = at.ordered("t", at.open(), 150)
        refused(at.pay("t", ("wallet", 150)), "err.card_not_personal")
        by_card = (Payment("wallet", rub(150), card.id),)
        at.did(PayOrder("t", by_card), BAR)
        assert (at.wallet(card), str(at.seen(visit).unpaid)) == ("50.00", "0.00")
        assert at.spent(card) == 45_000, "his money, whoever's table it is"
        at.void("till:bar/t")
        assert (at.wallet(card), at.spent(card)) == ("200.00", 30_000)
        history = [(m.kind, str(m.amount)) for m in at.ask(Movements(card.client))]
        assert history[:2] == [("order_void", "150.00"), ("order_paid", "-150.00")]


def test_a_guest_pays_in_the_visit_of_the_card_that_he_shows() -> None:
    with desk() as at:
        one, other = at.register("04AABB01"), at.register("04AABB02")
        at.top_up(one, 500)
        at.did(CreateVisit(one.id))
        at.ordered("a", at.visit(one), 300)
        at.later()
        before = at.untouched()
        for shown, told in (("", "err.card_needed"), (other.id, "err.other_visit")):
            refused(at.pay("till:bar/a", ("wallet", 300), actor="guest", card=shown), told)
        assert at.untouched() == before


def test_a_guest_pays_from_a_wallet_only() -> None:
    with desk() as at:
        at.ordered("a", at.open(), 300)
        refused(at.pay("till:bar/a", ("cash", 300), actor="guest"), "err.not_allowed")


def test_E33_in_scope_order_the_minimum_is_paid_with_the_order() -> None:
    text = venue_text(minimum_scope='"order"', table={"minimum": 1000})
    with desk(text) as at:
        visit = at.ordered("a", at.open(), 700)
        refused(at.pay("a", ("cash", 700)), "err.pay_exactly")
        assert isinstance(at.pay("a", ("cash", 1000)), Entry)
        assert (at.balance("4030"), at.balance("4040")) == ("700.00", "300.00")
        visit = at.ordered("b", visit, 900)
        assert (str(visit.markup), str(visit.to_pay)) == ("400.00", "1000.00")
        at.closed(visit, ("cash", 1000))
        assert (at.balance("4030"), at.balance("4040")) == ("1600.00", "400.00")


def test_C23_C40_bonus_pays_play_time_of_an_order_and_nothing_else() -> None:
    with desk(venue_text(order_max_amount_check='"do_not_use"')) as at:
        card = at.register()
        at.top_up(card, 100)
        at.book("9050", f"9060:{card.client}", 1000, "BON")
        at.did(CreateVisit(card.id))
        visit = at.visit(card)
        at.did(SaveOrder("drink", "", "Bar", (MenuLine("cola"),), visit=visit.id), BAR)
        told = refused(at.pay("drink", bonus=150), "err.bonus_only_play")
        assert told.args_by_name == {"amount": "50.00"}, "what is missing on the game balance"
        at.void("till:bar/drink")
        mixed = (MenuLine("hour"), OrderLine("Tea", 1, rub(40)))
        at.top_up(card, 500)
        at.did(SaveOrder("mixed", "", "Bar", mixed, visit=visit.id), BAR)
        refused(at.pay("mixed", bonus=340), "err.bonus_only_play")
        refused(at.pay("mixed", bonus=-1), "err.amount_small")
        assert isinstance(at.pay("mixed", ("wallet", 140), bonus=200), Entry)
        assert (at.bonus(card), at.wallet(card)) == (800, "460.00")
        assert (at.balance("4010"), at.balance("4030")) == ("300.00", "40.00")
        assert at.balance("5020") == "-200.00"
        assert at.spent(card) == 14_000, "real money only"


def test_C23_a_line_that_is_no_item_of_the_menu_is_no_play_time() -> None:
    with desk(venue_text(order_max_amount_check='"do_not_use"')) as at:
        card = at.register()
        at.book("9050", f"9060:{card.client}", 1000, "BON")
        at.did(CreateVisit(card.id))
        beer = (OrderLine("Beer", 1, rub(200), play=True), MenuLine("hour"))
        for _ in range(2):
            at.did(SaveOrder("beer", "", "Bar", beer, visit=at.visit(card).id), BAR)
            kept = at.visit(card).orders[0]
            assert [line.play for line in kept.lines] == [False, True]
            beer = tuple(replace(line, play=True) for line in kept.lines)
        refused(at.pay("beer", bonus=400), "err.bonus_only_play")
        assert isinstance(at.pay("beer", ("cash", 200), bonus=300), Entry)
        assert (at.balance("4030"), at.balance("4010")) == ("200.00", "300.00")


def test_nobody_pays_twice_or_too_little_or_what_is_void() -> None:
    with desk() as at:
        visit = at.ordered("a", at.open(), 300)
        for wrong in ((), (("cash", 299),), (("cash", 301),)):
            before = at.untouched()
            refused(at.pay("a", *wrong), "err.pay_exactly")
            assert at.untouched() == before
        assert isinstance(at.pay("a", ("bank_card", 300)), Entry)
        refused(at.pay("a", ("bank_card", 300)), "err.order_paid")
        refused(at.order("a", visit, 100), "err.order_paid")
        at.ordered("b", visit, 100)
        assert isinstance(at.void("till:bar/b"), Entry)
        refused(at.pay("b", ("cash", 100)), "err.order_void")
        refused(at.order("b", visit, 100), "err.order_void")
        refused(at.void("till:bar/b"), "err.order_void")
        refused(at.pay("nothing", ("cash", 1)), "err.no_such_order")


def test_E36_C36_money_that_is_spent_counts_for_the_client() -> None:
    with desk() as at:
        card = at.register()
        at.top_up(card, 500)
        at.did(CreateVisit(card.id))
        at.ordered("a", at.visit(card), 300)
        assert at.spent(card) == 0, "saved is not spent"
        at.pay("a", ("cash", 300))
        assert at.spent(card) == 30_000
        at.void("till:bar/a")
        assert at.spent(card) == 0
        at.ordered("b", at.visit(card), 120)
        at.closed(at.visit(card))
        assert at.spent(card) == 12_000


# --- void --------------------------------------------------------------------------------------


def test_E91_a_void_order_frees_its_amount() -> None:
    with desk(venue_text(table={"limit": 500})) as at:
        visit = at.ordered("a", at.open(), 500)
        refused(at.order("b", visit, 1), "err.visit_short")
        assert isinstance(at.void("till:bar/a"), Entry)
        assert str(at.seen(visit).total) == "0.00"
        assert str(at.ordered("b", visit, 500).balance) == "0.00"


def test_E98_a_visit_whose_orders_are_void_is_an_empty_visit() -> None:
    text = venue_text(table={"prepay_amount": 1500, "minimum": 1000})
    with desk(text) as at:
        visit = at.ordered("a", at.open(), 700)
        assert str(visit.markup) == "300.00"
        at.void("till:bar/a")
        assert str(at.seen(visit).markup) == "0.00"
        assert str(at.closed(visit).change) == "1500.00"


def test_E105_a_paid_order_that_is_void_goes_back_the_way_it_was_paid() -> None:
    with desk(venue_text(table={"prepay_amount": 500})) as at:
        visit = at.ordered("a", at.open(), 700, actor="till:karts")
        at.pay("a", ("cash", 150), ("bank_card", 50), actor="till:karts")
        assert isinstance(at.void("till:karts/a"), Entry)
        assert (at.balance("1030"), at.balance("1110:desk")) == ("10500.00", "0.00")
        assert (at.balance(f"2030:{visit.id}"), at.balance("4030")) == ("500.00", "0.00")
        last = at.venue.ledger.entry(at.venue.ledger.seq)
        assert last is not None and last.refs["reverses"].startswith("desk:")


def test_a_void_needs_a_reason_the_right_and_the_money() -> None:
    with desk(shift=False) as at:
        at.shift(0)
        visit = at.ordered("a", at.open(), 100)
        refused(at.do(VoidOrder("till:bar/a"), ADMINISTRATOR), "err.reason_missing")
        refused(at.void("till:bar/a", CASHIER), "err.not_allowed")
        refused(at.void("till:bar/a", "till:karts"), "err.not_allowed")
        at.pay("a", ("cash", 100))
        refused(at.void("a", BAR), "err.not_allowed")
        at.closed(visit)
        refused(at.void("till:bar/a"), "err.visit_ended")
        other = at.ordered("b", at.open(), 100)
        assert isinstance(at.void("b", BAR), Entry), "an unpaid one of its own"
        assert not at.seen(other).orders


def test_cash_for_a_void_order_must_be_in_the_till() -> None:
    with desk(shift=False) as at:
        at.shift(0)
        at.ordered("a", at.open(), 100)
        at.pay("a", ("cash", 100))
        at.book("1040", "1030", 6000)
        told = refused(at.void("till:bar/a"), "err.till_short")
        assert told.args_by_name == {"amount": "40.00"}


def test_the_balances_of_two_clients_pay_a_bill_and_of_three_none() -> None:
    with desk() as at:
        cards = [at.register(f"04AABB0{n}") for n in range(3)]
        for card in cards:
            at.top_up(card, 500)
        by_card = tuple(Payment("wallet", rub(100), card.id) for card in cards)
        visit = at.ordered("a", at.open(), 300)
        before = at.untouched()
        refused(at.do(PayOrder("a", by_card), BAR), "err.payers")
        refused(at.do(CalculateVisit(visit.id, by_card)), "err.payers")
        assert at.untouched() == before
        at.did(PayOrder("a", (*by_card[:2], Payment("cash", rub(100)))), BAR)
        assert [at.wallet(card) for card in cards] == ["400.00", "400.00", "500.00"]


def test_points_count_as_the_balance_of_a_client() -> None:
    with desk(venue_text(order_max_amount_check='"do_not_use"')) as at:
        own, *others = (at.register(f"04AABB0{n}") for n in range(3))
        for card in others:
            at.top_up(card, 500)
        at.book("9050", f"9060:{own.client}", 100, "BON")
        at.did(CreateVisit(own.id))
        lines = (MenuLine("hour"),)
        at.did(SaveOrder("a", "", "Bar", lines, visit=at.visit(own).id), BAR)
        by_card = tuple(Payment("wallet", rub(100), card.id) for card in others)
        refused(at.do(PayOrder("a", by_card, bonus=100), BAR), "err.payers")


def test_what_a_guest_pays_in_parts_is_one_sum_to_the_limit_of_a_bare_card() -> None:
    text = venue_text(spend_without_pin_max="100", order_max_amount_check='"do_not_use"')
    with desk(text) as at:
        card = at.register(phone="+79162041234", pin="7391")
        at.top_up(card, 500)
        at.did(CreateVisit(card.id))
        visit = at.ordered("a", at.visit(card), 150)
        at.later()
        in_parts = (Payment("wallet", rub(80)), Payment("wallet", rub(70), card.id))
        pay = PayOrder("till:bar/a", in_parts, card=card.id)
        refused(at.do(pay, "guest"), "err.pin_needed")
        done = at.did(PayOrder("till:bar/a", in_parts, pin="7391", card=card.id), "guest")
        assert done.refs["proof"] == "pin"
        assert at.closed(visit).state == "closed"


def test_a_bare_card_spends_points_no_further_than_money() -> None:
    text = venue_text(spend_without_pin_max="100", order_max_amount_check='"do_not_use"')
    with desk(text) as at:
        card = at.register(phone="+79162041234", pin="7391")
        at.book("9050", f"9060:{card.client}", 1000, "BON")
        at.did(CreateVisit(card.id))
        lines = (MenuLine("hour"),)
        at.did(SaveOrder("a", "", "Bar", lines, visit=at.visit(card).id), BAR)
        at.later()
        refused(at.pay("till:bar/a", bonus=300, actor="guest"), "err.pin_needed")
        assert isinstance(at.pay("till:bar/a", bonus=300, actor="guest", pin="7391"), Entry)
        assert at.bonus(card) == 700


def test_E5_E33_the_minimum_of_a_visit_is_paid_with_its_one_order() -> None:
    table = {"minimum": 1000, "prepay_amount": 1500}
    with desk(venue_text(one_order_in_visit="true", table=table)) as at:
        visit = at.ordered("a", at.open(), 600)
        assert isinstance(at.pay("a"), Entry)
        seen = at.seen(visit)
        assert (seen.state, str(seen.grand_total), str(seen.change)) == (
            "closed",
            "1000.00",
            "500.00",
        )
        assert (at.balance("4030"), at.balance("4040")) == ("600.00", "400.00")
        assert at.balance(f"2030:{visit.id}") == "0.00", "a closed visit holds nothing"


def test_E5_a_visit_of_before_that_setting_ends_with_its_last_order() -> None:
    table = {"prepay_amount": 1500}
    with desk(venue_text(table=table)) as at:
        visit = at.ordered("b", at.ordered("a", at.open(), 300), 200)
        one_order = venue_text(one_order_in_visit="true", table=table)
        at.did(ImportVenue(venue_file.parse(one_order)), "cli")
        assert isinstance(at.pay("a"), Entry)
        assert at.seen(visit).state == "open"
        assert isinstance(at.pay("b"), Entry)
        assert at.seen(visit).state == "closed"
        assert (at.balance("4030"), at.balance(f"2030:{visit.id}")) == ("500.00", "0.00")
