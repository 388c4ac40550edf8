"""The table of minute packages: what is offered, and how the desk edits it.

A package is a row of the table ``packages``: kind, minutes, price. What was sold keeps its own
minutes and price (`minutes`), so that editing or removing a row changes nothing that is past (M6).
Source: docs/criteria.md M1-M7, M32, M39.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.errors import Refused
from kiosk.core.ledger import Draft
from kiosk.core.money import Money

Row = Mapping[str, Any]
Kind = Literal["game", "internet"]
KINDS: tuple[Kind, ...] = get_args(Kind)

ROWS_MAX = 100
MINUTES_MAX = 100_000
PRICE_MAX_MINOR = 10**12


@dataclass(frozen=True)
class Package:
    """A row of the table; a new one has an empty `id` and is given one."""

    id: str
    kind: str
    minutes: int
    price: Money


@dataclass(frozen=True)
class SetPackages:
    """Put these rows in place of the whole table: the editor's OK (M2, M3).

    A row that is new or changed and costs nothing needs `confirmed` (M39).
    """

    rows: tuple[Package, ...]
    confirmed: bool = False


@dataclass(frozen=True)
class Packages(Query["tuple[Package, ...]"]):
    """The packages that are offered now, games first, the fewest minutes first."""


@dataclass(frozen=True)
class Warned:
    """A row that may be a mistake: its place from 0 on, and a sentence's key with its words."""

    row: int
    key: Literal["warn.package_free", "warn.package_dear"]
    minute: Money
    """What its minute costs, rounded down."""
    standard: Money
    """What a minute costs by the dearest rate of the tariffs where this kind is played."""


@dataclass(frozen=True)
class CheckPackages(Query["tuple[Warned, ...]"]):
    """What to ask about before `SetPackages`; nothing changes. Refused where that would be."""

    rows: tuple[Package, ...]


def package(books: Books, name: str) -> dict[str, Any]:
    """The document of a package that is offered.

    Raises:
        Refused: ``err.no_such_package``.
    """
    kept = books.get("packages", name)
    if not kept:
        raise Refused("err.no_such_package", package=name)
    return kept


def standard(kind: str, stations: Iterable[Row], tariffs: Iterable[Row]) -> int:
    """What an hour costs by the dearest rate where this kind is played; 0 where it is nowhere.

    A package below it is cheaper than the tariff at some hour at least, so the warning is told
    only of one that never pays (M7).
    """
    names = {s["tariff"] for s in stations if s["in_use"] and s["kind"] in (kind, "any")}
    rates = [rate for tariff in tariffs if tariff["id"] in names for rate in tariff["rates"]]
    return max((rate["per_hour"] for rate in rates), default=0)


def hour_worth(books: Books) -> int:
    """What an hour of minutes is worth: the dearest of both kinds, as one may become the other."""
    table = books.ledger.store.table
    return max(standard(kind, table("stations"), table("tariffs")) for kind in KINDS)


def dearer(package: Row, hour: int) -> bool:
    """Whether a minute of a package costs more than one of an hour at that price (M7)."""
    return bool(hour and package["price"] * 60 > hour * package["minutes"])


def whole(minutes: object) -> bool:
    """Whether it is a number of minutes above 0: a whole one, as JSON and Python see it (M39)."""
    return type(minutes) is int and 0 < minutes <= MINUTES_MAX


def _set(books: Books, command: SetPackages) -> Draft:
    made = _documents(books, command.rows)
    kept = _kept(books)
    changed = [d for d in made if kept.get(d["id"]) != d]
    if any(d["price"] == 0 for d in changed) and not command.confirmed:
        raise Refused("err.package_free")
    draft = Draft("packages_set")
    for document in changed:
        draft.set("packages", document)
    for gone in sorted(kept.keys() - {d["id"] for d in made}):
        draft.remove("packages", gone)
    if not draft.changes:
        raise Refused("err.nothing_changed")
    return draft


def _check(books: Books, query: CheckPackages) -> tuple[Warned, ...]:
    kept, found = _kept(books), list[Warned]()
    table = books.ledger.store.table
    for place, row in enumerate(_documents(books, query.rows)):
        hour = standard(row["kind"], table("stations"), table("tariffs"))
        by_tariff = books.money(hour // 60)
        minute = books.money(row["price"] // row["minutes"])
        if row["price"] == 0 and kept.get(row["id"]) != row:
            found.append(Warned(place, "warn.package_free", minute, by_tariff))
        if dearer(row, hour):
            found.append(Warned(place, "warn.package_dear", minute, by_tariff))
    return tuple(found)


def _documents(books: Books, rows: Sequence[Package]) -> list[dict[str, Any]]:
    """The rows as documents, new ones named; refuses what is no table (M1, M39)."""
    if len(rows) > ROWS_MAX:
        raise Refused("err.package_rows", max=str(ROWS_MAX))
    taken = {row.id for row in rows if row.id}
    made = []
    for place, row in enumerate(rows, 1):
        _sound(books, row, place)
        name = row.id or _new_name(row, taken)
        taken.add(name)
        made.append(
            {"id": name, "kind": row.kind, "minutes": row.minutes, "price": row.price.minor}
        )
    if len({d["id"] for d in made}) < len(made):
        raise Refused("err.package_twice")
    return made


def _sound(books: Books, row: Package, place: int) -> None:
    if row.price.currency != books.currency:
        raise Refused("err.other_currency", kept=books.unit, given=row.price.currency.code)
    price_sound = type(row.price.minor) is int and 0 <= row.price.minor <= PRICE_MAX_MINOR
    if row.kind not in KINDS or not whole(row.minutes) or not price_sound:
        raise Refused("err.package_row", row=str(place))
    if row.id and books.get("packages", row.id) is None:
        raise Refused("err.no_such_package", package=row.id[:40])


def _new_name(row: Package, taken: set[str]) -> str:
    stem = f"{row.kind}-{row.minutes}"
    names = [stem, *(f"{stem}-{n}" for n in range(2, ROWS_MAX + 2))]
    return next(name for name in names if name not in taken)


def _kept(books: Books) -> dict[str, dict[str, Any]]:
    return {d["id"]: dict(d) for d in books.ledger.store.table("packages")}


def _packages(books: Books, query: Packages) -> tuple[Package, ...]:
    del query
    rows = sorted(
        _kept(books).values(), key=lambda d: (KINDS.index(d["kind"]), d["minutes"], d["price"])
    )
    return tuple(Package(d["id"], d["kind"], d["minutes"], books.money(d["price"])) for d in rows)


TABLES = ()
HANDLERS: dict[type, Handler] = {SetPackages: _set}
ANSWERS: dict[type, Answer] = {Packages: _packages, CheckPackages: _check}
ALLOWED: dict[type, frozenset[str]] = {SetPackages: frozenset({"staff", "cli"})}
