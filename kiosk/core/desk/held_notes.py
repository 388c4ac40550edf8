"""A10. Notes: that wait for a decision, that are nobody's, and one that a guest misses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from kiosk.core.cards import GetCard
from kiosk.core.cash import (
    GetNote,
    HeldNotes,
    LastNote,
    NoteHeld,
    SettleNote,
    SuspendedNotes,
    VoidNote,
)
from kiosk.core.claims import Claim, ClaimOfNote, CreditFromSuspense, IssueClaim
from kiosk.core.desk import forms, whose
from kiosk.core.desk.cash_home import CashPage, open_home, wrong
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page
from kiosk.core.desk.till import REASON
from kiosk.core.desk.whose import Whose
from kiosk.core.errors import Refused
from kiosk.core.ids import NoteId
from kiosk.core.messages import CardPresented, Event
from kiosk.core.money import Money
from kiosk.core.note_history import LatestNotes, NoteHistory, NoteSeen, NoteStep
from kiosk.core.receipts import ReprintSlip
from kiosk.core.slips import Slip, SlipOfNote

Which = Literal["held", "suspense", "all"]
ROWS_MAX = 50
_AMOUNT = Field("amount", Said("desk.field.note_value"), "money", most=10)


@dataclass(frozen=True)
class NoteList(CashPage):
    """Notes that wait, that are nobody's, or the latest of all; of one value where one is typed."""

    which: Which
    rows: tuple[NoteSeen, ...]
    form: Form


@dataclass(frozen=True)
class NotePage(CashPage):
    """One note: what became of it, what is known besides, and what may be done about it.

    Attributes:
        note: as the books have it.
        history: what happened to it.
        card: the number of its card as people may see it, or empty.
        slip: the check slip that the guest has, if any.
        claim: what it became, if that was a claim.
        restarted: the kiosk started again after it came in.
        later: the machine has taken another note since.
        form: the reason, and the digits of whose it is.
        whose: for a note that is nobody's.
        came: where "back" leads.
    """

    note: NoteHeld
    history: tuple[NoteStep, ...]
    card: str
    slip: Slip | None
    claim: Claim | None
    restarted: bool
    later: bool
    form: Form
    whose: Whose
    came: Page


# --- lists -------------------------------------------------------------------------------------


def open_notes(at: At, which: Which) -> Page:
    """A list of notes."""
    return _list(at, which, forms.form(_AMOUNT))


def _list(at: At, which: Which, of: Form) -> NoteList:
    value: Money | None = None
    if of["amount"]:
        value = forms.money(of, "amount", at.currency)
    rows = at.ask(LatestNotes(value)) if which == "all" else _waiting(at, which, value)
    return NoteList(which, rows[:ROWS_MAX], of)


def _waiting(at: At, which: Which, value: Money | None) -> tuple[NoteSeen, ...]:
    found = at.ask(HeldNotes()) if which == "held" else at.ask(SuspendedNotes())
    kept = [note for note in found if value in (None, note.value)]
    return tuple(NoteSeen(note, _came(at, note)) for note in kept[:ROWS_MAX])


def _came(at: At, note: NoteHeld) -> str:
    history = at.ask(NoteHistory(note.note))
    return history[0].at if history else ""


def _listed(at: At, page: NoteList, name: str, argument: str) -> Page:
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        try:
            return _list(at, page.which, typed)
        except Refused as refused:
            return replace(page, form=forms.refused(typed, refused, "amount"))
    match name:
        case "back":
            return open_home(at)
        case "which" if argument in ("held", "suspense", "all"):
            return at.turn(_list(at, argument, page.form))  # type: ignore[arg-type]
        case "note" if any(row.note.note == argument for row in page.rows):
            return open_note(at, NoteId(argument), page)
        case _:
            return page


def _fresh_list(at: At, page: NoteList) -> Page:
    try:
        return _list(at, page.which, page.form)
    except Refused:
        return page


# --- one note ----------------------------------------------------------------------------------


def open_note(at: At, name: NoteId, came: Page) -> Page:
    """The page of a note; `came` is the page to go back to.

    Raises:
        Refused: ``err.not_held``: there is no such note.
    """
    return _page(at, name, came, forms.form(REASON, whose.DIGITS, at=""), Whose())


def _page(at: At, name: NoteId, came: Page, of: Form, found: Whose) -> NotePage:
    note = at.ask(GetNote(name))
    if note is None:
        raise Refused("err.not_held", note=name)
    last = at.ask(LastNote(note.device))
    card = at.ask(GetCard(note.card)) if note.card and at.may("GetCard") else None
    return NotePage(
        note=note,
        history=at.ask(NoteHistory(name)),
        card=card.masked if card else "",
        slip=at.ask(SlipOfNote(name)),
        claim=at.ask(ClaimOfNote(name)),
        restarted=note.start < at.situation.house.start,
        later=last is not None and last.note != name,
        form=of,
        whose=found,
        came=came,
    )


def _note(at: At, page: NotePage, name: str, argument: str) -> Page:
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        if typed["digits"] != page.form["digits"]:
            return replace(page, form=typed, whose=whose.typed(at, typed, page.whose))
        return replace(page, form=typed)
    match name:
        case "back":
            return at.turn(_back(at, page))
        case "client":
            return replace(page, whose=whose.picked(at, argument, page.whose))
        case "forget":
            return replace(page, whose=Whose(), form=forms.put(page.form, "digits", ""))
        case "settle" | "void" | "claim" | "credit":
            return _decide(at, page, name)
        case "again" if page.slip is not None:
            if not isinstance(at.do(ReprintSlip(page.slip.job, at.language)), Refused):
                at.say("desk.cash.printed_again")
            return page
        case _:
            return page


def _decide(at: At, page: NotePage, name: str) -> Page:
    note, reason = page.note.note, page.form["reason"]
    command: object
    match name:
        case "settle":
            command = SettleNote(note, reason)
        case "void":
            command = VoidNote(note, reason)
        case "claim":
            command = IssueClaim(note, at.language)
        case _ if page.whose.chosen is None:
            return wrong(at, page, Refused("err.whose_missing"), "digits")
        case _:
            command = CreditFromSuspense(note, page.whose.chosen.id, reason)
    done = at.do(command)
    if isinstance(done, Refused):
        return wrong(at, page, done, "reason" if done.key == "err.reason_missing" else "")
    at.say(f"desk.cash.note_{name}", amount=page.note.value)
    return _back(at, page)


def _back(at: At, page: NotePage) -> Page:
    came = page.came
    return _fresh_list(at, came) if isinstance(came, NoteList) else came


def _fresh(at: At, page: NotePage) -> Page:
    return _page(at, page.note.note, page.came, page.form, page.whose)


def _heard(at: At, page: NotePage, event: Event) -> Page | None:
    if not isinstance(event, CardPresented) or page.note.state != "suspense":
        return None
    found = whose.shown(at, event)
    return replace(page, whose=found) if found else None


TOUCHED: Mapping[type[Page], Callable[[At, Any, str, str], Page]] = {
    NoteList: _listed,
    NotePage: _note,
}
FRESH: Mapping[type[Page], Callable[[At, Any], Page]] = {NoteList: _fresh_list, NotePage: _fresh}
HEARD: Mapping[type[Page], Callable[[At, Any, Event], Page | None]] = {NotePage: _heard}
