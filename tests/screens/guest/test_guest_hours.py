"""Outside the opening hours: what the welcome screen says, what goes on, what does not begin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from kiosk.core.clock import Now
from kiosk.core.messages import DeviceDown, HoursChanged, Touched, VenueChanged
from kiosk.core.settings import ChangeSettings
from kiosk.core.situation import CardHome, Done, TapToRegister, TopUp, Unknown, Welcome
from kiosk.screens.view import WelcomeView
from tests.core.guest import DEMO, OTHER_UID, READER
from tests.screens.guest.hands import Visitor, visitor

BEFORE, ALWAYS, AFTER = DEMO.partition("""[[hours]]
days = [1, 2, 3, 4, 5, 6, 7]
opens = "00:00"
closes = "24:00"
""")
HOURS = ALWAYS.replace("00:00", "10:00").replace("24:00", "23:00")
LATE = HOURS.replace("23:00", "02:00")


@pytest.fixture
def open_house() -> Iterator[Callable[..., Visitor]]:
    """Makes a guest before a venue with these hours; Moscow has 18:00 then, on a Sunday."""
    made: list[Any] = []

    def make(hours: str = HOURS, **house: Any) -> Visitor:
        made.append(visitor(BEFORE + hours + AFTER, **house))
        guest: Visitor = made[-1].__enter__()
        return guest

    yield make
    for one in made:
        one.__exit__(None, None, None)


def at(guest: Visitor, moscow: str) -> None:
    """It becomes this time in Moscow, on the 22nd or as the date says, and the runtime looks."""
    wanted = datetime.fromisoformat(f"{moscow}+03:00").astimezone(UTC)
    seconds = (wanted - guest.now.wall).total_seconds()
    guest.now = replace(guest.now.later(max(seconds, 0)), wall=wanted)
    until = guest.situation.opening.until
    if until is not None and wanted >= until:
        guest.tell(HoursChanged())


def welcome(guest: Visitor) -> WelcomeView:
    assert isinstance(guest.view, WelcomeView)
    return guest.view


def test_closed_says_when_it_opens_and_what_still_works(open_house: Any) -> None:
    guest = open_house()
    assert welcome(guest).headline == "Tap your card"
    at(guest, "2026-11-22T22:59:59")
    assert welcome(guest).headline == "Tap your card"
    at(guest, "2026-11-22T23:00:00")
    view = welcome(guest)
    assert view.headline == "Closed"
    assert view.body.startswith("We open tomorrow at 10:00.")
    assert "Tap your card to see your balance, or to pay for your visit." in view.body
    assert view.help_line == "Daily 10:00–23:00"
    at(guest, "2026-11-23T00:10:00")
    assert welcome(guest).body.startswith("We open today at 10:00.")
    at(guest, "2026-11-23T10:00:00")
    assert welcome(guest).headline == "Tap your card"


def test_nothing_new_begins_and_it_says_why(open_house: Any) -> None:
    guest = open_house()
    card = guest.home()
    guest.press("leave")
    at(guest, "2026-11-22T23:30:00")
    assert "register" not in guest.shown()
    guest.tell(Touched("register", guest.situation.page))
    assert isinstance(guest.scene, Welcome)
    guest.tap(OTHER_UID)
    assert isinstance(guest.scene, Unknown)
    guest.says("The venue is closed now.")
    guest.silent("You can register it now.")
    guest.tell(Touched("register", guest.situation.page))
    assert isinstance(guest.scene, Unknown), "what the screen does not offer does not happen"
    guest.tap()
    assert isinstance(guest.scene, CardHome) and guest.scene.card == card
    assert "top_up" not in guest.pressable()
    guest.says("The venue is closed now.")


def test_who_is_in_a_journey_is_not_thrown_out(open_house: Any) -> None:
    guest = open_house()
    card = guest.top_up(500)
    at(guest, "2026-11-22T23:00:00")
    assert isinstance(guest.scene, TopUp)
    guest.insert(100)
    guest.press("done")
    assert isinstance(guest.scene, Done) and guest.balance(card) == "600.00"
    guest.printed()
    guest.press("leave")
    assert welcome(guest).headline == "Closed"


def test_the_desk_changes_the_hours_while_a_guest_registers(open_house: Any) -> None:
    guest = open_house("")
    guest.tap()
    guest.press("register")
    changed = ChangeSettings({"hours": [{"days": [1], "opens": "10:00", "closes": "12:00"}]})
    guest.did(changed, actor="staff:106", key="hours")
    guest.tell(VenueChanged(guest.venue.ledger.seq))
    guest.press("agree", "without_phone", "next")
    assert isinstance(guest.scene, Done), "what began goes on to its end"
    guest.printed()
    guest.press("leave")
    assert welcome(guest).headline == "Closed"
    assert welcome(guest).body.startswith("We open tomorrow at 10:00.")


def test_past_midnight_it_is_still_the_evening_before(open_house: Any) -> None:
    guest = open_house(LATE)
    at(guest, "2026-11-23T01:59:00")
    assert welcome(guest).headline == "Tap your card"
    at(guest, "2026-11-23T02:00:00")
    assert welcome(guest).headline == "Closed"


def test_a_day_further_off_is_named(open_house: Any) -> None:
    guest = open_house(HOURS.replace("1, 2, 3, 4, 5, 6, 7", "3"))
    assert welcome(guest).headline == "Closed"
    assert welcome(guest).body.startswith("We open on Wednesday at 10:00.")


def test_without_hours_it_is_always_open(open_house: Any) -> None:
    guest = open_house("")
    assert guest.situation.opening.until is None
    at(guest, "2026-11-23T03:00:00")
    assert welcome(guest).headline == "Tap your card"


def test_by_a_clock_that_was_never_set_nobody_is_sent_away(open_house: Any) -> None:
    guest = open_house()
    at(guest, "2026-11-22T23:30:00")
    assert welcome(guest).headline == "Closed"
    guest.now = Now(guest.now.wall, guest.now.mono_s, synced=False)
    guest.tell(HoursChanged())
    assert welcome(guest).headline == "Tap your card"
    assert not guest.situation.clock_synced
    guest.now = Now(guest.now.wall, guest.now.mono_s)
    guest.tell(HoursChanged())
    assert welcome(guest).headline == "Closed"


def test_the_machines_own_time_zone_decides(open_house: Any) -> None:
    assert welcome(open_house(time_zone="Asia/Tokyo")).headline == "Closed"


def test_closed_is_no_fault_whatever_else_does_not_work(open_house: Any) -> None:
    guest = open_house()
    at(guest, "2026-11-22T23:30:00")
    guest.tell(DeviceDown(READER, "reader", "no answer"))
    assert welcome(guest).headline == "Closed"
    guest.silent("Tap your card")


def test_registering_begins_while_it_is_open(open_house: Any) -> None:
    guest = open_house()
    guest.press("register")
    assert isinstance(guest.scene, TapToRegister)
