"""Who works here: people, PINs, second signatures, signing in, the owner's way back."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest

from kiosk.core import venue_file
from kiosk.core.books import Books, command_hash
from kiosk.core.cash import RecordStart
from kiosk.core.errors import Refused
from kiosk.core.ledger import Entry
from kiosk.core.permissions import Right
from kiosk.core.pins import Locked
from kiosk.core.recognition import Recognised
from kiosk.core.settings import ImportVenue
from kiosk.core.staff import (
    AddStaff,
    Approval,
    ChangeStaff,
    IssueRecoveryCode,
    ListStaff,
    Person,
    RecordLock,
    SetStaffPin,
    SignedIn,
    SignIn,
    SignOut,
    UnlockStaff,
    UseRecoveryCode,
    approved,
    new_code,
)
from kiosk.core.venue import HANDLERS, Venue
from tests.core.guest import DEMO, NOW, Guest

PIN, OTHER, WRONG = "482915", "730164", "555501"
keys = itertools.count()


def do(venue: Venue, command: object, actor: str = "cli", minutes: float = 0) -> str:
    """The kind of the entry, or the key of the refusal."""
    now = NOW.later(minutes * 60)
    done = venue.do(command, actor=actor, key=f"k{next(keys)}", now=now)
    return done.kind if isinstance(done, Entry) else str(done)


def pin(venue: Venue, number: str, given: str = PIN) -> None:
    assert do(venue, SetStaffPin(number, given)) == "staff_pin_set"


def person(venue: Venue, number: str, actor: str = "cli") -> Person:
    return next(p for p in venue.ask(ListStaff(), NOW, actor) if p.number == number)


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        act()
    return str(refused.value)


# --- people -------------------------------------------------------------------------------------


def test_who_begins_to_work_here_may_do_what_the_role_says(venue: Venue) -> None:
    added = AddStaff("201", " Anna  Petrova ", "cashier", "9900000201")
    assert do(venue, added, "staff:105") == "staff_added"
    assert venue.books(NOW).get("staff", "201") == {
        "id": "201",
        "number": "201",
        "name": "Anna Petrova",
        "role": "cashier",
        "card": "9900000201",
        "state": "active",
    }
    assert do(venue, added, "staff:105") == "err.staff_known (staff=201)"
    assert do(venue, added, "staff:201") == "err.not_allowed"


def test_who_left_may_do_nothing_more_and_may_come_back(venue: Venue) -> None:
    pin(venue, "105")
    gone = ChangeStaff("105", "Roman", "manager", "", "left")
    assert do(venue, gone, "staff:106") == "staff_changed"
    assert do(venue, AddStaff("201", "Anna", "cashier"), "staff:105") == "err.not_allowed"
    assert refusal(lambda: venue.ask(ListStaff(), NOW, "staff:105")) == "err.not_allowed"
    assert do(venue, SignIn("105", pin=PIN), "kiosk") == "err.sign_in"
    assert do(venue, gone, "staff:106") == "err.nothing_changed"
    assert do(venue, replace(gone, state="active"), "staff:106") == "staff_changed"
    assert do(venue, SignIn("105", pin=PIN), "kiosk") == "staff_signed_in"


def test_nobody_but_an_owner_changes_an_owner_or_makes_one(venue: Venue) -> None:
    before = person(venue, "106")
    for command in (
        ChangeStaff("106", "Other", "owner"),
        ChangeStaff("106", "Other", "cashier"),
        ChangeStaff("105", "Roman", "owner"),
        AddStaff("201", "Anna", "owner"),
        SetStaffPin("106", PIN),
        UnlockStaff("106"),
    ):
        assert do(venue, command, "staff:105") == "err.owner_only", command
    assert person(venue, "106") == before
    assert do(venue, AddStaff("201", "Anna", "owner"), "staff:106") == "staff_added"
    assert do(venue, ChangeStaff("106", "Other", "cashier"), "staff:201") == "staff_changed"


@pytest.mark.parametrize("actor", ["staff:106", "cli"])
def test_the_last_owner_cannot_leave(venue: Venue, actor: str) -> None:
    for command in (
        ChangeStaff("106", "Olga", "owner", "", "left"),
        ChangeStaff("106", "Olga", "manager"),
    ):
        assert do(venue, command, actor) == "err.last_owner"
    assert do(venue, AddStaff("201", "Anna", "owner"), "cli") == "staff_added"
    # By oneself it would be a slip of the finger: another owner does it, or the command line.
    own = {"staff:106": "err.own_role", "cli": "staff_changed"}
    assert do(venue, command, actor) == own[actor]
    assert do(venue, replace(command, role="auditor"), "staff:201") == "staff_changed"


def test_a_manager_makes_no_owner_and_changes_none_by_a_file(venue: Venue) -> None:
    more = DEMO.replace('role = "manager"', 'role = "owner"')
    other = DEMO.replace('card = "9900000106"', 'card = "9900000999"')
    assert DEMO not in (more, other)
    for text in (other, more):
        assert do(venue, ImportVenue(venue_file.parse(text)), "staff:105") == "err.owner_only"
        assert do(venue, ImportVenue(venue_file.parse(text)), "staff:106") == "venue_imported"


def test_a_manager_gives_no_role_more_rights(venue: Venue) -> None:
    file = venue_file.parse(DEMO + '\n[rights]\nchange_balance = ["manager"]\n')
    assert do(venue, ImportVenue(file), "staff:105") == "err.owner_only"
    renamed = venue_file.parse(DEMO.replace('"Orbit Club"', '"Comet Club"'))
    assert do(venue, ImportVenue(renamed), "staff:105") == "venue_imported"
    assert do(venue, ImportVenue(file), "staff:106") == "venue_imported"


def test_a_card_is_of_one_person(venue: Venue) -> None:
    assert do(venue, AddStaff("201", "Anna", "cashier", "77")) == "staff_added"
    assert do(venue, AddStaff("202", "Boris", "cashier", "77")) == "err.staff_card (staff=201)"
    assert do(venue, ChangeStaff("201", "Anna", "cashier", "77", "left")) == "staff_changed"
    assert do(venue, AddStaff("202", "Boris", "cashier", "77")) == "staff_added"
    pin(venue, "202")
    assert do(venue, SignIn(read=card("77"), pin=PIN), "kiosk") == "staff_signed_in"
    signed = venue.ask(SignedIn(), NOW)
    assert signed is not None and signed.number == "202", "and not who had the card before"


@pytest.mark.parametrize(
    "wrong",
    [
        AddStaff("", "Anna", "cashier"),
        AddStaff("12a", "Anna", "cashier"),
        AddStaff("1234567", "Anna", "cashier"),
        AddStaff("201", " ", "cashier"),
        AddStaff("201", "A" * 65, "cashier"),
        AddStaff("201", "Anna", "king"),  # type: ignore[arg-type]
        AddStaff("201", "Anna", "cashier", "\x00"),
        ChangeStaff("101", "Anna", "cashier", "", "gone"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_person_is_refused(venue: Venue, wrong: object) -> None:
    assert do(venue, wrong).startswith("err.staff_form")


def test_half_a_character_is_refused_and_not_a_fault(venue: Venue) -> None:
    assert do(venue, AddStaff("201", "\ud800", "cashier")) == "err.illegible"


def test_nobody_is_changed_who_is_not_on_file(venue: Venue) -> None:
    for command in (
        ChangeStaff("999", "A", "cashier"),
        SetStaffPin("999", PIN),
        UnlockStaff("999"),
    ):
        assert do(venue, command) == "err.no_such_employee (employee=999)"


# --- PINs ---------------------------------------------------------------------------------------


def test_the_own_pin_is_changed_against_the_old_one_only(venue: Venue) -> None:
    assert do(venue, SetStaffPin("101", PIN), "staff:101") == "err.pin_none"
    pin(venue, "101")
    change = SetStaffPin("101", OTHER, WRONG)
    assert do(venue, change, "staff:101") == "err.pin_wrong (left=4)"
    assert do(venue, SetStaffPin("101", OTHER), "staff:101") == "err.pin_wrong (left=3)"
    assert do(venue, SetStaffPin("101", OTHER, PIN), "staff:101") == "staff_pin_set"
    assert do(venue, SignIn("101", pin=PIN), "kiosk") == "err.pin_wrong (left=4)"
    assert do(venue, SignIn("101", pin=OTHER), "kiosk") == "staff_signed_in"


def test_an_owner_needs_the_old_pin_for_the_own_one_too(venue: Venue) -> None:
    pin(venue, "106")
    assert do(venue, SetStaffPin("106", OTHER), "staff:106") == "err.pin_wrong (left=4)"


def test_the_pins_of_others_are_set_by_who_has_the_right(venue: Venue) -> None:
    for actor in ("staff:102", "staff:103", "staff:104", "staff:107"):
        assert do(venue, SetStaffPin("101", PIN), actor) == "err.not_allowed"
    assert do(venue, SetStaffPin("101", PIN), "staff:105") == "staff_pin_set"
    assert do(venue, SetStaffPin("105", PIN), "staff:106") == "staff_pin_set"
    assert do(venue, SetStaffPin("106", PIN), "cli") == "staff_pin_set"


@pytest.mark.parametrize("short", ["", "12345", "1234567", "12345a", "１２３４５６", " 482915"])
def test_a_pin_has_six_digits(venue: Venue, short: str) -> None:
    assert do(venue, SetStaffPin("101", short)) == "err.pin_form (digits=6)"
    assert person(venue, "101").pin == "none"


def test_a_pin_that_everybody_would_guess_is_not_taken(venue: Venue) -> None:
    assert do(venue, SetStaffPin("101", "123456")) == "err.pin_easy"


def test_five_wrong_pins_lock_that_person_for_five_minutes_and_nobody_else(venue: Venue) -> None:
    pin(venue, "101")
    pin(venue, "102", OTHER)
    told = [do(venue, SignIn("101", pin=WRONG), "kiosk") for _ in range(5)]
    assert told[3:] == ["err.pin_wrong (left=1)", "err.pin_locked (until=18:05)"]
    assert person(venue, "101").pin == "locked"
    assert do(venue, SignIn("101", pin=PIN), "kiosk", 4.9) == "err.pin_locked (until=18:05)"
    assert do(venue, SignIn("102", pin=OTHER), "kiosk", 4.9) == "staff_signed_in"
    assert do(venue, SignIn("101", pin=PIN), "kiosk", 5) == "staff_signed_in"


def test_how_many_wrong_ones_lock_and_for_how_long_is_the_venues_choice(venue: Venue) -> None:
    other = DEMO.replace("wrong_max = 5\nlock_minutes = 5", "wrong_max = 3\nlock_minutes = 30")
    assert do(venue, ImportVenue(venue_file.parse(other))) == "venue_imported"
    pin(venue, "101")
    told = [do(venue, SignIn("101", pin=WRONG), "kiosk") for _ in range(3)]
    assert told[1:] == ["err.pin_wrong (left=1)", "err.pin_locked (until=18:30)"]


def test_a_lock_is_one_entry_and_a_wrong_pin_none(venue: Venue) -> None:
    pin(venue, "101")
    before = venue.ledger.seq
    for _ in range(4):
        do(venue, SignIn("101", pin=WRONG), "kiosk")
    assert venue.ledger.seq == before
    for _ in range(3):
        do(venue, SignIn("101", pin=WRONG), "kiosk")
    (locked,) = list(venue.ledger.entries())[before:]
    assert (locked.kind, locked.actor, locked.refs, locked.changes) == (
        "staff_locked",
        "kiosk",
        {"staff": "101", "until": "2026-11-22T15:05:00Z"},
        (),
    )
    assert do(venue, RecordLock("101", "2026-11-22T16:00:00Z"), "staff:106") == "err.not_allowed"


def test_that_a_client_is_locked_is_no_entry(venue: Venue, monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(books: Books, command: object) -> None:
        raise Locked("K1-1-3p", "2026-11-22T15:15:00Z", "18:15")

    monkeypatch.setitem(HANDLERS, RecordStart, refusing)
    before = venue.ledger.seq
    assert do(venue, RecordStart(1), "kiosk") == "err.pin_locked (until=18:15)"
    assert venue.ledger.seq == before


def test_a_lock_whose_entry_a_power_cut_took_is_recorded_at_the_next_try(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin(venue, "101")
    monkeypatch.setattr(venue, "_record_lock", lambda *_: None)
    for _ in range(5):
        do(venue, SignIn("101", pin=WRONG), "kiosk")
    monkeypatch.undo()
    before = venue.ledger.seq
    do(venue, SignIn("101", pin=PIN), "kiosk")
    assert [e.kind for e in venue.ledger.entries()][before:] == ["staff_locked"]


def test_who_is_locked_is_let_in_again_by_who_has_the_right(venue: Venue) -> None:
    pin(venue, "101")
    for _ in range(5):
        do(venue, SignIn("101", pin=WRONG), "kiosk")
    assert do(venue, UnlockStaff("101"), "staff:102") == "err.not_allowed"
    assert do(venue, UnlockStaff("101"), "staff:105") == "staff_unlocked"
    assert do(venue, SignIn("101", pin=PIN), "kiosk") == "staff_signed_in"


# --- a second signature -------------------------------------------------------------------------


def acting(venue: Venue, actor: str) -> Books:
    return replace(venue.books(NOW), actor=actor)


def test_a_second_signature_is_of_another_person_who_has_the_right(venue: Venue) -> None:
    for number in ("101", "105", "106"):
        pin(venue, number)
    books = acting(venue, "staff:101")
    assert approved(books, Approval("105", PIN), "override") == "staff:105"
    assert approved(books, Approval("106", PIN), "change_balance") == "staff:106"
    told: list[tuple[Approval | None, Right, str]] = [
        (None, "override", "err.approval_missing"),
        (Approval("101", PIN), "serve", "err.approval_self"),
        (Approval("105", PIN), "change_balance", "err.approval_right (staff=105)"),
        (Approval("999", PIN), "override", "err.approval_right (staff=999)"),
        (Approval("102", PIN), "void", "err.pin_none"),
        (Approval("105", WRONG), "override", "err.pin_wrong (left=4)"),
    ]
    for approval, right, refused in told:
        assert refusal(lambda a=approval, r=right: approved(books, a, r)) == refused


def test_who_left_signs_nothing(venue: Venue) -> None:
    pin(venue, "105")
    assert do(venue, ChangeStaff("105", "Roman", "manager", "", "left")) == "staff_changed"
    books = acting(venue, "staff:101")
    refused = refusal(lambda: approved(books, Approval("105", PIN), "override"))
    assert refused == "err.approval_right (staff=105)"


# --- signing in ---------------------------------------------------------------------------------


def card(number: str, scope: Any = "employee") -> Recognised:
    return Recognised("Staff card", scope, "", number)


def test_the_card_identifies_and_the_pin_proves(venue: Venue) -> None:
    assert do(venue, AddStaff("201", "Anna", "cashier", "9900000201")) == "staff_added"
    mine = card("9900000201")
    assert do(venue, SignIn(read=mine, pin=PIN), "kiosk") == "err.pin_none"
    pin(venue, "201")
    assert do(venue, SignIn(read=mine, pin=WRONG), "kiosk") == "err.pin_wrong (left=4)"
    assert venue.ask(SignedIn(), NOW) is None
    assert do(venue, SignIn(read=mine, pin=PIN), "kiosk") == "staff_signed_in"
    signed = venue.ask(SignedIn(), NOW)
    assert signed is not None and (signed.number, signed.name) == ("201", "Anna")
    assert list(venue.ledger.entries())[-1].refs == {"staff": "201"}


def test_a_card_of_a_guest_or_of_nobody_signs_nobody_in(venue: Venue) -> None:
    pin(venue, "101")
    for read in (card("0000"), card("9900000101", "interface")):
        assert do(venue, SignIn(read=read, pin=PIN), "kiosk") == "err.sign_in"
    assert do(venue, SignIn("999", pin=PIN), "kiosk") == "err.sign_in"
    assert do(venue, SignIn(pin=PIN), "kiosk") == "err.sign_in"
    assert do(venue, SignIn("101", pin=PIN), "kiosk") == "staff_signed_in"
    for actor in ("guest", "cli", "till:1", "staff:101"):
        assert do(venue, SignIn("101", pin=PIN), actor) == "err.not_allowed"


def test_signing_out_is_done_by_the_kiosk_or_by_whoever_is_in(venue: Venue) -> None:
    pin(venue, "101")
    for actor in ("kiosk", "staff:101"):
        assert do(venue, SignOut(), actor) == "err.nobody_signed_in"
        assert do(venue, SignIn("101", pin=PIN), "kiosk") == "staff_signed_in"
        assert do(venue, SignOut(), "staff:102") == "err.nobody_signed_in"
        assert do(venue, SignOut(), actor) == "staff_signed_out"
        assert venue.ask(SignedIn(), NOW) is None


def test_a_new_start_and_leaving_sign_out(guest: Guest) -> None:
    venue = guest.venue
    pin(venue, "101")
    do(venue, SignIn("101", pin=PIN), "kiosk")
    assert do(venue, RecordStart(2), "kiosk") == "started"
    assert venue.ask(SignedIn(), NOW) is None
    do(venue, SignIn("101", pin=PIN), "kiosk")
    assert venue.ask(SignedIn(), NOW) is not None
    assert do(venue, ChangeStaff("101", "Vera", "cashier", "", "left")) == "staff_changed"
    assert venue.ask(SignedIn(), NOW) is None


# --- the owner's way back -----------------------------------------------------------------------


def test_an_owner_who_lost_the_pin_comes_back_with_the_recovery_code(venue: Venue) -> None:
    random = iter(range(1, 100))
    codes = [new_code(lambda n: bytes([next(random)]) * n) for _ in range(3)]
    pin(venue, "106")
    assert do(venue, IssueRecoveryCode("106", codes[0]), "staff:106") == "recovery_code_issued"
    for _ in range(5):
        do(venue, SignIn("106", pin=WRONG), "kiosk")
    use = UseRecoveryCode("106", codes[0], OTHER, codes[1])
    wrong = "err.recovery_code"
    assert do(venue, replace(use, code=codes[2]), "kiosk") == wrong
    assert do(venue, replace(use, staff="105"), "kiosk") == wrong
    assert do(venue, replace(use, next_code="short"), "kiosk") == wrong
    assert do(venue, replace(use, next_code=codes[0]), "kiosk") == wrong, "it would not be used up"
    assert do(venue, replace(use, pin="1"), "kiosk") == "err.pin_form (digits=6)"
    assert do(venue, use, "kiosk") == "staff_pin_recovered"
    assert do(venue, SignIn("106", pin=OTHER), "kiosk") == "staff_signed_in", "and is not locked"
    again = UseRecoveryCode("106", codes[0], PIN, codes[2])
    assert do(venue, again, "kiosk") == wrong, "it is used up"
    # As people write it.
    written = codes[1].lower().replace("-", " ").replace("o", "0").replace("i", "1")
    assert do(venue, replace(again, code=written), "kiosk") == "staff_pin_recovered"


def test_a_code_is_made_for_owners_by_themselves_and_the_former_one_is_void(venue: Venue) -> None:
    first, second = new_code(bytes), new_code(lambda n: b"\x07" * n)
    for actor in ("staff:105", "staff:101"):
        assert do(venue, IssueRecoveryCode("106", first), actor) == "err.owner_only"
    assert do(venue, IssueRecoveryCode("105", first)) == "err.no_owner (staff=105)"
    assert do(venue, IssueRecoveryCode("106", "ABC")) == "err.recovery_code"
    assert do(venue, IssueRecoveryCode("106", first)) == "recovery_code_issued"
    assert do(venue, IssueRecoveryCode("106", second), "staff:106") == "recovery_code_issued"
    used = UseRecoveryCode("106", first, PIN, new_code(lambda n: b"\x09" * n))
    assert do(venue, used, "kiosk") == "err.recovery_code"
    assert do(venue, replace(used, code=second), "kiosk") == "staff_pin_recovered"


def test_a_code_is_of_no_use_to_who_is_no_owner_any_more(venue: Venue) -> None:
    code = new_code(bytes)
    assert do(venue, IssueRecoveryCode("106", code)) == "recovery_code_issued"
    assert do(venue, AddStaff("201", "Anna", "owner")) == "staff_added"
    use = UseRecoveryCode("106", code, PIN, new_code(lambda n: b"\x07" * n))
    for change in (
        ChangeStaff("106", "Olga", "manager"),
        ChangeStaff("106", "Olga", "owner", "", "left"),
    ):
        assert do(venue, change) == "staff_changed"
        assert do(venue, use, "kiosk") == "err.recovery_code"


def test_without_a_code_no_code_fits(venue: Venue) -> None:
    for code in ("", "-", new_code(bytes)):
        use = UseRecoveryCode("106", code, PIN, new_code(bytes))
        assert do(venue, use, "kiosk") == "err.recovery_code"


def test_a_code_holds_more_than_eighty_bits_and_is_easy_to_write_down() -> None:
    asked: list[int] = []
    code = new_code(lambda n: asked.append(n) or bytes(range(n)))
    assert asked == [15]
    assert re.fullmatch("([A-Z2-7]{4}-){5}[A-Z2-7]{4}", code)


# --- who is who, and what nobody reads ----------------------------------------------------------


def test_names_are_for_who_has_the_right(venue: Venue) -> None:
    for actor, named in (
        ("cli", True),
        ("staff:102", True),
        ("staff:105", True),
        ("staff:107", True),
        ("staff:101", False),
        ("staff:104", False),
        ("kiosk", False),
    ):
        people = venue.ask(ListStaff(), NOW, actor)
        assert [p.number for p in people] == ["101", "102", "103", "104", "105", "106", "107"]
        assert all(bool(p.name) == named for p in people), actor
    assert person(venue, "101").role == "cashier" and "Vera" not in repr(person(venue, "101"))


def test_no_pin_and_no_code_stands_anywhere_but_hashed(venue: Venue) -> None:
    code, next_code = new_code(bytes), new_code(lambda n: b"\x07" * n)
    commands: list[tuple[Any, str]] = [
        (SetStaffPin("106", PIN), "cli"),
        (SetStaffPin("106", OTHER, PIN), "staff:106"),
        (SignIn("106", pin=OTHER), "kiosk"),
        (IssueRecoveryCode("106", code), "staff:106"),
        (UseRecoveryCode("106", code, PIN, next_code), "kiosk"),
    ]
    for command, actor in commands:
        assert do(venue, command, actor).startswith("staff_") or isinstance(
            command, IssueRecoveryCode
        )
        bare = replace(command, **{f.name: "" for f in fields(command) if not f.repr})
        assert bare != command and command_hash(bare) == command_hash(command)
    entries = json.dumps([e.body() for e in venue.ledger.entries()])
    kept = json.dumps([dict(d) for t in ("pins", "tokens") for d in venue._secrets.table(t)])
    told = entries + kept + "".join(repr(c) for c, _ in commands) + repr(Approval("106", PIN))
    for secret in (PIN, OTHER, code, code.replace("-", ""), next_code):
        assert secret not in told
