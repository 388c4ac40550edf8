"""The simulated ccTalk bill validator: events, routing, and where every note is."""

from __future__ import annotations

import pytest

from kiosk.hardware.peers.cctalk_line import Bus, frame
from kiosk.hardware.peers.cctalk_notes import BillValidator, State


class Host:
    """Asks the validator, on a clock of its own."""

    def __init__(self, peer: BillValidator | None = None) -> None:
        self.peer = peer or BillValidator()
        self.bus = Bus(self.peer, echo=False)
        self.now_s = 0.0

    def ask(self, header: int, data: bytes = b"") -> bytes:
        with_crc = self.peer.with_crc
        heard = self.bus.feed(frame(40, 1, header, data, with_crc=with_crc), self.now_s)
        assert heard == b"" or heard == frame(1, 40, heard[3], heard[4:-1], with_crc=with_crc)
        return heard[3:-1]

    def events(self) -> tuple[int, list[tuple[int, int]]]:
        told = self.ask(159)[1:]
        count = told[0]
        pairs = list(zip(told[1::2], told[2::2], strict=True))
        return count, pairs[: min(count, 5)]

    def open(self, mask: bytes = b"\xff\xff", mode: int = 3) -> Host:
        self.events()
        assert self.ask(231, mask) == self.ask(228, b"\1") == self.ask(153, bytes((mode,))) == b"\0"
        return self

    def later(self, seconds: float) -> Host:
        """Time passes, and the host goes on asking."""
        for _ in range(round(seconds * 10)):
            self.now_s += 0.1
            self.events()
        return self

    def escrow(self, face: int = 500) -> Host:
        assert "went in" in self.peer.insert(face, self.now_s)
        return self.later(0.7)


def test_the_printed_question_is_answered() -> None:
    host = Host()
    assert host.bus.feed(bytes.fromhex("28 00 31 9F 5D"), 0.0)[3] == 0
    summed = Host(BillValidator(with_crc=False))
    assert summed.bus.feed(bytes.fromhex("28 00 01 9F 38"), 0.0)[:4] == bytes((1, 11, 40, 0))


def test_a_note_is_held_and_stacked() -> None:
    host = Host().open().escrow(500)
    assert host.events() == (1, [(4, 1)])
    assert (host.peer.place, host.peer.inside) == ("validator", [500])
    assert host.ask(154, b"\1") == b"\0"
    assert host.later(0.5).peer.place == "stacker"
    assert host.later(0.5).events() == (2, [(4, 0), (4, 1)])
    assert (host.peer.cassette, host.peer.inside) == ([500], [])
    assert host.ask(154, b"\1") == b"\0\xfe"


def test_a_note_is_held_and_given_back() -> None:
    host = Host().open().escrow()
    assert host.ask(154, b"\0") == b"\0"
    assert host.later(0.8).events() == (2, [(0, 1), (4, 1)])
    assert (host.peer.returned, host.peer.cassette) == ([500], [])


def test_nobody_decides_and_it_is_given_back_unless_more_time_is_asked_for() -> None:
    host = Host().open().escrow()
    host.later(9).ask(154, b"\xff")
    assert host.later(9).peer.state is State.ESCROW
    assert host.later(2).events() == (2, [(0, 1), (4, 1)])


def test_without_escrow_it_is_stacked_at_once() -> None:
    host = Host().open(mode=1)
    host.peer.insert(50, 0.0)
    assert host.later(2).events() == (1, [(2, 0)])
    assert host.peer.cassette == [50]


def test_refused_and_unknown_notes_go_back() -> None:
    host = Host().open(mask=b"\x01\x00")
    host.peer.insert(500, host.now_s)
    host.later(2).peer.insert(7, host.now_s)
    assert host.later(2).events() == (2, [(0, 2), (0, 4)])
    assert host.peer.returned == [500, 7]


def test_it_takes_nothing_when_nobody_asks_or_all_is_refused() -> None:
    host = Host()
    assert "not taken" in host.peer.insert(500, 0.0)
    host.open()
    host.ask(228, b"\0")
    assert "not taken" in host.peer.insert(500, 0.0)
    host.ask(228, b"\1")
    host.now_s = 5.1
    assert "not taken" in host.peer.insert(500, host.now_s)
    assert host.peer.inserted == []


@pytest.mark.parametrize("keeps", [False, True])
@pytest.mark.parametrize("where", ["validator", "stacker"])
def test_the_power_fails_with_a_note_inside(where: str, keeps: bool) -> None:
    host = Host(BillValidator(keeps_counter=keeps)).open().escrow()
    if where == "stacker":
        host.ask(154, b"\1")
        host.later(0.5)
    assert host.peer.place == where
    host.peer.power_cut(host.now_s)
    assert host.ask(254) == b""
    host.peer.power_up(host.now_s)
    told = (4, 0) if where == "stacker" else (0, 1)
    assert host.events() == ((2, [told, (4, 1)]) if keeps else (0, []))
    assert (host.peer.cassette, host.peer.returned) == (
        ([500], []) if where == "stacker" else ([], [500])
    )
    assert "not taken" in host.peer.insert(500, host.now_s)


def test_the_cassette() -> None:
    host = Host().open().escrow()
    host.peer.remove_cassette(host.now_s)
    assert host.ask(154, b"\1") == b"\0\xff"
    assert host.ask(232) == b"\0\x2c"
    host.ask(154, b"\0")
    assert "not taken" in host.later(1).peer.insert(50, host.now_s)
    host.peer.replace_cassette(host.now_s, capacity=1)
    assert host.ask(232) == b"\0\0"
    host.escrow(50).ask(154, b"\1")
    assert host.later(1).events() == (7, [(0, 14), (2, 0), (2, 1), (0, 12), (0, 1)])
    assert host.ask(232) == b"\0\x2d"
    assert "not taken" in host.peer.insert(50, host.now_s)


@pytest.mark.parametrize("stacked", [False, True])
def test_a_jam(stacked: bool) -> None:
    host = Host().open().escrow()
    host.peer.jam(host.now_s)
    assert host.events()[1][0] == (0, 6)
    assert host.ask(232) == b"\0\x27"
    host.peer.clear_jam(host.now_s, stacked=stacked)
    assert host.events()[1][0] == (0, 10)
    assert host.peer.cassette + host.peer.taken_out == host.peer.inserted == [500]
    assert "went in" in host.peer.insert(50, host.now_s)


def test_a_note_is_pulled_back() -> None:
    host = Host().open()
    host.peer.insert(500, host.now_s)
    host.peer.cheat(host.now_s)
    assert host.events() == (1, [(0, 8)])
    assert host.peer.returned == [500]


def test_names_and_scaling() -> None:
    host = Host()
    assert host.ask(157, b"\4") == b"\0RU0500A"
    assert host.ask(157, b"\7") == b"\0......."
    assert host.ask(157, b"\0") == b"\5"
    assert host.ask(156, b"RU") == bytes((0, 100, 0, 2))
    assert host.ask(156, b"GB") == bytes((0, 0, 0, 0))
    assert host.ask(145, b"RU") == b"\0RU0001"
    assert host.ask(152) == b"\0\3"
