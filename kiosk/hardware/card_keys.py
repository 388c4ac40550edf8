"""The venue's keys for its cards, and what every check of a card does with them.

A file of the secrets' folder holds one master key a line, ``VERSION HEX``; the key of a card is
made of it and of the card's UID (NXP AN10922), so that who opens one card knows nothing of another.
The newest version is put onto cards, the older ones are still believed.

No key stands in a repr, an error or a log.
"""

from __future__ import annotations

import hmac
import os
import stat
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from kiosk.core.errors import DeviceError
from kiosk.core.messages import EnrolFailure

FILE: Final = "cards.keys"
BLOCK: Final = 16
BLANK: Final = bytes(BLOCK)
"""The key of a card as it is sold; its version is 0."""
VERSIONS_MAX: Final = 255
VERSION_DIGITS_MAX: Final = 9
INPUT_BYTES_MAX: Final = 31
SYSTEM: Final = b"foyer"
"""What AN10922 calls the system identifier: the same number and application are another's, too."""

Send = Callable[[bytes], bytes]
"""Sends a command to a card: what it answers, with its two status bytes.

Raises:
    CardTorn: it answers nothing any more.
"""


class CardTorn(Exception):
    """The card left the field in the middle."""


class NotGenuine(Exception):
    """The card says that it is one of the venue's, and cannot prove it."""


class CannotEnrol(Exception):
    """The card cannot be given keys."""

    def __init__(self, reason: EnrolFailure) -> None:
        super().__init__(reason)
        self.reason = reason


class Differs(Exception):
    """What the card answered does not fit the keys of the conversation."""


@dataclass(frozen=True)
class Masters:
    """The master keys, by version: 1 to 255."""

    by_version: dict[int, bytes] = field(repr=False)

    @property
    def newest(self) -> int:
        """The version that cards are given."""
        return max(self.by_version)

    @property
    def versions(self) -> tuple[int, ...]:
        """All versions, the newest first."""
        return tuple(sorted(self.by_version, reverse=True))

    def key(self, version: int, uid: bytes, application: bytes, number: int) -> bytes:
        """The key of this number in a card's application; version 0 is that of a card as sold.

        Raises:
            KeyError: there is no such version.
        """
        if version == 0:
            return BLANK
        return diversified(self.by_version[version], uid + application + bytes([number]) + SYSTEM)


def masters(path: Path) -> Masters:
    """Read the file of the venue's keys.

    Raises:
        DeviceError: it is not there, others may read it, or a line is none; no line is quoted.
    """
    try:
        with path.open("rb") as opened:
            if stat.S_IMODE(os.fstat(opened.fileno()).st_mode) & 0o077:
                raise DeviceError(f"{path} can be read by others: chmod 600 it", "settings")
            text = opened.read().decode("ascii", "replace")
    except FileNotFoundError:
        raise DeviceError(f"{path} is missing: make it with kiosk keys cards", "settings") from None
    except OSError as error:
        raise DeviceError(f"{path} cannot be read: {error.strerror}", "settings") from None
    return parsed(text, str(path))


def parsed(text: str, where: str) -> Masters:
    """The keys that stand in a text; ``#`` begins a remark.

    Raises:
        DeviceError: says which line is none, and never what stands in it.
    """
    found: dict[int, bytes] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        version, key = _row(words)
        if key is None or version in found:
            told = f"{where}: line {number} is no key: write VERSION and 32 hex digits"
            raise DeviceError(told, "settings")
        found[version] = key
    if not found:
        raise DeviceError(f"{where} holds no key: make one with kiosk keys cards", "settings")
    return Masters(found)


def _row(words: list[str]) -> tuple[int, bytes | None]:
    # The length first: Python reads no number of thousands of digits.
    if len(words) != 2 or len(words[0]) > VERSION_DIGITS_MAX or not words[0].isdecimal():
        return 0, None
    if not 1 <= int(words[0]) <= VERSIONS_MAX:
        return 0, None
    try:
        key = bytes.fromhex(words[1])
    except ValueError:
        return 0, None
    return int(words[0]), key if len(key) == BLOCK and key != BLANK else None


def diversified(master: bytes, told: bytes) -> bytes:
    """A card's own key: AN10922, section 2.2, AES-128.

    Args:
        master: 16 bytes.
        told: the diversification input M, 16 to 31 bytes; for a shorter one the note fills up in
            a way of its own, which nothing here needs.
    """
    if not BLOCK <= len(told) <= INPUT_BYTES_MAX:
        raise ValueError(f"{len(told)} bytes: it must be {BLOCK} to {INPUT_BYTES_MAX}")
    return mac(master, b"\x01" + told)


def _subkeys(key: bytes) -> tuple[bytes, bytes]:
    """K1 and K2 of a CMAC (NIST SP 800-38B, 6.1)."""
    first = _doubled(encrypted(key, BLANK))
    return first, _doubled(first)


def _doubled(block: bytes) -> bytes:
    value = int.from_bytes(block, "big") << 1
    if value >> 128:
        value ^= (1 << 128) | 0x87
    return value.to_bytes(BLOCK, "big")


def chained_mac(key: bytes, told: bytes, chain: bytes) -> bytes:
    """A CMAC that begins with the block `chain` in place of zeros (DESFire EV1)."""
    first, second = _subkeys(key)
    whole = bool(told) and len(told) % BLOCK == 0
    if not whole:
        told = told + b"\x80"
        told = told.ljust(-(-len(told) // BLOCK) * BLOCK, b"\x00")
    last = bytes(a ^ b for a, b in zip(told[-BLOCK:], first if whole else second, strict=True))
    return encrypted(key, told[:-BLOCK] + last, chain)[-BLOCK:]


def encrypted(key: bytes, told: bytes, chain: bytes = BLANK) -> bytes:
    """AES-128, CBC, of whole blocks."""
    cipher = Cipher(algorithms.AES(key), modes.CBC(chain)).encryptor()
    return cipher.update(told) + cipher.finalize()


def decrypted(key: bytes, told: bytes, chain: bytes = BLANK) -> bytes:
    """The other way; `told` are whole blocks."""
    cipher = Cipher(algorithms.AES(key), modes.CBC(chain)).decryptor()
    return cipher.update(told) + cipher.finalize()


def mac(key: bytes, told: bytes) -> bytes:
    """AES-CMAC, 16 bytes."""
    made = CMAC(algorithms.AES(key))
    made.update(told)
    return made.finalize()


def short_mac(key: bytes, told: bytes) -> bytes:
    """Every second byte of an AES-CMAC: what NXP calls the truncated MAC, 8 bytes."""
    return mac(key, told)[1::2]


def same(one: bytes, other: bytes) -> bool:
    """Whether they are alike, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(one, other)


def crc32(told: bytes) -> bytes:
    """The CRC of a key's change: CRC-32 without its last inversion, lowest byte first."""
    return (zlib.crc32(told) ^ 0xFFFFFFFF).to_bytes(4, "little")


def turned(told: bytes) -> bytes:
    """Its first byte goes to the end: how both sides show that they read the other's number."""
    return told[1:] + told[:1]
