"""What the desk's section *today* says, in English; see `kiosk.core.sentences`."""

from __future__ import annotations

SENTENCES: dict[str, str | tuple[str, str]] = {
    "desk.today.to_do": "To do",
    "desk.today.nothing": "Nothing waits for you.",
}
