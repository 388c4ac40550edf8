"""A guest's journey: its scenes, and what becomes of them.

`journeys.JOURNEYS` is the list of all. `flow` asks a journey about the scenes that are its own, and
does the rest: a card that is tapped leads to its home wherever a journey does not want it, notes
that nobody asked for go back, the welcome screen follows when the time is over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kiosk.core.guest.scenes import GuestScene
from kiosk.core.journey import Step, leave
from kiosk.core.messages import Effect, Event
from kiosk.core.situation import Situation

Result = tuple[Situation, tuple[Effect, ...]]


def _unheard(at: Step, scene: Any, event: Event) -> Result | None:
    del at, scene, event
    return None


def _as_it_is(at: Step, scene: Any) -> Result:
    del scene
    return at.situation, ()


def _leave(at: Step, scene: Any) -> Result:
    del scene
    return leave(at), ()


def _no_pin(at: Step, scene: Any, pin: str) -> Result:
    raise AssertionError(f"{type(scene).__name__} asks for no PIN")


@dataclass(frozen=True)
class Journey:
    """A journey of the guest.

    Attributes:
        scenes: the types of its scenes.
        touched: what follows a touch, ``touched(at, scene, name, argument)`` for the button
            ``name:argument``; the situation as it is where nothing is to happen.
        heard: what follows a card (`CardPresented`, `CardRefused`), a slip's end or an errand's
            answer; None where the journey does not want it.
        fresh: the scene as the books and the devices have it now; asked whenever either changes.
        ended: the guest leaves, by the button or by not touching anything.
        proved: goes on with the PIN that `pin.ask` asked for.
    """

    scenes: tuple[type[GuestScene], ...]
    touched: Callable[[Step, Any, str, str], Result]
    heard: Callable[[Step, Any, Event], Result | None] = _unheard
    fresh: Callable[[Step, Any], Result] = _as_it_is
    ended: Callable[[Step, Any], Result] = _leave
    proved: Callable[[Step, Any, str], Result] = _no_pin
