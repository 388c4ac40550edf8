"""ZVT frames against published and captured ones; the source of each stands with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.hardware import zvt_frames as frames
from kiosk.hardware.zvt_frames import BadFrame, Frame, Status
from tests.hardware.cards import card_numbers

PORTALUM = "Portalum.Zvt (MIT), unit tests: captured from terminals, card numbers masked"
EVEREST = "EVerest/zvt, zvt/src/packets.rs: captured from a Feig cVEND"

APDUS = {
    # A public specification of a till for Nexi's A920, by revision 13.07 of the protocol.
    "registration": (0x0600, "00 00 00 18 09 78", "06 00 06 00 00 00 18 09 78"),
    "authorisation": (0x0601, "04 000000001850 49 0978", "06010A 04000000001850 490978"),
    "status enquiry": (0x0501, "00 00 00 03 06", "05 01 05 00 00 00 03 06"),
    # Portalum's issue 26, a PAX A80.
    "repeat receipt": (0x0620, "00 00 00", "06 20 03 00 00 00"),
    "acknowledgement": (0x8000, "", "80 00 00"),
    "completion": (0x060F, "", "06 0F 00"),
    # CCV's manual of the OPM-C60, 6.4.1.2.
    "aborted": (0x061E, "7D", "06 1E 01 7D"),
}


@pytest.mark.parametrize(("command", "data", "whole"), APDUS.values(), ids=APDUS)
def test_published_frames_are_made_and_read(command: int, data: str, whole: str) -> None:
    assert frames.apdu(command, bytes.fromhex(data)) == bytes.fromhex(whole)
    read = frames.take(bytes.fromhex(whole) + b"\x80")
    assert read == Frame(command, bytes.fromhex(data), b"\x80")


@pytest.mark.parametrize(
    ("head", "size"),
    # PORTALUM, ReceiveHandlerTest; the last one from the protocol's own text (06 D3, 861 bytes).
    [
        ("04 0F 01", 1),
        ("04 0F FF 01 00", 1),
        ("04 0F FF 00 01", 256),
        ("04 0F 06", 6),
        ("06 D3 FF 5D 03", 861),
    ],
)
def test_published_lengths(head: str, size: int) -> None:
    whole = bytes.fromhex(head) + bytes(size)
    assert frames.take(whole[:-1]) is None
    found = frames.take(whole)
    assert found is not None
    assert (len(found.data), found.rest) == (size, b"")


@pytest.mark.parametrize("size", [254, 255, 256, 65535])
def test_a_length_of_255_and_more_takes_three_bytes(size: int) -> None:
    whole = frames.apdu(frames.STATUS, bytes(size))
    assert len(whole) == 2 + (1 if size < 255 else 3) + size
    assert frames.take(whole) == Frame(frames.STATUS, bytes(size), b"")


def test_what_no_frame_can_carry_is_not_sent() -> None:
    with pytest.raises(ValueError, match="65536"):
        frames.apdu(frames.STATUS, bytes(65536))


STATUSES = {
    # PORTALUM, StatusInformationParserTest
    "aborted by key": (
        "27 6C 29 28004869 3C F0F1F9 416262727563682064757263682 04B756E6465",
        Status(result=0x6C, terminal="28004869"),
    ),
    "wrong amount": (
        "27 FF 29 28004869 3C F0F1F3 4265747261672066616C736368",
        Status(result=0xFF, terminal="28004869"),
    ),
    "paid": (
        "27 00 04 000000002040 0B 000470 0C 223953 0D 1006 0E 2512 17 0001 19 70"
        " 22 F0F8 EEEEEEEEEEEE4771 29 28004869 2A 313030343631373633202020202020"
        " 3B 3631313830340000 3C F0F1F4 47454E2E4E522E3A363131383034 49 0978 87 0470"
        " 88 000470 8A 2E 8B F1F7 4465626974204D61737465726361726400",
        Status(
            *(0, 2040, "0978", "0470", "000470", "", "28004869", "1006", "223953", "4771"),
            brand="Debit Mastercard",
            card_type=0x2E,
        ),
    ),
    "paid, the fields in another order, no currency": (
        "27 00 04 000000002040 0C 210916 0D 1101 0E 9999 22 F0F8 EEEEEEEEEEEE4771 A0 01"
        " 29 00000006 87 0005 0B 000000 8A 06 8B F1F1 4D41535445524341524400"
        " 06 2E 2F08 1F120101 1F100103 601B 4307A0000000041010 4410"
        "4465626974204D617374657263617264 1F2B04 10016005",
        Status(
            *(0, 2040, "", "0005", "000000", "", "00000006", "1101", "210916", "4771"),
            brand="MASTERCARD",
            card_type=6,
        ),
    ),
    # EVEREST, test_status_information
    "a card that is no bank's": (
        "270006604C0A00000000000008FF69141F450C0C788074038031C073D631C01F4C01011F4D02"
        "FE041F4F0204001F500120600B4309A00000005945430100600C430AA0000003591010028001"
        "600B4309D2760000254741010060094307A0000000041010",
        Status(result=0),
    ),
}


@pytest.mark.parametrize(("told", "expected"), STATUSES.values(), ids=STATUSES)
def test_captured_statuses_are_read(told: str, expected: Status) -> None:
    assert frames.status(bytes.fromhex("".join(told.split()))) == expected


def test_a_container_holds_what_was_captured() -> None:
    """PORTALUM: technology, authentication and name of a card, and its long trace number."""
    told = bytes.fromhex(
        "2F08 1F120101 1F100103 601B 4307A0000000041010 4410"
        "4465626974204D617374657263617264 1F2B0410016005"
    )
    found = frames.tlv(told)
    assert [hex(tag) for tag, _ in found] == ["0x2f", "0x60", "0x1f2b"]
    assert frames.tlv(found[0][1]) == [(0x1F12, b"\x01"), (0x1F10, b"\x03")]
    assert frames.tlv(found[1][1])[1] == (0x44, b"Debit Mastercard")


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("41 81 01 00", [(0x41, b"\0")]),
        ("41 82 00 02 01 18", [(0x41, b"\x01\x18")]),
        ("1F 80 0F 01 07", [(0x1F800F, b"\7")]),
        ("", []),
    ],
)
def test_lengths_and_tags_of_containers(told: str, found: list[tuple[int, bytes]]) -> None:
    assert frames.tlv(bytes.fromhex(told)) == found


@pytest.mark.parametrize("told", ["41", "41 80", "41 83 00", "41 81", "41 82 00", "41 02 00", "1F"])
def test_a_container_that_is_cut_off_is_none(told: str) -> None:
    with pytest.raises(BadFrame):
        frames.tlv(bytes.fromhex(told))


def test_a_wide_type_of_card_is_in_the_container() -> None:
    assert frames.status(bytes.fromhex("8A FF 06 04 41 02 01 04")).card_type == 260


@pytest.mark.parametrize(
    "told",
    [
        "04 00 00 00 00 20",  # cut off
        "04 00 00 00 00 2E 40",  # no digit
        "27 00 27 6C",  # twice
        "8B 0B 4D",  # a length without its halves
        "8B FA F0",
        "22 F0",
        "06 05 41 01",
        "06",
    ],
)
def test_what_a_status_does_not_say_clearly_it_does_not_say(told: str) -> None:
    with pytest.raises(BadFrame):
        frames.status(bytes.fromhex(told))


def test_what_follows_an_unknown_field_is_not_read() -> None:
    """Its length is not known, so that anything might be read out of it."""
    assert frames.status(bytes.fromhex("27 00 99 04 000000002040")) == Status(result=0)


@pytest.mark.parametrize(("value", "size", "told"), [(978, 2, "0978"), (0, 1, "00")])
def test_packed_decimals(value: int, size: int, told: str) -> None:
    assert frames.bcd(value, size) == bytes.fromhex(told)


@pytest.mark.parametrize("value", [-1, 10**12])
def test_an_amount_that_does_not_fit_is_not_sent(value: int) -> None:
    with pytest.raises(ValueError, match="12 digits"):
        frames.bcd(value, 6)


def test_PCI_a_whole_number_of_a_card_is_not_kept() -> None:
    told = frames.status(bytes.fromhex("22 F0F8 4111111111111111 23 F0F9 4111111111111111D2"))
    assert told == Status(card="1111")
    assert card_numbers(repr(told)) == []
    assert frames.status(bytes.fromhex("22 F0F3 41111F")).card == "1111"
    assert frames.status(bytes.fromhex("22 F0F2 E11F")).card == ""


@given(st.integers(0, 10**12 - 1))
def test_an_amount_is_read_as_it_was_written(minor: int) -> None:
    assert frames.status(bytes([frames.AMOUNT]) + frames.bcd(minor, 6)).amount == minor


@given(st.integers(0, 0xFFFF), st.binary(max_size=600), st.binary(max_size=20))
def test_what_was_framed_is_read_again(command: int, data: bytes, behind: bytes) -> None:
    whole = frames.apdu(command, data) + behind
    if whole[0] in frames.CLASSES:
        assert frames.take(whole) == Frame(command, data, behind)


CAPTURED = [bytes.fromhex("".join(told.split())) for told, _ in STATUSES.values()]


@given(
    st.one_of(
        st.binary(max_size=300),
        st.builds(
            lambda whole, at, byte: whole[: at % len(whole)] + byte + whole[at % len(whole) + 1 :],
            st.sampled_from(CAPTURED),
            st.integers(0, 300),
            st.binary(max_size=2),
        ),
    )
)
def test_any_bytes_are_read_or_bad(data: bytes) -> None:
    for reads in (frames.take, frames.fields, frames.tlv, frames.status):
        try:
            reads(data)
        except BadFrame:
            continue
