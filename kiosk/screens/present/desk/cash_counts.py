"""Counts in words: the shift opened and closed, the till, the cashbox and its bags."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from kiosk.core.cash import NoteHeld
from kiosk.core.cashbox import Collection
from kiosk.core.count_differences import Candidate
from kiosk.core.desk import counting
from kiosk.core.desk.collection import Collecting, CollectionsPage, CountingBag
from kiosk.core.desk.forms import Form
from kiosk.core.desk.scenes import Page
from kiosk.core.desk.shift import ClosingShift, FormerShiftsPage, OpeningShift
from kiosk.core.desk.till import CollectingDrawer, Movements, MovingCash
from kiosk.core.money import Money
from kiosk.core.tenders import FaceCount
from kiosk.screens.present.desk import devices
from kiosk.screens.present.desk.cash import to_section
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import (
    Actions,
    Button,
    Cell,
    Column,
    Fact,
    Facts,
    Line,
    Pane,
    Part,
    Say,
    Stack,
    Table,
)


def _sheet(
    words: DeskWords, of: Form, expected: Iterable[FaceCount] | None, compare: bool = False
) -> tuple[Part, ...]:
    """The faces as rows: what is expected (where it may be told), what was counted, the sum.

    The total stands above them: under so many rows nobody would see that "2000" was typed as a
    number of notes.
    """
    currency = words.situation.venue.currency
    due = {count.face.minor: count.number for count in expected or ()}
    told = expected is not None and compare
    lines = []
    for field in counting.faces_of(of):
        face, typed = counting.face_of(field, currency), of[field]
        number = counting.number_of(of, field)
        differs = told and bool(typed) and number != due.get(face.minor, 0)
        cells = [Cell(words.texts.whole(face), strong=True)]
        if told:
            cells.append(Cell(str(due.get(face.minor, 0)), tone="muted"))
        cells.append(Cell(typed or "–", tone="bad" if differs else "neutral", strong=differs))
        amount = Money(face.minor * number, currency)
        cells.append(Cell(words.texts.number(amount) if typed else ""))
        lines.append(Line(tuple(cells), f"field:{field}", selected=of.at == field))
    columns = [Column(words.say("desk.cash.note"), share=1.0)]
    if told:
        columns.append(Column(words.say("desk.cash.expected"), "right"))
    columns.append(Column(words.say("desk.cash.counted_column"), "right"))
    columns.append(Column(words.say("desk.cash.sum_column"), "right", share=1.0))
    total = words.texts.money(counting.total(of, currency))
    above = Say(words.say("desk.cash.total", amount=total), "strong")
    return (above, Table(tuple(columns), tuple(lines)))


def _count(words: DeskWords, of: Form) -> tuple[Part, ...]:
    """By face or by sum, as the person likes it."""
    how = words.entries(of, "how")
    if of["how"] == "sum":
        return (how, words.entries(of, "sum"))
    return (how, *_sheet(words, of, None))


# --- the shift ---------------------------------------------------------------------------------


def _opening(words: DeskWords, page: OpeningShift) -> Body:
    names = _reason_names(page.form, page.reasons)
    parts = (*_count(words, page.form), words.entries(page.form, *names))
    foot = words.act("OpenShift", "open_shift", icon="check", kind="primary")
    return Body(
        words.say("desk.cash.open_title"),
        (Stack((Pane(parts, foot=foot),)),),
        subtitle=words.say("desk.cash.open_body"),
        back=words.back(),
        keys=words.keys(page.form),
    )


def _reason_names(of: Form, reasons: Iterable[Any]) -> tuple[str, ...]:
    named = any(r.id == of["reason"] and r.employee for r in reasons)
    return ("reason", "employee", "comment") if named else ("reason", "comment")


def _closing(words: DeskWords, page: ClosingShift) -> Body:
    foot = words.act("CloseShift", "close_shift", icon="printer", kind="primary")
    told: list[Part] = []
    if page.expected is not None:
        amount = words.texts.money(page.expected)
        told.append(Say(words.say("desk.cash.till_expected", amount=amount), "strong"))
    else:
        told.append(Say(words.say("desk.cash.blind_count")))
    count = Pane((*told, *_count(words, page.form), words.entries(page.form, "comment")), foot=foot)
    return Body(
        words.say("desk.cash.close_title"),
        (Stack((*_in_the_way(words, page), *_leaves_open(words, page), count)),),
        subtitle=words.say("desk.cash.close_body"),
        back=words.back(),
        keys=words.keys(page.form),
    )


def _in_the_way(words: DeskWords, page: ClosingShift) -> Iterator[Pane]:
    """What must end first: what it is, what to do, and the button that leads there."""
    end = page.ending
    if end.notes:
        to = words.act("HeldNotes", "open:notes", "desk.button.to_notes", "question")
        yield _hindrance(words, "notes", len(end.notes), to)
    if end.prepayments:
        buttons = tuple(
            button
            for visit in end.prepayments
            for button in words.act("AbandonPrepayment", f"abandon:{visit}", icon="cancel")
        )
        yield _hindrance(words, "prepayments", len(end.prepayments), buttons)
    if end.slips:
        to = words.act("PrintQueue", "open:queue", "desk.button.to_queue", "printer_alert")
        yield _hindrance(words, "slips", len(end.slips), to)


def _hindrance(words: DeskWords, name: str, n: int, buttons: tuple[Button, ...]) -> Pane:
    what = words.texts.plural(f"desk.cash.way_{name}", n)
    do = words.say(f"desk.cash.way_{name}_do")
    return Pane((Say(what, "strong", "bad", "error"), Say(do)), foot=buttons, tone="bad")


def _leaves_open(words: DeskWords, page: ClosingShift) -> Iterator[Pane]:
    """What a Z would leave open: each is read and confirmed."""
    links: Mapping[str, tuple[Button, ...]] = {
        "open_visits": to_section(words, "visits"),
        "doubtful_notes": words.act("HeldNotes", "open:notes", "desk.button.to_notes", "question"),
        "unfiscalised": words.act(
            "WaitingFiscal", "open:fiscal", "desk.button.to_fiscal", "receipt"
        ),
        "desk_paper": words.act(
            "PrintQueue", "open:queue", "desk.button.to_queue", "printer_alert"
        ),
    }
    for name, n in page.ending.warnings().items():
        read = name in page.confirmed
        tone: Any = "good" if read else "warning"
        icon = "check_circle" if read else "warning"
        what = words.texts.plural(f"desk.cash.left_{name}", n)
        key = "desk.button.confirmed" if read else "desk.button.confirm"
        confirm = words.act("CloseShift", f"confirm:{name}", key, "check")
        parts = (Say(what, "strong", tone, icon), Say(words.say(f"desk.cash.left_{name}_do")))
        yield Pane(parts, foot=(*links[name], *confirm), tone=tone)


def _former(words: DeskWords, page: FormerShiftsPage) -> Body:
    lines = tuple(
        Line(
            (
                Cell(words.say("desk.cash.z", number=str(row.z)), words.day(row.at), strong=True),
                Cell(_person(words, row.by)),
                Cell(_over(words, row.over_short), tone=_over_tone(row.over_short)),
            ),
            f"z:{row.z}",
            selected=row.z == page.picked,
        )
        for row in page.rows
    )
    columns = (
        Column(words.say("desk.cash.shift_column"), share=1.0),
        Column(words.say("desk.cash.by")),
        Column(words.say("desk.cash.over_column"), "right"),
    )
    table = Table(columns, lines, words.say("desk.cash.no_former"))
    stacks: tuple[Stack, ...] = (Stack((Pane((table,)),)),)
    picked = next((row for row in page.rows if row.z == page.picked), None)
    if picked is not None:
        counted = picked.counted
        facts = (
            Fact(words.say("desk.cash.shift_number"), str(picked.shift)),
            Fact(words.say("desk.cash.closed_at"), words.day(picked.at)),
            Fact(words.say("desk.cash.by"), _person(words, picked.by)),
            Fact(
                words.say("desk.cash.counted_sum"),
                words.say("desk.cash.not_counted")
                if counted is None
                else words.texts.money(counted),
            ),
            Fact(
                words.say("desk.cash.over_column"),
                _over(words, picked.over_short),
                _over_tone(picked.over_short),
            ),
        )
        heading = Say(words.say("desk.cash.z", number=str(picked.z)), "heading")
        again = words.act("ReprintSlip", "again", "desk.button.copy", "copy")
        stacks = (*stacks, Stack((Pane((heading, Facts(facts)), foot=again),)))
    return Body(
        words.say("desk.cash.former_title"),
        stacks,
        back=words.back(),
        front=1 if picked is not None else 0,
    )


def _over(words: DeskWords, minor: Money) -> str:
    if not minor:
        return words.say("desk.cash.agrees")
    key = "desk.cash.over" if minor.minor > 0 else "desk.cash.short"
    return words.say(key, amount=words.texts.money(Money(abs(minor.minor), minor.currency)))


def _over_tone(minor: Money) -> Any:
    return "bad" if minor.minor < 0 else "warning" if minor.minor > 0 else "good"


def _person(words: DeskWords, actor: str) -> str:
    kind, _, number = actor.partition(":")
    if kind == "staff":
        return words.say("desk.number", number=number)
    return words.say("desk.cash.by_kiosk") if kind == "kiosk" else actor


# --- the till ----------------------------------------------------------------------------------


def _moving(words: DeskWords, page: MovingCash) -> Body:
    command = "FloatIn" if page.what == "float" else "WithdrawCash"
    names = _reason_names(page.form, page.reasons)
    parts: tuple[Part, ...] = (*_count(words, page.form), words.entries(page.form, *names))
    if page.drawer is not None:
        amount = words.texts.money(page.drawer)
        parts = (Say(words.say("desk.cash.till_now", amount=amount), "strong"), *parts)
    foot = words.act(command, page.what, icon="printer", kind="primary")
    title = words.say(f"desk.cash.{page.what}_title")
    stack = Stack((Pane(parts, foot=foot),))
    return Body(title, (stack,), back=words.back(), keys=words.keys(page.form))


def _collecting_drawer(words: DeskWords, page: CollectingDrawer) -> Body:
    parts: tuple[Part, ...] = (words.entries(page.form),)
    if page.drawer is not None:
        amount = words.texts.money(page.drawer)
        parts = (Say(words.say("desk.cash.till_now", amount=amount), "strong"), *parts)
    foot = words.act("CollectDrawer", "collect_drawer", icon="printer", kind="primary")
    title = words.say("desk.cash.collect_drawer_title")
    stack = Stack((Pane(parts, foot=foot),))
    return Body(title, (stack,), back=words.back(), keys=words.keys(page.form))


def _movements(words: DeskWords, page: Movements) -> Body:
    may = words.may("ReverseTillMovement")
    lines = tuple(
        Line(
            (
                Cell(words.say(f"desk.cash.movement_{m.what}"), words.day(m.at), strong=True),
                Cell(words.say("desk.cash.taken_back") if m.reversed else ""),
                Cell(words.texts.money(m.value), tone="muted" if m.reversed else "neutral"),
            ),
            f"movement:{m.id}" if may and not m.reversed else "",
            selected=m.id == page.picked,
        )
        for m in page.rows
    )
    columns = (Column(share=1.0), Column(), Column(words.say("desk.cash.sum_column"), "right"))
    table = Table(columns, lines, words.say("desk.cash.no_movements"))
    stacks: tuple[Stack, ...] = (Stack((Pane((table,)),)),)
    picked = next((m for m in page.rows if m.id == page.picked), None)
    keys = None
    if picked is not None and page.form is not None:
        what = words.say(f"desk.cash.movement_{picked.what}")
        heading = Say(f"{what} · {words.texts.money(picked.value)}", "heading")
        say = Say(words.say("desk.cash.reverse_body"))
        foot = words.act("ReverseTillMovement", "reverse", icon="undo", kind="primary")
        detail = Pane((heading, say, words.entries(page.form)), foot=foot)
        stacks, keys = (*stacks, Stack((detail,))), words.keys(page.form)
    return Body(
        words.say("desk.cash.movements_title"),
        stacks,
        back=words.back(),
        keys=keys,
        front=1 if picked is not None else 0,
    )


# --- the cashbox -------------------------------------------------------------------------------


def _collecting(words: DeskWords, page: Collecting) -> Body:
    title = words.say("desk.cash.collect_title")
    if page.step == "more":
        return _more(words, page, title)
    which = (words.entries(page.form, "which"),) if page.taken is not None else ()
    sheet = _sheet(words, page.form, page.due, compare=True)
    foot = (
        *words.act("CollectCashbox", "more", icon="sack"),
        *words.act("CollectCashbox", "collect", "desk.button.finish", "printer", "primary"),
    )
    return Body(
        title,
        (Stack((Pane((*which, *sheet), foot=foot), *_difference(words, page))),),
        subtitle=words.say("desk.cash.collect_body"),
        back=words.back(),
        keys=words.keys(page.form),
    )


def _more(words: DeskWords, page: Collecting, title: str) -> Body:
    names = ("which",) if page.taken is not None else ()
    blind = page.expected is None
    body = "desk.cash.seal_body_blind" if blind else "desk.cash.seal_body"
    parts = (
        Say(words.say(body)),
        words.entries(page.form, *names, "seal", "witness", "pin", "comment"),
    )
    foot = words.act("CollectCashbox", "seal_bag", icon="sack", kind="primary" if blind else "")
    if not blind:
        foot += words.act("CollectCashbox", "collect", "desk.button.finish", "printer", "primary")
    stack = Stack((Pane(parts, foot=foot),))
    return Body(title, (stack,), back=words.back(), keys=words.keys(page.form))


def _difference(words: DeskWords, page: Collecting) -> Iterator[Pane]:
    """What the count differs in so far, once every expected face was typed."""
    of, currency, due = page.form, words.situation.venue.currency, page.due
    if due is None or not all(of[counting.field_of(count.face)] for count in due):
        return
    expected = {count.face.minor: count.number for count in due}
    told = [
        _differs(words, face, counting.number_of(of, field) - expected.get(face.minor, 0))
        for field in counting.faces_of(of)
        for face in (counting.face_of(field, currency),)
        if counting.number_of(of, field) != expected.get(face.minor, 0)
    ]
    if not told:
        if due:
            yield Pane((Say(words.say("desk.cash.all_there"), "strong", "good", "check_circle"),))
        return
    parts: list[Part] = [Say(" ".join(told), "strong", "bad", "error")]
    parts += _decide(words, page.undecided)
    yield Pane(tuple(parts), tone="bad")


def _differs(words: DeskWords, face: Money, number: int) -> str:
    key = "desk.cash.missing" if number < 0 else "desk.cash.too_many"
    return words.texts.plural(key, abs(number), face=words.texts.whole(face))


def _decide(words: DeskWords, notes: tuple[NoteHeld, ...]) -> Iterator[Part]:
    """Notes that wait for a decision may explain it; each with its button."""
    for note in notes[:3]:
        amount = words.texts.money(note.value)
        yield Say(words.say("desk.cash.may_explain", amount=amount))
        yield Actions(words.act("GetNote", f"decide:{note.note}", "desk.button.decide", "question"))


def _bag(words: DeskWords, page: CountingBag) -> Body:
    faces = page.bag.faces
    due = None if faces is None else [FaceCount(f.face, f.expected) for f in faces]
    sheet = _sheet(words, page.form, due, compare=True)
    foot = words.act("CountCollection", "count_bag", icon="printer", kind="primary")
    parts = (*sheet, words.entries(page.form, "comment"))
    return Body(
        words.say("desk.cash.bag_title", number=str(page.bag.number)),
        (Stack((Pane(parts, foot=foot),)),),
        subtitle=_of_bag(words, page.bag),
        back=words.back(),
        keys=words.keys(page.form),
    )


def _of_bag(words: DeskWords, bag: Collection) -> str:
    told = [words.say("desk.cash.collected_at", time=words.day(bag.at)), _person(words, bag.by)]
    if bag.seal:
        told.append(words.say("desk.cash.sealed_as", seal=bag.seal))
    return " · ".join(told)


def _collections(words: DeskWords, page: CollectionsPage) -> Body:
    lines = tuple(
        Line(
            (
                Cell(str(c.number), words.day(c.at), strong=True),
                Cell(words.say(f"desk.cash.collection_{c.state}")),
                Cell(
                    "" if c.over_short is None else _over(words, c.over_short),
                    tone="muted" if c.over_short is None else _over_tone(c.over_short),
                ),
            ),
            f"collection:{c.id}",
            selected=c.id == page.picked,
        )
        for c in page.rows
    )
    columns = (
        Column(words.say("desk.cash.collection_column"), share=1.0),
        Column(),
        Column(words.say("desk.cash.over_column"), "right"),
    )
    table = Table(columns, lines, words.say("desk.cash.no_collections"))
    stacks: tuple[Stack, ...] = (Stack((Pane((table,)),)),)
    picked = next((c for c in page.rows if c.id == page.picked), None)
    if picked is not None:
        stacks = (*stacks, Stack(tuple(_collection(words, page, picked))))
    return Body(
        words.say("desk.cash.collections_title"),
        stacks,
        back=words.back(),
        front=1 if picked is not None else 0,
    )


def _collection(words: DeskWords, page: CollectionsPage, of: Collection) -> Iterator[Pane]:
    facts = [
        Fact(words.say("desk.cash.device"), _device(words, of)),
        Fact(words.say("desk.cash.collected_by"), _person(words, of.by)),
    ]
    if of.witness:
        facts.append(Fact(words.say("desk.cash.witness"), _person(words, of.witness)))
    if of.seal:
        facts.append(Fact(words.say("desk.field.seal"), of.seal))
    if of.counted_by:
        facts.append(Fact(words.say("desk.cash.counted_by"), _person(words, of.counted_by)))
    if of.over_short is not None:
        told = _over(words, of.over_short)
        facts.append(Fact(words.say("desk.cash.over_column"), told, _over_tone(of.over_short)))
    foot: tuple[Button, ...] = words.act("ReprintSlip", "again", "desk.button.copy", "copy")
    if of.state == "in_bag":
        foot += words.act("CountCollection", f"bag:{of.id}", icon="calculator", kind="primary")
    heading = Say(words.say("desk.cash.collection", number=str(of.number)), "heading")
    yield Pane((heading, Facts(tuple(facts)), *_faces(words, of)), foot=foot)
    if of.candidates:
        said = tuple(Say(_cause(words, cause)) for cause in of.candidates)
        heading = Say(words.say("desk.cash.what_may_explain"), "strong", "bad", "error")
        named = {note for cause in of.candidates for note in cause.notes}
        waiting = tuple(note for note in page.undecided if note.note in named)
        yield Pane((heading, *said, *_decide(words, waiting)), tone="bad")


def _device(words: DeskWords, of: Collection) -> str:
    there = words.situation.machine.devices
    return devices.name(words, of.device) if of.device in there else of.device


def _faces(words: DeskWords, of: Collection) -> Iterator[Part]:
    if of.faces is None:
        yield Say(words.say("desk.cash.blind_bag"))
        return
    columns = (
        Column(words.say("desk.cash.note"), share=1.0),
        Column(words.say("desk.cash.expected"), "right"),
        Column(words.say("desk.cash.counted_column"), "right"),
    )
    lines = tuple(
        Line(
            (
                Cell(words.texts.whole(f.face), strong=True),
                Cell(str(f.expected), tone="muted"),
                Cell(
                    "–" if f.counted is None else str(f.counted),
                    tone="bad" if f.counted not in (None, f.expected) else "neutral",
                ),
            )
        )
        for f in of.faces
    )
    yield Table(columns, lines)


def _cause(words: DeskWords, cause: Candidate) -> str:
    currency = words.situation.venue.currency
    faces = " → ".join(words.texts.whole(Money(face, currency)) for face in cause.faces)
    amount = words.texts.money(Money(abs(cause.minor), currency))
    when = f" · {words.day(cause.at)}" if cause.at else ""
    return f"{words.say(f'doc.cause_{cause.cause}')} {cause.number} × {faces} ({amount}){when}"


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {
    OpeningShift: _opening,
    ClosingShift: _closing,
    FormerShiftsPage: _former,
    MovingCash: _moving,
    CollectingDrawer: _collecting_drawer,
    Movements: _movements,
    Collecting: _collecting,
    CountingBag: _bag,
    CollectionsPage: _collections,
}
