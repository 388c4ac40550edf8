"""A disk that may lose its power: which contents it may have after a cut.

The model, which is no file system's but the worst that POSIX lets one be:

- A **file** has what was written to it before its last fsync or fdatasync came back, with the size
  that this has. Each later write, on its own, in any company and any order, is kept, lost, or torn:
  of its 512-byte sectors (8 to a page of memory) any may be there and any not. What was lost where
  the file grew reads as nothing (the file is shorter) or as zeros (the size alone was kept). Each
  later ftruncate or fallocate is kept or lost. fdatasync keeps the size as fsync does.
- A **name** (a file made, renamed, linked or removed; a folder made) is kept once its folder was
  synced. Each later change of a name is kept or lost, on its own: names may be kept in another
  order than they were given, and before what stands in the file (ext4 keeps their order; ext2, FAT
  and others need not). A rename is whole or not at all. A file's fsync keeps no name.
- The **index of a log** (``-shm``) is memory that programs share: after a cut it holds anything.
  So does a ``.lock``: nothing is read there after a cut.
- A cut **within** a call that syncs leaves what a cut before it may leave; a call that came back
  has done all that it promised.

Not modelled: a card that lies about syncing, or that wears out and loses what was kept long ago;
bits that rot; a sector written by halves (it is the old or the new one; a flash card that spoils a
neighbour is the second copy's affair); what the flash still holds of sectors that were overwritten
or given back; a kernel that lives on after a failed sync (that is the failing disk's part).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from tests.prove.cuts_trace import (
    AT_THE_END,
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

SECTOR: Final = 512
ROOT: Final = 0
SINGLED_OUT_MAX: Final = 150

_INDEX: Final = random.Random(0).randbytes(32_768)

Fate = Literal["kept", "lost", "size"] | frozenset[int]
"""What became of a change that was not synced; of a torn write the numbers of the sectors kept."""

Content = Mapping[str, bytes | None]
"""A disk after a cut: what is under each name; None for a folder."""


@dataclass
class _Data:
    """A write (`data`) or a new size of a file."""

    inode: int
    offset: int
    data: bytes = b""
    size: int = -1
    grows: bool = False

    @property
    def sectors(self) -> range:
        return range(self.offset // SECTOR, -(-(self.offset + len(self.data)) // SECTOR))

    def done(self, file: bytearray, fate: Fate) -> None:
        """Do it to `file`, as far as its fate lets it."""
        if fate == "lost":
            return
        if self.size >= 0:
            if not (self.grows and len(file) >= self.size):
                del file[self.size :]
                file.extend(bytes(self.size - len(file)))
            return
        end = self.offset + len(self.data)
        if isinstance(fate, frozenset):
            for sector in sorted(fate):
                first = max(self.offset, sector * SECTOR)
                last = min(end, (sector + 1) * SECTOR)
                self._put(file, first, self.data[first - self.offset : last - self.offset])
        elif fate == "size":
            file.extend(bytes(max(0, end - len(file))))
        else:
            self._put(file, self.offset, self.data)

    @staticmethod
    def _put(file: bytearray, offset: int, data: bytes) -> None:
        if len(file) < offset:
            file.extend(bytes(offset - len(file)))
        file[offset : offset + len(data)] = data


@dataclass
class _Names:
    """A change of names in a folder that is whole or not at all: a name, and what has it now."""

    folder: int
    given: tuple[tuple[str, int | None], ...]

    def done(self, names: dict[str, int]) -> None:
        """Do it to the names of the folder."""
        for name, inode in self.given:
            if inode is None:
                names.pop(name, None)
            else:
                names[name] = inode


@dataclass
class _Node:
    """A file or a folder: as it is kept for sure, and as the program sees it."""

    folder: bool
    kept: bytearray = field(default_factory=bytearray)
    seen: bytearray = field(default_factory=bytearray)
    kept_names: dict[str, int] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)


Change = _Data | _Names


class Disk:
    """A folder of files, fed with what a program does to it."""

    def __init__(self, before: Content | None = None) -> None:
        """Begin with these contents, all of them kept for sure; folders before what is in them."""
        self._nodes: list[_Node] = [_Node(folder=True)]
        self._unsynced: list[Change] = []
        self._spare: set[int] = set()
        for path, data in (before or {}).items():
            inode = self._new(folder=data is None)
            self._name(path, inode)
            self._nodes[inode].seen += data or b""
            self._nodes[inode].kept += data or b""
            self._sync(self._parent(path)[0])

    def take(self, event: Event) -> None:
        """The program did this."""
        match event:
            case Opened(path, makes, empties):
                inode = self._find(path)
                if inode is None:
                    assert makes, f"{path} is written, and was not there when recording began"
                    self._name(path, self._new(folder=False))
                elif empties:
                    self._data(_Data(inode, 0, size=0))
            case Wrote(path, offset, data):
                inode = self._there(path)
                end = len(self._nodes[inode].seen)
                self._data(_Data(inode, end if offset == AT_THE_END else offset, data))
            case Copied(path, offset, source, start, size):
                data = bytes(self._nodes[self._there(source)].seen[start : start + size])
                self._data(_Data(self._there(path), offset, data))
            case Resized(path, size, grows):
                self._data(_Data(self._there(path), 0, size=size, grows=grows))
            case MadeFolder(path):
                self._name(path, self._new(folder=True))
            case Moved(old, new, link):
                self._move(old, new, link)
            case Removed(path):
                self._name(path, None)
            case Synced(path):
                self._sync(self._there(path))
            case Told() | Sent():
                pass

    def unsynced(self) -> list[Change]:
        """The changes that a cut may lose, oldest first: of what a name may still lead to."""
        reachable = self._reachable()
        return [
            c
            for c in self._unsynced
            if not (isinstance(c, _Data) and (c.inode in self._spare or c.inode not in reachable))
        ]

    def after(self, fates: Mapping[int, Fate]) -> Content:
        """The disk after a cut; `fates` by the place in `unsynced`, what is not named is lost."""
        files: dict[int, bytearray] = {}
        folders: dict[int, dict[str, int]] = {}

        def names(folder: int) -> dict[str, int]:
            return folders.setdefault(folder, dict(self._nodes[folder].kept_names))

        for place, change in enumerate(self.unsynced()):
            fate = fates.get(place, "lost")
            if fate == "lost":
                continue
            if isinstance(change, _Data):
                if change.inode not in files:
                    files[change.inode] = bytearray(self._nodes[change.inode].kept)
                change.done(files[change.inode], fate)
            else:
                change.done(names(change.folder))
        found: dict[str, bytes | None] = {}

        def walk(folder: int, prefix: str) -> None:
            for name, inode in sorted(names(folder).items()):
                path = prefix + name
                if self._nodes[inode].folder:
                    found[path] = None
                    walk(inode, path + "/")
                elif name.endswith("-shm"):
                    found[path] = _INDEX
                elif not name.endswith(".lock"):
                    found[path] = bytes(files.get(inode, self._nodes[inode].kept))

        walk(ROOT, "")
        return found

    def now(self) -> dict[str, bytes | None]:
        """What the program itself sees, without a cut: to be compared with the real files."""
        found: dict[str, bytes | None] = {}

        def walk(folder: int, prefix: str) -> None:
            for name, inode in sorted(self._nodes[folder].names.items()):
                node = self._nodes[inode]
                found[prefix + name] = None if node.folder else bytes(node.seen)
                if node.folder:
                    walk(inode, prefix + name + "/")

        walk(ROOT, "")
        return found

    def told(self, change: Change) -> str:
        """A change in words."""
        if isinstance(change, _Names):
            return " and ".join(
                f"{name} {'is gone' if inode is None else 'is there'}"
                for name, inode in change.given
            )
        name = next(
            (
                name
                for node in self._nodes
                for name, inode in [*node.names.items(), *node.kept_names.items()]
                if inode == change.inode
            ),
            "a nameless file",
        )
        if change.size >= 0:
            return f"{name}: size {change.size}"
        return f"{name}: {len(change.data)} bytes at {change.offset}"

    # --- Inside -------------------------------------------------------------------------------

    def _new(self, *, folder: bool) -> int:
        self._nodes.append(_Node(folder))
        return len(self._nodes) - 1

    def _parent(self, path: str) -> tuple[int, str]:
        folder, _, name = path.rpartition("/")
        return (self._there(folder) if folder else ROOT), name

    def _find(self, path: str) -> int | None:
        inode = ROOT
        for name in path.split("/") if path else ():
            if name not in self._nodes[inode].names:
                return None
            inode = self._nodes[inode].names[name]
        return inode

    def _there(self, path: str) -> int:
        inode = self._find(path)
        assert inode is not None, f"{path} is used, and nobody made it"
        return inode

    def _data(self, change: _Data) -> None:
        change.done(self._nodes[change.inode].seen, "kept")
        self._unsynced.append(change)

    def _name(self, path: str, inode: int | None) -> None:
        folder, name = self._parent(path)
        self._change(_Names(folder, ((name, inode),)))
        if inode is not None and name.endswith((".lock", "-shm")):
            # What a lock says, and what an index holds, means nothing after a cut.
            self._spare.add(inode)

    def _move(self, old: str, new: str, link: bool) -> None:
        (old_folder, old_name), (new_folder, new_name) = self._parent(old), self._parent(new)
        made = (new_name, self._there(old))
        assert link or old_folder == new_folder, f"{old} to {new}: across folders, not modelled"
        self._change(_Names(new_folder, (made,) if link else ((old_name, None), made)))

    def _change(self, change: _Names) -> None:
        change.done(self._nodes[change.folder].names)
        self._unsynced.append(change)

    def _sync(self, inode: int) -> None:
        left: list[Change] = []
        for change in self._unsynced:
            if isinstance(change, _Data) and change.inode == inode:
                change.done(self._nodes[inode].kept, "kept")
            elif isinstance(change, _Names) and change.folder == inode:
                change.done(self._nodes[inode].kept_names)
            else:
                left.append(change)
        self._unsynced = left

    def _reachable(self) -> set[int]:
        found = {inode for node in self._nodes for inode in node.kept_names.values()}
        for change in self._unsynced:
            if isinstance(change, _Names):
                found.update(inode for _, inode in change.given if inode is not None)
        return found


def fates(
    changes: list[Change], chance: random.Random, randoms: int
) -> Iterator[tuple[str, dict[int, Fate]]]:
    """Which of these changes a cut may keep: a name for it, and the fates of `Disk.after`.

    None, all, all but one, one alone, each write torn (among all, and alone), its size alone, and
    `randoms` subsets by chance. Of a program that syncs too little, and has hundreds of changes
    unsynced, as many as `SINGLED_OUT_MAX` are singled out, by chance.
    """
    places = range(len(changes))
    whole: dict[int, Fate] = dict.fromkeys(places, "kept")
    yield "nothing kept", {}
    if not changes:
        return
    yield "all kept", whole
    few = len(changes) <= SINGLED_OUT_MAX
    singled_out = places if few else sorted(chance.sample(places, SINGLED_OUT_MAX))
    for place in singled_out:
        if len(changes) > 1:
            yield f"all but change {place + 1}", whole | {place: "lost"}
            yield f"change {place + 1} alone", {place: "kept"}
    for place in singled_out:
        change = changes[place]
        if not isinstance(change, _Data) or change.size >= 0:
            continue
        yield f"all, of change {place + 1} the size", whole | {place: "size"}
        sectors = change.sectors
        if len(sectors) > 1:
            half = len(sectors) // 2
            for name, torn in (
                ("first half", sectors[:half]),
                ("last half", sectors[half:]),
                ("every other sector", sectors[::2]),
            ):
                fate = frozenset(torn)
                yield f"all, of change {place + 1} the {name}", whole | {place: fate}
                yield f"of change {place + 1} the {name} alone", {place: fate}
    for number in range(randoms):
        yield f"by chance {number + 1}", {p: _any(changes[p], chance) for p in places}


def _any(change: Change, chance: random.Random) -> Fate:
    roll = chance.randrange(10)
    if isinstance(change, _Data) and change.size < 0:
        if roll == 0:
            return "size"
        if roll <= 2:
            return frozenset(s for s in change.sectors if chance.randrange(2))
    return "kept" if roll % 2 else "lost"
