"""Coin acceptors with pulses, on gpiozero's own mock pins and a clock that only the test moves."""

from __future__ import annotations

from typing import Any

import pytest
from gpiozero.pins import mock

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import (
    AcceptCoins,
    AcceptorChanged,
    AcknowledgeCoin,
    CoinRejected,
    CoinTaken,
    Event,
    RecallCoins,
    RefuseCoins,
    RefuseNotes,
)
from kiosk.hardware.pulse import PulseAcceptor
from kiosk.hardware.transport import Transport

COINS = DeviceId("coins")
OPTIONS: dict[str, str | int | bool] = {
    "pins": "mock",
    "coin": 26,
    "inhibit": 16,
    "pulse_min_ms": 20,
    "pulse_max_ms": 200,
    "train_gap_ms": 300,
    "pulse_minor": 100,
    "active_low": True,
    "accept_high": True,
    "currency": "RUB",
}


def no_line() -> Transport:
    raise AssertionError("pulses have no line")


class Wire:
    """The acceptor's two wires, as an acceptor sees them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **options: str | int | bool) -> None:
        self.now_s = 50.0
        monkeypatch.setattr(mock, "monotonic", lambda: self.now_s)
        self.options = OPTIONS | options
        self.driver = self._made(1)
        self.events: list[Event] = []

    def _made(self, start: int) -> PulseAcceptor:
        return PulseAcceptor(
            COINS, self.options, start=start, connect=no_line, clock=lambda: self.now_s
        )

    def open(self) -> Wire:
        self.driver.open()
        self.driver.perform(RecallCoins(COINS, ""))
        self.driver.perform(AcceptCoins(COINS, (100, 200)))
        return self.poll()

    def poll(self) -> Wire:
        self.events += self.driver.poll(0)
        return self

    def pin(self, name: str) -> Any:
        return self.driver._factory.pin(int(self.options[name]))

    def level(self, active: bool) -> None:
        high = active is not self.options["active_low"]
        self.pin("coin").drive_high() if high else self.pin("coin").drive_low()

    def pulse(self, width_s: float = 0.06, pause_s: float = 0.1) -> None:
        self.level(True)
        self.now_s += width_s
        self.level(False)
        self.now_s += pause_s

    @property
    def accepts(self) -> bool:
        """The inhibit pin is driven, and to the level that opens the acceptor."""
        pin = self.pin("inhibit")
        return pin.function == "output" and bool(pin.state) is bool(self.options["accept_high"])

    def coins(self) -> list[CoinTaken]:
        """Each coin once, however often it was told."""
        taken = [event for event in self.events if isinstance(event, CoinTaken)]
        return list({coin.coin: coin for coin in taken}.values())

    def states(self) -> list[str]:
        return [event.state for event in self.events if isinstance(event, AcceptorChanged)]


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    return Wire(monkeypatch).open()


@pytest.mark.parametrize("active_low", [True, False])
def test_each_pulse_is_told_as_it_comes(monkeypatch: pytest.MonkeyPatch, active_low: bool) -> None:
    wire = Wire(monkeypatch, active_low=active_low).open()
    for count in range(1, 6):
        wire.pulse()
        assert len(wire.poll().coins()) == count
    assert {coin.value.minor for coin in wire.coins()} == {100}
    assert {coin.mark for coin in wire.coins()} == {""}


def test_it_is_told_until_it_is_on_disk(wire: Wire) -> None:
    wire.pulse()
    first = wire.poll().coins()[0]
    assert first in wire.driver.poll(0)
    wire.driver.perform(AcknowledgeCoin(first.coin))
    assert wire.driver.poll(0) == []


@pytest.mark.parametrize(
    ("width_ms", "counts"),
    [(1, False), (19.9, False), (20.1, True), (100, True), (199.9, True), (200.1, False)],
)
def test_only_pulses_of_the_right_width_count(wire: Wire, width_ms: float, counts: bool) -> None:
    wire.pulse(width_ms / 1000)
    wire.poll()
    assert bool(wire.coins()) is counts
    assert (CoinRejected(COINS, "glitch") in wire.events) is not counts


def test_disturbances_credit_nothing_and_are_told_once_a_second(wire: Wire) -> None:
    for _ in range(500):
        wire.pulse(0.002, 0.003)
        wire.poll()
    wire.now_s += 1
    wire.poll()
    assert wire.coins() == []
    assert 3 <= wire.events.count(CoinRejected(COINS, "glitch")) <= 4  # of 2.5 s


def test_a_pulse_that_bounces_in_its_middle_is_one(wire: Wire) -> None:
    wire.pulse(0.03, 0.001)
    wire.pulse(0.03, 0.1)
    wire.pulse(0.06, 0.1)
    assert len(wire.poll().coins()) == 2


def test_trains_tell_how_many_coins_there_were(wire: Wire) -> None:
    for pulses in (5, 1, 10):
        for _ in range(pulses):
            wire.pulse()
            wire.poll()
        wire.now_s += 0.4
        wire.poll()
    assert wire.driver.trains == {5: 1, 1: 1, 10: 1}
    assert len(wire.coins()) == 16


def test_trains_between_two_polls_are_told_apart_too(wire: Wire) -> None:
    for pulses in (2, 3):
        for _ in range(pulses):
            wire.pulse()
        wire.now_s += 0.4
    wire.poll()
    wire.now_s += 0.4
    wire.poll()
    assert wire.driver.trains == {2: 1, 3: 1}


@pytest.mark.parametrize("accept_high", [True, False])
def test_it_is_shut_unless_the_program_is_there_and_wants_coins(
    monkeypatch: pytest.MonkeyPatch, accept_high: bool
) -> None:
    wire = Wire(monkeypatch, accept_high=accept_high)
    wire.driver.open()
    assert not wire.accepts
    wire.driver.perform(AcceptCoins(COINS, (100,)))
    wire.poll()
    assert not wire.accepts  # the books are not open yet
    wire.driver.perform(RecallCoins(COINS, ""))
    wire.poll()
    assert wire.accepts
    wire.driver.perform(RefuseCoins(COINS))
    assert not wire.accepts
    wire.driver.perform(AcceptCoins(COINS, (100,)))
    assert wire.accepts
    wire.driver.perform(AcceptCoins(COINS, ()))
    assert not wire.accepts
    wire.poll()
    assert wire.states() == ["ready", "disabled"]


def test_a_closed_driver_drives_nothing(wire: Wire) -> None:
    pin = wire.pin("inhibit")
    assert wire.accepts
    wire.driver.close()
    assert pin.function == "input" and not pin.state
    wire.driver.close()
    with pytest.raises(DeviceError):
        wire.poll()


def test_states(wire: Wire) -> None:
    wire.pulse()
    wire.poll()
    wire.now_s += 0.31
    wire.poll()
    wire.driver.perform(RefuseCoins(COINS))
    wire.poll()
    assert wire.states() == ["ready", "busy", "ready", "disabled"]


def test_pulses_of_a_coin_on_its_way_count_after_a_refusal(wire: Wire) -> None:
    wire.pulse()
    wire.driver.perform(RefuseCoins(COINS))
    wire.pulse()
    assert len(wire.poll().coins()) == 2


def test_nothing_is_told_before_the_books_are_open_and_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wire = Wire(monkeypatch)
    wire.driver.open()
    wire.pulse()
    assert wire.poll().coins() == []
    wire.driver.perform(RecallCoins(COINS, ""))
    assert len(wire.poll().coins()) == 1


def test_it_tells_its_state_only_behind_what_came_in_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wire = Wire(monkeypatch)
    wire.driver.open()
    wire.pulse()
    wire.now_s += 1
    assert wire.poll().events == []
    wire.driver.perform(RecallCoins(COINS, ""))
    wire.poll()
    assert [type(event) for event in wire.events] == [CoinTaken, AcceptorChanged]


def test_what_is_not_on_disk_outlives_a_reopening_under_its_name(wire: Wire) -> None:
    wire.pulse()
    first = wire.poll().coins()
    wire.pulse()  # not even polled
    wire.driver.close()
    wire.open()
    assert wire.coins()[:1] == first
    assert len(wire.coins()) == 2
    wire.pulse()
    assert len({coin.coin for coin in wire.poll().coins()}) == 3


def test_a_held_line_is_a_fault_until_it_is_let_go(wire: Wire) -> None:
    wire.level(True)
    wire.poll()
    wire.now_s += 1
    wire.poll()
    assert wire.states() == ["ready", "failed"]
    assert not wire.accepts
    wire.level(False)
    wire.poll()
    assert wire.states() == ["ready", "failed", "ready"]
    assert wire.accepts and wire.coins() == []


def test_a_pulse_that_began_before_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(monkeypatch)
    wire.driver.open()
    wire.driver._edge(wire.now_s, 1)
    wire.driver.perform(RecallCoins(COINS, ""))
    assert wire.poll().coins() == []


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"pins": "rpi"}, "neither lgpio nor mock"),
        ({"coin": 16}, "one pin"),
        ({"inhibit": -1}, "needs a pin"),
        ({"pulse_min_ms": 200}, "length"),
        ({"pulse_minor": 0}, "worth"),
        ({"currency": "XYZ"}, "XYZ"),
    ],
)
def test_mistakes_of_the_configuration(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], word: str
) -> None:
    with pytest.raises(ConfigError, match=word):
        Wire(monkeypatch, **options)


def test_an_order_for_another_role_is_our_mistake(wire: Wire) -> None:
    with pytest.raises(TypeError):
        wire.driver.perform(RefuseNotes(COINS))


def test_a_machine_without_pins_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(monkeypatch, pins="lgpio")
    with pytest.raises(DeviceError, match="no pins"):
        wire.driver.open()
