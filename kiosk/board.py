"""What the board tells of itself: heat, power, and how far its flash is used up.

All of it are files of the kernel's below /sys. What a board does not tell is None: an SD card has
no word for its wear.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SYS: Final = Path("/sys")
CPU_ZONES: Final = ("cpu-thermal", "x86_pkg_temp")
"""The thermal zones that are the processor's; without one of them the first zone is taken."""
THROTTLED: Final = "devices/platform/soc/soc:firmware/get_throttled"
"""Of Raspberry Pi OS' kernel: bit 0 is undervoltage, bits 1 to 3 are reasons to go slower; 16 to 19
are the same since it started, or since somebody asked last."""
LIFE_PERCENT: Final = 10
"""A step of an eMMC's estimate of its life (JESD84-B51, EXT_CSD 268, 269); 11 is beyond it."""
LIFE_STEPS: Final = 11
SPARE_NORMAL: Final = 1
"""PRE_EOL_INFO (EXT_CSD 267): 1 normal, 2 four fifths of the spare blocks are used, 3 urgent."""


@dataclass(frozen=True)
class Board:
    """How the board is; None: it does not tell.

    Attributes:
        celsius: the processor's temperature.
        undervoltage: the power supply is too weak now.
        throttled: the processor is slowed down now.
        was_weak, was_slow: it was so before.
        worn_percent: so much of the life that its maker promises is used up, of the flash that is
            worn most; more than 100: beyond it.
        spare_low: that flash runs out of spare blocks.
    """

    celsius: int | None = None
    undervoltage: bool | None = None
    throttled: bool | None = None
    was_weak: bool | None = None
    was_slow: bool | None = None
    worn_percent: int | None = None
    spare_low: bool | None = None


def read(sys: Path = SYS) -> Board:
    """How the board is now, by the files below `sys`; never raises."""
    bits = _number(_line(sys / THROTTLED), 16)
    weak = _sensor(sys) if bits is None else bool(bits & 1) or bool(_sensor(sys))
    worn, spare_low = _flash(sys)
    return Board(
        celsius(sys),
        weak,
        None if bits is None else bool(bits & 0b1110),
        None if bits is None else bool(bits >> 16 & 1),
        None if bits is None else bool(bits >> 16 & 0b1110),
        worn,
        spare_low,
    )


def celsius(sys: Path = SYS) -> int | None:
    """The processor's temperature."""
    zones = sorted((sys / "class/thermal").glob("thermal_zone*"))
    own = [zone for zone in zones if _line(zone / "type") in CPU_ZONES]
    for zone in (*own, *zones):
        millis = _number(_line(zone / "temp"), 10)
        if millis is not None:
            return round(millis / 1000)
    return None


def _sensor(sys: Path) -> bool | None:
    """Of the driver ``raspberrypi-hwmon``, which Debian's kernel has, too: undervoltage alone."""
    for sensor in (sys / "class/hwmon").glob("*"):
        if _line(sensor / "name") == "rpi_volt":
            return _line(sensor / "in0_lcrit_alarm") == "1"
    return None


def _flash(sys: Path) -> tuple[int | None, bool | None]:
    """The wear of the eMMC that is worn most; only those that tell count."""
    worn, low = [], []
    for card in (sys / "bus/mmc/devices").glob("*"):
        steps = [_number(word, 16) for word in _line(card / "life_time").split()]
        worn += [LIFE_PERCENT * step for step in steps if step and step <= LIFE_STEPS]
        spare = _number(_line(card / "pre_eol_info"), 16)
        low += [spare > SPARE_NORMAL] if spare else []
    return max(worn, default=None), any(low) if low else None


def _number(text: str, base: int) -> int | None:
    with suppress(ValueError):
        return int(text, base)
    return None


def _line(path: Path) -> str:
    # A sensor that cannot be read now (EAGAIN, ENODATA) says nothing, and so do bytes that are no
    # text.
    try:
        return path.read_text("ascii", "replace").strip()
    except OSError:
        return ""
