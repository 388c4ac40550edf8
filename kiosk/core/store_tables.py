"""TinyDB's tables and database over a store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from tinydb import TinyDB
from tinydb.queries import QueryLike
from tinydb.table import Document
from tinydb.table import Table as TinyTable

from kiosk.core.store_queries import Condition, condition, extract
from kiosk.core.store_rows import decode, encode, sql_name

if TYPE_CHECKING:
    from kiosk.core.store import Store

_PORTION: Final = 500


class Table(TinyTable):
    """A TinyDB table whose documents stay on the disk. Queries become SQL where they can.

    What differs from stock TinyDB, each on purpose: nothing is cached, documents are answered in
    the order of their doc_id, doc_ids are never given twice, and a document that a comparison
    cannot order (text with a number) does not match, where stock TinyDB raises TypeError (turned
    round with ``~`` it raises here too).
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
                    f"INSERT INTO {sql_name(self.name)} (doc_id, doc) VALUES (?, ?)",
                    (doc_id, encode(document)),
                )
                doc_ids.append(doc_id)
        return doc_ids

    def search(self, cond: QueryLike) -> list[Document]:
        """All documents that match, fresh copies."""
        found = self._storage.documents(self.name, self._condition(cond))
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
        with closing(self._storage.documents(self.name, self._condition(cond))) as found:
            for number, doc in found:
                if cond(doc):
                    return self.document_class(doc, number)
        return None

    def count(self, cond: QueryLike, most: int = -1) -> int:
        """How many documents match, those beyond `most` uncounted.

        Those of a query that SQL can say whole are not read here.
        """
        told = self._condition(cond)
        if not told.exact or not self._storage.exists(self.name):
            return len(self.search(cond)[: most if most >= 0 else None])
        found = f"SELECT 1 FROM {sql_name(self.name)} WHERE {told.sql} LIMIT ?"
        return int(self._storage.rows(f"SELECT count(*) FROM ({found})", (*told.args, most))[0][0])

    def page(
        self, cond: QueryLike, by: str, limit: int, skip: int = 0, *, descending: bool = False
    ) -> list[Document]:
        """A few of the documents that match, in the order of what they have at the path `by`.

        Those with the same value there stand in the order of their doc_id. An index of `by` that
        the query also names is the order; without one all that match are sorted.

        Raises:
            ValueError: SQL cannot say the whole of the query, so it cannot skip by it.
        """
        told = self._condition(cond)
        if not told.exact:
            raise ValueError(f"{cond} cannot be asked of SQL alone")
        down = " DESC" if descending else ""
        sql = (
            f"SELECT doc_id, doc FROM {sql_name(self.name)} WHERE {told.sql}"
            f" ORDER BY {extract(by.split('.'))}{down}, doc_id{down} LIMIT ? OFFSET ?"
        )
        found = self._storage.rows(sql, (*told.args, limit, skip))
        return [
            self.document_class(decode(self.name, doc_id, text), doc_id) for doc_id, text in found
        ]

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
                    f"DELETE FROM {sql_name(self.name)} WHERE doc_id = ?", (doc_id,)
                )
            self._storage.retire(self.name, removed)
        return removed

    def truncate(self) -> None:
        """Remove all documents; their doc_ids are never given again."""
        with self._storage.writing():
            self._storage.add_table(self.name)
            if last := self._storage.last_id(self.name):
                self._storage.retire(self.name, [last])
            self._storage.execute(f"DELETE FROM {sql_name(self.name)}")

    def __len__(self) -> int:
        if not self._storage.exists(self.name):
            return 0
        return int(self._storage.rows(f"SELECT count(*) FROM {sql_name(self.name)}")[0][0])

    def __iter__(self) -> Iterator[Document]:
        # In portions, so that a loop over a million documents holds neither them nor the log.
        # What is added while the loop runs is not visited.
        last = self._storage.last_id(self.name) if self._storage.exists(self.name) else 0
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

    def _condition(self, cond: QueryLike) -> Condition:
        return condition(cond, self._storage.indexes(self.name))

    def _get_next_id(self) -> int:
        if not self._storage.exists(self.name):
            return 1
        return self._storage.next_id(self.name)

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
            f"UPDATE {sql_name(self.name)} SET doc = ? WHERE doc_id = ?",
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
