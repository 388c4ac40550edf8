"""The panel of what the guest came for: rings of the welcome's disc behind the sum."""

from __future__ import annotations

import math
from dataclasses import dataclass

from kiosk.screens.layout import Layer, Node, Page, Plate
from kiosk.screens.theme import Look

RINGS = (0.34, 0.62, 0.95)
"""Radii, over the height of the panel."""
FROM_RIGHT = 0.3
PLAIN = ("accent", "good", "game")
"""Of a card that has money only."""
ANGLES = (128.0, 178.0, 236.0)
DOT = 0.028
TALL_MOST = 360


@dataclass(kw_only=True)
class Orbit(Node):
    """A panel with its child before the rings; a dot on the inner ring for each of the tones."""

    child: Node
    tones: tuple[str, ...] = ()

    def natural(self, page: Page, width: float) -> tuple[float, float]:
        """That of the child."""
        return page.wanted(self.child, width)

    def place(self, page: Page, x: float, y: float, width: float, height: float) -> None:
        """The surface, the rings, the child."""
        look = page.look
        line = look.color("line") if look.outlined else None
        box = (x, y, width, height)
        fill = look.color("surface")
        page.items.append(Plate(*box, look.m("radius"), fill, line, look.m("line")))
        if not look.outlined:
            page.items.append(self._rings(page, look, box))
        self.child.place(page, *box)

    def _rings(self, page: Page, look: Look, box: tuple[float, float, float, float]) -> Layer:
        x, y, width, height = box
        tall = min(height, TALL_MOST * look.m("line") / 2, width * 0.6)
        at = (x + width - tall * FROM_RIGHT, y + height / 2)
        items = [
            Plate(
                at[0] - share * tall,
                at[1] - share * tall,
                2 * share * tall,
                2 * share * tall,
                share * tall,
                line=look.color("line"),
                line_width=look.m("line"),
            )
            for share in RINGS
        ]
        free = width - page.wanted(self.child, width)[0]
        if free > tall * (FROM_RIGHT + RINGS[0] + 0.1):
            for angle, tone in zip(ANGLES, self.tones or PLAIN, strict=False):
                turn, r = math.radians(angle), DOT * tall
                cx = at[0] + math.cos(turn) * RINGS[0] * tall
                cy = at[1] - math.sin(turn) * RINGS[0] * tall
                items.append(Plate(cx - r, cy - r, 2 * r, 2 * r, r, look.color(tone)))
        return Layer("orbit", x, y, width, height, tuple(items), height)
