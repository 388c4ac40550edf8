"""The window in this process, driven like a guest would: looks, presses, takes pictures."""

from __future__ import annotations

import os
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from PIL import Image

from kiosk.screens.app import Shell
from kiosk.screens.layout import Layer
from kiosk.screens.theme import VenueLook
from kiosk.screens.view import View
from tests.screens.samples import NOW_S

Spot = str | tuple[float, float]


class Pixels:
    """Colours by the point from the top left."""

    def __init__(self, image: Image.Image) -> None:
        self.image = image

    def __getitem__(self, point: tuple[int, int]) -> Any:
        return self.image.getpixel(point)

    def copy(self) -> Image.Image:
        return self.image.copy()

    def tobytes(self) -> bytes:
        return self.image.tobytes()


class Robot:
    """One window; kivy allows no second one of another size in a process."""

    def __init__(self, size: tuple[int, int], *, motion: bool = False) -> None:
        self.reset_values()
        # SDL's own driver without a display: real GL, no X server. Only for this window: what
        # other tests start must not inherit it.
        before = os.environ.get("SDL_VIDEODRIVER")
        os.environ["SDL_VIDEODRIVER"] = "offscreen"
        try:
            self.shell = Shell(
                self._touched,
                size=size,
                venue=VenueLook("Orbit Club", motion=motion),
                now_s=lambda: self.now_s,
                on_frame=lambda view: self.frames.append(view),
            )
        finally:
            if before is None:
                del os.environ["SDL_VIDEODRIVER"]
            else:
                os.environ["SDL_VIDEODRIVER"] = before
        from kivy.base import EventLoop, runTouchApp

        runTouchApp(embedded=True)
        self._loop = EventLoop
        self.turn(2)

    def reset_values(self) -> None:
        self.touches: list[tuple[str, int]] = []
        self.frames: list[View] = []
        self.now_s = NOW_S
        self.takes = True
        self.fails = False
        self._drawn = 0

    def reset(self) -> None:
        """As new: no touches, no screen."""
        self.reset_values()
        stage = self.stage
        stage._view = stage.scene = stage._held = stage._drag = None
        stage._menu, stage._keys = False, True
        stage._painter._sheets.clear()
        stage._painter._shown.clear()
        stage._armed_off.clear()
        stage._veil.clear()

    @property
    def stage(self) -> Any:
        return self.shell._stage

    def _touched(self, button: str, page: int) -> bool:
        if self.fails:
            raise ZeroDivisionError("the callback fails")
        self.touches.append((button, page))
        return self.takes

    def turn(self, times: int = 1) -> None:
        for _ in range(times):
            self._loop.idle()

    def show(self, view: View) -> None:
        self.shell.show(view)
        self.turn(2)

    def drawn(self) -> int:
        """How many items were drawn anew so far."""
        return int(self.stage._painter.drawn)

    def layer(self) -> Layer:
        return next(i for i in self.stage.scene.items if isinstance(i, Layer))

    def _spot(self, spot: Spot) -> tuple[float, float]:
        if isinstance(spot, tuple):
            return spot
        target = next(t for t in self.stage.targets()[1] if t.id == spot)
        return target.x + target.width / 2, target.y + target.height / 2

    def hold(self, spot: Spot) -> Any:
        from kiosk.screens.stage import Finger

        finger = Finger(*self._spot(spot))
        self._loop.post_dispatch_input("begin", finger)
        self.turn()
        return finger

    def release(self, finger: Any) -> None:
        finger.update_time_end()
        self._loop.post_dispatch_input("end", finger)
        self.turn()

    def drag(self, start: Spot, end: tuple[float, float], steps: int = 6) -> None:
        from kivy.core.window import Window

        finger = self.hold(start)
        x, y = self._spot(start)
        for step in range(1, steps + 1):
            finger.sx = (x + (end[0] - x) * step / steps) / (Window.width - 1)
            finger.sy = 1 - (y + (end[1] - y) * step / steps) / (Window.height - 1)
            self._loop.post_dispatch_input("update", finger)
            self.turn()
        self.release(finger)

    def picture(self, path: Path) -> None:
        done: Future[None] = Future()
        self.stage.capture(path, done)
        for _ in range(100):
            self.turn()
            if done.done():
                return done.result()
        raise AssertionError("no picture after 100 frames")

    def pixels(self, folder: Path) -> Pixels:
        path = folder / "pixels.png"
        self.picture(path)
        with Image.open(path) as image:
            return Pixels(image.convert("RGB"))
