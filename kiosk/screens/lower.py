"""The lower part of a panel, in which everything that is pressed stands for who asks for it.

Source: EN 301 549 8.3.2, the ADA's 308: from a wheelchair a hand reaches 1220 mm high, 1120 mm over
what juts out under the panel. So no more than 270 mm of a panel may be needed (ADR 0024): then its
lower edge may be 850 mm above the floor, as it is for who stands. Shares of the height, as a panel
does not tell how large it is:

| panel | height | lower part |
|---|---|---|
| upright, 1080x1920, up to 22 inches | 490 mm | 55 %: 270 mm |
| landscape, up to 22 inches | 275 mm | 80 %: 220 mm |

A panel of seven inches (800x480) has 86 mm: it is a lower part as a whole, and nothing moves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from kiosk.screens.layout import Layer, Node, Page, row
from kiosk.screens.theme import Look
from kiosk.screens.widgets import FirstFit, spring

_UPRIGHT, _LANDSCAPE = 0.45, 0.2
"""What is left free above, of the height."""

_STEPS = 4
"""So many places are tried for the beginning of a screen, from its usual one down to the line."""


def applies(look: Look) -> bool:
    """Whether the panel is so high that it has a part out of reach."""
    return not look.compact


def line(look: Look) -> float:
    """Above this y nothing is pressed, in pixels from the top."""
    if not applies(look):
        return 0.0
    return look.height * (_UPRIGHT if look.upright else _LANDSCAPE)


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
    above, end = line(look), look.height - look.m("foot") - pills_height(look)
    starts = sorted({top + (max(above, top) - top) * step / _STEPS for step in range(_STEPS + 1)})
    for shrink in shrinks:
        for start in starts:
            page = drawn(for_room(look, end - start), shrink, start, end - start)
            if not page.over and not _too_high(page, above):
                return page
    return page


def _too_high(page: Page, above: float) -> bool:
    layers = (item for item in page.items if isinstance(item, Layer))
    targets = (*page.targets, *(t for layer in layers for t in layer.targets))
    return any(target.y < above - 0.5 for target in targets)


def for_room(look: Look, height: float) -> Look:
    """The look for a screen of this height: arranged for it, in the panel's own sizes."""
    whole = height + look.m("bar") + look.m("foot")
    return replace(look, height=round(whole), sized=look.sized or look.reckoned(), _known={})


def place_apart(page: Page, heads: Sequence[Node], tops: Sequence[Node]) -> None:
    """The title stays above; the buttons of the top bar (the first that fit) stand at the foot."""
    look = page.look
    margin, tall = look.m("margin"), look.m("target")
    wide = look.width - 2 * margin
    FirstFit(options=tuple(heads)).place(page, margin, 0, wide, min(look.m("bar"), line(look)))
    foot = FirstFit(options=tuple(row(spring(), pills) for pills in tops))
    foot.place(page, margin, look.height - look.m("foot") - tall, wide, tall)
