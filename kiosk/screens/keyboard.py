"""The own keypad and the own letter keyboard, so that no system keyboard is needed."""

from __future__ import annotations

from kiosk.screens.layout import Node, Space, column, row
from kiosk.screens.theme import Look
from kiosk.screens.view import SHIFT, Button
from kiosk.screens.widgets import button


def keypad(look: Look, *, enabled: bool, key_w: float, key_h: float, point: str = "") -> Node:
    """Digits as on a phone; they send ``digit:0`` … ``digit:9``, ``erase`` and ``point``."""

    def key(name: str) -> Node:
        if name == " ":
            return Space(w=key_w)
        erase = name == "<"
        made = button(
            look,
            Button(
                "erase" if erase else "point" if name == point else f"digit:{name}",
                "" if erase else name,
                icon="backspace" if erase else "",
                enabled=enabled or erase,
            ),
            role="key",
            repeat=True,
            min_h=key_h,
        )
        assert made is not None
        made.w = key_w
        return made

    gap = look.m("target_gap")
    return column(
        *(
            row(*(key(n) for n in line), gap=gap)
            for line in ("123", "456", "789", f"{point or ' '}0<")
        ),
        gap=gap,
    )


def letters(look: Look, rows: tuple[tuple[str, ...], ...], width: float, key_h: float) -> Node:
    """Letter keys in rows; they send ``key:А``, or ``shift`` for the shift key.

    Keys of a row stand nearer than other targets: twelve Cyrillic letters must find room on a
    panel as wide as a hand. Their height is that of every target.
    """
    gap = look.m("target_gap") * 0.5
    most = max(len(line) for line in rows)
    key_w = min((width - gap * (most - 1)) / most, key_h * 1.7)

    def key(name: str) -> Node:
        is_shift = name == SHIFT
        made = button(
            look,
            Button(
                "shift" if is_shift else f"key:{name}",
                "" if is_shift else name,
                icon="shift" if is_shift else "",
            ),
            role="heading",
            repeat=True,
            min_h=key_h,
            lines=1,
            pad_x=0.0,
        )
        assert made is not None
        made.w = key_w
        return made

    return column(
        *(row(*(key(n) for n in line), gap=gap, justify="center") for line in rows), gap=gap
    )
