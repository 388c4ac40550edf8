"""Everything that is pressed in the lower part, on every screen and every panel (ADR 0024)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.screens import lower
from kiosk.screens.layout import Measure
from kiosk.screens.scene import Scene, compose
from kiosk.screens.theme import Look, VenueLook
from kiosk.screens.view import DeskView, SignInView, View
from tests.screens import audit
from tests.screens.guest import walks
from tests.screens.samples import NOW_S, samples

SIZES = [(1024, 600), (1280, 800), (1920, 1080), (1080, 1920)]
LOOKS = [("de", False), ("ru", True)]


def shown(language: str, large: bool) -> dict[str, View]:
    views = samples(language, large, large) | walks.guest_views(language, large, large, NOW_S)
    guests = {n: v for n, v in views.items() if not isinstance(v, (DeskView, SignInView))}
    # The bar covers on purpose what is at the end.
    return {n: v for n, v in guests.items() if not n.endswith("more-time")}


def composed(view: View, look: Look, measure: Measure, *, low: bool) -> Scene:
    return compose(replace(view, frame=replace(view.frame, low=low)), look, NOW_S, measure)


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
@pytest.mark.parametrize(("language", "large"), LOOKS)
def test_nothing_is_pressed_above_the_line_and_nothing_is_cut_off(
    measure: Measure, size: tuple[int, int], language: str, large: bool
) -> None:
    look = Look.of(size, VenueLook("Orbit Club"), large=large, contrast=large)
    wrong: list[str] = []
    for name, view in shown(language, large).items():
        usual = composed(view, look, measure, low=False)
        scene = composed(view, look, measure, low=True)
        high = [t.id for t in scene.reachable() if t.y < lower.line(look) - 0.5]
        lost = {t.id for t in usual.reachable()} - {t.id for t in scene.reachable()}
        if high:
            wrong.append(f"{name}: {high} stand too high")
        if lost:
            wrong.append(f"{name}: {lost} are gone")
        if scene.over and not usual.over:
            wrong.append(f"{name}: {scene.over:.0f} px are cut off")
        wrong += [f"{name}: {told}" for told in audit.overlapping(scene)]
    assert not wrong, "\n".join(wrong)


def test_a_panel_of_seven_inches_is_a_lower_part_as_a_whole(measure: Measure) -> None:
    look = Look.of((800, 480), VenueLook("Orbit Club"))
    view = samples("en", False, False)["home"]
    usual, low = (composed(view, look, measure, low=on) for on in (False, True))
    assert usual.items == low.items and usual.targets == low.targets
    assert lower.line(look) == 0 and not lower.applies(look)


@pytest.mark.parametrize(("size", "share"), [((1280, 800), 0.895), ((1080, 1920), 0.55)])
def test_no_more_of_a_panel_is_needed_than_a_hand_reaches(
    size: tuple[int, int], share: float
) -> None:
    """270 mm: of a panel of 22 inches, whose lower edge is 850 mm above the floor, to 1120 mm."""
    look = Look.of(size, VenueLook("Orbit Club"))
    needed = (look.height - lower.line(look)) / look.height
    assert needed == pytest.approx(share)
    diagonal = (size[0] ** 2 + size[1] ** 2) ** 0.5
    height_mm = 22 * 25.4 * size[1] / diagonal
    assert height_mm * needed <= 270


def test_a_screen_stands_as_high_as_its_buttons_let_it(measure: Measure) -> None:
    look = Look.of((1080, 1920), VenueLook("Orbit Club"))
    views = samples("en", False, False)
    problem, keypad = (
        composed(views[name], look, measure, low=True) for name in ("problem-K-03", "register-pin")
    )
    first = [min(i.y for i in s.items if hasattr(i, "y")) for s in (problem, keypad)]
    assert first[0] < lower.line(look), "words may stand above"
    assert min(t.y for t in keypad.targets) >= lower.line(look)
