"""What to do about each thing that may be wrong with a device.

The cause and each step are sentences: ``desk.fault.WORD`` is the state in a few words,
``desk.cause.WORD`` what it means, ``desk.step.WORD.1`` and on what to do, one after another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.core.capabilities import FaultWord


@dataclass(frozen=True)
class Remedy:
    """What helps.

    Attributes:
        steps: how many there are.
        starts_over: an acceptor is started over when all is done (`ResetAcceptor`).
        severe: it is not offered to guests meanwhile.
    """

    steps: int
    starts_over: bool = False
    severe: bool = True


REMEDIES: Mapping[FaultWord, Remedy] = {
    "cassette_full": Remedy(2),
    "cassette_out": Remedy(2),
    "jammed_validator": Remedy(5, starts_over=True),
    "jammed_cassette": Remedy(5, starts_over=True),
    "cheated": Remedy(3, starts_over=True),
    "paused": Remedy(3, starts_over=True),
    "failed": Remedy(3, starts_over=True),
    "wrong_currency": Remedy(2),
    "paper_out": Remedy(4),
    "paper_low": Remedy(2, severe=False),
    "cover_open": Remedy(2),
    "error": Remedy(4),
    "reader_off": Remedy(3),
    "acceptor_off": Remedy(4),
    "coins_off": Remedy(4),
    "coins_full": Remedy(2),
    "coins_jammed": Remedy(3),
    "coins_failed": Remedy(3),
    "hopper_off": Remedy(3),
    "hopper_empty": Remedy(2),
    "hopper_low": Remedy(1, severe=False),
    "hopper_jammed": Remedy(3),
    "hopper_failed": Remedy(2),
    "printer_off": Remedy(4),
    "lights_off": Remedy(2, severe=False),
    "fiscal_off": Remedy(3),
    "fiscal_trouble": Remedy(2),
    "fiscal_shift_expired": Remedy(2),
    "payment_off": Remedy(3),
    "speech_off": Remedy(2, severe=False),
    "switches_off": Remedy(2, severe=False),
}
