"""What the numbers of ZVT mean: results, kinds of cards, currencies; and what nobody has checked.

Source: docs/devices.md, "Payment terminal (ZVT)".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from kiosk.core.messages import DeclineReason

BUSY = frozenset({0x9C, 0xA0})
"""Please wait; not ready: it is at something else."""
NOT_POSSIBLE = 0x83
ABORTED_BY_HAND = 0x6C
"""By a key, by its own time-out, or by us."""
REVERSED_BEFORE = 0xB4

_REFUSED = frozenset(
    (*range(0x01, 0x64), 0x67, 0x68, 0x6E, 0x71, 0x78, 0x79, 0x7A, 0xC3, 0xC5, 0xD2, 0xEA)
)
"""The bank's no (01 to 63), and those of a card: not permitted, locked, expired, over a limit."""


def reason(result: int) -> DeclineReason:
    """A result that is not 0, in our words."""
    if result == ABORTED_BY_HAND:
        return "cancelled"
    if result in BUSY:
        return "busy"
    return "refused" if result in _REFUSED else "failed"


_CODES = {
    97: "alipay",
    107: "alipay",
    119: "paypal",
    120: "klarna",
    125: "twint",
    126: "payconiq",
    260: "bluecode",
    261: "wechat pay",
    280: "qrpay",
}
"""Kinds of cards that are codes, and their names."""


def tender(card_type: int | None, brand: str) -> Literal["", "bank_card", "qr"]:
    """What was paid with; empty where it is not said."""
    if card_type in _CODES or (card_type is None and brand.lower() in _CODES.values()):
        return "qr"
    return "" if card_type is None else "bank_card"


CURRENCIES: Mapping[str, int] = {
    "AMD": 51,
    "BYN": 933,
    "CHF": 756,
    "CZK": 203,
    "EUR": 978,
    "GBP": 826,
    "GEL": 981,
    "JPY": 392,
    "KZT": 398,
    "PLN": 985,
    "RUB": 643,
    "UAH": 980,
    "USD": 840,
    "UZS": 860,
}
"""ISO 4217."""

NOT_VERIFIED = (
    "a lost line: what 06 20 tells then, its service byte, whether it prints",
    "whether a terminal reverses by itself what was not acknowledged, and how 06 20 tells it",
    "which commands a busy terminal refuses, and by what",
    "06 B0 once a card is there",
    "06 30 with nothing but password and receipt number; for how long",
    "the bits of the registration; whether payments by hand are locked out",
)
"""What was read in one place only, or nowhere, and is to be seen on a terminal."""
