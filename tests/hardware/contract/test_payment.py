"""The contract of a payment terminal, kept by every driver against its simulated one."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, get_args

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
from kiosk.hardware import nexo, zvt
from kiosk.hardware.card_words import without_card_numbers
from kiosk.hardware.device import Options, PaymentTerminal
from kiosk.hardware.peers import nexo as nexo_peer
from kiosk.hardware.peers import zvt as zvt_peer
from kiosk.hardware.peers.line import TcpLine
from kiosk.hardware.peers.nexo import CARD
from kiosk.hardware.transport import MemoryLine, Transport, connect
from tests.hardware.cards import card_numbers

RUB = CURRENCIES["RUB"]
TERMINAL = DeviceId("terminal")
AT = datetime(2026, 11, 22, 15).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
"""When payments begin: what the clock of the terminal of ZVT says, which names no zone."""
Defaults = Callable[[str], Options]
DRIVERS: dict[str, Any] = {"nexo": nexo.PaymentTerminal, "zvt": zvt.PaymentTerminal}
PEERS: dict[str, Any] = {"nexo": nexo_peer.Terminal, "zvt": zvt_peer.Terminal}
MODELS = {"nexo": "Simulated Terminal", "zvt": "ZVT 28004869 (not verified on a device)"}
REFERENCES = {"nexo": "T000001", "zvt": "28004869/0001/000001"}


def rub(face: int) -> Money:
    return Money.face(face, RUB)


class Bench:
    """A terminal, a cable and our driver, on one clock that only waiting moves."""

    def __init__(self, options: Options, name: str = "nexo") -> None:
        self.now_s = 100.0
        self.name = name
        self.peer = PEERS[name]()
        self.peer.cut = self._cut
        self.plugged = True
        self.events: list[Event] = []
        self.sent: list[bytes] = []
        self.options = {**options, "currency": "RUB"}
        self.driver = self._driver()

    def _driver(self) -> PaymentTerminal:
        driver: PaymentTerminal = DRIVERS[self.name](
            TERMINAL, self.options, start=7, connect=self._connect, monotonic=lambda: self.now_s
        )
        return driver

    def _cut(self) -> None:
        self.line.unplug()

    @property
    def charged(self) -> list[int]:
        return [minor for _, minor in self.peer.charged]

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

    def waits(self) -> None:
        """Long enough for a guest; the first of what the terminal says then is heard."""
        self._wait(3.0)
        self.poll()

    def opened(self, mode: str = "approve") -> Bench:
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
        self.face = face
        self.driver.perform(RequestPayment(name, f"S-{name}", rub(face), AT))

    def look(self, name: str = "p1", *booked: str) -> Event:
        self.events.clear()
        self.driver.perform(LookUpPayment(name, f"S-{name}", rub(self.face), AT, booked))
        return self.next()

    def dies(self) -> None:
        """Nobody answers any more, and no end of a payment was told before."""
        with pytest.raises(DeviceError, match="does not answer"):
            self.poll(100)
            self.driver.perform(LookUpPayment("p1", "S-p1", rub(self.face), AT))
            self.poll(100)
        assert self.events == []

    def poll(self, times: int = 1) -> None:
        for _ in range(times):
            self.events += self.driver.poll(0.2)

    def next(self, polls_max: int = 200) -> Event:
        for _ in range(polls_max):
            if self.events:
                return self.events.pop(0)
            self.poll()
        raise AssertionError("nothing was told")


@pytest.fixture(params=DRIVERS)
def bench(defaults: Defaults, request: pytest.FixtureRequest) -> Bench:
    return Bench(defaults(request.param), request.param)


@pytest.fixture
def of_nexo(defaults: Defaults) -> Bench:
    return Bench(defaults("nexo"), "nexo")


@pytest.fixture
def of_zvt(defaults: Defaults) -> Bench:
    return Bench(defaults("zvt"), "zvt")


def test_a_payment_is_approved(bench: Bench) -> None:
    assert bench.driver.open() == MODELS[bench.name]
    bench.ask(500)
    reference, brand = REFERENCES[bench.name], {"nexo": "visa", "zvt": "VISA"}[bench.name]
    approved = PaymentApproved(TERMINAL, "p1", rub(500), "1111", reference, brand, "bank_card")
    assert bench.next() == approved
    assert bench.charged == [50_000]
    assert bench.look() == approved
    assert bench.charged == [50_000]


def test_the_messages_of_nexo_to_the_byte(of_nexo: Bench) -> None:
    """docs/devices.md, "Payment terminal (nexo)"; those of ZVT: `test_zvt_dialogue`."""
    bench = of_nexo
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
def test_B01_a_payment_is_declined(bench: Bench, mode: str, reason: str) -> None:
    bench.opened(mode).ask()
    told = bench.next()
    assert isinstance(told, PaymentDeclined)
    assert (told.payment, told.reason) == ("p1", reason)
    assert bench.charged == []


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
    assert (told.tender, told.masked) == ("qr", "")


def test_cancelled_before_the_card_is_shown_nothing_is_charged(bench: Bench) -> None:
    bench.opened("stuck").ask()
    bench.driver.perform(CancelPayment("p1", "S-p1"))
    assert bench.next() == PaymentDeclined(TERMINAL, "p1", "cancelled")
    assert isinstance(bench.look(), PaymentDeclined)


def test_cancelled_too_late_is_approved_once(bench: Bench) -> None:
    bench.opened().ask()
    bench.poll(3)
    bench.waits()
    bench.driver.perform(CancelPayment("p1", "S-p1"))
    assert isinstance(bench.next(), PaymentApproved)
    bench.poll(20)
    assert bench.events == []
    assert len(bench.charged) == 1


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
    assert len(bench.charged) == 1


def test_a_look_at_what_is_under_way_says_so(bench: Bench) -> None:
    bench.opened("stuck").ask()
    assert bench.look() == PaymentUnderWay(TERMINAL, "p1")
    bench.again()
    assert bench.look() == PaymentUnderWay(TERMINAL, "p1")
    bench.peer.mode = "approve"
    bench.waits()
    assert isinstance(bench.look(), PaymentApproved)


@pytest.mark.parametrize(
    ("mode", "expected"), [("die-before", PaymentAbsent), ("die-after", PaymentApproved)]
)
def test_a_death_before_and_after_the_bank_is_told_apart_by_looking(
    bench: Bench, mode: str, expected: type[Event]
) -> None:
    bench.opened(mode).ask()
    bench.dies()
    bench.driver.close()
    bench.peer.power_up()
    bench.again()
    assert isinstance(bench.look(), expected)
    assert len(bench.charged) == (expected is PaymentApproved)


def test_a_charge_goes_back_to_the_card_once(bench: Bench) -> None:
    bench.opened().ask()
    bench.next()
    reverse = ReversePayment("p1", "S-p1", AT)
    bench.driver.perform(reverse)
    assert bench.next() == PaymentReversed(TERMINAL, "p1", True)
    bench.driver.perform(reverse)
    why = {"nexo": "NotAllowed", "zvt": "reversed before"}[bench.name]
    assert bench.next() == PaymentReversed(TERMINAL, "p1", False, why)
    assert len(bench.peer.reversed) == 1


@pytest.mark.parametrize("mode", ["decline", "die-before"])
def test_what_was_never_charged_is_not_reversed(bench: Bench, mode: str) -> None:
    bench.opened(mode).ask()
    bench.poll(20)
    bench.peer.power_up()
    bench.again()
    bench.driver.perform(ReversePayment("p1", "S-p1", AT))
    told = bench.next()
    assert isinstance(told, PaymentReversed)
    assert not told.done
    assert bench.peer.reversed == []


def test_an_answer_about_another_payment_is_none(of_nexo: Bench) -> None:
    bench = of_nexo
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
    assert told.brand.lower() == "visa …1111"


@pytest.mark.parametrize(
    "wrong", [b"\x00\x00\x00\x10{" + CARD.encode(), b"HTTP/1.1 400 " + CARD.encode()]
)
@pytest.mark.parametrize("name", DRIVERS)
def test_PCI_what_is_not_understood_is_not_repeated(
    defaults: Defaults, name: str, wrong: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    class Strange:
        def feed(self, data: bytes, now_s: float) -> bytes:
            return wrong

        def tick(self, now_s: float) -> bytes:
            return b""

    now = [0.0]

    def line() -> Transport:
        return MemoryLine(Strange(), lambda: now[0], lambda s: now.__setitem__(0, now[0] + s))

    options = {**defaults(name), "currency": "RUB"}
    driver = DRIVERS[name](TERMINAL, options, start=1, connect=line, monotonic=lambda: now[0])
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
    bench = Bench({**defaults("nexo"), "login": False}, "nexo")
    assert bench.driver.open() == ""
    assert bench.sent == []


def test_a_wrong_currency_is_told(bench: Bench) -> None:
    bench.options["currency"] = "XXX"
    with pytest.raises(ConfigError, match="XXX"):
        bench._driver()


def test_an_effect_for_somebody_else_is_a_mistake(bench: Bench) -> None:
    with pytest.raises(TypeError):
        bench.opened().driver.perform(StackNote("acceptor/1/1"))


@pytest.fixture(params=DRIVERS)
def served(request: pytest.FixtureRequest) -> Iterator[tuple[str, TcpLine[Any]]]:
    line: TcpLine[Any] = TcpLine(PEERS[request.param](), tick_s=0.02)
    line.start()
    yield request.param, line
    line.stop()


def test_over_a_real_socket(served: tuple[str, TcpLine[Any]], defaults: Defaults) -> None:
    name, line = served
    options = {**defaults(name), "currency": "RUB"}
    driver = DRIVERS[name](TERMINAL, options, start=1, connect=connect(line.port))
    assert driver.open() == MODELS[name]
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


# --- of a terminal that knows no names ---------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "expected", "restarts"),
    [
        ("cut-before", PaymentAbsent, False),
        ("cut-during", PaymentUnderWay, False),
        ("cut-after", PaymentApproved, False),
        ("cut-before", PaymentAbsent, True),
        ("cut-during", PaymentUnderWay, True),
        ("cut-after", PaymentApproved, True),
    ],
)
def test_a_line_that_is_cut_loses_no_payment_and_makes_none(
    of_zvt: Bench, mode: str, expected: type[Event], restarts: bool
) -> None:
    bench = of_zvt.opened()
    bench.ask(500, "p0")
    before = bench.next()
    assert isinstance(before, PaymentApproved)
    bench.peer.mode = mode
    bench.ask(500)
    with pytest.raises(OSError):
        bench.poll(100)
    bench.driver.close()
    if restarts:
        bench.again()
    else:
        bench.driver.open()
    told = bench.look("p1", before.reference)
    assert isinstance(told, expected)
    if expected is PaymentUnderWay:
        bench.waits()
        told = bench.look("p1", before.reference)
        assert isinstance(told, PaymentApproved)
    if isinstance(told, PaymentApproved):
        assert told.reference != before.reference
        assert told.taken == rub(500)
    assert bench.charged == [50_000] * (1 + isinstance(told, PaymentApproved))


@pytest.mark.parametrize("mode", ["other-amount", "other-currency"])
def test_what_is_found_is_another_sum_and_waits_for_staff(of_zvt: Bench, mode: str) -> None:
    bench = of_zvt.opened(mode)
    bench.ask()
    bench.poll(3)
    bench.again()
    bench.waits()
    assert isinstance(bench.look(), PaymentAbsent)


def test_another_currency_is_no_payment_of_ours(of_zvt: Bench) -> None:
    of_zvt.opened("other-currency").ask()
    with pytest.raises(DeviceError, match="no sum that we know"):
        of_zvt.poll(100)


def test_a_tip_at_the_terminal_is_told_as_taken(of_zvt: Bench) -> None:
    of_zvt.opened("other-amount").ask(500)
    told = of_zvt.next()
    assert isinstance(told, PaymentApproved)
    assert told.taken == rub(501)


def test_a_terminal_that_repeats_nothing_leaves_it_to_staff(of_zvt: Bench) -> None:
    bench = of_zvt.opened("bare")
    bench.ask()
    bench.poll(3)
    bench.again()
    bench.waits()
    assert isinstance(bench.look(), PaymentAbsent)


@pytest.mark.parametrize("mode", ["unregistered", "cancel"])
def test_what_the_terminal_did_not_do_is_declined(of_zvt: Bench, mode: str) -> None:
    of_zvt.opened()
    of_zvt.peer.mode = mode
    of_zvt.ask()
    assert isinstance(of_zvt.next(), PaymentDeclined)
    assert of_zvt.charged == []


def test_a_wrong_password_is_told(of_zvt: Bench) -> None:
    of_zvt.peer.mode = "wrong-password"
    with pytest.raises(DeviceError, match=r"refuses to be registered \(83\)"):
        of_zvt.driver.open()


@pytest.mark.parametrize("reference", ["", REFERENCES["zvt"]])
def test_after_a_restart_a_charge_goes_back_by_what_the_books_know(
    of_zvt: Bench, reference: str
) -> None:
    bench = of_zvt.opened()
    bench.ask()
    bench.next()
    bench.again()
    bench.driver.perform(ReversePayment("p1", "S-p1", AT, reference))
    told = bench.next()
    assert isinstance(told, PaymentReversed)
    assert told.done == bool(reference)
    assert len(bench.peer.reversed) == told.done


def test_money_that_went_back_is_not_taken_for_a_payment(of_zvt: Bench) -> None:
    """A reversal is a transaction of that sum, with a receipt of its own, after ours was asked."""
    bench = of_zvt.opened("stuck")
    bench.ask()
    bench.poll(3)
    one = bench.peer.asked
    bench.peer.asked = None
    one.state, one.taken = "charged", one.minor
    bench.peer._store(one)
    bench.peer._give_back(one)
    bench.again()
    assert isinstance(bench.look(), PaymentAbsent)


def test_every_mode_of_the_terminal_is_one_payment_at_the_most(
    of_zvt: Bench, defaults: Defaults
) -> None:
    """Through each of its troubles, and a restart: told as approved is charged, once."""
    for mode in get_args(zvt_peer.Mode):
        bench = Bench(defaults("zvt"), "zvt").opened()
        bench.peer.mode = mode
        bench.ask()
        try:
            bench.poll(400)
        except (DeviceError, OSError):
            bench.driver.close()
        told = list(bench.events)
        bench.peer.power_up()
        bench.peer.mode = "approve"
        bench._wait(100.0)
        bench.peer.tick(bench.now_s)
        bench.again()
        approved = [e for e in (*told, bench.look()) if isinstance(e, PaymentApproved)]
        assert len(bench.charged) <= 1, mode
        assert all([e.taken.minor] == bench.charged for e in approved), mode
