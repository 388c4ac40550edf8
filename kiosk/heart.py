"""What the service manager sees of this program: that it is ready, that it lives, when it ends."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType

log = logging.getLogger(__name__)

FED_S = 5.0
"""So often the watchdog is fed; the unit waits for many times that."""


class Heart:
    """Whether the window still turns: it is asked to set a mark, which is looked for later.

    `soon` has something done in the window's thread at its next turn.
    """

    def __init__(self, soon: Callable[[Callable[[], None]], None]) -> None:
        self._soon = soon
        self._beaten = threading.Event()
        self._fed_s: float | None = None

    def ask(self) -> None:
        """Ask the window for its mark."""
        self._beaten.clear()
        self._soon(self._beaten.set)

    def feed(self, now_s: float) -> bool:
        """Tell the service manager that window and core live, where that is due; whether it was."""
        due = self._fed_s is None or now_s - self._fed_s >= FED_S
        if not due or not self._beaten.is_set():
            return False
        tell_systemd("WATCHDOG=1" if self._fed_s is not None else ready())
        self._fed_s = now_s
        self.ask()
        return True


def ready() -> str:
    """It is there; the watchdog's time is the unit's again, whatever came before."""
    unit = os.environ.get("WATCHDOG_USEC", "")
    return f"READY=1\nWATCHDOG_USEC={unit}" if unit else "READY=1"


def stop_on_signals(stop: threading.Event) -> None:
    """Set `stop` on SIGTERM and SIGINT; to be called in the main thread.

    A handler runs in the window's thread, wherever that is: it must touch no lock of the window.
    The core looks at `stop` every second and ends the window.
    """

    def handler(signum: int, frame: FrameType | None) -> None:
        del signum, frame
        stop.set()

    signal.signal(signal.SIGTERM, handler)
    signal.signal(signal.SIGINT, handler)


def tell_systemd(state: str) -> None:
    """sd_notify(3): one datagram to the service manager, where there is one."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        try:
            line.sendto(state.encode(), "\0" + address[1:] if address[0] == "@" else address)
        except OSError as error:
            # Nobody listens: a watchdog that misses this ends the process itself.
            log.warning("the service manager was not told %s: %s", state, error)
