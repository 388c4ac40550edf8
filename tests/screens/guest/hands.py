"""A guest before the kiosk, without a window: touches in, Views, entries and slips out.

What is pressed must be on the View that `present` makes, enabled, as an id or as its words. The
venue, the journey and the words are the real ones; time passes by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any

from kiosk.core.messages import Effect
from tests.core.guest import DEMO, NOW, make_venue, shelf
from tests.screens.desk.hands import KEYS, Hands

LANGUAGES = ("en", "ru", "de")
_SPOKEN = ContextVar("_SPOKEN", default="en")
"""The language of the kiosks that `visitor` makes."""


@contextmanager
def spoken(language: str) -> Iterator[None]:
    """Kiosks made meanwhile begin in this language, so that walks are gone in it."""
    before = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(before)


class Visitor(Hands):
    """A guest's hands; somebody may work at the desk between (`sign_in`)."""

    def press(self, *names: str) -> list[Effect]:
        """Press buttons, each by its id or by the words on it."""
        effects: list[Effect] = []
        for name in names:
            button = name if name.startswith((*KEYS, "more_time")) else self.find(name)
            effects += super().press(button)
        return effects

    def read_in(self, language: str) -> None:
        """Choose a language, from whatever screen this is, and go on there."""
        self.press("access", f"language:{language}", "back")


@contextmanager
def _new_kiosk(text: str, house: dict[str, Any]) -> Iterator[Visitor]:
    with shelf() as folder:
        venue = make_venue(folder, text, NOW)
        try:
            yield Visitor(venue, **house)
        finally:
            venue.close()


Makes = Callable[[str, dict[str, Any]], AbstractContextManager[Visitor]]
"""Makes a guest before a kiosk, of the text of a venue's file and the settings of the house."""
_MAKES: ContextVar[Makes] = ContextVar("_MAKES", default=_new_kiosk)


@contextmanager
def made_by(makes: Makes) -> Iterator[None]:
    """Walks are gone meanwhile by guests that this makes: before a window, on books that grow."""
    before = _MAKES.set(makes)
    try:
        yield
    finally:
        _MAKES.reset(before)


@contextmanager
def visitor(text: str = DEMO, **house: Any) -> Iterator[Visitor]:
    """A guest before a new kiosk with the demonstration venue, or another's file.

    It speaks English, or what `spoken` says; `language` among the settings of the house decides.
    """
    wanted = {"languages": LANGUAGES, "language": _SPOKEN.get(), **house}
    with _MAKES.get()(text, wanted) as guest:
        yield guest
