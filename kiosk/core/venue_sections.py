"""The sections of a venue's file: what may stand in each, and where the store keeps it.

``kiosk/demo_venue.toml`` is the example with every section and its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kiosk.core.money import CURRENCIES, Currency
from kiosk.core.permissions import RIGHTS_KNOWN, ROLES_KNOWN
from kiosk.core.recognition import ALGORITHMS, NUMBER_CHECKS, SCOPES, SIGNALS
from kiosk.core.texts import LANGUAGES
from kiosk.core.venue_values import (
    DAYS,
    Setting,
    amount,
    amount_or_none,
    any_text,
    between,
    choice,
    clock_time,
    coins,
    count,
    each_once,
    face,
    flag,
    listed,
    logo,
    matching,
    name_id,
    name_id_or_none,
    phone_groups,
    rates,
    text,
    zone,
)

ENTRANCE: Final = ("seats_without_card_allowed", "only_with_card", "none")
CHECKS: Final = ("forbid_saving", "warning_only", "do_not_use")
CHECK_ALIASES: Final = {
    "prohibit_order_saving": "forbid_saving",
    "forbid_order_saving": "forbid_saving",
    "warning": "warning_only",
}
KINDS: Final = ("game", "internet")
USES: Final = ("prepayment", "deposit", "float", "withdrawal", "top_up", "refund")


@dataclass(frozen=True)
class Section:
    """A part of the file; `about` stands above it in an exported one.

    Without a `key` it is one table of settings, kept in the settings' document: side by side with
    the others, or together under `kept`. With a key, which names one item, it is a list of tables,
    and a table of the store. One that came `later` is not in the store while nothing of it is set.
    """

    name: str
    about: str
    settings: Mapping[str, Setting]
    kept: str = ""
    key: str = ""
    later: bool = False


def sections(currency: Currency) -> tuple[Section, ...]:
    """All sections of a file whose amounts are in `currency`, in the order of an exported one."""
    return (
        Section(
            "venue",
            "Name, currency (fixed with the first import), time zone and colours of the venue,\n"
            "which terms guests agree to, the type of the cards that they register themselves.",
            {
                "name": Setting(text),
                "currency": Setting(choice(*CURRENCIES)),
                "time_zone": Setting(zone),
                "accent": Setting(
                    matching("#[0-9A-Fa-f]{6}", 'a colour such as "#FFC53D"'), "#FFC53D"
                ),
                "palette": Setting(choice("night", "day"), "night"),
                "opening": Setting(any_text, ""),
                "terms_version": Setting(text),
                "default_card_type": Setting(text),
            },
        ),
        Section(
            "screen",
            "The languages that guests are offered, of those that the machine has (all of them,\n"
            "where none is named), and the palette of the desk.",
            {
                "languages": Setting(each_once(choice(*LANGUAGES), "languages"), None),
                "desk_palette": Setting(choice("night", "day"), None),
            },
            kept="screen",
            later=True,
        ),
        Section(
            "logo",
            "The picture beside the venue's name on the welcome screen: a PNG in base64, of at\n"
            "most 512 x 512 pixels and 60000 bytes. Easier from a stick, at the desk.",
            {"id": Setting(choice("welcome")), "png": Setting(logo)},
            key="id",
        ),
        Section(
            "slips",
            "A line below the venue's name on every slip (address, tax number), and one at its\n"
            "end.",
            {"head": Setting(any_text, None), "foot": Setting(any_text, None)},
            kept="slips",
            later=True,
        ),
        Section(
            "visits",
            "How visits work, what prepayments need, and what a minimum is compared with.",
            {
                "one_order_in_visit": Setting(flag, False),
                "entrance_card": Setting(choice(*ENTRANCE), ENTRANCE[0]),
                "pay_on_exit": Setting(flag, True),
                "order_max_amount_check": Setting(
                    choice(*CHECKS, aliases=CHECK_ALIASES), "forbid_saving"
                ),
                "prepay_accounting": Setting(
                    choice("do_not_account", "receipt_later_summary"), "do_not_account"
                ),
                "floating_prepay_enabled": Setting(flag, True),
                "floating_reason": Setting(name_id_or_none, ""),
                "minimum_scope": Setting(choice("visit", "order"), None),
                "minimum_on_empty_visit": Setting(flag, False),
                "empty_visits": Setting(flag, True),
                "guests": Setting(choice("unused", "optional", "mandatory"), "unused"),
            },
        ),
        Section(
            "phone",
            "Calling code, the digit dialled before a national number, how that is written.",
            {
                "country": Setting(matching("[1-9][0-9]{0,2}", 'a calling code such as "7"'), "7"),
                "trunk": Setting(
                    matching("[0-9]{0,3}", 'the digits dialled first, such as "8", or ""'), "8"
                ),
                "groups": Setting(phone_groups, [3, 3, 2, 2]),
            },
            kept="phone",
        ),
        Section(
            "cash",
            "The notes that the kiosk takes, and the coins where it takes any; the most on one\n"
            "wallet, and in one top-up.",
            {
                "faces": Setting(listed(face, "face values")),
                "coins": coins(currency),
                "balance_max": amount(currency),
                "top_up_max": amount(currency),
            },
        ),
        Section(
            "minutes",
            "Part minutes are rounded, seconds up to the grace are free. Whether minutes of games\n"
            "may become minutes of internet, and a running session change over. When the price of\n"
            'a package is revenue: "at_sale", or "defer", as its minutes are used. Whether who\n'
            "stops a session gets a slip of it.",
            {
                "rounding": Setting(choice("ceil", "floor", "half_up"), "ceil"),
                "grace_s": Setting(between(0, 59), 10),
                "conversion": Setting(flag, False),
                "switching": Setting(flag, False),
                "revenue": Setting(choice("at_sale", "defer"), "at_sale"),
                "session_slips": Setting(flag, None),
            },
            kept="minutes",
        ),
        Section(
            "bonus",
            "Bonus points pay play time only: so much of a session, in percent.",
            {"max_percent": Setting(between(0, 100), 100)},
            kept="bonus",
        ),
        Section(
            "trust",
            "What a card alone may do in a day, and how often is too often.",
            {
                "spend_without_pin_max": amount(currency, 1000 * 10**currency.exponent),
                "top_ups_per_hour_max": Setting(count, 20),
                "top_up_per_day_max": amount(currency, 100_000 * 10**currency.exponent),
                "refunds_per_day_max": Setting(count, 3),
                "refund_per_day_max": amount(currency, 10_000 * 10**currency.exponent),
                "transfers_per_day_max": Setting(count, 3),
                "returned_notes_per_hour_max": Setting(count, 30),
                "unknown_cards_per_hour_max": Setting(count, 30),
                "refund_after_bank_card_h": Setting(count, 24),
                "second_place_s": Setting(count, 10),
            },
            kept="trust",
        ),
        Section(
            "staff_pins",
            "So many wrong PINs lock a member of staff, for so long.",
            {
                "wrong_max": Setting(between(1, 20), 5),
                "lock_minutes": Setting(between(1, 1440), 5),
            },
            kept="staff_pins",
        ),
        Section(
            "shifts",
            "How long a shift may last; whether a box is counted without knowing the sum.",
            {"hours_max": Setting(between(1, 72), 24), "blind_count": Setting(flag, False)},
            kept="shifts",
        ),
        Section(
            "segments",
            "Who is absent, an evening regular, a VIP.",
            {
                "absent_days": Setting(between(1, 3650), 60),
                "evening_from": Setting(between(0, 23), 18),
                "evening_to": Setting(between(1, 24), 24),
                "evening_percent": Setting(between(1, 100), 60),
                "evening_visits": Setting(between(1, 1000), 4),
                "vip_from": amount(currency, 100_000 * 10**currency.exponent),
            },
            kept="segments",
        ),
        Section(
            "rights",
            "Who may do what, where it differs from docs/permissions.md: a right, and its roles.",
            {
                right: Setting(each_once(choice(*ROLES_KNOWN), "roles"), None)
                for right in RIGHTS_KNOWN
            },
            kept="rights",
        ),
        Section(
            "changes",
            "A change of a balance from this amount on needs a second person.",
            {"second_signature_from": amount_or_none(currency)},
        ),
        Section(
            "change_limits",
            "The largest change of a balance, and all in a shift, by role.",
            {
                "role": Setting(choice(*ROLES_KNOWN)),
                "one_max": amount_or_none(currency),
                "shift_max": amount_or_none(currency),
            },
            key="role",
            kept="changes",
        ),
        Section(
            "bonus_tiers",
            "A top-up from this amount on earns so many percent of it, or so many points.",
            {
                "from": amount(currency),
                "percent": Setting(between(0, 100), 0),
                "points": Setting(count, 0),
            },
            key="from",
            kept="bonus",
        ),
        Section(
            "hours",
            "Opening hours: days from 1 (Monday) to 7, past midnight too. None: always open.",
            {
                "days": Setting(each_once(between(1, 7), "days from 1 to 7"), list(DAYS)),
                "opens": Setting(clock_time(24)),
                "closes": Setting(clock_time(24)),
            },
            key="opens",
            kept="hours",
        ),
        Section(
            "markups",
            "What raises an order to the minimum amount.",
            {
                "id": Setting(name_id),
                "name": Setting(text),
                "undistributed": Setting(flag, True),
                "count_type": Setting(choice("amount", "percent"), "amount"),
                "minimum_amount": amount(currency, 0),
            },
            key="id",
        ),
        Section(
            "money_reasons",
            "Why money goes in or out: names, and what each may be used for.",
            {
                "id": Setting(name_id),
                "name": Setting(text),
                "uses": Setting(each_once(choice(*USES), "uses")),
                "prepayment": Setting(flag, False),
                "markup": Setting(name_id_or_none, ""),
                "employee": Setting(flag, False),
            },
            key="id",
        ),
        Section(
            "card_types",
            "Types of cards. A personal one has a wallet and no prepayment; another serves a\n"
            "group for a visit. `limit` is how far a visit may go below zero, or none at all.",
            {
                "id": Setting(name_id),
                "name": Setting(text),
                "personal": Setting(flag),
                "in_use": Setting(flag, True),
                "prepay_amount": amount(currency, 0),
                "prepay_reason": Setting(name_id_or_none, ""),
                "limit": amount_or_none(currency, 0),
                "minimum": amount(currency, 0),
                "markup": Setting(name_id_or_none, ""),
                "discount_percent": Setting(between(0, 100), 0),
                "floating": Setting(flag, True),
                "genuine": Setting(flag, False),
            },
            key="id",
        ),
        Section(
            "rules",
            "How a read becomes a card: exactly one rule must match.",
            {
                "name": Setting(text),
                "algorithm": Setting(choice(*ALGORITHMS)),
                "signals": Setting(listed(choice(*SIGNALS), "signals")),
                "scope": Setting(choice(*SCOPES)),
                "object": Setting(any_text, ""),
                "reader": Setting(text, None),
                "pattern": Setting(any_text, ""),
                "lengths": Setting(listed(count, "lengths"), []),
                "track": Setting(count, 0),
                "start": Setting(count, 0),
                "length": Setting(count, 0),
                "dated": Setting(flag, False),
                "check": Setting(choice(*NUMBER_CHECKS), "none"),
            },
            key="name",
        ),
        Section(
            "tills",
            "Tills where something differs from [visits].",
            {
                "id": Setting(name_id),
                "name": Setting(text),
                "pay_on_exit": Setting(flag, None),
                "order_max_amount_check": Setting(choice(*CHECKS, aliases=CHECK_ALIASES), None),
            },
            key="id",
        ),
        Section(
            "menu",
            "What is sold, and whether bonus points may pay for it.",
            {
                "id": Setting(name_id),
                "name": Setting(text),
                "price": amount(currency),
                "bonus": Setting(flag, False),
                "in_use": Setting(flag, True),
            },
            key="id",
        ),
        Section(
            "packages",
            "Minutes that are sold in advance.",
            {
                "id": Setting(name_id),
                "kind": Setting(choice(*KINDS)),
                "minutes": Setting(between(1, 100_000)),
                "price": amount(currency),
            },
            key="id",
        ),
        Section(
            "tariffs",
            "What an hour costs, by day and time of day; rates cover the whole week.",
            {
                "id": Setting(name_id),
                "name": Setting(text),
                "rates": rates(currency),
                "bonus_max_percent": Setting(between(0, 100), 100),
            },
            key="id",
        ),
        Section(
            "stations",
            "Where a session runs.",
            {
                "id": Setting(name_id),
                "name": Setting(text),
                "kind": Setting(choice(*KINDS, "any"), "any"),
                "tariff": Setting(name_id),
                "in_use": Setting(flag, True),
            },
            key="id",
        ),
        Section(
            "groups",
            "Groups of clients: by money spent, with a tariff or a discount of their own.",
            {
                "id": Setting(name_id),
                "name": Setting(text),
                "spent_from": amount_or_none(currency),
                "tariff": Setting(name_id_or_none, ""),
                "discount_percent": Setting(between(0, 100), 0),
            },
            key="id",
        ),
        Section(
            "staff",
            "Who works here. PINs are no part of any file: `kiosk staff pin NUMBER`.",
            {
                "number": Setting(matching("[0-9]{1,6}", 'a number such as "101"')),
                "name": Setting(text),
                "role": Setting(choice(*ROLES_KNOWN)),
                "card": Setting(any_text, ""),
                "state": Setting(choice("active", "left"), "active"),
            },
            key="number",
        ),
    )


SET_TOGETHER: Final = ("change_limits", "bonus_tiers", "hours")
"""Lists of tables that are kept in the settings' document, not in tables of their own."""

TABLES: Final = tuple(
    section.name
    for section in sections(CURRENCIES["RUB"])
    if section.key and section.name not in SET_TOGETHER
)
"""The tables of the store that a file fills beside ``settings``."""
