"""What each touch does in the assistant, scene by scene."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address
from zoneinfo import ZoneInfo

from kiosk.core import pins
from kiosk.core.clock import Now
from kiosk.core.desk import forms
from kiosk.core.errors import ConfigError, Refused
from kiosk.core.recognition import Rule
from kiosk.core.staff import PIN_DIGITS
from kiosk.core.texts import LANGUAGES
from kiosk.first_boot import papers, path
from kiosk.first_boot import scenes as at
from kiosk.first_boot.answers import KINDS, Owner, Plan, languages
from kiosk.first_boot.messages import (
    AskPrinter,
    BeginKiosk,
    Effect,
    JoinNetwork,
    LookAtNetwork,
    LookForCopies,
    LookForDevices,
    PrintPaper,
    ReadCards,
    RestoreBooks,
    SetMachineClock,
    SetMachineZone,
    SetUp,
)
from kiosk.first_boot.path import MORE_SIGNS, SIGNS, Result
from kiosk.first_boot.scenes import Scene, State
from kiosk.first_boot.venue_template import COUNTRIES, venue

CLOCK_DIGITS = 12
CURRENCIES_SHOWN = 6
KIOSKS = tuple(f"K{number}" for number in range(1, 7))

# --- touches, scene by scene ------------------------------------------------------------------


def _language(state: State, name: str, argument: str, now: Now) -> Result:
    del now
    if name != "language" or argument not in LANGUAGES:
        return state, ()
    chosen = replace(state, answers=replace(state.answers, language=argument))
    there = state.around.there.state in ("used", "broken")
    return path.to(chosen, at.BooksFound() if there else at.Beginning())


def _mistakes(state: State, name: str, argument: str, now: Now) -> Result:
    del now
    if name in ("earlier", "later") and argument.isdecimal():
        return path.to(state, at.FileMistakes(int(argument)), keep=False)
    if name == "by_hand":
        return path.to(state, at.LanguageChoice())
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
            after, effects = path.after(replace(state, answers=answers), None, now)
            return after, (*((SetMachineZone(there.zone),) if there.zone else ()), *effects)
        case "restore":
            return path.wait(state, "copies", LookForCopies())
        case "aside":
            return path.to(state, at.AsideSure())
        case _:
            return state, ()


def _aside(state: State, name: str, argument: str, now: Now) -> Result:
    del argument
    if name != "yes":
        return state, ()
    answers = replace(state.answers, aside=True, books="new", kiosk="K1", venue="", zone="")
    return path.after(replace(state, answers=answers), None, now)


def _beginning(state: State, name: str, argument: str, now: Now) -> Result:
    del argument
    if name == "new":
        answers = replace(state.answers, books="new")
        return path.after(replace(state, answers=answers), None, now)
    if name == "restore":
        return path.wait(state, "copies", LookForCopies())
    return state, ()


def _copies(state: State, name: str, argument: str, now: Now) -> Result:
    del now
    scene = state.scene
    assert isinstance(scene, at.CopiesShown)
    if name == "again":
        return path.to(state, at.Waiting("copies"), LookForCopies(), keep=False)
    if name in ("earlier", "later") and argument.isdecimal():
        return path.to(state, replace(scene, first=int(argument)), keep=False)
    if name == "copy" and argument.isdecimal() and int(argument) < len(scene.copies):
        return path.to(state, at.CopySure(scene.copies[int(argument)]))
    return state, ()


def _copy(state: State, name: str, argument: str, now: Now) -> Result:
    del argument, now
    scene = state.scene
    assert isinstance(scene, at.CopySure)
    if name != "yes":
        return state, ()
    return path.wait(state, "restore", RestoreBooks(scene.copy))


def _books_back(state: State, name: str, argument: str, now: Now) -> Result:
    del argument
    return path.after(state, "venue", now) if name == "next" else (state, ())


def _kind(state: State, name: str, argument: str, now: Now) -> Result:
    del now
    for kind in KINDS:
        if (name, argument) == ("kind", kind):
            chosen = replace(state, answers=replace(state.answers, kind=kind))
            return path.ask_text(chosen, "venue_name", state.answers.venue)
    return state, ()


def _currency(state: State, name: str, argument: str, now: Now) -> Result:
    del now
    if name in ("earlier", "later") and argument.isdecimal():
        return path.to(state, at.CurrencyChoice(int(argument)), keep=False)
    if name != "currency" or argument not in COUNTRIES:
        return state, ()
    chosen = replace(state, answers=replace(state.answers, currency=argument))
    return path.to(chosen, at.CityChoice())


def _city(state: State, name: str, argument: str, now: Now) -> Result:
    if name == "search":
        return path.ask_text(state, "city")
    return _zone(state, name, argument, now)


def _zone(state: State, name: str, argument: str, now: Now) -> Result:
    scene = state.scene
    if name in ("earlier", "later") and isinstance(scene, at.CitiesFound) and argument.isdecimal():
        return path.to(state, replace(scene, first=int(argument)), keep=False)
    if name != "zone" or argument not in state.around.zones:
        return state, ()
    answers = replace(state.answers, zone=argument)
    assert answers.kind
    try:
        made = venue(answers.kind, answers.venue, answers.currency, answers.zone, answers.language)
    except ConfigError as error:
        return path.to(state, at.InVain(Refused("err.setup_venue"), tuple(error.mistakes)))
    rules = tuple(Rule.from_document(document) for document in made.documents["rules"])
    chosen = replace(state, answers=answers, rules=rules)
    after, effects = path.after(chosen, "venue", now)
    return after, (SetMachineZone(argument), *effects)


def _network(state: State, name: str, argument: str, now: Now) -> Result:
    del argument
    scene = state.scene
    assert isinstance(scene, at.NetworkShown)
    match name:
        case "next":
            address = ", ".join(scene.addresses)
            answers = replace(state.answers, address=address)
            return path.after(replace(state, answers=answers), "network", now)
        case "again":
            return path.to(state, at.Waiting("network"), LookAtNetwork(), keep=False)
        case "wifi" if state.around.helper:
            return path.ask_text(state, "wifi_name", state.answers.network)
        case _:
            return state, ()


def _swipe(state: State, name: str, argument: str, now: Now) -> Result:
    del argument, now
    return path.to(state, at.DevicesShown(), keep=False) if name == "none" else (state, ())


def _devices(state: State, name: str, argument: str, now: Now) -> Result:
    devices = state.answers.devices
    match name:
        case "take" if argument.isdecimal() and int(argument) < len(devices):
            turned = tuple(
                replace(d, taken=not d.taken) if n == int(argument) else d
                for n, d in enumerate(devices)
            )
            return replace(state, answers=replace(state.answers, devices=turned)), ()
        case "earlier" | "later" if argument.isdecimal():
            return path.to(state, at.DevicesShown(int(argument)), keep=False)
        case "again":
            trail = tuple(s for s in state.trail if not isinstance(s, at.SwipeNow))
            made = replace(state, trail=trail)
            return path.to(made, at.Waiting("devices"), LookForDevices(), keep=False)
        case "address":
            return path.ask_text(state, "printer_address")
        case "next" if state.answers.taken:
            return path.after(state, "devices", now)
        case _:
            return state, ()


def _owner_card(state: State, name: str, argument: str, now: Now) -> Result:
    del argument, now
    if name != "without":
        return state, ()
    assert state.answers.owner is not None
    owner = replace(state.answers.owner, card="")
    return path.to(replace(state, answers=replace(state.answers, owner=owner)), at.OwnerPin())


def _pin(state: State, name: str, argument: str, now: Now) -> Result:
    scene = state.scene
    assert isinstance(scene, at.OwnerPin)
    match name:
        case "digit" if argument.isdecimal() and len(argument) == 1:
            digits = (scene.digits + argument)[:PIN_DIGITS]
            return path.same(state, replace(scene, digits=digits, problem="")), ()
        case "erase":
            return path.same(state, replace(scene, digits=scene.digits[:-1], problem="")), ()
        case "next" if len(scene.digits) == PIN_DIGITS and not scene.again:
            if pins.easy(scene.digits):
                return path.to(state, at.OwnerPin(problem="register.pin.easy"), keep=False)
            return path.to(state, at.OwnerPin(again=True, before=scene.digits), keep=False)
        case "next" if len(scene.digits) == PIN_DIGITS:
            if scene.digits != scene.before:
                return path.to(state, at.OwnerPin(problem="register.pin.different"), keep=False)
            assert state.answers.owner is not None
            owner = replace(state.answers.owner, pin=scene.digits)
            kept = replace(state, answers=replace(state.answers, owner=owner))
            # Back leads to an empty page: a PIN that was typed is shown to nobody.
            return path.after(path.same(kept, at.OwnerPin()), "owner", now)
        case _:
            return state, ()


def _clock(state: State, name: str, argument: str, now: Now) -> Result:
    scene = state.scene
    assert isinstance(scene, at.ClockSetting)
    match name:
        case "digit" if argument.isdecimal() and len(argument) == 1:
            digits = (scene.digits + argument)[:CLOCK_DIGITS]
            return path.same(state, at.ClockSetting(digits)), ()
        case "erase":
            return path.same(state, at.ClockSetting(scene.digits[:-1])), ()
        case "right":
            return path.after(state, "clock", now)
        case "next" if len(scene.digits) == CLOCK_DIGITS:
            moment = _moment(scene.digits, state.answers.zone)
            if moment is None:
                return path.to(state, at.ClockSetting(problem="err.setup_clock"), keep=False)
            return path.wait(state, "clock", SetMachineClock(f"{moment:%Y-%m-%dT%H:%M:%SZ}"))
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
            return path.chapter(correcting, "venue", now)
        case "correct", "owner" if state.answers.books == "new":
            return path.chapter(correcting, "owner", now)
        case "correct", "network":
            return path.chapter(correcting, "network", now)
        case "correct", "devices":
            return path.chapter(correcting, "devices", now)
        case "correct", "kiosk" if state.answers.books == "new":
            return path.to(state, at.KioskNumber())
        case "make", _:
            return path.wait(state, "setup", SetUp(plan_of(state)))
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
    return path.back(replace(state, answers=replace(state.answers, kiosk=argument)))


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
    return path.to(state, scene.again, effects[scene.again.what]())


def _came_out(state: State, name: str, argument: str, now: Now) -> Result:
    del argument
    scene = state.scene
    assert isinstance(scene, at.DidItComeOut)
    printer = state.answers.printer
    assert printer is not None
    match name:
        case "yes" if not scene.reason and scene.code:
            paper = papers.recovery_code(state.answers, scene.code, now)
            return path.final(state, at.Printing("code", scene.code), PrintPaper(printer, paper))
        case "yes" if not scene.reason:
            return path.end_of_making(state, "")
        case "again":
            return path.kiosk_made(state, scene.code, now)
        case "without":
            return path.end_of_making(state, scene.code)
        case _:
            return state, ()


def _code(state: State, name: str, argument: str, now: Now) -> Result:
    del argument, now
    return path.final(state, at.AllDone(), BeginKiosk()) if name == "next" else (state, ())


def _nothing(state: State, name: str, argument: str, now: Now) -> Result:
    del name, argument, now
    return state, ()


# --- typing -----------------------------------------------------------------------------------


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
        return path.same(state, replace(scene, form=typed)), ()
    if name != "next":
        return state, ()
    try:
        return _told(state, scene, form["text"])
    except Refused as refused:
        return path.same(state, replace(scene, form=forms.refused(form, refused, "text"))), ()


def _told(state: State, scene: at.Typing, text: str) -> Result:
    """What follows a text; raises `Refused` for one that cannot be."""
    answers = state.answers
    match scene.what:
        case "venue_name" if text:
            chosen = replace(state, answers=replace(answers, venue=text))
            return path.to(_kept(chosen, scene, text), at.CurrencyChoice())
        case "city":
            found = zones_of(state, text)
            if not found:
                raise Refused("err.setup_city")
            return path.to(state, at.CitiesFound(found))
        case "wifi_name" if 1 <= len(text.encode()) <= 32:
            chosen = replace(state, answers=replace(answers, network=text))
            return path.ask_text(_kept(chosen, scene, text), "wifi_password")
        case "wifi_name":
            raise Refused("err.network_name")
        case "wifi_password" if not text or re.fullmatch(r"[ -~]{8,63}", text):
            return path.wait(state, "join", JoinNetwork(answers.network, text))
        case "wifi_password":
            raise Refused("err.network_password")
        case "printer_address":
            try:
                ip_address(text)
            except ValueError:
                raise Refused("err.setup_address") from None
            return path.wait(state, "printer", AskPrinter(text))
        case "owner_name" if text:
            owner = replace(answers.owner, name=text) if answers.owner else Owner(text)
            chosen = replace(state, answers=replace(answers, owner=owner))
            chosen = _kept(chosen, scene, text)
            if not answers.readers:
                return path.to(chosen, at.OwnerPin())
            return path.to(chosen, at.OwnerCard(), ReadCards(answers.readers))
        case _:
            raise Refused("err.setup_empty")


def _kept(state: State, scene: at.Typing, text: str) -> State:
    """Back finds what was typed."""
    return path.same(state, replace(scene, form=forms.put(scene.form, "text", text)))


TOUCHED: Mapping[type[Scene], Callable[[State, str, str, Now], Result]] = {
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
