"""USB sticks: which are there, and how a file comes onto one whole or not at all.

On an appliance the machine's helper (systemd/kiosk-helper) mounts them, nodev, nosuid and noexec,
for as long as an attendant's errand with them takes; on a PC its desktop does.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import secrets
import stat
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from kiosk.core.errands import PictureFile, Stick, Written
from kiosk.core.errors import Refused
from kiosk.core.store_file import private

log = logging.getLogger(__name__)

MOUNTED: Final = Path("/run/foyer-sticks")
"""Where the machine's helper mounts them; systemd/kiosk-helper says the same."""

USUAL = (MOUNTED, Path("/media"), Path("/run/media"))
"""Below these, or below a folder of a user in them, a stick is mounted."""

FOLDER: Final = "foyer-backup"
"""On a stick: where its backups lie."""

Helped = Callable[[str], object]
"""Has the machine's helper do something, by its verb; may raise `Refused`."""

PICTURES_MAX = 40
"""So many are shown."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)
_GONE = (errno.EIO, errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ENOTDIR, errno.ESTALE)


class Mounts:
    """Mounts the sticks as long as somebody needs them; for any thread.

    `helped` is None on a machine without a helper: there others mount them, or nobody.
    """

    def __init__(self, helped: Helped | None) -> None:
        self._helped = helped
        self._lock = threading.Lock()
        self._needed = 0

    @contextmanager
    def mounted(self) -> Iterator[None]:
        """The sticks that are plugged in now are mounted inside, and free to be pulled after it.

        Raises:
            Refused: the helper's.
        """
        if self._helped is None:
            yield
            return
        with self._lock:
            # Also where they are mounted already: one may have been plugged in since.
            self._helped("mount-sticks")
            self._needed += 1
        try:
            yield
        finally:
            with self._lock:
                self._needed -= 1
                if not self._needed:
                    try:
                        self._helped("unmount-sticks")
                    except Refused as refused:
                        # What is written is on the stick all the same: it was synced.
                        log.error("the sticks are still mounted: %s", refused)


def there(folder: Path | None) -> tuple[Stick, ...]:
    """The sticks that are plugged in, by name.

    Args:
        folder: each folder in it is a stick; None: what is mounted in the usual places.
    """
    found = []
    for path in _folders(folder):
        with suppress(OSError):  # It was just pulled.
            of = os.statvfs(path)
            found.append(Stick(str(path), path.name, of.f_bavail * of.f_frsize))
    return tuple(sorted(found, key=lambda stick: stick.name))


def _folders(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield from _inside(folder)
        return
    for usual in USUAL:
        for path in _inside(usual):
            if path.is_mount():
                yield path
            else:
                yield from (inner for inner in _inside(path) if inner.is_mount())


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError:
        return []


def pictures(folder: Path | None) -> tuple[PictureFile, ...]:
    """The first PNG files of each stick, by name; none in a folder of it. `folder` as for `there`.

    Hidden ones are left out: some systems put one beside each file.
    """
    found: list[PictureFile] = []
    for stick in there(folder):
        with suppress(OSError), os.scandir(stick.id) as inside:
            files = [
                PictureFile(stick.id, stick.name, one.name, one.stat().st_size)
                for one in inside
                if one.name.lower().endswith(".png")
                and one.name.isprintable()
                and not one.name.startswith(".")
                and one.is_file(follow_symlinks=False)
            ]
            found += sorted(files, key=lambda file: file.file)[:PICTURES_MAX]
    return tuple(found[:PICTURES_MAX])


def read(folder: Path | None, stick: str, file: str, most: int) -> bytes:
    """A file of a stick, its first `most` bytes. `folder` and `stick` as for `write`.

    Raises:
        Refused: ``err.stick_gone``, ``err.stick_failed``; ``err.file_gone``: it, or what has its
            name is no file.
    """
    at = Path(stick)
    if at not in _folders(folder):
        raise Refused("err.stick_gone")
    try:
        # Neither a link out of the stick nor a pipe that nobody fills.
        opened = os.open(at / Path(file).name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(opened, "rb") as bytes_:
            if not stat.S_ISREG(os.fstat(opened).st_mode):
                raise Refused("err.file_gone")
            return bytes_.read(most)
    except (FileNotFoundError, IsADirectoryError):
        raise Refused("err.file_gone") from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Refused("err.file_gone") from None
        raise _refusal(error) from error


def write(folder: Path | None, stick: str, file: str, parts: Iterable[str | bytes]) -> Written:
    """Write a file; when this returns it is on the stick, and if it raises nothing is.

    Args:
        folder: as for `there`.
        stick: the id of one.
        file: its name; where it is taken, a number is put before its ending.
        parts: what stands in it; texts as UTF-8.

    Raises:
        Refused: ``err.stick_gone``, ``err.stick_full``, ``err.stick_read_only``,
            ``err.stick_failed``; ``err.stick_file``: a name that no stick takes; those of `parts`.
    """
    if not _NAME.fullmatch(file):
        raise Refused("err.stick_file", file=file[:40])
    at = Path(stick)
    if at not in _folders(folder):
        raise Refused("err.stick_gone")
    draft = at / f".foyer-{secrets.token_hex(6)}.part"
    try:
        for left in at.glob(".foyer-*.part"):
            # Of a writing in which the stick was pulled, or the power went.
            left.unlink(missing_ok=True)
        try:
            with open(draft, "xb", opener=private) as opened:
                opened.writelines(p.encode() if isinstance(p, str) else p for p in parts)
                opened.flush()
                os.fsync(opened.fileno())
                size = opened.tell()
            target = _free_name(at, file)
            draft.rename(target)
            _sync(at)
        except BaseException:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _refusal(error) from error
    return Written(target.name, size)


def _free_name(at: Path, file: str) -> Path:
    target, number = at / file, 2
    while target.exists():
        target = at / f"{Path(file).stem}-{number}{Path(file).suffix}"
        number += 1
    return target


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _refusal(error: OSError) -> Refused:
    if error.errno in _FULL:
        return Refused("err.stick_full")
    if error.errno in _READ_ONLY:
        return Refused("err.stick_read_only")
    if error.errno in _GONE:
        return Refused("err.stick_gone")
    return Refused("err.stick_failed", why=error.strerror or str(error))
