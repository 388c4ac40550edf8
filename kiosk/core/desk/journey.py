"""The attendant's journey: signing in, going from section to section, leaving.

A guest's money is settled before anybody signs in, and whoever leaves is signed out: guest and
attendant never mix.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

from kiosk.core.desk import forms
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Attendant, AtWork, Desk, Page, StaffSignIn
from kiosk.core.desk.sections import offered_to, section
from kiosk.core.desk.staff import RecoveryCode
from kiosk.core.errors import Refused
from kiosk.core.journey import CLEANING_S, Step, enter, leave
from kiosk.core.messages import CardPresented, Effect, ErrandTold, Event, SlipFailed
from kiosk.core.recognition import Recognised
from kiosk.core.situation import Situation
from kiosk.core.staff import (
    PIN_DIGITS,
    CommandsOf,
    SignedIn,
    SignIn,
    SignOut,
    UseRecoveryCode,
    new_code,
)

Result = tuple[Situation, tuple[Effect, ...]]

PARKED_S = 1800.0
"""So long a page waits for the attendant who left it by not touching anything."""

_NUMBER = Field("number", Said("desk.field.staff_number"), "digits", most=6)
_PIN = Field("pin", Said("desk.field.pin"), "pin", most=PIN_DIGITS)
_CODE = Field("code", Said("desk.staff.code"), most=40, says=Said("desk.staff.code_form"))


# --- coming -----------------------------------------------------------------------------------


def come(at: Step, read: Recognised | None = None) -> Result:
    """Somebody who works here is at the screen: by card, or by the word for it.

    Whoever was at the desk is signed out; the page waits for that person.
    """
    asked = forms.form(_PIN) if read else forms.form(_NUMBER, _PIN)
    if isinstance(at.situation.scene, Desk):
        at = replace(at, situation=lock(at, at.situation.scene))
    scene = at.situation.scene
    back = scene if isinstance(scene, AtWork) else getattr(scene, "back", None)
    waiting = back if isinstance(back, AtWork) else None
    return enter(at.new_guest(), StaffSignIn(asked, read, waiting)), ()


def sign_in(at: Step, scene: StaffSignIn, name: str, argument: str) -> Result:
    """A button of the sign-in."""
    if name == "back":
        if scene.lost:
            return enter(at, StaffSignIn(forms.form(_NUMBER, _PIN), None, scene.back)), ()
        return give_up(at, scene), ()
    if name == "lost":
        return enter(at, StaffSignIn(_lost_form(), None, scene.back, lost=True)), ()
    if name == "next":
        return _recover(at, scene) if scene.lost else _sign_in(at, scene)
    typed = forms.touched(scene.form, name, argument, ())
    if typed is None:
        return at.situation, ()
    return replace(at.situation, scene=replace(scene, form=typed)), ()


def give_up(at: Step, scene: StaffSignIn) -> Situation:
    """Nobody signs in: to where guests are waiting, or to the welcome screen."""
    return enter(at, scene.back) if scene.back is not None else leave(at)


def _sign_in(at: Step, scene: StaffSignIn) -> Result:
    of = scene.form
    if len(of["pin"]) != PIN_DIGITS:
        wrong = forms.refused(of, Refused("err.pin_form", digits=str(PIN_DIGITS)), "pin")
        return replace(at.situation, scene=replace(scene, form=wrong)), ()
    number = "" if scene.read else of["number"]
    key = f"sign_in:{at.situation.house.start}:{at.situation.page}"
    done = at.do(SignIn(number, scene.read, of["pin"]), key)
    if isinstance(done, Refused):
        wrong = forms.refused(forms.put(of, "pin", ""), done, "pin")
        # A new page: what is typed next is another try, and gets another key.
        return enter(at, replace(scene, form=wrong)), ()
    attendant = _attendant(at)
    parked, at = at.situation.parked, at.with_(parked=None)
    if parked and _same(parked[1].person, attendant) and at.now.mono_s < parked[0]:
        desk = replace(parked[1], person=attendant, problem=None, notice=Said("desk.went_on"))
        return show(fresh_page(At(at, desk)), turned=True)
    first = offered_to(attendant)[0]
    made = At(at, Desk(attendant, Page()))
    return show(_with(made, first.open(made)), turned=True)


def _same(before: Attendant, now: Attendant) -> bool:
    """The same person with the same rights: what a page shows depends on both."""
    return (before.number, before.may) == (now.number, now.may)


def _attendant(at: Step) -> Attendant:
    person = at.ask(SignedIn())
    assert person is not None, "who has just signed in is signed in"
    may = at.ask(CommandsOf(person.number))
    return Attendant(person.number, person.name, person.role, may, at.now.wall)


def _lost_form() -> Form:
    new = replace(_PIN, id="pin", label=Said("desk.staff.pin_new"))
    again = replace(_PIN, id="again", label=Said("desk.staff.pin_again"))
    made = forms.form(_NUMBER, _CODE, new, again)
    # The code is of Latin letters, whatever the guests speak.
    return replace(made, keyboard="en")


def _recover(at: Step, scene: StaffSignIn) -> Result:
    """An owner's new PIN against the recovery code; then the next code is shown, once."""
    of = scene.form
    if len(of["pin"]) != PIN_DIGITS:
        wrong = forms.refused(of, Refused("err.pin_form", digits=str(PIN_DIGITS)), "pin")
        return replace(at.situation, scene=replace(scene, form=wrong)), ()
    if of["again"] != of["pin"]:
        wrong = forms.refused(forms.put(of, "again", ""), Refused("err.pin_again"), "again")
        return replace(at.situation, scene=replace(scene, form=wrong)), ()
    number, code = of["number"], new_code(at.venue.random)
    key = f"{at.situation.house.start}:{at.situation.page}"
    done = at.do(UseRecoveryCode(number, of["code"], of["pin"], code), f"recover:{key}")
    if not isinstance(done, Refused):
        done = at.do(SignIn(number, None, of["pin"]), f"sign_in:{key}")
    if isinstance(done, Refused):
        field = "code" if done.key == "err.recovery_code" else "pin"
        wrong = forms.refused(_blank(of), done, field)
        return enter(at, replace(scene, form=wrong)), ()
    attendant = _attendant(at)
    shown = RecoveryCode(number, code, attendant.since)
    made = At(at.with_(parked=None), Desk(attendant, shown))
    return show(_with(made, shown), turned=True)


# --- being there ------------------------------------------------------------------------------


def touched(at: Step, scene: Desk, name: str, argument: str) -> Result:
    """A button of the desk."""
    made = At(at, replace(scene, problem=None, notice=None))
    match name:
        case "section" if any(s.name == argument for s in offered_to(scene.person)):
            found = next(s for s in offered_to(scene.person) if s.name == argument)
            try:
                section(scene.page.section).left(made, scene.page)
                page = found.open(made)
            except Refused as refused:
                made.refuse(refused)
                return show(made, turned=False)
            return show(_with(made, page), turned=True)
        case "lock":
            return sign_out(at), ()
        case "hand_over":
            return _at_work(at, scene, "away"), ()
        case "clean":
            until = at.now.mono_s + CLEANING_S
            return enter(at, AtWork("cleaning", scene.person.since, until, scene)), ()
    try:
        page = section(scene.page.section).touched(made, scene.page, name, argument)
    except Refused as refused:
        made.refuse(refused)
        page = scene.page
    return show(_with(made, page), turned=made.turned or type(page) is not type(scene.page))


def heard(at: Step, scene: Desk, event: Event) -> Result | None:
    """Something happened that the page may wait for; None where it does not."""
    made = At(at, scene)
    try:
        page = section(scene.page.section).heard(made, scene.page, event)
    except Refused as refused:
        made.refuse(refused)
        page = scene.page
    if page is None and isinstance(event, CardPresented):
        page = _carded(made, event)
    if page is None:
        return _slip_failed(at, scene) if isinstance(event, SlipFailed) else None
    return show(_with(made, page), turned=made.turned or type(page) is not type(scene.page))


def _carded(made: At, event: CardPresented) -> Page | None:
    """A card that the page did not wait for: another section may know what it suggests (E95).

    Nobody is torn away from what is being typed.
    """
    page: Any = made.desk.page
    typing = any(isinstance(getattr(page, f.name), Form) for f in fields(page))
    try:
        read = made.recognised(event)
    except Refused:
        return None
    if typing or read.scope == "employee":
        return None
    others = (s for s in offered_to(made.desk.person) if s.name != page.section)
    try:
        return next((p for s in others if (p := s.carded(made, read)) is not None), None)
    except Refused as refused:
        made.refuse(refused)
        return made.desk.page


def told_away(at: Step, event: ErrandTold) -> Situation:
    """An errand told of itself while nobody is there: whoever was locked out finds its result.

    Nothing is done, and nothing more sent for, in the name of who is away.
    """
    parked = at.situation.parked
    if parked is None or not section(parked[1].page.section).waits:
        return at.situation
    made = At(at, parked[1])
    page = section(made.desk.page.section).heard(made, made.desk.page, event)
    if page is None or made.effects:
        return at.situation
    return replace(at.situation, parked=(parked[0], replace(parked[1], page=page)))


def _slip_failed(at: Step, scene: Desk) -> Result:
    """What the desk printed did not come out: it is kept, and whoever stands there is told."""
    problem = Refused("err.desk_slip")
    return replace(at.situation, scene=replace(scene, problem=problem, notice=None)), ()


def fresh(at: Step, scene: Desk) -> Result:
    """The books or the devices have changed: the page follows, and stays the same page."""
    if at.ask(SignedIn()) is None or not _same(scene.person, _attendant(at)):
        # This person works here no more, or may do other things than the page was made for.
        return sign_out(at), ()
    return show(fresh_page(At(at, scene)), turned=False)


def fresh_page(made: At) -> At:
    """The page as the books have it now; the first page of its section where it is no more."""
    found = section(made.desk.page.section)
    try:
        page = found.fresh(made, made.desk.page)
    except Refused as refused:
        made.refuse(refused)
        page = found.open(made)
    return _with(made, page)


def _with(made: At, page: Page) -> At:
    made.desk = replace(made.desk, page=page, shift=made.shift())
    return made


def show(made: At, *, turned: bool) -> Result:
    """The situation with this desk, as a new page or as the one that stands."""
    if turned:
        return enter(made.step, made.desk), tuple(made.effects)
    return replace(made.step.situation, scene=made.desk), tuple(made.effects)


# --- leaving ----------------------------------------------------------------------------------


def sign_out(at: Step) -> Situation:
    """The attendant leaves; guests are served again, unless the cashbox is out."""
    scene = at.situation.scene
    at.do(SignOut(), f"sign_out:{at.situation.house.start}:{at.situation.page}")
    if isinstance(scene, Desk) and _box_out(at.situation):
        return enter(at, AtWork("open", scene.person.since))
    return leave(at)


def lock(at: Step, scene: Desk) -> Situation:
    """Nobody has touched anything for too long; the page waits for the same person."""
    kept = replace(scene, page=_without_pins(scene.page))
    return sign_out(at.with_(parked=(at.now.mono_s + PARKED_S, kept)))


def _at_work(at: Step, scene: Desk, why: Any) -> Situation:
    at.do(SignOut(), f"sign_out:{at.situation.house.start}:{at.situation.page}")
    return enter(at, AtWork(why, scene.person.since))


def machine(at: Step, scene: AtWork) -> Situation:
    """A device spoke: with the cashbox back, guests are served again."""
    if scene.why == "open" and not _box_out(at.situation):
        return leave(at)
    return at.situation


def cleaned(at: Step, scene: AtWork) -> Result:
    """The screen is clean; the attendant goes on, with the page as the books have it now."""
    if scene.desk is None:
        return leave(at), ()
    there = enter(at, scene.desk)
    return fresh(replace(at, situation=there), scene.desk)


def _box_out(situation: Situation) -> bool:
    return any(s.acceptor == "cassette_out" for s in situation.machine.devices.values())


def _without_pins(page: Page) -> Page:
    """A page that is kept keeps no PIN that somebody began to type."""
    if not is_dataclass(page):
        return page
    found = {f.name: getattr(page, f.name) for f in fields(page)}
    clean = {name: _blank(value) for name, value in found.items() if isinstance(value, Form)}
    return replace(page, **clean)


def _blank(of: Form) -> Form:
    return replace(
        of, fields=tuple(replace(f, value="") if f.kind == "pin" else f for f in of.fields)
    )
