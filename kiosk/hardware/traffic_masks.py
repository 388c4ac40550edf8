"""What of a line's bytes may be written down: by the driver, and nothing where nobody has decided.

A mask makes one line of text of what went one way without a pause: hexadecimal bytes, ``..`` for
one that is kept back, or only how many there were. It is applied before anything is written. Bytes
of `..` cannot be told from others, nor by a checksum: that is kept back with them.

Source: docs/devices.md, the sections of each protocol.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal

Way = Literal[">", "<"]
"""Written by the kiosk, or read by it."""
Mask = Callable[[Way, bytes], str]

HIDDEN = ".."
_SHAPE = frozenset(b"%;+?!=^ \r\n\t\x02\x03\x1d")
"""What of a card's tracks, or of a code, says how it was sent, and not what."""

_STX = 0x7F
_SSP_SECRET = frozenset((0x4A, 0x4B, 0x4C, 0x60, 0x7E))
"""Generator, modulus, exchange of keys, the fixed half of a key; and what is encrypted."""
_SSP_KEY_BYTES = 9
"""A command of a number, or its answer: 8 bytes behind one."""

_ASKED = re.compile(rb"(?:\x10\x04[\x01-\x04]|\x1d[IC]C?|\x1da.|\x1dr.|\x1b@|\0)*", re.DOTALL)
"""A printer's questions: its status, its model, a reset."""


def whole(way: Way, data: bytes) -> str:
    """Every byte: of protocols in which nobody's secret goes over the line."""
    del way
    return data.hex(" ").upper()


def length(way: Way, data: bytes) -> str:
    """How many bytes: of what names people, cards, or sums."""
    del way
    return f"# {len(data)} bytes"


def shape(way: Way, data: bytes) -> str:
    """Which signs begin, part and end what was read; nothing of what stands between them."""
    del way
    return " ".join(f"{byte:02X}" if byte in _SHAPE else HIDDEN for byte in data)


def printer(way: Way, data: bytes) -> str:
    """Questions and answers; of a slip how long it is: guests' names stand in it."""
    if way == "<" or _ASKED.fullmatch(data):
        return whole(way, data)
    return length(way, data)


def ssp(way: Way, data: bytes) -> str:
    """Frames of SSP: not what is encrypted, nor the agreement on its key.

    An exchange of keys is as good as the key: its numbers have 31 bits. What is no frame is kept
    back whole.
    """
    del way
    told = []
    for piece in re.split(rb"(?=(?<!\x7f)\x7f(?!\x7f))", data):
        if piece:
            told.append(_frame(piece))
    return " ".join(told)


def _frame(raw: bytes) -> str:
    """One frame, as it went over the line; or nothing of it."""
    plain = raw[:1] + raw[1:].replace(b"\x7f\x7f", b"\x7f")
    size = plain[2] if len(plain) > 2 else 0
    body = plain[3 : 3 + size]
    if plain[0] != _STX or not size or len(plain) != size + 5:
        return " ".join([HIDDEN] * len(raw))
    if size == _SSP_KEY_BYTES or body[0] in _SSP_SECRET:
        # How many 7F were doubled would say something of what is kept back.
        head = plain[:3].hex(" ").upper()
        return " ".join([head, *[HIDDEN] * (size + 2)])
    return raw.hex(" ").upper()


MASKS: Mapping[str, Mask] = {
    "ccnet": whole,
    "cctalk_coins": whole,
    "cctalk_hopper": whole,
    "cctalk_notes": whole,
    "escpos": printer,
    "id003": whole,
    "magstripe": shape,
    "scanner": shape,
    "ssp": ssp,
}
"""By the driver's name. Of any other only the length is written."""


def of(driver: str) -> Mask:
    """The mask of a driver's line."""
    return MASKS.get(driver, length)
