"""What the store costs, beside plain SQLite, stock TinyDB and a raw append: up to 1M entries.

    python benchmarks/store.py [--quick] [--json FILE] [--folder DIR] [--filled DIR]

DIR decides which disk is measured. Ends with 1 when a gated figure misses its bar. What each
figure is stands in docs/benchmarks/store.md, which the long form without --json writes.
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
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[1]
if __name__ == "__main__":
    # As a script Python looks for `kiosk` beside this file, where benchmarks/kiosk.py is.
    sys.path[0] = str(PROJECT)

from benchmarks import books, disk, probe, race, store_page  # noqa: E402  # after the path
from benchmarks.figures import load, machine, spread  # noqa: E402

WRITTEN = PROJECT / "docs" / "benchmarks"


@dataclass(frozen=True)
class Plan:
    """How much is measured; the last of `sizes`, in entries, is the one of the bars."""

    sizes: tuple[int, ...]
    stock_commits: tuple[int, ...]
    block: int
    software_block: int
    rounds: int
    starts: int


FULL = Plan((10_000, 100_000, 1_000_000), (3, 1, 0), 100, 100, 7, 7)
QUICK = Plan((10_000, 20_000), (1, 0), 30, 30, 5, 3)

TRACED = 100
DYING = 550
"""Top-ups of a process that dies: two commits each, about the longest log there can be."""

REMEMBERED = 500
"""Top-ups before memory is looked at, and as many questions of each kind."""


@dataclass(frozen=True)
class Gate:
    """A figure and its bar; `full_only` where a short run has no such figure."""

    key: str
    unit: str
    at_most: float
    what: str
    at_least: float = 0
    full_only: bool = False


GATES = (
    Gate("commit_vs_sqlite_p50", "×", 2.0, "a settled note, to plain SQLite writing the same rows"),
    Gate("cpu_1m_vs_10k", "×", 1.3, "software cost at the most entries, to 10k", full_only=True),
    Gate("syncs_per_commit", "", 1.0, "data syncs a commit, checkpoints held off", at_least=1.0),
    Gate("bytes_per_commit", "B", 20_000, "bytes to the disk a commit, a note held or settled"),
    Gate("start_ms", "ms", 50, "start: the store opened by a new process"),
    Gate("rss_mb", "MB", 30, "memory that the open store adds, at its peak"),
    Gate("history_ms", "ms", 2.0, "a client's latest 20 movements"),
    Gate("by_digits_ms", "ms", 2.0, "a client by 4 digits of the phone"),
)


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def fill(folder: Path, sizes: tuple[int, ...]) -> None:
    """Make a store of each size in `folder`, unless an earlier run has."""
    if all((folder / str(size)).exists() for size in sizes):
        return
    growing = folder / "growing"
    shutil.rmtree(growing, ignore_errors=True)
    growing.mkdir(parents=True)
    began = time.monotonic()
    with closing(books.create(growing)) as venue:
        wanted = list(sizes)
        for entries in books.fill(venue, sizes):
            if entries >= wanted[0]:
                _copy(growing, folder / str(wanted.pop(0)))
            if entries % 50_000 < books.ENTRIES_A_TRANSACTION:
                say(f"  {entries:,} entries, {time.monotonic() - began:.0f} s")
    shutil.rmtree(growing)


def _copy(filled: Path, to: Path) -> Path:
    draft = to.with_name(to.name + ".new")
    draft.mkdir(parents=True, exist_ok=True)
    for file in ("store.db", "secrets.db"):
        shutil.copy2(filled / file, draft)
    return draft.rename(to)


def _probed(what: str, folder: Path, count: int = 0) -> dict[str, Any]:
    """What `benchmarks.probe` found, in a new process."""
    command = _probe(what, folder, count)
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=PROJECT)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _probe(what: str, folder: Path, count: int) -> list[str | Path]:
    return [sys.executable, "-m", "benchmarks.probe", what, folder, str(count)]


def _out_of_memory(folder: Path) -> None:
    """Have the kernel forget what it keeps of the files, as after a boot."""
    os.sync()
    for path in folder.glob("*.db*"):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def starts(folder: Path, count: int) -> dict[str, Any]:
    """Milliseconds to open the store: read from the disk, from memory, after a cut."""
    cold, warm, cut = [], [], []
    for _ in range(count):
        _out_of_memory(folder)
        cold.append(_probed("start", folder)["ms"])
        warm.append(_probed("start", folder)["ms"])
    for _ in range(3):
        log = _probed("commits", folder, DYING)["log_bytes"]
        _out_of_memory(folder)
        cut.append(_probed("start", folder)["ms"])
    return {
        "cold_ms": spread(cold),
        "warm_ms": spread(warm),
        "after_cut_ms": spread(cut),
        "log_mb": round(log / 1e6, 1),
    }


def measure(plan: Plan, folder: Path, filled: Path) -> dict[str, Any]:
    found: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "load_before": load(),
        "device": disk.device(folder),
        "sizes": [],
    }
    say("the stores")
    fill(filled, plan.sizes)
    pairs = []
    for size, stock in zip(plan.sizes, plan.stock_commits, strict=True):
        at = folder / str(size)
        ours, plain = (
            _copy(filled / str(size), at / "ours"),
            _copy(filled / str(size), at / "plain"),
        )
        pairs.append((ours, plain))
        os.sync()
        say(f"{size:,} entries: {race.BLOCKS} blocks of each in turns")
        row = {
            "entries": size,
            "clients": len(books.cards_in(ours)),
            "store_mb": round((ours / "store.db").stat().st_size / 1e6, 1),
            **race.commits(ours, plain, at, block=plan.block, stock_block=stock),
        }
        found["sizes"].append(row)
        say(f"  {row['settle_ms']['ours']['median']} ms, {row['ours_to_plain']} x plain SQLite")
        for scratch in ("stock.json", "raw.log"):
            (at / scratch).unlink(missing_ok=True)
    os.sync()
    say("the same without syncs, all sizes in turns")
    software = race.software(pairs, block=plan.software_block)
    for row, figures in zip(found["sizes"], software, strict=True):
        row["software"] = figures
    shutil.rmtree(pairs[-1][1])
    ours = pairs[-1][0]
    say("what is asked, what it takes in memory, how soon it is open")
    for row, (of, _) in zip(found["sizes"], pairs, strict=True):
        row["questions"] = _told(_probed("questions", of))
    found["memory"] = _probed("memory", ours, REMEMBERED)
    found["start"] = starts(ours, plan.starts)
    say("what reaches the disk")
    traced = disk.traced(
        _probe("commits", ours, TRACED), probe.MARK, folder / "strace.log", PROJECT
    )
    if traced:
        found["traced"] = {"commits": 2 * TRACED, **traced}
    room = 2 * sum(file.stat().st_size for file in ours.glob("*.db")) + 500_000_000
    with disk.of_its_own(folder, room) as own:
        there = _copy(ours, own / "ours")
        os.sync()
        found["disk"] = race.bytes_written(there, rounds=plan.rounds, block=plan.block // 2)
    found["load_after"] = load()
    return found | _gated(found)


def _told(figures: dict[str, Any]) -> dict[str, Any]:
    """The same with a spread in place of each list of times."""
    return {
        name: spread(value, 3)
        if isinstance(value, list)
        else _told(value)
        if isinstance(value, dict)
        else value
        for name, value in figures.items()
    }


def _gated(found: dict[str, Any]) -> dict[str, Any]:
    last = found["sizes"][-1]
    history, traced = last["questions"]["history"], found.get("traced")
    on_disk = found["disk"]
    told: dict[str, Any] = {
        "commit_vs_sqlite_p50": last["ours_to_plain"],
        "cpu_1m_vs_10k": last["software"]["ours_to_smallest"],
        "syncs_per_commit": traced["syncs"] / traced["commits"] if traced else None,
        "start_ms": max(found["start"][name]["median"] for name in ("cold_ms", "after_cut_ms")),
        "rss_mb": round(found["memory"]["peak_kb"] * 1024 / 1e6, 1),
        "history_ms": max(history[of]["median"] for of in ("movements_ms", "regular_movements_ms")),
        "by_digits_ms": last["questions"]["by_digits"]["ms"]["median"],
    }
    if on_disk:
        source = f"/proc/diskstats, {on_disk['device']}"
        told |= {"bytes_per_commit": on_disk["mean"], "bytes_source": source}
    elif traced:
        told |= {"bytes_per_commit": round(traced["bytes"] / traced["commits"])}
        told |= {"bytes_source": "handed to write(2): this folder has no device of its own"}
    else:
        told |= {"bytes_per_commit": None, "bytes_source": "neither a device nor strace"}
    return told


def judged(found: dict[str, Any], *, quick: bool) -> list[dict[str, Any]]:
    """Each gate with its figure; `passed` is None where it is not one in a short run."""
    rows = []
    for gate in GATES:
        figure = found[gate.key]
        fits = figure is not None and gate.at_least <= figure <= gate.at_most
        passed = None if quick and gate.full_only else fits
        bar = {"at_most": gate.at_most, "unit": gate.unit, "what": gate.what}
        rows.append({"key": gate.key, "figure": figure, "passed": passed, **bar})
    return rows


def compare(folder: Path | None, filled: Path | None = None, *, quick: bool) -> dict[str, Any]:
    """All figures, measured in a new folder inside `folder`."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="foyer-") as name:
        scratch = Path(name).absolute()
        stores = filled.absolute() if filled else scratch / "filled"
        found = measure(QUICK if quick else FULL, scratch, stores)
    return found | {"quick": quick, "gates": judged(found, quick=quick)}


def main() -> int:
    parser = argparse.ArgumentParser(description="what the store costs, beside three others")
    parser.add_argument("--quick", action="store_true", help="a minute: 10k and 20k entries")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="on the disk to be measured")
    parser.add_argument(
        "--filled", type=Path, metavar="DIR", help="keep the filled stores here, and use them again"
    )
    parser.add_argument("--page", action="store_true", help="write docs/benchmarks/store.* anew")
    told = parser.parse_args()
    found = compare(told.folder, told.filled, quick=told.quick)
    print(store_page.page(found))
    if told.json:
        told.json.write_text(json.dumps(found, indent=1) + "\n")
    if told.page:
        (WRITTEN / "store.json").write_text(json.dumps(found, indent=1) + "\n")
        (WRITTEN / "store.md").write_text(store_page.page(found))
        (WRITTEN / "store.svg").write_text(store_page.picture(found["sizes"]))
    missed = [gate["key"] for gate in found["gates"] if gate["passed"] is False]
    if missed:
        say(f"missed: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
