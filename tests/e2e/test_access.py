"""A guest who does not touch: a keypad through a real window, switches and a headset on pins."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.machine import Kiosk, until

pytestmark = pytest.mark.e2e

CARD = "04A1B2C3D4E5F6"
MORE = """
[access]
keypad = true

[devices.switches]
driver = "switches"
simulated = true
back = 13
headset = 19

[devices.voice]
driver = "espeak"
simulated = true
"""


def press(kiosk: Kiosk, *keys: str) -> None:
    """Keys of the X server's own keyboard."""
    environ = {**os.environ, "DISPLAY": kiosk.display.name}
    subprocess.run(["xdotool", "key", "--delay", "60", *keys], env=environ, check=True)


def said(kiosk: Kiosk) -> Any:
    return json.loads(kiosk.bench("said"))


def test_E41_registered_by_keypad_topped_up_by_switches_and_heard(
    kiosk_on: Callable[..., Kiosk],
) -> None:
    kiosk = kiosk_on()
    with kiosk.config.open("a") as config:
        config.write(MORE)
    kiosk.start()
    kiosk.ready()
    # Nobody manages windows here: keys go to the one under the pointer.
    environ = {**os.environ, "DISPLAY": kiosk.display.name}
    subprocess.run(["xdotool", "mousemove", "3", "200"], env=environ, check=True)
    kiosk.bench("tap", CARD)
    kiosk.see("QuestionView", lambda v: "not known here" in v.words)
    press(kiosk, "Tab", "Return")
    kiosk.see("QuestionView", lambda v: v.headline == "Before you begin")
    press(kiosk, "Return")
    kiosk.see("QuestionView", lambda v: "phone number?" in v.headline)
    press(kiosk, "Return")
    kiosk.see("KeypadView", lambda v: v.consent is not None)
    press(kiosk, *"9162041234")
    kiosk.see("KeypadView", lambda v: not v.missing)
    kiosk.picture("ring")
    press(kiosk, "Escape")
    kiosk.see("QuestionView", lambda v: "phone number?" in v.headline)
    press(kiosk, "Left", "Return")
    kiosk.see("NameView")
    press(kiosk, *"zina", "BackSpace")
    kiosk.see("NameView", lambda v: v.shown == "Zin")
    press(kiosk, "Return")
    kiosk.see("DoneView")

    kiosk.bench("switch", "headset", "in")
    heard = until(lambda: said(kiosk)["words"] and said(kiosk), "the headset is spoken to")
    assert heard["language"] == "en" and "Your card is ready" in heard["words"]
    kiosk.bench("switch", "back")
    kiosk.see("WelcomeView")
    kiosk.tapped(CARD)
    until(lambda: "Balance" in said(kiosk)["words"], "the balance is read out")
    kiosk.bench("switch", "next")
    until(lambda: said(kiosk)["words"] == ["Top up"], "the button in the ring is said")
    kiosk.bench("switch", "press")
    kiosk.see("TopUpView")
    kiosk.insert(500)
    kiosk.see("TopUpView", lambda v: [n["state"] for n in v.notes] == ["taken"])
    until(lambda: "500 roubles" in " ".join(said(kiosk)["words"]), "the note is told")
    kiosk.bench("switch", "headset", "out")
    until(lambda: said(kiosk)["words"] == [], "nothing is said any more")
