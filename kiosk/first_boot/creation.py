"""A kiosk is made of a plan: secrets, store, venue, owner, and kiosk.toml last of all.

Without its kiosk.toml there is no kiosk, so a power cut at any instant leads to the assistant
again, or to a finished kiosk. A store that was begun and never used is put aside then, and made
anew; one that was used is put aside only where the owner has said so. Nothing is ever removed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Literal

from kiosk.core import cash, config, pins, settings, staff
from kiosk.core.clock import Now
from kiosk.core.config import Config, Option, StoreConfig
from kiosk.core.errors import ConfigError, LedgerCorrupt, NotAStore, Refused, StorageFailed
from kiosk.core.store_file import private, sync_file, sync_folder
from kiosk.core.venue import Venue
from kiosk.first_boot.answers import OWNER_NUMBER, Device, Owner, Plan, languages, named

_PARTS = ("", "-wal", "-shm")


@dataclass(frozen=True)
class Place:
    """Where a kiosk is made.

    Attributes:
        config: its kiosk.toml, which is not there yet.
        machine: the settings of the machine that go into it as they are ([store], [screen] …).
        environ: where `config.load` looks up the folder of the store.
    """

    config: Path
    machine: str = ""
    environ: Mapping[str, str] | None = None

    def settings(self) -> Config:
        """The settings of the machine before there is a kiosk; its one device is nobody's.

        Raises:
            ConfigError: every mistake in `machine`.
        """
        none = Device("reader", "pcsc")
        return self._read(_text(Plan("K1", "en", (none,)), self.machine))

    @property
    def draft(self) -> Path:
        """Where the settings are written first."""
        return self.config.with_name(f".{self.config.name}.new")

    def _read(self, text: str) -> Config:
        _write(self.draft, text)
        return config.load(self.draft, environ=os.environ if self.environ is None else self.environ)

    def prepare(self, plan: Plan) -> Config:
        """Write the settings under another name, and read them as the kiosk will.

        Raises:
            ConfigError: every mistake, a line each.
            StorageFailed: the disk refused.
        """
        return self._read(_text(plan, self.machine))

    def finish(self) -> None:
        """Give the settings their name: from now on this is a kiosk."""
        try:
            self.draft.rename(self.config)
            sync_folder(self.config)
        except OSError as error:
            raise StorageFailed(f"{self.config} cannot be written: {error}") from error


# --- what is there ----------------------------------------------------------------------------


@dataclass(frozen=True)
class BooksThere:
    """Books that are there while the settings are not.

    `state`: ``none``; ``begun``: by an assistant that was cut off, never used; ``used``;
    ``broken``: they cannot be read (`why`). The rest is of used ones.
    """

    state: Literal["none", "begun", "used", "broken"]
    kiosk: str = ""
    venue: str = ""
    zone: str = ""
    simulated: bool = False
    entries: int = 0
    why: str = ""


def books_there(store: StoreConfig, now: Now) -> BooksThere:
    """Look at the store's place; nothing is changed."""
    if not store.path.exists():
        return BooksThere("none")
    try:
        venue = Venue.open(store.path, store.secrets_path, write=False)
    except (NotAStore, StorageFailed, LedgerCorrupt, ConfigError) as error:
        return BooksThere("broken", why=str(error))
    try:
        facts = venue.store.facts
        there = BooksThere(
            "begun",
            kiosk=str(facts["kiosk"]),
            simulated=bool(facts["simulated"]),
            entries=venue.ledger.seq,
        )
        try:
            used = venue.ask(cash.LastStart(), now) > 0
            asked = venue.ask(settings.GetVenue(), now)
        except Refused:
            return there
        except ConfigError:
            # Of an older program: books that were used, which the kiosk brings to its own format.
            return replace(there, state="used")
        there = replace(there, venue=asked.name, zone=asked.time_zone)
        return replace(there, state="used") if used else there
    finally:
        venue.close()


# --- making it --------------------------------------------------------------------------------


def create(plan: Plan, place: Place, now: Now) -> str:
    """Make the kiosk; the owner's recovery code, or empty where the books were kept.

    Raises:
        ConfigError: the settings are wrong; there are books that nobody wants put aside, or, where
            they are to be kept, none.
        Refused: the venue's; nothing is there but books that were begun.
        StorageFailed: a disk refused: this can be tried again.
    """
    chosen = place.prepare(plan)
    there = books_there(chosen.store, now)
    code = ""
    if plan.venue is None:
        _must_fit(there, plan, chosen.store.path)
    else:
        if there.state in ("used", "broken") and not plan.aside:
            told = "there are books here already; restore them, or say that they are put aside"
            raise ConfigError([f"{chosen.store.path}: {told}"])
        put_aside(chosen.store)
        code = _make(plan, chosen.store, now)
    place.finish()
    return code


def _must_fit(there: BooksThere, plan: Plan, path: Path) -> None:
    if there.state in ("none", "broken"):
        raise ConfigError([f"{path}: there are no books to be kept; {there.why or 'restore them'}"])
    if there.kiosk != plan.kiosk or there.simulated != plan.simulated:
        kind = "simulated" if there.simulated else "real"
        raise ConfigError([f"{path}: these are the {kind} books of kiosk {there.kiosk}"])


def put_aside(store: StoreConfig) -> None:
    """Give books that are there other names; whoever wants to look into them still can.

    Raises:
        StorageFailed: the disk refused.
    """
    for path in (store.path, store.secrets_path):
        there = [part for part in _PARTS if _part(path, part).exists()]
        if not there:
            continue
        names = (path.with_name(f"{path.name}.aside-{number}") for number in count(1))
        aside = next(n for n in names if not any(_part(n, part).exists() for part in _PARTS))
        try:
            # All of it has its other name before any of it loses this one: a file without its log
            # would be older books.
            for part in there:
                _part(aside, part).hardlink_to(_part(path, part))
            sync_folder(path)
            for part in there:
                _part(path, part).unlink()
            sync_folder(path)
        except OSError as error:
            raise StorageFailed(f"{path} cannot be put aside: {error}") from error


def _part(path: Path, part: str) -> Path:
    return path.with_name(path.name + part)


def _make(plan: Plan, store: StoreConfig, now: Now) -> str:
    """Under another name until it is whole: what has the store's name is nobody's remains."""
    assert plan.venue is not None
    draft = store.path.with_name(f"{store.path.name}.begun")
    _forget(draft)
    made = Venue.create(
        draft,
        store.secrets_path,
        kiosk=plan.kiosk,
        currency=plan.venue.currency.code,
        simulated=plan.simulated,
        now=now,
    )
    try:
        _do(made, settings.ImportVenue(plan.venue), "import:first", now)
        code = _employ(made, plan.owner, plan.coded, now) if plan.owner is not None else ""
    finally:
        made.close()
    try:
        # Closed, it has no log any more: all of it is in the one file.
        sync_file(draft)
        draft.rename(store.path)
        sync_folder(store.path)
        _forget(draft)
    except OSError as error:
        raise StorageFailed(f"{store.path} cannot be made: {error}") from error
    return code


def _forget(draft: Path) -> None:
    for part in (*_PARTS, ".lock"):
        _part(draft, part).unlink(missing_ok=True)


def _employ(made: Venue, owner: Owner, coded: bool, now: Now) -> str:
    """The owner begins to work here; the recovery code, where one is wanted."""
    _do(made, staff.AddStaff(OWNER_NUMBER, owner.name, "owner", owner.card), "owner:first", now)
    if owner.pin:
        _do(made, staff.SetStaffPin(OWNER_NUMBER, owner.pin), "pin:first", now)
    elif owner.pin_hash:
        pins.keep_hash(made.books(now), staff.owner_of(OWNER_NUMBER), owner.pin_hash)
    if not coded:
        return ""
    code = staff.new_code(made.random)
    _do(made, staff.IssueRecoveryCode(OWNER_NUMBER, code), "code:first", now)
    return code


def _do(made: Venue, command: object, key: str, now: Now) -> None:
    done = made.do(command, actor="cli", key=key, now=now)
    if isinstance(done, Refused):
        raise done


# --- kiosk.toml -------------------------------------------------------------------------------


def _text(plan: Plan, machine: str) -> str:
    lines = [
        "# Written when this kiosk was set up. Every setting that there is stands in default.toml",
        "# with its reason; here stand the lines that differ.",
        "",
        "[kiosk]",
        f"id = {_toml(plan.kiosk)}",
        f"language = {_toml(plan.language)}",
        f"languages = [{', '.join(map(_toml, languages(plan.language)))}]",
        "",
    ]
    for settings_ in (machine.strip(), plan.more.strip()):
        if settings_:
            lines += [settings_, ""]
    for name, device in named(plan.devices):
        lines += [*device_lines(name, device, simulated=plan.simulated), ""]
    return "\n".join(lines)


def device_lines(name: str, device: Device, *, simulated: bool = False) -> tuple[str, ...]:
    """What stands in kiosk.toml of a device."""
    # A simulated kiosk starts the far ends of its lines itself, each time at another place.
    kept = {} if simulated else device.options
    return (
        f"[devices.{name}]",
        f"driver = {_toml(device.driver)}",
        *(("simulated = true",) if simulated else ()),
        *(f"{option} = {_toml(value)}" for option, value in kept.items()),
    )


def _toml(value: Option) -> str:
    # A JSON text is a TOML one, but for DEL, which nobody types.
    return json.dumps(value, ensure_ascii=False)


def _write(path: Path, text: str) -> None:
    try:
        with suppress(FileNotFoundError):
            path.unlink()
        with open(path, "x", encoding="utf-8", opener=private) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageFailed(f"{path} cannot be written: {error}") from error
