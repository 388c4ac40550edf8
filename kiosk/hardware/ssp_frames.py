"""The frames of SSP: their bytes, check, stuffing and sequence flag, and what answers say.

Nothing of the dialogue. Source: Innovative Technology, SSP Protocol Manual GA138_2_2_2129A.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

STX = 0x7F
FLAG = 0x80
"""Bit 7 of the byte behind STX: the sequence flag. The rest of it is the address."""
DATA_MAX_BYTES = 255

# Commands.
RESET = 0x01
SET_INHIBITS = 0x02
SETUP_REQUEST = 0x05
HOST_PROTOCOL_VERSION = 0x06
POLL = 0x07
REJECT = 0x08
DISABLE = 0x09
ENABLE = 0x0A
GET_SERIAL_NUMBER = 0x0C
SYNC = 0x11
LAST_REJECT_CODE = 0x17
HOLD = 0x18
GET_FIRMWARE_VERSION = 0x20
SET_GENERATOR = 0x4A
SET_MODULUS = 0x4B
REQUEST_KEY_EXCHANGE = 0x4C
POLL_WITH_ACK = 0x56
EVENT_ACK = 0x57
GET_COUNTERS = 0x58

# The first byte of every answer.
OK = 0xF0
UNKNOWN_COMMAND = 0xF2
CANNOT_BE_PROCESSED = 0xF5
KEY_NOT_SET = 0xFA

GENERIC = {
    OK: "OK",
    UNKNOWN_COMMAND: "unknown command",
    0xF3: "wrong number of parameters",
    0xF4: "parameter out of range",
    CANNOT_BE_PROCESSED: "cannot be processed now",
    0xF6: "software error",
    0xF8: "failure",
    KEY_NOT_SET: "encryption key not set",
}

# What a poll of a note validator may tell.
SLAVE_RESET = 0xF1
READ = 0xEF
NOTE_CREDIT = 0xEE
REJECTING = 0xED
REJECTED = 0xEC
STACKED = 0xEB
SAFE_JAM = 0xEA
UNSAFE_JAM = 0xE9
DISABLED = 0xE8
STACKER_FULL = 0xE7
FRAUD_ATTEMPT = 0xE6
CASHBOX_REPLACED = 0xE4
CASHBOX_REMOVED = 0xE3
CLEARED_INTO_CASHBOX = 0xE2
CLEARED_FROM_FRONT = 0xE1
NOTE_PATH_OPEN = 0xE0
STACKING = 0xCC
INITIALISING = 0xB6
CHANNELS_DISABLED = 0xB5

WITH_CHANNEL = frozenset(
    (READ, NOTE_CREDIT, FRAUD_ATTEMPT, CLEARED_INTO_CASHBOX, CLEARED_FROM_FRONT)
)
WITHOUT_DATA = frozenset(
    (
        *(SLAVE_RESET, REJECTING, REJECTED, STACKED, SAFE_JAM, UNSAFE_JAM, DISABLED, STACKER_FULL),
        *(CASHBOX_REPLACED, CASHBOX_REMOVED, NOTE_PATH_OPEN, STACKING, INITIALISING),
        CHANNELS_DISABLED,
    )
)

VALIDATOR = 0x00
"""The type of unit that is a note validator; hoppers and payout units are others."""

COUNTERS = 5


class BadFrame(ValueError):
    """These bytes are no frame, or no answer of this form."""


def crc(data: bytes) -> int:
    """CRC-16, polynomial 8005h, first value FFFFh, nothing reflected (CRC-16/CMS)."""
    value = 0xFFFF
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x8005 if value & 0x8000 else value << 1) & 0xFFFF
    return value


def frame(address: int, flag: bool, data: bytes) -> bytes:
    """The frame that carries `data`, stuffed.

    Args:
        address: of the device, 0 to 7Dh.
        flag: the sequence flag.
        data: a command or an answer, 1 to 255 bytes.
    """
    told = bytes([address | FLAG * flag, len(data)]) + data
    told += crc(told).to_bytes(2, "little")
    return bytes([STX]) + told.replace(b"\x7f", b"\x7f\x7f")


@dataclass(frozen=True)
class Frame:
    """One frame out of a stream: whose it is, its flag, what it carries, the bytes behind it."""

    address: int
    flag: bool
    data: bytes
    rest: bytes


def take(stream: bytes) -> Frame | None:
    """The first frame in a stream; noise before it is passed over.

    A lone STX inside a frame begins another one, as the protocol says.

    Returns:
        The frame, or None while it is not there whole.

    Raises:
        BadFrame: what begins like a frame is none.
    """
    at = stream.find(STX)
    told: bytearray | None = None
    while 0 <= at < len(stream):
        byte = stream[at]
        if byte == STX:
            if at + 1 == len(stream):
                return None  # the half of a pair, or the beginning of a frame
            if told is None or stream[at + 1] != STX:
                told = bytearray()
                at += 1
                continue
            at += 1
        assert told is not None
        told.append(byte)
        at += 1
        if len(told) > 1 and len(told) == told[1] + 4:
            return _checked(bytes(told), stream[at:])
    return None


def _checked(whole: bytes, rest: bytes) -> Frame:
    if crc(whole[:-2]) != int.from_bytes(whole[-2:], "little"):
        raise BadFrame(f"wrong check in {whole.hex(' ')}")
    if len(whole) == 4:
        raise BadFrame("a frame without data")
    return Frame(whole[0] & ~FLAG, bool(whole[0] & FLAG), whole[2:-2], rest)


@dataclass(frozen=True)
class Told:
    """One event of a poll; `channel` is None where it has none, 0 where it is not known."""

    event: int
    channel: int | None = None


def events(data: bytes) -> tuple[Sequence[Told], bytes]:
    """What the answer to a poll tells, oldest first; `data` is what stands behind OK.

    Returns:
        The events, and what could not be read: from an event on that a note validator has not. Its
        length is not known, and so neither is where the next one begins.
    """
    told: list[Told] = []
    at = 0
    while at < len(data):
        if data[at] in WITHOUT_DATA:
            told.append(Told(data[at]))
            at += 1
        elif data[at] in WITH_CHANNEL and at + 1 < len(data):
            told.append(Told(data[at], data[at + 1]))
            at += 2
        else:
            break
    return told, data[at:]


@dataclass(frozen=True)
class Channel:
    """A kind of note: three letters of its currency and its value, in minor or in major units."""

    country: str
    value: int
    in_major: bool

    def minor(self, exponent: int) -> int:
        """The value in minor units of a currency with so many decimals."""
        return self.value * 10**exponent if self.in_major else self.value


@dataclass(frozen=True)
class Setup:
    """What a note validator says of itself; `channels` by their number from 1, the used ones."""

    unit: int
    firmware: str
    protocol: int
    count: int
    channels: dict[int, Channel]


def setup(data: bytes) -> Setup:
    """The answer to SETUP REQUEST; `data` is what stands behind OK.

    From protocol 6 on each channel has a currency and a value of its own, which times the real
    multiplier are minor units (5.00 EUR are 500 cents). Before, the value is one byte, which times
    the value multiplier are major units. Both multipliers have the high byte first, as in the
    maker's examples in C#; the manual does not say.

    Raises:
        BadFrame: it is too short for its number of channels.
    """
    if not data:
        raise BadFrame("an empty setup")
    if data[0] != VALIDATOR:
        return Setup(data[0], "", 0, 0, {})
    count = data[11] if len(data) > 11 else 0
    end = 16 + 2 * count
    if len(data) < end:
        raise BadFrame(f"a setup of {len(data)} bytes for {count} channels")
    firmware, country = _text(data[1:5]), _text(data[5:8])
    multiplier = int.from_bytes(data[8:11], "big")
    real = int.from_bytes(data[end - 4 : end - 1], "big")
    protocol = data[end - 1]
    channels: dict[int, Channel] = {}
    if protocol >= 6:
        if len(data) < end + 7 * count:
            raise BadFrame(f"a setup of {len(data)} bytes for {count} channels of protocol 6")
        for index in range(count):
            name = _text(data[end + 3 * index : end + 3 * index + 3])
            at = end + 3 * count + 4 * index
            value = int.from_bytes(data[at : at + 4], "little") * real
            if value:
                channels[index + 1] = Channel(name, value, in_major=False)
    else:
        for index, value in enumerate(data[12 : 12 + count]):
            if value * multiplier:
                channels[index + 1] = Channel(country, value * multiplier, in_major=True)
    return Setup(data[0], firmware, protocol, count, channels)


@dataclass(frozen=True)
class Counters:
    """What a validator has counted in its life; they survive the power and wrap at 2^32."""

    stacked: int
    rejected: int


def counters(data: bytes) -> Counters:
    """The answer to GET COUNTERS; `data` is what stands behind OK.

    Raises:
        BadFrame: these are not the five counters of a note validator.
    """
    if len(data) != 1 + 4 * COUNTERS or data[0] != COUNTERS:
        raise BadFrame(f"counters of {len(data)} bytes")
    numbers = [int.from_bytes(data[at : at + 4], "little") for at in range(1, len(data), 4)]
    return Counters(numbers[0], numbers[4])


def inhibits(channels: set[int], count: int) -> bytes:
    """The bytes of SET INHIBITS that let these channels in: channel 1 is the first byte's last bit.

    Two bytes, or three where the device has more than sixteen channels.
    """
    size = 2 if count <= 16 else 3
    return sum(1 << (channel - 1) for channel in channels).to_bytes(size, "little")


def _text(data: bytes) -> str:
    return data.decode("ascii", "replace").strip("\x00 ")
