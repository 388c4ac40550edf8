"""Cables pulled and put back all day: nothing is lost, doubled or left open."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core.guest import shelf
from tests.hardware.contract.acceptors import CCNET, CCTALK, ID003, SSP, Model
from tests.sim.plugs import Kiosk
from tests.sim.world import virtual_lights


@pytest.fixture
def folder() -> Iterator[Path]:
    with shelf() as made:
        yield made


def unplugged(model: Model, folder: Path, pulls: int, *, pulses: bool, seed: int) -> Kiosk:
    """A kiosk after so many pulled cables, and nothing wrong with it."""
    threads, files = threading.active_count(), open_files()
    with virtual_lights():
        kiosk = Kiosk(model, pulses=pulses, seed=seed, folder=folder)
        kiosk.run(pulls)
        assert kiosk.wrong() == []
        for station in kiosk.stations.values():
            station.worker.driver.close()
            assert all(line.closed for line in station.lines), station.name
    kiosk.venue.close()
    gc.collect()
    assert threading.active_count() == threads
    assert open_files() <= files
    return kiosk


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


KIOSKS = [(CCNET, False), (ID003, True), (SSP, False), (CCTALK, True)]


@pytest.mark.slow
@pytest.mark.parametrize(("model", "pulses"), KIOSKS, ids=str)
def test_250_cables_at_each_of_four_kiosks(model: Model, pulses: bool, folder: Path) -> None:
    kiosk = unplugged(model, folder, 250, pulses=pulses, seed=9)
    for station in kiosk.stations.values():
        assert station.pulls > 5 and len(station.took) > 5, station.name
    for what in ("notes", "coins", "cards", "visits", "payments", "pay-outs"):
        assert kiosk.counts[what] > 5, what


@pytest.mark.parametrize(("model", "pulses"), KIOSKS, ids=str)
def test_fifteen_cables_at_each_of_four_kiosks(model: Model, pulses: bool, folder: Path) -> None:
    unplugged(model, folder, 15, pulses=pulses, seed=1)
