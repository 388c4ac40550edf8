"""What stands under "More" on the card's home, and a promo code that is typed."""

from __future__ import annotations

from kiosk.core.guest.more import More, PromoTyping
from kiosk.core.promo_codes import CODE_LETTERS, written
from kiosk.core.recovery_codes import LETTERS
from kiosk.screens.present.words import Scenes, Words
from kiosk.screens.view import Button, NameView, Option, OptionsView, View

_ICONS = {
    "open_visit": "visit",
    "play": "play",
    "receipts": "receipt",
    "promo": "gift",
    "move": "card_move",
    "data": "shield",
    "pin": "pin",
}
_ROW = 11
"""Keys in a row of the letters and digits of a code."""


def more(words: Words, scene: More) -> View:
    """A tile each."""
    say = words.say
    return OptionsView(
        frame=words.frame(say("more.title"), words.masked(scene.card.number), words.leaving()),
        says=say("more.says"),
        options=tuple(
            Option(Button(way, say(f"more.{way}"), _ICONS[way]), note=say(f"more.{way}_note"))
            for way in scene.ways
        ),
        back=words.back(),
        listed=False,
    )


def promo(words: Words, scene: PromoTyping) -> View:
    """Twelve letters and digits in groups of four, and what was wrong with them."""
    say, refused = words.say, scene.refused
    whole = len(scene.code) == CODE_LETTERS
    have = written(scene.code)
    rows = (LETTERS[at : at + _ROW] for at in range(0, len(LETTERS), _ROW))
    return NameView(
        frame=words.frame(say("promo.title"), words.masked(scene.card.number), words.leaving()),
        headline=say("promo.headline"),
        body="" if refused else say("promo.body"),
        shown=have,
        placeholder="",
        rows=tuple(tuple(row) for row in rows),
        layout=None,
        next=Button("next", say("button.next"), "", "primary", enabled=whole),
        back=words.back(),
        erase=Button("erase", "", "backspace"),
        space=None,
        missing=written(scene.code.ljust(CODE_LETTERS, "_"))[len(have) :].lstrip("-"),
        problem=say(refused.key, **words.args(refused.args_by_name)) if refused else "",
    )


SCENES: Scenes = {More: more, PromoTyping: promo}
