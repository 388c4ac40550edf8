"""The devices: from the wire to the inbox, from the replugged cable to DeviceUp, and idle all day.

    python -m benchmarks.devices [--quick]

How the first two are measured: `benchmarks.wires`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import books, process
from benchmarks.__main__ import display, say
from benchmarks.figures import load, machine, spread
from benchmarks.wires import MEASURED, replugged, wire_to_inbox
from kiosk.core.config import STANDARD_DEVICES
from kiosk.hardware import peers
from kiosk.hardware.peers import RunningPeer
from kiosk.hardware.peers.pcscd import PcscdUnavailable

WRITTEN = Path(__file__).parents[1] / "docs" / "benchmarks"
EVERYTHING = {
    **STANDARD_DEVICES,
    "coins": "cctalk_coins",
    "hopper": "cctalk_hopper",
    "fiscal": "atol",
}
"""What is attached to the idle kiosk: a device of every role that has a line."""


@contextmanager
def readers() -> Iterator[Mapping[str, RunningPeer]]:
    """The one reader of this process behind a PC/SC daemon; nothing where none can run."""
    try:
        reader = peers.start("pcsc", {})
    except PcscdUnavailable as error:
        say(str(error))
        yield {}
    else:
        yield {"pcsc": reader}
        reader.stop()


def measure(times: int, replugs: int, idle_s: float) -> dict[str, Any]:
    found: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "load_before": load(),
    }
    with readers() as given:
        names = [name for name in MEASURED if name in given or name != "pcsc"]
        found["events_ms"] = {}
        for name in names:
            say(f"{name}: {MEASURED[name].told}")
            found["events_ms"][name] = spread(wire_to_inbox(name, times, given))
        say(f"{replugs} cables pulled and put back")
        backs = replugged(replugs, names, given)
    by_name: dict[str, list[float]] = {}
    for name, _, seconds in backs:
        by_name.setdefault(name, []).append(seconds)
    found["replug_s"] = {name: spread(by_name[name]) for name in names if name in by_name}
    found["replug_s"]["all"] = spread([seconds for _, _, seconds in backs])
    devices = {d: of for d, of in EVERYTHING.items() if of != "pcsc" or "pcsc" in names}
    say(f"nobody there, {idle_s:g} s, with {', '.join(devices)}")
    with tempfile.TemporaryDirectory(prefix="foyer-") as made, display():
        folder = Path(made)
        books.create(folder).close()
        found["idle"] = {
            "seconds": idle_s,
            "devices": devices,
            "everything": process.idle(folder, devices, idle_s, motion=False),
            "lights only": process.idle(folder, {"lights": "gpio"}, idle_s, motion=False),
        }
    found["load_after"] = load()
    return found


def page(found: dict[str, Any]) -> str:
    """The figures, for people."""
    on, idle = found["machine"], found["idle"]
    lines = [
        "# The devices",
        "",
        f"{found['at']}, {on['cpu']}, {on['cores']} cores, Linux {on['kernel']}, "
        f"Python {on['python']}. Load average {found['load_before'][0]} before and "
        f"{found['load_after'][0]} after: where others work too, look at the medians.",
        "",
        "Every driver in its worker's thread, with its simulated device on a pseudo-terminal, a "
        "socket, mock pins or a real PC/SC daemon.",
        "",
        "## From the wire to the inbox",
        "",
        "| driver | | median | p95 | p99 | worst | of |",
        "|---|---|---|---|---|---|---|",
        *(
            _row(f"`{name}` | {MEASURED[name].told}", ms, "ms")
            for name, ms in found["events_ms"].items()
        ),
        "",
        "## From the replugged cable to DeviceUp",
        "",
        "Found by the back-off alone, of 3 s at most; the device's greeting is inside.",
        "",
        "| driver | median | p95 | p99 | worst | of |",
        "|---|---|---|---|---|---|",
        *(_row(name, seconds, "s") for name, seconds in found["replug_s"].items()),
        "",
        "## An idle kiosk",
        "",
        "The processor, in % of one core, on the welcome screen without motion, "
        f"{idle['seconds']:g} s; the simulated devices are inside.",
        "",
        "| attached | processor | memory, RSS |",
        "|---|---|---|",
        _idle(f"everything: {', '.join(idle['devices'])}", idle["everything"]),
        _idle("lights only", idle["lights only"]),
    ]
    return "\n".join(lines) + "\n"


def _row(what: str, figures: Mapping[str, float], unit: str) -> str:
    told = " | ".join(f"{figures[part]} {unit}" for part in ("median", "p95", "p99", "worst"))
    return f"| {what} | {told} | {figures['of']} |"


def _idle(what: str, told: Mapping[str, Any]) -> str:
    return f"| {what} | {told['cpu_percent']} % | {told['memory_kb']['rss'] / 1000:.0f} MB |"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.devices")
    parser.add_argument("--quick", action="store_true", help="a glance; nothing is written")
    asked_for = parser.parse_args()
    found = measure(5, 5, 5) if asked_for.quick else measure(100, 50, 30)
    print(page(found))
    if not asked_for.quick:
        (WRITTEN / "devices.json").write_text(json.dumps(found, indent=1) + "\n")
        (WRITTEN / "devices.md").write_text(page(found))


if __name__ == "__main__":
    main()
