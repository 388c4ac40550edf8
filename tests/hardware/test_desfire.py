"""DESFire: conversations that were captured from a card.

Auth and key changes: the log of a DESFire EV1 in the tests of skelsec/pydesfire (taken from that of
the DESFire library for PN532 readers, where every number is written beside the frames).
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.hardware.card_keys import (
    Differs,
    Masters,
    NotGenuine,
    chained_mac,
    crc32,
    mac,
)
from kiosk.hardware.desfire import Session, authenticate, change_of, check, wrapped

ZERO = bytes(16)
Steps = list[tuple[str, str]]


def h(text: str) -> bytes:
    return bytes.fromhex(text)


class Captured:
    """A card that answers as it was captured, and to nothing else."""

    def __init__(self, *steps: tuple[str, str]) -> None:
        self.steps = list(steps)

    def __call__(self, command: bytes) -> bytes:
        told, answer = self.steps.pop(0)
        assert command == h(told)
        return h(answer)


FIRST: Steps = [
    ("90AA0000010000", "B969FDFE56FD91FC9DE6F6F213B8FD1E91AF"),
    (
        "90AF00002036AAD7DF6E436BA08D18613830A70D5AD43E3D3F4A8D47541EEE623A934E477400",
        "800DB680BC146BD121D6578F2D2E20599100",
    ),
]
SECOND: Steps = [
    ("90AA0000010100", "B351CB2465D4F33AC627FD6E87A168F291AF"),
    (
        "90AF000020044B6CAC343A0865895149649CA8DDE1F5AC4EC67BD208900AF02F049E05F0B000",
        "A2EE144B1012FBEB7B2F11132D95A4549100",
    ),
]


@pytest.mark.parametrize(
    ("steps", "number", "key", "ours", "session"),
    [
        (
            FIRST,
            0,
            "00" * 16,
            "F44B26F5686F3A391CD38EBD10772281",
            "F44B26F5C05DDD7110772281C4D066E8",
        ),
        (
            SECOND,
            1,
            "10182028303840485058606870788088",
            "40E7D27174CBA675E8EFBAB99C530E3D",
            "40E7D271626FFBD49C530E3D304F5B17",
        ),
    ],
)
def test_authenticate_aes(steps: Steps, number: int, key: str, ours: str, session: str) -> None:
    made = authenticate(Captured(*steps), number, h(key), lambda n: h(ours)[:n])
    assert made == Session(h(session))
    assert made is not None and session[:8] not in repr(made).upper()


def test_a_card_that_does_not_know_the_key() -> None:
    ours = h("F44B26F5686F3A391CD38EBD10772281")
    for answer in ("91AE", "00" * 16 + "9100"):
        card = Captured(FIRST[0], (FIRST[1][0], answer))
        assert authenticate(card, 0, ZERO, lambda n: ours) is None


def test_change_of_the_key_of_the_conversation() -> None:
    session = Session(h("F44B26F5C05DDD7110772281C4D066E8"))
    new = h("00102030405060708090A0B0B0A09080")
    assert change_of(session, 0, new, 0x10, None) == h(
        "90C400002100E9F85E219496C2B58C1090DC3935FAE9E840CF61B383D9531946256B1F110C1000"
    )
    session = Session(h("C2A1E47B27104712FE6D00A71177A19B"))
    new = h("10182028303840485058606870788088")
    assert change_of(session, 0, new, 0x10, None) == h(
        "90C4000021002945E3760E60F4A4046BB8A505B31CF559A3A2E05213BC82942CA6AB5DBCECF500"
    )


def test_change_of_another_key_and_the_mac_of_its_answer() -> None:
    session = Session(h("C2A1E47BD8100044FE6D00A74D7AB17C"))
    new = h("00102030405060708090A0B0B0A09080")
    assert crc32(new) == h("BFE37919")
    assert change_of(session, 1, new, 0x10, ZERO) == h(
        "90C400002101E7ECCB6BD1CA64BC161A12B1C024F71430337408C8A87EACAB7A1FF18951FCA300"
    )
    assert session.answered(h("2128D3CD9C9ACFFF9100")) == b""


def test_the_macs_of_a_whole_conversation() -> None:
    # The same log: a file is made, listed, described, read and removed. The chain goes through all.
    session = Session(h("40E7D271626FFBD49C530E3D304F5B17"))
    data = bytes(range(0x30))
    for instruction, told, answer in (
        (0xCD, "05001100500000", "A75316AD1596B953"),
        (0x6F, "", "052D5FF67FFEC9D2D3"),
        (0xF5, "05", "000011005000002AAC7517024E09DC"),
        (0x3D, "05000000340000" + bytes(range(0x34)).hex(), "765C9DAA50ECB62F"),
        (0x3D, "053400001C0000" + bytes(range(0x34, 0x50)).hex(), "3E0AED986B8B0F37"),
        (0xBD, "05000000300000", data.hex() + "4C65F1F842262BAC"),
    ):
        assert session.plain(instruction, h(told)) == wrapped(instruction, h(told))
        assert session.answered(h(answer + "9100")) == h(answer)[:-8]


@given(st.binary(max_size=70))
def test_a_chain_that_begins_with_zeros_is_a_cmac(told: bytes) -> None:
    assert chained_mac(h("00" * 15 + "01"), told, ZERO) == mac(h("00" * 15 + "01"), told)


@pytest.mark.parametrize("answer", ["", "9100", "2128D3CD9C9ACFFE9100", "2128D3CD9C9ACFFF91AE"])
def test_an_answer_of_another_conversation_is_refused(answer: str) -> None:
    session = Session(h("C2A1E47BD8100044FE6D00A74D7AB17C"))
    change_of(session, 1, h("00102030405060708090A0B0B0A09080"), 0x10, ZERO)
    with pytest.raises(Differs):
        session.answered(h(answer))


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_whatever_a_card_answers_is_no_proof(answers: list[bytes]) -> None:
    waiting = list(answers)

    def send(command: bytes) -> bytes:
        return waiting.pop(0) if waiting else b""

    try:
        proof = check(send, bytes(7), Masters({1: b"\x01" * 16}), b"\xf0\x00\x01", 1)
    except NotGenuine:
        return
    assert not proof
