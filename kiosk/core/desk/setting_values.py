"""A setting between the venue's file, the form in which it is typed, and the words for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kiosk.core.desk import forms
from kiosk.core.desk.forms import Field, FieldKind, Form, Label, Said
from kiosk.core.desk.setting_rows import Row
from kiosk.core.errors import Refused
from kiosk.core.money import Currency, Money
from kiosk.core.permissions import ROLES, Right
from kiosk.core.texts import LANGUAGES
from kiosk.core.venue_values import COUNT_MAX, TEXT_CHARACTERS_MAX

Laid = Mapping[str, Any]
"""The venue as its file has it, see `venue_file.laid_out`."""

Choices = tuple[tuple[str, Label], ...]

_KINDS: Mapping[str, FieldKind] = {
    "text": "text",
    "switch": "switch",
    "choice": "choice",
    "number": "number",
    "money": "money",
    "limit": "money",
    "colour": "text",
    "list": "text",
    "amounts": "text",
    "time": "digits",
}
_MOST = {"number": 7, "money": 15, "limit": 15, "colour": 6, "time": 4, "list": 100, "amounts": 100}


class NotSo(Exception):
    """What was typed in a field cannot be; why."""

    def __init__(self, field: str, refused: Refused) -> None:
        super().__init__(field, refused)
        self.field = field
        self.refused = refused


def value_of(row: Row, laid: Laid) -> Any:
    """What a setting is now, in the form of the file."""
    if row.section == "rights":
        right: Right = row.name  # type: ignore[assignment]  # the rows are made of the rights
        return laid["rights"].get(row.name, list(ROLES[right]))
    return laid.get(row.section, {}).get(row.name, row.plain)


def choices(row: Row, laid: Laid) -> Choices:
    """What can be chosen: a value and its words."""
    if not row.of:
        return tuple((option, _word(row, option)) for option in row.options)
    found = laid.get(row.of, ())
    if row.name == "default_card_type":
        found = [kind for kind in found if kind["personal"] and kind.get("in_use", True)]
    if row.name == "floating_reason":
        found = [reason for reason in found if "deposit" in reason["uses"]]
    none: Choices = (("", Said("desk.option.none")),) if row.empty else ()
    return (*none, *((str(item["id"]), str(item["name"])) for item in found))


def _word(row: Row, option: str) -> Label:
    if row.name == "languages":
        return LANGUAGES[option]
    if row.name == "days":
        return Said(f"desk.option.day_{option}")
    return Said(f"desk.option.{option or 'as_everywhere'}")


# --- into a form -------------------------------------------------------------------------------


def fields(row: Row, value: Any, laid: Laid, key: str) -> tuple[Field, ...]:
    """The fields of a setting that is `value` now; `key` is where its words stand."""
    if row.kind == "words":
        return tuple(
            Field(f"{row.name}.{option}", words, "switch", "on" if has(value, option) else "")
            for option, words in choices(row, laid)
        )
    says: Label = Said(f"{key}.says")
    if row.kind == "number" and row.most < COUNT_MAX:
        range_ = {"says": says, "least": row.least, "most": row.most}
        says = Said("desk.settings.range", range_)
    made = Field(
        row.name,
        Said(key),
        _KINDS[row.kind],
        _typed(row, value),
        most=_MOST.get(row.kind, TEXT_CHARACTERS_MAX),
        options=choices(row, laid) if row.kind == "choice" else (),
        says=says,
        unit=Said(f"desk.unit.{row.unit}") if row.unit else "",
    )
    return (made,)


def has(value: Any, option: str) -> bool:
    """Whether some words have this one."""
    return option in {str(item) for item in value or ()}


def _typed(row: Row, value: Any) -> str:
    match row.kind:
        case "switch":
            return "on" if value else ""
        case "choice" if isinstance(value, bool):
            return "on" if value else "off"
        case "limit" if value in (None, "none"):
            return ""
        case "colour":
            return str(value).removeprefix("#")
        case "list" | "amounts":
            return " ".join(str(item) for item in value or ())
        case "time":
            return str(value or "").replace(":", "")
        case _:
            return "" if value is None else str(value)


# --- out of a form -----------------------------------------------------------------------------


def read(row: Row, form: Form, currency: Currency) -> Any:
    """What was typed, in the form of the file.

    Raises:
        NotSo: it cannot be; the rest is checked by the venue.
    """
    try:
        return _read(row, form, currency)
    except Refused as refused:
        raise NotSo(row.name, refused) from None


def _read(row: Row, form: Form, currency: Currency) -> Any:
    if row.kind == "words":
        chosen = [o for o in (row.options) if form.on(f"{row.name}.{o}")]
        if not chosen:
            raise Refused("err.setting_words")
        return [int(o) for o in chosen] if row.name == "days" else chosen
    typed = form[row.name]
    match row.kind:
        case "switch":
            return form.on(row.name)
        case "choice" if typed in ("on", "off"):
            return typed == "on"
        case "choice" if not typed and row.options:
            return None
        case "number":
            return _number(row, form)
        case "limit" if not typed:
            return "none"
        case "money" | "limit":
            return _amount(forms.money(form, row.name, currency))
        case "colour" if not re.fullmatch("[0-9A-Fa-f]{6}", typed):
            raise Refused("err.setting_colour")
        case "colour":
            return f"#{typed.upper()}"
        case "list" if not re.fullmatch(r"[0-9]+([ ,]+[0-9]+)*", typed):
            raise Refused("err.setting_list")
        case "list":
            return [int(item) for item in re.findall("[0-9]+", typed)]
        case "amounts" if not re.fullmatch(r"([0-9]+([.,][0-9]+)?( +|$))*", typed):
            raise Refused("err.setting_amounts")
        case "amounts":
            return [item.replace(",", ".") for item in typed.split()] or None
        case "time" if not re.fullmatch("[0-9]{4}", typed):
            raise Refused("err.setting_time")
        case "time":
            return f"{typed[:2]}:{typed[2:]}"
        case _ if not typed and not row.empty:
            raise Refused("err.setting_empty")
        case _:
            return typed


def _number(row: Row, form: Form) -> int:
    number = forms.number(form, row.name)
    if not row.least <= number <= row.most:
        raise Refused("err.setting_range", least=str(row.least), most=str(row.most))
    return number


def _amount(money: Money) -> int | str:
    whole, part = divmod(money.minor, 10**money.currency.exponent)
    return str(money) if part or money.minor < 0 else whole


# --- into words --------------------------------------------------------------------------------


def words(row: Row, value: Any, laid: Laid, currency: Currency) -> tuple[Label, ...]:
    """What a setting is, in words, to be read with commas between."""
    match row.kind:
        case "switch":
            return (Said("desk.option.on" if value else "desk.option.off"),)
        case "words":
            return tuple(told for option, told in choices(row, laid) if has(value, option))
        case "choice":
            known = dict(choices(row, laid))
            typed = _typed(row, value)
            return (known.get(typed, typed or Said("desk.option.none")),)
        case "limit" if value in (None, "none"):
            return (Said("desk.option.no_limit"),)
        case "money" | "limit":
            amount = Money.parse(str(value), currency)
            return (Said("desk.settings.sum", {"sum": amount}),)
        case "number" if row.unit:
            return (Said("desk.settings.with_unit", {"n": value, "unit": _unit(row)}),)
        case "list":
            return tuple(str(item) for item in value or ())
        case "amounts" if value:
            return tuple(str(item) for item in value)
        case _:
            return (str(value) if value else Said("desk.option.none"),)


def _unit(row: Row) -> Said:
    return Said(f"desk.unit.{row.unit}")
