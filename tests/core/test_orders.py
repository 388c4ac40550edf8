"""Orders: what a till saves, what the guest may still spend, what is paid at once, what is void."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core import venue_file
from kiosk.core.bills import OrderLine, Visit
from kiosk.core.calculation import OrderSum, figures
from kiosk.core.cards import BlockCard
from kiosk.core.checkout import OrderBill
from kiosk.core.clients import Movements
from kiosk.core.errors import Refused
from kiosk.core.ids import VisitId
from kiosk.core.ledger import Entry
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.orders import MenuLine, PayOrder, SaveOrder, Seat, UnpaidOrders, VoidOrder
from kiosk.core.payments import Payment
from kiosk.core.settings import ImportVenue
from kiosk.core.situation import Bill
from kiosk.core.venue import Venue
from kiosk.core.visits import CreateVisit
from tests.core.entrance import (
    ADMINISTRATOR,
    BAR,
    CASHIER,
    desk,
    refused,
    venue_text,
)
from tests.core.guest import DEMO, NOW, OTHER_UID, Guest, make_venue, rub, shelf


def guest_of(venue: Venue, wallet: tuple[int, ...]) -> Guest:
    guest = Guest(venue)
    guest.top_up(*wallet)
    guest.press("done" if wallet else "leave")
    return guest


def shown(visit: Visit | None) -> tuple[str, str, str]:
    assert visit is not None
    return str(visit.total), str(visit.balance), str(visit.to_pay)


@pytest.mark.parametrize(
    ("deposits", "limit", "unpaid", "left", "due"),
    [
        (2000, 0, 0, 2000, 0),
        (1500, 3000, 0, 4500, 0),
        (0, 4000, 0, 4000, 0),
        (2000, 0, 1500, 500, 0),
        (2000, 0, 2350, -350, 350),
        (1500, 3000, 4500, 0, 3000),
        (1500, 3000, 1000, 3500, 0),
        (0, 0, 1200, -1200, 1200),
    ],
)
def test_E36_E89_the_two_figures(
    deposits: int, limit: int, unpaid: int, left: int, due: int
) -> None:
    made = figures([OrderSum(unpaid)], deposits=deposits, limit=limit)
    assert (made.balance, made.to_pay) == (left, due)


def test_E1_E3_E4_E59_the_first_order_opens_the_visit_and_all_add_up(venue: Venue) -> None:
    guest = guest_of(venue, (1000, 500))
    card = guest.home()
    assert guest.visit(card) is None
    guest.order("a", card, 600)
    guest.order("b", card, 500, 400)
    visit = guest.visit(card)
    assert visit is not None
    assert [str(o.total) for o in visit.orders] == ["600.00", "900.00"]
    assert shown(visit) == ("1500.00", "0.00", "0.00")
    assert visit.number == 1
    assert len(venue.store.table("visits")) == 1
    assert guest.venue.ledger.verify() == []


def test_E92_E103_a_personal_cards_visit_counts_its_wallet(venue: Venue) -> None:
    guest = guest_of(venue, (500,))
    card = guest.home()
    guest.order("a", card, 300)
    visit = guest.visit(card)
    assert visit is not None and visit.personal
    assert shown(visit) == ("300.00", "200.00", "0.00")
    assert str(visit.deposits) == "0.00"


def test_E37_E47_the_limit_is_a_kopeck_exact_and_forbids(venue: Venue) -> None:
    guest = guest_of(venue, (500,))
    card = guest.home()
    line = (OrderLine("Tea", 1, Money(50_001, rub(1).currency)),)
    before = venue.ledger.seq
    refused(
        venue.do(SaveOrder("a", card.id, "Bar", line), actor="till:1", key="a", now=NOW),
        "err.visit_short",
    )
    assert guest.visit(card) is None, "nothing happened, no visit either"
    assert venue.ledger.seq == before
    guest.order("b", card, 500)
    assert shown(guest.visit(card)) == ("500.00", "0.00", "0.00")


@pytest.mark.parametrize(("policy", "recorded"), [("warning_only", 35_000), ("do_not_use", 0)])
def test_E45_E47_E97_a_short_visit_is_red_and_saved(policy: str, recorded: int) -> None:
    text = DEMO.replace('"forbid_saving"\n#', f'"{policy}"\n#', 1)
    assert policy in text
    with shelf() as folder:
        venue = make_venue(folder, text)
        guest = guest_of(venue, (1000, 1000))
        card = guest.home()
        guest.order("a", card, 2000)
        assert shown(guest.visit(card)) == ("2000.00", "0.00", "0.00"), "not red at 0"
        guest.order("a", card, 2350)
        assert shown(guest.visit(card)) == ("2350.00", "-350.00", "350.00")
        kept = venue.store.get("orders", "till:1/a")
        assert kept is not None and kept["short"] == recorded
        guest.press("visit")
        assert isinstance(guest.scene, Bill)
        assert "350.00" in guest.words()
        venue.close()


def test_E91_saving_again_counts_the_new_amount_in_place_of_the_old(venue: Venue) -> None:
    guest = guest_of(venue, (500,))
    card = guest.home()
    guest.order("a", card, 400)
    first = guest.visit(card)
    guest.order("a", card, 500)
    assert shown(guest.visit(card)) == ("500.00", "0.00", "0.00")
    refused(guest.order("a", card, 600), "err.visit_short")
    again = guest.visit(card)
    assert shown(again) == ("500.00", "0.00", "0.00"), "the old version stays"
    assert first and again and first.orders[0].at == again.orders[0].at
    guest.order("a", card, 100)
    assert shown(guest.visit(card)) == ("100.00", "400.00", "0.00")


def test_E91_lowering_is_always_allowed() -> None:
    with shelf() as folder:
        warns = DEMO.replace('"forbid_saving"\n#', '"warning_only"\n#', 1)
        venue = make_venue(folder, warns)
        guest = guest_of(venue, (500,))
        card = guest.home()
        guest.order("a", card, 900)
        guest.did(ImportVenue(venue_file.parse(DEMO)), key="forbid")
        guest.order("a", card, 800)
        assert shown(guest.visit(card)) == ("800.00", "-300.00", "300.00")
        refused(guest.order("a", card, 801), "err.visit_short")
        venue.close()


def test_E102_a_type_without_a_limit_is_never_short() -> None:
    with shelf() as folder:
        venue = make_venue(folder, DEMO.replace("limit = 0\n", 'limit = "none"\n'))
        guest = guest_of(venue, ())
        card = guest.home()
        guest.order("a", card, 1200)
        visit = guest.visit(card)
        assert visit is not None
        assert (visit.balance, str(visit.to_pay)) == (None, "1200.00")
        guest.tap()
        guest.press("visit")
        assert guest.words()
        venue.close()


def test_E102_a_limit_of_nothing_is_a_limit(venue: Venue) -> None:
    guest = guest_of(venue, ())
    refused(guest.order("a", guest.home(), 1), "err.visit_short")


def test_E99_a_refused_order_is_not_on_the_bill(venue: Venue) -> None:
    guest = guest_of(venue, (500,))
    card = guest.home()
    guest.order("a", card, 300)
    refused(guest.order("b", card, 300), "err.visit_short")
    visit = guest.visit(card)
    assert visit is not None and [o.order for o in visit.orders] == ["a"]


def test_two_tills_count_alike(venue: Venue) -> None:
    guest = guest_of(venue, (1000,))
    card = guest.home()
    guest.order("7", card, 300, till="bar")
    guest.order("7", card, 400, till="grill")
    assert shown(guest.visit(card)) == ("700.00", "300.00", "0.00")


def test_E1_an_order_belongs_to_one_visit(venue: Venue) -> None:
    guest = guest_of(venue, (1000,))
    card = guest.home()
    guest.order("7", card, 300)
    guest.press("leave")
    other = guest.top_up(1000, uid=OTHER_UID)
    refused(guest.order("7", other, 300), "err.conflict")
    assert guest.visit(other) is None
    assert shown(guest.visit(card)) == ("300.00", "700.00", "0.00")


def test_the_same_key_answers_the_same_entry_and_another_command_a_conflict(venue: Venue) -> None:
    guest = guest_of(venue, (1000,))
    card = guest.home()
    line = (OrderLine("Tea", 1, rub(100)),)
    command = SaveOrder("a", card.id, "Bar", line)

    def post(command: SaveOrder) -> object:
        return venue.do(command, actor="till:1", key="k", now=guest.now)

    first = post(command)
    assert post(command) == first
    refused(post(replace(command, lines=line * 2)), "err.conflict")
    refused(post(replace(command, order="b")), "err.conflict")
    assert shown(guest.visit(card)) == ("100.00", "900.00", "0.00")


def test_a_blocked_card_takes_no_order(venue: Venue) -> None:
    guest = guest_of(venue, (500,))
    card = guest.home()
    guest.did(BlockCard(card.id, "lost"), key="block")
    refused(guest.order("a", card, 100), "err.card_blocked")


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        ((), "err.order_lines"),
        ((OrderLine("Tea", 1, rub(1)),) * 101, "err.order_lines"),
        ((OrderLine(" ", 1, rub(1)),), "err.order_line"),
        ((OrderLine("Tea", 0, rub(1)),), "err.order_line"),
        ((OrderLine("Tea", 1, rub(-1)),), "err.order_line"),
        ((OrderLine("Tea", 1, Money(1, CURRENCIES["EUR"])),), "err.other_currency"),
        ((OrderLine("Tea", 1, Money(10**30, rub(1).currency)),), "err.order_line"),
        ((OrderLine("Tea", 10**9, rub(1)),), "err.order_line"),
        ((OrderLine("T" * 201, 1, rub(1)),), "err.order_line"),
        ((OrderLine("Tea\0", 1, rub(1)),), "err.order_line"),
    ],
)
def test_nonsense_is_refused(venue: Venue, lines: tuple[OrderLine, ...], key: str) -> None:
    guest = guest_of(venue, (500,))
    command = SaveOrder("a", guest.home().id, "Bar", lines)
    refused(venue.do(command, actor="till:1", key="a", now=NOW), key)


@pytest.mark.parametrize("name", ["", "x" * 65, "7\n8"])
def test_an_order_and_its_place_have_short_plain_names(venue: Venue, name: str) -> None:
    guest = guest_of(venue, (500,))
    line = (OrderLine("Tea", 1, rub(1)),)
    for command in (
        SaveOrder(name, guest.home().id, "Bar", line),
        SaveOrder("a", guest.home().id, name, line),
    ):
        refused(venue.do(command, actor="till:1", key="a", now=NOW), "err.order_line")


def test_guests_and_strangers_save_no_orders(venue: Venue) -> None:
    guest = guest_of(venue, (500,))
    command = SaveOrder("a", guest.home().id, "Bar", (OrderLine("Tea", 1, rub(1)),))
    for actor in ("guest", "kiosk", "cli", "nobody"):
        refused(venue.do(command, actor=actor, key=actor, now=NOW), "err.not_allowed")


# --- the menu, seats, discounts, stations ------------------------------------------------------


def test_an_order_has_lines_of_the_menu_and_keeps_what_they_cost() -> None:
    with desk() as at:
        visit = at.open()
        lines = (MenuLine("cola", 2), OrderLine("Corkage", 1, rub(100)), MenuLine("hour"))
        at.did(SaveOrder("a", "", "Bar", lines, visit=visit.id), BAR)
        (order,) = at.seen(visit).orders
        kept = [(li.text, li.quantity, str(li.amount), li.item, li.play) for li in order.lines]
        assert kept == [
            ("Cola", 2, "300.00", "cola", False),
            ("Corkage", 1, "100.00", "", False),
            ("Bowling, an hour", 1, "300.00", "hour", True),
        ]
        dearer = venue_text().replace("price = 150", "price = 175")
        at.did(ImportVenue(venue_file.parse(dearer)), "cli")
        assert str(at.seen(visit).total) == "700.00"
        at.did(SaveOrder("a", "", "Bar", (MenuLine("cola", 3),), visit=visit.id), BAR)
        assert str(at.seen(visit).total) == "450.00", "the guest was told 150"
        at.did(SaveOrder("b", "", "Bar", (MenuLine("cola"),), visit=visit.id), BAR)
        assert str(at.seen(visit).total) == "625.00"


@pytest.mark.parametrize("line", [MenuLine("soup"), MenuLine("caviar")])
def test_what_is_not_on_the_menu_is_not_sold(line: MenuLine) -> None:
    with desk() as at:
        visit = at.open()
        refused(at.do(SaveOrder("a", "", "Bar", (line,), visit=visit.id), BAR), "err.no_such_item")
        assert not at.seen(visit).orders
        for wrong in (MenuLine("cola", 0), MenuLine(""), MenuLine("cola", 100_001)):
            save = SaveOrder("a", "", "Bar", (wrong,), visit=visit.id)
            refused(at.do(save, BAR), "err.order_line")


def test_a_line_that_is_sent_back_with_its_item_costs_what_the_menu_says() -> None:
    with desk() as at:
        visit = at.open()
        cheap = (OrderLine("Free cola", 2, rub(0), item="cola"),)
        at.did(SaveOrder("a", "", "Bar", cheap, visit=visit.id), BAR)
        (line,) = at.seen(visit).orders[0].lines
        assert (line.text, str(line.amount)) == ("Cola", "300.00")


def test_E8_E85_the_station_decides_on_the_same_visit() -> None:
    """The kiosk and its staff go by the venue's word, a till by its own where it has one."""
    text = venue_text(order_max_amount_check='"warning_only"', table={"limit": 0})
    with desk(text) as at:
        visit = at.open()
        refused(at.order("1", visit, 100, actor="till:a"), "err.visit_short")
        at.ordered("2", visit, 100, actor=CASHIER)
        at.ordered("3", visit, 100, actor=BAR)
        kept = at.venue.store.get("orders", "till:bar/3")
        assert kept is not None and kept["short"] == 20_000, "the warning is on record"
        assert str(at.seen(visit).balance) == "-200.00"


def test_E7_E85_unpaid_orders_keep_the_screen_of_a_station_that_does_not_pay_on_exit() -> None:
    with desk() as at:
        visit = at.ordered("a", at.open(), 300)
        assert at.ask(UnpaidOrders(VisitId(visit.id), "bar")) == ()
        assert at.ask(UnpaidOrders(VisitId(visit.id))) == (), "the venue's own: the kiosk's"
        assert [o.order for o in at.ask(UnpaidOrders(VisitId(visit.id), "karts"))] == ["a"]
        assert isinstance(at.pay("a", ("cash", 300)), Entry)
        assert at.ask(UnpaidOrders(VisitId(visit.id), "karts")) == ()


def test_E96_a_seat_without_a_card_is_refused_inside_an_order_too() -> None:
    line = (OrderLine("Tea", 1, rub(10), seat=2),)
    with desk(venue_text(entrance_card='"only_with_card"')) as at:
        visit = at.open()

        def save(*seats: Seat) -> object:
            return at.do(SaveOrder("a", "", "Bar", line, visit=visit.id, seats=seats), BAR)

        refused(save(), "err.card_needed")
        refused(save(Seat(2)), "err.card_needed")
        refused(save(Seat(2, visit.card), Seat(3)), "err.card_needed")
        refused(save(Seat(2, "K1-1-99c")), "err.no_such_card")
        assert isinstance(save(Seat(2, visit.card)), Entry)
    with desk() as at:
        visit = at.open()
        assert isinstance(save(), Entry), "where seats need no card"
        refused(save(Seat(2), Seat(2)), "err.seats")
        refused(save(Seat(0)), "err.seats")


def test_E63_E101_a_discount_is_that_of_the_type_when_the_order_is_saved() -> None:
    with desk(venue_text(guest={"discount_percent": 10})) as at:
        card = at.register()
        at.top_up(card, 1000)
        at.did(CreateVisit(card.id))
        visit = at.ordered("a", at.visit(card), "0.05", 100)
        # 10 % of 100.05 is 10.005, half up 10.01.
        assert (str(visit.total), str(visit.discount)) == ("90.04", "10.01")
        assert str(visit.balance) == "909.96"
        at.did(ImportVenue(venue_file.parse(venue_text(guest={"discount_percent": 50}))), "cli")
        assert str(at.seen(visit).total) == "90.04", "a new discount changes no order"
        closed = at.closed(visit)
        assert (str(closed.discount), str(closed.grand_total)) == ("10.01", "90.04")
        assert (at.balance("4030"), at.balance("4060")) == ("100.05", "-10.01")
        assert at.wallet(card) == "909.96"


def test_E63_the_larger_of_the_types_and_the_groups_discount() -> None:
    with desk(venue_text(guest={"discount_percent": 3})) as at:
        card = at.register()
        group = {"id": "friends", "name": "Friends", "discount_percent": 20}
        kept = at.venue.store.get("clients", card.client)
        assert kept is not None
        with at.venue.store.transaction():
            at.venue.store.put("groups", "friends", group)
            at.venue.store.put("clients", card.client, kept | {"group": "friends"})
        at.top_up(card, 500)
        at.did(CreateVisit(card.id))
        assert str(at.ordered("a", at.visit(card), 100).total) == "80.00"
        with at.venue.store.transaction():
            at.venue.store.put("groups", "friends", None)
            at.venue.store.put("clients", card.client, kept)


def test_E49_E99_only_a_saved_order_is_on_the_visit_and_has_a_bill() -> None:
    with desk(venue_text(table={"limit": 500})) as at:
        visit = at.ordered("a", at.open(), 400)
        refused(at.order("b", visit, 200), "err.visit_short")
        assert str(at.seen(visit).total) == "400.00"
        assert str(at.ask(OrderBill("till:bar/a")).total) == "400.00"
        with pytest.raises(Refused, match=r"err\.no_such_order"):
            at.ask(OrderBill("till:bar/b"))
        at.void("till:bar/a")
        with pytest.raises(Refused, match=r"err\.order_void"):
            at.ask(OrderBill("till:bar/a"))


def test_E50_the_bill_of_an_order_is_there_to_be_printed() -> None:
    with desk(venue_text(table={"discount_percent": 10})) as at:
        visit = at.open()
        at.ordered("a", visit, 100, 50)
        bill = at.ask(OrderBill("till:bar/a"))
        assert [str(line.amount) for line in bill.lines] == ["100.00", "50.00"]
        assert (str(bill.discount), str(bill.total), bill.paid) == ("15.00", "135.00", False)


# --- paid at once --------------------------------------------------------------------------------


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
