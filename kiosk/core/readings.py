"""Reads that people make by hand: testing the rules, and a number typed where no reader reads.

Both are questions: nothing in the books changes, and what was typed stands nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from kiosk.core.books import Answer, Books, Handler, Query, personal
from kiosk.core.errors import Refused
from kiosk.core.ids import DeviceId
from kiosk.core.permissions import need
from kiosk.core.recognition import SIGNALS, Recognised, Rule, explain, recognise
from kiosk.core.store import TableSpec

TABLES: tuple[TableSpec, ...] = ()

TYPED_CHARACTERS_MAX = 250
"""Of what a person types; a card with three full tracks has 223."""
BY_HAND = DeviceId("")
"""The reader of a number that was typed: rules that are bound to a reader do not look at it."""


@dataclass(frozen=True)
class RuleSays:
    """What one rule makes of a read: whether it matches, and the number or why not."""

    rule: str
    matches: bool
    says: str


@dataclass(frozen=True)
class ExplainRead(Query["tuple[RuleSays, ...]"]):
    """What every rule says to typed test data of a signal and a reader (E75)."""

    signal: str
    reader: DeviceId
    text: str = personal()


@dataclass(frozen=True)
class TypedNumber(Query[Recognised]):
    """The card whose number was typed where its reader fails (E77); as a read of a keyboard.

    Needs the right ``code_from_keyboard``: whoever knows a number could be its card otherwise.
    Refused as a read would be: no rule, several rules, an expired date.
    """

    text: str = personal()


def _rules(books: Books) -> tuple[Rule, ...]:
    return tuple(Rule.from_document(dict(d)) for d in books.ledger.store.table("rules"))


def _test(books: Books, query: ExplainRead) -> tuple[RuleSays, ...]:
    signal = next((s for s in SIGNALS if s == query.signal), None)
    if signal is None:
        raise Refused("err.no_such_signal", signal=query.signal, known=", ".join(SIGNALS))
    told = explain(_typed(query.text), signal, query.reader, _rules(books))
    return tuple(RuleSays(*said) for said in told)


def _typed_number(books: Books, query: TypedNumber) -> Recognised:
    need(books, "code_from_keyboard")
    zone = ZoneInfo(books.settings().get("time_zone", "UTC"))
    today = books.now.wall.astimezone(zone).date()
    return recognise(_typed(query.text), "keyboard", BY_HAND, _rules(books), today)


def _typed(text: str) -> str:
    if not text.isprintable() or not 0 < len(text) <= TYPED_CHARACTERS_MAX:
        raise Refused("err.typed", max=str(TYPED_CHARACTERS_MAX))
    return text


HANDLERS: dict[type, Handler] = {}
ANSWERS: dict[type, Answer] = {ExplainRead: _test, TypedNumber: _typed_number}
ALLOWED: dict[type, frozenset[str]] = {}
