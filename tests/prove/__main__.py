"""`make prove`: that no money is lost, in five parts, and one line of figures at the end.

    python -m tests.prove [--long] [--seed N] [--only kills,cuts,machine,days,faults] [--keep]

The exit code is 0 when nothing was violated. docs/proof.md says what each part does.
"""

from __future__ import annotations

import argparse
import importlib
import random
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.prove.parts import Outcome, Part, Plan

PARTS = ("kills", "cuts", "machine", "days", "faults")
"""Each a file beside this one, with a function `run`."""

SEED = 1
"""Of the short form, so that it proves the same each time."""

BUILD = Path(__file__).parents[2] / "build"


def main(words: list[str]) -> int:
    given = _arguments(words)
    parts = {name: _part(name) for name in given.only}
    seed = given.seed
    if seed is None:
        seed = random.SystemRandom().randrange(1_000_000) if given.long else SEED
    form = "long" if given.long else "short"
    print(f"prove: the {form} form of {', '.join(parts)}, seed {seed}", flush=True)
    outcomes = [_run(name, parts[name], given.long, seed, given.keep) for name in parts]
    violations = [wrong for outcome in outcomes for wrong in outcome.violations]
    for number, wrong in enumerate(violations, 1):
        print(f"\nviolation {number}: {wrong}")
    figures = ", ".join(outcome.figures for outcome in outcomes)
    plural = "" if len(violations) == 1 else "s"
    print(f"prove: {figures}: {len(violations)} violation{plural}", flush=True)
    return 1 if violations else 0


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.prove", description=__doc__)
    parser.add_argument("--long", action="store_true", help="everything; takes its time")
    parser.add_argument("--seed", type=int, help="default: 1, in the long form any")
    parser.add_argument("--only", type=_parts, default=PARTS, metavar="PART,…")
    parser.add_argument("--keep", action="store_true", help="leave the files of a violation")
    return parser.parse_args(words)


def _parts(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    for name in names:
        if name not in PARTS:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(PARTS)}")
    return names


def _part(name: str) -> Part:
    part: Part = importlib.import_module(f"tests.prove.{name}").run
    return part


def _run(name: str, part: Part, long: bool, seed: int, keep: bool) -> Outcome:
    """One part; whatever ends it is a violation, and the other parts still run."""
    begun_s = time.monotonic()

    def say(line: str) -> None:
        print(f"{name:8}{time.monotonic() - begun_s:7.1f} s  {line}", flush=True)

    # Not in /tmp, which may be memory: the parts want a disk.
    BUILD.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"prove-{name}-", dir=BUILD))
    try:
        outcome = part(Plan(long, seed, folder), say)
    except Exception:
        outcome = Outcome(f"{name} broken off", (f"{name}: {traceback.format_exc()}",))
    if keep and outcome.violations:
        say(f"the files are kept in {folder}")
    else:
        shutil.rmtree(folder)
    say(f"{outcome.figures}, {len(outcome.violations)} violations")
    return outcome


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
