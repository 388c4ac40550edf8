"""A11. Reports: which one, of which time; made beside the kiosk, read, printed, carried away."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from kiosk.core.desk import carrying, forms
from kiosk.core.desk.carrying import Carrying
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At, Section
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.desk_paper import IssueReportSlip
from kiosk.core.errands import MakeReport, StopErrand, WriteToStick
from kiosk.core.errors import Refused
from kiosk.core.ledger import Entry
from kiosk.core.messages import ErrandTold, Event
from kiosk.core.periods import Period, days
from kiosk.core.report_table import Report
from kiosk.core.report_text import csv_text, json_text
from kiosk.core.reports import ReportNames
from kiosk.core.texts import Texts

ROWS_SHOWN_MAX = 50
PERIODS = ("today", "yesterday", "month", "last_month", "shift", "days", "all")
_TYPED = {"shift": ("shift",), "days": ("from", "to")}
"""What is typed beside the choice of a period."""


@dataclass(frozen=True)
class ReportList(Page):
    """The reports, and the time that one shall be of; `chosen` is the one that stands open."""

    section: ClassVar[SectionName] = "reports"

    names: tuple[str, ...]
    form: Form
    chosen: str = ""

    @property
    def typed(self) -> tuple[str, ...]:
        """The fields that belong to the chosen period."""
        return _TYPED.get(self.form["period"], ())


@dataclass(frozen=True)
class ReportUnderWay(Page):
    """A report is being made: `done` of `of` entries were read (0: nobody knows)."""

    section: ClassVar[SectionName] = "reports"

    asked: ReportList
    errand: str
    done: int = 0
    of: int = 0


@dataclass(frozen=True)
class ReportShown(Page):
    """A report: its rows from number `first` on, as a table, or as a chart where there is one."""

    section: ClassVar[SectionName] = "reports"

    asked: ReportList
    report: Report = field(repr=False)
    first: int = 0
    chart: bool = False


@dataclass(frozen=True)
class ReportCarried(Page):
    """A report on its way to a stick."""

    section: ClassVar[SectionName] = "reports"

    shown: ReportShown
    carrying: Carrying


def _open(at: At) -> Page:
    options = tuple((name, Said(f"desk.reports.{name}")) for name in PERIODS)
    shift = str(at.desk.shift.number) if at.desk.shift else ""
    form = forms.form(
        Field("period", Said("desk.reports.period"), "choice", "today", options=options),
        Field("shift", Said("desk.reports.number"), "digits", shift, most=8),
        Field("from", Said("desk.reports.from"), "date", most=8),
        Field("to", Said("desk.reports.to"), "date", most=8, says=Said("desk.reports.to_says")),
        at="",
    )
    return ReportList(at.ask(ReportNames()), form)


def _touched(at: At, page: Page, name: str, argument: str) -> Page:
    match page:
        case ReportList():
            return _asking(at, page, name, argument)
        case ReportUnderWay() if name in ("back", "stop"):
            at.errand(StopErrand(page.errand))
            return page.asked
        case ReportShown():
            return _reading(at, page, name, argument)
        case ReportCarried():
            made = carrying.touched(at, page.carrying, name, argument)
            if made is not None:
                return replace(page, carrying=made)
            if name == "back":
                carrying.leave(at, page.carrying)
                return page.shown
    return page


def _asking(at: At, page: ReportList, name: str, argument: str) -> Page:
    typed = forms.touched(page.form, name, argument, ())
    if typed is not None:
        if name == "choose":
            first = _TYPED.get(typed["period"], ("",))[0]
            typed = replace(typed, at=first)
        return replace(page, form=typed)
    match name:
        case "report" if argument in page.names:
            return replace(page, chosen=argument)
        case "back":
            return replace(page, chosen="")
        case "make" if page.chosen:
            return _make(at, page)
    return page


def _make(at: At, page: ReportList) -> Page:
    for which in (*page.typed, ""):
        try:
            if which:
                _typed(page.form, which)
            else:
                period = period_of(at, page.form)
        except Refused as refused:
            wrong = which or (page.typed[-1] if page.typed else "period")
            return replace(page, form=forms.refused(page.form, refused, wrong))
    return ReportUnderWay(page, at.errand(MakeReport(page.chosen, period)))


def _typed(form: Form, which: str) -> None:
    """Read one field, so that what is wrong with it stands there."""
    if which == "shift":
        if not forms.number(form, which):
            raise Refused("err.no_such_shift", number="0")
    elif which == "from" or form[which]:
        forms.date(form, which)


def period_of(at: At, form: Form) -> Period:
    """The period that a form asks for, in the venue's own days.

    Raises:
        Refused: ``err.report_period``; those of `forms.date` and `forms.number`.
    """
    zone = ZoneInfo(at.venue.time_zone)
    today = at.now.wall.astimezone(zone).date()
    month = today.replace(day=1)
    match form["period"]:
        case "today":
            return days(today, today, zone)
        case "yesterday":
            return days(today - timedelta(1), today - timedelta(1), zone)
        case "month":
            return days(month, today, zone)
        case "last_month":
            last = month - timedelta(1)
            return days(last.replace(day=1), last, zone)
        case "shift":
            return Period(shift=forms.number(form, "shift"))
        case "days":
            first = forms.date(form, "from")
            last = forms.date(form, "to") if form["to"] else first
            return _days(first, last, zone)
        case _:
            return Period()


def _days(first: date, last: date, zone: ZoneInfo) -> Period:
    try:
        return days(first, last, zone)
    except OverflowError:
        # The day after the last one that there is, or the first one in an eastern zone.
        raise Refused("err.date_form") from None


def _reading(at: At, page: ReportShown, name: str, argument: str) -> Page:
    match name:
        case "back":
            return page.asked
        case "older" if page.first + ROWS_SHOWN_MAX < len(page.report.table.rows):
            return at.turn(replace(page, first=page.first + ROWS_SHOWN_MAX))
        case "newer" if page.first:
            return at.turn(replace(page, first=page.first - ROWS_SHOWN_MAX))
        case "view" if argument in ("table", "chart"):
            return replace(page, chart=argument == "chart")
        case "print":
            done = at.do(IssueReportSlip(page.report, at.language))
            if isinstance(done, Entry):
                at.say("desk.reports.printed")
        case "carry" if argument in ("csv", "json"):
            return ReportCarried(page, carrying.begin(at, _file(at, page.report, argument)))
    return page


def _file(at: At, report: Report, form: str) -> WriteToStick:
    texts = Texts.of(at.language, at.venue.time_zone)
    told = csv_text(report, texts) if form == "csv" else json_text(report)
    day = at.now.wall.astimezone(ZoneInfo(at.venue.time_zone))
    name = f"{report.kiosk}-{report.name}-{day:%Y-%m-%d-%H%M}.{form}"
    return WriteToStick("", name, told)


def _heard(at: At, page: Page, event: Event) -> Page | None:
    match page, event:
        case ReportUnderWay(), ErrandTold(errand) if errand == page.errand:
            return _told(at, page, event)
        case ReportCarried(), _:
            made = carrying.heard(at, page.carrying, event)
            return None if made is None else replace(page, carrying=made)
        case _:
            return None


def _told(at: At, page: ReportUnderWay, event: ErrandTold) -> Page:
    if not event.ended:
        return replace(page, done=event.done, of=event.of)
    match event.result:
        case Report() as report:
            return ReportShown(
                page.asked, report, chart=bool(charted(report) and report.table.rows)
            )
        case Refused() as refused:
            at.refuse(refused)
    return page.asked


def charted(report: Report) -> str | None:
    """The column that makes a chart, where the report has one: who comes when."""
    return {"hours": "top_ups", "weekdays": "top_ups", "days": "amount"}.get(report.name)


def _left(at: At, page: Page) -> None:
    """What nobody will read is not made to its end."""
    match page:
        case ReportUnderWay(errand=errand):
            at.errand(StopErrand(errand))
        case ReportCarried():
            carrying.leave(at, page.carrying)


SECTION = Section(
    "reports",
    frozenset({"ReportNames"}),
    _open,
    _touched,
    heard=_heard,
    left=_left,
    waits=True,
)
