"""The CCNET driver against answers written by hand: what a well-behaved validator never says."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from kiosk.core.errors import DeviceError
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
    ReturnNote,
    StackNote,
)
from kiosk.core.money import CURRENCIES, Money
from kiosk.hardware.ccnet import NoteAcceptor
from kiosk.hardware.ccnet_frames import crc

ACCEPTOR = DeviceId("acceptor")
OPTIONS = {
    "port": "",
    "baud": 9600,
    "address": 3,
    "currency": "RUB",
    "countries": "RUS",
    "poll_ms": 100,
    "answer_ms": 100,
    "silence_ms": 2000,
}
FIFTY = Money.face(50, CURRENCIES["RUB"])
TABLE = bytes(15) + b"\x05RUS\x01" + b"\x01RUS\x02" + bytes(95)  # type 3: 50, type 4: 100
IDENT = b"SM-RU1353      21KC22401234ABCDEFG"
ACK, NAK, ILLEGAL = b"\x00", b"\xff", b"\x30"


def framed(body: bytes) -> bytes:
    whole = b"\x02\x03" + bytes([len(body) + 5]) + body
    return whole + crc(whole).to_bytes(2, "little")


class Script:
    """A line whose far end reads its answers from lists; the last one is given again."""

    def __init__(self, *polls: str) -> None:
        self.polls = [bytes.fromhex(poll) for poll in polls]
        self.answers: dict[int, list[bytes | None]] = {0x37: [IDENT], 0x41: [TABLE]}
        self.answers[0x31] = [bytes(6)]
        self.sent: list[bytes] = []
        self.waiting = b""
        self.chunk = 4096
        self.noise: list[bytes] = []  # one piece before each answer
        self.last = b""

    def write(self, data: bytes, timeout_s: float = 2.0) -> None:
        body = data[3:-2]
        assert data == framed(body)
        self.sent.append(body)
        if body == ACK:
            return
        if body == NAK:
            self.say()
            return
        if body[0] == 0x33:
            answer: bytes | None = self.polls.pop(0) if len(self.polls) > 1 else self.polls[0]
        else:
            told = self.answers.get(body[0], [ACK])
            answer = told.pop(0) if len(told) > 1 else told[0]
        self.last = framed(answer) if answer else b""
        self.say()

    def say(self) -> None:
        self.waiting += (self.noise.pop(0) if self.noise else b"") + self.last

    def read(self, limit: int, timeout_s: float) -> bytes:
        size = min(limit, self.chunk)
        data, self.waiting = self.waiting[:size], self.waiting[size:]
        return data

    def close(self) -> None:
        self.waiting = b""

    def count(self, command: int) -> int:
        return sum(body[0] == command for body in self.sent)


class Bench:
    def __init__(self, *polls: str) -> None:
        self.script = Script(*polls)
        self.driver = NoteAcceptor(ACCEPTOR, OPTIONS, start=1, connect=lambda: self.script)
        self.events: list[Event] = []

    def poll(self, count: int = 1) -> Bench:
        for _ in range(count):
            self.events += self.driver.poll(0.2)
        return self

    def told(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def in_escrow(self) -> NoteId:
        """Opened, enabled, and type 3 is in escrow."""
        self.script.polls = [b"\x19", b"\x19", b"\x14", b"\x15", b"\x80\x03"]
        self.driver.open()
        self.driver.perform(AcceptNotes(ACCEPTOR, (50, 100)))
        self.poll(4)
        assert self.told(NoteEscrowed) == [NoteEscrowed(ACCEPTOR, note_id("acceptor", 1, 1), FIFTY)]
        return NoteId(self.told(NoteEscrowed)[0].note)

    def then(self, *polls: str) -> Bench:
        self.script.polls = [bytes.fromhex(poll) for poll in polls]
        return self.poll(len(polls))


def test_the_published_dialogue() -> None:
    bench = Bench()
    note = bench.in_escrow()
    assert bytes.fromhex("34 00 00 18 00 00 18") in bench.script.sent
    bench.driver.perform(StackNote(note))
    assert bench.script.sent[-1] == b"\x35"
    bench.then("17", "81 03")
    assert bench.script.sent[-1] == b"\x33"  # not acknowledged
    bench.driver.perform(AcknowledgeNote(note))
    bench.then("81 03")
    assert bench.script.sent[-1] == ACK
    bench.then("14")
    assert set(bench.told(NoteStacked)) == {NoteStacked(ACCEPTOR, note, FIFTY, seen=True)}


def test_the_model_is_the_identification() -> None:
    assert Bench("19").driver.open() == "SM-RU1353 21KC22401234"


def test_every_answer_with_data_is_acknowledged() -> None:
    bench = Bench("19")
    bench.driver.open()
    assert bench.script.sent == [b"\x33", b"\x37", ACK, b"\x41", ACK]


def test_a_note_that_does_not_move_is_told_to_again() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.driver.perform(StackNote(note))
    bench.then("80 03", "80 03", "17")
    assert bench.script.count(0x35) == 3
    assert bench.script.count(0x36) == 0


@pytest.mark.parametrize("chunk", [1, 2, 5])
def test_answers_may_come_in_pieces(chunk: int) -> None:
    bench = Bench()
    bench.script.chunk = chunk
    bench.script.waiting = b""
    bench.in_escrow()


def test_a_late_answer_is_not_taken_for_the_next_one() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.script.answers[0x35] = [None, ACK]
    bench.script.waiting = framed(ACK)  # late, and not the answer to STACK
    bench.driver.perform(StackNote(note))
    assert bench.script.count(0x35) == 2


def test_the_state_is_not_taken_for_the_answer_to_a_command() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.script.answers[0x35] = [b"\x81\x03", ACK]
    bench.driver.perform(StackNote(note))
    assert bench.script.count(0x35) == 2
    assert bench.then("14").told(NoteStacked) == []


def test_a_damaged_answer_is_asked_for_again_without_repeating_the_command() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.script.noise = [b"\x02\x03\x07\x81\x03\x00\x00"]
    bench.driver.perform(StackNote(note))
    assert bench.script.sent[-2:] == [b"\x35", NAK]
    assert bench.then("17").told(NoteStacked) == []


def test_a_command_is_repeated_three_times_and_then_the_acceptor_is_lost() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.script.answers[0x36] = [None]
    with pytest.raises(DeviceError, match="command 36h"):
        bench.driver.perform(ReturnNote(note))
    assert bench.script.count(0x36) == 4


def test_a_command_that_is_refused_is_not_repeated_at_once() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.script.answers[0x35] = [ILLEGAL]
    bench.driver.perform(StackNote(note))
    assert bench.script.count(0x35) == 1
    bench.then("81 03")  # it had been stacked; only the acknowledgement was lost
    assert set(bench.told(NoteStacked)) == {NoteStacked(ACCEPTOR, note, FIFTY, seen=True)}


def test_busy_between_two_tellings_of_a_stacked_note_makes_no_second_one() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.driver.perform(StackNote(note))
    bench.then("81 03", "1B 05", "17", "81 03", "81 03")
    assert set(bench.told(NoteStacked)) == {NoteStacked(ACCEPTOR, note, FIFTY, seen=True)}


def test_a_validator_that_forgets_before_the_acknowledgement_is_no_harm() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.driver.perform(StackNote(note))
    bench.then("81 03", "14")
    bench.driver.perform(AcknowledgeNote(note))
    bench.then("14", "15", "80 03")
    assert [e.note for e in bench.told(NoteEscrowed)] == [note, note_id("acceptor", 1, 2)]


def test_stacked_without_escrow_is_a_note_of_its_own_and_not_announced() -> None:
    bench = Bench()
    first = bench.in_escrow()
    bench.driver.perform(StackNote(first))
    bench.then("81 03")
    bench.driver.perform(AcknowledgeNote(first))
    bench.then("81 03", "14", "81 03")
    second = bench.told(NoteStacked)[-1]
    assert second == NoteStacked(ACCEPTOR, note_id("acceptor", 1, 2), FIFTY, announced=False)


def test_another_value_stacked_than_escrowed_is_another_note() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.driver.perform(StackNote(note))
    bench.then("81 04")
    (told,) = bench.told(NoteStacked)
    assert (told.note != note, told.value.minor, told.announced) == (True, 10000, False)


def test_returned_is_told_once_even_if_said_again() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.driver.perform(ReturnNote(note))
    bench.then("18", "82 03", "82 03", "14")
    assert bench.told(NoteReturned) == [NoteReturned(ACCEPTOR, note)]


def test_a_return_that_came_too_late_is_a_stacked_note() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.driver.perform(ReturnNote(note))
    bench.then("17", "81 03")
    assert bench.told(NoteReturned) == []
    assert bench.told(NoteStacked) == [NoteStacked(ACCEPTOR, note, FIFTY, seen=True)]


def test_a_note_of_unknown_type_in_the_cashbox_is_never_acknowledged() -> None:
    bench = Bench("19")
    bench.driver.open()
    bench.then("81 09", "81 09")
    acks = bench.script.count(0x00)
    bench.then("81 09")
    assert bench.script.count(0x00) == acks
    assert bench.told(AcceptorChanged)[-1] == AcceptorChanged(
        ACCEPTOR, "failed", "a note of unknown type 9 is in the cashbox"
    )


def test_a_bill_table_that_is_refused_now_is_asked_for_later() -> None:
    bench = Bench("14")
    bench.script.answers[0x41] = [ILLEGAL, ILLEGAL, TABLE]
    bench.script.answers[0x37] = [ILLEGAL]
    assert bench.driver.open() == ""
    bench.driver.perform(AcceptNotes(ACCEPTOR, (50,)))
    bench.then("14", "19", "19")
    assert bytes.fromhex("34 00 00 08 00 00 08") in bench.script.sent


def test_a_foreign_state_is_a_failure_with_its_number() -> None:
    bench = Bench("19")
    bench.driver.open()
    bench.then("29")
    assert bench.told(AcceptorChanged)[-1] == AcceptorChanged(
        ACCEPTOR, "failed", "unknown state 29h"
    )


@pytest.mark.parametrize(
    ("code", "reason"), [("60", "insertion"), ("6D", "ultraviolet"), ("77", "reason 77h")]
)
def test_n01_a_rejection_is_told_once_with_its_reason(code: str, reason: str) -> None:
    bench = Bench("19")
    bench.driver.open()
    bench.then(f"1C {code}", f"1C {code}", "14", f"1C {code}")
    assert bench.told(NoteRejected) == [NoteRejected(ACCEPTOR, reason)] * 2


def test_power_up_is_told_once_and_reset_until_it_is_heard() -> None:
    bench = Bench("12")
    bench.driver.open()
    assert bench.script.count(0x30) == 0
    bench.then("12", "12", "13", "19")
    assert bench.told(AcceptorPoweredUp) == [AcceptorPoweredUp(ACCEPTOR, "stacker")]
    assert bench.script.count(0x30) == 2


def test_an_order_for_a_note_that_is_not_there_is_passed_over_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench("19")
    bench.driver.open()
    with caplog.at_level(logging.WARNING):
        bench.driver.perform(StackNote(NoteId("acceptor/0/7")))
    assert "not in escrow" in caplog.text
    bench.driver.perform(AcknowledgeNote(NoteId("acceptor/0/7")))
    assert bench.script.count(0x35) == 0


def test_types_that_stay_switched_off_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench("19")
    bench.script.answers[0x31] = [bytes.fromhex("00 00 08 00 00 00")]
    bench.driver.open()
    bench.driver.perform(AcceptNotes(ACCEPTOR, (50, 100)))
    with caplog.at_level(logging.WARNING):
        bench.then("19", "14")
    assert "does not enable 100.00" in caplog.text


def test_noise_without_an_end_is_no_answer() -> None:
    bench = Bench("19")
    bench.script.noise = [bytes(5000)] * 100
    bench.script.chunk = 100
    with pytest.raises(DeviceError, match="cannot be read"):
        bench.driver.open()
