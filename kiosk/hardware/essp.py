"""The encryption of SSP (eSSP): how a key is agreed on, and packets under it.

The lower half of the key is fixed and lies in both; the upper one is agreed on in every
connection, by Diffie and Hellman's exchange. Packets are counted, so that none can be played back.

Source: Innovative Technology, SSP Protocol Manual GA138_2_2_2129A; where it leaves a choice (byte
order, size of the numbers, when the count goes up), the maker's published example code in C. It
keeps out who swaps an acceptor or listens; AES in single blocks and primes of 31 bits, which are
the maker's, are no more than that.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher as Aes
from cryptography.hazmat.primitives.ciphers import algorithms, modes

from kiosk.hardware.ssp_frames import BadFrame, crc

STEX = 0x7E
DEFAULT_KEY = 0x0123456701234567
"""The fixed half with which devices are delivered."""

BLOCK_BYTES = 16
HEAD_BYTES = 5
CRC_BYTES = 2
PRIME_BITS = 31
"""More would overflow the 64-bit arithmetic of the maker's code on the other side."""

_WITNESSES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)
"""Enough for Miller and Rabin's test to be sure below 2^64."""


def is_prime(number: int) -> bool:
    """Whether a number below 2^64 is prime."""
    if number < 2:
        return False
    for small in _WITNESSES:
        if number % small == 0:
            return number == small
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for witness in _WITNESSES:
        power = pow(witness, odd, number)
        if power in (1, number - 1):
            continue
        for _ in range(twos - 1):
            power = power * power % number
            if power == number - 1:
                break
        else:
            return False
    return True


def _prime() -> int:
    while True:
        number = secrets.randbits(PRIME_BITS) | 1 << PRIME_BITS - 1 | 1
        if is_prime(number):
            return number


@dataclass(frozen=True)
class Exchange:
    """The host's side of one agreement.

    Attributes:
        generator: a prime, the larger of the two, as the maker has it.
        modulus: a prime.
        secret: the host's random number; it never leaves the kiosk.
    """

    generator: int
    modulus: int
    secret: int = field(repr=False)

    @classmethod
    def begin(cls) -> Exchange:
        """Choose the numbers."""
        one, other = _prime(), _prime()
        while one == other:
            other = _prime()
        return cls(max(one, other), min(one, other), 1 + secrets.randbelow((1 << 31) - 1))

    @property
    def told(self) -> int:
        """The intermediate key that the device is told."""
        return pow(self.generator, self.secret, self.modulus)

    def agreed(self, answered: int) -> int:
        """The half of the key that follows from the device's intermediate key."""
        return pow(answered, self.secret, self.modulus)


def number(value: int) -> bytes:
    """A number of the agreement, as it goes over the line: 8 bytes, the low one first."""
    return value.to_bytes(8, "little")


class Cipher:
    """What is said under one key.

    Args:
        fixed: the half that lies in both, 64 bits.
        agreed: the half that was agreed on, 64 bits.
    """

    def __init__(self, fixed: int, agreed: int) -> None:
        self._aes = Aes(algorithms.AES(number(fixed) + number(agreed)), modes.ECB())
        self._count = 0

    def seal(self, data: bytes) -> bytes:
        """The data of the next frame to the device."""
        room = -(HEAD_BYTES + len(data) + CRC_BYTES) % BLOCK_BYTES
        packet = bytes([len(data)]) + self._count.to_bytes(4, "little") + data
        packet += secrets.token_bytes(room)
        packet += crc(packet).to_bytes(CRC_BYTES, "little")
        self._count = (self._count + 1) & 0xFFFFFFFF
        sealing = self._aes.encryptor()
        return bytes([STEX]) + sealing.update(packet) + sealing.finalize()

    def open(self, data: bytes) -> bytes:
        """What a frame of the device says.

        Raises:
            BadFrame: it is not sealed, not by this key, or not the answer to the last packet.
        """
        if data[:1] != bytes([STEX]) or len(data) < 2 or (len(data) - 1) % BLOCK_BYTES:
            raise BadFrame("an answer that is not encrypted")
        opening = self._aes.decryptor()
        packet = opening.update(data[1:]) + opening.finalize()
        if crc(packet[:-CRC_BYTES]) != int.from_bytes(packet[-CRC_BYTES:], "little"):
            raise BadFrame("an answer under another key")
        if int.from_bytes(packet[1:HEAD_BYTES], "little") != self._count:
            raise BadFrame("an answer with the count of another")
        end = HEAD_BYTES + packet[0]
        if not packet[0] or end > len(packet) - CRC_BYTES:
            raise BadFrame("an encrypted answer of the wrong length")
        return packet[HEAD_BYTES:end]
