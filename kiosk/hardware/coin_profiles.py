"""What the names of coins and notes mean that ccTalk devices give: data, and how it is read.

A coin's name has two letters of its money, three characters of its value, one of its issue:
``EU200A`` is two euros. Source: ccTalk Generic Specification, Part 3, appendix 3; names seen on
devices: ``EU001A`` to ``EU200A`` and ``EU.20A``, ``GB010B``, ``US025A``, ``RU050B``, ``RU100A``,
``RU1K0A`` (ten roubles). **Unverified**: that devices for other money count hundredths likewise;
what would be no coin of the money is therefore not believed, and can be given by an option.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from kiosk.core.money import Currency, Money

MONEY: Mapping[str, str] = {
    "RUB": "RU",
    "EUR": "EU",
    "USD": "US",
    "GBP": "GB",
    "CHF": "CH",
    "PLN": "PL",
    "CZK": "CZ",
    "KZT": "KZ",
    "BYN": "BY",
    "UAH": "UA",
    "GEL": "GE",
    "AMD": "AM",
    "UZS": "UZ",
    "JPY": "JP",
}
"""Currency → the two letters by which devices name its coins and notes."""

COINS: Mapping[str, tuple[int, ...]] = {
    "RUB": (50, 100, 200, 500, 1000),
    "EUR": (1, 2, 5, 10, 20, 50, 100, 200),
    "USD": (1, 5, 10, 25, 50, 100),
    "GBP": (1, 2, 5, 10, 20, 50, 100, 200),
    "CHF": (5, 10, 20, 50, 100, 200, 500),
    "PLN": (1, 2, 5, 10, 20, 50, 100, 200, 500),
    "CZK": (100, 200, 500, 1000, 2000, 5000),
    "KZT": (100, 200, 500, 1000, 2000, 5000, 10000, 20000),
    "BYN": (1, 2, 5, 10, 20, 50, 100, 200),
    "UAH": (10, 50, 100, 200, 500, 1000),
    "GEL": (5, 10, 20, 50, 100, 200),
    "AMD": (1000, 2000, 5000, 10000, 20000, 50000),
    "UZS": (5000, 10000, 20000, 50000, 100000),
    "JPY": (1, 5, 10, 50, 100, 500),
}
"""Currency → its coins in circulation, in minor units: whatever else a name says was misread."""

Profile = Literal["standard", "whole"]
PROFILES: Mapping[str, str] = {
    "standard": "a value without a point counts the smallest unit: RU1K0A is ten roubles",
    "whole": "a value without a point counts whole units: RU010A is ten roubles",
}

COIN_NAME = re.compile(r"([A-Z]{2})([0-9.KM]{3})([0-9A-Z])")
NOTE_NAME = re.compile(r"([A-Z]{2})([0-9]{4})([0-9A-Z])")
_COUNTED = re.compile(r"(\d*)([.KM]?)(\d*)")
_POWERS = {"": 0, "K": 3, "M": 6}


def coin_value(
    name: str, currency: Currency, *, letters: frozenset[str], profile: str
) -> Money | None:
    """What a coin of this name is worth; None when that is not known for sure.

    Args:
        name: six characters.
        currency: the venue's.
        letters: what its coins are named by.
        profile: a key of `PROFILES`.
    """
    found = COIN_NAME.fullmatch(name)
    if not found or found[1] not in letters:
        return None
    minor = _minor(found[2], currency.exponent, whole=profile == "whole")
    return Money(minor, currency) if minor in COINS[currency.code] else None


def _minor(value: str, exponent: int, *, whole: bool) -> int | None:
    """``200``, ``1K0``, ``.20``, ``2.5``: a point is that of whole units, a letter that of 1000."""
    found = _COUNTED.fullmatch(value)
    if not found or found[0] == found[2]:
        return None
    left, sign, right = found.groups()
    power = exponent if sign == "." else _POWERS[sign] + (exponent if whole else 0)
    if len(right) > power:
        return None
    return int(left + right) * int(10 ** (power - len(right)))


def coin_names(text: str, currency: Currency) -> dict[str, Money]:
    """Read an option such as ``RU010A=10.00, TK001A=5.00``: name and worth, whatever else is known.

    Raises:
        ValueError: it is no such list; the message names what is wrong.
    """
    named: dict[str, Money] = {}
    for part in filter(None, (word.strip() for word in text.split(","))):
        name, sign, worth = (word.strip() for word in part.partition("="))
        if not sign or not COIN_NAME.fullmatch(name):
            raise ValueError(f'coins: "{part}" is not like RU1K0A=10.00')
        value = Money.parse(worth, currency)
        if value.minor <= 0:
            raise ValueError(f'coins: "{part}" is worth nothing')
        named[name] = value
    return named


def letters_of(text: str, currency: Currency) -> frozenset[str]:
    """Read an option of two letters each, with commas; empty: those of the currency.

    Raises:
        ValueError: it is no such list.
    """
    letters = frozenset(word.strip() for word in (text or MONEY[currency.code]).split(","))
    for word in sorted(letters):
        if not re.fullmatch("[A-Z]{2}", word):
            raise ValueError(f'countries: "{word}" has not two capital letters, such as EU')
    return letters


def note_value(
    name: str, currency: Currency, *, letters: frozenset[str], scaling: int, decimals: int
) -> Money | None:
    """What a note of this name is worth; None when it is none of this money.

    Args:
        name: seven characters: two letters, four digits, the issue.
        currency: the venue's.
        letters: what its notes are named by.
        scaling: what the digits are multiplied by, as the device says for these letters.
        decimals: how many of the digits are decimals then.
    """
    found = NOTE_NAME.fullmatch(name)
    if not found or found[1] not in letters:
        return None
    minor, rest = divmod(int(found[2]) * scaling * 10**currency.exponent, 10**decimals)
    return None if rest or not minor else Money(minor, currency)
