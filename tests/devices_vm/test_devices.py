"""Devices under a kernel of Debian: plugged in, pulled out, and driven from outside the machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.appliance.conftest import _made
from tests.appliance.data import empty
from tests.appliance.emulator import Machine, overlay
from tests.appliance.record import ROOT
from tests.devices_vm.machines import WITHOUT_KIOSK, hand_in, run

pytestmark = [pytest.mark.appliance, pytest.mark.timeout(1800)]

KEPT = ROOT / "build/devices_vm"
OUTSIDE = "rauc.slot=A console=ttyS0 systemd.watchdog_sec=180"
"""As in the tests of the appliance."""
GADGETS = ("dummy_hcd", "libcomposite", "usb_f_hid", "usb_f_acm", "usb_f_printer", "usblp")


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """The amd64 twin, with a kernel that can be a USB device of its own."""
    folder = empty(KEPT / "amd64")
    with _made("amd64") as image:
        arguments = (image / "slot.txt").read_text().partition("foyer_args=")[2].strip()
        made = Machine(
            folder,
            "amd64",
            overlay(image / "disk.img", folder),
            kernel=image / "vmlinuz",
            initrd=image / "initrd",
            append=f"{arguments} {OUTSIDE}",
            devices=("-device", "i6300esb"),
            drop_ins=WITHOUT_KIOSK,
        )
        try:
            made.start().hand()
            hand_in(made)
            made.run(f"modprobe -a {' '.join(GADGETS)}")
            yield made
        finally:
            made.end()


def test_readers_on_usb(machine: Machine) -> None:
    """A keyboard wedge is grabbed and nothing leaks; reports of HID; both come back."""
    run(machine, "readers")
