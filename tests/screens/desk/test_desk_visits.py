"""A4: visits opened on a card or without one, found again, described, given money, made void."""

from __future__ import annotations

from kiosk.core.desk.visit_list import Visits
from kiosk.core.desk.visit_opening import NewVisit
from kiosk.core.messages import CardPresented
from tests.core.guest import READER
from tests.screens.desk.hands import CASHIER, Hands

TABLE = "%B0?;550001=311230?"


def swipe(hands: Hands, number: str = "550001") -> None:
    hands.tell(CardPresented(READER, "magnetic", f";{number}=311230?"))


def test_E39_E41_a_card_is_asked_about_and_no_creates_nothing(hands: Hands) -> None:
    hands.sign_in(CASHIER)
    hands.go("visits")
    before = hands.venue.ledger.seq
    swipe(hands)
    assert isinstance(hands.page, NewVisit)
    hands.says("Open a visit on card •••• 0001?")
    hands.press("No")
    assert isinstance(hands.page, Visits)
    assert hands.venue.ledger.seq == before
    hands.says("No visit is open.")
