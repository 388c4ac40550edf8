"""Run the appliance's tests part by part: ``python -m tests.appliance [--parts 1 2]``.

Without a word what a change must pass: parts 1 and 2, and 3 when the image is made of something
else than at its last run. What was left out is said, with when it last ran and how it ended.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.appliance import record
from tests.appliance.record import PARTS, ROOT, Run

HERE = Path("tests/appliance")
KEPT = ROOT / "build/appliance"
"""Pictures, logs and figures of the last run; see conftest.py."""
TESTS = {
    1: (
        Path("tests/test_install.py"),
        Path("tests/test_helper.py"),
        Path("tests/test_bundles.py"),
        HERE / "test_layout.py",
        HERE / "test_record.py",
    ),
    2: (HERE / "test_container.py", HERE / "test_units.py", HERE / "test_emulator.py"),
    3: (HERE / "test_first_boot.py", HERE / "test_arm64.py"),
    4: (HERE / "test_updates.py",),
}
IMAGES = {1: ("amd64",), 2: ("amd64",), 3: ("arm64",), 4: ("amd64", "arm64")}


def main() -> int:
    """Run what is asked for; 1 when any of it failed."""
    parser = argparse.ArgumentParser(prog="make appliance-test", description=__doc__)
    parser.add_argument("--parts", type=int, nargs="+", choices=list(PARTS), metavar="PART")
    asked = parser.parse_args().parts
    tree, runs = record.tree_hash(), record.read()
    reasons = dict.fromkeys(asked, "asked for") if asked else record.due(runs, tree)
    for part, why in reasons.items():
        print(f"==> part {part}: {PARTS[part]} ({why})", flush=True)
        runs[part] = run(part, tree)
        record.write(runs)
    print()
    for part in PARTS:
        print(told(part, part in reasons, runs.get(part), tree))
    return 0 if all(runs[part].result == "ok" for part in reasons) else 1


def run(part: int, tree: str) -> Run:
    """Build what a part boots, and run its tests."""
    KEPT.mkdir(parents=True, exist_ok=True)
    found = KEPT / "figures.json"
    found.unlink(missing_ok=True)
    at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    begun = time.monotonic()
    built = all(_ended_well("sh", "-c", f"image/build {arch}") for arch in IMAGES[part])
    begun_tests = time.monotonic()
    passed = built and _ended_well(
        *(sys.executable, "-m", "pytest", "-n0", "--durations=5", "-v", *map(str, TESTS[part]))
    )
    figures = _sizes(part, begun_tests - begun) if built else {}
    if found.exists():
        figures |= json.loads(found.read_text())
    result = "ok" if passed else "failed"
    return Run(at, result, round(time.monotonic() - begun, 1), tree, figures)


def _ended_well(*words: str) -> bool:
    return subprocess.run(words, cwd=ROOT).returncode == 0


def _sizes(part: int, build_s: float) -> dict[str, float | str]:
    """Of what was built: seconds, megabytes."""
    if part not in (2, 3):
        return {}
    told = json.loads((ROOT / "build/image" / IMAGES[part][0] / "stages.json").read_text())
    sizes = {name: round(size / 1e6) for name, size in told["bytes"].items()}
    return {
        "build_s": round(build_s),
        "build_base_s": round(told["seconds"]["base"]),
        "root_mb": sizes["root"],
        "kernel_mb": sizes["kernel"] + sizes["initrd"],
        "disk_mb": sizes["disk"],
    }


def told(part: int, ran: bool, last: Run | None, tree: str) -> str:
    """A part in one line: what came of it, or when it last ran."""
    name = f"part {part} ({PARTS[part]})"
    if ran and last:
        figures = "".join(
            f"\n       {record.LABELS.get(n, n)}: {v}" for n, v in last.figures.items()
        )
        return f"{last.result.upper():6} {name}: {last.seconds:.0f} s{figures}"
    if last is None:
        return f"-      {name}: NOT RUN, and never before; make appliance-test PART={part}"
    same = "of what the image is made of now" if last.tree == tree else "of another state of it"
    how = f"last on {last.at} UTC: {last.result}, {last.seconds:.0f} s, {same}"
    return f"-      {name}: NOT RUN; {how}; make appliance-test PART={part}"


if __name__ == "__main__":
    sys.exit(main())
