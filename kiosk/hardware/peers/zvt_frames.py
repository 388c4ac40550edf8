"""The bytes of ZVT over TCP, as the simulated terminal reads and writes them.

A message (APDU) is two bytes of control field, the length of its data in one byte (or FF and two
bytes, the low one first), and the data: a few bytes by place, then fields, each a byte that names
it ("BMP") and as many bytes as the name says.

Source: ECR-Interface ZVT-Protocol, PA00P015 (commands, bitmaps) and PA00P016 (transport), as far as
public extracts and programs tell of them.
"""

from __future__ import annotations

from collections.abc import Mapping

LONG = 0xFF

SIZES: Mapping[int, int] = {
    **dict.fromkeys((0x01, 0x02, 0x03, 0x05, 0x19, 0x27, 0x8A, 0x8C, 0xA0, 0xFC, 0xF0), 1),
    **dict.fromkeys((0x0D, 0x0E, 0x17, 0x3A, 0x49, 0x87), 2),
    **dict.fromkeys((0x0B, 0x0C, 0x37, 0x3D, 0x88, 0xAA), 3),
    **dict.fromkeys((0x29,), 4),
    **dict.fromkeys((0xBA,), 5),
    **dict.fromkeys((0x04,), 6),
    **dict.fromkeys((0x3B, 0xEB), 8),
    **dict.fromkeys((0x2A,), 15),
}
"""Bytes of the fields whose length is fixed."""

DIGITS: Mapping[int, int] = {
    **dict.fromkeys((0x22, 0x23, 0x2D, 0x8B, 0xA7, *range(0xF1, 0xF9)), 2),
    **dict.fromkeys((0x24, 0x2E, 0x3C, 0x60, 0x9A, 0xAF), 3),
}
"""How many digits, each in a byte F0 … F9, say the length of the others."""

CONTAINER = 0x06
"""The field with tags inside: its length is that of BER-TLV."""


class UnknownFieldError(ValueError):
    """A byte that names no field we know."""

    def __init__(self, bmp: int) -> None:
        super().__init__(f"no field {bmp:02X}")
        self.bmp = bmp


def message(control: int, data: bytes = b"") -> bytes:
    """One message; `control` as it is written, such as 0x060F."""
    size = len(data)
    length = bytes((size,)) if size < LONG else bytes((LONG, size & 0xFF, size >> 8))
    return control.to_bytes(2, "big") + length + data


def take(waiting: bytearray) -> tuple[int, bytes] | None:
    """Remove the first whole message: control field and data; None while there is none."""
    head = 5 if len(waiting) > 2 and waiting[2] == LONG else 3
    if len(waiting) < head:
        return None
    size = waiting[2] if head == 3 else waiting[3] | waiting[4] << 8
    if len(waiting) < head + size:
        return None
    control, data = int.from_bytes(waiting[:2], "big"), bytes(waiting[head : head + size])
    del waiting[: head + size]
    return control, data


def bcd(number: int, size: int) -> bytes:
    """A number in so many bytes, two digits each."""
    return bytes.fromhex(f"{number:0{2 * size}}")


def number(data: bytes) -> int:
    """The number of two digits a byte; ValueError if one is no digit."""
    return int(data.hex(), 10)


def field(bmp: int, data: bytes) -> bytes:
    """One field with its name, and its length where that is not fixed."""
    if bmp in DIGITS:
        length = f"{len(data):0{DIGITS[bmp]}}"
        return bytes((bmp, *(0xF0 | int(digit) for digit in length))) + data
    assert len(data) == SIZES[bmp], f"{bmp:02X} has {SIZES[bmp]} bytes"
    return bytes((bmp,)) + data


def fields(data: bytes) -> dict[int, bytes]:
    """The fields of a message by name.

    Raises:
        UnknownFieldError: a name that is not known.
        ValueError: a field ends after the message does, or its length is none.
    """
    found: dict[int, bytes] = {}
    at = 0
    while at < len(data):
        bmp = data[at]
        at, size = _size(data, at + 1, bmp)
        if at + size > len(data):
            raise ValueError(f"field {bmp:02X} is cut")
        found[bmp] = data[at : at + size]
        at += size
    return found


def _size(data: bytes, at: int, bmp: int) -> tuple[int, int]:
    """Where the field's own bytes begin, and how many they are."""
    if bmp in SIZES:
        return at, SIZES[bmp]
    if bmp in DIGITS:
        told = data[at : at + DIGITS[bmp]]
        if len(told) < DIGITS[bmp] or any(byte >> 4 != 0xF or byte & 15 > 9 for byte in told):
            raise ValueError(f"field {bmp:02X} has no length")
        return at + len(told), int("".join(str(byte & 15) for byte in told))
    if bmp != CONTAINER:
        raise UnknownFieldError(bmp)
    first = data[at] if at < len(data) else 0
    if first < 0x80:
        return at + 1, first
    begins = at + 1 + (first & 0x7F)
    return begins, int.from_bytes(data[at + 1 : begins], "big")
