"""A pretended keyboard of the kernel: the far side of `kiosk.hardware.wedge.Keys`, in memory.

It stands in for the part that needs a kernel with uinput, and is no device: what grabbing does is
seen on a real kernel only.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence

from kiosk.core.errors import DeviceError

SHIFT = 42
Key = tuple[int, int]

# The keys of a US keyboard as a reader presses them: written anew, not taken from the driver.
_ROWS = {
    2: "1!2@3#4$5%6^7&8*9(0)-_=+",
    16: "qQwWeErRtTyYuUiIoOpP[{]}",
    30: "aAsSdDfFgGhHjJkKlL;:'\"`~",
    43: "\\|zZxXcCvVbBnNmM,<.>/?",
}
US: dict[str, tuple[int, bool]] = {
    sign: (first + place // 2, bool(place % 2))
    for first, row in _ROWS.items()
    for place, sign in enumerate(row)
} | {" ": (57, False), "\r": (28, False), "\t": (15, False)}


def keys_of(text: str) -> list[Key]:
    """What a reader with a US layout presses and lets go of to type a text."""
    keys: list[Key] = []
    for sign in text:
        code, shifted = US[sign]
        pressed = [(code, 1), (code, 0)]
        keys += [(SHIFT, 1), *pressed, (SHIFT, 0)] if shifted else pressed
    return keys


class Keyboard:
    """A keyboard that one may hold; `lose` makes the kernel's queue overflow once."""

    path = "/dev/input/by-id/usb-A_Reader-event-kbd"

    def __init__(self, *, at_once: int = 64) -> None:
        self.plugged = True
        self.held = 0
        self.opened: list[str] = []
        self.waited_s = 0.0
        self._at_once = at_once
        self._waiting: list[Key] = []
        self._lost = False

    def grab(self, path: str) -> Keyboard:
        self.opened.append(path)
        if not self.plugged:
            raise DeviceError(f"keyboard {path}: there is none")
        assert not self.held, "it is grabbed once"
        self.held += 1
        self._waiting.clear()
        return self

    def types(self, text: str) -> None:
        self.presses(keys_of(text))

    def presses(self, keys: Sequence[Key]) -> None:
        self._waiting += keys

    def lose(self) -> None:
        self._lost = True

    def unplug(self) -> None:
        self.plugged = False

    def plug(self) -> None:
        self.plugged = True

    def read(self, timeout_s: float) -> Sequence[Key] | None:
        if not self.plugged:
            raise OSError(errno.ENODEV, "No such device")
        if self._lost:
            self._lost = False
            return None
        keys, self._waiting = self._waiting[: self._at_once], self._waiting[self._at_once :]
        if not keys:
            self.waited_s += timeout_s
        return keys

    def close(self) -> None:
        self.held -= 1
