"""The copy of the secrets: sealed for the owner, the latest only, without anybody who was erased.

``K1-secrets.sealed`` lies beside the backups. A copy that was made before somebody was erased would
still hold that client's key, so each folder into which one was ever put is remembered beside the
secrets, and sealed anew as soon as it can be reached.

Source: docs/ledger.md, "A sealed file"; ADR 0016.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from tinydb import where

from kiosk.core import seal
from kiosk.core.clients import SECRET_TABLES
from kiosk.core.clock import Now
from kiosk.core.errors import LedgerCorrupt, StorageFailed
from kiosk.core.ledger import canonical
from kiosk.core.seal import Random
from kiosk.core.store import Store
from kiosk.core.store_file import private, sync_folder

ABOUT_BYTES_MAX: Final = 4096
_FORM: Final = "foyer secrets"


@dataclass(frozen=True)
class About:
    """What stands in clear above sealed secrets: whose, as of which entry, for which key."""

    kiosk: str
    epoch: int
    seq: int
    at: str
    public: str

    def line(self) -> bytes:
        """The first line of the file."""
        return canonical({"v": 1, "foyer": _FORM, **asdict(self)}) + b"\n"


@dataclass(frozen=True)
class Sealed:
    """A folder into which secrets were sealed: as of which entry, with how many clients erased."""

    epoch: int
    seq: int
    erased: int


def sealed_file(folder: Path, kiosk: str) -> Path:
    """Where the sealed secrets of a kiosk lie in a folder of copies."""
    return folder / f"{kiosk}-secrets.sealed"


def erased(store: Store) -> set[str]:
    """The clients that the books say are erased."""
    return {str(c["id"]) for c in store.table("clients").search(where("state") == "erased")}


def seal_secrets(
    store: Store, secrets: Store, folder: Path, public: str, now: Now, random: Random = os.urandom
) -> int:
    """Put the secrets, sealed, into `folder`, in place of what was there; how many keys it holds.

    Args:
        store: the books, open for reading; a kiosk may be writing them.
        secrets: likewise.
        folder: one that exists.
        public: the public half of the owner's recovery key.
        now: the moment, told in clear above the sealed part.
        random: gives the key of this file.

    Raises:
        ValueError: `public` is none.
        StorageFailed, LedgerCorrupt: a disk refused; the former file is untouched.
    """
    with _alone(secrets.path):
        return _seal(store, secrets, folder, public, now, random)


def _seal(store: Store, secrets: Store, folder: Path, public: str, now: Now, random: Random) -> int:
    # In this order: who is erased by now is left out, whether or not the key is gone already; a
    # client who comes later is in the secrets before he is in the books.
    ((last,), gone) = store.latest("entries"), erased(store)
    about = About(store.facts["kiosk"], last["epoch"], last["seq"], now.wall.isoformat(), public)
    known = places(secrets.path)
    # On disk before the file is: a sealed copy that nobody remembers could not be sealed anew.
    former = known.get(folder, Sealed(about.epoch, 0, 0))
    _remember(secrets.path, known | {folder: former})
    file, count = sealed_file(folder, about.kiosk), _Count()
    draft = file.with_name(file.name + ".new")
    try:
        try:
            with open(draft, "wb", opener=private) as opened:
                line = about.line()
                opened.write(line)
                for part in seal.seal_for(public, line, _lines(secrets, gone, count), random):
                    opened.write(part)
                opened.flush()
                os.fsync(opened.fileno())
            draft.replace(file)
            sync_folder(file)
        except BaseException:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StorageFailed(f"{file} cannot be written: {error}") from error
    _remember(secrets.path, known | {folder: Sealed(about.epoch, about.seq, len(gone))})
    return count.keys


class _Count:
    keys = 0


def _lines(secrets: Store, gone: set[str], count: _Count) -> Iterator[bytes]:
    for spec in SECRET_TABLES:
        for kept in secrets.table(spec.name):
            if str(kept.get("client", kept["id"])) not in gone:
                count.keys += spec.name == "keys"
                yield canonical([spec.name, dict(kept)]) + b"\n"


def read_about(file: BinaryIO) -> About:
    """The first line of sealed secrets.

    Raises:
        LedgerCorrupt: it is none.
    """
    line = file.readline(ABOUT_BYTES_MAX)
    try:
        document = json.loads(line)
        if document.pop("foyer") != _FORM or document.pop("v") != 1:
            raise ValueError(line)
        about = About(**document)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise LedgerCorrupt("it is no file of sealed secrets, or damaged") from None
    if about.line() != line:
        raise LedgerCorrupt("its first line was changed")
    return about


def open_secrets(file: Path, private_key: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The documents of sealed secrets, each with its table.

    Raises:
        ValueError: the key is none.
        LedgerCorrupt: the file was changed, cut off, or sealed for another key.
        StorageFailed: it cannot be read.
    """
    try:
        with file.open("rb") as opened:
            about, waiting = read_about(opened), b""
            for portion in seal.open_sealed(private_key, about.line(), opened):
                *lines, waiting = (waiting + portion).split(b"\n")
                for line in lines:
                    table, document = json.loads(line)
                    yield table, document
    except LedgerCorrupt as error:
        raise LedgerCorrupt(f"{file}: {error}") from error
    except OSError as error:
        raise StorageFailed(f"{file} cannot be read: {error}") from error


# --- the folders that hold sealed secrets --------------------------------------------------------


def places(secrets: Path) -> dict[Path, Sealed]:
    """The folders into which the secrets at `secrets` were ever sealed.

    Raises:
        StorageFailed: the list cannot be read.
    """
    try:
        kept = json.loads(_list(secrets).read_text("utf-8"))
        return {Path(folder): Sealed(**sealed) for folder, sealed in kept.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise StorageFailed(f"{_list(secrets)} cannot be read: {error}") from error


def forget_place(secrets: Path, folder: Path) -> bool:
    """Take a folder off the list: its copy of the secrets is destroyed. False: it is not on it."""
    with _alone(secrets):
        known = places(secrets)
        left = {place: sealed for place, sealed in known.items() if place != folder}
        _remember(secrets, left)
    return left != known


def doubt_places(secrets: Path, found: Iterable[Path] = ()) -> None:
    """After a restore nobody knows who was erased when they were sealed: each is sealed anew.

    `found` are folders with sealed secrets: a new machine has no list of its own yet.
    """
    if not places(secrets) and not found:
        return
    with _alone(secrets):
        known = {folder: Sealed(0, 0, 0) for folder in found} | places(secrets)
        _remember(secrets, {folder: Sealed(s.epoch, s.seq, 0) for folder, s in known.items()})


def behind(store: Store, secrets: Path) -> dict[Path, int]:
    """The folders that hold keys of erased clients, and of how many."""
    known = places(secrets)
    now = len(erased(store)) if known else 0
    return {folder: now - s.erased for folder, s in known.items() if now > s.erased}


def renew(store: Store, secrets: Store, public: str, now: Now) -> dict[Path, str]:
    """Seal anew where keys of erased clients are held; the folders that could not be, and why.

    Without a `public` key the one is taken for which the file was sealed.
    """
    failed: dict[Path, str] = {}
    for folder in behind(store, secrets.path):
        file = sealed_file(folder, str(store.facts["kiosk"]))
        try:
            # Where the file is not, the medium is not: nothing is put into an empty mount point.
            with file.open("rb") as opened:
                about = read_about(opened)
            seal_secrets(store, secrets, folder, public or about.public, now)
        except (OSError, StorageFailed, LedgerCorrupt) as error:
            failed[folder] = str(error)
    return failed


def _list(secrets: Path) -> Path:
    return secrets.with_name(secrets.name + ".copies")


def _remember(secrets: Path, known: Mapping[Path, Sealed]) -> None:
    file = _list(secrets)
    draft = file.with_name(file.name + ".new")
    text = json.dumps({str(f.absolute()): asdict(s) for f, s in known.items()}, indent=1)
    try:
        with open(draft, "w", encoding="utf-8", opener=private) as opened:
            opened.write(text + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        draft.replace(file)
        sync_folder(file)
    except OSError as error:
        raise StorageFailed(f"{file} cannot be written: {error}") from error


@contextmanager
def _alone(secrets: Path) -> Iterator[None]:
    """One at a time, in all processes: an older sealing must not come to lie over a newer."""
    name = _list(secrets).with_name(_list(secrets).name + ".lock")
    try:
        lock = private(name, os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise StorageFailed(f"{name} cannot be opened: {error}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
