"""SQLite's own file layer, reached by ctypes: every call to a file can be looked at and refused.

A VFS named ``foyer-disk`` stands in front of SQLite's ``unix`` one and is the default while a
`Layer` is on. The calls for files of that layer's folder come to the layer; all others, and files
elsewhere, go straight on. The product is not touched and knows nothing of it.

ctypes must reach the very library that Python's ``sqlite3`` runs on. It is looked up through the
extension module itself, so it is the same whether the extension is linked to ``libsqlite3.so.0``
(CPython built here, Debian's python3) or has SQLite inside; only a Python that hides the symbols
cannot be used, and `library` says so.

Source: https://sqlite.org/vfs.html, https://sqlite.org/c3ref/io_methods.html
"""

from __future__ import annotations

import ctypes
import os
import sqlite3
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_void_p
from pathlib import Path
from typing import Any, Protocol

OK = 0
FULL = 13
CANTOPEN = 14
NOTFOUND = 12
IOERR = 10
IOERR_READ = IOERR | 1 << 8
IOERR_WRITE = IOERR | 3 << 8
IOERR_FSYNC = IOERR | 4 << 8
IOERR_TRUNCATE = IOERR | 6 << 8
IOERR_FSTAT = IOERR | 7 << 8
IOERR_UNLOCK = IOERR | 8 << 8
IOERR_DELETE = IOERR | 10 << 8
IOERR_LOCK = IOERR | 15 << 8
IOERR_SHMLOCK = IOERR | 20 << 8
IOERR_SHMMAP = IOERR | 21 << 8

OPEN_CREATE = 0x4
OPEN_MAIN_JOURNAL = 0x800
OPEN_WAL = 0x80000

_AHEAD = 16
"""Bytes before SQLite's own file structure: room for the pointer to our methods, aligned."""

_METHODS: tuple[tuple[str, Any, tuple[Any, ...]], ...] = (
    ("close", c_int, ()),
    ("read", c_int, (c_void_p, c_int, c_int64)),
    ("write", c_int, (c_void_p, c_int, c_int64)),
    ("truncate", c_int, (c_int64,)),
    ("sync", c_int, (c_int,)),
    ("file_size", c_int, (c_void_p,)),
    ("lock", c_int, (c_int,)),
    ("unlock", c_int, (c_int,)),
    ("check_reserved_lock", c_int, (c_void_p,)),
    ("file_control", c_int, (c_int, c_void_p)),
    ("sector_size", c_int, ()),
    ("device_characteristics", c_int, ()),
    ("shm_map", c_int, (c_int, c_int, c_int, c_void_p)),
    ("shm_lock", c_int, (c_int, c_int, c_int)),
    ("shm_barrier", None, ()),
    ("shm_unmap", c_int, (c_int,)),
)


_KINDS = {name: CFUNCTYPE(result, c_void_p, *args) for name, result, args in _METHODS}


class _Methods(Structure):
    # Version 2: without the calls for mmap, so that SQLite reads and writes through us alone.
    _fields_ = [("version", c_int), *_KINDS.items()]


_OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)
_DELETE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int)


class _Vfs(Structure):
    _fields_ = [
        ("version", c_int),
        ("file_bytes", c_int),
        ("path_bytes_max", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("app_data", c_void_p),
        ("open", _OPEN),
        ("delete", _DELETE),
        *((f"other_{n}", c_void_p) for n in range(14)),
    ]


class Handle:
    """A file that SQLite has open. Once `dead` it answers errors only, and changes nothing.

    `names`: it made the file, and its first sync syncs the folder, too.
    """

    def __init__(self, layer: Layer, path: Path, real: int, names: bool) -> None:
        self.layer = layer
        self.path = path
        self.names = names
        self.dead = False
        found = path.stat()
        self.inode = found.st_dev, found.st_ino
        self.real = real
        self.calls = _calls_of(real)

    def size(self) -> int:
        """Bytes in the file as SQLite sees it."""
        answer = c_int64()
        assert self.calls["file_size"](self.real, ctypes.addressof(answer)) == OK
        return answer.value

    def read(self, offset: int, amount: int) -> bytes:
        """`amount` bytes of the file; zeros where there are none."""
        room = ctypes.create_string_buffer(amount)
        self.calls["read"](self.real, ctypes.addressof(room), amount, offset)
        return room.raw

    def write(self, offset: int, data: bytes) -> int:
        """Write into the file; SQLite's code of how it went."""
        kept = ctypes.create_string_buffer(data, len(data))
        return int(self.calls["write"](self.real, ctypes.addressof(kept), len(data), offset))


class Layer(Protocol):
    """Who is asked at each call for a file of `folder`; the answers are codes of SQLite."""

    folder: Path
    mistakes: list[BaseException]

    def opening(self, path: Path) -> int: ...
    def opened(self, handle: Handle) -> None: ...
    def closed(self, handle: Handle) -> None: ...
    def reading(self, handle: Handle) -> int: ...
    def writing(self, handle: Handle, offset: int, data: bytes) -> int: ...
    def truncating(self, handle: Handle, size: int) -> int: ...
    def syncing(self, handle: Handle, flags: int) -> int: ...
    def deleting(self, path: Path, sync_folder: bool, delete: Callable[[], int]) -> int: ...


def library() -> ctypes.CDLL:
    """The SQLite that Python's ``sqlite3`` runs on.

    Raises:
        RuntimeError: this Python hides it.
    """
    import _sqlite3

    # Without a file the module is built into the program, whose own symbols are asked then.
    found = ctypes.CDLL(getattr(_sqlite3, "__file__", None))
    try:
        found.sqlite3_vfs_find.restype = c_void_p
        found.sqlite3_vfs_find.argtypes = (c_char_p,)
        found.sqlite3_vfs_register.argtypes = (c_void_p, c_int)
        found.sqlite3_libversion.restype = c_char_p
    except AttributeError as error:
        raise RuntimeError(
            "this Python has SQLite built in and hides its symbols: a disk cannot be made to fail "
            "under it. Use one whose _sqlite3 is linked to libsqlite3.so.0 (Debian's python3 is)."
        ) from error
    reached = found.sqlite3_libversion().decode()
    assert reached == sqlite3.sqlite_version, f"ctypes reaches another SQLite: {reached}"
    return found


_Calls = dict[str, Callable[..., Any]]
_real_calls: dict[int, _Calls] = {}
_handles: dict[int, Handle] = {}
_layers: list[Layer] = []


def _calls_of(real: int) -> _Calls:
    """What SQLite itself would call for the open file at `real`."""
    at = ctypes.cast(real, POINTER(c_void_p)).contents.value
    assert at
    if at not in _real_calls:
        methods = ctypes.cast(at, POINTER(_Methods)).contents
        _real_calls[at] = {name: getattr(methods, name) for name, _, _ in _METHODS}
    return _real_calls[at]


def _layer_of(path: Path) -> Layer | None:
    return next((one for one in reversed(_layers) if path.is_relative_to(one.folder)), None)


def _guarded(layer: Layer, bad: int, call: Callable[[], int]) -> int:
    # ctypes would print what is raised here and answer 0, which is SQLITE_OK.
    try:
        return call()
    except BaseException as error:
        layer.mistakes.append(error)
        return bad


_DEAD: dict[str, int] = {
    "read": IOERR_READ,
    "write": IOERR_WRITE,
    "truncate": IOERR_TRUNCATE,
    "sync": IOERR_FSYNC,
    "file_size": IOERR_FSTAT,
    "lock": IOERR_LOCK,
    "unlock": IOERR_UNLOCK,
    "check_reserved_lock": IOERR_LOCK,
    "file_control": NOTFOUND,
    "shm_map": IOERR_SHMMAP,
    "shm_lock": IOERR_SHMLOCK,
}


def _passed_on(name: str) -> Callable[..., Any]:
    dead = _DEAD.get(name)

    def call(file: int, *args: Any) -> Any:
        handle = _handles.get(file)
        if handle is None:
            return _calls_of(file + _AHEAD)[name](file + _AHEAD, *args)
        if handle.dead and dead is not None:
            return dead
        return handle.calls[name](handle.real, *args)

    return call


def _looked_at(name: str, look: Callable[..., int]) -> Callable[..., Any]:
    on = _passed_on(name)

    def call(file: int, *args: Any) -> Any:
        handle = _handles.get(file)
        if handle is None or handle.dead:
            return on(file, *args)
        bad = _DEAD[name]
        return _guarded(handle.layer, bad, lambda: look(handle, *args)) or OK

    return call


def _close(file: int) -> int:
    handle = _handles.pop(file, None)
    if handle is not None:
        handle.layer.closed(handle)
    return int(_calls_of(file + _AHEAD)["close"](file + _AHEAD))


def _shm_unmap(file: int, delete: int) -> int:
    handle = _handles.get(file)
    if handle is not None and handle.dead:
        delete = 0  # a later process has a file of that name by now
    return int(_calls_of(file + _AHEAD)["shm_unmap"](file + _AHEAD, delete))


def _read(handle: Handle, into: int, amount: int, offset: int) -> int:
    refused = handle.layer.reading(handle)
    return refused or int(handle.calls["read"](handle.real, into, amount, offset))


def _write(handle: Handle, data: int, amount: int, offset: int) -> int:
    return handle.layer.writing(handle, offset, ctypes.string_at(data, amount))


def _truncate(handle: Handle, size: int) -> int:
    return handle.layer.truncating(handle, size)


def _sync(handle: Handle, flags: int) -> int:
    return handle.layer.syncing(handle, flags)


_CALLS: dict[str, Callable[..., Any]] = {
    **{name: _passed_on(name) for name, _, _ in _METHODS},
    "close": _close,
    "shm_unmap": _shm_unmap,
    "read": _looked_at("read", _read),
    "write": _looked_at("write", _write),
    "truncate": _looked_at("truncate", _truncate),
    "sync": _looked_at("sync", _sync),
}
_OURS = _Methods(2, *(kind(_CALLS[name]) for name, kind in _KINDS.items()))


class _Registered:
    """The VFS as SQLite knows it. Made once and kept: open files point into it."""

    def __init__(self) -> None:
        self.library = library()
        self.real_at = self.library.sqlite3_vfs_find(b"unix")
        assert self.real_at, "SQLite has no VFS of the name unix"
        self.real = ctypes.cast(self.real_at, POINTER(_Vfs)).contents
        self.vfs = _Vfs.from_buffer_copy(self.real)
        self.vfs.name = b"foyer-disk"
        self.vfs.next = None
        self.vfs.file_bytes = self.real.file_bytes + _AHEAD
        self.vfs.open = _OPEN(self._open)
        self.vfs.delete = _DELETE(self._delete)

    def default(self, ours: bool) -> None:
        at = ctypes.addressof(self.vfs) if ours else self.real_at
        assert self.library.sqlite3_vfs_register(at, 1) == OK

    def _open(self, vfs: int, name: int | None, file: int, flags: int, out: int | None) -> int:
        del vfs
        methods = ctypes.cast(file, POINTER(c_void_p)).contents
        methods.value = None
        path = Path(os.fsdecode(ctypes.string_at(name))) if name else None
        layer = _layer_of(path) if path else None

        def real_open() -> int:
            return int(self.real.open(self.real_at, name, file + _AHEAD, flags, out))

        def watched_open() -> int:
            assert layer is not None and path is not None
            refused = layer.opening(path)
            if refused:
                return refused
            created = not path.exists()
            result = real_open()
            if result == OK:
                names = created and bool(flags & (OPEN_WAL | OPEN_MAIN_JOURNAL))
                handle = _handles[file] = Handle(layer, path, file + _AHEAD, names)
                layer.opened(handle)
            return result

        result = real_open() if layer is None else _guarded(layer, CANTOPEN, watched_open)
        if result == OK:
            methods.value = ctypes.addressof(_OURS)
        return result

    def _delete(self, vfs: int, name: int, sync_folder: int) -> int:
        del vfs
        path = Path(os.fsdecode(ctypes.string_at(name)))
        layer = _layer_of(path)

        def delete() -> int:
            return int(self.real.delete(self.real_at, name, sync_folder))

        if layer is None:
            return delete()
        found = layer
        return _guarded(
            found, IOERR_DELETE, lambda: found.deleting(path, bool(sync_folder), delete)
        )


_registered: list[_Registered] = []


def put_on(layer: Layer) -> None:
    """From now on connections that are opened ask `layer` about files in its folder."""
    if not _registered:
        _registered.append(_Registered())
    _layers.append(layer)
    _registered[0].default(ours=True)


def take_off(layer: Layer) -> None:
    """Connections that are opened from now on do not ask `layer`; those that are open still do."""
    _layers.remove(layer)
    if not _layers:
        _registered[0].default(ours=False)
