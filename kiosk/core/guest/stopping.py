"""A guest stops play at a station, or goes on with the other kind (M16-M22, M25, M35).

What was used and what is left is said before Stop is pressed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from kiosk.core.cards import Card
from kiosk.core.clients import Client
from kiosk.core.errors import Refused
from kiosk.core.guest import pin
from kiosk.core.guest.frame import Journey, Result
from kiosk.core.guest.minutes import holder
from kiosk.core.guest.scenes import GuestScene, SceneWord
from kiosk.core.guest.sessions import begun
from kiosk.core.ids import CardId, JobId
from kiosk.core.journey import Step, conclude, enter, home, jobs_due, open_card, playing
from kiosk.core.ledger import Entry
from kiosk.core.minutes import RESERVING
from kiosk.core.money import Money
from kiosk.core.packages import Kind
from kiosk.core.session_list import GetSession, Stations
from kiosk.core.sessions import StopSession, SwitchSession
from kiosk.core.situation import Playing, Problem


@dataclass(frozen=True)
class PlaysChoice(GuestScene):
    """Which of the sessions that run is to be stopped."""

    word: ClassVar[SceneWord] = "session"

    card: Card
    running: tuple[Playing, ...]


@dataclass(frozen=True)
class StopDeal(GuestScene):
    """Is it to be stopped? `other` is the kind it could go on with, where there is one."""

    word: ClassVar[SceneWord] = "session"

    card: Card
    client: Client
    running: Playing
    switch: Kind | None = None
    refused: Refused | None = None


def begin(at: Step, card: CardId) -> Result:
    """The guest wants to stop; which, where several run."""
    found, client = holder(at, card)
    running = playing(at, client.id)
    if not running:
        return open_card(at, card), ()
    if len(running) > 1:
        return enter(at, PlaysChoice(found, running)), ()
    return enter(at, _stop_of(at, found, client, running[0])), ()


def _stop_of(at: Step, card: Card, client: Client, running: Playing) -> StopDeal:
    session = running.session
    other: Kind = "internet" if session.kind == "game" else "game"
    station = next((s for s in at.ask(Stations()) if s.id == session.station), None)
    can = session.mode in RESERVING and station is not None and station.kind == "any"
    return StopDeal(card, client, running, other if can else None)


def _touched(at: Step, scene: PlaysChoice | StopDeal, name: str, argument: str) -> Result:
    if isinstance(scene, PlaysChoice):
        return _touched_which(at, scene, name, argument)
    return _touched_stop(at, scene, name)


def _touched_which(at: Step, scene: PlaysChoice, name: str, argument: str) -> Result:
    if name == "back":
        return open_card(at, scene.card.id), ()
    chosen = next((p for p in scene.running if p.session.id == argument), None)
    if name != "session" or chosen is None:
        return at.situation, ()
    found, client = holder(at, scene.card.id)
    return enter(at, _stop_of(at, found, client, chosen)), ()


def _touched_stop(at: Step, scene: StopDeal, name: str) -> Result:
    match name:
        case "yes":
            return _stop(at, scene)
        case "switch" if scene.switch is not None:
            return _switch(at, scene)
        case "no" | "back":
            return open_card(at, scene.card.id), ()
        case _:
            return at.situation, ()


def _stop(at: Step, scene: StopDeal) -> Result:
    session = scene.running.session
    entry = at.do(StopSession(session.id, scene.card.id), f"stop:{session.id}", "guest")
    if isinstance(entry, Refused) and entry.key != "err.session_over":
        back = home(at, scene.card.id)
        return enter(at, Problem(entry.key, "nothing", entry.args_by_name, back)), ()
    return _ended(at, scene, jobs_due(entry) if isinstance(entry, Entry) else ())


def _ended(at: Step, scene: StopDeal, jobs: tuple[JobId, ...]) -> Result:
    """What it used or cost, and what is left; also where it ended by itself a moment before."""
    session = at.ask(GetSession(scene.running.session.id))
    assert session is not None, "nothing is ever removed"
    _, client = holder(at, scene.card.id)
    held = client.minutes_game if session.kind == "game" else client.minutes_net
    args: dict[str, str | Money] = {
        "station": scene.running.station,
        "used": str(session.used),
        "held": str(held),
        "cost": session.charge,
        "points": str(session.bonus),
        "owed": session.owed,
    }
    task = "stopped_minutes"
    if session.mode == "timer":
        paid = "stopped_points" if session.bonus else "stopped_money"
        task = "stopped_owed" if session.owed.minor else paid
    figure = client.wallet if session.mode == "timer" else None
    return conclude(at, task, scene.card.id, jobs, figure=figure, args=args)


def _switch(at: Step, scene: StopDeal, digits: str = "") -> Result:
    """Go on with the other kind, where the venue allows it (M-02 where it does not)."""
    situation, session = at.situation, scene.running.session
    assert scene.switch is not None, "it is on the screen"
    command = SwitchSession(session.id, scene.switch, card=scene.card.id, pin=digits)
    key = f"switch:{situation.house.start}/{situation.session}/{situation.page}"
    entry = at.do(command, key, "guest")
    if isinstance(entry, Refused):
        asked = pin.ask(at, scene.card, scene, entry)
        return asked or (enter(at, replace(scene, refused=entry)), ())
    return begun(at, scene.card.id, scene.running.station, entry)


def _fresh(at: Step, scene: PlaysChoice | StopDeal) -> Result:
    card, client = holder(at, scene.card.id)
    if card.state != "active":
        return open_card(at, card.id), ()
    running = playing(at, client.id)
    if isinstance(scene, PlaysChoice):
        if len(running) < 2:
            return open_card(at, card.id), ()
        return replace(at.situation, scene=PlaysChoice(card, running)), ()
    same = next((p for p in running if p.session.id == scene.running.session.id), None)
    if same is None:
        # It ended by itself while the guest looked: that is what he wanted to know.
        return _ended(at, scene, ())
    return replace(at.situation, scene=replace(scene, card=card, client=client, running=same)), ()


def _proved(at: Step, scene: StopDeal, digits: str) -> Result:
    return _switch(at, scene, digits)


JOURNEY = Journey((PlaysChoice, StopDeal), _touched, fresh=_fresh, proved=_proved)
