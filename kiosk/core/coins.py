"""Coins at the kiosk: each on record as it falls, where a device's counter stands, what was lost.

A coin has no escrow: it is in the box before anybody is told, and cannot go back. So its entry is
one (`CreditCoin`), and it is a document of the table ``notes`` from then on, as a banknote is:
receipts, claims and the counts of a box know no difference. See docs/ledger.md, "Coins".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kiosk.core import fiscal, floating
from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.cash import NoteState, box_account, note_document
from kiosk.core.clients import today
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, ClientId, DeviceId, NoteId, VisitId, note_device
from kiosk.core.ledger import Draft
from kiosk.core.money import Money
from kiosk.core.store import TableSpec
from kiosk.core.trust import velocity

TABLES = (TableSpec("coins"),)

RECENT_MAX = 16
"""So many marks of a device are looked at for one told twice. Its counter comes round after 255."""


@dataclass(frozen=True)
class CreditCoin:
    """Put on record that a coin is in the box: for a client's wallet, a visit, or for nobody.

    `mark` is where the device's counter stood after it; empty of a device that keeps none. One
    that nobody is named for, or whose visit takes nothing any more, is in suspense.
    """

    coin: NoteId
    value: Money
    mark: str
    client: ClientId | Literal[""] = ""
    card: CardId | Literal[""] = ""
    visit: VisitId | Literal[""] = ""


@dataclass(frozen=True)
class NoteMark:
    """Put on record where a device's counter stands; nothing was taken that is to be credited.

    `turn` counts what is noted of a device, this and `RecordCoinsLost`, from 1.
    """

    device: DeviceId
    mark: str
    turn: int


@dataclass(frozen=True)
class RecordCoinsLost:
    """Put on record that coins went in of which nobody can say what they were; `turn` as above.

    `count` is None where it is not known either. Staff see it until the box is collected.
    """

    device: DeviceId
    mark: str
    count: int | None
    turn: int


@dataclass(frozen=True)
class CoinsOfDevice:
    """What the books have of a coin device: the last mark, and how often one was noted."""

    mark: str = ""
    turns: int = 0


@dataclass(frozen=True)
class GetCoinsOfDevice(Query[CoinsOfDevice]):
    """The last mark of a device on the books, "" for none: what `RecallCoins` gives back."""

    device: DeviceId


@dataclass(frozen=True)
class CoinKnown(Query[bool]):
    """Whether a coin is on the books already, by its name or by its mark."""

    coin: NoteId
    mark: str


@dataclass(frozen=True)
class CoinsWelcome(Query["tuple[Money, ...]"]):
    """Which of these coins the rules of the books let in now, each as if it came alone.

    Those of trust for a wallet (`client`), those of deposits for a `visit`. A coin cannot be given
    back, so it is asked before one goes in.
    """

    values: tuple[Money, ...]
    client: ClientId | Literal[""] = ""
    visit: VisitId | Literal[""] = ""


@dataclass(frozen=True)
class LostCoins:
    """Coins of a device that went in unknown since its box was collected; None: nobody knows."""

    device: DeviceId
    since: str
    count: int | None


def _kept(books: Books, device: str) -> dict[str, Any]:
    empty = {"id": device, "mark": "", "recent": [], "turns": 0, "lost": []}
    return books.get("coins", device) or empty


def _known(books: Books, coin: NoteId, mark: str) -> bool:
    if books.get("notes", coin) is not None:
        return True
    return bool(mark) and mark in _kept(books, note_device(coin))["recent"]


# --- what is put on record --------------------------------------------------------------------


def _credit(books: Books, command: CreditCoin) -> Draft:
    coin, value = command.coin, command.value
    if _known(books, coin, command.mark):
        raise Refused("err.coin_known", coin=coin)
    if value.minor <= 0:
        raise Refused("err.coin_worthless", coin=coin)
    to, place = _account(books, command)
    owner = "" if command.visit else today(books, command.client)
    draft = Draft("coin_credited" if to else "coin_suspended", refs={"note": coin})
    if command.visit:
        draft.refs |= {"visit": command.visit}
    elif owner:
        draft.refs |= {"client": owner, "card": command.card}
    draft.post(
        box_account(books, note_device(coin), value),
        to or f"2900:{books.kiosk}",
        books.unit,
        value.minor,
    )
    state: NoteState = "settled" if to else "suspense"
    made = note_document(books, coin, value, owner, command.card, state)
    made |= {"mark": command.mark}
    draft.set("notes", made | ({"visit": command.visit} if command.visit else {}))
    if place == "visit":
        fiscal.prepaid(books, draft, command.visit, value.minor, "cash")
    if command.mark:
        kept = _kept(books, note_device(coin))
        recent = [*kept["recent"], command.mark][-RECENT_MAX:]
        draft.set("coins", kept | {"mark": command.mark, "recent": recent})
    return draft


def _account(books: Books, command: CreditCoin) -> tuple[str, str]:
    """Where a coin is booked, "" for nobody; and the word of `floating.place` for a visit."""
    if command.visit:
        place = floating.place(books, command.visit)
        return (f"2030:{command.visit}", place) if place else ("", "")
    # Merged into another while his coin fell: nothing held him back, as a held note does.
    return (f"2010:{today(books, command.client)}" if command.client else ""), ""


def _mark(books: Books, command: NoteMark) -> Draft:
    kept = _turn(books, command)
    draft = Draft("coins_noted", refs={"device": command.device, "mark": command.mark})
    draft.set("coins", kept | _stands_at(command))
    return draft


def _lost(books: Books, command: RecordCoinsLost) -> Draft:
    kept = _turn(books, command)
    refs = {"device": command.device, "mark": command.mark}
    draft = Draft("coins_lost", refs=refs)
    if command.count is not None:
        draft.refs |= {"count": command.count}
    lost = {"at": books.at, "entry": books.ledger.seq + 1, "count": command.count}
    draft.set("coins", kept | _stands_at(command) | {"lost": [*kept["lost"], lost]})
    return draft


def _turn(books: Books, command: NoteMark | RecordCoinsLost) -> dict[str, Any]:
    kept = _kept(books, command.device)
    if command.turn != kept["turns"] + 1:
        raise Refused("err.nothing_changed")
    return kept


def _stands_at(command: NoteMark | RecordCoinsLost) -> dict[str, Any]:
    """The marks of before mean nothing any more: a counter that was reset says them again."""
    recent = [command.mark] if command.mark else []
    return {"mark": command.mark, "recent": recent, "turns": command.turn}


def found(books: Books, draft: Draft, device: str, last: int) -> None:
    """The box of a device is collected up to the entry `last`: what was lost till then is in it."""
    kept = books.get("coins", device)
    if kept and kept["lost"]:
        draft.set("coins", kept | {"lost": [one for one in kept["lost"] if one["entry"] > last]})


# --- what is asked ----------------------------------------------------------------------------


def has(books: Books, device: str) -> bool:
    """Whether the books know of this coin device."""
    return books.get("coins", device) is not None


def lost(books: Books) -> Iterator[LostCoins]:
    """The devices with lost coins in their boxes."""
    for kept in books.ledger.store.table("coins"):
        if kept["lost"]:
            yield LostCoins(DeviceId(kept["id"]), kept["lost"][0]["at"], _together(kept["lost"]))


def _together(lost: Sequence[Mapping[str, Any]]) -> int | None:
    counts = [one["count"] for one in lost]
    return None if None in counts else sum(counts)


def _of_device(books: Books, query: GetCoinsOfDevice) -> CoinsOfDevice:
    kept = _kept(books, query.device)
    return CoinsOfDevice(kept["mark"], kept["turns"])


def _is_known(books: Books, query: CoinKnown) -> bool:
    return _known(books, query.coin, query.mark)


def _welcome(books: Books, query: CoinsWelcome) -> tuple[Money, ...]:
    if query.visit:
        return _for_visit(books, query.visit, query.values)
    # What lets a coin in lets a smaller one in: mostly one look at the client's day is enough.
    ordered = sorted(query.values, key=lambda value: value.minor, reverse=True)
    most = next((v for v in ordered if _may_top_up(books, query.client, v)), None)
    return tuple(v for v in query.values if most is not None and v.minor <= most.minor)


def _may_top_up(books: Books, client: str, value: Money) -> bool:
    try:
        velocity(books, "top_up", client, value.minor)
    except Refused:
        return False
    return True


def _for_visit(books: Books, visit: VisitId, values: tuple[Money, ...]) -> tuple[Money, ...]:
    there = floating.on_visit(books, visit)
    pending = books.get("prepayments", visit)
    if pending and pending["state"] == "pending":
        return values if there < pending["minor"] else ()
    if not floating.place(books, visit):
        return ()
    most = books.settings().get("balance_max")
    return tuple(v for v in values if most is None or there + v.minor <= most)


HANDLERS: dict[type, Handler] = {
    CreditCoin: _credit,
    NoteMark: _mark,
    RecordCoinsLost: _lost,
}
ANSWERS: dict[type, Answer] = {
    GetCoinsOfDevice: _of_device,
    CoinKnown: _is_known,
    CoinsWelcome: _welcome,
}
ALLOWED: dict[type, frozenset[str]] = {
    CreditCoin: frozenset({"kiosk"}),
    NoteMark: frozenset({"kiosk"}),
    RecordCoinsLost: frozenset({"kiosk"}),
}
