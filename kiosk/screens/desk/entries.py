"""Fields: what is asked, what was typed, what it does; the field in which is searched."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from kiosk.screens.desk.plain import Ground, above, act, grid, icon, outline, side_by_side, words
from kiosk.screens.layout import Box, Late, Node, Page, Space, Target, column
from kiosk.screens.theme import Look
from kiosk.screens.view import Entries, Entry, Search
from kiosk.screens.widgets import switch, toned


def entries(part: Entries, look: Look, ground: Ground) -> Node:
    """The fields of a form, in two columns where there is much room."""
    return Late(make=partial(_entries, part, look, ground))


def _entries(part: Entries, look: Look, ground: Ground, page: Page, width: float) -> Node:
    del page
    gap = look.m("target_gap")
    made = [_entry(entry, look, ground) for entry in part.entries]
    if len(made) > 1 and width >= 2 * look.px("desk_body") * 19 + gap:
        return grid(made, 2, gap, fill=False)
    return column(*made, gap=gap)


def _entry(entry: Entry, look: Look, ground: Ground) -> Node:
    if entry.switch:
        return _switch(entry, look, ground)
    below: Node | None = None
    if entry.problem:
        below = toned(look, entry.problem, "bad", role="desk_caption")
    elif entry.says:
        below = words(entry.says, "desk_caption", "muted")
    field = _choice(entry, look, ground) if entry.options else _field(entry, look, ground)
    return column(
        words(entry.label, "desk_caption", "muted"),
        field,
        below,
        gap=look.px("desk_caption") * 0.4,
        focus=entry.focused,
    )


def _field(entry: Entry, look: Look, ground: Ground) -> Node:
    """What was typed, where the next letter comes, and its unit."""
    px = look.px("desk_heading")
    caret = Box(fill="accent", w=look.m("line") * 1.2, h=px * 1.15) if entry.focused else None
    line = "accent" if entry.focused else outline(look)
    return Box(
        children=(
            words(entry.shown, "desk_heading", lines=1, shrink=0.55) if entry.shown else None,
            caret,
            Space(grow=1.0),
            words(entry.unit, "desk_body", "muted", lines=1) if entry.unit else None,
        ),
        row=True,
        gap=px * 0.12,
        align="center",
        pad=(look.m("desk_pad") * 0.7, 0),
        fill=ground if entry.focused and ground == "surface" else above(ground),
        line="bad" if entry.problem else line,
        line_width=look.m("line") * 1.4,
        radius=look.m("radius_button") * 0.8,
        h=look.m("target"),
        tap=Target(entry.id, 0, 0, 0, 0, 0, entry.label, flash=(*look.color("accent")[:3], 0.1)),
    )


def _choice(entry: Entry, look: Look, ground: Ground) -> Node:
    """The answers side by side; the one that holds is filled and ticked."""

    def make(page: Page, width: float) -> Node:
        chosen = [
            replace(b, kind="primary", icon="check") if b.id == entry.chosen else b
            for b in entry.options
        ]
        role = "desk_strong"
        nodes = [act(look, b, ground, tight=True, role=role) for b in chosen]
        # As wide as with the tick, so that nothing moves when another is chosen.
        ticked = [
            act(look, replace(b, icon="check"), ground, tight=True, role=role)
            for b in entry.options
        ]
        gap = look.m("target_gap")
        fits = side_by_side(page, width, ticked, gap)
        return grid(nodes, fits, gap, fill=False)

    return Late(make=make)


def _switch(entry: Entry, look: Look, ground: Ground) -> Node:
    below: Node | None = None
    if entry.problem:
        below = toned(look, entry.problem, "bad", role="desk_caption")
    elif entry.says:
        below = words(entry.says, "desk_caption", "muted")
    return Box(
        children=(
            column(words(entry.label, "desk_strong"), below, grow=1.0),
            switch(look, look.m("target") * 0.5, on=entry.on),
        ),
        row=True,
        gap=look.m("target_gap"),
        align="center",
        pad=(look.m("desk_pad") * 0.7, look.px("desk_body") * 0.4),
        fill=above(ground),
        line=outline(look),
        radius=look.m("radius_button") * 0.8,
        min_h=look.m("target"),
        tap=Target(entry.id, 0, 0, 0, 0, 0, entry.label, flash=(*look.color("accent")[:3], 0.1)),
    )


def search(part: Search, look: Look, ground: Ground) -> Node:
    """What was typed behind a glass, and what may be typed."""
    px = look.px("desk_figure")
    caret = Box(fill="accent", w=look.m("line") * 1.2, h=px * 1.1)
    box = Box(
        children=(
            icon(look, "search", "muted", "desk_figure", 1.1),
            Space(w=px * 0.3),
            words(part.shown, "desk_figure", lines=1, shrink=0.6) if part.shown else None,
            caret,
            Space(grow=1.0),
            words(part.hint, "desk_caption", "muted", lines=2, shrink=0.8, align="right")
            if part.hint
            else None,
        ),
        row=True,
        gap=px * 0.12,
        align="center",
        pad=(look.m("desk_pad"), 0),
        fill=above(ground),
        line="accent",
        line_width=look.m("line") * 1.2,
        radius=look.m("radius_button") * 1.3,
        min_h=look.m("target") * 1.12,
        tap=Target(part.id, 0, 0, 0, 0, 0, part.hint, flash=(*look.color("accent")[:3], 0.1)),
    )
    if not part.note:
        return box
    note = words(part.note, "desk_caption", "muted")
    return column(box, note, gap=look.px("desk_caption") * 0.4)
