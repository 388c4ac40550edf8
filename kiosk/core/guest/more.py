"""What stands under "More" on the card's home, and a promo code that is typed (C38)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal

from kiosk.core.cards import Card
from kiosk.core.clients import Client
from kiosk.core.errors import Refused
from kiosk.core.guest import lost, own_pin, privacy, receipts, sessions, visits
from kiosk.core.guest.frame import Journey, Result
from kiosk.core.guest.minutes import holder
from kiosk.core.guest.scenes import GuestScene, SceneWord, Wait
from kiosk.core.ids import CardId
from kiosk.core.journey import Step, conclude, enter, jobs_due, open_card, playing
from kiosk.core.messages import Sound
from kiosk.core.promo_codes import CODE_LETTERS, RedeemPromoCode
from kiosk.core.recovery_codes import LETTERS
from kiosk.core.session_list import Stations

Way = Literal["open_visit", "play", "receipts", "promo", "move", "pin", "data"]


@dataclass(frozen=True)
class More(GuestScene):
    """What else there is to do with a card: only what this venue has, for this guest."""

    word: ClassVar[SceneWord] = "card_home"
    waits: ClassVar[Wait] = "result"

    card: Card
    ways: tuple[Way, ...]


@dataclass(frozen=True)
class PromoTyping(GuestScene):
    """A promo code is being typed; `refused` is why the last one gave nothing."""

    word: ClassVar[SceneWord] = "card_home"
    waits: ClassVar[Wait] = "form"

    card: Card
    code: str = field(default="", repr=False)
    refused: Refused | None = None


def begin(at: Step, card: CardId) -> Result:
    """The guest wants to see what else there is."""
    return enter(at, _more(at, card)), ()


def _more(at: Step, card: CardId) -> More:
    found, client = holder(at, card)
    ways: list[Way] = []
    if visits.openable(at, found):
        ways.append("open_visit")
    # On the home there is Stop then, and no room for both.
    stations = at.ask(Stations())
    if stations and playing(at, client.id):
        ways.append("play")
    ways.append("receipts")
    if client.state == "active":
        ways += ["promo", "move", "pin", "data"]
    return More(found, tuple(ways))


def _touched(at: Step, scene: More | PromoTyping, name: str, argument: str) -> Result:
    if isinstance(scene, PromoTyping):
        return _typed(at, scene, name, argument)
    if name == "back":
        return open_card(at, scene.card.id), ()
    if name not in scene.ways:
        return at.situation, ()
    match name:
        case "open_visit":
            return visits.begin(at, scene.card)
        case "play":
            return sessions.begin(at, scene.card.id)
        case "receipts":
            return receipts.begin(at, scene.card.id)
        case "promo":
            return enter(at, PromoTyping(scene.card)), ()
        case "pin":
            return own_pin.begin(at, scene.card)
        case "data":
            return privacy.begin(at, scene.card)
        case _:
            return lost.begin_move(at, scene.card)


def _typed(at: Step, scene: PromoTyping, name: str, argument: str) -> Result:
    match name:
        case "back":
            return begin(at, scene.card.id)
        case "key" if len(argument) == 1 and argument in LETTERS:
            code = (scene.code + argument)[:CODE_LETTERS]
            return replace(at.situation, scene=replace(scene, code=code, refused=None)), ()
        case "erase":
            shorter = replace(scene, code=scene.code[:-1], refused=None)
            return replace(at.situation, scene=shorter), ()
        case "next" if len(scene.code) == CODE_LETTERS:
            return _redeem(at, scene)
        case _:
            return at.situation, ()


def _redeem(at: Step, scene: PromoTyping) -> Result:
    situation, (_, before) = at.situation, holder(at, scene.card.id)
    key = f"promo:{situation.house.start}/{situation.session}/{situation.page}"
    entry = at.do(RedeemPromoCode(scene.card.id, scene.code), key, "guest")
    if isinstance(entry, Refused):
        return enter(at, replace(scene, refused=entry)), (Sound("attention"),)
    _, after = holder(at, scene.card.id)
    gift, amount, held = _given(before, after)
    args = {"amount": str(amount), "held": str(held)}
    return conclude(at, f"promo_{gift}", scene.card.id, jobs_due(entry), args=args)


def _given(before: Client, after: Client) -> tuple[str, int, int]:
    """What a code gave, how much, and how much of it there is now."""
    if after.bonus > before.bonus:
        return "bonus", after.bonus - before.bonus, after.bonus
    if after.minutes_game > before.minutes_game:
        return "game", after.minutes_game - before.minutes_game, after.minutes_game
    return "internet", after.minutes_net - before.minutes_net, after.minutes_net


def _fresh(at: Step, scene: More | PromoTyping) -> Result:
    card, _ = holder(at, scene.card.id)
    if card.state != "active":
        return open_card(at, card.id), ()
    shown = _more(at, card.id) if isinstance(scene, More) else replace(scene, card=card)
    return replace(at.situation, scene=shown), ()


JOURNEY = Journey((More, PromoTyping), _touched, fresh=_fresh)
