"""The answers as a file, for fleets: ``foyer-setup.toml``. All mistakes are told at once.

It is read before there is a kiosk, from a partition that anybody with a card reader can read:
a PIN in it is refused, only what ``kiosk set-up --hash`` makes of one may stand there.
Source: docs/first-boot.md.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_address, ip_interface
from pathlib import Path
from typing import Any

from kiosk.core import venue_file
from kiosk.core.config import Config, suggest, time_zone_known
from kiosk.core.errors import ConfigError
from kiosk.core.money import CURRENCIES
from kiosk.core.recognition import Rule
from kiosk.core.staff import NAME_CHARACTERS_MAX
from kiosk.core.texts import LANGUAGES
from kiosk.core.venue_file import VenueFile
from kiosk.first_boot.answers import KINDS, OWNER_NUMBER, Answers, Device, Owner, Plan
from kiosk.first_boot.creation import Place
from kiosk.first_boot.venue_template import COUNTRIES, venue

BYTES_MAX = 256_000

Check = Callable[[Any], str]
"""What is wrong with a value and what to do, or nothing."""


@dataclass(frozen=True)
class Network:
    """How the machine is in the network, as its helper takes it; `link` empty: as it is."""

    link: str = ""
    network: str = ""
    password: str = field(default="", repr=False)
    address: str = ""
    gateway: str = ""
    name_server: str = ""


@dataclass(frozen=True)
class Setup:
    """What a file says: the answers, the network, the plan of the kiosk.

    Without a PIN the plan is not complete: the owner sets one at the screen.
    """

    answers: Answers
    network: Network
    plan: Plan
    rules: tuple[Rule, ...] = field(repr=False)

    @property
    def complete(self) -> bool:
        """Nobody has to be asked for anything."""
        owner = self.answers.owner
        return owner is not None and bool(owner.pin_hash)


def read(path: Path, place: Place) -> Setup:
    """Read a file for fleets.

    Args:
        path: the file; a venue's file that it names lies beside it.
        place: where the kiosk is to be made: devices are checked as its kiosk.toml would be.

    Raises:
        ConfigError: every mistake, a line each: file, where, what, what to do.
    """
    return _Reading(path).setup(place)


# --- what values may be -----------------------------------------------------------------------


def _text(most: int = 200) -> Check:
    def check(value: Any) -> str:
        fine = isinstance(value, str) and value.strip() and value.isprintable()
        told = f"is no text of 1 to {most} letters; write one"
        return "" if fine and len(value) <= most else told

    return check


def _form(pattern: str, told: str) -> Check:
    def check(value: Any) -> str:
        fine = isinstance(value, str) and re.fullmatch(pattern, value)
        return "" if fine else f"is not {told}; write it so"

    return check


def _one_of(*known: str) -> Check:
    def check(value: Any) -> str:
        return "" if value in known else f'cannot be "{value}"; {suggest(str(value), known)}'

    return check


def _zone(value: Any) -> str:
    fine = isinstance(value, str) and time_zone_known(value)
    return "" if fine else f'names no time zone ("{value}"); write one such as "Europe/Moscow"'


def _own_address(value: Any) -> str:
    try:
        if "/" in str(value) and ip_interface(value):
            return ""
    except ValueError:
        pass
    return 'is no address with its network; write it like "192.168.1.20/24"'


def _address(value: Any) -> str:
    try:
        ip_address(value)
    except ValueError:
        return 'is no address; write it like "192.168.1.1"'
    return ""


def _hash(value: Any) -> str:
    fine = isinstance(value, str) and re.fullmatch(
        r"scrypt\$\d+\$\d+\$\d+\$[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+", value
    )
    return "" if fine else "is no hash of a PIN; write what `kiosk set-up --hash` prints"


_NO_PIN = (
    "a PIN must not stand here: anybody can read this card; write pin_hash = what "
    "`kiosk set-up --hash` prints, or nothing: then the owner sets the PIN at the screen"
)
SECTIONS: Mapping[str, Mapping[str, Check]] = {
    "kiosk": {
        "id": _form(r"[A-Za-z0-9]{1,12}", "1 to 12 letters and digits"),
        "language": _one_of(*LANGUAGES),
    },
    "venue": {
        "file": _form(r"foyer-[A-Za-z0-9._-]+\.toml", 'a name such as "foyer-venue.toml"'),
        "kind": _one_of(*KINDS),
        "name": _text(),
        "currency": _one_of(*COUNTRIES),
        "time_zone": _zone,
    },
    "network": {
        "link": _one_of("cable", "wifi"),
        "network": _text(32),
        "password": _form(r"[ -~]{8,63}", "8 to 63 Latin letters, figures and signs"),
        "address": _own_address,
        "gateway": _address,
        "name_server": _address,
    },
    "owner": {
        "name": _text(NAME_CHARACTERS_MAX),
        "card": _text(NAME_CHARACTERS_MAX),
        "pin": lambda value: _NO_PIN,
        "pin_hash": _hash,
    },
}
"""What may stand in each section; [devices.NAME] are those of kiosk.toml."""

_NOT_HERE = ("kiosk", "store", "devices", "ports_file")
MACHINE = tuple(f.name for f in fields(Config) if f.name not in _NOT_HERE)
"""Sections that go into kiosk.toml as they are."""


class _Reading:
    """One reading of one file: collects its mistakes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.mistakes: list[str] = []

    def wrong(self, where: str, told: str) -> None:
        self.mistakes.append(f"{self._path.name}: {where}: {told}")

    def setup(self, place: Place) -> Setup:
        given = self._file()
        known = [*SECTIONS, "devices", *MACHINE]
        for name in given:
            if name not in known:
                self.wrong(f"[{name}]", f"unknown section; {suggest(name, known)}")
        told = {name: self._section(name, given.get(name, {})) for name in SECTIONS}
        devices = self._devices(given.get("devices", {}))
        of_venue = self._venue(told["venue"], told["kiosk"].get("language", "en"))
        network = self._network(told["network"])
        if "name" not in told["owner"]:
            self.wrong("[owner] name", "is missing; write who owns the kiosk")
        more = self._more(given)
        self._settings(place, told["kiosk"], devices, more)
        if self.mistakes or of_venue is None:
            raise ConfigError(self.mistakes)
        return _made(told, devices, of_venue, network, more)

    def _file(self) -> dict[str, Any]:
        try:
            data = self._path.read_bytes()
            if len(data) > BYTES_MAX:
                raise ConfigError([f"{self._path.name}: is longer than {BYTES_MAX} bytes"])
            # Editors of Windows begin a file with a mark of their own.
            return tomllib.loads(data.decode("utf-8-sig"))
        except OSError as error:
            told = f"{self._path}: cannot be read ({error.strerror}); check the path"
            raise ConfigError([told]) from None
        except UnicodeDecodeError:
            raise ConfigError([f"{self._path.name}: is not UTF-8; save it as UTF-8"]) from None
        except tomllib.TOMLDecodeError as error:
            told = f"{self._path.name}: is not TOML: {error}; correct that line"
            raise ConfigError([told]) from None

    def _section(self, name: str, given: Any) -> dict[str, str]:
        if not isinstance(given, dict):
            self.wrong(name, f"is a section, not a setting; write [{name}] above it")
            return {}
        made: dict[str, str] = {}
        for key, value in given.items():
            where = f"[{name}] {key}"
            if key not in SECTIONS[name]:
                self.wrong(where, f"unknown setting; {suggest(key, SECTIONS[name])}")
            elif told := SECTIONS[name][key](value):
                self.wrong(where, told)
            else:
                made[key] = str(value)
        return made

    def _devices(self, given: Any) -> tuple[tuple[str, Device], ...]:
        if not isinstance(given, dict) or not given:
            self.wrong("[devices]", "no device is declared; declare each as [devices.NAME]")
            return ()
        made = []
        for name, options in given.items():
            if not isinstance(options, dict) or not isinstance(options.get("driver"), str):
                self.wrong(f"[devices.{name}]", "names no driver; write driver = … below it")
                continue
            rest = {key: value for key, value in options.items() if key != "driver"}
            made.append((name, Device(name, options["driver"], rest)))
        return tuple(made)

    def _venue(self, told: Mapping[str, str], language: str) -> VenueFile | None:
        if "file" in told:
            for key in ("kind", "name", "currency", "time_zone"):
                if key in told:
                    self.wrong(f"[venue] {key}", "stands in the venue's own file; remove it here")
            try:
                of_file = venue_file.read(self._path.parent / told["file"])
            except ConfigError as error:
                self.mistakes += error.mistakes
                return None
            if any(p["number"] == OWNER_NUMBER for p in of_file.documents["staff"]):
                number = f"{told['file']}: [[staff]] {OWNER_NUMBER}"
                self.mistakes.append(f"{number}: is the owner's number; give another, or remove it")
            return of_file
        if any("[venue] file:" in mistake for mistake in self.mistakes):
            return None
        missing = [key for key in ("kind", "name", "currency", "time_zone") if key not in told]
        for key in missing:
            if not any(f"[venue] {key}:" in mistake for mistake in self.mistakes):
                self.wrong(f"[venue] {key}", "is missing; write it, or name a file")
        if missing or language not in LANGUAGES:
            return None
        kind = next(kind for kind in KINDS if kind == told["kind"])
        return venue(kind, told["name"], told["currency"], told["time_zone"], language)

    def _network(self, told: Mapping[str, str]) -> Network:
        link = told.get("link", "")
        if told and not link:
            self.wrong("[network] link", 'is missing; write "cable" or "wifi"')
        if link == "wifi" and "network" not in told:
            self.wrong("[network] network", "is missing; write the name of the Wi-Fi")
        for key in ("network", "password"):
            if link == "cable" and key in told:
                self.wrong(f"[network] {key}", "is of a Wi-Fi; remove it")
        if "gateway" in told and "address" not in told:
            self.wrong("[network] gateway", "needs an address of the kiosk's own; write address")
        return Network(**told)

    def _more(self, given: Mapping[str, Any]) -> str:
        """The settings of the machine, as kiosk.toml has them; the kiosk itself checks them."""
        lines = []
        for section in MACHINE:
            if not isinstance(given.get(section, {}), dict):
                self.wrong(section, f"is a section, not a setting; write [{section}] above it")
            elif section in given:
                lines.append(f"[{section}]")
                lines += [f"{name} = {_toml(value)}" for name, value in given[section].items()]
                lines.append("")
        return "\n".join(lines)

    def _settings(
        self,
        place: Place,
        kiosk: Mapping[str, str],
        devices: tuple[tuple[str, Device], ...],
        more: str,
    ) -> None:
        """What the kiosk itself will say of its kiosk.toml."""
        if not devices:
            return
        id_, language = kiosk.get("id", "K1"), kiosk.get("language", "en")
        plan = Plan(id_, language, _of(devices), more=more)
        try:
            place.prepare(plan)
        except ConfigError as error:
            where = str(place.draft)
            self.mistakes += [m.replace(where, self._path.name) for m in error.mistakes]


def _toml(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    # A JSON text is a TOML one, but for DEL; what is neither is refused by the settings' reader.
    return json.dumps(value, ensure_ascii=False, default=str)


def _of(devices: tuple[tuple[str, Device], ...]) -> tuple[Device, ...]:
    return tuple(device for _, device in devices)


def _made(
    told: Mapping[str, Mapping[str, str]],
    devices: tuple[tuple[str, Device], ...],
    of_venue: VenueFile,
    network: Network,
    more: str,
) -> Setup:
    kiosk, owner = told["kiosk"], told["owner"]
    settings = of_venue.settings
    answers = Answers(
        language=kiosk.get("language", "en"),
        kiosk=kiosk.get("id", "K1"),
        venue=of_venue.name,
        currency=CURRENCIES[settings["currency"]].code,
        zone=str(settings["time_zone"]),
        devices=_of(devices),
        owner=Owner(owner["name"], owner.get("card", ""), pin_hash=owner.get("pin_hash", "")),
        file=of_venue,
        more=more,
    )
    plan = Plan(
        answers.kiosk,
        answers.language,
        answers.devices,
        of_venue,
        answers.owner,
        coded=False,
        more=more,
    )
    rules = tuple(Rule.from_document(rule) for rule in of_venue.documents["rules"])
    return Setup(answers, network, plan, rules)
