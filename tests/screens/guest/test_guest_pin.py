"""The holder's own PIN and phone, and a card that another takes the place of (C32)."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from kiosk.core import seal
from kiosk.core.clients import GetClient
from kiosk.core.guest.own_pin import TypePin
from kiosk.core.situation import CardHome, Welcome
from tests.core.guest import OTHER_UID, PHONE, PIN, UID
from tests.screens.guest.hands import Visitor, visitor
from tests.screens.guest.walk_lost import (
    THIRD_UID,
    WRONG_PIN,
    card_of,
    code_on_slip,
    holder,
    say_who,
)
from tests.screens.guest.walk_pin import NEW_PHONE, NEW_PIN, more, typed


@pytest.fixture
def guest() -> Iterator[Visitor]:
    with visitor() as made:
        yield made


def fits(guest: Visitor, client: str, pin: str) -> bool:
    kept = guest.venue._secrets.get("pins", client)
    return kept is not None and seal.pin_fits(pin, str(kept["hash"]))


def test_a_pin_is_changed_by_who_knows_it(guest: Visitor) -> None:
    card = holder(guest)
    more(guest, "pin")
    guest.press("Change my PIN")
    typed(guest, PIN, NEW_PIN, NEW_PIN)
    guest.says("Your new PIN is set")
    assert (guest.entry.kind, dict(guest.entry.refs)) == ("pin_changed", {"client": card.client})
    assert fits(guest, card.client, NEW_PIN)


def test_X01_wrong_pins_are_counted_and_then_locked(guest: Visitor) -> None:
    card = holder(guest)
    more(guest, "pin")
    guest.press("change_pin")
    typed(guest, WRONG_PIN)
    guest.says("Wrong PIN. 4 tries left.")
    typed(guest, *(WRONG_PIN for _ in range(3)))
    guest.says("Wrong PIN. 1 try left.")
    typed(guest, WRONG_PIN)
    guest.says("Your money is safe.", "Too many wrong PINs. Try again at 18:15.")
    assert fits(guest, card.client, PIN)


def test_a_forgotten_pin_is_replaced_by_the_code_on_the_slip(guest: Visitor) -> None:
    card = holder(guest)
    code = code_on_slip(guest)
    more(guest, "pin")
    guest.press("change_pin", "I forgot my PIN")
    typed(guest, code, kind="key")
    typed(guest, NEW_PIN, NEW_PIN)
    guest.says("Your new PIN is set")
    assert guest.entry.kind == "pin_recovered"
    assert fits(guest, card.client, NEW_PIN)


def test_a_code_of_another_card_changes_no_pin(guest: Visitor) -> None:
    """Whoever holds two cards does not set the PIN of the one that is not before him."""
    guest.register(OTHER_UID)
    code = code_on_slip(guest)
    guest.printed()
    guest.press("leave")
    holder(guest)
    more(guest, "pin")
    guest.press("forgot_pin")
    head = guest.venue.ledger.head
    for left in ("4 tries left", "3 tries left", "2 tries left", "1 try left"):
        typed(guest, code, kind="key")
        guest.says(f"This code is not right. {left}.")
    typed(guest, code, kind="key")
    guest.says("That was wrong too often. Please ask at the desk.")
    assert guest.venue.ledger.head == head


def test_without_a_phone_a_pin_is_chosen_by_the_code_and_then_a_phone_given(guest: Visitor) -> None:
    card = guest.register(UID)
    code = code_on_slip(guest)
    guest.printed()
    guest.press("leave")
    more(guest, "pin")
    phone = guest.buttons()["change_phone"]
    assert (phone.enabled, phone.why) == (False, "Choose a PIN first.")
    guest.press("Choose a PIN")
    typed(guest, code, kind="key")
    typed(guest, NEW_PIN, NEW_PIN)
    guest.press("leave")
    more(guest, "pin")
    guest.press("Add my phone number")
    typed(guest, NEW_PIN)
    guest.type(NEW_PHONE)
    assert guest.buttons()["next"].why == "Please tick the box."
    guest.press("consent", "next")
    assert guest.entry.kind == "phone_changed"
    found = guest.asked(GetClient(card.client))
    assert found is not None and found.phone_masked.endswith("-00-00")
    guest.press("leave")
    say_who(guest, NEW_PHONE, NEW_PIN)
    guest.says("Block card •••• E5F6 now?")


@pytest.mark.parametrize("whose", ["nobody's", "another's", "his own"])
def test_who_gives_a_phone_is_not_told_whose_it_is(guest: Visitor, whose: str) -> None:
    guest.register(OTHER_UID, phone=NEW_PHONE, pin=NEW_PIN)
    guest.printed()
    guest.press("leave")
    holder(guest)
    given = {"nobody's": "9035550009", "another's": NEW_PHONE, "his own": PHONE}[whose]
    more(guest, "pin")
    guest.press("change_phone")
    typed(guest, PIN)
    guest.type(given)
    guest.press("consent", "next")
    guest.says("Thank you", "Your phone number will be confirmed at the desk.")
    found = guest.asked(GetClient(card_of(guest, UID).client))
    assert found is not None
    assert found.phone_masked.endswith("00-09" if whose == "nobody's" else "12-34")


def test_abandoning_a_change_keeps_nothing(guest: Visitor) -> None:
    card = holder(guest)
    head = guest.venue.ledger.head
    for texts in ((), (PIN,), (PIN, NEW_PIN)):
        more(guest, "pin")
        guest.press("change_pin")
        typed(guest, *texts)
        guest.type("82")
        assert isinstance(guest.scene, TypePin)
        guest.wait(90)
        assert isinstance(guest.scene, Welcome)
    assert guest.venue.ledger.head == head
    assert fits(guest, card.client, PIN)


def test_back_leads_through_every_step(guest: Visitor) -> None:
    holder(guest)
    more(guest, "pin")
    guest.press("change_pin")
    typed(guest, PIN, NEW_PIN)
    guest.press("back")
    guest.says("Choose a new PIN")
    guest.press("back")
    guest.says("Your PIN of today")
    guest.press("back")
    guest.says("What would you like to change?")
    guest.press("back")
    assert isinstance(guest.scene, CardHome)


# --- the card is there, and another takes its place ----------------------------------------------


def test_C32_a_card_is_moved_to_another_by_its_pin(guest: Visitor) -> None:
    old = holder(guest)
    more(guest, "move")
    guest.says("Move everything to another card?", "700.00")
    guest.press("next")
    typed(guest, WRONG_PIN)
    guest.says("Wrong PIN. 4 tries left.")
    typed(guest, PIN)
    guest.tap(OTHER_UID)
    guest.press("yes")
    guest.says("Your new card has", "700.00")
    assert guest.kinds()[-1] == "card_moved"
    assert card_of(guest, old.id).state == "retired"
    assert "•••• AA55" in guest.slips[-1]
    guest.press("leave")
    guest.tap(OTHER_UID)
    guest.says("700.00")


def test_C32_without_a_pin_the_code_of_its_own_slip_does(guest: Visitor) -> None:
    guest.register(OTHER_UID)
    foreign = code_on_slip(guest)
    guest.printed()
    guest.press("leave")
    guest.register(UID)
    own = code_on_slip(guest)
    guest.printed()
    guest.press("leave")
    more(guest, "move")
    guest.press("next")
    typed(guest, foreign, kind="key")
    guest.says("This code is not right. 4 tries left.")
    typed(guest, own, kind="key")
    guest.tap(THIRD_UID)
    guest.press("yes")
    assert guest.kinds()[-1] == "card_moved"


def test_C32_with_neither_the_desk_helps(guest: Visitor) -> None:
    card = guest.register(UID)
    guest.printed()
    guest.press("leave")
    with guest.venue._secrets.transaction():
        guest.venue._secrets.put("tokens", card.client, None)
    more(guest, "move")
    guest.says("Your money is safe.", "neither a PIN nor a code on a slip")
    guest.press("leave")
    more(guest, "pin")
    guest.says("There is no PIN on this card yet, and no slip with a code.")


def test_neither_pin_nor_phone_nor_code_is_told_anywhere(
    guest: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    holder(guest)
    code = code_on_slip(guest)
    said: list[str] = []

    def page(*texts: str, kind: str = "digit") -> None:
        for text in texts:
            guest.type(text, kind)
            said.append(repr(guest.situation))
            guest.press("next")
        said.append(repr(guest.situation))

    more(guest, "pin")
    guest.press("change_pin")
    page(PIN, NEW_PIN, NEW_PIN)
    guest.press("leave")
    more(guest, "pin")
    guest.press("forgot_pin")
    page(code, kind="key")
    page(PIN, PIN)
    guest.press("leave")
    more(guest, "pin")
    guest.press("change_phone")
    page(PIN)
    guest.press("consent")
    page(NEW_PHONE)
    told = "\n".join((*said, *(repr(e) for e in guest.venue.ledger.entries()), caplog.text))
    folder = guest.venue.ledger.store.path.parent
    written = b"".join(p.read_bytes() for p in folder.iterdir() if p.is_file())
    for secret in (NEW_PHONE, code):
        assert secret not in told and secret.encode() not in written
    for pin in (PIN, NEW_PIN):
        assert f"'{pin}'" not in told and f'"{pin}"'.encode() not in written
