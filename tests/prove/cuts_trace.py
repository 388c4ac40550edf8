"""A program's system calls as strace writes them, and what they do to files.

Only what changes files, or what is on the disk of them, is read; locks, reads and closing are not.
A call that changes a file in a way that is not read here is an error, never silence.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class Untold(Exception):
    """The calls cannot be recorded or understood; the sentence says why."""


@dataclass(frozen=True)
class Opened:
    """A file was opened for writing; `makes` it where it is missing, `empties` it where not."""

    path: str
    makes: bool
    empties: bool


AT_THE_END = -1
"""The offset of what is appended."""


@dataclass(frozen=True)
class Wrote:
    """Bytes were written at `offset`."""

    path: str
    offset: int
    data: bytes


@dataclass(frozen=True)
class Copied:
    """Bytes of another file were written at `offset`."""

    path: str
    offset: int
    source: str
    start: int
    size: int


@dataclass(frozen=True)
class Resized:
    """A file was cut off or extended with zeros; `grows` alone where it is never made shorter."""

    path: str
    size: int
    grows: bool = False


@dataclass(frozen=True)
class Synced:
    """fsync or fdatasync of a file or a folder came back."""

    path: str


@dataclass(frozen=True)
class MadeFolder:
    """A folder was made."""

    path: str


@dataclass(frozen=True)
class Moved:
    """A name was given to what another name had, which is gone; or, of a link, is kept."""

    old: str
    new: str
    link: bool = False


@dataclass(frozen=True)
class Removed:
    """A name, of a file or a folder, is gone."""

    path: str


@dataclass(frozen=True)
class Told:
    """The program said a line about itself: where it stands, what it has acknowledged."""

    text: str


@dataclass(frozen=True)
class Sent:
    """Bytes went into a line, a pseudo-terminal or a socket; `path` is the end they went into."""

    path: str
    data: bytes


Event = Opened | Wrote | Copied | Resized | Synced | MadeFolder | Moved | Removed | Told | Sent


TELLS = b"told "
"""What a program writes, in one call, to be heard in its own trace begins so."""

_CALLS = (
    "openat,open,creat,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,lseek,"
    "rename,renameat,renameat2,unlink,unlinkat,link,linkat,symlink,symlinkat,mkdir,mkdirat,rmdir,"
    "fsync,fdatasync,sync,syncfs,sendfile,copy_file_range,splice,mmap,chdir,sendto"
)
_LINE = re.compile(r"(\d+) +(.*)", re.DOTALL)
_HALF = re.compile(r"(.*?) <unfinished \.\.\.>$", re.DOTALL)
_REST = re.compile(r"<\.\.\. \w+ resumed>(.*)", re.DOTALL)
_CALL = re.compile(r"(\w+)\((.*)\)\s+= (-?\d+|\?|0x[0-9a-f]+)", re.DOTALL)
_PATH = re.compile(r"(?:AT_FDCWD|\d+)<([^>]*)>(\(deleted\))?")
_HERE = re.compile(r"AT_FDCWD<([^>]*)>")
_OF = re.compile(r", \d+<([^>]*)>, \[(\d+)\](?: => \[\d+\])?, \d+$")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')


def record(
    program: Sequence[str], trace: Path, *, cwd: Path, env: Mapping[str, str] | None = None
) -> str:
    """Run `program` to its end under strace, its calls into the file `trace`; its output.

    Raises:
        Untold: no strace, tracing is forbidden here, or the program failed.
    """
    done = subprocess.run(
        [*strace(), "-o", str(trace), *program],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        end = "\n".join((done.stderr or done.stdout).splitlines()[-15:])
        hint = ""
        if "ptrace" in done.stderr or "PTRACE" in done.stderr:
            hint = (
                " This machine forbids tracing: in a container, run it with the capability"
                " SYS_PTRACE; else see /proc/sys/kernel/yama/ptrace_scope."
            )
        raise Untold(f"the recorded program ended with {done.returncode}.{hint}\n{end}")
    return done.stdout


def strace() -> list[str]:
    """The command that records; the file (``-o``) and the program are to be added.

    Raises:
        Untold: strace is not installed.
    """
    found = shutil.which("strace")
    if found is None:
        raise Untold("strace is missing: make setup installs it (Debian package strace).")
    return [found, "-f", "-y", "-xx", "-s", "100000000", "--seccomp-bpf", "-e", f"trace={_CALLS}"]


def events(trace: Path, folder: Path) -> list[Event]:
    """What the recorded program did below `folder`, in order, and what it told and sent.

    Paths are relative to the folder.
    """
    with trace.open(encoding="ascii") as lines:
        return list(_events(lines, f"{folder}/"))


def _events(lines: Iterable[str], root: str) -> Iterator[Event]:
    halves: dict[str, str] = {}
    ends: dict[tuple[str, str], int] = {}
    folders: dict[str, str] = {}
    for line in lines:
        match = _LINE.fullmatch(line.rstrip("\n"))
        if match is None:
            raise Untold(f"not a line of strace: {line[:200]}")
        process, said = match.groups()
        if said.startswith(("+++", "---")):
            continue
        if half := _HALF.fullmatch(said):
            halves[process] = half[1]
            continue
        if rest := _REST.fullmatch(said):
            said = halves.pop(process) + rest[1]
        call = _CALL.match(said)
        if call is None:
            raise Untold(f"a call of an unknown form: {said[:200]}")
        name, args, result = call.groups()
        if here := _HERE.match(args):
            folders[process] = _plain(here[1])
        if result != "?" and not result.startswith("-"):
            yield from _event(name, args, int(result, 0), root, ends, folders.get(process, ""))
            if name == "chdir":
                folders[process] = _names(args, folders.get(process, ""))[0]


def _event(
    name: str, args: str, result: int, root: str, ends: dict[tuple[str, str], int], here: str
) -> Iterator[Event]:
    """One successful call of a process in the folder `here`.

    `ends` is where plain writing goes on, by descriptor and file.
    """
    at = _PATH.search(args) if name == "mmap" else _PATH.match(args)
    where = _plain(at[1]) if at else ""
    mine = f"{where}/".startswith(root) and not (at and at[2])
    path = f"{where}/".removeprefix(root).removesuffix("/")
    descriptor = (args.partition("<")[0], path)
    if name == "sendto":
        yield Sent(where, b"".join(_texts(args))[:result])
    elif name in ("write", "pwrite64", "writev", "pwritev", "pwritev2"):
        if not mine:
            data = b"".join(_texts(args))[:result]
            if data.startswith(TELLS):
                yield Told(data.removeprefix(TELLS).decode().strip())
            elif where.startswith(("/dev/pts/", "/dev/ptmx")):
                yield Sent(where, data)
            return
        data = b"".join(_texts(args[at.end() :] if at else args))[:result]
        if name in ("write", "writev"):
            offset = ends.get(descriptor, 0)
            if offset != AT_THE_END:
                ends[descriptor] = offset + len(data)
        elif name == "pwrite64":
            offset = int(args.rpartition(", ")[2])
        else:
            raise Untold(f"{name} into {path} is not read here")
        yield Wrote(path, offset, data)
    elif name in ("open", "openat", "creat"):
        named = _names(args, here)[0]
        if not named.startswith(root) or ("O_RDONLY" in args and "O_CREAT" not in args):
            return
        opened = named.removeprefix(root)
        ends[(str(result), opened)] = AT_THE_END if "O_APPEND" in args else 0
        made = name == "creat" or "O_CREAT" in args
        yield Opened(opened, made, name == "creat" or "O_TRUNC" in args)
    elif name in ("rename", "renameat", "renameat2", "link", "linkat"):
        old, new = _names(args, here)
        if old.startswith(root) and new.startswith(root):
            link = name.startswith("link")
            yield Moved(old.removeprefix(root), new.removeprefix(root), link)
        elif old.startswith(root) or new.startswith(root):
            raise Untold(f"{old} became {new}: across the border of what is watched")
    elif name in ("unlink", "unlinkat", "rmdir", "mkdir", "mkdirat", "truncate"):
        named = _names(args, here)[0]
        if not named.startswith(root):
            return
        if name == "truncate":
            raise Untold(f"truncate of {named} is not read here")
        path = named.removeprefix(root)
        yield MadeFolder(path) if name.startswith("mkdir") else Removed(path)
    elif name in ("sync", "syncfs"):
        # It would make more durable than is read here: then no state would be wrong, but some be
        # worse than the truth.
        raise Untold(f"{name} is not read here")
    elif name == "sendfile" and mine and (of := _OF.search(args)):
        source = _plain(of[1])
        if not source.startswith(root):
            raise Untold(f"{path} is a copy of {source}, which is not watched")
        offset = ends.get(descriptor, 0)
        ends[descriptor] = offset + result
        if result:
            yield Copied(path, offset, source.removeprefix(root), int(of[2]), result)
    elif mine:
        yield from _of_descriptor(name, args, result, path, descriptor, ends)
    elif name in ("sendfile", "copy_file_range", "splice") and root in _plain(args):
        raise Untold(f"{name} into a file is not read here")


def _of_descriptor(
    name: str,
    args: str,
    result: int,
    path: str,
    descriptor: tuple[str, str],
    ends: dict[tuple[str, str], int],
) -> Iterator[Event]:
    if name in ("fsync", "fdatasync"):
        yield Synced(path)
    elif name == "ftruncate":
        yield Resized(path, int(args.rpartition(", ")[2]))
    elif name == "fallocate":
        mode, start, length = args.rsplit(", ", 3)[1:]
        if mode != "0":
            raise Untold(f"fallocate of {path} with mode {mode} is not read here")
        yield Resized(path, int(start) + int(length), grows=True)
    elif name == "lseek":
        if ends.get(descriptor) != AT_THE_END:
            ends[descriptor] = result
    elif name == "mmap":
        if "MAP_SHARED" in args and "PROT_WRITE" in args and not path.endswith("-shm"):
            raise Untold(f"{path} is written through memory, which no trace shows")
    else:
        raise Untold(f"{name} of {path} is not read here")


def _texts(args: str) -> list[bytes]:
    found = []
    for text, cut in _TEXT.findall(args):
        if cut:
            raise Untold("strace cut off what was written")
        found.append(bytes.fromhex(text.replace("\\x", "")))
    return found


def _names(args: str, here: str) -> list[str]:
    """The paths that a call names, made whole with the folder before them, or with `here`."""
    found, base = [], here
    for match in re.finditer(f"{_PATH.pattern}|{_TEXT.pattern}", args):
        if match[1] is not None:
            base = _plain(match[1])
        else:
            named = bytes.fromhex(match[3].replace("\\x", "")).decode()
            whole = os.path.normpath(Path(base, named))
            if not whole.startswith("/"):
                raise Untold(f"{named} is named, and nobody knows from where")
            found.append(whole)
            base = here
    return found


def _plain(escaped: str) -> str:
    return re.sub(r"\\x([0-9a-f]{2})", lambda m: chr(int(m[1], 16)), escaped)
