"""One person registered twice: who may be, and how two clients become one (C32).

Who may be the same is noticed when somebody registers or gives a phone: the phone is another's, or
the whole name is. It stands in the secrets, for staff alone; nobody walks over all clients. Staff
look at both, and merge them or keep them apart. A merge is not undone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tinydb import where

from kiosk.core import bonus, minutes, permissions, statistics
from kiosk.core.books import (
    REASON_CHARACTERS_MAX,
    Afterwards,
    Answer,
    Books,
    Handler,
    Query,
    legible,
    remark,
)
from kiosk.core.cards import cards_of
from kiosk.core.cash import UNDECIDED
from kiosk.core.client_list import ClientRow, row
from kiosk.core.clients import merged_into, opened, registered, rewrite, settle
from kiosk.core.errors import Refused
from kiosk.core.ids import ClientId
from kiosk.core.ledger import BON, Draft
from kiosk.core.store import TableSpec
from kiosk.core.visits import open_visit

TABLES: tuple[TableSpec, ...] = ()
PAIRS_MAX = 50


@dataclass(frozen=True)
class MergeClients:
    """All that `gone` has is `keep`'s from now on: money, points, minutes, cards, visits, figures.

    Phone, PIN, name and group of `keep` stay; where there is none, that of `gone` is taken. Both
    are registered clients. Done again, it moves what has come to `gone` since (a visit that was
    voided).
    """

    keep: ClientId
    gone: ClientId
    reason: str = remark()


@dataclass(frozen=True)
class KeepApart:
    """Two who may have been one are two."""

    client: ClientId
    other: ClientId
    reason: str = remark()


@dataclass(frozen=True)
class Pair:
    """Two clients who may be one, and why: the newer one gave the phone, or the name, of `other`.

    `at` is the moment of that (ISO 8601, UTC).
    """

    client: ClientRow
    other: ClientRow
    why: Literal["phone", "name"]
    at: str


@dataclass(frozen=True)
class Duplicates(Query["tuple[Pair, ...]"]):
    """The pairs that nobody has decided yet, the newest first; `PAIRS_MAX` at most."""


def _merge(books: Books, command: MergeClients) -> Draft:
    _with_reason(command.reason)
    if command.keep == command.gone:
        raise Refused("err.merge_same")
    keep = registered(books, command.keep)
    gone = books.get("clients", command.gone) or {}
    if gone.get("state") == "merged" and gone["into"] == command.keep:
        return _moved_since(books, command)
    gone = registered(books, command.gone)
    _must_be_at_rest(books, command.gone)
    refs = {"client": command.keep, "also": command.gone}
    draft = Draft("clients_merged", reason=command.reason, refs=refs)
    _balances(books, draft, command.gone, command.keep)
    _documents(books, draft, command.gone, command.keep)
    taken = {part: opened(books, keep, part) or opened(books, gone, part) for part in _PARTS}
    sealed = rewrite(
        books, command.keep, phone=taken["phone"], name=taken["name"], with_=[command.gone]
    )
    group = keep["group"] or gone["group"]
    _figures(books, draft, keep | sealed | {"group": group}, command.gone)
    for one in (gone, *merged_into(books, command.gone)):
        draft.set("clients", one | {"state": "merged", "into": command.keep})
    return draft


_PARTS: tuple[Literal["phone", "name"], ...] = ("phone", "name")


def _moved_since(books: Books, command: MergeClients) -> Draft:
    refs = {"client": command.keep, "also": command.gone}
    draft = Draft("clients_merged", reason=command.reason, refs=refs)
    _balances(books, draft, command.gone, command.keep)
    if not draft.postings:
        raise Refused("err.nothing_changed")
    return draft


def _with_reason(reason: str) -> None:
    if not legible(reason, REASON_CHARACTERS_MAX):
        raise Refused("err.reason_missing")


def _must_be_at_rest(books: Books, client: str) -> None:
    """Nothing of his may be under way: it would end with a client who is no more."""
    held = books.search("notes", where("state").one_of(list(UNDECIDED)))
    running = books.search("sessions", where("state") == "running")
    if any(one["client"] == client for one in (*held, *running)):
        raise Refused("err.merge_busy", client=client)


def _balances(books: Books, draft: Draft, gone: str, keep: str) -> None:
    if money := books.wallet(gone).minor:
        draft.post(f"2010:{gone}", f"2010:{keep}", books.unit, money)
    if points := bonus.points(books, gone):
        draft.post(f"9060:{gone}", f"9060:{keep}", BON, points)
    minutes.move(books, draft, gone, keep)


def _documents(books: Books, draft: Draft, gone: str, keep: str) -> None:
    """Whatever is his and not over: cards, open visits, debts, codes, receipts to be printed."""
    now_his: dict[str, Any] = {"client": keep}
    for own_card in cards_of(books, gone):
        if visit := open_visit(books, own_card.id):
            draft.set("visits", visit | now_his)
    for card in _cards(books, gone).values():
        pointing: dict[str, Any] = {
            side: keep for side in ("debit", "expenditure") if card.get(side) == gone
        }
        own: dict[str, Any] = now_his if card["client"] == gone else {}
        draft.set("cards", card | own | pointing)
    for session in books.search("sessions", where("state") == "unpaid"):
        if session["client"] == gone:
            draft.set("sessions", session | now_his)
    for promo in books.search("promo_codes", where("client") == gone):
        draft.set("promo_codes", promo | now_his)
    his = where("client") == gone
    slips = books.search("slips", his & (where("state") != "printed"))
    for slip in slips:
        draft.set("slips", slip | now_his)
    listed = where("receipt").one_of(["", *(slip["id"] for slip in slips)])
    for note in books.search("notes", his & listed):
        draft.set("notes", note | now_his)


def _cards(books: Books, client: str) -> dict[str, dict[str, Any]]:
    """The cards of a client, and those of others whose money is his."""
    found: dict[str, dict[str, Any]] = {}
    for side in ("client", "debit", "expenditure"):
        found |= {str(card["id"]): card for card in books.search("cards", where(side) == client)}
    return found


def _figures(books: Books, draft: Draft, keep: dict[str, Any], gone: str) -> None:
    draft.set("clients", keep)
    his = books.get("statistics", gone)
    if his is not None:
        mine = statistics.figures(books, keep["id"])
        statistics.add(books, draft, keep, mine, his)
        draft.remove("statistics", gone)


def _merged(books: Books, command: MergeClients) -> None:
    settle(books.ledger.store, books.secrets, [command.keep, command.gone])


def _keep_apart(books: Books, command: KeepApart) -> Draft:
    _with_reason(command.reason)
    if not _pairs(books, command):
        raise Refused("err.no_such_pair")
    refs = {"client": command.client, "also": command.other}
    return Draft("clients_kept_apart", reason=command.reason, refs=refs)


def _pairs(books: Books, command: KeepApart) -> Sequence[str]:
    both = (command.client, command.other)
    names = (":".join(both), ":".join(reversed(both)))
    return [name for name in names if books.secrets.get("suspects", name)]


def _forget_pair(books: Books, command: KeepApart) -> None:
    with books.secrets.transaction():
        for name in _pairs(books, command):
            books.secrets.put("suspects", name, None)


def _list(books: Books, query: Duplicates) -> tuple[Pair, ...]:
    del query
    permissions.need(books, "identity")
    pairs: list[Pair] = []
    for kept in books.secrets.latest("suspects", limit=PAIRS_MAX):
        both = [books.get("clients", kept[side]) or {} for side in ("client", "other")]
        if all(one.get("state") == "active" for one in both):
            client, other = (row(books, one) for one in both)
            pairs.append(Pair(client, other, kept["why"], kept["at"]))
    return tuple(pairs)


HANDLERS: dict[type, Handler] = {MergeClients: _merge, KeepApart: _keep_apart}
AFTERWARDS: dict[type, Afterwards] = {MergeClients: _merged, KeepApart: _forget_pair}
ANSWERS: dict[type, Answer] = {Duplicates: _list}
ALLOWED: dict[type, frozenset[str]] = {
    MergeClients: frozenset({"staff", "cli"}),
    KeepApart: frozenset({"staff", "cli"}),
}
