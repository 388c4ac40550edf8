"""Drawings that move a little: the card that shows where to tap, the dots of a wait."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from kivy.clock import Clock
from kivy.graphics import Color as Paint
from kivy.graphics import (
    InstructionGroup,
    PopMatrix,
    PushMatrix,
    Rectangle,
    Rotate,
    SmoothEllipse,
    SmoothLine,
    Translate,
)

from kiosk.screens.layout import Art, Plate, Run
from kiosk.screens.paint import Brush, glow, measure
from kiosk.screens.theme import ICONS

PERIOD_S = 10.0
MOVING_S = 2.4
FRAMES_PER_S = 18
QUIET_AFTER_S = 60.0
QUIET_PERIOD_S = 30.0
"""Nobody is looking: after a minute the card moves twice a minute only."""


def _ease(share: float) -> float:
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)


def draw_art(group: Any, art: Art, brush: Brush) -> Callable[[], None]:
    """Draw it; the returned function ends its movement."""
    return {"tap": _tap, "wait": _wait}[art.kind](group, art, brush)


def _tap(group: Any, art: Art, brush: Brush) -> Callable[[], None]:
    """A card that glides to the reader, and the reader that answers with waves."""
    look, side = art.look, art.width
    left, low = art.x, brush.up(art.y, art.height)
    middle = left + side / 2
    group.add(Paint(*look.color("surface")))
    if look.outlined:
        group.add(Paint(*look.color("line")))
        group.add(SmoothLine(circle=(middle, low + side / 2, side / 2 - 1), width=1))
    else:
        group.add(SmoothEllipse(pos=(left, low), size=(side, side), segments=120))
        group.add(Paint(*look.color("raised")[:3], 0.95))
        group.add(Rectangle(texture=glow(look.color("raised")), pos=(left, low), size=(side, side)))

    # The reader, lit, at the foot of the circle.
    reader_w, reader_h = side * 0.46, side * 0.15
    reader_x, reader_top = middle - reader_w / 2, art.y + side * 0.775
    spot = (middle, brush.height - reader_top - reader_h / 2)
    waves = []
    for _ in range(3):
        tint = Paint(*look.color("good")[:3], 0)
        ring = SmoothLine(ellipse=(*spot, 0, 0), width=max(1.2, side * 0.005))
        group.add(tint)
        group.add(ring)
        waves.append((tint, ring))
    icon = round(reader_h * 0.66)
    reader = InstructionGroup()
    brush.plate(
        reader,
        Plate(
            reader_x,
            reader_top,
            reader_w,
            reader_h,
            reader_h * 0.3,
            look.color("ground"),
            look.color("good"),
            max(1.5, side * 0.007),
        ),
    )
    brush.run(
        reader,
        Run(
            middle - icon / 2,
            reader_top,
            icon,
            reader_h,
            chr(ICONS["contactless"]),
            "icons",
            icon,
            look.color("good"),
        ),
    )
    group.add(reader)

    # The card: drawn around its own middle, then turned and moved as one.
    wide, tall = side * 0.62, side * 0.39
    rest_x, rest_y = middle, low + side * 0.6
    group.add(PushMatrix())
    move, turn = Translate(rest_x, rest_y, 0), Rotate(angle=8)
    group.add(move)
    group.add(turn)
    card = Brush(0)
    ink = look.color("on_accent")
    shadow = Plate(-wide / 2, -tall / 2 + side * 0.012, wide, tall, side * 0.052, (0, 0, 0, 0.28))
    card.plate(group, shadow)
    card.plate(group, Plate(-wide / 2, -tall / 2, wide, tall, side * 0.05, look.color("accent")))
    name = art.words[0] if art.words else ""
    px = round(side * 0.066)
    while px > 8 and measure("display", px, name) > wide * 0.84:
        px -= 1
    pad = wide * 0.085
    card.run(group, Run(-wide / 2 + pad, -tall / 2 + pad, 0, px * 1.2, name, "display", px, ink))
    dots, dpx = "•••• ••••", round(side * 0.052)
    card.run(group, Run(-wide / 2 + pad, tall / 2 - pad - dpx, 0, dpx, dots, "semibold", dpx, ink))
    mark = round(side * 0.085)
    card.run(
        group,
        Run(
            wide / 2 - pad - mark,
            tall / 2 - pad - mark,
            mark,
            mark,
            chr(ICONS["contactless"]),
            "icons",
            mark,
            ink,
        ),
    )
    group.add(PopMatrix())

    def pose(moment_s: float) -> None:
        """The picture at a moment of the movement; at 0 and at its end it rests."""
        there = _ease(moment_s / 0.7) - _ease((moment_s - 1.6) / 0.8)
        move.x, move.y = rest_x, rest_y - there * side * 0.17
        turn.angle = 8 - 8 * there
        for number, (tint, ring) in enumerate(waves):
            share = (moment_s - 0.6 - number * 0.22) / 0.9
            if 0 < share < 1:
                reach = reader_w * (0.5 + 0.55 * share)
                ring.ellipse = (
                    spot[0] - reach,
                    spot[1] - reach * 0.42,
                    2 * reach,
                    0.84 * reach,
                )
                tint.a = 0.75 * math.sin(math.pi * share)
            else:
                tint.a = 0

    pose(0)
    if not look.venue.motion:
        return lambda: None
    return _cycle(pose)


def _cycle(pose: Callable[[float], None]) -> Callable[[], None]:
    """Play the movement again and again, with long rests: an idle kiosk hardly draws."""
    running: list[Any] = []
    spent_s = 0.0

    def start(_dt: float) -> None:
        nonlocal spent_s
        moment_s = 0.0

        def step(dt: float) -> bool:
            nonlocal moment_s
            moment_s += dt
            pose(min(moment_s, MOVING_S))
            return moment_s < MOVING_S

        period_s = PERIOD_S if spent_s < QUIET_AFTER_S else QUIET_PERIOD_S
        spent_s += period_s
        running[:] = [
            Clock.schedule_interval(step, 1 / FRAMES_PER_S),
            Clock.schedule_once(start, period_s),
        ]

    running.append(Clock.schedule_once(start, 1.0))

    def stop() -> None:
        for event in running:
            event.cancel()

    return stop


def _wait(group: Any, art: Art, brush: Brush) -> Callable[[], None]:
    """Three dots, one after the other brighter."""
    look, side = art.look, art.width
    radius = side * 0.11
    tints = []
    for number in range(3):
        tint = Paint(*look.color("accent")[:3], 1)
        group.add(tint)
        x = art.x + side * (0.2 + 0.3 * number)
        y = brush.up(art.y, art.height) + side / 2
        group.add(SmoothEllipse(pos=(x - radius, y - radius), size=(2 * radius, 2 * radius)))
        tints.append(tint)
    at = 0

    def step(_dt: float) -> None:
        nonlocal at
        at += 1
        for number, tint in enumerate(tints):
            tint.a = 1.0 if at % 3 == number else 0.35

    step(0)
    if not look.venue.motion:
        return lambda: None
    event = Clock.schedule_interval(step, 0.25)
    return lambda: event.cancel()
