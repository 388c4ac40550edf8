"""A card is lost: blocked at once by its holder or by staff, and its place taken by another.

Wallets are the client's, so nothing is posted: the new card is his, the old one is retired, and an
open visit goes along. The same moves a card that is still there onto another (C32).
Source: spec/screens.md G12; spec/ledger.md, "Lost card, client-bound wallet".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kiosk.core import bonus, trust
from kiosk.core.books import (
    REASON_CHARACTERS_MAX,
    Answer,
    Books,
    Handler,
    Query,
    legible,
    remark,
)
from kiosk.core.cards import Card, card, card_key, cards_of, on_file
from kiosk.core.clients import registered
from kiosk.core.errors import Refused
from kiosk.core.identity import Proof, proved
from kiosk.core.ids import CardId
from kiosk.core.ledger import Draft
from kiosk.core.recognition import Recognised
from kiosk.core.slips import add_slip, language_of
from kiosk.core.staff import Approval
from kiosk.core.store import TableSpec
from kiosk.core.visits import open_visit

TABLES: tuple[TableSpec, ...] = ()

NOBODY = Proof()


@dataclass(frozen=True)
class ReportLost:
    """Nobody can use the card from now on; its wallet stays.

    A guest proves that he is its holder; staff give a reason instead.
    """

    card: CardId
    proof: Proof = field(default=NOBODY)
    reason: str = remark()


@dataclass(frozen=True)
class MoveCard:
    """Let another card take a card's place, with its client, its type and its open visit.

    The new one is on nobody's file yet, or is the same client's. A guest proves that he is the
    holder; staff give a reason instead. `override` is for who moves cards too often.
    """

    card: CardId
    new: Recognised
    proof: Proof = field(default=NOBODY)
    reason: str = remark()
    override: Approval | None = None


@dataclass(frozen=True)
class CardsOfHolder(Query["tuple[Card, ...]"]):
    """The cards of who gives this proof, but for those that another took the place of.

    Refused alike for a phone that nobody has and for a wrong PIN, which is counted.
    """

    proof: Proof


def _cards(books: Books, query: CardsOfHolder) -> tuple[Card, ...]:
    client = proved(books, query.proof)
    return tuple(kept for kept in cards_of(books, client) if kept.state != "retired")


def _checked(books: Books, name: CardId, proof: Proof, reason: str) -> Card:
    """The card, if a guest proves that it is his, or staff say why."""
    if books.actor == "guest":
        client = proved(books, proof)
        kept = [found for found in cards_of(books, client) if found.id == name]
        if not kept:
            raise Refused("err.proof_wrong")
        if kept[0].state == "blocked":
            # Staff blocked it, and staff know why.
            raise Refused("err.card_blocked")
        found = kept[0]
    else:
        if not legible(reason, REASON_CHARACTERS_MAX):
            raise Refused("err.reason_missing")
        found = card(books, name)
    if found.state == "retired":
        raise Refused("err.card_retired")
    return found


def _report(books: Books, command: ReportLost) -> Draft:
    found = _checked(books, command.card, command.proof, command.reason)
    if found.state == "lost":
        raise Refused("err.card_lost")
    refs = {"card": found.id, "client": found.client}
    draft = Draft("card_lost", reason=command.reason, refs=refs)
    lost = {"state": "lost", "lost_at": books.at}
    draft.set("cards", _document(books, found.id) | lost)
    return draft


def _move(books: Books, command: MoveCard) -> Draft:
    old = _checked(books, command.card, command.proof, command.reason)
    registered(books, old.client)
    wallet = books.wallet(old.client).minor
    refs: dict[str, Any] = {"old": old.id, "client": old.client}
    refs |= trust.velocity(books, "transfer", old.client, wallet, command.override, command.reason)
    draft = Draft("card_moved", reason=command.reason, refs=refs)
    document = _document(books, old.id)
    new = _taking(books, command.new, old, document)
    draft.refs["card"] = new["id"]
    visit = open_visit(books, old.id)
    if visit:
        # The open one must be the newest of its card: only that one is looked at.
        if books.ledger.store.latest("visits", "card", new["id"]):
            raise Refused("err.visit_on_old_card", number=str(visit["number"]))
        draft.refs["visit"] = visit["id"]
        draft.set("visits", visit | {"card": new["id"]})
    draft.set("cards", document | {"state": "retired"})
    draft.set("cards", new)
    owner = {"client": old.client, "card": new["id"]}
    slip = add_slip(books, draft, "transfer_slip", owner, language_of(books, old.client))
    slip["facts"] |= {
        "old": old.masked,
        "amount": wallet,
        "points": bonus.points(books, old.client),
        # Nobody can use it from its report on; a card that is moved without one, from now on.
        "blocked_at": document.get("lost_at", books.at) if old.state == "lost" else books.at,
    }
    return draft


def _taking(books: Books, read: Recognised, old: Card, document: dict[str, Any]) -> dict[str, Any]:
    """The document of the card that takes the old one's place: a new one, or one of his own."""
    if read.scope != "interface":
        # An entrance card is nobody's for long, and an employee's says who works here.
        raise Refused("err.card_not_his")
    key = card_key(read.object, read.number)
    own = on_file(books, key)
    if own is None:
        trust.must_be_its_own(books, read)
        made = {"id": books.new_id("c"), "key": key, "number": read.number, "slip": ""}
        kept = {name: value for name, value in document.items() if name != "lost_at"}
        return kept | made | {"state": "active", "registered_at": books.at}
    if own.client != old.client or own.id == old.id:
        raise Refused("err.already_registered")
    if own.state != "active":
        raise Refused("err.card_blocked")
    return _document(books, own.id)


def _document(books: Books, name: str) -> dict[str, Any]:
    return books.get("cards", name) or {}


HANDLERS: dict[type, Handler] = {ReportLost: _report, MoveCard: _move}
ANSWERS: dict[type, Answer] = {CardsOfHolder: _cards}
ALLOWED: dict[type, frozenset[str]] = {
    ReportLost: frozenset({"guest", "staff", "cli"}),
    MoveCard: frozenset({"guest", "staff", "cli"}),
}
