"""The kiosk as a process: how soon it is there, what it takes of the machine when nobody comes."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.figures import cpu_s, memory_kb

GIVE_UP_S = 60.0
SETTLE_S = 5.0
"""After the first frame devices come up and the reader's daemon is asked for the first time."""


def settings(folder: Path, *, devices: Mapping[str, str], motion: bool) -> Path:
    """A configuration for a simulated kiosk on the store in `folder`."""
    written = folder / "kiosk.toml"
    sections = [
        f'[store]\nfolder = "{folder}"',
        f"[screen]\nmotion = {str(motion).lower()}",
        *(f'[devices.{name}]\ndriver = "{driver}"' for name, driver in devices.items()),
    ]
    written.write_text("\n".join(sections) + "\n")
    return written


@contextmanager
def running(config: Path) -> Iterator[tuple[int, float]]:
    """A running kiosk: its process id, and the seconds from its start to its first frame."""
    read, write = os.pipe()
    began = time.monotonic()
    log = config.with_name("kiosk.log")
    with log.open("wb") as said:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "benchmarks.started", str(write)),
                *("--simulated", "--config", config),
            ],
            pass_fds=(write,),
            stderr=said,
        )
    os.close(write)
    try:
        told = b""
        if select.select([read], [], [], GIVE_UP_S)[0]:
            told = os.read(read, 64)
        if not told:
            raise RuntimeError(f"the kiosk showed nothing; it said: {log.read_text()[-1000:]}")
        yield process.pid, float(told) - began
    finally:
        os.close(read)
        process.send_signal(signal.SIGTERM)
        process.wait()


def cold_starts(folder: Path, devices: Mapping[str, str], times: int) -> list[float]:
    """Seconds from the start of the process to its first frame."""
    config = settings(folder, devices=devices, motion=True)
    took = []
    for _ in range(times):
        with running(config) as (_pid, seconds):
            took.append(round(seconds, 3))
    return took


def idle(
    folder: Path, devices: Mapping[str, str], seconds: float, *, motion: bool
) -> dict[str, Any]:
    """Processor time on the welcome screen in % of one core, and memory in kB, of one process."""
    with running(settings(folder, devices=devices, motion=motion)) as (pid, _):
        time.sleep(SETTLE_S)
        used, began = cpu_s(pid), time.monotonic()
        time.sleep(seconds)
        percent = 100 * (cpu_s(pid) - used) / (time.monotonic() - began)
        return {"cpu_percent": round(percent, 2), "memory_kb": memory_kb(pid)}
