"""A4. Opening a visit, describing it, putting money on it, and making it void."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from kiosk.core.bills import Order, Visit
from kiosk.core.cards import FindCard
from kiosk.core.checkout import VoidVisit
from kiosk.core.desk import forms, order_editor, visit_checkout
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.desk.visit_list import VisitSeen, listed
from kiosk.core.errors import Refused
from kiosk.core.money import Money
from kiosk.core.money_reasons import MoneyReason, MoneyReasons
from kiosk.core.orders import VoidOrder
from kiosk.core.prepayments import Deposit
from kiosk.core.recognition import Recognised
from kiosk.core.terminal_payments import BeginTerminalPayment, GetTerminalPayment, TerminalPayment
from kiosk.core.visits import (
    COMMENT_CHARACTERS_MAX,
    CreateVisit,
    DescribeVisit,
    GetVisitRules,
    OfferOnCard,
    VisitRules,
)

TENDERS = ("cash", "bank_card", "qr")
WAYS_BACK = ("cash", "claim")


@dataclass(frozen=True)
class NewVisit(Page):
    """A visit that is about to be opened: on the card that was `read`, or without one.

    `prepayment` is what the card's type wants. `shift`: whether the desk may take money now.
    """

    section: ClassVar[SectionName] = "visits"

    form: Form
    prepayment: Money
    shift: bool
    read: Recognised | None = None
    card: str = ""


@dataclass(frozen=True)
class Describe(Page):
    """How many guests a visit has, and what is said of it."""

    section: ClassVar[SectionName] = "visits"

    visit: Visit
    form: Form


@dataclass(frozen=True)
class AddMoney(Page):
    """Money that is put on a visit; `terminal` says that one is there, `payment` what it does."""

    section: ClassVar[SectionName] = "visits"

    visit: Visit
    form: Form
    reasons: tuple[MoneyReason, ...]
    shift: bool
    terminal: bool
    payment: TerminalPayment | None = None


@dataclass(frozen=True)
class TakeBack(Page):
    """A visit, or one order of it, is about to be void: why, and how money goes back."""

    section: ClassVar[SectionName] = "visits"

    visit: Visit
    form: Form
    order: Order | None = None


def choice(name: str, values: tuple[str, ...], value: str) -> Field:
    """A choice between words of ours: ``desk.visits.NAME.VALUE``."""
    options = tuple((v, Said(f"desk.visits.{name}.{v}")) for v in values)
    return Field(name, Said(f"desk.visits.field.{name}"), "choice", value, options=options)


# --- opening ----------------------------------------------------------------------------------


def on_card(at: At, read: Recognised) -> Page | None:
    """What a card that was shown leads to, where it has no open visit; None where it has one."""
    offer = at.ask(OfferOnCard(read, in_visits=True))
    if offer.suggests == "register":
        raise Refused("err.unknown_card")
    if offer.suggests != "create":
        return None
    fields = _described(at.ask(GetVisitRules()))
    if offer.prepayment:
        fields = (*fields, choice("tender", TENDERS, "cash"))
    number = offer.card.masked if offer.card else f"•••• {read.number[-4:]}"
    form = forms.form(*fields, at="")
    return NewVisit(form, offer.prepayment, at.shift() is not None, read, number)


def without_card(at: At) -> Page:
    """A visit without a card."""
    form = forms.form(*_described(at.ask(GetVisitRules())))
    return NewVisit(form, Money(0, at.currency), at.shift() is not None)


def _described(rules: VisitRules, visit: Visit | None = None) -> tuple[Field, ...]:
    label = Field(
        "note", Said("desk.visits.field.visit_note"), "text", visit.note if visit else "", 60
    )
    words = visit.comment if visit else ""
    comment = Field("comment", Said("desk.visits.field.visit_comment"), "text", words, 200)
    assert comment.most <= COMMENT_CHARACTERS_MAX
    if rules.guests == "unused":
        return (label, comment)
    number = str(visit.guests) if visit and visit.guests else ""
    return (Field("guests", Said("desk.visits.field.guests"), "number", number, 4), label, comment)


def new_touched(at: At, page: NewVisit, name: str, argument: str) -> Page:
    """A button of the page that opens a visit."""
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        return replace(page, form=typed)
    if name in ("no", "back"):
        return listed(at)
    if name != "create":
        return page
    told = _told(page.form)
    if isinstance(told, Form):
        return replace(page, form=told)
    tender: Any = page.form["tender"] if page.prepayment else "cash"
    command = CreateVisit(read=page.read, tender=tender, language=at.language, **told)
    done = at.do(command)
    if isinstance(done, Refused):
        if done.key == "err.empty_visit":
            return _with_an_order(at, page, told["guests"])
        return replace(page, form=_wrong(page.form, done))
    at.say("desk.visits.opened", number=_number(done.changes))
    return listed(at, int(_number(done.changes)))


def new_fresh(at: At, page: NewVisit) -> Page:
    """The page as the books have it now: a shift may have been opened."""
    return replace(page, shift=at.shift() is not None)


def _with_an_order(at: At, page: NewVisit, guests: int) -> Page:
    """Where no visit is empty, it begins with its first order."""
    card = at.ask(FindCard(page.read)) if page.read else None
    if page.read and card is None:
        return page
    at.say("desk.visits.order_first")
    return at.turn(order_editor.first(at, card.id if card else "", guests))


def _number(changes: Any) -> str:
    made = next(c.document for c in changes if c.table == "visits")
    return str(made["number"])


def _told(form: Form) -> dict[str, Any] | Form:
    """What the form says of a visit; the form itself with what is wrong."""
    guests = 0
    if any(f.id == "guests" for f in form.fields) and form["guests"]:
        try:
            guests = forms.number(form, "guests")
        except Refused as refused:
            return forms.refused(form, refused, "guests")
    return {"guests": guests, "note": form["note"], "comment": form["comment"]}


def _wrong(form: Form, refused: Refused) -> Form:
    """The form with a refusal at the field that it is about, where it is about one."""
    field = {"err.guests": "guests", "err.visit_comment": "comment"}.get(refused.key, "")
    return forms.refused(form, refused, field) if field else form


# --- describing -------------------------------------------------------------------------------


def describe(at: At, visit: Visit) -> Page:
    """The page that describes a visit."""
    return Describe(visit, forms.form(*_described(at.ask(GetVisitRules()), visit)))


def describe_touched(at: At, page: Describe, name: str, argument: str) -> Page:
    """A button of the page that describes a visit."""
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        return replace(page, form=typed)
    if name == "back":
        return listed(at, page.visit.number)
    if name != "save":
        return page
    told = _told(page.form)
    if isinstance(told, Form):
        return replace(page, form=told)
    done = at.do(DescribeVisit(page.visit.id, **told))
    if isinstance(done, Refused):
        return replace(page, form=_wrong(page.form, done))
    at.say("desk.visits.described")
    return listed(at, page.visit.number)


# --- money on it ------------------------------------------------------------------------------


def add_money(at: At, seen: VisitSeen) -> Page:
    """The page that puts money on a visit.

    Raises:
        Refused: why none can be put there (E30, E93).
    """
    if seen.no_deposit:
        raise Refused(seen.no_deposit)
    reasons = at.ask(MoneyReasons("deposit"))
    if not reasons:
        raise Refused("err.no_deposit_reason")
    options = tuple((r.id, r.name) for r in reasons)
    fields = (
        Field("amount", Said("desk.visits.field.amount"), "money", most=10),
        Field("reason", Said("desk.visits.field.reason"), "choice", reasons[0].id, options=options),
        choice("tender", TENDERS, "cash"),
        Field("employee", Said("desk.visits.field.employee"), "digits", most=6),
    )
    wanted = any(r.employee for r in reasons)
    several = len(reasons) > 1
    asked = {"amount", "tender"} | ({"reason"} if several else set())
    asked |= {"employee"} if wanted else set()
    form = forms.form(*(f for f in fields if f.id in asked))
    return AddMoney(seen.visit, form, reasons, at.shift() is not None, terminal(at))


def terminal(at: At) -> bool:
    """Whether there is a payment terminal that answers."""
    return any(state.up for _, state in at.situation.machine.of("payment"))


_ABOUT = {
    "err.amount_small": "amount",
    "err.deposit_over": "amount",
    "err.employee_missing": "employee",
    "err.no_such_employee": "employee",
}
"""The fields that refusals of a deposit are about."""


def add_touched(at: At, page: AddMoney, name: str, argument: str) -> Page:
    """A button of the page that puts money on a visit."""
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        return replace(page, form=typed)
    if name == "back":
        return listed(at, page.visit.number)
    if name not in ("put", "terminal") or _busy(page.payment):
        return page
    try:
        amount = forms.money(page.form, "amount", at.currency)
    except Refused as refused:
        return replace(page, form=forms.refused(page.form, refused, "amount"))
    if name == "terminal":
        return _ask_terminal(at, page, amount)
    of: Any = page.form["tender"]
    who = next((f.value for f in page.form.fields if f.id == "employee"), "")
    several = len(page.reasons) > 1
    reason = page.form["reason"] if several else page.reasons[0].id
    command = Deposit(page.visit.id, amount, of, reason, at.language, who)
    done = at.do(command)
    if isinstance(done, Refused):
        field = _ABOUT.get(done.key, "")
        return replace(page, form=forms.refused(page.form, done, field)) if field else page
    at.say("desk.visits.put", amount=amount)
    return listed(at, page.visit.number)


def _ask_terminal(at: At, page: AddMoney, amount: Money) -> Page:
    begun = at.do(
        BeginTerminalPayment("deposit", amount, at.language, visit=page.visit.id), "terminal"
    )
    if isinstance(begun, Refused):
        return replace(page, form=forms.refused(page.form, begun, "amount"))
    return replace(page, payment=at.ask(GetTerminalPayment(begun.refs["payment"])))


def _busy(payment: TerminalPayment | None) -> bool:
    return payment is not None and payment.state == "begun"


def add_fresh(at: At, page: AddMoney) -> Page:
    """The page as the books have it now: what the terminal was asked may have been charged."""
    if page.payment is not None:
        page = replace(page, payment=at.ask(GetTerminalPayment(page.payment.id)))
        if page.payment and page.payment.state == "approved":
            at.say("desk.visits.put", amount=page.payment.value)
            return listed(at, page.visit.number)
    return replace(page, shift=at.shift() is not None, terminal=terminal(at))


# --- taking back ------------------------------------------------------------------------------


def take_back(at: At, visit: Visit, order: Order | None = None) -> Page:
    """The page that makes a visit, or an order of it, void."""
    reason = Field("why", Said("desk.visits.field.why"), "text", most=100)
    back = () if order or not visit.deposits else (choice("change", WAYS_BACK, "cash"),)
    del at
    return TakeBack(visit, forms.form(reason, *back), order)


def back_touched(at: At, page: TakeBack, name: str, argument: str) -> Page:
    """A button of the page that makes something void."""
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        return replace(page, form=typed)
    if name == "back":
        return visit_checkout.back_to(at, page.visit, page.order.id if page.order else "")
    if name != "void":
        return page
    why = page.form["why"]
    if page.order:
        done = at.do(VoidOrder(page.order.id, why))
    else:
        how: Any = page.form["change"] if page.visit.deposits else "cash"
        done = at.do(VoidVisit(page.visit.id, how, at.language, why))
    if isinstance(done, Refused):
        short = done.key == "err.reason_missing"
        return replace(page, form=forms.refused(page.form, done, "why")) if short else page
    if page.order:
        at.say("desk.visits.order_void", order=page.order.order)
        return listed(at, page.visit.number)
    kept = next(c.document for c in done.changes if c.table == "visits" and c.document)
    back = kept.get("back") or {"how": "none", "minor": 0}
    amount = Money(back["minor"], at.currency)
    key = f"desk.visits.void_{back.get('how') or 'none'}"
    at.say(key, number=str(page.visit.number), amount=amount)
    return listed(at)
