"""A5. The minutes of a client: who is meant, what is sold, taken back, exchanged, put right."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, get_args

from kiosk.core.cards import Card, FindCard
from kiosk.core.client_list import ClientOfCard, ClientRow, FindClients, ListClients, masked_name
from kiosk.core.clients import Client, GetClient
from kiosk.core.desk import forms
from kiosk.core.desk.client_card import ClientCard
from kiosk.core.desk.forms import Field, Form, Label, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, ClientId
from kiosk.core.messages import CardPresented, Event
from kiosk.core.minutes import AdjustMinutes, ConvertMinutes, FreeMinutes, MinutesOf
from kiosk.core.package_sales import Sale, Sales, SellPackage, UndoPackage
from kiosk.core.packages import KINDS, Package, Packages
from kiosk.core.staff import PIN_DIGITS, Approval
from kiosk.core.tenders import Tender

Purpose = Literal["minutes", "session"]
LETTERS_MIN, DIGITS_MIN, TYPED_MAX = 2, 4, 40
SIGNED = (
    "err.change_limit",
    "err.change_limit_shift",
    "err.change_two",
    "err.approval_missing",
)
"""Refusals that a second signature helps with."""


@dataclass(frozen=True)
class Choosing(Page):
    """Who is meant: a card that is tapped, or what was typed of a phone, a name or a number."""

    section: ClassVar[SectionName] = "minutes"

    purpose: Purpose
    form: Form
    found: tuple[ClientRow, ...] = field(default=(), repr=False)
    more: bool = False
    nobody: Refused | None = None


@dataclass(frozen=True)
class Player:
    """A client as these pages show him.

    `card` is the one that was tapped, if any; `came` his own page, if somebody came from there.
    """

    client: Client
    free: FreeMinutes
    name: Label = field(repr=False)
    card: Card | None = None
    came: ClientCard | None = field(default=None, repr=False)


@dataclass(frozen=True)
class ClientMinutes(Page):
    """What a client holds, what can be sold to him, what he bought.

    `chosen` is the package about which is asked Yes or No, `tender` how it will be paid.
    """

    section: ClassVar[SectionName] = "minutes"

    player: Player
    packages: tuple[Package, ...]
    sales: tuple[Sale, ...]
    chosen: Package | None = None
    tender: Tender = "wallet"


@dataclass(frozen=True)
class Undoing(Page):
    """A sale that is to be taken back; `part`: some of its minutes are spent."""

    section: ClassVar[SectionName] = "minutes"

    player: Player
    sale: Sale
    form: Form

    @property
    def part(self) -> bool:
        """Whether only a rest goes back."""
        return self.sale.left < self.sale.minutes


@dataclass(frozen=True)
class Adjusting(Page):
    """Minutes that are given or taken with a reason."""

    section: ClassVar[SectionName] = "minutes"

    player: Player
    form: Form


@dataclass(frozen=True)
class Exchanging(Page):
    """Minutes of one kind that become the other."""

    section: ClassVar[SectionName] = "minutes"

    player: Player
    form: Form


# --- who ----------------------------------------------------------------------------------------


def choose(at: At, purpose: Purpose) -> Page:
    """Ask who is meant."""
    del at
    typed = Field("who", Said("desk.minutes.field.who"), "text", most=TYPED_MAX)
    return Choosing(purpose, forms.form(typed))


def with_form(page: Choosing, of: Form) -> Choosing:
    """The same page with what is typed now."""
    return replace(page, form=of)


def looked_for(at: At, page: Choosing) -> Choosing:
    """The same page with whom the typed text finds; too short a text finds nobody yet."""
    typed = page.form["who"]
    page = replace(page, found=(), more=False, nobody=None)
    by_digits = not typed.strip("0123456789 ")
    if len(typed) < (DIGITS_MIN if by_digits else LETTERS_MIN):
        return page
    try:
        found = at.ask(FindClients(typed) if by_digits else ListClients(typed))
    except Refused as nobody:
        return _by_number(at, page, typed, nobody)
    return replace(page, found=found.rows, more=found.more)


def _by_number(at: At, page: Choosing, typed: str, nobody: Refused) -> Choosing:
    """Whose card has this number (M38); else nobody, as the search said it."""
    try:
        # The numbers of cards have capital letters, if any.
        return replace(page, found=(at.ask(ClientOfCard(typed.upper())),))
    except Refused:
        return replace(page, nobody=nobody)


def heard(at: At, event: Event) -> tuple[Client, Card] | None:
    """Whose card was tapped.

    Raises:
        Refused: as a read is; ``err.unknown_card``, ``err.card_blocked``.
    """
    if not isinstance(event, CardPresented):
        return None
    read = at.recognised(event)
    if read.scope == "employee":
        return None
    card = at.ask(FindCard(read))
    if card is None:
        raise Refused("err.unknown_card")
    if card.state != "active":
        raise Refused("err.card_blocked")
    return client_of(at, card.client), card


def client_of(at: At, client: str) -> Client:
    """A client; ``err.no_such_client``."""
    found = at.ask(GetClient(ClientId(client)))
    if found is None:
        raise Refused("err.no_such_client", client=client)
    return found


def player(
    at: At, client: Client, card: Card | None = None, came: ClientCard | None = None
) -> Player:
    """A client with his minutes."""
    return Player(client, at.ask(MinutesOf(client.id)), called(client, card), card, came)


def called(client: Client, card: Card | None = None) -> Label:
    """What a client is called in a list: a name, a phone, the card in hand, a number."""
    if client.name:
        return masked_name(client.name)
    if card is not None:
        return card.masked
    return client.phone_masked or Said("desk.minutes.client", {"client": client.id})


# --- his minutes --------------------------------------------------------------------------------


def of_client(
    at: At, client: Client, card: Card | None = None, came: ClientCard | None = None
) -> Page:
    """The minutes of a client: a new page."""
    return at.turn(_of(at, client, card, came))


def _of(at: At, client: Client, card: Card | None, came: ClientCard | None) -> ClientMinutes:
    sales = at.ask(Sales(client.id)) if at.may("Sales") else ()
    return ClientMinutes(player(at, client, card, came), at.ask(Packages()), sales)


def fresh(at: At, page: ClientMinutes) -> ClientMinutes:
    """The same client as the books have him now; what was chosen is chosen still."""
    of = page.player
    made = _of(at, client_of(at, of.client.id), of.card, of.came)
    return replace(made, chosen=page.chosen, tender=page.tender)


def again(at: At, of: Player) -> Page:
    """Back to the minutes of a client, as the books have them now."""
    return of_client(at, client_of(at, of.client.id), of.card, of.came)


def touched(at: At, page: ClientMinutes, name: str, argument: str) -> Page:
    """A button of a client's minutes."""
    match name:
        case "package":
            found = [p for p in page.packages if p.id == argument]
            return at.turn(replace(page, chosen=found[0])) if found else page
        case "tender" if argument in get_args(Tender):
            tender: Tender = next(t for t in get_args(Tender) if t == argument)
            return replace(page, tender=tender)
        case "no":
            return at.turn(replace(page, chosen=None))
        case "sell" if page.chosen is not None:
            return _sell(at, page, page.chosen)
        case "undo":
            sales = [s for s in page.sales if s.id == argument and s.state == "sold"]
            return at.turn(_undoing(page.player, sales[0])) if sales else page
        case "adjust" if argument in KINDS:
            return at.turn(_adjusting(page.player, argument))
        case "exchange":
            return at.turn(_exchanging(page.player))
        case _:
            return page


def _sell(at: At, page: ClientMinutes, chosen: Package) -> Page:
    of = page.player
    card = of.card.id if of.card else CardId("")
    done = at.do(SellPackage(of.client.id, chosen.id, page.tender, card, chosen.price))
    if isinstance(done, Refused):
        # Another price, or no such package any more: what is offered is asked anew.
        return replace(page, packages=at.ask(Packages()))
    at.say("desk.minutes.sold", kind=kind_said(chosen.kind), minutes=chosen.minutes)
    return again(at, of)


def kind_said(kind: str) -> Said:
    """A kind of minutes in words."""
    return Said(f"desk.minutes.kind.{kind}")


# --- taking back, putting right, exchanging -----------------------------------------------------


def _reason() -> Field:
    return Field("reason", Said("desk.minutes.field.reason"), "text", most=100)


def _signature() -> tuple[Field, Field]:
    says = Said("desk.minutes.second")
    number = Field("staff", Said("desk.minutes.field.second_number"), "digits", most=6, says=says)
    return number, Field("pin", Said("desk.minutes.field.second_pin"), "pin", most=PIN_DIGITS)


def approval(of: Form) -> Approval | None:
    """The second signature of a form, where somebody began to sign."""
    asked = any(f.id == "staff" for f in of.fields)
    return Approval(of["staff"], of["pin"]) if asked and of["staff"] else None


_FIELDS = {
    "err.reason_missing": "reason",
    "err.minutes_whole": "minutes",
    "err.minutes_free": "minutes",
    "err.number_form": "minutes",
    "err.approval_missing": "staff",
    "err.approval_self": "staff",
    "err.approval_right": "staff",
    "err.pin_wrong": "pin",
    "err.pin_locked": "pin",
    "err.pin_none": "pin",
}


def at_field(at: At, of: Form, refused: Refused) -> Form:
    """The form with a refusal at the field that it is about; others stay at the page's top.

    Where a second signature helps, the form asks for one. A PIN that was typed is forgotten.
    """
    known = {f.id for f in of.fields}
    wrong = _FIELDS.get(refused.key, "")
    if refused.key in SIGNED:
        of = of if "staff" in known else replace(of, fields=of.fields + _signature())
        known, wrong = known | {"staff", "pin"}, "staff"
    if "pin" in known:
        of = forms.put(of, "pin", "")
    if wrong not in known:
        return of
    at.desk = replace(at.desk, problem=None)
    return forms.refused(of, refused, wrong)


def _undoing(of: Player, sale: Sale) -> Undoing:
    return Undoing(of, sale, forms.form(_reason()))


def touched_undoing(at: At, page: Undoing, name: str, argument: str) -> Page:
    """A button of a sale that is to be taken back."""
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        return replace(page, form=typed)
    if name != "do":
        return page
    sale = page.sale
    done = at.do(UndoPackage(sale.id, page.part, approval(page.form), page.form["reason"]))
    if isinstance(done, Refused):
        return replace(page, form=at_field(at, page.form, done))
    at.say("desk.minutes.undone", minutes=sale.left, kind=kind_said(sale.kind))
    return again(at, page.player)


def _adjusting(of: Player, kind: str) -> Adjusting:
    number = Field(
        "minutes",
        Said("desk.minutes.field.minutes"),
        "number",
        most=7,
        unit=Said("desk.minutes.unit.minutes"),
        says=Said("desk.minutes.adjust_says"),
        signed=True,
    )
    return Adjusting(of, forms.form(_kind_field(kind), number, _reason()))


def _kind_field(kind: str, label: str = "desk.minutes.field.kind") -> Field:
    options = tuple((k, kind_said(k)) for k in KINDS)
    return Field("kind", Said(label), "choice", kind, options=options)


def touched_adjusting(at: At, page: Adjusting, name: str, argument: str) -> Page:
    """A button of minutes that are put right."""
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        return replace(page, form=typed)
    if name != "do":
        return page
    of = page.form
    try:
        minutes = forms.number(of, "minutes")
    except Refused as refused:
        return replace(page, form=forms.refused(of, refused, "minutes"))
    client = page.player.client.id
    done = at.do(AdjustMinutes(client, of["kind"], minutes, of["reason"], approval(of)))
    if isinstance(done, Refused):
        return replace(page, form=at_field(at, of, done))
    said = "desk.minutes.given" if minutes > 0 else "desk.minutes.taken"
    at.say(said, minutes=abs(minutes), kind=kind_said(of["kind"]))
    return again(at, page.player)


def _exchanging(of: Player) -> Exchanging:
    number = Field("minutes", Said("desk.minutes.field.minutes"), "number", most=6)
    return Exchanging(of, forms.form(_kind_field("game", "desk.minutes.field.from_kind"), number))


def touched_exchanging(at: At, page: Exchanging, name: str, argument: str) -> Page:
    """A button of minutes that become the other kind."""
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        return replace(page, form=typed)
    if name != "do":
        return page
    of = page.form
    try:
        minutes = forms.number(of, "minutes")
    except Refused as refused:
        return replace(page, form=forms.refused(of, refused, "minutes"))
    done = at.do(ConvertMinutes(page.player.client.id, of["kind"], minutes))
    if isinstance(done, Refused):
        return replace(page, form=at_field(at, of, done))
    at.say("desk.minutes.exchanged", minutes=minutes)
    return again(at, page.player)
