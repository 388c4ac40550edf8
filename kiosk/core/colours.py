"""Whether a venue's colour can be read on the screens' grounds."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping

GROUNDS: Mapping[str, tuple[str, ...]] = {
    "night": ("#0F1117", "#1A1D27"),
    "day": ("#F4F2EC", "#FFFFFF"),
}
"""Palette → what an accent stands on, as the screens' theme has it (a test compares them)."""

CONTRAST_MIN = 4.5
"""WCAG 2.2, 1.4.3: of a text that is not large."""


def contrast(a: str, b: str) -> float:
    """Contrast ratio of two colours ``#RRGGBB``, 1 to 21. Source: WCAG 2.2."""
    low, high = sorted((_luminance(a), _luminance(b)))
    return (high + 0.05) / (low + 0.05)


def stands(accent: str, palette: str) -> bool:
    """Whether an accent can be read on a palette."""
    return all(contrast(accent, ground) >= CONTRAST_MIN for ground in GROUNDS[palette])


def nearest(accent: str, palette: str) -> str:
    """The colour of the same hue, as near in lightness as can be, that can be read on a palette.

    Lighter for the night, darker for the day; at the end of that way stand white and black.
    """
    hue, light, rich = colorsys.rgb_to_hls(*(part / 255 for part in _parts(accent)))
    lighter = contrast(GROUNDS[palette][0], "#FFFFFF") > contrast(GROUNDS[palette][0], "#000000")
    steps = range(256) if lighter else range(255, -1, -1)
    if stands(accent, palette):
        return accent
    for step in steps:
        at = step / 255
        if (at > light) is lighter:
            made = (round(255 * part) for part in colorsys.hls_to_rgb(hue, at, rich))
            found = "#{:02X}{:02X}{:02X}".format(*made)
            if stands(found, palette):
                return found
    raise AssertionError("white stands on every dark ground, black on every light one")


def _parts(color: str) -> tuple[int, int, int]:
    r, g, b = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return (r, g, b)


def _luminance(color: str) -> float:
    parts = (part / 255 for part in _parts(color))
    r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
