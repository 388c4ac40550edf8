"""Visits at the kiosk: opened (G5), seen (G6), calculated and paid (G7)."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kiosk.core import top_up
from kiosk.core.cards import Card, FindCard
from kiosk.core.errors import Refused
from kiosk.core.guest import paying, visit_money
from kiosk.core.guest.frame import Journey, Result
from kiosk.core.guest.scenes import Purpose
from kiosk.core.guest.visit_scenes import Calculation, GuestCount, VisitOffer
from kiosk.core.ids import CardId, VisitId
from kiosk.core.journey import (
    Step,
    bill,
    conclude,
    enter,
    jobs_due,
    leave,
    offered,
    open_card,
    why_not,
)
from kiosk.core.money import Money
from kiosk.core.prepayments import AbandonPrepayment, BeginPrepayment, PendingPrepayments
from kiosk.core.printed_bills import IssueVisitBill
from kiosk.core.recognition import Recognised
from kiosk.core.situation import Bill, Problem, Situation
from kiosk.core.visits import CreateVisit, GetCardKind, GetVisitRules, OpenVisit

GUESTS_DIGITS = 3

_FOR_GUESTS = {
    "err.personal_prepaid": "err.cannot_prepay",
    "err.entrance_off": "err.no_card_visits",
    "err.guests_unused": "err.ask_staff",
}
"""What a guest reads of what is told to staff in other words."""


def tapped(at: Step, read: Recognised, found: Card | None) -> Result:
    """An entrance card: its visit (G6), or the question whether one shall be opened (G5)."""
    if found is not None and found.state != "active":
        return open_card(at, found.id), ()
    if found is not None and at.ask(OpenVisit(found.id)) is not None:
        return see(at, found)
    return begin(at, found or read)


def see(at: Step, card: Card) -> Result:
    """G6, the card's open visit; with one order in a visit, only that it is there (E5, K-05)."""
    shown, visit = bill(at, card.id), at.ask(OpenVisit(card.id))
    if shown is not None:
        return enter(at, shown), ()
    if visit is None:
        return open_card(at, card.id), ()
    return enter(at, Problem("err.visit_since_desk", "nothing", {"time": visit.since})), ()


def openable(at: Step, card: Card) -> bool:
    """Whether a visit can be opened on a card that is on file: offered on a card's home (E103)."""
    rules, kind = at.ask(GetVisitRules()), at.ask(GetCardKind(card.type))
    able = rules.on_cards and (rules.empty or bool(kind.prepayment))
    return able and not why_not(at.situation, "visit_open") and at.ask(OpenVisit(card.id)) is None


def begin(at: Step, shown: Recognised | Card) -> Result:
    """G5: shall a visit be opened on this card? Nothing is made before the guest says yes."""
    card, read = (shown, None) if isinstance(shown, Card) else (None, shown)
    rules = at.ask(GetVisitRules())
    kind = at.ask(GetCardKind(shown.type if isinstance(shown, Card) else shown.object))
    if not rules.on_cards:
        return enter(at, Problem("err.no_card_visits", "nothing")), ()
    if not (rules.empty or kind.prepayment):
        return enter(at, Problem("err.empty_visit", "nothing")), ()
    return enter(at, VisitOffer(read, card, kind, rules.guests)), ()


# --- opening -------------------------------------------------------------------------------------


def _offer_touched(at: Step, scene: VisitOffer, name: str, argument: str) -> Result:
    del argument
    match name:
        case "yes" if not why_not_open(at.situation, scene):
            if scene.guests != "unused":
                return enter(at, GuestCount(scene)), ()
            return _open(at, scene, 0)
        case "no" | "back":
            return leave(at), ()
        case _:
            return at.situation, ()


def why_not_open(situation: Situation, scene: VisitOffer) -> str:
    """Why no visit can be opened now, a word of `capabilities.REASONS`; "" where it can."""
    word = why_not(situation, "visit_open")
    return word or (why_not_paid(situation) if scene.kind.prepayment else "")


def why_not_paid(situation: Situation) -> str:
    """Why no money can be taken for a visit now: of the way that this kiosk has; "" where it can.

    Of a kiosk that takes none at all it is ``no_cash``.
    """
    cash = why_not(situation, "visit_pay_cash")
    card = why_not(situation, "visit_pay_bank_card")
    return "" if not (cash and card) else card if cash == "no_cash" != card else cash


def _count_touched(at: Step, scene: GuestCount, name: str, argument: str) -> Result:
    digits = scene.digits
    match name:
        case "digit" if argument.isdecimal() and len(argument) == 1:
            # Nobody comes with 07 guests.
            typed = (digits + argument).lstrip("0")[:GUESTS_DIGITS]
            return replace(at.situation, scene=replace(scene, digits=typed)), ()
        case "erase":
            return replace(at.situation, scene=replace(scene, digits=digits[:-1])), ()
        case "next" if digits or scene.offer.guests == "optional":
            return _open(at, scene.offer, int(digits or 0))
        case "back":
            return enter(at, scene.offer), ()
        case _:
            return at.situation, ()


def _open(at: Step, offer: VisitOffer, guests: int) -> Result:
    """The guest said yes: the prepayment first, where there is one."""
    house, language = at.situation, at.situation.choice.language
    touch = f"{house.house.start}/{house.session}/{house.page}"
    read = offer.read
    if offer.kind.prepayment and read is not None:
        _end_left_over(at, read)
        begun = at.do(BeginPrepayment(read, language, guests), f"prepay:{touch}", "guest")
        if isinstance(begun, Refused):
            return _refused(at, offer, begun)
        card = at.ask(FindCard(read))
        purpose = Purpose(
            "prepayment",
            card.id if card else CardId(""),
            VisitId(begun.refs["visit"]),
            exact=offer.kind.prepayment,
        )
        return paying.begin(at, purpose, offer)
    named = "" if offer.card is None else offer.card.id
    command = CreateVisit(card=named, read=read, guests=guests, language=language)
    made = at.do(command, f"visit:{touch}", "guest")
    if isinstance(made, Refused):
        return _refused(at, offer, made)
    return visit_money.opened(at, made)


def _end_left_over(at: Step, read: Recognised) -> None:
    """A prepayment of this card that nobody went on with: its money, if any, is a claim."""
    for pending in at.ask(PendingPrepayments()):
        if pending.read == read and not pending.on_the_way:
            at.do(AbandonPrepayment(pending.visit), f"abandon:{pending.visit}", "guest")


def _refused(at: Step, offer: VisitOffer, refused: Refused) -> Result:
    if refused.key == "err.visit_open":
        card = offer.card or (at.ask(FindCard(offer.read)) if offer.read else None)
        if card is not None:
            return _open_already(at, card)
    key = _FOR_GUESTS.get(refused.key, refused.key)
    money: Literal["safe", "nothing"] = "safe" if key == "err.card_blocked" else "nothing"
    return enter(at, Problem(key, money, refused.args_by_name)), ()


def _open_already(at: Step, card: Card) -> Result:
    """K-05: somebody opened a visit on this card a moment ago: it is shown, and nothing else is."""
    shown = bill(at, card.id)
    if shown is None:
        return see(at, card)
    told = replace(shown, notice="err.visit_since", notice_args={"time": shown.visit.since})
    return enter(at, told), ()


def _offer_fresh(at: Step, scene: VisitOffer) -> Result:
    """A till may have opened the visit while the guest was reading."""
    card = scene.card or (at.ask(FindCard(scene.read)) if scene.read else None)
    if card is not None and at.ask(OpenVisit(card.id)) is not None:
        return _open_already(at, card)
    return at.situation, ()


# --- the bill ------------------------------------------------------------------------------------


def _bill_touched(at: Step, scene: Bill, name: str, argument: str) -> Result:
    del argument
    visit, card = scene.visit, scene.card
    match name:
        case "back" if visit.personal:
            return open_card(at, card.id), ()
        case "top_up" if visit.personal:
            return paying.begin(at, Purpose("top_up", card.id), scene)
        case "add_money" if not scene.refusal:
            return paying.begin(at, Purpose("deposit", card.id, visit.id), scene)
        case "settle":
            return visit_money.calculate(at, card.id)
        case "print_bill" if offered(at.situation).receipts == "":
            return _print_bill(at, scene)
        case "receipt" if scene.unprinted:
            notes = tuple(n.note for n in scene.unprinted)
            total = sum((n.value for n in scene.unprinted[1:]), scene.unprinted[0].value)
            jobs = visit_money.receive(at, notes)
            args: dict[str, str | Money] = {"amount": total}
            return conclude(at, "deposit_reprinted", card.id, jobs, args=args)
        case "print_check_slip" if scene.undecided:
            return top_up.print_check_slip(at, scene)
        case _:
            return at.situation, ()


def _print_bill(at: Step, scene: Bill) -> Result:
    house = at.situation
    command = IssueVisitBill(scene.visit.id, house.choice.language)
    key = f"bill:{house.house.start}/{house.session}/{house.page}"
    issued = at.do(command, key, "guest")
    if isinstance(issued, Refused):
        return _bill_fresh(at, scene)
    visit = scene.visit
    args: dict[str, str | Money] = {"number": str(visit.number)}
    jobs = jobs_due(issued)
    return conclude(at, "visit_bill", scene.card.id, jobs, figure=visit.to_pay, args=args)


def _bill_fresh(at: Step, scene: Bill) -> Result:
    """The bill as the books have it now; of a visit that ended, what is there instead."""
    shown = bill(at, scene.card.id)
    if shown is None or shown.card.state != "active":
        return open_card(at, scene.card.id), ()
    told = replace(shown, notice=scene.notice, notice_args=scene.notice_args)
    return replace(at.situation, scene=told), ()


# --- the end -------------------------------------------------------------------------------------


def _calculation_touched(at: Step, scene: Calculation, name: str, argument: str) -> Result:
    del argument
    visit, card = scene.visit, scene.card
    match name:
        case "back":
            return _back_to_bill(at, scene)
        case "settle" if not visit.to_pay and not why_not(at.situation, "visit_pay"):
            return visit_money.settle(at, scene)
        case "pay" if visit.to_pay:
            purpose = Purpose("due", card.id, visit.id, exact=visit.to_pay, total=visit.grand_total)
            return paying.begin(at, purpose, scene)
        case _:
            return at.situation, ()


def _back_to_bill(at: Step, scene: Calculation) -> Result:
    shown = bill(at, scene.card.id)
    return (open_card(at, scene.card.id) if shown is None else enter(at, shown)), ()


def _calculation_fresh(at: Step, scene: Calculation) -> Result:
    """What it comes to now; other figures are another page, which nobody has confirmed yet."""
    visit = at.ask(OpenVisit(scene.card.id))
    if visit is None:
        return open_card(at, scene.card.id), ()
    made = visit_money.calculation(at, scene.card.id, visit, scene.refused)
    if visit == scene.visit:
        return replace(at.situation, scene=made), ()
    return enter(at, replace(made, refused=Refused("err.visit_changed_guest"))), ()


def _calculation_ended(at: Step, scene: Calculation) -> Result:
    """Nobody touches: back to the bill, nothing is booked. The button leads out."""
    timer = at.situation.timer
    if timer is not None and at.now.mono_s >= timer.end_s:
        return _back_to_bill(at, scene)
    return leave(at), ()


def _proved(at: Step, scene: Calculation, pin: str) -> Result:
    return visit_money.settle(at, scene, pin_digits=pin)


JOURNEYS = (
    Journey((VisitOffer,), _offer_touched, fresh=_offer_fresh),
    Journey((GuestCount,), _count_touched),
    Journey((Bill,), _bill_touched, fresh=_bill_fresh),
    Journey(
        (Calculation,),
        _calculation_touched,
        fresh=_calculation_fresh,
        ended=_calculation_ended,
        proved=_proved,
    ),
)
