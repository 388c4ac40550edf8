"""Genuine cards: which numbers belong to cards that can prove it, and how often each was read.

A card that proved once that it is the venue's never has to be believed by its number again: under
that number only the proof counts, at every reader. A card that counts its reads says a higher
number each time; one that does not has been read before, so it is a copy of what was said then.
What a reader's proof is worth stands in docs/adr/0031-genuine-cards.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kiosk.core.books import Answer, Books, Handler, Query, legible
from kiosk.core.cards import Card, card_key, on_file
from kiosk.core.errors import Refused
from kiosk.core.ids import DeviceId
from kiosk.core.ledger import Draft
from kiosk.core.messages import CardRefused
from kiosk.core.recognition import Recognised
from kiosk.core.store import TableSpec

TABLES = (TableSpec("genuine", ()),)

COUNTER_MAX = 0xFFFFFF
"""No card counts further."""
DEVICE_CHARACTERS_MAX = 200


@dataclass(frozen=True)
class RecordTap:
    """Put on record that a card proved that it is the venue's, and how often it says it was read.

    `counter` is None of a card that counts nothing.
    """

    read: Recognised
    counter: int | None = None


@dataclass(frozen=True)
class RecordEnrolment:
    """Put on record that a card was given the venue's keys at a reader.

    `anew`: it had keys of the venue before. A card that was on record keeps its counter.
    """

    read: Recognised
    device: DeviceId
    anew: bool = False


@dataclass(frozen=True)
class Genuine:
    """What is on record of a number whose card can prove itself; `counter`: its last."""

    counter: int | None
    since: str


@dataclass(frozen=True)
class GetGenuine(Query["Genuine | None"]):
    """What is on record of the card that was read; None: it never proved anything."""

    read: Recognised


def refusal(event: CardRefused) -> Refused:
    """Why a reader refused a card, in a guest's and the desk's words."""
    keys = {"unreadable": "err.unreadable", "not_genuine": "err.not_genuine"}
    return Refused(keys.get(event.reason, "err.bank_card"))


def on_record(books: Books, key: str) -> Genuine | None:
    """What is on record under this key; see `cards.card_key`."""
    kept = books.get("genuine", key)
    return Genuine(kept["counter"], kept["since"]) if kept else None


def _key(read: Recognised) -> str:
    return card_key(read.object, read.number)


def _refs(card: Card | None) -> dict[str, Any]:
    return {"card": card.id, "client": card.client} if card else {}


def _tap(books: Books, command: RecordTap) -> Draft:
    key, counter = _key(command.read), command.counter
    if counter is not None and not 0 <= counter <= COUNTER_MAX:
        raise Refused("err.not_genuine", rule="not_genuine")
    kept = books.get("genuine", key)
    last = kept["counter"] if kept else None
    # Once it counted it goes on counting: without a number it is another card.
    if last is not None and (counter is None or counter <= last):
        raise Refused("err.not_genuine", rule="not_genuine")
    if kept and counter is None:
        raise Refused("err.nothing_changed")
    draft = Draft("card_proven", refs=_refs(on_file(books, key)))
    draft.set("genuine", {"id": key, "since": books.at, **(kept or {}), "counter": counter})
    return draft


def _enrolment(books: Books, command: RecordEnrolment) -> Draft:
    if not legible(command.device, DEVICE_CHARACTERS_MAX):
        raise Refused("err.illegible")
    key = _key(command.read)
    refs: dict[str, Any] = {"device": command.device, **_refs(on_file(books, key))}
    draft = Draft("card_made_genuine", refs=refs | ({"anew": True} if command.anew else {}))
    kept = books.get("genuine", key) or {}
    draft.set("genuine", {"id": key, "since": books.at, "counter": None, **kept})
    return draft


def _get(books: Books, query: GetGenuine) -> Genuine | None:
    return on_record(books, _key(query.read))


HANDLERS: dict[type, Handler] = {RecordTap: _tap, RecordEnrolment: _enrolment}
ANSWERS: dict[type, Answer] = {GetGenuine: _get}
ALLOWED: dict[type, frozenset[str]] = {
    RecordTap: frozenset({"kiosk"}),
    RecordEnrolment: frozenset({"staff"}),
}
