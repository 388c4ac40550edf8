"""SSP frames against those of the maker's manual (GA138_2_2_2129A) and docs/devices.md."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.hardware import ssp_frames as frames
from kiosk.hardware.ssp_frames import BadFrame, Channel, Counters, Told

# Every frame that the manual prints and this driver may meet, and those of other devices on the
# same wire (address 10h): the same frame format.
PUBLISHED = """
7F 80 01 11 65 82
7F 80 01 F0 23 80
7F 80 01 01 06 02
7F 80 02 06 06 24 14
7F 80 02 06 08 03 94
7F 80 02 06 09 06 14
7F 80 01 F8 10 00
7F 80 01 07 12 02
7F 80 03 F0 F1 E8 BF 8C
7F 80 04 F0 EE 01 EB B9 48
7F 80 01 0C 2B 82
7F 80 05 F0 00 1C 96 2C D4 97
7F 80 02 0C 01 35 A8
7F 80 01 09 35 82
7F 80 01 F5 3D 80
7F 80 01 0A 3F 82
7F 80 01 20 C0 02
7F 80 11 F0 4E 56 30 32 30 30 34 31 34 31 34 39 38 30 30 30 DE 55
7F 80 01 21 C5 82
7F 80 09 F0 45 55 52 30 31 36 31 30 B8 2A
7F 80 03 02 07 00 2B B6
7F 80 03 02 FF FF 25 A4
7F 80 01 08 30 02
7F 80 01 17 71 82
7F 80 02 F0 08 0C 20
7F 80 06 54 FF 00 00 01 00 FB C9
7F 80 01 56 F7 83
7F 80 04 F0 CC EE 01 62 AA
7F 80 01 57 F2 03
7F 80 01 58 D0 03
7F 80 16 F0 05 11 00 00 00 28 00 00 00 23 00 00 00 0A 00 00 00 10 00 00 00 72 B7
7F 90 01 58 93 82
7F 90 22 F0 08 6E 00 00 00 73 00 00 00 06 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 03 00 00 00 0D B3
7F 90 19 F0 02 00 00 00 03 00 00 00 04 00 00 00 05 00 00 00 06 00 00 00 07 00 00 00 CB 58
7F 80 01 59 D5 83
7F 80 09 4A C5 05 8F 3A 00 00 00 00 B2 73
7F 80 09 4B 8D A6 13 00 00 00 00 00 6C F6
7F 80 09 4C 79 C8 9C E2 DE 06 00 00 9D 52
7F 80 09 F0 23 68 1B FA E5 3C 27 DB 80 8A
7F 80 01 4F A2 03
7F 80 07 F0 00 14 00 06 15 00 0F 97
7F 80 03 4D 01 00 E4 27
7F 80 09 60 67 45 23 01 67 45 23 01 BF 6F
7F 80 01 61 46 03
7F 80 01 18 53 82
7F 80 01 05 1D 82
7F 80 17 F0 00 30 31 30 30 47 42 50 00 00 01 03 05 0A 14 02 02 02 40 00 00 05 61 81
7F 90 02 05 05 28 5E
7F 90 30 F0 09 30 31 32 31 47 42 50 07 08 01 00 02 00 05 00 0A 00 14 00 32 00 64 00 C8 00 47 42 50 47 42 50 47 42 50 47 42 50 47 42 50 47 42 50 47 42 50 6C DD
7F 80 02 F0 F1 1A 22
7F 80 03 F0 EF 00 CF CA
7F 80 03 F0 EF 03 C5 CA
7F 80 03 F0 EE 04 D7 CC
7F 80 02 F0 ED 51 A2
7F 80 02 F0 EC 54 22
7F 80 02 F0 CC 97 A2
7F 80 02 F0 EB 45 A2
7F 80 02 F0 E9 4A 22
7F 80 02 F0 E8 4F A2
7F 80 03 F0 E6 02 C0 7C
7F 90 01 07 51 83
7F 90 0A F0 E6 01 FA 05 00 00 45 55 52 B6 64
7F 80 02 F0 E7 6D A2
7F 80 03 F0 E1 00 CC 6E
7F 80 03 F0 E2 02 C3 E4
7F 80 02 F0 E0 7C 22
7F 80 02 F0 B5 82 23
7F 80 02 F0 B6 88 23
7F 00 01 07 11 88
7F 00 01 F0 20 0A
7F 00 01 05 1E 08
""".strip().splitlines()  # noqa: E501 - as printed


@pytest.mark.parametrize("printed", PUBLISHED)
def test_published_frames_are_made_and_read(printed: str) -> None:
    whole = bytes.fromhex(printed)
    data = whole[3:-2]
    address, flag = whole[1] & 0x7F, bool(whole[1] & 0x80)
    assert len(data) == whole[2]
    assert frames.frame(address, flag, data) == whole
    assert frames.take(whole) == frames.Frame(address, flag, data, b"")


def test_crc_is_cms() -> None:
    assert frames.crc(b"123456789") == 0xAEE7


def test_a_frame_in_pieces_is_waited_for_and_noise_before_it_passed_over() -> None:
    whole = frames.frame(0, True, b"\xf0\xef\x03")
    for size in range(len(whole)):
        assert frames.take(whole[:size]) is None
    assert frames.take(b"\x00\x55" + whole + b"\x02") == frames.Frame(
        0, True, b"\xf0\xef\x03", b"\x02"
    )


def test_every_7f_behind_the_first_is_doubled_in_the_check_too() -> None:
    whole = frames.frame(0, False, b"\x02\x7f\x7f")
    assert whole[:7] == bytes.fromhex("7F 00 03 02 7F 7F 7F")
    assert frames.take(whole) == frames.Frame(0, False, b"\x02\x7f\x7f", b"")
    # Some data whose check has one: found by search, so that the rule is tried at both its bytes.
    for place in (-2, -1):
        data = next(
            data
            for number in range(1 << 16)
            if frames.crc(b"\x00\x02" + (data := number.to_bytes(2, "big"))).to_bytes(2, "little")[
                place
            ]
            == 0x7F
        )
        whole = frames.frame(0, False, data)
        assert b"\x7f\x7f" in whole[3:]
        assert frames.take(whole) == frames.Frame(0, False, data, b"")


def test_a_lone_7f_inside_a_frame_begins_another() -> None:
    whole = frames.frame(0, True, b"\xf0")
    assert frames.take(b"\x7f\x80\x05\xf0\x01" + whole) == frames.Frame(0, True, b"\xf0", b"")
    assert frames.take(b"\x7f\x80\x05\xf0\x7f") is None


@pytest.mark.parametrize("bit", range(7 * 8))
def test_a_flipped_bit_is_never_believed(bit: int) -> None:
    whole = bytearray(bytes.fromhex("7F 80 03 F0 EE 04 D7 CC"))
    whole[bit // 8] ^= 1 << bit % 8
    try:
        found = frames.take(bytes(whole))
    except BadFrame:
        return
    assert found is None


def test_a_frame_without_data_is_none() -> None:
    whole = b"\x80\x00"
    with pytest.raises(BadFrame):
        frames.take(b"\x7f" + whole + frames.crc(whole).to_bytes(2, "little"))


@given(st.integers(0, 0x7D), st.booleans(), st.binary(min_size=1, max_size=255), st.binary())
def test_any_frame_comes_back(address: int, flag: bool, data: bytes, behind: bytes) -> None:
    # A frame that follows begins with 7F, which must not be taken for the half of a pair.
    for rest in (behind.replace(b"\x7f", b""), frames.frame(0, flag, b"\xf0")):
        found = frames.take(frames.frame(address, flag, data) + rest)
        assert found == frames.Frame(address, flag, data, rest)


@given(st.binary(max_size=600))
def test_any_bytes_are_survived(stream: bytes) -> None:
    for parse in (frames.take, frames.events, frames.setup, frames.counters):
        with contextlib.suppress(BadFrame):
            parse(stream)


@given(st.lists(st.sampled_from([b"\x7f", b"\x80", b"\x01", b"\xf0", b"\x7f\x7f"])))
def test_any_bytes_like_a_frame_are_survived(pieces: list[bytes]) -> None:
    with contextlib.suppress(BadFrame):
        frames.take(b"".join(pieces))


def test_events_are_told_in_their_order() -> None:
    assert frames.events(b"\xcc\xee\x01") == ([Told(0xCC), Told(0xEE, 1)], b"")
    assert frames.events(b"\xf1\xe8") == ([Told(0xF1), Told(0xE8)], b"")
    assert frames.events(b"") == ([], b"")


@pytest.mark.parametrize("unread", [b"\xee", b"\x42", b"\xda\x01\xee\x02"])
def test_from_an_event_of_unknown_length_on_nothing_is_read(unread: bytes) -> None:
    assert frames.events(b"\xcc\xee\x01" + unread) == ([Told(0xCC), Told(0xEE, 1)], unread)


@given(st.binary())
def test_no_byte_of_a_poll_is_lost(data: bytes) -> None:
    told, unread = frames.events(data)
    read = b"".join(
        bytes([t.event]) + (bytes([t.channel or 0]) * (t.channel is not None)) for t in told
    )
    assert read + unread == data


def test_the_setup_of_the_manual_before_protocol_6() -> None:
    told = frames.setup(
        bytes.fromhex("00 30 31 30 30 47 42 50 00 00 01 03 05 0A 14 02 02 02 40 00 00 05")
    )
    assert (told.firmware, told.protocol, told.count) == ("0100", 5, 3)
    assert told.channels == {n: Channel("GBP", v, True) for n, v in ((1, 5), (2, 10), (3, 20))}
    assert told.channels[3].minor(2) == 2000


def test_from_protocol_6_on_each_channel_has_its_own_currency_and_value() -> None:
    told = frames.setup(
        bytes.fromhex("00 30 34 31 39 45 55 52 00 00 00 03 00 00 00 00 00 00 00 00 64 06")
        + b"EURCHFEUR"
        + b"".join(value.to_bytes(4, "little") for value in (5, 10, 0))
    )
    assert told.channels == {1: Channel("EUR", 500, False), 2: Channel("CHF", 1000, False)}
    assert told.channels[1].minor(2) == 500
    assert told.count == 3


@pytest.mark.parametrize("size", range(43))
def test_a_short_setup_is_an_error(size: int) -> None:
    whole = (
        bytes.fromhex("00 30 34 31 39 45 55 52 00 00 00 03 00 00 00 00 00 00 00 00 64 06")
        + b"EURCHFEUR"
        + bytes(12)
    )
    assert len(whole) == 43
    with pytest.raises(BadFrame):
        frames.setup(whole[:size])


def test_another_unit_is_told_by_its_type_alone() -> None:
    assert frames.setup(b"\x06\x01").unit == 6


def test_counters_of_the_manual() -> None:
    data = bytes.fromhex("05 11 00 00 00 28 00 00 00 23 00 00 00 0A 00 00 00 10 00 00 00")
    assert frames.counters(data) == Counters(stacked=17, rejected=16)
    with pytest.raises(BadFrame):
        frames.counters(data[:-1])
    with pytest.raises(BadFrame):
        frames.counters(b"\x04" + data[1:])


def test_inhibits_have_channel_1_in_the_last_bit_of_the_first_byte() -> None:
    assert frames.inhibits({1, 2, 3}, 16) == b"\x07\x00"
    assert frames.inhibits(set(range(1, 17)), 16) == b"\xff\xff"
    assert frames.inhibits({9, 24}, 24) == b"\x00\x01\x80"
    assert frames.inhibits(set(), 3) == b"\x00\x00"
