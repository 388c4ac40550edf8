"""The venue's logo: a picture as PNG, looked at to the end before it is kept, without drawing it.

The format: https://www.w3.org/TR/png-3/ (chunks in section 5, the lines of pixels in section 7).
"""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from kiosk.core.errors import Refused

BYTES_MAX: Final = 60_000
SIDE_MAX: Final = 512
"""Pixels, of either side."""

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_SAMPLES: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Colour type → samples of a pixel: grey, colours, palette, grey or colours with transparency."""
_PALETTE: Final = 3
_DEPTHS: Final = {0: (1, 2, 4, 8), 3: (1, 2, 4, 8)}
_FILTER_MAX: Final = 4


@dataclass(frozen=True)
class Logo:
    """A PNG that can be drawn; its size in pixels."""

    png: bytes = field(repr=False)
    width: int
    height: int


def read(png: bytes) -> Logo:
    """The logo that these bytes are.

    Raises:
        Refused: ``err.logo_kind``: no PNG; ``err.logo_bytes``: too many; ``err.logo_pixels``: so
            are these, or there are none; ``err.logo_form``: animated, interlaced, or of more than
            8 bits a colour; ``err.logo_broken``: cut off or damaged.
    """
    if not png.startswith(_SIGNATURE):
        raise Refused("err.logo_kind")
    if len(png) > BYTES_MAX:
        raise Refused("err.logo_bytes", most=str(BYTES_MAX // 1000))
    try:
        return _checked(png)
    except (struct.error, zlib.error, _Broken):
        raise Refused("err.logo_broken") from None


class _Broken(Exception):
    """Not what the format says."""


def _checked(png: bytes) -> Logo:
    chunks = [*_chunks(png)]
    names = [name for name, _ in chunks]
    if names[0] != b"IHDR" or len(chunks[0][1]) != 13 or names.count(b"IHDR") != 1:
        raise _Broken
    width, height, depth, colour, packed, filtered, laced = struct.unpack(">IIBBBBB", chunks[0][1])
    if not (0 < width <= SIDE_MAX and 0 < height <= SIDE_MAX):
        raise Refused("err.logo_pixels", most=str(SIDE_MAX))
    if colour not in _SAMPLES or packed or filtered:
        raise _Broken
    if laced or b"acTL" in names or depth not in _DEPTHS.get(colour, (8,)):
        raise Refused("err.logo_form")
    if colour == _PALETTE and b"PLTE" not in names:
        raise _Broken
    line = 1 + (width * depth * _SAMPLES[colour] + 7) // 8
    _check_lines(b"".join(data for name, data in chunks if name == b"IDAT"), line, height)
    return Logo(png, width, height)


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks up to the end, each with its sum right."""
    at, name = len(_SIGNATURE), b""
    while name != b"IEND":
        size, name = struct.unpack_from(">I4s", png, at)
        data = png[at + 8 : at + 8 + size]
        (told,) = struct.unpack_from(">I", png, at + 8 + size)
        if zlib.crc32(name + data) != told:
            raise _Broken
        yield name, data
        at += 12 + size


def _check_lines(packed: bytes, line: int, height: int) -> None:
    """As many lines as there must be; no more is unpacked than that."""
    unpack = zlib.decompressobj()
    pixels = unpack.decompress(packed, line * height + 1)
    if len(pixels) != line * height or not unpack.eof:
        raise _Broken
    if max(pixels[::line]) > _FILTER_MAX:
        raise _Broken


def text(logo: Logo) -> str:
    """As the books and the venue's file keep it: base64."""
    return base64.b64encode(logo.png).decode()


def from_text(kept: str) -> Logo:
    """The logo that a text is; raises as `read`."""
    try:
        png = base64.b64decode(kept, validate=True)
    except (ValueError, binascii.Error):
        raise Refused("err.logo_kind") from None
    return read(png)


def trusted(kept: str) -> Logo:
    """A logo out of the books, where only what was read stands: its size is taken as it says."""
    png = base64.b64decode(kept)
    return Logo(png, *struct.unpack_from(">II", png, 16))
