"""The assistant's journey: ``step(state, event, now) -> (state, effects)``, without a venue.

Chapters follow one another (`path._CHAPTERS`); in each a button leads on, and Back to the scene
before. From the summary a chapter can be corrected, and its end leads back there.
"""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from kiosk.core.clock import Now
from kiosk.core.errors import Refused
from kiosk.core.ids import DeviceId
from kiosk.core.messages import CardPresented, CardRefused, Touched
from kiosk.core.recognition import recognise
from kiosk.first_boot import path
from kiosk.first_boot import scenes as at
from kiosk.first_boot.answers import Device, merged
from kiosk.first_boot.messages import (
    Begun,
    BooksRestored,
    ClockWasSet,
    CopiesFound,
    DevicesFound,
    Event,
    Failed,
    KioskMade,
    NetworkJoined,
    NetworkSeen,
    PaperCame,
    PrinterAnswered,
    SetMachineZone,
    Swiped,
    WaitForSwipe,
)
from kiosk.first_boot.path import Result
from kiosk.first_boot.scenes import State
from kiosk.first_boot.touches import TOUCHED


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
            return path.back(state)
        return TOUCHED[type(state.scene)](state, name, argument, now)
    return _happened(state, event, now)


# --- what happened ----------------------------------------------------------------------------


def _happened(state: State, event: Event, now: Now) -> Result:
    match state.scene, event:
        case _, Begun():
            return _start(state)
        case at.Waiting(), Failed(refused, lines):
            return _in_vain(state, state.scene, refused, lines)
        case at.Waiting("network"), NetworkSeen(addresses):
            return path.to(state, at.NetworkShown(addresses))
        case at.Waiting("join"), NetworkJoined(addresses):
            return _joined(state, addresses)
        case at.Waiting("devices"), DevicesFound(devices, silent):
            return _found(state, devices, silent)
        case at.Waiting("printer"), PrinterAnswered(device):
            return _printer(state, device)
        case at.Waiting("copies"), CopiesFound(copies):
            return path.to(state, at.CopiesShown(copies))
        case at.Waiting("restore"), BooksRestored():
            return _restored(state, event)
        case at.Waiting("clock"), ClockWasSet():
            return path.after(state, "clock", now)
        case at.Waiting("setup"), KioskMade(code):
            return path.kiosk_made(state, code, now)
        case at.SwipeNow(), Swiped(line):
            swiped = Device("stripe", "magstripe", {"port": line})
            kept = replace(
                state, answers=replace(state.answers, devices=(*state.answers.devices, swiped))
            )
            return path.to(kept, at.DevicesShown(), keep=False)
        case at.OwnerCard(), CardPresented() | CardRefused():
            return _card(state, event, now)
        case at.Printing("test", code), PaperCame(reason):
            return path.final(state, at.DidItComeOut(code, reason))
        case at.Printing("code", code), PaperCame(reason):
            return path.final(state, at.CodeShown(code, printed=not reason))
        case _:
            return state, ()


def _start(state: State) -> Result:
    if state.around.mistakes:
        return replace(state, scene=at.FileMistakes()), ()
    return state, ()


def _in_vain(state: State, scene: at.Waiting, refused: Refused, lines: tuple[str, ...]) -> Result:
    again = scene if scene.what in ("network", "devices", "copies", "setup") else None
    return path.to(state, at.InVain(refused, lines, again))


def _joined(state: State, addresses: tuple[str, ...]) -> Result:
    trail = tuple(s for s in state.trail if not isinstance(s, (at.Typing, at.NetworkShown)))
    made, effects = path.to(replace(state, trail=trail), at.NetworkShown(addresses))
    return made, effects


def _found(state: State, devices: tuple[Device, ...], silent: tuple[str, ...]) -> Result:
    kept = replace(
        state,
        answers=replace(state.answers, devices=merged(state.answers.devices, devices)),
        silent=silent,
    )
    known = {d.port for d in kept.answers.devices}
    quiet = tuple(line for line in silent if line not in known)
    if quiet:
        return path.to(kept, at.SwipeNow(quiet), WaitForSwipe(quiet))
    return path.to(kept, at.DevicesShown())


def _printer(state: State, device: Device | None) -> Result:
    if device is None:
        return path.to(state, at.InVain(Refused("err.setup_no_printer")))
    rest = tuple(d for d in state.answers.devices if d.port != device.port)
    kept = replace(state, answers=replace(state.answers, devices=(*rest, device)))
    trail = tuple(s for s in kept.trail if not isinstance(s, (at.Typing, at.DevicesShown)))
    return path.to(replace(kept, trail=trail), at.DevicesShown())


def _restored(state: State, told: BooksRestored) -> Result:
    answers = replace(
        state.answers, books="restored", kiosk=told.kiosk, venue=told.venue, zone=told.zone
    )
    made = replace(state, answers=answers)
    return path.final(made, at.BooksBack(told.entries, told.missing), SetMachineZone(told.zone))


def _card(state: State, event: CardPresented | CardRefused, now: Now) -> Result:
    if isinstance(event, CardRefused):
        return path.same(state, at.OwnerCard(f"setup.card.{event.reason}")), ()
    zone = ZoneInfo(state.answers.zone)
    today = now.wall.astimezone(zone).date()
    try:
        read = recognise(event.raw, event.signal, DeviceId(event.device), state.rules, today)
    except Refused as refused:
        problem = "setup.card.expired" if refused.key == "err.expired" else "setup.card.unknown"
        return path.same(state, at.OwnerCard(problem)), ()
    if read.scope != "employee":
        return path.same(state, at.OwnerCard("setup.card.guest")), ()
    assert state.answers.owner is not None
    owner = replace(state.answers.owner, card=read.number)
    return path.to(replace(state, answers=replace(state.answers, owner=owner)), at.OwnerPin())
