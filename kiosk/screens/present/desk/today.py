"""The dashboard in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.core.desk.scenes import Page
from kiosk.core.desk.today import Today
from kiosk.core.tasks import Task, say
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import Pane, Say, Stack, Tile, Tiles


def _today(words: DeskWords, page: Today) -> Body:
    tasks = tuple(_task(words, task) for task in page.tasks)
    to_do = Pane(
        (
            Say(words.say("desk.today.to_do"), "heading"),
            Tiles(tasks, empty=words.say("desk.today.nothing")),
        )
    )
    return Body(words.say("desk.section.today"), (Stack((to_do,)),))


def _task(words: DeskWords, task: Task) -> Tile:
    what, do = say(task, words.texts)
    return Tile(what, do, "alert", "warning" if task.severity == "now" else "neutral")


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {Today: _today}
