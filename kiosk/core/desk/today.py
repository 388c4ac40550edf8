"""A1. What waits for somebody, the cash in the box, the day, the devices; a strike, a help call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from kiosk.core.calls import AnswerHelp, Call, GetCall
from kiosk.core.clients import GetClient
from kiosk.core.day_figures import BooksFigures, BooksNow, Day, DayFigures
from kiosk.core.desk import cash, collection, forms, held_notes, hopper, unsettled
from kiosk.core.desk.cash_home import BoxLine, boxes, letters_closed, open_home, wrong
from kiosk.core.desk.clients import client_page
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At, Section
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.errors import Refused
from kiosk.core.ids import DeviceId, NoteId
from kiosk.core.strikes import ClearStrike, OpenStrikes, Strike
from kiosk.core.tasks import Task, Tasks, alarms, order

TASKS_MAX = 30
_REASON = Field("reason", Said("desk.field.reason"), "text", most=80)


class TodayPage(Page):
    """A page of this section."""

    section: ClassVar[SectionName] = "today"


@dataclass(frozen=True)
class Today(TodayPage):
    """The dashboard.

    Attributes:
        tasks: of the books and of the devices, the urgent first.
        more: how many stand behind them.
        boxes: the kiosk's, for who may collect them.
        day: for who may see what a shift takes.
        books: how many entries, and the latest starts.
    """

    tasks: tuple[Task, ...]
    more: int
    boxes: tuple[BoxLine, ...]
    day: Day | None
    books: BooksNow


@dataclass(frozen=True)
class CallPage(TodayPage):
    """A guest who calls."""

    call: Call


@dataclass(frozen=True)
class StrikePage(TodayPage):
    """A rule that struck: looked into, and cleared with a reason."""

    strike: Strike
    form: Form


def _open(at: At, before: Today | None = None) -> Page:
    books = at.ask(BooksFigures())
    day = at.ask(DayFigures()) if at.may("DayFigures") and not _same(books, before) else None
    told = [*at.ask(Tasks()), *alarms(at.situation.machine)]
    tasks = tuple(sorted(told, key=order))
    return Today(
        tasks=tasks[:TASKS_MAX],
        more=max(0, len(tasks) - TASKS_MAX),
        boxes=boxes(at),
        day=before.day if before is not None and _same(books, before) else day,
        books=books,
    )


def _same(books: BooksNow, before: Today | None) -> bool:
    """Whether no entry was written since: then the day is as it was."""
    return before is not None and before.books.entries == books.entries


# --- where a task leads ------------------------------------------------------------------------


def needs(task: Task) -> str:
    """What an attendant must be allowed to do, or to ask, to go where a task is decided."""
    return _way(task)[0]


def leads(task: Task) -> bool:
    """Whether a task is decided on a page of this desk that it opens by itself."""
    return _way(task)[1] is not None


def _way(task: Task) -> tuple[str, Callable[[At, Task], Page] | None]:
    word = task.sentence.partition(".")[2]
    if task.kind == "alarm":
        return _ALARMS.get(word, ("", None))
    return _WAYS[word]


def _call(at: At, task: Task) -> Page:
    call = at.ask(GetCall(task.key))
    return CallPage(call) if call and call.state == "open" else _open(at)


def _note(at: At, task: Task) -> Page:
    return held_notes.open_note(at, NoteId(str(task.arguments["note"])), open_home(at))


def _box(at: At, task: Task) -> Page:
    return collection.open_collecting(at, DeviceId(str(task.arguments["device"])))


def _hopper(at: At, task: Task) -> Page:
    return hopper.opened(at, DeviceId(str(task.arguments["device"])))


def _strike(at: At, task: Task) -> Page:
    name = task.key.removeprefix("strike:")
    found = [strike for strike in at.ask(OpenStrikes()) if strike.id == name]
    return StrikePage(found[0], forms.form(_REASON, at="")) if found else _open(at)


_WAYS: Mapping[str, tuple[str, Callable[[At, Task], Page]]] = {
    "help": ("AnswerHelp", _call),
    "help_card": ("AnswerHelp", _call),
    "note_unknown": ("HeldNotes", _note),
    "note_suspense": ("SuspendedNotes", _note),
    "claims_open": ("OpenClaims", lambda at, task: cash.OPENS["claims"](at)),
    "fiscal_attention": ("WaitingFiscal", lambda at, t: unsettled.open_document(at, t.key)),
    "payment_unknown": ("OpenTerminalPayments", lambda at, t: unsettled.open_payment(at, t.key)),
    "box_pulled": ("CollectCashbox", _box),
    "coins_lost": ("CollectCashbox", _box),
    "coins_lost_some": ("CollectCashbox", _box),
    "payout_doubtful": ("SettlePayOut", _hopper),
    "bag": ("CountCollection", lambda at, t: collection.open_bag(at, t.key.removeprefix("bag:"))),
    "shift_overdue": ("CloseShift", lambda at, task: cash.OPENS["close_shift"](at)),
    "strike": ("OpenStrikes", _strike),
}
_ALARMS: Mapping[str, tuple[str, Callable[[At, Task], Page] | None]] = {
    "cash_full": ("CollectCashbox", _box),
    "coins_full": ("CollectCashbox", _box),
}


# --- touches -----------------------------------------------------------------------------------


def _today(at: At, page: Today, name: str, argument: str) -> Page:
    match name:
        case "task":
            found = [task for task in page.tasks if task.key == argument]
            way = _way(found[0])[1] if found else None
            return way(at, found[0]) if way is not None else page
        case "open" if argument in cash.OPENS:
            return cash.OPENS[argument](at)
        case "collect" if at.may("CollectCashbox"):
            return collection.open_collecting(at, DeviceId(argument))
        case _:
            return page


def _of_call(at: At, page: CallPage, name: str, argument: str) -> Page:
    del argument
    if name == "back":
        return _open(at)
    if name != "coming" or isinstance(at.do(AnswerHelp(page.call.id)), Refused):
        return page
    at.say("desk.today.told")
    return _open(at)


def _of_strike(at: At, page: StrikePage, name: str, argument: str) -> Page:
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        return replace(page, form=typed)
    match name:
        case "back":
            return _open(at)
        case "client" if at.may(GetClient.__name__) and page.strike.client:
            return client_page(at, page.strike.client)
        case "looked_into":
            done = at.do(ClearStrike(page.strike.id, page.form["reason"]))
            if isinstance(done, Refused):
                return wrong(at, page, done, "reason" if done.key == "err.reason_missing" else "")
            at.say("desk.today.cleared")
            return _open(at)
        case _:
            return page


_TOUCHED: Mapping[type[Page], Callable[[At, Any, str, str], Page]] = {
    Today: _today,
    CallPage: _of_call,
    StrikePage: _of_strike,
}


def _touched(at: At, page: Page, name: str, argument: str) -> Page:
    if name == "back" and (closed := letters_closed(page)) is not None:
        return closed
    return _TOUCHED[type(page)](at, page, name, argument)


def _fresh(at: At, page: Page) -> Page:
    match page:
        case Today():
            return _open(at, page)
        case CallPage(call):
            now = at.ask(GetCall(call.id))
            return page if now and now.state == "open" else _open(at)
        case _:
            return page


SECTION = Section("today", frozenset(), _open, _touched, fresh=_fresh)
