"""A message with a sign at its left: a wait, a question, a problem."""

from __future__ import annotations

from kiosk.screens.layout import Box, Drawing, Icon, Node, Space, Text, column, row
from kiosk.screens.theme import Look
from kiosk.screens.view import Button, ProblemView, QuestionView, Tone, WaitView
from kiosk.screens.widgets import answers, badge, button, spring


def _message(
    look: Look,
    sign: Node,
    headline: str,
    body: tuple[str, ...],
    buttons: tuple[Button, ...],
    foot: Node | None,
) -> Node:
    gap = look.m("gap")
    side = look.m("badge")
    words = column(
        Text(text=headline, role="title", balance=True),
        *(Text(text=text, role="lead", color="muted", balance=len(text) < 160) for text in body),
        gap=gap * (0.5 if look.compact else 0.9),
    )
    inset = look.m("inset") - look.m("margin")
    beside = row(sign, words, gap=gap * 1.8, align="start")
    words.grow = 1.0
    reply = answers(look, buttons)
    return column(
        spring(0.5),
        beside,
        Space(h=gap * (1.2 if look.compact else 2.4)) if buttons else None,
        row(
            Space(w=side + gap * 1.8),
            Box(children=(reply,), align="start", grow=1),
            align="start",
        )
        if reply and not look.compact
        else Box(children=(reply,), align="start")
        if reply
        else None,
        spring(1),
        foot,
        pad=(inset, 0),
    )


def draw_wait(view: WaitView, look: Look) -> Node:
    """What is being done; the dots move."""
    side = look.m("badge")
    sign = Drawing(kind="wait", w=side, h=side)
    return _message(look, sign, view.headline, (view.body,) if view.body else (), (), None)


def draw_question(view: QuestionView, look: Look) -> Node:
    """The question, its answers, and the way back at the bottom left."""
    sign = badge(look, view.icon, view.tone)
    if not view.back:
        return _message(look, sign, view.headline, view.body, view.buttons, None)
    many = len(view.buttons) > 2 or look.upright
    # The expected answer stands at the right, in the corner.
    last = sorted(view.buttons, key=lambda b: b.kind == "primary")
    reply = answers(look, tuple(last))
    foot = row(
        button(look, view.back, lines=1), spring(), None if many else reply, gap=look.m("gap")
    )
    return _message(look, sign, view.headline, view.body, view.buttons if many else (), foot)


def _code(look: Look, footer: str, code: str, tone: Tone) -> Node | None:
    if not footer and not code:
        return None
    size = look.px("caption") * 1.3
    return row(
        Icon(name="desk", size=size, color="good" if tone != "bad" else "muted"),
        Text(text=footer, role="caption", color="muted", middle=True) if footer else None,
        Box(
            children=(Text(text=code, role="caption", lines=1),),
            pad=(look.m("gap") * 0.6, look.m("gap") * 0.2),
            line="line",
            radius=look.m("radius_button") / 2,
        )
        if code
        else None,
        gap=look.m("gap") * 0.6,
    )


def draw_problem(view: ProblemView, look: Look) -> Node:
    """Is my money safe, what happened, what can I do, a code for the desk: in this order."""
    foot = _code(look, view.footer, view.code, view.tone)
    sign = badge(look, view.icon, view.tone)
    return _message(look, sign, view.headline, view.body, view.buttons, foot)
