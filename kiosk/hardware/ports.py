"""The serial lines of this machine and its printers on USB, by the names that last.

``/dev/ttyUSB0`` is another adapter's after some have been plugged in anew. udev's names below
/dev/serial last; so does what `path_of` looks up each time that a line is opened.

Source: pyserial, `serial.tools.list_ports`; systemd, rules.d/60-serial.rules.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

from serial.tools import list_ports

from kiosk.core.errors import DeviceError
from kiosk.hardware import usblp

LASTING = (Path("/dev/serial/by-id"), Path("/dev/serial/by-path"))
"""Where udev keeps names that a line has again after it was plugged in anew, the best first."""

NAMED = "serial:"
FORM = (
    "serial:NUMBER (its USB serial number), serial:VVVV:PPPP, serial:VVVV:PPPP:NUMBER "
    "or serial:1-1.2 (the socket)"
)

_NUMBERS = re.compile(r"([0-9a-f]{4}):([0-9a-f]{4})(?::(\S+))?", re.IGNORECASE)
_SOCKET = re.compile(r"\d+-\d+(?:\.\d+)*(?::\d+\.\d+)?")
_SERIAL = re.compile(r"[^\s:/]+")


class Found(Protocol):
    """A serial line as the operating system lists it.

    Of an adapter on USB it has `vid`, `pid`, `serial_number` and `location` as well.
    """

    device: str
    description: str


def serial_lines(
    lines: Callable[[], Iterable[Found]] = list_ports.comports,
    lasting: Iterable[Path] = LASTING,
) -> list[tuple[str, str]]:
    """Every serial line: the name that it has again next time, and what is at its end.

    Lines that are built in and at whose end nothing says what it is have an empty description.
    """
    there = list(lines())
    names = _names(there, lasting)
    return sorted((names[line.device], _told(line)) for line in there)


def ports() -> list[tuple[str, str]]:
    """Every `port` that a device of this machine may have: serial lines, then printers on USB."""
    there = usblp.printers()
    return serial_lines() + sorted((usblp.lasting(p, there), p.told) for p in there)


def is_named(port: str) -> bool:
    """Whether a `port` is one of `FORM`.

    Raises:
        ValueError: it begins like one, and has no such form.
    """
    if not port.startswith(NAMED):
        return False
    name = port.removeprefix(NAMED)
    if not any(form.fullmatch(name) for form in (_NUMBERS, _SOCKET, _SERIAL)):
        raise ValueError(f'port "{port}" has not the form {FORM}')
    return True


def path_of(
    port: str,
    lines: Callable[[], Iterable[Found]] = list_ports.comports,
    lasting: Iterable[Path] = LASTING,
) -> str:
    """The device file that a `port` of the form `FORM` means now.

    Raises:
        DeviceError: no line fits, or more than one does.
    """
    name, there = port.removeprefix(NAMED), list(lines())
    fitting = [line for line in there if _fits(name, line)]
    if len(fitting) == 1:
        return fitting[0].device
    names = _names(there, lasting)
    seen = ", ".join(sorted(names[line.device] for line in fitting or there))
    if not fitting:
        others = f"; plugged in: {seen}" if seen else ""
        told = f"serial line {name}: there is none; check the cable{others}"
        raise DeviceError(told, "not_found")
    told = f"serial line {name}: there are {len(fitting)}; write which: {seen}"
    raise DeviceError(told, "several")


def _fits(name: str, line: Found) -> bool:
    of: Any = line
    if numbers := _NUMBERS.fullmatch(name):
        vendor, product, serial = numbers.groups()
        wanted = (int(vendor, 16), int(product, 16))
        same = (getattr(of, "vid", None), getattr(of, "pid", None)) == wanted
        return same and serial in (None, getattr(of, "serial_number", None))
    # A socket is digits and a hyphen, and so may a serial number be.
    place = getattr(of, "location", None) or ""
    return name in (getattr(of, "serial_number", None), place, place.partition(":")[0])


def _told(line: Found) -> str:
    return "" if line.description in ("n/a", Path(line.device).name) else line.description


def _names(lines: list[Found], folders: Iterable[Path]) -> dict[str, str]:
    """The best lasting name of each line, by its device file."""
    links = [
        (folder.name, link.resolve(), str(link))
        for folder in folders
        for link in (sorted(folder.iterdir()) if folder.is_dir() else ())
    ]
    alike = Counter(_kind(line) for line in lines)
    made = {}
    for line in lines:
        # Of adapters without a serial number the name by-id is the last one's that came.
        nameless = _kind(line)[-1] is None and alike[_kind(line)] > 1
        path = Path(line.device).resolve()
        fitting = [
            link
            for folder, device, link in links
            if device == path and not (nameless and folder == "by-id")
        ]
        made[line.device] = fitting[0] if fitting else line.device
    return made


def _kind(line: Found) -> tuple[object, object, object]:
    vendor, product = getattr(line, "vid", None), getattr(line, "pid", None)
    # What is not on USB is like no other.
    serial = getattr(line, "serial_number", None)
    return (vendor, product, serial) if vendor is not None else (line.device, None, "")
