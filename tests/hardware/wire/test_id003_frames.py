"""ID-003 frames against those published in docs/devices.md."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.hardware import id003_frames as frames
from kiosk.hardware.id003_frames import BadFrame, Denomination, Frame

PUBLISHED = {
    "status": ("11", "FC 05 11 27 56"),
    "power up, and reset": ("40", "FC 05 40 2B 15"),
    "ACK": ("50", "FC 05 50 AA 05"),
    "enable all": ("C0 00 00", "FC 07 C0 00 00 2D B5"),
    "accept": ("C3 00", "FC 06 C3 00 04 D6"),
    "inhibit": ("C3 01", "FC 06 C3 01 8D C7"),
    "escrow 61": ("13 61", "FC 06 13 61 B0 FB"),
    "stack-1": ("41", "FC 05 41 A2 04"),
    "vend valid": ("15", "FC 05 15 03 10"),
    "return": ("43", "FC 05 43 B0 27"),
}


@pytest.mark.parametrize(("body", "whole"), PUBLISHED.values(), ids=PUBLISHED)
def test_published_frames_are_made_and_read(body: str, whole: str) -> None:
    assert frames.frame(bytes.fromhex(body)) == bytes.fromhex(whole)
    assert frames.take(bytes.fromhex(whole)) == Frame(bytes.fromhex(body), b"")


def test_crc_is_kermit() -> None:
    assert frames.crc(b"123456789") == 0x2189


def test_a_frame_in_pieces_is_waited_for() -> None:
    whole = bytes.fromhex("FC 06 13 61 B0 FB")
    for size in range(len(whole)):
        assert frames.take(whole[:size]) is None
    assert frames.take(b"\x00\x55" + whole + b"\xfc") == Frame(b"\x13\x61", b"\xfc")


@pytest.mark.parametrize("bit", range(6 * 8))
def test_a_flipped_bit_is_never_believed(bit: int) -> None:
    whole = bytearray(bytes.fromhex("FC 06 13 61 B0 FB"))
    whole[bit // 8] ^= 1 << bit % 8
    try:
        found = frames.take(bytes(whole))
    except BadFrame:
        return
    assert found is None  # another length or no beginning: waited for, then given up


@pytest.mark.parametrize("length", range(5))
def test_a_length_below_five_is_no_frame(length: int) -> None:
    with pytest.raises(BadFrame):
        frames.take(bytes([0xFC, length, 0, 0, 0]))


@pytest.mark.parametrize("size", [0, 252])
def test_what_no_frame_can_carry_is_not_sent(size: int) -> None:
    with pytest.raises(ValueError, match="1 to 251"):
        frames.frame(bytes(size))


@given(st.binary(min_size=1, max_size=251), st.binary(max_size=20))
def test_what_was_framed_is_read_again(body: bytes, behind: bytes) -> None:
    assert frames.take(frames.frame(body) + behind) == Frame(body, behind)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_frame_or_none_or_bad(stream: bytes) -> None:
    try:
        found = frames.take(stream)
    except BadFrame:
        return
    assert found is None or frames.frame(found.body) in stream


@given(st.binary(max_size=120))
def test_any_bytes_are_denominations_or_bad(data: bytes) -> None:
    try:
        found = frames.denominations(data)
    except BadFrame:
        return
    assert all(0x61 <= code <= 0x70 and record.face > 0 for code, record in found.items())


def test_denominations_give_exact_values() -> None:
    data = bytes.fromhex("61 27 01 01  62 27 00 00  63 27 05 02  64 E0 05 00")
    found = frames.denominations(data)
    assert found == {
        0x61: Denomination(0x27, 1, 1),
        0x63: Denomination(0x27, 5, 2),
        0x64: Denomination(0xE0, 5, 0),
    }
    assert [record.face for record in found.values()] == [10, 500, 5]


@pytest.mark.parametrize("data", ["61 27 01", "60 27 01 01", "71 27 01 01", "61 27 01 0A"])
def test_impossible_denominations_are_refused(data: str) -> None:
    with pytest.raises(BadFrame):
        frames.denominations(bytes.fromhex(data))


def test_a_set_bit_keeps_a_note_out() -> None:
    assert frames.disable_bits(set()) == b"\xff\xff"
    assert frames.disable_bits({0x61}) == b"\xfe\xff"
    assert frames.disable_bits({0x63, 0x69}) == b"\xfb\xfe"
    assert frames.disable_bits(set(range(0x61, 0x71))) == b"\x00\x00"
