"""What a client spent in real money, how long he played, when he came; the segments made of that.

Each entry that books play time, a package or an order, or that begins a session or a visit, says
so here with `record`, so the figures are in the same entry as what they count.
Source: spec/criteria.md C14, C15, C36, C37, C39.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.core.books import Answer, Books, Handler
from kiosk.core.ledger import Draft
from kiosk.core.store import TableSpec

TABLES = (TableSpec("statistics", ("spent", "last_visit", "evening_percent")),)


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
    kept = _as_drafted(books, draft, "statistics", client) or nothing(client)
    visits = kept["visits"] + bool(visit_at)
    evenings = kept["evening_visits"] + (bool(visit_at) and _in_the_evening(books, visit_at))
    _replace(
        draft,
        "statistics",
        {
            "id": client,
            "spent": kept["spent"] + spent_minor,
            "played_s": kept["played_s"] + played_s,
            "visits": visits,
            "evening_visits": evenings,
            "evening_percent": _percent(evenings, visits),
            "last_visit": max(kept["last_visit"], visit_at),
        },
    )


def nothing(client: str) -> dict[str, Any]:
    """The figures of a client who never came."""
    return {
        "id": client,
        "spent": 0,
        "played_s": 0,
        "visits": 0,
        "evening_visits": 0,
        "evening_percent": 0,
        "last_visit": "",
    }


def _percent(part: int, whole: int) -> int:
    return 100 * part // whole if whole else 0


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


HANDLERS: dict[type, Handler] = {}
ANSWERS: dict[type, Answer] = {}
ALLOWED: dict[type, frozenset[str]] = {}
