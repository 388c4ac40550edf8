"""USB readers that are HID devices without being keyboards, through hidapi and the kernel's hidraw.

Nobody else gets what they read: only the kiosk's user may open them. What their reports say is
`hid_reports`. Not verified on a device: all of it; and a kernel needs a real or emulated gadget to
have one at all.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

import hidraw

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import CardRefused, Effect, Event, Role, Signal
from kiosk.hardware.codes import CODE_MAX_CHARS, as_code, as_stripe
from kiosk.hardware.device import POLL_MAX_S, Options
from kiosk.hardware.hid_reports import (
    LAYOUTS,
    REPORT_MAX_BYTES,
    BadReport,
    code_part,
    swipe_text,
)
from kiosk.hardware.transport import Transport

log = logging.getLogger(__name__)

USAGE_PAGES = {"magtek": (0xFF00,), "idtech": (0xFF00,), "scanner": (0x8C,)}
"""Of the part of a device that sends the reports of a layout: ID TECH's is an assumption."""
PART_S = 1.0
"""So long after a part of a code the next one is waited for; a scanner sends them in one go."""

_NUMBERS = re.compile(r"([0-9a-f]{4}):([0-9a-f]{4})(?::(.+))?", re.IGNORECASE)

Listed = Mapping[str, Any]
"""A device as hidapi lists it: path, vendor_id, product_id, serial_number, usage_page, …"""


class Hid(Protocol):
    """A device that is open."""

    def read(self, timeout_s: float) -> bytes:
        """One report; empty after `timeout_s` without any.

        Raises:
            OSError: it was unplugged.
        """

    def close(self) -> None:
        """Let go of it; never raises."""


class Hidraw:
    """A device of the kernel.

    Raises:
        DeviceError: it cannot be opened.
    """

    def __init__(self, path: bytes) -> None:
        self._device = hidraw.device()
        try:
            self._device.open_path(path)
        except OSError as error:
            told = f"{path.decode()} cannot be opened; do the rules for udev let the kiosk's user?"
            raise DeviceError(told, "denied") from error

    def read(self, timeout_s: float) -> bytes:
        """See `Hid`."""
        # A time-out of nothing would wait for ever.
        return bytes(self._device.read(REPORT_MAX_BYTES, max(1, int(timeout_s * 1000))))

    def close(self) -> None:
        """See `Hid`."""
        self._device.close()


def plugged(vendor: int = 0, product: int = 0) -> Sequence[Listed]:
    """The HID devices that are plugged in, those with these numbers or all; none is opened."""
    return list(hidraw.enumerate(vendor, product))


def path_of(
    device: str, layout: str, there: Callable[[int, int], Sequence[Listed]] = plugged
) -> bytes:
    """The device file that the option `device` means now.

    Args:
        device: USB numbers, and a serial number where there are several.
        layout: which of its parts is wanted, where it has several.
        there: lists the devices with these numbers.

    Raises:
        DeviceError: none fits, or more than one does.
    """
    numbers = _NUMBERS.fullmatch(device)
    if numbers is None:
        raise DeviceError(
            f'device "{device}" is not VVVV:PPPP or VVVV:PPPP:SERIAL (see lsusb)', "settings"
        )
    vendor, product, serial = numbers.groups()
    listed = [
        found
        for found in there(int(vendor, 16), int(product, 16))
        if serial is None or found.get("serial_number") == serial
    ]
    fitting = {f["path"] for f in listed if f.get("usage_page") in USAGE_PAGES[layout]}
    if not listed:
        raise DeviceError(f"no reader {device} is plugged in", "not_found")
    if not fitting:
        raise DeviceError(
            f"{device} is plugged in and sends no reports of this kind; "
            "is it set to be a keyboard?",
            "settings",
        )
    if len(fitting) > 1:
        told = f"{len(fitting)} readers {device} are plugged in; add a serial number"
        raise DeviceError(told, "several")
    return bytes(fitting.pop())


class HidReader:
    """One reader. Options: ``device``, ``layout``, ``prefix``, ``suffix`` (see default.toml).

    Args:
        there: lists devices, see `path_of`.
        opens: opens one by its path.

    Raises:
        ConfigError: an option has no meaning.
    """

    role: ClassVar[Role] = "reader"

    def __init__(
        self,
        device: DeviceId,
        options: Options,
        *,
        start: int,
        connect: Callable[[], Transport],
        there: Callable[[int, int], Sequence[Listed]] = plugged,
        opens: Callable[[bytes], Hid] = Hidraw,
    ) -> None:
        layout = next((known for known in LAYOUTS if known == options["layout"]), None)
        if layout is None:
            told = f"{options['layout']!r} is none of {', '.join(LAYOUTS)}; write one of them"
            raise ConfigError([f"[devices.{device}] layout: {told}"])
        self._device = device
        self._wanted = str(options["device"])
        self._layout = layout
        self._there = there
        self._opens = opens
        self._hid: Hid | None = None
        self._swipe = as_stripe(device)
        self._code = as_code(device, str(options["prefix"]), str(options["suffix"]))
        self._forget()

    def open(self) -> str:
        """Find the reader and open it. What it is called is in no report."""
        self._hid = self._opens(path_of(self._wanted, self._layout, self._there))
        return ""

    def poll(self, timeout_s: float) -> Sequence[Event]:
        """Take what was read."""
        if self._hid is None:
            raise DeviceError("the reader is not open")
        wait_s = min(timeout_s, POLL_MAX_S)
        try:
            report = self._hid.read(wait_s)
        except OSError as error:
            raise DeviceError("the reader was unplugged", "unplugged") from error
        if not report:
            return self._silent(wait_s)
        try:
            if self._layout == "scanner":
                return self._scanned(report)
            return [self._swipe(swipe_text(self._layout, report))]
        except BadReport as error:
            log.warning("%s: a report was not understood: %s", self._device, error)
            self._forget()
            return [self._unreadable()]

    def perform(self, effect: Effect) -> None:
        """A reader has nothing to do."""
        raise DeviceError(f"a reader cannot do {type(effect).__name__}")

    def close(self) -> None:
        """Let go of the reader and forget what was half read."""
        hid, self._hid = self._hid, None
        self._forget()
        if hid is not None:
            hid.close()

    def _forget(self) -> None:
        self._parts = bytearray()
        self._left_s = 0.0

    def _scanned(self, report: bytes) -> list[Event]:
        part = code_part(report)
        if part is None:
            return []
        # Of a code that is too long no more is kept than shows that it is.
        self._parts += part.data[: CODE_MAX_CHARS + 1 - len(self._parts)]
        if part.more:
            self._left_s = PART_S
            return []
        text = self._parts.decode("latin-1")
        self._forget()
        return [self._code(text)]

    def _silent(self, waited_s: float) -> list[Event]:
        """Time is counted by what was waited for nothing."""
        if not self._left_s:
            return []
        self._left_s -= waited_s
        if self._left_s > 0:
            return []
        self._forget()
        return [self._unreadable()]

    def _unreadable(self) -> CardRefused:
        signal: Signal = "barcode" if self._layout == "scanner" else "magnetic"
        return CardRefused(self._device, signal, "unreadable")
