"""`python -m tests.fuzz`: every parser, a million inputs that nobody meant, and a page of it.

Progress goes to the terminal. What was run is kept in docs/benchmarks/fuzz.json, parser by parser,
so that it may be run in parts; docs/benchmarks/fuzz.md is made of it.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.figures import load, machine
from tests.fuzz.engine import TRACED_EVERY, Outcome, run
from tests.fuzz.parsers import PARSERS

FOLDER = Path(__file__).parents[2] / "docs" / "benchmarks"
PAGE, FIGURES = FOLDER / "fuzz.md", FOLDER / "fuzz.json"
INPUTS = 1_000_000
PROGRESS_EVERY = 50_000

HEAD = f"""# Parsers against bytes that nobody meant

`make fuzz` gives each parser a million inputs: valid ones, valid ones spoilt inside a frame with a
right check, spoilt as a whole (bits flipped, bytes changed, cut, filled in, doubled, repeated
thousands of times, spliced), and noise. The same seed makes the same inputs. Some of them, and
fewer: `.venv/bin/python -m tests.fuzz --inputs 20000 ccnet ssp`. CI runs some thousands of each
(`tests/fuzz/test_fuzz.py`).

Wrong is an exception that is not the parser's own; a hang, told by a count of lines of Python (one
input in {TRACED_EVERY}) or of reads, and for the others by a minute of the processor; and what was
believed without being told. Where money or trust is read, an oracle holds the result against the
other side's own code, which shares none with the driver's. *Refused* are inputs that the parser
answered by its own error. Rows that end in `_driver` are whole drivers on a line to a simulated
device, some of whose answers are the input.

| parser | reads | inputs | refused | a second | wrong | never believed | day, seed |
|---|---|---|---|---|---|---|---|
"""


def row(name: str, told: Mapping[str, Any]) -> str:
    """One line of the page."""
    parser = PARSERS[name]
    refused = f"{100 * told['refused'] / told['inputs']:.0f} %"
    numbers = f"{told['inputs']:,} | {refused} | {told['rate']:,} | {told['wrong']}"
    when = f"{told['day']}, {told['seed']}"
    return f"| {name} | {parser.what} | {numbers} | {parser.oracle} | {when} |\n"


def page(figures: Mapping[str, Any]) -> str:
    """The page, from what is kept."""
    parsers, on = figures["parsers"], figures["machine"]
    rows = "".join(row(name, parsers[name]) for name in PARSERS if name in parsers)
    missing = ", ".join(name for name in PARSERS if name not in parsers)
    total = sum(one["inputs"] for one in parsers.values())
    told = f"\n{total:,} inputs on {on['cpu']}, {on['cores']} cores, Python {on['python']}.\n"
    told += "Where others worked too, the rates are what was left of the machine.\n"
    told += f"\nNot run yet: {missing}.\n" if missing else ""
    found = "".join(f"- {line}\n" for line in figures["found"])
    return HEAD + rows + told + f"\n## What it has found\n\n{found}"


def keep(outcome: Outcome) -> None:
    """Put this outcome into the figures and the page."""
    figures = json.loads(FIGURES.read_text()) if FIGURES.exists() else {"found": [], "parsers": {}}
    figures["machine"] = machine()
    figures["parsers"][outcome.parser] = {
        "inputs": outcome.inputs,
        "refused": outcome.refused,
        "rate": round(outcome.rate),
        "wrong": len(outcome.findings),
        "seed": outcome.seed,
        "day": datetime.now(UTC).date().isoformat(),
        "load": load()[0],
    }
    FIGURES.write_text(json.dumps(figures, indent=1) + "\n")
    PAGE.write_text(page(figures))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("parsers", nargs="*", metavar="PARSER", help=f"of {', '.join(PARSERS)}")
    parser.add_argument("--inputs", type=int, default=INPUTS, help="of each parser")
    parser.add_argument("--seed", type=int, default=1, help="of everything that is made")
    parser.add_argument("--no-page", action="store_true", help="keep nothing")
    chosen = parser.parse_args()
    if unknown := set(chosen.parsers) - PARSERS.keys():
        parser.error(f"no parser {', '.join(sorted(unknown))}; there is {', '.join(PARSERS)}")
    logging.disable(logging.CRITICAL)  # what drivers say of nonsense is not what is looked for
    wrong = 0
    for name in chosen.parsers or PARSERS:

        def progress(done: int, name: str = name) -> None:
            if done % PROGRESS_EVERY == 0 and sys.stderr.isatty():
                print(f"\r{name:24}{done:>12,}", end="", file=sys.stderr, flush=True)

        outcome = run(PARSERS[name], chosen.inputs, chosen.seed, progress=progress)
        print(
            f"\r{name:24}{outcome.inputs:>12,} inputs, {outcome.refused:>9,} refused, "
            f"{outcome.rate:>9,.0f} a second, {len(outcome.findings)} wrong",
            flush=True,
        )
        for finding in outcome.findings:
            print(finding, flush=True)
        wrong += len(outcome.findings)
        if not chosen.no_page:
            keep(outcome)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
