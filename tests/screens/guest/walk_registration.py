"""A card is registered: every step, every way of it, and what may go wrong."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.core.messages import PrinterChanged, SlipFailed
from kiosk.core.situation import Done
from tests.core.guest import OTHER_UID, PHONE, PIN, PRINTER, UID
from tests.screens.guest.hands import Visitor, visitor


def register_with_phone() -> Iterator[tuple[str, Visitor]]:
    with visitor() as guest:
        guest.tap(UID)
        guest.press("register")
        yield "new-card-terms", guest
        guest.press("text")
        yield "new-card-terms-text", guest
        guest.press("back", "agree")
        yield "new-card-choice", guest
        guest.press("with_phone")
        yield "new-card-phone-empty", guest
        guest.type(PHONE)
        yield "new-card-phone-typed", guest
        guest.press("phone_use")
        yield "new-card-phone-use", guest
        guest.press("back")
        guest.type(PHONE)
        guest.press("consent")
        yield "new-card-phone-consent", guest
        guest.press("next")
        guest.type("1234")
        guest.press("next")
        yield "new-card-pin-easy", guest
        guest.type(PIN)
        guest.press("next")
        yield "new-card-pin-again", guest
        guest.type("7392")
        guest.press("next")
        yield "new-card-pin-differs", guest
        for _ in range(2):
            guest.type(PIN)
            guest.press("next")
        yield "new-card-name-empty", guest
        guest.type("zinaida", "key")
        yield "new-card-name", guest
        guest.press("next")
        yield "new-card-printing", guest
        guest.print_out()
        yield "new-card-done", guest


def register_without_paper() -> Iterator[tuple[str, Visitor]]:
    with visitor() as guest:
        guest.register(UID)
        done = guest.scene
        assert isinstance(done, Done)
        guest.tell(SlipFailed(PRINTER, done.job, "partial", "paper_out"))
        yield "new-card-P-03", guest
        guest.press("continue", "leave")
        guest.tap(UID)
        yield "new-card-slip-missed", guest
        guest.press("leave")
        guest.tell(PrinterChanged(PRINTER, paper="out"))
        guest.tap(OTHER_UID)
        guest.press("register", "agree")
        yield "new-card-choice-no-slip", guest
        guest.press("without_phone", "next")
        yield "new-card-P-02", guest
        guest.press("continue")
        yield "new-card-without-slip", guest


WALKS = (register_with_phone, register_without_paper)
