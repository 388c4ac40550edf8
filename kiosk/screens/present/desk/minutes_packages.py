"""The table of packages in words: a draft until OK."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.core.desk.minutes_packages import (
    NEW,
    PackageRow,
    PackagesAsked,
    PackagesLeft,
    PackageTable,
)
from kiosk.core.desk.scenes import Page
from kiosk.core.packages import Package, Warned
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import Cell, Column, Line, Pane, Say, Stack, Table


def _table(words: DeskWords, page: PackageTable) -> Body:
    columns = (
        Column(words.say("desk.minutes.field.kind"), share=1.4),
        Column(words.say("desk.minutes.field.minutes"), "right"),
        Column(words.say("desk.minutes.field.price"), "right"),
    )
    lines = tuple(_line(words, place, row, page) for place, row in enumerate(page.rows))
    state = words.say("desk.minutes.draft" if page.changed else "desk.minutes.in_force")
    why = "" if page.changed else words.say("desk.minutes.nothing_changed")
    pane = Pane(
        (Table(columns, lines, empty=words.say("desk.minutes.no_packages")),),
        foot=(
            words.go("add", "desk.minutes.button.add", "plus"),
            *words.act("SetPackages", "ok", "desk.minutes.button.ok", "check", "primary", why),
        ),
    )
    title = words.say("desk.minutes.packages")
    back = words.go("back", "button.back", "back")
    return Body(title, (Stack((pane,)),), subtitle=state, back=back)


def _line(words: DeskWords, place: int, row: Package, page: PackageTable) -> Line:
    new = row not in page.kept
    return Line(
        (
            Cell(words.say(f"desk.minutes.kind.{row.kind}"), strong=True),
            Cell(words.texts.count(row.minutes)),
            Cell(words.texts.money(row.price), strong=True),
        ),
        id=f"row:{place}",
        tone="warning" if new else "",
    )


def _row(words: DeskWords, page: PackageRow) -> Body:
    new = page.place == NEW
    title = words.say("desk.minutes.package_new" if new else "desk.minutes.package_change")
    remove = () if new else (words.go("remove", "desk.minutes.button.remove", "trash"),)
    into = words.go("do", "desk.minutes.button.into_table", "check", "primary")
    back = words.go("back", "button.back", "back")
    return words.form_page(title, page.form, *remove, into, back=back)


def _asked(words: DeskWords, page: PackagesAsked) -> Body:
    told = tuple(Say(_warned(words, page, w), "body", "warning", "warning") for w in page.warned)
    pane = Pane(
        (Say(words.say("desk.minutes.meant"), "heading"), *told),
        foot=(
            words.go("back", "desk.minutes.button.no", "close"),
            *words.act("SetPackages", "ok", "desk.minutes.button.meant", "check", "primary"),
        ),
    )
    return Body(words.say("desk.minutes.packages"), (Stack((pane,)),))


def _warned(words: DeskWords, page: PackagesAsked, warned: Warned) -> str:
    row = page.table.rows[warned.row]
    what = words.say(
        "desk.minutes.package",
        minutes=words.texts.count(row.minutes),
        kind=words.say(f"desk.minutes.kind.{row.kind}"),
    )
    minute, standard = words.texts.money(warned.minute), words.texts.money(warned.standard)
    return f"{what}: {words.say(warned.key, minute=minute, standard=standard)}"


def _left(words: DeskWords, page: PackagesLeft) -> Body:
    del page
    pane = Pane(
        (
            Say(words.say("desk.minutes.leave_ask"), "heading"),
            Say(words.say("desk.minutes.leave_told")),
        ),
        foot=(
            words.go("leave_it", "desk.minutes.button.discard", "trash"),
            words.go("back", "desk.minutes.button.keep_on", "pencil", "primary"),
        ),
    )
    return Body(words.say("desk.minutes.packages"), (Stack((pane,)),))


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {
    PackageTable: _table,
    PackageRow: _row,
    PackagesAsked: _asked,
    PackagesLeft: _left,
}
