"""A code to be scanned off the screen, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import segno

from kiosk.screens.layout import Box, Node, Page, Plate, Qr, Space, Text, column, row
from kiosk.screens.theme import PAPER, Look, rgba
from kiosk.screens.view import CodeView
from kiosk.screens.widgets import answered, answers, spring

MODULE_PX = 4
"""Of a code at the least: what a phone reads at arm's length off a panel of seven inches."""
QUIET_MODULES = 4


@lru_cache(maxsize=8)
def modules(data: str) -> int:
    """Modules of a code's side, with its quiet zone: as `Brush.qr` draws it."""
    return len(segno.make(data, error="m", micro=False).matrix) + 2 * QUIET_MODULES


@dataclass(kw_only=True)
class Code(Node):
    """A QR code on white, as large as the panel allows, every module of whole pixels."""

    data: str

    def natural(self, page: Page, width: float) -> tuple[float, float]:
        """Its side, whatever the width."""
        look, count = page.look, modules(self.data)
        tall = look.height - look.m("bar") - look.m("foot") - look.m("gap")
        room = min(look.width * 0.8, tall * 0.45) if look.upright else min(look.width * 0.45, tall)
        side = float(max(MODULE_PX, int(room // count)) * count)
        return (side, side)

    def place(self, page: Page, x: float, y: float, width: float, height: float) -> None:
        """In the middle of its box; one that has no room counts as overflow, and is not smaller."""
        side = self.natural(page, width)[0]
        page.too_much(side - min(width, height))
        left, top = round(x + (width - side) / 2), round(y + (height - side) / 2)
        page.items.append(Plate(left, top, side, side, page.look.m("gap") * 0.4, rgba(PAPER)))
        page.items.append(Qr(left, top, side, self.data))


def coded(
    look: Look,
    data: str,
    headline: str,
    body: tuple[str, ...],
    reply: Node | None,
    foot: Node | None,
) -> Node:
    """Words at the left and the code at the right; the code above them on a panel that stands."""
    gap = look.m("gap")
    align: Literal["left", "center"] = "center" if look.upright else "left"
    texts = [
        Text(
            text=text,
            role="body" if look.compact else "lead",
            color="muted",
            align=align,
            balance=len(text) < 160,
        )
        for text in body
    ]
    said = column(
        Text(text=headline, role="title", align=align, balance=True),
        *texts,
        gap=gap * (0.5 if look.compact else 0.9),
    )
    room = Space(h=gap * (1.0 if look.compact else 2.0)) if reply else None
    if look.upright:
        code = column(Code(data=data), align="center")
        return column(spring(), code, Space(h=gap * 2), said, spring(), reply, room, foot)
    words = column(
        spring(),
        said,
        room,
        Box(children=(reply,), align="start") if reply else None,
        spring(),
        foot,
        grow=1.0,
    )
    code = column(spring(), Code(data=data), spring())
    return row(words, code, gap=gap * 1.6, align="stretch")


def draw(view: CodeView, look: Look) -> Node:
    """The code, what it is, and the way back."""
    return coded(
        look,
        view.code,
        view.headline,
        view.body,
        answers(look, view.buttons),
        answered(look, view.back) if view.back else None,
    )
