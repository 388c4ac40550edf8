"""Note acceptors that speak CCNET: CashCode SM, MSM, MVU, GX, Creator, ICT and others.

The kiosk polls, the acceptor answers; it has no memory of its notes beyond the one that it holds.
What the rules of the dialogue rest on: docs/devices.md, "CCNET".
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
from kiosk.hardware import ccnet_frames as frames
from kiosk.hardware.device import POLL_MAX_S, Options
from kiosk.hardware.transport import Transport

log = logging.getLogger(__name__)

RETRIES = 3
GAP_S = 0.02
"""Silence before a command, in which a late answer to the one before is thrown away."""
BYTE_S = 0.05
"""Silence inside an answer that ends it: a USB adapter hands bytes over every 16 ms."""

# The states that a poll answers with.
POWER_UP, POWER_UP_VALIDATOR, POWER_UP_STACKER = 0x10, 0x11, 0x12
INITIALIZE, IDLING, ACCEPTING, STACKING, RETURNING, DISABLED = 0x13, 0x14, 0x15, 0x17, 0x18, 0x19
HOLDING, BUSY, REJECTING = 0x1A, 0x1B, 0x1C
ESCROW, STACKED, RETURNED = 0x80, 0x81, 0x82
FAILURE = 0x47

BUSY_STATES = (
    *(POWER_UP, POWER_UP_VALIDATOR, POWER_UP_STACKER, INITIALIZE, ACCEPTING, STACKING, RETURNING),
    *(HOLDING, BUSY, REJECTING, ESCROW, STACKED, RETURNED),
)

STATES: dict[int, AcceptorState] = {
    **dict.fromkeys(BUSY_STATES, "busy"),
    IDLING: "ready",
    DISABLED: "disabled",
    0x41: "cassette_full",
    0x42: "cassette_out",
    0x43: "jammed_validator",
    0x44: "jammed_cassette",
    0x45: "cheated",
    0x46: "paused",
    FAILURE: "failed",
}

POWERED_UP: dict[int, Literal["none", "validator", "stacker"]] = {
    POWER_UP: "none",
    POWER_UP_VALIDATOR: "validator",
    POWER_UP_STACKER: "stacker",
}

BROKEN = range(0x41, 0x48)
"""States in which people put their hands into the acceptor: nobody knows then where its note is."""

WITHOUT_NOTE = {IDLING, ACCEPTING, DISABLED, REJECTING}
"""States in which the note of before has surely left the validator, this way or that."""

FAILURES = {
    0x50: "stack motor",
    0x51: "transport motor speed",
    0x52: "transport motor",
    0x53: "aligning motor",
    0x54: "cassette status",
    0x55: "optic sensors",
    0x56: "magnetic sensors",
    0x5F: "capacitance sensors",
}

REJECTIONS = {
    0x60: "insertion",
    0x61: "magnetic",
    0x62: "bill remained in the head",
    0x63: "multiplying",
    0x64: "conveying",
    0x65: "identification",
    0x66: "verification",
    0x67: "optic",
    0x68: "inhibited",
    0x69: "capacity",
    0x6A: "operation",
    0x6C: "length",
    0x6D: "ultraviolet",
    0x92: "barcode unrecognised",
    0x93: "barcode length",
    0x94: "barcode start",
    0x95: "barcode stop",
}


class Phase(Enum):
    """Where a note is, as far as this driver was told."""

    ESCROW = auto()
    STACKING = auto()
    RETURNING = auto()
    STACKED = auto()
    ACKNOWLEDGED = auto()
    RETURNED = auto()
    UNKNOWN = auto()


@dataclass
class _Note:
    """The one note in the acceptor; `name` is None when it came in before this start.

    `seen`: before it was stacked, so it is none that was told in a former start.
    """

    name: NoteId | None
    index: int | None
    phase: Phase
    announced: bool = False
    seen: bool = False


class NoteAcceptor:
    """One CCNET bill validator.

    Options: ``address``, ``poll_ms``, ``answer_ms``, ``silence_ms``, ``currency``, ``countries``
    (see ``[driver.ccnet]`` in default.toml).

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
        self._countries = {name.strip() for name in str(options["countries"]).split(",")}
        self._address = int(options["address"])
        self._poll_s = int(options["poll_ms"]) / 1000
        self._answer_s = int(options["answer_ms"]) / 1000
        self._silent_polls_max = int(
            int(options["silence_ms"]) / 1000 / (self._poll_s + self._answer_s)
        )
        # What lives as long as the process. A connection lost and found again changes none of it.
        self._counted = 0
        self._note: _Note | None = None
        self._seen_without_note = False
        self._events: deque[Event] = deque()
        self._line: Transport | None = None
        self._greet()

    def _greet(self) -> None:
        """Forget what belongs to one connection."""
        self._silent_polls = 0
        self._noise = False
        self._values: dict[int, Money] | None = None
        self._mismatch = ""
        self._wanted: frozenset[Money] = frozenset()
        self._enabled: set[int] | None = None
        self._told: tuple[AcceptorState, str] | None = None
        self._power_up_told = False
        self._past_power_up = False
        self._last_answer = b""
        if self._note and self._note.phase is Phase.ESCROW:
            # Its journey has ended with the connection; it must not be stacked by an order of then.
            self._note.phase = Phase.RETURNING

    # --- the contract --------------------------------------------------------------------------

    def open(self) -> str:
        """See `Device.open`. Nothing is reset and no note is moved here."""
        self.close()
        self._greet()
        self._line = self._connect()
        for _ in range(1 + RETRIES):
            self._drain(GAP_S)
            answer = self._exchange(bytes([frames.POLL]), self._answer_s)
            if answer and answer not in (frames.ACK, frames.NAK, frames.ILLEGAL):
                break
        else:
            raise DeviceError(self._silence("does not answer"))
        # Not acknowledged: the first poll sees this answer again and deals with it.
        told = self._request(frames.IDENTIFICATION, range(15, 65))
        self._learn()
        return " ".join(told[:27].decode("ascii", "replace").split()) if told else ""

    def poll(self, timeout_s: float) -> Sequence[Event]:
        """See `Device.poll`."""
        wait_s = min(timeout_s, POLL_MAX_S)
        pause_s = min(self._poll_s, wait_s / 2)
        self._drain(pause_s)
        answer = self._exchange(bytes([frames.POLL]), min(self._answer_s, wait_s - pause_s))
        if not answer or answer in (frames.ACK, frames.NAK, frames.ILLEGAL):
            self._silent_polls += 1
            if self._silent_polls > self._silent_polls_max:
                raise DeviceError(self._silence("does not answer any more"))
        else:
            self._silent_polls = 0
            self._answered(answer)
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
            stack = isinstance(effect, StackNote)
            note.phase = Phase.STACKING if stack else Phase.RETURNING
            self._move(note)
        elif isinstance(effect, AcknowledgeNote):
            # Only the answer to a poll can be acknowledged: the next one is.
            if self._note and self._note.name == effect.note and self._note.phase is Phase.STACKED:
                self._note.phase = Phase.ACKNOWLEDGED
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

        What it stacked and nobody acknowledged would be forgotten: never then.
        """
        note, broken = self._note, self._last_answer[:1] and self._last_answer[0] in BROKEN
        told = note is not None and note.phase in (Phase.STACKED, Phase.ACKNOWLEDGED)
        if told or (note is not None and not broken):
            log.warning("%s: not reset, a note is on its way", self._device)
            return
        self._order(frames.RESET)

    # --- what a poll says ----------------------------------------------------------------------

    def _answered(self, answer: bytes) -> None:
        state, detail = answer[0], answer[1] if len(answer) > 1 else None
        if state != STACKED:  # of that it must remind us until its entry is on disk
            self._acknowledge()
        if self._values is None:
            self._learn()
        if state in POWERED_UP:
            self._powered_up(state)
        else:
            self._past_power_up = True
        if self._note and (
            (state in BROKEN and self._note.phase in (Phase.ESCROW, Phase.RETURNING))
            or (state == INITIALIZE and self._note.phase is Phase.ESCROW)
        ):
            self._note.phase = Phase.UNKNOWN
        if state in WITHOUT_NOTE:
            self._without_note()
        if state in (ESCROW, HOLDING):
            self._escrowed(detail)
        elif state == STACKED and detail is not None:
            self._stacked(detail)
        elif state == RETURNED:
            self._returned(detail)
        elif state == REJECTING and answer != self._last_answer:
            reason = REJECTIONS.get(detail or 0, f"reason {detail or 0:02X}h")
            self._events.append(NoteRejected(self._device, reason))
        self._last_answer = answer
        self._tell(state, detail)
        if state in (IDLING, DISABLED):
            self._enable(state)

    def _powered_up(self, state: int) -> None:
        if self._past_power_up:
            # Everything that this connection has set is gone: start as with any other.
            raise DeviceError("the note acceptor has restarted")
        if not self._power_up_told:
            self._power_up_told = True
            note = self._note
            in_cashbox = note is not None and note.phase in (Phase.STACKED, Phase.ACKNOWLEDGED)
            if state == POWER_UP_VALIDATOR and not in_cashbox:
                # A reset returns it, as a rule without saying so.
                self._note = note = note or self._stray(None)
                note.phase = Phase.RETURNING
            elif not in_cashbox:
                self._note = None
            self._events.append(AcceptorPoweredUp(self._device, POWERED_UP[state]))
        self._order(frames.RESET)

    def _without_note(self) -> None:
        note, self._note = self._note, None
        self._seen_without_note = True
        if note is None:
            return
        if note.phase in (Phase.ESCROW, Phase.RETURNING):
            # Nobody has let it be stacked since it was last seen, so it has left at the front.
            self._events.append(NoteReturned(self._device, note.name))
        elif note.phase in (Phase.STACKING, Phase.UNKNOWN):
            log.error("%s: nothing says where %s is", self._device, note.name)

    def _escrowed(self, index: int | None) -> None:
        note = self._note
        if note and note.phase not in (Phase.STACKED, Phase.ACKNOWLEDGED, Phase.RETURNED):
            if note.phase is Phase.UNKNOWN or not self._enabled:
                note.phase = Phase.RETURNING  # after a fault or in a new connection
            if note.phase is not Phase.ESCROW:
                self._move(note)  # it has not moved: the command was lost
            return
        value = self._values.get(index) if self._values and index is not None else None
        if value is None or not self._enabled:
            self._note = note = self._stray(index)
            note.phase = Phase.RETURNING
            self._move(note)
            return
        name = self._name()
        self._note = _Note(name, index, Phase.ESCROW, announced=True, seen=True)
        self._events.append(NoteEscrowed(self._device, name, value))

    def _stacked(self, index: int) -> None:
        value = (self._values or {}).get(index)
        if value is None:  # not acknowledged: an attendant has to look, and nothing is lost
            return
        note = self._note
        if note is None or note.name is None or note.index != index or note.phase is Phase.RETURNED:
            seen = note is not None and note.phase in (Phase.ESCROW, Phase.RETURNING)
            self._note = note = _Note(self._name(), index, Phase.STACKED, seen=seen)
        if note.phase is Phase.ACKNOWLEDGED:
            self._acknowledge()
        else:
            note.phase = Phase.STACKED
        assert note.name is not None
        self._events.append(NoteStacked(self._device, note.name, value, note.announced, note.seen))

    def _returned(self, index: int | None) -> None:
        note = self._note
        if note is None or note.phase in (Phase.STACKED, Phase.ACKNOWLEDGED):
            self._note = note = self._stray(index)
        if note.phase is not Phase.RETURNED:
            self._events.append(NoteReturned(self._device, note.name))
        note.phase = Phase.RETURNED

    def _tell(self, state: int, detail: int | None) -> None:
        if state == FAILURE:
            text = FAILURES.get(detail or 0, f"code {detail or 0:02X}h")
        elif state == STACKED and (self._values or {}).get(detail or 0) is None:
            self._changed("failed", f"a note of unknown type {detail} is in the cashbox")
            return
        else:
            text = "" if state in STATES else f"unknown state {state:02X}h"
        said = STATES.get(state, "failed")
        if said == "ready" and not self._enabled:
            said = "busy"  # left enabled by whoever was here before; it is disabled right away
        if self._mismatch and said in ("ready", "disabled", "busy"):
            self._changed("wrong_currency", self._mismatch)
        else:
            self._changed(said, text)

    def _changed(self, state: AcceptorState, detail: str) -> None:
        if (state, detail) != self._told:
            self._told = (state, detail)
            self._events.append(AcceptorChanged(self._device, state, detail))

    # --- notes ---------------------------------------------------------------------------------

    def _name(self) -> NoteId:
        self._counted += 1
        return note_id(self._device, self._start, self._counted)

    def _stray(self, index: int | None) -> _Note:
        """A note that nobody was told of.

        It can be of a former start only until the acceptor was seen without one: the return of
        another must never end the hold of that.
        """
        name = self._name() if self._seen_without_note else None
        return _Note(name, index, Phase.RETURNING)

    def _move(self, note: _Note) -> None:
        command = frames.STACK if note.phase is Phase.STACKING else frames.RETURN
        if not self._order(command):
            log.warning("%s: command %02Xh was refused for %s", self._device, command, note)

    # --- what it may take ----------------------------------------------------------------------

    def _learn(self) -> None:
        """Read the bill table, unless the acceptor refuses it in its present state."""
        data = self._request(frames.BILL_TABLE, range(120, 121))
        if data is None:
            return
        table = frames.bill_table(data)
        self._values = {
            index: Money(minor, self._currency)
            for index, bill in table.items()
            if bill.country in self._countries
            and (minor := bill.minor(self._currency.exponent)) is not None
        }
        if not self._values:
            has = ", ".join(sorted({bill.country for bill in table.values()})) or "nothing"
            wanted = ", ".join(sorted(self._countries))
            self._mismatch = f"its bill table has {has}, not {wanted}"

    def _enable(self, state: int) -> None:
        values = self._values or {}
        types = {index for index, value in values.items() if value in self._wanted}
        if types == self._enabled and (state == IDLING) == bool(types):
            return
        news = types != self._enabled
        bits = frames.type_bits(types)
        self._enabled = None
        if not self._order(frames.ENABLE_BILL_TYPES, bits + bits):  # each with escrow
            return
        self._enabled = types
        status = self._request(frames.GET_STATUS, range(6, 7)) if news else None
        if status and (missing := types - frames.types_of(status[:3])):
            names = ", ".join(str(values[index]) for index in sorted(missing))
            log.warning("%s: does not enable %s", self._device, names)

    # --- the line ------------------------------------------------------------------------------

    def _order(self, command: int, data: bytes = b"") -> bool:
        """Send a command that is only acknowledged; False when the acceptor refuses it."""
        answer = self._ask(bytes([command]) + data, lambda told: told == frames.ACK)
        return answer is not None

    def _request(self, command: int, sizes: range) -> bytes | None:
        """Send a command that asks for data; None when the acceptor refuses it."""
        answer = self._ask(bytes([command]), lambda told: len(told) in sizes)
        if answer is not None:
            self._acknowledge()
        return answer

    def _ask(self, body: bytes, fits: Callable[[bytes], bool]) -> bytes | None:
        refused = False
        for _ in range(1 + RETRIES):
            self._drain(GAP_S)
            answer = self._exchange(body, self._answer_s)
            if answer is not None and fits(answer):
                return answer
            if answer == frames.ILLEGAL:
                return None
            refused = answer == frames.NAK
        if refused:
            return None
        raise DeviceError(self._silence(f"does not answer command {body[0]:02X}h"))

    def _silence(self, so_far: str) -> str:
        """Why there is no answer: nothing came, or nothing that can be read."""
        if self._noise:
            return "what the note acceptor says cannot be read: a bad line, or another speed"
        return f"the note acceptor {so_far}"

    def _exchange(self, body: bytes, wait_s: float) -> bytes | None:
        line = self._open_line()
        line.write(frames.frame(self._address, body))
        try:
            told = self._receive(wait_s)
        except frames.BadFrame as bad:
            self._noise = True
            log.info("%s: %s", self._device, bad)
        else:
            self._noise = False
            return told
        line.write(frames.frame(self._address, frames.NAK))
        try:
            return self._receive(wait_s)
        except frames.BadFrame:
            return None

    def _receive(self, wait_s: float) -> bytes | None:
        stream = b""
        while len(stream) < frames.FRAME_MAX_BYTES:
            data = self._open_line().read(frames.FRAME_MAX_BYTES, BYTE_S if stream else wait_s)
            if not data and stream:
                raise frames.BadFrame(f"cut short: {stream.hex(' ')}")
            if not data:
                return None
            stream += data
            while found := frames.take(stream):
                if found.address == self._address:
                    return found.body
                stream = found.rest
        raise frames.BadFrame("noise without an end")

    def _acknowledge(self) -> None:
        self._open_line().write(frames.frame(self._address, frames.ACK))

    def _drain(self, wait_s: float) -> None:
        self._open_line().read(frames.FRAME_MAX_BYTES, wait_s)

    def _open_line(self) -> Transport:
        if self._line is None:
            raise DeviceError("the note acceptor is not connected")
        return self._line
