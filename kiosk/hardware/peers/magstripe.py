"""A simulated stripe reader on a serial line, in ASCII mode: it sends what a swipe reads.

Source: docs/devices.md, Magnetic stripe; ISO/IEC 7811: track 1 has 6-bit characters (code = ASCII -
0x20), tracks 2 and 3 have 4-bit characters (code = ASCII - 0x30); the check character is the XOR of
all codes from the start sentinel to the end sentinel.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Final, Literal, get_args

Fault = Literal["truncated", "doubled", "unterminated", "wrong-check", "unreadable"]
FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)

_TRACK = re.compile(r"%[ -_]*?\?|[;+!][0-?]*?\?")
_EXAMPLE: Final = "such as %LOYALTY 42?;7700001?"


@dataclass(frozen=True)
class Track:
    """One track: its text from sentinel to sentinel, and the width of its characters."""

    text: str

    @property
    def check(self) -> str:
        """The character that follows the end sentinel when the reader sends it."""
        # "+" and "!" are how readers tell track 3 apart; on the stripe it begins with ";".
        zero, start = (0x20, "%") if self.text[0] == "%" else (0x30, ";")
        return chr(reduce(xor, (ord(char) - zero for char in start + self.text[1:])) + zero)

    @property
    def error_mark(self) -> str:
        """What the reader sends instead when it could not read the track."""
        return f"{self.text[0]}E?"


def tracks_of(text: str) -> list[Track]:
    """The tracks of a swipe as one types them; digits alone are a track 2.

    Raises:
        ValueError: this cannot stand on a stripe.
    """
    if re.fullmatch(r"[0-9:<=>]+", text):
        text = f";{text}?"
    found = [Track(match) for match in _TRACK.findall(text)]
    if not found or "".join(track.text for track in found) != text:
        raise ValueError(
            f"{text!r} is not what stands on a stripe: %…? (capitals), ;…? (digits), {_EXAMPLE}"
        )
    return found


class StripeReader:
    """The device.

    Args:
        with_check: send the check character after each track, as some readers are set to.
        terminator: what ends a swipe.
    """

    def __init__(self, *, with_check: bool = False, terminator: str = "\r") -> None:
        self.with_check = with_check
        self.terminator = terminator
        self.heard = b""
        self._out = b""

    def feed(self, data: bytes, now_s: float) -> bytes:
        """A reader in this mode takes no commands; what a host says is kept for tests."""
        self.heard = (self.heard + data)[-256:]
        return b""

    def tick(self, now_s: float) -> bytes:
        """What has been swiped since the last time."""
        out, self._out = self._out, b""
        return out

    def swipe(self, text: str, fault: Fault | None = None) -> None:
        """Draw a card through.

        Args:
            text: see `tracks_of`.
            fault: what goes wrong; *truncated* loses the second half of the last track,
                *doubled* comes twice, *unterminated* has no end, *wrong-check* has a false check
                character, *unreadable* is error marks in place of all tracks.

        Raises:
            ValueError: this cannot stand on a stripe.
        """
        sent = ""
        tracks = tracks_of(text)
        for track in tracks:
            check = track.check
            if fault == "wrong-check":
                # Flipping one bit stays within the characters of either kind of track.
                check = chr(ord(check) ^ 1)
            checked = self.with_check or fault == "wrong-check"
            read = track.error_mark if fault == "unreadable" else track.text
            sent += read + (check if checked and fault != "unreadable" else "")
        if fault == "truncated":
            sent = sent[: -(len(tracks[-1].text) // 2 + 1 + self.with_check)]
        if fault != "unterminated":
            sent += self.terminator
        self._out += sent.encode("ascii") * (2 if fault == "doubled" else 1)
