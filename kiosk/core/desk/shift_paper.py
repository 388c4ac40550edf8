"""A8. Paper: the slips of the shift, printed again or made void, and what did not come out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kiosk.core.desk import forms
from kiosk.core.desk.cash_home import CashPage, open_home, wrong
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page
from kiosk.core.desk.till import REASON
from kiosk.core.errors import Refused
from kiosk.core.ids import JobId
from kiosk.core.messages import Event, SlipFailed, SlipPrinted
from kiosk.core.print_queue import PrintQueue, ToPrintAgain, Waiting
from kiosk.core.receipts import ReprintSlip, ShiftSlips, VoidReceipt
from kiosk.core.slips import Slip
from kiosk.core.staff import PIN_DIGITS

ROWS_MAX = 50
VOIDABLE = ("top_up_receipt",)
"""Types of paper that a void takes back."""
_FIND = Field("number", Said("desk.field.slip_number"), "digits", most=9)


@dataclass(frozen=True)
class SlipList(CashPage):
    """The slips of the open shift, newest first; those of one number where one is typed."""

    rows: tuple[Slip, ...]
    more: int
    form: Form


@dataclass(frozen=True)
class SlipPage(CashPage):
    """One slip of the shift; `form` is what a void needs."""

    slip: Slip
    form: Form


@dataclass(frozen=True)
class QueuePage(CashPage):
    """What did not come out: the desk's own, and that of guests; `again` is how many can."""

    desk: tuple[Waiting, ...]
    guests: tuple[Waiting, ...]
    again: int


def open_slips(at: At) -> Page:
    """The slips of the shift."""
    return _list(at, forms.form(_FIND))


def _list(at: At, of: Form) -> SlipList:
    wanted = of["number"].lstrip("0")
    found = [s for s in at.ask(ShiftSlips()) if not wanted or str(s.number) == wanted]
    return SlipList(tuple(found[:ROWS_MAX]), max(0, len(found) - ROWS_MAX), of)


def _listed(at: At, page: SlipList, name: str, argument: str) -> Page:
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        return _list(at, typed)
    match name:
        case "back":
            return open_home(at)
        case "slip":
            found = [row for row in page.rows if row.job == argument]
            pin = Field("pin", Said("desk.field.own_pin"), "pin", most=PIN_DIGITS)
            return SlipPage(found[0], forms.form(REASON, pin, at="")) if found else page
        case _:
            return page


def _slip(at: At, page: SlipPage, name: str, argument: str) -> Page:
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        return replace(page, form=typed)
    match name:
        case "back":
            return open_slips(at)
        case "again":
            if not isinstance(at.do(ReprintSlip(page.slip.job, at.language)), Refused):
                at.say("desk.cash.printed_again")
            return page
        case "void_receipt" if page.slip.kind in VOIDABLE:
            return _void(at, page)
        case _:
            return page


def _void(at: At, page: SlipPage) -> Page:
    of = page.form
    if len(of["pin"]) != PIN_DIGITS:
        return wrong(at, page, Refused("err.pin_form", digits=str(PIN_DIGITS)), "pin")
    done = at.do(VoidReceipt(page.slip.job, of["reason"], of["pin"]))
    if isinstance(done, Refused):
        again = at.turn(replace(page, form=forms.put(of, "pin", "")))
        field = {"err.reason_missing": "reason", "err.pin_wrong": "pin"}.get(done.key, "")
        return wrong(at, again, done, field)
    at.say("desk.cash.voided", number=f"{page.slip.number:06}")
    return open_slips(at)


def _fresh_list(at: At, page: SlipList) -> Page:
    return _list(at, page.form)


# --- what did not come out ---------------------------------------------------------------------


def open_queue(at: At) -> Page:
    """The print queue."""
    queue = at.ask(PrintQueue())
    return QueuePage(
        queue.desk[: ROWS_MAX // 2], queue.guests[: ROWS_MAX // 2], len(at.ask(ToPrintAgain()))
    )


def _queue(at: At, page: QueuePage, name: str, argument: str) -> Page:
    match name:
        case "back":
            return open_home(at)
        case "again" if any(w.job == argument and w.again for w in (*page.desk, *page.guests)):
            if not isinstance(at.do(ReprintSlip(JobId(argument), at.language)), Refused):
                at.say("desk.cash.printed_again")
            return open_queue(at)
        case "again_all":
            for job in at.ask(ToPrintAgain()):
                at.do(ReprintSlip(job, at.language), f"again {job}")
            if at.desk.problem is None:
                at.say("desk.cash.printed_again")
            return open_queue(at)
        case _:
            return page


def _fresh_queue(at: At, page: QueuePage) -> Page:
    del page
    return open_queue(at)


def _heard_queue(at: At, page: QueuePage, event: Event) -> Page | None:
    del page
    return open_queue(at) if isinstance(event, (SlipPrinted, SlipFailed)) else None


TOUCHED: Mapping[type[Page], Callable[[At, Any, str, str], Page]] = {
    SlipList: _listed,
    SlipPage: _slip,
    QueuePage: _queue,
}
FRESH: Mapping[type[Page], Callable[[At, Any], Page]] = {
    SlipList: _fresh_list,
    QueuePage: _fresh_queue,
}
HEARD: Mapping[type[Page], Callable[[At, Any, Event], Page | None]] = {QueuePage: _heard_queue}
