"""The frames of CCNET: their bytes, their check, the bill table. Nothing of the dialogue.

Source: docs/devices.md, "CCNET".
"""

from __future__ import annotations

from dataclasses import dataclass

SYNC = 0x02
FRAME_MAX_BYTES = 1024
"""No answer of a bill validator is longer; what goes on is noise."""

ACK = b"\x00"
NAK = b"\xff"
ILLEGAL = b"\x30"
"""The three answers of one byte that carry no data."""

RESET = 0x30
GET_STATUS = 0x31
POLL = 0x33
ENABLE_BILL_TYPES = 0x34
STACK = 0x35
RETURN = 0x36
IDENTIFICATION = 0x37
BILL_TABLE = 0x41

TYPES = 24
RECORD_BYTES = 5


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


def frame(address: int, body: bytes) -> bytes:
    """The frame that carries `body`: a command and its data, or an answer."""
    length = len(body) + 5
    if length <= 250:
        told = bytes([SYNC, address, length]) + body
    else:
        told = bytes([SYNC, address, 0]) + body[:1] + (length + 2).to_bytes(2, "big") + body[1:]
    return told + crc(told).to_bytes(2, "little")


@dataclass(frozen=True)
class Frame:
    """One frame out of a stream: who it is from or for, what it carries, the bytes behind it."""

    address: int
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
    stream = stream[start:] if start >= 0 else b""
    if len(stream) < 3:
        return None
    length, head = stream[2], 3
    if length == 0:
        if len(stream) < 6:
            return None
        length, head = int.from_bytes(stream[4:6], "big"), 6
    if not head + 3 <= length <= FRAME_MAX_BYTES:
        raise BadFrame(f"a frame of {length} bytes")
    if len(stream) < length:
        return None
    if crc(stream[:length]):
        raise BadFrame(f"wrong check in {stream[:length].hex(' ')}")
    body = stream[3:4] + stream[6 : length - 2] if head == 6 else stream[3 : length - 2]
    return Frame(stream[1], body, stream[length:])


@dataclass(frozen=True)
class BillType:
    """One record of the bill table: ``digits x 10^exponent`` major units of a country's money."""

    digits: int
    country: str
    exponent: int

    def minor(self, currency_exponent: int) -> int | None:
        """The value in minor units; None when it is none of a whole number."""
        exponent = self.exponent + currency_exponent
        if exponent >= 0:
            return int(self.digits * 10**exponent)
        whole, part = divmod(self.digits, 10**-exponent)
        return None if part else int(whole)


def bill_table(data: bytes) -> dict[int, BillType]:
    """The bill types that are in use, by their index 0 to 23.

    Raises:
        BadFrame: it has not 24 records of 5 bytes.
    """
    if len(data) != TYPES * RECORD_BYTES:
        raise BadFrame(f"a bill table of {len(data)} bytes")
    types: dict[int, BillType] = {}
    for index in range(TYPES):
        digits, *country, exponent = data[index * RECORD_BYTES : (index + 1) * RECORD_BYTES]
        if digits:
            name = bytes(country).decode("ascii", "replace").strip("\x00 ")
            types[index] = BillType(
                digits, name, -(exponent & 0x7F) if exponent & 0x80 else exponent
            )
    return types


def type_bits(indexes: set[int]) -> bytes:
    """The three bytes that name these bill types: types 23 to 16 first, type 0 the last bit."""
    return sum(1 << index for index in indexes).to_bytes(3, "big")


def types_of(bits: bytes) -> set[int]:
    """The bill types that these three bytes name."""
    value = int.from_bytes(bits, "big")
    return {index for index in range(TYPES) if value >> index & 1}
