"""The hash of a command: what counts, and what is left out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core import venue_file
from kiosk.core.bills import OrderLine
from kiosk.core.books import command_hash
from kiosk.core.cards import BlockCard
from kiosk.core.cash import HoldNote, SettleNote, VoidNote
from kiosk.core.clients import RegisterCard
from kiosk.core.ledger import digest
from kiosk.core.orders import SaveOrder
from kiosk.core.recognition import Recognised
from kiosk.core.settings import ImportVenue
from tests.core.guest import DEMO, Guest, rub

READ = Recognised("r", "interface", "PDS", "A1")
REGISTER = RegisterCard(READ, "guest", "en", "1", "+79162041234", "7391", "Anna")
ORDER = SaveOrder("7", "c", "Bar", (OrderLine("Tea", 1, rub(100)),))  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [{"phone": ""}, {"pin": "8264"}, {"name": "Boris"}])
def test_personal_data_is_not_part_of_the_hash(change: dict[str, str]) -> None:
    assert command_hash(replace(REGISTER, **change)) == command_hash(REGISTER)


@pytest.mark.parametrize(
    "change",
    [{"type": "vip"}, {"language": "ru"}, {"terms": "2"}, {"read": replace(READ, number="A2")}],
)
def test_everything_else_is(change: dict[str, object]) -> None:
    assert command_hash(replace(REGISTER, **change)) != command_hash(REGISTER)  # type: ignore[arg-type]


def test_a_remark_is_not_part_of_the_hash() -> None:
    for kind in (SettleNote, VoidNote, BlockCard):
        assert command_hash(kind("a/1/1", "one")) == command_hash(kind("a/1/1", "another"))
    assert command_hash(SettleNote("a/1/1")) != command_hash(VoidNote("a/1/1"))  # type: ignore[arg-type]


def test_the_name_the_money_and_each_line_count() -> None:
    line = ORDER.lines[0]
    others = [
        replace(ORDER, order="8"),
        replace(ORDER, place="Grill"),
        replace(ORDER, lines=(replace(line, amount=rub(101)),)),
        replace(ORDER, lines=(line, line)),
        HoldNote("7", rub(100), "c", "Bar"),  # type: ignore[arg-type]
    ]
    hashes = {command_hash(command) for command in (ORDER, *others)}
    assert len(hashes) == 6
    assert command_hash(replace(ORDER)) == command_hash(ORDER)


def test_what_a_later_version_added_counts_only_where_it_is_used() -> None:
    """A till that repeats after an update what it did before it repeats the same command."""
    line = {"text": "Tea", "quantity": 1, "amount": [10_000, "RUB"]}
    before = {"command": "SaveOrder", "order": "7", "card": "c", "place": "Bar", "lines": [line]}
    assert command_hash(ORDER) == digest(before)
    assert command_hash(replace(ORDER, guests=2)) != digest(before)


def test_every_command_can_be_hashed() -> None:
    file = venue_file.parse(DEMO)
    assert command_hash(ImportVenue(file)) == command_hash(ImportVenue(venue_file.parse(DEMO)))


def test_ids_name_the_entry_that_makes_them(guest: Guest) -> None:
    card = guest.register()
    made = next(e for e in guest.venue.ledger.entries() if e.kind == "card_registered")
    assert (card.id, card.client) == (f"K1-1-{made.seq}c", f"K1-1-{made.seq}p")
