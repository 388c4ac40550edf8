"""Cards at a till: whose a card is not told, only what it is and what to do with it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from kiosk.api.callers import At, Reader
from kiosk.api.forms import Form, Read, Told
from kiosk.core.errors import Refused
from kiosk.core.readings import TypedNumber
from kiosk.core.visits import OfferOnCard

router = APIRouter(prefix="/v1/cards", tags=["cards"])


class Identify(Form):
    """A card that was read, or the number that somebody typed who may (E77)."""

    read: Read | None = None
    typed: Annotated[str, StringConstraints(min_length=1, max_length=250)] | None = Field(
        default=None, repr=False
    )
    in_visits: bool = False


class CardTold(Told):
    """A card on file."""

    id: str
    masked: str
    type: str
    client: str
    state: str


class Identified(Told):
    """What a card is, and what to suggest now.

    ``suggests``: ``register`` a personal card, ``create`` a visit, ``order`` on its visit, or
    ``calculate`` it; ``otherwise``: what No leads to. ``visit``: the number of its open visit.
    ``prepayment``: what is asked for when the visit opens.
    """

    card: CardTold | None
    type: str
    suggests: Literal["register", "create", "order", "calculate"]
    otherwise: Literal["order", ""]
    visit: int | None
    prepayment: int
    currency: str


@router.post("/identify")
async def identify(what: Identify, caller: Reader) -> Identified:
    """Recognise a card by the kiosk's rules; a question, so it needs no key."""

    def work(at: At) -> Identified:
        if (what.read is None) == (what.typed is None):
            raise Refused("err.bad_read")
        read = at.read(what.read) if what.read else at.ask(TypedNumber(what.typed or ""))
        if read.scope == "employee":
            raise Refused("err.not_ours")
        offer = at.ask(OfferOnCard(read, what.in_visits))
        card = offer.card
        return Identified(
            card=CardTold(
                id=card.id, masked=card.masked, type=card.type, client=card.client, state=card.state
            )
            if card
            else None,
            type=card.type if card else read.object,
            suggests=offer.suggests,
            otherwise=offer.otherwise,
            visit=offer.visit.number if offer.visit else None,
            prepayment=offer.prepayment.minor,
            currency=at.currency,
        )

    return await caller.ask(work)
