"""Who does what behind the counter (E83); the whole table is docs/permissions.md."""

from __future__ import annotations

from kiosk.core.permissions import may
from kiosk.core.venue import Venue
from tests.core.guest import NOW, Guest


def test_E83_operations_settings_and_service_are_three_hands(venue: Venue) -> None:
    """The vendor's roles of the service menu: restaurant, admin, dealer.

    Operations are the desk's, settings the manager's, devices the technician's; there is no
    licence. The menu itself is a screen.
    """
    books = venue.books(NOW)
    operations, settings, service = (
        ("serve", "sell", "shift"),
        ("edit_venue", "staff"),
        ("devices",),
    )
    expected = {
        "cashier": (True, False, False),
        "administrator": (True, False, False),
        "manager": (True, True, True),
        "owner": (True, True, True),
        "technician": (False, False, True),
        "collector": (False, False, False),
        "auditor": (False, False, False),
    }
    for role, has in expected.items():
        found = tuple(
            all(may(books, role, right) for right in rights)  # type: ignore[arg-type]
            for rights in (operations, settings, service)
        )
        assert found == has, role


def test_U3_the_visits_total_is_one_tap_away_from_the_card(guest: Guest) -> None:
    guest.top_up(1000)
    guest.press("done")
    card = guest.home()
    guest.order("a", card, 300, 50)
    guest.press("leave")
    guest.tap()
    guest.press("visit")
    assert "350.00" in guest.words().replace("\u00a0", " ")
