"""Every walk in other languages than English, the language changed at every stop."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core.messages import Touched
from kiosk.core.situation import Access, Closed
from kiosk.core.texts import Texts
from tests.screens.guest.hands import LANGUAGES, Visitor, spoken
from tests.screens.guest.walks import WALKS, Walk


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.__name__)
def test_every_walk_in_every_language_and_changed_at_every_stop(walk: Walk) -> None:
    """By touches on a kiosk that speaks nothing else; what is reached is the same in each.

    In Russian the language is changed at every stop: what was typed, put in and chosen stays.
    """
    gone: list[list[tuple[str, type]]] = []
    for language in ("de", "ru"):
        stops = []
        with spoken(language):
            for name, guest in walk():
                stops.append((name, type(guest.scene)))
                _in_words_of(guest, language)
                if language == "ru":
                    _changed(guest, name)
        gone.append(stops)
    assert gone[0] == gone[1]


def _in_words_of(guest: Visitor, language: str) -> None:
    assert guest.view.frame.language == language
    if "access" in guest.shown():
        assert Texts.of(language).say("language.short") in guest.buttons()["access"].text


def _changed(guest: Visitor, name: str) -> None:
    """To each language and back; then nothing is different, and a touch of before is stale."""
    before = guest.situation
    if "access" not in guest.shown():
        assert isinstance(before.scene, (Access, Closed)), f"{name} offers no language"
        return
    for language in (*(x for x in LANGUAGES if x != before.choice.language), "ru"):
        page = guest.situation.page
        guest.read_in(language)
        there = guest.situation
        assert there.scene == before.scene, f"{name} in {language}"
        assert there.choice == replace(before.choice, language=language)
        assert (there.session, there.machine) == (before.session, before.machine)
        assert there.page > page
        for button in guest.shown():
            assert guest.tell(Touched(button, page)) == [], f"{name}: a stale {button}"
            assert guest.situation == there, f"{name}: a stale touch of {button} did something"
