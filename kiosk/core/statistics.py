"""What a client spent in real money, how long he played, when he came.

Each entry that books play time, a package or an order, or that begins a session or a visit, says
so here with `record`, so the figures are in the same entry as what they count. Who reaches by that
what a group of clients asks for is in the group from then on.
Source: docs/criteria.md C14, C36, C37, C39.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from tinydb import where

from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.ids import ClientId
from kiosk.core.ledger import Draft
from kiosk.core.money import Money
from kiosk.core.store import TableSpec

TABLES = (TableSpec("statistics", ("spent", "last_visit", "evening_percent")),)


@dataclass(frozen=True)
class ClientStatistics(Query["Statistics"]):
    """The figures of a client; nothing but zeros for who never came."""

    client: ClientId


@dataclass(frozen=True)
class Statistics:
    """What a client's page says of him (C14, C36).

    `played_s` in seconds; `spent` in real money; `last_visit` a moment (ISO 8601, UTC), empty
    before the first; `visits` are visits and sessions, `evenings` those that began in the evening.
    """

    played_s: int
    spent: Money
    last_visit: str
    visits: int
    evenings: int


@dataclass(frozen=True)
class ClientHabits(Query["Habits"]):
    """When a client came in the last `WEEKS` weeks."""

    client: ClientId


DayPart = Literal["", "morning", "day", "evening", "night"]


@dataclass(frozen=True)
class Habits:
    """Visits and sessions in each of the last `WEEKS` weeks, this one last.

    A week begins on Monday, in the venue's zone; the older ones are cut off beyond `LOOK_MAX` of
    each. `days` are the weekdays (0: Monday) on which at least a quarter of them began, from three
    visits on; `part` is the part of the day in which at least half did, or empty.
    """

    weeks: tuple[int, ...]
    days: tuple[int, ...]
    part: DayPart


WEEKS = 12
LOOK_MAX = 200
_PARTS: tuple[tuple[int, int, DayPart], ...] = (
    (6, 12, "morning"),
    (12, 18, "day"),
    (18, 24, "evening"),
    (0, 6, "night"),
)


def record(
    books: Books,
    draft: Draft,
    client: str,
    *,
    spent_minor: int = 0,
    played_s: int = 0,
    visit_at: str = "",
) -> None:
    """Add to a client's figures in the entry that books them.

    Called more than once for a draft it adds up. Of a walk-in, or of nobody, nothing is kept.

    Args:
        books: the books as the command's handler sees them.
        draft: its entry in the making.
        client: a client's id, on the books or made by this draft; or empty.
        spent_minor: real money that was spent: not a top-up, not bonus, not change (C36);
            negative where it is undone.
        played_s: seconds of play, whatever paid for it.
        visit_at: the moment at which a session or a visit began (ISO 8601, UTC).
    """
    holder = _as_drafted(books, draft, "clients", client) if client else None
    if not holder or holder["state"] != "active":
        return
    more = {
        "spent": spent_minor,
        "played_s": played_s,
        "visits": int(bool(visit_at)),
        "evening_visits": int(bool(visit_at) and _in_the_evening(books, visit_at)),
        "last_visit": visit_at,
    }
    kept = _as_drafted(books, draft, "statistics", client) or _nothing(client)
    add(books, draft, holder, kept, more)


def add(
    books: Books,
    draft: Draft,
    holder: Mapping[str, Any],
    kept: Mapping[str, Any],
    more: Mapping[str, Any],
) -> None:
    """Set the figures of a registered client to these two together.

    Who comes over the sum that a group asks for is put into it, unless he is in one that asks for
    more, or for no sum (staff put him there). Staff may take him out again: nobody is put back
    (C39).
    """
    made: dict[str, Any] = {name: kept[name] + more[name] for name in _ADDED}
    made["last_visit"] = max(kept["last_visit"], more["last_visit"])
    percent = 100 * made["evening_visits"] // made["visits"] if made["visits"] else 0
    _replace(draft, "statistics", {"id": holder["id"], **made, "evening_percent": percent})
    group = _risen(books, holder["group"], kept["spent"], made["spent"])
    if group != holder["group"]:
        _replace(draft, "clients", {**holder, "group": group})


def figures(books: Books, client: str) -> dict[str, Any]:
    """The document of a client's figures, as `TABLES` keeps it."""
    return books.get("statistics", client) or _nothing(client)


_ADDED = ("spent", "played_s", "visits", "evening_visits")


def _nothing(client: str) -> dict[str, Any]:
    return {"id": client, **dict.fromkeys(_ADDED, 0), "evening_percent": 0, "last_visit": ""}


def _risen(books: Books, group: str, before: int, after: int) -> str:
    """The group after so much was spent; it is the one that it was unless a sum was passed."""
    if after <= before:
        return group
    asked = {str(g["id"]): g["spent_from"] for g in books.ledger.store.table("groups")}
    if group and asked.get(group) is None:
        return group
    passed = {sum_: name for name, sum_ in asked.items() if sum_ is not None}
    highest = max((sum_ for sum_ in passed if before < sum_ <= after), default=None)
    if highest is None or (group and asked[group] >= highest):
        return group
    return passed[highest]


def _in_the_evening(books: Books, at: str) -> bool:
    """Whether a visit began in the venue's evening: from one full hour to before another."""
    settings = books.settings()
    evening = settings["segments"]
    local = datetime.fromisoformat(at).astimezone(ZoneInfo(settings["time_zone"]))
    return bool(evening["evening_from"] <= local.hour < evening["evening_to"])


def _as_drafted(books: Books, draft: Draft, table: str, name: str) -> Mapping[str, Any] | None:
    """A document as this draft leaves it."""
    for change in reversed(draft.changes):
        if (change.table, change.id) == (table, name):
            return change.document
    return books.get(table, name)


def _replace(draft: Draft, table: str, document: Mapping[str, Any]) -> None:
    """Set a document in place of the one that the draft sets already: an entry has each once."""
    draft.changes = [c for c in draft.changes if (c.table, c.id) != (table, document["id"])]
    draft.set(table, document)


def _statistics(books: Books, query: ClientStatistics) -> Statistics:
    kept = figures(books, query.client)
    return Statistics(
        played_s=kept["played_s"],
        spent=books.money(kept["spent"]),
        last_visit=kept["last_visit"],
        visits=kept["visits"],
        evenings=kept["evening_visits"],
    )


def _habits(books: Books, query: ClientHabits) -> Habits:
    zone = ZoneInfo(books.settings()["time_zone"])
    today = books.now.wall.astimezone(zone).date()
    first = today - timedelta(days=today.weekday() + 7 * (WEEKS - 1))
    came = [datetime.fromisoformat(at).astimezone(zone) for at in _moments(books, query.client)]
    lately = [at for at in came if first <= at.date() <= today]
    weeks = Counter((at.date() - first).days // 7 for at in lately)
    days = Counter(at.weekday() for at in lately)
    parts = Counter(part for at in lately for low, high, part in _PARTS if low <= at.hour < high)
    enough = len(lately) >= 3
    part: DayPart
    part, often = parts.most_common(1)[0] if enough else ("", 0)
    return Habits(
        weeks=tuple(weeks[n] for n in range(WEEKS)),
        days=tuple(d for d in range(7) if enough and 4 * days[d] >= len(lately)),
        part=part if 2 * often >= len(lately) else "",
    )


def _moments(books: Books, client: str) -> list[str]:
    """When the latest sessions of a client began, and the visits on his cards."""
    latest = books.ledger.store.latest
    sessions = latest("sessions", "client", client, LOOK_MAX)
    visits = [
        visit
        for card in books.search("cards", where("client") == client)
        for visit in latest("visits", "card", card["id"], LOOK_MAX)
        if visit["state"] != "void"
    ]
    return [*(s["started_at"] for s in sessions), *(v["opened_at"] for v in visits)]


HANDLERS: dict[type, Handler] = {}
ANSWERS: dict[type, Answer] = {ClientStatistics: _statistics, ClientHabits: _habits}
ALLOWED: dict[type, frozenset[str]] = {}
