"""A gpiochip whose legs are driven and seen from outside the machine."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.appliance.conftest import _made
from tests.appliance.data import empty
from tests.appliance.emulator import Machine, overlay
from tests.devices_vm import pins
from tests.devices_vm.conftest import KEPT, Seen
from tests.devices_vm.machines import WITHOUT_KIOSK, Qtest, hand_in, run

pytestmark = [pytest.mark.appliance, pytest.mark.timeout(1800)]

REVISION = "c03115"
"""A Raspberry Pi 4."""


@pytest.fixture(scope="module")
def board() -> Iterator[tuple[Machine, Qtest]]:
    """The image of a Pi on the emulator's board, and the legs of its gpiochip."""
    folder = empty(KEPT / "arm64")
    with _made("arm64") as image, tempfile.TemporaryDirectory(prefix="foyer-") as sockets:
        legs = Path(sockets) / "legs"
        made = Machine(
            folder,
            "arm64",
            overlay(image / "disk.img", folder),
            # With firmware and ACPI the board has no gpiochip.
            devices=(
                *("-machine", "acpi=off"),
                *("-qtest", f"unix:{legs},server=on,wait=off", "-qtest-log", "none"),
            ),
            drop_ins=WITHOUT_KIOSK,
        )
        try:
            made.start().hand()
            hand_in(made)
            # gpiozero asks which Pi it is on; its pins and their numbers are those of any.
            made.run(
                f"sed '$a Revision\\t: {REVISION}' /proc/cpuinfo >/run/cpuinfo"
                " && mount --bind /run/cpuinfo /proc/cpuinfo"
            )
            with closing(Qtest(legs, made)) as seen:
                yield made, seen
        finally:
            made.end()


def test_pins_driven_from_outside(board: tuple[Machine, Qtest], seen: Seen) -> None:
    """Patterns of light and tones are seen on the legs; trains of pulses are counted exactly."""
    machine, legs = board
    legs.drive(pins.COIN, True)
    colours = {pins.RED: "red", pins.GREEN: "green", pins.BLUE: "blue"}
    begun = 0

    def high(line: int) -> bool:
        levels = [level for _, at, level in legs.outputs if at == line]
        return bool(levels) and levels[-1]

    def raised(line: int) -> int:
        return sum(at == line and level for _, at, level in legs.outputs[begun:])

    def glows(*names: str, blinks: bool) -> None:
        nonlocal begun
        wanted = [line for line, name in colours.items() if name in names]
        others = [line for line in colours if line not in wanted]
        machine.until(
            lambda: (
                all(raised(line) > blinks for line in wanted)
                if blinks
                else [line for line in colours if high(line)] == wanted
            ),
            f"{names} on the legs",
        )
        assert not any(raised(line) for line in others), legs.outputs
        begun = len(legs.outputs)

    def train(pulses: int, width_s: float = 0.09, pause_s: float = 0.11) -> None:
        for _ in range(pulses):
            legs.drive(pins.COIN, False)
            time.sleep(width_s)
            legs.drive(pins.COIN, True)
            time.sleep(pause_s)

    hands = {f"train-{pulses}": lambda pulses=pulses: train(pulses) for pulses in pins.TRAINS}
    seen(
        run(
            machine,
            "pins",
            hands
            | {
                "see-ready": lambda: glows("green", blinks=False),
                "see-money": lambda: glows("green", "blue", blinks=True),
                "see-out_of_order": lambda: glows("red", blinks=True),
                "see-off": lambda: glows(blinks=False),
                "hear": lambda: machine.until(lambda: raised(pins.BUZZER) == 3, "three tones"),
                "see-shut": lambda: machine.until(lambda: not high(pins.INHIBIT), "shut"),
                "see-open": lambda: machine.until(lambda: high(pins.INHIBIT), "open"),
                "glitches": lambda: train(5, 0.002, 0.05),
            },
            user="kiosk",
        )
    )
