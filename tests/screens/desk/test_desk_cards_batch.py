"""New cards put on file by tapping one after another."""

from __future__ import annotations

import pytest

from kiosk.core.cards import FindCard
from kiosk.core.messages import CardPresented, CardRefused
from kiosk.core.recognition import Recognised
from kiosk.core.situation import CardHome, Welcome
from tests.core.guest import READER, UID, rub
from tests.screens.desk.hands import CASHIER, COLLECTOR, OWNER, Hands
from tests.screens.desk.players import anna

NEW = ("04000000000001", "04000000000002", "04000000000003")


@pytest.fixture
def batch(hands: Hands) -> Hands:
    """A cashier with a pile of new cards; one card is on file already."""
    anna(hands)
    hands.sign_in(CASHIER)
    hands.go("cards")
    return hands


def on_file(hands: Hands, uid: str) -> bool:
    read = Recognised("Contactless guest card", "interface", "PDS", uid)
    return hands.asked(FindCard(read)) is not None


def counts(hands: Hands) -> list[str]:
    boxes = [p for p in hands.view.stacks[0].panes[0].parts if hasattr(p, "boxes")]  # type: ignore[union-attr]
    return [box.amount for box in boxes[0].boxes]


def test_each_tap_puts_a_card_on_file_in_an_entry_of_its_own(batch: Hands) -> None:
    before = batch.venue.ledger.seq
    for number, uid in enumerate(NEW, 1):
        batch.tap(uid)
        assert (batch.entry.kind, batch.entry.actor) == ("card_registered", "staff:101")
        assert batch.venue.ledger.seq == before + number
        batch.says(f"•••• {uid[-4:]}", "On file now")
    assert counts(batch) == ["3", "0", "0", "0"]
    assert all(on_file(batch, uid) for uid in NEW)
    batch.press("finish")
    batch.says("The batch is done")
    assert counts(batch) == ["3", "0", "0", "0"]
    batch.tap("04000000000009")
    assert not on_file(batch, "04000000000009")


def test_double_taps_and_cards_on_file_are_told_and_change_nothing(batch: Hands) -> None:
    batch.tap(NEW[0])
    head = batch.venue.ledger.head
    batch.now = batch.now.later(1.0)
    batch.tap(NEW[0])
    batch.says("Tapped already in this batch")
    batch.tap(UID)
    batch.says("Was on file before")
    assert (counts(batch), batch.venue.ledger.head) == (["1", "1", "1", "0"], head)


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (CardPresented(READER, "magnetic", ";551234=311226?"), "no personal card"),
        (CardPresented(READER, "magnetic", ";9900000101=?"), "no personal card"),
        (CardPresented(READER, "magnetic", ";4111111111111111=2912?"), "K-08"),
        (CardPresented(READER, "contactless", "04A1"), "K-08"),
        (CardRefused(READER, "contactless", "bank_card"), "K-07"),
        (CardRefused(READER, "contactless", "random_uid"), "K-07"),
        (CardRefused(READER, "contactless", "unreadable"), "R-03"),
    ],
)
def test_cards_of_a_wrong_kind_are_refused(batch: Hands, event: CardPresented, told: str) -> None:
    head = batch.venue.ledger.head
    batch.tell(event)
    batch.says(told)
    batch.silent("4111")
    assert (counts(batch), batch.venue.ledger.head) == (["0", "0", "0", "1"], head)
    assert batch.desk.person.number == CASHIER
    batch.tap(NEW[0])
    assert counts(batch) == ["1", "0", "0", "1"]


def test_stopping_anywhere_loses_nothing(batch: Hands) -> None:
    batch.tap(NEW[0])
    batch.go("today")
    batch.go("cards")
    assert counts(batch) == ["0", "0", "0", "0"]
    batch.tap(NEW[1])
    batch.wait(200)  # nobody touches: the desk locks
    assert isinstance(batch.scene, Welcome)
    batch.start_again()  # and the power goes
    assert on_file(batch, NEW[0]) and on_file(batch, NEW[1])


def test_the_desk_is_not_locked_while_cards_are_tapped(batch: Hands) -> None:
    for _ in range(5):
        batch.wait(100)
        batch.tap(UID)
    assert counts(batch) == ["0", "0", "5", "0"]


def test_a_card_of_the_batch_is_at_home_at_once(batch: Hands) -> None:
    batch.tap(NEW[0])
    batch.press("finish", "lock")
    batch.tap(NEW[0])
    assert isinstance(batch.scene, CardHome)
    card = batch.top_up(500, uid=NEW[0])
    assert batch.client(card).wallet == rub(500)


def test_only_the_latest_taps_are_shown(batch: Hands) -> None:
    for n in range(12):
        batch.tap(f"040000000001{n:02}")
    assert counts(batch) == ["12", "0", "0", "0"]
    batch.says("•••• 0111")
    batch.silent("•••• 0103")


def test_another_batch_begins_at_nothing(batch: Hands) -> None:
    batch.tap(NEW[0])
    batch.press("finish", "again")
    assert counts(batch) == ["0", "0", "0", "0"]
    batch.tap(NEW[0])
    batch.says("Was on file before")


def test_numbers_stand_in_no_repr(batch: Hands) -> None:
    batch.tap(NEW[0])
    assert NEW[0] not in repr(batch.situation)


def test_the_way_there_for_who_has_the_rules_too(hands: Hands) -> None:
    hands.sign_in(OWNER)
    hands.go("cards")
    hands.press("batch")
    hands.tap(NEW[0])
    assert on_file(hands, NEW[0])
    hands.press("back")
    hands.says("How cards are recognised")


def test_who_may_not_is_not_offered_it(hands: Hands) -> None:
    hands.sign_in(COLLECTOR)
    assert "section:cards" not in hands.shown()
