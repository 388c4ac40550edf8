"""Cards and slips with a code: a scanner beside the readers, and alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from kiosk.core.ids import DeviceId
from kiosk.core.messages import CardPresented, DeviceUp
from kiosk.core.recognition import Rule
from tests.core.guest import DEMO, READER
from tests.screens.guest.hands import Visitor, visitor
from tests.screens.guest.walk_lost import code_on_slip
from tests.screens.guest.walk_welcome import CLOSED, STRIPE

SCANNER = DeviceId("scanner")
NUMBERS = Rule("Paper card", "prefix", ("barcode",), "interface", "PDS", pattern="88", length=8)
FIRST, SECOND = "88000001", "88000002"


@contextmanager
def before(*readers: DeviceId, text: str = DEMO) -> Iterator[Visitor]:
    """A guest before a kiosk with a scanner and these readers; cards of the venue have codes."""
    with visitor(text, scanners=frozenset({SCANNER})) as guest:
        now = guest.situation
        venue = replace(now.venue, rules=(*now.venue.rules, NUMBERS))
        others = {d: s for d, s in now.machine.devices.items() if d != READER}
        guest.situation = replace(now, venue=venue, machine=replace(now.machine, devices=others))
        guest.tell(*[DeviceUp(reader, "reader") for reader in (SCANNER, *readers)])
        yield guest


def scan(guest: Visitor, text: str) -> None:
    guest.wait(1)
    guest.tell(CardPresented(SCANNER, "barcode", text))


def readers() -> Iterator[tuple[str, Visitor]]:
    """What the welcome screen asks for, by what there is."""
    for name, there in (
        ("scanner-alone", ()),
        ("scanner-beside", (READER,)),
        ("scanner-and-stripe", (STRIPE,)),
        ("scanner-all", (READER, STRIPE)),
    ):
        with before(*there) as guest:
            yield name, guest
    with before(text=CLOSED) as guest:
        yield "scanner-closed", guest


def lost() -> Iterator[tuple[str, Visitor]]:
    """The slip of a lost card under the scanner, and the new card's code."""
    with before() as guest:
        scan(guest, FIRST)
        guest.press("register", "agree", "without_phone", "next")
        code = code_on_slip(guest)
        guest.printed()
        guest.press("leave", "register")
        yield "scanner-register", guest
        guest.press("leave", "lost_card")
        scan(guest, code)
        yield "scanner-slip", guest
        guest.press("block_now")
        yield "scanner-new-card", guest
        scan(guest, FIRST)
        yield "scanner-same-card", guest
        scan(guest, SECOND)
        yield "scanner-this", guest
        guest.press("yes")
        guest.printed()
        guest.press("leave")
        scan(guest, SECOND)
        guest.press("more", "move")
        scan(guest, code_on_slip(guest))
        yield "scanner-move", guest


WALKS = (readers, lost)
