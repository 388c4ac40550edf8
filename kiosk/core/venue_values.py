"""What a setting of the venue's file may be: readers from TOML to what the store keeps, and back.

A reader takes a value of TOML and answers the value of the document, or says what is wrong with it
and what to do. A writer goes the other way. Amounts are whole numbers of the currency or decimals
in quotes (``"999.50"``) in the file, minor units in the store.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kiosk.core import logos
from kiosk.core.books import legible
from kiosk.core.config import suggest, time_zone_known
from kiosk.core.errors import Refused
from kiosk.core.money import Currency, Money

TEXT_CHARACTERS_MAX = 200
COUNT_MAX = 1_000_000
VALUES_MAX = 100
"""Of one list."""
AMOUNT_MAX_MINOR = 10**12
PHONE_DIGITS_MAX = 15
"""E.164."""
DAYS = range(1, 8)
"""Monday to Sunday."""

Read = Callable[[object], Any]
Write = Callable[[Any], Any]


class Wrong(Exception):
    """A value that cannot be; says what it is and what to do."""


def as_it_is(value: Any) -> Any:
    """The writer of a value that the file and the store keep alike."""
    return value


REQUIRED: Final = object()
"""The default of a setting that must be written."""


@dataclass(frozen=True)
class Setting:
    """One setting: how it is read, what it is where it is not written, how it is written."""

    read: Read
    default: Any = REQUIRED
    write: Write = as_it_is


def text(value: object) -> str:
    """A line that says something."""
    if not isinstance(value, str) or not value.strip():
        raise Wrong("is no text; write it in quotes")
    if not legible(value, TEXT_CHARACTERS_MAX):
        raise Wrong(f"is too long or has line ends; write {TEXT_CHARACTERS_MAX} characters at most")
    return value.strip()


def any_text(value: object) -> str:
    """A line, or nothing."""
    return "" if value == "" else text(value)


def flag(value: object) -> bool:
    """Yes or no."""
    if not isinstance(value, bool):
        raise Wrong("is neither true nor false; write true or false")
    return value


def count(value: object) -> int:
    """A whole number from 0 on."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Wrong("is no count; write a whole number from 0 on")
    if value > COUNT_MAX:
        raise Wrong(f"is too large; write {COUNT_MAX} at most")
    return value


def between(least: int, most: int) -> Read:
    """A whole number from `least` to `most`."""

    def reading(value: object) -> int:
        number = count(value)
        if not least <= number <= most:
            raise Wrong(f"is {number}; write a whole number from {least} to {most}")
        return number

    return reading


def listed(read: Read, of: str) -> Read:
    """A list of at least one such value."""

    def reading(value: object) -> list[Any]:
        if not isinstance(value, list) or not value:
            raise Wrong(f"is no list; write {of} in square brackets")
        if len(value) > VALUES_MAX:
            raise Wrong(f"is too long; write {VALUES_MAX} at most")
        return [read(item) for item in value]

    return reading


def each_once(read: Read, of: str) -> Read:
    """A list of at least one such value, none of them twice."""

    def reading(value: object) -> list[Any]:
        made: list[Any] = listed(read, of)(value)
        if len(set(made)) < len(made):
            raise Wrong("names one twice; remove it")
        return made

    return reading


def face(value: object) -> int:
    """What is printed on a note."""
    made = count(value)
    if made == 0:
        raise Wrong("holds a note of 0; write the values that are printed on the notes")
    return made


def phone_groups(value: object) -> list[int]:
    """How the digits of a national phone number are grouped."""
    sizes: list[int] = listed(count, "the sizes of the groups")(value)
    if 0 in sizes or sum(sizes) > PHONE_DIGITS_MAX:
        raise Wrong(f"are no groups of a phone number; write 1 to {PHONE_DIGITS_MAX} digits in all")
    return sizes


def matching(pattern: str, wanted: str) -> Read:
    """A text of this form; `wanted` says it in words."""

    def reading(value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise Wrong(f"is not {wanted}; write it so")
        return value

    return reading


name_id = matching(r"[a-z0-9][a-z0-9_-]{0,31}", "small letters, digits and hyphens (32 at most)")


def name_id_or_none(value: object) -> str:
    """The id of something, or nothing."""
    made: str = "" if value == "" else name_id(value)
    return made


def logo(value: object) -> str:
    """A picture as PNG, in base64."""
    try:
        return logos.text(logos.from_text(value if isinstance(value, str) else ""))
    except Refused:
        raise Wrong(
            f"is no logo; write a PNG in base64, whole, not animated, not interlaced, of at most"
            f" {logos.BYTES_MAX} bytes and {logos.SIDE_MAX} x {logos.SIDE_MAX} pixels"
        ) from None


def zone(value: object) -> str:
    """A time zone by its name."""
    name = text(value)
    if not time_zone_known(name):
        raise Wrong(f'names no time zone ("{name}"); write one such as "Europe/Moscow"')
    return name


def clock_time(last: int) -> Read:
    """A time of day such as ``"18:00"``, up to `last` o'clock sharp."""

    def reading(value: object) -> str:
        found = re.fullmatch(r"(\d\d):(\d\d)", value) if isinstance(value, str) else None
        minutes = int(found[1]) * 60 + int(found[2]) if found and found[2] < "60" else -1
        if not 0 <= minutes <= last * 60 or not isinstance(value, str):
            raise Wrong(f'is no time; write one from "00:00" to "{last:02}:00"')
        return value

    return reading


def plain(word: str) -> str:
    """``Receipt, Later Summary`` → ``receipt_later_summary``: the vendor's spelling is an alias."""
    return re.sub(r"[^a-z0-9]+", "_", word.lower()).strip("_")


def choice(*known: str, aliases: Mapping[str, str] | None = None) -> Read:
    """One of these words; capitals, spaces and commas are forgiven."""
    spelt = {plain(word): word for word in known}

    def reading(value: object) -> str:
        word = plain(value) if isinstance(value, str) else ""
        word = (aliases or {}).get(word, word)
        if word not in spelt:
            raise Wrong(f"cannot be {value!r}; {suggest(word or str(value), spelt)}")
        return spelt[word]

    return reading


def rates(currency: Currency) -> Setting:
    """The prices of time: ``[{ days = [1], start = "18:00", end = "24:00", per_hour = 300 }]``."""
    price = amount(currency)
    parts: dict[str, Setting] = {
        "days": Setting(each_once(between(1, 7), "days from 1 to 7"), list(DAYS)),
        "start": Setting(clock_time(24), "00:00"),
        "end": Setting(clock_time(24), "24:00"),
        "per_hour": price,
    }

    def rate(value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Wrong('is no rate; write { start = "18:00", end = "24:00", per_hour = 300 }')
        for name in value:
            if name not in parts:
                raise Wrong(f'holds "{name}", which no rate has; {suggest(name, parts)}')
        if "per_hour" not in value:
            raise Wrong("has a rate without per_hour; write the price of an hour")
        return {
            name: part.read(value[name]) if name in value else part.default
            for name, part in parts.items()
        }

    def write(kept: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{name: part.write(one[name]) for name, part in parts.items()} for one in kept]

    return Setting(listed(rate, "rates"), write=write)


def amount(currency: Currency, default: Any = REQUIRED) -> Setting:
    """An amount of money; `default` in minor units."""

    def reading(value: object) -> int:
        if isinstance(value, float):
            raise Wrong(
                f"is a floating-point number ({value}), which cannot hold money exactly; "
                f'write it in quotes: "{value}"'
            )
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            raise Wrong('is no amount; write 500 or "999.50"')
        try:
            money = Money.parse(str(value), currency)
        except ValueError as error:
            raise Wrong(f'is no amount: {error}; write 500 or "999.50"') from None
        if money.minor < 0:
            raise Wrong("is below zero; write an amount from 0 on")
        if money.minor > AMOUNT_MAX_MINOR:
            raise Wrong("is more than any wallet holds; remove some zeros")
        return money.minor

    def write(minor: int) -> int | str:
        whole, part = divmod(minor, 10**currency.exponent)
        return str(Money(minor, currency)) if part else whole

    return Setting(reading, default, write)


def coins(currency: Currency) -> Setting:
    """What coins are worth, or nothing: none is taken."""
    some = amount(currency)
    all_of = each_once(some.read, "the values of the coins")

    def reading(value: object) -> list[int]:
        made: list[int] = all_of(value)
        if 0 in made:
            raise Wrong("holds a coin of 0; write what the coins are worth")
        return made

    return Setting(reading, None, lambda minors: [some.write(minor) for minor in minors])


def amount_or_none(currency: Currency, default: Any = None) -> Setting:
    """An amount of money, or ``"none"``, which is not 0: it is no limit at all."""
    some = amount(currency)
    return Setting(
        lambda value: None if value == "none" else some.read(value),
        default,
        lambda minor: "none" if minor is None else some.write(minor),
    )
