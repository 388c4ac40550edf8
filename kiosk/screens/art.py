"""Drawings: the disc on which a screen's one thing stands, and what moves on it a little.

The same disc is on the welcome screen, under a question, a problem, a wait and the end of a task,
at the same place, so that a guest sees one thing change and not five screens. What moves rests
most of the time: an idle kiosk hardly draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kivy.clock import Clock
from kivy.graphics import Color as Paint
from kivy.graphics import (
    InstructionGroup,
    PopMatrix,
    PushMatrix,
    Rectangle,
    Rotate,
    Scale,
    ScissorPop,
    ScissorPush,
    SmoothEllipse,
    SmoothLine,
    Translate,
)

from kiosk.screens.layout import Art, Picture, Plate, Run
from kiosk.screens.paint import Brush, glow, measure
from kiosk.screens.theme import (
    FRAMES_PER_S,
    ICONS,
    MOVE_S,
    PERIOD_S,
    QUIET_AFTER_S,
    QUIET_PERIOD_S,
    Color,
    ink_on,
)

ORBIT = 0.43
"""Radius of the ring on the disc, over the disc's side."""

CHIPS = (("cash", "good"), ("game", "game"), ("star", "bonus"), ("receipt", "accent"))
"""What a card opens: money, play, bonus, the visit. Signs need no language."""
CHIP_ANGLES = (152.0, 116.0, 64.0, 28.0)
TAP_S = 2.6

Stop = Callable[[], None]


def _ease(share: float) -> float:
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)


def _spring(share: float) -> float:
    """From 0 to 1, a little beyond on the way."""
    share = min(max(share, 0.0), 1.0) - 1
    return 1 + 2.2 * share**3 + 1.2 * share**2


def draw_art(group: Any, art: Art, brush: Brush) -> Stop:
    """Draw it; the returned function ends its movement."""
    return {"tap": _tap, "wait": _wait, "sign": _sign, "done": _done, "note": _note}[art.kind](
        group, art, brush
    )


def _still() -> None:
    """Nothing moves."""


class _Disc:
    """Where things stand on the disc: shares of its side from its middle, y upwards."""

    def __init__(self, group: Any, art: Art, brush: Brush, *, ring: bool = True) -> None:
        self.group, self.look, self.side = group, art.look, art.width
        self.x = art.x + self.side / 2
        self.y = brush.up(art.y, art.height) + self.side / 2
        look, half = art.look, self.side / 2
        if look.outlined:
            group.add(Paint(*look.color("line")))
            group.add(SmoothLine(circle=(self.x, self.y, half - 1), width=1))
        else:
            box = {"pos": (self.x - half, self.y - half), "size": (self.side, self.side)}
            group.add(Paint(*look.color("surface")))
            group.add(SmoothEllipse(**box, segments=120))
            group.add(Paint(*look.color("raised")[:3], 0.95))
            group.add(Rectangle(texture=glow(look.color("raised")), **box))
            if ring:
                group.add(Paint(*look.color("line")[:3], 0.7))
                group.add(SmoothLine(circle=(self.x, self.y, self.side * ORBIT), width=1.1))

    def at(self, angle: float, far: float) -> tuple[float, float]:
        """The point at an angle (degrees) and a share of the side from the middle."""
        turn = math.radians(angle)
        reach = far * self.side
        return (self.x + math.cos(turn) * reach, self.y + math.sin(turn) * reach)

    def dot(self, angle: float, far: float, radius: float, color: Color) -> None:
        """A small round thing on it."""
        x, y = self.at(angle, far)
        r = radius * self.side
        self.group.add(Paint(*color))
        self.group.add(SmoothEllipse(pos=(x - r, y - r), size=(2 * r, 2 * r)))


def _icon(brush: Brush, group: Any, name: str, px: int, color: Color) -> None:
    """A glyph around the point to which the canvas is moved."""
    brush.run(group, Run(-px / 2, -px / 2, px, px, chr(ICONS[name]), "icons", px, color))


def _round(group: Any, radius: float, color: Color) -> None:
    group.add(Paint(*color))
    group.add(SmoothEllipse(pos=(-radius, -radius), size=(2 * radius, 2 * radius)))


# --- the welcome: the card before the reader, and what comes out of it ----------------------------


def _tap(group: Any, art: Art, brush: Brush) -> Stop:
    """The card takes its signs in, goes to the reader, and they come out of it again."""
    disc = _Disc(group, art, brush)
    look, side = art.look, disc.side
    chips = [_chip(disc, icon, tone) for icon, tone in CHIPS]

    # The reader, lit, at the foot of the disc.
    wide, tall = side * 0.42, side * 0.13
    spot = (disc.x, disc.y - side * 0.335)
    waves = []
    for _ in range(3):
        tint = Paint(*look.color("good")[:3], 0)
        ring = SmoothLine(ellipse=(*spot, 0, 0), width=max(1.2, side * 0.005))
        group.add(tint)
        group.add(ring)
        waves.append((tint, ring))
    group.add(PushMatrix())
    group.add(Translate(*spot, 0))
    own = Brush(0)
    face = Plate(-wide / 2, -tall / 2, wide, tall, tall * 0.32, look.color("ground"))
    own.plate(group, face)
    lit = Paint(*look.color("good")[:3], 0)
    group.add(lit)
    group.add(Rectangle(pos=(-wide / 2 + tall * 0.3, -tall / 2), size=(wide - tall * 0.6, tall)))
    edge = Plate(
        *(-wide / 2, -tall / 2, wide, tall, tall * 0.32),
        line=look.color("good"),
        line_width=max(1.5, side * 0.007),
    )
    own.plate(group, edge)
    _icon(own, group, "contactless", round(tall * 0.66), look.color("good"))
    group.add(PopMatrix())

    rest = (disc.x, disc.y + side * 0.015)
    move, turn = _card(group, art, rest)

    def pose(moment_s: float, times: int) -> None:
        """The picture at a moment of the movement; at 0 and at its end it rests."""
        there = _ease((moment_s - 0.25) / 0.6) - _ease((moment_s - 1.5) / 0.7)
        move.x, move.y = rest[0], rest[1] - there * side * 0.17
        turn.angle = 8 - 8 * there
        ended = moment_s >= TAP_S
        for number, (shift, scale) in enumerate(chips):
            gone = _ease((moment_s - 0.04 * number) / 0.4)
            back = _spring((moment_s - 1.55 - 0.12 * number) / 0.5)
            out = 1.0 if ended else (1 - gone if moment_s < 1.5 else max(back, 0.0))
            # They come out a place further: nothing bright stands where it stood.
            shown = (number + times + (moment_s >= 1.0)) % len(CHIPS)
            x, y = disc.at(CHIP_ANGLES[shown], ORBIT)
            shift.x = move.x + (x - move.x) * out
            shift.y = move.y + (y - move.y) * out
            scale.x = scale.y = max(out, 0.001)
        for number, (tint, ring) in enumerate(waves):
            share = (moment_s - 0.75 - number * 0.22) / 0.9
            if 0 < share < 1:
                reach = wide * (0.5 + 0.55 * share)
                ring.ellipse = (spot[0] - reach, spot[1] - reach * 0.42, 2 * reach, 0.84 * reach)
                tint.a = 0.75 * math.sin(math.pi * share)
            else:
                tint.a = 0
        lit.a = 0.22 * max(0.0, math.sin(math.pi * min(max((moment_s - 0.7) / 1.2, 0), 1)))

    pose(0, 0)
    return _cycle(pose, TAP_S) if look.venue.motion else _still


def _chip(disc: _Disc, icon: str, tone: str) -> tuple[Any, Any]:
    """A round sign that can be moved and made smaller; under the card, out of which it comes."""
    group, look = disc.group, disc.look
    color = look.color(tone)
    shift, scale = Translate(0, 0, 0), Scale(1, 1, 1)
    group.add(PushMatrix())
    group.add(shift)
    group.add(scale)
    radius = disc.side * 0.062
    _round(group, radius, color)
    _icon(Brush(0), group, icon, round(radius * 1.2), ink_on(color))
    group.add(PopMatrix())
    return shift, scale


def _card(group: Any, art: Art, rest: tuple[float, float]) -> tuple[Any, Any]:
    """The card: drawn around its own middle, then turned and moved as one."""
    look, side = art.look, art.width
    wide, tall = side * 0.56, side * 0.352
    group.add(PushMatrix())
    move, turn = Translate(*rest, 0), Rotate(angle=8)
    group.add(move)
    group.add(turn)
    brush = Brush(0)
    ink = look.color("on_accent")
    left, top, radius = -wide / 2, -tall / 2, side * 0.045
    brush.plate(group, Plate(left, top + side * 0.012, wide, tall, radius, (0, 0, 0, 0.28)))
    brush.plate(group, Plate(left, top, wide, tall, radius, look.color("accent")))
    name = art.words[0] if art.words else ""
    px = round(side * 0.062)
    while px > 8 and measure("display", px, name) > wide * 0.84:
        px -= 1
    pad = wide * 0.085
    brush.run(group, Run(left + pad, top + pad, 0, px * 1.2, name, "display", px, ink))
    if art.logo is not None:
        # On the screen's own ground: it was made to stand on that.
        share = min(wide * 0.4 / art.logo.width, tall * 0.24 / art.logo.height)
        size = (max(1, round(art.logo.width * share)), max(1, round(art.logo.height * share)))
        room = pad * 0.3
        across, down = round(left + pad), round(top + pad + px * 1.4)
        under = Plate(across - room, down - room, size[0] + 2 * room, size[1] + 2 * room, room)
        brush.plate(group, replace(under, fill=look.color("ground")))
        brush.picture(group, Picture(across, down, *size, art.logo.png))
    dots, dpx = "•••• ••••", round(side * 0.048)
    brush.run(group, Run(left + pad, -top - pad - dpx, 0, dpx, dots, "semibold", dpx, ink))
    mark = round(side * 0.08)
    low = -top - pad - mark
    sign = Run(-left - pad - mark, low, mark, mark, chr(ICONS["contactless"]), "icons", mark, ink)
    brush.run(group, sign)
    group.add(PopMatrix())
    return move, turn


# --- a sign on the disc ---------------------------------------------------------------------------


def _sign(group: Any, art: Art, brush: Brush) -> Stop:
    """One large sign in the colour of what it means, with two small companions on the ring."""
    icon, tone = art.words
    disc = _Disc(group, art, brush)
    look = art.look
    color = look.color("text" if tone == "neutral" else tone)
    fill = look.color("raised")
    group.add(PushMatrix())
    group.add(Translate(disc.x, disc.y, 0))
    radius = disc.side * 0.235
    _round(group, radius, color if tone != "neutral" else fill)
    if look.outlined and tone == "neutral":
        group.add(Paint(*look.color("line")))
        group.add(SmoothLine(circle=(0, 0, radius), width=look.m("line") / 2))
    ink = ink_on(color) if tone != "neutral" else color
    _icon(Brush(0), group, icon, round(radius * 1.06), ink)
    group.add(PopMatrix())
    disc.dot(118, ORBIT, 0.022, color)
    disc.dot(312, ORBIT, 0.034, (*color[:3], 0.55) if not look.outlined else color)
    return _still


_BURST = (
    (14, 0.35, 0.020, "accent"),
    (38, 0.44, 0.030, "good"),
    (66, 0.36, 0.016, "game"),
    (94, 0.43, 0.024, "bonus"),
    (125, 0.35, 0.030, "accent"),
    (150, 0.44, 0.016, "internet"),
    (176, 0.36, 0.022, "good"),
    (205, 0.43, 0.030, "game"),
    (232, 0.35, 0.018, "bonus"),
    (262, 0.44, 0.024, "accent"),
    (291, 0.35, 0.022, "internet"),
    (328, 0.43, 0.028, "bonus"),
)
"""Angle, how far out, how large, and the colour of the dots that fly from the tick."""


def _done(group: Any, art: Art, brush: Brush) -> Stop:
    """The tick, and a handful of dots that leave it in all the colours of the house."""
    disc = _Disc(group, art, brush, ring=False)
    look = art.look
    group.add(PushMatrix())
    group.add(Translate(disc.x, disc.y, 0))
    burst = Scale(1, 1, 1)
    group.add(burst)
    for angle, far, size, tone in _BURST:
        turn, reach, radius = math.radians(angle), far * disc.side, size * disc.side
        group.add(Paint(*look.color(tone)))
        at = (math.cos(turn) * reach - radius, math.sin(turn) * reach - radius)
        group.add(SmoothEllipse(pos=at, size=(2 * radius, 2 * radius)))
    group.add(PopMatrix())
    group.add(PushMatrix())
    group.add(Translate(disc.x, disc.y, 0))
    grown = Scale(1, 1, 1)
    group.add(grown)
    _round(group, disc.side * 0.25, look.color("good"))
    _icon(Brush(0), group, "check", round(disc.side * 0.3), ink_on(look.color("good")))
    group.add(PopMatrix())

    def pose(moment_s: float) -> None:
        share = moment_s / MOVE_S
        burst.x = burst.y = 0.55 + 0.45 * _ease(share)
        grown.x = grown.y = 0.8 + 0.2 * _spring(share)

    return _once(pose, MOVE_S) if look.venue.motion else _still


def _wait(group: Any, art: Art, brush: Brush) -> Stop:
    """A dot goes round the disc, three follow it."""
    disc = _Disc(group, art, brush)
    look = art.look
    group.add(PushMatrix())
    group.add(Translate(disc.x, disc.y, 0))
    _icon(Brush(0), group, "hourglass", round(disc.side * 0.24), look.color("muted"))
    turn = Rotate(angle=0)
    group.add(turn)
    for number, radius in enumerate((0.04, 0.03, 0.022, 0.015)):
        r, way = radius * disc.side, math.radians(60 + number * 17)
        group.add(Paint(*look.color("accent")[:3], 1 - 0.2 * number))
        x, y = (f(way) * ORBIT * disc.side - r for f in (math.cos, math.sin))
        group.add(SmoothEllipse(pos=(x, y), size=(2 * r, 2 * r)))
    group.add(PopMatrix())
    if not look.venue.motion:
        return _still

    def step(dt: float) -> None:
        turn.angle = (turn.angle - 200 * dt) % 360

    event = Clock.schedule_interval(step, 1 / FRAMES_PER_S)
    return lambda: event.cancel()


def _note(group: Any, art: Art, brush: Brush) -> Stop:
    """A note that goes into a slot."""
    look, side = art.look, art.width
    left, low = art.x, brush.up(art.y, art.height)
    x, slot_y = left + side / 2, low + side * 0.16
    color = look.color("good")
    wide, tall = side * 0.42, side * 0.76
    group.add(ScissorPush(x=round(left), y=round(slot_y), width=round(side), height=round(side)))
    group.add(PushMatrix())
    move = Translate(x, slot_y, 0)
    group.add(move)
    own = Brush(0)
    own.plate(group, Plate(-wide / 2, -tall, wide, tall, side * 0.04, color))
    ink = ink_on(color)
    inset = side * 0.035
    inner = (-wide / 2 + inset, -tall + inset, wide - 2 * inset, tall - 2 * inset)
    own.plate(group, Plate(*inner, side * 0.025, None, (*ink[:3], 0.55), max(1.0, side * 0.008)))
    radius, thin = side * 0.095, max(1.2, side * 0.012)
    group.add(Paint(*ink[:3], 0.75))
    group.add(SmoothLine(circle=(0, tall / 2, radius), width=thin))
    for y in (tall * 0.15, tall * 0.85):
        bar = wide * 0.2
        group.add(SmoothLine(points=[-bar, y, bar, y], width=thin))
    group.add(PopMatrix())
    group.add(ScissorPop())
    thick = side * 0.055
    across = (left + side * 0.14, slot_y - thick / 2, side * 0.72, thick)
    slot = InstructionGroup()
    Brush(0).plate(slot, Plate(across[0], -across[1] - thick, *across[2:], thick / 2, color))
    inside = side * 0.014
    dark = (across[0] + thick, -slot_y - inside / 2, across[2] - 2 * thick, inside)
    Brush(0).plate(slot, Plate(*dark, inside / 2, look.color("ground")))
    group.add(slot)

    def pose(moment_s: float, _times: int) -> None:
        gone = _ease((moment_s - 0.15) / 1.1)
        again = _ease((moment_s - 1.5) / 0.4)
        move.y = slot_y - tall * 0.94 * gone if moment_s < 1.5 else slot_y + tall * (1 - again)

    pose(0, 0)
    return _cycle(pose, 1.9, period_s=4.0) if look.venue.motion else _still


# --- time -----------------------------------------------------------------------------------------


def _once(pose: Callable[[float], None], long_s: float) -> Stop:
    """Play a movement when the thing comes onto the screen."""
    moment_s = 0.0

    def step(dt: float) -> bool:
        nonlocal moment_s
        moment_s = min(moment_s + dt, long_s)
        pose(moment_s)
        return moment_s < long_s

    pose(0.0)
    event = Clock.schedule_interval(step, 0)
    return lambda: event.cancel()


def _cycle(
    pose: Callable[[float, int], None], long_s: float, *, period_s: float | None = None
) -> Stop:
    """Play the movement again and again, with long rests: an idle kiosk hardly draws."""
    running: list[Any] = []
    spent_s, times = 0.0, -1

    def start(_dt: float) -> None:
        nonlocal spent_s, times
        moment_s, times = 0.0, times + 1

        def step(dt: float) -> bool:
            nonlocal moment_s
            moment_s += dt
            pose(min(moment_s, long_s), times)
            return moment_s < long_s

        pause_s = period_s or (PERIOD_S if spent_s < QUIET_AFTER_S else QUIET_PERIOD_S)
        spent_s += pause_s
        running[:] = [
            Clock.schedule_interval(step, 1 / FRAMES_PER_S),
            Clock.schedule_once(start, pause_s),
        ]

    running.append(Clock.schedule_once(start, 1.0))

    def stop() -> None:
        for event in running:
            event.cancel()

    return stop
