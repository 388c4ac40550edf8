"""Reports of USB readers that are no keyboards: what bytes they send for a card or a code.

Three layouts, which nothing in a report tells apart; a venue names the one of its reader.

``magtek`` (337 bytes, 338 with a card status): decode status of tracks 1 to 3 (bit 0: it could not
be read), their lengths, the kind of card, then three fields of 110 bytes with the tracks as text,
sentinels included. Source: MagTek, USB HID Swipe Reader Technical Reference Manual, section 4
(99875191), and P-Series USB (with the status behind the tracks).

``idtech`` (509 bytes): status, lengths and kind likewise, two bytes with the length of all, then
the output as the reader is set to send it. Source: ID TECH, MiniMag USB/HID Quickstart (80066510),
page 7. Not verified: which of the two bytes of the length comes first; the one way that fits in the
report is taken, the low byte first where both do.

``scanner`` (64 bytes): report 2, the length, the AIM identifier (``]`` and two), 56 bytes of the
code, a further identifier, a reserved byte, and bit 0 says that more of the code follows. Source:
Access-IS, LSR118 and ATR110 product manuals, appendix "HID reports", with an example of two
reports. Not verified: that other makers' scanners in their mode "USB HID POS" send the same.

Not taken: readers that encrypt (MagneSafe, SecureMag; their fields are longer), the layout of usage
page 8Eh of the HID Point of Sale tables 1.02, of which no published report was found.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

Layout = Literal["magtek", "idtech", "scanner"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)

REPORT_MAX_BYTES = 1024
"""More than any of these; a reader that encrypts sends up to some 900."""

_TRACKS = 3
_LENGTHS_AT = 3
_MAGTEK_AT, _MAGTEK_TRACK_BYTES = 7, 110
_MAGTEK_BYTES = (337, 338)
_IDTECH_TOTAL_AT, _IDTECH_AT, _IDTECH_BYTES = 7, 9, 509
_UNREAD = ("%E?", ";E?", "+E?")
_SCANNER_REPORT, _SCANNER_BYTES = 2, 64
_SCANNER_AT, _SCANNER_MOST = 5, 56


class BadReport(Exception):
    """A report is none of its layout; nothing of what it says is in it."""


def swipe_text(layout: Literal["magtek", "idtech"], report: bytes) -> str:
    """The tracks of a swipe as a reader on a serial line would send them, see `tracks`.

    Raises:
        BadReport: it has another length, or says of its parts what cannot be.
    """
    return _magtek(report) if layout == "magtek" else _idtech(report)


def _magtek(report: bytes) -> str:
    if len(report) not in _MAGTEK_BYTES:
        raise BadReport(f"{len(report)} bytes, not {_MAGTEK_BYTES[0]}: does the reader encrypt?")
    return "".join(_magtek_track(report, index) for index in range(_TRACKS))


def _magtek_track(report: bytes, index: int) -> str:
    if report[index] & 1:
        return _UNREAD[index]
    length = report[_LENGTHS_AT + index]
    if length > _MAGTEK_TRACK_BYTES:
        raise BadReport(f"track {index + 1} has {length} of {_MAGTEK_TRACK_BYTES} bytes")
    at = _MAGTEK_AT + index * _MAGTEK_TRACK_BYTES
    text = report[at : at + length].decode("latin-1")
    # On the card track 3 begins as track 2 does; without track 2 nobody could tell them apart.
    return "+" + text[1:] if index == _TRACKS - 1 and text.startswith(";") else text


def _idtech(report: bytes) -> str:
    if len(report) != _IDTECH_BYTES:
        raise BadReport(f"{len(report)} bytes, not {_IDTECH_BYTES}: is the reader set otherwise?")
    told = report[_IDTECH_TOTAL_AT:_IDTECH_AT]
    room = _IDTECH_BYTES - _IDTECH_AT
    ways = [int.from_bytes(told, "little"), int.from_bytes(told, "big")]
    total = next((way for way in ways if way <= room), None)
    if total is None:
        raise BadReport(f"the length of the output is none of up to {room}")
    text = report[_IDTECH_AT : _IDTECH_AT + total].decode("latin-1")
    marks = (_UNREAD[index] for index in range(_TRACKS) if report[index] & 1)
    return text or "".join(marks)


@dataclass(frozen=True)
class CodePart:
    """A part of a code; `more` follows."""

    data: bytes = field(repr=False)
    more: bool


def code_part(report: bytes) -> CodePart | None:
    """What a scanner's report says of a code; None where it is about something else.

    Raises:
        BadReport: it has another length, or says of its parts what cannot be.
    """
    if not report or report[0] != _SCANNER_REPORT:
        return None
    if len(report) != _SCANNER_BYTES:
        raise BadReport(f"{len(report)} bytes, not {_SCANNER_BYTES}")
    length = report[1]
    if length > _SCANNER_MOST:
        raise BadReport(f"a part of a code has {length} of {_SCANNER_MOST} bytes")
    return CodePart(report[_SCANNER_AT : _SCANNER_AT + length], bool(report[-1] & 1))
