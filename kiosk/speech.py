"""When something is said in the headset: a new page, what is new on it, the button in the ring.

What is said of a View is `screens.transcript`, who says it `hardware.speech`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from kiosk.core.messages import Speak
from kiosk.core.situation import Situation
from kiosk.screens.transcript import news, spoken, warning
from kiosk.screens.view import View


class Prompter:
    """Says the screen, while the guest wants it.

    Args:
        say: takes what is to be said; must not wait.
    """

    def __init__(self, say: Callable[[Speak], None]) -> None:
        self._say = say
        self._lock = threading.Lock()
        self._view: View | None = None
        self._warned = False

    def show(self, situation: Situation, view: View, now_s: float) -> None:
        """The screen is another; in the core thread.

        A new page is read out whole. What a key did to a page that stays interrupts, what happened
        by itself (a note was taken, a slip came out) is said after what is being said.
        """
        timer = situation.timer
        warned = timer is not None and timer.warned
        with self._lock:
            before, self._view = self._view, view if situation.choice.speech else None
            was_warned, self._warned = self._warned, warned
        language = view.frame.language
        if not situation.choice.speech:
            if before is not None:
                self._say(Speak((), language))
            return
        if before is None or _key(before) != _key(view):
            self._say(Speak(spoken(view, now_s), language))
            return
        if warned and not was_warned:
            self._say(Speak(warning(view), language))
        words, typed = news(before, view)
        if words:
            self._say(Speak(words, language, after=not typed))

    def focused(self, name: str) -> None:
        """The ring came to a button; in the window's thread."""
        with self._lock:
            view = self._view
        if view is not None and name:
            self._say(Speak((name,), view.frame.language))


def _key(view: View) -> tuple[int, str]:
    """What makes a page another one to listen to."""
    return view.frame.page, view.frame.language
