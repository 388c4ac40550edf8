"""Looking at stores beside their writer, and at copies of stores."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kiosk.core.store import Store, TableSpec
from kiosk.core.store_file import connect, must_be_a_store, sqlite_failed


def beside_the_writer(path: Path, tables: Sequence[TableSpec]) -> Store:
    """Open for reading a store that this process writes, for another thread.

    `Store.open` looks at the header first; closing that file would take from SQLite, in the whole
    process, the lock by which it keeps others from clearing the log away.

    Raises:
        StorageFailed, LedgerCorrupt: it cannot be read.
    """
    return Store(path, tables, connect(path, write=False), None)


@contextmanager
def opened_copy(path: Path, tables: Sequence[TableSpec]) -> Iterator[Store]:
    """Open for reading a copy that nobody writes, leaving nothing beside it.

    A backup may lie on a medium that cannot be written. The store of a dead machine is no backup:
    with its log beside it, it is opened as a store is.

    Raises:
        NotAStore: it is none, or a newer one.
        StorageFailed, LedgerCorrupt: it cannot be read.
    """
    must_be_a_store(path)
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:
        store = Store.open(path, tables=tables, write=False, older=True)
        try:
            yield store
        finally:
            store.close()
        return
    try:
        uri = f"{path.absolute().as_uri()}?immutable=1"
        db = sqlite3.connect(uri, uri=True, isolation_level=None)
    except sqlite3.Error as error:
        raise sqlite_failed(path, error) from error
    try:
        yield Store(path, tables, db, None)
    finally:
        db.close()
