"""Devices under a kernel of Debian: plugged in, pulled out, and driven from outside the machine."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk.hardware.peers.ccnet import BillValidator, Timing
from kiosk.hardware.peers.line import TcpLine
from tests.appliance.conftest import _made
from tests.appliance.data import empty
from tests.appliance.emulator import Machine, overlay
from tests.appliance.vscard import OutsideReader
from tests.devices_vm.conftest import KEPT, Seen
from tests.devices_vm.machines import WITHOUT_KIOSK, Words, hand_in, run

pytestmark = [pytest.mark.appliance, pytest.mark.timeout(1800)]

OUTSIDE = "rauc.slot=A console=ttyS0 systemd.watchdog_sec=60"
"""As in the tests of the appliance; the watchdog is as patient as an emulated machine needs it."""
GADGETS = ("dummy_hcd", "libcomposite", "usb_f_hid", "usb_f_printer", "usblp")
SLOW = Timing(stacking_s=4.0, escrow_s=300.0, silence_s=300.0, inter_byte_s=30.0)
"""An acceptor that has patience with an emulated host."""
CARDS = (bytes.fromhex("04A1B2C3D4E5F6"), bytes.fromhex("04112233445566"))
SWIPES = (b";7700001?\r", b";7700002?\r")


@dataclass
class Guest:
    """The amd64 twin, and what stands outside of it."""

    machine: Machine
    stripe: TcpLine[Words]
    notes: TcpLine[BillValidator]
    reader: OutsideReader

    def plug(self, *names: str) -> None:
        """Put serial adapters in, one after the other, so that they are numbered in this order."""
        for name in names:
            self.machine.qmp.do(
                "device_add",
                **dict.fromkeys(("chardev", "serial"), name),
                driver="usb-serial",
                bus="usb.0",
                id=f"usb-{name}",
            )
            link = f"/dev/serial/by-id/usb-QEMU_QEMU_USB_SERIAL_{name}-if00-port0"
            self.machine.until(
                lambda link=link: self.machine.say(f"test -e {link}").code == 0, f"{name} is in"
            )

    def pull(self, *ids: str) -> None:
        """Pull USB devices out."""
        for name in ids:
            self.machine.qmp.do("device_del", id=name)

    def plug_reader(self) -> None:
        """Put the card reader in; its field is empty."""
        self.machine.qmp.do("device_add", driver="usb-ccid", bus="usb.0", id="ccid")
        self.machine.qmp.do(
            "device_add", driver="ccid-card-passthru", bus="ccid.0", chardev="reader", id="field"
        )
        self.reader.connect()


@pytest.fixture(scope="module")
def guest() -> Iterator[Guest]:
    folder = empty(KEPT / "amd64")
    with _made("amd64") as image, tempfile.TemporaryDirectory(prefix="foyer-") as sockets:
        arguments = (image / "slot.txt").read_text().partition("foyer_args=")[2].strip()
        stripe, notes = TcpLine(Words()), TcpLine(BillValidator(timing=SLOW))
        reader = OutsideReader(Path(sockets) / "reader")
        devices = ["-device", "i6300esb"]
        devices += ["-chardev", f"socket,id=reader,path={reader.path},server=on,wait=off"]
        for line, name in ((stripe, "STRIPE"), (notes, "NOTES")):
            line.start()
            at = line.port.rpartition(":")[2]
            devices += ["-chardev", f"socket,id={name},host=127.0.0.1,port={at},reconnect=1"]
        made = Machine(
            folder,
            "amd64",
            overlay(image / "disk.img", folder),
            kernel=image / "vmlinuz",
            initrd=image / "initrd",
            append=f"{arguments} {OUTSIDE}",
            devices=devices,
            drop_ins=WITHOUT_KIOSK,
        )
        try:
            made.start().hand()
            hand_in(made)
            made.run(f"modprobe -a {' '.join(GADGETS)}")
            yield Guest(made, stripe, notes, reader)
        finally:
            made.end()
            for line in (stripe, notes):
                line.stop()
            reader.close()


def test_readers_on_usb(guest: Guest, seen: Seen) -> None:
    """A keyboard wedge is grabbed and nothing leaks; reports of HID; both come back."""
    seen(run(guest.machine, "readers"))


def test_serial_lines_pulled_in_mid_read(guest: Guest, seen: Seen) -> None:
    """Half a swipe and a note on its way when the lines go; both back under other names."""
    swipes = iter(SWIPES)
    guest.plug("STRIPE", "NOTES")

    def pull() -> None:
        moves = ("STACKING", "STACKED")
        guest.machine.until(
            lambda: guest.notes.ask(lambda peer, _: peer.state.name in moves), "the note moves"
        )
        guest.pull("usb-STRIPE", "usb-NOTES")

    out = run(
        guest.machine,
        "lines",
        {
            "swipe": lambda: guest.stripe.ask(lambda peer, _: peer.say(next(swipes))),
            "half": lambda: guest.stripe.ask(lambda peer, _: peer.say(b"%HALF A SWI")),
            "note": lambda: guest.machine.until(
                lambda: "went in" in guest.notes.ask(lambda peer, now_s: peer.insert(500, now_s)),
                "the note goes in",
            ),
            "pull": pull,
            "back": lambda: guest.plug("NOTES", "STRIPE"),
        },
        user="kiosk",
    )
    seen(out)
    assert guest.notes.ask(lambda peer, _: list(peer.cassette)) == [500]
    guest.pull("usb-STRIPE", "usb-NOTES")


def test_a_card_reader_pulled_under_a_card(guest: Guest, seen: Seen) -> None:
    """The daemon goes on, the driver tells card and reader as gone, and both come back."""
    cards = iter(CARDS)
    guest.plug_reader()
    out = run(
        guest.machine,
        "contactless",
        {
            "tap": lambda: guest.reader.tap(next(cards)),
            "untap": guest.reader.untap,
            "pull": lambda: guest.pull("field", "ccid"),
            "back": guest.plug_reader,
        },
        user="kiosk",
    )
    seen(out)
    guest.pull("field", "ccid")


def test_a_printer_on_usb(guest: Guest, seen: Seen) -> None:
    """Slips over usblp; a cable pulled in the middle of one."""
    seen(run(guest.machine, "paper"))


def test_a_watchdog_that_resets(guest: Guest) -> None:
    """Last: the kernel falls over, nobody feeds the chip any more, and it resets the machine."""
    machine = guest.machine
    chip = "/sys/class/watchdog/watchdog0"
    assert machine.run(f"cat {chip}/identity {chip}/state").split() == [
        *("i6300ESB", "timer"),
        "active",
    ]
    boot = "cat /proc/sys/kernel/random/boot_id"
    before = machine.run(boot)
    # As it ships a panic restarts the machine by itself: here only the chip may do that.
    machine.run("sysctl -q kernel.panic=0 kernel.sysrq=1")
    machine.qmp.do("set-action", watchdog="reset")
    machine.run("(sleep 2; echo c >/proc/sysrq-trigger) >/dev/null 2>&1 &")

    def ran_out() -> bool:
        machine.qmp.do("query-status")  # events come with the answer
        return any(event["event"] == "WATCHDOG" for event in machine.qmp.events)

    def started_again() -> bool:
        try:
            return machine.run(boot, limit_s=1) != before
        except AssertionError:
            return False

    machine.until(ran_out, "the chip runs out")
    machine.qmp.do("set-action", watchdog="none")
    machine.until(started_again, "the machine starts again")
    assert "Kernel panic" in machine.console()
