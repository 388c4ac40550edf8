"""The only file of the core that reads a clock. Everything else gets `Now` as an argument."""

from __future__ import annotations

import ctypes
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_TIME_ERROR = 5  # adjtimex(2): the kernel's clock was never synchronised


@dataclass(frozen=True)
class Now:
    """One moment: wall time (aware, UTC), seconds of a clock that never steps, and trust."""

    wall: datetime
    mono_s: float
    synced: bool = True

    def later(self, seconds: float) -> Now:
        """The moment `seconds` after this one, on both clocks."""
        return Now(self.wall + timedelta(seconds=seconds), self.mono_s + seconds, self.synced)


def system_now() -> Now:
    """The moment now, from the system's clocks."""
    return Now(datetime.now(UTC), time.monotonic(), _synchronised())


def _synchronised() -> bool:
    libc = ctypes.CDLL(None)
    # struct timex is at most 208 bytes on every supported machine; modes = 0 only reads. A kernel
    # that does not tell (a sandbox forbids the call) is no reason to trust its clock.
    state = int(libc.adjtimex(ctypes.create_string_buffer(256)))
    return 0 <= state != _TIME_ERROR
