"""CCNET frames against those published in docs/devices.md."""

import pytest

from kiosk.hardware import ccnet_frames as frames
from kiosk.hardware.ccnet_frames import BadFrame, BillType

PUBLISHED = {
    "poll": ("33", "02 03 06 33 DA 81"),
    "power up": ("10", "02 03 06 10 43 92"),
    "ACK": ("00", "02 03 06 00 C2 82"),
    "NAK": ("FF", "02 03 06 FF BA 8D"),
    "reset": ("30", "02 03 06 30 41 B3"),
    "bill table": ("41", "02 03 06 41 4F D1"),
    "enable all": ("34 FF FF FF FF FF FF", "02 03 0C 34 FF FF FF FF FF FF FE F7"),
    "disable": ("34 00 00 00 00 00 00", "02 03 0C 34 00 00 00 00 00 00 17 0C"),
    "idling": ("14", "02 03 06 14 67 D4"),
    "escrow 3": ("80 03", "02 03 07 80 03 17 01"),
    "stack": ("35", "02 03 06 35 EC E4"),
    "stacked 3": ("81 03", "02 03 07 81 03 CF 18"),
    "return": ("36", "02 03 06 36 77 D6"),
}


@pytest.mark.parametrize(("body", "whole"), PUBLISHED.values(), ids=PUBLISHED)
def test_published_frames_are_made_and_read(body: str, whole: str) -> None:
    assert frames.frame(3, bytes.fromhex(body)) == bytes.fromhex(whole)
    found = frames.take(bytes.fromhex(whole))
    assert found == frames.Frame(3, bytes.fromhex(body), b"")


def test_crc_is_kermit() -> None:
    assert frames.crc(b"123456789") == 0x2189


def test_a_frame_in_pieces_is_waited_for() -> None:
    whole = bytes.fromhex("02 03 07 80 03 17 01")
    for size in range(len(whole)):
        assert frames.take(whole[:size]) is None
    assert frames.take(b"\x00\x55" + whole + b"\x02") == frames.Frame(3, b"\x80\x03", b"\x02")


@pytest.mark.parametrize("bit", range(7 * 8))
def test_a_flipped_bit_is_never_believed(bit: int) -> None:
    whole = bytearray(bytes.fromhex("02 03 07 81 03 CF 18"))
    whole[bit // 8] ^= 1 << bit % 8
    try:
        found = frames.take(bytes(whole))
    except BadFrame:
        return
    assert found is None  # another length or no beginning: waited for, then given up


def test_a_length_below_six_is_no_frame() -> None:
    for length in range(1, 6):
        with pytest.raises(BadFrame):
            frames.take(bytes([2, 3, length, 0, 0, 0]))


@pytest.mark.parametrize("size", [1, 244, 245, 246, 300, 500])
def test_long_frames_carry_their_length_behind_the_command(size: int) -> None:
    body = b"\x50" + bytes(index % 256 for index in range(size))
    whole = frames.frame(3, body)
    assert (whole[2] == 0) == (size > 244)
    if not whole[2]:
        assert int.from_bytes(whole[4:6], "big") == len(whole)
    else:
        assert whole[2] == len(whole)
    assert frames.take(whole + b"next") == frames.Frame(3, body, b"next")


def test_bill_types_are_numbered_from_the_last_bit() -> None:
    assert frames.type_bits({0}) == b"\x00\x00\x01"
    assert frames.type_bits({23, 8}) == b"\x80\x01\x00"
    assert frames.types_of(b"\x80\x01\x00") == {8, 23}
    assert frames.type_bits(set(range(24))) == b"\xff\xff\xff"


def test_the_bill_table_gives_exact_values() -> None:
    data = bytearray(120)
    data[10:15] = b"\x01RUS\x01"
    data[15:20] = b"\x05RUS\x02"
    data[20:25] = b"\x19USA\x82"
    table = frames.bill_table(bytes(data))
    assert table == {
        2: BillType(1, "RUS", 1),
        3: BillType(5, "RUS", 2),
        4: BillType(25, "USA", -2),
    }
    assert [table[index].minor(2) for index in (2, 3, 4)] == [1000, 50000, 25]
    assert BillType(5, "RUS", 2).minor(0) == 500
    assert BillType(5, "USA", -3).minor(2) is None
    with pytest.raises(BadFrame):
        frames.bill_table(bytes(119))
