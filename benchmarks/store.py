"""What a top-up (an entry and a balance) costs on our store, beside its limit and stock TinyDB.

    python -m benchmarks.store [--quick] [--json FILE] [--folder DIR]

Only ratios carry over to another machine, so that all three are measured in turns of the same run:
`raw` appends the same bytes to a file and syncs it, which no durable store can beat. DIR decides
which disk is measured; on a disk in memory a sync costs nothing and the ratios say nothing.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from tinydb import TinyDB, where

from kiosk.core.store import Store, TableSpec

TABLES = (TableSpec("entries", ("seq", "refs.client")), TableSpec("balances"))
BLOCKS = 7
COMMITS = 20
STOCK_COMMITS = 3  # of stock TinyDB a block has fewer: one of its commits rewrites the whole file

Commit = Callable[[int], None]


def entry(seq: int) -> dict[str, Any]:
    client = f"c-{seq % 1000}"
    return {
        "id": f"k1-{seq}",
        "seq": seq,
        "kind": "note_settled",
        "at": "2026-01-01T12:00:00.000Z",
        "actor": "guest",
        "postings": [[f"1010:k1:1:{500_00}", "RUB", 500_00], [f"2010:{client}", "RUB", -500_00]],
        "refs": {"client": client, "note": f"acceptor/1/{seq}"},
        "prev": f"{seq:064x}",
        "hash": f"{seq + 1:064x}",
    }


def balance(seq: int) -> dict[str, Any]:
    return {"id": f"2010:c-{seq % 1000}", "minor": 500_00 * (seq // 1000 + 1)}


@contextmanager
def raw(folder: Path, filled: int) -> Iterator[Commit]:
    file = os.open(folder / "raw.log", os.O_CREAT | os.O_WRONLY | os.O_APPEND)

    def commit(seq: int) -> None:
        os.write(file, (json.dumps([entry(seq), balance(seq)]) + "\n").encode())
        os.fdatasync(file)

    yield commit
    os.close(file)


@contextmanager
def ours(folder: Path, filled: int) -> Iterator[Commit]:
    store = Store.create(folder / "ours.db", facts={}, tables=TABLES)

    def write(seq: int) -> None:
        store.put("entries", f"k1-{seq}", entry(seq))
        store.put("balances", balance(seq)["id"], balance(seq))

    def commit(seq: int) -> None:
        with store.transaction():
            write(seq)

    with store.transaction():
        for seq in range(filled):
            write(seq)
    store.idle()
    yield commit
    store.close()


@contextmanager
def stock(folder: Path, filled: int) -> Iterator[Commit]:
    db = TinyDB(folder / "stock.json")
    entries, balances = db.table("entries"), db.table("balances")
    entries.insert_multiple(entry(seq) for seq in range(filled))
    balances.insert_multiple(balance(seq) for seq in range(min(filled, 1000)))

    def commit(seq: int) -> None:
        entries.insert(entry(seq))
        balances.upsert(balance(seq), where("id") == balance(seq)["id"])

    yield commit
    db.close()


def timed(commit: Commit, seqs: range) -> list[float]:
    took = []
    for seq in seqs:
        began = time.perf_counter()
        commit(seq)
        took.append(time.perf_counter() - began)
    return took


def measure(filled: int, folder: Path) -> dict[str, Any]:
    """Times of one commit in milliseconds, and as a ratio to `raw`, with `filled` entries there."""
    with ExitStack() as stack:
        contenders = {
            name: (stack.enter_context(made(folder, filled)), commits)
            for name, made, commits in (
                ("raw", raw, COMMITS),
                ("ours", ours, COMMITS),
                ("stock", stock, STOCK_COMMITS),
            )
        }
        took: dict[str, list[float]] = {name: [] for name in contenders}
        seq = filled
        for _ in range(BLOCKS):
            for name, (commit, commits) in contenders.items():
                took[name] += timed(commit, range(seq, seq + commits))
            seq += COMMITS
    p50 = {name: median(times) * 1000 for name, times in took.items()}
    return {
        "entries": filled,
        **{f"{name}_p50_ms": round(value, 3) for name, value in p50.items()},
        **{f"{name}_worst_ms": round(max(times) * 1000, 3) for name, times in took.items()},
        "ours_to_raw": round(p50["ours"] / p50["raw"], 2),
        "stock_to_raw": round(p50["stock"] / p50["raw"], 2),
    }


def compare(folder: Path | None, *, quick: bool) -> list[dict[str, Any]]:
    """`measure` at several sizes, each in a new folder inside `folder`."""
    rows = []
    for filled in (1_000,) if quick else (1_000, 10_000):
        with tempfile.TemporaryDirectory(dir=folder) as name:
            rows.append(measure(filled, Path(name)))
    return rows


def main(arguments: list[str] | None = None) -> list[dict[str, Any]]:
    parser = argparse.ArgumentParser(description="what a commit costs, beside raw and stock TinyDB")
    parser.add_argument("--quick", action="store_true", help="1,000 entries only")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="on the disk to be measured")
    told = parser.parse_args(arguments)
    rows = compare(told.folder, quick=told.quick)
    print("| entries | raw p50 | ours p50 | stock TinyDB p50 | ours/raw | stock/raw |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        print(
            f"| {row['entries']:,} | {row['raw_p50_ms']} ms | {row['ours_p50_ms']} ms "
            f"| {row['stock_p50_ms']} ms | {row['ours_to_raw']} | {row['stock_to_raw']} |"
        )
    if told.json:
        told.json.write_text(json.dumps(rows, indent=1) + "\n")
    return rows


if __name__ == "__main__":
    main()
