"""The one door: keys, permissions, two files, one writer."""

from __future__ import annotations

import pytest

from kiosk.core.cash import HeldNotes, LastStart, RecordStart
from kiosk.core.claims import RedeemClaim
from kiosk.core.errors import NotAStore, Refused, StorageFailed, StoreInUse
from kiosk.core.identity import Proof, RecoverPin
from kiosk.core.ids import CardId, ClientId
from kiosk.core.ledger import Entry
from kiosk.core.lost_cards import CardsOfHolder, ReportLost
from kiosk.core.staff import SignIn, UseRecoveryCode
from kiosk.core.venue import ALLOWED, ANSWERS, HANDLERS, Venue
from tests.core.guest import NOW, Guest, make_venue, shelf


def test_a_refusal_is_not_remembered(venue: Venue) -> None:
    refused = venue.do(RecordStart(1), actor="guest", key="k", now=NOW)
    assert isinstance(refused, Refused)
    done = venue.do(RecordStart(1), actor="kiosk", key="k", now=NOW)
    assert isinstance(done, Entry)
    assert venue.do(RecordStart(1), actor="kiosk", key="k", now=NOW) == done
    assert venue.ask(LastStart(), NOW) == 1


def test_a_key_that_another_command_used_is_a_conflict(guest: Guest) -> None:
    done = guest.venue.do(RecordStart(2), actor="kiosk", key="start:1", now=NOW)
    assert isinstance(done, Refused) and done.key == "err.conflict"
    assert guest.venue.ask(LastStart(), NOW) == 1


def test_every_command_says_who_may_give_it() -> None:
    assert HANDLERS.keys() == ALLOWED.keys()
    kinds = {"guest", "kiosk", "staff", "till", "cli"}
    assert all(actors and actors <= kinds for actors in ALLOWED.values())
    assert not HANDLERS.keys() & ANSWERS.keys()


HALF = "\ud800"
"""Half a character, as a till or a screen may send one."""


@pytest.mark.parametrize(
    ("command", "actor"),
    [
        (SignIn("101", pin=HALF), "kiosk"),
        (UseRecoveryCode("106", "A" * 24, "730164", HALF), "kiosk"),
        (RecoverPin(HALF, "7391"), "guest"),
        (ReportLost(CardId("c"), Proof(code=HALF)), "guest"),
        (RedeemClaim("1-AAAA-BBBB", ClientId(""), HALF), "staff:106"),
    ],
)
def test_half_a_character_in_what_is_not_hashed_is_refused(
    venue: Venue, command: object, actor: str
) -> None:
    done = venue.do(command, actor=actor, key="k", now=NOW)
    assert isinstance(done, Refused) and done.key == "err.illegible"


def test_half_a_character_in_a_question_is_refused(venue: Venue) -> None:
    for proof in (Proof("+79162041234", HALF), Proof(HALF, "7391"), Proof(code=HALF)):
        with pytest.raises(Refused, match="illegible"):
            venue.ask(CardsOfHolder(proof), NOW, "guest")


def test_what_was_written_is_there_in_the_next_process() -> None:
    with shelf() as folder:
        first = make_venue(folder)
        guest = Guest(first)
        card = guest.top_up(500)
        first.close()
        again = Venue.open(folder / "kiosk.db", folder / "secrets.db")
        assert Guest(again).balance(card) == "500.00"
        assert again.ledger.verify() == []
        again.close()


def test_a_second_writer_is_refused_and_a_reader_is_not(venue: Venue) -> None:
    paths = venue.store.path, venue.store.path.with_name("secrets.db")
    with pytest.raises(StoreInUse):
        Venue.open(*paths)
    reader = Venue.open(*paths, write=False)
    assert reader.ask(HeldNotes(), NOW) == ()
    with pytest.raises(StorageFailed):
        reader.do(RecordStart(1), actor="kiosk", key="k", now=NOW)
    reader.close()


def test_a_store_is_not_made_over_another(venue: Venue) -> None:
    path = venue.store.path
    venue.close()
    with pytest.raises(NotAStore):
        Venue.create(
            path, path.with_name("secrets.db"), kiosk="K1", currency="RUB", simulated=True, now=NOW
        )


def test_lost_secrets_are_a_sentence_and_not_an_empty_kiosk(venue: Venue) -> None:
    path = venue.store.path
    venue.close()
    secrets = path.with_name("secrets.db")
    secrets.unlink()
    with pytest.raises(NotAStore):
        Venue.open(path, secrets)


def test_storage_that_fails_says_so_and_nothing_half_is_there(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, left = venue.store.put, [2]

    def failing(table: str, name: str, document: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise StorageFailed("no space left")
        put(table, name, document)  # type: ignore[arg-type]

    monkeypatch.setattr(venue.store, "put", failing)
    left[0] = 1  # the entry, but not what it changes
    with pytest.raises(StorageFailed):
        venue.do(RecordStart(1), actor="kiosk", key="start:1", now=NOW)
    monkeypatch.undo()
    assert venue.ask(LastStart(), NOW) == 0
    assert venue.ledger.find("start:1") is None
    assert venue.ledger.verify() == []
