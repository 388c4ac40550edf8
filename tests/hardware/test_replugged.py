"""Cables of running devices, in real time: pseudo-terminals, sockets and a real PC/SC daemon."""

from __future__ import annotations

import gc
import threading
from pathlib import Path

import pytest

from benchmarks import wires
from kiosk.hardware.peers.vpcd import RunningReader


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.slow
def test_fifty_cables_are_put_back_and_nothing_is_left_open(contactless: RunningReader) -> None:
    """Its times are for people: how long a device may take is asked on a virtual clock."""
    given = {"pcsc": contactless}
    wires.replugged(3, list(wires.MEASURED), given)  # what libraries open once, and keep
    gc.collect()
    threads, files = threading.active_count(), open_files()
    took = wires.replugged(50, list(wires.MEASURED), given, seed=9)
    gc.collect()
    for name, out_s, seconds in took:
        print(f"{name}: out for {out_s:g} s, there again {seconds:.2f} s after it was back")
    assert len(took) == 50
    assert threading.active_count() == threads
    assert open_files() <= files


@pytest.mark.parametrize("name", [name for name in wires.MEASURED if name != "pcsc"])
def test_each_driver_can_be_measured(name: str) -> None:
    (took,) = wires.wire_to_inbox(name, 1)
    assert took > 0
