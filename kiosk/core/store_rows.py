"""What a row of the store is: a document as text, and the names of its table in SQL."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from kiosk.core.errors import LedgerCorrupt
from kiosk.core.store_queries import extract

DOCUMENT_DEPTH_MAX: Final = 100
"""Deeper nesting is a mistake; SQLite refuses to parse JSON at 1000."""

FACTS_HASHED_SINCE: Final = 2
"""The format."""

BY_ID: Final = extract(["id"])
"""SQL for a document's own ``id``, as the unique index of each declared table has it."""

_SQL_NAME = re.compile(r"_?[a-z][a-z0-9_]*")


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


def decode(table: str, doc_id: int, text: str | bytes) -> dict[str, Any]:
    """The document of a row.

    Raises:
        LedgerCorrupt: the row does not hold a JSON object.
    """
    try:
        document = json.loads(text)
    except (RecursionError, TypeError, ValueError) as error:
        raise LedgerCorrupt(f"{table}, document {doc_id}: not JSON ({error})") from error
    if not isinstance(document, dict):
        raise LedgerCorrupt(f"{table}, document {doc_id}: not a document but {text[:40]!r}")
    return document


def encode_facts(facts: Mapping[str, Any], version: int) -> str:
    """The facts of a store as its one row of them: from format 2 with a hash, also of the format.

    No entry tells them, so nothing else would notice that they were changed.
    """
    if version < FACTS_HASHED_SINCE:
        return encode(facts, floats=False)
    return encode({**facts, "sha256": _facts_hash(facts, version)}, floats=False)


def decode_facts(text: str, version: int) -> dict[str, Any]:
    """What `encode_facts` made.

    Raises:
        LedgerCorrupt: it is something else.
    """
    facts = decode("foyer_facts", 1, text)
    told = facts.pop("sha256", None)
    if told != (_facts_hash(facts, version) if version >= FACTS_HASHED_SINCE else None):
        raise LedgerCorrupt(
            "foyer_facts: what the store says of itself (kiosk, currency, epoch, simulated, "
            f"format {version}) was changed after it was written"
        )
    return facts


def _facts_hash(facts: Mapping[str, Any], version: int) -> str:
    # The canonical form of docs/ledger.md, so that it can be checked without this program.
    hashed = {**facts, "format": version}
    text = json.dumps(hashed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _check(value: object, floats: bool, depth: int) -> None:
    if isinstance(value, str):
        # SQLite's JSON functions end a string at a NUL: such a text could not be found again.
        if "\0" in value:
            raise ValueError(f"{value!r} has a NUL character in it")
    elif isinstance(value, int) or value is None:
        return
    elif isinstance(value, (dict, list, tuple, Mapping)):  # Mapping last: it is slow to ask
        if not depth:
            raise ValueError(f"a document is nested more than {DOCUMENT_DEPTH_MAX} deep")
        if isinstance(value, (dict, Mapping)):
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


def sql_name(name: str) -> str:
    """The quoted name in SQL of a TinyDB table, plain where it can be.

    SQLite's names know no capitals, TinyDB's do; `sqlite_` and `foyer_` belong to others.
    """
    plain = _SQL_NAME.fullmatch(name) and not name.startswith(("sqlite_", "foyer_", "x_"))
    return f'"{name}"' if plain else f'"x_{name.encode().hex()}"'


def table_sql(name: str) -> str:
    """What makes a table.

    doc_id is without AUTOINCREMENT, which would write one page more at every commit: that ids are
    not given twice is the work of `foyer_tables`, and removing is rare.
    """
    return f"CREATE TABLE {sql_name(name)} (doc_id INTEGER PRIMARY KEY, doc TEXT NOT NULL)"


def index_sql(name: str, paths: Sequence[str]) -> dict[str, str]:
    """What makes each index of a table, by the index's name."""
    on = f"ON {sql_name(name)}"
    made = {f"{name}:id": f'CREATE UNIQUE INDEX "{name}:id" {on} ({BY_ID})'}
    for path in paths:
        value = extract(path.split("."))
        # A document without the value is not in it: most entries would each write a page for that.
        there = f"WHERE {value} IS NOT NULL"
        made[f"{name}:{path}"] = f'CREATE INDEX "{name}:{path}" {on} ({value}) {there}'
    return made


def last_id(name: str) -> str:
    """SQL for the highest doc_id in a table, NULL for none."""
    return f"SELECT max(doc_id) FROM {name}"


def next_id(name: str) -> str:
    """SQL for the next doc_id of `name`; takes the table's name as an argument."""
    return (
        f"(SELECT max(retired, coalesce(({last_id(name)}), 0)) + 1"
        " FROM foyer_tables WHERE name = ?)"
    )
