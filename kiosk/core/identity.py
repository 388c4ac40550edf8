"""Who a client is, and how he shows it: PIN, phone, recovery code.

With card in hand the PIN proves; without it the phone and the PIN, or the recovery code of the
latest registration slip. Whether a phone is known here nobody learns from an answer, nor from the
time that it takes. The desk, which sees the person, needs neither.
Source: docs/ledger.md, "Personal data"; spec/screens.md G12.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from kiosk.core import client_index, pins
from kiosk.core.books import (
    REASON_CHARACTERS_MAX,
    Afterwards,
    Answer,
    Books,
    Handler,
    Query,
    added,
    legible,
    personal,
    remark,
)
from kiosk.core.cards import card
from kiosk.core.clients import (
    NAME_MAX,
    client_of_phone,
    client_of_token,
    opened,
    registered,
    rewrite,
    settle,
    suspect,
)
from kiosk.core.errors import Refused
from kiosk.core.ids import ClientId
from kiosk.core.ledger import Draft
from kiosk.core.phones import NotAPhone
from kiosk.core.settings import phone_plan
from kiosk.core.store import TableSpec

TABLES: tuple[TableSpec, ...] = ()

_NORMAL = re.compile(r"\+\d{8,15}")


@dataclass(frozen=True)
class Proof:
    """What somebody knows who says that he is a client: phone and PIN, or the recovery code.

    With a `card` of the client in hand its PIN does, and the recovery code must be of its client.
    """

    phone: str = personal()
    pin: str = personal()
    code: str = personal()
    card: str = added("")


@dataclass(frozen=True)
class WaysToProve(Query["Ways"]):
    """How the client of a card that is in hand can prove himself."""

    client: ClientId


@dataclass(frozen=True)
class Ways:
    """Whether a client has a PIN, a phone, and a slip with a recovery code."""

    pin: bool
    phone: bool
    code: bool


@dataclass(frozen=True)
class ChangePin:
    """A client with his card in hand takes another PIN; `old` is the one he has."""

    client: ClientId
    old: str = personal()
    new: str = personal()


@dataclass(frozen=True)
class RecoverPin:
    """Somebody with the recovery code gives its client a new PIN; what was counted is forgotten."""

    code: str = personal()
    new: str = personal()


@dataclass(frozen=True)
class ResetPin:
    """The desk, having checked who it is, lets a client type a new PIN.

    Ends what wrong PINs led to. `reason` says how the person was checked.
    """

    client: ClientId
    new: str = personal()
    reason: str = remark()


@dataclass(frozen=True)
class ChangePhone:
    """Add, change or, with an empty one, remove a client's phone (in normal form).

    A guest proves himself with the PIN or the recovery code. A phone that is another client's is
    not set, and he is not told: his number "is confirmed at the desk". Staff, who give a reason,
    are told whose it is.
    """

    client: ClientId
    phone: str = personal()
    pin: str = personal()
    code: str = personal()
    reason: str = remark()


@dataclass(frozen=True)
class ChangeName:
    """Give a client a name, another one or, with an empty one, none; `reason` says who asked.

    Whoever is called so already stands beside him in the list of possible duplicates.
    """

    client: ClientId
    name: str = personal()
    reason: str = remark()


def proved(books: Books, proof: Proof) -> ClientId:
    """The registered client who is meant by this, the same work being done for who is not there.

    Not to be called in a transaction of the secrets: a wrong PIN is counted.

    Raises:
        Refused: ``err.proof_wrong``, whatever is wrong: unknown phone, PIN, lock, code. Of a card
            in hand, whose holder is no secret, those of `pins.check`.
    """
    holder = card(books, proof.card).client if proof.card else ""
    if proof.code:
        client = client_of_token(books, proof.code)
        if holder and client != holder:
            client = ""
    elif holder:
        pins.check(books, holder, proof.pin, pins.CLIENTS)
        client = holder
    else:
        client = client_of_phone(books, proof.phone)
        try:
            pins.check(books, client, proof.pin, pins.CLIENTS)
        except Refused:
            client = ""
    return _still_here(books, client)


def _still_here(books: Books, client: str) -> ClientId:
    kept = books.get("clients", client) if client else None
    if kept is None or kept["state"] != "active":
        raise Refused("err.proof_wrong")
    return ClientId(client)


def _shown(books: Books, client: str, pin: str, code: str) -> None:
    """Let a guest go on who has the client's card in hand and knows his PIN or recovery code."""
    if code:
        if client_of_token(books, code) != client:
            raise Refused("err.proof_wrong")
    else:
        pins.check(books, client, pin, pins.CLIENTS)


def _with_reason(reason: str) -> None:
    if not legible(reason, REASON_CHARACTERS_MAX):
        raise Refused("err.reason_missing")


def _new_pin(books: Books, client: str, pin: str) -> None:
    """Keep a new PIN, before the entry that says so: who was told of none tries both."""
    digits = pins.CLIENTS.digits
    if not re.fullmatch(rf"[0-9]{{{digits}}}", pin):
        raise Refused("err.pin_form", digits=str(digits))
    if pins.easy(pin):
        raise Refused("err.pin_easy")
    pins.set_pin(books, client, pin)


def _change_pin(books: Books, command: ChangePin) -> Draft:
    kept = registered(books, command.client)
    pins.check(books, command.client, command.old, pins.CLIENTS)
    _new_pin(books, command.client, command.new)
    return _unchanged("pin_changed", kept)


def _recover_pin(books: Books, command: RecoverPin) -> Draft:
    client = _still_here(books, client_of_token(books, command.code))
    _new_pin(books, client, command.new)
    return _unchanged("pin_recovered", registered(books, client))


def _reset_pin(books: Books, command: ResetPin) -> Draft:
    kept = registered(books, command.client)
    _with_reason(command.reason)
    _new_pin(books, command.client, command.new)
    return _unchanged("pin_reset", kept, command.reason)


def _unchanged(kind: str, kept: dict[str, Any], reason: str = "") -> Draft:
    """An entry about a client of whom only the secrets change."""
    return Draft(kind, reason=reason, refs={"client": kept["id"]})


def _change_phone(books: Books, command: ChangePhone) -> Draft:
    kept = registered(books, command.client)
    guest = books.actor == "guest"
    if not guest:
        _with_reason(command.reason)
    phone = _normal(books, command.phone)
    if guest:
        _shown(books, command.client, command.pin, command.code)
    own = opened(books, kept, "phone")
    if phone == own:
        raise Refused("err.nothing_changed")
    other = client_of_phone(books, phone) if phone else ""
    if other and not guest:
        raise Refused("err.phone_taken", client=other)
    if other:
        with books.secrets.transaction():
            suspect(books, command.client, other, "phone")
    sealed = rewrite(
        books,
        command.client,
        phone=own if other else phone,
        name=opened(books, kept, "name"),
    )
    draft = Draft("phone_changed", reason=command.reason, refs={"client": command.client})
    draft.set("clients", kept | sealed)
    return draft


def _change_name(books: Books, command: ChangeName) -> Draft:
    kept = registered(books, command.client)
    _with_reason(command.reason)
    name = " ".join(command.name.split())
    if name and not legible(name, NAME_MAX):
        raise Refused("err.name_form", most=str(NAME_MAX))
    if name == opened(books, kept, "name"):
        raise Refused("err.nothing_changed")
    found = client_index.with_whole_name(books.secrets, name)
    namesakes = [one for one in found if one != command.client]
    if namesakes:
        with books.secrets.transaction():
            suspect(books, command.client, namesakes[0], "name")
    sealed = rewrite(books, command.client, phone=opened(books, kept, "phone"), name=name)
    draft = Draft("name_changed", reason=command.reason, refs={"client": command.client})
    draft.set("clients", kept | sealed)
    return draft


def _normal(books: Books, phone: str) -> str:
    if phone and not _NORMAL.fullmatch(phone):
        try:
            return phone_plan(books).normal(phone)
        except NotAPhone:
            raise Refused("err.phone_form") from None
    return phone


def _ways(books: Books, query: WaysToProve) -> Ways:
    kept = books.get("clients", query.client) or {}
    return Ways(
        pin=pins.has_pin(books, query.client),
        phone=bool(kept.get("phone")),
        code=books.secrets.get("tokens", query.client) is not None,
    )


def _settle(books: Books, command: ChangePhone | ChangeName) -> None:
    settle(books.ledger.store, books.secrets, [command.client])


HANDLERS: dict[type, Handler] = {
    ChangePin: _change_pin,
    RecoverPin: _recover_pin,
    ResetPin: _reset_pin,
    ChangePhone: _change_phone,
    ChangeName: _change_name,
}
AFTERWARDS: dict[type, Afterwards] = {ChangePhone: _settle, ChangeName: _settle}
ANSWERS: dict[type, Answer] = {WaysToProve: _ways}
ALLOWED: dict[type, frozenset[str]] = {
    ChangePin: frozenset({"guest"}),
    RecoverPin: frozenset({"guest"}),
    ResetPin: frozenset({"staff"}),
    ChangePhone: frozenset({"guest", "staff"}),
    ChangeName: frozenset({"staff"}),
}
