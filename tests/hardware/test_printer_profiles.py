"""What stands for a character that a printer lacks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.hardware.printer_profiles import PROFILES, replacements


def printer(*pages: str) -> set[str]:
    return {bytes([byte]).decode(page, "ignore") for page in pages for byte in range(0x20, 0x100)}


@pytest.mark.parametrize(
    ("lacking", "cyrillic", "latin"),
    [
        ("₽", "руб.", "RUB"),
        ("•", "*", "*"),
        ("×", "x", "x"),
        ("−", "-", "-"),
        ("№", None, "No."),
        ("«", '"', None),
        ("ž", "z", "z"),
        ("ä", "ae", None),
        ("Ü", "Ue", None),
        ("ß", "ss", None),
        ("Ж", None, "?"),
        ("€", "EUR", "EUR"),
        ("💳", "?", "?"),
    ],
)
def test_a_character_is_replaced_only_where_it_is_lacking(
    lacking: str, cyrillic: str | None, latin: str | None
) -> None:
    for has, instead in ((printer("cp866"), cyrillic), (printer("cp437"), latin)):
        expected = {} if instead is None else {lacking: instead}
        assert replacements([lacking], has.__contains__) == expected


@given(st.text(max_size=20))
def test_what_stands_instead_can_be_printed(text: str) -> None:
    has = printer("cp866", "cp437")
    for instead in replacements(text, has.__contains__).values():
        assert instead and set(instead) <= has


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_prints_german(name: str) -> None:
    has = printer(*(page.lower() for page in PROFILES[name].pages))
    instead = replacements("Größe: Äpfel, Öl, Übung „12,50 €“", has.__contains__)
    assert not set("äöüÄÖÜß") & set(instead)
    assert instead.get("€", "EUR") == "EUR"


def test_every_profile_prints_cyrillic() -> None:
    assert all("CP866" in profile.pages for profile in PROFILES.values())
