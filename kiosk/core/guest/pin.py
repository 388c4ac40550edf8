"""The PIN, asked for where a bare card may not spend so much (X-01; docs/trust.md)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

from kiosk.core.cards import Card
from kiosk.core.errors import Refused
from kiosk.core.guest.frame import Result
from kiosk.core.guest.scenes import GuestScene, SceneWord, Wait
from kiosk.core.journey import Step, enter
from kiosk.core.registration import PIN_DIGITS
from kiosk.core.situation import Problem

ASKS = ("err.pin_needed", "err.pin_wrong")
"""Refusals after which the PIN may be typed."""


@dataclass(frozen=True)
class AskPin(GuestScene):
    """The PIN of a card is being typed; `back` is the scene that cannot go on without it."""

    word: ClassVar[SceneWord] = "pin"
    waits: ClassVar[Wait] = "form"

    card: Card
    back: GuestScene
    digits: str = field(default="", repr=False)
    refused: Refused | None = None


def ask(at: Step, card: Card, back: GuestScene, refused: Refused) -> Result | None:
    """What follows a refusal that the PIN of `card` may end; None where it cannot.

    The journey of `back` goes on in its `proved`; what it was about to do is in `back`.
    """
    if refused.key in ASKS:
        return enter(at, AskPin(card, back, refused=refused)), ()
    if refused.key in ("err.pin_locked", "err.pin_desk", "err.pin_none"):
        return enter(at, Problem(refused.key, "nothing", refused.args_by_name)), ()
    return None


def typed(at: Step, scene: AskPin, name: str, argument: str) -> AskPin | None:
    """The scene after a key, None where it was none."""
    del at
    match name:
        case "digit" if argument.isdecimal() and len(argument) == 1:
            digits = (scene.digits + argument)[:PIN_DIGITS]
            return replace(scene, digits=digits, refused=None)
        case "erase":
            return replace(scene, digits=scene.digits[:-1], refused=None)
        case _:
            return None
