"""The venue's settings as the desk shows and changes them: a row for each.

What a setting is called and what it does stand in the sentences (``desk.set.SECTION.NAME`` and
``….says``); which values it may have is checked by `venue_sections`, whose ranges stand here to be
shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kiosk.core.permissions import RIGHTS_KNOWN, ROLES_KNOWN
from kiosk.core.texts import LANGUAGES
from kiosk.core.venue_sections import CHECKS, ENTRANCE, KINDS, USES
from kiosk.core.venue_values import DAYS

Kind = Literal[
    "text",
    "switch",
    "choice",
    "number",
    "money",
    "limit",
    "colour",
    "words",
    "list",
    "amounts",
    "time",
]
"""``limit``: money, or none at all; ``words``: some of the options; ``list``: whole numbers;
``amounts``: sums of money, or none."""


@dataclass(frozen=True)
class Row:
    """A setting.

    Attributes:
        section, name: as in the venue's file.
        kind: how it is shown and typed.
        unit: its word, ``desk.unit.UNIT``.
        least, most: of a number.
        options: the words to choose from.
        of: the list of the venue that has them, instead.
        plain: what it is where nothing is written.
        empty: it may be empty; a choice then has ``""`` as an option.
        fixed: it is shown here, and changed by `kiosk import`.
    """

    section: str
    name: str
    kind: Kind
    unit: str = ""
    least: int = 0
    most: int = 1_000_000
    options: tuple[str, ...] = ()
    of: str = ""
    plain: Any = None
    empty: bool = False
    fixed: bool = False

    @property
    def id(self) -> str:
        """Its name in all of the file."""
        return f"{self.section}.{self.name}"


def _number(section: str, name: str, unit: str, least: int = 0, most: int = 1_000_000) -> Row:
    return Row(section, name, "number", unit, least, most, plain=0)


def _switch(section: str, name: str) -> Row:
    return Row(section, name, "switch", plain=False)


def _choice(section: str, name: str, *options: str) -> Row:
    return Row(section, name, "choice", options=options, plain=options[0])


PALETTES = ("night", "day")

GROUPS: Mapping[str, tuple[Row, ...]] = {
    "venue": (
        Row("venue", "name", "text"),
        Row("venue", "accent", "colour"),
        _choice("venue", "palette", *PALETTES),
        Row("screen", "desk_palette", "choice", options=PALETTES, plain="day"),
        Row("screen", "languages", "words", options=tuple(LANGUAGES), plain=list(LANGUAGES)),
        Row("venue", "opening", "text", empty=True),
        Row("venue", "terms_version", "text"),
        Row("venue", "default_card_type", "choice", of="card_types"),
        Row("venue", "currency", "text", fixed=True),
        Row("venue", "time_zone", "text", fixed=True),
    ),
    "slips": (
        Row("slips", "head", "text", empty=True, plain=""),
        Row("slips", "foot", "text", empty=True, plain=""),
        _switch("minutes", "session_slips"),
    ),
    "visits": (
        _choice("visits", "order_max_amount_check", *CHECKS),
        _choice("visits", "guests", "unused", "optional", "mandatory"),
        _choice("visits", "minimum_scope", "visit", "order"),
        _switch("visits", "minimum_on_empty_visit"),
        _switch("visits", "empty_visits"),
        _switch("visits", "pay_on_exit"),
        _switch("visits", "one_order_in_visit"),
        _choice("visits", "entrance_card", *ENTRANCE),
        _switch("visits", "floating_prepay_enabled"),
        Row("visits", "floating_reason", "choice", of="money_reasons", empty=True),
        _choice("visits", "prepay_accounting", "do_not_account", "receipt_later_summary"),
    ),
    "cash": (
        Row("cash", "faces", "list"),
        Row("cash", "coins", "amounts", empty=True),
        Row("cash", "balance_max", "money"),
        Row("cash", "top_up_max", "money"),
        Row("changes", "second_signature_from", "limit"),
        _number("shifts", "hours_max", "hours", 1, 72),
        _switch("shifts", "blind_count"),
    ),
    "minutes": (
        _choice("minutes", "rounding", "ceil", "floor", "half_up"),
        _number("minutes", "grace_s", "seconds", 0, 59),
        _switch("minutes", "conversion"),
        _switch("minutes", "switching"),
        _choice("minutes", "revenue", "at_sale", "defer"),
        _number("bonus", "max_percent", "percent", 0, 100),
    ),
    "trust": (
        Row("trust", "spend_without_pin_max", "money"),
        _number("trust", "top_ups_per_hour_max", "times"),
        Row("trust", "top_up_per_day_max", "money"),
        _number("trust", "refunds_per_day_max", "times"),
        Row("trust", "refund_per_day_max", "money"),
        _number("trust", "transfers_per_day_max", "times"),
        _number("trust", "returned_notes_per_hour_max", "times"),
        _number("trust", "unknown_cards_per_hour_max", "times"),
        _number("trust", "refund_after_bank_card_h", "hours"),
        _number("trust", "second_place_s", "seconds"),
        _number("staff_pins", "wrong_max", "times", 1, 20),
        _number("staff_pins", "lock_minutes", "minutes", 1, 1440),
    ),
    "segments": (
        _number("segments", "absent_days", "days", 1, 3650),
        _number("segments", "evening_from", "o_clock", 0, 23),
        _number("segments", "evening_to", "o_clock", 1, 24),
        _number("segments", "evening_percent", "percent", 1, 100),
        _number("segments", "evening_visits", "times", 1, 1000),
        Row("segments", "vip_from", "money"),
    ),
    "phone": (
        Row("phone", "country", "text"),
        Row("phone", "trunk", "text", empty=True),
        Row("phone", "groups", "list"),
    ),
    "rights": tuple(Row("rights", r, "words", options=ROLES_KNOWN) for r in RIGHTS_KNOWN),
}
"""Settings that stand on one page."""

_NAME = Row("", "name", "text")
_IN_USE = Row("", "in_use", "switch", plain=True)
_PERCENT = Row("", "discount_percent", "number", "percent", 0, 100, plain=0)

LISTS: Mapping[str, tuple[Row, ...]] = {
    "menu": (
        _NAME,
        Row("", "price", "money"),
        Row("", "bonus", "switch", plain=False),
        _IN_USE,
    ),
    "stations": (
        _NAME,
        Row("", "kind", "choice", options=("any", *KINDS), plain="any"),
        Row("", "tariff", "choice", of="tariffs"),
        _IN_USE,
    ),
    "hours": (
        Row("", "days", "words", options=tuple(map(str, DAYS)), plain=list(DAYS)),
        Row("", "opens", "time"),
        Row("", "closes", "time"),
    ),
    "bonus_tiers": (
        Row("", "from", "money"),
        Row("", "percent", "number", "percent", 0, 100, plain=0),
        Row("", "points", "number", "points", plain=0),
    ),
    "change_limits": (
        Row("", "role", "choice", options=ROLES_KNOWN),
        Row("", "one_max", "limit"),
        Row("", "shift_max", "limit"),
    ),
    "money_reasons": (
        _NAME,
        Row("", "uses", "words", options=USES),
        Row("", "employee", "switch", plain=False),
        Row("", "prepayment", "switch", plain=False),
        Row("", "markup", "choice", of="markups", empty=True, plain=""),
    ),
    "groups": (
        _NAME,
        Row("", "spent_from", "limit"),
        Row("", "tariff", "choice", of="tariffs", empty=True, plain=""),
        _PERCENT,
    ),
    "tills": (
        _NAME,
        Row("", "pay_on_exit", "choice", options=("", "on", "off"), plain=""),
        Row("", "order_max_amount_check", "choice", options=("", *CHECKS), plain=""),
    ),
    "tariffs": (
        _NAME,
        Row("", "bonus_max_percent", "number", "percent", 0, 100, plain=100),
    ),
}
"""Lists of tables: what one item has. The prices of a tariff's hours come beside (`rates`)."""

NAMED = ("menu", "stations", "money_reasons", "groups", "tills", "tariffs")
"""Lists whose items have an id, which nobody types: it is made once and stays."""

LASTING = ("stations", "tariffs", "tills")
"""Lists of which nothing is taken out here: what was is spoken of for ever, or others use it."""

IMPORTED = ("tariffs",)
"""Lists to which nothing is added here: `kiosk import` does."""
