"""What staff do about documents and payments of which a device does not tell the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import uuid4

from kiosk.core.fiscal import FiscalStep, NextFiscal, Outcome, RecordFiscal
from kiosk.core.fiscal_shifts import FiscalShift, FiscalShifts
from kiosk.core.terminal_payments import (
    OpenTerminalPayments,
    RecordTerminalPayment,
    TerminalPayment,
)

if TYPE_CHECKING:
    from kiosk.verbs import Keeper

Reason = Callable[[], str]
"""Why, as was said on the command line; raises ValueError where nothing was."""


def fiscal(keeper: Keeper, words: list[str], reason: Reason) -> str:
    """``list``, ``printed NUMBER``, ``not-printed``, ``shifts``: the fiscal device's documents.

    Raises:
        ValueError, Refused: the words are wrong, or it is not the time for it.
    """
    usage = "fiscal list | fiscal printed NUMBER|not-printed --reason TEXT | fiscal shifts"
    match words:
        case ["list"]:
            step = keeper.query(NextFiscal())
            return _step(step) if step else "the fiscal device has everything"
        case ["shifts"]:
            shifts = keeper.query(FiscalShifts())
            return "\n".join(_shift(shift) for shift in shifts) or "it had no shift yet"
        case ["printed", number]:
            return _decided(keeper, "confirmed", number, reason)
        case ["not-printed"]:
            return _decided(keeper, "absent", "", reason)
        case _:
            raise ValueError(f"usage: {usage}")


def _decided(keeper: Keeper, outcome: Outcome, number: str, reason: Reason) -> str:
    """Only the first document that waits can be decided about: the rest wait for it."""
    step = keeper.query(NextFiscal())
    if step is None:
        return "the fiscal device has everything"
    document = step.document
    record = RecordFiscal(document.id, document.attempts, outcome, number, reason())
    entry = keeper.command(record, "cli", f"fiscal:{uuid4()}")
    return f"entry {entry.seq}: {entry.kind} {document.id}"


def _step(step: FiscalStep) -> str:
    document = step.document
    does = {"send": "is next", "look_up": "is with the device", "wait": "waits for you"}[step.does]
    return f"{document.id}  {document.kind}  {document.value}  {document.visit}  {does}"


def _shift(shift: FiscalShift) -> str:
    told = "the device counted the same" if shift.counted else "the device told nothing"
    if shift.differs:
        assert shift.counted is not None
        told = f"THE DEVICE COUNTED {shift.counted.sold} - {shift.counted.returned}"
    ours = f"{shift.ours.sold} - {shift.ours.returned}, cash {shift.ours.cash}"
    return f"{shift.id}  {shift.state}  {ours}" + (f"  {told}" if shift.state == "closed" else "")


def payment(keeper: Keeper, words: list[str], reason: Reason) -> str:
    """``list``, ``charged ID``, ``not-charged ID``: payments of which nobody knows the end.

    Raises:
        ValueError, Refused: the words are wrong, or the terminal has to tell first.
    """
    usage = "payment list | payment charged|not-charged ID --reason TEXT"
    match words:
        case ["list"]:
            kept = keeper.query(OpenTerminalPayments())
            return "\n".join(_payment(one) for one in kept) or "no payment waits for anybody"
        case ["charged", name]:
            record = RecordTerminalPayment(name, "approved", reason=reason())
        case ["not-charged", name]:
            record = RecordTerminalPayment(name, "declined", reason=reason())
        case _:
            raise ValueError(f"usage: {usage}")
    entry = keeper.command(record, "cli", f"payment:{uuid4()}")
    return f"entry {entry.seq}: {entry.kind} {name}"


def _payment(one: TerminalPayment) -> str:
    whose = one.client or one.visit
    waits = "waits for you" if one.state == "absent" else "the terminal is asked"
    return f"{one.id}  {one.number:06}  {one.value}  {one.purpose} of {whose}  {one.at}  {waits}"
