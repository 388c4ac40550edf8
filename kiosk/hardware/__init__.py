"""The devices: contracts, transports, one file a protocol."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from kiosk.core.messages import Signal
from kiosk.hardware.codes import SIGNALS
from kiosk.hardware.device import DriverFactory, Options

DRIVERS = {
    "atol": "kiosk.hardware.atol:FiscalPrinter",
    "ccnet": "kiosk.hardware.ccnet:NoteAcceptor",
    "cctalk_coins": "kiosk.hardware.cctalk_coins:CoinAcceptor",
    "cctalk_hopper": "kiosk.hardware.cctalk_hopper:Hopper",
    "cctalk_notes": "kiosk.hardware.cctalk_notes:NoteAcceptor",
    "contacts": "kiosk.hardware.contacts:Contacts",
    "escpos": "kiosk.hardware.escpos:ReceiptPrinter",
    "espeak": "kiosk.hardware.speech:Voice",
    "gpio": "kiosk.hardware.gpio:Lights",
    "hidpos": "kiosk.hardware.hidpos:HidReader",
    "id003": "kiosk.hardware.id003:NoteAcceptor",
    "magstripe": "kiosk.hardware.magstripe:StripeReader",
    "nexo": "kiosk.hardware.nexo:PaymentTerminal",
    "pcsc": "kiosk.hardware.pcsc:PcscReader",
    "pulse": "kiosk.hardware.pulse:PulseAcceptor",
    "scanner": "kiosk.hardware.scanner:Scanner",
    "ssp": "kiosk.hardware.ssp:NoteAcceptor",
    "switches": "kiosk.hardware.switches:Switches",
    "wedge": "kiosk.hardware.wedge:Wedge",
    "zvt": "kiosk.hardware.zvt:PaymentTerminal",
}
"""Name in the configuration -> module and class. Its library is imported when it is used."""


_READS: dict[str, Signal] = {"pcsc": "contactless", "magstripe": "magnetic", "scanner": "barcode"}


def signal_of(driver: str, options: Options) -> Signal | None:
    """What a device of this driver reads; None where it is no reader."""
    if driver == "hidpos":
        return "barcode" if options.get("layout") == "scanner" else "magnetic"
    if driver == "wedge":
        return next((SIGNALS[of] for of in SIGNALS if of == options.get("reads")), None)
    return _READS.get(driver)


def driver(name: str) -> DriverFactory:
    """The class of the driver of this name.

    Raises:
        KeyError: there is none; the configuration has told that before.
        ImportError: its library is missing from this installation.
    """
    module, _, made = DRIVERS[name].partition(":")
    return cast(DriverFactory, getattr(import_module(module), made))
