"""What the programs that run inside the guest share: telling, waiting, asking for a hand outside.

A program prints a line for each thing that was seen, ``ok: …`` or ``NOT OK: …``, and ends with 1
when one was not. What has to be done to the machine from outside (a cable pulled) it asks for by a
line ``please: WORD``; `tests.devices_vm.machines` does that and leaves a file of that name.
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
import time
import tomllib
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any, NoReturn

from kiosk.core.ids import DeviceId
from kiosk.core.messages import Effect, Event
from kiosk.hardware.device import Device, Options
from kiosk.hardware.transport import Transport
from kiosk.hardware.worker import Worker

GIVE_UP_S = 120.0
"""A guard against hanging: the machine is emulated, and its host may be busy."""
LOOK_EVERY_S = 0.05
DONE = Path("/run/devices/done")
"""Where whoever helps from outside leaves word."""

_failed = 0
_asked = itertools.count(1)


def check(what: str, right: bool, told: object = "") -> None:
    """Say whether something is as it must be, and what was seen."""
    global _failed
    _failed += not right
    print(f"{'ok' if right else 'NOT OK'}: {what} {told}".rstrip(), flush=True)


def note(what: str) -> None:
    """Say something that is only of interest."""
    print(what, flush=True)


def end(name: str) -> NoReturn:
    """End the program, and say how it went."""
    print(f"{name}:", f"{_failed} NOT OK" if _failed else "all ok", flush=True)
    sys.stdout.flush()
    # Whatever a thread of a library still waits for is not what is tried here.
    os._exit(bool(_failed))


def until(what: str, wanted: Callable[[], Any]) -> Any:
    """Wait for a condition; what it gave."""
    give_up_s = time.monotonic() + GIVE_UP_S
    while time.monotonic() < give_up_s:
        if got := wanted():
            return got
        time.sleep(LOOK_EVERY_S)
    print(f"NOT OK: {what}: not within {GIVE_UP_S:.0f} s", flush=True)
    os._exit(1)


def please(word: str) -> None:
    """Have something done to the machine from outside; back when it is."""
    done = DONE / f"{next(_asked)}-{word}"
    print(f"please: {done.name}", flush=True)
    until(word, done.exists)


def write(path: Path, value: str | bytes) -> None:
    """Write a file of the kernel's, in one go."""
    with path.open("wb") as file:
        file.write(value.encode() if isinstance(value, str) else value)


def options(driver: str, **changed: str | int | bool) -> Options:
    """The settings of a driver as they ship, but for some."""
    shipped = tomllib.loads(resources.files("kiosk").joinpath("default.toml").read_text("utf-8"))
    return {**shipped["driver"][driver], **changed}


def no_line() -> Transport:
    """For drivers that have a way of their own to their device."""
    raise AssertionError("this driver has no line")


class Served:
    """A driver under the worker that the kiosk has it under, in a thread, and what it tells.

    Args:
        device: its name.
        make: makes the driver.
    """

    def __init__(self, device: DeviceId, make: Callable[[], Device]) -> None:
        self.events: list[Event] = []
        self._seen = 0
        self._stop = threading.Event()
        self._worker = Worker(device, make, self.events.append)
        self._thread = self._worker.start(self._stop, self._broken)

    def _broken(self, error: BaseException) -> None:
        print(f"NOT OK: the worker ended: {error!r}", flush=True)
        os._exit(1)

    def do(self, effect: Effect) -> None:
        """Give it something to do."""
        self._worker.do(effect)

    def told(self, kind: type[Event], like: Callable[[Any], bool] = lambda event: True) -> Any:
        """Wait for the next event of a kind; what came before it counts as seen."""

        def found() -> Event | None:
            while self._seen < len(self.events):
                event = self.events[self._seen]
                self._seen += 1
                if isinstance(event, kind) and like(event):
                    return event
            return None

        return until(f"{kind.__name__}; it told {self.events[-5:]}", found)

    def since(self, count: int, kind: type[Event]) -> list[Event]:
        """The events of a kind but for the first so many of all."""
        return [event for event in self.events[count:] if isinstance(event, kind)]

    def stop(self) -> None:
        """End it; back when its thread is gone and the device closed."""
        self._stop.set()
        self._thread.join()
