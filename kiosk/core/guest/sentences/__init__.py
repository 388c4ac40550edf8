"""What the guest's journeys say, in English: a file for each."""

from __future__ import annotations

from kiosk.core.guest.sentences import access, frame
from kiosk.core.guest.sentences.help import SENTENCES as HELP
from kiosk.core.guest.sentences.minutes import SENTENCES as MINUTES

SENTENCES: dict[str, str | tuple[str, str]] = {
    **access.SENTENCES,
    **frame.SENTENCES,
    **HELP,
    **MINUTES,
}
