"""Reports in words: the list, the period, a report as a table or a chart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.core.desk.reports import (
    ROWS_SHOWN_MAX,
    ReportCarried,
    ReportList,
    ReportShown,
    ReportUnderWay,
    charted,
)
from kiosk.core.desk.scenes import Page
from kiosk.core.report_table import NUMBERS, Column, Report
from kiosk.core.report_table import Cell as Value
from kiosk.core.report_text import foot, heading, period_text, shown
from kiosk.screens.present.desk.carrying import carrying
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import (
    Actions,
    Bars,
    Button,
    Cell,
    Line,
    Meter,
    Pane,
    Part,
    Say,
    Stack,
    Table,
)
from kiosk.screens.view import Column as Head

CHARTS = ("hours", "weekdays", "days")


def _list(words: DeskWords, page: ReportList) -> Body:
    lines = tuple(
        Line(
            (Cell(words.say(f"report.{name}"), icon="chart" if name in CHARTS else "report"),),
            f"report:{name}",
            selected=name == page.chosen,
        )
        for name in page.names
    )
    every = Stack((Pane((Table((Head(share=1.0),), lines),)),), 0.45)
    if not page.chosen:
        which = Stack((Pane((Say(words.say("desk.reports.which"), tone="muted"),)),), 0.55)
        return Body(words.say("desk.section.reports"), (every, which), front=0)
    asked = Pane(
        (
            Say(words.say(f"report.{page.chosen}"), "heading"),
            words.entries(page.form, "period", *page.typed),
        ),
        foot=(words.go("make", icon="report", kind="primary"),),
    )
    return Body(
        words.say("desk.section.reports"),
        (every, Stack((asked,), 0.55)),
        back=words.back(),
        keys=words.keys(page.form) if page.typed else None,
        front=1,
    )


def _under_way(words: DeskWords, page: ReportUnderWay) -> Body:
    parts: tuple[Part, ...] = (Say(words.say("desk.reports.making"), icon="wait"),)
    if page.of:
        count = words.texts.count
        told = words.say("desk.reports.read", done=count(page.done), of=count(page.of))
        parts = (*parts, Meter(page.done, page.of, told))
    pane = Pane(parts, foot=(words.go("stop", icon="close"),))
    title = words.say(f"report.{page.asked.chosen}")
    return Body(title, (Stack((pane,)),), back=words.back())


def _shown(words: DeskWords, page: ReportShown) -> Body:
    report, texts = page.report, words.texts
    zone = ZoneInfo(words.situation.venue.time_zone)
    what = _chart(words, report) if page.chart else _table(words, page)
    proven = tuple(Say(line, "caption", "muted") for line in foot(report, texts))
    foot_ = (
        *words.act("IssueReportSlip", "print", icon="printer"),
        words.go("carry:csv", "desk.button.csv", "usb_stick"),
        words.go("carry:json", "desk.button.json", "usb_stick"),
    )
    pane = Pane((*_switch(words, page), *what, *proven), foot=foot_)
    return Body(
        words.say(f"report.{report.name}"),
        (Stack((pane,)),),
        subtitle=period_text(report, texts, zone),
        back=words.back(),
    )


def _switch(words: DeskWords, page: ReportShown) -> tuple[Part, ...]:
    """Table or chart, where a chart says something; the pages, where there are several."""
    buttons: tuple[Button, ...] = ()
    if charted(page.report) and page.report.table.rows:
        other = ("table", "report") if page.chart else ("chart", "chart")
        buttons = (words.go(f"view:{other[0]}", f"desk.button.{other[0]}", other[1]),)
    if not page.chart and page.first:
        buttons = (*buttons, words.go("newer", icon="up"))
    if not page.chart and page.first + ROWS_SHOWN_MAX < len(page.report.table.rows):
        buttons = (*buttons, words.go("older", icon="down"))
    return (Actions(buttons),) if buttons else ()


def _table(words: DeskWords, page: ReportShown) -> tuple[Part, ...]:
    """Rows with what they are of in one cell, then the figures that any row has."""
    report, all_ = page.report, page.report.table
    rows = all_.rows[page.first : page.first + ROWS_SHOWN_MAX]
    used = [n for n, column in enumerate(all_.columns) if _used(column, all_.rows, n)]
    keys = [n for n in used if all_.columns[n].kind not in NUMBERS]
    figures = [n for n in used if n not in keys]
    heads = (
        Head(heading(all_.columns[keys[-1]], words.texts) if keys else "", share=1.0),
        *(Head(heading(all_.columns[n], words.texts), "right") for n in figures),
    )
    lines = [_line(words, report, row, keys, figures) for row in rows]
    last = page.first + ROWS_SHOWN_MAX >= len(all_.rows)
    if lines and last and any(total is not None for total in all_.totals):
        cells = (_figure(words, report, n, all_.totals[n], strong=True) for n in figures)
        lines.append(Line((Cell(words.say("report.total"), strong=True), *cells)))
    below = ""
    if len(all_.rows) > ROWS_SHOWN_MAX:
        below = words.say(
            "desk.reports.rows",
            first=page.first + 1,
            last=page.first + len(rows),
            all=words.texts.count(len(all_.rows)),
        )
    return (Table(heads, tuple(lines), words.say("report.nothing"), below),)


def _used(column: Column, rows: tuple[tuple[Value, ...], ...], at: int) -> bool:
    """Whether a column says anything: what is 0 in every row only takes room."""
    return column.kind not in NUMBERS or any(row[at] for row in rows)


def _line(
    words: DeskWords, report: Report, row: tuple[Value, ...], keys: list[int], figures: list[int]
) -> Line:
    *above, own = [shown(report, report.table.columns[n], row[n], words.texts) for n in keys]
    first = Cell(own or "—", " · ".join(part for part in above if part))
    return Line((first, *(_figure(words, report, n, row[n]) for n in figures)))


def _figure(
    words: DeskWords, report: Report, at: int, value: Value, *, strong: bool = False
) -> Cell:
    if value is None:
        return Cell("")
    told = shown(report, report.table.columns[at], value, words.texts)
    return Cell(told, tone="neutral" if value else "muted", strong=strong)


def _chart(words: DeskWords, report: Report) -> tuple[Part, ...]:
    """The one figure of each row that tells most, over the first column."""
    table = report.table
    wanted = charted(report)
    at = next(n for n, column in enumerate(table.columns) if column.key == wanted)
    rows = table.rows
    values = tuple(value if isinstance(value := row[at], int) else 0 for row in rows)
    names = [shown(report, table.columns[0], row[0], words.texts) for row in rows]
    caption = words.say(
        "desk.reports.chart_of",
        what=heading(table.columns[at], words.texts),
        title=words.say(f"report.{report.name}"),
    )
    told = tuple(
        f"{name}: {shown(report, table.columns[at], value, words.texts)}"
        for name, value in zip(names, values, strict=True)
    )
    return (Bars(values, tuple(map(_short, names)), caption, shown=told),)


def _short(name: str) -> str:
    """A label under a bar: the hour, the day of the month, the first letters of a weekday."""
    if name[:4].isdecimal():
        return name[-2:]
    return name.partition(":")[0] if ":" in name else name[:2]


def _carried(words: DeskWords, page: ReportCarried) -> Body:
    return carrying(words, page.carrying, words.back())


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {
    ReportList: _list,
    ReportUnderWay: _under_way,
    ReportShown: _shown,
    ReportCarried: _carried,
}
