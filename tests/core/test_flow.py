"""The guest's journeys: cards, time, touches, what others write."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core import flow
from kiosk.core.cards import BlockCard, UnblockCard
from kiosk.core.guest.visit_scenes import VisitOffer
from kiosk.core.messages import (
    CardPresented,
    CardRefused,
    CardRemoved,
    DeviceDown,
    DeviceUp,
    TimePassed,
    Touched,
    VenueChanged,
)
from kiosk.core.situation import (
    Access,
    Bill,
    CardHome,
    History,
    Problem,
    TapToRegister,
    Unknown,
    Welcome,
)
from kiosk.core.venue import Venue
from tests.core.guest import ACCEPTOR, DEMO, OTHER_UID, READER, UID, Guest, make_venue


def problem(guest: Guest) -> Problem:
    assert isinstance(guest.scene, Problem)
    return guest.scene


def table(until: str = "311299", number: str = "551234") -> CardPresented:
    return CardPresented(READER, "magnetic", f";{number}={until}?")


# --- cards -------------------------------------------------------------------------------------


def test_K01_an_unknown_card_may_be_registered(guest: Guest) -> None:
    guest.tap()
    assert isinstance(guest.scene, Unknown)
    assert "not known here" in guest.words()
    guest.press("staff")
    assert problem(guest).key == "err.ask_staff"


def test_K02_an_ambiguous_card(venue: Venue) -> None:
    guest = Guest(venue)
    rules = guest.situation.venue.rules
    doubled = (*rules, replace(rules[0], name="Another"))
    guest.situation = replace(guest.situation, venue=replace(guest.situation.venue, rules=doubled))
    guest.tap()
    assert problem(guest).key == "err.ambiguous"


def test_G2_an_entrance_card_asks_whether_a_visit_shall_be_opened(guest: Guest) -> None:
    guest.tell(table())
    assert isinstance(guest.scene, VisitOffer)


def test_K03_a_blocked_card_shows_no_balance(guest: Guest) -> None:
    card = guest.top_up(500)
    guest.press("done")
    guest.did(BlockCard(card.id, "lost"), key="block")
    guest.tap()
    assert (problem(guest).key, problem(guest).money) == ("err.card_blocked", "safe")
    assert "500" not in guest.words()
    guest.did(UnblockCard(card.id, "found"), key="unblock")
    guest.wait(1)
    guest.tap()
    assert "500" in guest.words()


def test_K03_a_card_blocked_while_its_home_is_shown(guest: Guest) -> None:
    card = guest.home()
    guest.did(BlockCard(card.id, "stolen"), key="block")
    guest.tell(VenueChanged(guest.venue.ledger.seq))
    assert problem(guest).key == "err.card_blocked"


def test_K04_the_last_day_is_a_day_of_the_venue(guest: Guest) -> None:
    guest.now = guest.now.later(7 * 3600)  # 22:00 UTC: in Moscow it is the 23rd
    guest.tell(table("231126"))
    assert isinstance(guest.scene, VisitOffer)
    guest.tell(table("221126"))
    assert problem(guest).key == "err.expired"
    assert guest.words()


def test_K05_a_card_in_a_visit_shows_it(guest: Guest) -> None:
    card = guest.top_up(500)
    guest.press("done")
    guest.order("7", card, 300)
    guest.press("home", "visit")
    assert isinstance(guest.scene, Bill)


def test_K06_a_personal_card_asks_for_no_prepayment(guest: Guest) -> None:
    guest.home()
    guest.press("more", "open_visit")
    assert isinstance(guest.scene, VisitOffer) and not guest.scene.kind.prepayment
    assert "repayment" not in guest.words()


@pytest.mark.parametrize("reason", ["bank_card", "random_uid"])
def test_K07_bank_cards_and_phones(guest: Guest, reason: str) -> None:
    guest.tell(CardRefused(READER, "contactless", reason))  # type: ignore[arg-type]
    assert problem(guest).key == "err.bank_card"
    assert guest.kinds()[-1] == "started", "nothing is kept of it"


def test_K08_no_rule_matches(guest: Guest) -> None:
    guest.tell(CardPresented(READER, "magnetic", ";12345?"))
    assert problem(guest).key == "err.not_ours"
    assert "register" not in guest.shown()


def test_R02_R03_the_third_bad_read_is_for_staff(guest: Guest) -> None:
    keys = []
    for _ in range(4):
        guest.tell(CardRefused(READER, "contactless", "unreadable"))
        keys.append(problem(guest).key)
    assert keys == ["err.bad_read", "err.bad_read", "err.unreadable", "err.bad_read"]
    guest.tap()
    guest.tell(CardRefused(READER, "contactless", "unreadable"))
    assert problem(guest).key == "err.bad_read", "a good read begins the count anew"


def test_a_card_left_lying_starts_no_second_session(guest: Guest) -> None:
    guest.home()
    session = guest.situation.session
    guest.tap()
    guest.tell(CardRemoved(READER))
    assert isinstance(guest.scene, CardHome)
    assert guest.situation.session == session


def test_every_screen_of_a_card_follows_a_tap_of_another(guest: Guest) -> None:
    guest.home(OTHER_UID)
    guest.press("leave")
    for go in ((), ("history",), ("access",), ("top_up",)):
        guest.home()
        guest.press(*go)
        guest.tap(OTHER_UID)
        assert isinstance(guest.scene, CardHome) and guest.scene.card.number == OTHER_UID


# --- time and touches ----------------------------------------------------------------------------


def test_a_scene_warns_and_then_ends(guest: Guest) -> None:
    guest.press("register")
    guest.wait(29.9)
    assert guest.situation.timer and not guest.situation.timer.warned
    guest.wait(0.2)
    assert guest.situation.timer.warned
    guest.wait(19.8)
    assert isinstance(guest.scene, TapToRegister)
    guest.wait(0.2)
    assert isinstance(guest.scene, Welcome)


def test_more_time_is_given_so_often_and_no_more(guest: Guest) -> None:
    guest.press("register")
    for n in range(10):
        guest.wait(35)
        assert guest.situation.timer and guest.situation.timer.warned
        assert "more_time" in guest.shown()
        guest.press("more_time")
        assert not guest.situation.timer.warned
        assert guest.situation.timer.extensions == n + 1
    guest.wait(35)
    assert "more_time" not in guest.shown()
    guest.tell(Touched("more_time", guest.situation.page))
    guest.wait(20)
    assert isinstance(guest.scene, Welcome)


@pytest.mark.parametrize("switch", ["large", "contrast"])
def test_larger_text_and_contrast_triple_the_time(guest: Guest, switch: str) -> None:
    guest.press("register")
    guest.press("access", switch, "back")
    guest.wait(89)
    assert guest.situation.timer and not guest.situation.timer.warned
    guest.wait(2)
    assert guest.situation.timer.warned
    guest.wait(20)
    assert isinstance(guest.scene, Welcome)
    assert not guest.situation.choice.large and not guest.situation.choice.contrast


def test_G10_a_new_card_is_not_left_standing(guest: Guest) -> None:
    guest.tap()
    assert isinstance(guest.scene, Unknown)
    guest.wait(15)
    guest.wait(20)
    assert isinstance(guest.scene, Welcome)


def test_a_balance_is_not_left_standing(guest: Guest) -> None:
    guest.home()
    guest.wait(36)
    assert isinstance(guest.scene, Welcome)


@pytest.mark.parametrize("shown", ["visit", "history"])
def test_nor_is_what_lies_behind_it(guest: Guest, shown: str) -> None:
    card = guest.top_up(500)
    guest.press("done", "home")
    guest.order("7", card, 300)
    guest.tap()
    guest.press(shown)
    guest.wait(36)
    assert isinstance(guest.scene, Welcome)


def test_a_language_left_behind_on_the_welcome_screen_is_forgotten(guest: Guest) -> None:
    guest.press("access", "language:ru", "contrast", "back")
    assert isinstance(guest.scene, Welcome)
    assert guest.view.frame.deadline_s is None, "nobody is hurried, and nothing is asked"
    assert "more_time" not in guest.shown()
    guest.wait(89)
    assert guest.view.frame.language == "ru"
    guest.wait(30)
    assert (guest.view.frame.language, guest.view.frame.contrast) == ("en", False)
    assert flow.due(guest.situation) is None


def test_an_early_time_event_changes_nothing(guest: Guest) -> None:
    guest.tap()
    before = guest.situation
    guest.tell(TimePassed())
    assert guest.situation == before


def test_a_touch_of_a_page_that_is_gone_is_ignored(guest: Guest) -> None:
    guest.home()
    page = guest.situation.page
    guest.press("history")
    before = guest.situation
    guest.tell(Touched("leave", page))
    assert guest.situation == before
    assert isinstance(guest.scene, History)


def test_a_double_press_does_one_thing(guest: Guest) -> None:
    guest.home()
    page = guest.situation.page
    guest.tell(Touched("access", page), Touched("access", page))
    assert isinstance(guest.scene, Access)


def test_the_language_is_chosen_on_every_screen_and_forgotten_with_the_guest(guest: Guest) -> None:
    guest.home()
    guest.press("access", "language:ru", "back")
    assert isinstance(guest.scene, CardHome)
    assert guest.view.frame.language == "ru"
    guest.press("leave")
    assert guest.view.frame.language == "en"


def test_every_button_that_is_offered_does_something(guest: Guest) -> None:
    card = guest.top_up(500)
    guest.press("done")
    guest.order("7", card, 300)
    seen = []
    for scene in ("welcome", "unknown", "home", "visit", "history", "top_up", "done"):
        match scene:
            case "welcome":
                guest.press("leave")
            case "unknown":
                guest.tap(OTHER_UID)
            case "home":
                guest.tap()
            case "visit" | "history":
                guest.tap()
                guest.press(scene)
            case "top_up":
                guest.tap()
                guest.press("top_up")
                guest.insert(100)
            case "done":
                guest.press("done")
        before = guest.situation
        for name in sorted(guest.shown() - {"more_time"}):
            touched = Touched(name, before.page)
            after, _ = flow.step(before, touched, guest.venue, guest.now.later(1))
            assert after.scene != before.scene, f"{name} does nothing on {scene}"
            seen.append(name)
    assert {"register", "visit", "history", "top_up", "done", "home", "leave", "staff"} <= set(seen)


# --- what others write ----------------------------------------------------------------------------


def test_U3_the_visit_total_is_one_tap_from_the_card(guest: Guest) -> None:
    card = guest.top_up(500, 200)
    guest.press("done")
    guest.order("7", card, 300)
    guest.order("8", card, 120)
    guest.press("leave")
    guest.tap()
    assert "420.00" in guest.words()
    guest.press("visit")
    assert isinstance(guest.scene, Bill)
    assert "280.00" in guest.words(), "what may still be spent"


def test_the_home_and_the_bill_follow_a_till(guest: Guest) -> None:
    card = guest.top_up(500)
    guest.press("done", "home")
    page = guest.situation.page
    guest.order("7", card, 300)
    assert "300.00" in guest.words()
    assert guest.situation.page == page, "touches on their way still count"
    guest.press("visit")
    guest.order("8", card, 100)
    assert "400.00" in guest.words()
    guest.press("access")
    guest.order("9", card, 50)
    guest.press("back")
    assert "450.00" in guest.words()


def test_the_time_zone_of_the_machine_outlives_an_import(venue: Venue) -> None:
    guest = Guest(venue, time_zone="Asia/Tokyo")
    guest.tell(VenueChanged(guest.venue.ledger.seq))
    assert guest.situation.venue.time_zone == "Asia/Tokyo"


def test_lights_say_what_the_screen_says(guest: Guest) -> None:
    assert flow.lights(guest.situation) == "ready"
    guest.tell(DeviceDown(READER, "reader", "unplugged"))
    assert flow.lights(guest.situation) == "attention"
    guest.tell(DeviceUp(READER, "reader"))
    guest.home()
    assert flow.lights(guest.situation) == "reading"
    guest.press("top_up")
    assert flow.lights(guest.situation) == "money"


def test_no_acceptor_no_top_up(venue: Venue) -> None:
    guest = Guest(venue)
    devices = {d: s for d, s in guest.situation.machine.devices.items() if d != ACCEPTOR}
    machine = replace(guest.situation.machine, devices=devices)
    guest.situation = replace(guest.situation, machine=machine)
    guest.home()
    assert "top_up" not in guest.shown()


def test_another_venue_has_another_name(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("other")
    venue = make_venue(folder, DEMO.replace("Orbit Club", "Sputnik"))
    try:
        assert "Sputnik" in Guest(venue).words()
    finally:
        venue.close()


def test_the_uid_is_nowhere_on_the_screen_but_its_end(guest: Guest) -> None:
    guest.home()
    assert UID not in guest.words()
    assert UID[-4:] in guest.words()
