"""The venue's settings: seeded by `kiosk import`, changed at the desk, asked for as one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tinydb import where

from kiosk.core import logos, venue_file
from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.colours import nearest, stands
from kiosk.core.errors import ConfigError, Refused
from kiosk.core.ledger import Draft
from kiosk.core.money import Currency, Money
from kiosk.core.phones import PhonePlan
from kiosk.core.recognition import Rule
from kiosk.core.staff import check_owners
from kiosk.core.store import TableSpec
from kiosk.core.venue_file import Documents, VenueFile
from kiosk.core.venue_sections import TABLES as FILE_TABLES
from kiosk.core.venue_sections import sections

TABLES = (
    TableSpec("settings"),
    # People are found by their cards, too: `staff` keeps theirs.
    *(TableSpec(name) for name in FILE_TABLES if name != "staff"),
)

KEPT: Mapping[str, Mapping[str, Any]] = {
    "card_types": {"in_use": False},
    "stations": {"in_use": False},
    "staff": {"state": "left"},
}
"""What a file lacks is removed; but of these others speak for ever, so they go out of use."""


ELSEWHERE = ("staff", "packages")
"""Sections that other commands change, which need other rights."""


@dataclass(frozen=True)
class ImportVenue:
    """Set all settings of the venue as a file has them; what it lacks is removed.

    Card types, stations and people that it lacks stay, out of use: see `KEPT`.
    """

    file: VenueFile


@dataclass(frozen=True)
class ChangeSettings:
    """Set some settings of the venue, as its file would have them; all others stay.

    `values`: section → its settings that change (None: as if it were not written), or, of a list of
    tables, its whole list. People have commands of their own, and so have packages.
    """

    values: Mapping[str, Any]


@dataclass(frozen=True)
class VenueSettings:
    """The venue as the journeys need it; `faces` in major units, largest last, and so are `coins`.

    `languages` are those that guests are offered of the machine's; none named: all of them.
    """

    name: str
    time_zone: str
    accent: str
    currency: Currency
    faces: tuple[int, ...]
    balance_max: Money
    top_up_max: Money
    phone: PhonePlan
    default_type: str
    terms_version: str
    opening: str
    rules: tuple[Rule, ...]
    palette: Literal["night", "day"] = "night"
    conversion: bool = False
    """Whether minutes of one kind may become the other (M22)."""
    switching: bool = False
    """Whether a session may go on with the other kind (M22)."""
    desk_palette: Literal["night", "day"] = "day"
    languages: tuple[str, ...] = ()
    logo: logos.Logo | None = None
    coins: tuple[Money, ...] = ()
    """The coins that are taken."""


@dataclass(frozen=True)
class VenueDocuments(Query[Documents]):
    """The settings as `venue_file.write` takes them; refused before the first import."""


@dataclass(frozen=True)
class GetVenue(Query[VenueSettings]):
    """The settings as they are now; refused before the first import."""


def _import(books: Books, command: ImportVenue) -> Draft:
    _check_accent(books, command.file)
    draft = Draft("venue_imported", refs={"name": command.file.name})
    return _set(books, draft, command.file)


def _change(books: Books, command: ChangeSettings) -> Draft:
    known = {section.name: section for section in sections(books.currency)}
    given = venue_file.laid_out(documents(books))
    named = []
    for name, values in command.values.items():
        section = known.get(name)
        if section is None or name in ELSEWHERE:
            raise Refused("err.settings_elsewhere", section=name)
        if section.key:
            given[name] = values
            named.append(name)
        elif not isinstance(values, Mapping):
            given[name] = values
        else:
            kept = {**given.get(name, {}), **values}
            given[name] = {n: value for n, value in kept.items() if value is not None}
            named += [f"{name}.{setting}" for setting in values]
    try:
        file = venue_file.checked(given)
    except ConfigError as error:
        raise _wrong(error) from None
    _check_accent(books, file)
    draft = Draft("settings_changed", refs={"settings": ", ".join(sorted(named))})
    return _set(books, draft, file)


def _check_accent(books: Books, file: VenueFile) -> None:
    """An accent that cannot be read is refused with the nearest that can; what is kept may stay."""
    accent, palette = file.settings["accent"], file.settings["palette"]
    kept = books.settings()
    same = bool(kept) and (accent, palette) == (kept["accent"], kept["palette"])
    if not same and not stands(accent, palette):
        raise Refused("err.setting_faint", accent=accent, nearest=nearest(accent, palette))


def _wrong(error: ConfigError) -> Refused:
    """The first mistake: where it is, and what; the file has no name here."""
    _, where, told = error.mistakes[0].split(": ", 2)
    return Refused("err.settings_wrong", where=where, told=told)


def _set(books: Books, draft: Draft, file: VenueFile) -> Draft:
    if file.currency != books.currency:
        raise Refused("err.other_currency", kept=books.unit, given=file.currency.code)
    for table, made in file.documents.items():
        ordered = in_order(books, made) if table == "rules" else made
        set_table(books, draft, table, ordered)
    if not draft.changes:
        raise Refused("err.nothing_changed")
    check_owners(books, draft)
    check_types(books, draft)
    return draft


def check_types(books: Books, draft: Draft) -> None:
    """Let a type become personal, or cease to be, only while no visit of it is open.

    Such a visit would pay from a wallet and leave its deposits where nobody finds them.
    """
    for change in draft.changes:
        kept = books.get("card_types", change.id) if change.table == "card_types" else None
        if kept and change.document and change.document["personal"] != kept["personal"]:
            visits = books.search("visits", where("state") == "open")
            numbers = [str(v["number"]) for v in visits if v["type"] == change.id]
            if numbers:
                raise Refused("err.type_in_visits", type=change.id, numbers=", ".join(numbers))


def set_table(books: Books, draft: Draft, table: str, made: Sequence[Mapping[str, Any]]) -> None:
    """Put these documents in place of a table's; of the settings there is one, and it stays."""
    for document in made:
        if books.get(table, document["id"]) != document:
            draft.set(table, document)
    if table != "settings":
        _without(books, draft, table, {str(d["id"]) for d in made})


def in_order(books: Books, made: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The documents of rules with their places, where somebody at the desk has given them some."""
    if not any("place" in d for d in books.ledger.store.table("rules")):
        return [dict(document) for document in made]
    return [dict(document) | {"place": place} for place, document in enumerate(made)]


def rule_documents(books: Books) -> list[dict[str, Any]]:
    """The documents of the recognition rules, in the order that the desk shows."""
    kept: list[dict[str, Any]] = [dict(d) for d in books.ledger.store.table("rules")]
    return sorted(kept, key=lambda document: int(document.get("place", 0)))


def rules(books: Books) -> tuple[Rule, ...]:
    """The recognition rules, in the order that the desk shows."""
    return tuple(Rule.from_document(document) for document in rule_documents(books))


def _without(books: Books, draft: Draft, table: str, names: set[str]) -> None:
    """Take out what a file does not name."""
    for gone in books.search(table, ~where("id").one_of(sorted(names))):
        if table not in KEPT:
            draft.remove(table, gone["id"])
        elif gone != (ended := gone | dict(KEPT[table])):
            draft.set(table, ended)


def phone_plan(books: Books) -> PhonePlan:
    """How phone numbers are written where the venue is."""
    kept = books.settings().get("phone")
    return PhonePlan(kept["country"], kept["trunk"], tuple(kept["groups"])) if kept else PhonePlan()


def _get(books: Books, query: GetVenue) -> VenueSettings:
    del query
    kept = books.settings()
    if not kept:
        raise Refused("err.no_venue")
    screen, logo = kept.get("screen", {}), books.get("logo", "welcome")
    return VenueSettings(
        name=kept["name"],
        time_zone=kept["time_zone"],
        accent=kept["accent"],
        currency=books.currency,
        faces=tuple(sorted(kept["faces"])),
        balance_max=books.money(kept["balance_max"]),
        top_up_max=books.money(kept["top_up_max"]),
        phone=phone_plan(books),
        default_type=kept["default_card_type"],
        terms_version=kept["terms_version"],
        opening=kept["opening"],
        rules=rules(books),
        palette=kept["palette"],
        conversion=kept["minutes"]["conversion"],
        switching=kept["minutes"]["switching"],
        desk_palette=screen.get("desk_palette", "day"),
        languages=tuple(screen.get("languages", ())),
        logo=logos.trusted(logo["png"]) if logo else None,
        coins=tuple(books.money(minor) for minor in sorted(kept.get("coins") or ())),
    )


def documents(books: Books) -> Documents:
    """The settings as `venue_file.write` takes them; ``err.no_venue`` before the first import."""
    settings = books.settings()
    if not settings:
        raise Refused("err.no_venue")
    tables = {name: [dict(d) for d in books.ledger.store.table(name)] for name in FILE_TABLES}
    return {"settings": [settings], **tables, "rules": rule_documents(books)}


def _documents(books: Books, query: VenueDocuments) -> Documents:
    del query
    return documents(books)


HANDLERS: dict[type, Handler] = {ImportVenue: _import, ChangeSettings: _change}
ANSWERS: dict[type, Answer] = {GetVenue: _get, VenueDocuments: _documents}
ALLOWED: dict[type, frozenset[str]] = {
    ImportVenue: frozenset({"cli", "staff", "kiosk"}),
    ChangeSettings: frozenset({"staff"}),
}
