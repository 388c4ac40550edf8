"""A2 and A3. A change of a balance: which, by how much, why; looked at, then booked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

from kiosk.core.balances import (
    SIGNS,
    BalanceChange,
    BalanceChanges,
    ChangeBalance,
    ChangeFigures,
    CheckChange,
    Reason,
    Source,
    Wallet,
)
from kiosk.core.desk import client_card, forms
from kiosk.core.desk.client_card import ClientCard
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.errors import Refused
from kiosk.core.money import Money
from kiosk.core.staff import PIN_DIGITS, Approval

COMMENT_MAX = 200
AMOUNT_FIGURES_MAX = 14
REASONS: tuple[Reason, ...] = ("refund", "technical_error", "bonus_accrual")


@dataclass(frozen=True)
class BalanceForm(Page):
    """Which reason, how much, a comment; and, once it was looked at, `figures` to confirm.

    `wallet` is fixed by the button that led here (C26).
    """

    section: ClassVar[SectionName] = "clients"

    card: ClientCard
    wallet: Wallet
    form: Form = field(repr=False)
    change: ChangeBalance | None = None
    figures: ChangeFigures | None = None

    @property
    def reason(self) -> str:
        """The reason that was chosen, or nothing."""
        return self.form["reason"]


@dataclass(frozen=True)
class BalanceChangeList(Page):
    """The changes of a client's balances; each can be undone by another."""

    section: ClassVar[SectionName] = "clients"

    card: ClientCard
    changes: tuple[BalanceChange, ...]
    before: tuple[str, ...] = ()


def open_form(at: At, card: ClientCard, wallet: Wallet) -> Page:
    """The form for a change of one balance."""
    return at.turn(BalanceForm(card, wallet, _form(wallet, "")))


def _form(wallet: Wallet, reason: str) -> Form:
    reasons = [r for r in REASONS if (r, wallet) in SIGNS]
    if len(reasons) == 1:
        reason = reasons[0]
    options = tuple((r, Said(f"desk.clients.reason.{r}")) for r in reasons)
    kind: forms.FieldKind = "money" if wallet == "game" else "number"
    unit = "" if wallet == "game" else Said("desk.clients.points")
    says = Said(f"desk.clients.sign.{reason or 'none'}")
    fields = [
        Field("reason", Said("desk.clients.field.reason"), "choice", reason, options=options),
        Field(
            "amount",
            Said("desk.clients.field.amount"),
            kind,
            most=AMOUNT_FIGURES_MAX,
            says=says,
            unit=unit,
            signed=True,
        ),
    ]
    if (wallet, reason) == ("game", "technical_error"):
        sources = (("till", Said("desk.clients.till")), ("goodwill", Said("desk.clients.goodwill")))
        fields.append(Field("source", Said("desk.clients.source"), "choice", options=sources))
    fields.append(Field("comment", Said("desk.clients.field.comment"), "text", most=COMMENT_MAX))
    return forms.form(*fields, at="amount")


def touched(at: At, page: BalanceForm, name: str, argument: str) -> Page:
    """A button of the form, or of its confirmation."""
    if page.figures is not None:
        return _confirming(at, page, name, argument)
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        return replace(page, form=_chosen(page, typed))
    match name:
        case "back":
            return client_card.again(at, page.card)
        case "next":
            return _look(at, page)
        case _:
            return page


def _chosen(page: BalanceForm, typed: Form) -> Form:
    """Another reason has other fields; what was typed stays."""
    if typed["reason"] == page.reason:
        return typed
    made = _form(page.wallet, typed["reason"])
    for kept in ("amount", "comment"):
        made = forms.put(made, kept, typed[kept])
    return made


def _look(at: At, page: BalanceForm) -> Page:
    """Have the change worked out, without booking it (C12)."""
    try:
        change = _change(at, page)
    except Refused as refused:
        return replace(page, form=forms.refused(page.form, refused, "amount"))
    try:
        figures = at.ask(CheckChange(change))
    except Refused as refused:
        wrong = _FIELDS.get(refused.key, "")
        known = wrong if any(f.id == wrong for f in page.form.fields) else ""
        if not known:
            raise
        return replace(page, form=forms.refused(page.form, refused, known))
    made = replace(page, change=change, figures=figures)
    return at.turn(_to_sign(made) if figures.signature else made)


_FIELDS = {
    "err.amount_form": "amount",
    "err.amount_small": "amount",
    "err.balance_less": "amount",
    "err.balance_full": "amount",
    "err.bonus_short": "amount",
    "err.change_not_allowed": "amount",
    "err.till_short": "amount",
    "err.till_short_blind": "amount",
    "err.change_source": "source",
    "err.comment": "comment",
    "err.reason_missing": "reason",
}


def _change(at: At, page: BalanceForm) -> ChangeBalance:
    of = page.form
    if page.wallet == "game":
        amount = forms.money(of, "amount", at.currency).minor
    else:
        amount = forms.number(of, "amount")
    reason = next((r for r in REASONS if r == of["reason"]), None)
    signs = SIGNS.get((reason or "", page.wallet), ())
    if len(signs) == 1 and amount > 0:
        # A refund only lowers, an accrual only raises: nobody has to type the sign.
        amount *= signs[0]
    source: Source = ""
    if any(f.id == "source" for f in of.fields):
        source = "till" if of["source"] == "till" else "goodwill" if of["source"] else ""
    return ChangeBalance(
        page.card.client.id, page.wallet, amount, reason or "", of["comment"], source
    )


def _to_sign(page: BalanceForm) -> BalanceForm:
    """The confirmation with the fields of a second signature."""
    return replace(page, form=forms.form(*_kept(page.form), *SIGNATURE, at="staff"))


SIGNATURE = (
    Field("staff", Said("desk.clients.field.signed_by"), "digits", most=6),
    Field("pin", Said("desk.clients.field.signed_pin"), "pin", most=PIN_DIGITS),
)


def _kept(of: Form) -> tuple[Field, ...]:
    names = {f.id for f in SIGNATURE}
    return tuple(f for f in of.fields if f.id not in names)


def signed(page: BalanceForm) -> bool:
    """Whether a second signature is asked for."""
    return any(f.id == "staff" for f in page.form.fields)


def _confirming(at: At, page: BalanceForm, name: str, argument: str) -> Page:
    if signed(page):
        typed = forms.touched(page.form, name, argument, ())
        if typed is not None:
            return replace(page, form=typed)
    match name:
        case "back":
            form = forms.form(*_kept(page.form), at="amount")
            return at.turn(replace(page, form=form, change=None, figures=None))
        case "confirm":
            return _book(at, page)
        case _:
            return page


def _book(at: At, page: BalanceForm) -> Page:
    assert page.change is not None, "a page that confirms has what it confirms"
    command = page.change
    if signed(page):
        approval = Approval(page.form["staff"], page.form["pin"])
        command = replace(command, approval=approval)
    done = at.do(command)
    if isinstance(done, Refused):
        if signed(page):
            emptied = forms.put(page.form, "pin", "")
            return replace(page, form=forms.refused(emptied, done, "pin"))
        return at.turn(_to_sign(page)) if _wants_signature(done) else page
    at.say("desk.clients.changed", name=_wallet(page), **_before_after(at, page))
    return client_card.again(at, page.card)


def _wants_signature(refused: Refused) -> bool:
    """Whether somebody else's word would let it pass: a limit of trust, or of changes."""
    return "rule" in refused.args_by_name or refused.key in (
        "err.change_limit",
        "err.change_two",
        "err.change_limit_shift",
        "err.goodwill",
    )


def _wallet(page: BalanceForm) -> Said:
    return Said(f"desk.clients.{page.wallet}")


def _before_after(at: At, page: BalanceForm) -> dict[str, Money | Said]:
    assert page.figures is not None, "it was looked at"
    return {
        "before": amount(at, page.wallet, page.figures.before),
        "after": amount(at, page.wallet, page.figures.after),
    }


def amount(at: At, wallet: str, number: int) -> Money | Said:
    """An amount of a balance to be told: money, or points."""
    if wallet == "game":
        return Money(number, at.currency)
    return Said("desk.clients.so_many_points", {"number": str(number)})


# --- the list of changes --------------------------------------------------------------------------


def open_list(at: At, card: ClientCard, before: tuple[str, ...] = ()) -> Page:
    """A page of a client's changes, newest first; `before` are the ends of the pages above."""
    last = before[-1] if before else ""
    found = at.ask(BalanceChanges(card.client.id, last))
    return at.turn(BalanceChangeList(card, found, before))


def list_touched(at: At, page: BalanceChangeList, name: str, argument: str) -> Page:
    """A button of the list; a change itself is undone by `client_deeds`."""
    del argument
    match name:
        case "back":
            return client_card.again(at, page.card)
        case "older" if page.changes:
            return open_list(at, page.card, (*page.before, page.changes[-1].id))
        case "newer" if page.before:
            return open_list(at, page.card, page.before[:-1])
        case _:
            return page


def fresh_list(at: At, page: BalanceChangeList) -> Page:
    """The same list as the books have it now."""
    last = page.before[-1] if page.before else ""
    return replace(page, changes=at.ask(BalanceChanges(page.card.client.id, last)))
