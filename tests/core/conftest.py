"""A venue in a folder of its own, and a guest before it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.core.venue import Venue
from tests.core.guest import Guest, make_venue, shelf


@pytest.fixture
def venue() -> Iterator[Venue]:
    with shelf() as folder:
        made = make_venue(folder)
        yield made
        made.close()


@pytest.fixture
def guest(venue: Venue) -> Guest:
    return Guest(venue)


@pytest.fixture
def stick() -> Iterator[Path]:
    """A second medium, which a test may carry away."""
    with shelf() as folder:
        (folder / "stick").mkdir()
        yield folder / "stick"


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """The folder of the machine that comes after."""
    with shelf() as folder:
        yield folder
