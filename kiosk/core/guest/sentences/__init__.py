"""What the guest's journeys say, in English: a file for each."""

from __future__ import annotations

from kiosk.core.guest.sentences import access, frame, paying, power, visits
from kiosk.core.guest.sentences.help import SENTENCES as HELP
from kiosk.core.guest.sentences.home import SENTENCES as HOME
from kiosk.core.guest.sentences.lost import SENTENCES as LOST
from kiosk.core.guest.sentences.minutes import SENTENCES as MINUTES
from kiosk.core.guest.sentences.own_pin import SENTENCES as OWN_PIN
from kiosk.core.guest.sentences.privacy import SENTENCES as PRIVACY
from kiosk.core.guest.sentences.receipts import SENTENCES as RECEIPTS
from kiosk.core.guest.sentences.sessions import SENTENCES as SESSIONS
from kiosk.core.guest.sentences.welcome import SENTENCES as WELCOME

SENTENCES: dict[str, str | tuple[str, str]] = {
    **access.SENTENCES,
    **frame.SENTENCES,
    **HELP,
    **RECEIPTS,
    **WELCOME,
    **LOST,
    **PRIVACY,
    **OWN_PIN,
    **HOME,
    **MINUTES,
    **SESSIONS,
    **paying.SENTENCES,
    **power.SENTENCES,
    **visits.SENTENCES,
}
