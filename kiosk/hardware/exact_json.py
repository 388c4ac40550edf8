"""JSON with exact decimals: devices want ``12.50`` as a number, and money is no float here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from kiosk.core.money import Currency, Money

DIGITS_MAX = 18
"""Of an amount in minor units; nobody pays more."""


def encode(value: Any) -> bytes:
    """JSON in UTF-8; `Money` is written as a plain decimal number of major units."""
    return _text(value).encode()


def decode(data: bytes) -> Any:
    """What JSON says, numbers with a point as `Decimal`.

    Raises:
        ValueError: it is none, or no UTF-8, or has more brackets in one another, or a number with
            a longer exponent, than anybody means.
    """
    try:
        return json.loads(data.decode(), parse_float=Decimal)
    except RecursionError:
        raise ValueError("too many brackets in one another") from None
    except ArithmeticError:
        raise ValueError("a number beyond all numbers") from None


def money(value: object, currency: Currency) -> Money | None:
    """An amount in major units as a device says it, or None where it is none, or not exact."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        minor = Decimal(value).scaleb(currency.exponent)
        if minor.adjusted() >= DIGITS_MAX:
            return None  # 1e999999 is five characters, and a number that takes seconds to write out
        whole = int(minor)
    except (ArithmeticError, ValueError):
        return None
    return Money(whole, currency) if minor == whole else None


def field(value: object, *path: str) -> Any:
    """What stands in objects within objects at `path`; None where something of it is not there."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _text(value: Any) -> str:
    match value:
        case Money():
            return str(value)
        case Mapping():
            pairs = (f"{json.dumps(str(k))}: {_text(v)}" for k, v in value.items())
            return "{" + ", ".join(pairs) + "}"
        case list() | tuple():
            return "[" + ", ".join(_text(item) for item in value) + "]"
        case float():
            raise TypeError("money is no float")
        case _:
            return json.dumps(value, ensure_ascii=False)
