"""Who works here: people, roles, PINs, cards, and the owner's way back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from kiosk.core.desk import forms
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.errors import Refused
from kiosk.core.ledger import Entry
from kiosk.core.messages import CardPresented, Event
from kiosk.core.permissions import ROLES_KNOWN, Role
from kiosk.core.recognition import recognise
from kiosk.core.staff import (
    NAME_CHARACTERS_MAX,
    PIN_DIGITS,
    AddStaff,
    ChangeStaff,
    IssueRecoveryCode,
    ListStaff,
    Person,
    SetStaffPin,
    UnlockStaff,
    new_code,
)


@dataclass(frozen=True)
class StaffList(Page):
    """Everybody who works here, or did."""

    section: ClassVar[SectionName] = "settings"

    people: tuple[Person, ...]


@dataclass(frozen=True)
class StaffCard(Page):
    """A person, and what can be done about him."""

    section: ClassVar[SectionName] = "settings"

    person: Person


@dataclass(frozen=True)
class StaffForm(Page):
    """A person who begins, or whose name or role changes; then the question about it."""

    section: ClassVar[SectionName] = "settings"

    form: Form
    person: Person | None = None


@dataclass(frozen=True)
class StaffPin(Page):
    """A new PIN: of oneself against the old one, or of somebody else."""

    section: ClassVar[SectionName] = "settings"

    form: Form
    person: Person


@dataclass(frozen=True)
class StaffTap(Page):
    """A card is to be tapped or swiped: it becomes the person's."""

    section: ClassVar[SectionName] = "settings"

    person: Person


@dataclass(frozen=True)
class StaffSure(Page):
    """A question before somebody leaves, or a former recovery code ends."""

    section: ClassVar[SectionName] = "settings"

    person: Person
    what: Literal["leave", "code"]


@dataclass(frozen=True)
class RecoveryCode(Page):
    """A recovery code, shown once: who signs in again does not find it (`since`)."""

    section: ClassVar[SectionName] = "settings"

    number: str
    code: str = field(repr=False)
    since: datetime = field(repr=False)


def open_staff(at: At) -> Page:
    """Everybody, where the attendant has to do with staff; else the attendant alone."""
    people = at.ask(ListStaff())
    if at.may("AddStaff"):
        return StaffList(people)
    return StaffCard(_one(people, at.desk.person.number))


def _one(people: tuple[Person, ...], number: str) -> Person:
    found = next((p for p in people if p.number == number), None)
    if found is None:
        raise Refused("err.no_such_employee", employee=number)
    return found


def open_person(at: At, number: str) -> StaffCard:
    """A person as the books have him now."""
    return StaffCard(_one(at.ask(ListStaff()), number))


def is_self(at: At, person: Person) -> bool:
    """Whether this is who is signed in."""
    return person.number == at.desk.person.number


# --- the list ----------------------------------------------------------------------------------


def touched_list(at: At, page: StaffList, name: str, argument: str) -> Page:
    """A button of the list."""
    match name:
        case "person":
            return open_person(at, argument)
        case "add" if at.may("AddStaff"):
            number = Field("number", Said("desk.field.staff_number"), "digits", most=6)
            return StaffForm(forms.form(number, *_about("", "cashier"), at="number"))
        case _:
            return page


def _about(name: str, role: Role) -> tuple[Field, Field]:
    roles = tuple((role, Said(f"desk.option.{role}")) for role in ROLES_KNOWN)
    return (
        Field("name", Said("desk.staff.name"), value=name, most=NAME_CHARACTERS_MAX),
        Field("role", Said("desk.staff.role"), "choice", role, options=roles),
    )


# --- one person --------------------------------------------------------------------------------


def touched_card(at: At, page: StaffCard, name: str, argument: str) -> Page:
    """A button of a person's card."""
    del argument
    person = page.person
    if person.role == "owner" and at.desk.person.role != "owner" and name != "back":
        # An owner is an owner's matter.
        return page
    match name:
        case "back":
            return open_staff(at)
        case "change":
            return StaffForm(forms.form(*_about(person.name, person.role)), person)
        case "pin":
            return StaffPin(_pin_form(own=is_self(at, person)), person)
        case "unlock":
            done = at.do(UnlockStaff(person.number))
            return _done(at, page, done, "desk.staff.unlocked")
        case "tap":
            return StaffTap(person)
        case "no_card" if person.has_card:
            return _done(at, page, _set(at, person, card=""), "desk.staff.card_taken")
        case "dismiss" | "code":
            return StaffSure(person, "leave" if name == "dismiss" else "code")
        case "return":
            return _done(at, page, _set(at, person, state="active"), "desk.staff.returned")
        case _:
            return page


def _set(at: At, person: Person, **changes: Any) -> Entry | Refused:
    """Change a person; what is not named stays, as the books have it now."""
    now = _one(at.ask(ListStaff()), person.number)
    kept = {"name": now.name, "role": now.role, "card": now.card, "state": now.state}
    return at.do(ChangeStaff(person.number, **(kept | changes)))


def _done(at: At, page: Page, done: Entry | Refused, said: str) -> Page:
    if not isinstance(done, Entry):
        return page
    number = done.refs["staff"]
    person = _one(at.ask(ListStaff()), number)
    at.say(said, name=person.name or number)
    return StaffCard(person)


def touched_sure(at: At, page: StaffSure, name: str, argument: str) -> Page:
    """The answer to the question."""
    del argument
    match name, page.what:
        case "back", _:
            return open_person(at, page.person.number)
        case "confirm", "leave":
            return _done(at, page, _set(at, page.person, state="left"), "desk.staff.left")
        case "confirm", "code":
            code = new_code(at.random)
            done = at.do(IssueRecoveryCode(page.person.number, code))
            if not isinstance(done, Entry):
                return page
            return RecoveryCode(page.person.number, code, at.desk.person.since)
        case _:
            return page


def touched_code(at: At, page: RecoveryCode, name: str, argument: str) -> Page:
    """The code was written down."""
    del argument
    return open_person(at, page.number) if name in ("done", "back") else page


def fresh_code(at: At, page: RecoveryCode) -> Page:
    """Shown to who asked for it, until he leaves the page or signs out."""
    same = page.since == at.desk.person.since
    return page if same else open_person(at, page.number)


# --- a form ------------------------------------------------------------------------------------


def touched_form(at: At, page: StaffForm, name: str, argument: str) -> Page:
    """A key or a button of somebody's name and role."""
    match name:
        case "back":
            return open_person(at, page.person.number) if page.person else open_staff(at)
        case "next":
            return _save(at, page)
        case _:
            typed = forms.touched(page.form, name, argument, at.situation.house.languages)
            return page if typed is None else replace(page, form=typed)


def _save(at: At, page: StaffForm) -> Page:
    of = page.form
    role: Role = of["role"]  # type: ignore[assignment]  # a choice of the roles
    if page.person is None and not of["number"]:
        return _wrong(at, page, Refused("err.staff_number"), "number")
    if not of["name"]:
        return _wrong(at, page, Refused("err.setting_empty"), "name")
    if page.person is None:
        done = at.do(AddStaff(of["number"], of["name"], role))
    else:
        done = _set(at, page.person, name=of["name"], role=role)
    if isinstance(done, Refused):
        fields = {"err.staff_known": "number", "err.staff_form": "name"}
        return replace(page, form=forms.refused(of, done, fields.get(done.key, "")))
    return _done(at, page, done, "desk.staff.changed" if page.person else "desk.staff.added")


def _wrong(at: At, page: StaffForm, refused: Refused, name: str) -> StaffForm:
    del at
    return replace(page, form=forms.refused(page.form, refused, name))


# --- PINs --------------------------------------------------------------------------------------


def _pin_form(*, own: bool) -> Form:
    old = (Field("old", Said("desk.staff.pin_old"), "pin", most=PIN_DIGITS),) if own else ()
    return forms.form(
        *old,
        Field("pin", Said("desk.staff.pin_new"), "pin", most=PIN_DIGITS),
        Field("again", Said("desk.staff.pin_again"), "pin", most=PIN_DIGITS),
    )


def touched_pin(at: At, page: StaffPin, name: str, argument: str) -> Page:
    """A key or a button of a new PIN."""
    match name:
        case "back":
            return open_person(at, page.person.number)
        case "next":
            return _set_pin(at, page)
        case _:
            typed = forms.touched(page.form, name, argument, ())
            return page if typed is None else replace(page, form=typed)


def _set_pin(at: At, page: StaffPin) -> Page:
    of, own = page.form, is_self(at, page.person)
    for typed in ("old", "pin") if own else ("pin",):
        if len(of[typed]) != PIN_DIGITS:
            refused = Refused("err.pin_form", digits=str(PIN_DIGITS))
            return replace(page, form=forms.refused(of, refused, typed))
    if of["pin"] != of["again"]:
        emptied = forms.put(of, "again", "")
        return replace(page, form=forms.refused(emptied, Refused("err.pin_again"), "again"))
    done = at.do(SetStaffPin(page.person.number, of["pin"], of["old"] if own else ""))
    if isinstance(done, Refused):
        # A new page: what is typed next is another try, and gets another key.
        field_ = "old" if done.key in ("err.pin_wrong", "err.pin_locked", "err.pin_none") else "pin"
        empty = _pin_form(own=own)
        field_ = field_ if own or field_ == "pin" else ""
        return at.turn(replace(page, form=forms.refused(empty, done, field_)))
    return _done(at, page, done, "desk.staff.pin_done")


# --- a card ------------------------------------------------------------------------------------


def touched_tap(at: At, page: StaffTap, name: str, argument: str) -> Page:
    """A button while a card is waited for."""
    del argument
    return open_person(at, page.person.number) if name == "back" else page


def heard_tap(at: At, page: StaffTap, event: Event) -> Page | None:
    """A card was shown: an employee's becomes the person's.

    Raises:
        Refused: as `recognise`; ``err.not_employee``: it is a guest's card.
    """
    if not isinstance(event, CardPresented):
        return None
    today = at.now.wall.astimezone(ZoneInfo(at.venue.time_zone)).date()
    read = recognise(event.raw, event.signal, event.device, at.venue.rules, today)
    if read.scope != "employee":
        raise Refused("err.not_employee")
    return _done(at, page, _set(at, page.person, card=read.number), "desk.staff.card_given")
