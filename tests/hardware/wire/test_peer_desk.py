"""The simulated fiscal device and terminal as the bench starts and drives them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kiosk.core.errors import DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import Event, OpenFiscalShift, PrintFiscal, RequestPayment
from kiosk.core.money import CURRENCIES, Money
from kiosk.hardware import driver, peers
from kiosk.hardware.device import Device, Options
from kiosk.hardware.transport import connect

HUNDRED = Money(10_000, CURRENCIES["RUB"])
Make = Callable[[str], tuple[peers.RunningPeer, Device]]


@pytest.fixture
def make(defaults: Callable[[str], Options]) -> Iterator[Make]:
    """A running peer, and the driver that its name has, on its line."""
    running: list[peers.RunningPeer] = []

    def made(name: str) -> tuple[peers.RunningPeer, Device]:
        peer = peers.start(name, defaults(name))
        running.append(peer)
        options = {**defaults(name), "currency": "RUB", "answer_s": 1, "port": peer.port}
        line = connect(peer.port)
        return peer, driver(name)(DeviceId(name), options, start=1, connect=line)

    yield made
    for peer in running:
        peer.stop()


def until_told(device: Device, count: int) -> list[Event]:
    events: list[Event] = []
    while len(events) < count:
        events += device.poll(0.2)
    return events


def test_the_fiscal_device_of_the_bench(make: Make) -> None:
    peer, device = make("atol")
    say = peer.verbs["fiscal"]
    assert say(["list"]) == "nothing is printed"
    device.open()
    device.perform(OpenFiscalShift())
    device.perform(PrintFiscal("u-1", "fiscal:1", 1, False, True, (("cash", HUNDRED),)))
    until_told(device, 2)
    assert say(["list"]) == "2  sell  10000  advance  shift 1"
    assert say(["off"]) == "it is dark"
    with pytest.raises(DeviceError, match="does not answer"):
        device.open()
    assert say(["on"]) == "it has its power back"
    device.open()
    assert say(["decline"]) == "the fiscal device: decline"
    with pytest.raises(ValueError, match="got explode"):
        say(["explode"])
    device.close()


def test_the_terminal_of_the_bench(make: Make) -> None:
    peer, device = make("nexo")
    say = peer.verbs["terminal"]
    assert say(["list"]) == "nothing is charged"
    device.open()
    device.perform(RequestPayment("p1", "S-1", HUNDRED, "2026-11-22T15:00:00Z"))
    until_told(device, 1)
    assert say(["list"]) == "p1  10000"
    assert say(["die-after"]) == "the terminal: die-after"
    with pytest.raises(ValueError, match="terminal approve"):
        say([])
    peer.unplug()
    with pytest.raises((DeviceError, OSError)):
        until_told(device, 1)
    device.close()
    peer.plug()
    device.open()
    device.close()
