"""A7. The kiosk's cashbox: collected, counted at once or sealed, and the bags that wait."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from kiosk.core.cash import HeldNotes, NoteHeld
from kiosk.core.cashbox import (
    BoxContents,
    CollectCashbox,
    Collection,
    Collections,
    CountCollection,
    GetTakenBox,
    SlipOfCollection,
    TakenBox,
)
from kiosk.core.desk import counting, forms
from kiosk.core.desk.cash_home import CashPage, open_home, wrong
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.held_notes import open_note
from kiosk.core.desk.scenes import Page
from kiosk.core.desk.shift import COMMENT
from kiosk.core.errors import Refused
from kiosk.core.ids import DeviceId, NoteId
from kiosk.core.receipts import ReprintSlip
from kiosk.core.staff import PIN_DIGITS, Approval
from kiosk.core.tenders import FaceCount

ROWS_MAX = 50
SEAL_MAX = 32


@dataclass(frozen=True)
class Collecting(CashPage):
    """A box is emptied, and counted on the keypad.

    Attributes:
        device: whose box it is.
        form: the sheet, the seal, the comment and the witness.
        step: the count, or what else belongs to a collection.
        expected: what should be there; None where the count is blind.
        taken: the box that went out before, where there is one.
        undecided: notes of this machine that wait for a decision, for who may decide.
    """

    device: DeviceId
    form: Form
    step: Literal["count", "more"]
    expected: tuple[FaceCount, ...] | None
    taken: TakenBox | None
    undecided: tuple[NoteHeld, ...] = ()

    @property
    def of_taken(self) -> bool:
        """Whether the box that went out before is meant, and not what lies in the machine now."""
        return self.taken is not None and self.form["which"] == "taken"

    @property
    def due(self) -> tuple[FaceCount, ...] | None:
        """What should be counted; None where the count is blind."""
        return self.taken.faces if self.taken is not None and self.of_taken else self.expected


@dataclass(frozen=True)
class CountingBag(CashPage):
    """A bag is counted that was collected before."""

    bag: Collection
    form: Form


@dataclass(frozen=True)
class CollectionsPage(CashPage):
    """The latest collections; `picked` is one of them."""

    rows: tuple[Collection, ...]
    picked: str = ""
    done: bool = False
    undecided: tuple[NoteHeld, ...] = ()


# --- collecting --------------------------------------------------------------------------------


def open_collecting(at: At, device: DeviceId) -> Page:
    """The page that collects a box."""
    taken, expected = at.ask(GetTakenBox(device)), at.ask(BoxContents(device))
    others = taken is not None and taken.faces not in (None, expected)
    which = (("here", Said("desk.cash.box_here")), ("taken", Said("desk.cash.box_taken")))
    there = (*(expected or ()), *((taken.faces or ()) if taken else ()))
    made = forms.form(
        *counting.sheet(counting.of_box(at, device, there)),
        Field("which", Said("desk.cash.which_box"), "choice", "taken" if others else "here",
              options=which),
        Field("seal", Said("desk.field.seal"), "text", most=SEAL_MAX,
              says=Said("desk.cash.seal_says")),
        Field("witness", Said("desk.field.witness"), "digits", most=6,
              says=Said("desk.cash.witness_says")),
        Field("pin", Said("desk.field.witness_pin"), "pin", most=PIN_DIGITS),
        COMMENT,
    )  # fmt: skip
    # A blind count is another person's, later: then the bag is sealed, and that is all.
    step: Literal["count", "more"] = "count" if expected is not None else "more"
    page = Collecting(device, _keys(made, step), step, expected, taken)
    return _fresh_collecting(at, page)


def _keys(of: Form, step: str) -> Form:
    first = counting.faces_of(of)[0] if step == "count" else "seal"
    return replace(of, at=first, shift=True)


def _collecting(at: At, page: Collecting, name: str, argument: str) -> Page:
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        return replace(page, form=typed)
    match name:
        case "back" if page.step == "more" and page.expected is not None:
            return at.turn(replace(page, step="count", form=_keys(page.form, "count")))
        case "back":
            return open_home(at)
        case "more":
            return at.turn(replace(page, step="more", form=_keys(page.form, "more")))
        case "decide":
            return open_note(at, NoteId(argument), page)
        case "collect":
            return _finish(at, page, counted=True)
        case "seal_bag":
            return _finish(at, page, counted=False)
        case _:
            return page


def _finish(at: At, page: Collecting, *, counted: bool) -> Page:
    of = page.form
    try:
        told = counting.counted(of, at.currency) if counted else None
        witness = _witness(of)
    except Refused as refused:
        return wrong(at, page, refused, "pin" if refused.key == "err.witness_pin" else "")
    command = CollectCashbox(
        page.device, told, of["seal"], page.of_taken, witness, of["comment"], at.language
    )
    done = at.do(command)
    if isinstance(done, Refused):
        # A PIN that was refused is typed anew.
        again = replace(page, form=forms.put(of, "pin", ""))
        field = {"err.seal_missing": "seal", "err.pin_wrong": "pin"}.get(done.key, "")
        step: Literal["count", "more"] = "more" if field else page.step
        return wrong(at, replace(again, step=step), done, field)
    at.say("desk.cash.collected" if counted else "desk.cash.sealed")
    return collections(at, str(done.refs["collection"]), done=True)


def _witness(of: Form) -> Approval | None:
    if not of["witness"] and not of["pin"]:
        return None
    if not of["witness"] or len(of["pin"]) != PIN_DIGITS:
        raise Refused("err.witness_pin", digits=str(PIN_DIGITS))
    return Approval(of["witness"], of["pin"])


def _fresh_collecting(at: At, page: Collecting) -> Collecting:
    """What is expected follows the books; what was counted stays."""
    expected, taken = at.ask(BoxContents(page.device)), at.ask(GetTakenBox(page.device))
    undecided = at.ask(HeldNotes(page.device)) if at.may("HeldNotes") else ()
    return replace(page, expected=expected, taken=taken, undecided=undecided)


# --- bags and former collections ---------------------------------------------------------------


def collections(at: At, picked: str = "", *, done: bool = False) -> Page:
    """The page of the latest collections, and one of them."""
    undecided = at.ask(HeldNotes()) if at.may("HeldNotes") else ()
    return CollectionsPage(at.ask(Collections())[:ROWS_MAX], picked, done, undecided)


def open_bag(at: At, name: str) -> Page:
    """The page that counts a bag; that of all collections where it was counted meanwhile."""
    found = [c for c in at.ask(Collections()) if c.id == name and c.state == "in_bag"]
    if not found:
        return collections(at, name)
    there = [FaceCount(f.face, f.expected) for f in found[0].faces or ()]
    made = forms.form(*counting.sheet(counting.of_box(at, found[0].device, there)), COMMENT)
    return CountingBag(found[0], made)


def _bag(at: At, page: CountingBag, name: str, argument: str) -> Page:
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        return replace(page, form=typed)
    if name == "back":
        return collections(at)
    if name != "count_bag":
        return page
    try:
        told = counting.counted(page.form, at.currency)
    except Refused as refused:
        return wrong(at, page, refused)
    done = at.do(CountCollection(page.bag.id, told, page.form["comment"], at.language))
    if isinstance(done, Refused):
        return page
    at.say("desk.cash.counted")
    return collections(at, page.bag.id, done=True)


def _collections(at: At, page: CollectionsPage, name: str, argument: str) -> Page:
    match name:
        case "back" if page.picked and not page.done:
            return replace(page, picked="")
        case "back":
            return open_home(at)
        case "collection" if any(c.id == argument for c in page.rows):
            return replace(page, picked=argument, done=False)
        case "bag":
            return open_bag(at, argument)
        case "decide":
            return open_note(at, NoteId(argument), page)
        case "again":
            return _again(at, page)
        case _:
            return page


def _again(at: At, page: CollectionsPage) -> Page:
    number = next(c.number for c in page.rows if c.id == page.picked)
    slip = at.ask(SlipOfCollection(number))
    if slip is None:
        raise Refused("err.no_such_receipt", receipt=str(number))
    if not isinstance(at.do(ReprintSlip(slip, at.language)), Refused):
        at.say("desk.cash.printed_again")
    return page


def _fresh_collections(at: At, page: CollectionsPage) -> Page:
    return collections(at, page.picked, done=page.done)


TOUCHED: Mapping[type[Page], Callable[[At, Any, str, str], Page]] = {
    Collecting: _collecting,
    CountingBag: _bag,
    CollectionsPage: _collections,
}
FRESH: Mapping[type[Page], Callable[[At, Any], Page]] = {
    Collecting: _fresh_collecting,
    CollectionsPage: _fresh_collections,
}
