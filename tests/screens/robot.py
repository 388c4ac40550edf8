"""The window in this process, driven like a guest would: looks, presses, takes pictures."""

from __future__ import annotations

from pathlib import Path

from kiosk.screens.app import Shell
from kiosk.screens.theme import VenueLook
from kiosk.screens.view import View
from tests.screens.samples import NOW_S


class Robot:
    """One window; kivy allows no second one of another size in a process."""

    def __init__(self, size: tuple[int, int], *, motion: bool = False) -> None:
        self.touches: list[tuple[str, int]] = []
        self.frames: list[View] = []
        self.now_s = NOW_S
        self.takes = True
        self.shell = Shell(
            self._touched,
            size=size,
            venue=VenueLook("Orbit Club", motion=motion),
            now_s=lambda: self.now_s,
            on_frame=self.frames.append,
        )
        from kivy.base import EventLoop, runTouchApp

        runTouchApp(embedded=True)
        self._loop = EventLoop
        self.turn(2)

    @property
    def stage(self):
        return self.shell._stage

    def _touched(self, button: str, page: int) -> bool:
        self.touches.append((button, page))
        return self.takes

    def turn(self, times: int = 1) -> None:
        for _ in range(times):
            self._loop.idle()

    def show(self, view: View) -> None:
        self.shell.show(view)
        self.turn(2)

    def picture(self, path: Path) -> None:
        from concurrent.futures import Future

        done: Future[None] = Future()
        self.stage.capture(path, done)
        for _ in range(100):
            self.turn()
            if done.done():
                return done.result()
        raise AssertionError("no picture after 100 frames")
