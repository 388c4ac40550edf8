"""A simulated scanner of bar codes and QR codes on a serial line: it sends what it is shown.

Source: docs/devices.md, Scanners; ISO/IEC 15424 for the identifier of the kind of code. It does not
model a trigger, a code that is read twice, settings by programming codes, nor its light and beeper.
"""

from __future__ import annotations

from typing import Final

CODE_MAX_CHARS: Final = 2953
"""What a QR code of version 40 holds, in bytes."""
QR_CODE: Final = "]Q1"
"""The identifier of a QR code: model 2, without extended channels."""


class Scanner:
    """The device.

    Args:
        prefix: what it sends before a code.
        suffix: what it sends behind a code, before the end.
        identifies: it sends which kind of code it was, between prefix and code.
        end: what ends a code.
    """

    def __init__(
        self, *, prefix: str = "", suffix: str = "", identifies: bool = False, end: str = "\r"
    ) -> None:
        self._before = prefix + (QR_CODE if identifies else "")
        self._behind = suffix + end
        self._out = b""

    def feed(self, data: bytes, now_s: float) -> bytes:
        """In this mode it takes no commands."""
        return b""

    def tick(self, now_s: float) -> bytes:
        """What was scanned since the last time."""
        out, self._out = self._out, b""
        return out

    def scan(self, code: str) -> None:
        """Show it a code.

        Raises:
            ValueError: no code says this.
        """
        if not code or len(code.encode()) > CODE_MAX_CHARS:
            raise ValueError(f"a code holds 1 to {CODE_MAX_CHARS} bytes, not {len(code.encode())}")
        self._out += f"{self._before}{code}{self._behind}".encode()
