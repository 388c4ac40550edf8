"""What all journeys of the guest share: the PIN, the end of a task, the way out."""

from __future__ import annotations

from typing import get_args

import pytest

from kiosk.core.guest import journeys
from kiosk.core.guest.scenes import GuestScene, SceneWord
from kiosk.core.situation import CardHome
from kiosk.core.texts import Texts
from kiosk.screens.present.guest import SCENES
from tests.screens.guest.hands import LANGUAGES, visitor


def all_scenes() -> list[type[GuestScene]]:
    return [scene for journey in journeys.JOURNEYS for scene in journey.scenes]


def test_every_scene_is_put_into_words_by_somebody() -> None:
    assert set(SCENES) == set(all_scenes())


@pytest.mark.parametrize("language", LANGUAGES)
def test_staff_are_told_in_words_what_is_on_the_screen(language: str) -> None:
    texts = Texts.of(language)
    for word in get_args(SceneWord):
        assert texts.say(f"scene.{word}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_changes_in_the_middle_of_a_journey(language: str) -> None:
    with visitor() as guest:
        guest.home()
        guest.read_in(language)
        assert isinstance(guest.scene, CardHome)
        guest.says(Texts.of(language).say("home.balance"))
