"""A card is made genuine at the desk, proves itself, and a copy of its number is refused."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from tests.e2e.machine import KIOSK, ROOT, Kiosk

pytestmark = pytest.mark.e2e

OWNER, PIN = "106", "482915"
UID, OTHER_UID = "04A1B2C3D4E5F6", "0411223344AA55"


def with_keys(kiosk: Kiosk) -> Kiosk:
    """The kiosk, not yet started, with keys for cards, a reader that checks, a PIN of the owner."""
    text = kiosk.config.read_text()
    kiosk.config.write_text(text.replace('"pcsc"\n', '"pcsc"\ngenuine = "ntag424"\n', 1))
    kiosk.command("keys", "cards")
    subprocess.run(
        [*KIOSK, "staff", "--config", str(kiosk.config), "pin", OWNER],
        cwd=ROOT,
        input=f"{PIN}\n",
        text=True,
        check=True,
        capture_output=True,
    )
    return kiosk


def test_a_card_is_made_genuine_and_a_copy_of_it_is_refused(
    kiosk_on: Callable[..., Kiosk],
) -> None:
    kiosk = with_keys(kiosk_on()).start()
    kiosk.ready()
    kiosk.touch("access")
    kiosk.touch("staff")
    kiosk.see("SignInView")
    kiosk.touch(*(f"digit:{digit}" for digit in OWNER))
    kiosk.touch("field:pin", *(f"digit:{digit}" for digit in PIN), "next")
    kiosk.see("DeskView")
    kiosk.touch("section:devices")
    kiosk.see("DeskView", lambda v: v.title == "Devices")
    kiosk.touch("device:reader")
    kiosk.see("DeskView", lambda v: v.title == "Contactless reader")
    kiosk.touch("make_genuine")
    kiosk.see("DeskView", lambda v: v.title == "Make cards genuine")
    kiosk.bench("tap", "ntag424", UID)
    kiosk.see("DeskView", lambda v: "genuine now" in v.words)
    kiosk.picture("made-genuine")
    kiosk.bench("untap")
    kiosk.touch("back")
    kiosk.see("DeskView", lambda v: v.title == "Contactless reader")
    kiosk.touch("lock")
    kiosk.ready()

    kiosk.bench("tap", "ntag424", UID)
    kiosk.see("QuestionView", lambda v: "not known here" in v.words)
    kiosk.bench("untap")
    # Another card between: the same number within a second is the same tap.
    kiosk.bench("tap", OTHER_UID)
    kiosk.bench("untap")
    kiosk.bench("tap", UID)
    kiosk.see("ProblemView", lambda v: "This card cannot be used. Ask staff." in v.words)
    kiosk.picture("copy-refused")
    kiosk.bench("untap")
    kinds = [(entry["kind"], entry["actor"]) for entry in kiosk.entries()]
    assert ("card_made_genuine", f"staff:{OWNER}") in kinds
    assert ("card_proven", "kiosk") in kinds and ("trust_struck", "kiosk") in kinds
    key = (kiosk.store / "cards.keys").read_text().split()[-1]
    assert len(key) == 32 and key not in kiosk.log() and UID not in kiosk.log()
    kiosk.proven()
