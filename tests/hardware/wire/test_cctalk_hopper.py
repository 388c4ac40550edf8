"""The ccTalk hopper driver against the simulated hopper: every pay-out once, whatever fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import (
    AcknowledgePayOut,
    DispenseCoins,
    Event,
    HopperChanged,
    HopperStands,
    LookUpPayOut,
    PayOutEnded,
    PayOutGoes,
    PayOutUnknown,
    RefuseCoins,
)
from kiosk.core.money import CURRENCIES, Money
from kiosk.hardware.cctalk_hopper import CHECK_EVERY, Hopper, Stand, find
from kiosk.hardware.device import Options
from kiosk.hardware.peers.cctalk_hopper import Hopper as Peer
from kiosk.hardware.transport import MemoryLine, Transport

HOPPER = DeviceId("hopper")
SERIAL = 345678


class Bench:
    """A hopper, its driver, and as much of the books as a pay-out needs; they outlive the kiosk."""

    def __init__(self, options: Options, peer: Peer) -> None:
        self.options = options
        self.peer = peer
        self.now_s = 100.0
        self.plugged = True
        self.events: list[Event] = []
        self.ordered: dict[str, tuple[int, str]] = {}
        self.ended: dict[str, PayOutEnded | PayOutUnknown] = {}
        self.stands = ""
        self.driver = self.restarted()

    def restarted(self) -> Hopper:
        return Hopper(HOPPER, self.options, start=1, connect=self._connect)

    def _connect(self) -> Transport:
        self.line = MemoryLine(self.peer, lambda: self.now_s, self.wait)
        return self.line

    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    def opened(self) -> Bench:
        self.driver.open()
        for payout, (count, mark) in self.ordered.items():
            if payout not in self.ended:
                self.driver.perform(LookUpPayOut(HOPPER, payout, count, mark))
        return self.poll()

    def poll(self, count: int = 1) -> Bench:
        for _ in range(count):
            for event in self.driver.poll(0.2):
                self.events.append(event)
                if isinstance(event, HopperStands):
                    self.stands = event.mark
                elif isinstance(event, PayOutEnded | PayOutUnknown):
                    assert self.ended.setdefault(event.payout, event) == event
                    self.driver.perform(AcknowledgePayOut(event.payout))
        return self

    def order(self, payout: str, count: int) -> None:
        self.ordered[payout] = (count, self.stands)
        self.driver.perform(DispenseCoins(HOPPER, payout, count, self.stands))

    def told(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def until_ended(self, payout: str) -> Bench:
        for _ in range(200):
            if payout in self.ended:
                return self
            self.poll()
        raise AssertionError(f"{payout} never ended: {self.events}")


Make = Callable[..., Bench]


@pytest.fixture
def make(defaults: Callable[[str], Options]) -> Make:
    def made(peer: Peer | None = None, **options: str | int) -> Bench:
        told = {**defaults("cctalk_hopper"), "currency": "EUR", **options}
        return Bench(told, peer or Peer())

    return made


def test_where_it_stands_is_told_before_anything_can_be_ordered(make: Make) -> None:
    bench = make()
    assert bench.driver.open() == f"FOY SIM-HOP {SERIAL}"
    bench.poll(3)
    assert bench.events == [
        HopperStands(HOPPER, f"{SERIAL}/0/0", Money(100, CURRENCIES["EUR"])),
        HopperChanged(HOPPER, "ready", ""),
    ]


@pytest.mark.parametrize("tells_counter", [True, False])
@pytest.mark.parametrize("by_code", [True, False])
@pytest.mark.parametrize("check", ["sum", "crc"])
def test_a_pay_out(make: Make, check: str, by_code: bool, tells_counter: bool) -> None:
    peer = Peer(with_crc=check == "crc", by_code=by_code, tells_counter=tells_counter)
    bench = make(peer, check=check, order="code" if by_code else "serial").opened()
    bench.order("p1", 5)
    bench.until_ended("p1").poll()
    assert bench.ended == {"p1": PayOutEnded(HOPPER, "p1", 5, 0)}
    goes = [event.paid for event in bench.told(PayOutGoes)]
    assert goes == sorted(set(goes)) and goes and goes[-1] < 5
    assert bench.stands == f"{SERIAL}/1/5"
    bench.order("p2", 3)
    bench.until_ended("p2")
    assert peer.paid_out == 8


def test_an_end_is_told_until_it_is_acknowledged_and_an_order_given_twice_is_one(
    make: Make,
) -> None:
    bench = make().opened()
    order = DispenseCoins(HOPPER, "p1", 2, bench.stands)
    bench.driver.perform(order)
    bench.driver.perform(order)
    told: list[Event] = []
    for _ in range(30):
        told += bench.driver.poll(0.2)
    bench.driver.perform(order)
    ended = [event for event in told if isinstance(event, PayOutEnded)]
    assert len(ended) > 10 and set(ended) == {PayOutEnded(HOPPER, "p1", 2, 0)}
    assert bench.peer.paid_out == 2


def test_a_short_pay_out_says_what_is_owed(make: Make) -> None:
    bench = make(Peer(coins=3)).opened()
    bench.order("p1", 5)
    bench.until_ended("p1").poll()
    assert bench.ended["p1"] == PayOutEnded(HOPPER, "p1", 3, 2)
    assert bench.told(HopperChanged)[-1].state == "empty"
    bench.peer.fill(50)
    bench.order("p2", 2)
    bench.until_ended("p2").poll(2 * CHECK_EVERY)
    assert bench.told(HopperChanged)[-1].state == "ready"


def test_a_jam_ends_it_short_and_a_blocked_exit_begins_nothing(make: Make) -> None:
    bench = make().opened()
    bench.order("p1", 5)
    bench.poll(3)
    bench.peer.jam(bench.now_s)
    bench.until_ended("p1").poll()
    told = bench.ended["p1"]
    assert isinstance(told, PayOutEnded) and told.paid == bench.peer.paid_out < 5
    assert bench.told(HopperChanged)[-1].state == "jammed"
    bench.peer.clear(bench.now_s)
    bench.peer.block_exit()
    bench.poll(CHECK_EVERY)
    bench.order("p2", 1)
    bench.until_ended("p2")
    assert bench.ended["p2"] == PayOutEnded(HOPPER, "p2", 0, 1)


def test_it_says_when_few_coins_are_left(make: Make) -> None:
    bench = make(Peer(coins=21)).opened()
    assert bench.told(HopperChanged)[-1].state == "ready"
    bench.order("p1", 1)
    bench.until_ended("p1").poll()
    assert bench.told(HopperChanged)[-1].state == "low"


def test_an_order_at_a_mark_where_it_does_not_stand_is_not_carried_out(make: Make) -> None:
    bench = make().opened()
    for payout, mark in (("a", f"{SERIAL}/7/0"), ("b", "1/0/0"), ("c", ""), ("d", "x/y")):
        bench.driver.perform(DispenseCoins(HOPPER, payout, 4, mark))
        bench.poll()
        assert bench.ended[payout] == PayOutEnded(HOPPER, payout, 0, 4)
    assert bench.peer.paid_out == 0


def test_a_hopper_without_a_total_pays_and_what_it_forgot_is_for_staff(make: Make) -> None:
    class Simple(Peer):
        def commands(self) -> Any:
            return {key: act for key, act in super().commands().items() if key != 168}

    bench = make(Simple()).opened()
    assert bench.stands == f"{SERIAL}/0/"
    bench.order("p1", 2)
    bench.until_ended("p1").poll()
    assert bench.ended["p1"] == PayOutEnded(HOPPER, "p1", 2, 0)
    bench.order("p2", 20)
    bench.poll(2)
    bench.peer.power_cut(bench.now_s)
    bench.peer.power_up(bench.now_s)
    bench.until_ended("p2")
    assert isinstance(bench.ended["p2"], PayOutUnknown)


def test_what_was_not_begun_is_looked_up_and_never_begins(make: Make) -> None:
    bench = make().opened()
    bench.driver.perform(LookUpPayOut(HOPPER, "p1", 4, bench.stands))
    bench.poll(50)
    assert bench.ended["p1"] == PayOutEnded(HOPPER, "p1", 0, 4)
    assert bench.peer.paid_out == 0


def test_another_hopper_cannot_say_what_became_of_it(make: Make) -> None:
    bench = make().opened()
    bench.driver.perform(LookUpPayOut(HOPPER, "p1", 4, "111/0/0"))
    bench.poll()
    assert isinstance(bench.ended["p1"], PayOutUnknown)


@pytest.mark.parametrize("fault", ["drop_replies", "corrupt_replies", "lose", "garble", "delay"])
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("after", range(8))
def test_a_disturbed_line_pays_neither_twice_nor_less(
    make: Make, fault: str, count: int, after: int
) -> None:
    bench = make().opened()
    line = bench.peer.line
    heard = len(line.heard)
    feed = line.feed

    def disturbed(data: bytes, now_s: float) -> bytes:
        if len(line.heard) - heard == after:
            line.feed = feed  # type: ignore[method-assign]
            verbs: dict[str, Callable[[], None]] = {
                "drop_replies": lambda: line.drop_replies(count),
                "corrupt_replies": lambda: line.corrupt_replies(count),
                "lose": lambda: line.lose_commands(count),
                "garble": lambda: line.corrupt_commands(count),
                "delay": lambda: line.delay_replies(count, 0.15),
            }
            verbs[fault]()
        return feed(data, now_s)

    line.feed = disturbed  # type: ignore[method-assign]
    try:
        bench.order("p1", 3)
    except DeviceError:
        bench.driver.close()
        bench.driver.open()
    bench.until_ended("p1")
    told = bench.ended["p1"]
    assert isinstance(told, PayOutEnded), told
    assert told.paid == bench.peer.paid_out and told.paid + told.unpaid == 3


STRIKES = ("kiosk", "hopper", "both", "cable", "forgetful hopper")


@pytest.mark.parametrize("strike", STRIKES)
@pytest.mark.parametrize("moment", range(16))
@pytest.mark.parametrize("coins", [2, 100])
def test_every_coin_is_accounted_for_whatever_fails_when(
    make: Make, strike: str, moment: int, coins: int
) -> None:
    bench = make(Peer(coins=coins)).opened()
    bench.peer.forgets = strike.startswith("forgetful")
    for payout in ("p1", "p2"):
        bench.order(payout, 4)
        for _ in range(moment):
            bench.poll()
        if strike in ("hopper", "both", "forgetful hopper"):
            bench.peer.power_cut(bench.now_s)
            bench.peer.power_up(bench.now_s)
        if strike in ("kiosk", "both"):
            bench.driver.close()
            bench.driver = bench.restarted()
            bench.opened()
        if strike == "cable":
            bench.line.unplug()
            with pytest.raises(OSError, match="gone"):
                bench.poll()
            bench.driver.close()
            bench.opened()
        bench.until_ended(payout).poll(2 * CHECK_EVERY)
    told = [bench.ended[payout] for payout in ("p1", "p2")]
    assert all(isinstance(one, PayOutEnded) for one in told), told
    assert sum(one.paid for one in told if isinstance(one, PayOutEnded)) == bench.peer.paid_out


def test_counts_that_contradict_each_other_are_for_staff(make: Make) -> None:
    bench = make().opened()
    bench.order("p1", 4)
    bench.poll(3)
    bench.peer.paid_out += 1  # a coin that was not counted
    bench.until_ended("p1")
    told = bench.ended["p1"]
    assert isinstance(told, PayOutUnknown) and "its total says 5" in told.reason


@pytest.mark.parametrize(
    ("began", "now", "found"),
    [
        ((7, 3, 10), (7, 3, 10), ("not_begun", 0)),
        ((7, 3, 10), (7, 4, 12), ("ours", 0)),
        ((7, 255, 10), (7, 1, 12), ("ours", 0)),
        ((7, 0, 10), (7, 0, 12), ("over", 2)),
        ((7, 9, 10), (7, 0, 10), ("over", 0)),
        ((7, 9, 10), (7, 0, 15), ("unknown", 0)),
        ((7, 9, (1 << 24) - 1), (7, 0, 1), ("over", 2)),
        ((7, 9, 10), (8, 10, 12), ("unknown", 0)),
        ((7, 9, None), (7, 9, None), ("not_begun", 0)),
        ((7, 9, None), (7, 10, None), ("ours", 0)),
        ((7, 0, None), (7, 0, None), ("unknown", 0)),
        ((7, 9, None), (7, 0, None), ("unknown", 0)),
    ],
)
def test_what_the_counters_say(
    began: tuple[int, int, int | None], now: tuple[int, int, int | None], found: tuple[str, int]
) -> None:
    assert find(Stand(*began), Stand(*now), 4) == found
    assert Stand.parse(str(Stand(*began))) == Stand(*began)


@pytest.mark.parametrize("mark", ["", "1/2", "1/2/3/4", "1/b/3", "1//3", f"{'9' * 5000}/1/1"])
def test_what_is_no_mark_is_none(mark: str) -> None:
    assert Stand.parse(mark) is None


def test_what_is_no_hopper_is_not_opened(make: Make) -> None:
    bench = make()
    bench.peer.power_cut(0.0)
    with pytest.raises(DeviceError, match="does not answer"):
        bench.driver.open()
    bench.driver.close()
    with pytest.raises(DeviceError, match="not connected"):
        bench.poll()
    with pytest.raises(TypeError):
        bench.driver.perform(RefuseCoins(HOPPER))


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("coin", "3.00", "no coin of 3.00 EUR"),
        ("coin", "x", "not an amount"),
        ("order", "des", "neither serial nor code"),
        ("currency", "XYZ", "XYZ"),
    ],
)
def test_an_option_that_says_nothing_is_a_mistake_of_the_configuration(
    make: Make, option: str, value: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        make(**{option: value})
