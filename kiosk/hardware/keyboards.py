"""Keyboards that are plugged in, as the kernel lists them: none of them is opened for it.

Source: sysfs (Documentation/ABI/testing/sysfs-class-input is silent; drivers/input/input.c): below
``/sys/class/input/eventN/device`` stand ``name``, ``id/vendor``, ``id/product`` and
``capabilities/key``, a bitmap in words of the kernel's long, the highest first.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from pathlib import Path

SYS, DEV = Path("/sys/class/input"), Path("/dev/input")

_INTERFACE = re.compile(r"/\d+-[\d.]+:\d+\.(\d+)/")
_EVENT = re.compile(r"event\d+")
_WORD_BITS = 8 * struct.calcsize("l")
_TYPES = (2, 11, 28)
"""The keys 1, 0 and Enter: what a reader types with; a power button has none of them."""


@dataclass(frozen=True)
class Keyboard:
    """A keyboard, or what poses as one.

    Attributes:
        path: of its device file, ``/dev/input/eventN``; another one after it was plugged in anew.
        name: what it says of itself.
        vendor, product: its USB numbers, four hex digits.
        interface: the number of its USB interface; None where it is none of USB.
        lasting: its name in /dev/input/by-id, or empty.
    """

    path: str
    name: str
    vendor: str
    product: str
    interface: int | None
    lasting: str


def keyboards(sys: Path = SYS, dev: Path = DEV) -> tuple[Keyboard, ...]:
    """Every keyboard, by its number; what goes away meanwhile is left out."""
    found = []
    places = sorted(sys.iterdir()) if sys.is_dir() else []
    for place in places:
        if _EVENT.fullmatch(place.name):
            try:
                made = _keyboard(place, dev)
            except (OSError, ValueError):
                continue
            if made is not None:
                found.append(made)
    return tuple(found)


def _keyboard(place: Path, dev: Path) -> Keyboard | None:
    device = place / "device"
    if not _types(_read(device / "capabilities" / "key")):
        return None
    interfaces = _INTERFACE.findall(f"{device.resolve()}/")
    path = dev / place.name
    return Keyboard(
        str(path),
        _read(device / "name"),
        _read(device / "id" / "vendor").lower(),
        _read(device / "id" / "product").lower(),
        int(interfaces[-1]) if interfaces else None,
        _lasting(dev / "by-id", path),
    )


def _read(path: Path) -> str:
    return path.read_text("utf-8", "replace").strip()


def _types(bitmap: str) -> bool:
    bits = 0
    for word in bitmap.split():
        bits = bits << _WORD_BITS | int(word, 16)
    return all(bits >> code & 1 for code in _TYPES)


def _lasting(folder: Path, path: Path) -> str:
    links = sorted(folder.iterdir()) if folder.is_dir() else []
    return next((str(link) for link in links if link.resolve() == path.resolve()), "")
