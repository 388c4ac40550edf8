"""The mirror: each entry once more, as a line of text, on a second medium.

``K1-2026-11.jsonl`` holds a head and the entries of a month; a mirror alone rebuilds the store. It
is written behind the kiosk's back, as well as can be: a medium that is away, slow or full holds
nobody up, and is caught up with when it is back. Lines are only ever added; after a restore those
of the new epoch follow those that were lost, and whoever reads picks the chain by its hashes.

Source: docs/ledger.md, "The mirror"; ADR 0016.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NoReturn

from kiosk.core.clock import Now
from kiosk.core.copies import beside_the_writer
from kiosk.core.errors import LedgerCorrupt, StorageFailed
from kiosk.core.ledger import GENESIS, TABLES, Entry, digest
from kiosk.core.store import Store
from kiosk.core.store_file import private, sync_folder
from kiosk.core.store_queries import Condition
from kiosk.core.store_rows import encode

PORTION_ENTRIES: Final = 500
PORTION_BYTES: Final = 524_288
"""So much goes to the medium between two syncs; a larger entry goes alone."""

REST_S: Final = 0.1
"""Between two portions: guests come first, also while a new stick gets a year of entries."""

POLL_S: Final = 1.0
AWAY_MAX_S: Final = 60.0
LINE_BYTES_MAX: Final = 16_777_216
"""What is longer is no line, but a medium's nonsense."""

HEAD: Final = "foyer mirror"

_REACH_BYTES: Final = 2 * PORTION_BYTES


@dataclass(frozen=True)
class Place:
    """A line of a mirror."""

    file: Path
    line: int
    offset: int

    def __str__(self) -> str:
        return f"{self.file.name}, line {self.line}"


@dataclass(frozen=True)
class Head:
    """The first line of a file: whose books they are.

    `facts` are those of the store, `format` that of its first entry (later ones say so themselves).
    """

    facts: Mapping[str, Any]
    format: int

    @property
    def books(self) -> tuple[str, str]:
        """What stays the same in all epochs of the same books."""
        return str(self.facts["kiosk"]), str(self.facts["created_at"])

    def line(self) -> bytes:
        """The line itself."""
        told = {"v": 1, "foyer": HEAD, "format": self.format, "facts": dict(self.facts)}
        return _line(told | {"hash": digest(told)})


@dataclass(frozen=True)
class Damage:
    """What is not as it was written."""

    what: str


def files(folder: Path, kiosk: str) -> list[Path]:
    """The files of a kiosk's mirror, by month."""
    return sorted(folder.glob(f"{kiosk}-[0-9][0-9][0-9][0-9]-[0-9][0-9].jsonl"))


def read(file: Path) -> Iterator[tuple[Place, Head | Entry | Damage]]:
    """Every line of a file, checked to the last bit.

    Raises:
        OSError: the medium refused.
    """
    with file.open("rb") as opened:
        offset, number = 0, 0
        while line := opened.readline(LINE_BYTES_MAX):
            number += 1
            yield Place(file, number, offset), told(line)
            offset += len(line)


def told(line: bytes) -> Head | Entry | Damage:
    """What a line says, or that it is not as it was written."""
    if not line.endswith(b"\n"):
        return Damage("is cut off")
    try:
        # A float is refused while it is read; `canonical` would look at every value once more.
        document = json.loads(line, parse_float=_refuse, parse_constant=_refuse)
        told_ = document.pop("hash")
        made = hashlib.sha256(_json(document, sort_keys=True)).hexdigest()
        if made != told_ or _json(document | {"hash": told_}) + b"\n" != line:
            return Damage("was changed after it was written")
        if document.get("foyer") == HEAD:
            return Head(document["facts"], document["format"])
        return Entry.of(document | {"hash": told_})
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return Damage("is no entry any more")


def _json(document: Mapping[str, Any], *, sort_keys: bool = False) -> bytes:
    # The options of `ledger.canonical` and of `store_rows.encode`.
    return json.dumps(
        document, sort_keys=sort_keys, ensure_ascii=False, separators=(",", ":")
    ).encode()


def _refuse(number: str) -> NoReturn:
    raise ValueError(f"{number} has no place in the ledger")


def _line(document: Mapping[str, Any]) -> bytes:
    return encode(document).encode() + b"\n"


class Mirror:
    """Keeps a folder on a second medium up with the store. Used by one thread.

    `problem` is a sentence for the log while it cannot, else empty; `seq` the last entry that is
    surely there, 0 before it was looked at.
    """

    def __init__(self, store: Path, folder: Path) -> None:
        self._path, self._folder = store, folder
        self._store: Store | None = None
        self.problem = ""
        self.seq = 0
        self._prev = GENESIS
        self._written: Path | None = None
        """The file that was written last, and its size: None before the medium was looked at."""
        self._size = 0
        self._found: list[Path] = []
        self._attached = False
        self._wait_s = POLL_S

    def step(self, now: Now) -> float:
        """Bring a portion over; seconds until the next is wanted (`REST_S`: there is more).

        Nothing is raised for a medium that fails, nor for a store: the kiosk finds that itself.
        """
        del now  # the waiting is the caller's
        try:
            more = self._portion()
        except (OSError, _Away, StorageFailed, LedgerCorrupt) as error:
            self._attached = False
            self.problem = f"the mirror {self._folder} is not written: {error}"
            self._wait_s = min(self._wait_s * 2, AWAY_MAX_S)
            return self._wait_s
        self.problem, self._wait_s = "", POLL_S
        return REST_S if more else POLL_S

    def close(self) -> None:
        """Let the store go."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def _portion(self) -> bool:
        if self._store is None:
            self._store = beside_the_writer(self._path, TABLES)
        if not self._attached:
            self._attach(self._store)
        lines = self._next(self._store)
        if not lines:
            return False
        if not self._untouched():
            # Another stick, or somebody's hand: look again before a line is added.
            self._attach(self._store)
            return True
        for month, of_month in groupby(lines, key=lambda line: line[0].at[:7]):
            self._append(self._store, month, list(of_month))
        return True

    def _next(self, store: Store) -> list[tuple[Entry, bytes]]:
        """The entries that come next, with their lines, as far as they go into a portion."""
        found, size, prev = [], 0, self._prev
        after = Condition("doc_id > ?", (self.seq,))
        with closing(store.documents("entries", after, f" LIMIT {PORTION_ENTRIES}")) as rows:
            for seq, document in rows:
                line = _line(document)
                entry = told(line)
                if not isinstance(entry, Entry) or entry.prev != prev:
                    # A copy of what is rotten would look like a second witness.
                    raise LedgerCorrupt(f"entry {seq} of the store is damaged: kiosk verify")
                found.append((entry, line))
                prev, size = entry.hash, size + len(line)
                if size >= PORTION_BYTES:
                    break
        return found

    def _append(self, store: Store, month: str, lines: list[tuple[Entry, bytes]]) -> None:
        file = self._folder / f"{store.facts['kiosk']}-{month}.jsonl"
        data = b"".join(line for _, line in lines)
        # Whatever fails from here on: what is on the medium is looked at again before more is.
        self._attached = False
        with open(file, "ab", opener=private) as opened:
            new = opened.tell() == 0
            opened.write((_head(store).line() if new else b"") + data)
            opened.flush()
            os.fsync(opened.fileno())
            self._size = opened.tell()
        if new:
            sync_folder(file)
        self._written, self._attached = file, True
        last = lines[-1][0]
        self.seq, self._prev = last.seq, last.hash

    def _untouched(self) -> bool:
        """Whether the file written last is as it was left; a stick may have been changed."""
        if self._written is None:
            return files(self._folder, self._facts("kiosk")) == self._found
        return self._written.exists() and self._written.stat().st_size == self._size

    def _facts(self, name: str) -> str:
        assert self._store is not None
        return str(self._store.facts[name])

    def _attach(self, store: Store) -> None:
        """Find out how far the mirror is: what it holds itself is the truth, nothing else."""
        if not self._folder.is_dir():
            raise _Away("the folder is not there; it is never made, the medium may be away")
        books = _head(store).books
        last: tuple[Path, int, Entry] | None = None
        found = files(self._folder, self._facts("kiosk"))
        ends = {file: _end(file, store) for file in found}
        for file in found:
            with file.open("rb") as opened:
                head = told(opened.readline(LINE_BYTES_MAX))
            if isinstance(head, Head) and head.books != books:
                raise _Away(
                    f"{file.name} is the mirror of another store that is called {books[0]}, too; "
                    "name another folder"
                )
            size, entry = ends[file]
            if entry and (last is None or (entry.epoch, entry.seq) > _age(last[2])):
                last = file, size, entry
        seq, prev = self._common(store, last[2] if last else None, found)
        for file, (size, _) in ends.items():
            if size < file.stat().st_size:
                # The end of a portion that was not synced when the power or the medium went.
                with file.open("r+b") as opened:
                    opened.truncate(size)
                    os.fsync(opened.fileno())
        self.seq, self._prev, self._found = seq, prev, found
        self._written, self._size = (last[0], last[1]) if last else (None, 0)
        self._attached = True

    def _common(self, store: Store, last: Entry | None, found: list[Path]) -> tuple[int, str]:
        """The last entry that the mirror and the store share, as seq and hash."""
        if last is None:
            return 0, GENESIS
        if _is_in(store, last):
            return last.seq, last.hash
        if last.epoch >= store.facts["epoch"]:
            raise _Away(
                f"it holds entry {last.seq} of epoch {last.epoch}, which is not in the store: the "
                "store was set back without kiosk restore, or it is a copy. Do not go on: "
                'docs/operations.md, "Copies"'
            )
        # The store was restored: what was lost stays on the mirror, the new epoch follows it.
        shared = [
            (line.seq, line.hash)
            for file in found
            for _, line in read(file)
            if isinstance(line, Entry) and _is_in(store, line)
        ]
        return max(shared, default=(0, GENESIS))


def last_entry(folder: Path, kiosk: str) -> Entry | None:
    """The last whole entry of a kiosk's mirror, read from its end; None where there is none.

    Raises:
        OSError: the medium refused.
    """
    for file in reversed(files(folder, kiosk)):
        size, reach = file.stat().st_size, _REACH_BYTES
        while True:
            with file.open("rb") as opened:
                opened.seek(max(0, size - reach))
                lines = opened.read(reach).splitlines(keepends=True)
            found = (told(line) for line in reversed(lines))
            entry = next((what for what in found if isinstance(what, Entry)), None)
            if entry is not None:
                return entry
            if reach >= size:
                break
            reach *= 4
    return None


class _Away(Exception):
    """The medium is not there, or not ours to write."""


def _head(store: Store) -> Head:
    # By the keys of the entries that `migrations` writes.
    raised = (n for n in range(2, store.format + 1) if store.get("entries", f"migrate:{n}:1"))
    return Head(store.facts, next(raised, store.format + 1) - 1)


def _age(entry: Entry) -> tuple[int, int]:
    return entry.epoch, entry.seq


def _is_in(store: Store, entry: Entry) -> bool:
    kept = store.table("entries").get(doc_id=entry.seq)
    return isinstance(kept, Mapping) and kept["hash"] == entry.hash


def _end(file: Path, store: Store) -> tuple[int, Entry | None]:
    """Where the whole lines of a file end, and the entry on the last (none: it has no entry).

    Of a portion whose sync was cut off the end may be there without its beginning. So the last
    portions are looked at from their front, and what stands behind damage goes with it, to be
    written again; but not where an entry is behind it that the store no longer has.
    """
    size, reach = file.stat().st_size, _REACH_BYTES
    with file.open("rb") as opened:
        while True:
            first = max(0, size - reach)
            opened.seek(first)
            if first:
                opened.readline(LINE_BYTES_MAX)
            lines = []
            while line := opened.readline(LINE_BYTES_MAX):
                lines.append((opened.tell(), told(line)))
            damaged = [isinstance(what, Damage) for _, what in lines]
            until = damaged.index(True) if True in damaged else len(lines)
            behind = [what for _, what in lines[until:] if isinstance(what, Entry)]
            if not all(_is_in(store, entry) for entry in behind):
                until = len(lines) - damaged[::-1].index(False)
            entries = [what for _, what in lines[:until] if isinstance(what, Entry)]
            if entries or not first:
                return lines[until - 1][0] if until else 0, entries[-1] if entries else None
            if reach > LINE_BYTES_MAX:
                raise _Away(f"{file.name} ends in {reach:,} bytes that are no lines; take another")
            reach *= 4
