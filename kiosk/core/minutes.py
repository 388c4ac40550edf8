"""Minutes: sold as packages, held by clients, spent by sessions, corrected by staff.

Minutes are units of account of their own, ``MIN.game`` and ``MIN.net``. What was issued has an
account for each way in and out (``9010:sold``, ``9010:spent``, …), so that "how many are
outstanding" (M30) is read and not searched for. A sale remembers how many of its minutes are left:
the oldest are spent first, and with the policy ``defer`` its price becomes revenue with them.
Source: docs/criteria.md M8-M13, M20-M22, M27-M34; docs/ledger.md, "Minutes".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from tinydb import where

from kiosk.core import balances, cards, trust
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
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, ClientId
from kiosk.core.ledger import MINUTES_GAME, MINUTES_NET, Draft
from kiosk.core.packages import KINDS, Kind, whole
from kiosk.core.staff import Approval

TABLES = ()

Term = Literal["sold", "undone", "spent", "expired", "converted", "adjusted"]
"""Ways in and out. Nothing expires here by itself; the report names the term all the same."""
TERMS: tuple[Term, ...] = get_args(Term)

RESERVING = ("balance_timer", "balance_min")
"""Modes of a session that hold minutes of its client while it runs."""
ADJUSTED_MAX = 100_000


@dataclass(frozen=True)
class Counter:
    """The unit and the accounts of one kind of minutes."""

    unit: str
    issued: str
    held: str


COUNTERS: dict[str, Counter] = {
    "game": Counter(MINUTES_GAME, "9010", "9020"),
    "internet": Counter(MINUTES_NET, "9030", "9040"),
}


@dataclass(frozen=True)
class ConvertMinutes:
    """Turn free minutes of a kind into as many of the other, where the policy allows it (M22)."""

    client: ClientId | str
    kind: str
    minutes: int
    card: CardId | str = ""
    pin: str = personal()


@dataclass(frozen=True)
class AdjustMinutes:
    """Give a client minutes, or take free ones (a negative number), with a reason.

    `approval` is the second signature, where what they are worth needs one.
    """

    client: ClientId | str
    kind: str
    minutes: int
    reason: str = remark()
    approval: Approval | None = None


@dataclass(frozen=True)
class FreeMinutes:
    """Minutes of a client by kind: all that are his, and those that no running session holds."""

    game: int
    internet: int
    game_free: int
    internet_free: int


@dataclass(frozen=True)
class MinutesOf(Query[FreeMinutes]):
    """The minutes of a client."""

    client: ClientId | str


@dataclass(frozen=True)
class Outstanding:
    """What became of one kind of minutes; the sum of the terms is what clients hold (M30).

    `sold` is above 0 or 0; `undone`, `spent` and `expired` are below 0 or 0.
    """

    sold: int
    undone: int
    spent: int
    expired: int
    converted: int
    adjusted: int

    @property
    def outstanding(self) -> int:
        """The minutes that clients hold."""
        return self.sold + self.undone + self.spent + self.expired + self.converted + self.adjusted


@dataclass(frozen=True)
class MinutesOutstanding(Query["dict[Kind, Outstanding]"]):
    """What became of all minutes, by kind."""


# --- what the nouns ask ------------------------------------------------------------------------


def balance(books: Books, client: str, kind: str) -> int:
    """A client's minutes of a kind, those that a running session holds with them."""
    counter = COUNTERS[kind]
    return -books.ledger.balance(f"{counter.held}:{client}", counter.unit)


def reserved(books: Books, client: str, kind: str) -> int:
    """The minutes that running sessions of a client hold (M24)."""
    # By the state alone: few sessions run at a time, and a client may have had hundreds.
    running = books.search("sessions", where("state") == "running")
    return sum(
        s["planned"]
        for s in running
        if s["client"] == client and s["kind"] == kind and s["mode"] in RESERVING
    )


def free(books: Books, client: str, kind: str) -> int:
    """The minutes that a client may begin to spend."""
    return balance(books, client, kind) - reserved(books, client, kind)


def spend(books: Books, draft: Draft, client: str, kind: str, minutes: int) -> None:
    """Take minutes that a session used; their revenue is what their sale was, not a session's.

    Nothing for 0.
    """
    take(books, draft, client, kind, minutes, "spent")


def move(books: Books, draft: Draft, from_: str, to: str) -> None:
    """Give all minutes of a client, and what is left of his packages, to another (a merge).

    Raises:
        Refused: ``err.minutes_in_use``: a running session holds some.
    """
    for kind, counter in COUNTERS.items():
        if reserved(books, from_, kind):
            raise Refused("err.minutes_in_use")
        if minutes := balance(books, from_, kind):
            draft.post(f"{counter.held}:{from_}", f"{counter.held}:{to}", counter.unit, minutes)
        for sale in _with_minutes(books, from_, kind):
            draft.set("package_sales", sale | {"client": to, "holder": to})


def kind_known(kind: str) -> str:
    """The kind, if it is one.

    Raises:
        Refused: ``err.minutes_kind``.
    """
    if kind not in KINDS:
        raise Refused("err.minutes_kind", kind=str(kind)[:40])
    return kind


def known_client(books: Books, client: str) -> dict[str, Any]:
    """The document of a client who is regular: registered by name, phone or card (M9).

    Raises:
        Refused: ``err.client_needed``: nobody, or the holder of a card that is nobody's own;
            ``err.no_such_client``.
    """
    if not client:
        raise Refused("err.client_needed")
    kept = books.get("clients", client)
    if not kept:
        raise Refused("err.no_such_client", client=client)
    if kept["state"] != "active":
        raise Refused("err.client_needed")
    return kept


def shown_card(books: Books, client: str, card: str) -> cards.Card | None:
    """The card that was shown, usable and the client's own; a guest has to show one (M28).

    Raises:
        Refused: ``err.card_needed``, ``err.card_of_another``, and those of `cards.usable`.
    """
    if not card:
        if books.actor == "guest":
            raise Refused("err.card_needed")
        return None
    shown = cards.usable(books, card)
    if shown.client != client:
        raise Refused("err.card_of_another")
    return shown


# --- moving minutes ----------------------------------------------------------------------------


def give(draft: Draft, client: str, kind: str, minutes: int, term: Term) -> None:
    """Give a client minutes, above 0, by one of the ways in."""
    counter = COUNTERS[kind]
    draft.post(f"{counter.issued}:{term}", f"{counter.held}:{client}", counter.unit, minutes)


def take(books: Books, draft: Draft, client: str, kind: str, minutes: int, term: Term) -> None:
    """Take minutes of a client, the oldest sale's first, and earn what of it is deferred."""
    if minutes == 0:
        return
    counter = COUNTERS[kind]
    draft.post(f"{counter.held}:{client}", f"{counter.issued}:{term}", counter.unit, minutes)
    for sale in _with_minutes(books, client, kind):
        taken = min(minutes, sale["left"])
        minutes -= taken
        earn(books, draft, sale, taken)
        draft.set("package_sales", sale | left(client, sale["left"] - taken))
        if minutes == 0:
            return
    # What is left over was given, not sold: nothing was paid for it.


def _with_minutes(books: Books, client: str, kind: str) -> list[dict[str, Any]]:
    """The sales to a client of which minutes are left, oldest first."""
    found = books.search("package_sales", where("holder") == client)
    return sorted((s for s in found if s["kind"] == kind), key=lambda s: int(s["number"]))


def left(client: str, minutes: int) -> dict[str, Any]:
    """How many minutes of a sale are left; it has a holder, to be found by, while some are."""
    return {"left": minutes, "holder": client if minutes else ""}


def earn(books: Books, draft: Draft, sale: Mapping[str, Any], taken: int) -> None:
    """Make deferred revenue revenue: the part of `taken` minutes, of the last one all the rest."""
    held = -books.ledger.balance(deferred(sale["id"]), books.unit)
    part = held * taken // sale["left"]
    if part > 0:
        draft.post(deferred(sale["id"]), SERVICES, books.unit, part)


SERVICES = "4020"
"""Additional services: a package is one, not play time (M12)."""


def deferred(sale: str) -> str:
    """The account of what a sale's minutes have not earned yet."""
    return f"2040:{sale}"


# --- commands ----------------------------------------------------------------------------------


def _convert(books: Books, command: ConvertMinutes) -> Draft:
    kind = kind_known(command.kind)
    if not books.settings()["minutes"]["conversion"]:
        raise Refused("err.minutes_exchange")
    client = str(known_client(books, command.client)["id"])
    card = shown_card(books, client, command.card)
    _of_free(books, client, kind, command.minutes)
    draft = Draft("minutes_converted", refs={"client": client})
    if card is not None:
        draft.refs |= {"card": card.id} | trust.may_spend(books, card, 0, command.pin)
    take(books, draft, client, kind, command.minutes, "converted")
    other = "internet" if kind == "game" else "game"
    give(draft, client, other, command.minutes, "converted")
    return draft


def _adjust(books: Books, command: AdjustMinutes) -> Draft:
    kind = kind_known(command.kind)
    with_reason(command.reason)
    client = str(known_client(books, command.client)["id"])
    minutes = command.minutes
    if type(minutes) is not int or minutes == 0 or abs(minutes) > ADJUSTED_MAX:
        raise Refused("err.minutes_whole")
    if minutes < 0:
        _of_free(books, client, kind, -minutes)
    before = balance(books, client, kind)
    draft = balances.minutes_changed(
        books, client, kind, minutes, before, command.approval, command.reason
    )
    if minutes > 0:
        give(draft, client, kind, minutes, "adjusted")
    else:
        take(books, draft, client, kind, -minutes, "adjusted")
    return draft


def _of_free(books: Books, client: str, kind: str, minutes: int) -> None:
    if not whole(minutes):
        raise Refused("err.minutes_whole")
    left = free(books, client, kind)
    if minutes > left:
        raise Refused("err.minutes_free", free=str(left))


def with_reason(reason: str) -> None:
    """Let only go on who says why.

    Raises:
        Refused: ``err.reason_missing``.
    """
    if not legible(reason, REASON_CHARACTERS_MAX):
        raise Refused("err.reason_missing")


# --- queries -----------------------------------------------------------------------------------


def _minutes_of(books: Books, query: MinutesOf) -> FreeMinutes:
    game, internet = (balance(books, query.client, kind) for kind in KINDS)
    game_free, internet_free = (free(books, query.client, kind) for kind in KINDS)
    return FreeMinutes(game, internet, game_free, internet_free)


def _outstanding(books: Books, query: MinutesOutstanding) -> dict[Kind, Outstanding]:
    del query
    found: dict[Kind, Outstanding] = {}
    for kind in KINDS:
        counter = COUNTERS[kind]
        terms = [books.ledger.balance(f"{counter.issued}:{t}", counter.unit) for t in TERMS]
        found[kind] = Outstanding(*terms)
    return found


HANDLERS: dict[type, Handler] = {
    ConvertMinutes: _convert,
    AdjustMinutes: _adjust,
}
ANSWERS: dict[type, Answer] = {
    MinutesOf: _minutes_of,
    MinutesOutstanding: _outstanding,
}
ALLOWED: dict[type, frozenset[str]] = {
    ConvertMinutes: frozenset({"guest", "staff"}),
    AdjustMinutes: frozenset({"staff", "cli"}),
}
