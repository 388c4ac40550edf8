"""What the desk's section *reports* says, in English; see `kiosk.core.sentences`."""

from __future__ import annotations

SENTENCES: dict[str, str | tuple[str, str]] = {
    # Errands.
    "err.errands_busy": "The kiosk is doing several long things already. Wait for one of them.",
    "err.errand_late": "This took too long and was stopped. Nothing was changed. Try it again.",
    "err.errand_failed": "This could not be done. Nothing was changed. The kiosk's log says why.",
    # USB sticks.
    "err.stick_gone": "The stick is not there any more. Nothing was saved. Plug it in and try "
    "again.",
    "err.stick_full": "The stick is full. Nothing was saved. Take another one, or make room.",
    "err.stick_read_only": "Nothing can be written to this stick. Nothing was saved. Look for a "
    "lock on its side, or take another one.",
    "err.stick_failed": "The stick refused: {why}. Nothing was saved. Take another one.",
    "err.stick_file": "A file cannot be called {file}.",
}
