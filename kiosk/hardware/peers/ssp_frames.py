"""SSP on the wire as the simulated validator sees it: packets, byte stuffing, encrypted packets.

Source: ITL, SSP Protocol Manual GA138_2_2_2129A; for the count of encrypted packets the maker's own
host program, which is plainer than the manual: a command carries the count c, its reply c + 1, the
next command c + 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

STX: Final = 0x7F
STEX: Final = 0x7E
FLAG: Final = 0x80
BLOCK: Final = 16


def crc(data: bytes) -> int:
    """CRC-16, polynomial 0x8005, start 0xFFFF, not reflected."""
    value = 0xFFFF
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x8005 if value & 0x8000 else value << 1) & 0xFFFF
    return value


def packet(address: int, data: bytes) -> bytes:
    """A packet as it goes over the line; `address` with the sequence flag in bit 7."""
    inner = bytes((address, len(data))) + data
    inner += crc(inner).to_bytes(2, "little")
    return bytes((STX,)) + inner.replace(bytes((STX,)), bytes((STX, STX)))


@dataclass(frozen=True)
class Packet:
    """One undamaged packet: address with the sequence flag, data."""

    address: int
    data: bytes


class Framer:
    """Cuts what arrives into packets; what is damaged is dropped without a word.

    There is no time-out: a lone STX in the middle of a packet begins the next one.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._stx = False

    def forget(self) -> None:
        """Drop the beginning of a packet."""
        self._buffer.clear()
        self._stx = False

    def packets(self, data: bytes) -> Iterator[Packet]:
        """The packets that these bytes complete."""
        for byte in data:
            found = self._take(byte)
            if found is not None:
                yield found

    def _take(self, byte: int) -> Packet | None:
        if byte == STX and not (self._stx and self._buffer):
            self._stx = True
            return None
        if self._stx and byte != STX:
            self._buffer.clear()
            self._buffer.append(byte)
        elif self._stx or self._buffer:
            self._buffer.append(byte)
        self._stx = False
        if len(self._buffer) < 2 or len(self._buffer) < self._buffer[1] + 4:
            return None
        whole = bytes(self._buffer)
        self._buffer.clear()
        if crc(whole[:-2]) != int.from_bytes(whole[-2:], "little") or len(whole) < 5:
            return None
        return Packet(whole[0], whole[2:-2])


class Secret:
    """The key of a session, and the count of its packets.

    Args:
        fixed: the half of the key that host and device have in common, 64 bits.
        negotiated: the half that was just agreed on, 64 bits.
    """

    def __init__(self, fixed: int, negotiated: int) -> None:
        key = fixed.to_bytes(8, "little") + negotiated.to_bytes(8, "little")
        self._cipher = Cipher(algorithms.AES(key), modes.ECB())
        self.count = 0

    def seal(self, data: bytes, packing: bytes) -> bytes:
        """The encrypted data field with the present count; `packing` at least 15 bytes."""
        inner = bytes((len(data),)) + self.count.to_bytes(4, "little") + data
        inner += packing[: -(len(inner) + 2) % BLOCK]
        inner += crc(inner).to_bytes(2, "little")
        sealing = self._cipher.encryptor()
        return bytes((STEX,)) + sealing.update(inner) + sealing.finalize()

    def open(self, data: bytes) -> tuple[int, bytes] | None:
        """Count and command in an encrypted data field; None where the key does not fit."""
        sealed = data[1:]
        if not sealed or len(sealed) % BLOCK:
            return None
        opening = self._cipher.decryptor()
        inner = opening.update(sealed) + opening.finalize()
        length = inner[0]
        if crc(inner[:-2]) != int.from_bytes(inner[-2:], "little") or length + 7 > len(inner):
            return None
        return int.from_bytes(inner[1:5], "little"), inner[5 : 5 + length]


def is_prime(number: int) -> bool:
    """Miller and Rabin's test, certain below 2^64."""
    witnesses = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)
    if number < 2 or any(number % witness == 0 for witness in witnesses):
        return number in witnesses
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for witness in witnesses:
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
