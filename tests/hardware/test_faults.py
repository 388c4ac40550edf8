"""The catalogue of faults: each made at the wire, told by name, made good, and gone.

A row drives the real driver under its worker against a simulated device, with the whole core
behind. What pretends to be the kernel's part is said in `tests.hardware.fault_rigs`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from kiosk.core import fault_signs
from kiosk.core.device_faults import REMEDIES
from kiosk.core.fault_signs import FaultWord
from kiosk.core.messages import (
    ResetAcceptor,
)
from kiosk.core.sentences import SENTENCES
from tests.core.fault_table import NO_WIRE
from tests.core.guest import DEMO, Guest, make_venue, shelf
from tests.hardware import fault_rows, fault_rows_lines, fault_rows_readers
from tests.hardware.fault_rows import Row

ROWS: list[Row] = [
    *(*fault_rows.NOTES, *fault_rows.TABLES, *fault_rows.COINS, *fault_rows.PRINTERS),
    *(*fault_rows_lines.OFFICES, *fault_rows_lines.LINES, *fault_rows_readers.READERS),
    *fault_rows_readers.OTHERS,
]
# --- the test ------------------------------------------------------------------------------------


@pytest.fixture
def guest() -> Iterator[Guest]:
    with shelf() as folder:
        made = Guest(make_venue(folder, DEMO))
        yield made
        made.venue.close()


def name_of(row: Row) -> str:
    return f"{row.word}"


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_a_fault_is_told_by_its_name_and_is_gone_when_it_is_made_good(
    row: Row, guest: Guest, tmp_path: Path
) -> None:
    rig = row.made(guest, tmp_path)
    try:
        if row.fresh:
            row.break_(rig)
        else:
            rig.until(lambda: rig.works)
            rig.settle()
            assert not rig.reads() & {row.reads}
            row.break_(rig)
        rig.until(lambda: rig.fault == row.word)
        assert row.says in (rig.state.error or rig.state.detail)
        assert row.reads in rig.reads() or not row.reads
        row.mend(rig)
        if REMEDIES[row.word].ends == "start_over":
            rig.do(ResetAcceptor(rig.device))
        rig.until(lambda: rig.works)
        assert row.reads not in rig.reads()
        told = [f for f in guest.situation.machine.faults if f.word == row.word]
        assert told and all(fault.until is not None for fault in told)
    finally:
        rig.close()


def test_every_fault_of_the_catalogue_is_made_at_a_wire_or_said_to_have_none() -> None:
    made = {row.word for row in ROWS}
    assert made | set(NO_WIRE) == set(get_args(FaultWord)) and not made & set(NO_WIRE)
    assert len(made) >= 40
    assert len(NO_WIRE) <= 7


def test_a_sign_that_is_missing_is_found(guest: Guest, tmp_path: Path) -> None:
    """The proof that a row can fail: without its sign the fault is told less exactly."""
    row = next(row for row in ROWS if row.word == "failed_sensors")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(fault_signs, "SIGNS", {})
        with pytest.raises(AssertionError, match="it never came: failed,"):
            test_a_fault_is_told_by_its_name_and_is_gone_when_it_is_made_good(row, guest, tmp_path)


@pytest.mark.parametrize("word", get_args(FaultWord))
def test_every_fault_has_its_words(word: FaultWord) -> None:
    remedy = REMEDIES[word]
    steps = [f"desk.step.{word}.{n}" for n in range(1, remedy.steps + 1)]
    assert {f"desk.fault.{word}", f"desk.cause.{word}", *steps} <= SENTENCES.keys()
    assert remedy.shows and remedy.roles
    base = {found for found, signs in fault_signs.SIGNS.items() for s in signs if s.word == word}
    assert base or word in BY_STATE, f"nothing tells {word}"


BY_STATE = {
    *fault_signs.OFF.values(),
    *fault_signs.ACCEPTOR.values(),
    *fault_signs.COINS.values(),
    *fault_signs.HOPPER.values(),
    *("paper_out", "paper_low", "cover_open", "error", "fiscal_trouble", "fiscal_shift_expired"),
    *("power_fails", "door_open", "tilted"),
}
"""Faults that a state tells, whatever the driver's words."""
