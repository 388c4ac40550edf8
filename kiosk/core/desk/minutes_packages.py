"""A5. The table of packages: changed as a draft, in force with OK and not before (M3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from kiosk.core.desk import forms
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.minutes_clients import Player, kind_said
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.errors import Refused
from kiosk.core.money import Money
from kiosk.core.packages import (
    KINDS,
    PRICE_MAX_MINOR,
    ROWS_MAX,
    CheckPackages,
    Package,
    Packages,
    SetPackages,
    Warned,
    whole,
)

NEW = -1
"""The place of a row that is not in the table yet."""


@dataclass(frozen=True)
class PackageTable(Page):
    """The table as it would be: `rows`; `kept` is what is in force.

    `came` is the client from whose minutes somebody came here (M4).
    """

    section: ClassVar[SectionName] = "minutes"

    rows: tuple[Package, ...]
    kept: tuple[Package, ...]
    came: Player | None = None

    @property
    def changed(self) -> bool:
        """Whether OK would change anything."""
        return self.rows != self.kept


@dataclass(frozen=True)
class PackageRow(Page):
    """A row of the table that is typed; `place` from 0 on, or `NEW`."""

    section: ClassVar[SectionName] = "minutes"

    table: PackageTable
    place: int
    form: Form


@dataclass(frozen=True)
class PackagesAsked(Page):
    """What may be a mistake in the table, asked about before it is in force (M7, M39)."""

    section: ClassVar[SectionName] = "minutes"

    table: PackageTable
    warned: tuple[Warned, ...]


@dataclass(frozen=True)
class PackagesLeft(Page):
    """Whether to leave the table without OK."""

    section: ClassVar[SectionName] = "minutes"

    table: PackageTable


def table(at: At, came: Player | None = None) -> PackageTable:
    """The table as it is in force."""
    kept = at.ask(Packages())
    return PackageTable(kept, kept, came)


def touched(at: At, page: PackageTable, name: str, argument: str) -> Page:
    """A button of the table; `back` is asked only where nothing is to be lost."""
    match name:
        case "add":
            if len(page.rows) >= ROWS_MAX:
                at.refuse(Refused("err.package_rows", max=str(ROWS_MAX)))
                return page
            return PackageRow(page, NEW, _form(at, None))
        case "row" if argument.isdecimal() and int(argument) < len(page.rows):
            place = int(argument)
            return PackageRow(page, place, _form(at, page.rows[place]))
        case "ok":
            return _ok(at, page)
        case "back" if page.changed:
            return PackagesLeft(page)
        case _:
            return page


def _ok(at: At, page: PackageTable) -> Page:
    warned = at.ask(CheckPackages(page.rows))
    if warned:
        return PackagesAsked(page, warned)
    return _set(at, page, confirmed=False)


def _set(at: At, page: PackageTable, *, confirmed: bool) -> Page:
    if isinstance(at.do(SetPackages(page.rows, confirmed)), Refused):
        return page
    at.say("desk.minutes.packages_set")
    return table(at, page.came)


def touched_asked(at: At, page: PackagesAsked, name: str, argument: str) -> Page:
    """Yes, it is meant so; or back to the table."""
    del argument
    return _set(at, page.table, confirmed=True) if name == "ok" else page


def _form(at: At, row: Package | None) -> Form:
    kinds = tuple((kind, kind_said(kind)) for kind in KINDS)
    return forms.form(
        Field(
            "kind",
            Said("desk.minutes.field.kind"),
            "choice",
            row.kind if row else "game",
            64,
            kinds,
        ),
        Field(
            "minutes",
            Said("desk.minutes.field.minutes"),
            "number",
            str(row.minutes) if row else "",
            most=7,
            unit=Said("desk.minutes.unit.minutes"),
        ),
        Field(
            "price", Said("desk.minutes.field.price"), "money", _typed(row.price) if row else "", 14
        ),
    )


def _typed(price: Money) -> str:
    """An amount as somebody would have typed it."""
    whole_, part = divmod(price.minor, 10**price.currency.exponent)
    return str(price) if part else str(whole_)


def touched_row(at: At, page: PackageRow, name: str, argument: str) -> Page:
    """A button of a row."""
    typed = forms.touched(page.form, name, argument, ())
    if typed is not None:
        return replace(page, form=typed)
    match name:
        case "do":
            return _put(at, page)
        case "remove" if page.place != NEW:
            rows = page.table.rows
            return replace(page.table, rows=rows[: page.place] + rows[page.place + 1 :])
        case _:
            return page


def _put(at: At, page: PackageRow) -> Page:
    of = page.form
    try:
        minutes = forms.number(of, "minutes")
        if not whole(minutes):
            raise Refused("err.minutes_whole")
        if any(
            (row.kind, row.minutes) == (of["kind"], minutes)
            for place, row in enumerate(page.table.rows)
            if place != page.place
        ):
            raise Refused("err.package_same")
    except Refused as refused:
        return replace(page, form=forms.refused(of, refused, "minutes"))
    try:
        price = forms.money(of, "price", at.currency)
        if price.minor > PRICE_MAX_MINOR:
            raise Refused("err.amount_form")
    except Refused as refused:
        return replace(page, form=forms.refused(of, refused, "price"))
    rows = list(page.table.rows)
    if page.place == NEW:
        rows.append(Package("", of["kind"], minutes, price))
    else:
        rows[page.place] = replace(rows[page.place], kind=of["kind"], minutes=minutes, price=price)
    return replace(page.table, rows=tuple(rows))
