"""What somebody has to see to, though guests are served: the copies, the clock, the disk.

Looked at now and then beside the core, which is told when it changes.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from kiosk.core import nightly
from kiosk.core.clock import Now, system_now
from kiosk.core.config import Config
from kiosk.core.messages import CareChanged, CareWord

log = logging.getLogger(__name__)

LOOK_S: Final = 60.0
CLOCK_FREE_S: Final = 3600.0
"""So long a clock may be without the network's time: a machine that starts finds it in minutes."""
FILLING: Final = 4
"""With less than so many times `min_free_mb` the disk is filling up: notes stop at once of it."""


class Care:
    """Used by one thread, which calls `step` now and then.

    Args:
        chosen: the settings.
        created_at: when the store was made.
        put: takes what changed.
    """

    def __init__(
        self, chosen: Config, created_at: datetime, put: Callable[[CareChanged], None]
    ) -> None:
        self._store, self._nightly = chosen.store, bool(chosen.backup.to)
        self._created_at = created_at
        self._put = put
        self._told: tuple[CareWord, ...] = ()
        self._free_since_s: float | None = None

    def step(self, now: Now) -> None:
        """Look, and tell what changed."""
        words = tuple(self._words(now))
        if words != self._told:
            self._told = words
            self._put(CareChanged(words))

    def _words(self, now: Now) -> Iterator[CareWord]:
        folder = self._store.folder
        nights = nightly.read(folder)
        if self._nightly and nightly.late(nights, self._created_at, now.wall):
            yield "backup_late"
        if now.synced:
            self._free_since_s = None
        else:
            self._free_since_s = self._free_since_s or now.mono_s
            if now.mono_s - self._free_since_s >= CLOCK_FREE_S:
                yield "clock_free"
        try:
            free = shutil.disk_usage(folder).free
        except OSError:
            # A disk that cannot be asked: the core finds out by itself.
            return
        if free < FILLING * self._store.min_free_mb * 1_000_000:
            yield "space_filling"


def start(care: Care, stop: threading.Event) -> threading.Thread:
    """Keep looking, in a thread of its own, until `stop`."""

    def loop() -> None:
        try:
            while not stop.is_set():
                care.step(system_now())
                stop.wait(LOOK_S)
        except Exception:
            # The guests are served all the same.
            log.critical("nobody looks after the copies: ended by a mistake", exc_info=True)

    thread = threading.Thread(target=loop, name="care", daemon=True)
    thread.start()
    return thread
