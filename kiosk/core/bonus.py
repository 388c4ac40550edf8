"""Bonus points: what a top-up earns, and what points may pay for.

A point is worth one whole unit of the currency and is a unit of its own (`BON`), so that it never
becomes money (C20). It pays play time and nothing else (C22, C23, C40).
Source: docs/ledger.md, accounts 9050, 9060 and 5020; docs/criteria.md C20-C23, C30, C33, C40, C41.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from tinydb import where

from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.errors import Refused
from kiosk.core.ids import ClientId, EntryKey, NoteId
from kiosk.core.ledger import BON, Draft
from kiosk.core.money import Money
from kiosk.core.store import TableSpec

PLAY = "4010"
"""The one revenue that points may pay."""

TABLES: tuple[TableSpec, ...] = ()


@dataclass(frozen=True)
class GrantTopUpBonus:
    """Grant what a top-up in notes earns, once, for the total of its settled notes (C41).

    Its key is `key`, by the first of them. Refused where the ladder gives nothing.
    """

    notes: tuple[NoteId, ...]


@dataclass(frozen=True)
class TopUpsWithoutBonus(Query["tuple[tuple[NoteId, ...], ...]"]):
    """The notes of a client's top-ups that ended without their end, a tuple for each.

    The power went, or a note was found later. A top-up that ended has a receipt; the notes of one
    start of the kiosk that are on none are of one top-up: it takes notes for one client at a time.
    """

    client: ClientId


@dataclass(frozen=True)
class BonusOf(Query["tuple[int, ...]"]):
    """The points that top-ups of these amounts would earn, one each."""

    amounts: tuple[Money, ...]


def key(notes: Sequence[NoteId]) -> EntryKey:
    """The idempotency key of the grant for these notes."""
    return EntryKey(f"bonus:{notes[0]}")


def points(books: Books, client: str) -> int:
    """The points of a client, whole and never below 0."""
    return -books.ledger.balance(f"9060:{client}", BON)


def worth(books: Books, number: int) -> int:
    """What so many points pay, in minor units."""
    return int(number * 10**books.currency.exponent)


def earned(books: Books, minor: int) -> int:
    """The points that one top-up of `minor` earns; 0 where the venue has no ladder (C30, C41)."""
    tiers: Sequence[Sequence[int]] = books.settings().get("bonus", {}).get("tiers", ())
    return by_ladder(tiers, minor, worth(books, 1))


def by_ladder(tiers: Sequence[Sequence[int]], minor: int, unit: int) -> int:
    """The points of the highest tier that `minor` reaches, rounded down.

    Args:
        tiers: ``[from_minor, percent, points]``, ascending; percent or points is 0.
        minor: the total of one top-up, in minor units.
        unit: minor units in one whole unit of the currency.
    """
    reached = [tier for tier in tiers if minor >= tier[0]]
    if not reached:
        return 0
    _, percent, fixed = reached[-1]
    return fixed or minor * percent // (100 * unit)


def grant(books: Books, draft: Draft, client: str, number: int) -> None:
    """Give a client so many points; nothing for 0."""
    del books
    if number:
        draft.post("9050", f"9060:{client}", BON, number)


def take_back(books: Books, draft: Draft, client: str, number: int) -> int:
    """Take back points that were granted, at most what is left of them (C33).

    Returns:
        How many were taken.
    """
    taken = min(number, _left(books, draft, f"9060:{client}", BON))
    if taken > 0:
        draft.post(f"9060:{client}", "9050", BON, taken)
    return max(0, taken)


def pay(books: Books, draft: Draft, client: str, number: int, revenue: str) -> None:
    """Pay with points: they are taken, and their worth goes to `revenue`; nothing for 0.

    Raises:
        Refused: ``err.bonus_only_play``: `revenue` is not that of play time (C23, C40; it names
            what is missing on the game balance); ``err.bonus_short``: the client has fewer.
    """
    if number == 0:
        return
    price = worth(books, number)
    if revenue != PLAY:
        short = max(0, price - _left(books, draft, f"2010:{client}", books.unit))
        raise Refused("err.bonus_only_play", amount=str(books.money(short)))
    left = _left(books, draft, f"9060:{client}", BON)
    if number > left:
        raise Refused("err.bonus_short", points=str(left))
    draft.post(f"9060:{client}", "9050", BON, number)
    draft.post("5020", revenue, books.unit, price)


def _left(books: Books, draft: Draft, account: str, unit: str) -> int:
    """What a client's account still holds once the draft is written."""
    moved = sum(p.amount for p in draft.postings if (p.account, p.unit) == (account, unit))
    return -books.ledger.balance(account, unit) - moved


# --- top-ups in notes --------------------------------------------------------------------------


def granted(books: Books, notes: Iterable[str]) -> int:
    """The points that were granted for top-ups which begin with one of these notes."""
    made = (books.ledger.find(f"bonus:{note}") for note in notes)
    return -sum(p.amount for entry in made if entry for p in entry.postings if p.amount < 0)


def _grant_top_up(books: Books, command: GrantTopUpBonus) -> Draft:
    notes = [books.get("notes", note) for note in command.notes]
    settled = [n for n in notes if n and _earns(n)]
    clients = {n["client"] for n in settled}
    if not len(settled) == len(command.notes) == len(set(command.notes)) or len(clients) != 1:
        raise Refused("err.no_bonus")
    number = earned(books, sum(n["minor"] for n in settled))
    if not number or _counted(books, [n["id"] for n in settled]):
        raise Refused("err.no_bonus")
    (client,) = clients
    refs = {"client": client, "card": settled[0]["card"], "notes": list(command.notes)}
    draft = Draft("bonus_granted", refs=refs)
    grant(books, draft, client, number)
    return draft


def _earns(note: Mapping[str, Any]) -> bool:
    """Whether a note is one of a top-up, and on no receipt yet: a visit's deposit earns nothing."""
    return note["state"] == "settled" and not note["receipt"] and not note.get("visit")


def _counted(books: Books, notes: Iterable[str]) -> set[str]:
    """Those of these notes for which a bonus was granted."""
    made = (books.ledger.find(f"bonus:{note}") for note in notes)
    return {str(note) for entry in made if entry for note in entry.refs["notes"]}


def _without(books: Books, query: TopUpsWithoutBonus) -> tuple[tuple[NoteId, ...], ...]:
    found = books.search("notes", (where("client") == query.client) & (where("receipt") == ""))
    open_ = sorted((n for n in found if _earns(n)), key=lambda n: (n["start"], n["counter"]))
    counted = _counted(books, [n["id"] for n in open_])
    left = [n for n in open_ if n["id"] not in counted]
    return tuple(
        tuple(NoteId(n["id"]) for n in notes) for _, notes in groupby(left, lambda n: n["start"])
    )


def _of(books: Books, query: BonusOf) -> tuple[int, ...]:
    return tuple(earned(books, amount.minor) for amount in query.amounts)


HANDLERS: dict[type, Handler] = {GrantTopUpBonus: _grant_top_up}
ANSWERS: dict[type, Answer] = {TopUpsWithoutBonus: _without, BonusOf: _of}
ALLOWED: dict[type, frozenset[str]] = {GrantTopUpBonus: frozenset({"kiosk"})}
