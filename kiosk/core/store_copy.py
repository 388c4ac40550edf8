"""Files made of a store: a copy of one moment while its writer goes on, and its export."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from kiosk.core.errors import LedgerCorrupt, StorageFailed
from kiosk.core.store_file import SQLITE_ERRORS, connect, private, sqlite_failed, sync_folder

Progress = Callable[[int, int], None]
"""Told how many pages are copied, and of how many."""

_PORTION_PAGES: Final = 4000


def copy_store(source: Path, target: Path, progress: Progress | None = None) -> None:
    """Copy the store at `source` to `target`, replacing what is there; see `Store.backup`.

    Raises:
        StorageFailed: a disk refused, or `target` is in use; what was at `target` is untouched.
        LedgerCorrupt: the file of `source` is damaged; likewise.
    """
    log = target.with_name(target.name + "-wal")
    if log.exists() and log.stat().st_size:
        # A log is played into whatever bears its name: it would ruin the copy.
        raise StorageFailed(f"{log} exists: {target} is a store in use. Choose another name.")
    if target.exists() and target.samefile(source):
        raise StorageFailed(f"{target} is the store itself. Choose another name.")
    with _draft(target) as draft:
        os.close(private(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR))
        _copy(source, draft, progress)
        _must_be_sound(draft)


def write_text(target: Path, parts: Iterable[str]) -> None:
    """Write a text file for its owner only, replacing `target` once it is whole and synced.

    Raises:
        StorageFailed: the disk refused; what was at `target` is untouched.
    """
    with _draft(target) as draft, open(draft, "w", encoding="utf-8", opener=private) as file:
        file.writelines(parts)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """The name under which a file is made: `target` is replaced at the end, or never touched."""
    draft = target.with_name(target.name + ".new")
    try:
        try:
            draft.unlink(missing_ok=True)
            yield draft
            draft.replace(target)
        except BaseException:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise
        sync_folder(target)
    except OSError as error:
        raise StorageFailed(f"{target} cannot be written: {error}") from error


def _copy(source: Path, draft: Path, progress: Progress | None) -> None:
    def told(status: int, remaining: int, total: int) -> None:
        if progress is not None:
            progress(total - remaining, total)

    with closing(connect(source, write=False)) as reader:
        try:
            # Copying in a transaction sees one moment to its end, however long it takes; without
            # one it would begin again at each commit of the writer, who waits in neither case.
            reader.execute("BEGIN")
            reader.execute("SELECT 1 FROM foyer_facts").fetchall()
        except SQLITE_ERRORS as error:
            raise sqlite_failed(source, error) from error
        try:
            with closing(sqlite3.connect(draft, isolation_level=None)) as writer:
                # Nobody reads the draft, and what is half made is thrown away: it needs no journal,
                # and its one sync comes at the end.
                writer.execute("PRAGMA journal_mode = OFF")
                writer.execute("PRAGMA synchronous = OFF")
                reader.backup(writer, pages=_PORTION_PAGES, progress=told)
        except SQLITE_ERRORS as error:
            told_ = sqlite_failed(source, error)
            if isinstance(told_, LedgerCorrupt):
                raise told_ from error
            raise StorageFailed(f"{source} cannot be copied to {draft}: {error}") from error
    with draft.open("rb") as file:
        os.fsync(file.fileno())


def _must_be_sound(copy: Path) -> None:
    """Read the copy back as it is on the medium; `immutable` leaves no log beside it."""
    try:
        uri = f"{copy.absolute().as_uri()}?immutable=1"
        with closing(sqlite3.connect(uri, uri=True)) as db:
            found = [str(text) for (text,) in db.execute("PRAGMA integrity_check(10)")]
    except SQLITE_ERRORS as error:
        found = [str(error)]
    if found != ["ok"]:
        raise LedgerCorrupt(f"the copy {copy} is not sound, and was removed: {'; '.join(found)}")
