"""What the desk's section *clients* says, in English; see `kiosk.core.sentences`."""

from __future__ import annotations

SENTENCES: dict[str, str | tuple[str, str]] = {
    "err.name_form": "A name has {most} characters at most. Nothing was changed.",
}
