"""G6: orders, total, what may be spent or is short, what is to pay."""

from __future__ import annotations

from dataclasses import replace

from kiosk.screens.guest.listing import listed
from kiosk.screens.layout import Box, Node, Scroll, Space, Sum, Text, column, row
from kiosk.screens.theme import Look
from kiosk.screens.view import VisitView
from kiosk.screens.widgets import Roomiest, button, panel, rule, spring, toned


def _minimum(view: VisitView, look: Look) -> Node | None:
    if not view.minimum:
        return None
    return toned(look, view.minimum, "good" if view.reached else "neutral")


def draw(view: VisitView, look: Look) -> Node:
    """The bill at the left, what it means and what to do at the right."""
    gap = look.m("gap")
    sums = [
        row(
            Text(text=name, role="body", color="muted", grow=1, lines=1, shrink=0.72),
            Text(text=figure, role="body", align="right", lines=1),
            gap=gap,
        )
        for name, figure in view.sums
    ]
    nothing = Text(text=view.empty, role="body", color="muted")
    rows = listed(view.rows, look) if view.rows else nothing
    scrolled, whole = (
        panel(
            look,
            child,
            rule(look),
            Space(h=gap * 0.4),
            *sums,
            _minimum(view, look),
            pad=(look.m("pad"), gap * 0.7),
            grow=1,
        )
        for child in (Scroll(key="visit", child=rows, grow=1), rows)
    )
    back = button(look, view.back, min_h=look.m("target"))
    leave = row(back, Space(grow=1)) if back else None
    color = "bad" if view.short else "good"
    name: Node = (
        toned(look, view.balance_name, "bad", icon="warning")
        if view.short
        else Text(text=view.balance_name, role="caption", color="muted")
    )
    balance = Box(
        children=(
            name,
            Sum(
                amount=view.balance.amount,
                symbol=view.balance.symbol,
                role="sum",
                color=color if view.short else "text",
                symbol_color=color if view.short else "muted",
            ),
            Text(text=view.problem, role="caption", font="semibold") if view.problem else None,
            Text(text=view.to_pay, role="caption", color="text") if view.to_pay else None,
        ),
        fill="surface",
        line="bad" if view.short else ("line" if look.outlined else None),
        line_width=look.m("line") * 1.5,
        radius=look.m("radius"),
        pad=(look.m("pad"), gap * 0.8),
    )
    if look.upright:
        # The figure first; the bill is as high as its rows.
        whole.grow = 0.0
        bill = Roomiest(options=(column(whole, spring()), scrolled), grow=1)
        return column(balance, bill, column(*_actions(view, look), gap=gap), leave, gap=gap)
    left = column(scrolled, leave, gap=gap, grow=1)
    right = column(balance, *_actions(view, look), gap=gap, w=look.width * 0.36)
    return row(left, right, gap=gap, align="stretch")


def _actions(view: VisitView, look: Look) -> tuple[Node | None, ...]:
    """What can be done, the expected first and biggest; on a small panel the figures have room."""
    least = look.m("target" if look.compact or look.large or view.problem else "button")
    first = button(
        look, view.primary, role="primary", upright=not look.compact, grow=1.7, min_h=least
    )
    if look.large and not look.upright and view.problem and len(view.buttons) > 1:
        # Side by side, the words alone: what is wrong needs the height.
        bare = (replace(b, icon="") for b in view.buttons)
        gap = look.m("gap") * 0.6
        halves = (button(look, b, grow=1, min_h=least, pad_x=gap, role="strong") for b in bare)
        return (first, row(*halves, gap=look.m("target_gap"), align="stretch", grow=1))
    others = (
        button(look, b, grow=1, align="start", icon_color="muted", min_h=least)
        for b in view.buttons
    )
    return (first, *others)
