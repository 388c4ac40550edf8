"""The venue of a new kiosk: one of the two examples, in the owner's currency, city and language.

The examples are in roubles. In another currency every sum is divided or multiplied by about what
the currency is worth and the notes are that currency's, so that no limit is absurd: they are a
beginning, and all of it is changed at the desk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from kiosk.core import venue_file
from kiosk.core.money import CURRENCIES, Currency
from kiosk.core.sentences import SENTENCES
from kiosk.core.texts import Texts
from kiosk.core.venue_file import VenueFile
from kiosk.core.venue_values import plain
from kiosk.first_boot.answers import Kind

FOLDER = Path(__file__).parents[1]
FILES: Mapping[Kind, Path] = {
    "club": FOLDER / "demo_venue.toml",
    "centre": FOLDER / "demo_centre.toml",
}
SUMS = frozenset(
    (
        *("balance_max", "top_up_max", "spend_without_pin_max", "top_up_per_day_max"),
        *("refund_per_day_max", "vip_from", "second_signature_from", "one_max", "shift_max"),
        *("from", "minimum_amount", "prepay_amount", "limit", "minimum", "price"),
        *("spent_from", "per_hour"),
    )
)
"""Settings that are amounts, whatever section they stand in."""


@dataclass(frozen=True)
class Country:
    """What follows from a currency: what a rouble is in it, its notes, telephones, cities."""

    rouble: Fraction
    faces: tuple[int, ...]
    calling: str
    trunk: str
    groups: tuple[int, ...]
    cities: tuple[str, ...]


COUNTRIES: Mapping[str, Country] = {
    "RUB": Country(
        Fraction(1),
        (50, 100, 200, 500, 1000, 2000, 5000),
        *("7", "8", (3, 3, 2, 2)),
        cities=(
            "Europe/Moscow",
            "Europe/Samara",
            "Asia/Yekaterinburg",
            "Asia/Novosibirsk",
            "Asia/Vladivostok",
        ),
    ),
    "EUR": Country(
        Fraction(1, 100),
        (5, 10, 20, 50),
        *("49", "0", (3, 4, 4)),
        cities=(
            "Europe/Berlin",
            "Europe/Vienna",
            "Europe/Paris",
            "Europe/Madrid",
            "Europe/Helsinki",
        ),
    ),
    "USD": Country(
        Fraction(1, 100),
        (1, 5, 10, 20),
        *("1", "1", (3, 3, 4)),
        cities=(
            "America/New_York",
            "America/Chicago",
            "America/Denver",
            "America/Los_Angeles",
            "America/Phoenix",
        ),
    ),
    "GBP": Country(Fraction(1, 100), (5, 10, 20), *("44", "0", (4, 6)), cities=("Europe/London",)),
    "CHF": Country(
        Fraction(1, 100), (10, 20, 50, 100), *("41", "0", (2, 3, 2, 2)), cities=("Europe/Zurich",)
    ),
    "PLN": Country(
        Fraction(1, 20), (10, 20, 50, 100, 200), *("48", "", (3, 3, 3)), cities=("Europe/Warsaw",)
    ),
    "CZK": Country(
        Fraction(1, 4), (100, 200, 500, 1000), *("420", "", (3, 3, 3)), cities=("Europe/Prague",)
    ),
    "KZT": Country(
        Fraction(5),
        (500, 1000, 2000, 5000, 10_000),
        *("7", "8", (3, 3, 2, 2)),
        cities=("Asia/Almaty", "Asia/Aqtau"),
    ),
    "BYN": Country(
        Fraction(1, 25),
        (5, 10, 20, 50, 100),
        *("375", "80", (2, 3, 2, 2)),
        cities=("Europe/Minsk",),
    ),
    "UAH": Country(
        Fraction(1, 2),
        (20, 50, 100, 200, 500),
        *("380", "0", (2, 3, 2, 2)),
        cities=("Europe/Kyiv",),
    ),
    "GEL": Country(
        Fraction(1, 25), (5, 10, 20, 50, 100), *("995", "0", (3, 2, 2, 2)), cities=("Asia/Tbilisi",)
    ),
    "AMD": Country(
        Fraction(5), (1000, 2000, 5000, 10_000), *("374", "0", (2, 6)), cities=("Asia/Yerevan",)
    ),
    "UZS": Country(
        Fraction(150),
        (5000, 10_000, 20_000, 50_000, 100_000),
        *("998", "", (2, 3, 2, 2)),
        cities=("Asia/Tashkent", "Asia/Samarkand"),
    ),
    "JPY": Country(
        Fraction(2), (1000, 5000, 10_000), *("81", "0", (2, 4, 4)), cities=("Asia/Tokyo",)
    ),
}


def venue(kind: Kind, name: str, currency: str, zone: str, language: str) -> VenueFile:
    """The venue of a new kiosk, checked as every imported one.

    Nobody works there yet: the people of an example have cards that anybody can read in it.

    Raises:
        ConfigError: what the owner typed cannot be.
    """
    laid = _example(kind)
    country, unit = COUNTRIES[currency], CURRENCIES[currency]
    made = {section: _in(unit, country.rouble, value) for section, value in laid.items()}
    made = {section: _named(Texts.of(language), value) for section, value in made.items()}
    made["venue"] |= {"name": name, "currency": currency, "time_zone": zone, "opening": ""}
    made["cash"] |= {"faces": list(country.faces)}
    # A point is a whole unit: of a currency that is worth more, a per cent says the same.
    made["bonus_tiers"] = [
        {"from": after["from"], "percent": 100 * tier["points"] // tier["from"]}
        if country.rouble < 1 and tier.get("points")
        else after
        for tier, after in zip(
            laid.get("bonus_tiers", ()), made.get("bonus_tiers", ()), strict=True
        )
    ]
    made["phone"] = {
        "country": country.calling,
        "trunk": country.trunk,
        "groups": list(country.groups),
    }
    for of_the_example in ("staff", "logo"):
        made.pop(of_the_example, None)
    return venue_file.checked(made, name)


@cache
def _example(kind: Kind) -> Mapping[str, Any]:
    return venue_file.laid_out(venue_file.read(FILES[kind]).documents)


def _in(unit: Currency, rouble: Fraction, value: Any, name: str = "") -> Any:
    """The same with its sums in another currency."""
    if isinstance(value, dict):
        return {key: _in(unit, rouble, inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_in(unit, rouble, inner, name) for inner in value]
    if name not in SUMS or value == "none" or isinstance(value, bool):
        return value
    sum_ = Fraction(str(value)) * rouble
    least = Decimal(1).scaleb(-unit.exponent)
    told = (Decimal(sum_.numerator) / Decimal(sum_.denominator)).quantize(least, ROUND_HALF_UP)
    return int(told) if told == told.to_integral() else str(told)


def _named(texts: Texts, value: Any) -> Any:
    """The same with its names in the owner's language, as far as they are words."""
    if isinstance(value, list):
        return [_named(texts, inner) for inner in value]
    if not isinstance(value, dict):
        return value
    made = {key: _named(texts, inner) for key, inner in value.items()}
    key = f"setup.name.{plain(str(value.get('name', '')))}"
    if key in SENTENCES:
        made["name"] = texts.say(key)
    return made
