"""The attendant's book says the words that are on the screen, and its pictures are there."""

from __future__ import annotations

import re

from PIL import Image

from kiosk.core.sentences import SENTENCES
from tests.screens.desk.book import PICTURES, SIZE, views
from tests.test_project import ROOT

PAGE = ROOT / "docs/operations.md"
BYTES_MAX = 60_000


def steps() -> str:
    """What the book says of the screen; behind it come codes and commands."""
    text = PAGE.read_text("utf-8")
    return text[text.index("\n## By the screen") : text.index("\n## By code")]


def test_every_button_in_the_book_is_a_sentence_of_the_screen() -> None:
    said = {s for s in SENTENCES.values() if isinstance(s, str)}
    bold = set(re.findall(r"\*\*(.+?)\*\*", steps(), re.DOTALL))
    assert len(bold) > 50
    assert bold - said == set()


def test_every_picture_of_the_book_is_there_and_none_is_too_many() -> None:
    named = re.findall(r"\]\(pictures/([\w-]+)\.png\)", PAGE.read_text("utf-8"))
    there = sorted(path.stem for path in PAGE.parent.glob("pictures/*.png"))
    assert sorted(named) == there == sorted(PICTURES)
    for name in named:
        path = PAGE.parent / f"pictures/{name}.png"
        with Image.open(path) as picture:
            assert picture.size == SIZE
        assert path.stat().st_size < BYTES_MAX


def test_the_way_to_every_picture_is_still_there() -> None:
    assert [name for name, _, _ in views()] == list(PICTURES)
