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
            Text(text=view.shown, role="title", font="semibold", lines=1, shrink=0.5, middle=True)
            if view.shown
            else None,
            Text(
                text=view.missing,
                role="title",
                font="semibold",
                color="muted",
                lines=1,
                shrink=0.5,
                middle=True,
            )
            if view.missing
            else None,
        ),
        row=True,
        gap=look.px("title") * 0.24,
        align="center",
        pad=(look.m("pad"), 0),
        fill="surface",
        line="bad" if view.problem else "accent",
        line_width=look.m("line") * 1.4,
        radius=look.m("radius"),
        h=look.px("title") * (1.6 if look.compact else 1.9),
    )


def _consent(look: Look, b: Button, ticked: bool, link: Button | None) -> Node:
    """A tick box with plain words; nothing is ticked beforehand."""
    side = look.m("target") * 0.7
    box = Box(
        children=(Icon(name="check", size=side * 0.74, color="on_accent"),) if ticked else (),
        align="center",
        justify="center",
        fill="accent" if ticked else None,
        line=None if ticked else "muted",
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
    key_w = look.m("target") * (1.85 if look.compact else 2.1)
    other = button(look, view.other, role="caption", min_h=look.m("target"))
    room = look.height - look.m("bar") - look.m("foot")
    if view.other:
        room -= look.m("target") + gap * 0.5
    key_h = max(look.m("target"), min((room - 3 * key_gap) / 4, look.m("button") * 1.1))
    keys = keyboard.keypad(look, enabled=view.keys_enabled, key_w=key_w, key_h=key_h)
    left = Roomiest(
        options=tuple(
            _question(view, look, body)
            for body in ((view.body, "") if view.next.why else (view.body,))
        ),
        grow=1,
    )
    right = column(
        spring(),
        keys,
        Space(h=gap * 0.5) if other else None,
        other,
        spring(),
        w=3 * key_w + 2 * key_gap,
    )
    inset = 0.0 if look.compact else (look.m("inset") - look.m("margin")) * 0.5
    return row(left, right, gap=gap * 2, align="stretch", pad=(inset, 0))


def _question(view: KeypadView, look: Look, body: str) -> Node:
    """The left half; without its body where what is missing must be said and room is short."""
    gap = look.m("gap")
    back, forth = button(look, view.back), button(look, view.next, grow=1)
    return column(
        spring(0.3),
        Text(text=view.headline, role="title", balance=True),
        Space(h=gap * 0.4),
        Text(text=body, role="body", color="muted") if body else None,
        Space(h=gap * (0.4 if look.compact else 1.4)),
        _field(look, view),
        Space(h=gap * 0.6),
        toned(look, view.problem, "bad") if view.problem else None,
        _consent(look, *view.consent, view.consent_link) if view.consent else None,
        Space(h=look.m("target_gap")),
        spring(1),
        row(back, forth, gap=look.m("target_gap"), align="start" if view.next.why else "stretch"),
    )
