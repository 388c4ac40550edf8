"""The parts that screens are made of: buttons, pills, badges, panels. Pure, like the layout."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from kiosk.screens.layout import Box, Drawing, Icon, Node, Page, Space, Target, Text, column, row
from kiosk.screens.theme import TONE_ICONS, Color, Look, ink_on
from kiosk.screens.view import Button, Tone


@dataclass(kw_only=True)
class FirstFit(Node):
    """The first of several arrangements that fits the width without breaking a line."""

    options: tuple[Node, ...]
    picked: dict[float, Node] = field(default_factory=dict)

    def _pick(self, page: Page, width: float) -> Node:
        key = round(width, 1)
        if key not in self.picked:
            fits = (n for n in self.options if page.wanted(n, 100_000.0)[0] <= width + 0.5)
            self.picked[key] = next(fits, self.options[-1])
        return self.picked[key]

    def natural(self, page: Page, width: float) -> tuple[float, float]:
        """That of the arrangement picked."""
        return page.wanted(self._pick(page, width), width)

    def place(self, page: Page, x: float, y: float, width: float, height: float) -> None:
        """Place the arrangement picked."""
        self._pick(page, width).place(page, x, y, width, height)


@dataclass(kw_only=True)
class Roomiest(Node):
    """The first of several arrangements that fits the height; the last is the smallest."""

    options: tuple[Node, ...]

    def natural(self, page: Page, width: float) -> tuple[float, float]:
        """At least what the smallest arrangement needs."""
        return page.wanted(self.options[-1], width)

    def place(self, page: Page, x: float, y: float, width: float, height: float) -> None:
        """Place the first arrangement that fits."""
        fits = (n for n in self.options if page.wanted(n, width)[1] <= height + 0.5)
        next(fits, self.options[-1]).place(page, x, y, width, height)


def mix(top: Color, under: Color, share: float) -> Color:
    """A colour of `share` (0 to 1) of `top` on `under`, opaque."""
    r, g, b = (t * share + u * (1 - share) for t, u in zip(top[:3], under[:3], strict=True))
    return (r, g, b, 1.0)


@dataclass(frozen=True)
class Dress:
    """How a button looks: its surface, its line, its words, and how a press shows."""

    fill: Color | None
    line: str | None
    ink: Color
    flash: Color


def dress(look: Look, kind: Literal["primary", "secondary", "quiet", "link"], on: bool) -> Dress:
    """The colours of a button of this kind; `on` is false for one that cannot be used."""
    dark, light = (0.0, 0.0, 0.0, 0.22), (1.0, 1.0, 1.0, 0.2)
    if look.colors["ground"][0] > 0.5:
        light = (0.0, 0.0, 0.0, 0.12)
    if kind == "primary":
        accent, ink = look.color("accent"), look.color("on_accent")
        if not on:
            # A faded accent looks soiled; what cannot be pressed yet is an outline.
            return Dress(look.color("surface"), "line", look.color("muted"), dark)
        return Dress(accent, None, ink, dark)
    ink = look.color("text") if on else look.color("muted")
    if kind == "secondary":
        line = "line" if look.outlined else None
        return Dress(look.color("raised") if on else look.color("surface"), line, ink, light)
    if kind == "quiet":
        return Dress(None, "line", ink, light)
    return Dress(None, None, look.color("muted"), light)


def button(
    look: Look,
    b: Button | None,
    *,
    role: str = "action",
    grow: float = 0.0,
    min_h: float | None = None,
    upright: bool = False,
    align: Literal["start", "center"] = "center",
    icon_color: str | None = None,
    repeat: bool = False,
    lines: int = 2,
    fill: str = "",
    icon_size: float = 0.0,
    pad_x: float | None = None,
    gap: float | None = None,
    min_w: float = 0.0,
) -> Node | None:
    """A button as high as a finger needs; what it cannot do now is said below it.

    `fill` is the surface of a secondary one that stands on another ground than usual.
    """
    if b is None:
        return None
    dressed = dress(look, b.kind, b.enabled)
    if fill and b.kind == "secondary":
        dressed = replace(dressed, fill=look.color(fill))
    size = icon_size or look.m("icon_large" if upright else "icon")
    tint: str | Color = icon_color if icon_color and b.enabled else dressed.ink
    icon = Icon(name=b.icon, size=size, color=tint) if b.icon else None
    words = (
        Text(
            text=b.text,
            role=role,
            color=dressed.ink,
            lines=lines,
            shrink=0.74,
            align="center" if upright or not icon else "left",
            underline=b.kind == "link",
            middle=True,
        )
        if b.text
        else None
    )
    face = Box(
        children=(icon, words),
        row=not upright,
        gap=look.m("gap") * (0.4 if upright else 0.75) if gap is None else gap,
        align="center",
        justify="start" if align == "start" and not upright else "center",
        pad=(
            pad_x
            if pad_x is not None
            else look.m("gap") * 0.3
            if b.kind == "link"
            else look.m("pad" if align == "start" else "pad_small"),
            look.m("gap") * 0.5,
        ),
        fill=dressed.fill,
        line=dressed.line,
        radius=look.m("radius_button"),
        tap=Target(b.id, 0, 0, 0, 0, 0, b.text, b.enabled, repeat, dressed.flash),
        min_h=min_h if min_h is not None else look.m("target" if b.kind == "link" else "button"),
        min_w=max(min_w, look.m("target")),
        grow=grow,
    )
    if b.enabled or not b.why:
        return face
    face.grow = 1.0
    why = Text(text=b.why, role="caption", color="muted", align="center", balance=True)
    return column(face, why, gap=look.m("gap") * 0.35, grow=grow)


def answers(look: Look, buttons: tuple[Button, ...], *, min_h: float | None = None) -> Node | None:
    """A few answers side by side, or below one another when their words are too long.

    On a panel that stands they are as wide as the panel, the expected one first.
    """
    if not buttons:
        return None
    gap = look.m("gap")
    if look.upright:
        return _stacked(look, buttons)
    # A "Yes" is as easy to hit as a longer word.
    wide = look.m("button") * 2 if len(buttons) == 2 else 0.0
    many = [button(look, b, min_h=min_h, lines=1, min_w=wide) for b in buttons]
    least = min_h or look.m("target" if look.compact else "button")
    tall = [button(look, b, min_h=least, grow=1.0) for b in buttons]
    first, *others = (button(look, b, min_h=min_h, lines=1) for b in buttons)
    if others and others[-1] is not None:
        others[-1].grow = 1.0
    under = [row(*others, gap=gap, align="stretch")]
    return FirstFit(
        options=(
            row(*many, gap=gap, align="stretch"),
            *([column(first, *under, gap=gap)] if len(buttons) == 3 else []),
            column(*tall, gap=gap),
        )
    )


def _pair(look: Look, buttons: tuple[Button, ...], min_h: float | None) -> list[Node | None]:
    return [button(look, b, min_h=min_h, lines=1, grow=1.0) for b in buttons]


def _stacked(look: Look, buttons: tuple[Button, ...]) -> Node:
    """As wide as they may be; of three or more, the last two share a row where they fit."""
    gap = look.m("gap")
    ordered = sorted(buttons, key=lambda b: b.kind != "primary")
    if len(ordered) > 2:
        *some, last, least = ordered
        ends: list[Node] = [
            FirstFit(
                options=(
                    row(*_pair(look, (last, least), None), gap=gap, align="stretch"),
                    column(*_pair(look, (last, least), None), gap=gap),
                )
            )
        ]
    else:
        some, ends = ordered, []
    return column(*(button(look, b, lines=2) for b in some), *ends, gap=gap)


def pill(
    look: Look,
    text: str,
    icon: str = "",
    b: Button | None = None,
    tone: str = "",
    role: str = "pill",
) -> Node:
    """A small rounded thing of the top bar; pressable when it has a button."""
    ink: str | Color = tone or "text"
    size = look.m("icon_small") * (1.15 if look.large else 1.0)
    return Box(
        children=(
            Icon(name=icon, size=size, color=ink) if icon else None,
            Text(text=text, role=role, color=ink, lines=1, middle=True) if text else None,
        ),
        row=True,
        gap=look.m("gap") * 0.6,
        align="center",
        justify="center",
        pad=(look.m("pad_small"), 0),
        fill="raised",
        line="line" if look.outlined else None,
        radius=look.m("target") / 2,
        tap=Target(b.id, 0, 0, 0, 0, 0, b.text, b.enabled) if b else None,
        h=look.m("target"),
        min_w=look.m("target"),
    )


def badge(look: Look, icon: str, tone: Tone, size: float | None = None) -> Node:
    """A big round sign of a state: the colour and what it means."""
    side = size or look.m("badge")
    fill = look.color("raised" if tone == "neutral" else tone)
    ink = look.color("text") if tone == "neutral" else ink_on(fill)
    return Box(
        children=(Icon(name=icon or TONE_ICONS[tone], size=side * 0.54, color=ink),),
        align="center",
        justify="center",
        fill=fill,
        radius=side / 2,
        w=side,
        h=side,
    )


def panel(look: Look, *children: Node | None, **more: object) -> Box:
    """A card on the ground."""
    settings: dict[str, object] = {
        "fill": "surface",
        "line": "line" if look.outlined else None,
        "radius": look.m("radius"),
        "pad": look.m("pad"),
        **more,
    }
    return Box(children=children, **settings)  # type: ignore[arg-type]


def toned(look: Look, text: str, tone: Tone, *, role: str = "caption", icon: str = "") -> Node:
    """A line that says a state: icon, word and colour."""
    color = "text" if tone == "neutral" else tone
    size = look.px(role) * 1.25
    return row(
        Icon(name=icon or TONE_ICONS[tone], size=size, color=color),
        Text(text=text, role=role, color=color, middle=True),
        gap=look.m("gap") * 0.5,
    )


def switch(look: Look, tall: float, *, on: bool) -> Node:
    """A track with a knob: to the right when it is on."""
    knob = Box(
        children=(),
        fill="on_accent" if on else "muted",
        radius=tall,
        w=tall * 0.74,
        h=tall * 0.74,
    )
    return Box(
        children=(knob,),
        row=True,
        align="center",
        justify="end" if on else "start",
        pad=(tall * 0.13, 0),
        fill="accent" if on else "surface",
        line=None if on else "muted",
        radius=tall / 2,
        w=tall * 1.75,
        h=tall,
    )


def rule(look: Look) -> Node:
    """A thin line across."""
    return Box(fill="line", h=look.m("line") / 2 if look.compact else look.m("line") * 0.75)


def heard(look: Look, text: str, icon: str, tone: str) -> Node:
    """Something of the top bar that only tells: it has no surface, so nobody presses it."""
    ink = tone or "muted"
    return row(
        Icon(name=icon, size=look.m("icon_small"), color=ink),
        Text(text=text, role="pill", color=ink, lines=1, middle=True),
        gap=look.m("gap") * 0.4,
        pad=(look.m("gap") * 0.3, 0),
        h=look.m("target"),
    )


def answered(look: Look, back: Button | None, *answers: Node | None) -> Node:
    """The end of a screen: the way back at the left, what is expected at the right."""
    return row(
        button(look, back, min_h=look.m("answer"), lines=1),
        spring(),
        *answers,
        gap=look.m("target_gap"),
        align="end",
    )


def disc_side(look: Look) -> float:
    """Of the disc on which the one thing of a screen stands."""
    if look.upright:
        return min(look.width * 0.58, look.height * 0.32)
    return min(look.width * 0.36, look.height * 0.58)


def disc(look: Look, kind: str, *words: str) -> Drawing:
    """The disc, in the middle of its box."""
    side = disc_side(look)
    return Drawing(kind=kind, words=words, w=side, h=side)


def spring(share: float = 1.0) -> Space:
    """Room that grows."""
    return Space(grow=share)
