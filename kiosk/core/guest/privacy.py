"""G14: what is kept about a guest, shown, printed, taken along, and erased.

Whoever has the card sees what its home shows anyway, and a masked phone; to take all of it along,
and to erase it, the PIN is asked for, or the code of the slip where there is no PIN.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal

from kiosk.core.cards import Card
from kiosk.core.clients import Client, GetClient
from kiosk.core.errors import Refused
from kiosk.core.guest import pin
from kiosk.core.guest.field import Field, complete, typed
from kiosk.core.guest.frame import Journey, Result
from kiosk.core.guest.pin import AskPin
from kiosk.core.guest.scenes import GuestScene, SceneWord, Wait
from kiosk.core.identity import Proof, Ways, WaysToProve
from kiosk.core.journey import Step, conclude, enter, jobs_due, open_card, why_not
from kiosk.core.lost_cards import CardsOfHolder
from kiosk.core.messages import Sound
from kiosk.core.own_data import EraseMyself, IssueDataSlip, Kept, OwnData, OwnDataText
from kiosk.core.situation import Problem

Wish = Literal["take", "erase"]
CODE_TRIES_MAX = 5
"""Wrong codes of one guest before he is sent to the desk."""


@dataclass(frozen=True)
class MyData(GuestScene):
    """What is kept, and what can be done with it."""

    word: ClassVar[SceneWord] = "privacy"
    waits: ClassVar[Wait] = "form"

    card: Card
    client: Client
    kept: Kept
    ways: Ways


@dataclass(frozen=True)
class ProveData(GuestScene):
    """The code of the slip is being typed, by who has no PIN."""

    word: ClassVar[SceneWord] = "privacy"
    waits: ClassVar[Wait] = "form"

    of: MyData
    wish: Wish
    what: Field
    tries: int = 0


@dataclass(frozen=True)
class TakeAlong(GuestScene):
    """The data as a code to be scanned."""

    word: ClassVar[SceneWord] = "privacy"
    waits: ClassVar[Wait] = "form"

    of: MyData
    text: str = field(repr=False)


@dataclass(frozen=True)
class Erase(GuestScene):
    """What erasing means; with a `proof` it is the last question."""

    word: ClassVar[SceneWord] = "privacy"
    waits: ClassVar[Wait] = "form"

    of: MyData
    proof: Proof | None = None


def begin(at: Step, card: Card) -> Result:
    """From the card's home."""
    client = at.ask(GetClient(card.client))
    assert client is not None, "a card has a client"
    if client.state != "active":
        return open_card(at, card.id), ()
    ways = at.ask(WaysToProve(card.client))
    return enter(at, MyData(card, client, at.ask(OwnData(card.client)), ways)), ()


def _shown(at: Step, scene: MyData, name: str) -> Result:
    match name:
        case "print_data" if not why_not(at.situation, "receipt_paper"):
            return _printed(at, scene)
        case "take_data" if _provable(scene):
            return _prove(at, scene, "take")
        case "erase_data":
            return enter(at, Erase(scene)), ()
        case "back":
            return open_card(at, scene.card.id), ()
        case _:
            return at.situation, ()


def _provable(scene: MyData) -> bool:
    return scene.ways.pin or scene.ways.code


def _key(at: Step, deed: str) -> str:
    situation = at.situation
    return f"{deed}:{situation.house.start}/{situation.session}/{situation.page}"


def _printed(at: Step, scene: MyData) -> Result:
    command = IssueDataSlip(scene.card.id, at.situation.choice.language)
    entry = at.must(command, _key(at, "data"))
    return conclude(at, "data_printed", scene.card.id, jobs_due(entry))


# --- who it is -----------------------------------------------------------------------------------


def _prove(at: Step, scene: MyData, wish: Wish) -> Result:
    if not scene.ways.pin:
        return enter(at, ProveData(scene, wish, Field("code"))), ()
    back: GuestScene = scene if wish == "take" else Erase(scene)
    return enter(at, AskPin(scene.card, back)), ()


def _typing(at: Step, scene: ProveData, name: str, argument: str) -> Result:
    after = typed(at.situation, scene.what, name, argument)
    if after is not None:
        return replace(at.situation, scene=replace(scene, what=after)), ()
    match name:
        case "back":
            return enter(at, scene.of), ()
        case "next" if complete(at.situation, scene.what):
            proof = Proof(card=scene.of.card.id, code=scene.what.text)
            try:
                return _wished(at, scene.of, scene.wish, proof)
            except Refused:
                return _wrong(at, scene)
        case _:
            return at.situation, ()


def _wrong(at: Step, scene: ProveData) -> Result:
    tries = scene.tries + 1
    if tries >= CODE_TRIES_MAX:
        return enter(at, Problem("err.prove_often", "safe")), (Sound("attention"),)
    again = replace(scene, what=Field("code"), tries=tries)
    return enter(at, again), (Sound("attention"),)


def _proved(at: Step, scene: MyData | Erase, told: str) -> Result:
    of, wish = _asked(scene)
    try:
        return _wished(at, of, wish, Proof(card=of.card.id, pin=told))
    except Refused as refused:
        asked = pin.ask(at, of.card, scene, refused)
        return asked or (enter(at, Problem(refused.key, "safe", refused.args_by_name)), ())


def _asked(scene: MyData | Erase) -> tuple[MyData, Wish]:
    """What the page wanted before which the PIN was asked for."""
    return (scene.of, "erase") if isinstance(scene, Erase) else (scene, "take")


def _wished(at: Step, scene: MyData, wish: Wish, proof: Proof) -> Result:
    """What was asked for, by who proves that it is his; a wrong proof is raised as `Refused`."""
    if wish == "take":
        return enter(at, TakeAlong(scene, at.ask(OwnDataText(proof)))), ()
    at.ask(CardsOfHolder(proof))
    return enter(at, Erase(scene, proof)), ()


# --- taken along, and erased ---------------------------------------------------------------------


def _erasing(at: Step, scene: Erase, name: str) -> Result:
    match name:
        case "erase_on" if scene.proof is None and _provable(scene.of):
            return _prove(at, scene.of, "erase")
        case "erase_now" if scene.proof is not None:
            return _erased(at, scene, scene.proof)
        case "back":
            return enter(at, scene.of), ()
        case _:
            return at.situation, ()


def _erased(at: Step, scene: Erase, proof: Proof) -> Result:
    client = scene.of.client
    done = at.do(EraseMyself(client.id, proof), _key(at, "erase"), "guest")
    if isinstance(done, Refused):
        return enter(at, Problem(done.key, "safe", done.args_by_name)), ()
    return conclude(at, "erased", scene.of.card.id, figure=client.wallet)


def _touched(at: Step, scene: GuestScene, name: str, argument: str) -> Result:
    match scene:
        case MyData():
            return _shown(at, scene, name)
        case ProveData():
            return _typing(at, scene, name, argument)
        case Erase():
            return _erasing(at, scene, name)
        case TakeAlong(of=of) if name == "back":
            return enter(at, of), ()
        case _:
            return at.situation, ()


def _fresh(at: Step, scene: MyData | ProveData | TakeAlong | Erase) -> Result:
    """What is said to stay on the card is what is there; somebody may have erased him meanwhile."""
    of = scene if isinstance(scene, MyData) else scene.of
    client = at.ask(GetClient(of.client.id))
    if client is None or client.state != "active":
        return open_card(at, of.card.id), ()
    if client == of.client:
        return at.situation, ()
    now = replace(of, client=client)
    return replace(
        at.situation, scene=now if isinstance(scene, MyData) else replace(scene, of=now)
    ), ()


JOURNEY = Journey((MyData, ProveData, TakeAlong, Erase), _touched, fresh=_fresh, proved=_proved)
