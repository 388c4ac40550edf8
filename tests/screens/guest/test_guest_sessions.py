"""Play at a station from the kiosk: how, where, what it takes; the time that is left; Stop."""

from __future__ import annotations

from dataclasses import replace

from kiosk.core import venue_file
from kiosk.core.cards import Card
from kiosk.core.guest.pin import AskPin
from kiosk.core.guest.sessions import (
    PAGE,
    PlayChoice,
    PlayMinutes,
    StationChoice,
)
from kiosk.core.guest.stopping import PlaysChoice, StopDeal
from kiosk.core.messages import Touched, VenueChanged
from kiosk.core.promo_codes import Gives, IssuePromoCode, PromoCodes, RedeemPromoCode
from kiosk.core.session_list import RunningSessions, Session, UnpaidSessions
from kiosk.core.sessions import EndSession, StartSession
from kiosk.core.settings import ImportVenue
from kiosk.core.situation import CardHome, Done
from kiosk.screens.layout import Measure
from kiosk.screens.scene import compose
from kiosk.screens.theme import Look, VenueLook
from kiosk.screens.view import CardHomeView, DealView, KeypadView, OptionsView
from tests.core.guest import DEMO, PHONE, PIN
from tests.screens import audit
from tests.screens.guest.hands import Visitor, visitor

SLIPS = DEMO.replace("# session_slips = true", "session_slips = true")
SWITCHING = DEMO.replace("switching = false", "switching = true")


def has(guest: Visitor, game: int = 0, internet: int = 0, phone: str = "", *faces: int) -> str:
    """A card with minutes and money, and its home; the client."""
    card = guest.register(phone=phone)
    guest.printed()
    guest.press("leave")
    gifts: tuple[tuple[Gives, int], ...] = (("game", game), ("internet", internet))
    for kind, minutes in gifts:
        if minutes:
            given(guest, card, kind, minutes)
    if faces:
        guest.top_up(*faces)
        guest.press("done")
        guest.printed()
        guest.press("leave")
    guest.tap()
    return card.client


def given(guest: Visitor, card: Card, gives: Gives, amount: int) -> None:
    """A gift on the card: points or minutes, by a promo code."""
    guest.did(IssuePromoCode(card.client, gives, amount, reason="gift"), key=f"promo:{gives}")
    codes = guest.venue.ask(PromoCodes(card.client), guest.now, "cli")
    code = next(c.code for c in codes if c.gives == gives)
    guest.did(RedeemPromoCode(card.id, code), actor="guest", key=f"redeem:{gives}")


def running(guest: Visitor) -> tuple[Session, ...]:
    return guest.asked(RunningSessions())


def desk(guest: Visitor, command: object) -> None:
    """The desk does something meanwhile; the screen has not heard of it."""
    guest.did(command, actor="staff:106", key=f"desk:{guest.venue.ledger.seq}")


def held(guest: Visitor, client: str) -> tuple[int, int]:
    scene = guest.scene
    assert isinstance(scene, (CardHome, Done))
    found = guest.client(scene.card)
    assert found.id == client
    return found.minutes_game, found.minutes_net


def pass_minutes(guest: Visitor, minutes: float) -> None:
    """Time passes for the books, with nobody before the kiosk."""
    guest.press("leave")
    guest.now = guest.now.later(minutes * 60)


def test_M16_minutes_until_stop_take_what_was_played() -> None:
    with visitor() as guest:
        client = has(guest, game=200)
        guest.press("play", "mode:balance_timer", "station:pc-1")
        guest.says("Start at PC 1?", "200", "min", "Only what you played is taken.")
        guest.press("yes")
        guest.says("Go to PC 1", "until 21:20 at the latest")
        (session,) = running(guest)
        assert (session.mode, session.kind, session.station) == ("balance_timer", "game", "pc-1")
        guest.press("leave")
        guest.now = guest.now.later(47 * 60 - 10)
        guest.tap()
        view = guest.view
        assert isinstance(view, CardHomeView) and view.playing is not None
        assert view.playing.headline == "Playing at PC 1"
        guest.press("stop")
        guest.says("Stop playing at PC 1?", "Minutes used so far")
        guest.press("yes")
        guest.says("47 min used at PC 1. You have 153 min left.")
        assert not running(guest) and held(guest, client) == (153, 0)
        assert guest.entry.actor == "guest"


def test_the_time_that_is_left_counts_down_without_the_core(measure: Measure) -> None:
    with visitor() as guest:
        has(guest, game=90)
        guest.press("play", "mode:balance_timer", "station:pc-1", "yes", "home")
        view = guest.view
        assert isinstance(view, CardHomeView) and view.playing is not None
        ends, look = view.playing.countdown.ends_s, Look.of((800, 480), VenueLook("Orbit Club"))
        for left, shown in (
            (3725, "1:02:05"),
            (3600, "1:00:00"),
            (3599.5, "1:00:00"),
            (59, "0:59"),
        ):
            scene = compose(view, look, ends - left, measure)
            assert shown in [run.text for run in audit.runs(scene.items)]
            assert scene.next_change_s is not None
            assert ends - left < scene.next_change_s <= ends - left + 1
        over = compose(view, look, ends + 5, measure)
        assert "0:00" in [run.text for run in audit.runs(over.items)]


def test_M19_M01_a_number_of_minutes_that_is_too_large_is_refused_and_a_right_one_held() -> None:
    with visitor() as guest:
        has(guest, game=300)
        guest.press("play", "mode:balance_min")
        guest.says("You have 300 free game minutes.")
        guest.type("301")
        guest.press("next")
        guest.says("300 minutes are free. Choose fewer.")
        assert isinstance(guest.scene, PlayMinutes)
        guest.press("erase", "erase", "erase")
        guest.type("0")
        assert guest.scene.digits == ""
        guest.type("60")
        guest.press("next", "station:pc-2")
        view = guest.view
        assert isinstance(view, DealView) and view.figure is not None
        assert view.figure.amount == "60" and ("Free minutes after that", "240") in view.sums
        guest.press("yes")
        (session,) = running(guest)
        assert (session.mode, session.planned) == ("balance_min", 60)


def test_M25_what_a_number_of_minutes_left_over_stays_the_guests() -> None:
    with visitor() as guest:
        client = has(guest, game=300)
        guest.press("play", "mode:balance_min", "all", "back")
        assert isinstance(guest.scene, PlayMinutes) and guest.scene.digits == "300"
        guest.press("erase", "erase", "erase")
        guest.type("60")
        guest.press("next", "station:pc-2", "yes", "home")
        pass_minutes(guest, 20)
        guest.tap()
        guest.press("stop", "yes")
        assert held(guest, client) == (280, 0)


def test_M33_what_another_session_holds_is_not_free() -> None:
    with visitor() as guest:
        client = has(guest, game=100)
        guest.press("play", "mode:balance_min")
        guest.type("60")
        guest.press("next", "station:pc-2")
        # Meanwhile the desk starts another one with the same minutes; the screen hears nothing.
        desk(guest, StartSession(client, "ps-1", "game", "balance_min", planned=50))
        guest.press("yes")
        guest.says("50 minutes are free. Choose fewer.")
        assert isinstance(guest.scene, PlayMinutes) and len(running(guest)) == 1


def test_C22_play_for_money_is_paid_when_it_stops_points_first() -> None:
    with visitor() as guest:
        client = has(guest, 0, 0, "", 500)
        guest.press("play", "mode:timer", "station:ps-1")
        guest.says("One hour from now", "240.00", "500.00")
        guest.press("yes")
        assert running(guest)[0].mode == "timer"
        pass_minutes(guest, 30)
        guest.tap()
        guest.press("stop", "yes")
        done = guest.scene
        assert isinstance(done, Done) and done.task == "stopped_money" and done.figure is not None
        assert str(done.figure) == str(guest.client(done.card).wallet) == guest.balance(done.card)
        guest.says("min at PlayStation cost")
        assert held(guest, client) == (0, 0)


def test_what_a_guest_has_not_got_is_shown_with_its_reason() -> None:
    with visitor() as guest:
        has(guest)
        guest.press("play")
        view = guest.view
        assert isinstance(view, OptionsView)
        said = {o.button.id: (o.button.enabled, o.button.why) for o in view.options}
        none = "You have no free minutes of this kind. Buy minutes first."
        assert said["mode:balance_timer"] == said["mode:balance_min"] == (False, none)
        guest.tell(Touched("mode:balance_timer", guest.situation.page))
        assert isinstance(guest.scene, PlayChoice)
        guest.press("mode:timer", "station:pc-1", "yes")
        guest.says("Nothing was charged: the first minute costs 4.00\u00a0₽")


def test_a_station_that_somebody_took_meanwhile_is_not_started_and_the_others_are_shown() -> None:
    with visitor() as guest:
        client = has(guest, game=100, internet=50)
        guest.press("play", "mode:balance_timer", "station:pc-1")
        desk(guest, StartSession(client, "pc-1", "internet", "balance_timer"))
        guest.press("yes")
        guest.says("Somebody plays at PC 1. Choose another station.")
        guest.press("continue")
        view = guest.view
        assert isinstance(view, OptionsView)
        taken = {o.button.text: o.button.why for o in view.options}
        assert taken == {"PC 2": "", "PlayStation": "", "PC 1": "taken"}
        guest.tell(Touched("station:pc-1", guest.situation.page))
        assert isinstance(guest.scene, StationChoice)


def test_a_session_that_ends_by_itself_before_the_guests_eyes_says_so() -> None:
    with visitor() as guest:
        client = has(guest, game=1)
        guest.press("play", "mode:balance_timer", "station:pc-1", "yes", "home", "stop")
        assert isinstance(guest.scene, StopDeal)
        (session,) = running(guest)
        guest.now = guest.now.later(60)
        guest.did(EndSession(session.id, 1), actor="kiosk", key="end")
        guest.tell(VenueChanged(guest.venue.ledger.seq))
        guest.says("1 min used at PC 1. You have 0 min left.")
        assert held(guest, client) == (0, 0)


def test_the_home_follows_when_a_session_ends() -> None:
    with visitor() as guest:
        has(guest, game=1)
        guest.press("play", "mode:balance_timer", "station:pc-1", "yes", "home")
        assert "stop" in guest.shown() and "play" not in guest.shown()
        (session,) = running(guest)
        guest.now = guest.now.later(60)
        guest.did(EndSession(session.id, 1), actor="kiosk", key="end")
        guest.tell(VenueChanged(guest.venue.ledger.seq))
        assert "play" in guest.shown() and "stop" not in guest.shown()


def test_several_sessions_are_stopped_one_by_one() -> None:
    with visitor() as guest:
        client = has(guest, game=100, internet=50)
        guest.press("play", "mode:balance_timer", "station:pc-1", "yes", "home")
        guest.press("more", "play", "kind:internet", "mode:balance_timer", "station:pc-2", "yes")
        guest.press("home")
        assert len(running(guest)) == 2
        guest.press("stop")
        assert isinstance(guest.scene, PlaysChoice)
        guest.says("PC 1", "PC 2", "with game minutes", "with internet minutes")
        guest.press("PC 2", "yes")
        guest.says("used at PC 2")
        assert [s.station for s in running(guest)] == ["pc-1"]
        assert held(guest, client)[0] == 100


def test_M22_M02_another_kind_only_where_the_venue_lets_it() -> None:
    with visitor() as guest:
        has(guest, game=100, internet=50)
        guest.press("play", "mode:balance_timer", "station:pc-1", "yes", "home", "stop")
        assert "switch" not in guest.shown()
    with visitor(SWITCHING) as guest:
        has(guest, game=100, internet=100)
        guest.press("play", "mode:balance_timer", "station:pc-1", "yes", "home", "stop")
        # The venue forbids it again, and the screen has not heard of it.
        file = venue_file.parse(DEMO)
        guest.did(ImportVenue(file), key="again")
        guest.press("switch")
        guest.says("Game and internet minutes cannot be exchanged. Stop the session first.")
        guest.did(ImportVenue(venue_file.parse(SWITCHING)), key="and again")
        guest.press("switch")
        guest.says("Go to PC 1")
        (session,) = running(guest)
        assert session.kind == "internet"


def test_a_bare_card_may_not_play_away_much_without_its_pin() -> None:
    with visitor() as guest:
        has(guest, 1200, 0, PHONE)
        guest.press("play", "mode:balance_timer", "station:pc-1", "yes")
        assert isinstance(guest.scene, AskPin) and not running(guest)
        guest.type(PIN)
        guest.press("next")
        assert len(running(guest)) == 1 and guest.entry.refs["proof"] == "pin"


def test_who_has_no_pin_is_told_the_limit_and_may_choose_fewer_minutes() -> None:
    with visitor() as guest:
        has(guest, game=300)
        guest.press("play", "mode:balance_timer", "station:pc-1", "yes")
        guest.says("limited to 1\u202f000.00\u00a0₽")
        guest.press("continue")
        assert isinstance(guest.scene, PlayChoice) and not running(guest)


def test_the_slip_of_a_session_where_the_venue_wants_it() -> None:
    with visitor(SLIPS) as guest:
        has(guest, game=100)
        guest.press("play", "mode:balance_timer", "station:pc-1", "yes", "home", "stop", "yes")
        assert "SESSION" in guest.slips[-1] and "PC 1" in guest.slips[-1]


def test_a_debt_of_before_is_told_before_anything_else() -> None:
    with visitor() as guest:
        has(guest, 0, 0, "", 200)
        guest.press("play", "mode:timer", "station:pc-1", "yes", "home")
        pass_minutes(guest, 30)
        guest.tap()
        # What was meant for the play goes into a package; 30 minutes cost 120.
        guest.press("buy_minutes", "package:game-60", "yes")
        guest.printed()
        guest.press("home", "stop", "yes")
        done = guest.scene
        assert isinstance(done, Done) and done.task == "stopped_owed"
        (session,) = guest.asked(UnpaidSessions())
        owed = f"{session.owed}\u00a0₽"
        guest.says(f"Please pay {owed} at the desk")
        guest.press("home", "play")
        guest.says(f"{owed} is owed for an earlier session. Pay it at the desk first.")


def test_forty_stations_are_leafed_through() -> None:
    rows = "".join(
        f'\n[[stations]]\nid = "s{n}"\nname = "Table {n}"\nkind = "game"\ntariff = "day"\n'
        for n in range(1, 41)
    )
    with visitor(DEMO.replace("[[groups]]", f"{rows}\n[[groups]]", 1)) as guest:
        has(guest, game=100)
        guest.press("play", "mode:balance_timer")
        view, seen = guest.view, list[str]()
        for _ in range(4):
            assert isinstance(view, OptionsView) and len(view.options) <= PAGE
            seen += [o.button.text for o in view.options]
            assert view.pager is not None
            if view.pager.later is not None:
                guest.press("More")
                view = guest.view
        assert len(set(seen)) == 43 and seen.index("Table 2") < seen.index("Table 10")
        guest.press("station:s40", "yes")
        assert running(guest)[0].station == "s40"


def test_M37_without_a_clock_that_is_right_nothing_begins_and_why_is_said() -> None:
    with visitor() as guest:
        has(guest, game=100)
        guest.situation = replace(guest.situation, clock_synced=False)
        button = guest.buttons()["play"]
        assert not button.enabled and button.why == "The clock of this kiosk is not set yet."
        guest.tell(Touched("play", guest.situation.page))
        assert isinstance(guest.scene, CardHome)


def test_back_leads_through_all_pages() -> None:
    with visitor() as guest:
        has(guest, game=100)
        guest.press("play", "kind:internet", "kind:game", "mode:balance_min")
        guest.type("5")
        guest.press("next", "station:pc-1", "no")
        assert isinstance(guest.scene, StationChoice)
        guest.press("back")
        assert isinstance(guest.view, KeypadView)
        guest.press("back")
        assert isinstance(guest.scene, PlayChoice)
        guest.press("back")
        assert isinstance(guest.scene, CardHome)
        guest.press("play", "mode:balance_timer", "back")
        assert isinstance(guest.scene, PlayChoice)
        for nonsense in ("mode:tea", "station:none", "from:99", "kind:tea"):
            guest.tell(Touched(nonsense, guest.situation.page))
        assert isinstance(guest.scene, PlayChoice) and not running(guest)


def test_a_bounced_yes_starts_and_stops_once() -> None:
    with visitor() as guest:
        has(guest, game=100)
        guest.press("play", "mode:balance_timer", "station:pc-1")
        page = guest.situation.page
        guest.tell(Touched("yes", page), Touched("yes", page))
        guest.press("home", "stop")
        page = guest.situation.page
        guest.tell(Touched("yes", page), Touched("yes", page))
        kinds = guest.kinds()
        assert kinds.count("session_started") == kinds.count("session_ended") == 1


DEARER = DEMO.replace("per_hour = ", "per_hour = 1")


def test_nobody_plays_for_a_price_that_was_changed_while_he_read() -> None:
    with visitor() as guest:
        has(guest, 0, 0, "", 500)
        guest.press("play", "mode:timer", "station:pc-2")
        guest.did(ImportVenue(venue_file.parse(DEARER)), key="dearer")
        guest.press("yes")
        assert not running(guest)
        guest.says("The price was changed just now. Nothing was charged.")
        guest.press("yes")
        assert running(guest), "now he has seen it"


def test_a_price_that_is_changed_is_shown_at_once_and_no_old_touch_counts() -> None:
    with visitor() as guest:
        has(guest, 0, 0, "", 500)
        guest.press("play", "mode:timer", "station:pc-2")
        page = guest.situation.page
        guest.did(ImportVenue(venue_file.parse(DEARER)), key="dearer")
        guest.tell(VenueChanged(guest.venue.ledger.seq))
        guest.says("The price was changed just now. Nothing was charged.")
        guest.tell(Touched("yes", page))
        assert not running(guest)
