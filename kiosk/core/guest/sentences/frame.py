"""What several journeys say: the PIN, the names of the scenes, the end of a task."""

from __future__ import annotations

SENTENCES: dict[str, str | tuple[str, str]] = {
    "pin.title": "Your PIN",
    "pin.headline": "Type your PIN",
    "pin.body": "Nothing was charged yet. The PIN shows that this card is yours.",
    "scene.visit_opening": "opening a visit",
    "scene.calculation": "what the visit comes to",
    "scene.minutes": "buying minutes",
    "scene.session": "starting or stopping a session",
    "scene.lost_card": "a lost card",
    "scene.privacy": "the guest's own data",
    "scene.payment": "paying at the bank's terminal",
    "scene.pin": "typing the PIN",
    "scene.help": "calling for help",
    "done.slip_kept": "Your slip is kept as number {number}: ask at the desk.",
}
