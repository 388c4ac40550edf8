"""A7. The till during a shift: float in, money taken out, the drawer collected, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from kiosk.core.desk import counting, forms
from kiosk.core.desk.cash_home import CashPage, open_home, wrong
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page
from kiosk.core.desk.shift import COMMENT, of_reason, reason_fields, typed_count
from kiosk.core.drawer import (
    CollectDrawer,
    DrawerContents,
    FloatIn,
    ReverseTillMovement,
    TillMovement,
    TillMovements,
    WithdrawCash,
)
from kiosk.core.errors import Refused
from kiosk.core.money import Money
from kiosk.core.money_reasons import MoneyReason

ROWS_MAX = 50
REASON = Field("reason", Said("desk.field.reason"), "text", most=80)


@dataclass(frozen=True)
class MovingCash(CashPage):
    """Money that goes into the till, or out of it."""

    what: Literal["float", "withdrawal"]
    form: Form
    reasons: tuple[MoneyReason, ...]
    drawer: Money | None


@dataclass(frozen=True)
class CollectingDrawer(CashPage):
    """The drawer's cash goes to the vault: all of it, or a part."""

    form: Form
    drawer: Money | None


@dataclass(frozen=True)
class Movements(CashPage):
    """What was moved in this shift; `picked` is one of them, to be taken back with a reason."""

    rows: tuple[TillMovement, ...]
    picked: str = ""
    form: Form | None = None


def open_moving(at: At, what: Literal["float", "withdrawal"]) -> Page:
    """The page for a float, or for a withdrawal."""
    fields, reasons = reason_fields(at, what)
    made = forms.form(*counting.by_sum("sum"), *counting.sheet(counting.of_till(at)), *fields)
    return MovingCash(what, counting.turned(made), reasons, at.ask(DrawerContents()))


def _moving(at: At, page: MovingCash, name: str, argument: str) -> Page:
    typed = typed_count(at, page.form, name, argument)
    if typed is not None:
        return replace(page, form=typed)
    if name == "back":
        return open_home(at)
    if name != page.what:
        return page
    of = page.form
    try:
        told = counting.told(of, at.currency)
    except Refused as refused:
        return wrong(at, page, refused, counting.wrong_field(of))
    reason, employee = of_reason(of, page.reasons)
    command = FloatIn if page.what == "float" else WithdrawCash
    done = at.do(command(told, reason, employee, of["comment"], at.language))
    if isinstance(done, Refused):
        return page
    at.say(f"desk.cash.done_{page.what}")
    return open_home(at)


def open_collecting(at: At) -> Page:
    """The page that empties the drawer."""
    part = Field(
        "part",
        Said("desk.field.part"),
        "money",
        most=counting.AMOUNT_CHARACTERS_MAX,
        says=Said("desk.cash.part_says"),
    )
    why = replace(COMMENT, label=Said("desk.field.reason"), id="comment")
    return CollectingDrawer(forms.form(part, why), at.ask(DrawerContents()))


def _collecting(at: At, page: CollectingDrawer, name: str, argument: str) -> Page:
    of = page.form
    typed = forms.touched(of, name, argument, at.situation.house.languages)
    if typed is not None:
        return replace(page, form=typed)
    if name == "back":
        return open_home(at)
    if name != "collect_drawer":
        return page
    try:
        part = forms.money(of, "part", at.currency) if of["part"] else None
    except Refused as refused:
        return wrong(at, page, refused, "part")
    done = at.do(CollectDrawer(of["comment"], part, at.language))
    if isinstance(done, Refused):
        return wrong(at, page, done, "comment" if done.key == "err.reason_missing" else "part")
    at.say("desk.cash.done_collection")
    return open_home(at)


def movements(at: At) -> Page:
    """The page of the till's movements."""
    return Movements(at.ask(TillMovements())[-ROWS_MAX:][::-1])


def _movements(at: At, page: Movements, name: str, argument: str) -> Page:
    if page.form is not None:
        return _movement(at, page, page.form, name, argument)
    match name:
        case "back":
            return open_home(at)
        case "movement" if any(m.id == argument and not m.reversed for m in page.rows):
            return replace(page, picked=argument, form=forms.form(REASON, at=""))
        case _:
            return page


def _movement(at: At, page: Movements, of: Form, name: str, argument: str) -> Page:
    typed = forms.touched(of, name, argument, at.situation.house.languages)
    if typed is not None:
        return replace(page, form=typed)
    if name == "back":
        return movements(at)
    if name != "reverse":
        return page
    done = at.do(ReverseTillMovement(page.picked, of["reason"]))
    if isinstance(done, Refused):
        return wrong(at, page, done, "reason" if done.key == "err.reason_missing" else "")
    at.say("desk.cash.reversed")
    return movements(at)


def _fresh(at: At, page: Movements) -> Page:
    return replace(page, rows=at.ask(TillMovements())[-ROWS_MAX:][::-1])


TOUCHED: Mapping[type[Page], Callable[[At, Any, str, str], Page]] = {
    MovingCash: _moving,
    CollectingDrawer: _collecting,
    Movements: _movements,
}
FRESH: Mapping[type[Page], Callable[[At, Any], Page]] = {Movements: _fresh}
