"""What is typed at the desk: fields, one of which has the keys.

A form is a frozen value; `touched` gives the next one. What was typed is a text until somebody
asks for it as money or as a number, and a mistake names its field.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from kiosk.core.errors import Refused
from kiosk.core.money import Currency, Money


@dataclass(frozen=True)
class Said:
    """A sentence that is to be said in the reader's language.

    With `n` it counts something; arguments that are `Money` or `Said` are put into words, too.
    """

    key: str
    args: Mapping[str, str | int | Money | Said] = field(default_factory=dict, repr=False)
    n: int | None = None


Label = str | Said
"""Words as they are (a name, a number), or a sentence."""

FieldKind = Literal["digits", "number", "money", "date", "text", "pin", "choice", "switch"]


@dataclass(frozen=True)
class Field:
    """Something to fill in.

    Attributes:
        id: its name in the form.
        label: what it is.
        kind: ``digits``: figures that are no amount (a phone, a number); ``number``: a whole
            number from 0 on; ``money``: major units with their point; ``date``: day, month and
            year in eight figures (`most`); ``text``; ``pin``: shown as dots; ``choice``: one of
            `options`; ``switch``: ``on`` or empty.
        value: what it says now; of a choice the option's value.
        most: characters at most.
        options: of a choice: value and words.
        says: what it does, or its form; stands below it.
        unit: stands behind it: minutes, per cent.
        signed: a number or an amount that may be negative; the key ``sign`` turns it.
        capitals: each word begins with one, as names do.
    """

    id: str
    label: Label
    kind: FieldKind = "text"
    value: str = field(default="", repr=False)
    most: int = 64
    options: tuple[tuple[str, Label], ...] = field(default=(), repr=False)
    says: Label = ""
    unit: Label = ""
    signed: bool = False
    capitals: bool = False


@dataclass(frozen=True)
class Form:
    """Fields, and which of them has the keys (`at`, its id).

    `wrong` is the field that a refusal is about and `problem` the refusal; both go with the next
    key. `shift` and `keyboard` (a language) are those of the letters.
    """

    fields: tuple[Field, ...]
    at: str = ""
    wrong: str = ""
    problem: Refused | None = None
    shift: bool = True
    keyboard: str = ""

    def __getitem__(self, name: str) -> str:
        """What a field says now, without spaces around it."""
        return self.field(name).value.strip()

    def field(self, name: str) -> Field:
        """A field by its id."""
        return next(f for f in self.fields if f.id == name)

    def on(self, name: str) -> bool:
        """Whether a switch is on."""
        return self.field(name).value == "on"


def form(*fields: Field, at: str | None = None) -> Form:
    """A form whose first typed field has the keys, or the one named."""
    typed = [f.id for f in fields if f.kind not in ("choice", "switch")]
    return Form(fields, at=at if at is not None else (typed[0] if typed else ""))


def put(of: Form, name: str, value: str) -> Form:
    """The form with another value in a field."""
    made = tuple(replace(f, value=value) if f.id == name else f for f in of.fields)
    return replace(of, fields=made, wrong="", problem=None)


def refused(of: Form, problem: Refused, wrong: str = "") -> Form:
    """The form with what was wrong; the field that it is about gets the keys."""
    typed = wrong and of.field(wrong).kind not in ("choice", "switch")
    return replace(of, problem=problem, wrong=wrong, at=wrong if typed else of.at)


def touched(of: Form, name: str, argument: str, languages: tuple[str, ...]) -> Form | None:
    """The form after a key or a field was pressed; None where that is none of its matters.

    Keys are ``digit:5``, ``key:А``, ``erase``, ``clear``, ``point``, ``sign``, ``shift``,
    ``keyboard``; fields ``field:ID``, ``choose:ID=VALUE``, ``switch:ID``.
    """
    match name:
        case "field" if any(f.id == argument for f in of.fields):
            return replace(of, at=argument, shift=not of.field(argument).value)
        case "choose":
            which, _, value = argument.partition("=")
            known = [f for f in of.fields if f.id == which and f.kind == "choice"]
            if not known or value not in {option for option, _ in known[0].options}:
                return None
            return put(of, which, value)
        case "switch" if any(f.id == argument and f.kind == "switch" for f in of.fields):
            return put(of, argument, "" if of.on(argument) else "on")
        case "shift":
            return replace(of, shift=not of.shift)
        case "keyboard" if languages:
            now = languages.index(of.keyboard) if of.keyboard in languages else 0
            return replace(of, keyboard=languages[(now + 1) % len(languages)])
        case "digit" | "key" | "erase" | "clear" | "point" | "sign" if of.at:
            return _typed(of, of.field(of.at), name, argument)
        case _:
            return None


def _typed(of: Form, at: Field, name: str, argument: str) -> Form:
    value = at.value
    match name:
        case "erase":
            return replace(put(of, at.id, value[:-1]), shift=len(value) <= 1)
        case "clear":
            return replace(put(of, at.id, ""), shift=True)
        case "sign" if at.signed:
            return put(of, at.id, value[1:] if value.startswith("-") else f"-{value}")
        case "point" if at.kind == "money" and "." not in value:
            return put(of, at.id, (value or "0") + ".")
        case "digit" if len(argument) == 1 and argument.isdecimal() and argument.isascii():
            return put(of, at.id, value + argument) if _room(at) else of
        case "key" if at.kind == "text" and _letter(argument) and _room(at):
            letter = _capital(argument) if of.shift else argument.lower()
            made = put(of, at.id, (value + letter).lstrip())
            return replace(made, shift=argument in " -" and (of.shift or at.capitals))
        case _:
            return of


def _room(at: Field) -> bool:
    whole, _, part = at.value.partition(".")
    del whole
    return len(at.value) < at.most and not (at.kind == "money" and len(part) >= 4)


def _letter(argument: str) -> bool:
    """Whether it is one character that is seen: no mark, no half of one."""
    return len(argument) == 1 and argument.isprintable()


def _capital(letter: str) -> str:
    upper = letter.upper()
    return upper if len(upper) == 1 else letter


def money(of: Form, name: str, currency: Currency) -> Money:
    """The amount that was typed.

    Raises:
        Refused: ``err.amount_form``: nothing, or more decimals than the currency has.
    """
    text = of[name]
    sign = -1 if text.startswith("-") else 1
    whole, _, part = text.lstrip("-").partition(".")
    if not (whole or part) or len(part) > currency.exponent:
        raise Refused("err.amount_form")
    digits = (whole or "0") + part.ljust(currency.exponent, "0")
    return Money(sign * int(digits), currency)


def date(of: Form, name: str) -> datetime.date:
    """The day that was typed.

    Raises:
        Refused: ``err.date_form``: there is none, or no such day.
    """
    text = of[name]
    try:
        return datetime.date(int(text[4:8]), int(text[2:4]), int(text[:2]))
    except ValueError:
        raise Refused("err.date_form") from None


def number(of: Form, name: str) -> int:
    """The whole number that was typed.

    Raises:
        Refused: ``err.number_form``: there is none.
    """
    text = of[name]
    if not text.removeprefix("-").isdecimal():
        raise Refused("err.number_form")
    return int(text)
