"""Finding a client: by digits, by name, by the card; what staff see of him, and what guests do."""

from __future__ import annotations

import pytest

from kiosk.core import client_index, client_list
from kiosk.core.cards import GetCard
from kiosk.core.client_list import (
    ClientOfCard,
    ClientRow,
    FindClients,
    Found,
    ListClients,
    masked_name,
)
from kiosk.core.clients import EraseClient, anonymous, index_all, settle_all
from kiosk.core.errors import Refused
from kiosk.core.ids import ClientId
from kiosk.core.ledger import Draft
from kiosk.core.recognition import Recognised
from kiosk.core.venue import Venue
from tests.core.guest import NOW, OTHER_UID, UID, Guest
from tests.core.test_clients import client

CASHIER = "staff:101"


def found(venue: Venue, digits: str, actor: str = CASHIER) -> Found:
    return venue.ask(FindClients(digits), NOW, actor)


def who(venue: Venue, digits: str) -> list[str]:
    try:
        return [row.client for row in found(venue, digits).rows]
    except Refused as refused:
        assert refused.key == "err.client_not_found", digits
        return []


def called(venue: Venue, name: str) -> list[str]:
    try:
        return [row.client for row in venue.ask(ListClients(name), NOW, CASHIER).rows]
    except Refused as refused:
        assert refused.key == "err.name_not_found", name
        return []


@pytest.fixture
def her(venue: Venue) -> str:
    """+7 916 123-45-67, the client of the examples."""
    return client(venue, "A1", "+79161234567", "7391", "Zinaida Petrova")


@pytest.mark.parametrize("digits", ["4567", "34567", "234567"])
def test_C3_the_last_four_to_six_digits_find(venue: Venue, her: str, digits: str) -> None:
    assert who(venue, digits) == [her]


@pytest.mark.parametrize(
    "digits", ["45-67", "(916) 123", "+7 916 123-45-67", "8 916 123-45-67", "9161234567", " 4 5 67"]
)
def test_C4_a_part_will_do_signs_do_not_matter_and_the_whole_is_taken(
    venue: Venue, her: str, digits: str
) -> None:
    assert who(venue, digits) == [her]


@pytest.mark.parametrize("digits", ["", "4", "567", "5-6-7", "abc", "+7 9"])
def test_C5_fewer_than_four_digits_ask_for_more(venue: Venue, her: str, digits: str) -> None:
    with pytest.raises(Refused, match=r"err\.digits_few \(min=4\)"):
        found(venue, digits)


@pytest.mark.parametrize("actor", ["kiosk", "guest", "till:1"])
@pytest.mark.parametrize(
    "query", [FindClients("4567"), ListClients("Zinaida"), ClientOfCard("A1")], ids=repr
)
def test_C5_no_guest_facing_actor_gets_a_list(
    venue: Venue, her: str, actor: str, query: FindClients | ListClients | ClientOfCard
) -> None:
    with pytest.raises(Refused, match=r"err\.not_allowed"):
        venue.ask(query, NOW, actor)  # type: ignore[misc]  # one of three queries
    venue.ask(query, NOW, CASHIER)  # type: ignore[misc]


def test_C6_all_matches_are_shown_with_enough_to_tell_them_apart(guest: Guest) -> None:
    venue = guest.venue
    first = client(venue, "A1", "+79161234567", "7391", "Zinaida Petrova")
    guest.now = guest.now.later(60)
    venue.ledger._at = ""
    second = client(venue, "A2", "+79031114567", "7391", "Zinaida")
    rows = found(venue, "4567").rows
    assert [row.client for row in rows] == [second, first], "the newest first"
    assert [(row.name, row.phone) for row in rows] == [
        ("Zinaida", "+7 ••• •••-45-67"),
        ("Zinaida P.", "+7 ••• •••-45-67"),
    ]
    assert rows[0].since and rows[0].last_visit == ""
    # Neither the phone nor the whole name is told.
    assert "916" not in repr(rows) and "Petrova" not in repr(rows)


def test_C24_the_balance_is_in_the_row(guest: Guest) -> None:
    card = guest.top_up(500)
    row = guest.venue.ask(ClientOfCard(card.number), guest.now, CASHIER)
    assert (row.client, str(row.wallet)) == (card.client, "500.00")


def test_C6_more_than_fit_are_said_to_be_more(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_list, "ROWS_MAX", 2)
    made = [client(venue, f"A{n}", f"+7916{n}234567", "7391", "Anna") for n in range(3)]
    assert found(venue, "4567") == Found(found(venue, "4567").rows, more=True)
    assert who(venue, "4567") == made[:0:-1]
    monkeypatch.setattr(client_list, "ROWS_MAX", 3)
    assert not found(venue, "4567").more
    monkeypatch.setattr(client_index, "CANDIDATES_MAX", 3)
    assert found(venue, "4567").more, "of a part that many have not all are looked at"
    assert venue.ask(ListClients("Anna"), NOW, CASHIER).more


def test_C16_who_is_not_found_is_a_hint_what_to_check(venue: Venue, her: str) -> None:
    # Of the last each four digits in a row are there, but not these eight.
    client(venue, "A2", "+79121212900", "7391")
    for digits in ("0000", "12345678", "91612345671234", "12121212"):
        with pytest.raises(Refused, match=r"err\.client_not_found"):
            found(venue, digits)


@pytest.mark.parametrize(
    "digits", ["9161", "1234", "6123456", "16123456", "161234567", "9161234567", "79161234567"]
)
def test_C35_any_four_digits_in_a_row_find_and_seven_to_ten_and_all(
    venue: Venue, her: str, digits: str
) -> None:
    other = client(venue, "A2", "+79035550000", "7391")
    assert who(venue, digits) == [her]
    assert who(venue, "5550000") == [other]
    assert who(venue, "8 916 123 45 67") == [her], "8 916… is +7 916…"


def test_C2_walk_ins_and_the_erased_are_not_found(venue: Venue, her: str) -> None:
    draft = Draft("test")
    walk_in = anonymous(venue.books(NOW), draft, "en")
    draft.set(
        "cards",
        {"id": "K1-1-9c", "key": "coat:W1", "number": "W1", "type": "coat", "client": walk_in,
         "state": "active", "registered_at": "", "slip": ""},
    )  # fmt: skip
    venue.ledger.post(draft, key="k", actor="cli", command="k", now=NOW)
    assert venue.ask(GetCard("W1"), NOW) is not None
    for card in ("W1", Recognised("r", "entrance_card", "coat", "W1")):
        with pytest.raises(Refused, match=r"err\.walk_in"):
            venue.ask(ClientOfCard(card), NOW, CASHIER)
    venue.do(EraseClient(ClientId(her), "wishes it"), actor="cli", key="e", now=NOW)
    assert who(venue, "4567") == [] and called(venue, "Zinaida") == []
    with pytest.raises(Refused, match=r"err\.client_erased"):
        venue.ask(ClientOfCard("A1"), NOW, CASHIER)


# --- by name (M38) -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    ["zi", "ZIN", "zina", "Zinaida", "petr", "Petrova Zinaida", "zin pet", "  zinaida-petrova  "],
)
def test_M38_a_client_is_picked_by_the_beginning_of_a_name(
    venue: Venue, her: str, typed: str
) -> None:
    client(venue, "A2", name="Anna Petina")
    if typed == "zi":
        # Of two letters only a whole word is found: half the town begins with them.
        assert called(venue, typed) == []
    else:
        assert called(venue, typed) == [her]


def test_M38_accents_capitals_and_scripts(venue: Venue) -> None:
    fyodor = client(venue, "A1", name="Фёдор Ли")
    for typed in ("федор", "ФЁД", "ли", "ли фёдор"):
        assert called(venue, typed) == [fyodor], typed
    jose = client(venue, "A2", name="José")
    assert called(venue, "jose") == called(venue, "JOSÉ") == [jose]
    digits = client(venue, "A3", name="1234")
    assert called(venue, "1234") == [digits]
    assert who(venue, "1234") == [], "a name of digits is no phone"


@pytest.mark.parametrize("typed", ["", " ", "z", "zinaida p", "-"])
def test_M38_one_letter_is_no_name(venue: Venue, her: str, typed: str) -> None:
    with pytest.raises(Refused, match=r"err\.letters_few"):
        venue.ask(ListClients(typed), NOW, CASHIER)


def test_M38_without_a_phone_or_a_name_the_card_finds(venue: Venue) -> None:
    made = client(venue, "7700000012")
    read = Recognised("r", "interface", "PDS", "7700000012")
    for card in (read, "7700000012", " 7700000012 "):
        row = venue.ask(ClientOfCard(card), NOW, CASHIER)
        assert (row.client, row.name, row.phone) == (made, "", "")
    for nothing, key in ((Recognised("r", "interface", "PDS", "1"), "err.unknown_card"),
                         ("1", "err.no_such_card")):  # fmt: skip
        with pytest.raises(Refused, match=key):
            venue.ask(ClientOfCard(nothing), NOW, CASHIER)


def test_M38_a_whole_name_is_found_among_many_with_its_beginning(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_index, "CANDIDATES_MAX", 2)
    rare = client(venue, "A0", name="Alena")
    for n in range(1, 4):
        client(venue, f"A{n}", name="Alexander")
    assert called(venue, "ale") and rare not in called(venue, "ale")
    assert called(venue, "alena") == [rare]
    assert called(venue, "ale alena") == [rare], "the rarer word of two is looked for"


def test_M38_the_name_is_asked_at_registration_and_may_be_left_out(guest: Guest) -> None:
    without = guest.register(UID)
    guest.press("leave")
    with_one = guest.register(OTHER_UID, name="zina")
    assert guest.client(without).name == "" and guest.client(with_one).name.lower() == "zina"
    assert called(guest.venue, "zina") == [with_one.client]


def test_M38_no_part_of_a_name_is_written_in_clear(guest: Guest) -> None:
    client(guest.venue, "A1", name="Zinaida Petrova")
    for store in (guest.venue.store, guest.venue._secrets):
        kept = str(store.read()).lower()
        assert "zinaida" not in kept and "zin'" not in kept and "petrova" not in kept


def test_names_of_a_time_before_are_indexed_once(venue: Venue, her: str) -> None:
    secrets = venue._secrets
    with secrets.transaction():
        client_index.put_only(secrets, her)
    assert called(venue, "Zinaida") == who(venue, "4567") == []
    index_all(venue.store, secrets)
    assert called(venue, "Zinaida") == who(venue, "4567") == [her]
    before = secrets.read()
    settle_all(venue.store, secrets)
    assert secrets.read() == before, "nobody was being rewritten"


@pytest.mark.parametrize(
    ("name", "masked"),
    [("", ""), ("Zinaida", "Zinaida"), ("Zinaida Petrova", "Zinaida P."), ("a b c", "a b. c.")],
)
def test_C6_a_masked_name(name: str, masked: str) -> None:
    assert masked_name(name) == masked


def test_a_row_does_not_show_itself_in_a_log(venue: Venue, her: str) -> None:
    (row,) = found(venue, "4567").rows
    assert isinstance(row, ClientRow) and "Zinaida" not in repr(row)
    assert "4567" not in repr(FindClients("4567")) and "Zin" not in repr(ListClients("Zin"))
