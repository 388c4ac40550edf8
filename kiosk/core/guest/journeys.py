"""All journeys of the guest that have a file of their own."""

from __future__ import annotations

from dataclasses import replace

from kiosk.core.guest import help as calling
from kiosk.core.guest import (
    lost,
    minutes,
    more,
    own_pin,
    paying,
    privacy,
    receipts,
    sessions,
    stopping,
    terminal,
    visits,
)
from kiosk.core.guest.frame import Journey, Result
from kiosk.core.guest.help import Help, HelpAlone, HelpComing
from kiosk.core.guest.pin import AskPin, typed
from kiosk.core.guest.receipts import ReceiptCode, Receipts
from kiosk.core.guest.scenes import GuestScene
from kiosk.core.journey import Step, enter
from kiosk.core.registration import PIN_DIGITS


def _pin_touched(at: Step, scene: AskPin, name: str, argument: str) -> Result:
    after = typed(at, scene, name, argument)
    if after is not None:
        return replace(at.situation, scene=after), ()
    if name == "back":
        return enter(at, scene.back), ()
    if name == "next" and len(scene.digits) == PIN_DIGITS:
        return of(scene.back).proved(at, scene.back, scene.digits)
    return at.situation, ()


JOURNEYS: tuple[Journey, ...] = (
    Journey((AskPin,), _pin_touched),
    Journey((Help, HelpAlone, HelpComing), calling.touched, fresh=calling.fresh),
    Journey((Receipts, ReceiptCode), receipts.touched, receipts.heard, receipts.fresh),
    minutes.JOURNEY,
    sessions.JOURNEY,
    stopping.JOURNEY,
    more.JOURNEY,
    lost.JOURNEY,
    privacy.JOURNEY,
    own_pin.JOURNEY,
    paying.JOURNEY,
    terminal.JOURNEY,
    *visits.JOURNEYS,
)

_OF = {scene: journey for journey in JOURNEYS for scene in journey.scenes}


def of(scene: GuestScene) -> Journey:
    """The journey that a scene belongs to."""
    return _OF[type(scene)]


def resumed(at: Step, scene: GuestScene) -> Result:
    """Back to a scene of before, as the books have it now."""
    shown = replace(at, situation=enter(at, scene))
    return of(scene).fresh(shown, scene)
