"""The page around everything: sections at the left, what it is called, what was just done.

Where the panel is too low for the sections, they are behind the button at the top left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from kiosk.screens.desk import keys as keyboard
from kiosk.screens.desk.piles import shown, spread
from kiosk.screens.desk.plain import act, actions, grid, icon, outline, tint, words
from kiosk.screens.layout import Box, Icon, Node, Page, Scroll, Space, Target, column, row
from kiosk.screens.theme import TONE_ICONS, Look
from kiosk.screens.view import Actions, Button, DeskView, Frame, Part, Say, Stack
from kiosk.screens.widgets import FirstFit, button, pill

MENU = "menu"
"""The button that shows the sections; the window's own, nobody else hears of it."""


def low(look: Look) -> bool:
    """The panel is too low for the sections to stand at the left."""
    return look.height < 12 * look.m("target")


def draw(view: DeskView, look: Look, *, menu: bool, clock: str) -> Node:
    """The whole panel; without the keys where they are put away.

    Args:
        view: what it shows.
        look: of the panel.
        menu: the sections are asked for, where they do not always stand.
        clock: the time that is left, where there is not much of it.
    """
    edge = look.m("desk_edge")
    foot = max(look.m("foot") * 0.8, edge, look.px("desk_foot") * 1.4)
    header = _header(view, look, menu=menu, clock=clock)
    if low(look):
        # A small panel has no room for both the letters and the name of the page.
        bare = look.compact and view.keys is not None and view.keys.kind == "letters" and not menu
        body = _menu(view, look) if menu else Body(view=view, look=look, grow=1.0)
        notice = _notice(view.frame, look) if view.frame.notice and not menu else None
        return column(
            Space(h=edge * 0.6),
            None if bare else header,
            None if bare else Space(h=look.m("target_gap")),
            notice,
            Space(h=look.m("target_gap")) if notice else None,
            body,
            _footer(view, look, foot),
            pad=(edge, 0),
        )
    rail = look.m("rail") * (1.12 if look.large else 1.0)
    notice = _notice(view.frame, look) if view.frame.notice else None
    page = column(
        Space(h=edge * 0.65),
        header,
        Space(h=look.m("target_gap")),
        notice,
        Space(h=look.m("target_gap")) if notice else None,
        Body(view=view, look=look, grow=1.0),
        _footer(view, look, foot),
        pad=(edge, 0),
        grow=1.0,
    )
    return row(_rail(view, look, rail), page, align="stretch")


# --- who works here, and where ------------------------------------------------------------------


def _section(view: DeskView, look: Look, b: Button) -> Node:
    on = b.id == view.current
    color = "on_accent" if on else "text"
    return Box(
        children=(
            icon(look, b.icon, color, "desk_strong", 1.35),
            words(b.text, "desk_strong", color, lines=1, shrink=0.7, grow=1.0, middle=True),
        ),
        row=True,
        gap=look.px("desk_strong") * 0.65,
        align="center",
        pad=(look.m("desk_pad") * 0.56, 0),
        fill="accent" if on else None,
        radius=look.m("radius_button"),
        h=look.m("row"),
        tap=Target(
            b.id, 0, 0, 0, 0, 0, b.text, flash=(*look.color("accent")[:3], 0.14), joined=True
        ),
    )


def _rail(view: DeskView, look: Look, width: float) -> Node:
    """Sections with icon and word; below them who works here since when, and how he leaves."""
    pad = look.m("desk_edge")
    sections = column(*(_section(view, look, b) for b in view.rail))
    return Box(
        children=(
            Space(h=pad * 0.5),
            Scroll(key="rail", child=sections, outset=pad * 0.4, grow=1.0),
            Box(
                children=(
                    words(view.person, "desk_strong", lines=1, shrink=0.7),
                    words(view.shift, "desk_caption", "muted", lines=2, shrink=0.7),
                ),
                pad=(look.m("desk_pad") * 0.56, pad * 0.3),
            ),
            _leave(look, view.lock),
            Space(h=pad * 0.5),
        ),
        pad=(pad * 0.5, 0),
        fill="surface",
        line=outline(look),
        w=width,
    )


def _leave(look: Look, b: Button) -> Node:
    return act(look, replace(b, kind="quiet"), min_h=look.m("row"), lines=1)


def _menu(view: DeskView, look: Look) -> Node:
    """The sections on the whole panel, each as large as a hand wants."""
    gap = look.m("target_gap")

    def tile(b: Button) -> Node:
        on = b.id == view.current
        made = button(
            look,
            replace(b, kind="primary" if on else "secondary"),
            role="desk_action",
            align="start",
            min_h=look.m("target"),
            fill="surface",
            lines=1,
        )
        assert made is not None
        return made

    who = row(
        column(
            words(view.person, "desk_strong", lines=1, shrink=0.7),
            words(view.shift, "desk_caption", "muted"),
            grow=1.0,
        ),
        act(look, replace(view.lock, kind="quiet")),
        gap=gap,
    )
    tiles = grid([tile(b) for b in view.rail], 3, gap, fill=False)
    return column(Scroll(key="menu", child=tiles, fade="ground", grow=1.0), who, gap=gap, grow=1.0)


# --- what it is called ----------------------------------------------------------------------


def _header(view: DeskView, look: Look, *, menu: bool, clock: str) -> Node:
    """The way back, what the page is called, what can be done with all of it."""
    gap = look.m("target_gap")
    slim = low(look)
    here = next((b for b in view.rail if b.id == view.current), None)
    sections = None
    if slim and here:
        sign = "close" if menu else "menu"
        to_menu = Button(MENU, here.text, sign)
        sections = pill(look, here.text, sign, to_menu, role="desk_action")
    named = not (slim and here and here.text == view.title)
    title = column(
        words(view.title, "desk_title", lines=1, shrink=0.6) if named else None,
        words(view.subtitle, "desk_caption" if slim else "desk_body", "muted", lines=2, shrink=0.75)
        if view.subtitle
        else None,
        grow=1.0,
    )
    frame = view.frame
    ends = [
        pill(look, clock, "clock", tone="warning", role="desk_action") if clock else None,
        pill(look, frame.access.text, frame.access.icon, frame.access, role="desk_action")
        if frame.access
        else None,
    ]
    heads = [_head(look, b) for b in view.heads] if not menu else []
    back = view.back if not menu else None
    wide = pill(look, back.text, back.icon or "back", back, role="desk_action") if back else None
    slender = pill(look, "", (back.icon or "back") if back else "", back) if back else None
    whole = row(sections, wide, title, *heads, *ends, gap=gap, min_h=look.m("target"))
    if not heads:
        less = row(sections, slender, title, *ends, gap=gap, min_h=look.m("target"))
        return FirstFit(options=(whole, less))
    narrow = row(sections, slender, title, *heads, *ends, gap=gap, min_h=look.m("target"))
    above = row(sections, slender, title, *ends, gap=gap, min_h=look.m("target"))
    return FirstFit(
        options=(
            whole,
            narrow,
            column(above, actions(look, view.heads, "ground", gap), gap=gap),
        )
    )


def _head(look: Look, b: Button) -> Node:
    shown = b if b.kind == "primary" else replace(b, kind="secondary")
    made = act(look, shown, "ground", lines=1)
    if isinstance(made, Box):
        made.radius = look.m("target") / 2
    return made


def _notice(frame: Frame, look: Look) -> Node:
    """What was just done or refused: its sign, its colour, its words."""
    tone = frame.notice_tone if frame.notice_tone != "neutral" else "info"
    px = look.px("desk_strong")
    return Box(
        children=(
            Icon(name=TONE_ICONS[tone], size=round(px * 1.35), color=tone),
            words(frame.notice, "desk_strong", grow=1.0),
        ),
        row=True,
        gap=px * 0.6,
        align="center",
        pad=(look.m("desk_pad") * 0.8, px * 0.5),
        fill=tint(look, tone, "surface", 0.14),
        line=tone,
        line_width=look.m("line") * 0.75,
        radius=look.m("radius_button"),
    )


def _footer(view: DeskView, look: Look, tall: float) -> Node:
    """What a guest who waits reads; what kind of kiosk this is."""
    told = view.frame.subtitle
    return row(
        words(told, "desk_foot", "muted", lines=1, shrink=0.8) if told else None,
        Space(grow=1.0),
        words(view.frame.mark, "desk_foot", "muted", lines=1) if view.frame.mark else None,
        gap=look.m("desk_gap"),
        h=tall,
    )


# --- what it shows --------------------------------------------------------------------------


@dataclass(kw_only=True)
class Body(Node):
    """The stacks of a page, and its keys where something is typed."""

    view: DeskView
    look: Look

    def natural(self, page: Page, width: float) -> tuple[float, float]:
        """Takes whatever height it gets."""
        return (width, 0.0)

    def place(self, page: Page, x: float, y: float, width: float, height: float) -> None:
        """The keys first: while one types they stay as they are."""
        view, look, keys = self.view, self.look, self.view.keys
        key = f"{view.current}:{view.title}"
        gap = look.m("desk_gap")
        stacks = view.stacks
        if keys and keys.kind == "digits":
            probe = keyboard.digits(look, keys, (), height)
            beside = width - (probe.w or 0.0) - gap
            room = width if look.upright else beside
            stacks, feet = _without_feet(look, view, room, 1 if low(look) else 3)
            made = keyboard.digits(look, keys, feet, height * (0.45 if look.upright else 1.0))
            wide = made.w or 0.0
            if look.upright:
                tall = page.wanted(made, wide)[1]
                made.place(page, x + width - wide, y + height - tall, wide, tall)
                height -= tall + gap
            else:
                made.place(page, x + width - wide, y, wide, height)
                width -= wide + gap
        elif keys:
            stacks, feet = _without_feet(look, view, width, 1)
            hide = keyboard.HIDE if low(look) else None
            # Beside the sections of a panel that stands, twelve letters need half the edges, too.
            out = look.m("desk_edge") * 0.5 if look.upright else 0.0
            wide = width + 2 * out
            made = keyboard.letters(look, keys, feet, hide, wide, look.height)
            tall = page.wanted(made, wide)[1]
            made.place(page, x - out, y + height - tall, wide, tall)
            height -= tall + gap * 0.8
        spread(look, stacks, view.front, width, key).place(page, x, y, width, height)


def _without_feet(
    look: Look, view: DeskView, width: float, most: int
) -> tuple[tuple[Stack, ...], tuple[Button, ...]]:
    """The stacks without the buttons that stand with the keys, and these: what one types for."""
    for stack in reversed(shown(look, view.stacks, view.front, width)):
        for pane in reversed(stack.panes):
            if not pane.foot:
                continue
            feet = sorted(pane.foot, key=lambda b: b.kind == "primary")[-most:]
            rest = tuple(b for b in pane.foot if b not in feet)
            less = replace(pane, foot=rest)
            if low(look):
                # What is left of them, and why one cannot be pressed, goes with what scrolls:
                # below the keys there is no room, and at the end it would cover the field.
                more: list[Part] = [Actions(rest)] if rest else []
                more += [Say(b.why, "caption", "muted") for b in feet if b.why and not b.enabled]
                less = replace(pane, parts=(*pane.parts, *more), foot=())
                feet = [replace(b, why="") for b in feet]
            panes = tuple(less if p is pane else p for p in stack.panes)
            made = replace(stack, panes=panes)
            return tuple(made if s is stack else s for s in view.stacks), tuple(feet)
    return view.stacks, ()
