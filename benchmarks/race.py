"""The contenders beside each other: blocks in turns, so that all have the same luck with the disk.

Before the first block that counts each of them makes some that do not. Between two blocks the logs
are folded into the files (`Store.idle`, as when nobody waits); that is not counted here.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import disk
from benchmarks.contenders import Ours, Plain, Raw, Stock, TopUp, rows_after
from benchmarks.figures import spread
from benchmarks.guests import Guests

BLOCKS = 7
WARM_UPS = 2


@dataclass(frozen=True)
class Laps:
    """What one block took, a figure a note, in milliseconds."""

    hold: list[float]
    settle: list[float]


def _laps(contender: Ours | Plain, top_ups: Sequence[TopUp], clock: Callable[[], float]) -> Laps:
    hold, settle = [], []
    for top_up in top_ups:
        began = clock()
        contender.hold(top_up)
        held = clock()
        contender.settle(top_up)
        settle.append((clock() - held) * 1000)
        hold.append((held - began) * 1000)
    contender.idle()
    return Laps(hold, settle)


def _timed(settle: Callable[[Any], None], items: Sequence[Any]) -> list[float]:
    took = []
    for item in items:
        began = time.perf_counter()
        settle(item)
        took.append((time.perf_counter() - began) * 1000)
    return took


def commits(
    ours_in: Path, plain_in: Path, scratch: Path, *, block: int, stock_block: int
) -> dict[str, Any]:
    """Milliseconds of a settled note for each contender, `BLOCKS` blocks in turns.

    `ours_in` and `plain_in` hold the same filled store; both end with the same rows, or it is an
    error. `stock_block` commits a block are of stock TinyDB (each rewrites its file); 0 leaves it.
    """
    with ExitStack() as stack:
        stock = stack.enter_context(closing(Stock(scratch, ours_in))) if stock_block else None
        raw = stack.enter_context(closing(Raw(scratch)))
        ours = stack.enter_context(closing(Ours(ours_in)))
        guests = Guests(ours_in, 3)
        filled = ours.venue.ledger.seq
        plain = stack.enter_context(closing(Plain(plain_in)))
        laps: dict[str, list[Laps]] = {"ours": [], "plain": []}
        settled: dict[str, list[list[float]]] = {"raw": [], "stock": []}
        for turn in range(-WARM_UPS, BLOCKS):
            top_ups = guests.top_ups(block)
            both: list[tuple[str, Ours | Plain]] = [("plain", plain), ("ours", ours)]
            # Who comes second finds the disk busier or warmer: they change places.
            for name, contender in both[:: 1 if turn % 2 else -1]:
                lap = _laps(contender, top_ups, time.perf_counter)
                if turn >= 0:
                    laps[name].append(lap)
            wrote = [ours.venue.ledger.find(f"settle:{t.note}") for t in top_ups]
            entries = [entry.document() for entry in wrote if entry]
            lines = [f"{json.dumps(entry, ensure_ascii=False)}\n".encode() for entry in entries]
            took = {"raw": _timed(raw.settle, lines)}
            if stock and turn >= -1:  # one warm-up will do: each of its commits is a whole file
                took["stock"] = _timed(stock.settle, entries[:stock_block])
            if turn >= 0:
                for name, times in took.items():
                    settled[name].append(times)
    same(ours_in, plain_in, filled)
    settles = {name: [lap.settle for lap in found] for name, found in laps.items()} | settled
    p50 = {name: [median(times) for times in found] for name, found in settles.items() if found}
    return {
        "settle_ms": {name: _told(found) for name, found in settles.items() if found},
        "hold_ms": {name: _told([lap.hold for lap in found]) for name, found in laps.items()},
        "ours_to_plain": _ratio(p50["ours"], p50["plain"]),
        "ours_to_raw": _ratio(p50["ours"], p50["raw"]),
        "stock_to_raw": _ratio(p50["stock"], p50["raw"]) if stock_block else None,
    }


def same(ours_in: Path, plain_in: Path, filled: int) -> None:
    """Both wrote the same rows, byte for byte; else the race was not one."""
    wrote, expected = rows_after(ours_in, filled), rows_after(plain_in, filled)
    for table, rows in wrote.items():
        assert rows == expected[table], f"{table}: the plain program wrote something else"


def software(stores: Sequence[tuple[Path, Path]], *, block: int) -> list[dict[str, Any]]:
    """Milliseconds of processor time of a whole top-up (two commits) with the sync left out.

    `stores` are the folders of ours and of the plain program at each size; all take turns. What
    the kernel does for us is inside, waiting for a disk is not.
    """
    with ExitStack() as stack:
        runners: list[tuple[int, str, Ours | Plain, Guests]] = []
        for size, (ours_in, plain_in) in enumerate(stores):
            plain = stack.enter_context(closing(Plain(plain_in, synced=False)))
            ours = stack.enter_context(closing(Ours(ours_in, synced=False)))
            for name, contender in (("ours", ours), ("plain", plain)):
                runners.append((size, name, contender, Guests(ours_in, 4)))
        found: list[dict[str, list[list[float]]]] = [{"ours": [], "plain": []} for _ in stores]
        for turn in range(-WARM_UPS, BLOCKS):
            for size, name, contender, guests in runners:
                lap = _laps(contender, guests.top_ups(block), time.process_time)
                if turn >= 0:
                    found[size][name].append(
                        [h + s for h, s in zip(lap.hold, lap.settle, strict=True)]
                    )
            runners = runners[1:] + runners[:1]
    p50 = [{name: [median(t) for t in times] for name, times in at.items()} for at in found]
    return [
        {
            "top_up_ms": {name: _told(times) for name, times in at.items()},
            "ours_to_plain": _ratio(p50[size]["ours"], p50[size]["plain"]),
            "ours_to_smallest": _ratio(p50[size]["ours"], p50[0]["ours"]),
            "plain_to_smallest": _ratio(p50[size]["plain"], p50[0]["plain"]),
        }
        for size, at in enumerate(found)
    ]


def bytes_written(ours_in: Path, *, rounds: int, block: int) -> dict[str, Any]:
    """Bytes that reach the disk of `ours_in`, by the kernel's count of its device.

    A commit is on the disk when it returns, so each is counted by itself. `settle`, `hold` and the
    `mean` of both are medians of rounds, against what others write; `with_checkpoints` is
    everything from the first to the last of these commits, folding the log included, a commit.
    """
    name = disk.device(ours_in)
    if not name:
        return {}
    with closing(Ours(ours_in)) as ours:
        guests = Guests(ours_in, 8)
        _laps(ours, guests.top_ups(block), time.perf_counter)
        found: dict[str, list[float]] = {"hold": [], "settle": [], "mean": []}
        began = disk.written(name)
        for _ in range(rounds):
            total = {"hold": 0, "settle": 0}
            for top_up in guests.top_ups(block):
                before = disk.written(name)
                ours.hold(top_up)
                held = disk.written(name)
                ours.settle(top_up)
                total["settle"] += disk.written(name) - held
                total["hold"] += held - before
            ours.idle()
            for what, sum_ in total.items():
                found[what].append(sum_ / block)
            found["mean"].append(sum(total.values()) / (2 * block))
        ours.venue.store.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        everything = (disk.written(name) - began) / (2 * rounds * block)
    return {
        "device": name,
        "commits": 2 * rounds * block,
        **{what: round(median(of)) for what, of in found.items()},
        "rounds": {what: [round(one) for one in of] for what, of in found.items()},
        "with_checkpoints": round(everything),
    }


def _told(blocks: Sequence[Sequence[float]]) -> dict[str, float]:
    """The median of the blocks' medians, and the p99 and the worst of all."""
    every = spread([one for block in blocks for one in block], digits=3)
    return every | {"median": round(median(median(block) for block in blocks), 3)}


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return round(median(a / b for a, b in zip(ours, theirs, strict=True)), 2)
