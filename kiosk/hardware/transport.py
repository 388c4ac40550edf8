"""What carries bytes to a device: a serial line, a TCP connection, memory."""

from __future__ import annotations

from typing import Protocol


class Transport(Protocol):
    """A byte stream in both directions, already open."""

    def read(self, limit: int, timeout_s: float) -> bytes:
        """Up to `limit` bytes, as soon as any are there; empty after `timeout_s` without any.

        Raises:
            OSError: the line is gone (unplugged, closed by the other side).
        """

    def write(self, data: bytes, timeout_s: float = 2.0) -> None:
        """Send all of `data`.

        Raises:
            OSError: the line is gone, or did not take it in time.
        """

    def close(self) -> None:
        """Close the line; never raises; safe to call twice."""
