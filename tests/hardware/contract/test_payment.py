"""The contract of a payment terminal, kept by the nexo driver against the simulated one."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator

import pytest

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import (
    CancelPayment,
    Event,
    LookUpPayment,
    PaymentAbsent,
    PaymentApproved,
    PaymentDeclined,
    PaymentReversed,
    PaymentUnderWay,
    RequestPayment,
    ReversePayment,
    StackNote,
)
from kiosk.core.money import CURRENCIES, Money
from kiosk.hardware.card_words import without_card_numbers
from kiosk.hardware.device import Options
from kiosk.hardware.nexo import PaymentTerminal
from kiosk.hardware.peers.line import TcpLine
from kiosk.hardware.peers.nexo import CARD, Mode, Terminal
from kiosk.hardware.transport import MemoryLine, Transport, connect
from tests.hardware.cards import card_numbers

RUB = CURRENCIES["RUB"]
TERMINAL = DeviceId("terminal")
AT = "2026-11-22T15:00:00.000000Z"
Defaults = Callable[[str], Options]


def rub(face: int) -> Money:
    return Money.face(face, RUB)


class Bench:
    """A terminal, a cable and our driver, on one clock that only waiting moves."""

    def __init__(self, options: Options) -> None:
        self.now_s = 100.0
        self.peer = Terminal()
        self.plugged = True
        self.events: list[Event] = []
        self.sent: list[bytes] = []
        self.options = {**options, "currency": "RUB"}
        self.driver = self._driver()

    def _driver(self) -> PaymentTerminal:
        return PaymentTerminal(
            TERMINAL, self.options, start=7, connect=self._connect, monotonic=lambda: self.now_s
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

    def opened(self, mode: Mode = "approve") -> Bench:
        self.peer.mode = mode
        self.driver.open()
        return self

    def again(self) -> None:
        """The kiosk dies and starts again."""
        self.driver.close()
        self.events.clear()
        self.driver = self._driver()
        self.driver.open()

    def ask(self, face: int = 500, name: str = "p1") -> None:
        self.driver.perform(RequestPayment(name, f"S-{name}", rub(face), AT))

    def look(self, name: str = "p1") -> Event:
        self.events.clear()
        self.driver.perform(LookUpPayment(name, f"S-{name}"))
        return self.next()

    def poll(self, times: int = 1) -> None:
        for _ in range(times):
            self.events += self.driver.poll(0.2)

    def next(self, polls_max: int = 200) -> Event:
        for _ in range(polls_max):
            if self.events:
                return self.events.pop(0)
            self.poll()
        raise AssertionError("nothing was told")


@pytest.fixture
def bench(defaults: Defaults) -> Bench:
    return Bench(defaults("nexo"))


def test_a_payment_is_approved(bench: Bench) -> None:
    assert bench.driver.open() == "Simulated Terminal"
    bench.ask(500)
    approved = PaymentApproved(TERMINAL, "p1", rub(500), "1111", "T000001", "visa", "bank_card")
    assert bench.next() == approved
    assert bench.peer.charged == [("p1", 50_000)]
    assert bench.look() == approved
    assert bench.peer.charged == [("p1", 50_000)]


def test_the_messages_to_the_byte(bench: Bench) -> None:
    """docs/devices.md, "Payment terminal (nexo)"."""
    bench.opened().ask(500)
    bench.driver.perform(CancelPayment("p1", "S-p1"))
    bench.driver.perform(LookUpPayment("p1", "S-p1"))
    header = (
        '"MessageHeader": {"ProtocolVersion": "3.1", "MessageClass": "Service", '
        '"MessageCategory": "%s", "MessageType": "Request", "ServiceID": "%s", '
        '"SaleID": "FOYER", "POIID": "POI1"}'
    )
    reference = '"MessageReference": {"MessageCategory": "Payment", "ServiceID": "S-p1"}'
    bodies = [
        '{"SaleToPOIRequest": {' + header % ("Payment", "S-p1") + ', "PaymentRequest": '
        f'{{"SaleData": {{"SaleTransactionID": {{"TransactionID": "p1", "TimeStamp": "{AT}"}}}}, '
        '"PaymentTransaction": {"AmountsReq": {"Currency": "RUB", "RequestedAmount": 500.00}}, '
        '"PaymentData": {"PaymentType": "Normal"}}}}',
        '{"SaleToPOIRequest": {' + header % ("Abort", "7-2") + ', "AbortRequest": '
        f'{{{reference}, "AbortReason": "MerchantAbort"}}}}}}',
        '{"SaleToPOIRequest": {' + header % ("TransactionStatus", "7-3") + ", "
        f'"TransactionStatusRequest": {{{reference}, "ReceiptReprintFlag": false}}}}}}',
    ]
    login, *others = bench.sent
    assert login[:4] == (len(login) - 4).to_bytes(4, "big")
    assert json.loads(login[4:])["SaleToPOIRequest"]["MessageHeader"]["MessageCategory"] == "Login"
    assert [data[4:].decode() for data in others] == bodies
    assert [int.from_bytes(data[:4], "big") for data in others] == [len(b) for b in bodies]


@pytest.mark.parametrize(("mode", "reason"), [("decline", "refused"), ("busy", "busy")])
def test_B01_a_payment_is_declined(bench: Bench, mode: Mode, reason: str) -> None:
    bench.opened(mode).ask()
    told = bench.next()
    assert isinstance(told, PaymentDeclined)
    assert (told.payment, told.reason) == ("p1", reason)
    assert bench.peer.charged == []


def test_a_second_payment_at_the_same_time_is_declined(bench: Bench) -> None:
    bench.opened().ask(name="p1")
    bench.ask(name="p2")
    assert bench.next() == PaymentDeclined(TERMINAL, "p2", "busy")
    told = bench.next()
    assert isinstance(told, PaymentApproved)
    assert told.payment == "p1"


def test_a_part_is_told_as_what_was_taken(bench: Bench) -> None:
    bench.opened("partial").ask(500)
    told = bench.next()
    assert isinstance(told, PaymentApproved)
    assert told.taken == rub(250)


def test_a_code_is_told_as_one_and_no_card_with_it(bench: Bench) -> None:
    bench.opened("code").ask(500)
    told = bench.next()
    assert isinstance(told, PaymentApproved)
    assert (told.tender, told.masked, told.brand) == ("qr", "", "")


def test_cancelled_before_the_card_is_shown_nothing_is_charged(bench: Bench) -> None:
    bench.opened("stuck").ask()
    bench.driver.perform(CancelPayment("p1", "S-p1"))
    assert bench.next() == PaymentDeclined(TERMINAL, "p1", "cancelled")
    assert isinstance(bench.look(), PaymentDeclined)


def test_cancelled_too_late_is_approved_once(bench: Bench) -> None:
    bench.opened().ask()
    bench._wait(3.0)
    bench.driver.perform(CancelPayment("p1", "S-p1"))
    assert isinstance(bench.next(), PaymentApproved)
    bench.poll(20)
    assert bench.events == []
    assert len(bench.peer.charged) == 1


def test_an_answer_that_comes_twice_is_told_once(bench: Bench) -> None:
    bench.opened("twice").ask()
    assert isinstance(bench.next(), PaymentApproved)
    bench.poll(20)
    assert bench.events == []


def test_B02_an_answer_that_is_lost_is_found_by_looking(bench: Bench) -> None:
    bench.opened("silent").ask()
    bench.poll(50)
    assert bench.events == []
    assert isinstance(bench.look(), PaymentApproved)
    assert len(bench.peer.charged) == 1


def test_a_look_at_what_is_under_way_says_so(bench: Bench) -> None:
    bench.opened("stuck").ask()
    assert bench.look() == PaymentUnderWay(TERMINAL, "p1")
    bench.again()
    assert bench.look() == PaymentUnderWay(TERMINAL, "p1")
    bench.peer.mode = "approve"
    bench._wait(3.0)
    assert isinstance(bench.look(), PaymentApproved)


@pytest.mark.parametrize(
    ("mode", "expected"), [("die-before", PaymentAbsent), ("die-after", PaymentApproved)]
)
def test_a_death_before_and_after_the_bank_is_told_apart_by_looking(
    bench: Bench, mode: Mode, expected: type[Event]
) -> None:
    bench.opened(mode).ask()
    bench.poll(100)
    assert bench.events == []
    bench.driver.perform(LookUpPayment("p1", "S-p1"))
    with pytest.raises(DeviceError, match="does not answer"):
        bench.poll(100)
    bench.driver.close()
    bench.peer.power_up()
    bench.again()
    assert isinstance(bench.look(), expected)
    assert len(bench.peer.charged) == (expected is PaymentApproved)


def test_a_charge_goes_back_to_the_card_once(bench: Bench) -> None:
    bench.opened().ask()
    bench.next()
    reverse = ReversePayment("p1", "S-p1", AT)
    bench.driver.perform(reverse)
    assert bench.next() == PaymentReversed(TERMINAL, "p1", True)
    bench.driver.perform(reverse)
    assert bench.next() == PaymentReversed(TERMINAL, "p1", False, "NotAllowed")
    assert bench.peer.reversed == ["p1"]


@pytest.mark.parametrize("mode", ["decline", "die-before"])
def test_what_was_never_charged_is_not_reversed(bench: Bench, mode: Mode) -> None:
    bench.opened(mode).ask()
    bench.poll(20)
    bench.peer.power_up()
    bench.again()
    bench.driver.perform(ReversePayment("p1", "S-p1", AT))
    told = bench.next()
    assert isinstance(told, PaymentReversed)
    assert not told.done
    assert bench.peer.reversed == []


def test_an_answer_about_another_payment_is_none(bench: Bench) -> None:
    bench.opened().ask(name="p1")
    bench.next()
    bench.driver.perform(LookUpPayment("p2", "S-p1"))
    with pytest.raises(DeviceError, match="another payment"):
        bench.poll(5)


def test_PCI_no_number_of_a_card_leaves_the_driver(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """The terminal is set up wrongly, and tells whole numbers and tracks."""
    caplog.set_level(logging.DEBUG)
    bench.opened("leak").ask()
    told = bench.next()
    looked = bench.look()
    bench.driver.perform(ReversePayment("p1", "S-p1", AT))
    bench.next()
    kept = repr(vars(bench.driver)) + repr(told) + repr(looked) + caplog.text
    assert card_numbers(kept) == []
    assert "2905101" not in kept
    assert isinstance(told, PaymentApproved)
    assert told.masked == "1111"
    assert told.brand == "visa …1111"


@pytest.mark.parametrize(
    "wrong", [b"\x00\x00\x00\x10{" + CARD.encode(), b"HTTP/1.1 400 " + CARD.encode()]
)
def test_PCI_what_is_not_understood_is_not_repeated(
    defaults: Defaults, wrong: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    class Strange:
        def feed(self, data: bytes, now_s: float) -> bytes:
            return wrong

        def tick(self, now_s: float) -> bytes:
            return b""

    now = [0.0]

    def line() -> Transport:
        return MemoryLine(Strange(), lambda: now[0], lambda s: now.__setitem__(0, now[0] + s))

    options = {**defaults("nexo"), "currency": "RUB"}
    driver = PaymentTerminal(TERMINAL, options, start=1, connect=line, monotonic=lambda: now[0])
    with pytest.raises(DeviceError) as raised:
        driver.open()
    assert card_numbers(f"{raised.value!r} {raised.value.__cause__!r} {caplog.text}") == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (CARD, "…1111"),
        ("4111 1111-1111 1111", "…1111"),
        (f"tx {CARD} ok", "tx …1111 ok"),
        (f"99{CARD}7", "…1117"),
        ("123456789012", "123456789012"),
        ("oLkO001503399575001", "oLkO…5001"),
        ("", ""),
    ],
)
def test_PCI_what_may_be_a_number_of_a_card_is_hidden(text: str, told: str) -> None:
    assert without_card_numbers(text) == told
    assert card_numbers(told) == []


def test_the_scan_finds_what_it_is_there_for() -> None:
    assert card_numbers(f"a {CARD}, b 4111 1111 1111 1111") != []
    assert card_numbers("4111111111111112") == []


def test_without_a_cable_it_does_not_open(bench: Bench) -> None:
    bench.plugged = False
    with pytest.raises(DeviceError, match="no cable"):
        bench.driver.open()
    bench.driver.close()
    bench.driver.close()


def test_a_terminal_without_power_does_not_open(bench: Bench) -> None:
    bench.peer.powered = False
    with pytest.raises(DeviceError, match="does not answer"):
        bench.driver.open()


def test_a_terminal_that_wants_no_login(defaults: Defaults) -> None:
    bench = Bench({**defaults("nexo"), "login": False})
    assert bench.driver.open() == ""
    assert bench.sent == []


def test_a_wrong_currency_is_told(bench: Bench) -> None:
    bench.options["currency"] = "XXX"
    with pytest.raises(ConfigError, match="XXX"):
        bench._driver()


def test_an_effect_for_somebody_else_is_a_mistake(bench: Bench) -> None:
    with pytest.raises(TypeError):
        bench.opened().driver.perform(StackNote("acceptor/1/1"))


@pytest.fixture
def served() -> Iterator[TcpLine[Terminal]]:
    line = TcpLine(Terminal(), tick_s=0.02)
    line.start()
    yield line
    line.stop()


def test_over_a_real_socket(served: TcpLine[Terminal], defaults: Defaults) -> None:
    options = {**defaults("nexo"), "currency": "RUB"}
    driver = PaymentTerminal(TERMINAL, options, start=1, connect=connect(served.port))
    assert driver.open() == "Simulated Terminal"
    driver.perform(RequestPayment("p1", "S-p1", rub(500), AT))
    events: list[Event] = []
    while not events:
        events += driver.poll(0.2)
    driver.close()
    driver.open()
    driver.perform(LookUpPayment("p1", "S-p1"))
    again: list[Event] = []
    while not again:
        again += driver.poll(0.2)
    assert again == events
    driver.close()
    assert re.fullmatch(r"\[PaymentApproved\(.*", repr(events))
