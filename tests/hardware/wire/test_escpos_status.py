"""The bytes of a printer's answers, as the command reference and measurements give them."""

from __future__ import annotations

import pytest

from kiosk.hardware.escpos_status import (
    BLOCK_MAX,
    Automatic,
    Block,
    Flow,
    Ordered,
    Realtime,
    Replies,
    Status,
    automatic_status,
    realtime_status,
)

OK = Status()
OUT = Status(online=False, paper="out")
COVER = Status(online=False, cover_open=True)
LOW = Status(paper="low")


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ("12 12 12 12", OK),
        ("16 12 12 12", OK),  # 04h is the drawer's pin
        ("1e 32 12 7e", OUT),
        ("1e 16 12 12", COVER),
        ("16 12 12 1e", LOW),
        ("1a 12 12 12", Status(online=False)),
        ("1a 52 1a 12", Status(online=False, error="cutter")),
        ("1a 52 32 12", Status(online=False, error="unrecoverable")),
        ("1a 52 52 12", Status(online=False, error="hot")),
        ("1a 32 12 12", Status(online=False, paper="out")),  # told before the roll's sensor
    ],
)
def test_P01_P02_P04_answers_to_the_four_questions(answers: str, status: Status) -> None:
    assert realtime_status(bytes.fromhex(answers)) == status


@pytest.mark.parametrize(
    ("block", "status"),
    [
        ("10 00 00 00", OK),
        ("14 00 00 0f", OK),
        ("18 00 0f 00", OUT),
        ("38 00 00 00", COVER),
        ("10 00 03 00", LOW),
        ("18 00 00 00", Status(online=False)),
        ("18 08 00 00", Status(online=False, error="cutter")),
        ("18 20 00 00", Status(online=False, error="unrecoverable")),
        ("18 40 00 00", Status(online=False, error="hot")),
        ("18 04 00 00", Status(online=False, error="mechanical")),
    ],
)
def test_P01_P02_P04_automatic_status_back(block: str, status: Status) -> None:
    assert automatic_status(bytes.fromhex(block)) == status


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (OK, ""),
        (LOW, ""),
        (OUT, "paper_out"),
        (Status(online=False, paper="out", cover_open=True), "paper_out"),
        (COVER, "cover_open"),
        (Status(online=False, error="cutter"), "error"),
        (Status(online=False), "offline"),
    ],
)
def test_the_reason_that_a_status_gives(status: Status, reason: str) -> None:
    assert status.fault == reason


def test_replies_in_one_stream_are_told_apart() -> None:
    stream = bytes.fromhex("12 38 00 00 00 13 00 5f 54 4d 2d 54 32 30 00 11 0f 37 22 31 00")
    assert Replies().feed(stream) == [
        Realtime(0x12),
        Automatic(COVER),
        Flow(paused=True),
        Ordered(0x00),
        Block(0x5F, b"TM-T20"),
        Flow(paused=False),
        Ordered(0x0F),
        Block(0x37, b'"1'),
    ]


def test_replies_cut_anywhere_are_the_same() -> None:
    stream = bytes.fromhex("12 38 00 00 00 13 00 5f 54 4d 00 11 0f")
    for at in range(len(stream)):
        replies = Replies()
        told = replies.feed(stream[:at]) + replies.feed(stream[at:])
        assert told == Replies().feed(stream), at


def test_flow_control_in_the_middle_of_a_status_is_no_part_of_it() -> None:
    assert Replies().feed(bytes.fromhex("38 00 13 00 00")) == [Flow(paused=True), Automatic(COVER)]


def test_a_status_that_lost_its_end_does_not_swallow_the_next_one() -> None:
    assert Replies().feed(bytes.fromhex("38 00 18 00 0f 00")) == [Automatic(OUT)]


def test_noise_after_a_header_ends() -> None:
    replies = Replies()
    assert replies.feed(b"\x5f" + b"x" * (BLOCK_MAX + 1)) == []
    assert replies.feed(b"\x12") == [Realtime(0x12)]
