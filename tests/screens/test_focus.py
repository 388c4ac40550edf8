"""Which button is next, and the ring around it: for who moves with keys or switches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kiosk.screens import focus
from kiosk.screens.layout import Measure, Target
from kiosk.screens.scene import Scene, compose
from kiosk.screens.theme import PALETTES, Look, VenueLook, contrast
from kiosk.screens.view import Button, KeypadView, QuestionView, View
from tests.screens.samples import NOW_S, samples

SIZES = ((800, 480), (1080, 1920))


def composed(view: View, measure: Measure, size: tuple[int, int] = (800, 480)) -> Scene:
    return compose(view, Look.of(size, VenueLook("Orbit Club")), NOW_S, measure)


def sample(name: str) -> Any:
    return samples("en", False, False)[name]


def ids(view: View, measure: Measure) -> list[str]:
    return [t.id for t in focus.stops(composed(view, measure), view)]


def question() -> QuestionView:
    view = sample("unknown")
    assert isinstance(view, QuestionView)
    return view


def test_the_buttons_of_the_screen_come_before_those_of_the_top_bar(measure: Measure) -> None:
    found = ids(question(), measure)
    head = [b.id for b in (question().frame.help, question().frame.access) if b] + ["leave"]
    assert found[-len(head) :] == head
    assert set(found[: -len(head)]) == {"register", "staff"}


def test_a_keypad_is_walked_as_it_is_read(measure: Measure) -> None:
    view = sample("register-pin")
    assert isinstance(view, KeypadView)
    keys = [name for name in ids(view, measure) if name.startswith(("digit:", "erase"))]
    assert keys == [*(f"digit:{n}" for n in (*range(1, 10), 0)), "erase"]


def test_what_cannot_be_pressed_is_passed_over(measure: Measure) -> None:
    view = question()
    off = replace(view, buttons=tuple(replace(b, enabled=False) for b in view.buttons))
    assert not {b.id for b in off.buttons} & set(ids(off, measure))


def test_it_begins_at_the_expected_answer_or_at_the_first_key(measure: Measure) -> None:
    assert focus.begin(composed(question(), measure), question()) == "register"
    empty = sample("register-pin")
    assert focus.begin(composed(empty, measure), empty) == "digit:1"
    whole = replace(empty, keys_enabled=False, next=replace(empty.next, enabled=True))
    assert focus.begin(composed(whole, measure), whole) == "next"


def test_it_goes_round_both_ways_and_meets_everything_once(measure: Measure) -> None:
    view = question()
    scene = composed(view, measure)
    order = ids(view, measure)
    for step, expected in ((1, order), (-1, [order[0], *reversed(order[1:])])):
        at, seen = order[0], []
        for _ in order:
            seen.append(at)
            at = focus.moved(scene, view, at, step)  # type: ignore[arg-type]
        assert seen == expected and at == order[0]


def test_it_stays_where_it_was_on_a_page_that_changes_unless_that_is_gone(
    measure: Measure,
) -> None:
    view = question()
    assert focus.kept(composed(view, measure), view, "staff") == "staff"
    less = replace(view, buttons=view.buttons[:1])
    assert focus.kept(composed(less, measure), less, "staff") == "register"


def test_when_the_time_is_nearly_over_more_time_comes_first(measure: Measure) -> None:
    view = sample("x-home-more-time")
    assert ids(view, measure)[0] == "more_time"
    assert focus.begin(composed(view, measure), view) == "more_time"


def test_a_long_list_is_a_stop_of_its_own(measure: Measure) -> None:
    assert ids(sample("x-long-visit"), measure)[0].startswith("scroll:")
    assert not [name for name in ids(sample("x-home"), measure) if name.startswith("scroll:")]


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
def test_every_button_of_every_screen_can_be_reached(
    measure: Measure, size: tuple[int, int]
) -> None:
    for name, view in samples("en", False, False).items():
        scene = composed(view, measure, size)
        order = [t.id for t in focus.stops(scene, view)]
        assert len(order) == len(set(order)), name
        assert {t.id for t in scene.reachable() if t.enabled} <= set(order), name
        at, seen = focus.begin(scene, view), set()
        for _ in order:
            seen.add(at)
            at = focus.moved(scene, view, at, 1)
        assert seen == set(order), name


@pytest.mark.parametrize("palette", PALETTES)
def test_the_ring_is_seen_on_every_ground(palette: str) -> None:
    look = Look.of(
        (800, 480),
        VenueLook("Orbit Club"),
        contrast=palette == "contrast",
        palette="" if palette == "contrast" else palette,  # type: ignore[arg-type]
    )
    ring = focus.ring(Target("x", 100, 100, 200, 60, 16, ""), look)
    assert ring.outer.line is not None and ring.inner.line is not None
    assert ring.outer.line_width >= 3 and ring.inner.line_width >= 3
    for ground in ("ground", "surface", "raised"):
        assert contrast(ring.outer.line, look.color(ground)) >= 3
    # Between the ring and a button of whatever fill there is the ground.
    assert contrast(ring.outer.line, ring.inner.line) >= 3
    assert ring.outer.x == ring.inner.x - ring.outer.line_width
    assert ring.inner.x == 100 - ring.inner.line_width


def test_at_the_edge_of_the_panel_the_ring_is_not_cut_off() -> None:
    look = Look.of((800, 480), VenueLook("Orbit Club"))
    outer = focus.ring(Target("x", 0, 0, 800, 480, 0, ""), look).outer
    assert (outer.x, outer.y, outer.width, outer.height) == (0, 0, 800, 480)


PAD = {"digit:7", "erase", "next", "back"}


@pytest.mark.parametrize(
    ("key", "text", "shift", "there", "does"),
    [
        (9, "\t", False, PAD, "next"),
        (9, "\t", True, PAD, "previous"),
        (275, "", False, PAD, "next"),
        (276, "", False, PAD, "previous"),
        (13, "\r", False, PAD, "press"),
        (271, "", False, PAD, "press"),
        (27, "", False, PAD, "back"),
        (8, "", False, PAD, "erase"),
        (8, "", False, {"next"}, ""),
        (55, "7", False, PAD, "digit:7"),
        (263, "", False, PAD, "digit:7"),
        (55, "7", False, {"next"}, ""),
        (44, ",", False, {"point"}, "point"),
        (266, "", False, {"point"}, "point"),
        (44, ",", False, PAD, ""),
        (97, "a", False, {"key:A"}, "key:A"),
        (97, "ф", False, {"key:ф"}, "key:ф"),
        (32, " ", False, {"key: "}, "key: "),
        (32, " ", False, PAD, "press"),
        (282, "", False, PAD, ""),
        (304, "", False, PAD, ""),
    ],
)
def test_what_a_key_means(key: int, text: str, shift: bool, there: set[str], does: str) -> None:
    assert focus.meant(key, text, shift=shift, ids=there) == does


@pytest.mark.parametrize(
    ("there", "does"),
    [
        ({"back", "leave"}, "back"),
        ({"yes", "no", "leave"}, "no"),
        ({"leave", "x"}, "leave"),
        ({"x"}, ""),
    ],
)
def test_escape_goes_the_shortest_way_back(there: set[str], does: str) -> None:
    assert focus.back(there) == does


def test_the_primary_button_is_found_wherever_a_view_keeps_it() -> None:
    view = question()
    assert [b.id for b in focus._buttons(view) if b.kind == "primary"] == ["register"]
    assert all(isinstance(b, Button) for b in focus._buttons(view))
