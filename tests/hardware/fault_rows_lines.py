"""Rows of the catalogue of faults: what has an address, and lines; see `test_faults`."""

from __future__ import annotations

import errno
import os
import pty
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import serial

from kiosk.core.fault_signs import FaultWord
from kiosk.core.messages import (
    CloseFiscalShift,
    OpenFiscalShift,
    RulesChanged,
)
from kiosk.hardware import atol, nexo
from kiosk.hardware.peers.atol import SHIFT_S, FiscalServer
from kiosk.hardware.peers.cctalk_coins import CoinAcceptor
from kiosk.hardware.peers.cctalk_hopper import Hopper
from kiosk.hardware.peers.magstripe import StripeReader
from kiosk.hardware.peers.nexo import Terminal
from kiosk.hardware.peers.scanner import Scanner
from kiosk.hardware.transport import SerialLine
from tests.core.guest import Guest
from tests.hardware.fault_rigs import (
    Make,
    Rig,
    by_name,
    coins,
    hopper,
    options_of,
)
from tests.hardware.fault_rows import (
    CASH_OFF,
    CASH_SHUT,
    CCNET,
    CCTALK,
    ID003,
    SSP,
    Act,
    Row,
    nothing,
    of,
    plain,
    printing,
)

# --- what has an address in the network ----------------------------------------------------------


def fiscal(guest: Guest, folder: Path) -> Rig:
    guest.tell(RulesChanged(None, "fiscal"))

    def make(at: Rig) -> Any:
        settings = options_of("atol")
        return atol.FiscalPrinter(
            at.device, settings, start=1, connect=at.connect, monotonic=lambda: at.now_s
        )

    return Rig(guest, "fiscal", "fiscal", FiscalServer(), make)


def paying_by_card(guest: Guest, folder: Path) -> Rig:
    def make(at: Rig) -> Any:
        settings = options_of("nexo")
        return nexo.PaymentTerminal(
            at.device, settings, start=1, connect=at.connect, monotonic=lambda: at.now_s
        )

    return Rig(guest, "payment", "payment", Terminal(), make)


def turned(knob: str, to: object) -> Act:
    return lambda rig: setattr(rig.peer, knob, to)


def seen_again(knob: str, to: object) -> Act:
    """Turned while it is away from the kiosk, which greets it anew."""

    def act(rig: Rig) -> None:
        setattr(rig.peer, knob, to)
        rig.unplug()

    return act


def expired(rig: Rig) -> None:
    """The shift is open, and 24 hours pass."""
    rig.do(OpenFiscalShift())
    rig.settle()
    rig.now_s += SHIFT_S + 1
    rig.guest.wait(SHIFT_S + 1)


def shut(rig: Rig) -> None:
    rig.do(CloseFiscalShift())


def dies(rig: Rig) -> None:
    """Its power goes, and with it the connection."""
    rig.peer.power_cut()
    rig.unplug()


FISCAL_OFF, TERMINAL_OFF = "why.fiscal_off", "why.terminal_off"
OFFICES = [
    Row("fiscal_paper", fiscal, turned("mode", "paper-out"), turned("mode", "ok")),
    Row("fiscal_cover", fiscal, turned("cover_open", True), turned("cover_open", False)),
    Row("fiscal_blocked", fiscal, turned("blocked", True), turned("blocked", False)),
    Row("fiscal_shift_expired", fiscal, expired, shut, "why.fiscal_shift_too_long"),
    Row("fiscal_off", fiscal, plain("power_cut"), plain("power_up"), FISCAL_OFF),
    Row("fiscal_server", fiscal, turned("failing", True), turned("failing", False), FISCAL_OFF),
    Row("payment_off", paying_by_card, dies, plain("power_up"), TERMINAL_OFF),
    Row(
        "payment_login",
        paying_by_card,
        seen_again("refuses", True),
        turned("refuses", False),
        TERMINAL_OFF,
    ),
]


# --- lines that are not there --------------------------------------------------------------------


def instead(port: str) -> Act:
    return lambda rig: rig.swap(port)


def taken(rig: Rig) -> None:
    """Another program has the port: a real one, held by a real line."""
    ours, theirs = pty.openpty()
    rig.kept = (SerialLine(os.ttyname(theirs)), ours, theirs)  # type: ignore[attr-defined]
    rig.swap(os.ttyname(theirs))


def let_go(rig: Rig) -> None:
    line, ours, theirs = rig.kept  # type: ignore[attr-defined]
    line.close()
    os.close(ours)
    os.close(theirs)
    rig.plug()


def refused(rig: Rig) -> None:
    """A port of this machine at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    rig.swap(f"tcp://127.0.0.1:{port}")


def denied(rig: Rig) -> None:
    """The system refuses to open the port; root may open all, so it is said for it."""

    def no(*args: object, **options: object) -> object:
        raise PermissionError(errno.EACCES, "Permission denied")

    rig.patch(serial, "Serial", no)
    rig.swap("/dev/ttyS0")


def allowed(rig: Rig) -> None:
    rig.unpatch()
    rig.plug()


def line_row(word: FaultWord, made: Make, break_: Act, reads: str, mend: Act = Rig.plug) -> Row:
    return Row(word, made, break_, mend, reads)


READER_OFF, PRINTER_OFF = "why.reader_off", "why.printer_off"
SCANNER = by_name("scanner", "reader", Scanner)
STRIPE = by_name("magstripe", "reader", StripeReader)
HOPPER, COIN = hopper(), coins()
GONE = "/dev/serial/by-id/usb-nothing-if00-port0"
LINES = [
    *(
        line_row("line_missing", made, instead(GONE), reads)
        for made, reads in (
            (CCNET, CASH_OFF),
            (ID003, CASH_OFF),
            (SSP, CASH_OFF),
            (CCTALK, CASH_OFF),
            (COIN, CASH_OFF),
            (HOPPER, ""),
            (printing, PRINTER_OFF),
            (SCANNER, READER_OFF),
            (STRIPE, READER_OFF),
        )
    ),
    line_row("line_wrong", CCNET, instead("/dev/null"), CASH_OFF),
    line_row("line_wrong", printing, instead("/dev/null"), PRINTER_OFF),
    line_row("line_taken", ID003, taken, CASH_OFF, let_go),
    line_row("line_taken", SCANNER, taken, READER_OFF, let_go),
    line_row("line_denied", SSP, denied, CASH_OFF, allowed),
    line_row("net_refused", printing, refused, PRINTER_OFF),
    line_row("net_refused", fiscal, refused, FISCAL_OFF),
    line_row("net_refused", paying_by_card, refused, TERMINAL_OFF),
    line_row("net_away", printing, instead("tcp://255.255.255.255:9100"), PRINTER_OFF),
    line_row("net_away", paying_by_card, instead("tcp://255.255.255.255:9100"), TERMINAL_OFF),
    *(
        Row(f"{role}_off", made, of("power_cut"), of("power_up"), reads)  # type: ignore[arg-type]
        for role, made, reads in (
            ("acceptor", CCNET, CASH_OFF),
            ("acceptor", ID003, CASH_OFF),
            ("acceptor", SSP, CASH_OFF),
            ("acceptor", CCTALK, CASH_OFF),
            ("coins", COIN, CASH_OFF),
            ("hopper", HOPPER, ""),
        )
    ),
]


def power_blinks(rig: Rig) -> None:
    rig.peer.power_cut(rig.now_s)
    rig.peer.power_up(rig.now_s)


def forgets(rig: Rig) -> None:
    """One whose counter has moved: only that tells its restart."""
    rig.peer.break_down(rig.now_s, 2)
    rig.settle()
    power_blinks(rig)


class Stranger:
    """Something else that listens in the network."""

    def feed(self, data: bytes, now_s: float) -> bytes:
        return b"SSH-2.0-OpenSSH_9.2\r\n\r\n"

    def tick(self, now_s: float) -> bytes:
        return b""


def turned_noise(on: bool) -> Act:
    """A bad cable, or another speed than the device's."""
    return lambda rig: setattr(rig, "noise", on)


def adapter(*, on: bool) -> Act:
    """The power of the adapter, which the acceptor hangs on as well."""

    def act(rig: Rig) -> None:
        rig.peer.line.echo = on
        (rig.peer.power_up if on else rig.peer.power_cut)(rig.now_s)

    return act


def other(peer: Callable[[], Any]) -> Act:
    """The cables of two devices were mixed up."""

    def act(rig: Rig) -> None:
        rig.kept = rig.peer  # type: ignore[attr-defined]
        rig.unplug()
        rig.peer = peer()

    return act


def back(rig: Rig) -> None:
    rig.unplug()
    rig.peer = rig.kept  # type: ignore[attr-defined]


LINES += [
    *(Row("restarted", made, power_blinks, nothing) for made in (CCNET, ID003, SSP)),
    Row("restarted", CCTALK, forgets, nothing),
    Row("wrong_device", COIN, other(lambda: Hopper(address=2)), back, CASH_OFF),
    Row("wrong_device", HOPPER, other(lambda: CoinAcceptor(address=3)), back),
    Row("wrong_device", paying_by_card, other(Stranger), back, TERMINAL_OFF),
    Row("wrong_device", fiscal, other(Stranger), back, FISCAL_OFF),
]

LINES += [
    *(
        Row("line_noise", made, turned_noise(True), turned_noise(False), reads)
        for made, reads in (
            (CCNET, CASH_OFF),
            (ID003, CASH_OFF),
            (SSP, CASH_OFF),
            (CCTALK, CASH_OFF),
            (COIN, CASH_OFF),
            (HOPPER, ""),
        )
    ),
    Row(
        "line_no_echo",
        coins(echo="yes"),
        adapter(on=False),
        adapter(on=True),
        CASH_OFF,
    ),
    Row(
        "failed_protocol",
        SSP,
        lambda rig: rig.peer._queue.append(b"\x9a"),
        nothing,
        CASH_SHUT,
    ),
]
