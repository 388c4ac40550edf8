"""How much paper a printer's roll has left, where the printer itself does not feel the end coming.

What each slip took stands with its end (`RecordSlip`), so the sum outlives a start; a new roll sets
it to nothing: told at the desk (`RecordMaintenance` ``new_roll``), or seen, because paper came back
where there was none. It is a reckoning: slips that a till printed on the same printer are not in
it, and a roll that was not full is a full one. So it warns, and nothing is refused for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.core.books import Answer, Books, Query
from kiosk.core.ids import DeviceId
from kiosk.core.ledger import Draft


@dataclass(frozen=True)
class Roll:
    """What was used of the roll that is in a printer, and how many new ones were put on record."""

    used_mm: int = 0
    rolls: int = 0


@dataclass(frozen=True)
class GetRoll(Query[Roll]):
    """The roll of a printer."""

    device: DeviceId


def used(books: Books, draft: Draft, device: str, paper_mm: int) -> None:
    """The draft with so much paper more that a printer used."""
    roll = _roll(books, device)
    _set(draft, device, Roll(roll.used_mm + paper_mm, roll.rolls))


def renewed(books: Books, draft: Draft, device: str) -> None:
    """The draft with a new roll in a printer."""
    _set(draft, device, Roll(0, _roll(books, device).rolls + 1))


def _set(draft: Draft, device: str, roll: Roll) -> None:
    draft.set("machine", {"id": f"roll:{device}", "used_mm": roll.used_mm, "rolls": roll.rolls})


def _roll(books: Books, device: str) -> Roll:
    kept = books.get("machine", f"roll:{device}")
    return Roll(kept["used_mm"], kept["rolls"]) if kept else Roll()


def _get(books: Books, query: GetRoll) -> Roll:
    return _roll(books, query.device)


ANSWERS: dict[type, Answer] = {GetRoll: _get}
