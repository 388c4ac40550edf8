"""The roll of a printer that does not feel its end coming, at the desk."""

from __future__ import annotations

import pytest

from kiosk.core.messages import PrinterChanged, PrintSlip, RollTold, SlipPrinted
from tests.core.guest import PRINTER
from tests.screens.desk.hands import CASHIER, Hands


@pytest.fixture
def at_printer(hands: Hands) -> Hands:
    hands.tell(RollTold(PRINTER, 60_000))
    hands.sign_in()
    hands.go("devices")
    hands.press(f"device:{PRINTER}")
    return hands


def page_printed(hands: Hands, paper_mm: int) -> None:
    hands.press("test_page")
    job = next(e.job for e in reversed(hands.effects) if isinstance(e, PrintSlip))
    hands.tell(SlipPrinted(PRINTER, job, paper_mm))


def test_P01_what_is_left_is_shown_and_that_it_is_predicted(at_printer: Hands) -> None:
    hands = at_printer
    hands.says("Left on the roll, as counted", "about 60 of 60 m", "enough")
    page_printed(hands, 11_500)
    hands.says("about 48 of 60 m")
    page_printed(hands, 45_000)
    hands.says("about 3 of 60 m", "Paper is running low", "running low, as counted", "predicted")
    hands.press("new_roll")
    hands.says("A new roll is in; counting begins anew.", "about 60 of 60 m", "enough")
    hands.silent("Paper is running low, as")
    assert hands.entry.refs == {"what": "new_roll", "device": PRINTER}
    assert hands.entry.actor.startswith("staff:")
    page_printed(hands, 70_000)
    hands.says("about 0 of 60 m")


def test_what_a_sensor_says_is_not_called_predicted(at_printer: Hands) -> None:
    hands = at_printer
    hands.tell(PrinterChanged(PRINTER, "low"))
    hands.says("Paper is running low")
    hands.silent("predicted")


def test_where_nothing_is_counted_there_is_no_roll(hands: Hands) -> None:
    hands.sign_in()
    hands.go("devices")
    hands.press(f"device:{PRINTER}")
    hands.silent("Left on the roll", "New roll")
    before = hands.venue.ledger.seq
    hands.tell_button("new_roll")
    assert hands.venue.ledger.seq == before


def test_a_new_roll_is_told_by_who_may_see_to_devices(hands: Hands) -> None:
    hands.tell(RollTold(PRINTER, 60_000))
    hands.sign_in(CASHIER)
    if "section:devices" in hands.pressable():
        hands.go("devices")
        hands.press(f"device:{PRINTER}")
        assert "new_roll" not in hands.pressable()
    before = hands.venue.ledger.seq
    hands.tell_button("new_roll")
    assert hands.venue.ledger.seq == before
