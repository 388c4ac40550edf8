"""The assistant's way: from one scene to the next, back, and from chapter to chapter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kiosk.core.clock import Now
from kiosk.core.desk import forms
from kiosk.core.desk.forms import Field
from kiosk.core.staff import NAME_CHARACTERS_MAX
from kiosk.first_boot import papers
from kiosk.first_boot import scenes as at
from kiosk.first_boot.messages import (
    BeginKiosk,
    Effect,
    LookAtNetwork,
    LookForDevices,
    PrintPaper,
    ReadCards,
    StopReading,
    WaitForSwipe,
)
from kiosk.first_boot.scenes import Scene, State

Result = tuple[State, tuple[Effect, ...]]

SIGNS, MORE_SIGNS = "signs", "more_signs"
"""The keyboards of figures and signs."""
_TYPED: Mapping[at.Asked, Field] = {
    "venue_name": Field("text", "", most=40, capitals=True),
    "city": Field("text", "", most=30),
    "wifi_name": Field("text", "", most=32),
    "wifi_password": Field("text", "", most=63),
    "printer_address": Field("text", "", most=45),
    "owner_name": Field("text", "", most=NAME_CHARACTERS_MAX, capitals=True),
}


# --- from scene to scene ----------------------------------------------------------------------


def same(state: State, scene: Scene) -> State:
    """The same page, changed: touches that are on their way still count."""
    return replace(state, scene=scene)


def to(state: State, scene: Scene, *effects: Effect, keep: bool = True) -> Result:
    """The next scene; with `keep` Back leads to the one that was there."""
    kept = keep and not isinstance(state.scene, (at.Waiting, at.InVain))
    trail = (*state.trail, state.scene) if kept else state.trail
    left: tuple[Effect, ...] = (StopReading(),) if _reads(state.scene) else ()
    return replace(state, scene=scene, page=state.page + 1, trail=trail), (*left, *effects)


def _reads(scene: Scene) -> bool:
    return isinstance(scene, (at.SwipeNow, at.OwnerCard))


def back(state: State) -> Result:
    """The scene before, or this one where nothing leads back."""
    if not state.trail or isinstance(state.scene, (at.Waiting, at.Printing, at.AllDone)):
        return state, ()
    left: tuple[Effect, ...] = (StopReading(),) if _reads(state.scene) else ()
    scene = state.trail[-1]
    made = replace(state, scene=scene, page=state.page + 1, trail=state.trail[:-1])
    if isinstance(scene, at.Summary):
        made = replace(made, correcting=False)
    return made, (*left, *_begun(made, scene))


def _begun(state: State, scene: Scene) -> tuple[Effect, ...]:
    """What a scene needs that is come back to."""
    match scene:
        case at.OwnerCard():
            return (ReadCards(state.answers.readers),)
        case at.SwipeNow(lines):
            return (WaitForSwipe(lines),)
        case _:
            return ()


def final(state: State, scene: Scene, *effects: Effect) -> Result:
    """A scene from which nothing leads back: something was made."""
    made, done = to(state, scene, *effects, keep=False)
    return replace(made, trail=()), done


def wait(state: State, what: at.Wait, effect: Effect) -> Result:
    """A scene in which the machine does something that takes its time."""
    return to(state, at.Waiting(what), effect)


# --- the chapters -----------------------------------------------------------------------------


def chapter(state: State, name: at.Chapter, now: Now) -> Result:
    """The beginning of a chapter."""
    match name:
        case "venue":
            return to(state, at.KindChoice())
        case "network":
            return wait(state, "network", LookAtNetwork())
        case "devices":
            return wait(state, "devices", LookForDevices())
        case "owner":
            return ask_text(
                state, "owner_name", state.answers.owner.name if state.answers.owner else ""
            )
        case "clock":
            return to(state, at.ClockSetting())


_CHAPTERS: tuple[at.Chapter, ...] = ("venue", "network", "devices", "owner", "clock")
_OF_NEW_BOOKS: tuple[at.Chapter, ...] = ("venue", "owner")


def after(state: State, ended: at.Chapter | None, now: Now) -> Result:
    """What follows a chapter: the next one that is needed, in the end the summary."""
    if state.correcting:
        return to(replace(state, correcting=False), at.Summary())
    follow = _CHAPTERS[_CHAPTERS.index(ended) + 1 if ended else 0 :]
    for name in follow:
        mine = name not in _OF_NEW_BOOKS or state.answers.books == "new"
        # A clock that the network sets is nobody's to set; without a helper nobody can.
        if mine and (name != "clock" or (state.around.helper and not now.synced)):
            return chapter(state, name, now)
    return to(state, at.Summary())


def ask_text(state: State, what: at.Asked, value: str = "") -> Result:
    """A text is typed; `value` is what stands there already."""
    form = forms.form(replace(_TYPED[what], value=value))
    keyboard = SIGNS if what == "printer_address" else "en" if what == "city" else ""
    shift = not value and what in ("venue_name", "owner_name", "city")
    return to(state, at.Typing(what, replace(form, keyboard=keyboard, shift=shift)))


def kiosk_made(state: State, code: str, now: Now) -> Result:
    """The kiosk is made: a test receipt where there is a printer, and the owner's code."""
    printer = state.answers.printer
    if printer is None:
        return end_of_making(state, code)
    paper = papers.test(state.answers, now)
    return final(state, at.Printing("test", code), PrintPaper(printer, paper))


def end_of_making(state: State, code: str) -> Result:
    """What follows the test receipt; `code` is what the owner has not seen on paper."""
    if not code:
        return final(state, at.AllDone(), BeginKiosk())
    return final(state, at.CodeShown(code))
