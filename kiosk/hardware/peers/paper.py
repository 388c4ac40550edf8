"""What comes out of a simulated printer: a strip of paper that is drawn upon, and its slips.

The print head has 8 dots a millimetre. Characters are drawn in cells of the printer's two fonts
(A 12 × 24, B 9 × 17) from a font that has the characters of all its code pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from io import BytesIO
from typing import Final, Literal

from PIL import Image, ImageDraw, ImageFont, ImageOps

DOTS_PER_MM: Final = 8
HEAD_DOTS: Final[dict[int, int]] = {80: 576, 58: 384}
"""Width of the paper in mm → dots of the print head."""

CELLS: Final[dict[str, tuple[int, int]]] = {"A": (12, 24), "B": (9, 17)}
# Sizes at which the advance of DejaVu Sans Mono (0.602 em) is the width of the cell.
_SIZES: Final[dict[str, float]] = {"A": 19.9, "B": 14.9}
_MARGIN_DOTS: Final = 24
_INK, _SHEET = "#2a2833", "#fffefa"
_GROWTH_DOTS: Final = 1024

Align = Literal["left", "center", "right"]


@dataclass(frozen=True)
class Style:
    """How a character is printed; `wide` and `high` are factors from 1 to 8."""

    font: str = "A"
    bold: bool = False
    underline: int = 0
    inverse: bool = False
    wide: int = 1
    high: int = 1

    @property
    def width(self) -> int:
        """Dots from this character to the next."""
        return CELLS[self.font][0] * self.wide

    @property
    def height(self) -> int:
        """Dots from top to bottom."""
        return CELLS[self.font][1] * self.high


@dataclass(frozen=True)
class Glyph:
    """A character at its place in a line, in dots from the left margin."""

    x: int
    char: str
    style: Style


@dataclass(frozen=True)
class Slip:
    """A piece of paper that has come off the roll.

    Attributes:
        text: its characters, line by line, indented as printed.
        image: its picture, in the colours of paper and print.
        cut: by the cutter; else torn off when the roll was changed.
    """

    text: str
    image: Image.Image
    cut: bool


@lru_cache(maxsize=64)
def _typeface(bold: bool, size: float) -> ImageFont.FreeTypeFont:
    name = "DejaVuSansMono-Bold-subset.ttf" if bold else "DejaVuSansMono-subset.ttf"
    font = (resources.files(__package__) / "assets" / name).read_bytes()
    return ImageFont.truetype(BytesIO(font), size)


@lru_cache(maxsize=4096)
def _cell(char: str, style: Style) -> Image.Image:
    """One character, white on black (a mask of ink)."""
    scale = max(style.wide, style.high)
    width, height = CELLS[style.font]
    cell = Image.new("L", (width * scale, height * scale), 0)
    typeface = _typeface(style.bold, _SIZES[style.font] * scale)
    ascent, descent = typeface.getmetrics()
    baseline = round((cell.height - ascent - descent) / 2) + ascent
    draw = ImageDraw.Draw(cell)
    draw.text((0, baseline), char, fill=255, font=typeface, anchor="ls")
    if style.underline:
        bottom = cell.height - 1
        draw.rectangle((0, bottom - style.underline * scale + 1, cell.width, bottom), fill=255)
    if style.wide != style.high:
        cell = cell.resize((style.width, style.height), Image.Resampling.LANCZOS)
    return ImageOps.invert(cell) if style.inverse else cell


class Paper:
    """The paper between the roll and the cutter, printed from top to bottom.

    Args:
        paper_mm: its width, 80 or 58.

    Raises:
        ValueError: no print head for this width.
    """

    def __init__(self, paper_mm: int) -> None:
        if paper_mm not in HEAD_DOTS:
            raise ValueError(f"paper_mm: {paper_mm} is not one of {', '.join(map(str, HEAD_DOTS))}")
        self.paper_mm = paper_mm
        self.dots = HEAD_DOTS[paper_mm]
        self._ink = Image.new("L", (self.dots, _GROWTH_DOTS), 0)
        self._y = 0
        self._printed = False
        self._lines: list[str] = []

    @property
    def blank(self) -> bool:
        """Nothing has been printed since the last slip came off."""
        return not self._printed

    def feed(self, dots: int) -> None:
        """Move on without printing."""
        self._y += dots
        self._grow()

    def line(self, glyphs: Sequence[Glyph], x: int, height: int) -> None:
        """Print characters side by side, standing on the same bottom, and move on.

        Args:
            glyphs: in the order of their places.
            x: dots from the edge of the print head to the line's own left.
            height: dots to move on; less than the highest character is taken as that.
        """
        highest = max((glyph.style.height for glyph in glyphs), default=0)
        top, self._y = self._y, self._y + max(height, highest)
        self._grow()
        text, end = "", 0
        for glyph in glyphs:
            mask = _cell(glyph.char, glyph.style)
            at = (x + glyph.x, top + highest - glyph.style.height)
            self._ink.paste(255, (*at, at[0] + mask.width, at[1] + mask.height), mask)
            text += " " * ((at[0] - end) // CELLS["A"][0]) + glyph.char
            end = at[0] + glyph.style.width
        self._lines.append(text.rstrip())
        self._printed = self._printed or bool(text.strip())

    def picture(self, ink: Image.Image, x: int) -> None:
        """Print dots (white of the picture is ink) and move on by its height."""
        top = self._y
        self._y += ink.height
        self._grow()
        self._ink.paste(255, (x, top, x + ink.width, top + ink.height), ink.convert("L"))
        self._printed = True

    def off(self, *, cut: bool) -> Slip:
        """Take the slip off; what follows is printed on a new one."""
        sheet = Image.new("L", (self.paper_mm * DOTS_PER_MM, self._y + 2 * _MARGIN_DOTS), 0)
        head = self._ink.crop((0, 0, self.dots, self._y))
        sheet.paste(head, ((sheet.width - self.dots) // 2, _MARGIN_DOTS))
        image = ImageOps.colorize(sheet, _SHEET, _INK)
        text = "\n".join(self._lines).strip("\n")
        self._ink = Image.new("L", (self.dots, _GROWTH_DOTS), 0)
        self._y, self._printed, self._lines = 0, False, []
        return Slip(text, image, cut)

    def _grow(self) -> None:
        if self._y > self._ink.height:
            taller = Image.new("L", (self.dots, self._y + _GROWTH_DOTS), 0)
            taller.paste(self._ink, (0, 0))
            self._ink = taller
