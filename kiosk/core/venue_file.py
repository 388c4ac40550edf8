"""A venue in a file: what `kiosk import venue.toml` puts into the store.

Card types, recognition rules, limits, note denominations, names. ``kiosk/demo_venue.toml`` is the
example with every setting and its reason. All mistakes are told at once.

Amounts are whole numbers of the currency or decimals in quotes (``"999.50"``), never TOML floats.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from kiosk.core.books import legible
from kiosk.core.config import suggest, time_zone_known
from kiosk.core.errors import ConfigError
from kiosk.core.money import CURRENCIES, Currency, Money
from kiosk.core.phones import PhonePlan
from kiosk.core.recognition import ALGORITHMS, SCOPES, SIGNALS, Rule, overlaps, rule_mistakes


@dataclass(frozen=True)
class CardType:
    """A type of cards (E9 to E16, E35, E66, E102); amounts in the venue's currency.

    `limit` is how far a visit's balance may go below zero, None for no limit check at all, which
    is not a limit of 0.
    """

    id: str
    name: str
    personal: bool
    in_use: bool
    prepay_amount: Money
    prepay_reason: str
    limit: Money | None
    minimum: Money
    floating: bool


@dataclass(frozen=True)
class Visits:
    """How visits work here (E5 to E8, E19, E30, E85)."""

    one_order_in_visit: bool
    entrance_card: Literal["seats_without_card_allowed", "only_with_card", "none"]
    pay_on_exit: bool
    order_max_amount_check: Literal["forbid_saving", "warning_only", "do_not_use"]
    prepay_accounting: Literal["do_not_account", "receipt_later_summary"]
    floating_prepay_enabled: bool


@dataclass(frozen=True)
class VenueFile:
    """A venue, read and checked; `warnings` are for the installer and change nothing."""

    name: str
    currency: Currency
    time_zone: str
    accent: str
    palette: Literal["night", "day"]
    opening: str
    terms_version: str
    default_card_type: str
    faces: tuple[int, ...]
    balance_max: Money
    top_up_max: Money
    phone: PhonePlan
    visits: Visits
    card_types: tuple[CardType, ...]
    rules: tuple[Rule, ...]
    warnings: tuple[str, ...] = ()

    def documents(self) -> dict[str, list[dict[str, Any]]]:
        """The venue as documents of the store: table → documents of plain JSON values.

        Amounts are minor units. ``settings`` has the one document ``venue``.
        """
        settings = {
            "id": "venue",
            "name": self.name,
            "currency": self.currency.code,
            "time_zone": self.time_zone,
            "accent": self.accent,
            "palette": self.palette,
            "opening": self.opening,
            "terms_version": self.terms_version,
            "default_card_type": self.default_card_type,
            "faces": list(self.faces),
            "balance_max": self.balance_max.minor,
            "top_up_max": self.top_up_max.minor,
            "phone": asdict(self.phone) | {"groups": list(self.phone.groups)},
            **asdict(self.visits),
        }
        card_types = [
            asdict(kind)
            | {
                "prepay_amount": kind.prepay_amount.minor,
                "limit": None if kind.limit is None else kind.limit.minor,
                "minimum": kind.minimum.minor,
            }
            for kind in self.card_types
        ]
        rules = [{"id": rule.name, **rule.to_document()} for rule in self.rules]
        return {"settings": [settings], "card_types": card_types, "rules": rules}


def read(path: Path) -> VenueFile:
    """Read a venue file.

    Raises:
        ConfigError: every mistake, a line each: file, where, what, what to do.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise ConfigError([f"{path}: there is no such file; check the path"]) from None
    except OSError as error:
        told = f"{path}: cannot be read ({error.strerror}); check the path and its rights"
        raise ConfigError([told]) from None
    except UnicodeDecodeError:
        raise ConfigError([f"{path}: is not UTF-8; save it as UTF-8"]) from None
    return parse(text, str(path))


def parse(text: str, file: str = "venue.toml") -> VenueFile:
    """The venue of a file's text; `file` names it in the mistakes. Errors as in `read`."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{file}: is not TOML: {error}; correct that line"]) from None
    return _Reading(file).venue(given)


# --- what each setting may be ------------------------------------------------------------------


class _Wrong(Exception):
    """A value that cannot be; says what it is and what to do."""


TEXT_CHARACTERS_MAX = 200
COUNT_MAX = 1_000_000
ITEMS_MAX = 100
"""Of one list of values; of card types and of rules too."""
AMOUNT_MAX_MINOR = 10**12
PHONE_DIGITS_MAX = 15
"""E.164."""

Read = Callable[[object], Any]
_REQUIRED = object()


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Wrong("is no text; write it in quotes")
    if not legible(value, TEXT_CHARACTERS_MAX):
        raise _Wrong(
            f"is too long or has line ends; write {TEXT_CHARACTERS_MAX} characters at most"
        )
    return value.strip()


def _any_text(value: object) -> str:
    return "" if value == "" else _text(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise _Wrong("is neither true nor false; write true or false")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _Wrong("is no count; write a whole number from 0 on")
    if value > COUNT_MAX:
        raise _Wrong(f"is too large; write {COUNT_MAX} at most")
    return value


def _list(read: Read, of: str) -> Read:
    def reading(value: object) -> Any:
        if not isinstance(value, list) or not value:
            raise _Wrong(f"is no list; write {of} in square brackets")
        if len(value) > ITEMS_MAX:
            raise _Wrong(f"is too long; write {ITEMS_MAX} at most")
        return tuple(read(item) for item in value)

    return reading


def _face(value: object) -> int:
    face = _count(value)
    if face == 0:
        raise _Wrong("holds a note of 0; write the values that are printed on the notes")
    return face


def _groups(value: object) -> tuple[int, ...]:
    sizes: tuple[int, ...] = _list(_count, "the sizes of the groups")(value)
    if 0 in sizes or sum(sizes) > PHONE_DIGITS_MAX:
        raise _Wrong(
            f"are no groups of a phone number; write 1 to {PHONE_DIGITS_MAX} digits in all"
        )
    return sizes


def _matching(pattern: str, wanted: str) -> Read:
    def reading(value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise _Wrong(f"is not {wanted}; write it so")
        return value

    return reading


def _zone(value: object) -> str:
    name = _text(value)
    if not time_zone_known(name):
        raise _Wrong(f'names no time zone ("{name}"); write one such as "Europe/Moscow"')
    return name


def _plain(word: str) -> str:
    """``Receipt, Later Summary`` → ``receipt_later_summary``: the vendor's spelling is an alias."""
    return re.sub(r"[^a-z0-9]+", "_", word.lower()).strip("_")


def _choice(*known: str, aliases: Mapping[str, str] | None = None) -> Read:
    def reading(value: object) -> str:
        word = _plain(value) if isinstance(value, str) else ""
        word = (aliases or {}).get(word, word)
        if word not in known:
            raise _Wrong(f"cannot be {value!r}; {suggest(word or str(value), known)}")
        return word

    return reading


def _amount(currency: Currency) -> Read:
    def reading(value: object) -> Money:
        if isinstance(value, float):
            raise _Wrong(
                f"is a floating-point number ({value}), which cannot hold money exactly; "
                f'write it in quotes: "{value}"'
            )
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            raise _Wrong('is no amount; write 500 or "999.50"')
        try:
            money = Money.parse(str(value), currency)
        except ValueError as error:
            raise _Wrong(f'is no amount: {error}; write 500 or "999.50"') from None
        if money.minor < 0:
            raise _Wrong("is below zero; write an amount from 0 on")
        if money.minor > AMOUNT_MAX_MINOR:
            raise _Wrong("is more than any wallet holds; remove some zeros")
        return money

    return reading


def _limit(currency: Currency) -> Read:
    amount = _amount(currency)
    return lambda value: None if value == "none" else amount(value)


_ID = _matching(r"[a-z0-9][a-z0-9_-]{0,31}", "small letters, digits and hyphens (32 at most)")
_ENTRANCE = ("seats_without_card_allowed", "only_with_card", "none")
_CHECKS = ("forbid_saving", "warning_only", "do_not_use")
_CHECK_ALIASES = {
    "prohibit_order_saving": "forbid_saving",
    "forbid_order_saving": "forbid_saving",
    "warning": "warning_only",
}

_VENUE: dict[str, tuple[Read, Any]] = {
    "name": (_text, _REQUIRED),
    "currency": (_choice(*(code.lower() for code in CURRENCIES)), _REQUIRED),
    "time_zone": (_zone, _REQUIRED),
    "accent": (_matching("#[0-9A-Fa-f]{6}", 'a colour such as "#FFC53D"'), "#FFC53D"),
    "palette": (_choice("night", "day"), "night"),
    "opening": (_any_text, ""),
    "terms_version": (_text, _REQUIRED),
    "default_card_type": (_text, _REQUIRED),
}
_VISITS: dict[str, tuple[Read, Any]] = {
    "one_order_in_visit": (_flag, False),
    "entrance_card": (_choice(*_ENTRANCE), "seats_without_card_allowed"),
    "pay_on_exit": (_flag, True),
    "order_max_amount_check": (_choice(*_CHECKS, aliases=_CHECK_ALIASES), "forbid_saving"),
    "prepay_accounting": (_choice("do_not_account", "receipt_later_summary"), "do_not_account"),
    "floating_prepay_enabled": (_flag, True),
}
_PHONE: dict[str, tuple[Read, Any]] = {
    "country": (_matching("[1-9][0-9]{0,2}", 'a calling code such as "7"'), "7"),
    "trunk": (_matching("[0-9]{0,3}", 'the digits dialled first, such as "8", or ""'), "8"),
    "groups": (_groups, (3, 3, 2, 2)),
}
_RULE: dict[str, tuple[Read, Any]] = {
    "name": (_text, _REQUIRED),
    "algorithm": (_choice(*ALGORITHMS), _REQUIRED),
    "signals": (_list(_choice(*SIGNALS), "signals"), _REQUIRED),
    "scope": (_choice(*SCOPES), _REQUIRED),
    "object": (_any_text, ""),
    "reader": (_text, None),
    "pattern": (_any_text, ""),
    "lengths": (_list(_count, "lengths"), ()),
    "track": (_count, 0),
    "start": (_count, 0),
    "length": (_count, 0),
    "dated": (_flag, False),
}


def _cash(currency: Currency) -> dict[str, tuple[Read, Any]]:
    return {
        "faces": (_list(_face, "face values"), _REQUIRED),
        "balance_max": (_amount(currency), _REQUIRED),
        "top_up_max": (_amount(currency), _REQUIRED),
    }


def _card_type(currency: Currency) -> dict[str, tuple[Read, Any]]:
    nothing = Money(0, currency)
    return {
        "id": (_ID, _REQUIRED),
        "name": (_text, _REQUIRED),
        "personal": (_flag, _REQUIRED),
        "in_use": (_flag, True),
        "prepay_amount": (_amount(currency), nothing),
        "prepay_reason": (_any_text, ""),
        "limit": (_limit(currency), nothing),
        "minimum": (_amount(currency), nothing),
        "floating": (_flag, True),
    }


_SECTIONS = ("venue", "visits", "phone", "cash", "card_types", "rules")


class _Reading:
    """One reading of one file: collects its mistakes."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._mistakes: list[str] = []

    def _wrong(self, where: str, told: str) -> None:
        self._mistakes.append(f"{self._file}: {where}: {told}")

    def venue(self, given: Mapping[str, Any]) -> VenueFile:
        for section in given:
            if section not in _SECTIONS:
                self._wrong(f"[{section}]", f"unknown section; {suggest(section, _SECTIONS)}")
        venue = self._table("[venue]", given.get("venue", {}), _VENUE)
        # With a wrong currency the amounts are read all the same, so that their mistakes are told.
        currency = CURRENCIES[venue.pop("currency", "rub").upper()]
        visits = self._table("[visits]", given.get("visits", {}), _VISITS)
        phone = self._table("[phone]", given.get("phone", {}), _PHONE)
        cash = self._table("[cash]", given.get("cash", {}), _cash(currency))
        types = self._tables("card_types", given, _card_type(currency), CardType, "id")
        rules = self._tables("rules", given, _RULE, Rule, "name")
        warnings: list[str] = []
        self._check_cash(cash)
        self._check_types(types, venue, visits, warnings)
        self._check_rules(rules, types)
        if self._mistakes:
            raise ConfigError(self._mistakes)
        return VenueFile(
            **venue,
            currency=currency,
            **cash,
            phone=PhonePlan(**phone),
            visits=Visits(**visits),
            card_types=tuple(types),
            rules=tuple(rules),
            warnings=tuple(warnings),
        )

    def _table(
        self, where: str, given: object, known: Mapping[str, tuple[Read, Any]]
    ) -> dict[str, Any]:
        if not isinstance(given, dict):
            self._wrong(where, "is no section; write its settings below it")
            return {}
        values = {name: default for name, (_, default) in known.items() if default is not _REQUIRED}
        named = {_plain(name): (name, value) for name, value in given.items()}
        for name, (spelt, value) in named.items():
            if name not in known:
                self._wrong(f"{where} {spelt}", f"unknown setting; {suggest(name, known)}")
                continue
            try:
                values[name] = known[name][0](value)
            except _Wrong as wrong:
                self._wrong(f"{where} {spelt}", str(wrong))
        for name, (_, default) in known.items():
            if default is _REQUIRED and name not in named:
                self._wrong(f"{where} {name}", "is missing; write it")
        return values

    def _tables(
        self,
        section: str,
        given: Mapping[str, Any],
        known: Mapping[str, tuple[Read, Any]],
        of: Callable[..., Any],
        key: str,
    ) -> list[Any]:
        """The complete items of a list of tables; each item's mistakes name it."""
        items = given.get(section, [])
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            self._wrong(section, f"is no list of tables; write [[{section}]] above each")
            return []
        if len(items) > ITEMS_MAX:
            self._wrong(section, f"is too long; write {ITEMS_MAX} at most")
            return []
        made = []
        for number, item in enumerate(items, start=1):
            where = f"[[{section}]] {item.get(key, f'number {number}')}"
            before = len(self._mistakes)
            values = self._table(where, item, known)
            if len(self._mistakes) == before:
                made.append(of(**values))
        for name, times in Counter(getattr(item, key) for item in made).items():
            if times > 1:
                self._wrong(f"[[{section}]] {name}", f"is there {times} times; rename or remove")
        return made

    def _check_cash(self, cash: Mapping[str, Any]) -> None:
        faces, most = cash.get("faces"), cash.get("top_up_max")
        if faces and most and Money.face(min(faces), most.currency) > most:
            self._wrong("[cash] top_up_max", f"is less than the smallest note ({min(faces)})")
        if faces and len(set(faces)) < len(faces):
            self._wrong("[cash] faces", "names a note twice; remove one")

    def _check_types(
        self,
        types: Sequence[CardType],
        venue: Mapping[str, Any],
        visits: Mapping[str, Any],
        warnings: list[str],
    ) -> None:
        for kind in types:
            where = f"[[card_types]] {kind.id}"
            if kind.personal and (kind.prepay_amount or kind.prepay_reason):
                self._wrong(where, "a personal card cannot be prepaid; remove prepay_* (E66)")
            fiscal = visits.get("prepay_accounting") == "receipt_later_summary"
            if fiscal and kind.prepay_amount and not kind.prepay_reason:
                self._wrong(where, "a fiscal prepayment needs a reason; write prepay_reason (E88)")
            if not fiscal and kind.prepay_reason:
                told = "prepay_reason is not used with prepay_accounting = do_not_account (E88)"
                warnings.append(f"{self._file}: {where}: {told}")
        wanted = venue.get("default_card_type")
        named = {kind.id: kind for kind in types}
        if wanted is None:
            return
        where = "[venue] default_card_type"
        if wanted not in named:
            self._wrong(where, f'there is no card type "{wanted}"; {suggest(wanted, named)}')
        elif not named[wanted].personal or not named[wanted].in_use:
            self._wrong(where, f'"{wanted}" is not a personal type in use; name one that is (U1)')

    def _check_rules(self, rules: Sequence[Rule], types: Sequence[CardType]) -> None:
        """E12, E64, E73: each non-personal type in use has one rule, and no two rules overlap."""
        for rule in rules:
            for told in rule_mistakes(rule):
                self._wrong(f"[[rules]] {rule.name} {told.partition(':')[0]}", _after(told))
        named = {kind.id: kind for kind in types}
        counted = Counter(rule.object for rule in rules if rule.scope == "entrance_card")
        for rule in rules:
            if rule.scope != "entrance_card" or not rule.object:
                continue
            where = f"[[rules]] {rule.name}"
            kind = named.get(rule.object)
            if kind is None:
                told = (
                    f'there is no card type "{rule.object}" for it; {suggest(rule.object, named)}'
                )
                self._wrong(where, f"{told} (E12)")
            elif kind.personal:
                told = 'is personal; write scope = "interface", object = "PDS" or "CRM" (E64)'
                self._wrong(where, f'card type "{kind.id}" {told}')
            elif not kind.in_use:
                self._wrong(where, f'card type "{kind.id}" is not in use; remove the rule (E12)')
        for kind in types:
            rules_of_kind = counted[kind.id]
            if kind.personal or not kind.in_use or rules_of_kind == 1:
                continue
            told = "has no rule" if not rules_of_kind else f"has {rules_of_kind} rules"
            self._wrong(f"[[card_types]] {kind.id}", f"{told}; give it exactly one (E12)")
        if any(kind.personal and kind.in_use for kind in types) and not any(
            rule.scope == "interface" for rule in rules
        ):
            told = 'no rule finds personal cards; write one with scope = "interface" (E64)'
            self._wrong("[[rules]]", told)
        for told in overlaps(rules):
            self._wrong("[[rules]]", f"{told} (E73)")


def _after(told: str) -> str:
    return told.partition(": ")[2]
