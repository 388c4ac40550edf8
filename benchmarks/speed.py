"""What a guest waits for: the balance, the next screen, a button that looks pressed.

    python -m benchmarks.speed [--quick] [--filled DIR]

Prints a page and writes it to docs/benchmarks/guest.md; it is part of ``make benchmarks``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.__main__ import WRITTEN, display, in_window, say
from benchmarks.door import filled
from benchmarks.figures import load, machine, spread

SIZES = ("800x480", "1280x800")
FRAME_MS = 1000 / 60
CHANGE_MS = 100
FULL, QUICK = (1_000_000, 300, 6), (5_000, 10, 2)
"""Entries of the store, taps, how often all changes of the screen are made."""
WORST = 10


def screens(rounds: int, size: str) -> dict[str, Any]:
    """Every change of the screen, every press, in a window of a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.screens", str(rounds), size],
        stdout=subprocess.PIPE,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    made = {
        name: {how: _median(times) for how, times in kinds.items()}
        for name, kinds in told["changes"].items()
    }
    presses = told["presses"]
    return {
        "changes": made,
        "press_ms": spread([press["ms"] for press in presses]),
        "press_cpu_ms": spread([press["cpu_ms"] for press in presses]),
    }


def _median(times: list[dict[str, float]]) -> dict[str, float]:
    return {part: round(median(one[part] for one in times), 1) for part in times[0]}


def measure(plan: tuple[int, int, int], folder: Path) -> dict[str, Any]:
    entries, taps, rounds = plan
    found: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "entries": entries,
    }
    say(f"a store with {entries:,} entries")
    store = filled(folder, entries)
    found["load_before"] = load()
    with display() as found["display"]:
        say(f"{taps} taps")
        tapped = in_window("tap", store, taps, SIZES[1])
        found["renderer"] = tapped.pop("renderer")
        found["tap"] = {name: spread(times) for name, times in tapped.items()}
        found["screens"] = {}
        for size in SIZES:
            say(f"every change of the screen, {rounds} times, {size}")
            found["screens"][size] = screens(rounds, size)
    found["load_after"] = load()
    return found


def page(found: dict[str, Any]) -> str:
    """The figures as Markdown."""
    on, tap = found["machine"], found["tap"]
    lines = [
        "# What a guest waits for",
        "",
        f"{found['at']}, {on['cpu']}, {on['cores']} cores, Linux {on['kernel']}, Python "
        f"{on['python']}. Load average {found['load_before'][0]} before and "
        f"{found['load_after'][0]} after. Window on {found['display']} ({found['renderer']}): on a "
        "panel with a graphics unit the drawing is its work, not the processor's.",
        "",
        f"## A tap, {found['entries']:,} entries, {found['entries'] // 10:,} clients, {SIZES[1]}",
        "",
        "| | median | p95 | p99 | worst | of | budget |",
        "|---|---|---|---|---|---|---|",
        _row("card → frame with the balance", tap["all_ms"], "p99 300 ms"),
        _row("… of that until the window has the View", tap["core_ms"], ""),
        _row("processor, all cores, drawing included", tap["cpu_ms"], ""),
        "",
        f"A processor {300 / tap['cpu_ms']['p99']:.0f} times slower than this one, and alone with "
        "it, would still show 99 of 100 balances within 300 ms.",
    ]
    for size, told in found["screens"].items():
        changes, press = told["changes"], told["press_ms"]
        works = [times["cold"]["work"] for times in changes.values()]
        lines += [
            "",
            f"## A button, and the next screen, {size}",
            "",
            "| | median | p95 | p99 | worst | of | budget |",
            "|---|---|---|---|---|---|---|",
            _row("finger → frame with the pressed button", press, "the next frame"),
            _row("… processor, all cores", told["press_cpu_ms"], f"{FRAME_MS:.1f} ms"),
            _row("work of a change of the screen, never shown", spread(works), f"{CHANGE_MS} ms"),
            "",
            f"The {WORST} that cost most of {len(changes)}, in ms of work; in brackets those whose "
            "words were drawn before:",
            "",
            "| change | journey, books | words | layout | canvas | together | of the budget |",
            "|---|---|---|---|---|---|---|",
        ]
        worst = sorted(changes.items(), key=lambda change: -change[1]["cold"]["work"])[:WORST]
        for name, times in worst:
            cold, warm = times["cold"], times.get("warm", times["cold"])
            parts = " | ".join(
                f"{cold[part]} ({warm[part]})" for part in ("present", "compose", "paint", "work")
            )
            lines.append(
                f"| {name} | {cold['core']} | {parts} | {100 * cold['work'] / CHANGE_MS:.0f} % |"
            )
    return "\n".join(lines) + "\n"


def _row(what: str, ms: dict[str, float], budget: str) -> str:
    told = " | ".join(f"{ms[part]} ms" for part in ("median", "p95", "p99", "worst"))
    return f"| {what} | {told} | {ms['of']} | {budget} |"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed")
    parser.add_argument("--quick", action="store_true", help="a glance; nothing is written")
    parser.add_argument("--filled", type=Path, metavar="DIR", help="keeps the filled store")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="foyer-") as made:
        found = measure(QUICK if asked.quick else FULL, asked.filled or Path(made))
    print(page(found))
    if not asked.quick:
        (WRITTEN / "guest.json").write_text(json.dumps(found, indent=1) + "\n")
        (WRITTEN / "guest.md").write_text(page(found))


if __name__ == "__main__":
    main()
