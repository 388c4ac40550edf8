"""The contract of a note acceptor, kept by the CCNET driver against the simulated validator."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId, NoteId
from kiosk.core.messages import (
    AcceptNotes,
    AcceptorChanged,
    AcceptorPoweredUp,
    AcknowledgeNote,
    DeviceDown,
    DeviceUp,
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
from kiosk.hardware.ccnet import NoteAcceptor
from kiosk.hardware.peers.ccnet import BillValidator
from kiosk.hardware.peers.line import Line, PtyLine, TcpLine
from kiosk.hardware.transport import MemoryLine, Recorder, Transport, connect
from kiosk.hardware.worker import Worker

RUB = CURRENCIES["RUB"]
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
FACES = (50, 100, 500)


class Bench:
    """A validator, a cable and a kiosk's driver, on one clock that only waiting moves."""

    def __init__(self, peer: BillValidator | None = None, **options: Any) -> None:
        self.now_s = 100.0
        self.peer = peer or BillValidator()
        self.plugged = True
        self.options = OPTIONS | options
        self.traffic: list[str] = []
        self.events: list[Event] = []
        self.driver = self._driver(1)

    def _driver(self, start: int) -> NoteAcceptor:
        return NoteAcceptor(ACCEPTOR, self.options, start=start, connect=self._connect)

    def _connect(self) -> Transport:
        if not self.plugged:
            raise DeviceError("no cable")
        self.line = MemoryLine(self.peer, lambda: self.now_s, self.wait)
        return Recorder(self.line, self.traffic.append)

    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    def restart(self, start: int = 2) -> None:
        """The kiosk dies and starts again; the validator does not notice."""
        self.driver.close()
        self.events.clear()
        self.driver = self._driver(start)
        self.driver.open()

    def poll(self, count: int = 1) -> Bench:
        for _ in range(count):
            self.events += self.driver.poll(0.2)
        return self

    def until(self, met: Callable[[], object], polls_max: int = 300) -> Bench:
        for _ in range(polls_max):
            if met():
                return self
            self.poll()
        raise AssertionError(f"it never came; {self.peer.state!r}, {self.events}")

    def saw(self, kind: type[Event], count: int = 1) -> Bench:
        return self.until(lambda: len(self.told(kind)) >= count)

    def told(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def states(self) -> list[str]:
        return [event.state for event in self.told(AcceptorChanged)]

    def ready(self, faces: tuple[int, ...] = FACES) -> Bench:
        self.driver.open()
        self.saw(AcceptorChanged).until(lambda: self.states()[-1] == "disabled")
        self.driver.perform(AcceptNotes(ACCEPTOR, faces))
        return self.until(lambda: self.states()[-1] == "ready")

    def escrow(self, face: int = 500) -> NoteId:
        count = len(self.told(NoteEscrowed))
        assert "went in" in self.peer.insert(face, self.now_s)
        return NoteId(self.saw(NoteEscrowed, count + 1).told(NoteEscrowed)[-1].note)

    def stack(self, face: int = 500) -> NoteId:
        note = self.escrow(face)
        self.driver.perform(StackNote(note))
        self.until(lambda: any(e.note == note for e in self.told(NoteStacked)))
        return note

    def sent(self, command: str) -> int:
        return sum(line.startswith("> ") and line.split()[4] == command for line in self.traffic)


def rub(face: int) -> Money:
    return Money.face(face, RUB)


def test_a_note_is_taken_and_told_until_its_entry_is_on_disk() -> None:
    bench = Bench().ready()
    note = bench.stack(500)
    assert bench.told(NoteEscrowed) == [NoteEscrowed(ACCEPTOR, note, rub(500))]
    bench.poll(20)  # 4 s without an acknowledgement
    assert len(bench.told(NoteStacked)) > 15
    assert set(bench.told(NoteStacked)) == {NoteStacked(ACCEPTOR, note, rub(500), seen=True)}
    bench.driver.perform(AcknowledgeNote(note))
    bench.until(lambda: bench.states()[-1] == "ready")
    told = len(bench.told(NoteStacked))
    assert bench.poll(10).told(NoteStacked)[told:] == []
    assert bench.peer.cassette == [500]


def test_escrow_is_told_once() -> None:
    bench = Bench().ready()
    bench.escrow()
    assert len(bench.poll(20).told(NoteEscrowed)) == 1


def test_every_note_has_a_name_of_its_own() -> None:
    bench = Bench().ready()
    notes = []
    for face in (500, 100, 100, 50):
        notes.append(note := bench.stack(face))
        bench.driver.perform(AcknowledgeNote(note))
        bench.until(lambda: bench.states()[-1] == "ready")
    assert len(set(notes)) == 4
    assert bench.peer.cassette == [500, 100, 100, 50]
    assert {e.note: e.value for e in bench.told(NoteStacked)} == dict(
        zip(notes, map(rub, (500, 100, 100, 50)), strict=True)
    )


def test_names_go_on_after_the_cable_was_out_and_differ_after_a_start() -> None:
    bench = Bench().ready()
    first = bench.stack()
    bench.driver.perform(AcknowledgeNote(first))
    bench.until(lambda: bench.states()[-1] == "ready")
    bench.driver.close()
    bench.ready()
    second = bench.stack()
    bench.driver.perform(AcknowledgeNote(second))
    bench.until(lambda: bench.states()[-1] == "ready")
    bench.restart(start=2)
    bench.ready()
    assert len({first, second, bench.escrow()}) == 3


def test_a_note_is_given_back() -> None:
    bench = Bench().ready()
    note = bench.escrow()
    bench.driver.perform(ReturnNote(note))
    bench.until(lambda: bench.states()[-1] == "ready")
    assert bench.told(NoteReturned) == [NoteReturned(ACCEPTOR, note)]
    assert (bench.peer.returned, bench.peer.cassette) == ([500], [])


def test_nobody_decides_and_the_validator_gives_the_note_back_itself() -> None:
    bench = Bench().ready()
    note = bench.escrow()
    bench.saw(NoteReturned)
    assert bench.told(NoteReturned) == [NoteReturned(ACCEPTOR, note)]
    bench.driver.perform(StackNote(note))  # too late
    bench.until(lambda: bench.states()[-1] == "ready")
    assert bench.sent("35") == 0
    assert bench.peer.returned == [500]


@pytest.mark.parametrize("lost", [1, 2, 5])
def test_a_lost_acknowledgement_of_a_stacked_note_names_the_same_note_again(lost: int) -> None:
    bench = Bench().ready()
    note = bench.stack()
    bench.peer.lose_acks(lost)
    bench.driver.perform(AcknowledgeNote(note))
    bench.until(lambda: bench.states()[-1] == "ready")
    assert {e.note for e in bench.told(NoteStacked)} == {note}
    second = bench.stack()
    assert second != note
    assert bench.peer.cassette == [500, 500]


@pytest.mark.parametrize("fault", ["drop_replies", "corrupt_replies", "lose_acks"])
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("moment", ["idle", "escrow", "stack", "stacked", "return"])
def test_a_disturbed_line_neither_loses_nor_doubles_a_note(
    fault: str, count: int, moment: str
) -> None:
    bench = Bench().ready()

    def disturb(here: str) -> None:
        if here == moment:
            getattr(bench.peer, fault)(count)

    disturb("idle")
    bench.poll()
    assert "went in" in bench.peer.insert(500, bench.now_s)
    disturb("escrow")
    note = bench.saw(NoteEscrowed).told(NoteEscrowed)[-1].note
    if moment == "return":
        disturb("return")
        bench.driver.perform(ReturnNote(note))
        bench.until(lambda: bench.states()[-1] == "ready")
        assert bench.told(NoteReturned) == [NoteReturned(ACCEPTOR, note)]
        assert bench.peer.returned == [500]
        return
    disturb("stack")
    bench.driver.perform(StackNote(note))
    bench.saw(NoteStacked)
    disturb("stacked")
    bench.driver.perform(AcknowledgeNote(note))
    bench.until(lambda: bench.states()[-1] == "ready")
    assert len(bench.told(NoteEscrowed)) == 1
    assert {e.note for e in bench.told(NoteStacked)} == {note}
    assert bench.peer.cassette == [500]


def test_only_the_given_faces_are_taken() -> None:
    bench = Bench().ready((50, 500))
    assert "went in" in bench.peer.insert(100, bench.now_s)
    bench.saw(NoteRejected)
    assert bench.told(NoteRejected) == [NoteRejected(ACCEPTOR, "inhibited")]
    bench.until(lambda: bench.states()[-1] == "ready")
    assert bench.told(NoteEscrowed) == []
    assert bench.peer.returned == [100]
    bench.escrow(50)


def test_notes_are_refused_again() -> None:
    bench = Bench().ready()
    bench.driver.perform(RefuseNotes(ACCEPTOR))
    bench.until(lambda: bench.states()[-1] == "disabled")
    assert "not taken" in bench.peer.insert(500, bench.now_s)


def test_refusing_further_notes_leaves_the_one_in_escrow() -> None:
    bench = Bench().ready()
    note = bench.escrow()
    bench.driver.perform(RefuseNotes(ACCEPTOR))
    bench.poll(3)
    bench.driver.perform(StackNote(note))
    bench.saw(NoteStacked)
    bench.driver.perform(AcknowledgeNote(note))
    bench.until(lambda: bench.states()[-1] == "disabled")
    assert bench.peer.cassette == [500]


def test_it_starts_taking_nothing_even_if_the_validator_was_left_enabled() -> None:
    bench = Bench().ready()
    bench.restart()
    bench.until(lambda: "disabled" in bench.states())
    assert "ready" not in bench.states()
    assert "not taken" in bench.peer.insert(500, bench.now_s)


@pytest.mark.parametrize("country", ["EUR", "USA"])
def test_another_currency_disables_the_acceptor(country: str) -> None:
    bench = Bench(BillValidator(country=country))
    bench.driver.open()
    bench.saw(AcceptorChanged)
    bench.driver.perform(AcceptNotes(ACCEPTOR, (50, 100, 500)))
    bench.poll(30)
    assert set(bench.states()) == {"wrong_currency"}
    assert f"has {country}, not RUS" in bench.told(AcceptorChanged)[0].detail
    assert "not taken" in bench.peer.insert(500, bench.now_s)


def test_the_countries_of_a_currency_are_a_setting() -> None:
    bench = Bench(BillValidator(country="DEU"), currency="EUR", countries="EUR, DEU").ready()
    bench.escrow(50)
    assert bench.told(NoteEscrowed)[0].value == Money.face(50, CURRENCIES["EUR"])


def test_an_unknown_currency_is_a_mistake_of_the_configuration() -> None:
    with pytest.raises(ConfigError, match="XYZ"):
        Bench(currency="XYZ")


def test_it_says_what_it_is() -> None:
    assert Bench().driver.open().strip()


# --- power cuts and starts: the table of docs/architecture.md -------------------------------------


def test_power_up_without_a_note() -> None:
    bench = Bench().ready()
    assert bench.told(AcceptorPoweredUp) == [AcceptorPoweredUp(ACCEPTOR, "none")]
    assert bench.told(NoteReturned) == []


def test_power_up_with_a_note_in_the_validator_returns_it() -> None:
    bench = Bench().ready()
    bench.escrow()
    bench.peer.power_cut(bench.now_s)
    bench.peer.power_up(bench.now_s)
    bench.restart()
    bench.saw(NoteReturned).until(lambda: bench.states()[-1] == "disabled")
    assert bench.told(AcceptorPoweredUp) == [AcceptorPoweredUp(ACCEPTOR, "validator")]
    assert bench.told(NoteReturned) == [NoteReturned(ACCEPTOR, None)]
    assert bench.peer.returned == [500]


def test_power_up_with_a_note_in_the_stacker_is_told_before_the_reset() -> None:
    bench = Bench().ready()
    note = bench.escrow()
    bench.driver.perform(StackNote(note))
    bench.until(lambda: bench.peer.place == "stacker")
    bench.peer.power_cut(bench.now_s)
    bench.peer.power_up(bench.now_s)
    bench.restart()
    bench.until(lambda: "disabled" in bench.states())
    assert bench.told(AcceptorPoweredUp) == [AcceptorPoweredUp(ACCEPTOR, "stacker")]
    assert bench.told(NoteReturned) == []
    assert bench.peer.cassette == [500]


def test_only_the_kiosk_died_and_the_note_in_escrow_is_given_back_without_a_reset() -> None:
    bench = Bench().ready()
    bench.escrow()
    resets = bench.sent("30")
    bench.restart()
    bench.until(lambda: "disabled" in bench.states())
    assert bench.told(NoteReturned) == [NoteReturned(ACCEPTOR, None)]
    assert bench.told(NoteEscrowed) == []
    assert bench.sent("30") == resets
    assert bench.peer.returned == [500]


def test_only_the_kiosk_died_while_the_note_was_being_stacked() -> None:
    bench = Bench().ready()
    note = bench.escrow()
    bench.driver.perform(StackNote(note))
    resets = bench.sent("30")
    bench.restart()
    bench.saw(NoteStacked)
    told = bench.told(NoteStacked)[0]
    assert (told.value, told.announced) == (rub(500), False)
    assert told.note != note
    bench.driver.perform(AcknowledgeNote(told.note))
    bench.until(lambda: bench.states()[-1] == "disabled")
    assert bench.sent("30") == resets
    assert {e.note for e in bench.told(NoteStacked)} == {told.note}


def test_only_the_kiosk_died_while_the_note_was_being_returned() -> None:
    bench = Bench().ready()
    bench.driver.perform(ReturnNote(bench.escrow()))
    bench.restart()
    bench.until(lambda: "disabled" in bench.states())
    assert bench.told(NoteReturned) == [NoteReturned(ACCEPTOR, None)]


def test_a_stacked_note_of_a_former_start_is_told_before_any_reset() -> None:
    bench = Bench().ready()
    bench.stack()
    resets = bench.sent("30")
    bench.restart()
    bench.poll(5)
    assert {e.announced for e in bench.told(NoteStacked)} == {False}
    assert bench.sent("30") == resets


def test_a_note_that_leaves_later_is_not_taken_for_one_of_a_former_start() -> None:
    """The return of a stray note must not end the hold of another one."""
    bench = Bench().ready()
    assert "went in" in bench.peer.insert(500, bench.now_s)
    bench.driver.close()
    bench.driver.open()  # the cable was out for a moment while the note went in
    bench.until(lambda: bench.states()[-1] == "disabled" and bench.told(NoteReturned))
    (told,) = bench.told(NoteReturned)
    assert told.note is not None
    assert bench.peer.returned == [500]


@pytest.mark.parametrize("bill", ["escrow", "stacking", "returning", "stacked", "acknowledged"])
def test_the_cable_is_pulled_and_put_back(bill: str) -> None:
    bench = Bench().ready()
    note = bench.escrow()
    if bill == "stacking":
        bench.driver.perform(StackNote(note))
    elif bill == "returning":
        bench.driver.perform(ReturnNote(note))
    elif bill in ("stacked", "acknowledged"):
        bench.driver.perform(StackNote(note))
        bench.saw(NoteStacked)
        if bill == "acknowledged":
            bench.peer.lose_acks(1)
            bench.driver.perform(AcknowledgeNote(note))
            bench.poll()
    bench.line.unplug()
    with pytest.raises(OSError, match="gone"):
        bench.poll()
    bench.driver.close()
    bench.events.clear()
    bench.driver.open()
    bench.driver.perform(StackNote(note))  # queued while the device was away
    bench.until(lambda: bench.told(NoteReturned) or bench.told(NoteStacked))
    bench.driver.perform(AcknowledgeNote(note))
    bench.until(lambda: bench.states()[-1] == "disabled")
    if bill in ("escrow", "returning"):
        assert bench.told(NoteReturned) == [NoteReturned(ACCEPTOR, note)]
        assert bench.told(NoteStacked) == []
        assert bench.peer.returned == [500]
    else:
        assert {(e.note, e.announced) for e in bench.told(NoteStacked)} == {(note, True)}
        assert bench.peer.cassette == [500]


def test_a_validator_that_restarts_by_itself_is_opened_again() -> None:
    bench = Bench().ready()
    note = bench.escrow()
    bench.peer.power_cut(bench.now_s)
    bench.peer.power_up(bench.now_s)
    with pytest.raises(DeviceError, match="restarted"):
        bench.poll(2)
    bench.driver.close()
    bench.driver.open()
    bench.until(lambda: bench.states()[-1] == "disabled" and bench.told(NoteReturned))
    assert bench.told(AcceptorPoweredUp)[-1] == AcceptorPoweredUp(ACCEPTOR, "validator")
    assert bench.told(NoteReturned) == [NoteReturned(ACCEPTOR, note)]


# --- what breaks ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "state"),
    [
        (lambda peer, now_s: peer.cassette_full(now_s), "cassette_full"),
        (lambda peer, now_s: peer.remove_cassette(now_s), "cassette_out"),
        (lambda peer, now_s: peer.jam(now_s), "jammed_validator"),
        (lambda peer, now_s: peer.jam(now_s, cassette=True), "jammed_cassette"),
        (lambda peer, now_s: peer.cheat(now_s), "cheated"),
        (lambda peer, now_s: peer.pause(now_s), "paused"),
        (lambda peer, now_s: peer.fail(0x50, now_s), "failed"),
    ],
)
def test_every_fault_is_told_in_words_of_the_core(
    verb: Callable[[BillValidator, float], None], state: str
) -> None:
    bench = Bench().ready()
    verb(bench.peer, bench.now_s)
    bench.until(lambda: state in bench.states())


def test_a_failure_says_which_part() -> None:
    bench = Bench().ready()
    bench.peer.fail(0x56, bench.now_s)
    bench.until(lambda: bench.states()[-1] == "failed")
    assert bench.told(AcceptorChanged)[-1].detail == "magnetic sensors"


def test_after_a_repair_the_standing_order_holds() -> None:
    bench = Bench().ready()
    bench.peer.remove_cassette(bench.now_s)
    bench.until(lambda: bench.states()[-1] == "cassette_out")
    bench.peer.replace_cassette(bench.now_s)
    bench.until(lambda: bench.states()[-1] == "ready")
    bench.escrow()


@pytest.mark.parametrize("stacked", [False, True])
@pytest.mark.parametrize("order", ["none", "stack", "return"])
def test_n04_after_a_jam_nobody_claims_to_know_where_the_note_is(order: str, stacked: bool) -> None:
    bench = Bench().ready()
    note = bench.escrow()
    if order != "none":
        bench.driver.perform(StackNote(note) if order == "stack" else ReturnNote(note))
    bench.peer.jam(bench.now_s)
    bench.until(lambda: bench.states()[-1] == "jammed_validator")
    bench.peer.clear_jam(bench.now_s, stacked=stacked)
    bench.until(lambda: bench.states()[-1] == "ready")
    assert bench.told(NoteReturned) == bench.told(NoteStacked) == []


def test_a_silent_validator_is_lost_and_found() -> None:
    bench = Bench().ready()
    bench.peer.power_cut(bench.now_s)
    with pytest.raises(DeviceError, match="does not answer"):
        bench.poll(30)
    bench.driver.close()
    with pytest.raises(DeviceError, match="does not answer"):
        bench.driver.open()
    bench.peer.power_up(bench.now_s)
    bench.ready()


def test_a_missing_cable_is_told_and_close_never_raises() -> None:
    bench = Bench()
    bench.plugged = False
    with pytest.raises(DeviceError, match="no cable"):
        bench.driver.open()
    bench.driver.close()
    bench.driver.close()
    with pytest.raises(DeviceError):
        bench.poll()


# --- faults at every step -------------------------------------------------------------------------


class Books:
    """As much of the core as the table of a note's journey needs; it outlives the kiosk."""

    def __init__(self) -> None:
        self.held: tuple[NoteId, int] | None = None
        self.credited: dict[NoteId, int] = {}
        self.suspense: dict[NoteId, int] = {}
        self.undecided: list[int] = []

    def take(self, event: Event, driver: NoteAcceptor) -> None:
        if isinstance(event, NoteEscrowed):
            self.undecide()
            self.held = event.note, event.value.minor
            driver.perform(StackNote(event.note))
        elif isinstance(event, NoteStacked):
            self.stacked(event)
            driver.perform(AcknowledgeNote(event.note))
        elif isinstance(event, NoteReturned):
            assert event.note not in self.credited
            if self.held and event.note in (None, self.held[0]):
                self.held = None
        elif isinstance(event, AcceptorPoweredUp) and event.bill == "stacker" and self.held:
            self.credited[self.held[0]] = self.held[1]
            self.held = None

    def stacked(self, event: NoteStacked) -> None:
        held = self.held
        mine = held and held[1] == event.value.minor
        if held and mine and (event.note == held[0] or not event.announced):
            self.credited[held[0]] = held[1]
            self.held = None
        elif event.note not in self.credited:
            self.suspense[event.note] = event.value.minor

    def undecide(self) -> None:
        """A held note of which nothing was heard: an attendant decides."""
        if self.held:
            self.undecided.append(self.held[1])
            self.held = None


FAULTS = ("kiosk dies", "validator loses power", "both", "cable", "nothing")


def strike(bench: Bench, fault: str, start: int) -> None:
    if fault in ("validator loses power", "both"):
        bench.peer.power_cut(bench.now_s)
        bench.peer.power_up(bench.now_s)
    if fault in ("kiosk dies", "both"):
        bench.driver.close()
        bench.driver = bench._driver(start)
        bench.driver.open()
    if fault == "cable":
        bench.line.unplug()


def journey(bench: Bench, books: Books, polls: int) -> None:
    for _ in range(polls):
        try:
            told = bench.driver.poll(0.2)
        except (OSError, DeviceError):
            bench.driver.close()
            bench.driver.open()
            continue
        bench.events += told
        for event in told:
            books.take(event, bench.driver)


@pytest.mark.slow
@pytest.mark.parametrize("first", FAULTS)
@pytest.mark.parametrize("second", FAULTS)
def test_no_note_is_lost_or_credited_twice_whenever_something_fails(
    first: str, second: str
) -> None:
    for before in range(22):
        for between in (0, 1, 3, 7):
            bench, books = Bench().ready(), Books()
            assert "went in" in bench.peer.insert(500, bench.now_s)
            journey(bench, books, before)
            strike(bench, first, 2)
            journey(bench, books, between)
            strike(bench, second, 3)
            journey(bench, books, 60)
            where = f"{first} at {before}, {second} {between} later: {vars(books)}"
            in_cashbox = [50000] * len(bench.peer.cassette)
            credited = list(books.credited.values())
            open_holds = books.undecided + ([books.held[1]] if books.held else [])
            assert bench.peer.inside == [], where
            assert len(credited) <= len(in_cashbox), where
            assert len(credited) + len(open_holds) >= len(in_cashbox), where
            if first == second == "nothing":
                assert (credited, open_holds) == (in_cashbox, []), where
                assert books.suspense == {}, where


# --- real lines -----------------------------------------------------------------------------------


class Kiosk:
    """A worker in its thread on a real line, and what it told."""

    def __init__(self, port: str) -> None:
        self.told: list[Event] = []
        self.died: list[BaseException] = []
        self.changed = threading.Condition()
        self.stop = threading.Event()

        def driver() -> NoteAcceptor:
            return NoteAcceptor(ACCEPTOR, OPTIONS, start=1, connect=connect(port))

        self.worker = Worker(ACCEPTOR, driver, self.post)
        self.thread = self.worker.start(self.stop, self.died.append)

    def post(self, event: Event) -> None:
        with self.changed:
            self.told.append(event)
            self.changed.notify()

    def next(self, kind: type, met: Callable[[Any], bool] = lambda event: True) -> Any:
        """Wait for such an event and forget those before it."""
        with self.changed:

            def found() -> bool:
                return any(isinstance(event, kind) and met(event) for event in self.told)

            assert self.changed.wait_for(found, 60), f"no {kind.__name__} in {self.told}"
            while True:
                event = self.told.pop(0)
                if isinstance(event, kind) and met(event):
                    return event

    def until_state(self, state: str) -> None:
        self.next(AcceptorChanged, lambda event: event.state == state)


@contextmanager
def running(line: Line[BillValidator]) -> Iterator[Kiosk]:
    line.start()
    kiosk = Kiosk(line.port)
    try:
        yield kiosk
    finally:
        kiosk.stop.set()
        kiosk.thread.join(60)
        line.stop()
    assert not kiosk.died


@pytest.mark.slow
@pytest.mark.parametrize("wire", ["pty", "tcp"])
def test_on_a_real_line_notes_come_in_and_the_cable_may_be_pulled(wire: str) -> None:
    line: Line[BillValidator]
    line = PtyLine(BillValidator()) if wire == "pty" else TcpLine(BillValidator())
    with running(line) as kiosk:
        assert kiosk.next(DeviceUp).detail
        for face in (500, 100):
            kiosk.worker.do(AcceptNotes(ACCEPTOR, FACES))
            kiosk.until_state("ready")
            assert "went in" in line.ask(lambda peer, now_s, f=face: peer.insert(f, now_s))
            escrowed = kiosk.next(NoteEscrowed)
            assert escrowed.value == rub(face)
            kiosk.worker.do(StackNote(escrowed.note))
            assert kiosk.next(NoteStacked).note == escrowed.note
            kiosk.worker.do(AcknowledgeNote(escrowed.note))
            kiosk.until_state("ready")
            line.unplug()
            kiosk.next(DeviceDown)
            line.plug()
            kiosk.worker.kick()
            kiosk.next(DeviceUp)
        assert line.ask(lambda peer, now_s: list(peer.cassette)) == [500, 100]


def test_it_starts_over_when_it_is_told_so_and_takes_nothing_until_it_is_let() -> None:
    bench = Bench().ready()
    bench.driver.perform(RefuseNotes(ACCEPTOR))
    bench.until(lambda: bench.states()[-1] == "disabled")
    resets = bench.sent("30")
    bench.driver.perform(ResetAcceptor(ACCEPTOR))
    assert bench.sent("30") == resets + 1
    bench.until(lambda: bench.states()[-2:] == ["busy", "disabled"])
    bench.driver.perform(AcceptNotes(ACCEPTOR, FACES))
    bench.until(lambda: bench.states()[-1] == "ready")
    bench.stack(500)


def test_it_is_not_started_over_with_a_note_on_its_way_or_one_that_is_not_booked() -> None:
    bench = Bench().ready()
    resets, note = bench.sent("30"), bench.escrow(500)
    bench.driver.perform(ResetAcceptor(ACCEPTOR))
    bench.driver.perform(StackNote(note))
    bench.saw(NoteStacked)
    bench.driver.perform(ResetAcceptor(ACCEPTOR))
    assert bench.sent("30") == resets
    assert bench.poll(3).told(NoteStacked)[-1].note == note


def test_after_a_jam_was_cleared_it_is_started_over_though_nobody_knows_where_the_note_is() -> None:
    bench = Bench().ready()
    resets, note = bench.sent("30"), bench.escrow(500)
    bench.driver.perform(StackNote(note))
    bench.peer.jam(bench.now_s)
    bench.until(lambda: bench.states()[-1] == "jammed_validator")
    bench.driver.perform(ResetAcceptor(ACCEPTOR))
    assert bench.sent("30") == resets + 1
