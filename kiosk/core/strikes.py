"""Strikes: what a rule of `trust` refused or noticed, put on record as a task for staff.

A refusal changes nothing, so whoever showed it records the strike afterwards: once an hour for
each rule and client. No number of a card and no raw read stands in one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kiosk.core.books import (
    REASON_CHARACTERS_MAX,
    REMARK,
    Answer,
    Books,
    Handler,
    Query,
    legible,
    remark,
)
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, ClientId
from kiosk.core.ledger import Draft
from kiosk.core.store import TableSpec
from kiosk.core.trust import HOUR_S, RULES

TABLES = (TableSpec("strikes", ("state",)),)

NOTICED = ("blocked_card", "copied_uid", "not_genuine")
"""What the kiosk refuses at once wherever it sees it, without a rule of `trust.RULES`."""
STRIKES_MAX = 50


@dataclass(frozen=True)
class RecordStrike:
    """Put on record that a rule struck, for a client or, without one, for this kiosk.

    `rule` is a name in `RULES` or `NOTICED`; `count`: how often, as far as that is known. No card's
    number, no raw read.
    """

    rule: str
    client: ClientId
    card: CardId
    count: int = field(default=1, metadata=REMARK)


@dataclass(frozen=True)
class ClearStrike:
    """Staff looked into a strike, and it is no task any more."""

    strike: str
    reason: str = remark()


@dataclass(frozen=True)
class Strike:
    """A rule that struck: when last, how often within that hour, how many hours in all."""

    id: str
    rule: str
    client: ClientId
    card: CardId
    at: str
    count: int
    hours: int


@dataclass(frozen=True)
class OpenStrikes(Query["tuple[Strike, ...]"]):
    """The latest strikes that nobody cleared, newest first; at most `STRIKES_MAX`."""


def _is_rule(name: str) -> bool:
    return any(rule.name == name for rule in RULES)


def strike(refused: Refused, client: str = "", card: str = "") -> RecordStrike | None:
    """The strike behind a refusal, to be recorded by whoever showed it; None: it is none."""
    rule = refused.args_by_name.get("rule", "")
    known = refused.key != "err.pin_needed" and (rule in NOTICED or _is_rule(rule))
    return RecordStrike(rule, ClientId(client), CardId(card)) if known else None


def strike_key(command: RecordStrike, kiosk: str, wall: datetime) -> str:
    """The key of a strike: one an hour for each rule and client."""
    return f"strike:{command.rule}:{command.client or kiosk}:{wall:%Y%m%d%H}"


def unknown_card_shown(
    before: tuple[tuple[float, str], ...], print_: str, mono_s: float
) -> tuple[tuple[float, str], ...]:
    """The unknown cards of the last hour, with the one shown now: when, and a print of each.

    A card that is shown again counts once. `print_` is a short hash, of which no number comes back.
    """
    kept = tuple((at, p) for at, p in before if at > mono_s - HOUR_S and p != print_)
    return (*kept[-STRIKES_MAX:], (mono_s, print_))


def _record(books: Books, command: RecordStrike) -> Draft:
    if command.rule not in NOTICED and not _is_rule(command.rule):
        raise Refused("err.no_such_rule", rule=command.rule)
    if command.rule == "unknown_cards":
        most = books.settings()["trust"]["unknown_cards_per_hour_max"]
        if command.count <= most:
            raise Refused("err.not_struck", rule=command.rule)
    name = f"{command.rule}:{command.client or books.kiosk}"
    refs: dict[str, Any] = {"rule": command.rule, "strike": name}
    refs |= {k: v for k, v in (("client", command.client), ("card", command.card)) if v}
    draft = Draft("trust_struck", refs=refs)
    before = books.get("strikes", name)
    document = {
        "id": name,
        "rule": command.rule,
        "client": command.client,
        "card": command.card,
        "at": books.at,
        "count": command.count,
        "hours": (before["hours"] if before else 0) + 1,
        "state": "open",
    }
    draft.set("strikes", document)
    return draft


def _clear(books: Books, command: ClearStrike) -> Draft:
    found = books.get("strikes", command.strike)
    if not found or found["state"] != "open":
        raise Refused("err.no_such_strike", strike=command.strike)
    if not legible(command.reason, REASON_CHARACTERS_MAX):
        raise Refused("err.reason_missing")
    refs = {"strike": found["id"], "rule": found["rule"]}
    refs |= {"client": found["client"]} if found["client"] else {}
    draft = Draft("strike_cleared", reason=command.reason, refs=refs)
    draft.set("strikes", found | {"state": "cleared"})
    return draft


def _open_strikes(books: Books, query: OpenStrikes) -> tuple[Strike, ...]:
    del query
    return open_strikes(books)


def open_strikes(books: Books) -> tuple[Strike, ...]:
    """See `OpenStrikes`."""
    found = books.ledger.store.latest("strikes", "state", "open", STRIKES_MAX)
    told = (
        Strike(d["id"], d["rule"], ClientId(d["client"]), CardId(d["card"]), d["at"], d["count"],
               d["hours"])
        for d in found
    )  # fmt: skip
    return tuple(sorted(told, key=lambda s: s.at, reverse=True))


HANDLERS: dict[type, Handler] = {RecordStrike: _record, ClearStrike: _clear}
ANSWERS: dict[type, Answer] = {OpenStrikes: _open_strikes}
ALLOWED: dict[type, frozenset[str]] = {
    RecordStrike: frozenset({"kiosk"}),
    ClearStrike: frozenset({"staff", "cli"}),
}
