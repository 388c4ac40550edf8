"""The Kivy side of the window: draws scenes, takes touches, counts down."""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

from kivy.animation import Animation
from kivy.base import EventLoop, runTouchApp, stopTouchApp
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.graphics import Color as Paint
from kivy.graphics import (
    InstructionGroup,
    PopMatrix,
    PushMatrix,
    SmoothRoundedRectangle,
    Translate,
)
from kivy.input.motionevent import MotionEvent
from kivy.uix.widget import Widget

from kiosk.screens.app import NothingToPress, Press
from kiosk.screens.art import draw_art
from kiosk.screens.desk.frame import MENU
from kiosk.screens.desk.keys import HIDE
from kiosk.screens.layout import Layer, Target
from kiosk.screens.paint import Painter, measure
from kiosk.screens.pointer import Pointer
from kiosk.screens.scene import Scene, compose
from kiosk.screens.theme import ENTER_S, ENTER_SHARE, Look, VenueLook
from kiosk.screens.view import DeskView, Entries, Search, View

DRAG_PX = 10.0
"""A finger that moved further than this on a row scrolls the list and presses nothing."""

PAGE_SHARE = 0.8
"""So much of what is seen of a list is new on its next page."""

REARM_S = 2.0
"""A pressed button works again after this long even if nothing changed: no dead screens."""

CALLED_S = 0.5
"""A screen that comes this soon after a press was called by it."""

LEAVING = frozenset({"back", "leave", "no"})

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
        keypad: bool = False,
        scan_s: float = 0.0,
        on_focus: Callable[[str], None] | None = None,
        on_dark: Callable[[bool], None] | None = None,
    ) -> None:
        super().__init__()
        self.thread = threading.current_thread()
        self.venue = venue
        self.scene: Scene | None = None
        self._touch = touch
        self._now_s = now_s
        self._on_frame = on_frame
        self._on_dark = on_dark
        self._dark = False
        self._view: View | None = None
        self._next: View | None = None
        self._lock = threading.Lock()
        self._unseen: View | None = None
        self._captures: list[tuple[Path, Future[None]]] = []
        self._armed_off: dict[str, float] = {}
        self._held: tuple[Any, Target] | None = None
        self._began = (0.0, 0.0)
        self._keys = True
        self._menu = False
        self._alone_s = now_s()
        self._drag: tuple[Any, Layer, float] | None = None
        self._glide: Any = None
        self._veil = InstructionGroup()
        self._slide = Translate(0, 0, 0)
        self._pressed_s = -math.inf
        self._leaving = False
        self.canvas.before.add(PushMatrix())
        self.canvas.before.add(self._slide)
        self._painter = self._new_painter()
        self.canvas.after.add(self._veil)
        self.pointer = Pointer(self, keypad=keypad, scan_s=scan_s, told=on_focus)
        self.canvas.after.add(self.pointer.group)
        self.canvas.after.add(PopMatrix())
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

    def wear(self, venue: VenueLook) -> None:
        """Draw in the venue's look; in the window's thread."""
        if venue != self.venue:
            self.venue = venue
            self._compose()
            self.canvas.ask_update()

    def _show_newest(self, _dt: float = 0) -> None:
        with self._lock:
            view, self._next = self._next, None
        if view is None or view == self._view:
            if view is not None and self._on_frame:
                self._on_frame(view)
            return
        if self._view is None or view.frame.page != self._view.frame.page:
            self._armed_off.clear()
            self._menu = False
            self._keys = True
            self._alone_s = self._now_s()
            self._enter(view)
        self._view = view
        self._unseen = view
        self._compose()
        # Even where nothing visible changed, a frame is drawn: whoever waits for it gets it.
        self.canvas.ask_update()

    def _enter(self, view: View) -> None:
        """A screen comes from where it was called; it can be pressed at once.

        Forth from the right, back from the left; what a card or a note calls from below, where
        the reader is.
        """
        Animation.cancel_all(self._slide)
        self._slide.x = self._slide.y = 0.0
        if not self.venue.motion or self._view is None or isinstance(view, DeskView):
            return
        far = Window.height * ENTER_SHARE
        if self._now_s() - self._pressed_s > CALLED_S:
            self._slide.y = -far
        else:
            self._slide.x = -far if self._leaving else far
        Animation(x=0.0, y=0.0, d=ENTER_S, t="out_cubic").start(self._slide)

    def _compose(self, _dt: float = 0) -> None:
        view = self._view
        if view is None:
            return
        look = self.look()
        now_s = self._now_s()
        scene = compose(
            view,
            look,
            now_s,
            measure,
            menu=self._menu,
            keys=self._keys,
            alone_s=self._alone_s,
        )
        self.scene = scene
        if scene.dark != self._dark:
            self._dark = scene.dark
            if self._on_dark:
                self._on_dark(scene.dark)
        Window.clearcolor = scene.ground
        self._painter.show(scene.items)
        if self._held and not any(t.id == self._held[1].id for t in scene.reachable()):
            self._release_veil()
        self.pointer.composed()
        if self._tick:
            self._tick.cancel()
            self._tick = None
        if scene.next_change_s is not None:
            # Up, never down: a tick just before the second would draw the old second again.
            wait_s = max(0.02, scene.next_change_s - now_s + 0.005)
            self._tick = Clock.schedule_once(self._compose, wait_s)

    def shown(self) -> View | None:
        """The View on the screen."""
        return self._view

    def look(self) -> Look:
        """The look that the View is drawn in."""
        frame = self._view.frame if self._view else None
        return Look.of(
            Window.size,
            self.venue,
            large=frame is not None and frame.large,
            contrast=frame is not None and frame.contrast,
            palette=frame.palette if frame else "",
        )

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
        """What would be pressed at this point (from the top left), where it stands now."""
        if self.scene is None:
            return None
        found = next((t for t in reversed(self.scene.targets) if t.holds(x, y)), None)
        if found or y >= self.scene.covered_y:
            return found
        layer = self._layer_at(x, y)
        if layer is None:
            return None
        shift = self._painter.shift(layer)
        inner = next((t for t in reversed(layer.targets) if t.holds(x, y - shift)), None)
        return replace(inner, y=inner.y + shift) if inner else None

    def _layer_at(self, x: float, y: float) -> Layer | None:
        """The list at this point."""
        layers = list(self.scene.layers()) if self.scene else []
        return next((i for i in layers if i.fade is not None and i.holds(x, y)), None)

    def rouse(self) -> bool:
        """Somebody is there. True where the screen was resting: it comes back, no more."""
        self._alone_s = self._now_s()
        if self.scene is None or not self.scene.resting:
            return False
        self._compose()
        return True

    def pressable(self) -> list[str]:
        """Ids of the enabled targets, those of lists that must be scrolled for it too."""
        return [t.id for t in self.scene.reachable() if t.enabled] if self.scene else []

    def targets(self) -> tuple[int, list[Target]]:
        """See `Shell.targets`."""
        if self._view is None or self.scene is None:
            return 0, []
        return self._view.frame.page, list(self._seen())

    def _seen(self) -> Iterator[Target]:
        """What can be pressed at its place on the screen now; of a row that is cut, what shows."""
        assert self.scene is not None
        yield from self.scene.targets
        for layer in self.scene.layers():
            shift = self._painter.shift(layer) if layer.targets else 0.0
            end = min(layer.y + layer.height, self.scene.covered_y)
            for target in layer.targets:
                top = max(target.y + shift, layer.y)
                low = min(target.y + shift + target.height, end)
                if low - top >= target.height / 2:
                    yield replace(target, y=top, height=low - top)

    def press(self, what: Press) -> str:
        """See `Shell.press`."""
        self.rouse()
        if isinstance(what, str):
            target = self._find(what)
            x, y = target.x + target.width / 2, target.y + target.height / 2
            on_top = self.target_at(x, y)
            if on_top is None or on_top.id != target.id:
                raise NothingToPress(f"{what!r} is covered by {on_top.id if on_top else 'nothing'}")
        else:
            x, y = what
            on_top = self.target_at(x, y)
        finger = Finger(x, y)
        EventLoop.post_dispatch_input("begin", finger)
        finger.update_time_end()
        EventLoop.post_dispatch_input("end", finger)
        return on_top.id if on_top else ""

    def _find(self, what: str) -> Target:
        """What is called so, by its id or its words; brought into sight where it must be."""
        if what not in self.pressable() and what in self._behind_menu():
            self._toggle_menu()
        there = list(self.scene.reachable()) if self.scene else []
        found = [t for t in there if t.id == what] or [t for t in there if t.text == what]
        if not found:
            names = ", ".join(f"{t.id} ({t.text})" if t.text else t.id for t in there)
            raise NothingToPress(f"{what!r} is not on the screen; there is: {names or 'nothing'}")
        if not found[0].enabled:
            raise NothingToPress(f"{what!r} is on the screen but cannot be used now")
        assert self.scene is not None
        for layer in self.scene.layers():
            if found[0] in layer.targets:
                self._painter.reveal(layer, found[0].y, found[0].y + found[0].height)
        return next((t for t in self._seen() if t.id == found[0].id), found[0])

    # -- keys and switches -----------------------------------------------------------------

    def reveal(self, target: str) -> Target | None:
        """A button where it stands on the screen now, scrolled into sight; None: it is gone."""
        try:
            return self._find(target)
        except NothingToPress:
            return None

    def activate(self, target: str) -> None:
        """Press a button, as a finger would; one that is disarmed does nothing."""
        if self.rouse():
            return
        found = self.reveal(target)
        if found is not None and not self._disarmed(found):
            self._act(found)

    def turn_page(self, key: str) -> None:
        """Scroll a list by what is seen of it; from its end to its beginning."""
        for layer in self.scene.layers() if self.scene else ():
            if layer.key == key:
                before = self._painter.shift(layer)
                self._painter.scroll(layer, layer.height * PAGE_SHARE)
                if self._painter.shift(layer) == before:
                    self._painter.scroll(layer, -layer.content_height)
                self.canvas.ask_update()

    def present(self) -> None:
        """Tell the core that somebody is there."""
        if self._view is not None:
            self._touch("scrolled", self._view.frame.page)

    def _behind_menu(self) -> set[str]:
        """The sections that are not on the screen, because the panel is too low for them."""
        if self._menu or not isinstance(self._view, DeskView):
            return set()
        if MENU not in self.pressable():
            return set()
        return {b.id for b in (*self._view.rail, self._view.lock)}

    def _toggle_menu(self) -> None:
        self._menu = not self._menu
        self._compose()

    def _typed(self) -> set[str]:
        """What is pressed to type in it."""
        found = self._view.stacks if isinstance(self._view, DeskView) else ()
        parts = [part for stack in found for pane in stack.panes for part in pane.parts]
        fields = {e.id for part in parts if isinstance(part, Entries) for e in part.entries}
        return fields | {part.id for part in parts if isinstance(part, Search)}

    def _show_keys(self, *, shown: bool) -> None:
        self._keys = shown
        self._compose()

    def on_touch_down(self, touch: Any) -> bool:
        """Show the press; a key acts at once, a button when the finger leaves it."""
        if touch.is_mouse_scrolling or touch.button not in (None, "left"):
            return True
        if self._held or self._drag:
            return True  # one finger at a time
        self.pointer.touched()
        if self.rouse():
            return True
        x, y = touch.x, Window.height - touch.y
        if self._glide:
            self._glide.cancel()
        self._began = (x, y)
        target = self.target_at(x, y)
        if target is None or not target.enabled or self._disarmed(target):
            self._grab_layer(touch, x, y)
            return True
        touch.grab(self)
        self._held = (touch, target)
        self._show_veil(target)
        if target.repeat:
            self._act(target)
        return True

    def on_touch_move(self, touch: Any) -> bool:
        """Drag a list; a finger that began on a row of it presses nothing any more."""
        if touch.grab_current is not self:
            return True
        start = Window.height - self._began[1]
        if self._held and abs(touch.y - start) > DRAG_PX:
            layer = self._layer_at(*self._began)
            if layer and not any(t.id == self._held[1].id for t in self._fixed()):
                self._release_veil()
                self._drag = (touch, layer, start)
        if self._drag:
            _touch, layer, last = self._drag
            self._painter.scroll(layer, touch.y - last)
            self._drag = (touch, layer, touch.y)
        return True

    def _fixed(self) -> list[Target]:
        return self.scene.targets if self.scene else []

    def on_touch_up(self, touch: Any) -> bool:
        """Act when the finger leaves the button on which it began."""
        if touch.grab_current is not self:
            return True
        touch.ungrab(self)
        if self._drag:
            layer = self._drag[1]
            self._drag = None
            self._fling(layer, touch)
            if self._view is not None:
                # Who reads a long list is there.
                self._touch("scrolled", self._view.frame.page)
        if self._held:
            target = self._held[1]
            self._release_veil()
            under = self.target_at(touch.x, Window.height - touch.y)
            if under and under.id == target.id and not target.repeat:
                self._act(target)
        return True

    def _disarmed(self, target: Target) -> bool:
        return self._now_s() - self._armed_off.get(target.id, -math.inf) < REARM_S

    def _act(self, target: Target) -> None:
        if self._view is None:
            return
        if target.id == MENU:
            self._toggle_menu()
            return
        if target.id == HIDE.id:
            self._show_keys(shown=False)
            return
        if not self._keys and target.id in self._typed():
            self._show_keys(shown=True)
        self._pressed_s, self._leaving = self._now_s(), target.id in LEAVING
        if not target.repeat:
            self._armed_off[target.id] = self._now_s()
        if not self._touch(target.id, self._view.frame.page):
            self._armed_off.pop(target.id, None)

    def _show_veil(self, target: Target) -> None:
        self._veil.clear()
        self._veil.add(Paint(*target.flash))
        top, low = target.y, target.y + target.height
        layer = self._layer_at(target.x + target.width / 2, target.y + target.height / 2)
        if layer and target not in self._fixed():
            # Of a row that is cut by the edge of its list only that part lights up.
            top, low = max(top, layer.y), min(low, layer.y + layer.height)
        self._veil.add(
            SmoothRoundedRectangle(
                pos=(target.x, Window.height - low),
                size=(target.width, low - top),
                radius=[max(1.0, min(target.radius, (low - top) / 2, target.width / 2))],
            )
        )

    def _release_veil(self) -> None:
        self._held = None
        self._veil.clear()

    # -- scrolling -------------------------------------------------------------------------

    def _grab_layer(self, touch: Any, x: float, y: float) -> None:
        layer = self._layer_at(x, y)
        if layer:
            touch.grab(self)
            self._drag = (touch, layer, touch.y)

    def _fling(self, layer: Layer, touch: Any) -> None:
        """Let the list run on for a moment after the finger has left it."""
        spent_s = max(touch.time_end - touch.time_start, 0.03)
        if spent_s > 0.4 or not self.venue.motion:
            return
        speed = (touch.y - (Window.height - self._began[1])) / spent_s

        def run(dt: float) -> bool:
            nonlocal speed
            known = self._painter.live(layer)
            if abs(speed) < 20 or known is None:
                return False
            self._painter.scroll(known, speed * dt)
            speed *= math.exp(-4 * dt)
            return True

        self._glide = Clock.schedule_interval(run, 0)
