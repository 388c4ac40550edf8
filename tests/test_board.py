"""What the board tells of itself, by trees of files as kernels show them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from kiosk import board
from kiosk.board import Board


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


ZONE = "class/thermal/thermal_zone0"
EMMC = "bus/mmc/devices/mmc0:0001"


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, Board()),
        (
            # A Raspberry Pi 4 with Raspberry Pi OS: an SD card tells nothing of its wear.
            {
                f"{ZONE}/type": "cpu-thermal\n",
                f"{ZONE}/temp": "54321\n",
                board.THROTTLED: "0\n",
                "class/hwmon/hwmon1/name": "rpi_volt\n",
                "class/hwmon/hwmon1/in0_lcrit_alarm": "0\n",
                "bus/mmc/devices/mmc0:aaaa/type": "SD\n",
            },
            Board(54, False, False, False, False),
        ),
        ({board.THROTTLED: "50005\n"}, Board(None, True, True, True, True)),
        ({board.THROTTLED: "50000\n"}, Board(None, False, False, True, True)),
        ({board.THROTTLED: "80008\n"}, Board(None, False, True, False, True)),
        (
            # Its driver asks every two seconds, and the firmware forgets by that.
            {
                board.THROTTLED: "0\n",
                "class/hwmon/hwmon0/name": "cpu_thermal\n",
                "class/hwmon/hwmon1/name": "rpi_volt\n",
                "class/hwmon/hwmon1/in0_lcrit_alarm": "1\n",
            },
            Board(None, True, False, False, False),
        ),
        (
            {
                "class/hwmon/hwmon1/name": "rpi_volt\n",
                "class/hwmon/hwmon1/in0_lcrit_alarm": "1\n",
            },
            Board(undervoltage=True),
        ),
        (
            # A PC whose first zone is not the processor's.
            {
                f"{ZONE}/type": "acpitz\n",
                f"{ZONE}/temp": "27800\n",
                "class/thermal/thermal_zone2/type": "x86_pkg_temp\n",
                "class/thermal/thermal_zone2/temp": "61000\n",
            },
            Board(61),
        ),
        ({f"{ZONE}/type": "acpitz\n", f"{ZONE}/temp": "-5000\n"}, Board(-5)),
        (
            {f"{EMMC}/life_time": "0x02 0x04\n", f"{EMMC}/pre_eol_info": "0x01\n"},
            Board(worn_percent=40, spare_low=False),
        ),
        (
            {f"{EMMC}/life_time": "0x0b 0x01\n", f"{EMMC}/pre_eol_info": "0x02\n"},
            Board(worn_percent=110, spare_low=True),
        ),
        # 0 is "not defined".
        ({f"{EMMC}/life_time": "0x00 0x00\n", f"{EMMC}/pre_eol_info": "0x00\n"}, Board()),
    ],
)
def test_the_board_tells_what_its_kernel_shows(
    tmp_path: Path, files: dict[str, str], told: Board
) -> None:
    assert board.read(tree(tmp_path, files)) == told


def test_files_that_say_anything_else_say_nothing(tmp_path: Path) -> None:
    names = (
        f"{ZONE}/temp",
        board.THROTTLED,
        f"{EMMC}/life_time",
        f"{EMMC}/pre_eol_info",
        "class/hwmon/hwmon1/name",
    )
    tree(tmp_path, dict.fromkeys(names, ""))
    dice = random.Random(9)
    for _ in range(500):
        for name in names:
            (tmp_path / name).write_bytes(dice.randbytes(dice.randrange(12)))
        board.read(tmp_path)
    for name in names:
        (tmp_path / name).write_text("many")
    assert board.read(tmp_path) == Board()


def test_of_two_the_one_that_is_worn_most(tmp_path: Path) -> None:
    other = EMMC.replace("mmc0", "mmc1")
    files = {f"{EMMC}/life_time": "0x01 0x01\n", f"{other}/life_time": "0x09 0x03\n"}
    assert board.read(tree(tmp_path, files)) == Board(worn_percent=90)
