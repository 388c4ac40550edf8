"""Clients: who holds cards, and what they hold: wallets, name, phone.

Names and phones stand in the ledger only encrypted under a key of the client's own in `secrets`,
which is written first: an orphan key harms nobody. A hash or an index of them is never in an
entry. The store of secrets has the tables `SECRET_TABLES`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tinydb import where

from kiosk.core import seal
from kiosk.core.books import (
    REASON_CHARACTERS_MAX,
    Afterwards,
    Answer,
    Books,
    Handler,
    Query,
    legible,
    personal,
    remark,
)
from kiosk.core.cards import card_key, on_file
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, ClientId
from kiosk.core.ledger import BON, MINUTES_GAME, MINUTES_NET, Draft, entries_of
from kiosk.core.money import Money
from kiosk.core.phones import search_digits
from kiosk.core.recognition import Recognised
from kiosk.core.seal import Random
from kiosk.core.settings import phone_plan
from kiosk.core.store import Store, TableSpec

TABLES = (TableSpec("clients", ("state",)),)
SECRET_TABLES = (
    TableSpec("keys"),
    TableSpec("pins"),
    TableSpec("windows", ("window", "client")),
    TableSpec("tokens", ("client",)),
)
"""Keys and PIN hashes by client, windows of phone digits, hashes of recovery tokens."""

MOVEMENTS_MAX = 10
MOVEMENTS_LOOK_MAX = 100
"""So many entries back they are looked for: most entries of a client move no money."""
FOUND_MAX = 20
"""So many found by digits; who looks for one among more types another digit."""
CANDIDATES_MAX = 2_000
"""So many with a window in common are looked at: opening each takes some 40 µs."""
NAME_MAX = 40
WRONG_PINS_MAX = 10
"""So many wrong PINs in all, and a phone's owner is known at the desk only: there are 10,000 PINs,
and whoever guesses gets the wallet."""


@dataclass(frozen=True)
class RegisterCard:
    """Put a card on file for a new client, or for the client whose phone and PIN are given.

    `phone` is in normal form (``+79161234567``) or empty; `pin` four digits or empty. The answer
    never tells whether the phone was known (docs/architecture.md, "Settled").
    """

    read: Recognised
    type: str
    language: str
    terms: str
    phone: str = personal()
    pin: str = personal()
    name: str = personal()


@dataclass(frozen=True)
class EraseClient:
    """Forget who a client is: name, phone, PIN, recovery code. Cards and wallets stay as they are.

    The keys of the sealed texts are destroyed, so that no copy of the books tells them any more.
    """

    client: ClientId
    reason: str = remark()


@dataclass(frozen=True)
class Movement:
    """One line of a card's history: when, what, how much, and the balance after it."""

    at: str
    kind: str
    amount: Money
    after: Money


@dataclass(frozen=True)
class Client:
    """What the kiosk shows of a client. `bonus` in points, minutes whole, `name` may be empty."""

    id: ClientId
    name: str = field(repr=False)
    language: str
    phone_masked: str
    wallet: Money
    bonus: int
    minutes_game: int
    minutes_net: int
    since: str


@dataclass(frozen=True)
class GetClient(Query["Client | None"]):
    """A client with all wallets."""

    client: ClientId


@dataclass(frozen=True)
class FindClients(Query["tuple[ClientId, ...]"]):
    """The clients whose phone has these digits in a row, newest first; `FOUND_MAX` at most.

    Four digits or more, or a whole number in any writing (C3, C4, C35); fewer find nobody (C5).
    """

    digits: str = field(repr=False)


@dataclass(frozen=True)
class Movements(Query["tuple[Movement, ...]"]):
    """The latest movements of a client's game wallet, newest first."""

    client: ClientId


def _register(books: Books, command: RegisterCard) -> Draft:
    key = card_key(command.read.object, command.read.number)
    if on_file(books, key):
        raise Refused("err.already_registered")
    known = _client_of_phone(books, command.phone) if command.phone else ""
    # The same work whether the phone is known or not: the time taken must not tell.
    joins = bool(command.pin) and _pin_fits(books, known, command.pin)
    made = seal.pin_hash(command.pin, books.random) if command.pin else ""
    client = ClientId(known) if joins else ClientId(books.new_id("p"))
    card = CardId(books.new_id("c"))
    draft = Draft("card_registered", refs={"card": card, "client": client})
    if not joins:
        phone = "" if known else command.phone
        draft.set("clients", _new_client(books, command, client, phone, made, known))
    draft.set(
        "cards",
        {
            "id": card,
            "key": key,
            "number": command.read.number,
            "type": command.type,
            "client": client,
            "state": "active",
            "registered_at": books.at,
            "slip": "",
        },
    )
    return draft


def _new_client(
    books: Books, command: RegisterCard, client: ClientId, phone: str, pin_hash: str, guessed: str
) -> dict[str, Any]:
    """`guessed` is the client whose PIN was not the one that was typed, or empty."""
    name = " ".join(command.name.split())[:NAME_MAX]
    with books.secrets.transaction():
        key = _begin_secrets(books, client, pin_hash)
        guess = books.secrets.get("pins", guessed) if guessed else None
        if guess is not None:
            # On disk before the entry: a power cut between the two gives no free guess.
            books.secrets.put("pins", guessed, guess | {"wrong": guess["wrong"] + 1})
        for window in seal.windows(_index_key(books), phone) if phone else ():
            name_ = f"{window}:{client}"
            document = {"id": name_, "window": window, "client": client}
            books.secrets.put("windows", name_, document)
    return _document(
        books,
        client,
        "active",
        command.language,
        command.terms,
        name=seal.encrypt(key, client, name, books.random) if name else "",
        phone=seal.encrypt(key, client, phone, books.random) if phone else "",
    )


def anonymous(books: Books, draft: Draft, language: str) -> ClientId:
    """A client for a card that is nobody's own: made by the entry that puts the card on file.

    Nobody knows who holds such a card, so there is nothing to seal and nothing to find it by; the
    client keeps the figures of its visits apart from those of others.
    """
    client = ClientId(books.new_id("p"))
    with books.secrets.transaction():
        _begin_secrets(books, client, "")
    draft.set("clients", _document(books, client, "walk_in", language))
    return client


def _begin_secrets(books: Books, client: str, pin_hash: str) -> str:
    """The key of a new client, in a transaction of the secrets that is open.

    After a power cut before its entry a client's secrets are there without it, and its id may be
    given again: whatever of them the next one does not set itself must not be his.
    """
    key = seal.new_key(books.random)
    for kept in books.secrets.table("windows").search(where("client") == client):
        books.secrets.put("windows", kept["id"], None)
    books.secrets.put("tokens", client, None)
    books.secrets.put("keys", client, {"id": client, "key": key})
    pin = {"id": client, "hash": pin_hash, "wrong": 0} if pin_hash else None
    books.secrets.put("pins", client, pin)
    return key


def _document(
    books: Books,
    client: str,
    state: str,
    language: str,
    terms: str = "",
    name: str = "",
    phone: str = "",
) -> dict[str, Any]:
    """A new client's document; `name` and `phone` sealed or empty."""
    return {
        "id": client,
        "state": state,
        "name": name,
        "phone": phone,
        "language": language,
        "terms": terms,
        "since": books.at,
        "group": "",
    }


def _erase(books: Books, command: EraseClient) -> Draft:
    kept = books.get("clients", command.client)
    if kept is None:
        raise Refused("err.no_such_client", client=command.client)
    if kept["state"] == "erased":
        raise Refused("err.client_erased", client=command.client)
    if not legible(command.reason, REASON_CHARACTERS_MAX):
        raise Refused("err.reason_missing")
    draft = Draft("client_erased", reason=command.reason, refs={"client": command.client})
    draft.set("clients", kept | {"state": "erased", "name": "", "phone": ""})
    return draft


def _forget(books: Books, command: EraseClient) -> None:
    forget(books.secrets, [command.client])


def forget_erased(store: Store, secrets: Store) -> None:
    """Carry out the erasures on the books: after a power cut, and on restored secrets."""
    erased = store.table("clients").search(where("state") == "erased")
    forget(secrets, [str(c["id"]) for c in erased if secrets.get("keys", str(c["id"]))])


def forget(secrets: Store, erased: Sequence[str]) -> None:
    """Destroy the keys of these clients, and all else that the secrets hold of them."""
    if erased:
        with secrets.transaction():
            for client in erased:
                for kept in secrets.table("windows").search(where("client") == client):
                    secrets.put("windows", kept["id"], None)
                for table in ("pins", "tokens"):
                    secrets.put(table, client, None)
                secrets.put("keys", client, {"id": client, "key": ""})
        # Where rows once moved to another page, a copy can be left between the rows of this one.
        secrets.rebuild()
        # Last: as long as the row is there, the next start does all of this again.
        with secrets.transaction():
            for client in erased:
                secrets.put("keys", client, None)
    # The log holds the pages as they were; also that of a former start, which a reader kept.
    secrets.empty_log()


def _index_key(books: Books) -> str:
    kept = books.secrets.get("keys", "index")
    assert kept, "the index key is made with the store"
    return str(kept["key"])


def make_index_key(secrets: Store, random: Random) -> None:
    """Give a new store of secrets the key under which phones are indexed."""
    if secrets.get("keys", "index") is None:
        with secrets.transaction():
            secrets.put("keys", "index", {"id": "index", "key": seal.new_key(random)})


def _client_of_phone(books: Books, phone: str) -> str:
    # By the last window alone: the first ones are of the operator, and half the town has them. All
    # who are found are looked at, so that the time taken does not tell whether one was the right.
    last = seal.windows(_index_key(books), phone)[-1:]
    found = books.secrets.table("windows").search(where("window").one_of(last))
    hits = sorted({str(d["client"]) for d in found})
    kept = [(client, books.get("clients", client)) for client in hits]
    same = [client for client, c in kept if c and _open(books, client, c["phone"]) == phone]
    return same[0] if same else ""


def _find(books: Books, query: FindClients) -> tuple[ClientId, ...]:
    digits = search_digits(query.digits, phone_plan(books))
    found: list[ClientId] = []
    for client in _candidates(books, digits):
        kept = books.get("clients", client)
        # The windows of a phone may all be there and not in a row.
        if kept and digits in _open(books, client, kept["phone"]):
            found.append(ClientId(client))
        if len(found) == FOUND_MAX:
            break
    return tuple(found)


def _candidates(books: Books, digits: str) -> list[str]:
    """Who has the rarest window of these digits: half the town has that of its operator."""
    made = seal.windows(_index_key(books), digits)
    hits = (books.secrets.latest("windows", "window", w, CANDIDATES_MAX) for w in made)
    return [str(hit["client"]) for hit in min(hits, key=len, default=[])]


def _pin_fits(books: Books, client: str, pin: str) -> bool:
    kept = books.secrets.get("pins", client) if client else None
    stored = str(kept["hash"]) if kept else seal.DUMMY_PIN_HASH
    fits = seal.pin_fits(pin, stored)
    return fits and kept is not None and kept["wrong"] < WRONG_PINS_MAX


def _open(books: Books, client: str, sealed: str) -> str:
    key = books.secrets.get("keys", client)
    if not sealed or not key:
        return ""
    return seal.decrypt(str(key["key"]), client, sealed)


def recovery_token(books: Books, client: ClientId) -> str:
    """Make the client's recovery token; it stands on paper only, its hash in secrets.

    A token made again puts the former one out of use.
    """
    token = seal.new_token(books.random)
    with books.secrets.transaction():
        document = {"id": client, "client": client, "hash": seal.token_hash(token)}
        books.secrets.put("tokens", client, document)
    return token


def _masked(books: Books, phone: str) -> str:
    return phone_plan(books).masked(phone) if phone else ""


def _get(books: Books, query: GetClient) -> Client | None:
    kept = books.get("clients", query.client)
    if not kept:
        return None
    return Client(
        id=query.client,
        name=_open(books, query.client, kept["name"]),
        language=kept["language"],
        phone_masked=_masked(books, _open(books, query.client, kept["phone"])),
        wallet=books.wallet(query.client),
        bonus=-books.ledger.balance(f"9060:{query.client}", BON),
        minutes_game=-books.ledger.balance(f"9020:{query.client}", MINUTES_GAME),
        minutes_net=-books.ledger.balance(f"9040:{query.client}", MINUTES_NET),
        since=kept["since"],
    )


def _movements(books: Books, query: Movements) -> tuple[Movement, ...]:
    account = f"2010:{query.client}"
    after = books.wallet(query.client)
    rows: list[Movement] = []
    for entry in entries_of(books.ledger.store, "client", query.client, MOVEMENTS_LOOK_MAX):
        minor = -sum(p.amount for p in entry.postings if p.account == account)
        if minor:
            rows.append(Movement(entry.at, entry.kind, books.money(minor), after))
            after = after - books.money(minor)
        if len(rows) == MOVEMENTS_MAX:
            break
    return tuple(rows)


HANDLERS: dict[type, Handler] = {RegisterCard: _register, EraseClient: _erase}
AFTERWARDS: dict[type, Afterwards] = {EraseClient: _forget}
ANSWERS: dict[type, Answer] = {GetClient: _get, FindClients: _find, Movements: _movements}
ALLOWED: dict[type, frozenset[str]] = {
    RegisterCard: frozenset({"guest", "staff"}),
    EraseClient: frozenset({"staff", "cli"}),
}
