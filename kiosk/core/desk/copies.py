"""The copies of the books: how far the mirror is, the last backups, a backup onto a stick now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.errands import BackedUp, BackUp, Copies, ListSticks, LookAtCopies, Stick, Sticks
from kiosk.core.errors import Refused
from kiosk.core.messages import ErrandTold, Event


@dataclass(frozen=True)
class CopyState(Page):
    """How far the copies are.

    Attributes:
        errand: that looks, or that writes; empty: nobody is under way.
        copies: what was found; None: not yet.
        sticks: to which a backup can be made; None: not asked for.
        far: of a backup: so much, of how much.
        made: the backup that was just made.
    """

    section: ClassVar[SectionName] = "settings"

    errand: str = ""
    copies: Copies | None = None
    sticks: tuple[Stick, ...] | None = None
    far: tuple[int, int] | None = None
    made: BackedUp | None = None


def open_copies(at: At) -> CopyState:
    """The page, while somebody looks."""
    return CopyState(at.errand(LookAtCopies()))


def touched(at: At, page: CopyState, name: str, argument: str) -> Page:
    """A button of the copies."""
    match name:
        case "look" if not page.errand:
            return at.turn(open_copies(at))
        case "back_up" if not page.errand and at.may("ChangeSettings"):
            return at.turn(replace(page, errand=at.errand(ListSticks()), made=None))
        case "stick" if not page.errand and argument in {s.id for s in page.sticks or ()}:
            going = at.errand(BackUp(argument))
            return at.turn(replace(page, errand=going, sticks=None, far=(0, 0)))
        case _:
            return page


def heard(at: At, page: CopyState, event: Event) -> Page | None:
    """What an errand of this page tells."""
    if not isinstance(event, ErrandTold) or event.errand != page.errand:
        return None
    if not event.ended:
        return replace(page, far=(event.done, event.of)) if page.far is not None else page
    page = replace(page, errand="", far=None)
    match event.result:
        case Refused() as refused:
            at.refuse(refused)
        case Copies() as copies:
            return at.turn(replace(page, copies=copies))
        case Sticks(sticks):
            return at.turn(replace(page, sticks=sticks))
        case BackedUp() as made:
            at.say("desk.copies.made", file=made.file)
            looking = at.errand(LookAtCopies())
            return at.turn(CopyState(looking, page.copies, made=made))
    return at.turn(page)
