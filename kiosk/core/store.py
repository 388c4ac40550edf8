"""Where the data lives: TinyDB for the programmer, SQLite for the disk.

One SQL table a TinyDB table, one row a document: an integer ``doc_id`` and the document as JSON
text. A committed transaction has been synced; nothing else in the house knows how bytes reach the
disk. Why this and not TinyDB's own file: docs/adr, "store".
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import re
import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, NoReturn, cast

from tinydb import TinyDB
from tinydb.queries import QueryLike
from tinydb.storages import Storage
from tinydb.table import Document
from tinydb.table import Table as TinyTable

from kiosk.core.clock import system_now
from kiosk.core.errors import (
    LedgerCorrupt,
    NotAStore,
    StorageFailed,
    StoreInUse,
    StoreTooNew,
)
from kiosk.core.store_queries import EVERY, Condition, condition, extract

FORMAT_VERSION: Final = 1
"""Raised when an older program could not read what this one writes; kept as ``user_version``."""

APPLICATION_ID: Final = 0x464F5952
"""``FOYR`` in the header of the file: `file` and we tell a store from any other SQLite file."""

DOCUMENT_DEPTH_MAX: Final = 100
"""Deeper nesting is a mistake; SQLite refuses to parse JSON at 1000."""

WAL_IDLE_BYTES: Final = 1_048_576
"""`Store.idle` leaves a shorter log alone: each checkpoint is two syncs and wears the card."""

_WAL_MAX_PAGES: Final = 4096
_HEADER = b"SQLite format 3\0"
_SQL_NAME = re.compile(r"_?[a-z][a-z0-9_]*")

_PRAGMAS = (
    # A commit is on the disk when it returns. With NORMAL, or without WAL, a power cut can take
    # back what a guest was told.
    "synchronous = FULL",
    # Checkpoints belong into idle moments (`Store.idle`), so that a commit is one sync. This bound
    # (16 MiB) is for a kiosk that is never idle; what the log grew beyond 8 MiB is given back.
    f"wal_autocheckpoint = {_WAL_MAX_PAGES}",
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


@dataclass(frozen=True)
class TableSpec:
    """A table and the paths that are searched: ``TableSpec("visits", ("state", "refs.card"))``.

    The documents' own ``id`` has a unique index always.
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
        self._specs = {spec.name: spec for spec in tables}
        self._connection = db
        self._lock = lock
        self._open: Literal["", "reading", "writing"] = ""
        self._known: set[str] = set()
        self.db = Database(self)
        self.facts: Mapping[str, Any] = MappingProxyType(
            {
                key: json.loads(value)
                for key, value in self.rows("SELECT key, value FROM foyer_facts ORDER BY key")
            }
        )

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
        lock = _lock(path)
        try:
            wal = path.with_name(path.name + "-wal")
            for taken in (path, wal):
                # A log without its file would be played into the new store.
                if taken.exists():
                    raise NotAStore([f"{taken} exists already; a new store needs a free name."])
            try:
                _build(path, facts)
            except (OSError, sqlite3.Error) as error:
                raise StorageFailed(f"{path} cannot be made: {error}") from error
        finally:
            os.close(lock)
        return cls.open(path, tables=tables)

    @classmethod
    def open(cls, path: Path, *, tables: Sequence[TableSpec], write: bool = True) -> Store:
        """Open a store; tables and indexes that are new in the program are added to it.

        Args:
            path: the file.
            tables: what the program keeps in it.
            write: False for a second process that only reads, while another one writes.

        Raises:
            NotAStore: no file, an empty one, or one that is no store.
            StoreTooNew: a newer program made it.
            StoreInUse: another process writes it; the sentence names it.
            StorageFailed: the disk refused.
        """
        _must_be_a_store(path)
        lock = _lock(path) if write else None
        try:
            db = _connect(path, write)
            try:
                store = cls(path, tables, db, lock)
                if write:
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
            except sqlite3.Error as error:
                self._poison(error)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

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
            if self.poisoned:
                self._refuse()
            self.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._open = ""

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Reading inside sees one moment of the store; ten seconds at most, it holds the log."""
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
        name = _sql_name(self._declared(table))
        if self._open != "writing":
            raise RuntimeError(f"{table} {id!r} can only be put inside a transaction")
        if document is None:
            gone = self.execute(
                f"DELETE FROM {name} WHERE {_ID} = ? RETURNING doc_id", (id,)
            ).fetchall()
            self.retire(table, [doc_id for (doc_id,) in gone])
            return
        if document.get("id") != id:
            raise ValueError(f"{table} {id!r}: the document says its id is {document.get('id')!r}")
        self.execute(
            f"INSERT INTO {name} (doc_id, doc) VALUES ({_next_id(name)}, ?)"
            f" ON CONFLICT ({_ID}) DO UPDATE SET doc = excluded.doc",
            (table, encode(document, floats=False)),
        )

    def get(self, table: str, id: str) -> dict[str, Any] | None:  # noqa: A002
        """The document of `table` whose ``id`` is `id`; a fresh copy at each call."""
        name = self._declared(table)
        if not self.exists(name):
            return None
        found = self.rows(f"SELECT doc_id, doc FROM {_sql_name(name)} WHERE {_ID} = ?", (id,))
        return decode(name, *found[0]) if found else None

    def idle(self) -> None:
        """Fold the log into the file. To be called when nobody waits.

        Raises:
            StorageFailed: the disk refused.
        """
        log = self.path.with_name(self.path.name + "-wal")
        if log.exists() and log.stat().st_size >= WAL_IDLE_BYTES:
            self.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def free_bytes(self) -> int:
        """Bytes that are left on the disk of the store."""
        disk = os.statvfs(self.path.parent)
        return disk.f_bavail * disk.f_frsize

    def export(self, path: Path) -> None:
        """Write everything to a file that stock TinyDB opens, one moment of it, replacing `path`.

        The facts are the one document of a table ``facts``.

        Raises:
            StorageFailed: the disk refused; what was at `path` is untouched.
        """
        draft = path.with_name(path.name + ".new")
        try:
            with open(draft, "w", encoding="utf-8", opener=_private) as file, self.snapshot():
                file.write('{"facts": {"1": ' + encode(self.facts) + "}")
                for name in sorted(self.names()):
                    file.write(f",\n{json.dumps(name)}: {{")
                    separator = ""
                    for doc_id, text in self.each(f"SELECT doc_id, doc FROM {_sql_name(name)}"):
                        file.write(f'{separator}\n"{doc_id}": {text}')
                        separator = ","
                    file.write("}")
                file.write("}\n")
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
            _sync_folder(path)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise StorageFailed(f"{path} cannot be written: {error}") from error

    # --- What tables use: SQL with the house's errors ------------------------------------------

    def rows(self, sql: str, args: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows that a question to SQLite answers."""
        return list(self.each(sql, args))

    def each(self, sql: str, args: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows one by one. Reading goes on while the generator lives: do not keep it."""
        try:
            with closing(self._connection.execute(sql, args)) as cursor:
                yield from cursor
        except sqlite3.Error as error:
            raise _reading_failed(self.path, error) from error

    def execute(self, sql: str, args: Sequence[object] = ()) -> sqlite3.Cursor:
        """Run one statement that writes. An error ends all writing, for good.

        Raises:
            ValueError: an id is there twice; nothing is broken.
            StorageFailed: the disk refused, now or earlier.
            LedgerCorrupt: SQLite found its file damaged.
        """
        if self.poisoned:
            self._refuse()
        if self._lock is None:
            raise StorageFailed(f"{self.path} is open for reading only.")
        try:
            return self._connection.execute(sql, args)
        except sqlite3.IntegrityError as error:
            raise ValueError(f"{self.path}: an id that is there already: {error}") from error
        except sqlite3.Error as error:
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

    def names(self) -> set[str]:
        """The names of all tables."""
        return {name for (name,) in self.rows("SELECT name FROM foyer_tables")}

    def add_table(self, name: str) -> None:
        """Make the table `name`, with the indexes of its declaration, unless it is there."""
        if self.exists(name):
            return
        # doc_id without AUTOINCREMENT, which would write one page more at every commit: that ids
        # are not given twice is `retire`'s work, and removing is rare.
        self.execute(
            f"CREATE TABLE {_sql_name(name)} (doc_id INTEGER PRIMARY KEY, doc TEXT NOT NULL)"
        )
        self.execute("INSERT INTO foyer_tables (name, retired) VALUES (?, 0)", (name,))

    def drop_table(self, name: str) -> None:
        """Forget the table `name`, its documents and its ids."""
        if self.exists(name):
            self.execute(f"DROP TABLE {_sql_name(name)}")
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
            sql = f"SELECT doc_id, doc FROM {_sql_name(name)} WHERE {where.sql} ORDER BY doc_id"
            for doc_id, text in self.each(sql + limit, where.args):
                yield doc_id, decode(name, doc_id, text)

    # --- Inside -------------------------------------------------------------------------------

    def _declared(self, name: str) -> str:
        if name not in self._specs:
            raise KeyError(f"{self.path} has no table {name!r}; it has {sorted(self._specs)}")
        return name

    def _prepare(self) -> None:
        with self.transaction():
            for spec in self._specs.values():
                self.add_table(spec.name)
                name = _sql_name(spec.name)
                wanted = {f"{spec.name}:id": f"UNIQUE INDEX {{}} ON {name} ({_ID})"} | {
                    f"{spec.name}:{path}": f"INDEX {{}} ON {name} ({extract(path.split('.'))})"
                    for path in spec.indexes
                }
                there = {
                    index
                    for (index,) in self.rows(
                        "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?",
                        (name.strip('"'),),
                    )
                }
                for index in sorted(there - wanted.keys()):
                    self.execute(f'DROP INDEX "{index}"')
                for index in sorted(wanted.keys() - there):
                    self.execute("CREATE " + wanted[index].format(f'"{index}"'))

    def _roll_back(self) -> None:
        self._known.clear()
        if self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except sqlite3.Error as error:
                self.poisoned = True
                raise StorageFailed(f"{self.path}: {error}") from error

    def _poison(self, error: sqlite3.Error) -> NoReturn:
        self.poisoned = True
        raise _reading_failed(self.path, error) from error

    def _refuse(self) -> NoReturn:
        raise StorageFailed(
            f"{self.path}: writing failed earlier; nothing more is written until a restart."
        )


class Table(TinyTable):
    """A TinyDB table whose documents stay on the disk. Queries become SQL where they can.

    What differs from stock TinyDB, each on purpose: nothing is cached, documents are answered in
    the order of their doc_id, doc_ids are never given twice, and a document that a comparison
    cannot order (text with a number) does not match, where stock TinyDB raises TypeError.
    """

    _storage: Store

    def __init__(
        self, storage: Store, name: str, cache_size: int = 0, persist_empty: bool = False
    ) -> None:
        super().__init__(storage, name, cache_size=0)
        if persist_empty:
            with storage.writing():
                storage.add_table(name)

    def insert(self, document: Mapping[str, Any]) -> int:
        """Add one document; its doc_id."""
        return self.insert_multiple([document])[0]

    def insert_multiple(self, documents: Iterable[Mapping[str, Any]]) -> list[int]:
        """Add documents, all or none; their doc_ids."""
        doc_ids = []
        with self._storage.writing():
            for document in documents:
                if not isinstance(document, Mapping):
                    raise ValueError("Document is not a Mapping")
                self._storage.add_table(self.name)
                if isinstance(document, self.document_class):
                    doc_id = document.doc_id
                    if self.get(doc_id=doc_id) is not None:
                        raise ValueError(f"Document with ID {doc_id} already exists")
                else:
                    doc_id = self._get_next_id()
                self._storage.execute(
                    f"INSERT INTO {_sql_name(self.name)} (doc_id, doc) VALUES (?, ?)",
                    (doc_id, encode(document)),
                )
                doc_ids.append(doc_id)
        return doc_ids

    def search(self, cond: QueryLike) -> list[Document]:
        """All documents that match, fresh copies."""
        found = self._storage.documents(self.name, condition(cond))
        return [self.document_class(doc, doc_id) for doc_id, doc in found if cond(doc)]

    def get(  # type: ignore[override]  # the overloads of the parent, as the union that they are
        self,
        cond: QueryLike | None = None,
        doc_id: int | None = None,
        doc_ids: list[int] | None = None,
    ) -> Document | list[Document] | None:
        """One document by query or doc_id, or those of a list of doc_ids."""
        if doc_id is not None:
            return next(iter(self._by_ids([doc_id])), None)
        if doc_ids is not None:
            return self._by_ids(doc_ids)
        if cond is None:
            raise RuntimeError("You have to pass either cond or doc_id or doc_ids")
        with closing(self._storage.documents(self.name, condition(cond))) as found:
            for number, doc in found:
                if cond(doc):
                    return self.document_class(doc, number)
        return None

    def update(
        self,
        fields: Mapping[str, Any] | Callable[[Any], None],
        cond: QueryLike | None = None,
        doc_ids: Iterable[int] | None = None,
    ) -> list[int]:
        """Change the documents that match, all or none; their doc_ids."""
        with self._storage.writing():
            chosen = self._chosen(cond, doc_ids)
            for document in chosen:
                self._change(document, fields)
        return [document.doc_id for document in chosen]

    def update_multiple(
        self, updates: Iterable[tuple[Mapping[str, Any] | Callable[[Any], None], QueryLike]]
    ) -> list[int]:
        """Make several changes, each to the documents that match its query."""
        pairs = list(updates)
        changed = []
        with self._storage.writing():
            for document in self._chosen(None, None):
                for fields, cond in pairs:
                    if cond(document):
                        self._change(document, fields)
                        changed.append(document.doc_id)
        return changed

    def upsert(self, document: Mapping[str, Any], cond: QueryLike | None = None) -> list[int]:
        """Change what matches or add the document, in one transaction."""
        with self._storage.writing():
            return super().upsert(document, cond)

    def remove(
        self, cond: QueryLike | None = None, doc_ids: Iterable[int] | None = None
    ) -> list[int]:
        """Remove the documents that match; their doc_ids, which are never given again."""
        if cond is None and doc_ids is None:
            raise RuntimeError("Use truncate() to remove all documents")
        with self._storage.writing():
            removed = [document.doc_id for document in self._chosen(cond, doc_ids)]
            for doc_id in removed:
                self._storage.execute(
                    f"DELETE FROM {_sql_name(self.name)} WHERE doc_id = ?", (doc_id,)
                )
            self._storage.retire(self.name, removed)
        return removed

    def truncate(self) -> None:
        """Remove all documents; their doc_ids are never given again."""
        with self._storage.writing():
            self._storage.add_table(self.name)
            name = _sql_name(self.name)
            self._storage.retire(
                self.name, [last for (last,) in self._storage.rows(_last_id(name)) if last]
            )
            self._storage.execute(f"DELETE FROM {name}")

    def __len__(self) -> int:
        if not self._storage.exists(self.name):
            return 0
        return int(self._storage.rows(f"SELECT count(*) FROM {_sql_name(self.name)}")[0][0])

    def __iter__(self) -> Iterator[Document]:
        # In portions, so that a loop over a million documents holds neither them nor the log.
        # What is added while the loop runs is not visited.
        last = self._get_next_id() - 1
        seen = 0
        while True:
            portion = list(
                self._storage.documents(
                    self.name,
                    Condition("doc_id > ? AND doc_id <= ?", (seen, last)),
                    f" LIMIT {_PORTION}",
                )
            )
            for doc_id, doc in portion:
                yield self.document_class(doc, doc_id)
            if len(portion) < _PORTION:
                return
            seen = portion[-1][0]

    def _get_next_id(self) -> int:
        if not self._storage.exists(self.name):
            return 1
        return int(
            self._storage.rows(f"SELECT {_next_id(_sql_name(self.name))}", (self.name,))[0][0]
        )

    def _read_table(self) -> dict[str, Mapping[str, Any]]:
        return {str(doc_id): doc for doc_id, doc in self._storage.documents(self.name)}

    def _by_ids(self, doc_ids: Iterable[object]) -> list[Document]:
        wanted = sorted({number for number in doc_ids if isinstance(number, int)})
        return [
            self.document_class(doc, doc_id)
            for number in wanted
            for doc_id, doc in self._storage.documents(
                self.name, Condition("doc_id = ?", (number,))
            )
        ]

    def _chosen(self, cond: QueryLike | None, doc_ids: Iterable[int] | None) -> list[Document]:
        if doc_ids is not None:
            return self._by_ids(doc_ids)
        return self.all() if cond is None else self.search(cond)

    def _change(
        self, document: Document, fields: Mapping[str, Any] | Callable[[Any], None]
    ) -> None:
        if callable(fields):
            fields(document)
        else:
            document.update(fields)
        self._storage.execute(
            f"UPDATE {_sql_name(self.name)} SET doc = ? WHERE doc_id = ?",
            (encode(document), document.doc_id),
        )


class Database(TinyDB):
    """TinyDB over a store: ``db.table("clients").search(where("name") == "…")``."""

    table_class = Table  # type: ignore[assignment]  # an attribute there, an alias for mypy
    _storage: Store

    def __init__(self, store: Store) -> None:
        super().__init__(storage=lambda: store)

    def tables(self) -> set[str]:
        """The names of all tables."""
        return self._storage.names()

    def drop_tables(self) -> None:
        """Forget all tables, with their documents."""
        with self._storage.writing():
            for name in self.tables():
                self._storage.drop_table(name)
        self._tables.clear()

    def drop_table(self, name: str) -> None:
        """Forget one table, with its documents."""
        with self._storage.writing():
            self._storage.drop_table(name)
        self._tables.pop(name, None)


# --- Documents as text ----------------------------------------------------------------------------


def encode(document: Mapping[str, Any], *, floats: bool = True) -> str:
    """`document` as one line of JSON, its keys in the order that they have.

    Raises:
        TypeError: a value that JSON does not know, or a float where `floats` is False.
        ValueError: NaN, infinity, a NUL character, a lone surrogate, or nesting beyond all reason.
    """
    _check(document, floats, DOCUMENT_DEPTH_MAX)
    text = json.dumps(dict(document), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text.encode()  # a lone surrogate is an error of the caller, not of the disk
    return text


def decode(table: str, doc_id: int, text: str) -> dict[str, Any]:
    """The document of a row.

    Raises:
        LedgerCorrupt: the row does not hold a JSON object.
    """
    try:
        document = json.loads(text)
    except (TypeError, ValueError) as error:
        raise LedgerCorrupt(f"{table}, document {doc_id}: not JSON ({error})") from error
    if not isinstance(document, dict):
        raise LedgerCorrupt(f"{table}, document {doc_id}: not a document but {text[:40]!r}")
    return document


def _check(value: object, floats: bool, depth: int) -> None:
    if isinstance(value, str):
        # SQLite's JSON functions end a string at a NUL: such a text could not be found again.
        if "\0" in value:
            raise ValueError(f"{value!r} has a NUL character in it")
    elif isinstance(value, Mapping | list | tuple):
        if not depth:
            raise ValueError(f"a document is nested more than {DOCUMENT_DEPTH_MAX} deep")
        if isinstance(value, Mapping):
            for key, item in value.items():
                if not floats and not isinstance(key, str):
                    raise TypeError(f"the key {key!r} of a document is not a text")
                _check(key, floats, depth)
                _check(item, floats, depth - 1)
        else:
            for item in value:
                _check(item, floats, depth - 1)
    elif isinstance(value, float) and not floats:
        raise TypeError(f"{value!r} is a float; money and counts are exact integers")


# --- SQL ------------------------------------------------------------------------------------------

_ID: Final = extract(["id"])
_PORTION: Final = 500


def _sql_name(name: str) -> str:
    """The quoted name in SQL of a TinyDB table, plain where it can be.

    SQLite's names know no capitals, TinyDB's do; `sqlite_` and `foyer_` belong to others.
    """
    plain = _SQL_NAME.fullmatch(name) and not name.startswith(("sqlite_", "foyer_", "x_"))
    return f'"{name}"' if plain else f'"x_{name.encode().hex()}"'


def _last_id(name: str) -> str:
    return f"SELECT max(doc_id) FROM {name}"


def _next_id(name: str) -> str:
    """SQL for the next doc_id of `name`; takes the table's name as an argument."""
    return (
        f"(SELECT max(retired, coalesce(({_last_id(name)}), 0)) + 1"
        " FROM foyer_tables WHERE name = ?)"
    )


# --- Files ----------------------------------------------------------------------------------------


def _build(path: Path, facts: Mapping[str, Any]) -> None:
    draft = path.with_name(path.name + ".new")
    for remains in (
        draft,
        path.with_name(draft.name + "-wal"),
        path.with_name(draft.name + "-shm"),
    ):
        remains.unlink(missing_ok=True)
    os.close(_private(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR))
    with closing(sqlite3.connect(draft, isolation_level=None)) as db:
        db.execute("PRAGMA page_size = 4096")  # the page of the kernel and of most cards
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("BEGIN IMMEDIATE")
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
        db.execute(
            "CREATE TABLE foyer_facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"
        )
        # retired: the highest doc_id that was removed; no doc_id up to it is given again.
        db.execute(
            "CREATE TABLE foyer_tables (name TEXT PRIMARY KEY, retired INTEGER NOT NULL)"
            " WITHOUT ROWID"
        )
        _check(facts, floats=False, depth=DOCUMENT_DEPTH_MAX)
        for key, value in facts.items():
            text = json.dumps(value, ensure_ascii=False, sort_keys=True)
            db.execute("INSERT INTO foyer_facts VALUES (?, ?)", (key, text))
        db.execute("COMMIT")
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.rename(path)
    _sync_folder(path)


def _must_be_a_store(path: Path) -> None:
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
    version = int.from_bytes(header[60:64], "big")
    if version > FORMAT_VERSION:
        raise StoreTooNew(
            [
                f"{path} was written by a newer version of the program (format {version}, this "
                f"one knows {FORMAT_VERSION}): install the newer version, or restore a backup."
            ]
        )


def _connect(path: Path, write: bool) -> sqlite3.Connection:
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
    except sqlite3.Error as error:
        raise _reading_failed(path, error) from error
    return db


def _reading_failed(path: Path, error: sqlite3.Error) -> StorageFailed | LedgerCorrupt:
    told = str(error)
    damaged = "malformed" in told or "not a database" in told
    return LedgerCorrupt(f"{path}: {told}") if damaged else StorageFailed(f"{path}: {told}")


def _lock(path: Path) -> int:
    """Become the writer of `path`; the kernel lets the lock go when the process ends."""
    name = path.with_name(path.name + ".lock")
    try:
        lock = _private(name, os.O_RDWR | os.O_CREAT)
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


def _private(path: str | Path, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_folder(path: Path) -> None:
    folder = os.open(path.absolute().parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
