"""Cards at the desk: blocked, lost, moved onto another one, registered here."""

from __future__ import annotations

import pytest

from kiosk.core.accounts import CardAccounts, GetCardAccounts
from kiosk.core.cards import Card, CardsOf
from kiosk.core.client_list import FindClients
from kiosk.core.clients import recovery_token
from kiosk.core.desk.client_card import CardDetail, ClientCard
from kiosk.core.desk.client_deeds import ClientDeed
from kiosk.core.desk.client_registration import CardRegistration
from kiosk.core.ids import ClientId
from kiosk.core.messages import CardPresented
from kiosk.screens.view import Entry
from tests.core.guest import READER, rub
from tests.screens.desk.clients_there import (
    ANNA_UID,
    BORIS_UID,
    NEW_UID,
    anna,
    boris,
    held,
    open_client,
    paid_in,
    pin_of,
    shift,
)
from tests.screens.desk.hands import CASHIER, MANAGER, STAFF_PIN, Hands, inside


@pytest.fixture
def her(hands: Hands) -> ClientId:
    made = anna(hands)
    shift(hands)
    paid_in(hands, made, 800)
    hands.sign_in(CASHIER)
    open_client(hands, made)
    return made


def cards(hands: Hands, of: ClientId) -> list[tuple[str, str]]:
    return [(c.number, c.state) for c in hands.asked(CardsOf(of))]


def first(hands: Hands, of: ClientId) -> Card:
    return hands.asked(CardsOf(of))[0]


def problem(hands: Hands, field: str) -> str:
    ids = (f"field:{field}", f"switch:{field}")
    return next(e.problem for e in inside(hands.view, Entry) if e.id in ids)


def on_card(hands: Hands, of: ClientId) -> None:
    hands.press(f"card:{first(hands, of).id}")
    assert isinstance(hands.page, CardDetail)


# --- blocking -------------------------------------------------------------------------------------


def test_a_card_is_blocked_with_a_reason_and_unblocked(hands: Hands, her: ClientId) -> None:
    on_card(hands, her)
    hands.press("block", "deed")
    assert "reason" in problem(hands, "reason")
    assert cards(hands, her) == [(ANNA_UID, "active")]
    hands.fill("reason", "Fights")
    hands.press("deed")
    assert cards(hands, her) == [(ANNA_UID, "blocked")]
    assert (hands.entry.kind, hands.entry.reason) == ("card_blocked", "Fights")
    hands.says("Card •••• E5F6 is blocked. The balance is safe.", "blocked")
    on_card(hands, her)
    assert "block" not in hands.pressable()
    hands.press("unblock")
    hands.fill("reason", "Apologised")
    hands.press("deed")
    assert cards(hands, her) == [(ANNA_UID, "active")]
    assert held(hands, her).wallet == rub(800)


def test_a_reason_is_never_too_long(hands: Hands, her: ClientId) -> None:
    on_card(hands, her)
    hands.press("block", "field:reason")
    hands.type("a" * 210)
    page = hands.page
    assert isinstance(page, ClientDeed) and len(page.form["reason"]) == 200
    hands.press("deed")
    assert len(hands.entry.reason) == 200


def test_a_blocked_card_that_is_tapped_opens_its_client(hands: Hands, her: ClientId) -> None:
    on_card(hands, her)
    hands.press("block")
    hands.fill("reason", "Fights")
    hands.press("deed", "back")
    hands.tap(ANNA_UID)
    assert isinstance(hands.page, ClientCard)
    hands.says("blocked")


# --- lost and moved -------------------------------------------------------------------------------


def test_U5_a_lost_card_is_reported_and_moved_to_a_new_one(hands: Hands, her: ClientId) -> None:
    old = first(hands, her)
    on_card(hands, her)
    hands.press("lost")
    hands.fill("reason", "Lost in the tram")
    hands.press("deed")
    assert cards(hands, her) == [(ANNA_UID, "lost")]
    on_card(hands, her)
    hands.press("move")
    hands.says("Tap the new card on the reader.", "800.00")
    hands.fill("reason", "Passport seen")
    assert "deed" not in hands.pressable(), "not before the new card was shown"
    hands.tap(NEW_UID)
    hands.says("The new card was read.")
    page = hands.page
    assert isinstance(page, ClientDeed) and page.form["reason"] == "Passport seen"
    hands.press("deed")
    assert cards(hands, her) == [(ANNA_UID, "retired"), (NEW_UID, "active")]
    assert held(hands, her).wallet == rub(800)
    hands.says("The new card has taken the place of •••• E5F6.")
    assert old.masked in hands.slips[-1] and "800.00" in hands.slips[-1]
    assert NEW_UID not in hands.slips[-1]


@pytest.mark.parametrize("signal", ["barcode", "keyboard"])
def test_the_slip_of_a_lost_card_leads_to_its_client(
    hands: Hands, her: ClientId, signal: str
) -> None:
    code = recovery_token(hands.venue.books(hands.now), her)
    hands.go("clients")
    hands.tell(CardPresented(READER, signal, code))  # type: ignore[arg-type]
    assert isinstance(hands.page, ClientCard) and hands.page.client.id == her
    hands.tell(CardPresented(READER, signal, "A" * 32))  # type: ignore[arg-type]
    assert hands.tone == "bad" and hands.page.client.id == her


def test_the_code_of_the_slip_is_typed_where_nothing_scans(hands: Hands, her: ClientId) -> None:
    code = recovery_token(hands.venue.books(hands.now), her)
    hands.press("back", "choose:by=card")
    hands.type(code.lower())
    hands.press("find")
    assert isinstance(hands.page, ClientCard), hands.notice
    assert hands.page.client.id == her


def test_C32_a_card_of_somebody_else_takes_no_place(hands: Hands, her: ClientId) -> None:
    boris(hands)
    on_card(hands, her)
    hands.press("move")
    hands.fill("reason", "Broken")
    hands.tap(BORIS_UID)
    hands.press("deed")
    assert hands.tone == "bad" and "registered" in hands.notice
    assert cards(hands, her) == [(ANNA_UID, "active")]
    # Another one, and it goes on.
    hands.tap(NEW_UID)
    hands.press("deed")
    assert cards(hands, her) == [(ANNA_UID, "retired"), (NEW_UID, "active")]


def test_a_card_of_the_desk_takes_no_place(hands: Hands, her: ClientId) -> None:
    on_card(hands, her)
    hands.press("move")
    hands.tell(CardPresented(READER, "magnetic", ";550001=311226?"))
    hands.says("This card is not a client's")
    assert "deed" not in hands.pressable()


def test_a_fourth_move_in_a_day_is_signed(hands: Hands, her: ClientId) -> None:
    pin_of(hands, MANAGER)
    for n in range(4):
        card = next(c for c in hands.asked(CardsOf(her)) if c.state == "active")
        hands.press(f"card:{card.id}", "move")
        hands.fill("reason", "Broken")
        hands.tap(f"04{n}" + "0" * 10 + "A")
        hands.press("deed")
    assert hands.tone == "bad"
    hands.says("A second person has to sign")
    hands.fill("staff", MANAGER)
    hands.fill("pin", STAFF_PIN)
    hands.press("deed")
    assert hands.entry.refs.get("approved_by", "") or "card_moved" in hands.kinds()
    assert [state for _, state in cards(hands, her)].count("retired") == 4


# --- registered at the desk -----------------------------------------------------------------------


def at_the_form(hands: Hands) -> None:
    hands.sign_in(CASHIER)
    hands.go("clients")
    hands.tap(NEW_UID)
    assert isinstance(hands.page, CardRegistration)


def test_E57_a_card_is_registered_here_with_its_slip(hands: Hands) -> None:
    at_the_form(hands)
    hands.fill("name", "zoya kim")
    hands.fill("phone", "89161112233")
    hands.press("switch:consent")
    hands.fill("pin", "7391")
    hands.fill("again", "7391")
    hands.says("••••")
    hands.silent("7391")
    hands.press("switch:terms", "register")
    page = hands.page
    assert isinstance(page, ClientCard) and page.client.name == "Zoya Kim"
    (row,) = hands.venue.ask(FindClients("2233"), hands.now, "cli").rows
    assert row.client == page.client.id and row.name == "Zoya K."
    assert [n for n, _ in cards(hands, row.client)] == [NEW_UID]
    hands.says("The card is registered. Give the slip to the client.")
    assert len(hands.slips) == 1 and "5544" in hands.slips[0] and "Zoya" not in hands.slips[0]


def test_without_phone_and_name_the_card_alone_is_enough(hands: Hands) -> None:
    at_the_form(hands)
    hands.press("switch:terms", "register")
    page = hands.page
    assert isinstance(page, ClientCard) and page.client.name == ""
    hands.says("Client without a name", "no phone")


@pytest.mark.parametrize(
    ("fields", "switches", "wrong", "says"),
    [
        ({}, (), "terms", "agree to the terms"),
        ({"phone": "123"}, ("consent", "terms"), "phone", "no whole phone number"),
        ({"phone": "1234567890123456"}, ("consent", "terms"), "phone", "no whole phone number"),
        ({"phone": "89161112233"}, ("terms",), "consent", "Ask the client"),
        ({"pin": "73"}, ("terms",), "pin", "4"),
        ({"pin": "1111", "again": "1111"}, ("terms",), "pin", "easy"),
        ({"pin": "7391", "again": "7392"}, ("terms",), "pin", "not the same"),
        ({"again": "7391"}, ("terms",), "pin", "4"),
    ],
    ids=["terms", "short", "long", "consent", "short PIN", "easy PIN", "two PINs", "one PIN"],
)
def test_a_form_that_is_wrong_registers_nobody(
    hands: Hands, fields: dict[str, str], switches: tuple[str, ...], wrong: str, says: str
) -> None:
    at_the_form(hands)
    seq = hands.venue.ledger.seq
    for name, text in fields.items():
        hands.fill(name, text)
    for switch in switches:
        hands.press(f"switch:{switch}")
    hands.press("register")
    assert says in problem(hands, wrong)
    assert isinstance(hands.page, CardRegistration) and hands.venue.ledger.seq == seq


def test_a_phone_that_is_known_is_not_told_of(hands: Hands) -> None:
    """The card is registered without it, and the two stand among the possible duplicates."""
    anna(hands)
    at_the_form(hands)
    hands.fill("phone", "89162044218")
    hands.press("switch:consent", "switch:terms", "register")
    hands.says("no phone")
    hands.silent("Anna")


def test_a_name_is_never_too_long(hands: Hands) -> None:
    at_the_form(hands)
    hands.press("field:name")
    hands.type("n" * 45)
    hands.press("switch:terms", "register")
    page = hands.page
    assert isinstance(page, ClientCard) and len(page.client.name) == 40


def test_who_may_register_no_card_is_told_that_nobody_knows_it(hands: Hands) -> None:
    at_the_form(hands)
    hands.press("back")
    seq = hands.venue.ledger.seq
    hands.tap(NEW_UID)
    hands.press("back")
    assert hands.venue.ledger.seq == seq


# --- whose balance a card uses --------------------------------------------------------------------


def test_E61_a_card_pays_from_somebody_elses_balance_and_from_its_own_again(
    hands: Hands, her: ClientId
) -> None:
    him = boris(hands)
    hands.sign_in(MANAGER)
    open_client(hands, her)
    card = first(hands, her)
    on_card(hands, her)
    hands.press("wallet")
    hands.says("Whose balance shall •••• E5F6 use?")
    hands.tap(BORIS_UID)
    hands.press("deed")
    assert "reason" in problem(hands, "reason")
    hands.fill("reason", "His daughter")
    hands.press("deed")
    assert hands.asked(GetCardAccounts(card.id)) == CardAccounts(debit=her, expenditure=him)
    hands.press(f"card:{card.id}")
    hands.says("Visits are paid from", "Boris", "Top-ups go to", "Anna Karenina")
    hands.press("wallet")
    hands.type("554218")
    hands.press(f"client:{him}", "Both")
    hands.fill("reason", "Everything")
    hands.press("deed")
    assert hands.asked(GetCardAccounts(card.id)) == CardAccounts(debit=him, expenditure=him)
    hands.press(f"card:{card.id}", "own")
    hands.fill("reason", "Grown up")
    hands.press("deed")
    assert hands.asked(GetCardAccounts(card.id)) == CardAccounts(debit=her, expenditure=her)
    hands.press(f"card:{card.id}")
    assert "own" not in hands.pressable()


def test_a_cashier_points_no_card(hands: Hands, her: ClientId) -> None:
    on_card(hands, her)
    assert "wallet" not in hands.pressable()
    hands.tell_button("wallet")
    assert isinstance(hands.page, CardDetail)


def test_back_leads_where_one_came_from(hands: Hands, her: ClientId) -> None:
    on_card(hands, her)
    hands.press("block", "back")
    assert isinstance(hands.page, CardDetail)
    hands.press("back")
    assert isinstance(hands.page, ClientCard)
    hands.press("top_up", "back")
    assert isinstance(hands.page, ClientCard)
