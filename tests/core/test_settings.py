"""The venue's settings: imported whole, imported again, and what is gone."""

from __future__ import annotations

import pytest

from kiosk.core import venue_file
from kiosk.core.errors import Refused
from kiosk.core.ledger import Entry
from kiosk.core.settings import ChangeSettings, GetVenue, ImportVenue, VenueDocuments
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


# --- one by one ---------------------------------------------------------------------------------


def change(venue: Venue, values: dict[str, object], actor: str = "staff:105") -> str:
    command = ChangeSettings(values)
    done = venue.do(command, actor=actor, key=f"{venue.ledger.seq}{values}", now=NOW)
    return str(done) if isinstance(done, Refused) else done.kind


def test_what_is_not_named_stays(venue: Venue) -> None:
    before = venue.ask(VenueDocuments(), NOW)
    assert change(venue, {"cash": {"top_up_max": "999.50"}}) == "settings_changed"
    after = venue.ask(VenueDocuments(), NOW)
    changed = {
        n for n in after["settings"][0] if after["settings"][0][n] != before["settings"][0][n]
    }
    assert changed == {"top_up_max"} and after["settings"][0]["top_up_max"] == 99950
    assert {t: d for t, d in after.items() if t != "settings"} == {
        t: d for t, d in before.items() if t != "settings"
    }


def test_what_was_changed_is_what_a_file_would_have_set(venue: Venue) -> None:
    assert change(venue, {"venue": {"name": "Sputnik"}, "menu": []}) == "settings_changed"
    changed = venue.ask(VenueDocuments(), NOW)
    start, end = DEMO.index("[[menu]]"), DEMO.index("# Minutes sold in advance")
    text = (DEMO[:start] + DEMO[end:]).replace("Orbit Club", "Sputnik")
    assert changed == venue_file.parse(text).documents
    assert key(bring(venue, text, "same")) == "err.nothing_changed"


def test_a_setting_goes_back_to_what_it_is_by_itself(venue: Venue) -> None:
    assert change(venue, {"rights": {"void": ["owner"]}}, "staff:106") == "settings_changed"
    assert venue.books(NOW).settings()["rights"] == {"void": ["owner"]}
    assert change(venue, {"rights": {"void": None}}, "staff:106") == "settings_changed"
    assert venue.books(NOW).settings()["rights"] == {}


def test_a_store_of_before_has_nothing_of_the_later_sections(venue: Venue) -> None:
    kept = venue.books(NOW).settings()
    assert "screen" not in kept and "slips" not in kept
    assert change(venue, {"slips": {"head": "Main Street 1"}}) == "settings_changed"
    assert venue.books(NOW).settings()["slips"] == {"head": "Main Street 1"}
    assert 'head = "Main Street 1"' in venue_file.write(venue.ask(VenueDocuments(), NOW))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"venue": {"name": ""}}, "err.settings_wrong"),
        ({"venue": {"nonsense": 1}}, "err.settings_wrong"),
        ({"venue": {"currency": "EUR"}}, "err.other_currency"),
        ({"venue": "all"}, "err.settings_wrong"),
        ({"cash": {"top_up_max": 0.5}}, "err.not_whole"),
        ({"cash": {"top_up_max": -1}}, "err.settings_wrong"),
        ({"menu": "all"}, "err.settings_wrong"),
        ({"menu": [{"id": "tea"}]}, "err.settings_wrong"),
        ({"tariffs": []}, "err.settings_wrong"),
        ({"staff": []}, "err.settings_elsewhere"),
        ({"packages": []}, "err.settings_elsewhere"),
        ({"nothing": {}}, "err.settings_elsewhere"),
        ({}, "err.nothing_changed"),
        ({"venue": {"accent": "#111111"}}, "err.setting_faint"),
        ({"rights": {"void": ["manager"]}}, "err.owner_only"),
    ],
)
def test_what_cannot_be_changes_nothing(venue: Venue, values: dict[str, object], told: str) -> None:
    before = venue.ask(VenueDocuments(), NOW)
    assert change(venue, values).split()[0] == told
    assert venue.ask(VenueDocuments(), NOW) == before and venue.ledger.seq == 1


def test_an_accent_that_cannot_be_read_is_refused_with_the_nearest_that_can(venue: Venue) -> None:
    told = change(venue, {"venue": {"accent": "#7A0019"}})
    assert told.startswith("err.setting_faint") and "#7A0019" in told
    nearest = told.split()[-1].strip("'})").rpartition("#")[2]
    change(venue, {"venue": {"accent": f"#{nearest}"}})
    assert venue.ask(GetVenue(), NOW).accent == f"#{nearest}"


def test_the_command_line_and_tills_have_the_file_for_it(venue: Venue) -> None:
    for actor in ("cli", "kiosk", "guest", "till:bar", "staff:101"):
        assert change(venue, {"venue": {"name": "X"}}, actor) == "err.not_allowed"
