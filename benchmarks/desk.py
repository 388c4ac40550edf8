"""The desk on a store of a million entries: searching, turning pages, reports beside guests.

    python -m benchmarks.desk [--quick] [--filled DIR]

Prints a page and writes it to docs/benchmarks/desk.md; it is part of ``make benchmarks``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.__main__ import WRITTEN, copy_of, display, say
from benchmarks.door import filled
from benchmarks.figures import load, machine, spread

SIZE = "1280x800"
FRAME_MS = 1000 / 60
FULL, QUICK = (1_000_000, 100, 20, 200), (5_000, 5, 2, 10)
"""Entries of the store; searches, times that a client's pages are turned, taps."""


def in_window(what: str, store: Path, count: int) -> dict[str, Any]:
    """Measure in a process of its own: Kivy has one window a process."""
    with copy_of(store) as folder:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.attendant", what, folder, str(count), SIZE],
            stdout=subprocess.PIPE,
            check=True,
        )
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def page(found: dict[str, Any]) -> str:
    """The figures as Markdown."""
    on, report = found["machine"], found["report"]
    rows = (
        ("a digit → the frame with who is found", found["search"]["listed_ms"]),
        ("one of the first three digits → its frame", found["search"]["typed_ms"]),
        ("a client's transactions → the frame with them", found["pages"]["opened_ms"]),
        ("… the next page", found["pages"]["turned_ms"]),
        ("a guest's tap → the frame with the balance", report["alone_ms"]),
        ("… while reports of a month are made", report["beside_ms"]),
    )
    lines = [
        "# The desk",
        "",
        f"{found['at']}, {on['cpu']}, {on['cores']} cores, Linux {on['kernel']}, Python "
        f"{on['python']}. Load average {found['load_before'][0]} before and "
        f"{found['load_after'][0]} after. Window of {SIZE} on {found['display']}.",
        "",
        f"A store of {found['entries']:,} entries and {found['search']['clients']:,} clients; one "
        f"client has {found['pages']['entries']:,} entries. A frame is {FRAME_MS:.1f} ms. Reports "
        f"of a month follow each other, each {report['report_s']['median']} s long.",
        "",
        "| | median | p95 | p99 | worst | of | frames, p95 |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, ms in rows:
        told = " | ".join(f"{ms[part]} ms" for part in ("median", "p95", "p99", "worst"))
        lines.append(f"| {name} | {told} | {ms['of']} | {ms['p95'] / FRAME_MS:.1f} |")
    return "\n".join(lines) + "\n"


def measure(plan: tuple[int, int, int, int], folder: Path) -> dict[str, Any]:
    entries, searches, turns, taps = plan
    found: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "entries": entries,
    }
    say(f"a store with {entries:,} entries")
    store = filled(folder, entries)
    found["load_before"] = load()
    with display() as found["display"]:
        for what, count in (("report", taps), ("search", searches), ("pages", turns)):
            say(f"{what}, {count} times")
            told = in_window(what, store, count)
            found[what] = {
                name: spread(value) if isinstance(value, list) else value
                for name, value in told.items()
            }
    found["load_after"] = load()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk")
    parser.add_argument("--quick", action="store_true", help="a glance; nothing is written")
    parser.add_argument("--filled", type=Path, metavar="DIR", help="keeps the filled store")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="foyer-") as made:
        found = measure(QUICK if asked.quick else FULL, asked.filled or Path(made))
    print(page(found))
    if not asked.quick:
        (WRITTEN / "desk.json").write_text(json.dumps(found, indent=1) + "\n")
        (WRITTEN / "desk.md").write_text(page(found))


if __name__ == "__main__":
    main()
