"""What can be wrong with a laid out screen, found without looking at it.

Text is measured again with another library than the one that draws it: a label's own size lies
about what was cut off.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from functools import lru_cache
from itertools import combinations

from PIL import ImageFont

from kiosk.screens.layout import Item, Layer, Plate, Run, Target
from kiosk.screens.scene import Scene
from kiosk.screens.theme import ASSETS, FONTS, Color, Look, contrast
from kiosk.screens.view import Button, SlipLine, View

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

KEY_PREFIXES = ("key:", "shift", "erase", "digit:", "clear", "point", "sign", "keyboard")


@lru_cache(maxsize=200)
def _font(name: str, px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(ASSETS / FONTS[name]), px, layout_engine=ImageFont.Layout.BASIC)


def runs(items: list[Item] | tuple[Item, ...], inside: bool = True) -> Iterator[Run]:
    """Every line of text, those of layers too."""
    for item in items:
        if isinstance(item, Run):
            yield item
        elif isinstance(item, Layer) and inside:
            yield from runs(item.items)


@lru_cache(maxsize=200_000)
def _letters(name: str, px: int, text: str) -> tuple[float, float, float, float, float]:
    """The letters around the left end of their base line, and how far that is below the middle."""
    font = _font(name, px)
    ascent, descent = font.getmetrics()
    return (*font.getbbox(text, anchor="ls"), (ascent - descent) / 2)


def ink(run: Run) -> Box:
    """Where the letters themselves are."""
    left, top, right, bottom, down = _letters(run.font, run.px, run.text)
    base = run.y + run.height / 2 + down
    return (run.x + left, base + top, run.x + right, base + bottom)


def _box(item: Plate | Target | Layer) -> Box:
    return (item.x, item.y, item.x + item.width, item.y + item.height)


def _within(inner: Box, outer: Box, slack: float) -> bool:
    return (
        inner[0] >= outer[0] - slack
        and inner[1] >= outer[1] - slack
        and inner[2] <= outer[2] + slack
        and inner[3] <= outer[3] + slack
    )


def _overlap(a: Box, b: Box) -> float:
    """Pixels by which two boxes overlap, in the direction in which they do so least."""
    return min(min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1]))


def cut_off(scene: Scene, look: Look) -> list[str]:
    """Text that sticks out of the panel or of the surface on which its middle stands."""
    found = [f"{scene.over:.0f} pixels too much"] if scene.over else []
    screen = (0.0, 0.0, float(look.width), float(look.height))
    plates = [_box(i) for i in scene.items if isinstance(i, Plate) and i.width > 40]
    for run in runs(scene.items, inside=False):
        if run.font == "icons":
            continue
        letters = ink(run)
        middle = ((letters[0] + letters[2]) / 2, (letters[1] + letters[3]) / 2)
        on = [p for p in plates if p[0] <= middle[0] <= p[2] and p[1] <= middle[1] <= p[3]]
        for box in [screen, *on]:
            if not _within(letters, box, 1.0):
                found.append(f"{run.text!r} sticks out")
                break
    for layer in (i for i in scene.items if isinstance(i, Layer)):
        sides = (layer.x, layer.y - 1e6, layer.x + layer.width, layer.y + 1e6)
        found += [
            f"{r.text!r} sticks out of a list"
            for r in runs(layer.items)
            if r.font != "icons" and not _within(ink(r), sides, 1.0)
        ]
    return found


def overlapping(scene: Scene) -> list[str]:
    """Lines of text that touch one another, and targets that do."""
    found = []
    for group in (
        list(runs(scene.items, inside=False)),
        *(list(runs(i.items)) for i in scene.items if isinstance(i, Layer)),
    ):
        found += [f"{a.text!r} on {b.text!r}" for a, b in _touching(group)]
    for targets in _groups(scene):
        found += [
            f"target {a.id} on {b.id}"
            for a, b in combinations(targets, 2)
            if _overlap(_box(a), _box(b)) > 0.5
        ]
    return found


def _touching(group: list[Run]) -> Iterator[tuple[Run, Run]]:
    """Lines whose letters overlap; only those are compared whose heights do."""
    boxes = sorted(((ink(r), r) for r in group), key=lambda pair: pair[0][1])
    for at, (box, run) in enumerate(boxes):
        for other, below in boxes[at + 1 :]:
            if other[1] > box[3] - 1.0:
                break
            if _overlap(box, other) > 1.0:
                yield run, below


def _groups(scene: Scene) -> list[Sequence[Target]]:
    """Targets that stand beside one another: those of the page, and those of each list."""
    return [scene.targets, *(layer.targets for layer in scene.layers())]


def covered(scene: Scene) -> list[str]:
    """Text that runs under a button that it does not belong to."""
    found = []
    written = [(run, ink(run)) for run in runs(scene.items, inside=False)]
    for target in scene.targets:
        box = _box(target)
        for run, letters in written:
            if letters[1] > box[3] or letters[3] < box[1]:
                continue
            if run.font != "icons" and _overlap(letters, box) > 2 and not _within(letters, box, 2):
                found.append(f"{run.text!r} half under {target.id}")
    return found


def wrong_targets(scene: Scene, look: Look) -> list[str]:
    """Targets lower or narrower than a finger needs, or too near to another.

    Keys of the letter keyboard may stand nearer: their row must fit the panel. Rows of a list
    touch their neighbours, and are as high as a finger.
    """
    return [problem for targets in _groups(scene) for problem in _wrong(targets, look)]


def _wrong(targets: Sequence[Target], look: Look) -> list[str]:
    least, apart = look.m("target") - 0.5, look.m("target_gap") - 0.6
    found = []
    for target in targets:
        key = target.id.startswith(("key:", "digit:", "shift"))
        high = look.m("row") - 0.5 if target.joined or target.id == "lock" else least
        if target.height < high or (target.width < least and not key):
            found.append(f"{target.id} is {target.width:.0f} x {target.height:.0f}")
        elif target.width < least * 0.7:
            found.append(f"{target.id} is only {target.width:.0f} wide")
    for a, b in combinations(targets, 2):
        if a.joined and b.joined:
            continue
        beside = max(a.x - b.x - b.width, b.x - a.x - a.width)
        below = max(a.y - b.y - b.height, b.y - a.y - a.height)
        keys = a.id.startswith(KEY_PREFIXES) or b.id.startswith(KEY_PREFIXES)
        if max(beside, below) < apart * (0.45 if keys else 1.0):
            found.append(f"{a.id} and {b.id} are {max(beside, below):.0f} apart")
    return found


def strings(value: object) -> Iterator[str]:
    """Every text of a View that a guest should read."""
    if isinstance(value, Button):
        yield value.text
        if not value.enabled:
            yield value.why
    elif isinstance(value, SlipLine):
        if value.style != "qr":
            yield value.text
    elif is_dataclass(value):
        for part in fields(value):
            if part.name not in HIDDEN:
                yield from strings(getattr(value, part.name))
    elif isinstance(value, tuple):
        for one in value:
            yield from strings(one)
    elif isinstance(value, str):
        yield value


def unreadable(scene: Scene, look: Look, least: float = 4.5) -> list[str]:
    """Words whose colour is too near to that of the surface under them."""
    found = []

    def walk(items: Sequence[Item], under: list[tuple[Box, Color]]) -> None:
        plates = list(under)
        for item in items:
            if isinstance(item, Plate) and item.fill is not None and item.fill[3] == 1.0:
                plates.append((_box(item), item.fill))
            elif isinstance(item, Layer):
                walk(item.items, [p for p in plates if _within(_box(item), p[0], 1.0)])
            elif isinstance(item, Run):
                x, y = item.x + item.width / 2, item.y + item.height / 2
                on = [
                    fill
                    for (left, top, right, low), fill in plates
                    if left <= x <= right and top <= y <= low
                ]
                ratio = contrast(item.color, on[-1] if on else look.color("ground"))
                if ratio < (3.0 if item.font == "icons" else least):
                    found.append(f"{item.text!r} has a contrast of {ratio:.1f}")

    walk(scene.items, [])
    return found


def faults(
    view: View, scene: Scene, look: Look, optional: set[str], *, least_shrink: float
) -> list[str]:
    """Everything that is wrong with a guest's screen."""
    found = cut_off(scene, look) + overlapping(scene) + covered(scene)
    found += wrong_targets(scene, look)
    found += unreadable(scene, look, 7.0 if look.contrast else 4.5)
    found += [f"{text!r} is missing" for text in missing(view, scene, optional)]
    there = {target.id for target in scene.reachable()}
    found += [f"button {b.id} is missing" for b in buttons(view) if b.id not in there]
    if scene.shrink < least_shrink:
        found.append(f"the text is {scene.shrink} of what it should be")
    return found


HIDDEN = {
    "currency",
    "language",
    "icon",
    "tone",
    "state",
    "latest_tone",
    "notice_tone",
    "state_tone",
    "style",
    "current_language",
    "more_time",
    "more_time_question",
    "button",  # the visit's strip has its own words
    "placeholder",
    "empty",
    "id",
    "kind",
    "role",
    "align",
    "current",
    "chosen",
    "palette",
    "rows",
}


def buttons(value: object) -> Iterator[Button]:
    """Every button of a View."""
    if isinstance(value, Button):
        yield value
    elif is_dataclass(value):
        for part in fields(value):
            if part.name != "more_time":
                yield from buttons(getattr(value, part.name))
    elif isinstance(value, tuple):
        for one in value:
            yield from buttons(one)


def _plain(text: str) -> str:
    return "".join(text.split()).replace("\u202f", "").replace("\u00a0", "")


def missing(view: View, scene: Scene, optional: set[str]) -> list[str]:
    """Words of the View that are not on the screen.

    `optional`: what a small panel may leave out.
    """
    shown = _plain("".join(run.text for run in runs(scene.items) if run.font != "icons"))
    return [
        text
        for text in strings(view)
        if text.strip() and text not in optional and _plain(text) not in shown
        # What a square says is for a phone.
        if not text.startswith("FOYER:")
    ]
