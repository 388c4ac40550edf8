"""The devices of a machine, at the far end of the emulator's wires: reader, acceptor, printer.

The machine has their drivers and its own kernel's; the acceptor and the card are the project's
simulated ones, the printer is the independent one. They keep their state when the machine loses
its power; an acceptor's own power is cut with it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kiosk.hardware.peers.ccnet import BillValidator, Timing
from kiosk.hardware.peers.line import TcpLine
from tests.appliance.emulator import Machine
from tests.appliance.vscard import OutsideReader
from tests.e2e.machine import Emupos

# The serial adapters are named by the emulator; a machine names their lines by it.
BY_ID = "/dev/serial/by-id/usb-QEMU_QEMU_USB_SERIAL_{}-if00-port0"

DEVICES = f"""
[devices.reader]
driver = "pcsc"

[devices.acceptor]
driver = "ccnet"
port = "{BY_ID.format("ACCEPTOR")}"
answer_ms = 1500
silence_ms = 30000

[devices.printer]
driver = "escpos"
port = "{BY_ID.format("PRINTER")}"
baud = 115200
barrier_timeout_s = 180
answer_timeout_s = 60
status_every_s = 30
"""
"""The waiting times are those of a machine that is emulated."""

_SLOW = Timing(stacking_s=4.0, escrow_s=120.0, silence_s=90.0, inter_byte_s=30.0)
"""An acceptor that has as much patience with its host."""


@dataclass
class Outside:
    """All three."""

    reader: OutsideReader
    acceptor: TcpLine[BillValidator]
    printer: Emupos

    def words(self) -> list[str]:
        """What the emulator is started with."""
        ports = {
            "ACCEPTOR": self.acceptor.port.rpartition(":")[2],
            "PRINTER": str(self.printer.port),
        }
        words = self.reader.words()
        for name, port in ports.items():
            wire = f"socket,id={name},host=127.0.0.1,port={port},reconnect=1"
            words += ["-chardev", wire]
            words += ["-device", f"usb-serial,bus=usb.0,chardev={name},serial={name}"]
        return words

    def note(self, machine: Machine, face: int) -> None:
        """Offer a note until it is taken in, as a guest does."""

        def went_in() -> bool:
            told = self.acceptor.ask(lambda peer, now_s: peer.insert(face, now_s))
            return "went in" in told

        machine.until(went_in, f"a note of {face} went in")

    @property
    def cassette(self) -> list[int]:
        """The notes in its cassette, in the order in which they came."""
        return self.acceptor.ask(lambda peer, now_s: list(peer.cassette))

    def power_cut(self, machine: Machine) -> None:
        """The power of everything in the kiosk's case fails."""
        self.acceptor.ask(lambda peer, now_s: peer.power_cut(now_s))
        machine.kill()
        self.reader.close()

    def power_back(self, machine: Machine) -> None:
        """And comes back."""
        self.acceptor.ask(lambda peer, now_s: peer.power_up(now_s))
        machine.start()
        self.reader.connect()


@contextlib.contextmanager
def outside(folder: Path, sockets: Path) -> Iterator[Outside]:
    """Devices that nobody is connected with yet.

    Args:
        folder: for what the printer prints.
        sockets: a folder with a short path.
    """
    acceptor = TcpLine(BillValidator(timing=_SLOW))
    acceptor.start()
    printer = Emupos(folder)
    made = Outside(OutsideReader(sockets / "reader"), acceptor, printer)
    try:
        yield made
    finally:
        made.reader.close()
        acceptor.stop()
        printer.stop()
