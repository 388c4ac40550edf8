"""The figures of the store as a page and a picture for people."""

from __future__ import annotations

from itertools import pairwise
from math import log10
from typing import Any
from xml.sax.saxutils import escape

NAMES = {
    "stock": "stock TinyDB",
    "ours": "Foyer's store",
    "plain": "plain SQLite",
    "raw": "raw append + fdatasync",
}
COLOURS = {"stock": "#b8860b", "ours": "#0f9467", "plain": "#3b6fd4", "raw": "#808080"}
"""Of a lightness in the middle: they are read on white and on black."""

WIDTH, HEIGHT = 820, 420
LEFT, RIGHT, TOP, BOTTOM = 80, 245, 50, 50


def page(found: dict[str, Any]) -> str:
    """Markdown: what was measured on which machine, each bar with its figure, each size."""
    on, rows = found["machine"], found["sizes"]
    last = rows[-1]
    blocks = last["settle_ms"]["ours"]["of"]
    lines = [
        "# The store",
        "",
        f"{found['at']}, {on['cpu']}, {on['cores']} cores, {on['memory_mb']:,} MB, "
        f"Linux {on['kernel']}, Python {on['python']}, disk {found['device'] or 'in memory'}. "
        f"Load average {found['load_before'][0]} before and {found['load_after'][0]} after: where "
        "others work too, look at the medians and the ratios. "
        "How to measure it again, and what each row is: [README](README.md).",
        "",
        "![Time of a commit by the number of entries](store.svg)",
        "",
        f"## Bars, at {last['entries']:,} entries and {last['clients']:,} clients",
        "",
        "| | figure | bar | |",
        "|---|---|---|---|",
        *(_gate(gate) for gate in found["gates"]),
        "",
        f"Bytes are counted by {found['bytes_source']}.",
        "",
        "## One settled note",
        "",
        f"{blocks} notes of each contender in seven blocks in turns ({_stock(rows)}).",
        "",
        "| entries | clients | file | " + " | ".join(f"{NAMES[n]} p50 / p99" for n in NAMES) + " | "
        "to plain SQLite | to raw |",
        "|---|---|---|---|---|---|---|---|---|",
        *(_size(row) for row in rows),
        "",
        "Holding the note before, which is a commit of its own: "
        + ", ".join(
            f"{row['hold_ms']['ours']['median']} ms at {row['entries']:,} "
            f"(plain SQLite {row['hold_ms']['plain']['median']} ms)"
            for row in rows
        )
        + ".",
        "",
        "## Without the sync",
        "",
        "Processor time of a whole top-up: a note held and settled, two commits.",
        "",
        "| entries | Foyer's store p50 / p99 | plain SQLite p50 / p99 | ratio "
        "| to its own at the fewest entries | plain SQLite's |",
        "|---|---|---|---|---|---|",
        *(_software(row) for row in rows),
        "",
        "## Asked and opened",
        "",
        "| | " + " | ".join(f"{row['entries']:,} entries" for row in rows) + " |",
        "|---|" + "---|" * len(rows),
        *_questions(rows),
        "",
        *_machine_rows(found),
    ]
    return "\n".join(lines) + "\n"


def _gate(gate: dict[str, Any]) -> str:
    figure = "not measured" if gate["figure"] is None else f"{gate['figure']:,.4g} {gate['unit']}"
    if gate["key"] == "bytes_per_commit" and gate["figure"] is not None:
        figure = f"{gate['figure']:,.0f} B"
    word = {True: "yes", False: "**no**", None: "not in a short run"}[gate["passed"]]
    bar = "1" if gate["key"] == "syncs_per_commit" else f"≤ {gate['at_most']:,g} {gate['unit']}"
    return f"| {gate['what']} | {figure.strip()} | {bar.strip()} | {word} |"


def _stock(rows: list[dict[str, Any]]) -> str:
    counts = [
        f"{row['settle_ms']['stock']['of']} at {row['entries']:,}"
        for row in rows
        if "stock" in row["settle_ms"]
    ]
    return f"of stock TinyDB {', '.join(counts)}"


def _size(row: dict[str, Any]) -> str:
    times = row["settle_ms"]
    told = [
        f"{times[name]['median']:.3g} / {times[name]['p99']:.3g} ms" if name in times else "—"
        for name in NAMES
    ]
    return (
        f"| {row['entries']:,} | {row['clients']:,} | {row['store_mb']:,} MB | {' | '.join(told)} "
        f"| {row['ours_to_plain']} | {row['ours_to_raw']} |"
    )


def _software(row: dict[str, Any]) -> str:
    figures = row["software"]
    told = [
        f"{figures['top_up_ms'][name]['median']} / {figures['top_up_ms'][name]['p99']} ms"
        for name in ("ours", "plain")
    ]
    return (
        f"| {row['entries']:,} | {' | '.join(told)} | {figures['ours_to_plain']} "
        f"| {figures['ours_to_smallest']} | {figures['plain_to_smallest']} |"
    )


def _questions(rows: list[dict[str, Any]]) -> list[str]:
    def line(what: str, figures: list[str]) -> str:
        return f"| {what} | {' | '.join(figures)} |"

    def spread(told: dict[str, float]) -> str:
        return f"{told['median']:.3g} / {told['p99']:.3g} ms"

    asked = [row["questions"] for row in rows]
    history = [one["history"] for one in asked]
    return [
        line("latest 20 movements, p50 / p99", [spread(h["movements_ms"]) for h in history]),
        line(
            "… of the client with the most entries",
            [f"{spread(h['regular_movements_ms'])} of {h['regular_has']:,}" for h in history],
        ),
        line("the ten of the card's history", [spread(h["screen_ms"]) for h in history]),
        line("latest 20 entries of any kind", [spread(h["entries_ms"]) for h in history]),
        line("client by 4 digits", [spread(one["by_digits"]["ms"]) for one in asked]),
        line(
            "… clients found: median, most",
            [f"{d['found']['median']:g}, {d['found']['most']:,}" for d in _of(asked, "by_digits")],
        ),
        line(
            "X report of a day from its entries",
            [f"{x['day_ms']:,.0f} ms of {x['entries']:,}" for x in _of(asked, "x_report")],
        ),
        line(
            "… by a search for `at`, which has no index",
            [f"{x['search_at_ms']:,.0f} ms" for x in _of(asked, "x_report")],
        ),
    ]


def _of(asked: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [one[name] for one in asked]


def _machine_rows(found: dict[str, Any]) -> list[str]:
    start, memory, on_disk = found["start"], found["memory"], found["disk"]
    rows = [
        f"- **Start**: {start['cold_ms']['median']} ms read from the disk, "
        f"{start['warm_ms']['median']} ms from memory, {start['after_cut_ms']['median']} ms after "
        f"a cut, with a log of {start['log_mb']} MB to be read.",
        f"- **Memory**: {memory['opened_kb'] / 1000:.1f} MB when opened, "
        f"{memory['used_kb'] / 1000:.1f} MB after 1,000 commits and as many questions, "
        f"{memory['peak_kb'] / 1000:.1f} MB at the peak.",
    ]
    if on_disk:
        rows.append(
            f"- **Bytes to the disk**: {on_disk['settle']:,} a settled note, {on_disk['hold']:,} a "
            f"held one, {on_disk['with_checkpoints']:,} a commit with folding the log into the "
            f"file, over {on_disk['commits']:,} commits."
        )
    if "traced" in found:
        traced = found["traced"]
        rows.append(
            f"- **System calls** of {traced['commits']} commits: {traced['syncs']} syncs, "
            f"{traced['bytes'] / traced['commits']:,.0f} bytes a commit handed to the kernel."
        )
    return rows


def picture(rows: list[dict[str, Any]]) -> str:
    """SVG: commit p50 by the number of entries, both axes logarithmic, a line a contender."""
    sizes = [row["entries"] for row in rows]
    values = [t["median"] for row in rows for t in row["settle_ms"].values()]
    low, high = int(log10(min(values)) // 1), -int(-log10(max(values)) // 1)
    first, last = log10(sizes[0]), log10(sizes[-1])

    def x(entries: float) -> float:
        return round(LEFT + (log10(entries) - first) / (last - first) * (WIDTH - LEFT - RIGHT), 1)

    def y(ms: float) -> float:
        part = (log10(ms) - low) / (high - low)
        return round(HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM), 1)

    def text(at_x: float, at_y: float, words: str, more: str = "") -> str:
        return f'<text x="{at_x}" y="{at_y}" {more}>{escape(words)}</text>'

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="14">',
        # Without a background of its own; the grey is read on white and on black.
        '<g fill="#808080">',
        text(LEFT, 26, "One settled note on the disk, median", 'font-size="17"'),
        *(
            f'<path d="M{LEFT} {y(10**power)}H{WIDTH - RIGHT}" stroke="#808080" '
            'stroke-opacity=".35"/>'
            + text(LEFT - 8, y(10**power) + 5, _ms(10.0**power), 'text-anchor="end"')
            for power in range(low, high + 1)
        ),
        *(text(x(n), HEIGHT - BOTTOM + 24, f"{n:,}", 'text-anchor="middle"') for n in sizes),
        text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, "entries in it", 'text-anchor="middle"'),
        "</g>",
    ]
    ends = []
    for name, words in NAMES.items():
        points = [
            (
                x(row["entries"]),
                y(row["settle_ms"][name]["median"]),
                row["settle_ms"][name]["median"],
            )
            for row in rows
            if name in row["settle_ms"]
        ]
        drawn = " ".join(f"{at_x},{at_y}" for at_x, at_y, _ in points)
        colour = COLOURS[name]
        parts.append(f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="3"/>')
        parts += [
            f'<circle cx="{at_x}" cy="{at_y}" r="4.5" fill="{colour}"/>' for at_x, at_y, _ in points
        ]
        end_x, end_y, ms = points[-1]
        ends.append([end_y + 5, end_x + 12, f"{words}, {_ms(ms)}", colour])
    ends.sort(key=lambda end: end[0])
    for above, below in pairwise(ends):
        below[0] = max(below[0], above[0] + 18)  # labels do not lie on each other
    parts += [text(at_x, at_y, words, f'fill="{colour}"') for at_y, at_x, words, colour in ends]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _ms(value: float) -> str:
    return f"{value:.2g} ms" if value < 100 else f"{value / 1000:.2g} s"
