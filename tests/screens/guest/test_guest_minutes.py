"""G11: a guest buys minutes with the balance: on the screen, in the books, on the slip."""

from __future__ import annotations

from dataclasses import replace

from kiosk.core.cards import BlockCard
from kiosk.core.guest.minutes import PAGE, PackageChoice, PackageDeal
from kiosk.core.guest.pin import AskPin
from kiosk.core.messages import PrinterChanged, Touched, VenueChanged
from kiosk.core.packages import Package, Packages, SetPackages
from kiosk.core.promo_codes import IssuePromoCode, PromoCodes, RedeemPromoCode
from kiosk.core.situation import CardHome, Done, Problem, TopUp
from kiosk.screens.view import CardHomeView, DealView, DoneView, Figure, OptionsView
from tests.core.guest import PHONE, PIN, PRINTER, UID, rub
from tests.screens.guest.hands import Visitor, visitor
from tests.screens.guest.visiting import saved


def money(guest: Visitor, *faces: int, phone: str = "") -> None:
    """A card with so much money on it, and its home."""
    if phone:
        guest.register(phone=phone)
        guest.printed()
        guest.press("leave")
    guest.top_up(*faces)
    guest.press("done")
    guest.printed()
    guest.press("leave")
    guest.tap()


def deal(guest: Visitor) -> DealView:
    view = guest.view
    assert isinstance(view, DealView)
    return view


def choice(guest: Visitor) -> OptionsView:
    view = guest.view
    assert isinstance(view, OptionsView)
    return view


def packages(guest: Visitor, *rows: Package) -> None:
    """The desk puts these in place of the packages, and the screen hears of it."""
    key = f"packages:{guest.venue.ledger.seq}"
    guest.did(SetPackages(rows, confirmed=True), key=key)
    guest.tell(VenueChanged(guest.venue.ledger.seq))


def sold(guest: Visitor) -> int:
    return guest.kinds().count("package_sold")


def test_what_a_visit_owes_is_told_before_its_money_goes_for_minutes() -> None:
    with visitor() as guest:
        money(guest, 500, 200)
        assert isinstance(guest.scene, CardHome)
        saved(guest, "a", 420, card=guest.scene.card.id)
        guest.wait(11)
        strip = guest.view.visit if isinstance(guest.view, CardHomeView) else None
        assert strip is not None and strip.note.endswith("your balance pays it")
        guest.press("visit")
        guest.says("To pay: 420.00\u00a0₽, from your balance")
        guest.press("back", "buy_minutes", "package:game-60")
        assert (
            dict(deal(guest).sums)["Your visit so far"] == "420.00\u00a0₽"
            and not deal(guest).problem
        )
        guest.press("no", "package:game-300")
        assert "320.00\u00a0₽ would be missing" in deal(guest).problem
        guest.press("yes")
        guest.printed()
        guest.press("home")
        strip = guest.view.visit if isinstance(guest.view, CardHomeView) else None
        assert strip is not None and strip.note.endswith("320.00\u00a0₽ short")


def test_M28_a_guest_buys_a_package_and_gets_the_receipt() -> None:
    with visitor() as guest:
        money(guest, 500, 500)
        guest.press("buy_minutes", "package:game-300")
        view = deal(guest)
        assert view.figure is not None and view.figure.amount == "600.00"
        assert dict(view.sums) == {
            "Balance now": "1\u202f000.00\u00a0₽",
            "Balance after": "400.00\u00a0₽",
            "Game minutes now": "0",
            "Game minutes after": "300",
        }
        guest.press("yes")
        entry = guest.entry
        assert (entry.kind, entry.actor) == ("package_sold", "guest")
        for text in ("MINUTES", "300 minutes", "600.00", "They cannot be exchanged"):
            assert text in guest.slips[-1]
        guest.says("Bought. Your game minutes now:", "300 min more for 600.00\u00a0₽.")
        guest.says("Your balance is 400.00\u00a0₽ now.")
        assert isinstance(guest.view, DoneView) and guest.view.figure == Figure("300", "min")
        guest.printed()
        guest.press("home")
        assert isinstance(guest.scene, CardHome)
        client = guest.client(guest.scene.card)
        assert (client.minutes_game, client.minutes_net) == (300, 0)
        assert guest.balance(guest.scene.card) == "400.00"


def test_M10_on_no_nothing_is_booked() -> None:
    with visitor() as guest:
        money(guest, 500)
        before = guest.venue.ledger.seq
        guest.press("buy_minutes", "package:game-60", "no")
        assert isinstance(guest.scene, PackageChoice)
        guest.press("back")
        assert isinstance(guest.scene, CardHome)
        guest.press("buy_minutes", "package:game-60")
        guest.wait(60)
        assert guest.venue.ledger.seq == before


def test_M11_only_minutes_of_that_kind_grow() -> None:
    with visitor() as guest:
        money(guest, 1000)
        for kind, package in (("game", "game-60"), ("game", "game-60"), ("internet", "net-120")):
            guest.press("buy_minutes", f"kind:{kind}", f"package:{package}", "yes")
            guest.printed()
            guest.press("home")
        assert isinstance(guest.scene, CardHome)
        client = guest.client(guest.scene.card)
        assert (client.minutes_game, client.minutes_net) == (120, 120)
        guest.says("120 minutes")


def test_the_cheapest_minute_of_a_kind_is_marked_and_a_tie_is_not() -> None:
    with visitor() as guest:
        money(guest, 500)
        guest.press("buy_minutes")
        marks = {o.button.id: o.mark for o in choice(guest).options}
        assert marks == {"package:game-60": "", "package:game-300": "best value"}
        notes = [o.note for o in choice(guest).options]
        assert notes == ["2.50\u00a0₽ a minute", "2.00\u00a0₽ a minute"]
        guest.press("kind:internet")
        assert [o.mark for o in choice(guest).options] == [""]
        rows = tuple(Package("", "game", n, rub(2 * n)) for n in (60, 120))
        packages(guest, *rows)
        assert [o.mark for o in choice(guest).options] == ["", ""]


def test_the_price_of_a_minute_is_rounded_half_up() -> None:
    with visitor() as guest:
        money(guest, 50)
        packages(guest, Package("", "game", 7, rub(1)), Package("", "game", 8, rub(1)))
        guest.press("buy_minutes")
        notes = [o.note for o in choice(guest).options]
        assert notes == ["0.14\u00a0₽ a minute", "0.13\u00a0₽ a minute"]


def test_a_balance_that_is_too_small_says_what_is_missing_and_leads_to_a_top_up() -> None:
    with visitor() as guest:
        money(guest, 100)
        guest.press("buy_minutes", "package:game-300")
        view = deal(guest)
        assert view.problem == "500.00\u00a0₽ is missing on the game balance."
        assert view.yes is None
        assert view.other is not None and view.other.id == "top_up"
        guest.tell(Touched("yes", guest.situation.page))
        assert sold(guest) == 0
        guest.press("top_up")
        assert isinstance(guest.scene, TopUp)
        guest.press("leave")
        assert isinstance(guest.scene, PackageDeal)
        guest.press("top_up")
        guest.insert(500)
        guest.press("done")
        guest.printed()
        guest.press("Continue")
        assert isinstance(guest.scene, PackageDeal) and deal(guest).problem == ""
        guest.press("yes")
        assert sold(guest) == 1


def test_C40_points_pay_no_package_and_the_screen_says_so() -> None:
    with visitor() as guest:
        money(guest, 100)
        assert isinstance(guest.scene, CardHome)
        card, client = guest.scene.card, guest.scene.client
        guest.did(IssuePromoCode(client.id, "bonus", 900, reason="gift"), key="promo")
        told = guest.venue.ask(PromoCodes(client.id), guest.now, "cli")[0].code
        guest.did(RedeemPromoCode(card.id, told), actor="guest", key="redeem")
        guest.tell(VenueChanged(guest.venue.ledger.seq))
        guest.press("buy_minutes", "package:game-300")
        said = "Bonus points cannot pay for this. 500.00\u00a0₽ is missing on the game balance."
        assert deal(guest).problem == said


def test_M32_a_package_that_changed_is_shown_anew_and_its_old_page_buys_nothing() -> None:
    with visitor() as guest:
        money(guest, 1000)
        guest.press("buy_minutes", "package:game-60")
        page = guest.situation.page
        now = guest.asked(Packages())
        packages(guest, *(replace(p, price=rub(200)) if p.minutes == 60 else p for p in now))
        assert deal(guest).figure is not None
        guest.says("This package was changed just now. Nothing was charged.", "200.00")
        guest.tell(Touched("yes", page))
        assert sold(guest) == 0
        guest.press("yes")
        assert sold(guest) == 1 and "200.00" in guest.slips[-1]


def test_M32_a_price_that_nobody_told_the_screen_of_is_not_charged() -> None:
    with visitor() as guest:
        money(guest, 1000)
        guest.press("buy_minutes", "package:game-60")
        now = guest.asked(Packages())
        rows = tuple(replace(p, price=rub(200)) if p.minutes == 60 else p for p in now)
        guest.did(SetPackages(rows), key="changed")
        guest.press("yes")
        assert sold(guest) == 0
        guest.says("This package was changed just now", "200.00")
        rest = tuple(p for p in guest.asked(Packages()) if p.minutes != 60)
        guest.did(SetPackages(rest), key="gone")
        guest.press("yes")
        assert sold(guest) == 0 and isinstance(guest.scene, PackageChoice)


def test_without_any_package_there_is_nothing_to_buy() -> None:
    with visitor() as guest:
        money(guest, 1000)
        guest.press("buy_minutes")
        packages(guest)
        assert isinstance(guest.scene, CardHome)
        assert "buy_minutes" not in guest.shown()


def test_a_bare_card_that_spends_much_is_asked_for_its_pin() -> None:
    with visitor() as guest:
        money(guest, 1000, 1000, phone=PHONE)
        for _ in range(2):
            guest.press("buy_minutes", "package:game-300", "yes")
            if isinstance(guest.scene, AskPin):
                break
            guest.printed()
            guest.press("home")
        assert isinstance(guest.scene, AskPin) and sold(guest) == 1
        guest.type("1111")
        guest.press("next")
        guest.says("Wrong PIN. 4 tries left.")
        guest.type(PIN)
        guest.press("next")
        assert isinstance(guest.scene, Done) and sold(guest) == 2
        assert guest.entry.refs["proof"] == "pin"


def test_the_pin_page_leads_back_to_the_package() -> None:
    with visitor() as guest:
        money(guest, 1000, 1000, phone=PHONE)
        guest.press("buy_minutes", "package:game-300", "yes")
        guest.printed()
        guest.press("home", "buy_minutes", "package:game-300", "yes", "back")
        assert isinstance(guest.scene, PackageDeal) and sold(guest) == 1


def test_a_bounced_yes_buys_once() -> None:
    with visitor() as guest:
        money(guest, 1000)
        guest.press("buy_minutes", "package:game-60")
        page = guest.situation.page
        guest.tell(Touched("yes", page), Touched("yes", page))
        assert sold(guest) == 1


def test_many_packages_are_leafed_through_by_arrows() -> None:
    with visitor() as guest:
        money(guest, 1000)
        packages(guest, *(Package("", "game", n * 10, rub(n)) for n in range(1, 13)))
        guest.press("buy_minutes")
        view = choice(guest)
        assert len(view.options) == PAGE and view.pager is not None
        assert view.pager.earlier is None and view.pager.place == "1 to 6 of 12"
        guest.press("More")
        view = choice(guest)
        assert view.options[0].button.id == "package:game-70"
        assert view.pager is not None and view.pager.later is None
        guest.press("package:game-120", "no")
        assert choice(guest).pager == view.pager
        guest.press("Previous")
        assert choice(guest).options[0].button.id == "package:game-10"
        for nonsense in ("from:99", "from:x", "package:none", "kind:tea"):
            guest.tell(Touched(nonsense, guest.situation.page))
            assert choice(guest).options[0].button.id == "package:game-10"


def test_a_card_that_is_blocked_meanwhile_ends_the_journey() -> None:
    with visitor() as guest:
        money(guest, 1000)
        guest.press("buy_minutes", "package:game-60")
        assert isinstance(guest.scene, PackageDeal)
        guest.did(BlockCard(guest.scene.card.id, reason="lost"), key="block")
        guest.tell(VenueChanged(guest.venue.ledger.seq))
        assert isinstance(guest.scene, Problem)
        guest.says("This card is blocked. Its balance is safe.")


def test_a_card_may_be_tapped_in_the_middle() -> None:
    with visitor() as guest:
        money(guest, 1000)
        guest.press("buy_minutes", "package:game-60")
        guest.tap(UID)
        assert isinstance(guest.scene, CardHome)


def test_without_paper_the_minutes_are_there_all_the_same() -> None:
    with visitor() as guest:
        money(guest, 1000)
        guest.tell(PrinterChanged(PRINTER, paper="out"))
        guest.press("buy_minutes", "package:game-60", "yes")
        assert sold(guest) == 1 and isinstance(guest.scene, Problem)
        guest.says("No paper.")
        guest.press("continue")
        assert isinstance(guest.scene, Done)


def test_what_does_not_work_now_is_said_where_it_is_looked_for() -> None:
    with visitor() as guest:
        money(guest, 1000)
        assert guest.buttons()["buy_minutes"].enabled
        guest.situation = replace(
            guest.situation, opening=replace(guest.situation.opening, open=False)
        )
        button = guest.buttons()["buy_minutes"]
        assert not button.enabled and button.why == "The venue is closed now."
        guest.tell(Touched("buy_minutes", guest.situation.page))
        assert isinstance(guest.scene, CardHome)
