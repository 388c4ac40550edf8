"""Payment terminals that speak ZVT (the interface of German terminal makers) over TCP.

One thing at a time: a command, its acknowledgement, what the terminal tells meanwhile, each
acknowledged by us, and its end. A transaction has no name of ours. What became of one whose end was
not heard is told from the terminal's last transaction alone: it is ours if it is another than the
one before ours, which is asked for each time, or if none of it is on the books and its sum and
moment are ours. What cannot be told so is absent, and staff decide. What the forms rest on, and
what was not seen on a device: docs/devices.md, "Payment terminal (ZVT)", and ADR 0032.

Of what the terminal says about a card only the brand and the last four digits are kept; receipts
and everything else are dropped, and nothing of it is logged.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from kiosk.core import money
from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import (
    CancelPayment,
    DeclineReason,
    Effect,
    Event,
    LookUpPayment,
    PaymentAbsent,
    PaymentApproved,
    PaymentDeclined,
    PaymentReversed,
    PaymentUnderWay,
    RequestPayment,
    ReversePayment,
    Role,
)
from kiosk.core.money import Money
from kiosk.hardware import zvt_frames as frames
from kiosk.hardware import zvt_last
from kiosk.hardware import zvt_words as words
from kiosk.hardware.device import POLL_MAX_S, Options, PaymentCapability
from kiosk.hardware.transport import Transport
from kiosk.hardware.zvt_frames import BadFrame, Frame, Status
from kiosk.hardware.zvt_last import Asked

log = logging.getLogger(__name__)

READ_BYTES = 4096
WAITING_MAX = 32
"""Effects that wait, and payments that are remembered. The core asks for one after another."""
REVERSAL_S = 90
"""So long the bank may take to give money back."""

TELLS_STATES, LOCKS_PAYMENTS, LOCKS_MENU = 0x08, 0x10, 0x20
"""Of a registration: intermediate states, no payments by hand, nothing else by hand."""
STATUS_ONLY = 0x03
"""Of a repeated receipt: nothing is printed, the status is told."""

HEARD = frozenset(
    {
        frames.STATUS,
        frames.INTERMEDIATE,
        frames.COMPLETION,
        frames.ABORTED,
        frames.SET_TIME,
        # It was told to print by itself. One that does not would take money back over a "no".
        frames.PRINT_LINE,
        frames.PRINT_BLOCK,
    }
)


@dataclass
class _Question:
    """What the terminal is asked besides payments."""

    kind: Literal["register", "mark", "last", "reverse"]
    effect: RequestPayment | LookUpPayment | ReversePayment | None
    since_s: float
    taken: bool = False
    status: Status | None = None


class PaymentTerminal:
    """The driver. Options: see ``[driver.zvt]`` in default.toml.

    Raises:
        ConfigError: a currency that is not known, or a password that is none.
    """

    role: ClassVar[Role] = "payment"
    capabilities: ClassVar[frozenset[PaymentCapability]] = frozenset(
        {"payment", "lookup", "cancel", "reversal"}
    )

    def __init__(
        self,
        device: DeviceId,
        options: Options,
        *,
        start: int,
        connect: Callable[[], Transport],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        del start
        self._device = device
        self._connect = connect
        self._monotonic = monotonic
        code, password = str(options["currency"]), str(options["password"])
        wrong = []
        if code not in words.CURRENCIES:
            wrong.append(f'[devices.{device}] currency: no currency "{code}"')
        if not (password.isascii() and password.isdecimal() and len(password) == 6):
            wrong.append(f"[devices.{device}] password: six digits, as the terminal is set up")
        if wrong:
            raise ConfigError(wrong)
        self._currency = money.CURRENCIES[code]
        self._code = frames.bcd(words.CURRENCIES[code], 2)
        self._password = bytes.fromhex(password)
        self._menu = bool(options["menu_by_hand"])
        self._asks_last = bool(options["last_transaction"])
        self._answer_s = int(options["answer_s"])
        self._line: Transport | None = None
        self._known: dict[str, Asked] = {}
        self._forget()

    def _forget(self) -> None:
        """What is true of one connection only."""
        self._in = b""
        self._events: list[Event] = []
        self._waiting: deque[RequestPayment | LookUpPayment | ReversePayment] = deque()
        self._question: _Question | None = None
        self._pay: Asked | None = None
        self._terminal = ""

    # --- the contract --------------------------------------------------------------------------

    def open(self) -> str:
        """Connect and register; the guest sees nothing. See `Device.open`."""
        self.close()
        self._line = self._connect()
        bits = TELLS_STATES | LOCKS_PAYMENTS | (0 if self._menu else LOCKS_MENU)
        self._ask("register", None, frames.REGISTRATION, bytes([bits]) + self._code)
        while self._question is not None:
            self._hear(POLL_MAX_S)
        log.warning(
            "%s speaks ZVT; not verified on a device: %s",
            self._device,
            "; ".join(words.NOT_VERIFIED),
        )
        return f"ZVT {self._terminal}".rstrip() + " (not verified on a device)"

    def poll(self, timeout_s: float) -> Sequence[Event]:
        """Hear the terminal. See `Device.poll`."""
        self._go_on()
        if not self._events:
            self._hear(min(timeout_s, POLL_MAX_S))
            self._go_on()
        events, self._events = self._events, []
        return events

    def perform(self, effect: Effect) -> None:
        """Queue a question, or ask for a payment to be stopped. See `Device.perform`."""
        if len(self._waiting) >= WAITING_MAX:
            raise DeviceError(f"{self._device}: more than {WAITING_MAX} questions wait")
        match effect:
            case RequestPayment() if effect.service in self._known:
                # Never twice under one name.
                self._waiting.append(LookUpPayment(effect.payment, effect.service))
            case RequestPayment() if self._is_paying():
                self._events.append(PaymentDeclined(self._device, effect.payment, "busy"))
            case RequestPayment() | LookUpPayment() | ReversePayment():
                self._waiting.append(effect)
            case CancelPayment():
                self._cancel(effect)
            case _:
                raise TypeError(f"an effect of type {type(effect).__name__} is not for a terminal")

    def close(self) -> None:
        """See `Device.close`."""
        if self._line is not None:
            self._line.close()
        self._line = None
        self._forget()

    # --- asking --------------------------------------------------------------------------------

    def _is_paying(self) -> bool:
        runs = self._pay is not None and not self._pay.over
        marking = self._question is not None and self._question.kind == "mark"
        return runs or marking or any(isinstance(e, RequestPayment) for e in self._waiting)

    def _go_on(self) -> None:
        """Take up what waits, as far as the terminal is free for it."""
        while self._waiting and self._question is None:
            effect = self._waiting[0]
            pays = self._pay is not None and not self._pay.over
            # One command at a time is not acknowledged yet: which one is, nobody says.
            if pays and not (self._taken() and isinstance(effect, LookUpPayment)):
                return
            self._waiting.popleft()
            known = self._known.get(effect.service)
            match effect:
                case RequestPayment():
                    self._request(effect)
                case LookUpPayment():
                    self._look_up(effect, known)
                case ReversePayment():
                    self._reverse(effect, known)

    def _taken(self) -> bool:
        return self._pay is not None and self._pay.taken

    def _request(self, effect: RequestPayment) -> None:
        asked = Asked(effect, self._monotonic())
        if len(self._known) >= WAITING_MAX:
            del self._known[next(iter(self._known))]
        self._known[effect.service] = asked
        if effect.amount.currency != self._currency or not 0 < effect.amount.minor < 10**12:
            self._tell(asked, self._declined(asked, "failed"))
        elif self._asks_last:
            self._ask_last("mark", effect)
        else:
            self._pay_now(asked)

    def _pay_now(self, asked: Asked) -> None:
        amount = frames.bcd(asked.effect.amount.minor, 6)
        currency = bytes([frames.CURRENCY]) + self._code
        asked.since_s, asked.sent, self._pay = self._monotonic(), True, asked
        self._send(frames.AUTHORISATION, bytes([frames.AMOUNT]) + amount + currency)

    def _look_up(self, effect: LookUpPayment, known: Asked | None) -> None:
        if known is not None and known.told is not None:
            self._events.append(known.told)
        elif known is not None and not known.sent:
            self._tell(known, self._declined(known, "failed"))
        elif self._asks_last:
            self._ask_last("last", effect)
        else:
            self._events.append(self._cannot_tell(effect))

    def _reverse(self, effect: ReversePayment, known: Asked | None) -> None:
        receipt = zvt_last.receipt_of(effect.reference)
        if known is not None and isinstance(known.told, PaymentApproved):
            receipt = known.receipt
        if receipt:
            field = bytes([frames.RECEIPT]) + bytes.fromhex(receipt)
            self._ask("reverse", effect, frames.REVERSAL, field)
        elif known is not None and known.sent and known.told is None and self._asks_last:
            self._ask_last("last", effect)
        else:
            self._tell_reversed(effect, "not charged" if known else "unknown")

    def _ask_last(self, kind: Literal["mark", "last"], effect: Effect) -> None:
        assert isinstance(effect, RequestPayment | LookUpPayment | ReversePayment)
        self._ask(kind, effect, frames.REPEAT_RECEIPT, bytes([frames.SERVICE, STATUS_ONLY]))

    def _ask(
        self,
        kind: Literal["register", "mark", "last", "reverse"],
        effect: RequestPayment | LookUpPayment | ReversePayment | None,
        command: int,
        data: bytes,
    ) -> None:
        self._question = _Question(kind, effect, self._monotonic())
        self._send(command, self._password + data)

    def _cancel(self, effect: CancelPayment) -> None:
        for waiting in self._waiting:
            if isinstance(waiting, RequestPayment) and waiting.service == effect.service:
                self._waiting.remove(waiting)
                asked = self._known[effect.service] = Asked(waiting, self._monotonic())
                self._tell(asked, self._declined(asked, "cancelled"))
                return
        known = self._known.get(effect.service)
        if known is None or known.told is not None:
            return
        if not known.sent:
            self._tell(known, self._declined(known, "cancelled"))
        elif known is self._pay and not known.over:
            # Acknowledged only: the end of the payment itself tells what came of it.
            self._send(frames.ABORT)

    def _send(self, command: int, data: bytes = b"") -> None:
        assert self._line is not None, "opened"
        self._line.write(frames.apdu(command, data))

    # --- hearing -------------------------------------------------------------------------------

    def _hear(self, timeout_s: float) -> None:
        """Take what the terminal says.

        Raises:
            DeviceError: it is silent, or what it says is none of this protocol; none of that is
                repeated in the error.
        """
        assert self._line is not None, "opened"
        self._in += self._line.read(READ_BYTES, timeout_s)
        try:
            while (frame := frames.take(self._in)) is not None:
                self._in = frame.rest
                self._take(frame)
        except BadFrame as error:
            raise self._lost(f"says what is not understood ({error})") from None
        now_s, question, pay = self._monotonic(), self._question, self._pay
        if question is not None:
            limit_s = REVERSAL_S if question.kind == "reverse" else self._answer_s
            if now_s - question.since_s > limit_s:
                raise self._lost("does not answer")
        if pay is not None and not pay.taken and now_s - pay.since_s > self._answer_s:
            raise self._lost("does not answer")

    def _take(self, frame: Frame) -> None:
        assert self._line is not None, "opened"
        told, code = divmod(frame.command, 0x100)
        if told in (0x80, 0x84):
            self._acknowledged(code)
        elif frame.command not in HEARD:
            self._line.write(frames.UNKNOWN_COMMAND)
        elif frame.command == frames.STATUS:
            # Acknowledged when it is understood: what is not, a terminal takes back.
            self._hear_status(frames.status(frame.data))
            self._line.write(frames.ACK)
        else:
            self._line.write(frames.ACK)
            if frame.command == frames.COMPLETION:
                self._ended(None, frame.data)
            elif frame.command == frames.ABORTED:
                self._ended(frame.data[0] if frame.data else 0xFF)

    def _acknowledged(self, code: int) -> None:
        """The terminal has taken what it was asked, or (`code` not 0) has not, and why."""
        question, pay = self._question, self._pay
        if question is not None and not question.taken:
            question.taken = True
            if code:
                self._question = None
                self._answered(question, code)
        elif pay is not None and not pay.taken:
            pay.taken = True
            if code:
                self._pay = None
                self._tell(pay, self._declined(pay, words.reason(code)))

    def _asks(self) -> _Question | None:
        """The question that is answered now; what was not taken yet waits behind a payment."""
        question = self._question
        return question if question and (question.taken or self._pay is None) else None

    def _hear_status(self, told: Status) -> None:
        if (question := self._asks()) is not None:
            question.status = told
        elif (pay := self._pay) is not None:
            if told.result == 0:
                if told.amount is None or not self._is_ours(told):
                    raise self._lost("names no sum that we know")
                if self._question is not None and zvt_last.is_same(told, pay.mark):
                    raise self._lost("tells of an older transaction")
            pay.status = told

    def _ended(self, code: int | None, data: bytes = b"") -> None:
        """The terminal has done what it was asked (None), or not, and says why."""
        if (question := self._asks()) is not None:
            self._question = None
            self._answered(question, code, data)
        elif (pay := self._pay) is not None:
            result = pay.status.result if pay.status else None
            if code is None and result == 0:
                assert pay.status is not None
                pay.receipt = pay.status.receipt
                self._tell(pay, self._approved(pay.effect.payment, pay.status))
            elif result == 0 or not (code or result):
                raise self._lost("does not tell how a payment ended")
            else:
                self._tell(pay, self._declined(pay, words.reason(code or result or 0)))
            self._pay = None

    # --- what answers mean ---------------------------------------------------------------------

    def _answered(self, question: _Question, code: int | None, data: bytes = b"") -> None:
        effect = question.effect
        match question.kind:
            case "register":
                self._registered(code, data)
            case "mark":
                assert isinstance(effect, RequestPayment)
                self._marked(self._known[effect.service], question.status, code)
            case "last":
                assert isinstance(effect, LookUpPayment | ReversePayment)
                self._looked_up(effect, question.status, code)
            case "reverse":
                assert isinstance(effect, ReversePayment)
                result = question.status.result if question.status else None
                if code is None and result is None:
                    raise self._lost("does not tell whether it gave money back")
                refused = code if code is not None else result
                again = refused == words.REVERSED_BEFORE
                told = "reversed before" if again else f"result {refused:02X}"
                self._tell_reversed(effect, told if refused else "")

    def _registered(self, code: int | None, data: bytes) -> None:
        if code is not None:
            why = "is busy" if code in words.BUSY else f"refuses to be registered ({code:02X})"
            raise self._lost(why)
        try:
            found = frames.fields(data)
        except BadFrame:
            return  # Nothing of it is needed.
        self._terminal = frames.digits(found.get(frames.TERMINAL, b""))
        if found.get(frames.CURRENCY, self._code) != self._code:
            raise self._lost(f"takes no {self._currency.code}")

    def _marked(self, asked: Asked, mark: Status | None, code: int | None) -> None:
        if asked.told is not None:
            return  # Cancelled in between.
        if code in words.BUSY:
            self._tell(asked, self._declined(asked, "busy"))
            return
        asked.marked, asked.mark = code in (None, words.NOT_POSSIBLE), mark
        self._pay_now(asked)

    def _looked_up(
        self, effect: LookUpPayment | ReversePayment, last: Status | None, code: int | None
    ) -> None:
        known = self._known.get(effect.service)
        if self._pay is not None and code is None:
            self._pay.over = True
        if known is None or known.told is None:
            event = self._cannot_tell(effect) if code is not None else self._judge(effect, last)
            if code in words.BUSY:
                event = PaymentUnderWay(self._device, effect.payment)
            if known is not None and isinstance(event, PaymentApproved | PaymentDeclined):
                known.told, known.receipt = event, last.receipt if last else ""
                self._pay = None if known is self._pay else self._pay
            if isinstance(effect, LookUpPayment):
                self._events.append(event)
        if isinstance(effect, ReversePayment):
            if known is not None and isinstance(known.told, PaymentApproved):
                self._waiting.appendleft(effect)
            else:
                self._tell_reversed(effect, "busy" if code in words.BUSY else "not charged")

    def _cannot_tell(self, effect: LookUpPayment | ReversePayment) -> Event:
        """While the terminal is at a payment its end may still come; without it nobody knows."""
        if self._pay is not None and not self._pay.over:
            return PaymentUnderWay(self._device, effect.payment)
        return PaymentAbsent(self._device, effect.payment)

    def _judge(self, effect: LookUpPayment | ReversePayment, last: Status | None) -> Event:
        """What the terminal's last transaction says of a payment."""
        known = self._known.get(effect.service)
        looked = effect if isinstance(effect, LookUpPayment) else None
        is_new = last is not None and zvt_last.is_new(last, known, looked)
        if last is None or last.result is None or not is_new or not self._is_ours(last):
            return PaymentAbsent(self._device, effect.payment)
        if last.result == 0:
            taken = Money(last.amount or 0, self._currency)
            if taken == zvt_last.amount_of(known, looked):
                return self._approved(effect.payment, last)
        elif known is not None and known.marked:
            return self._declined(known, words.reason(last.result))
        return PaymentAbsent(self._device, effect.payment)

    def _is_ours(self, told: Status) -> bool:
        return told.currency in ("", self._code.hex())

    def _approved(self, payment: str, told: Status) -> PaymentApproved:
        return PaymentApproved(
            self._device,
            payment,
            Money(told.amount or 0, self._currency),
            masked=told.card,
            reference=zvt_last.reference(told),
            brand=told.brand,
            tender=words.tender(told.card_type, told.brand),
        )

    def _declined(self, asked: Asked, reason: DeclineReason) -> PaymentDeclined:
        return PaymentDeclined(self._device, asked.effect.payment, reason)

    def _tell(self, asked: Asked, event: PaymentApproved | PaymentDeclined) -> None:
        asked.told = event
        self._events.append(event)

    def _tell_reversed(self, effect: ReversePayment, refused: str) -> None:
        self._events.append(PaymentReversed(self._device, effect.payment, not refused, refused))

    def _lost(self, why: str) -> DeviceError:
        return DeviceError(f"{self._device}: the terminal {why}")
