"""A1. What waits for somebody, the cash in the box, the day, the devices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kiosk.core.desk.frame import At, Section
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.tasks import Task, Tasks


@dataclass(frozen=True)
class Today(Page):
    """The dashboard."""

    section: ClassVar[SectionName] = "today"

    tasks: tuple[Task, ...]


def _open(at: At) -> Page:
    return Today(at.ask(Tasks()))


def _touched(at: At, page: Today, name: str, argument: str) -> Page:
    del at, name, argument
    return page


def _fresh(at: At, page: Today) -> Page:
    del page
    return _open(at)


SECTION = Section("today", frozenset(), _open, _touched, fresh=_fresh)
