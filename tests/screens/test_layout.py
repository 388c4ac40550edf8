"""Every screen at every size, language and size of text: nothing cut off, nothing too small."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from kiosk.screens import paint
from kiosk.screens.layout import Art, Measure, Plate, Run, Target
from kiosk.screens.scene import compose
from kiosk.screens.theme import Look, VenueLook
from kiosk.screens.view import (
    AmountsView,
    AmountView,
    CardHomeView,
    KeypadView,
    NameView,
    OptionsView,
    TopUpView,
    View,
    WaysView,
)
from tests.screens import audit, gallery
from tests.screens.guest.walks import guest_views
from tests.screens.samples import NOW_S, samples, stretched

SIZES = [(800, 480), (1024, 600), (1280, 800), (1920, 1080), (1080, 1920)]
LANGUAGES = ("en", "ru", "de")
LOOKS = [(large, contrast) for large in (False, True) for contrast in (False, True)]
LEAST_SHRINK = 0.8
"""How much smaller a crowded screen's text may be; only screens made to be too full may be more."""

every_look = pytest.mark.parametrize(
    ("large", "contrast"), LOOKS, ids=("normal", "contrast", "large", "large-contrast")
)
every_language = pytest.mark.parametrize("language", LANGUAGES)
every_size = pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")


@cache
def views(language: str, large: bool, contrast: bool) -> dict[str, View]:
    """Every screen of a guest: those that touches lead to, those of `samples`."""
    made = samples(language, large, contrast)
    made |= guest_views(language, large, contrast, NOW_S)
    # The bar covers on purpose; it has a test of its own.
    return {n: v for n, v in made.items() if not n.endswith("more-time")}


@pytest.fixture(autouse=True)
def remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Widths are asked for again and again: here all of them are kept, not those of a kiosk."""
    monkeypatch.setattr(paint, "_WIDTHS_MAX", 1_000_000)


def optional(view: View, look: Look) -> set[str]:
    """What a crowded screen may leave out, or tell by a sign alone."""
    words: set[str] = {b.text for b in (view.frame.help, view.frame.access) if b}
    if isinstance(view, CardHomeView) and look.compact:
        words |= {wallet.note for wallet in view.wallets}
        if view.task or (view.playing and view.visit):
            words |= {view.latest, view.visit.note if view.visit else ""}
    if isinstance(view, TopUpView):
        words |= {note.text for note in view.notes[:-1]}
        if view.done and not view.done.enabled:
            words.add(view.advice)
    if isinstance(view, KeypadView) and view.next.why:
        words.add(view.body)
    if isinstance(view, NameView):
        words |= {key for keys in view.rows for key in keys if key == "⇧"}
        words |= {view.body} if view.problem else set()
    if isinstance(view, AmountView) and (view.problem or view.next.why):
        words.add(view.body)
    if isinstance(view, AmountsView):
        # A sum is drawn as a figure; one that cannot be chosen says why instead of what it earns.
        words |= {amount.button.text for amount in view.amounts}
        words |= {amount.bonus for amount in view.amounts if not amount.button.enabled}
    if isinstance(view, WaysView):
        words |= {way.note for way in view.ways if not way.button.enabled}
    if isinstance(view, OptionsView):
        # What cannot be chosen says why instead.
        words |= {option.note for option in view.options if not option.button.enabled}
    return words


def wrong(
    shown: dict[str, View], size: tuple[int, int], large: bool, contrast: bool, measure: Measure
) -> dict[str, list[str]]:
    look = Look.of(size, VenueLook("Orbit Club"), large=large, contrast=contrast)
    found = {}
    for name, view in shown.items():
        scene = compose(view, look, NOW_S, measure)
        least = 0.0 if name.startswith("x-long-") else LEAST_SHRINK
        faults = audit.faults(view, scene, look, optional(view, look), least_shrink=least)
        if faults:
            found[name] = faults
    return found


@every_size
@every_language
@every_look
def test_every_screen_of_guests_is_whole(size, language, large, contrast, measure):
    """Nothing cut off, overlapping, too small, too near or unreadable; every word is there."""
    assert not wrong(views(language, large, contrast), size, large, contrast, measure)


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
        name: [
            item
            for item in compose(views[name], look, NOW_S, measure).items
            if isinstance(item, Art) and item.kind == "tap"
        ]
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


def test_the_fixed_pictures_stay_when_a_screen_comes():
    """200 screens, every size, language and look among them; a new one takes the place of one."""
    names = [f"screen-{n}" for n in range(300)]
    chosen = gallery.fixed(names)
    assert len(chosen) == gallery.FIXED
    for part, values in enumerate((gallery.SIZES, gallery.LANGUAGES, gallery.LOOKS)):
        assert {kind[part] for kind in chosen.values()} == set(values)
    more = gallery.fixed([*names, "a-new-screen"])
    gone = chosen.keys() - more.keys()
    assert len(gone) <= 1 and all(more[name] == chosen[name] for name in chosen.keys() - gone)
