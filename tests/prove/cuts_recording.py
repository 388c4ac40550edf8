"""A life that was recorded, and what its commits cost."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.prove.cuts_check import Truth
from tests.prove.cuts_disk import Content, Disk
from tests.prove.cuts_record import LIVES
from tests.prove.cuts_trace import Event, Synced, Told, Untold, Wrote, events, record

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Recording:
    """A life that was recorded: its steps, and what the process did to its folder."""

    truth: Truth
    before: Content
    events: Sequence[Event]


def recorded(
    script: str,
    folder: Path,
    program: Sequence[str] = ("-m", "tests.prove.cuts_record"),
) -> Recording:
    """Let a life be lived under strace, and read what it did.

    Args:
        script: which of `LIVES`.
        folder: a free name, for the files of that life and its trace.
        program: what Python runs.
    """
    files = folder / "files"
    files.mkdir(parents=True)
    life = LIVES[script]()
    life.prepare(files)
    before = contents(files)
    trace = folder / "trace"
    record([sys.executable, *program, str(files), script], trace, cwd=ROOT)
    found = events(trace, files)
    hashes, erased = {}, {}
    for event in found:
        if isinstance(event, Told) and event.text.startswith("done "):
            _, place, told = event.text.split(" ", 2)
            facts = json.loads(told)
            hashes[int(place)] = facts.get("hash", "")
            if facts.get("erased"):
                erased[int(place)] = facts["erased"]["key"]
    assert len(hashes) == len(life.steps), "the recorded process did not tell of its end"
    must_be_real(Recording(Truth(life, hashes, erased), before, found), files)
    return Recording(Truth(life, hashes, erased), before, found)


def contents(files: Path) -> dict[str, bytes | None]:
    """What is in a folder, as `Disk` has it."""
    return {
        str(path.relative_to(files)): None if path.is_dir() else path.read_bytes()
        for path in sorted(files.rglob("*"))
        if not path.is_socket()
    }


def must_be_real(recording: Recording, files: Path, but: tuple[str, ...] = ()) -> None:
    """The model's files are the real ones at the end, but for some: nothing was overlooked.

    Raises:
        Untold: something was.
    """
    disk = Disk(recording.before)
    for event in recording.events:
        disk.take(event)
    model = disk.now()
    real = {name: data for name, data in contents(files).items() if not name.startswith(but)}
    unlike = sorted(
        name for name in real.keys() | model.keys() if real.get(name, b"") != model.get(name, b"")
    )
    if unlike:
        raise Untold(f"the trace does not tell all that was done to {', '.join(unlike)}")


def measured(recording: Recording) -> str:
    """Syncs and bytes of a commit in the recording: of notes held and settled, in a log begun."""
    syncs, sizes = [], []
    log_begun = counts = False
    for event in recording.events:
        if isinstance(event, Told):
            word, place = event.text.split(" ")[:2]
            step = recording.truth.life.steps[int(place)]
            counts = word == "begun" and log_begun and step.name.startswith(("hold:", "settle:"))
            if word == "begun":
                # After a checkpoint the log is begun anew, which is synced by itself.
                log_begun = step.writes
            if counts:
                syncs.append(0)
                sizes.append(0)
        elif counts and isinstance(event, Synced):
            syncs[-1] += 1
        elif counts and isinstance(event, Wrote):
            sizes[-1] += len(event.data)
    if not syncs:
        return ""
    return (
        f"{len(syncs)} notes held or settled: {sum(syncs) / len(syncs):.2f} syncs a commit (most: "
        f"{max(syncs)}), {sum(sizes) / len(sizes) / 1000:.1f} kB written (most: "
        f"{max(sizes) / 1000:.1f})"
    )
