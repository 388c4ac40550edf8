"""A11, the logo, by touches: from a real folder as the stick, seen, confirmed; and drawn."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.core.desk.logo import LogoPage
from kiosk.core.desk.setting_pages import SettingGroup
from kiosk.core.errands import ListPictures, ReadPicture
from kiosk.core.logos import Logo
from kiosk.core.messages import ErrandTold, StartErrand
from kiosk.core.settings import GetVenue
from kiosk.core.situation import Welcome
from kiosk.screens.layout import Layer
from kiosk.screens.layout import Picture as Drawn
from kiosk.screens.scene import Scene, compose
from kiosk.screens.theme import Look, VenueLook
from kiosk.screens.view import Picture, Tile, WelcomeView
from tests.pictures import chunk, drawn, png
from tests.screens import audit
from tests.screens.desk.errand_hands import go
from tests.screens.desk.hands import CASHIER, OWNER, Hands, attendant, inside
from tests.screens.samples import NOW_S, samples

SIZES = [(800, 480), (1024, 600), (1280, 800), (1920, 1080), (1080, 1920)]
LOGOS = {"wide": (500, 60), "tall": (60, 500), "square": (256, 256), "dot": (1, 1)}


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    made = tmp_path / "media" / "BLUE STICK"
    made.mkdir(parents=True)
    return made


@pytest.fixture
def hands(stick: Path) -> Iterator[Hands]:
    with attendant() as made:
        go(made, stick.parent)
        made.sign_in(OWNER)
        yield made


def open_logo(hands: Hands) -> None:
    hands.go("settings")
    hands.press("group:venue", "setting:logo")


def logo(hands: Hands) -> Logo | None:
    return hands.asked(GetVenue()).logo


def offered(hands: Hands) -> list[str]:
    return [t.headline for t in inside(hands.view, Tile) if t.id.startswith("picture:")]


def test_a_logo_comes_from_a_stick_is_seen_confirmed_and_taken_off(
    hands: Hands, stick: Path
) -> None:
    data = drawn(120, 40)
    (stick / "Orbit.PNG").write_bytes(data)
    open_logo(hands)
    hands.says("There is no logo.", "512", "60")
    hands.press("look")
    assert offered(hands) == ["Orbit.PNG"]
    hands.says("BLUE STICK")
    seq = hands.venue.ledger.seq
    hands.press("picture:0")
    (shown,) = inside(hands.view, Picture)
    assert shown.logo == Logo(data, 120, 40)
    assert hands.venue.ledger.seq == seq, "nothing is changed before it is confirmed"
    hands.press("confirm")
    entry = hands.entry
    assert (hands.venue.ledger.seq, entry.kind, entry.actor) == (
        seq + 1, "settings_changed", "staff:106")  # fmt: skip
    assert entry.refs == {"settings": "logo"}
    hands.says("The logo is on the welcome screen.")
    assert logo(hands) == Logo(data, 120, 40)
    hands.press("back")
    assert isinstance(hands.page, SettingGroup)
    hands.press("lock")
    assert isinstance(hands.situation.scene, Welcome) and hands.view.frame.logo == logo(hands)

    hands.sign_in(OWNER)
    assert hands.view.frame.logo is None, "the desk has none"
    open_logo(hands)
    hands.press("remove", "back")
    assert logo(hands) is not None
    hands.press("remove", "confirm")
    hands.says("off the welcome screen")
    assert logo(hands) is None
    hands.press("lock")
    assert hands.view.frame.logo is None


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "no PNG"),
        (b"GIF89a" + bytes(99), "no PNG"),
        (png(20, 10)[:-20], "cut off or damaged"),
        (png(20, 10, chunk(b"acTL", bytes(8))), "animated"),
        (png(600, 10), "more than 512 pixels"),
        (drawn(9, 9) + bytes(90_000), "more than 60 kB"),
    ],
)
def test_a_bad_file_is_told_and_changes_nothing(
    hands: Hands, stick: Path, data: bytes, told: str
) -> None:
    (stick / "bad.png").write_bytes(data)
    (stick / "good.png").write_bytes(drawn(9, 9))
    open_logo(hands)
    seq = hands.venue.ledger.seq
    hands.press("look", "picture:0")
    hands.says("Nothing was changed", told)
    assert hands.venue.ledger.seq == seq and not list(inside(hands.view, Picture))
    hands.press("picture:1", "confirm")
    assert logo(hands) == Logo(drawn(9, 9), 9, 9), "another one of the same stick does it"


def test_only_pictures_that_lie_on_the_stick_are_offered(
    hands: Hands, stick: Path, tmp_path: Path
) -> None:
    (stick / "a.png").write_bytes(drawn(9, 9))
    (stick / "folder.png").mkdir()
    (stick / "._a.png").write_bytes(b"x")
    (stick / "b.jpg").write_bytes(drawn(9, 9))
    (tmp_path / "secret.png").write_bytes(drawn(9, 9))
    (stick / "link.png").symlink_to(tmp_path / "secret.png")
    os.mkfifo(stick / "pipe.png")
    (stick / "inner").mkdir()
    (stick / "inner" / "deep.png").write_bytes(drawn(9, 9))
    open_logo(hands)
    hands.press("look")
    assert offered(hands) == ["a.png"]


@pytest.mark.parametrize("becomes", ["gone", "folder", "link", "pipe", "pulled"])
def test_what_is_gone_meanwhile_is_told(
    hands: Hands, stick: Path, tmp_path: Path, becomes: str
) -> None:
    file = stick / "a.png"
    file.write_bytes(drawn(9, 9))
    open_logo(hands)
    hands.press("look")
    file.unlink()
    match becomes:
        case "folder":
            file.mkdir()
        case "link":
            (tmp_path / "secret.png").write_bytes(drawn(9, 9))
            file.symlink_to(tmp_path / "secret.png")
        case "pipe":
            os.mkfifo(file)
        case "pulled":
            stick.rmdir()
    hands.press("picture:0")
    hands.says("not there any more" if becomes == "pulled" else "not on the stick any more")
    assert logo(hands) is None and not list(inside(hands.view, Picture))


def test_without_a_stick_it_says_what_to_do(hands: Hands, stick: Path) -> None:
    open_logo(hands)
    hands.press("look")
    hands.says("No PNG file on a stick")
    stick.rmdir()
    hands.press("look")
    hands.says("No PNG file on a stick")


def test_an_answer_that_nobody_waits_for_any_more_is_not_heard(hands: Hands, stick: Path) -> None:
    (stick / "a.png").write_bytes(drawn(9, 9))
    open_logo(hands)
    hands.press("look")
    del hands.does[ReadPicture], hands.does[ListPictures]
    (sent,) = (e for e in hands.press("picture:0") if isinstance(e, StartErrand))
    assert sent.errand == ReadPicture(str(stick), "a.png")
    hands.says("Looking at the stick")
    assert hands.pressable().get("picture:0") is None
    hands.press("look")
    assert isinstance(hands.page, LogoPage) and hands.page.errand != sent.id
    hands.tell(ErrandTold(sent.id, ended=True, result=Logo(drawn(9, 9), 9, 9)))
    assert not list(inside(hands.view, Picture))


def test_whoever_may_not_change_the_venue_sees_no_way_to_it(stick: Path) -> None:
    with attendant() as hands:
        hands.sign_in(CASHIER)
        hands.go("settings")
        assert "group:venue" not in hands.pressable()


# --- drawn ---------------------------------------------------------------------------------------


def welcome(kind: str, language: str, large: bool, name: str = "Orbit Club") -> WelcomeView:
    view = samples(language, large, large)["welcome"]
    assert isinstance(view, WelcomeView)
    wide, tall = LOGOS[kind]
    frame = replace(view.frame, logo=Logo(drawn(wide, tall), wide, tall), title=name)
    return replace(view, frame=frame)


def pictures(scene: Scene) -> list[Drawn]:
    inner = [i for i in scene.items if isinstance(i, Layer) for i in i.items]
    return [i for i in (*scene.items, *inner) if isinstance(i, Drawn)]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("kind", LOGOS)
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("language", ["en", "ru", "de"])
def test_a_logo_pushes_nothing_out_and_keeps_its_sides(measure, size, kind, large, language):
    view = welcome(kind, language, large)
    look = Look.of(size, VenueLook("Orbit Club"), large=large, contrast=large)
    scene = compose(view, look, NOW_S, measure)
    assert not audit.cut_off(scene, look) + audit.overlapping(scene) + audit.covered(scene)
    assert not audit.missing(view, scene, set()) + audit.wrong_targets(scene, look)
    without = replace(view, frame=replace(view.frame, logo=None))
    bare = compose(without, look, NOW_S, measure)
    title = next(r for r in audit.runs(scene.items) if r.text == "Orbit Club")
    plain = next(r for r in audit.runs(bare.items) if r.text == "Orbit Club")
    assert (title.px, title.y, scene.shrink) == (plain.px, plain.y, bare.shrink)
    (shown,) = pictures(scene)
    wide, tall = LOGOS[kind]
    assert 0 < shown.height <= 0.67 * look.m("bar") and shown.width <= 0.25 * look.width
    assert shown.width <= wide and shown.height <= tall, "never larger than it is"
    assert abs(shown.width - shown.height * wide / tall) <= wide / tall + 1
    assert shown.x + shown.width < title.x
    assert abs((shown.y + shown.height / 2) - (title.y + title.height / 2)) <= 2


def test_a_long_name_has_the_bar_to_itself(measure):
    view = welcome("wide", "de", True, "Das große Unterhaltungszentrum am alten Hafen")
    look = Look.of((800, 480), VenueLook("Orbit Club"), large=True)
    assert not pictures(compose(view, look, NOW_S, measure))


def test_its_pixels_are_on_the_screen_and_go(robot, tmp_path):
    view = welcome("wide", "en", False)
    robot.show(view)
    (shown,) = pictures(robot.stage.scene)
    point = (round(shown.x + shown.width / 2), round(shown.y + shown.height / 2))
    assert robot.pixels(tmp_path)[point] == (255, 0, 170)
    kept = list(robot.stage._painter._groups)
    robot.show(replace(view, headline="Swipe your card"))
    assert robot.pixels(tmp_path)[point] == (255, 0, 170)
    assert robot.stage._painter._groups[0] is kept[0]
    blue = Logo(drawn(500, 60, "#0000FF"), 500, 60)
    robot.show(replace(view, frame=replace(view.frame, logo=blue)))
    assert robot.pixels(tmp_path)[point] == (0, 0, 255)
    robot.show(replace(view, frame=replace(view.frame, logo=None)))
    assert robot.pixels(tmp_path)[point] not in ((255, 0, 170), (0, 0, 255))


@pytest.mark.parametrize("mode", ["RGBA", "RGB", "L", "LA", "P", "1"])
def test_every_form_that_is_taken_can_be_drawn(robot, tmp_path, mode):
    view = welcome("square", "en", False)
    white = Logo(drawn(256, 256, "#FFFFFF", mode), 256, 256)
    robot.show(replace(view, frame=replace(view.frame, logo=white)))
    (shown,) = pictures(robot.stage.scene)
    point = (round(shown.x + shown.width / 2), round(shown.y + shown.height / 2))
    assert robot.pixels(tmp_path)[point] == (255, 255, 255)


@pytest.mark.parametrize("kind", LOGOS)
def test_its_pages_fit_every_panel(measure, hands, stick, kind):
    (stick / ("a very long name of a picture " * 6 + ".png")).write_bytes(drawn(*LOGOS[kind]))
    open_logo(hands)
    venue = VenueLook("Orbit Club", "#FFC53D")
    looks = [
        Look.of(s, venue, large=large, palette="day") for s in SIZES for large in (False, True)
    ]
    for button in ("look", "picture:0", "confirm", "remove"):
        hands.press(button)
        shown = [part.logo for part in inside(hands.view, Picture)]
        for look in looks:
            scene = compose(hands.view, look, NOW_S, measure)
            where = f"{button} on {look.width}x{look.height}, large: {look.large}"
            faults = audit.cut_off(scene, look) + audit.overlapping(scene) + audit.covered(scene)
            assert not faults, where
            assert [one.png for one in pictures(scene)] == [one.png for one in shown], where
