"""The keys of the desk: digits in a column at the right, letters along the bottom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kiosk.screens.desk.plain import act
from kiosk.screens.layout import Node, Space, column, row
from kiosk.screens.theme import Look
from kiosk.screens.view import SHIFT, Button, Keys
from kiosk.screens.widgets import button

HIDE = Button("hide_keys", "", "chevron_down")
"""The key that puts the keys away until a field is pressed; the window's own."""

_GAP = 0.62
"""Of the gap between other targets: keys are known by their place."""


def digits(look: Look, keys: Keys, feet: Sequence[Button], height: float) -> Node:
    """The digits as on a telephone, and below them what the page is for."""
    gap = look.m("target_gap") * _GAP
    below = look.m("target") * 1.1 * len(feet) + look.m("target_gap") * (len(feet) + 0.5)
    lines = _rows(keys)
    count, across = len(lines), len(lines[0])
    room = (height - below - gap * (count - 1)) / count
    key_h = max(look.m("target"), min(room, look.m("target") * 1.44))
    key_w = min(max(look.m("target") * 1.1, key_h * 1.18), look.m("target") * 1.69)
    if across > 3:
        key_w = min(key_w, look.m("target") * 1.3)

    def key(name: str) -> Node:
        made = button(
            look,
            _key(name, keys),
            role="desk_title",
            repeat=True,
            min_h=key_h,
            fill="surface",
            lines=1,
        )
        assert made is not None
        made.w = key_w
        return made

    def line_of(names: list[str]) -> Node:
        made = [key(name) for name in names]
        if len(names) < across:
            # The nought of four columns is as wide as three keys.
            made[0].w = key_w * (across - len(names) + 1) + gap * (across - len(names))
        return row(*made, gap=gap)

    width = across * key_w + (across - 1) * gap
    return column(
        column(*(line_of(line) for line in lines), gap=gap),
        Space(h=look.m("target_gap")) if feet else None,
        Space(grow=1.0),
        column(
            *(act(look, b, "ground", min_h=look.m("target") * 1.1, tight=True) for b in feet),
            gap=look.m("target_gap"),
        )
        if feet
        else None,
        w=width,
    )


def _rows(keys: Keys) -> list[list[str]]:
    """The digits, and what else the field takes: at the left of the nought, or at the right."""
    if keys.point and keys.sign:
        return [
            ["1", "2", "3", "erase"],
            ["4", "5", "6", "clear"],
            ["7", "8", "9", "sign"],
            ["0", "point"],
        ]
    left = "point" if keys.point else "sign" if keys.sign else "clear"
    return [["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"], [left, "0", "erase"]]


def _key(name: str, keys: Keys) -> Button:
    match name:
        case "erase":
            return Button("erase", "", "backspace")
        case "clear":
            return Button("clear", "", "close")
        case "point":
            return Button("point", keys.point)
        case "sign":
            return Button("sign", "±")
        case _:
            return Button(f"digit:{name}", name)


def letters(
    look: Look,
    keys: Keys,
    feet: Sequence[Button],
    first: Button | None,
    width: float,
    height: float,
) -> Node:
    """The letters over the whole width, and below them what the page is for.

    `first` stands at the bottom left: the way back, or what puts the keys away.

    Keys of a row stand nearer than other targets: twelve Cyrillic letters must find room on a
    panel as wide as a hand.
    """
    gap = look.m("target_gap") * 0.46
    most = max(len(line) for line in keys.rows)
    count = len(keys.rows) + 1
    least = look.m("target")
    key_h = max(least, min(height * 0.52 / count - gap, least * 1.12))
    key_w = min((width - gap * (most - 1)) / most, key_h * 1.6)

    def key(name: str) -> Node:
        made = button(
            look,
            _letter(name),
            role="desk_heading",
            repeat=True,
            min_h=key_h,
            lines=1,
            fill="surface",
            pad_x=0.0,
        )
        assert made is not None
        made.w = key_w
        return made

    def other(b: Button, wide: float, grow: float = 0.0) -> Node:
        made = button(
            look,
            b,
            role="desk_action",
            repeat=True,
            min_h=key_h,
            lines=1,
            fill="surface",
            grow=grow,
            pad_x=gap,
            gap=gap,
        )
        assert made is not None
        if not grow:
            made.w = wide
        return made

    bottom = row(
        act(look, replace(first, text=""), "ground", min_h=key_h) if first else None,
        other(keys.layout, key_w * 2 + gap) if keys.layout else None,
        other(Button("key: ", keys.space), 0, grow=1.0),
        other(Button("erase", "", "backspace"), max(key_w * 1.5, least)),
        *(act(look, b, "ground", min_h=key_h, lines=1, tight=True) for b in feet),
        gap=gap if not feet else look.m("target_gap"),
        align="stretch",
    )
    lines = [row(*(key(name) for name in line), gap=gap, justify="center") for line in keys.rows]
    return column(*lines, bottom, gap=gap)


def _letter(name: str) -> Button:
    if name == SHIFT:
        return Button("shift", "", "shift")
    if name.isdecimal():
        return Button(f"digit:{name}", name)
    return Button(f"key:{name}", name)
