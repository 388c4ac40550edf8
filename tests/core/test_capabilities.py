"""What is offered, given what the devices last said."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from kiosk.core import capabilities
from kiosk.core.capabilities import DeviceState, Machine, told
from kiosk.core.ids import DeviceId
from kiosk.core.messages import (
    AcceptorChanged,
    AcceptorState,
    DeviceDown,
    DeviceUp,
    PrinterChanged,
    SpaceChanged,
)

READER, STRIPE = DeviceId("reader"), DeviceId("stripe")
ACCEPTOR, PRINTER = DeviceId("acceptor"), DeviceId("printer")


def machine(*events: Any) -> Machine:
    made = Machine(
        {
            READER: DeviceState("reader", True),
            STRIPE: DeviceState("reader", True),
            ACCEPTOR: DeviceState("acceptor", True),
            PRINTER: DeviceState("printer", True),
        }
    )
    for event in events:
        made = told(made, event)
    return made


def of(*events: Any) -> capabilities.Capabilities:
    return capabilities.of(machine(*events), frozenset({READER}))


def test_all_is_well() -> None:
    assert of() == capabilities.Capabilities("", "", "", True, True)


def test_what_was_never_declared_is_none() -> None:
    nothing = capabilities.of(Machine({}), frozenset())
    assert nothing == capabilities.Capabilities(None, None, None, False, False)


def test_what_was_never_tried_does_not_work_yet() -> None:
    untried = {READER: DeviceState("reader"), ACCEPTOR: DeviceState("acceptor")}
    found = capabilities.of(Machine(untried), frozenset({READER}))
    assert (found.cash, found.reading) == ("off", "off")


CASH = {
    "cassette_full": "full",
    "cassette_out": "closed",
    "jammed_validator": "jammed",
    "jammed_cassette": "jammed",
    "cheated": "closed",
    "failed": "closed",
    "wrong_currency": "closed",
}


@pytest.mark.parametrize("state", get_args(AcceptorState))
def test_N05_cash_by_the_acceptors_state(state: AcceptorState) -> None:
    assert of(AcceptorChanged(ACCEPTOR, state)).cash == CASH.get(state, "")


@pytest.mark.parametrize(
    ("event", "receipts"),
    [
        (PrinterChanged(PRINTER, "low"), ""),
        (PrinterChanged(PRINTER, "out"), "paper_out"),
        (PrinterChanged(PRINTER, cover_open=True), "cover_open"),
        (PrinterChanged(PRINTER, error="cutter"), "error"),
        (DeviceDown(PRINTER, "printer", "no answer"), "off"),
    ],
)
def test_P01_to_P04_receipts_by_the_printers_state(event: object, receipts: str) -> None:
    assert of(event).receipts == receipts
    assert of(event).cash == "", "a printer never stops money"


def test_a_device_that_comes_back_has_forgotten_what_was_wrong() -> None:
    jam = AcceptorChanged(ACCEPTOR, "jammed_validator", "sticks")
    assert of(jam, DeviceUp(ACCEPTOR, "acceptor")).cash == ""
    assert of(DeviceDown(ACCEPTOR, "acceptor", "gone")).cash == "off"


def test_one_reader_of_two_is_enough() -> None:
    found = of(DeviceDown(READER, "reader", "gone"))
    assert (found.reading, found.contactless, found.stripe) == ("", False, True)
    none = of(DeviceDown(READER, "reader", "gone"), DeviceDown(STRIPE, "reader", "gone"))
    assert (none.reading, none.contactless, none.stripe) == ("off", False, False)


def test_a_full_disk_closes_cash_alone() -> None:
    assert of(SpaceChanged(True)).cash == "space"
    assert of(SpaceChanged(True)).reading == ""
    assert of(SpaceChanged(True), SpaceChanged(False)).cash == ""
