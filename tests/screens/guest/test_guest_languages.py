"""Every walk in every language; the language changed at every stop; a language dropped in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core.messages import Touched
from kiosk.core.situation import Access, Closed
from kiosk.screens.present import present
from tests.screens.guest.hands import LANGUAGES
from tests.screens.guest.walks import WALKS, Walk, situations

EVERY_WALK = pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.__name__)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_walk_is_gone_in_every_language(language: str) -> None:
    """By touches, on a kiosk that speaks nothing else; what is reached is the same everywhere."""
    gone = situations(language)
    assert list(gone) == list(situations())
    for name, (situation, now) in gone.items():
        assert situation.choice.language == language, name
        same = situations()[name][0]
        assert type(situation.scene) is type(same.scene), name
        assert present(situation, now).frame.language == language


@EVERY_WALK
def test_the_language_changes_at_every_stop_and_nothing_is_lost(walk: Walk) -> None:
    """What was typed, put in and chosen stays; a touch of the page before is stale."""
    for name, guest in walk():
        before = guest.situation
        if "access" not in guest.shown():
            assert isinstance(before.scene, (Access, Closed)), f"{name} offers no language"
            continue
        for language in (*(x for x in LANGUAGES if x != "en"), "en"):
            page = guest.situation.page
            guest.read_in(language)
            there = guest.situation
            assert there.scene == before.scene, f"{name} in {language}"
            assert there.choice == replace(before.choice, language=language)
            assert (there.session, there.machine) == (before.session, before.machine)
            assert there.page > page
            for button in guest.shown():
                assert guest.tell(Touched(button, page)) == [], f"{name}: {button}"
                assert guest.situation == there, f"{name}: a stale touch of {button} did something"
