"""Clients for the desk's tests of minutes: registered at the kiosk, with money or minutes."""

from __future__ import annotations

from kiosk.core.cards import Card
from kiosk.core.ledger import Draft
from kiosk.core.packages import Kind
from kiosk.core.shifts import OpenShift
from tests.core.guest import NAME, PHONE, UID, rub
from tests.screens.desk.hands import Hands


def anna(hands: Hands) -> Card:
    """A client with a name, a phone and a card (`UID`); a shift is open."""
    hands.did(OpenShift(rub(0)), key="shift")
    card = hands.register(phone=PHONE, name=NAME)
    hands.printed()
    hands.press("leave")
    return card


def with_money(hands: Hands, *faces: int, uid: str = UID) -> Card:
    """A client who put notes into the kiosk."""
    card = hands.top_up(*faces, uid=uid)
    hands.press("done")
    hands.printed()
    hands.press("leave")
    return card


def with_minutes(hands: Hands, card: Card, minutes: int, kind: Kind = "game") -> None:
    """Minutes that nobody bought."""
    issued, held, unit = {
        "game": ("9010:adjusted", "9020", "MIN.game"),
        "internet": ("9030:adjusted", "9040", "MIN.net"),
    }[kind]
    draft = Draft("test")
    draft.post(issued, f"{held}:{card.client}", unit, minutes)
    key = f"given:{hands.venue.ledger.seq}"
    hands.venue.ledger.post(draft, key=key, actor="cli", command="test", now=hands.now)
