"""The assistant's journey: ``step(state, event, now) -> (state, effects)``, without a venue.

Chapters follow one another (`_CHAPTERS`); in each a button leads on, and Back to the scene before.
From the summary a chapter can be corrected, and its end leads back there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.core import pins
from kiosk.core.clock import Now
from kiosk.core.desk import forms
from kiosk.core.desk.forms import Field
from kiosk.core.errors import ConfigError, Refused
from kiosk.core.ids import DeviceId
from kiosk.core.messages import CardPresented, CardRefused, Touched
from kiosk.core.recognition import Rule, recognise
from kiosk.core.staff import NAME_CHARACTERS_MAX, PIN_DIGITS
from kiosk.core.texts import LANGUAGES
from kiosk.first_boot import papers
from kiosk.first_boot import scenes as at
from kiosk.first_boot.answers import KINDS, Device, Owner, Plan, languages, merged
from kiosk.first_boot.messages import (
    AskPrinter,
    BeginKiosk,
    Begun,
    BooksRestored,
    ClockWasSet,
    CopiesFound,
    DevicesFound,
    Effect,
    Event,
    Failed,
    JoinNetwork,
    KioskMade,
    LookAtNetwork,
    LookForCopies,
    LookForDevices,
    NetworkJoined,
    NetworkSeen,
    PaperCame,
    PrinterAnswered,
    PrintPaper,
    ReadCards,
    RestoreBooks,
    SetMachineClock,
    SetMachineZone,
    SetUp,
    StopReading,
    Swiped,
    WaitForSwipe,
)
from kiosk.first_boot.scenes import Scene, State
from kiosk.first_boot.venue_template import COUNTRIES, venue

Result = tuple[State, tuple[Effect, ...]]

SIGNS, MORE_SIGNS = "signs", "more_signs"
"""The keyboards of figures and signs."""
CLOCK_DIGITS = 12
CURRENCIES_SHOWN = 6
KIOSKS = tuple(f"K{number}" for number in range(1, 7))

_TYPED: Mapping[at.Asked, Field] = {
    "venue_name": Field("text", "", most=40, capitals=True),
    "city": Field("text", "", most=30),
    "wifi_name": Field("text", "", most=32),
    "wifi_password": Field("text", "", most=63),
    "printer_address": Field("text", "", most=45),
    "owner_name": Field("text", "", most=NAME_CHARACTERS_MAX, capitals=True),
}


def step(state: State, event: Event, now: Now) -> Result:
    """The state after something happened, and what is to be done.

    Args:
        state: where the assistant is.
        event: what happened.
        now: the moment; whether the clock is right decides whether it is asked for.
    """
    if isinstance(event, Touched):
        if event.page != state.page:
            return state, ()
        name, _, argument = event.button.partition(":")
        if name == "back":
            return _back(state)
        return _TOUCHED[type(state.scene)](state, name, argument, now)
    return _happened(state, event, now)


# --- from scene to scene ----------------------------------------------------------------------


def _same(state: State, scene: Scene) -> State:
    """The same page, changed: touches that are on their way still count."""
    return replace(state, scene=scene)


def _to(state: State, scene: Scene, *effects: Effect, keep: bool = True) -> Result:
    """The next scene; with `keep` Back leads to the one that was there."""
    kept = keep and not isinstance(state.scene, (at.Waiting, at.InVain))
    trail = (*state.trail, state.scene) if kept else state.trail
    left: tuple[Effect, ...] = (StopReading(),) if _reads(state.scene) else ()
    return replace(state, scene=scene, page=state.page + 1, trail=trail), (*left, *effects)


def _reads(scene: Scene) -> bool:
    return isinstance(scene, (at.SwipeNow, at.OwnerCard))


def _back(state: State) -> Result:
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


def _final(state: State, scene: Scene, *effects: Effect) -> Result:
    """A scene from which nothing leads back: something was made."""
    made, done = _to(state, scene, *effects, keep=False)
    return replace(made, trail=()), done


def _wait(state: State, what: at.Wait, effect: Effect) -> Result:
    return _to(state, at.Waiting(what), effect)


# --- the chapters -----------------------------------------------------------------------------


def _chapter(state: State, name: at.Chapter, now: Now) -> Result:
    match name:
        case "venue":
            return _to(state, at.KindChoice())
        case "network":
            return _wait(state, "network", LookAtNetwork())
        case "devices":
            return _wait(state, "devices", LookForDevices())
        case "owner":
            return _type(
                state, "owner_name", state.answers.owner.name if state.answers.owner else ""
            )
        case "clock":
            return _to(state, at.ClockSetting())


_CHAPTERS: tuple[at.Chapter, ...] = ("venue", "network", "devices", "owner", "clock")
_OF_NEW_BOOKS: tuple[at.Chapter, ...] = ("venue", "owner")


def _after(state: State, ended: at.Chapter | None, now: Now) -> Result:
    """What follows a chapter: the next one that is needed, in the end the summary."""
    if state.correcting:
        return _to(replace(state, correcting=False), at.Summary())
    follow = _CHAPTERS[_CHAPTERS.index(ended) + 1 if ended else 0 :]
    for name in follow:
        mine = name not in _OF_NEW_BOOKS or state.answers.books == "new"
        # A clock that the network sets is nobody's to set; without a helper nobody can.
        if mine and (name != "clock" or (state.around.helper and not now.synced)):
            return _chapter(state, name, now)
    return _to(state, at.Summary())


# --- what happened ----------------------------------------------------------------------------


def _happened(state: State, event: Event, now: Now) -> Result:
    match state.scene, event:
        case _, Begun():
            return _start(state)
        case at.Waiting(), Failed(refused, lines):
            return _in_vain(state, state.scene, refused, lines)
        case at.Waiting("network"), NetworkSeen(addresses):
            return _to(state, at.NetworkShown(addresses))
        case at.Waiting("join"), NetworkJoined(addresses):
            return _joined(state, addresses)
        case at.Waiting("devices"), DevicesFound(devices, silent):
            return _found(state, devices, silent)
        case at.Waiting("printer"), PrinterAnswered(device):
            return _printer(state, device)
        case at.Waiting("copies"), CopiesFound(copies):
            return _to(state, at.CopiesShown(copies))
        case at.Waiting("restore"), BooksRestored():
            return _restored(state, event)
        case at.Waiting("clock"), ClockWasSet():
            return _after(state, "clock", now)
        case at.Waiting("setup"), KioskMade(code):
            return _made(state, code, now)
        case at.SwipeNow(), Swiped(line):
            swiped = Device("stripe", "magstripe", {"port": line})
            kept = replace(state, answers=_with_devices(state, (*state.answers.devices, swiped)))
            return _to(kept, at.DevicesShown(), keep=False)
        case at.OwnerCard(), CardPresented() | CardRefused():
            return _card(state, event, now)
        case at.Printing("test", code), PaperCame(reason):
            return _final(state, at.DidItComeOut(code, reason))
        case at.Printing("code", code), PaperCame(reason):
            return _final(state, at.CodeShown(code, printed=not reason))
        case _:
            return state, ()


def _start(state: State) -> Result:
    if state.around.mistakes:
        return replace(state, scene=at.FileMistakes()), ()
    return state, ()


def _in_vain(state: State, scene: at.Waiting, refused: Refused, lines: tuple[str, ...]) -> Result:
    again = scene if scene.what in ("network", "devices", "copies", "setup") else None
    return _to(state, at.InVain(refused, lines, again))


def _joined(state: State, addresses: tuple[str, ...]) -> Result:
    trail = tuple(s for s in state.trail if not isinstance(s, (at.Typing, at.NetworkShown)))
    made, effects = _to(replace(state, trail=trail), at.NetworkShown(addresses))
    return made, effects


def _found(state: State, devices: tuple[Device, ...], silent: tuple[str, ...]) -> Result:
    kept = replace(
        state,
        answers=_with_devices(state, merged(state.answers.devices, devices)),
        silent=silent,
    )
    known = {d.port for d in kept.answers.devices}
    quiet = tuple(line for line in silent if line not in known)
    if quiet:
        return _to(kept, at.SwipeNow(quiet), WaitForSwipe(quiet))
    return _to(kept, at.DevicesShown())


def _with_devices(state: State, devices: tuple[Device, ...]) -> Any:
    return replace(state.answers, devices=devices)


def _printer(state: State, device: Device | None) -> Result:
    if device is None:
        return _to(state, at.InVain(Refused("err.setup_no_printer")))
    rest = tuple(d for d in state.answers.devices if d.port != device.port)
    kept = replace(state, answers=_with_devices(state, (*rest, device)))
    trail = tuple(s for s in kept.trail if not isinstance(s, (at.Typing, at.DevicesShown)))
    return _to(replace(kept, trail=trail), at.DevicesShown())


def _restored(state: State, told: BooksRestored) -> Result:
    answers = replace(
        state.answers, books="restored", kiosk=told.kiosk, venue=told.venue, zone=told.zone
    )
    made = replace(state, answers=answers)
    return _final(made, at.BooksBack(told.entries, told.missing), SetMachineZone(told.zone))


def _made(state: State, code: str, now: Now) -> Result:
    printer = state.answers.printer
    if printer is None:
        return _end_of_making(state, code)
    paper = papers.test(state.answers, now)
    return _final(state, at.Printing("test", code), PrintPaper(printer, paper))


def _end_of_making(state: State, code: str) -> Result:
    if not code:
        return _final(state, at.AllDone(), BeginKiosk())
    return _final(state, at.CodeShown(code))


def _card(state: State, event: CardPresented | CardRefused, now: Now) -> Result:
    if isinstance(event, CardRefused):
        return _same(state, at.OwnerCard(f"setup.card.{event.reason}")), ()
    zone = ZoneInfo(state.answers.zone)
    today = now.wall.astimezone(zone).date()
    try:
        read = recognise(event.raw, event.signal, DeviceId(event.device), state.rules, today)
    except Refused as refused:
        problem = "setup.card.expired" if refused.key == "err.expired" else "setup.card.unknown"
        return _same(state, at.OwnerCard(problem)), ()
    if read.scope != "employee":
        return _same(state, at.OwnerCard("setup.card.guest")), ()
    assert state.answers.owner is not None
    owner = replace(state.answers.owner, card=read.number)
    return _to(replace(state, answers=replace(state.answers, owner=owner)), at.OwnerPin())


# --- touches, scene by scene ------------------------------------------------------------------


def _language(state: State, name: str, argument: str, now: Now) -> Result:
    del now
    if name != "language" or argument not in LANGUAGES:
        return state, ()
    chosen = replace(state, answers=replace(state.answers, language=argument))
    there = state.around.there.state in ("used", "broken")
    return _to(chosen, at.BooksFound() if there else at.Beginning())


def _mistakes(state: State, name: str, argument: str, now: Now) -> Result:
    del now
    if name in ("earlier", "later") and argument.isdecimal():
        return _to(state, at.FileMistakes(int(argument)), keep=False)
    if name == "by_hand":
        return _to(state, at.LanguageChoice())
    return state, ()


def _books(state: State, name: str, argument: str, now: Now) -> Result:
    del argument
    there = state.around.there
    match name:
        case "keep" if there.state == "used":
            answers = replace(
                state.answers,
                books="kept",
                kiosk=there.kiosk,
                venue=there.venue,
                zone=there.zone,
            )
            after, effects = _after(replace(state, answers=answers), None, now)
            return after, (*((SetMachineZone(there.zone),) if there.zone else ()), *effects)
        case "restore":
            return _wait(state, "copies", LookForCopies())
        case "aside":
            return _to(state, at.AsideSure())
        case _:
            return state, ()


def _aside(state: State, name: str, argument: str, now: Now) -> Result:
    del argument
    if name != "yes":
        return state, ()
    answers = replace(state.answers, aside=True, books="new", kiosk="K1", venue="", zone="")
    return _after(replace(state, answers=answers), None, now)


def _beginning(state: State, name: str, argument: str, now: Now) -> Result:
    del argument
    if name == "new":
        answers = replace(state.answers, books="new")
        return _after(replace(state, answers=answers), None, now)
    if name == "restore":
        return _wait(state, "copies", LookForCopies())
    return state, ()


def _copies(state: State, name: str, argument: str, now: Now) -> Result:
    del now
    scene = state.scene
    assert isinstance(scene, at.CopiesShown)
    if name == "again":
        return _to(state, at.Waiting("copies"), LookForCopies(), keep=False)
    if name in ("earlier", "later") and argument.isdecimal():
        return _to(state, replace(scene, first=int(argument)), keep=False)
    if name == "copy" and argument.isdecimal() and int(argument) < len(scene.copies):
        return _to(state, at.CopySure(scene.copies[int(argument)]))
    return state, ()


def _copy(state: State, name: str, argument: str, now: Now) -> Result:
    del argument, now
    scene = state.scene
    assert isinstance(scene, at.CopySure)
    if name != "yes":
        return state, ()
    return _wait(state, "restore", RestoreBooks(scene.copy))


def _books_back(state: State, name: str, argument: str, now: Now) -> Result:
    del argument
    return _after(state, "venue", now) if name == "next" else (state, ())


def _kind(state: State, name: str, argument: str, now: Now) -> Result:
    del now
    for kind in KINDS:
        if (name, argument) == ("kind", kind):
            chosen = replace(state, answers=replace(state.answers, kind=kind))
            return _type(chosen, "venue_name", state.answers.venue)
    return state, ()


def _currency(state: State, name: str, argument: str, now: Now) -> Result:
    del now
    if name in ("earlier", "later") and argument.isdecimal():
        return _to(state, at.CurrencyChoice(int(argument)), keep=False)
    if name != "currency" or argument not in COUNTRIES:
        return state, ()
    chosen = replace(state, answers=replace(state.answers, currency=argument))
    return _to(chosen, at.CityChoice())


def _city(state: State, name: str, argument: str, now: Now) -> Result:
    if name == "search":
        return _type(state, "city")
    return _zone(state, name, argument, now)


def _zone(state: State, name: str, argument: str, now: Now) -> Result:
    scene = state.scene
    if name in ("earlier", "later") and isinstance(scene, at.CitiesFound) and argument.isdecimal():
        return _to(state, replace(scene, first=int(argument)), keep=False)
    if name != "zone" or argument not in state.around.zones:
        return state, ()
    answers = replace(state.answers, zone=argument)
    assert answers.kind
    try:
        made = venue(answers.kind, answers.venue, answers.currency, answers.zone, answers.language)
    except ConfigError as error:
        return _to(state, at.InVain(Refused("err.setup_venue"), tuple(error.mistakes)))
    rules = tuple(Rule.from_document(document) for document in made.documents["rules"])
    chosen = replace(state, answers=answers, rules=rules)
    after, effects = _after(chosen, "venue", now)
    return after, (SetMachineZone(argument), *effects)


def _network(state: State, name: str, argument: str, now: Now) -> Result:
    del argument
    scene = state.scene
    assert isinstance(scene, at.NetworkShown)
    match name:
        case "next":
            address = ", ".join(scene.addresses)
            answers = replace(state.answers, address=address)
            return _after(replace(state, answers=answers), "network", now)
        case "again":
            return _to(state, at.Waiting("network"), LookAtNetwork(), keep=False)
        case "wifi" if state.around.helper:
            return _type(state, "wifi_name", state.answers.network)
        case _:
            return state, ()


def _swipe(state: State, name: str, argument: str, now: Now) -> Result:
    del argument, now
    return _to(state, at.DevicesShown(), keep=False) if name == "none" else (state, ())


def _devices(state: State, name: str, argument: str, now: Now) -> Result:
    devices = state.answers.devices
    match name:
        case "take" if argument.isdecimal() and int(argument) < len(devices):
            turned = tuple(
                replace(d, taken=not d.taken) if n == int(argument) else d
                for n, d in enumerate(devices)
            )
            return replace(state, answers=_with_devices(state, turned)), ()
        case "earlier" | "later" if argument.isdecimal():
            return _to(state, at.DevicesShown(int(argument)), keep=False)
        case "again":
            trail = tuple(s for s in state.trail if not isinstance(s, at.SwipeNow))
            made = replace(state, trail=trail)
            return _to(made, at.Waiting("devices"), LookForDevices(), keep=False)
        case "address":
            return _type(state, "printer_address")
        case "next" if state.answers.taken:
            return _after(state, "devices", now)
        case _:
            return state, ()


def _owner_card(state: State, name: str, argument: str, now: Now) -> Result:
    del argument, now
    if name != "without":
        return state, ()
    assert state.answers.owner is not None
    owner = replace(state.answers.owner, card="")
    return _to(replace(state, answers=replace(state.answers, owner=owner)), at.OwnerPin())


def _pin(state: State, name: str, argument: str, now: Now) -> Result:
    scene = state.scene
    assert isinstance(scene, at.OwnerPin)
    match name:
        case "digit" if argument.isdecimal() and len(argument) == 1:
            digits = (scene.digits + argument)[:PIN_DIGITS]
            return _same(state, replace(scene, digits=digits, problem="")), ()
        case "erase":
            return _same(state, replace(scene, digits=scene.digits[:-1], problem="")), ()
        case "next" if len(scene.digits) == PIN_DIGITS and not scene.again:
            if pins.easy(scene.digits):
                return _to(state, at.OwnerPin(problem="register.pin.easy"), keep=False)
            return _to(state, at.OwnerPin(again=True, before=scene.digits), keep=False)
        case "next" if len(scene.digits) == PIN_DIGITS:
            if scene.digits != scene.before:
                return _to(state, at.OwnerPin(problem="register.pin.different"), keep=False)
            assert state.answers.owner is not None
            owner = replace(state.answers.owner, pin=scene.digits)
            kept = replace(state, answers=replace(state.answers, owner=owner))
            # Back leads to an empty page: a PIN that was typed is shown to nobody.
            return _after(_same(kept, at.OwnerPin()), "owner", now)
        case _:
            return state, ()


def _clock(state: State, name: str, argument: str, now: Now) -> Result:
    scene = state.scene
    assert isinstance(scene, at.ClockSetting)
    match name:
        case "digit" if argument.isdecimal() and len(argument) == 1:
            digits = (scene.digits + argument)[:CLOCK_DIGITS]
            return _same(state, at.ClockSetting(digits)), ()
        case "erase":
            return _same(state, at.ClockSetting(scene.digits[:-1])), ()
        case "right":
            return _after(state, "clock", now)
        case "next" if len(scene.digits) == CLOCK_DIGITS:
            moment = _moment(scene.digits, state.answers.zone)
            if moment is None:
                return _to(state, at.ClockSetting(problem="err.setup_clock"), keep=False)
            return _wait(state, "clock", SetMachineClock(f"{moment:%Y-%m-%dT%H:%M:%SZ}"))
        case _:
            return state, ()


def _moment(digits: str, zone: str) -> datetime | None:
    """DDMMYYYYHHMM of a zone in UTC; None where there is no such moment."""
    day, month, year, hour, minute = (
        int(digits[a:b]) for a, b in ((0, 2), (2, 4), (4, 8), (8, 10), (10, 12))
    )
    if not 2024 <= year <= 2099:
        return None
    try:
        local = datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone or "UTC"))
    except ValueError:
        return None
    return local.astimezone(UTC)


def _summary(state: State, name: str, argument: str, now: Now) -> Result:
    correcting = replace(state, correcting=True)
    match name, argument:
        case "correct", "venue" if state.answers.books == "new" and not state.answers.file:
            return _chapter(correcting, "venue", now)
        case "correct", "owner" if state.answers.books == "new":
            return _chapter(correcting, "owner", now)
        case "correct", "network":
            return _chapter(correcting, "network", now)
        case "correct", "devices":
            return _chapter(correcting, "devices", now)
        case "correct", "kiosk" if state.answers.books == "new":
            return _to(state, at.KioskNumber())
        case "make", _:
            return _wait(state, "setup", SetUp(plan_of(state)))
        case _:
            return state, ()


def plan_of(state: State) -> Plan:
    """The kiosk that the answers describe."""
    given = state.answers
    new = given.books == "new"
    made = given.file if new else None
    if new and made is None:
        assert given.kind, "the chapter about the venue has ended"
        made = venue(given.kind, given.venue, given.currency, given.zone, given.language)
    return Plan(
        kiosk=given.kiosk,
        language=given.language,
        devices=given.taken,
        venue=made,
        owner=given.owner if new else None,
        aside=given.aside,
        simulated=state.around.simulated,
        more=given.more,
    )


def _number(state: State, name: str, argument: str, now: Now) -> Result:
    del now
    if name != "kiosk" or argument not in KIOSKS:
        return state, ()
    return _back(replace(state, answers=replace(state.answers, kiosk=argument)))


def _again(state: State, name: str, argument: str, now: Now) -> Result:
    del argument, now
    scene = state.scene
    assert isinstance(scene, at.InVain)
    if name != "again" or scene.again is None:
        return state, ()
    effects: Mapping[at.Wait, Callable[[], Effect]] = {
        "network": LookAtNetwork,
        "devices": LookForDevices,
        "copies": LookForCopies,
        "setup": lambda: SetUp(plan_of(state)),
    }
    return _to(state, scene.again, effects[scene.again.what]())


def _came_out(state: State, name: str, argument: str, now: Now) -> Result:
    del argument
    scene = state.scene
    assert isinstance(scene, at.DidItComeOut)
    printer = state.answers.printer
    assert printer is not None
    match name:
        case "yes" if not scene.reason and scene.code:
            paper = papers.recovery_code(state.answers, scene.code, now)
            return _final(state, at.Printing("code", scene.code), PrintPaper(printer, paper))
        case "yes" if not scene.reason:
            return _end_of_making(state, "")
        case "again":
            return _made(state, scene.code, now)
        case "without":
            return _end_of_making(state, scene.code)
        case _:
            return state, ()


def _code(state: State, name: str, argument: str, now: Now) -> Result:
    del argument, now
    return _final(state, at.AllDone(), BeginKiosk()) if name == "next" else (state, ())


def _nothing(state: State, name: str, argument: str, now: Now) -> Result:
    del name, argument, now
    return state, ()


# --- typing -----------------------------------------------------------------------------------


def _type(state: State, what: at.Asked, value: str = "") -> Result:
    form = forms.form(replace(_TYPED[what], value=value))
    keyboard = SIGNS if what == "printer_address" else "en" if what == "city" else ""
    shift = not value and what in ("venue_name", "owner_name", "city")
    return _to(state, at.Typing(what, replace(form, keyboard=keyboard, shift=shift)))


def keyboards(state: State, what: at.Asked) -> tuple[str, ...]:
    """The keyboards that a text may be typed on, the first one first."""
    match what:
        case "city":
            # Names of time zones are Latin, whatever is spoken there.
            return ("en",)
        case "printer_address":
            return (SIGNS, "en")
        case "wifi_name" | "wifi_password":
            own = state.answers.language
            return ("en", SIGNS, MORE_SIGNS, *((own,) if own != "en" else ()))
        case _:
            return (*languages(state.answers.language), SIGNS)


def zones_of(state: State, letters: str) -> tuple[str, ...]:
    """The time zones that have these letters in the name of their city, the shortest first."""
    wanted = letters.strip().casefold().replace(" ", "_")
    found = [z for z in state.around.zones if wanted and wanted in z.casefold()]
    # Whose city begins so is meant more often than whose region has the letters somewhere.
    return tuple(sorted(found, key=lambda z: (not _city_of(z).startswith(wanted), z)))


def _city_of(zone: str) -> str:
    return zone.rpartition("/")[2].casefold()


def _typing(state: State, name: str, argument: str, now: Now) -> Result:
    scene = state.scene
    assert isinstance(scene, at.Typing)
    of = keyboards(state, scene.what)
    form = scene.form if scene.form.keyboard else replace(scene.form, keyboard=of[0])
    typed = forms.touched(form, name, argument, of)
    if typed is not None:
        return _same(state, replace(scene, form=typed)), ()
    if name != "next":
        return state, ()
    try:
        return _told(state, scene, form["text"])
    except Refused as refused:
        return _same(state, replace(scene, form=forms.refused(form, refused, "text"))), ()


def _told(state: State, scene: at.Typing, text: str) -> Result:
    """What follows a text; raises `Refused` for one that cannot be."""
    answers = state.answers
    match scene.what:
        case "venue_name" if text:
            chosen = replace(state, answers=replace(answers, venue=text))
            return _to(_kept(chosen, scene, text), at.CurrencyChoice())
        case "city":
            found = zones_of(state, text)
            if not found:
                raise Refused("err.setup_city")
            return _to(state, at.CitiesFound(found))
        case "wifi_name" if 1 <= len(text.encode()) <= 32:
            chosen = replace(state, answers=replace(answers, network=text))
            return _type(_kept(chosen, scene, text), "wifi_password")
        case "wifi_name":
            raise Refused("err.network_name")
        case "wifi_password" if not text or re.fullmatch(r"[ -~]{8,63}", text):
            return _wait(state, "join", JoinNetwork(answers.network, text))
        case "wifi_password":
            raise Refused("err.network_password")
        case "printer_address":
            try:
                ip_address(text)
            except ValueError:
                raise Refused("err.setup_address") from None
            return _wait(state, "printer", AskPrinter(text))
        case "owner_name" if text:
            owner = replace(answers.owner, name=text) if answers.owner else Owner(text)
            chosen = replace(state, answers=replace(answers, owner=owner))
            chosen = _kept(chosen, scene, text)
            if not answers.readers:
                return _to(chosen, at.OwnerPin())
            return _to(chosen, at.OwnerCard(), ReadCards(answers.readers))
        case _:
            raise Refused("err.setup_empty")


def _kept(state: State, scene: at.Typing, text: str) -> State:
    """Back finds what was typed."""
    return _same(state, replace(scene, form=forms.put(scene.form, "text", text)))


_TOUCHED: Mapping[type[Scene], Callable[[State, str, str, Now], Result]] = {
    at.LanguageChoice: _language,
    at.FileMistakes: _mistakes,
    at.BooksFound: _books,
    at.AsideSure: _aside,
    at.Beginning: _beginning,
    at.Waiting: _nothing,
    at.CopiesShown: _copies,
    at.CopySure: _copy,
    at.BooksBack: _books_back,
    at.KindChoice: _kind,
    at.Typing: _typing,
    at.CurrencyChoice: _currency,
    at.CityChoice: _city,
    at.CitiesFound: _zone,
    at.NetworkShown: _network,
    at.SwipeNow: _swipe,
    at.DevicesShown: _devices,
    at.OwnerCard: _owner_card,
    at.OwnerPin: _pin,
    at.ClockSetting: _clock,
    at.Summary: _summary,
    at.KioskNumber: _number,
    at.InVain: _again,
    at.Printing: _nothing,
    at.DidItComeOut: _came_out,
    at.CodeShown: _code,
    at.AllDone: _nothing,
}
