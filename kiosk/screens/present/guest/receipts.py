"""A receipt as a code, and a card's last receipts to choose from."""

from __future__ import annotations

from kiosk.core.guest.receipts import ReceiptCode, Receipts
from kiosk.core.receipts import GivenReceipt
from kiosk.screens.present.words import Scenes, Words
from kiosk.screens.view import Button, CodeView, Option, OptionsView, View


def receipts(words: Words, scene: Receipts) -> View:
    """What each was for, how much, and when."""
    say = words.say
    return OptionsView(
        frame=words.frame(say("receipt.title"), words.masked(scene.card.number), words.leaving()),
        says=say("receipt.list") if scene.rows else "",
        options=tuple(_option(words, row) for row in scene.rows),
        back=words.back(),
        empty=say("receipt.empty"),
    )


def _option(words: Words, row: GivenReceipt) -> Option:
    return Option(
        Button(f"receipt:{row.job}", "", "receipt"),
        text=words.say(f"receipt.{row.kind}"),
        figure=words.figure(row.total),
        note=words.day(row.at),
    )


def code(words: Words, scene: ReceiptCode) -> View:
    """The code, dark on white in every palette."""
    say = words.say
    return CodeView(
        frame=words.frame(say("receipt.title"), words.masked(scene.card.number), words.leaving()),
        headline=say("receipt.headline"),
        body=(say("receipt.body"), say("receipt.desk")),
        code=scene.code,
        back=words.back(),
    )


SCENES: Scenes = {Receipts: receipts, ReceiptCode: code}
