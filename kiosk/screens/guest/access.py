"""G1: language, and what makes the screen easier."""

from __future__ import annotations

from dataclasses import replace

from kiosk.screens.layout import Box, Node, Space, Text, column, row
from kiosk.screens.theme import Look
from kiosk.screens.view import AccessView, Button
from kiosk.screens.widgets import Roomiest, answered, button, spring, switch


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
    """A switch shows a knob: to the right and ticked when it is on.

    Of one that does not work now it says why in place of the knob, as there is no room below it.
    """
    told = replace(b, kind="secondary", why="")
    if look.compact and look.large:
        # The words need the room of the sign.
        told = replace(told, icon="")
    face = button(look, told, align="start", min_h=look.m("target"), grow=1)
    assert isinstance(face, Box)
    words = [
        child
        if not isinstance(child, Text)
        else replace(
            child, grow=1.0, lines=1 if look.compact or look.large else 2, shrink=0.6, align="left"
        )
        for child in face.children
    ]
    if b.why:
        why = Text(text=b.why, role="caption", color="muted", lines=1, shrink=0.7)
        *icon, _ = words
        name = Text(text=b.text, role="strong", color="muted", lines=1, shrink=0.7)
        face.children = (*icon, column(name, why, grow=1))
        face.pad = (look.m("pad"), 0)
    else:
        face.children = (*words, switch(look, look.m("target") * 0.6, on=on))
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


_THREE_PX = 1200
"""Of a panel on which three switches with their words stand side by side."""

_SQUARE = 0.75
"""Height over width: from here on there is more room below a switch than beside it."""


def draw(view: AccessView, look: Look) -> Node:
    """Languages beside one another, switches below them; Back at the bottom left."""
    loose, close = look.m("button"), look.m("target")
    talls = (close,) if look.compact else (loose, (loose + close) / 2, close)
    across = [1] if look.upright else [3 if len(view.switches) > 4 and _wide(look) else 2]
    if look.large and not look.upright and look.height > _SQUARE * look.width:
        # The lower part of a panel that stands: large words as wide as it is, then side by side.
        across = [1, *across]
    return Roomiest(options=tuple(_page(view, look, t, wide) for wide in across for t in talls))


def _wide(look: Look) -> bool:
    return look.width >= _THREE_PX and not look.large


def _page(view: AccessView, look: Look, tall: float, across: int) -> Node:
    """The page with rows of this height; those of the least stand closer, too."""
    gap = look.m("gap")
    close = tall <= look.m("target")
    languages = [_choice(look, b, b.id == view.current_language) for b in view.languages]
    switches = [_switch(look, b, on) for b, on in view.switches]
    for part in (*languages, *switches):
        part.h, part.grow = tall, 1.0
    most = 3 if len(languages) != 4 else 4
    return column(
        Text(
            text=view.headline,
            role="heading" if close else "title",
            lines=1,
            shrink=0.6,
        ),
        Space(h=gap * (0.5 if close else 1.4)),
        _grid(look, languages, 1 if look.upright and len(languages) < 5 else most),
        Space(h=look.m("target_gap") if close else gap * 2.2),
        _grid(look, switches, across),
        spring(),
        Space(h=look.m("target_gap")),
        answered(look, view.back, button(look, view.staff, min_h=look.m("answer"), lines=1)),
    )
