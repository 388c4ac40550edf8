"""Minutes: the table of packages, sales, what is undone, converted and corrected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from kiosk.core import packages
from kiosk.core.balances import BalanceChanges, ChangeBalance, ReverseChange
from kiosk.core.clients import GetClient
from kiosk.core.errors import Refused
from kiosk.core.ledger import MINUTES_GAME, MINUTES_NET, digest
from kiosk.core.minutes import (
    AdjustMinutes,
    ConvertMinutes,
    MinutesOutstanding,
)
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.package_sales import Sales, SellPackage, UndoPackage
from kiosk.core.packages import CheckPackages, Package, Packages, SetPackages
from kiosk.core.staff import Approval, SetStaffPin
from tests.core.guest import OTHER_UID, rub
from tests.core.play import ADMINISTRATOR, CASHIER, GUEST, MANAGER, OWNER, PIN, TILL, Club, club


@pytest.fixture
def orbit() -> Iterator[Club]:
    with club() as made:
        yield made


def table(orbit: Club) -> list[dict[str, Any]]:
    return [dict(d) for d in orbit.venue.store.table("packages")]


GAME_60 = Package("game-60", "game", 60, rub(150))
GAME_300 = Package("game-300", "game", 300, rub(600))
NET_120 = Package("net-120", "internet", 120, rub(120))
TABLE = (GAME_60, GAME_300, NET_120)


# --- the table of packages -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "row",
    [
        Package("", "game", 0, rub(1)),
        Package("", "game", -60, rub(1)),
        Package("", "game", 60, rub(-1)),
        Package("", "food", 60, rub(1)),
        Package("", "game", 60.5, rub(1)),  # type: ignore[arg-type]
        Package("", "game", "60", rub(1)),  # type: ignore[arg-type]
        Package("", "game", True, rub(1)),
        Package("", "game", 100_001, rub(1)),
    ],
)
def test_M1_M39_a_row_needs_a_kind_whole_minutes_and_a_price(orbit: Club, row: Package) -> None:
    rows = (*TABLE, row)
    part = isinstance(row.minutes, float)
    told = "err.not_whole (number=60.5)" if part else "err.package_row (row=4)"
    assert orbit.refused(SetPackages(rows), ADMINISTRATOR) == told
    with pytest.raises(Refused, match=r"err\.package_row"):
        orbit.ask(CheckPackages(rows), ADMINISTRATOR)


def test_M1_M2_rows_are_added_edited_and_removed(orbit: Club) -> None:
    assert orbit.ask(Packages()) == TABLE
    new = Package("", "internet", 600, rub(500))
    orbit.did(SetPackages((replace(GAME_60, price=rub(140)), NET_120, new)), ADMINISTRATOR)
    assert table(orbit) == [
        {"id": "game-60", "kind": "game", "minutes": 60, "price": 14_000},
        {"id": "net-120", "kind": "internet", "minutes": 120, "price": 12_000},
        {"id": "internet-600", "kind": "internet", "minutes": 600, "price": 50_000},
    ]
    # A second package of as many minutes has a name of its own.
    orbit.did(SetPackages((*orbit.ask(Packages()), replace(new, price=rub(400)))), ADMINISTRATOR)
    assert [d["id"] for d in table(orbit)][-1] == "internet-600-2"
    orbit.sound()


def test_M3_only_ok_changes_the_table_and_by_one_entry(orbit: Club) -> None:
    before, seq = digest(table(orbit)), orbit.venue.ledger.seq
    edited = (replace(GAME_60, minutes=90), Package("", "game", 10, rub(50)))
    orbit.ask(CheckPackages(edited), ADMINISTRATOR)  # the editor is open, then left without OK
    assert digest(table(orbit)) == before
    assert orbit.venue.ledger.seq == seq
    orbit.did(SetPackages(edited), ADMINISTRATOR)
    assert orbit.venue.ledger.seq == seq + 1
    assert digest(table(orbit)) != before
    assert orbit.refused(SetPackages(orbit.ask(Packages())), ADMINISTRATOR) == "err.nothing_changed"


def test_M4_M5_a_cashier_sells_and_does_not_edit_and_a_guest_neither_edits(orbit: Club) -> None:
    rows = (GAME_60,)
    assert orbit.refused(SetPackages(rows), CASHIER) == "err.not_allowed"
    assert orbit.refused(SetPackages(rows), GUEST) == "err.not_allowed"
    with pytest.raises(Refused, match=r"err\.not_allowed"):
        orbit.ask(CheckPackages(rows), CASHIER)
    orbit.sell()
    orbit.did(SetPackages(rows), ADMINISTRATOR)
    # The owner may give it to cashiers, too.
    orbit.set("rights", edit_packages=["cashier"])
    orbit.did(SetPackages((replace(GAME_60, price=rub(100)),)), CASHIER)
    assert orbit.refused(SetPackages(rows), ADMINISTRATOR) == "err.not_allowed"


def test_M6_a_sale_keeps_its_price_and_minutes_when_the_package_changes(orbit: Club) -> None:
    sale = orbit.sell("game-300")
    (told,) = orbit.ask(Sales(orbit.client))
    orbit.did(SetPackages((replace(GAME_300, minutes=10, price=rub(1)),)), ADMINISTRATOR)
    orbit.did(SetPackages((NET_120_AGAIN,)), ADMINISTRATOR)
    assert orbit.ask(Sales(orbit.client)) == (told,)
    assert (told.minutes, told.price) == (300, rub(600))
    assert orbit.held() == (300, 0)
    orbit.did(UndoPackage(sale, reason="by mistake"), ADMINISTRATOR)
    assert (orbit.held(), orbit.balance("1030")) == ((0, 0), 0)


NET_120_AGAIN = replace(NET_120, id="")


def test_M7_a_package_dearer_than_the_tariff_is_warned_of_and_saved(orbit: Club) -> None:
    # An hour costs 240.00 at most: 4.00 a minute.
    rows = (
        Package("", "game", 60, rub(240)),
        Package("", "game", 60, Money(24_001, rub(1).currency)),
    )
    (warned,) = orbit.ask(CheckPackages(rows), ADMINISTRATOR)
    assert (warned.row, warned.key) == (1, "warn.package_dear")
    assert (str(warned.minute), str(warned.standard)) == ("4.00", "4.00")
    orbit.did(SetPackages(rows), ADMINISTRATOR)
    # Internet is played at cheaper stations only.
    orbit.put("stations", "pc-1", tariff="evening")
    orbit.put("stations", "pc-2", tariff="evening")
    assert [w.row for w in orbit.ask(CheckPackages(rows), ADMINISTRATOR)] == [1]
    internet = tuple(replace(r, kind="internet") for r in rows)
    assert [w.row for w in orbit.ask(CheckPackages(internet), ADMINISTRATOR)] == [0, 1]


def test_M39_a_price_of_nothing_is_asked_about(orbit: Club) -> None:
    rows = (*TABLE, Package("", "game", 30, rub(0)))
    (warned,) = orbit.ask(CheckPackages(rows), ADMINISTRATOR)
    assert (warned.row, warned.key) == (3, "warn.package_free")
    assert orbit.refused(SetPackages(rows), ADMINISTRATOR) == "err.package_free"
    orbit.did(SetPackages(rows, confirmed=True), ADMINISTRATOR)
    # Confirmed once, it is not asked about at the next edit of another row.
    again = tuple(replace(p, price=rub(700)) if p == GAME_300 else p for p in orbit.ask(Packages()))
    assert orbit.ask(CheckPackages(again), ADMINISTRATOR) == ()
    orbit.did(SetPackages(again), ADMINISTRATOR)
    before = orbit.balance("4020")
    orbit.sell("game-30")
    assert (orbit.held(), orbit.balance("4020")) == ((30, 0), before)


@pytest.mark.parametrize(
    ("rows", "key"),
    [
        ((GAME_60,) * 2, "err.package_twice"),
        ((replace(GAME_60, id="gone"),), "err.no_such_package (package=gone)"),
        ((replace(GAME_60, price=Money(1, CURRENCIES["EUR"])),), "err.other_currency"),
        (tuple(replace(GAME_60, id="") for _ in range(101)), "err.package_rows (max=100)"),
    ],
)
def test_M1_what_is_no_table_is_refused(orbit: Club, rows: tuple[Package, ...], key: str) -> None:
    assert orbit.refused(SetPackages(rows), ADMINISTRATOR).startswith(key)


def test_M32_a_package_is_offered_at_once_and_a_removed_one_is_gone(orbit: Club) -> None:
    orbit.did(SetPackages((GAME_60, Package("", "game", 600, rub(900)))), ADMINISTRATOR)
    offered = orbit.ask(Packages(), GUEST)
    assert [p.id for p in offered] == ["game-60", "game-600"]
    orbit.sell("game-600")
    assert orbit.refused(SellPackage(orbit.client, "game-300", "cash")) == (
        "err.no_such_package (package=game-300)"
    )


# --- selling -------------------------------------------------------------------------------------


def test_M8_a_new_client_has_no_minutes(orbit: Club) -> None:
    assert orbit.held() == (0, 0)
    other = orbit.registered(OTHER_UID)
    assert orbit.held(other.client) == (0, 0)
    told = orbit.ask(GetClient(orbit.client))
    assert told is not None and (told.minutes_game, told.minutes_net) == (0, 0)


def test_M9_only_a_registered_client_buys(orbit: Club) -> None:
    for who, key in (("", "err.client_needed"), ("K1-1-999p", "err.no_such_client")):
        assert orbit.refused(SellPackage(who, "game-60", "cash")).startswith(key)
    # The holder of a card that is nobody's own is nobody.
    orbit.put("clients", "K1-1-1p", state="walk_in")
    assert orbit.refused(SellPackage("K1-1-1p", "game-60", "cash")) == "err.client_needed"
    # Who registered without a phone is regular all the same.
    other = orbit.registered(OTHER_UID)
    orbit.did(SellPackage(other.client, "game-60", "cash"))
    assert orbit.held(other.client) == (60, 0)


def test_M10_without_yes_nothing_changes(orbit: Club) -> None:
    """Choosing asks only; a sale that is not given, or refused, leaves nothing behind."""
    before = orbit.venue.ledger.head
    orbit.ask(Packages())
    orbit.ask(Sales(orbit.client))
    assert orbit.refused(SellPackage(orbit.client, "game-300", "wallet")) == (
        "err.wallet_short (amount=600.00)"
    )
    assert orbit.venue.ledger.head == before
    assert (orbit.held(), orbit.ask(Sales(orbit.client))) == ((0, 0), ())
    assert orbit.venue.store.get("series", "package_sale") is None


def test_M11_M29_each_kind_grows_by_exactly_its_minutes(orbit: Club) -> None:
    held = []
    for package in ("game-300", "game-300", "net-120"):
        orbit.sell(package)
        held.append(orbit.held())
    assert held == [(300, 0), (600, 0), (600, 120)]
    units = {p.unit for e in orbit.venue.ledger.entries() for p in e.postings}
    assert units == {"RUB", MINUTES_GAME, MINUTES_NET}
    first, _, third = reversed(orbit.ask(Sales(orbit.client)))
    assert (first.before, first.after, first.number) == (0, 300, 1)
    assert (third.before, third.after, third.number) == (0, 120, 3)
    orbit.sound()


def test_M12_a_package_is_an_additional_service(orbit: Club) -> None:
    orbit.sell("game-300")
    assert (orbit.balance("4020"), orbit.balance("4010")) == (-60_000, 0)


@pytest.mark.parametrize(
    ("tender", "account"),
    [("cash", "1030"), ("bank_card", "1110:desk"), ("qr", "1120:desk")],
)
def test_M34_the_desk_takes_what_it_takes(orbit: Club, tender: Any, account: str) -> None:
    orbit.did(SellPackage(orbit.client, "game-300", tender))
    assert (orbit.balance(account), orbit.wallet()) == (60_000, 0)
    assert (orbit.balance("4020"), orbit.held()) == (-60_000, (300, 0))


def test_M34_the_game_wallet_pays_and_bonus_never(orbit: Club) -> None:
    orbit.points(1000)
    orbit.money(599)
    assert orbit.refused(SellPackage(orbit.client, "game-300", "wallet")) == (
        "err.wallet_short (amount=1.00)"
    )
    bonus: Any = "bonus"
    told = orbit.refused(SellPackage(orbit.client, "game-300", bonus))
    assert told == "err.tender_unknown (tender=bonus)"
    orbit.money(1)
    orbit.did(SellPackage(orbit.client, "game-300", "wallet"))
    assert (orbit.wallet(), orbit.bonus(), orbit.held()) == (0, 1000, (300, 0))


def test_M28_a_guest_buys_from_his_wallet_with_his_card(orbit: Club) -> None:
    orbit.with_pin()
    orbit.money(600)
    buy = SellPackage(orbit.client, "game-300", "wallet", card=orbit.card.id, pin=PIN)
    other = orbit.registered(OTHER_UID)
    assert orbit.refused(replace(buy, card=""), GUEST).startswith("err.card_needed")
    assert orbit.refused(replace(buy, card=other.id), GUEST) == "err.card_of_another"
    assert orbit.refused(replace(buy, tender="cash"), GUEST) == "err.not_allowed"
    assert orbit.refused(replace(buy, pin="0000"), GUEST).startswith("err.pin_wrong")
    entry = orbit.did(buy, GUEST)
    assert (orbit.held(), orbit.wallet()) == ((300, 0), 0)
    assert entry.refs["card"] == orbit.card.id
    (told,) = orbit.ask(Sales(orbit.client))
    # What the receipt will say.
    assert (told.kind, told.minutes, str(told.price)) == ("game", 300, "600.00")
    assert (told.before, told.after) == (0, 300)


def test_M28_a_bare_card_buys_up_to_a_limit(orbit: Club) -> None:
    orbit.with_pin()
    orbit.money(1200)
    buy = SellPackage(orbit.client, "game-300", "wallet", card=orbit.card.id)
    orbit.did(buy, GUEST)
    assert orbit.refused(buy, GUEST).startswith("err.pin_needed")
    orbit.did(replace(buy, pin=PIN), GUEST)
    assert orbit.held() == (600, 0)


def test_M32_a_price_that_changed_under_the_guests_hand_is_told(orbit: Club) -> None:
    orbit.money(600)
    buy = SellPackage(orbit.client, "game-60", "wallet", orbit.card.id, price=rub(150))
    orbit.did(SetPackages((replace(GAME_60, price=rub(160)),)), ADMINISTRATOR)
    assert orbit.refused(buy, GUEST) == "err.package_changed (price=160.00)"
    orbit.did(replace(buy, price=rub(160)), GUEST)


def test_a_till_sells_and_the_desk_needs_a_shift(orbit: Club) -> None:
    orbit.did(SellPackage(orbit.client, "game-60", "cash"), TILL)
    shift = orbit.venue.store.table("shifts").all()[0]
    orbit.put("shifts", shift["id"], state="closed")
    assert orbit.refused(SellPackage(orbit.client, "game-60", "cash")) == "err.no_shift"
    assert orbit.held() == (60, 0)


def test_one_key_one_sale(orbit: Club) -> None:
    sale = SellPackage(orbit.client, "game-60", "cash")
    assert orbit.did(sale, key="once") == orbit.did(sale, key="once")
    assert orbit.held() == (60, 0)


# --- undone --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tender", "account"),
    [("cash", "1030"), ("bank_card", "1110:desk"), ("qr", "1120:desk"), ("wallet", "")],
)
def test_M27_an_undone_sale_goes_back_the_way_it_came(
    orbit: Club, tender: Any, account: str
) -> None:
    orbit.money(600)
    orbit.sell("game-60")
    sale = orbit.did(SellPackage(orbit.client, "game-300", tender)).refs["sale"]
    assert orbit.refused(UndoPackage(sale, reason="wrong one"), CASHIER) == "err.not_allowed"
    assert orbit.refused(UndoPackage(sale), ADMINISTRATOR) == "err.reason_missing"
    entry = orbit.did(UndoPackage(sale, reason="wrong one"), ADMINISTRATOR)
    sold = orbit.venue.ledger.find(entry.refs["reverses"])
    assert sold is not None and sold.refs["sale"] == sale
    assert orbit.held() == (60, 0), "exactly its minutes"
    assert orbit.balance("4020") == -15_000
    assert orbit.balance(account or f"2010:{orbit.client}") == {"1030": 15_000, "": -60_000}.get(
        account, 0
    )
    assert orbit.refused(UndoPackage(sale, reason="again"), ADMINISTRATOR) == "err.sale_undone"
    orbit.sound()


def test_M27_of_a_package_that_is_begun_only_the_rest_goes_back_with_a_signature(
    orbit: Club,
) -> None:
    sale = orbit.sell("game-300")
    orbit.sell("game-60")
    session = orbit.start("balance_timer")
    orbit.wait(minutes=47)
    orbit.stop(session)
    undo = UndoPackage(sale, reason="leaves town")
    told = orbit.refused(undo, ADMINISTRATOR)
    assert told == "err.minutes_spent (left=253)"
    pro_rata = replace(undo, pro_rata=True)
    assert orbit.refused(pro_rata, ADMINISTRATOR) == "err.approval_missing"
    orbit.did(SetStaffPin("105", "204816"), "cli")
    before = orbit.balance("1030")
    signed = replace(pro_rata, approval=Approval("105", "204816"))
    entry = orbit.did(signed, ADMINISTRATOR)
    assert entry.refs["approved_by"] == "staff:105"
    # 253 of 300 minutes for 600.00: 506.00.
    assert before - orbit.balance("1030") == 50_600
    assert orbit.held() == (60, 0)
    assert orbit.balance("4020") == -(60_000 - 50_600) - 15_000
    orbit.sound()


def test_M27_a_manager_needs_no_second_signature_and_the_part_is_rounded_down(
    orbit: Club,
) -> None:
    orbit.put("packages", "odd", kind="game", minutes=7, price=10_000)
    sale = orbit.sell("odd")
    orbit.start("balance_min", 2)
    orbit.wait(minutes=2)
    orbit.tick()
    orbit.did(UndoPackage(sale, pro_rata=True, reason="r"), MANAGER)
    assert orbit.balance("1030") == 10_000 - 10_000 * 5 // 7 == 2_858
    assert orbit.held() == (0, 0)


def test_M27_minutes_that_a_session_holds_cannot_be_undone(orbit: Club) -> None:
    sale = orbit.sell("game-60")
    session = orbit.start("balance_min", 30)
    undo = UndoPackage(sale, reason="r")
    assert orbit.refused(undo, MANAGER) == "err.minutes_in_use"
    orbit.stop(session)
    orbit.did(undo, MANAGER)
    assert orbit.held() == (0, 0)


def test_M27_a_package_that_is_spent_is_not_undone_at_all(orbit: Club) -> None:
    sale = orbit.sell("game-60")
    orbit.start("balance_min", 60)
    orbit.wait(minutes=60)
    orbit.tick()
    for pro_rata in (False, True):
        told = orbit.refused(UndoPackage(sale, pro_rata, reason="r"), MANAGER)
        assert told == "err.minutes_spent (left=0)"


def test_M27_gifts_are_spent_last_and_never_refunded(orbit: Club) -> None:
    sale = orbit.sell("game-60")
    orbit.did(AdjustMinutes(orbit.client, "game", 100, "the line was down"), ADMINISTRATOR)
    orbit.start("balance_min", 40)
    orbit.wait(minutes=40)
    orbit.tick()
    assert orbit.held() == (120, 0)
    orbit.did(UndoPackage(sale, pro_rata=True, reason="r"), MANAGER)
    assert orbit.balance("1030") == 10_000, "40 of 60 minutes were spent: 50.00 go back"
    assert orbit.held() == (100, 0)


# --- conversion, correction ----------------------------------------------------------------------


def test_M20_M22_minutes_are_exchanged_only_where_the_policy_says_so(orbit: Club) -> None:
    orbit.with_pin()
    orbit.sell("game-300")
    convert = ConvertMinutes(orbit.client, "game", 100)
    assert orbit.refused(convert) == "err.minutes_exchange"
    orbit.set("minutes", conversion=True)
    orbit.did(convert)
    assert orbit.held() == (200, 100)
    orbit.did(ConvertMinutes(orbit.client, "internet", 30))
    assert orbit.held() == (230, 70)
    assert orbit.refused(ConvertMinutes(orbit.client, "game", 231)) == "err.minutes_free (free=230)"
    orbit.start("balance_min", 200)
    assert orbit.refused(ConvertMinutes(orbit.client, "game", 31)) == "err.minutes_free (free=30)"
    for wrong in (0, -1, True):
        assert orbit.refused(ConvertMinutes(orbit.client, "game", wrong)) == "err.minutes_whole"
    orbit.did(ConvertMinutes(orbit.client, "game", 30, orbit.card.id, PIN), GUEST)
    orbit.sound()


def test_minutes_are_corrected_with_a_reason_and_never_below_what_is_free(orbit: Club) -> None:
    adjust = AdjustMinutes(orbit.client, "internet", 15, "the line was down")
    assert orbit.refused(adjust, CASHIER) == "err.not_allowed"
    assert orbit.refused(replace(adjust, reason=" "), ADMINISTRATOR) == "err.reason_missing"
    orbit.did(adjust, ADMINISTRATOR)
    assert orbit.held() == (0, 15)
    less = replace(adjust, minutes=-16)
    assert orbit.refused(less, ADMINISTRATOR) == "err.minutes_free (free=15)"
    orbit.did(replace(less, minutes=-15), ADMINISTRATOR)
    assert orbit.held() == (0, 0)
    assert orbit.refused(replace(adjust, minutes=0), ADMINISTRATOR) == "err.minutes_whole"
    assert orbit.refused(replace(adjust, kind="food"), ADMINISTRATOR).startswith("err.minutes_kind")


def test_C13_C43_minutes_have_the_limits_of_what_they_are_worth(orbit: Club) -> None:
    orbit.did(SetStaffPin("105", "105105"), "cli")
    hour = packages.hour_worth(orbit.venue.books(orbit.now))
    assert hour == 24_000
    orbit.set("changes", administrator=[100_000, 150_000])
    orbit.put("settings", "venue", second_signature_from=120_000)
    adjust = AdjustMinutes(orbit.client, "game", 250, "the line was down")
    signed = Approval("105", "105105")
    orbit.did(adjust, ADMINISTRATOR)  # 1000, just the limit
    assert orbit.refused(replace(adjust, minutes=251), ADMINISTRATOR).startswith(
        "err.change_limit "
    )
    assert orbit.refused(replace(adjust, minutes=300), OWNER).startswith("err.change_two")
    assert orbit.refused(replace(adjust, minutes=-250, kind="internet"), ADMINISTRATOR).startswith(
        "err.minutes_free"
    )
    # 1000 before, so 500 are left of the shift: with points, and minutes that are taken away.
    orbit.did(ChangeBalance(orbit.client, "bonus", 300, "bonus_accrual"), ADMINISTRATOR)
    more = replace(adjust, minutes=51)
    assert orbit.refused(more, ADMINISTRATOR).startswith("err.change_limit_shift")
    assert orbit.refused(replace(more, approval=Approval("102", "1")), ADMINISTRATOR) == (
        "err.approval_self"
    )
    orbit.did(replace(adjust, minutes=100_000, approval=signed), ADMINISTRATOR)
    orbit.did(replace(adjust, minutes=-50), ADMINISTRATOR)
    taken, given, points, first = orbit.ask(BalanceChanges(), MANAGER)
    assert (taken.wallet, taken.amount, taken.before, taken.after) == (
        "game_minutes",
        -50,
        100_250,
        100_200,
    )
    assert (given.by, given.signed, given.reason) == (ADMINISTRATOR, MANAGER, "minutes")
    assert (points.wallet, first.after, first.comment) == ("bonus", 250, "the line was down")
    assert orbit.refused(ReverseChange(first.id, "wrong"), ADMINISTRATOR) == "err.change_minutes"
    orbit.sound()


# --- deferred revenue ----------------------------------------------------------------------------


def test_M13_deferred_revenue_is_earned_with_the_minutes_and_the_last_takes_the_rest(
    orbit: Club,
) -> None:
    orbit.set("minutes", revenue="defer")
    orbit.put("packages", "odd", kind="game", minutes=7, price=10_000)
    sale = orbit.sell("odd")
    assert (orbit.balance("4020"), orbit.balance(f"2040:{sale}")) == (0, -10_000)
    earned = []
    for _ in range(7):
        orbit.start("balance_min", 1)
        orbit.wait(minutes=1)
        orbit.tick()
        earned.append(-orbit.balance("4020"))
    assert earned == [1428, 2856, 4284, 5713, 7142, 8571, 10_000]
    assert orbit.balance(f"2040:{sale}") == 0
    assert orbit.balance("4010") == 0
    orbit.sound()


def test_M13_M27_what_is_deferred_goes_back_with_the_sale(orbit: Club) -> None:
    orbit.set("minutes", revenue="defer")
    first, second = orbit.sell("game-60"), orbit.sell("game-300")
    session = orbit.start("balance_timer")
    orbit.wait(minutes=100)
    orbit.stop(session)
    # The oldest first: 60 of 60, then 40 of 300.
    assert orbit.balance(f"2040:{first}") == 0
    assert orbit.balance(f"2040:{second}") == -52_000
    assert orbit.balance("4020") == -(15_000 + 8_000)
    orbit.did(UndoPackage(second, pro_rata=True, reason="r"), MANAGER)
    assert orbit.balance(f"2040:{second}") == 0
    assert orbit.balance("4020") == -(15_000 + 8_000)
    assert orbit.balance("1030") == 15_000 + 8_000
    orbit.sound()


# --- outstanding ---------------------------------------------------------------------------------


def test_M30_what_is_outstanding_is_what_clients_hold(orbit: Club) -> None:
    orbit.set("minutes", conversion=True)
    other = orbit.registered(OTHER_UID)
    sale = orbit.sell("game-300")
    orbit.sell("game-60")
    orbit.did(SellPackage(other.client, "game-60", "cash"))
    orbit.did(SellPackage(other.client, "net-120", "cash"))
    orbit.did(UndoPackage(sale, reason="r"), MANAGER)
    orbit.start("balance_min", 20)
    orbit.wait(minutes=20)
    orbit.tick()
    orbit.did(ConvertMinutes(other.client, "internet", 50))
    orbit.did(AdjustMinutes(other.client, "game", 7, "r"), ADMINISTRATOR)
    orbit.did(AdjustMinutes(other.client, "internet", -9, "r"), ADMINISTRATOR)
    told = orbit.ask(MinutesOutstanding(), ADMINISTRATOR)
    game, internet = told["game"], told["internet"]
    assert (game.sold, game.undone, game.spent, game.expired) == (420, -300, -20, 0)
    assert (game.converted, game.adjusted, game.outstanding) == (50, 7, 157)
    assert (internet.sold, internet.converted, internet.adjusted) == (120, -50, -9)
    assert internet.outstanding == 61
    held = [orbit.held(), orbit.held(other.client)]
    assert [sum(column) for column in zip(*held, strict=True)] == [157, 61]
    # And from the entries themselves, without a balance.
    by_entries = {"9020": 0, "9040": 0}
    for entry in orbit.venue.ledger.entries():
        for posting in entry.postings:
            code = posting.account.partition(":")[0]
            if code in by_entries:
                by_entries[code] -= posting.amount
    assert by_entries == {"9020": 157, "9040": 61}
    with pytest.raises(Refused, match=r"err\.not_allowed"):
        orbit.ask(MinutesOutstanding(), CASHIER)
