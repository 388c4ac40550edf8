"""The desk finds clients as one types, by card, and shows what they have."""

from __future__ import annotations

import pytest

from kiosk.core.clients import EraseClient
from kiosk.core.desk.client_card import ClientCard
from kiosk.core.desk.client_deeds import DEEDS
from kiosk.core.desk.client_registration import CardRegistration
from kiosk.core.desk.clients import ClientSearch
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId
from kiosk.core.messages import CardPresented, CardRefused
from kiosk.core.permissions import RIGHTS
from kiosk.core.sentences import SENTENCES
from kiosk.core.sessions import StartSession, StopSession
from kiosk.core.strikes import RecordStrike
from kiosk.core.texts import LANGUAGES
from kiosk.screens.view import Bars, DeskView, Holding, Line
from tests.core.guest import DEMO, READER, UID, rub
from tests.core.test_clients import client
from tests.screens.desk.clients_there import (
    ANNA_UID,
    NEW_UID,
    anna,
    boris,
    found,
    heard,
    held,
    open_client,
    paid_in,
    points,
    shift,
)
from tests.screens.desk.hands import (
    ADMINISTRATOR,
    AUDITOR,
    CASHIER,
    COLLECTOR,
    MANAGER,
    OWNER,
    Hands,
    attendant,
    inside,
)

STAFF_CARD = ";9900000101=?"


# --- by digits ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "digits", ["4218", "44218", "044218", "9162", "79162044218", "89162044218"]
)
def test_C3_C4_C35_digits_in_a_row_find_as_one_types(hands: Hands, digits: str) -> None:
    anna(hands)
    hands.sign_in(CASHIER)
    hands.go("clients")
    hands.type(digits)
    assert found(hands) == ["Anna K."]
    hands.says("1 client of 1", "+7 ••• •••-42-18")


def test_C5_three_digits_find_nobody_and_the_fourth_does(hands: Hands) -> None:
    anna(hands)
    hands.sign_in(CASHIER)
    hands.go("clients")
    hands.type("421")
    assert found(hands) == []
    hands.silent("Anna")
    hands.says("Type the last digits of the phone", "1 registered client")
    hands.type("8")
    assert found(hands) == ["Anna K."]
    hands.press("erase")
    assert found(hands) == [], "too little again"


def test_C6_several_are_all_shown_to_tell_apart(hands: Hands) -> None:
    her, him = anna(hands), boris(hands)
    shift(hands)
    paid_in(hands, him, 340)
    hands.sign_in(CASHIER)
    hands.go("clients")
    hands.type("4218")
    assert sorted(found(hands)) == ["Anna K.", "Boris"]
    hands.says("2 clients of 2", "340.00")
    hands.press(f"client:{him}")
    page = hands.page
    assert isinstance(page, ClientCard) and page.client.id == him
    # Another digit tells them apart: his is …555 42 18.
    hands.press("back")
    hands.press("clear")
    hands.type("554218")
    assert found(hands) == ["Boris"]
    assert her != him


def test_C16_nobody_found_says_what_to_check(hands: Hands) -> None:
    anna(hands)
    hands.sign_in(CASHIER)
    hands.go("clients")
    hands.type("0000")
    hands.says("Check that the last 4 to 6 digits", "registered", "C-01")
    assert found(hands) == []
    hands.press("clear")
    hands.silent("C-01")


def test_C2_who_is_no_client_any_more_is_not_listed(hands: Hands) -> None:
    her = anna(hands)
    hands.did(EraseClient(her, "asked"), key="erase")
    hands.sign_in(CASHIER)
    hands.go("clients")
    hands.type("4218")
    assert found(hands) == []


def test_fifty_are_shown_and_that_there_are_more(hands: Hands) -> None:
    for n in range(52):
        client(hands.venue, f"B{n:05}", f"+7916111{n:02}42", "", f"Client{n}")
    hands.sign_in(CASHIER)
    hands.go("clients")
    hands.type("6111")
    assert len(found(hands)) == 50
    hands.says("The first 50 of 52: type one more.")
    hands.type("0")
    assert len(found(hands)) == 10


# --- by name and by card --------------------------------------------------------------------------


def test_M38_the_first_letters_of_a_name_find(hands: Hands) -> None:
    anna(hands)
    boris(hands)
    hands.sign_in(CASHIER)
    hands.go("clients")
    hands.press("choose:by=name")
    hands.type("An")
    assert found(hands) == [], "two letters are too few"
    hands.silent("Nobody of this name")
    hands.type("n")
    assert found(hands) == ["Anna K."]
    hands.type("a k")
    assert found(hands) == ["Anna K."]
    hands.press("clear")
    hands.type("Zzz")
    hands.says("Nobody")
    assert found(hands) == []


def test_M38_letters_of_another_language(hands: Hands) -> None:
    client(hands.venue, "C1", "", "", "Зинаида Петрова")
    hands.sign_in(CASHIER)
    hands.go("clients")
    hands.press("choose:by=name", "keyboard")
    hands.type("Зин")
    assert found(hands) == ["Зинаида П."]


def test_M38_a_tapped_card_opens_its_client(hands: Hands) -> None:
    her = anna(hands)
    hands.sign_in(CASHIER)
    hands.go("clients")
    hands.tap(ANNA_UID)
    page = hands.page
    assert isinstance(page, ClientCard) and page.client.id == her
    hands.says("Anna Karenina")


def test_M38_a_striped_card_opens_its_client(hands: Hands) -> None:
    her = client(hands.venue, "7700001234", "", "", "Boris")
    hands.sign_in(CASHIER)
    hands.go("clients")
    hands.tell(CardPresented(READER, "magnetic", ";7700001234?"))
    page = hands.page
    assert isinstance(page, ClientCard) and page.client.id == her


@pytest.mark.parametrize("written", ["04A1B2C3D4E5F6", "04a1b2c3d4e5f6"])
def test_M38_a_typed_number_finds_its_client(hands: Hands, written: str) -> None:
    her = anna(hands)
    hands.sign_in(CASHIER)
    hands.go("clients")
    hands.press("choose:by=card")
    assert "find" not in hands.pressable()
    hands.type(written)
    hands.press("find")
    page = hands.page
    assert isinstance(page, ClientCard) and page.client.id == her


KEYBOARD = """
[[rules]]
name = "Typed number"
algorithm = "prefix"
signals = ["keyboard"]
pattern = "9"
start = 1
length = 10
scope = "interface"
object = "PDS"
"""


def test_M38_E77_a_rule_of_the_keyboard_reads_the_number() -> None:
    """What is printed on the card is not what its chip says: the rule knows; a right is needed."""
    with attendant(DEMO + KEYBOARD) as hands:
        her = client(hands.venue, "7700001234", "", "", "Boris")
        for number, finds in ((CASHIER, False), (ADMINISTRATOR, True)):
            hands.sign_in(number)
            hands.go("clients")
            hands.press("choose:by=card")
            hands.type("97700001234")
            hands.press("find")
            page = hands.page
            assert isinstance(page, ClientCard) == finds
            if finds:
                assert isinstance(page, ClientCard) and page.client.id == her
            else:
                hands.says("There is no card")


def test_a_number_that_nobody_has_and_one_that_is_too_long(hands: Hands) -> None:
    anna(hands)
    hands.sign_in(OWNER)
    hands.go("clients")
    hands.press("choose:by=card")
    hands.type("12345678" * 9)
    page = hands.page
    assert isinstance(page, ClientSearch) and len(page.form["query"]) == 64
    hands.press("find")
    hands.says("There is no card")
    assert hands.tone == "bad" and isinstance(hands.page, ClientSearch)


def test_cards_that_are_nobodys_are_said_plainly(hands: Hands) -> None:
    hands.sign_in(CASHIER)
    hands.go("clients")
    hands.tell(CardPresented(READER, "magnetic", ";550001=311226?"))
    hands.says("This card is not a client's")
    hands.tell(CardPresented(READER, "magnetic", ";1234567890?"))
    hands.says("This card is not one of ours")
    hands.tell(CardRefused(READER, "contactless", "bank_card"))
    hands.says("This is a bank card or a phone")
    hands.tell(CardRefused(READER, "contactless", "unreadable"))
    hands.says("cannot be read")
    assert isinstance(hands.page, ClientSearch)


def test_a_staff_card_signs_somebody_else_in(hands: Hands) -> None:
    hands.sign_in(OWNER)
    hands.go("clients")
    hands.tell(CardPresented(READER, "magnetic", STAFF_CARD))
    hands.says("Your card was read")


def test_a_card_does_not_throw_away_what_is_being_typed(hands: Hands) -> None:
    her = anna(hands)
    boris(hands)
    shift(hands)
    hands.sign_in(OWNER)
    open_client(hands, her)
    hands.press("top_up")
    hands.type("300")
    hands.tap("0411223344AA55")
    hands.says("300")
    hands.press("deed")
    assert held(hands, her).wallet == rub(300)


# --- the card -------------------------------------------------------------------------------------


def boxes(hands: Hands) -> dict[str, tuple[str, str]]:
    return {
        box.name: (box.amount, box.button.id if box.button else "")
        for box in inside(hands.view, Holding)
    }


def test_C7_C8_two_balances_each_with_its_own_change(hands: Hands) -> None:
    her = anna(hands)
    shift(hands)
    paid_in(hands, her, 1250)
    hands.sign_in(OWNER)
    open_client(hands, her)
    told = boxes(hands)
    assert told["Game balance"] == ("1\u202f250.00", "change:game")
    assert told["Bonus balance"] == (str(points(hands, her)), "change:bonus")
    assert told["Game minutes"][0] == "0" and told["Internet minutes"][0] == "0"


def test_C24_the_balance_is_one_tap_from_the_list_and_in_it(hands: Hands) -> None:
    her = anna(hands)
    shift(hands)
    paid_in(hands, her, 777)
    hands.sign_in(CASHIER)
    hands.go("clients")
    hands.type("4218")
    hands.says("777.00")
    hands.press(f"client:{her}")
    assert boxes(hands)["Game balance"][0] == "777.00"


def test_C1_C43_a_cashier_finds_and_sees_and_has_no_change(hands: Hands) -> None:
    her = anna(hands)
    for number, may in ((CASHIER, False), (ADMINISTRATOR, True), (MANAGER, False), (OWNER, True)):
        hands.sign_in(number)
        open_client(hands, her)
        assert ("change:game" in hands.pressable()) is may, number
        assert ("change:bonus" in hands.pressable()) is may, number
        seq = hands.venue.ledger.seq
        if not may:
            hands.tell_button("change:game")
            assert isinstance(hands.page, ClientCard) and hands.venue.ledger.seq == seq


def test_C1_who_may_not_find_clients_has_no_such_section(hands: Hands) -> None:
    for number in (COLLECTOR, AUDITOR):
        hands.sign_in(number)
        view = hands.view
        assert isinstance(view, DeskView)
        assert "section:clients" not in [b.id for b in view.rail]
        hands.tell_button("section:clients")
        assert hands.page.section != "clients"


def test_C14_C36_statistics_and_visits_by_week(hands: Hands) -> None:
    her = anna(hands)
    shift(hands)
    paid_in(hands, her, 1000)
    hands.sign_in(CASHIER)
    start = StartSession(her, "pc-1", "game", "timer")
    session = str(hands.did(start, actor=f"staff:{CASHIER}", key="s").refs["session"])
    hands.now = hands.now.later(3600)
    hands.did(StopSession(session), actor=f"staff:{CASHIER}", key="e")
    hands.sign_in(CASHIER)
    open_client(hands, her)
    hands.says("Played", "1 h 00".replace(" ", "\u00a0"), "Spent", "240.00", "Usually comes")
    (bars,) = inside(hands.view, Bars)
    assert bars.values == (*(0,) * 11, 1) and bars.caption == "visits a week, 12 weeks"


def test_the_card_follows_the_books(hands: Hands) -> None:
    her = anna(hands)
    shift(hands)
    hands.sign_in(CASHIER)
    open_client(hands, her)
    assert boxes(hands)["Game balance"][0] == "0.00"
    before = hands.situation.page
    paid_in(hands, her, 500)
    heard(hands)
    assert boxes(hands)["Game balance"][0] == "500.00"
    assert hands.situation.page == before, "and stays the same page"


def test_an_open_strike_stands_on_the_card_and_is_cleared(hands: Hands) -> None:
    her = anna(hands)
    strike = RecordStrike("top_ups_per_hour", her, CardId(""))
    hands.did(strike, actor="kiosk", key="strike")
    hands.sign_in(CASHIER)
    open_client(hands, her)
    hands.says("A client topped up too often in an hour.")
    assert not [i for i in hands.pressable() if i.startswith("strike:")]
    hands.sign_in(MANAGER)
    open_client(hands, her)
    hands.press("A client topped up too often in an hour.")
    hands.press("deed")
    hands.says("reason")
    assert hands.entry.kind != "strike_cleared"
    hands.fill("reason", "A party of ten")
    hands.press("deed")
    entry = hands.entry
    assert (entry.kind, entry.reason) == ("strike_cleared", "A party of ten")
    hands.silent("A client topped up too often")


def test_a_note_that_waits_stands_on_the_card(hands: Hands) -> None:
    card = hands.top_up(uid=UID)
    hands.escrow(500)
    hands.start_again()
    hands.sign_in(OWNER)
    hands.go("clients")
    hands.tap(UID)
    page = hands.page
    assert isinstance(page, ClientCard) and page.client.id == card.client
    hands.says("A note of 500.00", "waits for a decision")


# --- its words ------------------------------------------------------------------------------------


def test_C44_the_russian_screen_says_exactly_this() -> None:
    with attendant(languages=("en", "ru")) as hands:
        her = anna(hands)
        hands.press("access", "language:ru", "back")
        hands.sign_in(OWNER)
        hands.press("section:clients")
        hands.says("Клиенты")
        hands.type("4218")
        hands.press(f"client:{her}")
        hands.says("Игровой баланс", "Бонусный баланс", "Изменить", "Отыграно", "Потрачено")
        hands.says("Последний визит", "Транзакции")
        hands.press("change:game")
        hands.says("Возврат средств", "Техническая ошибка")
        hands.press("back", "change:bonus")
        hands.says("Техническая ошибка", "Начисление бонусов")


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_page_of_a_client_can_be_said(language: str) -> None:
    """Each language has its words, with the same names in braces."""
    with attendant(languages=tuple(LANGUAGES)) as hands:
        her = anna(hands)
        hands.press("access", f"language:{language}", "back")
        shift(hands)
        paid_in(hands, her, 500)
        hands.sign_in(OWNER)
        open_client(hands, her)
        for page in ("transactions", "more", "top_up", "change:game", "change:bonus"):
            hands.press(page)
            assert hands.words()
            hands.press("back")
        hands.press("more")
        tiles = [i for i in hands.pressable() if i in MORE]
        assert set(tiles) == MORE
        for tile in tiles:
            hands.press(tile)
            assert hands.words()
            hands.press("back")
            if "more" in hands.pressable():
                hands.press("more")


MORE = {
    *("explain", "top_ups", "changes", "codes", "name", "phone", "reset_pin", "group"),
    *("merge", "forget"),
}


def test_no_name_and_no_phone_in_what_a_page_would_log(hands: Hands) -> None:
    her = anna(hands)
    hands.sign_in(OWNER)
    open_client(hands, her)
    told = repr(hands.page)
    for secret in ("Anna", '4218"', "9162044218"):
        assert secret not in told


def test_an_unknown_card_is_offered_to_be_registered(hands: Hands) -> None:
    hands.sign_in(CASHIER)
    hands.go("clients")
    hands.tap(NEW_UID)
    assert isinstance(hands.page, CardRegistration)
    hands.says("This card is not registered yet.")
    hands.press("back")
    assert isinstance(hands.page, ClientSearch)


def test_a_row_that_is_not_there_cannot_be_pressed(hands: Hands) -> None:
    her = anna(hands)
    hands.sign_in(CASHIER)
    hands.go("clients")
    hands.tell_button(f"client:{her}")
    assert isinstance(hands.page, ClientSearch)
    assert not list(inside(hands.view, Line))
    assert not isinstance(hands.desk.problem, Refused)


@pytest.mark.parametrize("name", DEEDS)
def test_every_deed_has_its_words_and_its_right(name: str) -> None:
    deed = DEEDS[name]
    keys = {f"deed.{name}", f"deed.{name}.what", f"deed.{name}.button", f"did.{name}"}
    keys |= {f"sure.{name}"} if deed.asks else set()
    assert not {key for key in keys if f"desk.clients.{key}" not in SENTENCES}
    assert deed.command in RIGHTS
