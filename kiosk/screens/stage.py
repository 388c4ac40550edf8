"""The Kivy side of the window: draws scenes, takes touches, counts down."""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from kivy.base import EventLoop, runTouchApp, stopTouchApp
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.graphics import Color as Paint
from kivy.graphics import InstructionGroup, SmoothRoundedRectangle
from kivy.input.motionevent import MotionEvent
from kivy.uix.widget import Widget

from kiosk.screens.app import NothingToPress, Press
from kiosk.screens.art import draw_art
from kiosk.screens.layout import Layer, Target
from kiosk.screens.paint import Painter, measure
from kiosk.screens.scene import Scene, compose
from kiosk.screens.theme import Look, VenueLook
from kiosk.screens.view import View

REARM_S = 2.0
"""A pressed button works again after this long even if nothing changed: no dead screens."""

_numbers = itertools.count(1)


class Finger(MotionEvent):
    """A touch made by the program, in the window's pixels from the top left."""

    def __init__(self, x: float, y: float) -> None:
        super().__init__("finger", next(_numbers), {}, is_touch=True, type_id="touch")
        self.profile = ["pos"]
        self.sx = x / max(Window.width - 1, 1)
        self.sy = 1 - y / max(Window.height - 1, 1)


class Stage(Widget):
    """The one widget of the window: a canvas and the targets on it."""

    def __init__(
        self,
        *,
        venue: VenueLook,
        touch: Callable[[str, int], bool],
        now_s: Callable[[], float],
        on_frame: Callable[[View], None] | None,
    ) -> None:
        super().__init__()
        self.thread = threading.current_thread()
        self.venue = venue
        self.scene: Scene | None = None
        self._touch = touch
        self._now_s = now_s
        self._on_frame = on_frame
        self._view: View | None = None
        self._next: View | None = None
        self._lock = threading.Lock()
        self._unseen: View | None = None
        self._captures: list[tuple[Path, Future[None]]] = []
        self._armed_off: dict[str, float] = {}
        self._held: tuple[Any, Target] | None = None
        self._drag: tuple[Any, Layer, float] | None = None
        self._glide: Any = None
        self._veil = InstructionGroup()
        self._painter = self._new_painter()
        self.canvas.after.add(self._veil)
        self._wake = Clock.create_trigger(self._show_newest)
        self._tick: Any = None

    def _new_painter(self) -> Painter:
        self.canvas.clear()
        return Painter(self.canvas, Window.height, moves=self.venue.motion, art=draw_art)

    # -- the life of the window ------------------------------------------------------------

    def open(self, title: str) -> None:
        """Put the stage into the window."""
        Window.set_title(title)
        Window.add_widget(self)
        Window.bind(on_flip=self._flip, size=self._resized)

    def run(self) -> None:
        """Draw until stopped; exceptions of callbacks come out here."""
        runTouchApp()

    def stop(self) -> None:
        """End `run` from any thread."""
        self.soon(stopTouchApp)

    def soon(self, action: Callable[[], None]) -> None:
        """Do something in the window's thread, at its next turn."""
        Clock.schedule_once(lambda _dt: action())

    # -- showing ---------------------------------------------------------------------------

    def publish(self, view: View) -> None:
        """Take the newest View, from any thread."""
        with self._lock:
            self._next = view
        self._wake()

    def _show_newest(self, _dt: float = 0) -> None:
        with self._lock:
            view, self._next = self._next, None
        if view is None or view == self._view:
            if view is not None and self._on_frame:
                self._on_frame(view)
            return
        if self._view is None or view.frame.page != self._view.frame.page:
            self._armed_off.clear()
        self._view = view
        self._unseen = view
        self._compose()
        # Even where nothing visible changed, a frame is drawn: whoever waits for it gets it.
        self.canvas.ask_update()

    def _compose(self, _dt: float = 0) -> None:
        view = self._view
        if view is None:
            return
        look = Look.of(
            Window.size, self.venue, large=view.frame.large, contrast=view.frame.contrast
        )
        now_s = self._now_s()
        scene = compose(view, look, now_s, measure)
        self.scene = scene
        Window.clearcolor = look.color("ground")
        self._painter.show(scene.items)
        if self._held and self._held[1] not in scene.targets:
            self._release_veil()
        if self._tick:
            self._tick.cancel()
            self._tick = None
        if scene.next_change_s is not None:
            # Up, never down: a tick just before the second would draw the old second again.
            wait_s = max(0.02, scene.next_change_s - now_s + 0.005)
            self._tick = Clock.schedule_once(self._compose, wait_s)

    def _resized(self, *_args: object) -> None:
        self._painter = self._new_painter()
        self._compose()

    def _flip(self, window: Any) -> bool:
        for path, done in self._captures:
            try:
                written = Window.screenshot(name=str(path.resolve()))
                Path(written).replace(path)
                done.set_result(None)
            except OSError as error:
                done.set_exception(error)
        self._captures.clear()
        window.flip()
        seen, self._unseen = self._unseen, None
        if seen is not None and self._on_frame:
            self._on_frame(seen)
        return True  # flipped already

    def capture(self, path: Path, done: Future[None]) -> None:
        """Write the next frame to a file, from any thread."""

        def ask() -> None:
            self._captures.append((path, done))
            self.canvas.ask_update()

        self.soon(ask)

    # -- touches ---------------------------------------------------------------------------

    def target_at(self, x: float, y: float) -> Target | None:
        """What would be pressed at this point (from the top left)."""
        if self.scene is None:
            return None
        return next((t for t in reversed(self.scene.targets) if t.holds(x, y)), None)

    def pressable(self) -> list[str]:
        """Ids of the enabled targets."""
        return [t.id for t in self.scene.targets if t.enabled] if self.scene else []

    def targets(self) -> tuple[int, list[Target]]:
        """See `Shell.targets`."""
        if self._view is None or self.scene is None:
            return 0, []
        return self._view.frame.page, list(self.scene.targets)

    def press(self, what: Press) -> str:
        """See `Shell.press`."""
        targets = self.scene.targets if self.scene else []
        if isinstance(what, str):
            found = [t for t in targets if t.id == what] or [t for t in targets if t.text == what]
            if not found:
                there = ", ".join(f"{t.id} ({t.text})" if t.text else t.id for t in targets)
                raise NothingToPress(
                    f"{what!r} is not on the screen; there is: {there or 'nothing'}"
                )
            target = found[0]
            if not target.enabled:
                raise NothingToPress(f"{what!r} is on the screen but cannot be used now")
            x, y = target.x + target.width / 2, target.y + target.height / 2
            on_top = self.target_at(x, y)
            if on_top is not target:
                raise NothingToPress(f"{what!r} is covered by {on_top.id if on_top else 'nothing'}")
        else:
            x, y = what
            on_top = self.target_at(x, y)
        finger = Finger(x, y)
        EventLoop.post_dispatch_input("begin", finger)
        finger.update_time_end()
        EventLoop.post_dispatch_input("end", finger)
        return on_top.id if on_top else ""

    def on_touch_down(self, touch: Any) -> bool:
        """Show the press; a key acts at once, a button when the finger leaves it."""
        if touch.is_mouse_scrolling or touch.button not in (None, "left"):
            return True
        if self._held or self._drag:
            return True  # one finger at a time
        x, y = touch.x, Window.height - touch.y
        target = self.target_at(x, y)
        if target is None:
            self._grab_layer(touch, x, y)
            return True
        if not target.enabled or self._disarmed(target):
            return True
        touch.grab(self)
        self._held = (touch, target)
        self._show_veil(target)
        if target.repeat:
            self._act(target)
        return True

    def on_touch_move(self, touch: Any) -> bool:
        """Drag a list."""
        if self._drag and touch.grab_current is self:
            _touch, layer, last = self._drag
            self._painter.scroll(layer, touch.y - last)
            self._drag = (touch, layer, touch.y)
        return True

    def on_touch_up(self, touch: Any) -> bool:
        """Act when the finger leaves the button on which it began."""
        if touch.grab_current is not self:
            return True
        touch.ungrab(self)
        if self._drag:
            layer = self._drag[1]
            self._drag = None
            self._fling(layer, touch)
        if self._held:
            target = self._held[1]
            self._release_veil()
            inside = target.holds(touch.x, Window.height - touch.y)
            if inside and not target.repeat and self.scene and target in self.scene.targets:
                self._act(target)
        return True

    def _disarmed(self, target: Target) -> bool:
        return self._now_s() - self._armed_off.get(target.id, -math.inf) < REARM_S

    def _act(self, target: Target) -> None:
        if self._view is None:
            return
        if not target.repeat:
            self._armed_off[target.id] = self._now_s()
        if not self._touch(target.id, self._view.frame.page):
            self._armed_off.pop(target.id, None)

    def _show_veil(self, target: Target) -> None:
        self._veil.clear()
        self._veil.add(Paint(*target.flash))
        self._veil.add(
            SmoothRoundedRectangle(
                pos=(target.x, Window.height - target.y - target.height),
                size=(target.width, target.height),
                radius=[max(1.0, min(target.radius, target.height / 2, target.width / 2))],
            )
        )

    def _release_veil(self) -> None:
        self._held = None
        self._veil.clear()

    # -- scrolling -------------------------------------------------------------------------

    def _grab_layer(self, touch: Any, x: float, y: float) -> None:
        if self._glide:
            self._glide.cancel()
        for item in self.scene.items if self.scene else []:
            if (
                isinstance(item, Layer)
                and item.fade is not None
                and item.x <= x < item.x + item.width
                and item.y <= y < item.y + item.height
            ):
                touch.grab(self)
                self._drag = (touch, item, touch.y)
                return

    def _fling(self, layer: Layer, touch: Any) -> None:
        """Let the list run on for a moment after the finger has left it."""
        spent_s = max(touch.time_end - touch.time_start, 0.03)
        if spent_s > 0.4 or not self.venue.motion:
            return
        speed = (touch.y - touch.oy) / spent_s

        def run(dt: float) -> bool:
            nonlocal speed
            if abs(speed) < 20 or self.scene is None or layer not in self.scene.items:
                return False
            self._painter.scroll(layer, speed * dt)
            speed *= math.exp(-4 * dt)
            return True

        self._glide = Clock.schedule_interval(run, 0)
