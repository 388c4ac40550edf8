"""What is about to be booked: the figure, before and after, Yes and No."""

from __future__ import annotations

from kiosk.screens.layout import Box, Node, Space, Sum, Text, column, row
from kiosk.screens.theme import Look
from kiosk.screens.view import DealView
from kiosk.screens.widgets import button, panel, rule, spring, toned


def _sums(view: DealView, look: Look) -> list[Node]:
    lines: list[Node] = []
    for place, (name, value) in enumerate(view.sums):
        last = place == len(view.sums) - 1
        lines.append(
            row(
                Text(text=name, role="body", color="muted", lines=2, shrink=0.75, grow=1),
                Text(
                    text=value,
                    role="strong" if last else "body",
                    align="right",
                    lines=1,
                    shrink=0.8,
                ),
                gap=look.m("gap"),
            )
        )
    return lines


def draw(view: DealView, look: Look) -> Node:
    """What it is at the left, the answers at the right: the expected one first and biggest."""
    gap = look.m("gap")
    figure = view.figure
    shown: Node | None = None
    if view.countdown is not None:
        shown = Sum(amount=view.countdown.left, symbol="", role="display")
    elif figure is not None:
        shown = Sum(
            amount=figure.amount, symbol=figure.symbol, role="sum" if look.compact else "display"
        )
    left = panel(
        look,
        spring(),
        Text(text=view.name, role="heading", lines=2, shrink=0.7),
        Text(text=view.figure_name, role="caption", color="muted", lines=1, shrink=0.7)
        if view.figure_name
        else None,
        shown,
        spring(0.5),
        rule(look) if view.sums else None,
        Space(h=gap * 0.4) if view.sums else None,
        *_sums(view, look),
        Space(h=gap * 0.3) if view.note else None,
        Text(text=view.note, role="caption", color="muted") if view.note else None,
        spring(),
        pad=(look.m("pad"), gap * 0.6),
        grow=1,
    )
    width = look.width * (0.38 if look.compact else 0.34)
    problem = (
        Box(
            children=(toned(look, view.problem, "warning", role="strong"),),
            pad=(look.m("pad_small"), gap * 0.5),
            line="warning",
            radius=look.m("radius"),
        )
        if view.problem
        else None
    )
    chief = view.yes or view.other
    rest = view.other if view.yes else None
    answers = (button(look, chief, role="primary", grow=1.6), button(look, rest, grow=1))
    right = column(
        problem,
        *answers,
        button(look, view.no, grow=1),
        gap=gap,
        w=None if look.upright else width,
    )
    return (column if look.upright else row)(left, right, gap=gap, align="stretch")
