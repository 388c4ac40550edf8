"""A6. How cards are recognised: the rules in their order, one that is typed, the live tester."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from kiosk.core.desk import cards_draft as drafts
from kiosk.core.desk import forms
from kiosk.core.desk.cards_draft import Draft, DraftLeft
from kiosk.core.desk.cards_test import Tested
from kiosk.core.desk.forms import Field, Form, Label, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.errors import Refused
from kiosk.core.ids import DeviceId
from kiosk.core.recognition import (
    ALGORITHMS,
    INTERFACES,
    NUMBER_CHARACTERS_MAX,
    SIGNALS,
    Algorithm,
    Rule,
    Scope,
    breadth,
    rule_mistakes,
)

NEW = -1
LENGTH_DIGITS = 3
NAME_MAX = 40
EDITS = ("add", "edit", "up", "down", "remove", "ok")
"""Buttons for who may change rules; others look at them and test."""


@dataclass(frozen=True)
class Rules(Page):
    """The rules of a draft; `place` is the one that is looked at, `tested` the latest read."""

    section: ClassVar[SectionName] = "cards"

    draft: Draft
    place: int = NEW
    tested: Tested | None = None


@dataclass(frozen=True)
class RuleForm(Page):
    """A rule that is typed; `place` from 0 on, or `NEW`."""

    section: ClassVar[SectionName] = "cards"

    rules: Rules
    place: int
    form: Form


def open_(at: At) -> Rules:
    """The rules in force."""
    return Rules(drafts.in_force(at))


def touched(at: At, page: Rules, name: str, argument: str) -> Page:
    """A button of the rules."""
    rules = page.draft.rules
    if name in EDITS and not at.may("SetRecognition"):
        return page
    match name:
        case "rule" if argument.isdecimal() and int(argument) < len(rules):
            return at.turn(replace(page, place=int(argument)))
        case "add":
            return RuleForm(page, NEW, _form(at, page.draft, None))
        case "ok":
            return put(at, page)
        case "back" if page.place != NEW or page.tested is not None:
            return at.turn(replace(page, place=NEW, tested=None))
        case "back" if page.draft.changed:
            return DraftLeft(page)
    if page.place == NEW:
        return page
    match name:
        case "edit":
            return RuleForm(page, page.place, _form(at, page.draft, rules[page.place]))
        case "up" if page.place > 0:
            return _swapped(at, page, page.place - 1)
        case "down" if page.place < len(rules) - 1:
            return _swapped(at, page, page.place + 1)
        case "remove":
            left = rules[: page.place] + rules[page.place + 1 :]
            draft = drafts.with_rules(at, page.draft, left)
            return at.turn(replace(page, draft=draft, place=NEW, tested=None))
        case _:
            return page


def _swapped(at: At, page: Rules, other: int) -> Page:
    rules = list(page.draft.rules)
    rules[page.place], rules[other] = rules[other], rules[page.place]
    draft = drafts.with_rules(at, page.draft, tuple(rules))
    return at.turn(replace(page, draft=draft, place=other))


def put(at: At, page: Rules, *, confirmed: bool = False) -> Page:
    """Put the draft into force."""
    done = drafts.put(at, page, page.draft, confirmed=confirmed)
    return Rules(done) if isinstance(done, Draft) else done


# --- a rule ------------------------------------------------------------------------------------


def meaning(draft: Draft, rule: Rule) -> Label:
    """What a rule leads to: the name of a type, or words for personal cards and for staff."""
    if rule.scope == "entrance_card":
        kind = draft.type(rule.object)
        return kind.name if kind else rule.object
    if rule.scope == "employee":
        return Said("desk.cards.to_staff")
    return Said("desk.cards.to_personal", {"object": rule.object})


def _goals(draft: Draft) -> tuple[tuple[str, Label], ...]:
    """What a rule may lead to; entrance cards of types in use."""
    entrance = tuple(
        (f"entrance_card/{kind.id}", kind.name)
        for kind in draft.types
        if kind.in_use and not kind.personal
    )
    personal = tuple(
        (f"interface/{name}", Said("desk.cards.to_personal", {"object": name}))
        for name in INTERFACES
    )
    return (*entrance, *personal, ("employee/", Said("desk.cards.to_staff")))


def _form(at: At, draft: Draft, rule: Rule | None) -> Form:
    of = rule or Rule("", "prefix", ("magnetic",), "interface", "PDS")
    goals = _goals(draft)
    goal = f"{of.scope}/{of.object}"
    if rule and goal not in dict(goals):
        goals = (*goals, (goal, meaning(draft, rule)))
    readers = {str(device) for device, _ in at.situation.machine.of("reader")}
    bound = sorted(readers | ({str(of.reader)} if of.reader else set()))
    anywhere: tuple[tuple[str, Label], ...] = (("", Said("desk.cards.every_reader")),)
    return forms.form(
        Field("name", Said("desk.cards.field.name"), "text", of.name, NAME_MAX),
        Field("goal", Said("desk.cards.field.goal"), "choice", goal, options=goals),
        *(
            Field(
                f"signal_{signal}",
                Said(f"desk.cards.signal.{signal}"),
                "switch",
                "on" if signal in of.signals else "",
            )
            for signal in SIGNALS
        ),
        Field(
            "reader",
            Said("desk.cards.field.reader"),
            "choice",
            str(of.reader or ""),
            options=anywhere + tuple((name, name) for name in bound),
        ),
        Field(
            "algorithm",
            Said("desk.cards.field.algorithm"),
            "choice",
            of.algorithm,
            options=tuple((a, Said(f"desk.cards.algorithm.{a}")) for a in ALGORITHMS),
        ),
        Field(
            "pattern",
            Said("desk.cards.field.pattern"),
            "text",
            of.pattern,
            NUMBER_CHARACTERS_MAX,
            says=Said("desk.cards.pattern_says"),
        ),
        Field(
            "lengths",
            Said("desk.cards.field.lengths"),
            "text",
            " ".join(map(str, of.lengths)),
            20,
            says=Said("desk.cards.lengths_says"),
        ),
        Field(
            "track",
            Said("desk.cards.field.track"),
            "choice",
            str(of.track),
            options=tuple((str(n), Said(f"desk.cards.track.{n}")) for n in range(4)),
        ),
        _count("start", of.start),
        _count("length", of.length),
        Field(
            "dated",
            Said("desk.cards.field.dated"),
            "switch",
            "on" if of.dated else "",
            says=Said("desk.cards.dated_says"),
        ),
        Field(
            "check",
            Said("desk.cards.field.check"),
            "switch",
            "on" if of.check == "luhn" else "",
            says=Said("desk.cards.check_says"),
        ),
        at="" if rule else "name",
    )


def _count(name: str, value: int) -> Field:
    says = Said(f"desk.cards.{name}_says")
    label = Said(f"desk.cards.field.{name}")
    return Field(name, label, "number", str(value) if value else "", LENGTH_DIGITS, says=says)


CAPITALS = ("pattern", "lengths", "text")
"""Fields in which capitals stay: a UID has capital letters."""


def shown_fields(of: Form) -> tuple[str, ...]:
    """The fields that matter with what is chosen now."""
    names = [f.id for f in of.fields]
    if of["algorithm"] == "any":
        names.remove("pattern")
    if of["algorithm"] == "mask":
        names.remove("lengths")
    if not _only_magnetic(of):
        names.remove("track")
    return tuple(names)


def _only_magnetic(of: Form) -> bool:
    return _signals(of) == ("magnetic",)


def _signals(of: Form) -> tuple[str, ...]:
    return tuple(signal for signal in SIGNALS if of.on(f"signal_{signal}"))


def typed(of: Form, name: str, argument: str, languages: tuple[str, ...]) -> Form | None:
    """The form after a key; capitals stay in patterns until somebody wants small letters."""
    made = forms.touched(of, name, argument, languages)
    if made is not None and name == "key" and of.at in CAPITALS:
        return replace(made, shift=of.shift)
    if made is not None and name == "field" and argument in CAPITALS:
        return replace(made, shift=True)
    return made


def touched_form(at: At, page: RuleForm, name: str, argument: str) -> Page:
    """A button of a rule that is typed."""
    made = typed(page.form, name, argument, at.situation.house.languages)
    if made is not None:
        return replace(page, form=_kept_keys(made, name))
    if name == "remove" and page.place != NEW:
        return touched(at, replace(page.rules, place=page.place), "remove", "")
    if name != "do":
        return page
    try:
        rule = _rule(page)
    except _Wrong as wrong:
        return replace(page, form=forms.refused(page.form, wrong.refused, wrong.field))
    rules = list(page.rules.draft.rules)
    if page.place == NEW:
        rules.append(rule)
    else:
        rules[page.place] = rule
    draft = drafts.with_rules(at, page.rules.draft, tuple(rules))
    return replace(page.rules, draft=draft, place=NEW, tested=None)


def _kept_keys(of: Form, name: str) -> Form:
    """The keys go where something is chosen, so that the form is seen again."""
    gone = name in ("choose", "switch") or of.at not in shown_fields(of)
    return replace(of, at="") if gone else of


class _Wrong(Exception):
    """A rule that cannot be: the field, and why."""

    def __init__(self, field: str, refused: Refused) -> None:
        super().__init__(field)
        self.field = field
        self.refused = refused


def _rule(page: RuleForm) -> Rule:
    """The rule that was typed."""
    of, shown = page.form, shown_fields(page.form)
    scope, _, object_ = of["goal"].partition("/")
    made = Rule(
        name=of["name"],
        algorithm=_algorithm(of["algorithm"]),
        signals=tuple(signal for signal in SIGNALS if of.on(f"signal_{signal}")),
        scope=_scope(scope),
        object=object_,
        reader=DeviceId(of["reader"]) if of["reader"] else None,
        pattern=of["pattern"] if "pattern" in shown else "",
        lengths=_lengths(of) if "lengths" in shown else (),
        track=_track(of) if "track" in shown else 0,
        start=_number(of, "start"),
        length=_number(of, "length"),
        dated=of.on("dated"),
        check="luhn" if of.on("check") else "none",
    )
    others = [r for n, r in enumerate(page.rules.draft.rules) if n != page.place]
    _sound(made, others)
    return made


def _sound(made: Rule, others: list[Rule]) -> None:
    if not made.name:
        raise _Wrong("name", Refused("err.rule_name"))
    if any(other.name == made.name for other in others):
        raise _Wrong("name", Refused("err.rule_twice"))
    if not made.signals:
        raise _Wrong("signal_magnetic", Refused("err.rule_signals"))
    if made.algorithm != "any" and not made.pattern:
        raise _Wrong("pattern", Refused("err.rule_pattern"))
    if breadth(made) == "everything":
        raise _Wrong("lengths", Refused("err.rule_everything", rule=made.name))
    for told in rule_mistakes(made):
        field, _, _ = told.partition(":")
        wrong = field if field in ("pattern", "lengths", "length") else "name"
        raise _Wrong(wrong, Refused(f"err.rule_{wrong}_wrong"))


def _algorithm(name: str) -> Algorithm:
    return next(a for a in ALGORITHMS if a == name)


def _scope(name: str) -> Scope:
    scopes: tuple[Scope, ...] = ("entrance_card", "interface", "employee")
    return next(s for s in scopes if s == name)


def _track(of: Form) -> Literal[0, 1, 2, 3]:
    tracks: tuple[Literal[0, 1, 2, 3], ...] = (0, 1, 2, 3)
    return tracks[int(of["track"])]


def _number(of: Form, name: str) -> int:
    return int(of[name] or "0")


def _lengths(of: Form) -> tuple[int, ...]:
    """The lengths that were typed, with anything between them."""
    words = of["lengths"].replace(",", " ").split()
    if not all(_length(word) for word in words):
        raise _Wrong("lengths", Refused("err.rule_lengths_wrong"))
    return tuple(sorted({int(word) for word in words}))


def _length(word: str) -> bool:
    return word.isascii() and word.isdecimal() and 0 < len(word) <= LENGTH_DIGITS and int(word) > 0
