"""Placed items onto a Kivy canvas. An item that did not change keeps its instructions."""

from __future__ import annotations

import io
import math
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import Any

import segno
from kivy.animation import Animation
from kivy.core.text import Label as CoreLabel
from kivy.graphics import (
    Color as Paint,
)
from kivy.graphics import (
    InstructionGroup,
    PopMatrix,
    PushMatrix,
    Rectangle,
    ScissorPop,
    ScissorPush,
    SmoothLine,
    SmoothRoundedRectangle,
    Translate,
)
from kivy.graphics.texture import Texture
from PIL import Image

from kiosk.screens.layout import Art, Item, Layer, Picture, Plate, Qr, Run
from kiosk.screens.sheet import Sheet
from kiosk.screens.theme import ASSETS, FONTS, MOVE_S, Color

_TEXTURES_MAX = 600
_WIDTHS_MAX = 8000

_labels: dict[tuple[str, int], Any] = {}
_widths: OrderedDict[tuple[str, int, str], float] = OrderedDict()
_textures: OrderedDict[tuple[str, int, str], Any] = OrderedDict()


def _font(name: str) -> str:
    return str(ASSETS / FONTS[name])


def measure(font: str, px: int, text: str) -> float:
    """Width of a string in pixels, as it will be drawn."""
    key = (font, px, text)
    width = _widths.get(key)
    if width is None:
        label = _labels.get((font, px))
        if label is None:
            label = _labels[font, px] = CoreLabel(font_name=_font(font), font_size=px)
        width = float(label.get_extents(text)[0])
        _widths[key] = width
        if len(_widths) > _WIDTHS_MAX:
            _widths.popitem(last=False)
    return width


def texture_of(font: str, px: int, text: str) -> Any:
    """The letters in white; their colour comes from the canvas."""
    key = (font, px, text)
    texture = _textures.get(key)
    if texture is None:
        label = CoreLabel(text=text, font_name=_font(font), font_size=px)
        label.refresh()
        texture = _textures[key] = label.texture
        if len(_textures) > _TEXTURES_MAX:
            _textures.popitem(last=False)
    else:
        _textures.move_to_end(key)
    return texture


@lru_cache(maxsize=2)
def texture_of_picture(png: bytes, width: int, height: int) -> Any:
    """A picture at the size at which it is drawn: a venue's, in the bar and on its card."""
    with Image.open(io.BytesIO(png)) as image:
        # Pillow weighs colours by how opaque they are: what is see-through leaves no dark edge.
        drawn = image.convert("RGBA").resize((width, height), Image.Resampling.LANCZOS)
    texture = Texture.create(size=(width, height), colorfmt="rgba")
    lines = drawn.transpose(Image.Transpose.FLIP_TOP_BOTTOM).tobytes()
    texture.blit_buffer(lines, colorfmt="rgba", bufferfmt="ubyte")
    return texture


def vertical_fade(color: Color) -> Any:
    """A texture from the colour (bottom) to nothing (top)."""
    rows = 32
    texture = Texture.create(size=(1, rows), colorfmt="rgba")
    r, g, b = (round(255 * part) for part in color[:3])
    data = bytes(
        byte for at in range(rows) for byte in (r, g, b, round(255 * (1 - at / (rows - 1)) ** 1.4))
    )
    texture.blit_buffer(data, colorfmt="rgba", bufferfmt="ubyte")
    return texture


def glow(color: Color, side: int = 96) -> Any:
    """A round texture: the colour in the middle, nothing at the edge."""
    texture = Texture.create(size=(side, side), colorfmt="rgba")
    r, g, b = (round(255 * part) for part in color[:3])
    half = (side - 1) / 2
    data = bytearray()
    for line in range(side):
        for at in range(side):
            far = math.hypot(line - half, at - half) / half
            data += bytes((r, g, b, round(255 * max(0.0, 1 - far) ** 0.9)))
    texture.blit_buffer(bytes(data), colorfmt="rgba", bufferfmt="ubyte")
    return texture


def _dashes(x: float, y: float, w: float, h: float, r: float, step: float) -> list[list[float]]:
    """Points of a dashed rounded rectangle: a list of short polylines."""
    outline: list[tuple[float, float]] = []
    for cx, cy, start in (
        (x + w - r, y + h - r, 0.0),
        (x + r, y + h - r, 90.0),
        (x + r, y + r, 180.0),
        (x + w - r, y + r, 270.0),
    ):
        for turn in range(0, 91, 6):
            angle = math.radians(start + turn)
            outline.append((cx + r * math.cos(angle), cy + r * math.sin(angle)))
    outline.append(outline[0])
    dashes: list[list[float]] = []
    travelled, drawing = 0.0, [*outline[0]]
    for (ax, ay), (bx, by) in pairwise(outline):
        length = math.hypot(bx - ax, by - ay)
        done = 0.0
        while length - done > 0:
            part = min(step - travelled, length - done)
            done += part
            travelled += part
            px, py = ax + (bx - ax) * done / length, ay + (by - ay) * done / length
            if drawing:
                drawing += [px, py]
            if travelled >= step - 1e-6:
                travelled = 0.0
                if drawing:
                    dashes.append(drawing)
                    drawing = []
                else:
                    drawing = [px, py]
    return dashes


class Brush:
    """Draws items into an instruction group; `height` turns y upside down."""

    def __init__(self, height: float) -> None:
        self.height = height

    def up(self, y: float, height: float) -> float:
        """Kivy's y (from the bottom) of a box given from the top."""
        return self.height - y - height

    def plate(self, group: Any, item: Plate) -> None:
        """A rounded rectangle, filled or outlined."""
        y = self.up(item.y, item.height)
        radius = min(item.radius, item.width / 2, item.height / 2)
        if item.fill is not None:
            group.add(Paint(*item.fill))
            if radius < 1:
                group.add(Rectangle(pos=(item.x, y), size=(item.width, item.height)))
            else:
                group.add(
                    SmoothRoundedRectangle(
                        pos=(item.x, y),
                        size=(item.width, item.height),
                        radius=[radius],
                        segments=max(10, int(radius / 3)),
                    )
                )
        if item.line is not None:
            group.add(Paint(*item.line))
            inset = item.line_width / 2
            box = (item.x + inset, y + inset, item.width - 2 * inset, item.height - 2 * inset)
            if item.dashed:
                for dash in _dashes(*box, max(radius - inset, 0.5), 6.0):
                    group.add(SmoothLine(points=dash, width=inset))
            else:
                group.add(
                    SmoothLine(rounded_rectangle=(*box, max(radius - inset, 0.5), 60), width=inset)
                )

    def run(self, group: Any, item: Run) -> None:
        """A line of text, centred on the height of its box."""
        texture = texture_of(item.font, item.px, item.text)
        if texture is None:
            return
        wide, tall = texture.size
        x = item.x + (item.width - wide) / 2 if item.font == "icons" else item.x
        y = self.up(item.y, item.height) + (item.height - tall) / 2
        group.add(Paint(*item.color))
        group.add(Rectangle(texture=texture, pos=(round(x), round(y)), size=texture.size))
        if item.underline:
            low = y + tall * 0.14
            group.add(
                Rectangle(pos=(x, round(low)), size=(item.width, max(1, round(item.px / 16))))
            )

    def qr(self, group: Any, item: Qr) -> None:
        """Whole pixels a module, so that a phone reads it from the screen."""
        matrix = segno.make(item.data, error="m", micro=False).matrix_iter(border=4)
        modules = [bytes(0 if dark else 255 for dark in line) for line in matrix]
        side = len(modules)
        texture = Texture.create(size=(side, side), colorfmt="luminance")
        texture.mag_filter = texture.min_filter = "nearest"
        texture.blit_buffer(b"".join(reversed(modules)), colorfmt="luminance", bufferfmt="ubyte")
        pixels = max(1, int(item.size // side)) * side
        left = round(item.x + (item.size - pixels) / 2)
        low = round(self.up(item.y, item.size) + (item.size - pixels) / 2)
        group.add(Paint(1, 1, 1, 1))
        group.add(Rectangle(texture=texture, pos=(left, low), size=(pixels, pixels)))

    def picture(self, group: Any, item: Picture) -> None:
        """As it is, whatever the colours around it."""
        group.add(Paint(1, 1, 1, 1))
        group.add(
            Rectangle(
                texture=texture_of_picture(item.png, item.width, item.height),
                pos=(item.x, self.up(item.y, item.height)),
                size=(item.width, item.height),
            )
        )


class Painter:
    """Keeps a canvas equal to the newest list of items.

    Args:
        canvas: where to draw.
        height: of the window in pixels.
        moves: false shows every thing at its place at once.
        art: draws an `Art` into a group and returns what stops its movement.
    """

    def __init__(
        self,
        canvas: Any,
        height: float,
        *,
        moves: bool,
        art: Callable[[Any, Art, Brush], Callable[[], None]],
    ) -> None:
        self._canvas = canvas
        self._brush = Brush(height)
        self._moves = moves
        self._art = art
        self.drawn = 0
        """How many items were drawn so far: what did not change is not drawn again."""
        self._shown: list[Item] = []
        self._groups: list[Any] = []
        self._stops: dict[int, Callable[[], None]] = {}
        self._shifts: dict[str, tuple[Any, float]] = {}
        self._sheets: dict[str, Sheet] = {}

    def show(self, items: list[Item]) -> None:
        """Draw these items; those that are there already stay."""
        live = {item.key for item in items if isinstance(item, Layer)}
        self._shifts = {key: kept for key, kept in self._shifts.items() if key in live}
        self._sheets = {key: kept for key, kept in self._sheets.items() if key in live}
        for at, item in enumerate(items):
            if at < len(self._shown) and self._shown[at] == item:
                continue
            if at == len(self._groups):
                group = InstructionGroup()
                self._groups.append(group)
                self._canvas.add(group)
            self._clear(at)
            self._draw(at, self._groups[at], item)
        for at in range(len(items), len(self._groups)):
            self._clear(at)
            self._canvas.remove(self._groups[at])
        del self._groups[len(items) :]
        self._shown = list(items)

    def _clear(self, at: int) -> None:
        stop = self._stops.pop(at, None)
        if stop:
            stop()
        self._groups[at].clear()

    def _draw(self, at: int, group: Any, item: Item) -> None:
        if isinstance(item, Layer) and item.fade is not None:
            self._sheet(group, item)
            return
        self.drawn += 1
        if isinstance(item, Layer):
            self._layer(group, item)
        elif isinstance(item, Art):
            self._stops[at] = self._art(group, item, self._brush)
        else:
            self._piece(group, item)

    def _piece(self, group: Any, item: Item) -> None:
        if isinstance(item, Plate):
            self._brush.plate(group, item)
        elif isinstance(item, Run):
            self._brush.run(group, item)
        elif isinstance(item, Qr):
            self._brush.qr(group, item)
        elif isinstance(item, Picture):
            self._brush.picture(group, item)
        else:
            raise TypeError(f"nothing of this kind is drawn in a layer: {item!r}")

    def _sheet(self, group: Any, layer: Layer) -> None:
        """A list that scrolls; one that stood here already keeps its place and what it drew."""
        known = self._sheets.get(layer.key)
        if known is None or not known.same_box(layer):
            assert layer.fade is not None
            low = self._brush.up(layer.y, layer.height)
            at = known.at if known else 0.0
            if known and known.home is not None:
                known.home.remove(known.root)
            known = Sheet(layer, low, at, vertical_fade(layer.fade), self._piece)
            self._sheets[layer.key] = known
        elif known.home is not None and known.root in known.home.children:
            known.home.remove(known.root)
        self.drawn += known.show(layer)
        known.home = group
        group.add(known.root)

    def _layer(self, group: Any, layer: Layer) -> None:
        """A thing that moves to its place in a box that cuts it."""
        low = self._brush.up(layer.y, layer.height)
        known = self._shifts.get(layer.key)
        start = known[1] if known else layer.enter_shift
        move = Translate(0, -start if self._moves else -layer.shift, 0)
        x, y, wide, tall = round(layer.x), round(low), round(layer.width), round(layer.height)
        group.add(ScissorPush(x=x, y=y, width=wide, height=tall))
        group.add(PushMatrix())
        group.add(move)
        for item in layer.items:
            inner = InstructionGroup()
            self._piece(inner, item)
            group.add(inner)
        group.add(PopMatrix())
        group.add(ScissorPop())
        self._shifts[layer.key] = (move, layer.shift)
        if self._moves and abs(start - layer.shift) > 0.5:
            Animation(y=-layer.shift, d=MOVE_S, t="out_cubic").start(move)

    def scroll(self, layer: Layer, by: float) -> None:
        """Move a list's content up by pixels, as far as it goes."""
        sheet = self._sheets.get(layer.key)
        if sheet:
            self.drawn += sheet.scroll_to(sheet.at - by)

    def reveal(self, layer: Layer, top: float, low: float) -> None:
        """Scroll a list until this part of its content is in sight."""
        sheet = self._sheets.get(layer.key)
        if sheet:
            sheet.reveal(top, low)

    def shift(self, layer: Layer) -> float:
        """How far the content of a list is moved down, in pixels (negative: scrolled)."""
        sheet = self._sheets.get(layer.key)
        return sheet.at if sheet else 0.0

    def live(self, layer: Layer) -> Layer | None:
        """The list as it is now; None where it is no more."""
        sheet = self._sheets.get(layer.key)
        return sheet.layer if sheet else None
