"""The venue's settings: imported whole, imported again, and what is gone."""

from __future__ import annotations

import pytest

from kiosk.core import venue_file
from kiosk.core.errors import Refused
from kiosk.core.ledger import Entry
from kiosk.core.settings import GetVenue, ImportVenue
from kiosk.core.store import Store
from kiosk.core.venue import Venue
from tests.core.guest import DEMO, NOW


def bring(venue: Venue, text: str, key: str) -> Entry | Refused:
    return venue.do(ImportVenue(venue_file.parse(text)), actor="cli", key=key, now=NOW)


def key(done: Entry | Refused) -> str:
    return done.key if isinstance(done, Refused) else done.kind


def test_the_settings_are_one_value(venue: Venue) -> None:
    found = venue.ask(GetVenue(), NOW)
    assert (found.name, found.time_zone, found.default_type) == (
        "Orbit Club", "Europe/Moscow", "guest")  # fmt: skip
    assert found.faces == (50, 100, 200, 500, 1000)
    assert str(found.balance_max) == "100000.00"
    assert [r.name for r in found.rules] == [
        "Contactless guest card", "Striped guest card", "Staff card", "Table card"]  # fmt: skip


def test_the_same_file_again_changes_nothing(venue: Venue) -> None:
    assert key(bring(venue, DEMO, "again")) == "err.nothing_changed"
    assert venue.ledger.seq == 1


def test_only_what_differs_is_written(venue: Venue) -> None:
    done = bring(venue, DEMO.replace("Orbit Club", "Sputnik"), "new name")
    assert isinstance(done, Entry)
    assert [(c.table, c.id) for c in done.changes] == [("settings", "venue")]
    assert venue.ask(GetVenue(), NOW).name == "Sputnik"


def test_a_type_that_is_gone_stays_out_of_use_and_a_rule_is_removed(venue: Venue) -> None:
    start = DEMO.index('[[card_types]]\nid = "table"')
    rules = DEMO.index("# Recognition")
    last = DEMO.index('[[rules]]\nname = "Table card"')
    fewer = DEMO[:start] + DEMO[rules:last]
    assert key(bring(venue, fewer, "fewer")) == "venue_imported"
    kept = venue.store.get("card_types", "table")
    assert kept is not None and kept["in_use"] is False
    assert len(venue.ask(GetVenue(), NOW).rules) == 3
    assert key(bring(venue, fewer, "again")) == "err.nothing_changed"
    assert key(bring(venue, DEMO, "back")) == "venue_imported"
    assert venue.ledger.verify() == []


def test_a_store_keeps_its_currency(venue: Venue) -> None:
    done = bring(venue, DEMO.replace('"RUB"', '"EUR"'), "euro")
    assert key(done) == "err.other_currency"


@pytest.mark.parametrize("actor", ["guest", "till:1"])
def test_guests_and_tills_import_nothing(venue: Venue, actor: str) -> None:
    command = ImportVenue(venue_file.parse(DEMO.replace("Orbit Club", "Sputnik")))
    assert key(venue.do(command, actor=actor, key="k", now=NOW)) == "err.not_allowed"


def test_before_the_first_import_there_is_no_venue(venue: Venue) -> None:
    folder = venue.store.path.parent
    made = Venue.create(
        folder / "empty.db", folder / "s.db", kiosk="K2", currency="EUR", simulated=False, now=NOW
    )
    with pytest.raises(Refused, match=r"err\.no_venue"):
        made.ask(GetVenue(), NOW)
    assert isinstance(made.store, Store)
    made.close()
