"""What the scenes of the guest's journeys are made of, and what money is put in for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from kiosk.core.ids import CardId, VisitId
from kiosk.core.messages import LightPattern
from kiosk.core.money import Money

SceneWord = Literal[
    "welcome",
    "registration",
    "unknown_card",
    "card_home",
    "visit",
    "history",
    "top_up",
    "done",
    "problem",
    "out_of_service",
    "visit_opening",
    "calculation",
    "minutes",
    "session",
    "lost_card",
    "privacy",
    "payment",
    "pin",
    "help",
    "receipt",
]
"""What is on the guest's screen: ``scene.<word>`` is its name for the staff."""

Wait = Literal["idle", "form", "result", "cash", "ever"]
"""Which of ``[timeouts]`` a scene waits for; ``ever``: it does not end by itself."""


class GuestScene:
    """A scene of a journey that has a file of its own: frozen, and as small as the screen.

    `word` names it to staff, `waits` is its time, `light` what the lights show.
    """

    word: ClassVar[SceneWord]
    waits: ClassVar[Wait] = "idle"
    light: ClassVar[LightPattern] = "reading"

    def ends_at(self) -> float | None:
        """When it ends by itself, whatever is touched: a moment of the monotonic clock, or None."""
        return None


@dataclass(frozen=True)
class Purpose:
    """What money is put in for.

    ``top_up``: the wallet of `card`. ``prepayment``: the visit that is to come under the id
    `visit`. ``deposit``: an open visit. ``due``: what that visit lacks at its end. With `exact`
    nothing else will do, and no other amount is asked for. The `card` of a first prepayment is not
    on file yet: "". `total` is what the guest was told that the visit comes to in all.
    """

    kind: Literal["top_up", "prepayment", "deposit", "due"]
    card: CardId
    visit: VisitId | Literal[""] = ""
    exact: Money | None = None
    total: Money | None = None
    then: GuestScene | None = None
    """Of a top-up: what the guest could not go on with, and comes back to with the money."""
