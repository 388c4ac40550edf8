"""Coins at the desk, by touches: their acceptor, a coin that is tried, their box, what was lost."""

from __future__ import annotations

import pytest

from kiosk.core.cashbox import Collections
from kiosk.core.desk.collection import Collecting, CollectionsPage
from kiosk.core.desk.devices import CoinTest
from kiosk.core.desk.scenes import Desk
from kiosk.core.messages import (
    AcceptCoins,
    AcceptorChanged,
    AcknowledgeCoin,
    CoinRejected,
    CoinsLost,
    DeviceUp,
    RefuseCoins,
)
from kiosk.screens.view import Tile
from tests.core.coin_acceptor import COINS, coin, taken
from tests.screens.desk.hands import Hands, inside

VALUES = (100, 200, 500, 1000)


@pytest.fixture
def with_coins(hands: Hands) -> Hands:
    """The kiosk has a coin acceptor, too."""
    hands.tell(DeviceUp(COINS, "coins", "FOY X6 7001"), AcceptorChanged(COINS, "disabled"))
    return hands


def tiles(hands: Hands) -> dict[str, str]:
    return {t.headline: f"{t.value} {t.note}" for t in inside(hands.view, Tile)}


def test_the_devices_tell_of_the_coin_acceptor_and_what_fell_through(with_coins: Hands) -> None:
    hands = with_coins
    start = hands.situation.house.start
    hands.tell(taken(1, 500, "7/1", start), CoinRejected(COINS, "reject"))
    hands.sign_in()
    hands.go("devices")
    told = tiles(hands)["Coin acceptor"]
    assert told.startswith("Ready") and "FOY X6 7001" in told
    assert "coins not taken: 1 of 2" in told
    hands.press("Coin acceptor")
    hands.says("Coins taken", "Coins not taken")


def test_a_coin_that_is_tried_stays_and_is_a_ticket(with_coins: Hands) -> None:
    hands = with_coins
    hands.sign_in()
    hands.go("devices")
    hands.press("Coin acceptor")
    assert AcceptCoins(COINS, VALUES) in hands.press("Try a coin")
    hands.says("Wait until the coin acceptor is ready", "No coin yet.", "It stays in the box")
    hands.tell(AcceptorChanged(COINS, "ready"))
    hands.says("Put a coin in")
    start = hands.situation.house.start
    assert AcknowledgeCoin(coin(1, start)) in hands.tell(taken(1, 500, "7/1", start))
    assert hands.kinds()[-2:] == ["coin_suspended", "claim_issued"]
    assert isinstance(hands.scene, Desk) and isinstance(hands.page, CoinTest)
    hands.says("taken, and on a ticket")
    assert "5.00" in hands.notice
    hands.tell(CoinRejected(COINS, "inhibited"))
    hands.says("Not taken", "inhibited")
    assert hands.press("back") == [RefuseCoins(COINS)]
    assert hands.venue.ledger.verify() == []


def test_the_box_of_coins_is_collected_and_counted_by_its_own_faces(with_coins: Hands) -> None:
    hands = with_coins
    start = hands.situation.house.start
    hands.tell(taken(1, 500, "7/1", start), taken(2, 500, "7/2", start))
    hands.tell(CoinsLost(COINS, "7/9", 3))
    hands.sign_in()
    hands.go("cash")
    hands.says("Coin acceptor", "2 coins")
    hands.press(f"collect:{COINS}")
    page = hands.page
    assert isinstance(page, Collecting)
    assert [f.id for f in page.form.fields if f.id.startswith("face-")] == [
        *("face-1000", "face-500", "face-200", "face-100")
    ]
    hands.fill("face-500", "2")
    hands.fill("face-100", "3")
    hands.press("collect")
    assert isinstance(hands.page, CollectionsPage)
    (collection,) = hands.asked(Collections())
    assert str(collection.over_short) == "3.00"
    hands.says("The coin acceptor took coins that it could not name:")


def test_lost_coins_are_a_task_of_today(with_coins: Hands) -> None:
    hands = with_coins
    hands.tell(CoinsLost(COINS, "7/9", 3))
    hands.sign_in()
    hands.go("today")
    hands.says("Coins went in that the coin acceptor cannot name: 3")
