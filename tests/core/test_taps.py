"""The same card told twice within a second is one tap, whichever reader tells it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core import flow
from kiosk.core.ids import DeviceId
from kiosk.core.messages import CardPresented, Effect, Event
from kiosk.core.recognition import Rule
from kiosk.core.situation import CardHome, Problem, Unknown
from kiosk.core.taps import SAME_TAP_S, Tap, again, tap_of
from tests.core.guest import NOW, OTHER_UID, READER, UID, Guest

SECOND = DeviceId("second")
STRIPE = DeviceId("stripe")
TODAY = date(2026, 11, 22)


def tell(guest: Guest, event: Event, after_s: float = 0.0) -> list[Effect]:
    """Exactly so long after the event before."""
    guest.now = guest.now.later(after_s - 0.5)
    return guest.tell(event)


def tapped(reader: DeviceId, uid: str = UID, proof: str = "none") -> CardPresented:
    return CardPresented(reader, "contactless", uid, proof)  # type: ignore[arg-type]


@pytest.mark.parametrize("after_s", [0.0, 0.3, 0.999])
@pytest.mark.parametrize("reader", [READER, SECOND])
def test_U6_E72_one_card_that_two_readers_tell_is_one_tap(
    guest: Guest, reader: DeviceId, after_s: float
) -> None:
    guest.register()
    guest.wait(100)
    guest.tell(tapped(READER))
    assert isinstance(guest.scene, CardHome)
    before = guest.situation
    assert tell(guest, tapped(reader), after_s) == []
    assert replace(guest.situation, machine=before.machine) == before
    # Who looks after the readers sees that both of them read it.
    assert guest.situation.machine.reads[reader].cards >= 1


def test_U6_the_card_that_is_laid_down_again_after_a_second_counts_as_ever(guest: Guest) -> None:
    guest.register()
    guest.wait(100)
    guest.tell(tapped(READER))
    page = guest.situation.page
    tell(guest, tapped(READER), SAME_TAP_S)
    assert guest.situation.page == page + 1 and isinstance(guest.scene, CardHome)


def test_U6_a_reader_that_tells_a_card_all_the_time_does_not_shut_it_out(guest: Guest) -> None:
    guest.register()
    guest.wait(100)
    pages = set()
    for _ in range(9):
        tell(guest, tapped(READER), 0.25)
        pages.add(guest.situation.page)
    assert len(pages) == 3


def test_U6_who_pressed_something_in_between_means_the_next_tap_however_soon(guest: Guest) -> None:
    guest.register()
    guest.printed()
    guest.press("leave")
    guest.wait(1)
    guest.tap()
    assert isinstance(guest.scene, CardHome)
    guest.press("leave")
    tell(guest, tapped(READER), 0.1)
    assert isinstance(guest.scene, CardHome)


def test_U6_another_card_at_once_is_another_tap(guest: Guest) -> None:
    guest.register()
    guest.wait(100)
    guest.tell(tapped(READER))
    tell(guest, tapped(SECOND, OTHER_UID))
    assert isinstance(guest.scene, Unknown)
    tell(guest, tapped(READER))
    assert isinstance(guest.scene, CardHome)


def test_U6_a_strange_card_is_one_stranger_when_two_readers_tell_it(guest: Guest) -> None:
    guest.tell(tapped(READER, OTHER_UID))
    tell(guest, tapped(SECOND, OTHER_UID), 0.1)
    assert len(guest.situation.unknown) == 1


def test_a_tap_behind_the_choice_of_language_is_not_its_own_echo(guest: Guest) -> None:
    guest.register()
    guest.wait(100)
    guest.press("access")
    guest.tell(tapped(READER))
    assert isinstance(guest.scene, CardHome)


def test_what_proves_a_card_counts_behind_what_could_not(guest: Guest) -> None:
    guest.register()
    guest.wait(100)
    guest.tell(tapped(READER))
    page = guest.situation.page
    tell(guest, tapped(SECOND, proof="genuine"), 0.1)
    assert guest.situation.page == page + 1
    tell(guest, tapped(READER), 0.1)
    assert guest.situation.page == page + 1


def test_nobody_comes_in_between_by_a_card_that_was_refused(guest: Guest) -> None:
    guest.register()
    guest.wait(100)
    guest.tell(CardPresented(STRIPE, "magnetic", ";88?"))
    assert isinstance(guest.scene, Problem)
    tell(guest, tapped(READER), 0.1)
    assert isinstance(guest.scene, CardHome)


# --- chip and stripe of one card say different things and mean the same -------------------------

RULES = (
    Rule("chip", "any", ("contactless",), "interface", "PDS"),
    Rule("stripe", "prefix", ("magnetic",), "interface", "PDS", pattern=";", start=1, length=4),
)
CHIP = CardPresented(READER, "contactless", "0477")
OWN_STRIPE, OTHER_STRIPE = (CardPresented(STRIPE, "magnetic", raw) for raw in (";0477?", ";0478?"))


def test_E72_chip_and_stripe_of_one_number_are_one_card() -> None:
    first = tap_of(CHIP, RULES, TODAY, 0.0)
    assert again(first, tap_of(OWN_STRIPE, RULES, TODAY, 0.5))
    assert not again(first, tap_of(OTHER_STRIPE, RULES, TODAY, 0.5))
    assert not again(first, tap_of(OWN_STRIPE, RULES, TODAY, SAME_TAP_S))


def test_E72_the_same_number_of_another_kind_is_another_card() -> None:
    kinds = (RULES[0], replace(RULES[1], scope="entrance_card", object="table"))
    assert not again(tap_of(CHIP, kinds, TODAY, 0.0), tap_of(OWN_STRIPE, kinds, TODAY, 0.1))


def test_cards_that_no_rule_knows_are_told_apart_by_what_was_read() -> None:
    first = tap_of(CHIP, (), TODAY, 0.0)
    assert again(first, tap_of(replace(CHIP, device=SECOND), (), TODAY, 0.1))
    assert not again(first, tap_of(OWN_STRIPE, (), TODAY, 0.1))


@given(st.text(), st.floats(0, 0.99), st.booleans())
def test_nothing_that_was_read_stands_in_what_is_kept(raw: str, gap_s: float, known: bool) -> None:
    rules = RULES if known else ()
    taps = [tap_of(CardPresented(READER, "contactless", raw), rules, TODAY, t) for t in (0, gap_s)]
    assert again(*taps)
    assert not again(None, taps[0])
    assert repr(taps[0]) == repr(Tap(0, "", "", False))


def test_a_closed_kiosk_keeps_nothing_of_a_card(guest: Guest) -> None:
    shut = flow.close(guest.situation)
    assert flow.step(shut, CHIP, guest.venue, NOW) == (shut, ())
