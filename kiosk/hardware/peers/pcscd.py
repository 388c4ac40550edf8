"""A private, real PC/SC daemon with the virtual reader `vpcd` (Debian: pcscd, vsmartcard-vpcd).

It runs in a mount and a network namespace of its own: the path of its socket is compiled in, and
vpcd listens on all addresses of its network, which nobody else may reach. A holder process keeps
the namespaces, starts the daemon and hands out lines to the virtual reader, so that the path of the
socket outlives the daemon and several of them run side by side. With its parent the holder ends,
and the daemon with the holder.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kiosk.core.errors import ConfigError

_DRIVERS = Path("/usr/lib/pcsc/drivers")
_VPCD = _DRIVERS / "serial/libifdvpcd.so"
_PORT = 0x8C7B
_RUN = Path("/run/pcscd")
_READY_S = 20.0
_SHOWN_LOG = 500


class PcscdUnavailable(ConfigError):
    """A private daemon cannot run on this machine; says in one sentence why."""

    def __init__(self, why: str) -> None:
        super().__init__([f"no simulated contactless reader: {why}"])


class PrivatePcscd:
    """The namespaces with their daemon, which does not run until `start`.

    Attributes:
        socket: path for the option ``socket`` of the driver; there while the daemon runs.

    Raises:
        PcscdUnavailable: a program is missing, or namespaces are not allowed here.
    """

    def __init__(self) -> None:
        missing = _missing()
        if missing:
            raise PcscdUnavailable(missing)
        namespaces = ["unshare", "--mount", "--net", "--propagation", "private"]
        if os.geteuid() != 0:
            namespaces += ["--user", "--map-root-user"]
        self._folder = tempfile.TemporaryDirectory(prefix="pcscd-")
        self._control, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        errors = Path(self._folder.name, "holder.log")
        with inside, errors.open("wb") as log:
            self._holder = subprocess.Popen(
                [*namespaces, sys.executable, "-m", __name__, str(inside.fileno()), log.name],
                pass_fds=(inside.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if self._control.recv(64) != b"ready":
            told = errors.read_text(errors="replace").strip().splitlines() or ["no reason given"]
            self.close()
            raise PcscdUnavailable(f"namespaces are not allowed here ({told[-1]})")
        self.socket = f"/proc/{self._holder.pid}/root{_RUN}/pcscd.comm"

    def start(self) -> None:
        """Start the daemon, if it does not run; back when it and its reader answer.

        Raises:
            PcscdUnavailable: it ended at once; says its last words.
        """
        self._order("start")

    def stop(self) -> None:
        """Ask the daemon to end, as a system does."""
        self._order("stop")

    def kill(self) -> None:
        """End the daemon as a crash does."""
        self._order("kill")

    def restart(self) -> None:
        """Stop and start."""
        self.stop()
        self.start()

    def connect(self) -> socket.socket:
        """A new line to the virtual reader: a card in its field.

        Raises:
            ConnectionRefusedError: the daemon does not run.
        """
        self._control.send(b"connect")
        answer, lines, _, _ = socket.recv_fds(self._control, 1024, 1)
        if not lines:
            raise ConnectionRefusedError(answer.decode())
        return socket.socket(fileno=lines[0])

    def close(self) -> None:
        """End the daemon and give up the namespaces; safe to call twice."""
        self._control.close()
        self._holder.wait()
        self._folder.cleanup()

    def _order(self, order: str) -> None:
        self._control.send(order.encode())
        answer = self._control.recv(4096).decode()
        if answer != "done":
            raise PcscdUnavailable(answer or "the holder of its daemon ended")


def _program(name: str) -> str | None:
    # Plain users have no /usr/sbin in their path.
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def _missing() -> str:
    for name, package in (("pcscd", "pcscd"), ("unshare", "util-linux"), ("mount", "mount")):
        if _program(name) is None:
            return f"{name} is not installed (package {package})"
    return "" if _VPCD.exists() else f"{_VPCD} is missing (package vsmartcard-vpcd)"


def _open_to_all() -> list[str]:
    # Newer daemons ask polkit who may use a reader, and no polkit is in the namespaces.
    features = subprocess.run(
        [str(_program("pcscd")), "--version"], capture_output=True, text=True, check=False
    )
    return ["--disable-polkit"] if " polkit" in features.stdout else []


# --- inside the namespaces -----------------------------------------------------------------------


class _Holder:
    def __init__(self, log: Path) -> None:
        self._log = log
        self._configuration = log.parent / "readers"
        self._daemon: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Make the private places; nothing of the machine's own is written to."""
        _mount("/run")
        _RUN.mkdir()
        for bundle in _DRIVERS.glob("*.bundle"):
            _mount(str(bundle))  # real USB readers belong to the real daemon
        _raise_loopback()
        self._configuration.mkdir()
        Path(self._configuration, "vpcd").write_text(
            f'FRIENDLYNAME "Simulated reader"\nDEVICENAME /dev/null:0x{_PORT:04X}\n'
            f"LIBPATH {_VPCD}\nCHANNELID 0x{_PORT:04X}\n"
        )

    def start(self) -> str:
        if self._daemon is not None:
            return "done"
        for leftover in _RUN.iterdir():
            leftover.unlink()  # of a killed one; it would take them for a daemon that runs
        program = str(_program("pcscd"))
        with self._log.open("ab") as log:
            self._daemon = subprocess.Popen(
                [program, "--foreground", "--config", str(self._configuration), *_open_to_all()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_parent,
            )
        give_up_s = time.monotonic() + _READY_S
        while not self._answers():
            if self._daemon.poll() is not None or time.monotonic() > give_up_s:
                self.end(signal.SIGKILL)
                return (
                    "its daemon did not start: "
                    + self._log.read_text(errors="replace")[-_SHOWN_LOG:]
                )
            time.sleep(0.01)
        return "done"

    def end(self, how: signal.Signals) -> str:
        daemon, self._daemon = self._daemon, None
        if daemon is not None:
            daemon.send_signal(how)
            daemon.wait()
        return "done"

    def _answers(self) -> bool:
        # To ask vpcd by connecting would lay a card into its field.
        listening = f":{_PORT:04X} 00000000:0000 0A"
        if listening not in Path("/proc/self/net/tcp").read_text():
            return False
        with socket.socket(socket.AF_UNIX) as line, contextlib.suppress(OSError):
            line.connect(str(_RUN / "pcscd.comm"))
            return True
        return False


def _mount(place: str) -> None:
    subprocess.run([str(_program("mount")), "-t", "tmpfs", "none", place], check=True)


def _raise_loopback() -> None:
    get_flags, set_flags, up = 0x8913, 0x8914, 0x1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        answer = fcntl.ioctl(any_socket, get_flags, struct.pack("16sH14x", b"lo", 0))
        flags = struct.unpack("16sH14x", answer)[1]
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sH14x", b"lo", flags | up))


def _die_with_parent() -> None:
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


def _hold(control: socket.socket, log: Path) -> None:
    holder = _Holder(log)
    holder.prepare()
    control.send(b"ready")
    orders: dict[bytes, Callable[[], str]] = {
        b"start": holder.start,
        b"stop": lambda: holder.end(signal.SIGTERM),
        b"kill": lambda: holder.end(signal.SIGKILL),
    }
    while order := control.recv(64):
        if order == b"connect":
            _hand_out_line(control)
        else:
            control.send(orders[order]().encode())
    holder.end(signal.SIGTERM)
    shutil.rmtree(log.parent, ignore_errors=True)


def _hand_out_line(control: socket.socket) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as line:
        line.settimeout(_READY_S)  # vpcd lets one card wait, and looks for it every 0.4 s
        try:
            line.connect(("127.0.0.1", _PORT))
        except OSError as error:
            control.send(str(error).encode())
            return
        line.settimeout(None)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        socket.send_fds(control, [b"line"], [line.fileno()])


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as _control:
        _hold(_control, Path(sys.argv[2]))
