"""A7, A8, A10. Cash, the shift, claims and held notes: which page does what, as one section."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.core.desk import (
    claims,
    collection,
    held_notes,
    shift,
    shift_paper,
    till,
    unsettled,
)
from kiosk.core.desk.cash_home import CashHome, letters_closed, open_home
from kiosk.core.desk.frame import At, Section
from kiosk.core.desk.scenes import Page
from kiosk.core.desk_paper import IssueXReport
from kiosk.core.errors import Refused
from kiosk.core.ids import DeviceId
from kiosk.core.messages import Event

NEEDS = frozenset({"OpenShift", "CollectCashbox", "HeldNotes", "RecordFiscal"})

OPENS: Mapping[str, Callable[[At], Page]] = {
    "open_shift": shift.open_shift,
    "close_shift": shift.close_shift,
    "former": shift.former_shifts,
    "float": lambda at: till.open_moving(at, "float"),
    "withdrawal": lambda at: till.open_moving(at, "withdrawal"),
    "collect_drawer": till.open_collecting,
    "movements": till.movements,
    "slips": shift_paper.open_slips,
    "queue": shift_paper.open_queue,
    "collections": collection.collections,
    "notes": lambda at: held_notes.open_notes(at, "held"),
    "suspense": lambda at: held_notes.open_notes(at, "suspense"),
    "lost": lambda at: held_notes.open_notes(at, "all"),
    "claims": claims.open_claims,
    "payments": unsettled.open_payments,
    "fiscal": unsettled.open_fiscal,
}
"""The pages that ``open:NAME`` leads to. Who may not see one is refused what it asks."""


def _home(at: At, page: CashHome, name: str, argument: str) -> Page:
    match name:
        case "open" if argument in OPENS:
            return OPENS[argument](at)
        case "collect" if at.may("CollectCashbox"):
            return collection.open_collecting(at, DeviceId(argument))
        case "x":
            if not isinstance(at.do(IssueXReport(at.language)), Refused):
                at.say("desk.cash.x_printed")
            return page
        case _:
            return page


def _fresh_home(at: At, page: CashHome) -> Page:
    del page
    return open_home(at)


_PARTS = (shift, till, shift_paper, collection, held_notes, claims, unsettled)
_TOUCHED: dict[type[Page], Callable[[At, Any, str, str], Page]] = {CashHome: _home}
_FRESH: dict[type[Page], Callable[[At, Any], Page]] = {CashHome: _fresh_home}
_HEARD: dict[type[Page], Callable[[At, Any, Event], Page | None]] = {}
for _part in _PARTS:
    _TOUCHED |= _part.TOUCHED
    _FRESH |= _part.FRESH
    _HEARD |= getattr(_part, "HEARD", {})


def _touched(at: At, page: Page, name: str, argument: str) -> Page:
    if name == "open" and argument in OPENS:
        return OPENS[argument](at)
    if name == "back" and (closed := letters_closed(page)) is not None:
        return closed
    return _TOUCHED[type(page)](at, page, name, argument)


def _fresh(at: At, page: Page) -> Page:
    found = _FRESH.get(type(page))
    return found(at, page) if found else page


def _heard(at: At, page: Page, event: Event) -> Page | None:
    found = _HEARD.get(type(page))
    return found(at, page, event) if found else None


SECTION = Section("cash", NEEDS, open_home, _touched, _heard, _fresh)
