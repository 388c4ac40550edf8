"""A small chart: a bar a value, words under them."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.screens.desk.plain import Ground
from kiosk.screens.layout import Node, Page, Plate, Run, wrap
from kiosk.screens.theme import TYPE
from kiosk.screens.view import Bars
from kiosk.screens.widgets import mix


@dataclass(kw_only=True)
class Chart(Node):
    """Bars from one base line, the highest as high as there is room."""

    bars: Bars
    ground: Ground

    def _caption(self, page: Page, width: float) -> list[str]:
        if not self.bars.caption:
            return []
        return wrap(page.measure, "medium", page.look.px("desk_caption"), self.bars.caption, width)

    def _heights(self, page: Page, width: float) -> tuple[float, float, float, float]:
        """Of the values above the bars, the bars, their labels, the caption."""
        look = page.look
        small = look.px("mark") * 1.35
        above = small if self._shown(page, width) else 0.0
        labels = small * 1.25 if any(self.bars.labels) else 0.0
        line = look.px("desk_caption") * TYPE["desk_caption"][3]
        captions = len(self._caption(page, width)) * line
        # Where there is nothing to compare, a base line is enough.
        bars = look.px("desk_body") * (5.6 if any(v > 0 for v in self.bars.values) else 1.2)
        return above, bars, labels, captions + (line * 0.3 if captions else 0)

    def _shown(self, page: Page, width: float) -> tuple[str, ...]:
        """The values in words, where all of them have room above their bars."""
        slot = width / max(len(self.bars.values), 1)
        px = page.look.px("mark")
        fits = all(page.measure("semibold", px, t) <= slot - 4 for t in self.bars.shown)
        return self.bars.shown if fits else ()

    def natural(self, page: Page, width: float) -> tuple[float, float]:
        """The whole width."""
        return (width, sum(self._heights(page, width)))

    def place(self, page: Page, x: float, y: float, width: float, height: float) -> None:
        """The bars, their values above and their labels below them, and what they are."""
        look, bars = page.look, self.bars
        above, tall, labels, _ = self._heights(page, width)
        count = max(len(bars.values), 1)
        slot = min(width / count, look.px("desk_body") * 4.0)
        wide = max(2.0, min(slot * 0.66, look.px("desk_body") * 1.4))
        most = max([*bars.values, 1])
        base = y + above + tall
        accent = look.color("accent")
        pale = mix(accent, look.color(self.ground), 0.4)
        shown = self._shown(page, width)
        page.items.append(Plate(x, base, slot * count, 1, 0, look.color("line")))
        for at, value in enumerate(bars.values):
            high = max(3.0, round(tall * max(value, 0) / most)) if value > 0 else 0.0
            left = x + slot * at + (slot - wide) / 2
            if high:
                fill = accent if bars.marked in (-1, at) else pale
                page.items.append(
                    Plate(round(left), base - high, round(wide), high, min(4.0, wide / 3), fill)
                )
            if shown and shown[at] and value:
                self._centred(page, shown[at], left + wide / 2, base - high - above, "semibold")
        self._labels(page, x, base + labels * 0.2, slot)
        line = look.px("desk_caption") * TYPE["desk_caption"][3]
        top = base + labels + line * 0.3
        for text in self._caption(page, width):
            px = look.px("desk_caption")
            run = page.measure("medium", px, text)
            page.items.append(
                Run(round(x), round(top), run, round(line), text, "medium", px, look.color("muted"))
            )
            top += line

    def _labels(self, page: Page, x: float, y: float, slot: float) -> None:
        """Under every bar, or under every second or third where they have no room."""
        px = page.look.px("mark")
        named = [(at, text) for at, text in enumerate(self.bars.labels) if text]
        widest = max((page.measure("regular", px, text) for _, text in named), default=0.0)
        step = 1
        while named and step < len(named) and slot * step < widest + px * 0.5:
            step += 1
        right = x
        for number, (at, text) in enumerate(named):
            if number % step == 0:
                right = max(right, self._centred(page, text, x + slot * (at + 0.5), y, "regular"))

    def _centred(self, page: Page, text: str, middle: float, y: float, font: str) -> float:
        px = page.look.px("mark")
        run = page.measure(font, px, text)
        left = round(middle - run / 2)
        color = page.look.color("text" if font == "semibold" else "muted")
        page.items.append(Run(left, round(y), run, round(px * 1.3), text, font, px, color))
        return left + run
