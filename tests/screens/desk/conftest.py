"""An attendant for every test of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.screens.desk.hands import Hands, attendant


@pytest.fixture
def hands() -> Iterator[Hands]:
    with attendant() as made:
        yield made
