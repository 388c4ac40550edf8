"""Panes, stacks of panes, and how they share a page: beside one another where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kiosk.screens.desk import parts
from kiosk.screens.desk.plain import Ground, actions, outline
from kiosk.screens.layout import Box, Node, Page, Plate, column, row, scrolled
from kiosk.screens.theme import Look
from kiosk.screens.view import Pane, Say, Search, Stack

NARROW = 15.0
"""Letters of the body: a stack that had to be narrower stands alone."""


@dataclass(kw_only=True)
class Card(Node):
    """A pane: its parts scroll when they are too many, its buttons always stand at the end."""

    key: str
    look: Look
    pane: Pane
    body: Node
    foot: Node | None

    @property
    def ground(self) -> Ground:
        """On what the parts stand."""
        return "surface" if self.pane.card else "ground"

    def pad(self) -> float:
        """Between the edge of the card and what stands on it."""
        return self.look.m("desk_pad") if self.pane.card else 0.0

    def _between(self) -> float:
        return self.look.m("target_gap") if self.foot else 0.0

    def natural(self, page: Page, width: float) -> tuple[float, float]:
        """All parts, the buttons and the edge."""
        inner = width - 2 * self.pad()
        tall = self.body.height_in(page, inner) + 2 * self.pad() + self._between()
        if self.foot:
            tall += self.foot.height_in(page, inner)
        return (width, tall)

    def place(self, page: Page, x: float, y: float, width: float, height: float) -> None:
        """The surface; the buttons at its end; the parts in what is left."""
        pad = self.pad()
        inner = width - 2 * pad
        if self.pane.card:
            self._surface(page, x, y, width, height)
        low = self.foot.height_in(page, inner) if self.foot else 0.0
        if self.foot:
            self.foot.place(page, x + pad, y + height - pad - low, inner, low)
        room = height - 2 * pad - low - self._between()
        tall = self.body.height_in(page, inner)
        if tall <= room + 0.5:
            self.body.place(page, x + pad, y + pad, inner, tall)
            return
        # What scrolls goes to the very edge of the card: nothing is cut in the middle of nowhere.
        top, end = y + pad * 0.5, y + height - pad * (0.5 if not self.foot else 1.0) - low
        box = (x + pad, top, inner, end - top - self._between())
        body = Box(children=(self.body,), pad=(0, pad * 0.5))
        scrolled(page, self.key, body, box, self.ground, pad * 0.9 if pad else 0.0)

    def _surface(self, page: Page, x: float, y: float, width: float, height: float) -> None:
        look, tone = self.look, self.pane.tone
        radius = look.m("radius")
        if tone:
            by = round(radius * 0.28)
            edge = min(by + 2 * radius, width)
            page.items.append(Plate(x, y, edge, height, radius, look.color(tone)))
            page.items.append(Plate(x + by, y, width - by, height, radius, look.color("surface")))
            return
        line = look.color("line") if outline(look) else None
        fill = look.color("surface")
        page.items.append(Plate(x, y, width, height, radius, fill, line, look.m("line")))


@dataclass(kw_only=True)
class Pile(Node):
    """Panes below one another in a height: what comes first stands, the rest scrolls.

    `standing` are the first panes, which always stand. The last one `fills` the height, or
    `levels` with the stacks beside it where little is missing.
    """

    key: str
    look: Look
    cards: Sequence[Card]
    standing: int = 0
    fills: bool = False
    levels: bool = False

    def natural(self, page: Page, width: float) -> tuple[float, float]:
        """All panes as high as they are."""
        gap = self.look.m("desk_gap")
        tall = sum(card.height_in(page, width) for card in self.cards)
        return (width, tall + gap * max(0, len(self.cards) - 1))

    def place(self, page: Page, x: float, y: float, width: float, height: float) -> None:
        """Everything where it fits; else the last pane, or all but the first ones, scroll."""
        gap = self.look.m("desk_gap")
        tall = page.wanted(self, width)[1]
        cards = list(self.cards)
        if tall <= height + 0.5:
            for card in cards:
                own = card.height_in(page, width)
                little = self.levels and height - tall < own * 0.7
                if card is cards[-1] and (self.fills or little):
                    own += height - tall
                card.place(page, x, y, width, own)
                y += own + gap
            return
        end = y + height
        for card in cards[: self.standing]:
            own = card.height_in(page, width)
            card.place(page, x, y, width, own)
            y += own + gap
        rest = cards[self.standing :]
        if len(rest) == 1:
            rest[0].place(page, x, y, width, max(end - y, 0.0))
            return
        last, foot = rest[-1], rest[-1].foot
        if foot and stands(tuple(card.pane for card in cards)):
            low = foot.height_in(page, width)
            foot.place(page, x, end - low, width, low)
            end -= low + self.look.m("target_gap")
            rest[-1] = Card(key=last.key, look=last.look, pane=last.pane, body=last.body, foot=None)
        scrolled(page, self.key, column(*rest, gap=gap), (x, y, width, end - y), "ground")


def card(look: Look, pane: Pane, key: str) -> Card:
    """A pane of the view."""
    ground: Ground = "surface" if pane.card else "ground"
    gap = look.m("target_gap")
    told = [part for part in pane.parts if not parts.empty(part)]
    nodes = [parts.draw(part, look, ground) for part in told]
    spaced: list[Node] = []
    for at, node in enumerate(nodes):
        if at and isinstance(told[at - 1], Say) and isinstance(told[at], Say):
            # Lines of one thing stand together.
            spaced[-1] = column(spaced[-1], node, gap=gap * 0.2)
        else:
            spaced.append(node)
    body = column(*spaced, gap=gap)
    feet = sorted(pane.foot, key=lambda b: b.kind == "primary")
    below = actions(look, feet, ground, gap, "end") if feet else None
    return Card(key=key, look=look, pane=pane, body=body, foot=below)


def pile(look: Look, stack: Stack, key: str, *, fills: bool) -> Pile:
    """A stack of the view."""
    cards = [card(look, pane, f"{key}:{at}") for at, pane in enumerate(stack.panes)]
    standing = 0
    for pane in stack.panes[:-1]:
        if not any(isinstance(part, Search) for part in pane.parts):
            break
        standing += 1
    last = stack.panes[-1] if stack.panes else None
    grows = fills and last is not None and last.card and bool(last.foot)
    return Pile(key=key, look=look, cards=cards, standing=standing, fills=grows)


@dataclass(kw_only=True)
class Columns(Node):
    """Stacks side by side that scroll together: pages that are looked at, not worked on."""

    key: str
    look: Look
    piles: Sequence[Pile]
    shares: Sequence[float]
    _rows: dict[float, Node] = field(default_factory=dict)

    def _row(self, width: float) -> Node:
        if width not in self._rows:
            gap = self.look.m("desk_gap")
            room = width - gap * (len(self.piles) - 1)
            for made, share in zip(self.piles, self.shares, strict=True):
                made.w = room * share / sum(self.shares)
                made.levels = True
            self._rows[width] = row(*self.piles, gap=gap, align="stretch")
        return self._rows[width]

    def natural(self, page: Page, width: float) -> tuple[float, float]:
        """The highest of the stacks."""
        return page.wanted(self._row(width), width)

    def place(self, page: Page, x: float, y: float, width: float, height: float) -> None:
        """All stacks end at one line."""
        made = self._row(width)
        scrolled(page, self.key, made, (x, y, width, height), "ground")


@dataclass(kw_only=True)
class Tower(Node):
    """Stacks below one another on an upright panel, each of which scrolls on its own."""

    look: Look
    piles: Sequence[Pile]

    def natural(self, page: Page, width: float) -> tuple[float, float]:
        """Takes whatever height it gets."""
        return (width, 0.0)

    def place(self, page: Page, x: float, y: float, width: float, height: float) -> None:
        """What is low stands whole; what is high shares what is left."""
        gap = self.look.m("desk_gap")
        wanted = [page.wanted(made, width)[1] for made in self.piles]
        room = height - gap * (len(wanted) - 1)
        heights = list(wanted)
        if sum(wanted) > room:
            high = set(range(len(wanted)))
            while high:
                each = (room - sum(wanted[i] for i in range(len(wanted)) if i not in high)) / len(
                    high
                )
                lower = {i for i in high if wanted[i] <= each}
                if not lower:
                    for i in high:
                        heights[i] = each
                    break
                high -= lower
        for made, tall in zip(self.piles, heights, strict=True):
            made.place(page, x, y, width, tall)
            y += tall + gap


def spread(look: Look, stacks: Sequence[Stack], front: int | None, width: float, key: str) -> Node:
    """The stacks of a page in a width: side by side, or the front one, or all below one another."""
    beside = not look.upright and _beside(look, stacks, width)
    if front is not None and not beside and not look.upright:
        stack = stacks[front]
        return pile(look, stack, _named(key, front, stack), fills=True)
    piles = [
        pile(look, stack, _named(key, at, stack), fills=True) for at, stack in enumerate(stacks)
    ]
    if len(piles) == 1:
        return piles[0]
    if not beside:
        if front is not None:
            return Tower(look=look, piles=piles)
        return pile(
            look, Stack(tuple(p for stack in stacks for p in stack.panes)), key, fills=False
        )
    shares = [stack.share for stack in stacks]
    if front is None and not any(stands(stack.panes) for stack in stacks):
        return Columns(key=key, look=look, piles=piles, shares=shares)
    gap = look.m("desk_gap")
    room = width - gap * (len(piles) - 1)
    for made, share in zip(piles, shares, strict=True):
        made.w = room * share / sum(shares)
    return row(*piles, gap=gap, align="stretch")


def stands(panes: Sequence[Pane]) -> bool:
    """Whether the last pane's buttons are what the page is for: they always stand at its end."""
    primary = [any(b.kind == "primary" for b in pane.foot) for pane in panes]
    return bool(primary) and primary[-1] and not any(primary[:-1])


def shown(look: Look, stacks: Sequence[Stack], front: int | None, width: float) -> Sequence[Stack]:
    """The stacks that a page of this width shows."""
    if front is None or look.upright or _beside(look, stacks, width):
        return stacks
    return (stacks[front],)


def _beside(look: Look, stacks: Sequence[Stack], width: float) -> bool:
    gap = look.m("desk_gap")
    room = width - gap * (len(stacks) - 1)
    least = min(s.share for s in stacks) / sum(s.share for s in stacks)
    return not look.compact and room * least >= NARROW * look.px("desk_body")


def _named(key: str, at: int, stack: Stack) -> str:
    """By what its layers know where they were scrolled to: another thing begins at its top."""
    first = stack.panes[0].parts[0] if stack.panes and stack.panes[0].parts else None
    return f"{key}:{at}:{first.text if isinstance(first, Say) else type(first).__name__}"
