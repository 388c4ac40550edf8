"""CCNET on the wire as the simulated validator sees it: frames, check sums, states, bill table.

Source: docs/devices.md, CCNET.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Final

SYNC: Final = 0x02
ADDRESS: Final = 0x03
LENGTH_MIN, LENGTH_MAX = 6, 250
TYPES: Final = 24

POLL: Final = 0x33
ACK: Final = b"\x00"
NAK: Final = b"\xff"
ILLEGAL: Final = b"\x30"


class State(IntEnum):
    """What the device answers to POLL."""

    POWER_UP = 0x10
    POWER_UP_IN_VALIDATOR = 0x11
    POWER_UP_IN_STACKER = 0x12
    INITIALIZE = 0x13
    IDLING = 0x14
    ACCEPTING = 0x15
    STACKING = 0x17
    RETURNING = 0x18
    DISABLED = 0x19
    HOLDING = 0x1A
    BUSY = 0x1B
    REJECTING = 0x1C
    CASSETTE_FULL = 0x41
    CASSETTE_OUT = 0x42
    VALIDATOR_JAMMED = 0x43
    CASSETTE_JAMMED = 0x44
    CHEATED = 0x45
    PAUSED = 0x46
    FAILED = 0x47
    ESCROW = 0x80
    STACKED = 0x81
    RETURNED = 0x82


def crc(data: bytes) -> int:
    """CRC-16/KERMIT: polynomial 0x1021 reflected, start 0; over a whole frame it is 0."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x8408 if value & 1 else 0)
    return value


def frame(body: bytes) -> bytes:
    """A frame of the validator with this command or answer and data."""
    head = bytes((SYNC, ADDRESS, len(body) + 5)) + body
    return head + crc(head).to_bytes(2, "little")


def bill_table(faces: Mapping[int, int], country: str) -> bytes:
    """The answer to BILL TABLE: 24 × (value, three letters of the country, power of ten)."""
    table = b""
    for kind in range(TYPES):
        value, power = faces.get(kind, 0), 0
        while value and value % 10 == 0:
            value, power = value // 10, power + 1
        table += (
            bytes((value,)) + (country.encode("ascii") if value else bytes(3)) + bytes((power,))
        )
    return table


class Framer:
    """Cuts what arrives into frames, whatever their address and check sum.

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
            if len(self._buffer) < 3:
                return
            length = self._buffer[2]
            if not LENGTH_MIN <= length <= LENGTH_MAX:
                del self._buffer[0]
                continue
            if len(self._buffer) < length:
                return
            found = bytes(self._buffer[:length])
            del self._buffer[:length]
            yield found
