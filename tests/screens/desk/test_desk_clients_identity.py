"""Who a client is: name, phone, PIN, group; promo codes; two who are one; forgetting somebody."""

from __future__ import annotations

import pytest

from kiosk.core import pins
from kiosk.core.cards import CardsOf
from kiosk.core.client_list import FindClients, ListClients
from kiosk.core.desk.client_card import ClientCard, ClientMore
from kiosk.core.desk.client_deeds import ClientDeed
from kiosk.core.desk.client_lists import DuplicateList, SegmentList
from kiosk.core.duplicates import Duplicates
from kiosk.core.errors import Refused
from kiosk.core.ids import ClientId
from kiosk.core.promo_codes import PromoCode, PromoCodes
from kiosk.core.sessions import StartSession, StopSession
from kiosk.screens.view import Entry, Line
from tests.core.guest import rub
from tests.core.test_clients import client
from tests.screens.desk.clients_there import (
    ANNA_UID,
    BORIS_UID,
    anna,
    boris,
    held,
    open_client,
    paid_in,
    points,
    shift,
)
from tests.screens.desk.hands import ADMINISTRATOR, CASHIER, MANAGER, OWNER, Hands, inside


@pytest.fixture
def her(hands: Hands) -> ClientId:
    made = anna(hands)
    hands.sign_in(OWNER)
    open_client(hands, made)
    return made


def problem(hands: Hands, field: str) -> str:
    return next(e.problem for e in inside(hands.view, Entry) if e.id == f"field:{field}")


def deed(hands: Hands, tile: str, /, **fields: str) -> None:
    """Open a form from More and fill it in."""
    hands.press("more", tile)
    for field, text in fields.items():
        hands.fill(field, text)
    hands.press("deed")


def nobody(hands: Hands, digits: str) -> bool:
    try:
        hands.venue.ask(FindClients(digits), hands.now, "cli")
    except Refused as refused:
        return refused.key == "err.client_not_found"
    return False


# --- name, phone, PIN, group ----------------------------------------------------------------------


def test_a_name_is_corrected_and_found(hands: Hands, her: ClientId) -> None:
    deed(hands, "name", name="Anna Petrova", reason="Married")
    hands.says("The name is changed.", "Anna Petrova")
    assert (hands.entry.kind, hands.entry.reason) == ("name_changed", "Married")
    assert "Petrova" not in str(hands.entry.document())
    assert [r.client for r in hands.venue.ask(ListClients("petr"), hands.now, "cli").rows] == [her]


@pytest.mark.parametrize(
    ("name", "reason", "wrong"),
    [("Anna Karenina", "x", "name"), ("Olga", "", "reason")],
    ids=["the same", "no reason"],
)
def test_a_name_that_cannot_be(
    hands: Hands, her: ClientId, name: str, reason: str, wrong: str
) -> None:
    deed(hands, "name", name=name, reason=reason)
    assert problem(hands, wrong)
    assert held(hands, her).name == "Anna Karenina"


def test_an_empty_name_takes_it_away(hands: Hands, her: ClientId) -> None:
    deed(hands, "name", name="", reason="Asked")
    assert held(hands, her).name == ""
    hands.says("Client without a name")


def test_a_phone_is_changed_and_the_old_one_finds_nobody(hands: Hands, her: ClientId) -> None:
    deed(hands, "phone", phone="89035551122", reason="Passport")
    hands.says("The phone is changed.", "+7 ••• •••-11-22")
    assert (
        nobody(hands, "4218")
        and hands.venue.ask(FindClients("1122"), hands.now, "cli").rows[0].client == her
    )
    deed(hands, "phone", phone="", reason="Asked")
    hands.says("no phone")
    assert nobody(hands, "1122")


@pytest.mark.parametrize(
    ("phone", "says"),
    [
        ("123", "no whole phone number"),
        ("1234567890123456", "no whole phone number"),
        ("89162044218", "nothing was changed"),
        ("89035554218", "that of client"),
    ],
    ids=["short", "long", "the same", "somebody else's"],
)
def test_a_phone_that_cannot_be_is_told_at_its_field(
    hands: Hands, her: ClientId, phone: str, says: str
) -> None:
    boris(hands)
    deed(hands, "phone", phone=phone, reason="Passport")
    assert says in problem(hands, "phone") or says in hands.notice
    assert held(hands, her).phone_masked.endswith("42-18")
    assert "phone_changed" not in hands.kinds()


def fits(hands: Hands, of: ClientId, pin: str) -> bool:
    try:
        pins.check(hands.venue.books(hands.now), of, pin, pins.CLIENTS)
    except Refused:
        return False
    return True


def test_X01_a_client_types_a_new_pin(hands: Hands, her: ClientId) -> None:
    deed(hands, "reset_pin", new="8264", again="8264", reason="Passport")
    hands.says("The new PIN is set.")
    assert fits(hands, her, "8264") and not fits(hands, her, "7391")
    assert "8264" not in str(hands.entry.document())


@pytest.mark.parametrize(
    ("new", "again", "reason", "wrong", "says"),
    [
        ("82", "82", "x", "new", "4"),
        ("1234", "1234", "x", "new", "easy"),
        ("8264", "8265", "x", "again", "not the same"),
        ("8264", "8264", "", "reason", "reason"),
        ("", "", "x", "new", "4"),
    ],
    ids=["short", "easy", "two", "no reason", "nothing"],
)
def test_a_pin_that_cannot_be(
    hands: Hands, her: ClientId, new: str, again: str, reason: str, wrong: str, says: str
) -> None:
    deed(hands, "reset_pin", new=new, again=again, reason=reason)
    assert says in problem(hands, wrong)
    page = hands.page
    assert isinstance(page, ClientDeed) and (page.form["new"], page.form["again"]) == ("", "")
    assert fits(hands, her, "7391")


def test_C39_a_client_is_put_into_a_group_and_out_again(hands: Hands, her: ClientId) -> None:
    hands.press("more", "group", "VIP")
    hands.fill("reason", "Plays every day")
    hands.press("deed")
    assert held(hands, her).group == "vip"
    hands.says("Group", "VIP")
    hands.press("more", "group", "None")
    hands.fill("reason", "Left")
    hands.press("deed")
    assert held(hands, her).group == ""
    deed(hands, "group", reason="Again")
    assert "changed" in hands.notice and hands.tone == "bad"


def test_who_may_what_in_more(hands: Hands) -> None:
    her = anna(hands)
    every = {"name", "phone", "reset_pin", "group", "merge", "forget", "changes", "top_ups"}
    for number, missing in (
        (CASHIER, every),
        (ADMINISTRATOR, {"forget"}),
        (MANAGER, set()),
        (OWNER, set()),
    ):
        hands.sign_in(number)
        open_client(hands, her)
        hands.press("more")
        assert every - hands.pressable().keys() == missing, number
        for name in missing:
            hands.tell_button(name)
            assert isinstance(hands.page, ClientMore), name


# --- promo codes ----------------------------------------------------------------------------------


def codes(hands: Hands, of: ClientId) -> tuple[PromoCode, ...]:
    return hands.venue.ask(PromoCodes(of), hands.now, "cli")


def test_C38_a_code_is_given_and_redeemed_once(hands: Hands, her: ClientId) -> None:
    hands.press("more", "codes", "issue_code")
    hands.fill("amount", "50")
    hands.fill("until", "31122026")
    hands.fill("reason", "Away for long")
    hands.press("deed")
    (code,) = codes(hands, her)
    hands.says(code.code, "50 points", "31.12.2026", "open")
    assert code.code not in str(hands.entry.document())
    hands.press("redeem_code")
    hands.fill("code", code.code.replace("-", "").lower())
    hands.press("deed")
    assert points(hands, her) == 50
    hands.says("redeemed")
    hands.press("redeem_code")
    hands.fill("code", code.code.replace("-", ""))
    hands.press("deed")
    assert problem(hands, "code") and points(hands, her) == 50


@pytest.mark.parametrize(
    ("amount", "until", "wrong"),
    [
        ("", "", "amount"),
        ("0", "", "amount"),
        ("999999", "", "amount"),
        ("50", "31022027", "until"),
        ("50", "01", "until"),
        ("50", "01012020", "until"),
    ],
    ids=["nothing", "zero", "too many", "no such day", "half a day", "long ago"],
)
def test_a_code_that_cannot_be(
    hands: Hands, her: ClientId, amount: str, until: str, wrong: str
) -> None:
    hands.press("more", "codes", "issue_code")
    hands.fill("amount", amount)
    hands.fill("until", until)
    hands.fill("reason", "x")
    hands.press("deed")
    assert problem(hands, wrong)
    assert codes(hands, her) == ()


def test_a_cashier_redeems_a_code_and_gives_none(hands: Hands, her: ClientId) -> None:
    hands.sign_in(CASHIER)
    open_client(hands, her)
    hands.press("more", "codes")
    page = hands.page
    assert isinstance(page, ClientDeed) and page.deed == "redeem_code"
    hands.fill("code", "NOSUCHCODE12")
    hands.press("deed")
    assert problem(hands, "code")


# --- two who are one ------------------------------------------------------------------------------


def test_C32_two_clients_become_one(hands: Hands, her: ClientId) -> None:
    him = boris(hands)
    shift(hands)
    paid_in(hands, him, 300)
    hands.press("more", "merge")
    hands.says("Who is the same person as Anna Karenina?")
    hands.type("4218")
    hands.silent("Anna K.")
    hands.press(f"client:{him}")
    hands.says("Everything of Boris becomes Anna Karenina's")
    assert "Boris" not in repr(hands.scene) and "Anna" not in repr(hands.scene)
    hands.press("deed")
    assert problem(hands, "reason")
    hands.fill("reason", "She says so")
    hands.press("deed")
    hands.says("This cannot be undone.")
    assert held(hands, him).state == "active", "not before the second word"
    hands.press("deed")
    page = hands.page
    assert isinstance(page, ClientCard) and page.client.id == her
    assert "Boris" in hands.notice and "Boris" not in repr(hands.scene)
    assert held(hands, her).wallet == rub(300)
    assert (held(hands, him).state, held(hands, him).into) == ("merged", her)
    assert {c.number for c in hands.asked(CardsOf(her))} == {ANNA_UID, BORIS_UID}
    assert hands.entry.kind == "clients_merged"


def test_C32_back_from_the_question_merges_nobody(hands: Hands, her: ClientId) -> None:
    him = boris(hands)
    hands.press("more", "merge")
    hands.tap(BORIS_UID)
    hands.fill("reason", "She says so")
    hands.press("deed", "back", "back")
    assert held(hands, him).state == "active"
    hands.press("back")
    assert isinstance(hands.page, ClientCard)


def test_C32_nobody_is_merged_with_himself(hands: Hands, her: ClientId) -> None:
    hands.press("more", "merge")
    hands.tap(ANNA_UID)
    hands.says("These are not two clients.")
    assert held(hands, her).state == "active"


def twins(hands: Hands) -> tuple[ClientId, ClientId]:
    older = ClientId(client(hands.venue, "D1", "+79160000001", "", "Ivan Petrov"))
    newer = ClientId(client(hands.venue, "D2", "+79160000002", "", "Petrov Ivan"))
    return older, newer


@pytest.mark.parametrize("stays", ["older", "newer"])
def test_C32_possible_duplicates_are_listed_and_merged(hands: Hands, stays: str) -> None:
    older, newer = twins(hands)
    hands.sign_in(MANAGER)
    hands.go("clients")
    hands.press("duplicates")
    hands.says("Ivan P.", "Petrov I.", "name")
    hands.press("pair:0")
    keep, gone = (older, newer) if stays == "older" else (newer, older)
    hands.press(f"keep:{keep}")
    hands.fill("reason", "Same passport")
    hands.press("deed", "deed")
    assert held(hands, gone).into == keep
    page = hands.page
    assert isinstance(page, ClientCard) and page.client.id == keep
    hands.press("back")
    hands.says("Nobody seems to be registered twice.")


def test_C32_two_of_a_name_are_kept_apart(hands: Hands) -> None:
    older, newer = twins(hands)
    hands.sign_in(MANAGER)
    hands.go("clients")
    hands.press("duplicates", "pair:0", "apart")
    hands.fill("reason", "Father and son")
    hands.press("deed")
    assert hands.entry.kind == "clients_kept_apart"
    assert isinstance(hands.page, DuplicateList)
    hands.says("They stay two clients.", "Nobody seems to be registered twice.")
    assert hands.venue.ask(Duplicates(), hands.now, f"staff:{MANAGER}") == ()
    assert held(hands, older).state == held(hands, newer).state == "active"


def test_a_cashier_sees_no_duplicates(hands: Hands) -> None:
    twins(hands)
    hands.sign_in(CASHIER)
    hands.go("clients")
    assert "duplicates" not in hands.pressable()
    hands.tell_button("duplicates")
    assert not isinstance(hands.page, DuplicateList)


# --- segments -------------------------------------------------------------------------------------


def test_C15_segments_lead_to_their_clients(hands: Hands) -> None:
    her = anna(hands)
    shift(hands)
    paid_in(hands, her, 1000)
    start = StartSession(her, "pc-1", "game", "timer")
    session = str(hands.did(start, actor=f"staff:{CASHIER}", key="s").refs["session"])
    hands.did(StopSession(session), actor=f"staff:{CASHIER}", key="e")
    hands.now = hands.now.later(90 * 86_400)
    hands.sign_in(CASHIER)
    hands.go("clients")
    hands.press("segment")
    assert isinstance(hands.page, SegmentList)
    hands.says("Anna K.", "1 client", "Away for long")
    hands.press("segment:vip")
    hands.says("Nobody.")
    hands.press("segment:absent", f"client:{her}")
    page = hands.page
    assert isinstance(page, ClientCard) and page.client.id == her
    assert next(line.id for line in inside(hands.view, Line)) == f"client:{her}"
    hands.press("back")
    assert isinstance(hands.page, SegmentList)
    hands.press("back")
    hands.says("Search by")


# --- forgetting somebody --------------------------------------------------------------------------


def test_C2_a_client_is_erased_in_two_steps_and_the_balance_stays(
    hands: Hands, her: ClientId
) -> None:
    shift(hands)
    paid_in(hands, her, 800)
    deed(hands, "forget", reason="")
    assert problem(hands, "reason")
    hands.says("The balance stays: ")
    hands.fill("reason", "Asked in writing")
    hands.press("deed")
    hands.says("This cannot be undone.", "are gone for ever")
    assert held(hands, her).state == "active"
    hands.press("back", "deed", "deed")
    assert held(hands, her).state == "erased" and held(hands, her).wallet == rub(800)
    hands.says("Name and phone are erased. The balance stays.", "What is left can be paid out.")
    hands.silent("Karenina", "42-18")
    assert nobody(hands, "4218")
    # What is left is paid out as a refund.
    assert "top_up" not in hands.pressable()
    hands.press("change:game", "Refund")
    hands.fill("amount", "800")
    hands.press("next", "confirm")
    assert held(hands, her).wallet == rub(0)
    hands.press("more")
    assert set(hands.pressable()) & {"name", "phone", "reset_pin", "group", "merge"} == set()
