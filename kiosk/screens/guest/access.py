"""G1: language, larger text, high contrast."""

from __future__ import annotations

from dataclasses import replace

from kiosk.screens.layout import Box, Node, Space, Text, column, row
from kiosk.screens.theme import Look
from kiosk.screens.view import AccessView, Button
from kiosk.screens.widgets import answered, button, spring, switch


def _choice(look: Look, b: Button, on: bool) -> Node:
    """A choice that is on is filled and ticked; colour never speaks alone."""
    made = button(
        look,
        replace(b, kind="primary" if on else "secondary", icon="check" if on else b.icon),
        min_h=look.m("target"),
        align="start",
        grow=1,
    )
    assert made is not None
    return made


def _switch(look: Look, b: Button, on: bool) -> Node:
    """A switch shows a knob: to the right and ticked when it is on."""
    track = switch(look, look.m("target") * 0.6, on=on)
    face = button(look, replace(b, kind="secondary"), align="start", min_h=look.m("target"), grow=1)
    assert isinstance(face, Box)
    words = [
        child if not isinstance(child, Text) else replace(child, grow=1.0)
        for child in face.children
    ]
    face.children = (*words, track)
    return face


def _grid(look: Look, parts: list[Node], wide: int) -> Node:
    """Rows of as many as stand side by side, all of one width."""
    gap = look.m("target_gap")
    rows: list[Node] = []
    for at in range(0, len(parts), wide):
        some = parts[at : at + wide]
        empty = [Space(grow=1.0) for _ in range(wide - len(some))]
        rows.append(row(*some, *empty, gap=gap, align="stretch"))
    return column(*rows, gap=gap)


def draw(view: AccessView, look: Look) -> Node:
    """Languages beside one another, switches below them; Back at the bottom left."""
    gap = look.m("gap")
    languages = [_choice(look, b, b.id == view.current_language) for b in view.languages]
    switches = [_switch(look, b, on) for b, on in view.switches]
    tall = look.m("target" if look.compact else "button")
    for part in (*languages, *switches):
        part.h, part.grow = tall, 1.0
    most = 3 if len(languages) != 4 else 4
    return column(
        Text(text=view.headline, role="title", lines=1, shrink=0.6),
        Space(h=gap * (0.5 if look.compact else 1.4)),
        _grid(look, languages, 1 if look.upright and len(languages) < 5 else most),
        Space(h=look.m("target_gap") if look.compact else gap * 2.2),
        _grid(look, switches, 1 if look.upright else 2),
        spring(),
        Space(h=look.m("target_gap")),
        answered(look, view.back, button(look, view.staff, min_h=look.m("answer"), lines=1)),
    )
