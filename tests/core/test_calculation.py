"""What a visit comes to: the worked examples of the rules, to the kopeck."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kiosk.core.calculation import (
    Figures,
    OrderSum,
    Scope,
    by_seats,
    discount_of,
    figures,
    spread,
)


def kopecks(amount: str | int) -> int:
    return int(Decimal(amount) * 100)


def of(
    *orders: str | int, deposits: str | int = 0, limit: str | int = 0, least: int = 0
) -> Figures:
    sums = [OrderSum(kopecks(o)) for o in orders]
    return figures(sums, deposits=kopecks(deposits), limit=kopecks(limit), minimum=kopecks(least))


WORKED = [
    # deposits, limit, orders, minimum, shown, markup, total, due, change
    ("W1", 2000, 0, 1500, 0, 500, 0, 1500, 0, 500),
    ("W2", 2000, 0, 2000, 0, 0, 0, 2000, 0, 0),
    ("W3", 2000, 0, 2350, 0, -350, 0, 2350, 350, 0),
    ("W4", 1500, 3000, 4500, 0, 0, 0, 4500, 3000, 0),
    ("W5", 1500, 3000, "4500.01", 0, "-0.01", 0, "4500.01", "3000.01", 0),
    ("W6", 0, 4000, 4000, 0, 0, 0, 4000, 4000, 0),
    ("W7", 1500, 3000, 1000, 0, 3500, 0, 1000, 0, 500),
    ("W8", 1500, 0, 700, 1000, 800, 300, 1000, 0, 500),
    ("W9", 500, 0, 400, 1000, 100, 600, 1000, 500, 0),
    ("W10", 1000, 0, 700, 1000, 300, 300, 1000, 0, 0),
    ("W11", 0, 0, 1200, 1000, -1200, 0, 1200, 1200, 0),
    ("W12", 1000 + 250, 0, 1100, 0, 150, 0, 1100, 0, 150),
]


@pytest.mark.parametrize("row", WORKED, ids=lambda row: row[0])
def test_W1_W2_W3_W4_W5_W6_W7_W8_W9_W10_W11_W12_worked(row: tuple[str | int, ...]) -> None:
    _, deposits, limit, orders, least, shown, markup, total, due, change = row
    made = of(orders, deposits=deposits, limit=limit, least=int(least))
    assert made.balance == kopecks(shown)
    assert made.short == max(0, -kopecks(shown))
    assert (made.markup, made.total) == (kopecks(markup), kopecks(total))
    assert (made.due, made.to_pay, made.change) == (kopecks(due), kopecks(due), kopecks(change))
    assert made.deposits == made.applied + made.change


def test_E4_the_total_is_the_sum_of_all_orders() -> None:
    assert of(600, 900).total == kopecks(1500)


@pytest.mark.parametrize(
    ("orders", "markup"), [(700, 300), ("999.99", "0.01"), (1000, 0), (1200, 0)]
)
def test_E31_an_order_below_the_minimum_is_raised_exactly_to_it(
    orders: str | int, markup: str | int
) -> None:
    made = of(orders, least=1000)
    assert made.markup == kopecks(markup)
    assert made.total == max(kopecks(orders), kopecks(1000))


@pytest.mark.parametrize(("scope", "markup"), [("visit", 0), ("order", 500)])
def test_E33_the_minimum_is_of_the_visit_or_of_each_order(scope: Scope, markup: int) -> None:
    """700 and 800 reach 1000 together; each alone lacks 300 and 200."""
    sums = [OrderSum(kopecks(700)), OrderSum(kopecks(800))]
    made = figures(sums, minimum=kopecks(1000), scope=scope)
    assert made.markup == kopecks(markup)
    assert made.total == kopecks(1500 + markup)


@pytest.mark.parametrize("scope", ["visit", "order"])
def test_E34_E98_a_visit_without_orders_owes_the_minimum_only_where_that_is_set(
    scope: Scope,
) -> None:
    assert figures([], deposits=500, minimum=1000, scope=scope).markup == 0
    assert figures([], deposits=500, minimum=1000, scope=scope).change == 500
    owed = figures([], deposits=500, minimum=1000, scope=scope, minimum_on_empty=True)
    assert (owed.markup, owed.total, owed.due) == (1000, 1000, 500)


@pytest.mark.parametrize(
    ("deposits", "limit", "shown"), [(2000, 0, 2000), (1500, 3000, 4500), (0, 4000, 4000)]
)
def test_E35_E36_E38_the_limit_and_the_deposits_make_the_balance(
    deposits: int, limit: int, shown: int
) -> None:
    assert of(deposits=deposits, limit=limit).balance == kopecks(shown)


def test_E37_the_limit_is_exact_to_the_kopeck() -> None:
    assert of("4500.00", deposits=1500, limit=3000).short == 0
    assert of("4500.01", deposits=1500, limit=3000).short == 1


def test_E45_at_exactly_nothing_the_balance_is_not_short() -> None:
    assert of(2350, deposits=2000).short == kopecks(350)
    assert of(2000, deposits=2000).short == 0


@pytest.mark.parametrize(
    ("orders", "limit", "due", "change"), [(1500, 0, 0, 500), (2000, 0, 0, 0), (2300, 500, 300, 0)]
)
def test_E52_what_is_left_of_the_deposits_is_change(
    orders: int, limit: int, due: int, change: int
) -> None:
    made = of(orders, deposits=2000, limit=limit)
    assert (made.due, made.change) == (kopecks(due), kopecks(change))


@pytest.mark.parametrize(
    ("deposits", "markup", "due", "change"),
    [(1500, 300, 0, 500), (500, 300, 500, 0), (1000, 300, 0, 0)],
)
def test_E53_the_minimum_is_reached_before_change_is_paid(
    deposits: int, markup: int, due: int, change: int
) -> None:
    made = of(700, deposits=deposits, limit=200, least=1000)
    assert (made.markup, made.total) == (kopecks(markup), kopecks(1000))
    assert (made.due, made.change) == (kopecks(due), kopecks(change))


def test_E56_change_is_never_paid_out_of_the_limit() -> None:
    made = of(1000, deposits=1500, limit=3000)
    assert (made.balance, made.change) == (kopecks(3500), kopecks(500))
    credit = of(1000, limit=4000)
    assert (credit.change, credit.due) == (0, kopecks(1000))


def test_E87_an_order_paid_at_once_counts_and_leaves_the_deposit_untouched() -> None:
    sums = [OrderSum(kopecks(600), paid=True), OrderSum(kopecks(900))]
    made = figures(sums, deposits=kopecks(2000), minimum=kopecks(1500))
    assert made.total == kopecks(1500)
    assert made.markup == 0, "a paid order counts in the minimum"
    assert (made.paid, made.unpaid) == (kopecks(600), kopecks(900))
    assert made.change == kopecks(1100)
    assert made.balance == kopecks(1100)


def test_E87_an_order_paid_from_the_deposit_has_taken_it() -> None:
    sums = [
        OrderSum(kopecks(600), paid=True, from_deposit=kopecks(500)),
        OrderSum(kopecks(900)),
    ]
    made = figures(sums, deposits=kopecks(2000))
    assert made.deposits_left == kopecks(1500)
    assert (made.applied, made.change) == (kopecks(1400), kopecks(600))


def test_E33_E87_a_paid_order_keeps_the_markup_that_was_paid_with_it() -> None:
    paid = OrderSum(700, paid=True, markup=300)
    made = figures([paid, OrderSum(400)], minimum=1000, scope="order")
    assert (made.markup, made.paid, made.due) == (900, 1000, 1000)
    later = figures([paid, OrderSum(400)], minimum=5000, scope="order")
    assert (later.paid, later.due) == (1000, 5000), "what is paid is paid"


def test_E89_two_figures_never_one() -> None:
    made = of(4500, deposits=1500, limit=3000)
    assert (made.balance, made.to_pay) == (0, kopecks(3000))


@pytest.mark.parametrize("scope", ["visit", "order"])
def test_E90_the_shown_balance_ignores_the_markup_and_the_exit_does_not(scope: Scope) -> None:
    made = figures([OrderSum(400)], deposits=500, minimum=1000, scope=scope)
    assert (made.balance, made.short) == (100, 0)
    assert (made.markup, made.to_pay) == (600, 500)


def test_E101_the_discount_comes_first_then_the_minimum() -> None:
    # 1000 less 10 % is 900: the minimum of 1000 then wants 100, and the total is 1000.
    made = figures([OrderSum(1000, discount=100)], minimum=1000)
    assert (made.orders, made.discount, made.markup, made.total) == (1000, 100, 100, 1000)
    assert made.unpaid == 900


@pytest.mark.parametrize(
    ("amount", "percent", "off"),
    [(5, 10, 1), (4, 10, 0), (15, 10, 2), (1000, 7, 70), (99, 100, 99)],
)
def test_E101_a_discount_is_rounded_half_up(amount: int, percent: int, off: int) -> None:
    assert discount_of(amount, percent) == off


def test_E102_no_limit_is_not_a_limit_of_nothing() -> None:
    none = figures([OrderSum(100)], limit=None)
    assert (none.balance, none.short, none.due) == (None, 0, 100)
    assert figures([OrderSum(100)], limit=0).short == 100


def test_E92_a_wallet_is_not_paid_out() -> None:
    made = figures([OrderSum(300)], deposits=500, personal=True)
    assert (made.balance, made.applied, made.change) == (200, 300, 0)


def test_E48_all_deposits_go_to_the_first_guest() -> None:
    first, second = by_seats({1: 600, 2: 800}, 1000)
    assert (first.seat, first.deposits, first.change, first.due) == (1, 1000, 400, 0)
    assert (second.seat, second.deposits, second.change, second.due) == (2, 0, 0, 800)


def test_E48_what_is_nobodys_own_is_the_first_guests() -> None:
    shares = by_seats({0: 100, 7: 50, 3: 200}, 0)
    assert [(s.seat, s.amount, s.due) for s in shares] == [(3, 300, 300), (7, 50, 50)]
    assert [(s.seat, s.due) for s in by_seats({0: 100}, 0)] == [(1, 100)]


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (100, (1, 1, 1), (34, 33, 33)),
        (10, (0, 5, 5), (0, 5, 5)),
        (1, (1, 3), (0, 1)),
        (0, (0, 0), (0, 0)),
        (0, (), ()),
    ],
)
def test_a_discount_is_spread_over_lines_without_losing_a_kopeck(
    amount: int, weights: tuple[int, ...], parts: tuple[int, ...]
) -> None:
    assert spread(amount, weights) == parts
