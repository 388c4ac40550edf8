"""G4: the card's home with all that it may show, its history, play at a station, and the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kiosk.core.accounts import PointCard
from kiosk.core.cards import Card
from kiosk.core.messages import VenueChanged
from kiosk.core.promo_codes import Gives, IssuePromoCode, PromoCodes, RedeemPromoCode
from kiosk.core.sessions import StartSession
from tests.core.guest import DEMO, OTHER_UID, PHONE, PIN, UID
from tests.screens.guest.hands import Visitor, visitor

_SLIPS = DEMO.replace("# session_slips = true", "session_slips = true").replace(
    "switching = false", "switching = true"
)


def _code(guest: Visitor, card: Card, gives: Gives, amount: int) -> str:
    command = IssuePromoCode(card.client, gives, amount, reason="gift")
    guest.did(command, key=f"promo:{gives}/{amount}")
    codes = guest.venue.ask(PromoCodes(card.client), guest.now, "cli")
    return codes[-1].code


def _given(guest: Visitor, card: Card, gives: Gives, amount: int) -> None:
    command = RedeemPromoCode(card.id, _code(guest, card, gives, amount))
    guest.did(command, actor="guest", key=f"redeem:{gives}/{amount}")


def _heard(guest: Visitor) -> None:
    guest.tell(VenueChanged(guest.venue.ledger.seq))


def everything() -> Iterator[tuple[str, Visitor]]:
    """All wallets, a visit, and play that goes on; then Stop, with its slip."""
    with visitor(_SLIPS) as guest:
        card = guest.register(phone=PHONE, name="anna")
        guest.printed()
        guest.press("leave")
        guest.top_up(1000, 200, 50)
        guest.press("done")
        guest.printed()
        guest.press("home")
        yield "home-money", guest
        for gives, amount in (("bonus", 180), ("game", 200), ("internet", 45)):
            _given(guest, card, gives, amount)  # type: ignore[arg-type]
        _heard(guest)
        yield "home-wallets", guest
        guest.press("play")
        yield "play-how", guest
        guest.press("mode:balance_min")
        yield "play-minutes", guest
        guest.type("999")
        guest.press("next")
        yield "play-minutes-too-many", guest
        guest.press("erase", "erase", "erase")
        guest.type("90")
        guest.press("next")
        yield "play-where", guest
        guest.press("station:pc-1")
        yield "play-deal", guest
        guest.press("yes")
        yield "play-begun", guest
        guest.press("home")
        yield "home-playing", guest
        guest.order("A-1", card, 180, 540)
        guest.order("A-2", card, 100)
        yield "home-all", guest
        guest.press("stop")
        yield "stop", guest
        guest.press("no", "more")
        yield "more", guest
        guest.press("play", "mode:timer")
        yield "play-where-taken", guest
        guest.press("station:ps-1")
        yield "play-deal-money", guest
        guest.press("yes")
        yield "play-pin", guest
        guest.type(PIN)
        guest.press("next", "home")
        yield "home-playing-two", guest
        guest.press("stop")
        yield "stop-which", guest
        guest.press("PlayStation")
        yield "stop-money", guest
        guest.press("yes")
        yield "stopped-money", guest
        guest.print_out()
        guest.press("home", "stop", "yes")
        yield "stopped-minutes", guest
        guest.print_out()
        guest.press("home", "history")
        yield "home-history", guest


def poor() -> Iterator[tuple[str, Visitor]]:
    """A new card: nothing to play with; and a gift."""
    with visitor() as guest:
        card = guest.home()
        yield "home-empty", guest
        guest.press("play")
        yield "play-how-nothing", guest
        guest.press("mode:timer", "station:pc-1", "yes")
        yield "play-short", guest
        guest.press("continue", "more")
        yield "more-new", guest
        code = _code(guest, card, "game", 120).replace("-", "")
        guest.press("promo")
        guest.press(*(f"key:{letter}" for letter in code[:5]))
        yield "promo", guest
        guest.press(*("key:A" for _ in range(7)), "next")
        yield "promo-wrong", guest
        guest.press(*("erase" for _ in range(12)), *(f"key:{letter}" for letter in code), "next")
        yield "promo-done", guest
        guest.press("home", "history")
        yield "history-nothing", guest


def others_pay() -> Iterator[tuple[str, Visitor]]:
    """A child's card: the visits are paid from the wallet of somebody else."""
    with visitor() as guest:
        guest.top_up(1000, uid=OTHER_UID)
        guest.press("done")
        guest.printed()
        guest.press("home")
        scene = guest.scene
        payer: str = scene.card.client  # type: ignore[union-attr]
        guest.press("leave")
        card = guest.top_up(100, uid=UID)
        guest.did(PointCard(card.id, expenditure=payer, reason="a parent"), key="point")
        guest.press("done")
        guest.printed()
        guest.press("home")
        yield "home-others-pay", guest


def history() -> Iterator[tuple[str, Visitor]]:
    """More movements than stand on a screen."""
    with visitor() as guest:
        guest.top_up(1000)
        guest.press("done")
        guest.printed()
        guest.press("home")
        for _ in range(3):
            guest.press("buy_minutes", "kind:internet", "package:net-120", "yes")
            guest.printed()
            guest.press("home")
        for face in (50, 100, 200):
            guest.press("top_up")
            guest.insert(face)
            guest.press("done")
            guest.printed()
            guest.press("home")
        guest.press("history")
        yield "history-long", guest
        guest.press("from:5")
        yield "history-end", guest


def refused() -> Iterator[tuple[str, Visitor]]:
    """What may keep a guest from playing, and what play leaves owed."""
    with visitor() as guest:
        card = guest.top_up(200)
        guest.press("done")
        guest.printed()
        guest.press("home")
        _given(guest, card, "game", 300)
        _heard(guest)
        guest.press("play", "mode:balance_timer", "station:pc-1", "yes")
        yield "play-limited", guest
        guest.press("continue", "mode:timer", "station:pc-2")
        taken = StartSession(card.client, "pc-2", "game", "balance_min", planned=5)
        guest.did(taken, actor="staff:106", key="taken")
        guest.press("yes")
        yield "play-busy", guest
        guest.press("continue", "station:pc-1", "yes", "leave")
        guest.now = guest.now.later(30 * 60)
        guest.tap()
        guest.press("buy_minutes", "package:game-60", "yes")
        guest.printed()
        guest.press("home", "stop")
        guest.press("PC 1", "yes")
        yield "stopped-owed", guest
        guest.press("home", "more", "play")
        yield "play-unpaid", guest
    with visitor() as guest:
        guest.home()
        guest.situation = replace(guest.situation, clock_synced=False)
        yield "home-clock-unset", guest


WALKS = (everything, poor, others_pay, history, refused)
