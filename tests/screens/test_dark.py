"""The screen off in its hours: black a minute after the last touch, and any touch wakes it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.screens.scene import compose
from kiosk.screens.theme import ATTRACT_AFTER_S, DARK_AFTER_S, Look, VenueLook
from kiosk.screens.view import View
from tests.screens.samples import samples
from tests.screens.test_attract import NOW_S


@pytest.fixture(scope="module")
def views() -> dict[str, View]:
    return samples("en", False, False)


def test_it_is_black_a_minute_after_the_last_touch(measure, views):
    view, look = replace(views["welcome"], dark=True), Look.of((800, 480), VenueLook("Orbit"))
    awake = compose(view, look, NOW_S + DARK_AFTER_S - 1, measure, alone_s=NOW_S)
    assert awake.items and not awake.dark
    assert awake.next_change_s is not None and awake.next_change_s <= NOW_S + DARK_AFTER_S
    for seconds in (DARK_AFTER_S, ATTRACT_AFTER_S + 1, 30_000):
        black = compose(view, look, NOW_S + seconds, measure, alone_s=NOW_S)
        assert (black.items, black.targets, black.next_change_s) == ([], [], None)
        assert black.dark and black.resting and black.ground == (0.0, 0.0, 0.0, 1.0)
    day = compose(views["welcome"], look, NOW_S + 30_000, measure, alone_s=NOW_S)
    assert day.items and not day.dark


def test_a_touch_wakes_it_and_presses_nothing(robot, views):
    told: list[bool] = []
    robot.show(views["home"])
    robot.stage._on_dark = told.append
    robot.show(replace(views["welcome"], dark=True))
    robot.now_s += DARK_AFTER_S + 1
    robot.stage._compose()
    assert robot.stage.scene.dark and told == [True]
    robot.release(robot.hold((400.0, 240.0)))
    assert told == [True, False] and robot.touches == []
    robot.shell.press("register")
    assert robot.touches[-1][0] == "register"
    robot.now_s += DARK_AFTER_S + 1
    robot.stage._compose()
    assert told == [True, False, True]


def test_a_card_a_note_or_the_morning_wakes_it(robot, views):
    night = replace(views["welcome"], dark=True)
    told: list[bool] = []
    robot.show(views["home"])
    robot.stage._on_dark = told.append
    for after in (views["home"], views["welcome"]):
        robot.show(night)
        robot.now_s += DARK_AFTER_S + 1
        robot.stage._compose()
        assert robot.stage.scene.dark
        page = night.frame.page + (after is not views["welcome"])
        robot.show(replace(after, frame=replace(after.frame, page=page)))
        assert not robot.stage.scene.dark and not robot.stage.scene.resting
    assert told == [True, False, True, False]
