"""Which button is next: for who moves with keys or switches, and does not touch. Pure.

The ring goes in reading order, as the screen is built up: what one came for, then the buttons of
the top bar. It never stands on what cannot be pressed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal

from kiosk.screens.layout import Layer, Plate, Target
from kiosk.screens.scene import Scene
from kiosk.screens.theme import Look
from kiosk.screens.view import Button, View

SCROLL = "scroll"
"""A list that is longer than its box is a stop of its own, ``scroll:KEY``: pressed, it goes on."""

RING_PX = 4
"""How thick the ring is, at the least. WCAG 2.2, 2.4.13: two pixels of a page; we want three."""

GAP_PX = 3
"""The ground between the ring and what it is around: the ring stands out from any fill."""


def stops(scene: Scene, view: View) -> tuple[Target, ...]:
    """Where the ring may stand, in reading order.

    When the time is nearly over the button that asks for more comes first.
    """
    frame = view.frame
    last = [b.id for b in (frame.help, frame.access, frame.leave) if b is not None]
    first = [frame.more_time.id] if frame.more_time else []
    found: dict[str, Target] = {}
    for target in (*(_list(layer) for layer in _silent(scene)), *scene.reachable()):
        if target.enabled:
            # A button that stands in the top bar and below is met below.
            found.pop(target.id, None)
            found[target.id] = target
    rank = {name: 1 + place for place, name in enumerate(last)} | dict.fromkeys(first, -1)
    return tuple(sorted(found.values(), key=lambda t: rank.get(t.id, 0)))


def _silent(scene: Scene) -> Iterator[Layer]:
    """Lists that scroll, and have nothing in them that could be pressed."""
    for layer in scene.layers():
        longer = layer.content_height > layer.height + 0.5
        if layer.fade is not None and longer and not layer.targets:
            yield layer


def _list(layer: Layer) -> Target:
    return Target(f"{SCROLL}:{layer.key}", layer.x, layer.y, layer.width, layer.height, 0, "")


def begin(scene: Scene, view: View) -> str:
    """Where the ring stands on a new page: the expected answer, else the first key to type with.

    Where there is neither, it is the first thing there is.
    """
    there = stops(scene, view)
    ids = [target.id for target in there]
    if view.frame.more_time and ids[:1] == [view.frame.more_time.id]:
        return ids[0]
    expected = [b.id for b in _buttons(view) if b.kind == "primary" and b.id in ids]
    keys = [target.id for target in there if target.repeat]
    return next(iter((*expected, *keys, *ids)), "")


def _buttons(value: Any) -> Iterator[Button]:
    """All buttons of a View, in the order of its fields."""
    if isinstance(value, Button):
        yield value
    elif is_dataclass(value):
        for part in fields(value):
            if part.name != "frame":
                yield from _buttons(getattr(value, part.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from _buttons(item)


def moved(scene: Scene, view: View, at: str, step: Literal[1, -1]) -> str:
    """The stop after or before `at`; from the last one it goes to the first."""
    ids = [target.id for target in stops(scene, view)]
    if not ids:
        return ""
    if at not in ids:
        return begin(scene, view)
    return ids[(ids.index(at) + step) % len(ids)]


def kept(scene: Scene, view: View, at: str) -> str:
    """The stop on a page that changed: the same, or where a new page begins."""
    return at if any(t.id == at for t in stops(scene, view)) else begin(scene, view)


@dataclass(frozen=True)
class Ring:
    """Two lines around a button: the outer is seen, the inner keeps it off the button's fill."""

    outer: Plate
    inner: Plate


def ring(target: Target, look: Look) -> Ring:
    """The ring around a button, where that stands on the screen now."""
    thick = max(RING_PX, round(look.m("line") * 2.2))
    gap = max(GAP_PX, round(look.m("line") * 1.6))

    def around(by: float, width: float, color: str) -> Plate:
        x, y = max(target.x - by, 0.0), max(target.y - by, 0.0)
        right = min(target.x + target.width + by, look.width)
        low = min(target.y + target.height + by, look.height)
        radius = target.radius + by
        line = look.color(color)
        return Plate(x, y, right - x, low - y, radius, None, line, width)

    return Ring(around(gap + thick, thick, "text"), around(gap, gap, "ground"))


# --- keys ----------------------------------------------------------------------------------------

Move = Literal["next", "previous", "press", "back"]

_MOVES: dict[int, Move] = {
    9: "next",
    275: "next",
    274: "next",
    276: "previous",
    273: "previous",
    13: "press",
    271: "press",
    27: "back",
}
"""Tab and the arrows, both Enter keys, Escape; numbers as SDL has them."""

_ERASE = (8, 127)
_PAD = {256 + digit: str(digit) for digit in range(10)}
_PAD_POINT = 266


def meant(key: int, text: str, *, shift: bool, ids: Collection[str]) -> str:
    """What a key of the keypad does here: a `Move`, or the id of the button that it stands for.

    Args:
        key: its number, as SDL has it.
        text: what it writes.
        shift: whether a shift key is held.
        ids: what can be pressed now.

    Returns:
        "" for a key that means nothing here.
    """
    if key in _MOVES:
        return "previous" if key == 9 and shift else _MOVES[key]
    if key in _ERASE:
        return "erase" if "erase" in ids else ""
    text = _PAD.get(key, text)
    if key == _PAD_POINT or (text in (",", ".") and "point" in ids):
        return "point" if "point" in ids else ""
    wanted = (f"digit:{text}", f"key:{text}", f"key:{text.upper()}", f"key:{text.lower()}")
    found = next((name for name in wanted if text and name in ids), "")
    return found or ("press" if text == " " else "")


def back(ids: Collection[str]) -> str:
    """What leads back from here: *Back*, else *No*, else leaving."""
    return next((name for name in ("back", "no", "leave") if name in ids), "")
