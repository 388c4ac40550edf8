"""What the desk does for a client with one form: block, move, rename, merge, top up and so on.

A deed is a row of `DEEDS`: its fields, and the command that they make. Where a limit stops it, the
form asks for somebody who may let it pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, get_args

from kiosk.core.accounts import GetCardAccounts, PointCard
from kiosk.core.balances import ReverseChange
from kiosk.core.cards import BlockCard, CardsOf, UnblockCard
from kiosk.core.clients import NAME_MAX, EraseClient
from kiosk.core.desk import forms
from kiosk.core.desk.client_card import ClientCard
from kiosk.core.desk.client_changes import SIGNATURE
from kiosk.core.desk.forms import Field, Form, Label, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.desk_top_ups import RecordChargeback, TopUpAtDesk
from kiosk.core.duplicates import KeepApart, MergeClients
from kiosk.core.errors import Refused
from kiosk.core.identity import ChangeName, ChangePhone, ResetPin
from kiosk.core.ids import CardId, ClientId, JobId
from kiosk.core.lost_cards import MoveCard, ReportLost
from kiosk.core.money import Money
from kiosk.core.promo_codes import GIVES, Gives, IssuePromoCode, RedeemPromoCode
from kiosk.core.receipts import VoidReceipt
from kiosk.core.recognition import Recognised
from kiosk.core.segments import Groups, SetGroup
from kiosk.core.staff import PIN_DIGITS, Approval
from kiosk.core.strikes import ClearStrike
from kiosk.core.tenders import TENDERS, Tender

REASON_MAX = 200
CODE_MAX = 16
PHONE_MAX = 16
AMOUNT_MAX = 12


@dataclass(frozen=True)
class ClientDeed(Page):
    """A form that does something to a client.

    Attributes:
        deed: its name in `DEEDS`.
        card: the client's card, to which it goes back.
        of: what it is about: a card, a strike, a change, a receipt, another client; or nothing.
        about: how that is called.
        form: what is to be filled in.
        read: the card that was tapped, where one is wanted.
        sure: the question whether it shall be done stands there.
        came: where Back leads; the client's card where there is none.
        other: the second client that it is about.
    """

    section: ClassVar[SectionName] = "clients"

    deed: str
    card: ClientCard
    of: str
    about: Label = field(repr=False)
    form: Form = field(repr=False)
    read: Recognised | None = field(default=None, repr=False)
    sure: bool = False
    came: Page | None = field(default=None, repr=False)
    other: ClientId | str = ""

    @property
    def client(self) -> ClientId:
        """Whose it is."""
        return self.card.client.id


@dataclass(frozen=True)
class Deed:
    """A row of `DEEDS`.

    Attributes:
        command: the name of its command, which says who may.
        fields: what is asked.
        make: the command.
        taps: another card has to be shown.
        asks: whether a second step says what follows, before it is done.
    """

    command: str
    fields: Callable[[At, ClientCard], tuple[Field, ...]]
    make: Callable[[At, ClientDeed], object]
    taps: bool = False
    asks: bool = False


# --- fields ---------------------------------------------------------------------------------------


def _reason(key: str = "") -> Field:
    says: Label = Said(f"desk.clients.why.{key}") if key else ""
    return Field("reason", Said("desk.clients.field.reason"), "text", most=REASON_MAX, says=says)


def _only_reason(at: At, card: ClientCard) -> tuple[Field, ...]:
    del at, card
    return (_reason(),)


def _pin_fields(at: At, card: ClientCard) -> tuple[Field, ...]:
    del at, card
    says = Said("desk.clients.client_types")
    return (
        Field("new", Said("desk.clients.field.new_pin"), "pin", most=4, says=says),
        Field("again", Said("desk.clients.field.pin_again"), "pin", most=4),
        _reason("checked"),
    )


def _phone_fields(at: At, card: ClientCard) -> tuple[Field, ...]:
    del at, card
    says = Said("desk.clients.empty_phone")
    return (
        Field("phone", Said("desk.clients.field.phone"), "digits", most=PHONE_MAX, says=says),
        _reason("checked"),
    )


def _name_fields(at: At, card: ClientCard) -> tuple[Field, ...]:
    del at
    says = Said("desk.clients.empty_name")
    label, name = Said("desk.clients.field.name"), card.client.name
    return (
        Field("name", label, "text", name, NAME_MAX, says=says, capitals=True),
        _reason(),
    )


def _group_fields(at: At, card: ClientCard) -> tuple[Field, ...]:
    groups = tuple((group.id, group.name) for group in at.ask(Groups()))
    options: tuple[tuple[str, Label], ...] = (("", Said("desk.clients.no_group")), *groups)
    now = card.client.group
    return (
        Field("group", Said("desk.clients.field.group"), "choice", now, options=options),
        _reason(),
    )


def _top_up_fields(at: At, card: ClientCard) -> tuple[Field, ...]:
    del at, card
    tenders = tuple((t, Said(f"report.word.{t}")) for t in TENDERS if t != "wallet")
    return (
        Field("amount", Said("desk.clients.field.amount"), "money", most=AMOUNT_MAX),
        Field("tender", Said("desk.clients.field.tender"), "choice", "cash", options=tenders),
    )


def _promo_fields(at: At, card: ClientCard) -> tuple[Field, ...]:
    del at, card
    gives = tuple((g, Said(f"desk.clients.gives.{g}")) for g in GIVES)
    until = Said("desk.clients.until")
    return (
        Field("gives", Said("desk.clients.field.gives"), "choice", "bonus", options=gives),
        Field("amount", Said("desk.clients.field.how_many"), "number", most=6),
        Field("until", Said("desk.clients.field.until"), "date", most=8, says=until),
        _reason(),
    )


def _code_fields(at: At, card: ClientCard) -> tuple[Field, ...]:
    del at, card
    says = Said("desk.clients.code_form")
    return (Field("code", Said("desk.clients.field.code"), "text", most=CODE_MAX, says=says),)


def _void_fields(at: At, card: ClientCard) -> tuple[Field, ...]:
    del at, card
    return (_reason(), Field("own_pin", Said("desk.clients.field.own_pin"), "pin", most=PIN_DIGITS))


def _point_fields(at: At, card: ClientCard) -> tuple[Field, ...]:
    del at, card
    uses = tuple((use, Said(f"desk.clients.uses.{use}")) for use in ("pays", "both", "gets"))
    return (
        Field("uses", Said("desk.clients.field.uses"), "choice", "pays", options=uses),
        _reason(),
    )


# --- commands -------------------------------------------------------------------------------------


def _top_up(at: At, page: ClientDeed) -> object:
    amount = forms.money(page.form, "amount", at.currency)
    tender: Tender = next(t for t in get_args(Tender) if t == page.form["tender"])
    reason = _filled(page, "reason")
    return TopUpAtDesk(page.client, amount, tender, _approval(page), reason)


def _filled(page: ClientDeed, name: str) -> str:
    return page.form[name] if any(f.id == name for f in page.form.fields) else ""


def _approval(page: ClientDeed) -> Approval | None:
    number = _filled(page, "staff")
    return Approval(number, _filled(page, "pin")) if number else None


def _move(at: At, page: ClientDeed) -> object:
    del at
    assert page.read is not None, "it is done when the new card was shown"
    reason = page.form["reason"]
    return MoveCard(CardId(page.of), page.read, reason=reason, override=_approval(page))


def _point(at: At, page: ClientDeed) -> object:
    now = at.ask(GetCardAccounts(CardId(page.of)))
    debit, expenditure = _named(page, now.debit), _named(page, now.expenditure)
    if page.form["uses"] != "pays":
        debit = page.other
    if page.form["uses"] != "gets":
        expenditure = page.other
    return PointCard(CardId(page.of), debit, expenditure, page.form["reason"])


def _named(page: ClientDeed, client: ClientId) -> ClientId | str:
    """A client as `PointCard` names him: the card's own by nothing."""
    return "" if client == page.client else client


def _reset_pin(at: At, page: ClientDeed) -> object:
    del at
    if page.form["new"] != page.form["again"]:
        raise Refused("err.pins_differ")
    return ResetPin(page.client, page.form["new"], page.form["reason"])


def _issue_code(at: At, page: ClientDeed) -> object:
    del at
    until = forms.date(page.form, "until").isoformat() if page.form["until"] else ""
    gives: Gives = next(g for g in GIVES if g == page.form["gives"])
    amount = forms.number(page.form, "amount")
    return IssuePromoCode(page.client, gives, amount, until, page.form["reason"])


def _redeem(at: At, page: ClientDeed) -> object:
    cards = [card for card in at.ask(CardsOf(page.client)) if card.state == "active"]
    if not cards:
        raise Refused("err.card_blocked")
    return RedeemPromoCode(cards[0].id, page.form["code"])


DEEDS: Mapping[str, Deed] = {
    "block": Deed(
        "BlockCard", _only_reason, lambda at, p: BlockCard(CardId(p.of), p.form["reason"])
    ),
    "unblock": Deed(
        "UnblockCard", _only_reason, lambda at, p: UnblockCard(CardId(p.of), p.form["reason"])
    ),
    "lost": Deed(
        "ReportLost", _only_reason, lambda at, p: ReportLost(CardId(p.of), reason=p.form["reason"])
    ),
    "move": Deed("MoveCard", _only_reason, _move, taps=True),
    "wallet": Deed("PointCard", _point_fields, _point),
    "own": Deed(
        "PointCard", _only_reason, lambda at, p: PointCard(CardId(p.of), reason=p.form["reason"])
    ),
    "reset_pin": Deed("ResetPin", _pin_fields, _reset_pin),
    "phone": Deed(
        "ChangePhone",
        _phone_fields,
        lambda at, p: ChangePhone(p.client, p.form["phone"], reason=p.form["reason"]),
    ),
    "name": Deed(
        "ChangeName",
        _name_fields,
        lambda at, p: ChangeName(p.client, p.form["name"], p.form["reason"]),
    ),
    "group": Deed(
        "SetGroup",
        _group_fields,
        lambda at, p: SetGroup(p.client, p.form["group"], p.form["reason"]),
    ),
    "top_up": Deed("TopUpAtDesk", _top_up_fields, _top_up),
    "issue_code": Deed("IssuePromoCode", _promo_fields, _issue_code),
    "redeem_code": Deed("RedeemPromoCode", _code_fields, _redeem),
    "clear": Deed("ClearStrike", _only_reason, lambda at, p: ClearStrike(p.of, p.form["reason"])),
    "reverse": Deed(
        "ReverseChange",
        _only_reason,
        lambda at, p: ReverseChange(p.of, p.form["reason"]),
        asks=True,
    ),
    "void": Deed(
        "VoidReceipt",
        _void_fields,
        lambda at, p: VoidReceipt(JobId(p.of), p.form["reason"], p.form["own_pin"]),
    ),
    "charge_back": Deed(
        "RecordChargeback",
        _only_reason,
        lambda at, p: RecordChargeback(JobId(p.of), p.form["reason"]),
        asks=True,
    ),
    "merge": Deed(
        "MergeClients",
        _only_reason,
        lambda at, p: MergeClients(p.client, ClientId(p.of), p.form["reason"]),
        asks=True,
    ),
    "apart": Deed(
        "KeepApart",
        _only_reason,
        lambda at, p: KeepApart(p.client, ClientId(p.of), p.form["reason"]),
    ),
    "forget": Deed(
        "EraseClient",
        _only_reason,
        lambda at, p: EraseClient(p.client, p.form["reason"]),
        asks=True,
    ),
}


def open_deed(
    at: At,
    deed: str,
    card: ClientCard,
    of: str = "",
    about: Label = "",
    came: Page | None = None,
    other: ClientId | str = "",
) -> Page:
    """The form of a deed."""
    made = forms.form(*DEEDS[deed].fields(at, card))
    return at.turn(ClientDeed(deed, card, of, about, made, came=came, other=other))


def ready(page: ClientDeed) -> bool:
    """Whether nothing is missing but the word: a card that has to be shown, was."""
    return page.read is not None or not DEEDS[page.deed].taps


def touched(at: At, page: ClientDeed, name: str, argument: str) -> ClientDeed | None:
    """The form after a button; None once it is done, or left."""
    if not page.sure:
        typed = forms.touched(page.form, name, argument, at.situation.house.languages)
        if typed is not None:
            return replace(page, form=_unsigned(page.form, typed))
    match name:
        case "back" if page.sure:
            at.turned = True
            return replace(page, sure=False)
        case "back":
            return None
        case "deed" if DEEDS[page.deed].asks and not page.sure:
            return _ask(at, page)
        case "deed" if ready(page):
            return _do(at, page)
        case _:
            return page


def _unsigned(before: Form, typed: Form) -> Form:
    """What was signed is no other amount: somebody else's PIN goes when something is changed."""
    names = {f.id for f in typed.fields}
    if "staff" not in names:
        return typed
    changed = any(before[name] != typed[name] for name in names - {"pin"})
    return forms.put(typed, "pin", "") if changed else typed


def _ask(at: At, page: ClientDeed) -> ClientDeed:
    if not page.form["reason"]:
        missing = Refused("err.reason_missing")
        return replace(page, form=forms.refused(page.form, missing, "reason"))
    at.turned = True
    return replace(page, sure=True)


def _do(at: At, page: ClientDeed) -> ClientDeed | None:
    try:
        command = DEEDS[page.deed].make(at, page)
    except Refused as refused:
        return _refused(page, refused)
    done = at.do(command)
    if isinstance(done, Refused):
        made = _refused(replace(page, sure=False), done)
        if made.form.wrong:
            # It stands at its field.
            at.desk = replace(at.desk, problem=None)
        at.turned |= page.sure
        return made
    at.say(f"desk.clients.did.{page.deed}", **_told(at, page))
    return None


def _told(at: At, page: ClientDeed) -> dict[str, Label | Money]:
    if page.deed == "top_up":
        return {"amount": forms.money(page.form, "amount", at.currency)}
    return {"about": page.about} if page.about else {}


_FIELDS = {
    "err.reason_missing": ("reason",),
    "err.pin_form": ("new", "own_pin", "pin"),
    "err.pin_easy": ("new",),
    "err.pins_differ": ("again",),
    "err.pin_wrong": ("own_pin", "pin"),
    "err.phone_form": ("phone",),
    "err.phone_taken": ("phone",),
    "err.name_form": ("name",),
    "err.nothing_changed": ("phone", "name"),
    "err.promo_amount": ("amount",),
    "err.promo_until": ("until",),
    "err.date_form": ("until",),
    "err.number_form": ("amount",),
    "err.amount_form": ("amount",),
    "err.amount_small": ("amount",),
    "err.balance_full": ("amount",),
    "err.promo_unknown": ("code",),
    "err.promo_redeemed": ("code",),
    "err.promo_over": ("code",),
    "err.approval_right": ("staff",),
    "err.approval_self": ("staff",),
}
_SECRET = ("pin", "own_pin", "again", "new")


def _refused(page: ClientDeed, refused: Refused) -> ClientDeed:
    """The form with what was wrong at its field; what a limit stops can be signed."""
    there = {f.id for f in page.form.fields}
    wrong = next((name for name in _FIELDS.get(refused.key, ()) if name in there), "")
    of = page.form
    if "rule" in refused.args_by_name and "staff" not in there:
        reason = () if "reason" in there else (_reason("limit"),)
        of = forms.form(*of.fields, *reason, *SIGNATURE, at="reason")
    for name in _SECRET:
        if name in there:
            of = forms.put(of, name, "")
    return replace(page, form=forms.refused(of, refused, wrong))


def tapped(at: At, page: ClientDeed, read: Recognised) -> ClientDeed:
    """A card was shown to a form that waits for one."""
    at.turned = True
    return replace(page, read=read)
