"""The holder's own PIN and phone: changed, forgotten, given later."""

from __future__ import annotations

from collections.abc import Iterator

from tests.core.guest import OTHER_UID, PIN, UID
from tests.screens.guest.hands import Visitor, visitor
from tests.screens.guest.walk_lost import WRONG_PIN, code_on_slip, holder

NEW_PIN, NEW_PHONE = "8264", "9035550000"


def more(guest: Visitor, way: str, uid: str = UID) -> None:
    """From the welcome screen: the card, More, and one of its ways."""
    guest.tap(uid)
    guest.press("more", way)


def typed(guest: Visitor, *texts: str, kind: str = "digit") -> None:
    """A page after the other: type, and Next."""
    for text in texts:
        guest.type(text, kind)
        guest.press("next")


def change_pin() -> Iterator[tuple[str, Visitor]]:
    with visitor() as guest:
        holder(guest)
        more(guest, "pin")
        yield "pin-menu", guest
        guest.press("change_pin")
        yield "pin-old", guest
        typed(guest, WRONG_PIN)
        yield "pin-old-X-01", guest
        typed(guest, PIN)
        yield "pin-new", guest
        typed(guest, "1111")
        yield "pin-new-easy", guest
        typed(guest, NEW_PIN)
        yield "pin-new-again", guest
        typed(guest, PIN)
        yield "pin-new-differs", guest
        typed(guest, NEW_PIN, NEW_PIN)
        yield "pin-changed", guest


def forgotten_pin() -> Iterator[tuple[str, Visitor]]:
    """First without a phone, and so without a PIN; then too many wrong PINs and the code."""
    with visitor() as guest:
        guest.register(UID)
        code = code_on_slip(guest)
        guest.printed()
        guest.press("leave")
        more(guest, "pin")
        yield "pin-menu-none", guest
        guest.press("forgot_pin")
        yield "pin-code", guest
        typed(guest, "A" * 20, kind="key")
        yield "pin-code-wrong", guest
        typed(guest, code, kind="key")
        typed(guest, NEW_PIN, NEW_PIN)
        guest.press("leave")
        more(guest, "pin")
        guest.press("change_pin")
        typed(guest, *(WRONG_PIN for _ in range(5)))
        yield "pin-locked", guest


def own_phone() -> Iterator[tuple[str, Visitor]]:
    with visitor() as guest:
        holder(guest)
        more(guest, "pin")
        guest.press("change_phone")
        typed(guest, PIN)
        yield "pin-phone-empty", guest
        guest.type(NEW_PHONE)
        yield "pin-phone", guest
        guest.press("consent", "next")
        yield "pin-phone-changed", guest


def move_from_home() -> Iterator[tuple[str, Visitor]]:
    """The card is there, and another takes its place (C32)."""
    with visitor() as guest:
        holder(guest)
        more(guest, "move")
        yield "move-ask", guest
        guest.press("next")
        yield "move-pin", guest
        typed(guest, WRONG_PIN)
        yield "move-pin-X-01", guest
        typed(guest, PIN)
        yield "move-new-card", guest
        guest.tap(UID)
        yield "move-same-card", guest
        guest.tap(OTHER_UID)
        yield "move-this", guest
        guest.press("yes")
        guest.print_out()
        yield "move-done", guest


WALKS = (change_pin, forgotten_pin, own_phone, move_from_home)
