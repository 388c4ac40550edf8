"""What a process does to its disk, as the kernel counts it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SECTOR_BYTES = 512
"""In /proc/diskstats a sector is this long, whatever the disk says (kernel, iostats.rst)."""

SYNCS = ("fsync", "fdatasync", "sync", "syncfs", "sync_file_range", "msync")
WRITES = ("write", "pwrite64", "writev", "pwritev", "pwritev2")


def device(path: Path) -> str:
    """The name of the block device under `path` in /proc/diskstats; empty where there is none."""
    number = path.stat().st_dev
    for line in Path("/proc/diskstats").read_text().splitlines():
        major, minor, name, *_ = line.split()
        if (int(major), int(minor)) == (os.major(number), os.minor(number)):
            return name
    return ""


def written(name: str) -> int:
    """Bytes that were ever written to a device, by whoever wrote them."""
    for line in Path("/proc/diskstats").read_text().splitlines():
        fields = line.split()
        if fields[2] == name:
            return int(fields[9]) * SECTOR_BYTES
    raise AssertionError(f"/proc/diskstats has no {name} any more")


@contextmanager
def of_its_own(folder: Path, size: int) -> Iterator[Path]:
    """A folder on an ext4 file system of its own in `folder`, where nobody else writes.

    Needs root and a loop device; without them it is a folder like any other, whose device others
    write to as well.
    """
    image, mounted = folder / "disk.img", folder / "disk"
    mounted.mkdir()
    with image.open("wb") as file:
        file.truncate(size)
    tried = [
        ["mkfs.ext4", "-q", "-F", image],
        ["mount", "-o", "loop", image, mounted],
    ]
    has_all = all(shutil.which(command[0]) for command in tried)
    own = has_all and all(
        subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0 for command in tried
    )
    try:
        yield mounted
    finally:
        if own:
            subprocess.run(["umount", mounted], check=True)
        image.unlink()


def traced(command: list[str | Path], mark: str, log: Path, folder: Path) -> dict[str, int] | None:
    """Run `command` in `folder` under strace, and count between its two looks for the file `mark`.

    Returns:
        ``syncs``, by whatever call, and ``bytes`` that were handed to the kernel to be written;
        None where there is no strace.
    """
    if not shutil.which("strace"):
        return None
    # The question mark: a call that this machine does not know is no mistake.
    calls = ",".join(f"?{name}" for name in (*SYNCS, *WRITES, "access", "faccessat", "faccessat2"))
    strace = ["strace", "-f", "-qq", "-s", "0", "-e", f"trace={calls}", "-e", "signal=none"]
    subprocess.run(
        [*strace, "-o", log, *command], check=True, stdout=subprocess.DEVNULL, cwd=folder
    )
    counted = {"syncs": 0, "bytes": 0}
    marks = 0
    for line in log.read_text().splitlines():
        found = re.match(r"(?:\d+\s+)?(\w+)\((.*)\)\s+= (-?\d+)", line)
        if not found:
            continue
        name, arguments, answer = found.groups()
        if mark in arguments:
            marks += 1
        elif marks == 1 and name in SYNCS:
            counted["syncs"] += 1
        elif marks == 1 and name in WRITES:
            counted["bytes"] += max(0, int(answer))
    assert marks == 2, f"{log}: {marks} marks instead of two"
    return counted
