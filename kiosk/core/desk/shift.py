"""A8. The shift of the desk: opened with a float, looked at by an X, closed by a count and a Z."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kiosk.core.desk import counting, forms
from kiosk.core.desk.cash_home import CashPage, open_home, wrong
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page
from kiosk.core.drawer import DrawerContents
from kiosk.core.errors import Refused
from kiosk.core.ids import JobId, VisitId
from kiosk.core.money import Money
from kiosk.core.money_reasons import MoneyReason, MoneyReasons
from kiosk.core.prepayments import AbandonPrepayment
from kiosk.core.receipts import ReprintSlip
from kiosk.core.shifts import (
    CloseShift,
    Ending,
    EndOfShift,
    FormerShift,
    FormerShifts,
    OpenShift,
    Warning_,
)
from kiosk.core.staff import ListStaff

COMMENT = Field("comment", Said("desk.field.comment"), "text", most=80)


@dataclass(frozen=True)
class OpeningShift(CashPage):
    """What is put into the till when the shift begins."""

    form: Form
    reasons: tuple[MoneyReason, ...]


@dataclass(frozen=True)
class ClosingShift(CashPage):
    """What stands in the way of a Z, what it leaves open, and the count of the till.

    `expected` is None where the count is blind; `confirmed` are the warnings that were read.
    """

    form: Form
    ending: Ending
    expected: Money | None
    confirmed: tuple[Warning_, ...] = ()


@dataclass(frozen=True)
class FormerShiftsPage(CashPage):
    """The shifts that are over; `picked` is the number of a Z. `closed`: the newest just ended."""

    rows: tuple[FormerShift, ...]
    picked: int = 0
    closed: bool = False


# --- fields of whoever moves money -------------------------------------------------------------


def reason_fields(at: At, use: str) -> tuple[tuple[Field, ...], tuple[MoneyReason, ...]]:
    """The fields for a money reason and for whom it concerns (E81), and the reasons themselves."""
    reasons = at.ask(MoneyReasons(use))
    first = reasons[0].id if len(reasons) == 1 else ""
    people = tuple((p.number, p.name or p.number) for p in at.ask(ListStaff()))
    fields = (
        Field(
            "reason",
            Said("desk.field.money_reason"),
            "choice",
            first,
            options=tuple((r.id, r.name) for r in reasons),
        ),
        Field("employee", Said("desk.field.employee"), "choice", options=people),
        COMMENT,
    )
    return fields, reasons


def of_reason(of: Form, reasons: tuple[MoneyReason, ...]) -> tuple[str, str]:
    """The reason that was chosen, and whom it concerns where it names somebody."""
    reason = of["reason"]
    named = any(r.id == reason and r.employee for r in reasons)
    return reason, of["employee"] if named else ""


# --- opening -----------------------------------------------------------------------------------


def open_shift(at: At) -> Page:
    """The page that opens a shift."""
    fields, reasons = reason_fields(at, "float")
    made = forms.form(*counting.by_sum(), *counting.sheet(counting.of_till(at)), *fields)
    return OpeningShift(counting.turned(made), reasons)


def _opening(at: At, page: OpeningShift, name: str, argument: str) -> Page:
    typed = typed_count(at, page.form, name, argument)
    if typed is not None:
        return replace(page, form=typed)
    if name == "back":
        return open_home(at)
    if name != "open_shift":
        return page
    of = page.form
    try:
        put_in = counting.told(of, at.currency) if _something(of) else ()
    except Refused as refused:
        return wrong(at, page, refused, counting.wrong_field(of))
    reason, employee = of_reason(of, page.reasons)
    if not _worth(put_in):
        reason = employee = ""
    done = at.do(OpenShift(put_in, reason, employee, of["comment"], at.language))
    if isinstance(done, Refused):
        return page
    at.say("desk.cash.shift_opened")
    return open_home(at)


def _something(of: Form) -> bool:
    return bool(of["sum"]) if of["how"] == "sum" else any(of[f] for f in counting.faces_of(of))


def _worth(put_in: Any) -> int:
    if isinstance(put_in, Money):
        return put_in.minor
    return sum(count.face.minor * count.number for count in put_in)


def typed_count(at: At, of: Form, name: str, argument: str) -> Form | None:
    """The form after a key; the keys go along when the way of counting changes."""
    typed = forms.touched(of, name, argument, at.situation.house.languages)
    if typed is not None and name == "choose" and argument.startswith("how="):
        return counting.turned(typed)
    return typed


# --- closing -----------------------------------------------------------------------------------


def close_shift(at: At) -> Page:
    """The page that closes the shift."""
    sheet = counting.sheet(counting.of_till(at))
    made = forms.form(*counting.by_sum(), *sheet, COMMENT)
    ending, expected = at.ask(EndOfShift()), at.ask(DrawerContents())
    return ClosingShift(counting.turned(made), ending, expected)


def _closing(at: At, page: ClosingShift, name: str, argument: str) -> Page:
    typed = typed_count(at, page.form, name, argument)
    if typed is not None:
        return replace(page, form=typed)
    match name:
        case "back":
            return open_home(at)
        case "confirm" if argument in page.ending.warnings():
            return replace(page, confirmed=_toggled(page.confirmed, argument))
        case "abandon":
            return _abandon(at, page, argument)
        case "close_shift":
            return _close(at, page)
        case _:
            return page


def _toggled(kept: tuple[Warning_, ...], name: Any) -> tuple[Warning_, ...]:
    return tuple(w for w in kept if w != name) if name in kept else (*kept, name)


def _abandon(at: At, page: ClosingShift, visit: str) -> Page:
    if visit not in page.ending.prepayments:
        return page
    if not isinstance(at.do(AbandonPrepayment(VisitId(visit)), f"abandon {visit}"), Refused):
        at.say("desk.cash.prepayment_ended")
    return _fresh_closing(at, page)


def _close(at: At, page: ClosingShift) -> Page:
    of = page.form
    try:
        told = counting.told(of, at.currency)
    except Refused as refused:
        return wrong(at, page, refused, counting.wrong_field(of))
    done = at.do(CloseShift(told, page.confirmed, of["comment"], at.language))
    if isinstance(done, Refused):
        return _fresh_closing(at, page)
    at.say("desk.cash.shift_closed")
    rows = at.ask(FormerShifts())
    return FormerShiftsPage(rows, rows[0].z, closed=True)


def _fresh_closing(at: At, page: ClosingShift) -> ClosingShift:
    ending = at.ask(EndOfShift())
    kept = tuple(w for w in page.confirmed if w in ending.warnings())
    return replace(page, ending=ending, expected=at.ask(DrawerContents()), confirmed=kept)


# --- those that are over -----------------------------------------------------------------------


def former_shifts(at: At) -> Page:
    """The page of the shifts that are over."""
    return FormerShiftsPage(at.ask(FormerShifts()))


def _former(at: At, page: FormerShiftsPage, name: str, argument: str) -> Page:
    match name:
        case "back" if page.picked and not page.closed:
            return replace(page, picked=0)
        case "back":
            return open_home(at)
        case "z" if any(str(row.z) == argument for row in page.rows):
            return replace(page, picked=int(argument), closed=False)
        case "again" if page.picked:
            job = JobId(f"z_report:{page.picked}")
            if not isinstance(at.do(ReprintSlip(job, at.language)), Refused):
                at.say("desk.cash.printed_again")
            return page
        case _:
            return page


TOUCHED: Mapping[type[Page], Callable[[At, Any, str, str], Page]] = {
    OpeningShift: _opening,
    ClosingShift: _closing,
    FormerShiftsPage: _former,
}
FRESH: Mapping[type[Page], Callable[[At, Any], Page]] = {ClosingShift: _fresh_closing}
