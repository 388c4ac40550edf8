"""The settings in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.core.desk.forms import Label
from kiosk.core.desk.scenes import Page
from kiosk.core.desk.setting_pages import (
    ITEMS_SHOWN,
    SettingForm,
    SettingGroup,
    SettingItems,
    SettingsHome,
    Shown,
)
from kiosk.core.desk.setting_rows import GROUPS, IMPORTED, LASTING, LISTS
from kiosk.core.desk.settings import removable
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import (
    Button,
    Cell,
    Column,
    Line,
    Pane,
    Part,
    Say,
    Stack,
    Table,
    Tile,
    Tiles,
)

ICONS = {
    "venue": "store",
    "slips": "receipt",
    "visits": "visit",
    "cash": "bank",
    "minutes": "clock",
    "trust": "shield",
    "segments": "account_group",
    "phone": "phone",
    "rights": "role",
    "menu": "tag",
    "stations": "station",
    "hours": "calendar",
    "bonus_tiers": "star",
    "change_limits": "scale",
    "money_reasons": "swap",
    "groups": "account_group",
    "tills": "bank",
    "tariffs": "percent",
}

_HOUSE = {
    "staff": "account_group",
    "tokens": "key",
    "copies": "storage",
    "training": "training",
}


def _home(words: DeskWords, page: SettingsHome) -> Body:
    del page
    panes: tuple[Pane, ...] = (_house(words),)
    if words.may("VenueDocuments"):
        panes += (
            _tiles(words, "desk.settings.venue", GROUPS),
            _tiles(words, "desk.settings.lists", LISTS),
        )
    return Body(words.say("desk.section.settings"), (Stack(panes),))


def _house(words: DeskWords) -> Pane:
    offered = {
        "staff": True,
        "tokens": words.may("ListTokens"),
        "copies": words.may("ChangeSettings") and not words.situation.house.training,
        "training": True,
    }
    tiles = tuple(
        Tile(words.say(_house_name(words, name)), icon=_HOUSE[name], id=name)
        for name, there in offered.items()
        if there
    )
    return Pane((Say(words.say("desk.settings.house"), "heading"), Tiles(tiles, columns=3)))


def _house_name(words: DeskWords, name: str) -> str:
    return "desk.set.me" if name == "staff" and not words.may("AddStaff") else f"desk.set.{name}"


def _tiles(words: DeskWords, heading: str, names: Mapping[str, Any]) -> Pane:
    tiles = tuple(
        Tile(words.say(f"desk.set.{name}"), icon=ICONS[name], id=f"group:{name}") for name in names
    )
    return Pane((Say(words.say(heading), "heading"), Tiles(tiles, columns=3)))


def read_out(words: DeskWords, labels: tuple[Label, ...]) -> str:
    """Labels with commas between."""
    return ", ".join(words.words(label) for label in labels)


def _group(words: DeskWords, page: SettingGroup) -> Body:
    table = Table(
        (Column(share=0.62), Column(share=0.38)),
        tuple(_line(words, row) for row in page.rows),
    )
    about = Say(words.say(f"desk.set.{page.group}.says"), "body", "muted")
    title = words.say(f"desk.set.{page.group}")
    return Body(title, (Stack((Pane((about, table)),)),), back=words.back())


def _line(words: DeskWords, row: Shown) -> Line:
    name = Cell(words.words(row.name), words.words(row.says) if row.says else "")
    value = Cell(read_out(words, row.value), strong=True)
    return Line((name, value), id=f"setting:{row.touch}" if row.touch else "")


def _items(words: DeskWords, page: SettingItems) -> Body:
    last = page.first + len(page.items)
    table = Table(
        (Column(share=0.5), Column(share=0.5)),
        tuple(_item(words, item) for item in page.items),
        empty=words.say("desk.settings.none"),
        foot=words.say("desk.settings.of", first=page.first + 1, last=last, of=page.of)
        if page.of > ITEMS_SHOWN
        else "",
    )
    earlier = (words.go("earlier", "desk.settings.earlier"),) if page.first else ()
    more = (words.go("more", "desk.settings.more"),) if last < page.of else ()
    parts: tuple[Part, ...] = (
        Say(words.say(f"desk.set.{page.group}.says"), "body", "muted"),
        table,
    )
    imported = page.group in IMPORTED
    heads = () if imported else words.act("ChangeSettings", "add", "desk.settings.add", "plus")
    if page.group in LASTING:
        told = "desk.settings.imported" if imported else "desk.settings.lasting"
        parts += (Say(words.say(told), "caption", "muted", "info"),)
    title = words.say(f"desk.set.{page.group}")
    pane = Pane(parts, foot=(*earlier, *more))
    return Body(title, (Stack((pane,)),), heads=heads, back=words.back())


def _item(words: DeskWords, item: Shown) -> Line:
    cells = (Cell(words.words(item.name), strong=True), Cell(read_out(words, item.value)))
    return Line(cells, id=f"setting:{item.touch}" if item.touch else "")


def _form(words: DeskWords, page: SettingForm) -> Body:
    if page.removing:
        return _removing(words, page)
    if page.after is not None:
        return _asking(words, page)
    title, above = _heading(words, page)
    next_ = words.act("ChangeSettings", "next", "desk.settings.next", "next", "primary")
    remove: tuple[Button, ...] = ()
    if removable(page):
        remove = words.act("ChangeSettings", "remove", "desk.settings.remove", "trash")
    pane = Pane((*above, words.entries(page.form)), foot=(*next_, *remove))
    keys = words.keys(page.form)
    return Body(title, (Stack((pane,)),), back=words.back(), keys=keys)


def _heading(words: DeskWords, page: SettingForm) -> tuple[str, tuple[Part, ...]]:
    if page.row is None:
        new = "desk.settings.new" if page.item is None else "desk.settings.change"
        return words.say(new, what=words.say(f"desk.set.{page.group}")), ()
    row = GROUPS[page.group][page.row]
    key = f"desk.set.{row.section}.{row.name}"
    if row.kind != "words":
        return words.say(key), ()
    # Its fields are the words themselves: what it does stands above them.
    problem = words.refusal(page.form.problem) if page.form.problem else ""
    said: tuple[Part, ...] = (Say(words.say(f"{key}.says"), "body", "muted"),)
    return words.say(key), (*said, *((Say(problem, "strong", "bad"),) if problem else ()))


def _asking(words: DeskWords, page: SettingForm) -> Body:
    columns = (
        Column(words.say("desk.settings.what"), share=0.4),
        Column(words.say("desk.settings.before"), share=0.3),
        Column(words.say("desk.settings.after"), share=0.3),
    )
    lines = tuple(
        Line(
            (
                Cell(words.words(name)),
                Cell(read_out(words, before) or "–", tone="muted"),
                Cell(read_out(words, after) or "–", strong=True),
            )
        )
        for name, before, after in page.changes
    )
    return _confirm(words, page, "desk.settings.confirm", Table(columns, lines))


def _removing(words: DeskWords, page: SettingForm) -> Body:
    said = Say(words.say("desk.settings.removing"))
    return _confirm(words, page, "desk.settings.remove", said)


def _confirm(words: DeskWords, page: SettingForm, button: str, part: Part) -> Body:
    title, _ = _heading(words, page)
    confirm = words.act("ChangeSettings", "confirm", button, "check", "primary")
    pane = Pane((part,), foot=confirm)
    return Body(title, (Stack((pane,)),), back=words.back())


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {
    SettingsHome: _home,
    SettingGroup: _group,
    SettingItems: _items,
    SettingForm: _form,
}
