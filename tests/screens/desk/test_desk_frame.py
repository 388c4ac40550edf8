"""The desk's frame: who comes in, what is offered, how one leaves, and what guests see."""

from __future__ import annotations

from kiosk.core.desk.scenes import AtWork, Desk, StaffSignIn
from kiosk.core.messages import AcceptorChanged, CardPresented
from kiosk.core.situation import Welcome
from kiosk.core.staff import SignedIn
from tests.core.guest import ACCEPTOR, READER, rub
from tests.screens.desk.hands import AUDITOR, CASHIER, OWNER, Hands


def test_U4_number_and_pin_open_the_desk(hands: Hands) -> None:
    hands.sign_in(OWNER)
    hands.says("Olga", "Today", "No shift is open")
    assert hands.entry.kind == "staff_signed_in"
    person = hands.asked(SignedIn())
    assert person is not None and person.number == OWNER


def test_wrong_pins_lock_and_are_recorded(hands: Hands) -> None:
    hands.sign_in(CASHIER, "111222")
    for _ in range(4):
        hands.fill("pin", "111222")
        hands.press("next")
    hands.fill("pin", "482915")
    hands.press("next")
    assert isinstance(hands.scene, StaffSignIn)
    assert "staff_locked" in hands.kinds()


def test_nobody_touches_for_two_minutes(hands: Hands) -> None:
    hands.sign_in(OWNER)
    hands.wait(119)
    assert isinstance(hands.scene, Desk)
    hands.wait(2)
    assert isinstance(hands.scene, Welcome)
    assert hands.entry.kind == "staff_signed_out"
    assert hands.asked(SignedIn()) is None


def test_who_was_locked_out_goes_on_where_he_was(hands: Hands) -> None:
    hands.sign_in(OWNER)
    section = hands.view.rail[-1].id  # type: ignore[union-attr]
    hands.press(section)
    page = hands.page
    hands.wait(121)
    hands.sign_in(OWNER)
    assert type(hands.page) is type(page)
    hands.says("You are where you left off.")


def test_somebody_else_begins_anew(hands: Hands) -> None:
    hands.sign_in(OWNER)
    hands.wait(121)
    hands.sign_in(AUDITOR)
    assert hands.desk.person.number == AUDITOR
    hands.silent("You are where you left off.")


def test_a_guests_money_is_settled_before_staff_come(hands: Hands) -> None:
    card = hands.top_up(500)
    staff = ";9900000106=?"
    hands.tell(CardPresented(READER, "magnetic", staff))
    assert isinstance(hands.scene, StaffSignIn)
    assert hands.client(card).wallet == rub(500)
    assert len(hands.slips) == 2  # the registration's, and the receipt for the note
    hands.says("Your card was read")


def test_guests_wait_while_the_cashbox_is_out(hands: Hands) -> None:
    hands.sign_in(OWNER)
    hands.tell(AcceptorChanged(ACCEPTOR, "cassette_out"))
    hands.press("lock")
    assert isinstance(hands.scene, AtWork)
    hands.says("An attendant is working here", "The cashbox is open")
    hands.tap()
    assert isinstance(hands.scene, AtWork)
    hands.press("staff", "back")
    assert isinstance(hands.scene, AtWork), "a guest does not get round it"
    hands.press("staff")
    hands.wait(81)
    assert isinstance(hands.scene, AtWork)
    hands.tell(AcceptorChanged(ACCEPTOR, "disabled"))
    assert isinstance(hands.scene, Welcome)


def test_nothing_is_pressed_while_the_screen_is_cleaned(hands: Hands) -> None:
    hands.sign_in(OWNER)
    page = hands.page
    hands.tell_button("clean")
    assert isinstance(hands.scene, AtWork)
    hands.tell_button("staff")
    assert isinstance(hands.scene, AtWork)
    hands.wait(31)
    assert hands.page == page


def test_who_reads_a_long_list_is_there(hands: Hands) -> None:
    hands.sign_in(OWNER)
    hands.wait(90)
    hands.tell_button("scrolled")
    hands.wait(60)
    assert isinstance(hands.scene, Desk)
