"""The parts of a pane, each as the view tells them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from kiosk.screens.desk.chart import Chart
from kiosk.screens.desk.entries import entries, search
from kiosk.screens.desk.plain import (
    WIDE,
    Ground,
    above,
    act,
    actions,
    grid,
    icon,
    ink,
    outline,
    side_by_side,
    words,
)
from kiosk.screens.desk.tables import TableNode
from kiosk.screens.guest.done import PAPER
from kiosk.screens.guest.done import Slip as Paper
from kiosk.screens.layout import (
    Box,
    Late,
    Node,
    Page,
    Plate,
    Space,
    Still,
    Sum,
    Target,
    column,
    row,
)
from kiosk.screens.theme import Look
from kiosk.screens.view import (
    Actions,
    Bars,
    Entries,
    Facts,
    Holding,
    Holdings,
    Meter,
    Part,
    Picture,
    Say,
    Search,
    Slip,
    Table,
    Tile,
    Tiles,
)

SAY = {
    "title": "desk_title",
    "heading": "desk_heading",
    "strong": "desk_strong",
    "body": "desk_body",
    "caption": "desk_caption",
}


def empty(part: Part) -> bool:
    """Whether a part says nothing: its buttons are not for this person, its facts not known."""
    match part:
        case Facts(facts=()) | Holdings(boxes=()) | Actions(buttons=()) | Entries(entries=()):
            return True
        case Tiles(tiles=(), empty="") | Table(lines=(), empty="", foot="") | Say(text=""):
            return True
        case Bars(values=()) | Slip(lines=()):
            return True
        case _:
            return False


def draw(part: Part, look: Look, ground: Ground) -> Node:
    """A part on its ground."""
    match part:
        case Say():
            return say(part, look)
        case Facts():
            return Late(make=partial(facts, part, look))
        case Holdings():
            return Late(make=partial(holdings, part, look, ground))
        case Table():
            pad = look.m("desk_pad") * 0.66
            on_card = ground == "surface"
            return TableNode(
                table=part,
                ground=ground,
                outset=pad if on_card else 0.0,
                inset=0.0 if on_card else pad,
            )
        case Tiles():
            return tiles(part, look, ground)
        case Bars():
            return Chart(bars=part, ground=ground)
        case Meter():
            return meter(part, look, ground)
        case Actions():
            return actions(look, part.buttons, ground, look.m("target_gap"))
        case Entries():
            return entries(part, look, ground)
        case Search():
            return search(part, look, ground)
        case Slip():
            return Box(children=(Sheet(lines=part.lines, printing=False),), align="start")
        case Picture(logo):
            most = (look.px("desk_body") * 16, look.px("desk_body") * 6)
            return Still(png=logo.png, size=(logo.width, logo.height), most=most)


def say(part: Say, look: Look) -> Node:
    """A line or a paragraph, with its icon."""
    role = SAY[part.role]
    color = "text" if part.tone == "neutral" else part.tone
    told = words(part.text, role, color, grow=1.0 if part.icon else 0.0)
    if not part.icon:
        return told
    return row(icon(look, part.icon, color, role), told, gap=look.px(role) * 0.5, align="start")


def facts(part: Facts, look: Look, page: Page, width: float) -> Node:
    """Names at the left; values in a column beside them, as near as the names allow."""
    px = look.px("desk_body")
    widest = max(page.measure("regular", px, fact.name) for fact in part.facts)
    names = min(widest + 1, (width - px) * 0.5)
    values = (word for fact in part.facts for word in fact.value.split(" "))
    longest = max(page.measure("semibold", look.px("desk_strong"), word) for word in values)
    if names + px + longest > width:
        # A long word has the whole width, below its name.
        stacked = [
            column(
                words(fact.name, "desk_caption", "muted"),
                words(fact.value, "desk_strong", ink(fact.tone), shrink=0.7),
            )
            for fact in part.facts
        ]
        return column(*stacked, gap=px * 0.45)
    lines = []
    for fact in part.facts:
        name = words(fact.name, color="muted")
        name.w = names
        value = words(fact.value, "desk_strong", ink(fact.tone), grow=1.0)
        lines.append(row(name, value, gap=px, align="start"))
    return column(*lines, gap=px * 0.45)


def holdings(part: Holdings, look: Look, ground: Ground, page: Page, width: float) -> Node:
    """Boxes or bare figures side by side, as many in a row as fit."""
    gap = look.m("target_gap")
    if part.plain:
        role = "desk_sum" if len(part.boxes) == 1 else "desk_figure"
        made = [_figure(look, box, role) for box in part.boxes]
        wide = sum(page.wanted(node, WIDE)[0] for node in made) + 2 * gap * (len(made) - 1)
        if wide <= width:
            return row(*made, gap=2 * gap, align="start")
        return column(*made, gap=gap * 0.5)
    made = [_holding(look, box, ground) for box in part.boxes]
    fits = side_by_side(page, width, made, gap)
    slim = [_holding(look, box, ground, slim=True) for box in part.boxes]
    if side_by_side(page, width, slim, gap) > fits:
        made, fits = slim, side_by_side(page, width, slim, gap)
    return grid(made, fits, gap)


def _figure(look: Look, box: Holding, role: str) -> Node:
    figure = Sum(amount=box.amount, symbol=box.symbol, role=role, color=box.tone, symbol_share=0.6)
    below = words(box.name, "desk_caption", "muted")
    note = words(box.note, "desk_caption", "muted") if box.note else None
    return column(figure, below, note)


@dataclass(kw_only=True)
class _Slim(Sum):
    """A sum that is content with less than it wants."""

    def natural(self, page: Page, width: float) -> tuple[float, float]:
        """Three quarters of its width are enough."""
        wide, tall = super().natural(page, width)
        return (wide * 0.75, tall)


def _holding(look: Look, box: Holding, ground: Ground, *, slim: bool = False) -> Node:
    """A balance: what it is, how much, what more, and what can be done with it.

    A `slim` one has no icon on its button, and its figure may be smaller.
    """
    shade = above(ground)
    pad = look.m("desk_pad") * 0.5
    press = replace(box.button, icon="") if box.button and slim else box.button
    change = act(look, press, shade, tight=True) if press else None
    return Box(
        children=(
            words(box.name, "desk_caption", "muted"),
            (_Slim if slim else Sum)(
                amount=box.amount,
                symbol=box.symbol,
                role="desk_figure",
                color=box.tone,
                symbol_share=0.6,
            ),
            words(box.note, "desk_caption", "muted") if box.note else None,
            Space(grow=1.0),
            Space(h=pad * 0.5) if change else None,
            change,
        ),
        pad=(pad, pad * 0.9),
        fill=shade,
        line=outline(look),
        radius=look.m("radius_button"),
    )


def tiles(part: Tiles, look: Look, ground: Ground) -> Node:
    """Tiles under one another as rows, or in columns as cards."""
    if not part.tiles:
        return words(part.empty, color="muted")
    if part.columns > 1:
        return Late(make=partial(_tile_cards, part, look, ground))
    pressed = any(tile.id for tile in part.tiles)
    lines = [_tile_row(look, tile, ground) for tile in part.tiles]
    return column(*lines, gap=look.m("target_gap") if pressed else look.px("desk_body") * 0.7)


def _tile_cards(part: Tiles, look: Look, ground: Ground, page: Page, width: float) -> Node:
    gap = look.m("target_gap")
    px = look.px(_tile_role(ground))
    longest = (word for tile in part.tiles for word in tile.headline.split(" "))
    beside = 2.0 * look.m("desk_pad") + px * 1.4 + look.px("desk_body") * 2.6
    least = max(page.measure("semibold", px, word) for word in longest) + beside
    least = max(least, look.px("desk_body") * 13)
    fits = max(1, min(part.columns, int((width + gap) // (least + gap))))
    return grid([_tile_card(look, tile, ground) for tile in part.tiles], fits, gap, fill=False)


def _tile_role(ground: Ground) -> str:
    """Tiles on a card are smaller than cards of their own."""
    return "desk_heading" if ground == "ground" else "desk_action"


def _tapped(look: Look, tile: Tile) -> Target | None:
    if not tile.id:
        return None
    flash = (*look.color("accent")[:3], 0.14)
    return Target(tile.id, 0, 0, 0, 0, 0, tile.headline, flash=flash)


def _tile_row(look: Look, tile: Tile, ground: Ground) -> Node:
    """Icon, what, more of it, its state; an arrow where it leads somewhere."""
    gap = look.px("desk_body") * 0.8
    sign = icon(look, tile.icon, ink(tile.tone), "desk_strong", 1.5) if tile.icon else None
    arrow = icon(look, "chevron", "muted", "desk_strong") if tile.id else None

    def make(page: Page, width: float) -> Node:
        headline, value = words(tile.headline, "desk_strong"), words(tile.value, color="muted")
        used = sum(n.size + gap for n in (sign, arrow) if n)
        wide = page.wanted(headline, WIDE)[0] + gap + page.wanted(value, WIDE)[0]
        fits = wide <= width - used
        told = column(
            headline,
            None if fits or not tile.value else value,
            words(tile.note, "desk_caption", "muted") if tile.note else None,
            grow=1.0,
        )
        return row(sign, told, value if fits and tile.value else None, arrow, gap=gap)

    beside = Late(make=make)
    if not tile.id:
        return beside
    pad = look.m("desk_pad") * 0.66
    return Box(
        children=(beside,),
        justify="center",
        pad=(pad, pad * 0.7),
        fill=above(ground),
        line=outline(look),
        radius=look.m("radius_button"),
        min_h=look.m("target"),
        tap=_tapped(look, tile),
    )


def _tile_card(look: Look, tile: Tile, ground: Ground) -> Node:
    """A card: what it is with a lamp, its state in a word and its colour, and more of it."""
    pad = look.m("desk_pad") * (1.0 if ground == "ground" else 0.66)
    color = ink(tile.tone)
    side = look.px("desk_strong") * 0.9
    role = _tile_role(ground)
    lamp = (
        Box(fill=color, radius=side / 2, w=side, h=side)
        if tile.tone != "neutral"
        else icon(look, "chevron", "muted", "desk_strong")
        if tile.id
        else None
    )
    return Box(
        children=(
            row(
                icon(look, tile.icon, color, role, 1.4) if tile.icon else None,
                words(tile.headline, role, grow=1.0, lines=2, shrink=0.8),
                lamp,
                gap=look.px("desk_body") * 0.8,
            ),
            Space(h=pad * 0.35) if tile.value or tile.note else None,
            words(tile.value, "desk_strong", color) if tile.value else None,
            words(tile.note, "desk_caption", "muted") if tile.note else None,
        ),
        pad=(pad, pad * 0.9),
        fill=above(ground),
        line=outline(look),
        radius=look.m("radius" if ground == "ground" else "radius_button"),
        min_h=look.m("target"),
        tap=_tapped(look, tile),
    )


def meter(part: Meter, look: Look, ground: Ground) -> Node:
    """What it says, and a bar as far as it is done."""
    tall = round(look.px("desk_body") * 0.8)
    done = min(max(part.done / part.of, 0.0), 1.0) if part.of > 0 else 0.0

    def make(page: Page, width: float) -> Node:
        del page
        filled = max(done * width, tall if done else 0.0)
        bar = Box(fill=ink(part.tone), radius=tall / 2, w=filled, h=tall) if done else None
        return Box(
            children=(bar,),
            row=True,
            fill=above(ground),
            line=outline(look),
            radius=tall / 2,
            h=tall,
            min_w=width,
        )

    said = words(part.text, color="muted") if part.text else None
    return column(said, Late(make=make, h=tall), gap=look.px("desk_body") * 0.5)


@dataclass(kw_only=True)
class Sheet(Paper):
    """A slip on a page that scrolls: as high as it is, at a readable size."""

    def natural(self, page: Page, width: float) -> tuple[float, float]:
        """As wide as its longest line, as high as all of them."""
        px, pad = self._size(page, width), page.look.m("gap")
        wide = self.line_width(page, px) + 2 * pad
        return (min(width, wide), self.tall(px, wide, pad, 3))

    def _size(self, page: Page, width: float) -> int:
        px, pad = page.look.px("desk_caption"), page.look.m("gap")
        while px > 8 and self.line_width(page, px) + 2 * pad > width:
            px -= 1
        return px

    def place(self, page: Page, x: float, y: float, width: float, height: float) -> None:
        """The paper, and what is on it."""
        px, pad = self._size(page, width), page.look.m("gap")
        line = page.look.color("line")
        page.items.append(Plate(x, y, width, height, 4, PAPER, line, page.look.m("line") / 2))
        page.items += self.printed(page, (x, y, width, width), px, pad, 3)
