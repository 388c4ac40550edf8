"""A scanner: the slip of a lost card, cards with a code, and codes that nobody asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from kiosk.core import recovery_codes
from kiosk.core.guest.lost import BlockNow, Holder, NewCard
from kiosk.core.ids import DeviceId
from kiosk.core.messages import CardPresented, CardRefused, Effect
from kiosk.core.recognition import Rule
from kiosk.core.situation import CardHome, Problem, Registering, TapToRegister, Welcome
from tests.core.guest import UID
from tests.screens.guest.hands import Visitor, visitor
from tests.screens.guest.walk_lost import NEW_UID, card_of, code_on_slip, holder

SCANNER = DeviceId("scanner")
WRONG = "A" * recovery_codes.CHARACTERS
RECEIPT = "t=20261122T1500&s=1500.00&fn=9999078900012345&i=1&fp=1234567890&n=1"
NUMBERS = Rule("Paper card", "prefix", ("barcode",), "interface", "PDS", pattern="88", length=8)


@pytest.fixture
def guest() -> Iterator[Visitor]:
    with visitor() as made:
        yield made


def scan(guest: Visitor, text: str) -> list[Effect]:
    guest.wait(1)
    return guest.tell(CardPresented(SCANNER, "barcode", text))


def owner(guest: Visitor) -> str:
    """Somebody who has a card, money and a slip; nobody is here."""
    holder(guest)
    return code_on_slip(guest)


@pytest.mark.parametrize("steps", [("lost_card",), ("lost_card", "code"), ()])
def test_G12_the_slip_of_a_lost_card_is_scanned_instead_of_typed(
    guest: Visitor, steps: tuple[str, ...]
) -> None:
    code = owner(guest)
    guest.press(*steps)
    scan(guest, code)
    assert isinstance(guest.scene, BlockNow)
    guest.press("block_now")
    assert card_of(guest, UID).state == "lost"
    scan(guest, code)  # still in front of the scanner: it is no card
    assert isinstance(guest.scene, NewCard) and guest.scene.refused is None
    guest.tap(NEW_UID)
    guest.press("yes")
    assert card_of(guest, NEW_UID).state == "active"


def test_G12_a_slip_in_small_letters_and_groups_is_the_same(guest: Visitor) -> None:
    code = owner(guest)
    guest.press("lost_card")
    scan(guest, recovery_codes.shown(code).lower())
    assert isinstance(guest.scene, BlockNow)


def test_C32_the_slip_proves_who_takes_another_card(guest: Visitor) -> None:
    code = owner(guest)
    guest.tap()
    guest.press("more", "move")
    scan(guest, code)
    assert isinstance(guest.scene, NewCard) and not guest.scene.lost


def test_a_wrong_slip_counts_as_a_wrong_answer(guest: Visitor) -> None:
    owner(guest)
    guest.press("lost_card")
    for tries in range(1, 5):
        scan(guest, WRONG)
        assert isinstance(guest.scene, Holder) and guest.scene.tries == tries
    scan(guest, WRONG)
    assert isinstance(guest.scene, Problem) and guest.scene.key == "err.proof_desk"


def test_of_a_scanned_slip_nothing_stands_in_a_repr(guest: Visitor) -> None:
    code = owner(guest)
    guest.press("lost_card")
    scan(guest, code)
    assert code not in repr(guest.situation)
    guest.press("leave")
    guest.press("lost_card")
    scan(guest, WRONG)
    assert WRONG not in repr(guest.situation)


# --- codes at a wrong place ----------------------------------------------------------------------


def places(guest: Visitor) -> Iterator[str]:
    """Where a guest may stand when somebody holds a code in front of the scanner."""
    guest.tap()
    yield "home"
    guest.press("top_up")
    yield "money"
    guest.press("leave")
    guest.press("leave")
    guest.press("register")
    guest.tap(NEW_UID)
    yield "registering"
    guest.press("agree")
    yield "registering, further"
    guest.press("leave")
    guest.press("lost_card")
    yield "lost card"


@pytest.mark.parametrize("code", [RECEIPT, "4601234567893", "-", WRONG])
def test_a_code_at_a_wrong_place_moves_nobody(guest: Visitor, code: str) -> None:
    owner(guest)
    for place in places(guest):
        if place == "lost card" and code == WRONG:
            continue
        head, before = guest.venue.ledger.head, guest.situation
        scan(guest, code)
        assert guest.scene == before.scene and guest.situation.page == before.page, place
        assert guest.venue.ledger.head == head
        guest.tell(CardRefused(SCANNER, "barcode", "unreadable"))
        assert guest.scene == before.scene and guest.situation.page == before.page, place
        assert guest.situation.unknown == before.unknown, "nobody tries cards"


def test_a_code_that_is_no_text_is_none_of_ours_either(guest: Visitor) -> None:
    guest.tell(CardRefused(SCANNER, "barcode", "unreadable"))
    assert isinstance(guest.scene, Problem) and guest.scene.key == "err.not_ours"


def test_a_code_where_nobody_is_says_that_it_is_none_of_ours(guest: Visitor) -> None:
    head = guest.venue.ledger.head
    for scene in (Welcome, TapToRegister):
        if scene is TapToRegister:
            guest.press("register")
        scan(guest, RECEIPT)
        assert isinstance(guest.scene, Problem) and guest.scene.key == "err.not_ours"
        guest.press("leave")
    assert (guest.venue.ledger.head, guest.situation.unknown) == (head, ())


def test_a_scanned_slip_is_of_no_use_on_anybody_elses_page(guest: Visitor) -> None:
    code = owner(guest)
    guest.register(NEW_UID)
    guest.printed()
    before = guest.situation
    scan(guest, code)
    assert guest.scene == before.scene


# --- cards with a code -------------------------------------------------------------------------


def test_E71_E72_a_card_with_a_bar_code_is_a_card(guest: Visitor) -> None:
    rules = (*guest.situation.venue.rules, NUMBERS)
    guest.situation = replace(guest.situation, venue=replace(guest.situation.venue, rules=rules))
    scan(guest, "88001234")
    guest.press("register", "agree")
    assert isinstance(guest.scene, Registering)
    guest.press("without_phone", "next")
    guest.printed()
    assert card_of(guest, "88001234").state == "active"
    guest.press("leave")
    scan(guest, "88001234")
    assert isinstance(guest.scene, CardHome)
    guest.press("top_up")
    page = guest.situation.page
    scan(guest, "88001234")
    assert guest.situation.page == page
