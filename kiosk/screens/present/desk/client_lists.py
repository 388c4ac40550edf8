"""Lists about clients in words: transactions, explanations, changes, segments and the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.core.client_list import ClientRow
from kiosk.core.desk.client_changes import BalanceChangeList
from kiosk.core.desk.client_lists import (
    SEGMENTS,
    CodeList,
    DeskTopUpList,
    DuplicateList,
    SegmentList,
)
from kiosk.core.desk.client_transactions import (
    BALANCES,
    PERIODS,
    BalanceExplained,
    TransactionExport,
    TransactionList,
)
from kiosk.core.desk.scenes import Page
from kiosk.core.duplicates import Pair
from kiosk.core.report_text import word
from kiosk.core.segments import ROWS_MAX, SegmentRow
from kiosk.core.sentences import SENTENCES
from kiosk.core.transactions import Transaction
from kiosk.screens.present.desk.carrying import carrying
from kiosk.screens.present.desk.client_words import act, amount, go, moved, name_of, unit_of
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import (
    Actions,
    Button,
    Cell,
    Column,
    Entries,
    Entry,
    Fact,
    Facts,
    Line,
    Pane,
    Part,
    Say,
    Stack,
    Table,
    Tile,
    Tiles,
)

_TONES: Mapping[str, Any] = {"bonus": "bonus", "minutes_game": "game", "minutes_net": "internet"}


def _back(words: DeskWords) -> Button:
    return go(words, "back", "back", "quiet")


def _pager(words: DeskWords, newer: bool, older: bool) -> tuple[Button, ...]:
    up = (go(words, "newer", "up"),) if newer else ()
    down = (go(words, "older", "down"),) if older else ()
    return (*up, *down)


def _choice(words: DeskWords, name: str, values: tuple[str, ...], chosen: str, key: str) -> Entry:
    """One of several, as a field of a form looks."""
    options = tuple(Button(f"{name}:{v}", words.say(f"{key}.{v or 'any'}")) for v in values)
    label = words.say(f"desk.clients.field.{name}")
    return Entry(id=f"field:{name}", label=label, options=options, chosen=f"{name}:{chosen}")


# --- transactions ---------------------------------------------------------------------------------


def _transactions(words: DeskWords, page: TransactionList) -> Body:
    when = _choice(words, "period", PERIODS, page.period, "desk.clients.period")
    ways: tuple[Part, ...] = (Entries((when,)),)
    if page.filtered:
        told = Say(words.say("desk.clients.filtered"), "caption", "warning", "filter")
        ways = (*ways, told)
    foot = _pager(words, bool(page.before), bool(page.found.next))
    rows = page.found.rows
    columns = (
        Column(words.say("desk.clients.column.when")),
        Column(words.say("desk.clients.column.what"), share=1.0),
        Column(words.say("desk.clients.column.amount"), "right"),
        Column(words.say("desk.clients.column.after"), "right"),
    )
    chosen = page.chosen.seq if page.chosen else 0
    lines = tuple(_line(words, n, row, chosen) for n, row in enumerate(rows))
    empty = words.say("desk.clients.no_transactions")
    table = Table(columns, lines, empty=empty)
    panes = (Pane(ways, card=False), Pane((table,), foot=foot, card=False))
    stacks: tuple[Stack, ...] = (Stack(panes, 1.5),)
    if page.chosen is not None:
        stacks = (*stacks, Stack((_transaction(words, page.chosen),), 1.0))
    heads = (
        go(words, "filter", "filter"),
        *act(words, "IssueTransactionsList", "print", "printer"),
        *act(words, "Transactions", "export", "usb"),
    )
    return Body(
        words.say("desk.clients.transactions"),
        stacks,
        subtitle=name_of(words, page.card.client.name),
        heads=heads,
        back=_back(words),
        front=1 if page.chosen is not None else 0,
    )


def _what(words: DeskWords, kind: str) -> str:
    key = f"doc.did_{kind}"
    return words.say(key) if key in SENTENCES else kind


def _line(words: DeskWords, number: int, row: Transaction, chosen: int) -> Line:
    tone: Any = _TONES.get(row.balance, "neutral")
    note = word(row.why, words.texts) if row.why else ""
    after = amount(words, row.unit, row.after) if row.after is not None else ""
    cells = (
        Cell(words.texts.date(words.moment(row.at)), words.texts.time(words.moment(row.at))),
        Cell(_what(words, row.kind), note),
        Cell(moved(words, row.unit, row.amount), tone=tone, strong=True),
        Cell(after, tone="muted"),
    )
    return Line(cells, f"row:{number}", selected=row.seq == chosen)


def _transaction(words: DeskWords, row: Transaction) -> Pane:
    facts = [
        Fact(words.say("desk.clients.column.when"), words.texts.moment(words.moment(row.at))),
        Fact(words.say("desk.clients.field.entry"), str(row.seq)),
        Fact(words.say("desk.clients.by_whom"), row.actor),
    ]
    if row.balance:
        told = words.say(f"desk.clients.{row.balance}")
        facts.append(Fact(words.say("desk.clients.field.balance"), told))
    facts.append(Fact(words.say("desk.clients.change"), moved(words, row.unit, row.amount)))
    for name, number in (("before", row.before), ("after", row.after)):
        if number is not None:
            told = amount(words, row.unit, number)
            facts.append(Fact(words.say(f"desk.clients.{name}"), told))
    if row.why:
        facts.append(Fact(words.say("desk.clients.field.reason"), word(row.why, words.texts)))
    if row.comment:
        facts.append(Fact(words.say("desk.clients.field.comment"), row.comment))
    for name, what in row.about.items():
        if f"desk.clients.about.{name}" in SENTENCES:
            shown = word(what, words.texts) if name == "tender" else what
            facts.append(Fact(words.say(f"desk.clients.about.{name}"), shown))
    return Pane((Say(_what(words, row.kind), "heading"), Facts(tuple(facts))))


def _export(words: DeskWords, page: TransactionExport) -> Body:
    return carrying(words, page.carrying, _back(words))


# --- explained ------------------------------------------------------------------------------------


def _explained(words: DeskWords, page: BalanceExplained) -> Body:
    title = words.say("desk.clients.explain_title")
    name = name_of(words, page.card.client.name)
    if page.form is not None:
        pane = Pane((words.entries(page.form),), foot=(go(words, "show", "search", "primary"),))
        keys = words.keys(page.form)
        return Body(title, (Stack((pane,)),), subtitle=name, back=_back(words), keys=keys)
    explained = page.explained
    held = Tiles(
        tuple(
            Tile(
                words.say(f"desk.clients.{b}"),
                tone="info" if b == page.balance else "neutral",
                value=amount(words, f.unit, f.amount),
                id=f"balance:{b}",
            )
            for b, f in zip(BALANCES, page.held, strict=True)
        ),
        columns=2,
    )
    when = (
        words.say("desk.clients.as_of_now")
        if page.until is None
        else words.say("desk.clients.as_of_then", at=words.texts.moment(page.until))
    )
    columns = (
        Column(words.say("desk.clients.column.when")),
        Column(words.say("desk.clients.column.what"), share=1.0),
        Column(words.say("desk.clients.column.amount"), "right"),
        Column(words.say("desk.clients.column.after"), "right"),
    )
    lines = tuple(
        Line(
            (
                Cell(words.texts.date(words.moment(r.at)), words.texts.time(words.moment(r.at))),
                Cell(r.what, r.comment),
                Cell(moved(words, explained.unit, r.amount), strong=True),
                Cell(amount(words, explained.unit, r.after), tone="muted"),
            )
        )
        for r in explained.rows
    )
    opening = amount(words, explained.unit, explained.opening)
    foot = words.say("explain.opening", amount=opening)
    table = Table(columns, lines, empty=words.say("explain.none"), foot=foot)
    foots = _pager(words, bool(page.before), bool(explained.next))
    parts: tuple[Part, ...] = (Say(when, "strong"), held)
    heads: tuple[Button, ...] = (go(words, "as_of", "calendar"),)
    if page.until is not None:
        heads = (*heads, go(words, "now", "refresh"))
    panes = (Pane(parts, card=False), Pane((table,), foot=foots, card=False))
    return Body(title, (Stack(panes),), subtitle=name, heads=heads, back=_back(words))


# --- changes --------------------------------------------------------------------------------------


def _changes(words: DeskWords, page: BalanceChangeList) -> Body:
    panes = []
    for change in page.changes:
        unit = unit_of(words, change.wallet)
        told = (
            f"{words.say(_CHANGED[change.wallet])}: {moved(words, unit, change.amount)}"
            f" · {word(change.reason, words.texts)}"
        )
        by = words.say("desk.clients.done_by", at=words.day(change.at), who=change.by)
        signed = words.say("desk.clients.signed", who=change.signed) if change.signed else ""
        state = ""
        if change.reversed:
            state = words.say("desk.clients.undone")
        elif change.reverses:
            state = words.say("desk.clients.undoes")
        said = " · ".join(text for text in (by, signed, change.comment, state) if text)
        open_ = not (change.reversed or change.reverses) and change.reason in _CAN_UNDO
        foot = act(words, "ReverseChange", f"reverse:{change.id}", "undo") if open_ else ()
        panes.append(Pane((Say(told, "strong"), Say(said, "caption", "muted")), foot=foot))
    if not panes:
        panes.append(Pane((Say(words.say("desk.clients.no_changes"), "body", "muted"),)))
    pager = _pager(words, bool(page.before), len(page.changes) == _CHANGES_MAX)
    if pager:
        panes.append(Pane((Actions(pager),), card=False))
    return Body(
        words.say("desk.clients.changes_title"),
        (Stack(tuple(panes)),),
        subtitle=name_of(words, page.card.client.name),
        back=_back(words),
    )


_CHANGED = {
    "game": "desk.clients.game",
    "bonus": "desk.clients.bonus",
    "game_minutes": "desk.clients.minutes_game",
    "internet_minutes": "desk.clients.minutes_net",
}
_CAN_UNDO = ("refund", "technical_error", "bonus_accrual")
_CHANGES_MAX = 50


# --- segments, duplicates -------------------------------------------------------------------------


def _segment(words: DeskWords, page: SegmentList) -> Body:
    which = Entries((_choice(words, "segment", SEGMENTS, page.segment, "desk.clients.segment"),))
    columns = (
        Column(words.say("desk.clients.column.name"), share=1.0),
        Column(words.say("desk.clients.column.phone")),
        Column(words.say("desk.clients.spent"), "right"),
        Column(words.say("desk.clients.column.visits"), "right"),
        Column(words.say("desk.clients.column.last"), "right"),
    )
    lines = tuple(_segment_line(words, row) for row in page.found.rows)
    total = page.found.total
    foot = words.texts.plural("desk.clients.in_segment", total)
    table = Table(columns, lines, words.say("desk.clients.nobody_here"), foot if lines else "")
    more = ROWS_MAX * (page.number + 1) < total
    pager = _pager(words, page.number > 0, more)
    says = Say(words.say(f"desk.clients.segment.{page.segment}.what"), "body", "muted")
    return Body(
        words.say("desk.clients.segments_title"),
        (Stack((Pane((which, says)), Pane((table,), foot=pager, card=False))),),
        back=_back(words),
    )


def _segment_line(words: DeskWords, row: SegmentRow) -> Line:
    client = row.client
    evenings = words.say("desk.clients.evenings", percent=str(row.evening_percent))
    cells = (
        Cell(client.name or "—", strong=True),
        Cell(client.phone or "—"),
        Cell(words.texts.number(row.spent)),
        Cell(str(row.visits), evenings),
        Cell(words.day(client.last_visit) if client.last_visit else "—", tone="muted"),
    )
    return Line(cells, f"client:{client.client}")


def _duplicates(words: DeskWords, page: DuplicateList) -> Body:
    title = words.say("desk.clients.duplicates_title")
    columns = (
        Column(words.say("desk.clients.column.newer"), share=1.0),
        Column(words.say("desk.clients.column.known"), share=1.0),
        Column(words.say("desk.clients.column.why")),
    )
    lines = tuple(_pair(words, n, pair, page.chosen) for n, pair in enumerate(page.pairs))
    table = Table(columns, lines, empty=words.say("desk.clients.no_duplicates"))
    stacks = (Stack((Pane((table,), card=False),), 1.0),)
    if page.chosen is None:
        return Body(title, stacks, back=_back(words), front=0)
    pair = page.pairs[page.chosen]
    panes = tuple(_one_of(words, row) for row in (pair.other, pair.client))
    apart = Pane((Actions(act(words, "KeepApart", "apart", "close")),), card=False)
    return Body(title, (*stacks, Stack((*panes, apart), 1.0)), back=_back(words), front=1)


def _pair(words: DeskWords, number: int, pair: Pair, chosen: int | None) -> Line:
    cells = (
        Cell(pair.client.name or "—", pair.client.phone),
        Cell(pair.other.name or "—", pair.other.phone),
        Cell(words.say(f"desk.clients.same.{pair.why}")),
    )
    return Line(cells, f"pair:{number}", selected=number == chosen)


def _one_of(words: DeskWords, row: ClientRow) -> Pane:
    last = words.day(row.last_visit) if row.last_visit else words.say("desk.clients.never")
    facts = (
        Fact(words.say("desk.clients.column.phone"), row.phone or "—"),
        Fact(words.say("desk.clients.game"), words.texts.money(row.wallet)),
        Fact(words.say("desk.clients.bonus"), words.texts.count(row.bonus)),
        Fact(words.say("desk.clients.last_visit"), last),
        Fact(words.say("desk.clients.since"), words.texts.date(words.moment(row.since))),
    )
    foot = act(words, "MergeClients", f"keep:{row.client}", "merge")
    return Pane((Say(name_of(words, row.name), "heading"), Facts(facts)), foot=foot)


# --- codes and top-ups ----------------------------------------------------------------------------


def _codes(words: DeskWords, page: CodeList) -> Body:
    columns = (
        Column(words.say("desk.clients.field.code"), share=1.0),
        Column(words.say("desk.clients.field.gives")),
        Column(words.say("desk.clients.field.until")),
        Column(words.say("desk.clients.state")),
    )
    lines = tuple(
        Line(
            (
                Cell(code.code or "—", strong=True, mono=True),
                Cell(words.say(f"desk.clients.gift.{code.gives}", number=str(code.amount))),
                Cell(_day(words, code.until)),
                Cell(words.say(f"desk.clients.code.{code.state}"), tone="muted"),
            )
        )
        for code in page.codes
    )
    foot = (
        *act(words, "IssuePromoCode", "issue_code", "plus", "primary"),
        *act(words, "RedeemPromoCode", "redeem_code", "gift"),
    )
    table = Table(columns, lines, empty=words.say("desk.clients.no_codes"))
    return Body(
        words.say("desk.clients.codes_title"),
        (Stack((Pane((table,), foot=foot),)),),
        subtitle=name_of(words, page.card.client.name),
        back=_back(words),
    )


def _day(words: DeskWords, day: str) -> str:
    """A day as people write it; one without an end is a dash."""
    return words.texts.date(words.moment(f"{day}T12:00+00:00")) if day else "—"


def _top_ups(words: DeskWords, page: DeskTopUpList) -> Body:
    panes = []
    for one in page.top_ups:
        told = words.say(
            "desk.clients.top_up_line",
            amount=words.texts.money(one.amount),
            tender=word(one.tender, words.texts),
            number=f"{one.number:06}",
        )
        state = words.say(f"desk.clients.top_up.{one.state}")
        foot: tuple[Button, ...] = ()
        if one.state != "undone":
            if one.in_shift and one.state == "paid":
                foot += act(words, "VoidReceipt", f"void:{one.receipt}", "undo")
            if one.tender != "cash":
                foot += act(words, "RecordChargeback", f"charge_back:{one.receipt}", "bank")
        said = f"{words.day(one.at)} · {state}"
        panes.append(Pane((Say(told, "strong"), Say(said, "caption", "muted")), foot=foot))
    if not panes:
        panes.append(Pane((Say(words.say("desk.clients.no_top_ups"), "body", "muted"),)))
    return Body(
        words.say("desk.clients.top_ups_title"),
        (Stack(tuple(panes)),),
        subtitle=name_of(words, page.card.client.name),
        back=_back(words),
    )


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {
    TransactionList: _transactions,
    TransactionExport: _export,
    BalanceExplained: _explained,
    BalanceChangeList: _changes,
    SegmentList: _segment,
    DuplicateList: _duplicates,
    CodeList: _codes,
    DeskTopUpList: _top_ups,
}
