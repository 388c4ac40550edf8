"""Lines: what runs a simulated device at the far end of a pseudo-terminal or a TCP socket.

A line owns one thread. The peer itself knows no thread and no clock: it is called under the line's
lock, with the time as an argument.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import tempfile
import threading
import time
import tty
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Generic, Protocol, TypeVar

READ_BYTES = 4096
OUT_MAX_BYTES = 65536
"""What a line keeps for a reader that does not read; the rest is lost, as on a wire."""


class Peer(Protocol):
    """A device at the far end: bytes in, bytes out, the time in seconds as an argument."""

    def feed(self, data: bytes, now_s: float) -> bytes:
        """Take what the host has sent; the answer, if any."""

    def tick(self, now_s: float) -> bytes:
        """Let time pass; what the device sends unasked, if anything."""


class Connectable(Peer, Protocol):
    """A peer that is told of each new connection."""

    def connected(self) -> None:
        """Forget what belongs to the connection before."""


P = TypeVar("P", bound=Peer)
R = TypeVar("R")


class Line(ABC, Generic[P]):
    """One peer on one wire, with its own thread.

    Args:
        peer: the device; touched by this line only, under its lock.
        clock: seconds of a clock that never steps.
        tick_s: how often time passes for the peer when nothing else happens.
    """

    def __init__(
        self, peer: P, *, clock: Callable[[], float] = time.monotonic, tick_s: float = 0.1
    ) -> None:
        self._peer = peer
        self._clock = clock
        self._tick_s = tick_s
        self._lock = threading.RLock()
        self._out = bytearray()
        self._stopping = self._ended = False
        self._selector = selectors.DefaultSelector()
        self._woken, self._waker = os.pipe()
        for end in (self._woken, self._waker):
            os.set_blocking(end, False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, name=type(self).__name__, daemon=True)

    @property
    @abstractmethod
    def port(self) -> str:
        """What the driver's `port` setting has to be; the same for the life of the line."""

    def start(self) -> None:
        """Plug the device in and serve it."""
        self.plug()
        self._thread.start()

    def stop(self) -> None:
        """Unplug and end the thread; safe to call twice."""
        with self._lock:
            if self._stopping:
                return
            self._stopping = True
            self._unplug()
        self._wake()
        if self._thread.is_alive():
            self._thread.join()
        with self._lock:
            self._ended = True
            self._selector.close()
            os.close(self._woken)
            os.close(self._waker)
        self._cleared()

    def ask(self, verb: Callable[[P, float], R]) -> R:
        """Do something to the device, between two of its bytes; what it then says is sent."""
        with self._lock:
            now_s = self._clock()
            told = verb(self._peer, now_s)
            self._queue(self._peer.tick(now_s))
        self._wake()
        return told

    def unplug(self) -> None:
        """Pull the cable: the driver's next read or write fails. The device keeps its power."""
        with self._lock:
            self._unplug()
        self._wake()

    def plug(self) -> None:
        """Put the cable back, under the same name; without effect when it is in."""
        with self._lock:
            if not self._stopping:
                self._plug()
        self._wake()

    @abstractmethod
    def _plug(self) -> None: ...

    @abstractmethod
    def _unplug(self) -> None: ...

    @abstractmethod
    def _ready(self, fd: int) -> None:
        """Something can be read from this file descriptor of ours."""

    @abstractmethod
    def _write(self) -> None:
        """Send of `_out` what the wire takes now."""

    def _cleared(self) -> None:
        """The line has ended; remove what it left in the file system."""

    def _queue(self, data: bytes) -> None:
        self._out += data[: max(0, OUT_MAX_BYTES - len(self._out))]
        if self._out:
            self._write()

    def _feed(self, data: bytes) -> None:
        self._queue(self._peer.feed(data, self._clock()))

    def _watch(self, fd: int, *, sending: bool) -> None:
        """Wait for this descriptor's bytes, and for room in it while something is to be sent."""
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if sending else 0)
        if fd not in self._selector.get_map():
            self._selector.register(fd, events)
        elif self._selector.get_key(fd).events != events:
            self._selector.modify(fd, events)

    def _forget(self, fd: int) -> None:
        with contextlib.suppress(KeyError):
            self._selector.unregister(fd)

    def _wake(self) -> None:
        # After the end the number of the pipe may belong to somebody else's file.
        with self._lock, contextlib.suppress(BlockingIOError):  # a full pipe wakes as well
            if not self._ended:
                os.write(self._waker, b"w")

    def _run(self) -> None:
        next_s = self._clock() + self._tick_s
        while True:
            ready = self._selector.select(max(0.0, next_s - self._clock()))
            with self._lock:
                if self._stopping:
                    return
                for key, events in ready:
                    if key.fd == self._woken:
                        with contextlib.suppress(BlockingIOError):
                            os.read(self._woken, READ_BYTES)
                    elif key.fd in self._selector.get_map():
                        if events & selectors.EVENT_READ:
                            self._ready(key.fd)
                        if events & selectors.EVENT_WRITE:
                            self._write()
                if self._clock() >= next_s:
                    next_s = self._clock() + self._tick_s
                    self._queue(self._peer.tick(self._clock()))


class PtyLine(Line[P]):
    """A serial line: a pseudo-terminal under a name that survives unplugging.

    Args:
        peer: the device.
        link: the name, a symbolic link like those in /dev/serial/by-id; by default a new one in a
            temporary directory that is removed at the end.
        clock: see `Line`.
        tick_s: see `Line`.
    """

    def __init__(
        self,
        peer: P,
        *,
        link: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        tick_s: float = 0.1,
    ) -> None:
        super().__init__(peer, clock=clock, tick_s=tick_s)
        self._directory: Path | None = None
        if link is None:
            self._directory = Path(tempfile.mkdtemp(prefix="foyer-line-"))
            link = self._directory / "port"
        self._link = link
        # Our own hold on the driver's end: without one, reading fails while no driver has it open.
        self._ends: tuple[int, int] | None = None

    @property
    def port(self) -> str:
        """The path of the symbolic link."""
        return str(self._link)

    def _plug(self) -> None:
        if self._ends:
            return
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        os.set_blocking(ours, False)
        self._ends = (ours, theirs)
        self._out.clear()
        self._watch(ours, sending=False)
        fresh = self._link.with_name(self._link.name + ".new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(theirs))
        fresh.replace(self._link)

    def _unplug(self) -> None:
        if not self._ends:
            return
        self._link.unlink(missing_ok=True)
        ours, theirs = self._ends
        self._ends = None
        self._forget(ours)
        os.close(ours)
        os.close(theirs)

    def _cleared(self) -> None:
        if self._directory:
            with contextlib.suppress(OSError):
                self._directory.rmdir()

    def _ready(self, fd: int) -> None:
        try:
            data = os.read(fd, READ_BYTES)
        except BlockingIOError:
            return
        self._feed(data)

    def _write(self) -> None:
        if not self._ends:
            self._out.clear()
            return
        ours = self._ends[0]
        with contextlib.suppress(BlockingIOError):
            del self._out[: os.write(ours, self._out)]
        self._watch(ours, sending=bool(self._out))


class TcpLine(Line[P]):
    """A network device on loopback; one host at a time, the next one waits.

    A peer that has `connected` (see `Connectable`) is told of each.

    Args:
        peer: the device.
        port: 0 lets the kernel choose once; the number then stays.
        clock: see `Line`.
        tick_s: see `Line`.
    """

    def __init__(
        self,
        peer: P,
        *,
        port: int = 0,
        clock: Callable[[], float] = time.monotonic,
        tick_s: float = 0.1,
    ) -> None:
        super().__init__(peer, clock=clock, tick_s=tick_s)
        self._number = port
        self._listening: socket.socket | None = None
        self._host: socket.socket | None = None

    @property
    def port(self) -> str:
        """``tcp://127.0.0.1:PORT``; known once the line has been started."""
        return f"tcp://127.0.0.1:{self._number}"

    def _plug(self) -> None:
        if self._listening:
            return
        # create_server sets SO_REUSEADDR: the same port can be listened on right after unplugging.
        self._listening = socket.create_server(("127.0.0.1", self._number), backlog=8)
        self._listening.setblocking(False)
        self._number = self._listening.getsockname()[1]
        self._watch(self._listening.fileno(), sending=False)

    def _unplug(self) -> None:
        self._hang_up()
        if self._listening:
            self._forget(self._listening.fileno())
            self._listening.close()
            self._listening = None

    def _hang_up(self) -> None:
        self._out.clear()
        if self._host:
            self._forget(self._host.fileno())
            self._host.close()
            self._host = None

    def _ready(self, fd: int) -> None:
        if self._listening and fd == self._listening.fileno():
            try:
                self._host, _ = self._listening.accept()
            except OSError:  # the host has given up meanwhile
                return
            self._host.setblocking(False)
            if hasattr(self._peer, "connected"):
                self._peer.connected()
            self._host.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._forget(fd)
            self._watch(self._host.fileno(), sending=False)
        elif self._host:
            try:
                data = self._host.recv(READ_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if data:
                self._feed(data)
                return
            self._hang_up()
            if self._listening:
                self._watch(self._listening.fileno(), sending=False)

    def _write(self) -> None:
        if not self._host:
            self._out.clear()
            return
        try:
            del self._out[: self._host.send(self._out)]
        except BlockingIOError:
            pass
        except OSError:  # reading will find that the host is gone
            self._out.clear()
        self._watch(self._host.fileno(), sending=bool(self._out))
