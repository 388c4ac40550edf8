"""A venue in a file: what `kiosk import` puts into the store, and `kiosk export` takes out.

`venue_sections` says what may stand in it, `venue_checks` what must fit together. All mistakes are
told at once.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.core.config import suggest
from kiosk.core.errors import ConfigError
from kiosk.core.money import CURRENCIES, Currency
from kiosk.core.venue_checks import check
from kiosk.core.venue_sections import SET_TOGETHER, Section, sections
from kiosk.core.venue_values import REQUIRED, Wrong, plain

ITEMS_MAX = 500
"""Tables of one list."""

Documents = Mapping[str, list[dict[str, Any]]]
"""Table → its documents, plain JSON values, amounts in minor units."""


@dataclass(frozen=True)
class VenueFile:
    """A venue, read and checked; `warnings` are for the installer and change nothing."""

    documents: Documents
    warnings: tuple[str, ...] = ()

    @property
    def settings(self) -> Mapping[str, Any]:
        """The one document of the table ``settings``."""
        return self.documents["settings"][0]

    @property
    def name(self) -> str:
        """What the venue is called."""
        return str(self.settings["name"])

    @property
    def currency(self) -> Currency:
        """What all its amounts are in."""
        return CURRENCIES[self.settings["currency"]]


def read(path: Path) -> VenueFile:
    """Read a venue file.

    Raises:
        ConfigError: every mistake, a line each: file, where, what, what to do.
    """
    try:
        written = path.read_text("utf-8")
    except FileNotFoundError:
        raise ConfigError([f"{path}: there is no such file; check the path"]) from None
    except OSError as error:
        told = f"{path}: cannot be read ({error.strerror}); check the path and its rights"
        raise ConfigError([told]) from None
    except UnicodeDecodeError:
        raise ConfigError([f"{path}: is not UTF-8; save it as UTF-8"]) from None
    return parse(written, str(path))


def parse(written: str, file: str = "venue.toml") -> VenueFile:
    """The venue of a file's text; `file` names it in the mistakes. Errors as in `read`."""
    try:
        given = tomllib.loads(written)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{file}: is not TOML: {error}; correct that line"]) from None
    return checked(given, file)


def checked(given: Mapping[str, Any], file: str = "venue.toml") -> VenueFile:
    """The venue of what TOML holds. Errors as in `read`."""
    return _Reading(file).venue(given)


def laid_out(documents: Documents) -> dict[str, Any]:
    """What TOML holds of a venue as the store has it: `checked` makes the same documents of it."""
    settings = documents["settings"][0]
    made: dict[str, Any] = {}
    for section in sections(CURRENCIES[settings["currency"]]):
        items = [_values(section, item) for item in _items(section, settings, documents)]
        if not section.key:
            made[section.name] = items[0]
        elif items:
            made[section.name] = items
    return made


def write(documents: Documents) -> str:
    """The file of a venue as the store has it; reading it makes the same documents."""
    settings = documents["settings"][0]
    currency = CURRENCIES[settings["currency"]]
    parts = [
        "# The settings of this venue, as `kiosk export` wrote them. Change them here, and bring\n"
        "# them back with `kiosk import FILE`: it tells all mistakes at once, and a wrong file\n"
        "# changes nothing. Amounts are whole numbers, or decimals in quotes.\n"
    ]
    laid = laid_out(documents)
    for section in sections(currency):
        about = "".join(f"# {line}\n" for line in section.about.splitlines())
        if not section.key:
            parts.append(f"{about}[{section.name}]\n{_written(laid[section.name])}")
        elif section.name in laid:
            written = [f"[[{section.name}]]\n{_written(item)}" for item in laid[section.name]]
            parts.append(about + "\n".join(written))
    return "\n".join(parts)


def _items(
    section: Section, settings: Mapping[str, Any], documents: Documents
) -> list[dict[str, Any]]:
    """What stands in a section, each setting by its name."""
    match section.name:
        case "change_limits":
            kept = settings["changes"].items()
            return [{"role": r, "one_max": one, "shift_max": all_} for r, (one, all_) in kept]
        case "bonus_tiers":
            tiers = settings["bonus"]["tiers"]
            return [dict(zip(section.settings, tier, strict=True)) for tier in tiers]
        case "hours":
            return [dict(zip(section.settings, row, strict=True)) for row in settings["hours"]]
        case name if section.key:
            return documents[name]
        case _ if section.kept:
            return [settings.get(section.kept, {})]
        case _:
            return [dict(settings)]


def _values(section: Section, values: Mapping[str, Any]) -> dict[str, Any]:
    made = {}
    for name, setting in section.settings.items():
        value = values.get(name, setting.default)
        # What is not set needs no line, and in a list nor does what is as always.
        if (value is None and setting.default is None) or (
            section.key and value == setting.default
        ):
            continue
        made[name] = setting.write(value)
    return made


def _written(values: Mapping[str, Any]) -> str:
    return "".join(f"{name} = {_toml(value)}\n" for name, value in values.items())


def _toml(value: Any) -> str:
    """A value as TOML writes it; strings of JSON are strings of TOML."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_toml(item)}" for name, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


class _Reading:
    """One reading of one file: collects its mistakes."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._mistakes: list[str] = []
        self._warnings: list[str] = []

    def _wrong(self, where: str, told: str) -> None:
        self._mistakes.append(f"{self._file}: {where}: {told}")

    def _warn(self, where: str, told: str) -> None:
        self._warnings.append(f"{self._file}: {where}: {told}")

    def venue(self, given: Mapping[str, Any]) -> VenueFile:
        known = sections(_currency(given))
        for name in given:
            if name not in (names := [section.name for section in known]):
                self._wrong(f"[{name}]", f"unknown section; {suggest(name, names)}")
        settings: dict[str, Any] = {"id": "venue", "changes": {}, "hours": []}
        tables: dict[str, list[dict[str, Any]]] = {}
        for section in known:
            if section.key:
                tables[section.name] = self._list(section, given)
            else:
                values = self._table(f"[{section.name}]", given.get(section.name, {}), section)
                if values or not section.later:
                    settings |= {section.kept: values} if section.kept else values
        if self._mistakes:
            # What fits together is said of what can be read; the rest may be what is missing.
            check(settings, tables, self._wrong, lambda where, told: None)
            raise ConfigError(self._mistakes)
        _complete(settings, tables)
        check(settings, tables, self._wrong, self._warn)
        if self._mistakes:
            raise ConfigError(self._mistakes)
        for name in SET_TOGETHER:
            del tables[name]
        return VenueFile({"settings": [settings], **tables}, tuple(self._warnings))

    def _table(self, where: str, given: object, section: Section) -> dict[str, Any]:
        if not isinstance(given, dict):
            self._wrong(where, "is no section; write its settings below it")
            return {}
        known = section.settings
        values = {
            name: setting.default
            for name, setting in known.items()
            if setting.default is not REQUIRED
            # What a later version added to such a section is not in a store of before.
            and not (section.kept and not section.key and setting.default is None)
        }
        named = {plain(name): (name, value) for name, value in given.items()}
        if section.name == "markups":
            self._detail(where, named)
        for name, (spelt, value) in named.items():
            if name not in known:
                self._wrong(f"{where} {spelt}", f"unknown setting; {suggest(name, known)}")
                continue
            try:
                values[name] = known[name].read(value)
            except Wrong as wrong:
                self._wrong(f"{where} {spelt}", str(wrong))
        for name, setting in known.items():
            if setting.default is REQUIRED and name not in named:
                self._wrong(f"{where} {name}", "is missing; write it")
        return values

    def _detail(self, where: str, named: dict[str, tuple[str, Any]]) -> None:
        """The vendor's percent detail of a markup: the threshold may stand there, too (E32)."""
        spelt, detail = named.pop("detail", ("", None))
        if detail is None:
            return
        if not isinstance(detail, dict) or plain(str(detail.get("count_type", ""))) != "percent":
            self._wrong(f"{where} {spelt}", 'is no detail; write { count_type = "percent" } (E32)')
        elif "minimum_amount" in detail:
            named.setdefault("minimum_amount", ("minimum_amount", detail["minimum_amount"]))

    def _list(self, section: Section, given: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The complete items of a list of tables; each item's mistakes name it."""
        items = given.get(section.name, [])
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            self._wrong(section.name, f"is no list of tables; write [[{section.name}]] above each")
            return []
        if len(items) > ITEMS_MAX:
            self._wrong(section.name, f"is too long; write {ITEMS_MAX} at most")
            return []
        made = []
        for number, item in enumerate(items, start=1):
            where = f"[[{section.name}]] {item.get(section.key, f'number {number}')}"
            before = len(self._mistakes)
            values = self._table(where, item, section)
            if len(self._mistakes) == before:
                made.append(values)
        # Two lines of opening hours may begin at the same time: those of other days.
        names = Counter(str(item[section.key]) for item in made if section.name != "hours")
        for name, times in names.items():
            if times > 1:
                self._wrong(
                    f"[[{section.name}]] {name}", f"is there {times} times; rename or remove"
                )
        return made


def _currency(given: Mapping[str, Any]) -> Currency:
    """With a wrong currency the amounts are read all the same, so that their mistakes are told."""
    venue = given.get("venue")
    code = venue.get("currency") if isinstance(venue, dict) else None
    return CURRENCIES.get(str(code).upper(), CURRENCIES["RUB"])


def _complete(settings: dict[str, Any], tables: dict[str, list[dict[str, Any]]]) -> None:
    """What one setting says of another, and the names of the documents."""
    if settings["minimum_scope"] is None:
        settings["minimum_scope"] = "visit" if settings["pay_on_exit"] else "order"
    if settings["coins"] is None:
        # A later version added it: a store of before has none.
        del settings["coins"]
    settings["changes"] = {
        limit["role"]: [limit["one_max"], limit["shift_max"]] for limit in tables["change_limits"]
    }
    tiers = sorted(tables["bonus_tiers"], key=lambda tier: int(tier["from"]))
    settings["bonus"]["tiers"] = [[t["from"], t["percent"], t["points"]] for t in tiers]
    settings["hours"] = [[h["days"], h["opens"], h["closes"]] for h in tables["hours"]]
    minimum = {markup["id"]: markup["minimum_amount"] for markup in tables["markups"]}
    for kind in tables["card_types"]:
        kind["minimum"] = kind["minimum"] or minimum.get(kind["markup"], 0)
        if not kind["genuine"]:
            # A later version added it, too: a type of before does not say that it is not.
            del kind["genuine"]
    for rule in tables["rules"]:
        rule["id"] = rule["name"]
    for person in tables["staff"]:
        person["id"] = person["number"]
