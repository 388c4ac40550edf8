"""Cards before the reader: the welcome screen, and what is said of a card that cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kiosk.core.bills import OrderLine
from kiosk.core.cards import BlockCard
from kiosk.core.messages import (
    AcceptorChanged,
    CardPresented,
    CardRefused,
    DeviceDown,
    DeviceUp,
    PrinterChanged,
    VenueChanged,
)
from kiosk.core.orders import SaveOrder
from tests.core.guest import ACCEPTOR, PRINTER, READER, rub
from tests.screens.guest.hands import Visitor, visitor

_TABLE = ";551234={}?"
"""A card of the tables; the date is its last day."""


def welcome() -> Iterator[tuple[str, Visitor]]:
    """Nobody is here yet, and not everything works."""
    with visitor() as guest:
        yield "welcome-all", guest
        guest.press("access")
        yield "welcome-language", guest
        guest.press("large", "contrast", "back")
        yield "welcome-larger", guest
        guest.press("access", "large", "contrast", "back")
        guest.tell(AcceptorChanged(ACCEPTOR, "cassette_full"))
        yield "welcome-cash-full", guest
        guest.tell(PrinterChanged(PRINTER, paper="out"))
        yield "welcome-paper-out", guest
        guest.tell(DeviceDown(READER, "reader", "no answer"))
        yield "welcome-reader-gone", guest
        guest.tell(DeviceUp(READER, "reader"))
        guest.press("register")
        yield "welcome-tap-to-register", guest


def strangers() -> Iterator[tuple[str, Visitor]]:
    """Cards that are none of ours, or cannot be read."""
    with visitor() as guest:
        guest.tap()
        yield "card-unknown", guest
        guest.press("staff")
        yield "card-unknown-staff", guest
        guest.press("leave")
        for name in ("card-R-02", "card-R-02-again", "card-R-03"):
            guest.tell(CardRefused(READER, "contactless", "unreadable"))
            yield name, guest
        guest.tell(CardRefused(READER, "magnetic", "unreadable"))
        yield "card-R-02-stripe", guest
        guest.tell(CardRefused(READER, "contactless", "bank_card"))
        yield "card-K-07", guest
        guest.tell(CardRefused(READER, "contactless", "not_genuine"))
        yield "card-K-10", guest
        guest.tell(CardPresented(READER, "magnetic", ";12345?"))
        yield "card-K-08", guest
        guest.tell(CardPresented(READER, "magnetic", _TABLE.format("311025")))
        yield "card-K-04", guest


def blocked() -> Iterator[tuple[str, Visitor]]:
    """A card of ours that must not be used, and one that two rules know."""
    with visitor() as guest:
        card = guest.home()
        guest.did(BlockCard(card.id, "lost"), key="block")
        guest.wait(1)
        guest.tap()
        yield "card-K-03", guest
        venue = guest.situation.venue
        doubled = (*venue.rules, replace(venue.rules[0], name="Another"))
        guest.situation = replace(guest.situation, venue=replace(venue, rules=doubled))
        guest.wait(1)
        guest.tap()
        yield "card-K-02", guest


def orders() -> Iterator[tuple[str, Visitor]]:
    """Orders on a guest's own card, and what they come to."""
    with visitor() as guest:
        card = guest.top_up(500)
        guest.press("done", "home")
        guest.order("1", card, 120, 80)
        two = (OrderLine("Lemonade", 2, rub(90)),)
        guest.did(SaveOrder("2", card.id, "Bar", two), actor="till:1", key="order:2")
        guest.tell(VenueChanged(guest.venue.ledger.seq))
        yield "card-orders-home", guest
        guest.press("visit")
        yield "card-orders", guest


WALKS = (welcome, strangers, blocked, orders)
