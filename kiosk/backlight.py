"""The light behind a built-in screen: off while the window is black, else as bright as it is set.

The kernel lets root alone write to it, so the machine's helper does (`kiosk.machine`). A monitor by
HDMI has no such light: its picture is black, and that is all.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from kiosk.board import SYS
from kiosk.core.errors import Refused

log = logging.getLogger(__name__)


class Backlight:
    """Asks for the light in a thread of its own: the window never waits for it.

    Args:
        ask: has the light set to so many percent, 0 to 100; raises Refused.
        percent: how bright it is while the screen is not dark.
        sys: where the kernel shows the screens that have one.
    """

    def __init__(self, ask: Callable[[int], object], percent: int, sys: Path = SYS) -> None:
        self._ask = ask
        self._percent = percent
        self._folder = sys / "class/backlight"
        self._changed = threading.Condition()
        self._wanted = percent
        self._set: int | None = None

    def dark(self, is_dark: bool) -> None:
        """The window is black now, or it is not any more; from any thread, never waits."""
        with self._changed:
            self._wanted = 0 if is_dark else self._percent
            self._changed.notify()

    def step(self) -> None:
        """Have the light set if that is due; the newest wish is all that counts."""
        with self._changed:
            wanted = self._wanted
        if wanted == self._set:
            return
        self._set = wanted
        if not self._there():
            return
        try:
            self._ask(wanted)
        except Refused as refused:
            log.warning("the screen's light was not set to %d %%: %s", wanted, refused)

    def _there(self) -> bool:
        try:
            return any(self._folder.iterdir())
        except OSError:
            return False

    def start(self, stop: threading.Event) -> threading.Thread:
        """Keep the light as it is wanted until `stop`; then the screen is lit, whoever is next.

        It is set once at the beginning: a kiosk that died in the dark left it off.
        """

        def loop() -> None:
            while not stop.is_set():
                self.step()
                with self._changed:
                    self._changed.wait_for(lambda: self._wanted != self._set or stop.is_set(), 0.5)
            self.dark(False)
            self.step()

        thread = threading.Thread(target=loop, name="backlight", daemon=True)
        thread.start()
        return thread
