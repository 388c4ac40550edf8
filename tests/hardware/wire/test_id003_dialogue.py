"""The ID-003 driver against answers written by hand: what a well-behaved acceptor never says."""

from __future__ import annotations

import logging
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
from kiosk.hardware.id003 import FOUND_POLLS, NoteAcceptor
from kiosk.hardware.id003_frames import crc

ACCEPTOR = DeviceId("acceptor")
OPTIONS = {
    "port": "",
    "baud": 9600,
    "parity": "even",
    "currency": "RUB",
    "countries": "",
    "poll_ms": 100,
    "answer_ms": 100,
    "silence_ms": 2000,
}
FIFTY = Money.face(50, CURRENCIES["RUB"])
# 61h: 10, 62h: 50, 63h: 100 rubles, 64h: 5 euros.
TABLE = bytes.fromhex("8A 61 27 01 01 62 27 05 01 63 27 01 02 64 E0 05 00")
VERSION = b"\x88U(RUS)-03-SS ID003-05V112-13 23MAR05 4A81"
ACK, INVALID = b"\x50", b"\x4b"
ECHOED = (0xC0, 0xC2, 0xC3)


def framed(body: bytes) -> bytes:
    whole = b"\xfc" + bytes([len(body) + 4]) + body
    return whole + crc(whole).to_bytes(2, "little")


class Script:
    """A line whose far end reads its answers from lists; the last one is given again."""

    def __init__(self, *polls: str) -> None:
        self.polls = [bytes.fromhex(poll) for poll in polls]
        self.answers: dict[int, list[bytes | None]] = {0x88: [VERSION], 0x8A: [TABLE]}
        self.sent: list[bytes] = []
        self.waiting = b""
        self.chunk = 4096
        self.noise: list[bytes] = []  # one piece before each answer

    def write(self, data: bytes, timeout_s: float = 2.0) -> None:
        body = data[2:-2]
        assert data == framed(body)
        self.sent.append(body)
        if body == ACK:
            return
        usual: list[bytes | None] = [body if body[0] in ECHOED else ACK]
        answers = self.polls if body[0] == 0x11 else self.answers.get(body[0], usual)
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        self.waiting += (self.noise.pop(0) if self.noise else b"") + (
            framed(answer) if answer else b""
        )

    def read(self, limit: int, timeout_s: float) -> bytes:
        size = min(limit, self.chunk)
        data, self.waiting = self.waiting[:size], self.waiting[size:]
        return data

    def close(self) -> None:
        self.waiting = b""

    def count(self, command: int) -> int:
        return sum(body[0] == command for body in self.sent)


class Bench:
    def __init__(self, *polls: str, **options: Any) -> None:
        self.script = Script(*polls)
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

    def in_escrow(self) -> NoteId:
        """Opened, enabled, and a fifty is in escrow."""
        self.script.polls = [b"\x1a", b"\x1a", b"\x11", b"\x12", b"\x13\x62"]
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
    # Polled mode; 62h and 63h may come in; the inhibition ends.
    settings_sent = [body.hex(" ") for body in bench.script.sent if body[0] in ECHOED]
    assert settings_sent == ["c2 00", "c0 f9 ff", "c3 00"]
    bench.driver.perform(StackNote(note))
    assert bench.script.sent[-1] == b"\x41"
    bench.then("14", "15")
    assert bench.script.sent[-1] == b"\x11"  # not acknowledged
    bench.driver.perform(AcknowledgeNote(note))
    bench.then("15")
    assert bench.script.sent[-1] == ACK
    bench.then("16", "11")
    assert bench.told(NoteStacked) == [NoteStacked(ACCEPTOR, note, FIFTY, seen=True)] * 2


def test_vend_valid_is_told_and_not_acknowledged_until_the_entry_is_on_disk() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.driver.perform(StackNote(note))
    bench.then("14", *["15"] * 50)
    assert bench.script.count(0x50) == 0
    assert bench.told(NoteStacked) == [NoteStacked(ACCEPTOR, note, FIFTY, seen=True)] * 50


def test_a_lost_acknowledgement_is_sent_again() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.driver.perform(StackNote(note))
    bench.then("15")
    bench.driver.perform(AcknowledgeNote(note))
    bench.then("15", "15", "16")
    assert bench.script.count(0x50) == 2
    assert {event.note for event in bench.told(NoteStacked)} == {note}


def test_the_model_is_its_version() -> None:
    assert Bench("1A").driver.open() == "U(RUS)-03-SS ID003-05V112-13 23MAR05 4A81"


def test_it_takes_nothing_after_it_was_opened() -> None:
    bench = Bench("11")
    bench.driver.open()
    bench.poll(2)
    assert [b.hex(" ") for b in bench.script.sent if b[0] in ECHOED][:3] == [
        "c2 00",
        "c3 01",
        "c0 ff ff",
    ]
    assert {event.state for event in bench.told(AcceptorChanged)} == {"busy"}
    bench.then("1A")
    assert bench.told(AcceptorChanged)[-1].state == "disabled"


def test_settings_are_made_again_after_it_has_started_over() -> None:
    bench = Bench()
    bench.in_escrow()
    bench.driver.perform(RefuseNotes(ACCEPTOR))
    bench.driver.perform(AcceptNotes(ACCEPTOR, (100,)))
    bench.script.sent.clear()
    bench.then("44", "1B", "1B", "11")
    assert [b.hex(" ") for b in bench.script.sent if b[0] in ECHOED] == [
        "c2 00",
        "c0 fb ff",
        "c3 00",
    ]
    assert bench.told(AcceptorChanged)[-1].state == "ready"


def test_a_setting_that_comes_back_changed_is_not_believed() -> None:
    bench = Bench("1A")
    bench.script.answers[0xC3] = [b"\xc3\x01"]
    bench.driver.open()
    bench.driver.perform(AcceptNotes(ACCEPTOR, (50,)))
    with pytest.raises(DeviceError, match="C3h"):
        bench.poll(2)


def test_a_setting_that_is_refused_now_is_made_later() -> None:
    bench = Bench("1B")
    bench.script.answers[0xC0] = [INVALID, INVALID, b"\xc0\xfd\xff"]
    bench.driver.open()
    bench.driver.perform(AcceptNotes(ACCEPTOR, (50,)))
    bench.then("1B", "1B", "1A", "11")
    assert bench.told(AcceptorChanged)[-1].state == "ready"
    assert bench.script.count(0xC0) == 3


def test_a_note_that_does_not_move_is_told_to_again() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.driver.perform(StackNote(note))
    bench.then("13 62", "19", "14")
    assert (bench.script.count(0x41), bench.script.count(0x43)) == (3, 0)


def test_after_a_fault_the_note_is_given_back() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.then("45", "13 62")
    bench.driver.perform(StackNote(note))
    bench.then("18", "11")
    assert (bench.script.count(0x41), bench.script.count(0x43)) == (0, 1)
    assert bench.told(NoteReturned) == [NoteReturned(ACCEPTOR, note)]


def test_an_order_of_a_connection_that_was_lost_is_not_given_again() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.driver.perform(StackNote(note))
    bench.script.polls = [b"\x13\x62"]
    bench.driver.open()
    bench.poll()
    assert (bench.script.count(0x41), bench.script.count(0x43)) == (1, 1)


@pytest.mark.parametrize("chunk", [1, 2, 5])
def test_answers_may_come_in_pieces(chunk: int) -> None:
    bench = Bench()
    bench.script.chunk = chunk
    bench.in_escrow()


def test_a_late_answer_is_not_taken_for_the_next_one() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.script.answers[0x41] = [None, ACK]
    bench.script.waiting = framed(ACK)  # late, and not the answer to STACK
    bench.driver.perform(StackNote(note))
    assert bench.script.count(0x41) == 2


def test_the_state_is_not_taken_for_the_answer_to_a_command() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.script.answers[0x41] = [b"\x15", ACK]
    bench.driver.perform(StackNote(note))
    assert bench.script.count(0x41) == 2
    assert bench.then("14").told(NoteStacked) == []


def test_a_damaged_answer_to_a_poll_is_no_answer() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.driver.perform(StackNote(note))
    bench.script.noise = [b"\xfc\x05\x15\x00\x00"]
    assert bench.then("14", "14").told(NoteStacked) == []
    assert bench.then("15").told(NoteStacked) != []


@pytest.mark.parametrize("answer", ["4A", "50", "4B", "05"])
def test_what_is_no_state_counts_as_silence(answer: str) -> None:
    bench = Bench("1A")
    bench.driver.open()
    with pytest.raises(DeviceError, match="does not answer"):
        bench.then(*[answer] * 20)


def test_a_command_is_repeated_three_times_and_then_the_acceptor_is_lost() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.script.answers[0x43] = [None]
    with pytest.raises(DeviceError, match="command 43h"):
        bench.driver.perform(ReturnNote(note))
    assert bench.script.count(0x43) == 4


def test_a_command_that_is_refused_is_not_repeated_at_once() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.script.answers[0x41] = [INVALID]
    bench.driver.perform(StackNote(note))
    assert bench.script.count(0x41) == 1
    bench.then("15")  # it had been stacked; only the acknowledgement was lost
    assert bench.told(NoteStacked) == [NoteStacked(ACCEPTOR, note, FIFTY, seen=True)]


def test_an_acceptor_that_goes_on_before_the_acknowledgement_is_no_harm() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.driver.perform(StackNote(note))
    bench.then("15", "16", "11")
    bench.driver.perform(AcknowledgeNote(note))
    bench.then("11", "12", "13 62")
    assert [e.note for e in bench.told(NoteEscrowed)] == [note, note_id("acceptor", 1, 2)]
    assert len(bench.told(NoteStacked)) == 1
    assert bench.script.count(0x50) == 0


def test_stacked_alone_is_told_where_vend_valid_was_never_heard() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.driver.perform(StackNote(note))
    bench.then("14", "16", "16", "11")
    assert bench.told(NoteStacked) == [NoteStacked(ACCEPTOR, note, FIFTY, seen=True)]


def test_a_return_that_came_too_late_is_a_stacked_note() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.driver.perform(ReturnNote(note))
    bench.then("14", "15")
    assert bench.told(NoteReturned) == []
    assert bench.told(NoteStacked) == [NoteStacked(ACCEPTOR, note, FIFTY, seen=True)]


def test_a_note_of_another_currency_is_given_back() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.driver.perform(ReturnNote(note))
    bench.then("18", "11", "12", "13 64", "18", "11")
    assert len(bench.told(NoteEscrowed)) == 1
    assert bench.script.count(0x43) == 2
    assert [e.note for e in bench.told(NoteReturned)] == [note, note_id("acceptor", 1, 2)]


def test_a_note_of_unknown_value_in_the_cashbox_is_never_acknowledged() -> None:
    bench = Bench()
    note = bench.in_escrow()
    bench.driver.perform(ReturnNote(note))
    bench.then("18", "11", "12", "13 64", "14", *["15"] * 30)
    assert bench.script.count(0x50) == 0
    assert bench.told(NoteStacked) == bench.told(AcceptorPoweredUp) == []
    failed = AcceptorChanged(ACCEPTOR, "failed", "a note of unknown value is in the cashbox")
    assert bench.told(AcceptorChanged)[-1] == failed
    assert bench.told(AcceptorChanged).count(failed) == 1


def test_vend_valid_out_of_the_blue_is_never_acknowledged() -> None:
    bench = Bench("1A")
    bench.driver.open()
    bench.poll()
    bench.then(*["15"] * 30)
    assert bench.script.count(0x50) == 0
    assert bench.told(NoteStacked) == bench.told(AcceptorPoweredUp) == []
    assert bench.told(AcceptorChanged)[-1].state == "failed"


@pytest.mark.parametrize("first", ["14", "15"])
def test_what_a_former_start_let_in_is_told_by_its_place_and_acknowledged_late(first: str) -> None:
    bench = Bench(first)
    bench.driver.open()
    bench.then(first, *["15"] * (FOUND_POLLS - 1))
    assert bench.told(AcceptorPoweredUp) == [AcceptorPoweredUp(ACCEPTOR, "stacker")]
    assert bench.script.count(0x50) == 0
    bench.driver.perform(ResetAcceptor(ACCEPTOR))  # it would forget the note
    bench.then("15", "15", "16", "11")
    assert bench.script.count(0x50) > 0
    assert bench.script.count(0x40) == 0
    assert bench.told(AcceptorPoweredUp) == [AcceptorPoweredUp(ACCEPTOR, "stacker")]
    assert bench.told(NoteStacked) == []


def test_a_note_in_the_stacker_at_power_up_is_told_before_the_reset_and_once() -> None:
    bench = Bench("1A")
    bench.driver.open()
    bench.poll()
    bench.script.polls = [b"\x42"]
    bench.driver.open()
    bench.poll(FOUND_POLLS)
    assert bench.told(AcceptorPoweredUp) == [AcceptorPoweredUp(ACCEPTOR, "stacker")]
    assert bench.script.count(0x40) == 0
    bench.poll(2)
    assert bench.script.count(0x40) == 2
    bench.then("1B", "15", "15", "16", "1A")  # some tell of it after the reset
    assert bench.script.count(0x50) == 2
    assert bench.told(AcceptorPoweredUp) == [AcceptorPoweredUp(ACCEPTOR, "stacker")]
    assert bench.told(NoteStacked) == []
    assert "failed" not in {event.state for event in bench.told(AcceptorChanged)}


def test_plain_power_up_is_told_once_and_reset_until_it_is_heard() -> None:
    bench = Bench("40")
    bench.driver.open()
    assert bench.script.count(0x40) == 0
    bench.then("40", "40", "1B", "1A")
    assert bench.told(AcceptorPoweredUp) == [AcceptorPoweredUp(ACCEPTOR, "none")]
    assert bench.script.count(0x40) == 2


def test_denominations_that_are_refused_now_are_asked_for_later() -> None:
    bench = Bench("11")
    bench.script.answers[0x8A] = [INVALID, INVALID, TABLE]
    bench.script.answers[0x88] = [INVALID]
    assert bench.driver.open() == ""
    bench.driver.perform(AcceptNotes(ACCEPTOR, (50,)))
    bench.then("11", "1A", "1A")
    assert bytes.fromhex("C0 FD FF") in bench.script.sent


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("8A 61 01 01 01 62 E0 01 01", "its denominations are of country 01h, E0h, not 27h"),
        ("8A", "its denominations are of country nothing, not 27h"),
        ("8A 61 27 01", "denominations in 3 bytes"),
        ("8A 01 27 01 01", "denomination 01 27 01 01"),
    ],
)
def test_an_acceptor_without_notes_of_ours_takes_nothing(table: str, why: str) -> None:
    bench = Bench("1A")
    bench.script.answers[0x8A] = [bytes.fromhex(table)]
    bench.driver.open()
    bench.driver.perform(AcceptNotes(ACCEPTOR, (50, 100)))
    bench.then("1A", "11", "12", "13 61")
    assert bench.told(AcceptorChanged) == [AcceptorChanged(ACCEPTOR, "wrong_currency", why)]
    assert b"\xc3\x00" not in bench.script.sent
    assert bench.told(NoteEscrowed) == []
    assert bench.script.count(0x43) == 1


def test_the_countries_of_a_currency_are_a_setting() -> None:
    bench = Bench("1A", currency="GBP", countries="0a, E0")
    bench.driver.open()
    bench.driver.perform(AcceptNotes(ACCEPTOR, (5,)))
    assert bytes.fromhex("C0 F7 FF") in bench.then("1A").script.sent


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"currency": "XYZ"}, 'currency: no currency "XYZ"'),
        ({"currency": "GBP"}, 'countries: "" must list'),
        ({"countries": "RUS"}, 'countries: "RUS" must list'),
        ({"countries": "127"}, 'countries: "127" must list'),
    ],
)
def test_mistakes_of_the_configuration_are_told(options: dict[str, str], why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        Bench(**options)


@pytest.mark.parametrize(
    ("code", "detail"), [("A2", "stack motor"), ("AF", "head removed"), ("77", "code 77h")]
)
def test_a_failure_says_which_part(code: str, detail: str) -> None:
    bench = Bench("1A")
    bench.driver.open()
    bench.then(f"49 {code}")
    assert bench.told(AcceptorChanged) == [AcceptorChanged(ACCEPTOR, "failed", detail)]


def test_a_foreign_state_is_a_failure_with_its_number() -> None:
    bench = Bench("1A")
    bench.driver.open()
    bench.then("29")
    assert bench.told(AcceptorChanged) == [AcceptorChanged(ACCEPTOR, "failed", "unknown state 29h")]


@pytest.mark.parametrize(
    ("code", "reason"), [("71", "insertion"), ("79", "inhibited"), ("55", "reason 55h")]
)
def test_n01_a_rejection_is_told_once_with_its_reason(code: str, reason: str) -> None:
    bench = Bench("1A")
    bench.driver.open()
    bench.then(f"17 {code}", f"17 {code}", "11", f"17 {code}")
    assert bench.told(NoteRejected) == [NoteRejected(ACCEPTOR, reason)] * 2


def test_an_order_for_a_note_that_is_not_there_is_passed_over_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench("1A")
    bench.driver.open()
    with caplog.at_level(logging.WARNING):
        bench.driver.perform(StackNote(NoteId("acceptor/0/7")))
    assert "not in escrow" in caplog.text
    bench.driver.perform(AcknowledgeNote(NoteId("acceptor/0/7")))
    assert bench.script.count(0x41) == 0


def test_noise_without_an_end_is_no_answer() -> None:
    bench = Bench("1A")
    bench.script.noise = [bytes(5000)] * 100
    bench.script.chunk = 100
    with pytest.raises(DeviceError, match="cannot be read"):
        bench.driver.open()


STATES = st.builds(
    lambda state, detail: bytes([state]) + detail,
    st.sampled_from([*range(0x11, 0x1C), *range(0x40, 0x4C)]),
    st.sampled_from([b"", b"\x61", b"\x62", b"\x64"]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=6) | STATES, min_size=1, max_size=30))
def test_whatever_it_answers_only_device_errors_come_out(answers: list[bytes]) -> None:
    """And nothing is told to be stacked that was not in escrow, nor more often than it was."""
    bench = Bench()
    bench.script.polls = [*answers, b"\x1a"]
    try:
        bench.driver.open()
        bench.driver.perform(AcceptNotes(ACCEPTOR, (50, 100)))
        for _ in answers:
            bench.poll()
            for event in bench.told(NoteEscrowed)[-1:]:
                bench.driver.perform(StackNote(event.note))
    except DeviceError:
        pass
    escrowed = {event.note: event.value for event in bench.told(NoteEscrowed)}
    for event in bench.told(NoteStacked):
        assert not event.announced or escrowed[event.note] == event.value
