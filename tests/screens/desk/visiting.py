"""Visits for tests of the desk: a shift, cards that are swiped, orders of a till, slips."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kiosk.core.bills import OrderLine, Visit
from kiosk.core.ledger import Entry
from kiosk.core.messages import CardPresented, VenueChanged
from kiosk.core.money import Money
from kiosk.core.orders import SaveOrder
from kiosk.core.shifts import OpenShift
from kiosk.core.venue import Venue
from kiosk.core.visits import GetVisit, OpenVisits
from tests.core.entrance import venue_text
from tests.core.guest import READER, RUB, rub
from tests.screens.desk.hands import CASHIER, Hands, attendant

TABLE, OTHER = "550001", "550002"


@contextmanager
def at_visits(number: str = CASHIER, *, shift: bool = True, **settings: object) -> Iterator[Hands]:
    """Hands at the list of visits, somebody signed in, in a venue with these settings."""
    table = settings.pop("table", None)
    told = {name: str(value) for name, value in settings.items()}
    with attendant(venue_text(table=table, **told)) as hands:  # type: ignore[arg-type]
        if shift:
            hands.did(OpenShift(rub(10_000), "change"), actor="cli", key="shift")
        hands.sign_in(number)
        hands.go("visits")
        yield hands


def swipe(hands: Hands, number: str = TABLE) -> None:
    """Swipe a table's card."""
    hands.tell(CardPresented(READER, "magnetic", f";{number}=311230?"))


def opened(hands: Hands, number: str = TABLE, guests: str = "") -> Visit:
    """A visit that is opened on a card by touches, and stands beside the list."""
    swipe(hands, number)
    if guests:
        hands.fill("guests", guests)
    hands.press("create")
    return newest(hands)


def newest(hands: Hands) -> Visit:
    """The visit that was opened last and is open."""
    visits: tuple[Visit, ...] = hands.venue.ask(OpenVisits(), hands.now, "cli")
    return visits[-1]


def seen(hands: Hands, number: int) -> Visit:
    """A visit as the books have it now."""
    found = hands.asked(GetVisit(number))
    assert found is not None
    return found


def till_orders(hands: Hands, visit: Visit, name: str, *prices: int, seat: int = 0) -> None:
    """A till saves an order of these prices to a visit; the desk hears of it."""
    lines = tuple(OrderLine(f"Item {n}", 1, rub(p), seat=seat) for n, p in enumerate(prices))
    done = hands.venue.do(
        SaveOrder(name, "", "Bar", lines, visit=visit.id), actor="till:bar", key=name, now=hands.now
    )
    assert isinstance(done, Entry), done
    hands.tell(VenueChanged(hands.venue.ledger.seq))


def postings(hands: Hands) -> dict[str, str]:
    """The last entry that moved money: account (a visit's by its code) and amount, debit first."""
    last = next(e for e in reversed(list(hands.venue.ledger.entries())) if e.postings)
    made: dict[str, int] = {}
    for p in last.postings:
        code = p.account.partition(":")[0]
        made[code] = made.get(code, 0) + p.amount
    return {code: str(Money(minor, RUB)) for code, minor in made.items()}


def balance(venue: Venue, account: str) -> str:
    """What an account holds, credits positive."""
    return str(Money(-venue.ledger.balance(account, "RUB"), RUB))


def plain(text: str) -> str:
    """A text with spaces where a screen has narrow ones, and those that never break a line."""
    return text.translate(dict.fromkeys((0xA0, 0x202F, 0x2009), " "))


def says(hands: Hands, *texts: str) -> None:
    """Every one of these stands on the screen, whatever its spaces are."""
    there = plain(hands.words())
    for text in texts:
        assert text in there, f"{text!r} is not in:\n{there}"
