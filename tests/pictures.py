"""PNG files for tests: sound ones of any form, and parts to damage."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def header(width: int, height: int, depth: int = 8, colour: int = 2, laced: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, laced))


def png(width: int, height: int, *more: bytes, **form: int) -> bytes:
    """A black picture of three colours a pixel, with more chunks before its pixels."""
    lines = zlib.compress(bytes(height * (1 + 3 * width)))
    head = SIGNATURE + header(width, height, **form) + b"".join(more)
    return head + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def drawn(width: int, height: int, color: str = "#FF00AA", mode: str = "RGBA") -> bytes:
    """A picture of one colour, as a drawing program writes it."""
    kept = io.BytesIO()
    Image.new("RGBA", (width, height), color).convert(mode).save(kept, "PNG")
    return kept.getvalue()
