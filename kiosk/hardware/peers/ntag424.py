"""A simulated NTAG 424 DNA: the chip of a card, as APDUs in and out.

Written from NXP's data sheet NT4H2421Gx, rev. 3.0, and from nothing of the driver. It models the
application with its five keys and the NDEF file, AuthenticateEV2First, ChangeKey, GetKeyVersion,
GetFileSettings, ChangeFileSettings, ISO SELECT, READ BINARY and UPDATE BINARY, the counter of reads
and secure dynamic messaging with hidden UID and counter (AES).

Not modelled: LRP, AuthenticateEV2NonFirst, the other two files, random UIDs, enciphered file data,
the limit of the counter, the counters of failed authentications, SetConfiguration, tamper wires,
the originality signature, and how long a chip takes.
"""

from __future__ import annotations

import secrets
import zlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

_DF_NAME = bytes.fromhex("D2760000850101")
_NDEF_FILE_ID = bytes.fromhex("E104")
_FILE_SIZE = 256
_FREE, _NEVER = 0xE, 0xF

_OK = b"\x90\x00"
_ISO_NOT_FOUND = b"\x6a\x82"
_ISO_DENIED = b"\x69\x82"
_ISO_NO_FILE = b"\x69\x86"
_ISO_WRONG_LENGTH = b"\x67\x00"
_ISO_UNKNOWN = b"\x6d\x00"
_ISO_CLASS = b"\x6e\x00"

_DONE = b"\x91\x00"
_MORE = b"\x91\xaf"
_ILLEGAL = b"\x91\x1c"
_INTEGRITY = b"\x91\x1e"
_NO_SUCH_KEY = b"\x91\x40"
_LENGTH = b"\x91\x7e"
_DENIED = b"\x91\x9d"
_PARAMETER = b"\x91\x9e"
_AUTHENTICATION = b"\x91\xae"
_ABORTED = b"\x91\xca"
_NO_FILE = b"\x91\xf0"


def _ecb(key: bytes, block: bytes) -> bytes:
    maker = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return maker.update(block) + maker.finalize()


def _cbc(key: bytes, iv: bytes, data: bytes, *, back: bool = False) -> bytes:
    cipher = Cipher(algorithms.AES(key), modes.CBC(iv))
    maker = cipher.decryptor() if back else cipher.encryptor()
    return maker.update(data) + maker.finalize()


def _cmac(key: bytes, data: bytes) -> bytes:
    maker = CMAC(algorithms.AES(key))
    maker.update(data)
    return maker.finalize()


def _mact(key: bytes, data: bytes) -> bytes:
    """The truncated MAC: bytes 1, 3, … 15 of the whole one (section 9.1.3)."""
    return bytes(_cmac(key, data)[i] for i in range(1, 16, 2))


@dataclass
class _Key:
    value: bytes = bytes(16)
    version: int = 0


@dataclass
class _Channel:
    """Secure messaging after an authentication (section 9.1)."""

    key_number: int
    ti: bytes
    enc: bytes
    mac: bytes
    counter: int = 0

    def counted(self) -> bytes:
        return self.counter.to_bytes(2, "little") + self.ti

    def iv(self, label: bytes) -> bytes:
        tail = self.ti + self.counter.to_bytes(2, "little")
        return _ecb(self.enc, label + tail + bytes(8))


@dataclass
class _File:
    """The NDEF file and its settings; access rights are numbers of keys, E free, F never."""

    data: bytearray
    read: int = _FREE
    write: int = _FREE
    read_write: int = _FREE
    change: int = 0
    sdm: bytes = b""
    """From SDMOptions on, as ChangeFileSettings set it; empty: off."""

    def settings(self) -> bytes:
        option = 0x40 if self.sdm else 0x00
        rights = bytes([self.read_write << 4 | self.change, self.read << 4 | self.write])
        return bytes([0x00, option]) + rights + len(self.data).to_bytes(3, "little") + self.sdm


class Ntag424:
    """The chip of one card.

    Args:
        uid: seven bytes.
    """

    def __init__(self, uid: bytes) -> None:
        self.uid = uid
        self.keys = [_Key() for _ in range(5)]
        self.file = _File(bytearray(_FILE_SIZE))
        self.reads = 0
        self.power_off()

    def power_off(self) -> None:
        """It left the field: of a conversation nothing is left."""
        self._selected = False
        self._in_file = False
        self._counted = False
        self._channel: _Channel | None = None
        self._asked: tuple[int, bytes] | None = None

    def answer(self, apdu: bytes) -> bytes:
        """What the chip answers, with its status."""
        if apdu[0] == 0x00:
            return self._iso(apdu)
        if apdu[0] != 0x90:
            return _ISO_CLASS
        if not self._selected:
            return _ILLEGAL
        body = apdu[5 : 5 + apdu[4]] if len(apdu) > 5 else b""
        asked, self._asked = self._asked, None
        match apdu[1]:
            case 0x71:
                return self._authenticate(body)
            case 0xAF if asked is not None:
                return self._proved(body, *asked)
            case 0xAF:
                return _ABORTED
            case 0xF5 if self._channel is None:
                return self.file.settings() + _DONE if body == b"\x02" else _NO_FILE
            case 0x64 | 0xC4 | 0x5F | 0xF5:
                return self._secured(apdu[1], body)
            case _:
                return _ILLEGAL

    # --- ISO 7816-4 --------------------------------------------------------------------------

    def _iso(self, apdu: bytes) -> bytes:
        if len(apdu) < 5:
            return _ISO_WRONG_LENGTH
        match apdu[1]:
            case 0xA4:
                return self._select(apdu)
            case 0xB0:
                return self._read_binary(apdu)
            case 0xD6:
                return self._update_binary(apdu)
            case _:
                return _ISO_UNKNOWN

    def _select(self, apdu: bytes) -> bytes:
        name = apdu[5 : 5 + apdu[4]]
        self._channel = None
        self._in_file = self._counted = False
        if apdu[2] == 0x04:
            self._selected = name == _DF_NAME
            return _OK if self._selected else _ISO_NOT_FOUND
        if apdu[2] == 0x00 and self._selected and name == _NDEF_FILE_ID:
            self._in_file = True
            return _OK
        return _ISO_NOT_FOUND

    def _read_binary(self, apdu: bytes) -> bytes:
        if not self._in_file:
            return _ISO_NO_FILE
        if _FREE not in (self.file.read, self.file.read_write):
            return _ISO_DENIED
        offset = apdu[2] << 8 | apdu[3]
        if offset >= _FILE_SIZE:
            return _ISO_WRONG_LENGTH
        if self.file.sdm and not self._counted:
            # Once for each time that it is selected (section 9.3.1).
            self.reads += 1
            self._counted = True
        wanted = apdu[4] or _FILE_SIZE
        return bytes(self._mirrored()[offset : offset + wanted]) + _OK

    def _update_binary(self, apdu: bytes) -> bytes:
        if not self._in_file:
            return _ISO_NO_FILE
        if _FREE not in (self.file.write, self.file.read_write):
            return _ISO_DENIED
        offset, told = apdu[2] << 8 | apdu[3], apdu[5 : 5 + apdu[4]]
        if offset + len(told) > _FILE_SIZE:
            return _ISO_WRONG_LENGTH
        self.file.data[offset : offset + len(told)] = told
        return _OK

    # --- secure dynamic messaging (section 9.3) ----------------------------------------------

    def _mirrored(self) -> bytearray:
        """The file as it is read: what the chip writes over it is in no memory."""
        told = bytearray(self.file.data)
        if not self.file.sdm:
            return told
        meta, signing = self.file.sdm[2] >> 4, self.file.sdm[2] & 0xF
        picc, covered, signed = (
            int.from_bytes(self.file.sdm[n : n + 3], "little") for n in (3, 6, 9)
        )
        counter = self.reads.to_bytes(3, "little")
        plain = b"\xc7" + self.uid + counter + secrets.token_bytes(5)
        hidden = _cbc(self.keys[meta].value, bytes(16), plain)
        told[picc : picc + 32] = hidden.hex().upper().encode()
        session = _cmac(self.keys[signing].value, b"\x3c\xc3\x00\x01\x00\x80" + self.uid + counter)
        mact = _mact(session, bytes(told[covered:signed]))
        told[signed : signed + 16] = mact.hex().upper().encode()
        return told

    # --- authentication (section 9.1.5) ------------------------------------------------------

    def _authenticate(self, body: bytes) -> bytes:
        self._channel = None
        if len(body) < 2 or len(body) != 2 + body[1]:
            return _LENGTH
        if body[0] >= len(self.keys):
            return _NO_SUCH_KEY
        rnd_b = secrets.token_bytes(16)
        self._asked = body[0], rnd_b
        return _cbc(self.keys[body[0]].value, bytes(16), rnd_b) + _MORE

    def _proved(self, body: bytes, number: int, rnd_b: bytes) -> bytes:
        if len(body) != 32:
            return _LENGTH
        key = self.keys[number].value
        plain = _cbc(key, bytes(16), body, back=True)
        rnd_a = plain[:16]
        if plain[16:] != rnd_b[1:] + rnd_b[:1]:
            return _AUTHENTICATION
        ti = secrets.token_bytes(4)
        xored = bytes(a ^ b for a, b in zip(rnd_a[2:8], rnd_b[0:6], strict=True))
        tail = b"\x00\x01\x00\x80" + rnd_a[0:2] + xored + rnd_b[6:16] + rnd_a[8:16]
        enc, mac = _cmac(key, b"\xa5\x5a" + tail), _cmac(key, b"\x5a\xa5" + tail)
        self._channel = _Channel(number, ti, enc, mac)
        return _cbc(key, bytes(16), ti + rnd_a[1:] + rnd_a[:1] + bytes(12)) + _DONE

    # --- commands in a conversation ----------------------------------------------------------

    def _secured(self, instruction: int, body: bytes) -> bytes:
        channel = self._channel
        if channel is None:
            return _AUTHENTICATION
        told, mact = body[:-8], body[-8:]
        if mact != _mact(channel.mac, bytes([instruction]) + channel.counted() + told):
            return self._failed(_INTEGRITY)
        head, enciphered = told[:1], told[1:]
        plain = b""
        if enciphered:
            if len(enciphered) % 16:
                return self._failed(_LENGTH)
            padded = _cbc(channel.enc, channel.iv(b"\xa5\x5a"), enciphered, back=True)
            plain, mark, zeros = padded.rpartition(b"\x80")
            if not mark or zeros.strip(b"\x00"):
                return self._failed(_INTEGRITY)
        channel.counter += 1
        match instruction:
            case 0x64:
                status, data = self._key_version(head)
            case 0xF5:
                status, data = (_DONE, self.file.settings()) if head == b"\x02" else (_NO_FILE, b"")
            case 0x5F:
                status, data = self._change_settings(channel, head, plain), b""
            case _:
                return self._change_key(channel, head, plain)
        if status != _DONE:
            return self._failed(status)
        return data + _mact(channel.mac, b"\x00" + channel.counted() + data) + _DONE

    def _failed(self, status: bytes) -> bytes:
        self._channel = None
        return status

    def _key_version(self, head: bytes) -> tuple[bytes, bytes]:
        if head[0] >= len(self.keys):
            return _NO_SUCH_KEY, b""
        return _DONE, bytes([self.keys[head[0]].version])

    def _change_key(self, channel: _Channel, head: bytes, plain: bytes) -> bytes:
        number = head[0]
        if channel.key_number != 0:
            return self._failed(_AUTHENTICATION)
        if number >= len(self.keys):
            return self._failed(_NO_SUCH_KEY)
        if number == 0:
            if len(plain) != 17:
                return self._failed(_LENGTH)
            self.keys[0] = _Key(plain[:16], plain[16])
            return self._failed(_DONE)
        if len(plain) != 21:
            return self._failed(_LENGTH)
        old = self.keys[number].value
        new = bytes(a ^ b for a, b in zip(plain[:16], old, strict=True))
        jamcrc = (~zlib.crc32(new) & 0xFFFFFFFF).to_bytes(4, "little")
        if plain[17:] != jamcrc:
            return self._failed(_INTEGRITY)
        self.keys[number] = _Key(new, plain[16])
        return _mact(channel.mac, b"\x00" + channel.counted()) + _DONE

    def _change_settings(self, channel: _Channel, head: bytes, plain: bytes) -> bytes:
        """ChangeFileSettings (section 10.7.1)."""
        if head != b"\x02":
            return _NO_FILE
        if channel.key_number != self.file.change:
            return _DENIED
        if len(plain) < 3 or plain[0] not in (0x00, 0x40):
            return _PARAMETER
        sdm = plain[3:] if plain[0] == 0x40 else b""
        if sdm:
            # UID and counter as ASCII, hidden under a key, signed under a key: no other form here.
            if len(sdm) != 12 or sdm[0] != 0xC1 or sdm[1] >> 4 != _NEVER:
                return _PARAMETER
            meta, signing = sdm[2] >> 4, sdm[2] & 0xF
            places = [int.from_bytes(sdm[n : n + 3], "little") for n in (3, 6, 9)]
            if meta > 4 or signing > 4 or not places[1] <= places[2] <= _FILE_SIZE - 16:
                return _PARAMETER
            overlap = places[0] < places[2] + 16 and places[2] < places[0] + 32
            if places[0] > _FILE_SIZE - 32 or overlap:
                return _PARAMETER
            if not self.file.sdm:
                self.reads = 0
        self.file.read_write, self.file.change = plain[1] >> 4, plain[1] & 0xF
        self.file.read, self.file.write = plain[2] >> 4, plain[2] & 0xF
        self.file.sdm = sdm
        return _DONE
