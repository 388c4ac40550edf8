"""A contactless card in the emulator's USB card reader.

QEMU's `usb-ccid` with `ccid-card-passthru` speaks VSCARD on a socket: a header of three big-endian
32-bit numbers (type, reader, length), then as many bytes. We are the card's end; the reader asks
for the answer to reset and sends command APDUs, which the project's virtual card answers.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from pathlib import Path

from kiosk.hardware.peers.vpcd import VirtualCard

INIT, ERROR, READER_ADD, ATR, CARD_REMOVE, APDU = 1, 2, 3, 5, 6, 7
_HEADER = struct.Struct(">III")
_MAGIC = b"VSCD" + struct.pack(">II", 2, 0)
_ANY_READER = 0xFFFFFFFF
_RESET = b"\x00\x01\x04"
"""The project's virtual card is asked for its answer to reset so."""


class OutsideReader:
    """The field of one reader: a card lies there, or none.

    Args:
        path: the emulator's socket, which listens; words of its command line that make it so.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._line: socket.socket | None = None
        self._card: VirtualCard | None = None
        self._writing = threading.Lock()

    def words(self) -> list[str]:
        """What the emulator is started with; its USB controller is named ``usb``."""
        chardev = f"socket,id=reader,path={self.path},server=on,wait=off"
        return [
            *("-chardev", chardev, "-device", "usb-ccid,bus=usb.0"),
            *("-device", "ccid-card-passthru,chardev=reader"),
        ]

    def connect(self) -> None:
        """Plug the field in; the emulator has begun anew."""
        self.close()
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(str(self.path))
        threading.Thread(target=self._serve, args=(self._line,), daemon=True).start()
        self._send(INIT, _MAGIC, 0)
        self._send(READER_ADD, b"Foyer\0", _ANY_READER)

    def tap(self, uid: bytes) -> None:
        """Lay a card of the venue there."""
        self._card = VirtualCard(uid)
        self._send(ATR, self._card.feed(_RESET, 0.0)[2:])

    def untap(self) -> None:
        """Take it away."""
        if self._card is not None:
            self._card = None
            self._send(CARD_REMOVE, b"")

    def close(self) -> None:
        """Hang up; never raises."""
        line, self._line = self._line, None
        if line is not None:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def _send(self, kind: int, data: bytes, reader: int = 0) -> None:
        assert self._line is not None, "the reader is not connected"
        with self._writing:
            self._line.sendall(_HEADER.pack(kind, reader, len(data)) + data)

    def _serve(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError), line.makefile("rb") as wire:
            while len(header := wire.read(_HEADER.size)) == _HEADER.size:
                kind, _, length = _HEADER.unpack(header)
                data = wire.read(length)
                card = self._card
                if kind == APDU and card is not None:
                    asked = len(data).to_bytes(2, "big") + data
                    self._send(APDU, card.feed(asked, 0.0)[2:])
