"""Reads that are not the kiosk's own: at a till, or typed, as a test or where no reader reads.

All are questions: nothing in the books changes, and what was typed stands nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from kiosk.core import settings
from kiosk.core.books import Answer, Books, Handler, Query, personal
from kiosk.core.errors import Refused
from kiosk.core.ids import DeviceId
from kiosk.core.messages import Signal
from kiosk.core.permissions import need
from kiosk.core.recognition import SIGNALS, Recognised, Rule, explain, recognise
from kiosk.core.store import TableSpec

TABLES: tuple[TableSpec, ...] = ()

TYPED_CHARACTERS_MAX = 250
"""Of what a person types; a card with three full tracks has 223."""
BY_HAND = DeviceId("")
"""The reader of a number that was typed, or read at a till: rules that are bound to a reader do not
look at it."""
_RANDOM_UID, _SHORT_UID = "08", 8
"""ISO/IEC 14443-3: a UID of 4 bytes that begins so is made anew at every tap."""


@dataclass(frozen=True)
class RuleSays:
    """What one rule makes of a read: whether it matches, and the number or why not."""

    rule: str
    matches: bool
    says: str


@dataclass(frozen=True)
class ExplainRead(Query["tuple[RuleSays, ...]"]):
    """What every rule says to typed test data of a signal and a reader (E75).

    `rules` are those that are asked, where they are not in force yet; else the venue's.
    """

    signal: str
    reader: DeviceId
    text: str = personal()
    rules: tuple[Rule, ...] | None = None


@dataclass(frozen=True)
class TypedNumber(Query[Recognised]):
    """The card whose number was typed where its reader fails (E77); as a read of a keyboard.

    Needs the right ``code_from_keyboard``: whoever knows a number could be its card otherwise.
    Refused as a read would be: no rule, several rules, an expired date.
    """

    text: str = personal()


@dataclass(frozen=True)
class ReadCard(Query[Recognised]):
    """The card that a till's reader read, by the rules of the venue.

    `text` is as in `CardPresented`. Refused as a read at the kiosk: no rule, several rules, an
    expired date, a bank card or a phone (K-07), as far as its read tells.
    """

    signal: str
    text: str = personal()


def _test(books: Books, query: ExplainRead) -> tuple[RuleSays, ...]:
    rules = settings.rules(books) if query.rules is None else query.rules
    told = explain(_typed(query.text), _signal(query.signal), query.reader, rules)
    return tuple(RuleSays(*said) for said in told)


def _typed_number(books: Books, query: TypedNumber) -> Recognised:
    need(books, "code_from_keyboard")
    return _by_rules(books, "keyboard", query.text)


def _read(books: Books, query: ReadCard) -> Recognised:
    return recognised(books, query.signal, query.text)


def recognised(books: Books, signal: str, text: str) -> Recognised:
    """What the rules make of a read at a till.

    Raises:
        Refused: ``err.no_such_signal``, ``err.typed``, ``err.not_allowed`` (a number that was
            typed is a matter of `TypedNumber`), ``err.bank_card``, those of `recognise`.
    """
    kind = _signal(signal)
    if kind == "keyboard":
        raise Refused("err.not_allowed")
    if kind == "contactless" and len(text) == _SHORT_UID and text.startswith(_RANDOM_UID):
        raise Refused("err.bank_card")
    return _by_rules(books, kind, text)


def _by_rules(books: Books, signal: Signal, text: str) -> Recognised:
    zone = ZoneInfo(books.settings().get("time_zone", "UTC"))
    today = books.now.wall.astimezone(zone).date()
    return recognise(_typed(text), signal, BY_HAND, settings.rules(books), today)


def _signal(name: str) -> Signal:
    for signal in SIGNALS:
        if signal == name:
            return signal
    raise Refused("err.no_such_signal", signal=name, known=", ".join(SIGNALS))


def _typed(text: str) -> str:
    if not text.isprintable() or not 0 < len(text) <= TYPED_CHARACTERS_MAX:
        raise Refused("err.typed", max=str(TYPED_CHARACTERS_MAX))
    return text


HANDLERS: dict[type, Handler] = {}
ANSWERS: dict[type, Answer] = {
    ExplainRead: _test,
    TypedNumber: _typed_number,
    ReadCard: _read,
}
ALLOWED: dict[type, frozenset[str]] = {}
