"""What somebody has to see to, though guests are served: copies, clock, disk, board.

Looked at now and then beside the core, which is told when it changes.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from kiosk import board
from kiosk.core import nightly
from kiosk.core.clock import Now, system_now
from kiosk.core.config import Config
from kiosk.core.messages import CareChanged, CareWord

log = logging.getLogger(__name__)

LOOK_S: Final = 60.0
CLOCK_FREE_S: Final = 3600.0
"""So long a clock may be without the network's time: a machine that starts finds it in minutes."""
HOT_CELSIUS: Final = 80
"""From here on a Raspberry Pi slows itself down."""
COOL_CELSIUS: Final = 75
HOLDS_S: Final = 600.0
"""So long it is told that the power was weak, or the processor slow: both come and go."""
WORN_PERCENT: Final = 90
FILLING: Final = 4
"""With less than so many times `min_free_mb` the disk is filling up: notes stop at once of it."""


class Care:
    """Used by one thread, which calls `step` now and then.

    Args:
        chosen: the settings.
        created_at: when the store was made.
        put: takes what changed.
        sys: where the kernel tells of the board.
    """

    def __init__(
        self,
        chosen: Config,
        created_at: datetime,
        put: Callable[[CareChanged], None],
        sys: Path = board.SYS,
    ) -> None:
        self._store, self._nightly = chosen.store, bool(chosen.backup.to)
        self._created_at = created_at
        self._put = put
        self._sys = sys
        self._hot = False
        self._seen_s: dict[CareWord, float] = {}
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
        yield from self._of_the_board(now)
        try:
            free = shutil.disk_usage(folder).free
        except OSError:
            # A disk that cannot be asked: the core finds out by itself.
            return
        if free < FILLING * self._store.min_free_mb * 1_000_000:
            yield "space_filling"

    def _of_the_board(self, now: Now) -> Iterator[CareWord]:
        seen = board.read(self._sys)
        if seen.celsius is not None:
            self._hot = seen.celsius >= (COOL_CELSIUS if self._hot else HOT_CELSIUS)
            if self._hot:
                yield "too_hot"
        told: tuple[tuple[CareWord, bool | None], ...] = (
            ("power_weak", seen.undervoltage),
            ("slowed", seen.throttled),
        )
        for word, is_so in told:
            if is_so:
                self._seen_s[word] = now.mono_s
            if now.mono_s - self._seen_s.get(word, float("-inf")) < HOLDS_S:
                yield word
        worn = seen.worn_percent is not None and seen.worn_percent >= WORN_PERCENT
        if worn or seen.spare_low:
            yield "disk_worn"


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
