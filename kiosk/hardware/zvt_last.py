"""Whether a ZVT terminal's last transaction is a payment of ours. Nothing of the dialogue.

It knows no name of ours. Taken for ours is what cannot be anything else; see ADR 0032.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from kiosk.core.messages import LookUpPayment, PaymentApproved, PaymentDeclined, RequestPayment
from kiosk.core.money import Money
from kiosk.hardware.zvt_frames import Status

EARLY_S, LATE_S = 60, 900
"""So much before it began, and after, the terminal's clock may put a payment that is looked for."""


@dataclass
class Asked:
    """A payment that this process was asked for; it outlives a connection.

    Attributes:
        effect: what for.
        since_s: since when.
        marked: whether the terminal's last transaction before it is known.
        mark: that one; None for none at all.
        sent: the terminal may have been asked; before that nothing was charged.
        taken: it has acknowledged that.
        over: it has ended since, as it answers other questions.
        status: what it said of it.
        told: how it ended.
        receipt: the number to reverse it by.
    """

    effect: RequestPayment
    since_s: float
    marked: bool = False
    mark: Status | None = None
    sent: bool = False
    taken: bool = False
    over: bool = False
    status: Status | None = None
    told: PaymentApproved | PaymentDeclined | None = None
    receipt: str = ""


def is_new(last: Status, known: Asked | None, looked: LookUpPayment | None) -> bool:
    """Whether the last transaction is of the payment, by whatever is known of it.

    Args:
        last: what the terminal tells.
        known: what this process knows, if it asked for the payment.
        looked: what the books know.
    """
    if not last.receipt or last.original:
        return False  # An end of the day, or money that went back.
    if known is not None and known.marked:
        return not is_same(last, known.mark)
    if looked is None:
        return False
    return reference(last) not in looked.booked and _is_near(looked.at, last)


def is_same(one: Status, other: Status | None) -> bool:
    """Whether two may be one transaction: a number that is the same will do."""
    if other is None:
        return False
    traces = bool(one.trace.strip("0")) and one.trace == other.trace
    return one.receipt == other.receipt or traces


def amount_of(known: Asked | None, looked: LookUpPayment | None) -> Money | None:
    """What was asked for; None where nobody knows."""
    if known is not None:
        return known.effect.amount
    return looked.amount if looked is not None else None


def reference(told: Status) -> str:
    """A transaction's name in the books: terminal, receipt, trace."""
    return f"{told.terminal}/{told.receipt}/{told.trace}"


def receipt_of(name: str) -> str:
    """The receipt's number in such a name; empty where there is none."""
    found = _NAME.fullmatch(name)
    return found[1] if found else ""


_NAME = re.compile(r"[0-9]*/([0-9]{4})/[0-9]*")


def _is_near(began: str, told: Status) -> bool:
    """Whether the terminal's clock puts a transaction where a payment that began then may be.

    It tells no year and no zone: it is believed to stand in the zone of this machine.
    """
    try:
        at = datetime.fromisoformat(began).astimezone()
        moments = [
            datetime.strptime(f"{year}{told.date}{told.time}", "%Y%m%d%H%M%S").astimezone()
            for year in (at.year - 1, at.year, at.year + 1)
            if told.date != "0229" or year % 4 == 0
        ]
    except ValueError:
        return False
    early, late = at - timedelta(seconds=EARLY_S), at + timedelta(seconds=LATE_S)
    return any(early <= moment <= late for moment in moments)
