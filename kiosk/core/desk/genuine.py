"""A9. Cards are made genuine: whichever is held to the reader is given the venue's keys.

While this page stands the reader does so (`follows`); what it says of each card stands here, and in
the books.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from kiosk.core.cards import masked
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Desk, Page, SectionName
from kiosk.core.errors import Refused
from kiosk.core.genuine import RecordEnrolment
from kiosk.core.ids import DeviceId
from kiosk.core.messages import (
    CardEnrolFailed,
    CardEnrolled,
    CardPresented,
    CardRefused,
    EnrolCards,
    EnrolFailure,
    Event,
    Sound,
    StopEnrolling,
)

SEEN_MAX = 8
"""So many cards are listed."""

Outcome = Literal["made", "anew", "no_rule", "bank_card", "unreadable"] | EnrolFailure


@dataclass(frozen=True)
class CardMade:
    """What became of a card: its number as people may see it, where it has one."""

    outcome: Outcome
    masked: str = ""


@dataclass(frozen=True)
class MakingGenuine(Page):
    """Cards are held to a reader, one after another; how many were made, and the latest."""

    section: ClassVar[SectionName] = "devices"

    device: DeviceId
    made: int = 0
    seen: tuple[CardMade, ...] = ()


def opened(at: At, device: DeviceId) -> Page:
    """The page of a reader that can do it.

    Raises:
        Refused: ``err.not_allowed``: it cannot, or this person may not.
    """
    if device not in at.situation.house.checks or not at.may("RecordEnrolment"):
        raise Refused("err.not_allowed")
    return MakingGenuine(device)


def follows(before: object, after: object) -> tuple[EnrolCards | StopEnrolling, ...]:
    """What a reader is told when one scene follows another: it goes on while the page stands."""
    was, now = (
        scene.page.device
        if isinstance(scene, Desk) and isinstance(scene.page, MakingGenuine)
        else None
        for scene in (before, after)
    )
    if was == now:
        return ()
    stop = () if was is None else (StopEnrolling(was),)
    return stop if now is None else (*stop, EnrolCards(now))


def heard(at: At, page: MakingGenuine, event: Event) -> Page | None:
    """What the reader says of a card; a card at another reader comes to nothing."""
    match event:
        case CardEnrolled(device=page.device):
            return _made(at, page, event)
        case CardEnrolFailed(device=page.device, reason=reason):
            return _told(at, page, CardMade(reason))
        case CardRefused(device=page.device, reason=reason):
            return _told(
                at, page, CardMade("unreadable" if reason == "unreadable" else "bank_card")
            )
        case CardPresented() | CardRefused():
            return page
        case _:
            return None


def _made(at: At, page: MakingGenuine, event: CardEnrolled) -> MakingGenuine:
    try:
        read = at.recognised(CardPresented(event.device, event.signal, event.raw))
    except Refused:
        # It has the keys, and no rule of the venue takes its number: nobody can use it yet.
        return _told(at, page, CardMade("no_rule"))
    done = at.do(RecordEnrolment(read, event.device, event.anew), "genuine")
    if isinstance(done, Refused):
        return page
    made = replace(page, made=page.made + 1)
    return _told(at, made, CardMade("anew" if event.anew else "made", masked(read.number)))


def _told(at: At, page: MakingGenuine, card: CardMade) -> MakingGenuine:
    at.send(Sound("ok" if card.outcome in ("made", "anew") else "attention"))
    return replace(page, seen=(card, *page.seen)[:SEEN_MAX])
