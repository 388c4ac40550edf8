"""What is shown while nobody is there: the same invitation, dark, never twice at one place.

A panel that is on all day keeps what stands still on it, so nothing bright does: every step of
time brings another arrangement at another place. Pure, like every screen: a test reckons from the
steps of an hour how long each part of the panel was bright.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.screens.layout import Box, Icon, Node, Page, Space, Text, column, row
from kiosk.screens.theme import ATTRACT_SHARE, Color, Look, contrast, ink_on
from kiosk.screens.view import ProblemView, WelcomeView
from kiosk.screens.widgets import mix

ARRANGEMENTS = 3


def rests(view: object) -> bool:
    """Whether a View may stand for hours, so that it has to wander."""
    if isinstance(view, ProblemView):
        return view.frame.deadline_s is None
    return isinstance(view, WelcomeView)


def dimmed(look: Look) -> Look:
    """The look of the night with everything bright taken back, for whatever palette and guest."""
    night = Look.of((look.width, look.height), look.venue, large=look.large, palette="night")
    ground = (0.0, 0.0, 0.0, 1.0)
    colors = {name: _dim(color) for name, color in night.colors.items()}
    colors |= {"ground": ground, "surface": mix(night.colors["surface"], ground, 0.6)}
    colors["on_accent"] = ink_on(colors["accent"])
    return replace(night, colors=colors, _known={})


def _dim(color: Color) -> Color:
    """Darker, but readable on black."""
    black = (0.0, 0.0, 0.0, 1.0)
    share = ATTRACT_SHARE
    while contrast(mix(color, black, share), black) < 4.5 and share < 1:
        share += 0.05
    return mix(color, black, share)


def _radical(number: int, base: int) -> float:
    """The number's digits behind the point, turned round: spreads evenly from 0 to 1 (Halton)."""
    found, part = 0.0, 1.0
    while number:
        part /= base
        number, digit = divmod(number, base)
        found += part * digit
    return found


def _card(look: Look) -> Node:
    """The venue's card, lying flat."""
    wide = min(look.width * 0.26, look.height * 0.34)
    pad = wide * 0.09
    name = Text(
        text=look.venue.name,
        role="strong",
        font="display",
        color="on_accent",
        lines=2,
        shrink=0.5,
        w=wide - 2 * pad,
    )
    mark = Icon(name="contactless", size=wide * 0.16, color="on_accent")
    foot = row(Space(grow=1), mark, w=wide - 2 * pad)
    return Box(
        children=(name, Space(grow=1), foot),
        align="start",
        pad=(pad, pad),
        fill="accent",
        radius=wide * 0.08,
        w=wide,
        h=wide * 0.63,
    )


def _said(view: WelcomeView | ProblemView) -> tuple[str, str]:
    if isinstance(view, WelcomeView):
        return view.headline, view.body
    return view.headline, " ".join(view.body)


def _arranged(view: WelcomeView | ProblemView, look: Look, step: int) -> Node:
    """One of the arrangements; a problem has its words only."""
    headline, body = _said(view)
    wide = look.width * (0.62 if look.upright else 0.42)
    title = Text(text=headline, role="title", balance=True, w=wide)
    more = Text(text=body, role="body", color="muted", balance=True, w=wide)
    gap = look.m("gap")
    if isinstance(view, ProblemView) or not view.reads:
        icon = view.icon if isinstance(view, ProblemView) else "card_off"
        sign = Icon(name=icon or "alert", size=look.m("icon_large"), color="warning")
        return column(sign, Space(h=gap), title, more, gap=gap * 0.5, align="start")
    match step % ARRANGEMENTS:
        case 0:
            return column(_card(look), Space(h=gap * 1.5), title, gap=gap * 0.5, align="start")
        case 1:
            return column(title, more, gap=gap * 0.5, align="start")
        case _:
            signs = (("cash", "good"), ("game", "game"), ("star", "bonus"), ("receipt", "info"))
            icons = [Icon(name=n, size=look.m("icon_large") * 0.8, color=c) for n, c in signs]
            return column(row(*icons, gap=gap * 1.4), Space(h=gap), title, align="start")


def place(page: Page, view: WelcomeView | ProblemView, step: int) -> None:
    """Put the arrangement of a step on the page; `page.look` is a dimmed one."""
    look, edge = page.look, page.look.m("margin")
    node = _arranged(view, look, step)
    wide = node.natural(page, look.width - 2 * edge)[0]
    tall = node.natural(page, wide)[1]
    # Every arrangement has places of its own: a common step would favour some of them.
    at = step // ARRANGEMENTS + 37 * (step % ARRANGEMENTS) + 1
    x = edge + (look.width - 2 * edge - wide) * _radical(at, 2)
    y = edge + (look.height - 2 * edge - tall) * _radical(at, 3)
    node.place(page, round(x), round(y), wide, tall)
    if view.frame.mark:
        small = Text(text=view.frame.mark, role="mark", color="muted", lines=1)
        small.place(page, round(x), round(y + tall + look.m("gap") * 0.3), wide, 20)
