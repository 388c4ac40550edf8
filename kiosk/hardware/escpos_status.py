"""What an ESC/POS printer says of itself: telling its replies apart, and reading them.

All replies share one stream and are told apart by their fixed bits alone. Numbers are those of
the command reference: DLE EOT, GS a (automatic status back), GS r, GS I.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Paper = Literal["ok", "low", "out"]

XON = 0x11
XOFF = 0x13
_BLOCKS = frozenset({0x35, 0x37, 0x3B, 0x3D, 0x5F})
BLOCK_MAX = 80
"""The longest text after a block's header; anything longer is noise."""


@dataclass(frozen=True)
class Automatic:
    """Four bytes of automatic status back, told when something changes."""

    status: Status


@dataclass(frozen=True)
class Realtime:
    """The answer to the oldest unanswered DLE EOT."""

    byte: int


@dataclass(frozen=True)
class Ordered:
    """The answer to GS r: everything before it has been processed."""

    byte: int


@dataclass(frozen=True)
class Block:
    """A text between a header and NUL, such as the model's name (GS I)."""

    header: int
    text: bytes


@dataclass(frozen=True)
class Flow:
    """The printer asks to pause (its buffer is full) or to go on."""

    paused: bool


Reply = Automatic | Realtime | Ordered | Block | Flow


@dataclass(frozen=True)
class Status:
    """The printer's state.

    `error` is ``""``, ``cutter``, ``hot`` (the head; it goes on by itself when that has cooled),
    ``mechanical`` or ``unrecoverable``.
    """

    online: bool = True
    paper: Paper = "ok"
    cover_open: bool = False
    error: str = ""

    @property
    def fault(self) -> str:
        """Why nothing can be printed now, as `SlipFailed` says it; empty if something can."""
        if self.paper == "out":
            return "paper_out"
        if self.cover_open:
            return "cover_open"
        if self.error:
            return "error"
        return "" if self.online else "offline"


def automatic_status(block: bytes) -> Status:
    """Read the four bytes of automatic status back."""
    first, errors, paper, _ = block
    return Status(
        online=not first & 0x08,
        paper="out" if paper & 0x0C else "low" if paper & 0x03 else "ok",
        cover_open=bool(first & 0x20),
        error=_error(errors),
    )


def realtime_status(answers: Sequence[int]) -> Status:
    """Read the answers to DLE EOT 1, 2, 3 and 4, in this order."""
    printer, offline, errors, roll = answers
    # 20h of the second: printing stopped for want of paper, which is sooner than the roll's sensor.
    out = offline & 0x20 or roll & 0x60
    return Status(
        online=not printer & 0x08,
        paper="out" if out else "low" if roll & 0x0C else "ok",
        cover_open=bool(offline & 0x04),
        error=_error(errors),
    )


def _error(errors: int) -> str:
    if errors & 0x20:
        return "unrecoverable"
    if errors & 0x08:
        return "cutter"
    if errors & 0x40:
        return "hot"
    return "mechanical" if errors & 0x04 else ""


class Replies:
    """Cuts the printer's bytes into replies; bytes that fit nothing are dropped."""

    def __init__(self) -> None:
        self._automatic = b""
        self._header = 0
        self._text = b""

    def feed(self, data: bytes) -> list[Reply]:
        """The replies that are complete with these bytes."""
        told = (self._byte(byte) for byte in data)
        return [reply for reply in told if reply is not None]

    def _byte(self, byte: int) -> Reply | None:
        if self._header:
            return self._block(byte)
        if byte in (XON, XOFF):
            return Flow(paused=byte == XOFF)
        if self._automatic and byte & 0x90 == 0:
            self._automatic += bytes([byte])
            if len(self._automatic) < 4:
                return None
            block, self._automatic = self._automatic, b""
            return Automatic(automatic_status(block))
        # Anything else in the middle of an automatic status means that its rest was lost.
        self._automatic = b""
        if byte & 0x93 == 0x10:
            self._automatic = bytes([byte])
        elif byte & 0x93 == 0x12:
            return Realtime(byte)
        elif byte in _BLOCKS:
            self._header = byte
        elif byte & 0x90 == 0:
            return Ordered(byte)
        return None

    def _block(self, byte: int) -> Reply | None:
        if byte:
            self._text += bytes([byte])
            if len(self._text) > BLOCK_MAX:
                self._header, self._text = 0, b""
            return None
        block = Block(self._header, self._text)
        self._header, self._text = 0, b""
        return block
