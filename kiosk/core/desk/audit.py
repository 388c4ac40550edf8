"""A13. Who did what and when; whether the books are whole; both to be carried away."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar
from zoneinfo import ZoneInfo

from kiosk.core.desk import carrying, forms
from kiosk.core.desk.carrying import Carrying
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At, Section
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.errands import ExportJournal, StopErrand, Verified, VerifyBooks
from kiosk.core.errors import Refused
from kiosk.core.journal import (
    MATTERS,
    Filter,
    GetJournalEntry,
    Journal,
    JournalEntry,
    JournalPage,
)
from kiosk.core.messages import ErrandTold, Event
from kiosk.core.periods import days
from kiosk.core.staff import ListStaff

PEOPLE = ("staff", "person", "kiosk", "guest", "till", "cli", "all")


@dataclass(frozen=True)
class AuditLog(Page):
    """The journal, a page of it; `entry` is the one that stands open.

    Attributes:
        form: of which entries: who, what about, on which day.
        wanted: the same, as it was asked for.
        rows: the page.
        before: where it begins, and ...
        newer: ... where the pages before it began.
        names: of the staff, by number.
        entry: the one that was chosen.
    """

    section: ClassVar[SectionName] = "audit"

    form: Form
    wanted: Filter
    rows: JournalPage
    names: tuple[tuple[str, str], ...] = field(repr=False)
    before: int = 0
    newer: tuple[int, ...] = ()
    entry: JournalEntry | None = None


@dataclass(frozen=True)
class AuditFilter(Page):
    """Which entries are wanted."""

    section: ClassVar[SectionName] = "audit"

    log: AuditLog

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that are asked."""
        person = ("number",) if self.log.form["who"] == "person" else ()
        return ("who", *person, "matter", "day")


@dataclass(frozen=True)
class AuditCheck(Page):
    """The books are being checked; `result` once that is done."""

    section: ClassVar[SectionName] = "audit"

    log: AuditLog
    errand: str
    done: int = 0
    of: int = 0
    result: Verified | None = None


@dataclass(frozen=True)
class AuditCarried(Page):
    """The journal on its way to a stick."""

    section: ClassVar[SectionName] = "audit"

    log: AuditLog
    carrying: Carrying


def _open(at: At) -> Page:
    who = tuple((name, Said(f"desk.audit.{name}")) for name in PEOPLE)
    matters = tuple((name, Said(f"desk.audit.about.{name}")) for name in ("all", *MATTERS))
    form = forms.form(
        Field("who", Said("desk.audit.who"), "choice", "staff", options=who),
        Field("number", Said("desk.field.staff_number"), "digits", most=6),
        Field("matter", Said("desk.audit.matter"), "choice", "all", options=matters),
        Field("day", Said("desk.audit.day"), "date", most=8, says=Said("desk.audit.day_says")),
        at="day",
    )
    wanted = _filter(at, form)
    names = tuple((person.number, person.name) for person in at.ask(ListStaff()))
    return AuditLog(form, wanted, at.ask(Journal(wanted, 0, at.language)), names)


def _filter(at: At, form: Form) -> Filter:
    """What a form asks for.

    Raises:
        Refused: ``err.date_form``.
    """
    who, matter = form["who"], form["matter"]
    made = Filter(
        who="staff" if who == "person" else "" if who == "all" else who,  # type: ignore[arg-type]
        number=form["number"] if who == "person" else "",
        matter="" if matter == "all" else matter,  # type: ignore[arg-type]
    )
    if not form["day"]:
        return made
    day = forms.date(form, "day")
    try:
        period = days(day, day, ZoneInfo(at.venue.time_zone))
    except OverflowError:
        raise Refused("err.date_form") from None
    return replace(made, since=period.since, until=period.until)


def _touched(at: At, page: Page, name: str, argument: str) -> Page:
    match page:
        case AuditLog():
            return _reading(at, page, name, argument)
        case AuditFilter():
            return _filtering(at, page, name, argument)
        case AuditCheck() if name in ("back", "stop"):
            if page.result is None:
                at.errand(StopErrand(page.errand))
            return page.log
        case AuditCarried():
            made = carrying.touched(at, page.carrying, name, argument)
            if made is not None:
                return replace(page, carrying=made)
            if name == "back":
                carrying.leave(at, page.carrying)
                return page.log
    return page


def _reading(at: At, page: AuditLog, name: str, argument: str) -> Page:
    match name:
        case "entry" if argument.isdecimal():
            found = at.ask(GetJournalEntry(int(argument), at.language))
            return replace(page, entry=found)
        case "back":
            return replace(page, entry=None)
        case "older" if page.rows.next:
            newer = (*page.newer, page.before)
            return at.turn(_page(at, replace(page, newer=newer), page.rows.next))
        case "newer" if page.newer:
            back = replace(page, newer=page.newer[:-1])
            return at.turn(_page(at, back, page.newer[-1]))
        case "filter":
            return AuditFilter(page)
        case "verify":
            return AuditCheck(page, at.errand(VerifyBooks()))
        case "carry" if argument in ("csv", "json"):
            return AuditCarried(page, carrying.begin(at, _file(at, page, argument)))
    return page


def _page(at: At, page: AuditLog, before: int) -> AuditLog:
    rows = at.ask(Journal(page.wanted, before, at.language))
    return replace(page, rows=rows, before=before, entry=None)


def _file(at: At, page: AuditLog, form: str) -> ExportJournal:
    day = at.now.wall.astimezone(ZoneInfo(at.venue.time_zone))
    name = f"journal-{day:%Y-%m-%d-%H%M}.{form}"
    wanted, language = page.wanted, at.language
    return ExportJournal("", name, "csv" if form == "csv" else "json", wanted, language)


def _filtering(at: At, page: AuditFilter, name: str, argument: str) -> Page:
    typed = forms.touched(page.log.form, name, argument, ())
    if typed is not None:
        if name == "choose" and argument.startswith("who="):
            typed = replace(typed, at="number" if typed["who"] == "person" else "day")
        return replace(page, log=replace(page.log, form=typed))
    match name:
        case "back":
            return page.log
        case "apply":
            try:
                wanted = _filter(at, page.log.form)
            except Refused as refused:
                wrong = forms.refused(page.log.form, refused, "day")
                return replace(page, log=replace(page.log, form=wrong))
            return _page(at, replace(page.log, wanted=wanted, newer=()), 0)
    return page


def _heard(at: At, page: Page, event: Event) -> Page | None:
    match page, event:
        case AuditCheck(result=None), ErrandTold(errand) if errand == page.errand:
            return _told(at, page, event)
        case AuditCarried(), _:
            made = carrying.heard(at, page.carrying, event)
            return None if made is None else replace(page, carrying=made)
        case _:
            return None


def _told(at: At, page: AuditCheck, event: ErrandTold) -> Page:
    if not event.ended:
        return replace(page, done=event.done, of=event.of)
    match event.result:
        case Verified() as result:
            return replace(page, result=result)
        case Refused() as refused:
            at.refuse(refused)
    return page.log


def _left(at: At, page: Page) -> None:
    """What nobody will read is not checked to its end."""
    match page:
        case AuditCheck(errand=errand, result=None):
            at.errand(StopErrand(errand))
        case AuditCarried():
            carrying.leave(at, page.carrying)


SECTION = Section(
    "audit", frozenset({"Journal"}), _open, _touched, heard=_heard, left=_left, waits=True
)
