"""The locked Python packages as another machine needs them: `wheels.py ARCH LOCK` prints that part.

pip decides by the machine it runs on whether a line of a lock is meant; here it is decided by the
image's.
"""

from __future__ import annotations

import sys
from pathlib import Path

from packaging.requirements import Requirement

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
"""Debian's names for the processors, and the kernel's."""
PYTHON = "3.13"
OF_DEBIAN = ("evdev", "pyscard")
"""Those without a wheel for Linux: the image has Debian's package of them."""


def environment(arch: str) -> dict[str, str]:
    """What markers are compared with on an image of this architecture."""
    return {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": MACHINES[arch],
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": f"{PYTHON}.0",
        "python_version": PYTHON,
        "sys_platform": "linux",
    }


def entries(lock: str) -> list[str]:
    """The packages of a lock, each with its hashes."""
    found: list[list[str]] = []
    for line in lock.splitlines():
        if line and line[0].isalnum():
            found.append([line])
        elif line.lstrip().startswith("--hash"):
            found[-1].append(line)
    return ["\n".join(lines).rstrip(" \\") for lines in found]


def wanted(lock: str, arch: str) -> list[str]:
    """Those that the image needs, without their markers."""
    kept = []
    for entry in entries(lock):
        first, _, hashes = entry.partition("\n")
        requirement = Requirement(first.rstrip(" \\"))
        if requirement.name in OF_DEBIAN:
            continue
        if requirement.marker is None or requirement.marker.evaluate(environment(arch)):
            kept.append(f"{requirement.name}{requirement.specifier} \\\n{hashes}")
    return kept


if __name__ == "__main__":
    print("\n".join(wanted(Path(sys.argv[2]).read_text("utf-8"), sys.argv[1])))
