"""A11 by touches: each setting says what it does, is typed, confirmed, and is one entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from kiosk.core import colours, venue_file
from kiosk.core.desk.setting_pages import SettingForm, SettingGroup, SettingItems, SettingsHome
from kiosk.core.desk.setting_rows import GROUPS, LISTS, Row
from kiosk.core.errors import Refused
from kiosk.core.money import CURRENCIES
from kiosk.core.sentences import SENTENCES
from kiosk.core.settings import ChangeSettings, GetVenue, VenueDocuments
from kiosk.core.venue_sections import sections
from kiosk.core.venue_values import Wrong
from kiosk.screens import theme
from tests.screens.desk.hands import MANAGER, OWNER, Hands, attendant


@pytest.fixture
def hands() -> Iterator[Hands]:
    with attendant() as made:
        made.sign_in(OWNER)
        made.go("settings")
        yield made


def laid(hands: Hands) -> dict[str, Any]:
    return venue_file.laid_out(hands.venue.ask(VenueDocuments(), hands.now))


def refused(hands: Hands, command: object, number: str) -> str:
    done = hands.venue.do(command, actor=f"staff:{number}", key=f"{command}", now=hands.now)
    assert isinstance(done, Refused)
    return done.key


def open_setting(hands: Hands, group: str, name: str) -> None:
    if not isinstance(hands.page, SettingsHome):
        hands.go("settings")
    hands.press(f"group:{group}")
    place = [row.name for row in GROUPS[group]].index(name)
    hands.press(f"setting:{place}")


def change(hands: Hands, group: str, name: str, text: str) -> None:
    open_setting(hands, group, name)
    hands.fill(name, text)
    hands.press("next", "confirm")


def test_a_change_is_shown_before_and_after_confirmed_and_one_entry(hands: Hands) -> None:
    open_setting(hands, "cash", "top_up_max")
    hands.says("All notes of one top-up together.", "₽")
    hands.fill("top_up_max", "2000.50")
    seq = hands.venue.ledger.seq
    hands.press("next")
    hands.says("Most in one top-up", "15\u202f000.00", "2\u202f000.50")
    assert hands.venue.ledger.seq == seq, "nothing is changed before it is confirmed"
    hands.press("confirm")
    assert hands.venue.ledger.seq == seq + 1
    entry = hands.entry
    assert (entry.kind, entry.actor) == ("settings_changed", "staff:106")
    assert entry.refs == {"settings": "cash.top_up_max"} and entry.postings == ()
    assert [(c.table, c.id) for c in entry.changes] == [("settings", "venue")]
    assert hands.asked(GetVenue()).top_up_max.minor == 200050
    hands.says("Changed. It holds from now on.", "2\u202f000.50")
    assert isinstance(hands.page, SettingGroup)
    assert hands.situation.venue.top_up_max.minor == 200050, "guests meet it at once"


def test_a_new_name_stands_on_the_screen_and_on_the_slip(hands: Hands) -> None:
    open_setting(hands, "venue", "name")
    hands.fill("name", "SPUTNIK")
    hands.press("next", "confirm")
    change(hands, "slips", "head", "INN 77")
    change(hands, "slips", "foot", "BYE")
    hands.press("lock")
    assert hands.view.frame.title == hands.situation.venue.name == "Sputnik"
    hands.register()
    slip = hands.slips[-1]
    assert slip.index("Sputnik") < slip.index("Inn 77") < slip.index("Bye")
    assert slip.count("Inn 77") == 1


def test_going_back_from_the_question_leaves_what_was_typed(hands: Hands) -> None:
    open_setting(hands, "trust", "refunds_per_day_max")
    hands.fill("refunds_per_day_max", "7")
    hands.press("next", "back")
    assert isinstance(hands.page, SettingForm) and hands.page.form["refunds_per_day_max"] == "7"
    hands.press("back")
    assert laid(hands)["trust"]["refunds_per_day_max"] == 3


@pytest.mark.parametrize(
    ("group", "name", "text", "told"),
    [
        ("venue", "name", "", "must not be empty"),
        ("venue", "accent", "FFC5", "six figures"),
        ("venue", "accent", "GGGGGG", "six figures"),
        ("venue", "accent", "202020", "cannot be read"),
        ("cash", "top_up_max", "", "not an amount"),
        ("cash", "top_up_max", "1.505", "not an amount"),
        ("cash", "top_up_max", "0", "smallest note"),
        ("cash", "balance_max", "99999999999999", "Nothing was changed"),
        ("cash", "faces", "", "whole numbers"),
        ("cash", "faces", "50 X", "whole numbers"),
        ("cash", "faces", "0 50", "Nothing was changed"),
        ("cash", "faces", "50 50", "Nothing was changed"),
        ("cash", "hours_max", "0", "from 1 to 72"),
        ("cash", "hours_max", "73", "from 1 to 72"),
        ("cash", "hours_max", "", "not a whole number"),
        ("trust", "second_place_s", "9999999", "from 0 to 1000000"),
        ("phone", "country", "0", "calling code"),
        ("phone", "country", "7777", "calling code"),
        ("phone", "groups", "9 9", "at most 15"),
    ],
)
def test_bad_input_is_told_beside_its_field_and_changes_nothing(
    hands: Hands, group: str, name: str, text: str, told: str
) -> None:
    seq, before = hands.venue.ledger.seq, laid(hands)
    open_setting(hands, group, name)
    hands.fill(name, text)
    hands.press("next")
    if isinstance(hands.page, SettingForm) and hands.page.after is not None:
        hands.press("confirm")
    hands.says(told)
    assert isinstance(hands.page, SettingForm) and hands.page.after is None
    assert hands.venue.ledger.seq == seq and laid(hands) == before


def test_what_is_too_long_cannot_even_be_typed(hands: Hands) -> None:
    open_setting(hands, "venue", "name")
    hands.fill("name", "X" * 210)
    hands.press("next")
    assert isinstance(hands.page, SettingForm) and len(hands.page.form["name"]) == 200


def test_an_accent_must_be_read_on_the_palette_that_is_chosen(hands: Hands) -> None:
    open_setting(hands, "venue", "palette")
    hands.press("choose:palette=day", "next", "confirm")
    hands.says("cannot be read")
    change(hands, "venue", "accent", "8080FF")
    assert laid(hands)["venue"]["accent"] == "#8080FF"


def test_the_contrast_is_that_of_the_screens() -> None:
    for palette, grounds in colours.GROUNDS.items():
        assert grounds == tuple(theme.PALETTES[palette][role] for role in ("ground", "surface"))
    for accent in ("#FFC53D", "#2348D8", "#808080"):
        mine = colours.contrast(accent, "#0F1117")
        assert mine == theme.contrast(theme.rgba(accent), theme.rgba("#0F1117"))


def test_the_desk_has_a_palette_of_its_own(hands: Hands) -> None:
    assert hands.view.frame.palette == "day"
    open_setting(hands, "venue", "desk_palette")
    hands.press("choose:desk_palette=night", "next", "confirm")
    assert hands.view.frame.palette == "night"
    hands.press("lock")
    assert hands.view.frame.palette == ""


def test_guests_are_offered_the_languages_of_the_venue_and_always_the_kiosks(
    hands: Hands,
) -> None:
    house = replace(hands.situation.house, languages=("en", "de", "ru"))
    hands.situation = replace(hands.situation, house=house)
    open_setting(hands, "venue", "languages")
    hands.press("switch:languages.en", "switch:languages.de", "next", "confirm")
    assert laid(hands)["screen"] == {"languages": ["ru"]}
    assert hands.situation.languages == ("en", "ru")


def test_nothing_chosen_is_no_choice(hands: Hands) -> None:
    open_setting(hands, "rights", "void")
    for role in ("administrator", "manager", "owner"):
        hands.press(f"switch:void.{role}")
    hands.press("next")
    hands.says("Choose at least one.")


# --- rights ---------------------------------------------------------------------------------------


def test_only_an_owner_changes_rights_and_keeps_what_mends_the_rest(hands: Hands) -> None:
    open_setting(hands, "rights", "void")
    hands.press("switch:void.cashier", "next", "confirm")
    assert laid(hands)["rights"] == {"void": ["cashier", "administrator", "manager", "owner"]}
    open_setting(hands, "rights", "edit_venue")
    hands.press("switch:edit_venue.owner", "next", "confirm")
    hands.says("the owner keeps this right")
    hands.sign_in(MANAGER)
    hands.go("settings")
    hands.press("group:rights")
    assert not [b for b in hands.pressable() if b.startswith("setting:")]
    command = ChangeSettings({"rights": {"void": ["manager"]}})
    assert refused(hands, command, MANAGER) == "err.owner_only"
    assert refused(hands, ChangeSettings({"staff": []}), OWNER) == "err.settings_elsewhere"


def test_who_gives_away_the_right_to_see_settings_is_led_home(hands: Hands) -> None:
    hands.sign_in(OWNER)
    hands.go("settings")
    open_setting(hands, "rights", "reports")
    hands.press("switch:reports.owner", "next", "confirm")
    assert "owner" not in laid(hands)["rights"]["reports"]


# --- lists ----------------------------------------------------------------------------------------


def items(hands: Hands, group: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = laid(hands)[group]
    return found


def test_a_dish_is_added_changed_and_taken_out(hands: Hands) -> None:
    hands.press("group:menu", "add")
    hands.fill("name", "TEA")
    hands.fill("price", "90.50")
    hands.press("next")
    hands.says("Tea", "90.50")
    hands.press("confirm")
    assert items(hands, "menu")[-1] == {"id": "menu-1", "name": "Tea", "price": "90.50"}
    assert isinstance(hands.page, SettingItems)
    hands.press("Tea")
    hands.fill("price", "95")
    hands.press("switch:in_use", "next")
    hands.says("90.50", "95.00", "On sale")
    hands.press("confirm")
    made = {"id": "menu-1", "name": "Tea", "price": 95, "in_use": False}
    assert items(hands, "menu")[-1] == made
    hands.says("not on sale")
    hands.press("Tea", "remove")
    hands.says("Take this out of the list?")
    hands.press("confirm")
    assert [item["id"] for item in items(hands, "menu")] == ["lemonade", "pizza"]
    assert hands.entry.kind == "settings_changed"


@pytest.mark.parametrize(("name", "price"), [("", "90"), ("TEA", ""), ("TEA", "1.001")])
def test_a_dish_without_name_or_price_is_none(hands: Hands, name: str, price: str) -> None:
    seq = hands.venue.ledger.seq
    hands.press("group:menu", "add")
    hands.fill("name", name)
    hands.fill("price", price)
    hands.press("next")
    assert isinstance(hands.page, SettingForm) and hands.page.form.problem is not None
    assert hands.venue.ledger.seq == seq


def test_what_somebody_else_changed_meanwhile_is_not_written_over(hands: Hands) -> None:
    hands.press("group:menu", "Lemonade")
    hands.fill("price", "10")
    hands.press("next")
    other = ChangeSettings({"menu": [{**item, "price": 1} for item in items(hands, "menu")]})
    hands.did(other, actor="staff:105", key="other")
    hands.press("confirm")
    hands.says("somebody else has just changed this")
    assert {item["price"] for item in items(hands, "menu")} == {1}


def test_a_station_goes_out_of_use_and_is_never_taken_out(hands: Hands) -> None:
    hands.press("group:stations", "PlayStation")
    assert "remove" not in hands.pressable()
    hands.press("switch:in_use", "next", "confirm")
    assert items(hands, "stations")[-1]["in_use"] is False


def test_an_hour_gets_another_price(hands: Hands) -> None:
    hands.press("group:tariffs", "Evening regulars")
    hands.fill("rate.0", "175.50")
    hands.press("next")
    hands.says("150.00", "175.50")
    hands.press("confirm")
    assert items(hands, "tariffs")[-1]["rates"][0]["per_hour"] == "175.50"


def test_opening_hours_are_typed_with_four_figures(hands: Hands) -> None:
    hands.press("group:hours", "add")
    hands.press(*(f"switch:days.{day}" for day in range(1, 6)))
    hands.fill("opens", "2561")
    hands.fill("closes", "2200")
    hands.press("next", "confirm")
    hands.says("A time has four figures")
    hands.fill("opens", "0930")
    hands.press("next", "confirm")
    made = {"days": [6, 7], "opens": "09:30", "closes": "22:00"}
    assert items(hands, "hours")[-1] == made
    hands.says("Sat", "Sun", "09:30")


def test_a_step_of_the_bonus_gives_percent_or_points(hands: Hands) -> None:
    hands.press("group:bonus_tiers", "add")
    hands.fill("from", "1000")
    hands.fill("percent", "5")
    hands.fill("points", "50")
    hands.press("next", "confirm")
    hands.says("one of the two")
    hands.fill("points", "0")
    hands.press("next", "confirm")
    assert items(hands, "bonus_tiers") == [{"from": 1000, "percent": 5}]


# --- the table ------------------------------------------------------------------------------------


ROWS = [
    pytest.param(row, group, id=f"{row.section or group}.{row.name}")
    for group, rows in [*GROUPS.items(), *LISTS.items()]
    for row in rows
]


@pytest.mark.parametrize(("row", "group"), ROWS)
def test_every_setting_is_one_of_the_file_says_what_it_does_and_keeps_its_range(
    row: Row, group: str
) -> None:
    known = {section.name: section for section in sections(CURRENCIES["RUB"])}
    setting = known[row.section or group].settings[row.name]
    key = f"desk.set.{row.section or group}.{row.name}"
    assert SENTENCES[key] and SENTENCES[f"{key}.says"]
    if row.kind == "number":
        assert f"desk.unit.{row.unit}" in SENTENCES, "a number has its unit"
        setting.read(row.least)
        setting.read(row.most)
        for beyond in (row.least - 1, row.most + 1):
            with pytest.raises(Wrong):
                setting.read(beyond)
    if row.kind in ("choice", "words") and not row.of and row.name != "days":
        for option in filter(None, row.options):
            value: Any = [option] if row.kind == "words" else option
            setting.read({"on": True, "off": False}.get(option, value))


def test_what_the_file_has_stands_at_the_desk_or_comes_by_import_on_purpose() -> None:
    shown = {row.id for rows in GROUPS.values() for row in rows}
    of_file = {
        f"{section.name}.{name}"
        for section in sections(CURRENCIES["RUB"])
        if not section.key
        for name in section.settings
    }
    assert shown == of_file
    lists = {section.name for section in sections(CURRENCIES["RUB"]) if section.key}
    # The logo stands on a page of its own: see test_desk_logo.
    elsewhere = {"card_types", "rules", "packages", "staff", "markups", "logo"}
    assert lists - set(LISTS) == elsewhere
