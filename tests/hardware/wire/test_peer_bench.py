"""Peers as a kiosk starts them: a port for the driver, words for the bench."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import serial
from PIL import Image

from kiosk.hardware.peers import Options, RunningPeer, start

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


def test_unknown_driver_names_those_there_are() -> None:
    with pytest.raises(ValueError, match="'nfc'; there is atol, ccnet"):
        start("nfc", {})


def test_acceptor_answers_on_its_port_and_to_its_words(peer: Starter) -> None:
    acceptor = peer("ccnet")
    with serial.Serial(acceptor.port, 9600, timeout=GIVE_UP_S) as port:
        port.write(bytes.fromhex("02 03 06 33 DA 81"))
        assert port.read(6) == bytes.fromhex("02 03 06 10 43 92")
    assert acceptor.verbs["note"](["500"]) == "500 not taken: power up"
    assert acceptor.verbs["notes"]([]).startswith("cassette: -; ")
    for verb, words in {
        "jam": [],
        "clear": ["stacked"],
        "cassette": ["out"],
        "cheat": [],
        "fail": ["52"],
        "acceptor-power": ["off"],
        "spoil": ["drop", "1"],
    }.items():
        assert acceptor.verbs[verb](words)


@pytest.mark.parametrize(
    ("driver", "verb", "words", "told"),
    [
        ("ccnet", "note", [], "note FACE"),
        ("ccnet", "note", ["five"], "'five' is not a whole number; the notes here are 10, 50, 100"),
        ("ccnet", "cassette", ["away"], "cassette full|out|in: got away"),
        ("ccnet", "fail", ["99"], "fail CODE, one of 50"),
        ("ccnet", "spoil", ["all", "3"], "spoil drop|corrupt|acks|returns: got all"),
        ("magstripe", "swipe", [], "swipe TRACKS"),
        ("magstripe", "swipe", ["hello"], "'hello' is not what stands on a stripe"),
        ("magstripe", "swipe-badly", ["slowly", "1"], "swipe-badly truncated|doubled"),
        ("scanner", "scan", [], "scan TEXT"),
        ("scanner", "scan", ["7" * 2954], "a code holds 1 to 2953 bytes, not 2954"),
        ("escpos", "paper", ["none"], "paper out|low|ok: got none"),
        ("escpos", "paper", ["out-after", "x"], "'x' is not a whole number"),
        ("escpos", "cover", [], "cover open|close: got nothing"),
        ("escpos", "receipts", [], "receipts DIR"),
        ("escpos", "receipts", ["/proc/nowhere"], "cannot write into /proc/nowhere"),
    ],
)
def test_wrong_words_get_a_clear_answer(
    peer: Starter, driver: str, verb: str, words: list[str], told: str
) -> None:
    with pytest.raises(ValueError) as wrong:
        peer(driver).verbs[verb](words)
    assert told in str(wrong.value)


def test_acceptor_has_the_notes_of_its_options(peer: Starter) -> None:
    acceptor = peer("ccnet", {"countries": "KAZ,RUS", "peer_faces": "200, 500"})
    with serial.Serial(acceptor.port, 9600, timeout=GIVE_UP_S) as port:
        port.write(bytes.fromhex("02 03 06 41 4F D1"))
        assert port.read(125)[3:13] == b"\x02KAZ\x02\x05KAZ\x02"


@pytest.mark.parametrize(
    ("driver", "options", "told"),
    [
        ("ccnet", {"countries": "Russia"}, "'Russia' is not a country"),
        ("ccnet", {"peer_faces": "10;50"}, "'10;50' is not a whole number"),
        ("ccnet", {"address": 1}, "address"),
        ("id003", {"countries": "Russia"}, "'Russia' is not the hexadecimal number"),
        ("id003", {"peer_country": "0"}, "0 is not the number of a country"),
        ("escpos", {"paper_mm": 57}, "paper_mm: 57"),
    ],
)
def test_wrong_options_are_named(driver: str, options: Options, told: str) -> None:
    with pytest.raises(ValueError) as wrong:
        start(driver, options)
    assert told in str(wrong.value)


def test_an_acceptor_of_each_protocol_has_the_same_words(peer: Starter) -> None:
    acceptor = peer("id003", {"countries": "E0, 1D", "peer_faces": "5,10"})
    with serial.Serial(acceptor.port, 9600, timeout=GIVE_UP_S) as port:
        port.write(bytes.fromhex("FC 05 11 27 56"))
        assert port.read(5) == bytes.fromhex("FC 05 40 2B 15")
        port.write(bytes.fromhex("FC 05 8A 7D 7C"))
        assert port.read(37)[3:11] == bytes.fromhex("61 E0 05 00 62 E0 01 01")
    assert acceptor.verbs["note"](["5"]) == "5 not taken: power up"
    assert acceptor.verbs["fail"](["A2"]).startswith("failed with code a2")
    assert acceptor.verbs["spoil"](["acks", "2"]) == "2 acknowledgements will be lost"
    assert acceptor.verbs.keys() == peer("ccnet").verbs.keys()


def test_swipe_arrives(peer: Starter) -> None:
    reader = peer("magstripe")
    with serial.Serial(reader.port, 9600, timeout=GIVE_UP_S) as port:
        assert reader.verbs["swipe"](["%LOYALTY", "42?;7700001?"]) == "swiped"
        assert port.read_until(b"\r") == b"%LOYALTY 42?;7700001?\r"
        assert reader.verbs["swipe-badly"](["unreadable", "7700001"]) == "swiped, unreadable"
        assert port.read_until(b"\r") == b";E?\r"


def test_a_scan_arrives_as_the_scanner_is_set(peer: Starter) -> None:
    plain, set_ = peer("scanner"), peer("scanner", {"prefix": "<", "peer_identifies": True})
    for scanner, told in ((plain, b"A B\r"), (set_, b"<]Q1A B\r")):
        with serial.Serial(scanner.port, 9600, timeout=GIVE_UP_S) as port:
            assert scanner.verbs["scan"](["A", "B"]) == "scanned"
            assert port.read_until(b"\r") == told


def test_receipts_become_files(peer: Starter, tmp_path: Path) -> None:
    printer = peer("escpos")
    host, _, number = printer.port.removeprefix("tcp://").partition(":")
    with socket.create_connection((host, int(number)), GIVE_UP_S) as port:
        port.sendall(b"\x1bt\x11" + "Чек 1\n".encode("cp866") + b"\x1dV\x00\x1dr\x01")
        assert port.recv(1) == b"\x00"
        port.sendall(b"\x1da\xff")
        assert port.recv(4) == b"\x10\x00\x00\x00"
        assert printer.verbs["paper"](["out"]) == "the paper is out"
        assert port.recv(4) == b"\x18\x00\x0f\x00"
        assert printer.verbs["paper"](["ok"]) == "a full roll is in"
        assert port.recv(4) == b"\x10\x00\x00\x00"
        assert printer.verbs["cover"](["open"]) == "the cover is open"
        assert port.recv(4) == b"\x38\x00\x00\x00"
        assert printer.verbs["cover"](["close"]) and printer.verbs["error"](["none"])
    place = tmp_path / "slips"
    assert printer.verbs["receipts"]([str(place)]) == f"1 slip in {place}"
    with Image.open(place / "slip-001.png") as picture:
        assert picture.width == 640
    assert (place / "slip-001.txt").read_text(encoding="utf-8") == "Чек 1\n"


@pytest.mark.parametrize("driver", ["ccnet", "magstripe", "scanner", "escpos"])
def test_port_stays_the_same_over_unplugging(peer: Starter, driver: str) -> None:
    running = peer(driver)
    port = running.port
    running.unplug()
    running.unplug()
    running.plug()
    running.plug()
    assert running.port == port
