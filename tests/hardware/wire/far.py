"""A ccTalk device at the far end of a line that says what a test lets it say."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from kiosk.hardware import cctalk

NAK = "nak"


class Far:
    """It answers what stands in `answers` (the last of a list again and again), as a transport.

    Args:
        address: its own.
        check: how its frames are checked.
        names: of its coins or notes, by number.
        category: what it says that it is.
    """

    def __init__(
        self, address: int, check: cctalk.Check, names: Mapping[int, str], category: str
    ) -> None:
        self.address = address
        self.check = check
        self.names = names
        self.counter = 0
        self.pairs = deque([(0, 0)] * 5, maxlen=5)
        self.inhibits = bytes(2)
        self.answers: dict[int, list[bytes | str | None]] = {
            245: [category.encode()],
            246: [b"FOY"],
            244: [b"X6"],
            242: [(7001).to_bytes(3, "little")],
            232: [b"\0"],
            156: [bytes((100, 0, 2))],
        }
        self.sent: list[tuple[int, bytes]] = []
        self.waiting = b""
        self.plugged = True
        self.damage: list[bytes] = []
        """What the next answers are instead, one after the other."""

    def happen(self, *events: tuple[int, int]) -> None:
        """These events, in order."""
        for event in events:
            self.counter = 1 if self.counter == 255 else self.counter + 1
            self.pairs.appendleft(event)

    def restart(self) -> None:
        """It forgets what it counted and what it was told."""
        self.counter, self.inhibits = 0, bytes(2)
        self.pairs.extend([(0, 0)] * 5)

    def count(self, header: int) -> int:
        return sum(sent[0] == header for sent in self.sent)

    def last(self, header: int) -> bytes:
        return next(data for sent, data in reversed(self.sent) if sent == header)

    # What a driver needs of a line.

    def write(self, data: bytes, timeout_s: float = 2.0) -> None:
        if not self.plugged:
            raise OSError(5, "gone")
        header, body = data[3], data[4:-1]
        assert data == cctalk.frame(self.address, header, body, check=self.check)
        self.sent.append((header, body))
        answer = self._answer(header, body)
        if self.damage:
            self.waiting += self.damage.pop(0)
        elif answer is not None:
            code = cctalk.NAK if answer == NAK else 0
            told = b"" if isinstance(answer, str) else answer
            self.waiting += cctalk.frame(1, code, told, check=self.check, source=self.address)

    def _answer(self, header: int, body: bytes) -> bytes | str | None:
        if header in self.answers:
            told = self.answers[header]
            return told.pop(0) if len(told) > 1 else told[0]
        if header in (229, 159):
            return bytes((self.counter, *self._bytes(self.pairs)))
        if header in (184, 157):
            length = 6 if header == 184 else 7
            return self.names.get(body[0], "." * length).encode()
        if header == 231:
            self.inhibits = body
        if header == 230:
            return self.inhibits
        return b""

    @staticmethod
    def _bytes(pairs: Iterable[tuple[int, int]]) -> list[int]:
        return [byte for pair in pairs for byte in pair]

    def read(self, limit: int, timeout_s: float) -> bytes:
        if not self.plugged:
            raise OSError(5, "gone")
        data, self.waiting = self.waiting[:limit], self.waiting[limit:]
        return data

    def close(self) -> None:
        self.waiting = b""
