"""Simulated ccTalk devices as a kiosk starts them: a port for the driver, words for the bench."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import serial

from kiosk.hardware.peers import Options, RunningPeer, start
from kiosk.hardware.peers.cctalk_line import frame

GIVE_UP_S = 20
Starter = Callable[..., RunningPeer]


@pytest.fixture
def peer() -> Iterator[Starter]:
    running: list[RunningPeer] = []

    def make(driver: str, options: Options | None = None) -> RunningPeer:
        running.append(start(driver, options or {}))
        return running[-1]

    yield make
    for one in running:
        one.stop()


def asked(port: serial.Serial, command: bytes, reply: int) -> bytes:
    """What comes back after the echo."""
    port.write(command)
    assert port.read(len(command)) == command
    return port.read(reply)


def test_coins_go_in_on_a_line(peer: Starter) -> None:
    acceptor = peer("cctalk_coins", {"peer_coins": "0.50, 1, 2, 5, 10"})
    with serial.Serial(acceptor.port, 9600, timeout=GIVE_UP_S) as port:
        assert asked(port, frame(2, 1, 184, b"\1"), 11)[4:10] == b"RU050A"
        assert asked(port, frame(2, 1, 231, b"\x07\0"), 5) == frame(1, 2, 0)
        assert asked(port, frame(2, 1, 229), 16)[4] == 0
        assert acceptor.verbs["coin"](["0.50"]) == "50 went in"
        assert acceptor.verbs["coin"](["5"]).endswith("this kind is refused")
        assert asked(port, frame(2, 1, 229), 16)[4:9] == bytes((2, 0, 131, 1, 1))
        assert acceptor.verbs["coins"]([]) == "box: 50; emptied: -; fell through: 500"
        for word in ("block", "clear", "lever", "string", "empty", "off", "on", "drop", "corrupt"):
            assert acceptor.verbs["coins"]([word])
        assert acceptor.verbs["coins"]([]) == "box: -; emptied: 50; fell through: 500"


def test_a_validator_has_the_words_of_every_note_acceptor(peer: Starter) -> None:
    validator = peer("cctalk_notes", {"countries": "EU, DE", "peer_faces": "5,10"})
    ask = frame(40, 1, 157, b"\2", with_crc=True)
    with serial.Serial(validator.port, 9600, timeout=GIVE_UP_S) as port:
        assert asked(port, ask, 12)[4:11] == b"EU0010A"
    assert validator.verbs["note"](["5"]) == "5 not taken"
    assert validator.verbs["spoil"](["drop", "1"]) == "1 answers will be lost"
    assert validator.verbs.keys() == peer("ccnet").verbs.keys() - {"fail"}


def test_a_hopper_pays(peer: Starter) -> None:
    hopper = peer("cctalk_hopper", {"peer_inside": 2, "peer_code": True})
    with serial.Serial(hopper.port, 9600, timeout=GIVE_UP_S) as port:
        assert asked(port, frame(3, 1, 164, b"\xa5"), 5) == frame(1, 3, 0)
        assert asked(port, frame(3, 1, 167, bytes(8) + b"\2"), 5) == frame(1, 3, 0)
        status = b""
        while not status or status[5]:
            status = asked(port, frame(3, 1, 166), 9)
        assert status == frame(1, 3, 0, bytes((1, 0, 2, 0)))
    assert hopper.verbs["hopper"]([]) == "inside: 0; paid out: 2"
    assert hopper.verbs["hopper"](["fill", "9"]) == "9 coins are in it"
    for word in ("jam", "block", "clear", "slip", "off", "on", "empty"):
        assert hopper.verbs["hopper"]([word])


def test_an_adapter_may_take_the_echo_away(peer: Starter) -> None:
    acceptor = peer("cctalk_coins", {"peer_echo": False, "check": "crc"})
    with serial.Serial(acceptor.port, 9600, timeout=GIVE_UP_S) as port:
        port.write(frame(2, 1, 254, with_crc=True))
        assert port.read(5) == frame(1, 2, 0, with_crc=True)


@pytest.mark.parametrize(
    ("driver", "verb", "words", "told"),
    [
        ("cctalk_coins", "coin", [], "coin VALUE"),
        ("cctalk_coins", "coin", ["much"], "'much' is not what a coin is worth; 5 or 0.50"),
        ("cctalk_coins", "coins", ["gone"], "coins block|clear|"),
        ("cctalk_notes", "note", ["five"], "the notes here are 10, 50"),
        ("cctalk_hopper", "hopper", ["full"], "hopper empty|jam|"),
        ("cctalk_hopper", "hopper", ["fill"], "hopper fill COINS"),
    ],
)
def test_wrong_words_get_a_clear_answer(
    peer: Starter, driver: str, verb: str, words: list[str], told: str
) -> None:
    with pytest.raises(ValueError) as wrong:
        peer(driver).verbs[verb](words)
    assert told in str(wrong.value)


@pytest.mark.parametrize(
    ("driver", "options", "told"),
    [
        ("cctalk_coins", {"countries": "RUS"}, "two letters"),
        ("cctalk_coins", {"check": "sums"}, "neither sum nor crc"),
        ("cctalk_coins", {"peer_coins": "1;2"}, "'1;2' is not what a coin is worth"),
        ("cctalk_coins", {"address": 1}, "address 1"),
        ("cctalk_notes", {"peer_faces": "10;50"}, "'10;50' is not a whole number"),
    ],
)
def test_wrong_options_are_named(driver: str, options: Options, told: str) -> None:
    with pytest.raises(ValueError) as wrong:
        start(driver, options)
    assert told in str(wrong.value)
