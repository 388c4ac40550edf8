"""Guests who press whatever there is: nothing is lost, booked twice, or printed for a stranger."""

from __future__ import annotations

import logging
from collections import Counter

import pytest

from tests.core.guest import DEMO, PHONE
from tests.screens.guest.paying_hands import LADDER, payer
from tests.screens.guest.visiting import ENTRANCE, ENTRANCE_1000, NO_FLOATING, PLAIN, TABLE
from tests.screens.guest.wandering import Wanderer

ENTRANCE_500 = ";6104821?"
PREPAID = (ENTRANCE, ENTRANCE_1000, ENTRANCE_500)
VENUES = {
    "club": (DEMO + LADDER, (TABLE,), "bar"),
    "centre": (PLAIN, PREPAID, "restaurant"),
    "no floating": (NO_FLOATING, PREPAID, "restaurant"),
}


def _wandered(venue: str, seed: int, steps: int, caplog: pytest.LogCaptureFixture) -> Wanderer:
    text, stripes, till = VENUES[venue]
    with payer(text) as guest:
        guest.register(phone=PHONE, name="anna")
        guest.print_out()
        guest.press("leave")
        wanderer = Wanderer(guest, seed, stripes, till)
        try:
            for _ in range(steps):
                wanderer.step()
            wanderer.audit()
        except Exception:
            # What led there is worth more than where it ended.
            print(f"{venue}, seed {seed}:", *wanderer.story[-40:], sep="\n")
            raise
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []
    return wanderer


@pytest.mark.parametrize("venue", ["club", "centre"])
def test_whatever_is_pressed_and_happens_the_money_is_where_it_belongs(
    venue: str, caplog: pytest.LogCaptureFixture
) -> None:
    _wandered(venue, 20, 100, caplog)


@pytest.mark.slow
@pytest.mark.parametrize("venue", VENUES)
def test_for_long_whatever_is_pressed_and_happens_the_money_is_where_it_belongs(
    venue: str, caplog: pytest.LogCaptureFixture
) -> None:
    scenes: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for seed in range(20):
        gone = _wandered(venue, seed, 400, caplog)
        scenes += gone.scenes
        kinds += gone.entries
    met = {"AtTerminal", "BeingChecked", "AskPin", "TopUp", "Erase", "ReceiptCode"}
    assert met <= scenes.keys()
    assert {"note_settled", "payment_approved", "package_sold", "visit_calculated"} <= kinds.keys()
