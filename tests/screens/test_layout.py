"""Every screen at every size, language and size of text: nothing cut off, nothing too small."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from kiosk.screens.layout import Art, Measure, Plate, Run, Target
from kiosk.screens.scene import Scene, compose
from kiosk.screens.theme import Look, VenueLook
from kiosk.screens.view import CardHomeView, KeypadView, NameView, TopUpView, View
from tests.screens import audit
from tests.screens.samples import NOW_S, samples, stretched

SIZES = [(800, 480), (1024, 600), (1280, 800), (1080, 1920)]
LOOKS = [(language, large) for large in (False, True) for language in ("en", "ru", "de")]
LEAST_SHRINK = 0.8
"""How much smaller a crowded screen's text may be; only screens made to be too full may be more."""

every_look = pytest.mark.parametrize(("language", "large"), LOOKS)
every_size = pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")


@cache
def scenes(
    size: tuple[int, int], language: str, large: bool, measure: Measure
) -> dict[str, tuple[View, Scene, Look]]:
    look = Look.of(size, VenueLook("Orbit Club"), large=large, contrast=large)
    views = samples(language, large, large)
    shown = {n: v for n, v in views.items() if not n.endswith("more-time")}
    # The bar covers on purpose; it has a test of its own.
    return {n: (v, compose(v, look, NOW_S, measure), look) for n, v in shown.items()}


@every_size
@every_look
def test_nothing_is_cut_off(size, language, large, measure):
    found = {
        name: problems
        for name, (_view, scene, look) in scenes(size, language, large, measure).items()
        if (problems := audit.cut_off(scene, look))
    }
    assert not found


@every_size
@every_look
def test_nothing_overlaps(size, language, large, measure):
    found = {
        name: problems
        for name, (_view, scene, _look) in scenes(size, language, large, measure).items()
        if (problems := audit.overlapping(scene) + audit.covered(scene))
    }
    assert not found


@every_size
@every_look
def test_targets_are_large_and_apart(size, language, large, measure):
    found = {
        name: problems
        for name, (_view, scene, look) in scenes(size, language, large, measure).items()
        if (problems := audit.wrong_targets(scene, look))
    }
    assert not found


@every_size
@every_look
def test_every_word_and_button_of_a_view_is_on_the_screen(size, language, large, measure):
    found: dict[str, list[str]] = {}
    for name, (view, scene, look) in scenes(size, language, large, measure).items():
        optional: set[str] = set()
        if isinstance(view, CardHomeView) and look.compact:
            optional = {wallet.note for wallet in view.wallets}
            if view.task:
                optional |= {view.latest, view.visit.note if view.visit else ""}
        if isinstance(view, TopUpView):
            optional = {note.text for note in view.notes[:-1]}
            if view.done and not view.done.enabled:
                optional.add(view.advice)
        if isinstance(view, KeypadView) and view.next.why:
            optional = {view.body}
        if isinstance(view, NameView):
            optional = {key for keys in view.rows for key in keys if key == "⇧"}
        lost = audit.missing(view, scene, optional)
        ids = {target.id for target in scene.targets}
        lost += [f"button {b.id}" for b in audit.buttons(view) if b.id not in ids]
        if lost:
            found[name] = lost
    assert not found


@every_size
@every_look
def test_larger_text_is_larger(size, language, large, measure):
    found = {
        name: scene.shrink
        for name, (_view, scene, _look) in scenes(size, language, large, measure).items()
        if scene.shrink < LEAST_SHRINK and not name.startswith("x-long-")
    }
    assert not found


def test_the_bar_at_the_end_covers_what_it_covers(measure):
    view = stretched("en", False, False)["home-more-time"]
    look = Look.of((800, 480), VenueLook("Orbit Club"))
    scene = compose(view, look, NOW_S, measure)
    ids = {t.id for t in scene.targets}
    assert "more_time" in ids and "leave" in ids and "visit" not in ids
    before = compose(view, look, NOW_S - 20, measure)
    assert "more_time" not in {t.id for t in before.targets}
    assert before.next_change_s is not None and before.next_change_s <= NOW_S - 8


def test_the_countdown_shows_whole_seconds(measure):
    view = stretched("en", False, False)["home"]
    look = Look.of((800, 480), VenueLook("Orbit Club"))
    for now_s, text in ((NOW_S, "0:42"), (NOW_S + 0.5, "0:42"), (NOW_S + 41.5, "0:01")):
        scene = compose(view, look, now_s, measure)
        assert text in [r.text for r in audit.runs(scene.items)]
    ended = compose(view, look, NOW_S + 50, measure)
    assert "0:00" in [r.text for r in audit.runs(ended.items)] and ended.next_change_s is None


def test_nothing_invites_to_tap_where_no_card_is_read(measure):
    views = samples("en", False, False)
    look = Look.of((800, 480), VenueLook("Orbit Club"))
    arts = {
        name: [i for i in compose(views[name], look, NOW_S, measure).items if isinstance(i, Art)]
        for name in ("welcome", "welcome-R-01")
    }
    assert arts["welcome"] and not arts["welcome-R-01"]


def test_the_audits_can_fail(measure):
    """Each audit finds its fault when the fault is put in."""
    view = stretched("en", False, False)["home"]
    look = Look.of((800, 480), VenueLook("Orbit Club"))
    scene = compose(view, look, NOW_S, measure)
    assert not audit.cut_off(scene, look) and not audit.overlapping(scene)

    button = next(i for i in scene.items if isinstance(i, Plate) and i.width > 100)
    word = Run(
        button.x + button.width - 60, button.y + 20, 90, 30, "W" * 8, "semibold", 24, (1,) * 4
    )
    assert audit.cut_off(replace(scene, items=[*scene.items, word]), look)
    first = next(r for r in scene.items if isinstance(r, Run) and len(r.text) > 4)
    assert audit.overlapping(replace(scene, items=[*scene.items, replace(first, y=first.y + 3)]))
    a = scene.targets[0]
    small = Target("small", 0, 400, 30, 30, 0, "")
    near = replace(a, id="near", x=a.x - a.width - 3)
    assert audit.wrong_targets(replace(scene, targets=[small]), look)
    assert audit.wrong_targets(replace(scene, targets=[a, near]), look)
    fewer = [i for i in scene.items if not (isinstance(i, Run) and "Top" in i.text)]
    assert "Top up" in audit.missing(view, replace(scene, items=fewer), set())
