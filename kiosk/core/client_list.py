"""How staff find a client: by digits of the phone, by name, by the card; never shown to guests.

Names and phones are masked as the desk may see them; what else a row says tells two apart.
Source: docs/criteria.md C2-C6, C16, C24, C35, M38.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tinydb import where

from kiosk.core import bonus, client_index, permissions
from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.cards import card_key, on_file
from kiosk.core.clients import masked_phone, opened, registered
from kiosk.core.errors import Refused
from kiosk.core.ids import ClientId
from kiosk.core.money import Money
from kiosk.core.phones import search_digits
from kiosk.core.recognition import Recognised
from kiosk.core.seal import WINDOW_DIGITS
from kiosk.core.settings import phone_plan
from kiosk.core.statistics import figures
from kiosk.core.store import TableSpec

TABLES: tuple[TableSpec, ...] = ()
ROWS_MAX = 50
"""So many are shown; who looks for one among more types another digit or letter."""
COUNT_MAX = 1_000_000


@dataclass(frozen=True)
class ClientRow:
    """A client as staff see them in a list.

    `name` is a first word and letters (``Zinaida P.``), or empty; `phone` masked, or empty;
    `bonus` in points; `since` and `last_visit` moments (ISO 8601, UTC), the latter empty before
    the first.
    """

    client: ClientId
    name: str = field(repr=False)
    phone: str
    wallet: Money
    since: str
    last_visit: str
    group: str
    bonus: int = 0


@dataclass(frozen=True)
class Found:
    """Who was found, newest first, and whether there are more of them than these."""

    rows: tuple[ClientRow, ...]
    more: bool


@dataclass(frozen=True)
class FindClients(Query[Found]):
    """The registered clients whose phone has these digits in a row.

    Four digits or more, or a whole number in any writing (C3, C4, C35). Refused with fewer (C5),
    and where nobody has them (C16).
    """

    digits: str = field(repr=False)


@dataclass(frozen=True)
class ListClients(Query[Found]):
    """The registered clients in whose name each of these words begins a word (M38).

    Refused with fewer than two letters, and where nobody is called so.
    """

    name: str = field(repr=False)


@dataclass(frozen=True)
class ClientOfCard(Query[ClientRow]):
    """The registered client of a card that was tapped, or whose number was typed (M38).

    Refused where it is on nobody's file, or on more than one; or is no client's own.
    """

    card: Recognised | str = field(repr=False)


@dataclass(frozen=True)
class CountClients(Query[int]):
    """How many registered clients there are; `COUNT_MAX` may stand for more."""


def _count(books: Books, query: CountClients) -> int:
    del query
    table = books.ledger.store.table("clients")
    return table.count(where("state") == "active", COUNT_MAX)


def _find(books: Books, query: FindClients) -> Found:
    permissions.need(books, "find_clients")
    digits = search_digits(query.digits, phone_plan(books))
    if len(digits) < WINDOW_DIGITS:
        raise Refused("err.digits_few", min=str(WINDOW_DIGITS))
    # The windows of a phone may all be there and not in a row.
    return _found(
        books,
        *client_index.with_digits(books.secrets, digits),
        lambda kept: digits in opened(books, kept, "phone"),
        "err.client_not_found",
    )


def _list(books: Books, query: ListClients) -> Found:
    permissions.need(books, "find_clients")
    typed = client_index.words(query.name)
    if not typed or min(map(len, typed)) < client_index.LETTERS_MIN:
        raise Refused("err.letters_few", min=str(client_index.LETTERS_MIN))
    return _found(
        books,
        *client_index.with_words(books.secrets, typed),
        lambda kept: client_index.same_beginning(opened(books, kept, "name"), typed),
        "err.name_not_found",
    )


def _found(
    books: Books,
    candidates: Sequence[str],
    cut: bool,
    fits: Callable[[Mapping[str, Any]], bool],
    nobody: str,
) -> Found:
    rows: list[ClientRow] = []
    for client in candidates:
        kept = books.get("clients", client)
        if kept and kept["state"] == "active" and fits(kept):
            if len(rows) == ROWS_MAX:
                return Found(tuple(rows), more=True)
            rows.append(row(books, kept))
    if not rows:
        raise Refused(nobody)
    return Found(tuple(rows), cut)


def _of_card(books: Books, query: ClientOfCard) -> ClientRow:
    permissions.need(books, "find_clients")
    if isinstance(query.card, str):
        found = books.search("cards", where("number") == query.card.strip())
        clients = {str(card["client"]) for card in found}
        if len(clients) != 1:
            raise Refused("err.no_such_card", card=query.card[:40])
        return row(books, registered(books, clients.pop()))
    card = on_file(books, card_key(query.card.object, query.card.number))
    if card is None:
        raise Refused("err.unknown_card")
    return row(books, registered(books, card.client))


def row(books: Books, kept: Mapping[str, Any]) -> ClientRow:
    """The row of a client's document."""
    return ClientRow(
        client=ClientId(kept["id"]),
        name=masked_name(opened(books, kept, "name")),
        phone=masked_phone(books, kept),
        wallet=books.wallet(kept["id"]),
        since=kept["since"],
        last_visit=figures(books, kept["id"])["last_visit"],
        group=kept["group"],
        bonus=bonus.points(books, kept["id"]),
    )


def masked_name(name: str) -> str:
    """A name as staff see it in a list: ``Zinaida Petrova`` → ``Zinaida P.``."""
    first, *others = name.split() or [""]
    return " ".join([first, *(f"{other[0]}." for other in others)])


HANDLERS: dict[type, Handler] = {}
ANSWERS: dict[type, Answer] = {
    FindClients: _find,
    ListClients: _list,
    ClientOfCard: _of_card,
    CountClients: _count,
}
ALLOWED: dict[type, frozenset[str]] = {}
