"""What the fiscal device and the payment terminal are to be asked next, and what their answers do.

Pure: `due` says what is to be done now, `heard` what an answer does. Both give `Work`: a command
that has to be on the disk first, then effects, and the state after. What was asked is known to this
process only; what a former one asked stands in the books, and the device is asked for it by name
before it is asked for anything else. A device that went away is asked anew for everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from kiosk.core.books import Query
from kiosk.core.capabilities import Machine
from kiosk.core.cash import LastStart
from kiosk.core.clock import Now
from kiosk.core.fiscal import FiscalStep, NextFiscal, Outcome, RecordFiscal
from kiosk.core.fiscal_shifts import CurrentFiscalShift, FiscalShift, RecordFiscalShift
from kiosk.core.messages import (
    AnswerEvent,
    AskFiscalStatus,
    CancelPayment,
    CloseFiscalShift,
    DeviceDown,
    Effect,
    FiscalAbsent,
    FiscalConfirmed,
    FiscalCount,
    FiscalRefused,
    FiscalShiftClosed,
    FiscalShiftFailed,
    FiscalStatus,
    FiscalUnknown,
    LookUpFiscal,
    LookUpPayment,
    OpenFiscalShift,
    PaymentAbsent,
    PaymentApproved,
    PaymentDeclined,
    PrintFiscal,
    RequestPayment,
)
from kiosk.core.terminal_payments import (
    PaymentOnTheWay,
    RecordTerminalPayment,
    TerminalPayment,
)
from kiosk.core.venue import Venue

T = TypeVar("T")

ANSWER_S = 60.0
"""After so long without an answer a device is asked for what became of it."""
LOOKS_MAX = 5
"""So often without an answer: then people look at it."""
ATTEMPTS_MAX = 5
"""So often a device may refuse a document: then people look at it."""
BACK_OFF_S = (2.0, 5.0, 15.0, 60.0)
"""Until a device is asked again for what it refused, or did not know, by how often it did."""
STATUS_S, TROUBLE_S = 60.0, 5.0
"""How often a fiscal device is asked how it is; and one that has no paper, or an open cover."""

PAYMENT_S = 60.0
"""So long a guest has for a card, or so many times as long as a payment says; then the terminal is
told to stop."""
CANCEL_S = 15.0
"""So long the terminal may take to stop; then nobody knows what it did (B-02)."""
LOOK_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Between two questions for a payment of which nobody knows the end."""


@dataclass(frozen=True)
class Fiscal:
    """What the fiscal device was asked in this connection.

    Attributes:
        asked: what it has not answered; empty for nothing.
        since_s: since when.
        looks: how often it was asked for the same document in vain.
        refusals: how often in a row it did not do what it was asked for.
        not_before_s: it is left alone until then.
        shift: its shift, as it said last; empty where it has to be asked.
        told_s: when it said so.
        number: of that shift.
        trouble: what hinders it, as it says.
    """

    asked: Literal["", "print", "look_up", "status", "open", "close"] = ""
    since_s: float = 0.0
    looks: int = 0
    refusals: int = 0
    not_before_s: float = 0.0
    shift: Literal["", "closed", "open", "expired"] = ""
    told_s: float = 0.0
    number: int = 0
    trouble: str = ""


@dataclass(frozen=True)
class Terminal:
    """The payment that the terminal is busy with, as this process knows.

    `stage`: ``asked`` for it, ``cancelling`` it, the terminal ``lost`` with it, or ``looking`` what
    became of it. `requested` is the last one that this process asked for: none is twice.
    """

    payment: str = ""
    stage: Literal["asked", "cancelling", "lost", "looking"] = "looking"
    since_s: float = 0.0
    looks: int = 0
    requested: str = ""


@dataclass(frozen=True)
class Jobs:
    """What both were asked."""

    fiscal: Fiscal = field(default_factory=Fiscal)
    terminal: Terminal = field(default_factory=Terminal)


@dataclass(frozen=True)
class Work:
    """One step: the command, if any, must be on the disk before the effects are performed."""

    after: Jobs
    command: object | None = None
    key: str = ""
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True)
class _At:
    jobs: Jobs
    machine: Machine
    venue: Venue
    now: Now

    @property
    def now_s(self) -> float:
        return self.now.mono_s

    def ask(self, query: Query[T]) -> T:
        return self.venue.ask(query, self.now)

    def fiscal(self, fiscal: Fiscal, *effects: Effect) -> Work:
        return Work(replace(self.jobs, fiscal=fiscal), effects=effects)

    def terminal(self, terminal: Terminal, *effects: Effect) -> Work:
        return Work(replace(self.jobs, terminal=terminal), effects=effects)


def due(jobs: Jobs, machine: Machine, venue: Venue, now: Now) -> Work | None:
    """The next thing to be done now; None when there is nothing.

    To be called again after each one. Without such devices it does not look at the books.
    """
    at = _At(jobs, machine, venue, now)
    return _fiscal_due(at) or _payment_due(at)


Heard = AnswerEvent | FiscalStatus | DeviceDown
"""What `heard` wants to know of."""


def heard(jobs: Jobs, event: Heard, venue: Venue, now: Now) -> Work:
    """What an answer does, or that a device is gone."""
    fiscal, now_s = jobs.fiscal, now.mono_s
    match event:
        case DeviceDown(_, "fiscal"):
            return Work(replace(jobs, fiscal=Fiscal()))
        case DeviceDown(_, "payment"):
            stage = jobs.terminal.stage
            lost = replace(
                jobs.terminal, looks=0, stage="looking" if stage == "looking" else "lost"
            )
            return Work(replace(jobs, terminal=lost))
        case FiscalStatus(_, shift, number, trouble):
            told = replace(fiscal, asked="", shift=shift, number=number, told_s=now_s)
            return Work(replace(jobs, fiscal=replace(told, trouble=trouble)))
        case FiscalConfirmed(_, document, attempt, sign):
            done = RecordFiscal(document, attempt, "confirmed", sign.number, sign=sign)
            return _recorded(replace(jobs, fiscal=_rested(fiscal)), done)
        case FiscalAbsent(_, document, attempt):
            after = replace(jobs, fiscal=_refused(fiscal, now_s))
            return _recorded(after, RecordFiscal(document, attempt, "absent"))
        case FiscalRefused(_, document, attempt, reason):
            after = replace(jobs, fiscal=_refused(fiscal, now_s))
            outcome: Outcome = "failed" if attempt >= ATTEMPTS_MAX else "absent"
            return _recorded(after, RecordFiscal(document, attempt, outcome, reason=reason))
        case FiscalUnknown(_, document, attempt, reason):
            after = replace(jobs, fiscal=_rested(fiscal))
            return _recorded(after, RecordFiscal(document, attempt, "failed", reason=reason))
        case FiscalShiftClosed(_, number, counted):
            closed = replace(_rested(fiscal), shift="closed", number=number, told_s=now_s)
            after = replace(jobs, fiscal=closed)
            kept = venue.ask(CurrentFiscalShift(), now)
            if kept is None or kept.number != number:
                return Work(after)  # One without a document of ours.
            return _shift_closed(after, kept, counted)
        case FiscalShiftFailed():
            return Work(replace(jobs, fiscal=_refused(fiscal, now_s)))
        case PaymentApproved():
            approved = RecordTerminalPayment(
                event.payment,
                "approved",
                event.taken,
                event.masked,
                event.reference,
                event.brand,
                tender=event.tender,
            )
            return _told(jobs, approved)
        case PaymentDeclined(_, payment, reason):
            declined = RecordTerminalPayment(payment, "declined", reason=reason)
            return _told(jobs, declined)
        case PaymentAbsent(_, payment):
            absent = RecordTerminalPayment(payment, "absent")
            return _told(jobs, absent)
        case _:
            # Still under way: it is asked again in its time. What was reversed nobody waits for.
            return Work(jobs)


def told_to_stop(jobs: Jobs, effects: Sequence[Effect], now: Now) -> Jobs:
    """The guest took a payment back: the terminal may take so long to stop, as when we do."""
    terminal = jobs.terminal
    stopped = (e for e in effects if isinstance(e, CancelPayment))
    if terminal.stage != "asked" or all(e.payment != terminal.payment for e in stopped):
        return jobs
    return replace(jobs, terminal=replace(terminal, stage="cancelling", since_s=now.mono_s))


# --- the fiscal device -------------------------------------------------------------------------


def _rested(fiscal: Fiscal) -> Fiscal:
    return replace(fiscal, asked="", looks=0, refusals=0, not_before_s=0.0)


def _refused(fiscal: Fiscal, now_s: float) -> Fiscal:
    """Leave it alone for a while, then ask how it is before anything else."""
    wait_s = BACK_OFF_S[min(fiscal.refusals, len(BACK_OFF_S) - 1)]
    return replace(
        fiscal,
        asked="",
        looks=0,
        refusals=fiscal.refusals + 1,
        not_before_s=now_s + wait_s,
        shift="",
    )


def _recorded(after: Jobs, command: RecordFiscal) -> Work:
    return Work(after, command, f"{command.document}:{command.attempt}:{command.outcome}")


def _fiscal_due(at: _At) -> Work | None:
    found, fiscal = at.machine.of("fiscal"), at.jobs.fiscal
    if not found:
        return None
    if not found[0][1].up or at.now_s < fiscal.not_before_s:
        return None
    if fiscal.asked:
        return _overdue(at, fiscal)
    step: FiscalStep | None = at.ask(NextFiscal())
    if step is not None and step.does == "look_up":
        return _look_up(at, step)
    every_s = TROUBLE_S if fiscal.trouble else STATUS_S
    if not fiscal.shift or at.now_s - fiscal.told_s >= every_s:
        asked = replace(fiscal, asked="status", since_s=at.now_s)
        return at.fiscal(asked, AskFiscalStatus())
    if fiscal.trouble:
        return None
    if step is not None and step.does == "send":
        return _send(at, step)
    return _close(at)


def _overdue(at: _At, fiscal: Fiscal) -> Work | None:
    """A question without an answer: the document is asked for, anything else asked anew."""
    if at.now_s - fiscal.since_s < ANSWER_S:
        return None
    if fiscal.asked in ("print", "look_up"):
        step: FiscalStep | None = at.ask(NextFiscal())
        if step is not None and step.does == "look_up":
            if fiscal.looks < LOOKS_MAX:
                return _look_up(at, step)
            document = step.document
            told = RecordFiscal(document.id, document.attempts, "failed", reason="no answer")
            return _recorded(replace(at.jobs, fiscal=_rested(fiscal)), told)
    return at.fiscal(replace(fiscal, asked="", shift=""))


def _look_up(at: _At, step: FiscalStep) -> Work:
    fiscal = at.jobs.fiscal
    asked = replace(fiscal, asked="look_up", since_s=at.now_s, looks=fiscal.looks + 1)
    return at.fiscal(asked, LookUpFiscal(step.key, step.document.id, step.document.attempts))


def _send(at: _At, step: FiscalStep) -> Work:
    fiscal = at.jobs.fiscal
    if fiscal.shift != "open":
        return _new_shift(at)
    document, attempt = step.document, step.document.attempts + 1
    effect = PrintFiscal(
        key=step.key,
        document=document.id,
        attempt=attempt,
        takes_back=document.kind != "receipt",
        advance=document.advance,
        tenders=tuple(
            (tender, replace(document.value, minor=minor))
            for tender, minor in document.tenders.items()
        ),
    )
    asked = replace(fiscal, asked="print", since_s=at.now_s, looks=0)
    sent = _recorded(replace(at.jobs, fiscal=asked), RecordFiscal(document.id, attempt, "sent"))
    return replace(sent, effects=(effect,))


def _new_shift(at: _At) -> Work:
    fiscal = at.jobs.fiscal
    if fiscal.shift == "expired":
        closing = replace(fiscal, asked="close", since_s=at.now_s)
        return at.fiscal(closing, CloseFiscalShift())
    opening = replace(fiscal, asked="open", since_s=at.now_s)
    return at.fiscal(opening, OpenFiscalShift())


def _close(at: _At) -> Work | None:
    """Nothing is to be printed: close what is over, and know what was closed without us."""
    fiscal = at.jobs.fiscal
    kept = at.ask(CurrentFiscalShift())
    if kept is not None and (fiscal.shift == "closed" or kept.number != fiscal.number):
        # Somebody else closed it, or the power went before its sums were on the books.
        return _shift_closed(at.jobs, kept, None)
    over = kept is not None and kept.over
    if fiscal.shift == "expired" or (fiscal.shift == "open" and over):
        closing = replace(fiscal, asked="close", since_s=at.now_s)
        return at.fiscal(closing, CloseFiscalShift())
    return None


def _shift_closed(after: Jobs, kept: FiscalShift, counted: FiscalCount | None) -> Work:
    return Work(after, RecordFiscalShift(kept.number, counted), f"fiscal_shift:{kept.id}")


# --- the terminal ------------------------------------------------------------------------------


def _key(command: RecordTerminalPayment) -> str:
    return f"payment:{command.payment}:{command.outcome}"


def _told(jobs: Jobs, command: RecordTerminalPayment) -> Work:
    """The end of a payment; an answer that comes late is none of the one that is asked for now."""
    terminal = jobs.terminal
    if terminal.payment == command.payment:
        # How often it was looked for stays: it is taken up anew where the answer cannot be booked.
        terminal = Terminal(requested=terminal.requested, looks=terminal.looks)
    return Work(replace(jobs, terminal=terminal), command, _key(command))


def _payment_due(at: _At) -> Work | None:
    found, terminal = at.machine.of("payment"), at.jobs.terminal
    if not found:
        return None
    payment: TerminalPayment | None = at.ask(PaymentOnTheWay())
    if payment is None:
        return None
    up = found[0][1].up
    if terminal.payment != payment.id:
        return _take_up(at, payment, up)
    looking = replace(terminal, stage="looking", since_s=at.now_s, looks=0)
    if terminal.stage == "lost":
        # It was asked, and is gone: nobody knows. When it is back, that is the first question.
        return _unknown(at, payment, looking)
    if not up:
        return None
    since_s = at.now_s - terminal.since_s
    match terminal.stage:
        case "asked" if since_s >= PAYMENT_S * payment.patience:
            cancelling = replace(terminal, stage="cancelling", since_s=at.now_s)
            return at.terminal(cancelling, CancelPayment(payment.id, payment.service))
        case "cancelling" if since_s >= CANCEL_S:
            return _unknown(at, payment, looking)
        case "looking" if not terminal.looks or since_s >= LOOK_S[min(terminal.looks, 6) - 1]:
            looked = replace(terminal, since_s=at.now_s, looks=terminal.looks + 1)
            return at.terminal(looked, _look(payment))
        case _:
            return None


def _take_up(at: _At, payment: TerminalPayment, up: bool | None) -> Work | None:
    """A payment that this process has not asked for, and knows whether another one has."""
    asked_before = at.jobs.terminal.requested
    fresh = payment.state == "begun" and payment.start == at.ask(LastStart())
    if not fresh or payment.id == asked_before:
        looks = at.jobs.terminal.looks
        looking = Terminal(payment.id, "looking", at.now_s, looks, requested=asked_before)
        return at.terminal(looking)
    if up is None:
        return None  # It is being tried just now.
    if up:
        request = RequestPayment(payment.id, payment.service, payment.value, payment.at)
        return at.terminal(Terminal(payment.id, "asked", at.now_s, requested=payment.id), request)
    # It was never asked, so nothing is charged.
    declined = RecordTerminalPayment(payment.id, "declined", reason="off")
    return Work(at.jobs, declined, _key(declined))


def _look(payment: TerminalPayment) -> LookUpPayment:
    known = (payment.value, payment.at, payment.booked)
    return LookUpPayment(payment.id, payment.service, *known)


def _unknown(at: _At, payment: TerminalPayment, terminal: Terminal) -> Work:
    if payment.state == "unknown":
        return at.terminal(terminal)
    told = RecordTerminalPayment(payment.id, "unknown")
    return Work(replace(at.jobs, terminal=terminal), told, _key(told))
