"""A name on the own letter keyboard."""

from __future__ import annotations

from kiosk.screens import keyboard
from kiosk.screens.layout import Box, Node, Space, Text, column, row
from kiosk.screens.theme import Look
from kiosk.screens.view import NameView
from kiosk.screens.widgets import button, spring, toned


def draw(view: NameView, look: Look) -> Node:
    """The field above, the keys across the whole width, Back at the bottom left."""
    gap = look.m("target_gap") * 0.5
    width = look.width - 2 * look.m("margin")
    bottom = look.m("target") if look.compact else look.m("button") * 0.85
    role = "heading" if look.compact else "title"
    texts = ((view.shown, "text"), (view.missing or view.placeholder, "muted"))
    shown = texts if view.missing else texts[:1] if view.shown else texts[1:]
    field = Box(
        children=tuple(
            Text(
                text=text, role=role, font="semibold", color=color, lines=1, shrink=0.5, middle=True
            )
            for text, color in shown
            if text
        ),
        row=True,
        gap=look.px(role) * 0.24,
        align="center",
        pad=(look.m("pad"), 0),
        fill="surface",
        line="bad" if view.problem else "accent",
        line_width=look.m("line") * 1.4,
        radius=look.m("radius_button"),
        h=look.m("target") * (1.0 if look.compact else 1.35),
        grow=1,
    )
    words = column(
        Text(text=view.headline, role="heading" if look.compact else "title", lines=1, shrink=0.6),
        Text(text=view.body, role="caption" if look.compact else "body", color="muted")
        if view.body and not view.problem
        else None,
        toned(look, view.problem, "bad") if view.problem else None,
        gap=gap * 0.5,
    )
    rows = len(view.rows)
    used = look.m("bar") + look.m("foot") + bottom + look.m("target_gap") * 2 + gap * rows
    used += look.m("target") * (2.1 if look.compact else 3.2)
    most = look.m("target") * (1.8 if look.upright else 1.4)
    key_h = min(max(look.m("target"), (look.height - used) / max(rows, 1)), most)
    return column(
        words,
        field,
        spring() if look.upright else None,
        keyboard.letters(look, view.rows, width, key_h),
        *_last(view, look, bottom),
        gap=look.m("target_gap") * (0.5 if look.compact else 0.8),
        justify="between",
    )


def _last(view: NameView, look: Look, tall: float) -> list[Node]:
    """The last row of keys, and beside or below it the way back and on."""
    back = button(look, view.back, min_h=tall, lines=1)
    layout = button(look, view.layout, min_h=tall, lines=1)
    space = button(look, view.space, repeat=True, min_h=tall, grow=1.2) or Space(grow=1)
    erase = button(look, view.erase, repeat=True, min_h=tall)
    forth = button(look, view.next, min_h=tall, lines=1, grow=0.8)
    gap = look.m("target_gap")
    if not look.upright:
        return [row(back, layout, space, erase, forth, gap=gap, align="stretch")]
    return [
        row(layout, space, erase, gap=gap, align="stretch"),
        Space(h=gap * 0.4),
        row(back, forth, gap=gap, align="stretch"),
    ]
