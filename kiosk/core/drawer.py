"""The drawer of the desk during a shift: float in, withdrawals, collections, and taking one back.

Each of these is a document of the table `till_movements`, so that it can be taken back once, in its
shift. See docs/ledger.md, "Shifts".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from tinydb import where

from kiosk.core.books import (
    REASON_CHARACTERS_MAX,
    Answer,
    Books,
    Handler,
    Query,
    added,
    legible,
    remark,
)
from kiosk.core.errors import Refused
from kiosk.core.ledger import Draft
from kiosk.core.money import Money
from kiosk.core.shifts import VAULT, cash_slip, comment
from kiosk.core.store import TableSpec
from kiosk.core.tenders import (
    TILL,
    Cash,
    amount,
    blind_count,
    cash,
    current_shift,
    money_reason,
    open_shift,
    pay_out,
)

TABLES = (TableSpec("till_movements", ("shift",)),)

What = Literal["float", "withdrawal", "collection"]


@dataclass(frozen=True)
class FloatIn:
    """Put money for change into the till; `reason` is a money reason for ``float``."""

    cash: Cash
    reason: str
    employee: str = ""
    comment: str = remark()
    language: str = added("en")


@dataclass(frozen=True)
class WithdrawCash:
    """Take money out of the till; `reason` is a money reason for ``withdrawal``."""

    cash: Cash
    reason: str
    employee: str = ""
    comment: str = remark()
    language: str = added("en")


@dataclass(frozen=True)
class CollectDrawer:
    """Take the drawer's cash, all of it or `part`, to the vault in the middle of a shift (C29)."""

    comment: str
    part: Money | None = None
    language: str = added("en")


@dataclass(frozen=True)
class ReverseTillMovement:
    """Take back a movement of the drawer that was made in this shift: it never happened."""

    movement: str
    reason: str = remark()


@dataclass(frozen=True)
class TillMovement:
    """What was put into the drawer or taken out of it, and whether it was taken back."""

    id: str
    what: What
    value: Money
    at: str
    by: str
    reason: str
    reversed: bool


@dataclass(frozen=True)
class TillMovements(Query["tuple[TillMovement, ...]"]):
    """The movements of the drawer in the open shift, oldest first."""


@dataclass(frozen=True)
class DrawerContents(Query["Money | None"]):
    """What lies in the till, as the books say; None where the count is blind."""


def _movement(
    books: Books, draft: Draft, what: What, minor: int, other: str, faces: list[list[int]]
) -> Draft:
    shift = open_shift(books)
    made = {
        "id": books.new_id("m"),
        "shift": shift["id"],
        "what": what,
        "minor": minor,
        "faces": faces,
        "account": other,
        "entry": books.ledger.seq + 1,
        "at": books.at,
        "by": books.actor,
        "reason": draft.refs.get("money_reason", ""),
        "reversed": False,
    }
    draft.refs |= {"shift": shift["id"], "movement": made["id"]}
    draft.set("till_movements", made)
    return draft


def _with_reason(
    books: Books, kind: str, use: str, command: FloatIn | WithdrawCash
) -> tuple[Draft, str, dict[str, str]]:
    """The draft, the account of the vault, and what the slip says of the reason."""
    reason = money_reason(books, command.reason, use, command.employee)
    comment(command.comment)
    refs = {"money_reason": command.reason, "employee": command.employee}
    paper = {"reason": str(reason["name"]), "employee": command.employee}
    return Draft(kind, reason=command.comment, refs=refs), f"{VAULT}:{command.reason}", paper


def _some(books: Books, told: Cash) -> tuple[int, list[list[int]]]:
    total, faces = cash(books, told)
    amount(books, books.money(total))
    return total, faces


def _float_in(books: Books, command: FloatIn) -> Draft:
    draft, from_, paper = _with_reason(books, "float_added", "float", command)
    total, faces = _some(books, command.cash)
    draft.post(TILL, from_, books.unit, total)
    cash_slip(books, draft, "float_slip", total, faces, command.language, **paper)
    return _movement(books, draft, "float", total, from_, faces)


def _withdraw(books: Books, command: WithdrawCash) -> Draft:
    draft, to, paper = _with_reason(books, "cash_withdrawn", "withdrawal", command)
    total, faces = _some(books, command.cash)
    pay_out(books, draft, total, to)
    paper |= {"what": "withdrawal"}
    cash_slip(books, draft, "withdrawal_slip", total, faces, command.language, **paper)
    return _movement(books, draft, "withdrawal", total, to, faces)


def _collect(books: Books, command: CollectDrawer) -> Draft:
    if not legible(command.comment, REASON_CHARACTERS_MAX):
        raise Refused("err.reason_missing")
    if command.part is None:
        total = books.ledger.balance(TILL, books.unit)
    else:
        total = amount(books, command.part)
    if total <= 0:
        raise Refused("err.till_empty")
    draft = Draft("drawer_collected", reason=command.comment)
    pay_out(books, draft, total, VAULT)
    what = {"what": "collection"}
    cash_slip(books, draft, "withdrawal_slip", total, [], command.language, **what)
    return _movement(books, draft, "collection", total, VAULT, [])


def _reverse(books: Books, command: ReverseTillMovement) -> Draft:
    if not legible(command.reason, REASON_CHARACTERS_MAX):
        raise Refused("err.reason_missing")
    shift = open_shift(books)
    made = books.get("till_movements", command.movement)
    if made is None or made["shift"] != shift["id"]:
        raise Refused("err.not_this_shift")
    if made["reversed"]:
        raise Refused("err.reversed_already")
    entry = books.ledger.entry(made["entry"])
    assert entry is not None, "an entry made the movement"
    draft = Draft("reversed", reason=command.reason)
    draft.refs |= {"reverses": entry.id, "shift": shift["id"], "movement": made["id"]}
    if made["what"] == "float":
        pay_out(books, draft, made["minor"], made["account"])
    else:
        draft.post(TILL, made["account"], books.unit, made["minor"])
    draft.set("till_movements", made | {"reversed": True})
    return draft


def _list(books: Books, query: TillMovements) -> tuple[TillMovement, ...]:
    del query
    shift = current_shift(books)
    found = books.search("till_movements", where("shift") == shift["id"]) if shift else []
    return tuple(_told(books, m) for m in found)


def _told(books: Books, kept: dict[str, Any]) -> TillMovement:
    return TillMovement(
        kept["id"],
        kept["what"],
        books.money(kept["minor"]),
        kept["at"],
        kept["by"],
        kept["reason"],
        kept["reversed"],
    )


def _contents(books: Books, query: DrawerContents) -> Money | None:
    del query
    return None if blind_count(books) else books.money(books.ledger.balance(TILL, books.unit))


HANDLERS: dict[type, Handler] = {
    FloatIn: _float_in,
    WithdrawCash: _withdraw,
    CollectDrawer: _collect,
    ReverseTillMovement: _reverse,
}
ANSWERS: dict[type, Answer] = {TillMovements: _list, DrawerContents: _contents}
ALLOWED: dict[type, frozenset[str]] = {name: frozenset({"staff", "cli"}) for name in HANDLERS}
