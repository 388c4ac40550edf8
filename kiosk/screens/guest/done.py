"""The end of a task: what is true now, and the slip, drawn from the very document."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import segno

from kiosk.screens import theme
from kiosk.screens.layout import (
    Box,
    Drawing,
    Layer,
    Node,
    Page,
    Plate,
    Qr,
    Run,
    Space,
    Sum,
    Text,
    column,
    row,
)
from kiosk.screens.theme import Look, rgba
from kiosk.screens.view import DoneView, SlipLine
from kiosk.screens.widgets import FirstFit, Roomiest, answers, button, disc, spring, toned

PAPER, INK = rgba(theme.PAPER), rgba(theme.PAPER_INK)
_SHARE = {"title": 2.0, "small": 0.75}
"""Size of a style's letters over the normal ones, as on the paper: lines are laid out for it."""
_LEAST_PX = 5
_MODULE_PX, _COMPACT_MODULE_PX = 3, 2
"""Of a code at the least: 0.4 mm or more on panels of ten and of seven inches."""


@lru_cache(maxsize=4)
def _modules(data: str) -> int:
    """Modules of a code's side, with its quiet zone: as `Brush.qr` draws it."""
    return len(segno.make(data, error="m", micro=False).matrix) + 8


@dataclass(kw_only=True)
class Slip(Node):
    """White paper that comes out of a slot; part of it while it is being printed."""

    lines: tuple[SlipLine, ...]
    printing: bool

    def natural(self, page: Page, width: float) -> tuple[float, float]:
        """Takes the width it is given."""
        return (width, 0.0)

    def place(self, page: Page, x: float, y: float, width: float, height: float) -> None:
        """As wide as the paper's line needs at a readable size, as high as fits."""
        look, pad = page.look, page.look.m("gap")
        module = _COMPACT_MODULE_PX if look.compact else _MODULE_PX
        slot = round(look.m("gap") * 0.5)
        top = y + slot / 2
        full = height - slot / 2
        px = 22
        while px > _LEAST_PX and (
            self.line_width(page, px) > width - 2 * pad or self.tall(px, width, pad, module) > full
        ):
            px -= 1
            # A picture of a long slip: its code is shown as a code of its own.
            module = module if px > _LEAST_PX else 1
        tall = min(self.tall(px, width, pad, module), full)
        wide = min(width, self.line_width(page, px) + 2 * pad)
        left = x + (width - wide) / 2
        items: list[Plate | Run | Qr] = [
            Plate(left, top, wide, tall, 6, PAPER, None),
            Plate(left, top, wide, min(12, tall), 0, PAPER, None),
        ]
        page.items.append(
            Plate(left - pad / 2, y, wide + pad, slot, slot / 2, look.color("raised"))
        )
        items += self.printed(page, (left, top, wide, width), px, pad, module)
        page.items.append(
            Layer(
                "slip",
                left,
                top,
                wide,
                tall,
                tuple(items),
                tall,
                shift=-tall * 0.42 if self.printing else 0.0,
                enter_shift=-tall,
            )
        )

    def line_width(self, page: Page, px: int) -> float:
        """Of the longest line, in letters of this size."""
        widths = (len(line.text) * _SHARE.get(line.style, 1.0) for line in self.lines)
        pairs = zip(widths, self.lines, strict=True)
        most = max((w for w, line in pairs if line.style != "qr"), default=1.0)
        return page.measure("mono", px, "0") * most

    def printed(
        self, page: Page, box: tuple[float, float, float, float], px: int, pad: float, module: int
    ) -> list[Run | Qr]:
        """What is on the paper; `box`: its left, top and width, and the width for its codes."""
        left, top, wide, width = box
        made: list[Run | Qr] = []
        at = top + pad
        for line in self.lines:
            step = self._step(line, px, width, module)
            if line.style == "qr":
                made.append(Qr(left + (wide - step) / 2, at, step, line.text))
            elif line.text.strip():
                font = "mono_bold" if line.style in {"strong", "title"} else "mono"
                size = self._px(line, px)
                while size > 4 and page.measure(font, size, line.text) > wide - 2 * pad + 1:
                    size -= 1
                run = page.measure(font, size, line.text)
                made.append(
                    Run(round(left + pad), round(at), run, round(step), line.text, font, size, INK)
                )
            at += step
        return made

    @staticmethod
    def _px(line: SlipLine, px: int) -> int:
        return max(5, round(px * _SHARE.get(line.style, 1.0)))

    def _step(self, line: SlipLine, px: int, width: float, module: int) -> float:
        if line.style == "qr":
            readable = max(min(width * 0.62, px * 10.0), _modules(line.text) * module)
            return min(readable, width * 0.9)
        return self._px(line, px) * 1.18

    def tall(self, px: int, width: float, pad: float, module: int) -> float:
        """How high the paper is with letters of this size."""
        return sum(self._step(line, px, width, module) for line in self.lines) + 2 * pad


def draw(view: DoneView, look: Look) -> Node:
    """The good news at the left, the slip at the right; what is true now is the largest thing."""
    if look.upright:
        return _upright(view, look)
    right = (
        _paper(view, look)
        if view.slip
        else column(spring(), disc(look, "done"), spring(), align="center")
    )
    # Without a slip the tick has the whole disc at the right.
    ticks = (True, False) if view.slip and not look.compact else (False,)
    ways = [(tick, "hero") for tick in ticks] + [(False, "sum"), (False, "title")]
    words = Roomiest(
        options=tuple(_words(view, look, role, tick=tick) for tick, role in ways), grow=1.25
    )
    return row(words, right, gap=look.m("gap") * 1.5, align="stretch")


def _figure(view: DoneView, look: Look, role: str) -> Node | None:
    if view.figure is None:
        return None
    return Sum(
        amount=view.figure.amount,
        symbol=view.figure.symbol,
        role=role,
        align="center" if look.upright else "left",
    )


def _words(view: DoneView, look: Look, role: str, *, tick: bool) -> Node:
    gap, side = look.m("gap"), look.m("badge") * 1.7
    tight = look.compact or role == "title"
    return column(
        spring(),
        Box(children=(Drawing(kind="done", w=side, h=side),), align="start") if tick else None,
        Space(h=gap * 0.6) if tick else None,
        Text(text=view.headline, role="title", balance=True),
        _figure(view, look, role),
        Space(h=gap * 0.5),
        Text(text=view.body, role="body" if tight else "lead", color="muted")
        if view.body
        else None,
        Space(h=gap * (0.9 if tight else 1.8)),
        Box(
            children=(answers(look, view.buttons, min_h=_least(look, tight=tight)),), align="start"
        ),
        _said(view, look) if not view.slip else None,
        spring(),
    )


def _least(look: Look, *, tight: bool) -> float:
    return look.m("target" if tight else "answer")


def _said(view: DoneView, look: Look) -> Node | None:
    if not view.slip_note:
        return None
    icon = "wait" if view.printing else "down"
    if view.slip:
        return toned(look, view.slip_note, "neutral", icon=icon)
    return toned(look, view.slip_note, "info")


def _paper(view: DoneView, look: Look) -> Box:
    """The slip, and what to do with it."""
    said, gap = _said(view, look), look.m("gap")
    code = button(look, view.code, role="strong", min_h=look.m("target"), lines=1)
    foot = FirstFit(
        options=(row(said, code, gap=gap), column(said, code, gap=gap * 0.4, align="center"))
    )
    return column(
        Slip(lines=view.slip, printing=view.printing, grow=1),
        Box(children=(foot,), align="center") if said or code else None,
        gap=gap * 0.6,
        grow=1,
    )


def _upright(view: DoneView, look: Look) -> Node:
    """The good news above, the slip in the middle, the answers at the foot."""
    gap = look.m("gap")
    side = look.m("badge") * 1.9
    tick = Drawing(kind="done", w=side, h=side)
    said = _said(view, look)
    return column(
        None if view.slip else spring(0.7),
        column(tick if view.slip else disc(look, "done"), align="center"),
        Space(h=gap),
        Text(text=view.headline, role="title", align="center", balance=True),
        _figure(view, look, "hero"),
        Space(h=gap * 0.4),
        Text(text=view.body, role="lead", color="muted", align="center") if view.body else None,
        Space(h=gap),
        _paper(view, look)
        if view.slip
        else Box(children=(said,), align="center")
        if said
        else None,
        None if view.slip else spring(1),
        Space(h=gap),
        answers(look, view.buttons),
    )
