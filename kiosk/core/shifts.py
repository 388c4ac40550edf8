"""Shifts of the desk: one at a time, opened with a float, ended by a Z.

A Z covers every entry since the one before it, so nothing falls between two of them: neither what
guests do at the kiosk while no shift is open (C29). See docs/ledger.md, "Shifts".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from tinydb import where

from kiosk.core import tickets
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
from kiosk.core.cash import NOT_OUT, last_start
from kiosk.core.cash_documents import DESK_PAPER
from kiosk.core.errors import Refused
from kiosk.core.ledger import Draft
from kiosk.core.money import Money
from kiosk.core.shift_report import figures, grand_totals, since, standing, unfiscalised
from kiosk.core.slips import add_slip, has_layout
from kiosk.core.store import TableSpec
from kiosk.core.tenders import TILL, Cash, cash, current_shift, money_reason, overdue
from kiosk.core.turnover import turnover

TABLES = (TableSpec("shifts", ("state",)),)

VAULT, OVER_SHORT = "1050", "5030"
DESK_PAPER_MAX = 100
"""So many slips of each state are looked through for the desk's own."""
FORMER_MAX = 30
"""Of the shifts that are over so many are told at once."""

Warning_ = Literal["open_visits", "doubtful_notes", "unfiscalised", "desk_paper"]
"""What a shift may leave open, if the person who closes it says that he knows."""


@dataclass(frozen=True)
class OpenShift:
    """Open the desk's shift with a float: what is put into the till beside what lies in it.

    `reason` is a money reason for ``float``; needed where there is a float.
    """

    float_in: Cash
    reason: str = ""
    employee: str = ""
    comment: str = remark()
    language: str = added("en")
    """Of the float's slip."""


@dataclass(frozen=True)
class CloseShift:
    """Close the shift: its Z is made, with what was counted in the till.

    `confirmed` names the warnings of `EndOfShift` that the person has read.
    """

    counted: Cash
    confirmed: tuple[Warning_, ...] = ()
    comment: str = remark()
    language: str = added("en")


@dataclass(frozen=True)
class CloseOverdueShift:
    """Close a shift that has been open for too long: nobody counted, the cash is carried over.

    What may be confirmed is carried over, too; what hinders a close (see `EndOfShift`) does here.
    """

    shift: str
    language: str = added("en")


@dataclass(frozen=True)
class Shift:
    """An open shift: `first` is the number of the first entry that its Z will cover."""

    id: str
    number: int
    opened_at: str
    opened_by: str
    first: int
    float_in: Money
    overdue: bool


@dataclass(frozen=True)
class CurrentShift(Query["Shift | None"]):
    """The open shift, if there is one."""


@dataclass(frozen=True)
class Ending:
    """What stands in the way of a Z, and what it would leave open (E80).

    `slips` of guests were sent to the printer and nobody knows yet what came out; `notes` are in
    an acceptor now; `prepayments` are being paid. All these end by themselves, or by somebody's
    hand, first. The rest is carried over once it was confirmed; `desk_paper` are slips that the
    desk issued for itself since the last Z, and that are not known to have come out.
    """

    slips: tuple[str, ...]
    notes: tuple[str, ...]
    prepayments: tuple[str, ...]
    open_visits: int
    doubtful_notes: int
    unfiscalised: int
    desk_paper: int = 0

    def warnings(self) -> dict[Warning_, int]:
        """What is to be confirmed, and how many of each there are."""
        told: dict[Warning_, int] = {
            "open_visits": self.open_visits,
            "doubtful_notes": self.doubtful_notes,
            "unfiscalised": self.unfiscalised,
            "desk_paper": self.desk_paper,
        }
        return {name: number for name, number in told.items() if number}


@dataclass(frozen=True)
class EndOfShift(Query[Ending]):
    """Whether a Z could be made now, and what it would leave open."""


@dataclass(frozen=True)
class FormerShift:
    """A shift that is over: the number of its Z, and what its count came to.

    `counted` is None where nobody counted; `over_short` is what was counted less the books.
    """

    z: int
    shift: int
    at: str
    by: str
    counted: Money | None
    over_short: Money


@dataclass(frozen=True)
class FormerShifts(Query["tuple[FormerShift, ...]"]):
    """The latest shifts that are over, newest first."""


def _open(books: Books, command: OpenShift) -> Draft:
    if current_shift(books) is not None:
        raise Refused("err.shift_open")
    put_in, faces = cash(books, command.float_in)
    comment(command.comment)
    draft = Draft("shift_opened", reason=command.comment)
    shift = {
        "id": books.new_id("h"),
        "number": books.number(draft, "shift"),
        "state": "open",
        "opened_at": books.at,
        "opened_by": books.actor,
        "first": grand_totals(books).seq + 1,
        "float": put_in,
        "float_faces": faces,
        "closed_at": "",
        "closed_by": "",
        "z": 0,
    }
    draft.refs["shift"] = shift["id"]
    if put_in:
        reason = money_reason(books, command.reason, "float", command.employee)
        draft.refs |= {"money_reason": command.reason, "employee": command.employee}
        draft.post(TILL, f"{VAULT}:{command.reason}", books.unit, put_in)
    draft.set("shifts", shift)
    if put_in:
        paper = {"reason": reason["name"], "employee": command.employee}
        cash_slip(books, draft, "float_slip", put_in, faces, command.language, **paper)
    return draft


def cash_slip(
    books: Books,
    draft: Draft,
    kind: Literal["float_slip", "withdrawal_slip"],
    total: int,
    faces: list[list[int]],
    language: str,
    **paper: str,
) -> None:
    """The slip of cash that `draft` puts into the till or takes out of it.

    Args:
        books: the books.
        draft: takes the slip; its reason is the comment.
        kind: which of the two.
        total: minor units.
        faces: ``[face, number]`` where it was counted so; empty for a sum.
        language: of the slip.
        paper: what else stands on it: ``reason`` (the name of a money reason), ``employee``,
            ``what`` was taken out.
    """
    slip = add_slip(books, draft, kind, {}, language)
    told = {"reason": "", "employee": "", "comment": draft.reason, "by": books.actor}
    slip["facts"] |= {"total": total, "faces": faces, **told, **paper}


def comment(text: str) -> None:
    """A comment may be empty; what is said has to be legible."""
    if text and not legible(text, REASON_CHARACTERS_MAX):
        raise Refused("err.reason_missing")


def _close(books: Books, command: CloseShift) -> Draft:
    shift = current_shift(books)
    if shift is None:
        raise Refused("err.no_shift_to_close")
    comment(command.comment)
    end = ending(books)
    _hindered(end)
    for name, number in end.warnings().items():
        if name not in command.confirmed:
            raise Refused(f"err.close_{name}", n=str(number))
    total, faces = cash(books, command.counted)
    counted = {"total": total, "faces": faces}
    return _z(books, shift, end, counted, command.comment, command.language)


def _close_overdue(books: Books, command: CloseOverdueShift) -> Draft:
    shift = current_shift(books)
    if shift is None or shift["id"] != command.shift or not overdue(books, shift):
        raise Refused("err.no_shift_to_close")
    end = ending(books)
    _hindered(end)
    return _z(books, shift, end, None, "", command.language)


def _hindered(end: Ending) -> None:
    if end.notes:
        raise Refused("err.close_notes", n=str(len(end.notes)))
    if end.prepayments:
        raise Refused("err.close_prepayments", n=str(len(end.prepayments)))
    if end.slips:
        raise Refused("err.close_slips", n=str(len(end.slips)))


def _z(
    books: Books,
    shift: dict[str, Any],
    end: Ending,
    counted: dict[str, Any] | None,
    comment_: str,
    language: str,
) -> Draft:
    draft = Draft("shift_closed", reason=comment_)
    # The number of the slip is that of the Z: one series, and one paper for each.
    number = add_slip(books, draft, "z_report", {}, language)["number"]
    tickets.publish(books, draft)
    draft.refs |= {"shift": shift["id"], "z": number}
    expected = books.ledger.balance(TILL, books.unit)
    over = counted["total"] - expected if counted else 0
    if over > 0:
        draft.post(TILL, OVER_SHORT, books.unit, over)
    elif over < 0:
        draft.post(OVER_SHORT, TILL, books.unit, -over)
    before = grand_totals(books)
    seq = books.ledger.seq + 1
    moved = since(books, before) + turnover([draft], seq, seq)
    made = standing(books, figures(books, before, moved, books.ledger.head))
    draft.set(
        "z_reports",
        {
            "id": str(number),
            "number": number,
            "shift": shift["number"],
            "at": books.at,
            "by": books.actor,
            "seq": seq,
            "head": books.ledger.head,
            "expected": expected,
            "counted": counted,
            "over_short": over,
            "open_visits": made.open_visits,
            "open_claims": made.open_claims,
            "doubtful_notes": end.doubtful_notes,
            "unfiscalised": made.unfiscalised,
            "moved": moved.document(),
            "grand": made.grand.document(),
        },
    )
    closed = {"state": "closed", "closed_at": books.at, "closed_by": books.actor, "z": number}
    draft.set("shifts", shift | closed)
    return draft


def ending(books: Books) -> Ending:
    """What stands in the way of a Z now, and what it would leave open."""
    notes = books.search("notes", where("state").one_of(["held", "doubtful"]))
    start = last_start(books)
    due = books.search("slips", where("state") == "due")
    pending = books.search("prepayments", where("state") == "pending")
    return Ending(
        slips=tuple(
            s["id"]
            for s in due
            if s["start"] == start and has_layout(s["kind"]) and s["kind"] not in DESK_PAPER
        ),
        notes=tuple(n["id"] for n in notes if n["state"] == "held"),
        prepayments=tuple(p["id"] for p in pending),
        open_visits=len(books.search("visits", where("state") == "open")),
        doubtful_notes=sum(n["state"] == "doubtful" for n in notes),
        unfiscalised=unfiscalised(books),
        desk_paper=_desk_paper(books),
    )


def _desk_paper(books: Books) -> int:
    """How many slips of the desk, issued after the last Z, are not known to have come out."""
    last = books.ledger.store.latest("z_reports")
    seq = last[0]["seq"] if last else 0
    states = ("due", *NOT_OUT)
    found = (
        slip
        for state in states
        for slip in books.ledger.store.latest("slips", "state", state, DESK_PAPER_MAX)
    )
    return sum(s["kind"] in DESK_PAPER and s["facts"]["entry"] > seq for s in found)


def _current(books: Books, query: CurrentShift) -> Shift | None:
    del query
    kept = current_shift(books)
    return _shift(books, kept) if kept else None


def _shift(books: Books, kept: dict[str, Any]) -> Shift:
    return Shift(
        kept["id"],
        kept["number"],
        kept["opened_at"],
        kept["opened_by"],
        kept["first"],
        books.money(kept["float"]),
        overdue(books, kept),
    )


def _end(books: Books, query: EndOfShift) -> Ending:
    del query
    return ending(books)


def _former(books: Books, query: FormerShifts) -> tuple[FormerShift, ...]:
    del query
    return tuple(
        FormerShift(
            z["number"],
            z["shift"],
            z["at"],
            z["by"],
            books.money(z["counted"]["total"]) if z["counted"] else None,
            books.money(z["over_short"]),
        )
        for z in books.ledger.store.latest("z_reports", limit=FORMER_MAX)
    )


HANDLERS: dict[type, Handler] = {
    OpenShift: _open,
    CloseShift: _close,
    CloseOverdueShift: _close_overdue,
}
ANSWERS: dict[type, Answer] = {
    CurrentShift: _current,
    EndOfShift: _end,
    FormerShifts: _former,
}
ALLOWED: dict[type, frozenset[str]] = {
    OpenShift: frozenset({"staff", "cli"}),
    CloseShift: frozenset({"staff", "cli"}),
    CloseOverdueShift: frozenset({"kiosk"}),
}
