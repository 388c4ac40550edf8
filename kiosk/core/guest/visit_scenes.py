"""The scenes of a visit that are not its bill: opening it (G5), and what it comes to (G7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from kiosk.core.bills import Visit
from kiosk.core.cards import Card
from kiosk.core.errors import Refused
from kiosk.core.guest.scenes import GuestScene, SceneWord, Wait
from kiosk.core.recognition import Recognised
from kiosk.core.visits import CardKind


@dataclass(frozen=True)
class VisitOffer(GuestScene):
    """G5. Shall a visit be opened on this card? Nothing is made before the guest says yes.

    `read` is what stands on the card; of a personal one, that is on file, `card` is all.
    """

    word: ClassVar[SceneWord] = "visit_opening"

    read: Recognised | None
    card: Card | None
    kind: CardKind
    guests: Literal["unused", "optional", "mandatory"]

    @property
    def number(self) -> str:
        """The card's own number."""
        return self.card.number if self.card else self.read.number if self.read else ""


@dataclass(frozen=True)
class GuestCount(GuestScene):
    """How many guests there are, where the venue counts them."""

    word: ClassVar[SceneWord] = "visit_opening"
    waits: ClassVar[Wait] = "form"

    offer: VisitOffer
    digits: str = ""


@dataclass(frozen=True)
class Calculation(GuestScene):
    """G7. What the visit comes to; nothing is booked before the guest confirms it.

    `takes` says whether money can come in here for what is due. `refused` is why it was not booked.
    """

    word: ClassVar[SceneWord] = "calculation"

    card: Card
    visit: Visit = field(repr=False)
    refusal: str = ""
    refused: Refused | None = None
