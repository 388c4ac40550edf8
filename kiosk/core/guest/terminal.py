"""G9b: a payment at the bank's terminal, from the question to its end.

Nothing is booked here. That a payment will be asked for is on the books before the terminal is
asked, and `jobs` asks it and puts on record what it says; the screen follows the record, whoever
made it. While the terminal is at it no card is read and nobody leaves: an end always comes, and be
it that nobody knows (B-02).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from kiosk.core.cards import Card
from kiosk.core.errors import Refused
from kiosk.core.guest import visit_money
from kiosk.core.guest.frame import Journey, Result
from kiosk.core.guest.scenes import GuestScene, Purpose, SceneWord, Wait
from kiosk.core.ids import CardId, JobId
from kiosk.core.jobs import CANCEL_S, PAYMENT_S
from kiosk.core.journey import Step, conclude, enter, go_on, leave
from kiosk.core.messages import (
    CancelPayment,
    CardPresented,
    CardRefused,
    Event,
    LightPattern,
    SlipFailed,
    SlipPrinted,
    Sound,
)
from kiosk.core.money import Money
from kiosk.core.situation import CardHome, Problem, Scene
from kiosk.core.terminal_payments import (
    BeginTerminalPayment,
    GetTerminalPayment,
    IssuePaymentSlip,
    LeftOpen,
    TerminalPayment,
    TerminalTender,
)

_DECLINED = {"refused": "err.payment_declined", "cancelled": "err.payment_cancelled"}
"""What the guest reads, by the word that a payment was put on record as declined with."""


@dataclass(frozen=True)
class Payer:
    """What money is wanted for, from whom, and the scene that sent them here.

    `card` is None where it is not on file: an entrance card whose visit is to come. `wallet`: the
    money goes to the wallet of the card, also that for a visit which pays from it (E93). `notes`:
    it may come in notes, too; not where they would be money added to a visit that takes none (E30).
    """

    purpose: Purpose
    card: Card | None
    back: Scene
    wallet: bool
    notes: bool = True


@dataclass(frozen=True)
class AtTerminal(GuestScene):
    """The guest pays at the terminal; `again` is where a payment that came to nothing leads.

    `until_s`: so long (seconds of the monotonic clock) there is for a card; once `stopping`, for
    the terminal to say what became of it. `before` is the wallet, of a top-up.
    """

    word: ClassVar[SceneWord] = "payment"
    waits: ClassVar[Wait] = "ever"
    light: ClassVar[LightPattern] = "money"

    payer: Payer
    again: Scene
    payment: str
    service: str
    amount: Money
    tender: TerminalTender
    until_s: float
    before: Money | None = None
    bonus: int = 0
    stopping: bool = False

    def ends_at(self) -> float | None:
        """`until_s`; then `jobs` tells the terminal to stop, or that nobody knows."""
        return self.until_s


@dataclass(frozen=True)
class BeingChecked(GuestScene):
    """B-02: nobody knows whether the bank has paid. `slip` says so on paper, if it came out."""

    word: ClassVar[SceneWord] = "payment"
    waits: ClassVar[Wait] = "form"
    light: ClassVar[LightPattern] = "attention"

    payer: Payer
    again: Scene
    payment: str
    number: int
    amount: Money
    slip: JobId
    printed: bool


def ask(
    at: Step,
    payer: Payer,
    amount: Money,
    tender: TerminalTender,
    again: Scene,
    *,
    before: Money | None = None,
    bonus: int = 0,
) -> Result | Refused:
    """Put a payment on the books, for `jobs` to ask the terminal for; refused, nothing is asked."""
    situation, purpose = at.situation, payer.purpose
    patience = situation.house.times.accessible_factor if situation.choice.accessible else 1
    command = BeginTerminalPayment(
        # To a prepayment, too, money comes as a deposit of the visit that is to be.
        purpose="top_up" if payer.wallet else "due" if purpose.kind == "due" else "deposit",
        amount=amount,
        language=situation.choice.language,
        client=payer.card.client if payer.wallet and payer.card else "",
        visit="" if payer.wallet else purpose.visit,
        tender=tender,
        patience=patience,
    )
    key = f"pay:{situation.house.start}/{situation.session}/{situation.page}"
    entry = at.do(command, key, "guest")
    if isinstance(entry, Refused):
        # What staff read of somebody who had himself erased is not for a guest.
        return Refused("err.ask_staff") if entry.key == "err.client_erased" else entry
    payment = at.ask(GetTerminalPayment(entry.refs["payment"]))
    assert payment is not None, "it was just begun"
    until_s = at.now.mono_s + PAYMENT_S * patience
    scene = AtTerminal(
        payer, again, payment.id, payment.service, amount, tender, until_s, before, bonus
    )
    return enter(at, scene), ()


def unpaid(at: Step, payer: Payer) -> Result:
    """Back to where the guest came from, without having paid."""
    if payer.purpose.kind == "prepayment":
        # Its visit was only to be: nothing of it is kept (V-03), and what was paid is owed.
        situation, effects = left(at, payer)
        if effects:
            return situation, effects
    return go_on(at, payer.back), ()


def left(at: Step, payer: Payer) -> Result:
    """The guest goes without having paid, or not known to have."""
    if payer.purpose.kind == "prepayment":
        return visit_money.gave_up(at, payer.purpose)
    return leave(at), ()


# --- what a former payment still owes ------------------------------------------------------------


def print_late(at: Step, card: CardId, owed: LeftOpen) -> Result:
    """The receipt of a payment that came out for nobody, for the guest whom it is about."""
    return conclude(at, "reprinted", card, (owed.receipt,), total=owed.total)


def look_at(at: Step, back: CardHome, payment: TerminalPayment) -> Result:
    """B-02 again, with its slip, for the guest who comes back before the bank has answered."""
    payer = Payer(Purpose("top_up", back.card.id), back.card, back, wallet=True)
    return _unknown(at, payer, back, payment)


# --- while the terminal is at it -----------------------------------------------------------------


def touched(at: Step, scene: AtTerminal | BeingChecked, name: str, argument: str) -> Result:
    """*Continue* where the payment is being checked; at the terminal there is only *Cancel*."""
    del argument
    if isinstance(scene, BeingChecked) and name == "continue":
        return _go_on(at, scene.payer)
    return at.situation, ()


def _go_on(at: Step, payer: Payer) -> Result:
    """Where nothing asks for the same money again."""
    return left(at, payer) if payer.purpose.kind == "prepayment" else (go_on(at, payer.back), ())


def heard(at: Step, scene: AtTerminal | BeingChecked, event: Event) -> Result | None:
    """No card is read while the terminal is at it; a check slip came out, or did not."""
    match scene, event:
        case AtTerminal(), CardPresented() | CardRefused():
            return at.situation, ()
        case BeingChecked(slip=slip), SlipPrinted() | SlipFailed() if event.job == slip:
            printed = isinstance(event, SlipPrinted)
            return replace(at.situation, scene=replace(scene, printed=printed)), ()
        case _:
            return None


def ended(at: Step, scene: AtTerminal | BeingChecked) -> Result:
    """The guest cancels, or the time for a card is over: the terminal has the last word."""
    if isinstance(scene, BeingChecked):
        return left(at, scene.payer)
    told = fresh(at, scene)
    if told[0].scene is not scene:
        return told
    if scene.stopping:
        return replace(at.situation, timer=None), ()
    stopping = replace(scene, stopping=True, until_s=at.now.mono_s + CANCEL_S)
    # When the time is over it is `jobs` that tells the terminal: once is enough.
    in_time = at.now.mono_s < scene.until_s
    effects = (CancelPayment(scene.payment, scene.service),) if in_time else ()
    return enter(at, stopping), effects


def fresh(at: Step, scene: AtTerminal | BeingChecked) -> Result:
    """What the books say of the payment by now."""
    payment = at.ask(GetTerminalPayment(scene.payment))
    assert payment is not None, "no payment is ever forgotten"
    match payment.state:
        case "approved":
            return _came(at, scene, payment)
        case "declined":
            key = _DECLINED.get(payment.said, "err.payment_failed")
            return enter(at, Problem(key, "nothing", back=scene.again)), (Sound("attention"),)
        case "unknown" | "absent" if isinstance(scene, AtTerminal):
            return _unknown(at, scene.payer, scene.again, payment)
        case _:
            return at.situation, ()


def _came(at: Step, scene: AtTerminal | BeingChecked, payment: TerminalPayment) -> Result:
    """It was charged, and is on the books."""
    purpose, slips = scene.payer.purpose, payment.slips
    if payment.to == "claim":
        return _owed(at, payment)
    if purpose.kind == "top_up":
        total, then = payment.value, purpose.then
        return conclude(at, "topped_up", purpose.card, slips, total=total, then=then)
    return visit_money.money_came(at, purpose, slips, total=payment.value)


def _owed(at: Step, payment: TerminalPayment) -> Result:
    """What it was for is over by now: the slip is a ticket that is worth the money."""
    key, args, printed = visit_money.ticket(at, payment.slip, payment.value)
    return enter(at, Problem(key, "safe", args)), (*printed, Sound("attention"))


def _unknown(at: Step, payer: Payer, again: Scene, payment: TerminalPayment) -> Result:
    """B-02: a slip that says so, for whoever has to wait for the bank."""
    slip = payment.slip
    if not slip:
        command = IssuePaymentSlip(payment.id, at.situation.choice.language)
        slip = JobId(at.must(command, f"payment_slip:{payment.id}").refs["slip"])
    printed = visit_money.printed(at, (slip,))
    checked = BeingChecked(
        payer,
        again,
        payment.id,
        payment.number,
        payment.value,
        slip,
        bool(printed),
    )
    return enter(at, checked), (*printed, Sound("attention"))


JOURNEY = Journey((AtTerminal, BeingChecked), touched, heard, fresh, ended)
