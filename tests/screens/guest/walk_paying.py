"""Money comes in by the bank's terminal: which way, how much, and every end of a payment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from kiosk.core.ids import DeviceId
from kiosk.core.messages import (
    AcceptorChanged,
    DeviceDown,
    DeviceUp,
    PrinterChanged,
    VenueChanged,
)
from kiosk.core.terminal_payments import PaymentOnTheWay, RecordTerminalPayment
from tests.core.guest import ACCEPTOR, DEMO, LIMITS, PRINTER
from tests.screens.guest.hands import Visitor, visitor

TERMINAL = DeviceId("terminal")
LADDER = """
[[bonus_tiers]]
from = 200
percent = 10
"""


def _plugged(guest: Visitor) -> Visitor:
    guest.tell(DeviceUp(TERMINAL, "payment"))
    return guest


def _says(guest: Visitor, outcome: Any, **more: Any) -> None:
    """What the terminal's answer becomes on the books."""
    payment = guest.asked(PaymentOnTheWay())
    assert payment is not None, "nobody is at the terminal"
    told = RecordTerminalPayment(payment.id, outcome, **more)
    guest.did(told, actor="kiosk", key=f"payment:{payment.id}:{outcome}")
    guest.tell(VenueChanged(guest.venue.ledger.seq))


def ways() -> Iterator[tuple[str, Visitor]]:
    with visitor(DEMO + LADDER, qr=True) as guest:
        _plugged(guest).home()
        guest.press("top_up")
        yield "pay-way", guest
        guest.tell(AcceptorChanged(ACCEPTOR, "cassette_full"))
        yield "pay-way-no-notes", guest
        guest.tell(AcceptorChanged(ACCEPTOR, "disabled"), DeviceDown(TERMINAL, "payment", "gone"))
        yield "pay-way-no-terminal", guest


def amounts() -> Iterator[tuple[str, Visitor]]:
    with visitor(DEMO + LADDER, qr=True) as guest:
        _plugged(guest).home()
        guest.press("top_up", "pay:bank_card")
        yield "pay-amount", guest
        guest.press("other")
        yield "pay-own-amount", guest
        guest.type("5")
        yield "pay-own-little", guest
        guest.press("erase")
        guest.type("350")
        yield "pay-own-amount-typed", guest
        guest.press("erase", "erase", "erase")
        guest.type("99999")
        yield "pay-own-much", guest
    with visitor(limits=replace(LIMITS, top_up_max_minor=30_000), qr=True) as guest:
        _plugged(guest).home()
        guest.press("top_up", "pay:bank_card")
        yield "pay-amount-limited", guest
    with visitor(DEMO.replace("top_up_per_day_max = 100000", "top_up_per_day_max = 300")) as guest:
        _plugged(guest).home()
        guest.press("top_up", "pay:bank_card", "amount:50000")
        yield "pay-amount-refused", guest
        guest.press("other")
        guest.type("301")
        guest.press("next")
        yield "pay-own-refused", guest


def at_the_terminal() -> Iterator[tuple[str, Visitor]]:
    with visitor(DEMO + LADDER, qr=True) as guest:
        _plugged(guest).home()
        guest.press("top_up", "pay:qr", "amount:20000")
        yield "pay-terminal-qr", guest
        guest.press("leave")
        _says(guest, "declined", reason="cancelled")
        yield "pay-B-01-cancelled", guest
        guest.press("continue", "back", "pay:bank_card", "amount:100000")
        yield "pay-terminal", guest
        _says(guest, "declined", reason="refused")
        yield "pay-B-01", guest
        guest.press("continue", "amount:50000")
        _says(guest, "declined", reason="failed")
        yield "pay-B-01-failed", guest
        guest.press("continue", "amount:50000", "leave")
        yield "pay-asking", guest
        _says(guest, "approved", masked="1111", reference="T000007", brand="visa")
        guest.print_out()
        yield "pay-done", guest


def unknown() -> Iterator[tuple[str, Visitor]]:
    with visitor(DEMO + LADDER, qr=True) as guest:
        _plugged(guest).home()
        guest.press("top_up", "pay:bank_card", "amount:50000")
        _says(guest, "unknown")
        yield "pay-B-02", guest
        guest.press("continue")
        yield "pay-home-checked", guest
        guest.press("top_up")
        yield "pay-way-pending", guest
        guest.press("leave")
        _says(guest, "approved", masked="1111", reference="T000007", brand="visa")
        guest.home()
        yield "pay-home-receipt", guest
        guest.press("leave")
        guest.tell(PrinterChanged(PRINTER, paper="out"))
        guest.home()
        guest.press("top_up", "pay:bank_card", "amount:50000")
        _says(guest, "unknown")
        yield "pay-B-02-no-slip", guest


WALKS = (ways, amounts, at_the_terminal, unknown)
