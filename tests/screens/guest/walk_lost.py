"""A lost card, and a card that another takes the place of: every screen and every message."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.core.cards import BlockCard, Card, GetCard
from kiosk.core.documents import QrCode
from kiosk.core.messages import CardPresented, CardRefused, PrintSlip
from tests.core.guest import OTHER_UID, PHONE, PIN, READER, UID
from tests.screens.guest.hands import Visitor, visitor

THIRD_UID, NEW_UID = "04C3D2E1F0A9B8", "04D4E5F6A7B8C9"
WRONG_PIN = "5937"
STAFF_CARD, TABLE_CARD = ";9900000101=?", ";551234=311226?"


def holder(guest: Visitor, *uids: str, faces: tuple[int, ...] = (500, 200)) -> Card:
    """A client with phone, PIN and these cards, and money; the welcome screen again."""
    for uid in uids or (UID,):
        card = guest.register(uid, phone=PHONE)
        guest.printed()
        guest.press("leave")
    guest.top_up(*faces, uid=(uids or (UID,))[0])
    guest.press("done")
    guest.print_out()
    guest.press("leave")
    return card


def code_on_slip(guest: Visitor) -> str:
    """The recovery code on the latest slip that has one."""
    slips = [e.document for e in guest.effects if isinstance(e, PrintSlip)]
    slip = next(d for d in reversed(slips) if d.kind == "registration_slip")
    return next(part.data for part in slip.parts if isinstance(part, QrCode))


def card_of(guest: Visitor, uid: str) -> Card:
    """The card on file with this number."""
    found = guest.asked(GetCard(uid))
    assert found is not None
    return found


def swipe(guest: Visitor, raw: str) -> None:
    """A card with a stripe is shown."""
    guest.tell(CardPresented(READER, "magnetic", raw))


def say_who(guest: Visitor, phone: str = PHONE, pin: str = PIN) -> None:
    """From the welcome screen: phone and PIN."""
    guest.press("lost_card")
    guest.type(phone)
    guest.press("next")
    guest.type(pin)
    guest.press("next")


def lost_card() -> Iterator[tuple[str, Visitor]]:
    with visitor() as guest:
        holder(guest)
        guest.press("lost_card")
        yield "lost-phone-empty", guest
        guest.type(PHONE)
        yield "lost-phone", guest
        guest.press("next")
        guest.type(WRONG_PIN[:2])
        yield "lost-pin", guest
        guest.type(WRONG_PIN[2:])
        guest.press("next")
        yield "lost-pin-X-01", guest
        guest.type(PIN)
        guest.press("next")
        yield "lost-block", guest
        guest.press("block_now")
        yield "lost-blocked", guest
        guest.tap(UID)
        yield "lost-same-card", guest
        guest.tell(CardRefused(READER, "contactless", "bank_card"))
        yield "lost-bank-card", guest
        guest.tell(CardRefused(READER, "contactless", "unreadable"))
        yield "lost-unreadable", guest
        guest.tap(NEW_UID)
        yield "lost-this", guest
        guest.press("yes")
        yield "lost-moved-printing", guest
        guest.print_out()
        yield "lost-moved", guest


def lost_which() -> Iterator[tuple[str, Visitor]]:
    """Several cards; then the desk, because it was wrong too often."""
    with visitor() as guest:
        holder(guest, UID, OTHER_UID, THIRD_UID)
        say_who(guest)
        yield "lost-which", guest
        guest.press("card:" + card_of(guest, OTHER_UID).id, "block_now", "lost_later")
        say_who(guest)
        yield "lost-which-one-blocked", guest
        guest.press("leave", "lost_card")
        guest.type(PHONE)
        guest.press("next")
        for _ in range(4):
            guest.type(WRONG_PIN)
            guest.press("next")
        yield "lost-pin-last-try", guest
        guest.type(WRONG_PIN)
        guest.press("next")
        yield "lost-desk", guest


def lost_code() -> Iterator[tuple[str, Visitor]]:
    """Without a phone: the code on the slip, which may be wrong; somebody else's cards."""
    with visitor() as guest:
        guest.register(UID)
        code = code_on_slip(guest)
        guest.printed()
        guest.press("leave")
        guest.register(OTHER_UID)
        guest.printed()
        guest.press("leave", "lost_card", "code")
        yield "lost-code-empty", guest
        guest.type(code[:10], "key")
        yield "lost-code-half", guest
        guest.type("A" * 10, "key")
        guest.press("next")
        yield "lost-code-wrong", guest
        guest.type(code, "key")
        yield "lost-code", guest
        guest.press("next", "block_now")
        guest.tap(OTHER_UID)
        yield "lost-card-of-another", guest
        swipe(guest, STAFF_CARD)
        yield "lost-card-of-staff", guest
        swipe(guest, TABLE_CARD)
        yield "lost-card-lent", guest
        guest.press("lost_later")
        guest.did(BlockCard(card_of(guest, UID).id, reason="found"), actor="cli", key="block")
        guest.press("lost_card", "code")
        guest.type(code, "key")
        guest.press("next")
        yield "lost-no-card-left", guest


WALKS = (lost_card, lost_which, lost_code)
