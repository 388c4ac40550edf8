"""What is offered, given what the devices last said."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core import capabilities
from kiosk.core.capabilities import (
    NEEDS,
    OFFERS,
    REASONS,
    TAKES_MONEY,
    DeviceState,
    Machine,
    Works,
    blocked,
    offers,
    told,
)
from kiosk.core.ids import DeviceId
from kiosk.core.messages import (
    AcceptorChanged,
    AcceptorState,
    DeviceDown,
    DeviceUp,
    FiscalStatus,
    PrinterChanged,
    SpaceChanged,
)
from kiosk.core.sentences import SENTENCES
from tests.core.capability_table import PAGE, VALUES, WELL, page

READER, STRIPE = DeviceId("reader"), DeviceId("stripe")
ACCEPTOR, PRINTER = DeviceId("acceptor"), DeviceId("printer")
TERMINAL, FISCAL = DeviceId("terminal"), DeviceId("fiscal")


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
    assert of() == capabilities.Capabilities("", "", "", True, True, notes="")


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


# --- the table of offers -------------------------------------------------------------------------

WORDS = {key.removeprefix("why.") for key in SENTENCES if key.startswith("why.")}
LAW_HAS_ITS_PLACE: dict[str, Callable[[Works], bool]] = {
    "": lambda works: True,
    "paper": lambda works: works.printer == "",
    "fiscal": lambda works: works.fiscal == "",
}


@pytest.mark.slow
def test_every_combination_of_faults() -> None:
    """What is refused says why; money needs the books and the law's receipt."""
    reached: set[str] = set()
    for values in itertools.product(*VALUES.values()):
        works = Works(*values)  # type: ignore[arg-type]
        found = offers(works)
        reached.update(found.values())
        money = not all(found[offer] for offer in TAKES_MONEY)
        if money:
            assert works.books == "" and LAW_HAS_ITS_PLACE[works.receipt](works), works
            assert not blocked(works), works
        if works.receipt == works.hours == "" and works.shift in ("", None):
            cash = works.acceptor == works.space == works.power == works.books == ""
            assert (found["top_up_cash"] == "") is cash, works
    assert reached == WORDS | {""}, "each reason is reached, and each has its sentence"


def _worse(field: str, value: str | None) -> tuple[str | None, ...]:
    """What a field may become when one thing more fails."""
    if value == "":
        return VALUES[field][1:]
    if field in ("fiscal", "shift") and value is None:
        return tuple(v for v in VALUES[field] if v)
    return ()


@given(st.builds(Works, **{f: st.sampled_from(v) for f, v in VALUES.items()}))
def test_one_fault_more_never_offers_more(works: Works) -> None:
    before = offers(works)
    for field in VALUES:
        if field == "shift" and works.shift == "":
            continue  # a kiosk that needs no shift lacks nothing
        for worse in _worse(field, getattr(works, field)):
            after = offers(replace(works, **{field: worse}))
            gained = [offer for offer in OFFERS if before[offer] and not after[offer]]
            assert gained == [], f"{field} {worse!r} of {works}"


def test_every_offer_and_every_field_is_in_the_table() -> None:
    assert tuple(NEEDS) == OFFERS
    needed = {need for needs in NEEDS.values() for need in needs}
    assert needed == {*REASONS, "law"}
    assert [f.name for f in fields(Works)] == list(VALUES)
    assert offers(WELL) == dict.fromkeys(OFFERS, "")
    assert offers(Works())["top_up_bank_card"] == "no_terminal"


def test_when_the_venue_is_closed_a_guest_can_settle_and_nothing_begins() -> None:
    found = offers(replace(WELL, hours="closed"))
    refused = {offer for offer, reason in found.items() if reason == "closed"}
    begins = {"register", "top_up_cash", "top_up_bank_card", "visit_open", "buy_minutes", "session"}
    assert refused == begins
    assert not any(found[offer] for offer in set(OFFERS) - begins)


def test_E82_the_kiosk_blocks_itself_and_opens_when_every_reason_has_gone() -> None:
    well = replace(WELL, receipt="paper")
    faults: list[dict[str, Any]] = [
        {"shift": "too_long"},
        {"printer": "paper_low"},
        {"printer": "paper_out"},
        {"printer": "error"},
        {"receipt": "fiscal", "fiscal": "shift_too_long"},
    ]
    words = ["shift_too_long", "paper_low", "paper_out", "printer_error", "fiscal_shift_too_long"]
    for fault, word in zip(faults, words, strict=True):
        assert blocked(replace(well, **fault)) == (word,)
    both = replace(well, shift="too_long", printer="paper_out")
    assert blocked(both) == ("shift_too_long", "paper_out")
    one = replace(both, printer="")
    assert blocked(one) == ("shift_too_long",)
    assert all(offers(one)[offer] for offer in TAKES_MONEY), "one reason is enough"
    assert blocked(replace(one, shift="")) == ()
    assert not any(offers(replace(one, shift=""))[offer] for offer in TAKES_MONEY)


def test_E82_without_a_law_no_printer_stops_money() -> None:
    for printer in VALUES["printer"]:
        works = replace(WELL, printer=printer)
        assert blocked(works) == ()
        assert not any(offers(works)[offer] for offer in TAKES_MONEY)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((), {}),
        ((PrinterChanged(PRINTER, "low"),), {"printer": "paper_low"}),
        ((PrinterChanged(PRINTER, "out"),), {"printer": "paper_out"}),
        ((DeviceDown(READER, "reader", "gone"),), {}),
        (
            (DeviceDown(READER, "reader", "gone"), DeviceDown(STRIPE, "reader", "gone")),
            {"reader": "off"},
        ),
        (
            (SpaceChanged(True), AcceptorChanged(ACCEPTOR, "jammed_cassette")),
            {"space": "low", "acceptor": "jammed"},
        ),
    ],
)
def test_what_works_is_what_the_devices_said(
    events: tuple[object, ...], expected: dict[str, str]
) -> None:
    assert capabilities.works(machine(*events)) == replace(Works(), **expected)  # type: ignore[arg-type]


def test_what_else_works_is_told() -> None:
    made = capabilities.works(
        Machine({}),
        shift="none",
        network="down",
        clock_synced=False,
        open_now=False,
        books_failed=True,
        receipt="fiscal",
    )
    none: dict[str, Any] = {"reader": None, "acceptor": None, "printer": None}
    told: dict[str, Any] = {"shift": "none", "network": "down"}
    wrong: dict[str, Any] = {"clock": "free", "hours": "closed", "books": "failed"}
    assert made == Works(**none, **told, **wrong, receipt="fiscal")


@pytest.mark.parametrize(
    ("events", "terminal", "fiscal"),
    [
        ((DeviceUp(TERMINAL, "payment"), DeviceUp(FISCAL, "fiscal")), "", ""),
        ((DeviceUp(TERMINAL, "payment"), DeviceDown(FISCAL, "fiscal", "gone")), "", "off"),
        ((DeviceDown(TERMINAL, "payment", "gone"), FiscalStatus(FISCAL, "open", 7)), "off", ""),
        ((FiscalStatus(FISCAL, "expired", 7),), None, "shift_too_long"),
        ((FiscalStatus(FISCAL, "expired", 7), FiscalStatus(FISCAL, "closed", 7)), None, ""),
    ],
)
def test_F01_the_terminal_and_the_fiscal_device_say_how_they_are(
    events: tuple[object, ...], terminal: str | None, fiscal: str | None
) -> None:
    made = capabilities.works(machine(*events))
    assert (made.terminal, made.fiscal) == (terminal, fiscal)
    law = replace(WELL, fiscal=made.fiscal, receipt="fiscal")
    assert bool(blocked(law)) == (fiscal != "")


def test_the_page_is_the_table() -> None:
    """When this fails: .venv/bin/python -m tests.core.capability_table writes it anew."""
    assert PAGE.read_text("utf-8") == page()
