"""A simulated bill validator that speaks SSP and eSSP (like an ITL NV9), from the manual alone.

It keeps the physical truth beside the protocol: where every note that went in is now. What a host
believes can be compared with it:
``inserted == cassette + emptied + returned + taken_out + inside`` at any time.

Source: docs/devices.md, SSP; ITL, SSP Protocol Manual GA138_2_2_2129A. Where the manual leaves it
open the peer takes the harsher reading: RESET and a power cut forget everything but the note's
place, the serial number and the counters, so an event that was not acknowledged is lost with the
power, and of a note that was wholly stacked then only the counters tell. While it starts, a device
that knows INITIALISING says so, and one that does not says nothing.

It does not model: payout, tickets, the bezel's light, other baud rates, firmware download, the
seven-byte events of protocol version 9, a host that changes the fixed key and keeps it over a
power cut, jams that clear themselves. The events of a cashbox that is taken out and put back (E3,
E4) are in no page at hand, they are remembered.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from kiosk.hardware.peers.ssp_frames import (
    FLAG,
    STEX,
    Framer,
    Packet,
    Secret,
    is_prime,
    packet,
)
from kiosk.hardware.peers.ssp_mechanics import (
    ALL_INHIBITED,
    CREDIT,
    DISABLED,
    FRAUD,
    FULL,
    INITIALISING,
    INTO_CASHBOX,
    OUT_AT_FRONT,
    PATH_OPEN,
    READ,
    REJECT_BY_HOST,
    REJECTING,
    RUSSIAN_FACES,
    STACKING,
    Mechanics,
    State,
    Timing,
)

FIXED_KEY: Final = 0x0123456701234567

OK, UNKNOWN, WRONG_COUNT, RANGE, CANNOT, FAIL, NO_KEY = (
    bytes((code,)) for code in (0xF0, 0xF2, 0xF3, 0xF4, 0xF5, 0xF8, 0xFA)
)
SYNC, POLL, POLL_WITH_ACK, EVENT_ACK, SET_KEY = 0x11, 0x07, 0x56, 0x57, 0x60
NEGOTIATION: Final = (SYNC, 0x4A, 0x4B, 0x4C)

TO_BE_ACKNOWLEDGED: Final = (CREDIT, FRAUD, INTO_CASHBOX)
MONEY: Final = (CREDIT, INTO_CASHBOX)
SINCE_VERSION: Final = {OUT_AT_FRONT: 5, INTO_CASHBOX: 5, PATH_OPEN: 6, ALL_INHIBITED: 7}


@dataclass(frozen=True)
class Kind:
    """Which of ITL's devices, and how it is set up.

    Attributes:
        poll_with_ack: whether the device knows it; ``encrypted``: in no other way, as the manual
            has it of the NV9USB.
        encryption: ``needed``: nothing is answered without a key.
        protocol_max: the highest version it agrees to.
        knows_channel: whether it still knows after a power cut what note it holds.
        repeats_disabled: whether each poll says that it is disabled, or only the first.
    """

    poll_with_ack: Literal["plain", "encrypted", "no"] = "plain"
    encryption: Literal["no", "optional", "needed"] = "optional"
    protocol_max: int = 8
    knows_channel: bool = True
    repeats_disabled: bool = True


class BillValidator(Mechanics):
    """The device. All times are seconds of the caller's clock and must not go back.

    Args:
        faces: channel (1…16) → face value in major units.
        country: three letters, those of the currency.
        capacity: notes that the cassette holds.
        timing: see `Timing`.
        kind: see `Kind`.
        address: of the device on its line.
        fixed_key: the half of the key that its maker gave it.
        chance: where its random numbers come from.
    """

    def __init__(
        self,
        *,
        faces: Mapping[int, int] = RUSSIAN_FACES,
        country: str = "RUB",
        capacity: int = 600,
        timing: Timing | None = None,
        kind: Kind | None = None,
        address: int = 0,
        fixed_key: int = FIXED_KEY,
        chance: random.Random | None = None,
    ) -> None:
        if len(country) != 3 or not country.isascii():
            raise ValueError(f"{country!r} is not a currency of three letters such as EUR")
        self.country = country
        self.kind = kind or Kind()
        self.serial = 1873452
        self._address = address
        self._chance = chance or random.Random(1)
        self._fixed_key = fixed_key
        self._framer = Framer()
        self._drop = self._corrupt = self._lose = self._lose_acks = 0
        self._flag: int | None = None
        self._reply = b""
        super().__init__(faces, capacity, timing, knows_channel=self.kind.knows_channel)

    def start_over(self, now_s: float) -> None:
        """See `Mechanics`; keys and settings are forgotten, too."""
        self._version = 4
        self._secret: Secret | None = None
        self._generator = self._modulus = 0
        self._told_disabled = False
        super().start_over(now_s)

    def power_up(self, now_s: float) -> None:
        """See `Mechanics`; the line is forgotten, too."""
        self._framer.forget()
        self._flag, self._reply = None, b""
        super().power_up(now_s)

    # What stands at the wire -------------------------------------------------------------------

    def feed(self, data: bytes, now_s: float) -> bytes:
        """Answer the complete packets in what has come so far."""
        if not self.powered:
            return b""
        return b"".join(self._answer(one, now_s) for one in self._framer.packets(data))

    def _answer(self, found: Packet, now_s: float) -> bytes:
        if found.address & ~FLAG != self._address:
            return b""
        if self._lose:
            self._lose -= 1
            return b""
        self._advance(now_s)
        if self.kind.poll_with_ack == "no" and self._state is State.INITIALISING:
            return b""  # it has no word for that
        flag = found.address & FLAG
        if flag == self._flag and found.data != bytes((SYNC,)):
            return self._out()  # its reply was lost
        told = self._decide(found.data, now_s)
        if told is None:
            return b""
        self._heard_s = now_s
        # After SYNC the next packet has no flag, whatever this one had.
        self._flag = FLAG if found.data == bytes((SYNC,)) else flag
        self._reply = packet(found.address, told)
        return self._out()

    def _out(self) -> bytes:
        if self._drop:
            self._drop -= 1
            return b""
        if self._corrupt:
            self._corrupt -= 1
            return self._reply[:-1] + bytes((self._reply[-1] ^ 0x55,))
        return self._reply

    def _decide(self, data: bytes, now_s: float) -> bytes | None:
        """The data of the reply; None where nothing is said."""
        sealed, secret = data[0] == STEX, self._secret
        if sealed:
            if secret is None:
                return NO_KEY
            opened = secret.open(data)
            if opened is None or opened[0] != secret.count or not opened[1]:
                return None
            data = opened[1]
        if data[0] == EVENT_ACK and self._lose_acks:
            self._lose_acks -= 1
            return None
        if sealed and secret:
            secret.count += 1
            return self._seal(secret, self._obey(data, now_s, sealed=True))
        told = self._obey(data, now_s, sealed=False)
        if secret and any(code in MONEY for code in _codes(told, data)):
            # What tells of money is sealed even where the question was not.
            told = self._seal(secret, told)
            secret.count += 1
        return told

    def _seal(self, secret: Secret, told: bytes) -> bytes:
        return secret.seal(told, self._chance.randbytes(15))

    def _obey(self, data: bytes, now_s: float, *, sealed: bool) -> bytes:
        command, rest = data[0], data[1:]
        if self.kind.encryption == "needed" and not self._secret and command not in NEGOTIATION:
            return NO_KEY
        if command in (POLL_WITH_ACK, EVENT_ACK):
            if self.kind.poll_with_ack == "no":
                return UNKNOWN
            if self.kind.poll_with_ack == "encrypted" and not sealed:
                return NO_KEY
        if command == SET_KEY and not sealed:
            return NO_KEY
        lengths, act = self._commands().get(command, ((), None))
        if act is None:
            return UNKNOWN
        return act(rest, now_s) if len(rest) in lengths else WRONG_COUNT

    def _commands(self) -> dict[int, tuple[tuple[int, ...], Callable[[bytes, float], bytes]]]:
        none, eight = (0,), (8,)
        commands: dict[int, tuple[tuple[int, ...], Callable[[bytes, float], bytes]]] = {
            SYNC: (none, lambda data, now_s: OK),
            0x01: (none, self._reset),
            0x02: ((1, 2, 3), self._set_inhibits),
            0x05: (none, lambda data, now_s: OK + self._setup()),
            0x06: ((1,), self._set_version),
            POLL: (none, self._poll),
            0x08: (none, self._reject),
            0x09: (none, self._disable),
            0x0A: (none, self._enable),
            0x0C: (none, lambda data, now_s: OK + self.serial.to_bytes(4, "big")),
            0x17: (none, lambda data, now_s: OK + bytes((self._last_reject,))),
            0x18: (none, self._hold),
            0x20: (none, lambda data, now_s: OK + b"NV02004141498000"),
            0x21: (none, lambda data, now_s: OK + f"{self.country}01610".encode("ascii")),
            0x54: ((4, 5), lambda data, now_s: OK),
            POLL_WITH_ACK: (none, self._poll_with_ack),
            EVENT_ACK: (none, self._acknowledge),
            0x58: (none, self._counters),
            0x59: (none, self._reset_counters),
        }
        if self.kind.encryption != "no":
            commands |= {
                0x4A: (eight, self._set_generator),
                0x4B: (eight, self._set_modulus),
                0x4C: (eight, self._exchange),
                SET_KEY: (eight, self._set_fixed_key),
                0x61: (none, self._default_key),
            }
        return commands

    # What it is asked --------------------------------------------------------------------------

    def _setup(self) -> bytes:
        count = max(self.faces, default=0)
        values = [self.faces.get(channel, 0) for channel in range(1, count + 1)]
        # One byte a value where that will do; else 0, and the values stand at the end.
        factor = next(
            (f for f in (1, 10, 100) if all(v % f == 0 and v // f < 256 for v in values)), 0
        )
        told = b"\x000110" + self.country.encode("ascii") + factor.to_bytes(3, "big")
        told += bytes((count, *(v // factor if factor else 0 for v in values)))
        told += bytes((2 if factor else 0,)) * count
        told += (100).to_bytes(3, "big") + bytes((self._version,))
        if self._version >= 6:
            told += self.country.encode("ascii") * count
            told += b"".join(value.to_bytes(4, "little") for value in values)
        return told

    def _set_version(self, data: bytes, now_s: float) -> bytes:
        if not 1 <= data[0] <= self.kind.protocol_max:
            return FAIL
        self._version = data[0]
        return OK

    def _set_inhibits(self, data: bytes, now_s: float) -> bytes:
        self._channels = int.from_bytes(data, "little")
        return OK

    def _enable(self, data: bytes, now_s: float) -> bytes:
        if self._state is State.INITIALISING:
            return CANNOT
        if not self._enabled and self._full():
            self._queue.append(bytes((FULL,)))
        self._enabled = True
        self._told_disabled = False
        return OK

    def _disable(self, data: bytes, now_s: float) -> bytes:
        self._enabled = False
        self._told_disabled = False
        return OK

    def _reset(self, data: bytes, now_s: float) -> bytes:
        self.start_over(now_s)
        return OK

    def _reject(self, data: bytes, now_s: float) -> bytes:
        if self._state is not State.ESCROW:
            return CANNOT
        self._last_reject = REJECT_BY_HOST
        self._enter(State.STACKING if self._swallow else State.REJECTING, now_s)
        self._swallow = max(0, self._swallow - 1)
        return OK

    def _hold(self, data: bytes, now_s: float) -> bytes:
        return OK if self._state is State.ESCROW else CANNOT

    def _counters(self, data: bytes, now_s: float) -> bytes:
        counted = (self.stacked_count, 0, 0, 0, self.rejected_count)
        return OK + b"\x05" + b"".join(number.to_bytes(4, "little") for number in counted)

    def _reset_counters(self, data: bytes, now_s: float) -> bytes:
        self.stacked_count = self.rejected_count = 0
        return OK

    def _poll(self, data: bytes, now_s: float) -> bytes:
        self._unacknowledged = b""
        return OK + b"".join(self._events(now_s))

    def _poll_with_ack(self, data: bytes, now_s: float) -> bytes:
        if not self._unacknowledged:
            events = self._events(now_s)
            if self._state is State.INITIALISING:
                events.append(bytes((INITIALISING,)))
            told = OK + b"".join(events)
            if not any(event[0] in TO_BE_ACKNOWLEDGED for event in events):
                return told
            self._unacknowledged = told
        return self._unacknowledged

    def _acknowledge(self, data: bytes, now_s: float) -> bytes:
        if not self._unacknowledged:
            return CANNOT
        self._unacknowledged = b""
        return OK

    def _events(self, now_s: float) -> list[bytes]:
        if self._state is State.ESCROW and self._told_escrow:
            self._enter(State.STACKING, now_s)  # the poll itself accepts the note
        events = [bytes((STACKING,))] if self._state is State.STACKING else []
        events += self._queue
        self._queue = []
        fault = self._fault()
        if self._state is State.READING:
            events.append(bytes((READ, 0)))
        elif self._state is State.ESCROW:
            events.append(bytes((READ, self._channel)))
            self._told_escrow = True
        elif self._state is State.REJECTING:
            events.append(bytes((REJECTING,)))
        if fault:
            events.append(bytes((fault,)))
        if (not self._enabled or fault or self._full()) and (
            self.kind.repeats_disabled or not self._told_disabled
        ):
            events.append(bytes((DISABLED,)))
            self._told_disabled = True
        if self._enabled and not self._channels:
            events.append(bytes((ALL_INHIBITED,)))
        return [e for e in events if SINCE_VERSION.get(e[0], 0) <= self._version]

    # Its keys ----------------------------------------------------------------------------------

    def _set_generator(self, data: bytes, now_s: float) -> bytes:
        self._generator = int.from_bytes(data, "little")
        return OK if is_prime(self._generator) else RANGE

    def _set_modulus(self, data: bytes, now_s: float) -> bytes:
        self._modulus = int.from_bytes(data, "little")
        return OK if is_prime(self._modulus) else RANGE

    def _exchange(self, data: bytes, now_s: float) -> bytes:
        if not is_prime(self._generator) or not is_prime(self._modulus):
            return FAIL
        own = self._chance.randrange(1, self._modulus)
        theirs = int.from_bytes(data, "little")
        self._secret = Secret(self._fixed_key, pow(theirs, own, self._modulus))
        return OK + pow(self._generator, own, self._modulus).to_bytes(8, "little")

    def _set_fixed_key(self, data: bytes, now_s: float) -> bytes:
        self._fixed_key = int.from_bytes(data, "little")
        return OK

    def _default_key(self, data: bytes, now_s: float) -> bytes:
        self._fixed_key = FIXED_KEY
        self.start_over(now_s)
        return OK

    # What goes wrong on the wire ---------------------------------------------------------------

    def drop_replies(self, count: int) -> None:
        """The next replies are never heard."""
        self._drop = count

    def corrupt_replies(self, count: int) -> None:
        """The next replies arrive damaged."""
        self._corrupt = count

    def lose_commands(self, count: int) -> None:
        """The next commands are never heard here."""
        self._lose = count

    def lose_acks(self, count: int) -> None:
        """The next acknowledgements of events are never heard here."""
        self._lose_acks = count


def _codes(told: bytes, command: bytes) -> list[int]:
    """The events in what answers a poll; none in other answers."""
    if command[0] not in (POLL, POLL_WITH_ACK) or told[:1] != OK:
        return []
    codes, at = [], 1
    with_data = (READ, CREDIT, FRAUD, OUT_AT_FRONT, INTO_CASHBOX)
    while at < len(told):
        codes.append(told[at])
        at += 2 if told[at] in with_data else 1
    return codes
