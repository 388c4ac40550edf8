"""How a device's line is found, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.core.desk.device_ports import PortChoice
from kiosk.core.desk.scenes import Page
from kiosk.core.errands import SerialPort
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import Button, Pane, Part, Say, Stack, Tile, Tiles


def _port(words: DeskWords, page: PortChoice) -> Body:
    title = words.say("desk.port.title")
    problem = (Say(words.refusal(page.problem), "strong", "bad", "alert"),) if page.problem else ()
    wait = (Say(words.say("desk.port.looking"), "strong", "info"),) if page.errand else ()
    pane = Pane((*problem, *_parts(words, page), *wait), foot=_foot(words, page))
    now = words.situation.house.ports.get(page.device, "")
    told = words.say("desk.port.now", port=now)
    return Body(title, (Stack((pane,)),), told, back=words.back())


def _parts(words: DeskWords, page: PortChoice) -> tuple[Part, ...]:
    match page.step:
        case "unplug" | "plug":
            return (
                Say(words.say(f"desk.port.{page.step}"), "title", icon="plug"),
                Say(words.say(f"desk.port.{page.step}.then")),
            )
        case "found" | "choose":
            tiles = tuple(_tile(words, n, port) for n, port in enumerate(page.ports))
            return (Say(words.say(f"desk.port.{page.step}"), "title"), Tiles(tiles))
        case _:
            return (
                Say(words.say("desk.port.kept"), "title", "good", "check"),
                Say(page.port, "body", "muted"),
                Say(words.say("desk.port.restart")),
            )


def _tile(words: DeskWords, number: int, port: SerialPort) -> Tile:
    note = port.told or words.say("desk.port.nameless")
    return Tile(port.name, note, "usb", id=f"this:{number}")


def _foot(words: DeskWords, page: PortChoice) -> tuple[Button, ...]:
    why = words.say("desk.port.looking") if page.errand else ""
    match page.step:
        case "unplug" | "plug":
            return (words.go("look", "desk.button.port_done", "check", "primary", why),)
        case "found" | "choose":
            return (words.go("try_again", icon="refresh", why=why),)
        case _:
            return words.act("RecordMaintenance", "restart", icon="restart", kind="primary")


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {PortChoice: _port}
