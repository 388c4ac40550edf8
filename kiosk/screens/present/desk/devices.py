"""The devices in words: tiles, a device's own page, what to do about a fault, the tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from kiosk.core.capabilities import DeviceState, Fault, fault_of
from kiosk.core.desk.devices import (
    PATTERNS,
    CardSeen,
    CardTest,
    Checked,
    CoinTest,
    DevicePage,
    Devices,
    LampTest,
    Mending,
    NoteTest,
    Sheet,
)
from kiosk.core.desk.scenes import Page
from kiosk.core.device_faults import REMEDIES, RETESTS
from kiosk.core.ids import DeviceId
from kiosk.screens.present.desk import device_ports, doctor, genuine, hopper, machine
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import (
    Actions,
    Button,
    Cell,
    Column,
    Fact,
    Facts,
    Line,
    Meter,
    Pane,
    Part,
    Say,
    Stack,
    Table,
    Tile,
    Tiles,
    Tone,
)

_ICONS = {
    "reader": "card_scan",
    "acceptor": "note",
    "coins": "coins",
    "hopper": "coins",
    "printer": "printer",
    "lights": "lights",
    "fiscal": "receipt",
    "payment": "bank_card",
    "speech": "volume",
    "switches": "touch",
    "contacts": "door",
}
MEGA = 1_000_000
METRE_MM = 1000


# --- what every page of them says of a device -------------------------------------------------


def name(words: DeskWords, device: DeviceId) -> str:
    """What a device is called; with its own name where there are several of its kind."""
    machine_ = words.situation.machine
    role = machine_.devices[device].role
    word = _kind(words, device)
    told = words.say(f"desk.device.{word}")
    alike = [d for d, _ in machine_.of(role) if _kind(words, d) == word]
    return f"{told} ({device})" if len(alike) > 1 else told


def _kind(words: DeskWords, device: DeviceId) -> str:
    house = words.situation.house
    if device in house.contactless:
        return "reader_contactless"
    if device in house.scanners:
        return "reader_scanner"
    return words.situation.machine.devices[device].role


def icon(words: DeskWords, device: DeviceId) -> str:
    """The picture of a device."""
    if device in words.situation.house.contactless:
        return "contactless"
    return _ICONS[words.situation.machine.devices[device].role]


def state(words: DeskWords, of: DeviceState) -> tuple[str, Tone]:
    """How a device is, in a word, and its colour."""
    fault = fault_of(of)
    if of.up is None:
        return words.say("desk.devices.untried"), "neutral"
    if fault is None:
        busy = of.acceptor == "busy"
        return words.say("desk.devices.busy" if busy else "desk.devices.ready"), "good"
    return words.say(f"desk.fault.{fault}"), "bad" if REMEDIES[fault].severe else "warning"


def _note(words: DeskWords, device: DeviceId, of: DeviceState) -> str:
    """More of it: the model, what was read, since when it is as it is."""
    told = [of.model, *_says(of)]
    reads = words.situation.machine.reads.get(device)
    if reads is not None and reads.last is not None:
        last, bad = _READS.get(of.role, _READS["reader"])
        told.append(words.say(last, time=_moment(words, reads.last)))
        if reads.bad:
            told.append(words.say(bad, bad=reads.bad, all=reads.bad + reads.cards))
    since = _now(words, device)
    if since is not None:
        told.append(words.say("desk.devices.since", time=_moment(words, since.since)))
    return " · ".join(part for part in told if part)


_READS: Mapping[str, tuple[str, str]] = {
    "reader": ("desk.devices.last_card", "desk.devices.bad_reads"),
    "coins": ("desk.devices.last_coin", "desk.devices.bad_coins"),
}
_COUNTS: Mapping[str, tuple[str, str]] = {
    "reader": ("desk.devices.cards", "desk.devices.bad"),
    "coins": ("desk.devices.coins", "desk.devices.coins_bad"),
}


def _says(of: DeviceState) -> list[str]:
    """The driver's own words, but for the model."""
    return [word for word in (of.error, of.detail) if word and word != of.model]


def _now(words: DeskWords, device: DeviceId) -> Fault | None:
    """What is wrong with a device since when; None: nothing."""
    faults = words.situation.machine.faults
    return next((f for f in reversed(faults) if f.device == device and f.until is None), None)


def _moment(words: DeskWords, at: datetime) -> str:
    return words.day(at.isoformat())


# --- all of them ------------------------------------------------------------------------------


def _devices(words: DeskWords, page: Devices) -> Body:
    found = words.situation.machine.devices
    tiles = [_tile(words, device, of) for device, of in found.items()]
    tiles += [_books(words, page), machine.tile(words, page.look)]
    pane = Pane((Tiles(tuple(tiles), columns=3),), card=False)
    test = words.act("IssueTestPage", "test_all", icon="play")
    look = words.act("RecordMaintenance", "doctor", icon="search")
    return Body(words.say("desk.section.devices"), (Stack((pane,)),), heads=(*look, *test))


def _tile(words: DeskWords, device: DeviceId, of: DeviceState) -> Tile:
    told, tone = state(words, of)
    note = _note(words, device, of)
    return Tile(name(words, device), note, icon(words, device), tone, told, f"device:{device}")


def _books(words: DeskWords, page: Devices) -> Tile:
    low = words.situation.machine.space_low
    note = words.texts.plural(
        "desk.devices.entries", page.entries, free=words.texts.count(page.free_bytes // MEGA)
    )
    told = words.say("desk.devices.space_low" if low else "desk.devices.in_order")
    return Tile(words.say("desk.devices.books"), note, "storage", "bad" if low else "good", told)


# --- one of them ------------------------------------------------------------------------------


def _device(words: DeskWords, page: DevicePage) -> Body:
    of = words.situation.machine.devices[page.device]
    told, tone = state(words, of)
    fault, parts = fault_of(of), [Say(told, "title", tone, icon(words, page.device))]
    if fault is not None:
        parts.append(Say(words.say(f"desk.cause.{fault}")))
    if fault == "paper_low" and of.paper == "ok":
        parts.append(Say(words.say("desk.devices.reckoned"), "body", "muted"))
    mend = (words.go("mend", icon="wrench", kind="primary"),) if fault is not None else ()
    now = Pane((*parts, *_facts(words, page.device, of)), foot=mend)
    tests = _tests(words, page, of)
    panes = (now, Pane(tests)) if tests else (now,)
    second = Stack((_history(words, page.device),))
    back = words.back()
    return Body(name(words, page.device), (Stack(panes, 1.2), second), back=back)


def _facts(words: DeskWords, device: DeviceId, of: DeviceState) -> tuple[Part, ...]:
    house, reads = words.situation.house, words.situation.machine.reads.get(device)
    since = _now(words, device)
    told = [
        ("desk.devices.model", of.model),
        ("desk.devices.why", words.say(f"desk.doctor.{of.cause}") if of.cause else ""),
        ("desk.devices.since_when", _moment(words, since.since) if since else ""),
        ("desk.devices.says", " · ".join(_says(of))),
        ("desk.devices.line", house.ports.get(device, "")),
    ]
    if of.role == "printer" and of.up:
        paper = "reckoned" if of.paper == "ok" and of.roll_low else of.paper
        told.append(("desk.devices.paper", words.say(f"desk.paper.{paper}")))
    if of.roll_mm:
        left, whole = max(0, of.roll_mm - of.roll_used_mm) // METRE_MM, of.roll_mm // METRE_MM
        roll = words.say("desk.devices.roll_left", left=left, all=whole)
        told.append(("desk.devices.roll", roll))
    if of.role == "fiscal" and of.fiscal_shift:
        told.append(("desk.devices.shift", words.say(f"desk.fiscal_shift.{of.fiscal_shift}")))
    if reads is not None:
        good, bad = _COUNTS.get(of.role, _COUNTS["reader"])
        told.append((good, words.texts.count(reads.cards)))
        told.append((bad, words.texts.count(reads.bad)))
    facts = tuple(Fact(words.say(key), value) for key, value in told if value)
    return (Facts(facts),) if facts else ()


def _tests(words: DeskWords, page: DevicePage, of: DeviceState) -> tuple[Part, ...]:
    buttons: tuple[Button, ...] = ()
    match of.role:
        case "printer":
            why = words.say("desk.devices.prints_now") if page.sheet.state == "printing" else ""
            buttons = words.act("IssueTestPage", "test_page", icon="test", why=why)
            if of.roll_mm:
                buttons += words.act("RecordMaintenance", "new_roll", icon="refresh")
        case "acceptor":
            why = "" if of.up else words.say("desk.devices.does_not_answer")
            buttons = (
                *words.act("RecordMaintenance", f"try_note:{page.device}", icon="test", why=why),
                *words.act("RecordMaintenance", "start_over", icon="restart", why=why),
            )
        case "coins":
            why = "" if of.up else words.say("desk.devices.does_not_answer")
            buttons = words.act(
                "RecordMaintenance", f"try_coin:{page.device}", icon="test", why=why
            )
        case "hopper":
            buttons = (words.go("hopper", icon="cash"),)
        case "reader":
            buttons = (words.go(f"try_card:{page.device}", icon="test"),)
            if page.device in words.situation.house.checks:
                make = words.act("RecordEnrolment", "make_genuine", icon="badge")
                buttons = (*buttons, *make)
        case "lights":
            buttons = (words.go(f"try_lamps:{page.device}", icon="test"),)
        case _:
            pass
    if page.device in words.situation.house.ports:
        buttons = (*buttons, *words.act("RecordMaintenance", "port", icon="plug"))
    if not buttons:
        return ()
    title = Say(words.say("desk.devices.tests"), "heading")
    return (title, *sheet(words, page.sheet), Actions(buttons))


def sheet(words: DeskWords, of: Sheet) -> tuple[Part, ...]:
    """What became of a test page."""
    match of.state:
        case "":
            return ()
        case "printing":
            return (Say(words.say("desk.devices.page_printing"), "strong", "info", "printer"),)
        case "printed":
            return (Say(words.say("desk.devices.page_printed"), "strong", "good", "check"),)
        case _:
            why = words.say(f"desk.print.{of.reason if of.reason in PRINT_WORDS else 'error'}")
            told = words.say("desk.devices.page_failed", why=why)
            return (Say(told, "strong", "bad", "printer_alert"),)


PRINT_WORDS = ("off", "lost", "offline", "paper_out", "cover_open", "error")


def _history(words: DeskWords, device: DeviceId) -> Pane:
    faults = [f for f in reversed(words.situation.machine.faults) if f.device == device]
    table = Table(
        (
            Column(words.say("desk.devices.when")),
            Column(words.say("desk.devices.what"), share=1.0),
        ),
        tuple(_row(words, fault) for fault in faults[:8]),
        empty=words.say("desk.devices.no_faults"),
    )
    return Pane((Say(words.say("desk.devices.history"), "heading"), table))


def _row(words: DeskWords, fault: Fault) -> Line:
    until = _moment(words, fault.until) if fault.until else words.say("desk.devices.still")
    when = f"{_moment(words, fault.since)} – {until}"
    told = words.say(f"desk.fault.{fault.word}")
    return Line((Cell(when), Cell(told, fault.detail, "bad" if not fault.until else "neutral")))


# --- what to do about a fault ------------------------------------------------------------------


def _mending(words: DeskWords, page: Mending) -> Body:
    title = words.say(f"desk.fault.{page.fault}")
    if page.over:
        return _mended(words, page, title)
    steps = page.remedy.steps
    told = words.say("desk.devices.step", step=page.step, steps=steps)
    parts = (
        Meter(page.step - 1, steps, told),
        Say(words.say(f"desk.step.{page.fault}.{page.step}"), "title"),
        Say(words.say(f"desk.cause.{page.fault}"), "body", "muted"),
    )
    pane = Pane(parts, foot=(words.go("done", "desk.button.done_next", "check", "primary"),))
    head = words.go("device", "desk.button.to_device", kind="quiet")
    return Body(title, (Stack((pane,)),), name(words, page.device), (head,), words.back())


def _mended(words: DeskWords, page: Mending, title: str) -> Body:
    """All steps are done: what the device says now."""
    of = words.situation.machine.devices[page.device]
    told, tone = state(words, of)
    fault = fault_of(of)
    said = words.say("desk.devices.mended" if fault is None else "desk.devices.not_mended")
    parts = (
        Say(words.say("desk.devices.now", device=name(words, page.device)), "body", "muted"),
        Say(told, "title", tone, "check_circle" if fault is None else "alert"),
        Say(said),
    )
    again = _retest(words, of) if fault is None else (words.go("again", icon="refresh"),)
    device = words.go("device", "desk.button.to_device", kind="primary")
    pane = Pane(parts, foot=(*again, device))
    return Body(title, (Stack((pane,)),), name(words, page.device))


def _retest(words: DeskWords, of: DeviceState) -> tuple[Button, ...]:
    """The test of a device that works again; whoever may not try it is offered none."""
    match RETESTS.get(of.role):
        case None:
            return ()
        case "test_page":
            return words.act("IssueTestPage", "test_page", icon="test")
        case "try_note" | "try_coin" as test:
            return words.act("RecordMaintenance", test, icon="test")
        case test:
            return (words.go(test, icon="test"),)


# --- the tests ---------------------------------------------------------------------------------


def _lamps(words: DeskWords, page: LampTest) -> Body:
    number = page.at + 1
    parts = (
        Meter(number, len(PATTERNS), words.say("desk.lamps.number", n=number, of=len(PATTERNS))),
        Say(words.say(f"desk.lamps.{page.pattern}"), "title"),
        Say(words.say("desk.lamps.compare"), "body", "muted"),
        Actions(
            (
                words.go("tone:ok", "desk.button.tone_ok", "volume"),
                words.go("tone:attention", "desk.button.tone_attention", "volume"),
            )
        ),
    )
    before = words.go("pattern:before", "desk.button.pattern_before", "back")
    after = words.go("pattern:next", "desk.button.pattern_next", "next", "primary")
    title = words.say("desk.lamps.title")
    return Body(title, (Stack((Pane(parts, foot=(before, after)),)),), back=words.back())


def _notes(words: DeskWords, page: NoteTest) -> Body:
    of = words.situation.machine.devices[page.device]
    told, tone = state(words, of)
    ready = of.up and of.acceptor == "ready"
    ask = words.say("desk.try_note.insert" if ready else "desk.try_note.wait")
    lines = tuple(
        Line(
            (
                Cell(words.texts.money(seen.value), strong=True),
                Cell(
                    words.say("desk.try_note.back" if seen.back else "desk.try_note.coming"),
                    tone="good" if seen.back else "warning",
                ),
            )
        )
        for seen in page.seen
    )
    rejected = tuple(
        Line((Cell(words.say("desk.try_note.rejected")), Cell(reason, tone="warning")))
        for reason in page.rejected
    )
    table = Table(
        (Column(words.say("desk.try_note.value")), Column("", share=1.0)),
        (*lines, *rejected),
        empty=words.say("desk.try_note.none"),
    )
    first = Pane(
        (
            Say(ask, "title", icon="note"),
            Say(words.say("desk.try_note.nothing_booked")),
            Say(told, "strong", tone),
        )
    )
    title = words.say("desk.try_note.title")
    return Body(title, (Stack((first,)), Stack((Pane((table,)),))), back=words.back())


def _coins(words: DeskWords, page: CoinTest) -> Body:
    of = words.situation.machine.devices[page.device]
    told, tone = state(words, of)
    ready = of.acceptor in ("ready", "busy")
    booked = tuple(
        Line(
            (
                Cell(words.texts.whole(value), strong=True),
                Cell(words.say("desk.try_coin.booked"), tone="good"),
            )
        )
        for value in page.seen
    )
    rejected = tuple(
        Line((Cell(words.say("desk.try_coin.rejected")), Cell(reason, tone="warning")))
        for reason in page.rejected
    )
    table = Table(
        (Column(words.say("desk.try_coin.value")), Column("", share=1.0)),
        (*booked, *rejected),
        empty=words.say("desk.try_coin.none"),
    )
    ask = words.say("desk.try_coin.insert" if ready else "desk.try_coin.wait")
    first = Pane(
        (
            Say(ask, "title", icon="coins"),
            Say(words.say("desk.try_coin.stays")),
            Say(told, "strong", tone),
        )
    )
    title = words.say("desk.try_coin.title")
    return Body(title, (Stack((first,)), Stack((Pane((table,)),))), back=words.back())


def _cards(words: DeskWords, page: CardTest) -> Body:
    taps = page.device in words.situation.house.contactless
    of = words.situation.machine.devices[page.device]
    told, tone = state(words, of)
    first = Pane(
        (
            Say(words.say("desk.try_card.hold" if taps else "desk.try_card.swipe"), "title"),
            Say(words.say("desk.try_card.nothing")),
            Say(told, "strong", tone),
        )
    )
    table = Table(
        (Column(words.say("desk.try_card.card")), Column("", share=1.0)),
        tuple(_seen(words, seen) for seen in page.seen),
        empty=words.say("desk.try_card.none"),
    )
    title = words.say("desk.try_card.title")
    return Body(title, (Stack((first,)), Stack((Pane((table,)),))), back=words.back())


def _seen(words: DeskWords, seen: CardSeen) -> Line:
    if seen.problem:
        tone: Tone = "neutral" if seen.problem == "no_rule" else "warning"
        return Line((Cell("—"), Cell(words.say(f"desk.try_card.{seen.problem}"), tone=tone)))
    good = words.say("desk.try_card.read")
    return Line((Cell(seen.masked, strong=True), Cell(good, tone="good", icon="check")))


_TRIES = {"acceptor": "try_note", "coins": "try_coin", "reader": "try_card", "lights": "try_lamps"}


def _checked(words: DeskWords, page: Checked) -> Body:
    found = words.situation.machine.devices
    lines = tuple(_check(words, page, device, of) for device, of in found.items())
    columns = (Column(""), Column(words.say("desk.devices.says_now"), share=1.0))
    first = Pane((Table(columns, lines),), foot=words.act("IssueTestPage", "test_all", icon="play"))
    buttons = tuple(
        replace(
            words.go(f"{_TRIES[of.role]}:{device}"),
            text=name(words, device),
            icon=icon(words, device),
        )
        for device, of in found.items()
        if of.role in _TRIES
        and of.up
        and (of.role not in ("acceptor", "coins") or words.may("RecordMaintenance"))
    )
    second = Pane((Say(words.say("desk.devices.by_hand"), "heading"), Actions(buttons)))
    stacks = (Stack((first,), 1.4), *((Stack((second,)),) if buttons else ()))
    return Body(words.say("desk.devices.checked"), stacks, back=words.back())


def _check(words: DeskWords, page: Checked, device: DeviceId, of: DeviceState) -> Line:
    told, tone = state(words, of)
    note = ""
    if of.role == "printer":
        note = " ".join(part.text for part in sheet(words, page.sheet) if isinstance(part, Say))
    mark = {"good": "check", "bad": "alert", "warning": "alert"}.get(tone, "")
    cells = (Cell(name(words, device), strong=True), Cell(told, note, tone, icon=mark))
    return Line(cells)


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {
    Devices: _devices,
    DevicePage: _device,
    Mending: _mending,
    LampTest: _lamps,
    NoteTest: _notes,
    CoinTest: _coins,
    CardTest: _cards,
    Checked: _checked,
    **device_ports.PAGES,
    **doctor.PAGES,
    **genuine.PAGES,
    **hopper.PAGES,
    **machine.PAGES,
}
