"""Who works here, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.core.desk.scenes import Page
from kiosk.core.desk.staff import (
    RecoveryCode,
    StaffCard,
    StaffForm,
    StaffList,
    StaffPin,
    StaffSure,
    StaffTap,
)
from kiosk.core.staff import Person
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import (
    Actions,
    Button,
    Cell,
    Column,
    Fact,
    Facts,
    Line,
    Pane,
    Part,
    Say,
    Stack,
    Table,
    Tone,
)

_PINS: Mapping[str, Tone] = {"set": "neutral", "none": "warning", "locked": "bad"}


def _name(words: DeskWords, person: Person) -> str:
    own = words.person is not None and words.person.number == person.number
    name = words.person.name if own and words.person else person.name
    return name or words.say("desk.number", number=person.number)


def _list(words: DeskWords, page: StaffList) -> Body:
    columns = (
        Column(words.say("desk.field.staff_number")),
        Column(words.say("desk.staff.name"), share=0.4),
        Column(words.say("desk.staff.role"), share=0.3),
        Column(words.say("desk.field.pin"), share=0.3),
    )
    lines = tuple(_line(words, person) for person in page.people)
    about = Say(words.say("desk.staff.says"), "body", "muted")
    heads = words.act("AddStaff", "add", "desk.settings.add", "account_plus")
    pane = Pane((about, Table(columns, lines)))
    return Body(words.say("desk.set.staff"), (Stack((pane,)),), heads=heads, back=words.back())


def _line(words: DeskWords, person: Person) -> Line:
    left = person.state == "left"
    pin = "desk.staff.gone" if left else f"desk.staff.pin_{person.pin}"
    return Line(
        (
            Cell(person.number),
            Cell(_name(words, person), strong=not left, tone="muted" if left else "neutral"),
            Cell(words.say(f"desk.option.{person.role}")),
            Cell(words.say(pin), tone="muted" if left else _PINS[person.pin]),
        ),
        id=f"person:{person.number}",
    )


def _card(words: DeskWords, page: StaffCard) -> Body:
    person = page.person
    left = person.state == "left"
    card = f"•••• {person.card[-4:]}" if person.card else ""
    facts = (
        Fact(words.say("desk.field.staff_number"), person.number),
        Fact(words.say("desk.staff.role"), words.say(f"desk.option.{person.role}")),
        Fact(
            words.say("desk.field.pin"),
            words.say(f"desk.staff.pin_{person.pin}"),
            _PINS[person.pin],
        ),
        Fact(
            words.say("desk.staff.card"),
            card or words.say("desk.option.on" if person.has_card else "desk.option.none"),
        ),
    )
    gone: tuple[Part, ...] = ()
    if left:
        gone = (Say(words.say("desk.staff.gone"), "strong", "warning"),)
    buttons = _actions(words, person)
    actions: tuple[Part, ...] = (Actions(buttons),) if buttons else ()
    pane = Pane((*gone, Facts(facts), *actions))
    return Body(_name(words, person), (Stack((pane,)),), back=words.back())


def _actions(words: DeskWords, person: Person) -> tuple[Button, ...]:
    own = words.person is not None and words.person.number == person.number
    owners = person.role == "owner" and not (words.person and words.person.role == "owner")
    if owners:
        # An owner is an owner's matter.
        return ()
    buttons: tuple[Button, ...] = ()
    if own or words.may("AddStaff"):
        buttons += words.act("SetStaffPin", "pin", "desk.staff.set_pin", "pin")
    if person.state == "left":
        return words.act("ChangeStaff", "return", "desk.staff.return", "account_check")
    buttons += words.act("ChangeStaff", "change", "desk.staff.change", "pencil")
    if person.pin == "locked":
        buttons += words.act("UnlockStaff", "unlock", "desk.staff.unlock", "unlock")
    buttons += words.act("ChangeStaff", "tap", "desk.staff.tap", "card")
    if person.has_card:
        buttons += words.act("ChangeStaff", "no_card", "desk.staff.no_card", "card_off")
    if person.role == "owner" and own:
        buttons += words.act("IssueRecoveryCode", "code", "desk.staff.issue", "key")
    if not own:
        buttons += words.act("ChangeStaff", "dismiss", "desk.staff.leave", "account_remove")
    return buttons


def _form(words: DeskWords, page: StaffForm) -> Body:
    title = _name(words, page.person) if page.person else words.say("desk.staff.new")
    command = "ChangeStaff" if page.person else "AddStaff"
    save = words.act(command, "next", "desk.staff.save", "check", "primary")
    return words.form_page(title, page.form, *save, back=words.back())


def _pin(words: DeskWords, page: StaffPin) -> Body:
    title = words.say("desk.staff.pin_of", name=_name(words, page.person))
    save = words.act("SetStaffPin", "next", "desk.staff.save", "check", "primary")
    return words.form_page(title, page.form, *save, back=words.back())


def _tap(words: DeskWords, page: StaffTap) -> Body:
    said = (
        Say(words.say("desk.staff.tap_now"), "heading", icon="card"),
        Say(words.say("desk.staff.tap_says"), "body", "muted"),
    )
    title = words.say("desk.staff.card_of", name=_name(words, page.person))
    return Body(title, (Stack((Pane(said),)),), back=words.back())


def _sure(words: DeskWords, page: StaffSure) -> Body:
    command = "ChangeStaff" if page.what == "leave" else "IssueRecoveryCode"
    button = "desk.staff.leave" if page.what == "leave" else "desk.staff.issue"
    confirm = words.act(command, "confirm", button, "check", "primary")
    pane = Pane((Say(words.say(f"desk.staff.sure_{page.what}")),), foot=confirm)
    return Body(_name(words, page.person), (Stack((pane,)),), back=words.back())


def _code(words: DeskWords, page: RecoveryCode) -> Body:
    said = (
        Say(page.code, "title"),
        Say(words.say("desk.staff.code_says"), "body"),
    )
    done = words.go("done", "desk.staff.written", "check", "primary")
    return Body(words.say("desk.staff.code"), (Stack((Pane(said, foot=(done,)),)),))


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {
    StaffList: _list,
    StaffCard: _card,
    StaffForm: _form,
    StaffPin: _pin,
    StaffTap: _tap,
    StaffSure: _sure,
    RecoveryCode: _code,
}
