"""How much (G8, own amount), and the payment at the terminal (G9b)."""

from __future__ import annotations

from kiosk.screens import keyboard
from kiosk.screens.layout import Box, Drawing, Icon, Node, Space, Sum, Text, column, row
from kiosk.screens.theme import Look
from kiosk.screens.view import AmountView, TerminalView
from kiosk.screens.widgets import Roomiest, button, panel, rule, spring, toned


def draw_amount(view: AmountView, look: Look) -> Node:
    """The sum and what it earns at the left, keys at the right, Back at the bottom left."""
    gap, key_gap = look.m("gap"), look.m("target_gap")
    key_w = look.m("target") * (1.85 if look.compact else 2.1)
    room = look.height - look.m("bar") - look.m("foot")
    key_h = max(look.m("target"), min((room - 3 * key_gap) / 4, look.m("button") * 1.1))
    keys = keyboard.keypad(look, enabled=True, key_w=key_w, key_h=key_h, point=view.point)
    left = Roomiest(
        options=tuple(
            _sum(view, look, body) for body in ((view.body, "") if view.problem else (view.body,))
        ),
        grow=1,
    )
    right = column(spring(), keys, spring(), w=3 * key_w + 2 * key_gap)
    return row(left, right, gap=gap * 2, align="stretch")


def _sum(view: AmountView, look: Look, body: str) -> Node:
    """The left half; where something is wrong and room is short, without what may be typed."""
    gap = look.m("gap")
    field = Box(
        children=(Sum(amount=view.figure.amount, symbol=view.figure.symbol, role="sum", grow=1),),
        row=True,
        align="center",
        pad=(look.m("pad"), gap * 0.5),
        fill="surface",
        line="bad" if view.problem else "accent",
        line_width=look.m("line") * 1.4,
        radius=look.m("radius"),
    )
    back, forth = button(look, view.back), button(look, view.next, grow=1)
    return column(
        spring(0.3),
        Text(text=view.headline, role="title", balance=True),
        Space(h=gap * 0.4),
        Text(text=body, role="body", color="muted") if body else None,
        Space(h=gap * (0.4 if look.compact else 1.2)),
        field,
        Space(h=gap * 0.6),
        toned(look, view.problem, "bad") if view.problem else None,
        Text(text=view.bonus, role="strong", color="bonus", lines=1)
        if view.bonus and not view.problem
        else None,
        Space(h=look.m("target_gap")),
        spring(1),
        row(back, forth, gap=look.m("target_gap"), align="start" if view.next.why else "stretch"),
    )


def draw_terminal(view: TerminalView, look: Look) -> Node:
    """The sum at the left, what to do at the terminal at the right."""
    gap = look.m("gap")
    sums = tuple(_line(look, *line) for line in view.sums)
    left = panel(
        look,
        Text(text=view.name, role="caption", color="muted", lines=1),
        Sum(amount=view.amount.amount, symbol=view.amount.symbol, role="inserted"),
        spring(),
        rule(look) if sums else None,
        Space(h=gap * 0.5) if sums else None,
        *sums,
        pad=(look.m("pad"), look.m("pad") * 0.8),
        grow=1,
    )
    right = Roomiest(
        options=(_doing(view, look, art=True), _doing(view, look, art=False)),
        w=None if look.upright else look.width * 0.42,
    )
    return (column if look.upright else row)(left, right, gap=gap, align="stretch")


def _line(look: Look, name: str, figure: str, strong: bool) -> Node:
    role = "strong" if strong else "body"
    return row(
        Text(text=name, role=role, color="text" if strong else "muted", grow=1),
        Text(text=figure, role=role, lines=1, align="right"),
        gap=look.m("gap"),
    )


def _doing(view: TerminalView, look: Look, *, art: bool) -> Node:
    """What the guest does now, or that somebody else is being asked."""
    gap, side = look.m("gap"), look.m("icon_large") * 2.2
    sign: Node = (
        Drawing(kind="wait", w=side, h=side)
        if view.waiting
        else Box(
            children=(Icon(name=view.icon, size=look.m("icon_large") * 1.3, color="good"),),
            align="center",
            justify="center",
            fill="raised",
            radius=side / 2,
            w=side,
            h=side,
        )
    )
    told = panel(
        look,
        spring(),
        Box(children=(sign,), align="center") if art else None,
        Space(h=gap * 0.8) if art else None,
        Text(text=view.headline, role="title", align="center", balance=True),
        Space(h=gap * 0.5),
        Text(text=view.body, role="lead", color="muted", align="center", balance=True),
        spring(),
        pad=(look.m("pad_small"), gap * 0.6),
        grow=1,
    )
    advice = (
        panel(
            look,
            toned(look, view.advice, "neutral", icon="info"),
            pad=(look.m("pad_small"), gap * 0.7),
        )
        if view.advice
        else None
    )
    return column(told, advice, gap=gap)
