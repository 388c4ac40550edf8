"""ccTalk: its frames, a device at the far end of a line, and what its event counter says.

One open-collector wire: the host hears itself, unless the adapter takes its echo away. A device
answers within some milliseconds or not at all: what it does not understand, it is silent about.

Source: the ccTalk Generic Specification (Part 1 to 3, in the public domain), as it stands in
docs/devices.md, "ccTalk".
"""

from __future__ import annotations

import logging
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from kiosk.core.errors import DeviceError
from kiosk.hardware.device import Options
from kiosk.hardware.transport import Transport

log = logging.getLogger(__name__)

Check = Literal["sum", "crc"]
"""The two forms of a frame: a sum of 8 bits, or 16 bits of CRC in place of sum and sender."""
CHECKS: tuple[Check, ...] = get_args(Check)
ECHOES = ("auto", "yes")

HOST = 1
FRAME_MIN_BYTES = 5
FRAME_MAX_BYTES = 260

REPLY, NAK, BUSY = 0, 5, 6
"""What stands in the place of the command in an answer."""

RESET = 1
OPERATING_MODE, ROUTE, COUNTRY_SCALING, BILL_ID, READ_BILLS = 153, 154, 156, 157, 159
COIN_ID, MASTER, READ_COINS, INHIBITS_NOW, INHIBITS, SELF_CHECK = 184, 228, 229, 230, 231, 232
SERIAL, PRODUCT, CATEGORY, MAKER, SIMPLE_POLL = 242, 244, 245, 246, 254

SLOTS = 5
"""So many events a device remembers."""
EVENTS_BYTES = 1 + 2 * SLOTS
COUNTER_MAX = 255
"""The counter goes from here to 1: it is 0 only after a start of the device."""

TRIES = 3
GAP_S = 0.005
"""Silence before a command. After one that failed, a late answer to it is waited for instead."""
BYTE_S = 0.05
"""Silence inside an answer that ends it. Devices leave 10 ms at most, a USB adapter adds 16."""


class BadFrame(ValueError):
    """These bytes are no frame: too few of them, or a wrong check."""


def crc(data: bytes) -> int:
    """CRC-16/XMODEM: polynomial 1021h, first value 0."""
    value = 0
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
    return value


def frame(
    destination: int, header: int, data: bytes = b"", *, check: Check = "sum", source: int = HOST
) -> bytes:
    """The frame that carries a command or an answer; `data` has 255 bytes at most."""
    start = bytes([destination, len(data)])
    if check == "crc":
        value = crc(start + bytes([header]) + data)
        return start + bytes([value & 0xFF, header]) + data + bytes([value >> 8])
    whole = start + bytes([source, header]) + data
    return whole + bytes([-sum(whole) & 0xFF])


@dataclass(frozen=True)
class Frame:
    """One frame out of a stream. `source` is None in the CRC form, which has no room for it."""

    destination: int
    source: int | None
    header: int
    data: bytes
    rest: bytes


def take(stream: bytes, check: Check) -> Frame | None:
    """The frame with which a stream begins.

    Returns:
        The frame, or None while it is not there whole.

    Raises:
        BadFrame: its check is wrong. Nothing says where the next one begins.
    """
    if len(stream) < FRAME_MIN_BYTES or len(stream) < FRAME_MIN_BYTES + stream[1]:
        return None
    whole, rest = stream[: FRAME_MIN_BYTES + stream[1]], stream[FRAME_MIN_BYTES + stream[1] :]
    destination, _, third, header = whole[:4]
    data = whole[4:-1]
    if check == "crc":
        right = crc(whole[:2] + whole[3:-1]) == whole[-1] << 8 | third
    else:
        right = sum(whole) & 0xFF == 0
    if not right:
        raise BadFrame(f"wrong check in {whole.hex(' ')}")
    return Frame(destination, None if check == "crc" else third, header, data, rest)


NOISE = "what the device says cannot be read: a bad line, another speed, or another check"


class Line:
    """A transport, and the one device on it that is asked.

    Args:
        transport: open, for this device alone.
        address: the device's, 2 to 255.
        check: the form that the device is set to.
        echo: ``auto``: an echo is passed over if there is one; ``yes``: there must be one, so that
            a line that hears nothing at all is told from a device that is silent.
        answer_s: how long the device may take to begin its answer.
    """

    def __init__(
        self, transport: Transport, *, address: int, check: Check, echo: str, answer_s: float
    ) -> None:
        self._transport = transport
        self._address = address
        self._check: Check = check
        self._wants_echo = echo == "yes"
        self._answer_s = answer_s
        self._late_s = 0.0
        self.echo = False
        self.heard = False
        self.noise = False
        """What came last could not be read."""

    def ask(
        self,
        header: int,
        data: bytes = b"",
        *,
        sizes: Container[int] = (0,),
        tries: int = TRIES,
        pause_s: float = GAP_S,
    ) -> bytes | None:
        """Send a command until it is answered.

        Every command of the drivers may be sent twice: it asks, or it says how something shall be.

        Args:
            header: the command.
            data: what goes with it.
            sizes: how many bytes of data its answer has.
            tries: how often at most.
            pause_s: silence before the first one.

        Returns:
            The data of its answer; None when it refuses, is busy, or says nothing that can be read.
            `heard` tells then whether it said anything at all.

        Raises:
            DeviceError: there is no echo where there must be one.
            OSError: the line is gone.
        """
        self.heard = False
        for attempt in range(tries):
            self._drain(max(self._late_s, GAP_S if attempt else pause_s))
            try:
                answer = self._exchange(header, data)
            except BadFrame as bad:
                log.info("address %d: %s", self._address, bad)
                answer, self.noise = None, True
            else:
                self.noise = False
            # After a failure the answer may still come, and must not be taken for the next one.
            self._late_s = 0.0 if answer else self._answer_s
            if answer is None:
                continue
            self.heard = True
            if answer.header == REPLY and len(answer.data) in sizes:
                return answer.data
            if answer.header == NAK:
                return None
        return None

    def need(
        self, header: int, data: bytes = b"", *, sizes: Container[int] = (0,), tries: int = TRIES
    ) -> bytes:
        """As `ask`, of a command that every such device knows.

        Raises:
            DeviceError: it does not do it.
        """
        answer = self.ask(header, data, sizes=sizes, tries=tries)
        if answer is None:
            if self.noise:
                raise DeviceError(NOISE)
            how = "refuses" if self.heard else "does not answer"
            raise DeviceError(f"the device at address {self._address} {how} command {header}")
        return answer

    def silence(self, device: str) -> str:
        """Why `device` is not heard any more: it says nothing, or nothing that can be read."""
        return NOISE if self.noise else f"{device} does not answer any more"

    def text(self, header: int) -> str:
        """What it answers as text; empty when it does not."""
        told = self.ask(header, sizes=range(1, 256), tries=2) or b""
        return " ".join(told.decode("ascii", "replace").replace("\0", " ").split())

    def serial(self) -> int:
        """Its serial number, without which nobody could tell it from another one.

        Raises:
            DeviceError: it does not say it.
        """
        return int.from_bytes(self.need(SERIAL, sizes=(3,)), "little")

    def twice(
        self,
        header: int,
        data: bytes = b"",
        *,
        sizes: Container[int],
        before: bytes | None = None,
        tries: int = TRIES,
    ) -> bytes | None:
        """As `ask`, until two answers one after the other are the same.

        A sum of 8 bits lets one in 256 damaged frames pass: too many for what is worth money.

        Args:
            header: as in `ask`.
            data: likewise.
            sizes: likewise.
            before: an answer that it has just given.
            tries: likewise.
        """
        for _ in range(1 + TRIES):
            again = self.ask(header, data, sizes=sizes, tries=tries)
            if again is None or again == before:
                return again
            before = again
        return None

    def name(self, header: int, number: int, sizes: Container[int]) -> str:
        """Read the name of a coin or note until it is the same twice; empty: there is none.

        Raises:
            DeviceError: it says nothing at all.
        """
        data = self.ask(header, bytes([number]), sizes=sizes)
        refused = data is None and self.heard
        if data is not None and data.strip(b"\0 ."):
            data = self.twice(header, bytes([number]), sizes=sizes, before=data)
        if data is None and not refused:
            raise DeviceError(f"the device at address {self._address} does not name its {number}")
        return (data or b"").decode("ascii", "replace").strip("\0 .")

    def keeps(self, inhibits: bytes) -> bool:
        """Whether the device still has these inhibits; a restart that was not seen takes them.

        True as well when it does not say.
        """
        return self.ask(INHIBITS_NOW, sizes=(2,), tries=1) in (inhibits, None)

    def events(self, header: int, known: int | None, *, pause_s: float) -> Told | None:
        """Read its buffered events once; twice, when its counter is not at `known`."""
        told = self.ask(header, sizes=(EVENTS_BYTES,), tries=1, pause_s=pause_s)
        if told is not None and told[0] != known:
            told = self.twice(header, sizes=(EVENTS_BYTES,), before=told, tries=1)
        return None if told is None else told_events(told)

    def close(self) -> None:
        """Close the transport."""
        self._transport.close()

    def _exchange(self, header: int, data: bytes) -> Frame | None:
        sent = frame(self._address, header, data, check=self._check)
        self._transport.write(sent)
        stream, echo = b"", False
        while len(stream) < FRAME_MAX_BYTES:
            more = self._transport.read(FRAME_MAX_BYTES, BYTE_S if stream else self._answer_s)
            if not more and stream:
                raise BadFrame(f"cut short: {stream.hex(' ')}")
            if not more:
                if self._wants_echo and not echo:
                    raise DeviceError("no echo on the line; check the adapter and its power")
                return None
            stream += more
            while found := take(stream, self._check):
                stream = found.rest
                if found.destination == HOST and found.source in (None, self._address):
                    return found
                # Ours, coming back. What another host says on this wire is passed over as well.
                echo = self.echo = True
        raise BadFrame("noise without an end")

    def _drain(self, wait_s: float) -> None:
        for _ in range(TRIES):
            if not self._transport.read(FRAME_MAX_BYTES, wait_s):
                return


# --- the counter of events -------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """Counter and events of a device: pairs of A and B, the newest first."""

    counter: int
    pairs: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Happened:
    """What is new since the counter was last seen.

    Attributes:
        events: counter, A and B of each, the oldest first.
        lost: how many the device does not remember any more; None: some, nobody knows how many.
        restarted: the device was switched off or reset meanwhile.
    """

    events: tuple[tuple[int, int, int], ...] = ()
    lost: int | None = 0
    restarted: bool = False


def told_events(data: bytes) -> Told:
    """The answer to `READ_COINS` and `READ_BILLS`.

    Raises:
        BadFrame: it has not 11 bytes.
    """
    if len(data) != EVENTS_BYTES:
        raise BadFrame(f"{len(data)} bytes of events")
    slots = range(1, EVENTS_BYTES, 2)
    return Told(data[0], tuple((data[index], data[index + 1]) for index in slots))


def before(counter: int) -> int:
    """Where the counter stood before this event, of a device that remembers older ones."""
    return counter - 1 or COUNTER_MAX


def happened(known: int, told: Told, *, watching: bool) -> Happened:
    """What is new, and what of it nobody can know.

    Args:
        known: where the counter was.
        told: what the device says now.
        watching: it was polled all the time, so that it cannot have restarted and then counted
            further than it remembers.
    """
    counter = told.counter
    if counter == 0:
        return Happened(restarted=known != 0)
    if counter >= known:
        return _since(told, counter - known)
    round_s = COUNTER_MAX - known + counter
    if any(pair != (0, 0) for pair in told.pairs[counter:]):
        # It remembers more than it could have counted since a start: it has gone round.
        return _since(told, round_s)
    if counter < SLOTS:
        return Happened(_since(told, counter).events, restarted=True)
    if watching or round_s <= SLOTS:
        return _since(told, round_s)
    return Happened(_since(told, SLOTS).events, lost=None)


def after(mark: str, serial: int, told: Told) -> tuple[tuple[int, int], ...]:
    """The events since a mark (``serial/counter``), the oldest first.

    Nothing where nobody can say: the mark is another device's, or the device remembers less.
    """
    of, _, number = mark.partition("/")
    if of != str(serial) or not number.isdecimal() or int(number) > COUNTER_MAX:
        return ()
    news = happened(int(number), told, watching=False)
    if news.restarted or news.lost != 0:
        return ()
    return tuple((a, b) for _, a, b in news.events)


def _since(told: Told, count: int) -> Happened:
    newest: Sequence[tuple[int, int]] = told.pairs[: min(count, SLOTS)]
    events = []
    counter = told.counter
    for a, b in newest:
        events.append((counter, a, b))
        counter = before(counter)
    return Happened(tuple(reversed(events)), max(0, count - SLOTS))


def mask(positions: Iterable[int]) -> bytes:
    """The two bytes that let these coins or notes in: number 1 is the first bit."""
    return sum(1 << position - 1 for position in positions).to_bytes(2, "little")


# --- options ---------------------------------------------------------------------------------


def check_of(text: str) -> Check:
    """The form of frames that an option names.

    Raises:
        ValueError: there is no such form.
    """
    for check in CHECKS:
        if check == text:
            return check
    raise ValueError(f'check: "{text}" is none of {", ".join(CHECKS)}')


def address_of(number: int) -> int:
    """The address that an option names.

    Raises:
        ValueError: no device has it.
    """
    if not HOST < number <= 0xFF:
        raise ValueError(f"address: {number} is none of 2 to 255")
    return number


@dataclass(frozen=True)
class Pace:
    """Seconds between two questions and for an answer; how many silent polls are one too many."""

    poll_s: float
    answer_s: float
    silent_polls_max: int


def pace_of(options: Options) -> Pace:
    """The options ``poll_ms``, ``answer_ms`` and ``silence_ms``.

    Raises:
        ValueError: one of them is no time.
    """
    for name in ("poll_ms", "answer_ms", "silence_ms"):
        if int(options[name]) <= 0:
            raise ValueError(f"{name}: {options[name]} is not more than 0")
    poll_s, answer_s = int(options["poll_ms"]) / 1000, int(options["answer_ms"]) / 1000
    return Pace(poll_s, answer_s, int(int(options["silence_ms"]) / 1000 / (poll_s + answer_s)))


def echo_of(text: str) -> str:
    """What an option says of the echo.

    Raises:
        ValueError: there is no such word.
    """
    if text not in ECHOES:
        raise ValueError(f'echo: "{text}" is none of {", ".join(ECHOES)}')
    return text
