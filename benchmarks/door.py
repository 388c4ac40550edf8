"""The HTTP door: operations a second beside a bare route, and *identify* while a report runs.

A whole kiosk, as `kiosk run --simulated` starts it, with the door on loopback; the tills are
another process on the same machine (`door_load`), so both share its cores, as they do for the bare
route.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import books, process
from benchmarks.__main__ import WRITTEN, display, say
from benchmarks.books import must, trusted_now
from benchmarks.figures import load, machine, spread
from kiosk.core.periods import Period
from kiosk.core.shifts import OpenShift
from kiosk.core.tokens import SCOPES, IssueToken, new_token
from kiosk.core.venue import Venue

CLIENTS = (1, 4, 16)
SIZES = (110_000, 1_000_000, 2_000, 60.0)
"""Entries of the store for the rates and for the report, operations of a kind, seconds."""
CARDS = 500
"""So many cards take turns."""
TEA, SANDWICH = 30_000, 25_000
Request = list[Any]
"""Method, path, headers, body: see `door_load`."""


@dataclass(frozen=True)
class Till:
    """Where the door is, and what lets a till in."""

    port: int
    token: str

    def post(self, path: str, body: object, key: str = "") -> Request:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        return ["POST", path, headers, json.dumps(body)]

    def identify(self, card: int) -> Request:
        read = {"signal": "contactless", "text": books.uid(card % CARDS)}
        return self.post("/v1/cards/identify", {"read": read})

    def save(self, order: str) -> Request:
        tea = {"text": "Tea", "quantity": 2, "amount": TEA}
        sandwich = {"text": "Sandwich", "amount": SANDWICH}
        sent = {"order": order, "place": "Bar", "lines": [tea, sandwich]}
        return self.post("/v1/orders", sent, f"save-{order}")

    def calculate(self, visit: int) -> Request:
        paid = {"tender": "bank_card", "amount": TEA + SANDWICH}
        path = f"/v1/visits/{visit}/calculate"
        return self.post(path, {"payments": [paid]}, f"calculate-{visit}")


def send(port: int, clients: int, requests: list[Request], **plan: float) -> dict[str, Any]:
    """Have `clients` tills send these requests; what `door_load` tells of it.

    Raises:
        RuntimeError: not all were answered as they should be.
    """
    told = {"port": port, "clients": clients, "requests": requests, **plan}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.door_load"],
        input=json.dumps(told),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    if set(found["statuses"]) != {"200"}:
        worst = next(a for a in found["answers"] if "error" in a)
        raise RuntimeError(f"{requests[0][:2]} was answered {found['statuses']}: {worst}")
    return found


@contextmanager
def open_door(filled: Path) -> Iterator[tuple[Till, Path]]:
    """A kiosk on a copy of the filled store, with a shift and a till's token; and its folder."""
    token = new_token(os.urandom)
    with tempfile.TemporaryDirectory(dir=filled.parent) as name:
        folder = Path(name)
        store, secrets = folder / "kiosk.db", folder / "secrets.db"
        shutil.copy2(filled / "store.db", store)
        shutil.copy2(filled / "secrets.db", secrets)
        with closing(Venue.open(store, secrets)) as venue:
            now, zero = trusted_now(), venue.books(trusted_now()).money(0)
            must(venue, OpenShift(zero), "shift", now, "cli")
            must(venue, IssueToken("bench", "bar", SCOPES, token), "token", now, "cli")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        config = process.settings(folder, devices={"lights": "gpio"}, motion=False)
        with config.open("a") as more:
            more.write(f"[api]\nenabled = true\nport = {port}\n")
            more.write("requests_per_minute_max = 1000000\n")
        with process.running(config):
            yield Till(port, token), folder


@contextmanager
def bare(folder: Path) -> Iterator[int]:
    """The bare route; its port."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.door_bare", folder / "bare.db"], stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None, "a pipe was asked for"
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()


def rates(filled: Path, count: int) -> dict[str, Any]:
    """For each number of clients what the bare route and ours do in a second, and how long each
    request took in ms; `ratio`: of the bare route's operations a second to ours.
    """
    found: dict[str, Any] = {}
    row = ["POST", "/rows", {"Content-Type": "application/json"}, json.dumps({"text": "x" * 300})]
    with (
        tempfile.TemporaryDirectory(dir=filled.parent) as name,
        bare(Path(name)) as port,
        open_door(filled) as (till, _),
    ):
        send(port, 1, [row] * 50)
        send(till.port, 1, [till.identify(n) for n in range(50)])
        for clients in CLIENTS:
            orders = [f"{clients}-{n}" for n in range(count)]
            base = send(port, clients, [row] * count)
            asked = send(till.port, clients, [till.identify(n) for n in range(count)])
            saved = send(till.port, clients, [till.save(order) for order in orders])
            visits = [json.loads(answer)["visit"]["number"] for answer in saved["answers"]]
            paid = send(till.port, clients, [till.calculate(visit) for visit in visits])
            bare_a_second = _a_second(base)
            found[str(clients)] = {
                "bare": {"a_second": round(bare_a_second), "ms": spread(base["ms"])}
            } | {
                name: {
                    "a_second": round(_a_second(told)),
                    "ratio": round(bare_a_second / _a_second(told), 2),
                    "ms": spread(told["ms"]),
                }
                for name, told in (("identify", asked), ("save", saved), ("calculate", paid))
            }
    return found


def _a_second(told: dict[str, Any]) -> float:
    return len(told["ms"]) / float(told["seconds"])


def beside_a_report(filled: Path, seconds: float) -> dict[str, Any]:
    """How long *identify* takes, in ms, with nothing else to do and while reports are made.

    A till asks 20 times a second; a report over all entries follows the other, one at a time.
    """
    with open_door(filled) as (till, folder):
        asked = [till.identify(n) for n in range(CARDS)]
        send(till.port, 1, asked[:50])
        quiet = send(till.port, 1, asked, seconds=seconds, pause_s=0.05)
        with reports(folder) as took_s:
            busy = send(till.port, 1, asked, seconds=seconds, pause_s=0.05)
    return {
        "quiet_ms": spread(quiet["ms"]),
        "busy_ms": spread(busy["ms"]),
        "report_s": [round(took, 1) for took in took_s],
    }


@contextmanager
def reports(folder: Path) -> Iterator[list[float]]:
    """One report after the other, made as the kiosk has them made; how long each took, in s."""
    stop, took_s = threading.Event(), list[float]()
    asked = json.dumps(Period().document())
    child = [sys.executable, "-m", "kiosk.reporting", folder / "kiosk.db", "hours", asked]

    def loop() -> None:
        while not stop.is_set():
            began = time.monotonic()
            with subprocess.Popen([*child, folder / "report"], stdout=subprocess.DEVNULL) as made:
                while made.poll() is None:
                    if stop.wait(0.1):
                        made.terminate()
                        return
            took_s.append(time.monotonic() - began)

    making = threading.Thread(target=loop)
    making.start()
    try:
        yield took_s
    finally:
        stop.set()
        making.join()


def page(found: dict[str, Any]) -> str:
    """The figures as Markdown."""
    on, kept = found["machine"], found["report"]
    lines = [
        "# The door",
        "",
        f"{found['at']}, {on['cpu']}, {on['cores']} cores, Linux {on['kernel']}, Python "
        f"{on['python']}. Load average {found['load_before'][0]} before and "
        f"{found['load_after'][0]} after. Kiosk, bare route and tills share these cores; a kiosk "
        f"on a store of {found['entries']:,} entries, {found['display']}.",
        "",
        "The bare route is FastAPI and uvicorn with one SQLite commit, as durable as ours. Ratio: "
        "operations of the bare route for one of ours in the same time.",
        "",
        "| clients | | a second | ratio | median | p95 | p99 |",
        "|---|---|---|---|---|---|---|",
    ]
    for clients, rows in found["rates"].items():
        for name, row in rows.items():
            ms = row["ms"]
            told = f"{ms['median']} ms | {ms['p95']} ms | {ms['p99']} ms"
            ratio = row.get("ratio", "")
            lines.append(f"| {clients} | {name} | {row['a_second']} | {ratio} | {told} |")
    lines += [
        "",
        f"*Identify* over HTTP, 20 times a second, on a store of {kept['entries']:,} entries; "
        f"reports over all of them take {kept['report_s']} s here.",
        "",
        "| | median | p95 | p99 | worst | of |",
        "|---|---|---|---|---|---|",
    ]
    for name, told in (("nothing else to do", "quiet_ms"), ("while reports are made", "busy_ms")):
        ms = kept[told]
        row = " | ".join(f"{ms[part]} ms" for part in ("median", "p95", "p99", "worst"))
        lines.append(f"| {name} | {row} | {ms['of']} |")
    return "\n".join(lines) + "\n"


def filled(folder: Path, entries: int) -> Path:
    """A store with so many entries, made if there is none in this folder."""
    place = folder / f"entries-{entries}"
    if not (place / "complete").exists():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        with closing(books.create(place)) as venue:
            for made in books.fill(venue, (entries,)):
                if made % 50_000 < books.ENTRIES_A_TRANSACTION:
                    say(f"  {made:,} entries")
        (place / "complete").touch()
    return place


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.door")
    parser.add_argument("--quick", action="store_true", help="a glance; nothing is written")
    parser.add_argument("--filled", type=Path, metavar="DIR", help="keeps the filled stores")
    asked = parser.parse_args()
    small, large, count, seconds = (2_000, 5_000, 100, 5.0) if asked.quick else SIZES
    found: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "load_before": load(),
        "entries": small,
    }
    with tempfile.TemporaryDirectory(prefix="foyer-") as made, display() as found["display"]:
        folder = asked.filled or Path(made)
        say(f"{count} operations of each kind, with {CLIENTS} clients")
        found["rates"] = rates(filled(folder, small), count)
        say(f"identify, {seconds:g} s without and {seconds:g} s with reports")
        beside = beside_a_report(filled(folder, large), seconds)
        found["report"] = {"entries": large, **beside}
    found["load_after"] = load()
    print(page(found))
    if not asked.quick:
        (WRITTEN / "door.json").write_text(json.dumps(found, indent=1) + "\n")
        (WRITTEN / "door.md").write_text(page(found))


if __name__ == "__main__":
    main()
