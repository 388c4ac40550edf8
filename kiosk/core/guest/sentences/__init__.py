"""What the guest's journeys say, in English: a file for each."""

from __future__ import annotations

from kiosk.core.guest.sentences import frame

SENTENCES: dict[str, str | tuple[str, str]] = {
    **frame.SENTENCES,
}
