"""One measurement in a process of its own: what a filled store costs whoever opens it.

    python -m benchmarks.probe start|memory|questions|commits FOLDER [COUNT]

The result is one line of JSON. `commits` makes 2 x COUNT of them, between two looks for a file that
is not there, by which a reader of the system calls finds them, and dies without closing the store.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from tinydb import where

from benchmarks import books
from benchmarks.contenders import Ours
from benchmarks.guests import Guests
from kiosk.core import clients
from kiosk.core.clock import system_now
from kiosk.core.ledger import entries_of
from kiosk.core.store_queries import Condition
from kiosk.core.venue import Venue

MARK = "/foyer-benchmark-mark"
WARM_UP = 50
ASKED = 300
MOVEMENTS = 20


def start(folder: Path, count: int) -> dict[str, Any]:
    """Milliseconds from nothing to a venue that answers: the interpreter is up, the file is not."""
    del count
    began = time.perf_counter()
    venue = books.open_in(folder)
    took = time.perf_counter() - began
    found = {"ms": took * 1000, "entries": venue.ledger.seq}
    venue.close()
    return found


def memory(folder: Path, count: int) -> dict[str, Any]:
    """kB of resident memory that the open store adds after 2 x `count` commits and questions."""
    guests = Guests(folder, 5)
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins here (proc_pid_clear_refs(5))
    before = _status_kb("VmRSS")
    ours = Ours(folder)
    opened = _status_kb("VmRSS")
    for top_up in guests.top_ups(count):
        ours.hold(top_up)
        ours.settle(top_up)
    now = system_now()
    for client, _ in guests.some(count):
        ours.venue.ask(clients.GetClient(client), now)
        ours.venue.ask(clients.Movements(client), now)
    for number in range(20):
        by_digits(ours.venue, f"{1000 + 37 * number}")
    after, peak = _status_kb("VmRSS"), _status_kb("VmHWM")
    ours.close()
    return {"opened_kb": opened - before, "used_kb": after - before, "peak_kb": peak - before}


def _status_kb(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise AssertionError(f"/proc/self/status has no {name}")


def questions(folder: Path, count: int) -> dict[str, Any]:
    """Milliseconds of what a screen, a desk and a report ask."""
    del count
    venue = books.open_in(folder)
    guests = Guests(folder, 6)
    now = system_now()
    chosen = [client for client, _ in guests.some(ASKED)]
    regular, entries = most_entries(venue)

    def history(client: str) -> None:
        entries_of(venue.store, "client", client, MOVEMENTS)

    def movements(client: str) -> int:
        return len(venue.ask(clients.Movements(clients.ClientId(client)), now))

    digits = [f"{guests.chance.randrange(10_000):04}" for _ in range(ASKED)]
    found = [by_digits(venue, some) for some in digits]
    ((middle,),) = venue.store.rows(
        f"SELECT json_extract(doc, '$.at') FROM entries WHERE doc_id = {venue.ledger.seq // 2}"
    )
    day = middle[:10]
    told: dict[str, Any] = {
        "history": {
            "entries_ms": _each(history, chosen),
            "regular_entries_ms": _each(history, [regular] * 50),
            "screen_ms": _each(movements, chosen),
            "regular_screen_ms": _each(movements, [regular] * 50),
            "regular_has": entries,
        },
    }
    # The screen shows ten; the same question for twenty.
    clients.MOVEMENTS_MAX = MOVEMENTS
    told["history"] |= {
        "movements_ms": _each(movements, chosen),
        "regular_movements_ms": _each(movements, [regular] * 50),
        "regular_rows": movements(regular),
    }
    told["by_digits"] = {
        "ms": _each(lambda some: by_digits(venue, some), digits),
        "found": {"median": median(found), "most": max(found)},
    }
    report, by_account = _timed(lambda: x_report(venue, day))
    report_again, _ = _timed(lambda: x_report(venue, day))
    scan, scanned = _timed(
        lambda: len(venue.store.table("entries").search(where("at").matches(day)))
    )
    told["x_report"] = {
        "day_ms": report,
        "day_again_ms": report_again,
        "entries": by_account.pop(("entries", "")),
        "accounts": len(by_account),
        "search_at_ms": scan,
        "search_found": scanned,
    }
    venue.close()
    return told


def most_entries(venue: Venue) -> tuple[str, int]:
    """The client with the most entries, and how many: the worst whose history is asked for."""
    ((client, count),) = venue.store.rows(
        """SELECT json_extract(doc, '$."refs"."client"') AS client, count(*) FROM entries"""
        " WHERE client IS NOT NULL GROUP BY client ORDER BY 2 DESC LIMIT 1"
    )
    return client, count


def by_digits(venue: Venue, digits: str) -> int:
    """How many clients the desk is shown whose phone has these consecutive digits."""
    return len(venue.ask(clients.FindClients(digits), system_now(), "staff:bench"))


def x_report(venue: Venue, day: str) -> dict[tuple[str, str], int]:
    """The sums of one day by account and unit, from its entries; ``entries`` is their number.

    The entries of a day lie together: the first is found by halving, as `at` rises with `seq` where
    the clock is not put back.
    """
    store = venue.store
    low, high = 0, venue.ledger.seq
    while low < high:
        middle = (low + high) // 2
        entry = next(store.documents("entries", Condition("doc_id = ?", (middle + 1,))))[1]
        low, high = (middle + 1, high) if entry["at"] < day else (low, middle)
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for _, entry in store.documents("entries", Condition("doc_id > ?", (low,))):
        if not entry["at"].startswith(day):
            break
        sums["entries", ""] += 1
        for account, unit, amount in entry["postings"]:
            sums[account.partition(":")[0], unit] += amount
    return dict(sums)


def _each(ask: Callable[[Any], object], values: list[Any]) -> list[float]:
    took = []
    for value in values:
        began = time.perf_counter()
        ask(value)
        took.append((time.perf_counter() - began) * 1000)
    return took


def _timed(ask: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    answer = ask()
    return (time.perf_counter() - began) * 1000, answer


def commits(folder: Path, count: int) -> dict[str, Any]:
    """Make 2 x `count` commits with checkpoints held off, and die as a power cut would."""
    ours = Ours(folder)
    guests = Guests(folder, ours.venue.ledger.seq)  # new ones each time: notes have one name
    for top_up in guests.top_ups(WARM_UP):
        ours.hold(top_up)
        ours.settle(top_up)
    chosen = guests.top_ups(count)
    os.access(MARK, os.F_OK)
    for top_up in chosen:
        ours.hold(top_up)
        ours.settle(top_up)
    os.access(MARK, os.F_OK)
    log = (folder / "store.db-wal").stat().st_size
    print(json.dumps({"log_bytes": log}), flush=True)
    os._exit(0)


def main(what: str, folder: str, count: str = "0") -> None:
    asked = {"start": start, "memory": memory, "questions": questions, "commits": commits}[what]
    print(json.dumps(asked(Path(folder), int(count))))


if __name__ == "__main__":
    main(*sys.argv[1:])
