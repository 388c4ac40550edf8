"""The window itself, driven by touches: what is drawn can be pressed, and is drawn once."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from PIL import Image

from kiosk.screens.app import NothingToPress
from kiosk.screens.view import Note, TopUpView
from tests.screens import audit
from tests.screens.samples import NOW_S, stretched


@pytest.fixture(scope="module")
def views():
    return stretched("en", False, False)


def test_every_button_of_every_view_reaches_the_callback(robot, views):
    page = 100
    for name, view in views.items():
        if name == "home-more-time":
            continue
        for button in audit.buttons(view):
            # A new page each time: a pressed button stays disarmed on its page.
            page += 1
            shown = replace(view, frame=replace(view.frame, page=page))
            robot.show(shown)
            robot.touches.clear()
            if button.enabled:
                robot.shell.press(button.id)
                assert robot.touches == [(button.id, page)], name
            else:
                with pytest.raises(NothingToPress, match="cannot be used"):
                    robot.shell.press(button.id)


def test_press_by_text_and_by_point(robot, views):
    robot.show(views["home"])
    robot.shell.press("Top up")
    assert robot.touches[-1][0] == "top_up"
    target = next(t for t in robot.stage.scene.targets if t.id == "history")
    assert robot.shell.press((target.x + 5, target.y + 5)) == "history"
    assert robot.touches[-1][0] == "history"
    assert robot.shell.press((1, 1)) == ""


def test_what_is_not_there_is_said_with_what_is(robot, views):
    robot.show(views["home"])
    with pytest.raises(NothingToPress, match=r"'nonsense' is not on the screen.*top_up \(Top up\)"):
        robot.shell.press("nonsense")


def test_a_button_is_disarmed_by_its_first_touch(robot, views):
    robot.show(views["home"])
    robot.shell.press("top_up")
    robot.shell.press("top_up")
    assert len(robot.touches) == 1
    page = robot.touches[0][1]
    robot.show(replace(views["home"], frame=replace(views["home"].frame, page=page + 1)))
    robot.shell.press("top_up")
    assert robot.touches[1:] == [("top_up", page + 1)]


def test_a_dropped_touch_leaves_the_button_armed(robot, views):
    robot.show(views["home"])
    robot.takes = False
    robot.shell.press("top_up")
    robot.takes = True
    robot.shell.press("top_up")
    assert len(robot.touches) == 2


def test_nothing_changed_for_long_arms_the_button_again(robot, views):
    robot.show(views["home"])
    robot.shell.press("top_up")
    robot.now_s = NOW_S + 3
    robot.shell.press("top_up")
    assert len(robot.touches) == 2


def test_keys_repeat(robot, views):
    robot.show(views["register-phone"])
    for _ in range(3):
        robot.shell.press("digit:1")
    robot.show(views["register-name"])
    robot.shell.press("key:a")
    robot.shell.press("key:a")
    robot.shell.press("shift")
    assert [t[0] for t in robot.touches] == ["digit:1"] * 3 + ["key:a"] * 2 + ["shift"]


def test_a_finger_that_leaves_the_button_presses_nothing(robot, views):
    robot.show(views["home"])
    robot.drag("top_up", (100, 300))
    assert robot.touches == []


def test_a_press_shows_within_one_frame(robot, views, tmp_path):
    robot.show(views["home"])
    target = next(t for t in robot.stage.scene.targets if t.id == "history")
    point = (round(target.x + 12), round(target.y + target.height / 2))
    before = robot.pixels(tmp_path)[point]
    held = robot.hold("history")
    during = robot.pixels(tmp_path)[point]
    robot.release(held)
    after = robot.pixels(tmp_path)[point]
    assert before == after != during


def test_only_what_changed_is_drawn_anew(robot, views):
    view = views["top-up"]
    assert isinstance(view, TopUpView)
    robot.show(view)
    kept = list(robot.stage._painter._groups)
    drawn = robot.drawn()
    more = replace(view, notes=(*view.notes[:2], Note("100\u00a0₽", "taken")))
    robot.show(more)
    assert 0 < robot.drawn() - drawn <= 8
    assert robot.stage._painter._groups[: len(kept) - 10] == kept[: len(kept) - 10]


def test_the_countdown_runs_by_itself(robot, views, tmp_path):
    robot.show(views["home"])
    robot.now_s = NOW_S + 5
    robot.stage._compose()
    assert "0:37" in [r.text for r in audit.runs(robot.stage.scene.items)]


def test_the_bar_at_the_end_takes_the_touch(robot, views):
    robot.show(views["home-more-time"])
    robot.shell.press("more_time")
    assert robot.touches == [("more_time", 7)]
    with pytest.raises(NothingToPress):
        robot.shell.press("visit")


def test_a_list_scrolls_by_touch(robot, views, tmp_path):
    robot.show(views["long-visit"])
    before = robot.pixels(tmp_path).copy()
    layer = robot.layer()
    assert robot.stage._painter.shift(layer) == 0
    high, low = layer.y + layer.height * 0.1, layer.y + layer.height * 0.9
    robot.drag((300, low), (300, high))
    assert robot.stage._painter.shift(layer) < -60
    assert robot.pixels(tmp_path).tobytes() != before.tobytes()
    for _ in range(30):
        robot.drag((300, low), (300, high))
    assert robot.stage._painter.shift(layer) == pytest.approx(layer.height - layer.content_height)
    assert {name for name, _ in robot.touches} == {"scrolled"}


def test_views_of_other_threads_arrive_and_the_latest_wins(robot, views):
    robot.show(views["welcome"])

    def publish() -> None:
        for name in ("wait", "history", "done"):
            robot.shell.show(views[name])

    thread = threading.Thread(target=publish)
    thread.start()
    thread.join()
    robot.frames.clear()
    robot.turn(2)
    assert robot.frames == [views["done"]]


def test_a_failing_callback_ends_the_window(robot, views):
    robot.show(views["home"])
    robot.fails = True
    with pytest.raises(ZeroDivisionError):
        robot.shell.press("top_up")


def test_keys_of_a_keyboard_and_the_right_button_do_nothing(robot, views):
    from kivy.core.window import Window

    robot.show(views["home"])
    before = list(robot.stage.scene.items)
    for code in (282, 27, 13):  # F1, Escape, Enter
        Window.dispatch("on_key_down", code, 0, None, [])
        robot.turn(2)
    target = robot.stage.scene.targets[0]
    Window.dispatch("on_mouse_down", target.x + 5, target.y + 5, "right", [])
    Window.dispatch("on_mouse_up", target.x + 5, target.y + 5, "right", [])
    robot.turn(2)
    assert len(Window.children) == 1 and robot.touches == []
    assert robot.stage.scene.items == before


def test_a_picture_has_the_size_of_the_window(robot, views, tmp_path):
    robot.show(views["welcome"])
    robot.picture(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (800, 480)
        assert len(image.convert("RGB").getcolors(100_000)) > 50


def test_a_picture_that_cannot_be_written_is_an_error(robot, views, tmp_path):
    robot.show(views["welcome"])
    with pytest.raises(OSError):
        robot.picture(tmp_path / "missing" / "a.png")


def test_a_screen_comes_from_where_it_was_called_and_can_be_pressed_at_once(robot, views):
    stage = robot.stage
    stage.venue = replace(stage.venue, motion=True)
    try:
        robot.show(views["home"])
        for page, (button, way) in enumerate((("history", 1), ("back", -1), ("", 0)), 50):
            if button:
                robot.shell.press(button)
            else:
                robot.now_s += 5
            name = "history" if button == "history" else "home"
            shown = replace(views[name], frame=replace(views[name].frame, page=page))
            robot.shell.show(shown)
            robot.turn()
            slide = stage._slide
            assert (slide.x > 0) is (way > 0) and (slide.x < 0) is (way < 0)
            assert (slide.y < 0) is (way == 0), "a card calls from the reader, below"
            assert stage.pressable()
            for _ in range(200):
                if not slide.x and not slide.y:
                    break
                robot.turn()
            assert (slide.x, slide.y) == (0, 0)
    finally:
        stage.venue = replace(stage.venue, motion=False)


def test_without_motion_nothing_slides(robot, views):
    robot.show(views["home"])
    robot.shell.press("history")
    robot.show(replace(views["history"], frame=replace(views["history"].frame, page=60)))
    assert (robot.stage._slide.x, robot.stage._slide.y) == (0, 0)
