"""What goes over a line is recorded, masked before it is written, and can be played to a driver."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kiosk.core.clock import system_now
from kiosk.core.errors import DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import (
    AcceptCoins,
    AcceptNotes,
    AcknowledgeCoin,
    AcknowledgeNote,
    CoinTaken,
    Event,
    NoteEscrowed,
    NoteStacked,
    RecallCoins,
    StackNote,
)
from kiosk.hardware import DRIVERS, driver, traffic_masks
from kiosk.hardware.device import Device
from kiosk.hardware.traffic import Ring, Tape, plain, recorded
from kiosk.hardware.transport import Replay, Transport, connect
from tests.hardware.contract.acceptors import ACCEPTOR, CCNET, ESSP, Bench
from tests.hardware.contract.coin_rigs import COINS, VALUES, CcTalk

START = system_now()


class Tapes:
    """A tape on a clock that only the test moves, and what it wrote."""

    def __init__(self, mask: traffic_masks.Mask = traffic_masks.whole) -> None:
        self.text = ""
        self.now = START
        self.tape = Tape(self.write, mask, lambda: self.now)

    def write(self, text: str) -> None:
        assert text.endswith("\n")
        self.text += text

    @property
    def lines(self) -> list[str]:
        self.tape.end()
        return self.text.splitlines()

    @property
    def told(self) -> list[str]:
        """Without the moments."""
        return [line.partition(" ")[2] for line in self.lines]

    def exchange(self, asked: bytes, *answers: bytes) -> None:
        self.tape.passed(">", asked)
        for answer in answers:
            self.tape.passed("<", answer)
        self.tape.silent()


def test_lines_have_their_moment_and_what_came_in_pieces_is_one() -> None:
    tapes = Tapes()
    tapes.exchange(b"\x02\x03", b"\x0a", b"\x0b\xff")
    moment = f"{START.wall:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
    assert tapes.lines == [f"{moment} > 02 03", f"{moment} < 0A 0B FF"]


def test_what_is_unanswered_is_an_exchange_and_a_late_answer_belongs_to_its_question() -> None:
    tapes = Tapes()
    tapes.exchange(b"\x01")
    tapes.exchange(b"\x02")
    tapes.tape.passed("<", b"\x09")  # after a silence
    tapes.tape.passed(">", b"\x03")
    tapes.tape.passed(">", b"\x04")  # a question in two pieces
    tapes.tape.passed("<", b"\x08")
    assert tapes.told == ["> 01", "> 02", "< 09", "> 03", "> 04", "< 08"]


def test_repeats_are_counted_and_written_out_when_it_is_played() -> None:
    tapes = Tapes()
    for _ in range(38):
        tapes.exchange(b"\x01", b"\x02")
    tapes.exchange(b"\x01", b"\x03")
    assert tapes.told == ["> 01", "< 02", "= 74 of 2", "> 01", "< 03"]
    assert list(plain(tapes.lines)) == ["> 01", "< 02"] * 38 + ["> 01", "< 03"]


def test_two_by_turns_are_counted_too_as_where_a_flag_toggles() -> None:
    tapes = Tapes()
    for n in range(41):
        tapes.exchange(bytes([n % 2]), b"\x05")
    tapes.exchange(b"\x07")
    assert tapes.told == ["> 00", "< 05", "> 01", "< 05", "= 78 of 4", "> 07"]
    assert list(plain(tapes.lines))[:82] == [*["> 00", "< 05", "> 01", "< 05"] * 20, "> 00", "< 05"]


def test_one_repeat_is_written_out() -> None:
    tapes = Tapes()
    for asked in b"\x01\x02\x01\x03\x03\x04":
        tapes.exchange(bytes([asked]))
    assert tapes.told == ["> 01", "> 02", "> 01", "> 03", "> 03", "> 04"]


def test_a_long_silence_of_news_is_written_down_every_minute() -> None:
    tapes = Tapes()
    for _ in range(200):
        tapes.exchange(b"\x01", b"\x02")
        tapes.now = tapes.now.later(1.0)
    assert tapes.told == ["> 01", "< 02", *["= 122 of 2"] * 3, "= 32 of 2"]
    assert len(list(plain(tapes.lines))) == 400


def test_whatever_passed_is_what_is_played() -> None:
    """Any conversation: what the file says is, written out, what went over the line."""
    for seed in range(300):
        chance, tapes = random.Random(seed), Tapes()
        passed: list[str] = []
        for _ in range(chance.randint(0, 60)):
            tapes.now = tapes.now.later(chance.choice((0.1, 0.1, 40.0)))
            for _ in range(chance.randint(1, 2)):
                asked = chance.randint(0, 2)
                tapes.tape.passed(">", bytes([asked]))
                passed.append(f"> {asked:02X}")
            if chance.random() < 0.7:
                answer = chance.randint(0, 2)
                tapes.tape.passed("<", bytes([answer]))
                passed.append(f"< {answer:02X}")
            tapes.tape.silent()
        assert list(plain(tapes.lines)) == passed, seed


def test_a_line_that_cannot_be_opened_and_one_that_is_lost_are_told() -> None:
    tapes = Tapes()

    def none() -> Transport:
        raise DeviceError("serial line /dev/ttyUSB0: there is none")

    class Lost:
        def read(self, limit: int, timeout_s: float) -> bytes:
            raise OSError(5, "Input/output error")

        def write(self, data: bytes, timeout_s: float = 2.0) -> None:
            assert data

        def close(self) -> None:
            tapes.now = tapes.now.later(1)

    for _ in range(3):
        with pytest.raises(DeviceError, match="there is none"):
            tapes.tape.over(none)()
    line = tapes.tape.over(Lost)()
    line.write(b"\x01")
    with pytest.raises(OSError, match="Input/output"):
        line.read(1, 0.0)
    line.close()
    line.close()
    assert tapes.told == [
        "# not opened: serial line /dev/ttyUSB0: there is none",
        "= 2 of 1",
        *("# opened", "> 01", "# lost: [Errno 5] Input/output error", "# closed"),
    ]


# --- the file -----------------------------------------------------------------------------------


def test_the_file_has_a_limited_size_and_the_newest_lines(tmp_path: Path) -> None:
    folder = tmp_path / "traffic"
    ring = Ring(folder, "slot", 1000)
    for n in range(100):
        ring.write(f"2026-11-24T04:30:55.123Z > {n:02X} {'00 ' * 20}\n")
    sizes = [path.stat().st_size for path in folder.iterdir()]
    assert len(sizes) == 2 and max(sizes) <= 1000
    lines = recorded(folder)["slot"].splitlines()
    numbers = [int(line.split()[2], 16) for line in lines]
    assert numbers == list(range(numbers[0], 100)) and len(numbers) > 10
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in folder.iterdir())
    assert recorded(tmp_path / "nothing") == {}


def test_a_disk_that_refuses_harms_no_device(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "traffic").write_text("no folder")
    ring = Ring(tmp_path / "traffic", "slot")
    ring.write("a\n")
    ring.write("b\n")
    assert caplog.text.count("the traffic is not recorded") == 1


@pytest.mark.parametrize("line", ["", "> 01", "nonsense", "2026-11-24T04:30:55.123Z = 4 of 9"])
def test_what_is_no_recording_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="line 1"):
        list(plain([line]))


# --- masks --------------------------------------------------------------------------------------


def test_of_a_driver_for_which_nobody_has_decided_only_the_length_is_written() -> None:
    assert set(traffic_masks.MASKS) <= set(DRIVERS)
    for name in ("nexo", "atol", "one-that-is-to-come"):
        told = traffic_masks.of(name)("<", b'{"PAN": "4111111111111111"}')
        assert told == "# 27 bytes"
    with pytest.raises(ValueError, match="masked"):
        list(plain(["2026-11-24T04:30:55.123Z < # 27 bytes"]))


def test_of_a_card_or_code_only_its_shape_is_written() -> None:
    swiped = b";4111111111111111=29121010000012300000?\r"
    told = traffic_masks.of("magstripe")("<", swiped)
    assert told == " ".join(["3B", *[".."] * 16, "3D", *[".."] * 20, "3F", "0D"])
    assert "".join(told.split()).replace(".", "") == "3B3D3F0D"
    assert traffic_masks.of("scanner")("<", b"]Q1TICKET-17\r") == ".. " * 12 + "0D"
    with pytest.raises(ValueError, match="masked"):
        list(plain([f"2026-11-24T04:30:55.123Z < {told}"]))


def test_of_a_printer_questions_are_written_and_no_slip() -> None:
    mask = traffic_masks.of("escpos")
    assert mask(">", b"\x10\x04\x01\x10\x04\x02") == "10 04 01 10 04 02"
    assert mask(">", b"\x1b@\x1da\xff\x1dr\x01") == "1B 40 1D 61 FF 1D 72 01"
    assert mask("<", b"\x12\x12") == "12 12"
    assert mask(">", b"\x1da\xffAnna Petrova\n") == "# 16 bytes"


class Taped(Bench):
    """A note acceptor whose line is recorded."""

    tapes: Tapes

    def _connect(self) -> Transport:
        return self.tapes.tape.over(super()._connect)()


def test_of_an_encrypted_line_neither_the_key_nor_what_it_opens_is_written() -> None:
    Taped.tapes = Tapes(traffic_masks.of("ssp"))
    bench = Taped(ESSP)
    bench.open()
    told, sent = Taped.tapes.told, bench.traffic
    assert any(line.startswith("> 7F 80 01 11") for line in told), "the rest is there"
    agreed = [line for line in sent if line[2:].split()[3] in ("4A", "4B", "4C", "7E")]
    assert len(agreed) > 6
    for line in agreed:
        assert line not in told
        assert line[2:].split()[4:-2] and " ".join(line[2:].split()[4:9]) not in "\n".join(told)
    key = next(line for line in reversed(sent[: sent.index(agreed[3])]) if line[0] == "<")
    assert len(key.split()) >= 1 + 14 and key not in told, "its half of the key"
    assert not any("7E" in line.split()[4:5] for line in told)


@pytest.mark.parametrize("cut", range(15))
def test_a_frame_of_a_key_that_is_cut_or_damaged_is_kept_back(cut: int) -> None:
    frame = bytes([0x7F, 0x80, 9, 0x4C, *range(1, 9), 0xAA, 0xBB])
    mask = traffic_masks.of("ssp")
    assert mask(">", frame) == "7F 80 09 " + " ".join([".."] * 11)
    for damaged in (frame[:cut], frame[cut:], frame[:cut] + b"\x00" + frame[cut:]):
        told = mask("<", damaged).split()
        assert not {f"{n:02X}" for n in range(3, 9)} & set(told), told


def test_no_mask_fails_whatever_passes() -> None:
    chance = random.Random(3)
    for _ in range(3000):
        size = chance.randint(0, 20)
        data = bytes(chance.choice((0x7F, 0x7E, 0x4A, 1, 9, 255)) for _ in range(size))
        for name in DRIVERS:
            told = traffic_masks.of(name)("<", data)
            assert "\n" not in told


# --- played to a driver -------------------------------------------------------------------------


def answered(made: Device, told: Event) -> None:
    """What the kiosk does about what a device says."""
    match told:
        case NoteEscrowed(note=note):
            made.perform(StackNote(note))
        case NoteStacked(note=note):
            made.perform(AcknowledgeNote(note))
        case CoinTaken(coin=coin):
            made.perform(AcknowledgeCoin(coin))
        case _:
            pass


def played(
    text: list[str], name: str, device: DeviceId, options: Any, begin: Callable[[Device], None]
) -> list[Event]:
    """What a driver tells when a recording is its line."""
    replay = Replay(plain(text))
    made = driver(name)(device, options, start=1, connect=lambda: replay)
    events: list[Event] = []
    made.open()
    begin(made)
    while not replay.ended:
        for event in made.poll(0.2):
            events.append(event)
            answered(made, event)
    return events


def test_a_recorded_ccnet_conversation_gives_the_same_events() -> None:
    Taped.tapes = Tapes()
    bench = Taped(CCNET)
    bench.open()

    def begin(made: Device) -> None:
        made.perform(AcceptNotes(ACCEPTOR, frozenset({100, 500})))

    begin(bench.driver)
    events: list[Event] = []
    for n in range(120):
        if n in (20, 60):
            bench.peer.insert(500, bench.now_s)
        for event in bench.driver.poll(0.2):
            events.append(event)
            answered(bench.driver, event)
    assert len({event.note for event in events if isinstance(event, NoteStacked)}) == 2
    lines = Taped.tapes.lines
    assert len(lines) < len(bench.traffic) / 2, "what repeats itself is counted"
    assert played(lines, "ccnet", ACCEPTOR, bench.options, begin) == events


def test_a_recorded_cctalk_conversation_gives_the_same_events(
    defaults: Any,
) -> None:
    rig, tapes = CcTalk(defaults, "sum", echo=True), Tapes()
    made = driver("cctalk_coins")(
        COINS, rig.options, start=1, connect=tapes.tape.over(rig._connect)
    )
    made.open()

    def begin(made: Device) -> None:
        made.perform(RecallCoins(COINS, ""))
        made.perform(AcceptCoins(COINS, VALUES))

    begin(made)
    events: list[Event] = []
    for n in range(100):
        if n in (20, 21, 50):
            assert rig.insert(500)
        for event in made.poll(0.2):
            events.append(event)
            answered(made, event)
    assert sum(isinstance(event, CoinTaken) for event in events) == 3
    assert len(tapes.lines) < len(rig.traffic) / 2
    assert played(tapes.lines, "cctalk_coins", COINS, rig.options, begin) == events


def test_another_conversation_than_the_recorded_one_is_noticed() -> None:
    Taped.tapes = Tapes()
    bench = Taped(CCNET)
    bench.open()
    with pytest.raises((OSError, DeviceError)):
        played(
            Taped.tapes.lines, "ccnet", ACCEPTOR, {**bench.options, "address": 4}, lambda made: None
        )


def test_a_real_line_is_recorded(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    ring = Ring(tmp_path, "slot")
    line = Tape(ring.write, traffic_masks.whole).over(connect(os.ttyname(theirs)))()
    line.write(b"\x02\x03")
    assert os.read(ours, 2) == b"\x02\x03"
    os.write(ours, b"\x06")
    assert line.read(10, 10.0) == b"\x06"
    line.close()
    told = [text.partition(" ")[2] for text in recorded(tmp_path)["slot"].splitlines()]
    assert told == ["# opened", "> 02 03", "< 06", "# closed"]
    os.close(ours)
    os.close(theirs)
