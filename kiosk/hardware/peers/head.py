"""The print head of the simulated printer: its modes and the line being filled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from PIL import Image

from kiosk.hardware.peers import qr
from kiosk.hardware.peers.paper import Align, Glyph, Paper, Style

LINE_SPACING_DOTS: Final = 30


@dataclass
class Modes:
    """What ESC @ sets back."""

    style: Style = field(default_factory=Style)
    align: Align = "left"
    code_page: str = "cp437"
    spacing: int = LINE_SPACING_DOTS
    left: int = 0
    area: int = 0
    tabs: tuple[int, ...] = tuple(range(8, 256, 8))
    qr_size: int = 3
    qr_level: str = "L"
    qr_data: bytes = b""


class PrintHead:
    """Characters, pictures and feeds in; paper is used up.

    Attributes:
        modes: how it prints from now on.
        stored: a picture that waits for its command.
        lines: how many lines have been printed in all.
    """

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.stored: Image.Image | None = None
        self.lines = 0
        self.initialise()

    def initialise(self) -> None:
        """ESC @: usual modes; the line being filled is dropped."""
        self.modes = Modes(area=self.paper.dots)
        self.drop_line()

    def drop_line(self) -> None:
        """Forget the line being filled."""
        self._glyphs: list[Glyph] = []
        self._x = 0

    def finish_line(self) -> None:
        """Print the line being filled, if there is anything in it."""
        if self._glyphs:
            self.end_line()

    def put(self, byte: int) -> None:
        """Put a character into the line; a full line is printed first."""
        style = self.modes.style
        if self._x + style.width > self._area():
            self.end_line()
        char = bytes((byte,)).decode(self.modes.code_page, "replace")
        self._glyphs.append(Glyph(self._x, char, style))
        self._x += style.width

    def _area(self) -> int:
        return min(self.modes.area, self.paper.dots - self.modes.left)

    def _indent(self, width: int) -> int:
        free = max(0, self._area() - width)
        return self.modes.left + {"left": 0, "center": free // 2, "right": free}[self.modes.align]

    def end_line(self) -> None:
        """Print the line in the buffer, empty or not, and use up paper."""
        self.paper.line(self._glyphs, self._indent(self._x), self.modes.spacing)
        self._glyphs, self._x = [], 0
        self.lines += 1

    def tab(self) -> None:
        """Go to the next tab stop, if there is one."""
        stops = (stop * self.modes.style.width for stop in self.modes.tabs)
        self._x = next((stop for stop in stops if stop > self._x), self._x)

    def move(self, where: int, *, relative: bool) -> None:
        """Go to a place in the line, in dots."""
        if relative:
            where = self._x + (where - 0x10000 if where >= 0x8000 else where)
        if 0 <= where <= self._area():
            self._x = where

    def feed_lines(self, count: int) -> None:
        """Print the line and feed, so many lines in all."""
        if self._glyphs:
            self.end_line()
            count -= 1
        for _ in range(count):
            self.end_line()

    def feed_dots(self, dots: int) -> None:
        """Print the line and feed, so many dots in all."""
        if self._glyphs:
            self.paper.line(self._glyphs, self._indent(self._x), dots)
            self._glyphs, self._x = [], 0
        else:
            self.paper.feed(dots)

    def picture(self, ink: Image.Image) -> None:
        """Print dots, aligned as text is."""
        if self._glyphs:
            self.end_line()
        self.paper.picture(ink, self._indent(ink.width))

    def print_stored(self) -> None:
        """Print the stored picture, once."""
        if self.stored is not None:
            self.picture(self.stored)
            self.stored = None

    def print_qr(self) -> None:
        """Print the stored QR code; printers add no quiet zone of their own."""
        modes = self.modes
        try:
            rows = qr.dots(modes.qr_data, modes.qr_level)
        except ValueError:  # nothing stored, or too much: printers print nothing
            return
        ink = Image.new("L", (len(rows[0]), len(rows)), 0)
        ink.putdata([255 if dot else 0 for row in rows for dot in row])
        size = (ink.width * modes.qr_size, ink.height * modes.qr_size)
        self.picture(ink.resize(size, Image.Resampling.NEAREST))
