"""Part 4 of the proof: simulated days of a kiosk, with faults of every kind (`tests/sim`)."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from tests.prove.parts import Outcome, Plan, Say
from tests.sim import days
from tests.sim.faults import STRUCK

SHORT_SEEDS, SHORT_DAYS = 4, 3
LONG_SEEDS, LONG_DAYS = 50, 20
PROCESSES = 2


def run(plan: Plan, say: Say) -> Outcome:
    """Simulate days from several seeds; see `Part`."""
    seeds, each = (LONG_SEEDS, LONG_DAYS) if plan.long else (SHORT_SEEDS, SHORT_DAYS)
    begun_s = time.monotonic()
    # In memory where there is some: these days are not about how fast a disk syncs.
    memory = Path("/dev/shm")
    place = memory if os.access(memory, os.W_OK) else plan.folder
    done = 0
    strikes: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    violations: list[str] = []
    # Spawned, not forked: nothing of this process is in them.
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        running = [pool.submit(_one, plan.seed + n, each, str(place)) for n in range(seeds)]
        for future in as_completed(running):
            outcome = future.result()
            done += 1
            strikes += outcome.strikes
            counts += outcome.counts
            if outcome.violation:
                violations.append("\n".join(days.told(outcome)))
            again = f" (make sim SEED={outcome.seed} DAYS={each})"
            wrong = outcome.violation.partition("\n")[0]
            state = f"a violation: {wrong}{again}" if wrong else "sound"
            rate = done * each / (time.monotonic() - begun_s)
            say(
                f"seed {outcome.seed}: {each} days, {outcome.counts['notes']} notes, "
                f"{outcome.strikes.total()} strikes, {state} ({done} of {seeds}, {rate:.2f} days/s)"
            )
    if plan.long:
        for line in days.table(strikes):
            say(line)
        never = [kind for kind in STRUCK if not strikes[kind]]
        violations += [f"{kind}: never struck, so it was not tested" for kind in never]
    figures = (
        f"{done * each:,} days of {seeds} seeds, {sum(map(bool, strikes.values()))} kinds of "
        f"fault, {strikes.total():,} strikes, {counts['notes']:,} notes"
    )
    return Outcome(figures, tuple(violations))


def _one(seed: int, each: int, folder: str) -> days.Outcome:
    """One seed in a process of its own; the story travels back only when there is a reason."""
    outcome = days.run(seed, each, lambda line: None, folder=Path(folder))
    if not outcome.violation:
        outcome.story = []
    else:
        del outcome.story[: -days.LAST_LINES]
    return outcome
