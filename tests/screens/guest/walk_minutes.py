"""G11: minutes are bought, and what may stand in the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kiosk.core import venue_file
from kiosk.core.messages import VenueChanged
from kiosk.core.packages import Package, Packages, SetPackages
from kiosk.core.settings import ImportVenue
from tests.core.guest import DEMO, PHONE, rub
from tests.screens.guest.hands import Visitor, visitor


def _changed(guest: Visitor, rows: tuple[Package, ...]) -> None:
    guest.did(SetPackages(rows), key=f"packages:{guest.venue.ledger.seq}")
    guest.tell(VenueChanged(guest.venue.ledger.seq))


def bought() -> Iterator[tuple[str, Visitor]]:
    """A package is chosen, refused, and bought."""
    with visitor() as guest:
        guest.register(phone=PHONE, name="anna")
        guest.printed()
        guest.press("leave")
        guest.top_up(1000, 1000)
        guest.press("done")
        guest.printed()
        guest.press("home", "buy_minutes")
        yield "minutes", guest
        guest.press("kind:internet")
        yield "minutes-internet", guest
        guest.press("kind:game", "package:game-300")
        yield "minutes-deal", guest
        guest.press("yes")
        yield "minutes-printing", guest
        guest.printed()
        yield "minutes-done", guest
        guest.press("home")
        yield "home-minutes", guest
        guest.press("buy_minutes", "package:game-300", "yes")
        yield "minutes-pin", guest
        guest.type("1111")
        guest.press("next")
        yield "minutes-pin-wrong", guest


def short() -> Iterator[tuple[str, Visitor]]:
    """The balance is too small; the package costs another by now; there are many packages."""
    with visitor() as guest:
        guest.top_up(100)
        guest.press("done")
        guest.printed()
        guest.press("home", "buy_minutes", "package:game-300")
        yield "minutes-short", guest
        guest.press("no", "package:game-60")
        now = guest.asked(Packages())
        _changed(guest, tuple(replace(p, price=rub(90)) if p.minutes == 60 else p for p in now))
        yield "minutes-changed", guest
        guest.press("no")
        many = tuple(Package("", "game", 500 * n, rub(995 * n)) for n in range(1, 13))
        _changed(guest, many)
        yield "minutes-many", guest
        guest.press("from:6")
        yield "minutes-many-last", guest


def owing() -> Iterator[tuple[str, Visitor]]:
    """The balance has a visit to pay; the price of play changes while it is read."""
    with visitor() as guest:
        card = guest.top_up(500, 200)
        guest.press("done")
        guest.printed()
        guest.press("home", "play", "mode:timer", "station:pc-2")
        dearer = venue_file.parse(DEMO.replace("per_hour = ", "per_hour = 1"))
        guest.did(ImportVenue(dearer), key="dearer")
        guest.press("yes")
        yield "play-changed", guest
        guest.press("leave")
        guest.order("a", card, 420)
        guest.home()
        guest.press("buy_minutes", "package:game-300")
        yield "minutes-visit-short", guest


WALKS = (bought, short, owing)
