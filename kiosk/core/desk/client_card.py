"""A client's card at the desk: what he holds, what is known of him, what waits for somebody."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from kiosk.core.accounts import GetCardAccounts
from kiosk.core.cards import Card, CardsOf
from kiosk.core.cash import HeldNotes, NoteHeld
from kiosk.core.clients import Client, GetClient
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.errors import Refused
from kiosk.core.ids import ClientId
from kiosk.core.segments import Groups
from kiosk.core.statistics import ClientHabits, ClientStatistics, Habits, Statistics
from kiosk.core.strikes import OpenStrikes, Strike


@dataclass(frozen=True)
class ClientCard(Page):
    """A2. One client.

    `cards` are those in use first; `group` the name of his group; `strikes` and `notes` what waits
    for somebody, as far as the attendant may know; `came` is the list he was found in.
    """

    section: ClassVar[SectionName] = "clients"

    client: Client
    cards: tuple[Card, ...]
    figures: Statistics
    habits: Habits
    group: str
    strikes: tuple[Strike, ...]
    notes: tuple[NoteHeld, ...]
    came: Page = field(repr=False)

    @property
    def here(self) -> bool:
        """Whether anything can be done with him but paying him out: he is registered."""
        return self.client.state == "active"


@dataclass(frozen=True)
class ClientMore(Page):
    """What else can be done with a client: identity, lists, other balances."""

    section: ClassVar[SectionName] = "clients"

    card: ClientCard


@dataclass(frozen=True)
class CardDetail(Page):
    """One card of a client; whose balance gets its top-ups, and whose pays for its visits."""

    section: ClassVar[SectionName] = "clients"

    card: Card
    of: ClientCard
    debit: Client
    expenditure: Client

    @property
    def points(self) -> bool:
        """Whether it uses somebody else's balance."""
        return {self.debit.id, self.expenditure.id} != {self.of.client.id}


def card_of(at: At, client: ClientId, came: Page) -> ClientCard:
    """A client's card as the books have it now.

    Raises:
        Refused: ``err.no_such_client``.
    """
    cards = at.ask(CardsOf(client))
    found = _client(at, client)
    groups = {group.id: group.name for group in at.ask(Groups())}
    strikes = at.ask(OpenStrikes()) if at.may("OpenStrikes") else ()
    notes = at.ask(HeldNotes()) if at.may("HeldNotes") else ()
    return ClientCard(
        client=found,
        cards=tuple(sorted(cards, key=lambda card: card.state == "retired")),
        figures=at.ask(ClientStatistics(client)),
        habits=at.ask(ClientHabits(client)),
        group=groups.get(found.group, found.group),
        strikes=tuple(s for s in strikes if s.client == client),
        notes=tuple(n for n in notes if n.client == client),
        came=came,
    )


def opened(at: At, client: ClientId, came: Page) -> Page:
    """The page of a client: a new one, so that touches of the one before are stale."""
    return at.turn(card_of(at, client, came))


def again(at: At, card: ClientCard) -> Page:
    """Back to a client's card, as the books have it now."""
    return opened(at, card.client.id, card.came)


def fresh(at: At, page: ClientCard) -> ClientCard:
    """The same card as the books have it now."""
    return card_of(at, page.client.id, page.came)


def detail(at: At, card: Card, of: ClientCard) -> CardDetail:
    """A card of a client."""
    uses = at.ask(GetCardAccounts(card.id))
    return CardDetail(card, of, _client(at, uses.debit), _client(at, uses.expenditure))


def fresh_detail(at: At, page: CardDetail) -> Page:
    """The same card of the client as the books have it now."""
    of = fresh(at, page.of)
    found = next((card for card in of.cards if card.id == page.card.id), page.card)
    return detail(at, found, of)


def _client(at: At, client: ClientId) -> Client:
    found = at.ask(GetClient(client))
    if found is None:
        raise Refused("err.no_such_client", client=client)
    return found
