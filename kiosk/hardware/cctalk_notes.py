"""Note acceptors that speak ccTalk: Alberici, BillyOne, ITL NV9 and NV10 so set, MEI, Ardac.

What happens to a note is told once, by the acceptor's own counter of events, and is not
acknowledged on the line; it begins again at 0 when the acceptor starts. What it did with a note
while it had no power, it tells afterwards or never.
What the rules of the dialogue rest on: docs/devices.md, "ccTalk".
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import ClassVar

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId, NoteId, note_id
from kiosk.core.messages import (
    AcceptNotes,
    AcceptorChanged,
    AcceptorPoweredUp,
    AcceptorState,
    AcknowledgeNote,
    Effect,
    Event,
    NoteEscrowed,
    NoteRejected,
    NoteReturned,
    NoteStacked,
    RecallNote,
    RefuseNotes,
    ResetAcceptor,
    ReturnNote,
    Role,
    StackNote,
)
from kiosk.core.money import CURRENCIES, Money
from kiosk.hardware import cctalk, coin_profiles
from kiosk.hardware import cctalk_words as words
from kiosk.hardware.device import POLL_MAX_S, Options
from kiosk.hardware.transport import Transport

log = logging.getLogger(__name__)

TYPES = range(1, 17)
WITH_STACKER_AND_ESCROW = bytes([3])

STACKED, ESCROW = 0, 1
"""The second byte of an event whose first is a type of note."""

TO_STACKER, TO_GUEST, LONGER = bytes([1]), bytes([0]), bytes([255])
NOTHING_THERE, NOT_MOVED = 254, 255
"""Answers to a route that are none of `b""`, which is: it is on its way."""

EXTEND_S = 3.0
"""A note in escrow is asked to stay so often; devices give it back after some ten seconds."""
MOTION_S = 30.0
"""A note that was told to move, and of which nothing was heard for so long, is nowhere."""

CHECK_EVERY = 5
"""What is to be made sure again and again is so once in so many polls."""


WITHOUT_NOTE = (words.RETURNED, *words.NOTE_REJECTIONS)
"""Events after which no note is in the acceptor."""


class Phase(Enum):
    """Where a note is, as far as this driver was told."""

    ESCROW = auto()
    STACKING = auto()
    RETURNING = auto()
    UNKNOWN = auto()


@dataclass
class _Note:
    """The one note in the acceptor.

    `name` is None when it may have come in before this start. `polls`: since it came in or was
    told to move. `counter`: when it came in. `going`: the acceptor has taken the order to move it.
    """

    name: NoteId | None
    kind: int
    phase: Phase
    counter: int = 0
    announced: bool = False
    going: bool = False
    polls: int = 0


class NoteAcceptor:
    """One ccTalk note acceptor.

    Options: ``address``, ``check``, ``echo``, ``countries``, ``escrow_s``, ``poll_ms``,
    ``answer_ms``, ``silence_ms``, ``currency`` (see ``[driver.cctalk_notes]`` in default.toml).

    Args:
        device: its name.
        options: its settings, complete.
        start: the number of this start of the process.
        connect: opens the line.

    Raises:
        ConfigError: an option that says nothing it knows.
    """

    role: ClassVar[Role] = "acceptor"

    def __init__(
        self, device: DeviceId, options: Options, *, start: int, connect: Callable[[], Transport]
    ) -> None:
        self._device = device
        self._start = start
        self._connect = connect
        code = str(options["currency"])
        try:
            if code not in CURRENCIES:
                raise ValueError(f'currency: no currency "{code}"; one of {", ".join(CURRENCIES)}')
            self._currency = CURRENCIES[code]
            self._letters = coin_profiles.letters_of(str(options["countries"]), self._currency)
            if int(options["escrow_s"]) < 0:
                raise ValueError(f"escrow_s: {options['escrow_s']} is less than 0")
            self._check = cctalk.check_of(str(options["check"]))
            self._echo = cctalk.echo_of(str(options["echo"]))
            self._address = cctalk.address_of(int(options["address"]))
            self._pace = cctalk.pace_of(options)
        except ValueError as error:
            raise ConfigError([f"[devices.{device}] {error}"]) from error
        self._escrow_s = int(options["escrow_s"])
        # What lives as long as the process. A connection lost and found again changes none of it.
        self._counted = 0
        self._note: _Note | None = None
        self._stacked: list[NoteStacked] = []
        self._seen_without_note = False
        self._known: tuple[int, int] | None = None  # of which acceptor, and where its counter was
        self._before: cctalk.Told | None = None  # what it remembered when it was first seen
        self._events: deque[Event] = deque()
        self._line: cctalk.Line | None = None
        self._greet()

    def _greet(self) -> None:
        """Forget what belongs to one connection."""
        self._serial = 0
        self._values: dict[int, Money] = {}
        self._mismatch = ""
        self._wanted: frozenset[Money] = frozenset()
        self._enabled: frozenset[int] | None = None
        self._fault: tuple[AcceptorState, str] | None = None
        self._doubted = ""  # money that nobody can account for; until somebody has looked
        self._told: tuple[AcceptorState, str] | None = None
        self._resetting = False
        self._silent_polls = 0
        self._polls = 0
        if self._note and self._note.phase is Phase.ESCROW:
            # Its journey has ended with the connection; it must not be stacked by an order of then.
            self._note.phase, self._note.going = Phase.RETURNING, False

    # --- the contract --------------------------------------------------------------------------

    def open(self) -> str:
        """See `Device.open`. Nothing is reset; a note in escrow is given back by the first poll."""
        self.close()
        self._greet()
        self._line = line = cctalk.Line(
            self._connect(),
            address=self._address,
            check=self._check,
            echo=self._echo,
            answer_s=self._pace.answer_s,
        )
        line.need(cctalk.SIMPLE_POLL)
        category = line.text(cctalk.CATEGORY)
        if category and "bill" not in category.lower() and "note" not in category.lower():
            other = f'at address {self._address} is a "{category}", no note acceptor'
            raise DeviceError(other, "other")
        self._serial = line.serial()
        told = line.events(cctalk.READ_BILLS, None, pause_s=cctalk.GAP_S)
        if told is None:
            raise DeviceError("the note acceptor does not tell its events")
        line.need(cctalk.MASTER, bytes([0]))
        self._learn(line)
        self._self_check(line)
        self._found(told)
        names = (line.text(cctalk.MAKER), line.text(cctalk.PRODUCT), str(self._serial))
        return " ".join(name for name in names if name)

    def poll(self, timeout_s: float) -> Sequence[Event]:
        """See `Device.poll`."""
        line = self._open_line()
        assert self._known is not None
        wait_s = min(timeout_s, POLL_MAX_S)
        pause_s = min(self._pace.poll_s, wait_s / 2)
        told = line.events(cctalk.READ_BILLS, self._known[1], pause_s=pause_s)
        if told is None and not line.heard:
            self._silent_polls += 1
            if self._silent_polls > self._pace.silent_polls_max:
                raise DeviceError(line.silence("the note acceptor"))
        else:
            self._silent_polls = 0
        if told is not None:
            self._answered(told, line)
        self._events += self._stacked
        events = tuple(self._events)
        self._events.clear()
        return events

    def perform(self, effect: Effect) -> None:
        """See `Device.perform`. An effect for a note that is not here is passed over."""
        if isinstance(effect, AcceptNotes):
            self._wanted = frozenset(Money.face(face, self._currency) for face in effect.faces)
        elif isinstance(effect, RefuseNotes):
            self._wanted = frozenset()
        elif isinstance(effect, StackNote | ReturnNote):
            note = self._note
            if note is None or note.name != effect.note or note.phase is not Phase.ESCROW:
                log.warning("%s: %s, but that note is not in escrow", self._device, effect)
                return
            self._order(note, Phase.STACKING if isinstance(effect, StackNote) else Phase.RETURNING)
        elif isinstance(effect, AcknowledgeNote):
            self._stacked = [event for event in self._stacked if event.note != effect.note]
        elif isinstance(effect, RecallNote):
            self._recall(effect)
        elif isinstance(effect, ResetAcceptor):
            self._reset()
        else:
            raise TypeError(f"{effect} is not for an acceptor")

    def close(self) -> None:
        """See `Device.close`."""
        if self._line:
            self._line.close()
        self._line = None

    def _reset(self) -> None:
        """Start the acceptor over, where no note is on its way or people took it in hand already.

        What it stacked and told is remembered here, so nothing of it is forgotten by a reset.
        """
        if self._on_the_way() or self._stacked:
            log.warning("%s: not reset, a note is on its way", self._device)
            return
        if self._open_line().ask(cctalk.RESET) is not None:
            self._resetting = True
            self._enabled = None
            self._note = None
            self._tell()

    def _on_the_way(self) -> bool:
        return self._note is not None and self._note.phase is not Phase.UNKNOWN

    # --- what a poll says ----------------------------------------------------------------------

    def _found(self, told: cctalk.Told) -> None:
        """What the acceptor says when it is greeted: the same as before, another, or anew."""
        mine = self._known if self._known and self._known[0] == self._serial else None
        if self._known is not None and mine is None:
            self._doubt()  # it is in the other one
            self._note = None
        self._known = self._serial, told.counter
        if told.counter == 0:
            if mine is None or mine[1] != 0:
                self._powered_up()
        elif mine is not None:
            self._count(told, mine[1], watching=False)
        else:
            # The first time that it is seen: what it told before was for somebody else, who may
            # have left a note on the books (`_recall`).
            self._before = told
            about_notes = (pair for pair in told.pairs if pair[0] or pair[1] in WITHOUT_NOTE)
            kind, where = next(about_notes, (0, 0))
            if kind and where == ESCROW:
                self._note = _Note(None, kind, Phase.RETURNING)
            else:
                self._seen_without_note = True

    def _answered(self, told: cctalk.Told, line: cctalk.Line) -> None:
        assert self._known is not None
        self._polls += 1
        known = self._known[1]
        if told.counter == 0 and known != 0 and not self._resetting:
            # Everything that this connection has set is gone: start as with any other.
            raise DeviceError("the note acceptor has restarted")
        self._known = self._serial, told.counter
        if self._resetting and told.counter == 0:
            self._resetting, self._fault, self._doubted = False, None, ""
        else:
            self._count(told, known, watching=True)
        self._attend(line)
        if self._enabled is not None and self._polls % CHECK_EVERY == 0:
            # It may have started anew without a sign: its counter was at 0, or is kept.
            self._enabled = self._enabled if line.keeps(cctalk.mask(self._enabled)) else None
        if not self._on_the_way():
            self._enable(line)
        self._tell()

    def _powered_up(self) -> None:
        """It does not say where it found a note. What becomes of that, an event may tell yet."""
        if self._note is not None:
            self._note.phase = Phase.UNKNOWN
        self._events.append(AcceptorPoweredUp(self._device, "none"))

    def _count(self, told: cctalk.Told, known: int, *, watching: bool) -> None:
        news = cctalk.happened(known, told, watching=watching)
        if news.restarted:
            self._enabled = None
            self._powered_up()
        if news.lost != 0:
            self._doubted = f"{news.lost or 'some'} events are lost; a note may be in the cashbox"
            log.error("%s: %s", self._device, self._doubted)
            self._doubt()
        for counter, a, b in news.events:
            if a and b == ESCROW:
                self._escrowed(a, counter)
            elif a and b == STACKED:
                self._is_stacked(a)
            elif not a:
                self._said(b)
            else:
                log.warning("%s: event %d %d is not known", self._device, a, b)

    def _said(self, code: int) -> None:
        """An event without a type of note."""
        if code == words.RETURNED:
            note, self._note = self._note, None
            name = note.name if note else self._stray_name()
            self._seen_without_note = True
            self._events.append(NoteReturned(self._device, name))
        elif code in words.NOTE_REJECTIONS:
            self._seen_without_note = True
            self._events.append(NoteRejected(self._device, words.NOTE_REJECTIONS[code]))
        elif code in words.MENDED:
            self._fault = None
        elif code == words.UNKNOWN_STACKED:
            self._doubted = "a note of an unknown type is in the cashbox"
        elif code in words.NOTE_FAULTS:
            self._fault = words.NOTE_FAULTS[code]
            if code in words.HANDS:
                self._doubt()
            self._tell()  # also when the next event of the same poll is another fault

    def _escrowed(self, kind: int, counter: int) -> None:
        note = self._note
        if note is not None and note.kind == kind and self._on_the_way():
            note.going = False  # it says again that the same note is there: it has not moved
            return
        self._seen_without_note = True
        if note is not None:
            log.error("%s: nothing says where %s is", self._device, note.name)
        value = self._values.get(kind)
        self._note = note = _Note(self._name(), kind, Phase.ESCROW, counter)
        if value is None or value not in self._wanted:
            note.phase = Phase.RETURNING

    def _is_stacked(self, kind: int) -> None:
        note = self._note
        value = self._values.get(kind)
        mine = note if note is not None and note.kind == kind else None
        if mine is not None:
            self._note = None
        self._seen_without_note = True
        if value is None:
            self._doubted = f"a note of unknown type {kind} is in the cashbox"
            return
        name = mine.name if mine and mine.name else self._name()
        announced = mine is not None and mine.announced
        # The counter says that it was stacked after this process saw the acceptor.
        self._stacked.append(NoteStacked(self._device, name, value, announced, seen=True))

    def _recall(self, effect: RecallNote) -> None:
        """Tell what became of a note of a former start, as far as it was remembered."""
        events = cctalk.after(effect.mark, self._serial, self._before) if self._before else ()
        ends = ((a, b) for a, b in events if (a and b == STACKED) or (a, b) == (0, words.RETURNED))
        kind, _ = next(ends, (None, 0))
        if kind == 0:
            self._events.append(NoteReturned(self._device, effect.note))
        elif kind and self._values.get(kind) == effect.value:
            told = NoteStacked(self._device, effect.note, effect.value, announced=False, seen=True)
            self._stacked.append(told)

    # --- notes ---------------------------------------------------------------------------------

    def _attend(self, line: cctalk.Line) -> None:
        """Announce the note in escrow, keep it there, or see that it moves."""
        if self._fault and self._told == self._fault and self._polls % CHECK_EVERY == 0:
            self._self_check(line)
        note = self._note
        if note is None or note.phase is Phase.UNKNOWN:
            return
        note.polls += 1
        waited_s = note.polls * self._pace.poll_s
        if note.phase is Phase.ESCROW:
            if not note.announced and not self._stacked:
                assert note.name is not None
                note.announced = True
                value, mark = self._values[note.kind], f"{self._serial}/{note.counter}"
                self._events.append(NoteEscrowed(self._device, note.name, value, mark))
            extend_every = max(1, int(EXTEND_S / self._pace.poll_s))
            if waited_s < self._escrow_s and note.polls % extend_every == 0:
                line.ask(cctalk.ROUTE, LONGER, sizes=(0, 1))
        elif waited_s > MOTION_S:
            self._doubt()
        elif not note.going:
            self._move(note)

    def _order(self, note: _Note, phase: Phase) -> None:
        note.phase, note.polls, note.going = phase, 0, False
        self._move(note)

    def _move(self, note: _Note) -> None:
        where = TO_STACKER if note.phase is Phase.STACKING else TO_GUEST
        answer = self._open_line().ask(cctalk.ROUTE, where, sizes=(0, 1))
        # Once it has moved, it is not there any more: what became of it, an event tells.
        note.going = answer is not None and answer in (b"", bytes([NOTHING_THERE]))
        if not note.going:
            log.warning("%s: does not move %s", self._device, note)

    def _doubt(self) -> None:
        """Nobody knows any more where the note is."""
        if self._note is not None and self._note.phase is not Phase.UNKNOWN:
            log.error("%s: nothing says where %s is", self._device, self._note.name)
            self._note.phase = Phase.UNKNOWN

    def _name(self) -> NoteId:
        self._counted += 1
        return note_id(self._device, self._start, self._counted)

    def _stray_name(self) -> NoteId | None:
        """For a note that nobody was told of.

        It can be of a former start only until the acceptor was seen without one: the return of
        another must never end the hold of that.
        """
        return self._name() if self._seen_without_note else None

    # --- its state -----------------------------------------------------------------------------

    def _tell(self) -> None:
        state: AcceptorState
        detail = ""
        if self._doubted:
            state, detail = "failed", self._doubted
        elif self._fault:
            state, detail = self._fault
        elif self._mismatch:
            state, detail = "wrong_currency", self._mismatch
        elif self._on_the_way() or self._stacked or self._resetting:
            state = "busy"
        else:
            state = "ready" if self._enabled else "disabled"
        if (state, detail) != self._told:
            self._told = (state, detail)
            self._events.append(AcceptorChanged(self._device, state, detail))

    def _self_check(self, line: cctalk.Line) -> None:
        """Ask how it is. What does not answer that stays as its events said."""
        told = line.ask(cctalk.SELF_CHECK, sizes=range(1, 4), tries=2)
        if told is None:
            if self._fault and self._fault[0] == "cheated":
                self._fault = None
        elif told[0]:
            unknown = self._fault or ("failed", f"fault {told[0]}")
            self._fault = words.NOTE_CHECKS.get(told[0], unknown)
        else:
            self._fault = None

    # --- what it may take ----------------------------------------------------------------------

    def _learn(self, line: cctalk.Line) -> None:
        """Read the types of notes, and for each country what its digits are multiplied by."""
        scalings: dict[str, tuple[int, int] | None] = {}
        for kind in TYPES:
            name = line.name(cctalk.BILL_ID, kind, (7,))
            if not coin_profiles.NOTE_NAME.fullmatch(name):
                continue
            letters = name[:2]
            if letters not in scalings:
                told = line.twice(cctalk.COUNTRY_SCALING, letters.encode("ascii"), sizes=(3,))
                scalings[letters] = (told[0] | told[1] << 8, told[2]) if told else None
            scaling = scalings[letters]
            if scaling is None:
                continue
            value = coin_profiles.note_value(
                name, self._currency, letters=self._letters, scaling=scaling[0], decimals=scaling[1]
            )
            if value is not None:
                self._values[kind] = value
        if not self._values:
            has = ", ".join(sorted(scalings)) or "nothing"
            self._mismatch = f"its notes are of {has}, not {', '.join(sorted(self._letters))}"

    def _enable(self, line: cctalk.Line) -> None:
        types = frozenset(kind for kind, value in self._values.items() if value in self._wanted)
        if types == self._enabled:
            return
        self._enabled = None
        # Without an escrow each note is stacked at once, and told so: nothing depends on this.
        line.ask(cctalk.OPERATING_MODE, WITH_STACKER_AND_ESCROW, tries=2)
        if line.ask(cctalk.INHIBITS, cctalk.mask(types)) is None:
            return
        if line.ask(cctalk.MASTER, bytes([1 if types else 0])) is not None:
            self._enabled = types

    def _open_line(self) -> cctalk.Line:
        if self._line is None:
            raise DeviceError("the note acceptor is not connected")
        return self._line
