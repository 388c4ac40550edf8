"""Which scene of the guest's journeys is put into words by whom."""

from __future__ import annotations

from kiosk.screens.present.guest import (
    lost,
    minutes,
    more,
    own_pin,
    paying,
    pin,
    privacy,
    sessions,
    visits,
)
from kiosk.screens.present.guest.help import SCENES as HELP
from kiosk.screens.present.guest.receipts import SCENES as RECEIPTS
from kiosk.screens.present.words import Scenes

SCENES: Scenes = {
    **pin.SCENES,
    **HELP,
    **RECEIPTS,
    **lost.SCENES,
    **privacy.SCENES,
    **own_pin.SCENES,
    **minutes.SCENES,
    **more.SCENES,
    **sessions.SCENES,
    **paying.SCENES,
    **visits.SCENES,
}
