"""A simulated ccTalk bill validator with escrow (like an NV9 or an Ardac), from the pages alone.

It keeps the physical truth beside the protocol:
``inserted == cassette + emptied + returned + taken_out + inside`` at any time.

Source: docs/devices.md, ccTalk. What a power cut leaves behind differs between makers and is to be
checked on a device; the peer takes the harsher reading: the event counter is 0 and the buffer empty
after a start, a note in the escrow goes back, a note on its way to the cassette is pushed into it,
and no event tells of either. `keeps_counter` is a device that keeps both over a power cut, and then
tells what became of its note.

Not modelled: barcode tickets, the encrypted form and PIN numbers, bills to be taught, the lamps and
motors that can be moved by command, a stacker that stacks while the next note comes in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import Final, Literal

from kiosk.hardware.peers.cctalk_line import (
    ACK,
    NAK,
    Command,
    EventBuffer,
    Identity,
    Peripheral,
    Reply,
    told,
)

TYPES: Final = 16
UNKNOWN: Final = "......."

RUSSIAN_NOTES: Final[Mapping[int, int]] = MappingProxyType(
    {1: 10, 2: 50, 3: 100, 4: 500, 5: 1000, 6: 5000, 9: 200, 10: 2000}
)
"""Bill type -> face value in major units. The numbering has a gap, as after a new edition."""

Place = Literal["outside", "validator", "stacker"]

CREDIT, HELD = 0, 1
(
    MASTER_INHIBIT,
    RETURNED,
    INVALID,
    TRANSPORT_PROBLEM,
    INHIBITED,
    INHIBITED_BY_SWITCH,
    JAMMED_UNSAFE,
    STACKER_JAM,
    PULLED_BACK,
    TAMPERED,
    STACKER_OK,
    STACKER_REMOVED,
    STACKER_INSERTED,
    STACKER_FAULTY,
    STACKER_FULL,
    STACKER_JAMMED,
    JAMMED_SAFE,
) = range(17)
"""What stands beside a 0 in an event."""

BACK, ON, LONGER = 0, 1, 255
"""Data of 154, and what it answers when it cannot."""
ESCROW_EMPTY, FAILED = 254, 255

BILL_JAMMED, NO_STACKER, FULL_STACKER = 39, 44, 45
"""What 232 answers."""


class State(Enum):
    """Where the mechanics are."""

    RESTING = auto()
    ACCEPTING = auto()
    ESCROW = auto()
    STACKING = auto()
    RETURNING = auto()
    JAMMED = auto()


@dataclass(frozen=True)
class Timing:
    """How long the mechanics take, in seconds."""

    accepting_s: float = 0.6
    stacking_s: float = 0.8
    returning_s: float = 0.6
    escrow_s: float = 10.0
    silence_s: float = 5.0


class BillValidator(Peripheral):
    """The device, see the module.

    Args:
        faces: type (1 to 16) -> face value in major units.
        country: two letters.
        address: on the line; 40 is every bill validator's.
        with_crc: frames with a CRC, as most have, or the sum.
        serial: three bytes.
        capacity: notes that the cassette holds.
        timing: see `Timing`.
        keeps_counter: counter and buffer outlive a power cut.

    Raises:
        ValueError: a wrong type, country, address or serial number.
    """

    def __init__(
        self,
        *,
        faces: Mapping[int, int] = RUSSIAN_NOTES,
        country: str = "RU",
        address: int = 40,
        with_crc: bool = True,
        serial: int = 7654321,
        capacity: int = 600,
        timing: Timing | None = None,
        keeps_counter: bool = False,
    ) -> None:
        who = Identity("Bill Validator", "FOY", "SIM-B16", "SIM-1.0", serial)
        super().__init__(address, who, with_crc=with_crc)
        if len(country) != 2 or not country.isascii():
            raise ValueError(f"{country!r} is not a country of two letters such as RU")
        if any(kind not in range(1, TYPES + 1) for kind in faces):
            raise ValueError(f"bill types go from 1 to {TYPES}")
        self.faces = dict(faces)
        self.country = country
        self.names = {kind: f"{country}{face:04}A" for kind, face in faces.items()}
        self.timing = timing or Timing()
        self.keeps_counter = keeps_counter
        # The physical truth.
        self.capacity = capacity
        self.cassette: list[int] = []
        self.emptied: list[int] = []
        self.returned: list[int] = []
        self.taken_out: list[int] = []
        self.inserted: list[int] = []
        self._note: int | None = None
        self._cassette_in = True
        # What the firmware knows; lost with the power.
        self._events = EventBuffer()
        self._state = State.RESTING
        self._since_s = 0.0
        self._half = self._held = False
        self._check = 0
        self._forget()

    def _forget(self) -> None:
        self._mask, self._master, self._mode = 0, True, 3
        self._asked_s: float | None = None

    # The protocol ------------------------------------------------------------------------------

    def commands(self) -> Mapping[int, tuple[int | None, Command]]:
        """See `Peripheral.commands`."""
        return {
            249: (0, lambda data, now_s: told(bytes((2, 20)))),
            232: (0, self._self_check),
            231: (2, self._modify_inhibits),
            230: (0, lambda data, now_s: told(self._mask.to_bytes(2, "little"))),
            228: (1, self._modify_master),
            227: (0, lambda data, now_s: told(bytes((self._master,)))),
            159: (0, self._read_events),
            157: (1, self._bill_id),
            156: (2, self._country_scaling),
            154: (1, self._route),
            153: (1, self._modify_mode),
            152: (0, lambda data, now_s: told(bytes((self._mode,)))),
            145: (None, lambda data, now_s: told(f"{self.country}0001".encode("ascii"))),
        }

    def _self_check(self, data: bytes, now_s: float) -> Reply:
        if self._check:
            return told(bytes((self._check,)))
        if not self._cassette_in:
            return told(bytes((NO_STACKER,)))
        if self._state is State.JAMMED:
            return told(bytes((BILL_JAMMED,)))
        return told(bytes((0 if self._room() else FULL_STACKER,)))

    def _modify_inhibits(self, data: bytes, now_s: float) -> Reply:
        self._mask = int.from_bytes(data, "little")
        return ACK

    def _modify_master(self, data: bytes, now_s: float) -> Reply:
        self._master = bool(data[0] & 1)
        return ACK

    def _read_events(self, data: bytes, now_s: float) -> Reply:
        self._asked_s = now_s
        return told(self._events.told())

    def _bill_id(self, data: bytes, now_s: float) -> Reply:
        if data[0] not in range(1, TYPES + 1):
            return NAK
        return told(self.names.get(data[0], UNKNOWN).encode("ascii"))

    def _country_scaling(self, data: bytes, now_s: float) -> Reply:
        # Face values times 100 are minor units, of which two decimals make a major one.
        return told(bytes((100, 0, 2) if data == self.country.encode("ascii") else (0, 0, 0)))

    def _route(self, data: bytes, now_s: float) -> Reply:
        if self._state is not State.ESCROW:
            return told(bytes((ESCROW_EMPTY,)))
        if data[0] == LONGER:
            self._since_s = now_s
        elif data[0] == BACK:
            self._enter(State.RETURNING, now_s)
        elif data[0] == ON and self._room():
            self._enter(State.STACKING, now_s)
        else:
            return told(bytes((FAILED,)))
        return ACK

    def _modify_mode(self, data: bytes, now_s: float) -> Reply:
        self._mode = data[0] & 3
        return ACK

    # The mechanics -----------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """Where the mechanics are."""
        return self._state

    @property
    def counter(self) -> int:
        """Where the event counter stands."""
        return self._events.counter

    @property
    def inside(self) -> list[int]:
        """The note in the validator or on its way to the cassette, if there is one."""
        return [] if self._note is None else [self._note]

    @property
    def place(self) -> Place:
        """Where the note is that has gone in and is in no list yet."""
        if self._note is None:
            return "outside"
        return "stacker" if self._past else "validator"

    @property
    def _past(self) -> bool:
        return self._state is State.STACKING and self._half

    def _room(self) -> bool:
        return self._cassette_in and len(self.cassette) < self.capacity

    def _enter(self, state: State, now_s: float) -> None:
        self._state, self._since_s, self._half = state, now_s, False

    def advance(self, now_s: float) -> None:
        """See `Peripheral.advance`."""
        if not self.powered:
            return
        lasts_s = {
            State.ACCEPTING: self.timing.accepting_s,
            State.ESCROW: self.timing.escrow_s,
            State.STACKING: self.timing.stacking_s,
            State.RETURNING: self.timing.returning_s,
        }
        while self._state in lasts_s and now_s >= self._since_s + lasts_s[self._state]:
            self._arrived(self._since_s + lasts_s[self._state])
        if self._state is State.STACKING:
            # The second half of the way is behind the point of no return.
            self._half = now_s >= self._since_s + self.timing.stacking_s / 2

    def _arrived(self, then_s: float) -> None:
        assert self._note is not None
        if self._state is State.ACCEPTING:
            self._judged(then_s)
        elif self._state is State.ESCROW:
            self._enter(State.RETURNING, then_s)
        elif self._state is State.STACKING:
            kind = next(kind for kind, face in self.faces.items() if face == self._note)
            self.cassette.append(self._out_of_the_way(then_s))
            self._events.add(kind, CREDIT)
            if not self._room():
                self._events.add(0, STACKER_FULL)
        else:
            held, face = self._held, self._out_of_the_way(then_s)
            self.returned.append(face)
            if held:
                self._events.add(0, RETURNED)

    def _judged(self, then_s: float) -> None:
        kind = next((kind for kind, face in self.faces.items() if face == self._note), 0)
        if not kind or not self._mask >> (kind - 1) & 1:
            self._events.add(0, INHIBITED if kind else INVALID)
            self._enter(State.RETURNING, then_s)
        elif self._mode & 2:
            self._held = True
            self._events.add(kind, HELD)
            self._enter(State.ESCROW, then_s)
        else:
            self._enter(State.STACKING, then_s)

    def _out_of_the_way(self, then_s: float) -> int:
        assert self._note is not None
        note, self._note = self._note, None
        self._held = False
        self._enter(State.RESTING, then_s)
        return note

    # What hands and accidents do ---------------------------------------------------------------

    def accepts(self, now_s: float) -> bool:
        """Whether the motor would draw a note in now."""
        asked = self._asked_s is not None and now_s - self._asked_s <= self.timing.silence_s
        free = self._state is State.RESTING and self._room()
        return self.powered and self._master and bool(self._mask) and asked and free

    def insert(self, face: int, now_s: float) -> str:
        """A guest offers a note.

        Returns:
            What happened, for people. A note that is not taken never went in.
        """
        if self.powered:
            self.advance(now_s)
        if not self.accepts(now_s):
            return f"{face} not taken"
        self.inserted.append(face)
        self._note, self._held = face, False
        self._enter(State.ACCEPTING, now_s)
        return f"{face} went in"

    def jam(self, now_s: float, *, cassette: bool = False) -> None:
        """A note sticks, and can be pulled out or cannot (in the stacker)."""
        self.advance(now_s)
        if self.powered:
            self._events.add(0, STACKER_JAMMED if cassette else JAMMED_UNSAFE)
        self._enter(State.JAMMED, now_s)

    def clear_jam(self, now_s: float, *, stacked: bool = False) -> None:
        """The attendant removes what sticks, into the cassette or into the hand."""
        if self._note is not None:
            (self.cassette if stacked else self.taken_out).append(self._out_of_the_way(now_s))
        self._enter(State.RESTING, now_s)
        if self.powered:
            self._events.add(0, STACKER_OK)

    def break_down(self, now_s: float, event: int, check: int = 0) -> None:
        """It tells an event (``13`` the stacker), and from now on a fault when it checks itself."""
        self.advance(now_s)
        self._check = check
        if self.powered:
            self._events.add(0, event)

    def mend(self) -> None:
        """What `break_down` broke works again."""
        self._check = 0

    def cheat(self, now_s: float) -> None:
        """The guest pulls the note back out before it is held."""
        self.advance(now_s)
        if self._state is State.ACCEPTING:
            self.returned.append(self._out_of_the_way(now_s))
            self._events.add(0, PULLED_BACK)
        elif self.powered:
            self._events.add(0, TAMPERED)

    def cassette_full(self, now_s: float) -> None:
        """Nothing more goes into the cassette; a note on its way still fits."""
        self.advance(now_s)
        self.capacity = len(self.cassette)
        if self.powered:
            self._events.add(0, STACKER_FULL)

    def remove_cassette(self, now_s: float) -> None:
        """The attendant takes the cassette out, with the notes that are in it."""
        self.advance(now_s)
        self._cassette_in = False
        if self.powered:
            self._events.add(0, STACKER_REMOVED)

    def replace_cassette(self, now_s: float, *, capacity: int = 600) -> None:
        """An empty cassette goes in."""
        self.emptied += self.cassette
        self.cassette.clear()
        self.capacity, self._cassette_in = capacity, True
        if self.powered:
            self._events.add(0, STACKER_INSERTED)

    def restart(self, now_s: float) -> None:
        """See `Peripheral.restart`: a note in the way leaves it, mostly without a word."""
        past, kept = self._past, self._events if self.keeps_counter else None
        self._forget()
        self._events = kept or EventBuffer()
        if self._note is None:
            return
        jammed = self._state is State.JAMMED
        kind = next((kind for kind, face in self.faces.items() if face == self._note), 0)
        if jammed:
            return
        note = self._out_of_the_way(now_s)
        (self.cassette if past else self.returned).append(note)
        if kept is not None:
            kept.add(*((kind, CREDIT) if past else (0, RETURNED)))
