"""The frames of ID-003: their bytes, their check, the denominations. Nothing of the dialogue.

Source: docs/devices.md, "ID-003".
"""

from __future__ import annotations

from dataclasses import dataclass

SYNC = 0xFC
FRAME_MIN_BYTES = 5
FRAME_MAX_BYTES = 255

ACK = b"\x50"
INVALID = b"\x4b"
"""The acceptor does not know a command, or not in its present state."""
ENQUIRY = b"\x05"
"""The acceptor asks to be polled; it does so in the modes that are not used here."""

STATUS = 0x11
RESET = 0x40
STACK_1 = 0x41
RETURN = 0x43
VERSION = 0x88
DENOMINATIONS = 0x8A
SET_ENABLED = 0xC0
SET_MODE = 0xC2
SET_INHIBIT = 0xC3

FIRST_ESCROW = 0x61
"""The code of the first denomination, whose bit is the lowest of the first byte."""
TYPES = 16
RECORD_BYTES = 4
EXPONENT_MAX = 9


class BadFrame(ValueError):
    """These bytes are no frame: a wrong length or a wrong check."""


def crc(data: bytes) -> int:
    """CRC-16/KERMIT: polynomial 1021h reflected, first value 0."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0x8408 if value & 1 else value >> 1
    return value


def frame(body: bytes) -> bytes:
    """The frame that carries `body`: a command and its data, or an answer.

    Raises:
        ValueError: nothing to carry, or too much.
    """
    length = len(body) + 4
    if not FRAME_MIN_BYTES <= length <= FRAME_MAX_BYTES:
        raise ValueError(f"a frame carries 1 to {FRAME_MAX_BYTES - 4} bytes, not {len(body)}")
    told = bytes([SYNC, length]) + body
    return told + crc(told).to_bytes(2, "little")


@dataclass(frozen=True)
class Frame:
    """One frame out of a stream: what it carries, the bytes behind it."""

    body: bytes
    rest: bytes


def take(stream: bytes) -> Frame | None:
    """The first frame in a stream; noise before it is passed over.

    Returns:
        The frame, or None while it is not there whole.

    Raises:
        BadFrame: what begins like a frame is none.
    """
    start = stream.find(SYNC)
    if start < 0 or len(stream) < start + 2:
        return None
    stream = stream[start:]
    length = stream[1]
    if length < FRAME_MIN_BYTES:
        raise BadFrame(f"a frame of {length} bytes")
    if len(stream) < length:
        return None
    if crc(stream[:length]):
        raise BadFrame(f"wrong check in {stream[:length].hex(' ')}")
    return Frame(stream[2 : length - 2], stream[length:])


@dataclass(frozen=True)
class Denomination:
    """One record of the denominations: ``digits x 10^exponent`` major units of a country."""

    country: int
    digits: int
    exponent: int

    @property
    def face(self) -> int:
        """The value in major units."""
        return int(self.digits * 10**self.exponent)


def denominations(data: bytes) -> dict[int, Denomination]:
    """The denominations in use, by their escrow codes (61h and up).

    Args:
        data: what stands behind the 8Ah of the answer.

    Raises:
        BadFrame: it is no row of records of 4 bytes, or a record is impossible.
    """
    if len(data) % RECORD_BYTES:
        raise BadFrame(f"denominations in {len(data)} bytes")
    found: dict[int, Denomination] = {}
    for at in range(0, len(data), RECORD_BYTES):
        code, country, digits, exponent = data[at : at + RECORD_BYTES]
        if not digits:
            continue
        if code not in range(FIRST_ESCROW, FIRST_ESCROW + TYPES) or exponent > EXPONENT_MAX:
            raise BadFrame(f"denomination {data[at : at + RECORD_BYTES].hex(' ')}")
        found[code] = Denomination(country, digits, exponent)
    return found


def disable_bits(enabled: set[int]) -> bytes:
    """The two bytes that let in the notes of these escrow codes: a set bit keeps one out."""
    kept_out = (1 << TYPES) - 1
    for code in enabled:
        kept_out &= ~(1 << code - FIRST_ESCROW)
    return kept_out.to_bytes(2, "little")
