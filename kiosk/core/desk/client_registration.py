"""A card is registered at the desk: tapped here, for somebody who stands there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

from kiosk.core import pins
from kiosk.core.cards import GetCard
from kiosk.core.clients import NAME_MAX, RegisterCard
from kiosk.core.desk import client_card, forms
from kiosk.core.desk.client_deeds import PHONE_MAX
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId
from kiosk.core.journey import offered, print_slip
from kiosk.core.phones import NotAPhone
from kiosk.core.recognition import Recognised
from kiosk.core.slips import IssueRegistrationSlip


@dataclass(frozen=True)
class CardRegistration(Page):
    """A card that is on nobody's file: who holds it. Everything but the terms may be left out."""

    section: ClassVar[SectionName] = "clients"

    read: Recognised = field(repr=False)
    form: Form = field(repr=False)
    came: Page = field(repr=False)


def open_registration(at: At, read: Recognised, came: Page) -> Page:
    """The form for a new card."""
    consent = Said("desk.clients.consent")
    made = forms.form(
        Field("name", Said("desk.clients.field.name"), "text", most=NAME_MAX, capitals=True),
        Field("phone", Said("desk.clients.field.phone"), "digits", most=PHONE_MAX),
        Field("consent", Said("desk.clients.field.consent"), "switch", says=consent),
        Field(
            "pin",
            Said("desk.clients.field.new_pin"),
            "pin",
            most=4,
            says=Said("desk.clients.pin_free"),
        ),
        Field("again", Said("desk.clients.field.pin_again"), "pin", most=4),
        Field("terms", Said("desk.clients.field.terms"), "switch", says=Said("desk.clients.terms")),
    )
    return at.turn(CardRegistration(read, made, came))


def touched(at: At, page: CardRegistration, name: str, argument: str) -> Page:
    """A button of the form."""
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        return replace(page, form=typed)
    match name:
        case "back":
            return at.turn(page.came)
        case "register":
            return _register(at, page)
        case _:
            return page


def _register(at: At, page: CardRegistration) -> Page:
    of = page.form
    try:
        phone = _checked(at, of)
    except _Wrong as wrong:
        made = of
        if wrong.field in ("pin", "again"):
            made = forms.put(forms.put(of, "pin", ""), "again", "")
        at_field = "pin" if wrong.field == "again" else wrong.field
        return replace(page, form=forms.refused(made, wrong.refused, at_field))
    done = at.do(
        RegisterCard(
            read=page.read,
            type=at.venue.default_type,
            language=at.language,
            terms=at.venue.terms_version,
            phone=phone,
            pin=of["pin"],
            name=of["name"],
        )
    )
    if isinstance(done, Refused):
        return page
    _slip(at, CardId(done.refs["card"]))
    at.say("desk.clients.did.register")
    return client_card.opened(at, done.refs["client"], page.came)


class _Wrong(Exception):
    def __init__(self, field_: str, key: str, **args: str) -> None:
        super().__init__(field_)
        self.field = field_
        self.refused = Refused(key, **args)


def _checked(at: At, of: Form) -> str:
    """The phone in normal form; each mistake of the form is told at its field."""
    phone = of["phone"]
    if phone:
        try:
            phone = at.venue.phone.normal(phone)
        except NotAPhone:
            raise _Wrong("phone", "err.phone_form") from None
        if not of.on("consent"):
            raise _Wrong("consent", "err.consent_missing")
    if of["pin"] or of["again"]:
        if len(of["pin"]) != pins.CLIENTS.digits:
            raise _Wrong("pin", "err.pin_form", digits=str(pins.CLIENTS.digits))
        if pins.easy(of["pin"]):
            raise _Wrong("pin", "err.pin_easy")
        if of["pin"] != of["again"]:
            raise _Wrong("again", "err.pins_differ")
    if not of.on("terms"):
        raise _Wrong("terms", "err.terms_missing")
    return phone


def _slip(at: At, card: CardId) -> None:
    """The slip of the registration, with the recovery code: nobody else's hands touch it."""
    known = at.ask(GetCard(card))
    if known is None or known.slip:
        return
    command = IssueRegistrationSlip(card, at.language)
    issued = at.step.must(command, f"registration:{card}")
    off = offered(at.situation).receipts
    at.effects += print_slip(at.step, issued.refs["slip"], "off" if off is None else off)[1]
