"""A simulated bill validator that speaks CCNET (like a CashCode SM), from the protocol page alone.

It keeps the physical truth beside the protocol: where every note that went in is now. What a host
believes can be compared with it:
``inserted == cassette + emptied + returned + taken_out + inside`` at any time.

Source: docs/devices.md, CCNET. Times and what happens at RESET with a note inside are to be checked
on a device; the peer takes the harsher reading: RESET and a power cut forget everything but the
place of the note, and no 81 or 82 tells of it afterwards.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from kiosk.hardware.peers.ccnet_frames import (
    ACK,
    ADDRESS,
    ILLEGAL,
    NAK,
    POLL,
    TYPES,
    Framer,
    State,
    bill_table,
    crc,
    frame,
)

RUSSIAN_FACES: Final[Mapping[int, int]] = {
    2: 10,
    3: 50,
    4: 100,
    5: 500,
    6: 1000,
    7: 5000,
    12: 200,
    13: 2000,
}
"""Bill type → face value. The numbering has gaps, as on devices that have learnt new notes."""

Place = Literal["outside", "validator", "stacker"]

REJECT_VERIFICATION, REJECT_INHIBIT = 0x66, 0x68
_POWER_UP = {State.POWER_UP, State.POWER_UP_IN_VALIDATOR, State.POWER_UP_IN_STACKER}
_RESTING = {State.IDLING, State.DISABLED}
_IN_ESCROW = {State.ESCROW, State.HOLDING}
_UNTIL_ACKNOWLEDGED = {State.STACKED, State.RETURNED}


@dataclass(frozen=True)
class Timing:
    """How long the mechanics take, and the time-outs of the protocol, in seconds."""

    initialize_s: float = 1.0
    accepting_s: float = 0.6
    stacking_s: float = 0.8
    returning_s: float = 0.6
    rejecting_s: float = 0.4
    escrow_s: float = 10.0
    silence_s: float = 5.0
    inter_byte_s: float = 0.5


class BillValidator:
    """The device. All times are seconds of the caller's clock and must not go back.

    Args:
        faces: bill type (0…23) → face value in major units.
        country: three letters, as they stand in the bill table.
        capacity: notes that the cassette holds.
        timing: see `Timing`.
        silent_on_bad_crc: say nothing to a damaged frame instead of NAK.
    """

    def __init__(
        self,
        *,
        faces: Mapping[int, int] = RUSSIAN_FACES,
        country: str = "RUS",
        capacity: int = 600,
        timing: Timing | None = None,
        silent_on_bad_crc: bool = False,
    ) -> None:
        if len(country) != 3 or not country.isascii():
            raise ValueError(f"{country!r} is not a country of three letters such as RUS")
        if any(kind not in range(TYPES) for kind in faces):
            raise ValueError(f"bill types go from 0 to {TYPES - 1}")
        self.faces = dict(faces)
        self.country = country
        self.capacity = capacity
        self.timing = timing or Timing()
        self.silent_on_bad_crc = silent_on_bad_crc
        self.table = bill_table(self.faces, country)
        # The physical truth.
        self.cassette: list[int] = []
        self.emptied: list[int] = []
        self.returned: list[int] = []
        self.taken_out: list[int] = []
        self.inserted: list[int] = []
        self._note: int | None = None
        self._place: Place = "outside"
        self._cassette_in = True
        self._broken: tuple[State, bytes] | None = None
        # What the firmware knows; lost with the power.
        self.powered = True
        self._state = State.POWER_UP
        self._since_s = 0.0
        self._data = b""
        self._kind = 0
        self._quiet = False
        self._polled = False
        self._enabled = 0
        self._escrow = 0
        self._security = 0
        self._heard_s = 0.0
        self._busy_until_s: float | None = None
        self._reply = b""
        self._reply_tells: State | None = None
        self._telling: State | None = None
        # The wire and its faults.
        self._framer = Framer(self.timing.inter_byte_s)
        self._frozen_s: float | None = None
        self._drop = self._corrupt = self._lose_acks = self._swallow = 0

    # What stands at the wire -------------------------------------------------------------------

    def feed(self, data: bytes, now_s: float) -> bytes:
        """Answer the complete frames in what has come so far."""
        if not self.powered:
            return b""
        found = self._framer.frames(data, now_s)
        return b"".join(self._answer(one, now_s) for one in found)

    def tick(self, now_s: float) -> bytes:
        """Let the mechanics move; a validator never speaks unasked."""
        if self.powered:
            self._advance(now_s)
        return b""

    def _answer(self, found: bytes, now_s: float) -> bytes:
        if found[1] != ADDRESS:
            return b""
        if crc(found):
            return b"" if self.silent_on_bad_crc else self._send(NAK)
        self._advance(now_s)
        self._heard_s = now_s
        command, data = found[3], found[4:-2]
        if command == ACK[0]:
            self._acknowledged(now_s)
            return b""
        if command == NAK[0]:
            return self._out(self._reply)
        body = self._obey(command, data, now_s)
        # Who answers BUSY has told nothing that could be acknowledged.
        told = command == POLL and self._busy_until_s is None
        return self._send(body, tells=self._state if told else None)

    def _send(self, body: bytes, *, tells: State | None = None) -> bytes:
        self._reply, self._reply_tells = frame(body), tells
        return self._out(self._reply)

    def _out(self, reply: bytes) -> bytes:
        # Only an answer that has left undamaged can be acknowledged, also when a NAK asked for it.
        self._telling = None
        if self._drop:
            self._drop -= 1
            return b""
        if self._corrupt:
            self._corrupt -= 1
            return reply[:-1] + bytes((reply[-1] ^ 0x55,))
        self._telling = self._reply_tells
        return reply

    def _acknowledged(self, now_s: float) -> None:
        if self._lose_acks:
            self._lose_acks -= 1
        elif self._telling in _UNTIL_ACKNOWLEDGED and self._telling == self._state:
            self._telling = None
            self._rest(now_s)

    def _obey(self, command: int, data: bytes, now_s: float) -> bytes:
        lengths, act = self._commands().get(command, ((), None))
        if act is None or len(data) not in lengths:
            return ILLEGAL
        return act(data, now_s)

    def _commands(self) -> dict[int, tuple[tuple[int, ...], Callable[[bytes, float], bytes]]]:
        return {
            0x30: ((0,), self._reset),
            0x31: ((0,), self._get_status),
            0x32: ((3,), self._set_security),
            POLL: ((0,), self._poll),
            0x34: ((6,), self._enable),
            0x35: ((0,), self._stack),
            0x36: ((0,), self._give_back),
            0x37: ((0,), self._identify),
            0x38: ((0,), self._hold),
            0x39: ((2,), lambda data, now_s: ACK),
            # 3A (barcode of a ticket in escrow) and 50 (download) are illegal here: this device
            # takes no tickets and has no boot loader.
            0x41: ((0,), lambda data, now_s: self.table),
            0x51: ((0,), self._firmware_crc),
        }

    def _poll(self, data: bytes, now_s: float) -> bytes:
        if self._busy_until_s is not None:
            tenths = max(1, round((self._busy_until_s - now_s) * 10))
            return bytes((State.BUSY, min(tenths, 0xFF)))
        self._polled = True
        return bytes((self._state,)) + self._data

    def _reset(self, data: bytes, now_s: float) -> bytes:
        self._forget()
        self._enter(State.INITIALIZE, now_s)
        return ACK

    def _get_status(self, data: bytes, now_s: float) -> bytes:
        return self._enabled.to_bytes(3, "big") + self._security.to_bytes(3, "big")

    def _set_security(self, data: bytes, now_s: float) -> bytes:
        self._security = int.from_bytes(data, "big")
        return ACK

    def _enable(self, data: bytes, now_s: float) -> bytes:
        if self._state in _POWER_UP or self._state == State.INITIALIZE:
            return ILLEGAL
        self._enabled = int.from_bytes(data[:3], "big")
        self._escrow = int.from_bytes(data[3:], "big")
        if self._state in _RESTING:
            self._rest(now_s)
        return ACK

    def _stack(self, data: bytes, now_s: float) -> bytes:
        if self._state not in _IN_ESCROW:
            return ILLEGAL
        self._enter(State.STACKING, now_s)
        return ACK

    def _give_back(self, data: bytes, now_s: float) -> bytes:
        if self._state not in _IN_ESCROW:
            return ILLEGAL
        self._enter(State.STACKING if self._swallow else State.RETURNING, now_s)
        self._swallow = max(0, self._swallow - 1)
        return ACK

    def _hold(self, data: bytes, now_s: float) -> bytes:
        if self._state not in _IN_ESCROW:
            return ILLEGAL
        self._enter(State.HOLDING, now_s)
        return ACK

    def _identify(self, data: bytes, now_s: float) -> bytes:
        part = f"SM-{self.country}1353".ljust(15)[:15]
        return (part + "21KC05010101").encode("ascii") + b"FOYER01"

    def _firmware_crc(self, data: bytes, now_s: float) -> bytes:
        return zlib.crc32(self._identify(b"", now_s)).to_bytes(4, "big")

    # The mechanics -----------------------------------------------------------------------------

    def _enter(self, state: State, since_s: float, data: bytes = b"") -> None:
        self._state, self._since_s, self._data, self._polled = state, since_s, data, False

    def _forget(self) -> None:
        """What RESET and a power cut have in common: only the place of the note is left."""
        self._enabled = self._escrow = 0
        self._quiet = True
        self._busy_until_s = None
        self._telling = None

    def _fault(self) -> tuple[State, bytes] | None:
        if self._broken:
            return self._broken
        if not self._cassette_in:
            return State.CASSETTE_OUT, b""
        if len(self.cassette) >= self.capacity:
            return State.CASSETTE_FULL, b""
        return None

    def _rest(self, since_s: float) -> None:
        fault = self._fault()
        if fault:
            self._enter(fault[0], since_s, fault[1])
        else:
            self._enter(State.IDLING if self._enabled else State.DISABLED, since_s)

    def _lasts_s(self) -> float | None:
        times = self.timing
        return {
            State.INITIALIZE: times.initialize_s,
            State.ACCEPTING: times.accepting_s,
            State.STACKING: times.stacking_s,
            State.RETURNING: times.returning_s,
            State.REJECTING: times.rejecting_s,
            State.CHEATED: times.rejecting_s,
            State.ESCROW: times.escrow_s,
            State.HOLDING: times.escrow_s,
        }.get(self._state)

    def _advance(self, now_s: float) -> None:
        """Bring device and note to where they are at `now_s`."""
        if self._frozen_s is not None:
            return
        if self._busy_until_s is not None and now_s >= self._busy_until_s:
            self._busy_until_s = None
        silent_s = self._heard_s + self.timing.silence_s
        if now_s > silent_s and self._enabled:
            self._advance(silent_s)
            self._enabled = 0
            if self._state == State.IDLING:
                self._rest(silent_s)
        while (lasts_s := self._lasts_s()) is not None and now_s >= self._since_s + lasts_s:
            if self._state in {State.REJECTING, State.CHEATED} and not self._polled:
                break  # told at least once, however late the host asks
            self._end_of_motion(self._since_s + lasts_s)
        # The second half of the way is behind the point of no return.
        if self._state == State.STACKING and now_s >= self._since_s + self.timing.stacking_s / 2:
            self._place = "stacker"

    def _end_of_motion(self, then_s: float) -> None:
        state = self._state
        if state == State.ACCEPTING:
            self._accepted(then_s)
        elif state in _IN_ESCROW:
            self._enter(State.RETURNING, then_s)
        elif state == State.STACKING:
            self.cassette.append(self._out_of_the_way())
            self._told(State.STACKED, then_s)
        elif state == State.RETURNING:
            self.returned.append(self._out_of_the_way())
            self._told(State.RETURNED, then_s)
        elif state == State.INITIALIZE and self._fault() is None and self._place == "validator":
            self._enter(State.RETURNING, then_s)
        elif state == State.INITIALIZE and self._fault() is None and self._place == "stacker":
            self.cassette.append(self._out_of_the_way())
            self._rest(then_s)
        elif state == State.REJECTING and self._note is not None:
            self.returned.append(self._out_of_the_way())
            self._rest(then_s)
        else:
            self._rest(then_s)

    def _accepted(self, then_s: float) -> None:
        kinds = [kind for kind, face in self.faces.items() if face == self._note]
        if not kinds:
            self._enter(State.REJECTING, then_s, bytes((REJECT_VERIFICATION,)))
            return
        self._kind = kinds[0]
        if not self._enabled >> self._kind & 1:
            self._enter(State.REJECTING, then_s, bytes((REJECT_INHIBIT,)))
        elif self._escrow >> self._kind & 1:
            self._enter(State.ESCROW, then_s, bytes((self._kind,)))
        else:
            self._enter(State.STACKING, then_s)

    def _told(self, state: State, then_s: float) -> None:
        if self._quiet:
            self._rest(then_s)
        else:
            self._enter(state, then_s, bytes((self._kind,)))

    def _out_of_the_way(self) -> int:
        assert self._note is not None
        note, self._note, self._place = self._note, None, "outside"
        return note

    # What hands and accidents do ---------------------------------------------------------------

    @property
    def state(self) -> State:
        """The state that the next POLL tells, unless time or a busy spell intervenes."""
        return self._state

    @property
    def inside(self) -> list[int]:
        """The note in the validator or on its way to the cassette, if there is one."""
        return [] if self._note is None else [self._note]

    @property
    def place(self) -> Place:
        """Where the note is that has gone in and is in no list yet."""
        return self._place

    def insert(self, face: int, now_s: float) -> str:
        """A guest offers a note.

        Returns:
            What happened, for people. A note that is not taken never went in.
        """
        self.tick(now_s)
        if not self.powered:
            return f"{face} not taken: no power"
        if self._state != State.IDLING or self._frozen_s is not None:
            return f"{face} not taken: {self._state.name.lower().replace('_', ' ')}"
        self.inserted.append(face)
        self._note, self._place = face, "validator"
        self._quiet = False
        self._enter(State.ACCEPTING, now_s)
        return f"{face} went in"

    def jam(self, now_s: float, *, cassette: bool = False) -> None:
        """A note sticks in the validator, or between validator and cassette."""
        self.tick(now_s)
        if cassette and self._note is not None:
            self._place = "stacker"
        self._break(State.CASSETTE_JAMMED if cassette else State.VALIDATOR_JAMMED, b"", now_s)

    def clear_jam(self, now_s: float, *, stacked: bool = False) -> None:
        """The attendant removes what sticks, into the cassette or into the hand, and closes."""
        self.tick(now_s)
        if self._note is not None:
            (self.cassette if stacked else self.taken_out).append(self._out_of_the_way())
        self.repair(now_s)

    def cheat(self, now_s: float) -> None:
        """The guest pulls at a note; before escrow it comes out again."""
        self.tick(now_s)
        if self._note is not None and self._state == State.ACCEPTING:
            self.returned.append(self._out_of_the_way())
            self._enter(State.CHEATED, now_s)
        elif self.powered and self._state in _RESTING:
            self._enter(State.CHEATED, now_s)

    def pause(self, now_s: float) -> None:
        """A second note is pushed in behind the first; `repair` ends it."""
        self._break(State.PAUSED, b"", now_s)

    def fail(self, code: int, now_s: float) -> None:
        """Something in the device breaks (50 stack motor … 5F capacitance)."""
        self._break(State.FAILED, bytes((code,)), now_s)

    def repair(self, now_s: float) -> None:
        """Whatever was broken works again; the device starts over by itself."""
        self._broken = None
        self._start_over(now_s)

    def cassette_full(self, now_s: float) -> None:
        """Nothing more goes into the cassette; a note on its way still fits."""
        self.tick(now_s)
        self.capacity = len(self.cassette)
        if self.powered and self._state in _RESTING:
            self._rest(now_s)

    def remove_cassette(self, now_s: float) -> None:
        """The attendant takes the cassette out, with the notes that are in it."""
        self.tick(now_s)
        self._cassette_in = False
        if self.powered and self._state not in _POWER_UP | _UNTIL_ACKNOWLEDGED:
            self._quiet = True
            self._rest(now_s)

    def replace_cassette(self, now_s: float, *, capacity: int = 600) -> None:
        """An empty cassette goes in; the device starts over by itself."""
        self.emptied += self.cassette
        self.cassette.clear()
        self.capacity = capacity
        self._cassette_in = True
        self._start_over(now_s)

    def power_cut(self, now_s: float) -> None:
        """The power fails; the note stays where it is."""
        self.tick(now_s)
        self.powered = False
        self._framer.forget()
        self._forget()

    def power_up(self, now_s: float) -> None:
        """The power is back; the device tells where a note is and waits for RESET."""
        self._forget()
        self.powered = True
        self._frozen_s = None
        self._heard_s = now_s
        self._security = 0
        states: dict[Place, State] = {
            "outside": State.POWER_UP,
            "validator": State.POWER_UP_IN_VALIDATOR,
            "stacker": State.POWER_UP_IN_STACKER,
        }
        self._enter(states[self._place], now_s)

    def _break(self, state: State, data: bytes, now_s: float) -> None:
        self.tick(now_s)
        self._broken = state, data
        if self.powered and self._state not in _POWER_UP | _UNTIL_ACKNOWLEDGED:
            self._quiet = True
            self._rest(now_s)

    def _start_over(self, now_s: float) -> None:
        if self.powered and self._state not in _POWER_UP | _UNTIL_ACKNOWLEDGED:
            self._forget()
            self._enter(State.INITIALIZE, now_s)

    # What goes wrong on the wire ---------------------------------------------------------------

    def drop_replies(self, count: int) -> None:
        """The next answers are never heard."""
        self._drop = count

    def swallow(self, count: int) -> None:
        """The next notes that shall go back go into the cassette: a worn way out."""
        self._swallow = count

    def corrupt_replies(self, count: int) -> None:
        """The next answers arrive damaged."""
        self._corrupt = count

    def lose_acks(self, count: int) -> None:
        """The next acknowledgements of the host are never heard."""
        self._lose_acks = count

    def busy(self, for_s: float, now_s: float) -> None:
        """Answer BUSY to POLL for a while."""
        self._busy_until_s = now_s + for_s

    def freeze(self, now_s: float) -> None:
        """The mechanics stop where they are, while the device goes on answering."""
        self.tick(now_s)
        self._frozen_s = now_s

    def thaw(self, now_s: float) -> None:
        """The mechanics go on from where they stopped."""
        if self._frozen_s is not None:
            self._since_s += now_s - self._frozen_s
            self._heard_s += now_s - self._frozen_s
            self._frozen_s = None
