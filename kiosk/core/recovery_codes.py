"""The recovery code of a registration slip, as people read and type it (`seal.new_token`)."""

from __future__ import annotations

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
"""What codes are made of: neither 0, 1, 8 nor 9, which look like letters."""
CHARACTERS = 20
"""Of five bits each: guessed by nobody, and typed by a guest whose slip no reader reads."""
FORMER_CHARACTERS = 32
"""Of a code that a former version printed."""


def shown(code: str) -> str:
    """A code, or the beginning of one, in groups of four."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def of(text: str) -> str:
    """The code in what was scanned: of its form, or empty; whether it is anybody's is not asked."""
    code = "".join(text.split()).upper()
    whole = len(code) in (CHARACTERS, FORMER_CHARACTERS) and set(code) <= set(LETTERS)
    return code if whole else ""
