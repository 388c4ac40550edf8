"""The auditor's arithmetic of a visit: what guests had, put in, still owe, or get back.

By the rules that hang on the wall of the simulated venue (`TYPES`). It imports nothing of the
kiosk.
"""

from __future__ import annotations

from dataclasses import dataclass, field

DEPOSITS, ORDERS, MARKUP, DISCOUNTS = "=2030", "=4030", "=4040", "=4060"
TILL = "=1030"


@dataclass(frozen=True)
class CardType:
    """What holds for a type of cards; minor units and percent. `limit` None: it has a wallet."""

    prepaid: int = 0
    limit: int | None = None
    minimum: int = 0
    discount_percent: int = 0


GUEST = CardType()
TYPES = {
    "55": CardType(limit=300000),
    "56": CardType(prepaid=100000, limit=50000, minimum=60000, discount_percent=5),
}
"""By the first digits of a card: table cards, and the prepaid ones of groups."""


def type_of(card: str) -> CardType:
    """The type of a card, by its number; the others are guests' own."""
    return TYPES.get(card[:2], GUEST) if len(card) == 6 else GUEST


@dataclass
class Bill:
    """An open visit. `saved` and `paid` are orders by name, before any discount.

    `leaving`: the guests order no more. `guests` may be nobody's number: nobody counts them here.
    """

    card: str
    deposits: int = 0
    saved: dict[str, int] = field(default_factory=dict)
    paid: dict[str, int] = field(default_factory=dict)
    leaving: bool = False

    def discount(self, total: int) -> int:
        """What is taken off an order, half a minor unit up."""
        return (total * type_of(self.card).discount_percent + 50) // 100

    def cost(self, total: int) -> int:
        """What an order costs."""
        return total - self.discount(total)

    @property
    def unpaid(self) -> int:
        """What the orders come to that nobody paid yet."""
        return sum(map(self.cost, self.saved.values()))

    @property
    def markup(self) -> int:
        """What the minimum adds to the orders; nothing where there are none."""
        if not (self.saved or self.paid):
            return 0
        had = self.unpaid + sum(map(self.cost, self.paid.values()))
        return max(0, type_of(self.card).minimum - had)

    @property
    def total(self) -> int:
        """What the visit comes to, with what is paid already."""
        return self.unpaid + sum(map(self.cost, self.paid.values())) + self.markup

    def figures(self, held: int) -> tuple[int, int]:
        """What is due at the exit, and what comes back, when so much is there for it."""
        left = self.unpaid + self.markup - held
        return max(0, left), max(0, -left)

    def allows(self, total: int) -> bool:
        """Whether one more order may be saved: deposits and the limit bear it."""
        limit = type_of(self.card).limit
        assert limit is not None, "what a wallet bears depends on what is in it then"
        return self.unpaid + self.cost(total) <= self.deposits + limit

    def sold(self, orders: dict[str, int], minor: int) -> dict[str, int]:
        """What it moves that these orders are paid at once, in cash."""
        gross = sum(orders.values())
        return {TILL: minor, ORDERS: -gross, DISCOUNTS: gross - minor}

    def ended(self, wallet: int) -> dict[str, int]:
        """What the end of the visit moves; change is given in cash, `wallet` pays of a guest's."""
        due, change = self.figures(self.deposits + wallet)
        gross = sum(self.saved.values())
        moves = {TILL: due, ORDERS: -gross, DISCOUNTS: gross - self.unpaid, MARKUP: -self.markup}
        if type_of(self.card).limit is None:
            return moves | {self.card: -(self.unpaid + self.markup - due)}
        return moves | {TILL: due - change, DEPOSITS: self.deposits}


def as_claim(moves: dict[str, int], minor: int) -> dict[str, int]:
    """The same, when so much comes back as a claim, not in cash."""
    return moves | {TILL: moves.get(TILL, 0) + minor, "suspense": minor}
