"""Tracks as readers send them. The numbers of bank cards are the published test numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.hardware.tracks import Swipe, lrc, read_swipe

LOYALTY_1 = "%LOYALTY 42?"
LOYALTY_2 = ";7700001?"
LOYALTY_3 = "+01234?"
LOYALTY = LOYALTY_1 + LOYALTY_2
VISA_1 = "%B4111111111111111^DOE/JOHN^29051010000000000000?"
VISA_2 = ";4111111111111111=29051010000000000000?"


def read(burst: str) -> str:
    swipe = read_swipe(burst)
    return swipe.raw if isinstance(swipe, Swipe) else swipe


def with_lrc(*tracks: str) -> str:
    return "".join(track + lrc(track) for track in tracks)


# XOR of the codes, worked out by hand: ;01? is B^0^1^F = 5, %A? is 05^21^1F = 3B ('[').
@pytest.mark.parametrize(
    ("track", "check"), [(";01?", "5"), ("%A?", "["), (";00?", "4"), ("+01?", "5"), ("!01?", "5")]
)
def test_check_character(track: str, check: str) -> None:
    assert lrc(track) == check


@pytest.mark.parametrize(
    ("burst", "raw"),
    [
        (LOYALTY, LOYALTY),
        (LOYALTY_2, LOYALTY_2),
        (LOYALTY + LOYALTY_3, LOYALTY + LOYALTY_3),
        (LOYALTY_2 + ";01=23?", LOYALTY_2 + ";01=23?"),
        (LOYALTY_2 + "!01=23?", LOYALTY_2 + "!01=23?"),
        ("+ABC 1?", "+ABC 1?"),
        ("%E?" + LOYALTY_2 + "+E?", LOYALTY_2),
        (LOYALTY_1 + ";E?+E?", LOYALTY_1),
        ("%?" + LOYALTY_2, LOYALTY_2),
        ("\x02" + LOYALTY + "\x03", LOYALTY),
        (with_lrc(LOYALTY_1, LOYALTY_2, LOYALTY_3), LOYALTY + LOYALTY_3),
        (LOYALTY_1 + "\r\n" + LOYALTY_2, LOYALTY),
    ],
)
def test_readable(burst: str, raw: str) -> None:
    assert read(burst) == raw


@pytest.mark.parametrize("once", [LOYALTY, LOYALTY_2, with_lrc(LOYALTY_1, LOYALTY_2)])
def test_twice_in_one_burst_counts_once(once: str) -> None:
    assert read(once + once) == read(once)
    assert read(once + once) != "unreadable"


def test_first_half_then_whole_is_the_whole() -> None:
    assert read("%LOYAL" + LOYALTY) == LOYALTY


def test_two_cards_in_one_burst_are_unreadable() -> None:
    assert read(LOYALTY + "%LOYALTY 43?;7700002?") == "unreadable"


@pytest.mark.parametrize(
    "burst",
    [
        "%E?;E?+E?",
        ";E?",
        "%LOYALTY 4",
        LOYALTY[:-1],
        LOYALTY_1 + ";77",
        ";77" + LOYALTY_2,
        "%lower?",
        ";77A?",
        ";77\xb57?",
        "7700001?",
        "noise",
        "%",
        ";?",
    ],
)
def test_unreadable(burst: str) -> None:
    assert read(burst) == "unreadable"


@pytest.mark.parametrize("track", [LOYALTY_1, LOYALTY_2, LOYALTY_3])
def test_every_wrong_check_character_is_unreadable(track: str) -> None:
    first = 0x20 if track.startswith("%") else 0x30
    last = 0x60 if track.startswith("%") else 0x40
    for code in range(first, last):
        check = chr(code)
        expected = track if check == lrc(track) else "unreadable"
        assert read(track + check) == expected, check


@pytest.mark.parametrize("number", range(100))
def test_every_check_character_is_told_from_a_sentinel(number: int) -> None:
    # Among these are tracks whose check character is itself %, ; + or ?.
    one, two = f"%LOYALTY {number}?", f";77{number:05}?"
    assert read(with_lrc(one, two)) == one + two
    assert read(with_lrc(one, two) * 2) == one + two


def test_the_check_characters_above_include_sentinels() -> None:
    checks = {lrc(f"%LOYALTY {number}?") for number in range(100)}
    checks |= {lrc(f";77{number:05}?") for number in range(100)}
    assert checks >= {";", "?"}


@pytest.mark.parametrize(
    "burst",
    [
        VISA_1 + VISA_2,
        VISA_1,
        VISA_2,
        with_lrc(VISA_1, VISA_2),
        VISA_1 + "X" + VISA_2,
        "%E?" + VISA_2,
        VISA_1[:30],
        "%B4111111111111111",
        VISA_2[:-5],
        LOYALTY + VISA_2,
        ";378282246310005=2905?",
        "%B3782 822463 10005^DOE/JOHN^2905?",
        ";6304000000000000000=2905?",
        ";4222222222222=2905?",
        LOYALTY_2 + ";014111111111111111==000?",
        "noise4111111111111111=2905",
    ],
)
def test_K07_looks_like_a_bank_card(burst: str) -> None:
    assert read(burst) == "bank_card"


@pytest.mark.parametrize(
    "burst",
    [
        ";4111111111111112=2905?",
        ";411111111111=2905?",
        ";4111111111111111?",
        ";00000041111111111111111=1?",
        "%CARD 4111111111111111?",
    ],
)
def test_K07_a_card_of_the_venue_does_not(burst: str) -> None:
    """Wrong Luhn, 12 digits, no separator, 23 digits, no format code B."""
    assert read(burst) == burst


def test_a_swipe_does_not_show_what_it_holds() -> None:
    assert "7700001" not in repr(read_swipe(LOYALTY))


NOISE = st.text(st.sampled_from("%;+!?E=^B01 7A\r\x02\xff"), max_size=60)


@given(NOISE)
def test_any_noise_is_read_or_refused(noise: str) -> None:
    raw = read(noise)
    assert raw in ("unreadable", "bank_card") or read(raw) == raw


@given(NOISE.filter(lambda text: not text[-1:].isdigit() and text[-1:] != " "), NOISE)
def test_K07_a_bank_card_in_any_noise(before: str, after: str) -> None:
    assert read(before + VISA_2 + after) == "bank_card"
