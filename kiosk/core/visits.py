"""Visits: opened on a card, or without one, described, found again by number or in a list.

A card is in one open visit at most (E59). What a visit holds is read by `bills`, its orders are
saved by `orders`, it ends in `checkout`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tinydb import where

from kiosk.core import clients, deposits, statistics
from kiosk.core.bills import Visit, refs_of, type_of, visit_of
from kiosk.core.books import Answer, Books, Handler, Query, legible
from kiosk.core.cards import Card, card_key, on_file, usable
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, VisitId
from kiosk.core.ledger import Draft
from kiosk.core.money import Money
from kiosk.core.recognition import Recognised
from kiosk.core.store import TableSpec
from kiosk.core.tenders import Tender

TABLES = (
    TableSpec("visits", ("card", "number", "state")),
    TableSpec("orders", ("visit",)),
)
GUESTS_MAX = 1_000
COMMENT_CHARACTERS_MAX = 500


@dataclass(frozen=True)
class CreateVisit:
    """Open a visit on a card on file (`card`), on one that was read (`read`), or on none (E6).

    A non-personal card that is not on file is put there in the same entry. The prepayment of the
    card's type is taken by `tender` at the desk; a guest pays it in notes (`prepayments`).
    `comment` stays with the visit, `note` only while it is open (E78). `language` is that of its
    slips.
    """

    card: CardId | str = ""
    read: Recognised | None = None
    guests: int = 0
    comment: str = ""
    note: str = ""
    tender: Tender = "cash"
    language: str = "en"


@dataclass(frozen=True)
class DescribeVisit:
    """Set how many guests an open visit has, its comment and its note (E78)."""

    visit: VisitId
    guests: int = 0
    comment: str = ""
    note: str = ""


@dataclass(frozen=True)
class OpenVisit(Query["Visit | None"]):
    """The open visit of a card."""

    card: CardId


@dataclass(frozen=True)
class GetVisit(Query["Visit | None"]):
    """A visit by its number, open or ended (E60)."""

    number: int


@dataclass(frozen=True)
class OpenVisits(Query["tuple[Visit, ...]"]):
    """All open visits, oldest first: found without a card, by staff only (E57, E58)."""


@dataclass(frozen=True)
class OfferOnCard(Query["CardOffer"]):
    """What to suggest for a card that was read; `in_visits`: in the form of visits (E51, E95).

    Refused where the card is blocked, or lost.
    """

    read: Recognised
    in_visits: bool = False


@dataclass(frozen=True)
class FindVisits(Query["VisitsFound"]):
    """The open visits that fit words: number, note, comment or the last digits of the card.

    `most` of them as values; what they come to is reckoned for these only.
    """

    text: str = ""
    most: int = 50


@dataclass(frozen=True)
class VisitsFound:
    """How many visits are open, how many of them fit, and the latest of these, newest first."""

    of: int
    fit: int
    latest: tuple[Visit, ...]


@dataclass(frozen=True)
class GetVisitRules(Query["VisitRules"]):
    """How visits are opened and ended here."""


@dataclass(frozen=True)
class VisitRules:
    """How visits are opened and ended here; see the section ``[visits]`` of the venue's file.

    `without_card` says whether a visit needs none, `one_order` that a visit ends with its order,
    `on_cards` that cards open visits at all, `empty` that one may begin without an order.
    """

    guests: Literal["unused", "optional", "mandatory"]
    without_card: bool
    one_order: bool
    pay_on_exit: bool
    on_cards: bool = True
    empty: bool = True


@dataclass(frozen=True)
class GetCardKind(Query["CardKind"]):
    """What visits on cards of this type are like."""

    type: str


@dataclass(frozen=True)
class CardKind:
    """What visits on cards of a type are like.

    Attributes:
        name: of the type.
        personal: they pay from a wallet.
        prepayment: what is paid when they open; 0 for nothing.
        minimum: the least that they come to; 0 for none.
        spend: for how much may be ordered at first beyond a wallet; None without a check.
    """

    name: str
    personal: bool
    prepayment: Money
    minimum: Money
    spend: Money | None


Suggestion = Literal["register", "create", "order", "calculate"]


@dataclass(frozen=True)
class CardOffer:
    """What a card suggests now, and what No leads to ("" for nothing: the main menu, E41).

    `prepayment` is asked for when the visit is created; 0 for none.
    """

    suggests: Suggestion
    otherwise: Literal["order", ""]
    card: Card | None
    visit: Visit | None
    prepayment: Money


def create(
    books: Books,
    draft: Draft,
    card: Card | None,
    *,
    visit: str = "",
    guests: int = 0,
    comment: str = "",
    note: str = "",
) -> dict[str, Any]:
    """Open a visit in an entry: its document is set and its number taken; no money moves.

    Args:
        books: the books.
        draft: of the entry; gets the refs ``visit``, ``card`` and ``client``.
        card: an active card, on file or put there by this draft; None for a visit without one.
        visit: its id, if one was made before; else it is made of this entry.
        guests: how many; see the setting ``guests``.
        comment: stays with the visit.
        note: goes when the visit ends.

    Returns:
        The visit's document. Its deposits are the account ``2030:<id>``.

    Raises:
        Refused: ``err.visit_open``; ``err.card_needed`` and ``err.entrance_off`` as
            `entrance_allows`; ``err.personal_prepaid`` (E66); ``err.guests``;
            ``err.guests_unused``; ``err.visit_comment``.
    """
    entrance_allows(books, card)
    kind = type_of(books, card.type if card else "")
    if kind["personal"] and (kind["prepay_amount"] or kind.get("prepay_reason")):
        raise Refused("err.personal_prepaid", type=kind["id"])
    opened = open_visit(books, card.id) if card else None
    if opened:
        raise Refused("err.visit_open", number=str(opened["number"]))
    made = {
        "id": visit or books.new_id("v"),
        "number": books.number(draft, "visit"),
        "card": card.id if card else "",
        "client": card.client if card else "",
        "type": card.type if card else "",
        "state": "open",
        "opened_at": books.at,
        **_described(books, guests, comment, note),
    }
    draft.set("visits", made)
    draft.refs |= {"visit": made["id"]}
    if card:
        draft.refs |= {"card": card.id, "client": card.client}
        statistics.record(books, draft, card.client, visit_at=books.at)
    return made


def entrance_allows(books: Books, card: Card | None) -> None:
    """Whether there may be visits with such a card, or without one (E6).

    Raises:
        Refused: ``err.card_needed``; ``err.entrance_off``: cards open no visits here.
    """
    settings = books.settings()
    if settings.get("one_order_in_visit", False):
        return  # The parameter is ignored then (E5).
    rule = settings.get("entrance_card", "seats_without_card_allowed")
    if card is None and rule == "only_with_card":
        raise Refused("err.card_needed")
    if card is not None and rule == "none":
        raise Refused("err.entrance_off")


def open_visit(books: Books, card: str) -> dict[str, Any] | None:
    """The document of a card's open visit."""
    # Only a card's newest visit can be open: none opens beside it (E59).
    newest = books.ledger.store.latest("visits", "card", card) if card else []
    return newest[0] if newest and newest[0]["state"] == "open" else None


def still_open(books: Books, visit: str) -> dict[str, Any]:
    """The document of an open visit by its id.

    Raises:
        Refused: ``err.no_such_visit``; ``err.visit_ended``.
    """
    found = books.get("visits", visit)
    if found is None:
        raise Refused("err.no_such_visit", visit=visit)
    if found["state"] != "open":
        raise Refused("err.visit_ended", number=str(found["number"]))
    return found


def card_of(books: Books, draft: Draft, read: Recognised, language: str) -> Card:
    """The usable card that was read; a non-personal one is put on file by this draft.

    Raises:
        Refused: ``err.card_blocked``; ``err.unknown_card``: a personal card is registered first;
            ``err.not_ours``: it opens no visits.
    """
    key = card_key(read.object, read.number)
    found = on_file(books, key)
    if found:
        return usable(books, found.id)
    if read.scope == "interface":
        raise Refused("err.unknown_card")
    if read.scope != "entrance_card":
        raise Refused("err.not_ours")
    made = Card(
        id=CardId(books.new_id("c")),
        key=key,
        number=read.number,
        type=str(type_of(books, read.object)["id"]),
        client=clients.anonymous(books, draft, language),
        state="active",
    )
    draft.set(
        "cards",
        {
            "id": made.id,
            "key": made.key,
            "number": made.number,
            "type": made.type,
            "client": made.client,
            "state": made.state,
            "registered_at": books.at,
            "slip": "",
        },
    )
    return made


def _described(books: Books, guests: int, comment: str, note: str) -> dict[str, Any]:
    rule = books.settings().get("guests", "unused")
    least = 1 if rule == "mandatory" else 0
    if not least <= guests <= (0 if rule == "unused" else GUESTS_MAX):
        raise (
            Refused("err.guests", max=str(GUESTS_MAX))
            if rule != "unused"
            else Refused("err.guests_unused")
        )
    for text in (comment, note):
        if text and not legible(text, COMMENT_CHARACTERS_MAX):
            raise Refused("err.visit_comment", max=str(COMMENT_CHARACTERS_MAX))
    return {"guests": guests, "comment": comment, "note": note}


def _create(books: Books, command: CreateVisit) -> Draft:
    draft = Draft("visit_opened")
    card: Card | None = None
    if command.read is not None:
        card = card_of(books, draft, command.read, command.language)
    elif command.card:
        card = usable(books, command.card)
    visit = create(
        books,
        draft,
        card,
        guests=command.guests,
        comment=command.comment,
        note=command.note,
    )
    prepayment = int(type_of(books, visit["type"])["prepay_amount"])
    if not prepayment and not books.settings().get("empty_visits", True):
        # Such a visit begins with its first order.
        raise Refused("err.empty_visit")
    if prepayment and books.actor in ("guest", "kiosk"):
        raise Refused("err.prepay_first", amount=str(books.money(prepayment)))
    deposits.created(books, draft, visit, command.language)
    deposits.prepay(books, draft, visit, command.tender, command.language)
    return draft


def _describe(books: Books, command: DescribeVisit) -> Draft:
    visit = still_open(books, command.visit)
    told = _described(books, command.guests, command.comment, command.note)
    draft = Draft("visit_described")
    draft.refs |= refs_of(books, visit)
    draft.set("visits", visit | told)
    return draft


def _open(books: Books, query: OpenVisit) -> Visit | None:
    found = open_visit(books, query.card)
    return visit_of(books, found) if found else None


def _get(books: Books, query: GetVisit) -> Visit | None:
    found = books.search("visits", where("number") == query.number)
    return visit_of(books, found[0]) if found else None


def _list(books: Books, query: OpenVisits) -> tuple[Visit, ...]:
    del query
    staff_only(books)
    found = books.search("visits", where("state") == "open")
    return tuple(visit_of(books, v) for v in sorted(found, key=lambda v: int(v["number"])))


def _rules(books: Books, query: GetVisitRules) -> VisitRules:
    del query
    settings = books.settings()
    one_order = bool(settings.get("one_order_in_visit", False))
    entrance = settings.get("entrance_card", "seats_without_card_allowed")
    return VisitRules(
        guests=settings.get("guests", "unused"),
        without_card=one_order or entrance != "only_with_card",
        one_order=one_order,
        pay_on_exit=bool(settings.get("pay_on_exit", True)),
        on_cards=one_order or entrance != "none",
        empty=bool(settings.get("empty_visits", True)),
    )


def _kind(books: Books, query: GetCardKind) -> CardKind:
    kind = type_of(books, query.type)
    prepayment, limit = int(kind["prepay_amount"]), kind["limit"]
    return CardKind(
        name=str(kind.get("name", "")),
        personal=bool(kind["personal"]),
        prepayment=books.money(prepayment),
        minimum=books.money(int(kind["minimum"])),
        spend=None if limit is None else books.money(prepayment + int(limit)),
    )


def _find(books: Books, query: FindVisits) -> VisitsFound:
    staff_only(books)
    kept = books.search("visits", where("state") == "open")
    words = query.text.casefold().split()
    fit = [v for v in kept if not words or _fits(books, v, words)]
    latest = sorted(fit, key=lambda v: -int(v["number"]))[: max(0, query.most)]
    return VisitsFound(len(kept), len(fit), tuple(visit_of(books, v) for v in latest))


def _fits(books: Books, visit: Mapping[str, Any], words: Sequence[str]) -> bool:
    card = books.get("cards", visit["card"]) if visit["card"] else None
    last = card["number"][-4:] if card else ""
    known = f"{visit['number']} {visit.get('note', '')} {visit['comment']} {last}".casefold()
    return all(word in known for word in words)


def staff_only(books: Books) -> None:
    """Answer people who work here, and nobody before the kiosk (E57); ``err.not_allowed``."""
    if books.actor.partition(":")[0] not in ("staff", "till", "cli"):
        raise Refused("err.not_allowed")


def _offer(books: Books, query: OfferOnCard) -> CardOffer:
    read = query.read
    nothing = books.money(0)
    found = on_file(books, card_key(read.object, read.number))
    if found is None and read.scope == "interface":
        return CardOffer("register", "", None, None, nothing)
    card = usable(books, found.id) if found else None
    kept = open_visit(books, card.id) if card else None
    if kept is None:
        kind = type_of(books, card.type if card else read.object)
        return CardOffer("create", "", card, None, books.money(kind["prepay_amount"]))
    visit = visit_of(books, kept)
    # With one order in a visit there is nothing to calculate (E5).
    if query.in_visits and not books.settings().get("one_order_in_visit", False):
        return CardOffer("calculate", "order", card, visit, nothing)
    return CardOffer("order", "", card, visit, nothing)


def ended(visit: Mapping[str, Any], at: str, state: Literal["closed", "void"]) -> dict[str, Any]:
    """A visit's document when it ends; the note goes (E78), the card is free (E60)."""
    return {k: v for k, v in visit.items() if k != "note"} | {"state": state, "closed_at": at}


HANDLERS: dict[type, Handler] = {CreateVisit: _create, DescribeVisit: _describe}
ANSWERS: dict[type, Answer] = {
    OpenVisit: _open,
    GetVisit: _get,
    OpenVisits: _list,
    OfferOnCard: _offer,
    GetVisitRules: _rules,
    GetCardKind: _kind,
    FindVisits: _find,
}
ALLOWED: dict[type, frozenset[str]] = {
    CreateVisit: frozenset({"till", "staff", "guest", "kiosk"}),
    DescribeVisit: frozenset({"till", "staff"}),
}
