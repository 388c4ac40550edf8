"""The emulator's control line: QMP, one JSON object a line over a Unix socket."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ANSWER_S = 120.0
"""A guard: an emulator that is busy drawing takes seconds to answer."""

AXIS_MAX = 0x7FFF
"""QMP counts an absolute axis from 0 to this, whatever the screen's size."""


class QmpError(RuntimeError):
    """The emulator refused a command; its own words."""


class Qmp:
    """A connection to a running emulator; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._line = socket.socket(socket.AF_UNIX)
        self._line.settimeout(ANSWER_S)
        self._line.connect(str(path))
        self._lines = self._line.makefile("rw", encoding="utf-8")
        self._lock = threading.Lock()
        self.events: list[dict[str, Any]] = []
        """What it told unasked, oldest first."""
        self._lines.readline()
        self.do("qmp_capabilities")

    def do(self, command: str, **arguments: object) -> Any:
        """Carry out a command; what it returns.

        Raises:
            QmpError: it was refused.
            OSError: the emulator is gone.
        """
        with self._lock:
            self._lines.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
            self._lines.flush()
            while line := self._lines.readline():
                told = json.loads(line)
                if "event" in told:
                    self.events.append(told)
                elif "error" in told:
                    raise QmpError(f"{command}: {told['error']['desc']}")
                else:
                    return told["return"]
        raise ConnectionResetError(f"the emulator ended before it answered {command}")

    def input(self, *events: tuple[str, Mapping[str, object]]) -> None:
        """Send events of one moment to the guest's input devices: (type, data) each."""
        self.do("input-send-event", events=[{"type": kind, "data": data} for kind, data in events])

    def move(self, at: tuple[float, float], size: Sequence[int]) -> None:
        """Put the finger over a point, in pixels of a screen of this size."""
        x, y = (round(part * AXIS_MAX / length) for part, length in zip(at, size, strict=True))
        self.input(("abs", {"axis": "x", "value": x}), ("abs", {"axis": "y", "value": y}))

    def press(self, down: bool) -> None:
        """Lay the finger on the glass, or lift it."""
        self.input(("btn", {"down": down, "button": "left"}))

    def close(self) -> None:
        """Leave the emulator alone; never raises."""
        with contextlib.suppress(OSError):
            self._lines.close()
        self._line.close()
