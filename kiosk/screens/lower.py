"""The lower part of a panel, in which everything that is pressed stands for who asks for it.

Source: EN 301 549 8.3.2, the ADA's 308: from a wheelchair a hand reaches 1220 mm high, 1120 mm over
what juts out under the panel. So no more than 270 mm of a panel may be needed (ADR 0024): then its
lower edge may be 850 mm above the floor, as it is for who stands. Shares of the height, as a panel
does not tell how large it is:

| panel | height | lower part |
|---|---|---|
| upright, 1080x1920, up to 22 inches | 490 mm | 55 %: 270 mm |
| landscape, up to 22 inches | 275 mm | 90 %: 246 mm, all below the title |

A panel of seven inches (800x480) has 86 mm: it is a lower part as a whole, and nothing moves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from kiosk.screens.layout import Layer, Node, Page, row
from kiosk.screens.theme import Look
from kiosk.screens.widgets import FirstFit, spring

_UPRIGHT, _LANDSCAPE = 0.45, 0.105
"""What is left free above, of the height."""

_STEPS = 4
"""So many places are tried for the beginning of a screen, from its usual one down to the line."""

_FOOT = 0.7
"""Of the usual foot: what stands lowest are buttons that are not high."""


def applies(look: Look) -> bool:
    """Whether the panel is so high that it has a part out of reach."""
    return not look.compact


def line(look: Look) -> float:
    """Above this y nothing is pressed, in pixels from the top."""
    if not applies(look):
        return 0.0
    return look.height * (_UPRIGHT if look.upright else _LANDSCAPE)


def bar(look: Look) -> float:
    """How high the strip of the title is, without the buttons that stand in it otherwise."""
    return min(look.m("bar"), line(look))


def pills_height(look: Look) -> float:
    """What the buttons of the top bar take at the foot, with the room above them."""
    return look.m("target") + look.m("target_gap")


def fit(
    look: Look,
    top: float,
    shrinks: Sequence[float],
    drawn: Callable[[Look, float, float, float], Page],
) -> Page:
    """The screen as high up and in letters as large as it can be with its targets below the line.

    Args:
        look: of the panel.
        top: where a screen begins otherwise, in pixels.
        shrinks: how much smaller its text may be, the largest first.
        drawn: the screen in a look, its text shrunk, from a y and of a height.
    """
    above, end = line(look), look.height - look.m("foot") * _FOOT - pills_height(look)
    steps = [top + (max(above, top) - top) * step / _STEPS for step in range(_STEPS + 1)]
    for shrink in shrinks:
        for step in steps:
            start = step
            for _ in range(2):
                page = drawn(for_room(look, end - start), shrink, start, end - start)
                down = above - _highest(page)
                if not page.over and down <= 0.5:
                    return page
                # Just as far down as its highest button is too high, where that leaves room.
                start += down
                if page.over or start >= above:
                    break
    return page


def _highest(page: Page) -> float:
    """The top of the highest target."""
    layers = (item for item in page.items if isinstance(item, Layer))
    targets = (*page.targets, *(t for layer in layers for t in layer.targets))
    return min((target.y for target in targets), default=math.inf)


def for_room(look: Look, height: float) -> Look:
    """The look for a screen of this height: arranged for it, in the panel's own sizes."""
    whole = height + look.m("bar") + look.m("foot")
    if height < look.width:
        # Wider than high: what stands below one another on the whole panel stands side by side.
        whole = min(whole, look.width)
    return replace(look, height=round(whole), sized=look.sized or look.reckoned(), _known={})


def place_apart(page: Page, heads: Sequence[Node], tops: Sequence[Node]) -> None:
    """The title stays above; the buttons of the top bar (the first that fit) stand at the foot."""
    look = page.look
    margin, tall = look.m("margin"), look.m("target")
    wide = look.width - 2 * margin
    strip = bar(look)
    # The strip is lower than the usual bar: two lines of large letters may be too high for it.
    *_, least = heads
    flat = [head for head in heads if head.height_in(page, wide) <= strip]
    FirstFit(options=(*flat, least)).place(page, margin, 0, wide, strip)
    foot = FirstFit(options=tuple(row(spring(), pills) for pills in tops))
    foot.place(page, margin, look.height - look.m("foot") * _FOOT - tall, wide, tall)
