"""An attendant by touches: the staff card, the shift, a refund to a client, signing out."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from tests.e2e.machine import KIOSK, ROOT, Kiosk

pytestmark = pytest.mark.e2e

ADMINISTRATOR, PIN = "102", "482915"
STAFF_CARD = ";9900000102?"
CARD = "04A1B2C3D4E581"


def press(kiosk: Kiosk, *buttons: str) -> None:
    """Touch buttons, each once it is on the screen."""
    for button in buttons:
        kiosk.touch(button)


def digits(text: str) -> list[str]:
    return [f"digit:{digit}" for digit in text]


def test_C9_C10_a_refund_at_the_desk_from_the_staff_card_to_the_slip(
    kiosk_on: Callable[..., Kiosk],
) -> None:
    kiosk = kiosk_on()
    command = [*KIOSK, "staff", "--config", str(kiosk.config), "pin", ADMINISTRATOR]
    subprocess.run(command, cwd=ROOT, input=f"{PIN}\n", text=True, check=True, capture_output=True)
    kiosk.start().ready()
    kiosk.registered(CARD)
    kiosk.topping_up(CARD)
    kiosk.insert(500)
    kiosk.see("TopUpView", lambda v: "500" in v.words and v.done is not None)

    # A staff card in the middle of a top-up: the guest's money is settled first.
    kiosk.bench("swipe", STAFF_CARD)
    kiosk.see("SignInView", lambda v: "Your card was read" in v.words)
    assert kiosk.wallet(CARD) == "500.00"
    press(kiosk, *digits(PIN), "next")
    kiosk.see("DeskView", lambda v: v.title == "Today")
    kiosk.picture("desk-today")

    press(kiosk, "section:cash")
    kiosk.see("DeskView", lambda v: v.title == "Cash")
    press(kiosk, "open:open_shift")
    kiosk.see("DeskView", lambda v: v.title == "Open the shift")
    kiosk.picture("desk-open-shift")
    press(kiosk, "choose:how=sum", *digits("1000"), "open_shift")
    kiosk.see("DeskView", lambda v: "Shift 1" in v.words)

    press(kiosk, "section:clients")
    kiosk.see("DeskView", lambda v: v.title == "Clients")
    kiosk.bench("untap")
    kiosk.bench("tap", CARD)
    kiosk.see("DeskView", lambda v: "500.00" in v.words)
    kiosk.picture("desk-client")
    press(kiosk, "change:game")
    kiosk.see("DeskView", lambda v: "Change the game balance" in v.words)
    press(kiosk, "choose:reason=refund", "field:amount", *digits("300"))
    kiosk.picture("desk-refund")
    press(kiosk, "next", "confirm")
    kiosk.see("DeskView", lambda v: "500.00\u00a0₽ → 200.00\u00a0₽" in v.frame["notice"])
    assert kiosk.wallet(CARD) == "200.00"

    press(kiosk, "lock")
    kiosk.see("WelcomeView")
    kinds = [(e["kind"], e["actor"]) for e in kiosk.entries()]
    assert ("balance_changed", "staff:102") in kinds
    assert kinds[-1][0] == "staff_signed_out"
