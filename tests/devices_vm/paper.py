"""A receipt printer on USB: Debian's usblp at one end, a gadget of the kernel at the other.

Run inside as root. The gadget (``dummy_hcd``, ``usb_f_printer``) hands on what comes over the wire
to the project's simulated printer, and its answers back; the driver has ``/dev/usb/lp0``. The cable
is pulled while a slip is on its way.
"""

from __future__ import annotations

import os
import select
import threading
import time
from pathlib import Path

from kiosk.core.documents import Document, Gap, QrCode, Words
from kiosk.core.ids import JobId
from kiosk.core.messages import DeviceDown, DeviceUp, PrinterChanged, PrintSlip, SlipFailed
from kiosk.core.messages import SlipPrinted as Printed
from kiosk.hardware import usblp
from kiosk.hardware.escpos import ReceiptPrinter
from kiosk.hardware.peers import printer as peers
from kiosk.hardware.transport import connect
from tests.devices_vm.guest import Served, check, end, options, until, write

GADGET = Path("/sys/kernel/config/usb_gadget/printer")
UDC = Path("/sys/class/udc")
FAR_END = Path("/dev/g_printer0")
ALL_BYTES = 1 << 20
IDENTITY = "MFG:EPSON;CMD:ESC/POS;MDL:TM-T20III;CLS:PRINTER;"
PORT = "usb:04b8:0e28"
ONE, CUT, LAST = (JobId(f"top_up_receipt:{number}") for number in (1, 2, 3))


def slip(number: int, lines: int = 3) -> Document:
    """A slip of so many lines, each with its number."""
    words = (Words(f"Slip {number} line {line}") for line in range(lines))
    return Document("top_up_receipt", number, "en", (*words, Gap(3), QrCode(f"FOYER:{number}")))


def make_gadget() -> None:
    """One printer, not plugged in yet."""
    GADGET.mkdir()
    write(GADGET / "idVendor", "0x04b8")
    write(GADGET / "idProduct", "0x0e28")
    strings = GADGET / "strings/0x409"
    strings.mkdir()
    write(strings / "manufacturer", "EPSON")
    write(strings / "product", "TM-T20III")
    write(strings / "serialnumber", "X3ZB0001")
    function = GADGET / "functions/printer.0"
    function.mkdir()
    write(function / "pnp_string", IDENTITY)
    write(function / "q_len", "10")
    config = GADGET / "configs/c.1"
    config.mkdir()
    (config / function.name).symlink_to(function)


class FarEnd:
    """What stands behind the gadget: the simulated printer, and a hand on its cable."""

    def __init__(self) -> None:
        self.printer = peers.ReceiptPrinter()
        self.stops_after: int | None = None
        """It takes so many bytes more, and then nothing: the middle of a slip."""
        self._pulled = threading.Event()
        self._thread: threading.Thread | None = None

    def plug(self) -> None:
        """Put the cable in; back when the kernel has its printer."""
        write(GADGET / "UDC", next(UDC.iterdir()).name)
        wire = until("the far end", self._opened)
        self._pulled.clear()
        self._thread = threading.Thread(target=self._serve, args=(wire,), daemon=True)
        self._thread.start()
        until("usblp's printer", usblp.printers)

    def pull(self) -> None:
        """Pull it out."""
        self._pulled.set()
        assert self._thread is not None
        self._thread.join()
        write(GADGET / "UDC", "\n")

    def _opened(self) -> int | None:
        try:
            return os.open(FAR_END, os.O_RDWR | os.O_NONBLOCK)
        except OSError:  # the host at the other end of the wire has not greeted it yet
            return None

    def _serve(self, wire: int) -> None:
        waits = select.poll()
        waits.register(wire, select.POLLIN)
        out = b""
        while not self._pulled.is_set():
            out += self.printer.tick(time.monotonic())
            if self.stops_after == 0:
                self._pulled.wait(0.02)
            elif waits.poll(20):
                out += self.printer.feed(self._taken(wire), time.monotonic())
            if out:
                try:
                    out = out[os.write(wire, out) :]
                except BlockingIOError:
                    continue
        os.close(wire)

    def _taken(self, wire: int) -> bytes:
        # All that is there: of a buffer that is read in part when its gadget goes, f_printer keeps
        # a pointer to what it has freed, and the kernel hangs with the next one.
        try:
            data = os.read(wire, ALL_BYTES)
        except BlockingIOError:
            return b""
        if self.stops_after is not None:
            data = data[: self.stops_after]
            self.stops_after -= len(data)
        return data


def main() -> None:
    make_gadget()
    far = FarEnd()
    far.plug()
    (there,) = usblp.printers()
    check("it is listed", there.told == "EPSON TM-T20III", f"{there.told} at {there.path}")
    check("its lasting name", usblp.lasting(there, [there]) == PORT)
    # The waiting times are those of a machine that is emulated.
    wanted = options(
        "escpos", port=PORT, barrier_timeout_s=100, answer_timeout_s=60, status_every_s=10
    )
    printer = Served(
        "printer", lambda: ReceiptPrinter("printer", wanted, start=1, connect=connect(PORT))
    )
    up = printer.told(DeviceUp)
    check("it answers over USB", True, up.detail)
    printer.do(PrintSlip(ONE, slip(1)))
    printer.told(Printed, lambda event: event.job == ONE)
    check("a slip is printed whole", "Slip 1 line 2" in far.printer.receipts[-1].text)
    far.printer.paper("out")
    printer.told(PrinterChanged, lambda event: event.paper == "out")
    check("the end of the paper is told over USB", True)
    far.printer.paper("ok")
    printer.told(PrinterChanged, lambda event: event.paper == "ok")

    far.stops_after = 400
    printer.do(PrintSlip(CUT, slip(2, lines=400)))
    until("the middle of a slip", lambda: far.stops_after == 0)
    far.pull()
    cut = printer.told(SlipFailed, lambda event: event.job == CUT)
    check(
        "of a slip cut in the middle nobody says it was printed",
        cut.outcome in ("unknown", "partial") and cut.reason == "lost",
        cut,
    )
    check("and the printer is away", True, printer.told(DeviceDown).reason)
    # As most do: it has its power from the cable of its own, and forgets what it had not printed.
    far.printer.power_cut()
    far.printer.power_up()
    far.stops_after = None
    far.plug()
    printer.told(DeviceUp)
    printer.do(PrintSlip(LAST, slip(3)))
    printer.told(Printed, lambda event: event.job == LAST)
    check("it is back and prints", "Slip 3 line 2" in far.printer.receipts[-1].text)
    check("nothing of the cut slip is on it", "Slip 2" not in far.printer.receipts[-1].text)
    printed = [event.job for event in printer.since(0, Printed)]
    check("each slip was told once", printed == [ONE, LAST], printed)
    printer.stop()
    far.pull()


if __name__ == "__main__":
    main()
    end("paper")
