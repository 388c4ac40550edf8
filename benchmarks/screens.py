"""What the window does for a guest: each change of the screen that the walks make, each press.

    python -m benchmarks.screens ROUNDS WIDTHxHEIGHT

One window in a process of its own, drawn by GL; the result is one line of JSON. Work is counted in
milliseconds of the processor in the window's thread; frames are waited for, and timed by the clock.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

PARTS = ("present", "compose", "paint")


@dataclass(frozen=True)
class Change:
    """A change of the page in a walk: the situations before and after it, and when.

    `core_ms` is what the journey and the books took to get there, the store in memory.
    """

    name: str
    before: Any
    after: Any
    now: Any
    core_ms: float


def changes() -> list[Change]:
    """Every change of the page that the walks make."""
    from tests.core.guest import make_venue, shelf
    from tests.screens.guest.hands import Visitor, made_by
    from tests.screens.guest.walks import WALKS

    seen: list[Change] = []

    class Watched(Visitor):
        def tell(self, *events: Any) -> Any:
            effects: list[Any] = []
            for event in events:
                before, began = self.situation, time.thread_time()
                effects += super().tell(event)
                spent, after = time.thread_time() - began, self.situation
                if after.page != before.page:
                    name = f"{_told(before.scene)} → {_told(after.scene)}"
                    seen.append(Change(name, before, after, self.now, 1000 * spent))
            return effects

    @contextmanager
    def watched(text: str, house: dict[str, Any]) -> Iterator[Any]:
        with shelf() as folder:
            venue = make_venue(folder, text)
            try:
                yield Watched(venue, **house)
            finally:
                venue.close()

    with made_by(watched):
        for walk in WALKS:
            for _stop in walk():
                pass
    return seen


def _told(scene: Any) -> str:
    """The scene, with what decides how it looks."""
    for detail in ("step", "key", "task"):
        told = getattr(scene, detail, "")
        if isinstance(told, str) and told:
            return f"{type(scene).__name__} {told}"
    return type(scene).__name__


class Window:
    """A window that counts what it does."""

    def __init__(self, size: tuple[int, int]) -> None:
        from tests.screens.robot import Robot

        self.robot = Robot(size)
        # Only now: what is imported of Kivy before its window is prepared is another's.
        from kiosk.screens import paint, stage

        self.spent = dict.fromkeys(PARTS, 0.0)
        self._letters = paint._textures
        self._counted(vars(stage), "compose", "compose")
        self._painter = stage.Painter
        self._counted_show()

    def _counted(self, owner: dict[str, Any], name: str, part: str) -> None:
        whole = owner[name]

        def counted(*args: Any, **words: Any) -> Any:
            began = time.thread_time()
            try:
                return whole(*args, **words)
            finally:
                self.spent[part] += time.thread_time() - began

        owner[name] = counted

    def _counted_show(self) -> None:
        whole = self._painter.show

        def show(painter: Any, items: Any) -> None:
            began = time.thread_time()
            whole(painter, items)
            self.spent["paint"] += time.thread_time() - began

        self._painter.show = show

    def change(self, made: Change, *, cold: bool) -> dict[str, float]:
        """Milliseconds of work for one change, by part; `frame` until it was flipped, by the clock.

        With `cold` no letter of it was drawn before, as when the first guest of all meets it.
        """
        from kiosk.screens.present import present

        self.robot.now_s = made.now.mono_s
        self.robot.show(present(made.before, made.now))
        if cold:
            self._letters.clear()
        self.spent = dict.fromkeys(PARTS, 0.0)
        began, worked = time.perf_counter(), time.thread_time()
        view = present(made.after, made.now)
        self.spent["present"] = time.thread_time() - worked
        self.robot.shell.show(view)
        self.flipped(view)
        frame = 1000 * (time.perf_counter() - began)
        spent = {part: 1000 * seconds for part, seconds in self.spent.items()}
        work = made.core_ms + sum(spent.values())
        return {"core": made.core_ms, **spent, "work": work, "frame": frame}

    def flipped(self, view: Any) -> int:
        """Turn the window until this View was flipped; how many turns that took."""
        self.robot.frames.clear()
        for turn in range(1, 100):
            self.robot.turn()
            if view in self.robot.frames:
                return turn
        raise AssertionError("the window does not draw")

    def press(self, button: str) -> dict[str, float]:
        """A finger comes down on a button: turns of the window until it looks pressed, and ms."""
        from kivy.base import EventLoop

        from kiosk.screens.stage import Finger

        stage = self.robot.stage
        finger = Finger(*self.robot._spot(button))
        began, worked = time.perf_counter(), time.process_time()
        EventLoop.post_dispatch_input("begin", finger)
        assert stage._held is not None, f"{button} takes no finger"
        assert stage._veil.children, "the press is on the canvas of the next frame"
        self.robot.turn()
        spent = {
            "ms": 1000 * (time.perf_counter() - began),
            "cpu_ms": 1000 * (time.process_time() - worked),
        }
        finger.update_time_end()
        EventLoop.post_dispatch_input("end", finger)
        self.robot.turn()
        return spent


def measure(rounds: int, size: tuple[int, int]) -> dict[str, Any]:
    """All of it, `rounds` times; of a change that is made more than once, every time counts."""
    from kiosk.screens.present import present

    window = Window(size)
    seen = changes()
    made: dict[str, dict[str, list[dict[str, float]]]] = {}
    for turn in range(rounds):
        for change in seen:
            if present(change.before, change.now) == present(change.after, change.now):
                continue
            cold = turn % 2 == 0
            told = window.change(change, cold=cold)
            made.setdefault(change.name, {}).setdefault("cold" if cold else "warm", []).append(told)
    presses = []
    for page, change in enumerate(seen, 1_000_000):
        window.robot.now_s = change.now.mono_s
        # A page of its own: a button that was pressed stays disarmed on its page.
        window.robot.show(present(replace(change.after, page=page), change.now))
        buttons = list({t.id: 0 for t in window.robot.stage.scene.targets if t.enabled})
        presses += [window.press(button) for button in buttons[:3]]
    return {"changes": made, "presses": presses}


def main(rounds: str, size: str) -> None:
    width, _, height = size.partition("x")
    print(json.dumps(measure(int(rounds), (int(width), int(height)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
