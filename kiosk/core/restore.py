"""Getting the books back: a store made from a backup, a mirror, or both.

It is built under another name, proven, and renamed: a power cut leaves no store, or the whole one.
The first entry of its new epoch says what it was made from. Source: docs/operations.md, "Copies,
and getting the books back"; ADR 0016.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain, count, islice
from pathlib import Path
from typing import Final

from kiosk.core import audit, client_index, clients, keyring, sources
from kiosk.core.backup import Progress, unsound
from kiosk.core.cash import HeldNotes
from kiosk.core.claims import OpenClaims
from kiosk.core.clock import Now
from kiosk.core.errors import ConfigError, LedgerCorrupt, NotAStore, StorageFailed
from kiosk.core.ledger import RESTORED, Draft, Entry, Ledger, digest
from kiosk.core.migrations import KIND as MIGRATED
from kiosk.core.sources import History, Sources
from kiosk.core.store import Store
from kiosk.core.store_file import FORMAT_VERSION, lock_for_writing, make_folder, sync_folder
from kiosk.core.venue import TABLES, Venue

PORTION_ENTRIES: Final = 1000
"""So many entries a commit: nobody looks at the store before it is whole."""

_LOG: Final = ("", "-wal", "-shm")


@dataclass
class Restored:
    """In sentences: what was done, what could not be found, and what is to be looked at."""

    did: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    look: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether everything that any copy knows of is in the store."""
        return not self.missing


@dataclass(frozen=True)
class Restore:
    """What is wanted: where from, where to.

    `kiosk` is whose copies are looked for; `key` the private half of the recovery key, or empty;
    with `replace` a store that is there is put aside under another name, never removed.
    """

    copies: Sequence[Path]
    kiosk: str
    path: Path
    secrets: Path
    key: str = ""
    replace: bool = False


def restore(wanted: Restore, now: Now, progress: Progress) -> Restored:
    """Make the store anew, and its secrets where there are none.

    Raises:
        ConfigError: a store is there already, or there is nothing to restore from.
        StoreInUse: a kiosk runs on the store that is there.
        StorageFailed: the disk refused; what was there is there.
        LedgerCorrupt: what came out is not sound; likewise.
        ValueError: the recovery key is none.
    """
    for folder in (wanted.path.parent, wanted.secrets.parent):
        try:
            make_folder(folder)
        except OSError as error:
            raise StorageFailed(f"{folder} cannot be made: {error}") from error
    with _locked(wanted.path):
        if wanted.path.exists() and not wanted.replace:
            told = "is there already; with --replace it is put aside under another name, and kept"
            raise ConfigError([f"{wanted.path} {told}"])
        told_ = Restored()
        found = sources.find(wanted.copies, wanted.kiosk, progress)
        told_.missing += found.wrong
        history, missing = sources.choose(found, progress)
        told_.missing += missing
        if history is None or (history.base is None and not history.lines):
            nothing = f"no sound backup and no mirror of kiosk {wanted.kiosk} was found; nothing"
            raise ConfigError([*told_.missing, f"{nothing} was changed"])
        draft = _half_made(wanted.path)
        try:
            _remove(draft)
            epoch = 1 + max(found.epoch, _epochs_here(wanted))
            _build(draft, found, history, epoch, now, told_, progress)
            kept = wanted.secrets.exists()
            _secrets(wanted, found, told_)
            _finish(draft, wanted, told_, progress, now, kept)
            _put_aside(wanted.path, told_)
            draft.rename(wanted.path)
            sync_folder(wanted.path)
        except OSError as error:
            raise StorageFailed(f"{wanted.path} cannot be restored: {error}") from error
        finally:
            for half_made in (draft, _half_made(wanted.secrets)):
                with suppress(OSError):
                    _remove(half_made)
        return told_


def _half_made(path: Path) -> Path:
    return path.with_name(path.name + ".restored")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    lock = lock_for_writing(path)
    try:
        yield
    finally:
        os.close(lock)


def _remove(draft: Path) -> None:
    for name in (*_LOG, ".lock"):
        draft.with_name(draft.name + name).unlink(missing_ok=True)
    for migrated in draft.parent.glob(f"{draft.name}.format-*"):
        migrated.unlink()


def _epochs_here(wanted: Restore) -> int:
    """The latest epoch of which this machine itself knows."""
    places = keyring.places(wanted.secrets).values()
    known = max((place.epoch for place in places), default=0)
    with suppress(NotAStore, StorageFailed, LedgerCorrupt):
        store = Store.open(wanted.path, tables=TABLES, write=False, older=True)
        known = max(known, int(store.facts["epoch"]))
        store.close()
    return known


def _build(
    draft: Path,
    found: Sources,
    history: History,
    epoch: int,
    now: Now,
    told: Restored,
    progress: Progress,
) -> None:
    """The store as of the end of the history, with the entry that begins the new epoch."""
    store = _begin(draft, found, history)
    try:
        version = store.format
        facts = dict(store.facts) | {"epoch": epoch}
        with store.transaction():
            # The tables of today: the lines may be younger than the backup.
            store.raise_format()
        ledger = Ledger(store)
        lines, done, last = iter(history.lines), 0, None
        while portion := [found.entry(line) for line in islice(lines, PORTION_ENTRIES)]:
            ledger.adopt(portion)
            done, last = done + len(portion), portion[-1]
            progress("written", done, len(history.lines))
            version = max([version, *(int(e.refs["format"]) for e in portion if _migrates(e))])
        if last is not None and _migrates(last):
            # Perhaps not the last of its kind: migrating again writes what is missing, if any.
            version -= 1
        store.become(facts, version)
        made_from = [history.base.file.name] if history.base else []
        made_from += sorted({found.files[line.file].name for line in history.lines})
        entry = _record(store, made_from, now)
    finally:
        store.close()
    _tell(history, found, entry, told)


def _migrates(entry: Entry) -> bool:
    return entry.kind == MIGRATED


def _begin(draft: Path, found: Sources, history: History) -> Store:
    if history.base is not None:
        for part in ("", "-wal"):
            # The store of a dead machine has a log, of which it is made whole.
            if (source := history.base.file.with_name(history.base.file.name + part)).exists():
                copy = draft.with_name(draft.name + part)
                shutil.copyfile(source, copy)
                copy.chmod(0o600)
        return Store.open(draft, tables=TABLES, older=True)
    if not found.heads:
        raise ConfigError(
            ["the first line of every file of the mirror is damaged: nobody knows whose it is"]
        )
    head = max(found.heads, key=lambda head: int(head.facts["epoch"]))
    store = Store.create(draft, facts=head.facts, tables=TABLES)
    store.become(head.facts, min(head.format, FORMAT_VERSION))
    return store


def _record(store: Store, made_from: Sequence[str], now: Now) -> Entry:
    ledger = Ledger(store)
    draft = Draft("store_restored", refs={"from": list(made_from), "last": ledger.seq})
    assert draft.kind == RESTORED
    key = f"restore:{ledger.epoch}"
    command = digest({"command": "Restore", "epoch": ledger.epoch, "last": ledger.seq})
    return ledger.post(draft, key=key, actor="cli", command=command, now=now)[0]


def _tell(history: History, found: Sources, entry: Entry, told: Restored) -> None:
    last = entry.seq - 1
    if history.base is not None:
        told.did.append(f"{history.base.file}: a sound backup, as of entry {history.base.seq}")
    if history.lines:
        first = history.lines[0].seq
        told.did.append(f"the mirror: entries {first} to {last}, each checked")
    told.did.append(
        f"the last entry that is known is {last}; entry {entry.seq} begins epoch {entry.epoch}"
    )
    claimed = max((line.seq for line in found.lines.values()), default=0)
    claimed = max([claimed, *(b.seq for b in found.backups.values())])
    if claimed > last:
        told.missing.append(f"a copy tells of entry {claimed}; the store ends at entry {last}")


def _secrets(wanted: Restore, found: Sources, told: Restored) -> None:
    """The secrets that are there, or those of the sealed copy, or new ones."""
    kiosk = {"kiosk": wanted.kiosk}
    draft = _half_made(wanted.secrets)
    # Of a restore that was cut off: it holds keys, and no erasure would find it.
    _remove(draft)
    if wanted.secrets.exists():
        told.did.append(f"{wanted.secrets}: kept as they are")
        keyring.doubt_places(wanted.secrets, _folders(wanted, found))
        return
    made = Store.create(draft, facts=kiosk, tables=clients.SECRET_TABLES)
    try:
        opened = _open_sealed(made, wanted, found, told)
        client_index.make_index_key(made, os.urandom)
    finally:
        made.close()
    if not opened:
        told.did.append(f"{wanted.secrets}: new ones; signed slips get a new key")
    draft.rename(wanted.secrets)
    sync_folder(wanted.secrets)
    _remove(draft)
    keyring.doubt_places(wanted.secrets, _folders(wanted, found))


def _folders(wanted: Restore, found: Sources) -> list[Path]:
    """Where sealed secrets lie that an erasure must reach."""
    named = (f.parent for f in found.sealed if f == keyring.sealed_file(f.parent, wanted.kiosk))
    return list(named)


def _open_sealed(made: Store, wanted: Restore, found: Sources, told: Restored) -> bool:
    if not found.sealed:
        told.missing.append("there is no sealed copy of the secrets")
        return False
    if not wanted.key:
        names = ", ".join(map(str, found.sealed))
        told.missing.append(f"{names} was not opened: name the private key with --key FILE")
        return False
    dated = sorted(((_dated(file), file) for file in found.sealed), reverse=True)
    for (_, _, when), file in dated:
        try:
            with made.transaction():
                for table, document in keyring.open_secrets(file, wanted.key):
                    made.put(table, str(document["id"]), document)
        except (KeyError, LedgerCorrupt) as error:
            told.missing.append(str(error))
        else:
            told.did.append(f"{file}: the secrets of {when}")
            return True
    return False


def _dated(file: Path) -> tuple[int, int, str]:
    try:
        with file.open("rb") as opened:
            about = keyring.read_about(opened)
    except (OSError, LedgerCorrupt):
        return (0, 0, "")
    return about.epoch, about.seq, about.at


def _finish(
    draft: Path, wanted: Restore, told: Restored, progress: Progress, now: Now, kept: bool
) -> None:
    """Bring it to today's format, forget again who was erased, prove it, and look what is open."""
    venue = Venue.open(draft, wanted.secrets)
    try:
        # The secrets may be older than the books, or newer: phones were changed between.
        clients.index_all(venue.store, venue.books(now).secrets)
        findings = venue.ledger.verify(lambda done, of: progress("proven", done, of))
        if findings:
            raise unsound("what came out is not sound, and was removed", findings)
        if claims := venue.ask(OpenClaims(), now):
            told.look.append(
                f"claims that are open as of the last entry: {len(claims)}; one that was redeemed "
                "later could be redeemed again: kiosk claim list, and the tickets that the desk has"
            )
        with_names = audit.unreadable(venue.books(now))
        if with_names:
            whose = "one client" if len(with_names) == 1 else f"{len(with_names)} clients"
            told.missing.append(
                f"the names and phones of {whose} cannot be read: their keys are "
                + (
                    f"not in {wanted.secrets}, which was kept; where a sealed copy has them, give "
                    "that file another name and restore again with --key and --replace"
                    if kept
                    else "in no copy that was opened"
                )
            )
        for note in venue.ask(HeldNotes(), now):
            told.look.append(f"note {note.note} of {note.value} is {note.state}: kiosk note list")
    finally:
        venue.close()
    with draft.open("rb") as file:
        os.fsync(file.fileno())


def _put_aside(path: Path, told: Restored) -> None:
    """Rename a store with its log, for whoever wants to look into it.

    A log alone goes, too: it would be played into the store that gets its name.
    """
    there = [part for part in _LOG if path.with_name(path.name + part).exists()]
    if not there:
        return
    try:
        store = Store.open(path, tables=TABLES, write=False, older=True)
        seq = str(Ledger(store).seq)
        store.close()
    except (NotAStore, StorageFailed, LedgerCorrupt, KeyError, TypeError):
        seq = "damaged"
    again = chain([""], (f"-{number}" for number in count(2)))
    names = (f"{path.name}.replaced-{seq}{part}" for part in again)
    aside = next(a for name in names if not (a := path.with_name(name)).exists())
    for part in there:
        path.with_name(path.name + part).rename(aside.with_name(aside.name + part))
    sync_folder(path)
    told.did.append(f"{aside}: what was here before, kept")
