"""Coins before the screen: a top-up in coins, and money in coins for a visit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.core.cash import SuspendedNotes
from kiosk.core.checkout import VoidVisit
from kiosk.core.messages import (
    AcceptCoins,
    AcceptorChanged,
    AcknowledgeCoin,
    DeviceDown,
    DeviceUp,
    PrintSlip,
    RefuseCoins,
)
from kiosk.core.prepayments import PendingPrepayments
from kiosk.core.shift_report import XReport
from kiosk.core.situation import Done, TopUp
from kiosk.core.visits import OpenVisit
from tests.core.centre import PLAIN
from tests.core.coin_acceptor import COINS, coin, taken
from tests.core.guest import ACCEPTOR, DEMO, rub
from tests.screens.guest.hands import Visitor
from tests.screens.guest.visiting import (
    ENTRANCE_1000,
    centre,
    claims,
    no_visit,
    opened,
    plain,
    say_yes,
    says,
    swipe,
    visit_of,
)

VALUES = (100, 200, 500, 1000)
TAKEN = PLAIN.replace("faces = [", "coins = [1, 2, 5, 10]\nfaces = [")


def with_coins(guest: Visitor) -> Visitor:
    guest.tell(DeviceUp(COINS, "coins"), AcceptorChanged(COINS, "disabled"))
    return guest


@pytest.fixture
def entrance() -> Iterator[Visitor]:
    """A guest of the entertainment centre, which takes coins, too."""
    with centre(TAKEN) as guest:
        yield with_coins(guest)


@pytest.fixture
def club() -> Iterator[Visitor]:
    with centre(DEMO) as guest:
        yield with_coins(guest)


def drop(guest: Visitor, *values: int, first: int = 1) -> None:
    """Coins of so many roubles fall in, one after another."""
    start = guest.situation.house.start
    for n, value in enumerate(values, first):
        event = taken(n, value * 100, f"7/{n}", start)
        assert AcknowledgeCoin(event.coin) in guest.tell(event)


def test_the_screen_names_what_goes_in_and_tells_the_coins_in_one_line(club: Visitor) -> None:
    guest = club
    guest.top_up()
    says(guest, "The note machine is getting ready…", "Coins taken here: 1, 2, 5, 10 ₽")
    guest.tell(AcceptorChanged(ACCEPTOR, "ready"))
    says(guest, "Insert notes", "Notes taken here: 50, 100, 200, 500, 1 000 ₽")
    guest.tell(AcceptorChanged(COINS, "ready"))
    says(guest, "Insert notes or coins")
    drop(guest, 5, 5, 2)
    says(guest, "Coins: 12.00 ₽", "Done · 12 ₽")
    effects = guest.press("done")
    (slip,) = [e for e in effects if isinstance(e, PrintSlip)]
    told = plain(str(slip.document))
    assert RefuseCoins(COINS) in effects
    assert "left='Coins', right='12.00'" in told and "note" not in told


@pytest.mark.parametrize("language", ["en", "ru", "de"])
def test_a_kiosk_that_has_no_acceptor_of_notes_speaks_of_coins_alone(
    club: Visitor, language: str
) -> None:
    guest = club
    guest.tell(DeviceDown(ACCEPTOR, "acceptor", "gone"))
    guest.top_up()
    guest.tell(AcceptorChanged(COINS, "ready"))
    guest.read_in(language)
    says(guest, "1, 2, 5, 10 ₽")
    assert "500" not in plain(guest.words())


def test_coins_are_cash_at_the_kiosk_in_every_figure(club: Visitor) -> None:
    guest = club
    guest.top_up(100)
    guest.tell(AcceptorChanged(COINS, "ready"))
    drop(guest, 5, 5, 2)
    guest.press("done")
    x = guest.asked(XReport())
    assert [(n.box, str(n.face), n.count) for n in x.taken] == [
        ("acceptor", "100.00", 1),
        ("coins", "5.00", 2),
        ("coins", "2.00", 1),
    ]
    assert x.boxes == x.taken


def test_a_prepayment_in_coins_opens_the_visit_by_itself(entrance: Visitor) -> None:
    guest = entrance
    swipe(guest, ENTRANCE_1000)
    assert AcceptCoins(COINS, VALUES) in say(guest)
    guest.insert(500)
    guest.insert(200)
    drop(guest, *[10] * 29)
    says(guest, "Coins: 290.00 ₽", "Still to insert", "10.00 ₽")
    assert no_visit(guest)
    drop(guest, 10, first=30)
    assert guest.kinds()[-1] != "prepayment_begun" and guest.entry.kind == "prepayment_completed"
    assert str(visit_of(guest).deposits) == "1000.00"
    assert not isinstance(guest.scene, TopUp)
    assert guest.venue.ledger.verify() == []


def say(guest: Visitor) -> list[object]:
    before = len(guest.effects)
    say_yes(guest)
    return list(guest.effects[before:])


def test_too_little_in_coins_is_a_claim_and_no_visit(entrance: Visitor) -> None:
    guest = entrance
    swipe(guest, ENTRANCE_1000)
    say_yes(guest)
    drop(guest, 10, 5)
    guest.press("done")
    assert claims(guest) == ["15.00"] and no_visit(guest)
    assert guest.asked(PendingPrepayments()) == ()
    # One that was on its way still is nobody's: the visit is not to be.
    guest.tell(taken(3, 200, "7/3", guest.situation.house.start))
    assert [n.value for n in guest.asked(SuspendedNotes())] == [rub(2)]
    assert guest.venue.ledger.verify() == []


def test_money_is_added_to_a_visit_in_coins(entrance: Visitor) -> None:
    guest = entrance
    visit = opened(guest, ENTRANCE_1000, 1000)
    swipe(guest, ENTRANCE_1000)
    guest.press("add_money")
    drop(guest, 10, 2)
    says(guest, "On your visit now", "1 012.00 ₽")
    guest.press("done")
    assert str(guest.asked(OpenVisit(visit.card)).deposits) == "1012.00"
    assert isinstance(guest.scene, Done)


def test_a_coin_for_a_visit_that_ended_while_it_fell_is_a_ticket(entrance: Visitor) -> None:
    guest = entrance
    visit = opened(guest, ENTRANCE_1000, 1000)
    swipe(guest, ENTRANCE_1000)
    guest.press("add_money")
    void = VoidVisit(visit.id, reason="They left")
    guest.did(void, actor="staff:202", key="void")
    drop(guest, 10)
    assert guest.note(coin(1, guest.situation.house.start)).state == "claimed"
    assert "10.00" in claims(guest)
    assert not isinstance(guest.scene, TopUp)
    assert guest.venue.ledger.verify() == []
