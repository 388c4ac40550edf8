"""The venue's logo in words, and as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.core.desk.logo import LogoPage
from kiosk.core.desk.scenes import Page
from kiosk.core.errands import PictureFile
from kiosk.core.logos import BYTES_MAX, SIDE_MAX
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import Pane, Part, Picture, Say, Stack, Tile, Tiles


def _logo(words: DeskWords, page: LogoPage) -> Body:
    if page.removing:
        pane = _question(words, "desk.logo.removing", "desk.logo.remove", "trash")
    elif page.chosen is not None:
        pane = _question(words, "desk.logo.sure", "desk.logo.use", "check", Picture(page.chosen))
    else:
        pane = _there(words, page)
    return Body(words.say("desk.logo.title"), (Stack((pane,)),), back=words.back())


def _question(words: DeskWords, asked: str, button: str, icon: str, *shown: Part) -> Pane:
    confirm = words.act("ChangeSettings", "confirm", button, icon, "primary")
    return Pane((Say(words.say(asked), "strong"), *shown), foot=confirm)


def _there(words: DeskWords, page: LogoPage) -> Pane:
    size = words.say("desk.kilobytes", number=words.texts.count(BYTES_MAX // 1000))
    form = words.say("desk.logo.form", side=SIDE_MAX, size=size)
    parts: tuple[Part, ...] = (Say(words.say("desk.logo.is_not"), "strong"),)
    if page.kept is not None:
        parts = (Picture(page.kept), Say(words.say("desk.logo.is")))
    parts += (Say(form, "body", "muted"),)
    if page.errand:
        parts += (Say(words.say("desk.logo.looking"), "strong", icon="usb"),)
    elif page.files:
        tiles = tuple(_tile(words, n, file) for n, file in enumerate(page.files))
        parts += (Say(words.say("desk.logo.which"), "strong"), Tiles(tiles))
    elif page.files is not None:
        parts += (Say(words.say("desk.logo.none"), "strong", "warning", "usb"),)
    look = words.act("ChangeSettings", "look", "desk.logo.look", "usb", "primary")
    remove = words.act("ChangeSettings", "remove", "desk.logo.remove", "trash")
    return Pane(parts, foot=(*look, *(remove if page.kept is not None else ())))


def _tile(words: DeskWords, number: int, file: PictureFile) -> Tile:
    size = words.say("desk.kilobytes", number=words.texts.count(-(-file.size_bytes // 1000)))
    return Tile(file.file, f"{file.stick_name} · {size}", "usb", id=f"picture:{number}")


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {LogoPage: _logo}
