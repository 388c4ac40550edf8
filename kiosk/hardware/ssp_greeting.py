"""What an SSP validator is asked at the beginning of a connection, and what it has counted."""

from __future__ import annotations

import logging
from pathlib import Path

from kiosk.core.errors import DeviceError
from kiosk.hardware import essp
from kiosk.hardware import ssp_frames as frames
from kiosk.hardware.ssp_link import Link

log = logging.getLogger(__name__)

PROTOCOLS = (6, 5, 4)
"""Tried in this order. From 6 on each channel has its own currency; later ones add nothing here."""


def key(path: str) -> int:
    """The fixed half of the key, from a file with its 16 hexadecimal digits.

    Args:
        path: of the file; empty for the one with which devices are delivered.

    Raises:
        DeviceError: it cannot be read, or holds something else.
    """
    if not path:
        return essp.DEFAULT_KEY
    try:
        words = Path(path).read_text("ascii").split()
        if len(words) != 1 or len(words[0]) != 16:
            raise ValueError
        return int(words[0], 16)
    except OSError as error:
        raise DeviceError(f"key_file {path}: {error.strerror}", "settings") from error
    except ValueError:
        # Nothing of what stands in it: it may be the key, mistyped.
        raise DeviceError(f"key_file {path}: not 16 hexadecimal digits", "settings") from None


def choose_protocol(link: Link) -> None:
    """Agree on the events that it tells; where it takes none of ours it keeps its own."""
    for version in PROTOCOLS:
        if link.ask(bytes([frames.HOST_PROTOCOL_VERSION, version]))[0] == frames.OK:
            return


def model(link: Link) -> str:
    """Its firmware and its serial number, as far as it says them."""
    firmware = requested(link, frames.GET_FIRMWARE_VERSION) or b""
    serial = requested(link, frames.GET_SERIAL_NUMBER)
    name = firmware.decode("ascii", "replace").strip("\x00 ")
    return f"{name} {int.from_bytes(serial, 'big') if serial else ''}".strip()


def channels(link: Link) -> frames.Setup | None:
    """Its channels; None when it does not say them in its present state.

    Raises:
        DeviceError: it is no note validator.
    """
    data = requested(link, frames.SETUP_REQUEST)
    if data is None:
        return None
    try:
        told = frames.setup(data)
    except frames.BadFrame as bad:
        raise DeviceError(f"the note acceptor: {bad}") from bad
    if told.unit != frames.VALIDATOR:
        raise DeviceError(f"a unit of type {told.unit:02X}h, not a note validator", "other")
    return told


def counted(link: Link) -> frames.Counters | None:
    """What it has counted in its life; None where it does not count."""
    data = requested(link, frames.GET_COUNTERS)
    try:
        return frames.counters(data) if data is not None else None
    except frames.BadFrame as bad:
        log.info("ssp: %s", bad)
        return None


def requested(link: Link, command: int) -> bytes | None:
    """What it says to a command, behind OK; None when it refuses it."""
    answer = link.ask(bytes([command]))
    return answer[1:] if answer[0] == frames.OK else None
