"""What is kept about a guest, told to himself (G14): shown, printed, taken along, and erased.

He proves himself with the PIN of his card, or with the recovery code of its slip. Who he is is
forgotten at once; what the law makes the house keep (sums and moments, without a name) stays, and
so does what is on the card: it goes on paying, and the desk pays it back.
Source: spec/regulation.md, "Privacy"; spec/screens.md G14; docs/ledger.md, "Personal data".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tinydb import where

from kiosk.core import seal
from kiosk.core.books import Afterwards, Answer, Books, Handler, Query
from kiosk.core.cards import card, cards_of
from kiosk.core.clients import ANSWERS as CLIENTS
from kiosk.core.clients import (
    GetClient,
    Movements,
    erased,
    forget_client,
    opened,
    registered,
)
from kiosk.core.errors import Refused
from kiosk.core.identity import Proof, proved
from kiosk.core.ids import CardId, ClientId
from kiosk.core.ledger import Draft
from kiosk.core.slips import begin_slip
from kiosk.core.store import TableSpec
from kiosk.core.trust import SESSIONS_MAX
from kiosk.core.visits import open_visit

TABLES: tuple[TableSpec, ...] = ()
FORM = "FOYER:D1:"
"""How such a text begins: a reader of QR codes tells it from a receipt by this."""
TEXT_BYTES_MAX = 500
"""Of the text that is taken along: a code that a phone reads off the smallest panel."""


@dataclass(frozen=True)
class OwnData(Query["Kept"]):
    """What is kept about a registered client."""

    client: ClientId


@dataclass(frozen=True)
class Kept:
    """What the house knows of a client, beside what is on his card.

    `movements` counts the entries about him, `visits` his visits and sessions, `cards` those that
    are in use; `terms` is the version of the terms that he agreed to. Moments are ISO 8601, UTC.
    """

    name: str = field(repr=False)
    phone_masked: str
    language: str
    since: str
    terms: str
    movements: int
    visits: int
    last_visit: str
    cards: tuple[str, ...]


@dataclass(frozen=True)
class OwnDataText(Query[str]):
    """The same as a text to take along: `FORM` and JSON, and below it the line's signature.

    The whole phone stands in it, so a holder who has a PIN gives it.
    """

    proof: Proof


@dataclass(frozen=True)
class IssueDataSlip:
    """A slip with what is kept about a card's client, to be printed."""

    card: CardId
    language: str


@dataclass(frozen=True)
class EraseMyself:
    """A client has himself forgotten, as `EraseClient` does it.

    Not while he plays, nor while a visit is open on one of his cards.
    """

    client: ClientId
    proof: Proof


def kept(books: Books, client: str) -> Kept:
    """What is kept about a registered client.

    Raises:
        Refused: those of `clients.registered`.
    """
    document = registered(books, client)
    told = CLIENTS[GetClient](books, GetClient(ClientId(client)))
    figures = books.get("statistics", client) or {}
    return Kept(
        name=told.name,
        phone_masked=told.phone_masked,
        language=document["language"],
        since=document["since"],
        terms=document["terms"],
        movements=books.ledger.store.table("entries").count(where("refs")["client"] == client),
        visits=int(figures.get("visits", 0)),
        last_visit=str(figures.get("last_visit", "")),
        cards=tuple(c.masked for c in cards_of(books, client) if c.state != "retired"),
    )


def _kept(books: Books, query: OwnData) -> Kept:
    return kept(books, query.client)


def _text(books: Books, query: OwnDataText) -> str:
    client = proved(books, query.proof)
    document, found = registered(books, client), kept(books, client)
    told = CLIENTS[GetClient](books, GetClient(client))
    seed = books.secrets.get("keys", "signing")
    assert seed, "the key is made with the first start"
    rows = CLIENTS[Movements](books, Movements(client))
    cards = [text[-4:] for text in found.cards]
    data = {
        "kiosk": books.kiosk,
        "at": books.at[:16],
        "client": client,
        "name": found.name,
        "phone": opened(books, document, "phone"),
        "language": found.language,
        "since": found.since[:16],
        "terms": found.terms,
        "cards": cards,
        "balance": f"{told.wallet} {books.unit}",
        "bonus": told.bonus,
        "minutes": {"game": told.minutes_game, "internet": told.minutes_net},
        "visits": found.visits,
        "entries": found.movements,
        "latest": [[row.at[:16], str(row.amount)] for row in rows],
    }
    # What does not fit is the oldest; the desk has all.
    while data["latest"] and len(_signed(str(seed["key"]), data).encode()) > TEXT_BYTES_MAX:
        data["latest"] = data["latest"][:-1]
    return _signed(str(seed["key"]), data)


def _signed(seed: str, data: Mapping[str, Any]) -> str:
    said = FORM + json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"{said}\n{seal.sign(seed, said)}"


def _issue(books: Books, command: IssueDataSlip) -> Draft:
    of = card(books, command.card)
    found = kept(books, of.client)
    owner = {"client": of.client, "card": of.id}
    draft, slip = begin_slip(books, "data_slip", owner, command.language)
    told = CLIENTS[GetClient](books, GetClient(of.client))
    # Name and phone are drawn from where they are sealed: no entry has them.
    slip["facts"] |= {
        "since": found.since,
        "terms": found.terms,
        "movements": found.movements,
        "visits": found.visits,
        "balance": told.wallet.minor,
        "points": told.bonus,
        "minutes": [told.minutes_game, told.minutes_net],
    }
    return draft


def _erase(books: Books, command: EraseMyself) -> Draft:
    if proved(books, command.proof) != command.client:
        raise Refused("err.proof_wrong")
    sessions = books.ledger.store.latest("sessions", "client", command.client, SESSIONS_MAX)
    if any(session["state"] == "running" for session in sessions):
        raise Refused("err.erase_playing")
    if any(open_visit(books, own.id) for own in cards_of(books, command.client)):
        raise Refused("err.erase_visit")
    return erased(books, command.client)


def _forget(books: Books, command: EraseMyself) -> None:
    forget_client(books, command.client)


HANDLERS: dict[type, Handler] = {IssueDataSlip: _issue, EraseMyself: _erase}
AFTERWARDS: dict[type, Afterwards] = {EraseMyself: _forget}
ANSWERS: dict[type, Answer] = {OwnData: _kept, OwnDataText: _text}
ALLOWED: dict[type, frozenset[str]] = {
    IssueDataSlip: frozenset({"kiosk"}),
    EraseMyself: frozenset({"guest"}),
}
