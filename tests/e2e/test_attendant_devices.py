"""An attendant tries the devices: a real window, real lines, the printer's paper, the note back."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.machine import KIOSK, ROOT, Kiosk, until

pytestmark = pytest.mark.e2e

TECHNICIAN, PIN = "104", "482915"


def sign_in(kiosk: Kiosk) -> None:
    """The technician signs in by number and PIN, from the welcome screen."""
    kiosk.touch("access")
    kiosk.touch("staff")
    kiosk.see("SignInView")
    kiosk.touch(*(f"digit:{digit}" for digit in TECHNICIAN))
    kiosk.touch("field:pin", *(f"digit:{digit}" for digit in PIN), "next")
    kiosk.see("DeskView")


def with_a_pin(kiosk: Kiosk) -> Kiosk:
    """The kiosk, not yet started, with a PIN for the technician."""
    subprocess.run(
        [*KIOSK, "staff", "--config", str(kiosk.config), "pin", TECHNICIAN],
        cwd=ROOT,
        input=f"{PIN}\n",
        text=True,
        check=True,
        capture_output=True,
    )
    return kiosk


def test_a_test_page_a_note_without_booking_and_the_program_begins_anew(
    kiosk_on: Callable[..., Kiosk], tmp_path: Path
) -> None:
    kiosk = with_a_pin(kiosk_on(own_printer=True)).start()
    kiosk.ready()
    sign_in(kiosk)
    kiosk.touch("section:devices")
    kiosk.see("DeskView", lambda v: v.words.count("Ready") >= 5)
    kiosk.picture("devices")

    kiosk.touch("device:printer")
    kiosk.see("DeskView", lambda v: v.title == "Receipt printer")
    kiosk.touch("test_page")
    kiosk.see("DeskView", lambda v: "The test page is out." in v.words)
    kiosk.picture("test-page")
    slips = tmp_path / "slips"
    kiosk.bench("receipts", str(slips))
    told = (slips / "slip-001.txt").read_text()
    assert told.count("TEST · nothing was paid") == 2 and "АБВГДЕЁЖЗ" in told
    assert "Ä Ö Ü ä ö ü ß" in told and "Ą Ć" in told and "?" not in told.split("Cyrillic")[1]

    kiosk.touch("section:devices")
    kiosk.see("DeskView", lambda v: v.title == "Devices")
    kiosk.touch("device:acceptor")
    kiosk.see("DeskView", lambda v: v.title == "Note acceptor")
    kiosk.touch("try_note:acceptor")
    kiosk.see("DeskView", lambda v: "Put a note in" in v.words)
    kiosk.insert(500)
    kiosk.see("DeskView", lambda v: "recognised, and back" in v.words)
    kiosk.picture("note-tried")
    notes = kiosk.bench("notes")
    assert "returned: 500" in notes and "cassette: -" in notes
    kiosk.touch("back")
    kiosk.see("DeskView", lambda v: v.title == "Note acceptor")
    until(lambda: "ready" not in kiosk.view().words, "the acceptor takes nothing any more")

    kiosk.touch("section:devices")
    kiosk.touch("machine")
    kiosk.see("DeskView", lambda v: v.title == "Machine")
    kiosk.touch("volume:low")
    until(lambda: json.loads(kiosk.bench("lights"))["volume"] == "low", "the buzzer is softer")
    kiosk.touch("restart")
    process = kiosk.process
    kiosk.touch("yes")
    until(lambda: "the program begins anew" in kiosk.log(), kiosk.log)
    until(kiosk._answers, kiosk.log)
    kiosk.ready()
    assert kiosk.process == process
    assert json.loads(kiosk.bench("lights"))["volume"] == "low"
    kinds = [(e["kind"], e["actor"]) for e in kiosk.entries()]
    assert ("machine_maintained", "staff:104") in kinds and "note_held" not in dict(kinds)
    assert kinds.count(("started", "kiosk")) == 2
    kiosk.proven()
