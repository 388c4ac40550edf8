"""The settings of the machine: frozen dataclasses from TOML, all mistakes at once.

``kiosk/default.toml`` holds every setting with its default, unit and reason; a kiosk's own file
holds what differs. The ranges stand here, beside the fields.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import time
from importlib import resources
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kiosk.core import chosen_ports
from kiosk.core.errors import ConfigError
from kiosk.core.ids import DeviceId
from kiosk.core.texts import LANGUAGES

Option = str | int | bool
"""The value of a driver's option."""

STANDARD_DEVICES = {
    "reader": "pcsc",
    "stripe": "magstripe",
    "scanner": "scanner",
    "acceptor": "ccnet",
    "printer": "escpos",
    "terminal": "nexo",
    "lights": "gpio",
}
"""What a simulated kiosk has when none are declared: device name -> driver."""

_DEVICE_NAME = re.compile(r"[a-z][a-z0-9-]*")


@dataclass(frozen=True)
class Range:
    """The least and the greatest value of a number."""

    least: int
    most: int


@dataclass(frozen=True)
class Form:
    """A pattern that a text matches whole, and how to say it."""

    pattern: str
    told: str
    what_to_do: str = "write it so"


@dataclass(frozen=True)
class KioskConfig:
    """[kiosk]."""

    id: Annotated[str, Form(r"[A-Za-z0-9]{1,12}", "1 to 12 letters and digits")]
    language: str
    languages: tuple[str, ...]
    time_zone: str
    needs_shift: bool
    needs_receipt: bool


@dataclass(frozen=True)
class StoreConfig:
    """[store], with the folders made out."""

    folder: Path
    secrets_folder: Path
    min_free_mb: Annotated[int, Range(1, 1_000_000)]
    mirror: Path | None
    recovery_key: Annotated[
        str,
        Form(
            r"(foyer-public-1:[A-Za-z0-9+/]{43}=)?",
            "the public half of a recovery key",
            "write the line that kiosk keys new FILE prints",
        ),
    ]
    backups_max: Annotated[int, Range(1, 1000)]

    @property
    def path(self) -> Path:
        """The file of the store."""
        return self.folder / "kiosk.db"

    @property
    def secrets_path(self) -> Path:
        """The file of the secrets."""
        return self.secrets_folder / "secrets.db"

    @property
    def control_socket(self) -> Path:
        """The socket through which the command line speaks to a running kiosk."""
        return self.folder / "control"

    def must_exist(self) -> None:
        """Nothing but an import makes a store.

        Raises:
            ConfigError: there is none yet.
        """
        if not self.path.exists():
            told = f"{self.path}: there is no store yet; make one: kiosk import venue.toml"
            raise ConfigError([told])


@dataclass(frozen=True)
class BackupConfig:
    """[backup]. `to`: ``stick``, a folder, an address, or empty: none is made by night."""

    to: Annotated[
        str,
        Form(
            r"(stick|/.+|https://[^\s/@?#]+(/[^\s?#]*)?)?",
            "a place for backups",
            'write "stick", a folder that begins with /, or an address that begins with https:// '
            "(user and password stand in settings of their own)",
        ),
    ]
    at: Annotated[str, Form(r"([01]\d|2[0-3]):[0-5]\d", "a time of day", 'write it as "04:30"')]
    user: str
    password_file: str
    ca: str


@dataclass(frozen=True)
class SticksConfig:
    """[sticks]. `folder` None: the usual places."""

    folder: Path | None


_TIME_OR_NOT = r"(([01]\d|2[0-3]):[0-5]\d)?"


@dataclass(frozen=True)
class ScreenConfig:
    """[screen]."""

    width: Annotated[int, Range(480, 7680)]
    height: Annotated[int, Range(480, 7680)]
    fullscreen: bool
    motion: bool
    brightness: Annotated[int, Range(5, 100)]
    off_from: Annotated[str, Form(_TIME_OR_NOT, "a time of day", 'write it as "03:00"')]
    off_to: Annotated[str, Form(_TIME_OR_NOT, "a time of day", 'write it as "08:00"')]

    @property
    def night(self) -> tuple[time, time] | None:
        """From when to when the screen is dark while nobody is there; None: never."""
        if not (self.off_from and self.off_to):
            return None
        return time.fromisoformat(self.off_from), time.fromisoformat(self.off_to)


@dataclass(frozen=True)
class LimitsConfig:
    """[limits]."""

    inbox_events_max: Annotated[int, Range(100, 100_000)]
    notes_per_session_max: Annotated[int, Range(1, 1000)]
    balance_max_minor: Annotated[int, Range(1, 10**12)]
    top_up_max_minor: Annotated[int, Range(1, 10**12)]


@dataclass(frozen=True)
class TimeoutsConfig:
    """[timeouts], in seconds."""

    idle_s: Annotated[int, Range(5, 3600)]
    form_s: Annotated[int, Range(5, 3600)]
    result_s: Annotated[int, Range(5, 3600)]
    cash_s: Annotated[int, Range(5, 3600)]
    more_time_s: Annotated[int, Range(5, 3600)]
    desk_s: Annotated[int, Range(30, 3600)]
    extensions_max: Annotated[int, Range(0, 1000)]
    accessible_factor: Annotated[int, Range(1, 10)]


@dataclass(frozen=True)
class AccessConfig:
    """[access]."""

    keypad: bool
    scan_ms: Annotated[int, Range(0, 60_000)]


@dataclass(frozen=True)
class ApiConfig:
    """[api]."""

    enabled: bool
    host: Annotated[str, Form(r"[A-Za-z0-9.:-]+", "an address of this machine")]
    port: Annotated[int, Range(1, 65_535)]
    certificate: str
    key: str
    body_kb_max: Annotated[int, Range(1, 10_000)]
    requests_per_minute_max: Annotated[int, Range(1, 1_000_000)]
    events_max: Annotated[int, Range(1, 1000)]
    answer_s: Annotated[int, Range(1, 120)]


@dataclass(frozen=True)
class AlertsConfig:
    """[alerts]."""

    webhook: Annotated[str, Form(r"(https?://\S+)?", "an address that begins with https://")]
    webhook_secret_file: str
    mail_to: tuple[str, ...]
    mail_from: str
    smtp_host: str
    smtp_port: Annotated[int, Range(1, 65_535)]
    smtp_tls: Annotated[str, Form(r"starttls|tls|none", "starttls, tls or none")]
    smtp_user: str
    smtp_password_file: str
    quiet_s: Annotated[int, Range(1, 86_400)]


@dataclass(frozen=True)
class UpdatesConfig:
    """[updates]."""

    address: Annotated[
        str,
        Form(r"(https://[A-Za-z0-9._~:/%-]{1,200})?", "an address that begins with https://"),
    ]
    check_hours: Annotated[int, Range(1, 24 * 31)]
    quiet: Annotated[
        str,
        Form(
            r"(([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)?",
            "two times of day",
            'write them like "03:00-05:00", or "" for while the venue is closed',
        ),
    ]
    idle_minutes: Annotated[int, Range(1, 24 * 60)]
    devices_s: Annotated[int, Range(10, 1200)]


@dataclass(frozen=True)
class DeviceConfig:
    """One device: its name, its driver, whether a peer stands in, its options, complete."""

    name: DeviceId
    driver: str
    simulated: bool
    options: Mapping[str, Option]
    record: bool = False
    """What goes over its line is recorded, see `hardware.traffic`."""


@dataclass(frozen=True)
class Config:
    """All settings of the machine."""

    kiosk: KioskConfig
    store: StoreConfig
    backup: BackupConfig
    sticks: SticksConfig
    screen: ScreenConfig
    limits: LimitsConfig
    timeouts: TimeoutsConfig
    access: AccessConfig
    api: ApiConfig
    alerts: AlertsConfig
    updates: UpdatesConfig
    devices: tuple[DeviceConfig, ...]
    ports_file: Path
    """Where the lines stand that were chosen at the desk, see `chosen_ports`."""

    @property
    def simulated(self) -> bool:
        """Every device is simulated: the bench may be used, the store is marked."""
        return all(device.simulated for device in self.devices)

    def with_books_in(self, folder: str) -> Config:
        """The same machine over other books, in folders of this name; nothing of them goes out."""
        store = self.store
        return replace(
            self,
            store=replace(
                store,
                folder=store.folder / folder,
                secrets_folder=store.secrets_folder / folder,
                mirror=None,
                recovery_key="",
            ),
            api=replace(self.api, enabled=False),
            backup=replace(self.backup, to=""),
            alerts=replace(self.alerts, webhook="", mail_to=()),
        )


def load(
    path: Path | None, *, simulated: bool = False, environ: Mapping[str, str] = os.environ
) -> Config:
    """Read the settings of the machine.

    Args:
        path: the kiosk's own file; None for the defaults alone.
        simulated: every device is simulated, and the standard set is there when none are
            declared (``kiosk run --simulated``).
        environ: where ``STATE_DIRECTORY`` and ``HOME`` are looked up.

    Raises:
        ConfigError: every mistake of the file, a line each: file, where, what, what to do.
    """
    defaults = tomllib.loads(resources.files("kiosk").joinpath("default.toml").read_text("utf-8"))
    reading = _Reading(str(path) if path else "default.toml", defaults)
    given = reading.file(path) if path else {}
    reading.sections(given)
    sections = {
        section: reading.section(section, of, given.get(section, {}))
        for section, of in _SECTIONS.items()
    }
    devices = reading.devices(given.get("devices", {}), simulated)
    if not devices and not reading.mistakes:
        reading.wrong(
            "[devices]",
            "no device is declared",
            "declare each as [devices.NAME] with its driver, or run with --simulated",
        )
    if reading.mistakes:
        raise ConfigError(reading.mistakes)
    store = sections["store"]
    peers = all(device.simulated for device in devices)
    folder = _folder(store["folder"], environ, "foyer-simulated" if peers else "foyer")
    store["secrets_folder"] = _path(store["secrets_folder"]) if store["secrets_folder"] else folder
    store["folder"] = folder
    ports_file = folder / chosen_ports.FILE
    store["mirror"] = _path(store["mirror"]) if store["mirror"] else None
    sticks = sections["sticks"]
    sticks["folder"] = _path(sticks["folder"]) if sticks["folder"] else None
    return Config(
        **{section: of(**sections[section]) for section, of in _SECTIONS.items()},
        devices=tuple(devices) if simulated else _with_ports(devices, ports_file),
        ports_file=ports_file,
    )


def _with_ports(devices: list[DeviceConfig], path: Path) -> tuple[DeviceConfig, ...]:
    """The devices with the lines that were chosen at the desk."""
    chosen = chosen_ports.read(path, {d.name: d.options for d in devices})
    return tuple(replace(d, options={**d.options, **chosen.get(d.name, {})}) for d in devices)


_SECTIONS: dict[str, Any] = {
    "kiosk": KioskConfig,
    "store": StoreConfig,
    "backup": BackupConfig,
    "sticks": SticksConfig,
    "screen": ScreenConfig,
    "limits": LimitsConfig,
    "timeouts": TimeoutsConfig,
    "access": AccessConfig,
    "api": ApiConfig,
    "alerts": AlertsConfig,
    "updates": UpdatesConfig,
}


def suggest(word: str, known: Iterable[str]) -> str:
    """``; did you mean "port"?`` when something known is near, else all that is known."""
    known = sorted(known)
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f'did you mean "{near[0]}"?'
    return f"known: {', '.join(known)}" if known else "there is none"


def _path(text: str) -> Path:
    return Path(text).expanduser()


def _folder(text: str, environ: Mapping[str, str], name: str) -> Path:
    if text:
        return _path(text)
    if environ.get("STATE_DIRECTORY"):
        # systemd gives a list where a unit has several; ours has one.
        return Path(environ["STATE_DIRECTORY"].split(":")[0])
    return Path(environ.get("HOME", "/")) / ".local/state" / name


_OF_ALL = ("driver", "simulated", "record")
"""Settings of every device, whatever its driver."""


class _Reading:
    """One reading of one file: collects its mistakes."""

    def __init__(self, file: str, defaults: Mapping[str, Any]) -> None:
        self._file = file
        self._defaults = defaults
        self.mistakes: list[str] = []

    def wrong(self, where: str, what: str, what_to_do: str) -> None:
        place = f"{self._file}: {where}" if where else self._file
        self.mistakes.append(f"{place}: {what}; {what_to_do}")

    def file(self, path: Path) -> dict[str, Any]:
        try:
            return tomllib.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            self.wrong("", "there is no such file", "name another one with --config, or none")
        except OSError as error:
            self.wrong("", f"cannot be read ({error.strerror})", "check the path and its rights")
        except UnicodeDecodeError:
            self.wrong("", "is not UTF-8", "save it as UTF-8")
        except tomllib.TOMLDecodeError as error:
            self.wrong("", f"is not TOML: {error}", "correct that line")
        # The one mistake of an unreadable file hides the others: nothing else can be said of it.
        raise ConfigError(self.mistakes)

    def sections(self, given: Mapping[str, Any]) -> None:
        known = [*_SECTIONS, "devices"]
        for section, value in given.items():
            if section == "driver":
                self.wrong(
                    "[driver]",
                    "the defaults of the drivers are not set here",
                    "write the option under [devices.NAME]",
                )
            elif section not in known:
                self.wrong(f"[{section}]", "unknown section", suggest(section, known))
            elif not isinstance(value, dict):
                self.wrong(section, "is a section, not a setting", f"write [{section}] above it")

    def section(self, section: str, of: Any, given: object) -> dict[str, Any]:
        values: dict[str, Any] = dict(self._defaults[section])
        hints = get_type_hints(of, include_extras=True)
        if isinstance(given, dict):
            for name, value in given.items():
                where = f"[{section}] {name}"
                if name not in values:
                    self.wrong(where, "unknown setting", suggest(name, values))
                elif self._fits(where, value, values[name], hints[name]):
                    values[name] = value
        values = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
        assert set(values) == {field.name for field in fields(of)}, section
        if section == "kiosk":
            self._languages(values)
            self._time_zone(values["time_zone"])
        elif section == "api":
            self._door(values)
        elif section == "screen" and isinstance(given, dict):
            self._night(given)
        elif section == "alerts":
            self._mail(values)
        elif section == "backup" and values["user"] and not values["password_file"]:
            self.wrong(
                "[backup] user", "has no password", 'name the file of it: password_file = "…"'
            )
        return values

    def _fits(self, where: str, value: object, default: object, hint: Any = None) -> bool:
        if type(value) is not type(default):
            self.wrong(where, f"is {_told(value)}", f"write {_wanted(default)}")
            return False
        if isinstance(value, list) and not all(isinstance(item, str) for item in value):
            self.wrong(where, "holds something else than texts", f"write {_wanted(default)}")
            return False
        for rule in get_args(hint)[1:] if get_origin(hint) is Annotated else ():
            if isinstance(rule, Range) and isinstance(value, int):
                if not rule.least <= value <= rule.most:
                    self.wrong(where, f"{value} is out of range", _between(rule))
                    return False
            elif isinstance(rule, Form) and not re.fullmatch(rule.pattern, str(value)):
                self.wrong(where, f'"{value}" is not {rule.told}', rule.what_to_do)
                return False
        return True

    def _languages(self, values: Mapping[str, Any]) -> None:
        for language in values["languages"]:
            if language not in LANGUAGES:
                self.wrong(
                    "[kiosk] languages",
                    f'there is no language "{language}"',
                    suggest(language, LANGUAGES),
                )
        if values["language"] not in values["languages"]:
            self.wrong(
                "[kiosk] language",
                f'"{values["language"]}" is not one of the languages offered',
                suggest(values["language"], values["languages"]),
            )

    def _night(self, given: Mapping[str, Any]) -> None:
        begins, ends = given.get("off_from"), given.get("off_to")
        if bool(begins) != bool(ends):
            missing = "off_to" if begins else "off_from"
            self.wrong(f"[screen] {missing}", "is missing", "write both times, or none")
        elif begins and begins == ends:
            told = f'"{ends}" is when it begins, too: the screen would always be off'
            self.wrong("[screen] off_to", told, "write another time, or none of both")

    def _door(self, values: Mapping[str, Any]) -> None:
        with_tls = bool(values["certificate"] and values["key"])
        if bool(values["certificate"]) != bool(values["key"]):
            self.wrong("[api]", "one of certificate and key is missing", "name both, or none")
        elif values["enabled"] and not with_tls and not is_loopback(values["host"]):
            self.wrong(
                "[api] host",
                f'"{values["host"]}" is heard by others, who would read tokens and PINs',
                "name a certificate and its key, or write 127.0.0.1",
            )

    def _mail(self, values: Mapping[str, Any]) -> None:
        for name in ("smtp_host", "mail_from"):
            if values["mail_to"] and not values[name]:
                self.wrong(f"[alerts] {name}", "is missing", "mail_to cannot be served without it")
        open_ = values["smtp_tls"] == "none" and not is_loopback(values["smtp_host"])
        if values["mail_to"] and values["smtp_user"] and open_:
            self.wrong(
                "[alerts] smtp_tls",
                f'"none" tells the password to everybody on the way to {values["smtp_host"]}',
                'write "starttls" or "tls"',
            )

    def _time_zone(self, name: str) -> None:
        if name and not time_zone_known(name):
            self.wrong(
                "[kiosk] time_zone",
                f'there is no time zone "{name}"',
                'write a name such as "Europe/Moscow" (tzdata must be installed)',
            )

    def devices(self, given: object, simulated: bool) -> list[DeviceConfig]:
        if not isinstance(given, dict):
            return []
        if simulated and not given:
            given = {name: {"driver": driver} for name, driver in STANDARD_DEVICES.items()}
        return [
            device
            for name, settings in given.items()
            if (device := self._device(name, settings, simulated))
        ]

    def _device(self, name: str, settings: object, simulated: bool) -> DeviceConfig | None:
        where = f"[devices.{name}]"
        before = len(self.mistakes)
        if not _DEVICE_NAME.fullmatch(name):
            self.wrong(
                where,
                "not the name of a device",
                "write small letters, digits and hyphens, a letter first",
            )
        if not isinstance(settings, dict):
            self.wrong(f"[devices] {name}", "is no device", f"write {where} and its driver")
            return None
        drivers = self._defaults["driver"]
        driver = settings.get("driver")
        if driver is None:
            self.wrong(where, "no driver is named", f"write driver = one of {_names(drivers)}")
            return None
        if not isinstance(driver, str) or driver not in drivers:
            self.wrong(f"{where} driver", f'no driver "{driver}"', suggest(str(driver), drivers))
            return None
        simulated_here = settings.get("simulated", False)
        self._fits(f"{where} simulated", simulated_here, False)
        record = settings.get("record", False)
        if self._fits(f"{where} record", record, False) and record:
            self._recordable(where, driver)
        options: dict[str, Option] = dict(drivers[driver])
        for option, value in settings.items():
            if option in _OF_ALL:
                continue
            if option not in options:
                known = [*options, *_OF_ALL]
                self.wrong(f"{where} {option}", "unknown option", suggest(option, known))
            elif self._fits(f"{where} {option}", value, options[option]):
                options[option] = value
        if simulated and not simulated_here:
            # The wire of a real device: a simulated kiosk must never reach for it.
            options |= {name: "" for name in ("port", "socket", "device") if name in options}
        for wire in ("port", "device"):
            if options.get(wire) == "" and not (simulated or simulated_here):
                self.wrong(
                    where,
                    f"the {wire} is missing",
                    f'write {wire} = "…" (see [driver.{driver}] in default.toml)',
                )
        if len(self.mistakes) > before:
            return None
        return DeviceConfig(DeviceId(name), driver, simulated or simulated_here, options, record)

    def _recordable(self, where: str, driver: str) -> None:
        if "port" not in self._defaults["driver"][driver]:
            self.wrong(
                f"{where} record",
                f"{driver} has no line that could be recorded",
                "remove it: only devices with a port have one",
            )


def is_loopback(host: str) -> bool:
    """Whether only this machine hears what is said at this address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def time_zone_known(name: str) -> bool:
    """Whether the system knows this IANA name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _names(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))


def _between(rule: Range) -> str:
    return f"write a number from {rule.least} to {rule.most}"


_KINDS: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    str: "a text in quotes",
    list: "a list of texts",
    float: "a number with decimals",
    dict: "a section",
}


def _told(value: object) -> str:
    return _KINDS.get(type(value), f"a {type(value).__name__}")


def _wanted(default: object) -> str:
    return _KINDS[type(default)]
