"""The contract of a fiscal device, kept by the ATOL driver against the simulated server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from uuid import UUID, uuid5

import pytest

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import (
    AskFiscalStatus,
    CloseFiscalShift,
    Event,
    FiscalAbsent,
    FiscalConfirmed,
    FiscalCount,
    FiscalRefused,
    FiscalShiftClosed,
    FiscalShiftFailed,
    FiscalStatus,
    FiscalUnknown,
    LookUpFiscal,
    OpenFiscalShift,
    PrintFiscal,
    PrintFiscalX,
    StackNote,
)
from kiosk.core.money import CURRENCIES, Money
from kiosk.hardware.atol import FiscalPrinter
from kiosk.hardware.device import Options
from kiosk.hardware.peers.atol import SHIFT_S, FiscalServer, Mode
from kiosk.hardware.peers.line import TcpLine
from kiosk.hardware.transport import MemoryLine, Transport, connect

RUB = CURRENCIES["RUB"]
FISCAL = DeviceId("fiscal")
SPACE = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
Defaults = Callable[[str], Options]


def key(name: str) -> str:
    return str(uuid5(SPACE, name))


def rub(face: int) -> Money:
    return Money.face(face, RUB)


class Bench:
    """A device, its server, a cable and our driver, on one clock that only waiting moves."""

    def __init__(self, options: Options) -> None:
        self.now_s = 100.0
        self.peer = FiscalServer()
        self.plugged = True
        self.events: list[Event] = []
        self.sent: list[bytes] = []
        self.options = {**options, "currency": "RUB"}
        self.driver = self._driver()

    def _driver(self) -> FiscalPrinter:
        return FiscalPrinter(
            FISCAL, self.options, start=1, connect=self._connect, monotonic=lambda: self.now_s
        )

    def _connect(self) -> Transport:
        if not self.plugged:
            raise DeviceError("no cable")
        self.peer.connected()
        bench = self

        class Line(MemoryLine):
            def write(self, data: bytes, timeout_s: float = 0.0) -> None:
                bench.sent.append(data)
                super().write(data)

        self.line = Line(self.peer, lambda: self.now_s, self._wait)
        return self.line

    def _wait(self, seconds: float) -> None:
        self.now_s += seconds

    def opened(self) -> Bench:
        self.driver.open()
        return self

    def with_shift(self) -> Bench:
        self.opened().driver.perform(OpenFiscalShift())
        self.until(FiscalStatus)
        return self

    def restart(self) -> None:
        """The kiosk dies and starts again."""
        self.driver.close()
        self.events.clear()
        self.driver = self._driver()
        self.driver.open()

    def poll(self, times: int = 1) -> None:
        for _ in range(times):
            self.events += self.driver.poll(0.2)

    def until(self, kind: type[Event], polls_max: int = 200) -> Event:
        for _ in range(polls_max):
            found = [e for e in self.events if isinstance(e, kind)]
            if found:
                return found[-1]
            self.poll()
        raise AssertionError(f"it never came: {self.events}")

    def print(self, face: int, name: str = "1", **more: bool) -> None:
        told = {"takes_back": False, "advance": False, **more}
        self.driver.perform(
            PrintFiscal(key(name), f"fiscal:{name}", 1, tenders=(("cash", rub(face)),), **told)
        )

    def bodies(self) -> list[object]:
        posted = [data for data in self.sent if data.startswith(b"POST")]
        return [json.loads(d.partition(b"\r\n\r\n")[2], parse_float=Decimal) for d in posted]


@pytest.fixture
def bench(defaults: Defaults) -> Bench:
    return Bench(defaults("atol"))


def test_a_receipt_is_made_and_told_with_all_that_the_device_gives(bench: Bench) -> None:
    bench.with_shift().print(1500, advance=True)
    told = bench.until(FiscalConfirmed)
    (paper,) = bench.peer.printed
    assert isinstance(told, FiscalConfirmed)
    assert (told.device, told.document, told.attempt) == (FISCAL, "fiscal:1", 1)
    sign = told.sign
    assert (sign.number, sign.shift, sign.serial) == (str(paper.number), 1, "9999078900000961")
    moment = sign.issued_at[:16].replace("-", "").replace(":", "")
    assert sign.qr == (f"t={moment}&s=1500.00&fn={sign.serial}&i={sign.number}&fp={sign.sign}&n=1")
    assert (paper.kind, paper.minor, paper.method) == ("sell", 150_000, "advance")


def test_the_task_to_the_byte(bench: Bench) -> None:
    """docs/devices.md, "Fiscal device (ATOL)"."""
    bench.with_shift()
    tenders = (("cash", rub(700)), ("bank_card", rub(200)), ("qr", rub(100)), ("wallet", rub(50)))
    bench.driver.perform(PrintFiscal(key("9"), "fiscal:9", 1, True, False, tenders))
    bench.until(FiscalConfirmed)
    posted = next(d for d in reversed(bench.sent) if d.startswith(b"POST"))
    head, _, body = posted.partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        b"POST /api/v2/requests HTTP/1.1",
        b"Host: atol",
        b"Accept: application/json",
        b"Content-Type: application/json; charset=utf-8",
        b"Content-Length: " + str(len(body)).encode(),
    ]
    assert body.decode() == (
        f'{{"uuid": "{key("9")}", "request": [{{"type": "sellReturn", '
        '"operator": {"name": "Киоск"}, "taxationType": "osn", "electronically": false, '
        '"items": [{"type": "position", "name": "Услуги", "price": 1050.00, "quantity": 1, '
        '"amount": 1050.00, "paymentMethod": "fullPayment", "paymentObject": "service", '
        '"tax": {"type": "none"}}], '
        '"payments": [{"type": "cash", "sum": 700.00}, '
        '{"type": "electronically", "sum": 300.00}, {"type": "prepaid", "sum": 50.00}], '
        '"total": 1050.00}]}'
    )
    assert bench.peer.printed[-1].payments == {
        "cash": 70_000,
        "electronically": 30_000,
        "prepaid": 5_000,
    }


def test_the_unit_of_a_server_with_several(defaults: Defaults) -> None:
    bench = Bench({**defaults("atol"), "unit": "kassa2"})
    bench.opened().driver.perform(AskFiscalStatus())
    bench.until(FiscalStatus)
    assert bench.sent[1].startswith(b"POST /api/v2/requests?deviceID=kassa2 HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("mode", "expected", "printed"),
    [
        ("decline", FiscalRefused(FISCAL, "fiscal:1", 1, "wrong tax (148)"), 0),
        ("paper-out", FiscalRefused(FISCAL, "fiscal:1", 1, "no paper (44)"), 0),
        ("blocked", FiscalUnknown(FISCAL, "fiscal:1", 1, "no connection (2)"), 1),
    ],
)
def test_what_the_device_says_when_it_does_not(
    bench: Bench, mode: Mode, expected: Event, printed: int
) -> None:
    bench.with_shift().peer.mode = mode
    bench.print(100)
    assert bench.until(type(expected)) == expected
    assert len(bench.peer.printed) == printed


def test_a_receipt_in_a_closed_shift_is_refused_and_not_made_later(bench: Bench) -> None:
    bench.opened().print(100)
    assert isinstance(bench.until(FiscalRefused), FiscalRefused)
    bench.driver.perform(OpenFiscalShift())
    bench.until(FiscalStatus)
    bench.poll(50)
    assert bench.peer.printed == []


def test_an_answer_that_comes_twice_answers_no_other_question(bench: Bench) -> None:
    bench.with_shift().peer.mode = "twice"
    bench.print(100)
    bench.driver.perform(LookUpFiscal(key("2"), "fiscal:2", 1))
    bench.poll(50)
    told = [type(e) for e in bench.events if not isinstance(e, FiscalStatus)]
    assert told == [FiscalConfirmed, FiscalAbsent]
    assert len(bench.peer.printed) == 1


def test_nothing_is_told_while_it_prints_and_a_look_finds_it_under_way(bench: Bench) -> None:
    bench.with_shift().peer.mode = "silent"
    bench.print(100)
    bench.poll(100)
    assert not [e for e in bench.events if not isinstance(e, FiscalStatus)]
    bench.restart()
    bench.driver.perform(LookUpFiscal(key("1"), "fiscal:1", 1))
    bench.poll(50)
    assert bench.events == []
    bench.peer.mode = "ok"
    bench.until(FiscalConfirmed)
    assert len(bench.peer.printed) == 1


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("die-before", FiscalAbsent),
        ("die-queued", FiscalConfirmed),
        ("die-after", FiscalConfirmed),
    ],
)
def test_a_death_before_and_after_the_work_is_told_apart_by_looking(
    bench: Bench, mode: Mode, expected: type[Event]
) -> None:
    bench.with_shift().peer.mode = mode
    bench.print(100)
    with pytest.raises(DeviceError, match="does not answer"):
        bench.poll(100)
    bench.driver.close()
    with pytest.raises(DeviceError, match="does not answer"):
        bench.driver.open()
    bench.peer.power_up()
    bench.restart()
    bench.driver.perform(LookUpFiscal(key("1"), "fiscal:1", 1))
    bench.until(expected)
    assert len(bench.peer.printed) == (expected is FiscalConfirmed)


def test_the_same_key_is_printed_once(bench: Bench) -> None:
    bench.with_shift().print(100)
    bench.until(FiscalConfirmed)
    bench.restart()
    bench.print(100)
    bench.until(FiscalConfirmed)
    assert len(bench.peer.printed) == 1


def test_the_shift_is_opened_told_and_closed_with_its_sums(bench: Bench) -> None:
    bench.opened().driver.perform(AskFiscalStatus())
    assert bench.until(FiscalStatus) == FiscalStatus(FISCAL, "closed", 0)
    bench.events.clear()
    bench.driver.perform(OpenFiscalShift())
    assert bench.until(FiscalStatus) == FiscalStatus(FISCAL, "open", 1)
    for name, back in (("1", False), ("2", False), ("3", True)):
        bench.print(500, name, takes_back=back)
    bench.driver.perform(CloseFiscalShift())
    totals = FiscalCount(2, 1, rub(1000), rub(500), rub(500))
    assert bench.until(FiscalShiftClosed) == FiscalShiftClosed(FISCAL, 1, totals)
    bench.driver.perform(CloseFiscalShift())
    assert isinstance(bench.until(FiscalShiftFailed), FiscalShiftFailed)


def test_E80_a_shift_of_more_than_a_day_is_told(bench: Bench) -> None:
    bench.with_shift()
    bench.events.clear()
    bench.now_s += SHIFT_S + 1
    bench.driver.perform(AskFiscalStatus())
    assert bench.until(FiscalStatus) == FiscalStatus(FISCAL, "expired", 1)


def test_what_hinders_it_is_told(bench: Bench) -> None:
    bench.opened().peer.mode = "paper-out"
    bench.driver.perform(AskFiscalStatus())
    assert bench.until(FiscalStatus) == FiscalStatus(FISCAL, "closed", 0, "paper")


def test_an_X_changes_nothing(bench: Bench) -> None:
    bench.with_shift().driver.perform(PrintFiscalX())
    bench.poll(30)
    assert bench.peer.reports == ["openShift", "reportX"]
    assert bench.peer.printed == []


def test_a_server_that_hangs_up_between_two_questions_is_asked_anew(bench: Bench) -> None:
    bench.with_shift()
    bench.line.unplug()
    bench.poll(3)
    bench.print(100)
    bench.until(FiscalConfirmed)


def test_a_line_that_goes_while_an_answer_is_due_is_the_end(bench: Bench) -> None:
    bench.with_shift().peer.powered = False
    bench.print(100)
    bench.poll()
    bench.line.unplug()
    with pytest.raises(OSError, match="gone"):
        bench.poll(3)


def test_without_a_cable_it_does_not_open(bench: Bench) -> None:
    bench.plugged = False
    with pytest.raises(DeviceError, match="no cable"):
        bench.driver.open()
    bench.driver.close()
    bench.driver.close()


@pytest.mark.parametrize(("option", "value"), [("currency", "XXX"), ("taxation", "everything")])
def test_wrong_settings_are_told(bench: Bench, option: str, value: str) -> None:
    bench.options[option] = value
    with pytest.raises(ConfigError, match=value):
        bench._driver()


def test_an_effect_for_somebody_else_is_a_mistake(bench: Bench) -> None:
    with pytest.raises(TypeError):
        bench.opened().driver.perform(StackNote("acceptor/1/1"))


class Garbage:
    """A server of something else."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer

    def feed(self, data: bytes, now_s: float) -> bytes:
        return self.answer

    def tick(self, now_s: float) -> bytes:
        return b""


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_100_000,
        b"",
    ],
)
def test_who_is_no_fiscal_device_is_none(defaults: Defaults, answer: bytes) -> None:
    now = [0.0]

    def line() -> Transport:
        return MemoryLine(Garbage(answer), lambda: now[0], lambda s: now.__setitem__(0, now[0] + s))

    options = {**defaults("atol"), "currency": "RUB"}
    driver = FiscalPrinter(FISCAL, options, start=1, connect=line, monotonic=lambda: now[0])
    with pytest.raises((DeviceError, OSError)):
        driver.open()


@pytest.fixture
def served() -> Iterator[TcpLine[FiscalServer]]:
    line = TcpLine(FiscalServer(), tick_s=0.02)
    line.start()
    yield line
    line.stop()


def test_over_a_real_socket(served: TcpLine[FiscalServer], defaults: Defaults) -> None:
    options = {**defaults("atol"), "currency": "RUB", "poll_ms": 20}
    driver = FiscalPrinter(FISCAL, options, start=1, connect=connect(served.port))
    assert driver.open() == "ATOL simulated"
    driver.perform(OpenFiscalShift())
    driver.perform(PrintFiscal(key("1"), "fiscal:1", 1, False, False, (("cash", rub(500)),)))
    events: list[Event] = []
    while not any(isinstance(e, FiscalConfirmed) for e in events):
        events += driver.poll(0.2)
    driver.close()
    driver.open()
    driver.perform(LookUpFiscal(key("1"), "fiscal:1", 1))
    again: list[Event] = []
    while not again:
        again += driver.poll(0.2)
    assert again == [e for e in events if isinstance(e, FiscalConfirmed)]
    driver.close()
