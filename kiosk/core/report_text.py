"""How a report is told: JSON for programs, CSV for spreadsheets, a table for people."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.core.money import CURRENCIES, Money
from kiosk.core.proof import code_of
from kiosk.core.report_table import NUMBERS, Cell, Column, Report
from kiosk.core.sentences import SENTENCES
from kiosk.core.texts import Texts
from kiosk.core.transactions import no_formula

GAP = "  "


def json_text(report: Report) -> str:
    """The report as one JSON object; rows and totals are objects by column.

    Money is in minor units of ``currency``, words are those of the program, in no language.
    """
    told = report.document()
    table = told.pop("table")
    keys = [column["key"] for column in table["columns"]]
    told["columns"] = [{"key": c["key"], "kind": c["kind"]} for c in table["columns"]]
    told["rows"] = [dict(zip(keys, row, strict=True)) for row in table["rows"]]
    totals = zip(keys, table["totals"], strict=True)
    told["totals"] = {key: cell for key, cell in totals if cell is not None}
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def csv_text(report: Report, texts: Texts) -> str:
    """The rows as CSV (RFC 4180) under a header in a language; money in major units: ``-300.00``.

    There is no row of totals: whoever adds a column up would count everything twice. A text that a
    spreadsheet would take for a formula begins with an apostrophe.
    """
    told = io.StringIO()
    writer = csv.writer(told, lineterminator="\r\n")
    table = report.table
    writer.writerow(no_formula(heading(column, texts)) for column in table.columns)
    for row in table.rows:
        pairs = zip(table.columns, row, strict=True)
        writer.writerow(_plain(report, column, cell, texts) for column, cell in pairs)
    return told.getvalue()


def _plain(report: Report, column: Column, cell: Cell, texts: Texts) -> str:
    if isinstance(cell, int):
        return str(_money(report, cell)) if column.kind == "money" else str(cell)
    return no_formula(_word(column, cell, texts))


def _money(report: Report, minor: int) -> Money:
    return Money(minor, CURRENCIES[report.currency])


def heading(column: Column, texts: Texts) -> str:
    """What stands above a column."""
    return texts.say(f"report.col.{column.key}")


def _word(column: Column, cell: str | None, texts: Texts) -> str:
    return word(cell or "", texts) if column.kind == "word" else cell or ""


def word(name: str, texts: Texts) -> str:
    """A word of the program in the texts' language; itself where there is no translation."""
    key = f"report.word.{name}"
    return texts.say(key) if key in SENTENCES else name


def text(report: Report, texts: Texts, zone: ZoneInfo) -> str:
    """The report as a table of plain text, with its title, period, totals and what it is made of.

    Args:
        report: the report.
        texts: the words, and how numbers are written.
        zone: the venue's, in which the period's days are told.
    """
    table = report.table
    head = [texts.say(f"report.{report.name}"), period_text(report, texts, zone)]
    body = [
        [shown(report, c, cell, texts) for c, cell in zip(table.columns, row, strict=True)]
        for row in table.rows
    ]
    if not body:
        lines = [texts.say("report.nothing")]
    else:
        titles = [heading(column, texts) for column in table.columns]
        summed = any(cell is not None for cell in table.totals)
        pairs = zip(table.columns, table.totals, strict=True)
        last = [shown(report, c, cell, texts) for c, cell in pairs] if summed else []
        if summed:
            last[0] = texts.say("report.total")
        lines = _aligned(table.columns, [titles, *body, *([last] if summed else [])], summed)
    return "\n".join([*head, "", *lines, "", *foot(report, texts)]) + "\n"


def shown(report: Report, column: Column, cell: Cell, texts: Texts) -> str:
    """A cell as people read it."""
    if not isinstance(cell, int):
        return _word(column, cell, texts)
    if column.kind == "money":
        return texts.number(_money(report, cell))
    return str(cell)


def _aligned(columns: tuple[Column, ...], rows: list[list[str]], summed: bool) -> list[str]:
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = (
            cell.rjust(width) if column.kind in NUMBERS else cell.ljust(width)
            for column, cell, width in zip(columns, row, widths, strict=True)
        )
        lines.append(GAP.join(cells).rstrip())
    rule = "-" * (sum(widths) + len(GAP) * (len(widths) - 1))
    lines.insert(1, rule)
    if summed:
        lines.insert(-1, rule)
    return lines


def period_text(report: Report, texts: Texts, zone: ZoneInfo) -> str:
    """Of which time a report is; its days are those of `zone`."""
    asked: dict[str, Any] = report.period
    if asked["shift"]:
        return texts.say("report.shift", number=str(asked["shift"]))
    since, until = (
        datetime.fromisoformat(asked[name]) if asked[name] else None for name in ("since", "until")
    )
    if since is None:
        if until is None:
            return texts.say("report.everything")
        return texts.say("report.as_of", at=texts.moment(until))
    if until is None:
        return texts.say("report.span", since=texts.moment(since), until="…")
    first, last = since.astimezone(zone), until.astimezone(zone)
    if first.timetz() == last.timetz() == time.min.replace(tzinfo=zone):
        # Whole days, and the last one is that before the midnight at which it ends.
        days = [texts.date(first), texts.date(_noon(last.date() - timedelta(1), zone))]
        if days[0] == days[1]:
            return days[0]
        return texts.say("report.span", since=days[0], until=days[1])
    return texts.say("report.span", since=texts.moment(since), until=texts.moment(until))


def _noon(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(12), zone).astimezone(UTC)


def foot(report: Report, texts: Texts) -> list[str]:
    """What a report is made of, by which it is proven."""
    made = report.made_of
    lines = [texts.say("report.currency", currency=report.currency)]
    if made.count:
        lines.append(
            texts.say(
                "report.made_of", count=str(made.count), first=str(made.first), last=str(made.last)
            )
        )
        proof = code_of(report.kiosk, made.epoch, made.last, made.head)
        lines.append(texts.say("report.head", code=proof))
    return lines
