"""All measurements, printed and written to docs/benchmarks/: see docs/benchmarks/README.md.

    python -m benchmarks [--quick] [--folder DIR]

DIR decides which disk is measured. Nothing is passed or failed here: tests do that. The store by
itself, up to a million entries and with bars of its own, is benchmarks/store.py.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import books, process
from benchmarks.figures import load, machine, spread
from benchmarks.report import table
from benchmarks.wires import wire_to_inbox
from kiosk.core.config import STANDARD_DEVICES
from kiosk.hardware.peers.pcscd import PcscdUnavailable

WRITTEN = Path(__file__).parents[1] / "docs" / "benchmarks"


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    clients: int
    taps: int
    reads: int
    starts: int
    idle_s: float
    journeys: int
    size: str = "1280x800"
    journeys_size: str = "800x480"


FULL = Plan(clients=10_000, taps=200, reads=20, starts=5, idle_s=30, journeys=1_000)
QUICK = Plan(clients=300, taps=20, reads=5, starts=1, idle_s=5, journeys=20)


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


@contextmanager
def display() -> Iterator[str]:
    """The machine's display, or a virtual one; in words."""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        yield "the display of the machine"
        return
    read, write = os.pipe()
    screen = ["-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), *screen], pass_fds=(write,), stderr=subprocess.DEVNULL
    ) as server:
        os.close(write)
        try:
            with os.fdopen(read) as told:
                os.environ["DISPLAY"] = f":{told.readline().strip()}"
            yield "Xvfb, a virtual display without a graphics card"
        finally:
            server.terminate()


@contextmanager
def copy_of(filled: Path) -> Iterator[Path]:
    """The filled store under another folder: a measurement writes, and the next must not see it."""
    with tempfile.TemporaryDirectory(dir=filled.parent) as name:
        for file in ("store.db", "secrets.db"):
            shutil.copy2(filled / file, name)
        yield Path(name)


def in_window(what: str, filled: Path, count: int, size: str) -> dict[str, Any]:
    """Measure in a process of its own: Kivy has one window a process."""
    with copy_of(filled) as folder:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.guest", what, folder, str(count), size],
            stdout=subprocess.PIPE,
            check=True,
        )
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def measure(plan: Plan, folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "load_before": load(),
        "clients": plan.clients,
    }
    filled = folder / "filled"
    filled.mkdir()
    say(f"a store with {plan.clients:,} clients")
    venue = books.create(filled)
    for entries in books.fill(venue, (plan.clients * books.ENTRIES_A_CLIENT,)):
        say(f"  {entries:,} entries")
    found["entries"] = venue.ledger.seq
    venue.close()
    found["store_mb"] = round((filled / "store.db").stat().st_size / 1e6, 1)

    say(f"{plan.reads} cards before a reader of a real PC/SC daemon")
    devices = dict(STANDARD_DEVICES)
    try:
        found["reader_ms"] = spread(wire_to_inbox("pcsc", plan.reads))
    except PcscdUnavailable as error:
        say(str(error))
        del devices["reader"]
    found["devices"] = list(devices)

    with display() as found["display"]:
        say(f"{plan.taps} taps in a window of {plan.size}")
        tapped = in_window("tap", filled, plan.taps, plan.size)
        found["tap"] = {
            "size": plan.size,
            "renderer": tapped["renderer"],
            "frame_ms": spread(tapped["all_ms"]),
            "core_ms": spread(tapped["core_ms"]),
        }
        with copy_of(filled) as copy:
            say(f"{plan.starts} starts of the process")
            found["start_s"] = spread(process.cold_starts(copy, devices, plan.starts))
            found["start_without_simulators_s"] = spread(
                process.cold_starts(copy, {"lights": "gpio"}, plan.starts)
            )
            say(f"nobody there, {plan.idle_s:g} s with motion and {plan.idle_s:g} s without")
            found["idle"] = {
                "seconds": plan.idle_s,
                "motion": process.idle(copy, devices, plan.idle_s, motion=True),
                "still": process.idle(copy, devices, plan.idle_s, motion=False),
            }
        say(f"{plan.journeys} journeys in a window of {plan.journeys_size}")
        found["journeys"] = {
            "size": plan.journeys_size,
            **in_window("journeys", filled, plan.journeys, plan.journeys_size),
        }
    found["load_after"] = load()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="times and sizes")
    parser.add_argument("--quick", action="store_true", help="a glance; nothing is written")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="on the disk to be measured")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=told.folder, prefix="foyer-") as folder:
        found = measure(QUICK if told.quick else FULL, Path(folder))
    print(table(found))
    if not told.quick:
        WRITTEN.mkdir(exist_ok=True)
        (WRITTEN / "latest.json").write_text(json.dumps(found, indent=1) + "\n")
        (WRITTEN / "latest.md").write_text(table(found))
        say(f"written to {WRITTEN}")


if __name__ == "__main__":
    main()
