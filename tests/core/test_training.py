"""A12 in the core: the entries, the PINs that go along, the notes that are pretended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from kiosk.core import training
from kiosk.core.errors import Refused
from kiosk.core.messages import AcceptorChanged, PretendNote, Touched
from kiosk.core.settings import ImportVenue
from kiosk.core.staff import SetStaffPin, SignIn
from kiosk.core.training import BeginTraining, EndTraining, GetTraining
from kiosk.core.venue import Venue
from kiosk.core.venue_file import parse
from tests.core.guest import ACCEPTOR, DEMO, NOW, Guest, shelf

PIN = "482915"


@pytest.fixture
def books() -> Iterator[Venue]:
    with shelf() as folder:
        made = Venue.create(
            folder / "t.db",
            folder / "s.db",
            kiosk="K1",
            currency="RUB",
            simulated=True,
            now=NOW,
            training=True,
        )
        made.do(ImportVenue(parse(DEMO)), actor="cli", key="import", now=NOW)
        yield made
        made.close()


def key(venue: Venue, command: object, actor: str) -> str:
    done = venue.do(command, actor=actor, key=f"{command}{actor}", now=NOW)
    return done.key if isinstance(done, Refused) else done.kind


def test_A12_heads_begin_a_training_and_everybody_ends_it(venue: Venue, books: Venue) -> None:
    assert key(venue, BeginTraining(), "staff:101") == "err.not_allowed"
    assert key(venue, BeginTraining(), "staff:105") == "training_begun"
    assert key(venue, EndTraining(), "staff:105") == "err.no_training"
    assert key(books, BeginTraining(), "staff:105") == "err.training_already"
    assert key(books, EndTraining(), "staff:107") == "training_ended"
    assert not venue.ask(GetTraining(), NOW).training and books.ask(GetTraining(), NOW).training


def test_A12_pins_go_along_and_real_secrets_are_never_written(venue: Venue, books: Venue) -> None:
    venue.do(SetStaffPin("106", PIN), actor="cli", key="pin", now=NOW)
    kept = training.pins_of_staff(venue.books(NOW))
    assert [one["id"] for one in kept] == ["staff:106"] and PIN not in str(kept)
    training.give_pins(books.books(NOW), kept)
    assert key(books, SignIn("106", None, PIN), "kiosk") == "staff_signed_in"
    with pytest.raises(AssertionError, match="real secrets"):
        training.give_pins(venue.books(NOW), kept)


def test_A12_notes_are_pretended_in_training_only(guest: Guest) -> None:
    guest.register()
    guest.press("leave")
    guest.tap()
    guest.press("top_up")
    guest.tell(AcceptorChanged(ACCEPTOR, "ready"))
    page = guest.situation.page
    assert guest.tell(Touched("pretend:500", page)) == [], "never over real books"
    house = replace(guest.situation.house, training=True)
    guest.situation = replace(guest.situation, house=house)
    assert guest.tell(Touched("pretend:7", page)) == [], "not a note that is taken here"
    assert guest.press("pretend:500") == [PretendNote(ACCEPTOR, 500)]
    assert "TRAINING" in guest.view.frame.banner
    guest.escrow(500)
    assert "pretend:500" not in str(guest.view), "one note at a time"
