"""Every part of the desk at every size, language and size of text: nothing cut off or too small."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from kiosk.screens.desk.frame import MENU, low
from kiosk.screens.desk.keys import HIDE
from kiosk.screens.desk.piles import shown
from kiosk.screens.layout import Layer, Measure, Run
from kiosk.screens.scene import Scene, compose
from kiosk.screens.theme import PALETTES, Look, VenueLook, contrast, rgba
from kiosk.screens.view import (
    Actions,
    Bars,
    Cell,
    Column,
    DeskView,
    Entries,
    Entry,
    Facts,
    Holdings,
    Keys,
    Line,
    Pane,
    Say,
    Slip,
    Stack,
    Table,
    Tiles,
    View,
)
from tests.screens import audit
from tests.screens.desk.desk_views import desk_views
from tests.screens.samples import NOW_S

SIZES = [(800, 480), (1024, 600), (1280, 800), (1920, 1080), (1080, 1920)]
LOOKS = [
    (language, large, contrast)
    for large, contrast in ((False, False), (True, True))
    for language in ("en", "ru", "de")
]
LEAST_SHRINK = 0.8

every_look = pytest.mark.parametrize(("language", "large", "contrasting"), LOOKS)
every_size = pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")


def look_of(size: tuple[int, int], view: View) -> Look:
    """As the stage makes it, of a venue whose accent is for the night."""
    venue = VenueLook("Orbit Club", "#FFC53D")
    frame = view.frame
    return Look.of(size, venue, large=frame.large, contrast=frame.contrast, palette=frame.palette)


@cache
def scenes(
    size: tuple[int, int], language: str, large: bool, contrasting: bool, measure: Measure
) -> dict[str, tuple[View, Scene, Look]]:
    made: dict[str, tuple[View, Scene, Look]] = {}
    for name, view in desk_views(language, large, contrasting, NOW_S).items():
        look = look_of(size, view)
        made[name] = (view, compose(view, look, NOW_S, measure), look)
        if isinstance(view, DeskView) and name == "desk-today" and low(look):
            made["desk-menu"] = (view, compose(view, look, NOW_S, measure, menu=True), look)
    return made


def parts(value: Any, kind: type) -> Iterator[Any]:
    """Every part of this kind in a View."""
    if isinstance(value, kind):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from parts(one, kind)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from parts(getattr(value, name), kind)


@every_size
@every_look
def test_nothing_is_cut_off_or_too_small_or_unreadable(size, language, large, contrasting, measure):
    found = {
        name: problems
        for name, (_view, scene, look) in scenes(
            size, language, large, contrasting, measure
        ).items()
        if (
            problems := audit.cut_off(scene, look)
            + audit.overlapping(scene)
            + audit.covered(scene)
            + audit.wrong_targets(scene, look)
            + audit.unreadable(scene, look, 7.0 if contrasting else 4.5)
            + ([f"letters of {scene.shrink}"] if scene.shrink < LEAST_SHRINK else [])
        )
    }
    assert not found


@every_size
@every_look
def test_every_word_and_button_is_on_the_page(size, language, large, contrasting, measure):
    found: dict[str, list[str]] = {}
    for name, (view, scene, look) in scenes(size, language, large, contrasting, measure).items():
        if name == "desk-menu":
            lost = [b.id for b in view.rail if b.id not in ids_of(scene)]  # type: ignore[union-attr]
            assert not lost
            continue
        told, optional = view, {SHIFT_KEY}
        if isinstance(view, DeskView):
            told, optional = on_the_page(view, look)
        lost = audit.missing(told, scene, optional)
        lost += [f"button {b.id}" for b in audit.buttons(told) if b.id not in ids_of(scene)]
        lost += [line.id for line in parts(told, Line) if line.id and line.id not in ids_of(scene)]
        lost += [e.id for e in parts(told, Entry) if not e.options and e.id not in ids_of(scene)]
        if lost:
            found[name] = lost
    assert not found


SHIFT_KEY = "⇧"


def ids_of(scene: Scene) -> set[str]:
    return {target.id for target in scene.reachable()}


def on_the_page(view: DeskView, look: Look) -> tuple[DeskView, set[str]]:
    """What of a page a panel shows, and which words of it may go."""
    rail = look.width - 2 * look.m("desk_edge") - (0 if low(look) else look.m("rail"))
    digits = view.keys is not None and view.keys.kind == "digits"
    room = rail * (0.6 if digits and not look.upright else 1.0)
    stacks = tuple(shown(look, view.stacks, view.front, room))
    told = replace(view, stacks=stacks)
    optional = {c.title for c in parts(view, Column)} | {SHIFT_KEY}
    for bars in parts(view, Bars):
        optional |= set(bars.labels) | set(bars.shown)
    if low(look):
        optional |= {view.title, view.person, view.shift}
        here = tuple(b for b in view.rail if b.id == view.current)
        told = replace(told, rail=here, lock=here[0])
        told = replace(told, rail=(), lock=replace(here[0], id=MENU))
        if look.compact and view.keys and view.keys.kind == "letters":
            # What is at the top makes room for the letters, until they are put away.
            frame = replace(view.frame, access=None)
            optional |= {view.title, view.subtitle}
            told = replace(told, lock=HIDE, back=None, heads=(), frame=frame)
    if view.back:
        optional.add(view.back.text)
    return told, optional


def whole(lines: int, keys: Keys | None = None) -> DeskView:
    """A page with one long table."""
    view = desk_views("en", False, False, NOW_S)["desk-clients"]
    assert isinstance(view, DeskView)
    rows = tuple(
        Line(tuple(Cell(f"{c} {n}") for c in ("Anna", "204", "1 250.00")), id=f"client:{n}")
        for n in range(lines)
    )
    table = Table((Column(), Column(), Column(align="right")), rows)
    return replace(view, stacks=(Stack((Pane((table,)),)),), keys=keys, front=None)


def layer_of(scene: Scene) -> Layer:
    return next(item for item in scene.items if isinstance(item, Layer) and item.targets)


def test_rows_of_a_list_can_be_pressed_where_they_stand(measure):
    view = whole(50)
    scene = compose(view, look_of((1280, 800), view), NOW_S, measure)
    layer = layer_of(scene)
    assert [t.id for t in layer.targets] == [f"client:{n}" for n in range(50)]
    for a, b in zip(layer.targets, layer.targets[1:], strict=False):
        assert b.y == pytest.approx(a.y + a.height)
    words = {r.text: r for r in layer.items if isinstance(r, Run)}
    for target in layer.targets:
        run = words[target.text]
        assert target.holds(run.x + 1, run.y + run.height / 2)


def test_parts_that_say_nothing_take_no_room(measure):
    view = whole(3)
    hollow = (
        Facts(()),
        Holdings(()),
        Actions(()),
        Entries(()),
        Tiles(()),
        Table((), ()),
        Bars((), (), ""),
        Slip(()),
        Say(""),
    )
    pane = view.stacks[0].panes[0]
    more = replace(view, stacks=(Stack((replace(pane, parts=(*hollow, *pane.parts)),)),))
    look = look_of((1280, 800), view)
    assert compose(more, look, NOW_S, measure) == compose(view, look, NOW_S, measure)


def test_the_field_that_has_the_keys_is_told_to_its_list(measure):
    view = desk_views("en", False, False, NOW_S)["desk-change-letters"]
    scene = compose(view, look_of((800, 480), view), NOW_S, measure)
    layer = next(i for i in scene.items if isinstance(i, Layer) and i.focus)
    field = next(t for t in layer.targets if t.id == "field:comment")
    assert layer.focus is not None
    assert layer.focus[0] <= field.y and field.y + field.height <= layer.focus[1]
    # It has room in what is seen of the list.
    assert field.height <= layer.height


def test_a_small_panel_shows_the_stack_in_front(measure):
    views = desk_views("en", False, False, NOW_S)
    for name, there, gone in (
        ("desk-clients", "client:0", "top_up"),
        ("desk-client-detail", "top_up", "client:0"),
    ):
        view = views[name]
        ids = ids_of(compose(view, look_of((800, 480), view), NOW_S, measure))
        assert there in ids and gone not in ids
        both = ids_of(compose(view, look_of((1280, 800), view), NOW_S, measure))
        assert {there, gone} <= both


def test_an_accent_for_the_night_is_not_taken_for_the_day():
    night = VenueLook("Club", "#FFC53D")
    day = Look.of((1280, 800), night, palette="day")
    assert contrast(day.color("accent"), day.color("ground")) >= 4.5
    assert day.color("accent") == rgba(PALETTES["day"]["accent"])
    # One that the guests' own palette shows in another shade stands here as it was chosen.
    dark = VenueLook("Club", "#8A0040")
    kept = Look.of((1280, 800), dark, palette="day")
    assert kept.color("accent") == rgba("#8A0040")
    assert kept.color("accent") != Look.of((1280, 800), dark).color("accent")


def test_the_clock_stands_only_when_it_is_nearly_over(measure):
    view = desk_views("en", False, False, NOW_S)["desk-today"]
    look = look_of((1280, 800), view)
    early = compose(view, look, NOW_S, measure)
    assert early.next_change_s == view.frame.warn_s
    assert not [r for r in audit.runs(early.items) if r.text == "1:30"]
    late = compose(view, look, NOW_S + 71, measure)
    assert [r for r in audit.runs(late.items) if r.text == "0:19"]
    assert late.next_change_s == pytest.approx(NOW_S + 72)
    assert late.covered_y < 800


def test_the_audit_finds_words_that_cannot_be_read(measure):
    view = desk_views("en", False, False, NOW_S)["desk-today"]
    look = look_of((1280, 800), view)
    scene = compose(view, look, NOW_S, measure)
    run = next(i for i in scene.items if isinstance(i, Run) and i.text == "Clients")
    pale = replace(run, color=look.color("line"))
    items = [pale if i is run else i for i in scene.items]
    assert audit.unreadable(replace(scene, items=items), look)
