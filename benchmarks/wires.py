"""Each device with its driver: from the wire to the inbox, from the replugged cable to DeviceUp.

Each driver as a kiosk runs it, in its worker's thread, with its simulated device on a real
pseudo-terminal, socket or PC/SC daemon. The mechanics of these take no time here: a note is in
escrow as it goes in. Drivers for which no simulated device runs outside of tests are not here.
"""

from __future__ import annotations

import queue
import random
import threading
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields, replace
from importlib import resources
from typing import Any

from kiosk.core.ids import DeviceId, NoteId
from kiosk.core.messages import (
    AcceptCoins,
    AcceptNotes,
    AcceptorChanged,
    AcknowledgeCoin,
    AcknowledgeNote,
    AcknowledgePayOut,
    AskFiscalStatus,
    CardPresented,
    CardRemoved,
    CoinTaken,
    DeviceDown,
    DeviceUp,
    DispenseCoins,
    Effect,
    Event,
    FiscalStatus,
    HopperStands,
    LookUpPayment,
    NoteEscrowed,
    NoteStacked,
    PaymentAbsent,
    PayOutEnded,
    PrinterChanged,
    RecallCoins,
    StackNote,
    SwitchPressed,
)
from kiosk.hardware import driver, peers
from kiosk.hardware.device import Device
from kiosk.hardware.peers.pulse import MockWires
from kiosk.hardware.transport import Transport, connect
from kiosk.hardware.worker import Worker

GIVE_UP_S = 30.0
COIN, NOTE = "5", 500
NOTHING: Mapping[str, peers.RunningPeer] = {}
"""A PC/SC daemon must be given: libpcsclite knows but the first one of a process."""


@dataclass
class Running:
    """A driver in its worker, its device, and what came out of it, with the moment of each."""

    name: str
    peer: peers.RunningPeer | None
    driver: Device
    worker: Worker
    told: queue.SimpleQueue[tuple[Event, float]] = field(default_factory=queue.SimpleQueue)
    coins: set[NoteId] = field(default_factory=set)
    """Those that were told."""
    stands: HopperStands | None = None
    """Where a hopper's counters stand."""

    def wait(self, met: Callable[[Any], bool]) -> tuple[Any, float]:
        """The next event of which this holds, and when it was in the inbox.

        Raises:
            queue.Empty: none came.
        """
        until_s = time.monotonic() + GIVE_UP_S
        while True:
            event, at_s = self.told.get(timeout=max(0.0, until_s - time.monotonic()))
            if isinstance(event, HopperStands):
                self.stands = event
            if met(event):
                return event, at_s

    def wait_for(self, kind: type[Event]) -> tuple[Any, float]:
        """The next event of this kind."""
        return self.wait(lambda event: isinstance(event, kind))

    def forget(self) -> None:
        """What was told until now is of no interest."""
        while not self.told.empty():
            self.told.get()

    def verb(self, text: str) -> None:
        """Do something to the device, as the bench does."""
        name, *words = text.split()
        assert self.peer is not None
        self.peer.verbs[name](words)


Once = Callable[[Running, int], float]
"""One event of a device, its turn: seconds from the wire to the inbox."""


def happened(text: str, kind: type[Event]) -> Once:
    """What a hand does to the device, until it is told."""

    def once(of: Running, turn: int) -> float:
        of.forget()
        began = time.perf_counter()
        of.verb(text.format(number=7700000 + turn))
        return of.wait_for(kind)[1] - began

    return once


def _cover(of: Running, turn: int) -> float:
    of.forget()
    began = time.perf_counter()
    of.verb("cover close" if turn % 2 else "cover open")
    told = of.wait(lambda e: isinstance(e, PrinterChanged) and e.cover_open != bool(turn % 2))
    return told[1] - began


def _pay_out(of: Running, turn: int) -> float:
    stands = of.stands or of.wait_for(HopperStands)[0]  # told before the end of a pay-out
    began = time.perf_counter()
    of.worker.do(DispenseCoins(stands.device, f"p{turn}", 1, stands.mark))
    event, at_s = of.wait(lambda e: isinstance(e, PayOutEnded) and e.payout == f"p{turn}")
    of.worker.do(AcknowledgePayOut(event.payout))
    return at_s - began


def asked(effect: Effect, kind: type[Event]) -> Once:
    """A question, until it is answered: this device says nothing unasked."""

    def once(of: Running, turn: int) -> float:
        began = time.perf_counter()
        of.worker.do(effect)
        return of.wait_for(kind)[1] - began

    return once


def _card(of: Running, turn: int) -> float:
    began = time.perf_counter()
    of.verb(f"tap 04{turn:010X}80")
    at_s = of.wait_for(CardPresented)[1]
    of.verb("untap")
    of.wait_for(CardRemoved)
    return at_s - began


def _note(of: Running, turn: int) -> float:
    device = DeviceId(of.name)
    if not turn:
        of.wait(lambda e: isinstance(e, AcceptorChanged) and e.state == "disabled")
        of.worker.do(AcceptNotes(device, (NOTE,)))
    of.wait(lambda e: isinstance(e, AcceptorChanged) and e.state == "ready")
    time.sleep(0.3)  # what it says of itself is over
    began = time.perf_counter()
    of.verb(f"note {NOTE}")
    event, at_s = of.wait_for(NoteEscrowed)
    of.worker.do(StackNote(event.note))
    of.wait_for(NoteStacked)
    of.worker.do(AcknowledgeNote(event.note))
    return at_s - began


def _let_coins_in(of: Running) -> None:
    device = DeviceId(of.name)
    of.worker.do(RecallCoins(device, ""))
    of.worker.do(AcceptCoins(device, (100, 500)))
    of.wait(lambda e: isinstance(e, AcceptorChanged) and e.state == "ready")


def _coin(of: Running, turn: int) -> float:
    if not turn:
        _let_coins_in(of)
    began = time.perf_counter()
    of.verb(f"coin {COIN}")
    return _taken(of) - began


def _taken(of: Running) -> float:
    """When a coin was told that was not told before."""
    event, at_s = of.wait(lambda e: isinstance(e, CoinTaken) and e.coin not in of.coins)
    of.coins.add(event.coin)
    of.worker.do(AcknowledgeCoin(event.coin))
    return at_s


def _pulse(of: Running, turn: int) -> float:
    if not turn:
        _let_coins_in(of)
    pins: Any = of.driver
    options = _options("pulse")
    wires = MockWires(pins._factory, coin=int(options["coin"]), inhibit=int(options["inhibit"]))
    wires.drive(time.monotonic(), low=True)
    time.sleep(0.05)
    began = time.perf_counter()
    wires.drive(time.monotonic(), low=False)
    at_s = _taken(of)
    time.sleep(0.4)  # the next train
    return at_s - began


def _switch(of: Running, turn: int) -> float:
    pins: Any = of.driver
    began = time.perf_counter()
    pins.pretend("next", down=True)
    at_s = of.wait_for(SwitchPressed)[1]
    time.sleep(0.1)
    pins.pretend("next", down=False)
    time.sleep(0.1)  # longer than it may bounce
    return at_s - began


@dataclass(frozen=True)
class What:
    """What of a driver is measured, in words, and how."""

    told: str
    once: Once
    options: Mapping[str, Any] = field(default_factory=dict)


MEASURED = {
    "pcsc": What("a card in the field", _card),
    "magstripe": What("a card drawn through", happened("swipe ;{number}?", CardPresented)),
    "scanner": What("a code shown", happened("scan {number}", CardPresented)),
    "ccnet": What("a note in escrow", _note),
    "id003": What("a note in escrow", _note),
    "ssp": What("a note in escrow", _note),
    "cctalk_notes": What("a note in escrow", _note),
    "cctalk_coins": What("a coin", _coin),
    "pulse": What("the end of a pulse", _pulse, {"pins": "mock"}),
    "cctalk_hopper": What("an order of one coin, and its end", _pay_out, {"coin": "1.00"}),
    "escpos": What("the cover opens, closes", _cover),
    "nexo": What(
        "a question and its answer", asked(LookUpPayment("none", "0123456789"), PaymentAbsent)
    ),
    "atol": What("a question and its answer", asked(AskFiscalStatus(), FiscalStatus)),
    "switches": What("a switch pressed", _switch, {"pins": "mock", "next": 5}),
}
"""Every driver with a simulated device; who has none, or tells nothing, is not here."""


def _options(name: str) -> dict[str, Any]:
    shipped = tomllib.loads(resources.files("kiosk").joinpath("default.toml").read_text("utf-8"))
    return {**shipped["driver"][name], "currency": "RUB"}


def _no_line() -> Transport:
    raise AssertionError("the driver has its own way to its device")


@contextmanager
def running(name: str, given: Mapping[str, peers.RunningPeer] = NOTHING) -> Iterator[Running]:
    """A driver with its device, once it is up; a device that is `given` outlives this.

    Raises:
        PcscdUnavailable: a private daemon cannot run here.
    """
    options = {**_options(name), **MEASURED[name].options}
    peer = given.get(name)
    if peer is None and name in peers.PEERS:
        peer = peers.start(name, options)
    line: Callable[[], Transport] = _no_line
    if name == "pcsc" and peer:
        options["socket"] = peer.port
    elif peer:
        options["port"] = peer.port
        serial = {n: options[n] for n in ("baud", "parity", "stop_bits") if n in options}
        line = connect(peer.port, **serial)
        peer_line: Any = getattr(peer, "line", None)
        peer_line.ask(lambda device, now_s: _quicken(device))
    made = driver(name)(DeviceId(name), options, start=1, connect=line)
    of = Running(name, peer, made, None)  # type: ignore[arg-type]
    of.worker = Worker(
        DeviceId(name), lambda: made, lambda event: of.told.put((event, time.perf_counter()))
    )
    stop, failed = threading.Event(), list[BaseException]()
    thread = of.worker.start(stop, failed.append)
    try:
        of.wait_for(DeviceUp)
        yield of
    finally:
        stop.set()
        thread.join()
        if peer and name not in given:
            peer.stop()
    if failed:
        raise failed[0]


def _quicken(device: Any) -> None:
    """A device whose mechanics take no time, as far as it has any."""
    timing = getattr(device, "timing", None)
    if timing is not None:
        moves = "accepting_s", "stacking_s", "returning_s", "coin_s"
        moving = {f.name for f in fields(timing)} & set(moves)
        device.timing = replace(timing, **dict.fromkeys(moving, 0.0))


def wire_to_inbox(
    name: str, times: int, given: Mapping[str, peers.RunningPeer] = NOTHING
) -> list[float]:
    """Milliseconds from the wire to the inbox, so many times; not at the poll's own beat."""
    chance = random.Random(name)
    took = []
    with running(name, given) as of:
        for turn in range(times):
            time.sleep(chance.uniform(0.0, 0.4))
            took.append(MEASURED[name].once(of, turn) * 1000)
    return took


def replugged(
    times: int,
    names: list[str],
    given: Mapping[str, peers.RunningPeer] = NOTHING,
    seed: int = 1,
) -> list[tuple[str, float, float]]:
    """Cables pulled and put back, one after the other: device, seconds it was out, and until up.

    All devices run at once; nobody tells the workers that a cable is back.
    """
    chance = random.Random(seed)
    took = []
    with ExitStack() as stack:
        there = {name: stack.enter_context(running(name, given)) for name in names}
        cables = [of for of in there.values() if of.peer is not None]
        for _ in range(times):
            of = chance.choice(cables)
            assert of.peer is not None
            out_s = chance.choice((0.05, 0.3, 1.0, 2.5))
            of.peer.unplug()
            of.wait_for(DeviceDown)
            time.sleep(out_s)
            began = time.perf_counter()
            of.peer.plug()
            took.append((of.name, out_s, of.wait_for(DeviceUp)[1] - began))
    return took
