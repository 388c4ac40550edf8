"""A guest who does not touch: keys or switches in, through the real window, and the real journey.

The window's keys move a ring, what the ring presses goes to the core, what the core shows comes
back to the window.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kiosk.core.messages import Switch, Touched
from kiosk.screens.view import View
from tests.screens.guest.hands import Visitor
from tests.screens.robot import Robot

TAB, ENTER, ESCAPE, BACKSPACE = 9, 13, 27, 8
FAR = 80
"""No ring goes round longer than this."""


class Fingerless:
    """Keys and switches before a kiosk: what follows of each is on the screen at once."""

    def __init__(self, robot: Robot, guest: Visitor) -> None:
        self.robot = robot
        self.guest = guest
        self.shown: View | None = None
        self.names: list[str] = []
        """What was said of the buttons that the ring came to."""
        self.look()

    def look(self) -> None:
        """The screen follows the journey, and the journey the screen, until both are at rest."""
        robot, guest = self.robot, self.guest
        for _ in range(10):
            robot.now_s = guest.now.mono_s
            view = guest.view
            if view != self.shown:
                robot.show(view)
                self.shown = view
            pressed, robot.touches[:] = list(robot.touches), []
            if not pressed:
                return
            for name, page in pressed:
                guest.tell(Touched(name, page))
        raise AssertionError("the screen never comes to rest")

    @property
    def at(self) -> str:
        return str(self.robot.stage.pointer.at)

    def key(self, *keys: int, text: str = "", shift: bool = False) -> None:
        from kivy.core.window import Window

        for key in keys:
            held = ["shift"] if shift else []
            Window.dispatch("on_key_down", key, 0, text, held)
            Window.dispatch("on_key_up", key, 0)
            self.robot.turn()
            self.look()

    def type(self, text: str) -> None:
        for letter in text:
            self.key(ord(letter), text=letter)

    def switch(self, *switches: Switch) -> None:
        for switch in switches:
            self.robot.shell.switch(switch)
            self.robot.turn()
            self.look()

    def go(self, target: str, *, by: str = "keys") -> None:
        """Move the ring to a button, and press it."""
        for _ in range(FAR):
            if self.at == target:
                break
            self.key(TAB) if by == "keys" else self.switch("next")
        else:
            raise AssertionError(f"the ring does not come to {target}; it is at {self.at}")
        # Whoever presses a thing twice on one page has taken a moment.
        self.guest.now = self.guest.now.later(2.5)
        self.look()
        self.key(ENTER) if by == "keys" else self.switch("press")


@contextmanager
def fingerless(robot: Robot, guest: Visitor, *, keypad: bool = True) -> Iterator[Fingerless]:
    """The window of `robot` with keys switched on, and what it says of buttons kept."""
    from kivy.core.window import Window

    from kiosk.screens.pointer import Pointer

    stage = robot.stage
    before = stage.pointer
    names: list[str] = []
    stage.canvas.after.remove(before.group)
    stage.pointer = Pointer(stage, keypad=keypad, scan_s=0.0, told=names.append)
    stage.canvas.after.add(stage.pointer.group)
    try:
        one = Fingerless(robot, guest)
        one.names = names
        yield one
    finally:
        if keypad:
            keys = stage.pointer
            Window.unbind(on_key_down=keys._key_down, on_key_up=keys._key_up)
        stage.canvas.after.remove(stage.pointer.group)
        stage.pointer = before
        stage.canvas.after.add(before.group)
