"""What was run of the devices' tests in the emulator, when and how it ended.

It is kept in docs/benchmarks/devices_vm.json; the page beside it is made from that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from tests.appliance.record import ROOT, Run

RECORD = ROOT / "docs/benchmarks/devices_vm.json"
PAGE = RECORD.with_suffix(".md")
MADE_OF = ("kiosk/hardware", "tests/devices_vm", "image/packages.txt")
"""What a result rests on, beside Debian."""

CASES: Mapping[str, str] = {
    "test_readers_on_usb": "a keyboard wedge grabbed, nothing leaks past it; readers and scanners "
    "by HID reports (`dummy_hcd`, `usb_f_hid`; evdev, hidraw)",
    "test_serial_lines_pulled_in_mid_read": "a stripe reader in mid-swipe and a note acceptor in "
    "mid-stacking pulled, back under other names (`ftdi_sio`)",
    "test_a_card_reader_pulled_under_a_card": "a card reader pulled under a card (`usb-ccid`; "
    "pcscd, libccid)",
    "test_a_printer_on_usb": "a receipt printer, its cable pulled in the middle of a slip "
    "(`usb_f_printer`; usblp)",
    "test_a_watchdog_that_resets": "a kernel that fell over is reset by the watchdog that systemd "
    "fed (`i6300esb`)",
    "test_pins_driven_from_outside": "pulse trains and lights on a gpiochip whose legs are driven "
    "and seen from outside (PL061, arm64; gpiozero, lgpio)",
}


def read(path: Path = RECORD) -> dict[str, Run]:
    """The last run of each case that ever ran."""
    if not path.exists():
        return {}
    return {case: Run(**run) for case, run in json.loads(path.read_text())["cases"].items()}


def write(runs: Mapping[str, Run], path: Path = RECORD) -> None:
    """Keep them, and make the page anew."""
    cases = {case: asdict(runs[case]) for case in CASES if case in runs}
    path.write_text(json.dumps({"cases": cases}, indent=1) + "\n")
    path.with_suffix(".md").write_text(page(runs))


def page(runs: Mapping[str, Run]) -> str:
    """The record as a page."""
    lines = [
        "# Devices under a kernel of Debian",
        "",
        "Made by `make devices-vm` from `devices_vm.json`; not to be edited. The image as it ships",
        "boots in the emulator, without KVM, and its drivers run in it under their worker: in the",
        "amd64 twin, the pins on arm64. What stands outside, and what is seen: `tests/devices_vm`.",
        "",
        "| what | last run (UTC) | result | seen | took, s |",
        "| --- | --- | --- | ---: | ---: |",
    ]
    for case, what in CASES.items():
        run = runs.get(case)
        seen = run.figures.get("seen", "") if run else ""
        told = (
            f"{run.at} | {run.result} | {seen} | {run.seconds:.0f}" if run else "never | - | - | -"
        )
        lines.append(f"| {what} | {told} |")
    lines += [
        "",
        "Seen: the lines `ok` that the guest printed. The first and the last case have a boot",
        "in them.",
    ]
    return "\n".join([*lines, ""])
