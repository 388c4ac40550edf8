"""G13: somebody is called, and the journey behind goes on; the guest goes back to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from kiosk.core.calls import Call, CancelHelp, GetCall, OpenCalls, of_guest
from kiosk.core.errors import Refused
from kiosk.core.guest.frame import Result
from kiosk.core.guest.scenes import GuestScene, SceneWord, Wait
from kiosk.core.journey import Step, enter, timer_of
from kiosk.core.messages import LightPattern, Sound
from kiosk.core.situation import Access, Closed, Scene, Situation, Updating, Welcome


@dataclass(frozen=True)
class Help(GuestScene):
    """Nobody has answered yet. `back` is where the guest was; what happens there goes on."""

    word: ClassVar[SceneWord] = "help"
    waits: ClassVar[Wait] = "form"
    light: ClassVar[LightPattern] = "attention"

    call: Call
    back: Scene

    def ends_at(self) -> float | None:
        """What is behind may end by itself: at its own moment, whoever is called."""
        return self.back.ends_at() if isinstance(self.back, GuestScene) else None


@dataclass(frozen=True)
class HelpAlone(Help):
    """The same with nothing behind it that is anybody's: it stays until somebody answers."""

    waits: ClassVar[Wait] = "ever"


@dataclass(frozen=True)
class HelpComing(Help):
    """Somebody answered, and is on the way."""

    light: ClassVar[LightPattern] = "ready"


def begin(at: Step) -> Result:
    """The guest wants somebody: a call, or the one that is open already."""
    scene = at.situation.scene
    if isinstance(scene, (Help, Closed, Updating)):
        return at.situation, ()
    if isinstance(scene, Access) and isinstance(scene.back, Help):
        return enter(at, scene.back), ()
    now = at.situation
    # Of a call that is open already it says the number; nothing is called twice.
    at.do(of_guest(now), f"help:{now.house.start}/{now.session}/{now.page}", "guest")
    call = next(iter(at.ask(OpenCalls())), None)
    assert call is not None, "it was just called, or was open"
    return enter(at, _shown(call, scene)), (Sound("attention"),)


def touched(at: Step, scene: Help, name: str, argument: str) -> Result:
    """Back to where the guest was, with the call standing or taken back."""
    del argument
    if name == "no_help":
        taken = at.do(CancelHelp(scene.call.id), f"cancel:{scene.call.id}", "guest")
        if isinstance(taken, Refused):
            return fresh(at, scene)
    return (enter(at, scene.back), ()) if name in ("back", "no_help") else (at.situation, ())


def fresh(at: Step, scene: Help) -> Result:
    """The call as the books have it now: somebody may be coming."""
    call = at.ask(GetCall(scene.call.id))
    assert call is not None, "a call is never removed"
    shown = _shown(call, scene.back)
    if shown == scene:
        return at.situation, ()
    situation = replace(at.situation, scene=shown)
    if call.state == scene.call.state:
        return situation, ()
    if call.state == "cancelled":
        return enter(at, scene.back), ()
    return replace(situation, timer=timer_of(situation, shown, at.now)), (Sound("ok"),)


def went_on(at: Step, scene: Help, behind: Situation) -> Result:
    """What is on the screen after something happened behind it.

    A new page of the journey comes to the front, and the call stays.
    """
    if behind.page != at.situation.page:
        return behind, ()
    shown = _shown(scene.call, behind.scene)
    return fresh(replace(at, situation=replace(behind, scene=shown)), shown)


def outlived(at: Step, scene: Help, behind: Situation) -> Result:
    """What was behind the call is over. Who still waits for somebody goes on waiting."""
    if not isinstance(behind.scene, Welcome) or scene.call.state != "open":
        return went_on(at, scene, behind)
    after = replace(behind, choice=at.situation.choice)
    return enter(replace(at, situation=after), _shown(scene.call, behind.scene)), ()


def _shown(call: Call, back: Scene) -> Help:
    if call.state == "answered":
        return HelpComing(call, back)
    return HelpAlone(call, back) if isinstance(back, Welcome) else Help(call, back)
