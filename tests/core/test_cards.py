"""Cards on file: found by what a rule recognised, blocked and unblocked with a reason."""

from __future__ import annotations

import pytest

from kiosk.core.cards import BlockCard, FindCard, GetCard, UnblockCard, card_key, masked
from kiosk.core.errors import Refused
from kiosk.core.recognition import Recognised
from tests.core.guest import NOW, UID, Guest


def test_a_card_is_its_object_and_its_number(guest: Guest) -> None:
    card = guest.register()
    assert card.key == card_key("PDS", UID) == f"PDS:{UID}"

    def find(object_: str, number: str) -> object:
        return guest.venue.ask(FindCard(Recognised("any", "interface", object_, number)), NOW)

    assert find("PDS", UID) == card
    assert find("CRM", UID) is None
    assert find("PDS", UID[:-1]) is None


def test_people_name_a_card_by_its_id_or_its_whole_number(guest: Guest) -> None:
    card = guest.register()
    assert guest.card(card.id) == guest.card(UID) == card
    assert guest.card(UID[-4:]) is None


def test_a_number_is_masked() -> None:
    assert masked("04A1B2C3D4E5F6") == "•••• E5F6"


def test_C9_blocking_needs_a_reason(guest: Guest) -> None:
    card = guest.register()
    for kind in (BlockCard, UnblockCard):
        for reason in ("  ", "x" * 501, "one\ntwo"):
            done = guest.venue.do(kind(card.id, reason), actor="cli", key=kind.__name__, now=NOW)
            assert isinstance(done, Refused) and done.key == "err.reason_missing"
        half = guest.venue.do(kind(card.id, "half \ud800"), actor="cli", key="half", now=NOW)
        assert isinstance(half, Refused) and half.key == "err.illegible"
    entry = guest.did(BlockCard(card.id, "lost"), key="b")
    assert (entry.kind, entry.reason, entry.actor) == ("card_blocked", "lost", "cli")
    found = guest.venue.ask(GetCard(card.id), NOW)
    assert found is not None and found.state == "blocked"
    assert guest.did(UnblockCard(card.id, "found"), key="u").kind == "card_unblocked"
    assert guest.card(card.id) == card


@pytest.mark.parametrize("actor", ["guest", "kiosk", "till:1"])
def test_only_staff_block(guest: Guest, actor: str) -> None:
    card = guest.register()
    done = guest.venue.do(BlockCard(card.id, "x"), actor=actor, key="k", now=NOW)
    assert isinstance(done, Refused) and done.key == "err.not_allowed"


def test_a_card_that_is_not_there(guest: Guest) -> None:
    done = guest.venue.do(BlockCard("K1-1-99c", "x"), actor="cli", key="k", now=NOW)  # type: ignore[arg-type]
    assert isinstance(done, Refused) and done.key == "err.no_such_card"
