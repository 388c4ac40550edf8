"""The SSP driver against answers written by hand: what the simulated validator never says."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId, NoteId, note_id
from kiosk.core.messages import (
    AcceptNotes,
    AcceptorChanged,
    AcceptorPoweredUp,
    AcknowledgeNote,
    Event,
    NoteEscrowed,
    NoteRejected,
    NoteReturned,
    NoteStacked,
    RefuseNotes,
    ResetAcceptor,
    ReturnNote,
    StackNote,
)
from kiosk.core.money import CURRENCIES, Money
from kiosk.hardware import ssp
from kiosk.hardware import ssp_frames as frames
from kiosk.hardware.ssp import NoteAcceptor

ACCEPTOR = DeviceId("acceptor")
OPTIONS: dict[str, Any] = {
    "port": "",
    "baud": 9600,
    "stop_bits": 2,
    "address": 0,
    "countries": "",
    "encryption": False,
    "key_file": "",
    "poll_ms": 100,
    "answer_ms": 100,
    "silence_ms": 2000,
    "hold_ms": 1000,
    "currency": "EUR",
}
FIVE = Money.face(5, CURRENCIES["EUR"])
TEN = Money.face(10, CURRENCIES["EUR"])
FIRST, SECOND = (note_id("acceptor", 1, number) for number in (1, 2))

# Channels 1 to 3: EUR 5, 10, 20; protocol 6.
SETUP = (
    bytes.fromhex("00 30 34 31 39 45 55 52 00 00 00 03 00 00 00 00 00 00 00 00 64 06")
    + b"EUR" * 3
    + b"".join(value.to_bytes(4, "little") for value in (5, 10, 20))
)
OK, CANNOT = b"\xf0", b"\xf5"
POLL, POLL_WITH_ACK, EVENT_ACK, HOLD, REJECT, COUNTERS = 0x07, 0x56, 0x57, 0x18, 0x08, 0x58
AT_REST = b""


def counters(stacked: int, rejected: int = 0) -> bytes:
    numbers = (stacked, 0, 0, 0, rejected)
    return OK + b"\x05" + b"".join(number.to_bytes(4, "little") for number in numbers)


class Script:
    """A line whose far end reads its answers from lists; the last one is given again.

    Like a device it repeats its answer, and does nothing, when the flag has not changed.
    """

    def __init__(self) -> None:
        self.polls: list[bytes] = [AT_REST]
        self.answers: dict[int, list[bytes]] = {
            0x05: [OK + SETUP],
            0x0C: [OK + bytes.fromhex("00 1C 96 2C")],
            0x20: [OK + b"NV02004141498000"],
            REJECT: [CANNOT],
            EVENT_ACK: [OK],
            COUNTERS: [b"\xf2"],
        }
        self.sent: list[bytes] = []
        self.frames: list[bytes] = []
        self.flag: bool | None = None
        self.told = b""
        self.waiting = b""
        self.deaf = 0
        self.garbled = 0
        self.chunk = 4096

    def write(self, data: bytes, timeout_s: float = 2.0) -> None:
        found = frames.take(data)
        assert found is not None and not found.rest and found.address == 0
        self.frames.append(data)
        command = found.data
        if found.flag != self.flag or command == b"\x11":
            self.sent.append(command)
            self.told = frames.frame(0, found.flag, self.answer(command))
            self.flag = True if command == b"\x11" else found.flag
        if self.deaf:
            self.deaf -= 1
        elif self.garbled:
            self.garbled -= 1
            self.waiting += self.told[:-1] + bytes([self.told[-1] ^ 1])
        else:
            self.waiting += self.told

    def answer(self, command: bytes) -> bytes:
        told = self.answers.get(command[0], [OK])
        if command[0] in (POLL, POLL_WITH_ACK) and command[0] not in self.answers:
            return OK + (self.polls.pop(0) if len(self.polls) > 1 else self.polls[0])
        return told.pop(0) if len(told) > 1 else told[0]

    def read(self, limit: int, timeout_s: float) -> bytes:
        size = min(limit, self.chunk)
        data, self.waiting = self.waiting[:size], self.waiting[size:]
        return data

    def close(self) -> None:
        self.waiting = b""

    def count(self, command: int) -> int:
        return sum(sent[0] == command for sent in self.sent)


class Bench:
    def __init__(self, **options: Any) -> None:
        self.script = Script()
        self.driver = NoteAcceptor(
            ACCEPTOR, OPTIONS | options, start=1, connect=lambda: self.script
        )
        self.events: list[Event] = []

    def poll(self, count: int = 1) -> Bench:
        for _ in range(count):
            self.events += self.driver.poll(0.2)
        return self

    def told(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def then(self, *polls: str) -> Bench:
        """What the next polls answer; the last goes on."""
        self.script.polls = [bytes.fromhex(poll) for poll in polls]
        return self.poll(len(polls))

    def ready(self) -> Bench:
        self.driver.open()
        self.driver.perform(AcceptNotes(ACCEPTOR, (5, 10, 20)))
        self.poll(4 if self.script.answers.get(POLL_WITH_ACK) is None else 60)
        assert self.told(AcceptorChanged)[-1].state == "ready"
        self.events.clear()
        self.script.sent.clear()
        return self

    def in_escrow(self) -> NoteId:
        """Channel 2 is in escrow."""
        self.then("EF 00", "EF 02")
        (told,) = self.told(NoteEscrowed)
        assert told == NoteEscrowed(ACCEPTOR, FIRST, TEN)
        return NoteId(told.note)

    def plain(self) -> Bench:
        """A device that knows no POLL WITH ACK."""
        self.script.answers[POLL_WITH_ACK] = [b"\xf2"]
        return self


def test_the_greeting() -> None:
    bench = Bench()
    assert bench.driver.open() == "NV02004141498000 1873452"
    assert bench.script.sent == [b"\x11", b"\x06\x06", b"\x05", b"\x20", b"\x0c"]
    assert bench.script.frames[0] == bytes.fromhex("7F 80 01 11 65 82")
    assert [frame[1] for frame in bench.script.frames[1:]] == [0x00, 0x80, 0x00, 0x80]


def test_the_published_dialogue() -> None:
    bench = Bench().ready()
    note = bench.in_escrow()
    bench.script.polls = [b"\xcc", bytes.fromhex("CC EE 02"), b"\xeb"]
    bench.driver.perform(StackNote(note))
    bench.poll()
    assert bench.told(NoteStacked) == [NoteStacked(ACCEPTOR, note, TEN, seen=True)]
    bench.script.polls = [bytes.fromhex("CC EE 02"), b"\xeb", AT_REST]
    bench.poll()
    assert bench.script.count(EVENT_ACK) == 0
    bench.driver.perform(AcknowledgeNote(note))
    bench.script.polls.insert(0, bytes.fromhex("CC EE 02"))
    bench.poll()
    assert bench.script.sent[-1] == b"\x57"
    bench.poll(2)
    assert len(bench.told(NoteStacked)) == 2
    assert bench.told(AcceptorChanged)[-1].state == "ready"


def test_the_channels_are_let_in_by_the_faces() -> None:
    bench = Bench()
    bench.driver.open()
    bench.driver.perform(AcceptNotes(ACCEPTOR, (5, 20, 50)))
    bench.poll()
    assert b"\x02\x05\x00" in bench.script.sent
    assert bench.script.sent[-1] == b"\x0a"
    bench.driver.perform(RefuseNotes(ACCEPTOR))
    bench.poll()
    assert bench.script.sent[-1] == b"\x09"


def test_while_nobody_decides_it_holds_and_never_polls() -> None:
    bench = Bench().ready()
    note = bench.in_escrow()
    polls = bench.script.count(POLL_WITH_ACK)
    bench.poll(5)
    assert bench.script.sent[-5:] == [b"\x18"] * 5
    assert bench.script.count(POLL_WITH_ACK) == polls
    bench.driver.perform(StackNote(note))
    assert bench.script.sent[-1] == b"\x56"


def test_after_its_time_a_note_that_is_held_goes_back() -> None:
    bench = Bench(hold_ms=500).ready()
    note = bench.in_escrow()
    bench.script.polls = [b"\xed", b"\xec", AT_REST]
    bench.poll(9)
    assert bench.script.count(HOLD) == 5
    assert bench.script.count(REJECT) == 1
    assert bench.told(NoteReturned) == [NoteReturned(ACCEPTOR, note)]


def test_a_note_that_is_gone_from_escrow_is_asked_for_by_a_poll() -> None:
    bench = Bench().ready()
    note = bench.in_escrow()
    bench.script.answers[HOLD] = [CANNOT]
    bench.poll()
    bench.driver.perform(StackNote(note))  # too late
    bench.then("ED", "EC", "")
    assert bench.told(NoteReturned) == [NoteReturned(ACCEPTOR, note)]
    assert bench.script.count(COUNTERS) == 0


def test_a_hold_that_was_not_answered_is_settled_before_the_note_is_taken() -> None:
    bench = Bench().ready()
    note = bench.in_escrow()
    bench.script.answers[HOLD] = [CANNOT]
    bench.script.deaf = 1
    bench.poll()
    bench.driver.perform(StackNote(note))
    assert bench.script.sent[-2:] == [b"\x18", b"\x06\x06"]  # it had gone: no poll takes it


def test_an_unanswered_command_is_sent_again_with_its_flag() -> None:
    bench = Bench().ready()
    note = bench.in_escrow()
    bench.script.deaf, bench.script.garbled = 1, 2
    bench.driver.perform(ReturnNote(note))
    assert len(set(bench.script.frames[-4:])) == 1
    assert bench.script.count(REJECT) == 1


def test_a_command_is_repeated_three_times_and_then_the_acceptor_is_lost() -> None:
    bench = Bench().ready()
    note = bench.in_escrow()
    bench.script.deaf = 4
    with pytest.raises(DeviceError, match="command 08h"):
        bench.driver.perform(ReturnNote(note))


def test_an_answer_with_the_other_flag_or_of_another_is_passed_over() -> None:
    bench = Bench().ready()
    answer = bench.script.answer

    def after_noise(command: bytes) -> bytes:
        flag = not bench.script.flag
        bench.script.waiting += frames.frame(0, not flag, b"\xf0\xee\x02")
        bench.script.waiting += frames.frame(5, flag, b"\xf0\xee\x02") + b"\x00"
        return answer(command)

    bench.script.answer = after_noise  # type: ignore[method-assign]
    bench.poll(3)
    assert bench.told(NoteStacked) == []


@pytest.mark.parametrize("chunk", [1, 2, 5])
def test_answers_may_come_in_pieces(chunk: int) -> None:
    bench = Bench()
    bench.script.chunk = chunk
    bench.ready().in_escrow()


def test_noise_without_an_end_is_no_answer() -> None:
    bench = Bench()
    bench.script.answer = lambda command: bytes(255)  # type: ignore[method-assign]
    with pytest.raises(DeviceError, match="answers SYNC with 00h"):
        bench.driver.open()
    bench.script.read = lambda limit, timeout_s: bytes(100)  # type: ignore[method-assign]
    with pytest.raises(DeviceError, match="cannot be read"):
        bench.driver.open()


# --- which device it is ---------------------------------------------------------------------------


def test_an_older_protocol_is_fallen_back_to() -> None:
    bench = Bench()
    bench.script.answers[0x06] = [b"\xf8", b"\xf8", OK]
    bench.driver.open()
    assert bench.script.sent[1:4] == [b"\x06\x06", b"\x06\x05", b"\x06\x04"]


def test_a_payout_unit_is_not_taken_for_a_note_validator() -> None:
    bench = Bench()
    bench.script.answers[0x05] = [OK + b"\x06" + SETUP[1:]]
    with pytest.raises(DeviceError, match="type 06h, not a note validator"):
        bench.driver.open()


def test_a_setup_that_is_too_short_is_an_error_of_the_device() -> None:
    bench = Bench()
    bench.script.answers[0x05] = [OK + SETUP[:-1]]
    with pytest.raises(DeviceError, match="setup of"):
        bench.driver.open()


def test_a_setup_that_is_refused_now_is_asked_for_later() -> None:
    bench = Bench()
    bench.script.answers[0x05] = [CANNOT, CANNOT, OK + SETUP]
    bench.ready()


def test_only_the_channels_of_the_venues_currency_count() -> None:
    bench = Bench()
    bench.script.answers[0x05] = [OK + SETUP.replace(b"EUREUREUR", b"CHFEURCHF")]
    bench.ready()
    assert bench.driver.perform(AcceptNotes(ACCEPTOR, (5, 10, 20))) is None
    bench.then("EF 01")
    assert bench.told(NoteEscrowed) == []
    assert bench.script.sent[-1] == b"\x08"
    bench = Bench(currency="RUB", countries="RUS,RUR")
    bench.driver.open()
    bench.poll()
    told = bench.told(AcceptorChanged)[-1]
    assert told.state == "wrong_currency"
    assert told.detail == "its channels have EUR, not RUR, RUS"


def test_an_unknown_currency_is_a_mistake_of_the_configuration() -> None:
    with pytest.raises(ConfigError, match="XYZ"):
        Bench(currency="XYZ")


@pytest.mark.parametrize("answer", ["FA", "F5", "F6"])
def test_a_poll_that_is_refused_is_told(answer: str) -> None:
    bench = Bench().plain().ready()
    bench.script.answers[POLL] = [bytes.fromhex(answer)]
    if answer == "FA":
        with pytest.raises(DeviceError, match="wants encryption"):
            bench.poll()
    else:
        bench.poll()
        assert bench.told(AcceptorChanged)[-1].state == "failed"


def test_what_stands_before_an_event_of_unknown_length_counts() -> None:
    bench = Bench().ready()
    bench.then("EE 01 DA 01 EE 02", "EE 01 DA 01 EE 02")
    assert {told.value for told in bench.told(NoteStacked)} == {FIVE}
    told = bench.told(AcceptorChanged)[-1]
    assert told.state == "failed"
    assert told.detail == "tells what no note validator does: DA 01 EE 02"
    bench.then("42", "42", "42", "")
    assert bench.told(AcceptorChanged)[-1].state == "ready"


def test_faces_that_it_has_not_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    bench.driver.open()
    with caplog.at_level(logging.WARNING):
        bench.driver.perform(AcceptNotes(ACCEPTOR, (50, 100)))
    assert "has only notes of 5.00, 10.00, 20.00" in caplog.text


# --- notes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "reason"),
    [("06", "inhibited"), ("0C", "inhibited"), ("1C", "two notes"), ("77", "reason 77h")],
)
def test_n01_a_rejection_is_told_once_with_its_reason(code: str, reason: str) -> None:
    bench = Bench().ready()
    bench.script.answers[0x17] = [OK + bytes.fromhex(code)]
    bench.then("EF 00", "ED", "ED", "EC", "")
    assert bench.told(NoteRejected) == [NoteRejected(ACCEPTOR, reason)]
    assert bench.told(NoteReturned) == []


def test_a_return_that_came_too_late_is_a_stacked_note() -> None:
    bench = Bench().ready()
    note = bench.in_escrow()
    bench.script.answers[REJECT] = [CANNOT]
    bench.driver.perform(ReturnNote(note))
    bench.then("CC", "EE 02", "EB")
    assert bench.told(NoteReturned) == []
    assert bench.told(NoteStacked)[0] == NoteStacked(ACCEPTOR, note, TEN, seen=True)


def test_a_credit_without_escrow_is_a_note_of_its_own_and_not_announced() -> None:
    bench = Bench().ready()
    bench.then("EE 01")
    assert bench.told(NoteStacked) == [NoteStacked(ACCEPTOR, FIRST, FIVE, announced=False)]


def test_another_value_credited_than_escrowed_is_another_note() -> None:
    bench = Bench().ready()
    note = bench.in_escrow()
    bench.script.polls = [bytes.fromhex("EE 01")]
    bench.driver.perform(StackNote(note))
    bench.poll()
    assert bench.told(NoteStacked) == [NoteStacked(ACCEPTOR, SECOND, FIVE, announced=False)]


def test_a_credit_of_an_unknown_channel_is_never_acknowledged() -> None:
    bench = Bench().ready()
    bench.then("EE 09", "EE 09")
    assert bench.script.count(EVENT_ACK) == 0
    told = bench.told(AcceptorChanged)[-1]
    assert (told.state, told.detail) == ("failed", "a note of an unknown channel is in the cashbox")


def test_without_acknowledgements_the_driver_itself_tells_until_it_is_on_disk() -> None:
    bench = Bench().plain().ready()
    note = bench.in_escrow()
    bench.script.polls = [bytes.fromhex("CC"), bytes.fromhex("EE 02"), b"\xeb", AT_REST]
    bench.driver.perform(StackNote(note))
    bench.poll(6)
    assert bench.told(NoteStacked) == [NoteStacked(ACCEPTOR, note, TEN, seen=True)] * 6
    bench.driver.perform(AcknowledgeNote(note))
    bench.poll(3)
    assert len(bench.told(NoteStacked)) == 6
    assert bench.script.count(EVENT_ACK) == 0


def test_the_next_note_may_come_before_the_last_is_on_disk() -> None:
    bench = Bench().plain().ready()
    note = bench.in_escrow()
    bench.script.polls = [bytes.fromhex("EE 02")]
    bench.driver.perform(StackNote(note))
    bench.then("EB", "", "EF 01")
    bench.script.polls = [bytes.fromhex("EE 01"), AT_REST]
    bench.driver.perform(StackNote(SECOND))
    bench.poll()
    assert {told.note for told in bench.told(NoteStacked)} == {note, SECOND}


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        (counters(17), counters(18), "stacked"),
        (counters(2**32 - 1), counters(0), "stacked"),
        (counters(17, 3), counters(17, 4), "returned"),
        (counters(17, 3), counters(17, 3), "unknown"),
        (counters(17, 3), counters(19, 3), "unknown"),
        (counters(17), b"\xf2", "unknown"),
        (OK + b"\x02\x00", OK + b"\x02\x00", "unknown"),
    ],
)
def test_what_was_counted_tells_of_a_note_when_nothing_else_does(
    before: bytes, after: bytes, outcome: str, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench().ready()
    note = bench.in_escrow()
    bench.script.answers[COUNTERS] = [before, after]
    bench.script.polls = [AT_REST]
    with caplog.at_level(logging.ERROR):
        bench.driver.perform(StackNote(note))
        bench.poll(ssp.REST_POLLS + 1)
    stacked, returned = bench.told(NoteStacked), bench.told(NoteReturned)
    assert bool(stacked) == (outcome == "stacked")
    assert bool(returned) == (outcome == "returned")
    assert ("nothing says where" in caplog.text) == (outcome == "unknown")
    assert all(told.note == note for told in stacked + returned)


@pytest.mark.parametrize("jam", ["E9", "EA", "E0", "E3"])
def test_after_hands_were_in_it_what_was_counted_tells_nothing(jam: str) -> None:
    bench = Bench().ready()
    note = bench.in_escrow()
    bench.script.answers[COUNTERS] = [counters(17), counters(18)]
    bench.script.polls = [bytes.fromhex(jam)]
    bench.driver.perform(StackNote(note))
    bench.then("", "", "", "", "")
    assert bench.told(NoteStacked) == bench.told(NoteReturned) == []


@pytest.mark.parametrize(
    ("poll", "state", "after"),
    [
        ("E9", "jammed_validator", "ready"),
        ("EA", "jammed_cassette", "ready"),
        ("E3", "cassette_out", "ready"),
        ("E0", "failed", "ready"),
        ("E6 01", "cheated", "ready"),
        ("E7", "cassette_full", "cassette_full"),
        ("ED", "busy", "ready"),
    ],
)
def test_every_state_in_words_of_the_core(poll: str, state: str, after: str) -> None:
    bench = Bench().ready()
    bench.then(poll)
    assert bench.told(AcceptorChanged)[-1].state == state
    bench.then("")
    assert bench.told(AcceptorChanged)[-1].state == after


def test_a_full_cashbox_is_believed_until_it_was_replaced() -> None:
    bench = Bench().ready()
    bench.then("E7 E8", "", "E8")
    assert bench.told(AcceptorChanged)[-1].state == "cassette_full"
    assert bench.script.count(0x0A) == 0
    bench.then("E4", "", "")
    assert bench.told(AcceptorChanged)[-1].state == "ready"


def test_disabled_by_itself_it_is_enabled_again() -> None:
    bench = Bench().ready()
    bench.then("E8", "")
    assert bench.script.count(0x0A) == 1
    assert bench.told(AcceptorChanged)[-1].state == "ready"


def test_without_acknowledgements_one_disabled_by_itself_may_be_starting() -> None:
    bench = Bench().plain().ready()
    bench.then(*["E8"] * ssp.UP_POLLS)
    assert [event.state for event in bench.told(AcceptorChanged)] == ["busy"]
    assert bench.script.count(0x0A) == 0
    bench.then("E8", "")
    assert bench.script.count(0x0A) == 1
    assert bench.told(AcceptorChanged)[-1].state == "ready"


def test_fraud_that_waits_for_its_acknowledgement_gets_it() -> None:
    bench = Bench().ready()
    bench.then("E6 00")
    assert bench.script.sent[-1] == b"\x57"


def test_an_acknowledgement_that_was_lost_is_sent_again_before_anything_else() -> None:
    bench = Bench().ready()
    bench.then("EE 01")
    bench.driver.perform(AcknowledgeNote(FIRST))
    bench.script.polls = [bytes.fromhex("EE 01"), AT_REST]
    write = bench.script.write

    def losing(data: bytes, timeout_s: float = 2.0) -> None:
        if data[3] == EVENT_ACK and bench.script.count(EVENT_ACK) == 0:
            bench.script.deaf = 3
        write(data)

    bench.script.write = losing  # type: ignore[method-assign]
    bench.poll(4)
    assert bench.script.count(EVENT_ACK) == 1
    assert bench.script.count(POLL_WITH_ACK) == 2
    bench.poll()
    assert bench.script.count(POLL_WITH_ACK) == 3
    assert {told.note for told in bench.told(NoteStacked)} == {FIRST}


# --- its power-up ---------------------------------------------------------------------------------


def powered_up(*polls: str) -> Bench:
    bench = Bench()
    bench.driver.open()
    return bench.then(*polls)


def test_power_up_is_told_when_it_has_looked_for_a_note() -> None:
    bench = powered_up("F1 B6", "B6", "B6")
    assert bench.told(AcceptorPoweredUp) == []
    bench.then("E8", "E8")
    assert bench.told(AcceptorPoweredUp) == [AcceptorPoweredUp(ACCEPTOR, "none")]
    assert [event.state for event in bench.told(AcceptorChanged)] == ["busy", "disabled"]


def test_a_note_cleared_from_the_front_went_back() -> None:
    bench = powered_up("F1 B6", "E1 02", "E8")
    assert bench.told(AcceptorPoweredUp) == [AcceptorPoweredUp(ACCEPTOR, "validator")]
    assert bench.told(NoteReturned) == [NoteReturned(ACCEPTOR, None)]


def test_a_note_cleared_from_the_front_is_told_once_though_it_is_repeated() -> None:
    bench = Bench()
    bench.script.answers[EVENT_ACK] = [CANNOT]
    bench.driver.open()
    bench.script.deaf = 0
    bench.then("F1 B6", "E1 02", "E8")
    assert len(bench.told(NoteReturned)) == 1


def test_a_note_cleared_into_the_cashbox_is_told_before_the_power_up() -> None:
    bench = powered_up("F1 B6", "E2 02", "E2 02")
    stacked = NoteStacked(ACCEPTOR, FIRST, TEN, announced=False)
    told = [event for event in bench.events if not isinstance(event, AcceptorChanged)]
    assert told[:2] == [stacked, AcceptorPoweredUp(ACCEPTOR, "stacker")]
    assert set(told[2:]) == {stacked}
    assert bench.script.count(EVENT_ACK) == 0
    bench.driver.perform(AcknowledgeNote(FIRST))
    bench.then("E2 02")
    assert bench.script.sent[-1] == b"\x57"


def test_one_of_unknown_value_lets_the_hold_count() -> None:
    bench = powered_up("F1 B6", "E2 00")
    assert bench.told(AcceptorPoweredUp) == [AcceptorPoweredUp(ACCEPTOR, "stacker")]
    assert bench.told(NoteStacked) == []
    assert bench.script.sent[-1] == b"\x57"


@pytest.mark.parametrize(("channel", "name"), [("02", FIRST), ("00", FIRST), ("01", SECOND)])
def test_a_note_on_its_way_when_only_the_acceptor_lost_power(channel: str, name: NoteId) -> None:
    bench = Bench().ready()
    note = bench.in_escrow()
    bench.script.polls = [b"\xcc"]
    bench.driver.perform(StackNote(note))
    with pytest.raises(DeviceError, match="restarted"):
        bench.then(f"F1 E2 {channel}")
    bench.driver.close()
    bench.driver.open()
    bench.then(f"E2 {channel}")
    assert {told.note for told in bench.told(NoteStacked)} == {name}
    (told,) = bench.told(AcceptorPoweredUp)
    assert told.bill == ("stacker" if name == note else "none")


def test_a_note_that_was_credited_before_the_power_went_is_not_told_as_another() -> None:
    bench = Bench().ready()
    note = bench.in_escrow()
    bench.script.polls = [bytes.fromhex("EE 02")]
    bench.driver.perform(StackNote(note))
    bench.driver.perform(AcknowledgeNote(note))
    bench.poll(1)
    with pytest.raises(DeviceError, match="restarted"):
        bench.then("CC", "F1 E2 02")
    bench.driver.close()
    bench.events.clear()
    bench.driver.open()
    bench.then("E8", "E8")
    assert bench.told(NoteStacked) == []
    assert bench.script.count(EVENT_ACK) == 2
    assert bench.told(AcceptorPoweredUp) == [AcceptorPoweredUp(ACCEPTOR, "stacker")]


@pytest.mark.parametrize(
    ("told", "cleared", "again"),
    [
        (["EE 02"], "02", False),
        (["EE 02"], "00", False),
        (["CC", "EE 02"], "02", False),
        (["CC"], "02", False),  # by what was counted
        (["EE 02"], "01", True),
        (["EE 02", "EB"], "02", True),
        (["EE 02", "", "EB"], "02", True),
    ],
)
@pytest.mark.parametrize("starting", ["", "E8"])
def test_a_note_told_before_the_power_went_is_not_another_though_it_looked_at_rest(
    told: list[str], cleared: str, again: bool, starting: str
) -> None:
    bench = Bench().plain().ready()
    bench.script.answers[COUNTERS] = [counters(17), counters(18)]
    note = bench.in_escrow()
    bench.script.polls = [bytes.fromhex(told[0])]
    bench.driver.perform(StackNote(note))
    bench.then(*told[1:])
    bench.then(*[starting] * (ssp.UP_POLLS + ssp.REST_POLLS + 1))
    assert {one.note for one in bench.told(NoteStacked)} == {note}
    bench.driver.perform(AcknowledgeNote(note))
    bench.events.clear()
    with pytest.raises(DeviceError, match="restarted"):
        bench.then(f"F1 E2 {cleared}")
    bench.driver.close()
    bench.driver.open()
    bench.then(*["E8"] * (ssp.UP_POLLS + 1))
    assert bool(bench.told(NoteStacked)) is again
    assert bench.told(AcceptorPoweredUp) == [AcceptorPoweredUp(ACCEPTOR, "stacker")]


def test_without_acknowledgements_it_is_given_time_to_look_for_a_note() -> None:
    bench = Bench().plain()
    bench.driver.open()
    bench.poll()
    bench.then("F1 E8", *["E8"] * 20)
    assert bench.told(AcceptorPoweredUp) == []
    assert {event.state for event in bench.told(AcceptorChanged)} == {"busy"}
    bench.then("E2 01", "E8")
    assert bench.told(AcceptorPoweredUp) == [AcceptorPoweredUp(ACCEPTOR, "stacker")]
    bench.poll(ssp.UP_POLLS)
    assert bench.told(AcceptorChanged)[-1].state == "disabled"


@pytest.mark.parametrize("started", ["B6 E8", "F1 E8", "E8"])
def test_a_note_of_which_it_says_nothing_after_its_restart_has_left_at_the_front(
    started: str,
) -> None:
    bench = Bench().ready()
    note = bench.in_escrow()
    bench.script.answers[HOLD] = [CANNOT]
    bench.poll()
    assert bench.script.sent[-1] == b"\x06\x06"  # before the poll that tells what it found
    if started != "E8":
        with pytest.raises(DeviceError, match="restarted"):
            bench.then(started)
        bench.driver.close()
        bench.driver.open()
        bench.then("F1 E8")
    bench.then(*["E8"] * (ssp.REST_POLLS + 1))
    assert bench.told(NoteReturned) == [NoteReturned(ACCEPTOR, note)]
    told = [event.bill for event in bench.told(AcceptorPoweredUp)]
    assert told == ([] if started == "E8" else ["validator"])


def test_a_note_in_escrow_before_the_first_poll_goes_back() -> None:
    bench = Bench()
    bench.script.answers[REJECT] = [OK]
    bench.driver.open()
    bench.then("ED", "EC", "E8")
    polls = [sent[0] for sent in bench.script.sent]
    assert polls.index(REJECT) < polls.index(POLL_WITH_ACK)
    assert bench.told(NoteReturned) == [NoteReturned(ACCEPTOR, None)]


def test_started_over_it_is_greeted_again_in_the_same_connection() -> None:
    bench = Bench().ready()
    bench.driver.perform(ResetAcceptor(ACCEPTOR))
    assert bench.script.sent == [b"\x01"]
    bench.script.deaf = 5
    bench.poll(5)
    bench.then("F1 B6", "F1 B6", "E8", "", "")
    assert bench.script.count(0x05) == 1
    assert bench.told(AcceptorPoweredUp) == [AcceptorPoweredUp(ACCEPTOR, "none")]
    assert bench.told(AcceptorChanged)[-1].state == "ready"


def test_silence_is_borne_for_so_long() -> None:
    bench = Bench().ready()
    bench.script.deaf = 10
    bench.poll(10)
    bench.script.deaf = 1000
    with pytest.raises(DeviceError, match="does not answer any more"):
        bench.poll(30)


# --- the key --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "No such file"),
        ("", "not 16 hexadecimal digits"),
        ("0123", "not 16 hexadecimal digits"),
        ("0123456789abcdeg", "not 16 hexadecimal digits"),
        ("ключ", "not 16 hexadecimal digits"),
    ],
)
def test_a_key_file_that_is_wrong_is_named_and_nothing_of_it_told(
    text: str | None, told: str, tmp_path: Path
) -> None:
    place = tmp_path / "key"
    if text is not None:
        place.write_text(text, encoding="utf-8")
    bench = Bench(encryption=True, key_file=str(place))
    with pytest.raises(DeviceError, match=told) as wrong:
        bench.driver.open()
    assert str(place) in str(wrong.value)
    assert not text or text not in str(wrong.value)


def test_a_device_that_does_not_encrypt_is_refused_where_it_must() -> None:
    bench = Bench(encryption=True)
    bench.script.answers[0x4A] = [b"\xf2"]
    with pytest.raises(DeviceError, match="does not agree on a key: unknown command"):
        bench.driver.open()


def test_what_is_not_encrypted_is_not_believed_once_a_key_was_agreed_on() -> None:
    bench = Bench(encryption=True)
    bench.script.answers[0x4C] = [OK + bytes(8)]
    with pytest.raises(DeviceError, match="command 06h; is the key the right one"):
        bench.driver.open()


# --- whatever it answers --------------------------------------------------------------------------

EVENTS = [*frames.WITHOUT_DATA, *frames.WITH_CHANNEL]
polls = st.lists(
    st.sampled_from(sorted(EVENTS)).flatmap(
        lambda event: (
            st.integers(0, 4).map(lambda channel: bytes([event, channel]))
            if event in frames.WITH_CHANNEL
            else st.just(bytes([event]))
        )
    ),
    max_size=3,
).map(lambda told: b"\xf0" + b"".join(told))
answers = st.one_of(polls, polls, polls, st.binary(min_size=1, max_size=30))
EFFECTS = {
    "stack": StackNote,
    "return": ReturnNote,
    "acknowledge": AcknowledgeNote,
}
steps = st.tuples(answers, st.sampled_from(["", "", "", *EFFECTS, "accept", "refuse", "reset"]))


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.lists(steps, max_size=40), st.booleans())
def test_whatever_it_answers_only_our_own_error_comes_out_and_no_credit_is_dropped(
    played: list[tuple[bytes, str]], greeted: bool
) -> None:
    bench = Bench()
    if greeted:
        bench.ready()
    script = bench.script
    for answer, effect in played:
        script.answer = lambda command, answer=answer: answer  # type: ignore[method-assign]
        try:
            if bench.driver._link is None:
                bench.driver.open()
            if effect in EFFECTS:
                last = bench.told(NoteEscrowed) + bench.told(NoteStacked)
                bench.driver.perform(EFFECTS[effect](last[-1].note if last else FIRST))
            elif effect:
                made = {"accept": AcceptNotes(ACCEPTOR, (5, 10)), "refuse": RefuseNotes(ACCEPTOR)}
                bench.driver.perform(made.get(effect) or ResetAcceptor(ACCEPTOR))
            bench.poll()
        except DeviceError:
            bench.driver.close()
        # What was stacked is told until it is on disk, whatever happens in between.
        unacknowledged = bench.driver._notes.unacknowledged
        assert all(told.note == name for name, told in unacknowledged.items())
    stacked = {told.note: told.value for told in bench.told(NoteStacked)}
    returned = {told.note for told in bench.told(NoteReturned)}
    assert all(stacked[told.note] == told.value for told in bench.told(NoteStacked))
    assert not returned & stacked.keys()
