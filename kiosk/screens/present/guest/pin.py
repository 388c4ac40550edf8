"""The PIN of a card (X-01)."""

from __future__ import annotations

from kiosk.core.guest.pin import AskPin
from kiosk.core.registration import PIN_DIGITS
from kiosk.screens.present.words import Scenes, Words
from kiosk.screens.view import Button, KeypadView, View


def ask_pin(words: Words, scene: AskPin) -> View:
    """Four dots; what was wrong stands below them."""
    say, refused = words.say, scene.refused
    told = len(scene.digits)
    problem = ""
    if refused is not None and refused.key == "err.pin_wrong":
        problem = words.texts.plural("pin.wrong", int(refused.args_by_name["left"]))
    elif refused is not None and refused.key != "err.pin_needed":
        problem = say(refused.key, **words.args(refused.args_by_name))
    return KeypadView(
        frame=words.frame(say("pin.title"), words.masked(scene.card.number), words.leaving()),
        headline=say("pin.headline"),
        body=say("pin.body"),
        shown="●" * told,
        missing="○" * (PIN_DIGITS - told),
        keys_enabled=told < PIN_DIGITS,
        next=Button("next", say("button.next"), "", "primary", enabled=told == PIN_DIGITS),
        back=words.back(),
        problem=problem,
    )


SCENES: Scenes = {AskPin: ask_pin}
