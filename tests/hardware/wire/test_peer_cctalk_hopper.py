"""The simulated ccTalk hopper: what it counts, and what has really come out."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk.hardware.peers.cctalk_hopper import Hopper
from kiosk.hardware.peers.cctalk_line import Bus, frame

SERIAL = (345678).to_bytes(3, "little")


class Host:
    """Asks the hopper, on a clock of its own."""

    def __init__(self, **options: Any) -> None:
        self.peer = Hopper(**options)
        self.bus = Bus(self.peer, echo=False)
        self.now_s = 0.0

    def ask(self, header: int, data: bytes = b"") -> bytes:
        heard = self.bus.feed(frame(3, 1, header, data), self.now_s)
        assert heard == b"" or heard == frame(1, 3, heard[3], heard[4:-1])
        return heard[3:-1]

    def status(self) -> tuple[int, ...]:
        """The event counter; coins remaining, paid, unpaid."""
        return tuple(self.ask(166)[1:])

    def enabled(self) -> Host:
        assert self.ask(164, b"\xa5") == b"\0"
        return self

    def pay(self, count: int) -> bytes:
        return self.ask(167, SERIAL + bytes((count,)))

    def later(self, seconds: float) -> Host:
        self.now_s += seconds
        return self


def test_the_printed_dialogue() -> None:
    """Suzo-Happ, "Flow hopper 18-ccTalk", pages 12 to 20."""
    bus = Bus(Hopper(serial=0x0AD7DF), echo=False)
    for sent, comes in (
        ("03 00 01 F2 0A", "01 03 03 00 DF D7 0A 39"),
        ("03 00 01 A3 59", "01 01 03 00 80 7B"),
        ("03 01 01 A4 A5 B2", "01 00 03 00 FC"),
        ("03 04 01 A7 DF D7 0A 01 90", "01 01 03 00 01 FA"),
    ):
        assert bus.feed(bytes.fromhex(sent), 0.0) == bytes.fromhex(comes)


def test_coins_come_out_one_by_one() -> None:
    host = Host().enabled()
    assert host.pay(4) == b"\0\1"
    assert host.status() == (1, 4, 0, 0)
    assert host.later(0.6).status() == (1, 2, 2, 0)
    assert host.later(0.6).status() == (1, 0, 4, 0)
    assert (host.peer.inside, host.peer.paid_out) == (96, 4)


@pytest.mark.parametrize(
    "why", ["not enabled", "another serial number", "no coins", "paying", "exit blocked"]
)
def test_it_refuses_and_counts_nothing(why: str) -> None:
    host = Host()
    if why != "not enabled":
        host.enabled()
    if why == "paying":
        host.pay(9)
    if why == "exit blocked":
        host.peer.block_exit()
        assert host.ask(163) == b"\0\x08"
    count = host.peer.counter
    serial = b"\1\2\3" if why == "another serial number" else SERIAL
    assert host.ask(167, serial + bytes((0 if why == "no coins" else 2,))) == b"\5"
    assert host.peer.counter == count


def test_an_empty_hopper_pays_short() -> None:
    host = Host(coins=3).enabled()
    host.pay(5)
    assert host.later(1).status() == (1, 2, 3, 0)
    assert host.later(5).status() == (1, 0, 3, 2)
    assert host.ask(163) == b"\0\2"
    assert host.peer.paid_out == 3


def test_a_jam_pays_short_and_goes_on_after_it() -> None:
    host = Host().enabled()
    host.pay(5)
    host.later(0.5).peer.jam(host.now_s)
    assert host.later(6).status() == (1, 0, 2, 3)
    assert host.ask(163) == b"\0\5"
    host.peer.clear(host.now_s)
    assert host.pay(3) == b"\0\2"
    assert host.later(1).status() == (2, 0, 3, 0)


def test_a_stop_in_an_emergency() -> None:
    host = Host().enabled()
    host.pay(5)
    assert host.later(0.5).ask(172) == b"\0\3"
    assert host.later(5).status() == (1, 0, 2, 3)
    assert host.peer.paid_out == 2


@pytest.mark.parametrize("cut", ["power", "reset"])
def test_after_a_start_in_mid_pay_out_it_knows_what_it_paid(cut: str) -> None:
    """Money Controls, SCH2, 12; Alberici: 0 0 7 3 after the power failed at 7 of 10."""
    host = Host().enabled()
    host.pay(10)
    host.later(1.75)
    if cut == "power":
        host.peer.power_cut(host.now_s)
        assert host.later(5).ask(254) == b""
        host.peer.power_up(host.now_s)
    else:
        host.ask(1)
    heard = host.bus.feed(bytes.fromhex("03 00 01 A6 56"), host.now_s)
    assert heard == bytes.fromhex("01 04 03 00 00 00 07 03 EE")
    assert host.pay(3) == b"\5"
    assert host.peer.paid_out == 7


def test_a_power_cut_at_rest_clears_what_was_unpaid() -> None:
    host = Host(coins=1).enabled()
    host.pay(2)
    assert host.later(6).status() == (1, 0, 1, 1)
    host.peer.power_cut(host.now_s)
    host.peer.power_up(host.now_s)
    assert host.status() == (0, 0, 1, 0)


def test_a_coin_may_fall_that_nobody_counts() -> None:
    host = Host().enabled()
    host.pay(5)
    host.peer.slip()
    host.later(0.5).peer.power_cut(host.now_s)
    host.peer.power_up(host.now_s)
    assert host.status() == (0, 0, 2, 3)
    assert host.peer.paid_out == 3


def test_a_hopper_that_remembers_nothing() -> None:
    host = Host().enabled()
    host.peer.forgets = True
    host.pay(5)
    host.later(0.5).peer.power_cut(host.now_s)
    host.peer.power_up(host.now_s)
    assert host.status() == (0, 0, 0, 0)


def test_the_other_form_of_a_pay_out() -> None:
    """Alberici, "Aventador": eight bytes of code, answered by ACK alone."""
    host = Host(by_code=True, tells_counter=False).enabled()
    heard = host.bus.feed(bytes.fromhex("03 09 01 A7 00 00 00 00 00 00 00 00 01 4B"), 0.0)
    assert heard == bytes.fromhex("01 00 03 00 FC")
    assert host.later(1).status() == (1, 0, 1, 0)
    assert host.pay(1) == b"\5"


def test_the_lower_sensor() -> None:
    host = Host(coins=21).enabled()
    assert host.ask(217) == b"\0\x10"
    host.pay(1)
    assert host.later(1).ask(217) == b"\0\x11"
    host.peer.fill(10)
    assert host.ask(217) == b"\0\x10"
    host.peer.empty()
    assert host.pay(1) == b"\0\2"
    assert host.later(6).status() == (2, 0, 0, 1)
