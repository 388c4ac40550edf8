"""Whom a venue may want to write to, or to give something: absent, evening regular, VIP; groups.

A segment is asked of the figures of `statistics` with the thresholds of the venue's settings. A
group is what a client is in: it may have a tariff or a discount. Staff give it, and money spent
gives one that asks for a sum (`statistics.add`).
Source: docs/criteria.md C15, C37, C39.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from tinydb import where
from tinydb.queries import QueryInstance

from kiosk.core.books import REASON_CHARACTERS_MAX, Answer, Books, Handler, Query, legible, remark
from kiosk.core.client_list import ClientRow, row
from kiosk.core.clients import registered
from kiosk.core.errors import Refused
from kiosk.core.ids import ClientId
from kiosk.core.ledger import Draft
from kiosk.core.money import Money
from kiosk.core.store import TableSpec

TABLES: tuple[TableSpec, ...] = ()
ROWS_MAX = 50
TOTAL_MAX = 5_000
"""Not more are counted: that takes time, and whoever asks sees at once that they are many."""

Segment = Literal["absent", "evening", "vip"]


@dataclass(frozen=True)
class SetGroup:
    """Put a client into a group, or, with an empty one, out of any."""

    client: ClientId
    group: str
    reason: str = remark()


@dataclass(frozen=True)
class Group:
    """A group that clients may be in."""

    id: str
    name: str


@dataclass(frozen=True)
class Groups(Query["tuple[Group, ...]"]):
    """The groups of this venue, by name."""


@dataclass(frozen=True)
class ListSegment(Query["SegmentPage"]):
    """One page of a segment, from page 0.

    ``absent``: the last visit was `absent_days` ago or earlier, the longest away first;
    ``evening``: of at least `evening_visits` visits `evening_percent` began in the evening, those
    with the greatest part first; ``vip``: `vip_from` or more was spent, the most first.
    """

    segment: Segment
    page: int = 0


@dataclass(frozen=True)
class SegmentRow:
    """A client of a segment, and the figures that put him there."""

    client: ClientRow
    spent: Money
    visits: int
    evening_percent: int


@dataclass(frozen=True)
class SegmentPage:
    """`ROWS_MAX` of a segment's `total` clients at most; `TOTAL_MAX` may stand for more."""

    total: int
    rows: tuple[SegmentRow, ...]


def _set_group(books: Books, command: SetGroup) -> Draft:
    if not legible(command.reason, REASON_CHARACTERS_MAX):
        raise Refused("err.reason_missing")
    kept = registered(books, command.client)
    if command.group and books.get("groups", command.group) is None:
        raise Refused("err.no_such_group", group=command.group)
    if kept["group"] == command.group:
        raise Refused("err.nothing_changed")
    refs = {"client": command.client, "group": command.group}
    draft = Draft("group_set", reason=command.reason, refs=refs)
    draft.set("clients", kept | {"group": command.group})
    return draft


def _list(books: Books, query: ListSegment) -> SegmentPage:
    wanted, by, descending = _condition(books, query.segment)
    table = books.ledger.store.table("statistics")
    skip = ROWS_MAX * max(0, query.page)
    found = table.page(wanted, by, ROWS_MAX, skip, descending=descending)
    rows = tuple(
        SegmentRow(
            row(books, books.get("clients", kept["id"]) or {}),
            books.money(kept["spent"]),
            kept["visits"],
            kept["evening_percent"],
        )
        for kept in found
    )
    return SegmentPage(table.count(wanted, TOTAL_MAX), rows)


def _condition(books: Books, segment: Segment) -> tuple[QueryInstance, str, bool]:
    """What the figures must be, in which order they are shown, and whether falling."""
    settings = books.settings()
    asked = settings["segments"]
    match segment:
        case "absent":
            before = _day_begins(books, settings["time_zone"], 1 - asked["absent_days"])
            # Who bought something and never came has no last visit to be away since.
            return (where("last_visit") > "") & (where("last_visit") < before), "last_visit", False
        case "evening":
            often = where("visits") >= asked["evening_visits"]
            share = where("evening_percent") >= asked["evening_percent"]
            return share & often, "evening_percent", True
        case "vip":
            return where("spent") >= asked["vip_from"], "spent", True


def _day_begins(books: Books, zone: str, days: int) -> str:
    """The first moment of a day of the venue, so many days from today, as documents keep it."""
    day = books.now.wall.astimezone(ZoneInfo(zone)).date() + timedelta(days=days)
    begins = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
    return begins.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _groups(books: Books, query: Groups) -> tuple[Group, ...]:
    del query
    kept = books.ledger.store.table("groups")
    return tuple(sorted((Group(g["id"], g["name"]) for g in kept), key=lambda g: g.name))


HANDLERS: dict[type, Handler] = {SetGroup: _set_group}
ANSWERS: dict[type, Answer] = {ListSegment: _list, Groups: _groups}
ALLOWED: dict[type, frozenset[str]] = {SetGroup: frozenset({"staff", "cli"})}
