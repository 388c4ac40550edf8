"""The measurements as a table for people."""

from __future__ import annotations

from typing import Any


def table(found: dict[str, Any]) -> str:
    """Markdown: each figure beside its budget."""
    on = found["machine"]
    lines = [
        "# Benchmarks",
        "",
        f"{found['at']}, {on['cpu']}, {on['cores']} cores, {on['memory_mb']:,} MB, "
        f"Linux {on['kernel']}, Python {on['python']}. Load average {found['load_before'][0]} "
        f"before and {found['load_after'][0]} after: where others work too, look at the medians.",
        "",
        f"Window on {found['display']} ({found['tap']['renderer']}). A store of "
        f"{found['clients']:,} clients and {found['entries']:,} entries ({found['store_mb']} MB). "
        f"Simulated devices: {', '.join(found['devices'])}.",
        "",
        "| | median | p95 | p99 | worst | of | budget |",
        "|---|---|---|---|---|---|---|",
    ]
    tap, idle = found["tap"], found["idle"]
    lines += [
        _row(f"tap → frame with the balance, {tap['size']}", tap["frame_ms"], "ms", "p99 300 ms"),
        _row("… of that until the window has the View", tap["core_ms"], "ms", ""),
    ]
    if "reader_ms" in found:
        row = "card in the field → event (pcscd's virtual reader looks every 400 ms)"
        lines.append(_row(row, found["reader_ms"], "ms", "not counted"))
    lines += [
        _row("process started → first frame", found["start_s"], "s", "boot < 60 s"),
        _row("… without the simulated devices", found["start_without_simulators_s"], "s", ""),
        "",
        "| | | budget |",
        "|---|---|---|",
        f"| idle, with motion: processor, of one core | {idle['motion']['cpu_percent']} % | |",
        f"| idle, without motion | {idle['still']['cpu_percent']} % | |",
        f"| memory of the idle kiosk, RSS / PSS | {_mb(idle['motion']['memory_kb'])} | |",
    ]
    walked = found["journeys"]
    memory: dict[str, dict[str, int]] = walked["memory_kb"]
    counts = sorted(memory, key=int)
    for count in counts:
        what = "after the start" if count == "0" else f"after {int(count):,} journeys"
        lines.append(f"| memory {what}, RSS / PSS | {_mb(memory[count])} | |")
    last = counts[-1]
    lines += [
        f"| growth of RSS from journey {int(count):,} to {int(last):,} "
        f"| {_growth(memory[count], memory[last])} % | 5 % in 72 h |"
        for count in counts[1:-1]
    ]
    lines += [
        f"| one journey, as fast as the window draws ({walked['size']}) "
        f"| {walked['seconds'] / int(last):.2f} s | |",
        "",
        "The store by itself, up to a million entries: [store.md](store.md).",
    ]
    return "\n".join(lines) + "\n"


def _row(what: str, figures: dict[str, float], unit: str, budget: str) -> str:
    told = " | ".join(f"{figures[name]} {unit}" for name in ("median", "p95", "p99", "worst"))
    return f"| {what} | {told} | {figures['of']} | {budget} |"


def _mb(memory: dict[str, int]) -> str:
    return f"{memory['rss'] / 1000:.0f} / {memory['pss'] / 1000:.0f} MB"


def _growth(first: dict[str, int], last: dict[str, int]) -> str:
    return f"{100 * (last['rss'] / first['rss'] - 1):+.1f}"
