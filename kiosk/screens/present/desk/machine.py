"""The machine in words: how it is, its sound, restart, clock, network, its log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from kiosk.core.desk.machine import (
    SIGNS,
    VOLUMES,
    ClockForm,
    DiagnosisCarried,
    LogCarried,
    LogShown,
    MachinePage,
    NetworkForm,
    Stopping,
    ZoneSearch,
    shown,
)
from kiosk.core.desk.scenes import Page
from kiosk.core.errands import LogLine, MachineLook
from kiosk.screens.present.desk.carrying import carrying
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import (
    Actions,
    Button,
    Cell,
    Column,
    Entries,
    Entry,
    Fact,
    Facts,
    Keys,
    Line,
    Pane,
    Part,
    Say,
    Stack,
    Table,
    Tile,
    Tone,
)

HOT_CELSIUS = 75
"""From 80 on a Raspberry Pi slows itself down."""
WORN_PERCENT = 90
ZONES_SHOWN_MAX = 12

_SIGNS = (
    tuple("1234567890"),
    tuple(".-_/:@,;!?"),
    tuple("#$%&*+=|~^"),
    tuple("\"'`()[]{}<>\\"),
)


def tile(words: DeskWords, look: MachineLook | None) -> Tile:
    """The machine among the devices."""
    title = words.say("desk.machine.title")
    if look is None:
        return Tile(title, "", "memory", id="machine")
    told = [_heat(words, look), _memory(words, look)]
    value = " · ".join(part for part in told if part) or words.say("desk.devices.ready")
    up = words.say("desk.machine.up", time=_up(words, look)) if look.up_s is not None else ""
    weak = words.say("desk.machine.weak") if look.power_weak else ""
    slow = words.say("desk.machine.slow") if look.slowed else ""
    note = " · ".join(part for part in (weak, slow, look.model, up) if part)
    return Tile(title, note, "thermometer", _tone(look), value, "machine")


def _tone(look: MachineLook) -> Tone:
    hot = look.celsius is not None and look.celsius >= HOT_CELSIUS
    worn = look.worn_percent is not None and look.worn_percent >= WORN_PERCENT
    return "warning" if hot or worn or look.power_weak or look.slowed else "good"


def _heat(words: DeskWords, look: MachineLook) -> str:
    if look.celsius is None:
        return ""
    return words.say("desk.machine.celsius", n=look.celsius)


def _memory(words: DeskWords, look: MachineLook) -> str:
    if look.memory_percent is None:
        return ""
    return words.say("desk.machine.memory", n=look.memory_percent)


def _up(words: DeskWords, look: MachineLook) -> str:
    hours = (look.up_s or 0) // 3600
    if hours >= 48:
        return words.texts.plural("desk.machine.days", hours // 24)
    return words.texts.plural("desk.machine.hours", hours)


def _machine(words: DeskWords, page: MachinePage) -> Body:
    volumes = tuple(
        replace(
            words.go(f"volume:{volume}", f"desk.volume.{volume}"),
            kind="primary" if volume == page.volume else "secondary",
        )
        for volume in VOLUMES
    )
    sound = Pane((Say(words.say("desk.machine.sound"), "heading"), Actions(volumes)))
    works: tuple[Button, ...] = (
        *words.act("RecordMaintenance", "clock", icon="clock"),
        *words.act("RecordMaintenance", "zone", icon="internet"),
        *words.act("RecordMaintenance", "network", icon="lan"),
        *words.act("RecordMaintenance", "log", icon="log"),
        *(_updates(words) if page.look is not None and page.look.slots else ()),
    )
    stops: tuple[Button, ...] = (
        *words.act("RecordMaintenance", "restart", icon="restart"),
        *words.act("RecordMaintenance", "restart_machine", icon="refresh"),
        *words.act("RecordMaintenance", "switch_off", icon="power"),
    )
    second = [Pane((Say(words.say("desk.machine.settings"), "heading"), Actions(works)))]
    second += [Pane((Say(words.say("desk.machine.stops"), "heading"), Actions(stops)))]
    first = (Pane(_told(words, page.look)), sound) if page.look is not None else (sound,)
    stacks = (Stack(first), Stack(tuple(second), 1.4)) if works else (Stack(first),)
    return Body(words.say("desk.machine.title"), stacks, back=words.back())


def _updates(words: DeskWords) -> tuple[Button, ...]:
    return words.act("RecordMaintenance", "updates", icon="download")


def _told(words: DeskWords, look: MachineLook) -> tuple[Part, ...]:
    up = _up(words, look) if look.up_s is not None else ""
    known = (
        ("desk.machine.model", look.model),
        ("desk.machine.heat", _heat(words, look)),
        ("desk.machine.memory_used", _memory(words, look)),
        ("desk.machine.up_since", up),
        ("desk.machine.power", _either(words, look.power_weak, "power_weak", "power_good")),
        ("desk.machine.pace", _either(words, look.slowed, "slowed", "full_pace")),
        ("desk.machine.wear", _wear(words, look)),
        ("desk.machine.clock", _either(words, look.clock_set, "clock_set", "clock_free")),
        ("desk.machine.address", ", ".join(look.addresses) or words.say("desk.machine.no_net")),
    )
    facts = tuple(Fact(words.say(key), value) for key, value in known if value)
    helper = () if look.helper else (Say(words.say("desk.machine.no_helper"), "caption", "muted"),)
    return (Facts(facts), *helper)


def _either(words: DeskWords, told: bool | None, yes: str, no: str) -> str:
    return "" if told is None else words.say(f"desk.machine.{yes if told else no}")


def _wear(words: DeskWords, look: MachineLook) -> str:
    if look.worn_percent is None:
        return words.say("desk.machine.wear_unknown")
    return words.say("desk.machine.worn", n=look.worn_percent)


def _stopping(words: DeskWords, page: Stopping) -> Body:
    title = words.say(f"desk.button.{page.what}")
    told = words.say(f"desk.stop.{page.what}")
    if page.errand:
        now = Pane((Say(words.say("desk.stop.now"), "title", "info", "wait"), Say(told)))
        return Body(title, (Stack((now,)),))
    foot = (
        words.go("back", "desk.machine.no"),
        *words.act("RecordMaintenance", "yes", f"desk.button.{page.what}", kind="primary"),
    )
    return Body(title, (Stack((Pane((Say(told, "title"),), foot=foot),)),))


def _wait(words: DeskWords, errand: str) -> str:
    return words.say("desk.machine.wait") if errand else ""


def _clock(words: DeskWords, page: ClockForm) -> Body:
    wait = _wait(words, page.errand)
    save = words.act("RecordMaintenance", "save", "desk.machine.save", "check", "primary", wait)
    title = words.say("desk.button.clock")
    return words.form_page(title, page.form, *save, back=words.back())


def _zone(words: DeskWords, page: ZoneSearch) -> Body:
    found = page.found
    lines = tuple(
        Line((Cell(zone.replace("_", " ")),), f"this:{zone}") for zone in found[:ZONES_SHOWN_MAX]
    )
    empty = words.say("desk.zone.type" if not page.form["zone"] else "desk.zone.none")
    more = len(found) - len(lines)
    foot = words.texts.plural("desk.zone.more", more) if more else ""
    wait = (Say(_wait(words, page.errand), "strong", "info"),) if page.errand else ()
    table = Table((Column("", share=1.0),), lines, empty, foot)
    stacks = (Stack((Pane((words.entries(page.form), *wait)),)), Stack((Pane((table,)),)))
    keys = words.keys(page.form)
    return Body(words.say("desk.button.zone"), stacks, back=words.back(), keys=keys)


def _network(words: DeskWords, page: NetworkForm) -> Body:
    entries = words.entries(page.form, *shown(page.form))
    wait = _wait(words, page.errand)
    hidden = Entries(tuple(_hidden(entry) for entry in entries.entries))
    save = words.act("RecordMaintenance", "save", "desk.machine.save", "check", "primary", wait)
    stack = Stack((Pane((hidden,), foot=save),))
    title = words.say("desk.button.network")
    return Body(title, (stack,), back=words.back(), keys=_keys(words, page))


def _hidden(entry: Entry) -> Entry:
    """A password as it is typed: of it only the last sign is seen."""
    if entry.id != "field:password" or not entry.shown:
        return entry
    return replace(entry, shown="•" * (len(entry.shown) - 1) + entry.shown[-1])


def _keys(words: DeskWords, page: NetworkForm) -> Keys | None:
    """Letters, and the signs that addresses and passwords have."""
    if not page.form.at:
        return None
    made = words.letters(page.form)
    if page.form.keyboard == SIGNS:
        return replace(made, rows=_SIGNS, layout=Button("keyboard", "ABC", "language"))
    signs = Button("keyboard", made.layout.text if made.layout else ".?1", "language")
    return replace(made, layout=signs)


def _log(words: DeskWords, page: LogShown) -> Body:
    lines = page.log.lines if page.log is not None else ()
    empty = words.say("desk.log.reading" if page.log is None else "desk.log.empty")
    table = Table(
        (Column(words.say("desk.devices.when")), Column(words.say("desk.devices.what"), share=1.0)),
        tuple(_line(words, line) for line in lines),
        empty,
    )
    wait = words.say("desk.log.reading") if page.errand else ""
    older = page.log is not None and page.log.older
    foot = (
        *((words.go("newer", "desk.log.newer", "up", why=wait),) if len(page.starts) > 1 else ()),
        *((words.go("older", "desk.log.older", "down", why=wait),) if older else ()),
        words.go("diagnose", "desk.button.diagnose", "usb_stick", why=wait),
    )
    heads = (
        words.go("look", "desk.button.log_again", "refresh"),
        words.go("carry", "desk.button.log_carry", "usb_stick"),
    )
    pane = Pane((table,), foot=foot)
    title = words.say("desk.button.log")
    return Body(title, (Stack((pane,)),), heads=heads, back=words.back())


def _line(words: DeskWords, line: LogLine) -> Line:
    tone: Any = {"error": "bad", "warning": "warning"}.get(line.level, "muted")
    mark = {"error": "error", "warning": "alert"}.get(line.level, "")
    when = words.texts.moment(words.moment(line.at)).split(" ")[1]
    return Line((Cell(when, tone="muted"), Cell(line.text, tone=tone, icon=mark)))


def _carried(words: DeskWords, page: LogCarried) -> Body:
    if page.carrying is not None:
        return carrying(words, page.carrying, words.back())
    said = Pane((Say(words.say("desk.log.reading"), "strong"),))
    return Body(words.say("desk.button.log"), (Stack((said,)),), back=words.back())


def _diagnosis(words: DeskWords, page: DiagnosisCarried) -> Body:
    return carrying(words, page.carrying, words.back())


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {
    MachinePage: _machine,
    Stopping: _stopping,
    ClockForm: _clock,
    ZoneSearch: _zone,
    NetworkForm: _network,
    LogShown: _log,
    LogCarried: _carried,
    DiagnosisCarried: _diagnosis,
}
