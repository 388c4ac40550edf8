"""Updates of the machine, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.core.desk.scenes import Page
from kiosk.core.desk.updates import UpdatesPage
from kiosk.core.errands import UpdateFound
from kiosk.core.updates import UpdateState
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import (
    Button,
    Fact,
    Facts,
    Meter,
    Pane,
    Part,
    Say,
    Stack,
    Tile,
    Tiles,
)


def _updates(words: DeskWords, page: UpdatesPage) -> Body:
    title = words.say("desk.updates.title")
    state = page.told.state if page.told else None
    if page.sure is not None and state is not None:
        return _sure(words, page, state, title)
    if page.doing == "switching":
        now = Say(words.say("desk.updates.switching"), "title", "info", "wait")
        return Body(title, (Stack((Pane((now,)),)),))
    parts: tuple[Part, ...] = (Say(words.say("desk.updates.how"), "body", "muted"),)
    if state is None:
        key = "desk.updates.asking" if page.errand else "err.no_slots"
        return Body(
            title, (Stack((Pane((*parts, Say(words.say(key), "strong"))),)),), back=words.back()
        )
    parts = (_facts(words, state), *_standing(words, page, state), *parts)
    second = Stack((Pane(_found(words, page), foot=_foot(words, page, state)),), 1.2)
    return Body(title, (Stack((Pane(parts),)), second), back=words.back())


def _facts(words: DeskWords, state: UpdateState) -> Facts:
    other = state.to if state.phase == "ready" else words.say("desk.updates.other_none")
    return Facts(
        (
            Fact(words.say("desk.updates.version"), state.version),
            Fact(
                words.say("desk.updates.slot"), words.say("desk.updates.slot_of", slot=state.slot)
            ),
            Fact(words.say("desk.updates.other"), other),
        )
    )


def _standing(words: DeskWords, page: UpdatesPage, state: UpdateState) -> tuple[Part, ...]:
    """How far the last update is, or how it ended."""
    assert page.told is not None, "it told of this state"
    version = state.to or "…"
    if page.doing == "installing" or state.phase == "installing":
        percent = page.percent if page.doing == "installing" else state.percent
        told = words.say("desk.updates.installing", version=version)
        return (Say(told, "strong", "info"), Meter(percent, 100, words.say("desk.updates.written")))
    match state.phase:
        case "ready":
            return (Say(words.say("desk.updates.ready", version=version), "strong", "good"),)
        case "good":
            return (Say(words.say("desk.updates.good", version=version), "strong", "good"),)
        case "back":
            return (
                Say(words.say("desk.updates.back", version=version), "strong", "warning", "alert"),
                Say(words.say(f"desk.updates.why.{state.why or 'program'}")),
                *((Say(page.told.detail, "caption", "muted"),) if page.told.detail else ()),
            )
        case _ if state.problem:
            return (
                Say(words.say("desk.updates.problem"), "strong", "warning", "alert"),
                Say(words.say(f"err.update_{state.problem}")),
            )
        case _:
            return ()


def _found(words: DeskWords, page: UpdatesPage) -> tuple[Part, ...]:
    if page.doing == "searching":
        return (Say(words.say("desk.updates.searching"), "strong", "info", "clock"),)
    told = page.told
    if told is None or told.found is None:
        return ()
    away = (Say(words.say(told.away), "body", "warning", "alert"),) if told.away else ()
    tiles = tuple(_tile(words, page, number, found) for number, found in enumerate(told.found))
    return (
        Say(words.say("desk.updates.found"), "heading"),
        *away,
        Tiles(tiles, empty=words.say("desk.updates.none")),
    )


def _tile(words: DeskWords, page: UpdatesPage, number: int, found: UpdateFound) -> Tile:
    if found.source == "stick":
        where = words.say("desk.updates.on_stick", stick=found.stick)
    else:
        where = words.say("desk.updates.in_network")
    name = found.version or words.say("desk.updates.nameless")
    new = page.is_newer(found)
    icon = "usb_stick" if found.source == "stick" else "internet"
    value = words.say("desk.updates.newer" if new else "desk.updates.not_newer")
    tone: Any = "good" if new else "neutral"
    id_ = "" if page.errand else f"this:{number}"
    return Tile(name, where, icon, tone, value, id_)


def _foot(words: DeskWords, page: UpdatesPage, state: UpdateState) -> tuple[Button, ...]:
    why = words.say("desk.updates.asking") if page.errand else ""
    look = words.act("RecordMaintenance", "look", "desk.updates.look", "refresh", why=why)
    if state.phase != "ready":
        return look
    switch = words.act(
        "RecordMaintenance", "switch", "desk.updates.switch", "restart", "primary", why
    )
    return (*look, *switch)


def _sure(words: DeskWords, page: UpdatesPage, state: UpdateState, title: str) -> Body:
    if isinstance(page.sure, UpdateFound):
        told = words.say("desk.updates.older_sure", version=page.sure.version)
        key = "desk.updates.install"
    else:
        told = words.say("desk.updates.switch_sure", version=state.to)
        key = "desk.updates.switch"
    foot = (
        words.go("back", "desk.machine.no"),
        *words.act("RecordMaintenance", "yes", key, kind="primary"),
    )
    return Body(title, (Stack((Pane((Say(told, "title"),), foot=foot),)),))


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {UpdatesPage: _updates}
