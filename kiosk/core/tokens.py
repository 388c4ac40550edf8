"""Tokens: by which a till proves at the HTTP door that it is one, and what it may do there.

A token is shown once, when it is made; its hash stands in `secrets`, and nothing of it in an entry.
A till that is no more in the venue's file has none that is good.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from tinydb import where

from kiosk.core import pins, seal
from kiosk.core.books import Answer, Books, Handler, Query, personal
from kiosk.core.errors import Refused
from kiosk.core.ledger import Draft
from kiosk.core.readings import recognised
from kiosk.core.seal import Random
from kiosk.core.staff import owner_of, policy, works_here
from kiosk.core.store import TableSpec

TABLES = (TableSpec("tokens", ("till", "state")),)

Scope = Literal["read", "serve", "sell", "people", "events", "reports", "monitor"]
"""What a token is good for: to ask; visits, orders and deposits; packages and sessions; people who
sign in there, and what they may; to be told what changed; reports; to see how the kiosk is."""
SCOPES: tuple[Scope, ...] = get_args(Scope)

_BEGINS = "foyer-till-"
_BYTES = 32
_FORM = re.compile(f"{_BEGINS}[a-z2-7]{{52}}")
_ID = re.compile("[a-z0-9]{1,32}")
TOKENS_MAX = 200
"""Of tokens that are good at one time, at a venue with some ten tills."""


@dataclass(frozen=True)
class IssueToken:
    """Give a till of the venue a token (of `new_token`) that is good for these scopes."""

    token_id: str
    till: str
    scopes: tuple[str, ...]
    token: str = personal()


@dataclass(frozen=True)
class RevokeToken:
    """A token is good for nothing any more."""

    token_id: str


@dataclass(frozen=True)
class SignInAtTill:
    """A person says at a till who he is: by number, or by an employee's card, and the PIN.

    `signal` and `read` are what the till's reader read, see `ReadCard`. A key of its own each time:
    a repeat would not look at the PIN.
    """

    staff: str = ""
    signal: str = ""
    read: str = personal()
    pin: str = personal()


@dataclass(frozen=True)
class TillToken:
    """A token as the books have it; `state`: ``removed`` where its till is not in use any more."""

    id: str
    till: str
    scopes: tuple[Scope, ...]
    state: Literal["active", "revoked", "removed"]
    since: str


@dataclass(frozen=True)
class ListTokens(Query["tuple[TillToken, ...]"]):
    """All tokens, the oldest first, with those that are good for nothing any more."""


@dataclass(frozen=True)
class ListTills(Query["tuple[tuple[str, str], ...]"]):
    """The tills of the venue: id and name."""


@dataclass(frozen=True)
class FindToken(Query["TillToken | None"]):
    """The token of this text, if it is good."""

    token: str = personal()


def new_token(random: Random) -> str:
    """A token: 256 bits, as small letters and digits."""
    return _BEGINS + base64.b32encode(random(_BYTES)).decode().rstrip("=").lower()


def well_formed(token: str) -> bool:
    """Whether a text could be a token at all."""
    return _FORM.fullmatch(token) is not None


def _secret(token_id: str) -> str:
    return f"till:{token_id}"


def _issue(books: Books, command: IssueToken) -> Draft:
    if not _ID.fullmatch(command.token_id) or books.get("tokens", command.token_id):
        raise Refused("err.token_form")
    if books.get("tills", command.till) is None:
        raise Refused("err.no_such_till", till=command.till)
    scopes = tuple(scope for scope in SCOPES if scope in command.scopes)
    if not scopes or len(scopes) != len(command.scopes):
        raise Refused("err.no_such_scope", known=", ".join(SCOPES))
    if not well_formed(command.token):
        raise Refused("err.token_form")
    if len(books.search("tokens", where("state") == "active")) >= TOKENS_MAX:
        raise Refused("err.tokens_many", max=str(TOKENS_MAX))
    made = {
        "id": command.token_id,
        "till": command.till,
        "scopes": list(scopes),
        "state": "active",
        "since": books.at,
    }
    name = _secret(command.token_id)
    with books.secrets.transaction():
        hashed = seal.token_hash(command.token)
        books.secrets.put("tokens", name, {"id": name, "client": name, "hash": hashed})
    draft = Draft("token_issued", refs={"token": command.token_id, "till": command.till})
    draft.set("tokens", made)
    return draft


def _revoke(books: Books, command: RevokeToken) -> Draft:
    kept = books.get("tokens", command.token_id)
    if kept is None or kept["state"] != "active":
        raise Refused("err.no_such_token", token=command.token_id)
    draft = Draft("token_revoked", refs={"token": kept["id"], "till": kept["till"]})
    draft.set("tokens", kept | {"state": "revoked"})
    return draft


def _sign_in(books: Books, command: SignInAtTill) -> Draft:
    number = command.staff
    if command.read:
        number = _employee(books, command.signal, command.read)
    if not works_here(books, number):
        raise Refused("err.sign_in")
    pins.check(books, owner_of(number), command.pin, policy(books))
    till = books.actor.removeprefix("till:")
    return Draft("staff_signed_in_at_till", refs={"staff": number, "till": till})


def _employee(books: Books, signal: str, text: str) -> str:
    """The number of the person whose card was read, or nothing."""
    read = recognised(books, signal, text)
    if read.scope != "employee":
        raise Refused("err.sign_in")
    found = books.search("staff", where("card") == read.number)
    return next((str(d["id"]) for d in found if works_here(books, d["id"])), "")


def _told(books: Books, kept: Mapping[str, Any]) -> TillToken:
    scopes = tuple(scope for scope in SCOPES if scope in kept["scopes"])
    state: Literal["active", "revoked", "removed"] = kept["state"]
    if state == "active" and books.get("tills", kept["till"]) is None:
        state = "removed"
    return TillToken(kept["id"], kept["till"], scopes, state, kept["since"])


def _list(books: Books, query: ListTokens) -> tuple[TillToken, ...]:
    del query
    kept = sorted(books.ledger.store.table("tokens"), key=lambda d: (d["since"], d["id"]))
    return tuple(_told(books, dict(d)) for d in kept)


def _tills(books: Books, query: ListTills) -> tuple[tuple[str, str], ...]:
    del query
    return tuple((str(d["id"]), str(d["name"])) for d in books.ledger.store.table("tills"))


def _find(books: Books, query: FindToken) -> TillToken | None:
    hashed = seal.token_hash(query.token)
    found = books.secrets.table("tokens").search(where("hash") == hashed)
    for secret in found:
        name = str(secret["id"]).removeprefix(_secret(""))
        kept = books.get("tokens", name) if secret["id"] == _secret(name) else None
        if kept is None or not hmac.compare_digest(str(secret["hash"]), hashed):
            continue
        token = _told(books, kept)
        return token if token.state == "active" else None
    return None


HANDLERS: dict[type, Handler] = {
    IssueToken: _issue,
    RevokeToken: _revoke,
    SignInAtTill: _sign_in,
}
ANSWERS: dict[type, Answer] = {ListTills: _tills, ListTokens: _list, FindToken: _find}
ALLOWED: dict[type, frozenset[str]] = {
    IssueToken: frozenset({"staff", "cli"}),
    RevokeToken: frozenset({"staff", "cli"}),
    SignInAtTill: frozenset({"till"}),
}
