"""Coin acceptors for the contract: each with its driver, its simulated device and a clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from kiosk.core.errors import DeviceError
from kiosk.core.ids import DeviceId, NoteId
from kiosk.core.messages import (
    AcceptCoins,
    AcceptorChanged,
    AcknowledgeCoin,
    CoinsLost,
    CoinsNoted,
    CoinTaken,
    Event,
    RecallCoins,
)
from kiosk.hardware import cctalk_coins, pulse
from kiosk.hardware.device import Device, Options
from kiosk.hardware.peers.cctalk_coins import CoinAcceptor
from kiosk.hardware.peers.pulse import MockWires, PulseAcceptor
from kiosk.hardware.transport import MemoryLine, Recorder, Transport

COINS = DeviceId("coins")
VALUES = (100, 200, 500, 1000)
Defaults = Callable[[str], Options]


class Rig(Protocol):
    """An acceptor, its cable and a clock that only waiting moves."""

    now_s: float

    def driver(self, start: int) -> Device:
        """The kiosk's driver for it, in a new process."""

    def insert(self, value: int) -> bool:
        """Put a coin in; whether it went into the box."""

    @property
    def box(self) -> list[int]:
        """What lies in the box."""

    @property
    def fell_through(self) -> list[int]:
        """What came out again."""

    @property
    def pace(self) -> int:
        """So many polls are enough for what a coin has to tell."""

    def step(self) -> float:
        """Before each poll; how long that may wait."""

    def unplug(self) -> None:
        """Pull the cable."""

    def plug(self) -> None:
        """Put it back."""


class CcTalk:
    """A ccTalk acceptor on a memory line."""

    pace = 1

    def __init__(self, defaults: Defaults, check: str, echo: bool, **peer: Any) -> None:
        self.now_s = 100.0
        self.peer = CoinAcceptor(with_crc=check == "crc", **peer)
        self.peer.line.echo = echo
        self.options = {**defaults("cctalk_coins"), "check": check, "currency": "RUB"}
        self.plugged = True
        self.traffic: list[str] = []
        self._line: MemoryLine | None = None

    def driver(self, start: int) -> Device:
        return cctalk_coins.CoinAcceptor(COINS, self.options, start=start, connect=self._connect)

    def _connect(self) -> Transport:
        if not self.plugged:
            raise DeviceError("no cable")
        self._line = MemoryLine(self.peer, lambda: self.now_s, self._wait)
        return Recorder(self._line, self.traffic.append)

    def _wait(self, seconds: float) -> None:
        self.now_s += seconds

    def insert(self, value: int) -> bool:
        return "went in" in self.peer.insert(value, self.now_s)

    @property
    def box(self) -> list[int]:
        return self.peer.box

    @property
    def fell_through(self) -> list[int]:
        return self.peer.fell_through

    def step(self) -> float:
        return 0.2

    def unplug(self) -> None:
        self.plugged = False
        if self._line:
            self._line.unplug()

    def plug(self) -> None:
        self.plugged = True


class Kiosk:
    """A driver, a worker's patience, and as much of the books as coins need; they outlive it."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.start = 1
        self.device = rig.driver(1)
        self.up = False
        self.events: list[Event] = []
        self.disk = True
        """Whether entries reach the disk; without, the kiosk is about to die."""
        self.credited: dict[NoteId, int] = {}
        self.last = ""
        self.recent: list[str] = []

    def open(self, values: tuple[int, ...] = VALUES) -> Kiosk:
        self.device.open()
        self.up = True
        self.device.perform(RecallCoins(COINS, self.last))
        self.device.perform(AcceptCoins(COINS, values))
        return self.poll(4)

    def poll(self, count: int = 1) -> Kiosk:
        for _ in range(count * self.rig.pace):
            told = self.device.poll(self.rig.step())
            self.events += told
            for event in told:
                self.take(event)
        return self

    def serve(self, count: int) -> Kiosk:
        """As `poll`, and open again what went away."""
        for _ in range(count):
            try:
                self.poll() if self.up else self.open()
            except (DeviceError, OSError):
                self.device.close()
                self.up = False
        return self

    def take(self, event: Event) -> None:
        if not self.disk:
            return
        match event:
            case CoinTaken(_, coin, value, mark):
                if coin not in self.credited and not (mark and mark in self.recent):
                    self.credited[coin] = value.minor
                    self.recent = [*self.recent, mark][-16:]
                    self.last = mark
                self.device.perform(AcknowledgeCoin(coin))
            case CoinsNoted(_, mark) | CoinsLost(_, mark):
                self.last, self.recent = mark, [mark]

    def die(self) -> Kiosk:
        """The process ends and starts again; the acceptor does not notice."""
        self.device.close()
        self.start += 1
        self.device = self.rig.driver(self.start)
        self.disk, self.up = True, False
        return self

    def told(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def states(self) -> list[str]:
        return [event.state for event in self.told(AcceptorChanged)]

    @property
    def sums_agree(self) -> bool:
        return sorted(self.credited.values()) == sorted(self.rig.box)


class Wires:
    """Those of whatever pins the driver holds now; none when it holds none."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self.driver: pulse.PulseAcceptor | None = None

    def _there(self) -> MockWires | None:
        factory = self.driver and self.driver._factory
        if factory is None:
            return None
        coin, inhibit = int(self._options["coin"]), int(self._options["inhibit"])
        return MockWires(factory, coin=coin, inhibit=inhibit)

    def drive(self, at_s: float, *, low: bool) -> None:
        if wires := self._there():
            wires.drive(at_s, low=low)

    def gate(self) -> bool | None:
        wires = self._there()
        return wires.gate() if wires else None


class Pulses:
    """An acceptor that tells coins by pulses, on gpiozero's mock pins."""

    pace = 25

    def __init__(self, defaults: Defaults, **peer: Any) -> None:
        self.now_s = 100.0
        self.options = {**defaults("pulse"), "pins": "mock", "currency": "RUB"}
        self._wires = Wires(self.options)
        self.peer = PulseAcceptor(self._wires, pulses={v: v // 100 for v in VALUES}, **peer)

    def driver(self, start: int) -> Device:
        self._wires.driver = pulse.PulseAcceptor(
            COINS, self.options, start=start, connect=_no_line, clock=lambda: self.now_s
        )
        return self._wires.driver

    def insert(self, value: int) -> bool:
        return "is in the box" in self.peer.insert(value, self.now_s)

    @property
    def box(self) -> list[int]:
        """Pulse by pulse, as it is told."""
        return [100 for value in self.peer.boxed for _ in range(value // 100)]

    @property
    def fell_through(self) -> list[int]:
        return self.peer.returned

    def step(self) -> float:
        self.now_s += 0.1
        self.peer.tick(self.now_s)
        return 0.0

    def unplug(self) -> None:
        """Pins have no cable that could be pulled without losing what comes meanwhile."""

    def plug(self) -> None:
        """See `unplug`."""


def _no_line() -> Transport:
    raise AssertionError("pulses have no line")


DISTURBANCES: dict[str, Callable[[CcTalk], None]] = {
    "answers lost": lambda rig: rig.peer.line.drop_replies(2),
    "answers damaged": lambda rig: rig.peer.line.corrupt_replies(3),
    "answers cut short": lambda rig: rig.peer.line.truncate_replies(2),
    "answers late": lambda rig: rig.peer.line.delay_replies(2, 0.15),
    "commands lost": lambda rig: rig.peer.line.lose_commands(2),
    "commands damaged": lambda rig: rig.peer.line.corrupt_commands(2),
    "noise": lambda rig: rig.peer.line.noise(bytes.fromhex("01 0B 02 00 FF 06 01")),
}


FORMS = [(check, echo) for check in ("sum", "crc") for echo in (True, False)]


def named(form: tuple[str, bool] | str) -> str:
    """What a form of a line is called in the names of tests."""
    return form if isinstance(form, str) else f"{form[0]}-{'echo' if form[1] else 'plain'}"
