"""Cards: what is on file under a number that was read, and whether it may be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tinydb import where

from kiosk.core.books import (
    REASON_CHARACTERS_MAX,
    Answer,
    Books,
    Handler,
    Query,
    legible,
    remark,
)
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, ClientId
from kiosk.core.ledger import Draft
from kiosk.core.recognition import Recognised
from kiosk.core.store import TableSpec

TABLES = (TableSpec("cards", ("key", "client", "number", "debit", "expenditure")),)


def card_key(object_: str, number: str) -> str:
    """One card: what its rule leads to (a card type, PDS, CRM) and the number on it."""
    return f"{object_}:{number}"


def masked(number: str) -> str:
    """A card's number as people may see it: ``•••• 4821``."""
    return f"•••• {number[-4:]}"


@dataclass(frozen=True)
class Card:
    """A registered card: its holder, its type, its state, the job of its registration slip."""

    id: CardId
    key: str = field(repr=False)
    number: str = field(repr=False)
    type: str
    client: ClientId
    state: Literal["active", "blocked", "lost", "expired", "retired"]
    slip: str = ""

    @property
    def masked(self) -> str:
        """Its number as people may see it."""
        return masked(self.number)


@dataclass(frozen=True)
class FindCard(Query["Card | None"]):
    """The card on file for what a rule recognised."""

    read: Recognised


@dataclass(frozen=True)
class GetCard(Query["Card | None"]):
    """The card of this id, or, for people, the one whose number this is."""

    card: str


@dataclass(frozen=True)
class CardsOf(Query["tuple[Card, ...]"]):
    """All cards of a client, the first registered first, with those that are no more in use."""

    client: ClientId


@dataclass(frozen=True)
class BlockCard:
    """Nobody can use the card any more; its wallet stays."""

    card: CardId
    reason: str = remark()


@dataclass(frozen=True)
class UnblockCard:
    """A blocked card, or a lost one that was found, can be used again."""

    card: CardId
    reason: str = remark()


def _card(document: Mapping[str, Any]) -> Card:
    return Card(
        CardId(document["id"]),
        document["key"],
        document["number"],
        document["type"],
        ClientId(document["client"]),
        document["state"],
        document["slip"],
    )


def cards_of(books: Books, client: str) -> list[Card]:
    """All cards of a client, the first registered first."""
    return [_card(found) for found in books.search("cards", where("client") == client)]


def on_file(books: Books, key: str) -> Card | None:
    """The card registered under this key."""
    found = books.search("cards", where("key") == key)
    return _card(found[0]) if found else None


def card(books: Books, name: str) -> Card:
    """The card of this id.

    Raises:
        Refused: ``err.no_such_card``.
    """
    found = books.get("cards", name)
    if not found:
        raise Refused("err.no_such_card", card=name)
    return _card(found)


def usable(books: Books, name: str) -> Card:
    """The card of this id, if it may be used.

    Raises:
        Refused: ``err.card_blocked`` (K-03), ``err.no_such_card``.
    """
    found = card(books, name)
    if found.state != "active":
        raise Refused("err.card_blocked")
    return found


def _find(books: Books, query: FindCard) -> Card | None:
    return on_file(books, card_key(query.read.object, query.read.number))


def _get(books: Books, query: GetCard) -> Card | None:
    found = books.get("cards", query.card)
    if found:
        return _card(found)
    by_number = books.search("cards", where("number") == query.card)
    return _card(by_number[0]) if len(by_number) == 1 else None


def _of(books: Books, query: CardsOf) -> tuple[Card, ...]:
    return tuple(cards_of(books, query.client))


def _set_state(books: Books, name: str, state: str, kind: str, reason: str) -> Draft:
    if not legible(reason, REASON_CHARACTERS_MAX):
        raise Refused("err.reason_missing")
    found = card(books, name)
    if found.state == "retired":
        # Another card has its place; two of one number would be one too many.
        raise Refused("err.card_retired")
    document = books.get("cards", found.id) or {}
    draft = Draft(kind, reason=reason, refs={"card": found.id, "client": found.client})
    draft.set("cards", document | {"state": state})
    return draft


def _block(books: Books, command: BlockCard) -> Draft:
    return _set_state(books, command.card, "blocked", "card_blocked", command.reason)


def _unblock(books: Books, command: UnblockCard) -> Draft:
    return _set_state(books, command.card, "active", "card_unblocked", command.reason)


HANDLERS: dict[type, Handler] = {BlockCard: _block, UnblockCard: _unblock}
ANSWERS: dict[type, Answer] = {FindCard: _find, GetCard: _get, CardsOf: _of}
ALLOWED: dict[type, frozenset[str]] = {
    BlockCard: frozenset({"staff", "cli"}),
    UnblockCard: frozenset({"staff", "cli"}),
}
