"""Visits: opened on a card or without one, offered, described, found again."""

from __future__ import annotations

import pytest

from kiosk.core.accounts import GetCardAccounts, PointCard
from kiosk.core.bills import OrderLine
from kiosk.core.cards import BlockCard, FindCard
from kiosk.core.desk_top_ups import TopUpAtDesk
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId
from kiosk.core.ledger import Entry
from kiosk.core.orders import SaveOrder, VoidOrder
from kiosk.core.recognition import Recognised
from kiosk.core.visits import (
    CreateVisit,
    DescribeVisit,
    FindVisits,
    GetVisit,
    OfferOnCard,
    OpenVisit,
    OpenVisits,
)
from tests.core.entrance import (
    ADMINISTRATOR,
    BAR,
    CASHIER,
    Desk,
    desk,
    refused,
    table_read,
    venue_text,
)
from tests.core.guest import rub

TEA = (OrderLine("Tea", 1, rub(1)),)
FREE = (OrderLine("Water", 1, rub(0)),)


# --- opening, offering, finding --------------------------------------------------------------


@pytest.mark.parametrize("personal", [True, False])
def test_E9_a_card_is_personal_or_not_and_both_open_visits(personal: bool) -> None:
    with desk() as at:
        card = at.register()
        at.did(CreateVisit(card.id) if personal else CreateVisit(read=table_read()))
        found = at.ask(GetVisit(1))
        assert found.personal is personal
        client = at.venue.store.get("clients", at.get(found.card).client)
        assert client is not None and client["state"] == ("active" if personal else "walk_in")


def test_E14_E15_E16_E40_the_types_prepayment_is_deposited_on_the_visit() -> None:
    with desk(venue_text(table={"prepay_amount": 1000})) as at:
        visit = at.open()
        assert str(visit.deposits) == "1000.00"
        assert at.balance(f"2030:{visit.id}") == "1000.00"
        assert at.balance("1030") == "11000.00"
        assert at.wallet(at.get(visit.card)) == "0.00"
        assert at.venue.ledger.entry(at.venue.ledger.seq).kind == "visit_opened", "one entry"


def test_E14_a_prepayment_by_bank_card_is_not_in_the_till() -> None:
    with desk(venue_text(table={"prepay_amount": 1000})) as at:
        visit = at.open(tender="bank_card")
        assert (at.balance(f"2030:{visit.id}"), at.balance("1030")) == ("1000.00", "10000.00")
        assert at.balance("1110:desk") == "1000.00"


def test_E14_no_prepayment_no_visit() -> None:
    """Without an open shift nobody can take it; a guest pays it in notes, not with this."""
    with desk(venue_text(table={"prepay_amount": 1000}), shift=False) as at:
        before = at.untouched()
        refused(at.do(CreateVisit(read=table_read())), "err.no_shift")
        told = refused(at.do(CreateVisit(read=table_read()), "guest"), "err.prepay_first")
        assert told.args_by_name == {"amount": "1000.00"}
        assert at.untouched() == before
        assert at.ask(FindCard(table_read())) is None, "the card is not on file either"


def test_E17_E60_the_prepayment_is_the_visits_and_never_the_cards() -> None:
    with desk(venue_text(table={"prepay_amount": 1000})) as at:
        first = at.open()
        at.ordered("a", first, 400)
        at.closed(first)
        assert at.balance("1030") == "10400.00", "600 came back"
        second = at.open()
        assert str(second.deposits) == "1000.00", "and not 1600"
        assert (second.number, second.card) == (2, first.card)
        closed = at.seen(first)
        assert (closed.state, str(closed.total), str(closed.change)) == (
            "closed",
            "400.00",
            "600.00",
        )


def test_E39_E41_a_card_without_a_visit_suggests_one_and_no_creates_nothing() -> None:
    with desk(venue_text(table={"prepay_amount": 500})) as at:
        before = at.untouched()
        offer = at.ask(OfferOnCard(table_read(), in_visits=True))
        assert (offer.suggests, offer.otherwise, str(offer.prepayment)) == ("create", "", "500.00")
        assert at.untouched() == before
        assert [len(at.venue.store.table(t)) for t in ("visits", "cards")] == [0, 0]
        assert issued(at) == []
        at.open()
        assert len(at.venue.store.table("visits")) == 1


def test_E44_E51_E79_E95_an_open_visit_suggests_an_order_or_in_the_form_of_visits_its_end() -> None:
    with desk() as at:
        visit = at.open()
        outside = at.ask(OfferOnCard(table_read()))
        assert (outside.suggests, outside.otherwise) == ("order", "")
        assert outside.visit == visit
        inside = at.ask(OfferOnCard(table_read(), in_visits=True))
        assert (inside.suggests, inside.otherwise) == ("calculate", "order")


def test_E5_with_one_order_in_a_visit_nothing_is_calculated() -> None:
    with desk(venue_text(one_order_in_visit="true")) as at:
        visit = at.open()
        assert at.ask(OfferOnCard(table_read(), in_visits=True)).suggests == "order"
        at.ordered("a", visit, 100)
        refused(at.order("b", visit, 100), "err.one_order")
        refused(at.calculate(visit, ("cash", 100)), "err.no_calculation")
        at.ordered("a", visit, 120)


def test_E5_a_visit_of_one_order_ends_when_that_is_paid_and_keeps_no_money() -> None:
    with desk(venue_text(one_order_in_visit="true", table={"prepay_amount": 1000})) as at:
        visit = at.ordered("a", at.open(), 300)
        assert isinstance(at.pay("a"), Entry)
        closed = at.seen(visit)
        assert (closed.state, str(closed.change)) == ("closed", "700.00")
        assert (at.balance(f"2030:{visit.id}"), at.balance("4030")) == ("0.00", "300.00")
        assert at.balance("1030") == "10300.00"
        assert at.open().number == 2, "the card is free"


def test_E5_the_entrance_card_parameter_is_ignored_then() -> None:
    text = venue_text(one_order_in_visit="true", entrance_card='"only_with_card"')
    with desk(text) as at:
        assert isinstance(at.do(SaveOrder("a", "", "Bar", TEA), BAR), Entry)


def test_E6_without_a_card_only_where_that_is_allowed() -> None:
    with desk() as at:
        at.did(SaveOrder("a", "", "Bar", TEA), BAR)
        visit = at.ask(GetVisit(1))
        assert (visit.card, visit.type, visit.balance) == ("", "", None)
        at.did(SaveOrder("a", "", "Bar", TEA * 2), BAR)
        at.did(SaveOrder("b", "", "Bar", TEA, visit=visit.id), BAR)
        assert str(at.seen(visit).total) == "3.00"
        at.closed(visit, ("cash", 3))
        assert at.balance("4030") == "3.00"
    with desk(venue_text(entrance_card='"only_with_card"')) as at:
        before = at.untouched()
        refused(at.do(SaveOrder("a", "", "Bar", TEA), BAR), "err.card_needed")
        refused(at.do(CreateVisit()), "err.card_needed")
        assert at.untouched() == before


def test_E6_cards_open_no_visits_where_they_are_not_used() -> None:
    with desk(venue_text(entrance_card='"none"')) as at:
        refused(at.do(CreateVisit(read=table_read())), "err.entrance_off")
        refused(at.do(SaveOrder("a", at.register().id, "Bar", TEA), BAR), "err.entrance_off")
        at.did(SaveOrder("a", "", "Bar", TEA), BAR)


def test_E57_E58_the_desk_lists_open_visits_without_a_card_and_works_on_them() -> None:
    with desk() as at:
        first = at.open("550001")
        second = at.open("550002")
        assert [v.number for v in at.ask(OpenVisits(), CASHIER)] == [1, 2]
        at.did(SaveOrder("x", "", "Desk", TEA, visit=first.id), CASHIER)
        at.closed(second)
        assert [(v.number, str(v.total)) for v in at.ask(OpenVisits(), CASHIER)] == [(1, "1.00")]
        at.closed(first, ("cash", 1))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("", [3, 2]), ("2", [2]), ("0001", [1]), ("WIN", [2]), ("win birth", [2]), ("nobody", [])],
)
def test_E57_open_visits_are_found_by_number_note_comment_and_card(
    text: str, numbers: list[int]
) -> None:
    with desk() as at:
        at.open("550001")
        at.did(CreateVisit(note="Window", comment="Birthday"))
        at.did(CreateVisit(note="Bar"))
        ended = at.open("550002")
        at.closed(ended)
        found = at.ask(FindVisits(text, 2), CASHIER)
        assert [v.number for v in found.latest] == numbers
        assert (found.of, found.fit) == (3, 3 if not text else len(numbers))


@pytest.mark.parametrize("actor", ["kiosk", "guest", "staff:103"])
def test_E57_nobody_else_sees_that_list(actor: str) -> None:
    with desk() as at, pytest.raises(Refused, match=r"err\.not_allowed"):
        at.ask(OpenVisits(), actor)


def test_E57_staff_edit_an_order_that_a_till_has_made() -> None:
    with desk() as at:
        visit = at.ordered("7", at.open(), 100)
        at.did(SaveOrder("till:bar/7", "", "Bar", TEA, visit=visit.id), CASHIER)
        seen = at.seen(visit)
        assert [o.id for o in seen.orders] == ["till:bar/7"]
        assert str(seen.total) == "1.00"


def test_E59_E79_a_card_is_in_one_open_visit_at_most() -> None:
    with desk() as at:
        visit = at.open()
        told = refused(at.do(CreateVisit(read=table_read())), "err.visit_open")
        assert told.args_by_name == {"number": "1"}
        refused(at.do(CreateVisit(visit.card), "guest"), "err.visit_open")
        assert len(at.venue.store.table("visits")) == 1


def test_E60_a_closed_visit_stays_readable_by_its_number() -> None:
    with desk() as at:
        visit = at.ordered("a", at.open(), 600, 900)
        at.closed(visit, ("cash", 1500))
        again = at.open()
        assert again.id != visit.id and not again.orders
        kept = at.ask(GetVisit(1))
        assert [o.order for o in kept.orders] == ["a"] and kept.orders[0].paid
        assert (kept.state, str(kept.grand_total)) == ("closed", "1500.00")
        assert at.ask(GetVisit(3)) is None


def test_E66_a_fixed_prepayment_on_a_personal_card_is_refused_at_run_time_too() -> None:
    with desk() as at:
        card = at.register()
        kept = at.venue.store.get("card_types", "guest")
        assert kept is not None
        for wrong in ({"prepay_amount": 100}, {"prepay_reason": "deposit"}):
            with at.venue.store.transaction():
                at.venue.store.put("card_types", "guest", kept | wrong)
            refused(at.do(CreateVisit(card.id)), "err.personal_prepaid")
        with at.venue.store.transaction():
            at.venue.store.put("card_types", "guest", kept)


@pytest.mark.parametrize(
    ("rule", "guests", "key"),
    [
        ("unused", 0, ""),
        ("unused", 2, "err.guests_unused"),
        ("optional", 0, ""),
        ("optional", 4, ""),
        ("optional", 1001, "err.guests"),
        ("optional", -1, "err.guests"),
        ("mandatory", 0, "err.guests"),
        ("mandatory", 4, ""),
    ],
)
def test_E78_guests_are_counted_as_the_venue_wants(rule: str, guests: int, key: str) -> None:
    with desk(venue_text(guests=f'"{rule}"')) as at:
        done = at.do(CreateVisit(read=table_read(), guests=guests))
        if key:
            refused(done, key)
        else:
            assert at.ask(GetVisit(1)).guests == guests


def test_E78_a_comment_stays_with_the_visit_and_a_note_goes_when_it_ends() -> None:
    with desk() as at:
        visit = at.open(guests=2, comment="Birthday", note="by the window")
        at.did(DescribeVisit(visit.id, 3, "Birthday of Anna", "candles at six"))
        seen = at.seen(visit)
        assert (seen.guests, seen.comment, seen.note) == (3, "Birthday of Anna", "candles at six")
        closed = at.closed(visit)
        assert (closed.comment, closed.note) == ("Birthday of Anna", "")
        refused(at.do(DescribeVisit(visit.id)), "err.visit_ended")
        refused(at.do(CreateVisit(read=table_read(), comment="a\nb")), "err.visit_comment")


def test_E78_where_no_visit_is_empty_it_begins_and_goes_with_its_orders() -> None:
    with desk(venue_text(empty_visits="false")) as at:
        before = at.untouched()
        refused(at.do(CreateVisit(read=table_read())), "err.empty_visit")
        assert at.untouched() == before
        card = at.register()
        at.did(SaveOrder("a", card.id, "Bar", FREE), BAR)
        visit = at.visit(card)
        at.did(VoidOrder("till:bar/a", "a mistake"), ADMINISTRATOR)
        assert at.seen(visit).state == "void"
        assert at.ask(OpenVisit(card.id)) is None


def test_E102_a_type_without_a_limit_saves_everything() -> None:
    with desk(venue_text(table={"limit": '"none"'})) as at:
        visit = at.ordered("a", at.open(), 1_000_000)
        assert visit.balance is None
        assert str(visit.to_pay) == "1000000.00"


def test_E103_a_visit_on_a_personal_card_is_opened_seen_and_calculated() -> None:
    with desk() as at:
        card = at.register()
        at.top_up(card, 500)
        at.did(CreateVisit(card.id), "guest")
        visit = at.visit(card)
        at.ordered("a", visit, 300)
        assert str(at.visit(card).balance) == "200.00"
        at.later()
        closed = at.closed(visit, actor="guest")
        assert (closed.state, at.wallet(card)) == ("closed", "200.00")
        assert at.balance("4030") == "300.00"


def test_C36_a_visit_that_begins_is_the_clients_last_visit() -> None:
    with desk() as at:
        card = at.register()
        at.later(5)
        at.did(CreateVisit(card.id))
        kept = at.venue.store.get("statistics", card.client)
        assert kept is not None
        assert (kept["visits"], kept["last_visit"]) == (1, at.visit(card).since)


def test_staff_end_the_visit_of_a_card_that_is_lost_and_a_guest_does_not() -> None:
    with desk() as at:
        card = at.register()
        at.top_up(card, 500)
        at.did(CreateVisit(card.id))
        visit = at.ordered("a", at.visit(card), 300)
        at.did(BlockCard(card.id, "lost"), "cli")
        at.later()
        refused(at.order("b", visit, 100), "err.card_blocked")
        refused(at.calculate(visit, actor="guest"), "err.card_blocked")
        at.closed(visit)
        assert at.wallet(card) == "200.00"


def test_E42_E43_E100_a_visit_with_a_prepayment_makes_three_slips() -> None:
    with desk(venue_text(table={"prepay_amount": 1000})) as at:
        at.open()
        assert issued(at) == ["visit_creation", "prepayment_receipt", "prepayment_document"]
    with desk() as at:
        at.open()
        assert issued(at) == ["visit_creation"]


def issued(at: Desk) -> list[str]:
    """The types of the slips, but for that of the float in the till."""
    kinds = [str(slip["kind"]) for slip in at.venue.store.table("slips")]
    return [kind for kind in kinds if kind != "float_slip"]


def test_a_card_is_put_on_file_by_the_entry_that_opens_its_first_visit() -> None:
    with desk() as at:
        before = at.venue.ledger.seq
        visit = at.open()
        assert at.venue.ledger.seq == before + 1
        card = at.get(visit.card)
        assert (card.type, card.number) == ("table", "550001")
        at.closed(visit)
        assert at.open().card == card.id, "and stays on file"


def test_what_was_read_must_open_visits() -> None:
    with desk() as at:
        strange = Recognised("Contactless guest card", "interface", "PDS", "04FFFFFF")
        refused(at.do(CreateVisit(read=strange)), "err.unknown_card")
        assert at.ask(OfferOnCard(strange)).suggests == "register"
        refused(at.do(CreateVisit(read=Recognised("Staff", "employee", "", "99"))), "err.not_ours")
        visit = at.open()
        at.did(BlockCard(CardId(visit.card), "lost"), "cli")
        refused(at.do(CreateVisit(read=table_read())), "err.card_blocked")
        with pytest.raises(Refused, match=r"err\.card_blocked"):
            at.ask(OfferOnCard(table_read()))


def test_an_order_does_not_open_a_visit_that_must_be_prepaid() -> None:
    with desk(venue_text(table={"prepay_amount": 1000})) as at:
        visit = at.open()
        at.closed(visit)
        card = at.get(visit.card)
        refused(at.do(SaveOrder("a", card.id, "Bar", TEA), BAR), "err.prepay_first")


def test_E61_E61a_a_card_has_two_accounts_its_own_unless_staff_say_otherwise() -> None:
    with desk() as at:
        child, parent = at.register("04AAAA01"), at.register("04AAAA02")
        at.top_up(parent, 1000)
        own = at.ask(GetCardAccounts(child.id))
        assert (own.debit, own.expenditure) == (child.client, child.client)
        at.did(PointCard(child.id, expenditure=parent.client, reason="pocket money"), "staff:102")
        assert at.ask(GetCardAccounts(child.id)).expenditure == parent.client
        at.did(CreateVisit(child.id))
        visit = at.ordered("a", at.visit(child), 300)
        assert str(visit.balance) == "700.00", "what the parent has"
        at.closed(visit)
        assert (at.wallet(parent), at.wallet(child)) == ("700.00", "0.00")
        at.did(CreateVisit(child.id))
        at.ordered("b", at.visit(child), 200)
        assert isinstance(at.pay("b", ("wallet", 200)), Entry)
        assert at.wallet(parent) == "500.00"
        at.did(PointCard(child.id, reason="his own again"), "staff:102")
        assert at.ask(GetCardAccounts(child.id)).expenditure == child.client


def test_E61_E65_E67_a_top_up_at_the_desk_arrives_on_the_debit_account() -> None:
    with desk() as at:
        card, purse = at.register("04AAAA01"), at.register("04AAAA02")
        for debit, paid in (("", card), (purse.client, purse)):
            at.did(PointCard(card.id, debit=debit, reason="as the firm wants it"), "staff:102")
            wallet = at.ask(GetCardAccounts(card.id)).debit
            at.did(TopUpAtDesk(wallet, rub(300), "cash"))
            assert at.wallet(paid) == "300.00"
        assert at.balance("1030") == "10600.00"


def test_E61_only_a_personal_card_points_and_only_at_clients() -> None:
    with desk() as at:
        card, visit = at.register(), at.open()
        refused(at.do(PointCard(card.id), "staff:102"), "err.reason_missing")
        refused(
            at.do(PointCard(card.id, "K1-1-99p", reason="x"), "staff:102"), "err.no_such_client"
        )
        walk_in = at.get(visit.card)
        refused(at.do(PointCard(walk_in.id, reason="x"), "staff:102"), "err.card_not_personal")
        refused(
            at.do(PointCard(card.id, walk_in.client, reason="x"), "staff:102"), "err.no_such_client"
        )
