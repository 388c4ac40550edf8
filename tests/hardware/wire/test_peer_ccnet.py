"""The simulated validator against the published frames and rules of docs/devices.md (CCNET)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from kiosk.hardware.peers.ccnet import BillValidator
from kiosk.hardware.peers.ccnet_frames import State, bill_table, crc, frame

POLL = bytes.fromhex("02 03 06 33 DA 81")
ACK = bytes.fromhex("02 03 06 00 C2 82")
NAK = bytes.fromhex("02 03 06 FF BA 8D")
RESET = bytes.fromhex("02 03 06 30 41 B3")
BILL_TABLE = bytes.fromhex("02 03 06 41 4F D1")
ENABLE_ALL = bytes.fromhex("02 03 0C 34 FF FF FF FF FF FF FE F7")
DISABLE_ALL = bytes.fromhex("02 03 0C 34 00 00 00 00 00 00 17 0C")
STACK = bytes.fromhex("02 03 06 35 EC E4")
RETURN = bytes.fromhex("02 03 06 36 77 D6")
POWER_UP = bytes.fromhex("02 03 06 10 43 92")
IDLING = bytes.fromhex("02 03 06 14 67 D4")
ESCROW_3 = bytes.fromhex("02 03 07 80 03 17 01")
STACKED_3 = bytes.fromhex("02 03 07 81 03 CF 18")
ILLEGAL = frame(b"\x30")
FIFTY = 50  # the face of type 3, the type of the published frames


@dataclass
class Host:
    """A host of a few lines with its own clock; it acknowledges only when told to."""

    device: BillValidator
    now_s: float = 100.0

    def say(self, sent: bytes) -> bytes:
        return self.device.feed(sent, self.now_s)

    def poll(self, ack: bool = True) -> bytes:
        told = self.say(POLL)
        if ack and told:
            assert crc(told) == 0
            assert self.say(ACK) == b""
        return told[3:-2]

    def wait(self, seconds: float) -> Host:
        """Let time pass, speaking often enough to be alive."""
        end_s = self.now_s + seconds
        while end_s - self.now_s > 1:
            self.now_s += 1
            self.say(frame(b"\x31"))
        self.now_s = end_s
        return self

    def ready(self) -> Host:
        self.say(RESET)
        self.wait(1.5)
        assert self.poll() == b"\x19"
        assert self.say(ENABLE_ALL) == ACK
        assert self.say(POLL) == IDLING
        return self

    def to_escrow(self, face: int = FIFTY) -> Host:
        assert "went in" in self.device.insert(face, self.now_s)
        assert self.poll() == b"\x15"
        self.wait(0.7)
        return self


@pytest.fixture
def host() -> Host:
    return Host(BillValidator())


def accounted(device: BillValidator) -> bool:
    places = device.cassette + device.emptied + device.returned + device.taken_out + device.inside
    return sorted(places) == sorted(device.inserted)


def test_published_dialogue_byte_for_byte(host: Host) -> None:
    assert host.say(POLL) == POWER_UP
    assert host.say(ACK) == b""
    assert host.say(RESET) == ACK
    assert host.poll() == b"\x13"
    host.wait(1.5)
    assert host.poll() == b"\x19"
    table = host.say(BILL_TABLE)
    assert len(table) == 125 and crc(table) == 0
    host.say(ACK)
    assert host.say(ENABLE_ALL) == ACK
    assert host.say(POLL) == IDLING
    host.to_escrow()
    assert host.say(POLL) == ESCROW_3
    host.say(ACK)
    assert host.say(STACK) == ACK
    assert host.poll() == b"\x17"
    host.wait(1)
    assert host.say(POLL) == STACKED_3
    host.say(ACK)
    assert host.say(POLL) == IDLING
    assert host.say(DISABLE_ALL) == ACK
    assert host.poll() == b"\x19"
    assert host.device.cassette == [FIFTY] and accounted(host.device)


def test_bill_table_names_value_country_and_power_of_ten() -> None:
    table = bill_table({3: 50, 12: 200, 23: 5000}, "RUS")
    assert len(table) == 120
    assert table[15:20] == b"\x05RUS\x01"
    assert table[60:65] == b"\x02RUS\x02"
    assert table[115:] == b"\x05RUS\x03"
    assert table[:15] == bytes(15)


@pytest.mark.parametrize("state", ["stacked", "returned"])
def test_outcome_is_repeated_until_acknowledged(host: Host, state: str) -> None:
    host.ready().to_escrow()
    host.say(STACK if state == "stacked" else RETURN)
    host.wait(1)
    told = b"\x81\x03" if state == "stacked" else b"\x82\x03"
    assert [host.poll(ack=False) for _ in range(3)] == [told] * 3
    host.device.lose_acks(2)
    assert [host.poll(), host.poll(), host.poll()] == [told] * 3
    assert host.poll() == b"\x14"


def test_an_acknowledgement_without_an_answer_confirms_nothing(host: Host) -> None:
    host.ready().to_escrow()
    host.say(STACK)
    host.wait(1)
    for spoil in (host.device.drop_replies, host.device.corrupt_replies):
        assert host.poll(ack=False) == b"\x81\x03"
        spoil(1)
        host.say(POLL)
        host.say(ACK)
        assert host.device.state == State.STACKED
    host.say(POLL)
    host.say(frame(b"\x31"))
    host.say(ACK)
    assert host.poll() == b"\x81\x03"
    assert host.poll() == b"\x14"


def test_nak_repeats_the_last_answer(host: Host) -> None:
    host.ready().to_escrow()
    host.say(STACK)
    host.wait(1)
    host.device.corrupt_replies(1)
    assert crc(host.say(POLL)) != 0
    assert host.say(NAK) == STACKED_3
    host.say(ACK)
    assert host.say(POLL) == IDLING


def test_escrow_ends_by_itself_after_ten_seconds(host: Host) -> None:
    host.ready().to_escrow()
    host.wait(9.8)
    assert host.poll() == b"\x80\x03"
    host.wait(0.3)
    assert host.poll() == b"\x18"
    host.wait(0.6)
    assert host.poll() == b"\x82\x03"
    assert host.poll() == b"\x14"
    assert host.device.returned == [FIFTY] and accounted(host.device)


def test_hold_starts_the_ten_seconds_anew(host: Host) -> None:
    host.ready().to_escrow()
    host.wait(9)
    assert host.say(frame(b"\x38")) == ACK
    host.wait(9)
    assert host.poll() == b"\x1a"
    assert host.say(STACK) == ACK
    host.wait(1)
    assert host.poll() == b"\x81\x03"


def test_five_seconds_of_silence_disable(host: Host) -> None:
    host.ready()
    host.now_s += 4.9
    assert host.poll() == b"\x14"
    host.now_s += 5.1
    assert host.poll() == b"\x19"
    assert host.say(frame(b"\x31"))[3:-2] == bytes(6)


def test_note_in_escrow_when_the_host_dies_comes_back_and_is_told_later(host: Host) -> None:
    host.ready().to_escrow()
    host.now_s += 60
    assert host.device.returned == []
    assert host.poll() == b"\x82\x03"
    assert host.poll() == b"\x19"
    assert host.device.returned == [FIFTY]


def test_types_are_enabled_one_by_one(host: Host) -> None:
    host.ready()
    # Type 3 with escrow, type 12 (200) without.
    assert host.say(frame(b"\x34\x00\x10\x08\x00\x00\x08")) == ACK
    assert host.say(frame(b"\x31"))[3:6] == b"\x00\x10\x08"
    host.to_escrow(500)
    assert host.poll() == b"\x1c\x68"
    host.wait(0.5)
    assert host.poll() == b"\x14"
    host.to_escrow(200)
    host.wait(1)
    assert host.poll() == b"\x81\x0c"
    host.to_escrow(FIFTY)
    assert host.poll() == b"\x80\x03"
    assert host.device.returned == [500] and host.device.cassette == [200]


def test_unknown_note_is_rejected_and_told_at_least_once(host: Host) -> None:
    host.ready()
    host.device.insert(7, host.now_s)
    host.wait(4)
    assert host.poll() == b"\x1c\x66"
    assert host.poll() == b"\x14"
    assert host.device.returned == [7] and accounted(host.device)


def test_disabled_device_takes_nothing(host: Host) -> None:
    assert "not taken" in host.device.insert(FIFTY, host.now_s)
    host.ready()
    host.say(DISABLE_ALL)
    assert host.device.insert(FIFTY, host.now_s) == "50 not taken: disabled"
    assert host.device.inserted == []


@pytest.mark.parametrize(
    "body", [b"\x35", b"\x36", b"\x38", b"\x3a", b"\x50", b"\x34\x00", b"\x99", b"\x33\x00"]
)
def test_illegal_commands(host: Host, body: bytes) -> None:
    host.ready()
    assert host.say(frame(body)) == ILLEGAL


def test_enable_is_illegal_before_reset(host: Host) -> None:
    assert host.say(ENABLE_ALL) == ILLEGAL
    assert host.say(POLL) == POWER_UP


def test_bad_crc(host: Host) -> None:
    bad = POLL[:-1] + b"\x00"
    assert host.say(bad) == NAK
    host.device.silent_on_bad_crc = True
    assert host.say(bad) == b""
    assert host.say(POLL) == POWER_UP


def test_frames_in_pieces_with_noise_before_and_for_others(host: Host) -> None:
    for byte in POLL[:-1]:
        assert host.say(bytes((byte,))) == b""
    assert host.say(POLL[-1:]) == POWER_UP
    assert host.say(b"\xff\x13" + POLL) == POWER_UP
    other = bytes((2, 1, 6, 0x33))
    assert host.say(other + crc(other).to_bytes(2, "little")) == b""
    assert host.say(POLL[:4]) == b""
    host.wait(0.6)
    assert host.say(POLL) == POWER_UP


def test_identification_and_other_data(host: Host) -> None:
    assert len(host.say(frame(b"\x37"))[3:-2]) == 34
    assert len(host.say(frame(b"\x51"))[3:-2]) == 4
    assert host.say(frame(b"\x32\x00\x00\x08")) == ACK
    assert host.say(frame(b"\x31"))[3:-2] == b"\x00\x00\x00\x00\x00\x08"


# What the device says after a power cut, for every place of the note.
CUTS = [
    # when cut, power-up state, where the note ends, what is polled on the way after RESET
    ("idle", 0x10, "nowhere", [0x13, 0x19]),
    ("accepting", 0x11, "returned", [0x13, 0x18, 0x19]),
    ("escrow", 0x11, "returned", [0x13, 0x18, 0x19]),
    ("stacking, first half", 0x11, "returned", [0x13, 0x18, 0x19]),
    ("stacking, second half", 0x12, "cassette", [0x13, 0x19]),
    ("stacked, not acknowledged", 0x10, "cassette", [0x13, 0x19]),
    ("returning", 0x11, "returned", [0x13, 0x18, 0x19]),
    ("returned, not acknowledged", 0x10, "returned", [0x13, 0x19]),
]


@pytest.mark.parametrize(("when", "power_up", "ends", "polled"), CUTS, ids=[c[0] for c in CUTS])
@pytest.mark.parametrize("second_cut", [False, True])
def test_power_up_rows(
    host: Host, when: str, power_up: int, ends: str, polled: list[int], second_cut: bool
) -> None:
    host.ready()
    device = host.device
    if when != "idle":
        device.insert(FIFTY, host.now_s)
    if when not in ("idle", "accepting"):
        host.wait(0.7)
        assert host.poll() == b"\x80\x03"
    if when.startswith("stack"):
        host.say(STACK)
        host.wait(0.2 if "first" in when else 0.6 if "second" in when else 1)
    if when.startswith("return"):
        host.say(RETURN)
        host.wait(0.2 if when == "returning" else 1)
    device.power_cut(host.now_s)
    assert host.say(POLL) == b""
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
    assert device.cassette == ([FIFTY] if ends == "cassette" else [])
    assert device.returned == ([FIFTY] if ends == "returned" else [])
    assert accounted(device)


def test_jams_cassette_and_failures_are_told_until_mended(host: Host) -> None:
    host.ready()
    device = host.device
    for broken, told in (
        (lambda: device.jam(host.now_s), b"\x43"),
        (lambda: device.jam(host.now_s, cassette=True), b"\x44"),
        (lambda: device.pause(host.now_s), b"\x46"),
        (lambda: device.fail(0x52, host.now_s), b"\x47\x52"),
    ):
        broken()
        assert host.poll() == told
        host.say(RESET)
        host.wait(2)
        assert host.poll() == told
        device.repair(host.now_s)
        assert host.poll() == b"\x13"
        host.wait(2)
        assert host.poll() == b"\x19"
        host.say(ENABLE_ALL)
    device.remove_cassette(host.now_s)
    assert host.poll() == b"\x42"
    device.replace_cassette(host.now_s)
    host.wait(2)
    host.say(ENABLE_ALL)
    device.cassette_full(host.now_s)
    assert host.poll() == b"\x41"
    assert "not taken" in device.insert(FIFTY, host.now_s)
    device.replace_cassette(host.now_s)
    assert host.poll() == b"\x13"


@pytest.mark.parametrize("stacked", [False, True])
def test_jam_with_a_note_inside(host: Host, stacked: bool) -> None:
    host.ready().to_escrow()
    host.say(STACK)
    host.device.jam(host.now_s, cassette=stacked)
    host.wait(3)
    assert host.poll() == (b"\x44" if stacked else b"\x43")
    assert host.device.inside == [FIFTY] and accounted(host.device)
    host.device.clear_jam(host.now_s, stacked=stacked)
    host.wait(2)
    assert host.poll() == b"\x19"
    assert host.device.cassette == ([FIFTY] if stacked else []) and accounted(host.device)


def test_cassette_that_fills_up_with_the_last_note(host: Host) -> None:
    host.device.capacity = 1
    host.ready().to_escrow()
    host.say(STACK)
    host.wait(1)
    assert host.poll() == b"\x81\x03"
    assert host.poll() == b"\x41"
    host.device.replace_cassette(host.now_s)
    assert host.device.emptied == [FIFTY] and accounted(host.device)


def test_cheating_busy_and_standing_still(host: Host) -> None:
    host.ready()
    host.device.insert(FIFTY, host.now_s)
    host.device.cheat(host.now_s)
    assert host.poll() == b"\x45"
    host.wait(0.5)
    assert host.poll() == b"\x14"
    assert host.device.returned == [FIFTY]
    host.device.busy(0.5, host.now_s)
    assert host.poll() == b"\x1b\x05"
    host.wait(0.6)
    host.to_escrow()
    host.say(STACK)
    host.device.freeze(host.now_s)
    host.wait(30)
    assert host.poll() == b"\x17"
    host.device.thaw(host.now_s)
    assert host.poll() == b"\x17"
    host.wait(1)
    assert host.poll() == b"\x81\x03"


def test_removing_the_cassette_under_a_note(host: Host) -> None:
    host.ready().to_escrow()
    host.device.remove_cassette(host.now_s)
    assert host.poll() == b"\x42"
    host.device.replace_cassette(host.now_s)
    host.wait(3)
    assert host.poll() == b"\x19"
    assert host.device.returned == [FIFTY] and accounted(host.device)
