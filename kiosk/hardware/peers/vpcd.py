"""A simulated contactless card, seen by a real PC/SC daemon through its virtual reader `vpcd`.

The card is the client: connected means in the field, closed means taken away. Every message is a
16-bit big-endian length and as many bytes. One byte is a control (0 power off, 1 power on, 2 reset,
4 "your ATR"; only the last is answered), more bytes are a command APDU.
"""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Literal, Protocol

from kiosk.hardware.peers import Options, Verb
from kiosk.hardware.peers.desfire import Desfire
from kiosk.hardware.peers.ntag424 import Ntag424
from kiosk.hardware.peers.pcscd import PrivatePcscd

CardKind = Literal["card", "bank", "phone"]

_ATR_NTAG = bytes.fromhex("3B8F8001804F0CA0000003060300030000000068")  # PC/SC part 3, storage card
_ATR_ISO_14443_4 = bytes.fromhex("3B80800101")
_ATR_DESFIRE = bytes.fromhex("3B8180018080")
_PAYMENT_DIRECTORY = b"2PAY.SYS.DDF01"
GONE_S = 5.0
"""A reader that has not looked for so long looks no more."""

_POWER_OFF = b"\x00"
_CONTROLS = (b"", _POWER_OFF, b"\x01", b"\x02")
_OK = b"\x90\x00"
_NOT_FOUND = b"\x6a\x82"
_UNKNOWN_INSTRUCTION = b"\x6d\x00"
_WRONG_LENGTH = b"\x67\x00"


def _tlv(tag: str, value: bytes) -> bytes:
    return bytes.fromhex(tag) + bytes([len(value)]) + value


_ENTRY = _tlv("61", _tlv("4F", bytes.fromhex("A0000000031010")) + _tlv("87", b"\x01"))
_PAYMENT_FCI = _tlv("6F", _tlv("84", _PAYMENT_DIRECTORY) + _tlv("A5", _tlv("BF0C", _ENTRY)))


class Chip(Protocol):
    """What is in a card beside its UID."""

    uid: bytes

    def answer(self, apdu: bytes) -> bytes:
        """What it answers to a command that is not the reader's own."""

    def power_off(self) -> None:
        """It left the field."""


CHIPS: Mapping[str, Callable[[bytes], Chip]] = {"ntag424": Ntag424, "desfire": Desfire}
"""Chips that can prove something, by name; made of a UID of seven bytes."""


class VirtualCard:
    """A card of the venue (``card``), a bank card, or a locked phone (the UID is random then).

    Args:
        uid: what it says at once.
        kind: see above.
        chip: what is in it; None: nothing but its UID.
        tear_after: it leaves the field after so many commands to its chip, when it has done the
            last of them and before it answers; None: it stays.
    """

    def __init__(
        self,
        uid: bytes,
        kind: CardKind = "card",
        chip: Chip | None = None,
        tear_after: int | None = None,
    ) -> None:
        self.uid = uid
        self.kind = kind
        self.chip = chip
        self.torn = False
        self._left = tear_after
        self._buffer = b""

    def feed(self, data: bytes, now_s: float) -> bytes:
        """Take bytes of the reader, give the answers; a card knows no time."""
        self._buffer += data
        answers = b""
        while len(self._buffer) >= 2 and not self.torn:
            end = 2 + int.from_bytes(self._buffer[:2], "big")
            if len(self._buffer) < end:
                break
            message, self._buffer = self._buffer[2:end], self._buffer[end:]
            answer = self._answer(message)
            if answer:
                answers += len(answer).to_bytes(2, "big") + answer
        return answers

    def _answer(self, message: bytes) -> bytes:
        if message == b"\x04":
            if isinstance(self.chip, Desfire):
                return _ATR_DESFIRE
            return _ATR_NTAG if self.kind == "card" and not self.chip else _ATR_ISO_14443_4
        if message in _CONTROLS:
            if self.chip is not None and message == _POWER_OFF:
                self.chip.power_off()
            return b""
        if self.chip is not None and message[0] != 0xFF:
            return self._of_chip(self.chip, message)
        if len(message) < 4:
            return _WRONG_LENGTH
        if message[:4] == bytes.fromhex("FFCA0000"):
            return self.uid + _OK
        if message[:4] == bytes.fromhex("00A40400"):
            length = message[4] if len(message) > 4 else 0
            name = message[5 : 5 + length]
            found = self.kind == "bank" and name == _PAYMENT_DIRECTORY
            return _PAYMENT_FCI + _OK if found else _NOT_FOUND
        return _UNKNOWN_INSTRUCTION

    def _of_chip(self, chip: Chip, message: bytes) -> bytes:
        answer = chip.answer(message)
        if self._left is not None:
            self._left -= 1
            self.torn = self._left <= 0
        return b"" if self.torn else answer


class CardField:
    """The place before the reader: one card at a time lies there.

    `connect` opens a line to the virtual reader and raises OSError when there is none.
    """

    def __init__(self, connect: Callable[[], socket.socket]) -> None:
        self._connect = connect
        self._card: VirtualCard | None = None
        self._served: tuple[socket.socket, threading.Thread] | None = None

    def tap(
        self,
        uid: bytes,
        kind: CardKind = "card",
        chip: Chip | None = None,
        tear_after: int | None = None,
    ) -> None:
        """Lay a card there, in place of the one that lies there: no sooner than it is gone.

        The arguments are those of `VirtualCard`.

        Raises:
            OSError: the reader is not there; the card lies there all the same.
        """
        self.untap()
        self._card = VirtualCard(uid, kind, chip, tear_after)
        self.reconnect()

    def untap(self) -> bool:
        """Take the card away, and wait until the reader has seen it; whether one lay there."""
        lay_there = self._card is not None
        self._card = None
        self._disconnect()
        return lay_there

    def reconnect(self) -> None:
        """The reader came back: a card that still lies there is in its field again."""
        self._disconnect()
        if self._card is None:
            return
        if self._card.chip is not None:
            self._card.chip.power_off()
        line = self._connect()
        thread = threading.Thread(target=_serve, args=(line, self._card), name="card", daemon=True)
        thread.start()
        self._served = line, thread

    def _disconnect(self) -> None:
        served, self._served = self._served, None
        if served is None:
            return
        line, thread = served
        # Only our half: the reader looks every 0.4 s, and closes its half when it sees that the
        # card is gone. It would take another card that comes before that for the same one.
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_WR)
        thread.join(GONE_S)


def _serve(line: socket.socket, card: VirtualCard) -> None:
    with line, contextlib.suppress(OSError):
        while not card.torn and (data := _received(line)):
            line.sendall(card.feed(data, time.monotonic()))
        # A card that was torn away lies there no more; the reader has to see that first, as in
        # `CardField._disconnect`.
        line.shutdown(socket.SHUT_WR)
        while line.recv(4096):
            pass


def _received(line: socket.socket) -> bytes:
    """What the reader sends: it sends a length, and waits for its receipt before what follows.

    The receipt would take the system 40 ms, which no card takes.
    """
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    return line.recv(4096)


def parse_uid(text: str) -> bytes:
    """The UID of a card, written in hex.

    Raises:
        ValueError: it is no UID of 4, 7 or 10 bytes.
    """
    try:
        uid = bytes.fromhex(text)
    except ValueError:
        uid = b""
    if len(uid) not in (4, 7, 10):
        raise ValueError(f"'{text}' is no UID: write 8, 14 or 20 hex digits, as in 04A1B2C3D4E5F6")
    return uid


def random_uid() -> bytes:
    """What a phone says at each tap: 08 and three random bytes."""
    return b"\x08" + secrets.token_bytes(3)


class RunningReader:
    """A simulated reader of a running kiosk: the daemon, its virtual reader and the field.

    What is written onto a chip stays on it as long as this reader runs.
    """

    def __init__(self) -> None:
        self._chips: dict[tuple[str, bytes], Chip] = {}
        self.daemon = PrivatePcscd()
        self.field = CardField(self.daemon.connect)
        self.port = self.daemon.socket
        self.verbs: Mapping[str, Verb] = {
            "tap": self._tap,
            "untap": self._untap,
        }
        self.daemon.start()

    def unplug(self) -> None:
        """Pull the cable: the daemon dies."""
        self.daemon.kill()

    def plug(self) -> None:
        """Put the cable back; a card that lies there is seen again."""
        self.daemon.start()
        self.field.reconnect()

    def stop(self) -> None:
        """End everything."""
        self.field.untap()
        self.daemon.close()

    def chip(self, name: str, uid: bytes) -> Chip:
        """The chip of a card, as it was left; a blank one at first.

        Raises:
            ValueError: its UID has not seven bytes.
        """
        if len(uid) != 7:
            raise ValueError(f"a card with {name} has a UID of 14 hex digits")
        return self._chips.setdefault((name, uid), CHIPS[name](uid))

    def _tap(self, words: list[str]) -> str:
        match words:
            case ["phone"]:
                uid, kind = random_uid(), "phone"
                self._lay(lambda: self.field.tap(uid, "phone"))
            case ["bank", text]:
                uid, kind = parse_uid(text), "bank card"
                self._lay(lambda: self.field.tap(uid, "bank"))
            case [name, text] if name in CHIPS:
                uid, kind = parse_uid(text), f"card ({name})"
                chip = self.chip(name, uid)
                self._lay(lambda: self.field.tap(uid, "card", chip))
            case [text]:
                uid, kind = parse_uid(text), "card"
                self._lay(lambda: self.field.tap(uid))
            case _:
                chips = "".join(f"tap {name} UID, " for name in CHIPS)
                raise ValueError(f"write: tap UID, {chips}tap bank UID, or tap phone")
        return f"a {kind} lies on the reader: {uid.hex().upper()}"

    def _untap(self, words: list[str]) -> str:
        if words:
            raise ValueError("untap takes no words")
        return "the card was taken away" if self.field.untap() else "no card lay there"

    def _lay(self, tap: Callable[[], None]) -> None:
        try:
            tap()
        except OSError:
            raise ValueError("the reader is unplugged; the card lies there unread") from None


def start(options: Options) -> RunningReader:
    """Start a simulated reader for one device; its `port` goes into the option ``socket``.

    Raises:
        PcscdUnavailable: no private daemon can run here.
    """
    return RunningReader()
