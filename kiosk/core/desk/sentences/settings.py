"""What the desk's section *settings* says, in English; see `kiosk.core.sentences`."""

from __future__ import annotations

SENTENCES: dict[str, str | tuple[str, str]] = {
    "err.settings_elsewhere": "Nothing was changed: {section} is not changed here.",
    "err.settings_wrong": "Nothing was changed: {where}: {told}",
    "err.training_already": "A training goes on already.",
    "err.no_training": "No training goes on.",
}
