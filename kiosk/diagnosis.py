"""The diagnostic bundle: all that a technician asks for, and nothing about people.

A zip of texts: versions, settings, log, devices, store, machine, services. What is in it was built
of facts that name nobody; texts that others wrote (the log, a device's words) are masked besides.
"""

from __future__ import annotations

import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from kiosk import __version__, board, control, machine, slots
from kiosk.core import nightly
from kiosk.core.clock import Now, system_now
from kiosk.core.config import Config
from kiosk.core.copies import beside_the_writer
from kiosk.core.errors import ConfigError, LedgerCorrupt, StorageFailed
from kiosk.core.ledger import Ledger
from kiosk.core.venue import TABLES
from kiosk.hardware import traffic
from kiosk.health import Health, lines, look, size_of, told
from kiosk.log_ring import LogRing

TEXT_BYTES_MAX: Final = 1_000_000
"""Of one file in the bundle; of a longer one its end. The whole stays below 12 MB unpacked."""
TRAFFIC_BYTES_MAX: Final = 2_000_000
"""Of what went over all lines together."""
TOOL_S: Final = 20
NOT_RUNNING: Final = "no kiosk runs on this machine"

README: Final = """\
A diagnostic bundle of a Foyer kiosk, made to be sent to a technician.

versions.txt       the program, its libraries, the system
configuration.json the settings that are in force; passwords, tokens, mail addresses are left out
health.txt, .json  how the kiosk is now, as `kiosk health` tells it (missing: it did not run)
devices.json       what was wrong with devices since the start
log.txt            the log of the last hour
traffic-….txt      what went over a device's line, where it has record = true; without keys,
                   cards, slips
store.json         format, size and number of entries of the books; what their last proof came to
machine.json       temperature, power, wear, memory, disk, clock; of an appliance its slots and
                   last update
units.txt          the services and what the system says of them
journal.txt        what the services said, as far as this user may read it

It holds no client's name, phone or card, no PIN, no key, no password and no balance. Long
numbers, mail addresses and tokens in log and journal are masked: what looks like … was one.
"""


# --- what a running kiosk tells ------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """What only the running kiosk knows: its facts, faults since the start, its log."""

    health: Mapping[str, Any]
    faults: tuple[Mapping[str, str], ...]
    log: tuple[str, ...]


def found(health: Health, ring: LogRing) -> Found:
    """Ask a running kiosk, from any thread but the core's.

    Raises:
        ConnectionError, TimeoutError, StorageFailed, LedgerCorrupt: the core does not answer.
    """
    looked, faults = health.runtime.inbox.ask(
        lambda r, now: (look(r, now), r.situation.machine.faults)
    )
    return Found(
        told(health.facts(looked)),
        tuple(
            {
                "device": fault.device,
                "word": fault.word,
                "detail": fault.detail,
                "since": fault.since.isoformat(),
                "until": fault.until.isoformat() if fault.until else "",
            }
            for fault in faults
        ),
        tuple(log_lines(ring)),
    )


def log_lines(ring: LogRing) -> list[str]:
    """The whole ring, the oldest line first."""
    page = ring.page()
    newest = [*page.lines]
    while page.older:
        page = ring.page(page.lines[-1].number)
        newest += page.lines
    return [f"{line.at} {line.level} {line.text}" for line in reversed(newest)]


# --- the bundle ----------------------------------------------------------------------------------


def bundle(chosen: Config, of: Found | None, now: Now) -> bytes:
    """The bundle as a zip; `of` is None where no kiosk runs."""
    texts: dict[str, Callable[[], str]] = {
        "README.txt": lambda: README,
        "versions.txt": versions,
        "configuration.json": lambda: _json(configuration(chosen)),
        "store.json": lambda: _json(store(chosen, now)),
        "machine.json": lambda: _json(machine_facts(chosen, now)),
        "units.txt": units,
        "journal.txt": lambda: masked(journal()),
    }
    # Masked when it was recorded: in bytes nobody sees what a number of a card is.
    lines_ = traffic.recorded(chosen.store.folder / traffic.FOLDER)
    for device, told_ in lines_.items():
        texts[f"traffic-{device}.txt"] = partial(_last, told_, TRAFFIC_BYTES_MAX // len(lines_))
    if of is not None:
        texts |= {
            "health.txt": lambda: masked("\n".join(lines(of.health)) + "\n"),
            "health.json": lambda: masked(_json(of.health)),
            "devices.json": lambda: masked(_json(of.faults)),
            "log.txt": lambda: masked("\n".join(of.log) + "\n"),
        }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in texts.items():
            try:
                told_ = text()
            except (OSError, ConfigError, StorageFailed, LedgerCorrupt) as error:
                # What is missing is just what a technician looks for; the rest comes all the same.
                told_ = masked(f"{type(error).__name__}: {error}\n")
            at = now.wall.timetuple()[:6]
            entry = zipfile.ZipInfo(f"foyer-{chosen.kiosk.id}/{name}", at)
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, _end(told_))
    return made.getvalue()


def _end(text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    return data if len(data) <= TEXT_BYTES_MAX else b"(cut off)\n" + data[-TEXT_BYTES_MAX:]


def _last(text: str, bytes_max: int) -> str:
    """The newest lines."""
    return text if len(text) <= bytes_max else text[-bytes_max:].partition("\n")[2]


def _json(what: object) -> str:
    return json.dumps(what, ensure_ascii=False, indent=1, default=str) + "\n"


_SECRETS: Final = re.compile(
    r"(?P<keep>\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?)"
    r"|foyer-(?:till|private|public)-\S+"
    r"|(?P<scheme>https?://)(?:[^/\s@]{1,200}@)?(?P<host>[^/\s@\"']{1,200})(?P<path>/[^\s\"',]*)?"
    r"|[^\s<>\"':@]{1,64}@[^\s<>\"',;@]{1,200}"
    r"|\+?\(?\d[\d ()\u00a0-]{7,30}\d"
    r"|(?P<word>[A-Za-z0-9]{7,})"
)
_DIGITS_MAX: Final = 6
"""In one word; what has more may be the number of a card."""


def masked(text: str) -> str:
    """A text without what may be a number of a card or a phone, a mail address, a token."""

    def in_its_place(of: re.Match[str]) -> str:
        if of["scheme"]:
            # The path of an address may be as good as a password.
            return of["scheme"] + of["host"] + ("/…" if of["path"] else "")
        word = of["keep"] or of["word"]
        if of["word"] and sum(map(str.isdigit, word)) > _DIGITS_MAX:
            return "…"
        return word or "…"

    return _SECRETS.sub(in_its_place, text)


# --- what stands in it ---------------------------------------------------------------------------


def versions() -> str:
    """The program, its libraries, the system."""
    told_ = [f"Foyer {__version__}", f"Python {sys.version.split()[0]}", platform.platform()]
    with suppress(OSError):
        told_ += Path("/etc/os-release").read_text("utf-8").splitlines()[:4]
    packages = {(d.name, d.version) for d in distributions()}
    told_ += sorted(f"{name} {version}" for name, version in packages)
    return "\n".join(told_) + "\n"


_HIDDEN: Final = re.compile("password|secret|token|recovery_key|user|mail_to|mail_from")


def configuration(chosen: Config) -> dict[str, Any]:
    """The settings in force: of what is secret, or somebody's, only that it is set."""
    made: dict[str, Any] = json.loads(json.dumps(asdict(chosen), default=str))
    for section in made.values():
        for of in section if isinstance(section, list) else [section]:
            if isinstance(of, dict):
                _hide(of)
    return made


def _hide(section: dict[str, Any]) -> None:
    for name, value in section.items():
        if isinstance(value, dict):
            _hide(value)
        elif _HIDDEN.search(name) and not name.endswith("_folder"):
            section[name] = "(set)" if value else ""
        elif isinstance(value, str) and value.startswith(("http://", "https://")):
            # The rest of an address may be as good as a password.
            at = urlsplit(value)
            section[name] = f"{at.scheme}://{at.hostname or ''}/…"


def store(chosen: Config, now: Now) -> dict[str, Any]:
    """Format, size and number of entries; no entry itself.

    Raises:
        StorageFailed, LedgerCorrupt: it cannot be read.
    """
    path = chosen.store.path
    nights, proof = nightly.read(chosen.store.folder), nightly.read_proof(chosen.store.folder)
    opened = beside_the_writer(path, TABLES)
    try:
        ledger = Ledger(opened)
        facts = dict(opened.facts)
        last = asdict(nights.made) if nights.made else {}
        _hide(last)
        made = {
            "format": opened.format,
            "facts": facts,
            "entries": ledger.seq,
            "last_at": ledger.last_at,
            "bytes": size_of(path),
            "secrets_bytes": size_of(chosen.store.secrets_path),
            "last_backup": last or None,
            "backup_problem": masked(nights.problem),
            "last_proof": asdict(proof) if proof else None,
            "now": now.wall.isoformat(timespec="seconds"),
        }
    finally:
        opened.close()
    return made


def machine_facts(chosen: Config, now: Now) -> dict[str, Any]:
    """How the machine is."""
    usage = shutil.disk_usage(chosen.store.folder)
    pages = {name: os.sysconf(f"SC_{name}") for name in ("PHYS_PAGES", "AVPHYS_PAGES")}
    page = os.sysconf("SC_PAGE_SIZE")
    seen = machine.look(helper=False)
    updates = slots.beside(machine.Helper.of().answer).state()
    return {
        "model": seen.model,
        "board": asdict(board.read()),
        "memory_bytes": pages["PHYS_PAGES"] * page,
        "memory_free_bytes": pages["AVPHYS_PAGES"] * page,
        "load": list(os.getloadavg()),
        "up_s": seen.up_s,
        "disk_bytes": usage.total,
        "disk_free_bytes": usage.free,
        "clock": now.wall.isoformat(timespec="seconds"),
        "clock_synchronised": now.synced,
        "time_zone": time.tzname[0],
        "slots": asdict(updates) if updates else None,
        "processors": os.cpu_count(),
        "kernel": platform.release(),
    }


def units() -> str:
    """What the service manager says of our services; where there is none, that."""
    told_ = _tool("systemctl", "--no-pager", "list-units", "--all", "kiosk*", "pcscd*", "*rauc*")
    told_ += _tool("systemctl", "--no-pager", "list-timers", "--all", "kiosk*")
    words = "ActiveState,SubState,NRestarts,ExecMainStatus,Result,MemoryCurrent,WatchdogUSec"
    return told_ + _tool("systemctl", "show", "kiosk.service", f"--property={words}")


def journal() -> str:
    """What our services said last, as far as this user may read it."""
    how = ("--no-pager", "--quiet", "--lines=3000", "--output=short-iso", "--unit=kiosk*")
    return _tool("journalctl", *how) + _tool("journalctl", "--namespace=foyer", *how)


def _tool(*words: str) -> str:
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, errors="replace", timeout=TOOL_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{words[0]}: {type(error).__name__}\n"
    return done.stdout + done.stderr


# --- from the command line -----------------------------------------------------------------------


def write(chosen: Config, file: Path) -> int:
    """``kiosk diagnose FILE.zip``."""
    chosen.store.must_exist()
    try:
        answer = json.loads(control.ask(chosen.store.control_socket, {"verb": "diagnosis"}))
        of = Found(answer["health"], tuple(answer["faults"]), tuple(answer["log"]))
    except (ConnectionError, ValueError) as error:
        print(f"{NOT_RUNNING}, or it does not answer ({error}): its log is missing")
        of = None
    data = bundle(chosen, of, system_now())
    with file.open("xb") as opened:
        opened.write(data)
    print(f"{file}: {len(data)} bytes; README.txt in it says what it holds")
    return 0


def health(chosen: Config, *, as_json: bool) -> int:
    """``kiosk health``: 0 when all is well, 1 when something waits for a person."""
    chosen.store.must_exist()
    try:
        answer = json.loads(control.ask(chosen.store.control_socket, {"verb": "health"}))
    except ConnectionError:
        print(NOT_RUNNING, file=sys.stderr)
        return 1
    print(json.dumps(answer, ensure_ascii=False) if as_json else "\n".join(lines(answer)))
    return 0 if answer["well"] else 1
