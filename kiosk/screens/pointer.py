"""The ring that keys and switches move over the buttons of the window (`focus` knows where to)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from kivy.clock import Clock
from kivy.core.window import Window
from kivy.graphics import InstructionGroup

from kiosk.core.messages import Switch
from kiosk.core.texts import Texts
from kiosk.screens import focus
from kiosk.screens.layout import Target
from kiosk.screens.paint import Brush
from kiosk.screens.scene import Scene
from kiosk.screens.theme import Look
from kiosk.screens.transcript import called, named
from kiosk.screens.view import View, WelcomeView

SCAN_ROUNDS = 2
"""So often the ring goes round by itself without a press; then whoever it was has left."""


class Board(Protocol):
    """What the ring needs of the window's stage."""

    scene: Scene | None

    def shown(self) -> View | None:
        """The View on the screen."""

    def look(self) -> Look:
        """The look it is drawn in."""

    def rouse(self) -> bool:
        """Somebody is there; True where the screen was only woken."""

    def reveal(self, target: str) -> Target | None:
        """A button where it stands on the screen now, scrolled into sight."""

    def activate(self, target: str) -> None:
        """Press a button, as a finger would."""

    def turn_page(self, key: str) -> None:
        """Scroll a list by what is seen of it; from its end to its beginning."""

    def present(self) -> None:
        """Tell the core that somebody is there."""


class Pointer:
    """Where the ring stands. It is hidden until a key or a switch is used, and for a finger.

    Args:
        board: the stage.
        keypad: whether the window's keys do anything.
        scan_s: after so many seconds the ring moves on by itself; 0: never.
        told: takes the name of each button that the ring comes to, to be spoken.
    """

    def __init__(
        self,
        board: Board,
        *,
        keypad: bool,
        scan_s: float,
        told: Callable[[str], None] | None,
    ) -> None:
        self.at = ""
        """The id of the button in the ring; "" while there is none."""
        self.group = InstructionGroup()
        self._board = board
        self._scan_s = scan_s
        self._told = told
        self._page = -1
        self._drawn: tuple[focus.Ring, float] | None = None
        self._held: set[int] = set()
        self._scan: Any = None
        self._since_press = 0
        self._bar = False
        if keypad:
            Window.bind(on_key_down=self._key_down, on_key_up=self._key_up)

    # -- what comes in ------------------------------------------------------------------------

    def switch(self, switch: Switch) -> None:
        """A switch beside the screen was pressed."""
        self._do({"next": "next", "press": "press", "back": "back"}[switch])
        self._since_press = 0
        if self._scan_s and self._scan is None and self.at:
            self._scan = Clock.schedule_interval(self._scanned, self._scan_s)

    def touched(self) -> None:
        """A finger is on the screen: who touches needs no ring."""
        self._stop_scan()
        self.at = ""
        self.draw()

    def _key_down(
        self, window: Any, key: int, scancode: int, text: str | None, modifiers: list[str]
    ) -> bool:
        del window, scancode
        if key in self._held:
            return True  # a key that is held down is pressed once
        self._held.add(key)
        scene = self._board.scene
        ids = {t.id for t in scene.reachable() if t.enabled} if scene else set()
        does = focus.meant(key, text or "", shift="shift" in modifiers, ids=ids)
        if does:
            self._do(does)
        return True

    def _key_up(self, window: Any, key: int, *args: Any) -> bool:
        del window, args
        self._held.discard(key)
        return True

    # -- what follows -------------------------------------------------------------------------

    def _do(self, does: str) -> None:
        board = self._board
        scene, view = board.scene, board.shown()
        if board.rouse() or scene is None or view is None:
            return
        board.present()
        if does in ("next", "previous", "press") and not self.at:
            self._come(focus.begin(scene, view))  # the first one only shows where one is
        elif does in ("next", "previous"):
            self._come(focus.moved(scene, view, self.at, 1 if does == "next" else -1))
        elif does == "press":
            self._press(self.at)
        elif does == "back":
            ids = {t.id for t in scene.reachable() if t.enabled}
            self._press(focus.back(ids))
        else:
            board.activate(does)

    def _press(self, target: str) -> None:
        kind, _, key = target.partition(":")
        if kind == focus.SCROLL:
            self._board.turn_page(key)
        elif target:
            self._board.activate(target)

    def _come(self, target: str) -> None:
        self.at = target
        self.draw()
        view = self._board.shown()
        if view is None or not target:
            return
        self._page = view.frame.page
        if self._told is None:
            return
        found = self._find()
        texts = Texts.of(view.frame.language)
        known = named(view).get(target)
        self._told(known or called(target, found.text if found else "", texts))

    def _scanned(self, _dt: float) -> None:
        scene, view = self._board.scene, self._board.shown()
        if scene is None or view is None or not self.at:
            self._stop_scan()
            return
        self._since_press += 1
        if self._since_press > SCAN_ROUNDS * len(focus.stops(scene, view)):
            self.touched()
            return
        self._come(focus.moved(scene, view, self.at, 1))

    def _stop_scan(self) -> None:
        if self._scan is not None:
            self._scan.cancel()
            self._scan = None

    # -- where it stands ----------------------------------------------------------------------

    def composed(self) -> None:
        """The screen is another: the ring goes where a page begins, or stays where it was."""
        scene, view = self._board.scene, self._board.shown()
        if scene is None or view is None or not self.at:
            return
        if isinstance(view, WelcomeView) and view.frame.page != self._page:
            # Whoever it was has left.
            self._page = view.frame.page
            self.touched()
            return
        more = view.frame.more_time
        bar = more is not None and any(t.id == more.id for t in scene.targets)
        if view.frame.page != self._page or (bar and not self._bar):
            self.at = focus.begin(scene, view)
        else:
            self.at = focus.kept(scene, view, self.at)
        self._page, self._bar = view.frame.page, bar
        self.draw()

    def _find(self) -> Target | None:
        scene = self._board.scene
        view = self._board.shown()
        if scene is None or view is None:
            return None
        return next((t for t in focus.stops(scene, view) if t.id == self.at), None)

    def draw(self) -> None:
        """Put the ring around the button, wherever that has been scrolled to."""
        found = self._find() if self.at else None
        if found is not None and not found.id.startswith(f"{focus.SCROLL}:"):
            found = self._board.reveal(found.id)
        ring = focus.ring(found, self._board.look()) if found else None
        now = (ring, Window.height) if ring else None
        if now == self._drawn:
            return
        self._drawn = now
        self.group.clear()
        if ring is not None:
            brush = Brush(Window.height)
            for plate in (ring.inner, ring.outer):
                brush.plate(self.group, plate)
