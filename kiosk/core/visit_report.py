"""Reports on visits, on devices, and when people come: by hour, weekday and day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from kiosk.core.ledger import Entry
from kiosk.core.payments import MARKUP
from kiosk.core.report_table import Asked, Cell, Column, Table, Tally, columns, table, words
from kiosk.core.sales_report import documents, topped_up

OPENS_VISIT = ("visit_opened", "order_saved", "prepayment_completed")
_VISITS = (
    *columns("text", "type"),
    *columns("count", "opened", "closed", "void", "guests"),
    *columns("money", "total"),
    Column("mean", "money", summed=False),
    *columns("count", "markups"),
    *columns("money", "markup", "unpaid"),
)


def visits(asked: Asked, entries: Iterable[Entry]) -> Table:
    """Visits by card type: how many, what those that ended came to, and markups to the minimum.

    Guests are those of visits that ended; ``mean`` is the total of one of these, rounded down.
    """
    tally = Tally()
    for entry in entries:
        kind = ""
        for visit in documents(entry, "visits"):
            kind, state = visit["type"], visit["state"]
            if state == "open" and entry.kind in OPENS_VISIT:
                tally.add(kind, opened=1)
            elif state == "closed":
                figures = visit.get("figures") or {"total": 0}
                tally.add(kind, closed=1, total=figures["total"], unpaid=visit.get("unpaid", 0))
                tally.add(kind, guests=visit["guests"])
            elif state == "void":
                tally.add(kind, void=1)
        added = -sum(p.amount for p in entry.postings if p.account == MARKUP)
        if added:
            kept = asked.ledger.store.get("visits", str(entry.refs.get("visit", "")))
            kind = kind or (kept["type"] if kept else "")
            tally.add(kind, markups=1 if added > 0 else -1, markup=added)
    made = table(_VISITS, tally)
    return _with_means(made)


def _with_means(made: Table) -> Table:
    keys = [column.key for column in made.columns]
    closed, total, mean = (keys.index(key) for key in ("closed", "total", "mean"))

    def filled(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
        number, sum_ = row[closed], row[total]
        assert isinstance(number, int) and isinstance(sum_, int), "figures are whole numbers"
        return (*row[:mean], sum_ // number if number else 0, *row[mean + 1 :])

    return replace(made, rows=tuple(map(filled, made.rows)), totals=filled(made.totals))


_DEVICES = (*columns("text", "device"), *words("what"), *columns("count", "count"))
_OF_NOTES = ("coin_suspended", "note_doubtful", "note_suspended", "note_void")


def devices(asked: Asked, entries: Iterable[Entry]) -> Table:
    """What devices did that somebody looks after: boxes, doubtful notes, slips, strikes, starts."""
    del asked
    tally = Tally()
    for entry in entries:
        device, what = "kiosk", ""
        if entry.kind in ("started", "trust_struck"):
            what = entry.kind
        elif entry.kind == "cashbox_pulled":
            device = str(entry.refs["device"])
            what = "cashbox_alarm" if entry.refs.get("alarm") else entry.kind
        elif entry.kind == "coins_lost":
            device, what = str(entry.refs["device"]), entry.kind
        elif entry.kind in _OF_NOTES:
            device, what = str(entry.refs["note"]).split("/")[0], entry.kind
        elif entry.kind == "slip_recorded":
            states = [slip["state"] for slip in documents(entry, "slips")]
            device, what = "printer", "".join(f"slip_{s}" for s in states if s in _NOT_OUT)
        elif entry.kind == "fiscal_recorded":
            states = [document["state"] for document in documents(entry, "fiscal")]
            device, what = "fiscal", "".join(s for s in states if s == "needs_attention")
        if what:
            tally.add(device, what, count=1)
    return table(_DEVICES, tally)


_NOT_OUT = ("not_printed", "partial", "unknown")

# --- when people come --------------------------------------------------------------------------

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PROFILE = (
    *columns("count", "visits", "top_ups"),
    *columns("money", "amount"),
    *columns("count", "sessions"),
)


def hours(asked: Asked, entries: Iterable[Entry]) -> Table:
    """By hour of day in the venue's zone; of a day of 25 hours one hour counts twice."""
    every = [(f"{hour:02}:00",) for hour in range(24)]
    return _profile(asked, entries, columns("text", "hour"), every, lambda at: f"{at.hour:02}:00")


def weekdays(asked: Asked, entries: Iterable[Entry]) -> Table:
    """By day of the week in the venue's zone, which begins at midnight."""
    every = [(day,) for day in WEEKDAYS]
    return _profile(asked, entries, words("weekday"), every, lambda at: WEEKDAYS[at.weekday()])


def days(asked: Asked, entries: Iterable[Entry]) -> Table:
    """By day in the venue's zone."""
    return _profile(asked, entries, columns("day", "day"), [], lambda at: f"{at:%Y-%m-%d}")


def _profile(
    asked: Asked,
    entries: Iterable[Entry],
    key: tuple[Column, ...],
    every: Sequence[tuple[Cell, ...]],
    named: Callable[[datetime], str],
) -> Table:
    tally = Tally(*every)
    for entry in entries:
        told = _told(asked, entry)
        if told:
            tally.add(named(asked.local(entry.at)), **told)
    return table((*key, *_PROFILE), tally, ordered=bool(every))


def _told(asked: Asked, entry: Entry) -> dict[str, int]:
    told: dict[str, int] = {}
    if entry.kind in OPENS_VISIT:
        opened = sum(visit["state"] == "open" for visit in documents(entry, "visits"))
        told = {"visits": opened} if opened else {}
    elif entry.kind == "session_started":
        told = {"sessions": 1}
    for _, minor in topped_up(asked, entry):
        told = {**told, "top_ups": 1, "amount": told.get("amount", 0) + minor}
    return told
