"""What a visit comes to: two figures while it is open, due or change when it ends.

Pure arithmetic in the minor unit: the one place that knows the discount, the minimum and the limit.
Source: acceptance criteria E31 to E38, E48, E52, E53, E56, E87, E89, E90, E92, E98, E101, E102.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Scope = Literal["visit", "order"]


@dataclass(frozen=True)
class OrderSum:
    """One order that counts: saved or paid; a void one is left out.

    Attributes:
        amount: the sum of its lines, before the discount.
        discount: what is taken off, 0 to `amount`.
        paid: it was paid at once, whole, its own markup included.
        from_deposit: how much of that came out of the visit's deposits.
        markup: the markup that was paid with it; None: what the minimum says now.
    """

    amount: int
    discount: int = 0
    paid: bool = False
    from_deposit: int = 0
    markup: int | None = None

    @property
    def net(self) -> int:
        """What it costs: the discount comes first, before any minimum (E101)."""
        return self.amount - self.discount


@dataclass(frozen=True)
class Figures:
    """What a visit comes to, in the minor unit.

    Attributes:
        deposits: all that was put in, whether it is still there or paid an order since; on a
            personal card: its wallet.
        limit: how far below zero the visit may go; None: there is no check (E102).
        orders: the sum of all orders before discounts, paid ones too (E4, E87).
        discount: what is taken off them.
        markup: what the minimum adds.
        total: orders - discount + markup.
        paid: of the total, what was paid at once.
        unpaid: the orders that are not paid, discounted, without the markup (E90).
        deposits_left: deposits without what paid orders took out of them.
        balance: deposits left + limit - unpaid; negative is short; None without a limit (E36, E89).
        short: how much is missing for the balance not to be negative.
        applied: of the deposits, what the orders take in all.
        due: what is missing at the exit, markup included (E89).
        change: what comes back: out of deposits only, never out of the limit (E56); nothing of a
            wallet, where it stays.
    """

    deposits: int
    limit: int | None
    orders: int
    discount: int
    markup: int
    total: int
    paid: int
    unpaid: int
    deposits_left: int
    balance: int | None
    short: int
    applied: int
    due: int
    change: int

    @property
    def to_pay(self) -> int:
        """What is missing at the exit: the second of the two figures (E89)."""
        return self.due


def figures(
    orders: Sequence[OrderSum],
    *,
    deposits: int = 0,
    limit: int | None = 0,
    minimum: int = 0,
    scope: Scope = "visit",
    minimum_on_empty: bool = False,
    personal: bool = False,
) -> Figures:
    """What a visit with these orders comes to.

    Args:
        orders: those that are saved or paid.
        deposits: all that was put into the visit; of a personal card: its wallet (E92).
        limit: of the card type; None for no check.
        minimum: the threshold that a markup raises to; 0 for none.
        scope: whether the minimum is of each order or of the whole visit (E33).
        minimum_on_empty: whether a visit without orders owes the minimum (E34).
        personal: what is left of `deposits` stays where it is: it is a wallet.
    """
    amount = sum(o.amount for o in orders)
    discount = sum(o.discount for o in orders)
    markups = [_markup(o, minimum if scope == "order" else 0) for o in orders]
    markup = sum(markups)
    if orders and scope == "visit":
        markup += max(0, minimum - (amount - discount + markup))
    elif not orders and minimum_on_empty:
        markup = minimum
    total = amount - discount + markup
    paid = sum(o.net + m for o, m in zip(orders, markups, strict=True) if o.paid)
    unpaid = sum(o.net for o in orders if not o.paid)
    used = sum(o.from_deposit for o in orders if o.paid)
    left = deposits - used
    missing = total - paid - left
    balance = None if limit is None else left + limit - unpaid
    return Figures(
        deposits=deposits,
        limit=limit,
        orders=amount,
        discount=discount,
        markup=markup,
        total=total,
        paid=paid,
        unpaid=unpaid,
        deposits_left=left,
        balance=balance,
        short=max(0, -balance) if balance is not None else 0,
        applied=used + min(left, total - paid),
        due=max(0, missing),
        change=0 if personal else max(0, -missing),
    )


def _markup(order: OrderSum, minimum: int) -> int:
    """What raises one order to its minimum; a paid one keeps what was paid with it."""
    return max(0, minimum - order.net) if order.markup is None else order.markup


def discount_of(amount: int, percent: int) -> int:
    """What `percent` takes off an amount, to the minor unit, half up (E101)."""
    return (amount * percent + 50) // 100


@dataclass(frozen=True)
class SeatShare:
    """What one guest pays when a visit is calculated by seats (E48).

    `amount` is what he had, `deposits` what he is given of those; `due` or `change` is what that
    leaves.
    """

    seat: int
    amount: int
    deposits: int
    due: int
    change: int


def by_seats(amounts: Mapping[int, int], deposits: int) -> tuple[SeatShare, ...]:
    """Calculate by seats: all deposits go to the first guest, the lowest seat (E48).

    Args:
        amounts: what is to be paid, a seat each; what belongs to no seat stands under 0 and is the
            first guest's, too.
        deposits: those of the visit.
    """
    sums: dict[int, int] = defaultdict(int)
    first = min((seat for seat in amounts if seat > 0), default=1)
    sums[first] = 0
    for seat, amount in amounts.items():
        sums[seat if seat > 0 else first] += amount
    shares = []
    for seat in sorted(sums):
        given = deposits if seat == first else 0
        missing = sums[seat] - given
        shares.append(SeatShare(seat, sums[seat], given, max(0, missing), max(0, -missing)))
    return tuple(shares)


def spread(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Divide an amount in proportion to weights, to the minor unit; the parts add up to it.

    The largest remainders get the odd units, of equal ones the first.
    """
    whole = sum(weights)
    if whole == 0:
        return (amount, *([0] * (len(weights) - 1)))[: len(weights)]
    parts = [amount * weight // whole for weight in weights]
    odd = amount - sum(parts)
    order = sorted(range(len(weights)), key=lambda n: (-(amount * weights[n] % whole), n))
    for n in order[:odd]:
        parts[n] += 1
    return tuple(parts)
