"""What became of a note: for staff who decide about one, or look for one that a guest misses."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.cash import ANSWERS as NOTES
from kiosk.core.cash import GetNote, NoteHeld
from kiosk.core.ids import NoteId
from kiosk.core.ledger import Entry, entries_of
from kiosk.core.money import Money
from kiosk.core.store import TableSpec

TABLES: tuple[TableSpec, ...] = ()

ROWS_MAX = 50
LOOK_MAX = 500
"""So many of the latest notes are looked through."""
ENTRIES_MAX = 60
"""So many of the latest entries of its client are looked through."""
_STEPS = ("hold", "suspend", "doubt", "settle", "void", "recognise")


@dataclass(frozen=True)
class NoteStep:
    """One thing that happened to a note: the entry's kind, when, by whom, and why."""

    at: str
    kind: str
    actor: str
    reason: str


@dataclass(frozen=True)
class NoteHistory(Query["tuple[NoteStep, ...]"]):
    """What happened to a note, oldest first."""

    note: NoteId


@dataclass(frozen=True)
class NoteSeen:
    """A note, and when it came in (empty where nobody knows any more)."""

    note: NoteHeld
    at: str


@dataclass(frozen=True)
class LatestNotes(Query["tuple[NoteSeen, ...]"]):
    """The notes that came in last, newest first; those of one value where `value` is given."""

    value: Money | None = None


def _history(books: Books, query: NoteHistory) -> tuple[NoteStep, ...]:
    found = {e.seq: e for e in (books.ledger.find(f"{s}:{query.note}") for s in _STEPS) if e}
    note = books.get("notes", query.note) or {}
    for ref in ("client", "visit"):
        if note.get(ref):
            # What staff decided has a key of their own, and stands among its client's entries.
            latest = entries_of(books.ledger.store, ref, note[ref], ENTRIES_MAX)
            found |= {e.seq: e for e in latest if e.refs.get("note") == query.note}
    return tuple(_step(found[seq]) for seq in sorted(found))


def _step(entry: Entry) -> NoteStep:
    return NoteStep(entry.at, entry.kind, entry.actor, entry.reason)


def _latest(books: Books, query: LatestNotes) -> tuple[NoteSeen, ...]:
    wanted = query.value.minor if query.value else None
    kept = books.ledger.store.latest("notes", limit=LOOK_MAX)
    names = [n["id"] for n in kept if wanted in (None, n["minor"])][:ROWS_MAX]
    return tuple(_seen(books, NoteId(name)) for name in names)


def _seen(books: Books, name: NoteId) -> NoteSeen:
    note = NOTES[GetNote](books, GetNote(name))
    came = (books.ledger.find(f"{step}:{name}") for step in ("hold", "suspend", "recognise"))
    return NoteSeen(note, next((entry.at for entry in came if entry), ""))


HANDLERS: dict[type, Handler] = {}
ANSWERS: dict[type, Answer] = {NoteHistory: _history, LatestNotes: _latest}
ALLOWED: dict[type, frozenset[str]] = {}
