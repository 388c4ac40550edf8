"""Training (A12): what it is, what waits meanwhile, and the way there and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.errands import Restart
from kiosk.core.errors import Refused
from kiosk.core.ledger import Entry
from kiosk.core.messages import ErrandTold, Event
from kiosk.core.training import BeginTraining, EndTraining, GetTraining, TrainingOffer


@dataclass(frozen=True)
class Training(Page):
    """Whether it is training, and what waits meanwhile; `errand`: the program starts again."""

    section: ClassVar[SectionName] = "settings"

    offer: TrainingOffer
    errand: str = ""


def open_training(at: At) -> Training:
    """The page as the books have it now."""
    return Training(at.ask(GetTraining()))


def touched(at: At, page: Training, name: str, argument: str) -> Page:
    """A button of the training."""
    del argument
    command: BeginTraining | EndTraining | None = None
    what: Restart | None = None
    match name:
        case "begin" if at.may("BeginTraining") and not page.errand:
            command, what = BeginTraining(), Restart("training")
        case "end" if not page.errand:
            command, what = EndTraining(), Restart("real")
    if command is None or what is None:
        return page
    done = at.do(command)
    if not isinstance(done, Entry):
        return page
    return Training(page.offer, at.errand(what))


def heard(at: At, page: Training, event: Event) -> Page | None:
    """The program did not start again: somebody has to know."""
    if not isinstance(event, ErrandTold) or event.errand != page.errand:
        return None
    if isinstance(event.result, Refused):
        at.refuse(event.result)
        return at.turn(open_training(at))
    return page
