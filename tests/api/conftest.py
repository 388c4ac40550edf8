"""The real door on a port of this machine, before a kiosk whose core a thread turns."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.opened import OpenDoor, open_door


@pytest.fixture
def door() -> Iterator[OpenDoor]:
    with open_door() as opened:
        yield opened
