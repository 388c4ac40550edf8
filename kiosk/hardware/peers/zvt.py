"""A simulated payment terminal that speaks ZVT over TCP, from text about the protocol alone.

It keeps the physical truth beside the protocol: what was charged to a card, and what went back. The
cash register (ECR) asks, the terminal (PT) acknowledges, and is then the one who asks until its
completion (06 0F) or abort (06 1E): each of its messages waits for an acknowledgement of its own.

| it understands | |
|---|---|
| 06 00 registration | password, config byte, currency; answered by a completion with its name |
| 06 01 authorisation | 04 FF if the config byte has the bit 08; then 04 0F, and 06 0F or 06 1E |
| 06 30 reversal | by password and receipt number (87), with a receipt of its own |
| 06 20 repeat receipt | the status information of what was stored last: payment or reversal |
| 05 01 status enquiry, 06 02 log off, 06 B0 abort | |

Not modelled: amounts typed at the terminal, pre-authorisation, refund, end of day (a receipt can be
reversed for ever), offline payments, printing but for one line, what is in TLV containers, currency
conversion, a serial line. Not read in any source, so that a terminal may differ:
- what answers a wrong password (here 84 83), a command before the registration (84 6B), any while
  it is busy (84 9C, but it registers), and a repetition when nothing is stored (06 1E 83);
- whether an abort by the ECR is told as a status information before 06 1E (here it is), and how
  late it is heard (here until the card is charged; some terminals hear none);
- what a terminal does about a payment whose status information nobody acknowledges (here it stays
  charged; some take it back), and whether it stays registered for the next connection (here not);
- how a code on a telephone is told (here a card's name and no number).

Source: ECR-Interface ZVT-Protocol PA00P015 and PA00P016, as public extracts and programs tell of
them; captured messages of terminals in public tests and reports.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from kiosk.hardware.peers import zvt_frames as frames
from kiosk.hardware.peers.zvt_frames import bcd, field, message

Mode = Literal[
    "approve",
    "code",  # the guest pays by a code
    "decline",  # the bank refuses
    "cancel",  # the guest presses the terminal's red key
    "partial",  # the bank gives half of it
    "other-amount",  # the guest adds a tip at the terminal
    "other-currency",  # a terminal that is set up wrongly: it charges and names dollars
    "busy",  # the terminal does something else
    "unregistered",  # it has forgotten who we are; a registration ends that
    "wrong-password",  # its password has been changed
    "last-only",  # only the last payment can be reversed
    "bare",  # a repeated receipt comes without a status information
    "silent",  # charged, and the answer is lost
    "mute",  # it is there, and answers nothing
    "stuck",  # it does not end; `approve` or `decline` let it
    "slow",  # the guest takes a minute
    "twice",  # the status information comes twice
    "leak",  # a terminal that is set up wrongly: the whole number of the card in what it says
    "cut-before",  # the line is cut when it is asked, and it forgets it
    "cut-during",  # … when it is asked, and it goes on
    "cut-after",  # … when the bank has paid, before the answer
    "die-before",  # the power goes when it is asked, before the bank is
    "die-after",  # … when the bank has paid (or taken back), before the answer
]
MODES: tuple[str, ...] = get_args(Mode)

DECIDE_S, SLOW_S = 2.0, 60.0
INTERMEDIATE_S = 5.0
ACK_S = 5.0
"""How long it waits for an acknowledgement; then it is idle again."""
AGAIN_S = 2.0
"""How long a cash register that asks for time (84 9C) gets, before it is told the same again."""
TIP_MINOR = 100
CARD = "4111111111111111"
"""The number of the simulated card, as the makers of cards publish it for tests."""
TERMINAL_ID = 28_004_869
DOLLARS = 840
PASSWORD = "000000"

REGISTRATION, AUTHORISATION, LOG_OFF = 0x0600, 0x0601, 0x0602
REPEAT, REVERSAL, BREAK_OFF, ENQUIRY = 0x0620, 0x0630, 0x06B0, 0x0501
STATUS, INTERMEDIATE, COMPLETION, ABORT, PRINT_LINE = 0x040F, 0x04FF, 0x060F, 0x061E, 0x06D1
DONE = message(0x8000)

PRINTS, INTERMEDIATES = 0x82, 0x08
"""Bits of the config byte: receipts come line by line; intermediate status is wanted."""
INSERT_CARD, WAIT_FOR_BANK = 0x0A, 0x04
NO_ERROR, REFUSED_BY_BANK, GOODS_NOT_ISSUED = 0x00, 0x05, 0x66
NOT_REGISTERED, BY_KEY, WRONG_CURRENCY, NOT_POSSIBLE = 0x6B, 0x6C, 0x6F, 0x83
PROTOCOL, WAIT, ALREADY_REVERSED, NO_REVERSAL = 0x9A, 0x9C, 0xB4, 0xB5


@dataclass
class Payment:
    """One payment at the terminal, or the reversal of one; sums in minor units."""

    minor: int
    currency: int
    connection: int
    since_s: float
    state: Literal["asked", "charged", "refused", "aborted", "reversed"] = "asked"
    taken: int = 0
    receipt: int = 0
    trace: int = 0
    reverses: Payment | None = None
    told_s: float = 0.0


class Terminal:
    """The terminal. All times are seconds of the caller's clock.

    Args:
        currency: the number of its currency (978 for the euro); 0: that of the first registration.
        password: six digits.
        cut: pulls its line for a moment, in the modes that do.
    """

    def __init__(
        self, currency: int = 0, password: str = PASSWORD, cut: Callable[[], None] = lambda: None
    ) -> None:
        self.mode: Mode = "approve"
        self.powered = True
        self.charged: list[tuple[str, int]] = []
        """The truth: each time that the bank paid, the receipt's number and how much."""
        self.reversed: list[str] = []
        """The receipts of payments that went back."""
        self.stored: list[Payment] = []
        """What it remembers without power, the last at the end."""
        self.asked: Payment | None = None
        self.registered = False
        self.cut = cut
        self._currency, self._password = currency, bytes.fromhex(password)
        self._config = self._connection = self._traces = 0
        self._in = bytearray()
        self._out: deque[tuple[bytes, Payment | None]] = deque()
        self._sent: tuple[bytes, Payment | None] | None = None
        self._sent_s, self._again = 0.0, False

    # --- the wire ------------------------------------------------------------------------------

    def connected(self) -> None:
        """A new connection; what was going on is told to nobody."""
        self._connection += 1
        self.registered = False
        self._forget_talk()

    def _forget_talk(self) -> None:
        self._in.clear()
        self._out.clear()
        self._sent = None

    def feed(self, data: bytes, now_s: float) -> bytes:
        """See `peers.line.Peer`."""
        if not self.powered or self.mode == "mute":
            return b""
        self._in += data
        out = b""
        while self.powered and (found := frames.take(self._in)):
            control, body = found
            if control >> 8 in (0x80, 0x84):
                self._acknowledged(control & 0xFF if control >> 8 == 0x84 else 0, now_s)
            else:
                try:
                    out += self._command(control, body, now_s)
                except frames.UnknownFieldError as wrong:
                    out += message(0x8400 | NOT_POSSIBLE, bytes((wrong.bmp,)))
                except ValueError:
                    out += _no(PROTOCOL)
            out += self._next(now_s)
        return out if self.powered else b""

    def tick(self, now_s: float) -> bytes:
        """See `peers.line.Peer`. A guest holds a card to it after `DECIDE_S`."""
        if not self.powered or self.mode == "mute":
            return b""
        if self._sent is not None and now_s - self._sent_s >= ACK_S:
            self._out.clear()
            self._sent = None
        one = self.asked
        takes_s = SLOW_S if self.mode == "slow" else DECIDE_S
        if one is not None and self.mode != "stuck" and now_s - one.since_s >= takes_s:
            self._decide(one)
        if self.asked is not None and now_s - self.asked.told_s >= INTERMEDIATE_S:
            self._intermediate(self.asked, WAIT_FOR_BANK, now_s)
        return self._next(now_s) if self.powered else b""

    def _next(self, now_s: float) -> bytes:
        """The next message of ours, when the one before is acknowledged."""
        if self._sent is not None and self._again and now_s - self._sent_s >= AGAIN_S:
            self._sent_s, self._again = now_s, False
            return self._sent[0]
        if self._sent is not None or not self._out:
            return b""
        self._sent, self._sent_s, self._again = self._out.popleft(), now_s, False
        return self._sent[0]

    def _say(self, *messages: bytes, about: Payment | None = None) -> None:
        if about is None or about.connection == self._connection:
            self._out += ((one, about) for one in messages)

    def _acknowledged(self, error: int, now_s: float) -> None:
        if self._sent is None:
            return
        data, about = self._sent
        self._sent = None
        if not error:
            return
        if error == WAIT:
            self._sent, self._sent_s, self._again = (data, about), now_s, True
        elif data[:2] == STATUS.to_bytes(2, "big") and about and about.state == "charged":
            self._out.clear()
            self._give_back(about)
            self._say(message(ABORT, bytes((error,))))

    # --- commands ------------------------------------------------------------------------------

    def _command(self, control: int, data: bytes, now_s: float) -> bytes:
        if control == BREAK_OFF:
            return self._break_off()
        if control == REGISTRATION:
            return self._register(data)
        if not self.registered or self.mode == "unregistered":
            return _no(NOT_REGISTERED)
        if self.asked or self._out or self._sent or self.mode == "busy":
            return _no(WAIT)
        if control == AUTHORISATION:
            return self._pay(frames.fields(data), now_s)
        if control in (REPEAT, REVERSAL) and not self._right(data):
            return _no(NOT_POSSIBLE)
        if control == REPEAT:
            self._repeat()
        elif control == REVERSAL:
            self._reverse(frames.fields(data[3:]))
        elif control == ENQUIRY:
            told = field(0x29, bcd(TERMINAL_ID, 4))
            self._say(message(STATUS, told), message(COMPLETION))
        elif control == LOG_OFF:
            self.registered = False
        else:
            return _no(NOT_POSSIBLE)
        return DONE if self.powered else b""

    def _right(self, data: bytes) -> bool:
        """Whether it begins with our password."""
        return data[:3] == self._password and self.mode != "wrong-password"

    def _register(self, data: bytes) -> bytes:
        if len(data) < 4:
            return _no(PROTOCOL)
        if not self._right(data):
            return _no(NOT_POSSIBLE)
        asked = frames.number(data[4:6]) if len(data) >= 6 else self._currency
        frames.fields(data[6:])
        self._currency = self._currency or asked
        if asked != self._currency:
            return _no(WRONG_CURRENCY)
        if self._out or self._sent:
            return _no(WAIT)
        self.registered, self._config = True, data[3]
        if self.mode == "unregistered":
            self.mode = "approve"
        told = field(0x19, b"\0") + field(0x29, bcd(TERMINAL_ID, 4))
        if len(data) >= 6:
            told += field(0x49, bcd(self._currency, 2))
        self._say(message(COMPLETION, told))
        return DONE

    def _pay(self, asked: dict[int, bytes], now_s: float) -> bytes:
        if 0x04 not in asked or not (minor := frames.number(asked[0x04])):
            return _no(PROTOCOL)
        currency = frames.number(asked[0x49]) if 0x49 in asked else self._currency
        if currency != self._currency:
            return _no(WRONG_CURRENCY)
        if self.mode == "die-before":
            self.power_cut()
            return b""
        if self.mode == "cut-before":
            self._cut()
            return b""
        one = self.asked = Payment(minor, currency, self._connection, now_s, told_s=now_s)
        if self.mode == "cut-during":
            self._cut()
            return b""
        self._intermediate(one, INSERT_CARD, now_s)
        return DONE

    def _break_off(self) -> bytes:
        one = self.asked
        if one is not None:
            one.state, self.asked = "aborted", None
            self._out.clear()
            self._say(*_failed(BY_KEY), about=one)
        return DONE

    def _repeat(self) -> None:
        if not self.stored:
            self._say(message(ABORT, bytes((NOT_POSSIBLE,))))
        elif self.mode == "bare":
            self._say(message(COMPLETION))
        else:
            self._say(self._status(self.stored[-1]), message(COMPLETION))

    def _reverse(self, asked: dict[int, bytes]) -> None:
        number = frames.number(asked[0x87]) if 0x87 in asked else -1
        payments = [one for one in self.stored if one.reverses is None]
        one = next((one for one in payments if one.receipt == number), None)
        if one is None or (self.mode == "last-only" and one is not self.stored[-1]):
            self._say(*_failed(NO_REVERSAL))
        elif one.state == "reversed":
            self._say(*_failed(ALREADY_REVERSED))
        elif 0x04 in asked and frames.number(asked[0x04]) != one.taken:
            self._say(*_failed(NO_REVERSAL))
        else:
            back = self._give_back(one)
            if self.mode == "die-after":
                self.power_cut()
            elif self.mode == "cut-after":
                self._cut()
            elif self.mode != "silent":
                self._say(self._status(back), message(COMPLETION))

    # --- the money -----------------------------------------------------------------------------

    def _decide(self, one: Payment) -> None:
        self.asked = None
        if self.mode in ("decline", "cancel"):
            one.state = "refused" if self.mode == "decline" else "aborted"
            self._out.clear()
            self._say(*_failed(REFUSED_BY_BANK if self.mode == "decline" else BY_KEY), about=one)
            return
        changed = {"partial": one.minor // 2, "other-amount": one.minor + TIP_MINOR}
        one.state, one.taken = "charged", changed.get(self.mode, one.minor)
        if self.mode == "other-currency":
            one.currency = DOLLARS
        self._store(one)
        self.charged.append((f"{one.receipt:04}", one.taken))
        if self.mode == "die-after":
            self.power_cut()
        elif self.mode == "cut-after":
            self._cut()
        elif self.mode != "silent":
            told = [self._status(one)] * (2 if self.mode == "twice" else 1)
            if self._config & PRINTS == PRINTS:
                text = f"CARD {self._number().replace('e', '*')}".encode()
                told.append(message(PRINT_LINE, b"\0" + text))
            self._say(*told, message(COMPLETION), about=one)

    def _give_back(self, one: Payment) -> Payment:
        one.state = "reversed"
        self.reversed.append(f"{one.receipt:04}")
        back = Payment(one.taken, one.currency, self._connection, 0.0, "charged", one.taken)
        back.reverses = one
        self._store(back)
        return back

    def _store(self, one: Payment) -> None:
        self._traces += 1
        one.receipt = one.trace = self._traces
        self.stored.append(one)

    # --- what it tells -------------------------------------------------------------------------

    def _intermediate(self, one: Payment, told: int, now_s: float) -> None:
        one.told_s = now_s
        if self._config & INTERMEDIATES and self._sent is None and not self._out:
            self._say(message(INTERMEDIATE, bytes((told,))), about=one)

    def _number(self) -> str:
        """The card's number as it goes into the field: two digits a byte, E for a hidden one."""
        return CARD if self.mode == "leak" else f"{CARD[:6]}eeeeee{CARD[-4:]}"

    def _status(self, one: Payment) -> bytes:
        """The status information of what was charged, or taken back."""
        told = field(0x27, bytes((NO_ERROR,))) + field(0x04, bcd(one.taken, 6))
        told += field(0x0B, bcd(one.trace, 3))
        if one.reverses is not None:
            told += field(0x37, bcd(one.reverses.trace, 3))
        told += field(0x0C, bcd(150_000, 3)) + field(0x0D, bcd(1122, 2))
        told += field(0x29, bcd(TERMINAL_ID, 4)) + field(0x49, bcd(one.currency, 2))
        told += field(0x87, bcd(one.receipt % 10_000, 2)) + field(0x88, bcd(one.trace, 3))
        name = b"VISA\0"
        if self.mode == "code":
            return message(STATUS, told + field(0x8B, b"BLUECODE\0"))
        if self.mode == "leak":
            told += field(0x23, bytes.fromhex(f"{CARD}d2905101"))
            told += field(0x3C, f"CARD {CARD}".encode())
            name = f"VISA {CARD}\0".encode()
        told += field(0x19, b"\x70") + field(0x22, bytes.fromhex(self._number()))
        return message(STATUS, told + field(0x8A, b"\x0a") + field(0x8B, name))

    # --- power and line ------------------------------------------------------------------------

    def _cut(self) -> None:
        self._forget_talk()
        self.registered = False
        self._connection += 1
        self.mode = "approve"
        self.cut()

    def power_cut(self) -> None:
        """What it was only asked for is forgotten; what the bank answered is kept."""
        self.powered = self.registered = False
        self.asked = None
        self._forget_talk()

    def power_up(self) -> None:
        """The power is back; a mode in which it would die again is over."""
        self.powered = True
        if self.mode.startswith("die"):
            self.mode = "approve"


def _no(error: int) -> bytes:
    return message(0x8400 | error)


def _failed(error: int) -> tuple[bytes, bytes]:
    """What ends a payment that was not made."""
    told = field(0x27, bytes((error,))) + field(0x29, bcd(TERMINAL_ID, 4))
    return message(STATUS, told), message(ABORT, bytes((error,)))
