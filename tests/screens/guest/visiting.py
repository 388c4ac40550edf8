"""Guests of the entertainment centre and of the club's tables: cards, visits, orders, claims."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kiosk.core.bills import OrderLine, Visit
from kiosk.core.claims import OpenClaims
from kiosk.core.errors import Refused
from kiosk.core.ledger import Entry
from kiosk.core.messages import CardPresented, VenueChanged
from kiosk.core.orders import SaveOrder
from kiosk.core.visits import GetVisit
from tests.core.centre import PLAIN
from tests.core.guest import READER, rub
from tests.screens.guest.hands import Visitor, visitor

TABLE = ";551234=311299?"
"""A club's table card: no prepayment, 3000 may be ordered."""
ENTRANCE, ENTRANCE_1000, ENTRANCE_2000 = ";6004821?", ";6204822?", ";6304823?"
"""A centre's: 2000 may be ordered and at least 1000; prepaid by 1000 (and 500), by 2000."""
NO_FLOATING = PLAIN.replace("floating_prepay_enabled = true", "floating_prepay_enabled = false")
WARNING = PLAIN.replace('"forbid_saving"', '"warning_only"', 1)


def swipe(guest: Visitor, raw: str = ENTRANCE_1000) -> None:
    """A card with a stripe is shown."""
    guest.tell(CardPresented(READER, "magnetic", raw))


def say_yes(guest: Visitor, guests: str = "2") -> None:
    """Open a visit for so many."""
    guest.press("yes")
    guest.type(guests)
    guest.press("next")


def opened(guest: Visitor, raw: str = ENTRANCE_1000, *faces: int) -> Visit:
    """A visit is opened, with these notes; the welcome screen again."""
    swipe(guest, raw)
    say_yes(guest)
    for face in faces:
        guest.insert(face)
    guest.print_out()
    visit = visit_of(guest)
    guest.press("leave")
    return visit


def visit_of(guest: Visitor, number: int = 1) -> Visit:
    """The visit of this number as the books have it now."""
    found = guest.asked(GetVisit(number))
    assert found is not None, f"there is no visit {number}"
    return found


def no_visit(guest: Visitor, number: int = 1) -> bool:
    """Whether there is none of this number."""
    return guest.asked(GetVisit(number)) is None


def saved(guest: Visitor, order: str, *prices: int, card: str = "") -> Entry | Refused:
    """A till saves an order on the card of the first visit, and the screen hears of it."""
    lines = tuple(OrderLine(f"Item {n}", 1, rub(p)) for n, p in enumerate(prices))
    command = SaveOrder(order, card or visit_of(guest).card, "Bar", lines)
    key = f"{order}:{guest.venue.ledger.seq}"
    done = guest.venue.do(command, actor="till:restaurant", key=key, now=guest.now)
    guest.tell(VenueChanged(guest.venue.ledger.seq))
    return done


def claims(guest: Visitor) -> list[str]:
    """What the open claims are worth."""
    return [str(c.value) for c in guest.asked(OpenClaims())]


@contextmanager
def centre(text: str = PLAIN, **house: Any) -> Iterator[Visitor]:
    """A guest before the kiosk of the entertainment centre."""
    with visitor(text, **house) as guest:
        yield guest


def books(guest: Visitor) -> list[tuple[Any, ...]]:
    """Everything that is kept, row for row."""
    stores = (guest.venue.ledger.store, guest.venue._secrets)
    names = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    return [
        (name, *row)
        for store in stores
        for (name,) in store.rows(names)
        for row in store.rows(f'SELECT * FROM "{name}"')
    ]


def plain(text: str) -> str:
    """The text with the spaces of figures as they are typed."""
    return text.replace("\u202f", " ").replace("\u2009", " ").replace("\xa0", " ")


def says(guest: Visitor, *texts: str) -> None:
    """Every one of these stands somewhere on the screen."""
    there = plain(guest.words())
    for text in texts:
        assert text in there, f"{text!r} is not in:\n{there}"
