"""What a store can be restored from: backups and lines of mirrors, and the longest history in them.

Entries name the one before them by its hash, so histories that part (a restored machine goes on
where a copy ended) are a tree. The history of the latest epoch is the books; of those the longest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from kiosk.core import backup, mirror
from kiosk.core.backup import Backup, Progress
from kiosk.core.copies import opened_copy
from kiosk.core.errors import ConfigError, LedgerCorrupt, NotAStore, StorageFailed
from kiosk.core.ledger import GENESIS, Entry, Ledger
from kiosk.core.mirror import LINE_BYTES_MAX, Damage, Head
from kiosk.core.venue import TABLES


class Line(NamedTuple):
    """Where an entry stands in a mirror; `prev` is the hash of the one before."""

    epoch: int
    seq: int
    prev: bytes
    file: int
    offset: int


class Tip(NamedTuple):
    """Where a history ends."""

    epoch: int
    seq: int
    hash: bytes


@dataclass
class Sources:
    """Everything that was found, and what is wrong with it.

    `backups` by the hash of their last entry, `lines` by their own; `heads` of the mirrors, `facts`
    of all stores.
    """

    files: list[Path] = field(default_factory=list)
    backups: dict[bytes, Backup] = field(default_factory=dict)
    lines: dict[bytes, Line] = field(default_factory=dict)
    heads: list[Head] = field(default_factory=list)
    facts: list[Mapping[str, Any]] = field(default_factory=list)
    sealed: list[Path] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def epoch(self) -> int:
        """The latest epoch of which anything is known."""
        lines = max((line.epoch for line in self.lines.values()), default=0)
        facts = max((int(facts["epoch"]) for facts in self.facts), default=0)
        return max(lines, facts)

    def entry(self, line: Line) -> Entry:
        """The entry on a line.

        Raises:
            LedgerCorrupt: it reads otherwise than a moment ago.
            StorageFailed: it cannot be read.
        """
        file = self.files[line.file]
        try:
            with file.open("rb") as opened:
                opened.seek(line.offset)
                told = mirror.told(opened.readline(LINE_BYTES_MAX))
        except OSError as error:
            raise StorageFailed(f"{file} cannot be read: {error}") from error
        if not isinstance(told, Entry):
            raise LedgerCorrupt(f"{file}: the line of entry {line.seq} changes while it is read")
        return told


@dataclass(frozen=True)
class History:
    """The way to restore: a backup (none: from the first entry), and the lines that follow it."""

    base: Backup | None
    lines: tuple[Line, ...]
    tip: Tip


def find(paths: Sequence[Path], kiosk: str, progress: Progress) -> Sources:
    """Look through backups, mirrors and folders of them.

    Raises:
        ConfigError: a path is not there, or the copies are of different stores.
    """
    found = Sources()
    for path in paths:
        try:
            _look(path, kiosk, found, progress)
        except OSError as error:
            found.wrong.append(f"{path} cannot be read: {error}")
    made = {str(facts["created_at"]) for facts in found.facts}
    if len(made) > 1:
        when = ", ".join(sorted(made))
        raise ConfigError(
            [f"these are copies of different stores called {kiosk} (made {when}); name one's only"]
        )
    return found


def _look(path: Path, kiosk: str, found: Sources, progress: Progress) -> None:
    if path.is_dir():
        for of_folder in backup.backups(path, kiosk):
            _backup(of_folder.file, kiosk, found)
        for file in mirror.files(path, kiosk):
            _mirror(file, kiosk, found, progress)
        found.sealed += [f for f in [path / f"{kiosk}-secrets.sealed"] if f.exists()]
    elif not path.exists():
        raise ConfigError([f"{path} is not there"])
    elif path.suffix == ".jsonl":
        _mirror(path, kiosk, found, progress)
    elif path.suffix == ".sealed":
        found.sealed.append(path)
    else:
        _backup(path, kiosk, found)


def _backup(file: Path, kiosk: str, found: Sources) -> None:
    try:
        with opened_copy(file, TABLES) as store:
            ledger = Ledger(store)
            last = ledger.entry(ledger.seq)
            if ledger.kiosk != kiosk:
                found.wrong.append(f"{file} is a store of kiosk {ledger.kiosk}, not of {kiosk}")
                return
            if last is not None:
                made = Backup(file, kiosk, last.epoch, last.seq)
                found.backups.setdefault(bytes.fromhex(last.hash), made)
                found.facts.append(dict(store.facts))
    except (NotAStore, StorageFailed, LedgerCorrupt, KeyError, TypeError, ValueError) as error:
        found.wrong.append(f"{file}: {error}")


def _mirror(file: Path, kiosk: str, found: Sources, progress: Progress) -> None:
    number, size = len(found.files), file.stat().st_size
    found.files.append(file)
    for place, line in mirror.read(file):
        if isinstance(line, Damage):
            found.wrong.append(f"{file}, line {place.line}: {line.what}")
        elif isinstance(line, Head):
            found.heads.append(line)
            found.facts.append(line.facts)
        elif line.kiosk != kiosk:
            found.wrong.append(f"{file}, line {place.line}: is an entry of kiosk {line.kiosk}")
        else:
            made = Line(line.epoch, line.seq, bytes.fromhex(line.prev), number, place.offset)
            found.lines.setdefault(bytes.fromhex(line.hash), made)
        if place.line % 1000 == 0:
            progress(f"read of {file.name}", place.offset, size)


def choose(found: Sources, progress: Progress) -> tuple[History | None, list[str]]:
    """The latest history that is whole, and in sentences what of later ones is missing.

    Backups are proven before they count; what is wrong with one is told.
    """
    proven: dict[bytes, bool] = {}
    missing: list[str] = []
    walked: set[bytes] = set()
    for tip in _tips(found):
        path: list[Line] = []
        at = tip.hash
        while True:
            if at in found.backups and at not in proven:
                proven[at] = _sound(found.backups[at], missing, progress)
            if proven.get(at):
                return History(found.backups[at], tuple(reversed(path)), tip), missing
            if at == _GENESIS:
                return History(None, tuple(reversed(path)), tip), missing
            if at in walked or at not in found.lines:
                break
            walked.add(at)
            path.append(found.lines[at])
            at = path[-1].prev
        if path:
            first, last = path[-1].seq, path[0].seq
            missing.append(_gap(first, last, path[-1].epoch, _before(found, first)))
    return None, missing


_GENESIS = bytes.fromhex(GENESIS)


def _tips(found: Sources) -> Iterable[Tip]:
    inner = {line.prev for line in found.lines.values()}
    ends = [Tip(line.epoch, line.seq, at) for at, line in found.lines.items() if at not in inner]
    ends += [Tip(b.epoch, b.seq, at) for at, b in found.backups.items() if at not in inner]
    return sorted(set(ends), reverse=True)


def _sound(copy: Backup, missing: list[str], progress: Progress) -> bool:
    try:
        told = backup.changed(copy)
        if told:
            missing.append(f"{copy.file} {told}; if there is nothing better, remove that file")
            return False
        _, findings = backup.prove(copy.file, progress)
        if findings:
            raise backup.unsound(f"{copy.file} is not sound", findings)
    except (NotAStore, StorageFailed, LedgerCorrupt) as error:
        missing.append(str(error))
        return False
    return True


def _before(found: Sources, seq: int) -> int:
    """The last entry before `seq` of which a copy is left."""
    lines = (line.seq for line in found.lines.values() if line.seq < seq)
    backups = (b.seq for b in found.backups.values() if b.seq < seq)
    return max(max(lines, default=0), max(backups, default=0))


def _gap(first: int, last: int, epoch: int, before: int) -> str:
    lost = "entry" if first - 1 == before + 1 else f"entries {before + 1} to"
    kept = f"entry {first}" if first == last else f"entries {first} to {last}"
    return (
        f"{lost} {first - 1} of epoch {epoch} is in no copy: {kept}, which the mirror has, "
        "cannot follow"
    )
