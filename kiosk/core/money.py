"""Money: an integer of the smallest unit and its currency. Never a float."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering


@dataclass(frozen=True)
class Currency:
    """A currency: ISO 4217 code, decimal digits of its minor unit, printed symbol."""

    code: str
    exponent: int
    symbol: str


CURRENCIES = {
    c.code: c
    for c in (
        Currency("RUB", 2, "₽"),
        Currency("EUR", 2, "€"),
        Currency("USD", 2, "$"),
        Currency("GBP", 2, "£"),
        Currency("CHF", 2, "CHF"),
        Currency("PLN", 2, "zł"),
        Currency("CZK", 2, "Kč"),
        Currency("KZT", 2, "₸"),
        Currency("BYN", 2, "Br"),
        Currency("UAH", 2, "₴"),
        Currency("GEL", 2, "₾"),
        Currency("AMD", 2, "AMD"),
        Currency("UZS", 2, "soʻm"),
        Currency("JPY", 0, "¥"),
    )
}

_DECIMAL = re.compile(r"(-?)(\d+)(?:\.(\d+))?")


@total_ordering
@dataclass(frozen=True)
class Money:
    """An exact amount: `minor` units (kopecks, cents) of `currency`; may be negative."""

    minor: int
    currency: Currency

    @classmethod
    def parse(cls, text: str, currency: Currency) -> Money:
        """Read a plain decimal such as ``500``, ``-0.01`` or ``999.99``.

        Raises:
            ValueError: not a decimal, or more decimals than the currency has.
        """
        found = _DECIMAL.fullmatch(text.strip())
        if not found:
            raise ValueError(f"{text!r} is not an amount such as 500 or 999.99")
        sign, whole, part = found.groups()
        part = part or ""
        if len(part) > currency.exponent:
            raise ValueError(f"{text!r} has more than {currency.exponent} decimals")
        minor = int(whole + part.ljust(currency.exponent, "0"))
        return cls(-minor if sign else minor, currency)

    @classmethod
    def face(cls, face: int, currency: Currency) -> Money:
        """The money of a note or coin with this face value in major units (500 → 500.00)."""
        return cls(face * 10**currency.exponent, currency)

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency.code} and {other.currency.code} do not mix")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.minor < other.minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        """A plain decimal for logs and tables: ``500.00``; people see `core.texts`."""
        digits = str(abs(self.minor)).rjust(self.currency.exponent + 1, "0")
        if self.currency.exponent:
            digits = f"{digits[: -self.currency.exponent]}.{digits[-self.currency.exponent :]}"
        return f"-{digits}" if self.minor < 0 else digits
