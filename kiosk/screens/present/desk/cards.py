"""Cards in words: how they are recognised, the live tester, new cards in a batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from kiosk.core.desk.cards import TypedTest
from kiosk.core.desk.cards_batch import Batch, Tap
from kiosk.core.desk.cards_draft import DraftLeft, WideAsked, said
from kiosk.core.desk.cards_rules import NEW, RuleForm, Rules, meaning, shown_fields
from kiosk.core.desk.cards_test import Tested, masked
from kiosk.core.desk.forms import Form
from kiosk.core.desk.scenes import Page
from kiosk.core.recognition import Rule
from kiosk.core.texts import Texts
from kiosk.screens.present.desk import cards_types
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.present.words import letter_rows
from kiosk.screens.view import (
    Actions,
    Button,
    Cell,
    Column,
    Fact,
    Facts,
    Holding,
    Holdings,
    Keys,
    Line,
    Pane,
    Part,
    Say,
    Stack,
    Table,
)

PIECE = 20
"""So many characters of a read stand in a line."""
SYMBOLS = ("%;", "=?", "#\\^", "/+")
"""What stands on stripes and in masks, beside letters and digits: some in each row of keys."""


def _rules(words: DeskWords, page: Rules) -> Body:
    draft = page.draft
    heads = (
        *words.act("RegisterCard", "batch", "desk.cards.button.batch", "card_plus"),
        words.go("types", "desk.cards.button.types", "cards"),
    )
    state = "desk.cards.draft" if draft.changed else "desk.cards.state"
    leaves = page.place != NEW or draft.changed or page.tested is not None
    tested = page.tested is not None and page.place == NEW
    return Body(
        words.say("desk.cards.title"),
        (Stack((_table(words, page),), 1.5), Stack((_tester(words, page),))),
        subtitle=words.say(state),
        heads=heads,
        back=words.go("back", "button.back", "back") if leaves else None,
        front=1 if tested else None,
    )


def _table(words: DeskWords, page: Rules) -> Pane:
    parts: list[Part] = list(_check(words, page))
    columns = (Column(), Column(share=1.0), Column(share=1.2), Column(share=1.4))
    lines = tuple(_line(words, page, n, rule) for n, rule in enumerate(page.draft.rules))
    parts.append(Table(columns, lines, empty=words.say("desk.cards.no_rules")))
    if page.place != NEW and words.may("SetRecognition"):
        parts.append(Actions(_deeds(words, page)))
    return Pane(tuple(parts), foot=_foot(words, page))


def _check(words: DeskWords, page: Rules) -> tuple[Say, ...]:
    """E12: one rule for each type of entrance cards, with its sign."""
    draft = page.draft
    types = sum(kind.in_use and not kind.personal for kind in draft.types)
    rules = sum(rule.scope == "entrance_card" for rule in draft.rules)
    counted = words.say("desk.cards.counted", types=types, rules=rules)
    if not draft.misfits:
        return (Say(counted, "body", "good", "check_circle"),)
    told = (Say(words.words(said(draft, m)), "body", "bad", "error") for m in draft.misfits)
    return (Say(counted, "body", "bad", "error"), *told)


def _line(words: DeskWords, page: Rules, place: int, rule: Rule) -> Line:
    signals = ", ".join(words.say(f"desk.cards.signal.{signal}") for signal in rule.signals)
    goal = words.words(meaning(page.draft, rule))
    matches = page.tested is not None and rule.name in page.tested.matches
    return Line(
        (
            Cell(str(place + 1), strong=True),
            Cell(words.say(f"desk.cards.algorithm.{rule.algorithm}"), signals, strong=True),
            Cell(rule.pattern or _lengths(words, rule), mono=bool(rule.pattern)),
            Cell(goal, rule.name if rule.name != goal else ""),
        ),
        id=f"rule:{place}",
        selected=place == page.place,
        tone="good" if matches else "",
    )


def _lengths(words: DeskWords, rule: Rule) -> str:
    if not rule.lengths:
        return ""
    return words.say("desk.cards.so_long", lengths=", ".join(map(str, rule.lengths)))


def _deeds(words: DeskWords, page: Rules) -> tuple[Button, ...]:
    first, last = page.place == 0, page.place == len(page.draft.rules) - 1
    why = words.say("desk.cards.at_the_end")
    return (
        words.go("edit", "desk.cards.button.edit", "pencil"),
        words.go("up", "desk.cards.button.up", "up", why=why if first else ""),
        words.go("down", "desk.cards.button.down", "down", why=why if last else ""),
        words.go("remove", "desk.cards.button.remove", "trash"),
    )


def _foot(words: DeskWords, page: Rules) -> tuple[Button, ...]:
    if not words.may("SetRecognition"):
        return ()
    why = "" if page.draft.changed else words.say("desk.cards.nothing_changed")
    return (
        words.go("add", "desk.cards.button.add", "plus"),
        words.go("ok", "desk.cards.button.ok", "check", "primary", why),
    )


# --- the tester --------------------------------------------------------------------------------


def _tester(words: DeskWords, page: Rules) -> Pane:
    parts: list[Part] = [
        Say(words.say("desk.cards.tap_now"), "heading", icon="contactless"),
        Say(words.say("desk.cards.nothing_booked"), "body", "muted"),
    ]
    if page.tested is not None:
        parts += _tested(words, page, page.tested)
    return Pane(tuple(parts), foot=words.act("ExplainRead", "type_it", "desk.cards.button.type_it"))


def _tested(words: DeskWords, page: Rules, tested: Tested) -> tuple[Part, ...]:
    facts = []
    places = [n for n, rule in enumerate(page.draft.rules, 1) if rule.name in tested.matches]
    match places:
        case []:
            heading = Say(words.say("desk.cards.none_match"), "strong", "warning")
        case [place]:
            heading = Say(words.say("desk.cards.one_matches", place=place), "strong", "good")
        case _:
            several = ", ".join(map(str, places))
            heading = Say(words.say("desk.cards.several_match", places=several), "strong", "bad")
    read = tested.read
    if read is not None:
        facts.append(Fact(words.say("desk.cards.number"), masked(read.number)))
        rule = next(rule for rule in page.draft.rules if rule.name == read.rule)
        facts.append(
            Fact(words.say("desk.cards.field.goal"), words.words(meaning(page.draft, rule)))
        )
    if read is not None and read.valid_until:
        until = words.args({"date": read.valid_until})["date"]
        facts.append(Fact(words.say("desk.cards.valid_until"), str(until)))
    if tested.known is not None:
        facts.append(Fact(words.say("desk.cards.on_file"), _on_file(words, tested)))
    parts: list[Part] = [heading]
    if tested.sent:
        parts.append(Table((Column(words.say("desk.cards.sent")),), _sent(tested.sent)))
    parts.append(Facts(tuple(facts)))
    if tested.problem is not None:
        parts.append(Say(words.refusal(tested.problem), "body", "bad", "error"))
    return tuple(parts)


def _sent(read: str) -> tuple[Line, ...]:
    """A read in pieces: it has no word ends where a line could be broken."""
    pieces = (read[i : i + PIECE] for i in range(0, len(read), PIECE))
    return tuple(Line((Cell(piece, mono=True),)) for piece in pieces)


def _on_file(words: DeskWords, tested: Tested) -> str:
    if tested.since:
        return words.say("desk.cards.visit_since", since=words.day(tested.since))
    return words.say("desk.cards.yes" if tested.known else "desk.cards.no")


# --- a rule, test data -------------------------------------------------------------------------


def _rule_form(words: DeskWords, page: RuleForm) -> Body:
    new = page.place == NEW
    remove = () if new else (words.go("remove", "desk.cards.button.remove", "trash"),)
    into = words.go("do", "desk.cards.button.into_table", "check", "primary")
    pane = Pane((words.entries(page.form, *shown_fields(page.form)),), foot=(*remove, into))
    title = words.say("desk.cards.rule_new" if new else "desk.cards.rule_change")
    back = words.go("back", "button.back", "back")
    return Body(title, (Stack((pane,)),), back=back, keys=keys(words, page.form))


def keys(words: DeskWords, of: Form) -> Keys | None:
    """The keys of a form; those of patterns and reads have what stands on stripes."""
    made = words.keys(of)
    if made is None or of.at not in ("pattern", "text"):
        return made
    latin = ("1234567890", *letter_rows(Texts.of("en"), shift=of.shift))
    rows = tuple((*row, *more) for row, more in zip(latin, SYMBOLS, strict=True))
    return replace(made, rows=rows, layout=None)


def _typed_test(words: DeskWords, page: TypedTest) -> Body:
    pane = Pane(
        (Say(words.say("desk.cards.type_says"), "body", "muted"), words.entries(page.form)),
        foot=(words.go("do", "desk.cards.button.test", "test", "primary"),),
    )
    back = words.go("back", "button.back", "back")
    title = words.say("desk.cards.type_title")
    return Body(title, (Stack((pane,)),), back=back, keys=keys(words, page.form))


def _wide(words: DeskWords, page: WideAsked) -> Body:
    pane = Pane(
        (
            Say(words.say("desk.cards.wide_ask", rule=page.rule), "heading"),
            Say(words.say("desk.cards.wide_told")),
        ),
        foot=(
            words.go("back", "desk.cards.button.no", "close", "primary"),
            *words.act("SetRecognition", "ok", "desk.cards.button.meant", "check"),
        ),
    )
    return Body(words.say("desk.cards.title"), (Stack((pane,)),))


def _left(words: DeskWords, page: DraftLeft) -> Body:
    del page
    pane = Pane(
        (
            Say(words.say("desk.cards.leave_ask"), "heading"),
            Say(words.say("desk.cards.leave_told")),
        ),
        foot=(
            words.go("leave_it", "desk.cards.button.discard", "trash"),
            words.go("back", "desk.cards.button.keep_on", "pencil", "primary"),
        ),
    )
    return Body(words.say("desk.cards.title"), (Stack((pane,)),))


# --- a batch -----------------------------------------------------------------------------------


def _batch(words: DeskWords, page: Batch) -> Body:
    counts = Holdings(
        (
            _counted(words, "new", len(page.made), "good"),
            _counted(words, "twice", page.twice, "text"),
            _counted(words, "known", page.known, "text"),
            _counted(words, "refused", page.refused, "warning" if page.refused else "text"),
        )
    )
    columns = (Column(share=1.0), Column(share=2.0))
    last = Table(columns, tuple(_tap(words, tap) for tap in page.last))
    key = "desk.cards.batch_over" if page.done else "desk.cards.batch_tap"
    heading = Say(words.say(key), "heading", icon="" if page.done else "contactless")
    told = Say(words.say("desk.cards.batch_told"), "body", "muted")
    if page.done:
        foot = words.act("RegisterCard", "again", "desk.cards.button.again", "card_plus", "primary")
    else:
        foot = (words.go("finish", "desk.cards.button.finish", "check", "primary"),)
    pane = Pane((heading, told, counts, last), foot=foot)
    leaves = words.may("GetRecognition")
    back = words.go("back", "button.back", "back") if leaves else None
    return Body(words.say("desk.cards.batch"), (Stack((pane,)),), back=back)


def _counted(words: DeskWords, name: str, count: int, tone: Any) -> Holding:
    return Holding(words.say(f"desk.cards.taps.{name}"), str(count), tone=tone)


def _tap(words: DeskWords, tap: Tap) -> Line:
    told = words.say(f"desk.cards.tap.{tap.outcome}")
    if tap.why is not None:
        told = words.refusal(tap.why)
    bad = tap.outcome == "refused"
    return Line(
        (
            Cell(tap.number or "—", strong=True, mono=True),
            Cell(told, tone="bad" if bad else "good" if tap.outcome == "new" else "warning"),
        )
    )


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {
    Rules: _rules,
    RuleForm: _rule_form,
    TypedTest: _typed_test,
    WideAsked: _wide,
    DraftLeft: _left,
    Batch: _batch,
    **cards_types.PAGES,
}
