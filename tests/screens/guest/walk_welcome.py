"""The welcome screen outside the opening hours and with devices away; the call for help (G13)."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.core.calls import AnswerHelp, OpenCalls
from kiosk.core.ids import DeviceId
from kiosk.core.messages import (
    AcceptorChanged,
    DeviceDown,
    DeviceUp,
    HoursChanged,
    PrinterChanged,
    VenueChanged,
)
from tests.core.guest import ACCEPTOR, DEMO, OTHER_UID, PRINTER, READER
from tests.screens.guest.hands import Visitor, visitor

STRIPE, TERMINAL = DeviceId("stripe"), DeviceId("terminal")
CLOSED = DEMO.replace('opens = "00:00"\ncloses = "24:00"', 'opens = "10:00"\ncloses = "17:00"')
"""It has 18:00 when a guest comes."""


def closed() -> Iterator[tuple[str, Visitor]]:
    """Closed at 17:00: what is said, what still works, and what does not begin."""
    with visitor(CLOSED) as guest:
        yield "closed", guest
        guest.tap(OTHER_UID)
        yield "closed-unknown-card", guest
        guest.press("leave")
        guest.now = guest.now.later(10 * 3600)
        guest.tell(HoursChanged())
        yield "closed-after-midnight", guest
        guest.tell(DeviceDown(READER, "reader", "no answer"))
        yield "closed-no-reader", guest


def devices() -> Iterator[tuple[str, Visitor]]:
    """Two readers and a terminal, one after another away (R-01, W-01)."""
    with visitor() as guest:
        guest.tell(DeviceUp(STRIPE, "reader"), DeviceUp(TERMINAL, "payment"))
        yield "welcome-terminal", guest
        guest.tell(DeviceDown(TERMINAL, "payment", "no answer"))
        yield "welcome-W-01", guest
        guest.tell(DeviceDown(STRIPE, "reader", "no answer"))
        yield "welcome-R-01-tap", guest
        guest.tell(DeviceUp(STRIPE, "reader"), DeviceDown(READER, "reader", "no answer"))
        yield "welcome-R-01-swipe", guest
        guest.tell(DeviceDown(STRIPE, "reader", "no answer"))
        yield "welcome-R-01", guest
        guest.tell(AcceptorChanged(ACCEPTOR, "cassette_out"), PrinterChanged(PRINTER, paper="out"))
        yield "welcome-GX", guest


def call() -> Iterator[tuple[str, Visitor]]:
    """Somebody is called, with nothing behind it and in the middle of a top-up."""
    with visitor() as guest:
        guest.press("help")
        yield "help-called", guest
        guest.press("no_help")
        guest.top_up(500)
        guest.press("help")
        yield "help-from-top-up", guest
        (waiting,) = guest.asked(OpenCalls())
        guest.did(AnswerHelp(waiting.id), key="answer")
        guest.tell(VenueChanged(guest.venue.ledger.seq))
        yield "help-coming", guest


WALKS = (closed, devices, call)
