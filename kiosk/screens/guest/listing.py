"""Rows of orders and movements, and the screen of the last movements."""

from __future__ import annotations

from kiosk.screens.guest.options import arrows
from kiosk.screens.layout import Box, Node, Space, Text, column, row
from kiosk.screens.theme import TONE_ICONS, Look
from kiosk.screens.view import HistoryView, Row
from kiosk.screens.widgets import button, panel, rule, spring, toned


def listed(rows: tuple[Row, ...], look: Look) -> Node:
    """Rows one below the other; times in a column of their own, sums at the right."""
    lines: list[Node] = []
    for number, item in enumerate(rows):
        if number:
            lines.append(rule(look))
        state = (
            toned(look, item.state, item.state_tone, icon=TONE_ICONS[item.state_tone])
            if item.state
            else None
        )
        # Large letters on a small panel: the time goes below, so that the words have room.
        tight = look.compact and look.large
        note = " · ".join(part for part in (item.when, item.note) if part) if tight else item.note
        lines.append(
            row(
                None if tight else Text(text=item.when, role="body", color="muted", lines=1),
                column(
                    Text(text=item.text, role="strong", lines=2, shrink=0.8),
                    Text(text=note, role="caption", color="muted") if note else None,
                    grow=1,
                ),
                Box(
                    children=(
                        Text(text=item.amount, role="strong", align="right", lines=1),
                        state,
                    ),
                    align="end",
                ),
                gap=look.m("gap"),
                pad=(0, look.m("gap") * (0.25 if tight else 0.55)),
            )
        )
    return column(*lines)


def draw(view: HistoryView, look: Look) -> Node:
    """The whole width, a page at a time; Back at the bottom left, the arrows at the right."""
    if view.rows:
        inner: Node = column(listed(view.rows, look), spring(), grow=1)
    else:
        inner = column(
            spring(),
            Text(text=view.empty, role="lead", color="muted", align="center"),
            spring(),
            grow=1,
        )
    foot = row(
        button(look, view.back, min_h=look.m("target"), lines=1),
        Space(grow=1),
        *arrows(look, view.pager),
        gap=look.m("target_gap"),
    )
    return column(
        panel(
            look,
            inner,
            pad=(look.m("pad"), look.m("gap") * 0.4),
            grow=0.0 if look.upright and view.rows else 1.0,
        ),
        spring() if look.upright and view.rows else None,
        foot,
        gap=look.m("gap"),
    )
