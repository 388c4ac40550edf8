"""A simulated MIFARE DESFire EV1: the chip of a card, as frames in and out.

Written from what is public of NXP's data sheet MF3ICDx21_41_81 and from the captured sessions that
tests/hardware/test_desfire.py names; it has nothing of the driver, and a client of somebody else
(python-desfire) speaks to it in the tests. Frames are native (status first) or wrapped by
ISO 7816-4 (CLA 90, status last).

It models a blank card (its master key is a DES key of zeros, anybody may make applications),
applications with AES keys, AuthenticateAES, ChangeKey, GetKeyVersion, GetKeySettings,
GetApplicationIDs, DeleteApplication, GetCardUID, and secure messaging with its chain.

Not modelled: files, DES and 3DES, key settings other than that key 0 changes all, random UIDs, the
limits of memory, EV2 and its proximity check, and how long a chip takes.
"""

from __future__ import annotations

import secrets
import zlib
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_APPLICATIONS_MAX = 28
_OK, _MORE = 0x00, 0xAF
_ILLEGAL, _INTEGRITY, _NO_SUCH_KEY, _LENGTH = 0x1C, 0x1E, 0x40, 0x7E
_DENIED, _PARAMETER, _NO_APPLICATION = 0x9D, 0x9E, 0xA0
_AUTHENTICATION, _ABORTED, _FULL, _DUPLICATE = 0xAE, 0xCA, 0x0E, 0xDE


def _aes(key: bytes, iv: bytes, data: bytes, *, back: bool = False) -> bytes:
    cipher = Cipher(algorithms.AES(key), modes.CBC(iv))
    maker = cipher.decryptor() if back else cipher.encryptor()
    return maker.update(data) + maker.finalize()


def _jamcrc(data: bytes) -> bytes:
    return (~zlib.crc32(data) & 0xFFFFFFFF).to_bytes(4, "little")


def _shift(block: bytes) -> bytes:
    number = int.from_bytes(block, "big")
    shifted = (number << 1) & ((1 << 128) - 1)
    return (shifted ^ (0x87 if number >> 127 else 0)).to_bytes(16, "big")


@dataclass
class _Application:
    settings: int
    keys: list[bytes]
    versions: list[int]


@dataclass
class _Channel:
    """Secure messaging of EV1: one vector goes through enciphering and CMACs alike."""

    number: int
    key: bytes
    iv: bytes = bytes(16)

    def cmac(self, data: bytes) -> bytes:
        k1 = _shift(_aes(self.key, bytes(16), bytes(16)))
        if data and len(data) % 16 == 0:
            blocks, mask = data, k1
        else:
            blocks = data + b"\x80" + bytes(-(len(data) + 1) % 16)
            mask = _shift(k1)
        last = bytes(a ^ b for a, b in zip(blocks[-16:], mask, strict=True))
        self.iv = _aes(self.key, self.iv, blocks[:-16] + last)[-16:]
        return self.iv

    def deciphered(self, data: bytes) -> bytes:
        plain = _aes(self.key, self.iv, data, back=True)
        self.iv = data[-16:]
        return plain

    def enciphered(self, data: bytes) -> bytes:
        made = _aes(self.key, self.iv, data + bytes(-len(data) % 16))
        self.iv = made[-16:]
        return made


@dataclass
class _Asked:
    number: int
    rnd_b: bytes
    iv: bytes = field(repr=False)


class Desfire:
    """The chip of one card.

    Args:
        uid: seven bytes.
    """

    def __init__(self, uid: bytes) -> None:
        self.uid = uid
        self.applications: dict[bytes, _Application] = {}
        self.power_off()

    def power_off(self) -> None:
        """It left the field: of a conversation nothing is left."""
        self._at = bytes(3)
        self._channel: _Channel | None = None
        self._asked: _Asked | None = None

    def answer(self, frame: bytes) -> bytes:
        """What the chip answers, with its status where the frame's form has it."""
        if frame[0] == 0x90 and len(frame) >= 5:
            body = frame[5 : 5 + frame[4]] if len(frame) > 5 else b""
            status, data = self._native(frame[1], body)
            return data + bytes([0x91, status])
        if frame[0] == 0x00:
            return b"\x6a\x82"  # ISO files are not modelled, nor is there a payment directory
        status, data = self._native(frame[0], frame[1:])
        return bytes([status]) + data

    def _native(self, instruction: int, body: bytes) -> tuple[int, bytes]:
        asked, self._asked = self._asked, None
        match instruction:
            case 0xAA:
                self._channel = None
                return self._authenticate(body)
            case 0xAF:
                return self._proved(asked, body) if asked else (_ABORTED, b"")
            case 0x5A:
                self._channel = None
                return self._select(body)
            case 0xC4:
                return self._change_key(body)
            case _:
                return self._plain(instruction, body)

    def _plain(self, instruction: int, body: bytes) -> tuple[int, bytes]:
        """A command in plain: in a conversation its answer has a CMAC."""
        channel = self._channel
        if channel is not None:
            channel.cmac(bytes([instruction]) + body)
        status, data = self._command(instruction, body)
        if status != _OK:
            self._channel = None
            return status, b""
        if self._channel is None:
            return status, data
        if instruction == 0x51:
            plain = data + _jamcrc(data + b"\x00")
            return status, self._channel.enciphered(plain)
        return status, data + self._channel.cmac(data + b"\x00")[:8]

    def _command(self, instruction: int, body: bytes) -> tuple[int, bytes]:
        match instruction:
            case 0xCA:
                return self._create(body)
            case 0xDA:
                return self._delete(body)
            case 0x6A:
                at_card = self._at == bytes(3)
                return (_OK, b"".join(self.applications)) if at_card else (_ILLEGAL, b"")
            case 0x64:
                application = self.applications.get(self._at)
                if application is None or len(body) != 1 or body[0] >= len(application.keys):
                    return _NO_SUCH_KEY, b""
                return _OK, bytes([application.versions[body[0]]])
            case 0x45:
                application = self.applications.get(self._at)
                if application is None:
                    return _OK, b"\x0f\x01"
                return _OK, bytes([application.settings, 0x80 | len(application.keys)])
            case 0x51:
                return (_OK, self.uid) if self._channel else (_AUTHENTICATION, b"")
            case _:
                return _ILLEGAL, b""

    def _select(self, body: bytes) -> tuple[int, bytes]:
        if len(body) != 3:
            return _LENGTH, b""
        if body != bytes(3) and body not in self.applications:
            return _NO_APPLICATION, b""
        self._at = body
        return _OK, b""

    def _create(self, body: bytes) -> tuple[int, bytes]:
        if len(body) != 5:
            return _LENGTH, b""
        name, settings, keys = body[:3], body[3], body[4]
        if self._at != bytes(3):
            return _ILLEGAL, b""
        if name == bytes(3) or name in self.applications:
            return _DUPLICATE, b""
        if keys & 0xC0 != 0x80 or not 1 <= keys & 0x0F <= 14:
            return _PARAMETER, b""
        if len(self.applications) == _APPLICATIONS_MAX:
            return _FULL, b""
        count = keys & 0x0F
        self.applications[name] = _Application(settings, [bytes(16)] * count, [0] * count)
        return _OK, b""

    def _delete(self, body: bytes) -> tuple[int, bytes]:
        # The card's own key would do, too; with a blank card everybody has it, and it is DES.
        if self._channel is None or self._channel.number != 0 or body != self._at:
            return _AUTHENTICATION, b""
        del self.applications[body]
        self._at, self._channel = bytes(3), None
        return _OK, b""

    def _authenticate(self, body: bytes) -> tuple[int, bytes]:
        application = self.applications.get(self._at)
        if len(body) != 1:
            return _LENGTH, b""
        if application is None:
            return _AUTHENTICATION, b""  # the card's own key is none of AES
        if body[0] >= len(application.keys):
            return _NO_SUCH_KEY, b""
        rnd_b = secrets.token_bytes(16)
        sent = _aes(application.keys[body[0]], bytes(16), rnd_b)
        self._asked = _Asked(body[0], rnd_b, sent)
        return _MORE, sent

    def _proved(self, asked: _Asked, body: bytes) -> tuple[int, bytes]:
        if len(body) != 32:
            return _LENGTH, b""
        key = self.applications[self._at].keys[asked.number]
        plain = _aes(key, asked.iv, body, back=True)
        rnd_a, rnd_b = plain[:16], asked.rnd_b
        if plain[16:] != rnd_b[1:] + rnd_b[:1]:
            return _AUTHENTICATION, b""
        session = rnd_a[0:4] + rnd_b[0:4] + rnd_a[12:16] + rnd_b[12:16]
        self._channel = _Channel(asked.number, session)
        return _OK, _aes(key, body[-16:], rnd_a[1:] + rnd_a[:1])

    def _change_key(self, body: bytes) -> tuple[int, bytes]:
        channel, self._channel = self._channel, None
        application = self.applications.get(self._at)
        if channel is None or application is None or channel.number != 0:
            return _AUTHENTICATION, b""
        if len(body) != 33:
            return _LENGTH, b""
        number = body[0]
        if number >= len(application.keys):
            return _NO_SUCH_KEY, b""
        plain = channel.deciphered(body[1:])
        told, crc, rest = plain[:17], plain[17:21], plain[21:]
        if crc != _jamcrc(bytes([0xC4, number]) + told):
            return _INTEGRITY, b""
        new = told[:16]
        if number != channel.number:
            old = application.keys[number]
            new = bytes(a ^ b for a, b in zip(new, old, strict=True))
            if rest[:4] != _jamcrc(new):
                return _INTEGRITY, b""
        application.keys[number], application.versions[number] = new, told[16]
        if number == channel.number:
            return _OK, b""
        self._channel = channel
        return _OK, channel.cmac(b"\x00")[:8]
