"""A9 by touches: cards are made genuine, one after another."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from kiosk.core.desk.devices import DevicePage
from kiosk.core.desk.genuine import MakingGenuine
from kiosk.core.errands import LookAtMachine, MachineLook
from kiosk.core.genuine import GetGenuine
from kiosk.core.messages import (
    CardEnrolFailed,
    CardEnrolled,
    CardPresented,
    CardRefused,
    DeviceDown,
    DeviceUp,
    EnrolCards,
    EnrolFailure,
    Sound,
    StopEnrolling,
)
from kiosk.core.recognition import Recognised
from tests.core.guest import OTHER_UID, READER, UID
from tests.screens.desk.hands import CASHIER, TECHNICIAN, Hands

READ = Recognised("Contactless guest card", "interface", "PDS", UID)


@pytest.fixture
def at_reader(hands: Hands) -> Hands:
    """The owner at the page of a reader that checks cards."""
    house = replace(hands.situation.house, checks=frozenset({READER}))
    hands.situation = replace(hands.situation, house=house)
    hands.does[LookAtMachine] = lambda errand: MachineLook()
    hands.sign_in()
    hands.go("devices")
    hands.press("Contactless reader")
    return hands


def made(uid: str = UID, *, anew: bool = False) -> CardEnrolled:
    return CardEnrolled(READER, "contactless", uid, anew)


def test_cards_are_made_genuine_while_the_page_stands(at_reader: Hands) -> None:
    hands = at_reader
    assert EnrolCards(READER) in hands.press("Make cards genuine")
    hands.says("Lay a card on the reader", "No card yet.")
    effects = hands.tell(made())
    assert Sound("ok") in effects
    assert not [e for e in effects if isinstance(e, (EnrolCards, StopEnrolling))], "it goes on"
    entry = hands.venue.ledger.entry(hands.venue.ledger.seq)
    assert entry is not None
    assert (entry.kind, entry.actor) == ("card_made_genuine", "staff:106")
    assert hands.venue.ask(GetGenuine(READ), hands.now) is not None
    hands.says("genuine now", "1 card is done.", "•••• ")
    assert UID not in hands.words() and UID not in repr(hands.page)
    hands.tell(made(OTHER_UID, anew=True))
    hands.says("it has the newest keys", "2 cards are done.")
    hands.tell(made())
    hands.says("3 cards are done.")
    assert StopEnrolling(READER) in hands.press("back")
    assert isinstance(hands.page, DevicePage)


@pytest.mark.parametrize("reason", get_args(EnrolFailure))
def test_a_card_that_did_not_take_them_is_told(at_reader: Hands, reason: EnrolFailure) -> None:
    hands = at_reader
    hands.press("Make cards genuine")
    seq = hands.venue.ledger.seq
    assert Sound("attention") in hands.tell(CardEnrolFailed(READER, reason))
    assert isinstance(hands.page, MakingGenuine) and hands.page.seen[0].outcome == reason
    if reason == "torn":
        hands.says("lay it down again, and it goes on")
    assert hands.venue.ledger.seq == seq
    hands.says("0 cards are done.")


def test_what_is_no_card_to_make_comes_to_nothing(at_reader: Hands) -> None:
    hands = at_reader
    hands.press("Make cards genuine")
    seq = hands.venue.ledger.seq
    hands.tell(CardRefused(READER, "contactless", "bank_card"))
    hands.says("a bank card or a phone")
    hands.tell(CardRefused(READER, "contactless", "unreadable"))
    hands.says("lay it down once more")
    hands.tell(CardPresented(READER, "magnetic", ";7700001?"))
    assert isinstance(hands.page, MakingGenuine)
    hands.tell(made("04AA"))
    hands.says("no rule of this venue takes its number")
    assert hands.venue.ledger.seq == seq


def test_whatever_ends_the_page_ends_it(at_reader: Hands) -> None:
    hands = at_reader
    hands.press("Make cards genuine")
    assert StopEnrolling(READER) in hands.press("section:today")
    hands.go("devices")
    hands.press("Contactless reader", "Make cards genuine")
    effects = hands.wait(600)
    assert StopEnrolling(READER) in effects, "the desk was locked"


def test_a_reader_that_is_away_is_said(at_reader: Hands) -> None:
    hands = at_reader
    hands.press("Make cards genuine")
    hands.tell(DeviceDown(READER, "reader", "unplugged"))
    assert isinstance(hands.page, MakingGenuine)
    hands.says("does not answer")
    hands.tell(DeviceUp(READER, "reader"), made())
    hands.says("1 card is done.")


@pytest.mark.parametrize("who", [CASHIER, TECHNICIAN])
def test_who_may_not_finds_no_button(hands: Hands, who: str) -> None:
    house = replace(hands.situation.house, checks=frozenset({READER}))
    hands.situation = replace(hands.situation, house=house)
    hands.does[LookAtMachine] = lambda errand: MachineLook()
    hands.sign_in(who)
    hands.go("devices")
    hands.press("Contactless reader")
    assert "make_genuine" not in hands.pressable()
    hands.tell_button("make_genuine")
    assert isinstance(hands.page, DevicePage)


def test_a_reader_that_checks_nothing_has_no_button(hands: Hands) -> None:
    hands.does[LookAtMachine] = lambda errand: MachineLook()
    hands.sign_in()
    hands.go("devices")
    hands.press("Contactless reader")
    assert "make_genuine" not in hands.pressable()
    hands.tell_button("make_genuine")
    assert isinstance(hands.page, DevicePage)
