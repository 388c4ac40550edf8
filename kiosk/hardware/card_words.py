"""What a payment terminal may say of a card and a transaction, and be repeated."""

from __future__ import annotations

import re

WORD_CHARACTERS_MAX = 64

_RUN = re.compile(r"\d(?:[ -]?\d){12,}")


def without_card_numbers(text: str) -> str:
    """A text in which of every run of 13 or more digits only the last four are left.

    Whether one is a card's number cannot be told from it: a check digit fits one run in ten by
    chance. Digits count on over single spaces and dashes, as they are written on cards.
    """
    return _RUN.sub(lambda run: "…" + re.sub(r"\D", "", run.group())[-4:], text)


def word(value: object) -> str:
    """A short printable text of the terminal; of anything else nothing."""
    if not isinstance(value, str):
        return ""
    return "".join(c for c in value if c.isprintable())[:WORD_CHARACTERS_MAX]
