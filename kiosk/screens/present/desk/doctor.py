"""What a check of all devices found, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.core.checkup import CheckUp, Examined
from kiosk.core.desk.doctor import CheckUpPage
from kiosk.core.desk.scenes import Page
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import Cell, Column, Line, Pane, Part, Say, Stack, Table


def _check_up(words: DeskWords, page: CheckUpPage) -> Body:
    title = words.say("desk.doctor.title")
    if page.errand:
        wait = Pane((Say(words.say("desk.doctor.looking"), "title", "info", "wait"),))
        return Body(title, (Stack((wait,)),), back=words.back())
    again = words.act("RecordMaintenance", "look_again", icon="refresh")
    if page.found is None:
        return Body(title, (Stack((Pane((), foot=again),)),), back=words.back())
    stacks = (Stack((_declared(words, page.found),), 1.2), Stack((_besides(words, page.found),)))
    return Body(title, stacks, heads=again, back=words.back())


def _declared(words: DeskWords, found: CheckUp) -> Pane:
    well = (Say(words.say("desk.doctor.well"), "strong", "good", "check"),) if found.well else ()
    # What needs somebody comes first.
    sorted_ = sorted(found.devices, key=lambda device: device.well)
    table = Table(
        (Column(words.say("desk.doctor.declared")), Column("", share=1.0)),
        tuple(_row(words, device) for device in sorted_),
    )
    return Pane((*well, table))


def _row(words: DeskWords, device: Examined) -> Line:
    told = words.say(f"desk.doctor.{device.finding}")
    told = f"{told}: {device.told}" if device.told else told
    do = device.place if device.well else words.say(f"desk.doctor.{device.finding}.do")
    name = Cell(device.device, device.driver, strong=True)
    return Line((name, Cell(told, do, "neutral" if device.well else "bad")))


def _besides(words: DeskWords, found: CheckUp) -> Pane:
    parts: list[Part] = [Say(words.say("desk.doctor.new"), "heading")]
    for proposal in found.proposals:
        sure = "" if proposal.sure else words.say("desk.doctor.unsure")
        parts.append(Say(" · ".join(filter(None, (proposal.told, sure))) or proposal.name))
        parts += [Say(line, "body", "muted") for line in proposal.lines]
    if found.proposals:
        parts.append(Say(words.say("desk.doctor.write")))
    for line in found.silent:
        parts.append(Say(f"{line}: {words.say('desk.doctor.mute')}", "body", "muted"))
    if found.problems:
        parts.append(Say(words.say("desk.doctor.problems"), "strong", "warning"))
        parts += [Say(problem, "body", "muted") for problem in found.problems]
    if len(parts) == 1:
        parts.append(Say(words.say("desk.doctor.none"), "body", "muted"))
    return Pane(tuple(parts))


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {CheckUpPage: _check_up}
