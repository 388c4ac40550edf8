"""The PIN and the phone of who holds the card: changed, forgotten, given later.

Who knows the PIN gives himself another one, and a phone. Who forgot it has the recovery code of the
registration slip. Nothing is kept before the last step.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal

from kiosk.core import pins
from kiosk.core.cards import Card
from kiosk.core.errors import Refused
from kiosk.core.guest.field import Field, complete, typed
from kiosk.core.guest.frame import Journey, Result
from kiosk.core.guest.scenes import GuestScene, SceneWord, Wait
from kiosk.core.identity import ChangePhone, ChangePin, Proof, RecoverPin, Ways, WaysToProve
from kiosk.core.journey import Step, conclude, enter, open_card
from kiosk.core.lost_cards import CardsOfHolder
from kiosk.core.messages import Sound
from kiosk.core.situation import Problem

Task = Literal["change", "recover", "phone"]
Page = Literal["old", "code", "new", "again", "phone"]
FIRST: dict[Task, Page] = {"change": "old", "recover": "code", "phone": "old"}
CODE_TRIES_MAX = 5
"""Wrong codes of one guest before he is sent to the desk; wrong PINs are counted with the PIN."""


@dataclass(frozen=True)
class OwnPin(GuestScene):
    """What can be changed, as the client has it now."""

    word: ClassVar[SceneWord] = "privacy"
    waits: ClassVar[Wait] = "form"

    card: Card
    ways: Ways


@dataclass(frozen=True)
class TypePin(GuestScene):
    """A step of a change; `old`, `code` and `new` are what was typed on the steps before.

    `problem` is a key of the sentences, `refused` what the PIN that is asked for was refused with.
    """

    word: ClassVar[SceneWord] = "privacy"
    waits: ClassVar[Wait] = "form"

    card: Card
    ways: Ways
    task: Task
    page: Page
    what: Field
    old: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    new: str = field(default="", repr=False)
    consent: bool = False
    tries: int = 0
    problem: str = ""
    refused: Refused | None = None


def begin(at: Step, card: Card) -> Result:
    """From the card's home."""
    return enter(at, OwnPin(card, at.ask(WaysToProve(card.client)))), ()


def _chosen(at: Step, scene: OwnPin, name: str, argument: str) -> Result:
    del argument
    match name:
        case "change_pin" if scene.ways.pin:
            return _to(at, _begun(scene, "change"), "old")
        case "forgot_pin" if scene.ways.code:
            return _to(at, _begun(scene, "recover"), "code")
        case "change_phone" if scene.ways.pin:
            return _to(at, _begun(scene, "phone"), "old")
        case "back":
            return open_card(at, scene.card.id), ()
        case _:
            return at.situation, ()


def _begun(scene: OwnPin, task: Task) -> TypePin:
    return TypePin(scene.card, scene.ways, task, FIRST[task], Field("pin"))


_KIND: dict[Page, Literal["phone", "pin", "code"]] = {
    "old": "pin",
    "code": "code",
    "new": "pin",
    "again": "pin",
    "phone": "phone",
}


def _to(at: Step, scene: TypePin, page: Page, problem: str = "") -> Result:
    there = replace(scene, page=page, what=Field(_KIND[page]), problem=problem, refused=None)
    return enter(at, there), ()


def _typing(at: Step, scene: TypePin, name: str, argument: str) -> Result:
    after = typed(at.situation, scene.what, name, argument)
    if after is not None:
        changed = replace(scene, what=after, problem="", refused=None)
        return replace(at.situation, scene=changed), ()
    match scene.page, name:
        case "phone", "consent":
            return replace(at.situation, scene=replace(scene, consent=not scene.consent)), ()
        case "old", "forgot_pin" if scene.ways.code:
            return _to(at, replace(scene, task="recover"), "code")
        case _, "back":
            return _back(at, scene)
        case _, "next" if complete(at.situation, scene.what):
            return _next(at, scene)
        case _:
            return at.situation, ()


def _back(at: Step, scene: TypePin) -> Result:
    match scene.page:
        case "again":
            return _to(at, replace(scene, new=""), "new")
        case "new" | "phone":
            return _to(at, replace(scene, old="", code=""), FIRST[scene.task])
        case _:
            return begin(at, scene.card)


def _next(at: Step, scene: TypePin) -> Result:
    told = scene.what.text
    match scene.page:
        case "old":
            return _proved(at, replace(scene, old=told), Proof(card=scene.card.id, pin=told))
        case "code":
            return _proved(at, replace(scene, code=told), Proof(card=scene.card.id, code=told))
        case "new" if pins.easy(told):
            return _to(at, scene, "new", "register.pin.easy")
        case "new":
            return _to(at, replace(scene, new=told), "again")
        case "again" if told != scene.new:
            return _to(at, replace(scene, new=""), "new", "register.pin.different")
        case "again":
            return _change(at, scene)
        case "phone" if scene.consent:
            return _phone(at, scene)
        case _:
            return at.situation, ()


def _proved(at: Step, scene: TypePin, proof: Proof) -> Result:
    """Tried at once: nobody is to choose a new PIN for nothing."""
    try:
        at.ask(CardsOfHolder(proof))
    except Refused as refused:
        return _wrong(at, scene, refused)
    return _to(at, scene, "phone" if scene.task == "phone" else "new")


def _wrong(at: Step, scene: TypePin, refused: Refused) -> Result:
    sound = (Sound("attention"),)
    tries = scene.tries + 1
    if scene.page == "code" and tries >= CODE_TRIES_MAX:
        refused = Refused("err.prove_often")
    elif refused.key in ("err.pin_wrong", "err.proof_wrong"):
        again = replace(scene, what=Field(scene.what.kind), old="", code="", tries=tries)
        return enter(at, replace(again, problem="", refused=refused)), sound
    return enter(at, Problem(refused.key, "safe", refused.args_by_name)), sound


def _change(at: Step, scene: TypePin) -> Result:
    situation = at.situation
    key = f"pin:{situation.house.start}/{situation.session}/{situation.page}"
    command: object = RecoverPin(scene.code, scene.new)
    if scene.task == "change":
        command = ChangePin(scene.card.client, scene.old, scene.new)
    done = at.do(command, key, "guest")
    if isinstance(done, Refused):
        return enter(at, Problem(done.key, "safe", done.args_by_name)), ()
    return conclude(at, "pin_changed", scene.card.id)


def _phone(at: Step, scene: TypePin) -> Result:
    situation = at.situation
    phone = situation.venue.phone.normal(scene.what.text)
    key = f"phone:{situation.house.start}/{situation.session}/{situation.page}"
    done = at.do(ChangePhone(scene.card.client, phone, scene.old), key, "guest")
    if isinstance(done, Refused) and done.key != "err.nothing_changed":
        return enter(at, Problem(done.key, "safe", done.args_by_name)), ()
    # Whether it was free, or another's, or his own already, is not told (docs/architecture.md).
    return conclude(at, "phone_changed", scene.card.id)


def _touched(at: Step, scene: GuestScene, name: str, argument: str) -> Result:
    match scene:
        case OwnPin():
            return _chosen(at, scene, name, argument)
        case TypePin():
            return _typing(at, scene, name, argument)
        case _:
            return at.situation, ()


JOURNEY = Journey((OwnPin, TypePin), _touched)
