"""A venue in a folder of its own, and a guest before it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.core.venue import Venue
from tests.core.guest import Guest, make_venue


@pytest.fixture
def venue(tmp_path: Path) -> Iterator[Venue]:
    made = make_venue(tmp_path)
    yield made
    made.close()


@pytest.fixture
def guest(venue: Venue) -> Guest:
    return Guest(venue)
