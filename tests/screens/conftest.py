"""The window that the tests of this folder share, and the measure of its letters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.screens.layout import Measure
from kiosk.screens.window import prepare
from tests.screens.robot import Robot

SIZE = (800, 480)


@pytest.fixture(scope="session")
def measure() -> Measure:
    import sys

    if "kivy.core.window" not in sys.modules:
        prepare(SIZE)
    from kiosk.screens.paint import measure

    return measure


@pytest.fixture(scope="session")
def one_window() -> Robot:
    return Robot(SIZE)


@pytest.fixture
def robot(one_window: Robot) -> Iterator[Robot]:
    one_window.reset()
    yield one_window
    one_window.reset()
