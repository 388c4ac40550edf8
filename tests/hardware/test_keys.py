"""Keys become the text that a reader has typed, in the layout for which it is set."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.hardware.keys import LAYOUTS, Typed
from kiosk.hardware.tracks import Swipe, read_swipe
from tests.hardware.keyboard import keys_of

SHIFT, RIGHT_SHIFT, ALT, ALT_GR, CAPS, CONTROL = 42, 54, 56, 100, 58, 29
TRACKS = "%B LOYALTY/42^A^9?;7700001=2912?+01:<>?"
KEYPAD = dict(zip("0123456789", (82, 79, 80, 81, 75, 76, 77, 71, 72, 73), strict=True))


def text(keys: list[tuple[int, int]], layout: str = "us") -> str:
    typed = Typed(layout)
    return "".join(typed.key(code, value) for code, value in keys)


def press(*codes: int) -> list[tuple[int, int]]:
    """All pressed in their order, and let go of in the opposite one."""
    return [(code, 1) for code in codes] + [(code, 0) for code in reversed(codes)]


def test_a_swipe_is_typed_as_it_stands_on_the_card() -> None:
    assert text(keys_of(TRACKS + "\r")) == TRACKS + "\r"


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_all_of_ascii_on_a_us_keyboard(sent: str) -> None:
    assert text(keys_of(sent)) == sent


# What is printed on the keys of these keyboards, for the signs that cards have.
@pytest.mark.parametrize(
    ("layout", "keys", "told"),
    [
        ("de", press(SHIFT, 6), "%"),
        ("de", press(SHIFT, 51), ";"),
        ("de", press(SHIFT, 12), "?"),
        ("de", press(SHIFT, 11), "="),
        ("de", press(SHIFT, 8), "/"),
        ("de", press(27), "+"),
        ("de", press(21), "z"),
        ("de", press(ALT_GR, 16), "@"),
        ("de", press(41) + press(57), "^"),
        ("de", press(41) + press(SHIFT, 30), "^A"),
        ("fr", press(SHIFT, 2), "1"),
        ("fr", press(2), "&"),
        ("fr", press(SHIFT, 40), "%"),
        ("fr", press(51), ";"),
        ("fr", press(SHIFT, 50), "?"),
        ("fr", press(16), "a"),
        ("fr", press(26) + press(57), "^"),
        ("fr", press(ALT_GR, 10), "^"),
        ("gb", press(43), "#"),
        ("gb", press(SHIFT, 3), '"'),
        ("gb", press(SHIFT, 40), "@"),
        ("us", press(RIGHT_SHIFT, 6), "%"),
    ],
)
def test_signs_of_other_layouts(layout: str, keys: list[tuple[int, int]], told: str) -> None:
    assert text(keys, layout) == told


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_has_what_tracks_2_and_letters_and_figures_need(layout: str) -> None:
    shown = LAYOUTS[layout]
    wanted = set("%;?=+0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz^/")
    assert wanted <= set(shown.alone + shown.shifted + shown.alt_gr)
    assert len(shown.alone) == len(shown.shifted) == len(shown.alt_gr) == 48


def test_another_layout_than_the_readers_makes_no_card_of_it() -> None:
    assert not isinstance(read_swipe(text(keys_of(TRACKS), "de")), Swipe)
    assert isinstance(read_swipe(text(keys_of(TRACKS))), Swipe)
    assert "\ufffd" in text(press(12), "de")  # ß: no card has it


def test_caps_lock_moves_letters_alone_and_shift_takes_it_back() -> None:
    keys = press(CAPS) + press(30) + press(2) + press(SHIFT, 30) + press(CAPS) + press(30)
    assert text(keys) == "A1aa"


def test_a_key_that_is_held_counts_once() -> None:
    assert text([(30, 1), (30, 2), (30, 2), (30, 0)]) == "a"


def test_a_shift_that_was_never_let_go_of_is_forgotten_with_the_line() -> None:
    typed = Typed("us")
    assert typed.key(SHIFT, 1) + typed.key(30, 1) == "A"
    typed.forget()
    assert typed.key(30, 1) == "a"


def test_two_shifts_are_two() -> None:
    assert text([(SHIFT, 1), (RIGHT_SHIFT, 1), (SHIFT, 0), (30, 1)]) == "A"


def test_enter_tab_and_control() -> None:
    assert text(press(28) + press(96) + press(15)) == "\r\r\t"
    assert text(press(CONTROL, 36) + press(CONTROL, 50)) == "\n\r"


def by_code(digits: str) -> list[tuple[int, int]]:
    return [(ALT, 1), *(k for d in digits for k in press(KEYPAD[d])), (ALT, 0)]


@pytest.mark.parametrize(
    ("digits", "told"),
    [("37", "%"), ("0037", "%"), ("059", ";"), ("", ""), ("7", "\ufffd"), ("255", "\ufffd")],
)
def test_a_reader_that_types_by_the_numbers_of_characters(digits: str, told: str) -> None:
    assert text(by_code(digits)) == told


def test_the_keypad_types_figures_where_no_alt_is_held() -> None:
    assert text([key for d in "0477" for key in press(KEYPAD[d])]) == "0477"


def test_keys_without_a_sign_add_nothing() -> None:
    assert text(press(1) + press(59) + press(125) + press(400)) == ""


@given(
    st.sampled_from(sorted(LAYOUTS)),
    st.lists(st.tuples(st.integers(0, 767), st.integers(-1, 3))),
)
def test_any_keys_are_survived(layout: str, keys: list[tuple[int, int]]) -> None:
    told = text(keys, layout)
    assert all(sign in "\r\t\n\ufffd" or sign.isascii() for sign in told)
    assert len(told) <= len(keys)
