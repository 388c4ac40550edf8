"""Stripe readers that send what they read over a serial line, as text.

The line is never recorded, and nothing that was swiped stands in an error or a repr.
"""

from __future__ import annotations

from collections.abc import Callable

from kiosk.core.ids import DeviceId
from kiosk.hardware.bursts import Bursts
from kiosk.hardware.codes import as_stripe
from kiosk.hardware.device import Options
from kiosk.hardware.line_reader import LineReader
from kiosk.hardware.tracks import BURST_MAX_CHARS
from kiosk.hardware.transport import Transport


class StripeReader(LineReader):
    """One reader. Options: ``gap_ms``, ``line_ends_swipe`` (see default.toml).

    A burst is what comes without a gap of ``gap_ms``. A swipe ends with its line or its burst;
    within one burst the same swipe is told once.
    """

    def __init__(
        self,
        device: DeviceId,
        options: Options,
        *,
        start: int,
        connect: Callable[[], Transport],
    ) -> None:
        bursts = Bursts(
            as_stripe(device),
            gap_s=int(options["gap_ms"]) / 1000,
            ends="\r\n" if options["line_ends_swipe"] else "",
            most=BURST_MAX_CHARS,
        )
        super().__init__(connect, bursts)
