"""How much (G8, own amount), and the payment at the terminal (G9b)."""

from __future__ import annotations

from kiosk.screens import keyboard
from kiosk.screens.layout import (
    Box,
    Drawing,
    Icon,
    Node,
    Space,
    Sum,
    Target,
    Text,
    column,
    row,
)
from kiosk.screens.theme import Look
from kiosk.screens.view import Amount, AmountsView, AmountView, Option, TerminalView, WaysView
from kiosk.screens.widgets import FirstFit, Roomiest, button, panel, rule, spring, toned


def draw_ways(view: WaysView, look: Look) -> Node:
    """The ways to pay side by side, one below the other on an upright panel."""
    gap = look.m("target_gap")
    tiles = tuple(_way(look, way) for way in view.ways)
    beside = not look.upright
    return column(
        Text(text=view.headline, role="title", balance=True),
        Space(h=gap * (0.4 if look.compact else 1.0)),
        Box(children=tiles, row=beside, gap=gap, align="stretch", grow=1),
        Space(h=gap),
        row(button(look, view.back, lines=1), spring()),
    )


def _way(look: Look, way: Option) -> Node:
    """A way to pay: its sign, its name, how it goes; or why it cannot be gone now."""
    b, on, side = way.button, way.button.enabled, look.m("icon_large") * 1.9
    sign = Box(
        children=(Icon(name=b.icon, size=side * 0.56, color=way.tone if on else "muted"),),
        align="center",
        justify="center",
        fill="raised" if on else None,
        line=None if on else "line",
        radius=side / 2,
        w=side,
        h=side,
    )
    return Box(
        children=(
            Box(children=(sign,), align="center"),
            Text(
                text=b.text,
                role="heading",
                color="text" if on else "muted",
                align="center",
                balance=True,
            ),
            Text(
                text=b.why or way.note, role="caption", color="muted", align="center", balance=True
            ),
        ),
        gap=look.m("gap") * (0.4 if look.compact else 0.8),
        justify="center",
        pad=(look.m("pad_small"), look.m("gap")),
        fill="surface" if on else None,
        line="line" if look.outlined or not on else None,
        radius=look.m("radius"),
        tap=Target(b.id, 0, 0, 0, 0, 0, b.text, on),
        grow=1,
    )


def draw_amounts(view: AmountsView, look: Look) -> Node:
    """Four sums as large as they can be, and below them one of the guest's own."""
    gap = look.m("target_gap")
    wide = 1 if look.upright and not look.compact else 2
    tiles = [_amount(look, amount) for amount in view.amounts]
    rows = tuple(
        row(*tiles[at : at + wide], gap=gap, align="stretch", grow=1)
        for at in range(0, len(tiles), wide)
    )
    headline = Text(text=view.headline, role="title", lines=1, shrink=0.7)
    body = Text(text=view.body, role="body", color="muted", middle=True)
    head = FirstFit(
        options=(row(headline, body, gap=gap, align="end"), column(headline, body, gap=gap * 0.2))
    )
    return column(
        head,
        toned(look, view.problem, "warning", role="body") if view.problem else None,
        *rows,
        row(
            button(look, view.back, lines=1),
            spring(),
            button(look, view.other, lines=1),
            gap=look.m("target_gap"),
        ),
        gap=look.m("target_gap"),
    )


def _amount(look: Look, amount: Amount) -> Node:
    """A sum, and in the colour of the points what it earns; or why it cannot be."""
    b, on = amount.button, amount.button.enabled
    figure = Sum(
        amount=amount.figure.amount,
        symbol=amount.figure.symbol,
        role="sum",
        symbol_share=0.5,
        color="text" if on else "muted",
    )
    note: Node | None = None
    if amount.bonus and on:
        note = _bonus(look, amount.bonus)
    elif b.why:
        note = Text(text=b.why, role="caption", color="muted", lines=2, shrink=0.7)
    return Box(
        children=(figure, note),
        gap=look.m("gap") * 0.2,
        justify="center",
        pad=(look.m("pad"), look.m("gap") * 0.5),
        fill="surface" if on else None,
        line="line" if look.outlined or not on else None,
        radius=look.m("radius"),
        tap=Target(b.id, 0, 0, 0, 0, 0, b.text, on),
        min_h=look.m("button"),
        grow=1,
    )


def _bonus(look: Look, text: str) -> Node:
    return row(
        Icon(name="bonus", size=look.px("strong") * 1.1, color="bonus"),
        Text(text=text, role="strong", color="bonus", lines=1, shrink=0.7, middle=True),
        gap=look.m("gap") * 0.4,
    )


def draw_amount(view: AmountView, look: Look) -> Node:
    """The sum and what it earns at the left, keys at the right, Back at the bottom left."""
    gap, key_gap = look.m("gap"), look.m("target_gap")
    if look.upright:
        key_w = (look.width - 2 * look.m("margin") - 2 * key_gap) / 3
        keys = _keys(view, look, key_w, look.m("button") * 1.3)
        asked = _asked(view, look, view.body)
        return column(spring(0.5), *asked, spring(), keys, Space(h=gap), _foot(view, look))
    key_w = (look.width * (0.4 if look.compact else 0.36) - 2 * key_gap) / 3
    room = look.height - look.m("bar") - look.m("foot")
    key_h = min(max(look.m("target"), (room - 3 * key_gap) / 4), key_w)
    wrong = bool(view.problem or view.next.why)
    left = Roomiest(
        options=tuple(
            _left(view, look, body) for body in ((view.body, "") if wrong else (view.body,))
        ),
        grow=1,
    )
    right = column(_keys(view, look, key_w, key_h), spring(), w=3 * key_w + 2 * key_gap)
    return row(left, right, gap=gap * (1.4 if look.compact else 2), align="stretch")


def _keys(view: AmountView, look: Look, key_w: float, key_h: float) -> Node:
    return keyboard.keypad(look, enabled=True, key_w=key_w, key_h=key_h, point=view.point)


def _left(view: AmountView, look: Look, body: str) -> Node:
    """The left half; where something is wrong and room is short, without what may be typed."""
    return column(
        *_asked(view, look, body), Space(h=look.m("target_gap")), spring(), _foot(view, look)
    )


def _asked(view: AmountView, look: Look, body: str) -> tuple[Node | None, ...]:
    """What is asked, the sum as it is typed, and what is wrong with it or what it earns."""
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
    told: Node | None = None
    if view.problem:
        told = toned(look, view.problem, "bad")
    elif view.bonus:
        told = _bonus(look, view.bonus)
    return (
        Text(text=view.headline, role="title", balance=True),
        Space(h=gap * 0.4),
        Text(text=body, role="body", color="muted") if body else None,
        Space(h=gap * (0.5 if look.compact else 1.2)),
        field,
        Space(h=gap * 0.6),
        told,
    )


def _foot(view: AmountView, look: Look) -> Node:
    tall = look.m("answer")
    return row(
        button(look, view.back, min_h=tall, lines=1),
        button(look, view.next, grow=1, min_h=tall),
        gap=look.m("target_gap"),
        align="start" if view.next.why else "stretch",
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
        grow=2 if look.upright else 0,
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
