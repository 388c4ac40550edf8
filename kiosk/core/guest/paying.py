"""How money comes in: by notes, a bank card or a QR code; and for the terminal, how much (G8).

`begin` is where every journey sends a guest who has to pay. With one way to pay nothing is asked;
what this kiosk has and what does not work now is shown with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from kiosk.core import bonus, top_up
from kiosk.core.capabilities import Offer
from kiosk.core.cards import GetCard
from kiosk.core.clients import GetClient
from kiosk.core.errors import Refused
from kiosk.core.guest import terminal
from kiosk.core.guest.frame import Journey, Result
from kiosk.core.guest.help import Help
from kiosk.core.guest.notes import takes
from kiosk.core.guest.scenes import GuestScene, Purpose, SceneWord
from kiosk.core.guest.terminal import AtTerminal, BeingChecked, Payer
from kiosk.core.ids import VisitId
from kiosk.core.journey import Step, enter, offered, why_not
from kiosk.core.messages import Sound
from kiosk.core.money import Currency, Money
from kiosk.core.situation import Access, Problem, Scene, Situation, TopUp
from kiosk.core.terminal_payments import PaymentOnTheWay, TerminalTender
from kiosk.core.visits import OpenVisit

Way = Literal["notes", "bank_card", "qr"]

_STEPS = (1, 2, 5, 10)
_UNIT: Mapping[str, int] = {
    "RUB": 100, "UAH": 100, "CZK": 100,
    "KZT": 1_000, "AMD": 1_000, "JPY": 1_000,
    "UZS": 10_000,
}  # fmt: skip
_USUAL_UNIT = 10
"""The smallest sum that is offered as a button, in whole units; a tenth of it can be typed."""


@dataclass(frozen=True)
class ChooseWay(GuestScene):
    """How does the guest want to pay? `pending`: a payment of before is not over yet."""

    word: ClassVar[SceneWord] = "payment"

    payer: Payer
    pending: bool


@dataclass(frozen=True)
class Choice:
    """A sum to choose, and the points that it earns."""

    amount: Money
    bonus: int = 0


@dataclass(frozen=True)
class ChooseAmount(GuestScene):
    """G8. How much; `before` is the wallet, of a top-up, and `refused` why the last sum was not."""

    word: ClassVar[SceneWord] = "payment"

    payer: Payer
    tender: TerminalTender
    asked: bool
    choices: tuple[Choice, ...]
    least: Money
    most: Money
    before: Money | None = None
    refused: Refused | None = None


@dataclass(frozen=True)
class TypeAmount(GuestScene):
    """G8, own amount: `typed` are digits, and a point where the currency has decimals."""

    word: ClassVar[SceneWord] = "payment"

    of: ChooseAmount
    typed: str = ""
    bonus: int = 0
    refused: Refused | None = None


PayScene = ChooseWay | ChooseAmount | TypeAmount


def begin(at: Step, purpose: Purpose, back: Scene) -> Result:
    """Money is wanted; `back` is where the guest comes back to without having paid."""
    payer = _payer(at, purpose, back)
    ways = ways_of(at.situation, payer)
    if ways == ("notes",):
        return _notes(at, purpose)
    pending = at.ask(PaymentOnTheWay()) is not None
    if ways == ("bank_card",) and not pending and not why(at.situation, purpose, "bank_card"):
        return _amount(at, payer, "bank_card", asked=False)
    return (enter(at, ChooseWay(payer, pending)), ()) if ways else (at.situation, ())


def _payer(at: Step, purpose: Purpose, back: Scene) -> Payer:
    visit = at.ask(OpenVisit(purpose.card)) if purpose.visit else None
    wallet = purpose.kind == "top_up" or (visit is not None and visit.personal)
    notes = takes(at, purpose)
    return Payer(purpose, at.ask(GetCard(purpose.card)), back, wallet, notes)


def ways_of(situation: Situation, payer: Payer) -> tuple[Way, ...]:
    """The ways to pay that there are for this on this kiosk, whether they work now or not."""
    some = payer.notes and offered(situation).cash is not None
    notes: tuple[Way, ...] = ("notes",) if some else ()
    if not situation.machine.of("payment"):
        return notes
    return (*notes, "bank_card", "qr") if situation.house.qr else (*notes, "bank_card")


def why(situation: Situation, purpose: Purpose, way: Way) -> str:
    """Why a way cannot be gone now, a word of `capabilities.REASONS`; "" where it can."""
    return why_not(situation, offer(purpose, way))


def offer(purpose: Purpose, way: Way) -> Offer:
    """What a way to pay is in the table of offers."""
    if purpose.kind == "top_up":
        return "top_up_cash" if way == "notes" else "top_up_bank_card"
    return "visit_pay_cash" if way == "notes" else "visit_pay_bank_card"


def _notes(at: Step, purpose: Purpose) -> Result:
    return top_up.begin_for(at, purpose)


def prepaying(scene: Scene | None) -> VisitId | Literal[""]:
    """The visit that is to come, whose prepayment is being paid in this scene; "" for none."""
    match scene:
        case Access(back=back) | Help(back=back) | Problem(back=back):
            return prepaying(back)
        case TopUp(purpose=Purpose(kind="prepayment", visit=visit)):
            return visit
        case TypeAmount(of=ChooseAmount(payer=Payer(purpose=purpose))):
            pass
        case (
            ChooseWay(payer=Payer(purpose=purpose))
            | ChooseAmount(payer=Payer(purpose=purpose))
            | AtTerminal(payer=Payer(purpose=purpose))
            | BeingChecked(payer=Payer(purpose=purpose))
        ):
            pass
        case _:
            return ""
    return purpose.visit if purpose.kind == "prepayment" else ""


# --- which way ---------------------------------------------------------------------------------


def touched(at: Step, scene: PayScene, name: str, argument: str) -> Result:
    """A button of one of the scenes."""
    match scene:
        case ChooseWay():
            return _touched_way(at, scene, name, argument)
        case ChooseAmount():
            return _touched_amount(at, scene, name, argument)
        case TypeAmount():
            return _touched_key(at, scene, name, argument)


def _touched_way(at: Step, scene: ChooseWay, name: str, argument: str) -> Result:
    payer = scene.payer
    if name == "back":
        return terminal.unpaid(at, payer)
    way = next((w for w in ways_of(at.situation, payer) if w == argument), None)
    if name != "pay" or way is None or why(at.situation, payer.purpose, way):
        return at.situation, ()
    if way == "notes":
        return _notes(at, payer.purpose)
    return (at.situation, ()) if scene.pending else _amount(at, payer, way, asked=True)


def _amount(at: Step, payer: Payer, tender: TerminalTender, *, asked: bool) -> Result:
    exact = payer.purpose.exact
    if exact is None:
        return enter(at, _choose(at, payer, tender, asked=asked)), ()
    # Without a question in between there is no page to come back to but that one.
    again: Scene = at.situation.scene if asked else ChooseWay(payer, pending=False)
    told = terminal.ask(at, payer, exact, tender, again)
    if isinstance(told, Refused):
        return enter(at, Problem(told.key, "nothing", told.args_by_name, again)), ()
    return told


# --- how much (G8) -----------------------------------------------------------------------------


def sums(currency: Currency) -> tuple[Money, tuple[Money, ...]]:
    """The least that may be paid, and what is offered on the buttons."""
    unit = _UNIT.get(currency.code, _USUAL_UNIT)
    return Money.face(unit // 10, currency), tuple(
        Money.face(unit * step, currency) for step in _STEPS
    )


def _choose(at: Step, payer: Payer, tender: TerminalTender, *, asked: bool) -> ChooseAmount:
    currency = at.situation.venue.currency
    least, amounts = sums(currency)
    before = None
    points: tuple[int, ...] = tuple(0 for _ in amounts)
    if payer.wallet:
        before = _wallet(at, payer)
        points = at.ask(bonus.BonusOf(amounts))
    return ChooseAmount(
        payer,
        tender,
        asked,
        tuple(map(Choice, amounts, points)),
        least,
        _most(at, payer, before),
        before,
    )


def _wallet(at: Step, payer: Payer) -> Money | None:
    client = at.ask(GetClient(payer.card.client)) if payer.card else None
    return client.wallet if client else None


def _most(at: Step, payer: Payer, before: Money | None) -> Money:
    """The most that may be paid at once; rules that look back are asked when it is."""
    limits, venue = at.situation.house.limits, at.situation.venue
    most = min(limits.top_up_max_minor, venue.top_up_max.minor)
    full = min(limits.balance_max_minor, venue.balance_max.minor)
    visit = None if payer.wallet else at.ask(OpenVisit(payer.purpose.card))
    if before is not None:
        most = min(most, full - before.minor)
    elif visit is not None:
        due = payer.purpose.kind == "due"
        most = min(most, visit.to_pay.minor if due else full - visit.deposits.minor)
    return Money(max(0, most), venue.currency)


def too(scene: ChooseAmount, amount: Money) -> str:
    """Why a sum cannot be paid at once: ``little``, ``much``; "" where it can."""
    if amount > scene.most:
        return "much"
    return "little" if amount < scene.least else ""


def _touched_amount(at: Step, scene: ChooseAmount, name: str, argument: str) -> Result:
    match name:
        case "back":
            return _back(at, scene)
        case "amount":
            chosen = next((c for c in scene.choices if str(c.amount.minor) == argument), None)
            if chosen is not None and not too(scene, chosen.amount):
                return _pay(at, scene, scene, chosen)
        case "other":
            return enter(at, TypeAmount(replace(scene, refused=None))), ()
    return at.situation, ()


def _back(at: Step, scene: ChooseAmount) -> Result:
    if not scene.asked:
        return terminal.unpaid(at, scene.payer)
    return enter(at, ChooseWay(scene.payer, at.ask(PaymentOnTheWay()) is not None)), ()


def _pay(at: Step, of: ChooseAmount, scene: ChooseAmount | TypeAmount, chosen: Choice) -> Result:
    """Off to the terminal; what the venue's rules do not let happen is said where it was asked."""
    word = why(at.situation, of.payer.purpose, of.tender)
    told: Result | Refused = Refused(f"why.{word}") if word else _asked(at, of, scene, chosen)
    if isinstance(told, Refused):
        return replace(at.situation, scene=replace(scene, refused=told)), (Sound("attention"),)
    return told


def _asked(
    at: Step, of: ChooseAmount, scene: ChooseAmount | TypeAmount, chosen: Choice
) -> Result | Refused:
    return terminal.ask(
        at,
        of.payer,
        chosen.amount,
        of.tender,
        replace(scene, refused=None),
        before=of.before,
        bonus=chosen.bonus,
    )


# --- own amount --------------------------------------------------------------------------------


def typed(scene: TypeAmount) -> Money | None:
    """The sum that is typed; None while there is none."""
    text = scene.typed.removesuffix(".")
    return Money.parse(text, scene.of.least.currency) if text else None


def _touched_key(at: Step, scene: TypeAmount, name: str, argument: str) -> Result:
    match name:
        case "back":
            return enter(at, scene.of), ()
        case "digit" | "point" | "erase":
            return _typed(at, scene, _after_key(scene, name, argument))
        case "next":
            amount = typed(scene)
            if amount is not None and not too(scene.of, amount):
                return _pay(at, scene.of, scene, Choice(amount, scene.bonus))
    return at.situation, ()


def _after_key(scene: TypeAmount, name: str, argument: str) -> str:
    currency, text = scene.of.least.currency, scene.typed
    whole, point, decimals = text.partition(".")
    most = len(str(scene.of.most.minor // 10**currency.exponent))
    if name == "erase":
        return text[:-1]
    if name == "point":
        return f"{text}." if currency.exponent and whole and not point else text
    if len(argument) != 1 or not (argument.isascii() and argument.isdecimal()):
        return text
    if point:
        return text + argument if len(decimals) < currency.exponent else text
    # One digit more than the most has, so that "too much" is seen and not a key that is dead.
    return (text + argument).lstrip("0") if len(whole) <= most else text


def _typed(at: Step, scene: TypeAmount, text: str) -> Result:
    after = replace(scene, typed=text, refused=None)
    amount = typed(after)
    if scene.of.before is not None:
        points = at.ask(bonus.BonusOf((amount,)))[0] if amount else 0
        after = replace(after, bonus=points)
    return replace(at.situation, scene=after), ()


# --- what changes meanwhile --------------------------------------------------------------------


def fresh(at: Step, scene: PayScene) -> Result:
    """Devices and the books as they are now; a payment of before may be over."""
    match scene:
        case ChooseWay():
            after: PayScene = replace(scene, pending=at.ask(PaymentOnTheWay()) is not None)
        case ChooseAmount():
            after = _renewed(at, scene)
        case TypeAmount():
            after = replace(scene, of=_renewed(at, scene.of))
    return replace(at.situation, scene=after), ()


def _renewed(at: Step, scene: ChooseAmount) -> ChooseAmount:
    made = _choose(at, scene.payer, scene.tender, asked=scene.asked)
    return replace(made, refused=scene.refused)


def ended(at: Step, scene: PayScene) -> Result:
    """The guest goes without having paid."""
    payer = scene.of.payer if isinstance(scene, TypeAmount) else scene.payer
    return terminal.left(at, payer)


JOURNEY = Journey((ChooseWay, ChooseAmount, TypeAmount), touched, fresh=fresh, ended=ended)
