"""What every part of the desk is made of: its buttons, its grounds, what stands side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from kiosk.screens.layout import Box, Icon, Late, Node, Page, Space, Text, column, row
from kiosk.screens.theme import Color, Look
from kiosk.screens.view import Button, Tone
from kiosk.screens.widgets import button, mix

Ground = Literal["ground", "surface", "raised"]
"""On what something stands; a box on it takes the next shade."""

WIDE = 100_000.0
"""Wider than any panel: what a node wants where nothing holds it."""


def above(ground: Ground) -> Ground:
    """The shade of a box that stands on this ground."""
    return "raised" if ground == "surface" else "surface"


def outline(look: Look) -> str | None:
    """The line around a box where shades cannot be told apart."""
    return "line" if look.outlined else None


def ink(tone: Tone | str) -> str:
    """The colour of a tone's words."""
    return "text" if tone in ("neutral", "") else str(tone)


def tint(look: Look, tone: str, ground: Ground, share: float = 0.1) -> Color:
    """A ground with a little of a tone's colour in it; in high contrast the bare ground."""
    if look.outlined:
        return look.color(ground)
    return mix(look.color(tone), look.color(ground), share)


def act(
    look: Look,
    b: Button,
    ground: Ground = "surface",
    *,
    grow: float = 0.0,
    min_h: float | None = None,
    lines: int = 2,
    tight: bool = False,
    role: str = "desk_action",
) -> Node:
    """A button of the desk; a `tight` one has its words nearer to its edges."""
    made = button(
        look,
        b,
        role=role,
        grow=grow,
        min_h=look.m("target") if min_h is None else min_h,
        lines=lines,
        fill=above(ground),
        icon_size=look.px(role) * 1.25,
        pad_x=None if b.kind == "link" else look.m("desk_pad") * (0.45 if tight else 0.9),
        gap=look.px(role) * (0.4 if tight else 0.65),
    )
    assert made is not None
    return made


def side_by_side(page: Page, width: float, nodes: Sequence[Node], gap: float) -> int:
    """How many nodes of one width stand in a row, so that the rows are about equally long."""
    widest = max(page.wanted(node, WIDE)[0] for node in nodes)
    most = max(1, min(len(nodes), int((width + gap + 0.5) // (widest + gap))))
    rows = -(-len(nodes) // most)
    return -(-len(nodes) // rows)


def grid(nodes: Sequence[Node], columns: int, gap: float, *, fill: bool = True) -> Node:
    """Rows of as many columns, all of one width; `fill`: the last row takes the whole width."""
    rows: list[Node] = []
    for start in range(0, len(nodes), columns):
        line: list[Node] = list(nodes[start : start + columns])
        for node in line:
            node.grow = 1.0
        if not fill:
            line += [Space(grow=1.0) for _ in range(columns - len(line))]
        rows.append(even(line, gap))
    return column(*rows, gap=gap)


def even(nodes: Sequence[Node], gap: float) -> Node:
    """Nodes in a row, every one as wide as the others, and as high where it is one box."""
    align: Literal["stretch", "start"] = "stretch"
    if any(_explained(node) for node in nodes):
        align = "start"

    def make(page: Page, width: float) -> Node:
        del page
        each = (width - gap * (len(nodes) - 1)) / len(nodes)
        for node in nodes:
            node.w = each
        return Box(children=nodes, row=True, gap=gap, align=align)

    return Late(make=make)


def _explained(node: Node) -> bool:
    """Whether a button says below itself why it cannot be used."""
    return isinstance(node, Box) and node.tap is None and node.fill is None


def actions(
    look: Look,
    buttons: Sequence[Button],
    ground: Ground,
    gap: float,
    justify: Literal["start", "end"] = "start",
) -> Node:
    """Buttons in a row, each as wide as its words; in a grid where they do not fit."""
    nodes = [act(look, b, ground) for b in buttons]
    explained = any(not b.enabled and b.why for b in buttons)

    def make(page: Page, width: float) -> Node:
        wide = sum(page.wanted(node, WIDE)[0] for node in nodes) + gap * (len(nodes) - 1)
        if wide <= width:
            align = "start" if explained else "stretch"
            return row(*nodes, gap=gap, align=align, justify=justify)
        return grid(*_fitting(look, buttons, ground, gap, page, width), gap)

    return Late(make=make)


def _fitting(
    look: Look, buttons: Sequence[Button], ground: Ground, gap: float, page: Page, width: float
) -> tuple[list[Node], int]:
    """Buttons of a grid, and how many stand in a row: without icons where then more do."""
    made = [act(look, b, ground, tight=True) for b in buttons]
    bare = [act(look, replace(b, icon=""), ground, tight=True) for b in buttons if b.text]
    fits = side_by_side(page, width, made, gap)
    if len(bare) == len(made) and side_by_side(page, width, bare, gap) > fits:
        return bare, side_by_side(page, width, bare, gap)
    return made, fits


def icon(look: Look, name: str, color: str | Color, role: str, share: float = 1.3) -> Icon:
    """An icon beside words of a role."""
    return Icon(name=name, size=round(look.px(role) * share), color=color)


def words(
    text: str,
    role: str = "desk_body",
    color: str | Color = "text",
    *,
    grow: float = 0.0,
    lines: int = 0,
    align: Literal["left", "center", "right"] = "left",
    font: str = "",
    shrink: float = 1.0,
    middle: bool = False,
) -> Text:
    """Words in one of the desk's roles."""
    return Text(
        text=text,
        role=role,
        color=color,
        grow=grow,
        lines=lines,
        align=align,
        font=font,
        shrink=shrink,
        middle=middle,
    )
