"""The page on which cards are made genuine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.core.desk.genuine import CardMade, MakingGenuine
from kiosk.core.desk.scenes import Page
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import Cell, Column, Line, Pane, Say, Stack, Table


def _making(words: DeskWords, page: MakingGenuine) -> Body:
    up = words.situation.machine.devices[page.device].up
    away = () if up else (Say(words.say("desk.devices.does_not_answer"), "strong", "bad"),)
    first = Pane(
        (
            Say(words.say("desk.genuine.hold"), "title", icon="card_scan"),
            Say(words.say("desk.genuine.still")),
            *away,
            Say(words.texts.plural("desk.genuine.count", page.made), "strong"),
        )
    )
    table = Table(
        (Column(words.say("desk.genuine.card")), Column("", share=1.0)),
        tuple(_card(words, card) for card in page.seen),
        empty=words.say("desk.genuine.none"),
    )
    title = words.say("desk.genuine.title")
    return Body(title, (Stack((first,)), Stack((Pane((table,)),))), back=words.back())


def _card(words: DeskWords, card: CardMade) -> Line:
    told = words.say(f"desk.genuine.{card.outcome}")
    good = card.outcome in ("made", "anew")
    return Line((Cell(card.masked or "—"), Cell(told, tone="good" if good else "warning")))


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {MakingGenuine: _making}
