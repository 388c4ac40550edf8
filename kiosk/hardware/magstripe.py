"""Stripe readers that send what they read over a serial line, as text.

The line is never recorded, and nothing that was swiped stands in an error or a repr.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from kiosk.core.errors import DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import CardPresented, CardRefused, Effect, Event, Role
from kiosk.hardware.device import POLL_MAX_S, Options
from kiosk.hardware.tracks import BURST_MAX_CHARS, Swipe, read_swipe
from kiosk.hardware.transport import Transport

_LINE_ENDS = "\r\n"
_READ_BYTES = 1024


class StripeReader:
    """One reader. Options: ``gap_ms``, ``line_ends_swipe`` (see default.toml).

    A burst is what comes without a gap of ``gap_ms``. A swipe ends with its line or its burst;
    within one burst the same swipe is told once. The reader says nothing of itself, so that one
    without power looks like one that nobody uses; only a lost line is noticed.
    """

    role: ClassVar[Role] = "reader"

    _text: str
    _told: list[Event]
    _quiet_left_s: float

    def __init__(
        self,
        device: DeviceId,
        options: Options,
        *,
        start: int,
        connect: Callable[[], Transport],
    ) -> None:
        self._device = device
        self._connect = connect
        self._gap_s = int(options["gap_ms"]) / 1000
        self._line_ends_swipe = bool(options["line_ends_swipe"])
        self._line: Transport | None = None
        self._end_of_burst()

    def open(self) -> str:
        """Open the line. Such a reader takes no commands and cannot be greeted."""
        self._line = self._connect()
        return ""

    def poll(self, timeout_s: float) -> Sequence[Event]:
        """Take what was swiped."""
        if self._line is None:
            raise DeviceError("the line is not open")
        wait_s = min(timeout_s, POLL_MAX_S, self._quiet_left_s)
        data = self._line.read(_READ_BYTES, wait_s)
        if data:
            # Bytes over 127 are noise: they stay one character each and no track has them.
            self._text += data.decode("latin-1")
            self._quiet_left_s = self._gap_s
            return self._told_once(self._whole_lines())
        # Time is counted by what was waited for nothing, so that it is the transport's time.
        self._quiet_left_s -= wait_s
        if self._quiet_left_s > 0:
            return []
        events = self._told_once([self._text])
        self._end_of_burst()
        return events

    def perform(self, effect: Effect) -> None:
        """A reader has nothing to do."""
        raise DeviceError(f"a reader cannot do {type(effect).__name__}")

    def close(self) -> None:
        """Close the line and forget what was half read."""
        line, self._line = self._line, None
        self._end_of_burst()
        if line is not None:
            line.close()

    def _end_of_burst(self) -> None:
        self._text = ""
        self._told = []
        self._quiet_left_s = self._gap_s

    def _whole_lines(self) -> list[str]:
        if not self._line_ends_swipe:
            # Its noise is remembered as too long, not kept.
            self._text = self._text[: BURST_MAX_CHARS + 1]
            return []
        *lines, self._text = self._text.replace("\n", "\r").split("\r")
        self._text = self._text[: BURST_MAX_CHARS + 1]
        return lines

    def _told_once(self, swipes: list[str]) -> list[Event]:
        events: list[Event] = []
        for text in swipes:
            if text.strip(_LINE_ENDS):
                event = self._event(text)
                if event not in self._told:
                    self._told.append(event)
                    events.append(event)
        return events

    def _event(self, text: str) -> Event:
        swipe = "unreadable" if len(text) > BURST_MAX_CHARS else read_swipe(text)
        if isinstance(swipe, Swipe):
            return CardPresented(self._device, "magnetic", swipe.raw)
        return CardRefused(self._device, "magnetic", swipe)
