"""The welcome screen says by which ways a card is read here, and which of them is away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from kiosk.core.capabilities import DeviceState
from kiosk.core.ids import DeviceId
from kiosk.core.messages import DeviceDown
from kiosk.core.recognition import Rule
from tests.screens.guest.hands import Visitor, visitor

TAP, STRIPE, SCANNER = DeviceId("reader"), DeviceId("stripe"), DeviceId("scanner")
PAPER = Rule("Paper card", "prefix", ("barcode",), "interface", "PDS", pattern="88")


@pytest.fixture
def guest() -> Iterator[Visitor]:
    with visitor() as made:
        yield made


def with_readers(guest: Visitor, *readers: DeviceId, codes: bool = True) -> Visitor:
    """A kiosk with these readers, all of them well; with cards that have a code, or without."""
    at = guest.situation
    others = {d: s for d, s in at.machine.devices.items() if s.role != "reader"}
    devices = others | {reader: DeviceState("reader", True) for reader in readers}
    rules = (*at.venue.rules, PAPER) if codes else at.venue.rules
    guest.situation = replace(
        at,
        machine=replace(at.machine, devices=devices),
        house=replace(at.house, contactless=frozenset({TAP}), scanners=frozenset({SCANNER})),
        venue=replace(at.venue, rules=rules),
    )
    return guest


@pytest.mark.parametrize(
    ("readers", "headline", "told"),
    [
        ((TAP,), "Tap your card", "lit reader below"),
        ((STRIPE,), "Swipe your card", "with the stripe facing you"),
        ((SCANNER,), "Scan your card's code", "Hold the code on the card to the scanner"),
        ((TAP, STRIPE), "Tap your card", "or swipe it with the stripe facing you"),
        ((TAP, SCANNER), "Tap your card", "lit reader below, or its code to the scanner"),
        ((STRIPE, SCANNER), "Swipe your card", "Swipe the card, or hold its code"),
        ((TAP, STRIPE, SCANNER), "Tap your card", "below, swipe it, or scan its code"),
    ],
)
def test_U6_the_welcome_screen_says_which_ways_there_are(
    guest: Visitor, readers: tuple[DeviceId, ...], headline: str, told: str
) -> None:
    with_readers(guest, *readers).says(headline, told)
    guest.press("register")
    guest.says("to register", told)


def test_a_scanner_where_no_card_has_a_code_is_no_way_for_cards(guest: Visitor) -> None:
    with_readers(guest, TAP, SCANNER, codes=False).says("Tap your card")
    assert "scan" not in guest.words()
    guest.tell(DeviceDown(SCANNER, "reader", "gone"))
    assert "Scanning" not in guest.words()
    guest.tell(DeviceDown(TAP, "reader", "gone"))
    guest.says("Cards cannot be read now")
    assert "register" not in guest.shown()


def test_two_readers_of_one_kind_are_one_way_until_both_are_away(guest: Visitor) -> None:
    second = DeviceId("wedge")
    with_readers(guest, STRIPE, second, codes=False).says("Swipe your card")
    guest.tell(DeviceDown(STRIPE, "reader", "gone"))
    guest.says("Swipe your card", "Swiping not available now")
    guest.tell(DeviceDown(second, "reader", "gone"))
    guest.says("Cards cannot be read now")


@pytest.mark.parametrize(
    ("away", "left"),
    [
        (SCANNER, ("Tap your card", "Scanning not available now", "or swipe it")),
        (STRIPE, ("Tap your card", "or its code to the scanner")),
        (TAP, ("Swipe your card", "or hold its code")),
    ],
)
def test_R01_what_is_away_is_said_and_the_other_ways_stay(
    guest: Visitor, away: DeviceId, left: tuple[str, ...]
) -> None:
    with_readers(guest, TAP, STRIPE, SCANNER)
    guest.tell(DeviceDown(away, "reader", "gone"))
    guest.says(*left)


def test_R01_with_the_scanner_alone_cards_are_scanned(guest: Visitor) -> None:
    with_readers(guest, TAP, SCANNER)
    guest.tell(DeviceDown(TAP, "reader", "gone"))
    guest.says("Scan your card's code", "Tapping not available now")
    guest.tell(DeviceDown(SCANNER, "reader", "gone"))
    guest.says("Cards cannot be read now")
