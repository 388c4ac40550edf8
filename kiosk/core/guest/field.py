"""What a guest types on a page of its own: a phone, a PIN, a recovery code.

A recovery code comes from the registration slip: typed by hand here, where no reader reads it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from kiosk.core.recovery_codes import CHARACTERS, FORMER_CHARACTERS, LETTERS
from kiosk.core.registration import PIN_DIGITS
from kiosk.core.situation import Situation

Kind = Literal["phone", "pin", "code"]
_MOST = {"pin": PIN_DIGITS, "code": FORMER_CHARACTERS}
"""Characters of the fields of which the venue does not decide the length."""


@dataclass(frozen=True)
class Field:
    """A field and what stands in it: a phone without its country, a PIN, a recovery code."""

    kind: Kind
    text: str = field(default="", repr=False)


def complete(situation: Situation, shown: Field) -> bool:
    """Whether all of it is typed."""
    match shown.kind:
        case "phone":
            return len(shown.text) == situation.venue.phone.national_digits
        case "pin":
            return len(shown.text) == PIN_DIGITS
        case "code":
            return len(shown.text) in (CHARACTERS, FORMER_CHARACTERS)


def takes_more(situation: Situation, shown: Field) -> bool:
    """Whether one more key would change what is typed."""
    if shown.kind == "phone":
        return situation.venue.phone.takes_more(shown.text)
    return len(shown.text) < _MOST[shown.kind]


def typed(situation: Situation, shown: Field, name: str, argument: str) -> Field | None:
    """The field after a key; None where it was none of its own."""
    match shown.kind, name:
        case _, "erase":
            return replace(shown, text=shown.text[:-1])
        case "code", "key" if len(argument) == 1 and argument in LETTERS:
            return replace(shown, text=(shown.text + argument)[: _MOST["code"]])
        case "phone", "digit" if len(argument) == 1 and argument in "0123456789":
            return replace(shown, text=situation.venue.phone.with_digit(shown.text, argument))
        case "pin", "digit" if len(argument) == 1 and argument in "0123456789":
            return replace(shown, text=(shown.text + argument)[: _MOST["pin"]])
        case _:
            return None
