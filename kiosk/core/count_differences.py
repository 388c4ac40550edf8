"""Why a counted cashbox may differ from the books: causes that its period makes possible.

Each is a hint for a person, with what it would explain; none is proven. Pure functions of the
differences and of the entries between two collections.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from kiosk.core.ledger import Entry

Cause = Literal[
    "exchanged",
    "doubtful",
    "returned",
    "repeat",
    "restarted",
    "suspense",
    "settled_by_staff",
    "pulled",
    "coins_lost",
]
"""``exchanged``: booked as one face, counted as another.

More notes than booked: ``doubtful`` (one that was held or doubtful lies in the box), ``returned``
(so does one that went back on the books), ``repeat`` (a second note was taken for the first told
again), ``restarted`` (nobody saw it, while the kiosk started), ``coins_lost`` (the coin acceptor
took some that it could not name).

Fewer: ``suspense`` (a note told again was taken for a second one), ``settled_by_staff`` (it was
not in the box), ``pulled`` (the box was out, and nobody who may was signed in).
"""


@dataclass(frozen=True)
class NoteOfPeriod:
    """A note of the period: its face in minor units, and what became of it."""

    note: str
    face: int
    state: str
    by_staff: bool = False


@dataclass(frozen=True)
class Pulled:
    """The box was out without anybody who may; `minor` was in it then, as the books say."""

    at: str
    minor: int


@dataclass(frozen=True)
class Period:
    """What the entries between two collections of a box tell about it."""

    notes: tuple[NoteOfPeriod, ...] = ()
    starts: int = 0
    pulls: tuple[Pulled, ...] = ()
    coins_lost: bool = False


@dataclass(frozen=True)
class Candidate:
    """A cause, and what it would explain: faces and number of notes, and minor units, signed.

    For ``exchanged`` `faces` are the booked one and the counted one; `notes` are those it is about.
    """

    cause: Cause
    faces: tuple[int, ...]
    number: int
    minor: int
    notes: tuple[str, ...] = ()
    at: str = ""

    def document(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "cause": self.cause,
            "faces": list(self.faces),
            "number": self.number,
            "minor": self.minor,
            "notes": list(self.notes),
            "at": self.at,
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Candidate:
        """Read what `document` made."""
        kept = dict(document)
        return cls(**kept | {"faces": tuple(kept["faces"]), "notes": tuple(kept["notes"])})


_MORE: Mapping[str, Cause] = {
    "held": "doubtful",
    "doubtful": "doubtful",
    "void": "returned",
    "recognised": "repeat",
}
_LESS: Mapping[str, Cause] = {"suspense": "suspense", "claimed": "suspense", "credited": "suspense"}


def candidates(differences: Mapping[int, int], period: Period) -> tuple[Candidate, ...]:
    """The causes that may explain a count, the most telling first.

    Args:
        differences: by face in minor units: notes counted - notes booked.
        period: what happened since the box was collected last.
    """
    missing = {face: -n for face, n in sorted(differences.items()) if n < 0}
    extra = {face: n for face, n in sorted(differences.items()) if n > 0}
    made: list[Candidate] = []
    for booked, gone in missing.items():
        for counted, more in extra.items():
            number = min(gone, more)
            minor = (counted - booked) * number
            made.append(Candidate("exchanged", (booked, counted), number, minor))
    for face, number in extra.items():
        made += _of_notes(period, _MORE, face, number, 1)
    for face, number in missing.items():
        made += _of_notes(period, _LESS, face, number, -1)
        staff = [n.note for n in period.notes if n.face == face and n.by_staff]
        if staff:
            explained = min(number, len(staff))
            made.append(
                Candidate("settled_by_staff", (face,), explained, -face * explained, tuple(staff))
            )
    if missing:
        short = sum(face * number for face, number in missing.items())
        for pull in period.pulls:
            gone = min(short, pull.minor)
            faces = tuple(missing)
            made.append(Candidate("pulled", faces, sum(missing.values()), -gone, at=pull.at))
    if extra and period.starts:
        over = sum(face * number for face, number in extra.items())
        made.append(Candidate("restarted", tuple(extra), sum(extra.values()), over))
    if extra and period.coins_lost:
        over = sum(face * number for face, number in extra.items())
        made.append(Candidate("coins_lost", tuple(extra), sum(extra.values()), over))
    return tuple(made)


def _of_notes(
    period: Period, causes: Mapping[str, Cause], face: int, number: int, sign: int
) -> list[Candidate]:
    notes: dict[Cause, list[str]] = {}
    for note in period.notes:
        cause = causes.get(note.state)
        if cause is not None and note.face == face:
            notes.setdefault(cause, []).append(note.note)
    made: list[Candidate] = []
    for cause, of in notes.items():
        explained = min(number, len(of))
        made.append(Candidate(cause, (face,), explained, sign * face * explained, tuple(of)))
    return made


@dataclass
class _Reading:
    notes: dict[str, NoteOfPeriod] = field(default_factory=dict)
    pulls: list[Pulled] = field(default_factory=list)
    starts: int = 0
    coins_lost: bool = False


def period(entries: Iterable[Entry], device: str) -> Period:
    """What these entries tell about the box of `device`."""
    read = _Reading()
    for entry in entries:
        read.starts += entry.kind == "started"
        read.coins_lost |= entry.kind == "coins_lost" and entry.refs["device"] == device
        if (
            entry.kind == "cashbox_pulled"
            and entry.refs["device"] == device
            and entry.refs["alarm"]
        ):
            read.pulls.append(Pulled(entry.at, entry.refs["minor"]))
        for change in entry.changes:
            note = change.document
            if change.table != "notes" or note is None or note["device"] != device:
                continue
            decided = entry.kind == "note_settled" and entry.actor != "kiosk"
            known = read.notes.get(change.id)
            by_staff = decided or (known is not None and known.by_staff)
            read.notes[change.id] = NoteOfPeriod(change.id, note["minor"], note["state"], by_staff)
    notes, pulls = tuple(read.notes.values()), tuple(read.pulls)
    return Period(notes, read.starts, pulls, read.coins_lost)
