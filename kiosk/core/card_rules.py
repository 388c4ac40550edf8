"""Card types and recognition rules as the desk changes them: all of both in one entry.

They are set together because they must fit together: a type of entrance cards without its rule is
refused, and so is a rule without its type (E12). What a file may hold, and what must fit in it, is
checked here as there (`venue_file`). A type never vanishes, as cards and visits name it: it goes
out of use.
Source: docs/criteria.md E9 to E15, E63 to E66, E70 to E76.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tinydb import where

from kiosk.core import settings, venue_file
from kiosk.core.books import Answer, Books, Handler, Query, added
from kiosk.core.errors import ConfigError, Refused
from kiosk.core.ledger import Draft
from kiosk.core.misfits import Misfit, misfits
from kiosk.core.money import Money
from kiosk.core.recognition import NUMBER_CHARACTERS_MAX, Rule, breadth
from kiosk.core.store import TableSpec

TABLES: tuple[TableSpec, ...] = ()

RULES_MAX = 100
"""So many rules people can look through, and each pair of them is compared."""
READ_MAX = 250
"""No read is longer: three full tracks have 223 characters."""


@dataclass(frozen=True)
class CardType:
    """A type of cards, as a venue's file has it.

    `limit` is how far a visit may go below zero; None: no check at all. `prepay_reason` and
    `markup` are ids, or empty. `genuine`: guests pay only with those that proved themselves.
    """

    id: str
    name: str
    personal: bool
    in_use: bool
    prepay: Money
    prepay_reason: str
    limit: Money | None
    minimum: Money
    markup: str
    discount_percent: int
    floating: bool
    genuine: bool = added(False)


@dataclass(frozen=True)
class Recognition:
    """The card types and the rules as they are, and what the types may name.

    `reasons` are the reasons of prepayments, `markups` those of minimums: id and name.
    """

    types: tuple[CardType, ...]
    rules: tuple[Rule, ...]
    reasons: tuple[tuple[str, str], ...]
    markups: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class GetRecognition(Query[Recognition]):
    """The card types and the recognition rules."""


@dataclass(frozen=True)
class CheckRecognition(Query["tuple[Misfit, ...]"]):
    """What of these types and rules does not fit together; nothing changes."""

    types: tuple[CardType, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class SetRecognition:
    """Put these types and rules, in this order, in place of all that there are.

    A type that is not among them goes out of use. A rule that is new or changed and takes whatever
    its signals bring is refused; one that takes all of a length needs `confirmed`.
    """

    types: tuple[CardType, ...]
    rules: tuple[Rule, ...]
    confirmed: bool = False


def _set(books: Books, command: SetRecognition) -> Draft:
    if len(command.rules) > RULES_MAX:
        raise Refused("err.rules_many", max=str(RULES_MAX))
    kept = settings.rule_documents(books)
    for rule in command.rules:
        _sound(rule, kept, confirmed=command.confirmed)
    documents = {
        **settings.documents(books),
        "card_types": [_type_document(kind) for kind in command.types],
        "rules": [rule.to_document() | {"id": rule.name} for rule in command.rules],
    }
    try:
        file = venue_file.checked(venue_file.laid_out(documents))
    except ConfigError as error:
        raise _wrong(error) from None
    draft = Draft("recognition_set")
    settings.set_table(books, draft, "card_types", file.documents["card_types"])
    placed = [dict(d) | {"place": n} for n, d in enumerate(file.documents["rules"])]
    settings.set_table(books, draft, "rules", placed)
    if not draft.changes:
        raise Refused("err.nothing_changed")
    settings.check_types(books, draft)
    _not_in_visits(books, draft)
    return draft


def _sound(rule: Rule, kept: Sequence[Mapping[str, Any]], *, confirmed: bool) -> None:
    """Refuse a rule that takes everything, or is longer than any card (see `breadth`)."""
    if len(rule.pattern) > NUMBER_CHARACTERS_MAX or any(n > READ_MAX for n in rule.lengths):
        raise Refused("err.rule_long", rule=rule.name, max=str(READ_MAX))
    if any(Rule.from_document(d) == rule for d in kept):
        return
    match breadth(rule):
        case "everything":
            raise Refused("err.rule_everything", rule=rule.name)
        case "wide" if not confirmed:
            raise Refused("err.rule_wide", rule=rule.name)


def _wrong(error: ConfigError) -> Refused:
    """All mistakes; the file that they name is none here."""
    told = "; ".join(mistake.split(": ", 1)[1] for mistake in error.mistakes)
    return Refused("err.recognition_wrong", told=told)


def _not_in_visits(books: Books, draft: Draft) -> None:
    """Let a type go out of use only while no visit of it is open."""
    gone = {
        change.id
        for change in draft.changes
        if change.table == "card_types"
        and change.document
        and not change.document["in_use"]
        and (books.get("card_types", change.id) or {}).get("in_use")
    }
    visits = books.search("visits", where("state") == "open") if gone else []
    for kind in sorted(gone):
        if numbers := [str(v["number"]) for v in visits if v["type"] == kind]:
            raise Refused("err.type_visits_open", type=kind, numbers=", ".join(numbers))


def _type_document(kind: CardType) -> dict[str, Any]:
    document = asdict(kind)
    del document["prepay"]
    return document | {
        "prepay_amount": kind.prepay.minor,
        "limit": kind.limit.minor if kind.limit is not None else None,
        "minimum": kind.minimum.minor,
    }


def _type(books: Books, document: Mapping[str, Any]) -> CardType:
    limit = document["limit"]
    return CardType(
        id=document["id"],
        name=document["name"],
        personal=document["personal"],
        in_use=document["in_use"],
        prepay=books.money(document["prepay_amount"]),
        prepay_reason=document["prepay_reason"],
        limit=None if limit is None else books.money(limit),
        minimum=books.money(document["minimum"]),
        markup=document["markup"],
        discount_percent=document["discount_percent"],
        floating=document["floating"],
        genuine=document.get("genuine", False),
    )


def _get(books: Books, query: GetRecognition) -> Recognition:
    del query
    table = books.ledger.store.table
    return Recognition(
        types=tuple(_type(books, document) for document in table("card_types")),
        rules=settings.rules(books),
        reasons=tuple((d["id"], d["name"]) for d in table("money_reasons") if d["prepayment"]),
        markups=tuple((d["id"], d["name"]) for d in table("markups")),
    )


def _check(books: Books, query: CheckRecognition) -> tuple[Misfit, ...]:
    del books
    return misfits(query.types, query.rules)


HANDLERS: dict[type, Handler] = {SetRecognition: _set}
ANSWERS: dict[type, Answer] = {GetRecognition: _get, CheckRecognition: _check}
ALLOWED: dict[type, frozenset[str]] = {SetRecognition: frozenset({"staff", "cli"})}
