"""Drivers that count money, at the end of a line on which one answer in a while is a lie.

The simulated device answers everything truthfully and takes no money of anybody; the input stands
in for one of its answers. A credit is false unless what came over the line says it, by the codec of
the other side: a damaged frame must never be money, and a whole one never more than it says.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from importlib import resources
from random import Random
from typing import Any

from kiosk.core.errors import DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import (
    AcceptCoins,
    AcknowledgeCoin,
    AcknowledgePayOut,
    CoinTaken,
    DispenseCoins,
    Event,
    HopperStands,
    PayOutEnded,
    PayOutUnknown,
    RecallCoins,
)
from kiosk.core.money import CURRENCIES, Money
from kiosk.hardware import driver as driver_of
from kiosk.hardware.device import Device
from kiosk.hardware.peers import (
    cctalk_coins,
    cctalk_hopper,
    cctalk_line,
)
from tests.fuzz import money
from tests.fuzz.engine import Hang, Parser, Target
from tests.fuzz.mutate import mutated
from tests.fuzz.reading import because

RUB = CURRENCIES["RUB"]
DEVICE = DeviceId("device")
FACES = (10, 50, 100, 500, 1000)
READS_MAX = 2000
HUNDRED = Money(10_000, RUB)
AT = "2026-11-22T15:00:00.000000Z"
SHIPPED = tomllib.loads(resources.files("kiosk").joinpath("default.toml").read_text("utf-8"))


class Line:
    """A line to a simulated device; time passes by waiting only.

    Attributes:
        lie: what is said in place of an answer to `about`, `often` times; None: the truth.
        heard: all that the driver heard of lies.
    """

    def __init__(self, peer: Any, about: Callable[[bytes], bool]) -> None:
        self.peer, self.about = peer, about
        self.now_s = 100.0
        self.lie: Callable[[bytes], bytes] | None = None
        self.often = 0
        self.heard: list[bytes] = []
        self.reads = 0
        self._waiting = b""

    def write(self, data: bytes, timeout_s: float = 2.0) -> None:
        told = self.peer.feed(data, self.now_s)
        if self.lie is not None and self.often and self.about(data):
            self.often -= 1
            told = self.lie(data)
            self.heard.append(told)
        self._waiting += told

    def read(self, limit: int, timeout_s: float) -> bytes:
        self.reads += 1
        if self.reads > READS_MAX:
            raise Hang("reads without an end")
        if not self._waiting and timeout_s > 0:
            self.now_s += timeout_s
            self._waiting += self.peer.tick(self.now_s)
        data, self._waiting = self._waiting[:limit], self._waiting[limit:]
        return data

    def close(self) -> None:
        self._waiting = b""


class Dialogue:
    """A driver on such a line, which is opened again by the truth whenever it gave up."""

    def __init__(
        self,
        name: str,
        line: Line,
        chance: Random,
        framed: Callable[[bytes, bytes], bytes],
        began: Callable[[Device], None],
        **options: Any,
    ) -> None:
        self.line, self.chance, self.framed, self.began = line, chance, framed, began
        settings = {**SHIPPED["driver"][name], "currency": "RUB", **options}
        kwargs = {"monotonic": lambda: line.now_s} if name == "zvt" else {}
        self.device: Device = driver_of(name)(
            DEVICE, settings, start=1, connect=self._connect, **kwargs
        )
        self._open()

    def _connect(self) -> Line:
        if hasattr(self.line.peer, "connected"):
            self.line.peer.connected()
        return self.line

    def _open(self) -> None:
        self.line.lie, self.line.reads = None, 0
        self.device.open()
        self.began(self.device)
        for _ in range(3):
            self.device.poll(0.2)

    def told(self, data: bytes, often: int = 1, polls: int = 1) -> list[Event]:
        """What the driver makes of this lie."""
        line, chance = self.line, self.chance

        def lie(command: bytes) -> bytes:
            said = self.framed(command, data)
            return mutated(chance, said, [said, data or b"\0"]) if spoilt else said

        spoilt = chance.random() < 0.5
        line.lie, line.often, line.reads = lie, often, 0
        line.heard.clear()
        events: list[Event] = []
        try:
            for _ in range(polls):
                events += self.device.poll(0.2)
        except (DeviceError, OSError):
            self.device.close()
            for _ in range(30):  # the device may have to start over; so does its worker
                try:
                    self._open()
                    break
                except (DeviceError, OSError):
                    self.device.close()
                    line.now_s += 1
            else:
                raise Hang("it does not open any more") from None
            raise
        finally:
            line.lie = None
        return events


# --- coins ---------------------------------------------------------------------------------------


def _cctalk_says(header: int, crc: bool) -> Callable[[Line], int]:
    """How many events two whole answers that are alike may have told at most."""

    def says(line: Line) -> int:
        whole: list[bytes] = []
        for heard in line.heard:
            for at in range(len(heard) - 15):
                found = heard[at : at + 16]
                if found[1] == 11 and found[3] == 0 and cctalk_line.is_whole(found, with_crc=crc):
                    whole.append(found[4:15])
        return 5 if any(whole.count(one) > 1 for one in whole) else 0

    return says


def _cctalk_framed(address: int, crc: bool) -> Callable[[bytes, bytes], bytes]:
    def framed(command: bytes, data: bytes) -> bytes:
        answer = cctalk_line.frame(1, address, 0, data[:255], with_crc=crc)
        return command + answer  # the echo of the line

    return framed


def _cctalk_coins(chance: Random) -> Target:
    line = Line(cctalk_coins.CoinAcceptor(), lambda said: said[3:4] == b"\xe5")
    values = (50, 100, 200, 500, 1000)

    def began(device: Device) -> None:
        device.perform(RecallCoins(DEVICE, ""))
        device.perform(AcceptCoins(DEVICE, values))

    one = Dialogue("cctalk_coins", line, chance, _cctalk_framed(2, False), began)
    says = _cctalk_says(229, False)
    credited: set[str] = set()
    allowed = 0

    def read(data: bytes) -> None:
        nonlocal allowed
        try:
            events = one.told(data, 1 if chance.random() < 0.5 else 4)
        finally:
            allowed += says(line)
        for event in events:
            if isinstance(event, CoinTaken):
                credited.add(event.coin)
                because(event.value.minor in values, f"a coin of {event.value}")
                one.device.perform(AcknowledgeCoin(event.coin))
        because(len(credited) <= allowed, f"{len(credited)} coins, at most {allowed} were told")

    return read


HOPPER = (
    bytes(4),
    bytes((1, 2, 1, 0)),
    bytes((1, 0, 3, 0)),
    bytes((1, 0, 1, 2)),
    bytes((2, 0, 3, 0)),
    bytes((255, 0, 0, 3)),
    (3).to_bytes(3, "little"),
    b"\x80\x00",
)


def _hopper(chance: Random) -> Target:
    machine = cctalk_hopper.Hopper(coins=1_000_000)
    line = Line(machine, lambda said: said[3:4] in (b"\xa6", b"\xd1", b"\xa7", b"\xa3"))
    one = Dialogue(
        "cctalk_hopper", line, chance, _cctalk_framed(3, False), lambda device: None, coin="10.00"
    )
    asked = ordered = 0
    mark = ""

    def read(data: bytes) -> None:
        nonlocal asked, ordered, mark
        if mark and chance.random() < 0.3:
            asked += 1
            count = chance.randrange(1, 5)
            ordered += count
            line.lie, line.reads = None, 0
            one.device.perform(DispenseCoins(DEVICE, f"payout-{asked}", count, mark))
            mark = ""
        events = one.told(data, chance.randrange(1, 4))
        for event in events:
            if isinstance(event, HopperStands):
                mark = event.mark
            elif isinstance(event, PayOutEnded | PayOutUnknown):
                one.device.perform(AcknowledgePayOut(event.payout))
                if isinstance(event, PayOutEnded):
                    because(event.paid >= 0 and event.unpaid >= 0, "more paid than was ordered")
        because(machine.paid_out <= ordered, f"{machine.paid_out} paid, {ordered} were ordered")

    return read


ERRORS = (DeviceError, OSError)
OPENS = 1_000_000
"""Lines for an opening: a bit of a check is a line, and ccTalk asks for sixteen names."""
PARSERS = (
    Parser("cctalk_coins_driver", "ccTalk coins, the driver on a line", money.CCTALK,
           _cctalk_coins, ERRORS, oracle="a coin that no two answers told alike",
           lines_min=OPENS),
    Parser("cctalk_hopper_driver", "ccTalk hopper, the driver on a line", HOPPER, _hopper, ERRORS,
           oracle="more coins paid than ordered", lines_min=OPENS),
)  # fmt: skip
