"""The simulated acceptor against the published frames and rules of docs/devices.md (ID-003)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.hardware.peers.id003 import BillAcceptor
from kiosk.hardware.peers.id003_frames import State, crc, denominations, frame

STATUS = bytes.fromhex("FC 05 11 27 56")
POWER_UP = bytes.fromhex("FC 05 40 2B 15")
RESET = bytes.fromhex("FC 05 40 2B 15")
ACK = bytes.fromhex("FC 05 50 AA 05")
ENABLE_ALL = bytes.fromhex("FC 07 C0 00 00 2D B5")
ACCEPT = bytes.fromhex("FC 06 C3 00 04 D6")
INHIBIT = bytes.fromhex("FC 06 C3 01 8D C7")
ESCROW_1 = bytes.fromhex("FC 06 13 61 B0 FB")
STACK_1 = bytes.fromhex("FC 05 41 A2 04")
STACK_2 = frame(b"\x42")
RETURN = bytes.fromhex("FC 05 43 B0 27")
VEND_VALID = bytes.fromhex("FC 05 15 03 10")
DENOMINATIONS = bytes.fromhex("FC 05 8A 7D 7C")
INVALID = frame(b"\x4b")
TEN = 10  # the face of denomination 1, that of the published frames


@dataclass
class Host:
    """A host of a few lines with its own clock; it acknowledges only when told to."""

    device: BillAcceptor
    now_s: float = 100.0

    def say(self, sent: bytes) -> bytes:
        return self.device.feed(sent, self.now_s)

    def poll(self) -> bytes:
        told = self.say(STATUS)
        assert not told or crc(told) == 0
        return told[2:-2]

    def wait(self, seconds: float) -> Host:
        """Let time pass, speaking often enough to be alive."""
        end_s = self.now_s + seconds
        while end_s - self.now_s > 1:
            self.now_s += 1
            self.say(frame(b"\x83"))
        self.now_s = end_s
        return self

    def ready(self) -> Host:
        assert self.say(RESET) == ACK
        self.wait(1.5)
        assert self.poll() == b"\x1a"
        assert self.say(ENABLE_ALL) == ENABLE_ALL
        assert self.say(ACCEPT) == ACCEPT
        assert self.poll() == b"\x11"
        return self

    def to_escrow(self, face: int = TEN) -> Host:
        assert "went in" in self.device.insert(face, self.now_s)
        assert self.poll() == b"\x12"
        self.wait(0.7)
        return self


@pytest.fixture
def host() -> Host:
    return Host(BillAcceptor())


def accounted(device: BillAcceptor) -> bool:
    places = device.cassette + device.emptied + device.returned + device.taken_out + device.inside
    return sorted(places) == sorted(device.inserted)


def test_published_dialogue_byte_for_byte(host: Host) -> None:
    assert host.say(STATUS) == POWER_UP
    assert host.say(RESET) == ACK
    assert host.poll() == b"\x1b"
    host.wait(1.5)
    assert host.poll() == b"\x1a"
    assert host.say(ENABLE_ALL) == ENABLE_ALL
    assert host.say(ACCEPT) == ACCEPT
    assert host.poll() == b"\x11"
    host.to_escrow()
    assert host.say(STATUS) == ESCROW_1
    assert host.say(STACK_1) == ACK
    assert host.poll() == b"\x14"
    host.wait(0.5)
    assert host.say(STATUS) == VEND_VALID
    assert host.say(ACK) == b""
    assert host.poll() == b"\x16"
    host.wait(0.5)
    assert host.poll() == b"\x11"
    assert host.say(INHIBIT) == INHIBIT
    assert host.poll() == b"\x1a"
    assert host.device.cassette == [TEN] and accounted(host.device)


def test_stack_2_says_vend_valid_when_the_note_is_in_the_cassette(host: Host) -> None:
    host.ready().to_escrow()
    assert host.say(STACK_2) == ACK
    host.wait(0.5)
    assert host.poll() == b"\x14"
    host.wait(0.4)
    assert host.poll() == b"\x15"
    assert host.device.cassette == [TEN]
    host.say(ACK)
    assert [host.poll(), host.poll()] == [b"\x16", b"\x11"]
    assert accounted(host.device)


def test_behind_the_lever_a_note_is_in_the_stacker_whatever_is_told_when(host: Host) -> None:
    host.ready().to_escrow()
    host.say(STACK_2)
    host.wait(0.5)
    assert host.poll() == b"\x14"
    host.device.power_cut(host.now_s)
    host.device.power_up(host.now_s)
    assert host.poll() == b"\x42"


def test_vend_valid_is_repeated_until_that_answer_is_acknowledged(host: Host) -> None:
    host.ready().to_escrow()
    host.say(STACK_1)
    host.wait(30)
    assert [host.poll() for _ in range(3)] == [b"\x15"] * 3
    host.say(frame(b"\x83"))
    host.say(ACK)  # that was not an answer to be acknowledged
    for spoil in (host.device.drop_replies, host.device.corrupt_replies):
        spoil(1)
        host.say(STATUS)
        host.say(ACK)
        assert host.poll() == b"\x15"
    host.device.lose_acks(2)
    for _ in range(2):
        host.say(ACK)
        assert host.poll() == b"\x15"
    host.say(ACK)
    assert host.poll() == b"\x16"


def test_denominations_name_code_country_value_and_power_of_ten(host: Host) -> None:
    table = host.say(DENOMINATIONS)[2:-2]
    assert table[:5] == bytes.fromhex("8A 61 27 01 01")
    assert len(table) == 1 + 8 * 4
    told = denominations({2: 50, 8: 5000}, 0xE0)
    assert told[:8] == bytes.fromhex("61 00 00 00 62 E0 05 01")
    assert told[28:] == bytes.fromhex("68 E0 05 03")


def test_an_escrow_of_ten_seconds_is_pushed_back(host: Host) -> None:
    host.ready().to_escrow()
    host.wait(9.8)
    assert host.poll() == b"\x13\x61"
    host.wait(0.3)
    assert host.poll() == b"\x17\x79"
    host.wait(0.5)
    assert host.poll() == b"\x11"
    assert host.device.returned == [TEN]


def test_hold_begins_the_ten_seconds_anew(host: Host) -> None:
    host.ready().to_escrow()
    host.wait(9)
    assert host.say(frame(b"\x44")) == ACK
    assert host.poll() == b"\x19"
    host.wait(9)
    assert host.poll() == b"\x19"
    assert host.say(STACK_1) == ACK


def test_without_questions_the_note_comes_back(host: Host) -> None:
    host.ready().to_escrow()
    host.poll()
    host.now_s += 3.5
    host.device.tick(host.now_s)
    assert host.device.state == State.RETURNING
    host.now_s += 60
    assert host.poll() == b"\x11"
    assert host.device.returned == [TEN]
    host.now_s += 4
    assert "nobody asks" in host.device.insert(TEN, host.now_s)


def test_return(host: Host) -> None:
    host.ready().to_escrow()
    assert host.say(RETURN) == ACK
    assert host.poll() == b"\x18"
    host.wait(0.7)
    assert host.poll() == b"\x11"
    assert host.device.returned == [TEN] and accounted(host.device)


@pytest.mark.parametrize("switched_off", [b"\xc0\x01\x00", b"\xc0\xff\x00"])
def test_a_denomination_that_is_switched_off_is_rejected(host: Host, switched_off: bytes) -> None:
    host.ready()
    assert host.say(frame(switched_off)) == frame(switched_off)
    host.to_escrow()
    assert host.poll() == b"\x17\x79"
    host.wait(1)
    host.say(ENABLE_ALL)
    host.device.insert(7, host.now_s)
    host.wait(0.7)
    assert host.poll() == b"\x17\x76"
    host.wait(1)
    assert host.poll() == b"\x11"
    assert sorted(host.device.returned) == [7, TEN] and accounted(host.device)


def test_what_is_not_understood(host: Host) -> None:
    assert host.say(ACCEPT) == INVALID  # only after a reset
    host.ready()
    assert host.say(STACK_1) == host.say(RETURN) == host.say(frame(b"\x44")) == INVALID
    assert host.say(frame(b"\xc0\x00")) == host.say(frame(b"\x99")) == INVALID
    assert host.say(STATUS[:-1] + b"\x00") == b""
    assert host.say(b"\x00" + STATUS) == frame(b"\x11")


def test_lost_bytes_cost_one_question(host: Host) -> None:
    host.ready()
    host.device.lose_bytes(2)
    assert host.poll() == b""
    host.now_s += 0.2
    assert host.poll() == b"\x11"
    assert host.say(STATUS[:3]) == b""
    host.now_s += 0.2  # the rest never comes
    assert host.poll() == b"\x11"


# What the device says after a power cut, for every place of the note.
CUTS = [
    # when cut, power-up state, where the note ends, what is polled on the way after RESET
    ("idle", 0x40, "nowhere", [0x1B, 0x1A]),
    ("accepting", 0x41, "returned", [0x1B, 0x18, 0x1A]),
    ("escrow", 0x41, "returned", [0x1B, 0x18, 0x1A]),
    ("stacking, before the lever", 0x41, "returned", [0x1B, 0x18, 0x1A]),
    ("vend valid", 0x42, "cassette", [0x1B, 0x1A]),
    ("vend valid, acknowledged", 0x42, "cassette", [0x1B, 0x1A]),
    ("stacked", 0x40, "cassette", [0x1B, 0x1A]),
    ("returning", 0x41, "returned", [0x1B, 0x18, 0x1A]),
]


@pytest.mark.parametrize(("when", "power_up", "ends", "polled"), CUTS, ids=[c[0] for c in CUTS])
@pytest.mark.parametrize("second_cut", [False, True])
def test_power_up_rows(
    host: Host, when: str, power_up: int, ends: str, polled: list[int], second_cut: bool
) -> None:
    host.ready()
    device = host.device
    if when != "idle":
        device.insert(TEN, host.now_s)
    if when not in ("idle", "accepting"):
        host.wait(0.7)
        assert host.poll() == b"\x13\x61"
    if when.startswith(("stack", "vend")):
        host.say(STACK_1)
        host.wait(0.2 if "lever" in when else 0.6)
        if "lever" not in when:
            assert host.poll() == b"\x15"
        if when in ("stacked", "vend valid, acknowledged"):
            host.say(ACK)
            assert host.poll() == b"\x16"
        if when == "stacked":
            host.wait(0.5)
    if when == "returning":
        host.say(RETURN)
        host.wait(0.2)
    device.power_cut(host.now_s)
    assert host.say(STATUS) == b""
    host.now_s += 3600
    device.power_up(host.now_s)
    assert [host.poll(), host.poll()] == [bytes((power_up,))] * 2
    if second_cut:
        host.say(RESET)
        host.wait(0.5)
        device.power_cut(host.now_s)
        device.power_up(host.now_s)
        assert host.poll() == bytes((power_up,))
    host.say(RESET)
    seen = []
    for _ in range(40):
        told = host.poll()
        if told[0] not in seen:
            seen.append(told[0])
        host.wait(0.1)
    assert seen == polled
    assert device.cassette == ([TEN] if ends == "cassette" else [])
    assert device.returned == ([TEN] if ends == "returned" else [])
    assert accounted(device)


def test_jams_cassette_and_failures_are_told_until_mended(host: Host) -> None:
    host.ready()
    device = host.device
    for broken, told in (
        (lambda: device.jam(host.now_s), b"\x45"),
        (lambda: device.jam(host.now_s, cassette=True), b"\x46"),
        (lambda: device.pause(host.now_s), b"\x47"),
        (lambda: device.fail(0xA2, host.now_s), b"\x49\xa2"),
    ):
        broken()
        assert host.poll() == told
        host.say(RESET)
        host.wait(2)
        assert host.poll() == told
        device.repair(host.now_s)
        assert host.poll() == b"\x1b"
        host.wait(2)
        assert host.poll() == b"\x1a"
        host.say(ACCEPT)
    device.remove_cassette(host.now_s)
    assert host.poll() == b"\x44"
    device.replace_cassette(host.now_s)
    host.wait(2)
    host.say(ACCEPT)
    device.cassette_full(host.now_s)
    assert host.poll() == b"\x43"
    assert "not taken" in device.insert(TEN, host.now_s)
    device.replace_cassette(host.now_s)
    assert host.poll() == b"\x1b"


@pytest.mark.parametrize("stacked", [False, True])
def test_jam_with_a_note_inside(host: Host, stacked: bool) -> None:
    host.ready().to_escrow()
    host.say(STACK_1)
    host.device.jam(host.now_s, cassette=stacked)
    host.wait(3)
    assert host.poll() == (b"\x46" if stacked else b"\x45")
    assert host.device.inside == [TEN] and accounted(host.device)
    host.device.clear_jam(host.now_s, stacked=stacked)
    host.wait(2)
    assert host.poll() == b"\x1a"
    assert host.device.cassette == ([TEN] if stacked else []) and accounted(host.device)


def test_cassette_that_fills_up_with_the_last_note(host: Host) -> None:
    host.ready().to_escrow()
    host.say(STACK_1)
    host.wait(1)
    host.device.cassette_full(host.now_s)
    assert host.poll() == b"\x15"
    host.say(ACK)
    host.wait(1)
    assert [host.poll(), host.poll()] == [b"\x16", b"\x43"]
    host.device.replace_cassette(host.now_s)
    assert host.device.emptied == [TEN] and accounted(host.device)


def test_cheating_and_standing_still(host: Host) -> None:
    host.ready()
    host.device.insert(TEN, host.now_s)
    host.device.cheat(host.now_s)
    assert host.poll() == b"\x48"
    host.wait(0.5)
    assert host.poll() == b"\x11"
    assert host.device.returned == [TEN]
    host.to_escrow()
    host.say(STACK_1)
    host.device.freeze(host.now_s)
    host.wait(30)
    assert host.poll() == b"\x14"
    host.device.thaw(host.now_s)
    assert host.poll() == b"\x14"
    host.wait(1)
    assert host.poll() == b"\x15"


@pytest.mark.parametrize("wrong", [{"country": 0}, {"faces": {0: 5}}, {"faces": {9: 5}}])
def test_wrong_arguments_are_named(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"country|denominations"):
        BillAcceptor(**wrong)  # type: ignore[arg-type]


# --- whatever happens: no note is lost or doubled, answers are sound ------------------------------

Step = Callable[[BillAcceptor, float], object]

COMMANDS: dict[str, bytes] = {
    "status": STATUS,
    "ack": ACK,
    "reset": RESET,
    "accept": ACCEPT,
    "inhibit": INHIBIT,
    "switch off": frame(b"\xc0\xff\xff"),
    "stack": STACK_1,
    "stack 2": STACK_2,
    "return": RETURN,
    "hold": frame(b"\x44"),
}
ACCIDENTS: dict[str, Step] = {
    "note": lambda device, now_s: device.insert(500, now_s),
    "strange note": lambda device, now_s: device.insert(7, now_s),
    "jam": lambda device, now_s: device.jam(now_s),
    "cassette jam": lambda device, now_s: device.jam(now_s, cassette=True),
    "clear": lambda device, now_s: device.clear_jam(now_s),
    "clear into the cassette": lambda device, now_s: device.clear_jam(now_s, stacked=True),
    "repair": lambda device, now_s: device.repair(now_s),
    "cheat": lambda device, now_s: device.cheat(now_s),
    "pause": lambda device, now_s: device.pause(now_s),
    "fail": lambda device, now_s: device.fail(0xA2, now_s),
    "full": lambda device, now_s: device.cassette_full(now_s),
    "cassette out": lambda device, now_s: device.remove_cassette(now_s),
    "cassette in": lambda device, now_s: device.replace_cassette(now_s),
    "power off": lambda device, now_s: device.power_cut(now_s),
    "power on": lambda device, now_s: device.power_up(now_s),
    "freeze": lambda device, now_s: device.freeze(now_s),
    "thaw": lambda device, now_s: device.thaw(now_s),
    "drop": lambda device, now_s: device.drop_replies(1),
    "lose an ack": lambda device, now_s: device.lose_acks(1),
    "lose bytes": lambda device, now_s: device.lose_bytes(3),
    "swallow": lambda device, now_s: device.swallow(1),
}
WAITS = {"a moment": 0.1, "half a second": 0.5, "a second": 1.1, "six seconds": 6.0}
START = ["reset", "a second", "accept", "status"]
SCENES = [
    START,
    ["note", "status"],
    ["note", "a second", "status"],
    ["note", "a second", "status", "stack", "half a second"],
    ["note", "a second", "stack 2", "half a second"],
    ["note", "a second", "stack", "a second", "status", "ack"],
    ["note", "a second", "return", "half a second", "status"],
]
ANYTHING = [[name] for name in sorted({**COMMANDS, **ACCIDENTS, **WAITS})]

scenes = st.one_of(st.sampled_from(SCENES), st.sampled_from(ANYTHING), st.sampled_from(ANYTHING))


@settings(max_examples=500, derandomize=True, deadline=None)
@given(st.lists(scenes, min_size=5, max_size=30))
def test_every_note_is_in_one_place_and_every_answer_is_sound(played: list[list[str]]) -> None:
    device, now_s = BillAcceptor(), 0.0
    for name in chain(START, *played):
        now_s += WAITS.get(name, 0.01)
        if name in COMMANDS:
            told = device.feed(COMMANDS[name], now_s)
            assert not told or (crc(told) == 0 and len(told) == told[1])
            if name == "status" and told:
                assert State(told[2])
        elif name in ACCIDENTS:
            ACCIDENTS[name](device, now_s)
        else:
            device.tick(now_s)
        gone = device.cassette + device.emptied + device.returned + device.taken_out
        assert sorted(gone + device.inside) == sorted(device.inserted)
        assert (device.place == "outside") == (device.inside == [])
        if not device.powered:
            continue
        if device.state in (State.ACCEPTING, State.ESCROW, State.HOLDING, State.STACKING):
            assert device.inside
        if device.state in (State.IDLING, State.DISABLED):
            assert not device.inside
