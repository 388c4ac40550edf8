"""The assistant's scenes in words: a state becomes a View, as a situation of the kiosk does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.core.clock import Now
from kiosk.core.staff import PIN_DIGITS
from kiosk.first_boot import scenes as at
from kiosk.first_boot import venue_pages
from kiosk.first_boot.answers import OWNER_NUMBER, named
from kiosk.first_boot.creation import device_lines
from kiosk.first_boot.scenes import State
from kiosk.first_boot.touches import (
    CLOCK_DIGITS,
    KIOSKS,
)
from kiosk.first_boot.words import Words, choices, city, question, told
from kiosk.screens.view import (
    Button,
    KeypadView,
    Option,
    Pager,
    ProblemView,
    View,
    WaitView,
)

_ICONS: Mapping[str, str] = {
    "reader": "contactless",
    "stripe": "card",
    "acceptor": "cash",
    "printer": "receipt",
    "lights": "bulb",
}


def present(state: State, now: Now) -> View:
    """The View of a state."""
    return _VIEWS[type(state.scene)](Words(state, now), state.scene)


def _swipe(words: Words, scene: at.SwipeNow) -> View:
    del scene
    return question(
        words,
        "card",
        words.say("setup.swipe.headline"),
        (words.say("setup.swipe.body"),),
        words.button("none", "setup.swipe.none"),
    )


def _devices(words: Words, scene: at.DevicesShown) -> View:
    devices = words.state.answers.devices
    simulated = words.state.around.simulated
    options = []
    for number, (name, device) in enumerate(named(devices)):
        what = words.say(f"setup.device.{device.kind}")
        answer = words.say("setup.device.yes" if device.taken else "setup.device.no")
        lines = "  ".join(device_lines(name, device, simulated=simulated)[1:])
        note = ". ".join(part for part in (device.told, lines) if part)
        label = words.say("setup.device.is", device=what, answer=answer)
        icon = "check_circle" if device.taken else "close"
        tone: Any = "good" if device.taken else "muted"
        options.append(Option(Button(f"take:{number}", label, icon), note=note, tone=tone))
    some = options[scene.first : scene.first + words.rows]
    none = not words.state.answers.taken
    forth = words.next(enabled=not none)
    return choices(
        words,
        words.say("setup.devices.one" if none else "setup.devices.says"),
        some,
        pager=words.pager(scene.first, words.rows, len(options), forth),
        tabs=(
            words.button("again", "setup.again", "refresh"),
            words.button("address", "setup.devices.address", "lan"),
        ),
        empty=words.say("setup.devices.none"),
    )


# --- the owner, the clock ---------------------------------------------------------------------


def _owner_card(words: Words, scene: at.OwnerCard) -> View:
    kinds = {d.kind for d in words.state.answers.readers}
    way = "both" if len(kinds) > 1 else kinds.pop()
    return question(
        words,
        _ICONS["stripe" if way == "stripe" else "reader"],
        words.say(f"setup.card.headline.{way}"),
        (words.say(scene.problem) if scene.problem else words.say("setup.card.body"),),
        words.button("without", "setup.card.without"),
        tone="warning" if scene.problem else "info",
    )


def _pin(words: Words, scene: at.OwnerPin) -> View:
    typed = len(scene.digits)
    key = "setup.pin.again" if scene.again else "setup.pin"
    return KeypadView(
        frame=words.frame(),
        headline=words.say(f"{key}.headline"),
        body=words.say(f"{key}.body", number=OWNER_NUMBER),
        shown="●" * typed,
        missing="○" * (PIN_DIGITS - typed),
        keys_enabled=typed < PIN_DIGITS,
        next=words.next(enabled=typed == PIN_DIGITS),
        back=words.must_back,
        problem=words.say(scene.problem) if scene.problem else "",
    )


def _clock(words: Words, scene: at.ClockSetting) -> View:
    typed = len(scene.digits)
    mask = "DD.MM.YYYY HH:MM"
    filled, digits = [], list(scene.digits)
    for sign in mask:
        if sign.isalpha() and not digits:
            break
        filled.append(digits.pop(0) if sign.isalpha() else sign)
    shown = "".join(filled)
    local = words.now.wall.astimezone(ZoneInfo(words.state.answers.zone or "UTC"))
    return KeypadView(
        frame=words.frame(),
        headline=words.say("setup.clock.headline"),
        body=words.say("setup.clock.body", now=f"{local:%d.%m.%Y %H:%M}"),
        shown=shown,
        missing=words.say("setup.clock.mask")[len(shown) :],
        keys_enabled=typed < CLOCK_DIGITS,
        next=words.next(enabled=typed == CLOCK_DIGITS),
        back=words.must_back,
        other=words.button("right", "setup.clock.right"),
        problem=words.say(scene.problem) if scene.problem else "",
    )


# --- the end ----------------------------------------------------------------------------------


def _summary(words: Words, scene: at.Summary) -> View:
    del scene
    given = words.state.answers
    new = given.books == "new"
    kind = words.say(f"setup.kind.{given.kind}") if given.kind else ""
    about = (given.venue, kind, given.currency, city(given.zone) if given.zone else "")
    devices = [words.say(f"setup.device.{d.kind}") for d in given.taken]
    rows = [
        ("venue", "ticket", ", ".join(part for part in about if part), new and not given.file),
        ("network", "lan", given.address or words.say("setup.summary.no_network"), True),
        ("devices", "devices", ", ".join(devices), True),
    ]
    if given.owner is not None and new:
        card = "setup.summary.card" if given.owner.card else "setup.summary.no_card"
        rows.append(("owner", "account", f"{given.owner.name}, {words.say(card)}", True))
    rows.append(("kiosk", "monitor", given.kiosk, new))
    options = [
        Option(
            Button(
                f"correct:{name}",
                words.say(f"setup.summary.{name}"),
                icon,
                enabled=able,
            ),
            more=told,
        )
        for name, icon, told, able in rows
    ]
    make = words.button("make", "setup.summary.make", primary=True)
    return choices(
        words, words.say("setup.summary.says"), options, pager=Pager(None, make, ""), listed=False
    )


def _number(words: Words, scene: at.KioskNumber) -> View:
    del scene
    options = [Option(Button(f"kiosk:{number}", number)) for number in KIOSKS]
    return choices(words, words.say("setup.number.says"), options, listed=False)


def _in_vain(words: Words, scene: at.InVain) -> View:
    once_more = words.button("again", "setup.vain.again", "refresh", primary=True)
    again = (once_more,) if scene.again else ()
    back = words.back
    return ProblemView(
        frame=words.frame(),
        icon="alert",
        tone="warning",
        headline=words.say("setup.vain.headline"),
        body=(told(words, scene.refused), *scene.lines[:3]),
        code="",
        footer="",
        buttons=(*again, *((replace(back, kind="secondary"),) if back else ())),
    )


def _printing(words: Words, scene: at.Printing) -> View:
    key = f"setup.wait.print_{scene.what}"
    return WaitView(words.frame(), words.say(key), words.say(f"{key}.body"))


def _came_out(words: Words, scene: at.DidItComeOut) -> View:
    again = words.button("again", "setup.print.again", "refresh")
    without = words.button("without", "setup.print.without")
    if scene.reason:
        return question(
            words,
            "receipt",
            words.say("setup.print.failed"),
            (words.say(f"setup.print.{scene.reason}"), words.say("setup.print.failed_body")),
            replace(again, kind="primary"),
            without,
            tone="warning",
        )
    return question(
        words,
        "receipt",
        words.say("setup.print.headline"),
        (words.say("setup.print.body"),),
        words.button("yes", "setup.print.yes", "check", primary=True),
        again,
        without,
    )


def _code(words: Words, scene: at.CodeShown) -> View:
    return question(
        words,
        "key",
        # In two lines, as it is printed.
        scene.code[:14] + " " + scene.code[15:],
        (
            words.say("setup.code.body"),
            words.say("setup.code.printed" if scene.printed else "setup.code.write"),
            words.say("setup.code.number", number=OWNER_NUMBER),
        ),
        words.next("setup.code.kept"),
        tone="good",
    )


def _done(words: Words, scene: at.AllDone) -> View:
    del scene
    return WaitView(words.frame(), words.say("setup.done"), words.say("setup.done.body"))


_VIEWS: Mapping[type[Any], Callable[[Words, Any], View]] = {
    **venue_pages.VIEWS,
    at.SwipeNow: _swipe,
    at.DevicesShown: _devices,
    at.OwnerCard: _owner_card,
    at.OwnerPin: _pin,
    at.ClockSetting: _clock,
    at.Summary: _summary,
    at.KioskNumber: _number,
    at.InVain: _in_vain,
    at.Printing: _printing,
    at.DidItComeOut: _came_out,
    at.CodeShown: _code,
    at.AllDone: _done,
}
