"""The light behind the screen follows the window, through the machine's helper."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from kiosk.backlight import Backlight
from kiosk.core.errors import Refused


@pytest.fixture
def panel(tmp_path: Path) -> Path:
    (tmp_path / "class/backlight/10-0045").mkdir(parents=True)
    return tmp_path


def test_the_light_goes_off_and_comes_back_as_bright_as_it_is_set(panel: Path) -> None:
    asked: list[int] = []
    light = Backlight(asked.append, 60, panel)
    light.step()
    assert asked == [60], "a kiosk that died in the dark left it off"
    light.step()
    light.dark(True)
    light.step()
    light.step()
    light.dark(False)
    light.step()
    assert asked == [60, 0, 60]


def test_of_several_wishes_the_newest_counts(panel: Path) -> None:
    asked: list[int] = []
    light = Backlight(asked.append, 100, panel)
    light.step()
    for is_dark in (True, False, True, False):
        light.dark(is_dark)
    light.step()
    assert asked == [100]


def test_a_screen_without_a_light_is_asked_for_nothing(tmp_path: Path) -> None:
    light = Backlight(lambda percent: pytest.fail("asked"), 100, tmp_path)
    light.step()
    light.dark(True)
    light.step()


def test_a_helper_that_cannot_is_no_reason_to_stop(
    panel: Path, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[int] = []

    def ask(percent: int) -> None:
        asked.append(percent)
        raise Refused("err.helper_failed")

    light = Backlight(ask, 100, panel)
    light.step()
    light.dark(True)
    light.step()
    assert asked == [100, 0] and "was not set to 0 %" in caplog.text


def test_when_the_kiosk_ends_the_screen_is_lit(panel: Path) -> None:
    asked: list[int] = []
    went_off = threading.Event()

    def ask(percent: int) -> None:
        asked.append(percent)
        if not percent:
            went_off.set()

    light, stop = Backlight(ask, 80, panel), threading.Event()
    thread = light.start(stop)
    light.dark(True)
    assert went_off.wait(60)
    stop.set()
    thread.join(60)
    assert not thread.is_alive() and asked[-2:] == [0, 80]
