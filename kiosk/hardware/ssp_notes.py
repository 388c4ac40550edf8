"""Where the note of an SSP validator is, by what the validator told; nothing of the line."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal

from kiosk.core.ids import DeviceId, NoteId, note_id
from kiosk.core.messages import Event, NoteEscrowed, NoteRejected, NoteReturned, NoteStacked
from kiosk.core.money import Money
from kiosk.hardware.ssp_frames import Counters

log = logging.getLogger(__name__)

COUNTERS_END = 1 << 32


class Phase(Enum):
    """Where a note is, as far as was told."""

    ESCROW = auto()
    STACKING = auto()
    RETURNING = auto()
    CREDITED = auto()
    UNKNOWN = auto()


@dataclass
class Note:
    """The one note in the acceptor; `name` is None when it may have come in before this start.

    `counted`: what the acceptor had counted before it was told to take this one.
    """

    name: NoteId | None
    channel: int | None
    phase: Phase
    announced: bool = False
    counted: Counters | None = None


class Notes:
    """What lives as long as the process. A connection lost and found again changes none of it.

    Args:
        device: that names the notes.
        start: the number of this start of the process.

    Attributes:
        note: the one in the acceptor, None when there is none.
        unacknowledged: what was stacked and is not known to be on disk, told in each poll.
        repeated: the note that the acceptor itself repeats until it is acknowledged.
        events: what is to be told.
    """

    def __init__(self, device: DeviceId, start: int) -> None:
        self._device = device
        self._start = start
        self._counted = 0
        self._seen_without_note = False
        # Told as stacked, and no word since that it has reached the cashbox.
        self._not_down: Note | None = None
        self.note: Note | None = None
        self.unacknowledged: dict[NoteId, NoteStacked] = {}
        self.repeated: NoteId | None = None
        self.events: deque[Event] = deque()

    def is_in(self, *phases: Phase) -> bool:
        """A note is in the acceptor, and in one of these phases."""
        return self.note is not None and self.note.phase in phases

    def on_its_way(self) -> bool:
        """A note is in the acceptor, and not behind where a guest can reach."""
        return self.note is not None and self.note.phase is not Phase.CREDITED

    def connected_anew(self) -> None:
        """The journey of a note in escrow has ended: no order of before may stack it."""
        if self.note and self.note.phase is Phase.ESCROW:
            self.note.phase = Phase.RETURNING

    def escrowed(self, channel: int, value: Money | None) -> bool:
        """A note waits for a decision.

        Args:
            channel: its kind.
            value: None when it must not be taken.

        Returns:
            Whether it has to be given back.
        """
        if self.is_in(Phase.STACKING):
            return False  # on its way, and still told so
        if self.on_its_way():
            return True  # after a fault, in a new connection, or the order was lost
        if value is None:
            self.note = self._stray(channel)
            return True
        name = self._name()
        self.note = Note(name, channel, Phase.ESCROW, announced=True)
        self.events.append(NoteEscrowed(self._device, name, value))
        return False

    def found_in_escrow(self) -> None:
        """A note was in escrow at the beginning of a connection, and is on its way back."""
        self.note = self.note or self._stray(None)
        self.note.phase = Phase.RETURNING

    def jammed(self) -> None:
        """People put their hands in: nobody knows any more where it is."""
        if self.note and self.on_its_way():
            self.note.phase = Phase.UNKNOWN

    def credited(self, channel: int, values: Mapping[int, Money]) -> None:
        """A note is where no guest can reach it. Told again while it is `repeated`."""
        if self.repeated:
            return
        before = self.note
        fits = before is not None and before.channel == channel
        value = values.get(channel)
        if value is None:
            log.error("%s: a note of the unknown channel %d is in it", self._device, channel)
            return
        if before and fits and self.on_its_way():
            note = before
        else:
            note = self.note = Note(None, channel, Phase.CREDITED)
        self._stacked(note, value, seen=fits)

    def into_cashbox(self, channel: int, values: Mapping[int, Money]) -> bool:
        """At its power-up it found a note behind where guests reach, and stacked it.

        To be told once: not again while it is `repeated`. It may have looked at rest before, while
        it started: what was told and has not reached the cashbox is the same note.

        Args:
            channel: its kind, 0 where it does not know that any more.
            values: of the kinds.

        Returns:
            Whether that can be the note which is held.
        """
        if self._not_down and channel in (self._not_down.channel, 0):
            self.note = self.note or self._not_down
        note, self.note, self._not_down = self.note, None, None
        fits = note is not None and channel in (note.channel, 0)
        if note and fits and note.phase is Phase.CREDITED:
            self.repeated = note.name  # told before the power went
            return True
        value = values.get(channel or (note.channel if note else None) or 0)
        if value is not None:
            made = note if note and fits else Note(None, channel, Phase.CREDITED)
            # Before the word of the power-up, which names no value.
            self.events.append(self._stacked(made, value, seen=fits))
        else:
            # The value of what is held counts; if nothing is, somebody has to look.
            log.error("%s: a note of unknown value went into the cashbox", self._device)
            self.repeated = self._name()
        return fits or note is None

    def out_at_the_front(self, channel: int) -> None:
        """At its power-up it found a note within reach, and gave it back."""
        note = self.note if self.note and self.on_its_way() else self._stray(channel)
        self.note = None
        self.events.append(NoteReturned(self._device, note.name))

    def rejected(self, reason: Callable[[], str]) -> None:
        """A note left at the front: one that was in escrow, or one that it did not take."""
        note = self.note if self.on_its_way() else None
        if note is None and self.note is None and not self._seen_without_note:
            note = self._stray(None)  # it went in in a former start
        if note is None:
            self.events.append(NoteRejected(self._device, reason()))
            return
        self.note = None
        self.events.append(NoteReturned(self._device, note.name))

    def stacked(self) -> None:
        """What was credited is in the cashbox."""
        self._not_down = None
        if self.is_in(Phase.CREDITED):
            self.note = None

    def at_rest(
        self, values: Mapping[int, Money], counted: Callable[[], Counters | None]
    ) -> Literal["", "validator", "stacker"]:
        """There is no note in it, and nothing more is told of the one that was.

        Args:
            values: of the channels.
            counted: what the acceptor has counted now.

        Returns:
            Where the note was, by where it went; empty if there was none, or nobody knows.
        """
        note, self.note = self.note, None
        self._seen_without_note = True
        if note:
            self._not_down = note if note.phase is Phase.CREDITED else None
        if note is None or note.phase is Phase.CREDITED:
            return ""
        value = values.get(note.channel or 0)
        now = counted() if note.phase is Phase.STACKING and note.counted else None
        # Nobody has let it be stacked since it was last seen, so it has left at the front.
        returned = note.phase in (Phase.ESCROW, Phase.RETURNING)
        if note.counted and now and value is not None:
            # What it told was lost on the way; what it counts is not.
            stacked = (now.stacked - note.counted.stacked) % COUNTERS_END
            if stacked == 1:
                self.events.append(self._stacked(note, value, seen=True))
                self._not_down, self.repeated = note, None
                return "stacker"
            returned = stacked == 0 and now.rejected != note.counted.rejected
        if returned:
            self.events.append(NoteReturned(self._device, note.name))
            return "validator"
        log.error("%s: nothing says where %s is", self._device, note.name)
        return ""

    def _stacked(self, note: Note, value: Money, *, seen: bool) -> NoteStacked:
        note.name = self.repeated = note.name or self._name()
        note.phase = Phase.CREDITED
        told = NoteStacked(self._device, note.name, value, note.announced, seen)
        self.unacknowledged[note.name] = told
        return told

    def _name(self) -> NoteId:
        self._counted += 1
        return note_id(self._device, self._start, self._counted)

    def _stray(self, channel: int | None) -> Note:
        """A note that nobody was told of.

        It can be of a former start only until the acceptor was seen without one: the return of
        another must never end the hold of that.
        """
        name = self._name() if self._seen_without_note else None
        return Note(name, channel, Phase.RETURNING)
