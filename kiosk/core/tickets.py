"""Slips that are worth money: what their QR code says, and whether this kiosk said it.

``FOYER:CLAIM:K1:000007:50000:RUB:20261123T101500Z:…``: what it is, the kiosk, the slip's number,
minor units, the currency, when it was issued (UTC), and the Ed25519 signature of all before it.
The seed of the signatures lies in the secrets, the public key in the ledger, so that everybody
can check a ticket and only the kiosk can make one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from kiosk.core import seal
from kiosk.core.books import Books
from kiosk.core.errors import Refused
from kiosk.core.ledger import Draft
from kiosk.core.money import Money
from kiosk.core.store import Store

TicketKind = Literal["claim_ticket", "check_slip"]

_WORDS: dict[TicketKind, str] = {"claim_ticket": "CLAIM", "check_slip": "CHECK"}
_KINDS = {word: kind for kind, word in _WORDS.items()}
_FORM = re.compile(
    r"FOYER:(CLAIM|CHECK):[A-Za-z0-9]{1,12}:([0-9]{6,12}):([0-9]{1,15}):[A-Z]{3}:[0-9]{8}T[0-9]{6}Z"
)
_LOOK_ALIKES = str.maketrans("018", "OIB")


@dataclass(frozen=True)
class Ticket:
    """A slip as its QR code tells it; `said` is all of it but the signature."""

    kind: TicketKind
    number: int
    value: Money
    said: str


def publish(books: Books, draft: Draft) -> None:
    """Have a signing key, with its public half on the books: this entry carries it there.

    A seed that was lost is made anew; what was signed with it stays good, its public key is kept.
    """
    seed = books.secrets.get("keys", "signing")
    if seed is None:
        seed = {"id": "signing", "key": seal.new_key(books.random)}
        with books.secrets.transaction():
            books.secrets.put("keys", "signing", seed)
    public, known = seal.public_key(str(seed["key"])), public_keys(books)
    drafted = any((change.table, change.id) == ("settings", "keys") for change in draft.changes)
    if public not in known and not drafted:
        kept = (books.get("settings", "keys") or {"signing": []})["signing"]
        made = [*kept, {"public": public, "since": books.at}]
        draft.set("settings", {"id": "keys", "signing": made})


def public_keys(books: Books) -> list[str]:
    """Every key with which this kiosk ever signed, oldest first."""
    return keys_of(books.ledger.store)


def keys_of(store: Store) -> list[str]:
    """The same of a store that is only read."""
    kept = store.get("settings", "keys") or {"signing": []}
    return [str(key["public"]) for key in kept["signing"]]


def said(books: Books, slip: Mapping[str, Any]) -> str:
    """The part of a slip's QR code that is signed; `slip` is its document."""
    facts = slip["facts"]
    moment = datetime.fromisoformat(facts["at"]).strftime("%Y%m%dT%H%M%SZ")
    number, minor = f"{facts['number']:06}", facts["amount"]
    return f"FOYER:{_WORDS[slip['kind']]}:{books.kiosk}:{number}:{minor}:{books.unit}:{moment}"


def text(books: Books, slip: Mapping[str, Any]) -> str:
    """What the QR code of a slip says: `said` and its signature."""
    seed = books.secrets.get("keys", "signing")
    assert seed, "the key is made with the first start"
    told = said(books, slip)
    return f"{told}:{seal.sign(str(seed['key']), told)}"


def signs_now(books: Books, slip: Mapping[str, Any]) -> bool:
    """Whether a slip was issued under the seed of today: only then can its code be made again."""
    seed = books.secrets.get("keys", "signing")
    if seed is None:
        return False
    kept = (books.get("settings", "keys") or {"signing": []})["signing"]
    public = seal.public_key(str(seed["key"]))
    return any(k["public"] == public and k["since"] <= slip["facts"]["at"] for k in kept)


def code(ticket: str) -> str:
    """What a person types instead of a QR code: its number, and 40 bits that only it has."""
    short = seal.fingerprint(ticket)
    return f"{ticket.split(':')[3]}-{short[:4]}-{short[4:8]}"


def typed(told: str) -> tuple[str, str]:
    """A typed code as number and the whole of it in the form of `code`.

    Capitals, dashes and look-alikes are forgiven; its letters have no 0, 1 and 8.
    """
    plain = "".join(c for c in told.upper() if c.isascii() and c.isalnum())
    number, short = plain[:-8], plain[-8:].translate(_LOOK_ALIKES)
    return number.lstrip("0"), f"{number:0>6}-{short[:4]}-{short[4:]}"


def read(books: Books, told: str) -> Ticket:
    """A ticket from the text of its QR code.

    Raises:
        Refused: ``err.ticket_false``: it has another form, or this kiosk never signed it.
    """
    said, _, signature = told.rpartition(":")
    form = _FORM.fullmatch(said)
    if form is None or not any(seal.signed_by(k, said, signature) for k in public_keys(books)):
        raise Refused("err.ticket_false")
    word, number, minor = form.groups()
    return Ticket(_KINDS[word], int(number), books.money(int(minor)), said)
