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
    "err.stick_stopped": "Stopped. Nothing was saved.",
    "desk.stick.title": "To a USB stick",
    "desk.stick.looking": "Looking for a stick …",
    "desk.stick.none": "No USB stick is plugged in. Plug one in, then look again.",
    "desk.stick.which": "Which stick?",
    "desk.stick.free": "{size} free",
    "desk.stick.writing": "Writing. Leave the stick where it is.",
    "desk.stick.written": "Saved: {file}",
    "desk.stick.size": "{size} on the stick.",
    "desk.stick.out": "You can pull the stick out now.",
    "desk.percent": "{percent} %",
    "desk.kilobytes": "{number} kB",
    "desk.megabytes": "{number} MB",
    "desk.button.look": "Look again",
    "desk.button.stop": "Stop",
}
