"""G0: one instruction, what the kiosk takes, the ways in for first-timers."""

from __future__ import annotations

from kiosk.screens.layout import Box, Drawing, Icon, Node, Space, Text, column, row
from kiosk.screens.theme import Look
from kiosk.screens.view import Status, WelcomeView
from kiosk.screens.widgets import FirstFit, answers, badge, spring


def _status(look: Look, status: Status) -> Node:
    size = look.px("caption") * 1.25
    return row(
        Icon(name=status.icon, size=size, color=status.tone),
        Text(
            text=status.text,
            role="caption",
            color="muted" if status.tone in {"good", "neutral"} else status.tone,
            lines=1,
            shrink=0.8,
        ),
        gap=look.m("gap") * 0.4,
    )


def draw(view: WelcomeView, look: Look) -> Node:
    """Words at the left, the reader at the right; below each other on an upright panel."""
    inset = look.m("inset") - look.m("margin")
    words = column(
        spring(),
        Text(text=view.headline, role="hero", balance=True),
        Space(h=look.m("gap")),
        Text(text=view.body, role="lead", color="muted", balance=True),
        Space(h=look.m("gap") * (1.2 if look.compact else 2.4)),
        Box(children=(answers(look, view.buttons),), align="start"),
        spring(),
        grow=1.15,
    )
    if view.reads and view.taps:
        sign: Node = Drawing(kind="tap", words=(view.card_name,), grow=1)
    else:
        icon = "card" if view.reads else "card_off"
        still = badge(look, icon, "neutral", look.m("badge") * 2)
        sign = Box(children=(still,), align="center", justify="center", grow=1)
    picture = column(
        sign,
        Text(text=view.hint, role="caption", color="muted", align="center", balance=True),
        gap=look.m("gap"),
        grow=1,
    )
    able = [_status(look, status) for status in view.strip]
    help_line = Text(text=view.help_line, role="caption", color="muted", lines=1, shrink=0.8)
    gap = look.m("gap")
    strip = FirstFit(
        options=(
            row(*able, spring(), help_line, gap=gap * 1.4),
            column(row(*able, gap=gap * 1.4), help_line, gap=gap * 0.3),
            column(row(*able[:2], gap=gap * 1.4), row(*able[2:], spring(), help_line, gap=gap)),
            column(*able, help_line, gap=gap * 0.3),
        )
    )
    if look.upright:
        main: Node = column(picture, words, gap=look.m("gap") * 2, grow=1)
    else:
        main = row(words, picture, gap=look.m("gap") * 2, align="stretch", grow=1)
    return column(main, strip, gap=look.m("gap"), pad=(inset, 0))
