"""The menu: what is sold now, and what bonus may pay."""

from __future__ import annotations

from kiosk.core import venue_file
from kiosk.core.menu import Menu
from kiosk.core.settings import ImportVenue
from tests.core.entrance import desk, venue_text


def test_the_menu_is_what_is_sold_now_by_name() -> None:
    with desk() as at:
        told = [(i.id, str(i.price), i.bonus) for i in at.ask(Menu())]
        assert told == [
            ("hour", "300.00", True),
            ("cola", "150.00", False),
            ("lemonade", "180.00", False),
            ("pizza", "540.50", False),
        ]


def test_a_new_price_is_on_the_menu_at_once() -> None:
    with desk() as at:
        text = venue_text().replace("price = 150", "price = 175").replace('"Cola"', '"Ale"')
        at.did(ImportVenue(venue_file.parse(text)), "cli")
        first = at.ask(Menu())[0]
        assert (first.name, str(first.price)) == ("Ale", "175.00")
