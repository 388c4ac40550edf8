"""The dots of a QR code, as a printer's own firmware makes them."""

from __future__ import annotations

import segno


def dots(data: bytes, level: str) -> list[list[bool]]:
    """Rows of a model 2 code without a quiet zone; True is ink.

    Args:
        data: what it says.
        level: of error correction: L, M, Q or H.

    Raises:
        ValueError: nothing, or more than a code holds.
    """
    if not data:
        raise ValueError("no data")
    code = segno.make(data, error=level, micro=False, boost_error=False)
    return [[bool(dot) for dot in row] for row in code.matrix]
