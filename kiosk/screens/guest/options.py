"""One of several is to be chosen: tiles side by side, or rows below one another; no scrolling."""

from __future__ import annotations

from kiosk.screens.layout import Box, Icon, Node, Space, Sum, Target, Text, column, row
from kiosk.screens.theme import Look, ink_on
from kiosk.screens.view import Button, Option, OptionsView, Pager
from kiosk.screens.widgets import FirstFit, button, pill, spring


def _tab(look: Look, b: Button, *, chosen: bool) -> Node:
    """A kind: filled and ticked where it is the one that is shown."""
    tone = b.icon if b.icon in ("game", "internet") else "accent"
    made = pill(look, b.text, "check" if chosen else b.icon, b)
    if not chosen or not isinstance(made, Box):
        return made
    fill = look.color(tone)
    made.fill, made.line = fill, None
    made.children = tuple(_inked(child, ink_on(fill)) for child in made.children)
    return made


def _inked(child: Node | None, ink: tuple[float, float, float, float]) -> Node | None:
    if isinstance(child, (Icon, Text)):
        child.color = ink
    return child


def _mark(look: Look, text: str) -> Node:
    """A word on the accent's colour: what stands out."""
    return Box(
        children=(
            Text(
                text=text, role="caption", color="on_accent", font="semibold", lines=1, shrink=0.6
            ),
        ),
        pad=(look.m("gap") * 0.5, look.m("gap") * 0.1),
        fill="accent",
        radius=look.m("radius_button"),
    )


def _tile(look: Look, option: Option, room: float) -> Node:
    """A tile: the figure largest, what it costs below it."""
    b, compact = option.button, look.compact
    ink = "text" if b.enabled else "muted"
    head: Node | None = None
    if option.figure is not None:
        figure: Node = Sum(
            amount=option.figure.amount,
            symbol=option.figure.symbol,
            role="sum" if room > 2 or not compact else "figure",
            symbol_share=0.5,
            color=ink,
            grow=1,
        )
        sign = (
            Icon(name=b.icon, size=look.m("icon"), color=option.tone)
            if b.icon and not option.mark
            else None
        )
        head = row(
            figure, _mark(look, option.mark) if option.mark else sign, gap=look.m("gap") * 0.4
        )
    words: Node | None = None
    if option.text or option.note:
        strong = Text(text=option.text, role="strong", color=ink, lines=1, shrink=0.6)
        note = Text(text=option.note, role="caption", color="muted", lines=1, shrink=0.6)
        apart = column(strong, note)
        words = FirstFit(options=(row(strong, spring(), note, gap=look.m("gap") * 0.6), apart))
        if compact or not option.text or not option.note:
            words = column(strong if option.text else None, note if option.note else None)
    label: Node | None = None
    if b.text:
        name = Text(text=b.text, role="strong", color=ink, lines=2, shrink=0.6, middle=True, grow=1)
        sign = Icon(name=b.icon, size=look.m("icon"), color=option.tone) if b.icon else None
        label = row(sign, name, gap=look.m("gap") * 0.5)
    return Box(
        children=(
            head,
            label,
            words,
            Text(text=option.more or b.why, role="caption", color="muted", lines=2, shrink=0.7)
            if option.more or b.why
            else None,
        ),
        gap=look.m("gap") * (0.1 if compact else 0.35),
        justify="center",
        pad=(look.m("pad_small"), look.m("gap") * (0.35 if compact else 0.9)),
        fill="surface" if b.enabled else "ground",
        line="accent" if option.mark else "line" if look.outlined or not b.enabled else None,
        line_width=look.m("line") * (1.5 if option.mark else 1.0),
        radius=look.m("radius"),
        edge=option.tone if option.figure and not option.mark and not look.outlined else None,
        tap=Target(b.id, 0, 0, 0, 0, 0, b.text or option.text, b.enabled),
        min_h=look.m("button") * room,
        grow=1,
    )


def _line(look: Look, option: Option) -> Node:
    """A row over the whole width: sign, words, and at its right the figure."""
    b = option.button
    ink = "text" if b.enabled else "muted"
    told = b.why if not b.enabled else option.note
    words = column(
        Text(text=b.text, role="action", color=ink, lines=2, shrink=0.7),
        Text(text=told, role="caption", color="muted", lines=2, shrink=0.75) if told else None,
        gap=look.m("gap") * 0.1,
        grow=1,
    )
    figure = option.figure
    return Box(
        children=(
            Icon(
                name=b.icon, size=look.m("icon") * 1.15, color=option.tone if b.enabled else "muted"
            )
            if b.icon
            else None,
            words,
            Sum(
                amount=figure.amount,
                symbol=figure.symbol,
                role="figure",
                symbol_share=0.55,
                color=ink,
            )
            if figure
            else None,
            Icon(name="chevron", size=look.m("icon"), color="muted") if b.enabled else None,
        ),
        row=True,
        gap=look.m("gap"),
        align="center",
        pad=(look.m("pad"), look.m("gap") * 0.5),
        fill="surface" if b.enabled else "ground",
        line="line" if look.outlined or not b.enabled else None,
        radius=look.m("radius"),
        tap=Target(b.id, 0, 0, 0, 0, 0, b.text, b.enabled),
        min_h=look.m("button") * (1.35 if look.height >= 760 and not look.large else 1.0),
    )


def columns(look: Look, number: int) -> int:
    """How many tiles stand side by side."""
    if look.upright:
        return 1 if number <= 4 else 2
    return max(number, 1) if number <= 2 else 3 if number <= 6 else 4


def _grid(look: Look, tiles: list[Node], wide: int) -> Node:
    gap = look.m("gap")
    rows: list[Node] = []
    for start in range(0, len(tiles), wide):
        some = tiles[start : start + wide]
        empty = [Space(grow=1) for _ in range(wide - len(some))] if len(tiles) > wide else []
        rows.append(row(*some, *empty, gap=gap, align="stretch"))
    return column(*rows, gap=gap)


def arrows(look: Look, pager: Pager | None) -> tuple[Node | None, ...]:
    """The arrows of a longer list, and between them where it stands."""
    if pager is None:
        return ()
    place = Text(text=pager.place, role="caption", color="muted", lines=1, shrink=0.7, middle=True)
    small = {"role": "strong", "min_h": look.m("target"), "lines": 1, "gap": look.m("gap") * 0.3}
    return (
        button(look, pager.earlier, **small),  # type: ignore[arg-type]
        place,
        button(look, pager.later, **small),  # type: ignore[arg-type]
    )


def draw(view: OptionsView, look: Look) -> Node:
    """What is asked, the tabs, the options; Back and the arrows at the end."""
    gap = look.m("gap")
    says = Text(text=view.says, role="caption" if view.tabs else "lead", color="muted", middle=True)
    if view.tabs:
        tabs = row(
            *(_tab(look, b, chosen=b.id == view.current) for b in view.tabs),
            gap=look.m("target_gap"),
        )
        says.grow = 1
        head: Node = (
            column(tabs, says, gap=gap * 0.5, align="start")
            if look.upright
            else row(tabs, says, gap=gap)
        )
    else:
        head = says
    if view.listed:
        body: Node = column(*(_line(look, option) for option in view.options), gap=gap)
    else:
        many = len(view.options)
        room = 1.0 if many > 6 else 1.5 if many > 3 else 2.2
        tiles = [_tile(look, option, room) for option in view.options]
        body = _grid(look, tiles, columns(look, len(tiles)))
    if not view.options:
        body = Text(text=view.empty, role="lead", align="center", balance=True)
    # Few tiles on a large panel stand nearer to its middle, where the eye is.
    airy = not (view.listed or look.compact)
    return column(
        head,
        Space(h=max(look.m("target_gap"), gap * (0.7 if look.compact else 1.2))),
        spring(0.5) if airy or not view.options else None,
        body,
        spring(),
        Space(h=look.m("target_gap")),
        row(
            button(look, view.back, min_h=look.m("target"), lines=1),
            spring(),
            *arrows(look, view.pager),
            gap=look.m("target_gap"),
        ),
    )
