"""A6. New cards put on file by tapping one after another.

Each tap is an entry of its own, so that stopping anywhere loses nothing. A card gets a client whom
nobody knows yet, with nothing on it: whoever gets the card taps it and is at home; a name, a phone
and a PIN come later, at the kiosk or at the desk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from kiosk.core import genuine
from kiosk.core.cards import FindCard, masked
from kiosk.core.clients import RegisterCard
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId
from kiosk.core.messages import CardPresented, CardRefused, Event, Sound

LAST_MAX = 8
Outcome = Literal["new", "twice", "known", "refused"]


@dataclass(frozen=True)
class Tap:
    """What became of one tap; `number` is masked, or empty where no rule made one."""

    outcome: Outcome
    number: str = ""
    why: Refused | None = None


@dataclass(frozen=True)
class Batch(Page):
    """Cards that are being put on file; `done`: that is over, and this is the summary.

    `made` are those of this batch, `last` the latest taps, newest first; the rest are counts.
    """

    section: ClassVar[SectionName] = "cards"

    type: str
    made: tuple[CardId, ...] = ()
    twice: int = 0
    known: int = 0
    refused: int = 0
    last: tuple[Tap, ...] = ()
    done: bool = False


def begin(at: At) -> Batch:
    """A batch of the type of cards that guests register."""
    return Batch(at.venue.default_type)


def touched(at: At, page: Batch, name: str, argument: str) -> Page:
    """A button of a batch."""
    del argument
    match name:
        case "finish":
            return at.turn(replace(page, done=True))
        case "again":
            return at.turn(begin(at))
        case _:
            return page


def heard(at: At, page: Batch, event: Event) -> Page | None:
    """A card that was tapped."""
    if page.done:
        return None
    match event:
        case CardRefused():
            return _told(at, page, Tap("refused", why=genuine.refusal(event)))
        case CardPresented():
            return _tapped(at, page, event)
        case _:
            return None


def _tapped(at: At, page: Batch, event: CardPresented) -> Page:
    try:
        read = at.recognised(event)
    except Refused as refused:
        return _told(at, page, Tap("refused", why=refused))
    number = masked(read.number)
    if read.scope != "interface":
        return _told(at, page, Tap("refused", number, Refused("err.batch_kind")))
    before = at.ask(FindCard(read))
    if before is not None:
        outcome: Outcome = "twice" if before.id in page.made else "known"
        return _told(at, page, Tap(outcome, number))
    done = at.do(RegisterCard(read, page.type, at.situation.house.language, ""), "card")
    if isinstance(done, Refused):
        return _told(at, page, Tap("refused", number, done))
    made = (*page.made, CardId(str(done.refs["card"])))
    return _told(at, replace(page, made=made), Tap("new", number))


def _told(at: At, page: Batch, tap: Tap) -> Batch:
    """The batch with what became of a tap; a refusal stands in the list, not at the top."""
    at.desk = replace(at.desk, problem=None)
    at.send(Sound("ok" if tap.outcome == "new" else "attention"))
    told = replace(
        page,
        twice=page.twice + (tap.outcome == "twice"),
        known=page.known + (tap.outcome == "known"),
        refused=page.refused + (tap.outcome == "refused"),
        last=(tap, *page.last)[:LAST_MAX],
    )
    # A new page, so that the desk is not locked while card after card is tapped.
    at.turn(told)
    return told
