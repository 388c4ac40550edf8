"""The one worker of all devices: open, serve, lose, back off, open again."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

import pytest

from kiosk.core.clock import Now
from kiosk.core.documents import Document
from kiosk.core.errors import DeviceError
from kiosk.core.ids import DeviceId, JobId, NoteId
from kiosk.core.messages import (
    AcceptNotes,
    AcknowledgeCoin,
    AcknowledgeNote,
    CardRemoved,
    DeviceDown,
    DeviceUp,
    Effect,
    Event,
    FiscalAbsent,
    Light,
    LookUpPayment,
    PaymentDeclined,
    PrintFiscal,
    PrintSlip,
    RefuseNotes,
    RequestPayment,
    Role,
    SlipFailed,
    Sound,
    StackNote,
)
from kiosk.core.money import CURRENCIES, Money
from kiosk.hardware.causes import cause_of
from kiosk.hardware.worker import EFFECTS_MAX, Worker

NAME = DeviceId("lights")
JOB = JobId("top_up_receipt:1")
START = Now(datetime(2026, 1, 1, tzinfo=UTC), 1000.0)


class Device:
    role: ClassVar[Role] = "lights"

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.performed: list[Effect] = []
        self.events: list[Event] = []
        self.opening: Exception | None = None
        self.polling: Exception | None = None
        self.performing: Exception | None = None

    def open(self) -> str:
        self.calls.append("open")
        if self.opening:
            raise self.opening
        return "Model 1"

    def poll(self, timeout_s: float) -> Sequence[Event]:
        assert 0 <= timeout_s <= 0.2
        if self.polling:
            raise self.polling
        told, self.events = self.events, []
        return told

    def perform(self, effect: Effect) -> None:
        if self.performing:
            raise self.performing
        self.performed.append(effect)

    def close(self) -> None:
        self.calls.append("close")


class Shortest(random.Random):
    def uniform(self, a: float, b: float) -> float:
        return a


class Longest(random.Random):
    def uniform(self, a: float, b: float) -> float:
        return b


class Bench:
    def __init__(self, jitter: random.Random | None = None) -> None:
        self.device = Device()
        self.posted: list[Event] = []
        self.now = START
        self.worker = Worker(
            NAME, lambda: self.device, self.posted.append, jitter=jitter or Longest()
        )

    def step(self, later_s: float = 0.0) -> float:
        self.now = self.now.later(later_s)
        return self.worker.step(self.now)


def test_it_opens_serves_and_tells_in_order() -> None:
    bench = Bench()
    assert bench.step() == 0.0
    assert bench.posted == [DeviceUp(NAME, "lights", "Model 1")]
    bench.device.events = [CardRemoved(DeviceId("a")), CardRemoved(DeviceId("b"))]
    bench.worker.do(Light("ready"))
    bench.worker.do(Sound("ok"))
    bench.step(0.2)
    assert bench.device.performed == [Light("ready"), Sound("ok")]
    assert bench.posted[1:] == [CardRemoved(DeviceId("a")), CardRemoved(DeviceId("b"))]
    assert bench.device.calls == ["open"]


@pytest.mark.parametrize("error", [DeviceError("silent"), OSError(5, "gone")])
@pytest.mark.parametrize("where", ["opening", "polling", "performing"])
def test_whatever_a_device_fails_at_it_is_closed_told_and_opened_again(
    where: str, error: Exception
) -> None:
    bench = Bench()
    if where != "opening":
        bench.step()
    bench.worker.do(Light("ready"))
    setattr(bench.device, where, error)
    wait_s = bench.step()
    assert bench.posted[-1] == DeviceDown(NAME, "lights", str(error), cause_of(error))
    assert bench.device.calls[-1] == "close"
    setattr(bench.device, where, None)
    assert bench.step(wait_s) == 0.0
    assert bench.posted[-1] == DeviceUp(NAME, "lights", "Model 1")


@pytest.mark.parametrize(
    ("jitter", "waits_s"),
    [
        (Longest(), [0.1, 0.3, 1.0, 3.0, 3.0]),
        (Shortest(), [0.075, 0.225, 0.75, 2.25, 2.25]),
    ],
)
def test_it_waits_longer_each_time_and_at_most_three_seconds(
    jitter: random.Random, waits_s: list[float]
) -> None:
    bench = Bench(jitter)
    bench.device.opening = DeviceError("no port")
    later_s, waited = 0.0, []
    for _ in waits_s:
        later_s = bench.step(later_s)
        waited.append(later_s)
        tried = len(bench.device.calls)
        assert bench.step(later_s / 2) == pytest.approx(later_s / 2)
        assert len(bench.device.calls) == tried  # too early: nothing was tried
        later_s /= 2
        later_s += 0.001
    assert waited == pytest.approx(waits_s)
    assert len(bench.posted) == 1  # the same reason is told once


def test_another_reason_is_told() -> None:
    bench = Bench()
    bench.device.opening = DeviceError("no port")
    wait_s = bench.step()
    bench.device.opening = DeviceError("no answer")
    bench.step(wait_s)
    assert [event.reason for event in bench.posted if isinstance(event, DeviceDown)] == [
        "no port",
        "no answer",
    ]


@pytest.mark.parametrize(("healthy_s", "next_s"), [(4.9, 0.3), (5.0, 0.1)])
def test_five_healthy_seconds_start_the_waiting_over(healthy_s: float, next_s: float) -> None:
    bench = Bench()
    bench.device.opening = DeviceError("no port")
    wait_s = bench.step()
    bench.device.opening = None
    bench.step(wait_s)
    bench.device.polling = OSError(5, "gone")
    assert bench.step(healthy_s) == pytest.approx(next_s)


def test_what_was_there_and_is_not_is_unplugged_and_never_was_is_not_found() -> None:
    bench = Bench()
    bench.device.opening = DeviceError("no such line", "not_found")
    bench.step()
    assert bench.posted == [DeviceDown(NAME, "lights", "no such line", "not_found")]
    bench.device.opening = None
    bench.step(3.0)
    bench.device.polling = OSError(5, "Input/output error")
    bench.step()
    assert bench.posted[-1] == DeviceDown(
        NAME, "lights", "[Errno 5] Input/output error", "unplugged"
    )
    bench.device.opening = DeviceError("no such line", "not_found")
    bench.step(3.0)
    assert bench.posted[-1] == DeviceDown(NAME, "lights", "no such line", "unplugged")
    bench.step(3.0)
    assert len(bench.posted) == 4, "told once"
    bench.device.opening = DeviceError("no such line", "denied")
    bench.step(3.0)
    assert bench.posted[-1] == DeviceDown(NAME, "lights", "no such line", "denied")


def test_a_kick_ends_the_waiting_once() -> None:
    bench = Bench()
    bench.device.opening = DeviceError("no port")
    for _ in range(4):
        bench.step(3.0)
    bench.worker.kick()
    bench.device.opening = None
    assert bench.step() == 0.0
    assert isinstance(bench.posted[-1], DeviceUp)


def test_after_a_kick_the_waits_begin_with_the_shortest() -> None:
    bench = Bench()
    bench.device.opening = DeviceError("no port")
    for _ in range(6):
        bench.step(3.0)
    bench.worker.kick()
    assert bench.step() == pytest.approx(0.1), "the daemon of the readers needs a moment, too"
    assert bench.step(0.1) == pytest.approx(0.3)


def test_what_was_ordered_while_the_device_was_away_is_handed_to_it_in_order() -> None:
    bench = Bench()
    bench.worker.do(StackNote(NoteId("a/1/1")))
    bench.worker.do(StackNote(NoteId("a/1/2")))
    bench.step()
    bench.step()
    assert bench.device.performed == [StackNote(NoteId("a/1/1")), StackNote(NoteId("a/1/2"))]


def test_no_payment_and_no_fiscal_document_is_kept_while_the_device_is_away() -> None:
    """The device was never asked: that is sure, and told, so that nobody has to look it up."""
    bench = Bench()
    bench.device.opening = DeviceError("no line")
    bench.step()
    money = Money(100, CURRENCIES["RUB"])
    bench.worker.do(RequestPayment("p1", "S-1", money, ""))
    bench.worker.do(LookUpPayment("p0", "S-0"))
    bench.worker.do(PrintFiscal("key", "fiscal:1", 2, False, False, (("cash", money),)))
    bench.step(0.01)
    told = [PaymentDeclined(NAME, "p1", "off"), FiscalAbsent(NAME, "fiscal:1", 2)]
    assert bench.posted[-2:] == told
    bench.device.opening = None
    for _ in range(10):
        bench.step(3.0)
    assert bench.device.performed == []


def test_a_slip_is_never_kept_for_whoever_stands_there_later() -> None:
    bench = Bench()
    bench.device.opening = DeviceError("no paper, no line")
    bench.step()
    bench.worker.do(StackNote(NoteId("a/1/1")))
    bench.worker.do(PrintSlip(JOB, Document("top_up_receipt", 1, "en", ())))
    bench.step(0.01)
    assert bench.posted[-1] == SlipFailed(NAME, JOB, "not_printed", "offline")
    bench.device.opening = None
    bench.step(1.0)
    bench.step()
    assert bench.device.performed == [StackNote(NoteId("a/1/1"))]


def test_of_standing_orders_only_the_newest_is_kept() -> None:
    bench = Bench()
    for _ in range(2 * EFFECTS_MAX):
        bench.worker.do(Light("ready"))
        bench.worker.do(AcceptNotes(NAME, (50,)))
        bench.worker.do(Sound("ok"))
    bench.worker.do(Light("off"))
    bench.worker.do(RefuseNotes(NAME))
    bench.step()
    bench.step()
    assert bench.device.performed == [Sound("ok"), Light("off"), RefuseNotes(NAME)]


def test_the_queue_has_a_limit() -> None:
    bench = Bench()
    for count in range(EFFECTS_MAX):
        bench.worker.do(StackNote(NoteId(f"a/1/{count}")))
    with pytest.raises(OverflowError):
        bench.worker.do(StackNote(NoteId("a/2/1")))


@pytest.mark.parametrize("acknowledged", [AcknowledgeCoin, AcknowledgeNote])
def test_what_was_told_a_thousand_times_is_acknowledged_once(
    acknowledged: type[AcknowledgeCoin] | type[AcknowledgeNote],
) -> None:
    bench = Bench()
    bench.step()
    one, other = (acknowledged(NoteId(f"coins/1/{n}")) for n in (1, 2))
    for _ in range(4 * EFFECTS_MAX):
        bench.worker.do(one)
        bench.worker.do(other)
    bench.step(0.2)
    assert bench.device.performed == [one, other]
    bench.worker.do(one)
    bench.step(0.2)
    assert bench.device.performed == [one, other, one]


def test_our_own_mistakes_are_not_survived() -> None:
    bench = Bench()
    bench.step()
    bench.device.polling = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        bench.step()


def test_a_thread_that_dies_says_so_and_closes_its_device() -> None:
    device = Device()
    device.polling = ZeroDivisionError("ours")
    died: list[BaseException] = []
    worker = Worker(NAME, lambda: device, lambda event: None)
    thread = worker.start(threading.Event(), died.append)
    thread.join(30)
    assert not thread.is_alive()
    assert [str(error) for error in died] == ["ours"]
    assert device.calls == ["open", "close"]


def test_a_thread_ends_when_it_is_told_to() -> None:
    device = Device()
    up, stop = threading.Event(), threading.Event()
    died: list[BaseException] = []
    worker = Worker(NAME, lambda: device, lambda event: up.set())
    thread = worker.start(stop, died.append)
    assert up.wait(30)
    stop.set()
    thread.join(30)
    assert not thread.is_alive()
    assert not died
    assert device.calls == ["open", "close"]


def test_a_thread_that_waits_for_its_device_is_woken_by_a_kick() -> None:
    device = Device()
    device.opening = DeviceError("no port")
    down, up, stop = threading.Event(), threading.Event(), threading.Event()

    def post(event: Event) -> None:
        (up if isinstance(event, DeviceUp) else down).set()

    worker = Worker(NAME, lambda: device, post)
    thread = worker.start(stop, lambda error: None)
    assert down.wait(30)
    device.opening = None
    worker.kick()
    assert up.wait(30)
    stop.set()
    thread.join(30)
    assert not thread.is_alive()
