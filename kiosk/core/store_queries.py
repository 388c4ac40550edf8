"""TinyDB queries as SQL, as far as SQL can say exactly the same.

A query of TinyDB is a Python function; what it tests stands only in its private ``_hash``, a tuple
such as ``("==", ("refs", "note"), "n-1")`` (tinydb 4.9.0, which is why that version is pinned).
What cannot be translated is left out and filtered in Python: the store calls the query on every
row that SQL returns, so the SQL may let through too much but never too little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")
"""Keys that JSON writes without escapes and that a JSON path can quote."""

ITEMS_MAX = 500
"""More items in one ``one_of`` than this are compared in Python; SQLite's own limit is 32766."""

_INT_MAX = 2**63 - 1
_NUMBERS = "('integer', 'real', 'true', 'false')"


@dataclass(frozen=True)
class Condition:
    """SQL that is true for every matching document; if `exact`, for no other document."""

    sql: str
    args: tuple[str | int, ...] = ()
    exact: bool = True


EVERY = Condition("1", exact=False)
"""The condition of a query that SQL cannot express: let Python look at every document."""


def extract(path: Iterable[str]) -> str:
    """SQL for the value at `path`; indexes and conditions must agree on it to the letter.

    Raises:
        ValueError: a key of the path is not a plain one.
    """
    return f"json_extract(doc, {json_path(path)})"


def json_path(path: Iterable[str]) -> str:
    """`path` as an SQL literal of SQLite's path language, each key quoted."""
    keys = tuple(path)
    for key in keys:
        if not PLAIN_KEY.fullmatch(key):
            raise ValueError(f"{key!r} in an indexed path is not made of letters, digits, _ and -")
    return "'$" + "".join(f'."{key}"' for key in keys) + "'"


def condition(query: object, indexes: Sequence[str] = ()) -> Condition:
    """The best SQL for a TinyDB query (or anything callable that is used as one).

    `indexes` are the indexed paths of the table, the one that finds the fewest first.
    """
    return _translate(getattr(query, "_hash", None), indexes) or EVERY


def _translate(told: object, indexes: Sequence[str]) -> Condition | None:
    match told:
        case ():
            return Condition("1")
        case ("not", child):
            inner = _translate(child, ())
            # Not of "perhaps" is "perhaps". IS NOT TRUE, because a missing value makes SQL's NULL.
            if inner is None or not inner.exact:
                return None
            return Condition(f"({inner.sql}) IS NOT TRUE", inner.args)
        case ("and", frozenset()):
            return _every(list(_flat(told)), indexes)
        case ("or", frozenset() as children):
            return _some([_translate(child, indexes) for child in children])
        case ("exists", tuple() as path) if _plain(path):
            return Condition(f"json_type(doc, {json_path(path)}) IS NOT NULL")
        case ("==" | "!=" | "<" | "<=" | ">" | ">=" as operator, tuple() as path, value) if _plain(
            path
        ):
            return _compared(operator, path, value)
        case ("one_of", tuple() as path, tuple() | frozenset() as items) if _plain(path):
            return _one_of(path, tuple(items))
        case _:
            return None


def _flat(told: object) -> Iterator[object]:
    """What must all hold: TinyDB makes ``a & b & c`` a pair of a pair."""
    match told:
        case ("and", frozenset() as children):
            for child in children:
                yield from _flat(child)
        case _:
            yield told


def _every(children: list[object], indexes: Sequence[str]) -> Condition | None:
    # Of two indexed conditions SQLite, without statistics, takes either: every note there ever was
    # instead of the few of a client. The first declared one leads; before the others stands a plus,
    # which changes no value and keeps SQLite from their indexes.
    parts = [(_place(child, indexes), _translate(child, indexes)) for child in children]
    known = sorted(((place, part) for place, part in parts if part), key=lambda found: found[0])
    if not known:
        return None
    (place, lead), *others = known
    rest = [part for _, part in others]
    if place < len(indexes):
        rest = [replace(p, sql=p.sql.replace("json_extract(", "+json_extract(")) for p in rest]
    exact = len(known) == len(children) and all(part.exact for _, part in known)
    return _joined(" AND ", [lead, *rest], exact)


def _place(told: object, indexes: Sequence[str]) -> int:
    """Which index finds what this condition names: its place, or how many there are for none."""
    match told:
        case ("==" | "one_of", tuple() as path, _) if _plain(path) and ".".join(path) in indexes:
            return list(indexes).index(".".join(path))
        case _:
            return len(indexes)


def _some(parts: list[Condition | None]) -> Condition | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return _joined(" OR ", known, all(part.exact for part in known))


def _joined(word: str, parts: list[Condition], exact: bool) -> Condition:
    sql = word.join(f"({part.sql})" for part in parts)
    return Condition(sql, tuple(arg for part in parts for arg in part.args), exact)


def _compared(operator: str, path: tuple[str, ...], value: object) -> Condition | None:
    type_of = f"json_type(doc, {json_path(path)})"
    if value is None and operator in ("==", "!="):
        return Condition(f"{type_of} {'=' if operator == '==' else '<>'} 'null'")
    if not _pushable(value):
        return None
    # The type is tested beside the value: an object must not match the string of its JSON, and
    # what Python cannot order (text with a number) does not match.
    kind = "= 'text'" if isinstance(value, str) else f"IN {_NUMBERS}"
    if operator == "!=":
        sql = f"{type_of} IS NOT NULL AND ({extract(path)} = ? AND {type_of} {kind}) IS NOT TRUE"
    else:
        sign = "=" if operator == "==" else operator
        sql = f"{extract(path)} {sign} ? AND {type_of} {kind}"
    return Condition(sql, (value,))


def _one_of(path: tuple[str, ...], items: tuple[object, ...]) -> Condition | None:
    values = [item for item in items if _pushable(item)]
    nulls = items.count(None)
    if len(values) > ITEMS_MAX or len(values) + nulls < len(items):
        return None
    type_of = f"json_type(doc, {json_path(path)})"
    marks = ", ".join("?" * len(values))
    sql = f"{extract(path)} IN ({marks}) AND {type_of} NOT IN ('object', 'array')"
    if nulls:
        sql = f"({sql}) OR {type_of} = 'null'"
    return Condition(sql, tuple(values))


def _plain(path: tuple[object, ...]) -> bool:
    return bool(path) and all(isinstance(key, str) and PLAIN_KEY.fullmatch(key) for key in path)


def _pushable(value: object) -> TypeGuard[str | int]:
    """Whether SQLite compares `value` as Python does.

    Floats are left to Python: older SQLite reads some of them one bit off. Subclasses may compare
    in a way of their own. A NUL ends a string for SQLite's JSON functions; no document has one.
    """
    if isinstance(value, str) and type(value) is str:
        # A lone surrogate has no UTF-8, so no document holds it and SQLite cannot be asked for it.
        return "\0" not in value and not any("\ud800" <= char <= "\udfff" for char in value)
    return isinstance(value, int) and type(value) in (int, bool) and abs(value) <= _INT_MAX
