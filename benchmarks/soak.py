"""Guests all day long: the walks of the tests one after the other, before one window.

    python -m benchmarks.soak COUNT [--gl real|mock] [--folder DIR] [--seed N] [--json]

What is real: journey, books, words, window, and every touch of a guest, which goes in as a finger
on the panel (`Shell.press`) and is told to the journey only when it comes out of the window. What
is not: the time, which goes by hand, and the devices, whose answers the walks tell. Walks that may
be gone again and again share one store that grows; the others bring a store of their own.

Figures are taken after a warm-up and at the end. The program ends with 1 where they differ by more
than `GROWS`, or where the window does not take a touch any more.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.figures import memory_kb

SIZE = (800, 480)
GROWS = {"memory": 5.0, "objects": 2.0, "threads": 0.0, "files": 0.0, "textures": 0.5}
"""In percent of what was there after the warm-up.

Caches of words are full by then; which words they hold differs by a few objects and textures.
"""

AGAIN = frozenset(
    ("welcome", "strangers", "register_with_phone", "top_up", "time_out", "receipts", "bought")
)
"""Walks that change nothing for the next guest but what is on his own card."""

BETWEEN_S = 600.0
"""From one guest to the next, on the books' clock."""


def soak(count: int, folder: Path, seed: int) -> dict[str, Any]:
    """Go `count` walks; what the process held after the warm-up, and at the end."""
    # Kivy reads the environment when it is imported: nothing of it may come earlier.
    from tests.screens.guest.hands import LANGUAGES, made_by, spoken
    from tests.screens.guest.walks import WALKS

    before = Before(folder)
    chance = random.Random(seed)
    warm = max(len(WALKS), min(200, count // 2))
    marks: list[dict[str, float]] = []
    began = time.monotonic()
    queue: list[Any] = []
    for number in range(1, count + 1):
        if not queue:
            # All of them, then all again in another order: none is left out by chance.
            queue = chance.sample(WALKS, len(WALKS))
        walk = queue.pop()
        before.next(walk.__name__)
        with made_by(before.guest), spoken(chance.choice(LANGUAGES)):
            for _name, _guest in walk():
                before.stops += 1
        if number in (warm, count) or (number > warm and number % max(1, count // 10) == 0):
            marks.append({"journeys": number, "seconds": round(time.monotonic() - began, 1)})
            marks[-1] |= before.figures()
            print(marks[-1], file=sys.stderr, flush=True)
    return {
        "walks": len(WALKS),
        "marks": marks,
        "stops": before.stops,
        "touches": before.touches,
        "entries": before.entries(),
        "alive": before.alive(),
    }


class Before:
    """One window, and who stands before it."""

    def __init__(self, folder: Path) -> None:
        from tests.core.guest import make_venue
        from tests.screens.robot import Robot

        self.robot = Robot(SIZE)
        self.venue = make_venue(folder)
        self.stops = self.touches = self.number = 0
        self.now: Any = None
        self.again = False
        self.first: Any = None
        """The View that was shown first: what is held is counted while it stands there."""

    def next(self, walk: str) -> None:
        """The next guest comes, for a walk of this name."""
        self.number += 1
        self.again = walk in AGAIN
        self.robot.frames.clear()
        self.robot.touches.clear()

    @contextmanager
    def guest(self, text: str, house: dict[str, Any]) -> Iterator[Any]:
        """As `hands.visitor` wants it: a guest of the store that grows, or of a new one."""
        from tests.core.guest import DEMO, make_venue, shelf

        with contextlib.ExitStack() as stack:
            venue = self.venue
            if text != DEMO or not self.again:
                venue = make_venue(stack.enter_context(shelf()), text)
                stack.callback(venue.close)
            made = guest_of(self)(venue, **house)
            yield made
            if venue is self.venue:
                self.now = made.now.later(BETWEEN_S)

    def show(self, view: Any) -> None:
        """Have the window draw this View, and flip the frame."""
        self.first = self.first or view
        self.robot.show(view)

    def touch(self, button: str, now_s: float) -> bool:
        """A finger on a button; whether the window told of it."""
        from kiosk.screens.app import NothingToPress

        self.robot.now_s = now_s
        told = len(self.robot.touches)
        try:
            self.robot.shell.press(button)
        except NothingToPress:
            return False
        self.touches += 1
        assert self.robot.touches[told:], f"the window is dead: {button} was pressed"
        assert self.robot.touches[-1][0] == button
        return True

    def figures(self) -> dict[str, float]:
        """What this process holds."""
        from kivy.graphics.texture import Texture

        self.show(self.first)
        self.robot.frames.clear()
        self.robot.touches.clear()
        for _ in range(3):
            gc.collect()
            self.robot.turn(2)
        held = gc.get_objects()
        return {
            "memory": memory_kb()["rss"],
            "objects": len(held),
            "threads": threading.active_count(),
            "files": sum(1 for _ in Path("/proc/self/fd").iterdir()),
            "textures": sum(issubclass(type(one), Texture) for one in held),
        }

    def entries(self) -> int:
        """Of the store that grows; its books are proven first."""
        assert self.venue.ledger.verify() == []
        return self.venue.ledger.seq

    def alive(self) -> bool:
        """Whether a touch still leads from the welcome screen to the choice of language."""
        from kiosk.core.situation import Access
        from tests.core.guest import DEMO
        from tests.screens.guest.hands import made_by, visitor

        self.again = True
        with made_by(self.guest), visitor(DEMO) as guest:
            guest.press("access")
            return isinstance(guest.scene, Access)


def guest_of(before: Before) -> type[Any]:
    """A visitor whose fingers are on the window, and whose card and phone nobody had before."""
    from kiosk.core.messages import CardPresented, Effect, Event, Touched
    from kiosk.screens.view import DeskView, SignInView
    from tests.core.guest import OTHER_UID, UID
    from tests.screens.guest.hands import Visitor

    own = {UID: f"04{before.number:012X}", OTHER_UID: f"05{before.number:012X}80"[:14]}

    class Soaked(Visitor):
        def tell(self, *events: Event) -> list[Effect]:
            effects: list[Effect] = []
            for event in events:
                if isinstance(event, CardPresented) and before.again:
                    event = replace(event, raw=own.get(event.raw, event.raw))
                desk = isinstance(self.view, (DeskView, SignInView))
                if isinstance(event, Touched) and event.page == self.situation.page and not desk:
                    before.touch(event.button, self.now.mono_s)
                effects += super().tell(event)
                before.robot.now_s = self.now.mono_s
                before.show(self.view)
            return effects

        def type(self, text: str, kind: str = "") -> None:
            if before.again and text.isdecimal() and len(text) == 10:
                text = f"9{before.number:09}"
            super().type(text, kind)

        def did(self, command: object, *, actor: str = "cli", key: str) -> Any:
            return super().did(command, actor=actor, key=f"{before.number}/{key}")

        def start_again(self) -> None:
            if before.now is not None and self.venue is before.venue:
                self.now = before.now
            super().start_again()

    return Soaked


def grew(first: dict[str, float], last: dict[str, float]) -> dict[str, float]:
    """In percent, by name."""
    return {name: round(100 * (last[name] / first[name] - 1), 2) for name in GROWS}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("count", type=int)
    parser.add_argument("--gl", choices=("real", "mock"), default="real")
    parser.add_argument("--folder", type=Path, metavar="DIR")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.gl == "mock":
        os.environ["KIVY_GL_BACKEND"] = "mock"
    with tempfile.TemporaryDirectory(dir=asked.folder, prefix="foyer-soak-") as folder:
        found = soak(asked.count, Path(folder), asked.seed)
    found["gl"], found["growth"] = asked.gl, grew(found["marks"][0], found["marks"][-1])
    print(json.dumps(found))
    over = {name for name, most in GROWS.items() if found["growth"][name] > most}
    for name in sorted(over):
        print(f"{name} grew by {found['growth'][name]} %", file=sys.stderr)
    return 0 if found["alive"] and not over else 1


if __name__ == "__main__":
    sys.exit(main())
