"""A slip that is cut in the middle, from the guest's touch to the paper: driver, worker and core.

The printer is simulated in memory and the time is by hand; the books, the journey, the driver and
its worker are the real ones.
"""

from __future__ import annotations

import errno
import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from kiosk.core.messages import Effect, Event, PrintSlip
from kiosk.core.situation import Problem
from kiosk.core.slips import GetSlip
from kiosk.hardware.device import Options
from kiosk.hardware.escpos import ReceiptPrinter
from kiosk.hardware.peers.printer import ReceiptPrinter as Peer
from kiosk.hardware.transport import WRITE_S, MemoryLine, Transport
from kiosk.hardware.worker import Worker
from tests.core.guest import PRINTER, Guest, make_venue, shelf

STEP_S = 0.1
STEPS_MAX = 2000
RECEIPT_BYTES = 900
"""More than the receipt here has before its end."""


@dataclass
class Kiosk:
    """A guest, the books and a printer on a wire that breaks."""

    guest: Guest
    defaults: Options
    peer: Peer = field(default_factory=Peer)
    breaks_after: int | None = None
    with_power: bool = False
    plugged: bool = True
    told: deque[Event] = field(default_factory=deque)

    def __post_init__(self) -> None:
        options = {**self.defaults, "port": "usb:04b8:0e28"}

        def driver() -> ReceiptPrinter:
            return ReceiptPrinter(
                PRINTER, options, start=1, connect=self.connect, monotonic=self.clock
            )

        self.worker = Worker(
            PRINTER, driver, self.told.append, jitter=random.Random(1), poll_s=STEP_S
        )

    def clock(self) -> float:
        return self.guest.now.mono_s

    def wait(self, seconds: float) -> None:
        self.guest.now = self.guest.now.later(seconds)

    def connect(self) -> Transport:
        if not self.plugged:
            raise OSError(errno.ENODEV, "it was unplugged")
        return Breaking(self, MemoryLine(self.peer, self.clock, self.wait))

    def run(self, enough: Callable[[], bool]) -> None:
        """Until it is so; what the guest's journey wants printed goes to the printer."""
        for _ in range(STEPS_MAX):
            if enough():
                return
            self.worker.step(self.guest.now)
            self.wait(STEP_S)
            while self.told:
                self.hand_on(self.guest.tell(self.told.popleft()))
        raise AssertionError("it never came so far")

    def hand_on(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, PrintSlip):
                self.worker.do(effect)

    def slip(self, job: Any) -> tuple[str, int]:
        found = self.guest.venue.ask(GetSlip(job), self.guest.now)
        assert found is not None
        return found.state, found.attempts


@dataclass
class Breaking:
    """A wire that is cut after so many bytes of a slip; questions before it do not count."""

    kiosk: Kiosk
    line: MemoryLine

    def read(self, limit: int, timeout_s: float) -> bytes:
        return self.line.read(limit, timeout_s)

    def write(self, data: bytes, timeout_s: float = WRITE_S) -> None:
        left = self.kiosk.breaks_after
        if left is None or data.startswith(b"\x10\x04"):
            self.line.write(data, timeout_s)
            return
        self.line.write(data[:left], timeout_s)
        self.kiosk.breaks_after = None
        self.kiosk.plugged = False
        if self.kiosk.with_power:
            self.kiosk.peer.power_cut()
        self.line.unplug()
        raise OSError(errno.ENODEV, "it was unplugged")

    def close(self) -> None:
        self.line.close()


@pytest.fixture
def kiosk(defaults: Callable[[str], Options]) -> Iterator[Kiosk]:
    with shelf() as folder:
        guest = Guest(make_venue(folder))
        made = Kiosk(guest, defaults("escpos"))
        greeted_s = made.clock() + 5
        made.run(lambda: made.clock() > greeted_s)
        assert guest.situation.machine.devices[PRINTER].model == "PEER"
        guest.home()
        yield made
        guest.venue.close()


@pytest.mark.parametrize("with_power", [False, True])
@pytest.mark.parametrize("after", [*range(0, RECEIPT_BYTES, 75)])
def test_P03_a_receipt_that_was_cut_comes_again_whole_and_says_copy(
    kiosk: Kiosk, after: int, with_power: bool
) -> None:
    guest = kiosk.guest
    guest.press("top_up")
    guest.insert(500)
    kiosk.breaks_after, kiosk.with_power = after, with_power
    [wanted] = [e for e in guest.press("done") if isinstance(e, PrintSlip)]
    kiosk.hand_on([wanted])
    kiosk.run(lambda: kiosk.slip(wanted.job)[0] != "due")
    assert kiosk.slip(wanted.job) == ("unknown", 1), "what was handed over may have come out"
    assert isinstance(guest.scene, Problem) and guest.scene.key == "err.printer_middle"
    assert guest.scene.money == "safe"

    kiosk.plugged = True
    kiosk.peer.power_up()
    kiosk.run(lambda: kiosk.slip(wanted.job)[0] == "printed")
    assert kiosk.slip(wanted.job) == ("printed", 2)
    *pieces, whole = kiosk.peer.receipts
    assert len(pieces) <= 1
    assert not any("COPY" in piece.text for piece in pieces)
    assert whole.text.count("COPY") == 2, "at its top and at its bottom"
    assert whole.text.count("TOTAL") == 1 and "500.00" in whole.text
    assert guest.venue.ledger.verify() == []
