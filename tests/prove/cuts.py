"""Part 2: power cuts. Each disk that the recorded program could leave is opened and checked.

    python -m tests.prove.cuts [--long] [--seed N] [--keep FOLDER]

A real process works with the real books under strace (`cuts_record`); its calls are read
(`cuts_trace`) into a model of a disk (`cuts_disk`, which says what it models and what not); at
each instant the contents that the disk may have after a cut are made, opened by the real program
and checked (`cuts_check`). Contents that were seen already are not opened again, but measured anew
against what had been acknowledged by then.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.prove.cuts_check import Seen, Standing, look
from tests.prove.cuts_disk import Content, Disk, Fate, fates
from tests.prove.cuts_kiosk import recorded_kiosk
from tests.prove.cuts_recording import Recording, measured, recorded
from tests.prove.cuts_trace import (
    Copied,
    Event,
    MadeFolder,
    Moved,
    Opened,
    Removed,
    Resized,
    Sent,
    Synced,
    Told,
    Wrote,
)
from tests.prove.parts import Outcome, Plan, Say

STATES = {
    "short": {"short": 300, "migrated": 30, "restored": 30},
    "long": {"long": 4500, "migrated": 600, "restored": 600, "kiosk": 700},
}
"""By the form of the proof: of which lives about how many different disks are opened."""

VIOLATIONS_TOLD_MAX = 20
WRONG_KEPT_MAX = 5


@dataclass(frozen=True)
class Instant:
    """A moment at which the power may go: before this call; how far the program was."""

    call: int
    before: str
    standing: Standing
    doing: str


@dataclass
class Replayed:
    """What came of a replay."""

    instants: int = 0
    seen: dict[bytes, Seen] = field(default_factory=dict)
    failed: set[bytes] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)


def run(plan: Plan, say: Say) -> Outcome:
    """Record, replay, check. The first disks with something wrong are in the folders ``wrong``.

    Raises:
        Untold: the machine lets nobody record.
    """
    disks = calls = 0
    violations: list[str] = []
    for name, wanted in STATES["long" if plan.long else "short"].items():
        say(f"recording the life “{name}”")
        made = recorded_kiosk if name == "kiosk" else partial(recorded, name)
        recording = made(plan.folder / name)
        if measure := measured(recording):
            say(measure)
        began = time.monotonic()
        replay = replayed(recording, wanted, plan.seed, say, plan.folder / name / "wrong")
        rate = len(replay.seen) / (time.monotonic() - began)
        say(f"the life “{name}”: {len(replay.seen)} disks, {rate:.0f} a second")
        disks += len(replay.seen)
        calls += sum(not isinstance(event, Told | Sent) for event in recording.events)
        violations += [f"cuts, “{name}”: {told}" for told in replay.violations]
    told = tuple(violations[:VIOLATIONS_TOLD_MAX])
    if len(violations) > len(told):
        told += (f"cuts: {len(violations) - len(told)} more like these",)
    return Outcome(f"{disks:,} disk states of {calls:,} system calls", told)


def replayed(
    recording: Recording,
    wanted: int,
    seed: int,
    say: Say,
    wrong_ones: Path,
    enough: int = sys.maxsize,
) -> Replayed:
    """Cut the power at each instant and look at the disks that this may leave.

    Args:
        recording: of what.
        wanted: about so many different disks are opened.
        seed: chooses them.
        say: told of the progress.
        wrong_ones: the first disks with something wrong are left in this folder.
        enough: so many wrong disks end it.
    """
    many = sum(1 for _ in _cuts(recording, seed))
    share = min(1.0, wanted / many * _SEEN_AGAIN)
    chance = random.Random(seed)
    done = Replayed()
    at: Instant | None = None
    with tempfile.TemporaryDirectory(dir=_memory()) as shelf:
        place = Path(shelf, "disk")
        for instant, name, fate, disk in _cuts(recording, seed):
            if len(done.failed) >= enough:
                break
            if instant != at:
                at, done.instants = instant, done.instants + 1
            if name not in EACH_TIME and chance.random() > share:
                continue
            content = disk.after(fate)
            key = _hash(content)
            if key not in done.seen:
                _make(content, place)
                done.seen[key] = look(place, recording.truth)
                shutil.rmtree(place)
                if len(done.seen) % 200 == 0:
                    say(f"{len(done.seen)} disks opened, {len(done.violations)} wrong")
            wrong = done.seen[key].against(recording.truth, instant.standing)
            if wrong and key not in done.failed:
                done.failed.add(key)
                done.violations.append(_told(instant, name, fate, disk, wrong))
                if len(done.failed) <= WRONG_KEPT_MAX:
                    kept = wrong_ones / f"{len(done.violations):02}"
                    _make(content, kept)
                    done.violations[-1] += f" (the disk, with --keep: {kept})"
    return done


_SEEN_AGAIN = 1.3
"""So many disks are made for one that was not seen before."""

EACH_TIME = ("nothing kept", "all kept")
"""What is tried at every sync and acknowledgement; of the rest as much as is wanted, by chance."""

CHANCES = 12
"""Subsets by chance at an instant before a sync."""


def _cuts(recording: Recording, seed: int) -> Iterator[tuple[Instant, str, dict[int, Fate], Disk]]:
    """Each instant with each fate of what is unsynced then.

    All fates just before a call that syncs, and at an acknowledgement. Between two such calls no
    disk is possible that is not possible before the second; a few are made there all the same.
    """
    disk, chance = Disk(recording.before), random.Random(seed)
    begun = done = 0
    acknowledged = False
    for call, event in enumerate(recording.events):
        doing = recording.truth.life.steps[done].name if begun > done else "nothing"
        instant = Instant(call, _named(event), Standing(begun, done), doing)
        full = isinstance(event, Synced) or acknowledged
        acknowledged = isinstance(event, Told) and event.text.startswith("done")
        if full or isinstance(
            event, Wrote | Copied | Opened | Moved | Removed | Resized | MadeFolder
        ):
            for name, fate in fates(disk.unsynced(), chance, CHANCES if full else 1):
                if full or name in ("all kept", "by chance 1"):
                    yield instant, name if full else f"{name}, between syncs", fate, disk
        disk.take(event)
        if isinstance(event, Told):
            word, place = event.text.split(" ")[:2]
            if word == "begun":
                begun = int(place) + 1
            else:
                done = int(place) + 1
    end = Instant(len(recording.events), "the end", Standing(begun, done), "nothing")
    for name, fate in fates(disk.unsynced(), chance, CHANCES):
        yield end, name, fate, disk


def _named(event: Event) -> str:
    match event:
        case Told(text):
            return f"telling “{text[:40]}”"
        case Moved(old, new):
            return f"renaming {old} to {new}"
        case Wrote(path, offset, data):
            return f"writing {len(data)} bytes at {offset} of {path}"
        case Copied(path, _, source):
            return f"copying {source} to {path}"
        case Resized(path, size):
            return f"giving {path} the size {size}"
        case Synced(path):
            return f"syncing {path or 'the outermost folder'}"
        case Opened(path):
            return f"opening {path}"
        case MadeFolder(path):
            return f"making {path}"
        case Removed(path):
            return f"removing {path}"
        case Sent(path):
            return f"sending to {path}"


def _told(
    instant: Instant, name: str, fate: dict[int, Fate], disk: Disk, wrong: Sequence[str]
) -> str:
    changes = disk.unsynced()
    lost = [
        f"{disk.told(change)}{'' if fate.get(n, 'lost') == 'lost' else ' (in part)'}"
        for n, change in enumerate(changes)
        if fate.get(n, "lost") != "kept"
    ]
    of = f"{len(changes)} unsynced changes, lost: {'; '.join(lost[:4]) or 'none'}"
    more = f" and {len(lost) - 4} more" if len(lost) > 4 else ""
    return (
        f"cut before call {instant.call} ({instant.before}; in {instant.doing}; {name} of "
        f"{of}{more}): {' | '.join(wrong[:3])}"
    )


def _hash(content: Content) -> bytes:
    made = hashlib.blake2b(digest_size=16)
    for name, data in content.items():
        if not name.endswith("-shm"):
            made.update(f"{name}\0{-1 if data is None else len(data)}\0".encode())
            made.update(data or b"")
    return made.digest()


def _make(content: Content, folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, data in content.items():
        if data is None:
            (folder / name).mkdir()
        else:
            (folder / name).write_bytes(data)


def _memory() -> Path | None:
    """A folder in memory where the machine has one: what is on this disk is simulated."""
    memory = Path("/dev/shm")
    return memory if os.access(memory, os.W_OK) else None


def main(argv: Sequence[str] | None = None) -> int:
    """This part alone."""
    parser = argparse.ArgumentParser(prog="python -m tests.prove.cuts", description=__doc__)
    parser.add_argument("--long", action="store_true", help="more disks of a longer life")
    parser.add_argument("--seed", type=int, default=1, help="chooses the disks")
    parser.add_argument("--keep", type=Path, help="a new folder for the recording and wrong disks")
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(dir=_memory()) as folder:
        plan = Plan(given.long, given.seed, given.keep or Path(folder))
        outcome = run(plan, lambda line: print(line, flush=True))
    for violation in outcome.violations:
        print(f"violation: {violation}")
    print(outcome.figures)
    return 1 if outcome.violations else 0


if __name__ == "__main__":
    sys.exit(main())
