"""Clients: who holds cards, and what they hold: wallets, name, phone.

Names and phones stand in the ledger only encrypted under a key of the client's own in `secrets`,
which is written first: an orphan key harms nobody. A hash or an index of them is never in an
entry. The store of secrets has the tables `SECRET_TABLES`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from tinydb import where

from kiosk.core import client_index, pins, seal, trust
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
from kiosk.core.errors import LedgerCorrupt, Refused
from kiosk.core.ids import CardId, ClientId
from kiosk.core.ledger import BON, MINUTES_GAME, MINUTES_NET, Draft, entries_of
from kiosk.core.money import Money
from kiosk.core.recognition import Recognised
from kiosk.core.settings import phone_plan
from kiosk.core.store import Store, TableSpec

TABLES = (TableSpec("clients", ("into", "state")),)
SECRET_TABLES = (
    TableSpec("keys"),
    TableSpec("pins"),
    TableSpec("windows", ("window", "client")),
    TableSpec("tokens", ("client", "hash")),
    TableSpec("rewriting"),
    TableSpec("suspects", ("client", "other")),
)
"""Keys and PIN hashes by client, parts of phones and names, hashes of recovery tokens, whose parts
are being written anew, who may be the same person as whom."""

MOVEMENTS_MAX = 10
MOVEMENTS_LOOK_MAX = 100
"""So many entries back they are looked for: most entries of a client move no money."""
NAME_MAX = 40
_PORTION = 500


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
    """What the kiosk shows of a client. `bonus` in points, minutes whole, `name` may be empty.

    `state` is ``active``, ``walk_in``, ``merged`` (then `into` is who has all that was his) or
    ``erased``; `group` the id of a group of clients, or empty.
    """

    id: ClientId
    name: str = field(repr=False)
    language: str
    phone_masked: str
    wallet: Money
    bonus: int
    minutes_game: int
    minutes_net: int
    since: str
    state: str = "active"
    group: str = ""
    into: str = ""


@dataclass(frozen=True)
class GetClient(Query["Client | None"]):
    """A client with all wallets."""

    client: ClientId


@dataclass(frozen=True)
class Movements(Query["tuple[Movement, ...]"]):
    """The latest movements of a client's game wallet, newest first.

    With `top_ups` the notes that were put in one after the other, before their receipt, are one
    movement, as the guest made them; without, each is one, as the books have them.
    """

    client: ClientId
    top_ups: bool = False


def _register(books: Books, command: RegisterCard) -> Draft:
    key = card_key(command.read.object, command.read.number)
    kind = books.get("card_types", command.type) or {}
    if command.read.scope != "interface" or not (kind.get("personal") and kind["in_use"]):
        # One of the desk's, or of the staff, would be somebody's own from now on.
        raise Refused("err.not_ours")
    if on_file(books, key):
        raise Refused("err.already_registered")
    trust.must_be_its_own(books, command.read)
    known = client_of_phone(books, command.phone) if command.phone else ""
    # The same work whether the phone is known or not: the time taken must not tell.
    joins = bool(command.phone and command.pin) and _pin_fits(books, known, command.pin)
    client = ClientId(books.new_id("p"))
    pin = pins.document(client, command.pin, books.random) if command.pin else None
    if joins:
        client = ClientId(known)
    card = CardId(books.new_id("c"))
    draft = Draft("card_registered", refs={"card": card, "client": client})
    if not joins:
        draft.set("clients", _new_client(books, command, client, pin, known))
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
    books: Books, command: RegisterCard, client: ClientId, pin: dict[str, Any] | None, known: str
) -> dict[str, Any]:
    """`known` is who has this phone already, and gave no right PIN here; or empty."""
    name = " ".join(command.name.split())[:NAME_MAX]
    phone = "" if known else command.phone
    namesakes = client_index.with_whole_name(books.secrets, name)
    with books.secrets.transaction():
        key = _begin_secrets(books, client, pin)
        client_index.put(books.secrets, client, client_index.parts(books.secrets, phone, name))
        suspect(books, client, known, "phone")
        suspect(books, client, namesakes[0] if namesakes else "", "name")
    return _document(
        books,
        client,
        "active",
        command.language,
        command.terms,
        name=seal.encrypt(key, client, name, books.random) if name else "",
        phone=seal.encrypt(key, client, phone, books.random) if phone else "",
    )


def suspect(books: Books, client: str, other: str, why: str) -> None:
    """Keep for staff that a new client may be one they have; in an open transaction of secrets."""
    if other:
        name = f"{client}:{other}"
        document = {"id": name, "client": client, "other": other, "why": why, "at": books.at}
        books.secrets.put("suspects", name, document)


def anonymous(books: Books, draft: Draft, language: str) -> ClientId:
    """A client for a card that is nobody's own: made by the entry that puts the card on file.

    Nobody knows who holds such a card, so there is nothing to seal and nothing to find it by; the
    client keeps the figures of its visits apart from those of others.
    """
    client = ClientId(books.new_id("p"))
    with books.secrets.transaction():
        _begin_secrets(books, client, None)
    draft.set("clients", _document(books, client, "walk_in", language))
    return client


def _begin_secrets(books: Books, client: str, pin: dict[str, Any] | None) -> str:
    """The key of a new client, in a transaction of the secrets that is open.

    After a power cut before its entry a client's secrets are there without it, and its id may be
    given again: whatever of them the next one does not set itself must not be his.
    """
    key = seal.new_key(books.random)
    _drop(books.secrets, client)
    books.secrets.put("keys", client, {"id": client, "key": key})
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
    draft = erased(books, command.client, command.reason)
    if not legible(command.reason, REASON_CHARACTERS_MAX):
        raise Refused("err.reason_missing")
    return draft


def erased(books: Books, client: ClientId, reason: str = "") -> Draft:
    """The entry by which a client is forgotten; `forget_client` comes after it.

    Raises:
        Refused: ``err.no_such_client``, ``err.client_erased``, ``err.client_merged``.
    """
    kept = books.get("clients", client)
    if kept is None:
        raise Refused("err.no_such_client", client=client)
    if kept["state"] == "erased":
        raise Refused("err.client_erased", client=client)
    if kept["state"] == "merged":
        raise Refused("err.client_merged", client=client, into=kept["into"])
    draft = Draft("client_erased", reason=reason, refs={"client": client})
    for one in (kept, *merged_into(books, client)):
        draft.set("clients", one | {"state": "erased", "name": "", "phone": ""})
    if books.get("statistics", client):
        draft.remove("statistics", client)
    return draft


def merged_into(books: Books, client: str) -> list[dict[str, Any]]:
    """The documents of those who were found to be this client."""
    return books.search("clients", where("into") == client)


def _forget(books: Books, command: EraseClient) -> None:
    forget_client(books, command.client)


def forget_client(books: Books, client: ClientId) -> None:
    """What follows the entry of `erased`: his keys go, and those of who was merged into him."""
    merged = [str(one["id"]) for one in merged_into(books, client)]
    forget(books.secrets, [client, *merged])


def forget_erased(store: Store, secrets: Store) -> None:
    """Carry out the erasures on the books: after a power cut, and on restored secrets."""
    erased = store.table("clients").search(where("state") == "erased")
    forget(secrets, [str(c["id"]) for c in erased if secrets.get("keys", str(c["id"]))])


def forget(secrets: Store, erased: Sequence[str]) -> None:
    """Destroy the keys of these clients, and all else that the secrets hold of them."""
    if erased:
        with secrets.transaction():
            for client in erased:
                _drop(secrets, client)
                secrets.put("keys", client, {"id": client, "key": ""})
        # Where rows once moved to another page, a copy can be left between the rows of this one.
        secrets.rebuild()
        # Last: as long as the row is there, the next start does all of this again.
        with secrets.transaction():
            for client in erased:
                secrets.put("keys", client, None)
    # The log holds the pages as they were; also that of a former start, which a reader kept.
    secrets.empty_log()


def _drop(secrets: Store, client: str) -> None:
    """Remove what the secrets hold of a client, but for the key; in an open transaction."""
    client_index.put_only(secrets, client)
    for table in ("pins", "tokens", "rewriting"):
        secrets.put(table, client, None)
    _clear(secrets, client)


def _clear(secrets: Store, client: str) -> None:
    """Forget who this client may also be; in an open transaction."""
    for side in ("client", "other"):
        for pair in secrets.table("suspects").search(where(side) == client):
            secrets.put("suspects", str(pair["id"]), None)


def rewrite(
    books: Books, client: str, *, phone: str, name: str, with_: Sequence[str] = ()
) -> dict[str, str]:
    """Seal a client's phone and name, and let them be found: before the entry that sets them.

    Until `settle`, for him and those who change `with_` him, the former ones are found, too; which
    are his the books know.

    Returns:
        ``phone`` and ``name`` for his document; empty ones are not sealed.
    """
    key = str((books.secrets.get("keys", client) or {})["key"])
    with books.secrets.transaction():
        for one in (client, *with_):
            books.secrets.put("rewriting", one, {"id": one})
        client_index.put(books.secrets, client, client_index.parts(books.secrets, phone, name))
    return {
        part: seal.encrypt(key, client, text, books.random) if text else ""
        for part, text in (("phone", phone), ("name", name))
    }


def settle(store: Store, secrets: Store, clients: Sequence[str]) -> None:
    """Make what the secrets hold of these clients what the books say; twice, it is as once."""
    with secrets.transaction():
        for client in clients:
            settle_one(store, secrets, client)


def settle_one(store: Store, secrets: Store, client: str) -> None:
    """The same for one client, in an open transaction."""
    kept = store.get("clients", client) or {"id": client, "state": ""}
    client_index.put_only(secrets, client, _parts(secrets, kept))
    if kept["state"] == "merged":
        _hand_over(secrets, client, kept["into"])
    secrets.put("rewriting", client, None)


def _parts(secrets: Store, kept: Mapping[str, Any]) -> set[str]:
    if kept["state"] != "active":
        return set()
    try:
        phone, name = (_open(secrets, kept, part) for part in ("phone", "name"))
    except LedgerCorrupt:
        # Not with the key that is here, of another copy: `audit` tells. Nothing finds him so.
        return set()
    return client_index.parts(secrets, phone, name)


def _hand_over(secrets: Store, client: str, into: str) -> None:
    pin = secrets.get("pins", client)
    if pin and not secrets.get("pins", into):
        secrets.put("pins", into, pin | {"id": into})
    secrets.put("pins", client, None)
    _clear(secrets, client)


def settle_all(store: Store, secrets: Store) -> None:
    """Settle who was being rewritten when the power went."""
    begun = [str(row["id"]) for row in secrets.table("rewriting")]
    if begun:
        settle(store, secrets, begun)


def index_all(store: Store, secrets: Store) -> None:
    """Make anew by what all clients are found: for secrets and books of different moments."""
    portion: list[str] = []
    for kept in store.table("clients"):
        portion.append(str(kept["id"]))
        if len(portion) == _PORTION:
            settle(store, secrets, portion)
            portion = []
    settle(store, secrets, portion)


def registered(books: Books, client: str) -> dict[str, Any]:
    """The document of a registered client.

    Raises:
        Refused: ``err.no_such_client``, ``err.walk_in``, ``err.client_erased``,
            ``err.client_merged``.
    """
    kept = books.get("clients", client)
    if kept is None:
        raise Refused("err.no_such_client", client=client)
    match kept["state"]:
        case "walk_in":
            raise Refused("err.walk_in", client=client)
        case "erased":
            raise Refused("err.client_erased", client=client)
        case "merged":
            raise Refused("err.client_merged", client=client, into=kept["into"])
    return kept


def with_balances(books: Books, client: str) -> None:
    """Let only a client go on who has balances: an erased one has, until they are paid out.

    Raises:
        Refused: those of `registered`.
    """
    kept = books.get("clients", client) or {}
    if kept.get("state") != "erased":
        registered(books, client)


def today(books: Books, client: str) -> str:
    """Who has today what was this client's: the one into whom he was merged, else himself."""
    kept = books.get("clients", client) or {}
    return str(kept["into"]) if kept.get("state") == "merged" else client


def client_of_phone(books: Books, phone: str) -> str:
    """The client with this phone (normal form), or nothing.

    All who are found by its end are looked at, so that the time taken does not tell whether one
    was the right one.
    """
    hits = client_index.with_last_digits(books.secrets, phone)
    kept = [c for c in (books.get("clients", client) for client in hits) if c]
    same = [str(c["id"]) for c in kept if opened(books, c, "phone") == phone]
    # Of a merged one nothing is indexed but between the entry and what follows it.
    return today(books, same[0]) if same else ""


def client_of_token(books: Books, token: str) -> str:
    """The client whose latest registration slip has this recovery token, or nothing."""
    told = seal.token_hash("".join(token.split()).upper())
    found = books.secrets.table("tokens").search(where("hash") == told)
    return today(books, str(found[0]["id"])) if found else ""


def _pin_fits(books: Books, client: str, pin: str) -> bool:
    try:
        pins.check(books, client, pin, pins.CLIENTS)
    except Refused:
        return False
    return True


def opened(books: Books, kept: Mapping[str, Any], part: Literal["name", "phone"]) -> str:
    """A client's name or phone in clear; empty where there is none, or nothing opens it."""
    return _open(books.secrets, kept, part)


def _open(secrets: Store, kept: Mapping[str, Any], part: str) -> str:
    key = secrets.get("keys", kept["id"])
    if not kept[part] or not key:
        return ""
    return seal.decrypt(str(key["key"]), kept["id"], kept[part])


def recovery_token(books: Books, client: ClientId) -> str:
    """Make the client's recovery token; it stands on paper only, its hash in secrets.

    A token made again puts the former one out of use.
    """
    token = seal.new_token(books.random)
    with books.secrets.transaction():
        document = {"id": client, "client": client, "hash": seal.token_hash(token)}
        books.secrets.put("tokens", client, document)
    return token


def masked_phone(books: Books, kept: Mapping[str, Any]) -> str:
    """A client's phone as people may see it; empty where there is none."""
    phone = opened(books, kept, "phone")
    return phone_plan(books).masked(phone) if phone else ""


def _get(books: Books, query: GetClient) -> Client | None:
    kept = books.get("clients", query.client)
    if not kept:
        return None
    return Client(
        id=query.client,
        name=opened(books, kept, "name"),
        language=kept["language"],
        phone_masked=masked_phone(books, kept),
        wallet=books.wallet(query.client),
        bonus=-books.ledger.balance(f"9060:{query.client}", BON),
        minutes_game=-books.ledger.balance(f"9020:{query.client}", MINUTES_GAME),
        minutes_net=-books.ledger.balance(f"9040:{query.client}", MINUTES_NET),
        since=kept["since"],
        state=kept["state"],
        group=kept["group"],
        into=kept.get("into", ""),
    )


CASH_IN = ("coin_credited", "note_settled")
"""Kinds of entries of which many are one top-up."""


def _movements(books: Books, query: Movements) -> tuple[Movement, ...]:
    account = f"2010:{query.client}"
    after = books.wallet(query.client)
    rows: list[Movement] = []
    going = False
    for entry in entries_of(books.ledger.store, "client", query.client, MOVEMENTS_LOOK_MAX):
        moved = books.money(-sum(p.amount for p in entry.postings if p.account == account))
        if not moved:
            going = going and entry.kind == "note_held"
            continue
        if going and query.top_ups and entry.kind in CASH_IN:
            # Newest first: what the guest put in before stands in the row of what came after.
            rows[-1] = replace(rows[-1], amount=rows[-1].amount + moved)
        elif len(rows) == MOVEMENTS_MAX:
            break
        else:
            rows.append(Movement(entry.at, entry.kind, moved, after))
        going = entry.kind in CASH_IN
        after = after - moved
    return tuple(rows)


HANDLERS: dict[type, Handler] = {RegisterCard: _register, EraseClient: _erase}
AFTERWARDS: dict[type, Afterwards] = {EraseClient: _forget}
ANSWERS: dict[type, Answer] = {GetClient: _get, Movements: _movements}
ALLOWED: dict[type, frozenset[str]] = {
    RegisterCard: frozenset({"guest", "staff"}),
    EraseClient: frozenset({"staff", "cli"}),
}
