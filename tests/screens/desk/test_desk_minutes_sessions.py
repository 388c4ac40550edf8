"""Sessions at the desk: who plays, how one begins, gets more, changes over, ends and is paid."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.core.cards import Card, FindCard
from kiosk.core.clients import RegisterCard
from kiosk.core.ledger import Draft
from kiosk.core.minutes import MinutesOf
from kiosk.core.recognition import Recognised
from kiosk.core.session_list import GetSession, RunningSessions
from kiosk.core.sessions import StartSession
from tests.core.guest import DEMO, OTHER_UID, rub
from tests.screens.desk.hands import CASHIER, COLLECTOR, Hands, attendant
from tests.screens.desk.players import anna, with_minutes, with_money


def free(hands: Hands, card: Card) -> tuple[int, int]:
    found = hands.asked(MinutesOf(card.client))
    return found.game_free, found.internet_free


def ready(hands: Hands, game: int = 0, *faces: int) -> Card:
    """A cashier before the sessions; Anna has minutes and money."""
    card = anna(hands)
    if faces:
        with_money(hands, *faces)
    if game:
        with_minutes(hands, card, game)
    hands.sign_in(CASHIER)
    hands.go("minutes")
    return card


def long(told: str) -> str:
    """A stretch of time as the screen writes it."""
    return told.replace(" ", "\u00a0")


def pass_time(hands: Hands, minutes: float) -> None:
    """The attendant is at the screen all the time."""
    for _ in range(round(minutes)):
        hands.wait(59.5)
        hands.press("refresh")


def due(hands: Hands) -> None:
    """What the kiosk does by itself."""
    for command, key in hands.venue.due(hands.now):
        hands.did(command, actor="kiosk", key=key)


def started(hands: Hands, *choices: str, minutes: str = "") -> str:
    hands.press("start")
    hands.tap()
    hands.press(*choices)
    if minutes:
        hands.fill("minutes", minutes)
    hands.press("do")
    return str(hands.entry.refs["session"])


def test_M14_M16_M17_a_session_on_minutes_runs_and_is_stopped(hands: Hands) -> None:
    card = ready(hands, 300)
    hands.says("Nobody is playing", "3 stations are free")
    session = started(hands, "choose:station=pc-2", "choose:mode=balance_timer")
    assert (hands.entry.kind, hands.entry.refs["card"]) == ("session_started", card.id)
    hands.says("PC 2 is running", "Zinaida", long("5 h 00"), "2 stations are free", "23:00")
    pass_time(hands, 47)
    hands.says(long("4 h 13"))
    hands.press("stop")
    hands.says("Stop PC 2 now?", "The rest stays")
    hands.press("do")
    assert hands.entry.kind == "session_ended"
    found = hands.asked(GetSession(session))
    assert found is not None and free(hands, card) == (300 - found.used, 0)
    assert found.used == 47
    hands.says("PC 2 is stopped: 47 min used", "Nobody is playing")


def test_no_leaves_the_session_running(hands: Hands) -> None:
    ready(hands, 300)
    started(hands, "choose:mode=balance_timer")
    head = hands.venue.ledger.head
    hands.press("stop", "back")
    assert hands.venue.ledger.head == head
    assert len(hands.asked(RunningSessions())) == 1


def test_M19_M25_a_set_number_is_asked_for_and_made_greater(hands: Hands) -> None:
    card = ready(hands, 100)
    hands.press("start")
    hands.tap()
    hands.press("choose:mode=balance_min")
    for typed, told in (("", "not a whole number"), ("0", "from 1 on"), ("101", "100 minutes")):
        hands.fill("minutes", typed)
        hands.press("do")
        hands.says(told)
        assert hands.focused("minutes")
    hands.fill("minutes", "60")
    hands.press("do")
    assert free(hands, card) == (40, 0)
    hands.press("extend")
    hands.says("It ends at 19:00 now. 40 minutes are free.")
    for typed, told in (("", "not a whole number"), ("0", "from 1 on"), ("41", "40 minutes")):
        hands.fill("minutes", typed)
        hands.press("do")
        hands.says(told)
    hands.fill("minutes", "15")
    hands.press("do")
    assert hands.entry.kind == "session_extended"
    assert (free(hands, card), hands.notice) == ((25, 0), "PC 1 goes on for 15 min more.")
    hands.says("19:15")


def test_an_open_end_is_extended_by_selling_more(hands: Hands) -> None:
    card = ready(hands, 30, 200)
    session = started(hands, "choose:mode=balance_timer")
    assert "extend" not in hands.shown()
    hands.press("minutes_of", "package:game-60", "sell")
    assert hands.entry.kind == "package_sold"
    hands.go("minutes")
    pass_time(hands, 31)
    due(hands)
    hands.press("refresh")
    assert hands.entry.kind == "session_extended"
    assert "session_ended" not in hands.kinds()
    hands.press(f"session:{session}", "stop", "do")
    assert free(hands, card) == (90 - 31, 0)


def test_M15_a_session_for_money_is_paid_from_the_balance(hands: Hands) -> None:
    card = ready(hands, 300, 500)
    session = started(hands, "choose:mode=timer")
    pass_time(hands, 30)
    hands.press("stop")
    hands.says("paid from the balance")
    hands.press("do")
    found = hands.asked(GetSession(session))
    assert found is not None and found.charge == rub(120)
    assert hands.client(card).wallet == rub(380)
    assert free(hands, card) == (300, 0)
    hands.says("30 min, 120.00")


def test_M15_what_the_balance_lacks_is_taken_at_the_desk(hands: Hands) -> None:
    card = ready(hands, 0, 100)
    session = started(hands, "choose:mode=timer")
    wallet = hands.client(card).wallet
    with_spent(hands, card, wallet.minor)
    pass_time(hands, 10)
    hands.press("stop", "do")
    hands.says("40.00", "is missing: take it now", "Not paid yet")
    found = hands.asked(GetSession(session))
    assert found is not None and found.state == "unpaid"
    hands.press("pay:wallet")
    assert hands.tone == "bad"
    hands.press("pay:cash")
    assert (hands.entry.kind, hands.entry.actor) == ("session_paid", "staff:101")
    hands.says("40.00", "is paid")
    hands.silent("Not paid yet")


def with_spent(hands: Hands, card: Card, minor: int) -> None:
    """Somebody spends the balance while the session runs."""
    draft = Draft("test")
    draft.post(f"2010:{card.client}", "1050", "RUB", minor)
    hands.venue.ledger.post(draft, key="spent", actor="cli", command="test", now=hands.now)


@pytest.fixture
def switching() -> Iterator[Hands]:
    with attendant(DEMO.replace("switching = false", "switching = true")) as made:
        yield made


def test_M22_a_session_changes_over_where_that_is_allowed(switching: Hands) -> None:
    hands = switching
    card = ready(hands, 100)
    with_minutes(hands, card, 200, "internet")
    started(hands, "choose:mode=balance_timer")
    pass_time(hands, 10)
    hands.press("switch")
    assert hands.entry.kind == "session_switched"
    hands.says("PC 1 goes on: Internet.", "Internet")
    assert free(hands, card)[0] == 90


def test_M20_M21_elsewhere_the_button_says_why_not(hands: Hands) -> None:
    ready(hands, 100)
    started(hands, "choose:mode=balance_timer")
    assert not hands.buttons()["switch"].enabled
    hands.says("Stop first.")
    hands.tell_button("switch")
    hands.says("M-02")


def test_what_cannot_begin_says_why(hands: Hands) -> None:
    ready(hands)
    hands.press("start")
    hands.tap()
    hands.press("choose:mode=balance_timer", "do")
    hands.says("No minutes are free")
    hands.press("choose:mode=timer", "do")
    assert hands.tone == "bad" and "session_started" not in hands.kinds()
    hands.press("choose:station=ps-1", "choose:kind=internet", "choose:mode=timer", "do")
    hands.says("PlayStation")
    hands.press("back")
    hands.says("Nobody is playing")


def test_a_station_that_was_taken_meanwhile(hands: Hands) -> None:
    ready(hands, 100)
    hands.press("start")
    hands.tap()
    hands.press("choose:mode=balance_timer")
    walk_in(hands)
    hands.press("do")
    hands.says("PC 1")
    assert hands.kinds().count("session_started") == 1
    hands.press("choose:station=pc-2", "do")
    assert hands.kinds().count("session_started") == 2


def walk_in(hands: Hands) -> None:
    """Another client begins at PC 1, at a till."""
    read = Recognised("Contactless guest card", "interface", "PDS", OTHER_UID)
    hands.did(RegisterCard(read, "guest", "en", "1"), actor="guest", key="walk_in")
    card = hands.asked(FindCard(read))
    assert card is not None
    with_minutes(hands, card, 10)
    begin = StartSession(card.client, "pc-1", "game", "balance_timer")
    hands.did(begin, actor="till:bar", key="till")


def test_a_session_that_ends_by_itself_leaves_the_list(hands: Hands) -> None:
    ready(hands, 5)
    started(hands, "choose:mode=balance_timer")
    hands.says(long("0 h 05"))
    pass_time(hands, 5)
    due(hands)
    hands.press("refresh")
    hands.says("Nobody is playing")
    hands.tell_button("stop")
    assert hands.kinds().count("session_ended") == 1


def test_who_may_not_sell_is_offered_no_sessions(hands: Hands) -> None:
    hands.sign_in(COLLECTOR)
    assert "section:minutes" not in hands.shown()
