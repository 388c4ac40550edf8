"""One card, one tap: two readers that see the same card at once both tell it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from kiosk.core.errors import Refused
from kiosk.core.ledger import digest
from kiosk.core.messages import CardPresented
from kiosk.core.recognition import Rule, recognise

SAME_TAP_S = 1.0
"""Within so many seconds the same card is the same tap, whichever reader tells it."""


@dataclass(frozen=True)
class Tap:
    """The last tap: when (monotonic seconds), and by what it is known again.

    `read` is a digest of what was read; `card` one of what the rules make of it, or empty: chip and
    stripe of one card say different things and mean the same. `proved`: it is the venue's own.
    """

    at_s: float
    read: str = field(repr=False)
    card: str = field(repr=False)
    proved: bool


def tap_of(event: CardPresented, rules: Iterable[Rule], today: date, at_s: float) -> Tap:
    """What is kept of a card that was presented."""
    try:
        read = recognise(event.raw, event.signal, event.device, rules, today)
        card = digest("\n".join((read.scope, read.object, read.number)))
    except Refused:
        card = ""
    return Tap(at_s, digest(event.raw), card, event.proof != "none")


def again(before: Tap | None, tap: Tap) -> bool:
    """Whether this is the tap of before, told once more.

    One that proves the card where the first could not tells more than the first, and counts.
    """
    if before is None or tap.at_s - before.at_s >= SAME_TAP_S:
        return False
    if tap.proved and not before.proved:
        return False
    return tap.read == before.read or (bool(tap.card) and tap.card == before.card)
