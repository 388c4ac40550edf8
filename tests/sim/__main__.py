"""`python -m tests.sim --seed 7 --days 30`: simulated days of a kiosk, see `days.py`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.sim.days import run, table, told
from tests.sim.facts import money


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.sim", description=__doc__)
    parser.add_argument("--seed", type=int, default=7, help="of everything that happens")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--story", type=Path, help="write every line of what happened there")
    chosen = parser.parse_args()
    outcome = run(chosen.seed, chosen.days, lambda line: print(line, flush=True))
    if chosen.story:
        chosen.story.write_text("\n".join([*outcome.story, ""]))
    if outcome.violation:
        print("\n".join(told(outcome)))
        return 1
    print("\n".join(table(outcome.strikes)))
    notes = ", ".join(f"{count} x {face}" for face, count in outcome.cashbox.items())
    total = sum(face * count for face, count in outcome.cashbox.items())
    print(f"went into the cashbox: {notes} = {total}.00")
    owed = ", ".join(f"{money(minor)} {name}" for name, minor in outcome.owed.items())
    print(f"the auditor's balance: {owed}; compared {outcome.counts['checks']} times")
    print(f"{chosen.days} days, {outcome.strikes.total()} strikes, 0 violations")
    return 0


if __name__ == "__main__":
    sys.exit(main())
