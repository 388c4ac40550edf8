"""The real pages of every section, as touches lead to them: nothing cut off, small or unreadable.

All of them at all sizes take minutes; the gallery shows them.
"""

from __future__ import annotations

import pytest

from kiosk.core.desk.sections import SECTIONS
from kiosk.screens.scene import compose
from kiosk.screens.theme import ICONS
from kiosk.screens.view import Button, Cell, Say, Tile
from tests.screens import audit
from tests.screens.desk.test_desk_layout import LEAST_SHRINK, SIZES, look_of, parts
from tests.screens.desk.walk import desk_pages, pages

pytestmark = pytest.mark.slow


LOOKS = [
    *((size, "de", True) for size in SIZES),
    *((size, language, False) for size in ((800, 480), (1280, 800)) for language in ("en", "ru")),
]
"""The longest words in the largest letters everywhere, the usual ones on the usual panels."""


@pytest.mark.parametrize(
    ("size", "language", "large"),
    LOOKS,
    ids=lambda v: "x".join(map(str, v)) if isinstance(v, tuple) else str(v),
)
def test_every_page_fits_every_panel(size, language, large, measure):
    found = {}
    for name, view in desk_pages(language, large, large).items():
        look = look_of(size, view)
        scene = compose(view, look, (view.frame.warn_s or 0.0) - 20, measure)
        problems = (
            audit.cut_off(scene, look)
            + audit.overlapping(scene)
            + audit.covered(scene)
            + audit.wrong_targets(scene, look)
            + audit.unreadable(scene, look, 7.0 if large else 4.5)
            + ([f"letters of {scene.shrink}"] if scene.shrink < LEAST_SHRINK else [])
        )
        if problems:
            found[name] = problems
    assert not found


def test_the_walk_comes_to_every_section():
    sections = {name.partition("-")[0] for name in pages()}
    assert sections == {s.name for s in SECTIONS}


def test_every_icon_is_in_the_font():
    named = set()
    for view in desk_pages("en", False, False).values():
        for kind in (Button, Cell, Say, Tile):
            named |= {part.icon for part in parts(view, kind) if part.icon}
    assert named and named <= set(ICONS)
