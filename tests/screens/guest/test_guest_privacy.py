"""G14: a guest sees what is kept about him, has it on paper and on his phone, and erases it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from kiosk.core import seal
from kiosk.core.clients import EraseClient, GetClient
from kiosk.core.guest.privacy import CODE_TRIES_MAX, TakeAlong
from kiosk.core.ids import ClientId
from kiosk.core.messages import VenueChanged
from kiosk.core.own_data import TEXT_BYTES_MAX
from kiosk.core.sessions import StartSession
from kiosk.core.situation import CardHome, Welcome
from kiosk.core.tickets import keys_of
from kiosk.screens.view import CodeView
from tests.core.guest import OTHER_UID, PHONE, PIN, UID
from tests.screens.guest.hands import Visitor, visitor
from tests.screens.guest.walk_lost import WRONG_PIN, card_of, code_on_slip, say_who
from tests.screens.guest.walk_pin import more, typed

NAME = "zinaida"


@pytest.fixture
def guest() -> Iterator[Visitor]:
    with visitor() as made:
        yield made


def named(guest: Visitor, name: str = NAME, *faces: int) -> str:
    """A client with a name, a phone and a PIN; his id."""
    card = guest.register(UID, phone=PHONE, name=name)
    guest.printed()
    guest.press("leave")
    if faces:
        guest.top_up(*faces)
        guest.press("done", "leave")
    return card.client


def test_G14_a_guest_sees_what_is_kept_and_nobody_sees_his_whole_phone(guest: Visitor) -> None:
    named(guest)
    more(guest, "data")
    guest.says("All that we keep about you", "Name: Zinaida", "+7 ••• •••-12-34", "22.11.2026")
    guest.silent(PHONE)
    assert f"{PHONE[-4:]}" not in repr(guest.scene).replace("-12-34", "")


def test_G14_it_is_printed_and_the_entry_tells_no_name(guest: Visitor) -> None:
    client = named(guest, NAME, 500)
    more(guest, "data")
    guest.press("Print it")
    guest.says("Your data, on paper")
    slip = guest.slips[-1]
    assert all(text in slip for text in ("Zinaida", "+7 ••• •••-12-34", "500.00", "YOUR DATA"))
    assert (guest.entry.kind, guest.entry.refs["client"]) == ("slip_issued", client)
    assert "inaida" not in repr(guest.entry) and "12-34" not in repr(guest.entry)


def test_G14_it_is_taken_along_with_the_whole_phone_and_signed(guest: Visitor) -> None:
    client = named(guest, NAME, 500, 200)
    more(guest, "data")
    guest.press("To my phone")
    typed(guest, WRONG_PIN)
    guest.says("Wrong PIN. 4 tries left.")
    head = guest.venue.ledger.head
    typed(guest, PIN)
    view = guest.view
    assert isinstance(view, CodeView)
    said, signature = view.code.split("\n")
    data = json.loads(said.removeprefix("FOYER:D1:"))
    assert (data["name"], data["phone"], data["client"]) == ("Zinaida", f"+7{PHONE}", client)
    assert (data["balance"], data["latest"][0][1]) == ("700.00 RUB", "200.00")
    (key,) = keys_of(guest.venue.ledger.store)
    assert seal.signed_by(key, said, signature)
    assert not seal.signed_by(key, said.replace("700.00", "900.00"), signature)
    assert guest.venue.ledger.head == head
    assert isinstance(guest.scene, TakeAlong) and PHONE not in repr(guest.situation)


def test_what_is_taken_along_fits_into_a_code_however_much_it_is(guest: Visitor) -> None:
    card = guest.register(UID, phone=PHONE, name="й" * 40)
    guest.printed()
    guest.press("leave")
    for _ in range(12):
        guest.top_up(50)
        guest.press("done", "leave")
    more(guest, "data")
    guest.press("take_data")
    typed(guest, PIN)
    view = guest.view
    assert isinstance(view, CodeView)
    data = json.loads(view.code.split("\n")[0].removeprefix("FOYER:D1:"))
    assert len(view.code.encode()) <= TEXT_BYTES_MAX
    assert 0 < len(data["latest"]) < 10 and data["balance"] == "600.00 RUB"
    assert data["client"] == card.client


def test_G14_he_has_himself_erased_in_two_steps_and_the_money_stays(guest: Visitor) -> None:
    client = named(guest, NAME, 500, 200)
    code = code_on_slip(guest)
    more(guest, "data")
    guest.press("Erase my data")
    guest.says("What is on this card stays yours: 700.00", "paid back at the desk", "gone for good")
    guest.press("Go on")
    typed(guest, PIN)
    head = guest.venue.ledger.head
    guest.says("Erase it now? Nobody can undo this.", "If you lose the card then")
    assert guest.venue.ledger.head == head
    guest.press("Erase it now")
    guest.says("Your data is erased", "700.00", "It is paid back at the desk.")
    assert (guest.entry.kind, guest.entry.actor) == ("client_erased", "guest")
    assert dict(guest.entry.refs) == {"client": client}
    found = guest.asked(GetClient(card_of(guest, UID).client))
    assert found is not None
    assert (found.state, found.name, found.phone_masked) == ("erased", "", "")
    secrets = guest.venue._secrets
    assert not any(secrets.get(table, client) for table in ("keys", "pins", "tokens"))
    guest.press("home")
    guest.says("700.00")
    guest.silent("Zinaida")
    guest.press("more")
    assert not {"data", "pin", "move"} & guest.shown()
    guest.press("leave")
    say_who(guest)
    guest.says("Wrong PIN. 4 tries left.")
    guest.press("leave", "lost_card", "code")
    typed(guest, code, kind="key")
    guest.says("This code is not right.")
    assert guest.venue.ledger.verify() == []


def test_who_finds_a_card_erases_nobody(guest: Visitor) -> None:
    named(guest)
    head = guest.venue.ledger.head
    more(guest, "data")
    guest.press("erase_data", "erase_on")
    typed(guest, *(WRONG_PIN for _ in range(5)))
    guest.says("Too many wrong PINs.")
    assert guest.venue.ledger.head == head


def test_without_a_pin_the_code_of_the_own_slip_proves(guest: Visitor) -> None:
    guest.register(OTHER_UID)
    foreign = code_on_slip(guest)
    guest.printed()
    guest.press("leave")
    guest.register(UID)
    own = code_on_slip(guest)
    guest.printed()
    guest.press("leave")
    more(guest, "data")
    guest.press("erase_data", "erase_on")
    typed(guest, foreign, kind="key")
    guest.says(f"This code is not right. {CODE_TRIES_MAX - 1} tries left.")
    typed(guest, own, kind="key")
    guest.press("erase_now")
    assert guest.kinds()[-1] == "client_erased"
    found = guest.asked(GetClient(card_of(guest, OTHER_UID).client))
    assert found is not None and found.state == "active"


def test_nobody_is_erased_while_a_visit_is_open(guest: Visitor) -> None:
    named(guest, NAME, 500)
    guest.order("7", card_of(guest, UID), 250)
    more(guest, "data")
    guest.press("erase_data", "erase_on")
    typed(guest, PIN)
    guest.press("erase_now")
    guest.says("Nothing was erased: a visit is open. Finish it first.")
    assert "client_erased" not in guest.kinds()


def test_abandoning_erases_nothing(guest: Visitor) -> None:
    named(guest)
    head = guest.venue.ledger.head
    for steps in ((), ("erase_on",)):
        more(guest, "data")
        guest.press("erase_data", *steps)
        if steps:
            typed(guest, PIN)
            guest.says("Erase it now?")
        guest.wait(90)
        assert isinstance(guest.scene, Welcome)
    assert guest.venue.ledger.head == head


def test_back_leads_from_every_page_to_the_one_before(guest: Visitor) -> None:
    named(guest)
    more(guest, "data")
    guest.press("erase_data", "erase_on", "back")
    guest.says("Erase my data?")
    guest.press("back", "take_data", "back")
    guest.says("All that we keep about you")
    guest.press("back")
    assert isinstance(guest.scene, CardHome)


def test_neither_name_nor_phone_nor_pin_is_told_anywhere(
    guest: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    named(guest, NAME, 500)
    said: list[str] = []
    more(guest, "data")
    said.append(repr(guest.situation))
    guest.press("print_data")
    said.append(repr(guest.situation))
    guest.press("home", "more", "data", "take_data")
    guest.type(PIN)
    said.append(repr(guest.situation))
    guest.press("next")
    said.append(repr(guest.situation))
    guest.press("back", "erase_data", "erase_on")
    typed(guest, PIN)
    said.append(repr(guest.situation))
    told = "\n".join((*said, *(repr(e) for e in guest.venue.ledger.entries()), caplog.text))
    folder = guest.venue.ledger.store.path.parent
    written = b"".join(p.read_bytes() for p in folder.iterdir() if p.is_file())
    for secret in (PHONE, "Zinaida", f"'{PIN}'"):
        assert secret not in told and secret.encode() not in written


def test_nor_while_he_plays(guest: Visitor) -> None:
    client = named(guest, NAME, 500)
    play = StartSession(ClientId(client), "pc-1", "game", "timer")
    guest.did(play, actor="till:bar", key="play")
    more(guest, "data")
    guest.press("erase_data", "erase_on")
    typed(guest, PIN)
    guest.press("erase_now")
    guest.says("Nothing was erased: you are playing. Stop first.")
    assert "client_erased" not in guest.kinds()


def test_who_is_erased_at_the_desk_meanwhile_is_not_shown_any_more(guest: Visitor) -> None:
    client = named(guest, NAME, 500)
    more(guest, "data")
    guest.press("erase_data")
    guest.did(EraseClient(ClientId(client), "asked"), actor="cli", key="desk")
    guest.tell(VenueChanged(guest.venue.ledger.seq))
    assert isinstance(guest.scene, CardHome)
    guest.silent("Zinaida")
