"""G1: language, larger text, high contrast."""

from __future__ import annotations

from dataclasses import replace

from kiosk.screens.layout import Box, Node, Space, Text, column, row
from kiosk.screens.theme import Look
from kiosk.screens.view import AccessView, Button
from kiosk.screens.widgets import button, spring, switch


def _choice(look: Look, b: Button, on: bool) -> Node:
    """A choice that is on is filled and ticked; colour never speaks alone."""
    made = button(
        look,
        replace(b, kind="primary" if on else "secondary", icon="check" if on else b.icon),
        min_h=look.m("button"),
        align="start",
        grow=1,
    )
    assert made is not None
    return made


def _switch(look: Look, b: Button, on: bool) -> Node:
    """A switch shows a knob: to the right and ticked when it is on."""
    track = switch(look, look.m("target") * 0.6, on=on)
    face = button(look, replace(b, kind="secondary"), align="start", min_h=look.m("button"), grow=1)
    assert isinstance(face, Box)
    words = [
        child if not isinstance(child, Text) else replace(child, grow=1.0)
        for child in face.children
    ]
    face.children = (*words, track)
    return face


def draw(view: AccessView, look: Look) -> Node:
    """Languages at the left, switches at the right, Back at the bottom left, staff opposite."""
    gap = look.m("gap")
    languages = [_choice(look, b, b.id == view.current_language) for b in view.languages]
    if len(languages) > 4:
        pairs = [languages[i : i + 2] for i in range(0, len(languages), 2)]
        listed = [row(*pair, gap=gap, align="stretch") for pair in pairs]
    else:
        listed = languages  # type: ignore[assignment]
    tall = look.m("button") * (1.0 if look.compact else 1.1)
    left = column(*listed, gap=gap, grow=1)
    right = column(*(_switch(look, b, on) for b, on in view.switches), gap=gap, grow=1)
    for side in (left, right):
        for child in side.children:
            if child is not None:
                child.grow, child.h = 0.0, tall
    return column(
        Text(text=view.headline, role="title", lines=1, shrink=0.6),
        Space(h=gap * (0.6 if look.compact else 1.6)),
        (column if look.upright else row)(left, right, gap=gap * 2, align="stretch"),
        spring(),
        row(button(look, view.back), spring(), button(look, view.staff), gap=gap)
        if view.staff
        else Box(children=(button(look, view.back),), align="start"),
    )
