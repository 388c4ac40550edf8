"""Part 5: planted faults. A proof that finds none of our mistakes proves nothing.

Each patch in tests/faults/ plants one fault in a copy of the tree, and its head says what the fault
is and which of the tests find it ("Found by: cuts" is a part of the proof, "Found by: tests/…" what
pytest is given). First the tests run on a copy as it is: there they must find nothing.

The short form tries some of the faults, chosen by the seed, each with the first pytest of its head;
the long form all, with everything that the heads name. They run with a seed of their own, always
the same. A part of the proof meets a fault by chance: that it misses one is told, and no violation
as long as another test finds it.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.prove.parts import Outcome, Plan, Say

ROOT = Path(__file__).parents[2]
FAULTS = ROOT / "tests" / "faults"
SHORT = 4
SEED = 1
LANES = 2
ENDLESS_S = 1200.0
"""A test that takes longer is taken for one that never ends, and has found nothing."""

_TOLD_CHARACTERS = 4000
_WHY_CHARACTERS = 160

_ENDS = re.compile(r"^(prove: .* violations?|\d+ (passed|failed|errors?).* in .*)$", re.MULTILINE)


@dataclass(frozen=True)
class Fault:
    """A patch: `told` what is wrong with what it makes, `found_by` the tests that must find it."""

    patch: Path
    told: str
    found_by: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.patch.stem


@dataclass(frozen=True)
class Verdict:
    """How one test ended on one copy; `broken` says why it could not even be run."""

    test: str
    found: bool
    seconds: float
    broken: str = ""
    said: str = ""


def faults() -> list[Fault]:
    """All planted faults.

    Raises:
        ValueError: the head of a patch does not say what it is, or what finds it.
    """
    return [_read(patch) for patch in sorted(FAULTS.glob("*.patch"))]


def _read(patch: Path) -> Fault:
    head, _, _ = patch.read_text("utf-8").partition("\ndiff --git ")
    found_by = tuple(re.findall(r"^Found by: (.+)$", head, re.MULTILINE))
    told = " ".join(head.partition("Found by:")[0].split())
    if not told or not found_by:
        raise ValueError(f"{patch.name}: its head wants a sentence, and a line 'Found by: …'")
    return Fault(patch, told, found_by)


def run(plan: Plan, say: Say) -> Outcome:
    """Some of the faults, or all, each with the tests that must find it."""
    known = faults()
    wanted = {fault: fault.found_by for fault in known} if plan.long else _some(known, plan.seed)
    tests = list(dict.fromkeys(test for found_by in wanted.values() for test in found_by))
    with ThreadPoolExecutor(LANES) as lanes:
        sound = _copy(plan.folder / "sound")
        violations = []
        for verdict in lanes.map(lambda test: _try(sound, test), tests):
            say(f"without a fault: {verdict.test}, {verdict.seconds:.1f} s")
            if verdict.found or verdict.broken:
                told = verdict.broken or verdict.said[-_TOLD_CHARACTERS:]
                violations.append(f"faults: {verdict.test} fails without a fault: {told}")
        if violations:
            return Outcome(f"0 of {len(wanted)} faults found", tuple(violations))
        found = 0
        of = lanes.map(lambda fault: _planted(plan, fault, wanted[fault]), wanted)
        for fault, (verdicts, trouble) in zip(wanted, of, strict=True):
            for verdict in verdicts:
                what = f"{verdict.test}: {_why(verdict.said)}" if verdict.found else "NOT FOUND"
                say(f"{fault.name:26} | {verdict.seconds:5.1f} s | {what}")
            somebody = any(verdict.found for verdict in verdicts)
            found += somebody
            if trouble:
                violations.append(f"fault {fault.name}: {trouble}")
            for verdict in verdicts:
                chance = not verdict.test.startswith("tests/") and somebody
                if verdict.broken or not (verdict.found or chance):
                    told = verdict.broken or "found nothing"
                    violations.append(f"fault {fault.name} ({fault.told}): {verdict.test} {told}")
    return Outcome(f"{found} of {len(wanted)} faults found", tuple(violations))


def _some(known: Iterable[Fault], seed: int) -> dict[Fault, tuple[str, ...]]:
    quick = {
        fault: tests[:1]
        for fault in known
        if (tests := tuple(t for t in fault.found_by if t.startswith("tests/")))
    }
    chosen = random.Random(seed).sample(list(quick), min(SHORT, len(quick)))
    return {fault: quick[fault] for fault in chosen}


def _planted(plan: Plan, fault: Fault, tests: Iterable[str]) -> tuple[list[Verdict], str]:
    """What the tests say of a copy with the fault in it, and why that is worth nothing."""
    copy = _copy(plan.folder / fault.name)
    try:
        applied = _ran(["git", "apply", str(fault.patch)], copy)
        if applied.returncode:
            return [], f"the patch does not apply any more: {applied.stderr}"
        return [_try(copy, test) for test in tests], ""
    finally:
        shutil.rmtree(copy)


def _copy(folder: Path) -> Path:
    """The files of the working tree, as they are now."""
    listed = _ran(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    asked = [sys.executable, "-c", "import kiosk; print(kiosk.__file__)"]
    used = _ran(asked, folder).stdout.strip()
    assert Path(used).is_relative_to(folder), f"the copy in {folder} runs the code of {used}"
    return folder


def _try(copy: Path, test: str) -> Verdict:
    """Run a part of the proof, or pytest, on a copy."""
    if test.startswith("tests/"):
        words = ["-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", "not slow and not e2e"]
        words += [f"--hypothesis-seed={SEED}", *test.split()]
    else:
        words = ["-m", "tests.prove", "--only", test, "--seed", str(SEED)]
    begun_s = time.monotonic()
    try:
        ran = _ran([sys.executable, *words], copy)
    except subprocess.TimeoutExpired:
        return Verdict(test, False, ENDLESS_S, "never ends")
    seconds = time.monotonic() - begun_s
    said = ran.stdout + ran.stderr
    # 1 is what both say when something was found. A program that cannot even begin says it too.
    answered = ran.returncode in (0, 1) and _ENDS.search(ran.stdout)
    broken = "" if answered else f"does not run ({ran.returncode}): {said[-_TOLD_CHARACTERS:]}"
    return Verdict(test, bool(answered) and ran.returncode == 1, seconds, broken, said)


def _why(said: str) -> str:
    """The first sentence in which a test says what it found."""
    told = re.search(r"^(?:violation 1: |(?=FAILED|ERROR))(.*)$", said, re.MULTILINE)
    return told[1][:_WHY_CHARACTERS] if told else said[-_WHY_CHARACTERS:].strip()


def _ran(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    # Git must not take the copy for a folder of our own repository: it would skip the patch.
    own = {
        "PYTHONPATH": str(folder),
        "GIT_CEILING_DIRECTORIES": str(folder.parent),
        "HYPOTHESIS_PROFILE": "unshrunk",
    }
    return subprocess.run(
        words,
        cwd=folder,
        env=os.environ | own if folder != ROOT else None,
        capture_output=True,
        text=True,
        check=False,
        timeout=ENDLESS_S,
    )
