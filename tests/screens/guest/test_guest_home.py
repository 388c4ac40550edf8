"""G4: the card's home, its history in the guest's words, and what stands under "More"."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core.accounts import PointCard
from kiosk.core.clients import EraseClient, Movement
from kiosk.core.guest.home import ROWS
from kiosk.core.guest.more import More, PromoTyping
from kiosk.core.messages import Touched, VenueChanged
from kiosk.core.promo_codes import Gives, IssuePromoCode, PromoCodes
from kiosk.core.situation import CardHome, Done, History, TopUp
from kiosk.screens.present.card import KINDS
from kiosk.screens.view import CardHomeView, HistoryView, NameView
from tests.core.guest import DEMO, OTHER_UID, TIMES, rub
from tests.screens.guest.hands import LANGUAGES, Visitor, visitor


def home(guest: Visitor) -> CardHomeView:
    view = guest.view
    assert isinstance(view, CardHomeView)
    return view


def code(guest: Visitor, gives: Gives, amount: int, until: str = "") -> str:
    """A promo code of the card that is shown, as it is typed."""
    scene = guest.scene
    assert isinstance(scene, CardHome)
    command = IssuePromoCode(scene.client.id, gives, amount, until, reason="gift")
    guest.did(command, key=f"promo:{gives}/{amount}")
    codes = guest.venue.ask(PromoCodes(scene.client.id), guest.now, "cli")
    return codes[-1].code.replace("-", "")


def redeem(guest: Visitor, text: str) -> None:
    guest.press(*(f"key:{letter}" for letter in text), "next")


# --- what is on it -------------------------------------------------------------------------------


def test_what_this_venue_never_has_is_absent() -> None:
    bare = DEMO
    for section in ("packages", "stations"):
        head, _, rest = bare.partition(f"[[{section}]]")
        while rest:
            _, _, after = rest.partition("\n\n")
            more = after.startswith(f"[[{section}]]")
            bare, rest = head + after, after if more else ""
    with visitor(bare) as guest:
        guest.home()
        assert {"buy_minutes", "play"} & guest.shown() == set()
        assert {"top_up", "history", "more"} <= guest.shown()
        guest.tell(Touched("buy_minutes", guest.situation.page))
        guest.tell(Touched("play", guest.situation.page))
        assert isinstance(guest.scene, CardHome)


def test_the_home_warns_after_its_time_and_goes() -> None:
    with visitor() as guest:
        guest.home()
        guest.wait(TIMES.result_s + 0.1)
        timer = guest.situation.timer
        assert isinstance(guest.scene, CardHome) and timer is not None and timer.warned
        guest.wait(TIMES.more_time_s)
        assert not isinstance(guest.scene, CardHome)


def test_E61_the_wallet_that_pays_for_visits_is_shown_and_the_guests_own_beside_it() -> None:
    with visitor() as guest:
        guest.top_up(1000, uid=OTHER_UID)
        guest.press("done")
        guest.printed()
        guest.press("home")
        assert isinstance(guest.scene, CardHome)
        payer = guest.scene.client.id
        guest.press("leave")
        card = guest.home()
        assert home(guest).balance.amount == "0.00"
        guest.did(PointCard(card.id, expenditure=payer, reason="a parent"), key="point")
        guest.tell(VenueChanged(guest.venue.ledger.seq))
        view = home(guest)
        assert (view.balance_name, view.balance.amount) == (
            "Balance that pays for your visits",
            "1\u202f000.00",
        )
        assert [(w.name, w.amount) for w in view.wallets] == [("Your own balance", "0.00")]
        assert view.latest == ""


def test_minutes_and_points_are_shown_where_there_are_any() -> None:
    with visitor() as guest:
        guest.home()
        assert home(guest).wallets == ()
        promo = code(guest, "bonus", 180)
        guest.press("more", "promo")
        redeem(guest, promo)
        guest.says("180 bonus points were added: you have 180 now. They only pay for play time.")
        guest.press("home")
        (wallet,) = home(guest).wallets
        assert (wallet.amount, wallet.note) == ("180", "for play time")


# --- the history ---------------------------------------------------------------------------------


def history(guest: Visitor) -> HistoryView:
    view = guest.view
    assert isinstance(view, HistoryView)
    return view


def test_the_history_is_leafed_through_by_arrows() -> None:
    with visitor() as guest:
        for face in (50, 50, 50, 100, 100, 200, 200):
            guest.top_up(face)
            guest.press("done")
            guest.printed()
            guest.press("leave")
        guest.tap()
        guest.press("history")
        view = history(guest)
        assert len(view.rows) == ROWS and view.pager is not None
        assert view.pager.place == "1 to 5 of 7" and view.pager.earlier is None
        assert view.rows[0].amount == "+200.00"
        guest.press("More")
        view = history(guest)
        assert [r.amount for r in view.rows] == ["+50.00", "+50.00"]
        assert view.pager is not None and view.pager.later is None
        guest.tell(Touched("from:99", guest.situation.page))
        assert history(guest).rows == view.rows
        guest.press("Previous", "back")
        assert isinstance(guest.scene, CardHome)


def test_notes_that_went_in_together_are_one_top_up() -> None:
    with visitor() as guest:
        for faces in ((500, 200), (100, 50, 50)):
            guest.top_up(*faces)
            guest.press("done")
            guest.printed()
            guest.press("leave")
        guest.tap()
        assert isinstance(guest.view, CardHomeView) and guest.view.latest.startswith("200.00")
        guest.press("history")
        rows = [(r.amount, r.note) for r in history(guest).rows]
        assert rows == [
            ("+200.00", "balance 900.00\u00a0₽"),
            ("+700.00", "balance 700.00\u00a0₽"),
        ]


def test_a_purchase_and_a_top_up_are_told_apart() -> None:
    with visitor() as guest:
        guest.top_up(500)
        guest.press("done")
        guest.printed()
        guest.press("home", "buy_minutes", "package:game-60", "yes")
        guest.printed()
        guest.press("home", "history")
        rows = [(r.text, r.amount, r.note) for r in history(guest).rows]
        assert rows == [
            ("Minutes bought", "\u2212150.00", "balance 350.00\u00a0₽"),
            ("Top-up, cash", "+500.00", "balance 500.00\u00a0₽"),
        ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_movement_has_words_for_both_ways(language: str) -> None:
    with visitor(language=language) as guest:
        guest.top_up(500)
        guest.press("done")
        guest.printed()
        guest.press("home", "history")
        scene = guest.scene
        assert isinstance(scene, History)
        for kind in (*KINDS, "of_tomorrow"):
            rows = tuple(
                Movement(scene.rows[0].at, kind, rub(face), rub(0)) for face in (100, -100)
            )
            guest.situation = replace(guest.situation, scene=replace(scene, rows=rows))
            words = [row.text for row in history(guest).rows]
            assert all(words) and len(words) == 2


def test_a_change_at_the_desk_says_which_way_it_went() -> None:
    with visitor() as guest:
        guest.top_up(50)
        guest.press("done")
        guest.printed()
        guest.press("home", "history")
        scene = guest.scene
        assert isinstance(scene, History)
        rows = tuple(
            Movement(scene.rows[0].at, kind, rub(face), rub(0))
            for kind, face in (
                ("balance_changed", 10),
                ("balance_changed", -10),
                ("session_ended", -5),
                ("visit_calculated", 5),
            )
        )
        guest.situation = replace(guest.situation, scene=replace(scene, rows=rows))
        assert [r.text for r in history(guest).rows] == [
            "Added at the desk",
            "Taken at the desk",
            "Play",
            "Visit paid back",
        ]


# --- more, and promo codes -----------------------------------------------------------------------


def test_more_has_only_what_there_is_for_this_card() -> None:
    with visitor() as guest:
        guest.home()
        guest.press("more")
        assert isinstance(guest.scene, More)
        assert {"receipts", "promo", "move"} <= guest.shown() and "play" not in guest.shown()
        guest.tell(Touched("play", guest.situation.page))
        assert isinstance(guest.scene, More)
        guest.press("back")
        assert isinstance(guest.scene, CardHome)


def test_who_was_erased_has_a_card_with_a_balance_and_no_gifts() -> None:
    with visitor() as guest:
        card = guest.top_up(100)
        guest.press("done")
        guest.printed()
        guest.press("leave")
        guest.did(EraseClient(card.client, reason="asked"), key="erase")
        guest.tap()
        assert "buy_minutes" not in guest.shown()
        guest.press("more")
        assert {"promo", "move"} & guest.shown() == set()


def test_C38_a_code_gives_once_and_every_refusal_is_said_where_it_was_typed() -> None:
    with visitor() as guest:
        guest.home()
        right = code(guest, "game", 120)
        guest.press("more", "promo")
        redeem(guest, "AAAAAAAAAAAA")
        guest.says("This code is not one of this card. Nothing was added.")
        guest.press(*("erase" for _ in range(12)))
        redeem(guest, right)
        guest.says("120 min of game time were added: you have 120 min now.")
        done = guest.scene
        assert isinstance(done, Done) and guest.client(done.card).minutes_game == 120
        guest.press("home", "more", "promo")
        redeem(guest, right)
        guest.says("This code was used already. Nothing was added.")
        assert guest.kinds().count("promo_code_redeemed") == 1


def test_C38_a_code_whose_day_is_over_says_which_day_it_was() -> None:
    with visitor() as guest:
        guest.home()
        old = code(guest, "internet", 30, "2026-11-22")
        guest.press("leave")
        guest.now = guest.now.later(24 * 3600)
        guest.tap()
        guest.press("more", "promo")
        redeem(guest, old)
        guest.says("This code was good until 22.11.2026. Nothing was added.")


def test_a_code_is_typed_in_groups_and_nothing_else_is() -> None:
    with visitor() as guest:
        guest.home()
        guest.press("more", "promo")
        guest.press(*(f"key:{letter}" for letter in "ABCDE"))
        view = guest.view
        assert isinstance(view, NameView)
        assert (view.shown, view.missing) == ("ABCD-E", "___-____")
        assert not view.next.enabled
        for key in ("key:0", "key:a", "key:", "key:AB", "next"):
            guest.tell(Touched(key, guest.situation.page))
        assert isinstance(guest.scene, PromoTyping) and guest.scene.code == "ABCDE"
        assert "ABCDE" not in repr(guest.situation)
        guest.press("back")
        assert isinstance(guest.scene, More)


def test_the_top_up_of_the_home_begins_one() -> None:
    with visitor() as guest:
        guest.home()
        guest.press("top_up")
        assert isinstance(guest.scene, TopUp)
