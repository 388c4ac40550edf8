"""What a layout writes with: the words of one language, the amounts and moments of one store.

A layout makes the body of one type of document of its facts, which are the plain JSON that stands
in the slip: what an earlier program wrote there must go on being printable, so a fact that came
later is read with ``get``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kiosk.core.books import Books
from kiosk.core.documents import Part
from kiosk.core.money import Money
from kiosk.core.texts import Texts

Facts = Mapping[str, Any]
"""What a slip says, as its entry keeps it: plain JSON, amounts in minor units."""


@dataclass(frozen=True)
class Paper:
    """One slip that is being drawn.

    Attributes:
        texts: the words of its language.
        books: the books, for a layout that needs more than its facts: a ticket, a token.
        slip: the slip's document.
    """

    texts: Texts
    books: Books
    slip: Mapping[str, Any]

    def say(self, key: str, **args: str | int) -> str:
        """The sentence of this key."""
        return self.texts.say(key, **args)

    def money(self, minor: int) -> Money:
        """Minor units as a value."""
        return self.books.money(minor)

    def amount(self, minor: int) -> str:
        """Minor units with their currency: ``1 250.00 ₽``."""
        return self.texts.money(self.books.money(minor))

    def figure(self, minor: int) -> str:
        """Minor units without their currency, for a column: ``1 250.00``."""
        return self.texts.number(self.books.money(minor))

    def moment(self, at: str) -> str:
        """A moment as documents keep it, with its zone: ``22.11.2026 18:47:03 MSK``."""
        return self.texts.moment(datetime.fromisoformat(at))

    def time(self, at: str) -> str:
        """The local time of day of a moment as documents keep it: ``18:47``."""
        return self.texts.time(datetime.fromisoformat(at))


Layout = Callable[[Facts, Paper], tuple[Part, ...]]
