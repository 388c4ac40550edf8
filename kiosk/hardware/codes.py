"""What scanners and keypads send, as text: a code, or the identifier of a contactless card.

Source of the AIM identifiers: ISO/IEC 15424: ``]``, a letter for the kind of code, a modifier.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from kiosk.core.ids import DeviceId
from kiosk.core.messages import CardPresented, CardRefused, Event, Signal
from kiosk.hardware.tracks import BURST_MAX_CHARS, Swipe, read_swipe

CODE_MAX_CHARS = 512
"""More than any card, ticket or receipt has; beyond it is noise."""
UID_MAX_CHARS = 32
UID_FORMS = ("hex", "decimal")

_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_FRAME = "\x02\x03\r\n"  # STX and ETX, where a reader puts them around a code
_PRINTABLE = re.compile(r"[ -~\x1d]+")  # GS parts the fields of a GS1 code
_UID_BYTES = (4, 7, 10)

_RANDOM_UID = 0x08  # ISO/IEC 14443-3: a 4-byte UID that begins so is made anew at every tap

Reads = Literal["stripe", "barcode", "uid"]
"""What a reader reads that sends nothing but text."""
SIGNALS: dict[Reads, Signal] = {"stripe": "magnetic", "barcode": "barcode", "uid": "contactless"}
MOST_CHARS: dict[Reads, int] = {
    "stripe": BURST_MAX_CHARS,
    "barcode": CODE_MAX_CHARS,
    "uid": UID_MAX_CHARS,
}


def code_of(text: str, prefix: str = "", suffix: str = "") -> str | None:
    """A code without what the scanner puts around it; None where it is no code.

    Args:
        text: as it came, without its end.
        prefix: what the scanner is set to send before each code; a text without it is noise.
        suffix: the same behind each code.
    """
    rest = text.strip(_FRAME)
    if len(text) > CODE_MAX_CHARS or not rest.startswith(prefix) or not rest.endswith(suffix):
        return None
    rest = rest[len(prefix) :].removesuffix(suffix)
    if aim := _AIM.match(rest):
        rest = rest[aim.end() :]
    return rest if _PRINTABLE.fullmatch(rest) else None


def uid_of(text: str, form: str = "hex", *, reversed_: bool = False) -> str | None:
    """The UID of a contactless card in upper-case hex; None where it is none.

    Args:
        text: as a keypad typed it.
        form: ``hex`` (two digits a byte) or ``decimal`` (one number: up to ten digits are four
            bytes, up to 17 are seven).
        reversed_: the reader begins with the last byte.
    """
    if form == "hex":
        if not re.fullmatch(r"[0-9A-Fa-f]+", text) or len(text) % 2:
            return None
        uid = bytes.fromhex(text)
    else:
        if not re.fullmatch(r"[0-9]{1,17}", text):
            return None
        number, size = int(text), 4 if len(text) <= 10 else 7
        if number >= 1 << 8 * size:
            return None
        uid = number.to_bytes(size, "big")
    if len(uid) not in _UID_BYTES:
        return None
    return (uid[::-1] if reversed_ else uid).hex().upper()


def as_stripe(device: DeviceId) -> Callable[[str], Event]:
    """Makes an event of a swipe; a bank card is refused."""

    def event(text: str) -> Event:
        swipe = "unreadable" if len(text) > BURST_MAX_CHARS else read_swipe(text)
        if isinstance(swipe, Swipe):
            return CardPresented(device, "magnetic", swipe.raw)
        return CardRefused(device, "magnetic", swipe)

    return event


def as_code(device: DeviceId, prefix: str = "", suffix: str = "") -> Callable[[str], Event]:
    """Makes an event of a scanned code."""

    def event(text: str) -> Event:
        code = code_of(text, prefix, suffix)
        if code is None:
            return CardRefused(device, "barcode", "unreadable")
        return CardPresented(device, "barcode", code)

    return event


def as_uid(device: DeviceId, form: str, *, reversed_: bool) -> Callable[[str], Event]:
    """Makes an event of a typed UID; one that is made anew at every tap is refused.

    Nothing here asks the card whether it is a bank card: a keypad cannot (see `pcsc`).
    """

    def event(text: str) -> Event:
        uid = uid_of(text.strip(), form, reversed_=reversed_)
        if uid is None:
            return CardRefused(device, "contactless", "unreadable")
        if len(uid) == 8 and int(uid[:2], 16) == _RANDOM_UID:
            return CardRefused(device, "contactless", "random_uid")
        return CardPresented(device, "contactless", uid)

    return event
