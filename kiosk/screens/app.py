"""The window: shows the newest View, sends touches back. Owns no truth.

`Shell` may be built before Kivy is imported: building it sets Kivy's environment and then imports
the drawing part. `show`, `press`, `screenshot` and `stop` may be called from any thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kiosk.core.messages import Switch
from kiosk.screens.layout import Target
from kiosk.screens.theme import VenueLook
from kiosk.screens.view import View
from kiosk.screens.window import prepare

if TYPE_CHECKING:
    from kiosk.screens.stage import Stage

T = TypeVar("T")
Press = str | tuple[float, float]


class NothingToPress(LookupError):
    """Nothing like that can be pressed on the screen now."""


class ScreenTimeout(TimeoutError):
    """The window did not answer in time; is it running?"""


class Shell:
    """A kiosk's window.

    Args:
        touch: called in the window's thread with a button's id and the page it stood on; must not
            block. Returns False when the touch was dropped, so that the button works again.
        size: of the window in pixels; fullscreen takes the panel's.
        venue: name, palette and accent.
        fullscreen, title, cursor: of the window.
        home: a writable directory for Kivy's own files.
        now_s: the monotonic clock that `Frame.deadline_s` is counted on.
        on_frame: called after the first frame that shows a View was flipped.
        keypad: whether keys do what touches do.
        scan_s: so long the ring of the switches stays at a button by itself; 0: it does not move.
        on_focus: takes the name of the button that the ring came to; in the window's thread.
        on_dark: told when the picture becomes black for the night, and when not any more; likewise.
    """

    def __init__(
        self,
        touch: Callable[[str, int], bool],
        *,
        size: tuple[int, int],
        venue: VenueLook,
        fullscreen: bool = False,
        title: str = "",
        cursor: bool = True,
        home: Path | None = None,
        now_s: Callable[[], float] = time.monotonic,
        on_frame: Callable[[View], None] | None = None,
        keypad: bool = False,
        scan_s: float = 0.0,
        on_focus: Callable[[str], None] | None = None,
        on_dark: Callable[[bool], None] | None = None,
    ) -> None:
        prepare(size, fullscreen=fullscreen, cursor=cursor, home=home)
        # Imported here and not above: Kivy opens its window as soon as this module is imported.
        from kiosk.screens.stage import Stage

        self._stage: Stage = Stage(
            venue=venue,
            touch=touch,
            now_s=now_s,
            on_frame=on_frame,
            keypad=keypad,
            scan_s=scan_s,
            on_focus=on_focus,
            on_dark=on_dark,
        )
        self._stage.open(title or venue.name)

    def show(self, view: View) -> None:
        """Show this View; of several in a row the latest wins."""
        self._stage.publish(view)

    def wear(self, venue: VenueLook) -> None:
        """Show name, palette and accent of the venue as they are now."""
        self._stage.soon(lambda: self._stage.wear(venue))

    def run(self) -> None:
        """Run the window until `stop`, SIGTERM, or until it is closed. What goes wrong is raised.

        Must be called in the thread that built the Shell.
        """
        self._stage.run()

    def stop(self) -> None:
        """End `run`."""
        self._stage.stop()

    def soon(self, action: Callable[[], None]) -> None:
        """Do something in the window's thread at its next turn; from any thread."""
        self._stage.soon(action)

    def switch(self, switch: Switch) -> None:
        """A switch beside the screen was pressed; from any thread."""
        self._stage.soon(lambda: self._stage.pointer.switch(switch))

    def press(self, what: Press, timeout_s: float = 5.0) -> str:
        """Press a button like a finger: through the window's own dispatch of touches.

        Args:
            what: a button's id, its text, or a point (x, y) in pixels from the top left.
            timeout_s: how long to wait for the window.

        Returns:
            The id of the button that was pressed; empty for a point where there is none.

        Raises:
            NothingToPress: nothing like it is on the screen, or it is disabled; says what is.
            ScreenTimeout: the window did not answer.
        """
        return self._in_window(lambda: self._stage.press(what), timeout_s)

    def buttons(self, timeout_s: float = 5.0) -> list[str]:
        """The ids of what can be pressed now."""
        return self._in_window(self._stage.pressable, timeout_s)

    def targets(self, timeout_s: float = 5.0) -> tuple[int, list[Target]]:
        """The page that is shown, and what can be pressed on it, in the window's pixels."""
        return self._in_window(self._stage.targets, timeout_s)

    def screenshot(self, path: Path, timeout_s: float = 10.0) -> None:
        """Write what the screen shows as a PNG; returns when the file is there.

        Raises:
            ScreenTimeout: no frame was drawn in time.
            OSError: the file cannot be written.
        """
        if threading.current_thread() is self._stage.thread:
            raise RuntimeError("the window's own thread cannot wait for its next frame")
        done: Future[None] = Future()
        self._stage.capture(path, done)
        self._wait(done, timeout_s)

    def _in_window(self, action: Callable[[], T], timeout_s: float) -> T:
        if threading.current_thread() is self._stage.thread:
            return action()
        done: Future[T] = Future()

        def run() -> None:
            try:
                done.set_result(action())
            except NothingToPress as error:
                done.set_exception(error)

        self._stage.soon(run)
        return self._wait(done, timeout_s)

    @staticmethod
    def _wait(done: Future[T], timeout_s: float) -> T:
        try:
            return done.result(timeout_s)
        except FutureTimeoutError as error:
            raise ScreenTimeout(f"the window did not answer within {timeout_s:g} s") from error
