"""The frames of ZVT: APDUs, packed decimals, numbered fields (BMP), TLV. Nothing of the dialogue.

Source: docs/devices.md, "Payment terminal (ZVT)".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kiosk.hardware.card_words import without_card_numbers, word

EXTENDED = 0xFF
"""In place of a length: two bytes of it follow, the low one first."""
DATA_BYTES_MAX = 0xFFFF

CLASSES = frozenset({0x04, 0x05, 0x06, 0x08, 0x0F, 0x80, 0x84})
"""The first bytes of commands and answers; a stream that begins otherwise is no ZVT."""

REGISTRATION = 0x0600
AUTHORISATION = 0x0601
COMPLETION = 0x060F
ABORTED = 0x061E
"""What the terminal says of a command that came to nothing."""
REPEAT_RECEIPT = 0x0620
REVERSAL = 0x0630
ABORT = 0x06B0
"""What we say."""
STATUS = 0x040F
INTERMEDIATE = 0x04FF
SET_TIME = 0x0401
PRINT_LINE = 0x06D1
PRINT_BLOCK = 0x06D3
ACK = b"\x80\x00\x00"
UNKNOWN_COMMAND = b"\x84\x83\x00"

SERVICE = 0x03
AMOUNT = 0x04
TLV = 0x06
TRACE = 0x0B
TIME = 0x0C
DATE = 0x0D
CARD_NUMBER = 0x22
RESULT = 0x27
ORIGINAL = 0x37
"""Of a reversal: the trace of what was reversed."""
TERMINAL = 0x29
CURRENCY = 0x49
RECEIPT = 0x87
CARD_TYPE = 0x8A
CARD_NAME = 0x8B
TAG_CARD_TYPE = 0x41
"""In the container of a status: the type of card, where a byte does not hold it."""

Size = int | Literal["LL", "LLL", "TLV"]

SIZES: Mapping[int, Size] = {
    **dict.fromkeys((0x01, 0x02, SERVICE, 0x05, 0x19, RESULT, CARD_TYPE, 0x8C, 0xA0), 1),
    **dict.fromkeys((0xD0, 0xD2, 0xD3, 0xE0, 0xE9, 0xEA, *range(0xF9, 0xFE), 0xF0), 1),
    **dict.fromkeys((DATE, 0x0E, 0x17, 0x3A, CURRENCY, RECEIPT), 2),
    **dict.fromkeys((TRACE, TIME, ORIGINAL, 0x3D, 0x88, 0xAA), 3),
    TERMINAL: 4,
    0xBA: 5,
    AMOUNT: 6,
    **dict.fromkeys((0x3B, 0xEB), 8),
    0x2A: 15,
    **dict.fromkeys((CARD_NUMBER, 0x23, 0x2D, CARD_NAME, 0xA7, 0xD1), "LL"),
    **dict.fromkeys((*range(0xE1, 0xE9), *range(0xF1, 0xF9)), "LL"),
    **dict.fromkeys((0x24, 0x2E, 0x3C, 0x60, 0x9A, 0xAF), "LLL"),
    TLV: "TLV",
}
"""How long the field of a number is."""


class BadFrame(ValueError):
    """These bytes are no frame, or not what a frame carries; nothing of them is repeated."""


@dataclass(frozen=True)
class Frame:
    """One APDU out of a stream: its command (two bytes as a number), its data, what is behind."""

    command: int
    data: bytes
    rest: bytes


def apdu(command: int, data: bytes = b"") -> bytes:
    """The bytes of a command.

    Raises:
        ValueError: too much data.
    """
    if len(data) > DATA_BYTES_MAX:
        raise ValueError(f"a frame carries up to {DATA_BYTES_MAX} bytes, not {len(data)}")
    size = len(data).to_bytes(2, "little")
    size = bytes([EXTENDED]) + size if len(data) >= EXTENDED else size[:1]
    return command.to_bytes(2, "big") + size + data


def take(stream: bytes) -> Frame | None:
    """The first frame in a stream; None while it is not there whole.

    Raises:
        BadFrame: what stands there is none.
    """
    if stream and stream[0] not in CLASSES:
        raise BadFrame("no ZVT")
    if len(stream) < 3:
        return None
    begin, size = 3, stream[2]
    if size == EXTENDED:
        if len(stream) < 5:
            return None
        begin, size = 5, int.from_bytes(stream[3:5], "little")
    if len(stream) < begin + size:
        return None
    command = int.from_bytes(stream[:2], "big")
    return Frame(command, stream[begin : begin + size], stream[begin + size :])


def bcd(value: int, size: int) -> bytes:
    """A number in packed decimals: two digits a byte, `size` bytes.

    Raises:
        ValueError: it does not fit, or is below 0.
    """
    if not 0 <= value < 10 ** (2 * size):
        raise ValueError(f"{value} has not {2 * size} digits")
    return bytes.fromhex(f"{value:0{2 * size}}")


def digits(data: bytes) -> str:
    """The digits of packed decimals; empty where one of them is none."""
    told = data.hex()
    return told if told.isdecimal() else ""


def fields(data: bytes) -> dict[int, bytes]:
    """The fields of a message by number. What follows a number that is not known is not read.

    Raises:
        BadFrame: a field is cut off, has no length, or stands there twice.
    """
    found: dict[int, bytes] = {}
    at = 0
    while at < len(data) and data[at] in SIZES:
        number = data[at]
        begin, size = _extent(data, at + 1, SIZES[number])
        if begin + size > len(data):
            raise BadFrame(f"field {number:02X} is cut off")
        if number in found:
            raise BadFrame(f"field {number:02X} stands there twice")
        found[number] = data[begin : begin + size]
        at = begin + size
    return found


def _extent(data: bytes, at: int, size: Size) -> tuple[int, int]:
    """Where a field's value begins, and how long it is."""
    match size:
        case "LL" | "LLL":
            told = data[at : at + len(size)]
            # A digit a byte, its upper half F: F0 F8 is 8.
            if len(told) < len(size) or any(b & 0xF0 != 0xF0 or b > 0xF9 for b in told):
                raise BadFrame("a length is none")
            return at + len(size), int("".join(str(b & 0x0F) for b in told))
        case "TLV":
            return _length(data, at)
        case _:
            return at, size


def _length(data: bytes, at: int) -> tuple[int, int]:
    """A length of TLV: one byte up to 7Fh, or 81h and one, or 82h and two, the high one first."""
    more = {0x81: 1, 0x82: 2}.get(data[at], 0) if at < len(data) else 0
    end = at + 1 + more
    if end > len(data) or (not more and data[at] > 0x7F):
        raise BadFrame("a length is none")
    return end, int.from_bytes(data[at + 1 : end], "big") if more else data[at]


def tlv(data: bytes) -> list[tuple[int, bytes]]:
    """What a container holds: tags (as numbers: 1F40h) and values, in order; not what is in those.

    Raises:
        BadFrame: it is none, or cut off.
    """
    found = []
    at = 0
    while at < len(data):
        end = at + 1
        if data[at] & 0x1F == 0x1F:  # a tag of more than one byte: its last has no high bit
            while end < len(data) and data[end] & 0x80:
                end += 1
            end += 1
        tag = int.from_bytes(data[at:end], "big")
        begin, size = _length(data, end)
        if begin + size > len(data):
            raise BadFrame("a container is cut off")
        found.append((tag, data[begin : begin + size]))
        at = begin + size
    return found


@dataclass(frozen=True)
class Status:
    """What a status information says of a transaction; of its card no more than may be kept.

    Attributes:
        result: 0 is success; None where it says none.
        amount: in the smallest unit; None where it says none.
        currency: four digits of ISO 4217, as the other numbers empty where it says none.
        receipt: four digits, which the terminal knows the transaction by.
        trace: six digits, of its messages to the bank.
        original: of a reversal, the trace of what went back; empty for a payment.
        terminal: eight digits.
        date: month and day, on the terminal's clock.
        time: hour, minute and second.
        card: the last four digits.
        brand: the name of the card's kind, as the terminal writes it, but for numbers of cards.
        card_type: the number of the card's kind.
    """

    result: int | None = None
    amount: int | None = None
    currency: str = ""
    receipt: str = ""
    trace: str = ""
    original: str = ""
    terminal: str = ""
    date: str = ""
    time: str = ""
    card: str = ""
    brand: str = ""
    card_type: int | None = None


def status(data: bytes) -> Status:
    """Read a status information.

    Raises:
        BadFrame: it is none, or its amount is no number.
    """
    found = fields(data)
    amount = found.get(AMOUNT)
    if amount is not None and not digits(amount):
        raise BadFrame("the amount is no number")
    # A card's number is masked by E, and filled up by F.
    card = found.get(CARD_NUMBER, b"").hex().rstrip("f")[-4:]
    kind = found.get(CARD_TYPE)
    wide = dict(tlv(found.get(TLV, b""))).get(TAG_CARD_TYPE)
    return Status(
        result=found[RESULT][0] if RESULT in found else None,
        amount=int(digits(amount)) if amount is not None else None,
        **{
            name: digits(found.get(number, b""))
            for name, number in (
                ("currency", CURRENCY),
                ("receipt", RECEIPT),
                ("trace", TRACE),
                ("original", ORIGINAL),
                ("terminal", TERMINAL),
                ("date", DATE),
                ("time", TIME),
            )
        },
        card=card if len(card) == 4 and card.isdecimal() else "",
        brand=without_card_numbers(word(found.get(CARD_NAME, b"").decode("ascii", "ignore"))),
        card_type=int.from_bytes(wide or kind or b"", "big") if wide or kind else None,
    )
