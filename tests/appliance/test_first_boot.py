"""The first start of a card as it was flashed: larger than the image, with nothing on it yet."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.appliance.emulator import Machine, overlay
from tests.appliance.frames import difference, fitted

pytestmark = [pytest.mark.appliance, pytest.mark.timeout(3600)]

CARD_BYTES = 8 << 30
SCREEN = (800, 480)


@pytest.fixture
def flashed(arm64: Path, kept: Path) -> Iterator[Machine]:
    """A card of 8 GB with the image on it, in a machine that nobody has switched on yet."""
    card = overlay(arm64 / "disk.img", kept)
    subprocess.run(["qemu-img", "resize", card, str(CARD_BYTES)], check=True, capture_output=True)
    machine = Machine(kept, "arm64", card, screen=SCREEN)
    try:
        yield machine
    finally:
        machine.end()


def test_a_flashed_card_is_taken_whole_and_the_assistant_opens(
    flashed: Machine, arm64: Path
) -> None:
    flashed.start()
    flashed.hand()
    flashed.until(lambda: flashed.active("kiosk.service"), "READY", every_s=1.0)
    size = int(flashed.run("df --output=size -B1 /data").split()[-1])
    assert size > CARD_BYTES // 2, "the file system has grown with its partition"
    # Data that went away and came again would have taken the kiosk's start with it.
    assert "Unmounting data.mount" not in flashed.journal()
    splash = fitted(arm64 / "tree/usr/local/share/foyer/splash.png", SCREEN)
    flashed.until(lambda: difference(splash, flashed.screendump()) > 10, "a page of the assistant")
    flashed.picture("assistant")
    assert flashed.run("systemctl --failed --no-legend --plain") == ""
    assert flashed.say("test -e /etc/foyer/kiosk.toml").code != 0, "nothing is made unasked"
