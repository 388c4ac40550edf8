"""``kiosk backup`` without a folder: to where ``[backup]`` says, by night or now.

A process of its own, started by a timer (systemd/kiosk-backup.timer): it reads the store beside the
running kiosk and keeps nobody waiting. What came of it is remembered for the desk and for whoever
monitors the kiosk (`core.nightly`).
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from kiosk import sticks
from kiosk.core import backup, keyring, nightly
from kiosk.core.backup import Backup, Progress
from kiosk.core.clock import Now
from kiosk.core.config import BackupConfig, Config
from kiosk.core.errors import ConfigError, LedgerCorrupt, Refused, StorageFailed
from kiosk.core.nightly import Made, Proof
from kiosk.core.settings import GetVenue
from kiosk.core.store_file import make_folder, private
from kiosk.core.texts import Texts
from kiosk.core.venue import Venue
from kiosk.sticks import FOLDER, Mounts
from kiosk.webdav import Login, Server, ServerFailed

log = logging.getLogger(__name__)

OUTGOING: Final = "outgoing"
"""In the state folder: what is on its way to a server. The sealed secrets stay there."""
ROOM: Final = 4
"""On its way to a server a copy lies on the kiosk's own disk: so many times `min_free_mb` must
stay free meanwhile, far from where the guests are told that there is no room."""


class NotMade(Exception):
    """No backup was made; the text says why, and what to do."""


@dataclass(frozen=True)
class Told:
    """A backup that was made, and what is to be said of it, in sentences."""

    made: Made
    said: tuple[str, ...]


def run(
    chosen: Config,
    mounts: Mounts,
    clock: Callable[[], Now],
    progress: Progress,
    *,
    only_due: bool,
) -> Told | None:
    """Make a backup where ``[backup]`` says, and remember what came of it.

    Args:
        chosen: the settings; there is a store.
        mounts: mounts the sticks.
        clock: tells the time.
        progress: told how far it is.
        only_due: nothing is done where the last night's is made.

    Returns:
        None: none is due.

    Raises:
        NotMade: it could not be made; every former one is there.
        ConfigError: ``[backup] to`` is empty.
        LedgerCorrupt: the books are not sound.
    """
    if not chosen.backup.to:
        raise ConfigError(['[backup] to: is empty; write where backups go, such as "stick"'])
    folder = chosen.store.folder
    with _alone(folder):
        kept, now = nightly.read(folder), clock()
        try:
            at = chosen.backup.at
            if only_due and not nightly.due(kept, at, _zone(chosen, now), now.wall):
                return None
            told = _made(chosen, mounts, clock, progress)
        except (ConfigError, OSError, Refused, ServerFailed, StorageFailed, NotMade) as error:
            problem = _sentence(error)
            nightly.write(folder, nightly.tried(kept, clock().wall, problem=problem))
            raise NotMade(problem) from error
        except LedgerCorrupt as error:
            problem = "the books are not sound: kiosk verify"
            nightly.write(folder, nightly.tried(kept, clock().wall, problem=problem))
            nightly.write_proof(folder, Proof(nightly.stamp(now.wall), 0, 1))
            raise error
        nightly.write(folder, nightly.tried(kept, clock().wall, made=told.made))
        nightly.write_proof(folder, Proof(told.made.at, told.made.seq, 0))
        return told


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    lock = private(str(folder / f"{nightly.FILE}.lock"), os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise NotMade("another backup is being made; nothing was done") from None
    finally:
        os.close(lock)


def _zone(chosen: Config, now: Now) -> ZoneInfo:
    if chosen.kiosk.time_zone:
        return ZoneInfo(chosen.kiosk.time_zone)
    venue = Venue.open(chosen.store.path, chosen.store.secrets_path, write=False)
    try:
        return ZoneInfo(venue.ask(GetVenue(), now).time_zone)
    finally:
        venue.close()


def _sentence(error: Exception) -> str:
    if isinstance(error, Refused):
        return Texts.of("en").say(error.key, **error.args_by_name)
    return str(error)


def _made(chosen: Config, mounts: Mounts, clock: Callable[[], Now], progress: Progress) -> Told:
    to = chosen.backup.to
    if to == "stick":
        with mounts.mounted():
            return Told(*to_folder(chosen, stick_folder(chosen.sticks.folder), clock, progress))
    if to.startswith("/"):
        return Told(*to_folder(chosen, Path(to), clock, progress))
    return _to_server(chosen, clock, progress)


# --- a stick, a folder ---------------------------------------------------------------------------


def stick_folder(sticks_in: Path | None) -> Path:
    """The folder for backups on the stick that stays in; made on the only stick that is there.

    Raises:
        NotMade: there is no stick, or nobody knows which.
    """
    there = [Path(stick.id) / FOLDER for stick in sticks.there(sticks_in)]
    known = [folder for folder in there if folder.is_dir()]
    if not there:
        raise NotMade("no USB stick is plugged in; plug in the one for backups")
    if not known and len(there) > 1:
        raise NotMade(f"which of {len(there)} sticks is for backups? Make a folder {FOLDER} on it")
    folder = (known or there)[0]
    folder.mkdir(exist_ok=True)
    return folder


def to_folder(
    chosen: Config, folder: Path, clock: Callable[[], Now], progress: Progress
) -> tuple[Made, tuple[str, ...]]:
    """Make a proven backup in a folder that exists, and what is to be said of it.

    Raises:
        ConfigError, StorageFailed, LedgerCorrupt: as `backup.back_up`.
    """
    made, removed = backup.back_up(chosen.store.path, folder, chosen.store.backups_max, progress)
    said = [f"{made.file}: entries to {made.seq}, proven"]
    said += [f"{old.file}: removed, {chosen.store.backups_max} are kept" for old in removed]
    said += _seal(chosen, folder, made, clock())
    return _kept(chosen, made, str(folder), clock()), tuple(said)


def _seal(chosen: Config, folder: Path, made: Backup, now: Now) -> list[str]:
    store = chosen.store
    if not store.recovery_key:
        return [NO_KEY]
    keys = backup.back_up_secrets(store.path, store.secrets_path, folder, store.recovery_key, now)
    return [f"{keyring.sealed_file(folder, made.kiosk)}: {keys} keys, sealed"]


NO_KEY: Final = (
    "no [store] recovery_key is set: from these copies no name, phone or PIN could be restored; "
    "kiosk keys new FILE makes one"
)


def _kept(chosen: Config, made: Backup, to: str, now: Now) -> Made:
    size, sealed = made.file.stat().st_size, bool(chosen.store.recovery_key)
    return Made(nightly.stamp(now.wall), to, made.file.name, made.seq, size, sealed)


# --- a server ------------------------------------------------------------------------------------


def _to_server(chosen: Config, clock: Callable[[], Now], progress: Progress) -> Told:
    """Copy and prove it here, send it, and take away what lay here but the sealed secrets."""
    store, outgoing = chosen.store, chosen.store.folder / OUTGOING
    make_folder(outgoing)
    for left in (*outgoing.glob("*.db"), *outgoing.glob("*.db.sha256")):
        # Of an attempt that was cut off.
        left.unlink()
    _must_have_room(chosen)
    login = Login(chosen.backup.user, _secret(chosen.backup))
    with Server(chosen.backup.to, login, chosen.backup.ca) as server:
        # Before the work of making one: a server that is away costs the kiosk nothing.
        server.names()
        made, _ = backup.back_up(store.path, outgoing, 1, progress)
        try:
            said = _seal(chosen, outgoing, made, clock())
            said = [*send(server, made, sealed=bool(store.recovery_key)), *said]
            said += remove_old(server, made, store.backups_max)
            return Told(_kept(chosen, made, chosen.backup.to, clock()), tuple(said))
        finally:
            with suppress(OSError):
                made.file.unlink()
                made.checksum.unlink(missing_ok=True)


def _must_have_room(chosen: Config) -> None:
    size = chosen.store.path.stat().st_size
    free = shutil.disk_usage(chosen.store.folder).free
    if free - size < ROOM * chosen.store.min_free_mb * 1_000_000:
        raise NotMade("the disk has no room for a copy on its way to the server; make room on it")


def _secret(of: BackupConfig) -> str:
    if not of.password_file:
        return ""
    try:
        found = Path(of.password_file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "is no text"
        raise NotMade(f"[backup] password_file {of.password_file}: {why}") from None
    if not found or not found.isascii() or not found.isprintable():
        raise NotMade(f"[backup] password_file {of.password_file}: no password is in it")
    return found


def send(server: Server, made: Backup, *, sealed: bool) -> list[str]:
    """Send a proven backup and the sealed secrets beside it; the checksum last, it makes it count.

    Raises:
        ServerFailed: the server refused; nothing of it counts there.
        NotMade: what lies there as the secrets is not sealed.
    """
    size = made.file.stat().st_size
    # Of the same name, where nothing happened since: its checksum would call the new one changed.
    server.remove(made.checksum.name)
    renamed = server.put(made.file, made.file.name, backup.digest_of(made.file))
    if sealed:
        secrets = keyring.sealed_file(made.file.parent, made.kiosk)
        _must_be_sealed(secrets)
        server.put(secrets, secrets.name, backup.digest_of(secrets))
    server.put(made.checksum, made.checksum.name, backup.digest_of(made.checksum))
    how = "" if renamed else " (the server cannot rename: it was sent twice)"
    return [f"{made.file.name}: entries to {made.seq}, proven, sent, {size} bytes read back{how}"]


def _must_be_sealed(secrets: Path) -> None:
    try:
        with secrets.open("rb") as opened:
            keyring.read_about(opened)
    except LedgerCorrupt as error:
        raise NotMade(f"{secrets}: is not sealed and was not sent ({error})") from error


def remove_old(server: Server, made: Backup, kept: int) -> list[str]:
    """Take away the oldest of this kiosk, once `made` is there and confirmed.

    Raises:
        ServerFailed: the server refused; `made` is there.
    """
    there = server.names()
    if there is None:
        return ["the server does not tell what lies there: the oldest are not removed by the kiosk"]
    # Without its checksum one was never confirmed; it goes with those of its age.
    found = [b for name in there if (b := backup.named(made.file.parent / name, made.kiosk))]
    whole = sorted((b for b in found if b.checksum.name in there), key=lambda b: (b.epoch, b.seq))
    keep = [made, *[b for b in reversed(whole) if b != made]][:kept]
    oldest = min((b.epoch, b.seq) for b in keep)
    old = [b for b in found if b not in keep and (b.epoch, b.seq) < oldest]
    for b in old:
        server.remove(b.file.name)
        server.remove(b.checksum.name)
    return [f"{b.file.name}: removed from the server, {kept} are kept" for b in old]
