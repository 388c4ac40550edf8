"""A0: who works here says who he is."""

from __future__ import annotations

from kiosk.screens.desk import keys as keyboard
from kiosk.screens.desk.entries import entries
from kiosk.screens.desk.plain import act, words
from kiosk.screens.layout import Node, Scroll, Space, column, row
from kiosk.screens.theme import Look
from kiosk.screens.view import SignInView
from kiosk.screens.widgets import panel, spring


def draw(view: SignInView, look: Look) -> Node:
    """What is asked at the left, the keys at the right, Back at the bottom left."""
    gap = look.m("desk_gap")
    asked = panel(
        look,
        words(view.headline, "desk_title"),
        words(view.body, color="muted") if view.body else None,
        Space(h=gap * 0.3),
        entries(view.entries, look, "surface"),
        gap=gap * 0.6,
        pad=look.m("desk_pad"),
    )
    scrolled = Scroll(key="sign_in", child=asked, fade="ground", grow=1.0)
    if view.keys.kind == "letters":
        width = look.width - 2 * look.m("margin")
        typed = keyboard.letters(look, view.keys, (view.next,), view.back, width, look.height)
        return column(scrolled, typed, gap=gap)
    other = act(look, view.other, "ground", lines=1) if view.other else None
    left = column(
        scrolled,
        row(act(look, view.back, "ground", lines=1), spring(), other, gap=gap),
        gap=gap,
        grow=1.0,
    )
    height = look.height - look.m("bar") - look.m("foot")
    right = keyboard.digits(look, view.keys, (view.next,), height)
    if look.upright:
        right.w = None
        return column(left, right, gap=gap * 1.5)
    return row(left, right, gap=gap * 1.5, align="stretch")
