"""Every page of the assistant on every panel and in every language: whole, and in words."""

from __future__ import annotations

import pytest

from kiosk.core.sentences import SENTENCES
from kiosk.core.setup_sentences import SETUP_SENTENCES
from kiosk.screens.layout import Measure
from kiosk.screens.view import NameView
from tests.first_boot.owner import owner, to_the_network
from tests.first_boot.walks import views
from tests.screens.conftest import measure
from tests.screens.test_layout import LANGUAGES, SIZES, wrong

__all__ = ["measure"]


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_whole(size: tuple[int, int], language: str, measure: Measure) -> None:
    assert not wrong(views(language), size, False, False, measure)


def test_a_password_is_not_shown_but_for_its_last_sign() -> None:
    made = to_the_network(owner()).press("wifi").type("Club").press("next").type("secret12")
    assert isinstance(made.view, NameView) and made.view.shown == "•••••••2"


def test_the_sentences_are_among_all_others() -> None:
    assert set(SETUP_SENTENCES) < set(SENTENCES)
