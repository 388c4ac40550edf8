"""Digits on the own keypad: phone number, PIN."""

from __future__ import annotations

from kiosk.screens import keyboard
from kiosk.screens.layout import Box, Icon, Node, Space, Target, Text, column, row
from kiosk.screens.theme import Look
from kiosk.screens.view import Button, KeypadView
from kiosk.screens.widgets import Roomiest, button, panel, spring, toned


def _field(look: Look, view: KeypadView) -> Node:
    """What was typed and, muted, what is still to come."""
    return Box(
        children=(
            Text(text=view.shown, role="sum", font="semibold", lines=1, shrink=0.4, middle=True)
            if view.shown
            else None,
            Text(
                text=view.missing,
                role="sum",
                font="semibold",
                color="muted",
                lines=1,
                shrink=0.4,
                middle=True,
            )
            if view.missing
            else None,
        ),
        row=True,
        gap=look.px("sum") * 0.2,
        align="center",
        pad=(look.m("pad"), 0),
        fill="surface",
        line="bad" if view.problem else "accent",
        line_width=look.m("line") * 1.4,
        radius=look.m("radius"),
        h=look.px("sum") * (1.3 if look.compact else 1.7),
    )


def _consent(
    look: Look, b: Button, ticked: bool, link: Button | None, *, due: bool = False
) -> Node:
    """A tick box with plain words; nothing is ticked beforehand. `due`: all else is done."""
    side = look.m("target") * 0.7
    box = Box(
        children=(Icon(name="check", size=side * 0.74, color="on_accent"),) if ticked else (),
        align="center",
        justify="center",
        fill="accent" if ticked else None,
        line=None if ticked else "accent" if due else "muted",
        line_width=look.m("line") * 2.5 if due else None,
        radius=side * 0.24,
        w=side,
        h=side,
    )
    words = Text(text=b.text, role="caption", middle=True, grow=1)
    tick = Box(
        children=(box, words),
        row=True,
        gap=look.m("gap") * 0.8,
        align="center",
        pad=(look.m("pad_small"), look.m("gap") * 0.4),
        radius=look.m("radius"),
        tap=Target(b.id, 0, 0, 0, 0, 0, b.text, b.enabled),
        min_h=look.m("target"),
        grow=1,
    )
    more = button(look, link, role="caption", lines=2)
    if more is not None:
        more.w = look.m("target") * (2.6 if look.large else 1.9)
    return panel(look, tick, more, row=True, gap=look.m("target_gap"), pad=0, align="stretch")


def draw(view: KeypadView, look: Look) -> Node:
    """Question and field at the left, keys at the right, Back at the bottom left."""
    gap, key_gap = look.m("gap"), look.m("target_gap")
    other = button(look, view.other, role="caption", min_h=look.m("target"))
    if look.upright:
        return _upright(view, look, other)
    share = 0.4 if look.compact else 0.36
    key_w = (look.width * share - 2 * key_gap) / 3
    room = look.height - look.m("bar") - look.m("foot")
    if view.other:
        room -= look.m("target") + key_gap
    key_h = min(max(look.m("target"), (room - 3 * key_gap) / 4), key_w)
    keys = keyboard.keypad(look, enabled=view.keys_enabled, key_w=key_w, key_h=key_h)
    left = Roomiest(
        options=tuple(
            _question(view, look, body)
            for body in ((view.body, "") if view.next.why else (view.body,))
        ),
        grow=1,
    )
    right = column(
        keys,
        spring(),
        Box(children=(other,), align="center") if other else None,
        w=3 * key_w + 2 * key_gap,
    )
    return row(left, right, gap=gap * (1.4 if look.compact else 2), align="stretch")


def _upright(view: KeypadView, look: Look, other: Node | None) -> Node:
    """The question above, the keys below it as wide as the panel, the answer at the foot."""
    gap, key_gap = look.m("gap"), look.m("target_gap")
    key_w = (look.width - 2 * look.m("margin") - 2 * key_gap) / 3
    keys = keyboard.keypad(
        look, enabled=view.keys_enabled, key_w=key_w, key_h=look.m("button") * 1.3
    )
    return column(
        spring(0.5),
        *_asked(view, look, view.body),
        spring(1),
        keys,
        Space(h=gap),
        Box(children=(other,), align="center") if other else None,
        Space(h=gap) if other else None,
        _foot(view, look),
    )


def _question(view: KeypadView, look: Look, body: str) -> Node:
    """The left half; without its body where what is missing must be said and room is short."""
    return column(
        *_asked(view, look, body),
        Space(h=look.m("target_gap")),
        spring(1),
        _foot(view, look),
    )


def _foot(view: KeypadView, look: Look) -> Node:
    tall = look.m("answer")
    return row(
        button(look, view.back, min_h=tall, lines=1),
        button(look, view.next, grow=1, min_h=tall),
        gap=look.m("target_gap"),
        align="start" if view.next.why else "stretch",
    )


def _asked(view: KeypadView, look: Look, body: str) -> list[Node | None]:
    gap = look.m("gap")
    return [
        Text(text=view.headline, role="title", balance=True),
        Space(h=gap * 0.4),
        Text(text=body, role="body", color="muted") if body else None,
        Space(h=gap * (0.4 if look.compact else 1.4)),
        _field(look, view),
        Space(h=gap * 0.6),
        toned(look, view.problem, "bad") if view.problem else None,
        _consent(look, *view.consent, view.consent_link, due=bool(view.next.why))
        if view.consent
        else None,
    ]
