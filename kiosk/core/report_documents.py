"""A report on paper: each row a few lines, since no roll is as wide as its table."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from kiosk.core.documents import Kind, Pair, Part, Rule, Words
from kiosk.core.paper import Facts, Layout, Paper
from kiosk.core.report_table import NUMBERS, Cell, Report
from kiosk.core.report_text import foot, heading, period_text, shown


def _report(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    report = Report.of(facts["report"])
    table, texts = report.table, paper.texts
    zone = ZoneInfo(paper.books.settings().get("time_zone", "UTC"))
    rows = [part for row in table.rows for part in _row(report, row, paper)]
    total = Words(paper.say("report.total"), "strong")
    sums = [*_figures(report, table.totals, paper)]
    return (
        Rule(),
        Words(paper.say(f"report.{report.name}"), "strong"),
        Words(period_text(report, texts, zone)),
        Rule(),
        *(rows or [Words(paper.say("report.nothing"))]),
        *((Rule(), total, *sums) if rows and sums else ()),
        Rule(),
        *(Words(line, "small") for line in foot(report, texts)),
    )


def _row(report: Report, row: tuple[Cell, ...], paper: Paper) -> Iterator[Part]:
    """What the row is of, and below it each of its figures; what is 0 needs no line."""
    named = zip(report.table.columns, row, strict=True)
    of = [shown(report, c, cell, paper.texts) for c, cell in named if c.kind not in NUMBERS]
    yield Words(" · ".join(part for part in of if part), "strong")
    yield from _figures(report, row, paper)


def _figures(report: Report, row: tuple[Cell, ...], paper: Paper) -> Iterator[Part]:
    for column, cell in zip(report.table.columns, row, strict=True):
        if column.kind in NUMBERS and cell:
            label = heading(column, paper.texts)
            yield Pair(label, shown(report, column, cell, paper.texts))


LAYOUTS: dict[Kind, Layout] = {"report": _report}
