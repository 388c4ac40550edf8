"""Note acceptors that speak ID-003: JCM UBA, iPRO, Vega, WBA, EBA; CashCode and GPT as a variant.

The kiosk polls, the acceptor answers. It names the value of a note in escrow and never again:
*vend valid* says that a note is in the cashbox, not which one. What the rules of the dialogue rest
on: docs/devices.md, "ID-003".
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
    RefuseNotes,
    ResetAcceptor,
    ReturnNote,
    Role,
    StackNote,
)
from kiosk.core.money import CURRENCIES, Money
from kiosk.hardware import id003_frames as frames
from kiosk.hardware import id003_states as states
from kiosk.hardware.device import POLL_MAX_S, Options
from kiosk.hardware.transport import Transport

log = logging.getLogger(__name__)

RETRIES = 3
GAP_S = 0.02
"""Silence before a command, in which a late answer to the one before is thrown away."""
BYTE_S = 0.05
"""Silence inside an answer that ends it: a USB adapter hands bytes over every 16 ms."""
FOUND_POLLS = 10
"""So often a note that a former start let in is seen in the stacker before the acceptor may forget
it: the value is only on the books, and nothing comes back when it has been settled there."""


class Phase(Enum):
    """Where a note is, as far as this driver was told."""

    ESCROW = auto()
    STACKING = auto()
    RETURNING = auto()
    STACKED = auto()
    ACKNOWLEDGED = auto()
    UNKNOWN = auto()


IN_CASHBOX = (Phase.STACKED, Phase.ACKNOWLEDGED)


@dataclass
class _Note:
    """The one note in the acceptor; `name` is None when it came in before this start."""

    name: NoteId | None
    value: Money | None
    phase: Phase
    announced: bool = False


class NoteAcceptor:
    """One ID-003 note acceptor.

    Options: ``poll_ms``, ``answer_ms``, ``silence_ms``, ``currency``, ``countries`` (see
    ``[driver.id003]`` in default.toml).

    Args:
        device: its name.
        options: its settings, complete.
        start: the number of this start of the process.
        connect: opens the line.

    Raises:
        ConfigError: a currency that is not known, or countries that are no hexadecimal numbers.
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
        self._countries = _countries(device, str(options["countries"]), code)
        self._poll_s = int(options["poll_ms"]) / 1000
        self._answer_s = int(options["answer_ms"]) / 1000
        self._silent_polls_max = int(
            int(options["silence_ms"]) / 1000 / (self._poll_s + self._answer_s)
        )
        # What lives as long as the process. A connection lost and found again changes none of it.
        self._counted = 0
        self._note: _Note | None = None
        self._seen_without_note = False
        self._found = 0
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
            answer = self._exchange(bytes([frames.STATUS]), self._answer_s)
            if answer and answer[0] not in states.NO_STATE:
                break
        else:
            raise DeviceError(self._silence("does not answer"))
        told = self._request(frames.VERSION)
        self._learn()
        return " ".join(told.decode("ascii", "replace").split()) if told else ""

    def poll(self, timeout_s: float) -> Sequence[Event]:
        """See `Device.poll`."""
        wait_s = min(timeout_s, POLL_MAX_S)
        pause_s = min(self._poll_s, wait_s / 2)
        self._drain(pause_s)
        answer = self._exchange(bytes([frames.STATUS]), min(self._answer_s, wait_s - pause_s))
        if not answer or answer[0] in states.NO_STATE:
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
            # *Vend valid* alone can be acknowledged: the next one is.
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
        note, state = self._note, self._last_answer[:1]
        unbooked = state in (bytes([states.VEND_VALID]), bytes([states.POWER_UP_STACKER]))
        if note is not None:
            unbooked |= note.phase in IN_CASHBOX or not (state and state[0] in states.BROKEN)
        if unbooked:
            log.warning("%s: not reset, a note is on its way", self._device)
            return
        self._order(bytes([frames.RESET]))

    # --- what a poll says ----------------------------------------------------------------------

    def _answered(self, answer: bytes) -> None:
        state, detail = answer[0], answer[1] if len(answer) > 1 else None
        news = answer != self._last_answer
        if self._values is None:
            self._learn()
        if state in states.POWERED_UP:
            self._powered_up(state)
        else:
            self._past_power_up = True
        if state == states.INITIALIZE and news:
            self._enabled = None  # whatever it was set to is forgotten
        if self._note and (
            (state in states.BROKEN and self._note.phase in (Phase.ESCROW, Phase.RETURNING))
            or (state == states.INITIALIZE and self._note.phase is Phase.ESCROW)
        ):
            self._note.phase = Phase.UNKNOWN
        if state in states.WITHOUT_NOTE:
            self._without_note()
        self._last_answer = answer
        self._tell(state, detail)
        if state in (states.ESCROW, states.HOLDING):
            self._escrowed(detail)
        elif state in (states.VEND_VALID, states.STACKED):
            self._stacked(state)
        elif state == states.REJECTING and news:
            reason = states.REJECTIONS.get(detail or 0, f"reason {detail or 0:02X}h")
            self._events.append(NoteRejected(self._device, reason))
        elif state == states.RETURNING and self._note is None:
            self._note = self._stray(None)  # on its way out since before this start
        elif state in (states.IDLING, states.DISABLED, states.INITIALIZE):
            self._enable(state)

    def _powered_up(self, state: int) -> None:
        if self._past_power_up:
            # Everything that this connection has set is gone: start as with any other.
            raise DeviceError("the note acceptor has restarted")
        if not self._power_up_told:
            self._power_up_told = True
            note = self._note
            in_cashbox = note is not None and note.phase in IN_CASHBOX
            if state == states.POWER_UP_ACCEPTOR and not in_cashbox:
                # A reset returns it, as a rule without saying so.
                self._note = note = note or self._stray(None)
                note.phase = Phase.RETURNING
            elif not in_cashbox:
                self._note = None
            self._events.append(AcceptorPoweredUp(self._device, states.POWERED_UP[state]))
        if state == states.POWER_UP_STACKER:
            self._found += 1
            if self._found <= FOUND_POLLS:
                return
        self._order(bytes([frames.RESET]))

    def _without_note(self) -> None:
        note, self._note = self._note, None
        self._seen_without_note = True
        self._found = 0
        if note is None:
            return
        if note.phase in (Phase.ESCROW, Phase.RETURNING):
            # Nobody has let it be stacked since it was last seen, so it has left at the front.
            self._events.append(NoteReturned(self._device, note.name))
        elif note.phase in (Phase.STACKING, Phase.UNKNOWN):
            log.error("%s: nothing says where %s is", self._device, note.name)

    def _escrowed(self, code: int | None) -> None:
        note = self._note
        if note and note.phase not in IN_CASHBOX:
            if note.phase is Phase.UNKNOWN or not self._enabled:
                note.phase = Phase.RETURNING  # after a fault or in a new connection
            if note.phase is not Phase.ESCROW:
                self._move(note)  # it has not moved: the command was lost
            return
        value = (self._values or {}).get(code or 0)
        if value is None or not self._enabled:
            self._note = note = self._stray(value)
            self._move(note)
            return
        name = self._name()
        self._note = _Note(name, value, Phase.ESCROW, announced=True)
        self._events.append(NoteEscrowed(self._device, name, value))

    def _stacked(self, state: int) -> None:
        note = self._note
        if note is None:
            self._stacked_before(state)
            return
        if note.value is None:  # not acknowledged: an attendant has to look, and nothing is lost
            return
        if note.name is None:
            note.name = self._name()
        if note.phase is Phase.ACKNOWLEDGED and state == states.VEND_VALID:
            self._acknowledge()
        if note.phase not in IN_CASHBOX:
            note.phase = Phase.STACKED
        elif state == states.STACKED:
            return  # it was told while it could be acknowledged
        # Each was seen in escrow by this start, or it would have no value.
        told = NoteStacked(self._device, note.name, note.value, note.announced, seen=True)
        self._events.append(told)

    def _stacked_before(self, state: int) -> None:
        """A note is in the cashbox that this start never saw in escrow.

        A former start let it in, and what it is worth is on the books alone: so it is told as what
        is found in the stacker after a power failure.
        """
        if not self._found:
            if self._seen_without_note:
                return
            self._events.append(AcceptorPoweredUp(self._device, "stacker"))
        self._found += 1
        if state == states.VEND_VALID and self._found > FOUND_POLLS:
            self._acknowledge()

    def _unknown(self, state: int) -> bool:
        """Whether this note in the cashbox has a value that neither driver nor books can know."""
        if self._note is not None:
            return state in (states.VEND_VALID, states.STACKED) and self._note.value is None
        return state == states.VEND_VALID and self._seen_without_note and not self._found

    def _tell(self, state: int, detail: int | None) -> None:
        if self._unknown(state):
            self._changed("failed", "a note of unknown value is in the cashbox")
            return
        if state == states.FAILURE:
            text = states.FAILURES.get(detail or 0, f"code {detail or 0:02X}h")
        else:
            text = "" if state in states.STATES else f"unknown state {state:02X}h"
        said = states.STATES.get(state, "failed")
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

    def _stray(self, value: Money | None) -> _Note:
        """A note that nobody was told of; it is given back.

        It can be of a former start only until the acceptor was seen without one: the return of
        another must never end the hold of that.
        """
        name = self._name() if self._seen_without_note else None
        return _Note(name, value, Phase.RETURNING)

    def _move(self, note: _Note) -> None:
        command = frames.STACK_1 if note.phase is Phase.STACKING else frames.RETURN
        if not self._order(bytes([command])):
            log.warning("%s: command %02Xh was refused for %s", self._device, command, note)

    # --- what it may take ----------------------------------------------------------------------

    def _learn(self) -> None:
        """Read the denominations, unless the acceptor refuses that in its present state."""
        data = self._request(frames.DENOMINATIONS)
        if data is None:
            return
        self._values = {}
        try:
            table = frames.denominations(data)
        except frames.BadFrame as bad:
            self._mismatch = str(bad)
            return
        self._values = {
            code: Money.face(one.face, self._currency)
            for code, one in table.items()
            if one.country in self._countries
        }
        if not self._values:
            has = ", ".join(sorted({f"{one.country:02X}h" for one in table.values()})) or "nothing"
            wanted = ", ".join(sorted(f"{country:02X}h" for country in self._countries))
            self._mismatch = f"its denominations are of country {has}, not {wanted}"

    def _enable(self, state: int) -> None:
        codes = {code for code, value in (self._values or {}).items() if value in self._wanted}
        if codes == self._enabled and (
            state == states.INITIALIZE or (state == states.IDLING) == bool(codes)
        ):
            return
        if self._enabled is None:
            self._set(bytes([frames.SET_MODE, 0x00]))  # to speak when it is asked, and only then
        self._enabled = None
        settings = [
            bytes([frames.SET_ENABLED]) + frames.disable_bits(codes),
            bytes([frames.SET_INHIBIT, 0x00 if codes else 0x01]),
        ]
        # The inhibition is the last thing that ends, and the first that begins.
        if all(self._set(one) for one in (settings if codes else reversed(settings))):
            self._enabled = codes

    def _set(self, setting: bytes) -> bool:
        """Send a setting, which is answered by itself; False when the acceptor refuses it."""
        return self._ask(setting, lambda told: told == setting) is not None

    # --- the line ------------------------------------------------------------------------------

    def _order(self, body: bytes) -> bool:
        """Send a command that is only acknowledged; False when the acceptor refuses it."""
        return self._ask(body, lambda told: told == frames.ACK) is not None

    def _request(self, command: int) -> bytes | None:
        """Send a command that asks for data; None when the acceptor refuses it."""
        told = self._ask(bytes([command]), lambda told: told[0] == command)
        return None if told is None else told[1:]

    def _ask(self, body: bytes, fits: Callable[[bytes], bool]) -> bytes | None:
        for _ in range(1 + RETRIES):
            self._drain(GAP_S)
            answer = self._exchange(body, self._answer_s)
            if answer is not None and fits(answer):
                return answer
            if answer == frames.INVALID:
                return None
        raise DeviceError(self._silence(f"does not answer command {body[0]:02X}h"))

    def _silence(self, so_far: str) -> str:
        """Why there is no answer: nothing came, or nothing that can be read."""
        if self._noise:
            return "what the note acceptor says cannot be read: a bad line, or another speed"
        return f"the note acceptor {so_far}"

    def _exchange(self, body: bytes, wait_s: float) -> bytes | None:
        """Send a command; what is answered, or None: nothing, or nothing that can be read.

        There is no asking for an answer again but by the command itself.
        """
        self._open_line().write(frames.frame(body))
        try:
            told = self._receive(wait_s)
        except frames.BadFrame as bad:
            self._noise = True
            log.info("%s: %s", self._device, bad)
            return None
        self._noise = False
        return told

    def _receive(self, wait_s: float) -> bytes | None:
        stream = b""
        while len(stream) <= frames.FRAME_MAX_BYTES:
            data = self._open_line().read(frames.FRAME_MAX_BYTES, BYTE_S if stream else wait_s)
            if not data and stream:
                raise frames.BadFrame(f"cut short: {stream.hex(' ')}")
            if not data:
                return None
            stream += data
            if found := frames.take(stream):
                return found.body
        raise frames.BadFrame("noise without an end")

    def _acknowledge(self) -> None:
        self._open_line().write(frames.frame(frames.ACK))

    def _drain(self, wait_s: float) -> None:
        self._open_line().read(frames.FRAME_MAX_BYTES, wait_s)

    def _open_line(self) -> Transport:
        if self._line is None:
            raise DeviceError("the note acceptor is not connected")
        return self._line


def _countries(device: DeviceId, listed: str, currency: str) -> set[int]:
    words = [word.strip() for word in listed.split(",") if word.strip()]
    if not words and currency in states.COUNTRIES:
        return states.COUNTRIES[currency]
    try:
        numbers = {int(word, 16) for word in words}
    except ValueError:
        numbers = set()
    if not numbers or not numbers <= set(range(256)):
        raise ConfigError(
            [
                f'[devices.{device}] countries: "{listed}" must list the hexadecimal numbers that '
                f"the acceptor uses for {currency}, such as E0; its label or manual has them"
            ]
        )
    return numbers
