"""What a panel shows while nobody is there: nothing bright stands still, anybody wakes it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageStat

from kiosk.screens.guest import attract
from kiosk.screens.layout import Item, Measure, Plate, Run
from kiosk.screens.scene import Scene, compose
from kiosk.screens.theme import (
    ASSETS,
    ATTRACT_AFTER_S,
    ATTRACT_STEP_S,
    FONTS,
    Look,
    VenueLook,
    luminance,
)
from kiosk.screens.view import View
from tests.screens import audit
from tests.screens.samples import NOW_S, samples

HOUR_S = 3600
BRIGHT = 0.1
"""Relative luminance, of white: a pixel of that much light burns in where it stands for hours."""
SHARE_MAX = 0.2
"""Of an hour in which any place of the panel may be bright."""
EVERYWHERE_MAX = 0.05
"""Of all pixels, at any moment on the average."""

SIZES = [(800, 480), (1280, 800), (1080, 1920)]
every_size = pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")


@pytest.fixture(scope="module")
def views() -> dict[str, View]:
    return samples("en", False, False)


def rested(
    view: View, size: tuple[int, int], rested_s: float, measure: Measure, **look: bool | str
) -> Scene:
    venue = VenueLook("Orbit Club", palette="day" if look.pop("day", False) else "night")
    seen = Look.of(size, venue, **look)  # type: ignore[arg-type]
    return compose(view, seen, NOW_S + ATTRACT_AFTER_S + rested_s, measure, alone_s=NOW_S)


def light(item: Item) -> float:
    """The most light that a pixel of a surface or of letters gives."""
    if isinstance(item, Plate):
        return max(luminance(c) for c in (item.fill, item.line, (0, 0, 0, 1)) if c is not None)
    assert isinstance(item, Run), "all that rests can be reckoned"
    return luminance(item.color)


def lit(scene: Scene, size: tuple[int, int]) -> Image.Image:
    """1 where a pixel is bright, 0 elsewhere."""
    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)
    for item in scene.items:
        assert isinstance(item, (Plate, Run))
        value = int(light(item) >= BRIGHT)
        if isinstance(item, Plate):
            box = (item.x, item.y, item.x + item.width, item.y + item.height)
            draw.rectangle(box, fill=value)
        else:
            left, _top, _right, low = audit.ink(item)
            font = ImageFont.truetype(str(ASSETS / FONTS[item.font]), item.px)
            draw.text((left, low), item.text, fill=value, font=font, anchor="ld")
    return mask


def hour(view: View, size: tuple[int, int], measure: Measure) -> tuple[float, float]:
    """The largest share of an hour that a pixel is bright, and that of all pixels together."""
    steps = int(HOUR_S / ATTRACT_STEP_S)
    assert steps < 256
    counted = Image.new("L", size)
    for step in range(steps):
        scene = rested(view, size, step * ATTRACT_STEP_S, measure)
        counted = ImageChops.add(counted, lit(scene, size))
    most = counted.getextrema()[1]
    assert isinstance(most, int)
    return most / steps, ImageStat.Stat(counted).mean[0] / steps


@every_size
@pytest.mark.parametrize("name", ["welcome", "closed-S-01"])
def test_in_an_hour_no_place_of_the_panel_is_bright_for_long(size, name, measure, views):
    longest, everywhere = hour(views[name], size, measure)
    assert longest <= SHARE_MAX, longest
    assert 0 < everywhere <= EVERYWHERE_MAX, everywhere


@every_size
def test_it_is_whole_wherever_it_wanders(size, measure, views):
    for name in ("welcome", "welcome-swipe-only", "welcome-R-01", "closed-S-01-both"):
        for large in (False, True):
            for step in range(0, 180, 7):
                look = attract.dimmed(Look.of(size, VenueLook("Orbit Club"), large=large))
                scene = rested(views[name], size, step * ATTRACT_STEP_S, measure, large=large)
                assert scene.resting and not scene.targets
                assert not audit.cut_off(scene, look), (name, step)
                assert not audit.overlapping(scene), (name, step)
                assert not audit.unreadable(scene, look), (name, step)


def test_every_palette_rests_dark(measure, views):
    for look in ({"day": True}, {"contrast": True}, {}):
        scene = rested(views["welcome"], (1280, 800), 0, measure, **look)
        assert scene.ground == (0.0, 0.0, 0.0, 1.0)
        assert max(light(i) for i in scene.items) < 0.4


def test_it_begins_after_two_minutes_and_moves_by_itself(measure, views):
    view, look = views["welcome"], Look.of((800, 480), VenueLook("Orbit Club"))
    awake = compose(view, look, NOW_S + 119, measure, alone_s=NOW_S)
    assert not awake.resting and awake.next_change_s == NOW_S + ATTRACT_AFTER_S
    first = rested(view, (800, 480), 1, measure)
    assert first.next_change_s == pytest.approx(NOW_S + ATTRACT_AFTER_S + ATTRACT_STEP_S)
    later = rested(view, (800, 480), 1 + ATTRACT_STEP_S, measure)
    assert first.items != later.items


def test_where_a_guest_is_or_works_nobody_nothing_rests(measure, views):
    for name in ("home", "problem-K-03", "top-up", "access"):
        scene = rested(views[name], (800, 480), 10_000, measure)
        assert not scene.resting, name
    timed = views["closed-S-01"]
    assert timed.frame.deadline_s is None
    waits = replace(timed, frame=replace(timed.frame, deadline_s=NOW_S + 30))
    assert not rested(waits, (800, 480), 0, measure).resting


def test_any_touch_brings_the_screen_back_and_presses_nothing(robot, views):
    robot.show(views["welcome"])
    robot.now_s = NOW_S + ATTRACT_AFTER_S + 1
    robot.stage._compose()
    assert robot.stage.scene.resting and robot.stage.targets()[1] == []
    finger = robot.hold((400.0, 240.0))
    assert not robot.stage.scene.resting
    robot.release(finger)
    assert robot.touches == []
    robot.now_s += 60
    robot.stage._compose()
    assert not robot.stage.scene.resting, "the two minutes begin with the touch"
    robot.now_s += 61
    robot.stage._compose()
    robot.shell.press("register")
    assert robot.touches[-1][0] == "register"


def test_a_card_wakes_it_with_its_first_frame(robot, views):
    robot.show(views["welcome"])
    robot.now_s = NOW_S + ATTRACT_AFTER_S + 1
    robot.stage._compose()
    page = views["welcome"].frame.page + 1
    robot.show(replace(views["home"], frame=replace(views["home"].frame, page=page)))
    assert not robot.stage.scene.resting
    assert "top_up" in robot.stage.pressable()
