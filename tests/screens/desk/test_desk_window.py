"""The desk in the window: lists are dragged and pressed, the palette is the day's, time runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.screens.app import NothingToPress
from kiosk.screens.layout import Layer
from kiosk.screens.theme import PALETTES, rgba
from kiosk.screens.view import DeskView
from tests.screens import audit
from tests.screens.desk.desk_views import desk_views
from tests.screens.desk.test_desk_layout import whole
from tests.screens.robot import Robot
from tests.screens.samples import NOW_S, stretched


@pytest.fixture(scope="module")
def views():
    return desk_views("en", False, False, NOW_S)


def rows(robot: Robot) -> Layer:
    return next(i for i in robot.stage.scene.layers() if i.targets)


def shift(robot: Robot) -> float:
    return float(robot.stage._painter.shift(rows(robot)))


def turned(view: DeskView, page: int) -> DeskView:
    return replace(view, frame=replace(view.frame, page=page))


def test_a_row_is_pressed_where_it_stands_after_scrolling(robot):
    robot.show(whole(50))
    robot.drag((400, 400), (400, 120))
    assert shift(robot) < -200 and robot.touches == [("scrolled", 11)]
    _page, there = robot.shell.targets()
    row = next(t for t in there if t.id.startswith("client:") and t.y > 250)
    assert robot.shell.press((row.x + 200, row.y + 20)) == row.id
    assert robot.touches[1:] == [(row.id, 11)]
    assert row.id not in ("client:0", "client:1", "client:2")


def test_what_can_be_pressed_is_told_where_it_shows(robot):
    robot.show(whole(50))
    first = robot.shell.targets()[1]
    assert "client:0" in {t.id for t in first} and "client:30" not in {t.id for t in first}
    robot.drag((400, 400), (400, 120))
    later = robot.shell.targets()[1]
    assert "client:0" not in {t.id for t in later}
    layer = rows(robot)
    for target in (t for t in later if t.id.startswith("client:")):
        assert layer.y <= target.y and target.y + target.height <= layer.y + layer.height + 0.01
    assert "client:30" in robot.shell.buttons()


def test_a_drag_that_begins_on_a_row_scrolls_and_presses_nothing(robot):
    robot.show(whole(50))
    robot.drag("client:3", (300, 100))
    assert robot.touches == [("scrolled", 11)] and shift(robot) < -50
    # A finger that trembles still presses.
    robot.show(turned(whole(50), 12))
    before = shift(robot)
    _page, there = robot.shell.targets()
    row = next(t for t in there if t.id.startswith("client:") and t.y > 200)
    middle = (row.x + 100, row.y + row.height / 2)
    robot.drag(middle, (middle[0] + 2, middle[1] + 5))
    assert robot.touches[1:] == [(row.id, 12)] and shift(robot) == before


def test_pressing_by_name_brings_a_row_into_sight(robot):
    robot.show(whole(50))
    assert robot.shell.press("client:40") == "client:40"
    assert robot.touches == [("client:40", 11)]
    layer = rows(robot)
    row = next(t for t in layer.targets if t.id == "client:40")
    assert layer.y <= row.y + shift(robot) <= layer.y + layer.height - row.height
    assert robot.shell.press("Anna 2") == "client:2"


def test_a_list_that_is_scrolled_is_not_pressed_through_its_edge(robot):
    robot.show(whole(50))
    robot.drag((400, 400), (400, 120))
    layer = rows(robot)
    assert robot.stage.target_at(400, layer.y - 4) is None
    assert robot.stage.target_at(400, layer.y + layer.height + 2) is None


def test_typing_leaves_a_list_where_it_is_and_another_page_begins_at_its_top(robot):
    robot.show(whole(50))
    robot.drag((400, 400), (400, 200))
    at = shift(robot)
    assert at < -100
    robot.show(whole(49))
    assert shift(robot) == at
    robot.show(turned(whole(48), 12))
    assert shift(robot) == at
    robot.show(replace(turned(whole(50), 13), title="Others"))
    assert shift(robot) == 0
    # A list that became shorter is not scrolled beyond its end.
    robot.show(whole(50))
    for _ in range(12):
        robot.drag((400, 400), (400, 100))
    robot.show(whole(9))
    layer = rows(robot)
    assert shift(robot) == pytest.approx(layer.height - layer.content_height)


def test_a_row_of_a_list_shows_its_press(robot, tmp_path):
    robot.show(whole(50))
    robot.drag((400, 400), (400, 220))
    _page, there = robot.shell.targets()
    row = next(t for t in there if t.id.startswith("client:") and t.y > 200)
    point = (round(row.x + 400), round(row.y + row.height / 2))
    before = robot.pixels(tmp_path)[point]
    held = robot.hold(row.id)
    during = robot.pixels(tmp_path)[point]
    robot.release(held)
    assert before != during and robot.pixels(tmp_path)[point] == before


def test_only_rows_in_sight_are_drawn(robot):
    robot.show(whole(50))
    drawn = robot.drawn()
    robot.show(replace(whole(50), title="All of them"))
    whole_page = robot.drawn() - drawn
    assert whole_page < 120, "fifty rows of three cells are drawn at once"
    drawn = robot.drawn()
    robot.drag((400, 400), (400, 300))
    assert 0 < robot.drawn() - drawn < 30


def test_the_field_in_which_one_types_is_in_sight(robot, views):
    robot.show(views["desk-change-letters"])
    ids = {t.id: t for t in robot.shell.targets()[1]}
    field = ids["field:comment"]
    assert field.height == pytest.approx(54, abs=1) and field.y + field.height < ids["key:q"].y
    robot.shell.press("key:q")
    robot.shell.press("digit:1")
    robot.shell.press("save")
    assert [t[0] for t in robot.touches] == ["key:q", "digit:1", "save"]


def test_keys_are_put_away_to_see_more_and_come_back(robot, views):
    robot.show(views["desk-change-letters"])
    assert "back" not in robot.shell.buttons()
    robot.shell.press("hide_keys")
    assert robot.touches == [], "the key is the window's own"
    assert "back" in robot.shell.buttons() and "key:q" not in robot.shell.buttons()
    robot.shell.press("field:comment")
    assert robot.touches == [("field:comment", 11)]
    assert "key:q" in robot.shell.buttons()
    robot.shell.press("hide_keys")
    robot.show(turned(views["desk-change-letters"], 12))
    assert "key:q" in robot.shell.buttons()


def test_a_small_panel_has_its_sections_behind_a_button(robot, views):
    robot.show(views["desk-today"])
    assert "section:cash" not in {t.id for t in robot.shell.targets()[1]}
    robot.shell.press("menu")
    assert robot.touches == [], "the button is the window's own"
    assert "section:cash" in {t.id for t in robot.shell.targets()[1]}
    assert "collect" not in robot.shell.buttons()
    robot.shell.press("menu")
    assert "section:cash" not in {t.id for t in robot.shell.targets()[1]}
    # By its name a section is found behind the button; another page closes it.
    robot.shell.press("section:cash")
    assert robot.touches == [("section:cash", 11)]
    robot.show(turned(views["desk-collect"], 12))
    assert "section:cash" not in {t.id for t in robot.shell.targets()[1]}
    robot.shell.press("lock")
    assert robot.touches[-1] == ("lock", 12)
    with pytest.raises(NothingToPress):
        robot.shell.press("section:nowhere")


def test_guests_have_the_night_and_the_desk_the_day(robot, views, tmp_path):
    guests = stretched("en", False, False)["welcome"]

    def ground() -> tuple[int, ...]:
        return tuple(robot.pixels(tmp_path)[(2, 240)][:3])

    def of(palette: str) -> tuple[int, ...]:
        return tuple(round(255 * part) for part in rgba(PALETTES[palette]["ground"])[:3])

    for view, palette in ((guests, "night"), (views["desk-today"], "day"), (guests, "night")):
        robot.show(view)
        assert ground() == pytest.approx(of(palette), abs=1)


def test_the_clock_comes_when_time_is_short_and_runs(robot, views):
    robot.show(views["desk-today"])
    assert not [
        r for r in audit.runs(robot.stage.scene.items) if ":" in r.text and len(r.text) == 4
    ]
    robot.now_s = NOW_S + 75
    robot.stage._compose()
    assert "0:15" in [r.text for r in audit.runs(robot.stage.scene.items)]
    robot.shell.press("more_time")
    assert robot.touches == [("more_time", 11)]


def test_rows_under_the_bar_at_the_end_are_not_pressed(robot):
    view = whole(50)
    robot.show(view)
    robot.now_s = NOW_S + 75
    robot.stage._compose()
    covered = robot.stage.scene.covered_y
    assert covered < 480
    for target in robot.shell.targets()[1]:
        assert not target.id.startswith("client:") or target.y + target.height <= covered
    pressed = robot.stage.target_at(60, covered + 20)
    assert pressed is None or pressed.id == "more_time"
