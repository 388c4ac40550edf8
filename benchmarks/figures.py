"""Figures of this machine and of processes, as the kernel tells them."""

from __future__ import annotations

import os
import platform
import sys
from math import ceil
from pathlib import Path
from statistics import median
from typing import Any


def memory_kb(pid: int | str = "self") -> dict[str, int]:
    """Resident and proportional size of a process in kB (proc_pid_smaps(5))."""
    kept = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name in ("Rss", "Pss"):
            kept[name.lower()] = int(rest.split()[0])
    return kept


def cpu_s(pid: int) -> float:
    """Seconds of processor time a process has used so far, user and system (proc_pid_stat(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def spread(values: list[float], digits: int = 2) -> dict[str, float]:
    """Median, p95, p99 and the worst, rounded."""
    ordered = sorted(values)

    def at(part: float) -> float:
        return ordered[max(0, ceil(part * len(ordered)) - 1)]

    return {
        "median": round(median(ordered), digits),
        "p95": round(at(0.95), digits),
        "p99": round(at(0.99), digits),
        "worst": round(ordered[-1], digits),
        "of": len(ordered),
    }


def load() -> list[float]:
    """The load averages of 1, 5 and 15 minutes."""
    return [round(part, 2) for part in os.getloadavg()]


def machine() -> dict[str, Any]:
    """What ran the benchmarks."""
    cpu = platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith(("model name", "Model")):
            cpu = line.partition(":")[2].strip()
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory_mb": memory_mb,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
    }
