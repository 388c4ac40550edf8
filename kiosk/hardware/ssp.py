"""Note acceptors that speak SSP: NV9, NV10, NV200, BV20, BV50, BV100, Spectral.

The kiosk polls, the acceptor tells what happened since the last poll. **A poll takes the note that
is in escrow**: while nobody has decided the acceptor is asked to hold it (HOLD) and is not polled.
With POLL WITH ACK it repeats what was stacked until that is acknowledged. What the rules of the
dialogue rest on: docs/devices.md, "SSP".
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import ClassVar, Literal

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
    RefuseNotes,
    ResetAcceptor,
    ReturnNote,
    Role,
    StackNote,
)
from kiosk.core.money import CURRENCIES, Money
from kiosk.hardware import ssp_frames as frames
from kiosk.hardware.device import POLL_MAX_S, Options
from kiosk.hardware.ssp_frames import Told
from kiosk.hardware.ssp_greeting import channels, choose_protocol, counted, key, model, requested
from kiosk.hardware.ssp_link import Link
from kiosk.hardware.ssp_words import ACKNOWLEDGED_AT_ONCE, BROKEN, CREDITS, MOVING, REJECTIONS
from kiosk.hardware.transport import Transport

log = logging.getLogger(__name__)

REST_POLLS = 3
"""So often at rest without a word of its note: then none comes any more."""


class Phase(Enum):
    """Where the note in the acceptor is, as far as this driver was told."""

    ESCROW = auto()
    STACKING = auto()
    RETURNING = auto()
    CREDITED = auto()
    UNKNOWN = auto()


@dataclass
class _Note:
    """The one note in the acceptor; `name` is None when it may have come in before this start.

    `counted`: what the acceptor had counted before it was told to take this one.
    """

    name: NoteId | None
    channel: int | None
    phase: Phase
    announced: bool = False
    counted: frames.Counters | None = None


class NoteAcceptor:
    """One SSP note validator.

    Options: ``address``, ``countries``, ``encryption``, ``key_file``, ``poll_ms``, ``answer_ms``,
    ``silence_ms``, ``hold_ms``, ``currency`` (see ``[driver.ssp]`` in default.toml).

    Args:
        device: its name.
        options: its settings, complete.
        start: the number of this start of the process.
        connect: opens the line.

    Raises:
        ConfigError: a currency that is not known.
    """

    role: ClassVar[Role] = "acceptor"

    def __init__(
        self, device: DeviceId, options: Options, *, start: int, connect: Callable[[], Transport]
    ) -> None:
        self._device = device
        self._start = start
        self._connect = connect
        code = str(options["currency"])
        if code not in CURRENCIES:
            known = ", ".join(CURRENCIES)
            raise ConfigError(
                [f'[devices.{device}] currency: no currency "{code}"; one of {known}']
            )
        self._currency = CURRENCIES[code]
        self._countries = {name.strip() for name in (str(options["countries"]) or code).split(",")}
        self._address = int(options["address"])
        self._encryption = bool(options["encryption"])
        self._key_file = str(options["key_file"])
        self._poll_s = int(options["poll_ms"]) / 1000
        self._answer_s = int(options["answer_ms"]) / 1000
        self._silent_polls_max = int(
            int(options["silence_ms"]) / 1000 / (self._poll_s + self._answer_s)
        )
        self._holds_max = int(int(options["hold_ms"]) / 1000 / self._poll_s)
        # What lives as long as the process. A connection lost and found again changes none of it.
        self._counted = 0
        self._note: _Note | None = None
        self._unacknowledged: dict[NoteId, NoteStacked] = {}
        self._repeated: NoteId | None = None
        self._seen_without_note = False
        self._powered_up: Literal["", "none", "validator", "stacker"] = ""
        self._events: deque[Event] = deque()
        self._line: Transport | None = None
        self._link: Link | None = None
        self._wanted: frozenset[Money] = frozenset()
        self._greet()

    def _greet(self) -> None:
        """Forget what belongs to one connection."""
        self._silent_polls = 0
        self._holds = 0
        self._rest_polls = 0
        self._values: dict[int, Money] | None = None
        self._channels = 0
        self._mismatch = ""
        self._wanted = frozenset()
        self._let_in: set[int] | None = None
        self._on: bool | None = None
        self._full = False
        self._acks = True
        self._told: tuple[AcceptorState, str] | None = None
        self._looked_for_escrow = False
        self._past_power_up = False
        self._reset_expected = False
        self._last: Sequence[Told] = ()
        if self._note and self._note.phase is Phase.ESCROW:
            # Its journey has ended with the connection; it must not be stacked by an order of then.
            self._note.phase = Phase.RETURNING

    # --- the contract --------------------------------------------------------------------------

    def open(self) -> str:
        """See `Device.open`. Nothing is reset and no note is moved: it is not polled here."""
        self.close()
        self._greet()
        self._line = self._connect()
        self._link = Link(self._line, self._address, self._answer_s)
        return self._begin()

    def poll(self, timeout_s: float) -> Sequence[Event]:
        """See `Device.poll`."""
        wait_s = min(timeout_s, POLL_MAX_S)
        pause_s = min(self._poll_s, wait_s / 2)
        link = self._open_link()
        link.drain(pause_s)
        if link.pending is None and not self._looked_for_escrow:
            self._look_for_escrow()
        command = link.pending or bytes([self._question()])
        answer = link.ask_once(command, min(self._answer_s, wait_s - pause_s))
        if answer is None:
            self._silent_polls += 1
            if self._silent_polls > self._silent_polls_max:
                raise DeviceError("the note acceptor does not answer any more")
        else:
            self._silent_polls = 0
            self._answered(command[0], answer)
        self._events.extend(self._unacknowledged.values())
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
            if isinstance(effect, ReturnNote):
                self._give_back(note)
            else:
                self._take(note)
        elif isinstance(effect, AcknowledgeNote):
            # The acceptor is told so when it repeats it, or never had to be.
            self._unacknowledged.pop(effect.note, None)
        elif isinstance(effect, ResetAcceptor):
            self._reset()
        else:
            raise TypeError(f"{effect} is not for an acceptor")

    def close(self) -> None:
        """See `Device.close`."""
        if self._line:
            self._line.close()
        self._line = self._link = None

    def _reset(self) -> None:
        """Start the acceptor over, where no note is on its way or people took it in hand already.

        What it stacked and nobody acknowledged would be forgotten: never then.
        """
        broken = self._note is None or self._note.phase is Phase.UNKNOWN
        if self._unacknowledged or self._repeated or not broken:
            log.warning("%s: not reset, a note is on its way", self._device)
            return
        if self._order(bytes([frames.RESET])):
            self._reset_expected = True
            self._full = False
            self._changed("busy", "")

    # --- greeting ------------------------------------------------------------------------------

    def _begin(self) -> str:
        """What begins every connection, and follows every reset; the model."""
        link = self._open_link()
        link.sync()
        if self._encryption:
            link.agree(key(self._key_file))
        choose_protocol(link)
        self._let_in = self._on = None
        self._learn()
        return model(link)

    def _learn(self) -> None:
        """Read the channels, unless the acceptor refuses that in its present state."""
        told = channels(self._open_link())
        if told is None:
            return
        self._channels = told.count
        self._values = {
            number: Money(channel.minor(self._currency.exponent), self._currency)
            for number, channel in told.channels.items()
            if channel.country in self._countries
        }
        self._mismatch = ""
        if not self._values:
            has = ", ".join(sorted({c.country for c in told.channels.values()})) or "nothing"
            self._mismatch = f"its channels have {has}, not {', '.join(sorted(self._countries))}"

    # --- what is asked, and what it answers ----------------------------------------------------

    def _question(self) -> int:
        """What to ask now. Whatever else is asked while a note is in escrow: not a poll."""
        note = self._note
        if note and note.phase is Phase.ESCROW:
            self._holds += 1
            if self._holds <= self._holds_max:
                return frames.HOLD
            note.phase = Phase.RETURNING
            return frames.REJECT
        return frames.POLL_WITH_ACK if self._acks else frames.POLL

    def _look_for_escrow(self) -> None:
        """A note that is in escrow before the first poll goes back: that poll would take it."""
        moved = self._order(bytes([frames.REJECT]))
        self._looked_for_escrow = True
        if moved:
            self._note = self._note or self._stray(None)
            self._note.phase = Phase.RETURNING

    def _answered(self, command: int, answer: bytes) -> None:
        """What came of a question, whichever it was."""
        if command in (frames.HOLD, frames.REJECT):
            # Not there any more: a poll is safe again, and tells what became of it.
            if answer[0] == frames.CANNOT_BE_PROCESSED and self._note:
                self._note.phase = Phase.RETURNING
        elif command not in (frames.POLL, frames.POLL_WITH_ACK):
            return
        elif answer[0] != frames.OK:
            self._refused(command, answer[0])
        else:
            try:
                told = frames.events(answer[1:])
            except frames.BadFrame as bad:
                raise DeviceError(f"the note acceptor tells what no validator does: {bad}") from bad
            self._polled(told)

    def _refused(self, command: int, why: int) -> None:
        if command == frames.POLL_WITH_ACK and why in (frames.UNKNOWN_COMMAND, frames.KEY_NOT_SET):
            log.info("%s: no POLL WITH ACK here, or not without encryption", self._device)
            self._acks = False
            return
        if why == frames.KEY_NOT_SET:
            raise DeviceError("the note acceptor wants encryption; see `encryption`")
        said = frames.GENERIC.get(why, f"{why:02X}h")
        self._changed("failed", f"answers a poll with: {said}")

    def _polled(self, told: Sequence[Told]) -> None:
        kinds = {one.event for one in told}
        # Once more what was not acknowledged: of the rest of it nothing has happened twice.
        again = self._acks and told == self._last and bool(kinds & (CREDITS | ACKNOWLEDGED_AT_ONCE))
        self._last = told
        credited = None
        for one in told:
            if one.event in CREDITS:
                credited = one
                self._credited(one)
            elif not again:
                self._happened(one)
        if credited is None:
            self._repeated = None
        if self._powered_up and frames.INITIALISING not in kinds:
            self._events.append(AcceptorPoweredUp(self._device, self._powered_up))
            self._powered_up = ""
        if kinds & BROKEN.keys() and self._note and self._note.phase is not Phase.CREDITED:
            self._note.phase = Phase.UNKNOWN
        resting = self._rests(kinds)
        if resting:
            self._without_note()
        self._tell(kinds)
        self._acknowledge(kinds)
        self._restarted(kinds)
        if self._values is None:
            self._learn()
        if resting and not self._full:
            self._enable()

    def _rests(self, kinds: set[int]) -> bool:
        """Nothing is in it; of a note that was, its last word may come in the next poll."""
        self._rest_polls = 0 if kinds & (MOVING | BROKEN.keys()) else self._rest_polls + 1
        certain = self._note is None or self._note.phase is Phase.CREDITED
        return self._rest_polls > (0 if certain else REST_POLLS)

    def _restarted(self, kinds: set[int]) -> None:
        if self._reset_expected:
            self._reset_expected = False
            self._begin()
        elif frames.SLAVE_RESET not in kinds:
            self._past_power_up = True
        elif self._past_power_up:
            # Everything that this connection has set is gone: start as with any other.
            raise DeviceError("the note acceptor has restarted")

    def _happened(self, one: Told) -> None:
        event, note = one.event, self._note
        if event == frames.READ and one.channel:
            self._escrowed(one.channel)
        elif event == frames.REJECTED:
            self._rejected()
        elif event == frames.STACKED and note and note.phase is Phase.CREDITED:
            self._note = None
        elif event == frames.SLAVE_RESET:
            self._full = False
            self._powered_up = self._powered_up or "none"
        elif event == frames.CLEARED_FROM_FRONT:
            self._powered_up = "validator"
            note = note if note and note.phase is not Phase.CREDITED else self._stray(one.channel)
            self._events.append(NoteReturned(self._device, note.name))
            self._note = None
        elif event == frames.STACKER_FULL:
            self._full = True
        elif event == frames.CASHBOX_REPLACED:
            self._full = False
        elif event == frames.DISABLED:
            self._on = False

    # --- notes ---------------------------------------------------------------------------------

    def _escrowed(self, channel: int) -> None:
        note = self._note
        self._full = False
        if note and note.phase is Phase.STACKING:
            return  # on its way, and still told so
        if note and note.phase is not Phase.CREDITED:
            self._give_back(note)  # after a fault, in a new connection, or the order was lost
            return
        value = (self._values or {}).get(channel)
        if value is None or not self._on:
            self._note = note = self._stray(channel)
            self._give_back(note)
            return
        name = self._name()
        self._note = _Note(name, channel, Phase.ESCROW, announced=True)
        self._holds = 0
        self._events.append(NoteEscrowed(self._device, name, value))

    def _take(self, note: _Note) -> None:
        """The poll that takes it; what was counted before can tell afterwards whether it did."""
        self._settle()
        if self._note is not note or note.phase is not Phase.ESCROW:
            return  # it went back meanwhile
        note.counted = counted(self._open_link())
        note.phase = Phase.STACKING
        question = self._question()
        self._answered(question, self._open_link().ask(bytes([question])))

    def _give_back(self, note: _Note) -> None:
        note.phase = Phase.RETURNING
        self._order(bytes([frames.REJECT]))  # refused: it is on its way already

    def _credited(self, one: Told) -> None:
        """A note is in the cashbox, or behind where a guest can reach; maybe told once more."""
        at_power_up = one.event == frames.CLEARED_INTO_CASHBOX
        if self._repeated:
            return
        note = self._note
        fits = note is not None and one.channel in (note.channel, 0)
        if at_power_up:
            self._powered_up = "stacker" if fits or note is None else "none"
        if note and fits and note.phase is Phase.CREDITED and at_power_up:
            self._repeated, self._note = note.name, None  # told before the power went
            return
        channel = one.channel or (note.channel if note and fits else None)
        value = (self._values or {}).get(channel or 0)
        if value is None:
            log.error(
                "%s: a note of channel %d is in the cashbox, value unknown",
                self._device,
                one.channel,
            )
            if not one.channel:  # the hold's value counts, and if there is none nobody knows it
                self._repeated, self._note = self._name(), None
            return
        if note is None or not fits or note.phase is Phase.CREDITED:
            note, seen = _Note(self._name(), channel, Phase.CREDITED), note is not None and fits
        else:
            seen = True
        note.name = note.name or self._name()
        note.phase = Phase.CREDITED
        self._repeated = note.name
        self._note = None if at_power_up else note
        told = NoteStacked(self._device, note.name, value, note.announced, seen)
        self._unacknowledged[note.name] = told
        if at_power_up:  # before the word of the power-up, which names no value
            self._events.append(told)

    def _rejected(self) -> None:
        note = self._note
        if note is None or note.phase is Phase.CREDITED:
            code = requested(self._open_link(), frames.LAST_REJECT_CODE)
            number = code[0] if code else 0
            reason = REJECTIONS.get(number, f"reason {number:02X}h")
            self._events.append(NoteRejected(self._device, reason))
            return
        self._events.append(NoteReturned(self._device, note.name))
        self._note = None

    def _without_note(self) -> None:
        note, self._note = self._note, None
        self._seen_without_note = True
        if note is None or note.phase is Phase.CREDITED:
            return
        if note.phase in (Phase.ESCROW, Phase.RETURNING):
            # Nobody has let it be stacked since it was last seen, so it has left at the front.
            self._events.append(NoteReturned(self._device, note.name))
            return
        value = (self._values or {}).get(note.channel or 0)
        now = counted(self._open_link()) if note.phase is Phase.STACKING else None
        if note.counted and now and note.name and value is not None:
            # What it told was lost on the way; what it counts is not.
            if (now.stacked - note.counted.stacked) % (1 << 32) == 1:
                stacked = NoteStacked(self._device, note.name, value, note.announced, seen=True)
                self._unacknowledged[note.name] = stacked
                return
            if now.stacked == note.counted.stacked and now.rejected != note.counted.rejected:
                self._events.append(NoteReturned(self._device, note.name))
                return
        log.error("%s: nothing says where %s is", self._device, note.name)

    def _acknowledge(self, kinds: set[int]) -> None:
        """Let the acceptor forget what is on disk, and what needs no entry."""
        if not self._acks or not kinds & (CREDITS | ACKNOWLEDGED_AT_ONCE):
            return
        if kinds & CREDITS and (not self._repeated or self._repeated in self._unacknowledged):
            return
        self._order(bytes([frames.EVENT_ACK]))  # refused: it did not wait for it
        self._repeated, self._last = None, ()

    def _name(self) -> NoteId:
        self._counted += 1
        return note_id(self._device, self._start, self._counted)

    def _stray(self, channel: int | None) -> _Note:
        """A note that nobody was told of.

        It can be of a former start only until the acceptor was seen without one: the return of
        another must never end the hold of that.
        """
        name = self._name() if self._seen_without_note else None
        return _Note(name, channel, Phase.RETURNING)

    # --- what it may take, and how it is -------------------------------------------------------

    def _enable(self) -> None:
        values = self._values or {}
        wanted = {number for number, value in values.items() if value in self._wanted}
        if wanted and wanted != self._let_in:
            bits = frames.inhibits(wanted, self._channels)
            self._let_in = wanted if self._order(bytes([frames.SET_INHIBITS]) + bits) else None
            if self._let_in is None:
                return
        if self._on != bool(wanted):
            order = frames.ENABLE if wanted else frames.DISABLE
            if self._order(bytes([order])):
                self._on = bool(wanted)

    def _tell(self, kinds: set[int]) -> None:
        unknown = kinds & CREDITS and not self._repeated
        said: tuple[AcceptorState, str]
        if unknown:
            self._changed("failed", "a note of an unknown channel is in the cashbox")
            return
        broken = next((told for event, told in BROKEN.items() if event in kinds), None)
        if broken:
            said = broken
        elif self._full:
            said = "cassette_full", ""
        elif frames.FRAUD_ATTEMPT in kinds:
            said = "cheated", ""
        elif kinds & MOVING or self._note:
            said = "busy", ""
        else:
            said = ("ready" if self._on else "disabled"), ""
        if self._mismatch and said[0] in ("ready", "disabled", "busy"):
            said = "wrong_currency", self._mismatch
        self._changed(*said)

    def _changed(self, state: AcceptorState, detail: str) -> None:
        if (state, detail) != self._told:
            self._told = (state, detail)
            self._events.append(AcceptorChanged(self._device, state, detail))

    # --- the line ------------------------------------------------------------------------------

    def _order(self, command: bytes) -> bool:
        """Send a command that is only acknowledged; False when the acceptor refuses it."""
        self._settle()
        return self._open_link().ask(command)[0] == frames.OK

    def _settle(self) -> None:
        """A question that was not answered yet is answered before anything else is sent."""
        link = self._open_link()
        while link.pending is not None:
            command = link.pending
            self._answered(command[0], link.ask(command))

    def _open_link(self) -> Link:
        if self._link is None:
            raise DeviceError("the note acceptor is not connected")
        return self._link
