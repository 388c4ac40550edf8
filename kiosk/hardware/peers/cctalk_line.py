"""One ccTalk line with simulated devices on it: frames, both kinds of check, echo, disturbances.

Sources: docs/devices.md, ccTalk; the frames that makers print in their manuals (Azkoyen X6,
Suzo-Happ Flow, Alberici Aventador). 9600 8N1 on one open-collector line: whoever sends hears
himself. A frame is ``DEST LEN SRC HEADER DATA CHK``, all bytes together 0 modulo 256; or, with a
CRC, ``DEST LEN CRClo HEADER DATA CRChi``, CRC-16/XMODEM over the others. A device says nothing to a
frame with a wrong check, to a command that it does not know and to an address that is not its own.

Not modelled: two devices at one address and what tells them apart (253 to 250), the address 0 that
all obey, the voltage and the speed of the line, collisions, the encrypted form, PIN numbers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

HOST: Final = 1
ACK: Final = (0, b"")
NAK: Final = (5, b"")
BUSY: Final = (6, b"")

EVENTS_KEPT: Final = 5
HEAD: Final = 5
"""Bytes of a frame without data."""

Reply = tuple[int, bytes]
"""Header and data of an answer."""
Command = Callable[[bytes, float], Reply | None]
"""Data of the command and the time, to the answer; None is silence."""


def told(data: bytes) -> Reply:
    """An answer with data."""
    return 0, data


def crc(data: bytes) -> int:
    """CRC-16/XMODEM: polynomial 0x1021, first value 0, the high bit first."""
    value = 0
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ (0x1021 if value & 0x8000 else 0)) & 0xFFFF
    return value


def frame(to: int, sender: int, header: int, data: bytes = b"", *, with_crc: bool = False) -> bytes:
    """A frame as it stands on the line; `sender` has no place in one with a CRC."""
    if with_crc:
        check = crc(bytes((to, len(data), header)) + data)
        return bytes((to, len(data), check & 0xFF, header)) + data + bytes((check >> 8,))
    body = bytes((to, len(data), sender, header)) + data
    return body + bytes((-sum(body) & 0xFF,))


def is_whole(found: bytes, *, with_crc: bool) -> bool:
    """Whether the check of this frame is right; its length is."""
    if with_crc:
        return crc(found[:2] + found[3:-1]) == found[2] | found[-1] << 8
    return sum(found) & 0xFF == 0


@dataclass(frozen=True)
class Identity:
    """What a device says of itself."""

    category: str
    maker: str
    product: str
    software: str
    serial: int
    """Three bytes, told with the low one first."""


class EventBuffer:
    """The last five events, the newest first, and how many there have been.

    The counter is 0 after a start only; it goes on from 255 to 1.
    """

    def __init__(self) -> None:
        self.counter = 0
        self._kept: list[tuple[int, int]] = []

    def add(self, a: int, b: int) -> None:
        """Something happened."""
        self.counter = self.counter % 255 + 1
        self._kept = [(a, b), *self._kept][:EVENTS_KEPT]

    def clear(self) -> None:
        """As after a start."""
        self.counter = 0
        self._kept = []

    def told(self) -> bytes:
        """The counter and five pairs."""
        pairs = self._kept + [(0, 0)] * (EVENTS_KEPT - len(self._kept))
        return bytes((self.counter, *(byte for pair in pairs for byte in pair)))


class Peripheral(ABC):
    """A device on the line: what all have in common. Times are seconds that do not go back.

    Alone it is a peer by itself, on a `line` of its own; several share a `Bus`.
    """

    def __init__(self, address: int, identity: Identity, *, with_crc: bool) -> None:
        if not HOST < address <= 255:
            raise ValueError(f"address {address}: a device has one from 2 to 255")
        if not 0 <= identity.serial < 1 << 24:
            raise ValueError(f"serial number {identity.serial}: it has three bytes")
        self.address = address
        self.identity = identity
        self.with_crc = with_crc
        self.powered = True
        self.line = Bus(self)

    def feed(self, data: bytes, now_s: float) -> bytes:
        """See `Bus.feed`, of a line with nothing else on it."""
        return self.line.feed(data, now_s)

    def tick(self, now_s: float) -> bytes:
        """See `Bus.tick`, of a line with nothing else on it."""
        return self.line.tick(now_s)

    def drop_replies(self, count: int) -> None:
        """The next answers are never heard."""
        self.line.drop_replies(count)

    def corrupt_replies(self, count: int) -> None:
        """The next answers arrive with one bit wrong."""
        self.line.corrupt_replies(count)

    def obey(self, header: int, data: bytes, now_s: float) -> Reply | None:
        """Answer a command that has arrived undamaged."""
        self.advance(now_s)
        length, act = {**self._common(), **self.commands()}.get(header, (0, None))
        if act is None:
            return None
        if length not in (len(data), None):
            return NAK
        return act(data, now_s)

    @abstractmethod
    def commands(self) -> Mapping[int, tuple[int | None, Command]]:
        """Header -> how many bytes of data (None: any number), and what answers."""

    @abstractmethod
    def advance(self, now_s: float) -> None:
        """Let time pass inside the device."""

    @abstractmethod
    def restart(self, now_s: float) -> None:
        """What RESET and the return of the power have in common."""

    def power_cut(self, now_s: float) -> None:
        """The power fails."""
        self.advance(now_s)
        self.powered = False

    def power_up(self, now_s: float) -> None:
        """The power is back."""
        self.powered = True
        self.restart(now_s)

    def _common(self) -> dict[int, tuple[int | None, Command]]:
        who = self.identity
        answers: dict[int, Reply] = {
            254: ACK,
            246: told(who.maker.encode("ascii")),
            245: told(who.category.encode("ascii")),
            244: told(who.product.encode("ascii")),
            242: told(who.serial.to_bytes(3, "little")),
            241: told(who.software.encode("ascii")),
            192: told(who.product.encode("ascii")),
            4: told(bytes((1, 4, 4))),
        }
        common: dict[int, tuple[int | None, Command]] = {
            header: (0, lambda data, now_s, reply=reply: reply)  # type: ignore[misc]
            for header, reply in answers.items()
        }
        common[1] = (0, self._reset)
        return common

    def _reset(self, data: bytes, now_s: float) -> Reply:
        self.restart(now_s)
        return ACK


class Bus:
    """The line: bytes of the host in, what the host hears out. Stands at the end of a transport.

    Args:
        devices: at addresses of their own.
        echo: the host hears what it says, as it does without an adapter that takes it away.
        inter_byte_s: a longer pause ends a frame that is not complete.

    Raises:
        ValueError: two devices at one address.
    """

    def __init__(self, *devices: Peripheral, echo: bool = True, inter_byte_s: float = 0.05) -> None:
        self.devices = {device.address: device for device in devices}
        if len(self.devices) < len(devices):
            raise ValueError("two devices at one address")
        self.echo = echo
        self.inter_byte_s = inter_byte_s
        self.heard: list[int] = []
        """The headers of the commands that arrived undamaged, with the newest last."""
        self._buffer = bytearray()
        self._last_s = 0.0
        self._late: list[tuple[float, bytes]] = []
        self._noise = b""
        self._drop = self._corrupt = self._truncate = 0
        self._deafen = self._garble = self._delay = 0
        self._delay_s = 0.0

    def feed(self, data: bytes, now_s: float) -> bytes:
        """What the host has sent, to what it hears: its echo, and answers."""
        if now_s - self._last_s > self.inter_byte_s:
            self._buffer.clear()
        self._last_s = now_s
        if self._garble and data:
            self._garble -= 1
            data = bytes((*data[:-1], data[-1] ^ 0x10))
        heard = data if self.echo else b""
        if self._deafen:
            self._deafen -= 1
            return heard
        self._buffer += data
        while len(self._buffer) >= 2 and len(self._buffer) >= self._buffer[1] + HEAD:
            length = self._buffer[1] + HEAD
            found = bytes(self._buffer[:length])
            del self._buffer[:length]
            heard += self._damaged(self._answer(found, now_s), now_s)
        return heard

    def tick(self, now_s: float) -> bytes:
        """Let time pass; late answers and noise come unasked, nothing else does."""
        for device in self.devices.values():
            if device.powered:
                device.advance(now_s)
        out, self._noise = self._noise, b""
        out += b"".join(late for due_s, late in self._late if due_s <= now_s)
        self._late = [one for one in self._late if one[0] > now_s]
        return out

    def _answer(self, found: bytes, now_s: float) -> bytes:
        device = self.devices.get(found[0])
        if device is None or not device.powered or not is_whole(found, with_crc=device.with_crc):
            return b""
        if not device.with_crc and found[2] != HOST:
            return b""
        self.heard.append(found[3])
        reply = device.obey(found[3], found[4:-1], now_s)
        if reply is None:
            return b""
        return frame(HOST, device.address, *reply, with_crc=device.with_crc)

    def _damaged(self, reply: bytes, now_s: float) -> bytes:
        if not reply:
            return b""
        if self._drop:
            self._drop -= 1
            return b""
        if self._corrupt:
            self._corrupt -= 1
            return bytes((*reply[:4], reply[4] ^ 0x04, *reply[5:]))
        if self._truncate:
            self._truncate -= 1
            return reply[: len(reply) // 2]
        if self._delay:
            self._delay -= 1
            self._late.append((now_s + self._delay_s, reply))
            return b""
        return reply

    # What goes wrong on the wire ---------------------------------------------------------------

    def drop_replies(self, count: int) -> None:
        """The next answers are never heard; the device has obeyed."""
        self._drop = count

    def corrupt_replies(self, count: int) -> None:
        """The next answers arrive with a bit wrong, the same one: of the first byte of data."""
        self._corrupt = count

    def truncate_replies(self, count: int) -> None:
        """The second half of the next answers is lost."""
        self._truncate = count

    def delay_replies(self, count: int, by_s: float) -> None:
        """The next answers come so much later, unasked by then."""
        self._delay, self._delay_s = count, by_s

    def lose_commands(self, count: int) -> None:
        """What the host sends next is not heard by any device (the echo is)."""
        self._deafen = count

    def corrupt_commands(self, count: int) -> None:
        """What the host sends next is damaged on the line, in its echo too."""
        self._garble = count

    def noise(self, data: bytes) -> None:
        """These bytes are heard out of nowhere."""
        self._noise += data
