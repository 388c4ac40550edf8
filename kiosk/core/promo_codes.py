"""Promo codes: something that one client may call for, once (C15, C38).

A code is made of its document's id under a key of the secrets, so it can be told again and stands
nowhere: whoever reads the books cannot redeem. With new secrets former codes are void; staff see
what is still out, and issue it anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hmac import compare_digest
from typing import Any, Literal
from zoneinfo import ZoneInfo

from tinydb import where

from kiosk.core import bonus, client_index, minutes, packages, permissions, seal
from kiosk.core.books import (
    REASON_CHARACTERS_MAX,
    Answer,
    Books,
    Handler,
    Query,
    legible,
    personal,
    remark,
)
from kiosk.core.cards import usable
from kiosk.core.clients import registered
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, ClientId
from kiosk.core.ledger import Draft
from kiosk.core.store import TableSpec

TABLES = (TableSpec("promo_codes", ("client",)),)

Gives = Literal["bonus", "game", "internet"]
GIVES: tuple[Gives, ...] = ("bonus", "game", "internet")
AMOUNT_MAX = 10_000
"""Points or minutes of one code: a slip of the finger is more."""
CODE_LETTERS = 12
"""Of a code: 60 bits, so nobody guesses one and tries need not be counted."""
_ALIKE = str.maketrans("018", "OIB")


@dataclass(frozen=True)
class IssuePromoCode:
    """Give a client a code: for bonus points, or minutes of a kind.

    `until` is the last day on which it is good (ISO date, of the venue), or empty for no end.
    """

    client: ClientId
    gives: Gives
    amount: int
    until: str = ""
    reason: str = remark()


@dataclass(frozen=True)
class RedeemPromoCode:
    """Give the client of this card what a code is for; small letters and dashes do not matter."""

    card: CardId
    code: str = personal()


@dataclass(frozen=True)
class PromoCode:
    """A code of a client: `code` as he types it, empty once it is redeemed."""

    id: str
    code: str = field(repr=False)
    gives: Gives
    amount: int
    until: str
    state: Literal["issued", "redeemed"]
    issued_at: str


@dataclass(frozen=True)
class PromoCodes(Query["tuple[PromoCode, ...]"]):
    """All codes that a client was given, the first one first."""

    client: ClientId


def _issue(books: Books, command: IssuePromoCode) -> Draft:
    registered(books, command.client)
    if not legible(command.reason, REASON_CHARACTERS_MAX):
        raise Refused("err.reason_missing")
    amount, most = command.amount, _most(books, command.gives)
    whole = isinstance(amount, int) and not isinstance(amount, bool)
    if command.gives not in GIVES or not whole or not 0 < amount <= most:
        raise Refused("err.promo_amount", max=str(most))
    if command.until and not _still_good(books, _day(command.until)):
        raise Refused("err.promo_until")
    promo = books.new_id("g")
    refs = {"client": command.client, "promo": promo}
    draft = Draft("promo_code_issued", reason=command.reason, refs=refs)
    draft.set(
        "promo_codes",
        {
            "id": promo,
            "client": command.client,
            "gives": command.gives,
            "amount": amount,
            "until": command.until,
            "state": "issued",
            "issued_at": books.at,
            "redeemed_at": "",
        },
    )
    return draft


def _most(books: Books, gives: str) -> int:
    """How much a code may give: no more than the same person may add by himself."""
    settings = books.settings()
    person = books.get("staff", books.actor.partition(":")[2]) or {}
    one_max, _ = settings["changes"].get(person.get("role"), (None, None))
    both_from = settings["second_signature_from"]
    alone = None if both_from is None else both_from - 1
    # So many are worth so much, in minor units.
    many, worth = (
        (1, bonus.worth(books, 1)) if gives == "bonus" else (60, packages.hour_worth(books))
    )
    limits: list[int] = [
        limit * many // worth for limit in (one_max, alone) if limit is not None and worth
    ]
    return min([AMOUNT_MAX, *limits])


def _day(told: str) -> date:
    try:
        return date.fromisoformat(told)
    except ValueError:
        raise Refused("err.promo_until") from None


def _still_good(books: Books, last: date) -> bool:
    zone = ZoneInfo(books.settings()["time_zone"])
    return books.now.wall.astimezone(zone).date() <= last


def _redeem(books: Books, command: RedeemPromoCode) -> Draft:
    card = usable(books, command.card)
    client = card.client
    registered(books, client)
    typed = re.sub(r"[^A-Z0-9]", "", command.code.upper()).translate(_ALIKE)
    fitting = [p for p in _of(books, client) if compare_digest(_code(books, p), typed)]
    if not fitting:
        raise Refused("err.promo_unknown")
    promo = fitting[0]
    if promo["state"] != "issued":
        raise Refused("err.promo_redeemed")
    if promo["until"] and not _still_good(books, date.fromisoformat(promo["until"])):
        raise Refused("err.promo_over", date=promo["until"])
    refs = {"client": client, "card": card.id, "promo": promo["id"]}
    draft = Draft("promo_code_redeemed", refs=refs)
    if promo["gives"] == "bonus":
        bonus.grant(books, draft, client, promo["amount"])
    else:
        # Given, not sold: they count as adjusted (M30).
        minutes.give(draft, client, promo["gives"], promo["amount"], "adjusted")
    draft.set("promo_codes", promo | {"state": "redeemed", "redeemed_at": books.at})
    return draft


def _of(books: Books, client: str) -> list[dict[str, Any]]:
    return books.search("promo_codes", where("client") == client)


def _code(books: Books, promo: Mapping[str, Any]) -> str:
    key = client_index.index_key(books.secrets)
    return seal.fingerprint(seal.keyed(key, f"promo:{promo['id']}"))[:CODE_LETTERS]


def _list(books: Books, query: PromoCodes) -> tuple[PromoCode, ...]:
    permissions.need(books, "identity")
    return tuple(
        PromoCode(
            id=promo["id"],
            code=written(_code(books, promo)) if promo["state"] == "issued" else "",
            gives=promo["gives"],
            amount=promo["amount"],
            until=promo["until"],
            state=promo["state"],
            issued_at=promo["issued_at"],
        )
        for promo in _of(books, query.client)
    )


def written(code: str) -> str:
    """A code, or its beginning, as people read it: in groups of four."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


HANDLERS: dict[type, Handler] = {IssuePromoCode: _issue, RedeemPromoCode: _redeem}
ANSWERS: dict[type, Answer] = {PromoCodes: _list}
ALLOWED: dict[type, frozenset[str]] = {
    IssuePromoCode: frozenset({"staff", "cli"}),
    RedeemPromoCode: frozenset({"guest", "staff"}),
}
