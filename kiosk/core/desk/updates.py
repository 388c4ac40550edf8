"""Updates of the machine: how they stand, new ones on a stick or in the network, switching now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from kiosk.core import updates
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.errands import (
    InstallUpdate,
    LookForUpdates,
    MachineLook,
    SwitchUpdate,
    UpdateFound,
    Updates,
)
from kiosk.core.errors import Refused
from kiosk.core.ledger import Entry
from kiosk.core.maintenance import RecordMaintenance
from kiosk.core.messages import ErrandTold, Event

Doing = Literal["", "looking", "searching", "installing", "switching"]


@dataclass(frozen=True)
class UpdatesPage(Page):
    """How updates stand.

    Attributes:
        machine: how the machine was on the page before, for the way back.
        doing: what `errand` is about.
        told: what the machine told last.
        percent: so much of what is installed is written.
        sure: an older one, or the same again, that somebody has to mean; or, with `switch`, what
            is ready.
    """

    section: ClassVar[SectionName] = "devices"

    machine: MachineLook | None
    errand: str = ""
    doing: Doing = ""
    told: Updates | None = None
    percent: int = 0
    sure: UpdateFound | Literal["switch"] | None = None

    def is_newer(self, found: UpdateFound) -> bool:
        """Whether a bundle is newer than what runs, as far as its name says."""
        state = self.told.state if self.told else None
        return state is None or updates.newer(found.version, state.version)


def opened(at: At, machine: MachineLook | None) -> Page:
    """The page, while the machine is asked.

    Raises:
        Refused: ``err.not_allowed``.
    """
    if not at.may("RecordMaintenance"):
        raise Refused("err.not_allowed")
    return UpdatesPage(machine, at.errand(LookForUpdates()), "looking")


def touched(at: At, page: UpdatesPage, name: str, argument: str) -> Page | None:
    """The page after a button; None leads back to the machine."""
    found = (page.told.found if page.told else None) or ()
    match name:
        case "back" if page.sure is not None:
            return at.turn(replace(page, sure=None))
        case "back":
            return None
        case "look" if not page.errand:
            errand = at.errand(LookForUpdates(everywhere=True))
            return replace(page, errand=errand, doing="searching")
        case "this" if not page.errand and argument in map(str, range(len(found))):
            one = found[int(argument)]
            return _install(at, page, one) if page.is_newer(one) else at.turn(_sure(page, one))
        case "switch" if not page.errand and _ready(page):
            return at.turn(_sure(page, "switch"))
        case "yes" if page.sure == "switch" and not page.errand:
            return _switch(at, page)
        case "yes" if isinstance(page.sure, UpdateFound) and not page.errand:
            return _install(at, page, page.sure, older=True)
        case _:
            return page


def _ready(page: UpdatesPage) -> bool:
    return bool(page.told and page.told.state and page.told.state.phase == "ready")


def _sure(page: UpdatesPage, of: UpdateFound | Literal["switch"]) -> UpdatesPage:
    return replace(page, sure=of)


def _install(at: At, page: UpdatesPage, found: UpdateFound, *, older: bool = False) -> Page:
    detail = f"{found.file} {'older' if older else ''}".strip()
    if not isinstance(at.do(RecordMaintenance("update_asked", "", detail), "update"), Entry):
        return page
    errand = at.errand(InstallUpdate(found.source, found.file, older))
    return at.turn(replace(page, errand=errand, doing="installing", percent=0, sure=None))


def _switch(at: At, page: UpdatesPage) -> Page:
    assert page.told is not None and page.told.state is not None, "it is ready"
    asked = RecordMaintenance("restart_machine", "", f"update {page.told.state.to}")
    if not isinstance(at.do(asked, "switch"), Entry):
        return page
    return at.turn(replace(page, errand=at.errand(SwitchUpdate()), doing="switching", sure=None))


def heard(at: At, page: UpdatesPage, event: Event) -> Page | None:
    """The page after an errand told of itself."""
    if not isinstance(event, ErrandTold) or not page.errand or event.errand != page.errand:
        return None
    if not event.ended:
        return replace(page, percent=event.done) if page.doing == "installing" else page
    made = replace(page, errand="", doing="")
    match event.result:
        case Refused() as refused:
            at.refuse(refused)
            # What became of it the machine knows.
            asked = at.errand(LookForUpdates())
            return at.turn(replace(made, errand=asked, doing="looking"))
        case Updates() as told:
            if told.found is None and page.told is not None:
                told = replace(told, found=page.told.found, away=page.told.away)
            return at.turn(replace(made, told=told))
        case _:
            # The machine restarts any moment now.
            return replace(page, doing="switching")
