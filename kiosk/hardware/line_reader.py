"""A reader on a serial line that sends text and takes no commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from kiosk.core.errors import DeviceError
from kiosk.core.messages import Effect, Event, Role
from kiosk.hardware.bursts import Bursts
from kiosk.hardware.device import POLL_MAX_S
from kiosk.hardware.transport import Transport

_READ_BYTES = 1024


class LineReader:
    """One such reader.

    It says nothing of itself, so that one without power looks like one that nobody uses; only a
    lost line is noticed.
    """

    role: ClassVar[Role] = "reader"

    def __init__(self, connect: Callable[[], Transport], bursts: Bursts) -> None:
        self._connect = connect
        self._bursts = bursts
        self._line: Transport | None = None

    def open(self) -> str:
        """Open the line. Such a reader takes no commands and cannot be greeted."""
        self._line = self._connect()
        return ""

    def poll(self, timeout_s: float) -> Sequence[Event]:
        """Take what was read."""
        if self._line is None:
            raise DeviceError("the line is not open")
        wait_s = min(timeout_s, POLL_MAX_S, self._bursts.left_s)
        data = self._line.read(_READ_BYTES, wait_s)
        if data:
            # Bytes over 127 are noise: they stay one character each, and no card has them.
            return self._bursts.heard(data.decode("latin-1"))
        return self._bursts.silent(wait_s)

    def perform(self, effect: Effect) -> None:
        """A reader has nothing to do."""
        raise DeviceError(f"a reader cannot do {type(effect).__name__}")

    def close(self) -> None:
        """Close the line and forget what was half read."""
        line, self._line = self._line, None
        self._bursts.forget()
        if line is not None:
            line.close()
