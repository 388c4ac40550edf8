"""The palettes are readable, computed from their numbers."""

from __future__ import annotations

import colorsys
import math
import re
from pathlib import Path

import pytest

from kiosk.core import colours
from kiosk.screens.theme import (
    ASSETS,
    FONTS,
    ICONS,
    PALETTES,
    TONE_ICONS,
    Look,
    VenueLook,
    contrast,
    ink_on,
    rgba,
)

GROUNDS = ("ground", "surface", "raised")
STATES = ("muted", "good", "warning", "bad", "info", "bonus", "game", "internet")


def too_low(palette: dict[str, str], text: float, state: float) -> dict[str, float]:
    """Pairs below their limit; states are not written on `raised` in the day's palette only."""
    pairs = [("text", ground, text) for ground in GROUNDS]
    pairs += [(role, ground, state) for role in STATES for ground in GROUNDS]
    found = {
        f"{ink} on {ground}": round(contrast(rgba(palette[ink]), rgba(palette[ground])), 2)
        for ink, ground, least in pairs
        if contrast(rgba(palette[ink]), rgba(palette[ground])) < least
    }
    for fill in ("accent", "good", "warning", "bad", "info"):
        ratio = contrast(ink_on(rgba(palette[fill])), rgba(palette[fill]))
        if ratio < text:
            found[f"ink on {fill}"] = round(ratio, 2)
    return found


@pytest.mark.parametrize("name", ["night", "day"])
def test_text_is_readable(name):
    assert not too_low(PALETTES[name], 7.0 if name == "night" else 4.5, 4.5)
    assert contrast(rgba(PALETTES[name]["text"]), rgba(PALETTES[name]["ground"])) >= 7


def test_high_contrast_is_higher():
    assert not too_low(PALETTES["contrast"], 7.0, 7.0)


def test_a_low_contrast_is_found():
    assert too_low({**PALETTES["night"], "muted": "#5A6070"}, 7.0, 4.5)


def test_the_ink_on_a_venues_accent_is_readable():
    for accent in ("#FFC53D", "#2348D8", "#101010", "#F0F0F0", "#C00020"):
        look = Look.of((800, 480), VenueLook("Club", accent))
        assert contrast(look.color("on_accent"), look.color("accent")) >= 4.5


@pytest.mark.parametrize(
    ("size", "inches"), [((800, 480), 7.0), ((1280, 800), 10.1)], ids=["7 inch", "10 inch"]
)
def test_targets_are_64_dp_high_and_16_apart_on_the_panels_sold(size, inches):
    """A dp is 1/160 inch; the layout's own tests compare with these two numbers."""
    look = Look.of(size, VenueLook("Club"))
    dp = math.hypot(*size) / inches / 160
    assert look.m("target") >= 64 * dp - 0.5
    assert look.m("target_gap") >= 16 * dp - 0.5


def test_the_core_knows_the_grounds_on_which_an_accent_stands():
    for palette, grounds in colours.GROUNDS.items():
        assert grounds == (PALETTES[palette]["ground"], PALETTES[palette]["surface"])


@pytest.mark.parametrize("palette", ["night", "day"])
@pytest.mark.parametrize(
    "accent", ["#111111", "#2348D8", "#FFC53D", "#FFFFFF", "#7A0019", "#808080"]
)
def test_the_nearest_accent_can_be_read_and_is_no_further_than_it_must(accent, palette):
    found = colours.nearest(accent, palette)
    assert colours.stands(found, palette)
    assert contrast(ink_on(rgba(found)), rgba(found)) >= 4.5
    # Nothing between what was wanted and what is offered could be read.
    hue, wanted, rich = colorsys.rgb_to_hls(*rgba(accent)[:3])
    offered = colorsys.rgb_to_hls(*rgba(found)[:3])[1]
    low, high = sorted((round(255 * wanted), round(255 * offered)))
    for step in range(low + 1, high):
        parts = colorsys.hls_to_rgb(hue, step / 255, rich)
        between = "#{:02X}{:02X}{:02X}".format(*(round(255 * part) for part in parts))
        assert not colours.stands(between, palette)
    assert found == accent or not colours.stands(accent, palette)


def test_an_accent_kept_from_before_is_drawn_as_it_can_be_read():
    for accent, palette in (("#111111", "night"), ("#FFE9A0", "day")):
        look = Look.of((800, 480), VenueLook("Club", accent, palette))
        for ground in ("ground", "surface"):
            assert contrast(look.color("accent"), look.color(ground)) >= 4.5
        assert contrast(look.color("on_accent"), look.color("accent")) >= 4.5
    kept = Look.of((800, 480), VenueLook("Club", "#4FD1C5"))
    assert kept.color("accent") == rgba("#4FD1C5")


DRAWN = [p for p in Path("kiosk/screens").rglob("*.py") if p.name != "theme.py"]
OWN = re.compile(r"#[0-9A-Fa-f]{6}\b|\bFRAMES?_PER_S = |\bfont_size=\d")


def test_colours_type_and_motion_stand_in_the_theme_alone():
    found = {
        str(path): words
        for path in DRAWN
        if "present" not in path.parts and (words := OWN.findall(path.read_text("utf-8")))
    }
    assert len(DRAWN) > 30 and not found


def test_every_file_of_the_theme_is_there():
    for name in FONTS.values():
        assert (ASSETS / name).stat().st_size > 1000
    assert set(TONE_ICONS.values()) <= set(ICONS)
