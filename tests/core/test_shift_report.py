"""X and Z: the figures of a day, from its entries alone, and that they add up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.balances import ChangeBalance
from kiosk.core.claims import IssueClaim
from kiosk.core.desk_top_ups import ReverseTopUp, TopUpAtDesk
from kiosk.core.drawer import CollectDrawer, FloatIn, ReverseTillMovement, WithdrawCash
from kiosk.core.errors import Refused
from kiosk.core.ledger import CHART, Entry, Posting
from kiosk.core.money import Money
from kiosk.core.package_sales import SellPackage
from kiosk.core.prepayments import Deposit
from kiosk.core.session_list import RunningSessions
from kiosk.core.sessions import StartSession, StopSession
from kiosk.core.shift_report import (
    GrandTotals,
    ReadReport,
    ShiftReport,
    Till,
    XReport,
    ZReport,
    figures,
)
from kiosk.core.turnover import Turnover, matched, turnover
from tests.core.desk import (
    ADMINISTRATOR,
    AUDITOR,
    CASHIER,
    OWNER,
    Desk,
    desk,
    venue_with,
)
from tests.core.guest import rub


def a_day(till: Desk) -> None:
    """A little of everything; the figures of the test below are made by hand from it."""
    client = till.register()
    till.note(500, client)
    other = till.register("0498")
    till.note(100, other)
    till.opened(1000)
    lost = till.note(50)
    till.as_kiosk(IssueClaim(lost, "en"), f"claim:{lost}")
    till.did(TopUpAtDesk(client.client, rub(300), "cash"))
    till.did(TopUpAtDesk(client.client, rub(200), "bank_card"))
    wrong = till.did(TopUpAtDesk(client.client, rub(70), "cash"))
    till.did(ReverseTopUp(wrong.refs["slip"], "typed wrong"), ADMINISTRATOR)
    till.did(SellPackage(client.client, "game-60", "cash"))
    till.did(SellPackage(client.client, "net-120", "wallet"))
    till.did(ChangeBalance(other.client, "game", -4000, "refund"), ADMINISTRATOR)
    till.did(ChangeBalance(client.client, "bonus", 25, "bonus_accrual"), ADMINISTRATOR)
    found = ChangeBalance(client.client, "game", 1000, "technical_error", "", "goodwill")
    till.did(found, OWNER)
    visit = till.ordered("a", till.open(), 400)
    till.closed(visit, ("cash", 250), ("qr", 150))
    at_once = till.ordered("b", till.open("550002"), 80)
    till.pay("b", ("cash", 80))
    till.void("till:bar/b")
    assert at_once.number == 2
    till.did(FloatIn(rub(10), "change"))
    wrong = till.did(FloatIn(rub(5), "change"))
    till.did(ReverseTillMovement(wrong.refs["movement"], "typed wrong"), ADMINISTRATOR)
    till.did(WithdrawCash(rub(15), "bank", "105"))
    till.did(CollectDrawer("too much", rub(400)))
    till.printed()


@contextmanager
def working_day(text: str = "") -> Iterator[Desk]:
    with desk(text or venue_with()) as till:
        a_day(till)
        yield till


@cache
def entries_of_a_day() -> tuple[Entry, ...]:
    with working_day() as till:
        return tuple(till.venue.ledger.entries())


@pytest.fixture
def till() -> Iterator[Desk]:
    with working_day() as made:
        yield made


def told(sums: Mapping[str, Money]) -> dict[str, str]:
    return {name: str(money) for name, money in sums.items() if money}


# --- the figures of a day, made by hand -------------------------------------------------------


def test_C29_what_came_in_is_apart_from_what_was_earned(till: Desk) -> None:
    x = till.ask(XReport(), CASHIER)
    assert told(x.received) == {
        "cash_kiosk": "650.00",
        # 300 + 70 top-ups, 150 package, 250 visit, 80 order
        "cash_desk": "850.00",
        "bank_card": "200.00",
        "qr": "150.00",
    }
    assert told(x.top_ups) == {
        "cash_kiosk": "600.00",
        "cash_desk": "370.00",
        "bank_card": "200.00",
    }
    assert (str(x.paid_out), str(x.refunds)) == ("40.00", "40.00")
    # 650 + 850 + 200 + 150 - 40 - 70 and 80 that were taken back
    assert str(x.cash_basis) == "1660.00"
    assert told(x.revenue) == {"additional": "270.00", "orders": "400.00"}
    assert str(x.accrual) == "670.00"
    # 600 + 300 + 200 - 120 - 40 + 10
    assert told(x.debts) == {"wallets": "950.00", "claims": "50.00"}
    assert str(x.owed) == "1000.00"
    assert (str(x.claims_issued), x.open_claims) == ("50.00", 1)
    assert str(x.goodwill) == "10.00"


def test_C29_the_till_adds_up(till: Desk) -> None:
    x = till.ask(XReport(), CASHIER)
    assert x.till == Till(
        opening=rub(0),
        float_in=rub(1000 + 10 + 5),
        received=rub(850),
        paid_out=rub(40),
        withdrawn=rub(15 + 400),
        voided=rub(-70 - 80 - 5),
        over_short=rub(0),
        expected=rub(1255),
    )
    assert till.minor("1030") == 125500


def test_the_minutes_the_bonus_and_the_corrections(till: Desk) -> None:
    x = till.ask(XReport(), CASHIER)
    assert (x.minutes_game.given, x.minutes_net.given) == (60, 120)
    assert (x.minutes_game.taken, x.minutes_net.taken) == (0, 0)
    rows = {(a.kind, a.reason, a.unit): a.amount for a in x.adjustments}
    assert rows["balance_changed", "refund", "RUB"] == -4000
    assert rows["balance_changed", "bonus_accrual", "BON"] == 25
    assert rows["balance_changed", "technical_error", "RUB"] == 1000
    # The top-up, the order, the float.
    assert x.voids == 3
    assert str(x.voided) == "155.00"
    assert x.kinds["note_settled"] == 2


def test_the_notes_are_told_by_face_and_so_is_what_lies_in_the_box(till: Desk) -> None:
    x = till.ask(XReport(), CASHIER)
    assert [(n.box, str(n.face), n.count) for n in x.taken] == [
        ("acceptor", "500.00", 1),
        ("acceptor", "100.00", 1),
        ("acceptor", "50.00", 1),
    ]
    assert x.boxes == x.taken
    till.closed_shift()
    card = till.register("0499")
    till.note(500, card)
    x = till.ask(XReport(), CASHIER)
    assert [(str(n.face), n.count) for n in x.taken] == [("500.00", 1)]
    assert [(str(n.face), n.count) for n in x.boxes] == [
        ("500.00", 2),
        ("100.00", 1),
        ("50.00", 1),
    ]


def test_the_documents_are_told_by_their_first_and_last_numbers(till: Desk) -> None:
    x = till.ask(XReport(), CASHIER)
    assert x.documents["top_up_receipt"] == (1, 3)
    assert x.documents["visit"] == (1, 2)
    till.closed_shift()
    z = till.ask(ZReport(), CASHIER)
    assert z.documents["z_report"] == (1, 1)
    till.opened()
    till.open("550003")
    x = till.ask(XReport(), CASHIER)
    assert x.documents["visit"] == (3, 3)
    assert x.documents["shift"] == (2, 2)
    assert "top_up_receipt" not in x.documents


# --- X and Z ----------------------------------------------------------------------------------


def test_C29_an_X_closes_nothing_and_has_no_number(till: Desk) -> None:
    seq = till.venue.ledger.seq
    one = till.ask(XReport(), CASHIER)
    assert (one.number, one.shift) == (0, 1)
    assert till.ask(XReport(), CASHIER) == one
    assert till.venue.ledger.seq == seq
    assert (one.first, one.last, one.head) == (1, seq, till.venue.ledger.head)


def test_C29_a_Z_keeps_the_figures_of_its_shift_for_ever(till: Desk) -> None:
    x = till.ask(XReport(), CASHIER)
    till.closed_shift(rub(1250))
    z = till.ask(ZReport(), CASHIER)
    assert (z.number, z.shift, z.counted) == (1, 1, True)
    assert (z.received, z.revenue, z.accrual) == (x.received, x.revenue, x.accrual)
    assert z.till is not None and x.till is not None
    assert z.till == replace(x.till, over_short=rub(-5), expected=rub(1250))
    assert str(z.over_short) == "-5.00"
    till.opened(100)
    till.note(10)
    till.printed()
    till.closed_shift()
    assert till.ask(ZReport(1), CASHIER) == z
    two = till.ask(ZReport(), CASHIER)
    assert two.till is not None and two.till.opening == rub(1250)
    with pytest.raises(Refused, match=r"err\.no_such_z"):
        till.ask(ZReport(3), CASHIER)


def test_the_grand_totals_are_never_reset(till: Desk) -> None:
    till.closed_shift()
    for face in (50, 10):
        till.opened()
        till.note(face)
        till.closed_shift()
    z = till.ask(ZReport(), CASHIER)
    assert z.number == 3
    assert z.grand.sums["2900", "RUB"] == (5000, 5000 + 6000)
    assert z.grand.sums["1010:acceptor:50", "RUB"] == (10000, 0)
    ever = turnover(till.venue.ledger.entries(), 1, till.venue.ledger.seq)
    assert z.grand == GrandTotals().plus(ever)
    assert agrees(till, z)


def test_there_is_no_Z_before_the_first() -> None:
    with desk() as till:
        with pytest.raises(Refused, match=r"err\.no_such_z"):
            till.ask(ZReport(), CASHIER)
        x = till.ask(XReport(), CASHIER)
        assert (x.shift, x.owed, x.first) == (0, rub(0), 1)


def test_a_blind_count_is_not_told_what_is_expected() -> None:
    with desk(venue_with(blind_count="true")) as till:
        till.opened(100)
        x = till.ask(XReport(), CASHIER)
        assert (x.till, x.boxes, x.grand) == (None, (), GrandTotals())
        seen = till.ask(ReadReport(), AUDITOR).till
        assert seen is not None and seen.expected == rub(100)
        till.closed_shift(rub(100))
        assert till.ask(ZReport(), CASHIER).till is not None
        assert till.ask(ReadReport(1), AUDITOR) == till.ask(ZReport(1), CASHIER)


def test_who_may_read_a_report(till: Desk) -> None:
    with pytest.raises(Refused, match=r"err\.not_allowed"):
        till.ask(ReadReport(), CASHIER)
    with pytest.raises(Refused, match=r"err\.not_allowed"):
        till.ask(XReport(), AUDITOR)


# --- it adds up -------------------------------------------------------------------------------


def agrees(till: Desk, report: ShiftReport) -> bool:
    """Every balance of the books is what the grand totals make of it, code by code."""
    kept: dict[tuple[str, str], int] = defaultdict(int)
    for balance in till.venue.store.table("balances"):
        kept[balance["account"].partition(":")[0], balance["unit"]] += balance["amount"]
    return all(report.grand.balance(*key) == amount for key, amount in kept.items())


def test_the_figures_are_those_of_the_postings(till: Desk) -> None:
    """Made again from single postings, without ways, for every account and unit."""
    x = till.ask(XReport(), CASHIER)
    assert agrees(till, x)
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for entry in till.venue.ledger.entries():
        for p in entry.postings:
            sums[p.account.partition(":")[0], p.unit][p.amount < 0] += abs(p.amount)
    mine: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for (column, unit), (debits, credits_) in x.grand.sums.items():
        mine[column.partition(":")[0], unit][0] += debits
        mine[column.partition(":")[0], unit][1] += credits_
    assert mine == sums
    net = {code: sums[code, "RUB"][1] - sums[code, "RUB"][0] for code in CHART}
    assert x.accrual.minor == sum(net[f"40{n}0"] for n in (1, 2, 3, 4, 5, 6, 9)) + net["5020"]
    assert x.owed.minor == sum(net[c] for c in ("2010", "2030", "2040", "2900", "2910"))
    # What came in and is not earned is owed: cash basis = accrual + growth of debts - goodwill.
    assert x.cash_basis.minor == x.accrual.minor + x.owed.minor - x.goodwill.minor


@given(st.data())
def test_the_X_of_two_halves_is_the_X_of_the_whole(data: st.DataObject) -> None:
    entries = entries_of_a_day()
    last = len(entries)
    cuts = data.draw(st.sets(st.integers(1, last - 1), max_size=4))
    ends = [0, *sorted(cuts), last]
    whole = turnover(entries, 1, last)
    parts = [turnover(entries[a:b], a + 1, b) for a, b in pairwise(ends)]
    added = parts[0]
    for part in parts[1:]:
        added = added + part
    assert added == whole
    assert Turnover.of(whole.document()) == whole
    grand = GrandTotals()
    for part in parts:
        grand = grand.plus(part)
    assert grand == GrandTotals().plus(whole)
    assert GrandTotals.of(grand.document()) == grand


def test_two_turnovers_with_a_gap_are_not_added() -> None:
    with pytest.raises(AssertionError, match="does not follow"):
        Turnover(1, 3) + Turnover(5, 6)
    with pytest.raises(AssertionError, match="does not follow"):
        GrandTotals(seq=3).plus(Turnover(5, 6))


@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.sampled_from(("RUB", "BON")), st.integers(-9, 9)),
        max_size=12,
    )
)
def test_ways_keep_every_debit_and_every_credit(made: list[tuple[str, str, int]]) -> None:
    postings = [Posting(a, u, n) for a, u, n in made if n]
    for unit in ("RUB", "BON"):
        rest = sum(p.amount for p in postings if p.unit == unit)
        if rest:
            postings.append(Posting("z", unit, -rest))
    debits: dict[tuple[str, str], int] = defaultdict(int)
    for debit, credit, unit, amount in matched(postings):
        assert amount > 0
        debits[debit, unit] += amount
        debits[credit, unit] -= amount
    wanted: dict[tuple[str, str], int] = defaultdict(int)
    for p in postings:
        wanted[p.account, p.unit] += p.amount
    assert {k: v for k, v in debits.items() if v} == {k: v for k, v in wanted.items() if v}


def test_figures_ask_the_books_for_nothing_but_the_currency(till: Desk) -> None:
    """A Z is drawn again years later: nothing of today may leak into it."""
    books = till.venue.books(till.now)
    moved = turnover(till.venue.ledger.entries(), 1, till.venue.ledger.seq)
    before = figures(books, GrandTotals(), moved, "head")
    till.note(500)
    assert figures(books, GrandTotals(), moved, "head") == before


def test_C29_a_deposit_is_taken_then_offset_or_returned() -> None:
    with desk(venue_with(floating_prepay_enabled="true")) as till:
        till.opened()
        visit = till.open()
        till.did(Deposit(visit.id, rub(500), "cash", "deposit", "en"))
        till.did(Deposit(visit.id, rub(100), "qr", "deposit", "en"))
        x = till.ask(XReport(), CASHIER)
        assert told(x.prepayments) == {"cash_desk": "500.00", "qr": "100.00"}
        assert (str(x.cash_basis), str(x.accrual)) == ("600.00", "0.00")
        assert told(x.debts) == {"deposits": "600.00"}
        till.closed(till.ordered("a", visit, 450))
        x = till.ask(XReport(), CASHIER)
        assert (str(x.prepayments_offset), str(x.prepayments_returned)) == ("450.00", "150.00")
        assert (str(x.cash_basis), str(x.accrual), str(x.owed)) == ("450.00", "450.00", "0.00")


def test_minutes_are_sold_and_spent() -> None:
    with desk() as till:
        card = till.register()
        till.opened()
        till.did(SellPackage(card.client, "game-60", "cash"))
        till.printed()
        till.closed_shift()
        till.opened()
        start = StartSession(card.client, "pc-1", "game", "balance_min", 20)
        till.did(start)
        till.wait(minutes=20)
        session = till.ask(RunningSessions(), CASHIER)[0].id
        till.did(StopSession(session))
        x = till.ask(XReport(), CASHIER)
        assert (x.minutes_game.given, x.minutes_game.taken) == (0, 20)


def test_C29_bonus_that_pays_is_no_revenue() -> None:
    with desk() as till:
        card = till.register()
        till.opened()
        till.did(TopUpAtDesk(card.client, rub(400), "cash"))
        till.did(ChangeBalance(card.client, "bonus", 30, "bonus_accrual"), ADMINISTRATOR)
        till.did(StartSession(card.client, "pc-1", "game", "timer"))
        till.wait(hours=1)
        till.did(StopSession(till.ask(RunningSessions(), CASHIER)[0].id))
        x = till.ask(XReport(), CASHIER)
        paid = rub(400) - x.debts["wallets"]
        assert paid and x.bonus_redeemed and x.revenue["play"] == paid + x.bonus_redeemed
        assert x.accrual == paid
        assert x.bonus_redeemed == rub(x.bonus.taken)


def test_a_correction_is_no_top_up() -> None:
    """Money that was found in the till is on the balance, and nobody topped up (C45)."""
    with desk() as till:
        card = till.register()
        till.opened()
        found = ChangeBalance(card.client, "game", 5000, "technical_error", "", "till")
        till.did(found, OWNER)
        x = till.ask(XReport(), CASHIER)
        assert told(x.top_ups) == {}
        assert [(a.reason, a.amount) for a in x.adjustments] == [("technical_error", 5000)]
        assert (str(x.debts["wallets"]), x.till and str(x.till.expected)) == ("50.00", "50.00")
