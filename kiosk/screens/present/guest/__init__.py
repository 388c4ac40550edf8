"""Which scene of the guest's journeys is put into words by whom."""

from __future__ import annotations

from kiosk.screens.present.guest import lost, minutes, paying, pin, visits
from kiosk.screens.present.guest.help import SCENES as HELP
from kiosk.screens.present.guest.receipts import SCENES as RECEIPTS
from kiosk.screens.present.words import Scenes

SCENES: Scenes = {
    **pin.SCENES,
    **HELP,
    **RECEIPTS,
    **lost.SCENES,
    **minutes.SCENES,
    **paying.SCENES,
    **visits.SCENES,
}
