"""The contacts of the cabinet under a whole kiosk: the power fails with a note inside."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import pytest

from tests.e2e.machine import KIOSK, ROOT, Kiosk, until

pytestmark = pytest.mark.e2e

CARD = "04A1B2C3D4E5F6"
MORE = """
[devices.cabinet]
driver = "contacts"
simulated = true
door = 25
"""


def test_the_power_fails_and_comes_back(kiosk_on: Callable[..., Kiosk]) -> None:
    kiosk = kiosk_on()
    with kiosk.config.open("a") as config:
        config.write(MORE)
    kiosk.start()
    kiosk.ready()
    kiosk.registered(CARD)
    kiosk.topping_up(CARD)
    kiosk.insert(500)
    kiosk.see("TopUpView", lambda v: [n["state"] for n in v.notes] == ["taken"])
    kiosk.bench("contact", "power", "amiss")
    told = kiosk.see("ProblemView")
    assert "The power has failed here" in told.words and "500" in told.words
    kiosk.picture("power-fails")
    kiosk.touch("continue")
    kiosk.bench("contact", "door", "amiss")
    until(lambda: "door_open" in _waiting(kiosk), "the open door is an alarm")
    assert {"power_fails", "blocked"} <= set(_waiting(kiosk))
    for name in ("power", "door"):
        kiosk.bench("contact", name, "well")
    until(lambda: not set(_waiting(kiosk)) & {"power_fails", "door_open", "blocked"}, "all is well")
    kiosk.topping_up(CARD)
    kiosk.insert(200)
    kiosk.see("TopUpView", lambda v: [n["state"] for n in v.notes] == ["taken"])
    befell = [e["refs"]["what"] for e in kiosk.entries() if e["kind"] == "machine_maintained"]
    assert sorted(befell) == ["door_opened", "door_shut", "power_back", "power_failed"]


def _waiting(kiosk: Kiosk) -> list[str]:
    ask = [*KIOSK, "health", "--config", str(kiosk.config), "--json"]
    told = json.loads(subprocess.run(ask, cwd=ROOT, stdout=subprocess.PIPE, check=False).stdout)
    return [word for _, _, word in told["waiting"]]
