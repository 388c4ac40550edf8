"""A list that scrolls, on the canvas: draws what is in sight, and keeps what did not change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.graphics import Color as Paint
from kivy.graphics import (
    InstructionGroup,
    PopMatrix,
    PushMatrix,
    Rectangle,
    RoundedRectangle,
    ScissorPop,
    ScissorPush,
    Translate,
)

from kiosk.screens.layout import Item, Layer

AHEAD = 0.5
"""What is so far out of sight, in heights of the list, is drawn already."""

_FOCUS_PX = 8.0
_THUMB_PX = 4.0


class Sheet:
    """The content of a scrolling `Layer` in a group of its own, `root`.

    Args:
        layer: what is shown first.
        low: the bottom of its box, in Kivy's pixels from below.
        shift: how far it is scrolled (0 or less).
        fade: the texture at its lower edge, where there is more.
        draw: draws one item into a group.
    """

    def __init__(
        self,
        layer: Layer,
        low: float,
        shift: float,
        fade: Any,
        draw: Callable[[Any, Item], None],
    ) -> None:
        assert layer.fade is not None
        self.layer = layer
        self.at = 0.0
        self.home: Any = None
        self.root = InstructionGroup()
        self._low = low
        self._draw = draw
        self._move = Translate(0, 0, 0)
        self._body = InstructionGroup()
        self._items: list[Item] = []
        self._groups: list[Any] = []
        self._drawn: list[bool] = []
        x, y, wide, tall = round(layer.x), round(low), round(layer.width), round(layer.height)
        self.root.add(ScissorPush(x=x, y=y, width=wide, height=tall))
        self.root.add(PushMatrix())
        self.root.add(self._move)
        self.root.add(self._body)
        self.root.add(PopMatrix())
        self.root.add(ScissorPop())
        self._veil = Paint(1, 1, 1, 1)
        self.root.add(self._veil)
        high = round(min(layer.height * 0.2, 48))
        self.root.add(Rectangle(texture=fade, pos=(x, y), size=(wide, high)))
        ink = 0.0 if sum(layer.fade[:3]) > 1.5 else 1.0
        self.root.add(Paint(ink, ink, ink, 0.28))
        self._thumb = RoundedRectangle(pos=(0, 0), size=(_THUMB_PX, 10), radius=[_THUMB_PX / 2])
        self.root.add(self._thumb)
        self.at = shift

    def same_box(self, layer: Layer) -> bool:
        """Whether a newer layer stands where this one does."""
        old = self.layer
        return (old.x, old.y, old.width, old.height, old.fade) == (
            layer.x,
            layer.y,
            layer.width,
            layer.height,
            layer.fade,
        )

    def show(self, layer: Layer) -> int:
        """The newest content; answers how many of its items were drawn anew."""
        before, self.layer = self.layer, layer
        drawn = 0
        for at, item in enumerate(layer.items):
            if at == len(self._groups):
                group = InstructionGroup()
                self._groups.append(group)
                self._drawn.append(False)
                self._items.append(item)
                self._body.add(group)
            elif self._items[at] != item:
                self._groups[at].clear()
                self._drawn[at] = False
                self._items[at] = item
        for group in self._groups[len(layer.items) :]:
            self._body.remove(group)
        del self._groups[len(layer.items) :], self._items[len(layer.items) :]
        del self._drawn[len(layer.items) :]
        if layer.focus and (before is layer or layer.focus != before.focus):
            self.at = self._revealing(*layer.focus)
        drawn += self.scroll_to(self.at)
        return drawn

    def scroll_to(self, at: float) -> int:
        """Move the content, as far as it goes; draw what comes into sight."""
        layer = self.layer
        self.at = min(max(at, layer.height - layer.content_height), 0.0)
        self._move.y = -self.at
        left = layer.content_height - layer.height + self.at
        self._veil.a = 0.0 if left < 1.0 else 1.0
        share = layer.height / layer.content_height
        long = max(layer.height * share, 24.0)
        room = layer.height - long - 4
        gone = -self.at / max(layer.content_height - layer.height, 1.0)
        self._thumb.pos = (
            layer.x + layer.width - _THUMB_PX - 2,
            self._low + layer.height - 2 - long - room * gone,
        )
        self._thumb.size = (_THUMB_PX, long)
        return self._draw_visible()

    def reveal(self, top: float, low: float) -> None:
        """Scroll until this part of the content is in sight."""
        self.scroll_to(self._revealing(top, low))

    def _revealing(self, top: float, low: float) -> float:
        layer, at = self.layer, self.at
        if low + at > layer.y + layer.height - _FOCUS_PX:
            at = layer.y + layer.height - _FOCUS_PX - low
        if top + at < layer.y + _FOCUS_PX:
            at = layer.y + _FOCUS_PX - top
        return min(max(at, layer.height - layer.content_height), 0.0)

    def _draw_visible(self) -> int:
        layer = self.layer
        ahead = layer.height * AHEAD
        top, low = layer.y - self.at - ahead, layer.y - self.at + layer.height + ahead
        drawn = 0
        for at, item in enumerate(self._items):
            if self._drawn[at]:
                continue
            tall = item.size if not hasattr(item, "height") else item.height
            if item.y + tall >= top and item.y <= low:
                self._draw(self._groups[at], item)
                self._drawn[at] = True
                drawn += 1
        return drawn
