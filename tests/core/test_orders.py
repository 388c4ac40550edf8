"""Orders: what a station saves, from the menu or not, and what the guest may still spend."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core import venue_file
from kiosk.core.bills import OrderLine, Visit
from kiosk.core.calculation import OrderSum, figures
from kiosk.core.cards import BlockCard
from kiosk.core.checkout import OrderBill
from kiosk.core.errors import Refused
from kiosk.core.ids import VisitId
from kiosk.core.ledger import Entry
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.orders import MenuLine, SaveOrder, Seat, UnpaidOrders
from kiosk.core.settings import ImportVenue
from kiosk.core.situation import Bill
from kiosk.core.venue import Venue
from kiosk.core.visits import CreateVisit
from tests.core.entrance import (
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
