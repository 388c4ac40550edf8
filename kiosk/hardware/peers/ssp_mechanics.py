"""The mechanics of the simulated SSP validator: where its note is, and what it says of that.

The events are those of ITL's SSP Protocol Manual GA138_2_2_2129A; who asks for them, and how, is
the business of `peers.ssp`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Literal

RUSSIAN_FACES: Final[Mapping[int, int]] = {
    1: 10,
    2: 50,
    3: 100,
    4: 500,
    5: 1000,
    6: 2000,
    7: 5000,
}
"""Channel → face value."""

RESET_EVENT, READ, CREDIT, REJECTING, REJECTED, STACKING, STACKED = (
    *(0xF1, 0xEF, 0xEE, 0xED, 0xEC, 0xCC, 0xEB),
)
UNSAFE_JAM, DISABLED, FULL, FRAUD, OUT_AT_FRONT, INTO_CASHBOX, PATH_OPEN = (
    *(0xE9, 0xE8, 0xE7, 0xE6, 0xE1, 0xE2, 0xE0),
)
CASHBOX_OUT, CASHBOX_BACK, ALL_INHIBITED, INITIALISING = 0xE3, 0xE4, 0xB5, 0xB6
REJECT_UNKNOWN, REJECT_BY_HOST, REJECT_INHIBITED = 0x02, 0x08, 0x0C

Place = Literal["outside", "validator", "stacker"]


class State(Enum):
    """What the mechanics do."""

    INITIALISING = auto()
    RESTING = auto()
    READING = auto()
    ESCROW = auto()
    STACKING = auto()
    REJECTING = auto()


@dataclass(frozen=True)
class Timing:
    """How long the mechanics take, and the time-out of a note in escrow, in seconds."""

    initialize_s: float = 1.0
    accepting_s: float = 0.6
    stacking_s: float = 0.8
    rejecting_s: float = 0.6
    escrow_s: float = 10.0


class Mechanics:
    """Everything of the device that moves. All times are seconds of the caller's clock.

    Args:
        faces: channel (1…16) → face value in major units.
        capacity: notes that the cassette holds.
        timing: see `Timing`.
        knows_channel: whether it still knows after a power cut what note it holds.
    """

    def __init__(
        self,
        faces: Mapping[int, int],
        capacity: int,
        timing: Timing | None,
        *,
        knows_channel: bool,
    ) -> None:
        if any(channel not in range(1, 17) for channel in faces):
            raise ValueError("channels go from 1 to 16")
        self.faces = dict(faces)
        self.capacity = capacity
        self.timing = timing or Timing()
        self._knows_channel = knows_channel
        # The physical truth, and what outlives the power.
        self.cassette: list[int] = []
        self.emptied: list[int] = []
        self.returned: list[int] = []
        self.taken_out: list[int] = []
        self.inserted: list[int] = []
        self.stacked_count = self.rejected_count = 0
        self._note: int | None = None
        self._channel = 0
        self._place: Place = "outside"
        self._cassette_in = True
        self._broken: int | None = None
        self._swallow = 0
        self._frozen_s: float | None = None
        self._heard_s = 0.0
        self.powered = True
        self.start_over(0.0)

    def start_over(self, now_s: float) -> None:
        """What RESET and a power cut have in common: only the place of the note is left."""
        self._enabled = False
        self._channels = 0
        self._queue: list[bytes] = []
        self._unacknowledged = b""
        self._told_escrow = False
        self._last_reject = 0
        self._enter(State.INITIALISING, now_s)

    def tick(self, now_s: float) -> bytes:
        """Let the mechanics move; a validator never speaks unasked."""
        if self.powered:
            self._advance(now_s)
        return b""

    def _enter(self, state: State, since_s: float) -> None:
        self._state, self._since_s, self._credited = state, since_s, False
        if state is State.ESCROW:
            self._told_escrow = False

    def _full(self) -> bool:
        return len(self.cassette) >= self.capacity

    def _fault(self) -> int | None:
        return self._broken or (None if self._cassette_in else CASHBOX_OUT)

    def _advance(self, now_s: float) -> None:
        """Bring device and note to where they are at `now_s`."""
        if self._frozen_s is not None or self._fault():
            return
        while self._step(now_s):
            pass

    def _step(self, now_s: float) -> bool:
        """One thing that has happened by then, if any."""
        times, since_s = self.timing, self._since_s
        if self._state is State.INITIALISING and now_s >= since_s + times.initialize_s:
            self._initialised(since_s + times.initialize_s)
        elif self._state is State.READING and now_s >= since_s + times.accepting_s:
            self._was_read(since_s + times.accepting_s)
        elif self._state is State.ESCROW and now_s >= self._heard_s + times.escrow_s:
            self._enter(State.REJECTING, self._heard_s + times.escrow_s)
        elif self._state is State.STACKING and now_s >= since_s + times.stacking_s:
            self._credit()
            self._stack()
            self._queue.append(bytes((STACKED,)))
            self._rest(since_s + times.stacking_s)
        elif self._state is State.STACKING and now_s >= since_s + times.stacking_s / 2:
            return self._credit()
        elif self._state is State.REJECTING and now_s >= since_s + times.rejecting_s:
            self.returned.append(self._out_of_the_way())
            self.rejected_count += 1
            self._queue.append(bytes((REJECTED,)))
            self._rest(since_s + times.rejecting_s)
        else:
            return False
        return True

    def _initialised(self, then_s: float) -> None:
        # Told when the device has run through its reset, with what it found then.
        self._queue.insert(0, bytes((RESET_EVENT,)))
        channel = self._channel if self._knows_channel else 0
        if self._place == "validator":
            self.returned.append(self._out_of_the_way())
            self._queue.append(bytes((OUT_AT_FRONT, channel)))
        elif self._place == "stacker":
            self._stack()
            self._queue.append(bytes((INTO_CASHBOX, channel)))
        self._rest(then_s)
        if self._full():
            self._queue.append(bytes((FULL,)))

    def _was_read(self, then_s: float) -> None:
        self._channel = next((c for c, face in self.faces.items() if face == self._note), 0)
        if not self._channel:
            self._last_reject = REJECT_UNKNOWN
        elif not self._channels >> self._channel - 1 & 1:
            self._last_reject = REJECT_INHIBITED
        else:
            # The ten seconds begin with a note that can be accepted.
            self._heard_s = max(self._heard_s, then_s)
            self._enter(State.ESCROW, then_s)
            return
        self._enter(State.REJECTING, then_s)

    def _credit(self) -> bool:
        """The note is where nobody can pull it out any more."""
        if self._credited:
            return False
        self._place = "stacker"
        self._queue.append(bytes((CREDIT, self._channel)))
        self._credited = True
        return True

    def _stack(self) -> None:
        self.cassette.append(self._out_of_the_way())
        self.stacked_count += 1
        if self._full():
            self._queue.append(bytes((FULL,)))

    def _rest(self, since_s: float) -> None:
        self._enter(State.RESTING, since_s)

    def _out_of_the_way(self) -> int:
        assert self._note is not None
        note, self._note, self._place = self._note, None, "outside"
        return note

    # What hands and accidents do ---------------------------------------------------------------

    @property
    def state(self) -> State:
        """What the mechanics do."""
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
        if not self._enabled or not self._channels:
            return f"{face} not taken: disabled"
        if self._fault() or self._full() or self._frozen_s is not None:
            return f"{face} not taken: out of order"
        if self._state is not State.RESTING:
            return f"{face} not taken: {self._state.name.lower()}"
        if self._unacknowledged:
            return f"{face} not taken: an event is not acknowledged"
        self.inserted.append(face)
        self._note, self._channel, self._place = face, 0, "validator"
        self._enter(State.READING, now_s)
        return f"{face} went in"

    def jam(self, now_s: float, *, cassette: bool = False) -> None:
        """A note sticks in the validator, or between validator and cassette."""
        self.tick(now_s)
        if cassette and self._note is not None:
            self._place = "stacker"
        self._broken = UNSAFE_JAM

    def open_path(self, now_s: float) -> None:
        """Somebody opens the head; `repair` closes it."""
        self.tick(now_s)
        self._broken = PATH_OPEN

    def clear_jam(self, now_s: float, *, stacked: bool = False) -> None:
        """The attendant removes what sticks, into the cassette or into the hand, and closes."""
        self.tick(now_s)
        if self._note is not None:
            (self.cassette if stacked else self.taken_out).append(self._out_of_the_way())
        self.repair(now_s)

    def repair(self, now_s: float) -> None:
        """Whatever was broken works again; the device starts over by itself."""
        self._broken = None
        if self.powered:
            self.start_over(now_s)

    def cheat(self, now_s: float) -> None:
        """The guest pulls at a note; before escrow it comes out again."""
        self.tick(now_s)
        if self._note is not None and self._state is State.READING:
            self.returned.append(self._out_of_the_way())
            self._rest(now_s)
        self._queue.append(bytes((FRAUD, 0)))

    def cassette_full(self, now_s: float) -> None:
        """Nothing more goes into the cassette; a note on its way still fits."""
        self.tick(now_s)
        self.capacity = len(self.cassette)
        self._queue.append(bytes((FULL,)))

    def remove_cassette(self, now_s: float) -> None:
        """The attendant takes the cassette out, with the notes that are in it."""
        self.tick(now_s)
        self._cassette_in = False

    def replace_cassette(self, now_s: float, *, capacity: int = 600) -> None:
        """An empty cassette goes in; the device starts over by itself."""
        self.emptied += self.cassette
        self.cassette.clear()
        self.capacity = capacity
        self._cassette_in = True
        if self.powered:
            self.start_over(now_s)
            self._queue.append(bytes((CASHBOX_BACK,)))

    def power_cut(self, now_s: float) -> None:
        """The power fails; the note stays where it is."""
        self.tick(now_s)
        self.powered = False

    def power_up(self, now_s: float) -> None:
        """The power is back; the device clears its path by itself and then says what it found."""
        self.powered = True
        self._frozen_s = None
        self._heard_s = now_s
        self.start_over(now_s)

    def swallow(self, count: int) -> None:
        """The next notes that shall go back go into the cassette: a worn way out."""
        self._swallow = count

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
