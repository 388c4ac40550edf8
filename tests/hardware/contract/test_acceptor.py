"""The contract of a note acceptor, kept by every driver against its simulated device.

What is credited is what lies in the cassette, whatever fails (ADR 0003). Which drivers there are:
`acceptors.MODELS`. Names begin with the code of the error that a guest or the desk would see.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from kiosk.core.errors import ConfigError, DeviceError
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
from kiosk.hardware import driver
from kiosk.hardware.device import Device
from kiosk.hardware.peers.line import Line, PtyLine, TcpLine
from kiosk.hardware.transport import connect
from kiosk.hardware.worker import Worker
from tests.hardware.contract.acceptors import (
    ACCEPTOR,
    CCNET,
    FACES,
    MODELS,
    Bench,
    Books,
    Model,
    Peer,
    journey,
    rub,
)


def models(met: Callable[[Model], object] = lambda model: True) -> pytest.MarkDecorator:
    """Every driver, or those of which this holds."""
    chosen = [model for model in MODELS if met(model)]
    return pytest.mark.parametrize("model", chosen, ids=str)


def each_fault() -> list[Any]:
    return [
        pytest.param(model, state, id=f"{model}-{state}")
        for model in MODELS
        for state in model.faults
    ]


# --- a note's way ---------------------------------------------------------------------------------


@models()
def test_a_note_is_taken_and_told_until_its_entry_is_on_disk(model: Model) -> None:
    bench = Bench(model).ready()
    note = bench.stack(500)
    assert [(e.note, e.value) for e in bench.told(NoteEscrowed)] == [(note, rub(500))]
    bench.poll(20)  # 4 s without an acknowledgement
    assert len(bench.told(NoteStacked)) > 15
    assert set(bench.told(NoteStacked)) == {NoteStacked(ACCEPTOR, note, rub(500), seen=True)}
    bench.driver.perform(AcknowledgeNote(note))
    bench.until(lambda: bench.at("ready")).poll(3)
    told = len(bench.told(NoteStacked))
    assert bench.poll(10).told(NoteStacked)[told:] == []
    assert bench.peer.cassette == [500]


@models()
def test_escrow_is_told_once(model: Model) -> None:
    bench = Bench(model).ready()
    bench.escrow()
    assert len(bench.poll(20).told(NoteEscrowed)) == 1


@models()
def test_every_note_has_a_name_of_its_own(model: Model) -> None:
    bench = Bench(model).ready()
    notes = []
    for face in (500, 100, 100, 50):
        notes.append(note := bench.stack(face))
        bench.driver.perform(AcknowledgeNote(note))
        bench.until(lambda: bench.at("ready"))
    assert len(set(notes)) == 4
    assert bench.peer.cassette == [500, 100, 100, 50]
    assert {e.note: e.value for e in bench.told(NoteStacked)} == dict(
        zip(notes, map(rub, (500, 100, 100, 50)), strict=True)
    )


@models()
def test_names_go_on_after_the_cable_was_out_and_differ_after_a_start(model: Model) -> None:
    bench = Bench(model).ready()
    first = bench.stack()
    bench.driver.perform(AcknowledgeNote(first))
    bench.until(lambda: bench.at("ready"))
    bench.driver.close()
    bench.ready()
    second = bench.stack()
    bench.driver.perform(AcknowledgeNote(second))
    bench.until(lambda: bench.at("ready"))
    bench.restart()
    bench.ready()
    assert len({first, second, bench.escrow()}) == 3


@models()
def test_n02_a_note_is_given_back(model: Model) -> None:
    bench = Bench(model).ready()
    note = bench.escrow()
    bench.driver.perform(ReturnNote(note))
    bench.until(lambda: bench.at("ready"))
    assert bench.told(NoteReturned) == [NoteReturned(ACCEPTOR, note)]
    assert (bench.peer.returned, bench.peer.cassette) == ([500], [])


@models()
def test_nobody_decides_and_the_note_is_given_back(model: Model) -> None:
    bench = Bench(model).ready()
    note = bench.escrow()
    bench.saw(NoteReturned)
    assert bench.told(NoteReturned) == [NoteReturned(ACCEPTOR, note)]
    sent = len(bench.traffic)
    bench.driver.perform(StackNote(note))  # too late
    assert len(bench.traffic) == sent
    bench.until(lambda: bench.at("ready"))
    assert bench.peer.returned == [500]


@models()
def test_n01_refused_faces_are_returned_and_only_the_given_ones_taken(model: Model) -> None:
    bench = Bench(model).ready((50, 500))
    bench.insert(100).saw(NoteRejected)
    (told,) = bench.told(NoteRejected)
    assert told.reason == model.rejected or (told.reason and not model.rejected)
    bench.until(lambda: bench.at("ready") and bench.peer.returned)
    assert bench.told(NoteEscrowed) == []
    assert bench.peer.returned == [100]
    bench.escrow(50)


@models()
def test_n01_a_note_that_it_does_not_know_comes_out_again(model: Model) -> None:
    bench = Bench(model).ready()
    bench.insert(7).saw(NoteRejected)
    bench.until(lambda: bench.peer.returned == [7])
    assert bench.told(NoteEscrowed) == []


@models()
def test_n06_notes_are_refused_again(model: Model) -> None:
    bench = Bench(model).ready()
    bench.driver.perform(RefuseNotes(ACCEPTOR))
    bench.until(lambda: bench.at("disabled"))
    assert "not taken" in bench.peer.insert(500, bench.now_s)


@models()
def test_refusing_further_notes_leaves_the_one_in_escrow(model: Model) -> None:
    bench = Bench(model).ready()
    note = bench.escrow()
    bench.driver.perform(RefuseNotes(ACCEPTOR))
    bench.poll(3)
    bench.driver.perform(StackNote(note))
    bench.saw(NoteStacked)
    bench.driver.perform(AcknowledgeNote(note))
    bench.until(lambda: bench.at("disabled"))
    assert bench.peer.cassette == [500]


@models()
def test_n06_it_starts_taking_nothing_even_if_the_device_was_left_enabled(model: Model) -> None:
    bench = Bench(model).ready()
    bench.restart()
    bench.until(lambda: "disabled" in bench.states())
    assert "ready" not in bench.states()
    assert "not taken" in bench.peer.insert(500, bench.now_s)


def wrong_currencies() -> list[Any]:
    return [
        pytest.param(model, country, told, id=f"{model}-{told}")
        for model in MODELS
        for country, told in model.foreign.items()
    ]


@pytest.mark.parametrize(("model", "country", "told"), wrong_currencies())
def test_n06_another_currency_takes_nothing(model: Model, country: Any, told: str) -> None:
    bench = Bench(model, model.peer(country=country))
    bench.driver.open()
    bench.saw(AcceptorChanged)
    bench.driver.perform(AcceptNotes(ACCEPTOR, (50, 100, 500)))
    bench.poll(30)
    assert set(bench.states()) == {"wrong_currency"}
    assert told in bench.told(AcceptorChanged)[0].detail
    assert "not taken" in bench.peer.insert(500, bench.now_s)


@models(lambda model: model.neighbour)
def test_the_countries_of_a_currency_are_a_setting(model: Model) -> None:
    assert model.neighbour
    country, listed = model.neighbour
    bench = Bench(model, model.peer(country=country), currency="EUR", countries=listed).ready()
    bench.escrow(50)
    assert bench.told(NoteEscrowed)[0].value == Money.face(50, CURRENCIES["EUR"])


@models()
def test_an_unknown_currency_is_a_mistake_of_the_configuration(model: Model) -> None:
    with pytest.raises(ConfigError, match="XYZ"):
        Bench(model, currency="XYZ")


@models()
def test_it_says_what_it_is(model: Model) -> None:
    bench = Bench(model)
    bench.wait(5)
    assert bench.driver.open().strip()


# --- a disturbed line -----------------------------------------------------------------------------


@models(lambda model: hasattr(model.peer(), "lose_acks"))
@pytest.mark.parametrize("lost", [1, 2, 5])
def test_a_lost_acknowledgement_of_a_stacked_note_names_the_same_note_again(
    model: Model, lost: int
) -> None:
    bench = Bench(model).ready()
    note = bench.stack()
    bench.peer.lose_acks(lost)
    bench.driver.perform(AcknowledgeNote(note))
    bench.until(lambda: bench.at("ready"))
    assert {e.note for e in bench.told(NoteStacked)} == {note}
    second = bench.stack()
    assert second != note
    bench.driver.perform(AcknowledgeNote(second))
    bench.until(lambda: bench.peer.cassette == [500, 500])


def disturbances() -> list[Any]:
    def knob(name: str) -> Callable[[Bench, int], None]:
        return lambda bench, count: getattr(bench.peer, name)(count)

    def lost(bench: Bench, count: int) -> None:
        bench.lost = count

    def damaged(bench: Bench, count: int) -> None:
        bench.damaged = count

    found = []
    for model in MODELS:
        knobs = ("drop_replies", "corrupt_replies", "lose_acks")
        ways = {n: knob(n) for n in knobs if hasattr(model.peer(), n)}
        ways |= {"lost commands": lost, "damaged commands": damaged}
        found += [pytest.param(model, do, id=f"{model}-{name}") for name, do in ways.items()]
    return found


@pytest.mark.parametrize(("model", "fault"), disturbances())
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("moment", ["idle", "escrow", "stack", "stacked", "return"])
def test_a_disturbed_line_neither_loses_nor_doubles_a_note(
    model: Model, fault: Callable[[Bench, int], None], count: int, moment: str
) -> None:
    bench = Bench(model).ready()

    def disturb(here: str) -> None:
        if here == moment:
            fault(bench, count)

    disturb("idle")
    bench.poll()
    bench.insert()
    disturb("escrow")
    note = bench.saw(NoteEscrowed).told(NoteEscrowed)[-1].note
    if moment == "return":
        disturb("return")
        bench.driver.perform(ReturnNote(note))
        bench.until(lambda: bench.at("ready"))
        assert bench.told(NoteReturned) == [NoteReturned(ACCEPTOR, note)]
        assert bench.peer.returned == [500]
        return
    disturb("stack")
    bench.driver.perform(StackNote(note))
    bench.saw(NoteStacked)
    disturb("stacked")
    bench.driver.perform(AcknowledgeNote(note))
    bench.until(lambda: bench.at("ready"))
    assert len(bench.told(NoteEscrowed)) == 1
    assert {e.note for e in bench.told(NoteStacked)} == {note}
    assert bench.peer.cassette == [500]


# --- power cuts and starts: the table of docs/architecture.md -------------------------------------


@models()
def test_power_up_without_a_note(model: Model) -> None:
    bench = Bench(model).ready()
    assert bench.told(AcceptorPoweredUp) == [AcceptorPoweredUp(ACCEPTOR, "none")]
    assert bench.told(NoteReturned) == []


@models(lambda model: model.tells_power_cut)
def test_power_up_with_a_note_in_the_device_returns_it(model: Model) -> None:
    bench = Bench(model).ready()
    bench.escrow()
    bench.lose_power()
    bench.restart()
    bench.serve(lambda: bench.told(NoteReturned) and bench.at("disabled"))
    assert set(bench.told(AcceptorPoweredUp)) == {AcceptorPoweredUp(ACCEPTOR, "validator")}
    assert bench.told(NoteReturned) == [NoteReturned(ACCEPTOR, None)]
    assert bench.peer.returned == [500]


@models(lambda model: model.tells_power_cut)
def test_power_up_with_a_note_in_the_stacker_is_told_before_it_is_forgotten(model: Model) -> None:
    bench = Bench(model).ready()
    books = Books()
    bench.insert()
    for _ in range(60):
        if bench.peer.place == "stacker":
            break
        journey(bench, books, 1)
    bench.lose_power()
    bench.restart()
    journey(bench, books, 60)
    assert bench.told(NoteReturned) == []
    assert bench.peer.cassette == books.credited == [500]
    assert books.undecided == []


@models()
def test_only_the_kiosk_died_and_the_note_in_escrow_is_given_back_without_a_reset(
    model: Model,
) -> None:
    bench = Bench(model).ready()
    bench.escrow()
    resets = bench.resets()
    bench.restart()
    bench.until(lambda: "disabled" in bench.states())
    assert bench.told(NoteReturned) == [NoteReturned(ACCEPTOR, None)]
    assert bench.told(NoteEscrowed) == []
    assert bench.resets() == resets
    assert bench.peer.returned == [500]


@models()
def test_only_the_kiosk_died_while_the_note_was_being_stacked(model: Model) -> None:
    bench, books = Bench(model).ready(), Books()
    bench.insert().saw(NoteEscrowed)
    books.take(bench.told(NoteEscrowed)[0], bench)
    resets = bench.resets()
    bench.restart()
    journey(bench, books, 60)
    assert {e.announced for e in bench.told(NoteStacked)} <= {False}
    assert bench.resets() == resets
    assert bench.peer.cassette == books.credited == [500]
    assert (books.undecided, books.faces("suspense")) == ([], [])


@models()
def test_only_the_kiosk_died_while_the_note_was_being_returned(model: Model) -> None:
    bench = Bench(model).ready()
    bench.driver.perform(ReturnNote(bench.escrow()))
    bench.restart()
    bench.until(lambda: "disabled" in bench.states())
    assert bench.told(NoteReturned) == [NoteReturned(ACCEPTOR, None)]


@models(lambda model: model.repeats)
def test_a_stacked_note_of_a_former_start_is_told_before_any_reset(model: Model) -> None:
    bench = Bench(model).ready()
    bench.stack()
    resets = bench.resets()
    bench.restart()
    bench.poll(5)
    assert bench.told(NoteStacked) or bench.told(AcceptorPoweredUp)
    assert {e.announced for e in bench.told(NoteStacked)} <= {False}
    assert {e.bill for e in bench.told(AcceptorPoweredUp)} <= {"stacker"}
    assert bench.resets() == resets


@models()
def test_a_note_that_leaves_later_is_not_taken_for_one_of_a_former_start(model: Model) -> None:
    """The return of a stray note must not end the hold of another one."""
    bench = Bench(model).ready()
    bench.insert()
    bench.driver.close()
    bench.driver.open()  # the cable was out for a moment while the note went in
    bench.until(lambda: bench.at("disabled") and bench.peer.returned)
    assert None not in [event.note for event in bench.told(NoteReturned)]
    assert bench.peer.returned == [500]


@models()
@pytest.mark.parametrize("bill", ["escrow", "stacking", "returning", "stacked", "acknowledged"])
def test_the_cable_is_pulled_and_put_back(model: Model, bill: str) -> None:
    bench = Bench(model).ready()
    note = bench.escrow()
    if bill == "stacking":
        bench.driver.perform(StackNote(note))
    elif bill == "returning":
        bench.driver.perform(ReturnNote(note))
    elif bill in ("stacked", "acknowledged"):
        bench.driver.perform(StackNote(note))
        bench.saw(NoteStacked)
        if bill == "acknowledged":
            if hasattr(bench.peer, "lose_acks"):
                bench.peer.lose_acks(1)
            bench.driver.perform(AcknowledgeNote(note))
            bench.poll()
    bench.line.unplug()
    with pytest.raises(OSError, match="gone"):
        bench.poll()
    bench.driver.close()
    before, bench.events = bench.told(NoteStacked), []
    bench.driver.open()
    bench.driver.perform(StackNote(note))  # queued while the device was away
    bench.until(lambda: bench.told(NoteReturned) or bench.told(NoteStacked) or before)
    bench.driver.perform(AcknowledgeNote(note))
    bench.until(lambda: bench.at("disabled"))
    if bill in ("escrow", "returning"):
        assert bench.told(NoteReturned) == [NoteReturned(ACCEPTOR, note)]
        assert bench.told(NoteStacked) == []
        assert bench.peer.returned == [500]
    else:
        stacked = [*before, *bench.told(NoteStacked)]
        assert {(e.note, e.announced) for e in stacked} == {(note, True)}
        assert bench.peer.cassette == [500]


@models(lambda model: model.tells_power_cut)
def test_a_device_that_restarts_by_itself_is_opened_again(model: Model) -> None:
    bench = Bench(model).ready()
    note = bench.escrow()
    bench.events.clear()
    bench.lose_power()
    with pytest.raises(DeviceError, match="restarted"):
        bench.poll(20)
    bench.driver.close()
    bench.open()
    bench.serve(lambda: bench.told(NoteReturned) and bench.at("disabled"))
    # Never "none": whoever put the note in would be told that nobody knows where it is.
    assert set(bench.told(AcceptorPoweredUp)) == {AcceptorPoweredUp(ACCEPTOR, "validator")}
    assert bench.told(NoteReturned) == [NoteReturned(ACCEPTOR, note)]


# --- what breaks ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "state"), each_fault())
def test_n05_every_fault_is_told_in_words_of_the_core(model: Model, state: str) -> None:
    bench = Bench(model).ready()
    model.faults[state](bench.peer, bench.now_s)
    bench.until(lambda: state in bench.states())


def test_a_failure_says_which_part() -> None:
    bench = Bench(CCNET).ready()
    bench.peer.fail(0x56, bench.now_s)
    bench.until(lambda: bench.at("failed"))
    assert bench.told(AcceptorChanged)[-1].detail == "magnetic sensors"


MENDED: dict[str, Callable[[Peer, float], None]] = {
    "cassette_full": lambda peer, now_s: peer.replace_cassette(now_s),
    "cassette_out": lambda peer, now_s: peer.replace_cassette(now_s),
    "jammed_validator": lambda peer, now_s: peer.clear_jam(now_s),
    "jammed_cassette": lambda peer, now_s: peer.clear_jam(now_s),
    "paused": lambda peer, now_s: peer.repair(now_s),
    "failed": lambda peer, now_s: peer.repair(now_s),
    "cheated": lambda peer, now_s: None,
}


@pytest.mark.parametrize(("model", "state"), each_fault())
def test_n05_every_fault_ends_by_itself_when_it_is_mended(model: Model, state: str) -> None:
    bench = Bench(model).ready()
    model.faults[state](bench.peer, bench.now_s)
    bench.until(lambda: state in bench.states())
    MENDED[state](bench.peer, bench.now_s)
    if not model.keeps_orders:
        bench.let_in()  # it comes as after any start
    bench.until(lambda: bench.at("ready"))
    bench.escrow()


@models()
@pytest.mark.parametrize("stacked", [False, True])
@pytest.mark.parametrize("order", ["none", "stack", "return"])
def test_n04_after_a_jam_nobody_claims_to_know_where_the_note_is(
    model: Model, order: str, stacked: bool
) -> None:
    bench = Bench(model).ready()
    note = bench.escrow()
    if order != "none":
        bench.driver.perform(StackNote(note) if order == "stack" else ReturnNote(note))
    bench.peer.jam(bench.now_s)
    bench.until(lambda: bench.at("jammed_validator"))
    bench.peer.clear_jam(bench.now_s, stacked=stacked)
    bench.serve(lambda: bench.states()[-1] in ("ready", "disabled"))
    bench.poll(5)
    assert bench.told(NoteReturned) == bench.told(NoteStacked) == []


@models()
def test_n03_a_note_that_was_stacked_before_the_jam_is_credited_once(model: Model) -> None:
    bench, books = Bench(model).ready(), Books()
    bench.insert().serve(lambda: bench.told(NoteEscrowed))
    books.take(bench.told(NoteEscrowed)[0], bench)
    while not books.credited:
        journey(bench, books, 1)
    bench.until(lambda: bench.peer.cassette)
    bench.peer.jam(bench.now_s)
    journey(bench, books, 20)
    assert "jammed_validator" in bench.states()
    bench.peer.clear_jam(bench.now_s)
    journey(bench, books, 100)
    assert bench.states()[-1] in ("ready", "disabled")
    assert bench.peer.cassette == books.credited == [500]
    assert books.undecided == books.faces("suspense") == []


@models()
def test_a_silent_device_is_lost_and_found(model: Model) -> None:
    bench = Bench(model).ready()
    bench.peer.power_cut(bench.now_s)
    with pytest.raises(DeviceError, match="not answer"):
        bench.poll(60)
    bench.driver.close()
    with pytest.raises(DeviceError, match="not answer"):
        bench.driver.open()
    bench.peer.power_up(bench.now_s)
    bench.open()
    bench.events.clear()
    bench.let_in()


@models()
def test_a_missing_cable_is_told_and_close_never_raises(model: Model) -> None:
    bench = Bench(model)
    bench.plugged = False
    with pytest.raises(DeviceError, match="no cable"):
        bench.driver.open()
    bench.driver.close()
    bench.driver.close()
    with pytest.raises(DeviceError):
        bench.poll()


# --- what is credited is what lies in the cassette ------------------------------------------------


@models()
@pytest.mark.parametrize("step", ["hold", "stack", "credit", "acknowledge"])
def test_the_kiosk_is_killed_before_and_after_it_has_written(model: Model, step: str) -> None:
    bench, books = Bench(model).ready(), Books(dies_before=step)
    bench.insert()
    journey(bench, books, 120)
    assert bench.start == 2
    where = f"{books.notes}, {bench.events}"
    if step in ("hold", "stack"):
        assert bench.peer.returned == [500], where
        assert books.credited == books.undecided == bench.peer.cassette == [], where
        return
    assert bench.peer.cassette == [500], where
    if step == "credit" and not model.repeats:
        # A device that forgets what it has told: the hold is there, and staff decide.
        assert books.credited + books.undecided == [500], where
        return
    assert (books.credited, books.undecided) == ([500], []), where
    assert books.faces("suspense") == [], where


FAULTS = ("kiosk dies", "device loses power", "both", "cable", "nothing")


def strike(bench: Bench, fault: str) -> None:
    if fault in ("device loses power", "both"):
        bench.lose_power()
    if fault in ("kiosk dies", "both"):
        bench.die()
    if fault == "cable":
        bench.line.unplug()


def struck(model: Model, first: str, before: int, second: str, between: int) -> None:
    """A note's journey with two faults in it, and what must be on the books afterwards."""
    bench, books = Bench(model).ready(), Books()
    bench.insert()
    journey(bench, books, before)
    strike(bench, first)
    journey(bench, books, between)
    strike(bench, second)
    journey(bench, books, 80)
    where = f"{first} at {before}, {second} {between} later: {books.notes}"
    in_cashbox = bench.peer.cassette
    assert bench.peer.inside == [], where
    assert len(books.credited) <= len(in_cashbox), where
    assert len(books.credited) + len(books.undecided) >= len(in_cashbox), where
    assert books.faces("suspense") == [], where
    power = {"device loses power", "both"} & {first, second}
    if not power and (model.repeats or {first, second} <= {"cable", "nothing"}):
        assert (books.credited, books.undecided) == (in_cashbox, []), where


@models()
@pytest.mark.parametrize("fault", FAULTS)
def test_no_note_is_lost_or_credited_twice_whenever_something_fails(
    model: Model, fault: str
) -> None:
    for before in range(22):
        struck(model, fault, before, "nothing", 0)


@pytest.mark.slow
@models()
@pytest.mark.parametrize("first", FAULTS[:-1])
@pytest.mark.parametrize("second", FAULTS[:-1])
def test_no_note_is_lost_or_credited_twice_whenever_two_things_fail(
    model: Model, first: str, second: str
) -> None:
    for before in range(22):
        for between in (0, 1, 3, 7):
            struck(model, first, before, second, between)


# --- real lines -----------------------------------------------------------------------------------


class Kiosk:
    """A worker in its thread on a real line, and what it told."""

    def __init__(self, model: Model, port: str) -> None:
        self.told: list[Event] = []
        self.died: list[BaseException] = []
        self.changed = threading.Condition()
        self.stop = threading.Event()
        options = model.settings()
        line = connect(
            port,
            baud=options["baud"],
            parity=options.get("parity", "none"),
            stop_bits=options.get("stop_bits", 1),
        )

        def made() -> Device:
            return driver(model.driver)(ACCEPTOR, options, start=1, connect=line)

        self.worker = Worker(ACCEPTOR, made, self.post)
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
def running(model: Model, line: Line[Any]) -> Iterator[Kiosk]:
    line.start()
    kiosk = Kiosk(model, line.port)
    try:
        yield kiosk
    finally:
        kiosk.stop.set()
        kiosk.thread.join(60)
        line.stop()
    assert not kiosk.died


@pytest.mark.slow
@models()
@pytest.mark.parametrize("wire", ["pty", "tcp"])
def test_on_a_real_line_notes_come_in_and_the_cable_may_be_pulled(model: Model, wire: str) -> None:
    line: Line[Any]
    line = PtyLine(model.peer()) if wire == "pty" else TcpLine(model.peer())
    with running(model, line) as kiosk:
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


# --- starting it over from the desk ---------------------------------------------------------------


@models(lambda model: model.keeps_orders)
def test_it_starts_over_when_it_is_told_so_and_takes_nothing_until_it_is_let(model: Model) -> None:
    bench = Bench(model).ready()
    bench.driver.perform(RefuseNotes(ACCEPTOR))
    bench.until(lambda: bench.at("disabled"))
    resets = bench.resets()
    bench.driver.perform(ResetAcceptor(ACCEPTOR))
    assert bench.resets() == resets + 1
    bench.until(lambda: bench.states()[-2:] == ["busy", "disabled"])
    bench.driver.perform(AcceptNotes(ACCEPTOR, FACES))
    bench.until(lambda: bench.at("ready"))
    bench.stack(500)


@models(lambda model: not model.keeps_orders)
def test_it_starts_over_as_after_a_power_cut_and_is_let_in_again(model: Model) -> None:
    bench = Bench(model).ready()
    bench.driver.perform(RefuseNotes(ACCEPTOR))
    bench.until(lambda: bench.at("disabled"))
    resets = bench.resets()
    bench.driver.perform(ResetAcceptor(ACCEPTOR))
    assert bench.resets() == resets + bool(model.reset)
    bench.events.clear()
    bench.let_in().stack(500)


@models()
def test_it_is_not_started_over_with_a_note_on_its_way_or_one_that_is_not_booked(
    model: Model,
) -> None:
    bench = Bench(model).ready()
    resets, note = bench.resets(), bench.escrow(500)
    bench.driver.perform(ResetAcceptor(ACCEPTOR))
    bench.driver.perform(StackNote(note))
    bench.saw(NoteStacked)
    bench.driver.perform(ResetAcceptor(ACCEPTOR))
    assert bench.resets() == resets
    assert bench.poll(3).told(NoteStacked)[-1].note == note
    assert bench.peer.cassette == [500] or bench.peer.place == "stacker"


@models()
def test_after_a_jam_was_cleared_it_is_started_over_though_nobody_knows_where_the_note_is(
    model: Model,
) -> None:
    bench = Bench(model).ready()
    resets, note = bench.resets(), bench.escrow(500)
    bench.driver.perform(StackNote(note))
    bench.peer.jam(bench.now_s)
    bench.until(lambda: bench.at("jammed_validator"))
    bench.driver.perform(ResetAcceptor(ACCEPTOR))
    assert bench.resets() == resets + bool(model.reset)
