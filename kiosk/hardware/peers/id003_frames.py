"""ID-003 on the wire as the simulated acceptor sees it: frames, check sums, states, denominations.

Source: docs/devices.md, ID-003.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Final

SYNC: Final = 0xFC
LENGTH_MIN, LENGTH_MAX = 5, 255

STATUS: Final = 0x11
ACK: Final = 0x50
INVALID: Final = 0x4B

ESCROW_CODE: Final = 0x60
"""Denomination 1 is told as 61h in escrow and in the table of denominations, and so on."""
DENOMINATIONS: Final = 8


RUSSIAN_FACES: Final[Mapping[int, int]] = {
    1: 10,
    2: 50,
    3: 100,
    4: 200,
    5: 500,
    6: 1000,
    7: 2000,
    8: 5000,
}
"""Denomination → face value."""

RUSSIA: Final = 0x27
"""The maker's number of the country."""

SETTINGS: Final[Mapping[int, bytes]] = {
    0xC0: b"\x00\x00",  # denominations that are switched off
    0xC1: b"\x00\x00",  # security
    0xC2: b"\x00",  # communication mode: polled
    0xC3: b"\x01",  # inhibited
    0xC4: b"\x00",  # directions that are switched off
    0xC5: b"\x00\x00",  # optional functions
}
"""Command of a setting → its data after power-up; an answer of the device repeats it."""


class State(IntEnum):
    """What the device answers to STATUS REQUEST."""

    IDLING = 0x11
    ACCEPTING = 0x12
    ESCROW = 0x13
    STACKING = 0x14
    VEND_VALID = 0x15
    STACKED = 0x16
    REJECTING = 0x17
    RETURNING = 0x18
    HOLDING = 0x19
    DISABLED = 0x1A
    INITIALIZE = 0x1B
    POWER_UP = 0x40
    POWER_UP_IN_ACCEPTOR = 0x41
    POWER_UP_IN_STACKER = 0x42
    STACKER_FULL = 0x43
    STACKER_OPEN = 0x44
    ACCEPTOR_JAMMED = 0x45
    STACKER_JAMMED = 0x46
    PAUSED = 0x47
    CHEATED = 0x48
    FAILED = 0x49


def crc(data: bytes) -> int:
    """CRC-16/KERMIT: polynomial 0x1021 reflected, start 0; over a whole frame it is 0."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x8408 if value & 1 else 0)
    return value


def frame(body: bytes) -> bytes:
    """A frame with this command or answer and its data."""
    head = bytes((SYNC, len(body) + 4)) + body
    return head + crc(head).to_bytes(2, "little")


def denominations(faces: Mapping[int, int], country: int) -> bytes:
    """The answer to the request for denominations, four bytes for each of them.

    They are the code in escrow, the maker's number of the country, a value and a power of ten. A
    face of 0 is not in use: its other three bytes are 0.
    """
    table = b""
    for kind in range(1, DENOMINATIONS + 1):
        value, power = faces.get(kind, 0), 0
        while value and value % 10 == 0:
            value, power = value // 10, power + 1
        used = (country, value, power) if value else (0, 0, 0)
        table += bytes((ESCROW_CODE + kind, *used))
    return table


class Framer:
    """Cuts what arrives into frames, whatever their check sum.

    Args:
        inter_byte_s: a pause of more seconds than this ends a frame that is not complete.
    """

    def __init__(self, inter_byte_s: float) -> None:
        self.inter_byte_s = inter_byte_s
        self._buffer = bytearray()
        self._last_s = 0.0

    def forget(self) -> None:
        """Drop the beginning of a frame."""
        self._buffer.clear()

    def frames(self, data: bytes, now_s: float) -> Iterator[bytes]:
        """The frames that these bytes complete."""
        if now_s - self._last_s > self.inter_byte_s:
            self._buffer.clear()
        self._buffer += data
        self._last_s = now_s
        while self._buffer:
            if self._buffer[0] != SYNC:
                del self._buffer[0]
                continue
            if len(self._buffer) < 2:
                return
            length = self._buffer[1]
            if length < LENGTH_MIN:
                del self._buffer[0]
                continue
            if len(self._buffer) < length:
                return
            found = bytes(self._buffer[:length])
            del self._buffer[:length]
            yield found
