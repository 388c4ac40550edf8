"""A11. The settings of the venue, who works here, tills, copies, training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from kiosk.core import venue_file
from kiosk.core.desk import copies, forms, logo, setting_values, staff, tokens, training
from kiosk.core.desk.forms import Field, Label, Said
from kiosk.core.desk.frame import At, Section
from kiosk.core.desk.scenes import Page
from kiosk.core.desk.setting_pages import (
    ITEMS_SHOWN,
    SettingForm,
    SettingGroup,
    SettingItems,
    SettingsHome,
    Shown,
)
from kiosk.core.desk.setting_rows import GROUPS, IMPORTED, LASTING, LISTS, NAMED, Row
from kiosk.core.desk.setting_values import Laid, NotSo
from kiosk.core.errors import Refused
from kiosk.core.ledger import Entry
from kiosk.core.messages import Event
from kiosk.core.settings import ChangeSettings, VenueDocuments


def open_home(at: At) -> SettingsHome:
    """The first page."""
    del at
    return SettingsHome()


def _laid(at: At) -> dict[str, Any]:
    return venue_file.laid_out(at.ask(VenueDocuments()))


# --- groups ------------------------------------------------------------------------------------


def key(row: Row, group: str = "") -> str:
    """Where the words of a setting stand."""
    return f"desk.set.{row.section or group}.{row.name}"


def may_change(at: At, row: Row) -> bool:
    """Whether this attendant changes this setting; rights are an owner's matter."""
    owners = row.section == "rights" and at.desk.person.role != "owner"
    return at.may("ChangeSettings") and not row.fixed and not owners


def open_group(at: At, group: str) -> Page:
    """A group of settings, or a list."""
    laid = _laid(at)
    if group in LISTS:
        return _items(at, group, 0, laid)
    shown = tuple(
        Shown(
            Said(key(row)),
            Said("desk.settings.fixed") if row.fixed else Said(f"{key(row)}.says"),
            setting_values.words(row, setting_values.value_of(row, laid), laid, at.currency),
            str(place) if may_change(at, row) else "",
        )
        for place, row in enumerate(GROUPS[group])
    )
    return SettingGroup(group, (*shown, _logo(at)) if group == "venue" else shown)


def _logo(at: At) -> Shown:
    """The logo is no line that is typed: it comes from a stick."""
    there = Said("desk.option.on" if at.venue.logo else "desk.option.none")
    touch = "logo" if at.may("ChangeSettings") else ""
    return Shown(Said("desk.logo.title"), Said("desk.logo.says"), (there,), touch)


def _items(at: At, group: str, first: int, laid: Laid) -> SettingItems:
    items = laid.get(group, [])
    first = max(0, min(first, len(items) - 1))
    shown = tuple(
        _item(at, group, first + place, item, laid)
        for place, item in enumerate(items[first : first + ITEMS_SHOWN])
    )
    return SettingItems(group, shown, first, len(items))


def _item(at: At, group: str, place: int, item: Mapping[str, Any], laid: Laid) -> Shown:
    head, *rest = LISTS[group]
    name = setting_values.words(head, item.get(head.name, head.plain), laid, at.currency)
    value = tuple(
        words
        for row in rest
        if row.kind != "switch" or item.get(row.name, row.plain) != row.plain
        for words in _told(row, item, laid, at)
    )
    touch = str(place) if at.may("ChangeSettings") else ""
    return Shown(name[0], "", (*name[1:], *value), touch)


def _told(row: Row, item: Mapping[str, Any], laid: Laid, at: At) -> tuple[Label, ...]:
    value = item.get(row.name, row.plain)
    if row.kind == "switch":
        return (Said(f"desk.option.{row.name}_{'on' if value else 'off'}"),)
    if value in ("", None, 0):
        return ()
    return setting_values.words(row, value, laid, at.currency)


# --- a form ------------------------------------------------------------------------------------


def _open_row(at: At, group: str, place: int) -> Page:
    rows = GROUPS[group]
    if not 0 <= place < len(rows) or not may_change(at, rows[place]):
        raise Refused("err.not_allowed")
    row, laid = rows[place], _laid(at)
    value = setting_values.value_of(row, laid)
    made = forms.form(*setting_values.fields(row, value, laid, key(row)))
    if row.kind == "colour":
        # Its letters are Latin, whatever the guests speak.
        made = replace(made, keyboard="en")
    return SettingForm(group, made, row=place, before=value)


def _open_item(at: At, group: str, place: int | None) -> Page:
    laid = _laid(at)
    items = laid.get(group, [])
    if place is not None and not 0 <= place < len(items):
        raise Refused("err.setting_gone")
    item: Mapping[str, Any] = items[place] if place is not None else {}
    made = tuple(
        one
        for row in LISTS[group]
        for one in setting_values.fields(row, _begun(row, item, laid), laid, key(row, group))
    )
    made += _rates(item)
    return SettingForm(group, forms.form(*made), item=place, before=dict(item) or None)


def _begun(row: Row, item: Mapping[str, Any], laid: Laid) -> Any:
    """What a field of an item begins with; of a new one the first of what there is to choose."""
    if row.name in item or item:
        return item.get(row.name, row.plain)
    if row.kind == "choice" and row.plain is None:
        return next((value for value, _ in setting_values.choices(row, laid)), "")
    return row.plain


def _rates(item: Mapping[str, Any]) -> tuple[Field, ...]:
    """The prices of the hours of a tariff; its hours themselves come by `kiosk import`."""
    return tuple(
        Field(
            f"rate.{place}",
            Said("desk.set.tariffs.rate", {"from": rate["start"], "until": rate["end"]}),
            "money",
            str(rate["per_hour"]),
            most=15,
            says=Said("desk.set.tariffs.days", {"days": "".join(map(str, rate["days"]))}),
        )
        for place, rate in enumerate(item.get("rates", ()))
    )


def _ask(at: At, page: SettingForm) -> Page:
    """What was typed is read, and shown beside what was before."""
    laid = _laid(at)
    try:
        after = _read(at, page)
    except NotSo as wrong:
        known = {f.id for f in page.form.fields}
        field_ = wrong.field if wrong.field in known else ""
        if not field_:
            at.refuse(wrong.refused)
        return replace(page, form=forms.refused(page.form, wrong.refused, field_))
    changes = _changes(at, page, after, laid)
    if not changes:
        raise Refused("err.nothing_changed")
    return at.turn(replace(page, after=after, changes=changes))


def _read(at: At, page: SettingForm) -> Any:
    if page.row is not None:
        return setting_values.read(GROUPS[page.group][page.row], page.form, at.currency)
    made: dict[str, Any] = dict(page.before or {})
    for row in LISTS[page.group]:
        made[row.name] = setting_values.read(row, page.form, at.currency)
    if "rates" in made:
        price = Row("", "", "money")
        made["rates"] = [
            rate
            | {
                "per_hour": setting_values.read(
                    replace(price, name=f"rate.{n}"), page.form, at.currency
                )
            }
            for n, rate in enumerate(made["rates"])
        ]
    return {name: value for name, value in made.items() if value is not None}


def _changes(
    at: At, page: SettingForm, after: Any, laid: Laid
) -> tuple[tuple[Label, tuple[Label, ...], tuple[Label, ...]], ...]:
    if page.row is not None:
        row = GROUPS[page.group][page.row]
        told = (
            setting_values.words(row, page.before, laid, at.currency),
            setting_values.words(row, after, laid, at.currency),
        )
        return ((Said(key(row)), *told),) if page.before != after else ()
    before = page.before or {}
    rows = [
        row
        for row in LISTS[page.group]
        if after.get(row.name, row.plain) != before.get(row.name, row.plain) or not before
    ]
    made = tuple(
        (
            Said(key(row, page.group)),
            setting_values.words(row, before.get(row.name, row.plain), laid, at.currency)
            if before
            else (),
            setting_values.words(row, after.get(row.name, row.plain), laid, at.currency),
        )
        for row in rows
    )
    return made + _rate_changes(at, before, after)


def _rate_changes(
    at: At, before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[tuple[Label, tuple[Label, ...], tuple[Label, ...]], ...]:
    price = Row("", "per_hour", "money")
    return tuple(
        (
            Said("desk.set.tariffs.rate", {"from": old["start"], "until": old["end"]}),
            setting_values.words(price, old["per_hour"], {}, at.currency),
            setting_values.words(price, new["per_hour"], {}, at.currency),
        )
        for old, new in zip(before.get("rates", ()), after.get("rates", ()), strict=True)
        if old["per_hour"] != new["per_hour"]
    )


# --- changing ----------------------------------------------------------------------------------


def _change(at: At, page: SettingForm) -> Page:
    """The change itself: one entry, of what the venue is now."""
    laid = _laid(at)
    if page.row is not None:
        row = GROUPS[page.group][page.row]
        if setting_values.value_of(row, laid) != page.before:
            raise Refused("err.setting_gone")
        values: dict[str, Any] = {row.section: {row.name: page.after}}
    else:
        values = {page.group: _list_after(page, laid)}
    done = at.do(ChangeSettings(values))
    if not isinstance(done, Entry):
        return _back_to_form(at, page, done)
    at.say("desk.settings.changed")
    return _after(at, page.group)


def _after(at: At, group: str) -> Page:
    try:
        return open_group(at, group)
    except Refused:
        # The change took away the right to look at this.
        return SettingsHome()


def _list_after(page: SettingForm, laid: Laid) -> list[dict[str, Any]]:
    items = [dict(item) for item in laid.get(page.group, ())]
    if page.item is None:
        return [*items, _named(page.group, page.after, items)]
    if page.item >= len(items) or items[page.item] != page.before:
        raise Refused("err.setting_gone")
    items[page.item : page.item + 1] = [] if page.removing else [page.after]
    return items


def _named(group: str, item: dict[str, Any], items: list[dict[str, Any]]) -> dict[str, Any]:
    if group not in NAMED:
        return item
    known = {one["id"] for one in items}
    stem = group.replace("_", "-").removesuffix("s")
    free = next(n for n in range(1, len(known) + 2) if f"{stem}-{n}" not in known)
    return {"id": f"{stem}-{free}", **item}


FITS: Mapping[str, str] = {
    "[cash] top_up_max": "err.fits_top_up",
    "[visits] floating_reason": "err.fits_floating",
    "[phone]": "err.fits_phone",
    "[[bonus_tiers]]": "err.fits_tier",
    "[[money_reasons]]": "err.fits_reason",
    "[[card_types]]": "err.fits_types",
    "[[hours]]": "err.setting_time",
    "[[change_limits]]": "err.fits_role",
    "[rights]": "err.fits_rights",
}
"""What a mistake of the venue means at the desk, by where it is."""


def _back_to_form(at: At, page: SettingForm, refused: Refused) -> Page:
    """What was refused is said beside its field, in words of the desk."""
    told = refused
    where = refused.args_by_name.get("where", "")
    if refused.key == "err.settings_wrong":
        found = next((FITS[start] for start in FITS if where.startswith(start)), "")
        told = Refused(found) if found else refused
    name = where.rpartition(" ")[2]
    fields = {f.id for f in page.form.fields}
    at.refuse(told)
    form = forms.refused(page.form, told, name if name in fields else "")
    return replace(page, form=form, after=None, changes=(), removing=False)


# --- touches -----------------------------------------------------------------------------------


def _touched_home(at: At, page: SettingsHome, name: str, argument: str) -> Page:
    del page
    match name:
        case "group" if argument in GROUPS or argument in LISTS:
            return open_group(at, argument)
        case "staff":
            return staff.open_staff(at)
        case "tokens" if at.may("ListTokens"):
            return tokens.open_tokens(at)
        case "copies" if at.may("ChangeSettings"):
            return copies.open_copies(at)
        case "training":
            return training.open_training(at)
        case _:
            return SettingsHome()


def _touched_group(at: At, page: SettingGroup, name: str, argument: str) -> Page:
    match name:
        case "back":
            return SettingsHome()
        case "setting" if argument == "logo" and page.group == "venue" and at.may("ChangeSettings"):
            return logo.open_logo(at)
        case "setting" if argument.isdecimal():
            return _open_row(at, page.group, int(argument))
        case _:
            return page


def _touched_items(at: At, page: SettingItems, name: str, argument: str) -> Page:
    match name:
        case "back":
            return SettingsHome()
        case "setting" if argument.isdecimal() and at.may("ChangeSettings"):
            return _open_item(at, page.group, int(argument))
        case "add" if page.group not in IMPORTED and at.may("ChangeSettings"):
            return _open_item(at, page.group, None)
        case "more":
            return at.turn(_items(at, page.group, page.first + ITEMS_SHOWN, _laid(at)))
        case "earlier":
            return at.turn(_items(at, page.group, page.first - ITEMS_SHOWN, _laid(at)))
        case _:
            return page


def _touched_form(at: At, page: SettingForm, name: str, argument: str) -> Page:
    asking = page.after is not None or page.removing
    match name:
        case "back" if asking:
            return at.turn(replace(page, after=None, changes=(), removing=False))
        case "back":
            return open_group(at, page.group)
        case "confirm" if asking:
            return _change(at, page)
        case _ if asking:
            return page
        case "next":
            return _ask(at, page)
        case "remove" if removable(page):
            return at.turn(replace(page, removing=True))
        case _:
            typed = forms.touched(page.form, name, argument, at.situation.house.languages)
            return page if typed is None else replace(page, form=typed)


def _touched_logo(at: At, page: logo.LogoPage, name: str, argument: str) -> Page:
    if name == "back" and not page.asking:
        return open_group(at, "venue")
    return logo.touched(at, page, name, argument)


def removable(page: SettingForm) -> bool:
    """Whether this is an item that can be taken out of its list."""
    return page.item is not None and page.group not in LASTING


Touched = Callable[[At, Any, str, str], Page]
TOUCHED: dict[type[Page], Touched] = {
    SettingsHome: _touched_home,
    SettingGroup: _touched_group,
    SettingItems: _touched_items,
    SettingForm: _touched_form,
    staff.StaffList: staff.touched_list,
    staff.StaffCard: staff.touched_card,
    staff.StaffForm: staff.touched_form,
    staff.StaffPin: staff.touched_pin,
    staff.StaffTap: staff.touched_tap,
    staff.StaffSure: staff.touched_sure,
    staff.RecoveryCode: staff.touched_code,
    tokens.TokenList: tokens.touched_list,
    tokens.TokenForm: tokens.touched_form,
    tokens.NewToken: tokens.touched_new,
    tokens.TokenSure: tokens.touched_sure,
    copies.CopyState: copies.touched,
    logo.LogoPage: _touched_logo,
    training.Training: training.touched,
}
HEARD: dict[type[Page], Callable[[At, Any, Event], Page | None]] = {
    staff.StaffTap: staff.heard_tap,
    copies.CopyState: copies.heard,
    logo.LogoPage: logo.heard,
    training.Training: training.heard,
}
FRESH: dict[type[Page], Callable[[At, Any], Page]] = {
    SettingGroup: lambda at, page: open_group(at, page.group),
    SettingItems: lambda at, page: _items(at, page.group, page.first, _laid(at)),
    staff.StaffList: lambda at, page: staff.open_staff(at),
    staff.StaffCard: lambda at, page: staff.open_person(at, page.person.number),
    staff.RecoveryCode: staff.fresh_code,
    tokens.TokenList: lambda at, page: tokens.open_tokens(at),
    tokens.NewToken: tokens.fresh_new,
}


def _touched(at: At, page: Page, name: str, argument: str) -> Page:
    if name == "back" and _is_top(at, page):
        return SettingsHome()
    return TOUCHED[type(page)](at, page, name, argument)


def _is_top(at: At, page: Page) -> bool:
    """Whether the way back leads to what can be set."""
    if isinstance(page, staff.StaffCard):
        return not at.may("AddStaff")
    return isinstance(
        page, (staff.StaffList, tokens.TokenList, copies.CopyState, training.Training)
    )


def _heard(at: At, page: Page, event: Event) -> Page | None:
    heard = HEARD.get(type(page))
    return heard(at, page, event) if heard else None


def _fresh(at: At, page: Page) -> Page:
    fresh = FRESH.get(type(page))
    return fresh(at, page) if fresh else page


SECTION = Section(
    "settings",
    frozenset(),
    open_home,
    _touched,
    _heard,
    _fresh,
)
