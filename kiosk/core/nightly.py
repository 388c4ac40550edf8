"""What is remembered of the nightly backup, and whether one is due, or overdue.

It stands in a file beside the store, not in the books: whoever backs up only reads those.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Final

from kiosk.core.store_file import sync_folder

FILE: Final = "nightly.json"
PROOF_FILE: Final = "proof.json"
RETRY_H: Final = 1
"""So long after one that failed the next is tried: copying and proving a large store takes long."""
LATE_H: Final = 30
"""The last good backup is too old after a night and this morning."""


@dataclass(frozen=True)
class Made:
    """A backup that was proven where it lies.

    Attributes:
        at: when it was done (ISO 8601, UTC).
        to: the folder or the address.
        file: its name.
        seq: its last entry.
        size_bytes: its size.
        sealed: names, phones and PINs lie beside it, sealed.
    """

    at: str
    to: str
    file: str
    seq: int
    size_bytes: int
    sealed: bool


@dataclass(frozen=True)
class Nights:
    """What is remembered: the last good one; when the last was tried, and why it failed."""

    made: Made | None = None
    tried_at: str = ""
    problem: str = ""


def read(folder: Path) -> Nights:
    """What is remembered beside the store in `folder`; nothing where that cannot be read."""
    try:
        kept = json.loads((folder / FILE).read_text("utf-8"))
        made = Made(**kept["made"]) if kept["made"] else None
        nights = Nights(made, str(kept["tried_at"]), str(kept["problem"]))
        for at in (nights.tried_at, made.at if made else ""):
            _moment(at)
        return nights
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Nights()


@dataclass(frozen=True)
class Proof:
    """The last proof of the books: when, of how many entries, and how much was wrong."""

    at: str
    entries: int
    problems: int


def read_proof(folder: Path) -> Proof | None:
    """The last proof of the store in `folder`; None: there was none that is known of."""
    try:
        proof = Proof(**json.loads((folder / PROOF_FILE).read_text("utf-8")))
        _moment(proof.at)
        return proof
    except (OSError, ValueError, TypeError):
        return None


def write_proof(folder: Path, proof: Proof) -> None:
    """Remember it; where the disk refuses, or whoever proved may not write there, nothing is."""
    with suppress(OSError):
        keep(folder / PROOF_FILE, asdict(proof))


def write(folder: Path, nights: Nights) -> None:
    """Remember it.

    Raises:
        OSError: the disk refused; what was remembered is.
    """
    keep(folder / FILE, asdict(nights))


def keep(file: Path, what: Mapping[str, Any]) -> None:
    """Write a file of the state folder whole, or not at all; nothing in it is secret.

    Raises:
        OSError: the disk refused.
    """
    draft = file.with_name(f"{file.name}.{os.getpid()}.new")
    try:
        with draft.open("w", encoding="utf-8") as opened:
            json.dump(what, opened, ensure_ascii=False, indent=1)
            opened.flush()
            os.fsync(opened.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(file)


def tried(nights: Nights, now: datetime, *, made: Made | None = None, problem: str = "") -> Nights:
    """What is remembered after one was tried: it was made, or there was a problem."""
    return replace(nights, made=made or nights.made, tried_at=stamp(now), problem=problem)


def due(nights: Nights, at: str, zone: tzinfo, now: datetime) -> bool:
    """Whether one is to be made now.

    Args:
        nights: what is remembered.
        at: the time of day, ``04:30``.
        zone: by whose clock.
        now: the moment, aware.
    """
    tried_at = _moment(nights.tried_at)
    if nights.problem and tried_at and timedelta() <= now - tried_at < timedelta(hours=RETRY_H):
        return False
    last = _moment(nights.made.at) if nights.made else None
    # One of the future was made while the clock was wrong: it says nothing of tonight.
    return last is None or not last_time(at, zone, now) <= last <= now


def last_time(at: str, zone: tzinfo, now: datetime) -> datetime:
    """When it was last this time of day, `now` included."""
    hour, minute = map(int, at.split(":"))
    local = now.astimezone(zone)
    for day in (local, local - timedelta(days=1)):
        # Compared in UTC: on a day when clocks are set this may be no time there, or two.
        found = day.replace(hour=hour, minute=minute, second=0, microsecond=0, fold=0)
        if found.astimezone(UTC) <= now:
            return found.astimezone(UTC)
    return now - timedelta(days=1)


def age_s(of: Made | Proof | None, now: datetime) -> float | None:
    """How old a backup or a proof is, in seconds; None: there is none."""
    last = _moment(of.at) if of else None
    return None if last is None else max(0.0, (now - last).total_seconds())


def late(nights: Nights, since: datetime, now: datetime) -> bool:
    """Whether somebody has to look: the last good one is too old, or the first one does not come.

    `since` is when the store was made: before that there was nothing to be copied.
    """
    age = age_s(nights.made, now)
    if age is None:
        return bool(nights.problem) or now - since > timedelta(hours=LATE_H)
    return age > LATE_H * 3600


def stamp(now: datetime) -> str:
    """A moment as it is kept."""
    return now.astimezone(UTC).isoformat(timespec="seconds")


def _moment(told: str) -> datetime | None:
    found = datetime.fromisoformat(told) if told else None
    if found is not None and found.tzinfo is None:
        raise ValueError(f"{told} names no zone")
    return found
