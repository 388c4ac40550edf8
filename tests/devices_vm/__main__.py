"""Try the devices in machines of the emulator: ``python -m tests.devices_vm --help``.

Builds the images that are booted, and keeps what came of each case in docs/benchmarks.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from tests.appliance.record import ROOT, Run, tree_hash
from tests.devices_vm import record

TESTS = ("tests/devices_vm/test_devices.py", "tests/devices_vm/test_pins.py")
OF_ARM64 = "pins"


class Keeper:
    """Puts the result of each test into the record, as soon as it is known."""

    def __init__(self) -> None:
        self._tree = tree_hash(ROOT, record.MADE_OF)
        self._seconds = 0.0
        self._figures: dict[str, float | str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """See pytest."""
        name = report.nodeid.rpartition("::")[2]
        self._seconds = report.duration + (self._seconds if report.when != "setup" else 0.0)
        if report.when != "call" and report.passed:
            return
        at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
        figures = dict(report.user_properties)
        result = "ok" if report.passed else "failed"
        runs = record.read()
        runs[name] = Run(at, result, round(self._seconds, 1), self._tree, figures)
        record.write(runs)


def main() -> int:
    """Run what is asked for; 1 when any of it failed."""
    parser = argparse.ArgumentParser(prog="make devices-vm", description=__doc__)
    parser.add_argument("--cases", nargs="+", default=[], metavar="WORD")
    parser.add_argument("--as-built", action="store_true", help="boot the images that are here")
    asked = parser.parse_args()
    words = asked.cases
    archs = {"arm64" if word == OF_ARM64 else "amd64" for word in words} or {"amd64", "arm64"}
    for arch in () if asked.as_built else sorted(archs):
        if subprocess.run(["image/build", arch], cwd=ROOT).returncode:
            return 1
    some = ["-k", " or ".join(words)] if words else []
    code = pytest.main(
        ["-n0", "-v", "--durations=0", *some, *(str(ROOT / file) for file in TESTS)],
        plugins=[Keeper()],
    )
    print(f"{record.PAGE.relative_to(ROOT)} has the results")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
