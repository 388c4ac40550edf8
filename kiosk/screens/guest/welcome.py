"""G0: one instruction, what the kiosk takes, the ways in for first-timers."""

from __future__ import annotations

from kiosk.screens.layout import Box, Drawing, Icon, Node, Space, Text, column, row
from kiosk.screens.theme import Look
from kiosk.screens.view import Status, WelcomeView
from kiosk.screens.widgets import FirstFit, Roomiest, answers, disc, disc_side, spring


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


def _strip(view: WelcomeView, look: Look) -> Node:
    """What the kiosk takes, and where there are people."""
    able = [_status(look, status) for status in view.strip]
    help_line = Text(text=view.help_line, role="caption", color="muted", lines=1, shrink=0.8)
    gap = look.m("gap")
    return FirstFit(
        options=(
            row(*able, spring(), help_line, gap=gap * 1.4),
            column(row(*able, gap=gap * 1.4), help_line, gap=gap * 0.3),
            column(row(*able[:2], gap=gap * 1.4), row(*able[2:], spring(), help_line, gap=gap)),
            column(*able, help_line, gap=gap * 0.3),
        )
    )


def _sign(view: WelcomeView, look: Look) -> Drawing:
    if not view.reads:
        return disc(look, "sign", "card_off", "neutral")
    if not view.taps:
        return disc(look, "sign", "card", "neutral")
    shown = disc(look, "tap", view.card_name)
    shown.logo = view.frame.logo
    return shown


def draw(view: WelcomeView, look: Look) -> Node:
    """Words at the left, the reader at the right; below each other on an upright panel."""
    gap = look.m("gap")
    if look.upright:
        return column(
            spring(0.6),
            column(_sign(view, look), align="center"),
            Space(h=gap * 0.8),
            _hint(view, look),
            spring(0.5),
            Text(text=view.headline, role="hero", align="center", balance=True),
            Space(h=gap * 0.8),
            Text(text=view.body, role="lead", color="muted", align="center", balance=True),
            spring(0.8),
            answers(look, view.buttons),
            Space(h=gap * 1.6),
            _strip(view, look),
        )
    sizes = ((1.0, "hero"), (0.8, "hero"), (0.8, "sum"), (0.7, "title"), (0.5, "title"))
    main = Roomiest(options=tuple(_beside(view, look, *size) for size in sizes), grow=1)
    return column(main, _strip(view, look), gap=gap)


def _beside(view: WelcomeView, look: Look, share: float, role: str) -> Node:
    """The words and the disc side by side; the less room, the smaller the disc."""
    gap = look.m("gap")
    tight = look.compact or role == "title"
    words = column(
        spring(),
        Text(text=view.headline, role=role, balance=True),
        Space(h=gap * (0.5 if tight else 1.0)),
        Text(text=view.body, role="body" if tight else "lead", color="muted", balance=True),
        Space(h=gap * (1.0 if tight else 2.4)),
        Box(children=(answers(look, view.buttons),), align="start"),
        spring(),
        grow=1.0,
    )
    side = disc_side(look) * share
    sign = _sign(view, look)
    sign.w = sign.h = side
    picture = column(
        spring(),
        Box(children=(sign,), align="center"),
        Space(h=gap * 0.6),
        _hint(view, look),
        spring(),
        w=side * (1.0 if look.compact else 1.12),
    )
    return row(words, picture, gap=gap * 2, align="stretch", grow=1)


def _hint(view: WelcomeView, look: Look) -> Node:
    return Text(text=view.hint, role="caption", color="muted", align="center", balance=True)
