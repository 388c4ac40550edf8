"""The simulated stripe reader against the rules of docs/devices.md (Magnetic stripe)."""

from __future__ import annotations

import pytest

from kiosk.hardware.peers.magstripe import FAULTS, StripeReader, Track, tracks_of


def sent(text: str, fault: str | None = None, with_check: bool = False) -> bytes:
    reader = StripeReader(with_check=with_check)
    reader.swipe(text, next((known for known in FAULTS if known == fault), None))
    told = reader.tick(0.0)
    assert reader.tick(1.0) == b""
    return told


def test_tracks_go_out_as_they_stand_and_end_with_a_return() -> None:
    assert sent("%LOYALTY 42?;7700001?+0123?") == b"%LOYALTY 42?;7700001?+0123?\r"
    assert sent("7700001") == b";7700001?\r"
    assert sent("0123456789=29") == b";0123456789=29?\r"


def test_check_character_makes_the_sum_of_a_track_zero() -> None:
    # 11 = 0xB start, 15 = 0xF end, digits as they are: B^7^7^0^0^0^0^1^F = 5.
    assert Track(";7700001?").check == "5"
    # % = 05, A = 21, ? = 1F: 05^21^1F = 3B, which is written as "[".
    assert Track("%A?").check == "["
    assert sent("%A?;7700001?", with_check=True) == b"%A?[;7700001?5\r"


@pytest.mark.parametrize(
    ("fault", "bytes_"),
    [
        ("truncated", b"%A?;770\r"),
        ("doubled", b"%A?;7700001?\r%A?;7700001?\r"),
        ("unterminated", b"%A?;7700001?"),
        ("wrong-check", b"%A?Z;7700001?4\r"),
        ("unreadable", b"%E?;E?\r"),
    ],
)
def test_faults(fault: str, bytes_: bytes) -> None:
    assert sent("%A?;7700001?", fault) == bytes_


@pytest.mark.parametrize("text", ["", "hello", "%lower?", ";12", ";12A?", "%A? ;1?", "%Я?"])
def test_what_cannot_stand_on_a_stripe_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not what stands on a stripe"):
        tracks_of(text)
