"""Clients: who a phone belongs to, and what of it stands where."""

from __future__ import annotations

import pytest

from kiosk.core import clients
from kiosk.core.clients import GetClient, RegisterCard
from kiosk.core.errors import LedgerCorrupt, Refused
from kiosk.core.ids import ClientId
from kiosk.core.ledger import Entry
from kiosk.core.recognition import Recognised
from kiosk.core.venue import Venue
from tests.core.guest import NOW, Guest

PHONE = "+79162041234"


def register(
    venue: Venue, number: str, phone: str = "", pin: str = "", name: str = "", key: str = ""
) -> Entry | Refused:
    read = Recognised("r", "interface", "PDS", number)
    command = RegisterCard(read, "guest", "en", "1", phone, pin, name)
    return venue.do(command, actor="guest", key=key or number, now=NOW)


def client(venue: Venue, number: str, phone: str = "", pin: str = "", name: str = "") -> str:
    entry = register(venue, number, phone, pin, name)
    assert isinstance(entry, Entry)
    return str(entry.refs["client"])


def test_every_card_has_a_client_of_its_own(venue: Venue) -> None:
    assert client(venue, "A1") != client(venue, "A2")


@pytest.mark.parametrize("scope", ["entrance_card", "employee"])
def test_U1_a_card_of_the_desk_or_of_staff_is_nobodys_own(venue: Venue, scope: str) -> None:
    read = Recognised("r", scope, "table", "550001")  # type: ignore[arg-type]
    done = venue.do(RegisterCard(read, "guest", "en", "1"), actor="guest", key="k", now=NOW)
    assert isinstance(done, Refused) and done.key == "err.not_ours"


@pytest.mark.parametrize("type_", ["table", "gone"])
def test_U1_a_card_is_registered_with_a_personal_type_in_use(venue: Venue, type_: str) -> None:
    read = Recognised("r", "interface", "PDS", "A1")
    done = venue.do(RegisterCard(read, type_, "en", "1"), actor="guest", key="k", now=NOW)
    assert isinstance(done, Refused) and done.key == "err.not_ours"


def test_with_the_right_pin_a_card_joins(venue: Venue) -> None:
    first = client(venue, "A1", PHONE, "7391", "Anna")
    assert client(venue, "A2", PHONE, "7391") == first
    assert client(venue, "A3", PHONE, "7391", "Boris") == first
    found = venue.ask(GetClient(ClientId(first)), NOW)
    assert found is not None
    assert (found.name, found.phone_masked) == ("Anna", "+7 ••• •••-12-34")


@pytest.mark.parametrize("pin", ["8264", ""])
def test_without_it_the_card_is_registered_without_a_phone(venue: Venue, pin: str) -> None:
    first = client(venue, "A1", PHONE, "7391")
    other = client(venue, "A2", PHONE, pin)
    assert other != first
    found = venue.ask(GetClient(ClientId(other)), NOW)
    assert found is not None and found.phone_masked == ""
    # The phone is still the first one's.
    assert client(venue, "A3", PHONE, "7391") == first


def test_phones_with_the_same_end_are_different_phones(venue: Venue) -> None:
    first = client(venue, "A1", PHONE, "7391")
    assert client(venue, "A2", "+79163331234", "7391") != first
    assert client(venue, "A3", PHONE, "7391") == first


def test_a_client_without_a_pin_is_never_joined(venue: Venue) -> None:
    first = client(venue, "A1", PHONE)
    assert client(venue, "A2", PHONE, "7391") != first


def test_the_same_registration_again_is_the_same_entry(venue: Venue) -> None:
    first = register(venue, "A1", PHONE, "7391", "Anna", key="k")
    assert register(venue, "A1", PHONE, "7391", "Anna", key="k") == first
    refused = register(venue, "A1", key="other")
    assert isinstance(refused, Refused) and refused.key == "err.already_registered"
    conflict = register(venue, "A2", key="k")
    assert isinstance(conflict, Refused) and conflict.key == "err.conflict"


def test_a_name_is_plain_and_short(venue: Venue) -> None:
    made = client(venue, "A1", name="  Anna \n Maria " + "x" * 100)
    found = venue.ask(GetClient(ClientId(made)), NOW)
    assert found is not None
    assert found.name.startswith("Anna Maria x") and len(found.name) == clients.NAME_MAX


def test_an_erased_key_erases_the_person_and_leaves_the_chain(venue: Venue) -> None:
    made = client(venue, "A1", PHONE, "7391", "Anna")
    with venue._secrets.transaction():
        venue._secrets.put("keys", made, None)
    found = venue.ask(GetClient(ClientId(made)), NOW)
    assert found is not None and (found.name, found.phone_masked) == ("", "")
    assert venue.ledger.verify() == []


def test_the_key_of_another_opens_nothing(venue: Venue) -> None:
    made, other = client(venue, "A1", name="Anna"), client(venue, "A2", name="Boris")
    wrong = venue._secrets.get("keys", other)
    assert wrong is not None
    with venue._secrets.transaction():
        venue._secrets.put("keys", made, wrong | {"id": made})
    with pytest.raises(LedgerCorrupt):
        venue.ask(GetClient(ClientId(made)), NOW)


def test_nobody(guest: Guest) -> None:
    assert guest.venue.ask(GetClient(ClientId("K1-1-99p")), NOW) is None
