"""A11 by touches: staff, PINs, cards, recovery codes, keys of tills, copies, training."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kiosk.core import training
from kiosk.core.desk.scenes import StaffSignIn
from kiosk.core.desk.setting_pages import SettingsHome
from kiosk.core.desk.staff import RecoveryCode, StaffCard, StaffForm, StaffPin
from kiosk.core.desk.tokens import NewToken, TokenList
from kiosk.core.errands import (
    BackedUp,
    BackUp,
    Copies,
    LastBackup,
    ListSticks,
    LookAtCopies,
    Restart,
    Stick,
    Sticks,
)
from kiosk.core.errors import Refused
from kiosk.core.messages import CardPresented, ErrandTold, StartErrand
from kiosk.core.settings import ChangeSettings
from kiosk.core.staff import ListStaff, Person, SetStaffPin, SignIn
from kiosk.core.tokens import FindToken, ListTokens
from tests.core.guest import READER
from tests.screens.desk.hands import CASHIER, MANAGER, OWNER, STAFF_PIN, Hands, attendant

NEW_PIN, OTHER_PIN = "730164", "918273"


@pytest.fixture
def hands() -> Iterator[Hands]:
    with attendant() as made:
        made.sign_in(OWNER)
        made.go("settings")
        yield made


def person(hands: Hands, number: str) -> Person:
    people = hands.venue.ask(ListStaff(), hands.now, "cli")
    return next(p for p in people if p.number == number)


def signs_in(hands: Hands, number: str, pin: str) -> bool:
    done = hands.venue.do(
        SignIn(number, None, pin), actor="kiosk", key=f"try:{hands.venue.ledger.seq}", now=hands.now
    )
    return not isinstance(done, Refused)


def swipe(hands: Hands, track: str) -> None:
    hands.tell(CardPresented(READER, "magnetic", track))


# --- people ---------------------------------------------------------------------------------------


def test_who_is_new_gets_number_name_role_pin_and_card(hands: Hands) -> None:
    hands.press("staff", "add")
    hands.fill("number", "201")
    hands.fill("name", "ANNA")
    hands.press("choose:role=collector", "next")
    assert hands.notice == "Anna works here now. Give a PIN next."
    assert (hands.entry.kind, hands.entry.actor) == ("staff_added", "staff:106")
    hands.press("pin")
    hands.fill("pin", NEW_PIN)
    hands.fill("again", NEW_PIN)
    hands.press("next")
    assert hands.notice == "The PIN of Anna is set."
    assert NEW_PIN not in repr(hands.situation) and NEW_PIN not in str(hands.entry)
    hands.press("tap")
    swipe(hands, ";9900000201?")
    assert hands.notice == "This card is now Anna's."
    made = person(hands, "201")
    assert (made.role, made.pin, made.card) == ("collector", "set", "9900000201")
    hands.says("•••• 0201", "Collector")
    hands.press("no_card")
    assert person(hands, "201").card == ""
    assert signs_in(hands, "201", NEW_PIN)


def test_another_name_keeps_card_and_state(hands: Hands) -> None:
    hands.press("staff", "person:101", "change")
    hands.fill("name", "VERONIKA")
    hands.press("next")
    made = person(hands, "101")
    assert (made.name, made.card, made.role) == ("Veronika", "9900000101", "cashier")


@pytest.mark.parametrize(
    ("number", "name", "told"),
    [
        ("", "ANNA", "1 to 6 figures"),
        ("201", "", "must not be empty"),
        ("101", "ANNA", "is somebody's already"),
    ],
)
def test_a_person_without_number_or_name_is_none(
    hands: Hands, number: str, name: str, told: str
) -> None:
    seq = hands.venue.ledger.seq
    hands.press("staff", "add")
    hands.fill("number", number)
    hands.fill("name", name)
    hands.press("next")
    hands.says(told)
    assert isinstance(hands.page, StaffForm) and hands.venue.ledger.seq == seq


def test_who_leaves_does_nothing_more_and_may_come_back(hands: Hands) -> None:
    hands.press("staff", "person:101", "dismiss")
    hands.says("can then do nothing here any more")
    hands.press("back", "dismiss", "confirm")
    assert person(hands, "101").state == "left" and hands.notice == "Vera works here no more."
    assert "change" not in hands.pressable()
    hands.press("return")
    made = person(hands, "101")
    assert (made.state, made.card) == ("active", "9900000101")


def test_nobody_locks_himself_out_and_one_owner_stays(hands: Hands) -> None:
    hands.press("staff", "person:106")
    assert "dismiss" not in hands.pressable()
    hands.press("change", "choose:role=cashier", "next")
    hands.says("one owner has to stay")
    assert person(hands, "106").role == "owner"
    hands.sign_in(MANAGER)
    hands.go("settings")
    hands.press("staff", "person:105", "change", "choose:role=auditor", "next")
    hands.says("nobody takes a role from himself")
    assert person(hands, "105").role == "manager"


def test_an_owner_is_an_owners_matter(hands: Hands) -> None:
    hands.sign_in(MANAGER)
    hands.go("settings")
    hands.press("staff", "person:106")
    offered = set(hands.pressable()) & {"pin", "change", "tap", "no_card", "dismiss", "code"}
    assert not offered
    hands.tell_button("change")
    hands.press("back", "person:101", "change", "choose:role=owner", "next")
    hands.says("only an owner may do this")
    assert person(hands, "101").role == "cashier"


def test_a_card_that_is_somebodys_or_a_guests_is_not_given(hands: Hands) -> None:
    hands.press("staff", "person:101", "tap")
    swipe(hands, ";9900000102?")
    hands.says("This card is the one of 102.")
    swipe(hands, ";7700001?")
    hands.says("This is not a staff card.")
    assert person(hands, "101").card == "9900000101"
    hands.press("back")
    assert isinstance(hands.page, StaffCard)
    swipe(hands, ";9900000101?")
    assert isinstance(hands.scene, StaffSignIn), "elsewhere a staff card signs in"


# --- PINs -----------------------------------------------------------------------------------------


def test_everybody_changes_the_own_pin_against_the_old_one(hands: Hands) -> None:
    hands.sign_in(CASHIER)
    hands.go("settings")
    hands.says("My PIN")
    hands.silent("Keys of tills", "Menu", "Who may do what")
    hands.press("staff", "pin")
    hands.fill("old", "111222")
    hands.fill("pin", NEW_PIN)
    hands.fill("again", NEW_PIN)
    hands.press("next")
    hands.says("This PIN is wrong. Tries left: 4.")
    assert isinstance(hands.page, StaffPin) and not hands.page.form["pin"]
    hands.fill("old", STAFF_PIN)
    hands.fill("pin", NEW_PIN)
    hands.fill("again", OTHER_PIN)
    hands.press("next")
    hands.says("The two PINs are not the same.")
    hands.fill("again", NEW_PIN)
    hands.press("next")
    assert hands.entry.kind == "staff_pin_set" and signs_in(hands, CASHIER, NEW_PIN)
    assert not signs_in(hands, CASHIER, STAFF_PIN)


@pytest.mark.parametrize(("pin", "told"), [("12345", "6 digits"), ("123456", "too easy")])
def test_a_pin_that_anybody_guesses_is_none(hands: Hands, pin: str, told: str) -> None:
    hands.press("staff", "person:101", "pin")
    hands.fill("pin", pin)
    hands.fill("again", pin)
    hands.press("next")
    hands.says(told)
    assert person(hands, "101").pin == "none"


def test_who_is_locked_is_unlocked(hands: Hands) -> None:
    hands.did(SetStaffPin("101", NEW_PIN), key="pin")
    for _ in range(5):
        hands.venue.do(
            SignIn("101", None, "555501"), actor="kiosk", key=f"{object()}{_}", now=hands.now
        )
    hands.press("staff")
    hands.says("Locked")
    hands.press("person:101", "unlock")
    assert hands.notice == "Vera may type the PIN again."
    assert hands.entry.kind == "staff_unlocked" and person(hands, "101").pin == "set"


def test_a_pin_half_typed_is_not_kept_when_the_desk_locks(hands: Hands) -> None:
    hands.press("staff", "person:101", "pin")
    hands.fill("pin", NEW_PIN)
    hands.wait(200)
    hands.sign_in(OWNER)
    assert isinstance(hands.page, StaffPin) and hands.page.form["pin"] == ""


# --- the recovery code ----------------------------------------------------------------------------


def test_an_owner_without_a_pin_signs_in_with_the_code_once(hands: Hands) -> None:
    hands.press("staff", "person:106", "code")
    hands.says("A recovery code opens this kiosk")
    hands.press("confirm")
    page = hands.page
    assert isinstance(page, RecoveryCode) and page.code not in repr(hands.situation)
    hands.says(page.code, "it is shown once")
    code = page.code.replace("-", "")
    hands.press("done", "lock", "access", "staff", "lost")
    hands.says("An owner's way back")
    hands.fill("number", OWNER)
    hands.fill("code", code)
    hands.fill("pin", NEW_PIN)
    hands.fill("again", OTHER_PIN)
    hands.press("next")
    hands.says("The two PINs are not the same.")
    hands.fill("again", NEW_PIN)
    hands.press("next")
    again = hands.page
    assert isinstance(again, RecoveryCode) and again.code != page.code
    kinds = [entry.kind for entry in hands.venue.ledger.entries()][-2:]
    assert kinds == ["staff_pin_recovered", "staff_signed_in"]
    assert again.code not in str([*hands.venue.ledger.entries()])
    hands.press("done", "lock", "access", "staff", "lost")
    hands.fill("number", OWNER)
    hands.fill("code", code)
    hands.fill("pin", OTHER_PIN)
    hands.fill("again", OTHER_PIN)
    hands.press("next")
    hands.says("This recovery code is wrong, or was used already.")
    hands.press("back")
    hands.silent("An owner's way back")
    assert signs_in(hands, OWNER, NEW_PIN)


def test_a_code_on_the_screen_is_gone_for_who_signs_in_again(hands: Hands) -> None:
    hands.press("staff", "person:106", "code", "confirm")
    assert isinstance(hands.page, RecoveryCode)
    code = hands.page.code
    hands.wait(200)
    hands.sign_in(OWNER)
    assert isinstance(hands.page, StaffCard)
    hands.silent(code)


# --- keys of tills --------------------------------------------------------------------------------


def test_a_key_is_shown_once_and_revoked(hands: Hands) -> None:
    hands.press("tokens", "add", "next")
    hands.says("Choose at least one.")
    hands.press("switch:read", "switch:sell", "next")
    page = hands.page
    assert isinstance(page, NewToken) and page.token not in repr(hands.situation)
    hands.says(page.token)
    found = hands.venue.ask(FindToken(page.token), hands.now, "cli")
    assert found is not None and (found.till, found.scopes) == ("bar", ("read", "sell"))
    assert hands.entry.kind == "token_issued" and page.token not in str(hands.entry)
    hands.press("done")
    hands.silent(page.token)
    hands.says("Bar", "Packages and sessions")
    hands.press(f"token:{found.id}")
    hands.says("can do nothing here any more")
    hands.press("confirm")
    assert hands.venue.ask(FindToken(page.token), hands.now, "cli") is None
    assert isinstance(hands.page, TokenList) and not hands.page.tokens
    assert len(hands.venue.ask(ListTokens(), hands.now, "cli")) == 1


def test_without_a_till_there_is_no_key(hands: Hands) -> None:
    hands.did(ChangeSettings({"tills": []}), actor="staff:106", key="no tills")
    hands.press("tokens")
    hands.says("There is no till yet.")
    assert "add" not in hands.pressable()


# --- copies ---------------------------------------------------------------------------------------

STATE = Copies(120, "there", 118, False, (LastBackup("/media/b", 90, "2026-11-20T10:00:00+00:00"),))


def test_how_far_the_copies_are_and_a_backup_now(hands: Hands) -> None:
    hands.does = {
        LookAtCopies: lambda errand: STATE,
        ListSticks: lambda errand: Sticks((Stick("/run/s/A", "A", 8_000_000),)),
    }
    hands.press("copies")
    hands.says("120", "Up to entry 118", "/media/b", "90", "Not copied")
    hands.press("back_up")
    hands.says("Onto which stick?", "8 MB free")
    effects = hands.press("stick:/run/s/A")
    (started,) = (e for e in effects if isinstance(e, StartErrand))
    assert started.errand == BackUp("/run/s/A")
    assert not {"look", "back_up"} & set(hands.pressable()), "one at a time"
    hands.tell(ErrandTold(started.id, 40, 100))
    hands.says("Copied and proven")
    made = BackedUp("K1-1-0000000120.db", 120, False)
    hands.tell(ErrandTold(started.id, 1, 1, ended=True, result=made))
    assert hands.notice == "The backup K1-1-0000000120.db is on the stick, and proven."


def test_a_backup_that_fails_is_told_and_may_be_tried_again(hands: Hands) -> None:
    hands.does = {
        LookAtCopies: lambda errand: STATE,
        ListSticks: lambda errand: Sticks((Stick("/run/s/A", "A", 1),)),
        BackUp: lambda errand: Refused("err.backup_failed"),
    }
    hands.press("copies", "back_up", "stick:/run/s/A")
    hands.says("The backup was not made")
    assert "back_up" in hands.pressable()


# --- training -------------------------------------------------------------------------------------


def test_training_begins_by_right_and_is_an_entry_of_the_real_books(hands: Hands) -> None:
    hands.press("training")
    hands.says("guests are not served", "real again")
    effects = hands.press("begin")
    assert [e.errand for e in effects if isinstance(e, StartErrand)] == [Restart("training")]
    assert (hands.entry.kind, hands.entry.postings) == ("training_begun", ())
    hands.says("The kiosk starts again…")
    hands.sign_in(CASHIER)
    hands.go("settings")
    hands.press("training")
    assert "begin" not in hands.pressable()
    hands.tell_button("begin")
    assert hands.entry.kind != "training_begun"


def test_a_training_that_cannot_begin_is_told(hands: Hands) -> None:
    hands.does = {Restart: lambda errand: Refused("err.errand_failed")}
    hands.press("training", "begin")
    assert hands.tone == "bad" and "begin" in hands.pressable()


def test_no_training_ends_in_the_real_books(hands: Hands) -> None:
    done: Any = hands.venue.do(training.EndTraining(), actor="staff:106", key="end", now=hands.now)
    assert done.key == "err.no_training"


def test_the_way_back_leads_home(hands: Hands) -> None:
    for name in ("staff", "tokens", "training"):
        hands.press(name, "back")
        assert isinstance(hands.page, SettingsHome), name
