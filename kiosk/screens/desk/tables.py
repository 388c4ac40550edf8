"""Tables: columns as wide as what stands in them; folded to a few lines a row where it is narrow.

Hundreds of cells are laid out here whenever a key is pressed in a search, so a cell is no node:
its lines are written down at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kiosk.screens.desk.plain import Ground, above, ink, tint
from kiosk.screens.layout import Node, Page, Plate, Run, Target, wrap
from kiosk.screens.theme import ICONS, TYPE, Look
from kiosk.screens.view import Cell, Column, Line, Table


@dataclass(frozen=True, slots=True)
class Bit:
    """A line of text or an icon of a row, counted from the top left of the row's words."""

    x: float
    y: float
    width: float
    height: float
    text: str
    font: str
    px: int
    color: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row laid out: its height, that of its words, and these."""

    height: float
    words: float
    bits: tuple[Bit, ...]


@dataclass(frozen=True)
class Plan:
    """How a table stands in a width: its titles, its rows, what is said below them."""

    head: float
    titles: tuple[Bit, ...]
    rows: tuple[Row, ...]
    foot: Row


@dataclass(kw_only=True)
class TableNode(Node):
    """A table of the view.

    Attributes:
        table: what it says.
        ground: on what it stands.
        outset: how far the surface of a row reaches over the edge of its words.
        inset: how far the words stand from the edge of the table.
    """

    table: Table
    ground: Ground
    outset: float = 0.0
    inset: float = 0.0
    _plans: dict[float, Plan] = field(default_factory=dict)

    def natural(self, page: Page, width: float) -> tuple[float, float]:
        """The whole width, and all rows."""
        plan = self._plan(page, width)
        return (width, sum(r.height for r in plan.rows) + plan.head + plan.foot.height)

    def _plan(self, page: Page, width: float) -> Plan:
        key = round(width, 1)
        if key not in self._plans:
            self._plans[key] = self._made(page, width - 2 * self.inset)
        return self._plans[key]

    def _made(self, page: Page, width: float) -> Plan:
        look, table = page.look, self.table
        small = look.px("desk_caption") * TYPE["desk_caption"][3]
        foot = Row(0.0, 0.0, ())
        if table.foot:
            words, bits = _block(page, table.foot, "medium", "desk_caption", "muted", width)
            foot = Row(words + small * 0.9, words, bits)
        if not table.lines:
            words, bits = _block(page, table.empty, "regular", "desk_body", "muted", width)
            return Plan(0.0, (), (Row(words + _pad(look), words, bits),), foot)
        columns = self._columns(page, width)
        if not columns:
            rows = tuple(
                self._row(look, line, *self._folded(page, line, width)) for line in table.lines
            )
            return Plan(0.0, (), rows, foot)
        rows = tuple(
            self._row(look, line, *_cells(page, line, columns, table.columns))
            for line in table.lines
        )
        if not any(c.title for c in table.columns):
            return Plan(0.0, (), rows, foot)
        titles = Line(tuple(Cell("", c.title) for c in table.columns))
        words, bits = _cells(page, titles, columns, table.columns)
        return Plan(words + small * 0.7, bits, rows, foot)

    def _row(self, look: Look, line: Line, words: float, bits: tuple[Bit, ...]) -> Row:
        return Row(round(max(words + _pad(look), look.m("row") if line.id else 0.0)), words, bits)

    # --- how wide --------------------------------------------------------------------------

    def _columns(self, page: Page, width: float) -> tuple[tuple[float, float], ...]:
        """Left and width of each column; nothing where they cannot stand side by side."""
        table, px = self.table, page.look.px("desk_body")
        wide = [self._widest(page, at) for at in range(len(table.columns))]
        apart = max(1, len(wide) - 1)
        gap = min(max((width - sum(wide)) / apart, px * 0.9), px * 1.6)
        room = width - gap * (len(wide) - 1)
        shares = [c.share for c in table.columns]
        spare = room - sum(wide)
        if spare < 0:
            wide = self._narrower(page, wide, -spare)
        elif any(shares):
            wide = _shared(wide, shares, room)
        elif len(wide) > 1:
            # Evenly apart, but not so far that the eye loses its row.
            gap += min(spare / (len(wide) - 1), px * 7.0)
            if table.columns[-1].align == "right":
                wide[-1] = width - sum(wide[:-1]) - gap * (len(wide) - 1)
        starts = [sum(wide[:at]) + gap * at for at in range(len(wide))]
        return tuple(zip(starts, wide, strict=True)) if wide else ()

    def _widest(self, page: Page, at: int) -> float:
        look, title = page.look, self.table.columns[at].title
        most = page.measure("medium", look.px("desk_caption"), title) if title else 0.0
        for line in self.table.lines:
            if at < len(line.cells):
                most = max(most, _cell_width(page, line.cells[at]))
        return most + 0.5

    def _narrower(self, page: Page, wide: list[float], missing: float) -> list[float]:
        """Columns of words give way, the widest first, as far as their longest words allow."""
        least = [
            self._longest_word(page, at, wide[at]) if column.align == "left" else wide[at]
            for at, column in enumerate(self.table.columns)
        ]
        if sum(wide) - sum(least) < missing:
            return []
        made = list(wide)
        while missing > 0.01:
            soft = [at for at in range(len(made)) if made[at] > least[at] + 0.01]
            widest = max(made[at] for at in soft)
            same = [at for at in soft if made[at] >= widest - 0.01]
            floor = max(
                *(least[at] for at in same),
                *(made[at] for at in soft if at not in same),
                0.0,
            )
            cut = min(missing / len(same), widest - floor)
            for at in same:
                made[at] -= cut
            missing -= cut * len(same)
        return made

    def _longest_word(self, page: Page, at: int, widest: float) -> float:
        look = page.look
        px, small = look.px("desk_body"), look.px("desk_caption")
        found = [page.measure("medium", small, w) for w in self.table.columns[at].title.split(" ")]
        for line in self.table.lines:
            for cell in line.cells[at : at + 1]:
                icon = _icon_width(look, cell)
                texts, notes = cell.text.split(" "), cell.note.split(" ")
                found += [page.measure(_font(cell), px, word) + icon for word in texts]
                found += [page.measure("medium", small, word) + icon for word in notes]
        # A column of single words one below another is no column.
        return min(widest, max(max(found), px * 5.0) + 0.5)

    # --- what is written -------------------------------------------------------------------

    def place(self, page: Page, x: float, y: float, width: float, height: float) -> None:
        """Titles, rows, and how many there are."""
        plan = self._plan(page, width)
        left = x + self.inset
        _write(page, left, y, plan.titles)
        top = y + plan.head
        for at, row in enumerate(plan.rows):
            line = self.table.lines[at] if self.table.lines else Line(())
            ruled = at < len(plan.rows) - 1 and not line.id
            self._surface(page, line, (x, top, width, row.height), ruled=ruled)
            _write(page, left, top + (row.height - row.words) / 2, row.bits)
            top += row.height
        _write(page, left, top + (plan.foot.height - plan.foot.words) / 2, plan.foot.bits)

    def _surface(
        self, page: Page, line: Line, box: tuple[float, float, float, float], *, ruled: bool
    ) -> None:
        """What lies under a row, and what is pressed where the row can be."""
        x, y, width, tall = box
        look = page.look
        left, wide = x - self.outset, width + 2 * self.outset
        radius = look.m("radius_button") * 0.8
        if line.selected or line.tone:
            shade = above(self.ground) if self.ground == "surface" else "raised"
            fill = tint(look, line.tone, self.ground) if line.tone else look.color(shade)
            outlined = line.tone or ("accent" if look.outlined else "")
            edge = look.color(outlined) if outlined else None
            page.items.append(Plate(left, y, wide, tall, radius, fill, edge, look.m("line")))
        elif ruled:
            page.items.append(Plate(x, y + tall - 1, width, 1, 0, look.color("line")))
        if line.id:
            words = next((c.text for c in line.cells if c.text), "")
            flash = (*look.color("accent")[:3], 0.14)
            page.targets.append(
                Target(line.id, left, y, wide, tall, radius, words, flash=flash, joined=True)
            )

    # --- folded ----------------------------------------------------------------------------

    def _folded(self, page: Page, line: Line, width: float) -> tuple[float, tuple[Bit, ...]]:
        """A row that is folded: its name and its figure, and all the rest below."""
        look = page.look
        px, small = look.px("desk_body"), look.px("desk_caption")
        pairs = list(zip(self.table.columns, line.cells, strict=False))
        first = next((at for at, (_, cell) in enumerate(pairs) if cell.text), 0)
        name, figure = pairs[first][1], self._figure(page, pairs, first, width)
        room = width
        bits: list[Bit] = []
        if figure >= 0:
            cell = pairs[figure][1]
            run = page.measure(_font(cell), px, cell.text)
            room -= run + px * 0.8
            tall = px * TYPE["desk_body"][3]
            bits.append(Bit(width - run, 0, run, tall, cell.text, _font(cell), px, ink(cell.tone)))
        top, own = _cell(
            page, Cell(name.text, "", name.tone, name.strong, name.icon, name.mono), room
        )
        bits += own
        inset = _icon_width(look, name)
        rest = [name.note]
        for at, (column, cell) in enumerate(pairs):
            if at == first or not cell.text:
                continue
            told = f"{column.title} {cell.text}" if column.align == "right" else cell.text
            if at == figure:
                rest.append(cell.note)
            elif cell.icon or cell.tone in ("good", "warning", "bad", "info"):
                tall, own = _cell(page, Cell("", told, cell.tone, icon=cell.icon), width - inset)
                bits += _moved(own, inset, top)
                top += tall
                rest.append(cell.note)
            else:
                rest += [told.strip(), cell.note]
        joined = " · ".join(part for part in rest if part)
        if joined:
            tall, own = _block(page, joined, "medium", "desk_caption", "muted", width - inset)
            bits += _moved(own, inset, top + small * 0.1)
            top += tall + small * 0.1
        return top, tuple(bits)

    def _figure(
        self, page: Page, pairs: list[tuple[Column, Cell]], first: int, width: float
    ) -> int:
        """The last figure of a row, which stands at its right; -1 where none has room there."""
        px = page.look.px("desk_body")
        for at in reversed(range(len(pairs))):
            column, cell = pairs[at]
            if at != first and column.align == "right" and cell.text:
                return at if page.measure(_font(cell), px, cell.text) < width * 0.5 else -1
        return -1


def _shared(wide: list[float], shares: list[float], room: float) -> list[float]:
    """Columns with a share divide what the others leave; who needs more than its share has it."""
    made = list(wide)
    free = {at for at, share in enumerate(shares) if share}
    while free:
        left = room - sum(w for at, w in enumerate(made) if at not in free)
        unit = left / sum(shares[at] for at in free)
        full = {at for at in free if wide[at] > unit * shares[at]}
        if not full:
            for at in free:
                made[at] = unit * shares[at]
            break
        free -= full
    return made


def _pad(look: Look) -> float:
    return look.px("desk_body") * 0.95


def _font(cell: Cell) -> str:
    if cell.mono:
        return "mono_bold" if cell.strong else "mono"
    return "semibold" if cell.strong else "regular"


def _icon_width(look: Look, cell: Cell) -> float:
    return look.px("desk_body") * 1.6 if cell.icon else 0.0


def _cell_width(page: Page, cell: Cell) -> float:
    look = page.look
    wide = page.measure(_font(cell), look.px("desk_body"), cell.text) if cell.text else 0.0
    if cell.note:
        wide = max(wide, page.measure("medium", look.px("desk_caption"), cell.note))
    return wide + _icon_width(look, cell)


def _block(
    page: Page, text: str, font: str, role: str, color: str, width: float, align: str = "left"
) -> tuple[float, tuple[Bit, ...]]:
    """A text of one or more lines, and how high it is."""
    px = page.look.px(role)
    step = px * TYPE[role][3]
    # What fits needs no looking for its breaks.
    run = page.measure(font, px, text)
    lines = [text] if run <= width else wrap(page.measure, font, px, text, width)
    bits = []
    for at, line in enumerate(lines):
        run = page.measure(font, px, line)
        page.too_much(run - width)
        bits.append(
            Bit(width - run if align == "right" else 0, at * step, run, step, line, font, px, color)
        )
    return step * len(lines), tuple(bits)


def _moved(bits: tuple[Bit, ...], x: float, y: float) -> Iterator[Bit]:
    for b in bits:
        yield Bit(b.x + x, b.y + y, b.width, b.height, b.text, b.font, b.px, b.color)


def _cell(
    page: Page, cell: Cell, width: float, align: str = "left"
) -> tuple[float, tuple[Bit, ...]]:
    """A cell's text, its note below, its icon before them, and how high they are."""
    inset = _icon_width(page.look, cell)
    bits: list[Bit] = []
    top = 0.0
    if cell.text:
        color = ink(cell.tone)
        top, own = _block(page, cell.text, _font(cell), "desk_body", color, width - inset, align)
        bits += _moved(own, inset, 0) if inset else own
    if cell.note:
        color = "muted" if cell.text or cell.tone == "neutral" else ink(cell.tone)
        tall, own = _block(page, cell.note, "medium", "desk_caption", color, width - inset, align)
        bits += _moved(own, inset, top) if inset or top else own
        top += tall
    if cell.icon:
        first = bits[0].height if bits else page.look.px("desk_body") * 1.3
        side = round(page.look.px("desk_body") * 1.2)
        start = min((b.x for b in bits), default=inset) - inset
        glyph, y = chr(ICONS[cell.icon]), (first - side) / 2
        bits.append(Bit(start, y, side, side, glyph, "icons", side, ink(cell.tone)))
        top = max(top, side)
    return top, tuple(bits)


def _cells(
    page: Page,
    line: Line,
    places: tuple[tuple[float, float], ...],
    columns: tuple[Column, ...],
) -> tuple[float, tuple[Bit, ...]]:
    """The cells of a row side by side, each in the middle of the highest."""
    made = [
        (left, *_cell(page, cell, width, column.align))
        for cell, (left, width), column in zip(line.cells, places, columns, strict=False)
    ]
    tall = max((h for _, h, _ in made), default=0.0)
    return tall, tuple(b for left, h, bits in made for b in _moved(bits, left, (tall - h) / 2))


def _write(page: Page, x: float, y: float, bits: tuple[Bit, ...]) -> None:
    look = page.look
    for b in bits:
        left, top = round(x + b.x), round(y + b.y)
        color = look.color(b.color)
        page.items.append(Run(left, top, b.width, round(b.height), b.text, b.font, b.px, color))
