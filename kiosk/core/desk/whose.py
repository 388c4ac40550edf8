"""Whose it is: a client who shows his card, or is found by the digits of his phone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from kiosk.core.cards import FindCard
from kiosk.core.client_list import ClientRow, FindClients
from kiosk.core.clients import Client, GetClient
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At
from kiosk.core.errors import Refused
from kiosk.core.ids import ClientId
from kiosk.core.messages import CardPresented

DIGITS_MIN, DIGITS_MAX = 4, 18
DIGITS = Field(
    "digits",
    Said("desk.field.phone_digits"),
    "digits",
    most=DIGITS_MAX,
    says=Said("desk.cash.whose_says"),
)
SHOWN_MAX = 8


@dataclass(frozen=True)
class Whose:
    """Who was found, and who was chosen of them."""

    rows: tuple[ClientRow, ...] = field(default=(), repr=False)
    chosen: Client | None = field(default=None, repr=False)


def typed(at: At, of: Form, before: Whose) -> Whose:
    """Who has these digits: the list follows what is typed from the fourth on."""
    digits = of["digits"]
    if len(digits) < DIGITS_MIN:
        return replace(before, rows=())
    try:
        return replace(before, rows=at.ask(FindClients(digits)).rows[:SHOWN_MAX])
    except Refused:
        return replace(before, rows=())


def picked(at: At, argument: str, before: Whose) -> Whose:
    """The client whose row was pressed; nobody else's."""
    if all(row.client != argument for row in before.rows):
        return before
    return Whose(chosen=at.ask(GetClient(ClientId(argument))))


def shown(at: At, event: CardPresented) -> Whose | None:
    """The client whose card was shown; None for a card of who works here.

    Raises:
        Refused: as `At.recognised`; ``err.card_not_known``: it is on nobody's name.
    """
    read = at.recognised(event)
    if read.scope == "employee":
        return None
    card = at.ask(FindCard(read))
    if card is None:
        raise Refused("err.card_not_known")
    return Whose(chosen=at.ask(GetClient(card.client)))
