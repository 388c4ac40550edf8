"""The serial lines of this machine and its printers on USB, by the names that last."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from serial.tools import list_ports

from kiosk.hardware import usblp

LASTING = (Path("/dev/serial/by-id"), Path("/dev/serial/by-path"))
"""Where udev keeps names that a line has again after it was plugged in anew, the best first."""


class Found(Protocol):
    """A serial line as the operating system lists it."""

    device: str
    description: str


def serial_lines(
    lines: Callable[[], Iterable[Found]] = list_ports.comports,
    lasting: Iterable[Path] = LASTING,
) -> list[tuple[str, str]]:
    """Every serial line: the name that it has again next time, and what is at its end.

    Lines that are built in and at whose end nothing says what it is have an empty description.
    """
    names = _lasting(lasting)
    return sorted(
        (names.get(Path(line.device).resolve(), line.device), _told(line)) for line in lines()
    )


def ports() -> list[tuple[str, str]]:
    """Every `port` that a device of this machine may have: serial lines, then printers on USB."""
    there = usblp.printers()
    return serial_lines() + sorted((usblp.lasting(p, there), p.told) for p in there)


def _told(line: Found) -> str:
    return "" if line.description in ("n/a", Path(line.device).name) else line.description


def _lasting(folders: Iterable[Path]) -> dict[Path, str]:
    """The best lasting name of each device."""
    names: dict[Path, str] = {}
    for folder in folders:
        for link in sorted(folder.iterdir()) if folder.is_dir() else ():
            names.setdefault(link.resolve(), str(link))
    return names
