"""The two accounts of a personal card: where its top-ups arrive, and what its visits pay from.

Both are its own client's game wallet, unless staff point them at another client's: a firm pays for
its people, parents for a child (E61, E61a).
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.core.books import (
    REASON_CHARACTERS_MAX,
    Answer,
    Books,
    Handler,
    Query,
    legible,
    remark,
)
from kiosk.core.cards import card, usable
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, ClientId
from kiosk.core.ledger import Draft
from kiosk.core.store import TableSpec

TABLES: tuple[TableSpec, ...] = ()


@dataclass(frozen=True)
class PointCard:
    """Say whose wallets a personal card uses: `debit` gets its top-ups, `expenditure` pays.

    Empty is the card's own client.
    """

    card: CardId
    debit: ClientId | str = ""
    expenditure: ClientId | str = ""
    reason: str = remark()


@dataclass(frozen=True)
class CardAccounts:
    """The clients whose game wallets a card uses."""

    debit: ClientId
    expenditure: ClientId


@dataclass(frozen=True)
class GetCardAccounts(Query[CardAccounts]):
    """Whose wallets a card uses; refused where there is no such card."""

    card: CardId


def debit(books: Books, name: str) -> ClientId:
    """The client in whose wallet the top-ups of this card arrive; ``err.no_such_card``."""
    return _account(books, name, "debit")


def expenditure(books: Books, name: str) -> ClientId:
    """The client whose wallet pays for the visits of this card; ``err.no_such_card``."""
    return _account(books, name, "expenditure")


def _account(books: Books, name: str, which: str) -> ClientId:
    own = card(books, name).client
    kept = books.get("cards", name) or {}
    return ClientId(kept.get(which) or own)


def _point(books: Books, command: PointCard) -> Draft:
    if not legible(command.reason, REASON_CHARACTERS_MAX):
        raise Refused("err.reason_missing")
    found = usable(books, command.card)
    kind = books.get("card_types", found.type) or {}
    if not kind.get("personal"):
        raise Refused("err.card_not_personal")
    for client in (command.debit, command.expenditure):
        if client and (books.get("clients", client) or {}).get("state") != "active":
            raise Refused("err.no_such_client", client=client)
    kept = books.get("cards", found.id) or {}
    draft = Draft("card_pointed", reason=command.reason)
    draft.refs |= {"card": found.id, "client": found.client}
    draft.set("cards", kept | {"debit": command.debit, "expenditure": command.expenditure})
    return draft


def _ask(books: Books, query: GetCardAccounts) -> CardAccounts:
    return CardAccounts(debit(books, query.card), expenditure(books, query.card))


HANDLERS: dict[type, Handler] = {PointCard: _point}
ANSWERS: dict[type, Answer] = {GetCardAccounts: _ask}
ALLOWED: dict[type, frozenset[str]] = {PointCard: frozenset({"staff", "cli"})}
