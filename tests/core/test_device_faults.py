"""The catalogue of faults as docs/devices.md prints it."""

from __future__ import annotations

from typing import get_args

import pytest

from kiosk.core.capabilities import fault_of
from kiosk.core.device_faults import MACHINE, REMEDIES
from kiosk.core.fault_signs import SIGNS, FaultWord, exact
from kiosk.core.messages import CareWord
from tests.core.fault_table import PAGE, STATES, guest_reads, whole


def test_the_page_of_devices_has_the_catalogue_as_it_is() -> None:
    text = PAGE.read_text("utf-8")
    assert whole(text) == text, "python -m tests.core.fault_table writes it anew"


def test_each_state_tells_the_fault_of_its_word() -> None:
    for word, state in STATES.items():
        assert fault_of(state) == word


@pytest.mark.parametrize("word", get_args(FaultWord))
def test_guests_read_of_what_is_severe_or_nothing_depends_on_it(word: FaultWord) -> None:
    remedy = REMEDIES[word]
    for role in remedy.roles:
        # Two notes at once, a lever that is down: over before anybody would have to be told.
        quiet = role in ("hopper", "lights", "speech", "switches", "contacts")
        quiet = quiet or word in ("paused", "coins_lever") or word.startswith("fiscal_")
        assert guest_reads(word, role) or quiet or not remedy.severe


def test_everything_that_may_be_wrong_with_the_machine_stands_there() -> None:
    """Each is made and ends in tests/test_care.py; `space_low` in tests/core/test_top_up.py."""
    assert set(MACHINE) == {*get_args(CareWord), "space_low"}


def test_words_that_nobody_knows_leave_a_fault_as_it_was_told() -> None:
    for word in SIGNS:
        assert exact(word, "wharrgarbl") == word
