"""Errands of the desk's tests, done at once and in this process: the real ones, without threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.book_errands import DOES
from kiosk.core.errors import Refused
from kiosk.core.venue import Venue
from kiosk.errands import Way
from tests.screens.desk.hands import Hands


@dataclass
class Here:
    """The venue that the test writes itself, and a folder whose folders are sticks."""

    books: Venue
    sticks: Path | None

    @contextmanager
    def venue(self) -> Iterator[Venue]:
        yield self.books


def go(hands: Hands, sticks: Path | None = None) -> Here:
    """Let `hands` have all errands with books and sticks done."""
    here = Here(hands.venue, sticks)

    def doing(do: Callable[[Any, Any, Way], object]) -> Callable[[Any], object]:
        def done(errand: Any) -> object:
            try:
                return do(here, errand, Way())
            except Refused as refused:
                return refused

        return done

    hands.does |= {kind: doing(do) for kind, do in DOES.items()}
    return here
