"""Where everything stands: a small tree of rows, columns and texts becomes placed items.

Pure: no kivy, no window. `measure` tells the width of a string; the rest is arithmetic, so a test
can lay a screen out again, and a screen that changes by one figure differs in one item. Pixels,
y downwards from the top.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from kiosk.core.logos import Logo
from kiosk.screens.theme import ASCENT_INTER, ICONS, LINE_SHARE_INTER, TYPE, Color, Look

Measure = Callable[[str, int, str], float]
"""Width in pixels of a string in a font of the theme at a size: ``measure(font, px, text)``."""

Align = Literal["left", "center", "right"]


@dataclass(frozen=True)
class Run:
    """One line of text, or one icon. `x` and `width` are those of the letters themselves."""

    x: float
    y: float
    width: float
    height: float
    text: str
    font: str
    px: int
    color: Color
    underline: bool = False


@dataclass(frozen=True)
class Plate:
    """A rounded surface with or without a line around it."""

    x: float
    y: float
    width: float
    height: float
    radius: float
    fill: Color | None = None
    line: Color | None = None
    line_width: float = 1.0
    dashed: bool = False


@dataclass(frozen=True)
class Qr:
    """A QR code with its quiet zone, dark on white."""

    x: float
    y: float
    size: float
    data: str


@dataclass(frozen=True)
class Picture:
    """A PNG, drawn to fill its box of whole pixels."""

    x: int
    y: int
    width: int
    height: int
    png: bytes = field(repr=False)


@dataclass(frozen=True)
class Art:
    """A drawing of its own kind that may move: the welcome's card before the reader."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    words: tuple[str, ...]
    look: Look
    logo: Logo | None = None


@dataclass(frozen=True)
class Layer:
    """Items clipped to a box. One whose content is higher scrolls; `shift` moves the content.

    `targets` stand in it as if it were not scrolled, as `items` do; `focus` is the part of it
    (top and bottom) that must be seen: where one types.
    """

    key: str
    x: float
    y: float
    width: float
    height: float
    items: tuple[Item, ...]
    content_height: float
    shift: float = 0.0
    enter_shift: float = 0.0
    fade: Color | None = None
    targets: tuple[Target, ...] = ()
    focus: tuple[float, float] | None = None

    def holds(self, x: float, y: float) -> bool:
        """True when the point is in its box."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


Item = Run | Plate | Qr | Picture | Art | Layer


@dataclass(frozen=True)
class Target:
    """Something that can be pressed.

    `repeat`: a key, which stays armed while one types. `joined`: a row of a list, whose
    neighbours are of the same kind and touch it.
    """

    id: str
    x: float
    y: float
    width: float
    height: float
    radius: float
    text: str
    enabled: bool = True
    repeat: bool = False
    flash: Color = (1, 1, 1, 0.16)
    joined: bool = False

    def holds(self, x: float, y: float) -> bool:
        """True when the point is on this target."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


@dataclass
class Page:
    """What a layout pass collects: items in painter's order, targets, and what did not fit."""

    look: Look
    measure: Measure
    items: list[Item] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    over: float = 0.0
    focus: tuple[float, float] | None = None
    _wanted: dict[tuple[int, float], tuple[Node, tuple[float, float]]] = field(default_factory=dict)

    def wanted(self, node: Node, width: float) -> tuple[float, float]:
        """What a node wants within a width; asked again and again, worked out once."""
        key = (id(node), width)
        if key not in self._wanted:
            # The node is kept, too: another one in its place in memory would have its id.
            self._wanted[key] = (node, node.natural(self, width))
        return self._wanted[key][1]

    def too_much(self, pixels: float) -> None:
        """Remember the worst overflow; half a pixel is rounding."""
        if pixels > 0.5:
            self.over = max(self.over, pixels)


@dataclass(kw_only=True)
class Node:
    """A thing with a size. `w`, `h`: fixed pixels; `grow`: its share of what is left over."""

    w: float | None = None
    h: float | None = None
    grow: float = 0.0

    def natural(self, page: Page, width: float) -> tuple[float, float]:
        """The size this node wants within `width`."""
        raise NotImplementedError

    def place(self, page: Page, x: float, y: float, width: float, height: float) -> None:
        """Put the node's items on the page within this box."""
        raise NotImplementedError

    def width_in(self, page: Page, width: float) -> float:
        """Its fixed width, or what it wants within `width`."""
        return self.w if self.w is not None else min(width, page.wanted(self, width)[0])

    def height_in(self, page: Page, width: float) -> float:
        """Its fixed height, or what it wants at `width`."""
        return self.h if self.h is not None else page.wanted(self, width)[1]


@dataclass(kw_only=True)
class Space(Node):
    """Nothing, of a size or growing."""

    def natural(self, page: Page, width: float) -> tuple[float, float]:
        """No size of its own."""
        return (self.w or 0.0, self.h or 0.0)

    def place(self, page: Page, x: float, y: float, width: float, height: float) -> None:
        """Nothing to put."""


def wrap(measure: Measure, font: str, px: int, text: str, width: float) -> list[str]:
    """Break a text at plain spaces and line ends; no-break spaces hold.

    A word wider than `width` gets a line of its own and sticks out: the caller sees it.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if line and measure(font, px, longer) > width + 0.01:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return lines


@dataclass(kw_only=True)
class Text(Node):
    """Words in one of the theme's roles.

    `shrink`: how far the letters may get smaller before the text counts as not fitting.
    `balance`: lines of about the same length, so that no single word is left over.
    """

    text: str
    role: str = "body"
    color: str | Color = "text"
    font: str = ""
    align: Align = "left"
    lines: int = 0
    shrink: float = 1.0
    balance: bool = False
    underline: bool = False
    middle: bool = False

    def _font(self) -> str:
        return self.font or TYPE[self.role][2]

    def _set(self, page: Page, width: float, px: int) -> tuple[list[str], float]:
        font, measure = self._font(), page.measure
        lines = wrap(measure, font, px, self.text, width)
        if self.balance and len(lines) > 1:
            low, high = max(measure(font, px, w) for w in self.text.split()), width
            while high - low > 4:
                middle = (low + high) / 2
                fits = len(wrap(measure, font, px, self.text, middle)) <= len(lines)
                low, high = (low, middle) if fits else (middle, high)
            lines = wrap(measure, font, px, self.text, high)
        return lines, max(measure(font, px, line) for line in lines)

    def natural(self, page: Page, width: float) -> tuple[float, float]:
        """As wide as its longest line, as high as its lines."""
        if not self.text:
            return (0.0, 0.0)
        px = page.look.px(self.role)
        lines, wide = self._fit(page, width, px)[:2]
        pitch = TYPE[self.role][3]
        return (min(wide, width), len(lines) * px * pitch)

    def _fit(self, page: Page, width: float, px: int) -> tuple[list[str], float, int]:
        size, least = px, round(px * self.shrink)
        while True:
            lines, wide = self._set(page, width, size)
            fits = wide <= width + 0.5 and not (self.lines and len(lines) > self.lines)
            if fits or size <= least:
                return lines, wide, size
            size = max(size - max(1, round(px * 0.04)), least)

    def place(self, page: Page, x: float, y: float, width: float, height: float) -> None:
        """A run a line; whatever sticks out counts as overflow."""
        if not self.text:
            return
        lines, wide, px = self._fit(page, width, page.look.px(self.role))
        pitch = px * TYPE[self.role][3]
        page.too_much(wide - width)
        page.too_much(len(lines) * pitch - height - 0.25 * px)
        if self.lines:
            page.too_much((len(lines) - self.lines) * pitch)
        top = y + (height - len(lines) * pitch) / 2 if self.middle or len(lines) == 1 else y
        color = page.look.color(self.color) if isinstance(self.color, str) else self.color
        for number, line in enumerate(lines):
            if not line:
                continue
            run = page.measure(self._font(), px, line)
            spare = width - run
            left = x + {"left": 0.0, "center": spare / 2, "right": spare}[self.align]
            page.items.append(
                Run(
                    round(left),
                    round(top + number * pitch),
                    run,
                    round(pitch),
                    line,
                    self._font(),
                    px,
                    color,
                    self.underline,
                )
            )


@dataclass(kw_only=True)
class Icon(Node):
    """A glyph of the icon font, square."""

    name: str
    size: float
    color: str | Color = "text"

    def natural(self, page: Page, width: float) -> tuple[float, float]:
        """A square."""
        return (self.size, self.size)

    def place(self, page: Page, x: float, y: float, width: float, height: float) -> None:
        """In the middle of its box."""
        color = page.look.color(self.color) if isinstance(self.color, str) else self.color
        px = round(self.size)
        left, top = round(x + (width - px) / 2), round(y + (height - px) / 2)
        page.items.append(
            Run(left, top, px, px, chr(ICONS[self.name]), "icons", px, color),
        )


@dataclass(kw_only=True)
class Sum(Node):
    """A sum of money: figure and smaller currency on one base line; shrinks, never wraps."""

    amount: str
    symbol: str
    role: str = "display"
    color: str = "text"
    symbol_color: str = "muted"
    symbol_share: float = 0.46
    align: Align = "left"

    def _widths(self, page: Page, px: int) -> tuple[float, float, float, int]:
        small = max(round(px * self.symbol_share), 1)
        amount = page.measure("display", px, self.amount)
        gap = 0.16 * px if self.symbol else 0.0
        symbol = page.measure("semibold", small, self.symbol) if self.symbol else 0.0
        return amount, gap, symbol, small

    def natural(self, page: Page, width: float) -> tuple[float, float]:
        """One line, as wide as it is."""
        px = page.look.px(self.role)
        return (min(sum(self._widths(page, px)[:3]), width), px * TYPE[self.role][3])

    def place(self, page: Page, x: float, y: float, width: float, height: float) -> None:
        """Smaller until it fits the width; a sum is never cut off."""
        px = page.look.px(self.role)
        least = px * 0.5
        while sum(self._widths(page, px)[:3]) > width and px > least:
            px -= 1
        amount, gap, symbol, small = self._widths(page, px)
        page.too_much(amount + gap + symbol - width)
        spare = width - amount - gap - symbol
        left = x + {"left": 0.0, "center": spare / 2, "right": spare}[self.align]
        line = round(px * TYPE[self.role][3])
        top = round(y + (height - line) / 2)
        look = page.look
        page.items.append(
            Run(left, top, amount, line, self.amount, "display", px, look.color(self.color))
        )
        if self.symbol:
            base = top + line / 2 + (ASCENT_INTER - LINE_SHARE_INTER / 2) * px
            low = base - (ASCENT_INTER - LINE_SHARE_INTER / 2) * small - small * 0.6
            page.items.append(
                Run(
                    left + amount + gap,
                    round(low),
                    symbol,
                    round(small * 1.2),
                    self.symbol,
                    "semibold",
                    small,
                    look.color(self.symbol_color),
                )
            )


@dataclass(kw_only=True)
class Box(Node):
    """A row or a column of nodes, with or without a surface, pressable or not."""

    children: Sequence[Node | None] = ()
    row: bool = False
    gap: float = 0.0
    pad: float | tuple[float, float] = 0.0
    align: Literal["stretch", "start", "center", "end"] = "stretch"
    justify: Literal["start", "center", "end", "between"] = "start"
    fill: str | Color | None = None
    line: str | None = None
    line_width: float | None = None
    dashed: bool = False
    radius: float = 0.0
    edge: str | None = None
    tap: Target | None = None
    min_h: float = 0.0
    min_w: float = 0.0
    focus: bool = False

    def _pads(self) -> tuple[float, float]:
        return self.pad if isinstance(self.pad, tuple) else (self.pad, self.pad)

    def _kids(self) -> list[Node]:
        return [child for child in self.children if child is not None]

    def natural(self, page: Page, width: float) -> tuple[float, float]:
        """The children side by side or below one another, and the padding."""
        kids, (px, py) = self._kids(), self._pads()
        gaps = self.gap * max(0, len(kids) - 1)
        inner = width - 2 * px
        if self.row:
            wide = sum(self._row_widths(page, inner, natural=True)) + gaps
            # Heights at the widths that the children will really get.
            widths = self._row_widths(page, inner)
            tall = max(
                (k.height_in(page, w) for k, w in zip(kids, widths, strict=True)), default=0.0
            )
        else:
            wide = max((k.width_in(page, inner) for k in kids), default=0.0)
            tall = sum(k.height_in(page, inner) for k in kids) + gaps
        wide = max(wide + 2 * px, self.min_w)
        return (min(wide, width), max(tall + 2 * py, self.min_h))

    def _row_widths(self, page: Page, inner: float, *, natural: bool = False) -> list[float]:
        kids = self._kids()
        room = inner - self.gap * max(0, len(kids) - 1)
        widths = [
            (k.w or 0.0) if k.w is not None or (k.grow and not natural) else k.width_in(page, room)
            for k in kids
        ]
        grown = [k.grow if k.w is None else 0.0 for k in kids]
        spare = room - sum(widths)
        if natural:
            if spare >= 0:
                return widths
        elif spare > 0 and any(grown):
            return [w + spare * g / sum(grown) for w, g in zip(widths, grown, strict=True)]
        if spare < 0:
            # Too narrow: what has no fixed width gives way, the widest first.
            soft = [i for i, k in enumerate(kids) if k.w is None and not isinstance(k, Icon)]
            while soft and spare < -0.01:
                widest = max(soft, key=lambda i: widths[i])
                others = [widths[i] for i in soft if widths[i] < widths[widest] - 0.01]
                same = [i for i in soft if abs(widths[i] - widths[widest]) <= 0.01]
                floor = max(others, default=0.0)
                cut = min(widths[widest] - floor, -spare / len(same))
                if cut <= 0:
                    break
                for i in same:
                    widths[i] -= cut
                spare += cut * len(same)
        return widths

    def _column_heights(self, page: Page, inner: float, room: float) -> list[float]:
        kids = self._kids()
        wanted = [k.height_in(page, inner) for k in kids]
        growing = {i for i, k in enumerate(kids) if k.grow and k.h is None}
        heights = list(wanted)
        while growing:
            spare = room - sum(h for i, h in enumerate(heights) if i not in growing)
            share = spare / sum(kids[i].grow for i in growing)
            full = {i for i in growing if wanted[i] > share * kids[i].grow}
            if not full:
                for i in growing:
                    heights[i] = share * kids[i].grow
                break
            growing -= full
        return heights

    def place(self, page: Page, x: float, y: float, width: float, height: float) -> None:
        """The surface, the children, the target."""
        self._surface(page, x, y, width, height)
        if self.focus:
            page.focus = (y, y + height)
        kids, (px, py) = self._kids(), self._pads()
        inner_w, inner_h = width - 2 * px, height - 2 * py
        gaps = self.gap * max(0, len(kids) - 1)
        if self.row:
            along = self._row_widths(page, inner_w)
            room = inner_w - gaps
        else:
            room = inner_h - gaps
            along = self._column_heights(page, inner_w, room)
        spare = room - sum(along)
        page.too_much(-spare)
        step, start = self.gap, 0.0
        if spare > 0:
            if self.justify == "between" and len(kids) > 1:
                step += spare / (len(kids) - 1)
            else:
                start = {"start": 0.0, "center": spare / 2, "end": spare}.get(self.justify, 0.0)
        at = start
        for kid, size in zip(kids, along, strict=True):
            if self.row:
                tall = inner_h if self._stretched(kid) else kid.height_in(page, size)
                page.too_much(tall - inner_h)
                offset = self._across(inner_h - tall)
                kid.place(page, x + px + at, y + py + offset, size, tall)
            else:
                wide = inner_w if self._stretched(kid) else kid.width_in(page, inner_w)
                offset = self._across(inner_w - wide)
                kid.place(page, x + px + offset, y + py + at, wide, size)
            at += size + step
        if self.tap:
            page.targets.append(
                Target(
                    self.tap.id,
                    x,
                    y,
                    width,
                    height,
                    self.radius,
                    self.tap.text,
                    self.tap.enabled,
                    self.tap.repeat,
                    self.tap.flash,
                    self.tap.joined,
                )
            )

    def _stretched(self, kid: Node) -> bool:
        fixed = kid.h if self.row else kid.w
        return self.align == "stretch" and fixed is None

    def _across(self, spare: float) -> float:
        return {"stretch": 0.0, "start": 0.0, "center": spare / 2, "end": spare}[self.align]

    def _surface(self, page: Page, x: float, y: float, width: float, height: float) -> None:
        look = page.look
        fill = look.color(self.fill) if isinstance(self.fill, str) else self.fill
        line = look.color(self.line) if self.line else None
        thick = self.line_width or look.m("line")
        if self.edge and fill is not None:
            # A coloured edge at the left: the same surface in the colour, looking out below.
            page.items.append(Plate(x, y, width, height, self.radius, look.color(self.edge)))
            by = round(look.m("radius") * 0.28)
            page.items.append(Plate(x + by, y, width - by, height, self.radius, fill))
            if line:
                page.items.append(Plate(x, y, width, height, self.radius, None, line, thick))
        elif fill is not None or line is not None:
            page.items.append(
                Plate(x, y, width, height, self.radius, fill, line, thick, self.dashed)
            )


def scrolled(
    page: Page,
    key: str,
    child: Node,
    box: tuple[float, float, float, float],
    fade: str,
    outset: float = 0.0,
) -> None:
    """A column that scrolls by touch when it is higher than its box; else it just stands.

    Args:
        page: where to put it.
        key: by which the layer knows where it was scrolled to.
        child: what it shows.
        box: left, top, width and height.
        fade: the ground on which it stands.
        outset: how far what it shows may stick out at both sides.
    """
    x, y, width, height = box
    tall = child.height_in(page, width)
    if tall <= height + 0.5:
        child.place(page, x, y, width, tall)
        return
    inner = Page(page.look, page.measure)
    child.place(inner, x, y, width, tall)
    page.too_much(inner.over)
    page.items.append(
        Layer(
            key,
            x - outset,
            y,
            width + 2 * outset,
            height,
            tuple(inner.items),
            tall,
            fade=page.look.color(fade),
            targets=tuple(inner.targets),
            focus=inner.focus,
        )
    )


@dataclass(kw_only=True)
class Scroll(Node):
    """A column that scrolls by touch when it is higher than its box; else it just stands."""

    key: str
    child: Node
    fade: str = "surface"
    outset: float = 0.0

    def natural(self, page: Page, width: float) -> tuple[float, float]:
        """Takes whatever height it gets."""
        return (width, 0.0)

    def place(self, page: Page, x: float, y: float, width: float, height: float) -> None:
        """The child at its full height, clipped to the box."""
        scrolled(page, self.key, self.child, (x, y, width, height), self.fade, self.outset)


@dataclass(kw_only=True)
class Late(Node):
    """A node that is made when its width is known: how many stand side by side depends on it."""

    make: Callable[[Page, float], Node]
    _made: dict[float, Node] = field(default_factory=dict)

    def _at(self, page: Page, width: float) -> Node:
        key = round(width, 1)
        if key not in self._made:
            self._made[key] = self.make(page, width)
        return self._made[key]

    def natural(self, page: Page, width: float) -> tuple[float, float]:
        """That of the node made for this width."""
        return page.wanted(self._at(page, width), width)

    def place(self, page: Page, x: float, y: float, width: float, height: float) -> None:
        """Place the node made for this width."""
        self._at(page, width).place(page, x, y, width, height)


@dataclass(kw_only=True)
class Drawing(Node):
    """A place for an `Art`."""

    kind: str
    words: tuple[str, ...] = ()
    logo: Logo | None = None

    def natural(self, page: Page, width: float) -> tuple[float, float]:
        """Takes whatever it gets."""
        return (0.0, 0.0)

    def place(self, page: Page, x: float, y: float, width: float, height: float) -> None:
        """The largest square in the middle of the box."""
        side = min(width, height)
        left, top = round(x + (width - side) / 2), round(y + (height - side) / 2)
        page.items.append(Art(left, top, side, side, self.kind, self.words, page.look, self.logo))


@dataclass(kw_only=True)
class Still(Node):
    """A `Picture`, its sides in proportion: as large as fits into a box, no larger than it is."""

    png: bytes = field(repr=False)
    size: tuple[int, int]
    most: tuple[float, float]

    def _share(self, width: float, height: float) -> float:
        wide, tall = self.size
        return min(1.0, width / wide, height / tall)

    def natural(self, page: Page, width: float) -> tuple[float, float]:
        """Its own size, or less in a smaller box."""
        share = self._share(min(width, self.most[0]), self.most[1])
        return (self.size[0] * share, self.size[1] * share)

    def place(self, page: Page, x: float, y: float, width: float, height: float) -> None:
        """In the middle of its height, at the left."""
        share = self._share(min(width, self.most[0]), min(height, self.most[1]))
        wide, tall = (max(1, round(side * share)) for side in self.size)
        page.items.append(Picture(round(x), round(y + (height - tall) / 2), wide, tall, self.png))


def row(*children: Node | None, gap: float = 0.0, **more: object) -> Box:
    """A row; children in the middle of its height unless told otherwise."""
    more.setdefault("align", "center")
    return Box(children=children, row=True, gap=gap, **more)  # type: ignore[arg-type]


def column(*children: Node | None, gap: float = 0.0, **more: object) -> Box:
    """A column."""
    return Box(children=children, gap=gap, **more)  # type: ignore[arg-type]
