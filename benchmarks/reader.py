"""The reader's own part: a card laid into the field of a real PC/SC daemon, until it is told."""

from __future__ import annotations

import queue
import random
import threading
import time

from kiosk.core.ids import DeviceId
from kiosk.core.messages import CardPresented, CardRemoved, DeviceUp, Event
from kiosk.hardware.pcsc import PcscReader
from kiosk.hardware.peers.vpcd import RunningReader
from kiosk.hardware.transport import Transport
from kiosk.hardware.worker import Worker

GIVE_UP_S = 20.0


def measure(taps: int) -> list[float]:
    """Milliseconds from the card in the field to the event, as the worker of a kiosk posts it.

    Raises:
        PcscdUnavailable: a private daemon cannot run here.
    """
    peer = RunningReader()
    events: queue.SimpleQueue[tuple[Event, float]] = queue.SimpleQueue()
    worker = Worker(
        DeviceId("reader"),
        lambda: PcscReader(
            DeviceId("reader"), {"reader": "", "socket": peer.port}, start=1, connect=_no_line
        ),
        lambda event: events.put((event, time.perf_counter())),
    )
    stop = threading.Event()
    thread = worker.start(stop, lambda error: stop.set())

    def wait(kind: type[Event]) -> float:
        while True:
            event, at_s = events.get(timeout=GIVE_UP_S)
            if isinstance(event, kind):
                return at_s

    took: list[float] = []
    chance = random.Random(3)
    try:
        wait(DeviceUp)
        for turn in range(taps):
            time.sleep(chance.uniform(0.0, 0.4))  # the daemon looks every 0.4 s
            began = time.perf_counter()
            peer.field.tap(bytes.fromhex(f"04{turn:010X}80"))
            took.append((wait(CardPresented) - began) * 1000)
            peer.field.untap()
            wait(CardRemoved)
    finally:
        stop.set()
        thread.join()
        peer.stop()
    return took


def _no_line() -> Transport:
    raise AssertionError("the driver has its own way to its device")
