"""The journal in words, one entry of it, and the check of the books."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.core.desk.audit import AuditCarried, AuditCheck, AuditFilter, AuditLog
from kiosk.core.desk.scenes import Page
from kiosk.core.journal import JournalEntry, JournalRow
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.texts import MINUS
from kiosk.screens.present.desk.carrying import carrying
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import (
    Actions,
    Cell,
    Column,
    Fact,
    Facts,
    Line,
    Meter,
    Pane,
    Part,
    Say,
    Stack,
    Table,
)

HASH_SHOWN = 16
"""So much of a hash is compared by eye; the whole of it stands in the file."""


def _log(words: DeskWords, page: AuditLog) -> Body:
    lines = tuple(_line(words, page, row) for row in page.rows.rows)
    heads = (
        Column(words.say("desk.audit.when")),
        Column(words.say("desk.audit.who")),
        Column(words.say("desk.audit.what"), share=1.0),
    )
    table = Table(heads, lines, _nothing(words, page), _reached(words, page))
    turn = (
        *((words.go("newer", icon="up"),) if page.newer else ()),
        *((words.go("older", icon="down"),) if page.rows.next else ()),
    )
    foot = (
        words.go("verify", icon="verified"),
        words.go("carry:csv", "desk.button.csv", "usb_stick"),
        words.go("carry:json", "desk.button.json", "usb_stick"),
    )
    listed = Pane((Say(_wanted(words, page), tone="muted"), table, *_turn(turn)), foot=foot)
    detail = (Stack((_entry(words, page, page.entry),), 0.4),) if page.entry else ()
    stacks = (Stack((listed,), 0.6 if page.entry else 1.0), *detail)
    return Body(
        words.say("desk.section.audit"),
        stacks,
        heads=(words.go("filter", icon="filter"),),
        back=words.back() if page.entry else None,
        front=1 if page.entry else None,
    )


def _turn(buttons: tuple[Any, ...]) -> tuple[Part, ...]:
    return (Actions(buttons),) if buttons else ()


def _nothing(words: DeskWords, page: AuditLog) -> str:
    if page.rows.next:
        return words.say("desk.audit.none", at=_moment(words, page.rows.reached))
    return words.say("desk.audit.nothing")


def _reached(words: DeskWords, page: AuditLog) -> str:
    if not page.rows.next or not page.rows.rows:
        return ""
    return words.say("desk.audit.reached", at=_moment(words, page.rows.reached))


def _wanted(words: DeskWords, page: AuditLog) -> str:
    """The filter as one line."""
    wanted = page.wanted
    who = wanted.who or "all"
    parts = [
        _who(words, page, f"staff:{wanted.number}")
        if wanted.number
        else words.say(f"desk.audit.{who}"),
        words.say(f"desk.audit.about.{wanted.matter or 'all'}"),
    ]
    if wanted.since is not None:
        parts.append(words.texts.date(wanted.since))
    return " · ".join(parts)


def _line(words: DeskWords, page: AuditLog, row: JournalRow) -> Line:
    chosen = page.entry is not None and page.entry.row.seq == row.seq
    when = words.moment(row.at)
    return Line(
        (
            Cell(words.texts.time(when), words.texts.date(when)),
            Cell(_who(words, page, row.actor)),
            Cell(row.what, row.comment),
        ),
        f"entry:{row.seq}",
        selected=chosen,
    )


def _who(words: DeskWords, page: AuditLog, actor: str) -> str:
    kind, _, number = actor.partition(":")
    match kind:
        case "staff":
            name = dict(page.names).get(number, "")
            return f"{name} ({number})" if name else words.say("desk.number", number=number)
        case "kiosk" | "guest" | "till" | "cli":
            told = words.say(f"desk.audit.actor.{kind}")
            return f"{told} {number}".strip()
        case _:
            return actor


def _moment(words: DeskWords, at: str) -> str:
    when = words.moment(at)
    return f"{words.texts.date(when)} {words.texts.time(when)}"


def _entry(words: DeskWords, page: AuditLog, entry: JournalEntry) -> Pane:
    row = entry.row
    facts = (
        Fact(words.say("desk.audit.when"), words.texts.moment(words.moment(row.at))),
        Fact(words.say("desk.audit.who"), _who(words, page, row.actor)),
    )
    parts: tuple[Part, ...] = (
        Say(words.say("desk.audit.entry", number=str(row.seq)), "heading"),
        Say(row.what, "strong"),
        *((Say(row.comment),) if row.comment else ()),
        Facts(facts),
        *((Say(words.say("desk.audit.free"), tone="warning"),) if entry.clock == "free" else ()),
    )
    if entry.postings:
        moved = tuple(
            Line((Cell(account, mono=True), Cell(_amount(words, unit, amount))))
            for account, unit, amount in entry.postings
        )
        heads = (Column(words.say("desk.audit.moved"), share=1.0), Column("", "right"))
        parts = (*parts, Table(heads, moved))
    parts = (
        *parts,
        *_named(words, "desk.audit.refers", entry.refs),
        *_named(words, "desk.audit.changed", entry.changes),
        Say(words.say("desk.audit.chain"), "strong"),
        Facts(
            (
                Fact(words.say("desk.audit.hash"), entry.hash[:HASH_SHOWN]),
                Fact(words.say("desk.audit.prev"), entry.prev[:HASH_SHOWN]),
            )
        ),
    )
    return Pane(parts)


def _named(words: DeskWords, key: str, pairs: tuple[tuple[str, str], ...]) -> tuple[Part, ...]:
    if not pairs:
        return ()
    return (Say(words.say(key), "strong"), Facts(tuple(Fact(*pair) for pair in pairs)))


def _amount(words: DeskWords, unit: str, amount: int) -> str:
    sign = MINUS if amount < 0 else "+"
    if unit in CURRENCIES:
        return sign + words.texts.money(Money(abs(amount), CURRENCIES[unit]))
    return f"{sign}{words.texts.count(abs(amount))} {unit}"


def _filter(words: DeskWords, page: AuditFilter) -> Body:
    form = page.log.form
    pane = Pane(
        (words.entries(form, *page.fields),),
        foot=(words.go("apply", icon="filter", kind="primary"),),
    )
    title = words.say("desk.button.filter")
    return Body(title, (Stack((pane,)),), back=words.back(), keys=words.keys(form))


def _check(words: DeskWords, page: AuditCheck) -> Body:
    title = words.say("desk.button.verify")
    if page.result is None:
        parts: tuple[Part, ...] = (Say(words.say("desk.audit.checking"), icon="wait"),)
        if page.of:
            count = words.texts.count
            told = words.say("desk.audit.checked", done=count(page.done), of=count(page.of))
            parts = (*parts, Meter(page.done, page.of, told))
        pane = Pane(parts, foot=(words.go("stop", icon="close"),))
        return Body(title, (Stack((pane,)),), back=words.back())
    result = page.result
    if not result.problems:
        told = words.texts.plural("desk.audit.sound_of", result.entries)
        good = (Say(words.say("desk.audit.sound"), "heading", "good", "check_circle"), Say(told))
        return Body(title, (Stack((Pane(good, tone="good"),)),), back=words.back())
    found = tuple(Line((Cell(problem, mono=True),)) for problem in result.problems)
    bad = (
        Say(words.say("desk.audit.unsound"), "strong", "bad", "alert"),
        Table((Column(share=1.0),), found),
    )
    return Body(title, (Stack((Pane(bad, tone="bad"),)),), back=words.back())


def _carried(words: DeskWords, page: AuditCarried) -> Body:
    return carrying(words, page.carrying, words.back())


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {
    AuditLog: _log,
    AuditFilter: _filter,
    AuditCheck: _check,
    AuditCarried: _carried,
}
