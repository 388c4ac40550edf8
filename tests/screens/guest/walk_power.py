"""The kiosk's power fails: with nobody here, before a note, with one inside, at a visit."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.core.ids import DeviceId
from kiosk.core.messages import ContactsChanged, NoteStacked
from tests.core.guest import ACCEPTOR, rub
from tests.screens.guest.hands import Visitor, visitor
from tests.screens.guest.visiting import ENTRANCE_1000, centre, opened, swipe

CABINET = DeviceId("cabinet")
FAILS, WELL = ContactsChanged(CABINET, ("power_fails",)), ContactsChanged(CABINET, ())


def fails() -> Iterator[tuple[str, Visitor]]:
    with visitor() as guest:
        guest.tell(FAILS)
        yield "power-nobody", guest
        guest.tell(WELL)
        guest.top_up()
        guest.tell(FAILS)
        yield "power-none-in", guest
        guest.press("continue")
        yield "power-home", guest
        guest.tell(WELL)
        guest.press("top_up")
        note, _ = guest.escrow(500)
        guest.tell(FAILS, NoteStacked(ACCEPTOR, note, rub(500)))
        yield "power-one-in", guest


def visit() -> Iterator[tuple[str, Visitor]]:
    with centre() as guest:
        opened(guest, ENTRANCE_1000, 1000)
        swipe(guest, ENTRANCE_1000)
        guest.press("add_money")
        note, _ = guest.escrow(500)
        guest.tell(FAILS, NoteStacked(ACCEPTOR, note, rub(500)))
        yield "power-visit", guest


WALKS = (fails, visit)
