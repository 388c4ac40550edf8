"""The store's file: how it is made, recognised, locked and opened."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from kiosk.core.clock import system_now
from kiosk.core.errors import LedgerCorrupt, NotAStore, StorageFailed, StoreInUse, StoreTooNew
from kiosk.core.store_rows import encode_facts

FORMAT_VERSION: Final = 3
"""Raised when an older program could not read what this one writes; kept as ``user_version``. What
is done to a store of the format before it stands in `kiosk.core.migrations`."""

APPLICATION_ID: Final = 0x464F5952
"""``FOYR`` in the header of the file: `file` and we tell a store from any other SQLite file."""

SQLITE_ERRORS: Final = (sqlite3.Error, UnicodeDecodeError)
"""What Python's sqlite3 raises for what SQLite says, which may be in no encoding at all."""

_HEADER = b"SQLite format 3\0"

_PRAGMAS = (
    # A commit is on the disk when it returns. With NORMAL, or without WAL, a power cut can take
    # back what a guest was told.
    "synchronous = FULL",
    # Checkpoints belong into idle moments (`Store.idle`), so that a commit is one sync. This bound
    # (16 MiB) is for a kiosk that is never idle; what the log grew beyond 8 MiB is given back.
    "wal_autocheckpoint = 32768",
    "journal_size_limit = 8388608",
    # A row that is gone (a client's key in `secrets`) is overwritten with zeros.
    "secure_delete = ON",
    # A page that makes no sense is reported, not believed.
    "cell_size_check = ON",
    # Read through the page cache of 8 MB: with mmap a bad sector would be a SIGBUS.
    "mmap_size = 0",
    "cache_size = -8000",
    "temp_store = MEMORY",
    # Another process holds the file for the length of a checkpoint at most.
    "busy_timeout = 5000",
)


def build(path: Path, facts: Mapping[str, Any]) -> None:
    """Make an empty store with its facts at `path`, under another name until it is on the disk.

    Raises:
        OSError, sqlite3.Error: the disk refused.
        TypeError, ValueError: a fact is not plain JSON.
    """
    draft = path.with_name(path.name + ".new")
    for remains in (
        draft,
        path.with_name(draft.name + "-wal"),
        path.with_name(draft.name + "-shm"),
    ):
        remains.unlink(missing_ok=True)
    os.close(private(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR))
    with closing(sqlite3.connect(draft, isolation_level=None)) as db:
        # A commit logs every page that it touches whole, and a settled note touches some 17: 35 kB
        # with pages of 2048 bytes, 18 kB with 1024 and 10 kB with 512, the least that there is. The
        # file is no larger, and a commit takes a fifth more of the processor's time.
        db.execute("PRAGMA page_size = 512")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("BEGIN IMMEDIATE")
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
        db.execute("CREATE TABLE foyer_facts (doc TEXT NOT NULL)")
        db.execute("INSERT INTO foyer_facts VALUES (?)", (encode_facts(facts, FORMAT_VERSION),))
        # retired: the highest doc_id that was removed; no doc_id up to it is given again.
        db.execute(
            "CREATE TABLE foyer_tables (name TEXT PRIMARY KEY, retired INTEGER NOT NULL)"
            " WITHOUT ROWID"
        )
        db.execute("COMMIT")
    sync_file(draft)
    draft.rename(path)
    sync_folder(path)


def must_be_a_store(path: Path) -> None:
    """Look at the header before SQLite does: it would turn an empty file into a database."""
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except FileNotFoundError:
        raise NotAStore([f"{path} does not exist."]) from None
    except OSError as error:
        raise StorageFailed(f"{path} cannot be read: {error}") from error
    if not header:
        raise NotAStore(
            [f"{path} is empty: no store, and never taken for a new one. Restore a backup."]
        )
    ours = APPLICATION_ID.to_bytes(4, "big")
    if len(header) < 100 or not header.startswith(_HEADER) or header[68:72] != ours:
        raise NotAStore([f"{path} is not a store of this program."])
    # Before SQLite touches the file; what its log says, `format_of` sees.
    must_be_known(path, int.from_bytes(header[60:64], "big"))


def must_be_known(path: Path, version: int) -> None:
    """Refuse the format of a newer program."""
    if version > FORMAT_VERSION:
        raise StoreTooNew(
            [
                f"{path} was written by a newer version of the program (format {version}, this "
                f"one knows {FORMAT_VERSION}): install the newer version, or restore a backup."
            ]
        )


def connect(path: Path, write: bool) -> sqlite3.Connection:
    """Open the file in SQLite, each setting said, none left to how SQLite was built."""
    try:
        # Opened by the main thread and used by the core thread, never by two at a time.
        db = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={'rw' if write else 'ro'}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
        for pragma in _PRAGMAS:
            db.execute(f"PRAGMA {pragma}")
    except SQLITE_ERRORS as error:
        raise sqlite_failed(path, error) from error
    return db


def format_of(path: Path, db: sqlite3.Connection) -> int:
    """The format of an open store.

    Raises:
        StoreTooNew: a newer program made it.
        StorageFailed, LedgerCorrupt: it cannot be read.
    """
    try:
        ((version,),) = db.execute("PRAGMA user_version")
    except SQLITE_ERRORS as error:
        raise sqlite_failed(path, error) from error
    must_be_known(path, version)
    return int(version)


def sqlite_failed(
    path: Path, error: sqlite3.Error | UnicodeDecodeError
) -> StorageFailed | LedgerCorrupt:
    """The house's error for an error of SQLite: damage is the books', all else the disk's."""
    # A damaged schema is quoted in an error whose own text is then no UTF-8.
    told = f"malformed schema: {error}" if isinstance(error, UnicodeDecodeError) else str(error)
    if "Could not decode to UTF-8" in told:
        # It goes on with the text, which may be anybody's.
        told = "a text in it is malformed"
    damaged = "malformed" in told or "not a database" in told
    return LedgerCorrupt(f"{path}: {told}") if damaged else StorageFailed(f"{path}: {told}")


def lock_for_writing(path: Path) -> int:
    """Become the writer of `path`; the kernel lets the lock go when the process ends."""
    name = path.with_name(path.name + ".lock")
    try:
        lock = private(name, os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise StorageFailed(f"{name} cannot be opened: {error}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        first = os.pread(lock, 200, 0).decode(errors="replace").strip() or "another process"
        os.close(lock)
        raise StoreInUse(f"{path} is in use: {first} writes it. Stop that one first.") from None
    os.ftruncate(lock, 0)
    os.pwrite(
        lock,
        f"process {os.getpid()}, since {system_now().wall:%Y-%m-%d %H:%M:%S} UTC\n".encode(),
        0,
    )
    return lock


def private(path: str | Path, flags: int) -> int:
    """Open a file that only its owner may read; for `open(opener=…)` too."""
    return os.open(path, flags, 0o600)


def sync_file(path: Path) -> None:
    """Put what stands in a file, and its size, on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_log(path: Path) -> None:
    """Put the log that a former process left beside `path` on the disk before it is believed.

    Whoever is killed between a commit's write and its sync leaves a log that reads well and that
    a power cut still takes away, name and all; SQLite syncs neither what it finds.

    Raises:
        StorageFailed: the disk refused.
    """
    log = path.with_name(path.name + "-wal")
    try:
        if log.exists():
            sync_file(log)
            sync_folder(log)
    except OSError as error:
        raise StorageFailed(f"{log} cannot be synced: {error}") from error


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter, with those above it, and its name lasting.

    Raises:
        OSError: the disk refused.
    """
    missing = [made for made in (folder, *folder.parents) if not made.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for made in missing:
        # Else a power cut can take the folder away, and the synced store in it.
        sync_folder(made)


def sync_folder(path: Path) -> None:
    """Put the name of `path` on the disk: a synced file can still be nameless after a power cut."""
    folder = os.open(path.absolute().parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
