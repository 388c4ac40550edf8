"""G12: a card is lost, or another is to take its place.

Who lost it proves himself by phone and PIN or by the recovery code of the registration slip, blocks
the card at once, and lets another take its place by showing it. Whether a phone is known here the
screens do not tell: whatever is wrong, they are the same and as many. Who still has the card proves
himself by its PIN (C32).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar
from zoneinfo import ZoneInfo

from kiosk.core import genuine, pins, recovery_codes
from kiosk.core.cards import Card, FindCard
from kiosk.core.clients import GetClient
from kiosk.core.errors import Refused
from kiosk.core.guest import pin
from kiosk.core.guest.field import Field, complete, typed
from kiosk.core.guest.frame import Journey, Result
from kiosk.core.guest.pin import AskPin
from kiosk.core.guest.scenes import GuestScene, SceneWord, Wait
from kiosk.core.identity import Proof, Ways, WaysToProve
from kiosk.core.ids import CardId, ClientId
from kiosk.core.journey import Step, conclude, enter, jobs_due, leave, open_card
from kiosk.core.ledger import Entry
from kiosk.core.lost_cards import CardsOfHolder, MoveCard, ReportLost
from kiosk.core.messages import CardPresented, CardRefused, Event, Sound
from kiosk.core.money import Money
from kiosk.core.recognition import Recognised, recognise
from kiosk.core.situation import Problem

TRIES_MAX = pins.CLIENTS.row_max
"""Wrong answers of one guest before he is sent to the desk: so many lock a PIN, too."""
CARDS_MAX = 6
"""So many cards are shown, the latest first: the desk sees all."""


@dataclass(frozen=True)
class Holder(GuestScene):
    """Who are you? `phone` is what was typed before the PIN; `card` is there, and to be replaced.

    `tries` were wrong; `problem` is the sentence about the last of them.
    """

    word: ClassVar[SceneWord] = "lost_card"
    waits: ClassVar[Wait] = "form"

    what: Field
    phone: str = field(default="", repr=False)
    tries: int = 0
    problem: str = ""
    card: Card | None = None


@dataclass(frozen=True)
class WhichCard(GuestScene):
    """Which of the holder's cards is lost?"""

    word: ClassVar[SceneWord] = "lost_card"
    waits: ClassVar[Wait] = "form"

    proof: Proof
    cards: tuple[Card, ...]
    wallet: Money


@dataclass(frozen=True)
class BlockNow(GuestScene):
    """Is this card to be blocked?"""

    word: ClassVar[SceneWord] = "lost_card"
    waits: ClassVar[Wait] = "form"

    proof: Proof
    card: Card
    wallet: Money
    cards: tuple[Card, ...] = ()


@dataclass(frozen=True)
class Replace(GuestScene):
    """The card is there, and another is to take its place: what goes along, and how to prove."""

    word: ClassVar[SceneWord] = "lost_card"
    waits: ClassVar[Wait] = "form"

    card: Card
    wallet: Money
    ways: Ways


@dataclass(frozen=True)
class NewCard(GuestScene):
    """The new card is waited for; `lost`: the old one is blocked already."""

    word: ClassVar[SceneWord] = "lost_card"
    waits: ClassVar[Wait] = "form"

    proof: Proof
    card: Card
    wallet: Money
    lost: bool
    refused: Refused | None = None


@dataclass(frozen=True)
class IsItThis(GuestScene):
    """A card was shown after the proof: only its holder's Yes lets it take the old one's place.

    Who walked off with this page standing would leave wallet and visit to whoever taps next.
    """

    word: ClassVar[SceneWord] = "lost_card"
    waits: ClassVar[Wait] = "idle"

    before: NewCard
    read: Recognised


def begin(at: Step) -> Result:
    """The guest has lost a card: the phone first, which most have given."""
    return enter(at.new_guest(), Holder(Field("phone"))), ()


def begin_move(at: Step, card: Card) -> Result:
    """The guest has this card, and another is to take its place."""
    ways = at.ask(WaysToProve(card.client))
    if not (ways.pin or ways.code):
        return enter(at, Problem("err.prove_desk", "safe")), ()
    return enter(at, Replace(card, _wallet(at, card.client), ways)), ()


def _wallet(at: Step, client: ClientId) -> Money:
    found = at.ask(GetClient(client))
    assert found is not None, "a card has a client"
    return found.wallet


# --- who it is -----------------------------------------------------------------------------------


def _proving(at: Step, scene: Holder, name: str, argument: str) -> Result:
    after = typed(at.situation, scene.what, name, argument)
    if after is not None:
        return replace(at.situation, scene=replace(scene, what=after, problem="")), ()
    match scene.what.kind, name:
        case "phone", "next" if complete(at.situation, scene.what):
            told = replace(scene, phone=scene.what.text, what=Field("pin"), problem="")
            return enter(at, told), ()
        case "pin", "next" if complete(at.situation, scene.what):
            phone = at.situation.venue.phone.normal(scene.phone)
            return _tried(at, scene, Proof(phone=phone, pin=scene.what.text))
        case "code", "next" if complete(at.situation, scene.what):
            return code_told(at, scene, scene.what.text)
        case (("phone" | "pin"), "code"):
            return enter(at, replace(scene, what=Field("code"), problem="")), ()
        case "pin", "back":
            return enter(at, replace(scene, what=Field("phone", scene.phone), problem="")), ()
        case "code", "back" if scene.card is not None:
            return begin_move(at, scene.card)
        case "code", "back":
            return enter(at, replace(scene, what=Field("phone", scene.phone), problem="")), ()
        case _, "back":
            return leave(at), ()
        case _:
            return at.situation, ()


def code_told(at: Step, scene: Holder, code: str) -> Result:
    """A recovery code was typed, or the slip with it was scanned."""
    return _tried(at, scene, Proof(code=code, card=scene.card.id if scene.card else ""))


def slip_shown(at: Step, code: str) -> Result:
    """Somebody came with the slip of a lost card: what he has to say is on it."""
    return code_told(at.new_guest(), Holder(Field("code")), code)


def _tried(at: Step, scene: Holder, proof: Proof) -> Result:
    try:
        cards = at.ask(CardsOfHolder(proof))
    except Refused:
        # Why is not asked: an answer of its own would tell who is known here.
        return _wrong(at, scene)
    if scene.card is not None:
        card = scene.card
        return enter(at, NewCard(proof, card, _wallet(at, card.client), lost=False)), ()
    kept = tuple(card for card in reversed(cards) if card.state in ("active", "lost"))[:CARDS_MAX]
    if not kept:
        return enter(at, Problem("err.no_card_left", "safe")), ()
    wallet = _wallet(at, kept[0].client)
    if len(kept) == 1:
        return _chosen(at, proof, kept[0], wallet, ())
    return enter(at, WhichCard(proof, kept, wallet)), ()


def _wrong(at: Step, scene: Holder) -> Result:
    tries = scene.tries + 1
    if tries >= TRIES_MAX:
        return enter(at, Problem("err.proof_desk", "safe")), (Sound("attention"),)
    problem = "lost.wrong_code" if scene.what.kind == "code" else "lost.wrong_pin"
    again = replace(scene, what=Field(scene.what.kind), tries=tries, problem=problem)
    return enter(at, again), (Sound("attention"),)


# --- which card, and block it --------------------------------------------------------------------


def _choosing(at: Step, scene: WhichCard, name: str, argument: str) -> Result:
    if name == "back":
        return begin(at)
    found = next((c for c in scene.cards if name == "card" and c.id == argument), None)
    if found is None:
        return at.situation, ()
    return _chosen(at, scene.proof, found, scene.wallet, scene.cards)


def _chosen(at: Step, proof: Proof, card: Card, wallet: Money, cards: tuple[Card, ...]) -> Result:
    if card.state == "lost":
        return enter(at, NewCard(proof, card, wallet, lost=True)), ()
    return enter(at, BlockNow(proof, card, wallet, cards)), ()


def _blocking(at: Step, scene: BlockNow, name: str, argument: str) -> Result:
    del argument
    match name:
        case "block_now":
            done = at.do(ReportLost(scene.card.id, scene.proof), _key(at, "lost"), "guest")
            if isinstance(done, Refused) and done.key != "err.card_lost":
                return enter(at, Problem(done.key, "safe", done.args_by_name)), ()
            new = NewCard(scene.proof, scene.card, scene.wallet, lost=True)
            return enter(at, new), (Sound("ok"),)
        case "back" if scene.cards:
            return enter(at, WhichCard(scene.proof, scene.cards, scene.wallet)), ()
        case "back":
            return leave(at), ()
        case _:
            return at.situation, ()


def _key(at: Step, deed: str) -> str:
    situation = at.situation
    return f"{deed}:{situation.house.start}/{situation.session}/{situation.page}"


# --- another card --------------------------------------------------------------------------------


def _replacing(at: Step, scene: Replace, name: str, argument: str) -> Result:
    del argument
    match name:
        case "next" if scene.ways.pin:
            return enter(at, AskPin(scene.card, scene)), ()
        case "next" | "code" if scene.ways.code:
            return enter(at, Holder(Field("code"), card=scene.card)), ()
        case "back":
            return open_card(at, scene.card.id), ()
        case _:
            return at.situation, ()


def _proved(at: Step, scene: Replace, told: str) -> Result:
    proof = Proof(card=scene.card.id, pin=told)
    try:
        at.ask(CardsOfHolder(proof))
    except Refused as refused:
        asked = pin.ask(at, scene.card, scene, refused)
        return asked or (enter(at, Problem(refused.key, "safe", refused.args_by_name)), ())
    return enter(at, NewCard(proof, scene.card, scene.wallet, lost=False)), ()


def _waiting(at: Step, scene: NewCard, name: str, argument: str) -> Result:
    del argument
    match name:
        case "lost_later" if scene.lost:
            return leave(at), ()
        case "back" if not scene.lost:
            return open_card(at, scene.card.id), ()
        case _:
            return at.situation, ()


def _heard(at: Step, scene: GuestScene, event: Event) -> Result | None:
    """The new card, or what is none; on another page a card leads to its home, as everywhere."""
    if isinstance(event, CardPresented) and event.signal == "barcode":
        code = recovery_codes.of(event.raw)
        if code and isinstance(scene, Holder):
            return code_told(at, replace(scene, what=Field("code")), code)
        if code and isinstance(scene, Replace) and scene.ways.code:
            return code_told(at, Holder(Field("code"), card=scene.card), code)
        if code:
            return at.situation, ()  # it was told already, and is no card
    if isinstance(scene, IsItThis):
        scene = scene.before
    if not isinstance(scene, NewCard):
        return None
    match event:
        case CardPresented():
            return _shown(at, scene, event)
        case CardRefused():
            unread = event.reason == "unreadable"
            why = Refused("err.bad_read") if unread else genuine.refusal(event)
            return _not_this(at, scene, why)
        case _:
            return None


def _shown(at: Step, scene: NewCard, event: CardPresented) -> Result:
    venue = at.situation.venue
    today = at.now.wall.astimezone(ZoneInfo(venue.time_zone)).date()
    try:
        read = recognise(event.raw, event.signal, event.device, venue.rules, today)
    except Refused as refused:
        return _not_this(at, scene, refused)
    if read.scope == "employee":
        return _not_this(at, scene, Refused("err.card_of_staff"))
    found = at.ask(FindCard(read))
    if found is not None and found.id == scene.card.id:
        return _not_this(at, scene, Refused("err.card_itself" if scene.lost else "err.card_same"))
    if read.scope != "interface":
        return _not_this(at, scene, Refused("err.card_not_his"))
    if found is not None and found.client != scene.card.client:
        return _not_this(at, scene, Refused("err.card_of_another"))
    if found is not None and found.state != "active":
        return _not_this(at, scene, Refused("err.card_new_blocked"))
    return enter(at, IsItThis(replace(scene, refused=None), read)), ()


def _answering(at: Step, scene: IsItThis, name: str) -> Result:
    match name:
        case "yes":
            return _moved(at, scene.before, scene.read)
        case "no" | "back":
            return enter(at, scene.before), ()
        case _:
            return at.situation, ()


def _moved(at: Step, scene: NewCard, read: Recognised) -> Result:
    done = at.do(MoveCard(scene.card.id, read, scene.proof), _key(at, "move"), "guest")
    if isinstance(done, Refused):
        return _not_this(at, scene, Refused(_NEW.get(done.key, done.key), **done.args_by_name))
    return _end(at, scene, done)


_NEW = {
    "err.already_registered": "err.card_of_another",
    "err.card_blocked": "err.card_new_blocked",
}
"""What is said of the card that was shown, where the sentence would be about the old one."""


def _end(at: Step, scene: NewCard, done: Entry) -> Result:
    new = CardId(str(done.refs["card"]))
    args = {"old": scene.card.masked}
    wallet = _wallet(at, scene.card.client)
    return conclude(at, "moved", new, jobs_due(done), args=args, figure=wallet)


def _not_this(at: Step, scene: NewCard, refused: Refused) -> Result:
    """Nothing was moved: say why, and go on waiting for a card."""
    return enter(at, replace(scene, refused=refused)), (Sound("attention"),)


def _touched(at: Step, scene: GuestScene, name: str, argument: str) -> Result:
    match scene:
        case Holder():
            return _proving(at, scene, name, argument)
        case WhichCard():
            return _choosing(at, scene, name, argument)
        case BlockNow():
            return _blocking(at, scene, name, argument)
        case Replace():
            return _replacing(at, scene, name, argument)
        case NewCard():
            return _waiting(at, scene, name, argument)
        case IsItThis():
            return _answering(at, scene, name)
        case _:
            return at.situation, ()


def _fresh(at: Step, scene: GuestScene) -> Result:
    """A till may have taken from the wallet meanwhile: what is called safe is what is there."""
    match scene:
        case BlockNow(card=card) | Replace(card=card) | NewCard(card=card):
            client = card.client
        case WhichCard(cards=cards):
            client = cards[0].client
        case IsItThis(before=before):
            waiting = replace(before, wallet=_wallet(at, before.card.client))
            return replace(at.situation, scene=replace(scene, before=waiting)), ()
        case _:
            return at.situation, ()
    shown = replace(scene, wallet=_wallet(at, client))
    return replace(at.situation, scene=shown), ()


JOURNEY = Journey(
    (Holder, WhichCard, BlockNow, Replace, NewCard, IsItThis),
    _touched,
    _heard,
    _fresh,
    proved=_proved,
)
