"""Note acceptors that speak SSP: NV9, NV10, NV200, BV20, BV50, BV100, Spectral.

The kiosk polls, the acceptor tells what happened since the last poll. **A poll takes the note that
is in escrow**: while nobody has decided the acceptor is asked to hold it (HOLD) and is not polled.
With POLL WITH ACK it repeats what was stacked until that is acknowledged. What the rules of the
dialogue rest on: docs/devices.md, "SSP".
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import ClassVar, Literal

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import (
    AcceptNotes,
    AcceptorChanged,
    AcceptorPoweredUp,
    AcceptorState,
    AcknowledgeNote,
    Effect,
    Event,
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
from kiosk.hardware.ssp_link import NOISE, Link
from kiosk.hardware.ssp_notes import Notes, Phase
from kiosk.hardware.ssp_words import ACKNOWLEDGED_AT_ONCE, BROKEN, CREDITS, MOVING, REJECTIONS
from kiosk.hardware.transport import Transport

log = logging.getLogger(__name__)

REST_POLLS = 3
"""So often at rest without a word of its note: then none comes any more."""

UP_POLLS = 50
"""Without POLL WITH ACK nothing tells that it is still looking for a note after its power-up, and
who greets it, or finds it disabled, may have missed that there was one: for so many polls it is
not known to rest."""


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
        # These live as long as the process, as does what it found at its last power-up.
        self._notes = Notes(device, start)
        self._powered_up: Literal["", "none", "validator", "stacker"] = ""
        self._line: Transport | None = None
        self._link: Link | None = None
        self._greet()

    def _greet(self) -> None:
        """Forget what belongs to one connection."""
        self._silent_polls = 0
        self._holds = 0
        self._values: dict[int, Money] = {}
        self._channels = 0
        self._mismatch = ""
        self._wanted: frozenset[Money] = frozenset()
        self._told: tuple[AcceptorState, str] | None = None
        self._notes.connected_anew()
        self._forget()

    def _forget(self) -> None:
        """Forget what the acceptor itself forgets when it starts over."""
        self._let_in: set[int] = set()
        self._on: bool | None = None
        self._full = False
        self._acks = True
        self._looked_for_escrow = False
        self._past_power_up = False
        self._starting_over = False
        self._rest_polls = 0
        self._up_polls = 0
        self._last: Sequence[Told] = ()

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
        if self._starting_over:
            link.forget()
        elif link.pending is None and not self._looked_for_escrow:
            self._look_for_escrow()
        command = link.pending or bytes([self._question()])
        answer = link.ask_once(command, min(self._answer_s, wait_s - pause_s))
        if answer is None:
            self._silent_polls += 1
            if self._silent_polls > self._silent_polls_max:
                silence = "the note acceptor does not answer any more"
                raise DeviceError(NOISE if link.noise else silence)
        else:
            self._silent_polls = 0
            self._answered(command[0], answer)
        self._notes.events.extend(self._notes.unacknowledged.values())
        events = tuple(self._notes.events)
        self._notes.events.clear()
        return events

    def perform(self, effect: Effect) -> None:
        """See `Device.perform`. An effect for a note that is not here is passed over."""
        if isinstance(effect, AcceptNotes):
            self._wanted = frozenset(Money.face(face, self._currency) for face in effect.faces)
            if self._values and self._wanted.isdisjoint(self._values.values()):
                has = ", ".join(map(str, self._values.values()))
                log.warning("%s: has only notes of %s", self._device, has)
        elif isinstance(effect, RefuseNotes):
            self._wanted = frozenset()
        elif isinstance(effect, StackNote | ReturnNote):
            note = self._notes.note
            if note is None or note.name != effect.note or note.phase is not Phase.ESCROW:
                log.warning("%s: %s, but that note is not in escrow", self._device, effect)
            elif isinstance(effect, ReturnNote):
                self._give_back()
            else:
                self._take()
        elif isinstance(effect, AcknowledgeNote):
            # The acceptor is told so when it repeats it, and need not be when it does not.
            self._notes.unacknowledged.pop(effect.note, None)
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
        notes = self._notes
        told = notes.unacknowledged or notes.repeated
        if told or (notes.note is not None and not notes.is_in(Phase.UNKNOWN)):
            log.warning("%s: not reset, a note is on its way", self._device)
        elif self._order(bytes([frames.RESET])):
            self._forget()
            self._starting_over = True
            self._changed("busy", "")

    # --- greeting ------------------------------------------------------------------------------

    def _begin(self) -> str:
        """What begins every connection, and follows every reset; the model."""
        link = self._open_link()
        link.sync()
        if self._encryption:
            link.agree(key(self._key_file))
        choose_protocol(link)
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
        if self._starting_over:
            return frames.SYNC
        if not self._notes.is_in(Phase.ESCROW):
            return frames.POLL_WITH_ACK if self._acks else frames.POLL
        self._holds += 1
        return frames.HOLD if self._holds <= self._holds_max else frames.REJECT

    def _look_for_escrow(self) -> None:
        """A note that is in escrow before the first poll goes back: that poll would take it."""
        moved = self._order(bytes([frames.REJECT]))
        self._looked_for_escrow = True
        if moved:
            self._notes.found_in_escrow()

    def _answered(self, command: int, answer: bytes) -> None:
        """What came of a question, whichever it was."""
        note = self._notes.note
        if command == frames.SYNC:
            self._starting_over = False
            self._begin()
        elif command in (frames.HOLD, frames.REJECT):
            # Not there any more, or on its way: a poll is safe again, and tells what became of it.
            gone = answer[0] == frames.CANNOT_BE_PROCESSED
            if note and (command == frames.REJECT or gone):
                note.phase = Phase.RETURNING
            if gone:
                # Maybe it has restarted, and would not say in its first protocol what it found.
                choose_protocol(self._open_link())
        elif command == frames.EVENT_ACK:  # refused: it did not wait for it
            self._notes.repeated, self._last = None, ()
        elif command not in (frames.POLL, frames.POLL_WITH_ACK):
            return
        elif answer[0] != frames.OK:
            self._refused(command, answer[0])
        else:
            self._polled(*frames.events(answer[1:]))

    def _refused(self, command: int, why: int) -> None:
        if command == frames.POLL_WITH_ACK and why in (frames.UNKNOWN_COMMAND, frames.KEY_NOT_SET):
            log.info("%s: no POLL WITH ACK here, or not without encryption", self._device)
            self._acks = False
            return
        if why == frames.KEY_NOT_SET:
            raise DeviceError("the note acceptor wants encryption; see `encryption`", "settings")
        said = frames.GENERIC.get(why, f"{why:02X}h")
        self._changed("failed", f"answers a poll with: {said}")

    def _polled(self, told: Sequence[Told], unread: bytes) -> None:
        kinds = {one.event for one in told}
        # Once more what was not acknowledged: of the rest of it nothing has happened twice.
        again = self._acks and told == self._last and bool(kinds & (CREDITS | ACKNOWLEDGED_AT_ONCE))
        self._last = told
        if not kinds & CREDITS:
            self._notes.repeated = None
        for one in told:
            if one.event in CREDITS or not again:
                self._happened(one.event, one.channel or 0)
        if kinds & BROKEN.keys():
            self._notes.jammed()
        self._up_polls += 1
        resting = self._rests(kinds) and not unread
        if resting:
            left = self._notes.at_rest(self._values, lambda: counted(self._open_link()))
            if left and self._powered_up:
                self._powered_up = left
        self._power_up_ends(kinds)
        self._tell(kinds, unread)
        self._acknowledge(kinds)
        if not kinds & {frames.SLAVE_RESET, frames.INITIALISING}:
            self._past_power_up = True
        elif self._past_power_up:
            # Everything that this connection has set is gone: start as with any other.
            raise DeviceError("the note acceptor has restarted")
        if not self._channels:
            self._learn()
        if resting and not self._full:
            self._enable()

    def _happened(self, event: int, channel: int) -> None:
        notes = self._notes
        if event == frames.READ and channel:
            self._full = False
            self._holds = 0
            if notes.escrowed(channel, self._values.get(channel) if self._on else None):
                self._give_back()
        elif event == frames.NOTE_CREDIT:
            notes.credited(channel, self._values)
        elif event == frames.STACKED:
            notes.stacked()
        elif event == frames.REJECTED:
            notes.rejected(self._reason)
        elif event == frames.CLEARED_INTO_CASHBOX:
            if not notes.repeated:
                fits = notes.into_cashbox(channel, self._values)
                self._powered_up = "stacker" if fits else "none"
        elif event == frames.CLEARED_FROM_FRONT:
            notes.out_at_the_front(channel)
            self._powered_up = "validator"
        elif event == frames.SLAVE_RESET:
            self._full = False
            self._up_polls = 0
            self._powered_up = self._powered_up or "none"
        elif event in (frames.STACKER_FULL, frames.CASHBOX_REPLACED):
            self._full = event == frames.STACKER_FULL
        elif event == frames.DISABLED:
            if self._on:
                # As when a note has gone: maybe it starts, and has not looked for its note yet.
                choose_protocol(self._open_link())
                self._up_polls = 0
            self._on = False

    def _power_up_ends(self, kinds: set[int]) -> None:
        """Say where it found a note, once that is known."""
        unsure = self._powered_up == "none" and (self._may_look() or self._notes.on_its_way())
        if self._powered_up and not unsure and frames.INITIALISING not in kinds:
            self._notes.events.append(AcceptorPoweredUp(self._device, self._powered_up))
            self._powered_up = ""

    def _may_look(self) -> bool:
        """It may still find a note that was in it when the power went."""
        return not self._acks and self._up_polls <= UP_POLLS

    def _rests(self, kinds: set[int]) -> bool:
        """Nothing is in it; of a note that was, its last word may come in the next poll."""
        moving = self._may_look() or kinds & (MOVING | BROKEN.keys())
        self._rest_polls = 0 if moving else self._rest_polls + 1
        return self._rest_polls > (REST_POLLS if self._notes.on_its_way() else 0)

    def _acknowledge(self, kinds: set[int]) -> None:
        """Let the acceptor forget what is on disk, and what needs no entry."""
        repeated = self._notes.repeated
        if not self._acks or not kinds & (CREDITS | ACKNOWLEDGED_AT_ONCE):
            return
        if kinds & CREDITS and (not repeated or repeated in self._notes.unacknowledged):
            return
        # Not answered, it stays pending, and is what the next poll asks.
        command = bytes([frames.EVENT_ACK])
        answer = self._open_link().ask_once(command, self._answer_s)
        if answer is not None:
            self._answered(frames.EVENT_ACK, answer)

    # --- orders --------------------------------------------------------------------------------

    def _take(self) -> None:
        """The poll that takes it; what was counted before can tell afterwards whether it did."""
        self._settle()
        note = self._notes.note
        if note is None or note.phase is not Phase.ESCROW:
            return  # it went back meanwhile
        note.counted = counted(self._open_link())
        note.phase = Phase.STACKING
        question = self._question()
        self._answered(question, self._open_link().ask(bytes([question])))

    def _give_back(self) -> None:
        assert self._notes.note is not None
        self._notes.note.phase = Phase.RETURNING
        self._order(bytes([frames.REJECT]))  # refused: it is on its way already

    def _reason(self) -> str:
        code = requested(self._open_link(), frames.LAST_REJECT_CODE)
        number = code[0] if code else 0
        return REJECTIONS.get(number, f"reason {number:02X}h")

    def _enable(self) -> None:
        wanted = {number for number, value in self._values.items() if value in self._wanted}
        if wanted and wanted != self._let_in:
            bits = frames.inhibits(wanted, self._channels)
            if not self._order(bytes([frames.SET_INHIBITS]) + bits):
                return
            self._let_in = wanted
        if self._on != bool(wanted):
            order = frames.ENABLE if wanted else frames.DISABLE
            if self._order(bytes([order])):
                self._on = bool(wanted)

    # --- how it is -----------------------------------------------------------------------------

    def _tell(self, kinds: set[int], unread: bytes) -> None:
        said: tuple[AcceptorState, str]
        broken = next((told for event, told in BROKEN.items() if event in kinds), None)
        if kinds & CREDITS and not self._notes.repeated:
            said = "failed", "a note of an unknown channel is in the cashbox"
        elif unread:
            said = "failed", f"tells what no note validator does: {unread.hex(' ').upper()}"
        elif broken:
            said = broken
        elif self._full:
            said = "cassette_full", ""
        elif frames.FRAUD_ATTEMPT in kinds:
            said = "cheated", ""
        elif kinds & MOVING or self._notes.note or self._powered_up or self._may_look():
            said = "busy", ""
        else:
            said = ("ready" if self._on else "disabled"), ""
        if self._mismatch and said[0] in ("ready", "disabled", "busy"):
            said = "wrong_currency", self._mismatch
        self._changed(*said)

    def _changed(self, state: AcceptorState, detail: str) -> None:
        if (state, detail) != self._told:
            self._told = (state, detail)
            self._notes.events.append(AcceptorChanged(self._device, state, detail))

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
