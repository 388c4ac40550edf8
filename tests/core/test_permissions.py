"""Roles and rights: who of the staff may give which command, and ask which query."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiosk.core.cards import BlockCard, GetCard
from kiosk.core.cash import HeldNotes, LastStart
from kiosk.core.clients import GetClient
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, ClientId
from kiosk.core.permissions import RIGHTS, RIGHTS_KNOWN, ROLES, Right, need
from kiosk.core.venue import ALLOWED, ANSWERS, Venue
from tests.core.guest import NOW, Guest

BLOCK = BlockCard(CardId("K1-1-3c"), "Lost")


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.key


def block(venue: Venue, actor: str) -> str:
    done = venue.do(BLOCK, actor=actor, key=f"block by {actor}", now=NOW)
    return done.key if isinstance(done, Refused) else done.kind


def test_every_command_of_the_staff_has_a_right() -> None:
    given = {kind.__name__ for kind, actors in ALLOWED.items() if "staff" in actors}
    assert not sorted(given - RIGHTS.keys()), "name their rights in kiosk/core/permissions.py"
    known = {kind.__name__ for kind in ALLOWED | ANSWERS}
    assert not sorted(RIGHTS.keys() - known), "nobody gives or asks these"
    assert set(ROLES) == {*RIGHTS_KNOWN, "own"}


def test_only_who_works_here_and_has_the_right_is_let_in(guest: Guest) -> None:
    card = guest.register()
    assert card.id == BLOCK.card
    for stranger in ("staff:", "staff:anna", "staff:999", "staff:103", "staff:104", "staff:107"):
        assert block(guest.venue, stranger) == "err.not_allowed"
    assert block(guest.venue, "staff:101") == "card_blocked"


def test_a_query_needs_a_right_of_the_staff_and_none_of_the_kiosk(venue: Venue) -> None:
    assert refusal(lambda: venue.ask(HeldNotes(), NOW, "staff:101")) == "err.not_allowed"
    assert refusal(lambda: venue.ask(GetClient(ClientId("x")), NOW, "staff:107")) == "err.not_allowed"
    assert refusal(lambda: venue.ask(LastStart(), NOW, "staff:999")) == "err.not_allowed"
    assert venue.ask(HeldNotes(), NOW, "staff:102") == ()
    assert venue.ask(HeldNotes(), NOW) == ()
    assert venue.ask(GetCard("no card"), NOW, "staff:101") is None
    assert venue.ask(LastStart(), NOW, "staff:107") == 0


@pytest.mark.parametrize("right", ROLES)
def test_the_command_line_has_every_right_and_who_is_no_person_has_none(
    venue: Venue, right: Right
) -> None:
    need(venue.books(NOW), right)
    for actor in ("kiosk", "guest", "till:1", "till:106"):
        assert refusal(lambda a=actor: need(venue._books(a, NOW), right)) == "err.not_allowed"
