"""Backups: whole copies of the store in a folder, each proven before it counts.

``K1-1-0000000184.db`` is the store of kiosk K1 as of entry 184 of epoch 1, and opens like any
store; ``….db.sha256`` beside it is what ``sha256sum -c`` reads. The secrets lie apart
(`keyring`). Guests are served meanwhile.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kiosk.core import keyring
from kiosk.core.clients import SECRET_TABLES
from kiosk.core.clock import Now
from kiosk.core.copies import opened_copy
from kiosk.core.errors import ConfigError, LedgerCorrupt, StorageFailed
from kiosk.core.ledger import Finding, Ledger
from kiosk.core.store import Store
from kiosk.core.store_file import private, sync_folder
from kiosk.core.venue import TABLES

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is, and of how much."""

_NAME: Final = re.compile(r"([A-Za-z0-9]{1,12})-([0-9]+)-([0-9]{10,})\.db")
_PORTION_BYTES: Final = 1_048_576
_FINDINGS_TOLD_MAX: Final = 5


@dataclass(frozen=True)
class Backup:
    """A copy, as its name tells it."""

    file: Path
    kiosk: str
    epoch: int
    seq: int

    @property
    def checksum(self) -> Path:
        """The file with its SHA-256."""
        return self.file.with_name(self.file.name + ".sha256")


def backups(folder: Path, kiosk: str) -> list[Backup]:
    """The backups of a kiosk in a folder, newest first."""
    found = [b for file in folder.iterdir() if (b := named(file, kiosk))]
    return sorted(found, key=lambda b: (b.epoch, b.seq), reverse=True)


def named(file: Path, kiosk: str) -> Backup | None:
    """The backup of a kiosk that a file of this name is; None: it is called otherwise."""
    name = _NAME.fullmatch(file.name)
    if not name or name[1] != kiosk:
        return None
    return Backup(file, name[1], int(name[2]), int(name[3]))


def back_up(path: Path, folder: Path, kept: int, progress: Progress) -> tuple[Backup, list[Backup]]:
    """Put a proven copy of the store at `path` into `folder`, and take away the oldest.

    Args:
        path: the store; a kiosk may be writing it.
        folder: one that exists: the medium may be away, and the copy would be on the same disk.
        kept: so many backups of this kiosk stay.
        progress: told how far it is.

    Returns:
        The backup, and those that were removed.

    Raises:
        ConfigError: the folder is not there.
        StorageFailed: a disk refused; every former backup is there.
        LedgerCorrupt: the store is not sound; likewise, and what is wrong with it.
    """
    if not folder.is_dir():
        raise ConfigError([f"{folder} is no folder; it is never made: is the medium there?"])
    store = Store.open(path, tables=TABLES, write=False, older=True)
    try:
        kiosk = str(store.facts["kiosk"])
        draft = folder / f"{kiosk}-unproven.db"
        store.backup(draft, lambda done, of: progress("copied", done, of))
    finally:
        store.close()
    try:
        try:
            last, findings = prove(draft, progress)
            if findings:
                raise unsound(f"{path} is not sound", findings)
            name = f"{kiosk}-{last[0]}-{last[1]:010}.db"
            made = Backup(folder / name, kiosk, *last)
            _lay_down(draft, made)
        except BaseException:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise
        old = [b for b in backups(folder, kiosk) if b != made][max(kept - 1, 0) :]
        for backup in old:
            backup.file.unlink()
            backup.checksum.unlink(missing_ok=True)
    except OSError as error:
        raise StorageFailed(f"{folder} cannot be written: {error}") from error
    return made, old


def unsound(what: str, findings: list[Finding]) -> LedgerCorrupt:
    """The error that tells the first few findings."""
    shown = "; ".join(f"{f.where}: {f.what}" for f in findings[:_FINDINGS_TOLD_MAX])
    more = len(findings) - _FINDINGS_TOLD_MAX
    return LedgerCorrupt(f"{what}: {shown}" + (f"; and {more} more" if more > 0 else ""))


def prove(copy: Path, progress: Progress) -> tuple[tuple[int, int], list[Finding]]:
    """Read a copy of a store whole: epoch and seq of its last entry, and what is wrong with it.

    Raises:
        NotAStore, StorageFailed, LedgerCorrupt: it cannot be read at all.
    """
    with opened_copy(copy, TABLES) as store:
        ledger = Ledger(store)
        findings = ledger.verify(lambda done, of: progress("proven", done, of))
        last = ledger.entry(ledger.seq)
        return (last.epoch if last else ledger.epoch, ledger.seq), findings


def changed(backup: Backup) -> str:
    """How the file differs from what its checksum says, in a sentence; empty: it does not."""
    try:
        told = backup.checksum.read_text("ascii", errors="replace").split()[:1]
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise StorageFailed(f"{backup.checksum} cannot be read: {error}") from error
    if told == [digest_of(backup.file)]:
        return ""
    return f"was changed since it was made: it does not fit {backup.checksum.name}"


def digest_of(file: Path) -> str:
    """The SHA-256 of a file, in hex.

    Raises:
        StorageFailed: it cannot be read.
    """
    made = hashlib.sha256()
    try:
        with file.open("rb") as opened:
            while portion := opened.read(_PORTION_BYTES):
                made.update(portion)
    except OSError as error:
        raise StorageFailed(f"{file} cannot be read: {error}") from error
    return made.hexdigest()


def _lay_down(draft: Path, backup: Backup) -> None:
    """Give a proven copy its name, then its checksum.

    Each step is on the medium before the next: a power cut leaves a backup without a checksum at
    worst, never one that a checksum calls changed.
    """
    checksum = draft.with_name(draft.name + ".sha256")
    with open(checksum, "w", encoding="ascii", opener=private) as opened:
        opened.write(f"{digest_of(draft)}  {backup.file.name}\n")
        opened.flush()
        os.fsync(opened.fileno())
    if backup.checksum.exists():
        backup.checksum.unlink()
        sync_folder(backup.file)
    draft.replace(backup.file)
    sync_folder(backup.file)
    checksum.replace(backup.checksum)
    sync_folder(backup.file)


def back_up_secrets(
    path: Path, secrets_path: Path, folder: Path, recovery_key: str, now: Now
) -> int:
    """Seal the secrets beside the backups; how many keys the file holds.

    Raises:
        StorageFailed, LedgerCorrupt: a disk refused; the former file is there.
    """
    store = Store.open(path, tables=TABLES, write=False, older=True)
    try:
        secrets = Store.open(secrets_path, tables=SECRET_TABLES, write=False, older=True)
        try:
            return keyring.seal_secrets(store, secrets, folder, recovery_key, now)
        finally:
            secrets.close()
    finally:
        store.close()
