"""Part 3: any operations in any order on a disk that fails, against a dictionary.

Hypothesis plays: commands of the venue, repeats and conflicts, a disk that fails at the n-th call
while they run, ends of the process (closed, killed, rebooted, cut off) and new starts, a second
writer, a reader in between, checkpoints, rollbacks. The model (`machine_model`) is a dictionary of
what was acknowledged. What was under way when the disk failed is *open*: after the next start it
is wholly there or not at all, and its key settles it.

What must hold: all that was acknowledged is there, once, and nothing else; the books verify; once
a write failed nothing more is acknowledged until the next start; closing then writes nothing.
The rule of the house about failed syncs (docs/ledger.md: the machine reboots) is kept here too:
no new process before a reboot where a sync lost data.
"""

from __future__ import annotations

import gc
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test

from tests.core.guest import make_venue, shelf
from tests.prove.machine_rules import AnyDisk
from tests.prove.parts import Outcome, Plan, Say

MUST_STRIKE = (
    *("write EIO", "write ENOSPC", "full", "truncate EIO", "read EIO", "open EIO", "delete EIO"),
    *("sync EIO, lost later", "sync EIO, lost at once", "sync EIO, nothing lost"),
    *("kill", "reboot", "power cut"),
)
MUST_HAPPEN = (
    *("acknowledged", "repeated", "conflict", "found after a failure", "gone after a failure"),
    *("refused after a failure", "second writer", "reader in between", "checkpoint", "rollback"),
    *("closed", "closed after a failure", "opening failed", "erased"),
)


@contextmanager
def _strict() -> Iterator[list[str]]:
    """Warnings are errors; those that Python only prints (in a destructor) are collected."""
    unheard: list[str] = []

    def hook(told: Any) -> None:
        unheard.append(f"{told.exc_type.__name__}: {told.exc_value} ({told.err_msg})")

    with warnings.catch_warnings(), patch.object(sys, "unraisablehook", hook):
        warnings.simplefilter("error")
        yield unheard
        gc.collect()


def run(plan: Plan, say: Say) -> Outcome:
    """Play; the violation of a failing run is Hypothesis' shortest story of it."""
    tally: Counter[str] = Counter()
    examples, steps = (2000, 60) if plan.long else (150, 40)
    violations = []
    # The disk is made here and its syncs are counted, not waited for: memory will do.
    with shelf() as memory, _strict() as unheard:
        template, place = memory / "first", memory / "books"
        make_venue(template, random=Random(1).randbytes).close()

        def machine() -> AnyDisk:
            tally["books"] += 1
            if tally["books"] % (examples // 10) == 0:
                say(f"{tally['books']} of about {examples} books, {tally['steps']} steps")
            return AnyDisk(template, place, tally)

        played = settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            print_blob=False,
            report_multiple_bugs=False,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        # Every checkpoint is one: the log of these small books never grows to its limit. And a
        # story is told soon, if not quite as short as it could be.
        shorten_s = "hypothesis.internal.conjecture.engine.MAX_SHRINKING_SECONDS"
        with patch("kiosk.core.store.WAL_IDLE_BYTES", 0), patch(shorten_s, 30):
            try:
                run_state_machine_as_test(seeded(plan.seed)(machine), settings=played)  # type: ignore[arg-type]  # it says class and means factory
            except Exception as error:
                told = _story(error)
                what = str(error) or type(error).__name__
                violations.append(f"machine, seed {plan.seed}: {what}\n{told}")
    violations += [f"machine, seed {plan.seed}: nobody heard of {told}" for told in unheard]
    if not violations:
        missing = [kind for kind in (*MUST_STRIKE, *MUST_HAPPEN) if not tally[kind]]
        violations += [f"machine, seed {plan.seed}: “{kind}” was never tried" for kind in missing]
    for kind in (*MUST_STRIKE, *MUST_HAPPEN):
        say(f"{tally[kind]:7} {kind}")
    faults = sum(tally[kind] for kind in MUST_STRIKE)
    figures = f"{tally['steps']} steps with {faults} failures of the disk"
    return Outcome(figures, tuple(violations))


def _story(error: BaseException) -> str:
    """Hypothesis' steps, and where it ended; of a story that it could not repeat, all it saw."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(last.filename).name}, line {last.lineno}: {last.line}"
    seen = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    inside = [f"{type(one).__name__}: {one}\n{_story(one)}" for one in seen]
    return "\n".join([*getattr(error, "__notes__", ()), where, *inside])
