"""A simulated bill acceptor that speaks ID-003 (like a JCM UBA), from the protocol page alone.

It keeps the physical truth beside the protocol: where every note that went in is now. What a host
believes can be compared with it:
``inserted == cassette + emptied + returned + taken_out + inside`` at any time.

Source: docs/devices.md, ID-003; and what others have noted of their devices: a note in escrow is
pushed back with REJECTING 79 after ten seconds, and without that word when nobody asks for three;
what VEND VALID tells does not go on until it is acknowledged. How the acknowledgement is bound to
the answer before it, and what RESET does with a note inside, are to be checked on a device; the
peer takes the harsher reading: only the very answer can be acknowledged, and RESET and a power cut
forget everything but the place of the note.

It does not model: tickets with a barcode, recyclers, interrupt mode (it answers only when asked),
addresses, encryption, and a device that falls silent for good after a minute of VEND VALID.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from kiosk.hardware.peers.id003_frames import (
    ACK,
    DENOMINATIONS,
    ESCROW_CODE,
    INVALID,
    RUSSIA,
    RUSSIAN_FACES,
    SETTINGS,
    STATUS,
    Framer,
    State,
    crc,
    denominations,
    frame,
)

Place = Literal["outside", "acceptor", "stacker"]

REJECT_DENOMINATION, REJECT_INHIBIT = 0x76, 0x79
FAILURES: Final = (0xA2, 0xA5, 0xA6, 0xA8, 0xA9, 0xAB, 0xAF, 0xB0, 0xB1, 0xB2, 0xB3)
_POWER_UP = {State.POWER_UP, State.POWER_UP_IN_ACCEPTOR, State.POWER_UP_IN_STACKER}
_RESTING = {State.IDLING, State.DISABLED}
_IN_ESCROW = {State.ESCROW, State.HOLDING}
_NOT_DISTURBED = _POWER_UP | {State.VEND_VALID}
"""States in which a fault is found only later."""


@dataclass(frozen=True)
class Timing:
    """How long the mechanics take, and the time-outs of the protocol, in seconds."""

    initialize_s: float = 1.0
    accepting_s: float = 0.6
    stacking_s: float = 0.8
    returning_s: float = 0.6
    rejecting_s: float = 0.4
    escrow_s: float = 10.0
    silence_s: float = 3.0
    inter_byte_s: float = 0.1


class BillAcceptor:
    """The device. All times are seconds of the caller's clock and must not go back.

    Args:
        faces: denomination (1…8) → face value in major units.
        country: the maker's number of the country, as it stands with each denomination.
        capacity: notes that the cassette holds.
        timing: see `Timing`.
    """

    def __init__(
        self,
        *,
        faces: Mapping[int, int] = RUSSIAN_FACES,
        country: int = RUSSIA,
        capacity: int = 600,
        timing: Timing | None = None,
    ) -> None:
        if country not in range(1, 256):
            raise ValueError(f"{country} is not the number of a country, 1 to 255")
        if any(kind not in range(1, DENOMINATIONS + 1) for kind in faces):
            raise ValueError(f"denominations go from 1 to {DENOMINATIONS}")
        self.faces = dict(faces)
        self.country = country
        self.capacity = capacity
        self.timing = timing or Timing()
        self.table = denominations(self.faces, country)
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
        self._polled = False
        self._when_stacked = False
        self._settings = dict(SETTINGS)
        self._heard_s = 0.0
        self._told_vend_valid = False
        # The wire and its faults.
        self._framer = Framer(self.timing.inter_byte_s)
        self._frozen_s: float | None = None
        self._drop = self._corrupt = self._lose_acks = self._swallow = self._lose_bytes = 0

    # What stands at the wire -------------------------------------------------------------------

    def feed(self, data: bytes, now_s: float) -> bytes:
        """Answer the complete frames in what has come so far."""
        if not self.powered:
            return b""
        lost = min(self._lose_bytes, len(data))
        self._lose_bytes -= lost
        found = self._framer.frames(data[lost:], now_s)
        return b"".join(self._answer(one, now_s) for one in found)

    def tick(self, now_s: float) -> bytes:
        """Let the mechanics move; in polled mode an acceptor never speaks unasked."""
        if self.powered:
            self._advance(now_s)
        return b""

    def _answer(self, found: bytes, now_s: float) -> bytes:
        if crc(found):
            return b""  # the host asks again
        self._advance(now_s)
        self._heard_s = now_s
        command, data = found[2], found[3:-2]
        if command == ACK and not data:
            self._acknowledged(now_s)
            return b""
        body = self._obey(command, data, now_s)
        self._told_vend_valid = False
        if self._drop:
            self._drop -= 1
            return b""
        reply = frame(body)
        if self._corrupt:
            self._corrupt -= 1
            return reply[:-1] + bytes((reply[-1] ^ 0x55,))
        self._told_vend_valid = command == STATUS and body[0] == State.VEND_VALID
        return reply

    def _acknowledged(self, now_s: float) -> None:
        told, self._told_vend_valid = self._told_vend_valid, False
        if self._lose_acks:
            self._lose_acks -= 1
        elif told and self._state == State.VEND_VALID:
            self._enter(State.STACKED, now_s)

    def _obey(self, command: int, data: bytes, now_s: float) -> bytes:
        if command in SETTINGS:
            return self._set(command, data, now_s)
        act = self._commands().get(command)
        if act is None or data:
            return bytes((INVALID,))
        return act(now_s)

    def _commands(self) -> dict[int, Callable[[float], bytes]]:
        return {
            STATUS: self._status,
            0x40: self._reset,
            0x41: lambda now_s: self._stack(now_s, when_stacked=False),
            0x42: lambda now_s: self._stack(now_s, when_stacked=True),
            0x43: self._give_back,
            0x44: self._hold,
            0x45: self._hold,
            **{code - 0x40: self._setting(code) for code in SETTINGS},
            0x88: lambda now_s: b"\x88U(RUS)-03-SS ID003-05V200-20 11MAY04 B2C4",
            0x8A: lambda now_s: b"\x8a" + self.table,
        }

    def _setting(self, code: int) -> Callable[[float], bytes]:
        return lambda now_s: bytes((code - 0x40,)) + self._settings[code]

    def _set(self, command: int, data: bytes, now_s: float) -> bytes:
        if len(data) != len(SETTINGS[command]) or self._state in _POWER_UP:
            return bytes((INVALID,))
        self._settings[command] = data
        if self._state in _RESTING:
            self._rest(now_s)
        return bytes((command,)) + data

    def _status(self, now_s: float) -> bytes:
        self._polled = True
        return bytes((self._state,)) + self._data

    def _reset(self, now_s: float) -> bytes:
        self._forget()
        self._enter(State.INITIALIZE, now_s)
        return bytes((ACK,))

    def _stack(self, now_s: float, *, when_stacked: bool) -> bytes:
        if self._state not in _IN_ESCROW:
            return bytes((INVALID,))
        self._when_stacked = when_stacked
        self._enter(State.STACKING, now_s)
        return bytes((ACK,))

    def _give_back(self, now_s: float) -> bytes:
        if self._state not in _IN_ESCROW:
            return bytes((INVALID,))
        self._enter(State.STACKING if self._swallow else State.RETURNING, now_s)
        self._swallow = max(0, self._swallow - 1)
        return bytes((ACK,))

    def _hold(self, now_s: float) -> bytes:
        if self._state not in _IN_ESCROW:
            return bytes((INVALID,))
        self._enter(State.HOLDING, now_s)
        return bytes((ACK,))

    # The mechanics -----------------------------------------------------------------------------

    @property
    def _accepts(self) -> bool:
        return self._settings[0xC3] == b"\x00"

    def _enter(self, state: State, since_s: float, data: bytes = b"") -> None:
        self._state, self._since_s, self._data, self._polled = state, since_s, data, False

    def _forget(self) -> None:
        """What RESET and a power cut have in common: only the place of the note is left."""
        self._settings = dict(SETTINGS)
        self._told_vend_valid = self._when_stacked = False

    def _fault(self) -> tuple[State, bytes] | None:
        if self._broken:
            return self._broken
        if not self._cassette_in:
            return State.STACKER_OPEN, b""
        if len(self.cassette) >= self.capacity:
            return State.STACKER_FULL, b""
        return None

    def _rest(self, since_s: float) -> None:
        fault = self._fault()
        if fault:
            self._enter(fault[0], since_s, fault[1])
        else:
            self._enter(State.IDLING if self._accepts else State.DISABLED, since_s)

    def _lasts_s(self) -> float | None:
        """How long the state lasts; VEND VALID lasts until it is acknowledged."""
        times = self.timing
        half_s = times.stacking_s / 2
        return {
            State.INITIALIZE: times.initialize_s,
            State.ACCEPTING: times.accepting_s,
            State.STACKING: times.stacking_s if self._when_stacked else half_s,
            State.STACKED: 0.0 if self._when_stacked else half_s,
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
        silent_s = self._heard_s + self.timing.silence_s
        if now_s > silent_s:
            self._move_until(silent_s)
            if self._state in _IN_ESCROW:  # nobody asks any more
                self._enter(State.RETURNING, max(silent_s, self._since_s))
        self._move_until(now_s)
        # The second half of the way is behind the lever, whatever is told when.
        half_s = self._since_s + self.timing.stacking_s / 2
        if self._state == State.STACKING and now_s >= half_s:
            self._place = "stacker"

    def _move_until(self, now_s: float) -> None:
        while (lasts_s := self._lasts_s()) is not None and now_s >= self._since_s + lasts_s:
            told = {State.REJECTING, State.CHEATED, State.STACKED}
            if self._state in told and not self._polled:
                break  # told at least once, however late the host asks
            self._end_of_motion(self._since_s + lasts_s)

    def _end_of_motion(self, then_s: float) -> None:
        state, inside = self._state, self._fault() is None and self._place
        fits = self._broken is None and self._cassette_in and self._note is not None
        if state == State.ACCEPTING:
            self._accepted(then_s)
        elif state in _IN_ESCROW:
            self._enter(State.REJECTING, then_s, bytes((REJECT_INHIBIT,)))
        elif state == State.STACKING:
            if self._when_stacked:
                self.cassette.append(self._out_of_the_way())
            else:
                self._place = "stacker"
            self._enter(State.VEND_VALID, then_s)
        elif state == State.INITIALIZE and inside == "acceptor":
            self._enter(State.RETURNING, then_s)
        elif state == State.RETURNING or (state == State.REJECTING and self._note is not None):
            self.returned.append(self._out_of_the_way())
            self._rest(then_s)
        elif (state == State.STACKED and fits) or (
            state == State.INITIALIZE and inside == "stacker"
        ):
            self.cassette.append(self._out_of_the_way())
            self._rest(then_s)
        else:
            self._rest(then_s)

    def _accepted(self, then_s: float) -> None:
        kinds = [kind for kind, face in self.faces.items() if face == self._note]
        if not kinds:
            self._enter(State.REJECTING, then_s, bytes((REJECT_DENOMINATION,)))
            return
        self._kind = kinds[0]
        off = self._settings[0xC0][0] >> (self._kind - 1) & 1
        if off or not self._accepts:
            self._enter(State.REJECTING, then_s, bytes((REJECT_INHIBIT,)))
        else:
            self._enter(State.ESCROW, then_s, bytes((ESCROW_CODE + self._kind,)))

    def _out_of_the_way(self) -> int:
        assert self._note is not None
        note, self._note, self._place = self._note, None, "outside"
        return note

    # What hands and accidents do ---------------------------------------------------------------

    @property
    def state(self) -> State:
        """The state that the next question is answered with, unless time intervenes."""
        return self._state

    @property
    def inside(self) -> list[int]:
        """The note in the acceptor or on its way to the cassette, if there is one."""
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
        if now_s > self._heard_s + self.timing.silence_s:
            return f"{face} not taken: nobody asks"
        self.inserted.append(face)
        self._note, self._place = face, "acceptor"
        self._enter(State.ACCEPTING, now_s)
        return f"{face} went in"

    def jam(self, now_s: float, *, cassette: bool = False) -> None:
        """A note sticks in the acceptor, or between acceptor and cassette."""
        self.tick(now_s)
        if cassette and self._note is not None:
            self._place = "stacker"
        self._break(State.STACKER_JAMMED if cassette else State.ACCEPTOR_JAMMED, b"", now_s)

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
        """Something in the device breaks, one of `FAILURES` (A2 stack motor … AB cash box)."""
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
        if self.powered and self._state not in _NOT_DISTURBED:
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
        states: dict[Place, State] = {
            "outside": State.POWER_UP,
            "acceptor": State.POWER_UP_IN_ACCEPTOR,
            "stacker": State.POWER_UP_IN_STACKER,
        }
        self._enter(states[self._place], now_s)

    def _break(self, state: State, data: bytes, now_s: float) -> None:
        self.tick(now_s)
        self._broken = state, data
        if self.powered and self._state not in _NOT_DISTURBED:
            self._rest(now_s)

    def _start_over(self, now_s: float) -> None:
        if self.powered and self._state not in _NOT_DISTURBED:
            self._forget()
            self._enter(State.INITIALIZE, now_s)

    # What goes wrong on the wire ---------------------------------------------------------------

    def drop_replies(self, count: int) -> None:
        """The next answers are never heard."""
        self._drop = count

    def lose_bytes(self, count: int) -> None:
        """The next bytes of the host are never heard."""
        self._lose_bytes = count

    def swallow(self, count: int) -> None:
        """The next notes that shall go back go into the cassette: a worn way out."""
        self._swallow = count

    def corrupt_replies(self, count: int) -> None:
        """The next answers arrive damaged."""
        self._corrupt = count

    def lose_acks(self, count: int) -> None:
        """The next acknowledgements of the host are never heard."""
        self._lose_acks = count

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
