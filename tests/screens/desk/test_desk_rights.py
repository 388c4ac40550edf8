"""Who stands at the desk, and what that person may, at every moment: both may change meanwhile."""

from __future__ import annotations

import pytest

from kiosk.core.desk.scenes import AtWork, Desk, StaffSignIn
from kiosk.core.messages import AcceptorChanged, CardPresented, VenueChanged
from kiosk.core.shifts import OpenShift
from kiosk.core.situation import Access, Welcome
from kiosk.core.staff import AddStaff, ChangeStaff, SetStaffPin, SignedIn
from tests.core.guest import ACCEPTOR, DEMO, READER, rub
from tests.screens.desk import players
from tests.screens.desk.hands import CASHIER, OWNER, STAFF_PIN, Hands, attendant

STAFF_CARD = ";9900000106=?"
QUINN = "77"
SECTIONS = ("today", "clients", "visits", "cards", "minutes", "cash", "reports", "audit")


def quinn(hands: Hands) -> None:
    """A second owner, who is at the desk."""
    hands.did(AddStaff(QUINN, "Quinn", "owner"), key="quinn")
    hands.did(SetStaffPin(QUINN, STAFF_PIN), key="quinn:pin")
    hands.pins.add(QUINN)


def becomes(hands: Hands, role: str) -> None:
    """Somebody changes the role of the second owner elsewhere."""
    change = ChangeStaff(QUINN, "Quinn", role)  # type: ignore[arg-type]
    hands.did(change, key=f"{role}:{hands.venue.ledger.seq}")


def shows_a_card(hands: Hands) -> None:
    hands.tell(CardPresented(READER, "magnetic", STAFF_CARD))


def heard(hands: Hands) -> None:
    hands.tell(VenueChanged(hands.venue.ledger.seq))


@pytest.mark.parametrize("section", SECTIONS)
def test_whose_rights_change_meanwhile_signs_in_again(hands: Hands, section: str) -> None:
    quinn(hands)
    players.anna(hands)
    hands.sign_in(QUINN)
    hands.go(section)
    becomes(hands, "technician")
    heard(hands)
    assert isinstance(hands.scene, Welcome)
    assert hands.asked(SignedIn()) is None
    hands.sign_in(QUINN)
    assert "section:audit" not in hands.pressable()


@pytest.mark.parametrize("section", ["visits", "cash", "audit"])
def test_a_page_does_not_wait_for_who_may_see_it_no_more(hands: Hands, section: str) -> None:
    quinn(hands)
    hands.sign_in(QUINN)
    hands.go(section)
    hands.wait(121)
    becomes(hands, "technician")
    hands.sign_in(QUINN)
    assert hands.page.section == "today"


def test_a_card_shown_at_the_desk_signs_out_who_was_there(hands: Hands) -> None:
    hands.sign_in(OWNER)
    hands.go("cash")
    shows_a_card(hands)
    assert isinstance(hands.scene, StaffSignIn)
    assert hands.asked(SignedIn()) is None
    hands.wait(90)
    assert isinstance(hands.scene, Welcome)
    hands.sign_in(OWNER)
    assert hands.page.section == "cash", "it waited"


def test_with_the_cashbox_out_a_card_at_the_desk_opens_nothing_to_guests(hands: Hands) -> None:
    hands.sign_in(OWNER)
    hands.tell(AcceptorChanged(ACCEPTOR, "cassette_out"))
    shows_a_card(hands)
    hands.press("back")
    assert isinstance(hands.scene, AtWork)


def test_a_card_under_the_cloth_brings_no_keys_up(hands: Hands) -> None:
    hands.sign_in(OWNER)
    hands.tell_button("clean")
    shows_a_card(hands)
    assert isinstance(hands.scene, AtWork)
    hands.wait(31)
    assert isinstance(hands.scene, Desk)


def test_whose_rights_change_while_the_screen_is_cleaned_signs_in_again(hands: Hands) -> None:
    quinn(hands)
    hands.sign_in(QUINN)
    hands.go("audit")
    hands.tell_button("clean")
    becomes(hands, "technician")
    heard(hands)
    hands.wait(31)
    assert isinstance(hands.scene, Welcome)


def test_the_choice_of_language_keeps_the_desk_open_no_longer(hands: Hands) -> None:
    hands.sign_in(OWNER)
    hands.press("access")
    assert isinstance(hands.scene, Access)
    hands.wait(119)
    assert isinstance(hands.scene, Access)
    hands.wait(2)
    assert isinstance(hands.scene, Welcome)
    assert hands.asked(SignedIn()) is None


def test_a_blind_count_is_not_told_by_a_refusal() -> None:
    with attendant(DEMO.replace("blind_count = false", "blind_count = true")) as hands:
        hands.did(OpenShift(rub(7777), "change"), key="shift")
        hands.sign_in(CASHIER)
        hands.go("cash")
        hands.press("open:withdrawal", "choose:how=sum")
        hands.fill("sum", "9999")
        hands.press("choose:employee=101", "withdrawal")
        hands.says("the till holds less")
        assert "777" not in hands.words()
