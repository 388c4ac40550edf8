"""Where the data lives: TinyDB for the programmer, SQLite for the disk.

One SQL table a TinyDB table, one row a document: an integer ``doc_id`` and the document as JSON
text. A committed transaction has been synced; nothing else in the house knows how bytes reach the
disk. Why this and not TinyDB's own file: docs/adr, "store".
"""

from __future__ import annotations

import ctypes
import json
import os
import sqlite3
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, NoReturn, cast

from tinydb.storages import Storage
from tinydb.table import Document

from kiosk.core.errors import LedgerCorrupt, NotAStore, StorageFailed, StoreTooOld
from kiosk.core.store_copy import Progress, copy_store, write_text
from kiosk.core.store_file import (
    FORMAT_VERSION,
    SQLITE_ERRORS,
    build,
    connect,
    format_of,
    lock_for_writing,
    must_be_a_store,
    sqlite_failed,
    sync_file,
    sync_log,
)
from kiosk.core.store_queries import EVERY, Condition, extract
from kiosk.core.store_rows import (
    BY_ID,
    decode,
    decode_facts,
    encode,
    encode_facts,
    index_sql,
    last_id,
    next_id,
    sql_name,
    table_sql,
)
from kiosk.core.store_tables import Database, Table

__all__ = ["WAL_IDLE_BYTES", "Database", "Progress", "Store", "Table", "TableSpec"]

WAL_IDLE_BYTES: Final = 1_048_576
"""`Store.idle` leaves a shorter log alone: each checkpoint is two syncs and wears the card."""


LAST: Final = 2**63 - 1
"""Above every doc_id."""


@dataclass(frozen=True)
class TableSpec:
    """A table and the paths that are searched: ``TableSpec("visits", ("refs.card", "state"))``.

    The documents' own ``id`` has a unique index always. Of several conditions that must all hold
    the path that stands first here finds the rows: write the one that finds the fewest first.
    """

    name: str
    indexes: tuple[str, ...] = ()


class Store(Storage):
    """One file of documents, with one writer and any number of readers in other processes.

    Used by one thread at a time. Made by `create` or `open`.
    """

    def __init__(
        self, path: Path, tables: Sequence[TableSpec], db: sqlite3.Connection, lock: int | None
    ) -> None:
        self.path = path
        self.poisoned = False
        self._log_kept = False
        self._specs = {spec.name: spec for spec in tables}
        self._connection = db
        self._lock = lock
        self._open: Literal["", "reading", "writing"] = ""
        self._known: set[str] = set()
        self.db = Database(self)
        self.facts: Mapping[str, Any] = self._read_facts()

    # --- Making and opening -------------------------------------------------------------------

    @classmethod
    def create(cls, path: Path, *, facts: Mapping[str, Any], tables: Sequence[TableSpec]) -> Store:
        """Make a new store and open it for writing.

        It is built under another name and renamed when it is whole and synced: a power cut leaves
        no store or a good one. The file is readable by its owner only.

        Args:
            path: where no file is yet, in a folder that exists.
            facts: small JSON values that never change: kiosk, currency, simulated, created_at …
            tables: what the program keeps in it.

        Raises:
            NotAStore: something is there already.
            StoreInUse: somebody else is making it.
            StorageFailed: the disk refused.
        """
        lock = lock_for_writing(path)
        try:
            wal = path.with_name(path.name + "-wal")
            for taken in (path, wal):
                # A log without its file would be played into the new store.
                if taken.exists():
                    raise NotAStore([f"{taken} exists already; a new store needs a free name."])
            try:
                build(path, facts)
            except (OSError, sqlite3.Error) as error:
                raise StorageFailed(f"{path} cannot be made: {error}") from error
        finally:
            os.close(lock)
        return cls.open(path, tables=tables)

    @classmethod
    def open(
        cls, path: Path, *, tables: Sequence[TableSpec], write: bool = True, older: bool = False
    ) -> Store:
        """Open a store; tables and indexes that are new in the program are added to it.

        Args:
            path: the file.
            tables: what the program keeps in it.
            write: False for a second process that only reads, while another one writes.
            older: whether a store of an older format will do. It is opened as it is, without what
                is new, for who migrates it, proves it or copies it.

        Raises:
            NotAStore: no file, an empty one, or one that is no store.
            StoreTooNew: a newer program made it.
            StoreTooOld: an older program made it.
            StoreInUse: another process writes it; the sentence names it.
            StorageFailed: the disk refused.
        """
        must_be_a_store(path)
        lock = lock_for_writing(path) if write else None
        try:
            if write:
                sync_log(path)
            db = connect(path, write)
            try:
                store = cls(path, tables, db, lock)
                if not older:
                    store.must_be_current()
                if write and store.format == FORMAT_VERSION:
                    with store.transaction():
                        store._prepare()
            except BaseException:
                db.close()
                raise
        except BaseException:
            if lock is not None:
                os.close(lock)
            raise
        return store

    def close(self) -> None:
        """Close the file and let the next writer in. The log is folded into the file."""
        if self.poisoned:
            # Closing would write and sync once more, on a disk that has just lied. The connection
            # stays open until the process ends.
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._connection))
        else:
            try:
                self._connection.close()
            except SQLITE_ERRORS as error:
                self._poison(error)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def format(self) -> int:
        """The number of the format that the documents have."""
        return format_of(self.path, self._connection)

    def must_not_have_failed(self) -> None:
        """Refuse to go on after a write has failed.

        Raises:
            StorageFailed: one has.
        """
        if self.poisoned:
            raise StorageFailed(
                f"{self.path}: writing failed earlier; nothing more is written until a restart."
            )

    def must_be_current(self) -> None:
        """Refuse to go on with a store of an older format.

        Raises:
            StoreTooOld: it is one.
        """
        if self.format != FORMAT_VERSION:
            raise StoreTooOld(
                [
                    f"{self.path} was written by an older version of the program (format "
                    f"{self.format}, this one writes {FORMAT_VERSION}). Start the kiosk once: it "
                    "makes a copy of the store, and brings it to the new format."
                ]
            )

    def raise_format(self) -> None:
        """Give the store the number of this format, with its tables and indexes.

        To be called in the transaction that migrates the documents.
        """
        self._prepare()
        self._write_facts(self.facts, FORMAT_VERSION)

    def become(self, facts: Mapping[str, Any], version: int) -> None:
        """Give a copy, which nobody uses yet, other facts and the format that its documents have.

        Raises:
            StorageFailed: the disk refused.
        """
        with self.transaction():
            self._write_facts(facts, version)
        self.facts = MappingProxyType(dict(facts))

    # --- What the ledger uses -----------------------------------------------------------------

    def table(self, name: str) -> Table:
        """The declared table `name`, as TinyDB knows tables.

        Raises:
            KeyError: the table is not declared.
        """
        return cast(Table, self.db.table(self._declared(name)))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything written inside is on the disk when it ends, or nothing is.

        Raises:
            RuntimeError: one is open already; they do not nest.
            StorageFailed: the disk refused. What was inside may or may not be there; the store
                takes no more writes.
        """
        if self._open:
            raise RuntimeError("a transaction is open already; they do not nest")
        self.execute("BEGIN IMMEDIATE")
        self._open = "writing"
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._open = ""

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Reading inside sees one moment of the store.

        It holds the log, which grows meanwhile by what is written: ten seconds at most. Only the
        proof of the books and a copy of them take longer.
        """
        if self._open:
            yield
            return
        self.rows("BEGIN")
        self._open = "reading"
        try:
            yield
        finally:
            self._open = ""
            self.rows("ROLLBACK")

    def put(self, table: str, id: str, document: Mapping[str, Any] | None) -> None:  # noqa: A002
        """Store `document` as the one whose ``id`` is `id`; None removes it.

        Raises:
            RuntimeError: no transaction is open.
            KeyError: the table is not declared.
            TypeError, ValueError: the document is not plain JSON, holds a float (money is exact),
                or carries another ``id``.
            StorageFailed: the disk refused.
        """
        name = sql_name(self._declared(table))
        if self._open != "writing":
            raise RuntimeError(f"{table} {id!r} can only be put inside a transaction")
        if document is None:
            gone = self.execute(
                f"DELETE FROM {name} WHERE {BY_ID} = ? RETURNING doc_id", (id,)
            ).fetchall()
            self.retire(table, [doc_id for (doc_id,) in gone])
            return
        if document.get("id") != id:
            raise ValueError(f"{table} {id!r}: the document says its id is {document.get('id')!r}")
        self.execute(
            f"INSERT INTO {name} (doc_id, doc) VALUES ({next_id(name)}, ?)"
            f" ON CONFLICT ({BY_ID}) DO UPDATE SET doc = excluded.doc",
            (table, encode(document, floats=False)),
        )

    def get(self, table: str, id: str) -> dict[str, Any] | None:  # noqa: A002
        """The document of `table` whose ``id`` is `id`; a fresh copy at each call."""
        name = self._declared(table)
        if not self.exists(name):
            return None
        found = self.rows(f"SELECT doc_id, doc FROM {sql_name(name)} WHERE {BY_ID} = ?", (id,))
        return decode(name, *found[0]) if found else None

    def latest(
        self, table: str, path: str = "", value: str = "", limit: int = 1, before: int = LAST
    ) -> list[dict[str, Any]]:
        """The documents that came last, newest first: all, or those with `value` at `path`.

        `before` is a doc_id: only documents below it.
        """
        name = sql_name(self._declared(table))
        wanted, args = ("TRUE", ()) if not path else (f"{extract(path.split('.'))} = ?", (value,))
        found = self.rows(
            f"SELECT doc_id, doc FROM {name} WHERE {wanted} AND doc_id < ?"
            " ORDER BY doc_id DESC LIMIT ?",
            (*args, before, limit),
        )
        return [decode(table, *row) for row in found]

    def integrity(self) -> list[str]:
        """What is wrong with the file as a file of SQLite; nothing when it is sound."""
        try:
            told = [str(text) for (text,) in self.rows("PRAGMA integrity_check(100)")]
            schema = self.rows("SELECT name, sql FROM sqlite_schema")
        except (LedgerCorrupt, StorageFailed) as error:
            # Damage in a row can keep SQLite from working out what an index should hold.
            return [str(error)]
        # SQLite believes a schema that it can read, whatever that makes of the documents; whether
        # an index holds what its own text says, it has just checked.
        made = {sql_name(name).strip('"'): table_sql(name) for name in self._specs}
        changed = [
            f"{name} is not made as it was" for name, sql in schema if made.get(name, sql) != sql
        ]
        return changed + [text for text in told if text != "ok"]

    def found(self, table: str) -> Iterator[tuple[int, dict[str, Any] | None]]:
        """What stands in each row of a table, for who must look at all of them, damaged or not.

        Returns:
            doc_id and document; None where there is no document in the row any more.

        Raises:
            LedgerCorrupt, StorageFailed: SQLite cannot read on.
        """
        name = sql_name(table)
        # As bytes: a text that is not UTF-8 would end the reading of all others.
        for doc_id, data in self.each(f"SELECT doc_id, CAST(doc AS BLOB) FROM {name} ORDER BY 1"):
            try:
                yield doc_id, decode(table, doc_id, data)
            except LedgerCorrupt:
                yield doc_id, None

    def next_id(self, table: str) -> int:
        """The doc_id that the next document of a table will have."""
        retired = self.rows("SELECT retired FROM foyer_tables WHERE name = ?", (table,))
        if len(retired) != 1 or not isinstance(retired[0][0], int):
            raise LedgerCorrupt(f"{self.path}: foyer_tables has no number for {table}")
        return max(retired[0][0], self.last_id(table)) + 1

    def last_id(self, table: str) -> int:
        """The highest doc_id in a table; 0 for none."""
        ((last,),) = self.rows(last_id(sql_name(table)))
        return last or 0

    def idle(self) -> None:
        """Fold the log into the file, or empty it where that is due, when nobody waits.

        Raises:
            StorageFailed: the disk refused.
        """
        if self._log_kept:
            self.empty_log()
        log = self.path.with_name(self.path.name + "-wal")
        try:
            size = log.stat().st_size if log.exists() else 0
        except OSError as error:
            raise StorageFailed(f"{log} cannot be read: {error}") from error
        if size >= WAL_IDLE_BYTES:
            self.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def rebuild(self) -> None:
        """Write the file anew, so that no byte of what was removed is between its rows.

        Takes as long as writing the whole file once, into the log.

        Raises:
            StorageFailed: the disk refused, or has no room for it.
        """
        self.execute("VACUUM")

    def empty_log(self) -> None:
        """Fold the whole log into the file and cut it to nothing: what was removed is in neither.

        A reader that still looks at an older moment keeps the log; then the next `idle` or
        writable open empties it.

        Raises:
            StorageFailed: the disk refused.
        """
        ((busy, *_),) = self.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._log_kept = bool(busy)
        log = self.path.with_name(self.path.name + "-wal")
        try:
            # SQLite does not sync this cut: after a power cut the log could be there again.
            if log.exists():
                sync_file(log)
        except OSError as error:
            self.poisoned = True
            raise StorageFailed(f"{self.path}: its log cannot be synced: {error}") from error

    def free_bytes(self) -> int:
        """Bytes that are left on the disk of the store.

        Raises:
            StorageFailed: the disk does not answer.
        """
        try:
            disk = os.statvfs(self.path.parent)
        except OSError as error:
            raise StorageFailed(f"{self.path.parent} cannot be read: {error}") from error
        return disk.f_bavail * disk.f_frsize

    def backup(self, target: Path, progress: Progress | None = None) -> None:
        """Copy the store as it is at this moment to `target`, replacing it; nobody waits for it.

        It is built under another name, checked by SQLite, synced, readable by its owner only, and
        renamed when it is whole. The writer, in this or another process, goes on; its log grows by
        what it writes meanwhile. May be called from any thread.

        Args:
            target: a file, in a folder that exists.
            progress: called between portions of some 2 MB.

        Raises:
            StorageFailed: a disk refused, or `target` is in use; what was at `target` is untouched.
            LedgerCorrupt: this store's file is damaged; likewise.
        """
        copy_store(self.path, target, progress)

    def export(self, path: Path) -> None:
        """Write everything to a file that stock TinyDB opens, one moment of it, replacing `path`.

        The facts are the one document of a table ``facts``.

        Raises:
            StorageFailed: the disk refused; what was at `path` is untouched.
        """
        with self.snapshot():
            write_text(path, self._exported())

    # --- What tables use: SQL with the house's errors ------------------------------------------

    def rows(self, sql: str, args: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows that a question to SQLite answers."""
        return list(self.each(sql, args))

    def each(self, sql: str, args: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows one by one. Reading goes on while the generator lives: do not keep it."""
        try:
            with closing(self._connection.execute(sql, args)) as cursor:
                yield from cursor
        except SQLITE_ERRORS as error:
            raise sqlite_failed(self.path, error) from error

    def execute(self, sql: str, args: Sequence[object] = ()) -> sqlite3.Cursor:
        """Run one statement that writes. An error ends all writing, for good.

        Raises:
            ValueError: an id is there twice; nothing is broken.
            StorageFailed: the disk refused, now or earlier.
            LedgerCorrupt: SQLite found its file damaged.
        """
        self.must_not_have_failed()
        if self._lock is None:
            raise StorageFailed(f"{self.path} is open for reading only.")
        try:
            return self._connection.execute(sql, args)
        except sqlite3.IntegrityError as error:
            raise ValueError(f"{self.path}: an id that is there already: {error}") from error
        except SQLITE_ERRORS as error:
            self._poison(error)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One operation of TinyDB, whole or not at all, in a transaction of its own or a larger."""
        if self._open != "writing":
            with self.transaction():
                yield
            return
        self.execute("SAVEPOINT operation")
        try:
            yield
        except BaseException:
            if not self.poisoned:
                self.execute("ROLLBACK TO operation")
                self.execute("RELEASE operation")
                self._known.clear()
            raise
        self.execute("RELEASE operation")

    def exists(self, name: str) -> bool:
        """Whether the table was ever written to (or is declared)."""
        if name not in self._known:
            self._known = self.names()
        return name in self._known

    def indexes(self, name: str) -> tuple[str, ...]:
        """The indexed paths of the table, in the order in which they lead a search."""
        spec = self._specs.get(name)
        return ("id", *spec.indexes) if spec else ()

    def names(self) -> set[str]:
        """The names of all tables."""
        found = {name for (name,) in self.rows("SELECT name FROM foyer_tables")}
        if not all(isinstance(name, str) for name in found):
            # One changed byte makes a number of a text.
            raise LedgerCorrupt(f"{self.path}: a table has a name that is no text")
        return found

    def add_table(self, name: str) -> None:
        """Make the table `name`, with the indexes of its declaration, unless it is there."""
        if self.exists(name):
            return
        self.execute(table_sql(name))
        self.execute("INSERT INTO foyer_tables (name, retired) VALUES (?, 0)", (name,))

    def drop_table(self, name: str) -> None:
        """Forget the table `name`, its documents and its ids."""
        if self.exists(name):
            self.execute(f"DROP TABLE {sql_name(name)}")
            self.execute("DELETE FROM foyer_tables WHERE name = ?", (name,))
            self._known.discard(name)

    def retire(self, name: str, doc_ids: Sequence[int]) -> None:
        """Remember that these doc_ids of `name` were given and are gone."""
        if doc_ids:
            self.execute(
                "UPDATE foyer_tables SET retired = max(retired, ?) WHERE name = ?",
                (max(doc_ids), name),
            )

    # --- TinyDB's storage: everything at once, for code that wants a plain storage -------------

    def read(self) -> dict[str, dict[str, Any]] | None:
        """Everything, as TinyDB's storages answer it; None while there are no tables."""
        with self.snapshot():
            return {
                name: {str(doc_id): doc for doc_id, doc in self.documents(name)}
                for name in self.names()
            } or None

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """Replace everything, as TinyDB's storages do; declared tables keep their indexes."""
        with self.writing():
            for name in self.names() - data.keys():
                self.drop_table(name)
            for name, documents in data.items():
                table = self.db.table(name)
                table.truncate()
                table.insert_multiple(Document(doc, int(key)) for key, doc in documents.items())

    def documents(
        self, name: str, where: Condition = EVERY, limit: str = ""
    ) -> Generator[tuple[int, dict[str, Any]], None, None]:
        """doc_id and decoded document of what SQL lets through, in the order of doc_id."""
        if self.exists(name):
            sql = f"SELECT doc_id, doc FROM {sql_name(name)} WHERE {where.sql} ORDER BY doc_id"
            for doc_id, text in self.each(sql + limit, where.args):
                yield doc_id, decode(name, doc_id, text)

    def _exported(self) -> Iterator[str]:
        yield '{"facts": {"1": ' + encode(self.facts) + "}"
        for name in sorted(self.names()):
            yield f",\n{json.dumps(name)}: {{"
            separator = ""
            for doc_id, text in self.each(f"SELECT doc_id, doc FROM {sql_name(name)}"):
                yield f'{separator}\n"{doc_id}": {text}'
                separator = ","
            yield "}"
        yield "}\n"

    # --- Inside -------------------------------------------------------------------------------

    def _declared(self, name: str) -> str:
        if name not in self._specs:
            raise KeyError(f"{self.path} has no table {name!r}; it has {sorted(self._specs)}")
        return name

    def _read_facts(self) -> Mapping[str, Any]:
        with self.snapshot():
            version = self.format
            found = self.rows("SELECT doc FROM foyer_facts")
        if len(found) != 1:
            raise LedgerCorrupt(f"{self.path}: foyer_facts has {len(found)} rows and not one")
        return MappingProxyType(decode_facts(found[0][0], version))

    def _write_facts(self, facts: Mapping[str, Any], version: int) -> None:
        self.execute("UPDATE foyer_facts SET doc = ?", (encode_facts(facts, version),))
        self.execute(f"PRAGMA user_version = {version}")

    def _prepare(self) -> None:
        for spec in self._specs.values():
            self.add_table(spec.name)
            wanted = index_sql(spec.name, spec.indexes)
            there = dict(
                self.rows(
                    "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?",
                    (sql_name(spec.name).strip('"'),),
                )
            )
            # One that is made otherwise now is made anew.
            for index, _ in sorted(there.items() - wanted.items()):
                self.execute(f'DROP INDEX "{index}"')
            for _, sql in sorted(wanted.items() - there.items()):
                self.execute(sql)

    def _roll_back(self) -> None:
        self._known.clear()
        if self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except SQLITE_ERRORS as error:
                self.poisoned = True
                raise StorageFailed(f"{self.path}: {error}") from error

    def _poison(self, error: sqlite3.Error | UnicodeDecodeError) -> NoReturn:
        self.poisoned = True
        raise sqlite_failed(self.path, error) from error
