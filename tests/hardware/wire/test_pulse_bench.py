"""The bench drops coins into a pretended acceptor with pulses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiosk.core.ids import DeviceId
from kiosk.core.messages import AcceptCoins, CoinTaken, RecallCoins
from kiosk.hardware.device import Options
from kiosk.hardware.peers.pulse_bench import coin
from kiosk.hardware.pulse import PulseAcceptor
from kiosk.hardware.transport import Transport

COINS = DeviceId("coins")


def no_line() -> Transport:
    raise AssertionError("pulses have no line")


class Bench:
    def __init__(self, options: Options) -> None:
        self.now_s = 5.0
        self.options = {**options, "pins": "mock", "currency": "RUB"}
        self.driver = PulseAcceptor(
            COINS, self.options, start=1, connect=no_line, clock=lambda: self.now_s
        )

    def drop(self, *words: str) -> str:
        return coin(
            list(words),
            *self.driver.pretended(),
            clock=lambda: self.now_s,
            wait=self.wait,
        )

    def wait(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.fixture
def bench(defaults: Callable[[str], Options]) -> Bench:
    return Bench(defaults("pulse"))


def test_a_coin_goes_in_and_is_told(bench: Bench) -> None:
    bench.driver.open()
    assert bench.drop("5") == "500 falls through: shut"
    bench.driver.perform(RecallCoins(COINS, ""))
    bench.driver.perform(AcceptCoins(COINS, (500,)))
    bench.driver.poll(0)
    assert bench.drop("5") == "500 is in the box: 5 pulses"
    taken = [e for e in bench.driver.poll(0) if isinstance(e, CoinTaken)]
    assert [e.value.minor for e in taken] == [100] * 5


@pytest.mark.parametrize(("word", "told"), [("0.50", "no pulses"), ("0", "no"), ("x", "worth")])
def test_what_is_no_coin(bench: Bench, word: str, told: str) -> None:
    bench.driver.open()
    with pytest.raises(ValueError, match=told):
        bench.drop(word)


def test_real_pins_are_left_alone(bench: Bench) -> None:
    with pytest.raises(ValueError, match="not open"):
        bench.drop("5")
    bench.driver.open()
    bench.driver._pins = "lgpio"
    with pytest.raises(ValueError, match="real ones"):
        bench.drop("5")
